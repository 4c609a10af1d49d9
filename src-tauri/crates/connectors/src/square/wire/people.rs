//! Locations, customers, stock, team and the account itself on the wire.

use super::scalar::{Code, Quantity, Time};
use serde::Deserialize;

/// `Location`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Location {
    pub id: Option<String>,
    pub name: Option<String>,
    pub timezone: Option<String>,
    pub status: Option<String>,
    pub currency: Option<Code>,
    pub created_at: Option<Time>,
}

/// `Customer`. Shown by nothing: it is a person.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Customer {
    pub id: Option<String>,
    pub created_at: Option<Time>,
    pub updated_at: Option<Time>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub email_address: Option<String>,
    pub phone_number: Option<String>,
}

/// `InventoryCount`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct InventoryCount {
    pub catalog_object_id: Option<String>,
    pub location_id: Option<String>,
    pub state: Option<String>,
    pub quantity: Option<Quantity>,
    pub calculated_at: Option<Time>,
}

/// `TeamMember`. Shown by nothing: it is a person.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TeamMember {
    pub id: Option<String>,
    pub status: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub created_at: Option<Time>,
    pub updated_at: Option<Time>,
}

/// `Merchant`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Merchant {
    pub id: Option<String>,
    pub business_name: Option<String>,
}

/// The reply of `/oauth2/token/status`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TokenStatus {
    pub scopes: Option<Vec<String>>,
    pub expires_at: Option<Time>,
    pub merchant_id: Option<String>,
}
