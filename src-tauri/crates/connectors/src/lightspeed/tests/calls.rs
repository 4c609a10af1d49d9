//! Which calls are made, and where a page may lead.

use super::super::{Lightspeed, LightspeedSettings, client};
use backroom_core::source::{Ask, Entity, Span};
use backroom_core::{FaultClass, Timestamp};
use backroom_http::{Client, ClientConfig, StaticToken};
use backroom_secrets::Secret;
use std::sync::Arc;
use url::Url;

fn settings(base: &str, account: &str) -> LightspeedSettings {
    LightspeedSettings { account_id: account.into(), base_url: base.into(), ..LightspeedSettings::default() }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn ask(entity: Entity, span: Span, cursor: Option<&str>) -> Ask {
    Ask { entity, location: None, span, cursor: cursor.map(str::to_owned) }
}

#[test]
fn each_ask_is_one_address() {
    let base = Url::parse("https://api.example.com").unwrap();
    let since = Span::Updated { since: at("2026-11-20T18:00:00.7Z"), history_from: at("2024-11-20T00:00:00Z") };
    let window = Span::Created { from: at("2026-11-01T00:00:00Z"), to: at("2026-11-02T00:00:00Z") };
    let cases = [
        (
            ask(Entity::Orders, window, None),
            "Sale.json?limit=100&load_relations=%5B%22SaleLines%22%2C%22SalePayments%22%5D&archived=true&sort=-timeStamp&timeStamp=%3E%3C%2C2026-11-01T00%3A00%3A00%2B00%3A00%2C2026-11-02T00%3A00%3A00%2B00%3A00",
        ),
        (
            ask(Entity::Orders, since, None),
            "Sale.json?limit=100&load_relations=%5B%22SaleLines%22%2C%22SalePayments%22%5D&archived=true&sort=timeStamp&timeStamp=%3E%3D%2C2026-11-20T18%3A00%3A00%2B00%3A00",
        ),
        (
            ask(Entity::Orders, since, Some("second ")),
            "Sale.json?limit=100&load_relations=%5B%22SaleLines%22%2C%22SalePayments%22%5D&archived=true&sort=updatetime&updatetime=%3E%3D%2C2026-11-20T18%3A00%3A00%2B00%3A00",
        ),
        (
            ask(Entity::Inventory, since, None),
            "ItemShop.json?limit=100&sort=timeStamp&timeStamp=%3E%3D%2C2026-11-20T18%3A00%3A00%2B00%3A00",
        ),
        (
            ask(Entity::Catalog, Span::All, None),
            "Item.json?limit=100&load_relations=%5B%22Category%22%2C%22ItemShops%22%5D&archived=true&sort=timeStamp",
        ),
        (ask(Entity::Catalog, since, Some("second ")), "Category.json?limit=100"),
        (
            ask(Entity::Customers, since, None),
            "Customer.json?limit=100&load_relations=%5B%22Contact%22%5D&archived=true&sort=timeStamp&timeStamp=%3E%3D%2C2026-11-20T18%3A00%3A00%2B00%3A00",
        ),
        (ask(Entity::Team, Span::All, None), "Employee.json?limit=100&archived=true"),
        (ask(Entity::Locations, Span::All, None), "Shop.json?limit=100&archived=true"),
    ];
    for (ask, expected) in cases {
        let request = client::request(&base, &settings("https://api.example.com", "12"), &ask).unwrap();
        let expected = format!("https://api.example.com/API/V3/Account/12/{expected}");
        assert_eq!(request.url().as_str(), expected, "plus, comma and operators are encoded");
    }
    let refused = client::request(&base, &settings("", "12"), &ask(Entity::Payments, Span::All, None)).unwrap_err();
    assert_eq!(refused.class, FaultClass::Config, "payments come with the sales");
}

#[test]
fn changed_sales_are_walked_by_both_times_and_categories_follow_items() {
    let since = Span::Updated { since: at("2026-11-20T18:00:00Z"), history_from: at("2024-11-20T00:00:00Z") };
    let window = Span::Created { from: at("2026-11-01T00:00:00Z"), to: at("2026-11-02T00:00:00Z") };
    let url = || Some("https://api.example.com/x".to_owned());
    let (first, second) = ("first https://api.example.com/w", "second https://api.example.com/w");
    let cases = [
        (ask(Entity::Orders, since, None), url(), Some("first https://api.example.com/x")),
        (ask(Entity::Orders, since, Some(first)), None, Some("second ")),
        (ask(Entity::Orders, since, Some("second ")), url(), Some("second https://api.example.com/x")),
        (ask(Entity::Orders, since, Some(second)), None, None),
        (ask(Entity::Orders, window, None), None, None),
        (ask(Entity::Catalog, since, Some(first)), None, Some("second ")),
        (ask(Entity::Catalog, Span::All, Some("second ")), None, None),
        (ask(Entity::Inventory, since, Some(first)), None, None),
        (ask(Entity::Customers, since, None), None, None),
    ];
    for (ask, next, expected) in cases {
        assert_eq!(client::next(&ask, next).as_deref(), expected, "{ask:?}");
    }
}

#[test]
fn a_page_elsewhere_is_not_followed() {
    let base = Url::parse("https://api.example.com").unwrap();
    let cases = [
        ("https://api.example.com/API/V3/Account/1/Sale.json?after=abc", true, "the same host"),
        ("https://api.example.com:443/API/V3/Account/1/Sale.json", true, "the usual port"),
        ("http://api.example.com/API/V3/Account/1/Sale.json", false, "without encryption"),
        ("https://evil.example.net/API/V3/Account/1/Sale.json", false, "another host"),
        ("https://api.example.com.evil.example.net/x", false, "a host that begins alike"),
        ("https://api.example.com:8443/x", false, "another port"),
        ("https://api.example.com@evil.example.net/x", false, "a name before the host"),
        ("https://user:pass@api.example.com/x", false, "a credential in the address"),
        ("/API/V3/Account/1/Sale.json", false, "no host at all"),
        ("javascript:alert(1)", false, "no address"),
    ];
    for (next, allowed, why) in cases {
        assert_eq!(client::follow(&base, next).is_ok(), allowed, "{why}");
    }
}

#[test]
fn accounts_that_cannot_be_read_are_told_at_once() {
    let make = |base: &str, account: &str| {
        let token = Arc::new(StaticToken::new(Secret::new("invented")));
        let client = Client::new(ClientConfig::default());
        Lightspeed::new(settings(base, account), client, token, Arc::new(Lightspeed::bucket())).map(drop)
    };
    let cases = [
        ("https://api.lightspeedapp.com", "123456", None),
        ("https://api.lightspeedapp.com", "", None),
        ("https://api.lightspeedapp.com", "02dcd191-ae14-11e6-f485-6a3c6a3c6a3c", Some("LIGHTSPEED_X_SERIES")),
        ("https://mystore.retail.lightspeed.app", "1", Some("LIGHTSPEED_X_SERIES")),
        ("https://mystore.vendhq.com", "", Some("LIGHTSPEED_X_SERIES")),
        ("https://api.lightspeedapp.com", "../1", Some("LIGHTSPEED_ACCOUNT_WRONG")),
        ("https://api.lightspeedapp.com", "abc", Some("LIGHTSPEED_ACCOUNT_WRONG")),
        ("http://api.lightspeedapp.com", "1", Some("HTTP_NOT_ENCRYPTED")),
    ];
    for (base, account, code) in cases {
        assert_eq!(make(base, account).err().map(|f| f.code), code, "{base} {account}");
    }
}
