//! `backroomctl` as scripts use it: what it prints, how it ends, and that killing it loses nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use backroom_sandbox::bigquery::BigQuery;
use backroom_sandbox::square::{NewSale, SaleLine, Square, StoreSpec};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

struct Shop {
    square: Square,
    bigquery: BigQuery,
    folder: tempfile::TempDir,
}

fn now() -> backroom_api::sync::Timestamp {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    backroom_api::sync::Timestamp::from_seconds(i64::try_from(seconds).unwrap())
}

fn config(square: &str, bigquery: &str) -> String {
    format!(
        "[store]\ntime_zone = \"America/Chicago\"\nbusiness_day_start = \"04:00\"\n\n[[source]]\nkind = \"square\"\nname = \"main\"\n\
         base_url = \"{square}\"\nhistory = \"3y\"\n\n[warehouse]\nkind = \"bigquery\"\nproject = \"demo-project\"\ndataset = \"demo\"\n\
         location = \"US\"\nbase_url = \"{bigquery}\"\n"
    )
}

impl Shop {
    fn new(payments: usize) -> Self {
        let square = Square::start(StoreSpec::small(payments, now())).unwrap();
        let bigquery = BigQuery::start("demo").unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), config(&square.base_url(), &bigquery.base_url())).unwrap();
        Self { square, bigquery, folder }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        command(self.folder.path(), &self.square.token(), arguments)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn command(folder: &Path, token: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backroomctl"));
    command
        .args(["--json", "--secrets", "env", "--data-dir"])
        .arg(folder)
        .args(arguments)
        .env("SQUARE_ACCESS_TOKEN", token)
        .env_remove("GOOGLE_APPLICATION_CREDENTIALS")
        .env_remove("BACKROOM_DATA_DIR");
    command
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

const PERIOD: [&str; 9] = [
    "from",
    "to",
    "collected_minor",
    "tips_minor",
    "refunded_minor",
    "net_minor",
    "transactions",
    "customers",
    "average_minor",
];

#[test]
fn a_shop_is_synced_reported_and_delivered() {
    let shop = Shop::new(1_200);
    let sync = shop.json(&["sync"]);
    assert_eq!(keys(&sync), ["elapsed_ms", "streams"]);
    let mut names = ["source", "entity", "location", "rows", "changed", "deleted", "pages", "requests"];
    names.sort_unstable();
    for stream in sync["streams"].as_array().unwrap() {
        let mut found = keys(stream);
        found.sort_unstable();
        assert_eq!(found, names, "a stream tells these and no more");
    }

    let truth = shop.square.truth();
    let summary = shop.json(&["report", "summary"]);
    for name in ["today", "week", "month", "year", "all"] {
        let told = &summary[name];
        let mut found = keys(told);
        let mut expected = PERIOD;
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{name}");
        let sum = truth.between(told["from"].as_str().unwrap(), told["to"].as_str().unwrap());
        let figures = ["collected_minor", "refunded_minor", "net_minor", "tips_minor", "transactions", "customers"]
            .map(|key| told[key].as_i64().unwrap());
        let expected = [
            sum.collected_minor,
            sum.refunded_minor,
            sum.net_minor,
            sum.tips_minor,
            sum.transactions as i64,
            sum.customers.len() as i64,
        ];
        assert_eq!(figures, expected, "{name} equals what the shop knows");
    }
    assert_eq!(summary["currency"], "USD");
    assert_eq!(shop.json(&["report", "daily"]).as_array().unwrap().len(), 90, "ninety days, those without sales too");
    assert_eq!(shop.json(&["report", "monthly"]).as_array().unwrap().len(), 24);
    assert_eq!(shop.json(&["report", "recent", "--limit", "3"]).as_array().unwrap().len(), 3);
    let products = shop.json(&["report", "products"]);
    assert!(
        products.as_array().unwrap().iter().any(|p| p["sold_30_milli"].as_i64() > Some(0)),
        "products tell what sold"
    );

    let push = shop.json(&["push"]);
    assert_eq!(keys(&push).len(), 4, "elapsed_ms, tables, pending, dead");
    assert_eq!((&push["pending"], &push["dead"]), (&0.into(), &0.into()), "nothing waits");
    assert_eq!(shop.bigquery.rows("demo.square_payments").len() as u64, truth.payments, "each payment is there once");
    assert_eq!(shop.json(&["push"])["tables"], Value::Array(Vec::new()), "nothing new: nothing is sent");
    for stream in shop.json(&["sync"])["streams"].as_array().unwrap() {
        assert_eq!((&stream["requests"], &stream["changed"]), (&1.into(), &0.into()), "nothing new: one call");
    }
    assert_eq!(shop.json(&["doctor"])["ok"], true);
    assert!(
        shop.json(&["sync", "--entity", "payments"])["streams"]
            .as_array()
            .unwrap()
            .iter()
            .all(|s| s["entity"] == "payments")
    );

    let copy = shop.folder.path().join("copy.db");
    shop.json(&["backup", copy.to_str().unwrap()]);
    let before = shop.json(&["report", "summary"])["all"].clone();
    shop.json(&["restore", copy.to_str().unwrap()]);
    assert_eq!(shop.json(&["report", "summary"])["all"], before, "a restored copy tells the same");
    shop.json(&["sync", "--full"]);
    shop.json(&["push"]);
    assert_eq!(
        shop.bigquery.rows("demo.square_payments").len() as u64,
        truth.payments,
        "a restored copy doubles nothing"
    );
}

/// Every way to fail has its exit code and says on standard error what happened and what to do.
#[test]
fn failures_end_with_their_code_and_one_line() {
    let shop = Shop::new(60);
    let url = shop.square.base_url();
    let fresh = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), text).unwrap();
        folder
    };
    let check = |folder: &Path, token: &str, arguments: &[&str], code: i32, words: &str| {
        let output = command(folder, token, arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?} says {words:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
        let distinct: std::collections::HashSet<&str> = said.lines().map(|l| l.split(": ").last().unwrap()).collect();
        assert_eq!(distinct.len(), 1, "one trouble is told once a stream: {said}");
    };
    let good = config(&url, &shop.bigquery.base_url());
    let token = shop.square.token();
    check(fresh("[store\n").path(), &token, &["sync"], 2, "line 1");
    check(fresh("[store]\nzone = \"x\"\n").path(), &token, &["sync"], 2, "zone");
    check(fresh(&good.replace("America/Chicago", "Chicago")).path(), &token, &["sync"], 2, "time_zone");
    check(fresh(&good.replace(&url, "http://shop.example.com")).path(), &token, &["sync"], 2, "https");
    check(fresh("").path(), &token, &["sync"], 2, "No point of sale");
    check(fresh(&good).path(), "wrong", &["sync"], 4, "token");
    check(fresh(&good).path(), "", &["sync"], 4, "token");
    check(fresh(&good).path(), &token, &["sync", "--entity", "sales"], 2, "payments");
    check(fresh(&good.replace(&url, "http://127.0.0.1:1")).path(), &token, &["sync", "--entity", "payments"], 3, "");
    let broken = fresh(&good);
    std::fs::write(broken.path().join("backroom.db"), b"no database at all, but long enough to be read".repeat(99))
        .unwrap();
    check(broken.path(), &token, &["sync"], 5, "damaged");
    let file = fresh("").path().join("config.toml");
    std::fs::write(std::env::temp_dir().join("backroom-cli-a-file"), b"").unwrap();
    check(&std::env::temp_dir().join("backroom-cli-a-file"), &token, &["sync"], 5, "");
    drop(file);
    let usage = Command::new(env!("CARGO_BIN_EXE_backroomctl")).arg("dance").output().unwrap();
    assert_eq!(usage.status.code(), Some(2), "an unknown command");
}

