//! Writing JSON and ids quickly: a page of a hundred payments is put together for each call.

use crate::random::{mix, unmix};

/// A JSON text under construction.
#[derive(Default)]
pub(crate) struct Json {
    out: Vec<u8>,
    comma: bool,
}

impl Json {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes), comma: false }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.out
    }

    fn value(&mut self) {
        if self.comma {
            self.out.push(b',');
        }
        self.comma = true;
    }

    pub(crate) fn open(&mut self) {
        self.value();
        self.out.push(b'{');
        self.comma = false;
    }

    pub(crate) fn close(&mut self) {
        self.out.push(b'}');
        self.comma = true;
    }

    pub(crate) fn open_list(&mut self) {
        self.value();
        self.out.push(b'[');
        self.comma = false;
    }

    pub(crate) fn close_list(&mut self) {
        self.out.push(b']');
        self.comma = true;
    }

    /// A name of a field; the value follows.
    pub(crate) fn key(&mut self, name: &str) {
        self.value();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.comma = false;
    }

    /// Opens an object as the value of a field.
    pub(crate) fn object(&mut self, name: &str) {
        self.key(name);
        self.open();
    }

    /// Opens a list as the value of a field.
    pub(crate) fn list(&mut self, name: &str) {
        self.key(name);
        self.open_list();
    }

    /// A text as an element.
    pub(crate) fn text(&mut self, value: &str) {
        self.value();
        self.out.push(b'"');
        if value.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\') {
            self.out.extend_from_slice(value.as_bytes());
        } else {
            let quoted = serde_json::Value::from(value).to_string();
            self.out.extend_from_slice(&quoted.as_bytes()[1..quoted.len() - 1]);
        }
        self.out.push(b'"');
    }

    /// A text of token characters.
    pub(crate) fn token(&mut self, name: &str, prefix: &str, values: impl Iterator<Item = u64>, digits: usize) {
        self.key(name);
        self.value();
        self.out.push(b'"');
        self.out.extend_from_slice(prefix.as_bytes());
        for value in values {
            push_token(&mut self.out, value, digits);
        }
        self.out.push(b'"');
    }

    /// A text that begins as told and ends in an id.
    pub(crate) fn text_and_id(&mut self, name: &str, prefix: &str, id: Id) {
        self.key(name);
        self.value();
        self.out.push(b'"');
        self.out.extend_from_slice(prefix.as_bytes());
        id.push(&mut self.out);
        self.out.push(b'"');
    }

    pub(crate) fn str(&mut self, name: &str, value: &str) {
        self.key(name);
        self.text(value);
    }

    pub(crate) fn int(&mut self, name: &str, value: i64) {
        self.key(name);
        self.value();
        push_int(&mut self.out, value);
    }

    pub(crate) fn bool(&mut self, name: &str, value: bool) {
        self.key(name);
        self.value();
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// A time given in milliseconds since 1970.
    pub(crate) fn time(&mut self, name: &str, millis: i64) {
        self.key(name);
        self.value();
        self.out.push(b'"');
        push_time(&mut self.out, millis);
        self.out.push(b'"');
    }

    pub(crate) fn money(&mut self, name: &str, amount: i64, currency: &str) {
        self.object(name);
        self.int("amount", amount);
        self.str("currency", currency);
        self.close();
    }

    pub(crate) fn id(&mut self, name: &str, id: Id) {
        self.key(name);
        self.id_text(id);
    }

    pub(crate) fn id_text(&mut self, id: Id) {
        self.value();
        self.out.push(b'"');
        id.push(&mut self.out);
        self.out.push(b'"');
    }
}

pub(crate) fn push_int(out: &mut Vec<u8>, value: i64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut left = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// `YYYY-MM-DDTHH:MM:SS.mmmZ`.
pub(crate) fn push_time(out: &mut Vec<u8>, millis: i64) {
    let (year, month, day) = civil(millis.div_euclid(86_400_000));
    let rest = millis.rem_euclid(86_400_000);
    let mut form = *b"0000-00-00T00:00:00.000Z";
    let mut put = |at: usize, width: usize, mut value: i64| {
        for place in (at..at + width).rev() {
            form[place] = b'0' + (value % 10) as u8;
            value /= 10;
        }
    };
    put(0, 4, year);
    put(5, 2, month);
    put(8, 2, day);
    put(11, 2, rest / 3_600_000);
    put(14, 2, rest / 60_000 % 60);
    put(17, 2, rest / 1_000 % 60);
    put(20, 3, rest % 1_000);
    out.extend_from_slice(&form);
}

/// Year, month and day of a day since 1970 (proleptic Gregorian, years counted from March).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * march_month + 2) / 5 + 1)
}

/// What an id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    Payment,
    Order,
    ReturnOrder,
    Refund,
    Customer,
    Category,
    Item,
    Variation,
    Tax,
    Discount,
    Location,
    Team,
    Merchant,
}

/// An id in Square's manner: it looks random, has the vendor's length and alphabet, and leads back to its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id {
    kind: Named,
    seed: u64,
    number: u64,
}

const MIXED: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct Form {
    alphabet: &'static [u8],
    first: usize,
    second: usize,
    prefix: &'static [u8],
    suffix: &'static [u8],
}

