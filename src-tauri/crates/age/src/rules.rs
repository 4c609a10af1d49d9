//! The rules as dated data: what is known, since when and from where; what the owner set; and what holds where nothing is known,
//! which is always the stricter.
//!
//! Nothing here is legal advice. A row is a law's or an agency's statement that was read; the owner's counsel decides.

use crate::date::LeapDay;
use crate::jurisdiction::Jurisdiction;
use crate::signal::{Signal, Weight};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The version of the rows below. It changes with any of them.
pub const VERSION: &str = "2026-11-21";

/// What is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductClass {
    /// Cigarettes, cigars, loose tobacco.
    Tobacco,
    /// Electronic cigarettes and what goes into them.
    Vapor,
    /// Hemp and what is made of it.
    Hemp,
    /// Pipes, papers and other things that go with them.
    Accessory,
    /// Anything else that is sold only from an age on.
    Other,
}

impl ProductClass {
    /// Every one of them.
    pub const ALL: [Self; 5] = [Self::Tobacco, Self::Vapor, Self::Hemp, Self::Accessory, Self::Other];

    /// A stable code, such as `tobacco`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Tobacco => "tobacco",
            Self::Vapor => "vapor",
            Self::Hemp => "hemp",
            Self::Accessory => "accessory",
            Self::Other => "other",
        }
    }

    /// The class of a code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.code() == code)
    }
}

/// Whether a card may or must be scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scanning {
    /// It may be.
    Allowed,
    /// It must be; a check by hand needs a manager's decision.
    Required,
    /// It must not be; the card is looked at.
    Prohibited,
}

/// What an expired card does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expired {
    /// The sale is refused.
    #[default]
    Refused,
    /// The clerk looks for another card.
    Amber,
}

/// What was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Document {
    /// A driver license of the USA or Canada.
    DriverLicense,
    /// An identification card of a state, province or territory.
    StateId,
    /// A passport or passport card.
    Passport,
    /// A military ID.
    MilitaryId,
    /// Anything else.
    Other,
}

/// A minimum age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnAge {
    /// What is sold.
    pub class: ProductClass,
    /// The state where it holds; everywhere where none is given.
    pub state: Option<Jurisdiction>,
    /// The first day on which it holds.
    pub from: NaiveDate,
    /// Full years.
    pub minimum_age: u8,
    /// Why: a law, a letter of counsel, the owner's own choice.
    pub note: String,
}

/// What the owner set. Its default is what holds where nobody set anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnRules {
    /// Counts the owner's changes; part of the version that is kept with a verdict.
    pub revision: u32,
    /// Minimum ages. They raise what a law asks, never lower it; where no law is known they replace the default.
    pub ages: Vec<OwnAge>,
    /// Everyone who looks younger is carded. It raises the law's age, never lowers it.
    pub card_under: Option<u8>,
    /// What an expired card does. Refused where nobody set it.
    pub expired: Expired,
    /// When somebody born on 29 February is a year older. On 1 March where nobody set it.
    pub leap_day: LeapDay,
    /// What signals do, where the owner wants it otherwise.
    pub weights: BTreeMap<Signal, Weight>,
    /// Years after which a validity counts as too long. 50 where nobody set it: no table of the states' maxima is known to us.
    pub longest_validity_years: u8,
    /// Which documents may lead to green.
    pub documents: BTreeSet<Document>,
    /// What counsel said about scanning in a state.
    pub scanning: BTreeMap<Jurisdiction, Scanning>,
    /// Whether keyed hashes of cards are kept at all. Off where nobody set it.
    pub fingerprints: bool,
    /// Days after which a keyed hash is deleted. 30 where nobody set it.
    pub fingerprint_days: u16,
    /// Minutes in which the same card is a pass-back. 15 where nobody set it.
    pub pass_back_minutes: u16,
    /// Days after which a verdict is deleted; kept where none is set, because a defense may need it.
    pub verdict_days: Option<u16>,
}

impl Default for OwnRules {
    fn default() -> Self {
        Self {
            revision: 0,
            ages: Vec::new(),
            card_under: None,
            expired: Expired::default(),
            leap_day: LeapDay::default(),
            weights: BTreeMap::new(),
            longest_validity_years: 50,
            documents: [Document::DriverLicense, Document::StateId, Document::Passport, Document::MilitaryId].into(),
            scanning: BTreeMap::new(),
            fingerprints: false,
            fingerprint_days: 30,
            pass_back_minutes: 15,
            verdict_days: None,
        }
    }
}

