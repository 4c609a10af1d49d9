//! From the buffer into the warehouse: a reader sees each row once, in its newest state, whatever goes wrong on the way.

use crate::same::{assert_same, assert_settled, buffered, delivered};
use backroom_connectors::square::SquareSettings;
use backroom_http::RetryPolicy;
use backroom_sandbox::bigquery::BigQuery as StandIn;
use backroom_sandbox::square::{NewSale, SaleLine, StoreSpec};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use backroom_store::Store;
use backroom_sync::{Cancel, Quiet, TablePush, Watcher, push};
use backroom_tests::{Bench, open_store, square_source_with};
use backroom_warehouse::{BigQuery, Config, Credential};
use std::sync::Arc;
use std::time::Duration;

/// Three tries with next to no wait.
fn impatient() -> RetryPolicy {
    RetryPolicy {
        attempts: 3,
        first_wait: Duration::from_millis(5),
        longest_wait: Duration::from_millis(20),
        ..RetryPolicy::default()
    }
}

fn warehouse(stand_in: &StandIn) -> BigQuery {
    let config = Config { base_url: stand_in.base_url(), retry: impatient(), ..Config::new("demo-project", "demo") };
    BigQuery::new(config, &Credential::None).unwrap()
}

async fn deliver(store: &Store, warehouse: &BigQuery) -> Vec<TablePush> {
    let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
    push(store, warehouse, &watcher, &Cancel::new()).await.unwrap()
}

async fn shop() -> (Bench, StandIn) {
    let bench = Bench::new(StoreSpec::small(900, Bench::now().plus_seconds(-3_600))).unwrap();
    let outcomes = bench.sync(None).await.unwrap();
    assert!(outcomes.iter().all(|o| o.fault.is_none()), "the shop is synced");
    (bench, StandIn::start("demo").unwrap())
}

