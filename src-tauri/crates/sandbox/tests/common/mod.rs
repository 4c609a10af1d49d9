//! A blocking HTTP client of a few lines: what the stand-ins send is looked at as it is.
#![allow(dead_code, reason = "each suite uses its own part")]

pub mod shop;

use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;

/// An answer as it came.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// Sends a request on a connection of its own; an error where the answer did not come whole.
pub fn send(base: &str, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(base.trim_start_matches("http://"))?;
    let mut request = format!("{method} {target} HTTP/1.1\r\nHost: sandbox\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    stream.write_all(&[request.as_bytes(), body].concat())?;
    let mut got = Vec::new();
    let mut block = [0u8; 65_536];
    let (head, start) = loop {
        let n = stream.read(&mut block)?;
        if n == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        got.extend_from_slice(&block[..n]);
        if let Some(at) = got.windows(4).position(|w| w == b"\r\n\r\n") {
            break (String::from_utf8_lossy(&got[..at]).into_owned(), at + 4);
        }
    };
    let length: usize = head
        .lines()
        .find_map(|l| l.strip_prefix("Content-Length: "))
        .and_then(|v| v.parse().ok())
        .ok_or_else(|| std::io::Error::other("no length"))?;
    while got.len() < start + length {
        let n = stream.read(&mut block)?;
        if n == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        got.extend_from_slice(&block[..n]);
    }
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    Ok(Answer { status, head, body: got[start..].to_vec() })
}

const AUTH: (&str, &str) = ("Authorization", "Bearer sandbox-square-token");

/// GET at Square with the right token.
pub fn get(base: &str, target: &str) -> Answer {
    send(base, "GET", target, &[AUTH], b"").expect("the stand-in answers")
}

/// POST at Square with the right token.
pub fn post(base: &str, target: &str, body: &Value) -> Answer {
    send(base, "POST", target, &[AUTH], body.to_string().as_bytes()).expect("the stand-in answers")
}

/// All pages of a GET list.
pub fn all(base: &str, target: &str, list: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut cursor = String::new();
    loop {
        let mark = if target.contains('?') { '&' } else { '?' };
        let page = if cursor.is_empty() { target.to_owned() } else { format!("{target}{mark}cursor={cursor}") };
        let answer = get(base, &page);
        assert_eq!(answer.status, 200, "{page}: {}", String::from_utf8_lossy(&answer.body));
        let body = answer.json();
        rows.extend(body[list].as_array().cloned().unwrap_or_default());
        match body["cursor"].as_str() {
            Some(next) if !next.is_empty() => cursor = next.to_owned(),
            _ => return rows,
        }
    }
}

/// All pages of a POST search.
pub fn search(base: &str, target: &str, body: &Value, list: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut body = body.clone();
    loop {
        let answer = post(base, target, &body);
        assert_eq!(answer.status, 200, "{target}: {}", String::from_utf8_lossy(&answer.body));
        let told = answer.json();
        rows.extend(told[list].as_array().cloned().unwrap_or_default());
        match told["cursor"].as_str() {
            Some(next) if !next.is_empty() => body["cursor"] = next.into(),
            _ => return rows,
        }
    }
}
