//! A keyed hash of issuer and number: for telling that a card came back, and for the shop's own list of people it does not serve.
//!
//! Without the key it says nothing, and a number cannot be tried out against it. With a new key all earlier ones mean nothing.

use crate::card::{Card, Issuer};
use crate::elements::normalised;
use std::fmt;
use zeroize::Zeroizing;

/// The key of the hashes. It is kept where secrets are kept and wiped from memory.
pub struct FingerprintKey(Zeroizing<[u8; 32]>);

impl FingerprintKey {
    /// Takes 32 random bytes over.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey(not shown)")
    }
}

/// The keyed hash of one issuer's one number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of a card that was read; none where its number is not known for certain.
    pub fn of(card: &Card, key: &FingerprintKey) -> Option<Self> {
        card.number().map(|number| Self::keyed(card.issuer(), number, key))
    }

    /// Of a number that was typed; none where it holds neither letter nor digit. The same as of the card that was scanned.
    pub fn typed(issuer: Issuer, number: &str, key: &FingerprintKey) -> Option<Self> {
        normalised(number.as_bytes()).map(|number| Self::keyed(issuer, &number, key))
    }

    /// From what was kept.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The form in which it is kept.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn keyed(issuer: Issuer, number: &str, key: &FingerprintKey) -> Self {
        // The letters where there are any: a state with two issuer numbers is one issuer.
        let issuer = match issuer {
            Issuer::Jurisdiction(jurisdiction) => jurisdiction.code().to_owned(),
            Issuer::Number(number) => number.to_string(),
        };
        let text = Zeroizing::new(format!("backroom id 1\n{issuer}\n{number}"));
        Self(*blake3::keyed_hash(&key.0, text.as_bytes()).as_bytes())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(not shown)")
    }
}
