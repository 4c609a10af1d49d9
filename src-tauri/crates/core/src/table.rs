//! The tables that readers of the warehouse see: names, leading columns and keys other people's queries rely on.
//!
//! Invariant: a column is only ever appended; its name and kind never change.

use crate::money::Currency;
use crate::time::{BusinessDay, Timestamp};

/// A table at the warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// `square_payments`.
    SquarePayments,
    /// `square_refunds`.
    SquareRefunds,
    /// `square_orders`.
    SquareOrders,
    /// `square_order_lines`.
    SquareOrderLines,
    /// `square_items`.
    SquareItems,
    /// `square_customers`.
    SquareCustomers,
    /// `square_locations`.
    SquareLocations,
    /// `lightspeed_transactions`.
    LightspeedTransactions,
    /// `lightspeed_products`.
    LightspeedProducts,
    /// `sales`: one row a sold line of every source.
    Sales,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// 64-bit integer.
    Int,
    /// Exact decimal; money is in major units.
    Numeric,
    /// Point in time, UTC.
    Timestamp,
    /// Calendar date.
    Date,
    /// True or false.
    Bool,
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it means, for the warehouse's own description.
    pub about: &'static str,
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// Text.
    Text(String),
    /// Integer.
    Int(i64),
    /// Money, written in major units.
    Money(i64, Currency),
    /// A decimal of thousandths (quantities).
    Milli(i64),
    /// Point in time.
    Time(Timestamp),
    /// Date.
    Date(BusinessDay),
    /// True or false.
    Bool(bool),
}

/// The shape of a table.
#[derive(Debug, Clone, Copy)]
pub struct TableSpec {
    /// Its name in the dataset.
    pub name: &'static str,
    /// Its columns, in order.
    pub columns: &'static [Column],
    /// The columns that identify a row.
    pub key: &'static [&'static str],
    /// Clustering columns, at most four.
    pub cluster: &'static [&'static str],
    /// The column by whose UTC date the table is partitioned.
    pub partition: &'static str,
    /// Whether that column never changes for a key, so that a merge may be pruned to the dates it touches.
    pub prune: bool,
}

const fn text(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: Kind::Text, about }
}
const fn money(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: Kind::Numeric, about }
}
const fn time(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: Kind::Timestamp, about }
}
const fn date(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: Kind::Date, about }
}
const fn int(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: Kind::Int, about }
}
const fn yes(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: Kind::Bool, about }
}

/// The columns that end every table: whose row it is and which version.
const VERSION: Column = int("_version", "The source's own time of the last change, microseconds since 1970");
const OBSERVED: Column = int("_obs", "Changes seen without a new version of the source");
const DELETED: Column = yes("_deleted", "Gone at the source; the row is kept");
const SOURCE: Column = text("_source", "Name of the source in Backroom");

