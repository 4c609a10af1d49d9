//! Why a number is what it is.

use super::RecentPayment;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks why a number is what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ExplainQuery {
    /// `net`, `collected`, `refunded`, `tips`, `transactions`, `customers`, `average`, `gross`, `discounts`, `returns`,
    /// `net_sales`, `tax`, `service`, `due`, `difference`, `tills` (the ladder's last line), `stock`, `sold_30`,
    /// `product` (every number of one product).
    pub metric: String,
    /// Variation id for `product`, and for `stock` and `sold_30` of one product; all where none.
    pub product: Option<String>,
    /// First business day.
    pub from: String,
    /// Last business day.
    pub to: String,
    /// Location id; all where none.
    pub location: Option<String>,
}

/// Why a number is what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Explanation {
    /// Its name on the screen.
    pub title: String,
    /// The formula in words.
    pub formula: String,
    /// The filters in words: days, hours, location, statuses.
    pub filters: Vec<String>,
    /// The parts it is made of, with their amounts.
    pub parts: Vec<ExplainPart>,
    /// How fresh each source is, in words.
    pub freshness: Vec<String>,
    /// How many rows are behind it.
    pub rows: u64,
    /// The newest of these rows, at most 20.
    pub sample: Vec<RecentPayment>,
}

/// A part of a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExplainPart {
    /// Name.
    pub name: String,
    /// Minor units, or a plain count where `is_money` is false.
    pub value: i64,
    /// Whether `value` is money.
    pub is_money: bool,
}
