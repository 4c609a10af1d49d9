//! How things stand, for a screen.

use super::{Doing, Updates};
use crate::commands::Nothing;
use crate::dto::{ApiError, UpdateOffer, UpdatePrevious, UpdateState, UpdateStatus, Updated};
use crate::engine::{Engine, held};
use backroom_core::Timestamp;
use backroom_update::{Download, Manifest, Outcome, State, Target, UpdateError};

pub(crate) fn update_status(engine: &Engine, _: Nothing) -> Result<UpdateStatus, ApiError> {
    let updates = engine.updates();
    let now = engine.inner.clock.now();
    let state = held(&updates.state).clone();
    let doing = *held(&updates.doing);
    let means = if engine.inner.demo { Err(UpdateError::NotBuiltIn) } else { updates.means() };
    let target = means.as_ref().ok().map(|(.., target)| target.clone());
    let offer = if means.is_ok() { updates.offer(now).ok().flatten() } else { None };
    let ready = offer.as_ref().zip(target.as_ref()).is_some_and(|(offer, target)| updates.is_ready(offer, target));
    let unattended = means.as_ref().is_ok_and(|(_, _, installer, _)| installer.unattended());
    let wanted = state.later_until.map(Timestamp::from_micros).filter(|until| *until > now);
    let installs_at =
        (ready && unattended && state.our_turn).then(|| engine.trade().ok()).flatten().and_then(|trade| {
            let from = wanted.unwrap_or(now);
            trade.next_quiet(from, &engine.store().rule())
        });
    let told = |micros: i64| Timestamp::from_micros(micros).to_rfc3339();
    let trouble = state.trouble.clone();
    Ok(UpdateStatus {
        version: updates.options.version.to_string(),
        state: stands(
            if state.installing.is_some() { Doing::Installing } else { doing },
            means.is_ok(),
            offer.is_some(),
            state.our_turn,
            ready,
        ),
        unavailable: means.err().map(ApiError::from),
        channel: state.channel.name().to_owned(),
        checked_at: state.checked_at.map(told),
        offer: offer.as_ref().zip(target.as_ref()).map(|(offer, target)| describe(offer, target)),
        done_bytes: match doing {
            Doing::Downloading(here) => Some(here),
            Doing::Nothing | Doing::Checking | Doing::Installing => None,
        },
        installs_at: installs_at.map(Timestamp::to_rfc3339),
        by_hand: !unattended,
        later_until: wanted.map(Timestamp::to_rfc3339),
        failed_at: trouble.as_ref().map(|trouble| told(trouble.at)),
        failed: trouble.map(|trouble| ApiError::new(&trouble.code, trouble.message, trouble.hint)),
        updated: state.outcome.clone().filter(|outcome| !outcome.seen || outcome.wrong.is_some()).map(made),
        previous: previous(updates, &state),
    })
}

fn stands(doing: Doing, can: bool, offered: bool, our_turn: bool, ready: bool) -> UpdateState {
    match doing {
        _ if !can => UpdateState::Unavailable,
        Doing::Checking => UpdateState::Checking,
        Doing::Downloading(_) => UpdateState::Downloading,
        Doing::Installing => UpdateState::Installing,
        Doing::Nothing if !offered => UpdateState::None,
        Doing::Nothing if !our_turn => UpdateState::NotYet,
        Doing::Nothing if ready => UpdateState::Ready,
        Doing::Nothing => UpdateState::Found,
    }
}

fn describe(offer: &Manifest, target: &Target) -> UpdateOffer {
    UpdateOffer {
        version: offer.version.to_string(),
        notes: offer.notes.clone(),
        size_bytes: offer.artefact(target).map_or(0, |artefact| artefact.size),
        released_at: offer.issued.to_rfc3339(),
    }
}

fn made(outcome: Outcome) -> Updated {
    let wrong = outcome.wrong.map(|why| UpdateError::SelfCheck { version: outcome.to.to_string(), why });
    Updated {
        from: outcome.from.to_string(),
        to: outcome.to.to_string(),
        notes: outcome.notes,
        at: Timestamp::from_micros(outcome.at).to_rfc3339(),
        wrong: wrong.map(ApiError::from),
    }
}

fn previous(updates: &Updates, state: &State) -> Option<UpdatePrevious> {
    let kept = state.previous.clone()?;
    let backup = updates.folder.file(&kept.backup?);
    Some(UpdatePrevious {
        version: kept.version.to_string(),
        kept: kept.package.is_some_and(|package| updates.folder.file(&package).is_file()),
        backup: backup.display().to_string(),
    })
}

impl Updates {
    /// Whether the installer is here, by its size alone: a screen asks often. Whoever installs looks at all of it.
    pub(super) fn is_ready(&self, offer: &Manifest, target: &Target) -> bool {
        offer.artefact(target).is_ok_and(|artefact| {
            let file = std::fs::metadata(self.folder.file(&Download::name(artefact)));
            file.is_ok_and(|file| file.len() == artefact.size)
        })
    }
}
