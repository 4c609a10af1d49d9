//! A simulated scanner and a simulated typist.

use crate::cards::fourteen;
use backroom_age::sample::{Damage, keystrokes};
use backroom_age::{Step, Wedge, WedgeSettings, read};

/// What a letter is that stands for no key: so far nothing has come, says whoever has the clock.
const NOTHING: char = '\0';

/// Everything that a stream of keys becomes, with a silence at the end.
fn play(settings: WedgeSettings, keys: &[(char, u64)]) -> (Vec<String>, Vec<String>, usize) {
    let mut wedge = Wedge::new(settings);
    let mut steps = Vec::new();
    for (letter, at) in keys {
        match *letter {
            NOTHING => steps.extend(wedge.silence(*at)),
            letter => steps.extend(wedge.character(letter, *at)),
        }
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

/// What the detector of the screens is held against as well: they must agree on every one.
#[test]
fn both_detectors_agree_on_every_case() {
    let table: serde_json::Value = serde_json::from_str(include_str!("wedge.json")).unwrap();
    let whole = |text: &str| {
        ["card", "other", "inverted"]
            .into_iter()
            .fold(text.to_owned(), |text, name| text.replace(&format!("{{{name}}}"), table[name].as_str().unwrap()))
    };
    let cases = table["cases"].as_array().unwrap();
    assert!(cases.len() >= 35, "the table is there");
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let given = |field: &str| case["settings"][field].as_str().unwrap_or_default().to_owned();
        let settings = WedgeSettings {
            prefix: given("prefix"),
            suffix: given("suffix"),
            any_code: case["settings"]["any_code"] == true,
            ..WedgeSettings::default()
        };
        let keys: Vec<(char, u64)> = case["keys"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|part| {
                let (start, each) = (part[1].as_u64().unwrap(), part[2].as_u64().unwrap());
                match part[0].as_str().unwrap() {
                    "" => vec![(NOTHING, start)],
                    text => keystrokes(&whole(text), start, each),
                }
            })
            .collect();
        let (scans, typed, dropped) = play(settings, &keys);
        let expected: Vec<String> =
            case["scans"].as_array().unwrap().iter().map(|scan| whole(scan.as_str().unwrap())).collect();
        assert_eq!(scans, expected, "{name}: what is a scan");
        assert_eq!(typed.concat(), case["typed"].as_str().unwrap(), "{name}: what arrives where it is typed");
        if let Some(count) = case["dropped"].as_u64() {
            assert_eq!(u64::try_from(dropped).unwrap(), count, "{name}: what is nobody's");
        }
    }
}

#[test]
fn scans_end_by_silence_or_suffix_and_their_tail_is_dropped() {
    let text = fourteen()[7].1.text();
    let length = u64::try_from(text.chars().count()).unwrap();
    let gone = length * 5;
    let twice = [keystrokes(&text, 0, 5), keystrokes(&text, gone + 20, 5)].concat();
    let (scans, ..) = play(WedgeSettings::default(), &twice);
    assert_eq!(scans.len(), 1, "no pause: one text");
    assert!(read(&scans[0]).is_err(), "which is answered as two scans");

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
