//! Rows of a page into the buffer: newer versions win, everything that follows from a row moves with it.

mod catalog;
mod orders;
mod payments;
pub(crate) use payments::RECEIPT_PREFIX;
pub(crate) use people::CUSTOMER_SEAL;
mod people;
mod sales;

use crate::delta::Deltas;
use crate::error::StoreError;
use crate::intern::Keys;
use backroom_core::source::Rows;
use backroom_core::table::Table;
use rusqlite::{Connection, params};
use std::collections::{HashMap, HashSet};

/// What applying a page did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) changed: u64,
    pub(crate) deleted: u64,
    pub(crate) sum: i64,
    /// The oldest version among changed orders: an old one that is new to us came late.
    pub(crate) oldest_changed: Option<i64>,
}

/// What a row of the buffer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    Location,
    Payment,
    Refund,
    Order,
    Line,
    Product,
    Customer,
}

/// Which tables of the warehouse the rows of a source go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivers {
    Square,
    Lightspeed,
    /// A source without tables of its own.
    Lines,
}

impl Delivers {
    /// By the kind of the source.
    pub(crate) fn of(kind: &str) -> Self {
        match kind {
            "square" => Self::Square,
            "lightspeed_r" => Self::Lightspeed,
            _ => Self::Lines,
        }
    }

    /// Puts a row that changed into the outbox of every table that is made of its kind.
    pub(crate) fn enqueue(self, outbox: &mut OutboxRuns, kind: Row, row: i64) {
        for &table in self.tables(kind) {
            outbox.push(table, row);
        }
    }

    const fn tables(self, row: Row) -> &'static [Table] {
        match (self, row) {
            (Self::Square, Row::Location) => &[Table::SquareLocations],
            (Self::Square, Row::Payment) => &[Table::SquarePayments],
            (Self::Square, Row::Refund) => &[Table::SquareRefunds],
            (Self::Square, Row::Order) => &[Table::SquareOrders],
            (Self::Square, Row::Line) => &[Table::SquareOrderLines, Table::Sales],
            (Self::Square, Row::Product) => &[Table::SquareItems],
            (Self::Square, Row::Customer) => &[Table::SquareCustomers],
            (Self::Lightspeed, Row::Order) => &[Table::LightspeedTransactions],
            (Self::Lightspeed, Row::Product) => &[Table::LightspeedProducts],
            (Self::Lightspeed | Self::Lines, Row::Line) => &[Table::Sales],
            (Self::Lightspeed | Self::Lines, _) => &[],
        }
    }
}

/// What the writer carries from page to page within a transaction.
pub(crate) struct Work<'a> {
    pub(crate) c: &'a Connection,
    pub(crate) keys: &'a mut Keys,
    pub(crate) deltas: &'a mut Deltas,
    pub(crate) outbox: &'a mut OutboxRuns,
    /// Key of the source.
    pub(crate) source: i64,
    /// Which tables of the warehouse its rows go to.
    pub(crate) delivers: Delivers,
    /// The archived body of the page.
    pub(crate) raw_page: Option<i64>,
    /// Whether closed days that change are told of (not during the first fill).
    pub(crate) restates: bool,
    /// Now, microseconds.
    pub(crate) now: i64,
    pub(crate) seal: Option<&'a crate::raw::Seal>,
    /// Rows met by a sweep of everything, by table; none where the pull is not a sweep.
    pub(crate) seen: Option<&'a mut HashSet<i64>>,
}

