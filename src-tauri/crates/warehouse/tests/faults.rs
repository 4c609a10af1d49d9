//! What happens to a delivery when BigQuery, the network or the budget says no.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use backroom_core::table::Table;
use backroom_core::warehouse::{Cost, SealedBatch, Warehouse};
use backroom_core::{BusinessDay, Fault, FaultClass, TestClock, Timestamp};
use backroom_http::RetryPolicy;
use backroom_secrets::Secret;
use backroom_warehouse::{BigQuery, Config, Credential};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const T: Table = Table::SquarePayments;
const JOBS: &str = "/bigquery/v2/projects/proj/jobs";
const UPLOAD: &str = "/upload/bigquery/v2/projects/proj/jobs";
const TABLES: &str = "/bigquery/v2/projects/proj/datasets/ds/tables";

fn clock() -> TestClock {
    TestClock::at(Timestamp::parse("2026-11-20T18:00:00Z").unwrap())
}

fn config(server: &MockServer) -> Config {
    Config { base_url: server.uri(), retry: RetryPolicy::ONCE, ..Config::new("proj", "ds") }
}

fn warehouse(server: &MockServer) -> BigQuery {
    BigQuery::with_clock(config(server), &Credential::None, Arc::new(clock())).unwrap()
}

fn batch() -> SealedBatch {
    SealedBatch {
        id: 7,
        device: "pc1".to_owned(),
        table: T,
        rows: 2,
        hash: "ab".repeat(32),
        days: BusinessDay::parse("2026-11-20").ok().map(|d| (d, d)),
        body: bytes::Bytes::from_static(b"{\"id\":\"a\"}\n{\"id\":\"b\"}\n"),
    }
}

fn refusal(status: u16, reason: &str, message: &str) -> ResponseTemplate {
    let error = json!({"code": status, "message": message, "errors": [{"reason": reason, "message": message}]});
    ResponseTemplate::new(status).set_body_json(json!({"error": error}))
}

fn job(state: &str, error: Value) -> ResponseTemplate {
    let mut status = json!({"state": state});
    if !error.is_null() {
        status["errorResult"] = error.clone();
        status["errors"] = json!([error]);
    }
    let statistics = json!({"startTime": "1000", "endTime": "2000", "load": {"outputRows": "2"},
        "query": {"totalBytesBilled": "20971520"}});
    ResponseTemplate::new(200).set_body_json(json!({"status": status, "statistics": statistics}))
}

fn done() -> ResponseTemplate {
    job("DONE", Value::Null)
}

/// Answers in turn; the last answer stays.
async fn script(server: &MockServer, verb: &str, at: &str, answers: Vec<ResponseTemplate>) {
    let turn = AtomicUsize::new(0);
    Mock::given(method(verb))
        .and(path_regex(format!("^{at}$")))
        .respond_with(move |_: &Request| {
            let nth = turn.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
            answers[nth].clone()
        })
        .mount(server)
        .await;
}

async fn staging_can_be_made(server: &MockServer) {
    script(server, "POST", TABLES, vec![ResponseTemplate::new(200).set_body_json(json!({}))]).await;
}

async fn sent(server: &MockServer, verb: &str, at: &str) -> Vec<Request> {
    let all = server.received_requests().await.unwrap();
    all.into_iter().filter(|r| r.method.as_str() == verb && r.url.path() == at).collect()
}

