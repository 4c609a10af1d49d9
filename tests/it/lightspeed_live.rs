//! Live mode with Lightspeed: a sale is in BigQuery within a minute of being made, in simulated time with calls that take theirs; and
//! the figure on the screen tells it.

use crate::fresh::{sent, told};
use crate::lightspeed_shop::{buffer, clock};
use crate::simulated::{during, meanwhile, pass};
use backroom_api::secrets::{InMemory, Secret, SecretStore, source_token};
use backroom_api::{Engine, EngineOptions, SecretsMode};
use backroom_connectors::lightspeed::{Lightspeed as Connector, LightspeedSettings};
use backroom_core::{Clock, TestClock, Timestamp};
use backroom_http::{Client, ClientConfig, StaticToken};
use backroom_sandbox::bigquery::BigQuery as Warehouse;
use backroom_sandbox::lightspeed::{Change, Lightspeed, Spec};
use backroom_sync::schedule::Schedule;
use backroom_sync::{Cancel, PullOptions, Quiet, SourceEntry, Watcher, pull, push};
use backroom_tests::Bench;
use backroom_warehouse::{BigQuery, Config, Credential};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What every call of the vendor takes, one after the other, and every delivery of a table: more than on a usual line.
const CALL: Duration = Duration::from_millis(500);
const DELIVERY: Duration = Duration::from_secs(2);
/// The promise.
const MINUTE: i64 = 60;

/// The sales that are in the warehouse, whole: each with its lines.
fn delivered(warehouse: &Warehouse) -> Vec<String> {
    let lines = warehouse.rows("demo.sales");
    let has_lines = |id: &str| lines.iter().any(|line| line["sale_id"].as_deref() == Some(id));
    let sales = warehouse.rows("demo.lightspeed_transactions").into_iter().filter_map(|row| row["id"].clone());
    sales.filter(|id| has_lines(id)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_sale_is_in_the_warehouse_within_a_minute_of_being_made() {
    let clock: TestClock = clock();
    let spec = Spec::small(40, clock.now().plus_seconds(-600));
    let shop = Lightspeed::start_with(spec, 0, Arc::new(clock.clone())).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = buffer(&folder, &clock);
    let warehouse = Warehouse::start_with("demo", 0, Arc::new(clock.clone())).unwrap();
    let config = Config { base_url: warehouse.base_url(), ..Config::new("demo-project", "demo") };
    let sink = BigQuery::with_clock(config, &Credential::None, Arc::new(clock.clone())).unwrap();
    let bucket = Arc::new(Connector::bucket());
    let source = || {
        let settings = LightspeedSettings { base_url: shop.base_url(), ..LightspeedSettings::default() };
        let token = Arc::new(StaticToken::new(Secret::new(shop.token())));
        let client = Client::new(ClientConfig::default());
        let connector = Connector::new(settings, client, token, bucket.clone()).unwrap();
        [SourceEntry { name: "retail".into(), source: Arc::new(connector), history_days: Some(731) }]
    };
    let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
    let cycle = async || {
        let (options, cancel, sources) = (PullOptions::default(), Cancel::new(), source());
        let pulled = pull(&store, &sources, &options, &watcher, &cancel);
        let before = shop.counters().total();
        for outcome in during(&clock, &bucket, pulled).await.unwrap() {
            assert_eq!(outcome.fault, None, "{}", outcome.entity);
        }
        let calls = u32::try_from(shop.counters().total() - before).unwrap();
        pass(&clock, CALL * calls).await;
        let sent = meanwhile(&clock, push(&store, &sink, &watcher, &cancel)).await.unwrap();
        for table in sent.iter().filter(|table| table.rows > 0) {
            assert_eq!(table.fault, None, "{}", table.table.name());
            pass(&clock, DELIVERY).await;
        }
    };
    cycle().await;

    let mut schedule = Schedule { every_seconds: backroom_api::LIVE_SECONDS, last_start: None, failures: 0 };
    let (mut made, mut ages): (BTreeMap<String, Timestamp>, Vec<i64>) = (BTreeMap::new(), Vec::new());
    for dice in 0..40u64 {
        // A customer pays at some moment between two cycles, or while one is under way.
        let wait = schedule.next_at(clock.now()).seconds_since(clock.now()).max(0);
        let until = (dice * 7 % 16).min(u64::try_from(wait).unwrap());
        pass(&clock, Duration::from_secs(until)).await;
        let id = shop.change(&Change::Sell { dice }).unwrap().unwrap();
        made.insert(id, clock.now());
        let left = schedule.next_at(clock.now()).seconds_since(clock.now()).max(0);
        pass(&clock, Duration::from_secs(u64::try_from(left).unwrap())).await;
        schedule.last_start = Some(clock.now());
        cycle().await;
        for id in delivered(&warehouse) {
            if let Some(at) = made.remove(&id) {
                ages.push(clock.now().seconds_since(at));
            }
        }
        let waiting = made.values().map(|at| clock.now().seconds_since(*at)).max().unwrap_or(0);
        assert!(waiting < MINUTE, "a sale has waited for {waiting} s and is not there");
    }
    ages.sort_unstable();
    eprintln!(
        "{} sales: the median {} s old when it was in BigQuery, the oldest {} s",
        ages.len(),
        ages[20],
        ages[ages.len() - 1]
    );
    assert_eq!((ages.len(), made.len()), (40, 0), "each is there");
    assert!(ages[ages.len() - 1] <= MINUTE, "within a minute: {ages:?}");
    assert_eq!(shop.pace().refused, 0, "and never faster than the vendor allows");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_fresh_the_warehouse_is_stands_on_the_screen() {
    let spec = Spec { bucket: 1e9, burst: 1e9, ..Spec::small(60, Bench::now().plus_days(-2)) };
    let shop = Lightspeed::start(spec).unwrap();
    let warehouse = Warehouse::start("demo").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[schedule]\nlive = true\n\n[[source]]\nkind = \"lightspeed_r\"\nname = \"retail\"\nbase_url = \"{}\"\n\
         [warehouse]\nproject = \"demo-project\"\ndataset = \"demo\"\nbase_url = \"{}\"\n",
        shop.base_url(),
        warehouse.base_url()
    );
    std::fs::write(folder.path().join("config.toml"), config).unwrap();
    let secrets = InMemory::new();
    secrets.set(&source_token("lightspeed_r", "retail"), &Secret::new(shop.token())).unwrap();
    let secrets = SecretsMode::Memory(Arc::new(secrets));
    let options = EngineOptions { data_dir: folder.path().to_path_buf(), secrets, demo: false };
    let engine = Engine::open(options).await.unwrap();
    let mut cycles = engine.cycles();
    engine.start_schedule(Duration::from_secs(1));
    sent(&mut cycles).await;
    assert_eq!(told(&engine).await, None, "sales of days ago say nothing of the way");
    let id = shop.change(&Change::Sell { dice: 5 }).unwrap().unwrap();
    while !delivered(&warehouse).contains(&id) {
        sent(&mut cycles).await;
    }
    sent(&mut cycles).await;
    let fresh = told(&engine).await;
    assert!(fresh.is_some_and(|s| s < 60), "a sale that was just made was on its way for {fresh:?} s");
    engine.stop().await;
}
