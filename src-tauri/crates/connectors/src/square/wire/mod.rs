//! Square's own shapes, as far as they are used. Every field may be absent or null; unknown fields are passed over.
//!
//! Values that end up as something other than text (times, amounts, quantities) are turned while the body is read,
//! so a page is walked once and nothing is copied twice.

mod catalog;
mod people;
mod sale;
mod scalar;

pub(crate) use catalog::{CatalogObject, ItemData};
pub(crate) use people::{Customer, InventoryCount, Location, Merchant, TeamMember, TokenStatus};
pub(crate) use sale::{Order, OrderLine, OrderReturn, Payment, Refund, ReturnLine, Tender};
pub(crate) use scalar::{Cash, Quantity, Time};

use serde::Deserialize;

/// One entry of `errors`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct ApiError {
    #[serde(default)]
    pub code: Option<String>,
    #[serde(default)]
    pub detail: Option<String>,
    #[serde(default)]
    pub field: Option<String>,
}

/// A body that holds only errors.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ErrorBody {
    #[serde(default)]
    pub errors: Option<Vec<ApiError>>,
}

/// A page of any list: the list has another name at each endpoint.
#[derive(Debug, Deserialize)]
pub(crate) struct List<T> {
    #[serde(
        default = "none",
        alias = "payments",
        alias = "refunds",
        alias = "orders",
        alias = "objects",
        alias = "customers",
        alias = "locations",
        alias = "counts",
        alias = "team_members"
    )]
    pub rows: Option<Vec<T>>,
    #[serde(default = "none")]
    pub related_objects: Option<Vec<T>>,
    #[serde(default)]
    pub cursor: Option<String>,
    #[serde(default)]
    pub latest_time: Option<Time>,
    #[serde(default)]
    pub errors: Option<Vec<ApiError>>,
}

// A named default keeps `T: Default` out of the derived bounds.
fn none<T>() -> Option<T> {
    None
}

/// The reply of `/v2/merchants/me`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct MerchantBody {
    #[serde(default)]
    pub merchant: Option<Merchant>,
}
