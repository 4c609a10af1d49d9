//! Orders with their lines. Only completed orders count as sold.

use super::{Applied, Row, Work};
use crate::delta::{OrderDelta, currency_key};
use crate::error::StoreError;
use backroom_core::sale::{Order, OrderLine, OrderState};
use rusqlite::{OptionalExtension, params};

/// What a stored order contributes to the rollups, apart from its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Totals {
    location: i64,
    day: i32,
    state: i64,
    total: i64,
    tax: i64,
    discount: i64,
    tip: i64,
    service_charge: i64,
    returned: i64,
    currency: String,
}

/// A line as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    pk: i64,
    uid: String,
    product: Option<i64>,
    name: String,
    quantity_milli: i64,
    unit_price: i64,
    gross: i64,
    discount: i64,
    tax: i64,
    total: i64,
    deleted: bool,
}

pub(super) fn orders(work: &mut Work<'_>, rows: &[Order]) -> Result<Applied, StoreError> {
    let mut applied = Applied::default();
    for (index, row) in rows.iter().enumerate() {
        applied.sum = applied.sum.saturating_add(row.total);
        if order(work, index, row)? {
            applied.changed += 1;
            let version = row.version.micros();
            applied.oldest_changed = Some(applied.oldest_changed.map_or(version, |o| o.min(version)));
        }
    }
    Ok(applied)
}

/// The version of an order that is here.
pub(super) fn stored_version(work: &Work<'_>, id: &str) -> Result<Option<i64>, StoreError> {
    let mut statement = work.c.prepare_cached("SELECT version FROM orders WHERE id = ?1 AND source = ?2")?;
    Ok(statement.query_row(params![id, work.source], |r| r.get(0)).optional()?)
}

pub(super) fn order(work: &mut Work<'_>, index: usize, row: &Order) -> Result<bool, StoreError> {
    let c = work.c;
    let location = work.keys.location(c, work.source, &row.location_id)?;
    let (day, hour) = work.keys.day_hour(c, location, row.closed_at.unwrap_or(row.created_at))?;
    let customer = row.customer_id.as_deref().map(|id| work.keys.customer(c, work.source, id)).transpose()?;
    let team_member = work.keys.optional_word(c, row.team_member_id.as_deref())?;
    let raw_index = work.raw_index(index);
    let now = Totals {
        location,
        day,
        state: row.state.code(),
        total: row.total,
        tax: row.tax,
        discount: row.discount,
        tip: row.tip,
        service_charge: row.service_charge,
        returned: row.returned,
        currency: row.currency.code().to_owned(),
    };
    let inserted = c
        .prepare_cached(
            "INSERT INTO orders (source, id, location, customer, state, total, tax, discount, tip, service_charge, returned, currency,
               tenders, team_member, created_at, closed_at, day, hour, version, raw_page, raw_index)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            work.source, row.id, location, customer, now.state, row.total, row.tax, row.discount, row.tip,
            row.service_charge, row.returned, now.currency, row.tenders, team_member, row.created_at.micros(),
            row.closed_at.map(|t| t.micros()), day, hour, row.version.micros(), work.raw_page, raw_index
        ])?;
    if inserted > 0 {
        let pk = c.last_insert_rowid();
        let mut lines = Vec::with_capacity(row.lines.len());
        for line in &row.lines {
            lines.push(insert_line(work, pk, line)?);
        }
        contribute(work, &now, &lines, 1);
        work.enqueue(Row::Order, pk);
        for line in &lines {
            work.enqueue(Row::Line, line.pk);
        }
        return Ok(true);
    }
    replace(work, row, &now, customer, team_member, hour, raw_index)
}

fn replace(
    work: &mut Work<'_>,
    row: &Order,
    now: &Totals,
    customer: Option<i64>,
    team_member: Option<i64>,
    hour: u8,
    raw_index: Option<i64>,
) -> Result<bool, StoreError> {
    let c = work.c;
    let (pk, version, obs, old) = c
        .prepare_cached(
            "SELECT pk, version, obs, location, day, state, total, tax, discount, tip, service_charge, returned, currency
             FROM orders WHERE id = ?1 AND source = ?2",
        )?
        .query_row(params![row.id, work.source], |r| {
            Ok((
                r.get::<_, i64>(0)?,
                r.get::<_, i64>(1)?,
                r.get::<_, i64>(2)?,
                Totals {
                    location: r.get(3)?,
                    day: r.get(4)?,
                    state: r.get(5)?,
                    total: r.get(6)?,
                    tax: r.get(7)?,
                    discount: r.get(8)?,
                    tip: r.get(9)?,
                    service_charge: r.get(10)?,
                    returned: r.get(11)?,
                    currency: r.get(12)?,
                },
            ))
        })
        .optional()?
        .ok_or(StoreError::Invariant("an order in conflict exists"))?;
    if row.version.micros() < version {
        return Ok(false);
    }
    let newer = row.version.micros() > version;
    let before = stored_lines(work, pk)?;
    let mut after = Vec::with_capacity(row.lines.len());
    let mut touched = Vec::new();
    for line in &row.lines {
        match before.iter().find(|b| b.uid == line.uid) {
            None => {
                let fresh = insert_line(work, pk, line)?;
                touched.push(fresh.pk);
                after.push(fresh);
            }
            Some(known) => {
                let fresh = line_of(work, known.pk, line)?;
                if fresh != *known {
                    update_line(work, &fresh)?;
                    touched.push(fresh.pk);
                }
                after.push(fresh);
            }
        }
    }
    for gone in before.iter().filter(|b| !b.deleted && !row.lines.iter().any(|l| l.uid == b.uid)) {
        let mut fresh = gone.clone();
        fresh.deleted = true;
        update_line(work, &fresh)?;
        touched.push(fresh.pk);
    }
    if !newer && touched.is_empty() && old == *now {
        return Ok(false);
    }
    c.prepare_cached(
        "UPDATE orders SET location = ?2, customer = ?3, state = ?4, total = ?5, tax = ?6, discount = ?7, tip = ?8, service_charge = ?9,
           returned = ?10, currency = ?11, tenders = ?12, team_member = ?13, closed_at = ?14, day = ?15, hour = ?16, version = ?17,
           obs = ?18, raw_page = ?19, raw_index = ?20 WHERE pk = ?1",
    )?
    .execute(params![
        pk, now.location, customer, now.state, row.total, row.tax, row.discount, row.tip, row.service_charge,
        row.returned, now.currency, row.tenders, team_member, row.closed_at.map(|t| t.micros()), now.day, hour,
        row.version.micros(), if newer { 0 } else { obs + 1 }, work.raw_page, raw_index
    ])?;
    contribute(work, &old, &before, -1);
    contribute(work, now, &after, 1);
    work.enqueue(Row::Order, pk);
    // Lines carry the order's version and day, so they all go when the order does.
    for line in before.iter().chain(after.iter().filter(|a| !before.iter().any(|b| b.pk == a.pk))) {
        work.enqueue(Row::Line, line.pk);
    }
    Ok(true)
}

