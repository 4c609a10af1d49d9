//! A change of a member is written: what was decided on is compared, keys that are one person's stay so, and everything else moves with it.

use super::super::checks::next_row;
use super::super::{enqueue, id_of};
use super::{KeyKind, MemberChange, MemberState, row_of};
use crate::error::StoreError;
use backroom_core::table::Table;
use backroom_core::{BusinessDay, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

/// Merges that are followed: more than any shop makes of one person.
const MOST_MERGES: usize = 16;

/// What is personal, as it is stored.
pub(super) struct Sealed {
    pub(super) body: Vec<u8>,
    /// Kind and hash of each.
    pub(super) keys: Vec<(i64, [u8; 16])>,
    pub(super) alone: Vec<(KeyKind, [u8; 16])>,
}

/// Writes a change of one member; tells the id.
pub(super) fn keep(
    c: &Connection,
    change: &MemberChange,
    sealed: Option<Sealed>,
    now: Timestamp,
    device: &str,
) -> Result<String, StoreError> {
    let (row, id) = match &change.id {
        Some(id) => (row_of(c, id)?.ok_or(StoreError::NotHere)?, id.clone()),
        None => {
            let row = next_row(c, "member")?;
            (row, id_of(device, 'm', row))
        }
    };
    unchanged(c, row, change)?;
    if let Some(sealed) = &sealed {
        alone(c, row, sealed)?;
    }
    keep_state(c, row, &id, &change.state, now)?;
    let told = keep_events(c, row, change, now, device)?;
    if let Some(sealed) = sealed {
        let kept = c.execute(
            "UPDATE member SET personal = ?2 WHERE pk = ?1 AND erased_at IS NULL",
            params![row, sealed.body],
        )?;
        c.execute("DELETE FROM member_key WHERE member = ?1", [row])?;
        // Whoever was erased stays so: no key leads there again.
        for (kind, key) in sealed.keys.iter().take(if kept == 0 { 0 } else { sealed.keys.len() }) {
            c.prepare_cached("INSERT INTO member_key (kind, key, member) VALUES (?1, ?2, ?3)")?.execute(params![
                kind,
                key.as_slice(),
                row
            ])?;
        }
    }
    enqueue(c, Table::Memberships, &[row], now)?;
    enqueue(c, Table::MembershipEvents, &told, now)?;
    Ok(id)
}

/// Refuses keys that lead to somebody else. Here, where nobody can come between the look and the writing.
fn alone(c: &Connection, row: i64, sealed: &Sealed) -> Result<(), StoreError> {
    for (kind, key) in &sealed.alone {
        let mut statement = c.prepare_cached(
            "SELECT k.member FROM member_key k JOIN member m ON m.pk = k.member
             WHERE k.kind = ?1 AND k.key = ?2 AND k.member <> ?3 AND m.deleted = 0",
        )?;
        let others = statement.query_map(params![kind.code(), key.as_slice(), row], |r| r.get(0))?;
        for other in others.collect::<Result<Vec<i64>, _>>()? {
            if counting(c, other)? != counting(c, row)? {
                return Err(StoreError::KeyTaken(*kind));
            }
        }
    }
    Ok(())
}

/// The record that counts in place of one that was merged.
fn counting(c: &Connection, mut row: i64) -> Result<i64, StoreError> {
    for _ in 0..MOST_MERGES {
        let into = c
            .prepare_cached("SELECT o.pk FROM member m JOIN member o ON o.id = m.merged_into WHERE m.pk = ?1")?
            .query_row([row], |r| r.get(0))
            .optional()?;
        let Some(into) = into else { break };
        row = into;
    }
    Ok(row)
}

/// What is personal leaves no event: the record's own version tells of it.
fn unchanged(c: &Connection, row: i64, change: &MemberChange) -> Result<(), StoreError> {
    let (events, points, version): (i64, i64, Option<i64>) = c
        .prepare_cached(
            "SELECT (SELECT coalesce(max(number), 0) FROM member_event WHERE member = ?1),
                    (SELECT coalesce(max(number), 0) FROM point_entry WHERE member = ?1),
                    (SELECT version FROM member WHERE pk = ?1)",
        )?
        .query_row([row], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    let same = change.seen_at.is_none_or(|seen| version == Some(seen.micros()));
    let all = same && (events, points) == (change.seen_events, change.seen_points);
    if all { Ok(()) } else { Err(StoreError::ChangedMeanwhile) }
}

fn keep_state(c: &Connection, row: i64, id: &str, state: &MemberState, now: Timestamp) -> Result<(), StoreError> {
    c.prepare_cached(
        "INSERT INTO member (pk, id, tier, status, price, currency, period, since, paid_through, points, cancel_reason, merged_into,
           created_at, version)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13)
         ON CONFLICT (pk) DO UPDATE SET tier = excluded.tier, status = excluded.status, price = excluded.price,
           currency = excluded.currency, period = excluded.period, since = excluded.since, paid_through = excluded.paid_through,
           points = excluded.points, cancel_reason = excluded.cancel_reason, merged_into = excluded.merged_into,
           version = max(excluded.version, version + 1)",
    )?
    .execute(params![
        row,
        id,
        state.tier,
        state.status,
        state.price,
        state.currency,
        state.period,
        state.since.map(BusinessDay::number),
        state.paid_through.map(BusinessDay::number),
        state.points,
        state.cancel_reason,
        state.merged_into,
        now.micros()
    ])?;
    Ok(())
}

/// Adds what happened; tells the rows of the events.
fn keep_events(
    c: &Connection,
    row: i64,
    change: &MemberChange,
    now: Timestamp,
    device: &str,
) -> Result<Vec<i64>, StoreError> {
    let mut told = Vec::with_capacity(change.events.len());
    for (number, event) in (change.seen_events + 1..).zip(&change.events) {
        let pk = next_row(c, "member_event")?;
        c.prepare_cached(
            "INSERT INTO member_event (pk, id, member, number, at, day, kind, body, operator, tier, amount, refunded, currency, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            pk,
            id_of(device, 'e', pk),
            row,
            number,
            now.micros(),
            event.day.number(),
            event.kind,
            event.body,
            change.operator,
            event.tier,
            event.amount,
            event.refunded,
            change.state.currency,
            event.reason
        ])?;
        told.push(pk);
    }
    for (number, entry) in (change.seen_points + 1..).zip(&change.points) {
        let pk = next_row(c, "point_entry")?;
        if let Some(sale) = &entry.sale {
            let mut earned = c.prepare_cached("SELECT 1 FROM point_entry WHERE sale = ?1")?;
            if earned.exists([sale])? {
                return Err(StoreError::SaleTaken);
            }
        }
        c.prepare_cached(
            "INSERT INTO point_entry (pk, id, member, number, at, day, body, operator, sale) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            pk,
            id_of(device, 'p', pk),
            row,
            number,
            now.micros(),
            entry.day.number(),
            entry.body,
            change.operator,
            entry.sale
        ])?;
    }
    Ok(told)
}
