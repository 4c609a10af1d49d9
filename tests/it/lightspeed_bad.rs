//! What Lightspeed, a network or a setup does wrong: told in words, under a code, and nothing is lost by it.

use crate::lightspeed_shop::{
    account, assert_books, buffer, clock, connector, cycle, lively, quiet, sales_in, sales_of, sync,
};
use backroom_connectors::lightspeed::{Lightspeed as Connector, LightspeedSettings};
use backroom_core::source::{Ask, Entity, Span};
use backroom_core::{Fault, FaultClass};
use backroom_http::{Client, ClientConfig, StaticToken};
use backroom_sandbox::lightspeed::{Change, Lightspeed, Quirks};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use backroom_secrets::Secret;
use backroom_sync::Cancel;
use std::sync::Arc;

const EVERYTHING: [Entity; 6] =
    [Entity::Locations, Entity::Catalog, Entity::Orders, Entity::Inventory, Entity::Customers, Entity::Team];

/// Something that goes wrong.
struct Trouble {
    what: &'static str,
    /// Makes it so.
    upset: fn(&Lightspeed),
    /// The number of the account that is asked for.
    account: &'static str,
    /// The streams that it stops; none where it is survived.
    stops: &'static [Entity],
    code: &'static str,
    class: FaultClass,
}

fn wire(shop: &Lightspeed, rule: FaultRule) {
    shop.set_faults(Faults { rules: vec![rule], ..Faults::default() });
}

fn spoil(shop: &Lightspeed, fields: &[&str]) {
    let nonsense = fields.iter().map(|field| (*field).to_owned()).collect();
    shop.set_quirks(Quirks { nonsense, ..Quirks::default() });
}

fn troubles() -> Vec<Trouble> {
    let one = |what, code, class, stops, upset| Trouble { what, upset, account: "", stops, code, class };
    let all: &[Entity] = &EVERYTHING;
    let auth = FaultClass::Unauthorized;
    let wrong = FaultClass::Protocol;
    vec![
        Trouble {
            account: "99",
            ..one("another's account", "LIGHTSPEED_ACCOUNT_FOREIGN", FaultClass::Config, all, |_| {})
        },
        one("the other product line answers", "LIGHTSPEED_X_SERIES", FaultClass::Config, all, |shop| {
            shop.set_quirks(Quirks { x_series: true, ..Quirks::default() });
        }),
        one("the employee is locked", "LIGHTSPEED_EMPLOYEE_LOCKED", auth.clone(), all, |shop| shop.lock_employee(true)),
        one("the access was withdrawn", "LIGHTSPEED_TOKEN_REVOKED", auth.clone(), all, |shop| {
            wire(shop, FaultRule::always(FaultKind::TokenRevoked));
        }),
        one("the access ran out", "LIGHTSPEED_TOKEN_EXPIRED", auth, all, |shop| shop.set_token("another")),
        one(
            "a permission is missing",
            "LIGHTSPEED_FORBIDDEN",
            FaultClass::Forbidden,
            &[Entity::Catalog, Entity::Inventory, Entity::Customers],
            |shop| shop.set_scopes(&["employee:register_read"]),
        ),
        one(
            "a refusal, JSON by the name of a page",
            "LIGHTSPEED_REJECTED",
            FaultClass::Rejected,
            &[Entity::Customers],
            |shop| {
                wire(shop, FaultRule::always(FaultKind::Status { status: 422 }).on("Customer.json"));
            },
        ),
        one("the vendor is ill", "LIGHTSPEED_ILL", FaultClass::Transient, &[Entity::Inventory], |shop| {
            wire(shop, FaultRule::always(FaultKind::Status { status: 503 }).on("ItemShop.json"));
        }),
        one("a sign-in page of the network", "LIGHTSPEED_WEB_PAGE", wrong.clone(), all, |shop| {
            wire(shop, FaultRule::always(FaultKind::Html { status: 200 }));
        }),
        one("a network that forbids", "LIGHTSPEED_WEB_PAGE", wrong.clone(), &[Entity::Orders], |shop| {
            wire(shop, FaultRule::always(FaultKind::Html { status: 403 }).on("Sale.json"));
        }),
        one("answers that break off", "HTTP_CUT", FaultClass::Transient, &[Entity::Customers], |shop| {
            wire(shop, FaultRule::always(FaultKind::Cut { after_bytes: 30 }).on("Customer.json"));
        }),
        one("totals are no numbers", "LIGHTSPEED_UNREADABLE", wrong.clone(), &[Entity::Orders], |shop| {
            spoil(shop, &["calcTotal", "total"]);
        }),
        one(
            "amounts are no numbers",
            "LIGHTSPEED_UNREADABLE",
            wrong.clone(),
            &[Entity::Orders, Entity::Catalog],
            |shop| {
                spoil(shop, &["amount"]);
            },
        ),
        one("counts are no numbers", "LIGHTSPEED_UNREADABLE", wrong.clone(), &[Entity::Inventory], |shop| {
            spoil(shop, &["qoh"]);
        }),
        one(
            "times are no times",
            "LIGHTSPEED_UNREADABLE",
            wrong.clone(),
            &[Entity::Catalog, Entity::Orders, Entity::Customers],
            |shop| spoil(shop, &["timeStamp", "updatetime", "createTime", "completeTime"]),
        ),
        one(
            "relations do not come",
            "LIGHTSPEED_RELATION_MISSING",
            wrong.clone(),
            &[Entity::Orders, Entity::Customers],
            |shop| {
                shop.set_quirks(Quirks { drop_relations: true, ..Quirks::default() });
            },
        ),
        one("the next page lies elsewhere", "LIGHTSPEED_FOREIGN_PAGE", wrong.clone(), all, |shop| {
            shop.set_quirks(Quirks { foreign_next: true, longest_page: Some(1), ..Quirks::default() });
        }),
        one(
            "the same page again and again",
            "PAGES_WITHOUT_END",
            wrong.clone(),
            // Two shops are two pages: there is no third to be led back from.
            &[Entity::Catalog, Entity::Orders, Entity::Inventory, Entity::Customers, Entity::Team],
            |shop| shop.set_quirks(Quirks { stuck_next: true, longest_page: Some(1), ..Quirks::default() }),
        ),
        one("categories may not be read", "", wrong.clone(), &[], |shop| {
            wire(shop, FaultRule::always(FaultKind::MissingScope).on("Category.json"));
        }),
        one("a single object where a list is expected", "", wrong, &[], |shop| {
            shop.set_quirks(Quirks { longest_page: Some(1), ..Quirks::default() });
        }),
    ]
}

