//! Time that passes only while somebody waits for it: hours of a bucket that drips take moments, and come out alike on every computer.
//!
//! The runtime's clock stands (`start_paused`), and so does the shop's. Whoever waits for room in the bucket lets both go on, a few
//! milliseconds at a time and in step; while a call is under way they stand. What this computer does itself takes no time.

use backroom_core::{Clock, TestClock, Timestamp};
use backroom_http::Bucket;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::time::Instant;

/// One step of time.
const STEP: Duration = Duration::from_millis(5);
/// Lets time pass by a step.
pub async fn pass(clock: &TestClock, step: Duration) {
    clock.set(Timestamp::from_micros(clock.now().micros() + i64::try_from(step.as_micros()).unwrap()));
    tokio::time::advance(step).await;
}

/// Does some work while time passes.
pub async fn during<T>(clock: &TestClock, bucket: &Bucket, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        let done = tokio::select! {
            biased;
            done = &mut work => Some(done),
            () = tokio::task::yield_now() => None,
        };
        if let Some(done) = done {
            return done;
        }
        let queue = bucket.queue();
        if queue.under_way == 0 && queue.waiting > 0 {
            pass(clock, STEP).await;
        }
    }
}

/// Does some work whose waits are not a bucket's, in the time that it really takes.
pub async fn meanwhile<T>(clock: &TestClock, work: impl Future<Output = T>) -> T {
    tokio::time::resume();
    let began = Instant::now();
    let done = work.await;
    let took = began.elapsed();
    tokio::time::pause();
    clock.set(Timestamp::from_micros(clock.now().micros() + i64::try_from(took.as_micros()).unwrap()));
    done
}
