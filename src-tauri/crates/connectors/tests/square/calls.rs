//! What is sent for each entity and kind of question.
use crate::support::{ask, created, square, time, updated};
use backroom_core::source::{Ask, Entity, Rows, Source, Span};
use serde_json::{Value, json};
use wiremock::matchers::{any, header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

async fn answer(body: Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(
            ResponseTemplate::new(200).insert_header("date", "Fri, 20 Nov 2026 18:00:00 GMT").set_body_json(body),
        )
        .mount(&server)
        .await;
    server
}

async fn sent(server: &MockServer) -> Request {
    server.received_requests().await.unwrap().pop().unwrap()
}

#[tokio::test]
async fn first_slice_payments_refunds_locations() {
    let server = MockServer::start().await;
    let body = json!({"cursor": "next", "payments": [{
        "id": "P1", "location_id": "L1", "status": "COMPLETED", "source_type": "CARD",
        "amount_money": {"amount": 1250, "currency": "USD"}, "created_at": "2026-10-02T10:00:00.123Z",
    }]});
    Mock::given(method("GET"))
        .and(path("/v2/payments"))
        .and(header("authorization", "Bearer invented-token"))
        .and(header("square-version", "2026-09-16"))
        .respond_with(
            ResponseTemplate::new(200).insert_header("date", "Fri, 20 Nov 2026 18:00:00 GMT").set_body_json(&body),
        )
        .mount(&server)
        .await;
    let page = square(&server.uri()).fetch(&ask(Entity::Payments, created())).await.unwrap();
    let Rows::Payments(rows) = &page.rows else { panic!("payments expected") };
    assert_eq!((rows.len(), rows[0].amount, rows[0].created_at), (1, 1250, time("2026-10-02T10:00:00.123Z")));
    assert_eq!(page.cursor.as_deref(), Some("next"));
    assert_eq!(page.server_time, Some(time("2026-11-20T18:00:00Z")), "the Date header is the source's clock");
    assert_eq!(page.raw, body.to_string(), "the raw body is kept as it came");
    assert_eq!((page.requests, page.warnings.len()), (1, 0));
}

#[tokio::test]
async fn lists_name_location_begin_and_order() {
    let server = answer(json!({})).await;
    let square = square(&server.uri());
    let created_params = "location_id=L1&limit=100&begin_time=2026-10-01T00%3A00%3A00.000Z\
        &end_time=2026-11-01T00%3A00%3A00.000Z&sort_field=CREATED_AT&sort_order=DESC";
    let updated_params = "location_id=L1&limit=100&begin_time=2024-11-20T00%3A00%3A00.000Z\
        &updated_at_begin_time=2026-11-19T12%3A00%3A00.000Z&sort_field=UPDATED_AT&sort_order=ASC";
    for (entity, path) in [(Entity::Payments, "/v2/payments"), (Entity::Refunds, "/v2/refunds")] {
        for (span, params) in [(created(), created_params), (updated(), updated_params)] {
            let mut ask = ask(entity, span);
            let page = square.fetch(&ask).await.unwrap();
            assert!(page.rows.is_empty() && page.cursor.is_none(), "an absent list is an empty last page");
            let request = sent(&server).await;
            assert_eq!(request.url.path(), path);
            assert_eq!(request.url.query(), Some(params), "{entity}: Square's own defaults would lose rows");

            ask.cursor = Some("c+/=1".to_owned());
            square.fetch(&ask).await.unwrap();
            let request = sent(&server).await;
            let query = format!("{params}&cursor=c%2B%2F%3D1");
            assert_eq!(request.url.query(), Some(query.as_str()), "{entity}: a next page repeats every parameter");
        }
    }
}

#[tokio::test]
async fn searches_carry_their_body() {
    let server = answer(json!({})).await;
    let square = square(&server.uri());
    let states = json!({"states": ["OPEN", "COMPLETED", "CANCELED", "DRAFT"]});
    let orders = |field: &str, range: Value, order: &str| {
        let limit = if field == "updated_at" { 400 } else { 150 };
        json!({"location_ids": ["L1"], "limit": limit, "return_entries": false, "query": {
            "filter": {"date_time_filter": {field: range}, "state_filter": states},
            "sort": {"sort_field": field.to_uppercase(), "sort_order": order}}})
    };
    let range = json!({"start_at": "2026-10-01T00:00:00.000Z", "end_at": "2026-11-01T00:00:00.000Z"});
    let since = json!({"start_at": "2026-11-19T12:00:00.000Z"});
    let cases = [
        (Entity::Orders, created(), "/v2/orders/search", orders("created_at", range, "DESC")),
        (Entity::Orders, updated(), "/v2/orders/search", orders("updated_at", since.clone(), "ASC")),
        (
            Entity::Catalog,
            updated(),
            "/v2/catalog/search",
            json!({"object_types": ["ITEM", "ITEM_VARIATION", "CATEGORY"], "include_deleted_objects": true,
                "include_related_objects": true, "begin_time": "2026-11-19T11:59:59.999Z", "limit": 1000}),
        ),
        (
            Entity::Customers,
            updated(),
            "/v2/customers/search",
            json!({"limit": 100, "query": {"filter": {"updated_at": since}}}),
        ),
        (
            Entity::Inventory,
            updated(),
            "/v2/inventory/counts/batch-retrieve",
            json!({"states": ["IN_STOCK"], "limit": 1000, "updated_after": "2026-11-19T11:59:59.999Z"}),
        ),
        (
            Entity::Inventory,
            Span::All,
            "/v2/inventory/counts/batch-retrieve",
            json!({"states": ["IN_STOCK"], "limit": 1000}),
        ),
        (Entity::Team, Span::All, "/v2/team-members/search", json!({"limit": 200})),
    ];
    for (entity, span, path, mut body) in cases {
        let mut ask = ask(entity, span);
        square.fetch(&ask).await.unwrap();
        let request = sent(&server).await;
        assert_eq!((request.method.as_str(), request.url.path()), ("POST", path), "{entity}");
        assert_eq!(request.body_json::<Value>().unwrap(), body, "{entity}");

        ask.cursor = Some("c1".to_owned());
        square.fetch(&ask).await.unwrap();
        body["cursor"] = json!("c1");
        assert_eq!(sent(&server).await.body_json::<Value>().unwrap(), body, "{entity}: same body plus the cursor");
    }
}

#[tokio::test]
async fn full_lists() {
    let server = answer(json!({})).await;
    let square = square(&server.uri());
    let cases = [
        (Entity::Locations, "/v2/locations", None),
        (Entity::Catalog, "/v2/catalog/list", Some("types=ITEM%2CCATEGORY")),
        (Entity::Customers, "/v2/customers", Some("limit=100")),
    ];
    for (entity, path, query) in cases {
        square.fetch(&ask(entity, Span::All)).await.unwrap();
        let request = sent(&server).await;
        assert_eq!((request.url.path(), request.url.query()), (path, query), "{entity}");
    }
}

#[tokio::test]
async fn a_base_address_with_a_path_is_kept() {
    let server = answer(json!({})).await;
    square(&format!("{}/stand-in/", server.uri())).fetch(&ask(Entity::Locations, Span::All)).await.unwrap();
    assert_eq!(sent(&server).await.url.path(), "/stand-in/v2/locations");
}

#[tokio::test]
async fn asks_without_a_call_are_refused_before_the_network() {
    let server = answer(json!({})).await;
    let square = square(&server.uri());
    let without_location = Ask { location: None, ..ask(Entity::Payments, created()) };
    for bad in [
        ask(Entity::Payments, Span::All),
        ask(Entity::Catalog, created()),
        ask(Entity::Team, updated()),
        without_location,
    ] {
        let fault = square.fetch(&bad).await.unwrap_err();
        assert!(!fault.retryable(), "{bad:?}");
    }
    assert!(server.received_requests().await.unwrap().is_empty(), "nothing may be sent for an ask without a call");
}

#[tokio::test]
async fn windows_do_not_overlap_at_their_end() {
    let at = |id: &str, t: &str| {
        json!({"id": id, "location_id": "L1", "created_at": t, "updated_at": t,
        "total_money": {"amount": 1, "currency": "USD"}, "amount_money": {"amount": 1, "currency": "USD"}})
    };
    let rows = [at("A", "2026-10-01T00:00:00Z"), at("B", "2026-10-31T23:59:59.999Z"), at("C", "2026-11-01T00:00:00Z")];
    for (entity, key) in [(Entity::Payments, "payments"), (Entity::Refunds, "refunds"), (Entity::Orders, "orders")] {
        let server = answer(json!({key: rows})).await;
        let page = square(&server.uri()).fetch(&ask(entity, created())).await.unwrap();
        assert_eq!(page.rows.len(), 2, "{entity}: the first instant belongs to the window, the last does not");
    }
}

#[tokio::test]
async fn changed_orders_from_before_the_history_are_left_out() {
    let at = |id: &str, t: &str| {
        json!({"id": id, "created_at": t, "updated_at": "2026-11-20T00:00:00Z",
        "total_money": {"amount": 1, "currency": "USD"}})
    };
    let server =
        answer(json!({"orders": [at("old", "2020-01-01T00:00:00Z"), at("new", "2025-01-01T00:00:00Z")]})).await;
    let page = square(&server.uri()).fetch(&ask(Entity::Orders, updated())).await.unwrap();
    let Rows::Orders(rows) = page.rows else { panic!("orders expected") };
    assert_eq!(rows.iter().map(|o| o.id.as_str()).collect::<Vec<_>>(), ["new"]);
}

#[tokio::test]
async fn catalog_tells_its_own_mark() {
    let server = answer(json!({"latest_time": "2026-11-20T17:59:00.5Z"})).await;
    let page = square(&server.uri()).fetch(&ask(Entity::Catalog, updated())).await.unwrap();
    assert_eq!(page.latest, Some(time("2026-11-20T17:59:00.5Z")));
}

#[tokio::test]
async fn probe_names_what_is_missing() {
    let server = MockServer::start().await;
    let merchant = json!({"merchant": {"id": "M1", "business_name": "Invented Smoke Shop"}});
    Mock::given(path("/v2/merchants/me"))
        .respond_with(ResponseTemplate::new(200).set_body_json(merchant))
        .mount(&server)
        .await;
    let all = square(&server.uri()).probe().await.unwrap();
    assert_eq!((all.account_id.as_str(), all.account_name.as_str()), ("M1", "Invented Smoke Shop"));
    assert!(all.missing.is_empty(), "a personal token that tells no status is not known to lack anything");

    let status = json!({"scopes": ["MERCHANT_PROFILE_READ", "PAYMENTS_READ", "ITEMS_READ", "ORDERS_READ"],
        "expires_at": "2026-12-20T00:00:00Z", "merchant_id": "M1"});
    Mock::given(path("/oauth2/token/status"))
        .respond_with(ResponseTemplate::new(200).set_body_json(status))
        .mount(&server)
        .await;
    let some = square(&server.uri()).probe().await.unwrap();
    assert_eq!(some.missing, [Entity::Inventory, Entity::Customers, Entity::Team]);
    assert_eq!(some.expires_at, Some(time("2026-12-20T00:00:00Z")));
}
