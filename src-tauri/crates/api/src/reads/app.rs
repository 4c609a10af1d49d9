//! What the whole app knows about itself.

use super::exponent;
use crate::commands::Nothing;
use crate::config::SourceSection;
use crate::dto::{ApiError, AppState, Filling, Freshness, FreshnessState, LocationChoice, SourceFreshness};
use crate::engine::{Engine, held};
use backroom_core::Timestamp;
use backroom_secrets::source_token;
use backroom_store::{StreamRow, report};
use std::sync::PoisonError;

/// Whether the age of a stream is the age of the sales: where a source tells payments with its orders, that of the orders.
fn tells_sales(stream: &StreamRow) -> bool {
    match stream.kind.as_str() {
        "lightspeed_r" => stream.entity == "orders",
        _ => matches!(stream.entity.as_str(), "payments" | "refunds"),
    }
}

pub(crate) fn app_state(engine: &Engine, _: Nothing) -> Result<AppState, ApiError> {
    let store = engine.store();
    let (places, currency, newest) =
        store.read(|c| Ok((report::places(c)?, report::main_currency(c)?, report::recent(c, 0, 1)?)))?;
    let streams = store.stream_rows()?;
    let now = store.clock().now();
    let rule = store.rule();
    let config = engine.inner.config.read().unwrap_or_else(PoisonError::into_inner);
    let shop_name = match places.as_slice() {
        _ if config.store.name.is_some() => config.store.name.clone().unwrap_or_default(),
        [] => String::new(),
        [only] => only.name.clone(),
        several => common_name(&several.iter().map(|p| p.name.as_str()).collect::<Vec<_>>()),
    };
    Ok(AppState {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        demo: engine.inner.demo,
        shop_name,
        time_zone: rule.zone_name().to_owned(),
        business_day_start: format!("{:02}:{:02}", rule.start_minute() / 60, rule.start_minute() % 60),
        now: now.to_rfc3339(),
        today: rule.day_of(now).to_string(),
        currency_exponent: exponent(&currency),
        currency,
        first_run: places.is_empty() && !config.source.iter().any(|section| has_access(engine, section)),
        locations: places.iter().map(|p| LocationChoice { id: p.name_among(&places), name: p.name.clone() }).collect(),
        filling: filling(engine, &streams),
        freshness: freshness(engine, &streams, now)?,
        storage_problem: held(&engine.inner.halted).clone().filter(is_of_storage),
        setup: crate::setup::state(engine)?,
        clock_behind: newest.first().map(|p| p.taken_at).filter(|&at| is_ahead(at, now)).map(Timestamp::to_rfc3339),
    })
}

/// Whether there is something a source can be asked with. A keychain that does not tell now is no first run.
fn has_access(engine: &Engine, section: &SourceSection) -> bool {
    let token = || engine.inner.secrets.get(&source_token(&section.kind, &section.name));
    !section.client_id.is_empty() || token().is_err() || token().is_ok_and(|found| found.is_some_and(|s| !s.is_empty()))
}

/// Whether a sale lies so far in the future that the clock must be wrong: clocks of tills differ by minutes, not by a day.
fn is_ahead(sale: Timestamp, now: Timestamp) -> bool {
    sale > now.plus_days(1)
}

/// Whether an error is the disk's or the file's, and so stops everything until somebody acts.
pub(crate) fn is_of_storage(error: &ApiError) -> bool {
    error.code.starts_with("STORE_")
}

/// What the names of several locations begin with, or the first of them.
fn common_name(names: &[&str]) -> String {
    let first: Vec<&str> = names.first().map(|n| n.split_whitespace().collect()).unwrap_or_default();
    let shared = first
        .iter()
        .enumerate()
        .take_while(|(i, word)| names.iter().all(|n| n.split_whitespace().nth(*i) == Some(**word)))
        .count();
    if shared == 0 { names.first().map(|n| (*n).to_owned()).unwrap_or_default() } else { first[..shared].join(" ") }
}

