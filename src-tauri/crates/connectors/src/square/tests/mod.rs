//! From a body to rows, without a network.

mod catalog;
mod lenient;
mod orders;
mod properties;
mod sales;
mod speed;

use super::map::Context;
use crate::oddities::Oddities;
use backroom_core::source::{Entity, Rows};
use backroom_core::{Currency, Fault, Timestamp};
use serde_json::Value;

pub(super) fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// The rows of a body asked for at location L1 of an account in dollars, and the warnings.
pub(super) fn read(entity: Entity, body: &Value) -> (Rows, Vec<String>) {
    read_text(entity, &body.to_string()).unwrap()
}

pub(super) fn read_text(entity: Entity, body: &str) -> Result<(Rows, Vec<String>), Fault> {
    let context = Context { location: Some("L1"), currency: Currency::USD };
    let mut odd = Oddities::default();
    let (rows, _, _) = super::rows(body.as_bytes(), entity, context, &mut odd)?;
    Ok((rows, odd.into_warnings(entity)))
}

/// One record's rows.
macro_rules! only {
    ($kind:ident, $entity:expr, $list:literal, $record:expr) => {{
        let (rows, warnings) = crate::square::tests::read($entity, &serde_json::json!({$list: [$record]}));
        let backroom_core::source::Rows::$kind(mut rows) = rows else { panic!("another kind of rows") };
        assert_eq!(rows.len(), 1, "the record must be kept: {warnings:?}");
        (rows.remove(0), warnings)
    }};
}
pub(super) use only;
