//! Payments and refunds.

use super::{Applied, Row, Work};
use crate::delta::{Reason, SalesDelta, currency_key};
use crate::error::StoreError;
use backroom_core::sale::{Payment, PaymentStatus, Refund, Sale};
use rusqlite::{CachedStatement, OptionalExtension, params};

/// Where Square shows the receipt of a payment: kept as '' to save the space.
pub(crate) const RECEIPT_PREFIX: &str = "https://squareup.com/receipt/preview/";

/// What a stored payment contributes to the rollups, and what tells whether it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct StoredPayment {
    pk: i64,
    location: i64,
    customer: Option<i64>,
    status: i64,
    amount: i64,
    tip: i64,
    total: i64,
    refunded: i64,
    fee: i64,
    currency: String,
    method: i64,
    card_brand: Option<i64>,
    team_member: Option<i64>,
    taken_at: i64,
    day: i32,
    hour: u8,
    version: i64,
    obs: i64,
    order_id: Option<String>,
    receipt_url: Option<String>,
}

const INSERT: &str = "INSERT INTO payment (source, id, location, customer, order_id, status, amount, tip, total, refunded, fee,
    currency, method, card_brand, receipt_url, team_member, created_at, taken_at, day, hour, version, raw_page, raw_index)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)
  ON CONFLICT DO NOTHING";
const SELECT: &str =
    "SELECT pk, location, customer, status, amount, tip, total, refunded, fee, currency, method, card_brand,
    team_member, taken_at, day, hour, version, obs, order_id, receipt_url FROM payment WHERE id = ?1 AND source = ?2";
const UPDATE: &str =
    "UPDATE payment SET location = ?2, customer = ?3, order_id = ?4, status = ?5, amount = ?6, tip = ?7, total = ?8,
    refunded = ?9, fee = ?10, currency = ?11, method = ?12, card_brand = ?13, receipt_url = ?14, team_member = ?15,
    taken_at = ?16, day = ?17, hour = ?18, version = ?19, obs = ?20, raw_page = ?21, raw_index = ?22 WHERE pk = ?1";

fn stored(r: &rusqlite::Row<'_>) -> rusqlite::Result<StoredPayment> {
    Ok(StoredPayment {
        pk: r.get(0)?,
        location: r.get(1)?,
        customer: r.get(2)?,
        status: r.get(3)?,
        amount: r.get(4)?,
        tip: r.get(5)?,
        total: r.get(6)?,
        refunded: r.get(7)?,
        fee: r.get(8)?,
        currency: r.get(9)?,
        method: r.get(10)?,
        card_brand: r.get(11)?,
        team_member: r.get(12)?,
        taken_at: r.get(13)?,
        day: r.get(14)?,
        hour: r.get(15)?,
        version: r.get(16)?,
        obs: r.get(17)?,
        order_id: r.get(18)?,
        receipt_url: r.get(19)?,
    })
}

pub(super) fn payments(work: &mut Work<'_>, rows: &[Payment]) -> Result<Applied, StoreError> {
    let mut applied = Applied::default();
    let c = work.c;
    let mut insert = c.prepare_cached(INSERT)?;
    for (index, row) in rows.iter().enumerate() {
        applied.sum = applied.sum.saturating_add(row.amount);
        if payment_with(work, &mut insert, index, row)? {
            applied.changed += 1;
        }
    }
    Ok(applied)
}

/// One payment alone.
pub(super) fn payment(work: &mut Work<'_>, index: usize, row: &Payment) -> Result<bool, StoreError> {
    let c = work.c;
    payment_with(work, &mut c.prepare_cached(INSERT)?, index, row)
}

