//! A batch into its staging table, by a load job: free, atomic, and the same however often it is sent.

use crate::bigquery::BigQuery;
use crate::fault;
use crate::job::{Ended, Work, number};
use crate::{names, schema};
use backroom_core::table::Column;
use backroom_core::warehouse::{Cost, SealedBatch};
use backroom_core::{Fault, FaultClass};
use backroom_http::Method;
use bytes::Bytes;
use serde_json::{Value, json};

/// Rows on their way into one staging table.
pub(crate) struct Load<'a> {
    pub(crate) stem: String,
    pub(crate) staging: &'a str,
    pub(crate) columns: &'a [Column],
    pub(crate) body: Bytes,
}

impl Work for Load<'_> {
    fn stem(&self) -> &str {
        &self.stem
    }

    async fn send(&self, at: &BigQuery, id: &str) -> Result<Value, Fault> {
        at.create_staging(self.staging, self.columns).await?;
        let job = json!({
            "jobReference": at.job_reference(id),
            "configuration": {"load": {
                "destinationTable": at.reference(self.staging),
                "schema": schema::schema(self.columns),
                "sourceFormat": "NEWLINE_DELIMITED_JSON",
                "createDisposition": "CREATE_IF_NEEDED",
                "writeDisposition": "WRITE_TRUNCATE",
                "maxBadRecords": 0,
            }},
        });
        at.rest.upload_job(&job, self.body.clone()).await
    }

    /// A batch that was merged or lay too long has no staging table any more, whatever its job says; and one made
    /// after the job ended, by this very attempt, is empty.
    async fn holds(&self, at: &BigQuery, job: &Ended) -> Result<bool, Fault> {
        let Some(table) = at.look(self.staging).await? else { return Ok(false) };
        let loaded = number(&job.resource["statistics"]["load"]["outputRows"]);
        Ok(number(&table["numRows"]) == loaded && number(&table["creationTime"]) <= job.ended_ms())
    }
}

impl BigQuery {
    pub(crate) async fn load_batch(&self, batch: &SealedBatch) -> Result<Cost, Fault> {
        let columns = batch.table.spec().columns;
        self.load_rows(names::load_job(batch), &names::staging(batch), columns, batch.body.clone()).await
    }

    /// Loads `rows` into `staging`, which they replace.
    pub(crate) async fn load_rows(
        &self,
        stem: String,
        staging: &str,
        columns: &[Column],
        rows: Bytes,
    ) -> Result<Cost, Fault> {
        let load = Load { stem, staging, columns, body: rows.clone() };
        let ended = self.run(&load).await.map_err(not_seen_yet).map_err(not_of_a_row)?;
        let jobs = u32::from(!ended.earlier);
        self.meter.count(0, u64::from(jobs));
        match rejected(&ended, &rows) {
            None => Ok(Cost { bytes: 0, jobs }),
            Some(fault) => Err(not_seen_yet(fault)),
        }
    }

    /// Makes the staging table before the rows come, because only then is it certain to expire.
    async fn create_staging(&self, name: &str, columns: &[Column]) -> Result<(), Fault> {
        let life = i64::try_from(self.config.staging_life.as_millis()).unwrap_or(i64::MAX);
        let expires = (self.clock.now().micros() / 1_000).saturating_add(life);
        let resource = schema::staging(&self.config.project, &self.config.dataset, name, columns, expires);
        match self.rest.settle(Method::POST, &["datasets", &self.config.dataset, "tables"], &resource).await {
            Ok(_) => Ok(()),
            Err(f) if f.code == fault::DUPLICATE => Ok(()),
            Err(f) => Err(f),
        }
    }
}

/// A table that was made a moment ago may not be there yet for everybody at BigQuery.
fn not_seen_yet(fault: Fault) -> Fault {
    if fault.code == fault::STAGING_GONE { Fault { class: FaultClass::Transient, ..fault } } else { fault }
}

/// A request that is refused as wrong says nothing about any row: only a job that read them can. The rows wait whole.
fn not_of_a_row(fault: Fault) -> Fault {
    match fault.class {
        FaultClass::Rejected => Fault::new(
            FaultClass::Protocol,
            "BIGQUERY_REQUEST_REFUSED",
            "BigQuery refused the upload itself, not a row of it.",
        )
        .with_hint("Nothing is lost: the rows wait here. Check project, dataset and location in Connections → BigQuery, then press Send now."),
        _ => fault,
    }
}

/// The rows that a load job complains about, counted from 1, by what BigQuery says of them: some sentences name a row,
/// others the byte at which it begins.
fn bad_rows(status: &Value, body: &[u8]) -> Vec<usize> {
    let errors = status["errors"].as_array().map_or(&[][..], Vec::as_slice);
    let mut rows: Vec<usize> = errors
        .iter()
        .chain([&status["errorResult"]])
        .filter_map(|e| e["message"].as_str())
        .filter_map(|message| {
            let after = |mark: &str| -> Option<usize> {
                let rest = message.split_once(mark)?.1.trim_start();
                rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
            };
            let of_byte = |at: usize| body.get(..at).map(|b| b.iter().filter(|c| **c == b'\n').count() + 1);
            after("starting at position").and_then(of_byte).or_else(|| after(" Row "))
        })
        .collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// The refusal of a load whose rows are wrong, naming them where that is known.
fn rejected(ended: &Ended, body: &[u8]) -> Option<Fault> {
    let error = ended.error()?;
    let fault = fault::of_job(error);
    if fault.class != FaultClass::Rejected {
        return Some(fault);
    }
    let rows = bad_rows(&ended.resource["status"], body);
    let message = match rows.as_slice() {
        [] => "BigQuery refused a row of the batch.".to_owned(),
        [row] => format!("BigQuery refused row {row} of the batch."),
        many => {
            let list: Vec<String> = many.iter().take(20).map(usize::to_string).collect();
            format!("BigQuery refused {} rows of the batch: {}.", many.len(), list.join(", "))
        }
    };
    Some(Fault::new(FaultClass::Rejected, "BIGQUERY_BAD_ROWS", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_rows_are_named_by_number() {
        let body = b"{\"id\":\"a\"}\n{\"id\":\"b\"}\n{\"id\":\"c\"}\n";
        let cases = [
            (
                vec!["Error while reading data, error message: JSON parsing error in row starting at position 11: x"],
                vec![2],
            ),
            (
                vec![
                    "… row starting at position 0: x",
                    "… row starting at position 22: x",
                    "… row starting at position 22",
                ],
                vec![1, 3],
            ),
            (vec!["Rows: 3; errors: 1. Row 3: Could not convert value."], vec![3]),
            (vec!["JSON table encountered too many errors, giving up. Rows: 3; errors: 1."], vec![]),
            (vec!["row starting at position 99999: x"], vec![]),
        ];
        for (messages, expected) in cases {
            let errors: Vec<Value> = messages.iter().map(|m| json!({"reason": "invalid", "message": m})).collect();
            assert_eq!(bad_rows(&json!({"errors": errors}), body), expected, "{messages:?}");
        }
    }
}
