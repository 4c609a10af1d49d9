//! The Today screen.

use super::sales::breakdown;
use super::{ago, payment, period, scope};
use crate::dto::{ApiError, Attention, FreshnessState, HourPace, LocationFilter, Restatement, Today};
use crate::engine::{Engine, held};
use backroom_core::Timestamp;
use backroom_core::money::grouped;
use backroom_store::report::{self, HourRow};

const RECENT: u32 = 12;
const RESTATED: u32 = 5;
/// How long a restated day is told of, in days.
const RESTATED_DAYS: i64 = 3;

pub(crate) fn today(engine: &Engine, filter: LocationFilter) -> Result<Today, ApiError> {
    let s = scope(engine, filter.location.as_deref())?;
    let store = engine.store();
    let rule = store.rule();
    let last_week = s.today.plus(-7);
    // The same minute of the shop's clock a week ago: as long after that day's start as now is after today's.
    let start_then = rule.starts_at(last_week);
    let elapsed = s.now.seconds_since(rule.starts_at(s.today));
    let minute_then = start_then.plus_seconds(elapsed).min(rule.ends_at(last_week));
    let (week, month, year) = (s.today.week_start(), s.today.month_start(), s.today.year_start());
    let start_hour = u8::try_from(rule.start_minute() / 60).unwrap_or(4);
    let now_hour = rule.wall_hour(s.now);
    let seen = seen_until(engine)?;
    let mut told = store.read(|c| {
        let starts = [Some(s.today), Some(week), Some(month), Some(year)];
        let totals = report::to_date(c, s.place, &s.currency, s.today, &starts)?;
        let at = |n: usize| totals.get(n).copied().unwrap_or_default();
        let so_far = report::until_minute(c, s.place, &s.currency, start_then, minute_then)?;
        let whole = report::period(c, s.place, &s.currency, last_week, last_week)?;
        let hours = pace(
            start_hour,
            now_hour,
            &report::hours(c, s.place, &s.currency, s.today)?,
            &report::hours(c, s.place, &s.currency, last_week)?,
        );
        let by_location = report::by_location(c, &s.currency, s.today, s.today)?;
        let since = seen.max(s.now.plus_days(-RESTATED_DAYS));
        Ok(Today {
            as_of: s.now.to_rfc3339(),
            day: s.today.to_string(),
            currency: s.currency.clone(),
            totals: period(s.today, s.today, &at(0)),
            last_week_so_far: period(last_week, last_week, &so_far),
            last_week_whole: period(last_week, last_week, &whole),
            hour_now: Some(usize::from((now_hour + 24 - start_hour) % 24)),
            hours,
            recent: report::recent(c, s.place, RECENT)?.into_iter().map(payment).collect(),
            attention: Vec::new(),
            week: period(week, s.today, &at(1)),
            month: period(month, s.today, &at(2)),
            year: period(year, s.today, &at(3)),
            by_location: if by_location.len() > 1 {
                by_location.into_iter().map(breakdown).collect()
            } else {
                Vec::new()
            },
            restated: report::restatements(c, since, RESTATED)?
                .into_iter()
                .filter(|r| r.currency == s.currency)
                .map(|r| Restatement {
                    day: r.day.to_string(),
                    at: r.at.to_rfc3339(),
                    old_net_minor: r.old_net,
                    new_net_minor: r.new_net,
                    why: r.why,
                })
                .collect(),
        })
    })?;
    told.attention = attention(engine, &s)?;
    Ok(told)
}

/// Until when restated days have been looked at.
fn seen_until(engine: &Engine) -> Result<Timestamp, ApiError> {
    let text = engine.store().note("restated_seen")?;
    Ok(text.and_then(|t| t.parse().ok()).map_or(Timestamp::from_micros(0), Timestamp::from_micros))
}

