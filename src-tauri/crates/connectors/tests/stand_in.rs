//! Every entity walked against the stateful stand-in, in good weather and bad.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use backroom_connectors::square::{Square, SquareSettings};
use backroom_core::sale::{Order, Payment, PaymentStatus, Product, Refund};
use backroom_core::source::{Ask, Entity, Page, Rows, Source, Span};
use backroom_core::{FaultClass, TestClock, Timestamp};
use backroom_http::{Client, ClientConfig, RetryPolicy, StaticToken};
use backroom_sandbox::square::{NewSale, Quirks, Square as StandIn, StoreSpec};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use backroom_secrets::Secret;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const UNTIL: Timestamp = Timestamp::from_seconds(1_795_197_600); // 2026-11-20 18:00 UTC
const BEGINNING: Timestamp = Timestamp::from_seconds(1_500_000_000);

struct World {
    stand_in: StandIn,
    clock: TestClock,
    source: Square,
}

fn world(payments: usize) -> World {
    let clock = TestClock::at(UNTIL.plus_seconds(60));
    let stand_in = StandIn::start_with(StoreSpec::small(payments, UNTIL), 0, Arc::new(clock.clone())).unwrap();
    let source = source(&stand_in, &stand_in.token());
    World { stand_in, clock, source }
}

fn source(stand_in: &StandIn, token: &str) -> Square {
    let retry = RetryPolicy {
        attempts: 12,
        first_wait: Duration::ZERO,
        longest_wait: Duration::ZERO,
        budget: Duration::from_secs(60),
    };
    let settings = SquareSettings { base_url: stand_in.base_url(), retry, ..SquareSettings::default() };
    let config = ClientConfig { read_timeout: Duration::from_millis(400), ..ClientConfig::default() };
    Square::new(settings, Client::new(config), Arc::new(StaticToken::new(Secret::new(token)))).unwrap()
}

fn window() -> Span {
    Span::Created { from: BEGINNING, to: UNTIL.plus_days(1) }
}

fn changed(since: Timestamp) -> Span {
    Span::Updated { since, history_from: BEGINNING }
}

impl World {
    /// All pages of an entity, over all locations where it is asked for by location.
    async fn walk(&self, entity: Entity, span: Span) -> Vec<Page> {
        let places = self.stand_in.location_ids().into_iter().map(Some).collect();
        let per_location = self.source.plan(entity).unwrap().per_location;
        let locations: Vec<Option<String>> = if per_location { places } else { vec![None] };
        let mut pages = Vec::new();
        for location in locations {
            let mut ask = Ask { entity, location, span, cursor: None };
            loop {
                let page = self.source.fetch(&ask).await.unwrap_or_else(|f| panic!("{entity}: {f:?}"));
                ask.cursor.clone_from(&page.cursor);
                pages.push(page);
                if ask.cursor.is_none() {
                    break;
                }
                assert!(pages.len() < 1_000, "{entity}: paging must end");
            }
        }
        pages
    }

    async fn payments(&self, span: Span) -> Vec<Payment> {
        rows(self.walk(Entity::Payments, span).await, |r| match r {
            Rows::Payments(rows) => rows,
            other => panic!("{other:?}"),
        })
    }

    async fn refunds(&self, span: Span) -> Vec<Refund> {
        rows(self.walk(Entity::Refunds, span).await, |r| match r {
            Rows::Refunds(rows) => rows,
            other => panic!("{other:?}"),
        })
    }

    async fn orders(&self, span: Span) -> Vec<Order> {
        rows(self.walk(Entity::Orders, span).await, |r| match r {
            Rows::Orders(rows) => rows,
            other => panic!("{other:?}"),
        })
    }

    async fn products(&self, span: Span) -> (Vec<Product>, Vec<String>) {
        let mut gone = Vec::new();
        let products = rows(self.walk(Entity::Catalog, span).await, |r| match r {
            Rows::Catalog { products, deleted_items, .. } => {
                gone.extend(deleted_items.into_iter().map(|(id, _)| id));
                products
            }
            other => panic!("{other:?}"),
        });
        (products, gone)
    }
}

/// The rows of pages that must hold nothing odd.
fn rows<T>(pages: Vec<Page>, mut take: impl FnMut(Rows) -> Vec<T>) -> Vec<T> {
    let mut all = Vec::new();
    for page in pages {
        assert_eq!(page.warnings, Vec::<String>::new(), "nothing is odd in good weather");
        assert!(page.server_time.is_some(), "the Date header is read");
        all.extend(take(page.rows));
    }
    all
}

fn completed(rows: &[Payment]) -> impl Iterator<Item = &Payment> {
    rows.iter().filter(|p| p.status == PaymentStatus::Completed)
}

