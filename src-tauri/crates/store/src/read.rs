//! Readers: a few read-only connections, each question limited in time so that no reader can hold the log open.

use crate::error::StoreError;
use crate::open::{Store, connect};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A question that takes longer is stopped: a snapshot held open makes the log grow.
const LONGEST: Duration = Duration::from_secs(30);
/// Connections kept for later questions.
const KEPT: usize = 4;

pub(crate) struct ReadPool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl ReadPool {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::new(Vec::new()) }
    }

    pub(crate) fn read<T>(&self, question: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let pooled = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => connect(&self.path, true)?,
        };
        let started = Instant::now();
        connection.progress_handler(10_000, Some(move || started.elapsed() > LONGEST))?;
        connection.execute_batch("BEGIN")?;
        let answer = question(&connection);
        let ended = connection.execute_batch("ROLLBACK");
        if ended.is_ok() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < KEPT {
                idle.push(connection);
            }
        }
        answer
    }
}

impl Store {
    /// Asks the buffer a question on a snapshot of its own; blocks the calling thread.
    ///
    /// # Errors
    /// `TooSlow` after thirty seconds, or what SQLite says.
    pub fn read<T>(&self, question: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.inner.readers.read(question)
    }
}
