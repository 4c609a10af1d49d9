//! The totals behind `report`.

use super::{day, payment, period, range, scope};
use crate::dto::{ApiError, LocationFilter, PeriodTotals, RangeQuery, RecentPayment, RecentQuery, Summary};
use crate::engine::Engine;
use backroom_core::BusinessDay;
use backroom_store::report::{self, PaymentFilter};

/// Days of `daily` where nobody says.
const DAYS: i32 = 90;
/// Months of `monthly` where nobody says.
const MONTHS: i32 = 24;
/// Payments of `recent` where nobody says, and at most.
const RECENT: u32 = 10;
const MOST_RECENT: u32 = 1_000;

pub(crate) fn summary(engine: &Engine, filter: LocationFilter) -> Result<Summary, ApiError> {
    let s = scope(engine, filter.location.as_deref())?;
    let (week, month, year) = (s.today.week_start(), s.today.month_start(), s.today.year_start());
    let starts = [Some(s.today), Some(week), Some(month), Some(year), None];
    let (totals, first) = engine.store().read(|c| {
        let totals = report::to_date(c, s.place, &s.currency, s.today, &starts)?;
        Ok((totals, report::history(c, s.place, &s.currency)?.map(|h| h.0)))
    })?;
    let at = |n: usize| totals.get(n).copied().unwrap_or_default();
    Ok(Summary {
        as_of: s.now.to_rfc3339(),
        today: period(s.today, s.today, &at(0)),
        week: period(week, s.today, &at(1)),
        month: period(month, s.today, &at(2)),
        year: period(year, s.today, &at(3)),
        all: period(first.unwrap_or(s.today), s.today, &at(4)),
        currency: s.currency,
    })
}

pub(crate) fn daily(engine: &Engine, query: RangeQuery) -> Result<Vec<PeriodTotals>, ApiError> {
    let s = scope(engine, query.location.as_deref())?;
    let to = query.to.as_deref().map_or(Ok(s.today), day)?;
    let from = query.from.as_deref().map_or(Ok(to.plus(1 - DAYS)), day)?;
    let (from, to) = range(&from.to_string(), &to.to_string())?;
    let days = engine.store().read(|c| report::by_day(c, s.place, &s.currency, from, to))?;
    let skipped = days.len().saturating_sub(query.limit.map_or(usize::MAX, |l| l as usize));
    Ok(days.iter().skip(skipped).map(|d| period(d.from, d.to, &d.totals)).collect())
}

pub(crate) fn monthly(engine: &Engine, query: RangeQuery) -> Result<Vec<PeriodTotals>, ApiError> {
    let s = scope(engine, query.location.as_deref())?;
    let to = query.to.as_deref().map_or(Ok(s.today), day)?;
    let from = query.from.as_deref().map_or_else(|| Ok(months_before(to, MONTHS - 1)), day)?;
    let (from, to) = range(&from.to_string(), &to.to_string())?;
    let months = engine.store().read(|c| report::by_month(c, s.place, &s.currency, from, to))?;
    let skipped = months.len().saturating_sub(query.limit.map_or(usize::MAX, |l| l as usize));
    Ok(months.iter().skip(skipped).map(|m| period(m.from, m.to, &m.totals)).collect())
}

fn months_before(day: BusinessDay, months: i32) -> BusinessDay {
    let mut first = day.month_start();
    for _ in 0..months {
        first = first.plus(-1).month_start();
    }
    first
}

pub(crate) fn recent(engine: &Engine, query: RecentQuery) -> Result<Vec<RecentPayment>, ApiError> {
    let s = scope(engine, query.location.as_deref())?;
    let limit = query.limit.unwrap_or(RECENT);
    if limit > MOST_RECENT {
        return Err(ApiError::bad_request(format!("Ask for {MOST_RECENT} payments or fewer.")));
    }
    if query.from.is_none() && query.to.is_none() {
        let rows = engine.store().read(|c| report::recent(c, s.place, limit))?;
        return Ok(rows.into_iter().map(payment).collect());
    }
    let first = || Ok(engine.store().read(|c| report::history(c, s.place, &s.currency))?.map_or(s.today, |h| h.0));
    let to = query.to.as_deref().map_or(Ok(s.today), day)?;
    let from = query.from.as_deref().map_or_else(|| first().map(|day: BusinessDay| day.min(to)), day)?;
    let (from, to) = range(&from.to_string(), &to.to_string())?;
    let filter = PaymentFilter::of(from, to, s.place, &s.currency, limit);
    let found = engine.store().read(|c| report::payments(c, &filter))?;
    Ok(found.rows.into_iter().map(payment).collect())
}
