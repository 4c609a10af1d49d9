//! Numbers made of stock counts or of units sold.

use super::part::{money, number, units};
use super::{Asked, Made};
use crate::dto::ApiError;
use crate::engine::Engine;
use crate::reads::products;
use backroom_store::report::{self, ProductRow, Show};

/// Stock or units sold, location by location; of one product where one is named.
pub(super) fn counts(engine: &Engine, asked: &Asked<'_>) -> Result<Made, ApiError> {
    let (query, s) = (asked.query, asked.s);
    let stock = query.metric == "stock";
    let wanted = |id: &str| query.product.as_deref().is_none_or(|product| product == id);
    let all = products::all(engine, s.place, s.today)?;
    let name = query.product.as_deref().map(|id| one(&all, id)).transpose()?.map(|found| found.name.clone());
    let told = |r: &ProductRow| if stock { r.stock_milli } else { Some(r.sold_30_milli).filter(|u| *u != 0) };
    let mut parts = Vec::new();
    let mut rows = 0;
    for place in asked.places.iter().filter(|p| s.place == 0 || p.pk == s.place) {
        let here = engine.store().read(|c| report::products(c, place.pk, s.today))?;
        let counts: Vec<i64> = here.iter().filter(|r| wanted(&r.id)).filter_map(told).collect();
        if !counts.is_empty() {
            parts.push(units(&place.name, counts.iter().sum()));
            rows += counts.len() as u64;
        }
    }
    let total = all.iter().filter(|r| wanted(&r.id)).filter_map(told).sum();
    parts.push(units(if stock { "In stock" } else { "Sold in 30 days" }, total).result());
    let filters = if stock {
        vec!["The latest count of each active product at each location".to_owned()]
    } else {
        let first = s.today.plus(1 - report::PACE_DAYS);
        vec![super::words::counted_days(first, s.today), "Orders that are completed".to_owned()]
    };
    let row_name = if stock { "stock count" } else { "product" };
    Ok(Made { name, ..Made::of(parts, filters, rows, row_name) })
}

fn one<'a>(all: &'a [ProductRow], id: &str) -> Result<&'a ProductRow, ApiError> {
    all.iter().find(|r| r.id == id).ok_or_else(|| ApiError::bad_request("There is no such product."))
}

/// Every number of one product: its price, what is left and sold at each location, and what follows from both.
pub(super) fn product(engine: &Engine, asked: &Asked<'_>) -> Result<Made, ApiError> {
    let (query, s) = (asked.query, asked.s);
    let id = query.product.as_deref().ok_or_else(|| ApiError::bad_request("A product is named by its id."))?;
    let all = products::all(engine, s.place, s.today)?;
    let whole = one(&all, id)?;
    let mut parts = Vec::new();
    if let Some(price) = whole.price {
        let foreign = whole.currency.as_deref().filter(|code| *code != s.currency);
        parts.push(match foreign {
            // A sum in another currency is told by its name: the screen writes the shop's own.
            Some(code) => number(format!("Price, smallest units of {code}"), price),
            None => money("Price", price),
        });
    }
    let mut here = Vec::new();
    for place in asked.places.iter().filter(|p| s.place == 0 || p.pk == s.place) {
        let rows = engine.store().read(|c| report::products(c, place.pk, s.today))?;
        here.extend(rows.into_iter().find(|r| r.id == id).map(|row| (place.name.as_str(), row)));
    }
    let told = |name: &str, of: &dyn Fn(&ProductRow) -> Option<i64>| {
        let each = here.iter().filter_map(|(place, row)| Some(units(&format!("{name}, {place}"), of(row)?)));
        let sum = of(whole).map(|milli| units(name, milli).result());
        if here.len() > 1 { each.chain(sum).collect::<Vec<_>>() } else { sum.into_iter().collect() }
    };
    parts.extend(told("In stock", &|row| row.stock_milli));
    parts.extend(told("Sold in 30 days", &|row| Some(row.sold_30_milli)));
    parts.extend(whole.days_left().map(|days| number("Days left", days).result()));
    let rows = here.iter().filter(|(_, row)| row.stock_milli.is_some()).count() as u64;
    Ok(Made { name: Some(whole.name.clone()), ..Made::of(parts, about(asked, whole), rows, "stock count") })
}

/// What a person has to know of a product to follow its numbers.
fn about(asked: &Asked<'_>, whole: &ProductRow) -> Vec<String> {
    let first = asked.s.today.plus(1 - report::PACE_DAYS);
    let days = super::words::counted_days(first, asked.s.today);
    let mut filters = vec![
        format!("Sold: {days}, on completed orders, less units returned"),
        match whole.last_sold {
            Some(day) => format!("Last sold on {}", super::words::long_day(day)),
            None => format!("Not sold in the last {} days", report::DEAD_DAYS),
        },
    ];
    if whole.price.is_none() {
        filters.push("Its price is typed in at the counter".to_owned());
    }
    if whole.stock_milli.is_none() {
        filters.push("The vendor keeps no count of it, so no days are told".to_owned());
    }
    for (show, words) in
        [(Show::Low, "It counts as low"), (Show::Out, "It counts as out"), (Show::Dead, "It counts as dead")]
    {
        if whole.is(show) {
            filters.push(words.to_owned());
        }
    }
    filters
}
