//! How fast a Lightspeed account is read: as fast as its bucket lets anybody, and never faster. In simulated time.

use crate::lightspeed_shop::{assert_books, buffer, clock};
use crate::simulated::during;
use backroom_connectors::lightspeed::{Lightspeed as Connector, LightspeedSettings};
use backroom_core::source::{Ask, Entity, Page, Probe, PullPlan, Rows, Source};
use backroom_core::table::Table;
use backroom_core::{BoxFuture, Clock, Fault, TestClock, Timestamp};
use backroom_http::{Bucket, Client, ClientConfig, StaticToken};
use backroom_sandbox::lightspeed::{Change, Lightspeed, Spec};
use backroom_secrets::Secret;
use backroom_store::Store;
use backroom_sync::{Cancel, PullOptions, PullProgress, SourceEntry, Watcher, pull};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// Sales of the shop; each comes with its lines and payments.
const SALES: usize = 8_000;
/// The bucket of one register: its size, and what runs out of it each second.
const BUCKET: f64 = 90.0;
const DRIP: f64 = 1.0;
/// How much longer than the bucket alone a first sync may take.
const GOAL: f64 = 1.03;
/// Within so many calls the first sale of today is here.
const FIRST_CALLS: u64 = 10;
/// The time to go is right within these, from a tenth of the way to four fifths: told over what it came to.
const HONEST: std::ops::RangeInclusive<f64> = 0.75..=1.34;
/// What a cycle may cost in which nothing is new.
const QUIET_CALLS: u64 = 12;
const QUIET_DRIPS: f64 = 15.0;

/// Calls until the first sale of today came.
struct Counts {
    today: Timestamp,
    calls: AtomicU64,
    first: AtomicU64,
}

/// A connector whose calls are counted.
struct Counted {
    inner: Connector,
    counts: Arc<Counts>,
}

impl Source for Counted {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }
    fn plan(&self, entity: Entity) -> Option<PullPlan> {
        self.inner.plan(entity)
    }
    fn concurrency(&self) -> usize {
        self.inner.concurrency()
    }
    fn fetch<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Result<Page, Fault>> {
        Box::pin(async move {
            let page = self.inner.fetch(ask).await?;
            let (counts, requests) = (&self.counts, u64::from(page.requests));
            let calls = counts.calls.fetch_add(requests, Ordering::SeqCst) + requests;
            if let Rows::Sales(sales) = &page.rows
                && sales.iter().any(|sale| sale.order.created_at >= counts.today)
            {
                counts.first.fetch_min(calls, Ordering::SeqCst);
            }
            Ok(page)
        })
    }
    fn probe(&self) -> BoxFuture<'_, Result<Probe, Fault>> {
        self.inner.probe()
    }
}

/// Keeps what was said of the time to go, with when it was said.
#[derive(Default)]
struct Told(Mutex<Vec<(Instant, u64)>>);

impl Watcher for Told {
    fn pulled(&self, _: Entity) {}
    fn delivered(&self, _: Table) {}
    fn progress(&self, progress: &PullProgress) {
        if let Some(seconds) = progress.seconds_left {
            self.0.lock().unwrap().push((Instant::now(), seconds));
        }
    }
}

struct Reader {
    shop: Lightspeed,
    store: Store,
    clock: TestClock,
    bucket: Arc<Bucket>,
    counts: Arc<Counts>,
    told: Arc<Told>,
    _folder: tempfile::TempDir,
}

/// What a cycle took.
struct Cycle {
    began: Instant,
    wall: Duration,
    drips: f64,
    calls: u64,
    refused: u64,
}

impl Reader {
    fn of(sales: usize) -> Self {
        let clock = clock();
        let spec = Spec { bucket: BUCKET, drip: DRIP, ..Spec::small(sales, clock.now().plus_seconds(-600)) };
        let shop = Lightspeed::start_with(spec, 0, Arc::new(clock.clone())).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = buffer(&folder, &clock);
        let today = store.rule().starts_at(store.rule().day_of(clock.now()));
        let (calls, first) = (AtomicU64::new(0), AtomicU64::new(u64::MAX));
        let (counts, bucket) = (Arc::new(Counts { today, calls, first }), Arc::new(Connector::bucket()));
        Self { shop, store, clock, bucket, counts, told: Arc::default(), _folder: folder }
    }

    /// A connector as each cycle has its own: what it asks once, it asks once a cycle. The bucket stays.
    fn source(&self) -> SourceEntry {
        let settings = LightspeedSettings { base_url: self.shop.base_url(), ..LightspeedSettings::default() };
        let token = Arc::new(StaticToken::new(Secret::new(self.shop.token())));
        let client = Client::new(ClientConfig::default());
        let inner = Connector::new(settings, client, token, self.bucket.clone()).unwrap();
        let source = Arc::new(Counted { inner, counts: self.counts.clone() });
        SourceEntry { name: "retail".into(), source, history_days: Some(731) }
    }

