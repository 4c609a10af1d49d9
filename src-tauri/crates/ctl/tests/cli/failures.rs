//! Every way to fail has its exit code, and one line on standard error that says what happened and what to do.

use crate::shop::{Shop, command, config};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn fresh(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.toml"), text).unwrap();
    folder
}

/// The exit code, and each of `words` in the one line that was said.
fn says(output: &Output, code: i32, words: &[&str], what: &str) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{what}: {said}");
    assert_eq!(said.lines().count(), 1, "{what}: one trouble is told in one line: {said}");
    for word in words {
        assert!(said.contains(word), "{what} says {word:?}: {said}");
    }
    // What happened, then what to do: at least two sentences.
    assert!(said.trim_end().ends_with('.') && said.matches(". ").count() >= 1, "{what} says what to do: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn configurations_that_cannot_be_used() {
    let shop = Shop::new(10);
    let (url, token) = (shop.square.base_url(), shop.square.token());
    let good = config(&url, &shop.bigquery.base_url());
    let history = "history = \"3y\"";
    let table = [
        ("malformed", "[store\n".to_owned(), vec!["line 1"]),
        ("an unknown key", "[store]\ntime_zone = \"UTC\"\nzone = \"x\"\n".to_owned(), vec!["line 3", "zone"]),
        ("an unknown table", "[shop]\n".to_owned(), vec!["line 1", "shop"]),
        ("no zone", good.replace("America/Chicago", "Chicago"), vec!["time_zone", "Chicago"]),
        ("no time", good.replace("04:00", "4 am"), vec!["business_day_start"]),
        ("plain http", good.replace(&url, "http://shop.example.com"), vec!["base_url", "https"]),
        ("no history", good.replace(history, "history = \"forever\""), vec!["history"]),
        ("a secret", good.replace(history, "token = \"x\""), vec!["token"]),
        ("no source", String::new(), vec!["No point of sale"]),
    ];
    for (what, text, words) in table {
        says(&command(fresh(&text).path(), &token, &["sync"]).output().unwrap(), 2, &words, what);
    }
    let entity = command(fresh(&good).path(), &token, &["sync", "--entity", "sales"]).output().unwrap();
    assert_eq!(entity.status.code(), Some(2), "an entity that is none");
    assert!(String::from_utf8_lossy(&entity.stderr).contains("payments"), "names those there are");
    let usage = Command::new(env!("CARGO_BIN_EXE_backroomctl")).arg("dance").output().unwrap();
    assert_eq!(usage.status.code(), Some(2), "an unknown command");
    let words = String::from_utf8_lossy(&usage.stderr).into_owned();
    assert_eq!(words.lines().count(), 1, "one line: {words}");
    assert!(words.contains("dance") && words.contains("--help"), "what is wrong and what to do: {words}");
}

#[test]
fn those_who_are_not_let_in_and_those_who_are_not_there() {
    let shop = Shop::new(30);
    let (square, bigquery, token) = (shop.square.base_url(), shop.bigquery.base_url(), shop.square.token());
    let nobody = "http://127.0.0.1:1";
    let run =
        |text: &str, token: &str, arguments: &[&str]| command(fresh(text).path(), token, arguments).output().unwrap();
    let good = config(&square, &bigquery);
    says(&run(&good, "wrong", &["sync"]), 4, &["token", "safe"], "a wrong token");
    says(&run(&good, "", &["sync"]), 4, &["SQUARE_ACCESS_TOKEN"], "no token");
    says(&run(&config(nobody, &bigquery), &token, &["sync"]), 3, &["main payments"], "no Square");

    let folder = fresh(&good);
    assert!(command(folder.path(), &token, &["sync"]).output().unwrap().status.success());
    std::fs::write(folder.path().join("config.toml"), config(&square, nobody)).unwrap();
    let push = command(folder.path(), &token, &["push"]).output().unwrap();
    says(&push, 3, &["could not be reached", "Nothing is lost"], "no warehouse");
    std::fs::write(folder.path().join("config.toml"), &good).unwrap();
    let mut push = command(folder.path(), &token, &["push"]);
    assert!(push.output().unwrap().status.success(), "what could not be sent goes out when it can be");
    assert_eq!(shop.bigquery.rows("demo.square_payments").len() as u64, shop.square.truth().payments);
}

