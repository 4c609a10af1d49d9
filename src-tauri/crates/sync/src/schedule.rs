//! When the next sync is due: pure, the clock comes in from outside.

use backroom_core::Timestamp;

/// What the schedule knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Seconds between two syncs.
    pub every_seconds: i64,
    /// When the last one was begun.
    pub last_start: Option<Timestamp>,
    /// Syncs in a row that could not reach anything.
    pub failures: u32,
}

/// The shortest wait after a failure, in seconds.
const FIRST_RETRY: i64 = 30;

impl Schedule {
    /// When the next sync is due. After failures it comes sooner than usual, each time a little later, so that the shop is
    /// current soon after the line is back; never later than the usual interval.
    pub fn next_at(&self, now: Timestamp) -> Timestamp {
        let Some(last) = self.last_start else { return now };
        // A clock that was set back must not put off the next sync.
        let last = last.min(now);
        let wait = match self.failures {
            0 => self.every_seconds,
            n => FIRST_RETRY.saturating_mul(1 << n.min(10).saturating_sub(1)).min(self.every_seconds),
        };
        last.plus_seconds(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_sync_comes_when_it_should() {
        let t = Timestamp::from_seconds;
        let table = [
            (None, 0, 1_000, 1_000, "never synced: at once"),
            (Some(1_000), 0, 1_100, 1_900, "an interval after the last start"),
            (Some(1_000), 1, 1_010, 1_030, "half a minute after a failure"),
            (Some(1_000), 3, 1_010, 1_120, "later after more failures"),
            (Some(1_000), 20, 1_010, 1_900, "never later than the interval"),
            (Some(9_000), 0, 1_000, 1_900, "a clock set back does not stop syncing"),
        ];
        for (last, failures, now, expected, why) in table {
            let schedule = Schedule { every_seconds: 900, last_start: last.map(t), failures };
            assert_eq!(schedule.next_at(t(now)), t(expected), "{why}");
        }
    }
}
