//! The verdict: green, red or amber, why, and what may be kept of it. Whatever is not certain is amber.

use crate::card::{Card, Expiry};
use crate::date::{age_on, birthday};
use crate::jurisdiction::Jurisdiction;
use crate::read::{Unreadable, read};
use crate::rules::{Document, Expired, ProductClass, Rules, Scanning};
use crate::signal::{Signal, Weight};
use chrono::{Datelike, NaiveDate};
use serde::Serialize;
use std::fmt;
use zeroize::Zeroizing;

/// An age that nobody who buys has: the date is wrong.
const OLDEST: u32 = 110;

/// What the clerk sees from two metres away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// Sell.
    Green,
    /// Do not sell.
    Red,
    /// Look at the card.
    Amber,
}

/// How the check was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The barcode was scanned.
    Scan,
    /// A person typed what the document says.
    Manual,
}

/// Why a verdict is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Old enough, and nothing speaks against the card.
    OfAge,
    /// Not old enough.
    UnderAge,
    /// The card has expired.
    Expired,
    /// On the shop's own list of people it does not serve.
    Banned,
    /// The birth date lies in the future.
    BirthInFuture,
    /// The birth date lies too far back.
    BirthImplausible,
    /// There is no expiry date.
    ExpiryMissing,
    /// The expiry date cannot be read for certain.
    ExpiryUnclear,
    /// Something about the card asks for a look at it.
    Signs,
    /// In this state a card may not be scanned.
    ScanNotAllowed,
    /// In this state a card must be scanned.
    ScanRequired,
    /// A document that this shop does not take.
    DocumentNotAccepted,
    /// The card for trying the scanner.
    SelfTest,
    /// The scan was not read.
    Unreadable(Unreadable),
}

impl Reason {
    /// A stable code, such as `under_age`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OfAge => "of_age",
            Self::UnderAge => "under_age",
            Self::Expired => "expired",
            Self::Banned => "banned",
            Self::BirthInFuture => "birth_in_future",
            Self::BirthImplausible => "birth_implausible",
            Self::ExpiryMissing => "expiry_missing",
            Self::ExpiryUnclear => "expiry_unclear",
            Self::Signs => "signs",
            Self::ScanNotAllowed => "scan_not_allowed",
            Self::ScanRequired => "scan_required",
            Self::DocumentNotAccepted => "document_not_accepted",
            Self::SelfTest => "self_test",
            Self::Unreadable(why) => why.code(),
        }
    }

    /// What happened and what to do, in words for the clerk.
    pub fn sentence(self) -> String {
        match self {
            Self::OfAge => "Old enough. Compare the photo with the person.".to_owned(),
            Self::UnderAge => "Not old enough. Do not sell.".to_owned(),
            Self::Expired => "The card has expired. Ask for one that is valid.".to_owned(),
            Self::Banned => "On this shop's list. Do not sell; call a manager.".to_owned(),
            Self::BirthInFuture => {
                "The birth date lies in the future. Look at the card and at this PC's date.".to_owned()
            }
            Self::BirthImplausible => "The birth date lies too far back. Look at the card.".to_owned(),
            Self::ExpiryMissing => "No expiry date was given. Look at the card.".to_owned(),
            Self::ExpiryUnclear => "The expiry date cannot be read for certain. Look at it on the front.".to_owned(),
            Self::Signs => "Something about this card asks for a look. A sign is no proof.".to_owned(),
            Self::ScanNotAllowed => {
                "Cards are not scanned in this state. Look at the card and check it by hand.".to_owned()
            }
            Self::ScanRequired => "This state asks for a scan. Scan the card, or call a manager.".to_owned(),
            Self::DocumentNotAccepted => "This shop does not take this document. Ask for another.".to_owned(),
            Self::SelfTest => "The scanner's test card. It is good for no sale.".to_owned(),
            Self::Unreadable(why) => why.to_string(),
        }
    }
}

