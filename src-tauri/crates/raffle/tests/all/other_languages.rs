//! Three programs, one answer: this crate, the page's script in node, and the verifier in Python.

use crate::certificate::failing;
use crate::shop::*;
use backroom_raffle::*;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command as Program, Stdio};

/// The ends of the tests' folder that are written in other languages.
fn place(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/raffle").join(file)
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/verifier.html")
}

/// Says that a case was not made here, and why; the test command shows it.
fn skipped(case: &str, why: &str) {
    eprintln!("skipped: {case}: {why}");
    if let Some(file) = std::env::var_os("BACKROOM_SKIPPED") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
        writeln!(file, "{case}: {why}").unwrap();
    }
}

/// A verifier in another language, with what it is started by.
fn verifiers() -> Vec<(&'static str, Vec<String>)> {
    let text = |path: PathBuf| path.to_str().unwrap().to_owned();
    let all = [("python3", vec![text(place("verify.py"))]), ("node", vec![text(place("page.mjs")), text(page())])];
    let is_here = |program: &str| {
        Program::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|s| s.success())
    };
    all.into_iter()
        .filter(|(program, _)| {
            let here = is_here(program);
            if !here {
                skipped("raffles in another language", &format!("there is no {program} here"));
            }
            here
        })
        .collect()
}

fn answers(program: &str, start: &[String], what: &str, files: &[&Path]) -> Vec<Value> {
    let output = Program::new(program).args(start).arg(what).args(files).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {what}: {said}");
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Invented draws from a counter, so that every run asks the same.
fn case(n: u64) -> (Value, Value) {
    let mut start = [0; 32];
    start[..8].copy_from_slice(&n.to_be_bytes());
    let mut numbers = Stream::new(Hex(start));
    let mut bytes = || -> Hex<32> {
        let mut bytes = [0; 32];
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&numbers.next_bits().to_be_bytes());
        }
        Hex(bytes)
    };
    let (secret, seal_hash) = (bytes(), bytes());
    let randomness = n.is_multiple_of(2).then(&mut bytes);
    let mut numbers = Stream::new(bytes());
    let entries = 1 + numbers.below(if n.is_multiple_of(50) { 2_000 } else { 60 });
    let people = 1 + numbers.below(entries);
    let pieces = 1 + numbers.below(5);
    let alternates = numbers.below(4);
    let one_prize = numbers.below(2) == 0;
    let bounds: Vec<u64> = (0..3).map(|_| 1 + numbers.below(u64::MAX - 1)).chain([(1 << 63) + 1, 1]).collect();
    let rules = rules();
    let list = SealedList::of(&(0..entries).map(|e| entry(&rules, &mut numbers, e, people)).collect::<Vec<_>>());
    let units: Vec<UnitId> =
        (1..=pieces).map(|p| UnitId::new("p1".parse().unwrap(), u32::try_from(p).unwrap())).collect();
    let alternates = u32::try_from(alternates).unwrap();
    let beacon = randomness.map(|randomness| BeaconRound { randomness, ..thousandth() });
    let seed = seed(&secret, &seal_hash, &list.hash(), beacon.as_ref());
    let drawn = draw(&seed, &list.lots(), &units, alternates, one_prize);
    let mut stream = Stream::new(seed);
    let chosen: Vec<String> = bounds.iter().map(|bound| stream.below(*bound).to_string()).collect();
    let asked = json!({
        "secret": secret, "seal_hash": seal_hash, "list_hash": list.hash(), "randomness": randomness,
        "list": list.text(), "units": units, "alternates": alternates, "one_prize_per_person": one_prize,
        "bounds": bounds.iter().map(u64::to_string).collect::<Vec<_>>(),
    });
    (asked, json!({ "seed": seed, "root": list.merkle_root(), "drawn": drawn, "chosen": chosen }))
}

