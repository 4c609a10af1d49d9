//! Records as Lightspeed writes them: everything text, a lone child an object, none absent or empty text.

use super::account::{Account, EMPLOYEES, Kind, Sale};
use super::quirks::Quirks;
use backroom_core::Timestamp;
use backroom_core::money::decimal;
use serde_json::{Map, Value, json};

pub(crate) fn time(at: Timestamp) -> Value {
    Value::from(Timestamp::from_seconds(at.micros().div_euclid(1_000_000)).to_rfc3339().replace(".000Z", "+00:00"))
}

fn money(minor: i64) -> Value {
    Value::from(decimal(minor, 2))
}

fn yes(flag: bool) -> Value {
    Value::from(if flag { "true" } else { "false" })
}

fn id(number: impl std::fmt::Display) -> Value {
    Value::from(number.to_string())
}

/// One child is an object, many are a list, none is nothing at all.
pub(crate) fn one_or_many(name: &str, mut records: Vec<Value>) -> Map<String, Value> {
    let mut wrapper = Map::new();
    match records.len() {
        0 => {}
        1 => drop(wrapper.insert(name.to_owned(), records.remove(0))),
        _ => drop(wrapper.insert(name.to_owned(), Value::from(records))),
    }
    wrapper
}

impl Quirks {
    /// Puts a word where fields have their value.
    pub(crate) fn spoil(&self, record: &mut Value) {
        match record {
            Value::Object(map) if !self.nonsense.is_empty() => {
                for (name, value) in map.iter_mut() {
                    if self.nonsense.contains(name) {
                        *value = json!("n/a");
                    } else {
                        self.spoil(value);
                    }
                }
            }
            Value::Array(all) => all.iter_mut().for_each(|one| self.spoil(one)),
            _ => {}
        }
    }
}

impl Kind {
    /// Whether its payment type is archived.
    pub(crate) const fn gone(self) -> bool {
        matches!(self, Self::Check)
    }
}

impl Account {
    fn brings(&self, relations: &[String], name: &str) -> bool {
        !self.quirks.drop_relations && relations.iter().any(|r| r == name)
    }

    fn children(&self, row: &mut Value, outer: &str, inner: &str, records: Vec<Value>) {
        if records.is_empty() {
            if self.quirks.empty_text {
                row[outer] = json!("");
            }
        } else {
            row[outer] = Value::Object(one_or_many(inner, records));
        }
    }

    pub(crate) fn tell_sale(&self, sale: &Sale, relations: &[String]) -> Value {
        let update = if self.quirks.camel_update { "updateTime" } else { "updatetime" };
        let customer = sale.customer.map_or(0, |n| n as u64 + 1);
        let mut row = json!({
            "saleID": id(sale.id), "timeStamp": time(sale.stamp), "createTime": time(sale.created), update: time(sale.updated),
            "completed": yes(sale.completed.is_some()), "archived": yes(sale.archived), "voided": yes(sale.voided),
            "calcSubtotal": money(sale.goods() + sale.discount()), "calcDiscount": money(sale.discount()),
            "calcTotal": money(sale.total()), "total": money(sale.total()), "taxTotal": money(sale.tax()),
            "calcTips": money(sale.tip), "change": money(sale.change), "balance": "0", "customerID": id(customer),
            "employeeID": id(sale.employee), "registerID": "1", "shopID": id(sale.shop + 1),
            "ticketNumber": format!("2200{:08}", sale.id), "referenceNumber": "",
        });
        if let Some(at) = sale.completed {
            row["completeTime"] = time(at);
        }
        if self.brings(relations, "SaleLines") {
            let lines = sale.lines.iter().map(|line| {
                json!({
                    "saleLineID": id(line.id), "saleID": id(sale.id), "itemID": id(line.item + 1), "shopID": id(sale.shop + 1),
                    "createTime": time(sale.created), "timeStamp": time(sale.stamp), "unitQuantity": decimal(line.quantity, 3),
                    "unitPrice": money(line.price), "calcLineDiscount": money(line.discount), "calcTransactionDiscount": "0",
                    "calcTax1": decimal(line.tax, 7), "calcTax2": "0", "parentSaleLineID": id(line.parent),
                    "calcTotal": decimal((line.quantity * line.price / 1_000 - line.discount) * 100_000 + line.tax, 7),
                })
            });
            self.children(&mut row, "SaleLines", "SaleLine", lines.collect());
        }
        if self.brings(relations, "SalePayments") {
            let payments = sale.payments.iter().map(|pay| {
                let kept = pay.amount - if pay.kind == Kind::Cash && !self.quirks.cash_as_handed { sale.change } else { 0 };
                json!({
                    "salePaymentID": id(pay.id), "saleID": id(sale.id), "amount": money(kept), "createTime": time(sale.created),
                    "archived": yes(pay.archived), "registerID": "1", "employeeID": id(sale.employee),
                    "paymentTypeID": id(1 + Kind::ALL.iter().position(|k| *k == pay.kind).unwrap_or(0)),
                })
            });
            self.children(&mut row, "SalePayments", "SalePayment", payments.collect());
        }
        row
    }