    async fn cycle(&self) -> Cycle {
        let (before, began) = (self.shop.pace(), Instant::now());
        let watcher: Arc<dyn Watcher> = self.told.clone();
        let (options, cancel) = (PullOptions::default(), Cancel::new());
        let sources = [self.source()];
        let outcomes = during(&self.clock, &self.bucket, pull(&self.store, &sources, &options, &watcher, &cancel));
        for outcome in outcomes.await.unwrap() {
            assert_eq!(outcome.fault, None, "{} went through", outcome.entity);
        }
        let after = self.shop.pace();
        Cycle {
            began,
            wall: began.elapsed(),
            drips: after.drips - before.drips,
            calls: after.served - before.served,
            refused: after.refused,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_sync_takes_what_the_bucket_asks_for_and_no_more() {
    let reader = Reader::of(SALES);
    let first = reader.cycle().await;
    let bound = (first.drips - BUCKET) / DRIP;
    let ratio = first.wall.as_secs_f64() / bound;
    eprintln!(
        "{SALES} sales: {} calls, {:.1} drips, {:.1} s of {bound:.1} s: {ratio:.3}; today's with call {}",
        first.calls,
        first.drips,
        first.wall.as_secs_f64(),
        reader.counts.first.load(Ordering::SeqCst)
    );
    assert!(bound > 60.0, "the bucket is what it waits for: {bound:.1} s");
    assert!(ratio <= GOAL, "{ratio:.3} of what the bucket alone takes");
    assert!(ratio >= 0.97, "nobody is faster than the bucket: {ratio:.3}, so something is measured wrong");
    assert_eq!(first.refused, 0, "not one call was refused with 429");
    let today = reader.counts.first.load(Ordering::SeqCst);
    assert!(today <= FIRST_CALLS, "today's sales came with call {today}");

    let end = first.began + first.wall;
    let ratios: Vec<f64> = {
        let told = reader.told.0.lock().unwrap();
        let left = |at: &Instant| end.duration_since(*at).as_secs_f64();
        let counts = |at: &Instant| (0.2..0.9).contains(&(left(at) / first.wall.as_secs_f64()));
        told.iter().filter(|(at, _)| counts(at)).map(|(at, seconds)| *seconds as f64 / left(at)).collect()
    };
    let (least, most) = ratios.iter().fold((f64::MAX, 0.0f64), |(a, b), r| (a.min(*r), b.max(*r)));
    eprintln!("time to go as told over as it was: {least:.2} to {most:.2}, {} times", ratios.len());
    assert!(ratios.len() >= 10, "it is told now and then: {} times", ratios.len());
    assert!(HONEST.contains(&least) && HONEST.contains(&most), "told honestly: {least:.2} to {most:.2}");
    assert_books(&reader.store, &reader.shop, true);

    // A cycle later, with nothing new.
    crate::simulated::pass(&reader.clock, Duration::from_secs(900)).await;
    let quiet = reader.cycle().await;
    eprintln!("nothing new: {} calls, {:.1} drips, {:.2} s", quiet.calls, quiet.drips, quiet.wall.as_secs_f64());
    assert!(
        quiet.calls <= QUIET_CALLS && quiet.drips <= QUIET_DRIPS,
        "{} calls, {:.1} drips",
        quiet.calls,
        quiet.drips
    );
    assert!(quiet.wall < Duration::from_secs(2), "with an empty bucket nobody waits: {:?}", quiet.wall);
    assert_eq!(quiet.refused, 0);
}

/// Twenty minutes at the pace of live mode: the bucket holds, however often it is asked.
#[tokio::test(start_paused = true)]
async fn twenty_minutes_of_live_mode_never_overflow_the_bucket() {
    let reader = Reader::of(60);
    reader.cycle().await;
    let every = Duration::from_secs(u64::try_from(backroom_api::LIVE_SECONDS).unwrap());
    let (mut cycles, mut drips, began) = (0u32, 0.0, reader.clock.now());
    let mut waited = Duration::ZERO;
    while reader.clock.now().seconds_since(began) < 1_200 {
        if cycles.is_multiple_of(4) {
            reader.shop.change(&Change::Sell { dice: u64::from(cycles) }).unwrap();
        }
        let cycle = reader.cycle().await;
        assert_eq!(cycle.refused, 0, "cycle {cycles}");
        (cycles, drips) = (cycles + 1, drips + cycle.drips);
        waited = waited.max(cycle.wall);
        crate::simulated::pass(&reader.clock, every.saturating_sub(cycle.wall)).await;
    }
    eprintln!(
        "{cycles} cycles in twenty minutes, {:.1} drips each, the slowest took {waited:?}",
        drips / f64::from(cycles)
    );
    assert!(cycles >= 40, "it keeps its pace: {cycles} cycles");
    assert!(waited < Duration::from_secs(30), "and no cycle waits long for the bucket: {waited:?}");
    assert_books(&reader.store, &reader.shop, true);
}
