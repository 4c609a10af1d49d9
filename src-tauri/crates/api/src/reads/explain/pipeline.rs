//! Numbers of the way from the point of sale to BigQuery, as the Sync screen shows them.

use super::part::{counted, largest, number, part, sum};
use super::{Asked, Made, Reach, ago, words};
use crate::commands::Nothing;
use crate::dto::{
    ApiError, CostMeter, ExplainPart, ExplainUnit, PullReceipt, RateLimit, StreamStatus, SyncStatus, TableStatus,
};
use crate::engine::Engine;
use crate::reads::sales::sentence;
use crate::reads::sync::sync_status;
use backroom_core::{BusinessDay, Timestamp};
use backroom_store::report;

/// Bytes of a TiB, by which BigQuery tells its price.
const TIB: u64 = 1 << 40;

pub(super) fn told(engine: &Engine, asked: &Asked<'_>, metric: &str) -> Result<Made, ApiError> {
    let status = sync_status(engine, Nothing {})?;
    let made = match metric {
        "streams" => streams(&status),
        "queue" => queue(asked, &status.tables),
        "cost" => cost(asked, &status),
        "limits" => limits(&status.limits),
        _ => {
            let alone = engine.store().read(report::currencies)?.len() < 2;
            receipts(asked, &status.receipts, alone)
        }
    };
    Ok(Made { reach: Reach::ThisPc, ..made })
}

/// What a stream brings, in words.
fn entity(name: &str) -> String {
    match name {
        "catalog" => "Products".to_owned(),
        "inventory" => "Stock counts".to_owned(),
        "team" => "Team members".to_owned(),
        other => sentence(other),
    }
}