#[test]
fn a_stream_that_fails_stops_no_other() {
    let shop = Shop::new(200);
    let rule = FaultRule::always(FaultKind::MissingScope).on("/v2/orders/search");
    shop.square.set_faults(Faults { rules: vec![rule], ..Faults::default() });
    let output = shop.run(&["sync"]);
    assert_eq!(output.status.code(), Some(4), "orders were not authorised");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    for stream in told["streams"].as_array().unwrap() {
        assert_eq!(stream["error"].is_object(), stream["entity"] == "orders", "{stream}");
    }
    let html = FaultRule::always(FaultKind::Html { status: 200 }).on("/v2/refunds");
    shop.square.set_faults(Faults { rules: vec![html], ..Faults::default() });
    assert_eq!(shop.run(&["sync"]).status.code(), Some(3), "a page of HTML in place of refunds");
    shop.square.set_faults(Faults::default());
    shop.json(&["sync"]);
    assert_eq!(shop.json(&["doctor"])["ok"], true);
}

#[test]
fn two_at_once_are_told_apart_and_reports_may_be_read_meanwhile() {
    let shop = Shop::new(400);
    shop.json(&["sync"]);
    let mut running = shop.command(&["run", "--every", "1h"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(running.stdout.take().unwrap()));
    lines.next().unwrap().unwrap();
    let second = shop.run(&["sync"]);
    assert_eq!(second.status.code(), Some(5), "a second writer is refused");
    assert!(String::from_utf8_lossy(&second.stderr).contains("already using"), "in words");
    assert!(
        shop.json(&["report", "summary"])["all"]["transactions"].as_i64() > Some(0),
        "a report is no second writer"
    );
    shop.json(&["status"]);
    let pid = running.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(running.wait().unwrap().success(), "SIGTERM ends it cleanly");
}

/// kill -9 at any moment of pulling and delivering: nothing is lost, nothing is there twice.
#[test]
fn killing_it_loses_and_doubles_nothing() {
    let shop = Shop::new(3_000);
    shop.square.set_faults(Faults { latency_ms: 20, ..Faults::default() });
    shop.bigquery.set_faults(Faults { latency_ms: 4, ..Faults::default() });
    let mut dice = 0x9E37_79B9_7F4A_7C15_u64;
    let mut kills = 0;
    let deadline = Instant::now() + Duration::from_secs(45);
    let items = shop.square.item_ids();
    while kills < 30 && Instant::now() < deadline {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let work = if kills % 2 == 0 { "sync" } else { "push" };
        let mut child = shop.command(&[work]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // A sync commits about once a second: kills must fall on both sides of its commits.
        let longest = if work == "sync" { 1_600 } else { 300 };
        std::thread::sleep(Duration::from_millis(5 + (dice >> 33) % longest));
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        let line = SaleLine { item_id: Some(items[kills % 9].clone()), quantity_milli: 1_000, price_minor: None };
        shop.square.add_sale(&NewSale { location: kills % 3, lines: vec![line], ..NewSale::default() }).unwrap();
    }
    assert!(kills >= 10, "the loop did its work: {kills} kills");
    assert!(!shop.bigquery.rows("demo.square_payments").is_empty(), "some of the work was done between the kills");
    shop.square.set_faults(Faults::default());
    shop.bigquery.set_faults(Faults::default());
    shop.json(&["sync"]);
    shop.json(&["sync"]);
    let push = shop.json(&["push"]);
    assert_eq!((&push["pending"], &push["dead"]), (&0.into(), &0.into()));
    assert_eq!(shop.json(&["doctor"])["ok"], true, "the file is sound and the ledger balances");
    let truth = shop.square.truth();
    let rows = shop.bigquery.rows("demo.square_payments");
    let ids: std::collections::HashSet<_> = rows.iter().map(|r| r["id"].clone()).collect();
    assert_eq!((rows.len() as u64, ids.len() as u64), (truth.payments, truth.payments), "each payment is there once");
    let all = &shop.json(&["report", "summary"])["all"];
    let sum = truth.between(all["from"].as_str().unwrap(), all["to"].as_str().unwrap());
    assert_eq!(all["net_minor"], sum.net_minor, "and the numbers are those of the shop");
}
