//! Where the browser comes back on this machine (RFC 8252 §7.3): one path on a port of 127.0.0.1 that the system chose, open until
//! the first answer that knows the state, five minutes at most.

use super::flow::Flow;
use crate::client::Client;
use backroom_core::{Fault, FaultClass};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use url::Url;

/// The one path that is answered.
const PATH: &str = "/connected";
/// Longest head of a request that is read.
const LONGEST: usize = 8 * 1024;
/// How long one visitor may take: a second one is served meanwhile.
const VISIT: Duration = Duration::from_secs(10);
/// Visitors at once.
const VISITORS: usize = 16;

/// A landing place that waits for one sign-in.
#[derive(Debug)]
pub struct Landing {
    listener: TcpListener,
    address: SocketAddr,
    redirect: Url,
}

/// What a visitor brought.
enum Visit {
    Code { code: String, state: String },
    Denied { state: String },
}

impl Landing {
    /// Opens a port of this machine.
    ///
    /// # Errors
    /// Where there is none to be had.
    pub async fn open() -> Result<Self, Fault> {
        let failed = || {
            Fault::new(
                FaultClass::Config,
                "OAUTH_NO_PORT",
                "This computer lets no program wait for the sign-in to come back.",
            )
            .with_hint("Close other programs, or paste an access token instead.")
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(|_| failed())?;
        let address = listener.local_addr().map_err(|_| failed())?;
        let redirect = Url::parse(&format!("http://{address}{PATH}")).map_err(|_| failed())?;
        Ok(Self { listener, address, redirect })
    }

    /// The address to come back to.
    pub fn redirect(&self) -> &Url {
        &self.redirect
    }

    /// Waits for the browser and exchanges the code it brings. Whoever does not know the state is sent away and changes nothing.
    ///
    /// # Errors
    /// Nobody came in time, the person refused, or what the vendor says.
    pub async fn wait(self, flow: Flow, client: &Client) -> Result<super::Grant, Fault> {
        let left = Duration::from_secs(u64::try_from(flow.seconds_left()).unwrap_or(0));
        let host = self.address.to_string();
        let flow = Arc::new(Mutex::new(Some(flow)));
        let (found, mut answers) = mpsc::channel::<(Flow, Visit)>(1);
        let visitors = Arc::new(tokio::sync::Semaphore::new(VISITORS));
        let listener = self.listener;
        let accepting = async {
            loop {
                let Ok((stream, peer)) = listener.accept().await else { continue };
                let Ok(place) = visitors.clone().acquire_owned().await else { continue };
                if !peer.ip().is_loopback() {
                    continue;
                }
                let (flow, found, host) = (flow.clone(), found.clone(), host.clone());
                tokio::spawn(async move {
                    let _place = place;
                    // A visitor who is slow or leaves concerns nobody else.
                    let _ = tokio::time::timeout(VISIT, serve(stream, &host, &flow, &found)).await;
                });
            }
        };
        let answered = tokio::select! {
            answer = answers.recv() => answer,
            () = accepting => None,
            () = tokio::time::sleep(left) => None,
        };
        match answered {
            Some((flow, Visit::Code { code, state })) => flow.finish(client, &code, &state).await,
            Some((flow, Visit::Denied { .. })) => Err(flow.denied()),
            None => Err(Fault::new(
                FaultClass::Rejected,
                "OAUTH_TOO_LATE",
                "The sign-in took too long; nothing was changed.",
            )
            .with_hint("Press Try again.")),
        }
    }
}

async fn serve(
    mut stream: TcpStream,
    host: &str,
    flow: &Mutex<Option<Flow>>,
    found: &mpsc::Sender<(Flow, Visit)>,
) -> std::io::Result<()> {
    let head = read_head(&mut stream).await?;
    let visit = match understood(&head, host) {
        Ok(visit) => visit,
        Err(status) => return reply(&mut stream, status, "Nothing to see here.").await,
    };
    let state = match &visit {
        Visit::Code { state, .. } | Visit::Denied { state } => state.clone(),
    };
    let taken = {
        let mut waiting = flow.lock().unwrap_or_else(PoisonError::into_inner);
        // The first that knows the state takes the flow; nobody can do so again.
        if waiting.as_ref().is_some_and(|flow| flow.owns(&state)) { waiting.take() } else { None }
    };
    let Some(flow) = taken else {
        return reply(&mut stream, "403 Forbidden", "This answer belongs to another sign-in. Nothing was changed.")
            .await;
    };
    reply(&mut stream, "200 OK", "Done. You can close this page and go back to Backroom.").await?;
    // Nobody waits any longer only where the time is over.
    let _ = found.send((flow, visit)).await;
    Ok(())
}

async fn read_head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::with_capacity(1_024);
    let mut piece = [0u8; 1_024];
    while !head.windows(4).any(|w| w == b"\r\n\r\n") && head.len() < LONGEST {
        let n = stream.read(&mut piece).await?;
        if n == 0 {
            break;
        }
        head.extend_from_slice(&piece[..n]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// What a request brings, or the status it is sent away with.
fn understood(head: &str, host: &str) -> Result<Visit, &'static str> {
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let mut hosts = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| name.eq_ignore_ascii_case("host"))
        .map(|(_, value)| value.trim());
    // Another name for this machine would let a page of the web ask in the browser's name (DNS rebinding).
    if hosts.next() != Some(host) || hosts.next().is_some() {
        return Err("421 Misdirected Request");
    }
    if method != "GET" {
        return Err("405 Method Not Allowed");
    }
    let Some(query) = target.strip_prefix(PATH).and_then(|rest| rest.strip_prefix('?')) else {
        return Err("404 Not Found");
    };
    let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let mut one = |name: &str| -> Result<Option<String>, &'static str> {
        let mut values = pairs.iter().filter(|(n, _)| n == name).map(|(_, v)| v.clone()).collect::<Vec<_>>();
        pairs.retain(|(n, _)| n != name);
        // Twice the same parameter: somebody added his own to ours.
        if values.len() > 1 { Err("400 Bad Request") } else { Ok(values.pop()) }
    };
    let (state, code, error) = (one("state")?, one("code")?, one("error")?);
    match (state, code, error) {
        (Some(state), Some(code), None) => Ok(Visit::Code { code, state }),
        (Some(state), None, Some(_)) => Ok(Visit::Denied { state }),
        _ => Err("400 Bad Request"),
    }
}

async fn reply(stream: &mut TcpStream, status: &str, words: &str) -> std::io::Result<()> {
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Backroom</title><body style=\"font:18px system-ui;margin:15vh auto;max-width:32em\"><p>{words}</p></body></html>"
    );
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\nConnection: close\r\n\r\n",
        page.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(page.as_bytes()).await?;
    stream.shutdown().await
}
