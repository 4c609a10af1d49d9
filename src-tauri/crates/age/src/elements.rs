//! The elements of an ID's text, found with or without their separators.
//!
//! Where elements begin their lines, they are read there. Where separators are lost, an element is found by its code inside the
//! text. Both are always looked at: two different answers are none.

use crate::date::{self, Stands};
use crate::jurisdiction::Jurisdiction;
use crate::text::{is_code, is_subfile};
use chrono::NaiveDate;
use zeroize::Zeroizing;

/// The three letters of an element.
pub(crate) type Code = [u8; 3];

/// The longest number of a document by the standard.
pub(crate) const LONGEST_NUMBER: usize = 25;

/// The longest a date is written, with the letter of a key behind it.
const LONGEST_DATE: usize = 11;

/// Pieces at which a text counts as separated.
const SEPARATED: usize = 6;

/// A date element.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dated {
    /// The element is not there.
    Missing,
    /// It is there, but says no date, or two.
    Unclear,
    /// It says one date.
    On(NaiveDate),
}

impl Dated {
    pub(crate) fn date(self) -> Option<NaiveDate> {
        match self {
            Self::On(date) => Some(date),
            Self::Missing | Self::Unclear => None,
        }
    }
}

/// The elements of one text.
pub(crate) struct Elements<'a> {
    pieces: Vec<&'a [u8]>,
    /// Whether most separators came through, so that a line is one element.
    separated: bool,
}

impl<'a> Elements<'a> {
    /// Cuts the text after the directory into its lines.
    pub(crate) fn of(body: &'a [u8]) -> Self {
        let mut pieces: Vec<_> = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        if let Some(first) = pieces.first_mut() {
            *first = without_tag(first);
        }
        let separated = pieces.iter().filter(|piece| is_code(piece)).count() >= SEPARATED;
        Self { pieces, separated }
    }

    /// Whether a line is one element.
    pub(crate) fn separated(&self) -> bool {
        self.separated
    }

