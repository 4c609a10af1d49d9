//! What the connector asks of Square fits Square's own description of its API.

use backroom_core::source::Entity;
use backroom_sandbox::square::{LateOrder, NewSale, StoreSpec};
use backroom_sync::{Cancel, PullOptions, Quiet, Watcher, pull};
use backroom_tests::{Bench, openapi};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn every_request_fits_squares_description() {
    let spec = openapi::spec();
    let bench = Bench::new(StoreSpec::small(1_500, Bench::now())).unwrap();
    bench.source.source.probe().await.unwrap();
    bench.sync(None).await.unwrap();
    bench.square.add_sale(&NewSale::default()).unwrap();
    bench.square.late_order(&LateOrder::default()).unwrap();
    bench.square.delete_item(&bench.square.item_ids()[0]).unwrap();
    bench.sync(None).await.unwrap();
    let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
    let full = PullOptions { full: true, ..PullOptions::default() };
    pull(&bench.store, std::slice::from_ref(&bench.source), &full, &watcher, &Cancel::new()).await.unwrap();

    let mut asked = BTreeSet::new();
    for request in bench.square.requests() {
        let found = openapi::request_differences(&spec, &request.method, &request.path, &request.query, &request.body);
        assert!(found.is_empty(), "{} {}?{} {}: {found:?}", request.method, request.path, request.query, request.body);
        asked.insert(request.path);
    }
    let expected: BTreeSet<String> = [
        "/oauth2/token/status",
        "/v2/catalog/list",
        "/v2/catalog/search",
        "/v2/customers",
        "/v2/customers/search",
        "/v2/inventory/counts/batch-retrieve",
        "/v2/locations",
        "/v2/merchants/me",
        "/v2/orders/search",
        "/v2/payments",
        "/v2/refunds",
        "/v2/team-members/search",
    ]
    .map(str::to_owned)
    .into();
    assert_eq!(asked, expected, "each endpoint that is used was seen, and no other");
    assert!(Entity::ALL.len() <= expected.len(), "an entity more needs an endpoint here");
}

#[test]
fn the_check_finds_what_is_wrong() {
    let spec = openapi::spec();
    let table = [
        ("GET", "/v2/payments", "begin_time=2026-01-01T00:00:00Z&location_id=L1&limit=100", "", 0, "as it should be"),
        ("GET", "/v2/payments", "begin_tyme=2026-01-01T00:00:00Z", "", 1, "a parameter that does not exist"),
        ("GET", "/v2/payments", "begin_time=yesterday", "", 1, "no time"),
        ("GET", "/v2/payments", "limit=many", "", 1, "no number"),
        ("GET", "/v2/payments", "limit=101", "", 1, "a page too large"),
        ("GET", "/v2/payments", "sort_field=COLOUR", "", 1, "no such order"),
        ("GET", "/v2/payments", "", "{}", 1, "a body where none is described"),
        ("GET", "/v2/secrets", "", "", 1, "an address that does not exist"),
        ("POST", "/v2/orders/search", "", "{\"limit\": 1001}", 1, "a page too large in a body"),
        ("POST", "/v2/orders/search", "", "{\"locations\": []}", 1, "a field that does not exist"),
        ("POST", "/v2/orders/search", "", "{\"limit\": \"9\"}", 1, "a number as text"),
        ("POST", "/v2/orders/search", "", "{", 1, "half a body"),
        ("POST", "/v2/team-members/search", "", "{\"limit\": 201}", 1, "a page too large where only words describe it"),
        ("POST", "/v2/team-members/search", "", "{\"colour\": 1}", 1, "a field that does not exist there"),
    ];
    for (method, path, query, body, wrong, why) in table {
        let found = openapi::request_differences(&spec, method, path, query, body);
        assert_eq!(found.len(), wrong, "{why}: {found:?}");
    }
    let body = json!({"query": {"filter": {"date_time_filter": {"created_at": {"start_at": "soon"}}}}}).to_string();
    let found = openapi::request_differences(&spec, "POST", "/v2/orders/search", "", &body);
    assert_eq!(found.len(), 1, "no time deep in a body: {found:?}");
}
