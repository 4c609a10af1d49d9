//! Items with their default price and real cost, categories and stock per shop.

use super::super::wire::Object;
use super::{Context, key};
use crate::oddities::Oddities;
use backroom_core::Timestamp;
use backroom_core::sale::{Category, Product, StockCount};
use backroom_core::source::Rows;
use std::collections::BTreeMap;

/// Items of a page, with the categories that came along.
pub(crate) fn items(rows: &[Object<'_>], context: &Context, odd: &mut Oddities) -> Rows {
    let mut categories: BTreeMap<String, Category> = BTreeMap::new();
    let mut products = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(id) = key(*row, "itemID", odd) else { continue };
        let created_at = row.time(&["createTime", "createtime"], odd);
        let Some(version) = row.time(&["timeStamp"], odd).or(created_at) else {
            odd.note("an item without any time was left out");
            continue;
        };
        let category_id = row.id("categoryID");
        if let Some(found) = row.child("Category").and_then(|found| category(found, category_id.clone(), odd)) {
            categories.insert(found.id.clone(), found);
        }
        let places = context.currency.exponent();
        // Other uses are the list price and the web shop's: what the counter charges is the default.
        let price = row
            .children("Prices", "ItemPrice")
            .into_iter()
            .find(|p| p.text(&["useType"]).as_deref() == Some("Default"))
            .and_then(|p| p.some_decimal("amount", places, odd));
        let positive = |name: &str, odd: &mut Oddities| row.some_decimal(name, places, odd).filter(|cost| *cost > 0);
        let cost = average_cost(*row, places, odd)
            .or_else(|| positive("avgCost", odd))
            .or_else(|| positive("defaultCost", odd));
        products.push(Product {
            item_id: id.clone(),
            name: row.text(&["description"]).unwrap_or_else(|| format!("Item {id}")),
            category_id,
            sku: row.text(&["customSku"]).or_else(|| row.text(&["systemSku"])),
            price,
            cost,
            currency: Some(context.currency),
            description: row
                .child("ItemECommerce")
                .and_then(|shop| shop.text(&["shortDescription", "longDescription"])),
            archived: row.flag("archived"),
            created_at,
            version,
            deleted: false,
            id,
        });
    }
    Rows::Catalog { products, deleted_items: Vec::new(), categories: categories.into_values().collect() }
}

/// The average cost as the shops' shelves tell it: that of all shops together, or else what is on the shelves, weighed by how much.
fn average_cost(row: Object<'_>, places: u8, odd: &mut Oddities) -> Option<i64> {
    let (mut goods, mut value, mut last) = (0i128, 0i128, None);
    for shelf in row.children("ItemShops", "ItemShop") {
        let Some(cost) = shelf.some_decimal("averageCost", places, odd).filter(|cost| *cost > 0) else { continue };
        if shelf.id("shopID").is_none() {
            return Some(cost);
        }
        let quantity = i128::from(shelf.decimal("qoh", 3, odd).max(0));
        goods += quantity;
        value += quantity * i128::from(cost);
        last = Some(cost);
    }
    if goods > 0 { i64::try_from((value + goods / 2) / goods).ok() } else { last }
}

/// Categories of a page.
pub(crate) fn categories(rows: &[Object<'_>], odd: &mut Oddities) -> Rows {
    let categories = rows.iter().filter_map(|row| category(*row, None, odd)).collect();
    Rows::Catalog { products: Vec::new(), deleted_items: Vec::new(), categories }
}

/// A category by the path that leads to it; `id` where the record itself may leave it out.
fn category(row: Object<'_>, id: Option<String>, odd: &mut Oddities) -> Option<Category> {
    let id = match id {
        Some(id) => id,
        None => key(row, "categoryID", odd)?,
    };
    let name = row.text(&["fullPathName", "name"])?;
    // A path changes with the names above it, which moves no time of the category: whatever came last is right.
    Some(Category { id, name, version: Timestamp::default(), deleted: false })
}

/// Stock of a page. The row of shop 0 is the sum of the others and is passed over.
pub(crate) fn stock(rows: &[Object<'_>], odd: &mut Oddities) -> Vec<StockCount> {
    let one = |row: &Object<'_>| {
        let location_id = row.id("shopID")?;
        let variation_id = key(*row, "itemID", odd)?;
        let Some(quantity_milli) = row.some_decimal("qoh", 3, odd) else {
            odd.note("a count without a readable quantity was left out");
            return None;
        };
        let version = row.time(&["timeStamp"], odd).unwrap_or_else(|| {
            odd.note("a count without timeStamp gives way to any other");
            Timestamp::default()
        });
        Some(StockCount { variation_id, location_id, quantity_milli, version })
    };
    rows.iter().filter_map(one).collect()
}
