//! The public beacon over the network. A round is fetched from whichever server has it and used only with the network's signature, so
//! it does not matter whose server it was; fetched late it is the same round.

#[cfg(test)]
mod tests;

use crate::commands::Nothing;
use crate::config::RaffleSection;
use crate::dto::{ApiError, RaffleBeacon};
use crate::engine::Engine;
use backroom_http::{Client, ClientConfig, HttpError, Request};
use backroom_raffle::{BeaconRound, QUICKNET, Quicknet, Raffle};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde::Deserialize;
use std::time::Duration;
use url::Url;

/// How far ahead of the seal its round is, in seconds: the least that is allowed and a little for the sealing itself.
const AHEAD_SECONDS: i64 = 65;

/// Why a round is not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// This shop asks no server.
    Off,
    /// No server answered with a round.
    Unreachable,
    /// A server has not got it yet.
    NotYet,
    /// A server sent something that the network did not sign, and none sent the round.
    NotSigned,
}

impl From<Missing> for ApiError {
    fn from(missing: Missing) -> Self {
        let (code, message, hint) = match missing {
            Missing::Off => (
                "RAFFLE_NO_BEACON",
                "The seal names a round of the beacon, and this shop asks no server for it.",
                "Name the servers in config.toml under [raffle], or hand the round in by hand. The sealed list waits.",
            ),
            Missing::Unreachable => (
                "RAFFLE_BEACON_UNREACHABLE",
                "No server of the public beacon answered with the round that the seal names.",
                "Check the connection and draw again. The sealed list waits: the round is the same however late it is fetched.",
            ),
            Missing::NotYet => (
                "RAFFLE_BEACON_LATE",
                "The public beacon has not published the round that the seal names yet.",
                "Wait a moment and draw again. If it stays so, look at the PC's clock.",
            ),
            Missing::NotSigned => (
                "RAFFLE_BAD_BEACON",
                "What a server sent as the beacon's round is not signed by the beacon's network, and was not used.",
                "Draw again from another connection. The sealed list waits.",
            ),
        };
        Self { retryable: missing != Missing::Off, ..Self::new(code, message, hint) }
    }
}

/// Servers of a network that may be asked.
pub(super) struct Servers {
    client: Client,
    addresses: Vec<Url>,
    network: Quicknet,
}

impl Servers {
    /// The servers of quicknet that this shop asks: none in the demonstration, but for one on this computer.
    pub(super) fn of(engine: &Engine) -> Self {
        let section = engine.config().raffle;
        let may = |address: &Url| !engine.inner.demo || address.scheme() == "http";
        Self {
            client: Client::new(ClientConfig {
                connect_timeout: Duration::from_secs(5),
                read_timeout: Duration::from_secs(8),
                call_timeout: Duration::from_secs(10),
                body_cap: 16 << 10,
                idle_connections: 1,
                ..ClientConfig::default()
            }),
            addresses: addresses(&section).into_iter().filter(may).collect(),
            network: QUICKNET,
        }
    }

    /// What the network said in `round`: from the first server that has it.
    pub(super) async fn round(&self, round: u64) -> Result<BeaconRound, Missing> {
        if self.addresses.is_empty() {
            return Err(Missing::Off);
        }
        let mut asked: FuturesUnordered<_> = self.addresses.iter().map(|address| self.ask(address, round)).collect();
        let mut worst = Missing::Unreachable;
        while let Some(answer) = asked.next().await {
            match answer {
                Ok(said) => return Ok(said),
                // What says most about why stays: a false answer, then a late one.
                Err(Missing::NotSigned) => worst = Missing::NotSigned,
                Err(Missing::NotYet) if worst == Missing::Unreachable => worst = Missing::NotYet,
                Err(_) => {}
            }
        }
        Err(worst)
    }

    async fn ask(&self, address: &Url, round: u64) -> Result<BeaconRound, Missing> {
        let address = format!("{}/{}/public/{round}", address.as_str().trim_end_matches('/'), self.network.chain_hash);
        let address = Url::parse(&address).map_err(|_| Missing::Unreachable)?;
        let reply = self.client.send(&Request::get(address)).await.map_err(|_: HttpError| Missing::Unreachable)?;
        match reply.status {
            200 => {}
            // Before its time a server says that it is too early, or that there is none.
            404 | 425 => return Err(Missing::NotYet),
            _ => return Err(Missing::Unreachable),
        }
        let said: Said = serde_json::from_slice(&reply.body).map_err(|_| Missing::Unreachable)?;
        let said = said.round().ok_or(Missing::NotSigned)?;
        self.network.said(round, &said).map(|()| said).map_err(|_| Missing::NotSigned)
    }
}

/// A server's answer; there may be more in it.
#[derive(Deserialize)]
struct Said {
    round: u64,
    randomness: String,
    signature: String,
}

impl Said {
    fn round(&self) -> Option<BeaconRound> {
        let (randomness, signature) = (self.randomness.parse().ok()?, self.signature.parse().ok()?);
        Some(BeaconRound { round: self.round, randomness, signature })
    }
}

/// The addresses of a section, which was checked when it was read.
fn addresses(section: &RaffleSection) -> Vec<Url> {
    section.servers().iter().filter_map(|address| Url::parse(address).ok()).collect()
}

/// The first round that is far enough ahead to be named in a seal made now.
pub(super) fn next_round(engine: &Engine) -> u64 {
    QUICKNET.round_from(engine.store().clock().now().plus_seconds(AHEAD_SECONDS))
}

/// Refuses a round that the network has made already: whoever names it knows what it says, whatever this computer's clock tells.
pub(super) async fn not_made_yet(engine: &Engine, round: u64) -> Result<(), ApiError> {
    match Servers::of(engine).round(round).await {
        Ok(_) => Err(ApiError::new(
            "RAFFLE_ROUND_TOO_NEAR",
            "The public beacon has made this round already: this computer's clock is behind. Nothing was sealed.",
            "Set the date and time of this computer, then seal again.",
        )),
        // Who does not have it, or does not answer, tells nothing against it.
        Err(_) => Ok(()),
    }
}

/// The round that the last seal of `raffle` waits for, where its time has come; none where none is to be fetched.
pub(super) async fn awaited(engine: &Engine, raffle: &Raffle) -> Result<Option<BeaconRound>, ApiError> {
    let waiting = raffle.acts().last().filter(|act| act.drawing.is_none());
    let Some(plan) = waiting.and_then(|act| act.seal.beacon.as_ref()) else { return Ok(None) };
    if engine.store().clock().now() < plan.round_at {
        return Ok(None);
    }
    Ok(Some(Servers::of(engine).round(plan.round).await?))
}

/// Whether a seal made now could wait for the beacon: a server is asked for a round that has been made already.
pub(crate) async fn raffle_beacon(engine: &Engine, _: Nothing) -> Result<RaffleBeacon, ApiError> {
    let servers = Servers::of(engine);
    let made = QUICKNET.round_from(engine.store().clock().now().plus_seconds(-AHEAD_SECONDS));
    let missing = servers.round(made).await.err();
    let words = match missing {
        None => "",
        Some(Missing::Off) => "This shop asks no server of the public beacon.",
        Some(Missing::Unreachable) => "No server of the public beacon answers.",
        Some(Missing::NotYet) => "The public beacon is behind this PC's clock.",
        Some(Missing::NotSigned) => "What answers here is not the public beacon.",
    };
    Ok(RaffleBeacon { reachable: missing.is_none(), words: words.to_owned() })
}
