//! From Lightspeed's shapes to the domain. Nothing fails here: what cannot be kept is left out and counted.

mod goods;
mod people;
mod sale;
mod sound;

pub(crate) use goods::{categories, items, stock};
pub(crate) use people::{customers, employees, shops};
pub(crate) use sale::sales;
pub(crate) use sound::check;

use super::wire::Object;
use crate::oddities::Oddities;
use backroom_core::Currency;
use std::collections::HashMap;

/// What the rows do not say themselves.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// The currency of the account.
    pub currency: Currency,
    /// Payment types by id: how each counts.
    pub methods: HashMap<String, Method>,
}

/// How a payment was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Method {
    /// `CASH`, `CARD`, `GIFT_CARD`, or the shop's own name of it in capitals.
    pub source_type: String,
}

impl Method {
    /// The method of a payment type's name and kind.
    pub(crate) fn of(name: &str, kind: &str) -> Self {
        let (name, kind) = (name.trim().to_ascii_uppercase(), kind.trim().to_ascii_uppercase());
        let is = |words: &[&str]| words.iter().any(|w| kind.contains(w) || name.contains(w));
        let source_type = if is(&["GIFT"]) {
            "GIFT_CARD".to_owned()
        } else if kind == "CASH" || name == "CASH" {
            "CASH".to_owned()
        } else if is(&["CREDIT CARD", "DEBIT", "VISA", "MASTERCARD", "AMEX", "DISCOVER"]) {
            "CARD".to_owned()
        } else if name.is_empty() {
            "OTHER".to_owned()
        } else {
            let plain: String =
                name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(30).collect();
            plain.trim_matches('_').to_owned()
        };
        Self { source_type }
    }
}

/// The id under which a record is kept, or a note that it is left out.
fn key(row: Object<'_>, name: &str, odd: &mut Oddities) -> Option<String> {
    let id = row.id(name);
    if id.is_none() {
        odd.note("a record without an id was left out");
    }
    id
}
