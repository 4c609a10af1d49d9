//! Somebody of the network whom a test lets answer, and one question asked over it.

use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// Somebody of the network whom a test lets answer.
pub struct Stranger {
    /// Where it is asked.
    pub address: String,
    /// How many have asked, and whether they are answered yet.
    door: Arc<(Mutex<(usize, bool)>, Condvar)>,
}

impl Stranger {
    /// Answers each request as `answer` does: status, then a body. Closed, it lets them wait.
    pub fn start(open: bool, answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let door = Arc::new((Mutex::new((0, open)), Condvar::new()));
        let (inside, answer) = (door.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (door, answer) = (inside.clone(), answer.clone());
                std::thread::spawn(move || {
                    let (asked, mut stream) = (heard(&stream), stream);
                    let mut state = door.0.lock().unwrap();
                    state.0 += 1;
                    door.1.notify_all();
                    drop(door.1.wait_while(state, |(_, open)| !*open).unwrap());
                    let (status, body) = answer(&asked);
                    let head =
                        format!("HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nConnection: close\r\n");
                    let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
                });
            }
        });
        Self { address, door }
    }

    /// Waits until somebody asks.
    pub fn is_asked(&self) {
        let waiting =
            self.door.1.wait_timeout_while(self.door.0.lock().unwrap(), Duration::from_secs(30), |s| s.0 == 0);
        assert!(waiting.unwrap().0.0 > 0, "somebody asks");
    }

    /// Lets everybody have the answer, those who wait first.
    pub fn open(&self) {
        self.door.0.lock().unwrap().1 = true;
        self.door.1.notify_all();
    }
}

/// A request or an answer, head and body.
fn heard(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        let ends = reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n";
        if let Some((_, n)) = line.to_ascii_lowercase().split_once("content-length:") {
            length = n.trim().parse().unwrap_or(0);
        }
        head.push_str(&line);
        if ends {
            break;
        }
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    head + &String::from_utf8_lossy(&body)
}

/// A vendor whose refusals repeat all that they were sent, credentials included.
pub fn parrot() -> Stranger {
    Stranger::start(true, |asked| {
        let status = if asked.starts_with("POST") { 400 } else { 401 };
        let said = json!({"code": "UNAUTHORIZED", "category": "AUTHENTICATION_ERROR", "detail": asked});
        let body = json!({"error": asked, "error_description": asked, "message": asked, "errors": [said]});
        (status, body.to_string())
    })
}

/// One question over HTTP: status, where it is sent on to, and the body.
pub fn http(method: &str, address: &str, bearer: &str, body: &str) -> (u16, String, String) {
    let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let bearer = if bearer.is_empty() { String::new() } else { format!("Authorization: Bearer {bearer}\r\n") };
    let head = format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\n{bearer}Content-Type: application/json\r\n");
    write!(stream, "{head}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).unwrap();
    // Some keep the connection: the answer ends where it says.
    let told = heard(&stream);
    let (head, body) = told.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let to = head.lines().find_map(|l| l.split_once("ocation: ")).map_or("", |(_, to)| to);
    (status, to.to_owned(), body.to_owned())
}
