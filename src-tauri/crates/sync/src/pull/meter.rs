//! How far a first sync has come.

use super::stream::Stream;
use crate::plan::HistoryPlan;
use crate::progress::{PullProgress, Watcher};
use backroom_core::source::Entity;
use backroom_core::{DayRule, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// Measures a first sync.
pub(super) struct Meter {
    pub(super) started: Instant,
    pub(super) rows_before: u64,
}

impl Meter {
    pub(super) fn tell(&mut self, streams: &[Stream], rule: DayRule, watcher: &Arc<dyn Watcher>) {
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
        let elapsed = self.started.elapsed().as_secs_f64();
        let fetched = rows.saturating_sub(self.rows_before);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an estimate"
        )]
        let seconds_left = expected.filter(|_| fetched > 0 && elapsed > 0.5).map(|expected| {
            let pace = fetched as f64 / elapsed;
            (expected.saturating_sub(rows) as f64 / pace).ceil() as u64
        });
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
