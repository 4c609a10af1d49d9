//! The numbers of a shop.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Totals of a period of business days, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PeriodTotals {
    /// First business day, `YYYY-MM-DD`.
    pub from: String,
    /// Last business day, `YYYY-MM-DD`.
    pub to: String,
    /// Σ amount of completed payments.
    pub collected_minor: i64,
    /// Σ tips of completed payments.
    pub tips_minor: i64,
    /// Σ completed refunds, on their own business day.
    pub refunded_minor: i64,
    /// collected − refunded.
    pub net_minor: i64,
    /// Completed payments.
    pub transactions: i64,
    /// Distinct known customers of those payments.
    pub customers: i64,
    /// collected ÷ transactions, rounded half to even.
    pub average_minor: i64,
}

/// `report summary`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Summary {
    /// When it was read.
    pub as_of: String,
    /// ISO 4217.
    pub currency: String,
    /// This business day.
    pub today: PeriodTotals,
    /// The business week from Monday.
    pub week: PeriodTotals,
    /// The calendar month.
    pub month: PeriodTotals,
    /// The calendar year.
    pub year: PeriodTotals,
    /// The whole buffer.
    pub all: PeriodTotals,
}

/// What `daily` and `monthly` ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct RangeQuery {
    /// First business day; 90 days or 24 months back where none.
    pub from: Option<String>,
    /// Last business day; today where none.
    pub to: Option<String>,
    /// Location id; all where none.
    pub location: Option<String>,
    /// The newest periods alone, as many as this; all where none.
    pub limit: Option<u32>,
}

/// What `recent` and `product_list` ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct RecentQuery {
    /// First business day; the first there is where none. Not for products, which are told as they are now.
    pub from: Option<String>,
    /// Last business day; today where none.
    pub to: Option<String>,
    /// Location id; all where none.
    pub location: Option<String>,
    /// Rows wanted; ten payments or all products where none.
    pub limit: Option<u32>,
}

/// A payment in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecentPayment {
    /// Vendor id.
    pub id: String,
    /// Name of the source.
    pub source: String,
    /// Location id.
    pub location_id: String,
    /// Location name.
    pub location: String,
    /// When the money was taken, RFC 3339 UTC.
    pub taken_at: String,
    /// Its business day.
    pub business_day: String,
    /// `COMPLETED` …
    pub status: String,
    /// Amount without tip.
    pub amount_minor: i64,
    /// Tip.
    pub tip_minor: i64,
    /// Given back so far.
    pub refunded_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// `CARD`, `CASH` …
    pub source_type: String,
    /// Brand of the card.
    pub card_brand: Option<String>,
    /// Customer id, where known.
    pub customer_id: Option<String>,
    /// Order id, where known.
    pub order_id: Option<String>,
    /// The receipt at the vendor.
    pub receipt_url: Option<String>,
    /// What its lines of the item or category asked for add up to, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub part_minor: Option<i64>,
}

/// The Today screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Today {
    /// When it was read.
    pub as_of: String,
    /// The business day shown.
    pub day: String,
    /// ISO 4217.
    pub currency: String,
    /// Totals so far today.
    pub totals: PeriodTotals,
    /// The same weekday last week, up to the same minute.
    pub last_week_so_far: PeriodTotals,
    /// The same weekday last week, whole.
    pub last_week_whole: PeriodTotals,
    /// Hour by hour in the shop's zone, from the start of the business day: today and the same weekday last week.
    pub hours: Vec<HourPace>,
    /// The business hour that runs now: index into `hours`.
    pub hour_now: Option<usize>,
    /// Newest payments first, at most 12.
    pub recent: Vec<RecentPayment>,
    /// What needs a person, worst first; empty when all is well.
    pub attention: Vec<Attention>,
    /// Week, month and year so far.
    pub week: PeriodTotals,
    /// The calendar month so far.
    pub month: PeriodTotals,
    /// The calendar year so far.
    pub year: PeriodTotals,
    /// Totals by location today, empty where there is one.
    pub by_location: Vec<Breakdown>,
    /// Business days already closed that changed since they were last looked at, newest first, at most 5.
    pub restated: Vec<Restatement>,
}

