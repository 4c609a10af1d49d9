//! Why a number is what it is: what is told adds up to what the screen shows.

use super::sum;
use crate::running::{open, shop, source, token_of};
use backroom_api::sync::PullOptions;
use serde_json::{Value, json};

/// The parts of an explanation up to its result, the result, and the names of the columns.
fn told(explanation: &Value) -> (Vec<Value>, Value) {
    let parts = explanation["parts"].as_array().unwrap();
    let last = parts.last().unwrap_or_else(|| panic!("there are parts: {explanation}"));
    assert_eq!(last["is_result"], true, "the last line is what the others come to: {explanation}");
    assert!(parts.len() <= 52, "at most fifty, all others, and the sum");
    let columns = explanation["columns"].as_array().unwrap().len();
    for part in parts {
        let values = 1 + part["beside"].as_array().unwrap().len();
        assert_eq!(values, columns.max(1), "every line has a value for each column: {part}");
    }
    (parts[..parts.len() - 1].to_vec(), last.clone())
}

/// A column of a line: its own value, or the one beside it.
fn value(part: &Value, column: usize) -> i64 {
    let found = if column == 0 { &part["value"] } else { &part["beside"][column - 1]["value"] };
    found.as_i64().unwrap_or_else(|| panic!("column {column} of {part}"))
}

/// Whatever is on a screen can be asked why, and the answer adds up to what the screen shows.
#[tokio::test(flavor = "multi_thread")]
async fn every_number_of_a_screen_says_why_and_adds_up_to_it() {
    for start in ["04:00", "13:30"] {
        let square = shop();
        let folder = tempfile::tempdir().unwrap();
        let days = format!("[store]\ntime_zone = \"America/Chicago\"\nbusiness_day_start = \"{start}\"\n");
        let config = format!("{days}{}", source("main", &square.base_url()));
        let engine = open(folder.path(), &config, &token_of(&square), false).await;
        engine.sync(PullOptions::default()).await.unwrap();
        let ask = async |name: &str, args: Value| engine.call(name, args).await.unwrap();
        let all = ask("summary", Value::Null).await["all"].clone();
        let (first, last) = (all["from"].as_str().unwrap(), all["to"].as_str().unwrap());
        let app = ask("app_state", Value::Null).await;
        let places = app["locations"].as_array().unwrap().iter().map(|l| l["id"].clone());
        for place in places.chain([Value::Null]) {
            for (from, to) in [(first, last), (last, last)] {
                let what = format!("{from} to {to} at {place}, days from {start}");
                let asked = json!({ "from": from, "to": to, "location": place });
                let sales = ask("sales", asked.clone()).await;
                let explain = async |metric: &str| {
                    let mut args = asked.clone();
                    args["metric"] = metric.into();
                    ask("explain", args).await
                };
                let series = sales["series"].as_array().unwrap();
                let table = [
                    ("series", &sales["series"], ["net_minor", "transactions"]),
                    ("week_hours", &sales["heat"], ["net_minor", "transactions"]),
                    ("by_category", &sales["by_category"], ["amount_minor", "count"]),
                    ("by_item", &sales["by_item"], ["amount_minor", "count"]),
                    ("by_method", &sales["by_method"], ["amount_minor", "count"]),
                    ("by_location", &sales["by_location"], ["amount_minor", "count"]),
                ];
                for (metric, shown, keys) in table {
                    let answer = explain(metric).await;
                    let (parts, result) = told(&answer);
                    if shown.as_array().unwrap().is_empty() {
                        assert_eq!((parts.len(), value(&result, 0)), (0, 0), "{what}: {metric} of nothing");
                        continue;
                    }
                    for (column, key) in keys.into_iter().enumerate() {
                        let parts: i64 = parts.iter().map(|p| value(p, column)).sum();
                        assert_eq!(parts, sum(shown, key), "{what}: {metric}, {key}");
                        assert_eq!(value(&result, column), parts, "{what}: the line below is their sum");
                    }
                }
                assert_eq!(explain("series").await["title"] == "Net by month", sales["series_step"] == "month");
                assert!(series.len() < 50 || told(&explain("series").await).0.len() == 51, "all others are one line");
                // Numbers with a name of their own in the ladder and the totals.
                for (metric, shown) in [
                    ("net", &sales["totals"]["net_minor"]),
                    ("collected", &sales["totals"]["collected_minor"]),
                    ("refunded", &sales["totals"]["refunded_minor"]),
                    ("tips", &sales["totals"]["tips_minor"]),
                    ("transactions", &sales["totals"]["transactions"]),
                    ("customers", &sales["totals"]["customers"]),
                    ("average", &sales["totals"]["average_minor"]),
                    ("gross", &sales["ladder"]["gross_minor"]),
                    ("discounts", &sales["ladder"]["discounts_minor"]),
                    ("returns", &sales["ladder"]["returns_minor"]),
                    ("net_sales", &sales["ladder"]["net_sales_minor"]),
                    ("tax", &sales["ladder"]["tax_minor"]),
                    ("service", &sales["ladder"]["service_minor"]),
                    ("due", &sales["ladder"]["due_minor"]),
                    ("difference", &sales["ladder"]["difference_minor"]),
                    ("tills", &sales["ladder"]["collected_minor"]),
                ] {
                    let answer = explain(metric).await;
                    let values: Vec<i64> =
                        answer["parts"].as_array().unwrap().iter().map(|p| value(p, 0).abs()).collect();
                    let shown = shown.as_i64().unwrap();
                    assert!(values.contains(&shown.abs()), "{what}: {metric} is {shown}: {answer}");
                    let result = answer["parts"].as_array().unwrap().last().unwrap();
                    if result["is_result"] == true && metric != "average" {
                        let parts = answer["parts"].as_array().unwrap();
                        let parts: i64 = parts[..parts.len() - 1].iter().map(|p| value(p, 0)).sum();
                        assert_eq!(parts, value(result, 0), "{what}: the parts of {metric} come to it");
                    }
                }
                if from == to {
                    let (parts, result) = told(&explain("hours").await);
                    let net = sales["totals"]["net_minor"].as_i64().unwrap();
                    assert_eq!(
                        (parts.iter().map(|p| value(p, 0)).sum::<i64>(), value(&result, 0)),
                        (net, net),
                        "{what}"
                    );
                }
            }
            today_says_why(&engine, &place, start).await;
        }
    }
}

