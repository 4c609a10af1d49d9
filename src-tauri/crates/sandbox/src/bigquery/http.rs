//! BigQuery's REST paths.

use super::Shared;
use super::error::Refused;
use super::jobs::{query_statistics, told_now};
use super::project::{Answer, Name, Project};
use super::table::{Kind, Row, Table, schema_of};
use crate::wire::{FaultKind, Reply, Request, Service, lock};
use backroom_core::Clock;
use serde_json::{Value, json};

/// The JSON part and the data part of a multipart upload.
fn upload_parts(request: &Request) -> Option<(Value, &[u8])> {
    let kind = request.header("content-type")?;
    let boundary = kind.split("boundary=").nth(1)?.split(';').next()?.trim().trim_matches('"');
    let mark = format!("--{boundary}");
    let body = &request.body;
    let first = find(body, mark.as_bytes(), 0)?;
    let second = find(body, mark.as_bytes(), first + mark.len())?;
    let third = body.windows(mark.len()).rposition(|w| w == mark.as_bytes())?;
    let part = |from: usize, to: usize| -> Option<&[u8]> {
        let part = body.get(from + mark.len()..to)?;
        let (head, gap) = match find(part, b"\r\n\r\n", 0) {
            Some(at) => (at, 4),
            None => (find(part, b"\n\n", 0)?, 2),
        };
        let data = &part[head + gap..];
        Some(data.strip_suffix(b"\r\n").or_else(|| data.strip_suffix(b"\n")).unwrap_or(data))
    };
    Some((serde_json::from_slice(part(first, second)?).ok()?, part(second, third)?))
}

fn find(bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    bytes.get(from..)?.windows(needle.len()).position(|w| w == needle).map(|at| at + from)
}

impl Shared {
    fn route(&self, request: &Request, now: i64) -> Result<Reply, Refused> {
        let path = request.path.as_str();
        let upload = path.starts_with("/upload/");
        let parts: Vec<&str> =
            path.split('/').filter(|p| !p.is_empty() && !["upload", "bigquery", "v2"].contains(p)).collect();
        if parts == ["token"] {
            return Ok(Reply::value(
                200,
                &json!({"access_token": "sandbox", "expires_in": 3_600, "token_type": "Bearer"}),
            ));
        }
        let ["projects", project, rest @ ..] = parts.as_slice() else {
            return Err(Refused::not_found(path));
        };
        let json_body = || -> Result<Value, Refused> {
            if request.body.is_empty() {
                return Ok(json!({}));
            }
            serde_json::from_slice(&request.body).map_err(|_| Refused::new(400, "parseError", "Parse Error"))
        };
        let mut state = lock(&self.project);
        let told = match (request.method.as_str(), rest) {
            ("POST", ["jobs"]) if upload => {
                let (job, data) = upload_parts(request).ok_or_else(|| {
                    Refused::new(400, "badContent", "Media type and metadata are sent as multipart/related")
                })?;
                state.run_job(project, &job, data, now)?
            }
            ("POST", ["jobs"]) => state.run_job(project, &json_body()?, &[], now)?,
            ("GET", ["jobs"]) => {
                let jobs: Vec<&Value> = state.jobs.values().map(|job| &job.resource).collect();
                json!({"kind": "bigquery#jobList", "jobs": jobs})
            }
            ("GET", ["jobs", id]) => {
                let job = state.job(id)?;
                let told = told_now(job);
                job.running = job.running.saturating_sub(1);
                told
            }
            ("POST", ["queries"]) => run_query(&mut state, project, &json_body()?, now)?,
            ("GET", ["queries", id]) => {
                let integers = request.param("formatOptions.useInt64Timestamp") == Some("true");
                results(&mut state, id, integers, request)?
            }
            ("GET", ["datasets"]) => {
                let ids: Vec<String> = state.datasets.keys().cloned().collect();
                let list = ids.iter().map(|id| state.tell_dataset(project, id)).collect::<Result<Vec<_>, _>>()?;
                json!({"kind": "bigquery#datasetList", "datasets": list})
            }
            ("POST", ["datasets"]) => {
                let body = json_body()?;
                let id = body["datasetReference"]["datasetId"].as_str().unwrap_or_default().to_owned();
                if id.is_empty() {
                    return Err(Refused::new(400, "required", "Required parameter is missing: datasetId"));
                }
                state.create_dataset(&id, body["location"].as_str().unwrap_or("US"))?;
                state.tell_dataset(project, &id)?
            }
            ("GET", ["datasets", id]) => state.tell_dataset(project, id)?,
            ("DELETE", ["datasets", id]) => {
                let full = request.param("deleteContents") != Some("true") && !state.dataset(id)?.tables.is_empty();
                if full {
                    return Err(Refused::new(400, "resourceInUse", format!("Dataset {id} is still in use")));
                }
                state.datasets.remove(*id);
                return Ok(Reply::json(204, Vec::new()));
            }
            ("GET", ["datasets", id, "tables"]) => list_tables(&mut state, project, id, request)?,
            ("POST", ["datasets", id, "tables"]) => {
                let body = json_body()?;
                let table = body["tableReference"]["tableId"].as_str().unwrap_or_default();
                if table.is_empty() {
                    return Err(Refused::new(400, "required", "Required parameter is missing: tableId"));
                }
                let name = Name::new(id, table);
                state.create_table(&name, &body, now)?;
                state.tell_table(project, &name)?
            }
            ("GET", ["datasets", id, "tables", table]) => state.tell_table(project, &Name::new(id, table))?,
            ("PATCH" | "PUT", ["datasets", id, "tables", table]) => {
                let name = Name::new(id, table);
                state.patch_table(&name, &json_body()?, now)?;
                state.tell_table(project, &name)?
            }
            ("DELETE", ["datasets", id, "tables", table]) => {
                let gone = state.dataset(id)?.tables.remove(*table);
                gone.ok_or_else(|| Refused::not_found(&format!("Table {id}.{table}")))?;
                return Ok(Reply::json(204, Vec::new()));
            }
            ("GET", ["datasets", id, "tables", table, "data"]) => {
                table_data(&mut state, &Name::new(id, table), request)?
            }
            ("POST", ["datasets", id, "tables", table, "insertAll"]) => {
                insert_all(&mut state, &Name::new(id, table), &json_body()?, now)?
            }
            _ => return Err(Refused::not_found(path)),
        };
        Ok(Reply::value(200, &told))
    }
}

