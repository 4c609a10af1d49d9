//! Periods of days: where one ends, with ends of months anchored to the day on which they began.
//!
//! A period is half open: its first day counts, the day on which it ends is the first of the next. Days are business days of the
//! shop, so a change of the clocks is nothing that could happen here.

use backroom_core::BusinessDay;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// How long one payment lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A calendar month.
    Month,
    /// Three calendar months.
    Quarter,
    /// Twelve calendar months.
    Year,
    /// A number of days.
    Days(u16),
}

/// The day of the month on which periods begin where the month has it; otherwise they begin on the month's last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Anchor(u8);

impl Anchor {
    /// The anchor of periods that begin on `day`.
    pub fn of(day: BusinessDay) -> Self {
        Self(u8::try_from(day.date().day()).unwrap_or(1))
    }

    /// The anchor of periods of somebody who joined on `joined` and whose period ends on `end`: the day of joining, where `end` is
    /// that day cut to the end of a shorter month.
    pub(crate) fn of_end(joined: BusinessDay, end: BusinessDay) -> Self {
        let (joined, ended) = (Self::of(joined), Self::of(end));
        let last_of_month = end.plus(1).month_number() != end.month_number();
        if last_of_month && joined.0 > ended.0 { joined } else { ended }
    }

    /// The day of the month, 1 to 31.
    pub fn day_of_month(self) -> u8 {
        self.0
    }
}

impl Period {
    /// The day on which a period ends that begins on `from`: the first day that it no longer holds. Always later than `from`.
    ///
    /// The 31st of January and a month is the last of February, and from there a month is the 31st of March again.
    pub fn end(self, from: BusinessDay, anchor: Anchor) -> BusinessDay {
        match self.months() {
            Some(months) => {
                let month = from.month_number() + months;
                let (year, of_year) = (month.div_euclid(12), month.rem_euclid(12).unsigned_abs() + 1);
                let day = (1..=u32::from(anchor.0)).rev().find_map(|day| NaiveDate::from_ymd_opt(year, of_year, day));
                day.map_or_else(|| from.plus(31 * months), BusinessDay::from_date)
            }
            None => from.plus(self.fewest_days()),
        }
    }

    /// The fewest days that such a period can have.
    pub fn fewest_days(self) -> i32 {
        match self {
            Self::Month => 28,
            Self::Quarter => 89,
            Self::Year => 365,
            Self::Days(days) => i32::from(days.max(1)),
        }
    }

    /// What `price` for such a period is in a month: a day is a 30.4375th of it, the mean of four years. Minor units, rounded half
    /// to even.
    pub fn monthly(self, price: i64) -> i64 {
        match self {
            Self::Month => price,
            Self::Quarter => crate::share(price, 1, 3),
            Self::Year => crate::share(price, 1, 12),
            Self::Days(days) => crate::share(price, 487, 16 * i64::from(days.max(1))),
        }
    }

    fn months(self) -> Option<i32> {
        match self {
            Self::Month => Some(1),
            Self::Quarter => Some(3),
            Self::Year => Some(12),
            Self::Days(_) => None,
        }
    }
}

/// Whole days from `from` to `until`; zero where `until` is not later.
pub(crate) fn days(from: BusinessDay, until: BusinessDay) -> i64 {
    i64::from((until.number() - from.number()).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> BusinessDay {
        BusinessDay::parse(text).unwrap()
    }

    #[test]
    fn ends_of_months_are_anchored() {
        let table: [(&str, Period, &[&str]); 8] = [
            ("2026-01-31", Period::Month, &["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
            ("2028-01-31", Period::Month, &["2028-02-29", "2028-03-31"]),
            ("2026-01-30", Period::Month, &["2026-02-28", "2026-03-30"]),
            ("2026-12-15", Period::Month, &["2027-01-15", "2027-02-15"]),
            ("2026-11-30", Period::Quarter, &["2027-02-28", "2027-05-30", "2027-08-30"]),
            ("2024-02-29", Period::Year, &["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
            ("2026-02-27", Period::Days(3), &["2026-03-02", "2026-03-05"]),
            ("2026-03-07", Period::Days(1), &["2026-03-08", "2026-03-09"]),
        ];
        for (start, period, ends) in table {
            let anchor = Anchor::of(day(start));
            let mut from = day(start);
            for end in ends {
                from = period.end(from, anchor);
                assert_eq!(from.to_string(), *end, "{period:?} from {start}");
            }
        }
    }

    #[test]
    fn a_price_is_told_by_the_month() {
        let table = [
            (Period::Month, 999, 999),
            (Period::Quarter, 2_500, 833),
            (Period::Year, 9_900, 825),
            (Period::Year, 18, 2),
            (Period::Days(30), 3_000, 3_044),
            (Period::Days(7), 100, 435),
        ];
        for (period, price, expected) in table {
            assert_eq!(period.monthly(price), expected, "{price} each {period:?}");
        }
    }

    proptest! {
        /// Going on from period to period comes to the same days as counting the months from the start.
        #[test]
        fn months_never_drift(start in 10_000i32..30_000, steps in 1i32..60, kind in 0..3) {
            let period = [Period::Month, Period::Quarter, Period::Year][usize::try_from(kind).unwrap()];
            let start = BusinessDay::from_number(start);
            let mut from = start;
            for _ in 0..steps {
                let end = period.end(from, Anchor::of(start));
                prop_assert!(days(from, end) >= i64::from(period.fewest_days()), "{from} to {end} is too short");
                prop_assert!(end > from, "time goes on");
                from = end;
            }
            let months = u32::try_from(steps * period.months().unwrap()).unwrap();
            let expected = start.date().checked_add_months(chrono::Months::new(months)).unwrap();
            prop_assert_eq!(from.date(), expected, "after {} × {:?}", steps, period);
        }
    }
}
