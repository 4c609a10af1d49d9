//! Whole answers: what is asked with, what the headers tell, and pages that have gone wrong.

use super::super::{Lightspeed, LightspeedSettings, map, page, reading};
use backroom_core::source::{Ask, Entity, Source, Span};
use backroom_core::{FaultClass, Timestamp};
use backroom_http::{Client, ClientConfig, Reply, RetryPolicy, StaticToken};
use backroom_secrets::Secret;
use serde_json::{Value, json};
use std::sync::Arc;
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn lightspeed(server: &MockServer) -> Lightspeed {
    let settings = LightspeedSettings {
        base_url: server.uri(),
        account_id: "12".into(),
        retry: RetryPolicy::ONCE,
        ..LightspeedSettings::default()
    };
    let token = Arc::new(StaticToken::new(Secret::new("invented")));
    Lightspeed::new(settings, Client::new(ClientConfig::default()), token, Arc::new(Lightspeed::bucket())).unwrap()
}

fn span(changes: bool) -> Span {
    let at = |text: &str| Timestamp::parse(text).unwrap();
    if changes {
        Span::Updated { since: at("2026-11-19T00:00:00Z"), history_from: at("2024-11-20T00:00:00Z") }
    } else {
        Span::Created { from: at("2026-11-01T00:00:00Z"), to: at("2026-11-30T00:00:00Z") }
    }
}

fn ask(entity: Entity, changes: bool) -> Ask {
    Ask { entity, location: None, span: span(changes), cursor: None }
}

#[tokio::test]
async fn every_call_asks_for_json_in_the_header_and_in_the_name() {
    let server = MockServer::start().await;
    let answer = |name: &str| ResponseTemplate::new(200).set_body_json(json!({"@attributes": {"next": ""}, name: []}));
    let all = ["Shop", "Sale", "Item", "Category", "ItemShop", "Customer", "Employee"];
    for name in all {
        Mock::given(method("GET"))
            .and(path(format!("/API/V3/Account/12/{name}.json")))
            .and(header("accept", "application/json"))
            .and(header("authorization", "Bearer invented"))
            .respond_with(answer(name))
            .expect(1)
            .mount(&server)
            .await;
    }
    Mock::given(path("/API/V3/Account/12/PaymentType.json"))
        .and(header("accept", "application/json"))
        .and(query_param("archived", "true"))
        .respond_with(answer("PaymentType"))
        .expect(1)
        .mount(&server)
        .await;
    let source = lightspeed(&server);
    for entity in
        [Entity::Locations, Entity::Orders, Entity::Catalog, Entity::Inventory, Entity::Customers, Entity::Team]
    {
        let found = source.fetch(&ask(entity, false)).await;
        assert!(found.is_ok(), "{entity}: without the header the answer would be XML, without archived incomplete");
    }
    let second = Ask { cursor: Some("second ".into()), ..ask(Entity::Catalog, false) };
    assert!(source.fetch(&second).await.is_ok());
}

