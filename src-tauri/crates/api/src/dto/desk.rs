//! What Backroom does beside its screens: notices, starting by itself, keys; and what it hands to whoever helps.

use super::ApiError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What Backroom does beside its screens, as it is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Desk {
    /// Whether it is told when something needs a hand.
    pub failures: bool,
    /// Whether a day is told once it is over.
    pub summary: bool,
    /// Time of day from which nothing is told, `HH:MM`.
    pub quiet_from: String,
    /// Time of day until which nothing is told; the same where there are no quiet hours.
    pub quiet_until: String,
    /// Whether Backroom starts when somebody signs in to this computer.
    pub start_at_login: bool,
    /// Keys that open the ID check whatever is in front; none where no keys do.
    pub id_check_keys: Option<String>,
    /// The keys there are to choose from.
    pub keys: Vec<String>,
    /// Why starting by itself could not be set up, where it could not.
    pub login_trouble: Option<ApiError>,
    /// Why the keys do not work, where they do not.
    pub keys_trouble: Option<ApiError>,
}

/// What Backroom is to do beside its screens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DeskDraft {
    /// Whether it is told when something needs a hand.
    pub failures: bool,
    /// Whether a day is told once it is over.
    pub summary: bool,
    /// Time of day from which nothing is told, `HH:MM`.
    pub quiet_from: String,
    /// Time of day until which nothing is told; the same where there are no quiet hours.
    pub quiet_until: String,
    /// Whether Backroom starts when somebody signs in to this computer.
    pub start_at_login: bool,
    /// Keys that open the ID check whatever is in front; none for no keys.
    pub id_check_keys: Option<String>,
}

/// What is handed to whoever helps: all of it, as it would be saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SupportFile {
    /// Name to save it under.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What is known of an end that nobody wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CrashReport {
    /// When.
    pub at: String,
    /// Version of the program.
    pub version: String,
    /// Where in the program.
    pub place: String,
    /// All that was kept of it, in words.
    pub text: String,
}
