//! The Today screen.

use super::explain::words::since;
use super::last_week::LastWeek;
use super::sales::breakdown;
use super::{ago, payment, period, scope};
use crate::dto::{ApiError, Attention, FreshnessState, HourPace, LocationFilter, Restatement, SourceFreshness, Today};
use crate::ends::Ending;
use crate::engine::{Engine, held};
use backroom_core::money::grouped;
use backroom_core::{DayRule, Timestamp};
use backroom_store::TableRow;
use backroom_store::report::{self, HourRow, Place};

/// Code of an access that only signing in brings back.
const NEEDS_REAUTH: &str = "NEEDS_REAUTH";
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
    told.attention = of_scope(engine, &s)?;
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
        sign_in: None,
    }
}

fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// What a source that needs somebody, or is behind, says on the screen.
fn of_source(source: &SourceFreshness, syncing: bool, s: &super::Scope, rule: &DayRule) -> Option<Attention> {
    let at = |text: &Option<String>| text.as_deref().and_then(|t| Timestamp::parse(t).ok());
    let name = crate::sources::vendor(&source.kind);
    match (source.state, &source.trouble) {
        (FreshnessState::Failing, Some(t)) => {
            let who = if t.message.contains(name) { String::new() } else { format!("{name}: ") };
            let since = at(&source.since).map_or_else(String::new, |t| format!("Since {}: ", since(rule, s.now, t)));
            Some(item("problem", &t.code, format!("{since}{who}{}", t.message), &t.hint, "connections"))
        }
        // What the line said is on the Sync screen; here it is told what that means.
        (FreshnessState::Offline, Some(t)) => {
            let since = at(&source.since).map_or_else(String::new, |t| format!(" since {}", since(rule, s.now, t)));
            let message = format!(
                "{name} has been out of reach{since}. What is here stays; new sales come when the line is back."
            );
            let hint = "Check the shop's internet. Backroom tries again by itself.";
            Some(item("warning", &t.code, message, hint, "sync"))
        }
        (FreshnessState::Stale, _) => {
            let read = at(&source.last_success).map_or_else(|| "long ago".to_owned(), |at| ago(s.now, at));
            let hint = if syncing { "Backroom is reading it now." } else { "Press Sync now." };
            Some(item("warning", "STALE", format!("{name} was last read {read}."), hint, "sync"))
        }
        _ => None,
    }
}

/// An access that ends soon, while there is still time.
fn of_ending(ending: &Ending, now: Timestamp, rule: &DayRule) -> Attention {
    let name = crate::sources::vendor(&ending.kind);
    let hours = ending.at.seconds_since(now) / 3_600;
    let left = match hours {
        0..24 => "in less than a day".to_owned(),
        _ => format!("in {}", plural(u64::try_from(hours / 24).unwrap_or(0), "day", "days")),
    };
    let day = rule.wall_clock(ending.at).format("%b %-d");
    let (message, hint) = if ending.signed_in {
        (
            format!("The access to {name} ends {left}, on {day}: it could not be renewed so far."),
            "Backroom goes on trying. Sign in again now, and no sale is late.",
        )
    } else {
        (
            format!("The {name} access token ends {left}, on {day}."),
            "Make a new one at the vendor, then press Replace under Connections and paste it.",
        )
    };
    let sign_in = ending.signed_in.then(|| ending.source.clone());
    Attention { sign_in, ..item("warning", "ACCESS_ENDS_SOON", message, hint, "connections") }
}

/// Locations whose own time zone is not known, and by which their days are counted meanwhile.
fn of_zones(places: &[Place], kind: impl Fn(&str) -> String, rule: &DayRule) -> Option<Attention> {
    let unknown: Vec<&Place> = places.iter().filter(|place| place.time_zone.is_none()).collect();
    let first = unknown.first()?;
    let names: Vec<String> = unknown.iter().map(|place| place.name.clone()).collect();
    let kind = kind(&first.source);
    let vendor = crate::sources::vendor(&kind);
    let (have, their) = if names.len() == 1 { ("has", "Its") } else { ("have", "Their") };
    let message = format!(
        "{} {have} no time zone at {vendor} that Backroom knows. {their} days are counted in {} meanwhile; no sale is lost.",
        listed(&names),
        rule.zone_name()
    );
    let hint = format!("Set the shop's time zone in Settings, or correct it at {vendor}.");
    Some(item("warning", "ZONE_UNKNOWN", message, &hint, "settings"))
}

