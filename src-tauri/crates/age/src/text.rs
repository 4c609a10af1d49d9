//! The text of a scan before it means anything: made plain, its head found, and what it is where it is no ID.
//!
//! A scanner that types like a keyboard loses or changes what no key stands for. So all that parts elements becomes one
//! line end, all letters become capitals (Caps Lock turns the case of a whole scan round, and no element needs its case), and the
//! head is looked for wherever it stands.

use crate::read::Unreadable;
use zeroize::Zeroizing;

/// The longest text that is looked at, in bytes: more than twice what the barcode can hold.
pub(crate) const LONGEST: usize = 4096;

/// Bytes of a scanner's own prefix that are overlooked before the head.
const LONGEST_PREFIX: usize = 32;

/// A letter that no element needs, in place of every character beyond ASCII.
const FOREIGN: u8 = b'~';

const LINE: u8 = b'\n';

/// How the ends of the elements came through the scanner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Separators {
    /// As the card has them: line feeds.
    Kept,
    /// Line feeds with a carriage return before each.
    CrLf,
    /// Some other sign in their place: an Enter, a tab, a bar.
    Replaced,
    /// As the letters of the keys that stand for them, such as `J` for Ctrl+J.
    Letters,
    /// Not at all.
    Lost,
}

/// What a scanner did to a text: for its self-test. Nothing in it is of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The ends of the elements.
    pub separators: Separators,
    /// Whether the record separator of the head came through.
    pub record_separator: bool,
    /// Whether Caps Lock turned the case of the letters round.
    pub case_inverted: bool,
    /// Bytes before the head: the scanner's own prefix.
    pub prefix: usize,
}

/// One entry of the head's directory.
pub(crate) struct Entry {
    pub kind: [u8; 2],
    pub offset: usize,
    pub length: usize,
}

/// The head of an AAMVA text.
pub(crate) struct Head {
    /// The issuer's number.
    pub issuer: u32,
    /// The version of the standard that the text says it follows.
    pub version: u8,
    /// How many digits the head has: 12, or 10 without the jurisdiction's version, or 8 without the number of subfiles as well.
    pub digits: usize,
    pub entries: Vec<Entry>,
    /// Where the elements begin.
    pub body: usize,
}

/// Where a head stands: its file type, and the digits after it.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub kind: usize,
    pub digits: usize,
}

/// The text in capitals and ASCII, with one kind of line end.
pub(crate) fn plain(text: &str) -> Zeroizing<Vec<u8>> {
    // Never more bytes than the text has, so the buffer never moves and leaves no copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    for letter in text.chars() {
        match letter {
            '\u{feff}' => {}
            '|' => bytes.push(LINE),
            '\u{a0}' => bytes.push(b' '),
            // Controls, and the pictures that some scanners send in their place.
            _ if letter.is_control() || ('\u{2400}'..='\u{2421}').contains(&letter) => bytes.push(LINE),
            _ => bytes.push(u8::try_from(letter).ok().filter(u8::is_ascii).unwrap_or(FOREIGN).to_ascii_uppercase()),
        }
    }
    bytes
}

/// Whether three bytes name an element of any version of the standard.
pub(crate) fn is_code(bytes: &[u8]) -> bool {
    match bytes {
        [b'D', b'A', last, ..] => last.is_ascii_uppercase(),
        [b'D', b'B', last, ..] => (b'A'..=b'S').contains(last),
        [b'D', b'C', last, ..] => (b'A'..=b'U').contains(last),
        [b'D', b'D', last, ..] => (b'A'..=b'P').contains(last),
        _ => false,
    }
}

/// Whether a jurisdiction's subfile begins here: its tag, and an element that begins with the tag.
pub(crate) fn is_subfile(bytes: &[u8]) -> bool {
    matches!(bytes, [b'Z', one, b'Z', two, ..] if one == two)
}

/// All heads in a text.
pub(crate) fn heads(text: &[u8]) -> Vec<Place> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match head_at(text, at) {
            Some(place) => {
                found.push(place);
                at = place.digits;
            }
            None => at += 1,
        }
    }
    found
}

fn head_at(text: &[u8], at: usize) -> Option<Place> {
    let rest = text.get(at..)?;
    let name = [b"ANSI".as_slice(), b"AAMVA", b"AMVAA"].into_iter().find(|name| rest.starts_with(name))?;
    let spaces = rest.iter().skip(name.len()).take_while(|byte| **byte == b' ').take(2).count();
    let digits = at + name.len() + spaces;
    (digits_at(text, digits) >= 4).then_some(Place { kind: at, digits })
}

fn digits_at(text: &[u8], at: usize) -> usize {
    text.iter().skip(at).take_while(|byte| byte.is_ascii_digit()).count()
}

