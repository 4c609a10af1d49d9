//! How many calls may be in flight to one account, learnt from what the other side says.

use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Bounds the calls in flight of one account: gives up a quarter when the other side keeps complaining, grows back by one per round of
/// success, and makes every stream of the account wait when a wait was asked for.
#[derive(Debug)]
pub struct Limiter {
    most: f64,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug)]
struct State {
    allowed: f64,
    in_flight: usize,
    paused_until: Option<Instant>,
    /// Complaints lately, forgotten by one per round of success: a single one is chance, two at once are meant.
    complaints: f64,
    /// Counts the cuts: complaints about calls sent before the last cut say nothing new.
    epoch: u64,
}

/// The right to one call; given back when dropped.
#[derive(Debug)]
pub struct Turn<'a> {
    limiter: &'a Limiter,
    epoch: u64,
}

impl Limiter {
    /// A limiter that starts at, and never passes, `most` calls in flight (at least one).
    pub fn new(most: usize) -> Self {
        let most = most.clamp(1, 1024) as f64;
        let state = State { allowed: most, in_flight: 0, paused_until: None, complaints: 0.0, epoch: 0 };
        Self { most, state: Mutex::new(state), freed: Notify::new() }
    }

    /// Waits for the right to one call.
    pub async fn turn(&self) -> Turn<'_> {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // Listen before looking, or a turn given back in between would go unheard.
            freed.as_mut().enable();
            let pause = {
                let mut state = self.lock();
                match state.paused_until {
                    Some(until) if until > Instant::now() => Some(until),
                    _ => {
                        state.paused_until = None;
                        if (state.in_flight as f64) < state.allowed.floor() {
                            state.in_flight += 1;
                            return Turn { limiter: self, epoch: state.epoch };
                        }
                        None
                    }
                }
            };
            match pause {
                Some(until) => sleep_until(until).await,
                None => freed.await,
            }
        }
    }

    /// Makes every stream of the account wait for `wait` from now, unless it already waits longer.
    pub fn pause(&self, wait: Duration) {
        let mut state = self.lock();
        let until = Instant::now() + wait;
        if state.paused_until.is_none_or(|already| already < until) {
            state.paused_until = Some(until);
        }
    }

    /// How much longer every stream has to wait; zero where none has.
    pub fn pause_left(&self) -> Duration {
        self.lock().paused_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    /// How many calls may be in flight now.
    pub fn allowed(&self) -> usize {
        self.lock().allowed.floor() as usize
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// The call went well: room may grow.
    pub fn went_well(&self) {
        let mut state = self.limiter.lock();
        state.complaints = (state.complaints - 1.0 / state.allowed).max(0.0);
        state.allowed = (state.allowed + 1.0 / state.allowed).min(self.limiter.most);
    }

    /// The other side complained about the pace. The second complaint within about a round of calls costs a quarter of the
    /// room, once per round: a vendor that complains of one call in twenty by chance then costs no speed, one that means it is
    /// followed down within a few rounds.
    pub fn throttled(&self) {
        let mut state = self.limiter.lock();
        if state.epoch == self.epoch {
            state.complaints += 1.0;
            if state.complaints > 1.0 || state.allowed < 2.0 {
                state.allowed = (state.allowed * 0.75).max(1.0);
                state.complaints = 0.0;
                state.epoch += 1;
            }
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.limiter.lock().in_flight -= 1;
        self.limiter.freed.notify_waiters();
    }
}
