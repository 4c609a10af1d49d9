//! Catalog: a product is one variation with what its item says about it.

use super::super::page::Parsed;
use super::super::wire::{CatalogObject, ItemData};
use super::{filled, key};
use crate::oddities::Oddities;
use backroom_core::Timestamp;
use backroom_core::sale::{Category, Product};
use backroom_core::source::Rows;
use std::collections::{HashMap, HashSet};

/// What a product takes from its item.
struct Item {
    id: String,
    name: String,
    category_id: Option<String>,
    archived: bool,
    version: Timestamp,
}

/// The objects of a page. Variations that changed on their own take their item from the related objects.
pub(crate) fn catalog(page: &mut Parsed<CatalogObject>, odd: &mut Oddities) -> Rows {
    let mut products = Vec::new();
    let mut deleted_items = Vec::new();
    let mut categories = Vec::new();
    let mut alone = Vec::new();
    for object in std::mem::take(&mut page.rows) {
        match object.kind.as_deref() {
            Some("ITEM") => item(object, &mut products, &mut deleted_items, odd),
            Some("ITEM_VARIATION") => alone.push(object),
            Some("CATEGORY") => categories.extend(category(object, odd)),
            _ => {}
        }
    }
    if !alone.is_empty() {
        let known: HashSet<String> = products.iter().map(|p: &Product| p.id.clone()).collect();
        let parents: HashMap<String, Item> = std::mem::take(&mut page.related)
            .into_iter()
            .filter(|o| o.kind.as_deref() == Some("ITEM"))
            .filter_map(|o| {
                let version = version(&o, odd);
                let id = filled(o.id)?;
                Some((id.clone(), head(id, version, &o.item_data.unwrap_or_default())))
            })
            .collect();
        for object in alone {
            if object.id.as_ref().is_some_and(|id| known.contains(id)) {
                continue;
            }
            let parent = object.item_variation_data.as_ref().and_then(|v| parents.get(v.item_id.as_deref()?));
            products.extend(variation(object, parent, odd));
        }
    }
    Rows::Catalog { products, deleted_items, categories }
}

fn item(
    mut object: CatalogObject,
    products: &mut Vec<Product>,
    deleted: &mut Vec<(String, Timestamp)>,
    odd: &mut Oddities,
) {
    let version = version(&object, odd);
    let Some(id) = key(object.id.take(), odd) else { return };
    if object.is_deleted == Some(true) {
        deleted.push((id, version));
        return;
    }
    let mut data = object.item_data.unwrap_or_default();
    let variations = data.variations.take().unwrap_or_default();
    let parent = head(id, version, &data);
    products.extend(variations.into_iter().filter_map(|v| variation(v, Some(&parent), odd)));
}

fn head(id: String, version: Timestamp, data: &ItemData) -> Item {
    let first = data.categories.as_ref().and_then(|c| c.first());
    let category_id = [data.reporting_category.as_ref(), first]
        .into_iter()
        .flatten()
        .find_map(|c| filled(c.id.clone()))
        .or_else(|| filled(data.category_id.clone()));
    Item {
        id,
        name: data.name.clone().unwrap_or_default(),
        category_id,
        archived: data.is_archived == Some(true),
        version,
    }
}

fn variation(object: CatalogObject, parent: Option<&Item>, odd: &mut Oddities) -> Option<Product> {
    let own = version(&object, odd);
    let deleted = object.is_deleted == Some(true);
    let id = key(object.id, odd)?;
    let data = object.item_variation_data.unwrap_or_default();
    if parent.is_none() && !deleted {
        odd.note("a variation came without its item; its name may be incomplete");
    }
    let price = data.price_money.filter(|_| data.pricing_type.as_deref() != Some("VARIABLE_PRICING"));
    Some(Product {
        item_id: parent.map(|p| p.id.clone()).or_else(|| filled(data.item_id)).unwrap_or_default(),
        name: full_name(parent.map(|p| p.name.as_str()), data.name.as_deref()),
        category_id: parent.and_then(|p| p.category_id.clone()),
        // Blanks around a stock-keeping unit are kept: other systems match on the text as typed.
        sku: filled(data.sku),
        price: price.and_then(|p| p.amount),
        currency: price.filter(|p| p.amount.is_some()).and_then(|p| p.currency).map(|c| c.0),
        cost: None,
        description: None,
        archived: parent.is_some_and(|p| p.archived),
        created_at: object.created_at.map(|t| t.0),
        // A renamed item changes the product though the variation stayed as it was.
        version: parent.map_or(own, |p| p.version.max(own)),
        deleted,
        id,
    })
}

fn full_name(item: Option<&str>, variation: Option<&str>) -> String {
    let item = item.unwrap_or("").trim();
    let variation = variation.unwrap_or("").trim();
    if item.is_empty() {
        return variation.to_owned();
    }
    if variation.is_empty() || variation.eq_ignore_ascii_case("regular") {
        return item.to_owned();
    }
    format!("{item} – {variation}")
}

fn category(object: CatalogObject, odd: &mut Oddities) -> Option<Category> {
    let version = version(&object, odd);
    let id = key(object.id, odd)?;
    let name = object.category_data.and_then(|c| c.name).unwrap_or_default();
    Some(Category { id, name, version, deleted: object.is_deleted == Some(true) })
}

fn version(object: &CatalogObject, odd: &mut Oddities) -> Timestamp {
    match object.updated_at.or(object.created_at) {
        Some(time) => time.0,
        None => {
            odd.note("a catalog object without updated_at gives way to any other version");
            Timestamp::default()
        }
    }
}