/// What a verdict is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// What is sold.
    pub class: ProductClass,
    /// The state of the shop. Where it is not known, the strictest of all rules holds.
    pub state: Option<Jurisdiction>,
    /// The date on the shop's wall: the calendar's, not the business day's, because an age turns at midnight.
    pub date: NaiveDate,
    /// The rules that hold.
    pub rules: &'a Rules,
    /// Whether the card's fingerprint is on the shop's list.
    pub banned: bool,
    /// Whether the card's fingerprint was seen within the minutes of a pass-back.
    pub passed_back: bool,
}

/// The answer of one check. Age and expiry are for the screen; [`Verdict::kept`] is all that may be stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Sell, do not sell, or look.
    pub colour: Colour,
    /// Why.
    pub reason: Reason,
    /// How it was checked.
    pub method: Method,
    /// What is sold.
    pub class: ProductClass,
    /// The age that was asked for.
    pub minimum_age: u8,
    /// Where that age comes from.
    pub source: String,
    /// Full years, where the birth date is known.
    pub age_years: Option<u32>,
    /// The last valid day, or the first day that may be it.
    pub expires: Option<NaiveDate>,
    /// Days from the asked date to it; negative after it.
    pub days_to_expiry: Option<i64>,
    /// What speaks against the card. Signs, not proofs.
    pub signals: Vec<Signal>,
    /// The version of the rules.
    pub rules: String,
}

/// What may be stored of a verdict: nothing of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Sell, do not sell, or look.
    pub verdict: Colour,
    /// The reason's code.
    pub reason: &'static str,
    /// How it was checked.
    pub method: Method,
    /// What was sold.
    pub class: ProductClass,
    /// The version of the rules.
    pub rules: String,
}

