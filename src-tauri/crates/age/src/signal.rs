//! Signs that a card may be false, altered or not this person's. A sign is no proof: a forger can write any barcode, and real cards
//! are made with faults.

use crate::card::Issuer;
use crate::date::{LeapDay, birthday};
use crate::elements::{Dated, Elements, LONGEST_NUMBER};
use crate::jurisdiction::Country;
use crate::read::{Layout, is_birthday, state};
use crate::text::Head;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// A sign that a card may be false.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The issuer's number belongs to nobody we know.
    IssuerUnknown,
    /// The issuer and the state of the address differ.
    IssuerState,
    /// The issuer and the country differ.
    IssuerCountry,
    /// The state's own part of the barcode is another state's.
    SubfileState,
    /// The standard it follows came out after it was issued.
    VersionAfterIssue,
    /// It follows a standard that we do not know.
    VersionUnknown,
    /// Its head has not the digits that its standard asks for.
    HeadDigits,
    /// Its parts are not as long as its directory says, or elsewhere.
    Layout,
    /// The text is shorter than its directory says by what an element takes.
    Shortened,
    /// An element that every card has is missing.
    ElementMissing,
    /// The issue date cannot be read.
    IssueUnclear,
    /// Issued on or after the day it expires.
    IssuedAfterExpiry,
    /// Issued before the birth.
    IssuedBeforeBirth,
    /// Issued before the 14th birthday.
    #[serde(rename = "issued_before_14")]
    IssuedBefore14,
    /// Issued in the future.
    IssuedInFuture,
    /// Valid for longer than any card of that state.
    ValidTooLong,
    /// A date for "under 18, 19 or 21 until" is not that birthday.
    UnderAgeDate,
    /// The number is not one that a card can have.
    NumberImplausible,
    /// The ZIP code is not one of the state.
    ZipState,
    /// The same card was scanned a short time ago.
    PassedBack,
}

/// What a signal does to a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// The clerk must look at the card: the verdict is not green.
    Amber,
    /// It is shown and changes nothing.
    Told,
    /// It is not shown.
    Off,
}

impl Signal {
    /// Every one of them.
    pub const ALL: [Self; 20] = [
        Self::IssuerUnknown,
        Self::IssuerState,
        Self::IssuerCountry,
        Self::SubfileState,
        Self::VersionAfterIssue,
        Self::VersionUnknown,
        Self::HeadDigits,
        Self::Layout,
        Self::Shortened,
        Self::ElementMissing,
        Self::IssueUnclear,
        Self::IssuedAfterExpiry,
        Self::IssuedBeforeBirth,
        Self::IssuedBefore14,
        Self::IssuedInFuture,
        Self::ValidTooLong,
        Self::UnderAgeDate,
        Self::NumberImplausible,
        Self::ZipState,
        Self::PassedBack,
    ];

    /// A stable code, such as `issuer_state`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::IssuerUnknown => "issuer_unknown",
            Self::IssuerState => "issuer_state",
            Self::IssuerCountry => "issuer_country",
            Self::SubfileState => "subfile_state",
            Self::VersionAfterIssue => "version_after_issue",
            Self::VersionUnknown => "version_unknown",
            Self::HeadDigits => "head_digits",
            Self::Layout => "layout",
            Self::Shortened => "shortened",
            Self::ElementMissing => "element_missing",
            Self::IssueUnclear => "issue_unclear",
            Self::IssuedAfterExpiry => "issued_after_expiry",
            Self::IssuedBeforeBirth => "issued_before_birth",
            Self::IssuedBefore14 => "issued_before_14",
            Self::IssuedInFuture => "issued_in_future",
            Self::ValidTooLong => "valid_too_long",
            Self::UnderAgeDate => "under_age_date",
            Self::NumberImplausible => "number_implausible",
            Self::ZipState => "zip_state",
            Self::PassedBack => "passed_back",
        }
    }

    /// What was seen, and what to look at.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::IssuerUnknown => {
                "The barcode names an issuer that we do not know. Look for the state's name and seal on the front."
            }
            Self::IssuerState => {
                "The barcode's issuer and the state of its address differ. Compare the state on the front."
            }
            Self::IssuerCountry => "The barcode's issuer and its country differ. Compare the front.",
            Self::SubfileState => "One part of the barcode belongs to another state. Compare the front.",
            Self::VersionAfterIssue => {
                "The barcode follows a standard newer than the card. Compare the issue date on the front."
            }
            Self::VersionUnknown => {
                "The barcode follows a standard that we do not know yet. Compare the birth date on the front."
            }
            Self::HeadDigits => "The barcode does not begin as its standard asks. Compare the front.",
            Self::Layout => "The parts of the barcode are not as long as it says. Some states' real cards are so.",
            Self::Shortened => {
                "The barcode came shorter than it says. Scan it again; if it stays so, compare the birth date on the front."
            }
            Self::ElementMissing => "Something that every card's barcode has is missing. Compare the front.",
            Self::IssueUnclear => "The issue date in the barcode cannot be read. Look at it on the front.",
            Self::IssuedAfterExpiry => {
                "The barcode says that the card was issued on or after the day it expires. Look at both dates."
            }
            Self::IssuedBeforeBirth => {
                "The barcode says that the card was issued before the birth. Look at both dates."
            }
            Self::IssuedBefore14 => {
                "The barcode says that the card was issued before the 14th birthday. Look at both dates."
            }
            Self::IssuedInFuture => {
                "The barcode says that the card will be issued in the future. Look at the issue date."
            }
            Self::ValidTooLong => {
                "The barcode says that the card is valid for longer than cards are. Look at both dates."
            }
            Self::UnderAgeDate => {
                "A date for \"under 18, 19 or 21 until\" is not that birthday. Compare the birth date on the front."
            }
            Self::NumberImplausible => {
                "The number in the barcode is not one that a card has. Compare it with the front."
            }
            Self::ZipState => "The ZIP code in the barcode is not of the state. Compare the address on the front.",
            Self::PassedBack => "The same card was scanned a short time ago. Compare the photo with the person.",
        }
    }

    /// What it does where the owner has not said otherwise. Lengths and heads are wrong on real cards of several states, and which
    /// ones is not known well enough to stop a sale.
    pub const fn weight(self) -> Weight {
        match self {
            Self::Layout => Weight::Told,
            _ => Weight::Amber,
        }
    }
}

