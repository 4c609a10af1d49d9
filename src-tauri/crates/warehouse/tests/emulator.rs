//! Delivery against the real BigQuery test server. Runs where `BACKROOM_BIGQUERY` names its folder.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

mod common;

use backroom_core::table::{Cell, Table};
use backroom_core::warehouse::{SealedBatch, Warehouse};
use backroom_core::{BusinessDay, Currency, FaultClass, Timestamp};
use backroom_warehouse::{BigQuery, Config, Credential, Migration};
use common::Server;
use serde_json::{Value, json};

struct World {
    server: Server,
    http: reqwest::Client,
}

impl World {
    fn warehouse(&self, dataset: &str) -> BigQuery {
        let base_url = self.server.address.clone();
        BigQuery::new(Config { base_url, ..Config::new("proj", dataset) }, &Credential::None).expect("a warehouse")
    }

    async fn call(&self, method: reqwest::Method, path: &str, body: &Value) -> Value {
        let url = format!("{}/bigquery/v2/projects/proj/{path}", self.server.address);
        let reply = self.http.request(method, url).json(body).send().await.expect("an answer");
        reply.json().await.unwrap_or(Value::Null)
    }

    async fn query(&self, sql: &str) -> Vec<Vec<Value>> {
        let body = json!({"query": sql, "useLegacySql": false, "timeoutMs": 60_000});
        let told = self.call(reqwest::Method::POST, "queries", &body).await;
        assert!(told["error"].is_null(), "{sql}: {told}");
        let rows = told["rows"].as_array().cloned().unwrap_or_default();
        rows.iter().map(|r| r["f"].as_array().unwrap().iter().map(|c| c["v"].clone()).collect()).collect()
    }

    async fn table(&self, dataset: &str, table: &str) -> Value {
        self.call(reqwest::Method::GET, &format!("datasets/{dataset}/tables/{table}"), &Value::Null).await
    }

    async fn tables(&self, dataset: &str) -> Vec<String> {
        let told = self.call(reqwest::Method::GET, &format!("datasets/{dataset}/tables"), &Value::Null).await;
        let tables = told["tables"].as_array().cloned().unwrap_or_default();
        tables.iter().map(|t| t["tableReference"]["tableId"].as_str().unwrap().to_owned()).collect()
    }
}

/// A payment with the cells that these tests look at.
fn payment(id: &str, minor: i64, status: &str, created: &str, version: i64, obs: i64, deleted: bool) -> Vec<Cell> {
    let spec = Table::SquarePayments.spec();
    let cell = |name: &str| match name {
        "id" => Cell::Text(id.to_owned()),
        "amount" | "total_amount" => Cell::Money(minor, Currency::USD),
        "currency" => Cell::Text("USD".to_owned()),
        "status" => Cell::Text(status.to_owned()),
        "created_at" => Cell::Time(Timestamp::parse(created).unwrap()),
        "business_day" => Cell::Date(BusinessDay::parse(&created[..10]).unwrap()),
        "_version" => Cell::Int(version),
        "_obs" => Cell::Int(obs),
        "_deleted" => Cell::Bool(deleted),
        "_source" => Cell::Text("main".to_owned()),
        _ => Cell::Null,
    };
    spec.columns.iter().map(|c| cell(c.name)).collect()
}

fn days_of(rows: &[Vec<Cell>], table: Table) -> Option<(BusinessDay, BusinessDay)> {
    let place = table.spec().columns.iter().position(|c| c.name == "created_at")?;
    let day = |row: &Vec<Cell>| match &row[place] {
        Cell::Time(at) => BusinessDay::parse(&at.to_rfc3339()[..10]).ok(),
        _ => None,
    };
    let all: Vec<_> = rows.iter().filter_map(day).collect();
    Some((*all.iter().min()?, *all.iter().max()?))
}

