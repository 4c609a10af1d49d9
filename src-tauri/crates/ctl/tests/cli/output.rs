//! Where results go: to a reader that leaves early, to a full disk, to whoever follows `run`; and what `demo` leaves alone.

use crate::shop::{Shop, command, config};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let shop = Shop::new(300);
    shop.json(&["sync"]);
    for report in ["daily", "products"] {
        let mut child =
            shop.command(&["report", report]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{report}: {said}");
        assert_eq!(said, "", "{report}: a closed pipe is not worth a word");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_not_a_success() {
    let shop = Shop::new(30);
    shop.json(&["sync"]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = shop.command(&["report", "daily"]).stdout(full).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "a script must not take half a report for a whole one: {said}");
    assert!(said.contains("could not be written") && said.lines().count() == 1, "{said}");
}

#[test]
fn run_tells_what_each_cycle_did() {
    let shop = Shop::new(120);
    let mut running = shop.command(&["run", "--every", "1h"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut told = Vec::new();
    for line in BufReader::new(running.stdout.take().unwrap()).lines() {
        let event: Value = serde_json::from_str(&line.unwrap()).expect("each line is JSON");
        let last = event["event"] == "sent";
        told.push(event);
        if last {
            break;
        }
    }
    running.kill().unwrap();
    running.wait().unwrap();
    let find = |name: &str| told.iter().find(|e| e["event"] == name).unwrap_or_else(|| panic!("{name} in {told:?}"));
    assert!(find("changed")["invalidates"].is_array());
    assert!(find("synced")["streams"].as_array().unwrap().iter().all(|s| s.get("error").is_none()), "all went through");
    assert_eq!((&find("sent")["pending"], &find("sent")["dead"]), (&0.into(), &0.into()), "and everything was sent");
}

#[test]
fn run_says_once_what_keeps_it_from_working() {
    let shop = Shop::new(30);
    let mut running = command(shop.folder.path(), "wrong", &["run", "--every", "1h"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(running.stderr.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.contains("token"), "whoever looks after it is told: {said}");
    running.kill().unwrap();
    running.wait().unwrap();
}

#[test]
fn the_demonstration_leaves_a_shop_alone() {
    let shop = Shop::new(30);
    shop.json(&["sync"]);
    let buffer = shop.folder.path().join("backroom.db");
    let before = std::fs::read(&buffer).unwrap();
    let refused = |what: &str| {
        let output = shop.run(&["demo", "--payments", "30"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{what}: {said}");
        assert!(said.contains("real shop"), "{what}: {said}");
        assert_eq!(std::fs::read(&buffer).unwrap(), before, "{what}: the buffer is untouched");
    };
    refused("a folder with a shop's configuration");
    std::fs::remove_file(shop.folder.path().join("config.toml")).unwrap();
    refused("a folder whose configuration got lost");
    std::fs::write(shop.folder.path().join("config.toml"), config("http://127.0.0.1:1", "http://127.0.0.1:1")).unwrap();
    assert_eq!(shop.json(&["doctor"])["ok"], true);
}

#[test]
fn a_second_demonstration_leaves_the_first_alone() {
    for serve in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let demo = || {
            let mut demo = command(folder.path(), "", &["demo", "--payments", "300"]);
            if serve {
                demo.args(["--serve", "--port", "0"]);
            }
            demo
        };
        let mut first = demo().stdout(Stdio::piped()).spawn().unwrap();
        let mut told = String::new();
        BufReader::new(first.stdout.as_mut().unwrap()).read_line(&mut told).unwrap();
        let written = std::fs::read_to_string(folder.path().join("config.toml")).unwrap();
        let second = demo().output().unwrap();
        let said = String::from_utf8_lossy(&second.stderr);
        assert_eq!(second.status.code(), Some(5), "the folder is in use (serving: {serve}): {said}");
        assert!(said.contains("already using") && said.lines().count() == 1, "in one line, with what to do: {said}");
        let after = std::fs::read_to_string(folder.path().join("config.toml")).unwrap();
        assert_eq!(after, written, "the first one's addresses stand (serving: {serve})");
        assert!(first.try_wait().unwrap().is_none(), "and it goes on: {told}");
        assert_eq!(folder.path().join("backroom.db").exists(), serve, "with its buffer, where it has one");
        first.kill().unwrap();
        first.wait().unwrap();
    }
}

#[test]
fn a_report_answers_what_was_asked_or_says_that_it_cannot() {
    let shop = Shop::new(400);
    shop.json(&["sync"]);
    let daily = shop.json(&["report", "daily"]);
    let days = daily.as_array().unwrap();
    assert_eq!(shop.json(&["report", "daily", "--limit", "7"]).as_array().unwrap()[..], days[days.len() - 7..]);
    let sold = days.iter().rev().find(|d| d["transactions"].as_i64() > Some(0)).unwrap();
    let day = sold["from"].as_str().unwrap();
    let of_day = shop.json(&["report", "recent", "--from", day, "--to", day, "--limit", "1000"]);
    let completed = of_day.as_array().unwrap().iter().filter(|p| p["status"] == "COMPLETED").count();
    assert_eq!(Some(completed as i64), sold["transactions"].as_i64(), "the payments of that day: {of_day}");
    assert!(of_day.as_array().unwrap().iter().all(|p| p["business_day"] == day), "and of no other: {of_day}");
    for refused in [
        vec!["report", "summary", "--from", day],
        vec!["report", "summary", "--limit", "3"],
        vec!["report", "products", "--to", day],
        vec!["report", "recent", "--limit", "1001"],
        vec!["report", "daily", "--from", "yesterday"],
        vec!["report", "daily", "--location", "nowhere"],
    ] {
        let output = shop.run(&refused);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{refused:?}: {said}");
        assert!(output.stdout.is_empty() && said.lines().count() == 1, "{refused:?}: {said}");
    }
}

#[test]
fn tables_for_a_person_stand_in_columns() {
    let shop = Shop::new(400);
    shop.json(&["sync"]);
    for report in ["summary", "daily", "monthly", "products"] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_backroomctl"))
            .args(["--secrets", "env", "--data-dir"])
            .arg(shop.folder.path())
            .args(["report", report])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let widths: std::collections::BTreeSet<usize> = text.lines().map(|l| l.chars().count()).collect();
        assert_eq!(widths.len(), 1, "{report}: each line is as long as its title:\n{text}");
    }
}

#[test]
fn a_token_that_is_kept_is_not_printed_again() {
    let folder = tempfile::tempdir().unwrap();
    let served = |kept: Option<&str>, more: &[&str]| {
        let mut serve = command(folder.path(), "", &[&["serve", "--port", "0", "--json"], more].concat());
        match kept {
            Some(token) => serve.env("BACKROOM_API_TOKEN", token),
            None => serve.env_remove("BACKROOM_API_TOKEN"),
        };
        serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let invented = "invented-token-invented-token-00";
    for (kept, told) in [(None, true), (Some(invented), false)] {
        let mut running = served(kept, &[]);
        let mut line = String::new();
        BufReader::new(running.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let told_now = serde_json::from_str::<serde_json::Value>(&line).unwrap()["ui"].to_string().contains("#token=");
        running.kill().unwrap();
        let said = running.wait_with_output().unwrap();
        assert_eq!(told_now, told, "a fresh token is printed once, a kept one never: {line}");
        assert!(!line.contains(invented) && !String::from_utf8_lossy(&said.stderr).contains(invented), "{line}");
    }
    let refused = served(Some(invented), &["--new-token"]).wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("BACKROOM_API_TOKEN"), "it says where the token comes from: {said}");
}

#[test]
fn a_demonstration_of_lightspeed_is_a_shop_of_fifty_transactions() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = command(folder.path(), "", &["demo", "--lightspeed"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(demo.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let told: serde_json::Value = serde_json::from_str(&line).unwrap();
    let run = |arguments: &[&str]| {
        let token = told["source_token"].as_str().unwrap();
        command(folder.path(), "", arguments).env("LIGHTSPEED_ACCESS_TOKEN", token).output().unwrap()
    };
    let synced = run(&["sync"]);
    assert!(synced.status.success(), "{}", String::from_utf8_lossy(&synced.stderr));
    let rows = |entity: &str| {
        let outcome: serde_json::Value = serde_json::from_slice(&synced.stdout).unwrap();
        let streams = outcome["streams"].as_array().unwrap().clone();
        streams.iter().filter(|s| s["entity"] == entity).filter_map(|s| s["rows"].as_u64()).sum::<u64>()
    };
    let pushed: serde_json::Value = serde_json::from_slice(&run(&["push"]).stdout).unwrap();
    let tables = pushed["tables"].as_array().unwrap();
    let sent = |table: &str| tables.iter().find(|t| t["table"] == table).map(|t| t["rows"].clone());
    assert_eq!(rows("orders"), 50, "fifty transactions");
    assert_eq!(sent("lightspeed_products"), Some(25.into()), "twenty-five products, two of them archived");
    let status: serde_json::Value = serde_json::from_slice(&run(&["status"]).stdout).unwrap();
    assert_eq!(status["app"]["demo"], true, "every screen is marked");
    // Whatever the file says, invented data goes to no real warehouse.
    let file = folder.path().join("config.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let real = text.lines().map(|l| {
        if l.contains(told["bigquery"].as_str().unwrap()) {
            "base_url = \"https://bigquery.googleapis.com\""
        } else {
            l
        }
    });
    std::fs::write(&file, real.collect::<Vec<_>>().join("\n")).unwrap();
    let refused = run(&["push"]);
    assert_eq!(refused.status.code(), Some(2), "{}", String::from_utf8_lossy(&refused.stderr));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("demonstration"), "it says why");
    demo.kill().unwrap();
    demo.wait().unwrap();
}
