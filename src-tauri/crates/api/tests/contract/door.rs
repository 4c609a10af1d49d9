//! Who may come in through the local API's door, and what is told there without being asked.

use crate::engine;
use backroom_api::serve::{ServeOptions, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// One request over a plain socket: status line and the whole reply.
async fn ask(address: std::net::SocketAddr, head: &str, body: &str) -> (u16, String) {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let text = format!("{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    // The server may refuse before it has read everything.
    let _ = stream.write_all(text.as_bytes()).await;
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply).await;
    let reply = String::from_utf8_lossy(&reply).into_owned();
    (reply.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0), reply)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_opens_to_the_token_and_its_own_name_alone() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    let ui = tempfile::tempdir().unwrap();
    std::fs::write(ui.path().join("index.html"), "<title>Backroom</title>").unwrap();
    let options = ServeOptions { port: 0, ui: Some(ui.path().to_path_buf()), token: "right".into() };
    let server = Server::bind(engine, options).await.unwrap();
    let at = server.address();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async move {
        let _ = stopped.await;
    }));
    assert!(at.ip().is_loopback(), "listens on this machine alone");
    let rpc = |host: &str, more: &str| format!("POST /rpc/app_state HTTP/1.1\r\nHost: {host}{more}");
    let own = at.to_string();
    let other = format!("shop.example.com:{}", at.port());
    let table = [
        (rpc(&own, "\r\nAuthorization: Bearer right"), "", 200, "the right token"),
        (rpc(&own, "\r\nAuthorization: Bearer right"), "null", 200, "null stands for no arguments"),
        (rpc(&own, "\r\nAuthorization: Bearer right"), "{", 400, "half a request"),
        (rpc(&own, "\r\nAuthorization: Bearer wrong"), "", 401, "a wrong token"),
        (rpc(&own, ""), "", 401, "no token"),
        (
            rpc(&other, "\r\nAuthorization: Bearer right"),
            "",
            421,
            "another name: a page elsewhere that rebinds its own",
        ),
        (rpc(&own, "\r\nAuthorization: Bearer right\r\nOrigin: https://example.com"), "", 421, "a page elsewhere"),
        (format!("GET /events HTTP/1.1\r\nHost: {own}"), "", 401, "events need the token too"),
        (format!("GET /health HTTP/1.1\r\nHost: {own}"), "", 200, "health is no secret"),
        (format!("GET / HTTP/1.1\r\nHost: {own}"), "", 200, "the page itself"),
        (format!("GET /../../etc/passwd HTTP/1.1\r\nHost: {own}"), "", 200, "a path out of the folder gives the page"),
    ];
    for (head, body, status, why) in table {
        let (found, reply) = ask(at, &head, body).await;
        assert_eq!(found, status, "{why}: {reply}");
        for header in ["content-security-policy: default-src 'none'", "x-frame-options: DENY", "nosniff", "same-origin"]
        {
            assert!(reply.contains(header), "{why} has {header}: {reply}");
        }
        if status == 200 {
            assert!(!reply.contains("root:"), "{why}");
        }
    }
    let (status, _) = ask(at, &rpc(&own, "\r\nAuthorization: Bearer right"), &"x".repeat(70_000)).await;
    assert!(status == 413 || status == 0, "more than 64 KiB is refused: {status}");
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_told_to_whoever_listens() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    let options = ServeOptions { port: 0, ui: None, token: "right".into() };
    let server = Server::bind(engine.clone(), options).await.unwrap();
    let at = server.address();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async move {
        let _ = stopped.await;
    }));
    let mut stream = tokio::net::TcpStream::connect(at).await.unwrap();
    let head = format!("GET /events HTTP/1.1\r\nHost: {at}\r\nAuthorization: Bearer right\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut heard = String::new();
    let mut part = [0u8; 4_096];
    // The head is sent once the listener is subscribed: a change made after it cannot be missed.
    while !heard.contains("\r\n\r\n") {
        let n = stream.read(&mut part).await.unwrap();
        assert!(n > 0, "the stream stays open: {heard}");
        heard.push_str(&String::from_utf8_lossy(&part[..n]));
    }
    assert!(heard.starts_with("HTTP/1.1 200"), "{heard}");
    assert!(heard.to_lowercase().contains("text/event-stream"), "{heard}");
    let (status, reply) =
        ask(at, &format!("POST /rpc/restated_seen HTTP/1.1\r\nHost: {at}\r\nAuthorization: Bearer right"), "").await;
    assert_eq!(status, 200, "{reply}");
    while !heard.contains("data: ") {
        let n = stream.read(&mut part).await.unwrap();
        assert!(n > 0, "the stream stays open: {heard}");
        heard.push_str(&String::from_utf8_lossy(&part[..n]));
    }
    assert!(heard.contains(r#"data: {"invalidates":["sales"]}"#), "what became stale is named: {heard}");
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}

/// Two browsers with the same address: a PIN that is entered in one opens the one alone.
#[tokio::test(flavor = "multi_thread")]
async fn each_browser_has_somebody_of_its_own_at_work() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    let owner = serde_json::json!({"id": null, "name": "Olive Owner", "role": "owner", "pin": "4711"});
    engine.call("save_person", owner).await.unwrap();
    let options = ServeOptions { port: 0, ui: None, token: "right".into() };
    let server = Server::bind(engine.clone(), options).await.unwrap();
    let at = server.address();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async move {
        let _ = stopped.await;
    }));
    let (one, other) = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210");
    let asked = async |seat: &str, name: &str, body: &str| {
        let seat = if seat.is_empty() { String::new() } else { format!("\r\nX-Backroom-Seat: {seat}") };
        ask(at, &format!("POST /rpc/{name} HTTP/1.1\r\nHost: {at}\r\nAuthorization: Bearer right{seat}"), body).await
    };
    for seat in [one, other] {
        let (_, reply) = asked(seat, "summary", "").await;
        assert!(reply.contains("LOCKED"), "whoever was at work at the window is not at work in a browser: {reply}");
    }
    let (status, reply) = asked(one, "enter_pin", r#"{"id":1,"pin":"4711"}"#).await;
    assert_eq!(status, 200, "{reply}");
    assert_eq!(asked(one, "summary", "").await.0, 200, "the browser in which the PIN was entered is open");
    assert!(asked(other, "summary", "").await.1.contains("LOCKED"), "the other is not");
    assert_eq!(asked("", "summary", "").await.0, 200, "the window's own owner goes on");
    assert_eq!(asked("short", "summary", "").await.0, 200, "what is no seat is none");
    assert_eq!(asked(one, "leave", "").await.0, 200);
    assert!(asked(one, "summary", "").await.1.contains("LOCKED"), "and locks for itself");
    assert_eq!(asked("", "summary", "").await.0, 200, "alone");
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}
