//! A BigQuery project on loopback: datasets, tables, load jobs, MERGE and a little SQL, in memory. The project's name is
//! whatever the caller uses; no credential is asked for. `POST /token` gives an access token to whoever wants one.

mod error;
mod http;
mod jobs;
mod merge;
mod project;
mod sql;
mod table;

pub use project::BigQueryQuirks;

use crate::wire::{Counters, Faults, LoggedRequest, Server, Wire, lock};
use backroom_core::{Clock, SystemClock};
use project::{Name, Project};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

/// What the server and the owner share.
pub(crate) struct Shared {
    pub(crate) project: Mutex<Project>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error("the body does not fit the command: {0}")]
    Body(#[from] serde_json::Error),
    #[error("no such command")]
    Unknown,
}

impl Shared {
    /// Besides the commands every stand-in has: `quirks`, `rows` (`{"table": "dataset.table"}`), `tables`.
    pub(crate) fn command(&self, command: &str, body: &[u8]) -> Result<Value, CommandError> {
        Ok(match command {
            "quirks" => {
                lock(&self.project).quirks = serde_json::from_slice(body)?;
                json!({})
            }
            "rows" => {
                let about: Value = serde_json::from_slice(body)?;
                serde_json::to_value(self.rows(about["table"].as_str().unwrap_or_default()))?
            }
            "tables" => serde_json::to_value(self.tables())?,
            _ => return Err(CommandError::Unknown),
        })
    }

    fn rows(&self, name: &str) -> Vec<BTreeMap<String, Option<String>>> {
        let project = lock(&self.project);
        let table = Name::parse(name).and_then(|n| project.datasets.get(&n.dataset)?.tables.get(&n.table));
        table.map_or_else(Vec::new, |table| table.rows.iter().map(|row| table.tell_row(row)).collect())
    }

    fn tables(&self) -> BTreeMap<String, usize> {
        let project = lock(&self.project);
        let all = project.datasets.iter().flat_map(|(d, set)| set.tables.iter().map(move |(t, table)| (d, t, table)));
        all.map(|(dataset, name, table)| (format!("{dataset}.{name}"), table.rows.len())).collect()
    }
}

/// A running BigQuery stand-in; it ends when dropped.
pub struct BigQuery {
    shared: Arc<Shared>,
    wire: Arc<Wire>,
    server: Server,
}

impl BigQuery {
    /// Serves an empty project with one dataset on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// No port.
    pub fn start(dataset: &str) -> io::Result<Self> {
        Self::start_with(dataset, 0, Arc::new(SystemClock))
    }

    /// As `start`, on a chosen port (0: any) and by another clock. No dataset is made where its name is empty.
    ///
    /// # Errors
    /// The port is taken.
    pub fn start_with(dataset: &str, port: u16, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let mut project = Project::default();
        if !dataset.is_empty() {
            // An empty project has nothing that the name could collide with.
            project.create_dataset(dataset, "US").ok();
        }
        let shared = Arc::new(Shared { project: Mutex::new(project), clock });
        let wire = Arc::new(Wire::default());
        let server = Server::start(port, Arc::clone(&wire), Arc::clone(&shared) as _)?;
        Ok(Self { shared, wire, server })
    }

    /// The address to use in place of `https://bigquery.googleapis.com`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Rows of `dataset.table`: column name to value in canonical text, times in RFC 3339. Empty where there is none.
    pub fn rows(&self, table: &str) -> Vec<BTreeMap<String, Option<String>>> {
        self.shared.rows(table)
    }

    /// Every `dataset.table` with its number of rows.
    pub fn tables(&self) -> BTreeMap<String, usize> {
        self.shared.tables()
    }

    /// Ids of all jobs so far, sorted.
    pub fn job_ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = lock(&self.shared.project).jobs.keys().cloned().collect();
        ids.sort();
        ids
    }

    /// Switches faults on or, with the default, off.
    pub fn set_faults(&self, faults: Faults) {
        *lock(&self.wire.faults) = faults;
    }

    /// Changes behaviour that differs from day to day.
    pub fn set_quirks(&self, quirks: BigQueryQuirks) {
        lock(&self.shared.project).quirks = quirks;
    }

    /// Requests and bytes so far.
    pub fn counters(&self) -> Counters {
        self.wire.journal.counters()
    }

    /// The last requests, oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.wire.journal.log()
    }

    /// Forgets counters and requests.
    pub fn reset_counters(&self) {
        self.wire.journal.reset();
    }
}