fn run_query(state: &mut Project, project: &str, body: &Value, now: i64) -> Result<Value, Refused> {
    let mut query = body.clone();
    let dry = body["dryRun"].as_bool().unwrap_or(false);
    // A repeated request id is the same request: the first result is given again.
    let id = body["requestId"].as_str().map(|id| format!("request_{id}"));
    if let Some(id) = id.as_ref().filter(|id| state.jobs.contains_key(*id)) {
        return query_response(state, id, body);
    }
    if let Some(map) = query.as_object_mut() {
        map.remove("requestId");
    }
    let reference = json!({"jobId": id, "location": body["location"].as_str().unwrap_or("US")});
    let job = json!({"jobReference": reference, "configuration": {"query": query, "dryRun": dry}});
    let told = state.run_job(project, &job, &[], now)?;
    if dry {
        return Ok(json!({
            "kind": "bigquery#queryResponse",
            "jobComplete": true,
            "totalBytesProcessed": told["statistics"]["totalBytesProcessed"],
        }));
    }
    let id = told["jobReference"]["jobId"].as_str().unwrap_or_default().to_owned();
    query_response(state, &id, body)
}

fn query_response(state: &mut Project, id: &str, body: &Value) -> Result<Value, Refused> {
    let job = state.job(id)?;
    let running = job.running > 0;
    let reference = job.resource["jobReference"].clone();
    if running {
        return Ok(json!({"kind": "bigquery#queryResponse", "jobComplete": false, "jobReference": reference}));
    }
    let integers = body["formatOptions"]["useInt64Timestamp"].as_bool().unwrap_or(false);
    results(state, id, integers, &Request::default())
}

