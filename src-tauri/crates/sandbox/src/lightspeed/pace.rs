//! The leaky bucket and the limit of calls a second, by the stand-in's clock.

use backroom_core::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What went through so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// Drips of the calls that were served.
    pub drips: f64,
    /// Calls that were served.
    pub served: u64,
    /// Calls that were refused with 429.
    pub refused: u64,
}

/// The bucket of the account.
pub struct Register {
    size: f64,
    drip: f64,
    burst: f64,
    level: f64,
    at: Option<Timestamp>,
    begun: VecDeque<Timestamp>,
    pace: Pace,
}

/// What is told of a call in its headers.
pub(crate) struct Told {
    pub(crate) bucket: String,
    pub(crate) burst: String,
    pub(crate) drip: String,
    pub(crate) cost: String,
    /// Which limit refused it, and for how many seconds.
    pub(crate) refused: Option<(&'static str, u64)>,
}

impl Register {
    pub(crate) fn new(size: f64, drip: f64, burst: f64) -> Self {
        Self { size, drip, burst, level: 0.0, at: None, begun: VecDeque::new(), pace: Pace::default() }
    }

    /// Lets a call of `cost` in, or not. The first call that overflows the bucket is let in, so that it may hold more than its size;
    /// those after it are not.
    pub(crate) fn enter(&mut self, cost: f64, now: Timestamp) -> Told {
        let gone = self.at.map_or(0.0, |at| (now.micros() - at.micros()).max(0) as f64 / 1e6);
        self.level = (self.level - gone * self.drip).max(0.0);
        self.at = Some(now);
        while self.begun.front().is_some_and(|begun| begun.micros() + 1_000_000 <= now.micros()) {
            self.begun.pop_front();
        }
        self.begun.push_back(now);
        let refused = if self.begun.len() as f64 > self.burst {
            Some(("api-burst-limiter", 1))
        } else if self.level >= self.size {
            Some(("api-leaky-bucket", ((self.level - self.size) / self.drip).ceil().max(1.0) as u64))
        } else {
            None
        };
        match refused {
            Some(_) => self.pace.refused += 1,
            None => {
                self.level += cost;
                self.pace.drips += cost;
                self.pace.served += 1;
            }
        }
        Told {
            bucket: format!("{}/{}", self.level, self.size),
            burst: format!("{}/{}", self.begun.len(), self.burst),
            drip: self.drip.to_string(),
            cost: cost.to_string(),
            refused,
        }
    }

    pub(crate) fn pace(&self) -> Pace {
        self.pace
    }
}
