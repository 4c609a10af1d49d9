//! Money, time and the shape of the tables.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use backroom_core::money::{MoneyError, average, decimal};
use backroom_core::table::Table;
use backroom_core::{BusinessDay, Currency, DayRule, Money, Timestamp};
use proptest::prelude::*;
use std::collections::HashSet;

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

#[test]
fn amounts_are_read_exactly_or_not_at_all() {
    let table = [
        ("12.50", "USD", Ok(1250)),
        ("-12.5", "USD", Ok(-1250)),
        ("0", "USD", Ok(0)),
        (".05", "USD", Ok(5)),
        ("7.", "USD", Ok(700)),
        ("1200", "JPY", Ok(1200)),
        ("1.234", "KWD", Ok(1234)),
        ("1.2345", "CLF", Ok(12345)),
        ("12.500", "USD", Ok(1250)),
        ("12.505", "USD", Err(MoneyError::TooPrecise)),
        ("1.5", "JPY", Err(MoneyError::TooPrecise)),
        ("", "USD", Err(MoneyError::BadAmount)),
        (".", "USD", Err(MoneyError::BadAmount)),
        ("1,200.00", "USD", Err(MoneyError::BadAmount)),
        ("1e3", "USD", Err(MoneyError::BadAmount)),
        ("--1", "USD", Err(MoneyError::BadAmount)),
        ("92233720368547758.07", "USD", Ok(i64::MAX)),
        ("-92233720368547758.08", "USD", Ok(i64::MIN)),
        ("92233720368547758.08", "USD", Err(MoneyError::Overflow)),
    ];
    for (text, code, expected) in table {
        assert_eq!(Money::parse_major(text, currency(code)).map(|m| m.minor), expected, "{text} {code}");
    }
}

#[test]
fn an_average_is_rounded_half_to_even() {
    for (total, count, expected) in
        [(0, 0, 0), (10, 0, 0), (10, 4, 2), (14, 4, 4), (11, 4, 3), (9, 4, 2), (-10, 4, -2), (-14, 4, -4), (7, 1, 7)]
    {
        assert_eq!(average(total, count), expected, "{total} / {count}");
    }
}

proptest! {
    #[test]
    fn an_amount_survives_its_text(minor: i64, code in prop::sample::select(vec!["USD", "JPY", "KWD", "CLF", "EUR"])) {
        let money = Money::new(minor, currency(code));
        prop_assert_eq!(Money::parse_major(&money.to_major(), currency(code)), Ok(money));
        prop_assert_eq!(decimal(minor, 0), minor.to_string());
    }

    #[test]
    fn times_are_read_as_the_general_reader_reads_them(micros in 0i64..4_102_444_800_000_000, digits in 0usize..=6) {
        let full = chrono::DateTime::from_timestamp_micros(micros).unwrap();
        let text = match digits {
            0 => full.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            n => format!("{}.{}Z", full.format("%Y-%m-%dT%H:%M:%S"), &format!("{:06}", micros.rem_euclid(1_000_000))[..n]),
        };
        let expected = chrono::DateTime::parse_from_rfc3339(&text).unwrap().timestamp_micros();
        prop_assert_eq!(Timestamp::parse(&text).unwrap().micros(), expected);
        let told = Timestamp::from_micros(micros).to_rfc3339();
        prop_assert_eq!(Timestamp::parse(&told).unwrap().micros(), micros, "what is told can be read back");
    }

    #[test]
    fn hostile_times_are_refused_in_peace(text in ".{0,40}") {
        if let Ok(read) = Timestamp::parse(&text) {
            prop_assert_eq!(read.micros(), chrono::DateTime::parse_from_rfc3339(&text).unwrap().timestamp_micros());
        }
    }

    /// Every instant lies within the day that it is said to fall in: days partition time, whatever the clocks do.
    #[test]
    fn a_day_holds_exactly_its_instants(
        seconds in 1_577_836_800i64..1_893_456_000,
        zone in prop::sample::select(vec![
            "America/Chicago", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC",
            "America/Phoenix", "Africa/Cairo", "Pacific/Chatham",
        ]),
        start in prop::sample::select(vec!["00:00", "01:30", "02:00", "02:30", "04:00", "23:45"]),
    ) {
        let rule = DayRule::new(zone, start).unwrap();
        let at = Timestamp::from_seconds(seconds);
        let day = rule.day_of(at);
        prop_assert!(rule.starts_at(day) <= at, "{zone} {start}: {at} is not before its day {day}");
        prop_assert!(at < rule.ends_at(day), "{zone} {start}: {at} is not after its day {day}");
        prop_assert_eq!(BusinessDay::from_number(day.number()), day);
    }
}

