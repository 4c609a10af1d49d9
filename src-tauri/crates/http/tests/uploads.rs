//! Large bodies over a poor line, on a clock that is turned by the test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use backroom_http::{Client, ClientConfig, HttpError, Method, Request};
use bytes::Bytes;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

/// Takes one call; answers `silence` after its last byte came, with the number of body bytes and how the length was told.
async fn slow_server(silence: Duration) -> (Url, tokio::task::JoinHandle<(usize, bool)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut seen = Vec::new();
        let mut piece = vec![0; 1 << 16];
        let (head, length) = loop {
            let n = stream.read(&mut piece).await.unwrap();
            seen.extend_from_slice(&piece[..n]);
            let Some(end) = seen.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&seen[..end]).to_ascii_lowercase();
            let length =
                head.split("content-length: ").nth(1).and_then(|r| r.lines().next()?.parse().ok()).unwrap_or(0);
            break (end + 4, length);
        };
        while seen.len() - head < length {
            let n = stream.read(&mut piece).await.unwrap();
            assert!(n > 0, "the body came to its end");
            seen.extend_from_slice(&piece[..n]);
        }
        tokio::time::sleep(silence).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        let chunked = String::from_utf8_lossy(&seen[..head]).to_ascii_lowercase().contains("chunked");
        (seen.len() - head, chunked)
    });
    (url, served)
}

#[tokio::test(start_paused = true)]
async fn a_large_body_has_the_time_that_a_poor_line_needs() {
    const PIECE: usize = 1 << 20;
    let table = [
        (0, 29, true, "a reply within the limit"),
        (0, 31, false, "nothing was sent that could take longer"),
        (1, 100, true, "one megabyte takes two minutes on a poor line"),
        (2, 31, true, "pieces count together"),
        (2, 290, false, "but not for ever"),
    ];
    for (pieces, seconds, answered, why) in table {
        let (url, served) = slow_server(Duration::from_secs(seconds)).await;
        let body: Vec<Bytes> = (0..pieces).map(|n| Bytes::from(vec![n; PIECE])).collect();
        let request = Request::new(Method::POST, url).body_of("application/octet-stream", body);
        match Client::new(ClientConfig::default()).send(&request).await {
            Ok(reply) => {
                assert!(answered, "{why}: {}", reply.status);
                let (came, chunked) = served.await.unwrap();
                assert_eq!(came, usize::from(pieces) * PIECE, "{why}: everything came");
                assert!(!chunked, "{why}: the length is told, as an upload must");
            }
            Err(error) => {
                assert!(!answered, "{why}: {error}");
                assert!(matches!(error, HttpError::TimedOut { .. }), "{why}: {error}");
            }
        }
    }
}
