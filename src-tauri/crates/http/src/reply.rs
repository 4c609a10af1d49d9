//! A reply as it came.

use crate::date::http_date;
use backroom_core::Timestamp;
use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use std::fmt;
use std::time::Duration;

/// A reply: status, headers and the whole body.
#[derive(Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
}

/// A wait longer than this is taken for a mistake of the other side.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

impl Reply {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What the other side's clock said.
    pub fn server_time(&self) -> Option<Timestamp> {
        http_date(self.headers.get(DATE)?.to_str().ok()?)
    }

    /// The wait asked for in `Retry-After`, in seconds or as a date. A date is measured against the reply's own
    /// `Date`, so a wrong local clock cannot stretch it; without one against `now`.
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        let wait = match text.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => {
                let until = http_date(text)?;
                let seconds = until.seconds_since(self.server_time().unwrap_or(now));
                Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
            }
        };
        Some(wait.min(LONGEST_WAIT))
    }

    /// Whether the body is a web page, whatever the header calls it: the mark of a proxy or a sign-in page.
    pub fn is_html(&self) -> bool {
        let start = self.body.trim_ascii_start();
        let begins = |mark: &[u8]| start.get(..mark.len()).is_some_and(|s| s.eq_ignore_ascii_case(mark));
        if begins(b"<!doctype") || begins(b"<html") || begins(b"<head") {
            return true;
        }
        // Some vendors send JSON as text/html: only a body that does not look like JSON counts.
        let says_html = self
            .headers
            .get(CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .is_some_and(|v| v.to_ascii_lowercase().contains("text/html"));
        says_html && !matches!(start.first(), Some(b'{' | b'['))
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({}, {} bytes)", self.status, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn reply(headers: &[(&'static str, &str)], body: &'static str) -> Reply {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        Reply { status: 429, headers: map, body: Bytes::from_static(body.as_bytes()) }
    }

    #[test]
    fn retry_after_in_both_forms() {
        let now = Timestamp::parse("2026-11-20T18:00:00Z").unwrap();
        let date = ("date", "Fri, 20 Nov 2026 09:00:00 GMT");
        let cases = [
            (vec![("retry-after", "120")], Some(120), "seconds"),
            (vec![("retry-after", "Fri, 20 Nov 2026 18:00:30 GMT")], Some(30), "a date against our clock"),
            (vec![date, ("retry-after", "Fri, 20 Nov 2026 09:00:45 GMT")], Some(45), "a date against theirs"),
            (vec![("retry-after", "Fri, 20 Nov 2026 17:00:00 GMT")], Some(0), "a date gone by"),
            (vec![("retry-after", "99999999999")], Some(86_400), "an absurd wait is capped"),
            (vec![("retry-after", "soon")], None, "words"),
            (vec![("retry-after", "-5")], None, "negative"),
            (vec![], None, "none"),
        ];
        for (headers, seconds, why) in cases {
            assert_eq!(reply(&headers, "").retry_after(now), seconds.map(Duration::from_secs), "{why}");
        }
    }

    #[test]
    fn html_is_told_from_json() {
        let html = ("content-type", "text/html; charset=UTF-8");
        let json = ("content-type", "application/json");
        let cases = [
            (vec![html], " \n<!DOCTYPE html><html>", true, "a page"),
            (vec![json], "<html><body>sign in", true, "a page that calls itself JSON"),
            (vec![html], r#"{"errors":[]}"#, false, "JSON that calls itself a page"),
            (vec![json], "{}", false, "JSON"),
            (vec![html], "Bad gateway", true, "text that calls itself a page"),
            (vec![], "", false, "nothing"),
        ];
        for (headers, body, expected, why) in cases {
            assert_eq!(reply(&headers, body).is_html(), expected, "{why}");
        }
    }
}
