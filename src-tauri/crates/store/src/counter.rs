//! What is made at the shop's own counter: members, verdicts of ID checks, raffles.
//!
//! Invariant: what happened, what stands and what goes to the warehouse change in one transaction, by one writer. Events are only added;
//! whoever adds some says how many he has seen, and nothing is written where there are more by now. Ids begin with the PC's own, so
//! that no two PCs make the same.

pub mod checks;
pub mod members;
pub mod raffles;
pub(crate) mod render;

use crate::apply::OutboxRuns;
use crate::error::StoreError;
use backroom_core::table::Table;
use backroom_core::{BusinessDay, Timestamp};
use rusqlite::Connection;

/// Something that happened, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its number within its member or raffle, from 1.
    pub number: i64,
    /// When it was written down.
    pub at: Timestamp,
    /// The business day from which it counts; none where the time alone counts.
    pub day: Option<BusinessDay>,
    /// What it says, JSON.
    pub body: String,
    /// Who did it; empty where nobody had signed in.
    pub operator: String,
}

/// Puts rows of the counter into the outbox of their table, within the transaction that changed them.
pub(crate) fn enqueue(c: &Connection, table: Table, rows: &[i64], now: Timestamp) -> Result<(), StoreError> {
    let mut runs = OutboxRuns::default();
    for &row in rows {
        runs.add(table, row);
    }
    runs.write(c, now.micros().div_euclid(86_400_000_000))
}

/// The id of a new record: the PC's own, a letter for its kind, and its row.
fn id_of(device: &str, kind: char, row: i64) -> String {
    format!("{device}-{kind}{row:06}")
}
