//! Dates as cards write them, and ages as a shop counts them.

use crate::text::{is_code, is_subfile};
use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// The years between which a date on a card can lie. Their centuries are no months, so a date never has two readings.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2100;

/// When somebody born on 29 February has a birthday in a year without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeapDay {
    /// On 1 March: nobody is of age a day too early.
    #[default]
    March1,
    /// On 28 February.
    February28,
}

/// The birthday `years` years after `birth`.
pub fn birthday(birth: NaiveDate, years: u32, leap: LeapDay) -> NaiveDate {
    let same = birth.checked_add_months(Months::new(years.saturating_mul(12))).unwrap_or(NaiveDate::MAX);
    // Adding months stops at 28 February.
    let moved = birth.month() == 2 && birth.day() == 29 && same.day() == 28;
    if moved && leap == LeapDay::March1 { same.succ_opt().unwrap_or(same) } else { same }
}

/// Full years of age on `date`; none where `date` lies before the birth.
pub fn age_on(birth: NaiveDate, date: NaiveDate, leap: LeapDay) -> Option<u32> {
    let years = u32::try_from(date.year() - birth.year()).ok()?;
    if date < birth {
        return None;
    }
    if date >= birthday(birth, years, leap) { Some(years) } else { years.checked_sub(1) }
}

/// What stands at a place where a date may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stands {
    /// Something that does not begin like a date.
    Other,
    /// Digits that are no date, or not one alone.
    Unclear,
    /// One date.
    Date(NaiveDate),
}

/// Reads a date at the beginning of `text`: eight digits, or digits parted as in `06-15-1990` and `1990-06-15`. One digit more
/// or less is no date, and neither is one with something behind it: a scanner that loses characters must not make somebody older.
pub(crate) fn at(text: &[u8]) -> Stands {
    if !text.first().is_some_and(u8::is_ascii_digit) {
        return Stands::Other;
    }
    let mut digits = [0u8; 8];
    let mut count = 0;
    let mut parted = Vec::new();
    let mut place = 0;
    while let Some(&byte) = text.get(place) {
        if byte.is_ascii_digit() {
            let Some(free) = digits.get_mut(count) else { return Stands::Unclear };
            *free = byte - b'0';
            count += 1;
        } else if matches!(byte, b'-' | b'/' | b'.') && text.get(place + 1).is_some_and(u8::is_ascii_digit) {
            parted.push((count, byte));
            if parted.len() > 2 {
                return Stands::Unclear;
            }
        } else {
            break;
        }
        place += 1;
    }
    let evenly = match parted.as_slice() {
        [] => true,
        [(2, one), (4, two)] | [(4, one), (6, two)] => one == two,
        _ => false,
    };
    if count != 8 || !evenly || !ends(text.get(place..).unwrap_or_default()) {
        return Stands::Unclear;
    }
    plausible(digits).map_or(Stands::Unclear, Stands::Date)
}

/// Whether nothing follows a date but the next element, or the letter of a key that stands for a separator.
fn ends(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    let element = |rest: &[u8]| rest.is_empty() || is_code(rest) || is_subfile(rest);
    element(rest) || matches!(rest, [b'J' | b'M', rest @ ..] if element(rest))
}

/// The one date that eight digits can mean, in the order of the USA or of Canada; none where there is none or more than one.
pub(crate) fn plausible(digits: [u8; 8]) -> Option<NaiveDate> {
    let number = |part: &[u8]| part.iter().fold(0u32, |sum, digit| sum * 10 + u32::from(*digit));
    let date = |year: &[u8], month: &[u8], day: &[u8]| {
        let year = i32::try_from(number(year)).ok().filter(|year| YEARS.contains(year))?;
        NaiveDate::from_ymd_opt(year, number(month), number(day))
    };
    let usa = date(&digits[4..], &digits[..2], &digits[2..4]);
    let canada = date(&digits[..4], &digits[4..6], &digits[6..]);
    match (usa, canada) {
        (Some(one), None) | (None, Some(one)) => Some(one),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date of the table")
    }

    #[test]
    fn a_date_is_read_in_either_order_or_not_at_all() {
        let table = [
            ("06152008", Some("2008-06-15"), "order of the USA"),
            ("20080615", Some("2008-06-15"), "order of Canada"),
            ("06-15-1951", Some("1951-06-15"), "parted, as North Carolina did"),
            ("1951-06-15", Some("1951-06-15"), "parted, year first"),
            ("02292000DBA", Some("2000-02-29"), "the next element follows at once"),
            ("02291999", None, "no such day"),
            ("0615200", None, "a digit is lost"),
            ("061520088", None, "a digit came twice"),
            ("06152008-1", None, "something hangs on it"),
            ("01011966 in", None, "digits of two elements, with the rest of the second"),
            ("06152008M", Some("2008-06-15"), "the letter of a lost return"),
            ("06152008ZTZTA", Some("2008-06-15"), "the state's subfile follows at once"),
            ("061-52008", None, "parted in the wrong place"),
            ("06-15/1951", None, "parted in two ways"),
            ("13131313", None, "no order fits"),
            ("18991231", None, "before 1900"),
            ("00000000", None, "nothing"),
        ];
        for (text, expected, why) in table {
            let found = match at(text.as_bytes()) {
                Stands::Date(date) => Some(date),
                Stands::Unclear => None,
                Stands::Other => panic!("{why}: {text} begins with a digit"),
            };
            assert_eq!(found, expected.map(day), "{why}: {text}");
        }
        assert!(at(b"NONE") == Stands::Other, "letters are no date");
    }

    #[test]
    fn no_eight_digits_mean_two_dates() {
        let mut date = day("1900-01-01");
        while date.year() <= 2100 {
            for text in [date.format("%m%d%Y").to_string(), date.format("%Y%m%d").to_string()] {
                assert!(at(text.as_bytes()) == Stands::Date(date), "{text} means {date} and nothing else");
            }
            date = date.succ_opt().expect("a next day");
        }
    }

    #[test]
    fn ages_turn_on_the_birthday() {
        let table = [
            ("2005-11-20", "2026-11-19", Some(20), "the day before"),
            ("2005-11-20", "2026-11-20", Some(21), "the birthday itself"),
            ("2005-11-20", "2026-11-21", Some(21), "the day after"),
            ("2004-02-29", "2025-02-28", Some(20), "29 February, stricter reading"),
            ("2004-02-29", "2025-03-01", Some(21), "29 February, 1 March"),
            ("2004-02-29", "2028-02-29", Some(24), "29 February in a leap year"),
            ("2026-11-20", "2026-11-20", Some(0), "born today"),
            ("2026-11-21", "2026-11-20", None, "not yet born"),
            ("2027-01-01", "2026-11-20", None, "not yet born, next year"),
        ];
        for (birth, date, expected, why) in table {
            assert_eq!(age_on(day(birth), day(date), LeapDay::March1), expected, "{why}");
        }
        assert_eq!(
            age_on(day("2004-02-29"), day("2025-02-28"), LeapDay::February28),
            Some(21),
            "the owner's other choice"
        );
        assert_eq!(birthday(day("2004-02-29"), 24, LeapDay::March1), day("2028-02-29"), "a leap year has the day");
    }
}
