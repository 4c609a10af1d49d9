//! Randomness that nobody could know when the list was sealed: a round of the public drand network quicknet.
//!
//! The seal names a round whose time is still to come. Its signature is one that a threshold of the network's members make
//! together, so neither the shop nor one member can choose it; the randomness is the signature's SHA-256. The signature is checked here
//! against the network's key (BLS on BLS12-381), so it does not matter which server it was fetched from.

use crate::hash::{Digest, Hex, sha256};
use backroom_core::Timestamp;
use drand_verify::Pubkey;
use serde::{Deserialize, Serialize};

/// A network that is known here by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quicknet {
    /// The hash that names the chain.
    pub chain_hash: &'static str,
    /// Its public key, compressed, in hexadecimal.
    pub public_key: &'static str,
    /// When round 1 was made, in seconds since 1970.
    pub genesis: u64,
    /// Seconds from a round to the next.
    pub period: u64,
}

/// The League of Entropy's quicknet, scheme `bls-unchained-g1-rfc9380`. The only one a seal may name: a chain of the shop's own
/// would let it choose the randomness.
pub const QUICKNET: Quicknet = Quicknet {
    chain_hash: "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    public_key: "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
    genesis: 1_692_803_367,
    period: 3,
};

impl Quicknet {
    /// When `round` is made; none for round 0, and for one too far off to be told.
    pub fn time_of(&self, round: u64) -> Option<Timestamp> {
        let seconds = round.checked_sub(1)?.checked_mul(self.period)?.checked_add(self.genesis)?;
        // Ten thousand years: beyond it there is no date.
        let seconds = i64::try_from(seconds).ok().filter(|s| *s < 253_402_300_800)?;
        Some(Timestamp::from_seconds(seconds))
    }

    /// The first round that is made at `at` or later.
    pub fn round_from(&self, at: Timestamp) -> u64 {
        let genesis = i64::try_from(self.genesis).unwrap_or(i64::MAX);
        let micros = at.micros().saturating_sub(genesis.saturating_mul(1_000_000));
        u64::try_from(micros).map_or(1, |micros| micros.div_ceil(self.period * 1_000_000) + 1)
    }

    /// What a seal says when it names `round`.
    pub fn plan(&self, round: u64) -> Option<BeaconPlan> {
        Some(BeaconPlan {
            chain_hash: self.chain_hash.parse().ok()?,
            public_key: self.public_key.parse().ok()?,
            round,
            round_at: self.time_of(round)?,
        })
    }

    /// Whether `signature` is the network's for `round`.
    pub fn signed(&self, round: u64, signature: &Hex<48>) -> bool {
        let Ok(key) = self.public_key.parse::<Hex<96>>() else { return false };
        let Ok(key) = drand_verify::G2PubkeyRfc::from_fixed(key.0) else { return false };
        key.verify(round, b"", signature.bytes()).unwrap_or(false)
    }

    /// Whether `answer` is what this network said in `round`.
    ///
    /// # Errors
    ///
    /// With what does not fit.
    pub fn said(&self, round: u64, answer: &BeaconRound) -> Result<(), BadRound> {
        if answer.round != round {
            return Err(BadRound::Round);
        }
        if sha256(&[answer.signature.bytes()]) != answer.randomness {
            return Err(BadRound::Randomness);
        }
        if self.signed(round, &answer.signature) { Ok(()) } else { Err(BadRound::Signature) }
    }
}

/// The round that a seal names before its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeaconPlan {
    /// The chain.
    pub chain_hash: Digest,
    /// Its public key.
    pub public_key: Hex<96>,
    /// The round.
    pub round: u64,
    /// When that round is made.
    #[serde(with = "crate::wire::time")]
    pub round_at: Timestamp,
}

/// What the network said in a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeaconRound {
    /// The round.
    pub round: u64,
    /// Its randomness: the SHA-256 of the signature.
    pub randomness: Digest,
    /// The network's signature.
    pub signature: Hex<48>,
}

