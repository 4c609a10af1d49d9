//! From Lightspeed into the buffer and on to the warehouse.

use crate::life::PATIENCE;
use crate::same::assert_equals_truth;
use backroom_connectors::lightspeed::{Lightspeed as Connector, LightspeedSettings};
use backroom_core::source::{Ask, Entity, Page, Probe, PullPlan, Source};
use backroom_core::{BoxFuture, Clock, Fault, TestClock, Timestamp};
use backroom_http::{Client, ClientConfig, StaticToken};
use backroom_sandbox::bigquery::BigQuery as Warehouse;
use backroom_sandbox::lightspeed::{Change, Lightspeed, Quirks, Spec};
use backroom_secrets::Secret;
use backroom_store::Store;
use backroom_sync::{Cancel, PullOptions, Quiet, SourceEntry, Watcher, pull, push};
use backroom_tests::open_store_with;
use backroom_warehouse::{BigQuery, Config, Credential};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

fn clock() -> TestClock {
    TestClock::at(Timestamp::from_seconds(1_795_197_600))
}

/// An account whose bucket is no matter here.
fn account(sales: usize, clock: &TestClock) -> Lightspeed {
    let spec = Spec { bucket: 1e9, burst: 1e9, ..Spec::small(sales, clock.now().plus_seconds(-600)) };
    Lightspeed::start_with(spec, 0, Arc::new(clock.clone())).unwrap()
}

fn connector(shop: &Lightspeed) -> Connector {
    let settings = LightspeedSettings { base_url: shop.base_url(), retry: PATIENCE, ..LightspeedSettings::default() };
    let token = Arc::new(StaticToken::new(Secret::new(shop.token())));
    Connector::new(settings, Client::new(ClientConfig::default()), token, Arc::new(Connector::bucket())).unwrap()
}

/// The connector, with life going on after each of its calls.
struct Lively {
    inner: Connector,
    called: Box<dyn Fn() + Send + Sync>,
}

impl Source for Lively {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }
    fn plan(&self, entity: Entity) -> Option<PullPlan> {
        self.inner.plan(entity)
    }
    fn concurrency(&self) -> usize {
        1
    }
    fn fetch<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Result<Page, Fault>> {
        Box::pin(async move {
            let page = self.inner.fetch(ask).await;
            (self.called)();
            page
        })
    }
    fn probe(&self) -> BoxFuture<'_, Result<Probe, Fault>> {
        self.inner.probe()
    }
}

fn lively(shop: &Lightspeed, called: impl Fn() + Send + Sync + 'static) -> SourceEntry {
    let source = Lively { inner: connector(shop), called: Box::new(called) };
    SourceEntry { name: "retail".into(), source: Arc::new(source), history_days: Some(731) }
}

async fn cycle(store: &Store, source: &SourceEntry, cancel: &Cancel) -> Vec<(Entity, Option<Fault>, u64)> {
    let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
    let sources = std::slice::from_ref(source);
    let outcomes = pull(store, sources, &PullOptions::default(), &watcher, cancel).await.unwrap();
    outcomes.into_iter().map(|o| (o.entity, o.fault, o.stats.requests)).collect()
}

fn assert_no_faults(outcomes: &[(Entity, Option<Fault>, u64)]) {
    for (entity, fault, _) in outcomes {
        assert_eq!(*fault, None, "{entity} went through");
    }
}