impl Verdict {
    /// What may be stored.
    pub fn kept(&self) -> Kept {
        Kept {
            verdict: self.colour,
            reason: self.reason.code(),
            method: self.method,
            class: self.class,
            rules: self.rules.clone(),
        }
    }
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verdict")
            .field("colour", &self.colour)
            .field("reason", &self.reason.code())
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// What a clerk typed from a document: a worn card, a passport, a military ID. It cannot be printed, and its memory is wiped.
pub struct Typed {
    document: Document,
    birth: Zeroizing<i32>,
    expires: Zeroizing<Option<i32>>,
}

impl Typed {
    /// What the document says.
    pub fn new(document: Document, birth: NaiveDate, expires: Option<NaiveDate>) -> Self {
        let expires = Zeroizing::new(expires.map(|date| date.num_days_from_ce()));
        Self { document, birth: Zeroizing::new(birth.num_days_from_ce()), expires }
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(not shown)")
    }
}

/// Reads a scan and judges it in one: amber with the reason where it is not read.
pub fn check(scanned: &str, ask: &Ask<'_>) -> Verdict {
    match read(scanned) {
        Ok(card) => judge(&card, ask),
        Err(why) => judge_unreadable(why, ask),
    }
}

/// Judges a card that was read.
pub fn judge(card: &Card, ask: &Ask<'_>) -> Verdict {
    let own = ask.rules.own();
    let mut signals = card.signals().to_vec();
    if let Some(issued) = card.issued() {
        if issued > ask.date {
            signals.push(Signal::IssuedInFuture);
        }
        let longest = birthday(issued, u32::from(own.longest_validity_years), own.leap_day);
        if matches!(card.expiry(), Expiry::Between(first, _) if first > longest) {
            signals.push(Signal::ValidTooLong);
        }
    }
    let scanning = match ask.rules.scanning(ask.class, ask.state).value {
        Scanning::Prohibited => Some(Reason::ScanNotAllowed),
        Scanning::Allowed | Scanning::Required => None,
    };
    let stop = card.is_self_test().then_some((Colour::Amber, Reason::SelfTest));
    let facts =
        Facts { method: Method::Scan, birth: card.birth(), expiry: card.expiry(), signals, doubt: scanning, stop };
    facts.judge(ask)
}

/// Judges what a clerk typed.
pub fn judge_typed(typed: &Typed, ask: &Ask<'_>) -> Verdict {
    let day = |days: i32| NaiveDate::from_num_days_from_ce_opt(days).unwrap_or(NaiveDate::MIN);
    let expiry = typed.expires.map_or(Expiry::Missing, |days| Expiry::on(day(days)));
    let scanning = ask.rules.scanning(ask.class, ask.state).value;
    let doubt = if !ask.rules.own().documents.contains(&typed.document) {
        Some(Reason::DocumentNotAccepted)
    } else if scanning == Scanning::Required {
        Some(Reason::ScanRequired)
    } else {
        None
    };
    let facts =
        Facts { method: Method::Manual, birth: day(*typed.birth), expiry, signals: Vec::new(), doubt, stop: None };
    facts.judge(ask)
}

/// The verdict where a scan was not read: amber.
pub fn judge_unreadable(why: Unreadable, ask: &Ask<'_>) -> Verdict {
    let mut verdict = blank(Method::Scan, ask);
    verdict.reason = Reason::Unreadable(why);
    verdict
}

/// A verdict that says nothing yet: amber.
fn blank(method: Method, ask: &Ask<'_>) -> Verdict {
    let minimum = ask.rules.minimum_age(ask.class, ask.state, ask.date);
    Verdict {
        colour: Colour::Amber,
        reason: Reason::Signs,
        method,
        class: ask.class,
        minimum_age: minimum.value,
        source: minimum.source,
        age_years: None,
        expires: None,
        days_to_expiry: None,
        signals: Vec::new(),
        rules: ask.rules.version(),
    }
}

/// What a verdict is made of, scanned or typed.
struct Facts {
    method: Method,
    birth: NaiveDate,
    expiry: Expiry,
    signals: Vec<Signal>,
    /// What keeps it from green, apart from the card.
    doubt: Option<Reason>,
    /// What ends the check at once.
    stop: Option<(Colour, Reason)>,
}

impl Facts {
    fn judge(mut self, ask: &Ask<'_>) -> Verdict {
        if ask.passed_back {
            self.signals.push(Signal::PassedBack);
        }
        self.signals.retain(|signal| ask.rules.weight(*signal) != Weight::Off);
        let mut verdict = blank(self.method, ask);
        verdict.age_years = age_on(self.birth, ask.date, ask.rules.own().leap_day);
        if let Expiry::Between(first, _) = self.expiry {
            verdict.expires = Some(first);
            verdict.days_to_expiry = Some(first.signed_duration_since(ask.date).num_days());
        }
        (verdict.colour, verdict.reason) = self.decide(verdict.age_years, verdict.minimum_age, ask);
        verdict.signals = self.signals;
        verdict
    }

    /// What forbids the sale comes first, then what is not certain; green is what is left.
    fn decide(&self, age: Option<u32>, minimum: u8, ask: &Ask<'_>) -> (Colour, Reason) {
        if let Some(stop) = self.stop {
            return stop;
        }
        if ask.banned {
            return (Colour::Red, Reason::Banned);
        }
        let Some(age) = age else { return (Colour::Amber, Reason::BirthInFuture) };
        if age < u32::from(minimum) {
            return (Colour::Red, Reason::UnderAge);
        }
        if age > OLDEST {
            return (Colour::Amber, Reason::BirthImplausible);
        }
        match self.expiry {
            Expiry::Between(_, last) if ask.date > last => match ask.rules.own().expired {
                Expired::Refused => return (Colour::Red, Reason::Expired),
                Expired::Amber => return (Colour::Amber, Reason::Expired),
            },
            Expiry::Between(first, _) if ask.date > first => return (Colour::Amber, Reason::ExpiryUnclear),
            Expiry::Between(..) => {}
            Expiry::Unclear => return (Colour::Amber, Reason::ExpiryUnclear),
            Expiry::Missing => return (Colour::Amber, Reason::ExpiryMissing),
        }
        if let Some(doubt) = self.doubt {
            return (Colour::Amber, doubt);
        }
        if self.signals.iter().any(|signal| ask.rules.weight(*signal) == Weight::Amber) {
            return (Colour::Amber, Reason::Signs);
        }
        (Colour::Green, Reason::OfAge)
    }
}