impl Work<'_> {
    /// A row changed: it goes to every table of the warehouse that is made of its kind.
    pub(crate) fn enqueue(&mut self, kind: Row, row: i64) {
        self.delivers.enqueue(self.outbox, kind, row);
    }

    pub(crate) fn saw(&mut self, row: i64) {
        if let Some(seen) = self.seen.as_deref_mut() {
            seen.insert(row);
        }
    }

    pub(crate) fn raw_index(&self, index: usize) -> Option<i64> {
        self.raw_page.and(i64::try_from(index).ok())
    }

    pub(crate) fn apply(&mut self, rows: &Rows) -> Result<Applied, StoreError> {
        match rows {
            Rows::Locations(rows) => people::locations(self, rows),
            Rows::Payments(rows) => payments::payments(self, rows),
            Rows::Refunds(rows) => payments::refunds(self, rows),
            Rows::Orders(rows) => orders::orders(self, rows),
            Rows::Sales(rows) => sales::sales(self, rows),
            Rows::Catalog { products, deleted_items, categories } => {
                catalog::catalog(self, products, deleted_items, categories)
            }
            Rows::Customers(rows) => people::customers(self, rows),
            Rows::Inventory(rows) => catalog::inventory(self, rows),
            Rows::Team(rows) => people::team(self, rows),
        }
    }

    /// Flags as deleted what a completed sweep of an entity did not meet.
    pub(crate) fn sweep(&mut self, entity: backroom_core::source::Entity) -> Result<u64, StoreError> {
        use backroom_core::source::Entity;
        match entity {
            Entity::Catalog => catalog::sweep(self),
            Entity::Customers => people::sweep_customers(self),
            Entity::Locations
            | Entity::Payments
            | Entity::Refunds
            | Entity::Orders
            | Entity::Inventory
            | Entity::Team => Ok(0),
        }
    }
}

/// Changed rows of a transaction as runs of consecutive keys, written to the outbox before the commit.
#[derive(Default)]
pub(crate) struct OutboxRuns {
    runs: Vec<(Table, i64, i64)>,
}

impl OutboxRuns {
    /// Longest run: bounds the smallest batch.
    const LONGEST: i64 = 1_000;

    /// Adds a row outside of a page.
    pub(crate) fn add(&mut self, table: Table, row: i64) {
        self.push(table, row);
    }

    fn push(&mut self, table: Table, row: i64) {
        let extended = self.runs.iter_mut().rev().take(4).find(|(t, _, _)| *t == table);
        match extended {
            Some((_, from, to)) if *to + 1 == row && row - *from < Self::LONGEST => *to = row,
            Some((_, from, to)) if *from <= row && row <= *to => {}
            _ => self.runs.push((table, row, row)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.runs.len()
    }

    pub(crate) fn write(&mut self, c: &Connection, utc_day: i64) -> Result<(), StoreError> {
        if self.runs.is_empty() {
            return Ok(());
        }
        let mut counts: HashMap<Table, i64> = HashMap::new();
        let mut next: HashMap<Table, i64> = HashMap::new();
        for (table, from, to) in self.runs.drain(..) {
            let seq = match next.get(&table) {
                Some(&seq) => seq,
                None => next_seq(c, table)?,
            };
            next.insert(table, seq + 1);
            c.prepare_cached("INSERT INTO outbox (tbl, seq, row_from, row_to, day) VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![table.code(), seq, from, to, utc_day])?;
            *counts.entry(table).or_default() += to - from + 1;
        }
        for (table, seq) in next {
            set_next_seq(c, table, seq)?;
        }
        for (table, rows) in counts {
            c.prepare_cached(
                "INSERT INTO ledger (tbl, day, enqueued, acked, dead) VALUES (?1, ?2, ?3, 0, 0)
                 ON CONFLICT DO UPDATE SET enqueued = enqueued + excluded.enqueued",
            )?
            .execute(params![table.code(), utc_day, rows])?;
        }
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.runs.clear();
    }
}

fn seq_key(table: Table) -> String {
    format!("outbox_seq_{}", table.code())
}

/// Sets the next number of a table's outbox.
pub(crate) fn set_next_seq(c: &Connection, table: Table, seq: i64) -> Result<(), StoreError> {
    c.prepare_cached("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value")?
        .execute(params![seq_key(table), seq.to_string()])?;
    Ok(())
}

/// The next number of a table's outbox; numbers of delivered rows are never used again.
fn next_seq(c: &Connection, table: Table) -> Result<i64, StoreError> {
    use rusqlite::OptionalExtension;
    let text: Option<String> = c
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([seq_key(table)], |r| r.get(0))
        .optional()?;
    Ok(text.and_then(|t| t.parse().ok()).unwrap_or(1))
}
