//! A page on its way into the buffer, and what its pull did.

use crate::stream::StreamId;
use backroom_core::Timestamp;
use backroom_core::source::Rows;
use tokio::sync::oneshot;

/// What kind of pull a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullKind {
    /// A window of the history.
    Window,
    /// What changed since the watermark.
    Changes,
    /// Everything there is; what is not met is gone.
    All,
}

impl PullKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Changes => "changes",
            Self::All => "all",
        }
    }
}

/// One page on its way into the buffer.
#[derive(Debug)]
pub struct PageWrite {
    /// Its stream.
    pub stream: StreamId,
    /// A number of the puller's choosing that all pages of one pull share.
    pub pull: u64,
    /// What kind of pull it is.
    pub kind: PullKind,
    /// Its records.
    pub rows: Rows,
    /// The body, already sealed; none where it is not kept.
    pub raw: Option<Vec<u8>>,
    /// Requests it took.
    pub requests: u32,
    /// Set on the last page.
    pub end: Option<PullEnd>,
}

/// What the last page of a pull settles, in the same transaction.
#[derive(Debug)]
pub struct PullEnd {
    /// What was asked for, where it has bounds.
    pub from: Option<Timestamp>,
    /// End of what was asked for; of changes, the instant up to which everything is in with this pull.
    pub to: Option<Timestamp>,
    /// When the pull began, by the local clock.
    pub started_at: Timestamp,
    /// The stream's new watermark; never earlier than the present one.
    pub watermark: Option<Timestamp>,
    /// The newest version met in the pull.
    pub seen: Option<Timestamp>,
    /// Whether the stream's whole history is in with this pull.
    pub history_done: bool,
    /// Told after the commit.
    pub done: oneshot::Sender<PullStats>,
}

/// What a finished pull did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PullStats {
    /// Pages read.
    pub pages: u64,
    /// Requests made.
    pub requests: u64,
    /// Rows read.
    pub rows: u64,
    /// Rows new or newer.
    pub changed: u64,
    /// Rows found deleted.
    pub deleted: u64,
    /// Id of the first row.
    pub first_id: Option<String>,
    /// Id of the last row.
    pub last_id: Option<String>,
    /// Σ amount in minor units, where the entity has one.
    pub sum: i64,
    /// The oldest version among orders that were new or newer: one far behind the watermark was uploaded late.
    pub oldest_changed: Option<Timestamp>,
}

/// The ids of the first and last record.
pub(crate) fn ends(rows: &Rows) -> (Option<String>, Option<String>) {
    fn pick<T>(rows: &[T], id: impl Fn(&T) -> String) -> (Option<String>, Option<String>) {
        (rows.first().map(&id), rows.last().map(&id))
    }
    match rows {
        Rows::Locations(r) => pick(r, |x| x.id.clone()),
        Rows::Payments(r) => pick(r, |x| x.id.clone()),
        Rows::Refunds(r) => pick(r, |x| x.id.clone()),
        Rows::Orders(r) => pick(r, |x| x.id.clone()),
        Rows::Sales(r) => pick(r, |x| x.order.id.clone()),
        Rows::Catalog { products, .. } => pick(products, |x| x.id.clone()),
        Rows::Customers(r) => pick(r, |x| x.id.clone()),
        Rows::Inventory(r) => pick(r, |x| x.variation_id.clone()),
        Rows::Team(r) => pick(r, |x| x.id.clone()),
    }
}
