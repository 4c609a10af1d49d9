//! Who the members are: found, shown, added, changed, linked, erased.

use super::person::{Person, Said, ways};
use super::{Record, TAGS, code, damaged, tiers, today, unknown, write};
use crate::counter::day;
use crate::dto::{
    ApiError, MemberConsent, MemberConsentDraft, MemberErased, MemberEventLine, MemberLine, MemberLink, MemberList,
    MemberPerson, MemberQuery, MemberRef, MemberTold,
};
use crate::engine::Engine;
use backroom_core::BusinessDay;
use backroom_membership::find::Query;
use backroom_membership::{Command, Dated, Ladder, Membership, Phase, Standing, decide};
use backroom_store::Role;
use backroom_store::counter::members::MemberRow;

/// The most that are told at once.
const MOST: u32 = 200;
/// Those looked at where a key is shared by many.
const LOOKED_AT: u32 = 200;
/// Those found at most: whoever sees more types another letter.
const MOST_FOUND: usize = 20;
const LONGEST_SOURCE: usize = 100;
/// Merges that are followed: more than any shop makes of one person.
const MOST_MERGES: usize = 16;

/// The record that counts in place of one that was merged.
fn counting(engine: &Engine, mut row: MemberRow) -> Result<MemberRow, ApiError> {
    for _ in 0..MOST_MERGES {
        let Some(into) = row.state.merged_into.clone() else { break };
        row = engine.store().member(&into)?.ok_or_else(unknown)?;
    }
    Ok(row)
}

fn line(record: &Record, now: &Membership, ladder: &Ladder, on: BusinessDay) -> MemberLine {
    let standing = now.standing(on);
    let live = now.live();
    let late = matches!(standing, Standing::Due { .. } | Standing::Grace { .. });
    let tier = now.terms().map(|terms| terms.tier.clone());
    let lapses_on = match standing {
        Standing::Due { lapses_on } | Standing::Grace { lapses_on, .. } => Some(lapses_on.to_string()),
        _ => None,
    };
    MemberLine {
        id: record.row.id.clone(),
        name: record.person.name.clone().unwrap_or_default(),
        status: code(&standing),
        tier_name: tier.as_ref().and_then(|id| ladder.tier(id)).map(|tier| tier.name.clone()),
        tier: tier.map(|id| id.0),
        since: now.first_joined_on().map(|day| day.to_string()),
        paid_through: live.map(|live| live.ends_on().to_string()),
        points: record.points.balance(on),
        lapses_on,
        attempts: live.and_then(|live| live.failure).map_or(0, |failure| failure.attempts),
        due_minor: if late {
            live.map_or(0, |live| live.terms.price - now.account().balance.min(live.terms.price))
        } else {
            0
        },
        found_as: None,
    }
}

/// Whether whoever is at work sees phone numbers and addresses whole.
fn sees_contacts(engine: &Engine) -> Result<bool, ApiError> {
    Ok(engine.role()?.is_some_and(|role| role >= Role::Manager))
}

pub(crate) fn member_find(engine: &Engine, asked: MemberQuery) -> Result<Vec<MemberLine>, ApiError> {
    let query = Query::read(&asked.text)?;
    let (ladder, on) = (tiers::ladder(engine)?, today(engine));
    let mut found: Vec<MemberLine> = Vec::new();
    for keys in ways(&query) {
        for row in engine.store().find_members(&keys, LOOKED_AT)? {
            let person = row.personal.as_deref().and_then(|body| serde_json::from_slice::<Person>(body).ok());
            if !person.unwrap_or_default().is_meant(&query) {
                continue;
            }
            if found.len() >= MOST_FOUND {
                return Ok(found);
            }
            let own = row.id.clone();
            let row = counting(engine, row)?;
            if !found.iter().any(|known| known.id == row.id) {
                let record = Record::of(engine, row)?;
                let found_as = (record.row.id != own).then_some(own);
                found.push(MemberLine { found_as, ..line(&record, &record.settled(on), &ladder, on) });
            }
        }
    }
    Ok(found)
}