fn results(state: &mut Project, id: &str, integers: bool, request: &Request) -> Result<Value, Refused> {
    let job = state.job(id)?;
    if job.running > 0 {
        job.running -= 1;
        return Ok(
            json!({"kind": "bigquery#getQueryResultsResponse", "jobComplete": false, "jobReference": job.resource["jobReference"]}),
        );
    }
    let Some(answer) = job.result.clone() else {
        let error = &job.resource["status"]["errorResult"];
        let message = error["message"].as_str().unwrap_or_default();
        let known = ["invalidQuery", "invalid", "notFound", "bytesBilledLimitExceeded", "duplicate"];
        let reason = known.into_iter().find(|r| error["reason"] == *r).unwrap_or("invalid");
        let status = if reason == "notFound" { 404 } else { 400 };
        return Err(Refused::new(status, reason, message));
    };
    let start = request.param("pageToken").and_then(|t| t.parse::<usize>().ok()).unwrap_or(0);
    let most = request.param("maxResults").and_then(|t| t.parse::<usize>().ok()).unwrap_or(50_000);
    let end = (start + most).min(answer.rows.len());
    let rows: Vec<Value> =
        answer.rows.get(start..end).unwrap_or_default().iter().map(|row| tell_cells(&answer, row, integers)).collect();
    let statistics = query_statistics(&answer);
    let mut told = json!({
        "kind": "bigquery#queryResponse",
        "schema": schema_of(&answer.fields),
        "jobReference": job.resource["jobReference"],
        "jobComplete": true,
        "totalRows": answer.rows.len().to_string(),
        "rows": rows,
        "totalBytesProcessed": answer.bytes.to_string(),
        "totalBytesBilled": answer.billed.to_string(),
        "cacheHit": false,
    });
    for key in ["numDmlAffectedRows", "dmlStats"] {
        if let Some(value) = statistics.get(key) {
            told[key] = value.clone();
        }
    }
    if end < answer.rows.len() {
        told["pageToken"] = json!(end.to_string());
    }
    Ok(told)
}

fn tell_cells(answer: &Answer, row: &[Option<String>], integers: bool) -> Value {
    let cells = answer
        .fields
        .iter()
        .zip(row)
        .map(|(field, cell)| json!({"v": wire_value(field.kind, cell.as_deref(), integers)}));
    json!({"f": cells.collect::<Vec<_>>()})
}

/// A value as BigQuery writes it in results: everything is text, times are seconds unless whole microseconds are asked for.
fn wire_value(kind: Kind, cell: Option<&str>, integers: bool) -> Value {
    match (kind, cell.and_then(|c| c.parse::<i64>().ok())) {
        (Kind::Timestamp, Some(micros)) if !integers => json!(format!("{:E}", micros as f64 / 1e6)),
        _ => json!(cell),
    }
}

fn list_tables(state: &mut Project, project: &str, id: &str, request: &Request) -> Result<Value, Refused> {
    let start = request.param("pageToken").unwrap_or_default().to_owned();
    let most = request.param("maxResults").and_then(|t| t.parse::<usize>().ok()).unwrap_or(1_000).max(1);
    let dataset = state.dataset(id)?;
    let total = dataset.tables.len();
    let names: Vec<String> = dataset.tables.keys().filter(|n| **n > start).take(most + 1).cloned().collect();
    let page: Vec<Value> = names
        .iter()
        .take(most)
        .map(|name| {
            let mut told = json!({
                "kind": "bigquery#table",
                "id": format!("{project}:{id}.{name}"),
                "tableReference": {"projectId": project, "datasetId": id, "tableId": name},
                "type": "TABLE",
            });
            if let Some(table) = dataset.tables.get(name) {
                told["creationTime"] = json!(table.created.to_string());
            }
            told
        })
        .collect();
    let mut told = json!({"kind": "bigquery#tableList", "totalItems": total});
    if !page.is_empty() {
        told["tables"] = json!(page);
    }
    if names.len() > most {
        told["nextPageToken"] = json!(names[most - 1]);
    }
    Ok(told)
}

