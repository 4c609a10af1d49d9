//! Calls over a real socket: credential, pace and what the client refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

use backroom_core::{BoxFuture, Fault, FaultClass};
use backroom_http::{
    Caller, Client, ClientConfig, HttpError, Limiter, Reply, Request, RetryPolicy, StaticToken, Token, TokenProvider,
};
use backroom_secrets::Secret;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use url::Url;
use wiremock::matchers::{any, header};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn read(outcome: Result<Reply, HttpError>) -> Result<u16, Fault> {
    let reply = outcome?;
    let fault = |class| Err(Fault::new(class, "TEST", "invented"));
    match reply.status {
        200 => Ok(200),
        401 => fault(FaultClass::Unauthorized),
        429 => fault(FaultClass::Throttled { after: reply.retry_after(backroom_core::Timestamp::default()) }),
        _ => fault(FaultClass::Transient),
    }
}

fn request(server: &MockServer) -> Request {
    Request::get(Url::parse(&server.uri()).unwrap())
}

fn caller(token: Arc<dyn TokenProvider>, limiter: Arc<Limiter>) -> Caller {
    let policy = RetryPolicy { first_wait: Duration::from_millis(1), ..RetryPolicy::default() };
    Caller::new(Client::new(ClientConfig::default()), limiter, token, policy)
}

/// Renews like an OAuth provider: one renewal however many calls were refused at once.
struct Renewing {
    generation: AtomicU64,
    renewals: AtomicU32,
    lock: Mutex<()>,
}

impl TokenProvider for Renewing {
    fn token(&self) -> BoxFuture<'_, Result<Token, Fault>> {
        Box::pin(async {
            let generation = self.generation.load(Ordering::SeqCst);
            Ok(Token { secret: Secret::new(format!("token-{generation}")), generation })
        })
    }

    fn on_unauthorized(&self, generation: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        Box::pin(async move {
            let _one = self.lock.lock().await;
            if self.generation.load(Ordering::SeqCst) == generation {
                tokio::task::yield_now().await;
                self.renewals.fetch_add(1, Ordering::SeqCst);
                self.generation.fetch_add(1, Ordering::SeqCst);
            }
            Ok(true)
        })
    }
}

#[tokio::test]
async fn fifty_refused_calls_renew_the_credential_once() {
    let server = MockServer::start().await;
    Mock::given(header("authorization", "Bearer token-1"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    Mock::given(any()).respond_with(ResponseTemplate::new(401)).mount(&server).await;
    let token = Arc::new(Renewing { generation: AtomicU64::new(0), renewals: AtomicU32::new(0), lock: Mutex::new(()) });
    let caller = caller(token.clone(), Arc::new(Limiter::new(50)));
    let request = request(&server);
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let (caller, request) = (caller.clone(), request.clone());
            tokio::spawn(async move { caller.call(&request, read).await.result })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), Ok(200), "every call goes on with the renewed credential");
    }
    assert_eq!(token.renewals.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_pasted_token_that_is_refused_is_not_tried_again() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(401)).mount(&server).await;
    let caller = caller(Arc::new(StaticToken::new(Secret::new("invented-token"))), Arc::new(Limiter::new(2)));
    let called = caller.call(&request(&server), read).await;
    assert_eq!((called.result.unwrap_err().class, called.requests), (FaultClass::Unauthorized, 1));
}

#[tokio::test]
async fn a_throttled_call_waits_as_long_as_it_is_asked_to() {
    let server = MockServer::start().await;
    let slow_down = ResponseTemplate::new(429).insert_header("retry-after", "1");
    Mock::given(any()).respond_with(slow_down).up_to_n_times(1).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let limiter = Arc::new(Limiter::new(8));
    let caller = caller(Arc::new(StaticToken::new(Secret::new("t"))), limiter.clone());
    let started = Instant::now();
    let called = caller.call(&request(&server), read).await;
    assert_eq!((called.result, called.requests), (Ok(200), 2));
    assert!(started.elapsed() >= Duration::from_millis(990), "Retry-After is kept");
    assert_eq!(limiter.allowed(), 8, "a single complaint is obeyed, and costs no lasting room");
}

#[tokio::test]
async fn a_long_pause_is_told_at_once_to_every_stream() {
    let server = MockServer::start().await;
    let slow_down = ResponseTemplate::new(429).insert_header("retry-after", "600");
    Mock::given(any()).respond_with(slow_down).mount(&server).await;
    let caller = caller(Arc::new(StaticToken::new(Secret::new("t"))), Arc::new(Limiter::new(8)));
    for requests in [1, 0, 0] {
        let called = caller.call(&request(&server), read).await;
        let FaultClass::Throttled { after: Some(wait) } = called.result.unwrap_err().class else { panic!("throttled") };
        assert!(wait.as_secs() >= 590, "the rest of the wait is told: {wait:?}");
        assert_eq!(called.requests, requests, "nobody asks again before the time named");
    }
}

