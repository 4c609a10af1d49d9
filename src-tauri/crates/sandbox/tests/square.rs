//! The Square stand-in keeps Square's contract and serves what it says it holds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use backroom_core::{DayRule, TestClock, Timestamp};
use backroom_sandbox::square::{NewSale, Quirks, Square, StoreSpec};
use common::shop::{UNTIL, code, ids, payments, shop};
use common::{all, get, post, search, send};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[test]
fn the_same_seed_makes_the_same_shop_and_another_seed_another() {
    let serve = |seed: u64| {
        let clock = TestClock::at(UNTIL);
        let spec = StoreSpec { seed, ..StoreSpec::small(250, UNTIL) };
        let square = Square::start_with(spec, 0, Arc::new(clock)).unwrap();
        let objects = all(&square.base_url(), "/v2/catalog/list", "objects");
        (payments(&square, ""), objects, square.truth())
    };
    let (first, again, other) = (serve(5), serve(5), serve(6));
    assert_eq!(first, again, "a demonstration and a benchmark repeat themselves");
    assert_ne!(first.0, other.0);
}

#[test]
fn every_payment_is_served_once_over_all_locations_and_sums_to_the_truth() {
    let (square, _) = shop(1_500);
    let rows = payments(&square, "");
    assert_eq!(rows.len(), 1_500);
    assert_eq!(ids(&rows).len(), 1_500, "none twice");
    assert_eq!(ids(&rows), square.payment_ids().into_iter().collect(), "ids told and ids served agree");
    let rule = DayRule::new("America/Chicago", "04:00").unwrap();
    let mut days: BTreeMap<String, (i64, i64, u64)> = BTreeMap::new();
    for row in rows.iter().filter(|row| row["status"] == "COMPLETED") {
        let taken =
            row["offline_payment_details"]["client_created_at"].as_str().or(row["created_at"].as_str()).unwrap();
        let day = rule.day_of(Timestamp::parse(taken).unwrap()).to_string();
        let sum = days.entry(day).or_default();
        sum.0 += row["amount_money"]["amount"].as_i64().unwrap();
        sum.1 += row["tip_money"]["amount"].as_i64().unwrap_or(0);
        sum.2 += 1;
    }
    let refunds = all(&square.base_url(), "/v2/refunds?begin_time=2020-01-01T00:00:00Z", "refunds");
    let refunded: i64 = refunds
        .iter()
        .filter(|r| r["status"] == "COMPLETED")
        .map(|r| r["amount_money"]["amount"].as_i64().unwrap())
        .sum();
    let truth = square.truth();
    let told: BTreeMap<_, _> = truth
        .days
        .iter()
        .filter(|(_, d)| d.transactions > 0)
        .map(|(day, d)| (day.clone(), (d.collected_minor, d.tips_minor, d.transactions)))
        .collect();
    assert_eq!(days, told, "what is served adds up to what the shop says of itself");
    assert_eq!(truth.all().refunded_minor, refunded);
    assert_eq!(truth.refunds, refunds.len() as u64);
    assert!(refunded > 0 && truth.all().tips_minor > 0, "a shop without refunds and tips tests nothing");
}

#[test]
fn a_shop_looks_like_one() {
    let (square, _) = shop(4_000);
    let rows = payments(&square, "");
    let share = |f: &dyn Fn(&Value) -> bool| rows.iter().filter(|r| f(r)).count() as f64 / rows.len() as f64;
    assert!((0.40..0.50).contains(&share(&|r| r["customer_id"].is_string())), "about 45 % are known customers");
    assert!((0.94..1.0).contains(&share(&|r| r["status"] == "COMPLETED")));
    for status in ["CANCELED", "FAILED"] {
        assert!(share(&|r| r["status"] == status) > 0.0, "{status} occurs");
    }
    for source in ["CARD", "CASH", "EXTERNAL", "WALLET"] {
        assert!(share(&|r| r["source_type"] == source) > 0.0, "{source} occurs");
    }
    assert!(share(&|r| r["is_offline_payment"] == true) > 0.0);
    let bytes: usize = rows.iter().map(|r| r.to_string().len()).sum::<usize>() / rows.len();
    assert!((900..1_700).contains(&bytes), "about the size of the real thing: {bytes}");
    let weekend = share(&|r| {
        use chrono::Datelike;
        let at = Timestamp::parse(r["created_at"].as_str().unwrap()).unwrap();
        let rule = DayRule::new("America/Chicago", "04:00").unwrap();
        matches!(rule.day_of(at).date().weekday(), chrono::Weekday::Fri | chrono::Weekday::Sat)
    });
    assert!(weekend > 0.33, "Friday and Saturday are the busy days: {weekend}");
    for row in &rows {
        let number = |name: &str| row[name]["amount"].as_i64().unwrap_or(0);
        assert_eq!(number("amount_money") + number("tip_money"), number("total_money"), "{row}");
        assert!(row["updated_at"].as_str() >= row["created_at"].as_str(), "{row}");
        assert!(number("refunded_money") <= number("total_money"));
    }
}

