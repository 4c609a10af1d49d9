//! Members in figures: worked out from what happened, never from what stands.

use super::{code, damaged, tiers, today};
use crate::counter::day;
use crate::dto::{
    ApiError, MemberCohort, MemberFigures, MemberRange, MemberReasonCount, MemberRevenue, MemberTierFigures,
};
use crate::engine::Engine;
use backroom_membership::statistics::{History, cohorts, figures};
use backroom_membership::{Dated, MemberId};
use backroom_store::StoreError;

/// The longest range, in days.
const LONGEST_RANGE: i32 = 1_100;

pub(crate) fn member_statistics(engine: &Engine, asked: MemberRange) -> Result<MemberFigures, ApiError> {
    let on = today(engine);
    let to = asked.to.as_deref().map(day).transpose()?.unwrap_or(on);
    let from = asked.from.as_deref().map(day).transpose()?.unwrap_or_else(|| to.month_start());
    if from > to || to > on || to.number().saturating_sub(from.number()) > LONGEST_RANGE {
        return Err(ApiError::bad_request("Ask for three years or fewer up to today, the first day first."));
    }
    let currency = tiers::currency(engine, &tiers::ladder(engine)?)?;
    let mut all: Vec<(MemberId, Vec<Dated>)> = Vec::new();
    engine.store().each_member_event(&mut |id, on, body| {
        let event = serde_json::from_str(body).map_err(|_| StoreError::Corrupt)?;
        match all.last_mut().filter(|(last, _)| last.0 == id) {
            Some((_, events)) => events.push(Dated { on, event }),
            None => all.push((MemberId(id.to_owned()), vec![Dated { on, event }])),
        }
        Ok(())
    })?;
    let histories = || all.iter().map(|(member, events)| History { member, events });
    let found = figures(histories(), currency, from, to).map_err(|_| damaged())?;
    let cohorts = cohorts(histories(), currency, to).map_err(|_| damaged())?;
    let rule = tiers::held_rules(engine)?.points;
    let (members, revenue) = (found.members, found.revenue);
    Ok(MemberFigures {
        from: from.to_string(),
        to: to.to_string(),
        currency: currency.code().to_owned(),
        opening: members.opening,
        new: members.new,
        imported: members.imported,
        returned: members.returned,
        cancelled: members.cancelled,
        expired: members.expired,
        closing: members.closing,
        revenue: MemberRevenue {
            opening: revenue.opening,
            new: revenue.new,
            imported: revenue.imported,
            reactivation: revenue.reactivation,
            expansion: revenue.expansion,
            contraction: revenue.contraction,
            paused: revenue.paused,
            resumed: revenue.resumed,
            churn: revenue.churn,
            closing: revenue.closing,
        },
        taken_minor: found.taken,
        refunded_minor: found.refunded,
        paid_ahead_minor: found.paid_ahead,
        credit_minor: found.credit,
        points_minor: rule.worth(engine.store().member_points_sum()?),
        logo_churn_bp: found.logo_churn().basis_points(),
        revenue_churn_bp: found.revenue_churn().basis_points(),
        net_churn_bp: found.net_revenue_churn().basis_points(),
        tiers: found
            .tiers
            .iter()
            .map(|(tier, figures)| MemberTierFigures {
                tier: tier.0.clone(),
                members: figures.members,
                paused: figures.paused,
                late: figures.late,
                monthly_minor: figures.monthly,
            })
            .collect(),
        reasons: found
            .reasons
            .iter()
            .map(|(reason, members)| MemberReasonCount { reason: code(reason), members: *members })
            .collect(),
        cohorts: cohorts
            .iter()
            .map(|cohort| MemberCohort {
                month: cohort.month.to_string(),
                joined: cohort.joined,
                kept: cohort.kept.iter().map(|kept| kept.members).collect(),
                monthly_minor: cohort.kept.iter().map(|kept| kept.monthly).collect(),
            })
            .collect(),
    })
}
