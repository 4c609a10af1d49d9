//! From the text of a scan to a card, or to why there is none.

use crate::card::{Card, Expiry, Issuer};
use crate::date;
use crate::elements::{Code, Dated, Elements};
use crate::jurisdiction::{Country, Jurisdiction};
use crate::signal::{self, Found};
use crate::text::{self, Head, Place};
use crate::tracks;
use chrono::NaiveDate;

/// Why a text is not read as an ID. Nothing of the text is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Unreadable {
    /// Nothing came.
    #[error("Nothing was scanned. Scan the barcode on the back again.")]
    Empty,
    /// Longer than the barcode of any ID.
    #[error("The scan is longer than any ID. Scan the barcode on the back once.")]
    TooLong,
    /// The beginning or the end is missing.
    #[error("Only a part of the barcode came. Scan it again, slowly and whole.")]
    HalfScan,
    /// Two cards, or one card and a part of another.
    #[error("Two scans came at once. Scan one card.")]
    TwoScans,
    /// An element that every card has is lost or changed.
    #[error("The scan came through damaged. Scan it again; if it stays so, look at the card.")]
    Damaged,
    /// The birth date is none, or could be two.
    #[error("The birth date cannot be read for certain. Look at the card.")]
    BirthUnclear,
    /// A magnetic stripe.
    #[error("That was the magnetic stripe. Scan the wide barcode on the back.")]
    Magstripe,
    /// The lines at the foot of a passport.
    #[error("That is a passport. Check it by hand.")]
    PassportZone,
    /// A QR code or another code with an address or a note.
    #[error("That was another code, such as a QR code. Scan the wide barcode on the back of the ID.")]
    OtherCode,
    /// The barcode of a product, or the narrow one of a card.
    #[error("That was a barcode of digits, as on a product. Scan the wide barcode on the back of the ID.")]
    ProductCode,
    /// Somebody typed.
    #[error("That was typed, not scanned. Scan the ID, or check it by hand.")]
    Typed,
    /// Anything else.
    #[error("That is no ID that can be read. Look at the card.")]
    NotAnId,
}

impl Unreadable {
    /// Every one of them.
    pub const ALL: [Self; 12] = [
        Self::Empty,
        Self::TooLong,
        Self::HalfScan,
        Self::TwoScans,
        Self::Damaged,
        Self::BirthUnclear,
        Self::Magstripe,
        Self::PassportZone,
        Self::OtherCode,
        Self::ProductCode,
        Self::Typed,
        Self::NotAnId,
    ];

    /// A stable code, such as `half_scan`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "nothing_scanned",
            Self::TooLong => "scan_too_long",
            Self::HalfScan => "half_scan",
            Self::TwoScans => "two_scans",
            Self::Damaged => "scan_damaged",
            Self::BirthUnclear => "birth_unclear",
            Self::Magstripe => "magnetic_stripe",
            Self::PassportZone => "passport",
            Self::OtherCode => "other_code",
            Self::ProductCode => "product_code",
            Self::Typed => "typed",
            Self::NotAnId => "not_an_id",
        }
    }
}

/// Reads the text of an ID's barcode, as a scanner gave it.
///
/// What is not needed for a verdict is not taken out of the text. The caller keeps the text in memory that is wiped, such as
/// [`Scan`](crate::Scan).
///
/// # Errors
/// Why it is not read. A birth date is never guessed.
pub fn read(scanned: &str) -> Result<Card, Unreadable> {
    if scanned.len() > text::LONGEST {
        return Err(Unreadable::TooLong);
    }
    let mut plain = text::plain(scanned);
    match text::heads(&plain).as_slice() {
        [] => tracks::read(&plain).unwrap_or_else(|| Err(text::other(&plain))),
        [place] if text::something_before(&plain, *place) => Err(Unreadable::TwoScans),
        [place] => aamva(scanned, &mut plain, *place),
        _ => Err(Unreadable::TwoScans),
    }
}

