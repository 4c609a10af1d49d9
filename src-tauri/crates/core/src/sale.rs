//! The records that sources deliver: one struct an entity, already free of the vendor's wire shape.
//!
//! Amounts are minor units of the record's `currency`. `version` is the source's own time of the
//! record's last change; it orders the versions of one record and is never taken from the local clock.

use crate::money::Currency;
use crate::time::Timestamp;

/// A place where sales are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The source's id.
    pub id: String,
    /// What the shop calls it.
    pub name: String,
    /// IANA zone, where the source tells one.
    pub time_zone: Option<String>,
    /// The currency it trades in.
    pub currency: Currency,
    /// Whether it still trades.
    pub active: bool,
    /// When the source first knew it.
    pub created_at: Option<Timestamp>,
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PaymentStatus {
    /// Authorised, not captured.
    Approved,
    /// Waiting for the other side.
    Pending,
    /// Captured: it counts.
    Completed,
    /// Given up before capture.
    Canceled,
    /// Refused.
    Failed,
    /// A status the source added since; kept, not counted.
    Other,
}

impl PaymentStatus {
    /// The field's name of the status, as BigQuery holds it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "APPROVED",
            Self::Pending => "PENDING",
            Self::Completed => "COMPLETED",
            Self::Canceled => "CANCELED",
            Self::Failed => "FAILED",
            Self::Other => "OTHER",
        }
    }

    /// The small number under which the buffer stores it.
    pub const fn code(self) -> i64 {
        match self {
            Self::Approved => 0,
            Self::Pending => 1,
            Self::Completed => 2,
            Self::Canceled => 3,
            Self::Failed => 4,
            Self::Other => 5,
        }
    }

    /// The status of a stored number.
    pub const fn from_code(code: i64) -> Self {
        match code {
            0 => Self::Approved,
            1 => Self::Pending,
            2 => Self::Completed,
            3 => Self::Canceled,
            4 => Self::Failed,
            _ => Self::Other,
        }
    }

    /// Reads the source's word; an unknown one is `Other`.
    pub fn parse(word: &str) -> Self {
        match word {
            "APPROVED" => Self::Approved,
            "PENDING" => Self::Pending,
            "COMPLETED" => Self::Completed,
            "CANCELED" | "CANCELLED" => Self::Canceled,
            "FAILED" | "REJECTED" => Self::Failed,
            _ => Self::Other,
        }
    }
}

/// Money taken from a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The source's id.
    pub id: String,
    /// Location id at the source.
    pub location_id: String,
    /// Order id at the source.
    pub order_id: Option<String>,
    /// Customer id at the source.
    pub customer_id: Option<String>,
    /// Where it stands.
    pub status: PaymentStatus,
    /// The amount without tip.
    pub amount: i64,
    /// The tip.
    pub tip: i64,
    /// Amount and tip.
    pub total: i64,
    /// How much of it was given back so far, as the source tells.
    pub refunded: i64,
    /// The processor's fee, zero until the source tells it.
    pub fee: i64,
    /// The currency of all of these.
    pub currency: Currency,
    /// How it was paid, in the source's word: `CARD`, `CASH`, `EXTERNAL`, `WALLET` …
    pub source_type: String,
    /// The card's brand, where a card was used.
    pub card_brand: Option<String>,
    /// Where the receipt can be seen.
    pub receipt_url: Option<String>,
    /// Team member id at the source.
    pub team_member_id: Option<String>,
    /// When the source created it.
    pub created_at: Timestamp,
    /// When the money was taken: an offline payment's own time, otherwise `created_at`.
    pub taken_at: Timestamp,
    /// The source's time of its last change.
    pub version: Timestamp,
}

/// Where a refund stands.
pub type RefundStatus = PaymentStatus;

/// Money given back: a row of its own, on its own day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The source's id.
    pub id: String,
    /// Location id at the source.
    pub location_id: String,
    /// The payment it gives back.
    pub payment_id: Option<String>,
    /// The order it belongs to.
    pub order_id: Option<String>,
    /// Where it stands; `Completed` counts.
    pub status: RefundStatus,
    /// The amount given back, positive.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// The reason given at the counter.
    pub reason: Option<String>,
    /// When the source created it: the day on which it counts.
    pub created_at: Timestamp,
    /// The source's time of its last change.
    pub version: Timestamp,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderState {
    /// Not paid in full.
    Open,
    /// Done: its lines count as sold.
    Completed,
    /// Given up.
    Canceled,
    /// Not placed yet.
    Draft,
    /// A state the source added since.
    Other,
}

impl OrderState {
    /// The field's name of the state.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Completed => "COMPLETED",
            Self::Canceled => "CANCELED",
            Self::Draft => "DRAFT",
            Self::Other => "OTHER",
        }
    }

    /// The small number under which the buffer stores it.
    pub const fn code(self) -> i64 {
        match self {
            Self::Open => 0,
            Self::Completed => 1,
            Self::Canceled => 2,
            Self::Draft => 3,
            Self::Other => 4,
        }
    }

    /// The state of a stored number.
    pub const fn from_code(code: i64) -> Self {
        match code {
            0 => Self::Open,
            1 => Self::Completed,
            2 => Self::Canceled,
            3 => Self::Draft,
            _ => Self::Other,
        }
    }

    /// Reads the source's word; an unknown one is `Other`.
    pub fn parse(word: &str) -> Self {
        match word {
            "OPEN" => Self::Open,
            "COMPLETED" => Self::Completed,
            "CANCELED" | "CANCELLED" => Self::Canceled,
            "DRAFT" => Self::Draft,
            _ => Self::Other,
        }
    }
}

