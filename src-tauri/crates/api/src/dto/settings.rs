//! What the owner decides once.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The settings as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Settings {
    /// IANA zone of every location; each location's own where none is set.
    pub time_zone: Option<String>,
    /// Time of day at which a business day begins, `HH:MM`.
    pub business_day_start: String,
    /// Minutes between two syncs.
    pub every_minutes: u32,
    /// Whether a sale is to be in BigQuery within a minute.
    pub live: bool,
    /// What delivery may cost in a day, in US dollars; none where no warehouse is connected.
    pub daily_budget_usd: Option<String>,
    /// What BigQuery is told of a customer's name: `drop`, `hash` or `keep`.
    pub customer_name: String,
    /// The same of the e-mail address.
    pub customer_email: String,
    /// The same of the phone number.
    pub customer_phone: String,
    /// Whether something was changed that applies from the next start on.
    pub applies_at_start: bool,
    /// Seconds from the newest sale at its vendor to its delivery; none where nothing was delivered yet.
    pub freshness_seconds: Option<u32>,
    /// What the shop calls itself; empty for what its locations are called.
    pub shop_name: String,
    /// Days for which the vendors' own replies are kept; 0 for ever.
    pub raw_days: u32,
    /// The same of receipts of readings.
    pub receipt_days: u32,
    /// The same of entries of the audit log.
    pub audit_days: u32,
    /// What is here of them.
    pub kept: KeptParts,
    /// The locations with both their names.
    pub locations: Vec<LocationName>,
}

/// What is here of what is kept for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KeptParts {
    /// The vendors' own replies.
    pub raw: KeptPart,
    /// Receipts of readings.
    pub receipts: KeptPart,
    /// Entries of the audit log.
    pub audit: KeptPart,
}

/// How much of a part is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KeptPart {
    /// How many.
    pub rows: u64,
    /// When the oldest was made.
    pub oldest: Option<String>,
}

/// A location with both its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LocationName {
    /// What it is asked for by.
    pub id: String,
    /// Kind of its point of sale.
    pub kind: String,
    /// What the point of sale calls it.
    pub told: String,
    /// What the shop calls it; empty where that is the same.
    pub name: String,
}

/// What a location is to be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LocationAlias {
    /// What it is asked for by.
    pub id: String,
    /// Its name; empty for what the point of sale calls it.
    pub name: String,
}

/// The settings as they are to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SettingsDraft {
    /// IANA zone of every location; each location's own where none is set.
    pub time_zone: Option<String>,
    /// Time of day at which a business day begins, `HH:MM`.
    pub business_day_start: String,
    /// Minutes between two syncs, 1 to 1440.
    pub every_minutes: u32,
    /// Whether a sale is to be in BigQuery within a minute.
    pub live: bool,
    /// What delivery may cost in a day, in US dollars; none where no warehouse is connected.
    pub daily_budget_usd: Option<String>,
    /// What BigQuery is told of a customer's name: `drop`, `hash` or `keep`.
    pub customer_name: String,
    /// The same of the e-mail address.
    pub customer_email: String,
    /// The same of the phone number.
    pub customer_phone: String,
    /// What the shop calls itself, empty for what its locations are called; none to leave it.
    #[serde(default)]
    pub shop_name: Option<String>,
    /// Days for which the vendors' own replies are kept, 0 for ever; none to leave it.
    #[serde(default)]
    pub raw_days: Option<u32>,
    /// The same of receipts of readings.
    #[serde(default)]
    pub receipt_days: Option<u32>,
    /// The same of entries of the audit log.
    #[serde(default)]
    pub audit_days: Option<u32>,
    /// What locations are to be called; those that are not named keep their names.
    #[serde(default)]
    pub locations: Option<Vec<LocationAlias>>,
}
