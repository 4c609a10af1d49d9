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
}
