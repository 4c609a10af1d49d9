//! The numbers of the screens against the shop's own sums, and against each other.

mod why;

use crate::running::{open, shop, source, token_of};
use backroom_api::sync::PullOptions;
use backroom_sandbox::square::DayTruth;
use serde_json::{Value, json};

fn sum(rows: &Value, key: &str) -> i64 {
    rows.as_array().unwrap().iter().map(|r| r[key].as_i64().unwrap()).sum()
}

fn equals(told: &Value, truth: &DayTruth, what: &str) {
    let found = ["collected_minor", "refunded_minor", "net_minor", "tips_minor", "transactions", "customers"]
        .map(|key| told[key].as_i64().unwrap());
    let expected = [
        truth.collected_minor,
        truth.refunded_minor,
        truth.net_minor,
        truth.tips_minor,
        i64::try_from(truth.transactions).unwrap(),
        i64::try_from(truth.customers.len()).unwrap(),
    ];
    assert_eq!(found, expected, "{what} is what the shop knows");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_adds_up_to_what_the_shop_knows() {
    let square = shop();
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[store]\ntime_zone = \"America/Chicago\"\n{}", source("main", &square.base_url()));
    let engine = open(folder.path(), &config, &token_of(&square), false).await;
    engine.sync(PullOptions::default()).await.unwrap();
    let truth = square.truth();
    let ask = async |name: &str, args: Value| engine.call(name, args).await.unwrap();
    let app = ask("app_state", Value::Null).await;
    let (today, days) = (app["today"].as_str().unwrap(), truth.days.keys().cloned().collect::<Vec<_>>());
    let (first, last, middle) = (&days[0], &days[days.len() - 1], &days[days.len() / 2]);
    let mut places: Vec<Option<&str>> = truth.by_location.keys().map(|id| Some(id.as_str())).collect();
    places.push(None);
    for (from, to) in [(first, last), (middle, last), (first, middle), (middle, middle), (last, last)] {
        for place in &places {
            let what = format!("{from} to {to} at {place:?}");
            let mut whole = truth.clone();
            if let Some(id) = place {
                whole.days = truth.by_location[*id].clone();
            }
            let expected = whole.between(from, to);
            let asked = json!({ "from": from, "to": to, "location": place });
            let sales = ask("sales", asked.clone()).await;
            equals(&sales["totals"], &expected, &what);
            for key in ["collected_minor", "refunded_minor", "net_minor", "tips_minor", "transactions"] {
                let step = sales["series_step"].as_str().unwrap();
                assert_eq!(sum(&sales["series"], key), sales["totals"][key], "{what}: by {step}, {key}");
            }
            assert_eq!(sum(&sales["heat"], "net_minor"), expected.net_minor, "{what}: by weekday and hour");
            assert_eq!(sum(&sales["by_method"], "amount_minor"), expected.collected_minor, "{what}: by method");
            let l = &sales["ladder"];
            let n = |key: &str| l[key].as_i64().unwrap();
            assert_eq!(n("gross_minor") - n("discounts_minor") - n("returns_minor"), n("net_sales_minor"), "{what}");
            assert_eq!(
                n("net_sales_minor") + n("tax_minor") + n("tips_minor") + n("service_minor"),
                n("due_minor"),
                "{what}"
            );
            assert_eq!(n("collected_minor") - n("due_minor"), n("difference_minor"), "{what}");
            assert_eq!(
                n("collected_minor"),
                expected.collected_minor + expected.tips_minor - expected.refunded_minor,
                "{what}: what the tills took"
            );

            let csv = ask("sales_csv", asked).await;
            let mut lines = csv.as_str().unwrap().split("\r\n");
            let columns = lines.next().unwrap().split(',').count();
            let rows: Vec<Vec<&str>> = lines.filter(|l| !l.is_empty()).map(|l| l.split(',').collect()).collect();
            assert!(rows.iter().all(|r| r.len() == columns), "{what}: each row has every column");
            let cents = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
            assert_eq!(rows.iter().map(|r| cents(r[4])).sum::<i64>(), expected.net_minor, "{what}: the table adds up");
            assert!(
                rows.iter().flatten().all(|c| !c.starts_with(['=', '+', '@', '\t'])),
                "{what}: no cell is a formula"
            );
        }
        let sales = ask("sales", json!({ "from": from, "to": to })).await;
        assert_eq!(sum(&sales["by_location"], "amount_minor"), truth.between(from, to).net_minor, "by location");
    }
    for place in &places {
        let now = ask("today", json!({ "location": place })).await;
        let whole = place.map_or(&truth.days, |id| &truth.by_location[id]);
        let none = DayTruth::default();
        equals(&now["totals"], whole.get(today).unwrap_or(&none), "today");
        let before = now["last_week_whole"]["from"].as_str().unwrap();
        equals(&now["last_week_whole"], whole.get(before).unwrap_or(&none), "the same weekday last week");
        assert_eq!(sum(&now["hours"], "net_minor"), now["totals"]["net_minor"], "the hours are the day");
        let hours = now["hours"].as_array().unwrap();
        assert_eq!((hours.len(), &hours[0]["hour"]), (24, &json!(4)), "from the start of the business day");
        assert_eq!(hours[23]["last_week_cumulative_minor"], now["last_week_whole"]["net_minor"]);
        let at = now["hour_now"].as_u64().unwrap() as usize;
        assert_eq!(hours[at]["cumulative_minor"], now["totals"]["net_minor"], "the line ends at now");
        assert!(hours[at + 1..].iter().all(|h| h["cumulative_minor"].is_null()), "and goes no further");
        let so_far = now["last_week_so_far"]["transactions"].as_i64().unwrap();
        let total = now["last_week_whole"]["transactions"].as_i64().unwrap();
        assert!((0..=total).contains(&so_far), "{so_far} of {total}");
    }
}

