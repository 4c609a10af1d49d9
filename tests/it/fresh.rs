//! How fresh the warehouse is said to be: by the sales that arrived, not by what was sent again.

use backroom_api::secrets::{InMemory, Secret, SecretStore, source_token};
use backroom_api::{Cycle, Engine, EngineOptions, SecretsMode};
use backroom_core::table::Table;
use backroom_sandbox::bigquery::BigQuery as StandIn;
use backroom_sandbox::square::{NewSale, Square, StoreSpec};
use backroom_tests::Bench;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;

/// The next delivery that is over.
pub async fn sent(cycles: &mut Receiver<Cycle>) {
    loop {
        if let Cycle::Sent(_) = tokio::time::timeout(Duration::from_secs(60), cycles.recv()).await.unwrap().unwrap() {
            return;
        }
    }
}

pub async fn told(engine: &Engine) -> Option<u64> {
    engine.call("settings", Value::Null).await.unwrap()["freshness_seconds"].as_u64()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_of_refunds_says_nothing_of_how_fresh_the_sales_are() {
    let square = Square::start(StoreSpec::small(200, Bench::now().plus_days(-2))).unwrap();
    let stand_in = StandIn::start("demo").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[[source]]\nkind = \"square\"\nname = \"main\"\nbase_url = \"{}\"\n\
         [warehouse]\nkind = \"bigquery\"\nproject = \"demo-project\"\ndataset = \"demo\"\nbase_url = \"{}\"\n",
        square.base_url(),
        stand_in.base_url()
    );
    std::fs::write(folder.path().join("config.toml"), config).unwrap();
    let secrets = Arc::new(InMemory::new());
    secrets.set(&source_token("square", "main"), &Secret::new(square.token())).unwrap();
    let options =
        EngineOptions { data_dir: folder.path().to_path_buf(), secrets: SecretsMode::Memory(secrets), demo: false };
    let engine = Engine::open(options).await.unwrap();
    let mut cycles = engine.cycles();
    engine.start_schedule(Duration::from_secs(1));
    sent(&mut cycles).await;
    assert_eq!(told(&engine).await, None, "sales of days ago say nothing of the way");

    let made = Bench::now().plus_seconds(-600);
    let sale = square.add_sale(&NewSale { at: Some(made.to_rfc3339()), ..NewSale::default() }).unwrap();
    let row = |id: &str| stand_in.rows("demo.square_payments").into_iter().find(|r| r["id"].as_deref() == Some(id));
    while row(&sale.payment_id).is_none() {
        sent(&mut cycles).await;
    }
    sent(&mut cycles).await;
    let first = told(&engine).await;
    assert!(first.is_some_and(|s| (600..660).contains(&s)), "ten minutes old when it arrived: {first:?}");

    square.refund(&sale.payment_id, Some(50)).unwrap();
    let refunded = || row(&sale.payment_id).and_then(|r| r["refunded_amount"].clone()).is_some_and(|t| t.contains('5'));
    while !refunded() || stand_in.rows("demo.square_refunds").is_empty() {
        sent(&mut cycles).await;
    }
    sent(&mut cycles).await;
    assert_eq!(told(&engine).await, first, "its payment was sent again, and is no sale that took longer");

    let sale = square.add_sale(&NewSale::default()).unwrap();
    while row(&sale.payment_id).is_none() {
        sent(&mut cycles).await;
    }
    sent(&mut cycles).await;
    let last = told(&engine).await;
    assert!(last.is_some_and(|s| s < 60), "a sale that was just made is what counts next: {last:?}");
    engine.stop().await;
}

/// What waits or was put aside is not in the warehouse, whatever else of its table is.
#[tokio::test(flavor = "multi_thread")]
async fn only_what_arrived_counts_as_delivered() {
    let bench = Bench::new(StoreSpec::small(60, Bench::now().plus_seconds(-3_600))).unwrap();
    bench.sync(None).await.unwrap();
    let table = Table::SquarePayments;
    let newest = |after: i64| bench.store.newest_delivered(table, after).unwrap();
    assert_eq!(newest(0), None, "everything waits");
    let encode = |_: Table, rows: &[Vec<backroom_core::table::Cell>]| Ok(vec![b'x'; rows.len()]);
    let rows: i64 = bench.store.read(|c| Ok(c.query_row("SELECT max(pk) FROM payment", [], |r| r.get(0))?)).unwrap();
    let mut delivered = Vec::new();
    while let Some(batch) = bench.store.seal_next(table, 20, &encode).await.unwrap() {
        delivered.push(batch.id);
    }
    let last = delivered.pop().unwrap();
    bench.store.acknowledge(table, delivered).await.unwrap();
    let (row, _) = newest(0).unwrap();
    assert!(row < rows, "the last batch is not there: row {row} of {rows}");
    assert_eq!(newest(row), None, "what was counted is not counted again");
    bench.store.acknowledge(table, vec![last]).await.unwrap();
    assert_eq!(newest(row).unwrap().0, rows, "now it is");
    let sale = bench.square.add_sale(&NewSale::default()).unwrap();
    bench.sync(None).await.unwrap();
    let batch = bench.store.seal_next(table, 20, &encode).await.unwrap().unwrap();
    assert_eq!(batch.rows, 1, "{}", sale.payment_id);
    bench.store.split_or_bury(table, batch.id, "refused").await.unwrap();
    assert_eq!(newest(rows), None, "a row that was refused did not arrive");
    assert!(bench.store.newest_delivered(Table::SquareItems, 0).is_err(), "goods are no sales");
}
