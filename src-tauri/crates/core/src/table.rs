//! The tables that readers of the warehouse see: names, leading columns and keys other people's queries rely on.
//!
//! Invariant: a column is only ever appended; its name and kind never change.

mod columns;

use crate::money::Currency;
use crate::time::{BusinessDay, Timestamp};
use columns::{
    AGE_CHECKS, CUSTOMERS, ITEMS, LOCATIONS, MEMBERSHIP_EVENTS, MEMBERSHIPS, ORDER_LINES, ORDERS, PAYMENTS, PRODUCTS,
    RAFFLE_ENTRIES, RAFFLES, REFUNDS, SALES, TRANSACTIONS,
};

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
    /// `memberships`: one row a member, without anything personal.
    Memberships,
    /// `membership_events`: what happened to them.
    MembershipEvents,
    /// `age_checks`: verdicts, without anything of a card.
    AgeChecks,
    /// `raffles`.
    Raffles,
    /// `raffle_entries`: one row an entry, its person a keyed hash.
    RaffleEntries,
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

/// What `_source` and the kind of the source say of rows that are made at the shop's own counter.
pub const COUNTER: &str = "counter";

impl Table {
    /// Every table, in the order in which they are delivered.
    pub const ALL: [Self; 15] = [
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
        Self::Memberships,
        Self::MembershipEvents,
        Self::AgeChecks,
        Self::Raffles,
        Self::RaffleEntries,
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
            Self::Memberships => 11,
            Self::MembershipEvents => 12,
            Self::AgeChecks => 13,
            Self::Raffles => 14,
            Self::RaffleEntries => 15,
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
            Self::Memberships | Self::MembershipEvents | Self::AgeChecks | Self::Raffles | Self::RaffleEntries => {
                Some(COUNTER)
            }
        }
    }

    /// Whether its rows are made at the shop's own counter, not at a source.
    pub const fn of_counter(self) -> bool {
        matches!(
            self,
            Self::Memberships | Self::MembershipEvents | Self::AgeChecks | Self::Raffles | Self::RaffleEntries
        )
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
            Self::Memberships => TableSpec {
                name: "memberships",
                columns: MEMBERSHIPS,
                key: &["id"],
                cluster: &["status", "tier"],
                partition: "created_at",
                prune: true,
            },
            Self::MembershipEvents => TableSpec {
                name: "membership_events",
                columns: MEMBERSHIP_EVENTS,
                key: &["id"],
                cluster: &["membership_id", "kind"],
                partition: "created_at",
                prune: true,
            },
            Self::AgeChecks => TableSpec {
                name: "age_checks",
                columns: AGE_CHECKS,
                key: &["id"],
                cluster: &["verdict", "reason"],
                partition: "created_at",
                prune: true,
            },
            Self::Raffles => TableSpec {
                name: "raffles",
                columns: RAFFLES,
                key: &["id"],
                cluster: &["status"],
                partition: "created_at",
                prune: true,
            },
            Self::RaffleEntries => TableSpec {
                name: "raffle_entries",
                columns: RAFFLE_ENTRIES,
                key: &["id"],
                cluster: &["raffle_id", "channel"],
                partition: "created_at",
                prune: true,
            },
        }
    }
}
