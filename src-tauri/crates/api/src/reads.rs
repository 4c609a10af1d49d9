//! What screens read: store rows as data for a screen. One file a screen.

mod app;
mod connections;
mod explain;
mod last_week;
mod products;
mod sales;
mod summary;
mod sync;
mod today;

pub(crate) use app::{app_state, freshness, is_of_storage};
pub(crate) use connections::connections;
pub(crate) use explain::explain;
pub(crate) use products::{KeptProducts, product_list, products};
pub(crate) use sales::{payments, receipt, sales, sales_csv};
pub(crate) use summary::{daily, monthly, recent, summary};
pub(crate) use sync::sync_status;
pub(crate) use today::{attention, today};

use crate::dto::{ApiError, PeriodTotals, RecentPayment};
use crate::engine::Engine;
use backroom_core::{BusinessDay, Currency, Timestamp};
use backroom_store::report::{self, PaymentRow, Totals};

/// The longest id of a vendor that is looked up.
const LONGEST_ID: usize = 255;
/// The longest period that is asked for, in days.
const LONGEST_PERIOD: i32 = 366 * 20;

/// What most reads need: the place, the currency and today.
pub(crate) struct Scope {
    pub(crate) place: i64,
    pub(crate) currency: String,
    pub(crate) today: BusinessDay,
    pub(crate) now: Timestamp,
}

pub(crate) fn scope(engine: &Engine, location: Option<&str>) -> Result<Scope, ApiError> {
    if location.is_some_and(|id| id.is_empty() || id.len() > LONGEST_ID) {
        return Err(ApiError::bad_request("A location is named by its id."));
    }
    let store = engine.store();
    let (place, currency) = store.read(|c| Ok((report::place(c, location)?, report::main_currency(c)?)))?;
    let place = place.ok_or_else(|| ApiError::bad_request("There is no such location."))?;
    let now = store.clock().now();
    Ok(Scope { place, currency, today: store.rule().day_of(now), now })
}

pub(crate) fn day(text: &str) -> Result<BusinessDay, ApiError> {
    BusinessDay::parse(text).map_err(|e| ApiError::bad_request(format!("{e}.")))
}

/// A period of business days, checked.
pub(crate) fn range(from: &str, to: &str) -> Result<(BusinessDay, BusinessDay), ApiError> {
    let (from, to) = (day(from)?, day(to)?);
    if from > to {
        return Err(ApiError::bad_request("The first day comes after the last."));
    }
    if to.number() - from.number() > LONGEST_PERIOD {
        return Err(ApiError::bad_request("Ask for twenty years or less."));
    }
    Ok((from, to))
}

pub(crate) fn period(from: BusinessDay, to: BusinessDay, totals: &Totals) -> PeriodTotals {
    PeriodTotals {
        from: from.to_string(),
        to: to.to_string(),
        collected_minor: totals.collected,
        tips_minor: totals.tips,
        refunded_minor: totals.refunded,
        net_minor: totals.net(),
        transactions: totals.payments,
        customers: totals.customers,
        average_minor: totals.average(),
    }
}

pub(crate) fn payment(row: PaymentRow) -> RecentPayment {
    RecentPayment {
        id: row.id,
        source: row.source,
        location_id: row.location_id,
        location: row.location,
        taken_at: row.taken_at.to_rfc3339(),
        business_day: row.day.to_string(),
        status: row.status.as_str().to_owned(),
        amount_minor: row.amount,
        tip_minor: row.tip,
        refunded_minor: row.refunded,
        currency: row.currency,
        source_type: row.method,
        card_brand: row.card_brand,
        customer_id: row.customer_id,
        order_id: row.order_id,
        receipt_url: row.receipt_url,
        part_minor: row.part,
    }
}

/// Decimals of a currency code.
pub(crate) fn exponent(code: &str) -> u8 {
    Currency::parse(code).map_or(2, |c| c.exponent())
}

/// How long ago, in words.
pub(crate) fn ago(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.seconds_since(then).max(0);
    match seconds {
        0..=89 => "a minute ago".to_owned(),
        90..=5_399 => format!("{} minutes ago", (seconds + 30) / 60),
        5_400..=172_799 => format!("{} hours ago", (seconds + 1_800) / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}
