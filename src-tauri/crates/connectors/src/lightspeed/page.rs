//! From a body to objects.

use super::fault;
use super::wire::Object;
use backroom_core::Fault;
use serde_json::Value;

/// An answer that was read.
#[derive(Debug)]
pub(crate) struct Body(Value);

/// Reads an answer.
///
/// # Errors
/// `Transient` for a body that ends too early, `Protocol` for one that is not the JSON object promised: XML, which Lightspeed
/// sends where nobody asks for JSON, or a list.
pub(crate) fn read(body: &[u8]) -> Result<Body, Fault> {
    match serde_json::from_slice::<Value>(body) {
        Ok(value @ Value::Object(_)) => Ok(Body(value)),
        Ok(_) => Err(fault::not_json()),
        Err(error) if error.is_eof() => Err(fault::cut()),
        Err(_) => Err(fault::not_json()),
    }
}

impl Body {
    /// The records called `name`: one, many, or none, in which case only `@attributes` is there.
    ///
    /// # Errors
    /// `Protocol` where neither is there: an answer to something else must not look like the end of a list. `Config` where it is an
    /// answer of the other product line.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<Object<'_>>, Fault> {
        let object = Object::of(&self.0).ok_or_else(fault::not_json)?;
        if object.has(name) || object.has("@attributes") {
            Ok(object.list(name))
        } else if object.has("data") && object.has("version") {
            Err(fault::x_series())
        } else {
            Err(fault::not_json())
        }
    }

    /// The address of the next page.
    pub(crate) fn next(&self) -> Option<String> {
        Object::of(&self.0)?.child("@attributes")?.text(&["next"])
    }
}
