//! Random cards under random damage: right, or not read. Never another birth date.

use crate::cards::state;
use backroom_age::sample::{Damage, Order, Sample, Style};
use backroom_age::{Jurisdiction, Signal, read};
use chrono::{Duration, NaiveDate};
use proptest::prelude::*;
use std::time::Instant;

/// A fault on top of what the scanner does to every text.
#[derive(Debug, Clone)]
enum Fault {
    None,
    LoseEnd(prop::sample::Index),
    LoseBeginning(prop::sample::Index),
    Lose(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
    Insert(prop::sample::Index, String),
    Smudge(prop::sample::Index, char),
}

impl Fault {
    fn of(&self, text: &str) -> String {
        let letters: Vec<char> = text.chars().collect();
        let at = |index: &prop::sample::Index| index.index(letters.len());
        let join = |parts: &[&[char]]| parts.concat().into_iter().collect::<String>();
        match self {
            Self::None => text.to_owned(),
            Self::LoseEnd(index) => join(&[&letters[..at(index)]]),
            Self::LoseBeginning(index) => join(&[&letters[at(index)..]]),
            Self::Lose(index, run) => {
                let from = at(index);
                join(&[&letters[..from], &letters[(from + run).min(letters.len())..]])
            }
            Self::Repeat(index, run) => {
                let from = at(index);
                join(&[&letters[..(from + run).min(letters.len())], &letters[from..]])
            }
            Self::Insert(index, noise) => {
                let noise: Vec<char> = noise.chars().collect();
                join(&[&letters[..at(index)], &noise, &letters[at(index)..]])
            }
            Self::Smudge(index, with) => {
                let mut letters = letters.clone();
                letters[at(index)] = *with;
                letters.into_iter().collect()
            }
        }
    }
}

fn fault() -> impl Strategy<Value = Fault> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        2 => Just(Fault::None),
        1 => place().prop_map(Fault::LoseEnd),
        1 => place().prop_map(Fault::LoseBeginning),
        3 => (place(), 1usize..40).prop_map(|(at, run)| Fault::Lose(at, run)),
        3 => (place(), 1usize..40).prop_map(|(at, run)| Fault::Repeat(at, run)),
        2 => (place(), "[A-Z0-9 @%?\n]{1,4}").prop_map(|(at, noise)| Fault::Insert(at, noise)),
        2 => (place(), prop::sample::select(vec!['X', 'D', 'B', ' ', '?', '\n', '-'])).prop_map(|(at, with)| Fault::Smudge(at, with)),
    ]
}

fn style() -> impl Strategy<Value = (Style, Jurisdiction, u8)> {
    let any_state = prop::sample::select(Jurisdiction::all().filter(|state| state.code() != "BC").collect::<Vec<_>>());
    let fixed = [
        (Style::OldFileType, "MD", 1),
        (Style::NorthCarolina, "NC", 1),
        (Style::NoJurisdictionVersion, "IL", 2),
        (Style::FileSeparator, "SC", 1),
        (Style::WrongOffset, "OH", 4),
        (Style::NoTag, "WV", 4),
        (Style::Alberta, "AB", 3),
    ];
    prop_oneof![
        3 => (any_state, 0u8..13).prop_map(|(state, version)| (Style::Standard, state, version)),
        2 => prop::sample::select(fixed.to_vec()).prop_map(|(style, code, version)| (style, state(code), version)),
    ]
}

fn sample() -> impl Strategy<Value = Sample> {
    let birth = (0i64..36_000).prop_map(|days| NaiveDate::from_ymd_opt(1925, 1, 1).unwrap() + Duration::days(days));
    // No J in a name: where line feeds come as the letter J, a name such as JDBA cannot be told from an element, and is not read.
    let words = ("[A-IK-Z][A-IK-Z' -]{0,18}", "[A-IK-Z]{1,12}", "[A-Z]{0,2}[0-9]{3,9}[A-Z]{0,1}");
    (style(), birth, 0i64..3_000, 400i64..4_000, words, any::<[bool; 3]>()).prop_map(
        |((style, state, version), birth, age, valid, (family, given, number), [is_id, second_subfile, late])| {
            let issued = birth + Duration::days(5_500 + age);
            let mut sample = Sample::new(state, version, birth, issued, issued + Duration::days(valid));
            sample.order = if late { Order::ExpiryFirst } else { Order::NumberFirst };
            (sample.style, sample.is_id, sample.second_subfile) = (style, is_id, second_subfile);
            (sample.family, sample.given, sample.number) = (family.trim_end().to_owned(), given, number);
            sample
        },
    )
}