#[test]
fn without_a_location_or_a_beginning_a_list_is_clipped_as_documented() {
    let (square, _) = shop(600);
    let main = &square.location_ids()[0];
    let clipped = all(&square.base_url(), "/v2/payments", "payments");
    assert!(!clipped.is_empty() && clipped.len() < 600);
    assert!(clipped.iter().all(|p| p["location_id"] == **main), "main location only");
    let year_ago = UNTIL.plus_seconds(60).plus_days(-365).to_rfc3339();
    assert!(clipped.iter().all(|p| p["created_at"].as_str().unwrap() >= year_ago.as_str()), "one year only");
    let refunds = all(&square.base_url(), "/v2/refunds", "refunds");
    let places: BTreeSet<_> = refunds.iter().map(|r| r["location_id"].to_string()).collect();
    assert!(places.len() > 1, "refunds without a location are of all locations");
}

#[test]
fn lists_are_sorted_paged_and_filtered_by_time() {
    let (square, _) = shop(900);
    let place = &square.location_ids()[0];
    let base = square.base_url();
    for (field, key) in [("CREATED_AT", "created_at"), ("UPDATED_AT", "updated_at")] {
        for (order, ascending) in [("ASC", true), ("DESC", false)] {
            let target = format!(
                "/v2/payments?location_id={place}&begin_time=2020-01-01T00:00:00Z&sort_field={field}&sort_order={order}&limit=37"
            );
            let rows = all(&base, &target, "payments");
            let times: Vec<_> = rows.iter().map(|r| r[key].as_str().unwrap()).collect();
            assert!(times.windows(2).all(|w| if ascending { w[0] <= w[1] } else { w[0] >= w[1] }), "{field} {order}");
            assert_eq!(ids(&rows).len(), rows.len());
        }
    }
    let (from, to) = ("2026-08-01T00:00:00Z", "2026-09-01T00:00:00Z");
    let everything = payments(&square, "");
    for key in ["created_at", "updated_at"] {
        let names = if key == "created_at" {
            ("begin_time", "end_time")
        } else {
            ("updated_at_begin_time", "updated_at_end_time")
        };
        let begin = if key == "created_at" { "" } else { "&begin_time=2020-01-01T00:00:00Z" };
        let rows = all(
            &base,
            &format!("/v2/payments?location_id={place}&{}={from}&{}={to}{begin}", names.0, names.1),
            "payments",
        );
        let wanted: BTreeSet<_> = everything
            .iter()
            .filter(|p| p["location_id"] == **place)
            .filter(|p| {
                let at = p[key].as_str().unwrap();
                ("2026-08-01T00:00:00.000Z".."2026-09-01T00:00:00.000Z").contains(&at)
            })
            .map(|p| p["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(ids(&rows), wanted, "{key}");
        assert!(!wanted.is_empty());
    }
}

#[test]
fn pages_have_at_most_a_hundred_rows_and_the_last_has_no_cursor() {
    let (square, _) = shop(400);
    let place = &square.location_ids()[0];
    let target = format!("/v2/payments?location_id={place}&begin_time=2020-01-01T00:00:00Z&limit=1000");
    let page = get(&square.base_url(), &target).json();
    assert_eq!(page["payments"].as_array().unwrap().len(), 100, "a larger limit is taken as 100");
    assert!(page["cursor"].is_string());
    let nothing = "/v2/payments?begin_time=2001-01-01T00:00:00Z&end_time=2001-01-02T00:00:00Z";
    assert_eq!(get(&square.base_url(), nothing).json(), json!({}), "an empty list is absent");
    square.set_quirks(Quirks { empty_last_cursor: true, ..Quirks::default() });
    assert_eq!(get(&square.base_url(), nothing).json(), json!({"cursor": ""}));
}

#[test]
fn a_walk_over_pages_is_not_disturbed_by_sales_that_come_meanwhile() {
    let (square, clock) = shop(700);
    let place = square.location_ids()[0].clone();
    let before = payments(&square, "").iter().filter(|p| p["location_id"] == *place).count();
    let target = format!("/v2/payments?location_id={place}&begin_time=2020-01-01T00:00:00Z&sort_order=ASC");
    let first = get(&square.base_url(), &target).json();
    clock.advance_seconds(5);
    square.add_sale(&NewSale::default()).unwrap();
    let mut cursor = first["cursor"].as_str().unwrap().to_owned();
    let mut seen = first["payments"].as_array().unwrap().len();
    loop {
        let page = get(&square.base_url(), &format!("{target}&cursor={cursor}")).json();
        seen += page["payments"].as_array().map_or(0, Vec::len);
        match page["cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, before, "the end was fixed by the first page");
}

#[test]
fn a_cursor_is_refused_when_it_is_old_forged_or_of_another_question() {
    let (square, clock) = shop(600);
    let base = square.base_url();
    let target = "/v2/payments?begin_time=2020-01-01T00:00:00Z";
    let cursor = get(&base, target).json()["cursor"].as_str().unwrap().to_owned();
    assert_eq!(get(&base, &format!("{target}&cursor={cursor}")).status, 200);
    for bad in [format!("{target}&cursor=nonsense"), format!("{target}&sort_order=ASC&cursor={cursor}")] {
        let answer = get(&base, &bad);
        assert_eq!((answer.status, code(&answer).as_str()), (400, "INVALID_CURSOR"), "{bad}");
    }
    clock.advance_seconds(16 * 60);
    assert_eq!(
        code(&get(&base, &format!("{target}&cursor={cursor}"))),
        "INVALID_CURSOR",
        "a quarter of an hour is its life"
    );
}

#[test]
fn bad_questions_get_squares_own_errors() {
    let (square, _) = shop(50);
    let base = square.base_url();
    let order = |body: Value| post(&base, "/v2/orders/search", &body);
    let place = json!([square.location_ids()[0]]);
    let range = json!({"start_at": "2026-01-01T00:00:00Z"});
    let cases = [
        (get(&base, "/v2/payments?page=2"), 400, "UNKNOWN_QUERY_PARAMETER"),
        (get(&base, "/v2/locations?limit=2"), 400, "UNKNOWN_QUERY_PARAMETER"),
        (get(&base, "/v2/payments?begin_time=yesterday"), 400, "INVALID_TIME"),
        (get(&base, "/v2/payments?sort_order=UP"), 400, "INVALID_SORT_ORDER"),
        (get(&base, "/v2/customers?limit=0"), 400, "VALUE_TOO_LOW"),
        (get(&base, "/v2/customers?limit=101"), 400, "VALUE_TOO_HIGH"),
        (get(&base, "/v2/nothing"), 404, "NOT_FOUND"),
        (send(&base, "GET", "/v2/payments", &[], b"").unwrap(), 401, "UNAUTHORIZED"),
        (
            send(&base, "POST", "/v2/orders/search", &[("Authorization", "Bearer sandbox-square-token")], b"<xml>")
                .unwrap(),
            400,
            "EXPECTED_JSON_BODY",
        ),
        (order(json!({})), 400, "MISSING_REQUIRED_PARAMETER"),
        (order(json!({"location_ids": place, "limit": 1_001})), 400, "VALUE_TOO_HIGH"),
        (
            order(
                json!({"location_ids": place, "query": {"filter": {"date_time_filter": {"updated_at": range}}, "sort": {"sort_field": "CREATED_AT"}}}),
            ),
            400,
            "BAD_REQUEST",
        ),
        (order(json!({"location_ids": vec!["x"; 11]})), 400, "ARRAY_LENGTH_TOO_LONG"),
    ];
    for (nth, (answer, status, wanted)) in cases.iter().enumerate() {
        assert_eq!((answer.status, code(answer).as_str()), (*status, *wanted), "case {nth}");
    }
    square.set_scopes(&["PAYMENTS_READ"]);
    assert_eq!(get(&base, "/v2/payments").status, 200);
    let refused = get(&base, "/v2/customers");
    assert_eq!((refused.status, code(&refused).as_str()), (403, "INSUFFICIENT_SCOPES"));
    let scopes = post(&base, "/oauth2/token/status", &json!({})).json();
    assert_eq!(scopes["scopes"], json!(["PAYMENTS_READ"]));
    square.set_token("another");
    assert_eq!(get(&base, "/v2/payments").status, 401, "the old token is refused");
}

#[test]
fn orders_agree_with_their_payments_and_include_returns() {
    let (square, _) = shop(500);
    let body = json!({"location_ids": square.location_ids(), "limit": 400,
        "query": {"filter": {"date_time_filter": {"updated_at": {"start_at": "2020-01-01T00:00:00Z"}}}, "sort": {"sort_field": "UPDATED_AT", "sort_order": "ASC"}}});
    let orders = search(&square.base_url(), "/v2/orders/search", &body, "orders");
    assert_eq!(orders.len() as u64, square.truth().orders);
    let by_id: BTreeMap<&str, &Value> = orders.iter().map(|o| (o["id"].as_str().unwrap(), o)).collect();
    assert_eq!(by_id.len(), orders.len(), "none twice");
    let amount = |value: &Value, name: &str| value[name]["amount"].as_i64().unwrap_or(0);
    for payment in payments(&square, "") {
        let order = by_id[payment["order_id"].as_str().unwrap()];
        assert_eq!(amount(order, "total_money"), amount(&payment, "total_money"));
        let lines = order["line_items"].as_array().unwrap();
        let sum = |name: &str| lines.iter().map(|l| amount(l, name)).sum::<i64>();
        assert_eq!(sum("total_money") + amount(order, "total_tip_money"), amount(order, "total_money"));
        assert_eq!(sum("total_tax_money"), amount(order, "total_tax_money"));
        assert_eq!(sum("total_discount_money"), amount(order, "total_discount_money"));
        assert_eq!(order["state"] == "COMPLETED", payment["status"] == "COMPLETED");
        if payment["status"] == "COMPLETED" {
            assert_eq!(order["tenders"][0]["payment_id"], payment["id"]);
        }
    }
    let refunds = all(&square.base_url(), "/v2/refunds?begin_time=2020-01-01T00:00:00Z", "refunds");
    assert!(!refunds.is_empty());
    for refund in &refunds {
        let order = by_id[refund["order_id"].as_str().unwrap()];
        assert_eq!(amount(&order["return_amounts"], "total_money"), amount(refund, "amount_money"));
        let lines = order["returns"][0]["return_line_items"].as_array().unwrap();
        let sum: i64 = lines.iter().map(|l| amount(l, "total_money")).sum();
        let tip = amount(&order["return_amounts"], "tip_money");
        assert_eq!(sum + tip, amount(refund, "amount_money"), "what comes back adds up");
    }
}

#[test]
fn the_catalog_hides_deleted_items_from_lists_and_tells_of_them_in_searches() {
    let (square, clock) = shop(40);
    let base = square.base_url();
    let listed = || ids(&all(&base, "/v2/catalog/list?types=ITEM", "objects"));
    let find = |since: &str, deleted: bool| {
        let body = json!({"object_types": ["ITEM"], "begin_time": since, "include_deleted_objects": deleted});
        post(&base, "/v2/catalog/search", &body).json()
    };
    let latest = find("2020-01-01T00:00:00Z", true)["latest_time"].as_str().unwrap().to_owned();
    assert_eq!(find(&latest, true)["objects"], Value::Null, "begin_time is exclusive");
    let item = listed().into_iter().next().unwrap();
    clock.advance_seconds(1);
    square.delete_item(&item).unwrap();
    assert!(!listed().contains(&item));
    let changed = find(&latest, true);
    assert_eq!(changed["objects"][0]["id"], json!(item));
    assert_eq!(changed["objects"][0]["is_deleted"], true);
    assert_eq!(find(&latest, false)["objects"], Value::Null);
    let other = listed().into_iter().next().unwrap();
    clock.advance_seconds(1);
    square.edit_price(&other, 1_234).unwrap();
    square.archive_item(&other, true).unwrap();
    let since = changed["latest_time"].as_str().unwrap();
    let told = find(since, true);
    let data = &told["objects"][0]["item_data"];
    assert_eq!(data["variations"][0]["item_variation_data"]["price_money"]["amount"], 1_234);
    assert_eq!(data["is_archived"], true, "archived is not deleted");
    assert!(listed().contains(&other));
    let page = get(&base, "/v2/catalog/list").json();
    assert!(page["objects"].as_array().unwrap().len() <= 100);
}
