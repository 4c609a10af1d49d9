//! BigQuery behind the port [`backroom_core::warehouse::Warehouse`].
//!
//! ```text
//! rows ─ encode ─► sealed bytes ─ load ─► staging table of this device and batch ─ merge ─► table that readers see
//!                                 free, repeatable by its job id                   newest version of each key wins
//! ```
//!
//! Invariants:
//! - A batch's bytes do not depend on the target: staging has our own types, the `MERGE` casts where a target differs.
//! - Every job has an id made from what it does, so a resend after a lost reply finds the job instead of a second run.
//! - Columns are added, never dropped or retyped; a table of readers is never deleted, renamed only by `migrate`.
//! - No query runs without a limit on the bytes it may bill.
//!
//! Two clients share the work. `gcp-bigquery-client` serves datasets and the queries whose figures we read, and its
//! types spell tables and schemas. Its errors lose the status and `Retry-After` of a reply that is not in Google's own
//! form, its table type drops properties that it does not know, and it has no upload; so whatever must be classified
//! exactly (jobs, loads) or handed back unchanged (a schema) goes through `rest` over the house's HTTP client.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod auth;
mod bigquery;
mod config;
mod cost;
mod encode;
mod fault;
mod gcp;
mod job;
mod load;
mod merge;
mod migrate;
mod names;
mod prepare;
mod probe;
mod rest;
mod schema;

pub use bigquery::BigQuery;
pub use config::{Config, Credential};
pub use cost::{Spent, price_micro_usd};
pub use migrate::Migration;