/// Why a round cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRound {
    /// The chain is not quicknet, or its key is another.
    #[error("the chain is not the public network quicknet")]
    Chain,
    /// The time beside the round is not that round's.
    #[error("the round is not made at the time that stands beside it")]
    Time,
    /// It is another round than the seal named.
    #[error("it is another round than the seal named")]
    Round,
    /// The randomness is not the signature's hash.
    #[error("the randomness is not the SHA-256 of the signature")]
    Randomness,
    /// The network did not sign it.
    #[error("the network's key did not sign this round")]
    Signature,
}

impl BeaconPlan {
    /// Whether the plan names the known network and the round's own time.
    ///
    /// # Errors
    ///
    /// With what does not fit.
    pub fn check(&self) -> Result<(), BadRound> {
        match QUICKNET.plan(self.round) {
            Some(own) if own.chain_hash != self.chain_hash || own.public_key != self.public_key => Err(BadRound::Chain),
            Some(own) if own.round_at == self.round_at => Ok(()),
            _ => Err(BadRound::Time),
        }
    }

    /// Whether `round` is what the network said in the planned one.
    ///
    /// # Errors
    ///
    /// With what does not fit.
    pub fn check_round(&self, round: &BeaconRound) -> Result<(), BadRound> {
        self.check()?;
        QUICKNET.said(self.round, round)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A round that quicknet made in August 2023.
    fn thousandth() -> BeaconRound {
        BeaconRound {
            round: 1000,
            randomness: "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd".parse().unwrap(),
            signature:
                "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
                    .parse()
                    .unwrap(),
        }
    }

    #[test]
    fn the_chain_hash_is_made_of_the_key_and_the_times() {
        let group: Hex<32> = "f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e".parse().unwrap();
        let key: Hex<96> = QUICKNET.public_key.parse().unwrap();
        let period = u32::try_from(QUICKNET.period).unwrap().to_be_bytes();
        let genesis = QUICKNET.genesis.to_be_bytes();
        let hash = sha256(&[&period, &genesis, key.bytes(), group.bytes(), b"quicknet"]);
        assert_eq!(hash.to_string(), QUICKNET.chain_hash, "no constant of the network was mistyped");
    }

    #[test]
    fn rounds_and_times_belong_together() {
        let at = |text| Timestamp::parse(text).unwrap();
        assert_eq!(QUICKNET.time_of(1), Some(at("2023-08-23T15:09:27Z")), "the first");
        assert_eq!(QUICKNET.time_of(0), None, "there is no round 0");
        assert_eq!(QUICKNET.time_of(u64::MAX), None, "no overflow");
        let cases = [
            ("2020-01-01T00:00:00Z", 1, "before the network the first one is next"),
            ("2023-08-23T15:09:27Z", 1, "at its time"),
            ("2023-08-23T15:09:27.000001Z", 2, "a moment later the next"),
            ("2023-08-23T15:09:30Z", 2, "three seconds later"),
        ];
        for (time, round, why) in cases {
            assert_eq!(QUICKNET.round_from(at(time)), round, "{why}");
        }
    }

    #[test]
    fn only_what_the_network_said_is_taken() {
        let plan = QUICKNET.plan(1000).unwrap();
        assert_eq!(plan.check_round(&thousandth()), Ok(()), "a real round");
        let other = BeaconRound { round: 1001, ..thousandth() };
        assert_eq!(plan.check_round(&other), Err(BadRound::Round), "not the one that was named");
        let next = QUICKNET.plan(1001).unwrap();
        assert_eq!(next.check_round(&other), Err(BadRound::Signature), "the signature is of another round");
        let mut bent = thousandth();
        bent.randomness.0[31] ^= 1;
        assert_eq!(plan.check_round(&bent), Err(BadRound::Randomness), "randomness of its own");
        let mut forged = thousandth();
        forged.signature.0[40] ^= 1;
        forged.randomness = sha256(&[forged.signature.bytes()]);
        assert_eq!(plan.check_round(&forged), Err(BadRound::Signature), "a signature of its own");
        let mut chain = plan.clone();
        chain.chain_hash.0[0] ^= 1;
        assert_eq!(chain.check_round(&thousandth()), Err(BadRound::Chain), "a chain of its own");
        let early = BeaconPlan { round_at: plan.round_at.plus_seconds(-3), ..plan };
        assert_eq!(early.check_round(&thousandth()), Err(BadRound::Time), "a time of its own");
    }
}
