//! The Today screen.

use super::last_week::LastWeek;
use super::sales::breakdown;
use super::{ago, payment, period, scope};
use crate::dto::{ApiError, Attention, FreshnessState, HourPace, LocationFilter, Restatement, Today};
use crate::engine::{Engine, held};
use backroom_core::money::grouped;
use backroom_core::{DayRule, Timestamp};
use backroom_store::report::{self, HourRow};

const RECENT: u32 = 12;
const RESTATED: u32 = 5;
/// How long a restated day is told of, in days.
const RESTATED_DAYS: i64 = 3;

pub(crate) fn today(engine: &Engine, filter: LocationFilter) -> Result<Today, ApiError> {
    let s = scope(engine, filter.location.as_deref())?;
    let store = engine.store();
    let rule = store.rule();
    let last_week = LastWeek::of(&rule, &s);
    let (week, month, year) = (s.today.week_start(), s.today.month_start(), s.today.year_start());
    let seen = seen_until(engine)?;
    let mut told = store.read(|c| {
        let starts = [Some(s.today), Some(week), Some(month), Some(year)];
        let totals = report::to_date(c, s.place, &s.currency, s.today, &starts)?;
        let at = |n: usize| totals.get(n).copied().unwrap_or_default();
        let so_far = last_week.so_far(c, &s)?;
        let last_week = last_week.day;
        let whole = report::period(c, s.place, &s.currency, last_week, last_week)?;
        let hours = report::hours(c, s.place, &s.currency, &rule, s.today)?;
        let before = report::hours(c, s.place, &s.currency, &rule, last_week)?;
        let hour_now = running(&hours, &rule, s.now);
        let by_location = report::by_location(c, &s.currency, s.today, s.today)?;
        let since = seen.max(s.now.plus_days(-RESTATED_DAYS));
        Ok(Today {
            as_of: s.now.to_rfc3339(),
            day: s.today.to_string(),
            currency: s.currency.clone(),
            totals: period(s.today, s.today, &at(0)),
            last_week_so_far: period(last_week, last_week, &so_far),
            last_week_whole: period(last_week, last_week, &whole),
            hours: pace(&hours, &before, hour_now),
            hour_now,
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

/// Which of the hours of a day runs now: of two that stand for the hour in which the day begins, the first until half of the day is
/// over.
fn running(hours: &[HourRow], rule: &DayRule, now: Timestamp) -> Option<usize> {
    let hour = rule.wall_hour(now);
    let late = now.seconds_since(rule.starts_at(rule.day_of(now))) > 43_200;
    let mut found = hours.iter().enumerate().filter(|(_, h)| h.hour == hour).map(|(index, _)| index);
    if late { found.next_back() } else { found.next() }
}

/// Hour by hour from the start of the business day: today, and the same weekday last week.
fn pace(today: &[HourRow], before: &[HourRow], now: Option<usize>) -> Vec<HourPace> {
    let (mut sum, mut sum_before) = (0, 0);
    let pairs = today.iter().zip(before).enumerate();
    pairs
        .map(|(n, (row, before))| {
            sum += row.net;
            sum_before += before.net;
            HourPace {
                hour: row.hour,
                net_minor: row.net,
                transactions: row.payments,
                last_week_net_minor: before.net,
                cumulative_minor: now.is_none_or(|now| n <= now).then_some(sum),
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
