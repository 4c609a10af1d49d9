//! Updates: which release is ours and newer, whether it may be taken now, and getting it here whole.
//!
//! # What is believed
//! Nothing that is not signed. A release is told by one file, the *manifest* ([`Manifest`]), in an envelope with its signatures.
//! A signature is over the manifest's very bytes, by one of two keys that are built in:
//!
//! - the **daily** key signs releases and their files;
//! - the **reserve** key lies in a safe. It may do what the daily key does, and it alone changes the keys: a manifest of its own
//!   with `keys` puts both anew. So a stolen or lost daily key is answered without anybody's hand at the shop, and whoever has the
//!   daily key cannot lock us out.
//!
//! Beside the signature: a `serial` that never goes back and is remembered, an end (`expires`), the channel, and of each file its
//! size, its hash, and the signature that the bundler's tool made, whose trusted comment names the version. An old file under a
//! new number is therefore noticed, whoever wrote the manifest.
//!
//! # What is built in
//! `BACKROOM_UPDATE_KEYS` (`DAILY,RESERVE`, each the base64 line of a minisign public key) and `BACKROOM_UPDATE_URL` (an https
//! address in which `{channel}` stands for `stable` or `early`), both from the environment of the build. A build without them does
//! not update itself and says so. No private key is anywhere near this repository.
//!
//! # What must not be here
//! Installing: that is the host's ([`Installer`]). The shop's data: whoever uses this says when the shop is quiet ([`Trade`]).
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod decide;
mod download;
mod error;
mod fetch;
mod files;
mod hours;
mod installer;
mod manifest;
mod room;
mod state;
mod target;
mod trust;

pub use decide::{Facts, Found, Here, Step, WAITS_DAYS, fresh, judge, next};
pub use download::{Download, LARGEST_ARTEFACT, TRIES, Wait, really_wait};
pub use error::UpdateError;
pub use fetch::{Fetcher, Limits, may_ask};
pub use files::Folder;
pub use hours::{Trade, quiet};
pub use installer::{Installer, Package};
pub use manifest::{Artefact, Channel, Keychange, LARGEST_MANIFEST, Manifest};
pub use room::room_needed;
pub use semver::Version;
pub use state::{Installing, Kept, Outcome, Returning, State, Trouble};
pub use target::Target;
pub use trust::{Envelope, Keys, Signer};

/// Where releases are told of, with `{channel}` in it; none where this build does not update itself.
pub const BUILT_IN_ADDRESS: Option<&str> = option_env!("BACKROOM_UPDATE_URL");
