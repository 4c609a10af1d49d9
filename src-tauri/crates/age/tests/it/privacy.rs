//! Nothing of a card is shown by accident.

use crate::cards::{day, fourteen, state};
use backroom_age::rules::{Document, ProductClass, Rules};
use backroom_age::{Ask, Fingerprint, FingerprintKey, Issuer, Step, Typed, Wedge, WedgeSettings, check, judge, read};

#[test]
fn debug_shows_nothing_of_a_card() {
    let sample = &fourteen()[7].1;
    let text = sample.text();
    let card = read(&text).unwrap();
    let key = FingerprintKey::new([7; 32]);
    let rules = Rules::default();
    let ask = Ask {
        class: ProductClass::Tobacco,
        state: Some(state("NV")),
        date: day("2026-11-21"),
        rules: &rules,
        banned: false,
        passed_back: false,
    };
    let mut wedge = Wedge::new(WedgeSettings::default());
    let steps: Vec<Step> = text.chars().zip(0u64..).flat_map(|(letter, at)| wedge.character(letter, at)).collect();
    let scanned = wedge.silence(10_000);
    let shown = [
        format!("{card:?} {card:#?}"),
        format!("{:?}", judge(&card, &ask)),
        format!("{:?}", read(&text)),
        format!("{:?}", Typed::new(Document::Passport, sample.birth, Some(sample.expires))),
        format!("{key:?} {:?}", Fingerprint::of(&card, &key)),
        format!("{wedge:?} {steps:?} {scanned:?}"),
        format!("{:?}", check(&text[..text.len() / 2], &ask)),
    ];
    let kept = serde_json::to_string(&judge(&card, &ask).kept()).unwrap();
    assert_eq!(
        kept, r#"{"verdict":"green","reason":"of_age","method":"scan","class":"tobacco","rules":"2026-11-21"}"#,
        "what is kept is exactly this"
    );
    let personal = ["1985", "0228", "2033", "2025", "X000", "000001", "SAMPLE", "TESTINA", "NOWHERE", "636015", "41"];
    for shown in shown.iter().chain([&kept]) {
        for part in personal {
            assert!(!shown.contains(part), "{part} is shown in {shown}");
        }
    }
}

#[test]
fn a_fingerprint_knows_a_card_again_by_its_key_alone() {
    let sample = &fourteen()[7].1;
    let one = FingerprintKey::new([7; 32]);
    let two = FingerprintKey::new([8; 32]);
    let of = |text: &str, key: &FingerprintKey| Fingerprint::of(&read(text).unwrap(), key);
    let first = of(&sample.text(), &one);
    assert!(first.is_some(), "the number is known");
    for damage in backroom_age::sample::Damage::ALL {
        assert_eq!(of(&damage.of(&sample.text()), &one), first, "{damage:?}: the same card");
    }
    let texas = Issuer::Jurisdiction(state("TX"));
    assert_eq!(Fingerprint::typed(texas, " x000-000 001 ", &one), first, "typed with spaces, hyphens, small letters");
    assert_ne!(of(&sample.text(), &two), first, "another key, another hash: the old ones cannot be linked");
    assert_ne!(Fingerprint::typed(Issuer::Jurisdiction(state("CA")), "X000000001", &one), first, "another issuer");
    assert_ne!(Fingerprint::typed(texas, "X000000002", &one), first, "another number");
    assert_eq!(Fingerprint::typed(texas, " - ", &one), None, "no number");
    let kept = first.map(|print| Fingerprint::from_bytes(*print.bytes()));
    assert_eq!(kept, first, "what was kept is the same again");
}
