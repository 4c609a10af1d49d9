//! Secrets in one file, sealed with a passphrase: for servers, and for PCs without a keychain whose owner chose so.
//!
//! Invariant: the file is replaced whole or not at all, and what cannot be opened is never replaced. A whole one that its program
//! could not put in its place any more is put there at the next start. Its key is made from the passphrase by Argon2id (64 MiB,
//! three passes), so that guessing costs memory as well as time.

use crate::buffer_key::random;
use crate::error::SecretError;
use crate::sealed::{create_private, sync_folder};
use crate::secret::Secret;
use crate::store::{SecretStore, check_name};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

const MAGIC: &[u8] = b"backroom-secrets-1";
const SALT: usize = 16;
const NONCE: usize = 24;
/// Kibibytes of memory and passes of the key's making: what RFC 9106 names second.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

/// Secrets sealed in one file.
pub struct PassphraseFile {
    path: PathBuf,
    salt: [u8; SALT],
    key: Zeroizing<[u8; 32]>,
    held: Mutex<BTreeMap<String, Secret>>,
}

impl PassphraseFile {
    /// Name of the file in the data folder.
    pub const FILE: &str = "secrets.sealed";

    /// Opens the file with a passphrase; where there is none yet, the first secret makes it. Takes about as long as a blink: on
    /// purpose.
    ///
    /// # Errors
    /// `WrongPassphrase` where the file does not open with it, which a damaged file does not either; `File`.
    pub fn open(path: impl Into<PathBuf>, passphrase: &Secret) -> Result<Self, SecretError> {
        let path = path.into();
        let (kept, begun) = (contents(&path)?, contents(&draft_of(&path))?);
        let kept = kept.map(|bytes| unseal(&bytes, passphrase, None)).transpose()?;
        // A program may have ended between writing the next file and putting it in its place: what that one holds may be nowhere
        // else, such as an access whose vendor has voided the one before. One that is not whole does not open.
        let begun = begun.and_then(|bytes| unseal(&bytes, passphrase, kept.as_ref()).ok());
        if begun.is_some() {
            put_in_place(&path).map_err(SecretError::File)?;
        }
        match begun.or(kept) {
            Some(Unsealed { salt, key, held }) => Ok(Self { path, salt, key, held: Mutex::new(held) }),
            None => {
                let mut salt = [0; SALT];
                random(&mut salt)?;
                let key = key(passphrase, &salt)?;
                Ok(Self { path, salt, key, held: Mutex::default() })
            }
        }
    }

    /// Whether there is such a file.
    pub fn exists(path: &Path) -> bool {
        path.is_file()
    }

    /// Replaces the file by one with `fresh` in it, durable when this returns.
    fn write(&self, fresh: &BTreeMap<String, Secret>) -> Result<(), SecretError> {
        let mut nonce = [0u8; NONCE];
        random(&mut nonce)?;
        let plain = pack(fresh);
        let sealed = XChaCha20Poly1305::new(self.key.as_ref().into())
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: &plain, aad: MAGIC })
            .map_err(|_| SecretError::Damaged { name: Self::FILE.to_owned() })?;
        let draft = draft_of(&self.path);
        let write = || -> std::io::Result<()> {
            let mut file = create_private(&draft)?;
            for part in [MAGIC, &self.salt, &nonce, &sealed] {
                file.write_all(part)?;
            }
            file.sync_all()?;
            put_in_place(&self.path)
        };
        write().map_err(|error| {
            // Whoever is told that nothing was saved must not find it saved later.
            let _ = std::fs::remove_file(&draft);
            SecretError::File(error)
        })
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, Secret>)) -> Result<(), SecretError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mut fresh = held.clone();
        change(&mut fresh);
        self.write(&fresh)?;
        *held = fresh;
        Ok(())
    }
}

impl SecretStore for PassphraseFile {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        check_name(name)?;
        Ok(self.held.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        check_name(name)?;
        self.change(|held| {
            held.insert(name.to_owned(), secret.clone());
        })
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        check_name(name)?;
        if self.get(name)?.is_none() {
            return Ok(());
        }
        self.change(|held| {
            held.remove(name);
        })
    }
}