/// Every number of a breakdown leads to its receipts, and they add up to it.
#[tokio::test(flavor = "multi_thread")]
async fn the_receipts_behind_a_number_add_up_to_it() {
    let square = shop();
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[store]\ntime_zone = \"America/Chicago\"\n{}", source("main", &square.base_url()));
    let engine = open(folder.path(), &config, &token_of(&square), false).await;
    engine.sync(PullOptions::default()).await.unwrap();
    let ask = async |name: &str, args: Value| engine.call(name, args).await.unwrap();
    let all = ask("summary", Value::Null).await["all"].clone();
    let sales = ask("sales", json!({ "from": all["from"], "to": all["to"], "location": null })).await;
    // All receipts of a filter, page by page.
    let receipts = async |filter: Value| -> (Value, Vec<Value>) {
        let mut rows: Vec<Value> = Vec::new();
        loop {
            let mut args =
                json!({ "from": all["from"], "to": all["to"], "location": null, "method": null, "limit": 200 });
            args["offset"] = rows.len().into();
            args.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
            let page = ask("payments", args).await;
            rows.extend(page["rows"].as_array().unwrap().iter().cloned());
            if rows.len() as u64 >= page["total"].as_u64().unwrap() {
                return (page, rows);
            }
        }
    };
    let collected = |rows: &[Value]| -> i64 {
        rows.iter().filter(|r| r["status"] == "COMPLETED").map(|r| r["amount_minor"].as_i64().unwrap()).sum()
    };
    for row in sales["by_method"].as_array().unwrap() {
        let (page, rows) = receipts(json!({ "method": row["key"] })).await;
        assert_eq!(collected(&rows), row["amount_minor"].as_i64().unwrap(), "paid by {}", row["key"]);
        assert_eq!(page["collected_minor"], row["amount_minor"], "the head of the list says the same");
    }
    let mut net = 0;
    for cell in sales["heat"].as_array().unwrap() {
        let (_, rows) = receipts(json!({ "weekday": cell["weekday"], "hour": cell["hour"] })).await;
        let completed = rows.iter().filter(|r| r["status"] == "COMPLETED").count() as u64;
        assert_eq!(completed, cell["transactions"].as_u64().unwrap(), "as many receipts as in the cell {cell}");
        net += collected(&rows);
    }
    assert_eq!(net, all["collected_minor"].as_i64().unwrap(), "the cells are all there is");
    for (list, name) in [("by_item", "item"), ("by_category", "category")] {
        for row in sales[list].as_array().unwrap() {
            let (page, rows) = receipts(json!({ name: row["key"] })).await;
            assert_eq!(page["part_minor"], row["amount_minor"], "{name} {}", row["name"]);
            // An order that was paid in two parts is there twice.
            let orders: std::collections::BTreeMap<String, i64> = rows
                .iter()
                .map(|r| (r["order_id"].as_str().unwrap().to_owned(), r["part_minor"].as_i64().unwrap_or(0)))
                .collect();
            let (lines, back) = (orders.values().sum::<i64>(), page["brought_back_minor"].as_i64().unwrap());
            assert_eq!(
                lines - back,
                row["amount_minor"].as_i64().unwrap(),
                "lines of {} less goods returned",
                row["name"]
            );
            assert!(back >= 0, "what is returned is told as it is: {back}");
        }
    }
    for wrong in [json!({ "weekday": 7 }), json!({ "hour": 24 }), json!({ "item": "a", "category": "b" })] {
        let mut args =
            json!({ "from": all["from"], "to": all["to"], "location": null, "method": null, "offset": 0, "limit": 9 });
        args.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        assert_eq!(engine.call("payments", args).await.unwrap_err().code, "BAD_REQUEST", "{wrong}");
    }
}