/// Why the owner's rules are not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Not an age at which anything is sold.
    #[error("a minimum age lies between 16 and 99; {0} does not")]
    Age(u8),
    /// The age below which everyone is carded.
    #[error("the age below which everyone is carded lies between 21 and 99; {0} does not")]
    CardUnder(u8),
    /// No reason was given.
    #[error("every minimum age needs a note that says why")]
    NoNote,
    /// A span of no use.
    #[error("{0} cannot be zero")]
    Zero(&'static str),
}

impl OwnRules {
    /// Whether they can be used.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), RuleError> {
        for row in &self.ages {
            if !(16..=99).contains(&row.minimum_age) {
                return Err(RuleError::Age(row.minimum_age));
            }
            if row.note.trim().is_empty() {
                return Err(RuleError::NoNote);
            }
        }
        match self.card_under {
            Some(age) if !(21..=99).contains(&age) => return Err(RuleError::CardUnder(age)),
            _ => {}
        }
        let spans = [
            (u32::from(self.longest_validity_years), "the longest validity"),
            (u32::from(self.fingerprint_days), "the days for which hashes are kept"),
            (u32::from(self.pass_back_minutes), "the minutes of a pass-back"),
        ];
        spans.into_iter().find(|(span, _)| *span == 0).map_or(Ok(()), |(_, name)| Err(RuleError::Zero(name)))
    }
}

/// A rule's answer, with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruled<T> {
    /// The answer.
    pub value: T,
    /// The first day on which it holds; none for a default.
    pub from: Option<NaiveDate>,
    /// Where it comes from, for a person.
    pub source: String,
}

impl<T> Ruled<T> {
    fn default_of(value: T, source: &str) -> Self {
        Self { value, from: None, source: source.to_owned() }
    }
}

/// The age that holds where no law is known to us.
const DEFAULT_AGE: u8 = 21;
const DEFAULT_AGE_SOURCE: &str =
    "No law on this is in our rules: the strictest age that we know, until the owner sets another.";

/// One row on minimum ages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgeRow {
    /// What is sold.
    pub class: ProductClass,
    /// The state; the whole country where there is none.
    pub state: Option<Jurisdiction>,
    /// Year, month and day from which it holds.
    pub from: (i32, u32, u32),
    /// Full years.
    pub minimum_age: u8,
    /// Where it was read.
    pub source: &'static str,
}

/// One row on what a state says about scanning and keeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateRow {
    /// The state's letters.
    pub state: &'static str,
    /// The class it is about; all where there is none.
    pub class: Option<ProductClass>,
    /// What it says of scanning.
    pub scanning: Option<Scanning>,
    /// Whether a keyed hash of a card may be kept at all.
    pub keeps_fingerprints: bool,
    /// Where it was read.
    pub source: &'static str,
}

const T21: &str =
    "Federal Tobacco 21 rule, 89 FR 70483, in force 2024-09-30: nobody under 21, everyone carded who looks under 30";
const MAP: &str = "State lists of IDScan and FTx, read in 2026-11; ask counsel";

/// The known minimum ages.
pub const AGES: &[AgeRow] = &[
    AgeRow { class: ProductClass::Tobacco, state: None, from: (2024, 9, 30), minimum_age: 21, source: T21 },
    AgeRow { class: ProductClass::Vapor, state: None, from: (2024, 9, 30), minimum_age: 21, source: T21 },
];

/// The known rules of states.
pub const STATES: &[StateRow] = &[
    StateRow {
        state: "CA",
        class: None,
        scanning: None,
        keeps_fingerprints: false,
        source: "California Civil Code 1798.90.1: what is read may be used only for the stated purpose; ask counsel",
    },
    StateRow { state: "NH", class: None, scanning: Some(Scanning::Prohibited), keeps_fingerprints: false, source: MAP },
    StateRow {
        state: "NJ",
        class: None,
        scanning: None,
        keeps_fingerprints: false,
        source: "New Jersey S-1913: nothing of an ID may be kept that was scanned for an age-restricted purchase; ask counsel",
    },
    StateRow {
        state: "NV",
        class: Some(ProductClass::Tobacco),
        scanning: Some(Scanning::Required),
        keeps_fingerprints: true,
        source: MAP,
    },
    StateRow {
        state: "TX",
        class: None,
        scanning: None,
        keeps_fingerprints: false,
        source: "Texas H&S 161.0825 (use only to comply with the tobacco law) and Transportation 521.126 (no data base); ask counsel",
    },
];

/// The rules that hold: the known rows and what the owner set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    own: OwnRules,
}

