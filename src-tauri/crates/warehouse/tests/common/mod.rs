//! The BigQuery test server of a folder, started on free ports for one test process.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Says that a case was not made here, and why; the test command shows it and does not count it as passed. Fails where the server
/// has to be there: a test that cannot fail would be worse than none.
pub fn skipped(case: &str, why: &str) {
    let required = std::env::var_os("BACKROOM_BIGQUERY_REQUIRED").is_some();
    assert!(!required, "{case} has to be there, but {why}");
    eprintln!("skipped: {case}: {why}");
    if let Some(file) = std::env::var_os("BACKROOM_SKIPPED") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).expect("the list of cases");
        writeln!(file, "{case}: {why}").expect("a line in it");
    }
}

/// A running server; it ends with this value.
pub struct Server {
    child: Child,
    data: tempfile::TempDir,
    pub address: String,
}

impl Server {
    /// Starts the server whose folder `BACKROOM_BIGQUERY` names; none where that is not set.
    pub fn start() -> Option<Self> {
        let folder = PathBuf::from(std::env::var_os("BACKROOM_BIGQUERY")?);
        let data = tempfile::tempdir().expect("a folder for the server's data");
        let (rest, grpc) = (free_port(), free_port());
        let log = std::fs::File::create(data.path().join("log")).expect("a log file");
        let child = command(&folder)
            .args(["serve", "--host", "127.0.0.1", "--project", "proj", "--dataset", "ds0"])
            .args(["--port", &rest.to_string(), "--grpc-port", &grpc.to_string(), "--data-dir"])
            .arg(data.path().join("data"))
            .stdout(log.try_clone().expect("a log file"))
            .stderr(Stdio::from(log))
            .spawn()
            .expect("the test server starts");
        Some(Self { child, data, address: format!("http://127.0.0.1:{rest}") })
    }

    /// Waits until it answers.
    pub async fn ready(&self) {
        let until = Instant::now() + Duration::from_secs(90);
        let url = format!("{}/bigquery/v2/projects/proj/datasets", self.address);
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        loop {
            if let Ok(reply) = client.get(&url).send().await
                && reply.status().is_success()
            {
                return;
            }
            assert!(Instant::now() < until, "the test server does not answer: {}", self.log());
            // Another process's readiness has no clock of ours to turn.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(folder.join("venv/bin/local-bigquery"));
    // Its engine's extensions are installed under this home.
    command.env("HOME", folder.join("home"));
    command
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its number").port()
}