/// What waits for the warehouse in vain, and what it refused for good.
fn of_warehouse(tables: &[TableRow]) -> Vec<Attention> {
    let mut list = Vec::new();
    let waiting = tables.iter().map(|t| t.pending).sum();
    if let Some(t) = tables.iter().filter_map(|t| t.trouble.as_ref()).find(|t| !t.code.is_empty()) {
        let rows = plural(waiting, "row waits", "rows wait");
        let (why, hint) = if t.class == "transient" {
            (
                format!("{rows} for BigQuery, which is out of reach."),
                "They are sent by themselves when the line is back.",
            )
        } else {
            (format!("{rows} for BigQuery. {}", t.message), t.hint.as_str())
        };
        let of_the_key = matches!(t.class.as_str(), "unauthorized" | "forbidden" | "config");
        list.push(item("warning", &t.code, why, hint, if of_the_key { "connections" } else { "sync" }));
    }
    let refused: Vec<&TableRow> = tables.iter().filter(|t| t.dead > 0).collect();
    if !refused.is_empty() {
        let rows: Vec<String> = refused.iter().map(|t| rows_of(t.table.name(), t.dead)).collect();
        let kept = if refused.iter().map(|t| t.dead).sum::<u64>() == 1 { "It is" } else { "They are" };
        let message = format!("BigQuery refused {}. {kept} kept here.", listed(&rows));
        list.push(item("warning", "DEAD_ROWS", message, "See which, and send again what was put right.", "sync"));
    }
    list
}

/// `1 payment`, `3 order lines`: rows of a table in the words of the shop.
fn rows_of(table: &str, count: u64) -> String {
    let many = table.trim_start_matches("square_").trim_start_matches("lightspeed_").replace('_', " ");
    plural(count, many.trim_end_matches('s'), &many)
}

/// `one`, `one and another`, `one, another and a third`.
fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What is to be attended to in the whole shop.
pub(crate) fn attention(engine: &Engine) -> Result<Vec<Attention>, ApiError> {
    of_scope(engine, &scope(engine, None)?)
}

fn of_scope(engine: &Engine, s: &super::Scope) -> Result<Vec<Attention>, ApiError> {
    let store = engine.store();
    let streams = store.stream_rows()?;
    let freshness = super::app::freshness(engine, &streams, s.now)?;
    let mut list = Vec::new();
    let halted = held(&engine.inner.halted).clone();
    // A folder without a source is a first run, and storage has its own banner.
    if let Some(error) = halted.filter(|e| !super::app::is_of_storage(e) && e.code != "CONFIG_NO_SOURCE") {
        list.push(item("problem", &error.code, error.message, &error.hint, "connections"));
    }
    let rule = store.rule();
    let config = engine.config();
    let signed_in = |name: &str| config.source.iter().any(|s| s.name == name && !s.client_id.is_empty());
    list.extend(freshness.sources.iter().filter_map(|source| {
        let told = of_source(source, freshness.syncing, s, &rule)?;
        let again = told.code == NEEDS_REAUTH && signed_in(&source.source);
        Some(Attention { sign_in: again.then(|| source.source.clone()), ..told })
    }));
    let failing = |name: &str| {
        freshness.sources.iter().any(|source| source.source == name && source.state == FreshnessState::Failing)
    };
    let ending = engine.ends_soon(s.now)?;
    list.extend(ending.iter().filter(|e| !failing(&e.source)).map(|e| of_ending(e, s.now, &rule)));
    if config.store.time_zone.is_none() {
        let kind =
            |name: &str| config.source.iter().find(|s| s.name == name).map_or_else(String::new, |s| s.kind.clone());
        list.extend(of_zones(&store.read(report::places)?, kind, &rule));
    }
    list.extend(of_warehouse(&store.table_rows()?));
    let (low, out) = super::products::short(engine, s.place, s.today)?;
    if out > 0 {
        list.push(item(
            "info",
            "STOCK_OUT",
            plural(out as u64, "product is", "products are") + " out of stock.",
            "",
            "products",
        ));
    }
    if low > 0 {
        list.push(item(
            "info",
            "STOCK_LOW",
            plural(low as u64, "product lasts", "products last") + " two weeks or less.",
            "",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_that_ends_soon_says_when_and_what_to_press() {
        let now = Timestamp::parse("2026-11-20T20:00:00Z").unwrap();
        let rule = DayRule::new("America/Chicago", "04:00").unwrap();
        let told = |end: &str, signed_in| {
            let (source, kind, at) = ("main".to_owned(), "square".to_owned(), Timestamp::parse(end).unwrap());
            of_ending(&Ending { source, kind, at, signed_in }, now, &rule)
        };
        let granted = told("2026-11-26T02:00:00Z", true);
        assert_eq!(granted.message, "The access to Square ends in 5 days, on Nov 25: it could not be renewed so far.");
        assert_eq!(granted.sign_in.as_deref(), Some("main"), "one button is enough");
        let pasted = told("2026-11-21T20:00:00Z", false);
        assert_eq!(pasted.message, "The Square access token ends in 1 day, on Nov 21.");
        assert_eq!((pasted.sign_in, pasted.screen.as_str()), (None, "connections"), "a token is pasted there");
        assert!(told("2026-11-21T19:59:00Z", false).message.contains("in less than a day"));
    }

    #[test]
    fn refused_rows_are_told_in_words() {
        for (table, count, words) in [
            ("square_payments", 1, "1 payment"),
            ("square_order_lines", 3, "3 order lines"),
            ("lightspeed_products", 1, "1 product"),
            ("sales", 1_200, "1,200 sales"),
        ] {
            assert_eq!(rows_of(table, count), words);
        }
        let words = |n: usize| listed(&["a", "b", "c"].map(str::to_owned)[..n]);
        assert_eq!([words(0), words(1), words(2), words(3)], ["", "a", "a and b", "a, b and c"]);
    }
}
