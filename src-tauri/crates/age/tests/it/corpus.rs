//! Known cards in known forms: all must be read.

use crate::cards::{day, fourteen, more};
use backroom_age::sample::{Damage, Sample, Style};
use backroom_age::{Separators, Signal, Unreadable, read};

const SAMPLES: &str = include_str!("aamva-samples.json");

fn assert_read(name: &str, damage: Damage, sample: &Sample) {
    let text = damage.of(&sample.text());
    let card = read(&text).unwrap_or_else(|why| panic!("{name}, {damage:?}: {why} in {text:?}"));
    assert!(card.born_on(sample.birth), "{name}, {damage:?}: the birth date");
    assert!(card.is_numbered(&sample.number), "{name}, {damage:?}: the number, in {text:?}");
    assert_eq!(card.issuer().jurisdiction(), Some(sample.state), "{name}, {damage:?}: the issuer");
    if sample.style != Style::Tracks {
        assert!(card.expires_on(sample.expires), "{name}, {damage:?}: the expiry");
    }
    if !matches!(sample.style, Style::Tracks | Style::Alberta) {
        assert!(card.issued_on(sample.issued), "{name}, {damage:?}: the issue date");
    }
}

#[test]
fn every_card_is_read_in_every_form() {
    let five = [Damage::Raw, Damage::Enter, Damage::NoSeparators, Damage::CapsLock, Damage::CrLf];
    let mut read = 0;
    for (name, sample) in fourteen() {
        for damage in five {
            assert_read(name, damage, &sample);
            read += 1;
        }
    }
    assert_eq!(read, 70, "fourteen cards in five forms");
    for (name, sample) in fourteen().into_iter().chain(more()) {
        for damage in Damage::ALL {
            assert_read(name, damage, &sample);
        }
    }
}

#[test]
fn given_samples_are_read_in_every_form() {
    let samples: serde_json::Value = serde_json::from_str(SAMPLES).unwrap();
    let samples = samples.as_object().unwrap();
    assert_eq!(samples.len(), 4, "the file has four samples");
    for (name, sample) in samples {
        let expected = |field: &str| sample["expected"][field].as_str().unwrap();
        for damage in Damage::ALL {
            let card = read(&damage.of(sample["raw"].as_str().unwrap()))
                .unwrap_or_else(|why| panic!("{name}, {damage:?}: {why}"));
            assert!(card.born_on(day(expected("dob"))), "{name}, {damage:?}: the birth date");
            assert!(card.expires_on(day(expected("expiry"))), "{name}, {damage:?}: the expiry");
            assert!(card.is_numbered(expected("num")), "{name}, {damage:?}: the number");
            let issuer = card.issuer().jurisdiction().map(|state| state.code().to_owned());
            assert_eq!(issuer.as_deref(), Some(expected("st")), "{name}, {damage:?}: the issuer");
            let told: Vec<_> = card.signals().iter().filter(|signal| **signal != Signal::Layout).collect();
            assert!(told.is_empty(), "{name}, {damage:?}: nothing speaks against a sound card, but {told:?}");
        }
    }
}

#[test]
fn the_generator_writes_what_the_standard_asks() {
    let samples: serde_json::Value = serde_json::from_str(SAMPLES).unwrap();
    let cards = fourteen();
    for (name, place, number, family, given) in
        [("v02_2003_DCT", 2, "X000000003", "EXAMPLE", "PAT"), ("v04_2009", 4, "X000000005", "SAMPLE", "TESTINA")]
    {
        let mut card = cards[place].1.clone();
        (card.number, card.family, card.given) = (number.to_owned(), family.to_owned(), given.to_owned());
        assert_eq!(card.text(), samples[name]["raw"].as_str().unwrap(), "{name}: byte for byte");
    }
}

#[test]
fn sound_cards_show_no_signals() {
    for (name, sample) in fourteen().into_iter().chain(more()) {
        let card = read(&sample.text()).unwrap();
        let expected: &[Signal] = match name {
            "South Carolina, file separator" | "wrong offset" | "North Carolina, early" => &[Signal::Layout],
            "Alberta, no directory, no issue date" => &[Signal::Layout],
            "West Virginia, no tag, Canada's order of dates" | "Wyoming, the same" => &[Signal::Layout],
            "a version yet to come" => &[Signal::VersionUnknown],
            _ => &[],
        };
        let told: Vec<_> = card.signals().iter().filter(|signal| !expected.contains(signal)).collect();
        assert!(told.is_empty(), "{name}: {told:?}");
    }
}

