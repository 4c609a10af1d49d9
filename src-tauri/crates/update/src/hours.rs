//! When a shop is quiet, read from what it sold.

use backroom_core::{DayRule, Timestamp};

/// Nobody installs within so many seconds of a sale, whatever the hour.
const AFTER_A_SALE_SECONDS: i64 = 45 * 60;
/// Where nothing was sold yet, these hours count as trade.
const USUAL: std::ops::Range<u8> = 7..23;
const HOUR: i64 = 3_600;
/// How far one looks for a quiet hour: a week, and the hour in which it began.
const HOURS_AHEAD: i64 = 7 * 24 + 1;

/// The hours of the week in which a shop sells: by the weekday of the business day (0 is Monday) and the hour on the wall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trade {
    sold: [[bool; 24]; 7],
    last_sale: Option<Timestamp>,
}

impl Trade {
    /// From the hours with sales of the last weeks, and the newest sale.
    pub fn new(hours: impl IntoIterator<Item = (u8, u8)>, last_sale: Option<Timestamp>) -> Self {
        let mut sold = [[false; 24]; 7];
        for (weekday, hour) in hours {
            if let Some(slot) = sold.get_mut(usize::from(weekday)).and_then(|day| day.get_mut(usize::from(hour))) {
                *slot = true;
            }
        }
        if sold.iter().flatten().all(|hour| !hour) {
            let usual = std::array::from_fn(|hour| USUAL.contains(&u8::try_from(hour).unwrap_or(0)));
            sold = [usual; 7];
        }
        Self { sold, last_sale }
    }

    fn sells(&self, at: Timestamp, rule: &DayRule) -> bool {
        let (day, hour) = rule.day_and_hour(at);
        // 1970-01-01 was a Thursday.
        let weekday = usize::try_from((day.number() + 3).rem_euclid(7)).unwrap_or(0);
        self.sold.get(weekday).and_then(|day| day.get(usize::from(hour))).copied().unwrap_or(true)
    }

    /// Whether nobody sells at `at`, nor in the hour before and the hour after.
    fn is_between(&self, at: Timestamp, rule: &DayRule) -> bool {
        [-HOUR, 0, HOUR].into_iter().all(|moved| !self.sells(at.plus_seconds(moved), rule))
    }

    /// The first quiet moment from `now` on: now, or the beginning of an hour; none where the shop never closes.
    pub fn next_quiet(&self, now: Timestamp, rule: &DayRule) -> Option<Timestamp> {
        if quiet(self, now, rule) {
            return Some(now);
        }
        let hour = Timestamp::from_micros(now.micros() - now.micros().rem_euclid(HOUR * 1_000_000));
        let hours = (1..=HOURS_AHEAD).map(|n| hour.plus_seconds(n * HOUR));
        hours.into_iter().find(|at| quiet(self, *at, rule))
    }
}

/// Whether the shop is quiet at `at`: outside its hours of trade with an hour to spare on both sides, and no sale just now.
pub fn quiet(trade: &Trade, at: Timestamp, rule: &DayRule) -> bool {
    let just_sold = trade.last_sale.is_some_and(|sale| (0..AFTER_A_SALE_SECONDS).contains(&at.seconds_since(sale)));
    !just_sold && trade.is_between(at, rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> DayRule {
        DayRule::new("America/Chicago", "04:00").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// 9 to 17 on weekdays, and on Fridays until 1 at night.
    fn trade() -> Trade {
        let days = (0..5).flat_map(|day| (9..17).map(move |hour| (day, hour)));
        Trade::new(days.chain([17, 18, 19, 20, 21, 22, 23, 0].map(|hour| (4, hour))), None)
    }

    #[test]
    fn a_shop_is_quiet_outside_its_hours_with_an_hour_to_spare() {
        // 2026-11-20 is a Friday; Chicago is six hours behind.
        for (time, expected, why) in [
            ("2026-11-19T18:00:00Z", false, "noon of Thursday"),
            ("2026-11-19T14:30:00Z", false, "half past eight: it opens soon"),
            ("2026-11-19T13:30:00Z", true, "half past seven"),
            ("2026-11-19T23:30:00Z", false, "half past five: they are closing"),
            ("2026-11-20T00:30:00Z", true, "half past six in the evening of Thursday"),
            ("2026-11-21T06:30:00Z", false, "half past midnight after Friday belongs to Friday"),
            ("2026-11-21T08:30:00Z", true, "half past two in that night"),
            ("2026-11-21T18:00:00Z", true, "noon of Saturday, when it is closed"),
        ] {
            assert_eq!(quiet(&trade(), at(time), &rule()), expected, "{why}");
        }
        let just = Trade { last_sale: Some(at("2026-11-21T17:45:00Z")), ..trade() };
        assert!(!quiet(&just, at("2026-11-21T18:00:00Z"), &rule()), "somebody sells on a Saturday after all");
    }

    #[test]
    fn the_next_quiet_moment_is_after_closing() {
        let next = |time: &str| trade().next_quiet(at(time), &rule()).map(Timestamp::to_rfc3339);
        assert_eq!(next("2026-11-19T18:20:00Z").unwrap(), "2026-11-20T00:00:00.000Z", "Thursday at six in the evening");
        assert_eq!(next("2026-11-20T18:20:00Z").unwrap(), "2026-11-21T08:00:00.000Z", "Friday's night, at two");
        assert_eq!(next("2026-11-21T18:20:00Z").unwrap(), "2026-11-21T18:20:00.000Z", "at once");
        let always = Trade::new((0..7).flat_map(|day| (0..24).map(move |hour| (day, hour))), None);
        assert_eq!(always.next_quiet(at("2026-11-20T18:20:00Z"), &rule()), None, "a shop that never closes is asked");
        let fresh = Trade::new([], None);
        let night = fresh.next_quiet(at("2026-11-20T18:20:00Z"), &rule()).unwrap();
        assert_eq!(rule().wall_hour(night), 0, "a shop that never sold yet is taken for a usual one: {night}");
    }
}
