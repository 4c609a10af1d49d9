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