pub(crate) fn members(engine: &Engine, asked: MemberList) -> Result<Vec<MemberLine>, ApiError> {
    let (limit, skip) = (asked.limit.unwrap_or(50), asked.offset.unwrap_or(0));
    let known = ["active", "due", "grace", "paused", "cancelled", "expired", "never", "late"];
    if limit > MOST || asked.status.as_deref().is_some_and(|status| !known.contains(&status)) {
        return Err(ApiError::bad_request("Ask for 200 members or fewer, by a status that there is."));
    }
    let (ladder, on) = (tiers::ladder(engine)?, today(engine));
    let told = |record: &Record| line(record, &record.settled(on), &ladder, on);
    if asked.status.as_deref() != Some("late") {
        let rows = engine.store().members(asked.status.as_deref(), skip, limit)?;
        return rows.into_iter().map(|row| Ok(told(&Record::of(engine, row)?))).collect();
    }
    let mut late = Vec::new();
    for id in engine.store().members_to_settle(on)? {
        let line = told(&Record::read(engine, &id)?);
        if line.lapses_on.is_some() {
            late.push(line);
        }
    }
    // Whoever loses benefits first is first to be asked.
    late.sort_by(|a, b| (&a.lapses_on, &a.id).cmp(&(&b.lapses_on, &b.id)));
    let (skip, limit) = (usize::try_from(skip).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or(0));
    Ok(late.into_iter().skip(skip).take(limit).collect())
}

pub(crate) fn member(engine: &Engine, asked: MemberRef) -> Result<MemberTold, ApiError> {
    told(engine, &Record::read(engine, &asked.id)?)
}

fn told(engine: &Engine, record: &Record) -> Result<MemberTold, ApiError> {
    let (ladder, on) = (tiers::ladder(engine)?, today(engine));
    let now = record.settled(on);
    let (terms, live) = (now.terms(), now.live());
    let mut then = Membership::new(record.left.member().clone());
    let all: Vec<Dated> = record.events.iter().cloned().chain(record.by_time(on)).collect();
    let mut events = Vec::with_capacity(all.len());
    for (at, dated) in all.iter().enumerate() {
        then.apply(dated).map_err(|_| damaged())?;
        events.push(MemberEventLine {
            day: dated.on.to_string(),
            kind: dated.event.name().to_owned(),
            tier: then.terms().map(|terms| terms.tier.0.clone()),
            paid_minor: dated.event.taken(),
            refunded_minor: dated.event.refunded(),
            operator: record.operators.get(at).cloned().unwrap_or_default(),
        });
    }
    // Who has to ring somebody up is not who stands at the counter.
    let masked = !sees_contacts(engine)?;
    let person = if masked { record.person.clone().masked() } else { record.person.clone() };
    let said = |said: &Said| MemberConsent { given: said.given, on: said.on.clone(), source: said.source.clone() };
    let text = |day: BusinessDay| day.to_string();
    Ok(MemberTold {
        line: line(record, &now, &ladder, on),
        masked,
        consents: person.consents.iter().map(said).collect(),
        phone: person.phone,
        email: person.email,
        card: person.card,
        links: person.links,
        currency: now.currency().map(|currency| currency.code().to_owned()),
        price_minor: terms.map(|terms| terms.price),
        period: terms.map(|terms| tiers::period_told(terms.period)),
        has_benefits: now.standing(on).has_benefits(),
        renewable_from: live.map(|live| text(live.renewable_from())),
        paused_until: live.and_then(|live| live.pause).map(|pause| text(pause.until)),
        ends_on: live.filter(|live| live.cancellation.is_some()).map(|live| text(live.ends_on())),
        next_tier: live.and_then(|live| live.change.as_ref()).map(|terms| terms.tier.0.clone()),
        credit_minor: now.account().balance,
        paid_ahead_minor: now.paid_ahead(on),
        points_worth_minor: record.points.liability(on, &tiers::held_rules(engine)?.points),
        merged_into: now.merged_into().map(|into| into.0.clone()),
        merged: engine.store().members_merged_into(&record.row.id)?,
        erased_at: record.row.erased_at.map(backroom_core::Timestamp::to_rfc3339),
        events,
        seen: record.seen(),
    })
}