/// One wall-clock hour of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HourPace {
    /// Hour on the wall, 0–23.
    pub hour: u8,
    /// Net of this hour today.
    pub net_minor: i64,
    /// Payments of this hour today.
    pub transactions: i64,
    /// Net of this hour on the same weekday last week.
    pub last_week_net_minor: i64,
    /// Net from the start of the day to the end of this hour today; none for hours to come.
    pub cumulative_minor: Option<i64>,
    /// The same last week.
    pub last_week_cumulative_minor: i64,
}

/// Something a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Attention {
    /// `problem`, `warning`, `info`.
    pub level: String,
    /// Stable code.
    pub code: String,
    /// What is the matter, since when, what is safe.
    pub message: String,
    /// What to press, as words.
    pub hint: String,
    /// Where it is dealt with: a screen's name (`sync`, `connections`, `products`, `sales`).
    pub screen: String,
    /// The source that is well again once somebody signs in; none where something else is to be done.
    pub sign_in: Option<String>,
}

/// A closed day whose net changed afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Restatement {
    /// The business day.
    pub day: String,
    /// When the change arrived.
    pub at: String,
    /// Net before.
    pub old_net_minor: i64,
    /// Net after.
    pub new_net_minor: i64,
    /// Why, in words: `late refund`, `offline payment uploaded late`, `payment changed`.
    pub why: String,
}

/// A share of something, by a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Breakdown {
    /// What it is: an id or a word.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// Net, or gross where refunds cannot be told apart (categories, items).
    pub amount_minor: i64,
    /// Payments, or units in thousandths for items.
    pub count: i64,
}

/// What the Sales screen asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SalesQuery {
    /// First business day.
    pub from: String,
    /// Last business day.
    pub to: String,
    /// Location id; all where none.
    pub location: Option<String>,
}

/// The Sales screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Sales {
    /// When it was read.
    pub as_of: String,
    /// ISO 4217.
    pub currency: String,
    /// Other currencies in the period that are left out of these figures: never added up.
    pub other_currencies: Vec<String>,
    /// Totals of the period.
    pub totals: PeriodTotals,
    /// The same number of days just before.
    pub previous: PeriodTotals,
    /// From gross to collected.
    pub ladder: Ladder,
    /// Day by day, days without sales included; by month where the period is longer than 92 days.
    pub series: Vec<PeriodTotals>,
    /// `day` or `month`.
    pub series_step: String,
    /// Best categories, by gross of completed orders.
    pub by_category: Vec<Breakdown>,
    /// Best items.
    pub by_item: Vec<Breakdown>,
    /// Payment methods, by collected.
    pub by_method: Vec<Breakdown>,
    /// Locations, by net.
    pub by_location: Vec<Breakdown>,
    /// Hour by hour from the start of the business day, where the period is one day; empty where it is longer.
    pub hours: Vec<SalesHour>,
    /// Net by weekday (Monday first) and hour of the wall clock: 7 × 24 cells.
    pub heat: Vec<HeatCell>,
}

/// From what was rung up to what was collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Ladder {
    /// Σ quantity × price of sold lines.
    pub gross_minor: i64,
    /// Discounts, positive.
    pub discounts_minor: i64,
    /// Goods returned, positive.
    pub returns_minor: i64,
    /// gross − discounts − returns.
    pub net_sales_minor: i64,
    /// Tax.
    pub tax_minor: i64,
    /// Tips.
    pub tips_minor: i64,
    /// Service charges.
    pub service_minor: i64,
    /// What the orders say was due: net sales + tax + tips + service.
    pub due_minor: i64,
    /// Σ completed payments with tips − completed refunds: what the tills took.
    pub collected_minor: i64,
    /// collected − due: payments without an order, orders not yet synced, rounding.
    pub difference_minor: i64,
    /// Whether orders are synced for the whole period; where not, the first lines are not final.
    pub orders_complete: bool,
}

/// One hour of a business day. Where days begin within an hour, that hour is told in two parts: the first and the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SalesHour {
    /// Hour on the wall, 0–23.
    pub hour: u8,
    /// Net.
    pub net_minor: i64,
    /// Payments.
    pub transactions: i64,
}

/// One cell of the heat map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HeatCell {
    /// 0 Monday … 6 Sunday.
    pub weekday: u8,
    /// Hour on the wall.
    pub hour: u8,
    /// Net.
    pub net_minor: i64,
    /// Payments.
    pub transactions: i64,
}