fn seal(warehouse: &BigQuery, device: &str, id: i64, table: Table, rows: &[Vec<Cell>]) -> SealedBatch {
    let body = warehouse.encode(table, rows).expect("rows that fit");
    let hash = format!("{:016x}", body.iter().fold(7u64, |h, b| h.wrapping_mul(31).wrapping_add(u64::from(*b))));
    let days = days_of(rows, table);
    SealedBatch { id, device: device.to_owned(), table, rows: rows.len() as u64, hash, days, body: body.into() }
}

async fn deliver(warehouse: &BigQuery, batches: &[SealedBatch]) {
    for batch in batches {
        warehouse.load(batch).await.expect("loaded");
    }
    warehouse.merge(batches[0].table, batches).await.expect("merged");
}

const T: Table = Table::SquarePayments;
const DAY1: &str = "2026-11-01T10:00:00.123456Z";
const DAY2: &str = "2026-11-02T10:00:00Z";

async fn delivery(world: &World) {
    let warehouse = world.warehouse("delivery");
    warehouse.prepare(T).await.expect("dataset and table are created");
    let resource = world.table("delivery", T.name()).await;
    assert_eq!(resource["timePartitioning"]["field"], "created_at", "{resource}");
    assert_eq!(resource["clustering"]["fields"], json!(["customer_id", "status"]));
    assert!(resource["schema"]["fields"][0]["description"].is_string(), "columns are described");

    let first = [
        payment("a", 1250, "APPROVED", DAY1, 10, 0, false),
        payment("b", -5, "COMPLETED", DAY1, 10, 0, false),
        payment("c", 999, "COMPLETED", DAY2, 10, 0, false),
    ];
    let one = seal(&warehouse, "pc1", 1, T, &first);
    deliver(&warehouse, std::slice::from_ref(&one)).await;
    let all = "SELECT id, CAST(amount * 100 AS INT64), status, _version, _obs, _deleted FROM `proj.delivery.square_payments` ORDER BY id";
    let rows = world.query(all).await;
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0][..3], [json!("a"), json!("1250"), json!("APPROVED")]);
    let time = "SELECT FORMAT_TIMESTAMP('%F %H:%M:%E6S', created_at), business_day FROM `proj.delivery.square_payments` WHERE id = 'a'";
    assert_eq!(
        world.query(time).await,
        [[json!("2026-11-01 10:00:00.123456"), json!("2026-11-01")]],
        "to the microsecond"
    );
    assert!(!world.tables("delivery").await.iter().any(|t| t.starts_with("_backroom")), "staging is dropped");

    // The same batch again, as after a crash before the acknowledgement: its job is known, its staging gone.
    deliver(&warehouse, std::slice::from_ref(&one)).await;
    assert_eq!(world.query(all).await, rows, "a replay changes nothing");

    // A newer version, then an older one that comes late; two batches of two PCs in one merge.
    let newer = seal(&warehouse, "pc1", 2, T, &[payment("a", 1300, "COMPLETED", DAY1, 20, 0, false)]);
    deliver(&warehouse, std::slice::from_ref(&newer)).await;
    let late = seal(&warehouse, "pc1", 3, T, &[payment("a", 1, "PENDING", DAY1, 15, 7, false)]);
    let other = seal(
        &warehouse,
        "pc2",
        3,
        T,
        &[payment("a", 2, "PENDING", DAY1, 5, 0, false), payment("d", 400, "COMPLETED", DAY2, 10, 0, false)],
    );
    deliver(&warehouse, &[late, other]).await;
    let rows = world.query(all).await;
    assert_eq!(rows[0][..4], [json!("a"), json!("1300"), json!("COMPLETED"), json!("20")], "the newest version stays");
    assert_eq!(rows.len(), 4, "each payment once");

    // The same version seen again with other content, and a deletion flagged.
    let seen = seal(
        &warehouse,
        "pc1",
        4,
        T,
        &[payment("b", -5, "COMPLETED", DAY1, 10, 1, true), payment("c", 998, "COMPLETED", DAY2, 10, 0, false)],
    );
    deliver(&warehouse, &[seen]).await;
    let rows = world.query(all).await;
    assert_eq!(rows[1][4..], [json!("1"), json!("true")], "the deletion is flagged, the row kept");
    assert_eq!(rows[2][1], json!("999"), "the same version and observation changes nothing");

    // Several versions of a key in one merge.
    let twice = [payment("e", 1, "PENDING", DAY2, 1, 0, false), payment("e", 3, "COMPLETED", DAY2, 3, 0, false)];
    let more = seal(&warehouse, "pc1", 6, T, &[payment("e", 2, "APPROVED", DAY2, 2, 9, false)]);
    deliver(&warehouse, &[seal(&warehouse, "pc1", 5, T, &twice), more]).await;
    let rows = world.query(all).await;
    assert_eq!((rows.len(), &rows[4][1]), (5, &json!("3")), "the newest of three");
}