fn line_of(work: &mut Work<'_>, pk: i64, line: &OrderLine) -> Result<Line, StoreError> {
    let c = work.c;
    let product = line.variation_id.as_deref().map(|id| work.keys.product(c, work.source, id)).transpose()?;
    let name = match line.variation_name.as_deref() {
        Some(variation) if !variation.is_empty() && variation != "Regular" && !line.name.ends_with(variation) => {
            format!("{} · {variation}", line.name)
        }
        _ => line.name.clone(),
    };
    Ok(Line {
        pk,
        uid: line.uid.clone(),
        product,
        name,
        quantity_milli: line.quantity_milli,
        unit_price: line.unit_price,
        gross: line.gross,
        discount: line.discount,
        tax: line.tax,
        total: line.total,
        deleted: false,
    })
}

fn insert_line(work: &mut Work<'_>, order: i64, line: &OrderLine) -> Result<Line, StoreError> {
    let mut fresh = line_of(work, 0, line)?;
    work.c
        .prepare_cached(
            "INSERT INTO order_line (order_pk, uid, product, name, quantity_milli, unit_price, gross, discount, tax, total)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            order, fresh.uid, fresh.product, fresh.name, fresh.quantity_milli, fresh.unit_price, fresh.gross,
            fresh.discount, fresh.tax, fresh.total
        ])?;
    fresh.pk = work.c.last_insert_rowid();
    Ok(fresh)
}

fn update_line(work: &Work<'_>, line: &Line) -> Result<(), StoreError> {
    work.c
        .prepare_cached(
            "UPDATE order_line SET product = ?2, name = ?3, quantity_milli = ?4, unit_price = ?5, gross = ?6, discount = ?7, tax = ?8,
               total = ?9, deleted = ?10 WHERE pk = ?1",
        )?
        .execute(params![
            line.pk, line.product, line.name, line.quantity_milli, line.unit_price, line.gross, line.discount, line.tax,
            line.total, line.deleted
        ])?;
    Ok(())
}

fn stored_lines(work: &Work<'_>, order: i64) -> Result<Vec<Line>, StoreError> {
    let mut statement = work.c.prepare_cached(
        "SELECT pk, uid, product, name, quantity_milli, unit_price, gross, discount, tax, total, deleted FROM order_line
         WHERE order_pk = ?1 ORDER BY pk",
    )?;
    let rows = statement.query_map([order], |r| {
        Ok(Line {
            pk: r.get(0)?,
            uid: r.get(1)?,
            product: r.get(2)?,
            name: r.get(3)?,
            quantity_milli: r.get(4)?,
            unit_price: r.get(5)?,
            gross: r.get(6)?,
            discount: r.get(7)?,
            tax: r.get(8)?,
            total: r.get(9)?,
            deleted: r.get(10)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Puts an order and its lines on the rollups (`sign` 1) or takes them off (−1).
fn contribute(work: &mut Work<'_>, order: &Totals, lines: &[Line], sign: i64) {
    if order.state != OrderState::Completed.code() {
        return;
    }
    let key = currency_key(&order.currency);
    let mut gross = 0;
    for line in lines.iter().filter(|l| !l.deleted) {
        if line.quantity_milli >= 0 {
            gross += line.gross;
        }
        let delta = work.deltas.product(order.day, line.product.unwrap_or(0), order.location, key);
        delta.units_milli += sign * line.quantity_milli;
        delta.gross += sign * line.gross;
        delta.discount += sign * line.discount;
        delta.total += sign * line.total;
    }
    let delta = work.deltas.order(order.day, order.location, key);
    let one = OrderDelta {
        gross,
        discount: order.discount,
        returned: order.returned,
        tax: order.tax,
        tip: order.tip,
        service_charge: order.service_charge,
        due: order.total,
        orders: 1,
    };
    delta.gross += sign * one.gross;
    delta.discount += sign * one.discount;
    delta.returned += sign * one.returned;
    delta.tax += sign * one.tax;
    delta.tip += sign * one.tip;
    delta.service_charge += sign * one.service_charge;
    delta.due += sign * one.due;
    delta.orders += sign * one.orders;
}
