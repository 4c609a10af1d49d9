//! Why there is no update: what happened, with a code for the program and words for the person.

use backroom_core::Timestamp;

/// Why a release was not looked for, not taken or not installed. The version that runs goes on running after each of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// This build has no keys or no address.
    #[error("this build does not update itself")]
    NotBuiltIn,
    /// The keys that were built in cannot be read.
    #[error("the keys of this build cannot be read")]
    Keys,
    /// The server does not answer.
    #[error("{host} cannot be reached")]
    Unreachable {
        /// Whom we asked.
        host: String,
    },
    /// The server answers too slowly.
    #[error("{host} answers too slowly")]
    TooSlow {
        /// Whom we asked.
        host: String,
    },
    /// The server answers with trouble of its own.
    #[error("{host} answers with error {status}")]
    Status {
        /// Whom we asked.
        host: String,
        /// What it said.
        status: u16,
    },
    /// An address that is not https.
    #[error("the address at {host} is not encrypted")]
    NotEncrypted {
        /// Whose address it is.
        host: String,
    },
    /// More redirects than are followed.
    #[error("{host} sends us on and on")]
    Redirects {
        /// Whom we asked last.
        host: String,
    },
    /// More bytes than there may be.
    #[error("what was sent is larger than {most} bytes")]
    TooLarge {
        /// The most that is taken.
        most: u64,
    },
    /// Not a manifest of ours.
    #[error("the answer is no list of releases: {why}")]
    NotAManifest {
        /// What is wrong with it, in words of ours.
        why: String,
    },
    /// A manifest that nobody whom we know has signed.
    #[error("the list of releases is not signed by Backroom")]
    Signature,
    /// A manifest whose time is over.
    #[error("the list of releases ended on {on}")]
    Expired {
        /// When it ended.
        on: String,
    },
    /// An older manifest than one already seen.
    #[error("the list of releases is older (number {came}) than one seen before (number {seen})")]
    SerialBack {
        /// The highest number seen.
        seen: u64,
        /// The number that came.
        came: u64,
    },
    /// A manifest of another channel.
    #[error("the list of releases is of another channel")]
    OtherChannel,
    /// A release without a file for this computer.
    #[error("version {version} has no installer for this computer ({target})")]
    NotForThis {
        /// The release.
        version: String,
        /// What this computer needs.
        target: String,
    },
    /// Keys were to be changed by a key that may not.
    #[error("the keys were to be changed by a key that may not do that")]
    KeyChange,
    /// The connection ended before everything was here, every time.
    #[error("the connection broke off: {got} of {of} bytes are here")]
    Truncated {
        /// Bytes here.
        got: u64,
        /// Bytes there should be.
        of: u64,
    },
    /// The file is not the one of the manifest.
    #[error("the installer is not the one that was announced")]
    Hash,
    /// The file is not signed by us.
    #[error("the installer is not signed by Backroom")]
    ArtefactSignature,
    /// The file was signed as another version.
    #[error("the installer was made as version {signed}, not as {announced}")]
    ArtefactVersion {
        /// The version that the signature names; empty where it names none.
        signed: String,
        /// The version of the manifest.
        announced: String,
    },
    /// The file was signed for another kind of computer.
    #[error("the installer is for another kind of computer ({file})")]
    ArtefactProcessor {
        /// The name that the signature names.
        file: String,
    },
    /// Not enough room on the disk.
    #[error("{needed_mb} MB are needed on the disk, {free_mb} MB are free")]
    NoRoom {
        /// Needed, in megabytes.
        needed_mb: u64,
        /// Free, in megabytes.
        free_mb: u64,
    },
    /// A file of ours cannot be written or read.
    #[error("a file in the data folder cannot be used: {0}")]
    File(String),
    /// Something is under way that must not be interrupted.
    #[error("{what}")]
    Busy {
        /// What is under way, as a sentence without its end.
        what: String,
    },
    /// There is nothing here to install.
    #[error("there is no update here to install")]
    NothingToInstall,
    /// The system did not install it.
    #[error("the system did not install it: {0}")]
    Installer(String),
    /// The installer ran, and the version before it started again.
    #[error("version {version} was not installed; {here} still runs")]
    NotInstalled {
        /// The version that was to come.
        version: String,
        /// The version that runs.
        here: String,
    },
    /// The new version started and found something wrong.
    #[error("version {version} is installed, but {why}")]
    SelfCheck {
        /// The version that runs.
        version: String,
        /// What it found.
        why: String,
    },
    /// The version of before is not kept here.
    #[error("the installer of the version before is not on this computer")]
    NoPrevious,
}

