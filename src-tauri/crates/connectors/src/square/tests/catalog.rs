//! Catalog pages to products and categories.
use super::{read, time};
use backroom_core::Timestamp;
use backroom_core::sale::{Category, Product};
use backroom_core::source::{Entity, Rows};
use serde_json::{Value, json};

struct Catalog {
    products: Vec<Product>,
    deleted_items: Vec<(String, Timestamp)>,
    categories: Vec<Category>,
    warnings: Vec<String>,
}

fn catalog(body: &Value) -> Catalog {
    let (rows, warnings) = read(Entity::Catalog, body);
    let Rows::Catalog { products, deleted_items, categories } = rows else { panic!("catalog expected") };
    Catalog { products, deleted_items, categories, warnings }
}

fn variation(id: &str, name: &str) -> Value {
    json!({"type": "ITEM_VARIATION", "id": id, "updated_at": "2026-11-01T00:00:00Z", "item_variation_data": {
        "item_id": "I1", "name": name, "sku": " A-1 ", "pricing_type": "FIXED_PRICING",
        "price_money": {"amount": 999, "currency": "USD"}}})
}

fn item(data: Value) -> Value {
    let mut item_data = json!({"name": "Hemp wrap", "variations": [variation("V1", "Regular")]});
    item_data.as_object_mut().unwrap().extend(data.as_object().unwrap().clone());
    json!({"type": "ITEM", "id": "I1", "updated_at": "2026-11-02T00:00:00Z", "item_data": item_data})
}

#[test]
fn a_product_is_a_variation_with_its_item() {
    let c = catalog(&json!({"objects": [item(json!({}))]}));
    assert!(c.warnings.is_empty(), "{:?}", c.warnings);
    let p = &c.products[0];
    assert_eq!((p.id.as_str(), p.item_id.as_str(), p.name.as_str()), ("V1", "I1", "Hemp wrap"));
    assert_eq!((p.price, p.currency.map(|c| c.code().to_owned()).as_deref()), (Some(999), Some("USD")));
    assert_eq!(p.sku.as_deref(), Some(" A-1 "), "a SKU is kept as typed");
    assert_eq!(p.version, time("2026-11-02T00:00:00Z"), "a renamed item is a newer product");
}

#[test]
fn names_and_categories() {
    let named = |name: &str| json!({"variations": [variation("V1", name)]});
    for (name, full) in
        [("Regular", "Hemp wrap"), ("regular", "Hemp wrap"), ("", "Hemp wrap"), ("Mango", "Hemp wrap – Mango")]
    {
        assert_eq!(catalog(&json!({"objects": [item(named(name))]})).products[0].name, full, "{name:?}");
    }
    for (data, category, why) in [
        (
            json!({"reporting_category": {"id": "R"}, "categories": [{"id": "A"}], "category_id": "old"}),
            Some("R"),
            "reporting",
        ),
        (json!({"reporting_category": null, "categories": [{"id": "A"}, {"id": "B"}]}), Some("A"), "first of several"),
        (json!({"categories": [], "category_id": "old"}), Some("old"), "the deprecated field"),
        (json!({}), None, "none"),
    ] {
        let c = catalog(&json!({"objects": [item(data)]}));
        assert_eq!(c.products[0].category_id.as_deref(), category, "{why}");
    }
}

#[test]
fn prices_typed_at_the_counter_are_none() {
    let mut v = variation("V1", "Regular");
    v["item_variation_data"]["pricing_type"] = json!("VARIABLE_PRICING");
    let c = catalog(&json!({"objects": [item(json!({"variations": [v]}))]}));
    assert_eq!((c.products[0].price, c.products[0].currency), (None, None));
}

#[test]
fn archived_is_not_deleted() {
    let c = catalog(&json!({"objects": [item(json!({"is_archived": true}))]}));
    assert!(c.products[0].archived && !c.products[0].deleted);
    let gone = json!({"type": "ITEM", "id": "I9", "updated_at": "2026-11-03T00:00:00Z", "is_deleted": true,
        "item_data": {"name": "Gone", "variations": [variation("V9", "Regular")]}});
    let c = catalog(&json!({"objects": [gone]}));
    assert_eq!(c.deleted_items, [("I9".to_owned(), time("2026-11-03T00:00:00Z"))]);
    assert!(c.products.is_empty(), "its variations go with the item");
}

#[test]
fn variations_that_changed_alone() {
    let deleted = json!({"type": "ITEM_VARIATION", "id": "V2", "updated_at": "2026-11-04T00:00:00Z",
        "is_deleted": true, "item_variation_data": {"item_id": "I1"}});
    let body = json!({
        "objects": [variation("V1", "Mango"), deleted],
        "related_objects": [item(json!({"reporting_category": {"id": "R"}})), {"type": "CATEGORY", "id": "R"}],
    });
    let c = catalog(&body);
    assert!(c.warnings.is_empty(), "{:?}", c.warnings);
    assert_eq!(c.products.len(), 2, "related objects are looked at, not delivered: {:?}", c.products);
    assert_eq!((c.products[0].name.as_str(), c.products[0].category_id.as_deref()), ("Hemp wrap – Mango", Some("R")));
    assert!(c.products[1].deleted && c.products[1].item_id == "I1");
    assert!(c.categories.is_empty());

    let both = catalog(&json!({"objects": [item(json!({})), variation("V1", "Regular")]}));
    assert_eq!(both.products.len(), 1, "a variation is delivered once");
    let orphan = catalog(&json!({"objects": [variation("V1", "Mango")]}));
    assert_eq!((orphan.products.len(), orphan.warnings.len()), (1, 1), "kept, and told");
}

#[test]
fn categories() {
    let c = catalog(&json!({"objects": [
        {"type": "CATEGORY", "id": "A", "updated_at": "2026-11-01T00:00:00Z", "category_data": {"name": "Wraps"}},
        {"type": "CATEGORY", "id": "B", "updated_at": "2026-11-01T00:00:00Z", "is_deleted": true},
        {"type": "TAX", "id": "T"},
    ]}));
    let told: Vec<_> = c.categories.iter().map(|c| (c.id.as_str(), c.name.as_str(), c.deleted)).collect();
    assert_eq!(told, [("A", "Wraps", false), ("B", "", true)]);
}
