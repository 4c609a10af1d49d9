//! Products with price, stock and what sold.

use crate::error::StoreError;
use crate::pace;
use backroom_core::BusinessDay;
use rusqlite::{Connection, params};
use std::collections::HashMap;

/// Days of sales that a pace is taken from.
pub const PACE_DAYS: i32 = 30;
/// Days of stock at which a product counts as low.
pub const LOW_DAYS: i64 = 14;
/// Days without a sale after which stock counts as dead.
pub const DEAD_DAYS: i32 = 60;

/// Which products are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// All active ones.
    All,
    /// At most `LOW_DAYS` of stock at the present pace.
    Low,
    /// Counted, nothing left.
    Out,
    /// In stock, not sold for `DEAD_DAYS`.
    Dead,
}

/// What they are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductSort {
    /// Name.
    Name,
    /// Units sold in 30 days.
    Sold,
    /// Units in stock.
    Stock,
    /// Selling price.
    Price,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRow {
    /// Variation id.
    pub id: String,
    /// Item and variation.
    pub name: String,
    /// Category, empty where none.
    pub category: String,
    /// SKU.
    pub sku: Option<String>,
    /// Selling price.
    pub price: Option<i64>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Thousandths of a unit in stock; none where not counted.
    pub stock_milli: Option<i64>,
    /// Thousandths of a unit sold in 30 days.
    pub sold_30_milli: i64,
    /// Sales of 30 days.
    pub gross_30: i64,
    /// The last business day on which it was sold, within `DEAD_DAYS`.
    pub last_sold: Option<BusinessDay>,
}

impl ProductRow {
    /// Days the stock lasts at the pace of the last 30 days.
    pub fn days_left(&self) -> Option<i64> {
        let stock = self.stock_milli?;
        (self.sold_30_milli > 0).then(|| stock.max(0) * i64::from(PACE_DAYS) / self.sold_30_milli)
    }

    /// Whether it is shown under `show`.
    pub fn is(&self, show: Show) -> bool {
        match show {
            Show::All => true,
            Show::Out => self.stock_milli.is_some_and(|s| s <= 0),
            Show::Low => {
                self.stock_milli.is_some_and(|s| s > 0) && self.days_left().is_some_and(|days| days <= LOW_DAYS)
            }
            Show::Dead => self.stock_milli.is_some_and(|s| s > 0) && self.last_sold.is_none(),
        }
    }
}

/// All active products with what sold up to `today`. The catalog of a shop is small; callers filter and order it.
///
/// # Errors
/// What the buffer says.
pub fn products(c: &Connection, location: i64, today: BusinessDay) -> Result<Vec<ProductRow>, StoreError> {
    let mut sold: HashMap<i64, (i64, i64, i32)> = HashMap::new();
    // Kept for the current business day; any other is counted.
    let kept = pace::stands_for(c)? == Some(today.number());
    let of = if kept { "product_pace".to_owned() } else { format!("({})", pace::counted("?1")) };
    let mut statement = c.prepare_cached(&format!(
        "SELECT product, sum(units_milli), sum(total), max(last_day) FROM {of} WHERE (?2 = 0 OR location = ?2) AND ?1 = ?1 GROUP BY product"
    ))?;
    let mut rows = statement.query(params![today.number(), location])?;
    while let Some(r) = rows.next()? {
        sold.insert(r.get(0)?, (r.get(1)?, r.get(2)?, r.get::<_, Option<i32>>(3)?.unwrap_or(i32::MIN)));
    }
    let mut stock: HashMap<i64, i64> = HashMap::new();
    let mut statement = c.prepare_cached(
        "SELECT product, sum(quantity_milli) FROM stock WHERE (?1 = 0 OR location = ?1) GROUP BY product",
    )?;
    let mut rows = statement.query([location])?;
    while let Some(r) = rows.next()? {
        stock.insert(r.get(0)?, r.get(1)?);
    }
    let mut statement = c.prepare_cached(
        "SELECT p.pk, p.id, p.name, coalesce(g.name, ''), p.sku, p.price, p.currency FROM product p
         LEFT JOIN category g ON g.id = p.category_id AND g.source = p.source
         WHERE p.known = 1 AND p.deleted = 0 AND p.archived = 0 ORDER BY p.name, p.pk",
    )?;
    let rows = statement.query_map([], |r| {
        let pk: i64 = r.get(0)?;
        let (units, gross, last) = sold.get(&pk).copied().unwrap_or((0, 0, i32::MIN));
        Ok(ProductRow {
            id: r.get(1)?,
            name: r.get(2)?,
            category: r.get(3)?,
            sku: r.get(4)?,
            price: r.get(5)?,
            currency: r.get(6)?,
            stock_milli: stock.get(&pk).copied(),
            sold_30_milli: units,
            gross_30: gross,
            last_sold: (last > i32::MIN).then(|| BusinessDay::from_number(last)),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
