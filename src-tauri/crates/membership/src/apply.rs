//! What an event changes, and when it cannot have happened.

use crate::event::{Charge, Dated, Event, MemberId};
use crate::period::{Anchor, days};
use crate::proration::{Coverage, Proration};
use crate::state::{Account, Ending, Failure, Live, Membership, Misfit, Parts, Pause, Phase};
use crate::tier::Terms;
use backroom_core::BusinessDay;

type Fits = Result<(), &'static str>;

impl Membership {
    /// Takes in an event that happened.
    ///
    /// # Errors
    /// A misfit, where it cannot have happened to this membership; nothing is changed then.
    pub fn apply(&mut self, dated: &Dated) -> Result<(), Misfit> {
        let Dated { on, event } = dated;
        let mut next = self.clone();
        let fits = if self.last_on().is_some_and(|last| *on < last) {
            Err("it is dated before the event that precedes it")
        } else {
            change(next.parts(), event, *on)
        };
        fits.map_err(|why| Misfit { event: event.name(), on: *on, why })?;
        next.set_last(*on);
        *self = next;
        Ok(())
    }
}

fn change(parts: Parts<'_>, event: &Event, on: BusinessDay) -> Fits {
    if parts.merged_into.is_some() && !matches!(event, Event::Unmerged) {
        return Err("the record is merged into another");
    }
    match event {
        Event::Subscribed { terms, paid_through, charge } => begin(parts, terms, *paid_through, *charge, on),
        Event::Imported { terms, joined_on, paid_through } => import(parts, terms, *joined_on, *paid_through, on),
        Event::CreditPaidOut { amount } => {
            if *amount <= 0 || *amount > parts.account.balance {
                return Err("there is not that much credit");
            }
            parts.account.balance -= amount;
            parts.account.refunded += amount;
            Ok(())
        }
        Event::Merged { into } => merge(parts, into),
        Event::Unmerged => parts.merged_into.take().map(|_| ()).ok_or("the record is not merged"),
        Event::Cancelled { settlement, .. } => {
            let live = live(parts.phase)?;
            let value: i64 = live.coverage.iter().map(|paid| paid.value).sum();
            let terms = live.terms.clone();
            parts.account.earned += value - settlement.unused + settlement.kept;
            parts.account.refunded += settlement.refund;
            parts.account.balance = settlement.balance_after;
            *parts.phase = Phase::Ended { on, ending: Ending::Cancelled, terms };
            Ok(())
        }
        Event::Expired => {
            let live = live(parts.phase)?;
            let terms = live.terms.clone();
            parts.account.earned += live.coverage.iter().map(|paid| paid.value).sum::<i64>();
            *parts.phase = Phase::Ended { on, ending: Ending::Expired, terms };
            Ok(())
        }
        _ => alive(live(parts.phase)?, parts.account, event, on),
    }
}

/// Events of a membership that lasts before and after.
fn alive(live: &mut Live, account: &mut Account, event: &Event, on: BusinessDay) -> Fits {
    live.retire(account, on);
    match event {
        Event::Upgraded { to, proration } | Event::Downgraded { to, proration } => {
            if live.pause.is_some() {
                return Err("the membership is paused");
            }
            live.change_tier(account, to, proration, on);
            Ok(())
        }
        Event::DowngradeScheduled { to } => {
            live.change = Some(to.clone());
            Ok(())
        }
        Event::DowngradeUndone => live.change.take().map(|_| ()).ok_or("no lower tier is coming"),
        Event::Paused { until } => {
            if live.pause.is_some() || *until <= on {
                return Err("the membership is paused already, or the pause has no days");
            }
            live.pause = Some(Pause { from: on, until: *until });
            Ok(())
        }
        Event::Resumed { days: paused } => {
            let pause = live.pause.take().ok_or("the membership is not paused")?;
            if days(pause.from, on) != *paused {
                return Err("the pause had another number of days");
            }
            live.go_on(*paused, pause.from);
            Ok(())
        }
        Event::CancellationScheduled { reason } => {
            live.cancellation = Some(*reason);
            Ok(())
        }
        Event::CancellationUndone => live.cancellation.take().map(|_| ()).ok_or("no cancellation is coming"),
        Event::Renewed { terms, from, paid_through, charge } => {
            if live.pause.is_some() || paid_through <= from {
                return Err("the membership is paused, or the period has no days");
            }
            pay(account, *charge)?;
            let restarted = *from != live.paid_through;
            live.coverage.push(Coverage::whole(terms, *from, *paid_through, charge.price));
            live.terms = terms.clone();
            live.paid_through = *paid_through;
            live.failure = None;
            live.grace_days = terms.allowances.grace_days;
            live.anchored(*from, restarted);
            Ok(())
        }
        Event::PaymentFailed { attempt, .. } => {
            if !live.is_due(on) {
                return Err("no payment was due");
            }
            let first = live.failure.map_or(on, |failure| failure.first);
            live.failure = Some(Failure { first, attempts: *attempt });
            Ok(())
        }
        Event::PaymentRecovered { .. } => {
            if live.failure.is_some() {
                Ok(())
            } else {
                Err("no payment had failed")
            }
        }
        Event::Subscribed { .. }
        | Event::Imported { .. }
        | Event::Cancelled { .. }
        | Event::Expired
        | Event::CreditPaidOut { .. }
        | Event::Merged { .. }
        | Event::Unmerged => Err("it is not an event of a membership that lasts"),
    }
}

