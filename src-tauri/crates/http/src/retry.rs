//! Trying again: only what is worth it, later each time, and never beyond a budget.

use backroom_core::{Fault, FaultClass};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often and how long a call is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries in all.
    pub attempts: u32,
    /// Upper bound of the first wait; doubles with each try.
    pub first_wait: Duration,
    /// Upper bound of any wait of our own choosing.
    pub longest_wait: Duration,
    /// From the first try to the last; a wait that would pass it ends the trying.
    pub budget: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 6,
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(20),
            budget: Duration::from_secs(90),
        }
    }
}

impl RetryPolicy {
    /// One try and no more.
    pub const ONCE: Self =
        Self { attempts: 1, first_wait: Duration::ZERO, longest_wait: Duration::ZERO, budget: Duration::ZERO };

    /// The wait before try `next` (2 is the second): full jitter, or what the other side asked for where that is
    /// longer. None where the fault is not one that waiting mends.
    fn wait(&self, fault: &Fault, next: u32) -> Option<Duration> {
        let asked = match fault.class {
            FaultClass::Transient => Duration::ZERO,
            FaultClass::Throttled { after } => after.unwrap_or(Duration::ZERO),
            FaultClass::Unauthorized
            | FaultClass::Forbidden
            | FaultClass::StaleCursor
            | FaultClass::Protocol
            | FaultClass::Rejected
            | FaultClass::NotFound
            | FaultClass::Quota { .. }
            | FaultClass::Schema
            | FaultClass::TooLarge
            | FaultClass::Unknown
            | FaultClass::Config
            | FaultClass::Cancelled => return None,
        };
        let doubled = self.first_wait.saturating_mul(1u32 << next.saturating_sub(2).min(20));
        let bound = doubled.min(self.longest_wait);
        let jitter = bound.mul_f64(StdRng::from_os_rng().random_range(0.0..=1.0));
        Some(asked.max(jitter))
    }
}

/// How a call that may have been tried several times came out.
#[derive(Debug)]
pub struct Retrying<T> {
    /// The last try's result.
    pub result: Result<T, Fault>,
    /// Tries it took.
    pub attempts: u32,
}

/// Runs `attempt` until it succeeds, fails for good, or the policy is used up. The number given to it counts from 1.
pub async fn retry<T, F, Fut>(policy: &RetryPolicy, mut attempt: F) -> Retrying<T>
where
    F: FnMut(u32) -> Fut,
    Fut: Future<Output = Result<T, Fault>>,
{
    let started = Instant::now();
    let mut attempts = 0;
    loop {
        attempts += 1;
        let fault = match attempt(attempts).await {
            Ok(value) => return Retrying { result: Ok(value), attempts },
            Err(fault) => fault,
        };
        let wait = if attempts < policy.attempts { policy.wait(&fault, attempts + 1) } else { None };
        match wait {
            Some(wait) if started.elapsed() + wait <= policy.budget => {
                tracing::debug!(code = fault.code, attempts, wait_ms = wait.as_millis() as u64, "trying again");
                sleep(wait).await;
            }
            _ => return Retrying { result: Err(fault), attempts },
        }
    }
}
