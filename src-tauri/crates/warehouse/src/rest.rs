//! BigQuery's REST calls over the house's HTTP client: whatever must be classified exactly.

use crate::config::Config;
use crate::fault::{Call, judge};
use backroom_core::{Fault, FaultClass};
use backroom_http::{Caller, Client, Limiter, Method, Request, RetryPolicy, TokenProvider};
use bytes::Bytes;
use serde_json::Value;
use std::sync::Arc;
use url::Url;

/// Separates the parts of an upload. A delimiter stands at the beginning of a line, and every line of ours begins with
/// a brace.
const BOUNDARY_TYPE: &str = "multipart/related; boundary=backroom-part-7f3a9c51";
const BOUNDARY: &str = "backroom-part-7f3a9c51";

/// Calls of one project.
pub(crate) struct Rest {
    reads: Caller,
    writes: Caller,
    base: Url,
    project: String,
}

impl Rest {
    pub(crate) fn new(config: &Config, base: Url, client: Client, token: Arc<dyn TokenProvider>) -> Self {
        let limiter = Arc::new(Limiter::new(8));
        let reads = Caller::new(client.clone(), Arc::clone(&limiter), Arc::clone(&token), config.retry);
        let writes = Caller::new(client, limiter, token, RetryPolicy::ONCE);
        Self { reads, writes, base, project: config.project.clone() }
    }

    /// A read; tried again where that is worth it.
    pub(crate) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, Fault> {
        let request = query.iter().fold(Request::get(self.url("", path)?), |r, (name, value)| r.query(name, value));
        self.reads.call(&request, |outcome| judge(outcome, Call::Read)).await.result
    }

    /// A write that is the same done twice; tried again like a read. Its caller says what a duplicate means.
    pub(crate) async fn settle(&self, method: Method, path: &[&str], body: &Value) -> Result<Value, Fault> {
        let request = self.json(method, path, body)?;
        self.reads.call(&request, |outcome| judge(outcome, Call::Read)).await.result
    }

    /// Removes something; gone already is as good.
    pub(crate) async fn delete(&self, path: &[&str]) -> Result<(), Fault> {
        let request = Request::new(Method::DELETE, self.url("", path)?);
        match self.reads.call(&request, |outcome| judge(outcome, Call::Read)).await.result {
            Ok(_) => Ok(()),
            Err(fault) if fault.class == FaultClass::NotFound => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// Starts a job, once: a lost reply is `Unknown`.
    pub(crate) async fn start_job(&self, job: &Value) -> Result<Value, Fault> {
        let request = self.json(Method::POST, &["jobs"], job)?;
        self.writes.call(&request, |outcome| judge(outcome, Call::Write)).await.result
    }

    /// Starts a load job with its rows, once: a lost reply is `Unknown`.
    pub(crate) async fn upload_job(&self, job: &Value, rows: Bytes) -> Result<Value, Fault> {
        let job = job.to_string();
        let head = format!(
            "--{BOUNDARY}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{job}\r\n\
             --{BOUNDARY}\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        let tail = format!("\r\n--{BOUNDARY}--\r\n");
        let url = self.url("upload", &["jobs"])?;
        let request = Request::new(Method::POST, url)
            .query("uploadType", "multipart")
            .body_of(BOUNDARY_TYPE, vec![head.into(), rows, tail.into()]);
        self.writes.call(&request, |outcome| judge(outcome, Call::Write)).await.result
    }

    fn json(&self, method: Method, path: &[&str], body: &Value) -> Result<Request, Fault> {
        Ok(Request::new(method, self.url("", path)?).body("application/json", body.to_string()))
    }

    fn url(&self, prefix: &str, path: &[&str]) -> Result<Url, Fault> {
        let mut url = self.base.clone();
        let config = || Fault::new(FaultClass::Config, "BIGQUERY_CONFIG", "The address of BigQuery cannot be used.");
        url.path_segments_mut()
            .map_err(|()| config())?
            .pop_if_empty()
            .extend(Some(prefix).filter(|p| !p.is_empty()))
            .extend(["bigquery", "v2", "projects", &self.project])
            .extend(path);
        Ok(url)
    }
}
