//! Which window of a history is fetched next: newest first, several at a time, none twice.
//!
//! Windows are cut by the number of rows expected in them, learnt from those already fetched, so that parallel fetchers end
//! together. Invariant: finished, claimed and free stretches never overlap and together make up the whole history.

use backroom_core::Timestamp;
use backroom_store::Window;

const DAY: i64 = 86_400;
/// Rows that a window should hold: twenty pages waste half a page.
const TARGET_ROWS: f64 = 2_000.0;
const FEWEST_ROWS: f64 = 300.0;
/// A window's length while nothing is known about how dense the history is.
const UNKNOWN_SECONDS: i64 = 7 * DAY;
const SHORTEST_SECONDS: i64 = 900;
const LONGEST_SECONDS: i64 = 180 * DAY;
/// Silence before the oldest record met, in seconds, from which on it is taken for the time before the shop's first day.
const SILENCE_SECONDS: i64 = 30 * DAY;

/// The state of one stream's history.
#[derive(Debug, Clone)]
pub struct HistoryPlan {
    bounds: Window,
    /// The start of the newest window: today's business day.
    today: Timestamp,
    done: Vec<(Window, u64)>,
    claimed: Vec<Window>,
    /// Claimed windows that were read to their end, with their rows, until a commit makes them durable: many can be read in that
    /// time, and they tell how dense the history is.
    read: Vec<(Window, u64)>,
    fetchers: usize,
}

impl HistoryPlan {
    /// The plan of a history of `bounds`, of which `done` is in. `today` starts the newest window; `fetchers` share the work.
    pub fn new(bounds: Window, today: Timestamp, done: Vec<(Window, u64)>, fetchers: usize) -> Self {
        Self { bounds, today, done, claimed: Vec::new(), read: Vec::new(), fetchers: fetchers.max(1) }
    }

    /// Claims the next window; none where nothing is free.
    pub fn claim(&mut self) -> Option<Window> {
        let gap = self.newest_gap()?;
        let mut length = self.length();
        if gap.to > self.today && gap.from < self.today {
            length = gap.to.seconds_since(self.today).max(1);
        }
        let mut from = gap.to.plus_seconds(-length).max(gap.from);
        // A remainder shorter than half a window is not worth a call of its own.
        if from.seconds_since(gap.from) < length / 2 && gap.to <= self.today {
            from = gap.from;
        }
        let window = Window { from, to: gap.to };
        self.claimed.push(window);
        Some(window)
    }

    /// The whole history.
    pub fn bounds(&self) -> Window {
        self.bounds
    }

    /// The newest instant not yet fetched or claimed.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.newest_gap().map(|gap| gap.to)
    }

    /// Records that a claimed window was read to its end. It is not in before a commit.
    pub fn read(&mut self, window: Window, rows: u64) {
        self.read.push((window, rows));
    }

    /// Records that a claimed window is in.
    pub fn finish(&mut self, window: Window, rows: u64) {
        self.claimed.retain(|c| *c != window);
        self.read.retain(|(w, _)| *w != window);
        self.done.push((window, rows));
    }

    /// Whether everything is in.
    pub fn complete(&self) -> bool {
        self.claimed.is_empty() && self.newest_gap().is_none()
    }

    /// Whether today's window is in.
    pub fn today_complete(&self) -> bool {
        self.complete_since().is_some_and(|since| since <= self.today)
    }

    /// The instant from which everything up to the end is in; none where the newest window is not.
    pub fn complete_since(&self) -> Option<Timestamp> {
        let mut parts: Vec<Window> = self.done.iter().map(|(w, _)| *w).collect();
        parts.sort_unstable_by_key(|w| std::cmp::Reverse(w.to));
        let mut since = self.bounds.to;
        for part in parts {
            if part.to >= since && part.from < since {
                since = part.from;
            }
        }
        (since < self.bounds.to).then_some(since)
    }

    /// Seconds of the history that are in, and all of its seconds.
    pub fn covered(&self) -> (i64, i64) {
        let done: i64 = self.done.iter().map(|(w, _)| w.to.seconds_since(w.from)).sum();
        (done, self.bounds.to.seconds_since(self.bounds.from))
    }

    /// Rows in finished windows.
    pub fn rows(&self) -> u64 {
        self.done.iter().map(|(_, rows)| rows).sum()
    }

    /// Rows expected in the whole history, none while nothing is known.
    pub fn expected_rows(&self) -> Option<u64> {
        let (covered, all) = self.covered();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an estimate"
        )]
        (covered > DAY).then(|| (self.rows() as f64 * all as f64 / covered as f64) as u64)
    }

    /// The length of the next window in seconds.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "an estimate, clamped")]
    fn length(&self) -> i64 {
        let seconds =
            |windows: &[(Window, u64)]| -> i64 { windows.iter().map(|(w, _)| w.to.seconds_since(w.from)).sum() };
        let (done, all) = self.covered();
        let known = done + seconds(&self.read);
        if known < DAY {
            return UNKNOWN_SECONDS;
        }
        let rows: u64 = self.rows() + self.read.iter().map(|(_, rows)| rows).sum::<u64>();
        let density = (rows as f64 / known as f64).max(1e-9);
        let expected = density * all as f64;
        let claimed: i64 = self.claimed.iter().map(|w| w.to.seconds_since(w.from)).sum();
        let left = density * (all - done - claimed).max(0) as f64;
        // Fewer, larger windows for a long history; smaller ones towards its end, so that no fetcher is left alone.
        let target = TARGET_ROWS.max(expected / 400.0).min(left / (2.0 * self.fetchers as f64)).max(FEWEST_ROWS);
        let by_density = ((target / density) as i64).clamp(SHORTEST_SECONDS, LONGEST_SECONDS);
        // Each step into silence is as long as the silence so far: years of it cost a few calls, whatever the shop sells today.
        let silence = self.silence();
        if silence < SILENCE_SECONDS { by_density } else { by_density.max(silence) }
    }

    /// Seconds of windows without a record, older than every record met.
    fn silence(&self) -> i64 {
        let met = || self.done.iter().chain(&self.read);
        let oldest = met().filter(|(_, rows)| *rows > 0).map(|(w, _)| w.from).min();
        let silent = met().filter(|(w, rows)| *rows == 0 && oldest.is_none_or(|oldest| w.to <= oldest));
        silent.map(|(w, _)| w.to.seconds_since(w.from)).sum()
    }

    fn newest_gap(&self) -> Option<Window> {
        let mut taken: Vec<Window> = self.done.iter().map(|(w, _)| *w).chain(self.claimed.iter().copied()).collect();
        taken.sort_unstable_by_key(|w| std::cmp::Reverse(w.to));
        let mut end = self.bounds.to;
        for part in taken {
            if end <= self.bounds.from {
                return None;
            }
            if part.to < end {
                return Some(Window { from: part.to.max(self.bounds.from), to: end });
            }
            end = end.min(part.from);
        }
        (end > self.bounds.from).then_some(Window { from: self.bounds.from, to: end })
    }
}

#[cfg(test)]
#[path = "plan/tests.rs"]
mod tests;