fn payment_with(
    work: &mut Work<'_>,
    insert: &mut CachedStatement<'_>,
    index: usize,
    row: &Payment,
) -> Result<bool, StoreError> {
    let c = work.c;
    let location = work.keys.location(c, work.source, &row.location_id)?;
    let (day, hour) = work.keys.day_hour(c, location, row.taken_at)?;
    let customer = row.customer_id.as_deref().map(|id| work.keys.customer(c, work.source, id)).transpose()?;
    let method = work.keys.word(c, &row.source_type)?;
    let card_brand = work.keys.optional_word(c, row.card_brand.as_deref())?;
    let team_member = work.keys.optional_word(c, row.team_member_id.as_deref())?;
    let receipt = row.receipt_url.as_deref().map(|url| match url.strip_prefix(RECEIPT_PREFIX) {
        Some(rest) if rest == row.id => "",
        _ => url,
    });
    let raw_index = work.raw_index(index);
    let inserted = insert.execute(params![
        work.source,
        row.id,
        location,
        customer,
        row.order_id,
        row.status.code(),
        row.amount,
        row.tip,
        row.total,
        row.refunded,
        row.fee,
        row.currency.code(),
        method,
        card_brand,
        receipt,
        team_member,
        row.created_at.micros(),
        row.taken_at.micros(),
        day,
        hour,
        row.version.micros(),
        work.raw_page,
        raw_index
    ])?;
    let mut now = StoredPayment {
        pk: 0,
        location,
        customer,
        status: row.status.code(),
        amount: row.amount,
        tip: row.tip,
        total: row.total,
        refunded: row.refunded,
        fee: row.fee,
        currency: String::new(),
        method,
        card_brand,
        team_member,
        taken_at: row.taken_at.micros(),
        day,
        hour,
        version: row.version.micros(),
        obs: 0,
        order_id: None,
        receipt_url: None,
    };
    let reason = if row.taken_at != row.created_at { Reason::Offline } else { Reason::Changed };
    if inserted > 0 {
        let pk = c.last_insert_rowid();
        contribute(work, &now, row.currency.code(), 1, reason);
        work.enqueue(Row::Payment, pk);
        return Ok(true);
    }
    let old = c.prepare_cached(SELECT)?.query_row(params![row.id, work.source], stored)?;
    if now.version < old.version {
        return Ok(false);
    }
    now.pk = old.pk;
    now.obs = old.obs;
    now.currency = row.currency.code().to_owned();
    now.order_id.clone_from(&row.order_id);
    now.receipt_url = receipt.map(str::to_owned);
    let same = StoredPayment { version: old.version, ..now.clone() } == old;
    if same && now.version == old.version {
        return Ok(false);
    }
    now.obs = if now.version == old.version { old.obs + 1 } else { 0 };
    c.prepare_cached(UPDATE)?.execute(params![
        old.pk,
        location,
        customer,
        row.order_id,
        now.status,
        now.amount,
        now.tip,
        now.total,
        now.refunded,
        now.fee,
        now.currency,
        method,
        card_brand,
        receipt,
        team_member,
        now.taken_at,
        day,
        hour,
        now.version,
        now.obs,
        work.raw_page,
        raw_index
    ])?;
    contribute(work, &old, &old.currency, -1, reason);
    contribute(work, &now, &now.currency, 1, reason);
    work.enqueue(Row::Payment, old.pk);
    Ok(true)
}

/// Puts a payment on the rollups (`sign` 1) or takes it off (−1). Only completed payments count.
fn contribute(work: &mut Work<'_>, p: &StoredPayment, currency: &str, sign: i64, reason: Reason) {
    if p.status != PaymentStatus::Completed.code() {
        return;
    }
    let key = currency_key(currency);
    let delta = SalesDelta { collected: sign * p.amount, tips: sign * p.tip, payments: sign, ..SalesDelta::default() };
    work.deltas.sales(p.day, p.location, p.hour, key, &delta);
    work.deltas.method(p.day, p.location, p.method, key, &delta);
    if let Some(customer) = p.customer {
        work.deltas.buyer(p.day, customer, p.location, sign);
    }
    if work.restates {
        work.deltas.restate(p.day, reason);
    }
}

pub(super) fn refunds(work: &mut Work<'_>, rows: &[Refund]) -> Result<Applied, StoreError> {
    let mut applied = Applied::default();
    for (index, row) in rows.iter().enumerate() {
        applied.sum = applied.sum.saturating_add(row.amount);
        if refund(work, index, row)? {
            applied.changed += 1;
        }
    }
    Ok(applied)
}

/// What a stored refund contributes.
struct StoredRefund {
    location: i64,
    day: i32,
    hour: u8,
    status: i64,
    amount: i64,
    currency: String,
}

pub(super) fn refund(work: &mut Work<'_>, index: usize, row: &Refund) -> Result<bool, StoreError> {
    let c = work.c;
    let location = work.keys.location(c, work.source, &row.location_id)?;
    let (day, hour) = work.keys.day_hour(c, location, row.created_at)?;
    let raw_index = work.raw_index(index);
    let now = StoredRefund {
        location,
        day,
        hour,
        status: row.status.code(),
        amount: row.amount,
        currency: row.currency.code().to_owned(),
    };
    let inserted = c
        .prepare_cached(
            "INSERT INTO refund (source, id, location, payment_id, order_id, status, amount, currency, reason, created_at, day, hour,
               version, raw_page, raw_index)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            work.source, row.id, location, row.payment_id, row.order_id, now.status, row.amount, now.currency, row.reason,
            row.created_at.micros(), day, hour, row.version.micros(), work.raw_page, raw_index
        ])?;
    if inserted > 0 {
        let pk = c.last_insert_rowid();
        contribute_refund(work, &now, 1);
        work.enqueue(Row::Refund, pk);
        return Ok(true);
    }
    let (pk, version, obs, reason, payment_id, old) = c
        .prepare_cached(
            "SELECT pk, version, obs, reason, payment_id, location, day, hour, status, amount, currency FROM refund
             WHERE id = ?1 AND source = ?2",
        )?
        .query_row(params![row.id, work.source], |r| {
            Ok((
                r.get::<_, i64>(0)?,
                r.get::<_, i64>(1)?,
                r.get::<_, i64>(2)?,
                r.get::<_, Option<String>>(3)?,
                r.get::<_, Option<String>>(4)?,
                StoredRefund {
                    location: r.get(5)?,
                    day: r.get(6)?,
                    hour: r.get(7)?,
                    status: r.get(8)?,
                    amount: r.get(9)?,
                    currency: r.get(10)?,
                },
            ))
        })
        .optional()?
        .ok_or(StoreError::Invariant("a refund in conflict exists"))?;
    let newer = row.version.micros() > version;
    let differs = old.location != now.location
        || old.day != now.day
        || old.status != now.status
        || old.amount != now.amount
        || old.currency != now.currency
        || reason != row.reason
        || payment_id != row.payment_id;
    if row.version.micros() < version || (!newer && !differs) {
        return Ok(false);
    }
    c.prepare_cached(
        "UPDATE refund SET location = ?2, payment_id = ?3, order_id = ?4, status = ?5, amount = ?6, currency = ?7, reason = ?8,
           created_at = ?9, day = ?10, hour = ?11, version = ?12, obs = ?13, raw_page = ?14, raw_index = ?15 WHERE pk = ?1",
    )?
    .execute(params![
        pk, location, row.payment_id, row.order_id, now.status, row.amount, now.currency, row.reason,
        row.created_at.micros(), day, hour, row.version.micros(), if newer { 0 } else { obs + 1 }, work.raw_page, raw_index
    ])?;
    contribute_refund(work, &old, -1);
    contribute_refund(work, &now, 1);
    work.enqueue(Row::Refund, pk);
    Ok(true)
}

