//! From Lightspeed into the buffer and on to the warehouse.

use crate::life::PATIENCE;
use crate::lightspeed_shop::{account, assert_books, buffer, clock, connector, quiet, sync};
use backroom_core::TestClock;
use backroom_core::source::{Entity, Source};
use backroom_sandbox::bigquery::BigQuery as Warehouse;
use backroom_sandbox::lightspeed::{Change, Lightspeed, Quirks};
use backroom_store::Store;
use backroom_sync::{Cancel, Quiet, Watcher, push};
use backroom_warehouse::{BigQuery, Config, Credential};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn a_first_sync_equals_the_shop_to_the_cent_whatever_the_quirks() {
    for n in 0..8u32 {
        let bit = |at: u32| n >> at & 1 == 1;
        let quirks = Quirks {
            void_moves_stamp: bit(0),
            camel_update: bit(1),
            empty_text: bit(1),
            cash_as_handed: bit(2),
            no_average_cost: bit(0),
            timeless_categories: bit(2),
            // 1: every list is told as one object.
            longest_page: Some(if n == 5 { 1 } else { 7 }),
            ..Quirks::default()
        };
        let clock = clock();
        let shop = account(if n == 5 { 60 } else { 300 }, &clock);
        shop.set_quirks(quirks);
        let folder = tempfile::tempdir().unwrap();
        let store = buffer(&folder, &clock);
        sync(&store, &quiet(&shop)).await;
        assert_books(&store, &shop, true);
        let sums: i64 = store.read(|c| Ok(c.query_row("SELECT count(*) FROM stock", [], |r| r.get(0))?)).unwrap();
        assert_eq!(sums, 25 * 2, "two shops, and the sum of all is none");
    }
}

/// The first sale from there on to which it can be done; its place.
fn somewhere(shop: &Lightspeed, from: usize, make: impl Fn(usize) -> Change) -> usize {
    (from..from + 60).find(|n| shop.change(&make(*n)).is_ok()).expect("there is one")
}

