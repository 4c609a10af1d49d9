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
        if let (Some(id), Some(category)) = (&category_id, row.child("Category"))
            && let Some(name) = category.text(&["fullPathName", "name"])
        {
            let version = category.time(&["timeStamp"], odd).unwrap_or(version);
            let fresh = Category { id: id.clone(), name, version, deleted: false };
            let newer = categories.get(id).is_none_or(|known| known.version < fresh.version);
            if newer {
                categories.insert(id.clone(), fresh);
            }
        }
        let places = context.currency.exponent();
        // Other uses are the list price and the web shop's: what the counter charges is the default.
        let price = row
            .children("Prices", "ItemPrice")
            .into_iter()
            .find(|p| p.text(&["useType"]).as_deref() == Some("Default"))
            .and_then(|p| p.some_decimal("amount", places, odd));
        let average = row.some_decimal("avgCost", places, odd).filter(|cost| *cost > 0);
        products.push(Product {
            item_id: id.clone(),
            name: row.text(&["description"]).unwrap_or_else(|| format!("Item {id}")),
            category_id,
            sku: row.text(&["customSku"]).or_else(|| row.text(&["systemSku"])),
            price,
            cost: average.or_else(|| row.some_decimal("defaultCost", places, odd).filter(|cost| *cost > 0)),
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
