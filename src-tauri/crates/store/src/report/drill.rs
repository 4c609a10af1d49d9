//! From a number to its receipts.

use super::lists::{COLUMNS, JOINS, PaymentRow, instants, payment};
use crate::error::StoreError;
use backroom_core::BusinessDay;
use rusqlite::{Connection, params};

/// Key of what was typed in by hand among categories.
pub const TYPED: &str = "#typed";
/// Key of items without a category.
pub const UNSORTED: &str = "#none";

/// Which payments a list shows.
#[derive(Debug, Clone)]
pub struct PaymentFilter {
    /// First business day.
    pub from: BusinessDay,
    /// Last business day.
    pub to: BusinessDay,
    /// Key of the location; 0 for all.
    pub location: i64,
    /// The currency of the sums.
    pub currency: String,
    /// Payment method; all where none.
    pub method: Option<String>,
    /// Weekday of the business day, 0 for Monday; all where none.
    pub weekday: Option<u8>,
    /// Wall-clock hour; all where none.
    pub hour: Option<u8>,
    /// Keys of products of which the order has a line, 0 for what was typed in by hand; all payments where none.
    pub products: Option<Vec<i64>>,
    /// Only completed ones.
    pub completed: bool,
    /// Rows to skip.
    pub offset: u32,
    /// Rows wanted.
    pub limit: u32,
}

impl PaymentFilter {
    /// All payments of a period at a location, or at all of them where it is 0.
    pub fn of(from: BusinessDay, to: BusinessDay, location: i64, currency: &str, limit: u32) -> Self {
        Self {
            from,
            to,
            location,
            currency: currency.to_owned(),
            method: None,
            weekday: None,
            hour: None,
            products: None,
            completed: false,
            offset: 0,
            limit,
        }
    }
}

/// A window of a list of payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payments {
    /// All there are.
    pub total: u64,
    /// Σ amount of the completed ones among all, in the filter's currency.
    pub collected: i64,
    /// Σ of the lines of the products asked for, where some are: the same number as in the breakdown.
    pub part: Option<i64>,
    /// What of the breakdown's number is no line of these payments: goods brought back, which have an order and no payment.
    pub brought_back: Option<i64>,
    /// The rows of the window, newest first.
    pub rows: Vec<PaymentRow>,
}

/// The keys of the items of an id, or of what was typed in by hand where it is empty.
///
/// # Errors
/// What the buffer says.
pub fn products_of_item(c: &Connection, id: &str) -> Result<Vec<i64>, StoreError> {
    if id.is_empty() {
        return Ok(vec![0]);
    }
    let mut statement = c.prepare_cached("SELECT pk FROM product WHERE id = ?1")?;
    Ok(statement.query_map([id], |r| r.get(0))?.collect::<Result<_, _>>()?)
}

/// The keys of the items of a category, as the breakdown by category names it.
///
/// # Errors
/// What the buffer says.
pub fn products_of_category(c: &Connection, key: &str) -> Result<Vec<i64>, StoreError> {
    if key == TYPED {
        return Ok(vec![0]);
    }
    let mut statement = c.prepare_cached(
        "SELECT p.pk FROM product p LEFT JOIN category g ON g.id = p.category_id AND g.source = p.source
         WHERE coalesce(g.id, ?2) = ?1",
    )?;
    Ok(statement.query_map([key, UNSORTED], |r| r.get(0))?.collect::<Result<_, _>>()?)
}

/// The lines of a payment's order that are of the products asked for.
const PART: &str = "FROM orders o JOIN order_line n ON n.order_pk = o.pk
    WHERE o.id = p.order_id AND o.source = p.source AND o.state = 1 AND o.deleted = 0 AND n.deleted = 0
      AND coalesce(n.product, 0) IN (SELECT value FROM json_each(?9))";

/// A window of the payments that a filter leaves, and what all of them add up to.
///
/// # Errors
/// What the buffer says.
pub fn payments(c: &Connection, filter: &PaymentFilter) -> Result<Payments, StoreError> {
    let condition = format!(
        "p.taken_at >= ?1 AND p.taken_at < ?2 AND p.day BETWEEN ?3 AND ?4 AND p.deleted = 0 AND (?5 = 0 OR p.location = ?5)
         AND (?6 IS NULL OR p.method = (SELECT pk FROM word WHERE text = ?6)) AND (?7 IS NULL OR (p.day + 3) % 7 = ?7)
         AND (?8 IS NULL OR p.hour = ?8) AND (?9 IS NULL OR EXISTS (SELECT 1 {PART})) AND (?10 = 0 OR p.status = 2)"
    );
    let (first, after) = instants(filter.from, filter.to);
    let (from, to) = (filter.from.number(), filter.to.number());
    let products = filter.products.as_ref().map(|keys| {
        let keys: Vec<String> = keys.iter().map(i64::to_string).collect();
        format!("[{}]", keys.join(","))
    });
    let (total, collected): (i64, i64) = c
        .prepare_cached(&format!(
            "SELECT count(*), coalesce(sum(CASE WHEN p.status = 2 AND p.currency = ?11 THEN p.amount END), 0)
             FROM payment p WHERE {condition}"
        ))?
        .query_row(
            params![
                first,
                after,
                from,
                to,
                filter.location,
                filter.method,
                filter.weekday,
                filter.hour,
                products,
                filter.completed,
                filter.currency
            ],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )?;
    let part = match &products {
        None => None,
        Some(products) => Some(
            c.prepare_cached(
                "SELECT coalesce(sum(total), 0) FROM product_day WHERE day BETWEEN ?1 AND ?2 AND (?3 = 0 OR location = ?3)
                   AND currency = ?4 AND product IN (SELECT value FROM json_each(?5))",
            )?
            .query_row(params![from, to, filter.location, filter.currency, products], |r| r.get(0))?,
        ),
    };
    let brought_back = match part {
        None => None,
        Some(part) => {
            // An order that was paid in two parts counts once.
            let lines: i64 = c
                .prepare_cached(&format!(
                    "SELECT coalesce(sum((SELECT sum(n.total) {PART})), 0)
                     FROM (SELECT DISTINCT p.order_id, p.source FROM payment p WHERE {condition}) p"
                ))?
                .query_row(
                    params![
                        first,
                        after,
                        from,
                        to,
                        filter.location,
                        filter.method,
                        filter.weekday,
                        filter.hour,
                        products,
                        filter.completed
                    ],
                    |r| r.get(0),
                )?;
            Some(lines - part)
        }
    };
    let mut statement = c.prepare_cached(&format!(
        "SELECT {COLUMNS}, CASE WHEN ?9 IS NULL THEN NULL ELSE (SELECT sum(n.total) {PART}) END
         FROM payment p {JOINS} WHERE {condition} ORDER BY p.taken_at DESC, p.pk DESC LIMIT ?11 OFFSET ?12"
    ))?;
    let rows = statement.query_map(
        params![
            first,
            after,
            from,
            to,
            filter.location,
            filter.method,
            filter.weekday,
            filter.hour,
            products,
            filter.completed,
            filter.limit,
            filter.offset
        ],
        |r| Ok(PaymentRow { part: r.get(16)?, ..payment(r)? }),
    )?;
    let rows = rows.collect::<Result<_, _>>()?;
    Ok(Payments { total: u64::try_from(total).unwrap_or(0), collected, part, brought_back, rows })
}
