//! Our tables in BigQuery's words, and what a table that is already there takes.

use crate::fault;
use backroom_core::table::{Column, Kind, TableSpec};
use backroom_core::{Fault, FaultClass};
use gcp_bigquery_client::model::clustering::Clustering;
use gcp_bigquery_client::model::field_type::FieldType;
use gcp_bigquery_client::model::table::Table as Resource;
use gcp_bigquery_client::model::table_field_schema::TableFieldSchema;
use gcp_bigquery_client::model::table_schema::TableSchema;
use gcp_bigquery_client::model::time_partitioning::TimePartitioning;
use serde_json::{Value, json};

fn field_type(kind: Kind) -> FieldType {
    match kind {
        Kind::Text => FieldType::String,
        Kind::Int => FieldType::Integer,
        Kind::Numeric => FieldType::Numeric,
        Kind::Timestamp => FieldType::Timestamp,
        Kind::Date => FieldType::Date,
        Kind::Bool => FieldType::Boolean,
    }
}

fn field(column: &Column) -> TableFieldSchema {
    let mut field = TableFieldSchema::new(column.name, field_type(column.kind));
    if !column.about.is_empty() {
        field.description = Some(column.about.to_owned());
    }
    field
}

fn as_value(what: impl serde::Serialize) -> Value {
    serde_json::to_value(what).unwrap_or(Value::Null)
}

/// The schema of our columns.
pub(crate) fn schema(columns: &[Column]) -> Value {
    as_value(TableSchema::new(columns.iter().map(field).collect()))
}

/// A new table for readers: partitioned by day, clustered, described.
pub(crate) fn table(project: &str, dataset: &str, spec: &TableSpec) -> Value {
    let schema = TableSchema::new(spec.columns.iter().map(field).collect());
    let mut resource = Resource::new(project, dataset, spec.name, schema);
    resource.description =
        Some("Kept by Backroom: one row a key, newest version. Deleted rows are flagged.".to_owned());
    if spec.columns.iter().any(|c| c.name == spec.partition) {
        resource.time_partitioning = Some(TimePartitioning::per_day().field(spec.partition));
    }
    if let Some(clustering) = clustering(spec) {
        resource.clustering = Some(clustering);
    }
    as_value(resource)
}

/// The clustering columns of a table; none where it has none.
pub(crate) fn clustering(spec: &TableSpec) -> Option<Clustering> {
    let fields = spec.cluster.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
    (!fields.is_empty()).then_some(Clustering { fields: Some(fields) })
}

/// A staging table: our own types, gone by itself at `expires_ms` (milliseconds since 1970).
pub(crate) fn staging(project: &str, dataset: &str, name: &str, columns: &[Column], expires_ms: i64) -> Value {
    let schema = TableSchema::new(columns.iter().map(field).collect());
    let mut resource = Resource::new(project, dataset, name, schema);
    resource.expiration_time = Some(expires_ms.to_string());
    as_value(resource)
}

/// What is known of a table that readers see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The type to cast each of our columns to, where the table's differs from ours; in the order of our columns.
    pub(crate) casts: Vec<Option<&'static str>>,
    /// Whether a merge that names dates reads only their partitions.
    pub(crate) partitioned: bool,
    /// Bytes in it when it was last looked at.
    pub(crate) bytes: u64,
}

/// What has to be done so that a table takes our rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fit {
    pub(crate) target: Target,
    /// All fields as they should be, with ours appended; none where nothing is missing.
    pub(crate) widened: Option<Vec<Value>>,
}

/// Compares a table as it is with our columns.
///
/// # Errors
/// `Schema` where a column of ours is there with a type that cannot hold it, or where one that we do not have must be
/// filled.
pub(crate) fn fit(resource: &Value, spec: &TableSpec) -> Result<Fit, Fault> {
    let fields = resource["schema"]["fields"].as_array().map_or(&[][..], Vec::as_slice);
    let refuse = |what: String| {
        Fault::new(FaultClass::Schema, "BIGQUERY_SCHEMA", format!("The BigQuery table {} {what}.", spec.name))
            .with_hint("Change or rename the table in BigQuery; rows wait here and go out when it fits.")
    };
    if let Some(kind) = resource["type"].as_str().filter(|kind| *kind != "TABLE") {
        return Err(refuse(format!("is not a table but a {}", kind.to_ascii_lowercase().replace('_', " "))));
    }
    let mut casts = Vec::with_capacity(spec.columns.len());
    let mut added = Vec::new();
    for column in spec.columns {
        let Some(there) = fields.iter().find(|f| named(f, column.name)) else {
            casts.push(None);
            added.push(as_value(field(column)));
            continue;
        };
        let kind = there["type"].as_str().unwrap_or_default();
        let cast = if there["mode"] == "REPEATED" { None } else { cast(column.kind, kind) };
        casts.push(cast.ok_or_else(|| refuse(format!("has a column {} of another type", column.name)))?);
    }
    let ours = |f: &Value| spec.columns.iter().any(|c| named(f, c.name));
    if let Some(must) =
        fields.iter().find(|f| f["mode"] == "REQUIRED" && f["defaultValueExpression"].is_null() && !ours(f))
    {
        // The name of a column is the owner's own; it holds no row's data.
        let name: String = must["name"].as_str().unwrap_or("?").chars().take(60).collect();
        return Err(refuse(format!("demands a column {name} that Backroom does not have")));
    }
    let partition = &resource["timePartitioning"];
    let target = Target {
        casts,
        partitioned: partition["field"].as_str().is_some_and(|f| f.eq_ignore_ascii_case(spec.partition)),
        bytes: resource["numBytes"].as_str().and_then(|b| b.parse().ok()).unwrap_or(0),
    };
    let widened = (!added.is_empty()).then(|| fields.iter().cloned().chain(added).collect());
    Ok(Fit { target, widened })
}