/// Today and the same weekday last week.
async fn today_says_why(engine: &backroom_api::Engine, place: &Value, start: &str) {
    let ask = async |name: &str, args: Value| engine.call(name, args).await.unwrap();
    // The minute may change between two questions; the day of the week before no longer does.
    let before = ask("today", json!({ "location": place })).await;
    let day = before["day"].clone();
    let explain = async |metric: &str| {
        let args = json!({ "metric": metric, "from": day, "to": day, "location": place, "compare": "last_week" });
        ask("explain", args).await
    };
    for (metric, key, sign) in [
        ("net", "net_minor", 1),
        ("collected", "collected_minor", 1),
        ("refunded", "refunded_minor", 1),
        ("tips", "tips_minor", 1),
        ("transactions", "transactions", 1),
        ("average", "average_minor", 1),
        ("customers", "customers", 1),
    ] {
        let answer = explain(metric).await;
        let after = ask("today", json!({ "location": place })).await;
        let title = answer["title"].as_str().unwrap();
        let parts = answer["parts"].as_array().unwrap();
        let line = match metric {
            "net" | "average" => parts.last(),
            _ => parts.first(),
        };
        let line = line.unwrap();
        let of = |today: &Value, period: &str| today[period][key].as_i64().unwrap() * sign;
        assert_eq!(value(line, 0), of(&before, "totals"), "{title} of today");
        let (least, most) = (of(&before, "last_week_so_far"), of(&after, "last_week_so_far"));
        assert!(
            (least.min(most)..=least.max(most)).contains(&value(line, 1)),
            "{title} of last week to the same minute is {}, the screen says {least} to {most}",
            value(line, 1)
        );
        assert_eq!(value(line, 2), value(line, 0) - value(line, 1), "{title}: the difference is that of the two");
        assert_eq!(line["beside"][1]["is_change"], true);
    }
    for metric in ["hours", "pace"] {
        let (parts, result) = told(&explain(metric).await);
        let hours = before["hours"].as_array().unwrap();
        for (column, key) in [(0, "net_minor"), (1, "transactions"), (2, "last_week_net_minor")] {
            let parts: i64 = parts.iter().map(|p| value(p, column)).sum();
            assert_eq!(parts, sum(&before["hours"], key), "{metric} at {place}: {key}");
            if !hours.is_empty() && result["beside"].as_array().unwrap().iter().all(|v| !v.is_null()) {
                assert_eq!(value(&result, column), parts, "{metric}: the line below is their sum");
            }
        }
    }
    let parted = start.ends_with("30");
    let hours = before["hours"].as_array().unwrap();
    assert_eq!(hours.len(), if parted { 25 } else { 24 }, "the hour in which a day begins is in it twice");
    assert_eq!(sum(&before["hours"], "net_minor"), before["totals"]["net_minor"], "from {start}");
    assert_eq!(hours.last().unwrap()["last_week_cumulative_minor"], before["last_week_whole"]["net_minor"]);
}

