//! What each bad answer means.
use crate::support::{ask, created, square};
use backroom_core::source::{Entity, Source};
use backroom_core::{Fault, FaultClass};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn fault_of(reply: ResponseTemplate, entity: Entity) -> (Fault, usize) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let fault = square(&server.uri()).fetch(&ask(entity, created())).await.unwrap_err();
    (fault, server.received_requests().await.unwrap().len())
}

#[tokio::test]
async fn every_refusal_has_its_class() {
    use FaultClass::{Forbidden, NotFound, Protocol, Rejected, StaleCursor, Throttled, Transient, Unauthorized};
    let error = |status: u16, code: &str| {
        let body = json!({"errors": [{"category": "X", "code": code, "detail": "Some detail", "field": "f"}]});
        ResponseTemplate::new(status).set_body_json(body)
    };
    let html = |status: u16| ResponseTemplate::new(status).set_body_raw("<html>Sign in</html>", "text/html");
    let text = |body: &str| ResponseTemplate::new(200).set_body_raw(body.to_owned(), "application/json");
    let after = |s| Throttled { after: Some(Duration::from_secs(s)) };
    let cases = [
        (error(401, "UNAUTHORIZED"), Unauthorized, "SQUARE_TOKEN_WRONG", 1),
        (error(401, "ACCESS_TOKEN_EXPIRED"), Unauthorized, "SQUARE_TOKEN_EXPIRED", 1),
        (error(401, "ACCESS_TOKEN_REVOKED"), Unauthorized, "SQUARE_TOKEN_REVOKED", 1),
        (ResponseTemplate::new(401), Unauthorized, "SQUARE_TOKEN_WRONG", 1),
        (error(403, "INSUFFICIENT_SCOPES"), Forbidden, "SQUARE_SCOPE_MISSING", 1),
        (error(403, "FORBIDDEN"), Forbidden, "SQUARE_FORBIDDEN", 1),
        (error(429, "RATE_LIMITED"), Throttled { after: None }, "SQUARE_BUSY", 3),
        (error(429, "RATE_LIMITED").insert_header("retry-after", "999"), after(999), "SQUARE_BUSY", 1),
        (error(500, "INTERNAL_SERVER_ERROR"), Transient, "SQUARE_ILL", 3),
        (html(503), Transient, "SQUARE_ILL", 3),
        (html(503).insert_header("retry-after", "600"), after(600), "SQUARE_ILL", 1),
        (error(400, "INVALID_CURSOR"), StaleCursor, "SQUARE_CURSOR_STALE", 1),
        (error(400, "INVALID_TIME"), Rejected, "SQUARE_REJECTED", 1),
        (error(404, "NOT_FOUND"), NotFound, "SQUARE_NOT_FOUND", 1),
        (html(200), Protocol, "SQUARE_WEB_PAGE", 1),
        (html(403), Protocol, "SQUARE_WEB_PAGE", 1),
        (text("hello"), Protocol, "SQUARE_NOT_JSON", 1),
        (text("[]"), Protocol, "SQUARE_NOT_JSON", 1),
        (text(r#"{"payments": [{"id": "P1"#), Transient, "SQUARE_REPLY_CUT", 3),
        (text(""), Transient, "SQUARE_REPLY_CUT", 3),
        (text(r#"{"payments": 5}"#), Protocol, "SQUARE_LIST_CHANGED", 1),
        (text(r#"{"payments": [], "cursor": 5}"#), Protocol, "SQUARE_NOT_JSON", 1),
        (text(r#"{"errors": [{"code": "RATE_LIMITED"}]}"#), Throttled { after: None }, "SQUARE_BUSY", 3),
        (text(r#"{"payments": [], "errors": [{"code": "INTERNAL_SERVER_ERROR"}]}"#), Transient, "SQUARE_ILL", 3),
        (text(r#"{"payments": [], "errors": [{"code": "BAD_REQUEST"}]}"#), Rejected, "SQUARE_REJECTED", 1),
        (
            text(r#"{"payments": [{"id": "P"}], "errors": [{"code": "RATE_LIMITED"}]}"#),
            Throttled { after: None },
            "SQUARE_BUSY",
            3,
        ),
        (
            ResponseTemplate::new(302).insert_header("location", "https://elsewhere.example.com/"),
            Protocol,
            "HTTP_REDIRECTED",
            1,
        ),
    ];
    for (reply, class, code, requests) in cases {
        let shown = format!("{reply:?}");
        let (fault, sent) = fault_of(reply, Entity::Payments).await;
        assert_eq!((&fault.class, fault.code, sent), (&class, code, requests), "{fault:?} for {shown}");
        assert!(fault.message.ends_with('.'), "a sentence for a person: {}", fault.message);
        assert!(!fault.message.contains("invented-token"), "no secret in words");
    }
}

#[tokio::test]
async fn a_missing_permission_is_named_with_its_entity() {
    let cases =
        [(Entity::Payments, "PAYMENTS_READ"), (Entity::Refunds, "PAYMENTS_READ"), (Entity::Orders, "ORDERS_READ")];
    for (entity, permission) in cases {
        let body = json!({"errors": [{"code": "INSUFFICIENT_SCOPES"}]});
        let (fault, _) = fault_of(ResponseTemplate::new(403).set_body_json(body), entity).await;
        assert!(fault.message.contains(entity.name()) && fault.message.contains(permission), "{}", fault.message);
    }
}

#[tokio::test]
async fn a_long_detail_is_shortened() {
    let body = json!({"errors": [{"code": "BAD_REQUEST", "detail": "x".repeat(5000)}]});
    let (fault, _) = fault_of(ResponseTemplate::new(400).set_body_json(body), Entity::Payments).await;
    assert!(fault.message.len() < 300, "{} characters", fault.message.len());
}

#[tokio::test]
async fn a_passing_trouble_is_ridden_out_and_counted() {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(502)).up_to_n_times(2).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(json!({}))).mount(&server).await;
    let page = square(&server.uri()).fetch(&ask(Entity::Payments, created())).await.unwrap();
    assert_eq!(page.requests, 3, "retries count as requests");
}

/// A server that answers every connection with `bytes` and then either closes or stays silent.
async fn raw_server(bytes: &'static [u8], close: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0u8; 4096];
            let _ = socket.read(&mut request).await;
            let _ = socket.write_all(bytes).await;
            if !close {
                open.push(socket);
            }
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn transport_trouble_is_transient() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{\"payments\": [";
    let cases = [
        (raw_server(half, true).await, "HTTP_CUT", "body cut by a closed connection"),
        (raw_server(half, false).await, "HTTP_TIMED_OUT", "body that stops coming"),
        (raw_server(b"", false).await, "HTTP_TIMED_OUT", "no answer at all"),
        (raw_server(b"", true).await, "HTTP_CUT", "connection closed without an answer"),
        ("http://127.0.0.1:9".to_owned(), "HTTP_UNREACHABLE", "nobody listens"),
    ];
    for (address, code, why) in cases {
        let fault = square(&address).fetch(&ask(Entity::Payments, created())).await.unwrap_err();
        assert_eq!((&fault.class, fault.code), (&FaultClass::Transient, code), "{why}");
    }
}

#[tokio::test]
async fn a_body_without_end_stops_at_the_cap() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let written = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let count = written.clone();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0u8; 4096];
        let _ = socket.read(&mut request).await;
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
        let piece = [b"10000\r\n".as_slice(), &[b'a'; 0x10000], b"\r\n"].concat();
        // One line of a gigabyte.
        for _ in 0..(1 << 14) {
            if socket.write_all(&piece).await.is_err() {
                break;
            }
            count.fetch_add(0x10000, std::sync::atomic::Ordering::Relaxed);
        }
    });
    let fault = square(&format!("http://{address}")).fetch(&ask(Entity::Payments, created())).await.unwrap_err();
    assert_eq!((&fault.class, fault.code), (&FaultClass::Protocol, "HTTP_TOO_LARGE"));
    let sent = written.load(std::sync::atomic::Ordering::Relaxed);
    assert!(sent < 32 << 20, "reading must stop soon after the cap of 1 MB; {sent} bytes were taken");
}

#[test]
fn a_plain_address_is_refused_at_once() {
    use backroom_connectors::square::{Square, SquareSettings};
    use backroom_http::{Client, ClientConfig, StaticToken};
    for (url, good) in [
        ("http://connect.squareup.com", false),
        ("ftp://connect.squareup.com", false),
        ("http://127.0.0.1.example.com", false),
        ("http://192.168.1.4:8080", false),
        ("connect.squareup.com", false),
        ("https://connect.squareup.com", true),
        ("http://127.0.0.1:4010", true),
        ("http://[::1]:4010", true),
        ("http://localhost:4010", true),
    ] {
        let settings = SquareSettings { base_url: url.to_owned(), ..SquareSettings::default() };
        let token = std::sync::Arc::new(StaticToken::new(backroom_secrets::Secret::new("t")));
        let made = Square::new(settings, Client::new(ClientConfig::default()), token);
        assert_eq!(made.is_ok(), good, "{url}");
        if let Err(fault) = made {
            assert_eq!(fault.class, FaultClass::Config, "{url}");
        }
    }
}
