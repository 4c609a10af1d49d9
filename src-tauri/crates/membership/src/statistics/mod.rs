//! What became of the members of a shop: how many came and left, what they bring in a month, and how long each month's newcomers
//! stayed. Everything is worked out from the events.
//!
//! Constraints: the parts of each bridge sum from opening to closing, of members and of money, to the cent; a rate carries what it
//! is a rate of; two currencies are never added.

mod cohort;
mod walk;

use crate::event::{CancelReason, Dated, MemberId};
use crate::state::{Ending, Misfit};
use crate::tier::TierId;
use backroom_core::{BusinessDay, Currency};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use walk::{At, Step};

pub use cohort::{Cohort, Kept, cohorts};

/// A member's events, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct History<'e> {
    /// Whose they are.
    pub member: &'e MemberId,
    /// What happened.
    pub events: &'e [Dated],
}

/// Why the figures of a shop cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the events of member {member} do not fit together: {misfit}")]
pub struct DamagedHistory {
    /// Whose events.
    pub member: MemberId,
    /// What does not fit.
    pub misfit: Misfit,
}

/// A part of a whole, with both, so that one of two is not read as half of a thousand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rate {
    /// The part.
    pub part: i64,
    /// What it is a part of.
    pub of: i64,
}

impl Rate {
    /// In hundredths of a percent, rounded half to even; none where there is nothing to be a part of.
    pub fn basis_points(self) -> Option<i64> {
        (self.of > 0).then(|| crate::share(self.part, 10_000, self.of))
    }
}

/// From the members before a time to those after it: `opening + new + imported + returned − cancelled − expired = closing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MemberBridge {
    /// Members before the first day, paused ones among them.
    pub opening: i64,
    /// Joined for the first time.
    pub new: i64,
    /// Brought along from another system.
    pub imported: i64,
    /// Joined again.
    pub returned: i64,
    /// Left by their own wish.
    pub cancelled: i64,
    /// Left because no payment came.
    pub expired: i64,
    /// Members after the last day.
    pub closing: i64,
}

/// From what members brought in a month before a time to what they bring after it, in minor units. Each part is above or equal to
/// zero; `opening + new + imported + reactivation + expansion + resumed − contraction − paused − churn = closing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RevenueBridge {
    /// Before the first day.
    pub opening: i64,
    /// By those who joined for the first time.
    pub new: i64,
    /// By those brought along from another system.
    pub imported: i64,
    /// By those who joined again.
    pub reactivation: i64,
    /// By higher tiers and higher prices.
    pub expansion: i64,
    /// By lower tiers and lower prices.
    pub contraction: i64,
    /// By pauses that began: who pauses pays nothing and is a member still.
    pub paused: i64,
    /// By pauses that ended.
    pub resumed: i64,
    /// By those who left.
    pub churn: i64,
    /// After the last day.
    pub closing: i64,
}

/// Members of a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TierFigures {
    /// Members after the last day, paused ones among them.
    pub members: i64,
    /// Those of them who pause.
    pub paused: i64,
    /// Those of them whose payment is due or failed.
    pub late: i64,
    /// What they bring in a month, in minor units.
    pub monthly: i64,
}

/// The figures of a stretch of days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The first day.
    #[serde(with = "crate::wire::day")]
    pub from: BusinessDay,
    /// The last day.
    #[serde(with = "crate::wire::day")]
    pub to: BusinessDay,
    /// The currency of the amounts.
    #[serde(with = "crate::wire::currency")]
    pub currency: Currency,
    /// Members.
    pub members: MemberBridge,
    /// What they bring in a month.
    pub revenue: RevenueBridge,
    /// What was paid in these days, in minor units.
    pub taken: i64,
    /// What was given back.
    pub refunded: i64,
    /// The value of days paid ahead after the last day: service that is still owed.
    pub paid_ahead: i64,
    /// Credit of members after the last day.
    pub credit: i64,
    /// Members by tier, after the last day.
    pub tiers: BTreeMap<TierId, TierFigures>,
    /// Why members left in these days.
    pub reasons: BTreeMap<CancelReason, i64>,
}

