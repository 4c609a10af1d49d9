//! Cohorts: of those who joined in a month, how many are still members at the end of each month after, and what they bring.

use super::walk::{self, At};
use super::{DamagedHistory, History};
use crate::event::Event;
use backroom_core::{BusinessDay, Currency};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who of a cohort is a member at the end of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Kept {
    /// Members, paused ones among them.
    pub members: i64,
    /// What they bring in a month, in minor units.
    pub monthly: i64,
}

/// Those who joined for the first time in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohort {
    /// The first day of the month.
    #[serde(with = "crate::wire::day")]
    pub month: BusinessDay,
    /// How many joined.
    pub joined: i64,
    /// Who is left: first at the end of the month itself, then of each month after, as far as months are over.
    pub kept: Vec<Kept>,
}

/// The cohorts whose months are over by the day `to`, oldest first, of the members who pay in `currency`. Members brought along
/// from another system are in none: those who left before are not known there, and the rest would look more faithful than they are.
///
/// # Errors
/// The member whose events do not fit together.
pub fn cohorts<'e>(
    histories: impl IntoIterator<Item = History<'e>>,
    currency: Currency,
    to: BusinessDay,
) -> Result<Vec<Cohort>, DamagedHistory> {
    // The last month that is over: that of the day before the month of the day after `to`.
    let last = to.plus(1).month_number() - 1;
    let mut cohorts: BTreeMap<i32, Cohort> = BTreeMap::new();
    for history in histories {
        // How the member stood after the last event of each day that had one.
        let mut stood: Vec<(BusinessDay, At)> = Vec::new();
        let mut imported = false;
        let state = walk::through(history, to, |step| {
            imported |= matches!(step.event, Event::Imported { .. });
            stood.push((step.on, step.after.clone()));
        })?;
        let Some(joined) = state.first_joined_on().filter(|_| !imported && state.currency() == Some(currency)) else {
            continue;
        };
        let month = joined.month_number();
        if month > last {
            continue;
        }
        let cohort = cohorts.entry(month).or_insert_with(|| Cohort {
            month: first_of(month),
            joined: 0,
            kept: vec![Kept::default(); usize::try_from(last - month + 1).unwrap_or(0)],
        });
        cohort.joined += 1;
        for (kept, of) in cohort.kept.iter_mut().zip(month..) {
            let end = first_of(of + 1);
            let at = stood.iter().rev().find(|(on, _)| *on < end).map(|(_, at)| at.clone()).unwrap_or_default();
            kept.members += i64::from(at.member);
            kept.monthly += at.monthly;
        }
    }
    Ok(cohorts.into_values().collect())
}

fn first_of(month: i32) -> BusinessDay {
    let of_year = month.rem_euclid(12).unsigned_abs() + 1;
    BusinessDay::from_date(NaiveDate::from_ymd_opt(month.div_euclid(12), of_year, 1).unwrap_or(NaiveDate::MIN))
}
