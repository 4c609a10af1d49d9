//! Two computers of one shop that deliver into the same tables, by seed: at once, behind each other, cut off between any two calls,
//! parked, with rows that are refused. No reader ever sees a row twice or an older state after a newer one, and once everything is
//! quiet the reader has what the shop knows.
//!
//! `BACKROOM_TWO_SEEDS` sets how many seeds are played, `BACKROOM_TWO_SEED` plays one alone.

use crate::life::{PATIENCE, Trade, assert_quiet, lively};
use crate::same::assert_settled_beside;
use crate::sim::{Dice, number};
use backroom_core::table::{Cell, Table};
use backroom_core::warehouse::{Cost, SealedBatch, Warehouse};
use backroom_core::{BoxFuture, Clock, Fault, FaultClass, TestClock, Timestamp};
use backroom_sandbox::bigquery::BigQuery as StandIn;
use backroom_sandbox::square::{NewSale, Square, StoreSpec};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use backroom_store::Store;
use backroom_sync::{Cancel, PullOptions, Quiet, SourceEntry, TablePush, Watcher, pull, push};
use backroom_tests::open_store_at;
use backroom_warehouse::{BigQuery, Config, Credential};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Notify;

/// Where the program dies: at which of its calls to the warehouse, before it or after the warehouse has done it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Death {
    call: u64,
    after: bool,
}

/// A warehouse during whose calls the program may die, and which refuses the payments of some ids.
struct Mortal {
    inner: BigQuery,
    death: Option<Death>,
    refused: Vec<String>,
    calls: AtomicU64,
    died: Notify,
}

impl Mortal {
    async fn call<T>(&self, work: impl Future<Output = T>) -> T {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let dies = self.death.filter(|death| death.call == call);
        if dies.is_some_and(|death| !death.after) {
            self.die().await;
        }
        let done = work.await;
        if dies.is_some() {
            self.die().await;
        }
        done
    }

    async fn die(&self) {
        self.died.notify_one();
        std::future::pending::<()>().await;
    }
}

impl Warehouse for Mortal {
    fn prepare(&self, table: Table) -> BoxFuture<'_, Result<Cost, Fault>> {
        Box::pin(self.call(self.inner.prepare(table)))
    }

    fn encode(&self, table: Table, rows: &[Vec<Cell>]) -> Result<Vec<u8>, Fault> {
        self.inner.encode(table, rows)
    }

    fn load<'a>(&'a self, batch: &'a SealedBatch) -> BoxFuture<'a, Result<Cost, Fault>> {
        Box::pin(async move {
            let text = String::from_utf8_lossy(&batch.body);
            if batch.table == Table::SquarePayments
                && self.refused.iter().any(|id| text.contains(&format!("\"id\":\"{id}\"")))
            {
                return Err(Fault::new(FaultClass::Rejected, "ROWS", "It does not like a row."));
            }
            self.call(self.inner.load(batch)).await
        })
    }

    fn merge<'a>(&'a self, table: Table, batches: &'a [SealedBatch]) -> BoxFuture<'a, Result<Cost, Fault>> {
        Box::pin(self.call(self.inner.merge(table, batches)))
    }

    fn sweep<'a>(&'a self, device: &'a str, keep: &'a [i64]) -> BoxFuture<'a, Result<u32, Fault>> {
        Box::pin(self.call(self.inner.sweep(device, keep)))
    }

    fn probe(&self) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        self.inner.probe()
    }
}

/// What may befall a delivery.
#[derive(Debug, Clone, Default)]
struct Fate {
    death: Option<Death>,
    refused: Vec<String>,
}

/// A computer: its file, its connector, and whether the program runs.
struct Computer {
    folder: tempfile::TempDir,
    store: Option<Store>,
    source: SourceEntry,
    clock: TestClock,
}

