//! What is done with a customer at the counter: ID checks, members, raffles.

pub(crate) mod age;
pub(crate) mod age_goods;
pub(crate) mod age_pack;
pub(crate) mod age_rules;
pub(crate) mod members;
pub(crate) mod raffles;
pub(crate) mod words;

use crate::dto::ApiError;
use crate::engine::Engine;
use backroom_core::BusinessDay;

/// The current business day.
pub(crate) fn today(engine: &Engine) -> BusinessDay {
    engine.store().rule().day_of(engine.store().clock().now())
}

/// Reads a day that somebody gave.
pub(crate) fn day(text: &str) -> Result<BusinessDay, ApiError> {
    BusinessDay::parse(text).map_err(|_| ApiError::bad_request("A day is written as year, month and day: 2026-11-20."))
}
