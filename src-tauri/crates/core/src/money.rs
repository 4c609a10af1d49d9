//! Money: integer minor units and an ISO 4217 code, never a float.

use std::fmt;

/// An ISO 4217 currency code, three upper-case ASCII letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

/// Why a text is not a currency code or an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not three ASCII letters.
    #[error("a currency is a code of three letters")]
    BadCurrency,
    /// Not a decimal number.
    #[error("an amount is a decimal number such as 12.50")]
    BadAmount,
    /// More decimals than the currency has.
    #[error("the amount has more decimals than the currency")]
    TooPrecise,
    /// Larger than fits 64 bits.
    #[error("the amount is too large")]
    Overflow,
}

impl Currency {
    /// The US dollar.
    pub const USD: Self = Self(*b"USD");

    /// Reads a code such as `USD`; lower case is accepted.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        match code.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_alphabetic) => {
                Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase(), c.to_ascii_uppercase()]))
            }
            _ => Err(MoneyError::BadCurrency),
        }
    }

    /// The code, such as `USD`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// How many decimals the minor unit stands for (ISO 4217 list one): 2 for USD, 0 for JPY, 3 for KWD, 4 for CLF.
    pub fn exponent(&self) -> u8 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in the smallest unit of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// The amount in minor units (cents for USD).
    pub minor: i64,
    /// The currency it is counted in.
    pub currency: Currency,
}

impl Money {
    /// `minor` units of `currency`.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The amount in major units as exact decimal text, such as `-12.50`; the form BigQuery's NUMERIC reads.
    pub fn to_major(self) -> String {
        decimal(self.minor, self.currency.exponent())
    }

    /// Reads decimal text in major units without passing through a float.
    pub fn parse_major(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (negative, digits) = match text.trim().strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.trim()),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() && fraction.is_empty() || !plain(whole) || !plain(fraction) {
            return Err(MoneyError::BadAmount);
        }
        let places = usize::from(currency.exponent());
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > places {
            return Err(MoneyError::TooPrecise);
        }
        let mut minor: i64 = 0;
        let padding = std::iter::repeat_n(b'0', places - fraction.len());
        for digit in whole.bytes().chain(fraction.bytes()).chain(padding) {
            minor = minor
                .checked_mul(10)
                .and_then(|m| m.checked_sub(i64::from(digit - b'0')))
                .ok_or(MoneyError::Overflow)?;
        }
        let minor = if negative { minor } else { minor.checked_neg().ok_or(MoneyError::Overflow)? };
        Ok(Self { minor, currency })
    }
}

/// Reads a plain decimal such as `-1.25` in units of its `places`-th decimal, more decimals rounded half to even; tells whether
/// any were. None where it is no plain decimal, or too large.
pub fn parse_rounded(text: &str, places: u8) -> Option<(i64, bool)> {
    let (negative, digits) = match text.trim().strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.trim()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !plain(whole) || !plain(fraction) {
        return None;
    }
    let kept = fraction.bytes().chain(std::iter::repeat(b'0')).take(usize::from(places));
    let units = whole.bytes().chain(kept).try_fold(0i64, |n, b| n.checked_mul(10)?.checked_add(i64::from(b - b'0')))?;
    let rest = fraction.get(usize::from(places)..).unwrap_or("").trim_end_matches('0');
    let up = match rest.bytes().next() {
        None | Some(b'0'..=b'4') => false,
        Some(b'5') if rest.len() == 1 => units % 2 == 1,
        Some(_) => true,
    };
    let units = units.checked_add(i64::from(up))?;
    Some((if negative { -units } else { units }, !rest.is_empty()))
}

/// `minor` with the decimal point `places` digits from the right, as exact text.
pub fn decimal(minor: i64, places: u8) -> String {
    let places = usize::from(places);
    let sign = if minor < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// `total / count` rounded half to even, in minor units; zero where there is nothing to divide.
pub fn average(total: i64, count: i64) -> i64 {
    if count <= 0 {
        return 0;
    }
    let (quotient, remainder) = (total.div_euclid(count), total.rem_euclid(count));
    match (remainder * 2).cmp(&count) {
        std::cmp::Ordering::Less => quotient,
        std::cmp::Ordering::Greater => quotient + 1,
        std::cmp::Ordering::Equal => quotient + (quotient & 1),
    }
}

/// A count as a person reads it: 152,803.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
