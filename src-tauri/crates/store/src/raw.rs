//! Sealing: what must not be readable on a stolen disk is compressed, then encrypted (XChaCha20-Poly1305).
//!
//! Form of a sealed value: one byte of version (1), 24 bytes of nonce, ciphertext with tag. The associated data
//! names what the value is, so that one cannot be put in another's place.

use crate::error::StoreError;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::RngCore;
use std::cell::RefCell;

const VERSION: u8 = 1;
const NONCE: usize = 24;
/// The largest value that is opened, in bytes: a page of a vendor is far smaller.
const LARGEST: usize = 256 << 20;

thread_local! {
    /// A compressor's tables cost more to make than a page costs to compress.
    static COMPRESSOR: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
}

/// Compresses with the thread's own compressor.
pub(crate) fn pack(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|slot| match slot {
        Some(compressor) => compressor.compress(plain),
        None => slot.insert(zstd::bulk::Compressor::new(1)?).compress(plain),
    })
}

/// Seals and opens values with the key of this computer.
#[derive(Clone)]
pub struct Seal {
    cipher: XChaCha20Poly1305,
    lookup: [u8; 32],
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

impl Seal {
    /// With the 32-byte key of the buffer; separate keys for sealing and for look-ups are derived from it.
    pub fn new(key: &[u8; 32]) -> Self {
        let sealing = blake3::derive_key("backroom 2026-11 sealing of values", key);
        let lookup = blake3::derive_key("backroom 2026-11 look-up hashes", key);
        Self { cipher: XChaCha20Poly1305::new(&sealing.into()), lookup }
    }

    /// Compresses and encrypts `plain`; `what` names the kind of value.
    ///
    /// # Errors
    /// Only where memory runs out.
    pub fn seal(&self, what: &str, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let packed = pack(plain)?;
        let mut nonce = [0u8; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let sealed = self
            .cipher
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: &packed, aad: what.as_bytes() })
            .map_err(|_| StoreError::Sealed)?;
        let mut out = Vec::with_capacity(1 + NONCE + sealed.len());
        out.push(VERSION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens what `seal` made with the same key and `what`.
    ///
    /// # Errors
    /// `StoreError::Sealed` where the key, the kind or a byte is wrong.
    pub fn open(&self, what: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let (Some(&VERSION), Some(nonce), Some(body)) =
            (sealed.first(), sealed.get(1..1 + NONCE), sealed.get(1 + NONCE..))
        else {
            return Err(StoreError::Sealed);
        };
        let packed = self
            .cipher
            .decrypt(XNonce::from_slice(nonce), Payload { msg: body, aad: what.as_bytes() })
            .map_err(|_| StoreError::Sealed)?;
        let size = zstd::bulk::Decompressor::upper_bound(&packed).unwrap_or(LARGEST).min(LARGEST);
        Ok(zstd::bulk::decompress(&packed, size)?)
    }

    /// A keyed hash for look-ups of a personal value, after trimming and lower-casing.
    pub fn lookup(&self, value: &str) -> [u8; 16] {
        let full = blake3::keyed_hash(&self.lookup, value.trim().to_lowercase().as_bytes());
        let mut short = [0u8; 16];
        short.copy_from_slice(&full.as_bytes()[..16]);
        short
    }
}
