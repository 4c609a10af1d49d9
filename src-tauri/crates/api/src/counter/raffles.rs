//! Raffles: a command of the pure engine, what follows from it kept, and every act in the audit log.
//!
//! Invariants: a phone number, a card or an address is in the request alone; what is kept of a person is a hash under this shop's own
//! key. The secret of a draw is sealed in the buffer until the draw tells it. One change after another: a ticket's number is not given
//! twice.

mod beacon;
mod demo;
mod kept;
mod proof;
mod view;
mod who;

pub(crate) use beacon::raffle_beacon;
pub(crate) use demo::furnish;
pub(crate) use kept::Kept;
pub(crate) use proof::{raffle_certificate, raffle_entries_csv, raffle_verifier};
pub(crate) use view::{raffle, raffles};

use super::words::{word, word_of};
use crate::dto::{
    ApiError, Raffle as Told, RaffleCancel, RaffleClaim, RaffleDraft, RaffleDraw, RaffleEntry, RaffleForfeit,
    RaffleName, RaffleOpening, RafflePerson, RaffleRefund, RaffleSeal, RaffleTicket, RaffleVoid,
};
use crate::engine::Engine;
use backroom_raffle::{
    Command, Confirmed, DeviceId, DrawSecret, EntryId, EntryRequest, Event, Notice, Raffle, RaffleId, Refusal, Rules,
    SealRequest, UnitId, decide,
};
use backroom_store::counter::raffles::{RaffleChange, RaffleEntryRow, RaffleState, SecretChange};
use kept::{Loaded, keep, let_go, load};
use serde::Deserialize;
use std::str::FromStr;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The longest reason or note that a person writes, in characters.
const LONGEST_REASON: usize = 200;
/// The longest receipt number, in characters.
const LONGEST_RECEIPT: usize = 64;

/// Held while a raffle changes, and from the reading on which it is decided.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code(), refusal.to_string(), refusal.hint())
    }
}

/// The raffle of that name.
fn known(engine: &Engine, id: &str) -> Result<Arc<Raffle>, ApiError> {
    Ok(load(engine, &name(id)?)?.raffle.ok_or(Refusal::NoRaffle)?)
}

fn name(id: &str) -> Result<RaffleId, ApiError> {
    id.parse().map_err(|_| {
        ApiError::bad_request("A raffle's name has lower-case letters, digits and dashes, such as winter-2026.")
    })
}

fn parsed<T: FromStr>(text: &str, what: &str) -> Result<T, ApiError> {
    text.trim().parse().map_err(|_| ApiError::bad_request(what))
}

fn ticket(text: &str) -> Result<EntryId, ApiError> {
    parsed(text, "A ticket's number looks like 4f1c02ab97de-000042.")
}

fn unit(text: &str) -> Result<UnitId, ApiError> {
    parsed(text, "A piece of a prize is named like p1/1.")
}

fn short(text: Option<String>, longest: usize) -> String {
    text.unwrap_or_default().trim().chars().filter(|c| !c.is_control()).take(longest).collect()
}

fn reason(text: Option<String>) -> Option<String> {
    Some(short(text, LONGEST_REASON)).filter(|text| !text.is_empty())
}

fn confirmed(yes: bool) -> Confirmed {
    if yes { Confirmed::Eligible } else { Confirmed::No }
}

