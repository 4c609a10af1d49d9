//! Credentials and what they may do. A secret goes in and never comes out.

use super::ApiError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The Connections screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Connections {
    /// Points of sale.
    pub sources: Vec<SourceConnection>,
    /// The warehouse.
    pub warehouse: WarehouseConnection,
    /// The keychain: none when it works, otherwise why not.
    pub keychain_trouble: Option<ApiError>,
    /// Where what is pasted goes.
    pub secrets: SecretsPlace,
    /// The sign-in that waits for its answer, or that failed last.
    pub sign_in: Option<SignInState>,
}

/// Where secrets are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SecretsPlace {
    /// In the keychain of this computer.
    Keychain,
    /// In a file of this computer that opens with a passphrase.
    File,
    /// In memory, until Backroom is closed: this computer has no keychain.
    Session,
    /// In variables of the environment, from outside: nothing can be saved.
    Environment,
}

/// A point of sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SourceConnection {
    /// Name in the configuration.
    pub name: String,
    /// Kind, such as `square`.
    pub kind: String,
    /// Where it is reached.
    pub base_url: String,
    /// Whether a credential is stored.
    pub connected: bool,
    /// The application by which it is signed in; empty where a token was pasted.
    pub client_id: String,
    /// The page that is registered at the vendor as the way back; empty where none is.
    pub redirect: String,
    /// The access that renews itself, where it was signed in.
    pub signed_in: Option<SignedIn>,
    /// When a pasted token ends, where the vendor told.
    pub token_ends_at: Option<String>,
    /// What the last test found.
    pub probe: Option<ProbeResult>,
    /// The trouble, where there is any.
    pub trouble: Option<ApiError>,
}

/// What a connection test found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProbeResult {
    /// When it was made.
    pub at: String,
    /// The account's name at the vendor.
    pub account: String,
    /// What the credential may do, in words.
    pub may: Vec<String>,
    /// What it may not do but Backroom needs, in words.
    pub missing: Vec<String>,
    /// When it ends.
    pub expires_at: Option<String>,
}

/// The warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WarehouseConnection {
    /// Project id, empty until set.
    pub project: String,
    /// Dataset, empty until set.
    pub dataset: String,
    /// Location of the dataset.
    pub location: String,
    /// Where it is reached.
    pub base_url: String,
    /// Whether a key is stored, or none is needed.
    pub connected: bool,
    /// What the last test found.
    pub probe: Option<ProbeResult>,
    /// The trouble, where there is any.
    pub trouble: Option<ApiError>,
}

/// A new Square token.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SquareToken {
    /// Name of the source; `main` where there is one.
    pub name: String,
    /// The access token. Stored in the keychain alone.
    pub token: String,
}

/// A new Lightspeed R-Series token.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LightspeedToken {
    /// Name of the source; `lightspeed` where there is one.
    pub name: String,
    /// The account's number; empty for the one the token belongs to.
    pub account_id: String,
    /// The access token. Stored in the keychain alone.
    pub token: String,
}

/// Asks to sign in at a point of sale.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// `square` or `lightspeed_r`.
    pub kind: String,
    /// Name of the source; the usual one of its kind where empty.
    pub name: String,
    /// Public id of the application at the vendor.
    pub client_id: String,
    /// The application's secret, where it has one; empty for the one that is kept. Stored in the keychain alone.
    pub client_secret: String,
    /// The https page that is registered at the vendor as the way back; empty where the vendor comes back by itself.
    pub redirect: String,
}

/// A sign-in that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SignInState {
    /// Name of the source.
    pub name: String,
    /// `square` or `lightspeed_r`.
    pub kind: String,
    /// Where the person signs in.
    pub address: String,
    /// Whether the vendor comes back to this computer by itself; otherwise by the page that is registered there.
    pub comes_back_here: bool,
    /// Until when it waits.
    pub until: String,
    /// Why it failed, where it did.
    pub trouble: Option<ApiError>,
}

/// What came back from a vendor.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ReturnAddress {
    /// The address with its code: of the deep link, or copied from the last page.
    pub address: String,
}

/// An access that renews itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SignedIn {
    /// When it was signed in.
    pub since: Option<String>,
    /// When it ends if it is not renewed until then, where the vendor tells.
    pub ends_at: Option<String>,
    /// Whether a person has to sign in again.
    pub ended: bool,
}

/// The passphrase of the file of secrets, where there is no keychain.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Passphrase {
    /// Twelve letters or more. Kept nowhere.
    pub passphrase: String,
}

/// A new BigQuery key.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BigQueryKey {
    /// Project id.
    pub project: String,
    /// Dataset.
    pub dataset: String,
    /// Location, such as `US`.
    pub location: String,
    /// The service-account key as JSON text. Stored in the keychain alone.
    pub key: String,
}

/// Names a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConnectionName {
    /// Name of a source, or `warehouse`.
    pub name: String,
}

/// What became of a connection that was removed from this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Removed {
    /// Whether the vendor has shown that it took the access back.
    pub withdrawn: bool,
    /// What is left to do at the vendor, in words; none where nothing is.
    pub left: Option<String>,
}