/// Where days begin at half past, what was sold before that minute is at the end of the day before.
#[tokio::test(flavor = "multi_thread")]
async fn the_hour_in_which_a_day_begins_is_told_in_two_parts() {
    let square = shop();
    let folder = tempfile::tempdir().unwrap();
    // In the middle of trade, so that both parts have sales.
    let days = "[store]\ntime_zone = \"America/Chicago\"\nbusiness_day_start = \"13:30\"\n";
    let config = format!("{days}{}", source("main", &square.base_url()));
    let engine = open(folder.path(), &config, &token_of(&square), false).await;
    engine.sync(PullOptions::default()).await.unwrap();
    let ask = async |name: &str, args: Value| engine.call(name, args).await.unwrap();
    let all = ask("summary", Value::Null).await["all"].clone();
    let daily = ask("daily", json!({ "from": all["from"], "to": all["to"] })).await;
    let (mut begun, mut ended) = (0, 0);
    for day in daily.as_array().unwrap().iter().rev().take(40) {
        let args = json!({ "metric": "hours", "from": day["from"], "to": day["to"] });
        let answer = ask("explain", args).await;
        let of = |name: &str| {
            let parts = answer["parts"].as_array().unwrap();
            parts.iter().find(|p| p["name"] == name).map_or((0, 0), |p| (value(p, 0), value(p, 1)))
        };
        // The receipts of that hour, by the clock: those from half past on began the day, the others ended it.
        let list = json!({ "from": day["from"], "to": day["to"], "location": null, "method": null, "hour": 13,
            "offset": 0, "limit": 200 });
        let rows = ask("payments", list).await["rows"].clone();
        let minute = |row: &Value| row["taken_at"].as_str().unwrap()[14..16].parse::<u32>().unwrap();
        let completed = rows.as_array().unwrap().iter().filter(|r| r["status"] == "COMPLETED");
        let (first, second): (Vec<_>, Vec<_>) = completed.partition(|r| minute(r) >= 30);
        assert_eq!(of("1:30 PM").1, first.len() as i64, "{}: from half past one: {answer}", day["from"]);
        assert_eq!(of("1 PM").1, second.len() as i64, "{}: until half past one the day after: {answer}", day["from"]);
        begun += first.len();
        ended += second.len();
    }
    assert!(begun > 0 && ended > 0, "{begun} and {ended}: both parts were sold in");
}

/// The way from the point of sale to BigQuery.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_sync_screen_shows_says_why() {
    let square = shop();
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[store]\ntime_zone = \"America/Chicago\"\n{}", source("main", &square.base_url()));
    let engine = open(folder.path(), &config, &token_of(&square), false).await;
    engine.sync(PullOptions::default()).await.unwrap();
    let ask = async |name: &str, args: Value| engine.call(name, args).await.unwrap();
    let status = ask("sync_status", Value::Null).await;
    let explain = async |metric: &str| {
        ask("explain", json!({ "metric": metric, "from": "2026-11-20", "to": "2026-11-20" })).await
    };
    let table = [
        ("streams", "streams", vec!["rows"]),
        ("queue", "tables", vec!["pending", "delivered", "dead"]),
        ("receipts", "receipts", vec!["rows", "changed", "pages"]),
    ];
    for (metric, list, keys) in table {
        let (parts, result) = told(&explain(metric).await);
        assert_eq!(parts.len(), status[list].as_array().unwrap().len(), "{metric}: a line for each");
        for (column, key) in keys.into_iter().enumerate() {
            let shown = sum(&status[list], key);
            assert_eq!(parts.iter().map(|p| value(p, column)).sum::<i64>(), shown, "{metric}: {key}");
            assert_eq!(value(&result, column), shown, "{metric}: the line below is their sum");
        }
    }
    assert!(sum(&status["tables"], "pending") > 0, "rows wait, for there is no warehouse");
    let streams = explain("streams").await;
    for (part, stream) in streams["parts"].as_array().unwrap().iter().zip(status["streams"].as_array().unwrap()) {
        assert_eq!(part["beside"][0], json!({ "value": stream["percent"], "unit": "percent", "is_change": false }));
    }
    let cost = explain("cost").await;
    let line = |name: &str| {
        let parts = cost["parts"].as_array().unwrap();
        parts.iter().find(|p| p["name"].as_str().unwrap().starts_with(name)).unwrap_or_else(|| panic!("{name}: {cost}"))
    };
    let n = |name: &str| line(name)["value"].as_u64().unwrap();
    assert_eq!(status["cost"]["bytes"], n("Bytes billed"));
    assert_eq!(status["cost"]["cost_micro_usd"], n("Cost so far"));
    assert_eq!(status["cost"]["budget_micro_usd"], n("Budget"));
    assert_eq!(n("Left"), n("Budget") - n("Cost so far"));
    assert_eq!((n("Price"), line("Price")["unit"].as_str()), (6_250_000, Some("micro_usd")));
    assert_eq!(line("Bytes billed")["unit"], "bytes");
    assert_eq!(cost["rows"], status["cost"]["jobs"]);
}