/// Decides a command and keeps what follows, with the entry in the audit log.
async fn change(
    engine: &Engine,
    id: &RaffleId,
    loaded: Loaded,
    command: &Command,
    secret: SecretChange,
    act: (&str, String),
) -> Result<Arc<Raffle>, ApiError> {
    let events = decide(loaded.raffle.as_deref(), command, engine.store().clock().now())?;
    let mut touched: Vec<EntryId> = Vec::new();
    let mut stored = Vec::with_capacity(events.len());
    for event in &events {
        match event {
            Event::Entered { entry } => touched.push(entry.id),
            Event::Voided { entry, .. } => touched.push(*entry),
            _ => {}
        }
        stored.push(written(event)?);
    }
    let raffle = match loaded.raffle {
        // What changes nothing leaves no trace.
        Some(raffle) if events.is_empty() => return Ok(raffle),
        None => Raffle::replay(&events),
        Some(raffle) => {
            let_go(engine);
            let raffle = Arc::unwrap_or_clone(raffle);
            events.iter().try_fold(raffle, |mut raffle, event| raffle.apply(event).map(|()| raffle))
        }
    };
    let raffle = Arc::new(raffle.map_err(|_| Refusal::Damaged)?);
    touched.sort_unstable();
    touched.dedup();
    let operator = engine.at_work();
    let change = RaffleChange {
        id: id.to_string(),
        seen_events: i64::try_from(loaded.seen).unwrap_or(i64::MAX),
        state: state(&raffle)?,
        events: stored,
        entries: touched.into_iter().filter_map(|id| raffle.entry(id)).map(row).collect(),
        secret,
        operator: operator.clone(),
    };
    let seen = loaded.seen + events.len();
    engine.store().change_raffle(change).await?;
    keep(engine, id, seen, &raffle);
    engine.changed(&["raffles", "sync"]);
    let (action, detail) = act;
    engine.log(&operator, action, &format!("raffle {id}{detail}")).await?;
    Ok(raffle)
}

/// An event as it is kept: its kind and its text.
fn written(event: &Event) -> Result<(String, String), ApiError> {
    let body = serde_json::to_value(event).map_err(|_| Refusal::NumberTooLarge)?;
    Ok((body["kind"].as_str().unwrap_or_default().to_owned(), body.to_string()))
}

/// How the raffle stands, for lists and for the warehouse.
fn state(raffle: &Raffle) -> Result<RaffleState, ApiError> {
    let rules = raffle.rules();
    let value = rules.total_value();
    let seal_hash = raffle.acts().last().map(|act| act.seal.hash()).transpose().map_err(|_| Refusal::Damaged)?;
    Ok(RaffleState {
        name: rules.title.clone(),
        status: view::phase(raffle.phase()).to_owned(),
        opens_at: Some(rules.opens_at),
        closes_at: Some(rules.closes_at),
        prize_value: value.as_ref().and_then(|v| i64::try_from(v.minor).ok()),
        currency: value.map(|v| v.currency).unwrap_or_default(),
        entries: i64::try_from(raffle.counting()).unwrap_or(i64::MAX),
        rules_hash: raffle.opening().map(|o| o.rules_hash.to_string()),
        seal_hash: seal_hash.map(|hash| hash.to_string()),
    })
}

fn row(held: &backroom_raffle::Held) -> RaffleEntryRow {
    let entry = &held.entry;
    RaffleEntryRow {
        id: entry.id.to_string(),
        person: entry.person.to_string(),
        channel: entry.channel.to_string(),
        day: entry.day,
        at: entry.at,
        void_reason: held.void.as_ref().map(word_of),
    }
}

/// What is done to a raffle that is there.
async fn apply(
    engine: &Engine,
    id: &str,
    command: Command,
    secret: SecretChange,
    act: (&str, String),
) -> Result<Told, ApiError> {
    let id = name(id)?;
    let _turn = TURN.lock().await;
    let loaded = load(engine, &id)?;
    let raffle = change(engine, &id, loaded, &command, secret, act).await?;
    view::told(engine, &raffle)
}

/// A draft as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    rules: Box<Rules>,
    #[serde(default)]
    notice: Notice,
}

fn document(text: &str) -> Result<Document, ApiError> {
    serde_json::from_str(text).map_err(|error| {
        let what = crate::commands::complaint(&error);
        let what = format!("The rules are not of their form: {what}, at line {}, column {}.", error.line(), error.column());
        ApiError::new(
            "RAFFLE_RULES",
            what,
            "Every member of the rules is there, also where it is null; a time is written like 2026-11-20T18:00:00.000Z.",
        )
    })
}

pub(crate) async fn create_raffle(engine: &Engine, draft: RaffleDraft) -> Result<Told, ApiError> {
    let Document { rules, notice } = document(&draft.document)?;
    let id = rules.id.to_string();
    apply(engine, &id, Command::Create { rules, notice }, SecretChange::Stays, ("raffle.created", String::new())).await
}

pub(crate) async fn update_raffle(engine: &Engine, draft: RaffleDraft) -> Result<Told, ApiError> {
    let Document { rules, notice } = document(&draft.document)?;
    let id = rules.id.to_string();
    apply(engine, &id, Command::Update { rules, notice }, SecretChange::Stays, ("raffle.changed", String::new())).await
}