/// What the stand-in has on its shelves, held against the buffer's stock.
fn stock(store: &Store) -> (i64, i64) {
    store
        .read(|c| {
            Ok(c.query_row("SELECT count(*), coalesce(sum(quantity_milli), 0) FROM stock", [], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })?)
        })
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_sync_equals_the_shop_to_the_cent_whatever_the_quirks() {
    for n in 0..8u32 {
        let bit = |at: u32| n >> at & 1 == 1;
        let quirks = Quirks {
            void_moves_stamp: bit(0),
            camel_update: bit(1),
            empty_text: bit(1),
            cash_as_handed: bit(2),
            longest_page: Some(7),
            ..Quirks::default()
        };
        let clock = clock();
        let shop = account(300, &clock);
        shop.set_quirks(quirks);
        let folder = tempfile::tempdir().unwrap();
        let store = open_store_with(folder.path(), Arc::new(clock.clone()), false).unwrap();
        let source = lively(&shop, || {});
        assert_no_faults(&cycle(&store, &source, &Cancel::new()).await);
        assert_equals_truth(&store, &shop.truth());
        let (shelves, _) = stock(&store);
        assert_eq!(shelves, 25 * 2, "two shops, and the sum of all is none");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_later_arrives_in_the_next_cycle() {
    for void_moves_stamp in [false, true] {
        let clock = clock();
        let shop = account(400, &clock);
        shop.set_quirks(Quirks { void_moves_stamp, ..Quirks::default() });
        let folder = tempfile::tempdir().unwrap();
        let store = open_store_with(folder.path(), Arc::new(clock.clone()), false).unwrap();
        let source = lively(&shop, || {});
        assert_no_faults(&cycle(&store, &source, &Cancel::new()).await);
        clock.advance_seconds(3_600);
        // The first sale from there on to which it can be done.
        let somewhere = |from: usize, make: fn(usize) -> Change| {
            (from..from + 40).find(|n| shop.change(&make(*n)).is_ok()).expect("a completed sale")
        };
        somewhere(120, |sale| Change::Void { sale });
        somewhere(200, |sale| Change::Repay { sale });
        somewhere(300, |sale| Change::Refund { sale });
        let changes = [
            Change::Sell { dice: 3 },
            Change::Price { item: 4, minor: 4_321 },
            Change::Stock { item: 6, milli: 77_000 },
            Change::Archive { item: 8 },
        ];
        for change in &changes {
            shop.change(change).unwrap();
        }
        assert_no_faults(&cycle(&store, &source, &Cancel::new()).await);
        assert_equals_truth(&store, &shop.truth());
        let told: (i64, i64, i64) = store
            .read(|c| {
                Ok(c.query_row(
                    "SELECT (SELECT price FROM product WHERE id = '5'),
                       (SELECT quantity_milli FROM stock JOIN product ON product.pk = stock.product JOIN location ON location.pk = stock.location
                        WHERE product.id = '7' AND location.id = '1'),
                       (SELECT archived FROM product WHERE id = '9')",
                    [],
                    |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
                )?)
            })
            .unwrap();
        assert_eq!(told, (4_321, 77_000, 1), "a price, a count that moves no item, an item put away");
        let outcomes = cycle(&store, &source, &Cancel::new()).await;
        assert_no_faults(&outcomes);
        for (entity, _, requests) in outcomes {
            let most = if entity == Entity::Orders { 2 } else { 1 };
            assert!(requests <= most, "nothing new: {requests} calls for {entity}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sold_line_reaches_the_warehouse_once() {
    let clock = clock();
    let shop = account(200, &clock);
    let folder = tempfile::tempdir().unwrap();
    let store = open_store_with(folder.path(), Arc::new(clock.clone()), false).unwrap();
    let source = lively(&shop, || {});
    assert_no_faults(&cycle(&store, &source, &Cancel::new()).await);
    let stand_in = Warehouse::start_with("demo", 0, Arc::new(clock.clone())).unwrap();
    let deliver = async || {
        let config = Config { base_url: stand_in.base_url(), retry: PATIENCE, ..Config::new("demo-project", "demo") };
        let warehouse = BigQuery::with_clock(config, &Credential::None, Arc::new(clock.clone())).unwrap();
        let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
        for table in push(&store, &warehouse, &watcher, &Cancel::new()).await.unwrap() {
            assert_eq!(table.fault, None, "{} is delivered", table.table.name());
        }
    };
    deliver().await;
    clock.advance_seconds(900);
    shop.change(&Change::Void { sale: 51 }).unwrap();
    assert_no_faults(&cycle(&store, &source, &Cancel::new()).await);
    deliver().await;
    let lines: i64 = store.read(|c| Ok(c.query_row("SELECT count(*) FROM order_line", [], |r| r.get(0))?)).unwrap();
    let sold = stand_in.rows("demo.sales");
    assert_eq!(sold.len() as i64, lines, "every line of every sale, once");
    assert!(sold.iter().all(|row| row["source"].as_deref() == Some("retail") && row["price"].is_some()));
    assert!(sold.iter().any(|row| row["payment_method"].as_deref() == Some("CASH")));
    let sales = stand_in.rows("demo.lightspeed_transactions");
    assert_eq!(sales.len(), shop.sale_ids().len());
    let voided = shop.sale_ids()[51].clone();
    let row = sales.iter().find(|row| row["id"].as_deref() == Some(voided.as_str())).unwrap();
    assert_eq!(row["status"].as_deref(), Some("CANCELED"), "a void of a delivered sale is told");
    let products = stand_in.rows("demo.lightspeed_products");
    assert_eq!(products.len(), 25);
    assert!(products.iter().all(|row| row["cost"].is_some() && row["quantity"].is_some()), "real cost and stock");
    assert!(stand_in.tables().keys().all(|name| !name.contains("square")), "nothing of it in Square's tables");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_stops_what_it_concerns_and_loses_nothing() {
    type Upset = fn(&Lightspeed);
    let table: [(&str, Upset, &str); 5] = [
        ("the employee is locked", |s| s.lock_employee(true), "LIGHTSPEED_EMPLOYEE_LOCKED"),
        ("the token was changed", |s| s.set_token("another"), "LIGHTSPEED_TOKEN_EXPIRED"),
        ("a scope is missing", |s| s.set_scopes(&["employee:register_read"]), "LIGHTSPEED_FORBIDDEN"),
        (
            "a page on another host",
            |s| s.set_quirks(Quirks { foreign_next: true, longest_page: Some(5), ..Quirks::default() }),
            "LIGHTSPEED_FOREIGN_PAGE",
        ),
        ("fine", |_| (), ""),
    ];
    for (why, upset, code) in table {
        let clock = clock();
        let shop = account(60, &clock);
        let source = lively(&shop, || {});
        upset(&shop);
        let folder = tempfile::tempdir().unwrap();
        let store = open_store_with(folder.path(), Arc::new(clock.clone()), false).unwrap();
        let outcomes = cycle(&store, &source, &Cancel::new()).await;
        let codes: Vec<&str> = outcomes.iter().filter_map(|(_, f, _)| Some(f.as_ref()?.code)).collect();
        assert!(codes.iter().all(|c| *c == code) && codes.is_empty() == code.is_empty(), "{why}: {codes:?}");
        if code == "LIGHTSPEED_FORBIDDEN" {
            assert_equals_truth(&store, &shop.truth());
        }
        // Once it is mended everything is there.
        shop.lock_employee(false);
        shop.set_token("sandbox-lightspeed-token");
        shop.set_scopes(&["employee:all"]);
        shop.set_quirks(Quirks::default());
        clock.advance_seconds(900);
        assert_no_faults(&cycle(&store, &source, &Cancel::new()).await);
        assert_equals_truth(&store, &shop.truth());
    }
}

#[tokio::test]
async fn a_test_of_the_connection_tells_what_it_may() {
    let clock = clock();
    let shop = account(3, &clock);
    let probe = connector(&shop).probe().await.unwrap();
    assert_eq!((probe.account_id.as_str(), probe.account_name.as_str()), ("123456", "Copper Lantern Retail"));
    assert_eq!(probe.missing, []);
    shop.set_scopes(&["employee:register_read"]);
    let probe = connector(&shop).probe().await.unwrap();
    assert_eq!(probe.missing, [Entity::Catalog, Entity::Inventory, Entity::Customers]);
    let other =
        LightspeedSettings { base_url: shop.base_url(), account_id: "99".into(), ..LightspeedSettings::default() };
    let token = Arc::new(StaticToken::new(Secret::new(shop.token())));
    let other =
        Connector::new(other, Client::new(ClientConfig::default()), token, Arc::new(Connector::bucket())).unwrap();
    assert_eq!(other.probe().await.unwrap_err().code, "LIGHTSPEED_ACCOUNT_FOREIGN");
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => any::<u64>().prop_map(|dice| Change::Sell { dice }),
        2 => (0usize..200).prop_map(|sale| Change::Void { sale }),
        1 => (0usize..200).prop_map(|sale| Change::Repay { sale }),
        2 => (0usize..200).prop_map(|sale| Change::Refund { sale }),
        1 => (0usize..25, 100i64..9_000).prop_map(|(item, minor)| Change::Price { item, minor }),
        1 => (0usize..25, -5_000i64..90_000).prop_map(|(item, milli)| Change::Stock { item, milli }),
        1 => (0usize..25).prop_map(|item| Change::Archive { item }),
    ]
}

/// How pages are cut, and what happens after which call.
#[derive(Debug, Clone)]
struct Story {
    page: usize,
    void_moves_stamp: bool,
    after: BTreeMap<usize, (Change, i64)>,
    stop_at: Option<usize>,
    cycles: usize,
}

fn story() -> impl Strategy<Value = Story> {
    let after = prop::collection::btree_map(0usize..150, (change(), 0i64..40), 0..20);
    (1usize..9, any::<bool>(), after, prop::option::of(1usize..60), 1usize..4).prop_map(
        |(page, void_moves_stamp, after, stop_at, cycles)| Story { page, void_moves_stamp, after, stop_at, cycles },
    )
}

async fn play(story: Story) {
    let clock = clock();
    let shop = Arc::new(account(50, &clock));
    shop.set_quirks(Quirks {
        longest_page: Some(story.page),
        void_moves_stamp: story.void_moves_stamp,
        ..Quirks::default()
    });
    let (calls, open, stop) = (AtomicUsize::new(0), Arc::new(AtomicBool::new(true)), Cancel::new());
    let (life, time, trading, halt) = (shop.clone(), clock.clone(), open.clone(), stop.clone());
    let (after, stop_at) = (story.after, story.stop_at);
    let source = lively(&shop, move || {
        let call = calls.fetch_add(1, Ordering::SeqCst);
        if trading.load(Ordering::SeqCst)
            && let Some((change, seconds)) = after.get(&call)
        {
            time.advance_seconds(*seconds);
            // What cannot be done now, such as a second void, is not done.
            let _ = life.change(change);
        }
        if stop_at == Some(call) {
            halt.cancel();
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let store = open_store_with(folder.path(), Arc::new(clock.clone()), false).unwrap();
    cycle(&store, &source, &stop).await;
    for _ in 1..story.cycles {
        clock.advance_seconds(60);
        cycle(&store, &source, &Cancel::new()).await;
    }
    open.store(false, Ordering::SeqCst);
    clock.advance_seconds(60);
    assert_no_faults(&cycle(&store, &source, &Cancel::new()).await);
    assert_equals_truth(&store, &shop.truth());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn no_page_boundary_loses_or_doubles_a_sale(story in story()) {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(play(story));
    }
}