fn contribute_refund(work: &mut Work<'_>, r: &StoredRefund, sign: i64) {
    if r.status != PaymentStatus::Completed.code() {
        return;
    }
    let delta = SalesDelta { refunded: sign * r.amount, refunds: sign, ..SalesDelta::default() };
    work.deltas.sales(r.day, r.location, r.hour, currency_key(&r.currency), &delta);
    if work.restates {
        work.deltas.restate(r.day, Reason::LateRefund);
    }
}

/// Cancels the payments and refunds of earlier versions of a sale that it does not hold any more. Tells whether there were any.
pub(super) fn cancel_missing(work: &mut Work<'_>, sale: &Sale) -> Result<bool, StoreError> {
    let (c, version) = (work.c, sale.order.version.micros());
    // The ids of a sale's payments lie between `<sale>-` and `<sale>.`, which is the next character.
    let (from, to) = (format!("{}-", sale.order.id), format!("{}.", sale.order.id));
    let mut any = false;
    let mut statement = c.prepare_cached(
        "SELECT pk, location, customer, status, amount, tip, total, refunded, fee, currency, method, card_brand, team_member, taken_at,
           day, hour, version, obs, order_id, receipt_url, id FROM payment
         WHERE id >= ?1 AND id < ?2 AND source = ?3 AND status <> ?4 AND version <= ?5",
    )?;
    let canceled = PaymentStatus::Canceled.code();
    let known: Vec<(StoredPayment, String)> = statement
        .query_map(params![from, to, work.source, canceled, version], |r| Ok((stored(r)?, r.get(20)?)))?
        .collect::<Result<_, _>>()?;
    for (old, _) in known.iter().filter(|(_, id)| !sale.payments.iter().any(|p| p.id == *id)) {
        let obs = if version == old.version { old.obs + 1 } else { 0 };
        c.prepare_cached("UPDATE payment SET status = ?2, version = ?3, obs = ?4 WHERE pk = ?1")?
            .execute(params![old.pk, canceled, version, obs])?;
        contribute(work, old, &old.currency, -1, Reason::Changed);
        work.enqueue(Row::Payment, old.pk);
        any = true;
    }
    let mut statement = c.prepare_cached(
        "SELECT pk, version, obs, location, day, hour, status, amount, currency, id FROM refund
         WHERE id >= ?1 AND id < ?2 AND source = ?3 AND status <> ?4 AND version <= ?5",
    )?;
    let known: Vec<(i64, i64, i64, StoredRefund, String)> = statement
        .query_map(params![from, to, work.source, canceled, version], |r| {
            let refund = StoredRefund {
                location: r.get(3)?,
                day: r.get(4)?,
                hour: r.get(5)?,
                status: r.get(6)?,
                amount: r.get(7)?,
                currency: r.get(8)?,
            };
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, refund, r.get(9)?))
        })?
        .collect::<Result<_, _>>()?;
    for (pk, before, obs, old, _) in known.iter().filter(|(.., id)| !sale.refunds.iter().any(|r| r.id == *id)) {
        let obs = if version == *before { obs + 1 } else { 0 };
        c.prepare_cached("UPDATE refund SET status = ?2, version = ?3, obs = ?4 WHERE pk = ?1")?
            .execute(params![pk, canceled, version, obs])?;
        contribute_refund(work, old, -1);
        work.enqueue(Row::Refund, *pk);
        any = true;
    }
    Ok(any)
}
