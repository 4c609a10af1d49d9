//! ID checks at the counter. What comes in may hold what a card says: it is read once, never kept, logged or told on.

use super::AgeCoverage;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the screen of ID checks begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgeBoard {
    /// The state of the shop, two letters; none where nobody set it.
    pub state: Option<String>,
    /// Every state, province and territory that can be set.
    pub states: Vec<String>,
    /// The classes of goods with the age that each asks for today.
    pub classes: Vec<AgeClass>,
    /// Everyone who looks younger is carded.
    pub card_under: u8,
    /// Where that comes from.
    pub card_under_source: String,
    /// The documents that may be typed.
    pub documents: Vec<String>,
    /// What the scanner sends before each code.
    pub scanner_prefix: String,
    /// What it sends after each code.
    pub scanner_suffix: String,
    /// Whether keyed hashes of cards may be kept here and the owner wants it: for a card that comes back, and for the ban list.
    pub fingerprints: bool,
    /// Why, or why not.
    pub fingerprints_why: String,
    /// The version of the rules.
    pub rules_version: String,
    /// Checks on this business day.
    pub checks_today: u64,
    /// Of these red.
    pub refused_today: u64,
    /// When the scanner was last tried with the test card.
    pub last_self_test: Option<String>,
    /// Whether typing a document needs a second person's PIN.
    pub second_person: bool,
}

/// A class of goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgeClass {
    /// Its code, such as `tobacco`.
    pub code: String,
    /// Full years.
    pub minimum_age: u8,
    /// Where that comes from.
    pub source: String,
    /// `allowed`, `required` or `prohibited`.
    pub scanning: String,
}

/// A scan.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AgeScan {
    /// What the scanner sent.
    pub scan: String,
    /// For which class of goods; tobacco where none is given.
    #[serde(default)]
    #[ts(optional)]
    pub product_class: Option<String>,
    /// By which state's law; the shop's where none is given.
    #[serde(default)]
    #[ts(optional)]
    pub state: Option<String>,
    /// The point in time by which it is judged; now where none is given.
    #[serde(default)]
    #[ts(optional)]
    pub at: Option<String>,
    /// Whether nothing at all is kept.
    #[serde(default)]
    #[ts(optional)]
    pub dry_run: Option<bool>,
    /// The check that it repeats.
    #[serde(default)]
    #[ts(optional)]
    pub resubmits: Option<String>,
    /// Why it is repeated.
    #[serde(default)]
    #[ts(optional)]
    pub resubmit_reason: Option<String>,
}

/// What a clerk reads from a document.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AgeManual {
    /// `driver_license`, `state_id`, `passport`, `military_id` or `other`.
    pub document: String,
    /// Date of birth, `YYYY-MM-DD`.
    pub birth: String,
    /// Last valid day, `YYYY-MM-DD`; none where the document has none.
    pub expires: Option<String>,
    /// For which class of goods; tobacco where none is given.
    #[serde(default)]
    #[ts(optional)]
    pub product_class: Option<String>,
    /// Number of the second person, where there are people.
    #[serde(default)]
    #[ts(optional)]
    pub second: Option<i64>,
    /// That person's PIN.
    #[serde(default)]
    #[ts(optional)]
    pub pin: Option<String>,
    /// Whether nothing at all is kept.
    #[serde(default)]
    #[ts(optional)]
    pub dry_run: Option<bool>,
    /// The check that it repeats.
    #[serde(default)]
    #[ts(optional)]
    pub resubmits: Option<String>,
    /// Why it is repeated.
    #[serde(default)]
    #[ts(optional)]
    pub resubmit_reason: Option<String>,
}

/// The answer of a check. Age and expiry are for the screen and kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgeVerdict {
    /// Under which id the verdict was kept; none where it was not.
    pub id: Option<String>,
    /// `green`, `amber` or `red`.
    pub verdict: String,
    /// Why: a code.
    pub reason: String,
    /// Why and what to do, in words.
    pub sentence: String,
    /// `scan` or `manual`.
    pub method: String,
    /// For which class of goods.
    pub product_class: String,
    /// The age that was asked for.
    pub minimum_age: u8,
    /// Where that age comes from.
    pub source: String,
    /// Full years, where known.
    pub age_years: Option<u32>,
    /// Last valid day, where known.
    pub expires: Option<String>,
    /// Days to it; negative after it.
    pub days_to_expiry: Option<i64>,
    /// What speaks against the card: signs, no proofs.
    pub signals: Vec<AgeSign>,
    /// The version of the rules.
    pub rules_version: String,
}

/// Something that speaks against a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgeSign {
    /// Its code.
    pub code: String,
    /// What was seen, and what to look at.
    pub sentence: String,
}

