//! The whole engine by seed: a shop that trades between the pages, vendors that fail, a clock that leaps, a program that is
//! stopped anywhere. Once everything is quiet again the reader of the warehouse has what the shop knows.
//!
//! `BACKROOM_SIM_SEEDS` sets how many seeds are played, `BACKROOM_SIM_SEED` plays one alone. One call is under way at a time and
//! the clock is the test's, so that a seed plays the same again.

use crate::same::{assert_equals_truth, assert_settled};
use backroom_connectors::square::{Square as Connector, SquareSettings};
use backroom_core::source::{Ask, Entity, Page, Probe, PullPlan, Source};
use backroom_core::{BoxFuture, Clock, Fault, TestClock, Timestamp};
use backroom_http::{Client, ClientConfig, RetryPolicy, StaticToken};
use backroom_sandbox::bigquery::BigQuery as Warehouse;
use backroom_sandbox::square::{LateOrder, NewSale, Quirks, Square, StoreSpec};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use backroom_secrets::Secret;
use backroom_store::Store;
use backroom_sync::{Cancel, PullOptions, Quiet, SourceEntry, Watcher, pull, push};
use backroom_tests::open_store_at;
use backroom_warehouse::{BigQuery, Config, Credential};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The dice of a seed.
struct Dice(u64);

impl Dice {
    /// The next number below `n` (SplitMix64, Steele et al. 2014).
    fn roll(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len() as u64) as usize]
    }
}

/// What happens while a page is on its way.
#[derive(Default)]
struct Between {
    /// One call in this many is followed by trade; none where 0.
    trades: u64,
    /// The call at which somebody stops the program.
    stop_at: Option<u64>,
    cancel: Option<Cancel>,
    calls: u64,
    trace: DefaultHasher,
}

struct World {
    square: Square,
    clock: TestClock,
    dice: Mutex<Dice>,
    between: Mutex<Between>,
}

impl World {
    fn roll(&self, n: u64) -> u64 {
        self.dice.lock().unwrap().roll(n)
    }

    /// One thing that happens in a shop.
    fn trade(&self) {
        let (what, place) = (self.roll(12), self.roll(3) as usize);
        let ids = self.square.payment_ids();
        let payment = self.dice.lock().unwrap().pick(&ids).clone();
        let item = self.dice.lock().unwrap().pick(&self.square.item_ids()).clone();
        let back = -i64::try_from(self.roll(90_000)).unwrap();
        let at = Some(self.clock.now().plus_seconds(back).to_rfc3339());
        let sale = NewSale { location: place, tip_minor: back.rem_euclid(300), ..NewSale::default() };
        // What cannot be done now, such as a refund of what was refunded in full, is not done.
        let _ = match what {
            0..=3 => self.square.add_sale(&sale).map(drop),
            4 => self.square.offline_sale(&NewSale { at, ..sale }).map(drop),
            5 => self
                .square
                .late_order(&LateOrder { sale: NewSale { at, ..sale }, updated_is_old: place == 1 })
                .map(drop),
            6 => self.square.add_tip(&payment, 75),
            7 | 8 => self.square.refund(&payment, Some(1 + back.rem_euclid(200))).map(drop),
            9 => self.square.delete_item(&item),
            10 => self.square.edit_price(&item, 100 + back.rem_euclid(9_000)),
            _ => self.square.archive_item(&item, place == 0),
        };
    }
}

/// The connector, with life going on between its calls.
struct Lively {
    inner: Connector,
    world: Arc<World>,
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
            let trades = {
                let mut between = self.world.between.lock().unwrap();
                between.calls += 1;
                let rows = page.as_ref().map_or(usize::MAX, |p| p.rows.len());
                (ask.entity.name(), ask.cursor.is_some(), rows).hash(&mut between.trace);
                if between.stop_at == Some(between.calls)
                    && let Some(cancel) = &between.cancel
                {
                    cancel.cancel();
                }
                between.trades
            };
            if trades > 0 && self.world.roll(trades) == 0 {
                self.world.clock.advance_seconds(self.world.roll(40) as i64);
                self.world.trade();
            }
            page
        })
    }

    fn probe(&self) -> BoxFuture<'_, Result<Probe, Fault>> {
        self.inner.probe()
    }
}

fn vendor_faults(dice: &mut Dice) -> Faults {
    let kinds = [
        FaultKind::Status { status: 503 },
        FaultKind::RateLimited { retry_after: None },
        FaultKind::Reset,
        FaultKind::Cut { after_bytes: 40 },
        FaultKind::Html { status: 200 },
        FaultKind::RepeatCursor,
        FaultKind::InvalidCursor,
        FaultKind::ForeignFields,
        FaultKind::TokenExpired,
    ];
    let rules = (0..2).map(|_| {
        let rule = FaultRule::once(dice.pick::<FaultKind>(&kinds).clone()).after(dice.roll(30) as u32);
        FaultRule { times: Some(1 + dice.roll(4) as u32), ..rule }
    });
    Faults { rules: rules.collect(), ..Faults::default() }
}

fn warehouse_faults(dice: &mut Dice) -> Faults {
    let kinds = [
        FaultKind::Status { status: 503 },
        FaultKind::StatusAfterCommit { status: 503 },
        FaultKind::ResetAfterCommit,
        FaultKind::Reset,
        FaultKind::Cut { after_bytes: 20 },
        FaultKind::Html { status: 200 },
        FaultKind::QuotaExceeded,
    ];
    let places = ["upload", "jobs", "queries", "tables"];
    let rules = (0..2).map(|_| {
        let rule = FaultRule::once(dice.pick::<FaultKind>(&kinds).clone())
            .on(dice.pick::<&str>(&places))
            .after(dice.roll(4) as u32);
        FaultRule { times: Some(1 + dice.roll(3) as u32), ..rule }
    });
    Faults { rules: rules.collect(), ..Faults::default() }
}

