//! A table: its columns, and rows in one canonical text form per type.

use super::error::Refused;
use backroom_core::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    String,
    Integer,
    Float,
    Numeric,
    Boolean,
    Timestamp,
    Date,
    Datetime,
    Json,
    Bytes,
}

impl Kind {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let base = name.split('(').next().unwrap_or(name).trim().to_ascii_uppercase();
        Some(match base.as_str() {
            "STRING" => Self::String,
            "INTEGER" | "INT64" | "INT" => Self::Integer,
            "FLOAT" | "FLOAT64" => Self::Float,
            "NUMERIC" | "BIGNUMERIC" | "DECIMAL" => Self::Numeric,
            "BOOLEAN" | "BOOL" => Self::Boolean,
            "TIMESTAMP" => Self::Timestamp,
            "DATE" => Self::Date,
            "DATETIME" | "TIME" => Self::Datetime,
            "JSON" => Self::Json,
            "BYTES" => Self::Bytes,
            _ => return None,
        })
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::String => "STRING",
            Self::Integer => "INTEGER",
            Self::Float => "FLOAT",
            Self::Numeric => "NUMERIC",
            Self::Boolean => "BOOLEAN",
            Self::Timestamp => "TIMESTAMP",
            Self::Date => "DATE",
            Self::Datetime => "DATETIME",
            Self::Json => "JSON",
            Self::Bytes => "BYTES",
        }
    }

    /// A JSON value in canonical text, or what is wrong with it.
    fn read(self, value: &Value) -> Result<Option<Box<str>>, String> {
        let text = match value {
            Value::Null => return Ok(None),
            Value::String(text) => text.clone(),
            Value::Bool(yes) => yes.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Array(_) | Value::Object(_) if self == Self::Json => value.to_string(),
            Value::Array(_) | Value::Object(_) => return Err(format!("a {} is not a list or a record", self.name())),
        };
        let bad = || format!("Could not parse `{}` as {}", text.chars().take(40).collect::<String>(), self.name());
        let canonical = match self {
            Self::String | Self::Json | Self::Bytes | Self::Datetime => text,
            Self::Integer => text.parse::<i64>().map_err(|_| bad())?.to_string(),
            Self::Float => text.parse::<f64>().map_err(|_| bad())?.to_string(),
            Self::Numeric => numeric(&text).ok_or_else(bad)?,
            Self::Boolean => match text.to_ascii_lowercase().as_str() {
                "true" => "true".to_owned(),
                "false" => "false".to_owned(),
                _ => return Err(bad()),
            },
            Self::Timestamp => match value {
                Value::Number(seconds) => {
                    let micros = seconds.as_f64().ok_or_else(bad)? * 1e6;
                    (micros as i64).to_string()
                }
                _ => timestamp(&text).ok_or_else(bad)?.to_string(),
            },
            Self::Date => {
                backroom_core::BusinessDay::parse(&text).map_err(|_| bad())?;
                text
            }
        };
        Ok(Some(canonical.into_boxed_str()))
    }

    /// What Google counts for a value.
    fn bytes(self, value: Option<&str>) -> u64 {
        match (self, value) {
            (_, None) => 0,
            (Self::String | Self::Json | Self::Bytes, Some(text)) => 2 + text.len() as u64,
            (Self::Numeric, _) => 16,
            (Self::Boolean, _) => 1,
            _ => 8,
        }
    }
}

/// RFC 3339, or SQL's form with a blank, in microseconds.
pub(crate) fn timestamp(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches(" UTC");
    let mut text = text.replacen(' ', "T", 1);
    if text.len() == 10 {
        text.push_str("T00:00:00");
    }
    if let Some(base) = text.strip_suffix("+00") {
        text = format!("{base}Z");
    }
    let zoned = text.ends_with('Z') || text.get(10..)?.contains(['+', '-']);
    if !zoned {
        text.push('Z');
    }
    Timestamp::parse(&text).ok().map(Timestamp::micros)
}

/// A decimal of at most 29 digits before and 9 after the point, without leading or trailing zeros.
fn numeric(text: &str) -> Option<String> {
    let (sign, digits) = match text.trim().strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.trim().trim_start_matches('+')),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    if digits.is_empty() || !plain(whole) || !plain(fraction) || whole.len() > 29 || fraction.len() > 9 {
        return None;
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if whole == "0" && fraction.is_empty() { "" } else { sign };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    pub(crate) description: Option<String>,
}

impl Field {
    pub(crate) fn new(name: &str, kind: Kind) -> Self {
        Self { name: name.to_owned(), kind, required: false, description: None }
    }

    fn parse(value: &Value) -> Result<Self, Refused> {
        let name = value["name"].as_str().filter(|n| !n.is_empty());
        let name = name.ok_or_else(|| Refused::invalid("Invalid field name."))?;
        let type_name = value["type"].as_str().unwrap_or_default();
        let kind = Kind::parse(type_name)
            .ok_or_else(|| Refused::invalid(format!("Invalid value for type: {type_name} is not a valid value")))?;
        Ok(Self {
            name: name.to_owned(),
            kind,
            required: value["mode"].as_str() == Some("REQUIRED"),
            description: value["description"].as_str().map(str::to_owned),
        })
    }