fn table_data(state: &mut Project, name: &Name, request: &Request) -> Result<Value, Refused> {
    let table = state.table(name)?;
    let start =
        request.param("pageToken").or(request.param("startIndex")).and_then(|t| t.parse::<usize>().ok()).unwrap_or(0);
    let most = request.param("maxResults").and_then(|t| t.parse::<usize>().ok()).unwrap_or(10_000);
    let end = start.saturating_add(most).min(table.rows.len());
    let integers = request.param("formatOptions.useInt64Timestamp") == Some("true");
    let tell = |row: &Row| {
        let cells = table
            .fields
            .iter()
            .enumerate()
            .map(|(n, f)| json!({"v": wire_value(f.kind, Table::cell(row, n), integers)}));
        json!({"f": cells.collect::<Vec<_>>()})
    };
    let rows: Vec<Value> = table.rows.get(start..end).unwrap_or_default().iter().map(tell).collect();
    let mut told = json!({"kind": "bigquery#tableDataList", "totalRows": table.rows.len().to_string(), "rows": rows});
    if end < table.rows.len() {
        told["pageToken"] = json!(end.to_string());
    }
    Ok(told)
}

fn insert_all(state: &mut Project, name: &Name, body: &Value, now: i64) -> Result<Value, Refused> {
    let skip = body["skipInvalidRows"].as_bool().unwrap_or(false);
    let table = state.table(name)?;
    let mut good = Vec::new();
    let mut errors = Vec::new();
    let rows = body["rows"].as_array().map_or(&[][..], Vec::as_slice);
    for (index, entry) in rows.iter().enumerate() {
        let empty = serde_json::Map::new();
        match table.read_row(entry["json"].as_object().unwrap_or(&empty)) {
            Ok(row) => good.push((index, entry["insertId"].as_str(), row)),
            Err(message) => errors.push(json!({"index": index, "errors": [{"reason": "invalid", "message": message}]})),
        }
    }
    if !errors.is_empty() && !skip {
        errors.extend(good.iter().map(|(index, ..)| json!({"index": index, "errors": [{"reason": "stopped"}]})));
        return Ok(json!({"kind": "bigquery#tableDataInsertAllResponse", "insertErrors": errors}));
    }
    for (_, id, row) in good {
        if id.is_none_or(|id| table.insert_ids.insert(id.to_owned())) {
            table.rows.push(row);
        }
    }
    table.modified = now;
    let mut told = json!({"kind": "bigquery#tableDataInsertAllResponse"});
    if !errors.is_empty() {
        told["insertErrors"] = json!(errors);
    }
    Ok(told)
}

impl Service for Shared {
    fn answer(&self, request: &Request) -> Reply {
        let now = self.clock.now().micros().div_euclid(1_000);
        self.route(request, now).unwrap_or_else(|refused| refused.reply())
    }

    fn control(&self, command: &str, body: &[u8]) -> Reply {
        match self.command(command, body) {
            Ok(value) => Reply::value(200, &value),
            Err(error) => Reply::value(400, &json!({"error": error.to_string()})),
        }
    }

    fn refusal(&self, fault: &FaultKind) -> Reply {
        let refused = match fault {
            FaultKind::RateLimited { .. } => Refused::new(429, "rateLimitExceeded", "Exceeded rate limits."),
            FaultKind::RateLimitExceeded => Refused::new(
                403,
                "rateLimitExceeded",
                "Exceeded rate limits: too many table update operations for this table.",
            ),
            FaultKind::QuotaExceeded => {
                Refused::new(403, "quotaExceeded", "Quota exceeded: Your project exceeded quota for load jobs.")
            }
            FaultKind::TokenExpired | FaultKind::TokenRevoked => {
                Refused::new(401, "authError", "Request had invalid authentication credentials.")
            }
            FaultKind::MissingScope => Refused::new(403, "accessDenied", "Access Denied: the user may not do this."),
            FaultKind::Status { status: 503 } => {
                Refused::new(503, "backendError", "Error encountered during execution. Retrying may solve the problem.")
            }
            FaultKind::Status { status } => Refused::new(*status, "internalError", "An internal error occurred."),
            _ => Refused::new(500, "internalError", "An internal error occurred."),
        };
        match fault {
            FaultKind::RateLimited { retry_after: Some(seconds) } => {
                refused.reply().with("Retry-After", seconds.to_string())
            }
            _ => refused.reply(),
        }
    }

    fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }
}
