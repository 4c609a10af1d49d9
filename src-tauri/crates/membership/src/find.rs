//! What a member is found by: a phone number, a card or a name, each brought to one form, so that an index finds it whatever way it
//! was typed, and however it was typed when the member joined.
//!
//! What was read from an ID's barcode or a payment card is no way to find anybody: it is refused, and with it whatever would keep it.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// Fewest digits of a phone number that somebody can be found by.
const SHORTEST_PHONE: usize = 7;
/// Most digits of a phone number with its country.
const LONGEST_PHONE: usize = 15;
/// Fewest digits of the end of a number that somebody can be looked for by.
const SHORTEST_END: usize = 4;
/// Longest card number that is kept.
const LONGEST_CARD: usize = 64;
/// Longest text that is looked at.
const LONGEST_TEXT: usize = 200;

/// Why a text is not a way to find somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is nothing in it.
    #[error("there is nothing to find by")]
    Empty,
    /// Too few or too many digits for a phone number.
    #[error("a phone number has {SHORTEST_PHONE} to {LONGEST_PHONE} digits")]
    Phone,
    /// Too long for a card or a name.
    #[error("that is too long")]
    TooLong,
    /// The barcode of an ID.
    #[error("that is the barcode of an ID; nothing of it is used or kept here")]
    IdBarcode,
    /// A payment card.
    #[error("that is a payment card; its number is not used or kept here")]
    PaymentCard,
}

/// A phone number in one form: the ten digits of a number of North America, or `+`, country and number of another.
///
/// `(555) 010-0199`, `555.010.0199 x12`, `1 555 010 0199` and `+15550100199` are one number.
///
/// # Errors
/// Why nobody can be found by it.
pub fn phone_key(text: &str) -> Result<String, KeyError> {
    guard(text)?;
    let number = without_extension(text.trim()).replace("(0)", "");
    let plus = number.trim_start().starts_with('+');
    let mut digits = only_digits(&number);
    if digits.is_empty() {
        return Err(KeyError::Empty);
    }
    let abroad = plus || digits.starts_with("011") || digits.starts_with("00");
    for trunk in ["011", "00"] {
        if !plus && let Some(rest) = digits.strip_prefix(trunk) {
            digits = rest.to_owned();
            break;
        }
    }
    let home = digits.len() == 11 && digits.starts_with('1');
    if home {
        digits.remove(0);
    }
    if !(SHORTEST_PHONE..=LONGEST_PHONE).contains(&digits.len()) {
        return Err(KeyError::Phone);
    }
    Ok(if abroad && !home { format!("+{digits}") } else { digits })
}

/// What is before `x12`, `ext. 12` or `#12`.
fn without_extension(text: &str) -> &str {
    let at = text.char_indices().find(|(at, c)| *at > 0 && matches!(c, 'x' | 'X' | 'e' | 'E' | '#' | ';' | ','));
    at.map_or(text, |(at, _)| &text[..at])
}

/// A member card in one form: its letters and digits, upper case, without what a reader adds. Leading zeros belong to it.
///
/// # Errors
/// Why nobody can be found by it.
pub fn card_key(text: &str) -> Result<String, KeyError> {
    guard(text)?;
    let key: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    match key.len() {
        0 => Err(KeyError::Empty),
        1..=LONGEST_CARD if is_payment_card(&key) => Err(KeyError::PaymentCard),
        1..=LONGEST_CARD => Ok(key),
        _ => Err(KeyError::TooLong),
    }
}

/// The words of a name in one form, each once: folded, without marks, as a person without the right keys would type them.
///
/// `Núñez-O'Hara, José` is `nunez`, `ohara` and `jose`.
///
/// # Errors
/// Why nobody can be found by it.
pub fn name_keys(text: &str) -> Result<Vec<String>, KeyError> {
    guard(text)?;
    let mut words: Vec<String> = Vec::new();
    for word in fold(text).split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    if words.is_empty() { Err(KeyError::Empty) } else { Ok(words) }
}

