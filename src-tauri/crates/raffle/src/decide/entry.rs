//! Entries: made, brought from another PC, and made void.

use super::not_open;
use crate::command::{Brought, Confirmed, EntryRequest};
use crate::entry::{Channel, Entry, EntryId};
use crate::event::{Event, VoidReason};
use crate::raffle::{Counts, Held, Phase, Raffle};
use crate::refusal::Refusal;
use crate::rules::Amount;
use backroom_core::{BusinessDay, Timestamp};
use std::collections::BTreeMap;

pub(super) fn enter(raffle: &Raffle, request: &EntryRequest, at: Timestamp) -> Result<Vec<Event>, Refusal> {
    let rules = &raffle.rules;
    if raffle.phase != Phase::Open {
        return Err(not_open(raffle));
    }
    if at < rules.opens_at {
        return Err(Refusal::NotYet { opens_at: rules.opens_at });
    }
    if at >= rules.closes_at {
        return Err(Refusal::Over { closes_at: rules.closes_at });
    }
    if request.confirmed != Confirmed::Eligible {
        return Err(Refusal::NotConfirmed);
    }
    if raffle.entries.contains_key(&request.id) {
        return Err(Refusal::TicketTaken { entry: request.id });
    }
    let paid = price(raffle, request.channel)?;
    let day = day_of(raffle, at)?;
    if let Some((limit, most)) = raffle.counts.reached(&rules.limits, request.person, day, request.household) {
        return Err(Refusal::LimitReached { limit, most });
    }
    let entry = Entry {
        id: request.id,
        at,
        day,
        channel: request.channel,
        person: request.person,
        household: request.household,
        paid,
        receipt: request.receipt.clone(),
    };
    Ok(vec![Event::Entered { entry }])
}

/// The price of the way in; a refusal where the rules do not offer it.
fn price(raffle: &Raffle, channel: Channel) -> Result<Option<Amount>, Refusal> {
    let rules = &raffle.rules;
    let offered = match channel {
        Channel::Free => rules.free_entry.as_ref().map(|_| None),
        Channel::Purchase => rules.purchase_entry.as_ref().map(|_| None),
        Channel::Paid => rules.paid_entry.as_ref().map(|paid| Some(paid.price.clone())),
    };
    offered.ok_or(Refusal::NotOffered { channel })
}

fn day_of(raffle: &Raffle, at: Timestamp) -> Result<BusinessDay, Refusal> {
    raffle.rules.day_rule().map(|rule| rule.day_of(at)).ok_or(Refusal::Damaged)
}

/// Takes in what another PC has. Whichever PC brings first, both end with the same entries: over all that are not void, the earliest
/// count, and what is above a limit becomes void.
pub(super) fn bring(raffle: &Raffle, brought: &[Brought], at: Timestamp) -> Result<Vec<Event>, Refusal> {
    if !matches!(raffle.phase, Phase::Open | Phase::Closed) {
        return Err(not_open(raffle));
    }
    let mut events = Vec::new();
    let mut all: BTreeMap<EntryId, (Entry, Option<VoidReason>)> =
        raffle.entries.iter().map(|(id, held)| (*id, (held.entry.clone(), held.void))).collect();
    for Brought { entry, void } in brought {
        fits(raffle, entry, at)?;
        match all.get(&entry.id) {
            Some((own, _)) if own != entry => return Err(Refusal::TicketTaken { entry: entry.id }),
            Some(_) => {}
            None => {
                events.push(Event::Entered { entry: entry.clone() });
                all.insert(entry.id, (entry.clone(), None));
            }
        }
        if let (Some(reason), Some((_, own @ None))) = (void, all.get_mut(&entry.id)) {
            *own = Some(*reason);
            events.push(Event::Voided { at, entry: entry.id, reason: *reason, note: String::new() });
        }
    }
    let mut counting: Vec<&Entry> = all.values().filter(|(_, void)| void.is_none()).map(|(entry, _)| entry).collect();
    counting.sort_by_key(|entry| (entry.at, entry.id));
    let mut counts = Counts::default();
    for entry in counting {
        if counts.reached(&raffle.rules.limits, entry.person, entry.day, entry.household).is_some() {
            let reason = VoidReason::OverLimit;
            events.push(Event::Voided { at, entry: entry.id, reason, note: String::new() });
        } else {
            counts.add(entry.person, entry.day, entry.household);
        }
    }
    Ok(events)
}

fn fits(raffle: &Raffle, entry: &Entry, at: Timestamp) -> Result<(), Refusal> {
    // An entry of the future would stop everything here until then.
    let latest = at.plus_seconds(super::CLOCK_SLACK_SECONDS);
    let inside = entry.at >= raffle.rules.opens_at && entry.at < raffle.rules.closes_at && entry.at <= latest;
    let day = day_of(raffle, entry.at)? == entry.day;
    let paid = price(raffle, entry.channel).is_ok_and(|paid| paid == entry.paid);
    if inside && day && paid { Ok(()) } else { Err(Refusal::DoesNotFit { entry: entry.id }) }
}

pub(super) fn void(
    raffle: &Raffle,
    entry: EntryId,
    reason: VoidReason,
    note: &str,
    at: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    if !matches!(raffle.phase, Phase::Open | Phase::Closed) {
        return Err(not_open(raffle));
    }
    match raffle.entries.get(&entry) {
        None => Err(Refusal::NoTicket { entry }),
        Some(Held { void: Some(_), .. }) => Err(Refusal::AlreadyVoid { entry }),
        Some(_) => Ok(vec![Event::Voided { at, entry, reason, note: note.to_owned() }]),
    }
}
