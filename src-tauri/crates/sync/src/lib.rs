//! Pulling from sources into the buffer and delivering from the buffer to the warehouse.
//!
//! Decisions are pure (`plan`, `schedule`): state in, next step out, no clock and no network. Drivers (`pull`, `push`) are thin
//! loops around them. This crate knows the ports of `core`, never a vendor.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod background;
mod cancel;
mod plan;
mod progress;
mod pull;
mod push;
pub mod schedule;
mod walk;

pub use backroom_core::source::Entity;
pub use backroom_core::{Currency, Timestamp};
pub use cancel::Cancel;
pub use plan::HistoryPlan;
pub use progress::{PullProgress, Quiet, Watcher};
pub use pull::{PullOptions, PullOutcome, SourceEntry, pull};
pub use push::{TablePush, push};
