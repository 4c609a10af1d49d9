//! What was asked of a stand-in: counters per endpoint and the last requests, for tests to look at.

use super::lock;
use super::request::Request;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedRequest {
    /// GET, POST …
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// The query as it was sent, without the question mark.
    pub query: String,
    /// The body as text, its first 16 KiB.
    pub body: String,
    /// Status of the answer; 0 where none was given.
    pub status: u16,
}

/// Sums over all requests since the start or the last reset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Requests per `METHOD path`.
    pub requests: BTreeMap<String, u64>,
    /// Answers per status; 0 where none was given.
    pub statuses: BTreeMap<u16, u64>,
    /// Most requests that were under way at the same time.
    pub most_at_once: u32,
    /// Bytes of request bodies.
    pub bytes_in: u64,
    /// Bytes of answered bodies.
    pub bytes_out: u64,
}

impl Counters {
    /// All requests.
    pub fn total(&self) -> u64 {
        self.requests.values().sum()
    }

    /// Requests whose `METHOD path` contains `text`.
    pub fn of(&self, text: &str) -> u64 {
        self.requests.iter().filter(|(line, _)| line.contains(text)).map(|(_, n)| n).sum()
    }
}

const KEPT_REQUESTS: usize = 5_000;
const KEPT_BODY: usize = 16 * 1024;

#[derive(Default)]
struct Pages {
    counters: Counters,
    under_way: u32,
    log: VecDeque<LoggedRequest>,
}

/// The journal of one stand-in.
#[derive(Default)]
pub struct Journal(Mutex<Pages>);

impl Journal {
    /// The sums so far.
    pub fn counters(&self) -> Counters {
        lock(&self.0).counters.clone()
    }

    /// The last requests, oldest first.
    pub fn log(&self) -> Vec<LoggedRequest> {
        lock(&self.0).log.iter().cloned().collect()
    }

    /// Forgets sums and requests.
    pub fn reset(&self) {
        let mut pages = lock(&self.0);
        pages.counters = Counters::default();
        pages.log.clear();
    }

    pub(crate) fn arrived(&self, request: &Request) {
        let mut pages = lock(&self.0);
        pages.under_way += 1;
        pages.counters.most_at_once = pages.counters.most_at_once.max(pages.under_way);
        pages.counters.bytes_in += request.body.len() as u64;
        let line = format!("{} {}", request.method, request.path);
        *pages.counters.requests.entry(line).or_insert(0) += 1;
    }

    pub(crate) fn answered(&self, request: &Request, status: u16, bytes: usize) {
        let mut pages = lock(&self.0);
        pages.under_way = pages.under_way.saturating_sub(1);
        *pages.counters.statuses.entry(status).or_insert(0) += 1;
        pages.counters.bytes_out += bytes as u64;
        if pages.log.len() == KEPT_REQUESTS {
            pages.log.pop_front();
        }
        let kept = &request.body[..request.body.len().min(KEPT_BODY)];
        pages.log.push_back(LoggedRequest {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.raw_query.clone(),
            body: String::from_utf8_lossy(kept).into_owned(),
            status,
        });
    }
}
