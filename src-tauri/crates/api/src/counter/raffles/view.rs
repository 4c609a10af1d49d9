//! Raffles as a screen sees them.

use super::super::words::word_of;
use super::known;
use crate::commands::Nothing;
use crate::dto::{
    ApiError, Raffle as Told, RaffleAct, RaffleAward, RaffleCount, RaffleDrawn, RaffleLine, RaffleName, RaffleOwed,
    RaffleProblem, RaffleStatistics, RaffleTicket, RaffleWarning,
};
use crate::engine::Engine;
use backroom_core::Timestamp;
use backroom_raffle::{Act, AwardState, Held, Phase, Raffle, Refusal, Severity, Slip, Statistics, validate, warnings};

/// What two PCs of one shop do not know of each other.
fn shared(engine: &Engine) -> String {
    let device = engine.store().device();
    format!(
        "This raffle was made on this PC and is of this PC alone: its tickets begin with {device}. Another PC of the shop knows \
         neither its entries nor how often somebody entered, so take all entries here."
    )
}

pub(super) const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Draft => "draft",
        Phase::Open => "open",
        Phase::Closed => "closed",
        Phase::Sealed => "sealed",
        Phase::Drawn => "drawn",
        Phase::Cancelled => "cancelled",
    }
}

pub(super) fn award_state(state: AwardState) -> (&'static str, Option<Timestamp>) {
    match state {
        AwardState::Pending { claim_by } => ("pending", Some(claim_by)),
        AwardState::Claimed { at } => ("claimed", Some(at)),
        AwardState::LeftOver => ("left_over", None),
        AwardState::InFurtherAct => ("in_further_act", None),
    }
}

pub(crate) fn raffles(engine: &Engine, _: Nothing) -> Result<Vec<RaffleLine>, ApiError> {
    let rows = engine.store().raffles()?;
    Ok(rows
        .into_iter()
        .map(|row| RaffleLine {
            id: row.id,
            title: row.state.name,
            phase: row.state.status,
            opens_at: row.state.opens_at.map(Timestamp::to_rfc3339),
            closes_at: row.state.closes_at.map(Timestamp::to_rfc3339),
            prize_value: row.state.prize_value,
            currency: row.state.currency,
            entries: row.state.entries,
        })
        .collect())
}

pub(crate) fn raffle(engine: &Engine, asked: RaffleName) -> Result<Told, ApiError> {
    let raffle = known(engine, &asked.id)?;
    told(engine, &raffle)
}

pub(super) fn told(engine: &Engine, raffle: &Raffle) -> Result<Told, ApiError> {
    let rules = raffle.rules();
    let document = serde_json::json!({ "rules": rules, "notice": raffle.notice() });
    let draft = raffle.phase() == Phase::Draft;
    let problems = if draft { validate(rules) } else { Vec::new() };
    // After the opening they tell what was acknowledged: read at its time, not at today's.
    let read_at = raffle.opening().map_or_else(|| engine.store().clock().now(), |opening| opening.at);
    let warnings = warnings(rules, read_at).into_iter().map(|warning| RaffleWarning {
        code: word_of(&warning.code),
        severity: severity(warning.severity).to_owned(),
        words: warning.words,
        source: warning.source.to_owned(),
    });
    let awards = raffle.awards().iter().map(|(unit, award)| {
        let (state, at) = award_state(award.state);
        RaffleAward {
            unit: unit.to_string(),
            prize: rules.prize(unit).map_or_else(String::new, |prize| prize.name.clone()),
            entry: award.entry.map(|entry| entry.to_string()),
            state: state.to_owned(),
            at: at.map(Timestamp::to_rfc3339),
        }
    });
    let refunds = raffle.refunds_due().into_iter().map(|refund| RaffleOwed {
        entry: refund.entry.to_string(),
        amount: refund.amount.minor,
        currency: refund.amount.currency,
        receipt: refund.receipt,
    });
    let value = rules.total_value();
    Ok(Told {
        prize_value: value.as_ref().and_then(|v| i64::try_from(v.minor).ok()),
        currency: value.map(|v| v.currency).unwrap_or_default(),
        id: rules.id.to_string(),
        title: rules.title.clone(),
        phase: phase(raffle.phase()).to_owned(),
        opens_at: rules.opens_at.to_rfc3339(),
        closes_at: rules.closes_at.to_rfc3339(),
        document: serde_json::to_string_pretty(&document).map_err(|_| Refusal::Damaged)?,
        rules_hash: raffle.opening().map(|opening| opening.rules_hash.to_string()),
        commitment: raffle.opening().map(|opening| opening.commitment.to_string()),
        problems: problems
            .iter()
            .map(|problem| RaffleProblem { field: problem.field().to_owned(), words: problem.to_string() })
            .collect(),
        warnings: warnings.collect(),
        statistics: statistics(raffle),
        acts: raffle.acts().iter().map(act).collect::<Result<_, _>>()?,
        awards: awards.collect(),
        refunds: refunds.collect(),
        cancelled: raffle.cancelled().map(|(_, reason)| reason.to_owned()),
        shared: shared(engine),
    })
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Acknowledge => "acknowledge",
        Severity::TooLate => "too_late",
    }
}

fn statistics(raffle: &Raffle) -> RaffleStatistics {
    let found = Statistics::of(raffle);
    let count = |(name, entries): (String, u64)| RaffleCount { name, entries };
    RaffleStatistics {
        made: found.made,
        counting: found.counting,
        void: found.void,
        people: found.people,
        by_channel: found.by_channel.into_iter().map(|(channel, n)| count((channel.to_string(), n))).collect(),
        by_day: found.by_day.into_iter().map(|(day, n)| count((day.to_string(), n))).collect(),
        units: found.units,
        pending: found.pending,
        claimed: found.claimed,
        left_over: found.left_over,
        forfeited: found.forfeited,
        alternates: found.alternates,
        draws: found.draws,
        refunds_due: found.refunds_due,
    }
}

fn act(act: &Act) -> Result<RaffleAct, ApiError> {
    let seal = &act.seal;
    let drawn = act.drawing.iter().flat_map(|drawing| &drawing.drawn);
    Ok(RaffleAct {
        act: seal.act,
        reason: seal.reason.clone(),
        sealed_at: seal.sealed_at.to_rfc3339(),
        seal_hash: seal.hash().map_err(|_| Refusal::Damaged)?.to_string(),
        list_hash: seal.list_hash.to_string(),
        merkle_root: seal.merkle_root.to_string(),
        entries: seal.entries,
        left_out: seal.left_out.len() as u64,
        beacon_round: seal.beacon.as_ref().map(|plan| plan.round),
        beacon_at: seal.beacon.as_ref().map(|plan| plan.round_at.to_rfc3339()),
        drawn_at: act.drawing.as_ref().map(|drawing| drawing.at.to_rfc3339()),
        drawn: drawn
            .map(|drawn| RaffleDrawn {
                entry: drawn.entry.to_string(),
                outcome: word_of(&drawn.outcome),
                unit: drawn.unit.as_ref().map(ToString::to_string),
                place: drawn.place,
            })
            .collect(),
    })
}

pub(super) fn ticket(raffle: &Raffle, held: &Held) -> Result<RaffleTicket, ApiError> {
    let slip = Slip::of(raffle, held.entry.id).ok_or(Refusal::Damaged)?;
    Ok(RaffleTicket {
        entry: held.entry.id.to_string(),
        at: held.entry.at.to_rfc3339(),
        channel: held.entry.channel.to_string(),
        void: held.void.as_ref().map(word_of),
        slip: slip.lines(),
    })
}
