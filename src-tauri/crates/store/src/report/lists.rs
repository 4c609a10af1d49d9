//! Lists of payments, receipts and restated days.

use super::names::location_name;
use crate::apply::RECEIPT_PREFIX;
use crate::error::StoreError;
use backroom_core::sale::PaymentStatus;
use backroom_core::{BusinessDay, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A payment in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    /// Vendor id.
    pub id: String,
    /// Name of the source.
    pub source: String,
    /// Location id.
    pub location_id: String,
    /// Location name.
    pub location: String,
    /// When the money was taken.
    pub taken_at: Timestamp,
    /// Its business day.
    pub day: BusinessDay,
    /// Where it stands.
    pub status: PaymentStatus,
    /// Amount without tip.
    pub amount: i64,
    /// Tip.
    pub tip: i64,
    /// Given back so far.
    pub refunded: i64,
    /// ISO 4217.
    pub currency: String,
    /// How it was paid.
    pub method: String,
    /// Brand of the card.
    pub card_brand: Option<String>,
    /// Customer id.
    pub customer_id: Option<String>,
    /// Order id.
    pub order_id: Option<String>,
    /// The receipt at the vendor.
    pub receipt_url: Option<String>,
    /// What its order's lines of the item or category asked for add up to.
    pub part: Option<i64>,
}

pub(super) const COLUMNS: &str = concat!(
    "p.id, s.name, l.id, ",
    location_name!(),
    ", p.taken_at, p.day, p.status, p.amount, p.tip, p.refunded, p.currency, m.text, b.text, c.id, p.order_id, p.receipt_url"
);
pub(super) const JOINS: &str =
    "JOIN source s ON s.pk = p.source JOIN location l ON l.pk = p.location JOIN word m ON m.pk = p.method
    LEFT JOIN word b ON b.pk = p.card_brand LEFT JOIN customer c ON c.pk = p.customer";

pub(super) fn payment(r: &Row<'_>) -> rusqlite::Result<PaymentRow> {
    let id: String = r.get(0)?;
    let receipt_url: Option<String> = r.get(15)?;
    let receipt_url = receipt_url.map(|u| if u.is_empty() { format!("{RECEIPT_PREFIX}{id}") } else { u });
    Ok(PaymentRow {
        id,
        source: r.get(1)?,
        location_id: r.get(2)?,
        location: r.get(3)?,
        taken_at: Timestamp::from_micros(r.get(4)?),
        day: BusinessDay::from_number(r.get(5)?),
        status: PaymentStatus::from_code(r.get(6)?),
        amount: r.get(7)?,
        tip: r.get(8)?,
        refunded: r.get(9)?,
        currency: r.get(10)?,
        method: r.get(11)?,
        card_brand: r.get(12)?,
        customer_id: r.get(13)?,
        order_id: r.get(14)?,
        receipt_url,
        part: None,
    })
}

/// The newest payments, whatever their status.
///
/// # Errors
/// What the buffer says.
pub fn recent(c: &Connection, location: i64, limit: u32) -> Result<Vec<PaymentRow>, StoreError> {
    let mut statement = c.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM payment p {JOINS} WHERE p.deleted = 0 AND (?1 = 0 OR p.location = ?1) ORDER BY p.taken_at DESC LIMIT ?2"
    ))?;
    let rows = statement.query_map(params![location, limit], payment)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Instants that hold all rows of business days, and some more: the day decides, these find the rows by their index. A business
/// day begins within a calendar day of its date, whatever the zone.
pub(super) fn instants(from: BusinessDay, to: BusinessDay) -> (i64, i64) {
    let instant = |day: BusinessDay| i64::from(day.number()) * 86_400_000_000;
    (instant(from.plus(-1)), instant(to.plus(3)))
}

/// The payments that completed refunds of a period gave back, newest refund first, and how many refunds there are.
///
/// # Errors
/// What the buffer says.
pub fn refunded(
    c: &Connection,
    location: i64,
    currency: &str,
    from: BusinessDay,
    to: BusinessDay,
    limit: u32,
) -> Result<(u64, Vec<PaymentRow>), StoreError> {
    let condition =
        "r.created_at >= ?1 AND r.created_at < ?2 AND r.day BETWEEN ?3 AND ?4 AND r.deleted = 0 AND r.status = 2
        AND r.currency = ?5 AND (?6 = 0 OR r.location = ?6)";
    let (first, after) = instants(from, to);
    let (from, to) = (from.number(), to.number());
    let total: i64 = c
        .prepare_cached(&format!("SELECT count(*) FROM refund r WHERE {condition}"))?
        .query_row(params![first, after, from, to, currency, location], |r| r.get(0))?;
    let mut statement = c.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM refund r JOIN payment p ON p.id = r.payment_id AND p.source = r.source AND p.deleted = 0 {JOINS}
         WHERE {condition} GROUP BY p.pk ORDER BY max(r.created_at) DESC LIMIT ?7"
    ))?;
    let rows = statement.query_map(params![first, after, from, to, currency, location, limit], payment)?;
    Ok((u64::try_from(total).unwrap_or(0), rows.collect::<Result<_, _>>()?))
}

