//! Where the data comes from and where it goes.

use super::{ApiError, Filling};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The Sync screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SyncStatus {
    /// When it was read.
    pub as_of: String,
    /// Whether a sync runs now.
    pub running: bool,
    /// When the next one starts by itself.
    pub next_at: Option<String>,
    /// Minutes between two.
    pub every_minutes: u32,
    /// Where the first sync stands.
    pub filling: Option<Filling>,
    /// Each stream.
    pub streams: Vec<StreamStatus>,
    /// Each table at the warehouse.
    pub tables: Vec<TableStatus>,
    /// The warehouse's own trouble, where there is any.
    pub warehouse_trouble: Option<ApiError>,
    /// Whether a warehouse is configured.
    pub warehouse_configured: bool,
    /// Bytes billed and jobs run at the warehouse today, and the budget.
    pub cost: CostMeter,
    /// Newest receipts first, at most 20.
    pub receipts: Vec<PullReceipt>,
    /// How much of their limits the vendors say we use; only of vendors that tell.
    pub limits: Vec<RateLimit>,
}

/// How much of a vendor's limit for calls is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RateLimit {
    /// Name of the source.
    pub source: String,
    /// How full its bucket is, in percent.
    pub percent: u8,
    /// Units that run out of it in a minute; a call costs about two.
    pub per_minute: u32,
}

/// A stream: (source, entity, location).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StreamStatus {
    /// Name of the source.
    pub source: String,
    /// `payments` …
    pub entity: String,
    /// Location id, none for streams of the whole account.
    pub location: Option<String>,
    /// Location name.
    pub location_name: Option<String>,
    /// Rows in the buffer.
    pub rows: u64,
    /// Last success.
    pub last_success: Option<String>,
    /// Last attempt.
    pub last_attempt: Option<String>,
    /// Share of the history that is in, 0–100.
    pub percent: u8,
    /// Whether it runs now.
    pub running: bool,
    /// The trouble, where there is any.
    pub trouble: Option<ApiError>,
    /// Since when it is in trouble.
    pub trouble_since: Option<String>,
}

/// A table at the warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TableStatus {
    /// Its name.
    pub table: String,
    /// Rows waiting.
    pub pending: u64,
    /// Rows that the warehouse refused for good.
    pub dead: u64,
    /// Rows delivered since the buffer began.
    pub delivered: u64,
    /// Last delivery.
    pub last_delivery: Option<String>,
    /// `idle`, `sending`, `waiting`, `parked`.
    pub state: String,
    /// Why it is parked.
    pub trouble: Option<ApiError>,
    /// Since when it is parked.
    pub trouble_since: Option<String>,
}

/// What the warehouse cost today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CostMeter {
    /// Bytes billed today (UTC).
    pub bytes: u64,
    /// Jobs run today.
    pub jobs: u64,
    /// Estimated cost in micro-dollars.
    pub cost_micro_usd: u64,
    /// Budget in micro-dollars.
    pub budget_micro_usd: u64,
}

/// The receipt of a pull.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PullReceipt {
    /// Number.
    pub id: i64,
    /// Name of the source.
    pub source: String,
    /// Entity.
    pub entity: String,
    /// Location id.
    pub location: Option<String>,
    /// `window`, `changes` or `all`.
    pub kind: String,
    /// First instant asked for.
    pub from: Option<String>,
    /// End of what was asked for.
    pub to: Option<String>,
    /// When it was finished.
    pub finished_at: String,
    /// Pages read.
    pub pages: u64,
    /// Rows read.
    pub rows: u64,
    /// Rows that were new or newer.
    pub changed: u64,
    /// Id of the first row.
    pub first_id: Option<String>,
    /// Id of the last row.
    pub last_id: Option<String>,
    /// Σ amount in minor units, where the entity has one.
    pub sum_minor: i64,
}

/// Result of `sync` for one stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StreamOutcome {
    /// Name of the source.
    pub source: String,
    /// Entity; `all` where the whole source cannot be asked.
    pub entity: String,
    /// Location id.
    pub location: Option<String>,
    /// Rows read.
    pub rows: u64,
    /// Rows new or newer.
    pub changed: u64,
    /// Rows found deleted.
    pub deleted: u64,
    /// Pages read.
    pub pages: u64,
    /// Requests made, retries included.
    pub requests: u64,
    /// The exit code its failure stands for; 0 where it went through.
    #[serde(skip)]
    #[ts(skip)]
    pub exit: u8,
    /// Why it failed, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub error: Option<ApiError>,
}

/// Result of `sync`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SyncOutcome {
    /// Wall time in milliseconds.
    pub elapsed_ms: u64,
    /// Each stream.
    pub streams: Vec<StreamOutcome>,
}

/// Result of `push` for one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TableOutcome {
    /// Its name.
    pub table: String,
    /// Rows delivered.
    pub rows: u64,
    /// Batches sent.
    pub batches: u64,
    /// The exit code its stop stands for; 0 where it went through.
    #[serde(skip)]
    #[ts(skip)]
    pub exit: u8,
    /// Why it stopped, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub error: Option<ApiError>,
}

/// Result of `push`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PushOutcome {
    /// Wall time in milliseconds.
    pub elapsed_ms: u64,
    /// Each table that had rows.
    pub tables: Vec<TableOutcome>,
    /// Rows still waiting.
    pub pending: u64,
    /// Rows refused for good.
    pub dead: u64,
}

/// Result of `migrate-table`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationOutcome {
    /// The table's name.
    pub table: String,
    /// `absent`, `partitioned`, `estimate` or `done`.
    pub state: String,
    /// Rows in it.
    pub rows: u64,
    /// Bytes that would be read.
    pub bytes: u64,
    /// What that costs, in millionths of a US dollar.
    pub cost_micro_usd: u64,
    /// The same for a person.
    pub words: String,
}
