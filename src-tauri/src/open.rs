//! Opening a receipt's page at the vendor in the person's own browser. The page of ours names a payment, never an address.

use crate::engine::ApiError;
use serde_json::Value;
use tauri::Url;

/// Sites whose pages may be opened, with their subdomains.
const SITES: [&str; 2] = ["squareup.com", "squareupsandbox.com"];

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

fn failed(message: &str, hint: &str) -> ApiError {
    let code = "RECEIPT_PAGE".to_owned();
    ApiError { code, message: message.to_owned(), hint: hint.to_owned(), retryable: false }
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
