//! A member's events one after the other, with how the member stood before and after each.

use super::{DamagedHistory, History};
use crate::event::{CancelReason, Dated, Event};
use crate::state::{Ending, Membership, Misfit, Phase};
use backroom_core::{BusinessDay, Currency};

/// What statistics need to know of a member.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct At {
    /// Whether there is a membership.
    pub(super) member: bool,
    /// Whether it is paused.
    pub(super) paused: bool,
    /// What it brings in a month, in minor units.
    pub(super) monthly: i64,
}

impl At {
    pub(super) fn of(state: &Membership) -> Self {
        match state.live() {
            Some(live) => {
                let paused = live.pause.is_some();
                Self { member: true, paused, monthly: if paused { 0 } else { live.terms.monthly() } }
            }
            None => Self::default(),
        }
    }
}

/// An event and what it changed.
pub(super) struct Step<'s> {
    pub(super) on: BusinessDay,
    pub(super) event: &'s Event,
    pub(super) before: &'s At,
    pub(super) after: &'s At,
    /// Whether there was no membership ever before.
    pub(super) is_first: bool,
    pub(super) ending: Option<Ending>,
    pub(super) currency: Option<Currency>,
}

impl Step<'_> {
    pub(super) fn is_import(&self) -> bool {
        matches!(self.event, Event::Imported { .. })
    }

    pub(super) fn reason(&self) -> Option<CancelReason> {
        match self.event {
            Event::Cancelled { reason, .. } => Some(*reason),
            _ => None,
        }
    }
}

/// Goes through what happened up to and with the day `to`, what time did by then included, and tells how the member stands there.
pub(super) fn through(
    history: History<'_>,
    to: BusinessDay,
    mut each: impl FnMut(Step<'_>),
) -> Result<Membership, DamagedHistory> {
    let damaged = |misfit: Misfit| DamagedHistory { member: history.member.clone(), misfit };
    let mut state = Membership::new(history.member.clone());
    let mut tell = |state: &mut Membership, dated: &Dated| -> Result<(), Misfit> {
        let (before, is_first) = (At::of(state), state.first_joined_on().is_none());
        state.apply(dated)?;
        let ending = match state.phase() {
            Phase::Ended { ending, .. } => Some(*ending),
            Phase::Never | Phase::Live(_) => None,
        };
        each(Step {
            on: dated.on,
            event: &dated.event,
            before: &before,
            after: &At::of(state),
            is_first,
            ending,
            currency: state.currency(),
        });
        Ok(())
    };
    for dated in history.events.iter().take_while(|dated| dated.on <= to) {
        tell(&mut state, dated).map_err(damaged)?;
    }
    let mut then = state.clone();
    for dated in then.settle(to) {
        tell(&mut state, &dated).map_err(damaged)?;
    }
    Ok(state)
}