    /// Bytes of the elements, each with the one that ends it. The tag of the first subfile is not counted.
    pub(crate) fn length(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len() + 1).sum()
    }

    /// How many elements there seem to be.
    pub(crate) fn count(&self) -> usize {
        self.pieces.iter().map(|piece| piece.windows(3).filter(|window| is_code(window)).count()).sum()
    }

    /// Whether an element is there, whatever it says.
    pub(crate) fn has(&self, code: &Code) -> bool {
        self.lines(code).next().is_some() || self.inside(code).next().is_some()
    }

    /// Whether one of the elements is there.
    pub(crate) fn has_any(&self, codes: &[&Code]) -> bool {
        codes.iter().any(|code| self.has(code))
    }

    /// Whether an element stands twice and says two things.
    pub(crate) fn contradicts(&self, code: &Code) -> bool {
        let mut lines = self.lines(code).map(<[u8]>::trim_ascii);
        let first = lines.next();
        self.separated && lines.any(|line| Some(line) != first)
    }

    /// The date that an element says.
    pub(crate) fn dated(&self, code: &Code) -> Dated {
        let mut found: Option<NaiveDate> = None;
        let (mut there, mut two, mut bad_line, mut bad_inside) = (false, false, false, false);
        for (place, piece) in self.pieces.iter().enumerate() {
            for at in 0..piece.len() {
                let rest = piece.get(at..).and_then(|rest| rest.strip_prefix(code.as_slice()));
                let Some(rest) = rest.map(<[u8]>::trim_ascii_start) else { continue };
                let begins = at == 0;
                there |= begins;
                match date::at(rest) {
                    Stands::Date(date) if rest.len() > LONGEST_DATE || self.ends_well(place) => {
                        two |= found.replace(date).is_some_and(|other| other != date);
                    }
                    Stands::Other if !begins => {}
                    Stands::Date(_) | Stands::Unclear | Stands::Other => {
                        bad_line |= begins;
                        bad_inside |= !begins;
                    }
                }
            }
        }
        // A line that says a date is not put in doubt by letters inside another element.
        let bad = bad_line || (bad_inside && !there);
        match found {
            Some(date) if !two && !bad => Dated::On(date),
            None if !there && !bad => Dated::Missing,
            _ => Dated::Unclear,
        }
    }

    /// Whether what follows a line is an element, a subfile or the end. Anything else may be a part of the line that a stray
    /// separator cut off.
    fn ends_well(&self, place: usize) -> bool {
        let Some(next) = self.pieces.get(place + 1) else { return true };
        let suffix = place + 2 == self.pieces.len() && !next.iter().any(u8::is_ascii_digit);
        is_code(next) || is_subfile(next) || suffix
    }

    /// The number of the document, capitals and digits alone; none where it is not clear where it ends.
    pub(crate) fn number(&self) -> Option<Zeroizing<String>> {
        let mut found: Option<Zeroizing<String>> = None;
        let lines = self.lines(b"DAQ").map(|line| (line, self.separated));
        let inside = self.inside(b"DAQ").filter(|_| !self.separated).map(|rest| (rest, false));
        for (rest, whole) in lines.chain(inside) {
            let number = normalised(self.end_of_number(rest, whole)?)?;
            if found.as_ref().is_some_and(|other| *other != number) {
                return None;
            }
            found = Some(number);
        }
        found
    }

    /// The state that an element says; none where it says none, or two.
    pub(crate) fn state(&self, code: &Code) -> Option<Jurisdiction> {
        let mut found = None;
        for rest in self.lines(code).chain(self.inside(code)) {
            let Some(letters) = rest.first_chunk::<2>() else { continue };
            let Some(state) = Jurisdiction::of_letters(*letters) else { continue };
            let ends = rest.get(2..).is_none_or(|rest| rest.trim_ascii().is_empty() || is_code(rest));
            if ends && found.replace(state).is_some_and(|other| other != state) {
                return None;
            }
        }
        found
    }

    /// The first digit of the ZIP code, where one is given.
    pub(crate) fn zip_digit(&self, code: &Code) -> Option<u8> {
        let rest = self.lines(code).next().or_else(|| self.inside(code).next())?;
        let zip = rest.get(..5).filter(|zip| zip.iter().all(u8::is_ascii_digit) && *zip != b"00000")?;
        zip.first().copied()
    }

    /// The letters with which an element begins.
    pub(crate) fn begins(&self, code: &Code, with: &[u8]) -> bool {
        self.lines(code).chain(self.inside(code)).any(|rest| rest.starts_with(with))
    }

    /// Cuts off what follows a number. A whole line is the number, unless an element that is missing elsewhere has run into it;
    /// without separators it ends before the next element.
    fn end_of_number<'b>(&self, rest: &'b [u8], whole: bool) -> Option<&'b [u8]> {
        let mut places = 1..rest.len().min(LONGEST_NUMBER + 8);
        let end = places.find_map(|at| follows_number(rest.get(at..)?).map(|code| (at, code)));
        match end {
            Some((_, code)) if whole => self.lines(&code).next().is_some().then_some(rest),
            Some((at, _)) => rest.get(..at),
            None => Some(rest),
        }
    }

    /// What follows a code at the beginning of a line.
    fn lines(&self, code: &Code) -> impl Iterator<Item = &'a [u8]> {
        self.pieces.iter().filter_map(move |piece| piece.strip_prefix(code.as_slice()))
    }

    /// What follows a code inside a line.
    fn inside(&self, code: &Code) -> impl Iterator<Item = &'a [u8]> {
        self.pieces.iter().flat_map(move |&piece| {
            (1..piece.len()).filter_map(move |at| piece.get(at..)?.strip_prefix(code.as_slice()))
        })
    }
}

/// The first line without the tag of its subfile, or without what stands there in its place.
fn without_tag(line: &[u8]) -> &[u8] {
    if is_code(line) {
        return line;
    }
    let tagged = (0..=16usize.min(line.len())).find_map(|at| {
        let rest = line.get(at..)?;
        let tag = rest.first_chunk::<2>()?;
        (matches!(tag, b"DL" | b"ID" | b"EN") && rest.get(2..).is_some_and(is_code)).then(|| rest.get(2..))?
    });
    tagged.unwrap_or(line)
}

/// The element that begins here, where some state writes it after the number. The letters of a number can look like other
/// elements; these are told from them by what they hold.
fn follows_number(rest: &[u8]) -> Option<Code> {
    let code = *rest.first_chunk::<3>()?;
    let holds = |is: fn(&u8) -> bool| rest.get(3).is_none_or(|byte| is(byte) || *byte == b' ');
    let follows = match &code {
        b"DCS" | b"DAA" | b"DAB" | b"DAC" | b"DCT" | b"DAY" => holds(u8::is_ascii_alphabetic),
        b"DBA" | b"DBB" | b"DBD" | b"DAU" => holds(u8::is_ascii_digit),
        b"DCA" | b"DCE" | b"DCF" | b"DCK" | b"DAK" | b"DAR" | b"DAG" | b"DAL" | b"DAJ" => true,
        _ => false,
    };
    follows.then_some(code)
}

/// A number in the form in which two are compared: capitals and digits. None where nothing is left, or where it says that there
/// is none.
pub(crate) fn normalised(number: &[u8]) -> Option<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(number.len()));
    text.extend(
        number.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(|byte| char::from(byte.to_ascii_uppercase())),
    );
    let says_none = text.is_empty() || matches!(text.as_str(), "NONE" | "UNAVL" | "UNK");
    (!says_none).then_some(text)
}
