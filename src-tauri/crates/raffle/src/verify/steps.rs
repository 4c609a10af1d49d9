//! The steps after the form.

use super::{Check, Expected, Verification};
use crate::certificate::Certificate;
use crate::draw::{Drawn, Outcome, commitment_of, draw, seed};
use crate::hash::Digest;
use crate::raffle::Counts;
use crate::seal::{Line, SealedList};
use crate::validate::{MOST_ALTERNATES, MOST_UNITS};
use ring::signature::{ED25519, UnparsedPublicKey};
use std::collections::HashSet;

type Found = Result<String, String>;

pub(super) fn check(certificate: &Certificate, expected: &Expected, found: &mut Verification) {
    let body = &certificate.body;
    let list = SealedList::read(&body.list);
    let seal_hash = body.seal.hash().ok();
    found.seal_hash = seal_hash;
    found.add(Check::Signature, signature(certificate, expected));
    found.add(Check::Rules, rules(certificate));
    found.add(Check::List, sealed_list(certificate, list.as_ref()));
    found.add(Check::Merkle, merkle(certificate, list.as_ref()));
    found.add(Check::Limits, limits(certificate, list.as_ref()));
    found.add(Check::Seal, seal(certificate, list.as_ref(), seal_hash, expected));
    found.add(Check::Commitment, commitment(certificate, expected));
    found.add(Check::Beacon, beacon(certificate));
    found.add(Check::Seed, its_seed(certificate, seal_hash));
    found.add(Check::Draw, its_draw(certificate, list.as_ref()));
    notes(certificate, found);
}

fn says(holds: bool, yes: impl Into<String>, no: impl Into<String>) -> Found {
    if holds { Ok(yes.into()) } else { Err(no.into()) }
}

fn no_list() -> Found {
    Err("The list cannot be read, so this cannot be worked out.".to_owned())
}

fn signature(certificate: &Certificate, expected: &Expected) -> Found {
    let key = &certificate.body.seal.public_key;
    if expected.public_key.is_some_and(|known| known != *key) {
        return Err("The certificate names another key than the shop's.".to_owned());
    }
    let message = certificate.body.message().unwrap_or_default();
    let holds = UnparsedPublicKey::new(&ED25519, key.bytes()).verify(&message, certificate.signature.bytes()).is_ok();
    says(
        holds,
        format!("The signature is of the key {key}, which the seal names."),
        "The signature does not fit: something was changed after signing.",
    )
}

fn rules(certificate: &Certificate) -> Found {
    let (rules, seal) = (&certificate.body.rules, &certificate.body.seal);
    if rules.hash().ok() != Some(seal.rules_hash) || rules.id != seal.raffle {
        return Err("The rules are not the ones that were frozen at the opening.".to_owned());
    }
    if rules.unit_count() > MOST_UNITS || rules.alternates > MOST_ALTERNATES {
        return Err("The rules give away more than a raffle can.".to_owned());
    }
    let all = rules.units(usize::try_from(MOST_UNITS).unwrap_or(usize::MAX));
    // A further act may draw for some of them, in the same order.
    let drawn_for = if seal.act == 1 { seal.units == all } else { in_order(&all, &seal.units) };
    let by_the_rules = drawn_for
        && !seal.units.is_empty()
        && seal.alternates == rules.alternates
        && seal.one_prize_per_person == rules.one_prize_per_person;
    says(
        by_the_rules,
        format!("The rules are those of {}, hash {}.", seal.opened_at, seal.rules_hash),
        "The seal draws for other prizes, other alternates or another way of winning than the rules promise.",
    )
}

/// Whether `some` are of `all`, each once and in their order.
fn in_order<T: PartialEq>(all: &[T], some: &[T]) -> bool {
    let mut rest = all.iter();
    some.iter().all(|one| rest.any(|other| other == one))
}

fn sealed_list(certificate: &Certificate, list: Option<&SealedList>) -> Found {
    let (rules, seal) = (&certificate.body.rules, &certificate.body.seal);
    let Some(list) = list else {
        return Err("A line of the list is not in its form, not in order, or there twice.".to_owned());
    };
    if list.hash() != seal.list_hash || list.len() as u64 != seal.entries || list.is_empty() {
        return Err("The list is not the sealed one.".to_owned());
    }
    let in_time = |line: &&Line| line.at >= rules.opens_at && line.at < rules.closes_at && day_fits(line);
    if let Some(line) = list.lines().iter().find(|line| !in_time(line)) {
        return Err(format!("The ticket {} was not made in the raffle's time, or on another day.", line.entry));
    }
    if let Some(line) = list.lines().iter().find(|line| !offered(certificate, line)) {
        return Err(format!("The ticket {} was made in a way that the rules do not offer.", line.entry));
    }
    Ok(format!("The list has the sealed hash {}. Entries: {}.", seal.list_hash, list.len()))
}

/// A day of any zone is the day of UTC or one beside it: whoever checks needs no table of zones.
fn day_fits(line: &Line) -> bool {
    let utc = line.at.micros().div_euclid(86_400_000_000);
    (i64::from(line.day.number()) - utc).abs() <= 1
}

fn offered(certificate: &Certificate, line: &Line) -> bool {
    let rules = &certificate.body.rules;
    match line.channel {
        crate::Channel::Free => rules.free_entry.is_some(),
        crate::Channel::Purchase => rules.purchase_entry.is_some(),
        crate::Channel::Paid => rules.paid_entry.is_some(),
    }
}

fn merkle(certificate: &Certificate, list: Option<&SealedList>) -> Found {
    let Some(list) = list else { return no_list() };
    let root = certificate.body.seal.merkle_root;
    says(
        list.merkle_root() == root,
        format!("The tree over the list has the sealed root {root}."),
        "The tree over the list has another root than the sealed one.",
    )
}

