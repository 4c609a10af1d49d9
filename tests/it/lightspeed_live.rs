//! Live mode with Lightspeed: a sale is in BigQuery within a minute of being made, and the figure on the screen tells it.

use crate::fresh::{sent, told};
use backroom_api::secrets::{InMemory, Secret, SecretStore, source_token};
use backroom_api::{Engine, EngineOptions, SecretsMode};
use backroom_sandbox::bigquery::BigQuery as Warehouse;
use backroom_sandbox::lightspeed::{Change, Lightspeed, Spec};
use backroom_tests::Bench;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The promise.
const MINUTE: Duration = Duration::from_secs(60);

/// The sales that are in the warehouse, whole: each with its lines.
fn delivered(warehouse: &Warehouse) -> Vec<String> {
    let lines = warehouse.rows("demo.sales");
    let has_lines = |id: &str| lines.iter().any(|line| line["sale_id"].as_deref() == Some(id));
    let sales = warehouse.rows("demo.lightspeed_transactions").into_iter().filter_map(|row| row["id"].clone());
    sales.filter(|id| has_lines(id)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_in_the_warehouse_within_a_minute_and_the_screen_says_how_fresh_it_is() {
    let spec = Spec::small(60, Bench::now().plus_days(-2));
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
    let made = Instant::now();
    while !delivered(&warehouse).contains(&id) {
        sent(&mut cycles).await;
        assert!(made.elapsed() < MINUTE, "a minute went by");
    }
    sent(&mut cycles).await;
    let fresh = told(&engine).await;
    assert!(fresh.is_some_and(|s| s < 60), "a sale that was just made was on its way for {fresh:?} s");
    assert_eq!(shop.pace().refused, 0, "and never faster than the vendor allows");
    engine.stop().await;
}
