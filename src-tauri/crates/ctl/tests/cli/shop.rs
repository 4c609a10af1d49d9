//! The stand-ins and a data folder of their own, and `backroomctl` started on it.

use backroom_sandbox::bigquery::BigQuery;
use backroom_sandbox::square::{Square, StoreSpec};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};

/// A shop, its warehouse and a data folder that knows both.
pub struct Shop {
    pub square: Square,
    pub bigquery: BigQuery,
    pub folder: tempfile::TempDir,
}

pub fn now() -> backroom_api::sync::Timestamp {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    backroom_api::sync::Timestamp::from_seconds(i64::try_from(seconds).unwrap())
}

pub fn config(square: &str, bigquery: &str) -> String {
    format!(
        "[store]\ntime_zone = \"America/Chicago\"\nbusiness_day_start = \"04:00\"\n\n[[source]]\nkind = \"square\"\nname = \"main\"\n\
         base_url = \"{square}\"\nhistory = \"3y\"\n\n[warehouse]\nkind = \"bigquery\"\nproject = \"demo-project\"\ndataset = \"demo\"\n\
         location = \"US\"\nbase_url = \"{bigquery}\"\n"
    )
}

impl Shop {
    pub fn new(payments: usize) -> Self {
        let square = Square::start(StoreSpec::small(payments, now())).unwrap();
        let bigquery = BigQuery::start("demo").unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), config(&square.base_url(), &bigquery.base_url())).unwrap();
        Self { square, bigquery, folder }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        command(self.folder.path(), &self.square.token(), arguments)
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

pub fn command(folder: &Path, token: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backroomctl"));
    command
        .args(["--json", "--secrets", "env", "--data-dir"])
        .arg(folder)
        .args(arguments)
        .env("SQUARE_ACCESS_TOKEN", token)
        .env_remove("GOOGLE_APPLICATION_CREDENTIALS")
        .env_remove("BACKROOM_DATA_DIR");
    command
}

/// An amount of the warehouse in minor units of a currency with two decimals.
pub fn minor(text: Option<&String>) -> i64 {
    let text = text.map_or("0", String::as_str);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    assert!(fraction.len() <= 2, "no part of a cent: {text}");
    format!("{whole}{fraction:0<2}").parse().unwrap()
}
