//! A computer whose clock is wrong and is set right later: nothing is left out, nothing waits for a day that was never meant.

use crate::life::{assert_quiet, lively};
use crate::same::assert_settled;
use backroom_core::{Clock, TestClock, Timestamp};
use backroom_sandbox::bigquery::BigQuery as Warehouse;
use backroom_sandbox::square::{NewSale, Square, StoreSpec};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use backroom_store::Store;
use backroom_sync::{Cancel, PullOptions, Quiet, SourceEntry, Watcher, pull, push};
use backroom_tests::open_store_at;
use backroom_warehouse::{BigQuery, Config, Credential};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const DAY: i64 = 86_400;

fn noon() -> Timestamp {
    Timestamp::from_seconds(1_795_197_600)
}

/// A clock that shows 1970-01-02: its battery is empty.
fn empty_battery() -> i64 {
    DAY - noon().micros() / 1_000_000
}

/// A shop whose own clock is right, a connector to it, and the computer's clock.
struct World {
    square: Arc<Square>,
    of_shop: TestClock,
    clock: TestClock,
    source: SourceEntry,
    /// The call at which somebody stops the program.
    stop: Arc<Mutex<Option<(usize, Cancel)>>>,
    calls: Arc<AtomicUsize>,
}

impl World {
    fn new() -> Self {
        let (of_shop, clock) = (TestClock::at(noon()), TestClock::at(noon()));
        let spec = StoreSpec::small(300, noon().plus_seconds(-600));
        let square = Arc::new(Square::start_with(spec, 0, Arc::new(of_shop.clone())).unwrap());
        let stop: Arc<Mutex<Option<(usize, Cancel)>>> = Arc::default();
        let calls = Arc::new(AtomicUsize::new(0));
        let (stopped, counted) = (stop.clone(), calls.clone());
        let source = lively(&square, move |_, _| {
            let call = counted.fetch_add(1, Ordering::SeqCst);
            if let Some((_, cancel)) = stopped.lock().unwrap().as_ref().filter(|(at, _)| *at == call) {
                cancel.cancel();
            }
        });
        Self { square, of_shop, clock, source, stop, calls }
    }

    /// A sync while the clock is wrong by `wrong` seconds, stopped after so many calls where that is said.
    async fn sync(&self, store: &Store, wrong: i64, stop_after: Option<usize>) {
        self.clock.set(self.of_shop.now().plus_seconds(wrong));
        let cancel = Cancel::new();
        let stop = stop_after.map(|calls| (self.calls.load(Ordering::SeqCst) + calls, cancel.clone()));
        *self.stop.lock().unwrap() = stop;
        let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
        let sources = std::slice::from_ref(&self.source);
        pull(store, sources, &PullOptions::default(), &watcher, &cancel).await.unwrap();
        *self.stop.lock().unwrap() = None;
    }