const PAYMENTS: &[Column] = &[
    text("id", "Payment id at Square"),
    money("amount", "Amount without tip"),
    text("currency", "ISO 4217"),
    text("status", "APPROVED, PENDING, COMPLETED, CANCELED, FAILED"),
    text("customer_id", "Customer id at Square"),
    text("location_id", "Location id at Square"),
    time("created_at", "When Square created it"),
    time("updated_at", "When Square last changed it"),
    text("source_type", "CARD, CASH, EXTERNAL, WALLET …"),
    text("card_brand", "Brand of the card"),
    text("receipt_url", "The receipt"),
    text("order_id", "Order id at Square"),
    money("tip_amount", "Tip"),
    money("total_amount", "Amount and tip"),
    money("refunded_amount", "Given back so far"),
    money("fee_amount", "Processing fee"),
    time("taken_at", "When the money was taken; differs from created_at for offline payments"),
    date("business_day", "The shop's business day"),
    text("team_member_id", "Who took it"),
    VERSION,
    OBSERVED,
    DELETED,
    SOURCE,
];
const REFUNDS: &[Column] = &[
    text("id", "Refund id at Square"),
    money("amount", "Amount given back, positive"),
    text("currency", "ISO 4217"),
    text("status", "PENDING, COMPLETED, FAILED, CANCELED"),
    text("payment_id", "The payment it gives back"),
    text("location_id", "Location id at Square"),
    time("created_at", "When Square created it"),
    time("updated_at", "When Square last changed it"),
    text("order_id", "Order id at Square"),
    text("reason", "The reason given"),
    date("business_day", "The shop's business day of the refund"),
    VERSION,
    OBSERVED,
    DELETED,
    SOURCE,
];
const ORDERS: &[Column] = &[
    text("id", "Order id at Square"),
    money("total", "What the customer owes, tax and tip included"),
    text("currency", "ISO 4217"),
    text("status", "OPEN, COMPLETED, CANCELED, DRAFT"),
    text("customer_id", "Customer id at Square"),
    text("location_id", "Location id at Square"),
    time("created_at", "When Square created it"),
    time("updated_at", "When Square last changed it"),
    money("tax", "Tax in it"),
    money("discount", "Discounts taken off"),
    money("tip", "Tip in it"),
    money("service_charge", "Service charges in it"),
    money("returned", "Goods returned by it, positive"),
    text("tenders", "TYPE:minor units, joined by commas"),
    time("closed_at", "When it was closed"),
    date("business_day", "The shop's business day"),
    VERSION,
    OBSERVED,
    DELETED,
    SOURCE,
];
const ORDER_LINES: &[Column] = &[
    text("order_id", "Order id at Square"),
    text("line_uid", "The line's id within its order"),
    text("product_id", "Catalog variation id at Square"),
    text("name", "What the receipt says"),
    money("quantity", "Units, negative for a return"),
    money("unit_price", "Price of one unit"),
    text("currency", "ISO 4217"),
    money("gross", "Quantity × price"),
    money("discount", "Discounts on the line"),
    money("tax", "Tax on the line"),
    money("total", "What the customer pays for the line"),
    text("location_id", "Location id at Square"),
    time("created_at", "When Square created the order"),
    time("updated_at", "When Square last changed the order"),
    date("business_day", "The shop's business day"),
    VERSION,
    OBSERVED,
    DELETED,
    SOURCE,
];
const ITEMS: &[Column] = &[
    text("id", "Catalog variation id at Square"),
    text("name", "Item and variation"),
    text("category", "Name of the category"),
    text("sku", "Stock-keeping unit"),
    money("price", "Default selling price; none where typed in at the counter"),
    yes("available", "Neither archived nor deleted"),
    time("created_at", "When Square created it, or first sight"),
    time("updated_at", "When Square last changed it"),
    text("item_id", "Catalog item id at Square"),
    text("currency", "ISO 4217"),
    money("quantity", "Units in stock, all locations"),
    yes("archived", "Put away, not deleted"),
    VERSION,
    OBSERVED,
    DELETED,
    SOURCE,
];
const CUSTOMERS: &[Column] = &[
    text("id", "Customer id at Square"),
    text("name", "Kept, hashed or dropped by the privacy setting; dropped unless changed"),
    text("email", "Kept, hashed or dropped by the privacy setting; hashed unless changed"),
    text("phone", "Kept, hashed or dropped by the privacy setting; hashed unless changed"),
    time("created_at", "When Square created it"),
    time("updated_at", "When Square last changed it"),
    VERSION,
    OBSERVED,
    DELETED,
    SOURCE,
];
const LOCATIONS: &[Column] = &[
    text("id", "Location id at Square"),
    text("name", "What the shop calls it"),
    text("time_zone", "IANA zone"),
    text("currency", "ISO 4217"),
    yes("active", "Whether it trades"),
    time("created_at", "When Square created it"),
    time("updated_at", "When Backroom last saw it change"),
    VERSION,
    OBSERVED,
    DELETED,
    SOURCE,
];
const TRANSACTIONS: &[Column] = &[
    text("id", "Sale id at Lightspeed"),
    money("amount", "What was sold after discounts, before tax; negative for a return"),
    money("tax", "Tax"),
    money("total", "What the customer owed, tax and tip included"),
    text("customer_id", "Customer id at Lightspeed"),
    text("status", "OPEN, COMPLETED, CANCELED"),
    time("created_at", "When Lightspeed created it"),
    time("updated_at", "When Lightspeed last changed it"),
    text("currency", "ISO 4217"),
    text("location_id", "Shop id at Lightspeed"),
    text("employee_id", "Who sold it"),
    money("discount", "Discounts taken off"),
    money("tip", "Tip in it"),
    money("returned", "Goods returned by it, positive"),
    text("tenders", "TYPE:minor units, joined by commas"),
    time("completed_at", "When it was completed"),
    date("business_day", "The shop's business day"),
    VERSION,
    OBSERVED,
    DELETED,
    SOURCE,
];
const PRODUCTS: &[Column] = &[
    text("id", "Item id at Lightspeed"),
    text("name", "What the shop calls it"),
    text("description", "What Lightspeed says about it"),
    text("category", "Name of the category"),
    money("price", "Selling price"),
    money("cost", "What one unit costs the shop"),
    money("quantity", "Units in stock, all shops"),
    time("created_at", "When Lightspeed created it, or first sight"),
    time("updated_at", "When Lightspeed last changed it"),
    text("sku", "Stock-keeping unit"),
    text("currency", "ISO 4217"),
    yes("available", "Neither archived nor deleted"),
    yes("archived", "Put away, not deleted"),
    VERSION,
    OBSERVED,
    DELETED,
    SOURCE,
];
const SALES: &[Column] = &[
    time("timestamp", "When the sale was begun; business_day is the day on which it counts"),
    text("customer_id", "Customer id at the source"),
    text("product_id", "Id of what was sold at the source"),
    money("quantity", "Units, negative for a return"),
    money("price", "Selling price of one unit"),
    text("payment_method", "How the sale was paid; several joined by +"),
    text("source", "Name of the source in Backroom"),
    text("location", "Location id at the source"),
    text("sale_id", "Id of the sale at the source"),
    text("line_id", "The line's id within its sale"),
    text("name", "What the receipt says"),
    money("discount", "Discounts on the line"),
    money("tax", "Tax on the line"),
    money("total", "What the customer pays for the line"),
    text("currency", "ISO 4217"),
    text("status", "OPEN, COMPLETED, CANCELED, DRAFT"),
    date("business_day", "The shop's business day"),
    time("updated_at", "When the source last changed the sale"),
    VERSION,
    OBSERVED,
    DELETED,
    SOURCE,
];