/// Which payments a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PaymentsQuery {
    /// First business day.
    pub from: String,
    /// Last business day.
    pub to: String,
    /// Location id; all where none.
    pub location: Option<String>,
    /// `CARD`, `CASH` …; all where none.
    pub method: Option<String>,
    /// Weekday of the business day, 0 for Monday; all where none.
    #[serde(default)]
    #[ts(optional)]
    pub weekday: Option<u8>,
    /// Wall-clock hour, 0 to 23; all where none.
    #[serde(default)]
    #[ts(optional)]
    pub hour: Option<u8>,
    /// Key of an item in the breakdown by item: only payments of orders with a line of it.
    #[serde(default)]
    #[ts(optional)]
    pub item: Option<String>,
    /// Key of a category in the breakdown by category, in the same way.
    #[serde(default)]
    #[ts(optional)]
    pub category: Option<String>,
    /// Rows to skip.
    pub offset: u32,
    /// Rows wanted, at most 200.
    pub limit: u32,
}

/// A window of a list of payments and refunds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PaymentsPage {
    /// All rows there are.
    pub total: u64,
    /// Σ amount of the completed ones among all rows.
    pub collected_minor: i64,
    /// Σ of the lines of the item or category asked for, where one was.
    pub part_minor: Option<i64>,
    /// Goods of it that were brought back, positive: they have an order and no payment, so no row here. Lines of the rows, once for
    /// each order, less this are `part_minor`.
    pub brought_back_minor: Option<i64>,
    /// ISO 4217 of the sums.
    pub currency: String,
    /// The rows of this window, newest first.
    pub rows: Vec<RecentPayment>,
}

/// A receipt: one payment with everything known about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Receipt {
    /// The payment.
    pub payment: RecentPayment,
    /// Lines of its order, empty where none is known.
    pub lines: Vec<ReceiptLine>,
    /// Its refunds.
    pub refunds: Vec<ReceiptRefund>,
    /// Tax of the order.
    pub tax_minor: i64,
    /// Discounts of the order.
    pub discount_minor: i64,
}

/// A line of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReceiptLine {
    /// Name and variation.
    pub name: String,
    /// Thousandths of a unit.
    pub quantity_milli: i64,
    /// Price of a unit.
    pub unit_price_minor: i64,
    /// What the customer paid for the line.
    pub total_minor: i64,
}

/// A refund on a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReceiptRefund {
    /// Vendor id.
    pub id: String,
    /// When.
    pub created_at: String,
    /// The business day it counts on.
    pub business_day: String,
    /// Status.
    pub status: String,
    /// Amount, positive.
    pub amount_minor: i64,
    /// Reason given.
    pub reason: Option<String>,
}

/// What the Products screen asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ProductsQuery {
    /// Words to find in name, category or SKU; empty for all.
    pub search: String,
    /// `all`, `low` (two weeks or less of stock), `out`, `dead` (in stock, not sold in 60 days).
    pub show: String,
    /// Location id; all where none.
    pub location: Option<String>,
    /// `name`, `sold`, `stock`, `price`.
    pub sort: String,
    /// Whether the largest comes first.
    pub descending: bool,
    /// Rows to skip.
    pub offset: u32,
    /// Rows wanted, at most 500.
    pub limit: u32,
}

/// A window of the list of products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Products {
    /// When it was read.
    pub as_of: String,
    /// Rows that match.
    pub total: u64,
    /// How many of all are low on stock.
    pub low: u64,
    /// How many are out of stock.
    pub out: u64,
    /// How many are dead stock.
    pub dead: u64,
    /// The rows of this window.
    pub rows: Vec<ProductRow>,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProductRow {
    /// Variation id.
    pub id: String,
    /// Item and variation.
    pub name: String,
    /// Category, empty where none.
    pub category: String,
    /// SKU.
    pub sku: Option<String>,
    /// Selling price; none where typed in at the counter.
    pub price_minor: Option<i64>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Thousandths of a unit in stock; none where not counted.
    pub stock_milli: Option<i64>,
    /// Thousandths of a unit sold in the last 30 business days.
    pub sold_30_milli: i64,
    /// Gross of the last 30 business days.
    pub gross_30_minor: i64,
    /// The last business day on which it was sold.
    pub last_sold: Option<String>,
    /// Days the stock lasts at the pace of the last 30 days; none where nothing is sold or counted.
    pub days_left: Option<i64>,
}