async fn staging_gone_and_sweep(world: &World) {
    let warehouse = world.warehouse("sweeping");
    warehouse.prepare(T).await.unwrap();
    let batch = |id| seal(&warehouse, "pc1", id, T, &[payment("a", id, "COMPLETED", DAY1, id, 0, false)]);
    let missing = warehouse.merge(T, &[batch(1)]).await.expect_err("never loaded");
    assert_eq!(missing.class, FaultClass::NotFound, "{missing:?}");
    assert_eq!(missing.code, "BIGQUERY_STAGING_GONE", "{missing:?}");

    for id in [1, 2, 3] {
        warehouse.load(&batch(id)).await.unwrap();
        warehouse.load(&batch(id)).await.expect("loading again is harmless");
    }
    let other = seal(&warehouse, "pc2", 9, T, &[payment("z", 9, "COMPLETED", DAY1, 1, 0, false)]);
    warehouse.load(&other).await.unwrap();
    assert_eq!(warehouse.sweep("pc1", &[2]).await.unwrap(), 2, "1 and 3 go");
    let mut left = world.tables("sweeping").await;
    left.sort();
    assert_eq!(left, ["_backroom_pc1_square_payments_2", "_backroom_pc2_square_payments_9", "square_payments"]);

    // The merge of 1 failed under its id; after loading anew it runs under another.
    deliver(&warehouse, &[batch(1)]).await;
    assert_eq!(world.query("SELECT COUNT(*) FROM `proj.sweeping.square_payments`").await, [[json!("1")]]);
}

async fn bad_rows(world: &World) {
    let warehouse = world.warehouse("bad");
    warehouse.prepare(T).await.unwrap();
    let mut batch = seal(&warehouse, "pc1", 1, T, &[payment("a", 1, "COMPLETED", DAY1, 1, 0, false)]);
    let bad: &[u8] = b"{\"id\":\"b\",\"amount\":\"not-a-number\"}\n";
    batch.body = [&batch.body, bad].concat().into();
    let fault = warehouse.load(&batch).await.expect_err("a row that is no row");
    assert_eq!(fault.class, FaultClass::Rejected, "{fault:?}");
    assert!(!fault.message.contains("not-a-number"), "{fault:?}");
}

