//! From Square into the buffer.

use crate::same::assert_equals_truth;
use backroom_core::source::Entity;
use backroom_sandbox::square::{LateOrder, NewSale, SaleLine, StoreSpec};
use backroom_store::report;
use backroom_sync::PullOutcome;
use backroom_tests::Bench;

fn expect_no_faults(outcomes: &[PullOutcome]) {
    for outcome in outcomes {
        assert_eq!(outcome.fault, None, "{} {:?} went through", outcome.entity, outcome.location);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_sync_equals_the_shop_to_the_cent() {
    let bench = Bench::new(StoreSpec::small(2_000, Bench::now())).unwrap();
    let outcomes = bench.sync(None).await.unwrap();
    expect_no_faults(&outcomes);
    assert_equals_truth(&bench.store, &bench.square.truth());
    let sum = |e: Entity| outcomes.iter().filter(|o| o.entity == e).map(|o| o.stats.rows).sum::<u64>();
    let truth = bench.square.truth();
    assert_eq!(sum(Entity::Payments), truth.payments, "every payment was read once");
    assert_eq!(sum(Entity::Refunds), truth.refunds, "every refund was read once");
    assert_eq!(sum(Entity::Orders), truth.orders, "every order was read once");
    assert_eq!(sum(Entity::Customers), truth.customers, "every customer was read once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_with_nothing_new_asks_once_a_stream_and_changes_nothing() {
    let bench = Bench::new(StoreSpec::small(600, Bench::now())).unwrap();
    expect_no_faults(&bench.sync(None).await.unwrap());
    let waiting = bench.store.waiting().unwrap();
    let outcomes = bench.sync(None).await.unwrap();
    expect_no_faults(&outcomes);
    for outcome in &outcomes {
        assert_eq!(outcome.stats.requests, 1, "one call for {} {:?}", outcome.entity, outcome.location);
        assert_eq!(outcome.stats.changed, 0, "nothing changed in {}", outcome.entity);
    }
    assert_eq!(bench.store.waiting().unwrap(), waiting, "nothing new waits for the warehouse");
}

#[tokio::test(flavor = "multi_thread")]
async fn late_changes_arrive_in_the_next_cycle() {
    let bench = Bench::new(StoreSpec::small(1_500, Bench::now().plus_seconds(-7_200))).unwrap();
    expect_no_faults(&bench.sync(None).await.unwrap());
    let payments = bench.square.payment_ids();
    let items = bench.square.item_ids();
    let line = SaleLine { item_id: Some(items[3].clone()), quantity_milli: 2_000, price_minor: None };
    let old = payments[700].clone();
    bench.square.refund(&old, Some(100)).ok();
    bench.square.refund(&payments[900], None).ok();
    bench.square.add_tip(&payments[1_200], 250).unwrap();
    bench.square.add_sale(&NewSale { lines: vec![line.clone()], ..NewSale::default() }).unwrap();
    let yesterday = Bench::now().plus_days(-1).to_rfc3339();
    bench
        .square
        .offline_sale(&NewSale { at: Some(yesterday.clone()), lines: vec![line.clone()], ..NewSale::default() })
        .unwrap();
    let three_days_ago = Bench::now().plus_seconds(-71 * 3_600).to_rfc3339();
    let late = bench
        .square
        .late_order(&LateOrder {
            sale: NewSale { at: Some(three_days_ago), lines: vec![line], ..NewSale::default() },
            updated_is_old: true,
        })
        .unwrap();
    bench.square.delete_item(&items[10]).unwrap();
    bench.square.edit_price(&items[11], 4_321).unwrap();
    let outcomes = bench.sync(None).await.unwrap();
    expect_no_faults(&outcomes);
    assert_equals_truth(&bench.store, &bench.square.truth());
    let orders: i64 = bench
        .store
        .read(|c| Ok(c.query_row("SELECT count(*) FROM orders WHERE id = ?1", [&late.order_id], |r| r.get(0))?))
        .unwrap();
    assert_eq!(orders, 1, "an order that shows up 71 hours late with an old time is found");
    let (deleted, price): (i64, i64) = bench
        .store
        .read(|c| {
            Ok(c.query_row(
                "SELECT (SELECT count(*) FROM product WHERE item_id = ?1 AND deleted = 1), (SELECT count(*) FROM product WHERE item_id = ?2 AND price = 4321)",
                [&items[10], &items[11]],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )?)
        })
        .unwrap();
    assert!(deleted > 0, "a deleted item is flagged");
    assert!(price > 0, "a new price arrives");
    let restated = bench.store.read(|c| report::restatements(c, backroom_core::Timestamp::from_micros(0), 20)).unwrap();
    assert!(!restated.is_empty(), "closed days that changed say so");
}
