//! Cutting pages out of an index, and the parts of a question that all lists share.

use super::account::{Account, Index};
use super::cursor::{Cursor, question};
use super::error::Refused;
use crate::wire::Request;
use backroom_core::Timestamp;
use serde_json::Value;

/// A range of milliseconds: from `begin` up to, not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) begin: i64,
    pub(crate) end: i64,
}

impl Span {
    pub(crate) const ALL: Self = Self { begin: i64::MIN, end: i64::MAX };

    pub(crate) const fn has(&self, at: i64) -> bool {
        self.begin <= at && at < self.end
    }
}

/// Which way and how far a page goes.
pub(crate) struct Walk {
    pub(crate) span: Span,
    pub(crate) descending: bool,
    pub(crate) after: Option<(i64, u32)>,
    pub(crate) limit: usize,
}

/// The rows of one page, and whether more follow.
pub(crate) fn cut(index: &Index, walk: &Walk, mut keep: impl FnMut(u32) -> bool) -> (Vec<(i64, u32)>, bool) {
    let mut from = index.partition_point(|entry| entry.0 < walk.span.begin);
    let mut to = index.partition_point(|entry| entry.0 < walk.span.end).max(from);
    if let Some(after) = walk.after {
        if walk.descending {
            to = to.min(index.partition_point(|entry| *entry < after)).max(from);
        } else {
            from = from.max(index.partition_point(|entry| *entry <= after)).min(to);
        }
    }
    let window = &index[from..to];
    let mut rows = Vec::with_capacity(walk.limit.min(window.len()));
    let mut take = |entry: &(i64, u32)| {
        if !keep(entry.1) {
            return true;
        }
        if rows.len() == walk.limit {
            return false;
        }
        rows.push(*entry);
        true
    };
    let all = if walk.descending { window.iter().rev().all(&mut take) } else { window.iter().all(&mut take) };
    (rows, !all)
}

/// How many entries of the index lie in the span.
pub(crate) fn width(index: &Index, span: Span) -> usize {
    let from = index.partition_point(|entry| entry.0 < span.begin);
    index.partition_point(|entry| entry.0 < span.end).saturating_sub(from)
}

/// Reads a time of the query or the body.
pub(crate) fn time(text: &str, field: &str) -> Result<i64, Refused> {
    Timestamp::parse(text)
        .map(|at| at.micros().div_euclid(1_000))
        .map_err(|_| Refused::bad("INVALID_TIME", format!("`{text}` is not an RFC 3339 time."), field))
}

/// A question with its cursor, if any, checked against this account and this question.
pub(crate) struct Asked {
    pub(crate) question: u64,
    pub(crate) cursor: Option<Cursor>,
}

impl Account {
    const fn cursor_key(&self) -> u64 {
        crate::random::mix(self.spec.seed ^ 0xC0_4507)
    }

    /// The cursor of a GET request.
    pub(crate) fn asked_in_query(&self, request: &Request, now: i64) -> Result<Asked, Refused> {
        let parts = request.query.iter().filter(|(k, _)| k != "cursor" && k != "limit");
        let asked = question(std::iter::once(&*request.path).chain(parts.flat_map(|(k, v)| [k.as_str(), v.as_str()])));
        self.asked(asked, request.param("cursor"), now)
    }

    /// The cursor of a POST request: every page has to ask the same.
    pub(crate) fn asked_in_body(&self, request: &Request, body: &Value, now: i64) -> Result<Asked, Refused> {
        let mut rest = body.clone();
        if let Some(map) = rest.as_object_mut() {
            map.remove("cursor");
            map.remove("limit");
        }
        let asked = question([&*request.path, &rest.to_string()].into_iter());
        self.asked(asked, body.get("cursor").and_then(Value::as_str), now)
    }

    fn asked(&self, question: u64, cursor: Option<&str>, now: i64) -> Result<Asked, Refused> {
        let cursor = match cursor {
            None | Some("") => None,
            Some(text) => {
                let cursor = Cursor::open(text, self.cursor_key())
                    .filter(|c| c.question == question && now - c.given <= self.quirks.cursor_seconds * 1_000);
                Some(cursor.ok_or_else(Refused::cursor)?)
            }
        };
        Ok(Asked { question, cursor })
    }

    /// The text for `cursor` in the answer; none where the field stays away.
    pub(crate) fn next_cursor(&self, asked: &Asked, span: Span, last: Option<(i64, u32)>, now: i64) -> Option<String> {
        match last {
            Some(last) => {
                let cursor = Cursor { question: asked.question, end: span.end, begin: span.begin, last, given: now };
                Some(cursor.seal(self.cursor_key()))
            }
            None => self.quirks.empty_last_cursor.then(String::new),
        }
    }
}
