//! What crosses to a screen: plain data, money as integers of minor units, times as RFC 3339 in UTC.
//!
//! Every type here stands in `ui/src/lib/ipc/types/` as the screens know it; `tests/types.rs` compares the two, and with
//! `BACKROOM_WRITE_TYPES=1` writes them. Integers stay below 2^53.

mod age;
mod age_pack;
mod connections;
mod desk;
mod explain;
mod member_figures;
mod members;
mod people;
mod raffles;
mod reports;
mod settings;
mod sync;
mod updates;

pub use age::*;
pub use age_pack::*;
pub use connections::*;
pub use desk::*;
pub use explain::*;
pub use member_figures::*;
pub use members::*;
pub use people::*;
pub use raffles::*;
pub use reports::*;
pub use settings::*;
pub use sync::*;
pub use updates::*;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A failed command: a code for the program, words for the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ApiError {
    /// Stable code, such as `SQUARE_TOKEN_REVOKED`.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to press; may be empty.
    pub hint: String,
    /// Whether the same call may succeed later by itself.
    pub retryable: bool,
    /// The least role that may do it, where that was missing: `manager` or `owner`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub role: Option<String>,
}

/// What the whole app knows about itself; read once at start and after each `app` event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AppState {
    /// Version of the app.
    pub version: String,
    /// Whether this is the demonstration store: every screen is watermarked.
    pub demo: bool,
    /// The shop's name, empty until a source told it.
    pub shop_name: String,
    /// IANA zone of the shop.
    pub time_zone: String,
    /// Time of day at which the business day begins, `HH:MM`.
    pub business_day_start: String,
    /// The current time of the engine.
    pub now: String,
    /// The current business day, `YYYY-MM-DD`.
    pub today: String,
    /// The main currency.
    pub currency: String,
    /// Decimals of the main currency.
    pub currency_exponent: u8,
    /// Whether no source is connected yet.
    pub first_run: bool,
    /// The locations known, for filters.
    pub locations: Vec<LocationChoice>,
    /// Where the first sync stands, none when it is complete.
    pub filling: Option<Filling>,
    /// One line on how fresh the data is.
    pub freshness: Freshness,
    /// Whether the buffer can be written; none when all is well, otherwise why not.
    pub storage_problem: Option<ApiError>,
    /// When the newest sale was made, where that is more than a day ahead of this computer's clock: the clock is wrong, and so is
    /// `today`.
    pub clock_behind: Option<String>,
    /// How far setting the shop up has come.
    pub setup: Setup,
}

/// How far setting the shop up has come: kept from start to start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The step at which it was left, as the screens call it; none before the first.
    pub step: Option<String>,
    /// Steps that somebody skipped.
    pub skipped: Vec<String>,
    /// Whether somebody came to its end.
    pub finished: bool,
}

/// A location in a filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LocationChoice {
    /// Vendor id.
    pub id: String,
    /// Name.
    pub name: String,
}

/// Narrows a question to one location.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LocationFilter {
    /// Location id; all where none.
    pub location: Option<String>,
}

/// Names a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PaymentId {
    /// Vendor id.
    pub id: String,
}

/// Which demonstration store to open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DemoChoice {
    /// Kind of its point of sale: `square` or `lightspeed_r`; `square` where none.
    #[serde(default)]
    pub kind: Option<String>,
}

/// Names a table at the warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TableName {
    /// Its name.
    pub table: String,
}

/// How far a first sync has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Filling {
    /// Whether today's numbers are whole.
    pub today_complete: bool,
    /// The oldest day for which sales are whole so far, `YYYY-MM-DD`.
    pub complete_since: Option<String>,
    /// Share of the history fetched, 0–100.
    pub percent: u8,
    /// Rows fetched so far.
    pub rows: u64,
    /// Seconds to go, none while unknown.
    pub seconds_left: Option<u64>,
}

/// How fresh the data on a screen is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Freshness {
    /// One entry a source.
    pub sources: Vec<SourceFreshness>,
    /// Rows waiting for the warehouse.
    pub waiting: u64,
    /// Whether a sync runs now.
    pub syncing: bool,
}

/// How fresh one source is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SourceFreshness {
    /// Name in the configuration, such as `main`.
    pub source: String,
    /// Kind, such as `square`.
    pub kind: String,
    /// Last time all its sale streams were read to the end.
    pub last_success: Option<String>,
    /// Last time somebody tried.
    pub last_attempt: Option<String>,
    /// `fresh` (≤ 2 intervals old), `stale`, `offline`, `failing`, `never`.
    pub state: FreshnessState,
    /// Since when that state holds, where it is not `fresh` or `never`.
    pub since: Option<String>,
    /// The trouble, where there is any.
    pub trouble: Option<ApiError>,
}

/// State of freshness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FreshnessState {
    /// At most two intervals old.
    Fresh,
    /// Older.
    Stale,
    /// The source cannot be reached.
    Offline,
    /// The source answers with an error a person must act on.
    Failing,
    /// Never read.
    Never,
}

/// What changed in the engine: the UI re-reads what it shows. Sent after commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChangeEvent {
    /// Cache tags that are no longer true: `app`, `sales`, `products`, `sync`, `connections`.
    pub invalidates: Vec<String>,
}