impl Computer {
    fn new(square: &Square, clock: &TestClock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Some(open_store_at(folder.path(), Arc::new(clock.clone())).unwrap());
        Self { folder, store, source: lively(square, |_, _| ()), clock: clock.clone() }
    }

    /// The same from a copy of another's file, which is given an identity of its own by being put back.
    fn copied(from: &Path, square: &Square, clock: &TestClock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Store::restore(folder.path(), from).unwrap();
        let store = Some(open_store_at(folder.path(), Arc::new(clock.clone())).unwrap());
        Self { folder, store, source: lively(square, |_, _| ()), clock: clock.clone() }
    }

    fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    fn start_again(&mut self) {
        self.store = None;
        self.store = Some(open_store_at(self.folder.path(), Arc::new(self.clock.clone())).unwrap());
    }

    async fn pull(&self, cancel: &Cancel) {
        let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
        let sources = std::slice::from_ref(&self.source);
        pull(self.store(), sources, &PullOptions::default(), &watcher, cancel).await.unwrap();
    }

    /// A delivery of a program that remembers nothing but its file. Tells what it sent and how many calls it made; nothing where it
    /// died on the way, and then it is started again.
    async fn deliver(&mut self, stand_in: &StandIn, fate: Fate) -> (Option<Vec<TablePush>>, u64) {
        let config = Config { base_url: stand_in.base_url(), retry: PATIENCE, ..Config::new("demo-project", "demo") };
        let inner = BigQuery::with_clock(config, &Credential::None, Arc::new(self.clock.clone())).unwrap();
        let Fate { death, refused } = fate;
        let mortal = Mortal { inner, death, refused, calls: AtomicU64::new(0), died: Notify::new() };
        let (watcher, cancel): (Arc<dyn Watcher>, _) = (Arc::new(Quiet), Cancel::new());
        let told = tokio::select! {
            told = push(self.store(), &mortal, &watcher, &cancel) => Some(told.unwrap()),
            () = mortal.died.notified() => None,
        };
        if told.is_none() {
            self.start_again();
        }
        (told, mortal.calls.load(Ordering::SeqCst))
    }

    async fn clear_up(&self) {
        self.store().unpark().await.unwrap();
        for table in Table::ALL {
            self.store().revive(table).await.unwrap();
        }
    }
}

/// What a reader sees: each key's version and how often it was looked at anew, and that no key is there twice.
#[derive(Default)]
struct Seen(BTreeMap<(String, String), (i64, i64)>);

impl Seen {
    /// Looks again: nothing that was there is gone, and nothing is older than it was.
    fn look(&mut self, stand_in: &StandIn, context: &str) {
        let mut now = BTreeMap::new();
        for (table, keys) in [
            ("demo.square_payments", &["id"][..]),
            ("demo.square_refunds", &["id"]),
            ("demo.square_orders", &["id"]),
            ("demo.square_order_lines", &["order_id", "line_uid"]),
            ("demo.square_items", &["id"]),
            ("demo.sales", &["source", "sale_id", "line_id"]),
        ] {
            for row in stand_in.rows(table) {
                let key: Vec<&str> = keys.iter().map(|k| row[*k].as_deref().unwrap()).collect();
                let number = |name: &str| row[name].as_ref().map_or(0, |text| text.parse::<i64>().unwrap());
                let twice = now.insert((table.to_owned(), key.join("/")), (number("_version"), number("_obs")));
                assert_eq!(twice, None, "{context}: {table} has {key:?} once");
            }
        }
        for (key, version) in &self.0 {
            let held = now.get(key);
            assert!(held.is_some_and(|held| held >= version), "{context}: {key:?} was {version:?} and is {held:?}");
        }
        self.0 = now;
    }
}

