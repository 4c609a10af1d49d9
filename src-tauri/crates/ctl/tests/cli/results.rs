//! What each command prints, measured against what the shop itself knows.

use crate::shop::Shop;
use backroom_sandbox::square::DayTruth;
use serde_json::{Value, json};

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

fn has_keys(value: &Value, expected: &[&str], what: &str) {
    let mut found: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = expected.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{what} tells these and no more");
}

/// collected ÷ transactions, rounded half to even.
fn average(sum: &DayTruth) -> i64 {
    let count = i64::try_from(sum.transactions).unwrap();
    if count == 0 {
        return 0;
    }
    let (whole, rest) = (sum.collected_minor.div_euclid(count), sum.collected_minor.rem_euclid(count));
    let up = 2 * rest > count || (2 * rest == count && whole % 2 != 0);
    whole + i64::from(up)
}

fn equals(told: &Value, sum: &DayTruth, what: &str) {
    has_keys(told, &PERIOD, what);
    let expected = [
        ("collected_minor", sum.collected_minor),
        ("refunded_minor", sum.refunded_minor),
        ("net_minor", sum.net_minor),
        ("tips_minor", sum.tips_minor),
        ("transactions", i64::try_from(sum.transactions).unwrap()),
        ("customers", i64::try_from(sum.customers.len()).unwrap()),
        ("average_minor", average(sum)),
    ];
    for (key, expected) in expected {
        assert_eq!(told[key], expected, "{what}: {key} is what the shop knows");
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

/// Business days since 1970 of a `YYYY-MM-DD`.
fn day(text: &str) -> i64 {
    backroom_api::sync::Timestamp::parse(&format!("{text}T00:00:00Z")).unwrap().micros() / 86_400_000_000
}

#[test]
fn a_synced_shop_is_told_to_the_cent() {
    let shop = Shop::new(1_200);
    let sync = shop.json(&["sync"]);
    has_keys(&sync, &["elapsed_ms", "streams"], "sync");
    let stream_keys = ["source", "entity", "location", "rows", "changed", "deleted", "pages", "requests"];
    for stream in sync["streams"].as_array().unwrap() {
        has_keys(stream, &stream_keys, "a stream");
    }
    let truth = shop.square.truth();
    let between = |p: &Value| truth.between(text(p, "from"), text(p, "to"));

    let summary = shop.json(&["report", "summary"]);
    has_keys(&summary, &["as_of", "currency", "today", "week", "month", "year", "all"], "summary");
    assert_eq!(summary["currency"], "USD");
    for name in ["today", "week", "month", "year", "all"] {
        equals(&summary[name], &between(&summary[name]), name);
        assert_eq!(summary[name]["to"], summary["today"]["to"], "{name} ends today");
    }
    assert_eq!(text(&summary["today"], "from"), text(&summary["today"], "to"));
    // 1970-01-01 was a Thursday.
    assert_eq!((day(text(&summary["week"], "from")) + 3).rem_euclid(7), 0, "the week begins on Monday");
    assert!(text(&summary["month"], "from").ends_with("-01"));
    assert!(text(&summary["year"], "from").ends_with("-01-01"));
    equals(&summary["all"], &truth.all(), "all is the whole shop");

    let daily = shop.json(&["report", "daily"]);
    let daily = daily.as_array().unwrap();
    assert_eq!(daily.len(), 90, "ninety days, those without sales too");
    assert_eq!(daily[89]["to"], summary["today"]["to"], "the last is today");
    for pair in daily.windows(2) {
        assert_eq!(day(text(&pair[1], "from")), day(text(&pair[0], "from")) + 1, "no day is left out");
    }
    for told in daily {
        assert_eq!(told["from"], told["to"]);
        equals(told, &between(told), text(told, "from"));
    }
    let monthly = shop.json(&["report", "monthly"]);
    let monthly = monthly.as_array().unwrap();
    assert_eq!(monthly.len(), 24);
    for told in monthly {
        assert!(text(told, "from").ends_with("-01"), "a month begins on its first");
        equals(told, &between(told), text(told, "from"));
    }
    let place = shop.square.location_ids().swap_remove(1);
    let (first, last) = (text(&daily[10], "from"), text(&daily[40], "from"));
    let part = shop.json(&["report", "daily", "--from", first, "--to", last, "--location", &place]);
    assert_eq!(part.as_array().unwrap().len(), 31, "both ends belong to it");
    for told in part.as_array().unwrap() {
        let days = truth.by_location.get(&place).and_then(|days| days.get(text(told, "from")));
        equals(told, &days.cloned().unwrap_or_default(), "one location");
    }
}

#[test]
fn lists_have_their_columns_and_their_order() {
    let shop = Shop::new(300);
    shop.json(&["sync"]);
    let recent = shop.json(&["report", "recent", "--limit", "40"]);
    let recent = recent.as_array().unwrap();
    assert_eq!(recent.len(), 40);
    for payment in recent {
        for key in ["id", "location", "taken_at", "status", "amount_minor", "tip_minor", "currency", "source_type"] {
            assert!(!payment[key].is_null(), "a payment tells its {key}: {payment}");
        }
    }
    assert!(recent.windows(2).all(|p| text(&p[0], "taken_at") >= text(&p[1], "taken_at")), "newest first");
    let products = shop.json(&["report", "products"]);
    let products = products.as_array().unwrap();
    for product in products {
        let object = product.as_object().unwrap();
        for key in ["id", "name", "price_minor", "stock_milli", "sold_30_milli"] {
            assert!(object.contains_key(key), "a product tells its {key}: {product}");
        }
    }
    assert!(products.iter().any(|p| p["sold_30_milli"].as_i64() > Some(0)), "products tell what sold");
    assert_eq!(shop.json(&["report", "products", "--limit", "2"]).as_array().unwrap().len(), 2);
    let gone = text(&products[0], "id").to_owned();
    for item in shop.square.item_ids() {
        shop.square.archive_item(&item, true).unwrap();
    }
    shop.json(&["sync", "--entity", "catalog"]);
    let left = shop.json(&["report", "products"]);
    assert!(left.as_array().unwrap().iter().all(|p| p["id"] != gone.as_str()), "archived items are not active");
}

#[test]
fn what_was_pulled_is_delivered_once_and_nothing_is_sent_for_nothing() {
    let shop = Shop::new(500);
    shop.json(&["sync"]);
    let truth = shop.square.truth();
    let push = shop.json(&["push"]);
    has_keys(&push, &["elapsed_ms", "tables", "pending", "dead"], "push");
    for table in push["tables"].as_array().unwrap() {
        has_keys(table, &["table", "rows", "batches"], "a table");
    }
    assert_eq!((&push["pending"], &push["dead"]), (&0.into(), &0.into()), "nothing waits");
    let there = |table: &str| {
        let rows = shop.bigquery.rows(&format!("demo.{table}"));
        let ids: std::collections::HashSet<_> = rows.iter().map(|r| r["id"].clone()).collect();
        assert_eq!(ids.len(), rows.len(), "{table}: no row is there twice");
        rows.len() as u64
    };
    assert_eq!(there("square_payments"), truth.payments);
    assert_eq!(there("square_refunds"), truth.refunds);
    assert_eq!(there("square_orders"), truth.orders);

    shop.bigquery.reset_counters();
    assert_eq!(shop.json(&["push"])["tables"], json!([]), "nothing new");
    assert_eq!(shop.bigquery.requests().len(), 0, "nothing new: nothing is asked or sent");
    for stream in shop.json(&["sync"])["streams"].as_array().unwrap() {
        assert_eq!((&stream["requests"], &stream["changed"]), (&1.into(), &0.into()), "nothing new: one call");
    }
    let payments = shop.json(&["sync", "--entity", "payments"]);
    assert!(payments["streams"].as_array().unwrap().iter().all(|s| s["entity"] == "payments"), "one entity alone");

    let full = shop.json(&["sync", "--full"]);
    let count = |entity: &str, key: &str| -> u64 {
        let streams = full["streams"].as_array().unwrap().iter().filter(|s| s["entity"] == entity);
        streams.map(|s| s[key].as_u64().unwrap()).sum()
    };
    assert_eq!(count("payments", "rows"), truth.payments, "everything is read again");
    assert_eq!(count("payments", "changed"), 0, "and nothing of it is new");
    shop.json(&["push"]);
    assert_eq!(there("square_payments"), truth.payments, "reading again doubles nothing");
}

#[test]
fn a_restored_copy_tells_the_same_and_doubles_nothing() {
    let shop = Shop::new(300);
    shop.json(&["sync"]);
    shop.json(&["push"]);
    let copy = shop.folder.path().join("copy.db");
    shop.json(&["backup", copy.to_str().unwrap()]);
    let before = shop.json(&["report", "summary"])["all"].clone();
    shop.square.add_sale(&backroom_sandbox::square::NewSale::default()).unwrap();
    shop.json(&["sync"]);
    assert_ne!(shop.json(&["report", "summary"])["all"], before, "a sale more");
    shop.json(&["restore", copy.to_str().unwrap()]);
    assert_eq!(shop.json(&["report", "summary"])["all"], before, "as it was when it was copied");
    assert_eq!(shop.json(&["doctor"])["ok"], true);
    shop.json(&["sync"]);
    shop.json(&["push"]);
    let truth = shop.square.truth();
    let all = &shop.json(&["report", "summary"])["all"];
    equals(all, &truth.all(), "the sale after the copy is found again");
    assert_eq!(shop.bigquery.rows("demo.square_payments").len() as u64, truth.payments, "each payment is there once");
}

#[test]
fn two_at_once_are_told_apart_and_reports_may_be_read_meanwhile() {
    let shop = Shop::new(400);
    shop.json(&["sync"]);
    let mut running = shop.command(&["run", "--every", "1h"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
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
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(running.wait().unwrap().success(), "SIGTERM ends it cleanly");
}
