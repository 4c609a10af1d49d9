//! How fast the screens' questions are answered: through the contract, serialised, warm and cold.

use crate::process::run;
use crate::shop::Shop;
use crate::{FETCHERS, show};
use backroom_api::secrets::InMemory;
use backroom_api::{Engine, EngineOptions, SecretsMode};
use backroom_tests::Failure;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

const TIMES: usize = 1_000;

fn questions() -> [(&'static str, Value, f64); 5] {
    [
        ("summary", json!({}), 1.0),
        ("daily", json!({}), 1.0),
        ("monthly", json!({}), 1.0),
        ("recent", json!({}), 1.0),
        ("product_list", json!({}), 2.0),
    ]
}

/// Fills a buffer of `payments` and asks it.
pub fn dashboards(payments: usize) -> Result<(), Failure> {
    let shop = Shop::start(payments, 0, false)?;
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("config.toml"), "[store]\ntime_zone = \"America/Chicago\"\n")?;
    let mut filling = Command::new(std::env::current_exe()?);
    filling.args(["pull", &shop.url, &shop.token]).arg(folder.path()).arg(FETCHERS.to_string());
    show(&format!("filling {payments} payments"), run(&mut filling)?, payments);
    // The catalog too, so that products have something to tell.
    run(Command::new(std::env::current_exe()?).args(["pull-all", &shop.url, &shop.token]).arg(folder.path()))?;
    drop(shop);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(ask_all(folder.path(), payments))
}

async fn ask_all(folder: &Path, payments: usize) -> Result<(), Failure> {
    forget_files();
    let started = Instant::now();
    let engine = open(folder).await?;
    for (name, args, _) in questions() {
        engine.call(name, args).await?;
    }
    println!("  cold: opened and all five answered in {:.1} ms   (goal 20)", started.elapsed().as_secs_f64() * 1e3);
    for (name, args, goal) in questions() {
        let mut times = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            let started = Instant::now();
            let text = serde_json::to_string(&engine.call(name, args.clone()).await?)?;
            times.push(started.elapsed());
            assert!(text.len() > 2, "something was answered");
        }
        times.sort();
        let at = |share: f64| ms(times[((TIMES as f64 * share) as usize).min(TIMES - 1)]);
        println!("  {name:<13} at {payments:>9}: p50 {:.3} ms, p99 {:.3} ms   (goal p99 {goal} ms)", at(0.5), at(0.99));
    }
    engine.stop().await;
    Ok(())
}

async fn open(folder: &Path) -> Result<Engine, Failure> {
    let secrets = SecretsMode::Memory(Arc::new(InMemory::new()));
    Ok(Engine::open_reader(EngineOptions { data_dir: folder.to_path_buf(), secrets, demo: false }).await?)
}

/// Lets the system forget what it read, where we may ask that of it.
fn forget_files() {
    let _ = Command::new("sync").status();
    if std::fs::write("/proc/sys/vm/drop_caches", "1").is_err() {
        println!("  (the system's file cache could not be emptied: the cold figure is warm)");
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
