//! How fast the screens' questions are answered: through the contract, serialised, warm and cold.

use crate::process::{median, run};
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
const COLD_RUNS: usize = 9;
/// Orders that fit into the memory of the stand-in beside their payments.
const MOST_ORDERS: usize = 1_000_000;

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
pub fn dashboards(payments: usize) -> Result<Answered, Failure> {
    // Orders as well where they fit: units sold are what products take longest to tell.
    let shop = Shop::start(payments, 0, payments <= MOST_ORDERS)?;
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("config.toml"), "[store]\ntime_zone = \"America/Chicago\"\n")?;
    let mut filling = Command::new(std::env::current_exe()?);
    filling.args(["pull", &shop.url, &shop.token]).arg(folder.path()).arg(FETCHERS.to_string());
    show(&format!("filling {payments} payments"), run(&mut filling)?, payments);
    // The catalog too, so that products have something to tell.
    run(Command::new(std::env::current_exe()?).args(["pull-all", &shop.url, &shop.token]).arg(folder.path()))?;
    let nothing_new = median(5, || {
        run(Command::new(std::env::current_exe()?).args(["pull", &shop.url, &shop.token]).arg(folder.path()).arg("8"))
    })?;
    show(&format!("nothing new at {payments} payments"), nothing_new, 0);
    drop(shop);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let p99 = runtime.block_on(ask_all(folder.path(), payments))?;
    Ok(Answered { p99, nothing_new: nothing_new.wall.as_secs_f64() })
}

/// How fast a buffer answers, to be set against one of another size.
pub struct Answered {
    /// The slowest of a hundred answers, by question, in milliseconds.
    pub p99: Vec<(&'static str, f64)>,
    /// Seconds of a process that finds nothing new.
    pub nothing_new: f64,
}

/// How fast the five are answered while a first sync of `payments` payments fills the same file.
pub fn during_first_sync(payments: usize) -> Result<(), Failure> {
    let shop = Shop::start(payments, 0, false)?;
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("config.toml"), "[store]\ntime_zone = \"America/Chicago\"\n")?;
    let mut filling = Command::new(std::env::current_exe()?)
        .args(["pull", &shop.url, &shop.token])
        .arg(folder.path())
        .arg(FETCHERS.to_string())
        .spawn()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); questions().len()];
    let mut refused = 0;
    let mut engine = None;
    while filling.try_wait()?.is_none() {
        pause(Duration::from_millis(5));
        let Some(engine) = engine.as_ref() else {
            engine = runtime.block_on(open(folder.path())).ok();
            continue;
        };
        for (n, (name, args, _)) in questions().into_iter().enumerate() {
            let started = Instant::now();
            match runtime.block_on(engine.call(name, args)) {
                Ok(answer) => {
                    serde_json::to_string(&answer)?;
                    times[n].push(started.elapsed());
                }
                Err(error) => {
                    refused += 1;
                    println!("  {name}: {error}");
                }
            }
        }
    }
    println!("while a first sync of {payments} payments runs, a screen every 5 ms:");
    for ((name, ..), mut times) in questions().into_iter().zip(times) {
        times.sort();
        let Some(last) = times.len().checked_sub(1) else { continue };
        let at = |share: f64| ms(times[((times.len() as f64 * share) as usize).min(last)]);
        println!(
            "  {name:<13} {:>5} times: p50 {:.3} ms, p99 {:.3} ms, longest {:.3} ms   (goal p99 2 ms)",
            times.len(),
            at(0.5),
            at(0.99),
            at(1.0)
        );
    }
    println!("  refused: {refused}   (goal 0)");
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a person's screens ask now and then, not without end")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// Asks a folder that is filled already.
pub fn answers(folder: &Path) -> Result<(), Failure> {
    let payments: i64 =
        rusqlite::Connection::open(folder.join("backroom.db"))?
            .query_row("SELECT count(*) FROM payment", [], |r| r.get(0))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(ask_all(folder, usize::try_from(payments)?)).map(drop)
}

async fn ask_all(folder: &Path, payments: usize) -> Result<Vec<(&'static str, f64)>, Failure> {
    // Once before, so that the program's own pages are not what is measured.
    open_and_ask(folder).await?;
    let mut times = Vec::with_capacity(COLD_RUNS);
    for _ in 0..COLD_RUNS {
        forget(folder)?;
        let started = Instant::now();
        open_and_ask(folder).await?;
        times.push(started.elapsed());
    }
    times.sort();
    println!(
        "  cold file at {payments}: opened and all five answered in {:.1} ms, {:.1} to {:.1} in {COLD_RUNS} runs   (goal 20)",
        ms(times[COLD_RUNS / 2]),
        ms(times[0]),
        ms(times[COLD_RUNS - 1]),
    );
    let engine = open(folder).await?;
    let mut p99 = Vec::new();
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
        p99.push((name, at(0.99)));
    }
    // What is kept from one question to the next is of no use where the location changes each time.
    let places: Vec<String> = rusqlite::Connection::open(folder.join("backroom.db"))?
        .prepare("SELECT id FROM location WHERE known = 1 AND deleted = 0")?
        .query_map([], |r| r.get(0))?
        .collect::<Result<_, _>>()?;
    let mut times = Vec::with_capacity(TIMES);
    for n in 0..TIMES {
        let args = json!({"location": places.get(n % (places.len() + 1))});
        let started = Instant::now();
        serde_json::to_string(&engine.call("product_list", args).await?)?;
        times.push(started.elapsed());
    }
    times.sort();
    let slowest = ms(times[TIMES * 99 / 100]);
    println!(
        "  product_list counted anew at {payments:>9}: p50 {:.3} ms, p99 {slowest:.3} ms   (goal p99 2 ms)",
        ms(times[TIMES / 2])
    );
    engine.stop().await;
    Ok(p99)
}

async fn open(folder: &Path) -> Result<Engine, Failure> {
    let secrets = SecretsMode::Memory(Arc::new(InMemory::new()));
    Ok(Engine::open_reader(EngineOptions { data_dir: folder.to_path_buf(), secrets, demo: false }).await?)
}

async fn open_and_ask(folder: &Path) -> Result<(), Failure> {
    let engine = open(folder).await?;
    for (name, args, _) in questions() {
        engine.call(name, args).await?;
    }
    engine.stop().await;
    Ok(())
}

/// Lets the system forget what it read of the buffer.
fn forget(folder: &Path) -> Result<(), Failure> {
    let file = format!("if={}", folder.join("backroom.db").display());
    let dropped = Command::new("dd").args([&file, "iflag=nocache", "count=0", "status=none"]).status()?;
    if !dropped.success() {
        return Err("the system keeps the file in memory: there is no cold figure".into());
    }
    Ok(())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
