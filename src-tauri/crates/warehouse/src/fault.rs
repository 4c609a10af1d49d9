//! What a reply of BigQuery means.
//!
//! Status *and* body decide: BigQuery says "slow down" and "no" both with 403, a proxy answers with a page of HTML, and
//! a job that failed comes with 200. Google's own sentences may quote a row, so none of them reaches a message; only
//! names that we know ourselves do.

use backroom_core::{Fault, FaultClass};
use backroom_http::{HttpError, Reply};
use serde_json::Value;
use std::time::Duration;

/// A job or table of this name exists already.
pub(crate) const DUPLICATE: &str = "BIGQUERY_DUPLICATE";
/// A query would bill more than it was allowed to.
pub(crate) const OVER_LIMIT: &str = "BIGQUERY_OVER_LIMIT";
/// A staging table is gone.
pub(crate) const STAGING_GONE: &str = "BIGQUERY_STAGING_GONE";
/// A table is not there.
pub(crate) const NO_TABLE: &str = "BIGQUERY_NO_TABLE";
/// The dataset is not there.
pub(crate) const NO_DATASET: &str = "BIGQUERY_NO_DATASET";

const CONNECTIONS: &str = "Open Connections → BigQuery";
const BY_ITSELF: &str = "Nothing is lost. Backroom tries again by itself.";
/// Quotas refill little by little; asking earlier only uses them up again.
const QUOTA_WAIT: Duration = Duration::from_secs(600);

/// What a reply that never arrived means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// Nothing can have happened, or happening twice is the same: try again.
    Read,
    /// It may have been done: send the same again.
    Write,
}

impl Call {
    /// The fault of an outcome that nobody knows.
    fn lost(self, code: &'static str, message: String) -> Fault {
        let class = match self {
            Self::Read => FaultClass::Transient,
            Self::Write => FaultClass::Unknown,
        };
        Fault::new(class, code, message).with_hint(BY_ITSELF)
    }
}

/// Reads a reply: its JSON, or what went wrong. An empty body is `null`.
pub(crate) fn judge(outcome: Result<Reply, HttpError>, call: Call) -> Result<Value, Fault> {
    let reply = match outcome {
        Ok(reply) => reply,
        Err(error) if call == Call::Write && error.outcome_unknown() => {
            let code = error.code();
            return Err(call.lost(code, Fault::from(error).message));
        }
        Err(error) => return Err(error.into()),
    };
    if reply.is_success() {
        if reply.body.is_empty() {
            return Ok(Value::Null);
        }
        return serde_json::from_slice(&reply.body).map_err(|_| {
            let message = "BigQuery's answer could not be read.".to_owned();
            match call {
                Call::Read if reply.is_html() => Fault::new(FaultClass::Protocol, "BIGQUERY_NOT_JSON", message)
                    .with_hint("Check whether this network asks for a sign-in page (guest Wi-Fi), then try again."),
                Call::Read | Call::Write => call.lost("BIGQUERY_NOT_JSON", message),
            }
        });
    }
    // The errors object is not always there, and a proxy's page is not JSON at all.
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
    let error = &body["error"];
    let reason = error["errors"][0]["reason"].as_str().unwrap_or_default();
    let message = error["message"].as_str().unwrap_or_default();
    // Only a date needs a clock of ours, and BigQuery sends its own beside it.
    let after = reply.retry_after(reply.server_time().unwrap_or_default());
    Err(refused(reply.status, reason, message, after, call))
}

/// The fault of a job that ended with an error.
pub(crate) fn of_job(error: &Value) -> Fault {
    let reason = error["reason"].as_str().unwrap_or_default();
    let message = error["message"].as_str().unwrap_or_default();
    match reason {
        // A job that says itself that it failed did nothing.
        "backendError" | "internalError" | "stopped" | "jobBackendError" | "jobInternalError" | "tableUnavailable" => {
            Fault::new(FaultClass::Transient, "BIGQUERY_JOB_ILL", "BigQuery could not finish the job.")
                .with_hint(BY_ITSELF)
        }
        "notFound" => refused(404, reason, message, None, Call::Read),
        "accessDenied" | "billingNotEnabled" | "quotaExceeded" | "rateLimitExceeded" | "jobRateLimitExceeded" => {
            refused(403, reason, message, None, Call::Read)
        }
        _ => refused(400, reason, message, None, Call::Read),
    }
}