fn change_something(bench: &Bench) {
    let ids = bench.square.payment_ids();
    let item = bench.square.item_ids().into_iter().nth(2);
    for n in 0..5 {
        let line = SaleLine { item_id: item.clone(), quantity_milli: 1_000, price_minor: None };
        bench.square.add_sale(&NewSale { location: n % 3, lines: vec![line], ..NewSale::default() }).unwrap();
        bench.square.add_tip(&ids[100 + n * 50], 111).unwrap();
        // Some of these were refunded in full before: that is fine.
        let _ = bench.square.refund(&ids[120 + n * 50], Some(75));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_arrives_once_and_changes_follow() {
    let (bench, stand_in) = shop().await;
    let warehouse = warehouse(&stand_in);
    let sent = deliver(&bench.store, &warehouse).await;
    assert!(sent.iter().all(|t| t.fault.is_none()), "{sent:?}");
    assert_settled(&bench.store, &stand_in);
    stand_in.reset_counters();
    assert!(deliver(&bench.store, &warehouse).await.is_empty(), "nothing new: nothing is sent");
    assert!(stand_in.requests().is_empty(), "not even a question is asked");
    change_something(&bench);
    bench.sync(None).await.unwrap();
    deliver(&bench.store, &warehouse).await;
    assert_settled(&bench.store, &stand_in);
}

/// Every way in which a call can go wrong, before the work and after it, on loads and on merges.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_whatever_fails() {
    let kinds = [
        FaultKind::Status { status: 503 },
        FaultKind::StatusAfterCommit { status: 503 },
        FaultKind::ResetAfterCommit,
        FaultKind::Reset,
        FaultKind::Cut { after_bytes: 20 },
        FaultKind::Html { status: 200 },
        FaultKind::Html { status: 502 },
        FaultKind::RateLimitExceeded,
        FaultKind::RateLimited { retry_after: Some(0) },
    ];
    let (bench, stand_in) = shop().await;
    for kind in kinds {
        for place in ["upload", "jobs", "queries"] {
            change_something(&bench);
            bench.sync(None).await.unwrap();
            let rule = |n| FaultRule::once(kind.clone()).on(place).after(n);
            stand_in.set_faults(Faults { rules: vec![rule(0), rule(2)], ..Faults::default() });
            // A new process each time: it remembers nothing but the file.
            let warehouse = warehouse(&stand_in);
            for attempt in 0.. {
                let sent = deliver(&bench.store, &warehouse).await;
                if sent.iter().all(|t| t.fault.is_none()) {
                    break;
                }
                assert!(attempt < 5, "{kind:?} at {place} is got over: {sent:?}");
                bench.store.unpark().await.unwrap();
            }
            stand_in.set_faults(Faults::default());
            deliver(&bench.store, &warehouse).await;
            assert_settled(&bench.store, &stand_in);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_computers_of_one_shop_deliver_each_row_once() {
    let (first, stand_in) = shop().await;
    let second = open_store(&tempfile::tempdir().unwrap().keep()).unwrap();
    let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
    let warehouse = warehouse(&stand_in);
    change_something(&first);
    let options = backroom_sync::PullOptions::default();
    backroom_sync::pull(&second, std::slice::from_ref(&first.source), &options, &watcher, &Cancel::new())
        .await
        .unwrap();
    deliver(&second, &warehouse).await;
    // The first computer is behind: what it still sends must not undo what the second one sent.
    deliver(&first.store, &warehouse).await;
    assert_same(&delivered(&stand_in), &buffered(&second), "a reader sees the newest state");
    first.sync(None).await.unwrap();
    deliver(&first.store, &warehouse).await;
    assert_same(&delivered(&stand_in), &buffered(&first.store), "and still does when the first one has caught up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_parks_and_says_so() {
    let (bench, stand_in) = shop().await;
    let warehouse = warehouse(&stand_in);
    stand_in.set_faults(Faults {
        rules: vec![FaultRule::always(FaultKind::QuotaExceeded).on("upload")],
        ..Faults::default()
    });
    let sent = deliver(&bench.store, &warehouse).await;
    assert!(sent.iter().any(|t| t.fault.is_some()), "the quota is told");
    stand_in.reset_counters();
    deliver(&bench.store, &warehouse).await;
    assert!(stand_in.requests().len() <= 2, "a parked table is left alone: {}", stand_in.requests().len());
    let trouble = bench.store.table_rows().unwrap().into_iter().find_map(|t| t.trouble).unwrap();
    assert!(!trouble.message.is_empty() && !trouble.hint.is_empty(), "the screen can say why and what to do");
    stand_in.set_faults(Faults::default());
    bench.store.unpark().await.unwrap();
    deliver(&bench.store, &warehouse).await;
    assert_settled(&bench.store, &stand_in);
}

/// Seven days without a line, to the vendor and to the warehouse: the tills go on, cards are taken offline, goods come back. When the
/// line is back everything arrives, once.
#[tokio::test(flavor = "multi_thread")]
async fn a_week_offline_arrives_whole_and_once() {
    // The last that was heard of the shop is a week old.
    let spec = StoreSpec { years: 1, ..StoreSpec::small(900, Bench::now().plus_days(-8)) };
    let mut bench = Bench::new(spec).unwrap();
    let settings =
        SquareSettings { base_url: bench.square.base_url(), retry: impatient(), ..SquareSettings::default() };
    bench.source = square_source_with(&bench.square.token(), settings).unwrap();
    bench.sync(None).await.unwrap();
    let stand_in = StandIn::start("demo").unwrap();
    let warehouse = warehouse(&stand_in);
    deliver(&bench.store, &warehouse).await;
    assert_settled(&bench.store, &stand_in);
    let item = bench.square.item_ids().into_iter().nth(4);
    let sold = |location: usize, at: backroom_core::Timestamp| {
        let line = SaleLine { item_id: item.clone(), quantity_milli: 1_000, price_minor: None };
        NewSale { location, at: Some(at.to_rfc3339()), lines: vec![line], ..NewSale::default() }
    };
    // Pulled, and not sent any more.
    bench.square.add_sale(&sold(1, Bench::now().plus_seconds(-3_600 * (24 * 7 + 2)))).unwrap();
    bench.sync(None).await.unwrap();
    let cut = || Faults { rules: vec![FaultRule::always(FaultKind::Reset)], ..Faults::default() };
    bench.square.set_faults(cut());
    stand_in.set_faults(cut());
    let old = bench.square.payment_ids();
    for day in 0..7usize {
        for hour in 0..9 {
            let at = Bench::now().plus_seconds(-3_600 * (24 * (7 - day as i64) - hour));
            let sale = sold(day % 3, at);
            if hour % 3 == 0 { bench.square.offline_sale(&sale) } else { bench.square.add_sale(&sale) }.unwrap();
        }
        let _ = bench.square.refund(&old[200 + day * 11], Some(50));
        let pulled = bench.sync(None).await.unwrap();
        assert!(pulled.iter().all(|o| o.fault.is_some()), "day {day}: nobody is reached");
        let sent = deliver(&bench.store, &warehouse).await;
        assert!(sent.iter().any(|t| t.fault.is_some()), "day {day}: what waits stays");
        assert!(bench.store.doctor().unwrap().ok(), "day {day}: what is here is whole");
    }
    let before = stand_in.counters().total();
    bench.square.set_faults(Faults::default());
    stand_in.set_faults(Faults::default());
    let pulled = bench.sync(None).await.unwrap();
    assert!(pulled.iter().all(|o| o.fault.is_none()), "the line is back: {pulled:?}");
    deliver(&bench.store, &warehouse).await;
    assert_settled(&bench.store, &stand_in);
    crate::same::assert_equals_truth(&bench.store, &bench.square.truth());
    assert!(stand_in.counters().total() - before < 200, "a week goes out in batches, not row by row");
}