/// One day on Sales has the hours that Today has, where days begin within an hour too.
#[tokio::test(flavor = "multi_thread")]
async fn the_hours_of_one_day_are_those_of_today() {
    let square = shop();
    let folder = tempfile::tempdir().unwrap();
    let days = "[store]\ntime_zone = \"America/Chicago\"\nbusiness_day_start = \"13:30\"\n";
    let engine =
        open(folder.path(), &format!("{days}{}", source("main", &square.base_url())), &token_of(&square), false).await;
    engine.sync(PullOptions::default()).await.unwrap();
    let ask = async |name: &str, args: Value| engine.call(name, args).await.unwrap();
    let today = ask("today", json!({ "location": null })).await;
    let of = |list: &Value| -> Vec<Value> {
        let rows = list.as_array().unwrap().iter();
        rows.map(|h| json!([h["hour"], h["net_minor"], h["transactions"]])).collect()
    };
    let sales = ask("sales", json!({ "from": today["day"], "to": today["day"], "location": null })).await;
    assert_eq!(of(&sales["hours"]), of(&today["hours"]), "of today");
    assert_eq!(sales["hours"].as_array().unwrap().len(), 25, "the hour in which it begins is in two parts");
    let all = ask("summary", Value::Null).await["all"].clone();
    let mut sold = 0;
    for day in ask("daily", json!({ "from": all["from"], "to": all["to"] })).await.as_array().unwrap().iter().take(60) {
        let sales = ask("sales", json!({ "from": day["from"], "to": day["from"], "location": null })).await;
        assert_eq!(sum(&sales["hours"], "net_minor"), sales["totals"]["net_minor"], "{}", day["from"]);
        assert_eq!(sum(&sales["hours"], "transactions"), sales["totals"]["transactions"], "{}", day["from"]);
        sold += sum(&sales["hours"], "transactions");
    }
    assert!(sold > 0, "something was sold on them");
    let longer = ask("sales", json!({ "from": all["from"], "to": all["to"], "location": null })).await;
    assert_eq!(longer["hours"], json!([]), "more than a day has no hours of its own");
    let limits = ask("explain", json!({ "metric": "limits", "from": today["day"], "to": today["day"] })).await;
    assert_eq!(limits["parts"], json!([]), "Square tells of no limit: {limits}");
    assert_eq!(limits["title"], "Limits for calls");
}