fn entry(rules: &Rules, numbers: &mut Stream, n: u64, persons: u64) -> Entry {
    let when = rules.opens_at.plus_seconds(i64::try_from(numbers.below(2_000_000)).unwrap());
    // Beyond a million the number is longer than its padding, and the order of texts is not that of numbers.
    let counter = u32::try_from(if n.is_multiple_of(7) { 1_000_000 + n } else { n }).unwrap();
    let channel = [Channel::Free, Channel::Purchase, Channel::Paid][usize::try_from(numbers.below(3)).unwrap()];
    let household = (numbers.below(2) == 0).then(|| people().household(&rules.id, &numbers.below(9).to_string()));
    Entry {
        id: EntryId::new(device(u8::try_from(numbers.below(3)).unwrap()), counter),
        at: when,
        day: rules.day_rule().unwrap().day_of(when),
        channel,
        person: person(rules, u32::try_from(numbers.below(persons)).unwrap()),
        household,
        paid: None,
        receipt: String::new(),
    }
}

#[test]
fn a_thousand_draws_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("draws.jsonl");
    let (asked, expected): (Vec<Value>, Vec<Value>) = (0..1_000).map(case).unzip();
    let text: String = asked.iter().map(|one| format!("{one}\n")).collect();
    std::fs::write(&file, text).unwrap();
    for (program, start) in verifiers() {
        let found = answers(program, &start, "draws", &[&file]);
        assert_eq!(found.len(), expected.len(), "{program} answers every case");
        for (n, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found, expected, "{program}, case {n}: {}", asked[n]);
        }
    }
}

/// Certificates, true and bent, each with a name.
fn certificates() -> Vec<(String, Vec<u8>)> {
    let plain =
        Shop::drawn(Rules { limits: Limits { per_person: Some(1), ..Limits::default() }, ..rules() }, 9).certificate(1);
    let beacon = drawn_with_beacon(6).certificate(1);
    let mut further = Shop::drawn(Rules { alternates: 0, ..rules() }, 8);
    further.then(Command::Forfeit { unit: "p1/1".parse().unwrap(), reason: ForfeitReason::Declined });
    let new = || DrawSecret::new([43; 32]);
    let reason = Some("Declined \u{1f3ab} \"quoted\" \\ \u{7f} \u{1} é".to_owned());
    let request = SealRequest { commitment: new().commitment(), reason, ..further.seal_request() };
    further.then(Command::Seal(request));
    further.then(Command::Draw { secret: new(), beacon: None });
    let text = plain.to_json().unwrap();
    let mut all = vec![
        ("plain".to_owned(), text.clone().into_bytes()),
        ("beacon".to_owned(), beacon.to_json().unwrap().into_bytes()),
        ("further act".to_owned(), further.certificate(2).to_json().unwrap().into_bytes()),
        ("pretty".to_owned(), serde_json::to_string_pretty(&plain).unwrap().into_bytes()),
        ("empty".to_owned(), Vec::new()),
        ("no JSON".to_owned(), b"certificate".to_vec()),
        ("not UTF-8".to_owned(), [text.as_bytes(), &[0xff]].concat()),
        ("a mark at its head".to_owned(), [&[0xef, 0xbb, 0xbf], text.as_bytes()].concat()),
        ("a member too many".to_owned(), text.replacen('{', "{\"a\":1,", 1).into_bytes()),
        ("a fraction".to_owned(), text.replace("\"act\":1", "\"act\":1.0").into_bytes()),
        ("below zero".to_owned(), text.replace("\"act\":1", "\"act\":-1").into_bytes()),
        ("no such day".to_owned(), text.replace("2026-12-20T05", "2026-02-30T05").into_bytes()),
        ("another prize".to_owned(), text.replace("\"count\":2", "\"count\":3").into_bytes()),
    ];
    let mut bodies: Vec<(&str, Body)> = Vec::new();
    let mut bend = |name, edit: fn(&mut Body)| {
        let mut body = plain.body.clone();
        edit(&mut body);
        bodies.push((name, body));
    };
    bend("resigned: winners", |b| b.drawn.swap(0, 1));
    bend("resigned: secret", |b| b.secret.0[0] ^= 1);
    bend("resigned: list", |b| b.list = b.list.lines().skip(1).map(|l| format!("{l}\n")).collect());
    bend("resigned: order", |b| b.list = b.list.lines().rev().map(|l| format!("{l}\n")).collect());
    bend("resigned: root", |b| b.seal.merkle_root.0[0] ^= 1);
    bend("resigned: act", |b| b.seal.act = 2);
    bend("resigned: limit", |b| b.rules.limits.per_person = Some(0));
    bend("resigned: time", |b| b.drawn_at = b.rules.opens_at);
    bend("resigned: commitment", |b| b.seal.opening_commitment.0[0] ^= 1);
    bend("resigned: a round", |b| b.seal.beacon = QUICKNET.plan(1000));
    for (name, body) in bodies {
        all.push((name.to_owned(), Certificate::sign(body, &key()).unwrap().to_json().unwrap().into_bytes()));
    }
    // One flipped bit at every fortieth byte.
    for at in (0..text.len()).step_by(40) {
        let mut bent = text.clone().into_bytes();
        bent[at] ^= 1;
        all.push((format!("byte {at}"), bent));
    }
    all
}