fn aamva(scanned: &str, plain: &mut [u8], place: Place) -> Result<Card, Unreadable> {
    let head = text::head(plain, place)?;
    text::mend(plain, place, head.body);
    let arrival = text::arrival(scanned, plain, place, head.body);
    let elements = Elements::of(plain.get(head.body..).unwrap_or_default());
    if [b"DAQ", b"DBB", b"DBA", b"DBD", b"DCS"].into_iter().any(|code| elements.contradicts(code)) {
        return Err(Unreadable::TwoScans);
    }
    let layout = Layout::of(&head, &elements);
    if layout == Layout::Half {
        return Err(Unreadable::HalfScan);
    }
    let lost = if layout == Layout::AsSaid { Unreadable::Damaged } else { Unreadable::HalfScan };
    let birth = match elements.dated(b"DBB") {
        Dated::On(birth) => birth,
        Dated::Unclear => return Err(Unreadable::BirthUnclear),
        Dated::Missing => return Err(lost),
    };
    let issuer = Issuer::of(head.issuer);
    let (expiry, issued) = (elements.dated(b"DBA"), elements.dated(b"DBD"));
    // Where characters are lost between two elements, the value of the second can stand behind the code of the first, or its first
    // digit can end the first; the code of the second is gone. So a birth date counts only beside what follows it on some card: the
    // other dates, the sex, the number. Alberta's cards without a directory have no issue date, and the class after the birth date.
    let canadian = issuer.jurisdiction().is_some_and(|state| state.country() == Country::Canada);
    let instead = if canadian && head.entries.is_empty() { b"DAR" } else { b"DBD" };
    let beside = [b"DAQ", b"DBA", b"DBC", instead];
    if beside.into_iter().any(|code| !elements.has(code)) {
        return Err(lost);
    }
    let number = elements.number();
    let found = Found {
        head: &head,
        elements: &elements,
        issuer,
        birth,
        expires: expiry.date(),
        issued,
        number: number.as_ref().map(|number| number.as_str()),
        layout,
    };
    let signals = signal::of(&found);
    let expiry = expiry.date().map_or(Expiry::Unclear, Expiry::on);
    Ok(Card::new(issuer, birth, expiry, issued.date(), number, signals, arrival))
}

/// How the text's length compares with what its directory says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// As long as it says, less what the scanner loses, and where it says.
    AsSaid,
    /// Not as it says, as the cards of some states always are.
    Otherwise,
    /// Shorter by what an element takes: something may be lost that nobody misses.
    Shortened,
    /// So much shorter that a part is missing.
    Half,
}

impl Layout {
    fn of(head: &Head, elements: &Elements<'_>) -> Self {
        let said: usize = head.entries.iter().map(|entry| entry.length).sum();
        let Some(first) = head.entries.first() else { return Self::Otherwise };
        // The first tag, and one separator at the end of each subfile.
        let came = elements.length() + 2;
        let separators = if elements.separated() { head.entries.len() } else { elements.count() + 8 };
        let missing = said.saturating_sub(came + separators);
        let usual = 21 + 10 * head.entries.len() - (12 - head.digits);
        if missing > (said / 3).max(48) {
            Self::Half
        } else if missing >= 8 {
            Self::Shortened
        } else if missing == 0 && came <= said + 4 && first.offset == usual {
            Self::AsSaid
        } else {
            Self::Otherwise
        }
    }
}

/// The state of the address: mailing or, on early cards, residence.
pub(crate) fn state(elements: &Elements<'_>) -> Option<Jurisdiction> {
    elements.state(b"DAJ").or_else(|| elements.state(b"DAO"))
}

/// Whether a date under which somebody stays below an age is the birthday it should be.
pub(crate) fn is_birthday(elements: &Elements<'_>, code: &Code, birth: NaiveDate, years: u32) -> bool {
    let Some(said) = elements.dated(code).date() else { return true };
    [date::LeapDay::March1, date::LeapDay::February28]
        .into_iter()
        .any(|leap| said == date::birthday(birth, years, leap))
}
