//! Business days held against another way of reckoning: minute by minute on the clock on the shop's wall.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use backroom_core::{BusinessDay, DayRule, Timestamp};
use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::*;

/// Zones with every kind of change: an hour, half an hour, at midnight, before four, a date left out, none at all.
const ZONES: [&str; 12] = [
    "America/Chicago",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Europe/London",
    "Africa/Cairo",
    "America/Phoenix",
    "UTC",
];

fn wall(zone: Tz, minute: i64) -> NaiveDateTime {
    Timestamp::from_seconds(minute * 60).utc().with_timezone(&zone).naive_local()
}

fn minutes(text: &str) -> u32 {
    let (hours, minutes) = text.split_once(':').unwrap();
    hours.parse::<u32>().unwrap() * 60 + minutes.parse::<u32>().unwrap()
}

/// The first minute of all time at which the wall shows the start of `date`'s business day, or more.
fn first_minute(zone: Tz, date: NaiveDate, start: &str) -> i64 {
    let shows = date.and_hms_opt(0, 0, 0).unwrap() + chrono::Duration::minutes(i64::from(minutes(start)));
    let about = shows.and_utc().timestamp() / 60;
    (about - 27 * 60..about + 27 * 60).find(|minute| wall(zone, *minute) >= shows).unwrap()
}

fn date() -> impl Strategy<Value = NaiveDate> {
    let any = (2008i32..2032, 1u32..=365).prop_map(|(year, day)| NaiveDate::from_yo_opt(year, day).unwrap());
    // Most changes of the clock come in these months, on the first, second or last Sunday.
    let likely = (2008i32..2032, prop::sample::select(vec![3u32, 4, 9, 10, 11]), 1u32..=30)
        .prop_map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day).unwrap())
        .prop_map(|date| date - chrono::Days::new(u64::from(date.weekday().num_days_from_sunday())));
    prop_oneof![1 => any, 3 => likely]
}

fn start() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["00:00", "00:30", "01:30", "02:00", "02:30", "03:00", "04:00", "06:15", "23:45"])
}

