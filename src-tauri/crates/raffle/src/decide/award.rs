//! Prizes after the draw: claimed, forfeited, passed on to an alternate; and money given back.

use super::not_open;
use crate::command::Confirmed;
use crate::draw::{Drawn, Outcome};
use crate::entry::EntryId;
use crate::event::{Event, ForfeitReason};
use crate::raffle::{Award, AwardState, Phase, Raffle};
use crate::refusal::Refusal;
use crate::rules::UnitId;
use backroom_core::Timestamp;

/// The last instant of the last day to claim.
pub(super) fn claim_by(raffle: &Raffle, at: Timestamp) -> Result<Timestamp, Refusal> {
    let rule = raffle.rules.day_rule().ok_or(Refusal::Damaged)?;
    let days = i32::try_from(raffle.rules.claim_days).map_err(|_| Refusal::Damaged)?;
    let end = rule.ends_at(rule.day_of(at).plus(days));
    Ok(Timestamp::from_micros(end.micros() - 1_000))
}

/// Who holds a piece and until when it can be claimed.
fn pending(raffle: &Raffle, unit: &UnitId) -> Result<(Award, EntryId, Timestamp), Refusal> {
    match raffle.phase {
        Phase::Drawn | Phase::Sealed => {}
        Phase::Draft | Phase::Cancelled => return Err(not_open(raffle)),
        Phase::Open | Phase::Closed => return Err(Refusal::NotDrawn),
    }
    if raffle.rules.prize(unit).is_none() {
        return Err(Refusal::NoUnit { unit: unit.clone() });
    }
    match raffle.awards.get(unit) {
        Some(award @ Award { entry: Some(entry), state: AwardState::Pending { claim_by }, .. }) => {
            Ok((*award, *entry, *claim_by))
        }
        Some(Award { state: AwardState::Claimed { .. }, .. }) => Err(Refusal::HandedOut { unit: unit.clone() }),
        Some(_) => Err(Refusal::NobodyHolds { unit: unit.clone() }),
        None => Err(Refusal::NotDrawn),
    }
}

pub(super) fn claim(
    raffle: &Raffle,
    unit: &UnitId,
    entry: EntryId,
    confirmed: Confirmed,
    at: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    let (_, holder, until) = pending(raffle, unit)?;
    if holder != entry {
        return Err(Refusal::NotTheWinner { unit: unit.clone(), entry });
    }
    if at > until {
        return Err(Refusal::ClaimOver { unit: unit.clone(), until });
    }
    if confirmed != Confirmed::Eligible {
        return Err(Refusal::NotConfirmed);
    }
    Ok(vec![Event::Claimed { at, unit: unit.clone(), entry }])
}

pub(super) fn forfeit(
    raffle: &Raffle,
    unit: &UnitId,
    reason: ForfeitReason,
    at: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    let (award, entry, until) = pending(raffle, unit)?;
    if reason == ForfeitReason::NotClaimed && at <= until {
        return Err(Refusal::ClaimOpen { unit: unit.clone(), until });
    }
    let barred = (reason == ForfeitReason::NotEligible).then_some(entry);
    let next = match next_alternate(raffle, award.act, barred) {
        Some((entry, place)) => {
            Event::Promoted { at, unit: unit.clone(), entry, place, claim_by: claim_by(raffle, at)? }
        }
        None => Event::LeftOver { at, unit: unit.clone() },
    };
    Ok(vec![Event::Forfeited { at, unit: unit.clone(), entry, reason }, next])
}

/// The next alternate of an act that may still win: not of a person who was found not to be eligible, or who got a prize in
/// another act.
fn next_alternate(raffle: &Raffle, act: u32, barred: Option<EntryId>) -> Option<(EntryId, u32)> {
    let drawing = raffle.acts.iter().find(|a| a.seal.act == act)?.drawing.as_ref()?;
    let used = raffle.alternates_used.get(&act).copied().unwrap_or(0);
    let person_of = |entry: &EntryId| raffle.entries.get(entry).map(|held| held.entry.person);
    let barred = barred.and_then(|entry| person_of(&entry));
    let holds = |entry: &EntryId| {
        let stands = |a: &Award| matches!(a.state, AwardState::Pending { .. } | AwardState::Claimed { .. });
        raffle.awards.values().filter(|a| stands(a)).filter_map(|a| a.entry).any(|holder| {
            holder == *entry || (raffle.rules.one_prize_per_person && person_of(&holder) == person_of(entry))
        })
    };
    let may = |entry: &EntryId| {
        person_of(entry).is_some_and(|person| Some(person) != barred && !raffle.barred(&person)) && !holds(entry)
    };
    let place = |drawn: &Drawn| {
        let place = drawn.place.filter(|place| drawn.outcome == Outcome::Alternate && *place > used)?;
        may(&drawn.entry).then_some((drawn.entry, place))
    };
    drawing.drawn.iter().find_map(place)
}

pub(super) fn refund(raffle: &Raffle, entry: EntryId, at: Timestamp) -> Result<Vec<Event>, Refusal> {
    if !raffle.entries.contains_key(&entry) {
        return Err(Refusal::NoTicket { entry });
    }
    let owed = raffle.refunds_due().iter().any(|refund| refund.entry == entry);
    if owed { Ok(vec![Event::Refunded { at, entry }]) } else { Err(Refusal::NothingOwed { entry }) }
}
