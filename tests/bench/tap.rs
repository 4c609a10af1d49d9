//! A relay in front of a server that counts what passes: requests, uploads and rows, as they were really sent.

use backroom_tests::Failure;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What has passed.
#[derive(Debug, Default)]
pub struct Passed {
    requests: AtomicU64,
    uploads: AtomicU64,
    rows: AtomicU64,
}

/// Counts at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Requests.
    pub requests: u64,
    /// Requests that carry rows.
    pub uploads: u64,
    /// Rows in them.
    pub rows: u64,
}

impl Passed {
    /// The counts since they were last taken.
    pub fn take(&self) -> Counted {
        Counted {
            requests: self.requests.swap(0, Ordering::SeqCst),
            uploads: self.uploads.swap(0, Ordering::SeqCst),
            rows: self.rows.swap(0, Ordering::SeqCst),
        }
    }
}

/// Opens a relay to `address`; its own address and what passes through it. It ends with the process.
pub fn open(address: &str) -> Result<(String, Arc<Passed>), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let own = listener.local_addr()?.to_string();
    let passed = Arc::new(Passed::default());
    let (to, counts) = (address.to_owned(), passed.clone());
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (to, counts) = (to.clone(), counts.clone());
            std::thread::spawn(move || relay(client, &to, &counts));
        }
    });
    Ok((own, passed))
}

fn relay(client: TcpStream, to: &str, counts: &Arc<Passed>) -> Option<()> {
    let server = TcpStream::connect(to).ok()?;
    client.set_nodelay(true).ok()?;
    server.set_nodelay(true).ok()?;
    let (from_server, to_client) = (server.try_clone().ok()?, client.try_clone().ok()?);
    std::thread::spawn(move || copy(from_server, to_client, |_| ()));
    let mut seen = Seen::default();
    copy(client, server, |bytes| seen.take(bytes, counts));
    Some(())
}

fn copy(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&[u8])) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(n @ 1..) = from.read(&mut bytes) {
        look(&bytes[..n]);
        if to.write_all(&bytes[..n]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
}

/// Where in the stream of requests we are. A request's first line ends with the protocol, a row with a brace and a line feed; JSON
/// holds neither inside, because it writes a line feed as `\n`.
#[derive(Default)]
struct Seen {
    line: Vec<u8>,
}

impl Seen {
    fn take(&mut self, bytes: &[u8], counts: &Passed) {
        for part in bytes.split_inclusive(|b| *b == b'\n') {
            // The beginning and the end of a line tell what it is.
            let room = 256usize.saturating_sub(self.line.len());
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            let Some(b'\n') = part.last() else {
                self.keep_end(part);
                continue;
            };
            self.keep_end(part);
            if self.line.ends_with(b" HTTP/1.1\r\n") {
                counts.requests.fetch_add(1, Ordering::SeqCst);
                let upload = self.line.windows(8).any(|w| w == b"/upload/");
                counts.uploads.fetch_add(u64::from(upload), Ordering::SeqCst);
            } else if self.line.ends_with(b"}\n") && self.line.first() == Some(&b'{') {
                counts.rows.fetch_add(1, Ordering::SeqCst);
            }
            self.line.clear();
        }
    }

    /// Makes sure that the line kept ends as the real one does.
    fn keep_end(&mut self, part: &[u8]) {
        let end = &part[part.len().saturating_sub(16)..];
        if !self.line.ends_with(end) {
            self.line.extend_from_slice(end);
        }
    }
}
