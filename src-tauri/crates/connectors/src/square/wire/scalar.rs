//! Values read straight into the form the domain keeps.

use backroom_core::{Currency, Timestamp};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::fmt;

/// An RFC 3339 time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(pub Timestamp);

/// A currency code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code(pub Currency);

/// A decimal quantity as text, in thousandths; `rounded` where more than three decimals were there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quantity {
    pub milli: i64,
    pub rounded: bool,
}

/// Square's `Money`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct Cash {
    #[serde(default)]
    pub amount: Option<i64>,
    #[serde(default)]
    pub currency: Option<Code>,
}

/// Reads text through `parse` without allocating it.
struct Text<T> {
    what: &'static str,
    parse: fn(&str) -> Option<T>,
}

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        // The text itself stays out of the error: it may be anything.
        (self.parse)(text).ok_or_else(|| E::custom(self.what))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_str(Text { what: "an RFC 3339 time", parse: |t| Timestamp::parse(t).ok().map(Self) })
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_str(Text { what: "a currency code", parse: |t| Currency::parse(t).ok().map(Self) })
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_str(Text { what: "a decimal quantity", parse: Self::parse })
    }
}

impl Quantity {
    /// Reads a plain decimal such as `-1.25`; more than three decimals are rounded half to even.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (milli, rounded) = backroom_core::money::parse_rounded(text, 3)?;
        Some(Self { milli, rounded })
    }
}