const PATIENCE: RetryPolicy = RetryPolicy {
    attempts: 3,
    first_wait: Duration::from_millis(1),
    longest_wait: Duration::from_millis(2),
    budget: Duration::from_secs(5),
};

/// Plays a seed and tells the trace of its calls.
async fn play(seed: u64) -> u64 {
    let clock = TestClock::at(Timestamp::from_seconds(1_795_197_600));
    let spec = StoreSpec::small(70, clock.now().plus_seconds(-600));
    let square = Square::start_with(spec, 0, Arc::new(clock.clone())).unwrap();
    square.set_quirks(Quirks {
        longest_page: Some(2 + (seed % 9) as usize),
        end_inclusive: seed.is_multiple_of(2),
        empty_last_cursor: seed.is_multiple_of(3),
        ..Quirks::default()
    });
    let settings =
        SquareSettings { base_url: square.base_url(), concurrency: 1, retry: PATIENCE, ..Default::default() };
    let token = Arc::new(StaticToken::new(Secret::new(square.token())));
    let inner = Connector::new(settings, Client::new(ClientConfig::default()), token).unwrap();
    let world = Arc::new(World { square, clock, dice: Mutex::new(Dice(seed)), between: Mutex::default() });
    let source = Arc::new(Lively { inner, world: world.clone() });
    let sources = [SourceEntry { name: "main".into(), source, history_days: 731 }];
    let stand_in = Warehouse::start_with("demo", 0, Arc::new(world.clock.clone())).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut store = open_store_at(folder.path(), Arc::new(world.clock.clone())).unwrap();
    let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
    let deliver = async |store: &Store| {
        let config = Config { base_url: stand_in.base_url(), retry: PATIENCE, ..Config::new("demo-project", "demo") };
        // A new process each time: it remembers nothing but the file.
        let warehouse = BigQuery::with_clock(config, &Credential::None, Arc::new(world.clock.clone())).unwrap();
        push(store, &warehouse, &watcher, &Cancel::new()).await.unwrap()
    };

    for _ in 0..4 + world.roll(6) {
        match world.roll(7) {
            0 | 1 => (0..world.roll(8)).for_each(|_| world.trade()),
            2 | 3 => {
                let cancel = Cancel::new();
                let stops = world.roll(3) == 0;
                {
                    let mut between = world.between.lock().unwrap();
                    let stop_at = between.calls + 1 + world.roll(60);
                    between.trades = 6;
                    between.stop_at = stops.then_some(stop_at);
                    between.cancel = Some(cancel.clone());
                }
                if world.roll(2) == 0 {
                    world.square.set_faults(vendor_faults(&mut world.dice.lock().unwrap()));
                }
                pull(&store, &sources, &PullOptions::default(), &watcher, &cancel).await.unwrap();
                world.square.set_faults(Faults::default());
                let mut between = world.between.lock().unwrap();
                (between.trades, between.stop_at, between.cancel) = (0, None, None);
            }
            4 => {
                stand_in.set_faults(warehouse_faults(&mut world.dice.lock().unwrap()));
                deliver(&store).await;
                stand_in.set_faults(Faults::default());
            }
            5 => world.clock.advance_seconds(60 * (1 + world.roll(3_000) as i64)),
            _ => {
                drop(store);
                store = open_store_at(folder.path(), Arc::new(world.clock.clone())).unwrap();
            }
        }
        let health = store.doctor().unwrap();
        assert!(health.ok(), "seed {seed}: the self-check finds nothing on the way: {:?}", health.findings);
    }

    // Quiet: a cycle, and what only a read from end to end can show.
    for full in [false, true] {
        world.clock.advance_seconds(600);
        let options = PullOptions { full, ..PullOptions::default() };
        let outcomes = pull(&store, &sources, &options, &watcher, &Cancel::new()).await.unwrap();
        for outcome in outcomes {
            assert_eq!(outcome.fault, None, "seed {seed}: {} is quiet", outcome.entity);
        }
        assert_equals_truth(&store, &world.square.truth());
    }
    let truth = world.square.truth();
    let counts: [u64; 3] = store
        .read(|c| {
            let count = |table: &str| -> rusqlite::Result<u64> {
                let n: i64 = c.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0))?;
                Ok(n.unsigned_abs())
            };
            Ok([count("payment")?, count("refund")?, count("orders")?])
        })
        .unwrap();
    assert_eq!(counts, [truth.payments, truth.refunds, truth.orders], "seed {seed}: payments, refunds, orders");
    store.unpark().await.unwrap();
    for table in deliver(&store).await {
        assert_eq!(table.fault, None, "seed {seed}: {} is delivered", table.table.name());
    }
    assert_settled(&store, &stand_in);
    world.between.lock().unwrap().trace.finish()
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_happens_the_reader_has_what_the_shop_knows() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let first = number("BACKROOM_SIM_SEED");
    let seeds = if first.is_some() { 1 } else { number("BACKROOM_SIM_SEEDS").unwrap_or(10) };
    for seed in first.unwrap_or(1)..first.unwrap_or(1) + seeds {
        // Shown where it fails.
        println!("seed {seed}");
        runtime.block_on(play(seed));
    }
}

#[test]
fn a_seed_plays_the_same_again() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let traces = [runtime.block_on(play(3)), runtime.block_on(play(3))];
    assert_eq!(traces[0], traces[1], "the same calls with the same rows");
}
