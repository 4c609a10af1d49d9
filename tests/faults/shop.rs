//! The stand-ins, a data folder anywhere, and `backroomctl` started on it.

use backroom_sandbox::bigquery::BigQuery;
use backroom_sandbox::square::{NewSale, SaleLine, Square, StoreSpec};
use backroom_sandbox::wire::Faults;
use backroom_tests::Bench;
use serde_json::Value;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Longest that a single command may take: an ill computer must not hang Backroom.
const LONGEST: Duration = Duration::from_secs(60);

/// A shop and its warehouse.
pub struct Shop {
    pub square: Square,
    pub bigquery: BigQuery,
}

impl Shop {
    pub fn new(payments: usize) -> Self {
        let square = Square::start(StoreSpec::small(payments, Bench::now())).unwrap();
        Self { square, bigquery: BigQuery::start("demo").unwrap() }
    }

    /// Makes `folder` a data folder that knows the shop and its warehouse.
    pub fn settle(&self, folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        let text = format!(
            "[store]\ntime_zone = \"America/Chicago\"\nbusiness_day_start = \"04:00\"\n\n[[source]]\nkind = \"square\"\nname = \"main\"\n\
             base_url = \"{}\"\nhistory = \"3y\"\n\n[warehouse]\nkind = \"bigquery\"\nproject = \"demo-project\"\ndataset = \"demo\"\n\
             location = \"US\"\nbase_url = \"{}\"\n",
            self.square.base_url(),
            self.bigquery.base_url()
        );
        std::fs::write(folder.join("config.toml"), text).unwrap();
        std::fs::File::open(folder.join("config.toml")).unwrap().sync_all().unwrap();
        std::fs::File::open(folder).unwrap().sync_all().unwrap();
    }

    pub fn slow(&self, latency_ms: u64) {
        let slow = Faults { latency_ms, ..Faults::default() };
        self.square.set_faults(slow.clone());
        self.bigquery.set_faults(slow);
    }

    /// `program` in front of `backroomctl`, where there is one: what makes its calls fail.
    pub fn under(&self, program: &[&str], folder: &Path, arguments: &[&str]) -> Command {
        let ctl = ctl();
        let mut command = match program {
            [] => Command::new(ctl),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(ctl);
                command
            }
        };
        command
            .args(["--json", "--secrets", "env", "--data-dir"])
            .arg(folder)
            .args(arguments)
            .env("SQUARE_ACCESS_TOKEN", self.square.token())
            .env_remove("GOOGLE_APPLICATION_CREDENTIALS")
            .env_remove("BACKROOM_DATA_DIR");
        command
    }

    pub fn run(&self, folder: &Path, arguments: &[&str]) -> Output {
        finish(self.under(&[], folder, arguments))
    }

    pub fn start(&self, folder: &Path, arguments: &[&str]) -> Child {
        self.under(&[], folder, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    pub fn json(&self, folder: &Path, arguments: &[&str]) -> Value {
        let output = self.run(folder, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The shop goes on: one more sale, and a tip for an old one.
    pub fn trade(&self, turn: usize) {
        let item = self.square.item_ids()[turn % 9].clone();
        let line = SaleLine { item_id: Some(item), quantity_milli: 1_000, price_minor: None };
        self.square.add_sale(&NewSale { location: turn % 3, lines: vec![line], ..NewSale::default() }).unwrap();
        let old = self.square.payment_ids();
        self.square.add_tip(&old[turn * 7 % old.len()], 100 + i64::try_from(turn).unwrap()).unwrap();
    }

    /// The numbers of the shop, in the order of `told`.
    pub fn true_numbers(&self) -> [i64; 4] {
        let sum = self.square.truth().all();
        [sum.collected_minor, sum.refunded_minor, sum.net_minor, sum.tips_minor]
    }

    /// The same as Backroom tells them.
    pub fn told(summary: &Value) -> [i64; 4] {
        ["collected_minor", "refunded_minor", "net_minor", "tips_minor"].map(|k| summary["all"][k].as_i64().unwrap())
    }

    /// Brings everything to its end, and compares all of it with what the shop knows.
    pub fn comes_out_right(&self, folder: &Path, after: &str) {
        self.slow(0);
        self.json(folder, &["sync"]);
        let push = self.json(folder, &["push"]);
        assert_eq!((&push["pending"], &push["dead"]), (&0.into(), &0.into()), "{after}: nothing waits or was given up");
        let doctor = self.json(folder, &["doctor"]);
        assert_eq!(doctor["ok"], true, "{after}: {doctor}");
        let summary = self.json(folder, &["report", "summary"]);
        assert_eq!(Self::told(&summary), self.true_numbers(), "{after}: the numbers of the shop");
        let truth = self.square.truth();
        for (table, expected) in
            [("square_payments", truth.payments), ("square_refunds", truth.refunds), ("square_orders", truth.orders)]
        {
            let rows = self.bigquery.rows(&format!("demo.{table}"));
            let ids: HashSet<_> = rows.iter().map(|r| r["id"].clone()).collect();
            assert_eq!(
                (rows.len() as u64, ids.len() as u64),
                (expected, expected),
                "{after}: each row of {table} is there once"
            );
        }
        let cents = |row: &std::collections::BTreeMap<String, Option<String>>, column: &str| -> i64 {
            let text = row[column].as_deref().unwrap_or("0");
            let (whole, part) = text.split_once('.').unwrap_or((text, ""));
            format!("{whole}{part:0<2}").parse().unwrap()
        };
        let rows = self.bigquery.rows("demo.square_payments");
        let done = || rows.iter().filter(|r| r["status"].as_deref() == Some("COMPLETED"));
        let delivered = (done().map(|r| cents(r, "amount")).sum(), done().map(|r| cents(r, "tip_amount")).sum());
        let [collected, _, _, tips] = self.true_numbers();
        assert_eq!(delivered, (collected, tips), "{after}: a reader of the warehouse sees the shop");
    }
}

/// The program as it was just built.
pub fn ctl() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().and_then(Path::parent).unwrap();
    let program = folder.join(format!("backroomctl{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "build it first: cargo build -p backroom-ctl");
    program
}

/// Runs a command to its end.
pub fn finish(mut command: Command) -> Output {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (id, started) = (child.id(), Instant::now());
    let (done, waits) = std::sync::mpsc::channel();
    std::thread::spawn(move || done.send(child.wait_with_output()));
    match waits.recv_timeout(LONGEST) {
        Ok(output) => output.unwrap(),
        Err(_) => {
            let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
            panic!("{command:?} did not end in {:?}", started.elapsed());
        }
    }
}

/// The exit code, and one line that says what happened and what to do.
pub fn says(output: &Output, code: i32, words: &[&str], what: &str) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{what}: {said}");
    assert_eq!(said.lines().count(), 1, "{what}: one trouble is told in one line: {said}");
    for word in words {
        assert!(said.contains(word), "{what} says {word:?}: {said}");
    }
    assert!(said.trim_end().ends_with('.') && said.matches(". ").count() >= 1, "{what} says what to do: {said}");
    assert!(!said.contains("panicked"), "{what}: {said}");
}

/// A figure of the environment, for longer runs than those of the test command.
pub fn figure(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Dice that fall the same in every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}
