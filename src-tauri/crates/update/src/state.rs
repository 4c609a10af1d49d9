//! What is remembered of updates, in one small file beside the buffer: it has to be readable where the buffer is not.

use crate::error::UpdateError;
use crate::files::Folder;
use crate::manifest::{Channel, Keychange};
use semver::Version;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const FILE: &str = "state.json";

/// Everything that outlives the program. Times are microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Random; decides this copy's turn in a staged release. Nobody is told it.
    pub install_id: String,
    /// The channel the owner chose.
    pub channel: Channel,
    /// The highest serial of a manifest that was signed by us, by channel.
    pub serials: BTreeMap<String, u64>,
    /// The keys that count, where a signed manifest changed them.
    pub keys: Option<Keychange>,
    /// The envelope of the release that is offered; its signature is looked at again whenever it is read.
    pub envelope: Option<String>,
    /// Whether the release is for this copy already.
    pub our_turn: bool,
    /// When a check last went well.
    pub checked_at: Option<i64>,
    /// What went wrong last, where nothing went well since.
    pub trouble: Option<Trouble>,
    /// Until when the owner does not want it.
    pub later_until: Option<i64>,
    /// How often installing the offered version failed.
    pub installs_failed: u32,
    /// The install that was begun.
    pub installing: Option<Installing>,
    /// The return to the version before that was begun.
    pub returning: Option<Returning>,
    /// How the last update ended.
    pub outcome: Option<Outcome>,
    /// The installer of the version that runs, where an update brought it.
    pub installed: Option<Kept>,
    /// What one can go back to.
    pub previous: Option<Kept>,
    /// A version that was tried and left again.
    pub shunned: Option<Version>,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The code.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// When it happened last.
    pub at: i64,
    /// How often in a row.
    pub times: u32,
}

/// An install that was begun. Whoever starts next finds out how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installing {
    /// The version that ran.
    pub from: Version,
    /// The version that was to come.
    pub to: Version,
    /// What is new in it.
    pub notes: Vec<String>,
    /// Name of its installer in the folder of updates.
    pub package: String,
    /// The signature of the installer.
    pub signature: String,
    /// What the host's installer wants to read.
    pub install: String,
    /// Name of the buffer's copy in the folder of updates.
    pub backup: String,
    /// Rows that waited for the warehouse when the copy was made.
    pub waiting: u64,
    /// Rows put aside then.
    pub dead: u64,
    /// When it was begun.
    pub at: i64,
}

/// A return to the version before: the buffer's copy takes its place at the next start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returning {
    /// The version to go back to.
    pub to: Version,
    /// The version that is left.
    pub from: Version,
    /// Name of the buffer's copy in the folder of updates.
    pub backup: String,
}

/// How an update ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The version before.
    pub from: Version,
    /// The version that runs.
    pub to: Version,
    /// What is new.
    pub notes: Vec<String>,
    /// When the new version first ran.
    pub at: i64,
    /// What the self-check found; none where all is well.
    pub wrong: Option<String>,
    /// Whether the person has seen it.
    pub seen: bool,
}

/// An installer that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its version.
    pub version: Version,
    /// Its name in the folder of updates; none where it was installed by hand.
    pub package: Option<String>,
    /// Its signature.
    pub signature: String,
    /// What the host's installer wants to read.
    pub install: String,
    /// Name of the buffer's copy from before the update; none for the version that runs.
    pub backup: Option<String>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            install_id: hex::encode(rand::random::<[u8; 8]>()),
            channel: Channel::default(),
            serials: BTreeMap::new(),
            keys: None,
            envelope: None,
            our_turn: false,
            checked_at: None,
            trouble: None,
            later_until: None,
            installs_failed: 0,
            installing: None,
            returning: None,
            outcome: None,
            installed: None,
            previous: None,
            shunned: None,
        }
    }
}

impl State {
    /// What is remembered; nothing where nothing is. A file that cannot be read is kept beside: what was signed is found again, and
    /// no older version is ever taken, whatever was forgotten.
    ///
    /// # Errors
    /// `File` where it is there and the system does not let us read it.
    pub fn load(folder: &Folder) -> Result<Self, UpdateError> {
        let bytes = match std::fs::read(folder.file(FILE)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(UpdateError::file(&error)),
        };
        Ok(serde_json::from_slice(&bytes).unwrap_or_else(|_| {
            tracing::warn!("What was remembered of updates cannot be read; it is kept beside as state.json.broken.");
            let _ = std::fs::rename(folder.file(FILE), folder.file("state.json.broken"));
            Self::default()
        }))
    }

    /// Writes it down, durably.
    ///
    /// # Errors
    /// `File`; what was remembered before is still there.
    pub fn save(&self, folder: &Folder) -> Result<(), UpdateError> {
        folder.create()?;
        let bytes =
            serde_json::to_vec_pretty(self).map_err(|_| UpdateError::File("it cannot be written".to_owned()))?;
        folder.write(FILE, &bytes).map_err(|e| UpdateError::file(&e))
    }
}