    fn tell(&self) -> Value {
        let mode = if self.required { "REQUIRED" } else { "NULLABLE" };
        let mut value = json!({"name": self.name, "type": self.kind.name(), "mode": mode});
        if let Some(about) = &self.description {
            value["description"] = json!(about);
        }
        value
    }
}

/// Columns of a table resource or a load configuration.
pub(crate) fn fields_of(schema: &Value) -> Result<Vec<Field>, Refused> {
    schema["fields"].as_array().map_or(Ok(Vec::new()), |list| list.iter().map(Field::parse).collect())
}

pub(crate) fn schema_of(fields: &[Field]) -> Value {
    json!({"fields": fields.iter().map(Field::tell).collect::<Vec<_>>()})
}

/// Values in the order of the columns; columns added later may be missing at the end.
pub(crate) type Row = Box<[Option<Box<str>>]>;

/// A table with its rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) fields: Vec<Field>,
    pub(crate) rows: Vec<Row>,
    /// What the creator said beside the schema: partitioning, clustering, description, labels, expiration.
    pub(crate) resource: Map<String, Value>,
    pub(crate) created: i64,
    pub(crate) modified: i64,
    /// Requests that still do not see it: a new table is not everywhere at once.
    pub(crate) unseen: u32,
    /// Rows streamed with an insert id.
    pub(crate) insert_ids: std::collections::HashSet<String>,
}

impl Table {
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|f| f.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn cell(row: &Row, column: usize) -> Option<&str> {
        row.get(column).and_then(|cell| cell.as_deref())
    }

    /// The column that days are cut by.
    pub(crate) fn partition_column(&self) -> Option<usize> {
        self.column(self.resource.get("timePartitioning")?["field"].as_str()?)
    }

    pub(crate) fn row_bytes(&self, row: &Row) -> u64 {
        self.fields.iter().enumerate().map(|(n, f)| f.kind.bytes(Self::cell(row, n))).sum()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.rows.iter().map(|row| self.row_bytes(row)).sum()
    }

    /// Reads a JSON object as a row, or tells what is wrong.
    pub(crate) fn read_row(&self, object: &Map<String, Value>) -> Result<Row, String> {
        let mut row: Vec<Option<Box<str>>> = vec![None; self.fields.len()];
        for (name, value) in object {
            let column = self.column(name).ok_or_else(|| format!("No such field: {name}."))?;
            row[column] = self.fields[column].kind.read(value).map_err(|e| format!("{e}; field: {name}."))?;
        }
        match self.fields.iter().zip(&row).find(|(field, cell)| field.required && cell.is_none()) {
            Some((field, _)) => Err(format!("Missing required field: {}.", field.name)),
            None => Ok(row.into_boxed_slice()),
        }
    }

    /// A row as JSON text values by column name; null where empty.
    pub(crate) fn tell_row(&self, row: &Row) -> BTreeMap<String, Option<String>> {
        let cells = self.fields.iter().enumerate();
        cells.map(|(n, field)| (field.name.clone(), self.plain(row, n))).collect()
    }

    /// A cell as a person writes it: times in RFC 3339.
    pub(crate) fn plain(&self, row: &Row, column: usize) -> Option<String> {
        let text = Self::cell(row, column)?;
        match (self.fields[column].kind, text.parse::<i64>()) {
            (Kind::Timestamp, Ok(micros)) => Some(Timestamp::from_micros(micros).to_rfc3339()),
            _ => Some(text.to_owned()),
        }
    }

    /// Takes a new schema: columns may be added and loosened, nothing else.
    pub(crate) fn widen(&mut self, fields: Vec<Field>) -> Result<(), Refused> {
        for old in &self.fields {
            let Some(new) = fields.iter().find(|f| f.name.eq_ignore_ascii_case(&old.name)) else {
                return Err(Refused::invalid(format!(
                    "Provided Schema does not match Table. Field {} is missing in new schema",
                    old.name
                )));
            };
            if new.kind != old.kind {
                return Err(Refused::invalid(format!(
                    "Provided Schema does not match Table. Field {} has changed type from {} to {}",
                    old.name,
                    old.kind.name(),
                    new.kind.name()
                )));
            }
        }
        for new in fields {
            match self.fields.iter_mut().find(|f| f.name.eq_ignore_ascii_case(&new.name)) {
                Some(old) => {
                    old.required &= new.required;
                    old.description = new.description.or(old.description.take());
                }
                None if new.required => {
                    return Err(Refused::invalid(format!("Field {} cannot be added as REQUIRED", new.name)));
                }
                None => self.fields.push(new),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{numeric, timestamp};

    #[test]
    fn decimals_have_one_form() {
        for (given, wanted) in [
            ("12.50", Some("12.5")),
            ("-0.00", Some("0")),
            ("007", Some("7")),
            (".5", Some("0.5")),
            ("1e5", None),
            ("", None),
            ("1.0000000001", None),
            ("-3.10", Some("-3.1")),
        ] {
            assert_eq!(numeric(given).as_deref(), wanted, "{given}");
        }
    }

    #[test]
    fn times_are_read_in_the_forms_that_bigquery_takes() {
        let noon = Some(1_795_176_000_000_000);
        for text in ["2026-11-20T12:00:00Z", "2026-11-20 12:00:00", "2026-11-20 12:00:00 UTC", "2026-11-20 12:00:00+00"]
        {
            assert_eq!(timestamp(text), noon, "{text}");
        }
        assert_eq!(timestamp("yesterday 00"), None);
    }
}