#[test]
fn storage_that_cannot_be_used() {
    let shop = Shop::new(30);
    let (text, token) = (config(&shop.square.base_url(), &shop.bigquery.base_url()), shop.square.token());
    let sync = |folder: &Path| command(folder, &token, &["sync"]).output().unwrap();

    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("a-file");
    std::fs::write(&file, b"").unwrap();
    says(&sync(&file), 5, &["folder"], "a file in place of the folder");

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let locked = fresh(&text);
        std::fs::set_permissions(locked.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
        // An administrator may write anywhere.
        if std::fs::write(locked.path().join("tried"), b"").is_err() {
            says(&sync(locked.path()), 5, &["folder"], "a read-only folder");
        }
        std::fs::set_permissions(locked.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    let damaged = fresh(&text);
    let database = damaged.path().join("backroom.db");
    std::fs::write(&database, b"no database at all, but long enough to be read".repeat(99)).unwrap();
    says(&sync(damaged.path()), 5, &["damaged", "backup"], "a damaged buffer");
    let report = command(damaged.path(), &token, &["report", "summary"]).output().unwrap();
    says(&report, 5, &["damaged"], "a damaged buffer that is asked");
    assert!(std::fs::read(&database).unwrap().starts_with(b"no database"), "it is left as it is");

    assert!(shop.run(&["sync"]).status.success());
    let own = shop.folder.path().join("backroom.db");
    let sound = std::fs::read(&own).unwrap();
    let mut newer = sound.clone();
    // The version of the schema stands in the file's header.
    newer[60..64].copy_from_slice(&9_999u32.to_be_bytes());
    std::fs::write(&own, &newer).unwrap();
    says(&shop.run(&["sync"]), 5, &["newer version", "Update"], "a newer buffer");
    says(&shop.run(&["report", "summary"]), 5, &["newer version"], "a newer buffer that is asked");
    says(&shop.run(&["push"]), 5, &["newer version"], "a newer buffer that is to be sent");
    assert_eq!(std::fs::read(&own).unwrap(), newer, "a newer buffer is not touched");

    let copy = shop.folder.path().join("copy.db");
    std::fs::write(&own, &sound).unwrap();
    std::fs::write(&copy, &newer).unwrap();
    says(&shop.run(&["restore", copy.to_str().unwrap()]), 5, &["newer version"], "a newer backup");
    let own = shop.folder.path().join("backroom.db");
    says(&shop.run(&["backup", own.to_str().unwrap()]), 2, &["another file"], "a backup over the buffer itself");
    std::fs::write(&copy, b"nothing of the kind").unwrap();
    says(&shop.run(&["restore", copy.to_str().unwrap()]), 5, &["damaged"], "a backup that is none");
    std::fs::remove_file(&copy).unwrap();
    says(&shop.run(&["restore", copy.to_str().unwrap()]), 5, &[], "a backup that is not there");
    assert_eq!(shop.json(&["doctor"])["ok"], true, "and what was there still is");
}

#[test]
fn a_stream_that_fails_stops_no_other() {
    let shop = Shop::new(200);
    let rule = FaultRule::always(FaultKind::MissingScope).on("/v2/orders/search");
    shop.square.set_faults(Faults { rules: vec![rule], ..Faults::default() });
    let output = shop.run(&["sync"]);
    says(&output, 4, &["main orders", "ORDERS_READ"], "orders were not authorised");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    for stream in told["streams"].as_array().unwrap() {
        assert_eq!(stream["error"].is_object(), stream["entity"] == "orders", "{stream}");
    }
    let html = FaultRule::always(FaultKind::Html { status: 200 }).on("/v2/refunds");
    shop.square.set_faults(Faults { rules: vec![html], ..Faults::default() });
    says(&shop.run(&["sync"]), 3, &["main refunds", "web page"], "a page of HTML in place of refunds");
    shop.square.set_faults(Faults::default());
    shop.json(&["sync"]);
    assert_eq!(shop.json(&["doctor"])["ok"], true);
}
