//! The shop's catalog and stock: how they come about and how Square tells them.

use super::names::{GOODS, MAKERS};
use super::spec::StoreSpec;
use crate::random::Rng;
use crate::text::{Id, Json, Named};

/// A category of goods.
pub(crate) struct Category {
    pub(crate) name: &'static str,
    pub(crate) updated: i64,
}

/// An item with its variations.
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) category: usize,
    pub(crate) taxable: bool,
    pub(crate) by_weight: bool,
    pub(crate) archived: bool,
    pub(crate) deleted: bool,
    pub(crate) updated: i64,
    /// Numbers of its variations.
    pub(crate) variations: std::ops::Range<usize>,
}

/// What can be sold: an item in one of its sizes.
pub(crate) struct Variation {
    pub(crate) item: usize,
    pub(crate) name: &'static str,
    pub(crate) sku: String,
    /// The price of today; none where the clerk types it.
    pub(crate) price: Option<i64>,
    /// The price at which history was sold.
    pub(crate) first_price: i64,
    pub(crate) updated: i64,
}

/// How many are on the shelf of one location.
#[derive(Clone, Copy)]
pub(crate) struct Stock {
    /// In thousandths.
    pub(crate) quantity: i64,
    pub(crate) updated: i64,
}

/// Everything the shop sells.
pub(crate) struct Catalog {
    pub(crate) categories: Vec<Category>,
    pub(crate) items: Vec<Item>,
    pub(crate) variations: Vec<Variation>,
    /// By variation, then location.
    pub(crate) stock: Vec<Stock>,
    pub(crate) created: i64,
    /// Running sums of the demand for each variation.
    demand: Vec<f64>,
}

const FAMILY_OF_DICE: u64 = 0xCA7A;

/// What an amount in hundredths is in a currency's minor units.
pub(crate) fn scaled(hundredths: i64, exponent: u8) -> i64 {
    match exponent {
        3 => hundredths * 10,
        4 => hundredths * 100,
        _ => hundredths,
    }
}

impl Catalog {
    pub(crate) fn generate(spec: &StoreSpec, start: i64, exponent: u8) -> Self {
        let until = spec.until.micros() / 1_000;
        let categories = GOODS.iter().map(|g| Category { name: g.category, updated: start }).collect();
        let mut catalog = Self {
            categories,
            items: Vec::new(),
            variations: Vec::new(),
            stock: Vec::new(),
            created: start,
            demand: Vec::new(),
        };
        let mut demand = 0.0;
        for number in 0..spec.items {
            let mut dice = Rng::at(spec.seed ^ FAMILY_OF_DICE, number as u64);
            let category = number % GOODS.len();
            let goods = &GOODS[category];
            let within = number / GOODS.len();
            let maker = MAKERS[(within + category) % MAKERS.len()];
            let noun = goods.nouns[within % goods.nouns.len()];
            let batch = within / (MAKERS.len() * goods.nouns.len());
            let name = if batch == 0 { format!("{maker} {noun}") } else { format!("{maker} {noun} No. {}", batch + 1) };
            let first = catalog.variations.len();
            let updated =
                if dice.chance(35.0) { start + dice.below((until - start).max(1) as u64) as i64 } else { start };
            let variable = dice.chance(2.0);
            let price = goods.price.0 + dice.below((goods.price.1 - goods.price.0) as u64) as i64;
            let price = price - price % 50 + 49;
            // A few things sell all the time, most hardly ever, and the dear ones least.
            let appeal = goods.demand / (1.0 + dice.unit() * 9.0).powf(1.4) * (1_000.0 / price as f64).powf(0.8);
            for (ordinal, size) in goods.sizes.iter().enumerate() {
                let number = catalog.variations.len();
                let price = scaled(price + price * 6 / 10 * ordinal as i64, exponent);
                catalog.variations.push(Variation {
                    item: catalog.items.len(),
                    name: size,
                    sku: format!("CL-{:02}-{:05}", category + 1, number + 101),
                    price: (!variable).then_some(price),
                    first_price: price,
                    updated,
                });
                demand += appeal / (1.0 + ordinal as f64 * 0.5);
                catalog.demand.push(demand);
                for _ in &spec.locations {
                    let quantity = match dice.below(100) {
                        0..8 => 0,
                        8..20 => 1 + dice.below(4),
                        20..97 => 5 + dice.below(60),
                        _ => 90 + dice.below(160),
                    };
                    let age = dice.below(40 * 86_400_000) as i64;
                    catalog.stock.push(Stock { quantity: quantity as i64 * 1_000, updated: (until - age).max(start) });
                }
            }
            catalog.items.push(Item {
                name,
                category,
                taxable: goods.taxable,
                by_weight: goods.by_weight,
                archived: dice.chance(4.0),
                deleted: dice.chance(3.0),
                updated,
                variations: first..catalog.variations.len(),
            });
        }
        catalog
    }

    /// A variation as customers choose it.
    pub(crate) fn choose(&self, dice: &mut Rng) -> usize {
        let total = self.demand.last().copied().unwrap_or(0.0);
        let wanted = dice.unit() * total;
        self.demand.partition_point(|sum| *sum < wanted).min(self.variations.len().saturating_sub(1))
    }

    /// When anything of it last changed.
    pub(crate) fn latest(&self) -> i64 {
        self.items.iter().map(|item| item.updated).max().unwrap_or(self.created)
    }
}