#[test]
fn the_bucket_is_read_from_headers_of_any_case_and_may_be_fuller_than_full() {
    let reply = |headers: &[(&'static str, &'static str)]| {
        let mut map = wiremock::http::HeaderMap::new();
        for (name, value) in headers {
            map.insert(wiremock::http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        Reply { status: 200, headers: map, body: Vec::new().into() }
    };
    let level = ("X-LS-Api-Bucket-Level", "91.672517538069/90");
    let told = reading(&reply(&[
        level,
        ("X-LS-API-Burst-Level", "1/20"),
        ("x-ls-api-DRIP-rate", "1.5"),
        ("X-LS-Api-Request-Cost", "1.8"),
    ]))
    .unwrap();
    assert!((told.level - 91.672_517_538_069).abs() < 1e-9 && (told.size - 90.0).abs() < 1e-9, "{told:?}");
    assert_eq!((told.rate, told.cost, told.burst), (1.5, Some(1.8), Some(20.0)));
    let bare = reading(&reply(&[level])).unwrap();
    assert_eq!((bare.rate, bare.cost, bare.burst), (1.0, None, None), "one drip a second where nothing else is told");
    for headers in [vec![], vec![("X-LS-Api-Bucket-Level", "full")], vec![("X-LS-Api-Bucket-Level", "1")]] {
        assert_eq!(reading(&reply(&headers)), None, "{headers:?} tells nothing");
    }
}

#[tokio::test]
async fn an_answer_of_the_other_product_line_is_told_apart() {
    let server = MockServer::start().await;
    let body = json!({"data": [{"id": "02dcd191-ae14-11e6-f485-6a3c6a3c6a3c"}], "version": {"min": 1, "max": 2}});
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server).await;
    let source = lightspeed(&server);
    let fault = source.fetch(&ask(Entity::Customers, false)).await.unwrap_err();
    assert_eq!((fault.class, fault.code), (FaultClass::Config, "LIGHTSPEED_X_SERIES"));
    assert_eq!(source.probe().await.unwrap_err().code, "LIGHTSPEED_X_SERIES", "by the test of the connection too");
}

#[tokio::test]
async fn a_refused_list_names_the_account_where_that_is_wrong() {
    for status in [403, 404] {
        let server = MockServer::start().await;
        let own = json!({"@attributes": {"count": "1"}, "Account": {"accountID": "34", "name": "Another"}});
        Mock::given(path("/API/V3/Account.json"))
            .respond_with(ResponseTemplate::new(200).set_body_json(own))
            .mount(&server)
            .await;
        let refusal = json!({"httpCode": status.to_string(), "message": "no", "errorClass": "Exception"});
        Mock::given(path("/API/V3/Account/12/Customer.json"))
            .respond_with(ResponseTemplate::new(status).set_body_json(refusal))
            .mount(&server)
            .await;
        let fault = lightspeed(&server).fetch(&ask(Entity::Customers, false)).await.unwrap_err();
        assert_eq!((fault.class, fault.code), (FaultClass::Config, "LIGHTSPEED_ACCOUNT_FOREIGN"), "status {status}");
        assert!(fault.message.contains("12"), "{}", fault.message);
    }
}

#[tokio::test]
async fn categories_that_may_not_be_read_stop_no_items() {
    let server = MockServer::start().await;
    let own = json!({"@attributes": {"count": "1"}, "Account": {"accountID": "12"}});
    Mock::given(path("/API/V3/Account.json"))
        .respond_with(ResponseTemplate::new(200).set_body_json(own))
        .mount(&server)
        .await;
    Mock::given(path("/API/V3/Account/12/Category.json")).respond_with(ResponseTemplate::new(403)).mount(&server).await;
    let second = Ask { cursor: Some("second ".into()), ..ask(Entity::Catalog, true) };
    let page = lightspeed(&server).fetch(&second).await.unwrap();
    assert!(page.rows.is_empty() && page.cursor.is_none());
    assert!(page.warnings[0].contains("may not be read"), "{:?}", page.warnings);
}

fn sale(id: &str, more: Value) -> Value {
    let mut sale = json!({
        "saleID": id, "timeStamp": "2026-11-20T18:05:35+00:00", "completed": "true", "calcTotal": "5.00",
        "SaleLines": {"SaleLine": {"saleLineID": "1", "unitQuantity": "1", "unitPrice": "5.00"}},
        "SalePayments": {"SalePayment": {"salePaymentID": "1", "amount": "5.00"}}
    });
    for (name, value) in more.as_object().unwrap() {
        sale[name] = value.clone();
    }
    sale
}

#[test]
fn a_page_that_went_wrong_as_a_whole_is_not_stored() {
    let fine = || sale("1", json!({}));
    let (no_payments, no_lines) = (json!({"SalePayments": ""}), json!({"SaleLines": ""}));
    let no_total = json!({"calcTotal": "n/a"});
    let both = |more: &Value| vec![sale("1", more.clone()), sale("2", more.clone())];
    let one = |more: &Value| vec![sale("1", more.clone())];
    let mixed = |more: &Value| vec![fine(), sale("2", more.clone())];
    let missing = Some("LIGHTSPEED_RELATION_MISSING");
    let unreadable = Some("LIGHTSPEED_UNREADABLE");
    let customer = |more: Value| {
        let mut row = json!({"customerID": "3", "timeStamp": "2026-11-20T18:05:35+00:00", "archived": "false"});
        if let Some(map) = more.as_object() {
            map.iter().for_each(|(name, value)| row[name] = value.clone());
        }
        row
    };
    let shelf = |qoh: &str| json!({"itemID": "1", "shopID": "1", "qoh": qoh});
    // Entity, list, rows, among changes, what is said.
    let cases = [
        (Entity::Orders, "Sale", vec![], true, None, "an empty page"),
        (Entity::Orders, "Sale", vec![fine()], true, None, "as it should be"),
        (Entity::Orders, "Sale", both(&no_payments), false, missing, "no payments at all"),
        (Entity::Orders, "Sale", both(&no_lines), true, missing, "no lines at all"),
        (Entity::Orders, "Sale", one(&no_payments), true, missing, "one sale whose payments would be taken back"),
        (Entity::Orders, "Sale", one(&no_payments), false, None, "one sale of the history that says so"),
        (Entity::Orders, "Sale", one(&json!({"SaleLines": "", "SalePayments": ""})), false, missing, "neither"),
        (Entity::Orders, "Sale", mixed(&no_payments), true, None, "one among others"),
        (
            Entity::Orders,
            "Sale",
            both(&json!({"SalePayments": "", "calcTotal": "0.00"})),
            true,
            None,
            "nothing was due",
        ),
        (Entity::Orders, "Sale", both(&json!({"SalePayments": "", "voided": "true"})), true, None, "voided"),
        (Entity::Orders, "Sale", both(&json!({"SalePayments": "", "completed": "false"})), true, None, "open"),
        (Entity::Orders, "Sale", both(&no_total), false, unreadable, "no total can be read"),
        (Entity::Orders, "Sale", mixed(&no_total), false, None, "all but one can"),
        (Entity::Orders, "Sale", both(&json!({"timeStamp": "soon"})), false, unreadable, "no time can be read"),
        (Entity::Orders, "Sale", both(&json!({"saleID": "0"})), false, unreadable, "no sale has a number"),
        (Entity::Inventory, "ItemShop", vec![shelf("n/a"), shelf("many")], false, unreadable, "no count can be read"),
        (Entity::Inventory, "ItemShop", vec![shelf("-2.5"), shelf("many")], false, None, "one can"),
        (Entity::Customers, "Customer", vec![customer(json!({}))], true, missing, "a contact would be taken away"),
        (Entity::Customers, "Customer", vec![customer(json!({"Contact": {"Phones": ""}}))], true, None, "an empty one"),
        (Entity::Customers, "Customer", vec![customer(json!({"archived": "true"}))], true, None, "put away"),
    ];
    for (entity, name, rows, changes, code, why) in cases {
        let body = page::read(json!({"@attributes": {"next": ""}, name: rows}).to_string().as_bytes()).unwrap();
        let told = map::check(&body.list(name).unwrap(), &ask(entity, changes), false);
        assert_eq!(told.as_ref().err().map(|f| f.code), code, "{why}");
        if let Err(fault) = told {
            assert_eq!(fault.class, FaultClass::Protocol, "{why}");
            assert!(fault.message.contains("nothing of this part was stored") && !fault.hint.is_empty(), "{why}");
        }
    }
}