pub(crate) async fn open_raffle(engine: &Engine, asked: RaffleOpening) -> Result<Told, ApiError> {
    let codes = asked.acknowledged.iter().map(|code| word(code.trim(), "There is no such warning."));
    let acknowledged = codes.collect::<Result<Vec<_>, _>>()?;
    let (secret, kept) = fresh_secret();
    let command = Command::Open { commitment: secret.commitment(), acknowledged };
    let words = format!(", acknowledged: {}", asked.acknowledged.join(" "));
    apply(engine, &asked.id, command, kept, ("raffle.opened", words)).await
}

/// A secret that nobody can guess, and its place until the draw.
fn fresh_secret() -> (DrawSecret, SecretChange) {
    let bytes: [u8; 32] = rand::random();
    (DrawSecret::new(bytes), SecretChange::Is(bytes.to_vec()))
}

/// The secret that waits for the draw.
fn kept_secret(engine: &Engine, id: &str) -> Result<Option<DrawSecret>, ApiError> {
    let Some(bytes) = engine.store().raffle_secret(id)?.map(Zeroizing::new) else { return Ok(None) };
    Ok(Some(DrawSecret::new(bytes.as_slice().try_into().map_err(|_| Refusal::Damaged)?)))
}

pub(crate) async fn enter_raffle(engine: &Engine, asked: RaffleEntry) -> Result<RaffleTicket, ApiError> {
    let id = name(&asked.id)?;
    let channel = parsed(&asked.channel, "An entry is free, purchase or paid.")?;
    let (phone, card) = (asked.phone.map(Zeroizing::new), asked.card.map(Zeroizing::new));
    let household = asked.household.map(Zeroizing::new);
    let people = who::secret(engine).await?;
    let person = who::person(&people, &id, phone.as_ref(), card.as_ref())?;
    let household = who::household(&people, &id, household.as_ref())?;
    let _turn = TURN.lock().await;
    let loaded = load(engine, &id)?;
    let raffle = loaded.raffle.as_ref().ok_or(Refusal::NoRaffle)?;
    let number = next_number(engine, raffle)?;
    let request = EntryRequest {
        id: number,
        person,
        household,
        channel,
        receipt: short(asked.receipt, LONGEST_RECEIPT),
        confirmed: confirmed(asked.confirmed),
    };
    let act = ("raffle.entered", format!(", ticket {number}, {channel}"));
    let raffle = change(engine, &id, loaded, &Command::Enter(request), SecretChange::Stays, act).await?;
    view::ticket(&raffle, raffle.entry(number).ok_or(Refusal::Damaged)?)
}

/// The next number of this PC: it counts over all raffles, so that a number names one entry.
fn next_number(engine: &Engine, raffle: &Raffle) -> Result<EntryId, ApiError> {
    let device: DeviceId = engine.store().device().parse().map_err(|_| Refusal::Damaged)?;
    let here = raffle.next_id(device).ok_or(Refusal::Damaged)?;
    let last = engine.store().last_entry_id()?.and_then(|id| id.parse::<EntryId>().ok());
    let after = last.map_or(1, |last| last.counter().saturating_add(1));
    Ok(EntryId::new(device, after.max(here.counter())))
}

pub(crate) async fn raffle_tickets(engine: &Engine, asked: RafflePerson) -> Result<Vec<RaffleTicket>, ApiError> {
    let (phone, card) = (asked.phone.map(Zeroizing::new), asked.card.map(Zeroizing::new));
    let raffle = known(engine, &asked.id)?;
    let people = who::secret(engine).await?;
    let person = who::person(&people, &raffle.rules().id, phone.as_ref(), card.as_ref())?;
    raffle.tickets_of(person).map(|held| view::ticket(&raffle, held)).collect()
}

pub(crate) async fn void_entry(engine: &Engine, asked: RaffleVoid) -> Result<Told, ApiError> {
    let why = "Say why: duplicate, not_eligible, mistake, asked_for or purchase_returned.";
    let (entry, reason) = (ticket(&asked.entry)?, word(&asked.reason, why)?);
    let command = Command::Void { entry, reason, note: short(asked.note, LONGEST_REASON) };
    let act = ("raffle.voided", format!(", ticket {entry}, {}", word_of(&reason)));
    apply(engine, &asked.id, command, SecretChange::Stays, act).await
}

