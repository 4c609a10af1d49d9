//! The stand-in shop in a process of its own: what a child of the benchmark inherits must stay small, or its peak memory
//! would be that of the shop.

use backroom_core::{Clock, SystemClock};
use backroom_sandbox::square::{Square, StoreSpec};
use backroom_sandbox::wire::Faults;
use backroom_tests::Failure;
use std::io::{BufRead, BufReader, Read, Write};
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
    /// Sends a control command to the shop and hands back its answer.
    pub fn control(&self, command: &str, body: &str) -> Result<String, Failure> {
        let address = self.url.trim_start_matches("http://");
        let mut stream = std::net::TcpStream::connect(address)?;
        write!(
            stream,
            "POST /_control/{command} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let (head, body) = crate::limit::read_reply(&mut BufReader::new(stream))?;
        if !head.starts_with("HTTP/1.1 2") {
            return Err(format!("{command}: {head}").into());
        }
        Ok(String::from_utf8(body)?)
    }

    /// From now on a share of the calls fails, half of them throttled, and a quarter of them asks for a wait of `asked` seconds.
    pub fn errors(&self, share: f64, latency: u64, asked: u32) -> Result<(), Failure> {
        let faults = Faults { latency_ms: latency, ..Faults::errors(share, asked) };
        self.control("faults", &serde_json::to_string(&faults)?)?;
        Ok(())
    }

    /// Starts a shop of `payments` payments that waits `latency` milliseconds before each answer.
    pub fn start(payments: usize, latency: u64, orders: bool) -> Result<Self, Failure> {
        // A vendor has machines of his own: here he takes only what this one has left.
        let mut child = Command::new("nice")
            .args(["-n", "15"])
            .arg(std::env::current_exe()?)
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