/// A basket: its totals and lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The source's id.
    pub id: String,
    /// Location id at the source.
    pub location_id: String,
    /// Customer id at the source.
    pub customer_id: Option<String>,
    /// Where it stands.
    pub state: OrderState,
    /// What the customer owes, tax and tip included.
    pub total: i64,
    /// Tax in it.
    pub tax: i64,
    /// Discounts taken off.
    pub discount: i64,
    /// Tip in it.
    pub tip: i64,
    /// Service charges in it.
    pub service_charge: i64,
    /// Value of goods returned by this order, positive.
    pub returned: i64,
    /// The currency of all of these.
    pub currency: Currency,
    /// The tenders, as `TYPE:minor` joined by commas (`CARD:1200,CASH:300`).
    pub tenders: String,
    /// Team member id at the source, where one is known.
    pub team_member_id: Option<String>,
    /// When the source created it.
    pub created_at: Timestamp,
    /// When it was closed, where it was.
    pub closed_at: Option<Timestamp>,
    /// The source's time of its last change.
    pub version: Timestamp,
    /// What was sold and what came back.
    pub lines: Vec<OrderLine>,
}

/// One line of an order. A returned line has a negative quantity and negative amounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// The line's own id within its order.
    pub uid: String,
    /// The catalog variation sold, where it was not typed in by hand.
    pub variation_id: Option<String>,
    /// What the receipt says.
    pub name: String,
    /// Variation's name on the receipt.
    pub variation_name: Option<String>,
    /// Quantity in thousandths of a unit, exact (`1.5` → 1500), negative for a return.
    pub quantity_milli: i64,
    /// Price of one unit before anything else.
    pub unit_price: i64,
    /// Quantity × price, before discounts and tax.
    pub gross: i64,
    /// Discounts on this line.
    pub discount: i64,
    /// Tax on this line.
    pub tax: i64,
    /// What the customer pays for this line.
    pub total: i64,
}

/// A sale as one record: basket, money taken and money given back, of sources that tell all of it at once. What an earlier version
/// of it held and this one does not is no longer so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// Its totals and lines.
    pub order: Order,
    /// What was taken for it. Their ids begin with the order's id and a `-`.
    pub payments: Vec<Payment>,
    /// What was given back with it. Their ids begin with the order's id and a `-`.
    pub refunds: Vec<Refund>,
}

/// A sellable thing: one variation of a catalog item, with what the item says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// The variation's id at the source: what lines and stock refer to.
    pub id: String,
    /// The item's id at the source.
    pub item_id: String,
    /// The item's name, with the variation's where it says more than "Regular".
    pub name: String,
    /// The category's id at the source.
    pub category_id: Option<String>,
    /// The stock-keeping unit as typed at the source, not trimmed.
    pub sku: Option<String>,
    /// Default selling price; none where the price is typed in at the counter.
    pub price: Option<i64>,
    /// What one unit costs the shop, where the source tells.
    pub cost: Option<i64>,
    /// The currency of `price` and `cost`.
    pub currency: Option<Currency>,
    /// What the source says about it beyond the name.
    pub description: Option<String>,
    /// Put away at the source, but not deleted.
    pub archived: bool,
    /// When the source created it, where it tells.
    pub created_at: Option<Timestamp>,
    /// The source's time of its last change (deletion included).
    pub version: Timestamp,
    /// Deleted at the source.
    pub deleted: bool,
}

/// A catalog category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// The source's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The source's time of its last change.
    pub version: Timestamp,
    /// Deleted at the source.
    pub deleted: bool,
}

/// A known customer. The personal fields are sealed before they reach the disk.
#[derive(Clone, PartialEq, Eq)]
pub struct Customer {
    /// The source's id.
    pub id: String,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone number as the source has it.
    pub phone: Option<String>,
    /// When the source created it.
    pub created_at: Timestamp,
    /// The source's time of its last change.
    pub version: Timestamp,
}

impl std::fmt::Debug for Customer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Customer").field("id", &self.id).field("version", &self.version).finish_non_exhaustive()
    }
}

/// How many of a product stand at a location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockCount {
    /// The variation counted.
    pub variation_id: String,
    /// Location id at the source.
    pub location_id: String,
    /// Quantity in thousandths of a unit; negative where more was sold than counted.
    pub quantity_milli: i64,
    /// When the source computed it.
    pub version: Timestamp,
}

/// Somebody who works at the shop: initials only, never the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamMember {
    /// The source's id.
    pub id: String,
    /// Initials, such as `J. D.`
    pub initials: String,
    /// Whether they still work there.
    pub active: bool,
    /// The source's time of their last change.
    pub version: Timestamp,
}