/// Everything that can happen, once.
fn a_busy_hour(shop: &Lightspeed) {
    somewhere(shop, 120, |sale| Change::Void { sale });
    somewhere(shop, 200, |sale| Change::Repay { sale });
    somewhere(shop, 260, |sale| Change::Refund { sale });
    somewhere(shop, 300, |sale| Change::RefundPart { sale, line: 1, milli: 1_000 });
    somewhere(shop, 340, |sale| Change::Exchange { sale, dice: 11 });
    somewhere(shop, 100, |sale| Change::Complete { sale });
    for change in [
        Change::Sell { dice: 3 },
        Change::LayAway { dice: 4 },
        Change::NewItem { minor: 1_234 },
        Change::NewCustomer,
        Change::Price { item: 4, minor: 4_321 },
        Change::Move { item: 5, category: 2 },
        Change::Stock { item: 6, shop: 1, milli: 77_000 },
        Change::Archive { item: 8 },
        Change::Archive { item: 10 },
        Change::RenameCategory { category: 4 },
        Change::RenameCustomer { customer: 1 },
        Change::ArchiveCustomer { customer: 3 },
        Change::ArchiveCustomer { customer: 12 },
    ] {
        shop.change(&change).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_later_arrives_in_the_next_cycle() {
    for (void_moves_stamp, void_moves_update) in [(false, true), (true, true), (true, false)] {
        let clock = clock();
        let shop = account(400, &clock);
        shop.set_quirks(Quirks { void_moves_stamp, void_moves_update, ..Quirks::default() });
        let folder = tempfile::tempdir().unwrap();
        let store = buffer(&folder, &clock);
        let source = quiet(&shop);
        sync(&store, &source).await;
        clock.advance_seconds(3_600);
        a_busy_hour(&shop);
        sync(&store, &source).await;
        assert_books(&store, &shop, true);
        for (entity, _, requests) in sync(&store, &source).await {
            // Sales are walked by both times, a catalog has items and categories.
            let most = if matches!(entity, Entity::Orders | Entity::Catalog) { 2 } else { 1 };
            assert!(requests <= most, "nothing new: {requests} calls for {entity}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_basket_counts_on_the_day_it_is_completed() {
    let clock = clock();
    let shop = account(60, &clock);
    let folder = tempfile::tempdir().unwrap();
    let store = buffer(&folder, &clock);
    let source = quiet(&shop);
    sync(&store, &source).await;
    // Laid away today, changed, and completed five days later, when no look back reaches the day it was made.
    let laid: Vec<usize> = (0..6)
        .map(|dice| shop.change(&Change::LayAway { dice }).unwrap().unwrap().parse::<usize>().unwrap() - 1)
        .collect();
    sync(&store, &source).await;
    assert_books(&store, &shop, true);
    clock.advance_seconds(3_600);
    shop.change(&Change::Amend { sale: laid[0], dice: 9 }).unwrap();
    sync(&store, &source).await;
    assert_books(&store, &shop, true);
    clock.advance_seconds(5 * 86_400);
    let before = shop.truth().all().collected_minor;
    for sale in &laid[..4] {
        shop.change(&Change::Complete { sale: *sale }).unwrap();
    }
    shop.change(&Change::GiveUp { sale: laid[4] }).unwrap();
    assert!(shop.truth().all().collected_minor > before, "completed sales count");
    sync(&store, &source).await;
    assert_books(&store, &shop, true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_basket_from_before_the_history_counts_when_it_is_completed() {
    let clock = clock();
    let shop = account(20, &clock);
    let laid = shop.change(&Change::LayAway { dice: 1 }).unwrap().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = buffer(&folder, &clock);
    let mut source = quiet(&shop);
    source.history_days = Some(10);
    clock.advance_seconds(20 * 86_400);
    sync(&store, &source).await;
    let here = |store: &Store| crate::lightspeed_shop::sales_in(store).get(&laid).map(|sale| sale.state.clone());
    assert_eq!(here(&store), None, "it is older than what was asked for");
    clock.advance_seconds(86_400);
    shop.change(&Change::Complete { sale: laid.parse::<usize>().unwrap() - 1 }).unwrap();
    sync(&store, &source).await;
    assert_eq!(here(&store).as_deref(), Some("COMPLETED"), "today's money is today's, however old the basket");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_that_moves_no_time_at_all_is_found_for_three_days() {
    let clock = clock();
    let shop = account(60, &clock);
    shop.set_quirks(Quirks { void_moves_stamp: false, void_moves_update: false, ..Quirks::default() });
    let folder = tempfile::tempdir().unwrap();
    let store = buffer(&folder, &clock);
    let source = quiet(&shop);
    sync(&store, &source).await;
    let sold: Vec<usize> = (40..48)
        .map(|dice| shop.change(&Change::Sell { dice }).unwrap().unwrap().parse::<usize>().unwrap() - 1)
        .collect();
    sync(&store, &source).await;
    clock.advance_seconds(70 * 3_600);
    shop.change(&Change::Sell { dice: 90 }).unwrap();
    let voided = sold.iter().filter(|sale| shop.change(&Change::Void { sale: **sale }).is_ok()).count();
    assert!(voided > 3, "{voided} sales of three days ago are voided, and neither timeStamp nor updatetime tells");
    sync(&store, &source).await;
    assert_books(&store, &shop, true);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goods_cost_is_current_within_a_day_though_no_time_of_the_item_moves() {
    for no_average_cost in [false, true] {
        let clock = clock();
        let shop = account(40, &clock);
        shop.set_quirks(Quirks { no_average_cost, ..Quirks::default() });
        let folder = tempfile::tempdir().unwrap();
        let store = buffer(&folder, &clock);
        let source = quiet(&shop);
        sync(&store, &source).await;
        clock.advance_seconds(900);
        shop.change(&Change::Deliver { item: 2, shop: 0, milli: 24_000, cost: 777 }).unwrap();
        sync(&store, &source).await;
        assert_books(&store, &shop, false);
        clock.advance_seconds(86_400);
        sync(&store, &source).await;
        assert_books(&store, &shop, true);
    }
}

async fn deliver(store: &Store, stand_in: &Warehouse, clock: &TestClock) {
    let config = Config { base_url: stand_in.base_url(), retry: PATIENCE, ..Config::new("demo-project", "demo") };
    let warehouse = BigQuery::with_clock(config, &Credential::None, Arc::new(clock.clone())).unwrap();
    let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
    for table in push(store, &warehouse, &watcher, &Cancel::new()).await.unwrap() {
        assert_eq!(table.fault, None, "{} is delivered", table.table.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sold_line_reaches_the_warehouse_once() {
    let clock = clock();
    let shop = account(400, &clock);
    let folder = tempfile::tempdir().unwrap();
    let store = buffer(&folder, &clock);
    let source = quiet(&shop);
    sync(&store, &source).await;
    let stand_in = Warehouse::start_with("demo", 0, Arc::new(clock.clone())).unwrap();
    deliver(&store, &stand_in, &clock).await;
    clock.advance_seconds(900);
    let voided = somewhere(&shop, 51, |sale| Change::Void { sale });
    a_busy_hour(&shop);
    sync(&store, &source).await;
    deliver(&store, &stand_in, &clock).await;
    let lines: i64 = store.read(|c| Ok(c.query_row("SELECT count(*) FROM order_line", [], |r| r.get(0))?)).unwrap();
    let sold = stand_in.rows("demo.sales");
    assert_eq!(sold.len() as i64, lines, "every line of every sale, once");
    assert!(sold.iter().all(|row| row["source"].as_deref() == Some("retail") && row["price"].is_some()));
    assert!(sold.iter().any(|row| row["payment_method"].as_deref() == Some("CASH")));
    let sales = stand_in.rows("demo.lightspeed_transactions");
    assert_eq!(sales.len(), shop.sale_ids().len());
    let cents = |text: &Option<String>| (text.as_ref().unwrap().parse::<f64>().unwrap() * 100.0).round() as i64;
    for (id, own) in shop.books().sales {
        let row = sales.iter().find(|row| row["id"].as_deref() == Some(&id)).unwrap();
        assert_eq!(
            (cents(&row["total"]), cents(&row["tax"]), row["status"].as_deref()),
            (own.total, own.tax, Some(own.state.as_str())),
            "sale {id} to the cent"
        );
    }
    let voided = shop.sale_ids()[voided].clone();
    let row = sales.iter().find(|row| row["id"].as_deref() == Some(voided.as_str())).unwrap();
    assert_eq!(row["status"].as_deref(), Some("CANCELED"), "a void of a delivered sale is told");
    let products = stand_in.rows("demo.lightspeed_products");
    assert_eq!(products.len(), 26);
    for (id, own) in shop.books().items {
        let row = products.iter().find(|row| row["id"].as_deref() == Some(&id)).unwrap();
        let shelves: i64 = own.shelves.values().sum();
        assert_eq!(
            (cents(&row["price"]), cents(&row["cost"]), cents(&row["quantity"]), row["category"].as_deref()),
            (own.price, own.cost, shelves / 10, Some(own.category.as_str())),
            "item {id}: the selling price, the real cost, the stock of all shops counted once, the category's path"
        );
    }
    assert!(stand_in.tables().keys().all(|name| !name.contains("square")), "nothing of it in Square's tables");
}

#[tokio::test]
async fn a_test_of_the_connection_tells_what_it_may() {
    let clock = clock();
    let shop = account(3, &clock);
    let probe = connector(&shop, "").probe().await.unwrap();
    assert_eq!((probe.account_id.as_str(), probe.account_name.as_str()), ("123456", "Copper Lantern Retail"));
    assert_eq!(probe.missing, []);
    shop.set_scopes(&["employee:register_read"]);
    let probe = connector(&shop, "123456").probe().await.unwrap();
    assert_eq!(probe.missing, [Entity::Catalog, Entity::Inventory, Entity::Customers]);
    assert_eq!(connector(&shop, "99").probe().await.unwrap_err().code, "LIGHTSPEED_ACCOUNT_FOREIGN");
}
