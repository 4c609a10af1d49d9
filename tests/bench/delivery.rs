//! Delivery of the whole history to the BigQuery test server, against the official Python client doing the same work.

use crate::process::run;
use crate::shop::Shop;
use crate::{FETCHERS, PAYMENTS, show};
use backroom_sync::{Cancel, Quiet, Watcher, push};
use backroom_tests::{Failure, open_store};
use backroom_warehouse::{BigQuery, Config, Credential};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pushes what waits in `folder` to `url`.
pub fn push_once(url: &str, folder: &Path) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let store = open_store(folder)?;
        let warehouse =
            BigQuery::new(Config { base_url: url.to_owned(), ..Config::new("proj", "bench") }, &Credential::None)?;
        let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
        for table in push(&store, &warehouse, &watcher, &Cancel::new()).await? {
            if let Some(fault) = table.fault {
                return Err(fault.into());
            }
            eprintln!("  {}: {} rows in {} batches", table.table.name(), table.rows, table.batches);
        }
        Ok(())
    })
}

struct Emulator(Child);

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "another process starts in its own time")]
fn wait_for(address: &str) -> Result<(), Failure> {
    let started = Instant::now();
    while std::net::TcpStream::connect(address).is_err() {
        if started.elapsed() > Duration::from_secs(60) {
            return Err("the test server does not start".into());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// The server loads its engine at the first question; neither client is to pay for that.
fn first_question(address: &str) -> Result<(), Failure> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address)?;
    let path = "/bigquery/v2/projects/proj/datasets/bench/tables/none";
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    stream.read_to_end(&mut Vec::new())?;
    Ok(())
}

/// Runs where `BACKROOM_BIGQUERY` names the test server's folder.
pub fn delivery() -> Result<(), Failure> {
    let Some(server) = std::env::var_os("BACKROOM_BIGQUERY").map(PathBuf::from) else {
        println!("delivery: left out, BACKROOM_BIGQUERY does not name the test server's folder");
        return Ok(());
    };
    let data = tempfile::tempdir()?;
    let (port, grpc) = (free_port()?, free_port()?);
    let _emulator = Emulator(
        Command::new(server.join("venv/bin/local-bigquery"))
            .env("HOME", server.join("home"))
            .args(["serve", "--host", "127.0.0.1", "--port", &port.to_string(), "--grpc-port", &grpc.to_string()])
            .args(["--project", "proj", "--dataset", "bench", "--data-dir"])
            .arg(data.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?,
    );
    let address = format!("127.0.0.1:{port}");
    wait_for(&address)?;
    first_question(&address)?;
    let (address, passed) = crate::tap::open(&address)?;
    let url = format!("http://{address}");
    let shop = Shop::start(PAYMENTS, 0, false)?;
    let folder = tempfile::tempdir()?;
    let me = std::env::current_exe()?;
    run(Command::new(&me).args(["pull", &shop.url, &shop.token]).arg(folder.path()).arg(FETCHERS.to_string()))?;
    let first = run(Command::new(&me).args(["push", &url]).arg(folder.path()))?;
    show("delivery of the whole history", first, PAYMENTS);
    let sent = passed.take();
    let arrived = delivered(folder.path())?;
    println!(
        "  {} requests, {} of them uploads; {} rows sent, {arrived} arrived, {} sent again; cpu / wall = {:.2}",
        sent.requests,
        sent.uploads,
        sent.rows,
        sent.rows as i64 - arrived,
        first.cpu.as_secs_f64() / first.wall.as_secs_f64()
    );
    let noop = run(Command::new(&me).args(["push", &url]).arg(folder.path()))?;
    show("delivery of nothing new", noop, 0);
    println!("  {} requests   (goal 0)", passed.take().requests);
    if let Some(python) = std::env::var_os("BACKROOM_BIGQUERY_READER") {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("bigquery/load_and_merge.py");
        let client = run(Command::new(python).arg(script).args([&url, "proj", "bench"]))?;
        show("the same by the official Python client", client, PAYMENTS);
        println!("  wall / official client = {:.2}   (goal 2)", first.wall.as_secs_f64() / client.wall.as_secs_f64());
    }
    Ok(())
}

/// Rows that the warehouse has acknowledged.
fn delivered(folder: &Path) -> Result<i64, Failure> {
    let c = rusqlite::Connection::open(folder.join("backroom.db"))?;
    Ok(c.query_row("SELECT coalesce(sum(delivered), 0) FROM delivery", [], |r| r.get(0))?)
}

fn free_port() -> Result<u16, Failure> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