#[tokio::test]
async fn everything_served_is_everything_read() {
    let w = world(700);
    let truth = w.stand_in.truth();

    let payments = w.payments(window()).await;
    assert_eq!(payments.len() as u64, truth.payments);
    let ids: BTreeSet<String> = payments.iter().map(|p| p.id.clone()).collect();
    assert_eq!(ids, w.stand_in.payment_ids().into_iter().collect(), "each once, none missing");
    assert_eq!(completed(&payments).map(|p| p.amount).sum::<i64>(), truth.all().collected_minor);
    assert_eq!(completed(&payments).map(|p| p.tip).sum::<i64>(), truth.all().tips_minor);

    let refunds = w.refunds(window()).await;
    assert_eq!(refunds.len() as u64, truth.refunds);
    let refunded: i64 = refunds.iter().filter(|r| r.status == PaymentStatus::Completed).map(|r| r.amount).sum();
    assert_eq!(refunded, truth.all().refunded_minor);

    let orders = w.orders(window()).await;
    assert_eq!(orders.len() as u64, truth.orders);
    for order in &orders {
        let sold: i64 = order.lines.iter().filter(|l| !l.uid.starts_with("return:")).map(|l| l.total).sum();
        assert_eq!(sold + order.tip + order.service_charge, order.total, "lines add up to the order {}", order.id);
        let back: i64 = order.lines.iter().filter(|l| l.uid.starts_with("return:")).map(|l| l.total).sum();
        assert_eq!(-back, order.returned, "returned lines add up in the order {}", order.id);
    }
    assert!(orders.iter().any(|o| o.returned > 0), "the shop takes goods back");

    let (products, _) = w.products(Span::All).await;
    let items: BTreeSet<&str> = products.iter().map(|p| p.item_id.as_str()).collect();
    assert_eq!(items.len() as u64, truth.items);

    let count = |pages: Vec<Page>| pages.iter().map(|p| p.rows.len()).sum::<usize>();
    assert_eq!(count(w.walk(Entity::Customers, Span::All).await) as u64, truth.customers);
    assert_eq!(count(w.walk(Entity::Locations, Span::All).await), w.stand_in.location_ids().len());
    assert!(count(w.walk(Entity::Inventory, Span::All).await) > 0);
    assert!(count(w.walk(Entity::Team, Span::All).await) > 0);
}

#[tokio::test]
async fn windows_and_changes_tell_the_same_rows() {
    let w = world(400);
    w.stand_in.set_quirks(Quirks { end_inclusive: true, empty_last_cursor: true, ..Quirks::default() });
    let id = |p: &Payment| p.id.clone();
    let whole: BTreeSet<String> = w.payments(window()).await.iter().map(id).collect();
    let changes: BTreeSet<String> = w.payments(changed(BEGINNING)).await.iter().map(id).collect();
    assert_eq!(whole, changes);

    // Cut at the very time of a payment: it belongs to the later window alone.
    let edge = w.payments(window()).await[100].created_at;
    let before = w.payments(Span::Created { from: BEGINNING, to: edge }).await;
    let after = w.payments(Span::Created { from: edge, to: UNTIL.plus_days(1) }).await;
    assert_eq!(before.len() + after.len(), whole.len(), "no row twice, none lost at the edge of two windows");
    assert!(before.iter().all(|p| p.created_at < edge) && after.iter().all(|p| p.created_at >= edge));
}

#[tokio::test]
async fn late_changes_are_found() {
    let w = world(300);
    let old = w.payments(window()).await.iter().find(|p| p.status == PaymentStatus::Completed).unwrap().clone();
    let (products, _) = w.products(Span::All).await;
    let (doomed, repriced) = (products[0].item_id.clone(), products.last().unwrap().item_id.clone());
    let since = UNTIL.plus_days(20);
    w.clock.set(since.plus_seconds(5));

    w.stand_in.refund(&old.id, Some(100)).unwrap();
    let offline = NewSale { at: Some(UNTIL.plus_days(19).to_rfc3339()), ..NewSale::default() };
    let uploaded = w.stand_in.offline_sale(&offline).unwrap();
    w.stand_in.delete_item(&doomed).unwrap();
    w.stand_in.edit_price(&repriced, 4_321).unwrap();
    w.stand_in.rename_customer(&w.stand_in.customer_ids()[0], "Renamed").unwrap();
    w.clock.set(since.plus_seconds(90));

    let payments = w.payments(changed(since)).await;
    let refunded = payments.iter().find(|p| p.id == old.id).expect("a refund changes its payment");
    assert_eq!(refunded.refunded, old.refunded + 100);
    assert!(refunded.version > old.version);
    let late = payments.iter().find(|p| p.id == uploaded.payment_id).expect("an offline payment arrives");
    assert!(late.taken_at < late.created_at, "and counts when it was taken");
    assert_eq!(w.refunds(changed(since)).await.len(), 1);

    let (changed_products, gone) = w.products(changed(since)).await;
    assert!(gone.contains(&doomed) || changed_products.iter().any(|p| p.item_id == doomed && p.deleted));
    assert!(changed_products.iter().any(|p| p.item_id == repriced && p.price == Some(4_321)));
    let renamed = w.walk(Entity::Customers, changed(since)).await;
    assert_eq!(renamed.iter().map(|p| p.rows.len()).sum::<usize>(), 1);
}