const fn form(kind: Named) -> Form {
    match kind {
        Named::Payment => Form { alphabet: MIXED, first: 11, second: 16, prefix: b"", suffix: b"ZY" },
        Named::Order | Named::ReturnOrder => {
            Form { alphabet: MIXED, first: 11, second: 16, prefix: b"", suffix: b"eV" }
        }
        Named::Refund => Form { alphabet: MIXED, first: 11, second: 11, prefix: b"", suffix: b"" },
        Named::Customer => Form { alphabet: UPPER, first: 13, second: 13, prefix: b"", suffix: b"" },
        Named::Category | Named::Item | Named::Variation | Named::Tax | Named::Discount => {
            Form { alphabet: UPPER, first: 13, second: 11, prefix: b"", suffix: b"" }
        }
        Named::Location => Form { alphabet: UPPER, first: 13, second: 0, prefix: b"L", suffix: b"" },
        Named::Team => Form { alphabet: UPPER, first: 13, second: 0, prefix: b"TM", suffix: b"" },
        Named::Merchant => Form { alphabet: UPPER, first: 13, second: 0, prefix: b"M", suffix: b"" },
    }
}

impl Id {
    pub(crate) const fn new(kind: Named, seed: u64, number: usize) -> Self {
        Self { kind, seed, number: number as u64 }
    }

    const fn key(kind: Named, seed: u64) -> u64 {
        mix(seed ^ ((kind as u64 + 1) << 56))
    }

    pub(crate) fn push(self, out: &mut Vec<u8>) {
        let form = form(self.kind);
        let scattered = mix(self.number ^ Self::key(self.kind, self.seed));
        out.extend_from_slice(form.prefix);
        push_base(out, form.alphabet, scattered, form.first);
        push_base(out, form.alphabet, mix(scattered ^ 0x5EED), form.second);
        out.extend_from_slice(form.suffix);
    }

    /// The number behind an id of this kind; any text gives a number, so the caller checks its range and compares.
    pub(crate) fn number_of(kind: Named, seed: u64, text: &str) -> Option<usize> {
        let form = form(kind);
        let digits = text.as_bytes().strip_prefix(form.prefix)?.get(..form.first)?;
        let base = form.alphabet.len() as u64;
        let scattered = digits.iter().rev().try_fold(0u64, |n, c| {
            let digit = form.alphabet.iter().position(|a| a == c)? as u64;
            n.checked_mul(base)?.checked_add(digit)
        })?;
        let number = usize::try_from(unmix(scattered) ^ Self::key(kind, seed)).ok()?;
        (Self::new(kind, seed, number).to_string() == text).then_some(number)
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = Vec::with_capacity(32);
        self.push(&mut out);
        f.write_str(&String::from_utf8_lossy(&out))
    }
}

/// Digits with the least significant first; past 64 bits the digits repeat the number scattered once more.
fn push_base(out: &mut Vec<u8>, alphabet: &[u8], value: u64, digits: usize) {
    // With the base known when this is compiled, the divisions become multiplications: ids are most of the work.
    if alphabet.len() == 62 {
        push_digits::<62, 11>(out, MIXED, value, digits)
    } else {
        push_digits::<32, 13>(out, UPPER, value, digits)
    }
}

fn push_digits<const BASE: usize, const WIDE: usize>(
    out: &mut Vec<u8>,
    alphabet: &[u8; BASE],
    mut value: u64,
    digits: usize,
) {
    let mut again = mix(value ^ 0xA11);
    let mut text = [0u8; 32];
    for (place, digit) in text.iter_mut().take(digits).enumerate() {
        if place == WIDE {
            value = again;
            again = mix(again);
        }
        *digit = alphabet[(value % BASE as u64) as usize];
        value /= BASE as u64;
    }
    out.extend_from_slice(&text[..digits.min(32)]);
}

/// Characters that look like a token, `digits` of them, at most 11.
pub(crate) fn push_token(out: &mut Vec<u8>, value: u64, digits: usize) {
    push_digits::<62, 11>(out, MIXED, mix(value), digits.min(11));
}

#[cfg(test)]
mod tests {
    use super::{Id, Json, Named, push_int, push_time};

    #[test]
    fn ids_lead_back_to_their_number() {
        for kind in [Named::Payment, Named::Refund, Named::Customer, Named::Variation, Named::Location] {
            for number in [0, 1, 17, 100_183, 9_999_999] {
                let text = Id::new(kind, 7, number).to_string();
                assert_eq!(Id::number_of(kind, 7, &text), Some(number), "{text} of {kind:?}");
            }
        }
        assert_eq!(Id::number_of(Named::Payment, 7, "nonsense"), None, "a stranger's id names nothing");
    }

    #[test]
    fn times_are_written_as_chrono_writes_them() {
        for millis in [0, 951_782_400_123, 1_795_212_345_678, 1_709_164_800_000, 4_102_444_799_999] {
            let mut out = Vec::new();
            push_time(&mut out, millis);
            let expected = backroom_core::Timestamp::from_micros(millis * 1_000).to_rfc3339();
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }

    #[test]
    fn numbers_and_nesting_make_valid_json() {
        let mut out = Vec::new();
        for n in [0, -1, i64::MIN, i64::MAX] {
            out.clear();
            push_int(&mut out, n);
            assert_eq!(String::from_utf8_lossy(&out), n.to_string());
        }
        let mut json = Json::default();
        json.open();
        json.str("a", "say \"hi\"");
        json.list("b");
        json.text("x");
        json.open();
        json.close();
        json.close_list();
        json.money("m", 5, "USD");
        json.close();
        let text = String::from_utf8_lossy(&json.finish()).into_owned();
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
    }
}