#[test]
fn the_self_test_sees_what_the_scanner_does() {
    let text = backroom_age::sample::self_test_card(day("2026-11-21"));
    let table = [
        (Damage::Raw, Separators::Kept, true, false, 0),
        (Damage::Enter, Separators::Replaced, false, false, 0),
        (Damage::NoSeparators, Separators::Lost, false, false, 0),
        (Damage::CapsLock, Separators::Kept, true, true, 0),
        (Damage::CrLf, Separators::CrLf, true, false, 0),
        (Damage::Bars, Separators::Replaced, false, false, 0),
        (Damage::Letters, Separators::Letters, false, false, 0),
        (Damage::Wrapped, Separators::Kept, true, false, 4),
    ];
    for (damage, separators, record_separator, case_inverted, prefix) in table {
        let card = read(&damage.of(&text)).unwrap();
        assert!(card.is_self_test(), "{damage:?}: it is the test card and nobody's");
        let arrival = card.arrival();
        assert_eq!(arrival.separators, separators, "{damage:?}: the separators");
        assert_eq!(arrival.record_separator, record_separator, "{damage:?}: the record separator");
        assert_eq!(arrival.case_inverted, case_inverted, "{damage:?}: the case");
        assert_eq!(arrival.prefix, prefix, "{damage:?}: the scanner's prefix");
    }
}

#[test]
fn what_is_no_card_is_named() {
    let whole = fourteen()[7].1.text();
    let other = fourteen()[4].1.text();
    let half = whole.len() / 2;
    let lost_birth = whole.replace("\nDBB02281985", "");
    let lost_code = whole.replace("DBB02281985", "DXB02281985");
    let lost_digit = whole.replace("636015100102", "63601510012");
    let bad_birth = whole.replace("DBB02281985", "DBB02301985");
    let short_birth = whole.replace("DBB02281985", "DBB0228985");
    let cut_birth = whole.replace("DBB02281985", "DBB02281981\n5");
    let two_births = whole.replace("DBB02281985", "DBB02281985\nDBB02281983");
    let long = "A".repeat(5_000);
    let twice = format!("{whole}{other}");
    let mixed = format!("{whole}{}", &other[other.len() / 5..]);
    let table = [
        (Unreadable::Empty, "", "nothing"),
        (Unreadable::Empty, " \r\n", "an Enter alone"),
        (Unreadable::TooLong, long.as_str(), "longer than any card"),
        (Unreadable::HalfScan, &whole[..half], "the first half"),
        (Unreadable::HalfScan, &whole[half..], "the second half"),
        (Unreadable::HalfScan, &whole[..12], "the head alone"),
        (Unreadable::HalfScan, "@\n\u{1e}\rAN", "less than the head"),
        (Unreadable::TwoScans, twice.as_str(), "two cards"),
        (Unreadable::TwoScans, mixed.as_str(), "a card and a part of another"),
        (Unreadable::HalfScan, lost_birth.as_str(), "the birth date is missing and so is its length"),
        (Unreadable::Damaged, lost_code.as_str(), "the birth date's code is changed"),
        (Unreadable::Damaged, lost_digit.as_str(), "a digit of the head is lost"),
        (Unreadable::BirthUnclear, bad_birth.as_str(), "30 February"),
        (Unreadable::BirthUnclear, short_birth.as_str(), "a digit is lost"),
        (Unreadable::BirthUnclear, cut_birth.as_str(), "a digit and a separator too many, within"),
        (Unreadable::TwoScans, two_births.as_str(), "two birth dates"),
        (Unreadable::Magstripe, "%TXAUSTIN^DOE$JANE^1 NOWHERE RD^?;636015X0001=310219850228?", "a stripe"),
        (Unreadable::Magstripe, ";636015000001=310219850228?", "its second track"),
        (Unreadable::OtherCode, "https://example.com/menu?table=4", "a QR code with an address"),
        (Unreadable::OtherCode, "WIFI:S:shop;T:WPA;P:none;;", "a QR code with a network"),
        (Unreadable::PassportZone, "P<USATESTER<<SYNTHIA<<<<<<<<<<<<<<<<<<<<<<<<<<", "a passport"),
        (Unreadable::ProductCode, "012345678905", "a product"),
        (Unreadable::Typed, "blue lighter", "somebody types"),
        (Unreadable::Typed, "asdfghjklasdf\n", "somebody types fast"),
        (Unreadable::NotAnId, "one\ntwo\nthree", "anything else"),
    ];
    for (expected, text, why) in table {
        assert_eq!(read(text).err(), Some(expected), "{why}");
    }
}
