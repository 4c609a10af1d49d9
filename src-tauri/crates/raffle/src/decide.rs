//! What follows from a command: events, or a refusal in words. A function of the state, the command and the time alone.

mod award;
mod draw;
mod entry;

use crate::command::Command;
use crate::event::Event;
use crate::hash::Digest;
use crate::raffle::{Phase, Raffle};
use crate::refusal::Refusal;
use crate::rules::{Notice, Rules};
use crate::validate::validate;
use crate::warning::{Severity, TABLE_VERSION, WarningCode, warnings};
use backroom_core::Timestamp;

/// How far the PC's clock may be behind what was recorded, in seconds: two PCs are never quite together.
const CLOCK_SLACK_SECONDS: i64 = 300;

/// What `command` does to `raffle` at `at`. Nothing is changed here: the events are to be stored, then applied.
///
/// # Errors
///
/// With the refusal; then nothing happens.
pub fn decide(raffle: Option<&Raffle>, command: &Command, at: Timestamp) -> Result<Vec<Event>, Refusal> {
    let Some(raffle) = raffle else {
        return match command {
            Command::Create { rules, notice } => create(rules, notice, at),
            _ => Err(Refusal::NoRaffle),
        };
    };
    if at.plus_seconds(CLOCK_SLACK_SECONDS) < raffle.last_at {
        return Err(Refusal::ClockBack { at, last: raffle.last_at });
    }
    // Within the slack, time stands still instead of going back: what is recorded stays in order.
    let at = at.max(raffle.last_at);
    match command {
        Command::Create { .. } => Err(Refusal::NameTaken),
        Command::Update { rules, notice } => update(raffle, rules, notice, at),
        Command::Open { commitment, acknowledged } => open(raffle, *commitment, acknowledged, at),
        Command::Enter(request) => entry::enter(raffle, request, at),
        Command::Bring(brought) => entry::bring(raffle, brought, at),
        Command::Void { entry, reason, note } => entry::void(raffle, *entry, *reason, note, at),
        Command::Close => close(raffle, at),
        Command::Seal(request) => draw::seal(raffle, request, at),
        Command::Draw { secret, beacon } => draw::draw(raffle, secret, beacon.as_ref(), at),
        Command::Claim { unit, entry, confirmed } => award::claim(raffle, unit, *entry, *confirmed, at),
        Command::Forfeit { unit, reason } => award::forfeit(raffle, unit, *reason, at),
        Command::Cancel { reason } => cancel(raffle, reason, at),
        Command::Refund { entry } => award::refund(raffle, *entry, at),
    }
}

fn create(rules: &Rules, notice: &Notice, at: Timestamp) -> Result<Vec<Event>, Refusal> {
    rules.hash().map_err(|_| Refusal::NumberTooLarge)?;
    Ok(vec![Event::Created { at, rules: rules.clone(), notice: notice.clone() }])
}

fn update(raffle: &Raffle, rules: &Rules, notice: &Notice, at: Timestamp) -> Result<Vec<Event>, Refusal> {
    if let Some((at, _)) = raffle.cancelled() {
        return Err(Refusal::Cancelled { at });
    }
    let fields = raffle.rules.differences(rules);
    match raffle.phase {
        Phase::Draft if fields.iter().any(|field| field == "id") => {
            Err(Refusal::Frozen { fields: vec!["id".to_owned()] })
        }
        Phase::Draft => {
            rules.hash().map_err(|_| Refusal::NumberTooLarge)?;
            Ok(vec![Event::Changed { at, rules: rules.clone(), notice: notice.clone() }])
        }
        _ if !fields.is_empty() => Err(Refusal::Frozen { fields }),
        _ if raffle.notice == *notice => Ok(Vec::new()),
        _ => Ok(vec![Event::NoticeChanged { at, notice: notice.clone() }]),
    }
}

fn open(
    raffle: &Raffle,
    commitment: Digest,
    acknowledged: &[WarningCode],
    at: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    match raffle.phase {
        Phase::Draft => {}
        Phase::Cancelled => return Err(not_open(raffle)),
        _ => return Err(Refusal::AlreadyOpen),
    }
    let problems = validate(&raffle.rules);
    if !problems.is_empty() {
        return Err(Refusal::Invalid(problems));
    }
    if at >= raffle.rules.closes_at {
        return Err(Refusal::Over { closes_at: raffle.rules.closes_at });
    }
    let unread = |w: &crate::Warning| w.severity >= Severity::Acknowledge && !acknowledged.contains(&w.code);
    let unread: Vec<_> = warnings(&raffle.rules, at).into_iter().filter(unread).collect();
    if !unread.is_empty() {
        return Err(Refusal::Unacknowledged(unread));
    }
    let rules_hash = raffle.rules.hash().map_err(|_| Refusal::NumberTooLarge)?;
    let (acknowledged, table_version) = (acknowledged.to_vec(), TABLE_VERSION.to_owned());
    Ok(vec![Event::Opened { at, rules_hash, commitment, acknowledged, table_version }])
}

fn close(raffle: &Raffle, at: Timestamp) -> Result<Vec<Event>, Refusal> {
    match raffle.phase {
        Phase::Open if at < raffle.rules.closes_at => Err(Refusal::NotYetOver { closes_at: raffle.rules.closes_at }),
        Phase::Open => Ok(vec![Event::Closed { at }]),
        _ => Err(not_open(raffle)),
    }
}

fn cancel(raffle: &Raffle, reason: &str, at: Timestamp) -> Result<Vec<Event>, Refusal> {
    if let Some((at, _)) = raffle.cancelled() {
        return Err(Refusal::Cancelled { at });
    }
    if raffle.acts.iter().any(|act| act.drawing.is_some()) {
        return Err(Refusal::HasWinners);
    }
    if reason.trim().is_empty() {
        return Err(Refusal::NeedsReason);
    }
    let refunds = raffle.owed(|_| true);
    Ok(vec![Event::Cancelled { at, reason: reason.to_owned(), refunds }])
}

/// Why a raffle that is not open is not.
fn not_open(raffle: &Raffle) -> Refusal {
    match (raffle.phase, raffle.acts.last(), raffle.cancelled()) {
        (Phase::Cancelled, _, Some((at, _))) => Refusal::Cancelled { at },
        (Phase::Sealed | Phase::Drawn, Some(act), _) => Refusal::ListSealed { at: act.seal.sealed_at },
        (Phase::Draft, ..) => Refusal::NotOpened,
        _ => Refusal::Closed,
    }
}
