//! `[notices]`: what the system is asked to show, and when not. `[window]`: what the window does beside its screens.

use super::ConfigError;
use serde::{Deserialize, Serialize};

/// Keys that may open the ID check from anywhere: such as no register program and no system uses.
pub const KEYS: [&str; 3] = ["Ctrl+Alt+I", "Ctrl+Alt+V", "Ctrl+Shift+F7"];
const MINUTES: u32 = 24 * 60;

/// `[notices]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticesSection {
    /// Whether it is told when something needs a hand.
    #[serde(default = "yes")]
    pub failures: bool,
    /// Whether a day is told once it is over.
    #[serde(default = "yes")]
    pub summary: bool,
    /// Time of day from which nothing is told.
    #[serde(default = "evening")]
    pub quiet_from: String,
    /// Time of day until which nothing is told; the same as the first where there are no quiet hours.
    #[serde(default = "morning")]
    pub quiet_until: String,
}

const fn yes() -> bool {
    true
}

fn evening() -> String {
    "21:00".to_owned()
}

fn morning() -> String {
    "08:00".to_owned()
}

impl Default for NoticesSection {
    fn default() -> Self {
        Self { failures: true, summary: true, quiet_from: evening(), quiet_until: morning() }
    }
}

impl NoticesSection {
    pub(super) fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// Checks both times.
    ///
    /// # Errors
    /// What is no time of day.
    pub fn check(&self) -> Result<(), ConfigError> {
        for (key, text) in [("quiet_from", &self.quiet_from), ("quiet_until", &self.quiet_until)] {
            if minute_of(text).is_none() {
                return Err(ConfigError::value(format!("[notices] {key}"), "is a time of day such as \"21:00\""));
            }
        }
        Ok(())
    }

    /// Whether nothing is told at a minute of the shop's day, counted from midnight.
    pub fn is_quiet(&self, minute: u32) -> bool {
        let (Some(from), Some(until)) = (minute_of(&self.quiet_from), minute_of(&self.quiet_until)) else {
            return false;
        };
        match from.cmp(&until) {
            std::cmp::Ordering::Less => (from..until).contains(&minute),
            std::cmp::Ordering::Equal => false,
            // Over midnight.
            std::cmp::Ordering::Greater => minute >= from || minute < until,
        }
    }
}

/// Minutes after midnight of `HH:MM`.
fn minute_of(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |part: &str| (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())?;
    let (hours, minutes): (u32, u32) = (two(hours)?, two(minutes)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute < MINUTES).then_some(minute)
}

/// `[window]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowSection {
    /// Whether Backroom starts when somebody signs in to this computer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub start_at_login: bool,
    /// Keys that open the ID check whatever is in front; none where no keys do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_check_keys: Option<String>,
}

impl WindowSection {
    pub(super) fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// Checks the keys.
    ///
    /// # Errors
    /// Keys that are none of those to choose from.
    pub fn check(&self) -> Result<(), ConfigError> {
        match self.id_check_keys.as_deref() {
            Some(keys) if !KEYS.contains(&keys) => {
                Err(ConfigError::value("[window] id_check_keys", format!("is one of {}", KEYS.join(", "))))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_may_go_over_midnight() {
        let hours = |from: &str, until: &str| NoticesSection {
            quiet_from: from.to_owned(),
            quiet_until: until.to_owned(),
            ..NoticesSection::default()
        };
        for (from, until, at, quiet) in [
            ("21:00", "08:00", "20:59", false),
            ("21:00", "08:00", "21:00", true),
            ("21:00", "08:00", "00:00", true),
            ("21:00", "08:00", "07:59", true),
            ("21:00", "08:00", "08:00", false),
            ("13:00", "14:30", "12:59", false),
            ("13:00", "14:30", "14:29", true),
            ("13:00", "14:30", "14:30", false),
            ("09:00", "09:00", "09:00", false),
        ] {
            assert_eq!(hours(from, until).is_quiet(minute_of(at).unwrap()), quiet, "{from} to {until} at {at}");
        }
    }

    #[test]
    fn a_time_of_day_is_written_one_way() {
        for (text, minute) in [("00:00", Some(0)), ("08:05", Some(485)), ("23:59", Some(1_439))] {
            assert_eq!(minute_of(text), minute, "{text}");
        }
        for text in ["24:00", "8:00", "08:60", "08:5", "+8:00", "", ":", "08:00:00", "aa:bb", "٠٨:٠٠"] {
            assert_eq!(minute_of(text), None, "{text:?}");
        }
    }
}
