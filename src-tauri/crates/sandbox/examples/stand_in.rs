//! Serves both stand-ins until it is ended, for benchmarks and tests in other processes:
//! `stand_in [PAYMENTS] [SQUARE_PORT] [BIGQUERY_PORT]`, ports 0 for any. The first line it prints is JSON with the addresses.
#![allow(clippy::print_stdout, reason = "the addresses are its result")]

use backroom_core::{Clock, SystemClock};
use backroom_sandbox::bigquery::BigQuery;
use backroom_sandbox::square::{SpecError, Square, StoreSpec};
use std::sync::Arc;

fn main() -> Result<(), SpecError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |n: usize, default: usize| arguments.get(n).and_then(|a| a.parse().ok()).unwrap_or(default);
    let port = |n: usize| u16::try_from(number(n, 0)).unwrap_or(0);
    let payments = number(0, 4_000);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // Orders of more than a million sales would fill the memory for nothing.
    let spec = StoreSpec { payments, orders: payments < 1_000_000, ..StoreSpec::busy(clock.now()) };
    let square = Square::start_with(spec, port(1), Arc::clone(&clock))?;
    let bigquery = BigQuery::start_with("demo", port(2), clock)?;
    println!(
        "{}",
        serde_json::json!({"square": square.base_url(), "token": square.token(), "bigquery": bigquery.base_url()})
    );
    loop {
        std::thread::park();
    }
}
