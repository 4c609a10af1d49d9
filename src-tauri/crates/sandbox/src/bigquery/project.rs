//! The state of a project: datasets, tables and jobs.

use super::error::Refused;
use super::table::{Field, Table, fields_of, schema_of};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};

/// A dataset's tables and place.
pub(crate) struct Dataset {
    pub(crate) location: String,
    pub(crate) tables: BTreeMap<String, Table>,
}

/// A job that was run, as `jobs.get` tells it, and the rows of its result.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) resource: Value,
    pub(crate) result: Option<Answer>,
    /// `jobs.get` calls that still say RUNNING.
    pub(crate) running: u32,
}

/// Rows that a query gave.
#[derive(Clone, Default)]
pub(crate) struct Answer {
    pub(crate) fields: Vec<Field>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
    pub(crate) inserted: u64,
    pub(crate) updated: u64,
    pub(crate) deleted: u64,
    pub(crate) bytes: u64,
    pub(crate) billed: u64,
    pub(crate) statement: &'static str,
}

/// Behaviour that can be chosen at run time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BigQueryQuirks {
    /// Requests for which a table stays unseen (404) after its creation.
    pub unseen_after_create: u32,
    /// Polls for which a job says RUNNING.
    pub running_polls: u32,
    /// Loads with this field fail as if the table had no such column.
    pub rejected_field: Option<String>,
    /// A row that contains this text is one that BigQuery cannot read.
    pub poison: Option<String>,
}

/// A project.
#[derive(Default)]
pub(crate) struct Project {
    pub(crate) datasets: BTreeMap<String, Dataset>,
    pub(crate) jobs: HashMap<String, Job>,
    pub(crate) quirks: BigQueryQuirks,
    pub(crate) made_jobs: u64,
}

/// A table by dataset and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) dataset: String,
    pub(crate) table: String,
}

impl Name {
    pub(crate) fn new(dataset: &str, table: &str) -> Self {
        Self { dataset: dataset.to_owned(), table: table.to_owned() }
    }

    /// From a `TableReference`.
    pub(crate) fn of(reference: &Value) -> Option<Self> {
        Some(Self::new(reference["datasetId"].as_str()?, reference["tableId"].as_str()?))
    }

    /// From `project.dataset.table` or `dataset.table`, with or without backticks.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let clean = text.replace('`', "");
        let mut parts = clean.rsplitn(3, '.');
        let (table, dataset) = (parts.next()?, parts.next()?);
        Some(Self::new(dataset.trim(), table.trim()))
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.dataset, self.table)
    }
}

impl Project {
    pub(crate) fn dataset(&mut self, id: &str) -> Result<&mut Dataset, Refused> {
        self.datasets.get_mut(id).ok_or_else(|| Refused::not_found(&format!("Dataset {id}")))
    }

    /// A table for work on its rows; a fresh one may not be seen yet.
    pub(crate) fn table(&mut self, name: &Name) -> Result<&mut Table, Refused> {
        let missing = || Refused::not_found(&format!("Table {name}"));
        let table = self.dataset(&name.dataset)?.tables.get_mut(&name.table).ok_or_else(missing)?;
        if table.unseen > 0 {
            table.unseen -= 1;
            return Err(missing());
        }
        Ok(table)
    }

    pub(crate) fn create_table(&mut self, name: &Name, resource: &Value, now: i64) -> Result<(), Refused> {
        let unseen = self.quirks.unseen_after_create;
        let fields = fields_of(&resource["schema"])?;
        let dataset = self.dataset(&name.dataset)?;
        if dataset.tables.contains_key(&name.table) {
            return Err(Refused::new(409, "duplicate", format!("Already Exists: Table {name}")));
        }
        let mut kept = resource.as_object().cloned().unwrap_or_default();
        kept.remove("schema");
        kept.remove("tableReference");
        if let Some(field) = kept.get("timePartitioning").and_then(|p| p["field"].as_str())
            && !fields.iter().any(|f| f.name == field)
        {
            return Err(Refused::invalid(format!(
                "The field specified for partitioning cannot be found in the schema: {field}"
            )));
        }
        let table = Table { fields, resource: kept, created: now, modified: now, unseen, ..Table::default() };
        dataset.tables.insert(name.table.clone(), table);
        Ok(())
    }

    pub(crate) fn patch_table(&mut self, name: &Name, resource: &Value, now: i64) -> Result<(), Refused> {
        let missing = || Refused::not_found(&format!("Table {name}"));
        let table = self.dataset(&name.dataset)?.tables.get_mut(&name.table).ok_or_else(missing)?;
        if let Some(schema) = resource.get("schema") {
            table.widen(fields_of(schema)?)?;
        }
        for key in ["description", "labels", "expirationTime", "friendlyName", "requirePartitionFilter", "clustering"] {
            if let Some(value) = resource.get(key) {
                table.resource.insert(key.to_owned(), value.clone());
            }
        }
        table.modified = now;
        Ok(())
    }

    pub(crate) fn tell_table(&self, project: &str, name: &Name) -> Result<Value, Refused> {
        let dataset = self.datasets.get(&name.dataset);
        let dataset = dataset.ok_or_else(|| Refused::not_found(&format!("Dataset {}", name.dataset)))?;
        let table = dataset.tables.get(&name.table).ok_or_else(|| Refused::not_found(&format!("Table {name}")))?;
        let mut told: Map<String, Value> = table.resource.clone();
        let more = json!({
            "kind": "bigquery#table",
            "etag": format!("\"{}-{}\"", table.modified, table.fields.len()),
            "id": format!("{project}:{name}"),
            "tableReference": {"projectId": project, "datasetId": name.dataset, "tableId": name.table},
            "schema": schema_of(&table.fields),
            "numRows": table.rows.len().to_string(),
            "numBytes": table.bytes().to_string(),
            "creationTime": table.created.to_string(),
            "lastModifiedTime": table.modified.to_string(),
            "type": "TABLE",
            "location": dataset.location,
        });
        if let Value::Object(more) = more {
            told.extend(more);
        }
        Ok(Value::Object(told))
    }

    pub(crate) fn tell_dataset(&self, project: &str, id: &str) -> Result<Value, Refused> {
        let dataset = self.datasets.get(id).ok_or_else(|| Refused::not_found(&format!("Dataset {id}")))?;
        Ok(json!({
            "kind": "bigquery#dataset",
            "etag": "\"1\"",
            "id": format!("{project}:{id}"),
            "datasetReference": {"projectId": project, "datasetId": id},
            "location": dataset.location,
        }))
    }

    pub(crate) fn create_dataset(&mut self, id: &str, location: &str) -> Result<(), Refused> {
        if self.datasets.contains_key(id) {
            return Err(Refused::new(409, "duplicate", format!("Already Exists: Dataset {id}")));
        }
        self.datasets.insert(id.to_owned(), Dataset { location: location.to_owned(), tables: BTreeMap::new() });
        Ok(())
    }
}