fn zone() -> impl Strategy<Value = Tz> {
    let common = prop::sample::select(ZONES.to_vec()).prop_map(|name| name.parse().unwrap());
    prop_oneof![3 => common, 1 => prop::sample::select(TZ_VARIANTS.to_vec())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// A day begins when the wall first shows its start, and the day before ends at that very moment.
    #[test]
    fn a_day_begins_when_the_wall_first_shows_it(zone in zone(), date in date(), start in start()) {
        let rule = DayRule::new(zone.name(), start).unwrap();
        let day = BusinessDay::from_date(date);
        let first = Timestamp::from_seconds(first_minute(zone, date, start) * 60);
        prop_assert_eq!(rule.starts_at(day), first, "{} {} {}", zone.name(), start, date);
        prop_assert_eq!(rule.ends_at(day.plus(-1)), first, "the day before ends there");
        let next = Timestamp::from_seconds(first_minute(zone, date + chrono::Days::new(1), start) * 60);
        if first < next {
            prop_assert_eq!(rule.day_of(first), day, "the first moment is of that day");
            prop_assert_eq!(rule.day_of(Timestamp::from_micros(next.micros() - 1)), day, "and the last");
        }
        prop_assert!(rule.day_of(Timestamp::from_micros(first.micros() - 1)) < day, "the moment before is not");
    }

    /// On a night when the clock does nothing, a sale belongs to the date on the wall, or to the evening before where the wall does not
    /// show the start of the day yet: 02:00 to 04:00 above all.
    #[test]
    fn a_sale_of_the_small_hours_belongs_to_the_evening_before(
        zone in zone(), date in date(), start in start(), minute in prop_oneof![2 => 0i64..1_440, 3 => 100i64..260],
    ) {
        let rule = DayRule::new(zone.name(), start).unwrap();
        let about = date.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp() / 60 + minute;
        let offset = |minute: i64| wall(zone, minute).and_utc().timestamp() / 60 - minute;
        prop_assume!((-30..=30).all(|hours| offset(about + hours * 60) == offset(about)));
        let (at, shows) = (about, wall(zone, about));
        let before = shows.hour() * 60 + shows.minute() < minutes(start);
        let expected = if before { shows.date() - chrono::Days::new(1) } else { shows.date() };
        for within in [0, 59_999_999] {
            let at = Timestamp::from_micros(at * 60_000_000 + within);
            let (day, hour) = rule.day_and_hour(at);
            prop_assert_eq!(day.date(), expected, "{} {}: {} on the wall", zone.name(), start, shows);
            prop_assert_eq!(u32::from(hour), shows.hour(), "the hour is the wall's");
            prop_assert_eq!(hour, rule.wall_hour(at));
            prop_assert_eq!(rule.wall_clock(at).date(), shows.date());
        }
    }

    /// Weeks, months and years of days are those of the calendar.
    #[test]
    fn days_make_the_weeks_months_and_years_of_the_calendar(number in -200_000i32..200_000, more in -5_000i32..5_000) {
        let day = BusinessDay::from_number(number);
        let date = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap() + chrono::Duration::days(i64::from(number));
        prop_assert_eq!(day.date(), date);
        prop_assert_eq!(day.number(), number);
        prop_assert_eq!(day.plus(more).number(), number + more);
        prop_assert_eq!(day.week_start().date().weekday(), chrono::Weekday::Mon);
        prop_assert!((0..7).contains(&(day.number() - day.week_start().number())), "this week's Monday");
        prop_assert_eq!(day.month_start().date(), date.with_day(1).unwrap());
        prop_assert_eq!(day.year_start().date(), NaiveDate::from_ymd_opt(date.year(), 1, 1).unwrap());
        prop_assert_eq!(day.month_number(), date.year() * 12 + i32::try_from(date.month()).unwrap() - 1);
        prop_assert_eq!(day.plus(1) > day, true);
        if (0..=9_999).contains(&date.year()) {
            prop_assert_eq!(BusinessDay::parse(&day.to_string()), Ok(day), "what is told can be read back");
        }
    }

    /// Steps of time are exact, and stop at the ends of what can be told instead of coming out at the other.
    #[test]
    fn steps_of_time_are_exact(micros in -4_102_444_800_000_000i64..4_102_444_800_000_000, seconds in -1_000_000_000i64..1_000_000_000) {
        let at = Timestamp::from_micros(micros);
        prop_assert_eq!(at.plus_seconds(seconds).micros(), micros + seconds * 1_000_000);
        prop_assert_eq!(at.plus_seconds(seconds).seconds_since(at), seconds);
        prop_assert_eq!(at.plus_days(seconds / 86_400).micros(), micros + seconds / 86_400 * 86_400_000_000);
        prop_assert_eq!(Timestamp::from_micros(micros.abs()).plus_seconds(i64::MAX).micros(), i64::MAX);
        prop_assert_eq!(Timestamp::from_micros(-micros.abs()).plus_seconds(i64::MIN).micros(), i64::MIN);
    }
}

/// The nights on which the clock changes, told one by one: what a property only meets by chance.
#[test]
fn nights_on_which_the_clock_changes() {
    let table = [
        // The hour from 01:00 to 02:00 comes twice; a day that begins at 01:30 begins at the first.
        ("America/Chicago", "01:30", "2026-11-01T06:29:59Z", "2026-10-31", 1, "before the first 01:30"),
        ("America/Chicago", "01:30", "2026-11-01T06:30:00Z", "2026-11-01", 1, "the first 01:30"),
        ("America/Chicago", "01:30", "2026-11-01T07:10:00Z", "2026-11-01", 1, "the second 01:10: the day has begun"),
        ("America/Chicago", "02:30", "2026-03-08T07:59:59Z", "2026-03-07", 1, "before the gap"),
        ("America/Chicago", "02:30", "2026-03-08T08:00:00Z", "2026-03-08", 3, "02:30 does not come: 03:00 is it"),
        // Lord Howe moves by half an hour.
        ("Australia/Lord_Howe", "02:00", "2026-04-04T14:59:59Z", "2026-04-04", 1, "before it goes back"),
        ("Australia/Lord_Howe", "01:45", "2026-04-04T14:45:00Z", "2026-04-05", 1, "the first 01:45"),
        ("Australia/Lord_Howe", "01:45", "2026-04-04T15:05:00Z", "2026-04-05", 1, "01:35 again: the day has begun"),
        // Santiago goes forward at midnight: the day that begins at 00:00 begins at 01:00.
        ("America/Santiago", "00:00", "2026-09-06T03:59:59Z", "2026-09-05", 23, "the last second of the 5th"),
        ("America/Santiago", "00:00", "2026-09-06T04:00:00Z", "2026-09-06", 1, "01:00, and the 6th begins"),
        // Samoa left out 2011-12-30: its business day is what is left of the night, from the 31st's first moment to four.
        ("Pacific/Apia", "04:00", "2011-12-30T13:59:59Z", "2011-12-30", 3, "the last second of that night"),
        ("Pacific/Apia", "04:00", "2011-12-30T14:00:00Z", "2011-12-31", 4, "the 31st, at four"),
    ];
    for (zone, start, at, day, hour, why) in table {
        let rule = DayRule::new(zone, start).unwrap();
        let found = rule.day_and_hour(Timestamp::parse(at).unwrap());
        assert_eq!((found.0.to_string().as_str(), found.1), (day, hour), "{zone} {start}: {why}");
    }
    let chicago = DayRule::new("America/Chicago", "04:00").unwrap();
    for (day, hours) in [("2026-03-07", 23), ("2026-03-08", 24), ("2026-10-31", 25), ("2026-11-01", 24)] {
        let day = BusinessDay::parse(day).unwrap();
        let long = chicago.ends_at(day).seconds_since(chicago.starts_at(day));
        assert_eq!(long, hours * 3_600, "{day}: the night to the next date has an hour more or less");
    }
}

#[test]
fn a_rule_keeps_what_it_was_made_of() {
    let rule = DayRule::new("America/Chicago", "04:30").unwrap();
    assert_eq!((rule.zone_name(), rule.start_minute()), ("America/Chicago", 270));
    let moved = rule.in_zone("Europe/London").unwrap();
    assert_eq!((moved.zone_name(), moved.start_minute()), ("Europe/London", 270), "another zone, the same start");
    assert!(rule.in_zone("Mars/Olympus").is_err());
}

/// Where a whole date is left out, its day begins with the first moment there is.
#[test]
fn a_date_that_is_left_out_begins_with_the_next() {
    let rule = DayRule::new("Pacific/Apia", "04:00").unwrap();
    let day = BusinessDay::parse("2011-12-30").unwrap();
    assert_eq!(rule.starts_at(day).to_rfc3339(), "2011-12-30T10:00:00.000Z", "00:00 of the 31st");
    assert_eq!(rule.ends_at(day).to_rfc3339(), "2011-12-30T14:00:00.000Z", "04:00 of the 31st");
}

/// What one vendor or another writes, and what nobody may: read as the general reader reads it.
#[test]
fn times_as_they_are_written() {
    for (text, told) in [
        ("2026-11-20T18:00:00Z", Some("2026-11-20T18:00:00.000Z")),
        ("2026-11-20t18:00:00z", Some("2026-11-20T18:00:00.000Z")),
        ("2026-11-20T18:00:00.17Z", Some("2026-11-20T18:00:00.170Z")),
        ("2026-11-20T18:00:00.170001Z", Some("2026-11-20T18:00:00.170001Z")),
        ("2026-11-20T18:00:00.123456789Z", Some("2026-11-20T18:00:00.123456Z")),
        ("2026-11-20T12:00:00.5-06:00", Some("2026-11-20T18:00:00.500Z")),
        ("2026-11-21T02:30:00+08:30", Some("2026-11-20T18:00:00.000Z")),
        ("2028-02-29T23:59:59Z", Some("2028-02-29T23:59:59.000Z")),
        ("2026-02-29T12:00:00Z", None),
        ("2026-11-20T24:00:00Z", None),
        ("2026-11-20T18:60:00Z", None),
        ("2026-11-20T18:00:61Z", None),
        ("2026-11-20T18:00:00.Z", None),
        ("2026-13-01T18:00:00Z", None),
        ("2026-11-20T18:00:00", None),
        ("2026-11-20 18:00", None),
        ("20261120T180000Z", None),
        ("2026-11-20T18:00:0xZ", None),
        ("", None),
        ("Z", None),
    ] {
        let read = Timestamp::parse(text).ok();
        assert_eq!(read.map(Timestamp::to_rfc3339).as_deref(), told, "{text:?}");
        let general = chrono::DateTime::parse_from_rfc3339(text).ok().map(|t| t.timestamp_micros());
        assert_eq!(read.map(Timestamp::micros), general, "{text:?}: as the general reader reads it");
    }
}
