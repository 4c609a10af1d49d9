//! The engine over HTTP on loopback: the same commands and events, and the files of the UI.
//!
//! Invariants: listens on 127.0.0.1 alone; answers no host name but its own (a page elsewhere cannot reach it by a name of its
//! making); every command and event needs the bearer token; the token is compared in constant time and never logged.

use crate::commands::{LARGEST_FILE_REQUEST, LARGEST_REQUEST, largest_request};
use crate::dto::ApiError;
use crate::engine::Engine;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path as UrlPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tower_http::services::{ServeDir, ServeFile};

/// The port where nobody says.
pub const PORT: u16 = 3005;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Header by which a browser says which one it is. Not a credential: the bearer token is, and a PIN behind it.
const SEAT: HeaderName = HeaderName::from_static("x-backroom-seat");
/// Shorter words could be guessed by another browser.
const LEAST_SEAT: usize = 32;
const LONGEST_SEAT: usize = 64;

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// How to serve.
#[derive(Clone)]
pub struct ServeOptions {
    /// Port on 127.0.0.1; 0 for any.
    pub port: u16,
    /// Folder of the built UI; none: commands and events alone.
    pub ui: Option<PathBuf>,
    /// The bearer token.
    pub token: String,
}

struct Door {
    engine: Engine,
    token: [u8; 32],
    address: SocketAddr,
}

/// A bound server, not yet answering.
pub struct Server {
    listener: TcpListener,
    router: Router,
    address: SocketAddr,
}

impl Server {
    /// Binds to loopback.
    ///
    /// # Errors
    /// Where the port is taken.
    pub async fn bind(engine: Engine, options: ServeOptions) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        let door = Arc::new(Door { engine, token: digest(&options.token), address });
        let guarded = Router::new()
            .route("/rpc/{name}", post(rpc).layer(DefaultBodyLimit::max(LARGEST_FILE_REQUEST)))
            .route("/events", get(events))
            .layer(middleware::from_fn_with_state(door.clone(), bearer));
        let mut router = Router::new().route("/health", get(health)).merge(guarded);
        if let Some(ui) = options.ui {
            router = router.fallback_service(ServeDir::new(&ui).fallback(ServeFile::new(ui.join("index.html"))));
        }
        let router = router
            .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
            .layer(middleware::from_fn_with_state(door.clone(), own_host))
            .with_state(door);
        Ok(Self { listener, router, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `shutdown`.
    ///
    /// # Errors
    /// What the listener says.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let serving = tokio::spawn(
            axum::serve(self.listener, self.router)
                .with_graceful_shutdown(async {
                    let _ = stopped.await;
                })
                .into_future(),
        );
        shutdown.await;
        let _ = stop.send(());
        // Event streams never end by themselves.
        match tokio::time::timeout(std::time::Duration::from_secs(2), serving).await {
            Ok(Ok(ended)) => ended,
            _ => Ok(()),
        }
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Equal or not, taking the same time either way.
fn same(a: &[u8; 32], b: &[u8; 32]) -> bool {
    a.iter().zip(b).fold(0u8, |differs, (x, y)| differs | (x ^ y)) == 0
}

/// Whether the host asked for is ours, and the page that asks is ours where a page asks.
fn of_us(port: u16, headers: &HeaderMap) -> (bool, bool) {
    let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let host = text(header::HOST).is_some_and(|h| own.iter().any(|o| o == h));
    let page = text(header::ORIGIN)
        .is_none_or(|o| o.strip_prefix("http://").is_some_and(|rest| own.iter().any(|o| o == rest)));
    (host, page)
}

async fn own_host(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let (host_ok, origin_ok) = of_us(door.address.port(), request.headers());
    let mut response = if host_ok && origin_ok {
        next.run(request).await
    } else {
        refusal(StatusCode::MISDIRECTED_REQUEST, "WRONG_HOST", "This address is not Backroom's own.")
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

async fn bearer(State(door): State<Arc<Door>>, headers: HeaderMap, request: Request, next: Next) -> Response {
    let given =
        headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    if !given.is_some_and(|token| same(&digest(token), &door.token)) {
        return refusal(StatusCode::UNAUTHORIZED, "API_NOT_AUTHORISED", "The bearer token is missing or wrong.");
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    (status, axum::Json(ApiError::new(code, message, ""))).into_response()
}

async fn health() -> axum::Json<Value> {
    axum::Json(serde_json::json!({ "ok": true }))
}

/// At which seat a browser sits: a word of its own making that no other browser knows. Whoever sends none, such as a script, shares
/// the one that has no name.
fn seat(headers: &HeaderMap) -> &str {
    let word = |text: &&str| {
        (LEAST_SEAT..=LONGEST_SEAT).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    headers.get(SEAT).and_then(|value| value.to_str().ok()).filter(word).unwrap_or_default()
}

async fn rpc(
    State(door): State<Arc<Door>>,
    UrlPath(name): UrlPath<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if body.len() > largest_request(&name) {
        let message = "The request is larger than any that is answered.";
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "BAD_REQUEST", message);
    }
    let args = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&body) };
    let Ok(args) = args else {
        return refusal(StatusCode::BAD_REQUEST, "BAD_REQUEST", "The request is not JSON.");
    };
    match door.engine.at_seat(seat(&headers)).call(&name, args).await {
        Ok(value) => axum::Json(value).into_response(),
        Err(error) => {
            let status = match error.code.as_str() {
                "UNKNOWN_COMMAND" | "NOT_FOUND" => StatusCode::NOT_FOUND,
                "BAD_REQUEST" => StatusCode::BAD_REQUEST,
                "INTERNAL" => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::CONFLICT,
            };
            (status, axum::Json(error)).into_response()
        }
    }
}

async fn events(State(door): State<Arc<Door>>) -> Response {
    let heard = door.engine.subscribe();
    let stream = futures_util::stream::unfold(heard, |mut heard| async move {
        let change = match heard.recv().await {
            Ok(change) => change,
            Err(broadcast::error::RecvError::Lagged(_)) => {
                let tags = ["app", "sales", "products", "sync", "connections", "people", "settings"];
                crate::dto::ChangeEvent { invalidates: tags.map(str::to_owned).to_vec() }
            }
            Err(broadcast::error::RecvError::Closed) => return None,
        };
        let event = Event::default().json_data(change).unwrap_or_default();
        Some((Ok::<_, Infallible>(event), heard))
    });
    Sse::new(stream).keep_alive(KeepAlive::default()).into_response()
}
