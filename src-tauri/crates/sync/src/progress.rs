//! Telling others how work goes, after commits only.

use backroom_core::BusinessDay;
use backroom_core::source::Entity;
use backroom_core::table::Table;

/// How far a first sync has come, over all sources.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PullProgress {
    /// Rows in so far.
    pub rows: u64,
    /// Rows expected in all, none while unknown.
    pub rows_expected: Option<u64>,
    /// Share of the history that is in, 0–100.
    pub percent: u8,
    /// Seconds to go at the present pace, none while unknown.
    pub seconds_left: Option<u64>,
    /// Whether today's sales are whole.
    pub today_complete: bool,
    /// The oldest business day from which sales are whole.
    pub complete_since: Option<BusinessDay>,
}

/// Hears of what has been committed.
pub trait Watcher: Send + Sync {
    /// Rows of an entity changed.
    fn pulled(&self, entity: Entity);
    /// A first sync went on.
    fn progress(&self, progress: &PullProgress);
    /// Rows of a table were acknowledged by the warehouse.
    fn delivered(&self, table: Table);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Watcher for Quiet {
    fn pulled(&self, _: Entity) {}
    fn progress(&self, _: &PullProgress) {}
    fn delivered(&self, _: Table) {}
}
