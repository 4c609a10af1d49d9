//! The client: what is allowed to be sent, and how much is allowed to come back.

use crate::error::HttpError;
use crate::reply::Reply;
use crate::request::Request;
use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_LENGTH, LOCATION};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use url::{Host, Url};

/// Time limits, caps and pool of a client.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Until a connection stands.
    pub connect_timeout: Duration,
    /// Until the reply begins, and between two pieces of it; the time that a slow line needs for what is sent comes on top.
    pub read_timeout: Duration,
    /// Of the whole call, beside the time that a slow line needs for what is sent.
    pub call_timeout: Duration,
    /// Largest body taken, decompressed, in bytes.
    pub body_cap: usize,
    /// Idle connections kept per host.
    pub idle_connections: usize,
    /// How we name ourselves.
    pub user_agent: &'static str,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            call_timeout: Duration::from_secs(120),
            body_cap: 32 << 20,
            idle_connections: 32,
            user_agent: concat!("Backroom/", env!("CARGO_PKG_VERSION")),
        }
    }
}

/// The HTTP client. Clones share its connections.
///
/// Encrypted except to this machine; never follows a redirect, so a credential reaches only the host it was meant
/// for. TLS is set up at the first encrypted call: a process that talks to loopback alone never pays for it.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    config: ClientConfig,
    loopback: OnceLock<reqwest::Client>,
    encrypted: OnceLock<reqwest::Client>,
    /// Held while a large body is read: many at once would take many times the cap.
    large: tokio::sync::Mutex<()>,
}

impl Client {
    /// A client with these limits. Opens nothing yet.
    pub fn new(config: ClientConfig) -> Self {
        Self(Arc::new(Inner {
            config,
            loopback: OnceLock::new(),
            encrypted: OnceLock::new(),
            large: tokio::sync::Mutex::default(),
        }))
    }

    /// The limits it keeps.
    pub fn config(&self) -> &ClientConfig {
        &self.0.config
    }

    /// Whether a call to `url` would be allowed at all.
    ///
    /// # Errors
    /// `Insecure` for plain http to another machine, `BadUrl` for anything that is not http.
    pub fn check(url: &Url) -> Result<(), HttpError> {
        match url.scheme() {
            "https" if url.has_host() => Ok(()),
            "http" if is_loopback(url) => Ok(()),
            "http" if url.has_host() => Err(HttpError::Insecure { host: host_of(url) }),
            _ => Err(HttpError::BadUrl),
        }
    }

    /// Makes one call, without any retry.
    ///
    /// # Errors
    /// An `HttpError`; any status is a reply, not an error, except a redirect.
    pub async fn send(&self, request: &Request) -> Result<Reply, HttpError> {
        Self::check(&request.url)?;
        let host = host_of(&request.url);
        let mut call = self
            .pool(&request.url)?
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone())
            .timeout(self.0.config.call_timeout + sending(request.length()));
        call = match request.body.as_slice() {
            [] => call,
            [whole] => call.body(whole.clone()),
            pieces => {
                let pieces: Vec<Result<Bytes, std::convert::Infallible>> = pieces.iter().cloned().map(Ok).collect();
                let stream = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
                call.header(CONTENT_LENGTH, request.length()).body(stream)
            }
        };
        let patience = self.0.config.read_timeout;
        let response = tokio::time::timeout(patience + sending(request.length()), call.send())
            .await
            .map_err(|_| HttpError::TimedOut { host: host.clone() })?
            .map_err(|e| sort(&e, &host))?;
        let status = response.status();
        if status.is_redirection() && response.headers().contains_key(LOCATION) {
            return Err(HttpError::Redirected { host });
        }
        let headers = response.headers().clone();
        let body = self.read_capped(response, &host).await?;
        Ok(Reply { status: status.as_u16(), headers, body })
    }

    /// Reads the body piece by piece, so that a body without end costs at most the cap; one large body at a time.
    async fn read_capped(&self, mut response: reqwest::Response, host: &str) -> Result<Bytes, HttpError> {
        let (cap, patience) = (self.0.config.body_cap, self.0.config.read_timeout);
        let too_large = || HttpError::TooLarge { host: host.to_owned(), cap };
        let announced = response.content_length().unwrap_or(0);
        if announced > cap as u64 {
            return Err(too_large());
        }
        let expected = usize::try_from(announced).unwrap_or(0);
        let mut body = BytesMut::with_capacity(expected.min(LARGE));
        let mut turn = None;
        loop {
            let piece = tokio::time::timeout(patience, response.chunk())
                .await
                .map_err(|_| HttpError::TimedOut { host: host.to_owned() })?
                .map_err(|e| sort(&e, host))?;
            let Some(piece) = piece else { break };
            let length = body.len() + piece.len();
            if length > cap {
                return Err(too_large());
            }
            if length > LARGE && turn.is_none() {
                turn = Some(self.0.large.lock().await);
                body.reserve(expected.saturating_sub(body.len()));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body.freeze())
    }

    fn pool(&self, url: &Url) -> Result<&reqwest::Client, HttpError> {
        let local = is_loopback(url);
        let (slot, plain) = match url.scheme() {
            "http" => (&self.0.loopback, true),
            _ => (&self.0.encrypted, false),
        };
        if let Some(ready) = slot.get() {
            return Ok(ready);
        }
        let config = &self.0.config;
        let mut builder = reqwest::Client::builder()
            .connect_timeout(config.connect_timeout)
            .pool_max_idle_per_host(config.idle_connections)
            .pool_idle_timeout(Duration::from_secs(60))
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .user_agent(config.user_agent);
        builder = if plain {
            builder.tls_built_in_webpki_certs(false)
        } else {
            builder.https_only(true).min_tls_version(reqwest::tls::Version::TLS_1_2)
        };
        if plain || local {
            // A proxy set for the internet would send a loopback call to itself.
            builder = builder.no_proxy();
        }
        let built = builder.build().map_err(|_| HttpError::Setup)?;
        Ok(slot.get_or_init(|| built))
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Client").field(&self.0.config).finish()
    }
}

/// A body larger than this is read only while no other such is.
const LARGE: usize = 2 << 20;

/// The slowest line that a body is still sent over, in bytes a second: a tenth of a poor uplink.
const SLOWEST: u64 = 8 << 10;

/// What a slow line needs for a body of `length` bytes. A fixed limit would end each attempt of a large delivery from a shop
/// with a poor line at the same place, for ever.
const fn sending(length: u64) -> Duration {
    Duration::from_secs(length / SLOWEST)
}

fn sort(error: &reqwest::Error, host: &str) -> HttpError {
    let host = host.to_owned();
    // A connection that never stood also timed out, but then nothing was sent.
    if error.is_connect() {
        return HttpError::Unreachable { host };
    }
    if error.is_timeout() {
        return HttpError::TimedOut { host };
    }
    if error.is_builder() {
        return HttpError::BadUrl;
    }
    HttpError::Cut { host }
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or("the address").to_owned()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}
