//! A membership as its events make it, on a given day.
//!
//! Time does things by itself: a pause ends, a cancellation or a lower tier takes effect, a grace runs out. Whether the PC was on
//! that day does not matter: [`Membership::settle`] works out what time has done, dated to the day on which it did it, and
//! [`crate::decide`] puts those events before its own.
//!
//! Constraint: what was taken and not given back is what was earned, what is paid ahead and the member's credit. It holds to the
//! cent after every event ([`Account`]).

use crate::event::{CancelReason, Dated, Effect, Event, MemberId};
use crate::period::{Anchor, Period};
use crate::proration::{Coverage, Proration, Settlement, Unused};
use crate::tier::Terms;
use backroom_core::{BusinessDay, Currency};
use serde::{Deserialize, Serialize};

/// A pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// The first paused day.
    #[serde(with = "crate::wire::day")]
    pub from: BusinessDay,
    /// The first day on which the membership goes on.
    #[serde(with = "crate::wire::day")]
    pub until: BusinessDay,
}

/// Payments that failed since one fell due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The day of the first.
    #[serde(with = "crate::wire::day")]
    pub first: BusinessDay,
    /// How many.
    pub attempts: u32,
}

/// A membership that lasts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// What is agreed.
    pub terms: Terms,
    /// The day it began.
    #[serde(with = "crate::wire::day")]
    pub since: BusinessDay,
    /// The days that are paid for and not over, in order.
    pub coverage: Vec<Coverage>,
    /// The first day that is not paid for; a pause moves it when it ends.
    #[serde(with = "crate::wire::day")]
    pub paid_through: BusinessDay,
    /// The day of the month on which periods begin.
    pub anchor: Anchor,
    /// Days of grace after the paid ones, as agreed when those were paid.
    pub grace_days: u16,
    /// The pause it is in.
    pub pause: Option<Pause>,
    /// Payments that failed since one fell due.
    pub failure: Option<Failure>,
    /// Why it will end when the paid days are over.
    pub cancellation: Option<CancelReason>,
    /// What will be agreed when the paid days are over.
    pub change: Option<Terms>,
}

/// How a membership ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// By the member's wish.
    Cancelled,
    /// Because no payment came.
    Expired,
}

/// Where a membership stands in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// It has not begun.
    Never,
    /// It lasts.
    Live(Box<Live>),
    /// It is over.
    Ended {
        /// The first day without it.
        #[serde(with = "crate::wire::day")]
        on: BusinessDay,
        /// How it ended.
        ending: Ending,
        /// What was agreed last.
        terms: Terms,
    },
}

/// The member's money, in minor units: `taken − refunded` is `earned`, the value of the days paid ahead, and `balance`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Account {
    /// All that was paid.
    pub taken: i64,
    /// All that was given back.
    pub refunded: i64,
    /// What was paid for days that are over, as of the last event.
    pub earned: i64,
    /// Credit that the next payment uses.
    pub balance: i64,
}

/// How somebody stands on a day, for whoever serves at the counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// Has never been a member.
    Never,
    /// A member, and paid.
    Active,
    /// A member whose payment fell due and was not tried.
    Due {
        /// The first day without benefits, unless a payment comes before.
        #[serde(with = "crate::wire::day")]
        lapses_on: BusinessDay,
    },
    /// A member whose payment failed.
    Grace {
        /// The first day without benefits, unless a payment comes before.
        #[serde(with = "crate::wire::day")]
        lapses_on: BusinessDay,
        /// How many payments failed.
        attempts: u32,
    },
    /// A member who pauses.
    Paused {
        /// The first day on which it goes on.
        #[serde(with = "crate::wire::day")]
        until: BusinessDay,
    },
    /// Left.
    Cancelled {
        /// The first day without membership.
        #[serde(with = "crate::wire::day")]
        on: BusinessDay,
    },
    /// Lost it, because no payment came.
    Expired {
        /// The first day without membership.
        #[serde(with = "crate::wire::day")]
        on: BusinessDay,
    },
    /// Is the same person as another record.
    Merged {
        /// The record that counts.
        into: MemberId,
    },
}

