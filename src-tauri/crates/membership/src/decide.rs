//! What somebody wants done with a membership, and whether it can be: commands in, events or a refusal out.

use crate::event::{CancelReason, Charge, Dated, Effect, Event, MemberId};
use crate::period::{Anchor, days};
use crate::proration::{Proration, ProrationLine, Settlement, Unused};
use crate::refusal::Refusal;
use crate::state::{Live, Membership, Phase, Standing};
use crate::tier::Terms;
use backroom_core::BusinessDay;
use serde::{Deserialize, Serialize};

/// Days ahead that an imported membership can be paid for: three years.
const LONGEST_IMPORT: i64 = 1_100;

/// What somebody wants done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Join, or join again; the first period is paid.
    Subscribe {
        /// What is agreed.
        terms: Terms,
    },
    /// Bring a membership along from another system.
    Import {
        /// What is agreed.
        terms: Terms,
        /// When the member joined there.
        #[serde(with = "crate::wire::day")]
        joined_on: BusinessDay,
        /// The first day that is not paid for.
        #[serde(with = "crate::wire::day")]
        paid_through: BusinessDay,
    },
    /// Take a higher tier at once; the difference is paid.
    Upgrade {
        /// What is agreed then.
        to: Terms,
    },
    /// Take a lower tier.
    Downgrade {
        /// What is agreed then.
        to: Terms,
        /// When the paid days are over, or at once with the rest of them credited.
        effect: Effect,
    },
    /// Keep the tier after all.
    UndoDowngrade,
    /// Pause from today.
    Pause {
        /// The first day on which it goes on.
        #[serde(with = "crate::wire::day")]
        until: BusinessDay,
    },
    /// Go on from today.
    Resume,
    /// End it today.
    CancelNow {
        /// Why.
        reason: CancelReason,
        /// What becomes of the unused days.
        unused: Unused,
    },
    /// End it when the paid days are over.
    CancelAtPeriodEnd {
        /// Why.
        reason: CancelReason,
    },
    /// Do not end it after all.
    UndoCancellation,
    /// The next period is paid.
    Renew {
        /// The same tier at the price and period it has now; none to go on as agreed.
        terms: Option<Terms>,
    },
    /// The payment that is due was tried and failed.
    RecordFailedPayment,
    /// The member's credit is paid out.
    PayOutCredit,
    /// This record is a second one of the same person.
    Merge {
        /// The record that counts.
        into: MemberId,
    },
    /// The two records are two people after all.
    Unmerge,
}

/// The events that `command` makes on the day `at`, after those that time made before it. Nothing is changed: whoever asks keeps
/// the events.
///
/// # Errors
/// Why it cannot be done.
pub fn decide(state: &Membership, command: &Command, at: BusinessDay) -> Result<Vec<Dated>, Refusal> {
    if let Some(last) = state.last_on().filter(|last| at < *last) {
        return Err(Refusal::ClockMovedBack { last });
    }
    let mut now = state.clone();
    let mut events = now.settle(at);
    let own = judge(&now, command, at)?;
    events.extend(own.into_iter().map(|event| Dated { on: at, event }));
    Ok(events)
}

/// What a command would do, in days and money, before anybody agrees to it. It is made from the events that the command makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// How the member would stand.
    pub standing: Standing,
    /// What would be agreed.
    pub terms: Option<Terms>,
    /// The first day that would not be paid for.
    #[serde(with = "crate::wire::some_day")]
    pub paid_through: Option<BusinessDay>,
    /// How a change of tier comes about in money.
    pub lines: Vec<ProrationLine>,
    /// What the member would pay now, in minor units.
    pub due: i64,
    /// What would be given back now.
    pub refund: i64,
    /// The member's credit afterwards.
    pub balance: i64,
    /// The events.
    pub events: Vec<Dated>,
}

/// Works out what `command` would do on the day `at`.
///
/// # Errors
/// Why it cannot be done.
pub fn preview(state: &Membership, command: &Command, at: BusinessDay) -> Result<Preview, Refusal> {
    let events = decide(state, command, at)?;
    let mut after = state.clone();
    for dated in &events {
        // What has just been decided fits the state it was decided on.
        let _ = after.apply(dated);
    }
    let lines = events.iter().flat_map(|dated| match &dated.event {
        Event::Upgraded { proration, .. } | Event::Downgraded { proration, .. } => proration.lines.clone(),
        _ => Vec::new(),
    });
    Ok(Preview {
        standing: after.standing(at),
        terms: after.terms().cloned(),
        paid_through: after.live().map(Live::ends_on),
        lines: lines.collect(),
        due: events.iter().map(|dated| dated.event.taken()).sum(),
        refund: events.iter().map(|dated| dated.event.refunded()).sum(),
        balance: after.account().balance,
        events,
    })
}

