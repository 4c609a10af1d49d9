//! Ours against two public parsers, by other people and in another language, where they agree with the standard: clean cards of the
//! USA from version 02 on, and of Canada for the one that knows its dates. What they cannot do is for the other suites.

use backroom_age::sample::{Damage, Sample};
use backroom_age::{Country, Jurisdiction, read};
use chrono::{Duration, NaiveDate};
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Cards that are made; each is read in the forms that a parser takes.
const CARDS: u64 = 2_000;

/// Says that a case was not made here, and why; the test command shows it.
fn skipped(why: &str) {
    eprintln!("skipped: ours against public parsers: {why}");
    if let Some(file) = std::env::var_os("BACKROOM_SKIPPED") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
        writeln!(file, "ours against public parsers: {why}").unwrap();
    }
}

fn parsers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/e2e")
}

/// Invented cards from a counter, so that every run makes the same.
fn cards() -> Vec<Sample> {
    let states: Vec<Jurisdiction> = Jurisdiction::all().filter(|state| state.code() != "BC").collect();
    let mut bits: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut below = |bound: u64| {
        // Marsaglia's xorshift: spread is all that is asked of it.
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        bits % bound
    };
    let first = NaiveDate::from_ymd_opt(1930, 1, 1).unwrap();
    let days = |n: u64| Duration::days(i64::try_from(n).unwrap());
    (0..CARDS)
        .map(|n| {
            let state = states[usize::try_from(below(states.len() as u64)).unwrap()];
            let birth = first + days(below(28_000));
            let issued = NaiveDate::from_ymd_opt(2016, 1, 1).unwrap() + days(below(3_900));
            let expires = issued + days(400 + below(2_900));
            let version = u8::try_from(2 + below(9)).unwrap();
            let mut sample = Sample::new(state, version, birth, issued, expires);
            sample.number = format!("X{n:08}");
            sample
        })
        .collect()
}

/// What the parsers make of texts, a line each.
fn said(texts: &[String]) -> Vec<Value> {
    let mut node = Command::new("node")
        .arg(parsers().join("lib/parsers.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut input = node.stdin.take().unwrap();
    let lines: String = texts.iter().map(|text| serde_json::to_string(text).unwrap() + "\n").collect();
    // Beside the reading, or both would wait for each other.
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = node.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success(), "the public parsers ended with {}", output.status);
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn two_public_parsers_read_the_same_where_they_agree_with_the_standard() {
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !node.is_ok_and(|status| status.success()) {
        return skipped("there is no node here");
    }
    if !["aamvajs", "parse-usdl"].iter().all(|name| parsers().join("node_modules").join(name).exists()) {
        return skipped("its packages are not here: npm ci in tests/e2e");
    }
    let cards = cards();
    let mut compared = [0u64; 2];
    for damage in [Damage::Raw, Damage::Enter, Damage::CrLf] {
        let texts: Vec<String> = cards.iter().map(|card| damage.of(&card.text())).collect();
        let answers = said(&texts);
        assert_eq!(answers.len(), cards.len(), "an answer for each card");
        for ((card, text), answer) in cards.iter().zip(&texts).zip(&answers) {
            let ours = read(text).unwrap_or_else(|why| panic!("{damage:?}, {card:?}: {why}"));
            for (place, (name, knows)) in
                [("aamvajs", damage == Damage::Raw), ("parse-usdl", card.state.country() == Country::Usa)]
                    .into_iter()
                    .enumerate()
            {
                if !knows {
                    continue;
                }
                let theirs = &answer[name];
                let date = |field: &str| theirs[field].as_str().and_then(|text| text.parse::<NaiveDate>().ok());
                let what = format!("{name}, {damage:?}, {} version {}: {theirs}", card.state.code(), card.version);
                let [birth, expires, issued] = ["birth", "expires", "issued"].map(date);
                assert!(birth.is_some_and(|day| ours.born_on(day)), "the birth date is the same: {what}");
                assert!(expires.is_some_and(|day| ours.expires_on(day)), "the expiry is the same: {what}");
                assert!(issued.is_some_and(|day| ours.issued_on(day)), "the issue date is the same: {what}");
                assert!(theirs["number"].as_str().is_some_and(|text| ours.is_numbered(text)), "the number: {what}");
                let issuer = ours.issuer().jurisdiction().map(|state| state.code().to_owned());
                assert_eq!(issuer.as_deref(), theirs["state"].as_str(), "the state: {what}");
                compared[place] += 1;
            }
        }
    }
    assert!(
        compared.iter().all(|count| *count >= CARDS),
        "each parser was asked of as many as there are: {compared:?}"
    );
}