impl Standing {
    /// Whether discounts and other benefits apply.
    pub fn has_benefits(&self) -> bool {
        matches!(self, Self::Active | Self::Due { .. } | Self::Grace { .. })
    }

    /// Whether there is a membership, with benefits or paused.
    pub fn is_member(&self) -> bool {
        self.has_benefits() || matches!(self, Self::Paused { .. })
    }
}

/// An event that cannot have happened to this membership: the record is damaged, or two PCs wrote it apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{event} on {on} does not fit: {why}")]
pub struct Misfit {
    /// The event's name.
    pub event: &'static str,
    /// Its day.
    pub on: BusinessDay,
    /// What is in its way.
    pub why: &'static str,
}

/// A membership on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    member: MemberId,
    phase: Phase,
    #[serde(with = "crate::wire::some_day")]
    first_joined_on: Option<BusinessDay>,
    account: Account,
    merged_into: Option<MemberId>,
    #[serde(with = "crate::wire::some_day")]
    last_on: Option<BusinessDay>,
}

impl Membership {
    /// A record without history.
    pub fn new(member: MemberId) -> Self {
        Self {
            member,
            phase: Phase::Never,
            first_joined_on: None,
            account: Account::default(),
            merged_into: None,
            last_on: None,
        }
    }

    /// The membership that `events` make, on the day `on`: later events have not happened yet, and what time has done by then is
    /// done.
    ///
    /// # Errors
    /// The first event that does not fit.
    pub fn fold<'e>(
        member: MemberId,
        events: impl IntoIterator<Item = &'e Dated>,
        on: BusinessDay,
    ) -> Result<Self, Misfit> {
        let mut state = Self::new(member);
        for dated in events {
            if dated.on > on {
                break;
            }
            state.apply(dated)?;
        }
        state.settle(on);
        Ok(state)
    }

    /// Whose it is.
    pub fn member(&self) -> &MemberId {
        &self.member
    }

    /// Where it stands in its life.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// What lasts, where something does.
    pub fn live(&self) -> Option<&Live> {
        match &self.phase {
            Phase::Live(live) => Some(live),
            Phase::Never | Phase::Ended { .. } => None,
        }
    }

    /// What is agreed, or was last.
    pub fn terms(&self) -> Option<&Terms> {
        match &self.phase {
            Phase::Never => None,
            Phase::Live(live) => Some(&live.terms),
            Phase::Ended { terms, .. } => Some(terms),
        }
    }

    /// The day on which the person first became a member.
    pub fn first_joined_on(&self) -> Option<BusinessDay> {
        self.first_joined_on
    }

    /// The currency of its amounts, once it has any.
    pub fn currency(&self) -> Option<Currency> {
        self.terms().map(|terms| terms.currency)
    }

    /// The member's money.
    pub fn account(&self) -> Account {
        self.account
    }

    /// The record that counts in place of this one.
    pub fn merged_into(&self) -> Option<&MemberId> {
        self.merged_into.as_ref()
    }

    /// The day of the last event.
    pub fn last_on(&self) -> Option<BusinessDay> {
        self.last_on
    }

    /// How the member stands on the day `on`, which is not before the last event.
    pub fn standing(&self, on: BusinessDay) -> Standing {
        if let Some(into) = &self.merged_into {
            return Standing::Merged { into: into.clone() };
        }
        let mut then = self.clone();
        then.settle(on);
        match &then.phase {
            Phase::Never => Standing::Never,
            Phase::Ended { on, ending: Ending::Cancelled, .. } => Standing::Cancelled { on: *on },
            Phase::Ended { on, ending: Ending::Expired, .. } => Standing::Expired { on: *on },
            Phase::Live(live) => live.standing(on),
        }
    }

    /// The value of the days that are paid for and not used on the day `on`, in minor units: what the shop still owes in service.
    pub fn paid_ahead(&self, on: BusinessDay) -> i64 {
        self.live().map_or(0, |live| live.coverage.iter().map(|paid| paid.unused(live.used_until(on))).sum())
    }

    /// Does what time has done up to and with the day `on`, and tells it.
    pub fn settle(&mut self, on: BusinessDay) -> Vec<Dated> {
        let mut done = Vec::new();
        while let Some(next) = self.next_by_time(on) {
            if self.apply(&next).is_err() {
                break;
            }
            done.push(next);
        }
        done
    }

    fn next_by_time(&self, on: BusinessDay) -> Option<Dated> {
        let live = self.live()?;
        if let Some(pause) = live.pause {
            let days = crate::period::days(pause.from, pause.until);
            return (pause.until <= on).then_some(Dated { on: pause.until, event: Event::Resumed { days } });
        }
        let due = live.paid_through;
        if due > on {
            return None;
        }
        if let Some(reason) = live.cancellation {
            let settlement = Settlement::of(&[], due, self.account.balance, Unused::Kept);
            return Some(Dated { on: due, event: Event::Cancelled { reason, effect: Effect::PeriodEnd, settlement } });
        }
        if let Some(to) = &live.change {
            let proration = Proration::nothing(self.account.balance);
            return Some(Dated { on: due, event: Event::Downgraded { to: to.clone(), proration } });
        }
        let lapses_on = live.lapses_on();
        (lapses_on <= on).then_some(Dated { on: lapses_on, event: Event::Expired })
    }

    pub(crate) fn set_last(&mut self, on: BusinessDay) {
        self.last_on = Some(on);
    }

    pub(crate) fn parts(&mut self) -> Parts<'_> {
        Parts {
            member: &self.member,
            phase: &mut self.phase,
            first_joined_on: &mut self.first_joined_on,
            account: &mut self.account,
            merged_into: &mut self.merged_into,
        }
    }
}