impl Rules {
    /// The rules with what the owner set.
    ///
    /// # Errors
    /// As [`OwnRules::check`].
    pub fn with(own: OwnRules) -> Result<Self, RuleError> {
        own.check().map(|()| Self { own })
    }

    /// What the owner set.
    pub const fn own(&self) -> &OwnRules {
        &self.own
    }

    /// The version that is kept with a verdict, such as `2026-11-21` or `2026-11-21+3`.
    pub fn version(&self) -> String {
        match self.own.revision {
            0 => VERSION.to_owned(),
            revision => format!("{VERSION}+{revision}"),
        }
    }

    /// The minimum age for a class in a state on a day. Where the state is not known, the strictest of all.
    pub fn minimum_age(&self, class: ProductClass, state: Option<Jurisdiction>, date: NaiveDate) -> Ruled<u8> {
        let here = |row: Option<Jurisdiction>| row.is_none() || state.is_none() || row == state;
        // Of each place the newest row holds; of the places the strictest.
        let law = AGES.iter().filter(|row| row.class == class && here(row.state)).filter_map(|row| {
            let (year, month, day) = row.from;
            let from = NaiveDate::from_ymd_opt(year, month, day).filter(|from| *from <= date)?;
            Some((row.state, from, row.minimum_age, row.source))
        });
        let own = self.own.ages.iter().filter(|row| row.class == class && here(row.state) && row.from <= date);
        let own = own.map(|row| (row.state, row.from, row.minimum_age, row.note.as_str()));
        match (strictest(law), strictest(own)) {
            (Some(law), Some(own)) if own.value > law.value => own,
            (Some(law), _) => law,
            (None, Some(own)) => own,
            (None, None) => Ruled::default_of(DEFAULT_AGE, DEFAULT_AGE_SOURCE),
        }
    }

    /// The age below whose looks everyone is carded.
    pub fn card_under(&self) -> Ruled<u8> {
        match self.own.card_under {
            Some(age) if age > 30 => Ruled::default_of(age, "Set by the owner"),
            _ => Ruled { value: 30, from: NaiveDate::from_ymd_opt(2024, 9, 30), source: T21.to_owned() },
        }
    }

    /// Whether a card may or must be scanned.
    pub fn scanning(&self, class: ProductClass, state: Option<Jurisdiction>) -> Ruled<Scanning> {
        if let Some(own) = state.and_then(|state| self.own.scanning.get(&state)) {
            return Ruled::default_of(*own, "Set by the owner");
        }
        let row = states(state).find(|row| row.scanning.is_some() && row.class.is_none_or(|of| of == class));
        let known = row.and_then(|row| row.scanning.map(|scanning| Ruled::default_of(scanning, row.source)));
        known.unwrap_or_else(|| {
            Ruled::default_of(Scanning::Allowed, "No state's rule against it is in our rules; ask counsel")
        })
    }

    /// For how many days keyed hashes of cards are kept; none where they must not be made.
    pub fn fingerprint_days(&self, state: Option<Jurisdiction>) -> Ruled<Option<u16>> {
        if let Some(row) = states(state).find(|row| !row.keeps_fingerprints) {
            return Ruled::default_of(None, row.source);
        }
        match (self.own.fingerprints, state) {
            (true, Some(_)) => Ruled::default_of(Some(self.own.fingerprint_days), "Set by the owner"),
            (true, None) => Ruled::default_of(None, "The shop's state is not set"),
            (false, _) => Ruled::default_of(None, "Off until the owner switches it on"),
        }
    }

    /// What a signal does.
    pub fn weight(&self, signal: Signal) -> Weight {
        self.own.weights.get(&signal).copied().unwrap_or_else(|| signal.weight())
    }
}

fn states(state: Option<Jurisdiction>) -> impl Iterator<Item = &'static StateRow> {
    STATES.iter().filter(move |row| state.is_some_and(|state| state.code() == row.state))
}

fn strictest<'a>(rows: impl Iterator<Item = (Option<Jurisdiction>, NaiveDate, u8, &'a str)>) -> Option<Ruled<u8>> {
    let mut newest: BTreeMap<Option<Jurisdiction>, (NaiveDate, u8, &str)> = BTreeMap::new();
    for (state, from, age, source) in rows {
        let held = newest.entry(state).or_insert((from, age, source));
        if from > held.0 || (from == held.0 && age > held.1) {
            *held = (from, age, source);
        }
    }
    let (from, value, source) = newest.into_values().max_by_key(|(_, age, _)| *age)?;
    Some(Ruled { value, from: Some(from), source: source.to_owned() })
}
