//! The port to the warehouse: sealed batches in, receipts out.

use crate::BoxFuture;
use crate::fault::Fault;
use crate::table::{Cell, Table};
use crate::time::BusinessDay;
use bytes::Bytes;

/// A batch whose bytes are fixed: every attempt sends the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedBatch {
    /// The batch's number in this buffer.
    pub id: i64,
    /// The buffer's own identity: two PCs never share one.
    pub device: String,
    /// Where its rows go.
    pub table: Table,
    /// Rows in it.
    pub rows: u64,
    /// BLAKE3 of `body`, in hexadecimal.
    pub hash: String,
    /// The UTC dates of `created_at` in it, first and last, where its table is pruned by date.
    pub days: Option<(BusinessDay, BusinessDay)>,
    /// Newline-delimited JSON. Empty where only the identity is needed (`merge`).
    pub body: Bytes,
}

/// What a call at the warehouse cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Bytes billed.
    pub bytes: u64,
    /// Jobs run.
    pub jobs: u32,
}

/// A data warehouse that takes rows by load and merge.
pub trait Warehouse: Send + Sync + 'static {
    /// Makes sure that `table` exists and has our columns; columns are added, never dropped or retyped.
    ///
    /// # Errors
    /// A `Fault` whose class tells what to do.
    fn prepare(&self, table: Table) -> BoxFuture<'_, Result<Cost, Fault>>;

    /// Rows as the bytes of a batch: one JSON object a line, columns in the table's order.
    ///
    /// # Errors
    /// `FaultClass::Rejected` where a row cannot be told in JSON.
    fn encode(&self, table: Table, rows: &[Vec<Cell>]) -> Result<Vec<u8>, Fault>;

    /// Loads a batch into its staging table. Loading it again is harmless.
    ///
    /// # Errors
    /// A `Fault` whose class tells what to do; `Unknown` where it may have been loaded.
    fn load<'a>(&'a self, batch: &'a SealedBatch) -> BoxFuture<'a, Result<Cost, Fault>>;

    /// Merges loaded batches of one table into it, newest version of each key winning, and drops their staging.
    /// Merging them again is harmless.
    ///
    /// # Errors
    /// A `Fault` whose class tells what to do; `NotFound` where a staging table is gone and has to be loaded again.
    fn merge<'a>(&'a self, table: Table, batches: &'a [SealedBatch]) -> BoxFuture<'a, Result<Cost, Fault>>;

    /// Drops staging tables of this device that no batch of `keep` belongs to.
    ///
    /// # Errors
    /// A `Fault` whose class tells what to do.
    fn sweep<'a>(&'a self, device: &'a str, keep: &'a [i64]) -> BoxFuture<'a, Result<u32, Fault>>;

    /// Tests whether rows could be delivered: dataset there, may create, load and merge.
    ///
    /// # Errors
    /// A `Fault` whose class tells what to do.
    fn probe(&self) -> BoxFuture<'_, Result<Vec<String>, Fault>>;
}
