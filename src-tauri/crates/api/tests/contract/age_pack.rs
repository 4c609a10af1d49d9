//! The record for an inspector: the paper and the table say what the statistics say, and nothing of a customer.

use crate::running::{open, shop, source, token_of};
use backroom_age::Jurisdiction;
use backroom_age::sample::Sample;
use backroom_api::Engine;
use backroom_api::sync::PullOptions;
use backroom_core::BusinessDay;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{Datelike, Days, NaiveDate};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tempfile::TempDir;

const NUMBER: &str = "X000000001";

/// An invented card of somebody so many years old.
fn card(today: NaiveDate, years: i32) -> String {
    let year = |years: i32| NaiveDate::from_ymd_opt(today.year() + years, 1, 15).unwrap();
    Sample::new(Jurisdiction::parse("OH").unwrap(), 9, year(-years), year(-2), year(4)).text()
}

async fn told(engine: &Engine, name: &str, args: Value) -> Value {
    engine.call(name, args).await.unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A shop with sales, an owner and a clerk, a training, checks of every colour, one repeated, one by hand, and a test of the scanner.
async fn checked() -> (TempDir, Engine, Value) {
    let square = shop();
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[store]\ntime_zone = \"America/Chicago\"\n{}", source("main", &square.base_url()));
    let engine = open(folder.path(), &config, &token_of(&square), false).await;
    engine.sync(PullOptions::default()).await.unwrap();
    let today: NaiveDate = told(&engine, "app_state", Value::Null).await["today"].as_str().unwrap().parse().unwrap();
    let days = json!({ "from": (today - Days::new(399)).to_string(), "to": today.to_string() });
    let person = |name: &str, role: &str, pin: &str| json!({"id": null, "name": name, "role": role, "pin": pin});
    told(&engine, "save_person", person("Olive Owner", "owner", "4711")).await;
    let people = told(&engine, "save_person", person("Cleo Clerk", "clerk", "90125")).await;
    let id =
        |name: &str| people["people"].as_array().unwrap().iter().find(|p| p["name"] == name).unwrap()["id"].clone();
    let taught = json!({"person": id("Olive Owner"), "course": "Looking at cards", "day": days["from"], "expires": "2099-01-01"});
    told(&engine, "note_training", taught).await;
    for years in [30, 40, 50, 15] {
        told(&engine, "age_check", json!({"scan": card(today, years), "product_class": "vapor"})).await;
    }
    let half = told(&engine, "age_check", json!({"scan": &card(today, 30)[..90]})).await;
    told(
        &engine,
        "age_check",
        json!({"scan": card(today, 30), "resubmits": half["id"], "resubmit_reason": "Brad is known here"}),
    )
    .await;
    let typed = json!({"document": "passport", "birth": "1980-05-05", "expires": "2090-01-01", "second": id("Cleo Clerk"), "pin": "90125"});
    told(&engine, "age_manual", typed).await;
    let test_card = told(&engine, "age_test_card", Value::Null).await;
    told(&engine, "age_check", json!({"scan": test_card["text"]})).await;
    (folder, engine, days)
}

/// The texts of a PDF of ours, in their order, as a reader finds them: what is shown by `Tj` in its streams.
fn texts(pdf: &[u8]) -> String {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(place) = pdf[at..].iter().position(|byte| matches!(byte, b'(' | b'<')) {
        at += place;
        let hexadecimal = pdf[at] == b'<';
        let (mut bytes, mut depth, mut n) = (Vec::new(), 1, at + 1);
        while depth > 0 && n < pdf.len() {
            match (hexadecimal, pdf[n]) {
                (false, b'\\') => {
                    n += 1;
                    bytes.push(pdf[n]);
                }
                (false, b'(') => {
                    depth += 1;
                    bytes.push(b'(');
                }
                (false, b')') if depth > 1 => {
                    depth -= 1;
                    bytes.push(b')');
                }
                (false, b')') | (true, b'>') => depth -= 1,
                (_, byte) => bytes.push(byte),
            }
            n += 1;
        }
        if pdf[n..].starts_with(b" Tj") {
            let bytes = if hexadecimal { hex::decode(&bytes).unwrap() } else { bytes };
            found.push(bytes.iter().map(|byte| char::from(*byte)).collect::<String>());
        }
        at = n;
    }
    found.join(" ")
}