/// Twenty-four hours from the start of the business day.
fn pace(start: u8, now: u8, today: &[HourRow], before: &[HourRow]) -> Vec<HourPace> {
    let find = |rows: &[HourRow], hour: u8| rows.iter().find(|r| r.hour == hour).copied();
    let (mut sum, mut sum_before) = (0, 0);
    let now_index = (now + 24 - start) % 24;
    (0..24u8)
        .map(|n| {
            let hour = (start + n) % 24;
            let row = find(today, hour);
            let net = row.map_or(0, |r| r.net);
            let net_before = find(before, hour).map_or(0, |r| r.net);
            sum += net;
            sum_before += net_before;
            HourPace {
                hour,
                net_minor: net,
                transactions: row.map_or(0, |r| r.payments),
                last_week_net_minor: net_before,
                cumulative_minor: (n <= now_index).then_some(sum),
                last_week_cumulative_minor: sum_before,
            }
        })
        .collect()
}

fn item(level: &str, code: &str, message: String, hint: &str, screen: &str) -> Attention {
    Attention {
        level: level.to_owned(),
        code: code.to_owned(),
        message,
        hint: hint.to_owned(),
        screen: screen.to_owned(),
    }
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn attention(engine: &Engine, s: &super::Scope) -> Result<Vec<Attention>, ApiError> {
    let store = engine.store();
    let streams = store.stream_rows()?;
    let freshness = super::app::freshness(engine, &streams, s.now)?;
    let mut list = Vec::new();
    let halted = held(&engine.inner.halted).clone();
    // A folder without a source is a first run, and storage has its own banner.
    if let Some(error) = halted.filter(|e| !super::app::is_of_storage(e) && e.code != "CONFIG_NO_SOURCE") {
        list.push(item("problem", &error.code, error.message, &error.hint, "connections"));
    }
    for source in &freshness.sources {
        let began = source.since.as_deref().and_then(|t| Timestamp::parse(t).ok());
        let began = began.map_or_else(String::new, |at| format!(" It began {}.", ago(s.now, at)));
        let name = crate::sources::vendor(&source.kind);
        match (source.state, &source.trouble) {
            (FreshnessState::Failing, Some(t)) => {
                list.push(item("problem", &t.code, format!("{name}: {}{began}", t.message), &t.hint, "connections"));
            }
            (FreshnessState::Offline, Some(t)) => {
                let message = format!(
                    "{name} cannot be reached. {}{began} What is here stays; sales are fetched when the line is back.",
                    t.message
                );
                list.push(item(
                    "warning",
                    &t.code,
                    message,
                    "Check the shop's internet. Backroom tries again by itself.",
                    "sync",
                ));
            }
            (FreshnessState::Stale, _) => {
                let since = streams.iter().filter_map(|r| r.last_success).max();
                let since = since.map_or_else(String::new, |at| ago(s.now, at));
                list.push(item(
                    "warning",
                    "STALE",
                    format!("{name} was last read {since}."),
                    "Press Sync now.",
                    "sync",
                ));
            }
            _ => {}
        }
    }
    let tables = store.table_rows()?;
    let waiting: u64 = tables.iter().map(|t| t.pending).sum();
    if let Some(t) = tables.iter().filter_map(|t| t.trouble.as_ref()).find(|t| !t.code.is_empty()) {
        let message = format!("{} rows wait for BigQuery: {}", grouped(waiting), t.message);
        list.push(item("warning", &t.code, message, &t.hint, "sync"));
    }
    for table in &tables {
        if table.dead > 0 {
            let message =
                format!("BigQuery refused {} rows of {}. They are kept here.", grouped(table.dead), table.table.name());
            list.push(item("warning", "DEAD_ROWS", message, "Open Sync to see why and try again.", "sync"));
        }
    }
    let (low, out) = super::products::short(engine, s.place, s.today)?;
    if out > 0 {
        list.push(item(
            "info",
            "STOCK_OUT",
            plural(out, "product is", "products are") + " out of stock.",
            "See which.",
            "products",
        ));
    }
    if low > 0 {
        list.push(item(
            "info",
            "STOCK_LOW",
            plural(low, "product lasts", "products last") + " two weeks or less.",
            "See which.",
            "products",
        ));
    }
    list.sort_by_key(|a| match a.level.as_str() {
        "problem" => 0,
        "warning" => 1,
        _ => 2,
    });
    Ok(list)
}
