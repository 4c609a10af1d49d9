//! What happens in the stand-in's shop, and to those who ask it, is told as Square would tell it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use backroom_core::{Clock, DayRule, TestClock, Timestamp};
use backroom_sandbox::square::{LateOrder, NewSale, SaleLine, Square, StoreSpec};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use common::shop::{UNTIL, code, ids, payments, shop};
use common::{all, get, search, send};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[test]
fn everything_that_happens_later_is_found_by_its_time_of_change() {
    let (square, clock) = shop(300);
    let base = square.base_url();
    clock.advance_seconds(600);
    let since = clock.now();
    clock.advance_seconds(10);
    let changed = |square: &Square| {
        ids(&payments(square, &format!("&updated_at_begin_time={since}&sort_field=UPDATED_AT&sort_order=ASC")))
    };
    assert!(changed(&square).is_empty());
    let old = square.payment_ids()[3].clone();
    let completed =
        payments(&square, "").into_iter().find(|p| p["status"] == "COMPLETED" && p["refund_ids"].is_null()).unwrap();
    let refunded = completed["id"].as_str().unwrap().to_owned();
    square.add_tip(&old, 250).unwrap();
    let refund = square.refund(&refunded, Some(100)).unwrap();
    let sale = square
        .add_sale(&NewSale {
            lines: vec![SaleLine::default(), SaleLine { price_minor: Some(500), ..SaleLine::default() }],
            ..NewSale::default()
        })
        .unwrap();
    let taken = since.plus_days(-1);
    let offline = square.offline_sale(&NewSale { at: Some(taken.to_rfc3339()), ..NewSale::default() }).unwrap();
    let late = square
        .late_order(&LateOrder {
            sale: NewSale { at: Some(since.plus_days(-3).to_rfc3339()), ..NewSale::default() },
            updated_is_old: false,
        })
        .unwrap();
    let hidden = square
        .late_order(&LateOrder {
            sale: NewSale { at: Some(since.plus_days(-3).to_rfc3339()), ..NewSale::default() },
            updated_is_old: true,
        })
        .unwrap();
    let wanted: BTreeSet<String> =
        [&old, &refunded, &sale.payment_id, &offline.payment_id, &late.payment_id].into_iter().cloned().collect();
    assert_eq!(changed(&square), wanted);
    assert!(ids(&payments(&square, "")).contains(&hidden.payment_id), "only an overlap finds this one");
    let refunds =
        all(&base, &format!("/v2/refunds?begin_time=2020-01-01T00:00:00Z&updated_at_begin_time={since}"), "refunds");
    assert_eq!(ids(&refunds), BTreeSet::from([refund]));
    let told = payments(&square, "").into_iter().find(|p| p["id"] == *offline.payment_id).unwrap();
    assert_eq!(told["offline_payment_details"]["client_created_at"], json!(taken.to_rfc3339()));
    let body = json!({"location_ids": square.location_ids(), "query": {"filter": {"date_time_filter": {"updated_at": {"start_at": since.to_rfc3339()}}}, "sort": {"sort_field": "UPDATED_AT"}}});
    let orders = ids(&search(&base, "/v2/orders/search", &body, "orders"));
    for made in [&sale, &offline, &late] {
        assert!(orders.contains(&made.order_id));
    }
    assert!(!orders.contains(&hidden.order_id));
    let day = DayRule::new("America/Chicago", "04:00").unwrap().day_of(taken).to_string();
    assert!(square.truth().days[&day].transactions > 0, "an offline payment counts on the day it was taken");
    assert!(square.refund(&refunded, Some(10_000_000)).is_err(), "no more goes back than came in");
}

#[test]
fn sales_take_from_the_shelf() {
    let (square, clock) = shop(20);
    let base = square.base_url();
    let item = square.item_ids()[0].clone();
    let since = clock.now();
    clock.advance_seconds(5);
    let counts = |since: Timestamp| {
        search(&base, "/v2/inventory/counts/batch-retrieve", &json!({"updated_after": since.to_rfc3339()}), "counts")
    };
    assert!(counts(since).is_empty());
    square
        .add_sale(&NewSale {
            location: 1,
            lines: vec![SaleLine { item_id: Some(item), ..SaleLine::default() }],
            ..NewSale::default()
        })
        .unwrap();
    let changed = counts(since);
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0]["location_id"], json!(square.location_ids()[1]));
    let all_counts = search(&base, "/v2/inventory/counts/batch-retrieve", &json!({}), "counts");
    assert!(all_counts.iter().any(|c| c["quantity"] == "0"), "something is sold out");
}

