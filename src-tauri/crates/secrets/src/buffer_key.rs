//! The key under which the buffer seals raw replies and personal columns.

use crate::error::SecretError;
use crate::secret::Secret;
use crate::store::SecretStore;
use rand::TryRngCore;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

/// Name of the buffer's key.
pub const BUFFER_KEY: &str = "buffer/key";

const FROM_PHRASE: &str = "Backroom 2026 buffer key from BACKROOM_BUFFER_KEY v1";
const FROM_TOKEN: &str = "Backroom 2026 buffer key from an access token v1";

/// Where a buffer key came from, and so how long it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOrigin {
    /// Random, kept in the keychain: lasts as long as the keychain.
    Kept,
    /// Derived from `BACKROOM_BUFFER_KEY`: lasts as long as the same text is given.
    Phrase,
    /// Derived from the access token: what was sealed before can no longer be opened once the token is replaced.
    AccessToken,
}

/// 32 bytes; overwritten in memory when dropped, shown by nothing.
#[derive(Clone)]
pub struct BufferKey {
    bytes: Zeroizing<[u8; 32]>,
    origin: KeyOrigin,
}

impl BufferKey {
    /// The bytes themselves.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Where it came from.
    pub fn origin(&self) -> KeyOrigin {
        self.origin
    }
}

impl std::fmt::Debug for BufferKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BufferKey({:?}, redacted)", self.origin)
    }
}

/// The buffer's key: made once and kept where secrets can be saved, derived where they come from the environment.
/// `token_name` names the access token it is derived from where `BACKROOM_BUFFER_KEY` is not set.
///
/// # Errors
/// Any error of the store: a key that cannot be read is never replaced by a new one, for that would lose what the
/// old one sealed. `Damaged` where the kept key is not a key; `Missing` where there is nothing to derive from.
pub fn buffer_key(store: &dyn SecretStore, token_name: &str) -> Result<BufferKey, SecretError> {
    let kept = store.get(BUFFER_KEY)?;
    if store.writable() {
        let bytes = match kept {
            Some(text) => decode(&text)?,
            None => create(store)?,
        };
        return Ok(BufferKey { bytes, origin: KeyOrigin::Kept });
    }
    let (context, material, origin) = match kept {
        Some(phrase) => (FROM_PHRASE, phrase, KeyOrigin::Phrase),
        None => {
            let token = store.get(token_name)?;
            let token = token.ok_or_else(|| SecretError::Missing { name: BUFFER_KEY.to_owned() })?;
            (FROM_TOKEN, token, KeyOrigin::AccessToken)
        }
    };
    let bytes = Zeroizing::new(blake3::derive_key(context, material.expose().as_bytes()));
    Ok(BufferKey { bytes, origin })
}

fn create(store: &dyn SecretStore) -> Result<Zeroizing<[u8; 32]>, SecretError> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    random(bytes.as_mut())?;
    store.set(BUFFER_KEY, &Secret::new(hex::encode(bytes.as_ref())))?;
    // What counts is what will be read next time, not what was written.
    let back = store.get(BUFFER_KEY)?.ok_or_else(damaged)?;
    decode(&back)
}

fn decode(text: &Secret) -> Result<Zeroizing<[u8; 32]>, SecretError> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    hex::decode_to_slice(text.expose(), bytes.as_mut()).map_err(|_| damaged())?;
    Ok(bytes)
}

fn damaged() -> SecretError {
    SecretError::Damaged { name: BUFFER_KEY.to_owned() }
}

/// Fills `bytes` from the operating system's generator.
pub(crate) fn random(bytes: &mut [u8]) -> Result<(), SecretError> {
    OsRng.try_fill_bytes(bytes).map_err(|e| SecretError::File(std::io::Error::other(e)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Environment, InMemory};

    const TOKEN: &str = "square/main/token";

    fn env(pairs: &'static [(&'static str, &'static str)]) -> Environment {
        Environment::from_lookup(|name| pairs.iter().find(|(k, _)| *k == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn a_kept_key_is_made_once() {
        let store = InMemory::new();
        let first = buffer_key(&store, TOKEN).unwrap();
        let again = buffer_key(&store, TOKEN).unwrap();
        assert_eq!(first.bytes(), again.bytes(), "a second start must open what the first one sealed");
        assert_ne!(first.bytes(), &[0; 32]);
        assert_ne!(buffer_key(&InMemory::new(), TOKEN).unwrap().bytes(), first.bytes(), "another PC, another key");
        assert!(!format!("{first:?}").contains(&hex::encode(first.bytes())));
    }

    #[test]
    fn a_damaged_key_is_never_replaced() {
        let store = InMemory::new();
        store.set(BUFFER_KEY, &Secret::new("not hexadecimal")).unwrap();
        assert!(matches!(buffer_key(&store, TOKEN), Err(SecretError::Damaged { .. })));
        assert_eq!(store.get(BUFFER_KEY).unwrap().unwrap().expose(), "not hexadecimal", "left for a person to judge");
    }

    #[test]
    fn environment_keys_are_derived_and_told_apart() {
        let phrase = buffer_key(&env(&[("BACKROOM_BUFFER_KEY", "abc"), ("SQUARE_ACCESS_TOKEN", "t")]), TOKEN).unwrap();
        let token = buffer_key(&env(&[("SQUARE_ACCESS_TOKEN", "abc")]), TOKEN).unwrap();
        let same = buffer_key(&env(&[("SQUARE_ACCESS_TOKEN", "abc")]), TOKEN).unwrap();
        assert_eq!(phrase.origin(), KeyOrigin::Phrase, "the phrase comes first");
        assert_eq!(token.origin(), KeyOrigin::AccessToken);
        assert_eq!(token.bytes(), same.bytes());
        assert_ne!(phrase.bytes(), token.bytes(), "the same text in another place is another key");
        assert!(matches!(buffer_key(&env(&[]), TOKEN), Err(SecretError::Missing { .. })));
    }
}
