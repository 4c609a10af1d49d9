//! Why a number is what it is.

use super::RecentPayment;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks why a number is what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ExplainQuery {
    /// Of payments: `net`, `collected`, `refunded`, `tips`, `transactions`, `customers`, `average`, `tills` (the ladder's last
    /// line), `difference`. Of orders: `gross`, `discounts`, `returns`, `net_sales`, `tax`, `service`, `due`. Of goods: `stock`,
    /// `sold_30`, `product` (every number of one product). Lists: `hours` (of one day), `pace` (of today), `series`,
    /// `week_hours`, `by_category`, `by_item`, `by_method`, `by_location` (always all of them). Of this PC, whatever the days:
    /// `streams`, `queue`, `cost`, `receipts`.
    pub metric: String,
    /// Variation id for `product`, and for `stock` and `sold_30` of one product; all where none.
    pub product: Option<String>,
    /// First business day.
    pub from: String,
    /// Last business day.
    pub to: String,
    /// Location id; all where none. What is of this PC has none.
    pub location: Option<String>,
    /// What it is compared with on the screen; nothing where none.
    #[serde(default)]
    #[ts(optional)]
    pub compare: Option<Compare>,
}

/// What a number is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// The same weekday last week: to the same minute of the shop's clock, or hour by hour. Of today alone.
    LastWeek,
    /// Two periods that may be compared, such as the days of a week that are over and the same days of the week before.
    Periods(ComparedPeriods),
}

/// Two periods of business days, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ComparedPeriods {
    /// First business day that is compared.
    pub own_from: String,
    /// Last business day that is compared.
    pub own_to: String,
    /// First business day of what it is compared with.
    pub base_from: String,
    /// Last business day of that.
    pub base_to: String,
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
    /// Names of the columns of values, the parts' own value first; empty where there is only that one.
    pub columns: Vec<String>,
    /// The parts it is made of: at most 50 of a list, the largest, and all others in one.
    pub parts: Vec<ExplainPart>,
    /// How fresh each source is, in words.
    pub freshness: Vec<String>,
    /// How many rows are behind it.
    pub rows: u64,
    /// What one of these rows is called, such as `payment`; with an s where there are more.
    pub row_name: String,
    /// The newest payments of these rows, at most 20; none where it is not made of payments.
    pub sample: Vec<RecentPayment>,
}

/// A part of a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExplainPart {
    /// Name.
    pub name: String,
    /// The value, in `unit`.
    pub value: i64,
    /// What the value counts.
    pub unit: ExplainUnit,
    /// Whether it is what the parts before it come to.
    pub is_result: bool,
    /// Values of the further columns; none where a part has none.
    pub beside: Vec<Option<ExplainValue>>,
}

/// A value beside a part's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExplainValue {
    /// The value, in `unit`.
    pub value: i64,
    /// What it counts.
    pub unit: ExplainUnit,
    /// Whether it is a change, told with its sign.
    pub is_change: bool,
}

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExplainUnit {
    /// Minor units of the shop's currency.
    Money,
    /// Pieces.
    Count,
    /// Thousandths of a piece.
    Milli,
    /// Bytes.
    Bytes,
    /// Millionths of a US dollar.
    MicroUsd,
    /// Parts of a hundred.
    Percent,
}
