//! Catalog objects on the wire.

use super::scalar::{Cash, Time};
use serde::Deserialize;

/// `CatalogObject`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CatalogObject {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub id: Option<String>,
    pub created_at: Option<Time>,
    pub updated_at: Option<Time>,
    pub is_deleted: Option<bool>,
    pub item_data: Option<ItemData>,
    pub item_variation_data: Option<VariationData>,
    pub category_data: Option<CategoryData>,
}

/// `CatalogItem`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ItemData {
    pub name: Option<String>,
    pub category_id: Option<String>,
    pub categories: Option<Vec<CategoryRef>>,
    pub reporting_category: Option<CategoryRef>,
    pub is_archived: Option<bool>,
    pub variations: Option<Vec<CatalogObject>>,
}

/// `CatalogObjectCategory`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CategoryRef {
    pub id: Option<String>,
}

/// `CatalogItemVariation`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct VariationData {
    pub item_id: Option<String>,
    pub name: Option<String>,
    pub sku: Option<String>,
    pub pricing_type: Option<String>,
    pub price_money: Option<Cash>,
}

/// `CatalogCategory`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CategoryData {
    pub name: Option<String>,
}
