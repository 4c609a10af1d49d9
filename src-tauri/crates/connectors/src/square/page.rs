//! From a body to rows: once, straight into typed structs; element by element only where something is odd.

use super::fault;
use super::wire::{ApiError, List};
use crate::oddities::Oddities;
use backroom_core::source::Entity;
use backroom_core::{Fault, FaultClass, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The rows of a body, still in Square's shape.
pub(crate) struct Parsed<T> {
    pub rows: Vec<T>,
    pub related: Vec<T>,
    pub cursor: Option<String>,
    pub latest: Option<Timestamp>,
}

/// Reads a list body.
///
/// # Errors
/// `Transient` for a body that ends too early, `Protocol` for one that is not the JSON object promised, and what the
/// `errors` in it say where they come without a list.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8], entity: Entity, odd: &mut Oddities) -> Result<Parsed<T>, Fault> {
    // Checked as a whole: the parser then need not look at each string again.
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(e) if e.error_len().is_none() => return Err(fault::cut()),
        Err(_) => return Err(fault::not_json()),
    };
    // An array would be read as the struct's fields in order.
    match text.trim_ascii_start().bytes().next() {
        Some(b'{') => {}
        None => return Err(fault::cut()),
        Some(_) => return Err(fault::not_json()),
    }
    let list = match serde_json::from_str::<List<T>>(text) {
        Ok(list) => list,
        Err(e) if e.is_eof() => return Err(fault::cut()),
        // Also what is called a syntax error: a list in place of an object may be reported as one.
        Err(_) => lenient(text, entity, odd)?,
    };
    if let Some(errors) = list.errors.filter(|e| !e.is_empty()) {
        let told = fault::of_errors(200, &errors, Some(entity), None);
        // Rows that came beside a passing trouble may not be all: the page is worth asking for again.
        if told.retryable() || list.rows.as_ref().is_none_or(Vec::is_empty) {
            return Err(told);
        }
        for error in &errors {
            odd.note(format!("Square added the error {} to its answer", error_code(error)));
        }
    }
    Ok(Parsed {
        rows: list.rows.unwrap_or_default(),
        related: list.related_objects.unwrap_or_default(),
        cursor: list.cursor.filter(|c| !c.is_empty()),
        latest: list.latest_time.map(|t| t.0),
    })
}

fn error_code(error: &ApiError) -> String {
    let code = error.code.as_deref().unwrap_or("without a code");
    code.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ' ')).take(60).collect()
}

/// The list's own name in the reply.
fn key(entity: Entity) -> &'static str {
    match entity {
        Entity::Locations => "locations",
        Entity::Payments => "payments",
        Entity::Refunds => "refunds",
        Entity::Orders => "orders",
        Entity::Catalog => "objects",
        Entity::Customers => "customers",
        Entity::Inventory => "counts",
        Entity::Team => "team_members",
    }
}

/// Reads each element on its own and drops what does not fit, so that one changed field costs that field alone.
fn lenient<T: DeserializeOwned>(text: &str, entity: Entity, odd: &mut Oddities) -> Result<List<T>, Fault> {
    let mut body = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(body)) => body,
        _ => return Err(fault::not_json()),
    };
    let mut rows = |name: &str| -> Result<Option<Vec<T>>, Fault> {
        match body.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(elements)) => Ok(Some(elements.into_iter().filter_map(|e| element(e, odd)).collect())),
            Some(_) => Err(Fault::new(
                FaultClass::Protocol,
                "SQUARE_LIST_CHANGED",
                format!("Square's answer about {entity} has another shape than documented; nothing was stored."),
            )
            .with_hint("Update Backroom; if it is up to date, send a report.")),
        }
    };
    let (rows, related_objects) = (rows(key(entity))?, rows("related_objects")?);
    let mut field = |name: &str| body.remove(name).unwrap_or(Value::Null);
    // A cursor of another type cannot be followed; ending here without a word would look like the last page.
    let cursor = serde_json::from_value(field("cursor")).map_err(|_| fault::not_json())?;
    let latest_time = serde_json::from_value(field("latest_time")).unwrap_or_else(|_| {
        odd.note("field latest_time has another type than documented");
        None
    });
    let errors = serde_json::from_value(field("errors")).unwrap_or(None);
    Ok(List { rows, related_objects, cursor, latest_time, errors })
}

fn element<T: DeserializeOwned>(mut value: Value, odd: &mut Oddities) -> Option<T> {
    if !value.is_object() {
        odd.note("a record that is not an object was left out");
        return None;
    }
    if let Ok(row) = T::deserialize(&value) {
        return Some(row);
    }
    prune(&mut value, "", &|v| T::deserialize(v).is_ok(), odd);
    T::deserialize(&value).ok()
}

/// Removes from `value` the smallest parts that `fits` refuses. `fits` is asked with one part at a time, wrapped in
/// the objects and lists that lead to it, so that one bad part never hides another.
fn prune(value: &mut Value, path: &str, fits: &dyn Fn(&Value) -> bool, odd: &mut Oddities) {
    match value {
        Value::Object(fields) => {
            let names: Vec<String> = fields.keys().cloned().collect();
            for name in names {
                let Some(part) = fields.get_mut(&name) else { continue };
                let wrapped = |v: &Value| fits(&Value::Object([(name.clone(), v.clone())].into_iter().collect()));
                if wrapped(part) {
                    continue;
                }
                let here = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                prune(part, &here, &wrapped, odd);
                if !wrapped(part) {
                    odd.note(format!("field {here} has another type than documented and was left empty"));
                    fields.remove(&name);
                }
            }
        }
        Value::Array(items) => {
            let wrapped = |v: &Value| fits(&Value::Array(vec![v.clone()]));
            items.retain_mut(|item| {
                if wrapped(item) {
                    return true;
                }
                prune(item, path, &wrapped, odd);
                let good = wrapped(item);
                if !good {
                    odd.note(format!("an entry of {path} has another type than documented and was left out"));
                }
                good
            });
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
