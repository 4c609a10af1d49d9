//! Dates in HTTP headers.

use backroom_core::Timestamp;
use chrono::DateTime;

/// Reads an HTTP date such as `Fri, 20 Nov 2026 18:00:00 GMT`.
pub fn http_date(text: &str) -> Option<Timestamp> {
    DateTime::parse_from_rfc2822(text.trim()).ok().map(|t| Timestamp::from_micros(t.timestamp_micros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_servers_send() {
        let cases = [
            ("Fri, 20 Nov 2026 18:00:00 GMT", Some("2026-11-20T18:00:00.000Z")),
            (" Sun, 06 Nov 1994 08:49:37 GMT ", Some("1994-11-06T08:49:37.000Z")),
            ("120", None),
            ("", None),
            ("yesterday", None),
        ];
        for (text, expected) in cases {
            assert_eq!(http_date(text).map(Timestamp::to_rfc3339).as_deref(), expected, "date {text:?}");
        }
    }
}