fn judge(state: &Membership, command: &Command, at: BusinessDay) -> Result<Vec<Event>, Refusal> {
    if let Some(into) = state.merged_into() {
        return match command {
            Command::Unmerge => Ok(vec![Event::Unmerged]),
            _ => Err(Refusal::Merged { into: into.clone() }),
        };
    }
    let balance = state.account().balance;
    match command {
        Command::Subscribe { terms } => subscribe(state, terms, at),
        Command::Import { terms, joined_on, paid_through } => import(state, terms, *joined_on, *paid_through, at),
        Command::Upgrade { to } => upgrade(live(state)?, to, at, balance),
        Command::Downgrade { to, effect } => downgrade(live(state)?, to, *effect, at, balance),
        Command::UndoDowngrade => match live(state)?.change {
            Some(_) => Ok(vec![Event::DowngradeUndone]),
            None => Err(Refusal::NothingToUndo),
        },
        Command::Pause { until } => pause(live(state)?, *until, at),
        Command::Resume => {
            let pause = live(state)?.pause.ok_or(Refusal::NotPaused)?;
            Ok(vec![Event::Resumed { days: days(pause.from, at) }])
        }
        Command::CancelNow { reason, unused } => {
            let live = live(state)?;
            let settlement = Settlement::of(&live.coverage, live.used_until(at), balance, *unused);
            Ok(vec![Event::Cancelled { reason: *reason, effect: Effect::Now, settlement }])
        }
        Command::CancelAtPeriodEnd { reason } => cancel_later(live(state)?, *reason, at, balance),
        Command::UndoCancellation => match state.phase() {
            Phase::Live(live) if live.cancellation.is_some() => Ok(vec![Event::CancellationUndone]),
            Phase::Ended { on, .. } => Err(Refusal::AlreadyEnded { on: *on }),
            Phase::Live(_) | Phase::Never => Err(Refusal::NothingToUndo),
        },
        Command::Renew { terms } => renew(live(state)?, terms.as_ref(), at, balance),
        Command::RecordFailedPayment => fail(live(state)?, at),
        Command::PayOutCredit if balance > 0 => Ok(vec![Event::CreditPaidOut { amount: balance }]),
        Command::PayOutCredit => Err(Refusal::NoCredit),
        Command::Merge { into } => merge(state, into),
        Command::Unmerge => Err(Refusal::NotMerged),
    }
}

fn live(state: &Membership) -> Result<&Live, Refusal> {
    state.live().ok_or(Refusal::NotAMember)
}

fn subscribe(state: &Membership, terms: &Terms, at: BusinessDay) -> Result<Vec<Event>, Refusal> {
    if state.live().is_some() {
        return Err(Refusal::AlreadyAMember);
    }
    if state.currency().is_some_and(|currency| currency != terms.currency) {
        return Err(Refusal::OtherCurrency);
    }
    let paid_through = terms.period.end(at, Anchor::of(at));
    let charge = Charge::of(terms.price, state.account().balance);
    Ok(vec![Event::Subscribed { terms: terms.clone(), paid_through, charge }])
}

fn import(
    state: &Membership,
    terms: &Terms,
    joined_on: BusinessDay,
    paid_through: BusinessDay,
    at: BusinessDay,
) -> Result<Vec<Event>, Refusal> {
    if !matches!(state.phase(), Phase::Never) {
        return Err(Refusal::HasHistory);
    }
    if joined_on > at {
        return Err(Refusal::JoinedLater);
    }
    if days(at, paid_through) > LONGEST_IMPORT {
        return Err(Refusal::PaidTooFar);
    }
    let lapsed_on = paid_through.plus(i32::from(terms.allowances.grace_days) + 1);
    if lapsed_on <= at {
        return Err(Refusal::AlreadyLapsed { lapsed_on });
    }
    Ok(vec![Event::Imported { terms: terms.clone(), joined_on, paid_through }])
}

fn upgrade(live: &Live, to: &Terms, at: BusinessDay, balance: i64) -> Result<Vec<Event>, Refusal> {
    may_change(live, to)?;
    not_paused(live)?;
    if to.height() <= live.terms.height() {
        return Err(Refusal::NotAnUpgrade);
    }
    if live.is_due(at) {
        return Err(Refusal::PaymentDue { since: live.paid_through });
    }
    Ok(vec![Event::Upgraded { to: to.clone(), proration: Proration::of(&live.coverage, to, at, balance) }])
}