fn begin(parts: Parts<'_>, terms: &Terms, paid_through: BusinessDay, charge: Charge, on: BusinessDay) -> Fits {
    if matches!(parts.phase, Phase::Live(_)) {
        return Err("the membership lasts already");
    }
    if paid_through <= on {
        return Err("the period has no days");
    }
    if matches!(parts.phase, Phase::Ended { terms: before, .. } if before.currency != terms.currency) {
        return Err("it is in another currency than before");
    }
    pay(parts.account, charge)?;
    let coverage = Coverage::whole(terms, on, paid_through, charge.price);
    *parts.phase = Phase::Live(Box::new(Live::new(terms, on, coverage, paid_through)));
    parts.first_joined_on.get_or_insert(on);
    Ok(())
}

fn import(parts: Parts<'_>, terms: &Terms, joined_on: BusinessDay, paid_through: BusinessDay, on: BusinessDay) -> Fits {
    if !matches!(parts.phase, Phase::Never) {
        return Err("the record has a history already");
    }
    let anchor = Anchor::of_end(joined_on, paid_through);
    let mut coverage = Coverage::whole(terms, on.min(paid_through), paid_through, 0);
    // The period it is of began elsewhere; the next one tells how long such a period is.
    coverage.period_days = days(paid_through, terms.period.end(paid_through, anchor));
    let mut live = Live::new(terms, on, coverage, paid_through);
    live.since = joined_on;
    live.anchor = anchor;
    live.retire(parts.account, on);
    *parts.phase = Phase::Live(Box::new(live));
    parts.first_joined_on.get_or_insert(joined_on);
    Ok(())
}

fn merge(parts: Parts<'_>, into: &MemberId) -> Fits {
    if into == parts.member {
        return Err("a record cannot be merged into itself");
    }
    if matches!(parts.phase, Phase::Live(_)) {
        return Err("a membership that lasts cannot be merged away");
    }
    *parts.merged_into = Some(into.clone());
    Ok(())
}

fn pay(account: &mut Account, charge: Charge) -> Fits {
    if charge.credit_used > account.balance || charge.credit_used + charge.due != charge.price {
        return Err("the payment does not make up the price");
    }
    account.balance -= charge.credit_used;
    account.taken += charge.due;
    Ok(())
}

fn live(phase: &mut Phase) -> Result<&mut Live, &'static str> {
    match phase {
        Phase::Live(live) => Ok(live),
        Phase::Never | Phase::Ended { .. } => Err("there is no membership"),
    }
}

impl Live {
    fn new(terms: &Terms, since: BusinessDay, coverage: Coverage, paid_through: BusinessDay) -> Self {
        let mut live = Self {
            terms: terms.clone(),
            since,
            coverage: vec![coverage],
            paid_through,
            anchor: Anchor::of(since),
            grace_days: terms.allowances.grace_days,
            pause: None,
            failure: None,
            cancellation: None,
            change: None,
        };
        live.anchored(since, true);
        live
    }

    /// Counts the value of the days that are over on the day `on` as earned.
    fn retire(&mut self, account: &mut Account, on: BusinessDay) {
        let used = self.used_until(on);
        self.coverage.retain(|paid| {
            let over = paid.until <= used;
            if over {
                account.earned += paid.value;
            }
            !over
        });
    }

    fn change_tier(&mut self, account: &mut Account, to: &Terms, proration: &Proration, on: BusinessDay) {
        account.earned += proration.consumed;
        account.taken += proration.due;
        account.balance = proration.balance_after;
        self.terms = to.clone();
        self.change = None;
        self.coverage.clone_from(&proration.coverage);
        if !proration.coverage.is_empty() {
            self.grace_days = to.allowances.grace_days;
        }
        let until = proration.coverage.last().map_or(self.paid_through, |paid| paid.until);
        let restarted = until != self.paid_through;
        self.paid_through = until;
        self.anchored(on, restarted);
    }

    /// Moves the paid days by a pause of `paused` days that began on `from`.
    fn go_on(&mut self, paused: i64, from: BusinessDay) {
        if paused > 0 {
            for paid in &mut self.coverage {
                *paid = paid.moved(paused, from);
            }
            self.paid_through = self.paid_through.plus(i32::try_from(paused).unwrap_or(0));
            self.anchor = Anchor::of(self.paid_through);
        }
    }
}
