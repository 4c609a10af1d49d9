//! Files for secrets that are too long for a keychain entry: encrypted, under a key that only the keychain holds.

use crate::buffer_key::random;
use crate::error::SecretError;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What a keychain entry begins with where it only points at a file.
pub(crate) const MARK: &[u8] = b"backroom-sealed-1:";

const NONCE: usize = 24;

/// Id and key of a sealed file: the content of its keychain entry.
pub(crate) struct Pointer {
    id: [u8; 16],
    key: Zeroizing<[u8; 32]>,
}

impl Pointer {
    /// A new one, of which no file exists yet.
    pub(crate) fn new() -> Result<Self, SecretError> {
        let mut pointer = Self { id: [0; 16], key: Zeroizing::new([0; 32]) };
        random(&mut pointer.id)?;
        random(pointer.key.as_mut())?;
        Ok(pointer)
    }

    /// The keychain entry of this pointer.
    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let key = Zeroizing::new(hex::encode(self.key.as_ref()));
        let mut entry = Zeroizing::new(MARK.to_vec());
        entry.extend_from_slice(hex::encode(self.id).as_bytes());
        entry.push(b':');
        entry.extend_from_slice(key.as_bytes());
        entry
    }

    /// The pointer of a keychain entry; none where it is no pointer or a broken one.
    pub(crate) fn decode(entry: &[u8]) -> Option<Self> {
        let mut parts = entry.strip_prefix(MARK)?.splitn(2, |b| *b == b':');
        let mut pointer = Self { id: [0; 16], key: Zeroizing::new([0; 32]) };
        hex::decode_to_slice(parts.next()?, &mut pointer.id).ok()?;
        hex::decode_to_slice(parts.next()?, pointer.key.as_mut()).ok()?;
        Some(pointer)
    }

    fn file(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.bin", hex::encode(self.id)))
    }

    /// Writes `secret` of `name`, durable when this returns.
    pub(crate) fn write(&self, folder: &Path, name: &str, secret: &[u8]) -> Result<(), SecretError> {
        let mut nonce = [0u8; NONCE];
        random(&mut nonce)?;
        let damaged = || SecretError::Damaged { name: name.to_owned() };
        let sealed = self
            .cipher()
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: secret, aad: name.as_bytes() })
            .map_err(|_| damaged())?;
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(folder)?;
            let target = self.file(folder);
            let draft = target.with_extension("new");
            let mut file = create_private(&draft)?;
            file.write_all(&nonce)?;
            file.write_all(&sealed)?;
            file.sync_all()?;
            fs::rename(&draft, &target)?;
            sync_folder(folder)
        };
        write().map_err(SecretError::File)
    }

    /// Reads the secret of `name` back.
    pub(crate) fn read(&self, folder: &Path, name: &str) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let damaged = || SecretError::Damaged { name: name.to_owned() };
        let bytes = match fs::read(self.file(folder)) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(damaged()),
            Err(e) => return Err(SecretError::File(e)),
        };
        let (nonce, sealed) = bytes.split_at_checked(NONCE).ok_or_else(damaged)?;
        self.cipher()
            .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: name.as_bytes() })
            .map(Zeroizing::new)
            .map_err(|_| damaged())
    }

    /// Removes the file; one that is not there is no error. Without its key it says nothing either way.
    pub(crate) fn remove(&self, folder: &Path) -> Result<(), SecretError> {
        match fs::remove_file(self.file(folder)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(SecretError::File(e)),
            _ => Ok(()),
        }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.key.as_ref().into())
    }
}

pub(crate) fn create_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    // Windows has no handle to sync a folder with; its rename is journalled.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