#[test]
fn certificates_fail_in_the_same_steps() {
    let folder = tempfile::tempdir().unwrap();
    let cases = certificates();
    let files: Vec<PathBuf> = (0..cases.len()).map(|n| folder.path().join(format!("{n}.json"))).collect();
    for (file, (_, bytes)) in files.iter().zip(&cases) {
        std::fs::write(file, bytes).unwrap();
    }
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    for (program, start) in verifiers() {
        let found = answers(program, &start, "certificate", &files);
        assert_eq!(found.len(), cases.len(), "{program} answers every file");
        for ((name, bytes), found) in cases.iter().zip(&found) {
            let steps = found["steps"].as_object().unwrap();
            let fails: Vec<&str> =
                Check::ALL.iter().map(|c| c.code()).filter(|c| steps.get(*c) == Some(&json!("fails"))).collect();
            assert_eq!(fails, failing(bytes), "{program}, {name}");
            let open: Vec<&str> =
                Check::ALL.iter().map(|c| c.code()).filter(|c| steps.get(*c) == Some(&json!("unchecked"))).collect();
            let expected: &[&str] = if name == "beacon" { &["beacon"] } else { &[] };
            assert_eq!(open, expected, "{program}, {name}: only the network's own signature is left open");
        }
    }
}

#[test]
fn tickets_hold_in_each() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::drawn(rules(), 11);
    let list = shop.raffle.list(1).unwrap();
    let mut files = Vec::new();
    let mut expected = Vec::new();
    let seal_hash = shop.raffle.acts()[0].seal.hash().unwrap();
    for (n, held) in shop.raffle.entries().enumerate() {
        let mut proof = list.ticket(held.entry.id, seal_hash).unwrap();
        match n % 4 {
            1 => proof.index = (proof.index + 1) % proof.entries,
            2 => proof.merkle_root.0[0] ^= 1,
            3 => drop(proof.proof.path.pop()),
            _ => {}
        }
        let file = folder.path().join(format!("{n}.json"));
        let text = canonical(&proof).unwrap();
        expected.push(verify_ticket(text.as_bytes(), &Expected::default()).is_ok());
        std::fs::write(&file, text).unwrap();
        files.push(file);
    }
    assert_eq!(expected.iter().filter(|holds| **holds).count(), 3, "every fourth is whole");
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    for (program, start) in verifiers() {
        let found: Vec<bool> =
            answers(program, &start, "ticket", &files).iter().map(|a| a["holds"].as_bool().unwrap()).collect();
        assert_eq!(found, expected, "{program}");
    }
}
