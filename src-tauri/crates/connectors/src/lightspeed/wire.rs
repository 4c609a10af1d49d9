//! Lightspeed's JSON as it comes: every value may be text, a lone child is an object instead of a list, an absent one is missing
//! or empty text, and a reference to nothing is `"0"`.

use crate::oddities::Oddities;
use backroom_core::{Timestamp, money};
use serde_json::{Map, Value};

/// An object of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Object<'a>(&'a Map<String, Value>);

impl<'a> Object<'a> {
    /// The object in `value`, where it is one.
    pub(crate) fn of(value: &'a Value) -> Option<Self> {
        value.as_object().map(Self)
    }

    /// The first of several spellings of a field that is there.
    fn value(self, names: &[&str]) -> Option<&'a Value> {
        names.iter().find_map(|name| self.0.get(*name)).filter(|v| !v.is_null())
    }

    /// Text that says something; a number or truth value as text.
    pub(crate) fn text(self, names: &[&str]) -> Option<String> {
        let text = match self.value(names)? {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// The id of another record; none where it points at nothing.
    pub(crate) fn id(self, name: &str) -> Option<String> {
        self.text(&[name]).filter(|id| id != "0")
    }

    /// Whether a field says true; absent is false.
    pub(crate) fn flag(self, name: &str) -> bool {
        matches!(self.text(&[name]).as_deref(), Some("true" | "1"))
    }

    /// A decimal in units of its `places`-th decimal; zero where it is absent, zero and a note where it cannot be read.
    pub(crate) fn decimal(self, name: &str, places: u8, odd: &mut Oddities) -> i64 {
        self.some_decimal(name, places, odd).unwrap_or(0)
    }

    /// The same, none where it is absent or unreadable.
    pub(crate) fn some_decimal(self, name: &str, places: u8, odd: &mut Oddities) -> Option<i64> {
        let text = self.text(&[name])?;
        let read = money::parse_rounded(&text, places);
        if read.is_none() {
            odd.note(format!("field {name} is not a number and was left out"));
        }
        read.map(|(units, _)| units)
    }

    /// A point in time.
    pub(crate) fn time(self, names: &[&str], odd: &mut Oddities) -> Option<Timestamp> {
        let text = self.text(names)?;
        let read = Timestamp::parse(&text).ok();
        if read.is_none() {
            odd.note(format!("field {} is not a time and was left out", names.first().unwrap_or(&"")));
        }
        read
    }

    /// A child object.
    pub(crate) fn child(self, name: &str) -> Option<Self> {
        self.value(&[name]).and_then(Self::of)
    }

    /// The children called `inner` in the wrapper `outer`: none, one or many.
    pub(crate) fn children(self, outer: &str, inner: &str) -> Vec<Self> {
        self.child(outer).map(|wrapper| wrapper.list(inner)).unwrap_or_default()
    }

    /// The objects called `name`: none, one or many.
    pub(crate) fn list(self, name: &str) -> Vec<Self> {
        match self.value(&[name]) {
            Some(Value::Array(items)) => items.iter().filter_map(Self::of).collect(),
            Some(one) => Self::of(one).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// Whether a field is there with something in it.
    pub(crate) fn has(self, name: &str) -> bool {
        self.value(&[name]).is_some()
    }
}
