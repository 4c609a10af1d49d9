//! The state of a Square account: the single truth that every answer is told from.

use super::basket::{Basket, Line};
use super::catalog::{Catalog, Teller};
use super::spec::{Quirks, StoreSpec};
use crate::text::{Id, Named};
use backroom_core::DayRule;
use std::collections::HashMap;

/// How a payment was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Card,
    Cash,
    External,
    Wallet,
}

impl Method {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Card => "CARD",
            Self::Cash => "CASH",
            Self::External => "EXTERNAL",
            Self::Wallet => "WALLET",
        }
    }
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Approved,
    Completed,
    Canceled,
    Failed,
}

impl Status {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Approved => "APPROVED",
            Self::Completed => "COMPLETED",
            Self::Canceled => "CANCELED",
            Self::Failed => "FAILED",
        }
    }
}

/// Nobody in particular.
pub(crate) const WALK_IN: u32 = u32::MAX;

/// A payment with its order; whatever is not here follows from its number. Times are milliseconds since 1970.
#[derive(Debug, Clone)]
pub(crate) struct Sale {
    pub(crate) created: i64,
    pub(crate) updated: i64,
    /// When the money was taken: before `created` for an offline payment.
    pub(crate) taken: i64,
    pub(crate) order_created: i64,
    pub(crate) order_updated: i64,
    pub(crate) amount: i64,
    pub(crate) tip: i64,
    pub(crate) refunded: i64,
    /// Negative once the fee is known; 0 before.
    pub(crate) fee: i64,
    pub(crate) customer: u32,
    pub(crate) location: u16,
    pub(crate) method: Method,
    pub(crate) status: Status,
    pub(crate) version: u32,
}

impl Sale {
    pub(crate) const fn offline(&self) -> bool {
        self.taken != self.created
    }
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefundState {
    Pending,
    Completed,
    Rejected,
    Failed,
}

impl RefundState {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Completed => "COMPLETED",
            Self::Rejected => "REJECTED",
            Self::Failed => "FAILED",
        }
    }

    /// Whether the payment counts it as given back.
    pub(crate) const fn counts(self) -> bool {
        matches!(self, Self::Pending | Self::Completed)
    }
}

/// A refund of a payment.
#[derive(Debug, Clone)]
pub(crate) struct Refund {
    pub(crate) sale: u32,
    pub(crate) amount: i64,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) state: RefundState,
    pub(crate) reason: &'static str,
}

/// A person of the directory.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    pub(crate) given: String,
    pub(crate) family: String,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) version: i64,
    pub(crate) deleted: bool,
}

/// Rows by time: (milliseconds, row), sorted.
pub(crate) type Index = Vec<(i64, u32)>;

/// Set on the row number of a return order in the index of orders.
pub(crate) const RETURN: u32 = 1 << 31;

/// Moves a row of an index to another time; adds it where it was not there.
pub(crate) fn reindex(index: &mut Index, row: u32, from: Option<i64>, to: i64) {
    if let Some(at) = from.and_then(|from| index.binary_search(&(from, row)).ok()) {
        index.remove(at);
    }
    let at = index.partition_point(|entry| *entry < (to, row));
    index.insert(at, (to, row));
}

/// Payments of one location by time.
#[derive(Default)]
pub(crate) struct Track {
    pub(crate) by_created: Index,
    pub(crate) by_updated: Index,
}

/// A Square account.
pub(crate) struct Account {
    pub(crate) spec: StoreSpec,
    pub(crate) rule: DayRule,
    pub(crate) exponent: u8,
    /// First millisecond of the history.
    pub(crate) start: i64,
    pub(crate) catalog: Catalog,
    pub(crate) customers: Vec<Customer>,
    pub(crate) sales: Vec<Sale>,
    /// Lines of sales that were not part of the history.
    pub(crate) rung: HashMap<u32, Vec<Line>>,
    pub(crate) refunds: Vec<Refund>,
    pub(crate) refunds_of: HashMap<u32, Vec<u32>>,
    pub(crate) tracks: Vec<Track>,
    pub(crate) refunds_created: Index,
    pub(crate) refunds_updated: Index,
    pub(crate) orders_created: Index,
    pub(crate) orders_updated: Index,
    pub(crate) quirks: Quirks,
    pub(crate) token: String,
    pub(crate) scopes: Vec<String>,
}

