//! Rows of the counter as the warehouse sees them. Nothing personal is read here.

use crate::privacy::Personal;
use crate::render::{Make, currency, day, int, money, tail, text, time};
use backroom_core::BusinessDay;
use backroom_core::table::{Cell, Table};
use rusqlite::Row;

const MEMBERS: &str = "SELECT p.*, 'counter' AS source FROM member p WHERE p.pk BETWEEN ?1 AND ?2 ORDER BY p.pk";
const EVENTS: &str = "SELECT p.*, m.id AS membership_id, p.at AS created_at, p.at AS version, 0 AS obs, 0 AS deleted, 'counter' AS source
  FROM member_event p JOIN member m ON m.pk = p.member WHERE p.pk BETWEEN ?1 AND ?2 ORDER BY p.pk";
const CHECKS: &str =
    "SELECT p.*, p.at AS created_at, 'counter' AS source FROM age_check p WHERE p.pk BETWEEN ?1 AND ?2 ORDER BY p.pk";
// Two PCs of a shop may call their raffles the same.
const RAFFLES: &str =
    "SELECT p.*, (SELECT value FROM meta WHERE key = 'device') || '-' || p.id AS own_id, 'counter' AS source
   FROM raffle p WHERE p.pk BETWEEN ?1 AND ?2 ORDER BY p.pk";
const ENTRIES: &str =
    "SELECT p.*, (SELECT value FROM meta WHERE key = 'device') || '-' || f.id AS raffle_id, 'counter' AS source FROM raffle_entry p JOIN raffle f ON f.pk = p.raffle
  WHERE p.pk BETWEEN ?1 AND ?2 ORDER BY p.pk";

/// Which rows a table of the counter is made of, and how. Any other table is none of the counter's.
pub(crate) fn of(table: Table) -> (&'static str, Make) {
    match table {
        Table::MembershipEvents => (EVENTS, event),
        Table::AgeChecks => (CHECKS, check),
        Table::Raffles => (RAFFLES, raffle),
        Table::RaffleEntries => (ENTRIES, entry),
        _ => (MEMBERS, member),
    }
}

fn maybe_day(r: &Row<'_>, at: &str) -> rusqlite::Result<Cell> {
    Ok(r.get::<_, Option<i32>>(at)?.map_or(Cell::Null, |n| Cell::Date(BusinessDay::from_number(n))))
}

fn ended(mut cells: Vec<Cell>, r: &Row<'_>) -> rusqlite::Result<Vec<Cell>> {
    cells.extend(tail(r)?);
    Ok(cells)
}

fn member(r: &Row<'_>, _: Personal<'_>) -> rusqlite::Result<Vec<Cell>> {
    let cells = vec![
        text(r, "id")?,
        text(r, "tier")?,
        text(r, "status")?,
        money(r, "price", currency(r)?)?,
        text(r, "currency")?,
        text(r, "period")?,
        maybe_day(r, "since")?,
        maybe_day(r, "paid_through")?,
        int(r, "points")?,
        text(r, "cancel_reason")?,
        time(r, "created_at")?,
        time(r, "version")?,
    ];
    ended(cells, r)
}

fn event(r: &Row<'_>, _: Personal<'_>) -> rusqlite::Result<Vec<Cell>> {
    let cur = currency(r)?;
    let cells = vec![
        text(r, "id")?,
        text(r, "membership_id")?,
        text(r, "kind")?,
        text(r, "tier")?,
        money(r, "amount", cur)?,
        money(r, "refunded", cur)?,
        text(r, "currency")?,
        text(r, "reason")?,
        day(r, "day")?,
        time(r, "created_at")?,
    ];
    ended(cells, r)
}

fn check(r: &Row<'_>, _: Personal<'_>) -> rusqlite::Result<Vec<Cell>> {
    let id = text(r, "id")?;
    // A check's id begins with the PC that made it.
    let register = match &id {
        Cell::Text(id) => id.split('-').next().map_or(Cell::Null, |device| Cell::Text(device.to_owned())),
        _ => Cell::Null,
    };
    let cells = vec![
        id,
        text(r, "verdict")?,
        text(r, "reason")?,
        text(r, "method")?,
        text(r, "product_class")?,
        text(r, "state")?,
        text(r, "rules_version")?,
        int(r, "clerk")?,
        register,
        text(r, "location")?,
        int(r, "took_ms")?,
        text(r, "resubmits")?,
        text(r, "resubmit_reason")?,
        day(r, "day")?,
        time(r, "created_at")?,
    ];
    ended(cells, r)
}

fn raffle(r: &Row<'_>, _: Personal<'_>) -> rusqlite::Result<Vec<Cell>> {
    let cells = vec![
        text(r, "own_id")?,
        text(r, "name")?,
        text(r, "status")?,
        time(r, "opens_at")?,
        time(r, "closes_at")?,
        money(r, "prize_value", currency(r)?)?,
        text(r, "currency")?,
        int(r, "entries")?,
        text(r, "rules_hash")?,
        text(r, "seal_hash")?,
        time(r, "created_at")?,
        time(r, "version")?,
    ];
    ended(cells, r)
}

fn entry(r: &Row<'_>, _: Personal<'_>) -> rusqlite::Result<Vec<Cell>> {
    let cells = vec![
        text(r, "id")?,
        text(r, "raffle_id")?,
        text(r, "person")?,
        text(r, "channel")?,
        text(r, "void_reason")?,
        day(r, "day")?,
        time(r, "created_at")?,
    ];
    ended(cells, r)
}