#[tokio::test]
async fn bad_weather_changes_nothing_but_the_requests() {
    let w = world(2_000);
    let calm = w.payments(window()).await;
    let weathers = [
        ("429, 500 and 503", Faults::errors(0.3, 0)),
        ("resets", share(FaultKind::Reset)),
        ("cut replies", share(FaultKind::Cut { after_bytes: 700 })),
        ("proxies' pages", share(FaultKind::Html { status: 502 })),
    ];
    for (weather, faults) in weathers {
        w.stand_in.set_faults(faults);
        let pages = w.walk(Entity::Payments, window()).await;
        let (requests, needed) = (pages.iter().map(|p| p.requests).sum::<u32>(), pages.len() as u32);
        assert!(requests > needed, "{weather}: retries are counted");
        let stormy = rows(pages, |r| match r {
            Rows::Payments(rows) => rows,
            other => panic!("{other:?}"),
        });
        assert_eq!(stormy, calm, "{weather}");
    }
}

fn share(kind: FaultKind) -> Faults {
    Faults { rules: vec![FaultRule::share(kind, 0.3)], ..Faults::default() }
}

#[tokio::test]
async fn foreign_fields_and_changed_types_cost_no_row() {
    let w = world(150);
    let calm = w.payments(window()).await;
    w.stand_in.set_faults(Faults { rules: vec![FaultRule::always(FaultKind::ForeignFields)], ..Faults::default() });
    assert_eq!(w.payments(window()).await, calm, "unknown fields are kept in the raw body and change nothing else");
    let raw = w.walk(Entity::Payments, window()).await.remove(0).raw;
    assert!(raw.starts_with(b"{") && !raw.is_empty());

    for (field, entity) in [
        ("amount", Entity::Payments),
        ("status", Entity::Payments),
        ("updated_at", Entity::Refunds),
        ("quantity", Entity::Orders),
        ("name", Entity::Catalog),
        ("given_name", Entity::Customers),
    ] {
        let span = if matches!(entity, Entity::Catalog | Entity::Customers) { Span::All } else { window() };
        w.stand_in.set_faults(Faults::default());
        let calm: usize = w.walk(entity, span).await.iter().map(|p| p.rows.len()).sum();
        let kind = FaultKind::ChangedType { field: field.to_owned() };
        w.stand_in.set_faults(Faults { rules: vec![FaultRule::always(kind)], ..Faults::default() });
        let pages = w.walk(entity, span).await;
        assert_eq!(pages.iter().map(|p| p.rows.len()).sum::<usize>(), calm, "{entity}.{field}");
        assert!(pages.iter().any(|p| p.warnings.iter().any(|w| w.contains(field))), "{entity}.{field} is told");
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let w = world(20);
    let ask = Ask { entity: Entity::Locations, location: None, span: Span::All, cursor: None };
    let wrong = source(&w.stand_in, "not-the-token");
    assert_eq!(wrong.fetch(&ask).await.unwrap_err().code, "SQUARE_TOKEN_WRONG");
    assert_eq!(wrong.probe().await.unwrap_err().class, FaultClass::Unauthorized);

    let cases = [
        (FaultKind::TokenExpired, "SQUARE_TOKEN_EXPIRED"),
        (FaultKind::TokenRevoked, "SQUARE_TOKEN_REVOKED"),
        (FaultKind::MissingScope, "SQUARE_SCOPE_MISSING"),
        (FaultKind::Html { status: 200 }, "SQUARE_WEB_PAGE"),
        (FaultKind::HugeLine { bytes: 1 << 30, declared: true }, "HTTP_TOO_LARGE"),
    ];
    for (kind, code) in cases {
        w.stand_in.set_faults(Faults { rules: vec![FaultRule::always(kind)], ..Faults::default() });
        assert_eq!(w.source.fetch(&ask).await.unwrap_err().code, code);
    }

    w.stand_in.set_faults(Faults::default());
    let stale = Ask {
        entity: Entity::Payments,
        location: w.stand_in.location_ids().first().cloned(),
        span: window(),
        cursor: Some("made-up".to_owned()),
    };
    assert_eq!(w.source.fetch(&stale).await.unwrap_err().class, FaultClass::StaleCursor);

    w.stand_in.set_scopes(&["MERCHANT_PROFILE_READ", "PAYMENTS_READ"]);
    let probe = w.source.probe().await.unwrap();
    assert!(!probe.account_id.is_empty() && !probe.account_name.is_empty());
    assert!(probe.missing.contains(&Entity::Orders) && !probe.missing.contains(&Entity::Refunds));
    assert_eq!(
        w.source.fetch(&Ask { entity: Entity::Customers, ..ask }).await.unwrap_err().class,
        FaultClass::Forbidden
    );
}