fn id_of(upload: &Request) -> String {
    let text = String::from_utf8_lossy(&upload.body);
    let after = text.split_once("\"jobId\":\"").expect("an id of ours").1;
    after.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_load_is_multipart_with_an_expiring_staging_table() {
    let server = MockServer::start().await;
    staging_can_be_made(&server).await;
    script(&server, "POST", UPLOAD, vec![job("RUNNING", Value::Null)]).await;
    script(&server, "GET", &format!("{JOBS}/.*"), vec![job("RUNNING", Value::Null), done()]).await;
    let cost = warehouse(&server).load(&batch()).await.expect("loaded after two looks");
    assert_eq!(cost, Cost { bytes: 0, jobs: 1 }, "loads are free");

    let made: Value = sent(&server, "POST", TABLES).await[0].body_json().unwrap();
    let expires = clock().now_ms() + 3 * 86_400_000;
    assert_eq!(made["expirationTime"], expires.to_string(), "nobody has to clean up for it to go");
    assert_eq!(made["tableReference"]["tableId"], "_backroom_pc1_square_payments_7");

    let upload = &sent(&server, "POST", UPLOAD).await[0];
    assert!(upload.headers["content-type"].to_str().unwrap().starts_with("multipart/related; boundary="));
    assert_eq!(upload.url.query(), Some("uploadType=multipart"));
    let text = String::from_utf8(upload.body.clone()).unwrap();
    assert!(text.contains("{\"id\":\"a\"}\n{\"id\":\"b\"}\n\r\n--"), "the sealed bytes travel as they are");
    for word in ["WRITE_TRUNCATE", "CREATE_IF_NEEDED", "NEWLINE_DELIMITED_JSON", "\"location\":\"US\""] {
        assert!(text.contains(word), "{word}");
    }
}

trait NowMs {
    fn now_ms(&self) -> i64;
}
impl NowMs for TestClock {
    fn now_ms(&self) -> i64 {
        use backroom_core::Clock;
        self.now().micros() / 1_000
    }
}

#[tokio::test]
async fn a_lost_reply_is_unknown_and_the_resend_finds_the_job() {
    for lost in [ResponseTemplate::new(503), ResponseTemplate::new(200).set_body_string("{\"kind\":")] {
        let server = MockServer::start().await;
        staging_can_be_made(&server).await;
        script(&server, "POST", UPLOAD, vec![lost, refusal(409, "duplicate", "Already Exists: Job proj:j")]).await;
        script(&server, "GET", &format!("{JOBS}/.*"), vec![done()]).await;
        let table = json!({"numRows": "2", "creationTime": "900", "type": "TABLE"});
        script(&server, "GET", &format!("{TABLES}/.*"), vec![ResponseTemplate::new(200).set_body_json(table)]).await;
        let warehouse = warehouse(&server);
        let fault = warehouse.load(&batch()).await.expect_err("nobody knows");
        assert_eq!(fault.class, FaultClass::Unknown, "{fault:?}");
        let cost = warehouse.load(&batch()).await.expect("it had arrived");
        assert_eq!(cost.jobs, 0, "no second job ran");
        let uploads = sent(&server, "POST", UPLOAD).await;
        assert_eq!(id_of(&uploads[0]), id_of(&uploads[1]), "the resend has the same id");
        assert_eq!(uploads[0].body, uploads[1].body, "and the same bytes");
    }
}

#[tokio::test]
async fn a_job_that_cannot_be_asked_about_is_unknown() {
    let cases = [refusal(404, "notFound", "Not found: Job proj:j"), ResponseTemplate::new(503)];
    for answer in cases {
        let server = MockServer::start().await;
        staging_can_be_made(&server).await;
        script(&server, "POST", UPLOAD, vec![job("PENDING", Value::Null)]).await;
        script(&server, "GET", &format!("{JOBS}/.*"), vec![answer]).await;
        let fault = warehouse(&server).load(&batch()).await.expect_err("it goes on without us");
        assert_eq!(fault.class, FaultClass::Unknown, "{fault:?}");
    }
}

#[tokio::test]
async fn a_job_that_failed_or_whose_staging_is_gone_gets_a_new_id() {
    let gone = || refusal(404, "notFound", "Not found: Table proj:ds._backroom_pc1_square_payments_7");
    let empty = || ResponseTemplate::new(200).set_body_json(json!({"numRows": "0", "creationTime": "900"}));
    let fresh = || ResponseTemplate::new(200).set_body_json(json!({"numRows": "2", "creationTime": "5000"}));
    let ill = || job("DONE", json!({"reason": "backendError", "message": "x"}));
    let cases = [
        (ill(), gone(), "the first job failed"),
        (done(), gone(), "its staging was merged and dropped"),
        (done(), empty(), "its staging was made anew and is empty"),
        (done(), fresh(), "its staging is younger than the job"),
    ];
    for (first, staging, why) in cases {
        let server = MockServer::start().await;
        staging_can_be_made(&server).await;
        let duplicate = refusal(409, "duplicate", "Already Exists: Job proj:j");
        script(&server, "POST", UPLOAD, vec![duplicate, done()]).await;
        let unknown = refusal(404, "notFound", "Not found: Job proj:j");
        script(&server, "GET", &format!("{JOBS}/.*"), vec![first, unknown]).await;
        script(&server, "GET", &format!("{TABLES}/.*"), vec![staging]).await;
        warehouse(&server).load(&batch()).await.expect(why);
        let uploads = sent(&server, "POST", UPLOAD).await;
        assert_eq!(id_of(&uploads[1]), format!("{}_20261120_1", id_of(&uploads[0])), "{why}");
    }
}

#[tokio::test]
async fn refusals_of_a_load_by_class() {
    let cases = [
        (refusal(401, "authError", "Invalid Credentials"), FaultClass::Unauthorized),
        (refusal(403, "accessDenied", "Access Denied"), FaultClass::Forbidden),
        (refusal(403, "quotaExceeded", "Quota"), FaultClass::Quota { after: Some(Duration::from_secs(600)) }),
        (
            refusal(429, "rateLimitExceeded", "Slow").insert_header("retry-after", "120"),
            FaultClass::Throttled { after: Some(Duration::from_secs(120)) },
        ),
        (refusal(413, "x", "too large"), FaultClass::TooLarge),
        // The request is at fault, not a row of it: the batch is not cut to pieces.
        (refusal(400, "invalid", "Invalid value for location"), FaultClass::Protocol),
        (ResponseTemplate::new(502).set_body_string("<html>Bad gateway"), FaultClass::Unknown),
        (
            job("DONE", json!({"reason": "invalid", "message": "Could not convert 'ann@example.com'"})),
            FaultClass::Rejected,
        ),
        (job("DONE", json!({"reason": "invalid", "message": "No such field: x"})), FaultClass::Schema),
        (
            job("DONE", json!({"reason": "quotaExceeded", "message": "x"})),
            FaultClass::Quota { after: Some(Duration::from_secs(600)) },
        ),
        (job("DONE", json!({"reason": "internalError", "message": "x"})), FaultClass::Transient),
        // Its own staging table, made a moment ago, is not seen everywhere yet.
        (job("DONE", json!({"reason": "notFound", "message": "Not found: Table _backroom_x"})), FaultClass::Transient),
    ];
    for (answer, class) in cases {
        let server = MockServer::start().await;
        staging_can_be_made(&server).await;
        script(&server, "POST", UPLOAD, vec![answer]).await;
        let fault = warehouse(&server).load(&batch()).await.expect_err("refused");
        assert_eq!(fault.class, class, "{fault:?}");
        assert!(!format!("{fault:?}").contains("ann@"), "{fault:?}");
    }
}

/// A target of this many bytes, ready.
async fn target(server: &MockServer, bytes: u64) {
    let columns = T.spec().columns.iter().map(|c| {
        use backroom_core::table::Kind::*;
        let kind = match c.kind {
            Text => "STRING",
            Int => "INTEGER",
            Numeric => "NUMERIC",
            Timestamp => "TIMESTAMP",
            Date => "DATE",
            Bool => "BOOLEAN",
        };
        json!({"name": c.name, "type": kind})
    });
    let table = json!({"type": "TABLE", "numBytes": bytes.to_string(), "schema": {"fields": columns.collect::<Vec<_>>()},
        "timePartitioning": {"type": "DAY", "field": "created_at"}});
    let at = format!("{TABLES}/square_payments");
    Mock::given(method("GET"))
        .and(path(at))
        .respond_with(ResponseTemplate::new(200).set_body_json(table))
        .mount(server)
        .await;
    Mock::given(method("DELETE")).respond_with(ResponseTemplate::new(204)).mount(server).await;
}

#[tokio::test]
async fn a_merge_is_limited_metered_and_dropped_behind() {
    let server = MockServer::start().await;
    target(&server, 1_000).await;
    script(&server, "POST", JOBS, vec![done()]).await;
    let warehouse = warehouse(&server);
    let cost = warehouse.merge(T, &[batch()]).await.unwrap();
    assert_eq!(cost, Cost { bytes: 20_971_520, jobs: 1 });
    assert_eq!((warehouse.spent().bytes, warehouse.spent().micro_usd()), (20_971_520, 120));
    let jobs = sent(&server, "POST", JOBS).await;
    assert_eq!(jobs.len(), 1, "a small table is not asked about first");
    let query = &jobs[0].body_json::<Value>().unwrap()["configuration"]["query"];
    assert_eq!(query["maximumBytesBilled"], "175921860444", "never more than the day's dollar");
    assert!(query["query"].as_str().unwrap().contains("BETWEEN DATE '2026-11-19' AND DATE '2026-11-21'"), "pruned");
    let dropped = sent(&server, "DELETE", &format!("{TABLES}/_backroom_pc1_square_payments_7")).await;
    assert_eq!(dropped.len(), 1, "staging goes when its rows have arrived");
}

#[tokio::test]
async fn the_budget_parks_until_the_next_utc_day() {
    let limit = json!({"reason": "bytesBilledLimitExceeded", "message": "Query exceeded limit for bytes billed"});
    let six_hours = FaultClass::Quota { after: Some(Duration::from_secs(6 * 3_600)) };
    let dry = ResponseTemplate::new(200)
        .set_body_json(json!({"status": {"state": "DONE"}, "statistics": {"totalBytesProcessed": "999999999999"}}));
    let cases = [
        (10 << 30, dry, 1, "a large table is asked about, and the merge is never run"),
        (1_000, job("DONE", limit), 1, "BigQuery's own limit means the same"),
        (1_000, refusal(400, "bytesBilledLimitExceeded", "Query exceeded limit"), 1, "refused at once as well"),
    ];
    for (bytes, answer, calls, why) in cases {
        let server = MockServer::start().await;
        target(&server, bytes).await;
        script(&server, "POST", JOBS, vec![answer]).await;
        let fault = warehouse(&server).merge(T, &[batch()]).await.expect_err(why);
        assert_eq!((fault.code, &fault.class), ("BIGQUERY_BUDGET", &six_hours), "{why}");
        assert!(fault.message.contains("$1.00") && fault.hint.contains("Nothing is lost"), "{fault:?}");
        assert_eq!(sent(&server, "POST", JOBS).await.len(), calls, "{why}");
    }

    let server = MockServer::start().await;
    target(&server, 1_000).await;
    let poor = Config { daily_budget_micro_usd: 100, ..config(&server) };
    let warehouse = BigQuery::with_clock(poor, &Credential::None, Arc::new(clock())).unwrap();
    let fault = warehouse.merge(T, &[batch()]).await.expect_err("two tables cost at least 20 MB");
    assert_eq!(fault.class, six_hours);
    assert!(sent(&server, "POST", JOBS).await.is_empty(), "nothing is asked that cannot be paid");
}

#[tokio::test]
async fn missing_tables_are_told_apart_and_looked_at_again() {
    let gone = |table: &str| {
        job("DONE", json!({"reason": "notFound", "message": format!("Not found: Table proj:ds.{table}")}))
    };
    let cases = [
        (gone("_backroom_pc1_square_payments_7"), "BIGQUERY_STAGING_GONE", 1),
        (gone("square_payments"), "BIGQUERY_NO_TABLE", 2),
    ];
    for (answer, code, looks) in cases {
        let server = MockServer::start().await;
        target(&server, 1_000).await;
        let unknown = refusal(404, "notFound", "Not found: Job proj:j");
        script(&server, "GET", &format!("{JOBS}/.*"), vec![unknown]).await;
        script(&server, "POST", JOBS, vec![answer, done()]).await;
        let warehouse = warehouse(&server);
        let fault = warehouse.merge(T, &[batch()]).await.expect_err("gone");
        assert_eq!((fault.class, fault.code), (FaultClass::NotFound, code));
        warehouse.merge(T, &[batch()]).await.expect("there again");
        let looked = sent(&server, "GET", &format!("{TABLES}/square_payments")).await;
        assert_eq!(looked.len(), looks, "{code}: a table that somebody dropped is prepared anew");
    }
}

fn account(server: &MockServer) -> Credential {
    let key = include_str!("fixtures/invented_key.base64");
    // Put together here, so that no file of ours looks like somebody's key.
    let pem = format!("-----BEGIN {0}-----\n{key}\n-----END {0}-----\n", "PRIVATE KEY");
    let file = json!({"type": "service_account", "client_email": "shop@example.com", "private_key_id": "k1",
        "private_key": pem, "token_uri": format!("{}/token", server.uri())});
    Credential::ServiceAccount(Secret::new(file.to_string()))
}

fn claim_of(request: &Request) -> Value {
    use base64::Engine;
    let body = String::from_utf8(request.body.clone()).unwrap();
    let jwt = body.split_once("assertion=").unwrap().1.to_owned();
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn a_service_account_signs_in_once_and_by_googles_clock() {
    let server = MockServer::start().await;
    let granted = ResponseTemplate::new(200).set_body_json(json!({"access_token": "t-invented", "expires_in": 3600}));
    let wrong_clock = ResponseTemplate::new(400)
        .insert_header("date", "Fri, 20 Nov 2026 21:00:00 GMT")
        .set_body_json(json!({"error": "invalid_grant"}));
    script(&server, "POST", "/token", vec![wrong_clock, granted]).await;
    staging_can_be_made(&server).await;
    script(&server, "POST", UPLOAD, vec![done()]).await;
    let warehouse = BigQuery::with_clock(config(&server), &account(&server), Arc::new(clock())).unwrap();
    let other = SealedBatch { id: 8, ..batch() };
    let first = batch();
    let (one, two) = tokio::join!(warehouse.load(&first), warehouse.load(&other));
    one.and(two).expect("both loaded");

    let claims: Vec<Value> = sent(&server, "POST", "/token").await.iter().map(claim_of).collect();
    assert_eq!(claims.len(), 2, "one refused for the clock, one for both loads");
    assert_eq!(claims[1]["iat"].as_i64().unwrap() - claims[0]["iat"].as_i64().unwrap(), 3 * 3_600);
    assert_eq!(claims[1]["iss"], "shop@example.com");
    assert_eq!(claims[1]["scope"], "https://www.googleapis.com/auth/bigquery");
    let upload = &sent(&server, "POST", UPLOAD).await[0];
    assert_eq!(upload.headers["authorization"], "Bearer t-invented");
    assert!(!format!("{warehouse:?}").contains("invented"), "no secret in Debug");
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let server = MockServer::start().await;
    let granted = ResponseTemplate::new(200).set_body_json(json!({"access_token": "t-invented", "expires_in": 3600}));
    script(&server, "POST", "/token", vec![granted]).await;
    staging_can_be_made(&server).await;
    script(&server, "POST", UPLOAD, vec![refusal(401, "authError", "expired"), done()]).await;
    let warehouse = BigQuery::with_clock(config(&server), &account(&server), Arc::new(clock())).unwrap();
    warehouse.load(&batch()).await.expect("the renewed token is good");
    assert_eq!(sent(&server, "POST", "/token").await.len(), 2);
}

#[tokio::test]
async fn a_revoked_key_asks_for_a_person() {
    let server = MockServer::start().await;
    let refused = ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_grant"}));
    script(&server, "POST", "/token", vec![refused]).await;
    let warehouse = BigQuery::with_clock(config(&server), &account(&server), Arc::new(clock())).unwrap();
    for fault in [warehouse.load(&batch()).await.unwrap_err(), warehouse.probe().await.unwrap_err()] {
        assert_eq!((fault.class, fault.code), (FaultClass::Unauthorized, "BIGQUERY_KEY_REVOKED"));
    }
}

#[test]
fn what_cannot_be_reached_safely_is_refused_at_once() {
    let new = |change: fn(&mut Config), credential: Credential| -> Fault {
        let mut config = Config::new("proj", "ds");
        change(&mut config);
        BigQuery::new(config, &credential).expect_err("refused")
    };
    let key = |text: &str| Credential::ServiceAccount(Secret::new(text));
    let elsewhere = json!({"type": "service_account", "client_email": "a@example.com", "private_key": "x",
        "token_uri": "https://example.com/token"});
    let plain = json!({"type": "service_account", "client_email": "a@example.com", "private_key": "x",
        "token_uri": "http://oauth2.googleapis.com/token"});
    let cases = [
        (new(|c| c.base_url = "http://bigquery.example.com".to_owned(), Credential::None), "HTTP_NOT_ENCRYPTED"),
        (new(|c| c.base_url = "ftp://127.0.0.1".to_owned(), Credential::None), "HTTP_BAD_URL"),
        (new(|_| {}, Credential::None), "BIGQUERY_NO_KEY"),
        (new(|c| c.dataset = "d` WHERE".to_owned(), Credential::None), "BIGQUERY_CONFIG"),
        (new(|c| c.project = "P".to_owned(), Credential::None), "BIGQUERY_CONFIG"),
        (new(|c| c.location = String::new(), Credential::None), "BIGQUERY_CONFIG"),
        (new(|_| {}, key("not json")), "BIGQUERY_KEY_UNREADABLE"),
        (new(|_| {}, key("{\"type\":\"authorized_user\"}")), "BIGQUERY_KEY_UNREADABLE"),
        (new(|_| {}, key(&elsewhere.to_string())), "BIGQUERY_KEY_UNREADABLE"),
        (new(|_| {}, key(&plain.to_string())), "BIGQUERY_KEY_UNREADABLE"),
    ];
    for (fault, code) in cases {
        assert_eq!((fault.code, fault.class == FaultClass::Config), (code, true), "{fault:?}");
        assert!(!fault.hint.is_empty(), "a person is told what to do: {fault:?}");
    }
}