pub(crate) async fn close_raffle(engine: &Engine, asked: RaffleName) -> Result<Told, ApiError> {
    apply(engine, &asked.id, Command::Close, SecretChange::Stays, ("raffle.closed", String::new())).await
}

pub(crate) async fn seal_raffle(engine: &Engine, asked: RaffleSeal) -> Result<Told, ApiError> {
    let units = asked.units.map(|units| units.iter().map(|u| unit(u)).collect::<Result<Vec<_>, _>>()).transpose()?;
    let key = who::certificate_key(engine).await?;
    let new_secret = reason(asked.new_secret);
    let id = name(&asked.id)?;
    let beacon_round = asked.beacon_round.or_else(|| asked.beacon.then(|| beacon::next_round(engine)));
    if let Some(round) = beacon_round {
        beacon::not_made_yet(engine, round).await?;
    }
    let _turn = TURN.lock().await;
    let loaded = load(engine, &id)?;
    let kept = if new_secret.is_some() { None } else { kept_secret(engine, &asked.id)? };
    // A secret that was told decides nothing any more: a further act has its own.
    let (secret, place) = kept.map_or_else(fresh_secret, |kept| (kept, SecretChange::Stays));
    let request = SealRequest {
        commitment: secret.commitment(),
        commitment_changed: new_secret,
        beacon_round,
        public_key: key.public(),
        reason: reason(asked.reason),
        units,
    };
    let raffle = change(engine, &id, loaded, &Command::Seal(request), place, ("raffle.sealed", String::new())).await?;
    view::told(engine, &raffle)
}

pub(crate) async fn draw_raffle(engine: &Engine, asked: RaffleDraw) -> Result<Told, ApiError> {
    let form = "The beacon's round is JSON of round, randomness and signature.";
    let beacon = asked.beacon.map(|text| serde_json::from_str(&text).map_err(|_| ApiError::bad_request(form)));
    let handed_in = beacon.transpose()?;
    let raffle = known(engine, &asked.id)?;
    // Nobody waits for the network while it is asked: the turn begins after it.
    let beacon = if handed_in.is_some() { handed_in } else { beacon::awaited(engine, &raffle).await? };
    drop(raffle);
    // Without one the engine says what is in the way: it was drawn, or the secret is lost.
    let secret = kept_secret(engine, &asked.id)?.unwrap_or_else(|| fresh_secret().0);
    let command = Command::Draw { secret, beacon };
    apply(engine, &asked.id, command, SecretChange::Gone, ("raffle.drawn", String::new())).await
}

pub(crate) async fn claim_prize(engine: &Engine, asked: RaffleClaim) -> Result<Told, ApiError> {
    let (unit, entry) = (unit(&asked.unit)?, ticket(&asked.entry)?);
    let act = ("raffle.claimed", format!(", prize {unit}, ticket {entry}"));
    let command = Command::Claim { unit, entry, confirmed: confirmed(asked.confirmed) };
    apply(engine, &asked.id, command, SecretChange::Stays, act).await
}

pub(crate) async fn forfeit_prize(engine: &Engine, asked: RaffleForfeit) -> Result<Told, ApiError> {
    let why = "Say why: not_claimed, declined, not_eligible or not_reachable.";
    let (unit, reason) = (unit(&asked.unit)?, word(&asked.reason, why)?);
    let act = ("raffle.forfeited", format!(", prize {unit}, {}", word_of(&reason)));
    apply(engine, &asked.id, Command::Forfeit { unit, reason }, SecretChange::Stays, act).await
}

pub(crate) async fn cancel_raffle(engine: &Engine, asked: RaffleCancel) -> Result<Told, ApiError> {
    let command = Command::Cancel { reason: short(Some(asked.reason), LONGEST_REASON) };
    apply(engine, &asked.id, command, SecretChange::Gone, ("raffle.cancelled", String::new())).await
}

pub(crate) async fn refund_entry(engine: &Engine, asked: RaffleRefund) -> Result<Told, ApiError> {
    let entry = ticket(&asked.entry)?;
    let act = ("raffle.refunded", format!(", ticket {entry}"));
    apply(engine, &asked.id, Command::Refund { entry }, SecretChange::Stays, act).await
}