/// What cannot be explained is refused in words.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_number_or_not_compared_is_refused() {
    let square = shop();
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[store]\ntime_zone = \"America/Chicago\"\n{}", source("main", &square.base_url()));
    let engine = open(folder.path(), &config, &token_of(&square), false).await;
    engine.sync(PullOptions::default()).await.unwrap();
    let app = engine.call("app_state", Value::Null).await.unwrap();
    let (today, place) = (&app["today"], &app["locations"][0]["id"]);
    let periods = |to: &str| json!({ "periods": { "own_from": "2026-11-16", "own_to": to, "base_from": "2026-11-09", "base_to": "2026-11-12" } });
    let table = [
        (json!({ "metric": "profit" }), "no such number"),
        (json!({ "metric": "" }), "no such number"),
        (json!({ "metric": "net", "from": "2026-11-21", "to": "2026-11-20" }), "after"),
        (json!({ "metric": "net", "from": "yesterday" }), ""),
        (json!({ "metric": "hours", "from": "2026-11-18", "to": "2026-11-19" }), "one day"),
        (json!({ "metric": "hours", "from": "2025-11-18", "to": "2025-11-18", "compare": "last_week" }), "Only today"),
        (json!({ "metric": "hours", "compare": periods("2026-11-19") }), "last week alone"),
        (json!({ "metric": "pace", "from": "2025-11-18", "to": "2025-11-18" }), "Only today"),
        (json!({ "metric": "net", "from": "2025-11-18", "to": "2025-11-18", "compare": "last_week" }), "Only today"),
        (json!({ "metric": "net", "compare": periods("2026-11-01") }), "after"),
        (json!({ "metric": "net", "compare": "last_year" }), ""),
        (json!({ "metric": "net", "compare": { "periods": { "own_from": "2026-11-16" } } }), "missing field"),
        (json!({ "metric": "gross", "compare": "last_week" }), "not compared"),
        (json!({ "metric": "by_item", "compare": "last_week" }), "not compared"),
        (json!({ "metric": "queue", "compare": "last_week" }), "not compared"),
        (json!({ "metric": "queue", "location": place }), "leave the location out"),
    ];
    for (more, words) in table {
        let mut args = json!({ "from": today, "to": today });
        args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let error = engine.call("explain", args).await.unwrap_err();
        assert_eq!(error.code, "BAD_REQUEST", "{more}: {error}");
        assert!(error.message.contains(words), "{more} says {words:?}: {error}");
    }
    // Two periods: the number itself, what is compared, what with, and the difference.
    let all = engine.call("summary", Value::Null).await.unwrap()["all"].clone();
    let (own, base) =
        (json!({ "from": all["to"], "to": all["to"] }), json!({ "from": all["from"], "to": all["from"] }));
    let compare = json!({ "periods": {
        "own_from": own["from"], "own_to": own["to"], "base_from": base["from"], "base_to": base["to"] } });
    let net =
        async |period: Value| engine.call("sales", period).await.unwrap()["totals"]["net_minor"].as_i64().unwrap();
    let (own, base) = (net(own).await, net(base).await);
    for (from, whole) in [(&all["from"], true), (&all["to"], false)] {
        let args = json!({ "metric": "net", "from": from, "to": all["to"], "compare": compare });
        let answer = engine.call("explain", args).await.unwrap();
        let (_, result) = told(&answer);
        let values: Vec<i64> = (0..answer["columns"].as_array().unwrap().len()).map(|n| value(&result, n)).collect();
        let expected = if whole {
            vec![all["net_minor"].as_i64().unwrap(), own, base, own - base]
        } else {
            vec![own, base, own - base]
        };
        assert_eq!(values, expected, "{answer}");
    }
}