/// Reads the head: numbers, then the directory.
pub(crate) fn head(text: &[u8], place: Place) -> Result<Head, Unreadable> {
    let digits = digits_at(text, place.digits);
    let mut body = place.digits + digits;
    if body == text.len() {
        return Err(Unreadable::HalfScan);
    }
    if !matches!(digits, 8 | 10 | 12) {
        return Err(Unreadable::Damaged);
    }
    let number = |from: usize, to: usize| {
        text.get(place.digits + from..place.digits + to).and_then(to_number).ok_or(Unreadable::Damaged)
    };
    let issuer = u32::try_from(number(0, 6)?).map_err(|_| Unreadable::Damaged)?;
    let version = u8::try_from(number(6, 8)?).map_err(|_| Unreadable::Damaged)?;
    let mut entries = Vec::new();
    while let Some(entry) = text.get(body..).and_then(entry) {
        entries.push(entry);
        body += 10;
    }
    Ok(Head { issuer, version, digits, entries, body })
}

fn entry(text: &[u8]) -> Option<Entry> {
    let kind = text.get(..2)?;
    if !kind.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    Some(Entry {
        kind: [kind[0], kind[1]],
        offset: text.get(2..6).and_then(to_number)?,
        length: text.get(6..10).and_then(to_number)?,
    })
}

fn to_number(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0usize, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + usize::from(byte - b'0')))
}

/// What stands between the `@` and the file type, where there is an `@` close before it.
fn overture(text: &[u8], kind: usize) -> Option<(usize, &[u8])> {
    let from = kind.saturating_sub(12);
    let mark = text.get(from..kind)?.iter().rposition(|byte| *byte == b'@')? + from;
    Some((mark, text.get(mark + 1..kind)?))
}

/// What the scanner did to the text.
pub(crate) fn arrival(original: &str, text: &[u8], place: Place, body: usize) -> Arrival {
    let (prefix, overture) = overture(text, place.kind).unwrap_or((place.kind, b"".as_slice()));
    let rest = text.get(body..).unwrap_or_default();
    let lines = rest.split(|byte| *byte == LINE).filter(|line| is_code(line)).count();
    let separators = if overture.contains(&b'J') {
        Separators::Letters
    } else if lines < 3 {
        Separators::Lost
    } else if original.contains("\r\n") {
        Separators::CrLf
    } else if original.contains('\n') && original.contains('\r') {
        Separators::Kept
    } else {
        Separators::Replaced
    };
    let case_inverted = original.contains("ansi") || original.contains("aamva");
    Arrival { separators, record_separator: original.contains('\u{1e}'), case_inverted, prefix }
}

/// Puts line ends back where the scanner typed the letter of their key: a `J` before an element, an `M` at the end of a subfile.
pub(crate) fn mend(text: &mut [u8], place: Place, body: usize) {
    let between = overture(text, place.kind).map_or(b"".as_slice(), |(_, between)| between);
    let (feeds, returns) = (between.contains(&b'J'), between.contains(&b'M'));
    for at in body..text.len() {
        let rest = text.get(at + 1..).unwrap_or_default();
        let subfile_ends = rest.is_empty() || is_subfile(rest);
        let ends = match text.get(at) {
            Some(b'J') => feeds && (subfile_ends || is_code(rest)),
            Some(b'M') => returns && subfile_ends,
            _ => false,
        };
        if ends {
            text[at] = LINE;
        }
    }
}

/// Whether what stands before a head is more than a prefix: another scan, or a part of one.
pub(crate) fn something_before(text: &[u8], place: Place) -> bool {
    let before = overture(text, place.kind).map_or(place.kind, |(mark, _)| mark);
    before > LONGEST_PREFIX || codes(text.get(..before).unwrap_or_default()) > 1
}

/// What a text is that has no head of an ID.
pub(crate) fn other(text: &[u8]) -> Unreadable {
    let shown = text.trim_ascii();
    let has = |part: &[u8]| shown.windows(part.len()).any(|window| window == part);
    let all = |is: fn(&u8) -> bool| shown.iter().all(is);
    if shown.is_empty() {
        Unreadable::Empty
    } else if codes(shown) >= 3 || has(b"ANSI ") || has(b"AAMVA") {
        Unreadable::HalfScan
    } else if (shown.starts_with(b"%") && (has(b"^") || has(b"?"))) || (has(b";6") && has(b"=")) {
        Unreadable::Magstripe
    } else if [b"://".as_slice(), b"WWW.", b"WIFI:", b"BEGIN:", b"MECARD:", b"MAILTO:", b"TEL:"].into_iter().any(has) {
        Unreadable::OtherCode
    } else if shown.iter().filter(|byte| **byte == b'<').count() >= 4 {
        Unreadable::PassportZone
    } else if shown.len() >= 6 && all(u8::is_ascii_digit) {
        Unreadable::ProductCode
    } else if shown.starts_with(b"@") && !all(|byte| *byte != LINE) {
        Unreadable::HalfScan
    } else if shown.len() <= 64 && all(|byte| *byte != LINE) {
        Unreadable::Typed
    } else {
        Unreadable::NotAnId
    }
}

/// How many of the elements that every card has stand in a text, each with something after it.
fn codes(text: &[u8]) -> usize {
    const EVERY: [&[u8; 3]; 9] = [b"DAQ", b"DCS", b"DAA", b"DBA", b"DBB", b"DBC", b"DBD", b"DAJ", b"DAK"];
    EVERY.into_iter().filter(|code| text.windows(4).any(|window| window.starts_with(*code))).count()
}
