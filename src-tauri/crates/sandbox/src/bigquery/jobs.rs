//! Jobs: loads of uploaded NDJSON, copies and queries, each run once per job id.

use super::error::Refused;
use super::project::{Answer, Job, Name, Project};
use super::table::{Row, Table, fields_of};
use serde_json::{Map, Value, json};

impl Project {
    /// Runs a job unless its id was used before; the job resource, or a refusal that left nothing behind.
    pub(crate) fn run_job(&mut self, project: &str, job: &Value, data: &[u8], now: i64) -> Result<Value, Refused> {
        let reference = &job["jobReference"];
        let id = reference["jobId"].as_str().map_or_else(|| self.fresh_id(), str::to_owned);
        let location = reference["location"].as_str().unwrap_or("US");
        if self.jobs.contains_key(&id) {
            return Err(Refused::new(409, "duplicate", format!("Already Exists: Job {project}:{location}.{id}")));
        }
        let configuration = &job["configuration"];
        let dry = configuration["dryRun"].as_bool().unwrap_or(false);
        let (kind, outcome) = if configuration["load"].is_object() {
            ("LOAD", self.load(&configuration["load"], data, now))
        } else if configuration["query"].is_object() {
            ("QUERY", self.query(&configuration["query"], dry, now))
        } else if configuration["copy"].is_object() {
            ("COPY", self.copy(&configuration["copy"], now))
        } else {
            return Err(Refused::new(400, "required", "Required parameter is missing: configuration"));
        };
        if dry && let Err(refused) = outcome {
            return Err(refused);
        }
        let mut status = json!({"state": "DONE"});
        let mut statistics =
            json!({"creationTime": now.to_string(), "startTime": now.to_string(), "endTime": now.to_string()});
        let result = match outcome {
            Ok(answer) => {
                if kind == "LOAD" {
                    statistics["load"] = json!({
                        "inputFiles": "1",
                        "inputFileBytes": data.len().to_string(),
                        "outputRows": answer.inserted.to_string(),
                        "outputBytes": answer.bytes.to_string(),
                        "badRecords": "0",
                    });
                } else if kind == "QUERY" {
                    statistics["query"] = query_statistics(&answer);
                    statistics["totalBytesProcessed"] = json!(answer.bytes.to_string());
                }
                Some(answer)
            }
            Err(refused) => {
                status["errorResult"] = refused.proto();
                status["errors"] = json!([refused.proto()]);
                None
            }
        };
        let resource = json!({
            "kind": "bigquery#job",
            "id": format!("{project}:{location}.{id}"),
            "jobReference": {"projectId": project, "jobId": id, "location": location},
            "configuration": configuration,
            "status": status,
            "statistics": statistics,
        });
        if dry {
            return Ok(resource);
        }
        let job = Job { resource, result, running: self.quirks.running_polls };
        let told = told_now(&job);
        self.jobs.insert(id, job);
        Ok(told)
    }

    fn fresh_id(&mut self) -> String {
        self.made_jobs += 1;
        format!("job_sandbox_{:08}", self.made_jobs)
    }

    /// A job as it stands; each look brings a slow one nearer to its end.
    pub(crate) fn job(&mut self, id: &str) -> Result<&mut Job, Refused> {
        self.jobs.get_mut(id).ok_or_else(|| Refused::not_found(&format!("Job {id}")))
    }