/// The class of a refusal, from status, BigQuery's reason and its sentence.
pub(crate) fn refused(status: u16, reason: &str, message: &str, after: Option<Duration>, call: Call) -> Fault {
    match reason {
        "rateLimitExceeded" | "userRateLimitExceeded" | "jobRateLimitExceeded" => return throttled(after),
        "quotaExceeded" | "dailyLimitExceeded" => return quota(after),
        "billingNotEnabled" | "billingTierLimitExceeded" => {
            return Fault::new(
                FaultClass::Forbidden,
                "BIGQUERY_BILLING",
                "Billing is not enabled for the BigQuery project, which a MERGE needs.",
            )
            .with_hint("Enable billing for the project in the Google Cloud console; rows wait here until then.");
        }
        "bytesBilledLimitExceeded" => {
            return Fault::new(
                FaultClass::Quota { after: None },
                OVER_LIMIT,
                "The query would read more than it was allowed to.",
            );
        }
        _ => {}
    }
    match status {
        401 => Fault::new(FaultClass::Unauthorized, "BIGQUERY_KEY_REFUSED", "BigQuery no longer accepts the key.")
            .with_hint(format!("{CONNECTIONS} and paste a new service-account key; rows wait here until then.")),
        403 => Fault::new(
            FaultClass::Forbidden,
            "BIGQUERY_FORBIDDEN",
            "The key is good, but it may not do this in BigQuery.",
        )
        .with_hint(
            "Give the service account the roles BigQuery Data Editor on the dataset and BigQuery Job User on the \
             project; rows wait here until then.",
        ),
        404 => missing(message),
        409 => Fault::new(FaultClass::Rejected, DUPLICATE, "BigQuery has something of this name already."),
        413 => {
            Fault::new(FaultClass::TooLarge, "BIGQUERY_TOO_LARGE", "The batch is larger than BigQuery takes at once.")
        }
        429 => throttled(after),
        408 | 500..=599 => call.lost("BIGQUERY_ILL", format!("BigQuery is not well (status {status}).")),
        _ => wrong(reason, message),
    }
}

fn throttled(after: Option<Duration>) -> Fault {
    Fault::new(FaultClass::Throttled { after }, "BIGQUERY_THROTTLED", "BigQuery asks us to slow down.")
        .with_hint(BY_ITSELF)
}

fn quota(after: Option<Duration>) -> Fault {
    let after = Some(after.unwrap_or(QUOTA_WAIT).max(QUOTA_WAIT));
    Fault::new(FaultClass::Quota { after }, "BIGQUERY_QUOTA", "A quota of the BigQuery project is used up.")
        .with_hint("Nothing is lost: rows wait here and go out when it refills.")
}

fn missing(message: &str) -> Fault {
    let (code, what, hint) = if message.contains("Dataset") {
        (NO_DATASET, "The BigQuery dataset is not there, or not in the location that is set.", "and check the dataset")
    } else if message.contains("Project") {
        ("BIGQUERY_NO_PROJECT", "The BigQuery project is not there.", "and check the project")
    } else if message.contains("Job") {
        ("BIGQUERY_NO_JOB", "BigQuery does not know the job.", "and test the connection")
    } else if message.contains("_backroom_") {
        let what = "The staging table is gone; the batch has to be loaded again.";
        return Fault::new(FaultClass::NotFound, STAGING_GONE, what).with_hint(BY_ITSELF);
    } else {
        (NO_TABLE, "The BigQuery table is not there.", "and test the connection")
    };
    Fault::new(FaultClass::NotFound, code, what).with_hint(format!("{CONNECTIONS} {hint}; rows wait here until then."))
}