/// Where the first sync stands: live figures while it runs, otherwise what the buffer knows.
pub(crate) fn filling(engine: &Engine, streams: &[StreamRow]) -> Option<Filling> {
    let open: Vec<&StreamRow> = streams.iter().filter(|s| s.history.is_some() && !s.history_done).collect();
    if open.is_empty() {
        return None;
    }
    let windowed: Vec<&StreamRow> = streams.iter().filter(|s| s.history.is_some()).collect();
    if let Some(p) = held(&engine.inner.progress).clone() {
        return Some(Filling {
            today_complete: p.today_complete,
            complete_since: p.complete_since.map(|d| d.to_string()),
            percent: p.percent,
            rows: p.rows,
            seconds_left: p.seconds_left,
        });
    }
    let (covered, all) = windowed.iter().fold((0i128, 0i128), |(c, a), s| {
        let length = s.history.map_or(0, |(from, to)| to.micros() - from.micros());
        let covered = if s.history_done { length } else { s.history_covered };
        (c + i128::from(covered), a + i128::from(length))
    });
    let rule = engine.store().rule();
    let sales: Vec<&&StreamRow> = open.iter().filter(|s| tells_sales(s)).collect();
    let since: Option<Timestamp> = sales.iter().filter_map(|s| s.history_since).max();
    let today = rule.starts_at(rule.day_of(engine.store().clock().now()));
    Some(Filling {
        today_complete: since.is_none_or(|s| s <= today),
        complete_since: since.map(|s| rule.day_of(s.plus_days(1)).to_string()),
        percent: u8::try_from((covered * 100).checked_div(all).unwrap_or(0)).unwrap_or(100),
        rows: open.iter().map(|s| s.rows).sum(),
        seconds_left: None,
    })
}

pub(crate) fn freshness(engine: &Engine, streams: &[StreamRow], now: Timestamp) -> Result<Freshness, ApiError> {
    let every = held(&engine.inner.schedule).every_seconds;
    let config = engine.config();
    let mut sources = Vec::new();
    for section in &config.source {
        let own: Vec<&StreamRow> = streams.iter().filter(|s| s.source == section.name).collect();
        let sales: Vec<&&StreamRow> = own.iter().filter(|s| tells_sales(s)).collect();
        let last_success = if sales.iter().any(|s| s.last_success.is_none()) {
            None
        } else {
            sales.iter().filter_map(|s| s.last_success).min()
        };
        let last_attempt = own.iter().filter_map(|s| s.last_attempt).max();
        let trouble = own.iter().filter_map(|s| s.trouble.as_ref()).min_by_key(|t| t.since);
        let state = match (trouble, last_success) {
            (Some(t), _) if t.class == "transient" => FreshnessState::Offline,
            (Some(_), _) => FreshnessState::Failing,
            (None, None) => FreshnessState::Never,
            (None, Some(at)) if now.seconds_since(at) > every * 2 => FreshnessState::Stale,
            (None, Some(_)) => FreshnessState::Fresh,
        };
        let since = trouble.and_then(|t| t.since).map(Timestamp::to_rfc3339);
        let trouble = trouble.cloned().map(ApiError::from);
        sources.push(SourceFreshness {
            source: section.name.clone(),
            kind: section.kind.clone(),
            last_success: last_success.map(Timestamp::to_rfc3339),
            last_attempt: last_attempt.map(Timestamp::to_rfc3339),
            state,
            since,
            trouble,
        });
    }
    Ok(Freshness { sources, waiting: engine.store().waiting()?.0, syncing: held(&engine.inner.running).is_some() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_wrong_when_sales_are_more_than_a_day_ahead() {
        let now = Timestamp::parse("2026-11-20T20:00:00Z").unwrap();
        for (sale, wrong) in [
            ("2026-11-20T19:59:00Z", false),
            ("2026-11-20T20:09:00Z", false),
            ("2026-11-21T20:00:00Z", false),
            ("2026-11-21T20:00:01Z", true),
            ("2029-01-01T00:00:00Z", true),
        ] {
            assert_eq!(is_ahead(Timestamp::parse(sale).unwrap(), now), wrong, "{sale}");
        }
    }
}
