//! Money for days: what unused days are worth, what the rest of a period costs, and what follows for the member.
//!
//! Constraints: `credit + consumed` is what was paid for the days concerned; `credit + balance_before + due` equals
//! `charge + balance_after`; nobody is credited more than was paid. Each share is rounded half to even on its own, and the other
//! part of it is the difference, so that nothing is lost or made by rounding.

use crate::period::{Anchor, Period, days};
use crate::share::share;
use crate::tier::{Terms, TierId};
use backroom_core::BusinessDay;
use serde::{Deserialize, Serialize};

/// Days that are paid for, and what was paid for them.
///
/// A pause moves both ends by its length, so that the number of used days stays what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The first day.
    #[serde(with = "crate::wire::day")]
    pub from: BusinessDay,
    /// The first day after.
    #[serde(with = "crate::wire::day")]
    pub until: BusinessDay,
    /// The first day of their whole period by the calendar, which no pause moves once it has come. Caps count from it.
    #[serde(with = "crate::wire::day")]
    pub began: BusinessDay,
    /// What was paid for them, in minor units.
    pub value: i64,
    /// The tier they are of.
    pub tier: TierId,
    /// The period they belong to.
    pub period: Period,
    /// Days of the whole period, of which these are all or the last.
    pub period_days: i64,
}

impl Coverage {
    /// A whole period of `terms` from `from`, for `price`.
    pub(crate) fn whole(terms: &Terms, from: BusinessDay, until: BusinessDay, price: i64) -> Self {
        Self {
            from,
            until,
            began: from,
            value: price,
            tier: terms.tier.clone(),
            period: terms.period,
            period_days: days(from, until),
        }
    }

    /// Days from `on` that are not used.
    pub(crate) fn unused_days(&self, on: BusinessDay) -> i64 {
        days(self.from.max(on), self.until)
    }

    /// What they are worth, in minor units.
    pub(crate) fn unused(&self, on: BusinessDay) -> i64 {
        share(self.value, self.unused_days(on), days(self.from, self.until))
    }

    /// The same days after a pause of `by` days that began on `paused_on`.
    pub(crate) fn moved(&self, by: i64, paused_on: BusinessDay) -> Self {
        let by = i32::try_from(by).unwrap_or(0);
        let began = if self.from > paused_on { self.began.plus(by) } else { self.began };
        Self { from: self.from.plus(by), until: self.until.plus(by), began, ..self.clone() }
    }
}

/// Which side of a proration a line is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// For the member: days that were paid and are not used.
    Credit,
    /// For the shop: days of the new tier.
    Charge,
}

/// A line of a proration as it is shown before anybody agrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProrationLine {
    /// For the member or for the shop.
    pub side: Side,
    /// The tier.
    pub tier: TierId,
    /// The first of the days.
    #[serde(with = "crate::wire::day")]
    pub from: BusinessDay,
    /// The first day after.
    #[serde(with = "crate::wire::day")]
    pub until: BusinessDay,
    /// How many days that is.
    pub days: i64,
    /// Of how many.
    pub of_days: i64,
    /// What those cost or were paid, in minor units.
    pub of_amount: i64,
    /// The amount of the line, in minor units, never below zero.
    pub amount: i64,
}

/// A change of tier in money. The same figures are shown before and kept after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proration {
    /// How the sums come about.
    pub lines: Vec<ProrationLine>,
    /// What the unused days of the old tier are worth, in minor units.
    pub credit: i64,
    /// What its used days were worth; with `credit` what was paid.
    pub consumed: i64,
    /// What the days of the new tier cost.
    pub charge: i64,
    /// The member's credit before.
    pub balance_before: i64,
    /// What the member pays now.
    pub due: i64,
    /// The member's credit after.
    pub balance_after: i64,
    /// The days that are paid for afterwards.
    pub coverage: Vec<Coverage>,
}