fn streams(status: &SyncStatus) -> Made {
    let several = status.streams.iter().any(|s| s.source != status.streams[0].source);
    let name = |s: &StreamStatus| {
        let place = s.location_name.as_ref().or(s.location.as_ref());
        let words = [Some(entity(&s.entity)), place.cloned(), several.then(|| s.source.clone())];
        words.into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    let line = |s: &StreamStatus| number(name(s), counted(s.rows)).and(i64::from(s.percent), ExplainUnit::Percent);
    let parts: Vec<ExplainPart> = status.streams.iter().map(line).collect();
    let total = sum("Rows read", ExplainUnit::Count, 0, &parts);
    let whole = status.streams.iter().all(|s| s.percent == 100);
    let total = match &status.filling {
        Some(filling) => total.and(i64::from(filling.percent), ExplainUnit::Percent),
        None if whole && !parts.is_empty() => total.and(100, ExplainUnit::Percent),
        None => total.and_nothing(),
    };
    let filters = vec![
        "Every stream of every point of sale that is connected".to_owned(),
        "Rows that came again unchanged are not counted".to_owned(),
        "History in all: by time, all streams that have one together".to_owned(),
    ];
    let rows = u64::try_from(total.value).unwrap_or(0);
    let parts = largest(parts).into_iter().chain([total.result()]).collect();
    let columns = vec!["Rows read".to_owned(), "History".to_owned()];
    Made { columns, ..Made::of(parts, filters, rows, "row") }
}

fn queue(asked: &Asked<'_>, tables: &[TableStatus]) -> Made {
    let line = |t: &TableStatus| {
        number(t.table.clone(), counted(t.pending))
            .and(counted(t.delivered), ExplainUnit::Count)
            .and(counted(t.dead), ExplainUnit::Count)
    };
    let parts: Vec<ExplainPart> = tables.iter().map(line).collect();
    let total = sum("All tables", ExplainUnit::Count, 2, &parts);
    let filters = vec![
        "Every table that rows of the sources here go to".to_owned(),
        "A row that changes again is on its way again".to_owned(),
        "Sent twice or answered late, a row is in the table once: it is merged by its key, the newest version wins"
            .to_owned(),
    ];
    let rows = u64::try_from(total.value).unwrap_or(0);
    let parts = parts.into_iter().chain([total.result()]).collect();
    let columns = ["Waiting", "Delivered", "Refused"].map(str::to_owned).to_vec();
    Made { columns, freshness: vec![delivered(asked, tables)], ..Made::of(parts, filters, rows, "waiting row") }
}

/// When BigQuery last took anything.
fn delivered(asked: &Asked<'_>, tables: &[TableStatus]) -> String {
    let times = tables.iter().filter_map(|t| Timestamp::parse(t.last_delivery.as_deref()?).ok());
    times.max().map_or_else(
        || "BigQuery: nothing delivered yet".to_owned(),
        |at| format!("BigQuery: last delivery {}", ago(asked.s.now, at)),
    )
}

fn cost(asked: &Asked<'_>, status: &SyncStatus) -> Made {
    let meter: &CostMeter = &status.cost;
    let micro = |name: &str, value: u64| part(name, counted(value), ExplainUnit::MicroUsd);
    let parts = vec![
        part("Bytes billed", counted(meter.bytes), ExplainUnit::Bytes),
        micro("Price of 1 TiB (1,099,511,627,776 bytes)", backroom_warehouse::price_micro_usd(TIB)),
        micro("Cost so far", meter.cost_micro_usd).result(),
        micro("Budget of a day", meter.budget_micro_usd),
        micro("Left today", meter.budget_micro_usd.saturating_sub(meter.cost_micro_usd)).result(),
    ];
    let number = i32::try_from(asked.s.now.micros().div_euclid(86_400_000_000)).unwrap_or(0);
    let ends = Timestamp::from_seconds((i64::from(number) + 1) * 86_400);
    let filters = vec![
        format!("UTC day {}", words::long_day(BusinessDay::from_number(number))),
        format!("It ends at {} here, {} time", words::clock(&asked.rule, ends), asked.rule.zone_name()),
        "Queries and merges of this PC; loading rows is free and counts as a job alone".to_owned(),
        "An estimate at the list price; Google's invoice decides".to_owned(),
    ];
    Made { freshness: vec![delivered(asked, &status.tables)], ..Made::of(parts, filters, meter.jobs, "job") }
}

fn limits(limits: &[RateLimit]) -> Made {
    let line = |l: &RateLimit| {
        part(l.source.clone(), i64::from(l.percent), ExplainUnit::Percent)
            .and(i64::from(l.per_minute), ExplainUnit::Count)
    };
    let filters = vec![
        "Every point of sale that tells how full its bucket is; others have no such limit or do not tell".to_owned(),
        "As its last answer told, less what has run out since".to_owned(),
        "A call costs about two units; all programs of the account share one bucket".to_owned(),
        "What came of it is on this screen: no row is left out, only asked for later".to_owned(),
    ];
    let columns = ["Used now", "Units freed a minute"].map(str::to_owned).to_vec();
    let parts: Vec<ExplainPart> = limits.iter().map(line).collect();
    let told = u64::try_from(parts.len()).unwrap_or(0);
    Made { columns, ..Made::of(parts, filters, told, "limit") }
}

fn receipts(asked: &Asked<'_>, receipts: &[PullReceipt], one_currency: bool) -> Made {
    let line = |r: &PullReceipt| {
        let place = asked.places.iter().find(|p| Some(&p.id) == r.location.as_ref());
        let name = place.map(|p| &p.name).or(r.location.as_ref());
        let what = name.map_or_else(|| entity(&r.entity), |name| format!("{}, {name}", entity(&r.entity)));
        let line = number(format!("No. {}: {what}", r.id), counted(r.rows))
            .and(counted(r.changed), ExplainUnit::Count)
            .and(counted(r.pages), ExplainUnit::Count);
        // A sum is told where its currency is known to be the shop's.
        let own = place.map_or(one_currency, |p| p.currency == asked.s.currency);
        if own && r.sum_minor != 0 { line.and(r.sum_minor, ExplainUnit::Money) } else { line.and_nothing() }
    };
    let parts: Vec<ExplainPart> = receipts.iter().map(line).collect();
    // Sums of payments, refunds and orders are different things and are not added up.
    let total = sum("All of these", ExplainUnit::Count, 2, &parts).and_nothing();
    let filters = [
        "The newest 20 readings; of a stream's readings that found nothing new only the last is kept",
        "Window: the time asked for. History goes by windows, newest first; changes are asked for since the last reading, with an overlap",
        "Pages: answers of the point of sale that were read to the last one",
        "Rows: what those pages held. New: rows that were not here yet, or are newer than those here",
        "Sum: the amounts of the rows, as they came, before any is counted",
        "First and last id: the ends of what came, to look it up at the point of sale",
    ];
    let rows = u64::try_from(total.value).unwrap_or(0);
    let parts = largest(parts).into_iter().chain([total.result()]).collect();
    let columns = ["Rows", "New", "Pages", "Sum"].map(str::to_owned).to_vec();
    Made { columns, ..Made::of(parts, filters.map(str::to_owned).to_vec(), rows, "row") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_each_vendor_is_a_line_with_what_the_screen_shows() {
        let one = RateLimit { source: "lightspeed".into(), percent: 63, per_minute: 60 };
        let other = RateLimit { source: "second".into(), percent: 0, per_minute: 120 };
        let made = limits(&[one, other]);
        assert_eq!((made.rows, made.row_name, made.columns.len()), (2, "limit", 2));
        let told: Vec<_> =
            made.parts.iter().map(|p| (p.name.as_str(), p.value, p.unit, p.beside[0].map(|v| v.value))).collect();
        let percent = ExplainUnit::Percent;
        assert_eq!(told, [("lightspeed", 63, percent, Some(60)), ("second", 0, percent, Some(120))]);
    }
}