    pub(crate) fn tell_item(&self, n: usize, relations: &[String]) -> Value {
        let item = &self.items[n];
        let mut row = json!({
            "itemID": id(n + 1), "systemSku": format!("2100{:08}", n + 1), "customSku": format!("CL-{}", n + 1),
            "description": item.name, "defaultCost": money(item.price * 6 / 10), "archived": yes(item.archived),
            "itemType": "default", "categoryID": id(item.category + 1), "timeStamp": time(item.stamp),
            "createTime": time(item.stamp),
            "Prices": {"ItemPrice": [
                {"amount": money(item.price), "useTypeID": "1", "useType": "Default"},
                {"amount": money(item.price + 300), "useTypeID": "2", "useType": "MSRP"},
                {"amount": money(item.price - 10), "useTypeID": "3", "useType": "Online"},
            ]},
        });
        if !self.quirks.no_average_cost {
            row["avgCost"] = Value::from(decimal(item.cost * 1_000 + 5, 5));
        }
        if self.brings(relations, "Category") {
            row["Category"] = self.tell_category(item.category);
        }
        if self.brings(relations, "ItemShops") {
            let shelves = (0..=self.shops.len()).map(|shop| self.tell_shelf(n, shop)).collect();
            self.children(&mut row, "ItemShops", "ItemShop", shelves);
        }
        row
    }

    pub(crate) fn tell_category(&self, n: usize) -> Value {
        let category = &self.categories[n];
        let parent = category.parent.map_or(0, |parent| parent + 1);
        let mut row = json!({
            "categoryID": id(n + 1), "name": category.name, "fullPathName": self.path(n), "parentID": id(parent),
        });
        if !self.quirks.timeless_categories {
            row["timeStamp"] = time(category.stamp);
        }
        row
    }

    /// The shelf of an item in a shop; shop 0 is the sum of all.
    pub(crate) fn tell_shelf(&self, item: usize, shop: usize) -> Value {
        let shelves = &self.items[item].shelves;
        let (quantity, stamp) = match shop {
            0 => (shelves.iter().map(|s| s.0).sum(), shelves.iter().map(|s| s.1).max().unwrap_or_default()),
            _ => shelves[shop - 1],
        };
        json!({
            "itemShopID": id(item * (self.shops.len() + 1) + shop + 1), "itemID": id(item + 1), "shopID": id(shop),
            "qoh": decimal(quantity, 3).trim_end_matches('0').trim_end_matches('.'), "sellable": decimal(quantity.max(0), 3),
            "averageCost": decimal(self.items[item].cost, 2), "timeStamp": time(stamp), "onWorkorder": "0",
        })
    }

    pub(crate) fn tell_customer(&self, n: usize, relations: &[String]) -> Value {
        let customer = &self.customers[n];
        let mut row = json!({
            "customerID": id(n + 1), "firstName": customer.name.0, "lastName": customer.name.1, "archived": yes(customer.archived),
            "timeStamp": time(customer.stamp), "createTime": time(customer.stamp),
        });
        if self.brings(relations, "Contact") {
            let phones = if n.is_multiple_of(2) {
                json!("")
            } else {
                json!({"ContactPhone": {"number": format!("555-01{n:02}"), "useType": "Mobile"}})
            };
            row["Contact"] = json!({
                "Emails": {"ContactEmail": {"address": customer.email, "useType": "Primary"}},
                "Phones": phones, "Addresses": "",
            });
        }
        row
    }

    pub(crate) fn tell_shop(&self, n: usize) -> Value {
        let shop = &self.shops[n];
        let zone = if self.quirks.strange_zone { "Mars/Olympus" } else { shop.zone.as_str() };
        json!({"shopID": id(n + 1), "name": shop.name, "timeZone": zone, "archived": "false", "timeStamp": "2016-02-12T06:05:35+00:00"})
    }

    pub(crate) fn tell_employee(&self, n: usize) -> Value {
        let (first, last) = EMPLOYEES[n];
        json!({
            "employeeID": id(n + 1), "firstName": first, "lastName": last, "lockOut": yes(self.locked && n == 0), "archived": "false",
            "timeStamp": "2016-02-12T06:05:35+00:00",
        })
    }

    pub(crate) fn tell_payment_type(kind: Kind) -> Value {
        let (n, name, word) = match kind {
            Kind::Cash => (1, "Cash", "cash"),
            Kind::Card => (2, "Credit Card", "credit card"),
            Kind::Gift => (3, "Gift Card", "gift card"),
            Kind::Check => (4, "Check", "check"),
        };
        json!({"paymentTypeID": id(n), "name": name, "type": word, "archived": yes(kind.gone())})
    }
}
