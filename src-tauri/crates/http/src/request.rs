//! A call to be made, as data: it can be sent again.

use backroom_secrets::Secret;
use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use url::Url;

/// A call to be made. Clones share the body.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<Bytes>,
}

impl Request {
    /// A call of `method` to `url`.
    pub fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: HeaderMap::new(), body: Vec::new() }
    }

    /// A GET of `url`.
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// A POST of JSON text to `url`.
    pub fn post_json(url: Url, body: impl Into<Bytes>) -> Self {
        Self::new(Method::POST, url).body("application/json", body)
    }

    /// The same call with one more query parameter, encoded here.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// The same call with a header. A name or value that HTTP does not allow is left out.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The same call with `Authorization: Bearer …`, marked so that no log of headers shows it.
    #[must_use]
    pub fn bearer(self, token: &Secret) -> Self {
        self.credential("Bearer", token)
    }

    /// The same call with `Authorization: <scheme> …`, marked alike.
    #[must_use]
    pub fn credential(mut self, scheme: &str, secret: &Secret) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(&format!("{scheme} {}", secret.expose())) {
            value.set_sensitive(true);
            self.headers.insert(AUTHORIZATION, value);
        }
        self
    }

    /// The same call with a body of a content type.
    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body_of(content_type, vec![body.into()])
    }

    /// The same call with a body of a content type, in pieces that are sent one after the other without being copied together.
    #[must_use]
    pub fn body_of(mut self, content_type: &str, pieces: Vec<Bytes>) -> Self {
        self.body = pieces;
        self.header(CONTENT_TYPE.as_str(), content_type)
    }

    /// Bytes of the body.
    pub(crate) fn length(&self) -> u64 {
        self.body.iter().map(|piece| piece.len() as u64).sum()
    }

    /// Where it goes.
    pub fn url(&self) -> &Url {
        &self.url
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The query may hold an id or a cursor, the body anything.
        write!(f, "Request({} {}{})", self.method, self.url.host_str().unwrap_or("?"), self.url.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_http_forbids_are_left_out() {
        let request = Request::get(Url::parse("https://example.com/").unwrap())
            .header("Square-Version", "2026-09-16")
            .header("bad name", "x")
            .header("x-bad-value", "a\r\nb")
            .bearer(&Secret::new("line\nbreak"))
            .body("multipart/related; boundary=b", "x");
        let names: Vec<&str> = request.headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["square-version", "content-type"], "nothing may smuggle a line break into a call");
    }

    #[test]
    fn a_credential_is_marked_sensitive() {
        let request = Request::get(Url::parse("https://example.com/").unwrap()).bearer(&Secret::new("invented-token"));
        assert!(request.headers[AUTHORIZATION].is_sensitive());
        assert!(!format!("{:?} {request:?}", request.headers).contains("invented"));
    }
}