impl std::fmt::Debug for PassphraseFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PassphraseFile").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Where the next file is written before it takes the place of the present one.
fn draft_of(path: &Path) -> PathBuf {
    path.with_extension("new")
}

/// Puts a whole draft in the place of the file, durable when this returns.
fn put_in_place(path: &Path) -> std::io::Result<()> {
    std::fs::rename(draft_of(path), path)?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

fn contents(path: &Path) -> Result<Option<Vec<u8>>, SecretError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(SecretError::File(e)),
    }
}

/// What a file holds, and the key that it opened with.
struct Unsealed {
    salt: [u8; SALT],
    key: Zeroizing<[u8; 32]>,
    held: BTreeMap<String, Secret>,
}

/// Opens a file's bytes; `beside` is a file that was opened with the same passphrase, whose key is not made a second time.
fn unseal(bytes: &[u8], passphrase: &Secret, beside: Option<&Unsealed>) -> Result<Unsealed, SecretError> {
    let wrong = || SecretError::WrongPassphrase;
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(wrong)?;
    let (salt, rest) = rest.split_first_chunk::<SALT>().ok_or_else(wrong)?;
    let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or_else(wrong)?;
    let key = match beside {
        Some(other) if other.salt == *salt => other.key.clone(),
        // Both files of a folder are of one salt: another is not ours.
        Some(_) => return Err(wrong()),
        None => key(passphrase, salt)?,
    };
    let plain = XChaCha20Poly1305::new(key.as_ref().into())
        .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: MAGIC })
        .map(Zeroizing::new)
        .map_err(|_| wrong())?;
    let held = unpack(&plain).ok_or_else(wrong)?;
    Ok(Unsealed { salt: *salt, key, held })
}

fn key(passphrase: &Secret, salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, SecretError> {
    let failed = |e: argon2::Error| SecretError::File(std::io::Error::other(e.to_string()));
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(failed)?;
    let mut key = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose().as_bytes(), salt, key.as_mut())
        .map_err(failed)?;
    Ok(key)
}

/// Names and texts one after another, each with its length before it: no parser that could keep a copy.
fn pack(held: &BTreeMap<String, Secret>) -> Zeroizing<Vec<u8>> {
    let texts = || held.iter().flat_map(|(name, secret)| [name.as_str(), secret.expose()]);
    // Made large enough at once: a vector that grows leaves what it held behind.
    let mut out = Zeroizing::new(Vec::with_capacity(texts().map(|t| t.len() + 4).sum()));
    for text in texts() {
        out.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(text.as_bytes());
    }
    out
}

