//! Sealing the list, and drawing from it.

use super::not_open;
use crate::beacon::{BeaconPlan, BeaconRound, QUICKNET};
use crate::command::SealRequest;
use crate::draw::{self, DrawSecret};
use crate::entry::EntryId;
use crate::event::Event;
use crate::raffle::{Act, AwardState, Opening, Phase, Raffle};
use crate::refusal::Refusal;
use crate::rules::UnitId;
use crate::seal::{Earlier, SEAL_FORMAT, Seal, SealedList};
use backroom_core::Timestamp;
use std::collections::HashSet;

/// How far ahead of the seal its round must be, in seconds: nobody may know it, with a clock a little wrong either.
const ROUND_AHEAD_SECONDS: i64 = 60;
/// More pieces than rules can have.
const MOST_UNITS: usize = 1_000;

pub(super) fn seal(raffle: &Raffle, request: &SealRequest, at: Timestamp) -> Result<Vec<Event>, Refusal> {
    let opening = raffle.opening.as_ref();
    let opening = match raffle.phase {
        Phase::Closed | Phase::Sealed | Phase::Drawn => opening.ok_or(Refusal::Damaged)?,
        Phase::Open => return Err(Refusal::NotYetOver { closes_at: raffle.rules.closes_at }),
        Phase::Draft | Phase::Cancelled => return Err(not_open(raffle)),
    };
    let first = raffle.acts.is_empty();
    let reason = if first { None } else { Some(said(request.reason.as_ref()).ok_or(Refusal::NeedsReason)?) };
    let commitment_changed = check_commitment(raffle, request, opening)?;
    let beacon = request.beacon_round.map(|round| plan(round, at)).transpose()?;
    let units = units_of(raffle, request.units.as_deref())?;
    let left_out = raffle.left_out(&units);
    let out: HashSet<EntryId> = left_out.iter().map(|left| left.entry).collect();
    let list = SealedList::of(raffle.entries.values().map(|held| &held.entry).filter(|entry| !out.contains(&entry.id)));
    if list.is_empty() {
        return Err(Refusal::NobodyIn);
    }
    let seal = Seal {
        format: SEAL_FORMAT.to_owned(),
        raffle: raffle.rules.id.clone(),
        act: u32::try_from(raffle.acts.len()).unwrap_or(u32::MAX).saturating_add(1),
        reason,
        earlier: raffle.acts.iter().map(earlier).collect::<Result<_, _>>()?,
        rules_hash: opening.rules_hash,
        opened_at: opening.at,
        opening_commitment: opening.commitment,
        sealed_at: at,
        list_hash: list.hash(),
        merkle_root: list.merkle_root(),
        entries: list.len() as u64,
        left_out,
        units,
        alternates: raffle.rules.alternates,
        one_prize_per_person: raffle.rules.one_prize_per_person,
        commitment: request.commitment,
        commitment_changed,
        beacon,
        public_key: request.public_key,
    };
    Ok(vec![Event::Sealed { seal: Box::new(seal) }])
}

fn said(text: Option<&String>) -> Option<String> {
    text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty())
}

fn earlier(act: &Act) -> Result<Earlier, Refusal> {
    Ok(Earlier {
        act: act.seal.act,
        seal_hash: act.seal.hash().map_err(|_| Refusal::Damaged)?,
        seed: act.drawing.as_ref().map(|drawing| drawing.seed),
    })
}

/// A first act draws with the secret of the opening, or says why not; no act draws with a secret that everybody knows.
fn check_commitment(raffle: &Raffle, request: &SealRequest, opening: &Opening) -> Result<Option<String>, Refusal> {
    let revealed = raffle.acts.iter().filter(|act| act.drawing.is_some());
    if revealed.map(|act| act.seal.commitment).any(|known| known == request.commitment) {
        return Err(Refusal::SecretUsed);
    }
    if request.commitment == opening.commitment || !raffle.acts.is_empty() {
        return Ok(None);
    }
    said(request.commitment_changed.as_ref()).map(Some).ok_or(Refusal::CommitmentChanged)
}

