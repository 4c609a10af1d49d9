//! The BigQuery stand-in keeps the part of BigQuery's contract that delivery stands on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use backroom_sandbox::bigquery::{BigQuery, BigQueryQuirks};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use backroom_sandbox::{DemoOptions, DemoStore};
use common::{Answer, send};
use serde_json::{Value, json};

const ROOT: &str = "/bigquery/v2/projects/p";

struct Client(BigQuery);

impl Client {
    fn new() -> Self {
        Self(BigQuery::start("d").unwrap())
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        send(&self.0.base_url(), method, &format!("{ROOT}{path}"), &[("Content-Type", "application/json")], &bytes)
            .unwrap()
    }

    fn table(&self, name: &str, partitioned: bool) {
        let fields = json!([
            {"name": "id", "type": "STRING", "mode": "REQUIRED"}, {"name": "amount", "type": "NUMERIC"},
            {"name": "status", "type": "STRING"}, {"name": "created_at", "type": "TIMESTAMP"},
            {"name": "_version", "type": "INT64"}, {"name": "_obs", "type": "INT64"}, {"name": "_deleted", "type": "BOOL"}
        ]);
        let mut body = json!({"tableReference": {"projectId": "p", "datasetId": "d", "tableId": name}, "schema": {"fields": fields}});
        if partitioned {
            body["timePartitioning"] = json!({"type": "DAY", "field": "created_at"});
            body["clustering"] = json!({"fields": ["status"]});
        }
        assert_eq!(self.call("POST", "/datasets/d/tables", &body).status, 200);
    }

    fn load(&self, job: &str, table: &str, disposition: &str, lines: &[Value]) -> std::io::Result<Answer> {
        let configuration = json!({"jobReference": {"jobId": job, "location": "US"}, "configuration": {"load": {
            "destinationTable": {"projectId": "p", "datasetId": "d", "tableId": table},
            "sourceFormat": "NEWLINE_DELIMITED_JSON", "writeDisposition": disposition, "createDisposition": "CREATE_NEVER"}}});
        let data: Vec<String> = lines.iter().map(Value::to_string).collect();
        let body = format!(
            "--frontier\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{configuration}\r\n--frontier\r\nContent-Type: application/octet-stream\r\n\r\n{}\n\r\n--frontier--\r\n",
            data.join("\n")
        );
        let target = "/upload/bigquery/v2/projects/p/jobs?uploadType=multipart";
        send(
            &self.0.base_url(),
            "POST",
            target,
            &[("Content-Type", "multipart/related; boundary=frontier")],
            body.as_bytes(),
        )
    }

    fn query(&self, sql: &str) -> Answer {
        self.call("POST", "/queries", &json!({"query": sql, "useLegacySql": false}))
    }

    fn values(&self, table: &str) -> Vec<(String, String, String)> {
        let mut rows: Vec<_> = self
            .0
            .rows(table)
            .into_iter()
            .map(|r| {
                let cell = |name: &str| r[name].clone().unwrap_or_default();
                (cell("id"), cell("amount"), cell("_version"))
            })
            .collect();
        rows.sort();
        rows
    }
}

fn row(id: &str, amount: &str, day: u32, version: i64) -> Value {
    json!({"id": id, "amount": amount, "status": "COMPLETED", "created_at": format!("2026-11-{day:02}T12:00:00.000Z"), "_version": version, "_obs": 0, "_deleted": false})
}

fn merge(staging: &[&str], window: Option<(u32, u32)>) -> String {
    let columns = "`id`, `amount`, `status`, `created_at`, `_version`, `_obs`, `_deleted`";
    let union: Vec<String> = staging.iter().map(|s| format!("SELECT {columns} FROM `p.d.{s}`")).collect();
    let within = window.map_or(String::new(), |(from, to)| {
        format!(" AND DATE(T.`created_at`) BETWEEN DATE '2026-11-{from:02}' AND DATE '2026-11-{to:02}'")
    });
    let set = columns.split(", ").map(|c| format!("{c} = S.{c}")).collect::<Vec<_>>().join(", ");
    let values = columns.split(", ").map(|c| format!("S.{c}")).collect::<Vec<_>>().join(", ");
    format!(
        "MERGE `p.d.target` T USING (SELECT {columns} FROM ({}) QUALIFY ROW_NUMBER() OVER (PARTITION BY `id` ORDER BY `_version` DESC, `_obs` DESC) = 1) S \
        ON T.`id` = S.`id`{within} WHEN MATCHED AND (S.`_version` > T.`_version` OR (S.`_version` = T.`_version` AND S.`_obs` > T.`_obs`)) \
        THEN UPDATE SET {set} WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({values})",
        union.join(" UNION ALL ")
    )
}

