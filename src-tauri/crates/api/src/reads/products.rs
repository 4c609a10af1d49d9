//! The Products screen.

use super::scope;
use crate::dto::{ApiError, ProductRow, Products, ProductsQuery, RecentQuery};
use crate::engine::{Engine, held};
use backroom_core::BusinessDay;
use backroom_store::report::{self, ProductRow as Row, Show};
use std::sync::Arc;
use std::sync::atomic::Ordering;

const MOST_ROWS: u32 = 500;
const LONGEST_SEARCH: usize = 200;

/// The catalog with what sold, kept until something changes: scrolling and typing must not count anew.
#[derive(Default)]
pub(crate) struct KeptProducts(Option<(i64, BusinessDay, u64, Arc<Vec<Row>>)>);

pub(super) fn all(engine: &Engine, place: i64, today: BusinessDay) -> Result<Arc<Vec<Row>>, ApiError> {
    let version = engine.inner.products_version.load(Ordering::Relaxed);
    if let Some((p, t, v, rows)) = &held(&engine.inner.kept_products).0
        && (*p, *t, *v) == (place, today, version)
    {
        return Ok(rows.clone());
    }
    let rows = Arc::new(engine.store().read(|c| report::products(c, place, today))?);
    held(&engine.inner.kept_products).0 = Some((place, today, version, rows.clone()));
    Ok(rows)
}

fn row(r: &Row) -> ProductRow {
    ProductRow {
        id: r.id.clone(),
        name: r.name.clone(),
        category: r.category.clone(),
        sku: r.sku.clone(),
        price_minor: r.price,
        currency: r.currency.clone(),
        stock_milli: r.stock_milli,
        sold_30_milli: r.sold_30_milli,
        gross_30_minor: r.gross_30,
        last_sold: r.last_sold.map(|d| d.to_string()),
        days_left: r.days_left(),
    }
}

pub(crate) fn product_list(engine: &Engine, query: RecentQuery) -> Result<Vec<ProductRow>, ApiError> {
    if query.from.is_some() || query.to.is_some() {
        return Err(ApiError::bad_request("Products are told as they are now: leave out the first and last day."));
    }
    let s = scope(engine, query.location.as_deref())?;
    let rows = all(engine, s.place, s.today)?;
    let limit = query.limit.map_or(usize::MAX, |l| usize::try_from(l).unwrap_or(usize::MAX));
    Ok(rows.iter().take(limit).map(row).collect())
}

pub(crate) fn products(engine: &Engine, query: ProductsQuery) -> Result<Products, ApiError> {
    if query.limit > MOST_ROWS || query.search.len() > LONGEST_SEARCH {
        return Err(ApiError::bad_request(format!("Ask for {MOST_ROWS} products or fewer.")));
    }
    let s = scope(engine, query.location.as_deref())?;
    let rows = all(engine, s.place, s.today)?;
    let show = match query.show.as_str() {
        "all" => Show::All,
        "low" => Show::Low,
        "out" => Show::Out,
        "dead" => Show::Dead,
        _ => return Err(ApiError::bad_request("Show all, low, out or dead.")),
    };
    let words: Vec<String> = query.search.split_whitespace().map(str::to_lowercase).collect();
    let matches = |r: &Row| {
        let text = format!("{} {} {}", r.name, r.category, r.sku.as_deref().unwrap_or("")).to_lowercase();
        words.iter().all(|w| text.contains(w.as_str()))
    };
    let mut found: Vec<&Row> = rows.iter().filter(|r| r.is(show) && (words.is_empty() || matches(r))).collect();
    match query.sort.as_str() {
        "name" => found.sort_by_cached_key(|r| r.name.to_lowercase()),
        "sold" => found.sort_by_key(|r| r.sold_30_milli),
        "stock" => found.sort_by_key(|r| r.stock_milli.unwrap_or(i64::MIN)),
        "price" => found.sort_by_key(|r| r.price.unwrap_or(i64::MIN)),
        _ => return Err(ApiError::bad_request("Sort by name, sold, stock or price.")),
    }
    if query.descending {
        found.reverse();
    }
    let count = |show: Show| rows.iter().filter(|r| r.is(show)).count() as u64;
    let (offset, limit) = (query.offset as usize, query.limit as usize);
    Ok(Products {
        as_of: s.now.to_rfc3339(),
        total: found.len() as u64,
        low: count(Show::Low),
        out: count(Show::Out),
        dead: count(Show::Dead),
        rows: found.into_iter().skip(offset).take(limit).map(row).collect(),
    })
}

/// How many products are low and how many are out.
pub(crate) fn short(engine: &Engine, place: i64, today: BusinessDay) -> Result<(usize, usize), ApiError> {
    let rows = all(engine, place, today)?;
    Ok((rows.iter().filter(|r| r.is(Show::Low)).count(), rows.iter().filter(|r| r.is(Show::Out)).count()))
}
