//! One person, however typed.

use backroom_membership::find::{KeyError, Query, card_key, fold, name_keys, phone_key};
use proptest::prelude::*;

#[test]
fn a_phone_number_is_one_number() {
    let table = [
        ("(555) 010-0199", Ok("5550100199")),
        ("555.010.0199", Ok("5550100199")),
        ("+1 555 010 0199", Ok("5550100199")),
        ("1-555-010-0199", Ok("5550100199")),
        ("001 555 010 0199", Ok("5550100199")),
        ("5550100199 x12", Ok("5550100199")),
        ("555-010-0199 ext. 12", Ok("5550100199")),
        ("tel 5550100199", Err(KeyError::Empty)),
        ("010-0199", Ok("0100199")),
        ("+44 (0)20 7946 0958", Ok("+442079460958")),
        ("0044 20 7946 0958", Ok("+442079460958")),
        ("011 44 20 7946 0958", Ok("+442079460958")),
        ("+52 55 1234 5678", Ok("+525512345678")),
        ("", Err(KeyError::Empty)),
        ("call me", Err(KeyError::Empty)),
        ("555-01", Err(KeyError::Phone)),
        ("1234567890123456", Err(KeyError::Phone)),
    ];
    for (text, expected) in table {
        assert_eq!(phone_key(text), expected.map(str::to_owned), "{text}");
    }
}

#[test]
fn a_card_is_its_letters_and_digits() {
    let table = [
        ("0001234", Ok("0001234")),
        (" m-00 12 ", Ok("M0012")),
        (";0001234?", Ok("0001234")),
        ("--", Err(KeyError::Empty)),
        (";=1", Ok("1")),
        ("4111 1111 1111 1111", Err(KeyError::PaymentCard)),
        ("378282246310005", Err(KeyError::PaymentCard)),
        ("4111 1111 1111 1112", Ok("4111111111111112")),
        ("9999000000000006", Ok("9999000000000006")),
        ("%B4111111111111111^DOE/JAN^3001?", Err(KeyError::PaymentCard)),
        (";4111111111111111=30011010?", Err(KeyError::PaymentCard)),
        ("@\n\u{1e}\rANSI 636000040101DL00310211DLDAQ1", Err(KeyError::IdBarcode)),
        ("@ANSI 636000040101DL00310211DLDAQ1", Err(KeyError::IdBarcode)),
        ("@ansi 636000040101dl00310211dldaq1", Err(KeyError::IdBarcode)),
        ("DAQ1234 DBB01012000 DCSDOE", Err(KeyError::IdBarcode)),
    ];
    for (text, expected) in table {
        assert_eq!(card_key(text), expected.map(str::to_owned), "{text:?}");
    }
    assert_eq!(card_key(&"7".repeat(65)), Err(KeyError::TooLong));
}

#[test]
fn a_name_is_found_without_the_right_keys() {
    let table: [(&str, &[&str]); 9] = [
        ("Núñez-O'Hara, José", &["nunez", "ohara", "jose"]),
        ("JOSE NUNEZ", &["jose", "nunez"]),
        ("O’Brien", &["obrien"]),
        ("Straße", &["strasse"]),
        ("Łukasz Ørsted", &["lukasz", "orsted"]),
        ("Nguyễn Văn", &["nguyen", "van"]),
        ("ﬁona", &["fiona"]),
        ("Jo  Jo jo", &["jo"]),
        ("李 明", &["李", "明"]),
    ];
    for (text, words) in table {
        assert_eq!(name_keys(text).unwrap(), words, "{text}");
    }
    assert_eq!(name_keys(" - "), Err(KeyError::Empty));
    assert_eq!(name_keys("DAQ1234\nDBB01012000\nDCSDOE\nDACJAN"), Err(KeyError::IdBarcode), "an ID is no name");
}

#[test]
fn one_field_finds_by_whatever_it_is() {
    let query = |phone: Option<&str>, card: Option<&str>, name: &[&str]| Query {
        phone: phone.map(str::to_owned),
        card: card.map(str::to_owned),
        name: name.iter().map(|&n| n.to_owned()).collect(),
    };
    let table = [
        ("555-010-0199", Ok(query(Some("5550100199"), Some("5550100199"), &[]))),
        ("0199", Ok(query(Some("0199"), Some("0199"), &[]))),
        ("M-0012", Ok(query(None, Some("M0012"), &[]))),
        ("nunez jo", Ok(query(None, None, &["nunez", "jo"]))),
        ("", Err(KeyError::Empty)),
        ("4111111111111111", Err(KeyError::PaymentCard)),
        ("@ANSI 636000040101DL", Err(KeyError::IdBarcode)),
    ];
    for (text, expected) in table {
        assert_eq!(Query::read(text), expected, "{text:?}");
    }
}

proptest! {
    #[test]
    fn a_key_of_a_key_is_the_key(text in "\\PC{0,40}") {
        if let Ok(key) = phone_key(&text) {
            prop_assert_eq!(phone_key(&key), Ok(key.clone()), "{}", text);
        }
        if let Ok(key) = card_key(&text) {
            prop_assert_eq!(card_key(&key), Ok(key.clone()), "{}", text);
        }
        if let Ok(words) = name_keys(&text) {
            prop_assert_eq!(name_keys(&words.join(" ")), Ok(words.clone()), "{}", text);
        }
        let folded = fold(&text);
        prop_assert_eq!(fold(&folded), folded.clone(), "{}", text);
    }

    #[test]
    fn however_a_number_is_written_it_is_found(number in "[2-9][0-9]{2}[2-9][0-9]{6}", way in 0usize..6) {
        let (a, b, c) = (&number[..3], &number[3..6], &number[6..]);
        let written = [
            number.clone(),
            format!("({a}) {b}-{c}"),
            format!("+1{number}"),
            format!("1 {a} {b} {c}"),
            format!("{a}.{b}.{c} x77"),
            format!(" {a}-{b}-{c} "),
        ];
        prop_assert_eq!(phone_key(&written[way]), Ok(number.clone()));
    }
}
