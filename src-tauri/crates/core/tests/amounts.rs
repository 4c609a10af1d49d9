//! Amounts held against plain arithmetic on numbers twice as wide.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use backroom_core::money::{average, decimal, grouped, parse_rounded};
use backroom_core::{Currency, Money};
use proptest::prelude::*;

/// `total / count` rounded half to even, by the definition: the nearest integer, and of two the even one.
fn nearest_even(total: i128, count: i128) -> i128 {
    let near = [total.div_euclid(count), total.div_euclid(count) + 1];
    let off = near.map(|n| (n * count - total).abs());
    match off[0].cmp(&off[1]) {
        std::cmp::Ordering::Less => near[0],
        std::cmp::Ordering::Greater => near[1],
        std::cmp::Ordering::Equal => near.into_iter().find(|n| n % 2 == 0).unwrap(),
    }
}

proptest! {
    #[test]
    fn an_average_is_the_nearest_and_of_two_the_even_one(
        total in prop_oneof![-1_000i64..1_000, -1_000_000_000_000_000i64..1_000_000_000_000_000],
        count in prop_oneof![1i64..20, 1i64..10_000_000],
    ) {
        prop_assert_eq!(i128::from(average(total, count)), nearest_even(i128::from(total), i128::from(count)));
        // Halves are rare among numbers drawn at random.
        let half = total % 1_000_000 * count + count / 2;
        prop_assert_eq!(i128::from(average(half, count)), nearest_even(i128::from(half), i128::from(count)));
    }

    #[test]
    fn a_decimal_is_its_digits(minor in prop_oneof![any::<i64>(), -200i64..200], places in 0u8..=7) {
        let text = decimal(minor, places);
        let (sign, digits) = text.strip_prefix('-').map_or((1, text.as_str()), |rest| (-1, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        prop_assert_eq!(fraction.len(), usize::from(places));
        prop_assert!(whole == "0" || !whole.is_empty() && !whole.starts_with('0'), "{text}: as one writes it");
        let read: i128 = format!("{whole}{fraction}").parse().unwrap();
        prop_assert_eq!(read * sign, i128::from(minor));
        prop_assert_eq!(sign < 0, minor < 0);
    }

    /// More decimals than are kept are rounded as the definition says, and it is told that there were some.
    #[test]
    fn more_decimals_are_rounded_half_to_even(
        units in -1_000_000_000_000i64..1_000_000_000_000,
        places in 0u8..=4,
        more in prop_oneof![Just(0u8), 1u8..=4],
        halves in prop::bool::ANY,
    ) {
        // Halves are what rounding is about, and rare among numbers drawn at random.
        let step = 10i64.pow(u32::from(more));
        let units = if halves && more > 0 { units / step * step + units.signum() * step / 2 } else { units };
        let (read, rounded) = parse_rounded(&decimal(units, places + more), places).unwrap();
        let magnitude = nearest_even(i128::from(units.unsigned_abs()), i128::from(step));
        let expected = if units < 0 { -magnitude } else { magnitude };
        prop_assert_eq!(i128::from(read), expected, "{} kept to {} places", decimal(units, places + more), places);
        prop_assert_eq!(rounded, units % step != 0);
    }

    #[test]
    fn groups_are_threes_and_nothing_is_lost(count: u64) {
        let text = grouped(count);
        prop_assert_eq!(text.replace(',', ""), count.to_string());
        let groups: Vec<&str> = text.split(',').collect();
        prop_assert!((1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|g| g.len() == 3), "{text}");
    }

    #[test]
    fn hostile_amounts_are_refused_in_peace(text in "[-+0-9., e]{0,30}|.{0,20}", places in 0u8..=7) {
        let plain = |t: &str| !t.is_empty() && t.chars().all(|c| c.is_ascii_digit() || c == '.') && t != ".";
        let is_number = plain(text.trim().strip_prefix('-').unwrap_or(text.trim())) && text.matches('.').count() <= 1;
        for read in [Money::parse_major(&text, Currency::USD).is_ok(), parse_rounded(&text, places).is_some()] {
            prop_assert!(!read || is_number, "{text:?} is no amount");
        }
    }
}

#[test]
fn what_is_read_with_rounding() {
    let table = [
        ("1.25", 2, Some((125, false))),
        ("1.2500", 2, Some((125, false))),
        ("-0.005", 2, Some((0, true))),
        ("0.015", 2, Some((2, true))),
        ("0.025", 2, Some((2, true))),
        ("0.0250001", 2, Some((3, true))),
        ("-0.015", 2, Some((-2, true))),
        ("2.5", 0, Some((2, true))),
        ("3.5", 0, Some((4, true))),
        ("7.", 2, Some((700, false))),
        (".5", 1, Some((5, false))),
        (" 4 ", 1, Some((40, false))),
        ("9223372036854775807", 0, Some((i64::MAX, false))),
        ("9223372036854775808", 0, None),
        ("9223372036854775807.9", 0, None),
        ("92233720368547758.08", 2, None),
        ("", 2, None),
        (".", 2, None),
        ("-", 2, None),
        ("1.2.3", 2, None),
        ("1e3", 2, None),
        ("+1", 2, None),
    ];
    for (text, places, expected) in table {
        assert_eq!(parse_rounded(text, places), expected, "{text:?} to {places} places");
    }
}

#[test]
fn currencies_are_three_letters_with_their_own_decimals() {
    let without = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
    let table =
        [(without, 0), ("BHD IQD JOD KWD LYD OMR TND", 3), ("CLF UYW", 4), ("USD EUR GBP CAD MXN INR CNY XYZ", 2)];
    for (codes, exponent) in table {
        for code in codes.split(' ') {
            for written in [code.to_owned(), code.to_ascii_lowercase()] {
                let currency = Currency::parse(&written).unwrap();
                assert_eq!((currency.code(), currency.exponent()), (code, exponent), "{written}");
                assert_eq!((format!("{currency:?}"), currency.to_string()), (code.to_owned(), code.to_owned()));
            }
        }
    }
    for code in ["", "US", "USDT", "U$D", "12A", "ÄB"] {
        assert!(Currency::parse(code).is_err(), "{code:?}");
    }
}

#[test]
fn small_amounts_keep_their_zeros() {
    let table = [
        (0, 2, "0.00"),
        (5, 2, "0.05"),
        (-5, 2, "-0.05"),
        (0, 0, "0"),
        (-7, 0, "-7"),
        (100, 2, "1.00"),
        (1, 4, "0.0001"),
    ];
    for (minor, places, text) in table {
        assert_eq!(decimal(minor, places), text);
    }
}
