//! The stand-in shop in a process of its own: what a child of the benchmark inherits must stay small, or its peak memory
//! would be that of the shop.

use backroom_core::{Clock, SystemClock};
use backroom_sandbox::square::{Square, StoreSpec};
use backroom_sandbox::wire::Faults;
use backroom_tests::Failure;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

/// A running shop; it ends when dropped.
pub struct Shop {
    /// Where it is reached.
    pub url: String,
    /// Its access token.
    pub token: String,
    /// Ids of its locations.
    pub locations: Vec<String>,
    child: Child,
}

impl Shop {
    /// Starts a shop of `payments` payments that waits `latency` milliseconds before each answer.
    pub fn start(payments: usize, latency: u64, orders: bool) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", &payments.to_string(), &latency.to_string(), if orders { "orders" } else { "payments" }])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let mut words = line.split_whitespace().map(str::to_owned);
        let (url, token) = (words.next().ok_or("no address")?, words.next().ok_or("no token")?);
        Ok(Self { url, token, locations: words.collect(), child })
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves a shop until standard input ends.
pub fn serve(payments: usize, latency: u64, orders: bool) -> Result<(), Failure> {
    let square = Square::start(StoreSpec { payments, orders, ..StoreSpec::busy(SystemClock.now()) })?;
    square.set_faults(Faults { latency_ms: latency, ..Faults::default() });
    println!("{} {} {}", square.base_url(), square.token(), square.location_ids().join(" "));
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