/// What an event may change.
pub(crate) struct Parts<'m> {
    pub(crate) member: &'m MemberId,
    pub(crate) phase: &'m mut Phase,
    pub(crate) first_joined_on: &'m mut Option<BusinessDay>,
    pub(crate) account: &'m mut Account,
    pub(crate) merged_into: &'m mut Option<MemberId>,
}

impl Live {
    /// Whether the days that are paid for are over on the day `on`.
    pub fn is_due(&self, on: BusinessDay) -> bool {
        self.pause.is_none() && self.paid_through <= on
    }

    /// The first day without benefits where no payment comes: the grace begins after the first failed payment, or, where none was
    /// tried, after the day on which it fell due. Further failures do not make it longer.
    pub fn lapses_on(&self) -> BusinessDay {
        let first = self.failure.map_or(self.paid_through, |failure| failure.first);
        first.plus(i32::from(self.grace_days) + 1)
    }

    /// The first day that is not paid for, with what a pause will add to it.
    pub fn ends_on(&self) -> BusinessDay {
        let added = self.pause.map_or(0, |pause| crate::period::days(pause.from, pause.until));
        self.paid_through.plus(i32::try_from(added).unwrap_or(0))
    }

    /// The first day from which the next period may be paid.
    pub fn renewable_from(&self) -> BusinessDay {
        self.paid_through.plus(-i32::from(self.terms.allowances.early_days))
    }

    /// The day on which the present period began, from which caps of a period count.
    pub fn period_began(&self, on: BusinessDay) -> BusinessDay {
        let used = self.used_until(on);
        let present = self.coverage.iter().find(|paid| paid.from <= used && used < paid.until);
        present.map_or(self.paid_through, |paid| paid.began)
    }

    /// The day up to which days are used on the day `on`: a pause holds it.
    pub(crate) fn used_until(&self, on: BusinessDay) -> BusinessDay {
        self.pause.map_or(on, |pause| pause.from)
    }

    fn standing(&self, on: BusinessDay) -> Standing {
        match (self.pause, self.failure) {
            (Some(pause), _) => Standing::Paused { until: pause.until },
            (None, _) if self.paid_through > on => Standing::Active,
            (None, Some(failure)) => Standing::Grace { lapses_on: self.lapses_on(), attempts: failure.attempts },
            (None, None) => Standing::Due { lapses_on: self.lapses_on() },
        }
    }

    /// The anchor once the paid days end on `paid_through`, of a period that began on `from`.
    pub(crate) fn anchored(&mut self, from: BusinessDay, restarted: bool) {
        if matches!(self.terms.period, Period::Days(_)) {
            self.anchor = Anchor::of(self.paid_through);
        } else if restarted {
            self.anchor = Anchor::of(from);
        }
    }
}
