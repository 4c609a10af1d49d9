//! What the connector asks of Square fits Square's own description of its API.

use backroom_connectors::square::provider;
use backroom_core::source::Entity;
use backroom_core::{TestClock, Timestamp};
use backroom_http::oauth::{Flow, Keeper, SignIn};
use backroom_http::{Client, ClientConfig, TokenProvider};
use backroom_sandbox::oauth::CLIENT_ID;
use backroom_sandbox::square::{LateOrder, NewSale, Square, StoreSpec};
use backroom_secrets::InMemory;
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

/// What signing in and renewing ask at the token's address, and what the stand-in answers there.
#[tokio::test(flavor = "multi_thread")]
async fn signing_in_and_renewing_fit_squares_description() {
    let spec = openapi::spec();
    let clock = TestClock::at(Timestamp::from_seconds(1_795_197_600));
    let shop = StoreSpec::small(10, Timestamp::from_seconds(1_795_197_000));
    let square = Square::start_with(shop, 0, Arc::new(clock.clone())).unwrap();
    let at_vendor = provider(&square.base_url(), CLIENT_ID).unwrap();
    let back = "http://127.0.0.1:9/back".parse().unwrap();
    let SignIn { flow, address } = Flow::begin(at_vendor.clone(), back, Arc::new(clock.clone())).unwrap();
    let nowhere = reqwest::redirect::Policy::none();
    let browser = reqwest::Client::builder().no_proxy().redirect(nowhere).build().unwrap();
    let answer = browser.get(address).send().await.unwrap();
    let came_to = reqwest::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    let told = |name: &str| came_to.query_pairs().find(|(n, _)| n == name).unwrap().1.into_owned();
    let client = Client::new(ClientConfig::default());
    let grant = flow.finish(&client, &told("code"), &told("state")).await.unwrap();
    let keeper = Keeper::new(client, at_vendor, Arc::new(InMemory::new()), "square", Arc::new(clock.clone()));
    keeper.connect(grant).await.unwrap();
    clock.advance_seconds(20 * 86_400);
    keeper.token().await.unwrap();

    let asked: Vec<_> = square.requests().into_iter().filter(|r| r.path == "/oauth2/token").collect();
    let kinds: Vec<_> = asked
        .iter()
        .map(|r| serde_json::from_str::<serde_json::Value>(&r.body).unwrap()["grant_type"].clone())
        .collect();
    assert_eq!(kinds, ["authorization_code", "refresh_token"], "a code for the first, its own token for the next");
    for request in &asked {
        let found = openapi::request_differences(&spec, &request.method, &request.path, &request.query, &request.body);
        assert!(found.is_empty(), "{}: {found:?}", kinds[0]);
    }
    let body = |fields: &str| format!("{{\"client_id\": \"c\"{fields}}}");
    for (fields, wrong, why) in [
        (", \"grant_type\": \"refresh_token\"", 0, "as it should be"),
        ("", 1, "the kind of grant is missing"),
        (", \"grant_type\": \"refresh_token\", \"token\": \"x\"", 1, "a field that does not exist"),
    ] {
        let found = openapi::request_differences(&spec, "POST", "/oauth2/token", "", &body(fields));
        assert_eq!(found.len(), wrong, "{why}: {found:?}");
    }
    let renewal = serde_json::json!({"client_id": CLIENT_ID, "grant_type": "refresh_token", "refresh_token": square.refresh_token()});
    let answer = browser.post(format!("{}/oauth2/token", square.base_url())).json(&renewal).send().await.unwrap();
    let schema = &spec["paths"]["/oauth2/token"]["post"]["responses"]["200"]["content"]["application/json"]["schema"];
    let mut found = Vec::new();
    let answer: serde_json::Value = answer.error_for_status().unwrap().json().await.unwrap();
    openapi::differences(&spec, schema, &answer, "/oauth2/token", &mut found);
    assert!(found.is_empty(), "the stand-in answers as Square does: {found:?}");
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
