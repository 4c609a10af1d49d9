//! How times and days stand in JSON: one text for each value, and only that one is read.

use backroom_core::{BusinessDay, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::fmt::Display;
use std::str::FromStr;

/// Reads a text into what it says.
pub(crate) fn from_text<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(deserializer: D) -> Result<T, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// Reads a time in the one form that it is written in.
pub(crate) fn read_time(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).ok().filter(|t| t.to_rfc3339() == text)
}

/// Reads a day in the one form that it is written in.
pub(crate) fn read_day(text: &str) -> Option<BusinessDay> {
    BusinessDay::parse(text).ok().filter(|d| d.to_string() == text)
}

/// A time as `2026-11-20T18:00:00.000Z`.
pub(crate) mod time {
    use super::read_time;
    use backroom_core::Timestamp;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&time.to_rfc3339())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        read_time(&text).ok_or_else(|| D::Error::custom("not a time in UTC with milliseconds"))
    }
}

/// A day as `2026-11-20`.
pub(crate) mod day {
    use super::read_day;
    use backroom_core::BusinessDay;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(day: &BusinessDay, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&day.to_string())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BusinessDay, D::Error> {
        let text = String::deserialize(deserializer)?;
        read_day(&text).ok_or_else(|| D::Error::custom("not a day as YYYY-MM-DD"))
    }
}

/// Implements reading and writing as one text for a type that has `FromStr` and `Display`.
macro_rules! as_text {
    ($($name:ty),+) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::wire::from_text(deserializer)
            }
        }
    )+};
}
pub(crate) use as_text;

/// Reads an object's member that may be null but not missing.
pub(crate) fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer).map_err(D::Error::custom)
}
