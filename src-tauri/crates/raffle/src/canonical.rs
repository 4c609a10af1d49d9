//! Canonical JSON: one text for one value (RFC 8785, with integers alone), so that its hash can be rebuilt anywhere.

use serde::Serialize;
use serde_json::Value;

/// The largest integer that every reader of JSON takes exactly: 2^53 − 1.
const LARGEST: u64 = (1 << 53) - 1;

/// Why a value has no canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// A number with a fraction, or larger than 2^53 − 1.
    #[error("only whole numbers of at most 2^53 - 1 have one form")]
    Number,
    /// The value is not JSON at all, such as a map whose keys are no texts.
    #[error("the value has no form in JSON")]
    NotJson,
}

/// The canonical JSON of `value`: members sorted by the bytes of their names, nothing between the tokens, UTF-8, only what must be
/// escaped.
///
/// # Errors
///
/// Where a number is no integer of at most 2^53 − 1, or the value is not JSON.
pub fn canonical<T: Serialize>(value: &T) -> Result<String, NotCanonical> {
    let value = serde_json::to_value(value).map_err(|_| NotCanonical::NotJson)?;
    let mut text = String::new();
    write(&value, &mut text)?;
    Ok(text)
}

fn write(value: &Value, text: &mut String) -> Result<(), NotCanonical> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => {
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            if size.is_none_or(|s| s > LARGEST) {
                return Err(NotCanonical::Number);
            }
            text.push_str(&number.to_string());
        }
        Value::String(string) => quote(string, text)?,
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write(item, text)?;
            }
            text.push(']');
        }
        Value::Object(members) => {
            // Sorted here: whether serde_json sorts depends on a feature that another crate may turn on.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.as_bytes());
            text.push('{');
            for (at, (name, member)) in members.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                quote(name, text)?;
                text.push(':');
                write(member, text)?;
            }
            text.push('}');
        }
    }
    Ok(())
}

/// serde_json escapes exactly what RFC 8785 asks for: the quote, the backslash and what is below a space.
fn quote(string: &str, text: &mut String) -> Result<(), NotCanonical> {
    text.push_str(&serde_json::to_string(string).map_err(|_| NotCanonical::NotJson)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_value_has_one_text() {
        let cases = [
            (json!({"b": 1, "a": [true, null, -5]}), r#"{"a":[true,null,-5],"b":1}"#, "members by their bytes"),
            (json!({"aa": 1, "a": 2, "B": 3}), r#"{"B":3,"a":2,"aa":1}"#, "upper case is before lower case"),
            (
                json!("q\" b\\ n\n t\t\u{1}\u{7f} é 🎟"),
                "\"q\\\" b\\\\ n\\n t\\t\\u0001\u{7f} é 🎟\"",
                "only what must be",
            ),
            (json!({}), "{}", "nothing in it"),
        ];
        for (value, text, why) in cases {
            assert_eq!(canonical(&value).as_deref(), Ok(text), "{why}");
        }
    }

    #[test]
    fn numbers_that_readers_differ_on_have_none() {
        let cases =
            [json!(1.5), json!(9_007_199_254_740_992u64), json!(-9_007_199_254_740_992i64), json!([{"a": 0.1}])];
        for value in cases {
            assert_eq!(canonical(&value), Err(NotCanonical::Number), "{value}");
        }
        assert_eq!(canonical(&9_007_199_254_740_991u64).as_deref(), Ok("9007199254740991"), "the largest exact one");
    }
}