/// The rows of a table (RFC 4180), by the word in front.
fn rows(csv: &str) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut rows: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = csv.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                cells.push(std::mem::take(&mut cell));
                let row = std::mem::take(&mut cells);
                assert_eq!(row.len(), 11, "each row has every column: {row:?}");
                rows.entry(row[0].clone()).or_default().push(row);
            }
            '\r' if !quoted => {}
            letter => cell.push(letter),
        }
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn the_paper_and_the_table_say_what_the_statistics_say() {
    let (_folder, engine, days) = checked().await;
    let statistics = told(&engine, "age_statistics", days.clone()).await;
    assert_eq!(
        ["checks", "green", "amber", "red", "self_tests"].map(|key| statistics[key].as_u64().unwrap()),
        [7, 5, 1, 1, 1],
        "what was done: {statistics}"
    );
    let coverage = &statistics["coverage"];
    assert_eq!(coverage["checks"], 5, "not the refused one, and the repeated one once");
    // The same by another way: every order that somebody paid for, and every payment that has none.
    let [from, to] = ["from", "to"].map(|key| BusinessDay::parse(days[key].as_str().unwrap()).unwrap().number());
    let brute = engine.store().read(|c| {
        let one = |sql: &str| -> Result<i64, backroom_api::store::StoreError> { Ok(c.query_row(sql, [from, to], |r| r.get(0))?) };
        let orders = one("SELECT count(*) FROM orders o WHERE o.state = 1 AND o.deleted = 0
             AND EXISTS (SELECT 1 FROM payment p WHERE p.order_id = o.id AND p.source = o.source AND p.status = 2 AND p.deleted = 0
               AND p.day BETWEEN ?1 AND ?2)
             AND EXISTS (SELECT 1 FROM order_line n WHERE n.order_pk = o.pk AND n.deleted = 0 AND n.quantity_milli > 0)")?;
        let without = one("SELECT count(DISTINCT coalesce(p.order_id, 'payment ' || p.pk)) FROM payment p
             WHERE p.status = 2 AND p.deleted = 0 AND p.day BETWEEN ?1 AND ?2 AND NOT EXISTS (SELECT 1 FROM orders o
               WHERE o.id = p.order_id AND o.source = p.source AND o.state = 1 AND o.deleted = 0)")?;
        Ok((orders + without, without))
    });
    let brute = brute.unwrap();
    assert_eq!((coverage["sales"].as_i64(), coverage["unknown"].as_i64()), (Some(brute.0), Some(brute.1)), "all sales");
    assert!(brute.0 > 100, "the shop sold something: {brute:?}");

    let pack = told(&engine, "age_pack", days.clone()).await;
    let csv = pack["csv"].as_str().unwrap();
    assert_eq!(pack["csv_sha256"], hex::encode(Sha256::digest(csv.as_bytes())), "the mark is the table's");
    let table = rows(csv);
    let result = |part: &str, subject: &str| -> String {
        let found = table[part].iter().find(|row| row[5] == subject);
        found.unwrap_or_else(|| panic!("{part}: {subject} in {:?}", table[part]))[6].clone()
    };
    for (subject, field) in
        [("checks", "checks"), ("green", "green"), ("amber", "amber"), ("red", "red"), ("self_tests", "self_tests")]
    {
        assert_eq!(result("total", subject), statistics[field].to_string(), "{subject}");
    }
    for (subject, field) in [
        ("sales with goods that need a check", "sales"),
        ("lines of such goods", "lines"),
        ("checks that may have led to a sale", "checks"),
        ("sales whose goods are not known", "unknown"),
        ("percent", "percent"),
    ] {
        assert_eq!(result("coverage", subject), coverage[field].to_string(), "{subject}");
    }
    let kept = told(&engine, "age_checks", days.clone()).await;
    let ids = |part: &str| table[part].iter().map(|row| row[1].clone()).collect::<Vec<_>>();
    let (mut listed, mut all) = ([ids("check"), ids("self_test")].concat(), Vec::new());
    all.extend(kept.as_array().unwrap().iter().map(|line| line["id"].as_str().unwrap().to_owned()));
    listed.sort();
    all.sort();
    assert_eq!(listed, all, "every verdict and every test of the scanner is in the table once");
    for line in kept.as_array().unwrap() {
        let row = table["check"].iter().chain(&table["self_test"]).find(|row| line["id"] == row[1].as_str()).unwrap();
        let fields = [2, 6, 7, 8, 5, 9].map(|n| row[n].as_str());
        let expected = ["at", "verdict", "reason", "method", "product_class", "rules_version"]
            .map(|key| line[key].as_str().unwrap());
        assert_eq!(fields, expected, "the verdict as it is kept");
    }
    assert_eq!(table["training"][0][5..7], ["Looking at cards", "Olive Owner"], "who was taught what");
    assert_eq!(table["clerk"][0][10], "7 with a training in force");
    assert_eq!(result("audit_log", "result"), "as it was written");

    let text = texts(&BASE64_STANDARD.decode(pack["pdf"].as_str().unwrap()).unwrap());
    for words in [
        "Record of ID checks",
        "ID checks 7",
        "OK to sell (green) 5",
        "Looked at by the clerk (amber) 1",
        "Refused (red) 1",
        "Tests of the scanner 1",
        "Looking at cards",
        "Federal Tobacco 21 rule",
        "as they were written",
        "7 of 7",
        pack["csv_sha256"].as_str().unwrap(),
        result("audit_log", "head").as_str(),
    ] {
        assert!(text.contains(words), "the paper says {words:?}: {text}");
    }
    for line in kept.as_array().unwrap() {
        let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        assert!(letters(&text).contains(&letters(line["id"].as_str().unwrap())), "the paper has {}", line["id"]);
    }
    for personal in [NUMBER, "SAMPLE", "TESTINA", "NOWHERE", "1980-05-05", "Brad"] {
        assert!(!text.contains(personal) && !csv.contains(personal), "{personal} is in a record that leaves the shop");
    }
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn that_it_was_made_is_written_down_and_what_was_changed_since_shows() {
    let (_folder, engine, days) = checked().await;
    let first = told(&engine, "age_pack", days.clone()).await;
    let log = told(&engine, "audit_log", json!({"before": null, "limit": 1})).await;
    let entry = &log["entries"][0];
    assert_eq!((entry["action"].as_str(), entry["operator"].as_str()), (Some("age.pack"), Some("Olive Owner")));
    assert!(
        entry["detail"].as_str().unwrap().contains(first["csv_sha256"].as_str().unwrap()),
        "with the table's mark: {entry}"
    );
    assert_eq!(first["chain_ok"], true);
    engine.store().write(|c| Ok(c.execute("UPDATE audit SET detail = 'nothing' WHERE pk = 2", [])?)).await.unwrap();
    let second = told(&engine, "age_pack", days.clone()).await;
    assert_eq!(second["chain_ok"], false, "an entry was changed");
    assert!(second["csv"].as_str().unwrap().contains("audit_log,,,,,broken at,2,"), "and which is told");
    for (args, why) in [
        (json!({"from": "2020-01-01", "to": "2026-01-01"}), "six years"),
        (json!({"from": "2026-02-01", "to": "2026-01-01"}), "backwards"),
    ] {
        assert_eq!(engine.call("age_pack", args).await.unwrap_err().code, "BAD_REQUEST", "{why}");
    }
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_says_which_goods_need_no_check() {
    let (_folder, engine, days) = checked().await;
    let goods = told(&engine, "age_goods", Value::Null).await;
    let before = told(&engine, "age_statistics", days.clone()).await["coverage"].clone();
    assert!(goods.as_array().unwrap().iter().all(|g| g["needs"] == ""), "nobody has said anything: {goods}");
    let most = &before["goods"][0];
    let choice =
        |needs: &str| json!({"goods": [{"source": most["source"], "category": most["category"], "needs": needs}]});
    let kept = told(&engine, "save_age_goods", choice("vapor")).await;
    let of = |kept: &Value| {
        kept.as_array().unwrap().iter().find(|g| g["category"] == most["category"]).unwrap()["needs"].clone()
    };
    assert_eq!(of(&kept), "vapor");
    let same = told(&engine, "age_statistics", days.clone()).await["coverage"].clone();
    assert_eq!(
        (&same["sales"], &same["lines"]),
        (&before["sales"], &before["lines"]),
        "a class counts as what nobody said"
    );
    assert_eq!(of(&told(&engine, "save_age_goods", choice("free")).await), "free");
    let after = told(&engine, "age_statistics", days.clone()).await["coverage"].clone();
    let n = |of: &Value, key: &str| of[key].as_u64().unwrap();
    assert_eq!(n(&after, "lines"), n(&before, "lines") - n(most, "lines"), "its lines count no more");
    assert!(n(&after, "sales") < n(&before, "sales"), "and the sales with nothing else");
    let settings = told(&engine, "age_settings", Value::Null).await;
    told(&engine, "save_age_settings", settings).await;
    assert_eq!(of(&told(&engine, "age_goods", Value::Null).await), "free", "other settings leave it as it is");
    let log = told(&engine, "audit_log", json!({"before": null, "limit": 3})).await;
    assert!(log["entries"].as_array().unwrap().iter().any(|e| e["action"] == "age.goods"), "it is written down: {log}");
    for bad in [json!({"goods": [{"source": "main", "category": "nothing", "needs": "free"}]}), choice("caviar")] {
        assert_eq!(engine.call("save_age_goods", bad).await.unwrap_err().code, "BAD_REQUEST");
    }
    engine.stop().await;
}