#[test]
fn customers_can_be_listed_searched_renamed_and_deleted() {
    let (square, clock) = shop(1_000);
    let base = square.base_url();
    let everyone = all(&base, "/v2/customers", "customers");
    assert_eq!(everyone.len(), 253);
    assert_eq!(get(&base, "/v2/customers?count=true&limit=1").json()["count"], 253);
    let known: BTreeMap<_, _> = everyone.iter().map(|c| (c["id"].to_string(), c["created_at"].to_string())).collect();
    for payment in payments(&square, "").iter().filter(|p| p["customer_id"].is_string()) {
        let created = &known[&payment["customer_id"].to_string()];
        let bought = payment["created_at"].to_string();
        assert!(*created <= bought, "nobody buys before being known");
    }
    let since = clock.now();
    clock.advance_seconds(1);
    let (renamed, deleted) = (&square.customer_ids()[0], &square.customer_ids()[1]);
    square.rename_customer(renamed, "Robin").unwrap();
    square.delete_customer(deleted).unwrap();
    let body = json!({"limit": 10, "query": {"filter": {"updated_at": {"start_at": since.to_rfc3339()}}}});
    let changed = search(&base, "/v2/customers/search", &body, "customers");
    assert_eq!(ids(&changed), BTreeSet::from([renamed.clone()]));
    assert_eq!(changed[0]["given_name"], "Robin");
    assert!(!ids(&all(&base, "/v2/customers", "customers")).contains(deleted), "a deleted customer just disappears");
}

#[test]
fn the_team_the_merchant_and_the_date_are_told() {
    let (square, _) = shop(10);
    let base = square.base_url();
    let team = search(&base, "/v2/team-members/search", &json!({"limit": 4}), "team_members");
    assert_eq!(team.len(), 9);
    let clerks = ids(&team);
    assert!(payments(&square, "").iter().all(|p| clerks.contains(p["team_member_id"].as_str().unwrap())));
    let merchant = get(&base, "/v2/merchants/me");
    assert_eq!(merchant.json()["merchant"]["main_location_id"], json!(square.location_ids()[0]));
    assert!(merchant.head.contains("Date: Fri, 20 Nov 2026 18:01:00 GMT"), "{}", merchant.head);
}

#[test]
fn currencies_with_no_and_with_three_decimals_make_sensible_prices() {
    for (currency, least) in [("JPY", 50), ("KWD", 500)] {
        let spec = StoreSpec { currency: currency.to_owned(), ..StoreSpec::small(50, UNTIL) };
        let square = Square::start_with(spec, 0, Arc::new(TestClock::at(UNTIL))).unwrap();
        let rows = payments(&square, "");
        assert!(rows.iter().all(
            |p| p["amount_money"]["currency"] == currency && p["amount_money"]["amount"].as_i64().unwrap() > least
        ));
    }
}