    fn load(&mut self, load: &Value, data: &[u8], now: i64) -> Result<Answer, Refused> {
        let name =
            Name::of(&load["destinationTable"]).ok_or_else(|| Refused::invalid("destinationTable is missing"))?;
        let format = load["sourceFormat"].as_str().unwrap_or("CSV");
        if format != "NEWLINE_DELIMITED_JSON" {
            return Err(Refused::invalid(format!("The stand-in loads NEWLINE_DELIMITED_JSON, not {format}")));
        }
        let exists = self.dataset(&name.dataset)?.tables.contains_key(&name.table);
        if !exists {
            let may_create = load["createDisposition"].as_str() != Some("CREATE_NEVER");
            if !may_create || !load["schema"].is_object() {
                return Err(Refused::not_found(&format!("Table {name}")));
            }
            self.create_table(&name, load, now)?;
            self.dataset(&name.dataset)?.tables.entry(name.table.clone()).and_modify(|t| {
                t.unseen = 0;
                // Of a load's configuration only these belong to the table.
                t.resource.retain(|key, _| ["timePartitioning", "clustering"].contains(&key.as_str()));
            });
        }
        let quirks = self.quirks.clone();
        let table = self.table(&name)?;
        let disposition = load["writeDisposition"].as_str().unwrap_or("WRITE_APPEND");
        if disposition == "WRITE_EMPTY" && !table.rows.is_empty() {
            return Err(Refused::new(409, "duplicate", format!("Already Exists: Table {name}")));
        }
        let options = load["schemaUpdateOptions"].as_array().map_or(&[][..], Vec::as_slice);
        if load["schema"].is_object() {
            let fields = fields_of(&load["schema"])?;
            let adds = fields.iter().any(|f| table.column(&f.name).is_none());
            if disposition == "WRITE_TRUNCATE" {
                table.fields = fields;
            } else if adds && !options.iter().any(|o| o == "ALLOW_FIELD_ADDITION") {
                return Err(Refused::invalid(format!("Provided Schema does not match Table {name}.")));
            } else if adds {
                table.widen(fields)?;
            }
        }
        let ignore = load["ignoreUnknownValues"].as_bool().unwrap_or(false);
        let rows = read_lines(table, data, ignore, quirks.rejected_field.as_deref(), quirks.poison.as_deref())?;
        let answer = Answer {
            inserted: rows.len() as u64,
            bytes: rows.iter().map(|row| table.row_bytes(row)).sum(),
            statement: "LOAD",
            ..Answer::default()
        };
        if disposition == "WRITE_TRUNCATE" {
            table.rows = rows;
        } else {
            table.rows.extend(rows);
        }
        table.modified = now;
        Ok(answer)
    }

    fn copy(&mut self, copy: &Value, now: i64) -> Result<Answer, Refused> {
        let source = Name::of(&copy["sourceTable"]).or_else(|| Name::of(&copy["sourceTables"][0]));
        let source = source.ok_or_else(|| Refused::invalid("sourceTable is missing"))?;
        let target =
            Name::of(&copy["destinationTable"]).ok_or_else(|| Refused::invalid("destinationTable is missing"))?;
        let mut table = self.table(&source)?.clone();
        table.created = now;
        table.modified = now;
        let overwrite = copy["writeDisposition"].as_str() == Some("WRITE_TRUNCATE");
        let dataset = self.dataset(&target.dataset)?;
        if dataset.tables.get(&target.table).is_some_and(|t| !t.rows.is_empty()) && !overwrite {
            return Err(Refused::new(409, "duplicate", format!("Already Exists: Table {target}")));
        }
        let inserted = table.rows.len() as u64;
        dataset.tables.insert(target.table, table);
        Ok(Answer { inserted, statement: "COPY", ..Answer::default() })
    }
}

/// A job as `jobs.insert` answers with it: not done yet where it takes polls.
pub(crate) fn told_now(job: &Job) -> Value {
    let mut told = job.resource.clone();
    if job.running > 0 {
        told["status"] = json!({"state": "RUNNING"});
    }
    told
}

pub(crate) fn query_statistics(answer: &Answer) -> Value {
    let mut told = json!({
        "statementType": answer.statement,
        "totalBytesProcessed": answer.bytes.to_string(),
        "totalBytesBilled": answer.billed.to_string(),
        "cacheHit": false,
    });
    if answer.inserted + answer.updated + answer.deleted > 0 || answer.statement == "MERGE" {
        told["numDmlAffectedRows"] = json!((answer.inserted + answer.updated + answer.deleted).to_string());
        told["dmlStats"] = json!({
            "insertedRowCount": answer.inserted.to_string(),
            "updatedRowCount": answer.updated.to_string(),
            "deletedRowCount": answer.deleted.to_string(),
        });
    }
    told
}

fn read_lines(
    table: &Table,
    data: &[u8],
    ignore_unknown: bool,
    rejected: Option<&str>,
    poison: Option<&str>,
) -> Result<Vec<Row>, Refused> {
    let mut rows = Vec::new();
    for (nth, line) in data.split(|b| *b == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let bad = |what: String| {
            Refused::invalid(format!(
                "Error while reading data, error message: JSON table encountered too many errors, giving up. Rows: {}; errors: 1. Row {}: {what}",
                nth + 1,
                nth + 1
            ))
        };
        let mut object: Map<String, Value> =
            serde_json::from_slice(line).map_err(|_| bad("Parser terminated before end of string".to_owned()))?;
        if let Some(field) = rejected.filter(|f| object.contains_key(*f)) {
            return Err(bad(format!("No such field: {field}.")));
        }
        if poison.is_some_and(|p| String::from_utf8_lossy(line).contains(p)) {
            return Err(bad("Could not convert value.".to_owned()));
        }
        if ignore_unknown {
            object.retain(|name, _| table.column(name).is_some());
        }
        rows.push(table.read_row(&object).map_err(bad)?);
    }
    Ok(rows)
}
