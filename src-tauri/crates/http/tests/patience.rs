//! Retry and pace, on a clock that is turned by the test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use backroom_core::{Fault, FaultClass};
use backroom_http::{Limiter, RetryPolicy, retry};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};

fn fault(class: FaultClass) -> Fault {
    Fault::new(class, "TEST", "invented")
}

const POLICY: RetryPolicy = RetryPolicy {
    attempts: 6,
    first_wait: Duration::from_millis(500),
    longest_wait: Duration::from_secs(20),
    budget: Duration::from_secs(90),
};

/// Tries and time until the end, when every try fails with `class`.
async fn spent(class: FaultClass, policy: &RetryPolicy) -> (u32, Duration) {
    let started = Instant::now();
    let outcome = retry(policy, |_| async { Err::<(), _>(fault(class.clone())) }).await;
    assert_eq!(outcome.result.unwrap_err().class, class, "the last fault is what is told");
    (outcome.attempts, started.elapsed())
}

#[tokio::test(start_paused = true)]
async fn only_what_waiting_mends_is_tried_again() {
    use FaultClass::{
        Cancelled, Config, Forbidden, NotFound, Protocol, Quota, Rejected, Schema, StaleCursor, TooLarge, Unauthorized,
        Unknown,
    };
    for class in [
        Unauthorized,
        Forbidden,
        StaleCursor,
        Protocol,
        Rejected,
        NotFound,
        Quota { after: None },
        Schema,
        TooLarge,
        Unknown,
        Config,
        Cancelled,
    ] {
        assert_eq!(spent(class.clone(), &POLICY).await, (1, Duration::ZERO), "{class:?}");
    }
    for class in [FaultClass::Transient, FaultClass::Throttled { after: None }] {
        let (attempts, took) = spent(class.clone(), &POLICY).await;
        assert_eq!(attempts, 6, "{class:?}");
        let most = Duration::from_millis(500 + 1_000 + 2_000 + 4_000 + 8_000 + 10);
        assert!(took <= most, "{class:?}: full jitter never exceeds the doubling bounds, took {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn waits_are_spread() {
    let mut all = Vec::new();
    for _ in 0..20 {
        all.push(spent(FaultClass::Transient, &RetryPolicy { attempts: 2, ..POLICY }).await.1.as_millis());
    }
    all.sort_unstable();
    all.dedup();
    assert!(all.len() > 5, "clients that fail together must not come back together: {all:?}");
}

#[tokio::test(start_paused = true)]
async fn an_asked_for_wait_is_kept_and_bounded_by_the_budget() {
    let asked = |s| FaultClass::Throttled { after: Some(Duration::from_secs(s)) };
    let (attempts, took) = spent(asked(10), &POLICY).await;
    assert!(attempts > 2 && took >= Duration::from_secs(10) * (attempts - 1), "{attempts} tries in {took:?}");
    assert!(took <= POLICY.budget, "{took:?}");
    assert_eq!(
        spent(asked(120), &POLICY).await,
        (1, Duration::ZERO),
        "a wait beyond the budget is the caller's to plan"
    );
}

#[tokio::test(start_paused = true)]
async fn success_ends_the_trying() {
    let outcome =
        retry(&POLICY, |n| async move { if n < 3 { Err(fault(FaultClass::Transient)) } else { Ok(n) } }).await;
    assert_eq!((outcome.result, outcome.attempts), (Ok(3), 3));
}

#[tokio::test(start_paused = true)]
async fn the_limit_holds_under_load_and_nobody_starves() {
    let limiter = Arc::new(Limiter::new(4));
    let (now, most, done) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let shared = Arc::new((now, most, done));
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (limiter, shared) = (limiter.clone(), shared.clone());
            tokio::spawn(async move {
                let turn = limiter.turn().await;
                let inside = shared.0.fetch_add(1, Ordering::SeqCst) + 1;
                shared.1.fetch_max(inside, Ordering::SeqCst);
                sleep(Duration::from_millis(100)).await;
                shared.0.fetch_sub(1, Ordering::SeqCst);
                shared.2.fetch_add(1, Ordering::SeqCst);
                turn.went_well();
            })
        })
        .collect();
    let started = Instant::now();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!((shared.1.load(Ordering::SeqCst), shared.2.load(Ordering::SeqCst)), (4, 50));
    assert!(started.elapsed() < Duration::from_millis(1_400), "13 rounds of 100 ms, took {:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn complaints_cost_a_quarter_once_a_round_and_success_grows_back() {
    let limiter = Limiter::new(8);
    let mut turns = Vec::new();
    for _ in 0..8 {
        turns.push(limiter.turn().await);
    }
    for turn in &turns {
        turn.throttled();
    }
    assert_eq!(limiter.allowed(), 6, "eight complaints about one round are one complaint");
    drop(turns);
    for _ in 0..12 {
        let turn = limiter.turn().await;
        turn.throttled();
    }
    assert_eq!(limiter.allowed(), 1, "never below one, or nothing would ever move again");
    for _ in 0..100 {
        limiter.turn().await.went_well();
    }
    assert_eq!(limiter.allowed(), 8, "grows back, and not beyond the start");
    for call in 0..200 {
        let turn = limiter.turn().await;
        if call % 20 == 0 {
            turn.throttled()
        } else {
            turn.went_well()
        }
        assert_eq!(limiter.allowed(), 8, "one complaint in twenty is chance");
    }
    for _ in 0..2 {
        limiter.turn().await.throttled();
    }
    assert_eq!(limiter.allowed(), 6, "two in a row are meant");
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_every_stream_of_the_account() {
    let limiter = Arc::new(Limiter::new(8));
    limiter.pause(Duration::from_secs(30));
    limiter.pause(Duration::from_secs(5));
    let started = Instant::now();
    let waiting: Vec<_> = (0..8)
        .map(|_| {
            let limiter = limiter.clone();
            tokio::spawn(async move { drop(limiter.turn().await) })
        })
        .collect();
    for task in waiting {
        task.await.unwrap();
    }
    assert_eq!(started.elapsed().as_secs(), 30, "a shorter pause never shortens a longer one");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_wait_takes_no_turn_with_it() {
    let limiter = Limiter::new(1);
    let held = limiter.turn().await;
    for _ in 0..10 {
        let gave_up = tokio::time::timeout(Duration::from_millis(10), limiter.turn()).await;
        assert!(gave_up.is_err());
    }
    drop(held);
    let turn = tokio::time::timeout(Duration::from_millis(10), limiter.turn()).await;
    assert!(turn.is_ok(), "the turn given back must be there for the next one");
}
