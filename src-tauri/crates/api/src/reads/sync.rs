//! The Sync screen.

use crate::commands::Nothing;
use crate::dto::{ApiError, CostMeter, PullReceipt, RateLimit, StreamStatus, SyncStatus, TableStatus};
use crate::engine::{Engine, held};
use backroom_core::Timestamp;

const RECEIPTS: u32 = 20;

pub(crate) fn sync_status(engine: &Engine, _: Nothing) -> Result<SyncStatus, ApiError> {
    let store = engine.store();
    let rows = store.stream_rows()?;
    let running = held(&engine.inner.running).is_some();
    let config = engine.config();
    let budget = config.warehouse.as_ref().map_or(1_000_000, crate::config::WarehouseSection::budget_micro_usd);
    let cost = store.cost_today()?;
    let tables = store.table_rows()?;
    let warehouse_trouble = tables.iter().find_map(|t| t.trouble.clone()).map(ApiError::from);
    let time = |t: Option<Timestamp>| t.map(Timestamp::to_rfc3339);
    let streams = rows
        .iter()
        .map(|r| StreamStatus {
            source: r.source.clone(),
            entity: r.entity.clone(),
            location: r.location.clone(),
            location_name: r.location_name.clone(),
            rows: r.rows,
            last_success: time(r.last_success),
            last_attempt: time(r.last_attempt),
            percent: percent(r),
            running: running && r.history.is_some() && !r.history_done,
            trouble_since: time(r.trouble.as_ref().and_then(|t| t.since)),
            trouble: r.trouble.clone().map(ApiError::from),
        })
        .collect();
    Ok(SyncStatus {
        as_of: store.clock().now().to_rfc3339(),
        running,
        next_at: time(engine.next_sync()),
        every_minutes: u32::try_from((held(&engine.inner.schedule).every_seconds + 59) / 60).unwrap_or(15),
        filling: super::app::filling(engine, &rows),
        streams,
        tables: tables
            .into_iter()
            .map(|t| TableStatus {
                table: t.table.name().to_owned(),
                pending: t.pending,
                dead: t.dead,
                delivered: t.delivered,
                last_delivery: time(t.last_delivery),
                state: match (&t.trouble, t.sending, t.pending) {
                    (Some(_), _, _) => "parked",
                    (None, true, _) => "sending",
                    (None, false, 0) => "idle",
                    (None, false, _) => "waiting",
                }
                .to_owned(),
                trouble_since: time(t.trouble.as_ref().and_then(|t| t.since)),
                trouble: t.trouble.map(ApiError::from),
            })
            .collect(),
        warehouse_trouble,
        warehouse_configured: config.warehouse.is_some(),
        cost: CostMeter {
            bytes: cost.bytes,
            jobs: cost.jobs,
            cost_micro_usd: backroom_warehouse::price_micro_usd(cost.bytes),
            budget_micro_usd: budget,
        },
        receipts: store
            .receipts(RECEIPTS)?
            .into_iter()
            .map(|r| PullReceipt {
                id: r.id,
                source: r.source,
                entity: r.entity,
                location: r.location,
                kind: r.kind,
                from: time(r.from),
                to: time(r.to),
                finished_at: r.finished_at.to_rfc3339(),
                pages: r.pages,
                rows: r.rows,
                changed: r.changed,
                first_id: r.first_id,
                last_id: r.last_id,
                sum_minor: r.sum,
            })
            .collect(),
        limits: limits(engine),
    })
}

/// What the vendors last told of their limits, as it is now.
fn limits(engine: &Engine) -> Vec<RateLimit> {
    let mut told: Vec<RateLimit> = held(&engine.inner.buckets)
        .iter()
        .filter_map(|(source, bucket)| {
            let reading = bucket.reading()?;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just before")]
            let whole = |number: f64, most: f64| number.clamp(0.0, most).round() as u32;
            Some(RateLimit {
                source: source.clone(),
                percent: u8::try_from(whole(100.0 * reading.level / reading.size.max(1.0), 100.0)).unwrap_or(100),
                per_minute: whole(60.0 * reading.rate, 1e6),
            })
        })
        .collect();
    told.sort_by(|a, b| a.source.cmp(&b.source));
    told
}

fn percent(row: &backroom_store::StreamRow) -> u8 {
    match row.history {
        _ if row.history_done => 100,
        Some((from, to)) => {
            let all = i128::from(to.micros() - from.micros()).max(1);
            u8::try_from(i128::from(row.history_covered) * 100 / all).unwrap_or(100).min(100)
        }
        None => u8::from(row.last_success.is_some()) * 100,
    }
}