/// A top-level object of the catalog.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Object {
    Category(usize),
    Tax,
    Discount,
    Item(usize),
    Variation(usize),
}

/// Context that the objects' JSON needs.
pub(crate) struct Teller<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) seed: u64,
    pub(crate) currency: &'a str,
    pub(crate) tax_basis_points: i64,
    pub(crate) locations: usize,
}

impl Teller<'_> {
    pub(crate) fn updated(&self, object: Object) -> i64 {
        match object {
            Object::Category(n) => self.catalog.categories[n].updated,
            Object::Tax | Object::Discount => self.catalog.created,
            Object::Item(n) => self.catalog.items[n].updated,
            Object::Variation(n) => self.catalog.variations[n].updated.max(self.item_of(n).updated),
        }
    }

    pub(crate) fn deleted(&self, object: Object) -> bool {
        match object {
            Object::Item(n) => self.catalog.items[n].deleted,
            Object::Variation(n) => self.item_of(n).deleted,
            _ => false,
        }
    }

    fn item_of(&self, variation: usize) -> &Item {
        &self.catalog.items[self.catalog.variations[variation].item]
    }

    fn id(&self, kind: Named, number: usize) -> Id {
        Id::new(kind, self.seed, number)
    }

    pub(crate) fn tell(&self, json: &mut Json, object: Object) {
        let (type_name, id) = match object {
            Object::Category(n) => ("CATEGORY", self.id(Named::Category, n)),
            Object::Tax => ("TAX", self.id(Named::Tax, 0)),
            Object::Discount => ("DISCOUNT", self.id(Named::Discount, 0)),
            Object::Item(n) => ("ITEM", self.id(Named::Item, n)),
            Object::Variation(n) => ("ITEM_VARIATION", self.id(Named::Variation, n)),
        };
        let updated = self.updated(object);
        json.open();
        json.str("type", type_name);
        json.id("id", id);
        json.time("updated_at", updated);
        json.int("version", updated);
        json.bool("is_deleted", self.deleted(object));
        json.bool("present_at_all_locations", true);
        match object {
            Object::Category(n) => {
                json.object("category_data");
                json.str("name", self.catalog.categories[n].name);
                json.str("category_type", "REGULAR_CATEGORY");
                json.bool("is_top_level", true);
                json.close();
            }
            Object::Tax => {
                json.object("tax_data");
                json.str("name", "Sales Tax");
                json.str("calculation_phase", "TAX_SUBTOTAL_PHASE");
                json.str("inclusion_type", "ADDITIVE");
                json.str("percentage", &backroom_core::money::decimal(self.tax_basis_points, 2));
                json.bool("enabled", true);
                json.close();
            }
            Object::Discount => {
                json.object("discount_data");
                json.str("name", "Regulars 10%");
                json.str("discount_type", "FIXED_PERCENTAGE");
                json.str("percentage", "10.0");
                json.close();
            }
            Object::Item(n) => self.tell_item(json, n),
            Object::Variation(n) => self.tell_variation(json, n),
        }
        json.close();
    }

    fn tell_item(&self, json: &mut Json, number: usize) {
        let item = &self.catalog.items[number];
        let category = self.id(Named::Category, item.category);
        json.object("item_data");
        json.str("name", &item.name);
        json.str(
            "description",
            &format!("{} from our {} shelf.", item.name, self.catalog.categories[item.category].name),
        );
        json.bool("is_taxable", item.taxable);
        if item.taxable {
            json.list("tax_ids");
            json.id_text(self.id(Named::Tax, 0));
            json.close_list();
        }
        json.list("variations");
        for variation in item.variations.clone() {
            self.tell(json, Object::Variation(variation));
        }
        json.close_list();
        json.str("product_type", "REGULAR");
        json.bool("skip_modifier_screen", false);
        json.list("categories");
        json.open();
        json.id("id", category);
        json.int("ordinal", 0);
        json.close();
        json.close_list();
        json.bool("is_archived", item.archived);
        json.object("reporting_category");
        json.id("id", category);
        json.int("ordinal", 0);
        json.close();
        json.close();
    }

    fn tell_variation(&self, json: &mut Json, number: usize) {
        let variation = &self.catalog.variations[number];
        let item = self.item_of(number);
        json.object("item_variation_data");
        json.id("item_id", self.id(Named::Item, variation.item));
        json.str("name", variation.name);
        json.str("sku", &variation.sku);
        json.int("ordinal", (number - item.variations.start) as i64);
        json.str("pricing_type", if variation.price.is_some() { "FIXED_PRICING" } else { "VARIABLE_PRICING" });
        if let Some(price) = variation.price {
            json.money("price_money", price, self.currency);
            // The last place asks a little more for the first size of a few things.
            if self.locations > 1 && number.is_multiple_of(41) {
                json.list("location_overrides");
                json.open();
                json.id("location_id", self.id(Named::Location, self.locations - 1));
                json.money("price_money", price + price / 20, self.currency);
                json.str("pricing_type", "FIXED_PRICING");
                json.bool("track_inventory", true);
                json.close();
                json.close_list();
            }
        }
        json.bool("track_inventory", true);
        json.str("inventory_alert_type", "LOW_QUANTITY");
        json.int("inventory_alert_threshold", 5);
        json.bool("sellable", true);
        json.bool("stockable", true);
        json.close();
    }
}
