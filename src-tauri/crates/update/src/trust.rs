//! Whose signature counts.

use crate::error::UpdateError;
use crate::manifest::{Keychange, LARGEST_MANIFEST, Manifest};
use crate::target::Target;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign_verify::{PublicKey, Signature};
use semver::Version;
use serde::Deserialize;

const BUILT_IN: Option<&str> = option_env!("BACKROOM_UPDATE_KEYS");

/// Who signed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// The key that signs releases.
    Daily,
    /// The key in the safe, which alone may change the keys.
    Reserve,
}

/// The two keys that count.
#[derive(Clone)]
pub struct Keys {
    daily: PublicKey,
    reserve: PublicKey,
    /// As they were written.
    written: Keychange,
}

/// A manifest and who signed it, not looked at yet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    manifest: String,
    signatures: Vec<String>,
}

impl Keys {
    /// The keys of this build; none where it has none.
    ///
    /// # Errors
    /// `Keys` where what was built in cannot be read: such a build takes nothing.
    pub fn built_in() -> Result<Option<Self>, UpdateError> {
        BUILT_IN.filter(|text| !text.trim().is_empty()).map(Self::read_pair).transpose()
    }

    fn read_pair(text: &str) -> Result<Self, UpdateError> {
        let (daily, reserve) = text.split_once(',').ok_or(UpdateError::Keys)?;
        Self::read(daily, reserve)
    }

    /// Two public keys, each the base64 line of a minisign key.
    ///
    /// # Errors
    /// `Keys` where one is none, or both are the same: a reserve that is the daily key is no reserve.
    pub fn read(daily: &str, reserve: &str) -> Result<Self, UpdateError> {
        let key = |text: &str| PublicKey::from_base64(text).map_err(|_| UpdateError::Keys);
        let (daily, reserve) = (daily.trim(), reserve.trim());
        if daily == reserve {
            return Err(UpdateError::Keys);
        }
        let written = Keychange { daily: daily.to_owned(), reserve: reserve.to_owned() };
        Ok(Self { daily: key(daily)?, reserve: key(reserve)?, written })
    }

    /// The keys that a change puts in their place.
    ///
    /// # Errors
    /// As of [`Keys::read`].
    pub fn changed(change: &Keychange) -> Result<Self, UpdateError> {
        Self::read(&change.daily, &change.reserve)
    }

    fn file_of(&self, signer: Signer) -> String {
        let line = match signer {
            Signer::Daily => &self.written.daily,
            Signer::Reserve => &self.written.reserve,
        };
        STANDARD.encode(format!("untrusted comment: minisign public key\n{line}\n"))
    }

    fn signer(&self, bytes: &[u8], signature: &Signature) -> Option<Signer> {
        let by = |key: &PublicKey| key.verify(bytes, signature, false).is_ok();
        if by(&self.reserve) { Some(Signer::Reserve) } else { by(&self.daily).then_some(Signer::Daily) }
    }

    /// Whether an installer is signed by us, as this version, and not for another kind of computer. Tells the key that signed it, as
    /// the tools of Tauri write keys: a minisign key file in base64.
    ///
    /// # Errors
    /// `ArtefactSignature`, `ArtefactVersion` or `ArtefactProcessor`.
    pub fn verify_artefact(
        &self,
        bytes: &[u8],
        signature: &str,
        version: &Version,
        target: &Target,
    ) -> Result<String, UpdateError> {
        let text = STANDARD.decode(signature.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let signature = text.and_then(|text| Signature::decode(&text).ok()).ok_or(UpdateError::ArtefactSignature)?;
        let signer = self.signer(bytes, &signature).ok_or(UpdateError::ArtefactSignature)?;
        // Only now may the comment be read: the signature is over it as well.
        let field = |name: &str| signature.trusted_comment().split('\t').find_map(|part| part.strip_prefix(name));
        let signed = field("version:").unwrap_or_default();
        if Version::parse(signed.trim_start_matches('v')).ok().as_ref() != Some(version) {
            return Err(UpdateError::ArtefactVersion { signed: signed.to_owned(), announced: version.to_string() });
        }
        match field("file:").filter(|file| target.is_foreign(file)) {
            Some(file) => Err(UpdateError::ArtefactProcessor { file: file.to_owned() }),
            None => Ok(self.file_of(signer)),
        }
    }
}

impl Envelope {
    /// Reads what a server sent.
    ///
    /// # Errors
    /// `TooLarge` or `NotAManifest`.
    pub fn read(bytes: &[u8]) -> Result<Self, UpdateError> {
        if bytes.len() > LARGEST_MANIFEST {
            return Err(UpdateError::TooLarge { most: LARGEST_MANIFEST as u64 });
        }
        serde_json::from_slice(bytes).map_err(|_| UpdateError::no_manifest("it is not of its form"))
    }

    /// The manifest, where one of the keys signed it.
    ///
    /// # Errors
    /// `Signature` where none did; `KeyChange` where it changes the keys and the reserve key did not sign it; `NotAManifest`.
    pub fn open(&self, keys: &Keys) -> Result<(Manifest, Signer), UpdateError> {
        let signed = |text: &String| keys.signer(self.manifest.as_bytes(), &Signature::decode(text).ok()?);
        let mut signers: Vec<Signer> = self.signatures.iter().filter_map(signed).collect();
        signers.sort_by_key(|signer| *signer == Signer::Daily);
        let signer = *signers.first().ok_or(UpdateError::Signature)?;
        let manifest = Manifest::read(&self.manifest)?;
        // Keys that count already are no change: whoever took the change reads the same manifest again tomorrow.
        if let Some(change) = manifest.keys.as_ref().filter(|change| **change != keys.written) {
            // Keys that cannot be read would lock this copy out for ever.
            let readable = Keys::changed(change).is_ok();
            if signer != Signer::Reserve || !readable {
                return Err(UpdateError::KeyChange);
            }
        }
        Ok((manifest, signer))
    }
}