fn named(field: &Value, name: &str) -> bool {
    field["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case(name))
}

/// How a value of ours gets into a column of type `there`: `Some(None)` as it is, `Some(Some(type))` by a cast.
fn cast(ours: Kind, there: &str) -> Option<Option<&'static str>> {
    match (ours, there) {
        (Kind::Text, "STRING")
        | (Kind::Int, "INTEGER" | "INT64")
        | (Kind::Numeric, "NUMERIC" | "DECIMAL")
        | (Kind::Timestamp, "TIMESTAMP")
        | (Kind::Date, "DATE")
        | (Kind::Bool, "BOOLEAN" | "BOOL") => Some(None),
        (Kind::Int | Kind::Numeric, "FLOAT" | "FLOAT64") => Some(Some("FLOAT64")),
        (Kind::Int | Kind::Numeric, "BIGNUMERIC" | "BIGDECIMAL") => Some(Some("BIGNUMERIC")),
        (Kind::Int, "NUMERIC" | "DECIMAL") => Some(Some("NUMERIC")),
        _ => None,
    }
}

/// The body of a patch that appends columns.
pub(crate) fn widening(fields: &[Value]) -> Value {
    json!({"schema": {"fields": fields}})
}

/// Whether a fault says that a table is not there.
pub(crate) fn is_missing(fault: &Fault) -> bool {
    fault.class == FaultClass::NotFound
        && [fault::NO_TABLE, fault::NO_DATASET, fault::STAGING_GONE].contains(&fault.code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use backroom_core::table::Table;

    #[test]
    fn new_tables() {
        for table_of in Table::ALL {
            let resource = table("example-project", "analytics", &table_of.spec());
            insta::assert_json_snapshot!(table_of.name(), resource);
        }
    }

    fn existing(change: impl Fn(&mut Vec<Value>)) -> Value {
        let mut resource = table("p", "d", &Table::SquareRefunds.spec());
        change(resource["schema"]["fields"].as_array_mut().unwrap());
        resource
    }

    fn set(fields: &mut [Value], name: &str, key: &str, value: &str) {
        fields.iter_mut().find(|f| f["name"] == name).unwrap()[key] = json!(value);
    }

    #[test]
    fn a_table_of_ours_fits_as_it_is() {
        let fit = fit(&existing(|_| {}), &Table::SquareRefunds.spec()).unwrap();
        assert_eq!(fit.widened, None);
        assert!(fit.target.partitioned);
        assert!(fit.target.casts.iter().all(Option::is_none));
    }

    #[test]
    fn a_float_column_is_cast_and_missing_columns_are_appended_with_all_else_kept() {
        let resource = existing(|fields| {
            set(fields, "amount", "type", "FLOAT");
            fields.retain(|f| !["_version", "_obs", "reason"].contains(&f["name"].as_str().unwrap()));
            fields.push(json!({"name": "note", "type": "RANGE", "rangeElementType": {"type": "DATE"}}));
            fields.push(json!({"name": "must", "type": "STRING", "mode": "REQUIRED", "defaultValueExpression": "''"}));
        });
        let spec = Table::SquareRefunds.spec();
        let fit = fit(&resource, &spec).unwrap();
        let amount = spec.columns.iter().position(|c| c.name == "amount").unwrap();
        assert_eq!(fit.target.casts[amount], Some("FLOAT64"));
        let widened = fit.widened.expect("columns are missing");
        let before = resource["schema"]["fields"].as_array().unwrap();
        assert_eq!(
            &widened[..before.len()],
            &before[..],
            "what is there is handed back unchanged, unknown types included"
        );
        let names: Vec<_> = widened[before.len()..].iter().map(|f| f["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["reason", "_version", "_obs"], "only what is missing, in our order");
    }

    #[test]
    fn tables_that_cannot_hold_our_rows_are_refused_in_words() {
        let spec = Table::SquareRefunds.spec();
        let cases = [
            (existing(|f| set(f, "amount", "type", "STRING")), "amount", "money in a text column"),
            (existing(|f| set(f, "created_at", "type", "DATETIME")), "created_at", "a time without a zone"),
            (existing(|f| set(f, "status", "mode", "REPEATED")), "status", "a list"),
            (existing(|f| f.push(json!({"name": "must", "type": "STRING", "mode": "REQUIRED"}))), "must", "a demand"),
            (
                {
                    let mut r = existing(|_| {});
                    r["type"] = json!("MATERIALIZED_VIEW");
                    r
                },
                "materialized view",
                "a view",
            ),
        ];
        for (resource, word, why) in cases {
            let fault = fit(&resource, &spec).expect_err(why);
            assert_eq!(fault.class, FaultClass::Schema, "{why}");
            assert!(fault.message.contains(word), "{why}: {}", fault.message);
        }
    }

    #[test]
    fn an_unpartitioned_table_is_taken_unpruned() {
        let mut resource = existing(|_| {});
        resource.as_object_mut().unwrap().remove("timePartitioning");
        assert!(!fit(&resource, &Table::SquareRefunds.spec()).unwrap().target.partitioned);
    }
}