fn reason(answer: &Answer) -> String {
    answer.json()["error"]["errors"][0]["reason"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn datasets_and_tables_are_made_told_widened_and_dropped() {
    let client = Client::new();
    client.table("t", true);
    let told = client.call("GET", "/datasets/d/tables/t", &Value::Null).json();
    assert_eq!(told["timePartitioning"]["field"], "created_at");
    assert_eq!(told["clustering"]["fields"], json!(["status"]));
    assert_eq!(told["numRows"], "0");
    let again = client.call("POST", "/datasets/d/tables", &json!({"tableReference": {"tableId": "t"}}));
    assert_eq!((again.status, reason(&again).as_str()), (409, "duplicate"));
    let mut fields = told["schema"]["fields"].as_array().unwrap().clone();
    fields.push(json!({"name": "extra", "type": "STRING"}));
    let widened = client.call("PATCH", "/datasets/d/tables/t", &json!({"schema": {"fields": fields}}));
    assert_eq!(widened.json()["schema"]["fields"].as_array().unwrap().len(), 8);
    fields[1]["type"] = json!("FLOAT");
    assert_eq!(
        client.call("PATCH", "/datasets/d/tables/t", &json!({"schema": {"fields": fields}})).status,
        400,
        "no column changes its type"
    );
    assert_eq!(
        client.call("PATCH", "/datasets/d/tables/t", &json!({"schema": {"fields": fields[..3]}})).status,
        400,
        "no column goes"
    );
    for (method, path, status) in [
        ("GET", "/datasets/none", 404),
        ("GET", "/datasets/d/tables/none", 404),
        ("DELETE", "/datasets/d", 400),
        ("DELETE", "/datasets/d/tables/t", 204),
        ("DELETE", "/datasets/d/tables/t", 404),
        ("DELETE", "/datasets/d", 204),
    ] {
        assert_eq!(client.call(method, path, &Value::Null).status, status, "{method} {path}");
    }
    assert_eq!(client.call("POST", "/datasets", &json!({"datasetReference": {"datasetId": "e"}})).status, 200);
    assert_eq!(client.call("GET", "/datasets", &Value::Null).json()["datasets"].as_array().unwrap().len(), 1);
}

#[test]
fn tables_are_listed_by_pages() {
    let client = Client::new();
    for n in 0..5 {
        client.table(&format!("t{n}"), false);
    }
    let first = client.call("GET", "/datasets/d/tables?maxResults=3", &Value::Null).json();
    assert_eq!(first["tables"].as_array().unwrap().len(), 3);
    let token = first["nextPageToken"].as_str().unwrap();
    let second = client.call("GET", &format!("/datasets/d/tables?maxResults=3&pageToken={token}"), &Value::Null).json();
    assert_eq!(second["tables"].as_array().unwrap().len(), 2);
    assert!(second["nextPageToken"].is_null());
}

#[test]
fn a_load_runs_once_per_job_id_whatever_it_brings() {
    let client = Client::new();
    client.table("s", false);
    let done = client.load("job-1", "s", "WRITE_TRUNCATE", &[row("a", "12.50", 1, 1), row("b", "3", 1, 1)]).unwrap();
    assert_eq!(done.status, 200);
    assert_eq!(done.json()["status"], json!({"state": "DONE"}));
    assert_eq!(done.json()["statistics"]["load"]["outputRows"], "2");
    let again = client.load("job-1", "s", "WRITE_TRUNCATE", &[row("c", "1", 1, 1)]).unwrap();
    assert_eq!((again.status, reason(&again).as_str()), (409, "duplicate"));
    assert_eq!(client.call("GET", "/jobs/job-1?location=US", &Value::Null).json()["status"]["state"], "DONE");
    assert_eq!(client.call("GET", "/jobs/job-9", &Value::Null).status, 404);
    assert_eq!(client.values("d.s").len(), 2);
    client.load("job-2", "s", "WRITE_APPEND", &[row("c", "1", 1, 1)]).unwrap();
    assert_eq!(client.values("d.s").len(), 3);
    client.load("job-3", "s", "WRITE_TRUNCATE", &[row("z", "0.10", 1, 1)]).unwrap();
    assert_eq!(client.values("d.s"), [("z".to_owned(), "0.1".to_owned(), "1".to_owned())]);
}

#[test]
fn a_load_that_does_not_fit_changes_nothing_and_says_why() {
    let client = Client::new();
    client.table("s", false);
    let cases = [
        (json!({"id": "a", "colour": "red"}), "No such field: colour"),
        (json!({"amount": "1"}), "Missing required field: id"),
        (json!({"id": "a", "amount": "twelve"}), "Could not parse `twelve` as NUMERIC"),
        (json!({"id": "a", "created_at": "noon"}), "Could not parse `noon` as TIMESTAMP"),
    ];
    for (nth, (bad, wanted)) in cases.into_iter().enumerate() {
        let answer = client.load(&format!("job-{nth}"), "s", "WRITE_APPEND", &[row("good", "1", 1, 1), bad]).unwrap();
        let status = &answer.json()["status"];
        assert_eq!(status["errorResult"]["reason"], "invalid");
        assert!(status["errorResult"]["message"].as_str().unwrap().contains(wanted), "{status}");
    }
    assert!(client.values("d.s").is_empty(), "a failed load is atomic");
    let missing = client.load("job-m", "nowhere", "WRITE_APPEND", &[]).unwrap();
    assert_eq!(missing.json()["status"]["errorResult"]["reason"], "notFound");
    client.0.set_quirks(BigQueryQuirks {
        poison: Some("evil".to_owned()),
        rejected_field: None,
        ..BigQueryQuirks::default()
    });
    let poisoned =
        client.load("job-p", "s", "WRITE_APPEND", &[row("fine", "1", 1, 1), row("evil", "1", 1, 1)]).unwrap();
    assert!(poisoned.json()["status"]["errorResult"].is_object());
    client.0.set_quirks(BigQueryQuirks { rejected_field: Some("status".to_owned()), ..BigQueryQuirks::default() });
    let rejected = client.load("job-r", "s", "WRITE_APPEND", &[row("fine", "1", 1, 1)]).unwrap();
    assert!(rejected.json()["status"]["errorResult"]["message"].as_str().unwrap().contains("No such field: status"));
}

#[test]
fn merge_keeps_the_newest_version_of_each_key_in_any_order_and_however_often() {
    let client = Client::new();
    client.table("target", true);
    client.table("s1", false);
    client.table("s2", false);
    client
        .load("1", "s1", "WRITE_TRUNCATE", &[row("a", "1", 1, 1), row("b", "2", 2, 5), row("a", "1.5", 1, 2)])
        .unwrap();
    client.load("2", "s2", "WRITE_TRUNCATE", &[row("a", "9", 1, 9), row("b", "1", 2, 1), row("c", "3", 3, 1)]).unwrap();
    let wanted: Vec<_> = [("a", "9", "9"), ("b", "2", "5"), ("c", "3", "1")]
        .map(|(i, a, v)| (i.to_owned(), a.to_owned(), v.to_owned()))
        .to_vec();
    let first = client.query(&merge(&["s1", "s2"], Some((1, 3))));
    assert_eq!(first.status, 200, "{}", String::from_utf8_lossy(&first.body));
    assert_eq!(first.json()["dmlStats"]["insertedRowCount"], "3");
    assert_eq!(client.values("d.target"), wanted);
    for staging in [vec!["s1"], vec!["s2"], vec!["s2", "s1"]] {
        let again = client.query(&merge(&staging, Some((1, 3)))).json();
        assert_eq!(again["numDmlAffectedRows"], "0", "a replay changes nothing");
    }
    assert_eq!(client.values("d.target"), wanted);
    let unguarded = merge(&["s1"], None)
        .replace("QUALIFY ROW_NUMBER() OVER (PARTITION BY `id` ORDER BY `_version` DESC, `_obs` DESC) = 1", "");
    assert_eq!(reason(&client.query(&unguarded)), "invalidQuery", "a key that comes twice is an error without QUALIFY");
}

#[test]
fn a_merge_that_is_pruned_too_far_doubles_rows_as_bigquery_does() {
    let client = Client::new();
    client.table("target", true);
    client.table("s", false);
    client.load("1", "s", "WRITE_TRUNCATE", &[row("a", "1", 1, 1)]).unwrap();
    client.query(&merge(&["s"], Some((1, 1))));
    client.load("2", "s", "WRITE_TRUNCATE", &[row("a", "2", 1, 2)]).unwrap();
    client.query(&merge(&["s"], Some((2, 9))));
    assert_eq!(client.values("d.target").len(), 2, "the old row lies outside the window, so it was not found");
    let count = client.query("SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids, SUM(amount) AS total, MAX(_version) FROM `p.d.target` WHERE NOT _deleted").json();
    assert_eq!(count["rows"][0]["f"], json!([{"v": "2"}, {"v": "1"}, {"v": "3"}, {"v": "2"}]));
}

#[test]
fn cost_is_told_beforehand_and_the_limit_holds() {
    let client = Client::new();
    client.table("target", true);
    client.table("s", false);
    for day in 1..=9 {
        client.load(&format!("d{day}"), "s", "WRITE_TRUNCATE", &[row(&format!("k{day}"), "1", day, 1)]).unwrap();
        client.query(&merge(&["s"], Some((day, day))));
    }
    let bytes = |window| -> u64 {
        let body = json!({"query": merge(&["s"], window), "useLegacySql": false, "dryRun": true});
        client.call("POST", "/queries", &body).json()["totalBytesProcessed"].as_str().unwrap().parse().unwrap()
    };
    assert!(bytes(Some((9, 9))) < bytes(Some((1, 9))), "pruning is cheaper");
    assert_eq!(bytes(Some((1, 9))), bytes(None));
    assert_eq!(client.values("d.target").len(), 9);
    let limited = json!({"query": merge(&["s"], None), "useLegacySql": false, "maximumBytesBilled": "1000000"});
    assert_eq!(reason(&client.call("POST", "/queries", &limited)), "bytesBilledLimitExceeded");
    assert_eq!(
        reason(&client.call("POST", "/queries", &json!({"query": "SELECT 1"}))),
        "invalidQuery",
        "legacy SQL is the default"
    );
    assert_eq!(client.query("FROB THE TABLE").status, 400);
    assert_eq!(client.query("SELECT COUNT(*) FROM `p.d.none`").status, 404);
}

#[test]
fn a_reader_gets_rows_by_sql_by_pages_and_by_list() {
    let client = Client::new();
    client.table("t", false);
    let rows: Vec<Value> = (0..7).map(|n| row(&format!("k{n}"), &format!("{n}.25"), n + 1, 1)).collect();
    client.load("1", "t", "WRITE_APPEND", &rows).unwrap();
    let asked = client.call("POST", "/queries", &json!({"query": "SELECT id, created_at FROM `p.d.t` WHERE amount >= 2 ORDER BY id DESC LIMIT 3", "useLegacySql": false, "formatOptions": {"useInt64Timestamp": true}})).json();
    assert_eq!(asked["rows"][0]["f"], json!([{"v": "k6"}, {"v": "1794052800000000"}]));
    assert_eq!(asked["totalRows"], "3");
    let job = asked["jobReference"]["jobId"].as_str().unwrap();
    let page = client.call("GET", &format!("/queries/{job}?maxResults=2"), &Value::Null).json();
    assert_eq!((page["rows"].as_array().unwrap().len(), page["pageToken"].as_str()), (2, Some("2")));
    let list = client.call("GET", "/datasets/d/tables/t/data?maxResults=5", &Value::Null).json();
    assert_eq!((list["rows"].as_array().unwrap().len(), list["totalRows"].as_str()), (5, Some("7")));
    assert_eq!(client.query("DELETE FROM `p.d.t` WHERE id = 'k0'").json()["numDmlAffectedRows"], "1");
    client.query("CREATE TABLE `p.d.t2` PARTITION BY DATE(created_at) CLUSTER BY status, id AS SELECT * FROM `p.d.t`");
    let told = client.call("GET", "/datasets/d/tables/t2", &Value::Null).json();
    assert_eq!((told["numRows"].as_str(), &told["clustering"]["fields"]), (Some("6"), &json!(["status", "id"])));
    client.table("t4", false);
    let inserted = client.query("INSERT INTO `p.d.t4` (`id`, `amount`) SELECT `id`, `amount` FROM `p.d.t`");
    assert_eq!(inserted.json()["dmlStats"]["insertedRowCount"], "6");
    assert_eq!(client.values("d.t4")[0], ("k1".to_owned(), "1.25".to_owned(), String::new()));
    client.query("DROP TABLE `p.d.t4`");
    client.query("ALTER TABLE `p.d.t2` RENAME TO t3");
    client.query("ALTER TABLE `p.d.t3` ADD COLUMN IF NOT EXISTS note STRING");
    client.query("DROP TABLE IF EXISTS `p.d.t`");
    assert_eq!(client.0.tables().into_iter().collect::<Vec<_>>(), [("d.t3".to_owned(), 6)]);
}

#[test]
fn streamed_rows_are_checked_and_known_by_their_insert_id() {
    let client = Client::new();
    client.table("t", false);
    let insert = |rows: Value| client.call("POST", "/datasets/d/tables/t/insertAll", &json!({"rows": rows})).json();
    let entry = |id: &str| json!({"insertId": id, "json": {"id": id}});
    assert!(insert(json!([entry("a"), entry("b")]))["insertErrors"].is_null());
    assert!(insert(json!([entry("a")]))["insertErrors"].is_null());
    assert_eq!(client.0.rows("d.t").len(), 2);
    let errors = insert(json!([entry("c"), {"json": {"id": "d", "colour": 1}}]));
    assert_eq!(errors["insertErrors"][0]["errors"][0]["reason"], "invalid");
    assert_eq!(errors["insertErrors"][1]["errors"][0]["reason"], "stopped");
    assert_eq!(client.0.rows("d.t").len(), 2, "all or nothing");
}

#[test]
fn faults_before_and_after_the_work_differ() {
    let client = Client::new();
    client.table("s", false);
    let strike =
        |kind: FaultKind| client.0.set_faults(Faults { rules: vec![FaultRule::once(kind)], ..Faults::default() });
    let load = |job: &str| client.load(job, "s", "WRITE_APPEND", &[row(job, "1", 1, 1)]);
    for (kind, status, wanted) in [
        (FaultKind::Status { status: 503 }, 503, "backendError"),
        (FaultKind::QuotaExceeded, 403, "quotaExceeded"),
        (FaultKind::RateLimitExceeded, 403, "rateLimitExceeded"),
        (FaultKind::TokenExpired, 401, "authError"),
        (FaultKind::MissingScope, 403, "accessDenied"),
    ] {
        strike(kind);
        let answer = load("before").unwrap();
        assert_eq!((answer.status, reason(&answer).as_str()), (status, wanted));
        assert!(client.values("d.s").is_empty(), "nothing was done");
    }
    for (nth, kind) in
        [FaultKind::StatusAfterCommit { status: 503 }, FaultKind::ResetAfterCommit, FaultKind::Cut { after_bytes: 40 }]
            .into_iter()
            .enumerate()
    {
        strike(kind.clone());
        let job = format!("after-{nth}");
        assert!(load(&job).map_or(true, |answer| answer.status == 503), "{kind:?}");
        assert_eq!(client.values("d.s").len(), nth + 1, "{kind:?}: it was done all the same");
        assert_eq!(load(&job).unwrap().status, 409, "and sending it again shows that it was");
    }
    client.0.set_faults(Faults { offline: true, ..Faults::default() });
    assert!(load("offline").is_err());
}

#[test]
fn a_new_table_may_not_be_seen_at_once_and_jobs_may_take_their_time() {
    let client = Client::new();
    client.0.set_quirks(BigQueryQuirks { unseen_after_create: 1, running_polls: 2, ..BigQueryQuirks::default() });
    client.table("s", false);
    let first = client.load("1", "s", "WRITE_APPEND", &[row("a", "1", 1, 1)]).unwrap();
    assert_eq!(first.json()["status"]["state"], "RUNNING");
    let state = || client.call("GET", "/jobs/1", &Value::Null).json()["status"].clone();
    assert_eq!(state()["state"], "RUNNING");
    assert_eq!(state()["state"], "RUNNING");
    assert_eq!(state()["errorResult"]["reason"], "notFound", "the table was not there yet");
    client.0.set_quirks(BigQueryQuirks::default());
    client.load("2", "s", "WRITE_APPEND", &[row("a", "1", 1, 1)]).unwrap();
    assert_eq!(client.values("d.s").len(), 1);
    assert!(client.0.counters().bytes_in > 0 && client.0.job_ids().len() == 2);
}

#[test]
fn the_demonstration_store_has_both_and_lives() {
    let options =
        DemoOptions { payments: 500, live: Some(std::time::Duration::from_millis(2)), ..DemoOptions::default() };
    let store = DemoStore::start(&options).unwrap();
    let told =
        send(&store.bigquery.base_url(), "GET", "/bigquery/v2/projects/demo-project/datasets/demo", &[], b"").unwrap();
    assert_eq!(told.status, 200);
    let begun = std::time::Instant::now();
    while store.square.truth().payments < 505 {
        assert!(begun.elapsed().as_secs() < 20, "sales come in by themselves");
        std::thread::yield_now();
    }
    store.square.set_live(None);
}
