//! Stored rows as the warehouse sees them: cells in the order of the table's columns.

use crate::apply::RECEIPT_PREFIX;
use crate::counter::render as counter;
use crate::error::StoreError;
use crate::privacy::{Personal, Privacy};
use backroom_core::sale::{OrderState, PaymentStatus};
use backroom_core::table::{Cell, Table};
use backroom_core::{BusinessDay, Currency, Timestamp};
use rusqlite::{Connection, Row};

/// One row for the warehouse.
pub(crate) struct Rendered {
    /// UTC time of `created_at`, where the table is pruned by it.
    pub(crate) created_at: Option<i64>,
    pub(crate) cells: Vec<Cell>,
}

pub(crate) fn text(r: &Row<'_>, at: &str) -> rusqlite::Result<Cell> {
    Ok(r.get::<_, Option<String>>(at)?.map_or(Cell::Null, Cell::Text))
}

pub(crate) fn time(r: &Row<'_>, at: &str) -> rusqlite::Result<Cell> {
    Ok(r.get::<_, Option<i64>>(at)?.map_or(Cell::Null, |t| Cell::Time(Timestamp::from_micros(t))))
}

pub(crate) fn int(r: &Row<'_>, at: &str) -> rusqlite::Result<Cell> {
    Ok(r.get::<_, Option<i64>>(at)?.map_or(Cell::Null, Cell::Int))
}

pub(crate) fn yes(r: &Row<'_>, at: &str) -> rusqlite::Result<Cell> {
    Ok(Cell::Bool(r.get(at)?))
}

pub(crate) fn day(r: &Row<'_>, at: &str) -> rusqlite::Result<Cell> {
    Ok(Cell::Date(BusinessDay::from_number(r.get(at)?)))
}

pub(crate) fn currency(r: &Row<'_>) -> rusqlite::Result<Currency> {
    let code: Option<String> = r.get("currency")?;
    Ok(code.and_then(|c| Currency::parse(&c).ok()).unwrap_or(Currency::USD))
}

pub(crate) fn money(r: &Row<'_>, at: &str, currency: Currency) -> rusqlite::Result<Cell> {
    Ok(r.get::<_, Option<i64>>(at)?.map_or(Cell::Null, |minor| Cell::Money(minor, currency)))
}

fn hash(r: &Row<'_>, at: &str) -> rusqlite::Result<Cell> {
    Ok(r.get::<_, Option<Vec<u8>>>(at)?.map_or(Cell::Null, |h| Cell::Text(hex::encode(h))))
}

const PAYMENTS: &str = "SELECT p.id, p.amount, p.currency, p.status, c.id AS customer_id, l.id AS location_id, p.created_at,
    p.version, m.text AS source_type, b.text AS card_brand, p.receipt_url, p.order_id, p.tip, p.total, p.refunded, p.fee, p.taken_at,
    p.day, t.text AS team_member_id, p.obs, p.deleted, s.name AS source
  FROM payment p JOIN location l ON l.pk = p.location JOIN source s ON s.pk = p.source JOIN word m ON m.pk = p.method
    LEFT JOIN customer c ON c.pk = p.customer LEFT JOIN word b ON b.pk = p.card_brand LEFT JOIN word t ON t.pk = p.team_member
  WHERE p.pk BETWEEN ?1 AND ?2 ORDER BY p.pk";
const REFUNDS: &str =
    "SELECT p.id, p.amount, p.currency, p.status, p.payment_id, l.id AS location_id, p.created_at, p.version,
    p.order_id, p.reason, p.day, p.obs, p.deleted, s.name AS source
  FROM refund p JOIN location l ON l.pk = p.location JOIN source s ON s.pk = p.source
  WHERE p.pk BETWEEN ?1 AND ?2 ORDER BY p.pk";
const ORDERS: &str = "SELECT p.id, p.total, p.currency, p.state, c.id AS customer_id, l.id AS location_id, p.created_at, p.version,
    p.tax, p.discount, p.tip, p.service_charge, p.returned, p.tenders, p.closed_at, p.day, t.text AS team_member_id, p.obs, p.deleted,
    s.name AS source
  FROM orders p JOIN location l ON l.pk = p.location JOIN source s ON s.pk = p.source LEFT JOIN customer c ON c.pk = p.customer
    LEFT JOIN word t ON t.pk = p.team_member
  WHERE p.pk BETWEEN ?1 AND ?2 ORDER BY p.pk";