/// What reading found, before it is dropped.
pub(crate) struct Found<'a> {
    pub head: &'a Head,
    pub elements: &'a Elements<'a>,
    pub issuer: Issuer,
    pub birth: NaiveDate,
    pub expires: Option<NaiveDate>,
    pub issued: Dated,
    pub number: Option<&'a str>,
    pub layout: Layout,
}

/// The signals that a card alone gives.
pub(crate) fn of(found: &Found<'_>) -> Vec<Signal> {
    Signal::ALL.into_iter().filter(|signal| shows(found, *signal)).collect()
}

fn shows(found: &Found<'_>, signal: Signal) -> bool {
    let Found { head, elements, birth, .. } = found;
    let issuer = found.issuer.jurisdiction();
    let issued = found.issued.date();
    match signal {
        Signal::IssuerUnknown => issuer.is_none(),
        Signal::IssuerState => issuer.zip(state(elements)).is_some_and(|(issuer, address)| issuer != address),
        Signal::IssuerCountry => {
            let other: &[u8] = match issuer.map(|issuer| issuer.country()) {
                Some(Country::Usa) => b"CAN",
                Some(Country::Canada) => b"USA",
                None => return false,
            };
            elements.begins(b"DCG", other)
        }
        Signal::SubfileState => issuer.is_some_and(|issuer| {
            head.entries.iter().any(|entry| entry.kind[0] == b'Z' && entry.kind[1] != issuer.first_letter())
        }),
        Signal::VersionAfterIssue => {
            published(head.version).zip(issued).is_some_and(|(published, issued)| issued.year() < published)
        }
        Signal::VersionUnknown => head.version > 11,
        Signal::HeadDigits => !head_fits(head, found.issuer),
        Signal::Layout => found.layout == Layout::Otherwise,
        Signal::Shortened => found.layout == Layout::Shortened,
        Signal::ElementMissing => element_missing(head.version, elements),
        Signal::IssueUnclear => found.issued == Dated::Unclear,
        Signal::IssuedAfterExpiry => issued.zip(found.expires).is_some_and(|(issued, expires)| issued >= expires),
        Signal::IssuedBeforeBirth => issued.is_some_and(|issued| issued < *birth),
        Signal::IssuedBefore14 => {
            issued.is_some_and(|issued| issued >= *birth && issued < birthday(*birth, 14, LeapDay::February28))
        }
        Signal::UnderAgeDate => [(b"DDH", 18), (b"DDI", 19), (b"DDJ", 21)]
            .into_iter()
            .any(|(code, years)| !is_birthday(elements, code, *birth, years)),
        Signal::NumberImplausible => found.number.map_or(elements.separated(), |number| !is_number(number)),
        Signal::ZipState => zip_is_foreign(elements),
        // These need a date, the owner's limits or what was scanned before.
        Signal::IssuedInFuture | Signal::ValidTooLong | Signal::PassedBack => false,
    }
}

/// The year in which a version of the standard was published.
const fn published(version: u8) -> Option<i32> {
    match version {
        1 => Some(2000),
        2 => Some(2003),
        3 => Some(2005),
        4 => Some(2009),
        5 => Some(2010),
        6 => Some(2011),
        7 => Some(2012),
        8 => Some(2013),
        9 => Some(2016),
        10 => Some(2020),
        11 => Some(2025),
        _ => None,
    }
}

/// Whether the head has the digits of its version. Illinois left the jurisdiction's version out of version 02, and North Carolina
/// the number of subfiles out of its early cards.
fn head_fits(head: &Head, issuer: Issuer) -> bool {
    let code = issuer.jurisdiction();
    let is = |letters: &str| code.is_some_and(|code| code.code() == letters);
    match (head.version, head.digits) {
        (0 | 1, 10) | (2.., 12) => true,
        (2, 10) => is("IL"),
        (0 | 1, 8) => is("NC"),
        _ => false,
    }
}

/// Whether one of the elements is missing that a person and a card cannot be without.
fn element_missing(version: u8, elements: &Elements<'_>) -> bool {
    let early: [&[&[u8; 3]]; 3] = [&[b"DAA", b"DAB", b"DCS"], &[b"DAJ", b"DAO"], &[b"DBC"]];
    let late: [&[&[u8; 3]]; 5] = [&[b"DCS"], &[b"DAC", b"DCT"], &[b"DAJ"], &[b"DBC"], &[b"DAK"]];
    let asked: &[&[&[u8; 3]]] = if version < 2 { &early } else { &late };
    asked.iter().any(|codes| !elements.has_any(codes))
}

fn is_number(number: &str) -> bool {
    number.len() <= LONGEST_NUMBER && number.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
}

fn zip_is_foreign(elements: &Elements<'_>) -> bool {
    let foreign = |place, zip| {
        let state = elements.state(place).filter(|state| state.country() == Country::Usa);
        state.zip(elements.zip_digit(zip)).is_some_and(|(state, digit)| !state.takes_zip(digit))
    };
    foreign(b"DAJ", b"DAK") || foreign(b"DAO", b"DAP")
}
