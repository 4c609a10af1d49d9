//! Listening, and the path of each request through journal, latency, faults and service.

use super::fault::{FaultKind, Faults};
use super::journal::Journal;
use super::lock;
use super::request::{Reply, Request, reason};
use backroom_core::Clock;
use bytes::BytesMut;
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// What a stand-in knows how to answer.
pub(crate) trait Service: Send + Sync + 'static {
    /// The answer to a request of the vendor's API.
    fn answer(&self, request: &Request) -> Reply;
    /// A command of a test or of the demonstration (`/_control/<command>`).
    fn control(&self, command: &str, body: &[u8]) -> Reply;
    /// A refusal in the vendor's own words.
    fn refusal(&self, fault: &FaultKind) -> Reply;
    /// The clock for the `Date` header.
    fn clock(&self) -> &dyn Clock;
}

/// The part of a stand-in that every vendor shares.
#[derive(Default)]
pub(crate) struct Wire {
    pub(crate) faults: Mutex<Faults>,
    pub(crate) journal: Journal,
}

/// A server on loopback with threads of its own, so that a test which blocks cannot starve it. It ends when dropped.
pub(crate) struct Server {
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Server {
    /// Listens on 127.0.0.1 (`port` 0 lets the system choose) and serves until dropped.
    pub(crate) fn start(port: u16, wire: Arc<Wire>, service: Arc<dyn Service>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("sandbox")
            .enable_all()
            .build()?;
        let listener = std::net::TcpListener::bind(("127.0.0.1", port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        runtime.spawn(accept(listener, wire, service));
        Ok(Self { address, runtime: Some(runtime) })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs a task beside the server, for as long as the server runs.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Option<tokio::task::AbortHandle> {
        self.runtime.as_ref().map(|runtime| runtime.spawn(task).abort_handle())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: TcpListener, wire: Arc<Wire>, service: Arc<dyn Service>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let (wire, service) = (Arc::clone(&wire), Arc::clone(&service));
                tokio::spawn(async move {
                    // A broken connection concerns the client alone.
                    drop(converse(stream, &wire, service.as_ref()).await);
                });
            }
            // Out of descriptors, most likely: give the others time to close.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn converse(mut stream: TcpStream, wire: &Wire, service: &dyn Service) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = BytesMut::with_capacity(16 * 1024);
    while let Some(request) = Request::read(&mut stream, &mut buffer).await? {
        if let Some(command) = request.path.strip_prefix("/_control/") {
            let reply =
                shared_control(wire, command, &request).unwrap_or_else(|| service.control(command, &request.body));
            send(&mut stream, service, &reply, None).await?;
            continue;
        }
        wire.journal.arrived(&request);
        // Whoever has the answer may ask what was answered: a plain one is written down before it leaves.
        let plain = {
            let faults = lock(&wire.faults);
            (!faults.offline && faults.rules.is_empty()).then_some(faults.latency_ms)
        };
        let keep = if let Some(latency) = plain {
            if latency > 0 {
                tokio::time::sleep(Duration::from_millis(latency)).await;
            }
            let reply = service.answer(&request);
            wire.journal.answered(&request, reply.status, reply.body.len());
            send(&mut stream, service, &reply, None).await.is_ok()
        } else {
            let (status, bytes, keep) = serve(&mut stream, wire, service, &request).await.unwrap_or((0, 0, false));
            wire.journal.answered(&request, status, bytes);
            keep
        };
        if !keep {
            return Ok(());
        }
    }
    Ok(())
}

/// Serves one request: status, bytes of the body, and whether the connection goes on.
async fn serve(
    stream: &mut TcpStream,
    wire: &Wire,
    service: &dyn Service,
    request: &Request,
) -> io::Result<(u16, usize, bool)> {
    let (latency, offline, fault) = {
        let mut faults = lock(&wire.faults);
        let offline = faults.offline;
        let quiet = faults.rules.is_empty() || offline;
        (faults.latency_ms, offline, if quiet { None } else { faults.strike(&request.line()) })
    };
    if offline {
        return reset(stream);
    }
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    let Some(fault) = fault else {
        let reply = service.answer(request);
        send(stream, service, &reply, None).await?;
        return Ok((reply.status, reply.body.len(), true));
    };
    match fault {
        FaultKind::Reset => reset(stream),
        FaultKind::ResetAfterCommit => {
            service.answer(request);
            reset(stream)
        }
        FaultKind::Hang => hang(stream).await,
        FaultKind::HangAfterCommit => {
            service.answer(request);
            hang(stream).await
        }
        FaultKind::HugeLine { bytes, declared } => huge(stream, bytes, declared).await,
        FaultKind::Cut { after_bytes } => {
            let reply = service.answer(request);
            send(stream, service, &reply, Some(after_bytes)).await?;
            Ok((reply.status, after_bytes.min(reply.body.len()), false))
        }
        FaultKind::Html { status } => {
            let body = b"<!doctype html><html><head><title>Sign in to the network</title></head><body>Accept the terms.</body></html>";
            let reply = Reply { content_type: "text/html; charset=utf-8", ..Reply::json(status, body.to_vec()) };
            send(stream, service, &reply, None).await?;
            Ok((status, reply.body.len(), true))
        }
        FaultKind::FalseGzip => {
            let mut reply = service.answer(request);
            reply.headers.push(("Content-Encoding", "gzip".to_owned()));
            send(stream, service, &reply, None).await?;
            Ok((reply.status, reply.body.len(), true))
        }
        FaultKind::RepeatCursor | FaultKind::ForeignFields | FaultKind::ChangedType { .. } => {
            let reply = bend(service.answer(request), request, &fault);
            send(stream, service, &reply, None).await?;
            Ok((reply.status, reply.body.len(), true))
        }
        FaultKind::StatusAfterCommit { status } => {
            service.answer(request);
            let reply = service.refusal(&FaultKind::Status { status });
            send(stream, service, &reply, None).await?;
            Ok((reply.status, reply.body.len(), true))
        }
        refused => {
            let reply = service.refusal(&refused);
            send(stream, service, &reply, None).await?;
            Ok((reply.status, reply.body.len(), true))
        }
    }
}

async fn send(stream: &mut TcpStream, service: &dyn Service, reply: &Reply, cut: Option<usize>) -> io::Result<()> {
    let date = service.clock().now().utc().format("%a, %d %b %Y %H:%M:%S GMT");
    let mut out = Vec::with_capacity(reply.body.len() + 256);
    let head = format!(
        "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nDate: {date}\r\n",
        reply.status,
        reason(reply.status),
        reply.content_type,
        reply.body.len(),
    );
    out.extend_from_slice(head.as_bytes());
    for (name, value) in &reply.headers {
        out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    let body = cut.map_or(&reply.body[..], |n| &reply.body[..n.min(reply.body.len())]);
    out.extend_from_slice(body);
    stream.write_all(&out).await?;
    if cut.is_some() {
        stream.shutdown().await?;
    }
    Ok(())
}

fn reset(stream: &TcpStream) -> io::Result<(u16, usize, bool)> {
    stream.set_zero_linger()?;
    Ok((0, 0, false))
}

async fn hang(stream: &mut TcpStream) -> io::Result<(u16, usize, bool)> {
    let mut ignored = [0u8; 512];
    while stream.read(&mut ignored).await? > 0 {}
    Ok((0, 0, false))
}

async fn huge(stream: &mut TcpStream, bytes: u64, declared: bool) -> io::Result<(u16, usize, bool)> {
    let framing = if declared { format!("Content-Length: {bytes}") } else { "Connection: close".to_owned() };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{framing}\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let start = b"{\"payments\":[{\"id\":\"";
    stream.write_all(&start[..start.len().min(usize::try_from(bytes).unwrap_or(usize::MAX))]).await?;
    let block = vec![b'a'; 64 * 1024];
    let mut left = bytes.saturating_sub(start.len() as u64);
    while left > 0 {
        let now = left.min(block.len() as u64);
        stream.write_all(&block[..usize::try_from(now).unwrap_or(block.len())]).await?;
        left -= now;
    }
    stream.shutdown().await?;
    Ok((200, 0, false))
}

/// Bends a good reply as the fault says.
fn bend(mut reply: Reply, request: &Request, fault: &FaultKind) -> Reply {
    let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) else { return reply };
    match fault {
        FaultKind::RepeatCursor => {
            let in_body = serde_json::from_slice::<Value>(&request.body).ok();
            let sent = request
                .param("cursor")
                .map(str::to_owned)
                .or_else(|| Some(in_body?.get("cursor")?.as_str()?.to_owned()));
            if let (Some(sent), Some(map)) = (sent, body.as_object_mut()) {
                map.insert("cursor".to_owned(), Value::String(sent));
            }
        }
        FaultKind::ForeignFields => each_object(&mut body, &mut |map| {
            map.insert("x_field_of_next_year".to_owned(), json!({"nested": [1, "two", null], "money": {"amount": 1}}));
        }),
        FaultKind::ChangedType { field } => each_object(&mut body, &mut |map| {
            if let Some(value) = map.get_mut(field) {
                *value = match value.take() {
                    Value::String(_) => json!(20_261_120),
                    other => Value::String(other.to_string()),
                };
            }
        }),
        _ => {}
    }
    reply.body = body.to_string().into_bytes();
    reply
}

fn each_object(value: &mut Value, act: &mut dyn FnMut(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(|inner| each_object(inner, act));
            act(map);
        }
        Value::Array(list) => list.iter_mut().for_each(|inner| each_object(inner, act)),
        _ => {}
    }
}

/// The commands that every stand-in has: faults, counters, log.
fn shared_control(wire: &Wire, command: &str, request: &Request) -> Option<Reply> {
    let answer = match command {
        "faults" if request.method == "GET" => serde_json::to_value(&*lock(&wire.faults)).unwrap_or_default(),
        "faults" => match serde_json::from_slice::<Faults>(&request.body) {
            Ok(faults) => {
                *lock(&wire.faults) = faults;
                json!({})
            }
            Err(error) => return Some(Reply::value(400, &json!({"error": error.to_string()}))),
        },
        "faults/clear" => {
            *lock(&wire.faults) = Faults::default();
            json!({})
        }
        "counters" => serde_json::to_value(wire.journal.counters()).unwrap_or_default(),
        "log" => serde_json::to_value(wire.journal.log()).unwrap_or_default(),
        "reset" => {
            wire.journal.reset();
            json!({})
        }
        _ => return None,
    };
    Some(Reply::value(200, &answer))
}