/// Makes a member, or changes who it is.
pub(crate) async fn save_member(engine: &Engine, draft: MemberPerson) -> Result<MemberTold, ApiError> {
    let (ladder, on) = (tiers::ladder(engine)?, today(engine));
    let (tier, anyway) = (draft.tier.clone(), draft.anyway.unwrap_or(false));
    let record = match &draft.id {
        Some(id) => Record::read(engine, id)?,
        None => Record::fresh(tiers::currency(engine, &ladder)?, engine.store().clock().now()),
    };
    record.still_here()?;
    let own = record.row.id.clone();
    let person = record.person.clone().with(draft);
    let personal = person.sealed_after(&record.person, anyway)?;
    let events = match tier {
        Some(tier) => {
            let terms = tiers::open_tier(&ladder, &tier, on)?.terms();
            decide(&record.left, &Command::Subscribe { terms }, on)?
        }
        None => record.by_time(on),
    };
    let action = if own.is_empty() { "member.added" } else { "member.changed" };
    let detail = events.last().map_or("", |dated| dated.event.name()).to_owned();
    let change = record.change(engine, events, &[], Some(personal))?;
    let id = write(engine, change, action, &detail).await?;
    told(engine, &Record::read(engine, &id)?)
}

pub(crate) async fn say_consent(engine: &Engine, draft: MemberConsentDraft) -> Result<MemberTold, ApiError> {
    let record = Record::read(engine, &draft.id)?;
    record.still_here()?;
    let on = draft.on.as_deref().map(day).transpose()?.unwrap_or_else(|| today(engine));
    let source = draft.source.trim();
    let fits = !source.is_empty() && source.chars().count() <= LONGEST_SOURCE;
    if !fits || on > today(engine) {
        return Err(ApiError::new(
            "MEMBER_CONSENT_PROOF",
            "Consent counts with its proof: the day, not after today, and where it was given.",
            "Say where, in a few words.",
        ));
    }
    let mut person = record.person.clone();
    person.consents.push(Said { given: draft.given, on: on.to_string(), source: source.to_owned() });
    let change = record.change(engine, record.by_time(today(engine)), &[], Some(person.sealed()?))?;
    let action = if draft.given { "member.consent_given" } else { "member.consent_taken_back" };
    let id = write(engine, change, action, "").await?;
    told(engine, &Record::read(engine, &id)?)
}

pub(crate) async fn link_member(engine: &Engine, link: MemberLink) -> Result<MemberTold, ApiError> {
    let record = Record::read(engine, &link.id)?;
    record.still_here()?;
    let source = engine.config().source.iter().any(|source| source.name == link.source);
    let customer = link.customer.trim();
    if !source || customer.is_empty() || customer.chars().count() > LONGEST_SOURCE {
        return Err(ApiError::bad_request("Name a connected source and the id of a customer there."));
    }
    let key = format!("{}/{customer}", link.source);
    let mut person = record.person.clone();
    let known = person.links.contains(&key);
    person.links.retain(|other| *other != key);
    if link.linked {
        person.links.push(key);
    } else if !known {
        return Err(ApiError::new("MEMBER_NOT_LINKED", "This customer is not linked to this member.", ""));
    }
    let personal = person.sealed_after(&record.person, true)?;
    let change = record.change(engine, record.by_time(today(engine)), &[], Some(personal))?;
    let action = if link.linked { "member.linked" } else { "member.unlinked" };
    let id = write(engine, change, action, &format!("source {}", link.source)).await?;
    told(engine, &Record::read(engine, &id)?)
}

/// Takes away all that says who a member is, of merged records too. The proof is the entry in the log.
pub(crate) async fn erase_member(engine: &Engine, asked: MemberRef) -> Result<MemberErased, ApiError> {
    let record = Record::read(engine, &asked.id)?;
    if matches!(record.settled(today(engine)).phase(), Phase::Live(_)) {
        return Err(ApiError::new(
            "MEMBER_STILL_A_MEMBER",
            "This person is a member still.",
            "Cancel the membership first, then erase the person. Nothing was changed.",
        ));
    }
    let mut all = vec![record.row.id.clone()];
    let mut at = 0;
    while let Some(id) = all.get(at) {
        let more = engine.store().members_merged_into(id)?;
        all.extend(more.into_iter().filter(|id| !all.contains(id)).collect::<Vec<_>>());
        at += 1;
    }
    for id in &all {
        engine.store().erase_member(id).await?;
    }
    engine.changed(&TAGS);
    let detail = format!("id {}", all.join(", "));
    let entry = engine.log(&engine.at_work(), "member.erased", &detail).await?;
    let records = u32::try_from(all.len()).unwrap_or(u32::MAX);
    Ok(MemberErased { id: record.row.id, audit: entry.unwrap_or(0), records })
}
