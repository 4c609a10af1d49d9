//! A bucket of the other side, in simulated time: never overflowed, never left waiting.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use backroom_http::{Bucket, Reading, Reply};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The other side: a bucket that drips, and a limit of calls a second.
struct Other {
    size: f64,
    rate: f64,
    burst: f64,
    cost: f64,
    level: f64,
    at: Instant,
    begun: Vec<Instant>,
    refused: u32,
    served: u32,
    spent: f64,
}

impl Other {
    fn new(size: f64, rate: f64, cost: f64) -> Self {
        let at = Instant::now();
        Self { size, rate, burst: 20.0, cost, level: 0.0, at, begun: Vec::new(), refused: 0, served: 0, spent: 0.0 }
    }

    fn hit(&mut self) -> Reply {
        let now = Instant::now();
        self.level = (self.level - self.rate * (now - self.at).as_secs_f64()).max(0.0);
        self.at = now;
        self.begun.retain(|begun| *begun + Duration::from_secs(1) > now);
        self.begun.push(now);
        let over = self.level + self.cost > self.size || self.begun.len() as f64 > self.burst;
        if over {
            self.refused += 1;
        } else {
            self.level += self.cost;
            self.spent += self.cost;
            self.served += 1;
        }
        let mut headers = wiremock::http::HeaderMap::new();
        let mut put = |name: &'static str, text: String| drop(headers.insert(name, text.parse().unwrap()));
        put("level", self.level.to_string());
        put("size", self.size.to_string());
        put("rate", self.rate.to_string());
        put("cost", self.cost.to_string());
        put("burst", self.burst.to_string());
        Reply { status: if over { 429 } else { 200 }, headers, body: Vec::new().into() }
    }
}

fn read(reply: &Reply) -> Option<Reading> {
    let number = |name: &str| reply.header(name)?.parse::<f64>().ok();
    Some(Reading {
        level: number("level")?,
        size: number("size")?,
        rate: number("rate")?,
        cost: number("cost"),
        burst: number("burst"),
    })
}

/// `calls` calls by `callers` at once, each on its way for `latency` both ways; how long it took.
async fn run(other: &Arc<Mutex<Other>>, calls: u32, callers: u32, latency: Duration) -> Duration {
    let bucket = Arc::new(Bucket::new(read));
    let left = Arc::new(Mutex::new(calls));
    let started = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (bucket, other, left) = (bucket.clone(), other.clone(), left.clone());
            tokio::spawn(async move {
                loop {
                    {
                        let mut left = left.lock().unwrap();
                        if *left == 0 {
                            return;
                        }
                        *left -= 1;
                    }
                    let draw = bucket.draw("list").await;
                    sleep(latency).await;
                    let reply = other.lock().unwrap().hit();
                    sleep(latency).await;
                    draw.told(&reply);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    started.elapsed()
}

#[tokio::test(start_paused = true)]
async fn the_bucket_is_used_up_and_never_overflows() {
    // Size, drips a second, cost, calls, callers, latency in milliseconds.
    let table = [
        (90.0, 1.0, 1.8, 1_000, 2, 250),
        (90.0, 1.0, 1.8, 1_000, 8, 40),
        (100.0, 1.5, 2.4, 800, 2, 500),
        (90.0, 1.0, 10.0, 60, 3, 100),
        (120.0, 2.5, 0.3, 4_000, 4, 10),
    ];
    for (size, rate, cost, calls, callers, latency) in table {
        let other = Arc::new(Mutex::new(Other::new(size, rate, cost)));
        let took = run(&other, calls, callers, Duration::from_millis(latency)).await;
        let other = other.lock().unwrap();
        let case = format!("{calls} calls of {cost} into {size} at {rate} a second by {callers}");
        assert_eq!(other.refused, 0, "{case}: no call is refused");
        assert_eq!(other.served, calls, "{case}");
        let bound = (other.spent - size).max(1.0) / rate;
        let burst = f64::from(calls) / (other.burst - 1.0) * 1.1;
        let ratio = took.as_secs_f64() / bound.max(burst);
        assert!(ratio <= 1.03, "{case}: {:.0} s for a bound of {bound:.0} s, {ratio:.3}", took.as_secs_f64());
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_known_means_one_call_finds_out() {
    let bucket = Bucket::new(read);
    let first = bucket.draw("list").await;
    let second = tokio::time::timeout(Duration::from_secs(60), bucket.draw("list")).await;
    assert!(second.is_err(), "the second waits for what the first is told");
    drop(first);
    assert!(
        tokio::time::timeout(Duration::from_secs(1), bucket.draw("list")).await.is_ok(),
        "a failed call frees its place"
    );
}

#[tokio::test(start_paused = true)]
async fn nonsense_in_the_headers_stops_nothing() {
    let bucket = Bucket::new(read);
    for (level, size, rate) in
        [("NaN", "90", "1"), ("-5", "90", "1"), ("1", "0", "1"), ("5", "90", "inf"), ("1e300", "90", "0")]
    {
        let mut headers = wiremock::http::HeaderMap::new();
        for (name, text) in [("level", level), ("size", size), ("rate", rate)] {
            headers.insert(name, text.parse().unwrap());
        }
        let reply = Reply { status: 200, headers, body: Vec::new().into() };
        let draw = bucket.draw("list").await;
        if rate != "0" {
            draw.told(&reply);
        }
        drop(draw);
        assert!(
            tokio::time::timeout(Duration::from_secs(1), bucket.draw("list")).await.is_ok(),
            "{level}/{size} at {rate}"
        );
    }
}
