//! The same weekday last week, to the same minute.

use super::Scope;
use backroom_core::{BusinessDay, DayRule, Timestamp};
use backroom_store::StoreError;
use backroom_store::report::{self, Snapshot, Totals};

/// A week before today, as far as today has come.
pub(super) struct LastWeek {
    /// The day.
    pub(super) day: BusinessDay,
    /// Its first instant.
    from: Timestamp,
    /// As long after its start as now is after today's, and not after its end.
    pub(super) until: Timestamp,
}

impl LastWeek {
    pub(super) fn of(rule: &DayRule, s: &Scope) -> Self {
        let day = s.today.plus(-7);
        let from = rule.starts_at(day);
        let elapsed = s.now.seconds_since(rule.starts_at(s.today));
        Self { day, from, until: from.plus_seconds(elapsed).min(rule.ends_at(day)) }
    }

    /// What it came to until then.
    pub(super) fn so_far(&self, c: &Snapshot, s: &Scope) -> Result<Totals, StoreError> {
        report::until_minute(c, s.place, &s.currency, self.from, self.until)
    }
}
