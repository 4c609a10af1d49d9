//! Who works with Backroom, and what was done.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who may work here, and who does now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct People {
    /// Everybody, by name.
    pub people: Vec<Person>,
    /// Who is at work now; none where nobody entered a PIN, or nobody has to.
    pub at_work: Option<Person>,
    /// Whether somebody has to enter a PIN before anything is shown.
    pub locked: bool,
    /// Whether the secrets are in a file whose passphrase has not been entered since the start: no PIN can be checked before.
    pub needs_passphrase: bool,
    /// Minutes without a touch after which a PIN is asked for again.
    pub idle_minutes: u32,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Person {
    /// Number.
    pub id: i64,
    /// Name.
    pub name: String,
    /// `clerk`, `manager` or `owner`.
    pub role: String,
    /// When he or she was added.
    pub since: String,
    /// Seconds until another PIN may be tried; 0 where one may be tried now.
    pub waits_seconds: u32,
}

/// Somebody enters a PIN.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EnterPin {
    /// Number of the person.
    pub id: i64,
    /// The PIN. Never stored as it is.
    pub pin: String,
}

/// A person to add or to change.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PersonDraft {
    /// Number; none for somebody new.
    pub id: Option<i64>,
    /// Name.
    pub name: String,
    /// `clerk`, `manager` or `owner`.
    pub role: String,
    /// Four to eight digits; empty to keep the present PIN.
    pub pin: String,
}

/// Names a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PersonId {
    /// Number.
    pub id: i64,
}

/// Asks for entries of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// Only entries before this number; none from the newest on.
    pub before: Option<i64>,
    /// At most so many, up to 200.
    pub limit: u32,
}

/// Entries of the audit log, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditLine>,
}

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AuditLine {
    /// Its number.
    pub number: i64,
    /// When.
    pub at: String,
    /// Who; empty where nobody had to enter a PIN.
    pub operator: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub detail: String,
}

/// What became of a check of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AuditProof {
    /// Whether every entry is as it was written and none is missing.
    pub ok: bool,
    /// Entries in it.
    pub entries: u64,
    /// The first entry that was changed or follows a gap.
    pub broken_at: Option<i64>,
    /// Entries that were cut off at the end.
    pub missing: u64,
}