#[tokio::test]
async fn what_the_client_refuses() {
    let client = Client::new(ClientConfig { body_cap: 1000, ..ClientConfig::default() });
    for (url, expected) in [
        ("http://connect.squareup.com/", HttpError::Insecure { host: "connect.squareup.com".to_owned() }),
        ("ftp://connect.squareup.com/", HttpError::BadUrl),
        ("data:text/plain,x", HttpError::BadUrl),
    ] {
        let error = client.send(&Request::get(Url::parse(url).unwrap())).await.unwrap_err();
        assert_eq!(error, expected, "{url}");
    }
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_bytes(vec![b'a'; 1001])).mount(&server).await;
    let error = client.send(&request(&server)).await.unwrap_err();
    assert_eq!(error, HttpError::TooLarge { host: "127.0.0.1".to_owned(), cap: 1000 });
}

#[tokio::test]
async fn a_small_gzip_that_unfolds_is_capped_too() {
    let gz = flate(&vec![0u8; 1 << 20]);
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(200).insert_header("content-encoding", "gzip").set_body_bytes(gz);
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let client = Client::new(ClientConfig { body_cap: 100_000, ..ClientConfig::default() });
    let error = client.send(&request(&server)).await.unwrap_err();
    assert_eq!(error.code(), "HTTP_TOO_LARGE", "the cap counts what comes out, not what goes in");
}

/// Zeros as gzip: one block of fixed Huffman codes, a kilobyte for a megabyte.
fn flate(zeros: &[u8]) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    let push = |bits: &mut Vec<bool>, value: u32, count: u32, high_first: bool| {
        for i in 0..count {
            let at = if high_first { count - 1 - i } else { i };
            bits.push(value >> at & 1 == 1);
        }
    };
    push(&mut bits, 1, 1, false);
    push(&mut bits, 1, 2, false);
    push(&mut bits, 0x30, 8, true);
    let mut left = zeros.len() - 1;
    while left >= 258 {
        push(&mut bits, 0b1100_0101, 8, true); // length 258
        push(&mut bits, 0, 5, true); // distance 1
        left -= 258;
    }
    for _ in 0..left {
        push(&mut bits, 0x30, 8, true);
    }
    push(&mut bits, 0, 7, true);
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    out.extend(bits.chunks(8).map(|byte| byte.iter().enumerate().fold(0u8, |b, (i, bit)| b | u8::from(*bit) << i)));
    let mut crc = u32::MAX;
    for byte in zeros {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    out.extend((!crc).to_le_bytes());
    out.extend(u32::try_from(zeros.len()).unwrap().to_le_bytes());
    out
}

#[tokio::test]
async fn connections_are_reused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let connections = Arc::new(AtomicU32::new(0));
    let count = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut buffer = [0u8; 4096];
                while socket.read(&mut buffer).await.is_ok_and(|n| n > 0) {
                    let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
                }
            });
        }
    });
    let client = Client::new(ClientConfig::default());
    for _ in 0..5 {
        client.send(&Request::get(url.clone())).await.unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1, "a handshake a page would double the time of a first sync");
    assert!(client.config().idle_connections >= 16, "as many connections stay open as calls may be in flight");
}

#[test]
fn nothing_shows_the_credential_or_the_query() {
    let url = Url::parse("https://connect.squareup.com/v2/payments?cursor=abc").unwrap();
    let request = Request::get(url).bearer(&Secret::new("invented-token"));
    let shown = format!("{request:?}");
    assert!(!shown.contains("invented") && !shown.contains("abc"), "{shown}");
    for error in [
        HttpError::TimedOut { host: "connect.squareup.com".to_owned() },
        HttpError::BadUrl,
        HttpError::Cut { host: "connect.squareup.com".to_owned() },
    ] {
        let fault = Fault::from(error);
        assert!(fault.message.ends_with('.') && !fault.hint.is_empty(), "{fault:?}");
    }
}

/// Run by hand: `cargo test -p backroom-http --test calls setting_up -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "measures this machine"]
async fn setting_up_a_client() {
    for url in ["http://127.0.0.1:9/", "https://127.0.0.1:9/"] {
        let client = Client::new(ClientConfig::default());
        let started = Instant::now();
        let _ = client.send(&Request::get(Url::parse(url).unwrap())).await;
        println!("{url}: {:?}", started.elapsed());
    }
}