/// Everything is over: both hear of everything, clear up, and send what they have, the one that is behind last.
async fn settle(computers: &mut [Computer; 2], square: &Square, clock: &TestClock, stand_in: &StandIn, context: &str) {
    stand_in.set_faults(Faults::default());
    clock.advance_seconds(900);
    // A sale more: whoever delivers it sweeps what a program that died left behind.
    square.add_sale(&NewSale::default()).unwrap();
    for computer in computers.iter_mut() {
        assert_quiet(computer.store(), std::slice::from_ref(&computer.source), square, false, context).await;
        computer.clear_up().await;
    }
    for computer in computers.iter_mut() {
        let (told, _) = computer.deliver(stand_in, Fate::default()).await;
        let faults: Vec<_> = told.unwrap().into_iter().filter_map(|t| t.fault).collect();
        assert!(faults.is_empty(), "{context}: everything is delivered: {faults:?}");
    }
    for computer in computers.iter() {
        assert_settled_beside(computer.store(), stand_in);
    }
}

fn warehouse_faults(dice: &mut Dice) -> Faults {
    let kinds = [
        FaultKind::Status { status: 503 },
        FaultKind::StatusAfterCommit { status: 503 },
        FaultKind::ResetAfterCommit,
        FaultKind::Reset,
        FaultKind::QuotaExceeded,
        FaultKind::RateLimitExceeded,
    ];
    let places = ["upload", "jobs", "queries", "tables"];
    let mut rule = || {
        let rule = FaultRule::once(dice.pick::<FaultKind>(&kinds).clone()).on(dice.pick::<&str>(&places));
        rule.after(dice.roll(8) as u32)
    };
    Faults { rules: vec![rule(), rule()], ..Faults::default() }
}

fn fate(dice: &mut Dice, payments: &[String]) -> Fate {
    let dies = dice.roll(3) == 0;
    let death = dies.then(|| Death { call: dice.roll(20), after: dice.roll(2) == 0 });
    let refuses = dice.roll(4) == 0;
    let refused = (0..if refuses { 2 } else { 0 }).map(|_| dice.pick::<String>(payments).clone()).collect();
    Fate { death, refused }
}

fn trade(dice: &mut Dice, square: &Square, clock: &TestClock) {
    for _ in 0..dice.roll(8) {
        let (kind, place) = (*dice.pick(&Trade::KINDS), dice.roll(3) as usize);
        let (which, seconds) = (dice.roll(1 << 20) as usize, dice.roll(90_000) as i64);
        Trade { kind, place, which, seconds }.happen(square, clock.now());
    }
}

async fn play(seed: u64) {
    let clock = TestClock::at(Timestamp::from_seconds(1_795_197_600));
    let spec = StoreSpec::small(60, clock.now().plus_seconds(-600));
    let square = Square::start_with(spec, 0, Arc::new(clock.clone())).unwrap();
    let stand_in = StandIn::start_with("demo", 0, Arc::new(clock.clone())).unwrap();
    let mut dice = Dice(seed);
    let mut computers = [Computer::new(&square, &clock), Computer::new(&square, &clock)];
    let mut seen = Seen::default();
    computers[0].pull(&Cancel::new()).await;
    for step in 0..10 + dice.roll(10) {
        let context = format!("seed {seed}, step {step}");
        let one = dice.roll(2) as usize;
        match dice.roll(9) {
            0 | 1 => trade(&mut dice, &square, &clock),
            2 | 3 => computers[one].pull(&Cancel::new()).await,
            4 => {
                let (a, b) = (Cancel::new(), Cancel::new());
                tokio::join!(computers[0].pull(&a), computers[1].pull(&b));
            }
            5 | 6 => {
                if dice.roll(2) == 0 {
                    stand_in.set_faults(warehouse_faults(&mut dice));
                }
                let fates = [fate(&mut dice, &square.payment_ids()), fate(&mut dice, &square.payment_ids())];
                let [a, b] = &mut computers;
                let [of_a, of_b] = fates;
                tokio::join!(a.deliver(&stand_in, of_a), b.deliver(&stand_in, of_b));
                stand_in.set_faults(Faults::default());
            }
            7 => {
                let fate = fate(&mut dice, &square.payment_ids());
                computers[one].deliver(&stand_in, fate).await;
            }
            _ if dice.roll(2) == 0 => computers[one].clear_up().await,
            _ => computers[one].start_again(),
        }
        clock.advance_seconds(1 + dice.roll(700) as i64);
        seen.look(&stand_in, &context);
        for computer in &computers {
            let health = computer.store().doctor().unwrap();
            assert!(health.ok(), "{context}: {:?}", health.findings.iter().filter(|f| !f.ok).collect::<Vec<_>>());
        }
    }
    if dice.roll(2) == 0 {
        computers.reverse();
    }
    settle(&mut computers, &square, &clock, &stand_in, &format!("seed {seed}")).await;
    seen.look(&stand_in, &format!("seed {seed}, at the end"));
}