#[test]
fn a_sale_after_midnight_belongs_to_the_evening_before() {
    let rule = DayRule::new("America/Chicago", "04:00").unwrap();
    let table = [
        ("2026-11-20T05:30:00Z", "2026-11-19", "23:30 on the 19th"),
        ("2026-11-20T08:00:00Z", "2026-11-19", "02:00 on the 20th: still the 19th's evening"),
        ("2026-11-20T09:59:59Z", "2026-11-19", "a second before 04:00"),
        ("2026-11-20T10:00:00Z", "2026-11-20", "04:00 sharp"),
        ("2026-03-08T08:59:59Z", "2026-03-07", "the night the clocks go forward"),
        ("2026-03-08T09:00:00Z", "2026-03-08", "04:00 daylight time comes an hour early"),
        ("2026-11-01T09:30:00Z", "2026-10-31", "the night the clocks go back"),
        ("2026-11-01T10:00:00Z", "2026-11-01", "04:00 standard time"),
    ];
    for (at, day, why) in table {
        assert_eq!(rule.day_of(Timestamp::parse(at).unwrap()).to_string(), day, "{why}");
    }
    let day = BusinessDay::parse("2026-11-20").unwrap();
    assert_eq!(day.week_start().to_string(), "2026-11-16", "weeks begin on Monday");
    assert_eq!(day.month_start().to_string(), "2026-11-01");
    assert_eq!(day.year_start().to_string(), "2026-01-01");
}

#[test]
fn bad_rules_are_refused() {
    for (zone, start) in [("Chicago", "04:00"), ("America/Chicago", "4"), ("America/Chicago", "24:00"), ("", "04:00")] {
        assert!(DayRule::new(zone, start).is_err(), "{zone} {start}");
    }
}

/// Other people's queries read these columns: their names and order never change.
#[test]
fn tables_keep_their_leading_columns() {
    let leading = [
        (
            Table::SquarePayments,
            "id amount currency status customer_id location_id created_at updated_at source_type card_brand receipt_url",
        ),
        (Table::SquareItems, "id name category sku price available created_at updated_at"),
        (Table::LightspeedTransactions, "id amount tax total customer_id status created_at updated_at"),
        (Table::LightspeedProducts, "id name description category price cost quantity created_at updated_at"),
        (
            Table::Sales,
            "timestamp customer_id product_id quantity price payment_method source location sale_id line_id",
        ),
    ];
    for (table, columns) in leading {
        let names: Vec<&str> = table.spec().columns.iter().map(|c| c.name).collect();
        let expected: Vec<&str> = columns.split(' ').collect();
        assert_eq!(names[..expected.len()], expected, "{}", table.name());
    }
    let codes: HashSet<i64> = Table::ALL.iter().map(|t| t.code()).collect();
    assert_eq!(codes.len(), Table::ALL.len(), "each table has a number of its own");
    for table in Table::ALL {
        let spec = table.spec();
        let names: HashSet<&str> = spec.columns.iter().map(|c| c.name).collect();
        assert_eq!(names.len(), spec.columns.len(), "{}: no column twice", spec.name);
        for needed in
            spec.key.iter().chain(spec.cluster).chain(&["_version", "_obs", "_deleted", "_source", spec.partition])
        {
            assert!(names.contains(needed), "{} has {needed}", spec.name);
        }
        assert!(spec.cluster.len() <= 4, "BigQuery clusters by four columns at most");
        assert_eq!(Table::from_code(table.code()), Some(table));
    }
}

#[test]
fn counts_are_grouped_by_thousands() {
    let table = [(0, "0"), (12, "12"), (999, "999"), (1_000, "1,000"), (152_803, "152,803"), (1_000_000, "1,000,000")];
    for (count, text) in table {
        assert_eq!(backroom_core::money::grouped(count), text);
    }
}

/// Where the clock is put forward over the start of the day, the day begins with the first instant after the gap.
#[test]
fn a_day_that_would_begin_in_a_gap_begins_after_it() {
    let day = BusinessDay::parse("2026-03-08").unwrap();
    for (start, begins) in [
        ("01:59", "2026-03-08T07:59:00.000Z"),
        ("02:00", "2026-03-08T08:00:00.000Z"),
        ("02:10", "2026-03-08T08:00:00.000Z"),
        ("02:59", "2026-03-08T08:00:00.000Z"),
        ("03:07", "2026-03-08T08:07:00.000Z"),
    ] {
        let rule = DayRule::new("America/Chicago", start).unwrap();
        let at = rule.starts_at(day);
        assert_eq!(at.to_rfc3339(), begins, "{start}");
        assert_eq!(rule.day_of(at), day, "{start}: the first instant is of that day");
        assert_eq!(rule.day_of(at.plus_seconds(-1)), day.plus(-1), "{start}: the one before is not");
    }
}