/// A table as another program left it: FLOAT amounts, no version columns, a column of its own, no partitions, and a
/// payment that it wrote twice.
async fn legacy_table(world: &World) {
    world
        .call(
            reqwest::Method::POST,
            "datasets",
            &json!({"datasetReference": {"projectId": "proj", "datasetId": "legacy"}}),
        )
        .await;
    let field = |name: &str, kind: &str| json!({"name": name, "type": kind});
    let fields = [
        field("id", "STRING"),
        field("amount", "FLOAT"),
        field("status", "STRING"),
        field("customer_id", "STRING"),
        field("created_at", "TIMESTAMP"),
        field("note", "STRING"),
    ];
    let table = json!({
        "tableReference": {"projectId": "proj", "datasetId": "legacy", "tableId": T.name()},
        "schema": {"fields": fields},
    });
    world.call(reqwest::Method::POST, "datasets/legacy/tables", &table).await;
    world
        .query(
            "INSERT INTO `proj.legacy.square_payments` (id, amount, status, created_at, note) VALUES \
             ('a', 12.5, 'APPROVED', TIMESTAMP '2026-11-01 10:00:00+00', 'kept'), \
             ('x', 1.25, 'COMPLETED', TIMESTAMP '2025-01-01 10:00:00+00', 'one'), \
             ('x', 1.5, 'COMPLETED', TIMESTAMP '2025-01-01 10:00:00+00', 'two'), \
             ('n', 3.0, 'COMPLETED', NULL, NULL)",
        )
        .await;
    let warehouse = world.warehouse("legacy");
    warehouse.prepare(T).await.expect("accepted");
    let fields = world.table("legacy", T.name()).await["schema"]["fields"].as_array().unwrap().clone();
    let kind = |name: &str| fields.iter().find(|f| f["name"] == name).map(|f| f["type"].as_str().unwrap().to_owned());
    assert!(matches!(kind("amount").as_deref(), Some("FLOAT" | "FLOAT64")), "never retyped: {fields:?}");
    assert_eq!(kind("note").as_deref(), Some("STRING"), "never dropped");
    assert_eq!(kind("tip_amount").as_deref(), Some("NUMERIC"), "what is missing is added");
    assert!(kind("_version").is_some());

    let rows = [
        payment("a", 1300, "COMPLETED", DAY1, 20, 0, false),
        payment("n", 400, "COMPLETED", DAY1, 20, 0, false),
        payment("q", 7, "COMPLETED", DAY2, 1, 0, false),
    ];
    let first = seal(&warehouse, "pc1", 1, T, &rows);
    deliver(&warehouse, &[first]).await;
    let all = "SELECT id, CAST(ROUND(amount * 100) AS INT64), status, note FROM `proj.legacy.square_payments` ORDER BY id, amount";
    let rows = world.query(all).await;
    let expected = [
        [json!("a"), json!("1300"), json!("COMPLETED"), json!("kept")],
        [json!("n"), json!("400"), json!("COMPLETED"), Value::Null],
        [json!("q"), json!("7"), json!("COMPLETED"), Value::Null],
        [json!("x"), json!("125"), json!("COMPLETED"), json!("one")],
        [json!("x"), json!("150"), json!("COMPLETED"), json!("two")],
    ];
    assert_eq!(rows, expected, "rows without a version are older than ours; columns of others are left alone");

    let dry = warehouse.migrate(T, true).await.expect("an estimate");
    // The test server's row counts are estimates: rows that were updated count twice.
    assert!(matches!(&dry, Migration::Estimate { rows: 5.., bytes: 1.., .. }), "{dry:?}");
    assert!(world.table("legacy", T.name()).await["timePartitioning"].is_null(), "a dry run changes nothing");

    let done = warehouse.migrate(T, false).await.expect("migrated");
    let Migration::Done { rows: 5, kept_as } = done else { panic!("{done:?}") };
    let resource = world.table("legacy", T.name()).await;
    assert_eq!(resource["timePartitioning"]["field"], "created_at", "{resource}");
    assert_eq!(world.query(all).await, expected, "every row is there, duplicates of others included");
    assert_eq!(world.query(&all.replace("square_payments", &kept_as)).await, expected, "the old table is kept");
    assert_eq!(warehouse.migrate(T, false).await, Ok(Migration::NotNeeded));
    let names = world.tables("legacy").await;
    assert_eq!(names.len(), 2, "no copy is left behind: {names:?}");

    let again =
        [payment("a", 1400, "COMPLETED", DAY1, 30, 0, false), payment("n", 500, "COMPLETED", DAY1, 30, 0, false)];
    deliver(&warehouse, &[seal(&warehouse, "pc1", 2, T, &again)]).await;
    let rows = world.query(all).await;
    assert_eq!((rows.len(), &rows[0][1], &rows[1][1]), (5, &json!("1400"), &json!("500")), "pruned, and each key once");

    // A row of others without a date lies in no day's partition and is found all the same.
    world.query("INSERT INTO `proj.legacy.square_payments` (id, amount, status) VALUES ('w', 9.0, 'OPEN')").await;
    deliver(&warehouse, &[seal(&warehouse, "pc1", 3, T, &[payment("w", 901, "COMPLETED", DAY2, 1, 0, false)])]).await;
    let rows = world.query(all).await;
    assert_eq!((rows.len(), &rows[3][1]), (6, &json!("901")), "the key is there once: {rows:?}");

    // Broken off between the two renames: the table's name is free, its copy and the old one are there, and another PC
    // delivered to the old one after it was copied.
    let free_the_name = "ALTER TABLE `proj.legacy.square_payments` RENAME TO `square_payments_partitioning`";
    world.query(free_the_name).await;
    let late = format!(
        "INSERT INTO `proj.legacy.{kept_as}` (id, amount, status, created_at, _version, _obs) \
         VALUES ('y', 8.0, 'COMPLETED', TIMESTAMP '2026-11-02 10:00:00+00', 5, 0)"
    );
    world.query(&late).await;
    assert!(matches!(warehouse.migrate(T, true).await, Ok(Migration::Estimate { .. })), "it only has to be finished");
    let done = warehouse.migrate(T, false).await.expect("finished");
    assert!(matches!(done, Migration::Done { .. }), "{done:?}");
    let mut expected = rows;
    expected.push(vec![json!("y"), json!("800"), json!("COMPLETED"), Value::Null]);
    assert_eq!(world.query(all).await, expected, "what came late follows; nothing newer is overwritten");

    // The same, and another PC made a new table under the free name before it was finished.
    world.query(free_the_name).await;
    let other = world.warehouse("legacy");
    other.prepare(T).await.unwrap();
    deliver(&other, &[seal(&other, "pc2", 1, T, &[payment("a", 1500, "COMPLETED", DAY1, 40, 0, false)])]).await;
    let done = warehouse.migrate(T, false).await.expect("joined");
    assert!(matches!(done, Migration::Done { .. }), "{done:?}");
    let rows = world.query(all).await;
    let ids: Vec<_> = rows.iter().map(|r| r[0].as_str().unwrap()).collect();
    assert_eq!(ids, ["a", "n", "q", "w", "x", "y"], "every key of the old table is in the new one, once");
    assert_eq!(rows[0][1], json!("1500"), "the newest stays");
    assert_eq!(warehouse.migrate(T, false).await, Ok(Migration::NotNeeded));
}