impl UpdateError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotBuiltIn => "UPDATE_NOT_BUILT_IN",
            Self::Keys => "UPDATE_KEYS",
            Self::Unreachable { .. } => "UPDATE_UNREACHABLE",
            Self::TooSlow { .. } => "UPDATE_TOO_SLOW",
            Self::Status { .. } => "UPDATE_SERVER",
            Self::NotEncrypted { .. } => "UPDATE_NOT_ENCRYPTED",
            Self::Redirects { .. } => "UPDATE_REDIRECTS",
            Self::TooLarge { .. } => "UPDATE_TOO_LARGE",
            Self::NotAManifest { .. } => "UPDATE_NO_MANIFEST",
            Self::Signature => "UPDATE_SIGNATURE",
            Self::Expired { .. } => "UPDATE_EXPIRED",
            Self::SerialBack { .. } => "UPDATE_SERIAL",
            Self::OtherChannel => "UPDATE_CHANNEL",
            Self::NotForThis { .. } => "UPDATE_NOT_FOR_THIS",
            Self::KeyChange => "UPDATE_KEY_CHANGE",
            Self::Truncated { .. } => "UPDATE_TRUNCATED",
            Self::Hash => "UPDATE_HASH",
            Self::ArtefactSignature => "UPDATE_FILE_SIGNATURE",
            Self::ArtefactVersion { .. } => "UPDATE_FILE_VERSION",
            Self::ArtefactProcessor { .. } => "UPDATE_FILE_PROCESSOR",
            Self::NoRoom { .. } => "UPDATE_NO_ROOM",
            Self::File(_) => "UPDATE_FILE",
            Self::Busy { .. } => "UPDATE_BUSY",
            Self::NothingToInstall => "UPDATE_NOTHING",
            Self::Installer(_) => "UPDATE_INSTALLER",
            Self::NotInstalled { .. } => "UPDATE_NOT_INSTALLED",
            Self::SelfCheck { .. } => "UPDATE_SELF_CHECK",
            Self::NoPrevious => "UPDATE_NO_PREVIOUS",
        }
    }

    /// What to do. That nothing was changed is said where one could fear it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotBuiltIn => "Whoever installed it here brings newer versions.",
            Self::Keys => "Install Backroom again from its installer; the data stays.",
            Self::Unreachable { .. } | Self::TooSlow { .. } | Self::Status { .. } | Self::Redirects { .. } => {
                "Nothing was changed. Backroom asks again by itself."
            }
            Self::Truncated { .. } => "What is here is kept. Backroom goes on from there by itself.",
            Self::NotEncrypted { .. }
            | Self::TooLarge { .. }
            | Self::NotAManifest { .. }
            | Self::Signature
            | Self::SerialBack { .. }
            | Self::OtherChannel
            | Self::KeyChange
            | Self::Hash
            | Self::ArtefactSignature
            | Self::ArtefactVersion { .. }
            | Self::ArtefactProcessor { .. } => {
                "It was not taken, and nothing was changed. If it stays for a day, tell whoever looks after Backroom."
            }
            Self::Expired { .. } => "Nothing was changed. See whether this computer's clock is right.",
            Self::NotForThis { .. } => "Nothing was changed. Backroom waits for one that has.",
            Self::NoRoom { .. } => "Nothing was changed. Free some space and press Check now.",
            Self::File(_) => "Nothing was installed. Free some space, and see that the data folder can be written.",
            Self::Busy { .. } => "Nothing was changed. Press again when that is done.",
            Self::NothingToInstall => "Press Check now.",
            Self::Installer(_) => {
                "The version of before still runs. Press Install now, with somebody who may install here."
            }
            Self::NotInstalled { .. } => "Nothing was lost. Press Install now to try again.",
            Self::SelfCheck { .. } => "Press Go back to return to the version of before with the data of before.",
            Self::NoPrevious => {
                "Install it from where you had it, then run: backroomctl restore, with the backup's name."
            }
        }
    }

    /// Whether the same may go well later by itself.
    pub const fn retryable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::TooSlow { .. }
                | Self::Status { .. }
                | Self::Redirects { .. }
                | Self::Truncated { .. }
                | Self::NoRoom { .. }
                | Self::Busy { .. }
        )
    }

    /// A file that cannot be used, in the system's words.
    pub(crate) fn file(error: &std::io::Error) -> Self {
        Self::File(error.kind().to_string())
    }

    pub(crate) fn expired(at: Timestamp) -> Self {
        Self::Expired { on: at.utc().date_naive().to_string() }
    }

    pub(crate) fn no_manifest(why: impl Into<String>) -> Self {
        Self::NotAManifest { why: why.into() }
    }
}