impl Figures {
    /// Members who left, of those there were before. Who came and left within these days is in neither.
    pub fn logo_churn(&self) -> Rate {
        let gone = self.members.cancelled + self.members.expired;
        Rate { part: gone, of: self.members.opening }
    }

    /// What those who left and those who took less brought in a month, of what all brought before.
    pub fn revenue_churn(&self) -> Rate {
        Rate { part: self.revenue.churn + self.revenue.contraction, of: self.revenue.opening }
    }

    /// The same less what others took more: below zero where the members who stayed make up for those who left.
    pub fn net_revenue_churn(&self) -> Rate {
        let gross = self.revenue_churn();
        Rate { part: gross.part - self.revenue.expansion, of: gross.of }
    }
}

/// The figures of the days `from` to `to`, both included, of the members who pay in `currency`.
///
/// # Errors
/// The member whose events do not fit together.
pub fn figures<'e>(
    histories: impl IntoIterator<Item = History<'e>>,
    currency: Currency,
    from: BusinessDay,
    to: BusinessDay,
) -> Result<Figures, DamagedHistory> {
    let mut figures = Figures {
        from,
        to,
        currency,
        members: MemberBridge::default(),
        revenue: RevenueBridge::default(),
        taken: 0,
        refunded: 0,
        paid_ahead: 0,
        credit: 0,
        tiers: BTreeMap::new(),
        reasons: BTreeMap::new(),
    };
    for history in histories {
        let mut before = At::default();
        let end = walk::through(history, to, |step| {
            if step.currency == Some(currency) {
                if step.on < from {
                    before = step.after.clone();
                } else {
                    figures.count(&step);
                }
            }
        })?;
        if end.currency() == Some(currency) {
            figures.members.opening += i64::from(before.member);
            figures.revenue.opening += before.monthly;
            figures.close(&end, to);
        }
    }
    Ok(figures)
}

impl Figures {
    fn count(&mut self, step: &Step<'_>) {
        self.taken += step.event.taken();
        self.refunded += step.event.refunded();
        let (members, revenue) = (&mut self.members, &mut self.revenue);
        let (before, after) = (step.before, step.after);
        let delta = after.monthly - before.monthly;
        match (before.member, after.member) {
            (false, true) if step.is_import() => {
                members.imported += 1;
                revenue.imported += delta;
            }
            (false, true) if step.is_first => {
                members.new += 1;
                revenue.new += delta;
            }
            (false, true) => {
                members.returned += 1;
                revenue.reactivation += delta;
            }
            (true, false) => {
                match step.ending {
                    Some(Ending::Expired) => members.expired += 1,
                    Some(Ending::Cancelled) | None => members.cancelled += 1,
                }
                if let Some(reason) = step.reason() {
                    *self.reasons.entry(reason).or_default() += 1;
                }
                revenue.churn -= delta;
            }
            (true, true) if !before.paused && after.paused => revenue.paused -= delta,
            (true, true) if before.paused && !after.paused => revenue.resumed += delta,
            (true, true) | (false, false) if delta >= 0 => revenue.expansion += delta,
            (true, true) | (false, false) => revenue.contraction -= delta,
        }
    }

    fn close(&mut self, end: &crate::Membership, to: BusinessDay) {
        let at = At::of(end);
        self.members.closing += i64::from(at.member);
        self.revenue.closing += at.monthly;
        self.paid_ahead += end.paid_ahead(to.plus(1));
        self.credit += end.account().balance;
        if let Some(live) = end.live() {
            let tier = self.tiers.entry(live.terms.tier.clone()).or_default();
            tier.members += 1;
            tier.paused += i64::from(at.paused);
            tier.late += i64::from(live.is_due(to));
            tier.monthly += at.monthly;
        }
    }
}
