//! Opening a vendor's page in the person's own browser: of a receipt, or to sign in. Our page names a payment or a point of sale,
//! never an address.

use crate::engine::ApiError;
use serde_json::Value;
use tauri::Url;

/// Sites whose pages may be opened, with their subdomains.
const SITES: [&str; 3] = ["squareup.com", "squareupsandbox.com", "lightspeedapp.com"];

/// Opens the page of a receipt as the engine tells it.
pub fn receipt_page(receipt: &Value) -> Result<Value, ApiError> {
    let Some(url) = receipt["payment"]["receipt_url"].as_str().and_then(allowed) else {
        return Err(failed("This receipt has no page at the vendor.", "Look it up in the vendor's own dashboard."));
    };
    open::that_detached(url.as_str()).map_err(|error| {
        failed(&format!("The browser could not be opened: {error}."), "Copy the address and open it yourself.")
    })?;
    Ok(Value::Null)
}

/// Opens the page on which a person signs in, as the engine tells it; in the demonstration nowhere but on this computer. A browser
/// that does not open is no failure: the screen shows the address as well.
pub fn sign_in_page(told: &Value, demo: bool) {
    let Some(url) = told["address"].as_str().and_then(|text| allowed_to_sign_in(text, demo)) else {
        tracing::warn!("The address of a sign-in is none that may be opened.");
        return;
    };
    if let Err(error) = open::that_detached(url.as_str()) {
        tracing::warn!(%error, "The browser could not be opened.");
    }
}

fn failed(message: &str, hint: &str) -> ApiError {
    let code = "RECEIPT_PAGE".to_owned();
    ApiError { code, message: message.to_owned(), hint: hint.to_owned(), retryable: false, role: None }
}

/// The address, where it is an encrypted one of a vendor's own site. It comes from the vendor's replies and so from outside.
fn allowed(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain =
        url.scheme() == "https" && url.port().is_none() && url.username().is_empty() && url.password().is_none();
    let host = url.host_str()?;
    let ours = |site: &&str| host == *site || host.strip_suffix(*site).is_some_and(|rest| rest.ends_with('.'));
    (plain && SITES.iter().any(ours)).then_some(url)
}

/// The address, where it is a vendor's own, or on this computer as that of a stand-in.
fn allowed_to_sign_in(text: &str, demo: bool) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let here = matches!(url.host_str()?, "127.0.0.1" | "[::1]" | "localhost");
    let named = url.username().is_empty() && url.password().is_none();
    if here && named && url.scheme() == "http" { Some(url) } else { allowed(text).filter(|_| !demo) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_sign_in_opens_at_a_vendor_or_on_this_computer() {
        let table = [
            ("https://connect.squareup.com/oauth2/authorize?client_id=a", true, false),
            ("https://connect.squareupsandbox.com/oauth2/authorize", true, false),
            ("https://cloud.lightspeedapp.com/auth/oauth/authorize?state=a", true, false),
            ("http://127.0.0.1:4010/oauth2/authorize?state=a", true, true),
            ("http://localhost:4010/oauth2/authorize", true, true),
            ("http://[::1]:4010/oauth2/authorize", true, true),
            ("https://127.0.0.1:4010/oauth2/authorize", false, false),
            ("http://connect.squareup.com/oauth2/authorize", false, false),
            ("http://127.0.0.1.example.com/", false, false),
            ("http://user@127.0.0.1:4010/", false, false),
            ("http://192.0.2.7/", false, false),
            ("https://lightspeedapp.com.example.com/", false, false),
            ("https://example.com/?lightspeedapp.com", false, false),
            ("file:///etc/passwd", false, false),
            ("backroom://connected?code=a", false, false),
            ("javascript:alert(1)", false, false),
            ("--version", false, false),
        ];
        for (text, opens, in_demo) in table {
            assert_eq!(allowed_to_sign_in(text, false).is_some(), opens, "{text}");
            assert_eq!(allowed_to_sign_in(text, true).is_some(), in_demo, "{text} in the demonstration");
        }
    }

    #[test]
    fn only_a_vendors_own_pages_are_opened() {
        let table = [
            ("https://squareup.com/receipt/preview/abc", true),
            ("https://app.squareup.com/receipt/abc", true),
            ("https://squareupsandbox.com/receipt/preview/abc", true),
            ("https://SQUAREUP.com/receipt", true),
            ("http://squareup.com/receipt", false),
            ("https://squareup.com:8443/receipt", false),
            ("https://squareup.com@example.com/", false),
            ("https://user:word@squareup.com/", false),
            ("https://squareup.com.example.com/", false),
            ("https://notsquareup.com/", false),
            ("https://example.com/?squareup.com", false),
            ("https://example.com/#.squareup.com", false),
            ("file:///etc/passwd", false),
            ("javascript:alert(1)//squareup.com", false),
            ("data:text/html,squareup.com", false),
            ("squareup.com/receipt", false),
            ("//squareup.com/receipt", false),
            ("https://", false),
            ("--version", false),
            ("", false),
        ];
        for (text, opens) in table {
            assert_eq!(allowed(text).is_some(), opens, "{text}");
        }
        for receipt in [json!({}), json!({"payment": {"receipt_url": null}}), json!({"payment": {"receipt_url": "x"}})]
        {
            assert_eq!(receipt_page(&receipt).unwrap_err().code, "RECEIPT_PAGE", "{receipt}");
        }
    }
}
