//! From Square's shapes to the domain. Nothing fails here: what cannot be kept is left out and counted.

mod catalog;
mod order;
mod people;
mod sale;

pub(crate) use catalog::catalog;
pub(crate) use order::orders;
pub(crate) use people::{customers, inventory, locations, team};
pub(crate) use sale::{payments, refunds};

use super::wire::{Cash, Time};
use crate::oddities::Oddities;
use backroom_core::{Currency, Timestamp};

/// What the rows do not say themselves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The location asked for.
    pub location: Option<&'a str>,
    /// The currency of a record that names none.
    pub currency: Currency,
}

/// Adds up one record's amounts and watches that they are of one currency: the first one named.
struct Purse {
    currency: Option<Currency>,
    mixed: bool,
}

impl Purse {
    fn new() -> Self {
        Self { currency: None, mixed: false }
    }

    /// The amount in minor units; zero where there is none, or where it is of another currency than the first.
    fn take(&mut self, cash: Option<Cash>) -> i64 {
        let Some(Cash { amount: Some(amount), currency }) = cash else { return 0 };
        match (self.currency, currency) {
            (Some(first), Some(c)) if first != c.0 => {
                self.mixed = true;
                return 0;
            }
            (None, Some(c)) => self.currency = Some(c.0),
            _ => {}
        }
        amount
    }

    /// The record's currency, with a note where it had to be assumed or was not the only one.
    fn close(self, context: Context<'_>, odd: &mut Oddities) -> Currency {
        if self.mixed {
            odd.note("amounts of another currency within one record were not counted");
        }
        self.currency.unwrap_or_else(|| {
            odd.note("a record names no currency; the account's was taken");
            context.currency
        })
    }
}

/// The id, or a note that the record is left out.
fn key(id: Option<String>, odd: &mut Oddities) -> Option<String> {
    let id = id.filter(|id| !id.is_empty());
    if id.is_none() {
        odd.note("a record without an id was left out");
    }
    id
}

/// Time of creation and version: each stands in for the other, and a record with neither is left out.
fn times(created: Option<Time>, updated: Option<Time>, odd: &mut Oddities) -> Option<(Timestamp, Timestamp)> {
    match (created, updated) {
        (Some(c), Some(u)) => Some((c.0, u.0)),
        (Some(c), None) => Some((c.0, c.0)),
        (None, Some(u)) => {
            odd.note("a record without created_at counts at its updated_at");
            Some((u.0, u.0))
        }
        (None, None) => {
            odd.note("a record without any time was left out");
            None
        }
    }
}

/// Text that says something.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|t| !t.is_empty())
}

fn place(own: Option<String>, context: Context<'_>) -> String {
    filled(own).or_else(|| context.location.map(str::to_owned)).unwrap_or_default()
}
