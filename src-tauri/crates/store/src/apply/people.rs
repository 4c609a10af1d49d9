//! Locations, customers and team members.

use super::{Applied, Row, Work};
use crate::error::StoreError;
use backroom_core::sale::{Customer, Location, TeamMember};
use rusqlite::{OptionalExtension, params};

/// What a sealed customer is bound to.
pub(crate) const CUSTOMER_SEAL: &str = "customer";

pub(super) fn locations(work: &mut Work<'_>, rows: &[Location]) -> Result<Applied, StoreError> {
    let mut applied = Applied::default();
    let c = work.c;
    for row in rows {
        let pk = work.keys.location(c, work.source, &row.id)?;
        // The source tells no time of change for a location: what differs is a change, dated by our own sight of it.
        let changed = c
            .prepare_cached(
                "UPDATE location SET name = ?2, time_zone = ?3, currency = ?4, active = ?5, created_at = ?6, known = 1,
                   version = max(version + 1, ?7), deleted = 0
                 WHERE pk = ?1 AND (known = 0 OR deleted = 1 OR name <> ?2 OR time_zone IS NOT ?3 OR currency <> ?4 OR active <> ?5)",
            )?
            .execute(params![
                pk, row.name, row.time_zone, row.currency.code(), row.active, row.created_at.map(|t| t.micros()), work.now
            ])?;
        if changed > 0 {
            work.keys.forget_rule(pk);
            work.enqueue(Row::Location, pk);
            applied.changed += 1;
        }
    }
    Ok(applied)
}

pub(super) fn customers(work: &mut Work<'_>, rows: &[Customer]) -> Result<Applied, StoreError> {
    let mut applied = Applied::default();
    let c = work.c;
    for row in rows {
        let pk = work.keys.customer(c, work.source, &row.id)?;
        work.saw(pk);
        let (version, known, deleted, held): (i64, bool, bool, Option<Vec<u8>>) = c
            .prepare_cached("SELECT version, known, deleted, sealed FROM customer WHERE pk = ?1")?
            .query_row([pk], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
        let at = row.version.micros();
        let fields = [&row.given_name, &row.family_name, &row.email, &row.phone].map(|f| f.as_deref().unwrap_or(""));
        // A source that counts whole seconds changes a customer twice under one version.
        let same = || match (work.seal, &held) {
            (Some(seal), Some(held)) => {
                seal.open(CUSTOMER_SEAL, held).is_ok_and(|plain| plain == fields.join("\u{1f}").as_bytes())
            }
            _ => true,
        };
        if known && !deleted && (at < version || (at == version && same())) {
            continue;
        }
        let (sealed, email, phone) = match work.seal {
            Some(seal) => (
                Some(seal.seal(CUSTOMER_SEAL, fields.join("\u{1f}").as_bytes())?),
                row.email.as_deref().map(|v| seal.lookup(v)),
                row.phone.as_deref().map(|v| seal.lookup(v)),
            ),
            None => (None, None, None),
        };
        c.prepare_cached(
            "UPDATE customer SET sealed = ?2, email_hash = ?3, phone_hash = ?4, created_at = ?5, known = 1,
               obs = CASE WHEN ?6 > version THEN 0 ELSE obs + 1 END, version = max(version, ?6), deleted = 0 WHERE pk = ?1",
        )?
        .execute(params![pk, sealed, email, phone, row.created_at.micros(), at])?;
        work.enqueue(Row::Customer, pk);
        applied.changed += 1;
    }
    Ok(applied)
}

/// Flags the customers that a completed sweep did not meet. What is personal in them goes at once.
pub(super) fn sweep_customers(work: &mut Work<'_>) -> Result<u64, StoreError> {
    let Some(seen) = work.seen.as_deref() else { return Ok(0) };
    let mut statement =
        work.c.prepare_cached("SELECT pk FROM customer WHERE source = ?1 AND known = 1 AND deleted = 0")?;
    let all: Vec<i64> = statement.query_map([work.source], |r| r.get(0))?.collect::<Result<_, _>>()?;
    let gone: Vec<i64> = all.into_iter().filter(|pk| !seen.contains(pk)).collect();
    for &pk in &gone {
        work.c
            .prepare_cached(
                "UPDATE customer SET deleted = 1, obs = obs + 1, sealed = NULL, email_hash = NULL, phone_hash = NULL WHERE pk = ?1",
            )?
            .execute([pk])?;
        work.enqueue(Row::Customer, pk);
    }
    Ok(gone.len() as u64)
}

pub(super) fn team(work: &mut Work<'_>, rows: &[TeamMember]) -> Result<Applied, StoreError> {
    let mut applied = Applied::default();
    for row in rows {
        let old: Option<(i64, String, bool)> = work
            .c
            .prepare_cached("SELECT version, initials, active FROM team_member WHERE id = ?1 AND source = ?2")?
            .query_row(params![row.id, work.source], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
            .optional()?;
        let at = row.version.micros();
        let same = |(version, initials, active): &(i64, String, bool)| {
            at < *version || (at == *version && *initials == row.initials && *active == row.active)
        };
        if old.as_ref().is_some_and(same) {
            continue;
        }
        work.c
            .prepare_cached(
                "INSERT INTO team_member (source, id, initials, active, version) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET initials = excluded.initials, active = excluded.active, version = excluded.version",
            )?
            .execute(params![work.source, row.id, row.initials, row.active, at])?;
        applied.changed += 1;
    }
    Ok(applied)
}