fn downgrade(live: &Live, to: &Terms, effect: Effect, at: BusinessDay, balance: i64) -> Result<Vec<Event>, Refusal> {
    may_change(live, to)?;
    if to.height() >= live.terms.height() {
        return Err(Refusal::NotADowngrade);
    }
    if effect == Effect::PeriodEnd && !live.is_due(at) {
        return Ok(vec![Event::DowngradeScheduled { to: to.clone() }]);
    }
    not_paused(live)?;
    Ok(vec![Event::Downgraded { to: to.clone(), proration: Proration::of(&live.coverage, to, at, balance) }])
}

/// Whether the tier can change at all: nobody who leaves is sold another, and no two currencies meet.
fn may_change(live: &Live, to: &Terms) -> Result<(), Refusal> {
    no_cancellation(live)?;
    if to.currency == live.terms.currency { Ok(()) } else { Err(Refusal::OtherCurrency) }
}

fn no_cancellation(live: &Live) -> Result<(), Refusal> {
    match live.cancellation {
        Some(_) => Err(Refusal::CancellationPending { ends_on: live.ends_on() }),
        None => Ok(()),
    }
}

fn not_paused(live: &Live) -> Result<(), Refusal> {
    live.pause.map_or(Ok(()), |pause| Err(Refusal::Paused { until: pause.until }))
}

fn pause(live: &Live, until: BusinessDay, at: BusinessDay) -> Result<Vec<Event>, Refusal> {
    not_paused(live)?;
    no_cancellation(live)?;
    if live.is_due(at) {
        return Err(Refusal::PaymentDue { since: live.paid_through });
    }
    if until <= at {
        return Err(Refusal::PauseEndsEarly);
    }
    let latest = at.plus(i32::from(live.terms.allowances.pause_days));
    if until > latest {
        return Err(Refusal::PauseTooLong { latest });
    }
    Ok(vec![Event::Paused { until }])
}

fn cancel_later(live: &Live, reason: CancelReason, at: BusinessDay, balance: i64) -> Result<Vec<Event>, Refusal> {
    no_cancellation(live)?;
    if live.is_due(at) {
        // The paid days are over: there is no later end to wait for.
        let settlement = Settlement::of(&live.coverage, at, balance, Unused::Kept);
        return Ok(vec![Event::Cancelled { reason, effect: Effect::Now, settlement }]);
    }
    Ok(vec![Event::CancellationScheduled { reason }])
}

fn renew(live: &Live, terms: Option<&Terms>, at: BusinessDay, balance: i64) -> Result<Vec<Event>, Refusal> {
    not_paused(live)?;
    no_cancellation(live)?;
    let terms = terms.unwrap_or(&live.terms);
    if terms.tier != live.terms.tier {
        return Err(Refusal::OtherTier);
    }
    if terms.currency != live.terms.currency {
        return Err(Refusal::OtherCurrency);
    }
    if live.change.is_some() {
        return Err(Refusal::ChangePending { on: live.paid_through });
    }
    let from = live.renewable_from();
    if at < from {
        return Err(Refusal::TooEarly { from });
    }
    let mut ahead = live.coverage.iter().filter(|paid| paid.until > at);
    if let (Some(present), Some(_)) = (ahead.next(), ahead.next()) {
        return Err(Refusal::TooEarly { from: present.until });
    }
    let (mut from, mut until) = (live.paid_through, terms.period.end(live.paid_through, live.anchor));
    if until <= at {
        // So late that the period would be over: nobody pays for days that were grace alone.
        (from, until) = (at, terms.period.end(at, Anchor::of(at)));
    }
    let renewed =
        Event::Renewed { terms: terms.clone(), from, paid_through: until, charge: Charge::of(terms.price, balance) };
    Ok(match live.failure {
        Some(failure) => vec![Event::PaymentRecovered { after_days: days(failure.first, at) }, renewed],
        None => vec![renewed],
    })
}

fn fail(live: &Live, at: BusinessDay) -> Result<Vec<Event>, Refusal> {
    if !live.is_due(at) {
        return Err(Refusal::NothingDue { due: live.ends_on() });
    }
    let attempt = live.failure.map_or(0, |failure| failure.attempts) + 1;
    let first = live.failure.map_or(at, |failure| failure.first);
    let lapses_on = first.plus(i32::from(live.grace_days) + 1);
    Ok(vec![Event::PaymentFailed { attempt, lapses_on }])
}

fn merge(state: &Membership, into: &MemberId) -> Result<Vec<Event>, Refusal> {
    if into == state.member() {
        return Err(Refusal::MergeWithItself);
    }
    if state.live().is_some() {
        return Err(Refusal::StillAMember);
    }
    match state.account().balance {
        0 => Ok(vec![Event::Merged { into: into.clone() }]),
        balance => Err(Refusal::CreditLeft { balance }),
    }
}
