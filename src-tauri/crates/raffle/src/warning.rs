//! What the owner must have read before a raffle opens: dated facts of states, each with where it is from. Not legal advice.

use crate::rules::{Amount, Rules};
use backroom_core::{BusinessDay, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a state asks for above a value of all prizes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// The state, such as `FL`.
    pub state: &'static str,
    /// Its name.
    pub name: &'static str,
    /// It asks where all prizes are worth more than this, in cents of USD.
    pub above_cents: u64,
    /// Whether a bond or a trust account is asked for as well.
    pub bond: bool,
    /// Days before opening by which to register; none where our source names none.
    pub register_days_before: Option<i32>,
    /// Days after the draw within which the list of winners is filed; none where our source names none.
    pub winners_list_days: Option<i32>,
    /// Where that is from.
    pub source: &'static str,
    /// When it was read, as `YYYY-MM`.
    pub read: &'static str,
}

/// The version of the table below; stands beside every acknowledgement.
pub const TABLE_VERSION: &str = "2026-11";

const THRESHOLDS: &[Threshold] = &[
    Threshold {
        state: "FL",
        name: "Florida",
        above_cents: 500_000,
        bond: true,
        register_days_before: Some(7),
        winners_list_days: Some(60),
        source: "https://nationalsweepstakescompany.com/blog/registration-and-bonding-requirements/",
        read: "2026-11",
    },
    Threshold {
        state: "NY",
        name: "New York",
        above_cents: 500_000,
        bond: true,
        register_days_before: Some(30),
        winners_list_days: Some(90),
        source: "https://nationalsweepstakescompany.com/blog/registration-and-bonding-requirements/",
        read: "2026-11",
    },
    Threshold {
        state: "RI",
        name: "Rhode Island",
        above_cents: 50_000,
        bond: false,
        register_days_before: None,
        winners_list_days: None,
        source: "https://www.sweeppeasweeps.com/official-rules-center/which-states-require-sweepstakes-registration/",
        read: "2026-11",
    },
];

const AGGREGATE_SOURCE: &str = "https://kleinmoynihan.com/sweepstakes-registration-and-bonding-requirements";
const PAID_SOURCE: &str = "https://legalclarity.org/can-a-business-legally-hold-a-raffle";
const TOBACCO_SOURCE: &str = "https://ttb.gov/rulings/70-14.htm";

/// What is known of states, with sources.
pub fn thresholds() -> &'static [Threshold] {
    THRESHOLDS
}

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// Florida asks for a registration.
    RegisterFl,
    /// New York asks for a registration.
    RegisterNy,
    /// Rhode Island asks for a registration.
    RegisterRi,
    /// Values in another currency cannot be held against the states' thresholds.
    ValueNotInUsd,
    /// Entries are sold.
    PaidEntry,
    /// Tobacco is a prize, or buying it brings an entry.
    Tobacco,
    /// There is no limit for a person.
    NoLimit,
}

/// How much a warning weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// To be thought about.
    Note,
    /// To be acknowledged by the owner before opening.
    Acknowledge,
    /// To be acknowledged, and by what is known here already too late.
    TooLate,
}

/// Something the owner must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub code: WarningCode,
    /// How much it weighs.
    pub severity: Severity,
    /// In words.
    pub words: String,
    /// Where that is from; empty where it follows from the rules themselves.
    pub source: &'static str,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// What the owner of `rules` must know, read at `at`.
pub fn warnings(rules: &Rules, at: Timestamp) -> Vec<Warning> {
    let mut found = Vec::new();
    let total = rules.total_value();
    match &total {
        Some(total) if total.currency == "USD" => {
            let asking = THRESHOLDS.iter().filter(|t| concerns(rules, t.state) && total.minor > t.above_cents);
            found.extend(asking.map(|t| registration(rules, t, total, at)));
        }
        _ => found.push(Warning {
            code: WarningCode::ValueNotInUsd,
            severity: Severity::Acknowledge,
            words: "The prizes are not valued in USD, so they cannot be held against what states ask for. Ask counsel."
                .to_owned(),
            source: AGGREGATE_SOURCE,
        }),
    }
    if rules.paid_entry.is_some() {
        found.push(Warning {
            code: WarningCode::PaidEntry,
            severity: Severity::Acknowledge,
            words: "Entries are sold. A prize, chance and payment together are a lottery, which a shop for profit may \
                 almost nowhere hold. The legal basis on record is the owner's word; ask counsel."
                .to_owned(),
            source: PAID_SOURCE,
        });
    }
    if rules.prizes.iter().any(|p| p.tobacco) || rules.purchase_entry.as_ref().is_some_and(|p| p.tobacco) {
        found.push(Warning {
            code: WarningCode::Tobacco,
            severity: Severity::Acknowledge,
            words: "Tobacco is part of this raffle. No slip, code or chance may be on, in or attached to a package of \
                 tobacco (26 USC 5723(c)). Hand the slip out apart from the package."
                .to_owned(),
            source: TOBACCO_SOURCE,
        });
    }
    if rules.limits.per_person.is_none() && rules.limits.per_person_per_day.is_none() {
        found.push(Warning {
            code: WarningCode::NoLimit,
            severity: Severity::Note,
            words: "One person may enter any number of times. Most raffles set a limit.".to_owned(),
            source: "",
        });
    }
    found
}

fn concerns(rules: &Rules, state: &str) -> bool {
    rules.sponsor.state == state || rules.eligibility.states.iter().any(|s| s == state)
}

fn registration(rules: &Rules, threshold: &Threshold, total: &Amount, at: Timestamp) -> Warning {
    let code = match threshold.state {
        "FL" => WarningCode::RegisterFl,
        "NY" => WarningCode::RegisterNy,
        _ => WarningCode::RegisterRi,
    };
    let limit = Amount { minor: threshold.above_cents, currency: "USD".to_owned() };
    let what = if threshold.bond { "a registration and a bond" } else { "a registration" };
    let mut words = format!(
        "All prizes together are worth {total}, and residents of {} may take part: above {limit} it asks for {what}.",
        threshold.name
    );
    let mut severity = Severity::Acknowledge;
    if let (Some(days), Some(rule)) = (threshold.register_days_before, rules.day_rule()) {
        let last: BusinessDay = rule.day_of(rules.opens_at).plus(-days);
        words.push_str(&format!(" Register at least {days} days before opening, by {last}."));
        if rule.day_of(at) > last {
            severity = Severity::TooLate;
            words.push_str(" That day is over: open later, or leave that state out.");
        }
    }
    if let Some(days) = threshold.winners_list_days {
        words.push_str(&format!(" File the list of winners within {days} days."));
    }
    words.push_str(" Ask counsel.");
    Warning { code, severity, words, source: threshold.source }
}
