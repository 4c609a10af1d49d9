//! Asking the release server: encrypted, redirects looked at one by one, nothing larger than it may be, nothing slower.

use crate::error::UpdateError;
use crate::manifest::{Channel, LARGEST_MANIFEST};
use crate::trust::Envelope;
use futures_util::StreamExt;
use reqwest::header::{CACHE_CONTROL, LOCATION, RANGE};
use reqwest::{Response, StatusCode, redirect};
use std::time::Duration;
use url::{Host, Url};

const MOST_REDIRECTS: usize = 5;

/// How long to wait for what.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Until a connection stands.
    pub connect: Duration,
    /// Until the answer begins, and between two pieces of it.
    pub read: Duration,
    /// For the whole manifest.
    pub manifest: Duration,
    /// For one try at an installer, beside what a slow line needs.
    pub installer: Duration,
    /// The slowest line that is put up with, in bytes a second.
    pub slowest: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            read: Duration::from_secs(60),
            manifest: Duration::from_secs(90),
            installer: Duration::from_secs(600),
            slowest: 8 * 1024,
        }
    }
}

/// Asks the release server.
#[derive(Clone)]
pub struct Fetcher {
    client: reqwest::Client,
    pub(crate) limits: Limits,
}

/// Whether an address may be asked at all: encrypted. In tests, and in debug builds alone, this machine may be asked in the clear.
pub fn may_ask(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => cfg!(all(feature = "loopback", debug_assertions)) && is_loopback(url),
        _ => false,
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        _ => false,
    }
}

/// The host of an address, for words to a person.
pub(crate) fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or("an unknown server").to_owned()
}

impl Fetcher {
    /// Opens nothing yet.
    ///
    /// # Errors
    /// `Unreachable` where the system gives no means to encrypt.
    pub fn new(limits: Limits) -> Result<Self, UpdateError> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("Backroom/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(limits.connect)
            .redirect(redirect::Policy::none())
            // A file is taken as it is: its size and hash are of these very bytes.
            .no_gzip()
            .build()
            .map_err(|_| UpdateError::Unreachable { host: "the network".to_owned() })?;
        Ok(Self { client, limits })
    }

    /// The envelope of a channel's manifest. `address` holds `{channel}`.
    ///
    /// # Errors
    /// Why it did not come.
    pub async fn envelope(&self, address: &str, channel: Channel) -> Result<(Envelope, String), UpdateError> {
        let url = Url::parse(&address.replace("{channel}", channel.name())).map_err(|_| UpdateError::NotBuiltIn)?;
        let host = host_of(&url);
        let read = async {
            let response = self.get(url, None).await?;
            let mut bytes = Vec::new();
            let too_large = UpdateError::TooLarge { most: LARGEST_MANIFEST as u64 };
            if response.content_length().is_some_and(|length| length > LARGEST_MANIFEST as u64) {
                return Err(too_large);
            }
            let host = host_of(response.url());
            let mut pieces = response.bytes_stream();
            while let Some(piece) = self.in_time(&host, pieces.next()).await? {
                bytes.extend_from_slice(&piece.map_err(|e| sort(&e, &host))?);
                if bytes.len() > LARGEST_MANIFEST {
                    return Err(too_large);
                }
            }
            let text = String::from_utf8(bytes).map_err(|_| UpdateError::no_manifest("it is not text"))?;
            Ok((Envelope::read(text.as_bytes())?, text))
        };
        tokio::time::timeout(self.limits.manifest, read).await.map_err(|_| UpdateError::TooSlow { host })?
    }

    /// A good answer, from `from` on where that is given; redirects are followed where they stay encrypted.
    pub(crate) async fn get(&self, url: Url, from: Option<u64>) -> Result<Response, UpdateError> {
        let mut url = url;
        for _ in 0..=MOST_REDIRECTS {
            let host = host_of(&url);
            if !may_ask(&url) {
                return Err(UpdateError::NotEncrypted { host });
            }
            let mut call = self.client.get(url.clone()).header(CACHE_CONTROL, "no-cache");
            if let Some(from) = from {
                call = call.header(RANGE, format!("bytes={from}-"));
            }
            let response = self.in_time(&host, call.send()).await?.map_err(|e| sort(&e, &host))?;
            let status = response.status();
            if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
                let place = response.headers().get(LOCATION).and_then(|place| place.to_str().ok());
                let next = place.and_then(|place| url.join(place).ok());
                url = next.ok_or(UpdateError::Status { host, status: status.as_u16() })?;
                continue;
            }
            if status.is_success() || (from.is_some() && status == StatusCode::RANGE_NOT_SATISFIABLE) {
                return Ok(response);
            }
            return Err(UpdateError::Status { host, status: status.as_u16() });
        }
        Err(UpdateError::Redirects { host: host_of(&url) })
    }

    /// Waits for the next piece, but not for ever.
    pub(crate) async fn in_time<T>(&self, host: &str, piece: impl Future<Output = T>) -> Result<T, UpdateError> {
        let late = |_| UpdateError::TooSlow { host: host.to_owned() };
        tokio::time::timeout(self.limits.read, piece).await.map_err(late)
    }
}

/// What a broken call means. Its own text holds the address, so it is not passed on.
pub(crate) fn sort(error: &reqwest::Error, host: &str) -> UpdateError {
    if error.is_timeout() {
        UpdateError::TooSlow { host: host.to_owned() }
    } else {
        UpdateError::Unreachable { host: host.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_addresses_are_asked() {
        let here = cfg!(all(feature = "loopback", debug_assertions));
        for (url, expected) in [
            ("https://releases.example.com/stable.json", true),
            ("http://releases.example.com/stable.json", false),
            ("http://127.0.0.1:4000/stable.json", here),
            ("http://[::1]:4000/stable.json", here),
            ("http://localhost:4000/stable.json", false),
            ("http://127.0.0.1.example.com/stable.json", false),
            ("http://192.168.1.20/stable.json", false),
            ("ftp://releases.example.com/stable.json", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(may_ask(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