fn plan(round: u64, at: Timestamp) -> Result<BeaconPlan, Refusal> {
    let ahead = |plan: &BeaconPlan| plan.round_at >= at.plus_seconds(ROUND_AHEAD_SECONDS);
    QUICKNET.plan(round).filter(ahead).ok_or(Refusal::RoundTooNear { at })
}

/// The pieces that the next act draws for, in the order of the rules.
fn units_of(raffle: &Raffle, asked: Option<&[UnitId]>) -> Result<Vec<UnitId>, Refusal> {
    let all = raffle.rules.units(MOST_UNITS);
    let Some(last) = raffle.acts.last() else { return Ok(all) };
    let free = |unit: &UnitId| match raffle.awards.get(unit).map(|award| award.state) {
        Some(AwardState::LeftOver) => true,
        // The act before was never drawn: what it was to draw for is still to be drawn for.
        Some(AwardState::InFurtherAct) | None => last.drawing.is_none() && last.seal.units.contains(unit),
        Some(AwardState::Pending { .. } | AwardState::Claimed { .. }) => false,
    };
    let units: Vec<UnitId> = match asked {
        None => all.into_iter().filter(free).collect(),
        Some(asked) => {
            for (at, unit) in asked.iter().enumerate() {
                let state = raffle.awards.get(unit).map(|award| award.state);
                if let Some(AwardState::Claimed { .. }) = state {
                    return Err(Refusal::HandedOut { unit: unit.clone() });
                }
                if !all.contains(unit) || asked.iter().take(at).any(|before| before == unit) {
                    return Err(Refusal::NoUnit { unit: unit.clone() });
                }
            }
            all.into_iter().filter(|unit| asked.contains(unit)).collect()
        }
    };
    if units.is_empty() { Err(Refusal::NothingToDraw) } else { Ok(units) }
}

pub(super) fn draw(
    raffle: &Raffle,
    secret: &DrawSecret,
    beacon: Option<&BeaconRound>,
    at: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    let (act, seal) = match (raffle.phase, raffle.acts.last()) {
        (Phase::Sealed, Some(Act { seal, drawing: None })) => (seal.act, seal),
        (Phase::Drawn, Some(Act { seal, drawing: Some(drawing) })) => {
            return Err(Refusal::AlreadyDrawn { act: seal.act, at: drawing.at });
        }
        (Phase::Cancelled | Phase::Draft, _) => return Err(not_open(raffle)),
        _ => return Err(Refusal::NotSealed),
    };
    if secret.commitment() != seal.commitment {
        return Err(Refusal::WrongSecret);
    }
    match (&seal.beacon, beacon) {
        (None, None) => {}
        (None, Some(_)) => return Err(Refusal::BeaconNotNamed),
        (Some(plan), _) if at < plan.round_at => return Err(Refusal::TooEarly { round_at: plan.round_at }),
        (Some(_), None) => return Err(Refusal::NoBeacon),
        (Some(plan), Some(round)) => plan.check_round(round).map_err(Refusal::BadBeacon)?,
    }
    let list = raffle.list(act).filter(|list| list.hash() == seal.list_hash).ok_or(Refusal::Damaged)?;
    let seal_hash = seal.hash().map_err(|_| Refusal::Damaged)?;
    let secret = secret.reveal();
    let seed = draw::seed(&secret, &seal_hash, &seal.list_hash, beacon);
    let drawn = draw::draw(&seed, &list.lots(), &seal.units, seal.alternates, seal.one_prize_per_person);
    let claim_by = super::award::claim_by(raffle, at)?;
    Ok(vec![Event::Drawn { at, act, secret, beacon: beacon.cloned(), seed, drawn, claim_by }])
}
