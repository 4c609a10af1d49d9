//! Jobs: found again by their id, waited for, judged by their end.

use crate::bigquery::BigQuery;
use crate::cost::utc_day;
use crate::fault;
use crate::names;
use backroom_core::{Fault, FaultClass};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Attempts at one job in a day; BigQuery takes 1,500 loads a table and day.
const ATTEMPTS: u32 = 200;
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A job that has come to its end.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub(crate) resource: Value,
    /// Whether an earlier call started it.
    pub(crate) earlier: bool,
}

impl Ended {
    /// What went wrong; none where it went well.
    pub(crate) fn error(&self) -> Option<&Value> {
        Some(&self.resource["status"]["errorResult"]).filter(|e| !e.is_null())
    }

    /// Bytes billed for its query; none for loads.
    pub(crate) fn billed(&self) -> u64 {
        let statistics = &self.resource["statistics"];
        number(&statistics["query"]["totalBytesBilled"])
    }

    /// When it began, in milliseconds since 1970; 0 where that is not told.
    pub(crate) fn began_ms(&self) -> u64 {
        number(&self.resource["statistics"]["startTime"])
    }

    /// When it ended, in milliseconds since 1970; 0 where that is not told.
    pub(crate) fn ended_ms(&self) -> u64 {
        number(&self.resource["statistics"]["endTime"])
    }
}

/// A number that BigQuery writes as text.
pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or(0)
}

/// A job that its maker can send, and knows when an earlier run of it is still good.
pub(crate) trait Work {
    /// The stem of its ids.
    fn stem(&self) -> &str;
    /// Sends it under `id`.
    fn send(&self, at: &BigQuery, id: &str) -> impl Future<Output = Result<Value, Fault>> + Send;
    /// Whether what an earlier run of it did is still there.
    fn holds(&self, at: &BigQuery, job: &Ended) -> impl Future<Output = Result<bool, Fault>> + Send;
}

impl BigQuery {
    /// Runs `work`, or finds that it has been run: the first attempt under its stem, and a further one only after
    /// the one before it is known to have failed or to have been undone. A job that ran just now may have failed.
    pub(crate) async fn run(&self, work: &impl Work) -> Result<Ended, Fault> {
        let day = utc_day(self.clock.now());
        for nth in 0..=ATTEMPTS {
            let id = names::attempt(work.stem(), day, nth);
            // A first attempt is mostly the only one, so it is sent at once; later ones are looked for before the
            // rows travel again.
            let known = if nth == 0 { None } else { self.find_job(&id).await? };
            let (job, earlier) = match known {
                Some(job) => (job, true),
                None => match work.send(self, &id).await {
                    Ok(job) => (job, false),
                    Err(f) if f.code == fault::DUPLICATE => (self.job(&id).await.map_err(goes_on)?, true),
                    Err(f) => return Err(f),
                },
            };
            let ended = self.wait(&id, job, earlier).await?;
            if !ended.earlier || ended.error().is_none() && work.holds(self, &ended).await? {
                return Ok(ended);
            }
        }
        let message = "BigQuery failed at the same batch too often today.";
        Err(Fault::new(FaultClass::Quota { after: Some(Duration::from_secs(3_600)) }, "BIGQUERY_TOO_OFTEN", message)
            .with_hint("Nothing is lost: Backroom tries again by itself in an hour."))
    }

    /// Waits until a job is done.
    async fn wait(&self, id: &str, mut resource: Value, earlier: bool) -> Result<Ended, Fault> {
        let until = Instant::now() + self.config.job_timeout;
        let mut pause = FIRST_WAIT;
        while resource["status"]["state"] != "DONE" {
            if Instant::now() >= until {
                return Err(Fault::new(
                    FaultClass::Unknown,
                    "BIGQUERY_JOB_SLOW",
                    "BigQuery is still at work on the batch.",
                )
                .with_hint("Nothing is lost. Backroom looks again by itself."));
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_WAIT);
            resource = self.job(id).await.map_err(goes_on)?;
        }
        Ok(Ended { resource, earlier })
    }

    async fn job(&self, id: &str) -> Result<Value, Fault> {
        self.rest.get(&["jobs", id], &[("location", &self.config.location)]).await
    }

    async fn find_job(&self, id: &str) -> Result<Option<Value>, Fault> {
        match self.job(id).await {
            Ok(job) => Ok(Some(job)),
            Err(fault) if fault.class == FaultClass::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    pub(crate) fn job_reference(&self, id: &str) -> Value {
        json!({"projectId": self.config.project, "jobId": id, "location": self.config.location})
    }
}

/// A job that was started goes on whether or not we can ask about it; a moment after its start it may not be seen.
fn goes_on(fault: Fault) -> Fault {
    match fault.class {
        FaultClass::Transient | FaultClass::NotFound => Fault { class: FaultClass::Unknown, ..fault },
        _ => fault,
    }
}