fn mend(shop: &Lightspeed) {
    shop.set_faults(Faults::default());
    shop.set_quirks(Quirks::default());
    shop.lock_employee(false);
    shop.set_token("sandbox-lightspeed-token");
    shop.set_scopes(&["employee:all"]);
}

/// Words for a person: what happened, in sentences, and what to press where there is something to press.
fn assert_told(fault: &Fault, trouble: &Trouble, why: &str) {
    assert_eq!((fault.code, &fault.class), (trouble.code, &trouble.class), "{why}");
    assert!(fault.message.ends_with('.') && fault.message.len() > 30, "{why}: {}", fault.message);
    assert!(!fault.hint.is_empty(), "{why}: {} tells what to do", fault.code);
    let words = format!("{} {}", fault.message, fault.hint);
    assert!(!words.contains("sandbox-lightspeed-token"), "{why}: no word of the access");
}

/// Some life: sales old and new, goods, people.
fn trade(shop: &Lightspeed) {
    let changes = [
        Change::Sell { dice: 1 },
        Change::Sell { dice: 2 },
        Change::Sell { dice: 3 },
        Change::Price { item: 1, minor: 999 },
        Change::Stock { item: 2, shop: 0, milli: 5_000 },
        Change::Stock { item: 3, shop: 1, milli: 6_000 },
        Change::RenameCustomer { customer: 0 },
    ];
    changes.iter().for_each(|change| drop(shop.change(change).unwrap()));
    assert!((20..50).any(|sale| shop.change(&Change::Void { sale }).is_ok()), "a sale is voided");
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_in_a_running_shop_stops_what_it_concerns_and_loses_nothing() {
    for trouble in troubles() {
        let why = trouble.what;
        let clock = clock();
        let shop = account(60, &clock);
        let folder = tempfile::tempdir().unwrap();
        let store = buffer(&folder, &clock);
        sync(&store, &quiet(&shop)).await;
        assert_books(&store, &shop, true);
        let held = sales_of(&shop);
        clock.advance_seconds(900);
        trade(&shop);
        let source = lively(connector(&shop, trouble.account), || {});
        (trouble.upset)(&shop);
        let outcomes = cycle(&store, &source, &Cancel::new()).await;
        for (entity, fault, _) in &outcomes {
            match fault {
                Some(fault) => {
                    assert!(trouble.stops.contains(entity), "{why}: {entity} goes on, but {fault}");
                    assert_told(fault, &trouble, why);
                }
                None => assert!(!trouble.stops.contains(entity), "{why}: {entity} is told to have stopped"),
            }
        }
        assert_eq!(outcomes.len(), EVERYTHING.len(), "{why}: each stream says how it ended");
        // Each sale is as it was before or as it is now, and none is gone.
        let now = sales_of(&shop);
        let here = sales_in(&store);
        for (id, sale) in &held {
            let found = here.get(id);
            assert!(found == Some(sale) || found == now.get(id), "{why}: sale {id} is {found:?}");
        }
        if !trouble.stops.contains(&Entity::Orders) {
            assert_eq!(here, now, "{why}: sales go on");
        }
        mend(&shop);
        clock.advance_seconds(900);
        sync(&store, &quiet(&shop)).await;
        assert_books(&store, &shop, true);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_at_the_first_sync_is_told_and_the_next_one_is_whole() {
    for trouble in troubles() {
        let why = trouble.what;
        let clock = clock();
        let shop = account(60, &clock);
        let folder = tempfile::tempdir().unwrap();
        let store = buffer(&folder, &clock);
        let source = lively(connector(&shop, trouble.account), || {});
        (trouble.upset)(&shop);
        let outcomes = cycle(&store, &source, &Cancel::new()).await;
        for (entity, fault, _) in &outcomes {
            if let Some(fault) = fault {
                assert!(trouble.stops.contains(entity), "{why}: {entity} goes on, but {fault}");
                assert_told(fault, &trouble, why);
            }
        }
        let told = outcomes.iter().filter(|(_, fault, _)| fault.is_some()).count();
        assert_eq!(told, trouble.stops.len(), "{why}");
        let own = sales_of(&shop);
        for (id, sale) in sales_in(&store) {
            assert_eq!(Some(&sale), own.get(&id), "{why}: what is here is right to the cent");
        }
        mend(&shop);
        clock.advance_seconds(900);
        trade(&shop);
        sync(&store, &quiet(&shop)).await;
        assert_books(&store, &shop, true);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_that_nobody_knows_costs_no_sale() {
    let clock = clock();
    let shop = account(60, &clock);
    shop.set_quirks(Quirks { strange_zone: true, ..Quirks::default() });
    let folder = tempfile::tempdir().unwrap();
    let store = buffer(&folder, &clock);
    let source = quiet(&shop);
    let ask = Ask { entity: Entity::Locations, location: None, span: Span::All, cursor: None };
    let warnings = source.source.fetch(&ask).await.unwrap().warnings;
    assert!(warnings.iter().any(|w| w.contains("time zone") && w.contains("(2×)")), "told of each: {warnings:?}");
    sync(&store, &source).await;
    let money = |store: &backroom_store::Store| -> i64 {
        let sum = "SELECT coalesce(sum(collected - refunded), 0) FROM sales_day WHERE location = 0";
        store.read(|c| Ok(c.query_row(sum, [], |r| r.get(0))?)).unwrap()
    };
    assert_eq!(money(&store), shop.truth().all().net_minor, "all of it is here, by days of the shop's own setting");
    // Known again, the zone decides on what comes from then on.
    shop.set_quirks(Quirks::default());
    clock.advance_seconds(900);
    trade(&shop);
    sync(&store, &source).await;
    assert_eq!(money(&store), shop.truth().all().net_minor);
    let zones: i64 = store
        .read(|c| Ok(c.query_row("SELECT count(*) FROM location WHERE time_zone IS NOT NULL", [], |r| r.get(0))?))
        .unwrap();
    assert_eq!(zones, 2, "both shops have theirs");
    assert!(store.doctor().unwrap().ok());
}

#[test]
fn the_other_product_line_is_told_before_anything_is_asked() {
    let cases = [
        ("https://api.lightspeedapp.com", "02dcd191-ae14-11e6-f485-6a3c6a3c6a3c"),
        ("https://copperlantern.retail.lightspeed.app", ""),
        ("https://copperlantern.vendhq.com", ""),
    ];
    for (base_url, account_id) in cases {
        let settings = LightspeedSettings {
            base_url: base_url.into(),
            account_id: account_id.into(),
            ..LightspeedSettings::default()
        };
        let token = Arc::new(StaticToken::new(Secret::new("invented")));
        let bucket = Arc::new(Connector::bucket());
        let fault =
            Connector::new(settings, Client::new(ClientConfig::default()), token, bucket).map(drop).unwrap_err();
        assert_eq!((fault.class, fault.code), (FaultClass::Config, "LIGHTSPEED_X_SERIES"), "{base_url} {account_id}");
        assert!(
            fault.message.contains("R-Series") && fault.message.contains("X-Series"),
            "what is supported, what is not"
        );
        assert!(!fault.hint.is_empty(), "and what to do");
    }
}
