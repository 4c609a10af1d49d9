//! The pace of an R-Series account in simulated time: all its streams out of one bucket, which never overflows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use backroom_connectors::lightspeed::{Lightspeed, LightspeedSettings};
use backroom_core::source::{Ask, Entity, Source, Span};
use backroom_core::{Clock, TestClock, Timestamp};
use backroom_http::{Bucket, Client, ClientConfig, StaticToken};
use backroom_sandbox::lightspeed::{Change, Lightspeed as StandIn, Spec};
use backroom_secrets::Secret;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinSet;

const UNTIL: Timestamp = Timestamp::from_seconds(1_795_197_600); // 2026-11-20 18:00 UTC
const STREAMS: [Entity; 4] = [Entity::Orders, Entity::Catalog, Entity::Inventory, Entity::Customers];
const STEP: Duration = Duration::from_millis(20);
/// Looks at buckets where nobody waits before time goes on all the same.
const LOOKS: u32 = 1_000;

fn source(shop: &StandIn, bucket: Arc<Bucket>) -> Arc<Lightspeed> {
    let settings = LightspeedSettings {
        base_url: shop.base_url(),
        account_id: shop.account_id(),
        ..LightspeedSettings::default()
    };
    let token = Arc::new(StaticToken::new(Secret::new(shop.token())));
    Arc::new(Lightspeed::new(settings, Client::new(ClientConfig::default()), token, bucket).unwrap())
}

/// All pages of a stream; how many there were.
async fn walk(source: Arc<Lightspeed>, entity: Entity, span: Span) -> u64 {
    let mut ask = Ask { entity, location: None, span, cursor: None };
    let mut pages = 0;
    loop {
        // Refusals are counted by the stand-in; a walk that gives up over them has nothing to tell.
        let Ok(page) = source.fetch(&ask).await else { return pages };
        pages += 1;
        match page.cursor {
            Some(next) => ask.cursor = Some(next),
            None => return pages,
        }
    }
}

/// Does the work while both clocks move on together, and only while somebody waits for room in one of the buckets: what is on the wire
/// takes no time, however busy this computer is. Tells how many simulated seconds it took.
async fn in_time<T>(buckets: &Mutex<Vec<Arc<Bucket>>>, clock: &TestClock, work: impl Future<Output = T>) -> (T, f64) {
    tokio::pin!(work);
    let (began, mut looks) = (clock.now(), 0);
    loop {
        // Whoever yields does not sleep, so the paused clock does not run ahead by itself to the next timer.
        tokio::select! {
            biased;
            done = &mut work => return (done, (clock.now().micros() - began.micros()) as f64 / 1e6),
            () = tokio::task::yield_now() => {}
        }
        let queues: Vec<_> = buckets.lock().unwrap().iter().map(|bucket| bucket.queue()).collect();
        if queues.iter().any(|queue| queue.under_way > 0) {
            looks = 0;
            continue;
        }
        looks += 1;
        // Where nobody waits at a bucket either, somebody waits for something else.
        if queues.iter().any(|queue| queue.waiting > 0) || looks > LOOKS {
            looks = 0;
            clock.set(Timestamp::from_micros(clock.now().micros() + STEP.as_micros() as i64));
            tokio::time::advance(STEP).await;
        }
    }
}

/// All streams at once, so many times each, by the source that is made for each; how many pages came.
async fn all_at_once(times: usize, make: impl Fn() -> Arc<Lightspeed>, span: impl Fn(Entity) -> Span) -> u64 {
    let mut walks = JoinSet::new();
    for entity in STREAMS.repeat(times) {
        walks.spawn(walk(make(), entity, span(entity)));
    }
    let mut pages = 0;
    while let Some(done) = walks.join_next().await {
        pages += done.unwrap();
    }
    pages
}

fn shop() -> (StandIn, TestClock) {
    let clock = TestClock::at(UNTIL.plus_seconds(60));
    let spec = Spec { items: 1_500, customers: 300, ..Spec::small(6_000, UNTIL) };
    (StandIn::start_with(spec, 0, Arc::new(clock.clone())).unwrap(), clock)
}

fn first(entity: Entity) -> Span {
    match entity {
        Entity::Orders => Span::Created { from: UNTIL.plus_days(-800), to: UNTIL.plus_days(1) },
        _ => Span::All,
    }
}

#[tokio::test(start_paused = true)]
async fn all_streams_share_one_bucket_and_no_call_is_refused() {
    let (shop, clock) = shop();
    let bucket = Arc::new(Lightspeed::bucket());
    let buckets = Mutex::new(vec![bucket.clone()]);
    let shared = || source(&shop, bucket.clone());
    let (pages, seconds) = in_time(&buckets, &clock, all_at_once(1, shared, first)).await;
    let pace = shop.pace();
    assert!(pages > 120, "{pages} pages of four streams");
    assert_eq!(pace.refused, 0, "{pages} pages and not one 429");
    let bound = pace.drips - 90.0;
    assert!(bound > 60.0, "long enough to fill the bucket: {:.0} drips", pace.drips);
    assert!(seconds <= bound * 1.05, "{seconds:.0} s where the bucket sets {bound:.0} s: nobody waits for nothing");

    // Half a day of cycles while the shop trades, with somebody pressing Test now and then.
    for cycle in 0..48u64 {
        clock.advance_seconds(900);
        tokio::time::advance(Duration::from_secs(900)).await;
        for dice in 0..3 {
            shop.change(&Change::Sell { dice: cycle * 3 + dice }).unwrap();
        }
        let since = clock.now().plus_days(-3);
        let changed = |_| Span::Updated { since, history_from: UNTIL.plus_days(-800) };
        let tested = cycle % 12 == 0;
        let work = async {
            let test = async {
                if tested {
                    source(&shop, bucket.clone()).probe().await.unwrap();
                }
            };
            tokio::join!(all_at_once(1, shared, changed), test).0
        };
        let (pages, _) = in_time(&buckets, &clock, work).await;
        assert!(pages >= 6, "cycle {cycle}: {pages} pages");
        assert_eq!(shop.pace().refused, 0, "cycle {cycle}: not one 429 in steady state");
    }
    let level = bucket.reading().unwrap();
    assert!(level.size > 89.0 && level.level < level.size, "the level that the Sync screen shows: {level:?}");
}

#[tokio::test(start_paused = true)]
async fn streams_with_a_bucket_each_would_be_refused() {
    let (shop, clock) = shop();
    let buckets = Mutex::new(Vec::new());
    let apart = || {
        let bucket = Arc::new(Lightspeed::bucket());
        buckets.lock().unwrap().push(bucket.clone());
        source(&shop, bucket)
    };
    in_time(&buckets, &clock, all_at_once(4, apart, first)).await;
    assert!(shop.pace().refused > 0, "the test above can fail: the stand-in refuses those who do not share");
}
