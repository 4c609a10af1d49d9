//! A server of a public randomness beacon on loopback: rounds that are signed as drand's quicknet signs them (BLS on BLS12-381,
//! signatures on G1), by a key of its own. It can also repeat what another network said, as every server of that network does.
//!
//! Facts: `GET /{chain}/public/{round}` answers with `round`, `randomness` and `signature`, in hexadecimal; a round that is still to
//! come is refused.

use crate::wire::{FaultKind, Faults, LoggedRequest, Reply, Request, Server, Service, Wire, lock};
use backroom_core::{Clock, Timestamp};
use bls12_381::hash_to_curve::{ExpandMsgXmd, HashToCurve};
use bls12_381::{G1Affine, G1Projective, G2Affine, G2Projective, Scalar};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

/// What a signature on G1 is bound to.
const DOMAIN: &[u8] = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";

/// A network as its verifiers know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The hash that names the chain.
    pub chain_hash: String,
    /// The public key, in hexadecimal.
    pub public_key: String,
    /// When round 1 is made, in seconds since 1970.
    pub genesis: u64,
    /// Seconds from a round to the next.
    pub period: u64,
}

/// How a server departs from the truth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Bend {
    /// It tells what the network said.
    #[default]
    Honest,
    /// It signs the round with a key of its own.
    Forged,
    /// It answers with the round after the one that was asked for.
    NextRound,
    /// Its randomness is not the signature's hash.
    OtherRandomness,
    /// Its rounds come a minute late.
    Late,
}

enum Key {
    /// It signs by itself.
    Own(Scalar),
    /// It repeats what it has.
    Repeats(BTreeMap<u64, String>),
}

struct Shared {
    key: Key,
    network: Network,
    bend: Mutex<Bend>,
    clock: Arc<dyn Clock>,
}

/// A running server; it ends when dropped.
pub struct Beacon {
    shared: Arc<Shared>,
    wire: Arc<Wire>,
    server: Server,
}

impl Beacon {
    /// A server of a network of its own whose first round is made at `genesis`, on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// No port.
    pub fn start(genesis: Timestamp, clock: Arc<dyn Clock>) -> io::Result<Self> {
        // The same key in every run: nothing but tests trusts it.
        let secret = Scalar::from(0x5eed_0bea_c012_3457);
        let public = G2Affine::from(G2Projective::generator() * secret).to_compressed();
        let network = Network {
            chain_hash: hex(&Sha256::digest(public)),
            public_key: hex(&public),
            genesis: u64::try_from(genesis.micros() / 1_000_000).unwrap_or(0),
            period: 3,
        };
        Self::serve(Key::Own(secret), network, clock)
    }

    /// A server of `network` that has these rounds, each with the network's signature in hexadecimal.
    ///
    /// # Errors
    /// No port.
    pub fn repeating(network: Network, rounds: &[(u64, &str)], clock: Arc<dyn Clock>) -> io::Result<Self> {
        let rounds = rounds.iter().map(|(round, signature)| (*round, (*signature).to_owned())).collect();
        Self::serve(Key::Repeats(rounds), network, clock)
    }

    fn serve(key: Key, network: Network, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let shared = Arc::new(Shared { key, network, bend: Mutex::default(), clock });
        let wire = Arc::new(Wire::default());
        let server = Server::start(0, Arc::clone(&wire), Arc::clone(&shared) as _)?;
        Ok(Self { shared, wire, server })
    }

    /// The address to use in place of `https://api.drand.sh`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The network that it is of.
    pub fn network(&self) -> Network {
        self.shared.network.clone()
    }

    /// How it departs from the truth from now on.
    pub fn bend(&self, bend: Bend) {
        *lock(&self.shared.bend) = bend;
    }

    /// What goes wrong on the way from now on.
    pub fn set_faults(&self, faults: Faults) {
        *lock(&self.wire.faults) = faults;
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.wire.journal.log()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| text.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok()).unwrap_or(0);
    (0..text.len()).step_by(2).map(digit).collect()
}

fn sign(secret: Scalar, round: u64) -> String {
    let message = Sha256::digest(round.to_be_bytes());
    let point =
        <G1Projective as HashToCurve<ExpandMsgXmd<sha2_for_bls::Sha256>>>::hash_to_curve(message.as_slice(), DOMAIN);
    hex(&G1Affine::from(point * secret).to_compressed())
}

impl Shared {
    fn signature(&self, round: u64, bend: Bend) -> Option<String> {
        if bend == Bend::Forged {
            return Some(sign(Scalar::from(7), round));
        }
        match &self.key {
            Key::Own(secret) => Some(sign(*secret, round)),
            Key::Repeats(rounds) => rounds.get(&round).cloned(),
        }
    }

    /// Whether a round has been made by now.
    fn made(&self, round: u64, bend: Bend) -> bool {
        let now = u64::try_from(self.clock.now().micros().div_euclid(1_000_000)).unwrap_or(0);
        let late = if bend == Bend::Late { 60 } else { 0 };
        let at = round.checked_sub(1).map(|before| self.network.genesis + before * self.network.period + late);
        at.is_some_and(|at| at <= now)
    }
}

impl Service for Shared {
    fn answer(&self, request: &Request) -> Reply {
        let asked = request.path.strip_prefix(&format!("/{}/public/", self.network.chain_hash));
        let Some(round) = asked.and_then(|round| round.parse::<u64>().ok()) else {
            return Reply::value(404, &json!({ "error": "unknown chain or path" }));
        };
        let bend = *lock(&self.bend);
        if !self.made(round, bend) {
            return Reply::value(425, &json!({ "error": "too early" }));
        }
        let told = if bend == Bend::NextRound { round + 1 } else { round };
        let Some(signature) = self.signature(told, bend) else {
            return Reply::value(404, &json!({ "error": "not found" }));
        };
        let randomness = match bend {
            Bend::OtherRandomness => "0".repeat(64),
            _ => hex(&Sha256::digest(unhex(&signature))),
        };
        Reply::value(200, &json!({ "round": told, "randomness": randomness, "signature": signature }))
    }

    fn control(&self, _: &str, _: &[u8]) -> Reply {
        Reply::value(404, &json!({ "error": "nothing to steer" }))
    }

    fn refusal(&self, fault: &FaultKind) -> Reply {
        let status = if let FaultKind::Status { status } = fault { *status } else { 500 };
        Reply::value(status, &json!({ "error": "refused" }))
    }

    fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }
}
