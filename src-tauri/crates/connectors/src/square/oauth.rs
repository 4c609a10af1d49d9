//! How Square grants access (wire notes 1.2): PKCE without a secret, refresh tokens used once.

use super::SQUARE_URL;
use backroom_core::{Fault, FaultClass};
use backroom_http::oauth::{Provider, Revocation};

/// What is asked for: reading alone.
pub const SQUARE_SCOPES: [&str; 7] = [
    "MERCHANT_PROFILE_READ",
    "PAYMENTS_READ",
    "ORDERS_READ",
    "ITEMS_READ",
    "INVENTORY_READ",
    "CUSTOMERS_READ",
    "EMPLOYEES_READ",
];

/// Square's sign-in for the application `client_id`, at the address of its API.
///
/// # Errors
/// `Config` where the address is none.
pub fn provider(base_url: &str, client_id: &str) -> Result<Provider, Fault> {
    let at = |path: &str| {
        format!("{}{path}", base_url.trim_end_matches('/'))
            .parse()
            .map_err(|_| Fault::new(FaultClass::Config, "SQUARE_ADDRESS", "The address of Square is not one."))
    };
    Ok(Provider {
        name: "Square",
        authorize: at("/oauth2/authorize")?,
        token: at("/oauth2/token")?,
        scopes: SQUARE_SCOPES.iter().map(|s| (*s).to_owned()).collect(),
        client_id: client_id.to_owned(),
        client_secret: None,
        // Square's production page signs the person in anew, so that nobody connects the shop of whoever sat there before.
        extra: if base_url == SQUARE_URL { vec![("session", "false")] } else { Vec::new() },
        sends_redirect: true,
        revocation: Revocation::BySecret(at("/oauth2/revoke")?),
        refresh_seconds: None,
    })
}