/// Lines are identified by order and line together.
async fn composite_key(world: &World) {
    let table = Table::SquareOrderLines;
    let line = |order: &str, uid: &str, milli: i64, version: i64| -> Vec<Cell> {
        let cell = |name: &str| match name {
            "order_id" => Cell::Text(order.to_owned()),
            "line_uid" => Cell::Text(uid.to_owned()),
            "quantity" => Cell::Milli(milli),
            "created_at" => Cell::Time(Timestamp::parse(DAY1).unwrap()),
            "_version" => Cell::Int(version),
            "_obs" => Cell::Int(0),
            _ => Cell::Null,
        };
        table.spec().columns.iter().map(|c| cell(c.name)).collect()
    };
    let warehouse = world.warehouse("lines");
    warehouse.prepare(table).await.unwrap();
    let first = [line("o1", "1", 1_000, 1), line("o1", "2", 2_000, 1), line("o2", "1", 3_000, 1)];
    let second = [line("o1", "2", -2_500, 2), line("o2", "2", 4_000, 1)];
    deliver(&warehouse, &[seal(&warehouse, "pc1", 1, table, &first)]).await;
    deliver(&warehouse, &[seal(&warehouse, "pc1", 2, table, &second)]).await;
    let sql =
        "SELECT order_id, line_uid, CAST(quantity * 1000 AS INT64) FROM `proj.lines.square_order_lines` ORDER BY 1, 2";
    let text = |rows: &[[&str; 3]]| rows.iter().map(|r| r.map(|c| json!(c)).to_vec()).collect::<Vec<_>>();
    let expected = text(&[["o1", "1", "1000"], ["o1", "2", "-2500"], ["o2", "1", "3000"], ["o2", "2", "4000"]]);
    assert_eq!(world.query(sql).await, expected);
}