/// The token of a fresh stand-in.
pub const SANDBOX_TOKEN: &str = "sandbox-square-token";

/// Every permission that the stand-in knows.
pub(crate) const SCOPES: &[&str] = &[
    "MERCHANT_PROFILE_READ",
    "PAYMENTS_READ",
    "ORDERS_READ",
    "ITEMS_READ",
    "CUSTOMERS_READ",
    "INVENTORY_READ",
    "EMPLOYEES_READ",
];

impl Account {
    pub(crate) fn id(&self, kind: Named, number: usize) -> Id {
        Id::new(kind, self.spec.seed, number)
    }

    /// The number behind an id, where it names something of this account.
    pub(crate) fn find(&self, kind: Named, id: &str) -> Option<usize> {
        let number = Id::number_of(kind, self.spec.seed, id)?;
        let count = match kind {
            Named::Payment | Named::Order => self.sales.len(),
            Named::Refund | Named::ReturnOrder => self.refunds.len(),
            Named::Customer => self.customers.len(),
            Named::Category => self.catalog.categories.len(),
            Named::Item => self.catalog.items.len(),
            Named::Variation => self.catalog.variations.len(),
            Named::Location => self.spec.locations.len(),
            Named::Tax | Named::Discount | Named::Team | Named::Merchant => 1,
        };
        (number < count).then_some(number)
    }

    pub(crate) fn teller(&self) -> Teller<'_> {
        Teller {
            catalog: &self.catalog,
            seed: self.spec.seed,
            currency: &self.spec.currency,
            tax_basis_points: self.spec.tax_basis_points,
            locations: self.spec.locations.len(),
        }
    }

    /// What lay on the counter at a sale.
    pub(crate) fn basket(&self, sale: usize) -> Basket {
        match u32::try_from(sale).ok().and_then(|n| self.rung.get(&n)) {
            Some(lines) => Basket { lines: lines.clone() },
            None => Basket::of_history(&self.catalog, self.spec.seed, self.spec.tax_basis_points, sale),
        }
    }

    /// Takes a new sale into the indexes.
    pub(crate) fn admit(&mut self, sale: Sale) -> usize {
        let row = self.sales.len() as u32;
        if let Some(track) = self.tracks.get_mut(usize::from(sale.location)) {
            reindex(&mut track.by_created, row, None, sale.created);
            reindex(&mut track.by_updated, row, None, sale.updated);
        }
        if self.spec.orders {
            reindex(&mut self.orders_created, row, None, sale.order_created);
            reindex(&mut self.orders_updated, row, None, sale.order_updated);
        }
        self.sales.push(sale);
        row as usize
    }

    /// Changes a sale and its place in the indexes.
    pub(crate) fn amend(&mut self, row: usize, change: impl FnOnce(&mut Sale)) {
        let Some(sale) = self.sales.get_mut(row) else { return };
        let (updated, order_updated) = (sale.updated, sale.order_updated);
        change(sale);
        sale.version += 1;
        let sale = sale.clone();
        let row = row as u32;
        if let Some(track) = self.tracks.get_mut(usize::from(sale.location)) {
            reindex(&mut track.by_updated, row, Some(updated), sale.updated);
        }
        if self.spec.orders && sale.order_updated != order_updated {
            reindex(&mut self.orders_updated, row, Some(order_updated), sale.order_updated);
        }
    }

    /// Takes a new refund into the indexes; the payment is the caller's to amend.
    pub(crate) fn admit_refund(&mut self, refund: Refund) -> usize {
        let row = self.refunds.len() as u32;
        reindex(&mut self.refunds_created, row, None, refund.created);
        reindex(&mut self.refunds_updated, row, None, refund.updated);
        if self.spec.orders {
            reindex(&mut self.orders_created, row | RETURN, None, refund.created - 1_000);
            reindex(&mut self.orders_updated, row | RETURN, None, refund.updated);
        }
        self.refunds_of.entry(refund.sale).or_default().push(row);
        self.refunds.push(refund);
        row as usize
    }
}
