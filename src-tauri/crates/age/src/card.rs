//! What is kept of an ID while its verdict is made: birth, expiry, issue, issuer, number. It cannot be printed or serialised, and
//! its memory is wiped.

use crate::elements::normalised;
use crate::jurisdiction::Jurisdiction;
use crate::sample;
use crate::signal::Signal;
use crate::text::Arrival;
use chrono::{Datelike, NaiveDate};
use std::fmt;
use zeroize::Zeroizing;

/// Who issued a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Issuer {
    /// A state, province or territory.
    Jurisdiction(Jurisdiction),
    /// A number that AAMVA gave to nobody we know.
    Number(u32),
}

impl Issuer {
    pub(crate) fn of(number: u32) -> Self {
        Jurisdiction::of_issuer(number).map_or(Self::Number(number), Self::Jurisdiction)
    }

    /// The state, province or territory.
    pub const fn jurisdiction(self) -> Option<Jurisdiction> {
        match self {
            Self::Jurisdiction(jurisdiction) => Some(jurisdiction),
            Self::Number(_) => None,
        }
    }
}

/// A date whose memory is wiped.
struct Day(Zeroizing<i32>);

impl Day {
    fn new(date: NaiveDate) -> Self {
        Self(Zeroizing::new(date.num_days_from_ce()))
    }

    fn date(&self) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(*self.0).unwrap_or(NaiveDate::MIN)
    }
}

/// When a card expires, as far as it says so.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// It says nothing.
    Missing,
    /// It says something that is no date.
    Unclear,
    /// Its last valid day lies between these two.
    Between(NaiveDate, NaiveDate),
}

impl Expiry {
    pub(crate) const fn on(date: NaiveDate) -> Self {
        Self::Between(date, date)
    }
}

/// An ID that was read.
pub struct Card {
    issuer: Issuer,
    birth: Day,
    expiry_said: bool,
    expiry: Option<(Day, Day)>,
    issued: Option<Day>,
    number: Option<Zeroizing<String>>,
    signals: Vec<Signal>,
    arrival: Arrival,
}

impl Card {
    pub(crate) fn new(
        issuer: Issuer,
        birth: NaiveDate,
        expiry: Expiry,
        issued: Option<NaiveDate>,
        number: Option<Zeroizing<String>>,
        signals: Vec<Signal>,
        arrival: Arrival,
    ) -> Self {
        let said = match expiry {
            Expiry::Between(first, last) => Some((Day::new(first), Day::new(last))),
            Expiry::Missing | Expiry::Unclear => None,
        };
        Self {
            issuer,
            birth: Day::new(birth),
            expiry_said: expiry != Expiry::Missing,
            expiry: said,
            issued: issued.map(Day::new),
            number,
            signals,
            arrival,
        }
    }

    /// Who issued it.
    pub const fn issuer(&self) -> Issuer {
        self.issuer
    }

    /// What speaks against it, as far as the card alone tells.
    pub fn signals(&self) -> &[Signal] {
        &self.signals
    }

    /// What the scanner did to its text.
    pub const fn arrival(&self) -> Arrival {
        self.arrival
    }

    /// Whether it is the card that this program prints for trying a scanner. It is never good for a sale.
    pub fn is_self_test(&self) -> bool {
        self.issuer == Issuer::Number(sample::SELF_TEST_ISSUER)
    }

    /// Whether its birth date is `date`.
    pub fn born_on(&self, date: NaiveDate) -> bool {
        self.birth() == date
    }

    /// Whether `date` is the last day on which it is valid.
    pub fn expires_on(&self, date: NaiveDate) -> bool {
        self.expiry() == Expiry::on(date)
    }

    /// Whether it was issued on `date`.
    pub fn issued_on(&self, date: NaiveDate) -> bool {
        self.issued() == Some(date)
    }

    /// Whether its number is `number`, whatever spaces, hyphens and case either is written with.
    pub fn is_numbered(&self, number: &str) -> bool {
        let other = normalised(number.as_bytes());
        other.is_some() && other.as_deref().map(String::as_str) == self.number()
    }

    /// Whether the end and the beginning of its number are known.
    pub const fn has_number(&self) -> bool {
        self.number.is_some()
    }

    pub(crate) fn number(&self) -> Option<&str> {
        self.number.as_deref().map(String::as_str)
    }

    pub(crate) fn birth(&self) -> NaiveDate {
        self.birth.date()
    }

    pub(crate) fn issued(&self) -> Option<NaiveDate> {
        self.issued.as_ref().map(Day::date)
    }

    pub(crate) fn expiry(&self) -> Expiry {
        match &self.expiry {
            Some((first, last)) => Expiry::Between(first.date(), last.date()),
            None if self.expiry_said => Expiry::Unclear,
            None => Expiry::Missing,
        }
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Card(not shown)")
    }
}
