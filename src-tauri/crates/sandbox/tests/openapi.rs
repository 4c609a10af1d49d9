//! What the stand-in answers is what Square's own description of its API allows: types, enumerations, required fields,
//! lengths, and no field that is not described.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;
#[path = "../../../../tests/openapi.rs"]
#[allow(dead_code, reason = "what is asked is checked elsewhere")]
mod openapi;

use backroom_core::{TestClock, Timestamp};
use backroom_sandbox::square::{LateOrder, NewSale, Square, StoreSpec};
use common::{get, post};
use openapi::{differences, spec};
use serde_json::{Value, json};
use std::sync::Arc;

const UNTIL: Timestamp = Timestamp::from_seconds(1_795_197_600);

fn check(spec: &Value, path: &str, method: &str, answer: &Value) {
    let schema = &spec["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"];
    assert!(schema.is_object(), "{method} {path} is not in the fixture");
    let mut found = Vec::new();
    differences(spec, schema, answer, path, &mut found);
    found.truncate(10);
    assert!(found.is_empty(), "{method} {path}: {found:#?}");
}

#[test]
fn the_check_finds_what_is_wrong() {
    let spec = spec();
    let wrong = json!({"payments": [{"id": 5, "colour": "red", "card_details": {"card": {"card_brand": "NONE"}}, "cash_details": {}}]});
    let schema = &spec["paths"]["/v2/payments"]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    let mut found = Vec::new();
    differences(&spec, schema, &wrong, "", &mut found);
    assert_eq!(found.len(), 4, "type, unknown field, enumeration, required: {found:?}");
}

#[test]
fn every_answer_fits_squares_description() {
    let spec = spec();
    let store = StoreSpec { payments: 4_000, customers: 900, ..StoreSpec::demo(UNTIL) };
    let square = Square::start_with(store, 0, Arc::new(TestClock::at(UNTIL.plus_seconds(9)))).unwrap();
    let base = square.base_url();
    let sale = square.offline_sale(&NewSale { tip_minor: 5, ..NewSale::default() }).unwrap();
    square.late_order(&LateOrder::default()).unwrap();
    square.refund(&sale.payment_id, Some(3)).unwrap();
    square.delete_item(&square.item_ids()[0]).unwrap();
    for place in square.location_ids() {
        let mut cursor = String::new();
        loop {
            let page = get(
                &base,
                &format!("/v2/payments?location_id={place}&begin_time=2020-01-01T00:00:00Z&cursor={cursor}"),
            )
            .json();
            check(&spec, "/v2/payments", "get", &page);
            match page["cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
    }
    for target in [
        "/v2/locations",
        "/v2/refunds?begin_time=2020-01-01T00:00:00Z",
        "/v2/catalog/list",
        "/v2/customers?count=true",
        "/v2/catalog/list?types=ITEM,ITEM_VARIATION",
        "/v2/payments?begin_time=2001-01-01T00:00:00Z&end_time=2001-01-02T00:00:00Z",
    ] {
        check(&spec, target.split('?').next().unwrap(), "get", &get(&base, target).json());
    }
    let places = square.location_ids();
    for (path, body) in [
        ("/v2/orders/search", json!({"location_ids": places, "limit": 1_000})),
        (
            "/v2/orders/search",
            json!({"location_ids": places, "limit": 1_000, "query": {"sort": {"sort_field": "UPDATED_AT", "sort_order": "ASC"}}}),
        ),
        ("/v2/orders/search", json!({"location_ids": places, "return_entries": true})),
        ("/v2/catalog/search", json!({"include_deleted_objects": true, "begin_time": "2020-01-01T00:00:00Z"})),
        ("/v2/customers/search", json!({"count": true})),
        ("/oauth2/token/status", json!({})),
    ] {
        check(&spec, path, "post", &post(&base, path, &body).json());
    }
}

#[test]
fn the_description_lists_exactly_the_parameters_that_are_accepted() {
    let spec = spec();
    let square = Square::start_with(StoreSpec::small(10, UNTIL), 0, Arc::new(TestClock::at(UNTIL))).unwrap();
    for path in ["/v2/payments", "/v2/refunds", "/v2/customers", "/v2/catalog/list", "/v2/locations"] {
        for parameter in spec["paths"][path]["get"]["parameters"].as_array().unwrap() {
            let name = parameter["name"].as_str().unwrap();
            let answer = get(&square.base_url(), &format!("{path}?{name}="));
            let unknown = String::from_utf8_lossy(&answer.body).contains("UNKNOWN_QUERY_PARAMETER");
            assert!(!unknown, "{path} has a parameter {name}");
        }
    }
}