/// A text as it compares: decomposed, without marks, lower case, the letters that have no decomposition spelt out. Apostrophes
/// vanish, so that they need not be typed.
pub fn fold(text: &str) -> String {
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let mut folded = String::with_capacity(decomposed.len());
    for c in decomposed.chars().flat_map(char::to_lowercase) {
        match c {
            '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' => {}
            '\'' | '’' | '‘' | '`' | '´' | 'ʻ' | 'ʼ' => {}
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            c => folded.push(c),
        }
    }
    folded
}

fn only_digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// What somebody typed or scanned into the one field at the counter, as every kind of key that it can be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// As a phone number; the end of one where there are fewer than ten digits.
    pub phone: Option<String>,
    /// As a card.
    pub card: Option<String>,
    /// As the beginnings of words of a name.
    pub name: Vec<String>,
}

impl Query {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Why nobody can be found by it.
    pub fn read(text: &str) -> Result<Self, KeyError> {
        guard(text)?;
        let letters = text.chars().any(char::is_alphabetic);
        let digits = text.chars().any(|c| c.is_ascii_digit());
        let card = match card_key(text) {
            Ok(card) if digits => Some(card),
            // A number that could be a payment card is looked for nowhere.
            Err(why @ KeyError::PaymentCard) => return Err(why),
            Ok(_) | Err(_) => None,
        };
        let phone = match phone_key(text) {
            _ if letters => None,
            Ok(phone) => Some(phone),
            Err(_) => Some(only_digits(text)).filter(|end| (SHORTEST_END..SHORTEST_PHONE).contains(&end.len())),
        };
        let name = if digits { Vec::new() } else { name_keys(text).unwrap_or_default() };
        let found = Self { phone, card, name };
        if found == Self::default() { Err(KeyError::Empty) } else { Ok(found) }
    }
}

/// Refuses what must not be kept or looked for.
pub(crate) fn guard(text: &str) -> Result<(), KeyError> {
    if is_id_barcode(text) {
        return Err(KeyError::IdBarcode);
    }
    let text = text.trim();
    if is_track(text) {
        return Err(KeyError::PaymentCard);
    }
    match text.chars().count() {
        0 => Err(KeyError::Empty),
        1..=LONGEST_TEXT => Ok(()),
        _ => Err(KeyError::TooLong),
    }
}

/// Whether a text looks like the barcode of a driver's licence, damaged by a reader or not.
fn is_id_barcode(text: &str) -> bool {
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let head = ["ANSI6", "AAMVA6"].iter().any(|head| plain.contains(head));
    let elements = ["DAQ", "DBB", "DBA", "DCS", "DAJ"].iter().filter(|code| plain.contains(*code)).count();
    head || elements >= 3 || (text.trim_start().starts_with('%') && text.contains('^') && text.contains("636"))
}

/// Whether a text is what a reader makes of the magnetic strip of a card that is more than a number.
fn is_track(text: &str) -> bool {
    let parted = text.starts_with('%') && text.contains('^') || text.starts_with(';') && text.contains('=');
    parted && only_digits(text).len() >= 12
}

/// Whether digits are a number as payment cards have them: length, first digit and check digit.
fn is_payment_card(key: &str) -> bool {
    let digits: Option<Vec<u32>> = key.chars().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| digits.len() >= 13) else {
        return false;
    };
    let head = digits[..4].iter().fold(0, |head, digit| head * 10 + digit);
    let issued = match digits.len() {
        13 => head / 1_000 == 4,
        14 => matches!(head / 100, 30 | 36 | 38),
        15 => matches!(head / 100, 34 | 37),
        16 => {
            head / 1_000 == 4
                || (51..=55).contains(&(head / 100))
                || (2_221..=2_720).contains(&head)
                || is_discover(head)
        }
        17..=19 => head / 1_000 == 4 || is_discover(head),
        _ => false,
    };
    if !issued {
        return false;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (1, twice) if twice > 9 => twice - 9,
            (1, twice) => twice,
            _ => *digit,
        })
        .sum();
    sum.is_multiple_of(10)
}

fn is_discover(head: u32) -> bool {
    head == 6_011 || matches!(head / 100, 62 | 64 | 65)
}