impl Proration {
    /// A change when no paid days are left: nothing is credited or charged.
    pub(crate) fn nothing(balance: i64) -> Self {
        Self {
            lines: Vec::new(),
            credit: 0,
            consumed: 0,
            charge: 0,
            balance_before: balance,
            due: 0,
            balance_after: balance,
            coverage: Vec::new(),
        }
    }

    /// The change from the days of `coverage` to the terms `to` on the day `at`, for a member with `balance` of credit.
    ///
    /// Where the period is the same its end stays, and the rest of it is charged by the day; otherwise a new period begins on `at`
    /// and is charged in full.
    pub(crate) fn of(coverage: &[Coverage], to: &Terms, at: BusinessDay, balance: i64) -> Self {
        let open: Vec<&Coverage> = coverage.iter().filter(|paid| paid.until > at).collect();
        if open.is_empty() {
            return Self::nothing(balance);
        }
        let mut lines: Vec<ProrationLine> = open
            .iter()
            .map(|paid| ProrationLine {
                side: Side::Credit,
                tier: paid.tier.clone(),
                from: paid.from.max(at),
                until: paid.until,
                days: paid.unused_days(at),
                of_days: days(paid.from, paid.until),
                of_amount: paid.value,
                amount: paid.unused(at),
            })
            .collect();
        let credit: i64 = lines.iter().map(|line| line.amount).sum();
        let paid: i64 = open.iter().map(|paid| paid.value).sum();
        let next: Vec<Coverage> = if open.iter().all(|paid| paid.period == to.period) {
            open.iter().map(|paid| rest(paid, to, at)).collect()
        } else {
            vec![Coverage::whole(to, at, to.period.end(at, Anchor::of(at)), to.price)]
        };
        lines.extend(next.iter().map(|new| ProrationLine {
            side: Side::Charge,
            tier: new.tier.clone(),
            from: new.from,
            until: new.until,
            days: days(new.from, new.until),
            of_days: new.period_days,
            of_amount: to.price,
            amount: new.value,
        }));
        let charge: i64 = next.iter().map(|new| new.value).sum();
        let left = credit + balance - charge;
        Self {
            lines,
            credit,
            consumed: paid - credit,
            charge,
            balance_before: balance,
            due: (-left).max(0),
            balance_after: left.max(0),
            coverage: next,
        }
    }
}

/// What is left of a paid period, at the price of `to`.
fn rest(paid: &Coverage, to: &Terms, at: BusinessDay) -> Coverage {
    let left = paid.unused_days(at);
    Coverage {
        from: paid.from.max(at),
        until: paid.until,
        began: paid.began,
        value: share(to.price, left, paid.period_days),
        tier: to.tier.clone(),
        period: to.period,
        period_days: paid.period_days,
    }
}

/// What becomes of unused days when a membership is cancelled at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unused {
    /// They are given back in money, and the member's credit with them.
    Refunded,
    /// The shop keeps what was paid for them; the member's credit stays the member's.
    Kept,
}

/// A cancellation in money. The same figures are shown before and kept after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Paid days that were not used.
    pub unused_days: i64,
    /// What they are worth, in minor units.
    pub unused: i64,
    /// The member's credit before.
    pub balance_before: i64,
    /// What is given back.
    pub refund: i64,
    /// What the shop keeps of the unused days.
    pub kept: i64,
    /// The member's credit after.
    pub balance_after: i64,
}

impl Settlement {
    /// Ends the days of `coverage` on the day `at`.
    pub(crate) fn of(coverage: &[Coverage], at: BusinessDay, balance: i64, what: Unused) -> Self {
        let unused_days = coverage.iter().map(|paid| paid.unused_days(at)).sum();
        let unused: i64 = coverage.iter().map(|paid| paid.unused(at)).sum();
        match what {
            Unused::Refunded => Self {
                unused_days,
                unused,
                balance_before: balance,
                refund: unused + balance,
                kept: 0,
                balance_after: 0,
            },
            Unused::Kept => {
                Self { unused_days, unused, balance_before: balance, refund: 0, kept: unused, balance_after: balance }
            }
        }
    }
}