impl Table {
    /// Every table, in the order in which they are delivered.
    pub const ALL: [Self; 10] = [
        Self::SquareLocations,
        Self::SquarePayments,
        Self::SquareRefunds,
        Self::SquareOrders,
        Self::SquareOrderLines,
        Self::SquareItems,
        Self::SquareCustomers,
        Self::LightspeedTransactions,
        Self::LightspeedProducts,
        Self::Sales,
    ];

    /// The small number under which the buffer stores it; it never changes.
    pub const fn code(self) -> i64 {
        match self {
            Self::SquarePayments => 1,
            Self::SquareRefunds => 2,
            Self::SquareOrders => 3,
            Self::SquareOrderLines => 4,
            Self::SquareItems => 5,
            Self::SquareCustomers => 6,
            Self::SquareLocations => 7,
            Self::LightspeedTransactions => 8,
            Self::LightspeedProducts => 9,
            Self::Sales => 10,
        }
    }

    /// The table of a stored number.
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.code() == code)
    }

    /// The kind of source whose rows it takes; none where it takes rows of every source.
    pub const fn source_kind(self) -> Option<&'static str> {
        match self {
            Self::SquarePayments
            | Self::SquareRefunds
            | Self::SquareOrders
            | Self::SquareOrderLines
            | Self::SquareItems
            | Self::SquareCustomers
            | Self::SquareLocations => Some("square"),
            Self::LightspeedTransactions | Self::LightspeedProducts => Some("lightspeed_r"),
            Self::Sales => None,
        }
    }

    /// Its name in the dataset.
    pub const fn name(self) -> &'static str {
        self.spec().name
    }

    /// Its shape.
    pub const fn spec(self) -> TableSpec {
        match self {
            Self::SquarePayments => TableSpec {
                name: "square_payments",
                columns: PAYMENTS,
                key: &["id"],
                cluster: &["customer_id", "status"],
                partition: "created_at",
                prune: true,
            },
            Self::SquareRefunds => TableSpec {
                name: "square_refunds",
                columns: REFUNDS,
                key: &["id"],
                cluster: &["payment_id", "status"],
                partition: "created_at",
                prune: true,
            },
            Self::SquareOrders => TableSpec {
                name: "square_orders",
                columns: ORDERS,
                key: &["id"],
                cluster: &["customer_id", "status"],
                partition: "created_at",
                prune: true,
            },
            Self::SquareOrderLines => TableSpec {
                name: "square_order_lines",
                columns: ORDER_LINES,
                key: &["order_id", "line_uid"],
                cluster: &["product_id", "location_id"],
                partition: "created_at",
                prune: true,
            },
            Self::SquareItems => TableSpec {
                name: "square_items",
                columns: ITEMS,
                key: &["id"],
                cluster: &["category", "sku"],
                partition: "created_at",
                prune: false,
            },
            Self::SquareCustomers => TableSpec {
                name: "square_customers",
                columns: CUSTOMERS,
                key: &["id"],
                cluster: &["id"],
                partition: "created_at",
                prune: false,
            },
            Self::SquareLocations => TableSpec {
                name: "square_locations",
                columns: LOCATIONS,
                key: &["id"],
                cluster: &["id"],
                partition: "created_at",
                prune: false,
            },
            Self::LightspeedTransactions => TableSpec {
                name: "lightspeed_transactions",
                columns: TRANSACTIONS,
                key: &["id"],
                cluster: &["customer_id", "status"],
                partition: "created_at",
                prune: true,
            },
            Self::LightspeedProducts => TableSpec {
                name: "lightspeed_products",
                columns: PRODUCTS,
                key: &["id"],
                cluster: &["category", "sku"],
                partition: "created_at",
                prune: false,
            },
            Self::Sales => TableSpec {
                name: "sales",
                columns: SALES,
                key: &["source", "sale_id", "line_id"],
                cluster: &["product_id", "location"],
                partition: "timestamp",
                prune: true,
            },
        }
    }
}