#[test]
fn faults_strike_as_told_and_stop_when_told() {
    let (square, _) = shop(400);
    let base = square.base_url();
    let target = "/v2/payments?begin_time=2020-01-01T00:00:00Z";
    let try_one = || send(&base, "GET", target, &[("Authorization", "Bearer sandbox-square-token")], b"");
    let with = |rule: FaultRule| square.set_faults(Faults { rules: vec![rule], ..Faults::default() });
    with(FaultRule::once(FaultKind::RateLimited { retry_after: Some(7) }));
    let limited = try_one().unwrap();
    assert_eq!((limited.status, code(&limited).as_str()), (429, "RATE_LIMITED"));
    assert!(limited.head.contains("Retry-After: 7"));
    assert_eq!(try_one().unwrap().status, 200, "once means once");
    for (kind, status, wanted) in [
        (FaultKind::Status { status: 503 }, 503, "SERVICE_UNAVAILABLE"),
        (FaultKind::TokenExpired, 401, "ACCESS_TOKEN_EXPIRED"),
        (FaultKind::TokenRevoked, 401, "ACCESS_TOKEN_REVOKED"),
        (FaultKind::MissingScope, 403, "INSUFFICIENT_SCOPES"),
    ] {
        with(FaultRule::once(kind));
        let answer = try_one().unwrap();
        assert_eq!((answer.status, code(&answer).as_str()), (status, wanted));
    }
    with(FaultRule::once(FaultKind::Html { status: 200 }));
    assert!(String::from_utf8_lossy(&try_one().unwrap().body).starts_with("<!doctype"));
    for kind in
        [FaultKind::Reset, FaultKind::Cut { after_bytes: 300 }, FaultKind::HugeLine { bytes: 1 << 20, declared: false }]
    {
        with(FaultRule::once(kind.clone()));
        assert!(try_one().is_err(), "{kind:?} gives no whole answer");
    }
    with(FaultRule::once(FaultKind::ChangedType { field: "receipt_number".to_owned() }));
    let rows = try_one().unwrap().json()["payments"].as_array().unwrap().clone();
    assert!(rows.iter().any(|p| p["receipt_number"].is_number()));
    with(FaultRule::once(FaultKind::ForeignFields));
    assert!(try_one().unwrap().json()["payments"][0]["x_field_of_next_year"].is_object());
    with(FaultRule::always(FaultKind::RepeatCursor));
    let cursor = try_one().unwrap().json()["cursor"].as_str().unwrap().to_owned();
    assert_eq!(get(&base, &format!("{target}&cursor={cursor}")).json()["cursor"], json!(cursor));
    with(FaultRule::once(FaultKind::InvalidCursor).after(1));
    assert_eq!(get(&base, target).status, 200, "a first page has no cursor to refuse");
    assert_eq!(get(&base, &format!("{target}&cursor={cursor}")).status, 200, "one page is let through");
    assert_eq!(code(&get(&base, &format!("{target}&cursor={cursor}"))), "INVALID_CURSOR");
    square.set_faults(Faults { offline: true, ..Faults::default() });
    assert!(try_one().is_err());
    square.set_faults(Faults::errors(0.3, 1));
    let statuses: Vec<u16> = (0..400).map(|_| try_one().unwrap().status).collect();
    let failed = statuses.iter().filter(|s| **s != 200).count();
    assert!((80..160).contains(&failed), "about three in ten: {failed}");
    assert!([429, 500, 503].iter().all(|s| statuses.contains(s)));
    square.set_faults(Faults::default());
    assert_eq!(try_one().unwrap().status, 200);
}

#[test]
fn other_processes_control_it_over_http_even_while_it_is_offline() {
    let (square, _) = shop(30);
    let base = square.base_url();
    let control = |command: &str, body: &Value| {
        let answer = send(&base, "POST", &format!("/_control/{command}"), &[], body.to_string().as_bytes()).unwrap();
        (answer.status, answer.json())
    };
    assert_eq!(control("faults", &json!({"offline": true, "rules": [{"kind": "cut", "after_bytes": 5}]})).0, 200);
    assert!(send(&base, "GET", "/v2/locations", &[], b"").is_err());
    assert_eq!(control("faults/clear", &json!({})).0, 200);
    let (_, sale) = control("add_sale", &json!({"location": 1, "lines": [{"price_minor": 1000}], "cash": true}));
    let (_, refund) = control("refund", &json!({"id": sale["payment_id"], "minor": 100}));
    assert!(refund["refund_id"].as_str().unwrap().starts_with(sale["payment_id"].as_str().unwrap()));
    assert_eq!(serde_json::to_value(square.truth()).unwrap(), control("truth", &json!({})).1);
    assert_eq!(control("ids", &json!({})).1["payments"].as_array().unwrap().len(), 31);
    assert_eq!(control("refund", &json!({"id": "nobody"})).0, 400);
    get(&base, "/v2/locations");
    let (_, counters) = control("counters", &json!({}));
    assert_eq!(counters["requests"]["GET /v2/locations"], 2, "the request that was cut off counts as well");
    assert!(square.requests().iter().any(|r| r.path == "/v2/locations" && r.status == 200));
}
