//! How far a first sync has come.

use super::stream::Stream;
use crate::plan::HistoryPlan;
use crate::progress::{PullProgress, Watcher};
use backroom_core::source::Entity;
use backroom_core::{DayRule, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::time::Instant;

/// Measures a first sync.
pub(super) struct Meter {
    started: Instant,
    before: u64,
    /// Seconds since the start and rows fetched until then, oldest first.
    marks: Vec<(f64, u64)>,
}

/// Marks that are kept: every second one goes when there are more.
const MOST_MARKS: usize = 256;
/// The share of the time gone by over which the pace is measured. What a vendor lets through in the first moments, before its limit
/// holds, says nothing of the rest.
const LATELY: f64 = 0.5;

impl Meter {
    /// A meter of a sync that begins with `before` rows of the history in the buffer.
    pub(super) fn new(before: u64) -> Self {
        Self { started: Instant::now(), before, marks: vec![(0.0, 0)] }
    }

    /// Rows a second over the later part of the time gone by; none where too little is known.
    fn pace(&mut self, elapsed: f64, rows: u64) -> Option<f64> {
        let since = elapsed * (1.0 - LATELY);
        let (at, before) = self.marks.iter().rev().find(|(at, _)| *at <= since).copied()?;
        self.marks.push((elapsed, rows));
        if self.marks.len() > MOST_MARKS {
            let mut nth = 0;
            self.marks.retain(|_| {
                nth += 1;
                nth % 2 == 1
            });
        }
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let fetched = rows.saturating_sub(before) as f64;
        (elapsed > 0.5 && fetched > 0.0).then(|| fetched / (elapsed - at))
    }

    /// Tells how far it is. `fetched` are the rows of the history that came in this run, those of windows that are not whole yet too.
    pub(super) fn tell(&mut self, streams: &[Stream], fetched: u64, rule: DayRule, watcher: &Arc<dyn Watcher>) {
        let plans: BTreeMap<usize, &HistoryPlan> =
            streams.iter().enumerate().filter_map(|(i, s)| Some((i, s.history.as_ref()?))).collect();
        if plans.is_empty() {
            return;
        }
        let (covered, all) = plans.values().fold((0, 0), |(c, a), p| {
            let (covered, all) = p.covered();
            (c + covered, a + all)
        });
        let rows: u64 = plans.values().map(|p| p.rows()).sum();
        let expected: Option<u64> = plans.values().map(|p| p.expected_rows()).sum();
        // Where a source tells payments with its orders, the orders are the sales.
        let apart = streams.iter().any(|s| s.entity == Entity::Payments);
        let is_sale = |entity| match entity {
            Entity::Payments | Entity::Refunds => true,
            Entity::Orders => !apart,
            _ => false,
        };
        let sales: Vec<&&HistoryPlan> =
            plans.iter().filter(|(i, _)| is_sale(streams[**i].entity)).map(|(_, p)| p).collect();
        let whole: Option<Vec<Timestamp>> = sales.iter().map(|p| p.complete_since()).collect();
        let since = whole.and_then(|starts| starts.into_iter().max());
        let pace = self.pace(self.started.elapsed().as_secs_f64(), fetched);
        let here = self.before.saturating_add(fetched);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an estimate"
        )]
        let seconds_left =
            expected.zip(pace).map(|(expected, pace)| (expected.saturating_sub(here) as f64 / pace).ceil() as u64);
        watcher.progress(&PullProgress {
            rows,
            rows_expected: expected,
            percent: u8::try_from((covered * 100).checked_div(all).unwrap_or(100)).unwrap_or(100),
            seconds_left,
            today_complete: sales.iter().all(|p| p.today_complete()),
            complete_since: since.map(|at| rule.day_of(at.plus_seconds(TO_NEXT_DAY))),
        });
    }
}

/// A window may begin within a business day: the first whole day is the one that begins after it.
const TO_NEXT_DAY: i64 = 86_399;

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of 10,000 rows, as told at each moment, over what it was.
    fn told(rows_at: impl Fn(f64) -> f64, whole: f64) -> Vec<f64> {
        let mut meter = Meter::new(0);
        let moments = (1..200).map(|n| whole * f64::from(n) / 200.0);
        moments
            .filter_map(|at| {
                let rows = rows_at(at);
                let pace = meter.pace(at, rows as u64)?;
                Some(((10_000.0 - rows) / pace) / (whole - at))
            })
            .collect()
    }

    #[test]
    fn what_the_first_moments_let_through_is_no_pace() {
        // A vendor that lets a tenth through at once and then drips.
        let bucket = |at: f64| 1_000.0 + at * 9.0;
        let ratios = told(bucket, 1_000.0);
        assert!(ratios.len() > 150, "something is told");
        let (least, most) = ratios.iter().skip(2).fold((f64::MAX, 0.0f64), |(a, b), r| (a.min(*r), b.max(*r)));
        assert!(least > 0.9 && most < 1.1, "told right within a tenth from the first moments on: {least} to {most}");
        let steady = told(|at| at * 10.0, 1_000.0);
        assert!(steady.iter().all(|r| (0.95..1.05).contains(r)), "a steady pace is told as it is: {steady:?}");
    }
}
