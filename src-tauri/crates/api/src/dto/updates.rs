//! Updates of the program itself.

use super::ApiError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How the program stands to newer versions of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UpdateStatus {
    /// The version that runs.
    pub version: String,
    /// Where it stands.
    pub state: UpdateState,
    /// Why this copy does not update itself, where that is so.
    pub unavailable: Option<ApiError>,
    /// `stable` or `early`.
    pub channel: String,
    /// When somebody last asked with success.
    pub checked_at: Option<String>,
    /// The newer version, where there is one.
    pub offer: Option<UpdateOffer>,
    /// Bytes of the installer that are here, while it comes.
    pub done_bytes: Option<u64>,
    /// When it installs by itself; none where it does not.
    pub installs_at: Option<String>,
    /// Whether somebody has to be at the computer, because the system asks for a password.
    pub by_hand: bool,
    /// Until when it was put off.
    pub later_until: Option<String>,
    /// What went wrong last.
    pub failed: Option<ApiError>,
    /// When that was.
    pub failed_at: Option<String>,
    /// The update that was made, until somebody has seen it.
    pub updated: Option<Updated>,
    /// What one can go back to.
    pub previous: Option<UpdatePrevious>,
}

/// Where an update stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum UpdateState {
    /// This copy does not update itself.
    Unavailable,
    /// Nothing newer is known.
    None,
    /// Somebody is asking.
    Checking,
    /// There is a newer version; this copy's turn comes later.
    NotYet,
    /// There is a newer version; its installer is not here.
    Found,
    /// The installer is coming.
    Downloading,
    /// The installer is here.
    Ready,
    /// It is being installed.
    Installing,
}

/// A newer version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UpdateOffer {
    /// The version.
    pub version: String,
    /// What is new, five lines at most.
    pub notes: Vec<String>,
    /// Bytes of its installer.
    pub size_bytes: u64,
    /// When it was released.
    pub released_at: String,
}

/// An update that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Updated {
    /// The version before.
    pub from: String,
    /// The version that runs.
    pub to: String,
    /// What is new.
    pub notes: Vec<String>,
    /// When the new version first ran.
    pub at: String,
    /// What the check after it found; none where all is well.
    pub wrong: Option<ApiError>,
}

/// The version before, as something to go back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UpdatePrevious {
    /// The version.
    pub version: String,
    /// The copy of the buffer that was made before it was left.
    pub backup: String,
    /// Whether its installer is here, so that Backroom can go back by itself.
    pub kept: bool,
}

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct UpdateChannel {
    /// `stable` or `early`.
    pub channel: String,
}