/// A line of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Name and variation.
    pub name: String,
    /// Thousandths of a unit.
    pub quantity_milli: i64,
    /// Price of a unit.
    pub unit_price: i64,
    /// What the customer paid for it.
    pub total: i64,
}

/// A refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRow {
    /// Vendor id.
    pub id: String,
    /// When.
    pub created_at: Timestamp,
    /// The business day it counts on.
    pub day: BusinessDay,
    /// Where it stands.
    pub status: PaymentStatus,
    /// Amount, positive.
    pub amount: i64,
    /// Reason given.
    pub reason: Option<String>,
}

/// A payment with everything known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptDetail {
    /// The payment.
    pub payment: PaymentRow,
    /// Lines of its order.
    pub lines: Vec<Line>,
    /// Its refunds.
    pub refunds: Vec<RefundRow>,
    /// Tax of the order.
    pub tax: i64,
    /// Discounts of the order.
    pub discount: i64,
}

/// The receipt of a payment; none where its id is not known.
///
/// # Errors
/// What the buffer says.
pub fn receipt(c: &Connection, id: &str) -> Result<Option<ReceiptDetail>, StoreError> {
    let Some(payment) = c
        .prepare_cached(&format!("SELECT {COLUMNS} FROM payment p {JOINS} WHERE p.id = ?1 LIMIT 1"))?
        .query_row([id], payment)
        .optional()?
    else {
        return Ok(None);
    };
    let order: Option<(i64, i64, i64)> = match &payment.order_id {
        Some(order) => c
            .prepare_cached("SELECT pk, tax, discount FROM orders WHERE id = ?1 LIMIT 1")?
            .query_row([order], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
            .optional()?,
        None => None,
    };
    let mut lines = Vec::new();
    if let Some((pk, _, _)) = order {
        let mut statement = c.prepare_cached(
            "SELECT name, quantity_milli, unit_price, total FROM order_line WHERE order_pk = ?1 AND deleted = 0 ORDER BY pk",
        )?;
        let rows = statement.query_map([pk], |r| {
            Ok(Line { name: r.get(0)?, quantity_milli: r.get(1)?, unit_price: r.get(2)?, total: r.get(3)? })
        })?;
        lines = rows.collect::<Result<_, _>>()?;
    }
    let mut statement = c.prepare_cached(
        "SELECT id, created_at, day, status, amount, reason FROM refund WHERE payment_id = ?1 AND deleted = 0 ORDER BY created_at",
    )?;
    let rows = statement.query_map([id], |r| {
        Ok(RefundRow {
            id: r.get(0)?,
            created_at: Timestamp::from_micros(r.get(1)?),
            day: BusinessDay::from_number(r.get(2)?),
            status: PaymentStatus::from_code(r.get(3)?),
            amount: r.get(4)?,
            reason: r.get(5)?,
        })
    })?;
    let refunds = rows.collect::<Result<_, _>>()?;
    let (tax, discount) = order.map_or((0, 0), |(_, tax, discount)| (tax, discount));
    Ok(Some(ReceiptDetail { payment, lines, refunds, tax, discount }))
}

/// A closed day whose net changed afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestatementRow {
    /// The day.
    pub day: BusinessDay,
    /// When the change arrived.
    pub at: Timestamp,
    /// ISO 4217.
    pub currency: String,
    /// Net before.
    pub old_net: i64,
    /// Net after.
    pub new_net: i64,
    /// Why.
    pub why: String,
}

/// The newest restatements.
///
/// # Errors
/// What the buffer says.
pub fn restatements(c: &Connection, since: Timestamp, limit: u32) -> Result<Vec<RestatementRow>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT day, at, currency, old_net, new_net, why FROM restatement WHERE at >= ?1 ORDER BY pk DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![since.micros(), limit], |r| {
        Ok(RestatementRow {
            day: BusinessDay::from_number(r.get(0)?),
            at: Timestamp::from_micros(r.get(1)?),
            currency: r.get(2)?,
            old_net: r.get(3)?,
            new_net: r.get(4)?,
            why: r.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
