//! ID checks from a pipe: any scan gets a verdict, a verdict is all that stays.

use crate::shop::Shop;
use backroom_age::Jurisdiction;
use backroom_age::sample::Sample;
use chrono::NaiveDate;
use serde_json::Value;
use std::io::Write;
use std::process::{Output, Stdio};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn piped(shop: &Shop, arguments: &[&str], scan: &[u8]) -> Output {
    let mut command = shop.command(arguments);
    command.env("BACKROOM_BUFFER_KEY", "an invented text");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(scan).unwrap();
    child.wait_with_output().unwrap()
}

fn verdict(shop: &Shop, more: &[&str], scan: &[u8]) -> Value {
    let arguments = [&["age", "check", "--state", "OH", "--at", "2026-11-21T18:00:00Z"], more].concat();
    let output = piped(shop, &arguments, scan);
    assert!(output.status.success(), "any scan gets a verdict: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_scan_from_a_pipe_gets_a_verdict_and_leaves_nothing_of_the_card() {
    let shop = Shop::new(40);
    shop.json(&["sync"]);
    let card = |birth: &str, expires: &str| {
        let sample = Sample::new(Jurisdiction::parse("OH").unwrap(), 9, date(birth), date("2024-01-15"), date(expires));
        sample.text()
    };
    let table = [
        (card("2005-11-21", "2028-01-15"), "green", "of_age", Some(21)),
        (card("2005-11-22", "2028-01-15"), "red", "under_age", Some(20)),
        (card("1990-05-05", "2026-11-20"), "red", "expired", Some(36)),
        ("https://example.com/menu".to_owned(), "amber", "other_code", None),
        (String::new(), "amber", "nothing_scanned", None),
    ];
    for (scan, colour, reason, age) in &table {
        for more in [&[][..], &["--dry-run"]] {
            let told = verdict(&shop, more, scan.as_bytes());
            assert_eq!(
                (told["verdict"].as_str(), told["reason"].as_str(), told["age_years"].as_u64()),
                (Some(*colour), Some(*reason), *age),
                "{told}"
            );
            assert!(told["signals"].is_array());
            assert_eq!(told["id"].is_null(), !more.is_empty(), "a dry run keeps nothing");
        }
    }
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    assert_eq!(verdict(&shop, &["--dry-run"], &bytes)["verdict"], "amber", "what is no text fails closed");
    let told = |arguments: &[&str]| -> Value { serde_json::from_slice(&piped(&shop, arguments, b"").stdout).unwrap() };
    let kept = told(&["age", "log", "--from", "2026-11-21", "--to", "2026-11-21"]);
    assert_eq!(kept.as_array().unwrap().len(), table.len(), "one verdict each, none of the dry runs");
    let counts = told(&["age", "statistics", "--from", "2026-11-21", "--to", "2026-11-21"]);
    assert_eq!((&counts["checks"], &counts["red"]), (&5.into(), &2.into()));
    let sent = shop.json(&["push"]);
    let table = sent["tables"].as_array().unwrap().iter().find(|t| t["table"] == "age_checks").unwrap();
    assert_eq!(table["rows"], 5, "verdicts go to the warehouse: {sent}");
    for entry in std::fs::read_dir(shop.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        for personal in ["X000000001", "TESTINA", "11212005", "2005-11-21", "20051121"] {
            let found = bytes.windows(personal.len()).any(|w| w == personal.as_bytes());
            assert!(!found, "{personal} of a card is in {}", path.display());
        }
    }
    let test_card = told(&["age", "test-card"]);
    let told = verdict(&shop, &[], test_card["text"].as_str().unwrap().as_bytes());
    assert_eq!((told["verdict"].as_str(), told["reason"].as_str()), (Some("amber"), Some("self_test")));
    let refused = piped(&shop, &["age", "check", "--class", "nothing"], b"");
    assert_eq!(refused.status.code(), Some(2), "a class that is none: {}", String::from_utf8_lossy(&refused.stderr));
}

#[test]
fn an_inspector_gets_a_paper_and_a_table() {
    let shop = Shop::new(40);
    shop.json(&["sync"]);
    let card =
        Sample::new(Jurisdiction::parse("OH").unwrap(), 9, date("1990-05-05"), date("2024-01-15"), date("2090-01-15"));
    for scan in [card.text(), card.text()[..80].to_owned(), String::new()] {
        let output = piped(&shop, &["age", "check"], scan.as_bytes());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let out = shop.folder.path().join("for the inspector");
    let output = piped(&shop, &["age", "pack", "--out", out.to_str().unwrap()], b"");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((told["checks"].as_u64(), told["chain_ok"].as_bool()), (Some(3), Some(true)), "{told}");
    let [paper, table] = ["pdf", "csv"].map(|end| std::fs::read(told[end].as_str().unwrap()).unwrap());
    assert!(paper.starts_with(b"%PDF-"), "the paper");
    let table = String::from_utf8(table).unwrap();
    let verdicts: Vec<&str> = table.lines().filter(|line| line.starts_with("check,")).collect();
    assert_eq!(verdicts.len(), 3, "every verdict of today: {table}");
    assert!(!table.contains("X000000001") && !table.contains("TESTINA"), "nothing of the card");
    let goods = piped(&shop, &["age", "goods"], b"");
    let goods: Value = serde_json::from_slice(&goods.stdout).unwrap();
    assert!(goods.as_array().unwrap().iter().all(|one| one["needs"] == ""), "nobody has said anything: {goods}");
    let blocked = shop.folder.path().join("a file");
    std::fs::write(&blocked, "").unwrap();
    let refused = piped(&shop, &["age", "pack", "--out", blocked.to_str().unwrap()], b"");
    assert_eq!(refused.status.code(), Some(5), "no folder: {}", String::from_utf8_lossy(&refused.stderr));
}
