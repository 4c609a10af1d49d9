//! What is done with a membership: shown before in days and money, then done exactly so.

use super::people::member;
use super::{Record, changed_meanwhile, choice, code, tiers, today, unknown, write};
use crate::commands::Nothing;
use crate::counter::day;
use crate::dto::{ApiError, MemberAct, MemberPreview, MemberPreviewLine, MemberRef, MemberTold};
use crate::engine::Engine;
use backroom_membership::{CancelReason, Command, Effect, MemberId, Preview, Refusal, Terms, Unused, decide, preview};
use backroom_store::Role;

fn named(text: Option<&String>, what: &str) -> Result<String, ApiError> {
    text.cloned().ok_or_else(|| ApiError::bad_request(format!("Say which {what}.")))
}

/// The command that an act means, of a record as it was read.
fn command(engine: &Engine, act: &MemberAct, record: &Record) -> Result<Command, ApiError> {
    let on = today(engine);
    let terms = || -> Result<Terms, ApiError> {
        let ladder = tiers::ladder(engine)?;
        Ok(tiers::open_tier(&ladder, &named(act.tier.as_ref(), "tier")?, on)?.terms())
    };
    let effect: Effect = act.effect.as_deref().map_or(Ok(Effect::PeriodEnd), |text| choice(text, "effect"))?;
    Ok(match act.action.as_str() {
        "subscribe" => Command::Subscribe { terms: terms()? },
        "upgrade" => Command::Upgrade { to: terms()? },
        "downgrade" => Command::Downgrade { to: terms()?, effect },
        "undo_downgrade" => Command::UndoDowngrade,
        "pause" => Command::Pause { until: day(&named(act.until.as_ref(), "day it goes on")?)? },
        "resume" => Command::Resume,
        "cancel" => {
            let reason = act.reason.as_deref().map_or(Ok(CancelReason::NotTold), |text| choice(text, "reason"))?;
            match (effect, act.refund.unwrap_or(false)) {
                (Effect::Now, true) => Command::CancelNow { reason, unused: Unused::Refunded },
                (Effect::Now, false) => Command::CancelNow { reason, unused: Unused::Kept },
                (Effect::PeriodEnd, false) => Command::CancelAtPeriodEnd { reason },
                (Effect::PeriodEnd, true) => {
                    return Err(ApiError::bad_request(
                        "At the end of the period nothing is left to give back. Cancel now, or without a refund.",
                    ));
                }
            }
        }
        "undo_cancellation" => Command::UndoCancellation,
        "renew" => Command::Renew { terms: act.tier.as_ref().map(|_| terms()).transpose()? },
        "payment_failed" => Command::RecordFailedPayment,
        "payment_recovered" => {
            if record.settled(on).live().is_some_and(|live| live.failure.is_none()) {
                return Err(ApiError::new(
                    "MEMBER_NO_FAILURE",
                    "No payment of this member failed.",
                    "Renew the membership instead.",
                ));
            }
            Command::Renew { terms: None }
        }
        "pay_out_credit" => Command::PayOutCredit,
        "merge" => {
            let into = named(act.into.as_ref(), "record counts")?;
            let other = engine.store().member(&into)?.ok_or_else(unknown)?;
            if let Some(further) = other.state.merged_into {
                return Err(Refusal::Merged { into: MemberId(further) }.into());
            }
            Command::Merge { into: MemberId(into) }
        }
        "unmerge" => Command::Unmerge,
        _ => return Err(ApiError::bad_request("There is no such act.")),
    })
}

/// What stands in the way of an act that the membership alone cannot know.
fn fits(act: &MemberAct, record: &Record) -> Result<(), ApiError> {
    record.still_here()?;
    if act.seen.is_some_and(|seen| seen != record.seen()) {
        return Err(changed_meanwhile());
    }
    Ok(())
}

/// A merge loses no points: nobody can say later whose they were.
fn no_points_lost(engine: &Engine, command: &Command, record: &Record) -> Result<(), ApiError> {
    let left = record.points.balance(today(engine));
    if left == 0 || !matches!(command, Command::Merge { .. }) {
        return Ok(());
    }
    Err(ApiError::new(
        "MEMBER_POINTS_LEFT",
        format!("This record has {left} points, which would be lost."),
        "A manager takes them here and gives them to the other record, then merges.",
    ))
}

fn told(preview: Preview, seen: i64) -> MemberPreview {
    let lines = preview.lines.iter().map(|line| MemberPreviewLine {
        side: code(&line.side),
        tier: line.tier.0.clone(),
        from: line.from.to_string(),
        until: line.until.to_string(),
        days: line.days,
        of_days: line.of_days,
        of_minor: line.of_amount,
        amount_minor: line.amount,
    });
    MemberPreview {
        standing: code(&preview.standing),
        tier: preview.terms.as_ref().map(|terms| terms.tier.0.clone()),
        paid_through: preview.paid_through.map(|day| day.to_string()),
        currency: preview.terms.as_ref().map(|terms| terms.currency.code().to_owned()),
        lines: lines.collect(),
        due_minor: preview.due,
        refund_minor: preview.refund,
        credit_minor: preview.balance,
        events: preview.events.iter().map(|dated| dated.event.name().to_owned()).collect(),
        seen,
    }
}

pub(crate) fn member_preview(engine: &Engine, act: MemberAct) -> Result<MemberPreview, ApiError> {
    let record = Record::read(engine, &act.id)?;
    let command = command(engine, &act, &record)?;
    fits(&act, &record)?;
    let preview = preview(&record.left, &command, today(engine))?;
    no_points_lost(engine, &command, &record)?;
    Ok(told(preview, record.seen()))
}

pub(crate) async fn change_member(engine: &Engine, act: MemberAct) -> Result<MemberTold, ApiError> {
    let record = Record::read(engine, &act.id)?;
    let command = command(engine, &act, &record)?;
    // Money that leaves the shop, and two people made one, are a manager's.
    let managed = matches!(
        command,
        Command::CancelNow { unused: Unused::Refunded, .. }
            | Command::PayOutCredit
            | Command::Merge { .. }
            | Command::Unmerge
    );
    if managed {
        engine.may(Some(Role::Manager))?;
    }
    fits(&act, &record)?;
    let events = decide(&record.left, &command, today(engine))?;
    no_points_lost(engine, &command, &record)?;
    let named: Vec<&str> = events.iter().map(|dated| dated.event.name()).collect();
    let detail = match &command {
        Command::Merge { into } => format!("{}, into {into}", named.join(" ")),
        _ => named.join(" "),
    };
    let action = format!("member.{}", named.last().copied().unwrap_or("settled"));
    let change = record.change(engine, events, &[], None)?;
    let id = write(engine, change, &action, &detail).await?;
    member(engine, MemberRef { id })
}

pub(crate) async fn settle_members(engine: &Engine, _: Nothing) -> Result<u32, ApiError> {
    engine.settle_members().await
}
