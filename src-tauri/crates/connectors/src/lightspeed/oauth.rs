//! How Lightspeed R-Series grants access (wire notes 2.1): PKCE, the registered way back, refresh tokens that rotate.

use super::LIGHTSPEED_URL;
use backroom_core::{Fault, FaultClass};
use backroom_http::oauth::{Provider, Revocation};

/// Where people sign in to Lightspeed Retail.
const SIGN_IN_URL: &str = "https://cloud.lightspeedapp.com";

/// How long a refresh token lasts that nobody uses.
const UNUSED_SECONDS: i64 = 30 * 86_400;

/// What is asked for: reading alone, and what goods cost.
pub const LIGHTSPEED_SCOPES: [&str; 5] = [
    "employee:register_read",
    "employee:inventory_read",
    "employee:customers_read",
    "employee:categories",
    "employee:product_cost",
];

/// Lightspeed's sign-in for the application `client_id`; `base_url` is the address of its API.
///
/// # Errors
/// `Config` where the address is none.
pub fn provider(base_url: &str, client_id: &str) -> Result<Provider, Fault> {
    let base = base_url.trim_end_matches('/');
    // The vendor's sign-in has a host of its own; a stand-in has one for everything.
    let base = if base == LIGHTSPEED_URL { SIGN_IN_URL } else { base };
    let at = |path: &str| {
        format!("{base}{path}")
            .parse()
            .map_err(|_| Fault::new(FaultClass::Config, "LIGHTSPEED_ADDRESS", "The address of Lightspeed is not one."))
    };
    Ok(Provider {
        name: "Lightspeed",
        authorize: at("/auth/oauth/authorize")?,
        token: at("/auth/oauth/token")?,
        scopes: LIGHTSPEED_SCOPES.iter().map(|s| (*s).to_owned()).collect(),
        client_id: client_id.to_owned(),
        client_secret: None,
        extra: Vec::new(),
        sends_redirect: false,
        revocation: Revocation::RefreshToken(at("/auth/oauth/revoke")?),
        refresh_seconds: Some(UNUSED_SECONDS),
    })
}