fn unpack(mut bytes: &[u8]) -> Option<BTreeMap<String, Secret>> {
    let mut held = BTreeMap::new();
    let mut next = || -> Option<String> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (text, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        bytes = rest;
        String::from_utf8(text.to_vec()).ok()
    };
    while let Some(name) = next() {
        held.insert(name, Secret::new(next()?));
    }
    bytes.is_empty().then_some(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(text: &str) -> Secret {
        Secret::new(text)
    }

    #[test]
    fn what_was_set_is_there_for_the_same_passphrase_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PassphraseFile::FILE);
        let long = "x".repeat(9_000);
        {
            let file = PassphraseFile::open(&path, &phrase("an invented passphrase")).unwrap();
            assert!(!path.exists(), "nothing is written before there is a secret");
            file.set("square/main/token", &phrase("CANARY-invented-token")).unwrap();
            file.set("warehouse/key", &phrase(&long)).unwrap();
            file.set("api/token", &phrase("gone")).unwrap();
            file.delete("api/token").unwrap();
            file.delete("api/token").unwrap();
        }
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(6).any(|w| w == b"CANARY"), "no secret lies there in the clear");
        let file = PassphraseFile::open(&path, &phrase("an invented passphrase")).unwrap();
        let got = |name: &str| file.get(name).unwrap().map(|s| s.expose().to_owned());
        assert_eq!(got("square/main/token").as_deref(), Some("CANARY-invented-token"));
        assert_eq!(got("warehouse/key").as_deref(), Some(long.as_str()), "secrets of any length");
        assert_eq!(got("api/token"), None, "what was removed is gone");
        for wrong in ["an invented passphrasE", "", "an invented passphrase "] {
            let refused = PassphraseFile::open(&path, &phrase(wrong)).unwrap_err();
            assert!(matches!(refused, SecretError::WrongPassphrase), "{wrong:?}: {refused}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "a wrong passphrase changes nothing");
        assert!(!format!("{file:?}").contains("CANARY"), "nothing of it is shown");
    }

    #[test]
    fn a_damaged_file_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PassphraseFile::FILE);
        PassphraseFile::open(&path, &phrase("p")).unwrap().set("api/token", &phrase("t")).unwrap();
        let good = std::fs::read(&path).unwrap();
        for cut in [0, 5, MAGIC.len(), MAGIC.len() + SALT, good.len() - 1] {
            std::fs::write(&path, &good[..cut]).unwrap();
            assert!(PassphraseFile::open(&path, &phrase("p")).is_err(), "cut to {cut} bytes");
            assert_eq!(std::fs::read(&path).unwrap().len(), cut, "it is left as it is");
        }
        let mut bent = good;
        if let Some(last) = bent.last_mut() {
            *last ^= 1;
        }
        std::fs::write(&path, &bent).unwrap();
        assert!(PassphraseFile::open(&path, &phrase("p")).is_err(), "a changed byte is noticed");
    }

    /// A program that ends while it writes leaves the old or the new secrets, never neither.
    #[test]
    fn a_draft_counts_where_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PassphraseFile::FILE);
        let draft = draft_of(&path);
        let told = |why: &str| {
            let file = PassphraseFile::open(&path, &phrase("p")).unwrap_or_else(|e| panic!("{why}: {e}"));
            file.get("square/main/oauth/slot0").unwrap().map(|s| s.expose().to_owned())
        };
        let save = |text: &str| {
            let file = PassphraseFile::open(&path, &phrase("p")).unwrap();
            file.set("square/main/oauth/slot0", &phrase(text)).unwrap();
            std::fs::read(&path).unwrap()
        };
        let first = save("first");
        let second = save("second");
        for (bytes, expected, why) in [
            (&second[..0], "first", "nothing of it was written"),
            (&second[..MAGIC.len() + SALT], "first", "its head alone"),
            (&second[..second.len() - 1], "first", "all but one byte"),
            (&second[..], "second", "whole"),
        ] {
            std::fs::write(&path, &first).unwrap();
            std::fs::write(&draft, bytes).unwrap();
            assert_eq!(told(why).as_deref(), Some(expected), "{why}");
            assert_eq!(told(why).as_deref(), Some(expected), "{why}, and at the start after");
        }
        assert!(!draft.exists(), "a whole one is in its place");
        // Of a folder that was copied together.
        let elsewhere = folder.path().join("other.sealed");
        PassphraseFile::open(&elsewhere, &phrase("p")).unwrap().set("square/main/oauth/slot0", &phrase("x")).unwrap();
        std::fs::rename(&elsewhere, &draft).unwrap();
        assert_eq!(told("another's").as_deref(), Some("second"), "a file of another salt is not ours");
        // The very first secret.
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&draft, &second[..9]).unwrap();
        assert_eq!(told("half of the first"), None);
        std::fs::write(&draft, &second).unwrap();
        assert!(
            PassphraseFile::open(&path, &phrase("wrong")).unwrap().get("square/main/oauth/slot0").unwrap().is_none()
        );
        assert_eq!(told("the first").as_deref(), Some("second"), "another's passphrase did not touch it");
    }

    #[test]
    fn what_could_not_be_saved_does_not_turn_up_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PassphraseFile::FILE);
        let file = PassphraseFile::open(&path, &phrase("p")).unwrap();
        // A folder in its place lets the draft be written, but not be put there.
        std::fs::create_dir(&path).unwrap();
        assert!(file.set("api/token", &phrase("t")).is_err());
        assert!(file.get("api/token").unwrap().is_none(), "nor does this program believe in it");
        std::fs::remove_dir(&path).unwrap();
        assert!(PassphraseFile::open(&path, &phrase("p")).unwrap().get("api/token").unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PassphraseFile::FILE);
        PassphraseFile::open(&path, &phrase("p")).unwrap().set("api/token", &phrase("t")).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