#[test]
fn two_computers_that_race_deliver_what_the_shop_knows() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let first = number("BACKROOM_TWO_SEED");
    let seeds = if first.is_some() { 1 } else { number("BACKROOM_TWO_SEEDS").unwrap_or(12) };
    for seed in first.unwrap_or(1)..first.unwrap_or(1) + seeds {
        // Shown where it fails.
        println!("seed {seed}");
        runtime.block_on(play(seed));
    }
}

/// The program dies before and after each call that a delivery makes, one after another. While it is dead the other computer, which
/// knows more, delivers; started again it sends what it thinks is new.
#[tokio::test(flavor = "multi_thread")]
async fn dying_at_any_call_loses_and_undoes_nothing() {
    let clock = TestClock::at(Timestamp::from_seconds(1_795_197_600));
    let spec = StoreSpec::small(60, clock.now().plus_seconds(-600));
    let square = Square::start_with(spec, 0, Arc::new(clock.clone())).unwrap();
    let first = Computer::new(&square, &clock);
    first.pull(&Cancel::new()).await;
    let copy = first.folder.path().join("copy.db");
    first.store().backup(&copy).unwrap();
    let known = square.payment_ids();
    for (n, id) in known.iter().take(12).enumerate() {
        // Some were refunded in full before: that is fine.
        let _ = if n % 2 == 0 { square.add_tip(id, 75) } else { square.refund(id, Some(50)).map(drop) };
    }
    let mut deaths = 0;
    for call in 0.. {
        let mut whole = 0;
        for after in [false, true] {
            let context = format!("death at call {call}, {}", if after { "after it" } else { "before it" });
            let stand_in = StandIn::start_with("demo", 0, Arc::new(clock.clone())).unwrap();
            let mut computers = [Computer::copied(&copy, &square, &clock), Computer::copied(&copy, &square, &clock)];
            let mut seen = Seen::default();
            let fate = Fate { death: Some(Death { call, after }), ..Fate::default() };
            let (told, _) = computers[0].deliver(&stand_in, fate).await;
            whole += u64::from(told.is_some());
            deaths += u64::from(told.is_none());
            seen.look(&stand_in, &context);
            computers[1].pull(&Cancel::new()).await;
            let (told, _) = computers[1].deliver(&stand_in, Fate::default()).await;
            assert!(told.unwrap().iter().all(|t| t.fault.is_none()), "{context}: the other goes on");
            seen.look(&stand_in, &context);
            // Still behind: what it sends now is older than what is there.
            let (told, _) = computers[0].deliver(&stand_in, Fate::default()).await;
            assert!(told.unwrap().iter().all(|t| t.fault.is_none()), "{context}: and so does it");
            seen.look(&stand_in, &context);
            settle(&mut computers, &square, &clock, &stand_in, &context).await;
            seen.look(&stand_in, &context);
        }
        if whole == 2 {
            break;
        }
    }
    assert!(deaths >= 30, "seven tables with a load and a merge each, before and after: {deaths} deaths");
}