fn limits(certificate: &Certificate, list: Option<&SealedList>) -> Found {
    let Some(list) = list else { return no_list() };
    let mut counts = Counts::default();
    for line in list.lines() {
        if counts.reached(&certificate.body.rules.limits, line.person, line.day, line.household).is_some() {
            return Err(format!("The ticket {} is above a limit of the rules.", line.entry));
        }
        counts.add(line.person, line.day, line.household);
    }
    Ok(format!("Nobody has more entries than the rules allow. Every entry counts once. People: {}.", counts.people()))
}

fn seal(certificate: &Certificate, list: Option<&SealedList>, seal_hash: Option<Digest>, expected: &Expected) -> Found {
    let (rules, seal) = (&certificate.body.rules, &certificate.body.seal);
    let Some(seal_hash) = seal_hash else { return Err("The seal has no canonical form.".to_owned()) };
    if expected.seal_hash.is_some_and(|known| known != seal_hash) {
        return Err(format!("The seal is not the published one: its hash is {seal_hash}."));
    }
    let acts = seal.earlier.iter().map(|earlier| earlier.act).eq(1..seal.act);
    if !acts || seal.act == 0 || seal.reason.is_some() != (seal.act > 1) {
        return Err("The acts before this one are not all named, or their reason is missing.".to_owned());
    }
    let times = seal.opened_at < rules.closes_at
        && seal.sealed_at >= rules.closes_at
        && certificate.body.drawn_at >= seal.sealed_at;
    if !times {
        return Err("The times do not follow each other: opened, closed, sealed, drawn.".to_owned());
    }
    let sorted = seal.left_out.windows(2).all(|two| two[0].entry.to_string() < two[1].entry.to_string());
    let listed: HashSet<_> = list.map(|l| l.lines().iter().map(|line| line.entry).collect()).unwrap_or_default();
    if !sorted || seal.left_out.iter().any(|left| listed.contains(&left.entry)) {
        return Err("An entry is both left out and in the list, or the left out are not in order.".to_owned());
    }
    let left_out = seal.left_out.len();
    Ok(format!(
        "Act {}, sealed at {}, hash {seal_hash}. Left out, each with a reason: {left_out}.",
        seal.act, seal.sealed_at
    ))
}

fn commitment(certificate: &Certificate, expected: &Expected) -> Found {
    let seal = &certificate.body.seal;
    if expected.commitment.is_some_and(|known| known != seal.opening_commitment) {
        return Err("The commitment on the slip is another one.".to_owned());
    }
    let changed = seal.act == 1 && seal.commitment != seal.opening_commitment;
    if changed != seal.commitment_changed.is_some() {
        return Err(
            "The commitment is not that of the opening, and no reason is given; or the other way round.".to_owned()
        );
    }
    says(
        commitment_of(&certificate.body.secret) == seal.commitment,
        format!("The revealed secret is the one committed to: {}.", seal.commitment),
        "The revealed secret is not the one committed to.",
    )
}

fn beacon(certificate: &Certificate) -> Found {
    let body = &certificate.body;
    match (&body.seal.beacon, &body.beacon) {
        (None, None) => Ok("The seal names no round: the draw rests on the commitment alone.".to_owned()),
        (Some(plan), Some(round)) => {
            plan.check_round(round).map_err(|bad| format!("The beacon does not hold: {bad}."))?;
            says(
                plan.round_at > body.seal.sealed_at && body.drawn_at >= plan.round_at,
                format!(
                    "Round {} of quicknet was made at {}, after the seal, and is the network's.",
                    plan.round, plan.round_at
                ),
                "The round was known when the list was sealed, or not yet made when it was drawn.",
            )
        }
        _ => Err("The seal names a round and the certificate has none, or the other way round.".to_owned()),
    }
}

fn its_seed(certificate: &Certificate, seal_hash: Option<Digest>) -> Found {
    let body = &certificate.body;
    let own = seal_hash.map(|hash| seed(&body.secret, &hash, &body.seal.list_hash, body.beacon.as_ref()));
    says(
        own == Some(body.seed),
        format!("The seed {} follows from seal, list, secret and beacon.", body.seed),
        "The seed does not follow from seal, list, secret and beacon.",
    )
}

fn its_draw(certificate: &Certificate, list: Option<&SealedList>) -> Found {
    let (body, seal) = (&certificate.body, &certificate.body.seal);
    let Some(list) = list else { return no_list() };
    let own: Vec<Drawn> = draw(&body.seed, &list.lots(), &seal.units, seal.alternates, seal.one_prize_per_person);
    let count = |outcome| own.iter().filter(|drawn| drawn.outcome == outcome).count();
    says(
        own == body.drawn,
        format!(
            "The draw, repeated, is the same. Winners: {}, alternates: {}.",
            count(Outcome::Winner),
            count(Outcome::Alternate)
        ),
        "The draw, repeated, gives other winners or alternates.",
    )
}

fn notes(certificate: &Certificate, found: &mut Verification) {
    let seal = &certificate.body.seal;
    if seal.beacon.is_none() {
        let note = "Drawn without a public beacon: the shop committed to its secret beforehand and could not change it, but whoever \
             knew the secret could have worked out the winners as soon as the list was complete.";
        found.notes.push(note.to_owned());
    }
    if let Some(reason) = &seal.commitment_changed {
        found.notes.push(format!("The commitment is not the one printed on the slips. The shop's reason: {reason}"));
    }
    if let Some(reason) = &seal.reason {
        found.notes.push(format!("This is act {}. The acts before stand in it. The shop's reason: {reason}", seal.act));
    }
}
