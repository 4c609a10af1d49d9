//! Products, categories and stock.

use super::{Applied, Row, Work};
use crate::error::StoreError;
use backroom_core::sale::{Category, Product, StockCount};
use backroom_core::time::Timestamp;
use rusqlite::{OptionalExtension, params};

pub(super) fn catalog(
    work: &mut Work<'_>,
    products: &[Product],
    deleted_items: &[(String, Timestamp)],
    categories: &[Category],
) -> Result<Applied, StoreError> {
    let mut applied = Applied::default();
    for row in categories {
        if category(work, row)? {
            applied.changed += 1;
        }
    }
    for row in products {
        match product(work, row)? {
            Change::None => {}
            Change::Changed => applied.changed += 1,
            Change::Deleted => {
                applied.changed += 1;
                applied.deleted += 1;
            }
        }
    }
    for (item, at) in deleted_items {
        let gone = delete_item(work, item, *at)?;
        applied.changed += gone;
        applied.deleted += gone;
    }
    Ok(applied)
}

fn category(work: &mut Work<'_>, row: &Category) -> Result<bool, StoreError> {
    let c = work.c;
    let changed = c
        .prepare_cached(
            "INSERT INTO category (source, id, name, version, deleted) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET name = excluded.name, version = excluded.version, deleted = excluded.deleted
             WHERE excluded.version > version OR (excluded.version = version AND
               (excluded.name <> name OR excluded.deleted <> deleted))",
        )?
        .execute(params![work.source, row.id, row.name, row.version.micros(), row.deleted])?;
    if changed == 0 {
        return Ok(false);
    }
    // A product's row tells its category by name.
    let mut statement = c.prepare_cached(
        "UPDATE product SET obs = obs + 1 WHERE category_id = ?1 AND source = ?2 AND known = 1 RETURNING pk",
    )?;
    let renamed: Vec<i64> =
        statement.query_map(params![row.id, work.source], |r| r.get(0))?.collect::<Result<_, _>>()?;
    for pk in renamed {
        work.enqueue(Row::Product, pk);
    }
    Ok(true)
}

enum Change {
    None,
    Changed,
    Deleted,
}

fn product(work: &mut Work<'_>, row: &Product) -> Result<Change, StoreError> {
    let c = work.c;
    let pk = work.keys.product(c, work.source, &row.id)?;
    work.saw(pk);
    type Stored = (
        i64,
        i64,
        bool,
        bool,
        String,
        String,
        Option<String>,
        Option<String>,
        Option<i64>,
        Option<String>,
        bool,
        Option<i64>,
        Option<String>,
    );
    let (version, obs, known, deleted, item_id, name, category_id, sku, price, currency, archived, cost, description): Stored = c
        .prepare_cached(
            "SELECT version, obs, known, deleted, item_id, name, category_id, sku, price, currency, archived, cost, description FROM product WHERE pk = ?1",
        )?
        .query_row([pk], |r| {
            Ok((
                r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?, r.get(6)?, r.get(7)?, r.get(8)?,
                r.get(9)?, r.get(10)?, r.get(11)?, r.get(12)?,
            ))
        })?;
    let at = row.version.micros();
    let row_currency = row.currency.map(|x| x.code().to_owned());
    // A deleted object comes without its data: what it was called is kept.
    let keep = row.deleted && known;
    let same = known
        && deleted == row.deleted
        && (keep
            || (item_id == row.item_id
                && name == row.name
                && category_id == row.category_id
                && sku == row.sku
                && price == row.price
                && currency == row_currency
                && archived == row.archived
                && cost == row.cost
                && description == row.description));
    if known && (at < version || (at == version && same)) {
        return Ok(Change::None);
    }
    // Never begun anew: what the warehouse compares is the newest of product, category and stock, and where the stock is newer than
    // an edit that comes late, only this tells that the row is another than the one sent before.
    let obs = obs + 1;
    if keep {
        c.prepare_cached("UPDATE product SET deleted = 1, version = ?2, obs = ?3 WHERE pk = ?1")?
            .execute(params![pk, at, obs])?;
    } else {
        c.prepare_cached(
            "UPDATE product SET item_id = ?2, name = ?3, category_id = ?4, sku = ?5, price = ?6, currency = ?7, archived = ?8,
               created_at = coalesce(created_at, ?9), known = 1, version = ?10, obs = ?11, deleted = ?12, cost = ?13, description = ?14 WHERE pk = ?1",
        )?
        .execute(params![
            pk, row.item_id, row.name, row.category_id, row.sku, row.price, row_currency, row.archived,
            row.created_at.map_or(at, |t| t.micros()), at, obs, row.deleted, row.cost, row.description
        ])?;
    }
    work.enqueue(Row::Product, pk);
    Ok(if row.deleted && !deleted { Change::Deleted } else { Change::Changed })
}

fn delete_item(work: &mut Work<'_>, item: &str, at: Timestamp) -> Result<u64, StoreError> {
    let c = work.c;
    let mut statement = c.prepare_cached(
        "UPDATE product SET deleted = 1, version = max(version, ?3), obs = obs + 1
         WHERE item_id = ?1 AND source = ?2 AND deleted = 0 AND version <= ?3 RETURNING pk",
    )?;
    let gone: Vec<i64> =
        statement.query_map(params![item, work.source, at.micros()], |r| r.get(0))?.collect::<Result<_, _>>()?;
    for &pk in &gone {
        work.enqueue(Row::Product, pk);
    }
    Ok(gone.len() as u64)
}

/// Flags the products that a completed sweep did not meet.
pub(super) fn sweep(work: &mut Work<'_>) -> Result<u64, StoreError> {
    let Some(seen) = work.seen.as_deref() else { return Ok(0) };
    let mut statement =
        work.c.prepare_cached("SELECT pk FROM product WHERE source = ?1 AND known = 1 AND deleted = 0")?;
    let all: Vec<i64> = statement.query_map([work.source], |r| r.get(0))?.collect::<Result<_, _>>()?;
    let gone: Vec<i64> = all.into_iter().filter(|pk| !seen.contains(pk)).collect();
    for &pk in &gone {
        work.c.prepare_cached("UPDATE product SET deleted = 1, obs = obs + 1 WHERE pk = ?1")?.execute([pk])?;
        work.enqueue(Row::Product, pk);
    }
    Ok(gone.len() as u64)
}

pub(super) fn inventory(work: &mut Work<'_>, rows: &[StockCount]) -> Result<Applied, StoreError> {
    let mut applied = Applied::default();
    let c = work.c;
    for row in rows {
        let product = work.keys.product(c, work.source, &row.variation_id)?;
        let location = work.keys.location(c, work.source, &row.location_id)?;
        let old: Option<(i64, i64)> = c
            .prepare_cached("SELECT quantity_milli, version FROM stock WHERE product = ?1 AND location = ?2")?
            .query_row(params![product, location], |r| Ok((r.get(0)?, r.get(1)?)))
            .optional()?;
        let at = row.version.micros();
        if old.is_some_and(|(quantity, version)| at < version || (at == version && quantity == row.quantity_milli)) {
            continue;
        }
        c.prepare_cached(
            "INSERT INTO stock (product, location, quantity_milli, version) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET quantity_milli = excluded.quantity_milli, version = excluded.version",
        )?
        .execute(params![product, location, row.quantity_milli, at])?;
        c.prepare_cached("UPDATE product SET obs = obs + 1 WHERE pk = ?1")?.execute([product])?;
        work.enqueue(Row::Product, product);
        applied.changed += 1;
    }
    Ok(applied)
}
