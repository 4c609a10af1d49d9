//! Readers: a few read-only connections, each question limited in time so that no reader can hold the log open.

use crate::error::StoreError;
use crate::open::{Store, connect};
use crate::place::Place;
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
    /// A connection kept from before goes on reading the file it opened, whatever has taken its place since.
    place: Place,
    idle: Mutex<Vec<Connection>>,
}

impl ReadPool {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { place: Place::of(&path), path, idle: Mutex::new(Vec::new()) }
    }

    pub(crate) fn read<T>(&self, question: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let pooled = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => connect(&self.path, true)?,
        };
        self.place.still_holds()?;
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
    /// `Replaced` where another file, or none, is in the place of the one that was opened: its numbers would stay as they are for
    /// ever. `TooSlow` after thirty seconds, or what SQLite says.
    pub fn read<T>(&self, question: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.inner.readers.read(question)
    }
}