const LINES: &str = "SELECT p.id AS order_id, n.uid, i.id AS product_id, n.name, n.quantity_milli, n.unit_price, p.currency, n.gross,
    n.discount, n.tax, n.total, l.id AS location_id, p.created_at, p.version, p.day, p.obs, (p.deleted OR n.deleted) AS deleted,
    s.name AS source, c.id AS customer_id, p.state, p.tenders
  FROM order_line n JOIN orders p ON p.pk = n.order_pk JOIN location l ON l.pk = p.location JOIN source s ON s.pk = p.source
    LEFT JOIN product i ON i.pk = n.product LEFT JOIN customer c ON c.pk = p.customer
  WHERE n.pk BETWEEN ?1 AND ?2 ORDER BY n.pk";
// What an item's row tells is of several records: the newest of their times is its version, so that two computers that saw the same
// say the same. What is gone by absence alone has no time of its own: it is newer than the last by the least that can be told.
const ITEMS: &str = "SELECT p.id, p.name, g.name AS category, p.sku, p.price, p.currency, p.archived, p.created_at,
    max(p.version, coalesce(g.version, 0), coalesce((SELECT max(version) FROM stock WHERE stock.product = p.pk), 0)) + p.deleted AS version,
    p.cost, p.description, p.item_id, (SELECT sum(quantity_milli) FROM stock WHERE stock.product = p.pk) AS quantity, p.obs, p.deleted, s.name AS source
  FROM product p JOIN source s ON s.pk = p.source LEFT JOIN category g ON g.id = p.category_id AND g.source = p.source
  WHERE p.pk BETWEEN ?1 AND ?2 AND p.known = 1 ORDER BY p.pk";
const CUSTOMERS: &str =
    "SELECT p.id, p.sealed, p.email_hash, p.phone_hash, p.created_at, p.version + p.deleted AS version, p.obs, p.deleted, s.name AS source
  FROM customer p JOIN source s ON s.pk = p.source WHERE p.pk BETWEEN ?1 AND ?2 AND p.known = 1 ORDER BY p.pk";
const LOCATIONS: &str =
    "SELECT p.id, p.name, p.time_zone, p.currency, p.active, p.created_at, p.version, p.obs, p.deleted,
    s.name AS source
  FROM location p JOIN source s ON s.pk = p.source WHERE p.pk BETWEEN ?1 AND ?2 AND p.known = 1 ORDER BY p.pk";

/// Makes the cells of a row.
pub(crate) type Make = fn(&Row<'_>, Personal<'_>) -> rusqlite::Result<Vec<Cell>>;

