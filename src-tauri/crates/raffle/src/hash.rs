//! SHA-256 with a name for what is hashed, and bytes as lower-case hexadecimal.

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// `N` bytes, written as lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hex<const N: usize>(pub [u8; N]);

/// A SHA-256.
pub type Digest = Hex<32>;
/// The public half of the key that certificates are signed with (Ed25519).
pub type PublicKey = Hex<32>;

/// A text is not the hexadecimal of so many bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {bytes} bytes as lower-case hexadecimal")]
pub struct HexError {
    bytes: usize,
}

impl<const N: usize> Hex<N> {
    /// The bytes.
    pub const fn bytes(&self) -> &[u8; N] {
        &self.0
    }

    /// The first eight digits, as people compare them on paper.
    pub fn short(&self) -> String {
        self.to_string().chars().take(8).collect()
    }
}

impl<const N: usize> FromStr for Hex<N> {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        let mut bytes = [0; N];
        let upper = text.bytes().any(|b| b.is_ascii_uppercase());
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) if !upper => Ok(Self(bytes)),
            _ => Err(HexError { bytes: N }),
        }
    }
}

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl<const N: usize> fmt::Debug for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::wire::from_text(deserializer)
    }
}

/// SHA-256 over `parts`, one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> Digest {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut digest = [0; 32];
    for (to, from) in digest.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    Hex(digest)
}

/// SHA-256 over a domain's name, a zero byte and `parts`: hashes of two kinds of things are never the same.
pub(crate) fn tagged(domain: &str, parts: &[&[u8]]) -> Digest {
    let mut all: Vec<&[u8]> = vec![domain.as_bytes(), &[0]];
    all.extend(parts);
    sha256(&all)
}

/// HMAC-SHA-256 under `key` over a domain's name, a zero byte and `parts`.
pub(crate) fn keyed(key: &[u8], domain: &str, parts: &[&[u8]]) -> Digest {
    let mut context = ring::hmac::Context::with_key(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key));
    context.update(domain.as_bytes());
    context.update(&[0]);
    for part in parts {
        context.update(part);
    }
    let mut digest = [0; 32];
    for (to, from) in digest.iter_mut().zip(context.sign().as_ref()) {
        *to = *from;
    }
    Hex(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_the_standard_ones() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(&[]).to_string(), empty, "SHA-256 of nothing, FIPS 180");
        assert_eq!(sha256(&[b"ab", b"c"]), sha256(&[b"abc"]), "parts are one message");
        assert_ne!(tagged("a", &[b"b"]), tagged("ab", &[]), "the domain ends at its zero byte");
        assert_ne!(keyed(&[0; 32], "a", &[b"b"]), keyed(&[1; 32], "a", &[b"b"]), "the key matters");
    }

    #[test]
    fn only_exact_hexadecimal_is_read() {
        let good = "00ff".parse::<Hex<2>>();
        assert_eq!(good.map(|h| h.0), Ok([0, 255]));
        for bad in ["", "00f", "00FF", "00ff00", "00fg", " 00ff", "0x00"] {
            assert!(bad.parse::<Hex<2>>().is_err(), "{bad:?} has another reading or none");
        }
    }
}
