//! A release server: files at paths, ranges of them, redirects, and the faults that every stand-in knows.
//!
//! It signs nothing and looks into nothing: a test puts there what a good or a hostile server would have.

use crate::wire::{FaultKind, Faults, LoggedRequest, Reply, Request, Server, Service, Wire, lock, read, write};
use backroom_core::{Clock, SystemClock};
use std::collections::HashMap;
use std::sync::{Arc, RwLock};

/// What is at a path.
#[derive(Debug, Clone)]
enum Place {
    File(Vec<u8>),
    MovedTo(String),
}

#[derive(Default)]
struct Shelf {
    places: RwLock<HashMap<String, Place>>,
    ignores_ranges: RwLock<bool>,
}

/// A running release server; it ends when dropped.
pub struct Releases {
    shelf: Arc<Shelf>,
    wire: Arc<Wire>,
    server: Server,
}

impl Releases {
    /// Serves nothing yet, on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// No port.
    pub fn start() -> std::io::Result<Self> {
        let (shelf, wire) = (Arc::<Shelf>::default(), Arc::<Wire>::default());
        let server = Server::start(0, Arc::clone(&wire), Arc::clone(&shelf) as _)?;
        Ok(Self { shelf, wire, server })
    }

    /// Its address, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Puts a file at a path such as `/stable.json`.
    pub fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        write(&self.shelf.places).insert(path.to_owned(), Place::File(bytes.into()));
    }

    /// Sends whoever asks for a path to another address.
    pub fn redirect(&self, path: &str, to: &str) {
        write(&self.shelf.places).insert(path.to_owned(), Place::MovedTo(to.to_owned()));
    }

    /// Answers whole files from now on, whatever part was asked for.
    pub fn ignore_ranges(&self) {
        *write(&self.shelf.ignores_ranges) = true;
    }

    /// What goes wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        *lock(&self.wire.faults) = faults;
    }

    /// What was asked so far.
    pub fn log(&self) -> Vec<LoggedRequest> {
        self.wire.journal.log()
    }
}

impl Service for Shelf {
    fn answer(&self, request: &Request) -> Reply {
        let places = read(&self.places);
        let bytes = match places.get(&request.path) {
            None => return Reply::json(404, b"{}".to_vec()),
            Some(Place::MovedTo(to)) => {
                return Reply { headers: vec![("Location", to.clone())], ..Reply::json(302, Vec::new()) };
            }
            Some(Place::File(bytes)) => bytes,
        };
        let range =
            request.header("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
        let whole = || Reply { content_type: "application/octet-stream", ..Reply::json(200, bytes.clone()) };
        match range.filter(|_| !*read(&self.ignores_ranges)) {
            None => whole(),
            Some(from) => match bytes.get(from..).filter(|rest| !rest.is_empty()) {
                Some(rest) => Reply {
                    headers: vec![("Content-Range", format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len()))],
                    status: 206,
                    body: rest.to_vec(),
                    ..whole()
                },
                None => Reply {
                    headers: vec![("Content-Range", format!("bytes */{}", bytes.len()))],
                    ..Reply::json(416, Vec::new())
                },
            },
        }
    }

    fn control(&self, _: &str, _: &[u8]) -> Reply {
        Reply::json(404, b"{}".to_vec())
    }

    fn refusal(&self, fault: &FaultKind) -> Reply {
        let status = match fault {
            FaultKind::RateLimited { .. } => 429,
            FaultKind::Status { status } | FaultKind::Html { status } => *status,
            _ => 500,
        };
        Reply::json(status, b"trouble".to_vec())
    }

    fn clock(&self) -> &dyn Clock {
        &SystemClock
    }
}
