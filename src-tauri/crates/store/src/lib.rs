//! The buffer: one SQLite file that survives offline weeks and power cuts.
//!
//! Invariants:
//! - One thread holds the only connection that writes. Rows, rollups, outbox, receipt and watermark of a page move in
//!   one transaction; a transaction may hold several pages.
//! - `synchronous=FULL`: what was acknowledged survives a power cut.
//! - A version of a row older than the one stored changes nothing.
//! - Rollups equal what the rows say; `doctor` recomputes and compares.
//! - Ledger: enqueued = acked + dead + waiting, per table and day.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod apply;
mod audit;
mod background;
mod batching;
mod copy;
pub mod counter;
mod delta;
mod doctor;
mod error;
mod gaps;
mod intern;
mod open;
mod outbox;
mod pace;
mod page;
mod people;
mod place;
mod privacy;
mod raw;
mod read;
mod render;
pub mod report;
mod retention;
mod shape;
mod status;
mod stream;
mod writer;

pub use audit::{AuditEntry, AuditKey, Chain};
pub use background::run_behind_screens;
pub use batching::{Encode, Refusal, SealError};
pub use doctor::{Finding, Health};
pub use error::StoreError;
pub use open::{Options, Store, create_private};
pub use outbox::{BatchFault, BatchState, PendingTable, QueuedBatch};
pub use page::{PageWrite, PullEnd, PullKind, PullStats};
pub use people::{Operator, OperatorDraft, Role};
pub use privacy::{Keep, Privacy};
pub use raw::Seal;
pub use retention::{Kept, Retention, Shelf, Tidied};
pub use shape::Shape;
pub use status::{CostToday, ReceiptRow, StreamRow, TableRow, Trouble};
pub use stream::{StreamId, StreamKey, StreamState, Window};
