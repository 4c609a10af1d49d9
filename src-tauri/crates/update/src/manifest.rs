//! The manifest: one release of one channel, as it was signed.

use crate::error::UpdateError;
use crate::target::Target;
use backroom_core::Timestamp;
use semver::Version;
use serde::Deserialize;
use std::collections::BTreeMap;
use url::Url;

/// The largest envelope that is read, in bytes.
pub const LARGEST_MANIFEST: usize = 64 * 1024;
const FORMAT: u32 = 1;
const PRODUCT: &str = "backroom";
const MOST_NOTES: usize = 5;
const LONGEST_NOTE: usize = 140;

/// Which releases somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Those that have been tried by others.
    #[default]
    Stable,
    /// Those that have just been made.
    Early,
}

impl Channel {
    /// Its name in addresses and manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Early => "early",
        }
    }

    /// The channel of a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Stable, Self::Early].into_iter().find(|channel| channel.name() == name)
    }
}

/// The installer for one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artefact {
    /// Where it is.
    pub url: Url,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// What the bundler's tool signed it with: base64 of a minisign signature.
    pub signature: String,
}

/// Other keys in the place of those built in.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keychange {
    /// The new daily key, the base64 line of a minisign public key.
    pub daily: String,
    /// The new reserve key.
    pub reserve: String,
}

/// What a signed manifest says. Made by [`Envelope::open`](crate::Envelope::open) alone, so that whoever has one knows that it is
/// signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Grows with every manifest; never goes back.
    pub serial: u64,
    /// The channel it is of.
    pub channel: Channel,
    /// The release.
    pub version: Version,
    /// When it was signed.
    pub issued: Timestamp,
    /// Until when it counts.
    pub expires: Timestamp,
    /// The percentage of copies that are offered it, 0 to 100.
    pub share: u8,
    /// What is new, five lines at most.
    pub notes: Vec<String>,
    /// What the host's installer wants to read; beside the artefacts.
    pub install: Url,
    /// The installers by the names of their targets.
    pub artefacts: BTreeMap<String, Artefact>,
    /// Other keys, where they change.
    pub keys: Option<Keychange>,
}

/// As it is written. What is unknown at the top may be something for newer copies; an unknown field of an artefact or of the keys
/// could be a condition, so there it is refused.
#[derive(Deserialize)]
struct Written {
    format: u32,
    product: String,
    serial: u64,
    channel: Channel,
    version: Version,
    issued: String,
    expires: String,
    share: u8,
    #[serde(default)]
    notes: Vec<String>,
    install: Url,
    artefacts: BTreeMap<String, WrittenArtefact>,
    keys: Option<Keychange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenArtefact {
    url: Url,
    size: u64,
    sha256: String,
    signature: String,
}

impl Manifest {
    /// Reads text whose signature was verified.
    pub(crate) fn read(text: &str) -> Result<Self, UpdateError> {
        let written: Written = serde_json::from_str(text).map_err(|e| UpdateError::no_manifest(complaint(&e)))?;
        let wrong = |why: &str| Err(UpdateError::no_manifest(why));
        if written.format != FORMAT {
            return wrong("it is of a form that this version does not know");
        }
        if written.product != PRODUCT {
            return wrong("it is of another program");
        }
        if written.share > 100 {
            return wrong("its share is above 100");
        }
        if written.notes.len() > MOST_NOTES || written.notes.iter().any(|note| !is_a_note(note)) {
            return wrong("its notes are too long");
        }
        let time = |text: &str| Timestamp::parse(text).map_err(|_| UpdateError::no_manifest("a time in it is none"));
        let artefacts = written.artefacts.into_iter().map(|(target, a)| Ok((target, a.read()?)));
        Ok(Self {
            serial: written.serial,
            channel: written.channel,
            version: written.version,
            issued: time(&written.issued)?,
            expires: time(&written.expires)?,
            share: written.share,
            notes: written.notes,
            install: written.install,
            artefacts: artefacts.collect::<Result<_, UpdateError>>()?,
            keys: written.keys,
        })
    }

    /// The installer for a target.
    ///
    /// # Errors
    /// `NotForThis` where there is none.
    pub fn artefact(&self, target: &Target) -> Result<&Artefact, UpdateError> {
        self.artefacts
            .get(target.name())
            .ok_or_else(|| UpdateError::NotForThis { version: self.version.to_string(), target: target.to_string() })
    }
}

impl WrittenArtefact {
    fn read(self) -> Result<Artefact, UpdateError> {
        let mut sha256 = [0u8; 32];
        hex::decode_to_slice(&self.sha256, &mut sha256)
            .map_err(|_| UpdateError::no_manifest("a hash in it is none"))?;
        if self.size == 0 {
            return Err(UpdateError::no_manifest("an installer in it is empty"));
        }
        Ok(Artefact { url: self.url, size: self.size, sha256, signature: self.signature })
    }
}

/// One line that a screen can show as it is.
fn is_a_note(note: &str) -> bool {
    note.chars().count() <= LONGEST_NOTE && !note.chars().any(char::is_control)
}

/// What is wrong, without the sender's own text in it.
fn complaint(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Data => "a field in it is missing, unknown or of another type",
        _ => "it is not JSON",
    }
}
