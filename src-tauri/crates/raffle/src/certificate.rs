//! The certificate: everything that a stranger needs to repeat the draw, signed.

use crate::beacon::BeaconRound;
use crate::canonical::{NotCanonical, canonical};
use crate::draw::Drawn;
use crate::hash::{Digest, Hex, PublicKey, sha256};
use crate::raffle::Raffle;
use crate::rules::Rules;
use crate::seal::Seal;
use crate::wire::nullable;
use backroom_core::Timestamp;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroizing;

/// The name of the certificate's form.
pub(crate) const CERTIFICATE_FORMAT: &str = "backroom-raffle-certificate-1";
const SIGNED: &str = "backroom-raffle/certificate/1";

/// The key that a shop signs its certificates with (Ed25519). Only its public half leaves the PC.
pub struct CertificateKey {
    seed: Zeroizing<[u8; 32]>,
    public: PublicKey,
}

/// The bytes make no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key cannot be used")]
pub struct BadKey;

impl CertificateKey {
    /// Takes 32 random bytes.
    ///
    /// # Errors
    ///
    /// Where no key can be made of them.
    pub fn new(seed: [u8; 32]) -> Result<Self, BadKey> {
        let seed = Zeroizing::new(seed);
        let pair = Ed25519KeyPair::from_seed_unchecked(&*seed).map_err(|_| BadKey)?;
        let public = pair.public_key().as_ref().try_into().map(Hex).map_err(|_| BadKey)?;
        Ok(Self { seed, public })
    }

    /// The half that everybody may have; the seal names it.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Hex<64>, BadKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&*self.seed).map_err(|_| BadKey)?;
        pair.sign(message).as_ref().try_into().map(Hex).map_err(|_| BadKey)
    }
}

impl fmt::Debug for CertificateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateKey({})", self.public.short())
    }
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The rules as they were frozen.
    pub rules: Rules,
    /// What was fixed before the draw.
    pub seal: Seal,
    /// The sealed list.
    pub list: String,
    /// The revealed secret.
    pub secret: Hex<32>,
    /// What the beacon said; none where the seal named no round.
    #[serde(deserialize_with = "nullable")]
    pub beacon: Option<BeaconRound>,
    /// The seed that follows from both.
    pub seed: Digest,
    /// When it was drawn.
    #[serde(with = "crate::wire::time")]
    pub drawn_at: Timestamp,
    /// The drawn entries, in their order.
    pub drawn: Vec<Drawn>,
}

impl Body {
    /// The bytes that are signed: a name, a zero byte and the hash of the canonical text.
    pub(crate) fn message(&self) -> Result<Vec<u8>, NotCanonical> {
        let hash = sha256(&[canonical(self)?.as_bytes()]);
        Ok([SIGNED.as_bytes(), &[0], hash.bytes()].concat())
    }
}

/// A signed record of one draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The form's name.
    pub format: String,
    /// What is signed.
    pub body: Body,
    /// The signature, by the key that the seal names.
    pub signature: Hex<64>,
}

/// Why there is no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoCertificate {
    /// That act was not drawn.
    #[error("this act was not drawn, so there is nothing to certify")]
    NotDrawn,
    /// The key is not the one that the seal names.
    #[error("this is not the key that the seal names; sign on the PC that sealed the list")]
    OtherKey,
    /// Something in it has no canonical form, or the key cannot be used.
    #[error("the certificate cannot be written")]
    Unwritable,
}

impl Certificate {
    /// The certificate of the act numbered `act`, signed with `key`.
    ///
    /// # Errors
    ///
    /// Where the act was not drawn, or `key` is not the one that its seal names.
    pub fn of(raffle: &Raffle, act: u32, key: &CertificateKey) -> Result<Self, NoCertificate> {
        let held = raffle.acts().iter().find(|a| a.seal.act == act).ok_or(NoCertificate::NotDrawn)?;
        let drawing = held.drawing.as_ref().ok_or(NoCertificate::NotDrawn)?;
        let list = raffle.list(act).ok_or(NoCertificate::NotDrawn)?;
        if held.seal.public_key != key.public() {
            return Err(NoCertificate::OtherKey);
        }
        let body = Body {
            rules: raffle.rules().clone(),
            seal: held.seal.clone(),
            list: list.text().to_owned(),
            secret: drawing.secret,
            beacon: drawing.beacon.clone(),
            seed: drawing.seed,
            drawn_at: drawing.at,
            drawn: drawing.drawn.clone(),
        };
        Self::sign(body, key)
    }

    /// Signs `body` as it stands, true or not: that is for [`crate::verify()`] to say.
    ///
    /// # Errors
    ///
    /// Where the body has no canonical form, or the key cannot be used.
    pub fn sign(body: Body, key: &CertificateKey) -> Result<Self, NoCertificate> {
        let message = body.message().map_err(|_| NoCertificate::Unwritable)?;
        let signature = key.sign(&message).map_err(|_| NoCertificate::Unwritable)?;
        Ok(Self { format: CERTIFICATE_FORMAT.to_owned(), body, signature })
    }

    /// The file: canonical JSON, so that any changed byte shows.
    ///
    /// # Errors
    ///
    /// Where a number in it is larger than 2^53 − 1.
    pub fn to_json(&self) -> Result<String, NotCanonical> {
        canonical(self)
    }
}