    /// The clock is right: cycle after cycle nothing is missing, and nobody has to be told to read everything again.
    async fn comes_out_right(&self, store: &Store, context: &str) {
        for cycle in 0..3 {
            self.of_shop.advance_seconds(900);
            self.square.add_sale(&NewSale { location: cycle, ..NewSale::default() }).unwrap();
            self.sync(store, 0, None).await;
        }
        assert_quiet(store, std::slice::from_ref(&self.source), &self.square, false, context).await;
        let wanted = self.of_shop.now().plus_days(-730);
        for row in store.stream_rows().unwrap().into_iter().filter(|row| row.history.is_some()) {
            let (from, _) = row.history.unwrap();
            assert!(row.history_done, "{context}: the history of {} is in", row.entity);
            assert!(from <= wanted, "{context}: two years of {} are in, not from {from} on", row.entity);
        }
        let before = self.calls.load(Ordering::SeqCst);
        self.sync(store, 0, None).await;
        let streams = store.stream_rows().unwrap().len();
        let calls = self.calls.load(Ordering::SeqCst) - before;
        assert!(calls <= streams, "{context}: then a quiet cycle is one call a stream again: {calls} of {streams}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_was_begun_by_a_wrong_clock_is_whole_once_it_is_right() {
    let (ahead, behind) = (400 * DAY, -400 * DAY);
    // What the clock is wrong by at the first start and, where that one was stopped, at the second.
    let table = [
        ("400 days ahead", ahead, None),
        ("400 days behind", behind, None),
        ("two hours ahead, as a wrong zone is", 7_200, None),
        ("1970", empty_battery(), None),
        ("ahead and stopped, then right", ahead, Some(0)),
        ("ahead and stopped, then three days behind", ahead, Some(-3 * DAY)),
        ("right and stopped, then ahead", 0, Some(ahead)),
        ("right and stopped, then three days behind", 0, Some(-3 * DAY)),
        ("right and stopped, then 1970", 0, Some(empty_battery())),
        ("behind and stopped, then ahead", behind, Some(ahead)),
    ];
    for (words, first, second) in table {
        // Stopped early and late: with no window in, with today's alone, with some.
        for stop_after in if second.is_some() { vec![1, 6, 14, 25] } else { vec![0] } {
            let world = World::new();
            let folder = tempfile::tempdir().unwrap();
            let store = open_store_at(folder.path(), Arc::new(world.clock.clone())).unwrap();
            world.sync(&store, first, second.map(|_| stop_after)).await;
            if let Some(second) = second {
                world.of_shop.advance_seconds(3_600);
                world.sync(&store, second, None).await;
            }
            world.comes_out_right(&store, &format!("{words}, stopped after {stop_after}")).await;
        }
    }
}

/// A clock that leaps later on, between two cycles, leaves the history as it is: nothing more is asked for because of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_leaps_later_asks_for_no_other_history() {
    for wrong in [400 * DAY, -3 * DAY, -400 * DAY, empty_battery()] {
        let world = World::new();
        let folder = tempfile::tempdir().unwrap();
        let store = open_store_at(folder.path(), Arc::new(world.clock.clone())).unwrap();
        world.sync(&store, 0, None).await;
        world.of_shop.advance_seconds(900);
        world.square.add_sale(&NewSale::default()).unwrap();
        world.sync(&store, 0, None).await;
        let starts = || -> Vec<_> { store.stream_rows().unwrap().iter().map(|r| r.history.map(|h| h.0)).collect() };
        let before = starts();
        world.sync(&store, wrong, None).await;
        assert_eq!(starts(), before, "wrong by {wrong} s: the history begins where it began");
        world.comes_out_right(&store, &format!("a leap of {wrong} s")).await;
    }
}

/// Somebody who wants more than at first gets it, in the background of the cycles, and pays for what is missing alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_longer_history_is_fetched_when_it_is_wanted() {
    let mut world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let store = open_store_at(folder.path(), Arc::new(world.clock.clone())).unwrap();
    world.source.history_days = Some(90);
    world.sync(&store, 0, None).await;
    let rows =
        || -> i64 { store.read(|c| Ok(c.query_row("SELECT count(*) FROM payment", [], |r| r.get(0))?)).unwrap() };
    let short = rows();
    assert!((short as u64) < world.square.truth().payments / 2, "three months of two years: {short}");
    world.source.history_days = Some(731);
    // Stopped on the way, it goes on where it was; the changes come in meanwhile.
    world.of_shop.advance_seconds(900);
    world.square.add_sale(&NewSale::default()).unwrap();
    world.sync(&store, 0, Some(12)).await;
    assert!(store.doctor().unwrap().ok(), "half of it in is no gap: {:?}", store.doctor().unwrap().findings);
    let newest: i64 =
        store.read(|c| Ok(c.query_row("SELECT max(created_at) FROM payment", [], |r| r.get(0))?)).unwrap();
    assert_eq!(newest, world.of_shop.now().micros(), "today's sale does not wait for the years before");
    world.comes_out_right(&store, "after a longer history was wanted").await;
    let windows: Vec<_> = store.receipts(10_000).unwrap().into_iter().filter(|r| r.kind == "window").collect();
    for (n, a) in windows.iter().enumerate() {
        let same = |b: &&backroom_store::ReceiptRow| b.entity == a.entity && b.location == a.location;
        for b in windows[n + 1..].iter().filter(same) {
            assert!(a.to <= b.from || b.to <= a.from, "nothing is read twice: {a:?} and {b:?}");
        }
    }
}

/// A quota parks rows for ten minutes. Ten minutes by a clock that was ahead must not become four hundred days.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_parked_by_a_clock_that_was_ahead_does_not_sleep_until_then() {
    let world = World::new();
    let stand_in = Warehouse::start_with("demo", 0, Arc::new(world.of_shop.clone())).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = open_store_at(folder.path(), Arc::new(world.clock.clone())).unwrap();
    let deliver = async || {
        let config = Config { base_url: stand_in.base_url(), ..Config::new("demo-project", "demo") };
        let warehouse = BigQuery::with_clock(config, &Credential::None, Arc::new(world.clock.clone())).unwrap();
        let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
        push(&store, &warehouse, &watcher, &Cancel::new()).await.unwrap()
    };
    world.sync(&store, 400 * DAY, None).await;
    let quota = FaultRule::always(FaultKind::QuotaExceeded).on("upload");
    stand_in.set_faults(Faults { rules: vec![quota], ..Faults::default() });
    assert!(deliver().await.iter().any(|t| t.fault.is_some()), "the quota is told");
    stand_in.set_faults(Faults::default());
    let told = deliver().await;
    let waits = told.iter().any(|t| t.fault.as_ref().is_some_and(|f| f.code == "WAREHOUSE_WAITING"));
    assert!(waits, "by the same clock it waits its time: {told:?}");
    world.clock.set(world.of_shop.now());
    world.sync(&store, 0, None).await;
    let told = deliver().await;
    assert!(told.iter().all(|t| t.fault.is_none()), "by the right clock that time is over: {told:?}");
    assert_settled(&store, &stand_in);
}