/// The rows of a run, fewer where some of them are not known in full yet.
pub(crate) fn rows(
    c: &Connection,
    table: Table,
    from: i64,
    to: i64,
    personal: Personal<'_>,
) -> Result<Vec<Rendered>, StoreError> {
    let (sql, make): (&str, Make) = match table {
        Table::SquarePayments => (PAYMENTS, payment),
        Table::SquareRefunds => (REFUNDS, refund),
        Table::SquareOrders => (ORDERS, order),
        Table::SquareOrderLines => (LINES, line),
        Table::SquareItems => (ITEMS, item),
        Table::SquareCustomers => (CUSTOMERS, customer),
        Table::SquareLocations => (LOCATIONS, location),
        Table::LightspeedTransactions => (ORDERS, transaction),
        Table::LightspeedProducts => (ITEMS, lightspeed_product),
        Table::Sales => (LINES, sold_line),
        Table::Memberships | Table::MembershipEvents | Table::AgeChecks | Table::Raffles | Table::RaffleEntries => {
            counter::of(table)
        }
    };
    let prune = table.spec().prune;
    let mut statement = c.prepare_cached(sql)?;
    let rows = statement.query_map([from, to], |r| {
        Ok(Rendered { created_at: if prune { Some(r.get("created_at")?) } else { None }, cells: make(r, personal)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The columns that end every table.
pub(crate) fn tail(r: &Row<'_>) -> rusqlite::Result<[Cell; 4]> {
    Ok([int(r, "version")?, int(r, "obs")?, yes(r, "deleted")?, text(r, "source")?])
}

fn payment(r: &Row<'_>, _: Personal<'_>) -> rusqlite::Result<Vec<Cell>> {
    let cur = currency(r)?;
    let receipt = match r.get::<_, Option<String>>("receipt_url")? {
        Some(url) if url.is_empty() => Cell::Text(format!("{RECEIPT_PREFIX}{}", r.get::<_, String>("id")?)),
        Some(url) => Cell::Text(url),
        None => Cell::Null,
    };
    let [version, obs, deleted, source] = tail(r)?;
    Ok(vec![
        text(r, "id")?,
        money(r, "amount", cur)?,
        text(r, "currency")?,
        Cell::Text(PaymentStatus::from_code(r.get("status")?).as_str().to_owned()),
        text(r, "customer_id")?,
        text(r, "location_id")?,
        time(r, "created_at")?,
        time(r, "version")?,
        text(r, "source_type")?,
        text(r, "card_brand")?,
        receipt,
        text(r, "order_id")?,
        money(r, "tip", cur)?,
        money(r, "total", cur)?,
        money(r, "refunded", cur)?,
        money(r, "fee", cur)?,
        time(r, "taken_at")?,
        day(r, "day")?,
        text(r, "team_member_id")?,
        version,
        obs,
        deleted,
        source,
    ])
}

fn refund(r: &Row<'_>, _: Personal<'_>) -> rusqlite::Result<Vec<Cell>> {
    let cur = currency(r)?;
    let [version, obs, deleted, source] = tail(r)?;
    Ok(vec![
        text(r, "id")?,
        money(r, "amount", cur)?,
        text(r, "currency")?,
        Cell::Text(PaymentStatus::from_code(r.get("status")?).as_str().to_owned()),
        text(r, "payment_id")?,
        text(r, "location_id")?,
        time(r, "created_at")?,
        time(r, "version")?,
        text(r, "order_id")?,
        text(r, "reason")?,
        day(r, "day")?,
        version,
        obs,
        deleted,
        source,
    ])
}

fn order(r: &Row<'_>, _: Personal<'_>) -> rusqlite::Result<Vec<Cell>> {
    let cur = currency(r)?;
    let [version, obs, deleted, source] = tail(r)?;
    Ok(vec![
        text(r, "id")?,
        money(r, "total", cur)?,
        text(r, "currency")?,
        Cell::Text(OrderState::from_code(r.get("state")?).as_str().to_owned()),
        text(r, "customer_id")?,
        text(r, "location_id")?,
        time(r, "created_at")?,
        time(r, "version")?,
        money(r, "tax", cur)?,
        money(r, "discount", cur)?,
        money(r, "tip", cur)?,
        money(r, "service_charge", cur)?,
        money(r, "returned", cur)?,
        text(r, "tenders")?,
        time(r, "closed_at")?,
        day(r, "day")?,
        version,
        obs,
        deleted,
        source,
    ])
}

fn line(r: &Row<'_>, _: Personal<'_>) -> rusqlite::Result<Vec<Cell>> {
    let cur = currency(r)?;
    let [version, obs, deleted, source] = tail(r)?;
    Ok(vec![
        text(r, "order_id")?,
        text(r, "uid")?,
        text(r, "product_id")?,
        text(r, "name")?,
        Cell::Milli(r.get("quantity_milli")?),
        money(r, "unit_price", cur)?,
        text(r, "currency")?,
        money(r, "gross", cur)?,
        money(r, "discount", cur)?,
        money(r, "tax", cur)?,
        money(r, "total", cur)?,
        text(r, "location_id")?,
        time(r, "created_at")?,
        time(r, "version")?,
        day(r, "day")?,
        version,
        obs,
        deleted,
        source,
    ])
}

fn item(r: &Row<'_>, _: Personal<'_>) -> rusqlite::Result<Vec<Cell>> {
    let cur = currency(r)?;
    let [version, obs, deleted, source] = tail(r)?;
    let archived: bool = r.get("archived")?;
    let gone: bool = r.get("deleted")?;
    Ok(vec![
        text(r, "id")?,
        text(r, "name")?,
        text(r, "category")?,
        text(r, "sku")?,
        money(r, "price", cur)?,
        Cell::Bool(!archived && !gone),
        time(r, "created_at")?,
        time(r, "version")?,
        text(r, "item_id")?,
        text(r, "currency")?,
        r.get::<_, Option<i64>>("quantity")?.map_or(Cell::Null, Cell::Milli),
        Cell::Bool(archived),
        version,
        obs,
        deleted,
        source,
    ])
}

fn customer(r: &Row<'_>, personal: Personal<'_>) -> rusqlite::Result<Vec<Cell>> {
    let [version, obs, deleted, source] = tail(r)?;
    let [name, email, phone] = match personal.privacy {
        // The usual choice opens nothing: its hashes lie beside what is sealed.
        privacy if privacy == Privacy::default() => [Cell::Null, hash(r, "email_hash")?, hash(r, "phone_hash")?],
        _ => personal.cells(r.get::<_, Option<Vec<u8>>>("sealed")?.as_deref()),
    };
    Ok(vec![
        text(r, "id")?,
        name,
        email,
        phone,
        time(r, "created_at")?,
        time(r, "version")?,
        version,
        obs,
        deleted,
        source,
    ])
}

fn location(r: &Row<'_>, _: Personal<'_>) -> rusqlite::Result<Vec<Cell>> {
    let [version, obs, deleted, source] = tail(r)?;
    Ok(vec![
        text(r, "id")?,
        text(r, "name")?,
        text(r, "time_zone")?,
        text(r, "currency")?,
        yes(r, "active")?,
        time(r, "created_at")?,
        time(r, "version")?,
        version,
        obs,
        deleted,
        source,
    ])
}

fn transaction(r: &Row<'_>, _: Personal<'_>) -> rusqlite::Result<Vec<Cell>> {
    let cur = currency(r)?;
    let [version, obs, deleted, source] = tail(r)?;
    let owed: i64 = r.get("total")?;
    let beside: i64 = r.get::<_, i64>("tax")? + r.get::<_, i64>("tip")? + r.get::<_, i64>("service_charge")?;
    Ok(vec![
        text(r, "id")?,
        Cell::Money(owed - beside, cur),
        money(r, "tax", cur)?,
        money(r, "total", cur)?,
        text(r, "customer_id")?,
        Cell::Text(OrderState::from_code(r.get("state")?).as_str().to_owned()),
        time(r, "created_at")?,
        time(r, "version")?,
        text(r, "currency")?,
        text(r, "location_id")?,
        text(r, "team_member_id")?,
        money(r, "discount", cur)?,
        money(r, "tip", cur)?,
        money(r, "returned", cur)?,
        text(r, "tenders")?,
        time(r, "closed_at")?,
        day(r, "day")?,
        version,
        obs,
        deleted,
        source,
    ])
}

fn lightspeed_product(r: &Row<'_>, _: Personal<'_>) -> rusqlite::Result<Vec<Cell>> {
    let cur = currency(r)?;
    let [version, obs, deleted, source] = tail(r)?;
    let archived: bool = r.get("archived")?;
    let gone: bool = r.get("deleted")?;
    Ok(vec![
        text(r, "id")?,
        text(r, "name")?,
        text(r, "description")?,
        text(r, "category")?,
        money(r, "price", cur)?,
        money(r, "cost", cur)?,
        r.get::<_, Option<i64>>("quantity")?.map_or(Cell::Null, Cell::Milli),
        time(r, "created_at")?,
        time(r, "version")?,
        text(r, "sku")?,
        text(r, "currency")?,
        Cell::Bool(!archived && !gone),
        Cell::Bool(archived),
        version,
        obs,
        deleted,
        source,
    ])
}

fn sold_line(r: &Row<'_>, _: Personal<'_>) -> rusqlite::Result<Vec<Cell>> {
    let cur = currency(r)?;
    let [version, obs, deleted, source] = tail(r)?;
    Ok(vec![
        time(r, "created_at")?,
        text(r, "customer_id")?,
        text(r, "product_id")?,
        Cell::Milli(r.get("quantity_milli")?),
        money(r, "unit_price", cur)?,
        methods(&r.get::<_, String>("tenders")?),
        source.clone(),
        text(r, "location_id")?,
        text(r, "order_id")?,
        text(r, "uid")?,
        text(r, "name")?,
        money(r, "discount", cur)?,
        money(r, "tax", cur)?,
        money(r, "total", cur)?,
        text(r, "currency")?,
        Cell::Text(OrderState::from_code(r.get("state")?).as_str().to_owned()),
        day(r, "day")?,
        time(r, "version")?,
        version,
        obs,
        deleted,
        source,
    ])
}

/// How a sale was paid, each method once: `CARD:1200,CASH:300` → `CARD+CASH`.
fn methods(tenders: &str) -> Cell {
    let mut found: Vec<&str> = Vec::new();
    for tender in tenders.split(',') {
        let method = tender.split(':').next().unwrap_or_default();
        if !method.is_empty() && !found.contains(&method) {
            found.push(method);
        }
    }
    if found.is_empty() { Cell::Null } else { Cell::Text(found.join("+")) }
}