/// What the owner sets for ID checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AgeSettings {
    /// The state of the shop, two letters.
    pub state: Option<String>,
    /// Everyone who looks younger is carded; none for what the law asks.
    pub card_under: Option<u8>,
    /// Whether an expired card leads to amber in place of red.
    pub expired_is_amber: bool,
    /// Minimum ages above what is known of the law.
    pub ages: Vec<AgeOwn>,
    /// Whether keyed hashes of cards are kept, where that is allowed.
    pub fingerprints: bool,
    /// Days after which such a hash is deleted.
    pub fingerprint_days: u16,
    /// Minutes in which the same card counts as handed back.
    pub pass_back_minutes: u16,
    /// What the scanner sends before each code.
    pub scanner_prefix: String,
    /// What it sends after each code.
    pub scanner_suffix: String,
}

/// A minimum age that the owner sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AgeOwn {
    /// For which class of goods.
    pub product_class: String,
    /// In which state; everywhere where none is given.
    pub state: Option<String>,
    /// First day, `YYYY-MM-DD`.
    pub from: String,
    /// Full years.
    pub minimum_age: u8,
    /// Why.
    pub note: String,
}

/// Business days for checks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AgeRange {
    /// First business day, `YYYY-MM-DD`; today where none is given.
    #[serde(default)]
    #[ts(optional)]
    pub from: Option<String>,
    /// Last business day; today where none is given.
    #[serde(default)]
    #[ts(optional)]
    pub to: Option<String>,
}

/// A kept check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgeCheckLine {
    /// Its id.
    pub id: String,
    /// When.
    pub at: String,
    /// The verdict.
    pub verdict: String,
    /// Why: a code.
    pub reason: String,
    /// `scan` or `manual`.
    pub method: String,
    /// For which class of goods.
    pub product_class: String,
    /// The version of the rules.
    pub rules_version: String,
    /// Number of the clerk.
    pub clerk: Option<i64>,
    /// The check that it repeats, and why.
    pub resubmits: Option<String>,
    /// Why it was repeated.
    pub resubmit_reason: Option<String>,
}

/// Checks in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgeStatistics {
    /// First business day.
    pub from: String,
    /// Last business day.
    pub to: String,
    /// Checks, without those of the test card.
    pub checks: u64,
    /// Of these green.
    pub green: u64,
    /// Of these amber.
    pub amber: u64,
    /// Of these red.
    pub red: u64,
    /// Checks of the scanner with its test card.
    pub self_tests: u64,
    /// Average milliseconds from the scan to the verdict; none where nothing was measured.
    pub average_ms: Option<u64>,
    /// By local hour.
    pub by_hour: Vec<AgeCount>,
    /// By reason.
    pub by_reason: Vec<AgeCount>,
    /// By method.
    pub by_method: Vec<AgeCount>,
    /// By clerk.
    pub by_clerk: Vec<AgeCount>,
    /// Checks against sales.
    pub coverage: AgeCoverage,
}

/// One row of a breakdown of checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgeCount {
    /// Of what.
    pub name: String,
    /// Checks.
    pub checks: u64,
    /// Of these red.
    pub refused: u64,
}

/// Somebody is put on the shop's own list.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BanDraft {
    /// The card, as the scanner sent it. Nothing of it is kept but a keyed hash.
    pub scan: String,
    /// Why.
    pub reason: String,
    /// First business day without it; none: until it is lifted.
    pub until: Option<String>,
}

/// An entry of the shop's own list. It does not say who it is: only the card does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BanLine {
    /// Its number.
    pub id: i64,
    /// Why.
    pub reason: String,
    /// First business day without it.
    pub until: Option<String>,
    /// Since when.
    pub since: String,
    /// Who did it.
    pub operator: String,
}

/// Names an entry of the list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BanId {
    /// Its number.
    pub id: i64,
}

/// Something a clerk was taught.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TrainingLine {
    /// Number of the person.
    pub person: i64,
    /// That person's name; empty where he or she has gone.
    pub name: String,
    /// What.
    pub course: String,
    /// On which day.
    pub day: String,
    /// First day on which it counts no more.
    pub expires: Option<String>,
    /// Whether that day has come.
    pub expired: bool,
}

/// Somebody was taught something.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TrainingDraft {
    /// Number of the person.
    pub person: i64,
    /// What.
    pub course: String,
    /// On which day, `YYYY-MM-DD`.
    pub day: String,
    /// First day on which it counts no more.
    pub expires: Option<String>,
}

/// A text to be printed as a barcode: the scanner's test card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TestCard {
    /// The text.
    pub text: String,
}