/// Faults that move one date behind another's code are rare: enough cases to meet them. `PROPTEST_CASES` asks for more.
fn cases() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.max(2_000), ..usual }
}

/// Where the date of the 21st birthday stands next to the birth date, losing just what lies between puts it in its place, and the
/// text is as sound as any. It is a later date, so nobody becomes older; and the length tells that something is gone.
#[test]
fn a_birthday_in_the_place_of_the_birth_is_never_green() {
    let birth = NaiveDate::from_ymd_opt(1975, 4, 2).unwrap();
    let [issued, expires] = [2022, 2030].map(|year| NaiveDate::from_ymd_opt(year, 4, 2).unwrap());
    let text = Sample::new(state("AK"), 8, birth, issued, expires).text();
    let text = text.replace("\nDDJ04021996", "").replace("DBB04021975", "DBB04021975\nDDJ04021996");
    let glued = text.replace("1975\nDDJ0402", "");
    assert_eq!(glued.len() + 12, text.len(), "only what lies between is gone");
    for damage in [Damage::Raw, Damage::Enter, Damage::CapsLock, Damage::CrLf] {
        assert!(read(&damage.of(&text)).unwrap().born_on(birth), "{damage:?}: the whole text");
        let card = read(&damage.of(&glued)).unwrap();
        assert!(card.signals().contains(&Signal::Shortened), "{damage:?}: the clerk is told, and it is not green");
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_birth_date_is_right_or_not_read(sample in sample(), damage in prop::sample::select(Damage::ALL.to_vec()), fault in fault()) {
        let text = fault.of(&damage.of(&sample.text()));
        match read(&text) {
            Ok(card) => prop_assert!(card.born_on(sample.birth), "another birth date, in {text:?}"),
            Err(why) => prop_assert!(!matches!(fault, Fault::None), "{why} for a whole card, in {text:?}"),
        }
    }

    #[test]
    fn a_number_is_right_or_not_known(sample in sample(), damage in prop::sample::select(Damage::ALL.to_vec())) {
        let text = damage.of(&sample.text());
        let card = read(&text).map_err(|why| TestCaseError::fail(format!("{why} in {text:?}")))?;
        prop_assert!(!card.has_number() || card.is_numbered(&sample.number), "another number, in {text:?}");
    }

    #[test]
    fn any_text_has_an_answer(text in "\\PC{0,300}|[A-Z0-9@%;=?^\n\r\u{1e} ]{0,600}|(@|ANSI |AAMVA|DBB|DBA|DAQ|DL|[0-9]{1,14}|\n|J|M){0,60}") {
        drop(read(&text));
    }

    #[test]
    fn any_bytes_have_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        drop(read(&String::from_utf8_lossy(&bytes)));
        drop(read(&bytes.iter().map(|byte| char::from(*byte)).collect::<String>()));
    }
}

/// The worst texts that fit in: many beginnings of everything that is looked for. A thousand times the time of a scan would still be
/// seen here; anything that grows with the square would not end.
#[test]
fn the_longest_texts_take_no_time() {
    for pattern in [
        "ANSI ",
        "DBB",
        "DBB12",
        "DAQ",
        "DLDAQ",
        "@",
        "\n",
        "J",
        "JDAQ",
        "0",
        "DBB01011990",
        "ANSI 636015100101DL00310100DLDAQ\n",
    ] {
        let text: String = pattern.chars().cycle().take(4_096).collect();
        let began = Instant::now();
        for _ in 0..100 {
            drop(read(&text));
        }
        let each = began.elapsed() / 100;
        assert!(each.as_millis() < 1_000, "{pattern:?} repeated took {each:?}");
    }
}
