//! Whether a page can be what Lightspeed has. One odd record is kept as far as it can be read; a page on which nothing can be
//! read, or every record lacks what belongs to it, is an answer gone wrong: stored, it would take back what is here and end a window
//! that was never read.

use super::super::fault;
use super::super::wire::Object;
use super::sale;
use crate::oddities::Oddities;
use backroom_core::source::{Ask, Entity, Span};
use backroom_core::{Fault, money};
use std::collections::BTreeMap;

/// Refuses a page that has gone wrong as a whole. `categories` where the page is one of categories.
///
/// # Errors
/// `Protocol`, naming what is missing or cannot be read.
pub(crate) fn check(rows: &[Object<'_>], ask: &Ask, categories: bool) -> Result<(), Fault> {
    if let Some(relation) = missing_relation(rows, ask) {
        return Err(fault::relation_missing(ask.entity, relation));
    }
    let mut fields: BTreeMap<&'static str, bool> = BTreeMap::new();
    for row in rows {
        for (name, reads) in fields_of(*row, ask.entity, categories) {
            *fields.entry(name).or_default() |= reads;
        }
    }
    match fields.into_iter().find(|(_, any)| !any) {
        Some((name, _)) => Err(fault::unreadable(ask.entity, name)),
        None => Ok(()),
    }
}

/// The relation that came with none of the records that must have it.
fn missing_relation(rows: &[Object<'_>], ask: &Ask) -> Option<&'static str> {
    let relations: &[&'static str] = match ask.entity {
        Entity::Orders => &["SaleLines", "SalePayments"],
        Entity::Customers => &["Contact"],
        _ => return None,
    };
    let must = |row: &&Object<'_>| match ask.entity {
        Entity::Orders => sale::was_paid(**row),
        _ => !row.flag("archived"),
    };
    let concerned: Vec<&Object<'_>> = rows.iter().filter(must).collect();
    let nowhere = |relation: &&'static str| concerned.iter().all(|row| row.child(relation).is_none());
    let missing: Vec<&'static str> = relations.iter().copied().filter(nowhere).collect();
    // Of what changed, some is here already. In a history nothing is, and one record alone may be as it says; but no sale that was
    // paid has neither lines nor payments.
    let changes = matches!(ask.span, Span::Updated { .. });
    let surely = match concerned.len() {
        0 => false,
        1 => changes || missing.len() > 1,
        _ => true,
    };
    missing.first().copied().filter(|_| surely)
}

/// What a record is nothing without, and whether it can be read.
fn fields_of(row: Object<'_>, entity: Entity, categories: bool) -> Vec<(&'static str, bool)> {
    let id = match entity {
        Entity::Orders | Entity::Payments | Entity::Refunds => "saleID",
        Entity::Catalog if categories => "categoryID",
        Entity::Catalog | Entity::Inventory => "itemID",
        Entity::Customers => "customerID",
        Entity::Locations => "shopID",
        Entity::Team => "employeeID",
    };
    let mut found = vec![(id, row.id(id).is_some())];
    let mut number = |of: Object<'_>, name: &'static str| {
        if let Some(text) = of.text(&[name]) {
            found.push((name, money::parse_rounded(&text, 3).is_some()));
        }
    };
    match entity {
        Entity::Orders => {
            number(row, "calcTotal");
            row.children("SalePayments", "SalePayment").into_iter().for_each(|payment| number(payment, "amount"));
            row.children("SaleLines", "SaleLine").into_iter().for_each(|line| number(line, "unitPrice"));
        }
        Entity::Catalog => row.children("Prices", "ItemPrice").into_iter().for_each(|price| number(price, "amount")),
        Entity::Inventory => number(row, "qoh"),
        _ => {}
    }
    let timed = matches!(entity, Entity::Orders | Entity::Customers) || (entity == Entity::Catalog && !categories);
    if timed {
        let any = ["timeStamp", "createTime", "completeTime", "updatetime", "updateTime"];
        let reads = |name: &&str| row.time(&[name], &mut Oddities::default()).is_some();
        found.push(("timeStamp", any.iter().any(reads)));
    }
    found
}
