//! A simulated scanner and a simulated typist.

use crate::cards::fourteen;
use backroom_age::sample::{Damage, keystrokes};
use backroom_age::{Step, Wedge, WedgeSettings, read};

/// Everything that a stream of keys becomes, with a silence at the end.
fn play(settings: WedgeSettings, keys: &[(char, u64)]) -> (Vec<String>, Vec<String>, usize) {
    let mut wedge = Wedge::new(settings);
    let mut steps = Vec::new();
    for (letter, at) in keys {
        steps.extend(wedge.character(*letter, *at));
    }
    steps.extend(wedge.silence(keys.last().map_or(0, |(_, at)| *at) + 10_000));
    let (mut scans, mut typed, mut dropped) = (Vec::new(), Vec::new(), 0);
    for step in steps {
        match step {
            Step::Scanned(scan) => scans.push(scan.text().to_owned()),
            Step::Typed(text) => typed.push(text.to_string()),
            Step::Dropped => dropped += 1,
            Step::Held => {}
        }
    }
    (scans, typed, dropped)
}

#[test]
fn every_form_of_every_card_is_a_scan_at_a_scanners_speed() {
    for (name, sample) in fourteen() {
        for damage in Damage::ALL {
            // The pictures of controls and the wrapping are of scanners that are set so.
            let prefix = if damage == Damage::Wrapped { "~ID>" } else { "" };
            let suffix = if damage == Damage::Wrapped { "#END\n" } else { "" };
            let settings =
                WedgeSettings { prefix: prefix.to_owned(), suffix: suffix.to_owned(), ..WedgeSettings::default() };
            for each_ms in [0, 4, 30] {
                let text = damage.of(&sample.text());
                let (scans, typed, dropped) = play(settings.clone(), &keystrokes(&text, 5_000, each_ms));
                assert!(typed.is_empty() && dropped == 0, "{name}, {damage:?}, {each_ms} ms: nothing lands in a field");
                let [scan] = scans.as_slice() else { panic!("{name}, {damage:?}: one scan, not {}", scans.len()) };
                assert!(read(scan).unwrap().born_on(sample.birth), "{name}, {damage:?}: it is read");
            }
        }
    }
}

#[test]
fn typing_goes_where_it_is_typed() {
    let table = [
        ("blue lighter", 120, "a person"),
        ("jane@example.com", 90, "an address with an @"),
        ("ansi c and aamva", 80, "words that begin like a head"),
        ("50% off; 6 left", 70, "signs that begin a stripe"),
        ("@@@@", 200, "only the sign"),
        ("0123456789012", 12, "a product's barcode, which is not ours here"),
    ];
    for (text, each_ms, why) in table {
        let (scans, typed, dropped) = play(WedgeSettings::default(), &keystrokes(text, 0, each_ms));
        assert_eq!(typed.concat(), text, "{why}: every letter arrives, in order");
        assert!(scans.is_empty() && dropped == 0, "{why}: it is no scan");
    }
}

#[test]
fn where_an_id_is_awaited_every_fast_code_gets_an_answer() {
    let settings = WedgeSettings { any_code: true, ..WedgeSettings::default() };
    for text in ["https://example.com/menu", "0123456789012", "%TXAUSTIN^DOE$JANE^?;636015X1=310219850228?"] {
        let (scans, typed, _) = play(settings.clone(), &keystrokes(text, 0, 10));
        assert_eq!(scans, [text], "it is taken whole");
        assert!(typed.is_empty(), "nothing of it lands in a field");
        assert!(read(text).is_err(), "and is answered");
    }
    let (scans, typed, _) = play(settings, &keystrokes("a person types", 0, 110));
    assert_eq!((scans.len(), typed.concat().as_str()), (0, "a person types"), "typing stays typing");
}

#[test]
fn scans_end_by_silence_or_suffix_and_their_tail_is_dropped() {
    let text = fourteen()[7].1.text();
    let length = u64::try_from(text.chars().count()).unwrap();
    let two = |pause: u64| {
        let second = length * 5 + pause;
        [keystrokes(&text, 0, 5), keystrokes(&text, second, 5)].concat()
    };
    let (scans, ..) = play(WedgeSettings::default(), &two(2_000));
    assert_eq!(scans.len(), 2, "a pause between two cards parts them");
    let (scans, ..) = play(WedgeSettings::default(), &two(20));
    assert_eq!(scans.len(), 1, "no pause: one text");
    assert!(read(&scans[0]).is_err(), "which is answered as two scans");
    let (scans, typed, dropped) = play(WedgeSettings::default(), &two(300));
    assert_eq!((scans.len(), typed.len()), (1, 0), "the PC stuttered: the rest is no second scan and no typing");
    assert_eq!(dropped, text.chars().count(), "it is dropped");

    let suffixed = WedgeSettings { suffix: "#".to_owned(), ..WedgeSettings::default() };
    let mut wedge = Wedge::new(suffixed);
    let keys = keystrokes(&format!("{text}#"), 0, 5);
    let last = keys.into_iter().flat_map(|(letter, at)| wedge.character(letter, at)).last();
    assert!(matches!(last, Some(Step::Scanned(scan)) if scan.text() == text), "a suffix ends it without waiting");

    let endless: String = format!("@\n\u{1e}\rANSI {}", "9".repeat(9_000));
    let (scans, typed, dropped) = play(WedgeSettings::default(), &keystrokes(&endless, 0, 1));
    assert_eq!((scans.len(), typed.len()), (1, 0), "an endless one ends");
    assert!(dropped > 4_000, "and the rest is dropped");

    let mut back = keystrokes(&text, 50_000, 0);
    back.iter_mut().rev().take(100).for_each(|key| key.1 = 10);
    let (scans, typed, _) = play(WedgeSettings::default(), &back);
    assert_eq!((scans.as_slice(), typed.len()), ([text].as_slice(), 0), "a clock that goes back stands still");
}
