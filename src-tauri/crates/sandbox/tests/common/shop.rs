//! A shop to ask.

use super::{Answer, all};
use backroom_core::{TestClock, Timestamp};
use backroom_sandbox::square::{Square, StoreSpec};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Up to when the shop has traded.
pub const UNTIL: Timestamp = Timestamp::from_seconds(1_795_197_600); // 2026-11-20 18:00 UTC

/// A shop that has traded, and its clock.
pub fn shop(payments: usize) -> (Square, TestClock) {
    let clock = TestClock::at(UNTIL.plus_seconds(60));
    let square = Square::start_with(StoreSpec::small(payments, UNTIL), 0, Arc::new(clock.clone())).unwrap();
    (square, clock)
}

/// All payments of all locations.
pub fn payments(square: &Square, more: &str) -> Vec<Value> {
    let places = square.location_ids();
    let from = "begin_time=2020-01-01T00:00:00Z";
    places
        .iter()
        .flat_map(|id| all(&square.base_url(), &format!("/v2/payments?location_id={id}&{from}{more}"), "payments"))
        .collect()
}

/// The ids of rows.
pub fn ids(rows: &[Value]) -> BTreeSet<String> {
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// The code of an error.
pub fn code(answer: &Answer) -> String {
    answer.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned()
}
