//! Which goods were sold in how many sales: what ID checks are set against.

use super::drill::{TYPED, UNSORTED};
use super::lists::instants;
use crate::error::StoreError;
use backroom_core::BusinessDay;
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};

/// A category of goods at its source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Goods {
    /// Name of the source.
    pub source: String,
    /// Id of the category there; [`UNSORTED`] for items without one, [`TYPED`] for lines typed in by hand.
    pub category: String,
}

/// Sold lines of one category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodsSold {
    /// Of which.
    pub goods: Goods,
    /// Its name, as people know it.
    pub name: String,
    /// Sold lines.
    pub lines: u64,
    /// Sales that have such a line.
    pub sales: u64,
}

/// What was sold on some business days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sold {
    /// Sold lines by category, most sales first.
    pub goods: Vec<GoodsSold>,
    /// Sales that have a line of other goods than those that were left out, and sales whose goods are not known.
    pub sales: u64,
    /// The lines of those sales that are of such goods.
    pub lines: u64,
    /// Of the sales those whose goods are not known: paid for, and no completed order is here.
    pub unknown: u64,
}

/// Every completed order that was paid for on the days, once, however many paid for it.
const PAID: &str = "WITH paid AS MATERIALIZED (
    SELECT DISTINCT p.source AS source, p.order_id AS id FROM payment p
    WHERE p.taken_at >= ?1 AND p.taken_at < ?2 AND p.day BETWEEN ?3 AND ?4 AND p.status = 2 AND p.deleted = 0 AND p.order_id IS NOT NULL)";
/// The lines by which goods go out; what is brought back in the same order is none.
const LINES: &str = "SELECT o.pk, s.name, coalesce(g.id, CASE WHEN n.product IS NULL THEN ?5 ELSE ?6 END),
      coalesce(g.name, CASE WHEN n.product IS NULL THEN 'Typed in by hand' ELSE 'No category' END), count(*)
    FROM paid JOIN orders o ON o.id = paid.id AND o.source = paid.source AND o.state = 1 AND o.deleted = 0
      JOIN source s ON s.pk = o.source JOIN order_line n ON n.order_pk = o.pk AND n.deleted = 0 AND n.quantity_milli > 0
      LEFT JOIN product i ON i.pk = n.product LEFT JOIN category g ON g.id = i.category_id AND g.source = i.source
    GROUP BY 1, 2, 3, 4";
const UNKNOWN: &str = "SELECT count(*) FROM paid
    WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = paid.id AND o.source = paid.source AND o.state = 1 AND o.deleted = 0)";
const WITHOUT_ORDER: &str = "SELECT count(*) FROM payment p
    WHERE p.taken_at >= ?1 AND p.taken_at < ?2 AND p.day BETWEEN ?3 AND ?4 AND p.status = 2 AND p.deleted = 0 AND p.order_id IS NULL";

/// What was sold on some business days in sales that were paid for; `left_out` are goods that do not count.
///
/// # Errors
/// What the buffer says.
pub fn sold(
    c: &Connection,
    from: BusinessDay,
    to: BusinessDay,
    left_out: &BTreeSet<Goods>,
) -> Result<Sold, StoreError> {
    let (first, after) = instants(from, to);
    let days = params![first, after, from.number(), to.number()];
    let mut sold = Sold::default();
    let mut counted = BTreeSet::new();
    let mut goods: BTreeMap<Goods, GoodsSold> = BTreeMap::new();
    let mut statement = c.prepare_cached(&format!("{PAID} {LINES}"))?;
    let mut rows = statement.query(params![first, after, from.number(), to.number(), TYPED, UNSORTED])?;
    while let Some(r) = rows.next()? {
        let of = Goods { source: r.get(1)?, category: r.get(2)? };
        let (order, lines): (i64, u64) = (r.get(0)?, u64::try_from(r.get::<_, i64>(4)?).unwrap_or(0));
        if !left_out.contains(&of) {
            counted.insert(order);
            sold.lines += lines;
        }
        let name: String = r.get(3)?;
        let held = goods.entry(of.clone()).or_insert(GoodsSold { goods: of, name, lines: 0, sales: 0 });
        held.lines += lines;
        held.sales += 1;
    }
    let count = |sql: &str| -> Result<u64, StoreError> {
        Ok(u64::try_from(c.prepare_cached(sql)?.query_row(days, |r| r.get::<_, i64>(0))?).unwrap_or(0))
    };
    sold.unknown = count(&format!("{PAID} {UNKNOWN}"))? + count(WITHOUT_ORDER)?;
    sold.sales = u64::try_from(counted.len()).unwrap_or(u64::MAX).saturating_add(sold.unknown);
    sold.goods = goods.into_values().collect();
    sold.goods.sort_by(|a, b| b.sales.cmp(&a.sales).then_with(|| a.name.cmp(&b.name)));
    Ok(sold)
}

/// Every category that can be sold, with its name: those of the sources, and what has none.
///
/// # Errors
/// What the buffer says.
pub fn categories(c: &Connection) -> Result<Vec<(Goods, String)>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT s.name, g.id, g.name FROM category g JOIN source s ON s.pk = g.source
         WHERE g.deleted = 0 OR EXISTS (SELECT 1 FROM product p WHERE p.category_id = g.id AND p.source = g.source AND p.deleted = 0)
         UNION ALL SELECT s.name, ?1, 'No category' FROM source s
         WHERE EXISTS (SELECT 1 FROM product p LEFT JOIN category g ON g.id = p.category_id AND g.source = p.source
                       WHERE p.source = s.pk AND p.known = 1 AND g.pk IS NULL)
         UNION ALL SELECT s.name, ?2, 'Typed in by hand' FROM source s WHERE EXISTS (SELECT 1 FROM location l WHERE l.source = s.pk)
         ORDER BY 3 COLLATE NOCASE, 1, 2",
    )?;
    let rows = statement
        .query_map([UNSORTED, TYPED], |r| Ok((Goods { source: r.get(0)?, category: r.get(1)? }, r.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