/// A person's test of the connection.
async fn probe(world: &World) {
    let words = world.warehouse("probed").probe().await.expect("everything works");
    assert!(words.len() >= 5, "{words:?}");
    assert_eq!(world.tables("probed").await, Vec::<String>::new(), "the trial leaves nothing behind");
}

/// Whatever is delivered by whom, in which order and how often: the newest version of each key stands, once.
async fn any_order(world: &World) {
    let warehouse = world.warehouse("orders");
    warehouse.prepare(T).await.unwrap();
    let mut state = 2_026_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut newest = std::collections::BTreeMap::new();
    let mut batches = Vec::new();
    for id in 0..16_i64 {
        let rows: Vec<Vec<Cell>> = (0..1 + random(6))
            .map(|_| {
                let (key, version, obs) = (random(8), random(5), random(3));
                // What a version holds never differs, or nobody could say which is right.
                let minor = i64::try_from(key * 10_000 + version * 100 + obs).unwrap();
                let held = newest.entry(format!("k{key}")).or_insert((version, obs, minor));
                *held = (*held).max((version, obs, minor));
                let day = if key % 2 == 0 { DAY1 } else { DAY2 };
                let (version, obs) = (i64::try_from(version).unwrap(), i64::try_from(obs).unwrap());
                payment(&format!("k{key}"), minor, "COMPLETED", day, version, obs, false)
            })
            .collect();
        batches.push(seal(&warehouse, if random(2) == 0 { "pc1" } else { "pc2" }, id, T, &rows));
    }
    for _ in 0..3 {
        for place in (1..batches.len()).rev() {
            batches.swap(place, usize::try_from(random(place as u64 + 1)).unwrap());
        }
        let mut rest = batches.as_slice();
        while !rest.is_empty() {
            let (some, more) = rest.split_at(rest.len().min(1 + usize::try_from(random(5)).unwrap()));
            deliver(&warehouse, some).await;
            rest = more;
        }
    }
    let sql = "SELECT id, CAST(amount * 100 AS INT64) FROM `proj.orders.square_payments` ORDER BY id";
    let expected: Vec<_> =
        newest.into_iter().map(|(id, (.., minor))| vec![json!(id), json!(minor.to_string())]).collect();
    assert_eq!(world.query(sql).await, expected, "reader = source");
}

/// The same table through Google's own client. `BACKROOM_BIGQUERY_READER` names the Python that has it installed.
async fn independent_reader(world: &World) {
    let python = std::env::var_os("BACKROOM_BIGQUERY_READER")
        .expect("where the test server is there, BACKROOM_BIGQUERY_READER names a Python with google-cloud-bigquery");
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/bigquery/reader.py");
    let output = tokio::process::Command::new(python)
        .arg(script)
        .args(["--endpoint", &world.server.address, "--project", "proj", "--dataset", "delivery"])
        .args(["--table", "square_payments", "--sum", "amount", "--sum", "total_amount", "--rows"])
        .output()
        .await
        .expect("the reader starts");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(output.status.success(), "{told}");
    assert_eq!((&told["rows"], &told["keys"], &told["deleted"]), (&json!(5), &json!(5), &json!(1)), "{told}");
    // 13.00 − 0.05 + 9.99 + 4.00 + 0.03
    assert_eq!(told["sums"], json!({"amount": "26.97", "total_amount": "26.97"}), "to the cent");
    assert_eq!(told["partitioned_by"], "created_at");
    assert_eq!(told["columns"]["amount"], "NUMERIC");
    assert_eq!(told["data"][0]["created_at"], DAY1, "to the microsecond");
    assert_eq!(told["data"][0]["status"], "COMPLETED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_test_server() {
    let Some(server) = Server::start() else {
        return common::skipped("the BigQuery test server", "BACKROOM_BIGQUERY does not name its folder");
    };
    server.ready().await;
    let world = World { server, http: reqwest::Client::builder().no_proxy().build().unwrap() };
    delivery(&world).await;
    independent_reader(&world).await;
    staging_gone_and_sweep(&world).await;
    bad_rows(&world).await;
    composite_key(&world).await;
    any_order(&world).await;
    probe(&world).await;
    legacy_table(&world).await;
}
