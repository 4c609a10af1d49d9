//! The first sync of an R-Series account against the bound that its bucket sets.

use backroom_connectors::lightspeed::{Lightspeed as Connector, LightspeedSettings};
use backroom_core::source::{Ask, Entity, Page, Probe, PullPlan, Rows, Source};
use backroom_core::table::Table;
use backroom_core::{BoxFuture, Clock, Fault, SystemClock, Timestamp};
use backroom_http::{Client, ClientConfig, StaticToken};
use backroom_sandbox::lightspeed::{Lightspeed, Spec};
use backroom_secrets::Secret;
use backroom_sync::{Cancel, PullOptions, PullProgress, SourceEntry, Watcher, pull};
use backroom_tests::{Failure, open_store};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How many times as fast the bucket runs out here; every figure of time is told as it would be at Lightspeed.
const TIMES: f64 = 60.0;
const BUCKET: f64 = 90.0;
const GOAL: f64 = 1.03;

/// Counts the calls until the first sale of today came.
struct Counted {
    inner: Connector,
    today: Timestamp,
    calls: AtomicU64,
    first: AtomicU64,
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
            let calls = self.calls.fetch_add(u64::from(page.requests), Ordering::SeqCst) + u64::from(page.requests);
            if let Rows::Sales(sales) = &page.rows
                && sales.iter().any(|s| s.order.created_at >= self.today)
            {
                self.first.fetch_min(calls, Ordering::SeqCst);
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
        if let (Some(seconds), Ok(mut told)) = (progress.seconds_left, self.0.lock()) {
            told.push((Instant::now(), seconds));
        }
    }
}

/// First sync of so many sales with their lines and payments, and a cycle with nothing new.
pub fn lightspeed(sales: usize) -> Result<(), Failure> {
    let now = SystemClock.now();
    let spec = Spec { items: 400, customers: 500, ..Spec::small(sales, now) }.faster(TIMES);
    let rate = spec.drip;
    let shop = Lightspeed::start(spec)?;
    let sales = shop.sale_ids().len();
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let store = open_store(folder.path())?;
        let settings = LightspeedSettings { base_url: shop.base_url(), ..LightspeedSettings::default() };
        let token = Arc::new(StaticToken::new(Secret::new(shop.token())));
        let inner =
            Connector::new(settings, Client::new(ClientConfig::default()), token, Arc::new(Connector::bucket()))?;
        let today = store.rule().starts_at(store.rule().day_of(now));
        let counted = Arc::new(Counted { inner, today, calls: AtomicU64::new(0), first: AtomicU64::new(u64::MAX) });
        let source = SourceEntry { name: "retail".into(), source: counted.clone(), history_days: Some(731) };
        let told = Arc::new(Told::default());
        let watcher: Arc<dyn Watcher> = told.clone();
        let cycle = async || {
            let before = shop.pace();
            let started = Instant::now();
            let outcomes =
                pull(&store, std::slice::from_ref(&source), &PullOptions::default(), &watcher, &Cancel::new()).await?;
            if let Some(fault) = outcomes.into_iter().find_map(|o| o.fault) {
                return Err::<_, Failure>(fault.into());
            }
            let after = shop.pace();
            Ok((started, started.elapsed(), after.drips - before.drips, after.served - before.served, after.refused))
        };
        let (started, wall, drips, calls, refused) = cycle().await?;
        let bound = Duration::from_secs_f64((drips - BUCKET) / rate);
        let real = |time: Duration| time.as_secs_f64() * TIMES / 60.0;
        println!("first sync of {sales} sales with lines and payments: {calls} calls, {drips:.0} drips");
        println!(
            "  {:.1} minutes at one drip a second, the bucket alone {:.1}; wall / bound = {:.3}   (goal {GOAL})",
            real(wall),
            real(bound),
            wall.as_secs_f64() / bound.as_secs_f64()
        );
        println!("  refused with 429: {refused}   (goal 0)");
        println!("  today's sales came with call {}   (goal 10)", counted.first.load(Ordering::SeqCst));
        if let Ok(told) = told.0.lock() {
            let end = started + wall;
            let off = told.iter().filter(|(at, _)| end.duration_since(*at).as_secs_f64() > wall.as_secs_f64() * 0.2);
            let ratios: Vec<f64> =
                off.map(|(at, seconds)| *seconds as f64 / end.duration_since(*at).as_secs_f64()).collect();
            let (least, most) = ratios.iter().fold((f64::MAX, 0.0f64), |(a, b), r| (a.min(*r), b.max(*r)));
            println!("  time to go as told / as it was, until 80 %: {least:.2} to {most:.2}   (1 is right)");
        }
        let (_, wall, drips, calls, refused) = cycle().await?;
        println!("nothing new: {calls} calls, {drips:.1} drips, {:.0} ms, refused {refused}", wall.as_secs_f64() * 1e3);
        Ok(())
    })
}
