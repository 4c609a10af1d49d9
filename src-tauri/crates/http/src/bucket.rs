//! A leaky bucket on the other side, kept in step by what each reply tells: calls wait until there is room for what they cost.
//!
//! Invariant: what was reserved for calls under way counts on top of the level last told, so that calls sent together never add up
//! to more than the bucket holds.

use crate::reply::Reply;
use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// What a reply tells of the bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// How full it is.
    pub level: f64,
    /// How much it holds.
    pub size: f64,
    /// How much runs out of it each second.
    pub rate: f64,
    /// What this call cost.
    pub cost: Option<f64>,
    /// How many calls may begin within a second.
    pub burst: Option<f64>,
}

/// What a call is taken to cost before one of its kind has told.
const FIRST_COST: f64 = 2.5;
/// What is always left free: the other side rounds, and its clock is not ours.
const HEADROOM: f64 = 1.0;
/// Calls that may begin within a second before a reply has told.
const FIRST_BURST: f64 = 5.0;
/// The burst is counted over a little more than its second: calls do not arrive as evenly as they leave.
const BURST_WINDOW: Duration = Duration::from_millis(1_100);

/// The bucket of one account, shared by all its streams.
#[derive(Debug)]
pub struct Bucket {
    read: fn(&Reply) -> Option<Reading>,
    state: Mutex<State>,
    changed: Notify,
    waiting: AtomicUsize,
}

/// Calls of an account, as they stand at its bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// Calls that wait for room.
    pub waiting: usize,
    /// Calls that were let go and are not answered yet.
    pub under_way: usize,
}

/// A call that waits, counted for as long as it does.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(Debug)]
struct State {
    told: Option<Reading>,
    /// When the level was told.
    at: Instant,
    reserved: f64,
    under_way: usize,
    begun: VecDeque<Instant>,
    costs: HashMap<String, f64>,
}

/// The right to one call; what is reserved for it is given back when it is dropped.
#[derive(Debug)]
pub struct Draw<'a> {
    bucket: &'a Bucket,
    kind: String,
    cost: f64,
}

impl Bucket {
    /// A bucket of which nothing is known yet; `read` finds what a reply tells.
    pub fn new(read: fn(&Reply) -> Option<Reading>) -> Self {
        let state = State {
            told: None,
            at: Instant::now(),
            reserved: 0.0,
            under_way: 0,
            begun: VecDeque::new(),
            costs: HashMap::new(),
        };
        Self { read, state: Mutex::new(state), changed: Notify::new(), waiting: AtomicUsize::new(0) }
    }

    /// Waits until there is room for a call of `kind`; kinds learn their cost apart from each other.
    pub async fn draw(&self, kind: &str) -> Draw<'_> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Listen before looking, or a call that ends in between would go unheard.
            changed.as_mut().enable();
            let until = {
                let mut state = self.lock();
                let now = Instant::now();
                match state.room(kind, now) {
                    Ok(cost) => {
                        state.reserved += cost;
                        state.under_way += 1;
                        state.begun.push_back(now);
                        return Draw { bucket: self, kind: kind.to_owned(), cost };
                    }
                    Err(until) => until,
                }
            };
            let _waits = Waiting::new(&self.waiting);
            match until {
                Some(until) => tokio::select! {
                    () = sleep_until(until) => {}
                    () = changed => {}
                },
                None => changed.await,
            }
        }
    }

    /// How full it is now, as far as was told.
    pub fn reading(&self) -> Option<Reading> {
        let state = self.lock();
        let told = state.told?;
        Some(Reading { level: state.level(Instant::now()), ..told })
    }

    /// How many calls wait here, and how many are under way.
    pub fn queue(&self) -> Queue {
        Queue { waiting: self.waiting.load(Ordering::SeqCst), under_way: self.lock().under_way }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl State {
    fn level(&self, now: Instant) -> f64 {
        self.told.map_or(0.0, |told| {
            (told.level - told.rate * now.saturating_duration_since(self.at).as_secs_f64()).max(0.0)
        })
    }

    /// What a call would cost where there is room for it; otherwise until when to wait, none where a reply has to come first.
    fn room(&mut self, kind: &str, now: Instant) -> Result<f64, Option<Instant>> {
        while self.begun.front().is_some_and(|begun| *begun + BURST_WINDOW <= now) {
            self.begun.pop_front();
        }
        let Some(told) = self.told else {
            // Nothing is known: one call finds out for all.
            return if self.under_way == 0 { Ok(FIRST_COST) } else { Err(None) };
        };
        let burst = told.burst.unwrap_or(FIRST_BURST).max(1.0);
        if self.begun.len() as f64 >= (burst - 1.0).max(1.0)
            && let Some(first) = self.begun.front()
        {
            return Err(Some(*first + BURST_WINDOW));
        }
        let cost = self.costs.get(kind).copied().unwrap_or(FIRST_COST);
        // A call that costs more than the bucket holds goes into an empty one.
        let most = (told.size - HEADROOM).max(cost);
        let over = self.level(now) + self.reserved + cost - most;
        if over <= 0.0 {
            return Ok(cost);
        }
        if told.rate <= 0.0 {
            return Err(Some(now + Duration::from_secs(1)));
        }
        Err(Some(now + Duration::from_secs_f64((over / told.rate).clamp(0.001, 600.0))))
    }
}

impl Draw<'_> {
    /// Takes note of what the reply to this call tells.
    pub fn told(&self, reply: &Reply) {
        let Some(reading) = (self.bucket.read)(reply) else { return };
        let sane = [reading.level, reading.size, reading.rate].iter().all(|n| n.is_finite() && *n >= 0.0);
        if !sane || reading.size < 1.0 {
            return;
        }
        let mut state = self.bucket.lock();
        if let Some(cost) = reading.cost.filter(|cost| cost.is_finite() && *cost > 0.0) {
            state.costs.insert(self.kind.clone(), cost);
        }
        // Answers overtake each other: one that left before another call was counted knows nothing of it. The bucket runs out at its
        // rate and no faster, so what is known of it already is never too much by more than an answer's time on the way.
        let now = Instant::now();
        let level = if state.told.is_some_and(|told| told.size <= reading.size) {
            state.level(now).max(reading.level)
        } else {
            reading.level
        };
        state.told = Some(Reading { level, ..reading });
        state.at = now;
    }
}

impl Drop for Draw<'_> {
    fn drop(&mut self) {
        let mut state = self.bucket.lock();
        state.reserved = (state.reserved - self.cost).max(0.0);
        state.under_way = state.under_way.saturating_sub(1);
        if state.under_way == 0 {
            // Sums of fractions do not come back to zero by themselves.
            state.reserved = 0.0;
        }
        drop(state);
        self.bucket.changed.notify_waiters();
    }
}