/// A request that BigQuery calls wrong: most are, some only look like it.
fn wrong(reason: &str, message: &str) -> Fault {
    let says = |part: &str| message.to_ascii_lowercase().contains(part);
    if says("could not serialize access") || says("concurrent update") {
        return Fault::new(FaultClass::Transient, "BIGQUERY_BUSY", "Another PC is writing to the same BigQuery table.")
            .with_hint(BY_ITSELF);
    }
    if reason == "resourcesExceeded" || reason == "responseTooLarge" || says("request payload size exceeds") {
        let what = "The work is larger than BigQuery does at once.";
        return Fault::new(FaultClass::TooLarge, "BIGQUERY_TOO_LARGE", what);
    }
    let shape = [
        "no such field",
        "unrecognized name",
        "does not match table",
        "provided schema",
        "cannot be assigned",
        "no matching signature",
        "has type",
        "missing required",
        "require_partition_filter",
        "without a filter over",
    ];
    if shape.iter().any(|part| says(part)) {
        return Fault::new(
            FaultClass::Schema,
            "BIGQUERY_SCHEMA",
            "The table at BigQuery does not take our columns; somebody may have altered it.",
        )
        .with_hint("Undo the change in BigQuery; rows wait here and go out when the columns fit again.");
    }
    Fault::new(FaultClass::Rejected, "BIGQUERY_REJECTED", "BigQuery refused the request as wrong.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn reply(status: u16, body: &str) -> Result<Reply, HttpError> {
        Ok(Reply { status, headers: Default::default(), body: Bytes::copy_from_slice(body.as_bytes()) })
    }

    fn google(status: u16, reason: &str, message: &str) -> (u16, String) {
        let error = serde_json::json!({"error": {"code": status, "message": message,
            "errors": [{"reason": reason, "message": message}]}});
        (status, error.to_string())
    }

    #[test]
    fn refusals_by_class() {
        use FaultClass::*;
        let ten = Some(QUOTA_WAIT);
        let cases = [
            (google(401, "authError", "Invalid Credentials"), Unauthorized, Unauthorized),
            (google(403, "accessDenied", "Access Denied: Dataset"), Forbidden, Forbidden),
            (google(403, "billingNotEnabled", "Billing"), Forbidden, Forbidden),
            (
                google(403, "rateLimitExceeded", "Exceeded rate limits"),
                Throttled { after: None },
                Throttled { after: None },
            ),
            (google(403, "quotaExceeded", "Quota exceeded"), Quota { after: ten }, Quota { after: ten }),
            (google(404, "notFound", "Not found: Table p:d.square_payments"), NotFound, NotFound),
            (google(404, "notFound", "Not found: Dataset p:d"), NotFound, NotFound),
            (google(409, "duplicate", "Already Exists: Job p:j"), Rejected, Rejected),
            (google(400, "invalid", "No such field: colour."), Schema, Schema),
            (google(400, "invalidQuery", "Unrecognized name: x"), Schema, Schema),
            (google(400, "invalidQuery", "Syntax error"), Rejected, Rejected),
            (google(400, "invalidQuery", "Could not serialize access to table"), Transient, Transient),
            (google(400, "resourcesExceeded", "Resources exceeded"), TooLarge, TooLarge),
            (google(500, "backendError", "Backend Error"), Transient, Unknown),
            (google(503, "backendError", "Unavailable"), Transient, Unknown),
            ((502, "<html><h1>Bad gateway".to_owned()), Transient, Unknown),
            ((500, String::new()), Transient, Unknown),
            ((401, "<html>".to_owned()), Unauthorized, Unauthorized),
            ((403, "{}".to_owned()), Forbidden, Forbidden),
            ((413, "too large".to_owned()), TooLarge, TooLarge),
            ((429, String::new()), Throttled { after: None }, Throttled { after: None }),
            ((400, String::new()), Rejected, Rejected),
            ((200, "<html>sign in".to_owned()), Protocol, Unknown),
            ((200, "{\"kind\":".to_owned()), Transient, Unknown),
        ];
        for ((status, body), read, write) in cases {
            let of = |call| judge(reply(status, &body), call).expect_err("not a success").class;
            assert_eq!(of(Call::Read), read, "reading: {status} {body}");
            assert_eq!(of(Call::Write), write, "writing: {status} {body}");
        }
    }

    #[test]
    fn lost_replies_are_unknown_only_where_something_may_have_happened() {
        let host = || "example.com".to_owned();
        let cases = [
            (HttpError::TimedOut { host: host() }, FaultClass::Unknown),
            (HttpError::Cut { host: host() }, FaultClass::Unknown),
            (HttpError::Unreachable { host: host() }, FaultClass::Transient),
            (HttpError::Insecure { host: host() }, FaultClass::Config),
        ];
        for (error, class) in cases {
            assert_eq!(judge(Err(error.clone()), Call::Write).unwrap_err().class, class, "{error}");
            assert_ne!(judge(Err(error.clone()), Call::Read).unwrap_err().class, FaultClass::Unknown, "{error}");
        }
    }

    #[test]
    fn a_wait_asked_for_is_kept_and_a_quota_waits_ten_minutes() {
        let after = |status, reason: &str, seconds: Option<u64>| {
            let fault = refused(status, reason, "", seconds.map(Duration::from_secs), Call::Write);
            match fault.class {
                FaultClass::Throttled { after } | FaultClass::Quota { after } => after.map(|d| d.as_secs()),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(after(429, "", Some(120)), Some(120));
        assert_eq!(after(403, "rateLimitExceeded", Some(3)), Some(3));
        assert_eq!(after(403, "quotaExceeded", Some(3)), Some(600), "less than ten minutes is of no use");
        assert_eq!(after(403, "quotaExceeded", Some(21_600)), Some(21_600));
    }

    #[test]
    fn missing_things_are_told_apart() {
        let code = |message: &str| refused(404, "notFound", message, None, Call::Read).code;
        assert_eq!(code("Not found: Dataset p:d was not found in location EU"), NO_DATASET);
        assert_eq!(code("Not found: Table p:d.square_payments"), NO_TABLE);
        assert_eq!(code("Not found: Table p:d._backroom_pc_square_payments_7"), STAGING_GONE);
        assert_eq!(code("Not found: Job p:j"), "BIGQUERY_NO_JOB");
        assert_eq!(code("Not found: Project p"), "BIGQUERY_NO_PROJECT");
    }

    #[test]
    fn what_bigquery_quotes_from_a_row_reaches_no_message() {
        let secret = "Could not convert value 'ann@example.com' to integer";
        for status in [400, 401, 403, 404, 409, 429, 500] {
            let fault = refused(status, "invalid", secret, None, Call::Write);
            assert!(!format!("{} {}", fault.message, fault.hint).contains("ann@"), "{status}");
        }
        let fault = of_job(&serde_json::json!({"reason": "invalid", "message": secret}));
        assert!(!format!("{fault:?}").contains("ann@"));
    }
}
