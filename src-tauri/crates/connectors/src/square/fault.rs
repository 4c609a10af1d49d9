//! What Square's refusals mean, for the program and for the person.

use super::wire::{ApiError, ErrorBody};
use backroom_core::source::Entity;
use backroom_core::{Clock, Fault, FaultClass, SystemClock};
use backroom_http::Reply;
use std::time::Duration;

const SAFE: &str = "Nothing is lost. Backroom tries again by itself.";
const RECONNECT: &str = "Open Connections, press Replace beside Square and paste a new access token.";

/// The permission that reading `entity` takes, in Square's word.
pub(crate) fn permission(entity: Entity) -> &'static str {
    match entity {
        Entity::Locations => "MERCHANT_PROFILE_READ",
        Entity::Payments | Entity::Refunds => "PAYMENTS_READ",
        Entity::Orders => "ORDERS_READ",
        Entity::Catalog => "ITEMS_READ",
        Entity::Customers => "CUSTOMERS_READ",
        Entity::Inventory => "INVENTORY_READ",
        Entity::Team => "EMPLOYEES_READ",
    }
}

/// A body that ended before its JSON did.
pub(crate) fn cut() -> Fault {
    Fault::new(FaultClass::Transient, "SQUARE_REPLY_CUT", "Square's answer broke off in the middle.").with_hint(SAFE)
}

/// A body that is not the JSON promised.
pub(crate) fn not_json() -> Fault {
    Fault::new(FaultClass::Protocol, "SQUARE_NOT_JSON", "Square's answer could not be read; nothing was stored.")
        .with_hint("Check whether this network asks for a sign-in page (guest Wi-Fi), then sync again.")
}

/// Sorts a reply that is not a success, or that is a web page.
pub(crate) fn of_reply(reply: &Reply, entity: Option<Entity>) -> Fault {
    let after = reply.retry_after(SystemClock.now());
    let errors = match serde_json::from_slice::<ErrorBody>(&reply.body) {
        Ok(body) => body.errors.unwrap_or_default(),
        Err(_) if reply.is_html() && reply.status < 500 && !matches!(reply.status, 408 | 429) => {
            return Fault::new(
                FaultClass::Protocol,
                "SQUARE_WEB_PAGE",
                "A web page came in place of Square's answer; nothing was stored.",
            )
            .with_hint("Check whether this network asks for a sign-in page (guest Wi-Fi), then sync again.");
        }
        Err(_) => Vec::new(),
    };
    of_errors(reply.status, &errors, entity, after)
}

/// Sorts Square's `errors` by their codes first and the status second.
pub(crate) fn of_errors(status: u16, errors: &[ApiError], entity: Option<Entity>, after: Option<Duration>) -> Fault {
    let has = |code| errors.iter().any(|e| e.code.as_deref() == Some(code));
    let about_cursor = || errors.iter().any(|e| e.field.as_deref() == Some("cursor"));
    if has("ACCESS_TOKEN_REVOKED") {
        return Fault::new(
            FaultClass::Unauthorized,
            "SQUARE_TOKEN_REVOKED",
            "The access to Square was withdrawn. Everything pulled so far is safe.",
        )
        .with_hint(RECONNECT);
    }
    if has("ACCESS_TOKEN_EXPIRED") {
        return Fault::new(
            FaultClass::Unauthorized,
            "SQUARE_TOKEN_EXPIRED",
            "The access to Square has run out. Everything pulled so far is safe.",
        )
        .with_hint(RECONNECT);
    }
    if status == 401 || has("UNAUTHORIZED") {
        return Fault::new(
            FaultClass::Unauthorized,
            "SQUARE_TOKEN_WRONG",
            "Square does not accept the access token. Everything pulled so far is safe.",
        )
        .with_hint(RECONNECT);
    }
    if status == 403 || has("INSUFFICIENT_SCOPES") {
        return forbidden(entity, has("INSUFFICIENT_SCOPES"));
    }
    if status == 429 || has("RATE_LIMITED") {
        return Fault::new(
            FaultClass::Throttled { after },
            "SQUARE_BUSY",
            "Square asks us to slow down. The sync goes on by itself.",
        );
    }
    const ILL: [&str; 3] = ["INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "GATEWAY_TIMEOUT"];
    if status >= 500 || status == 408 || ILL.into_iter().any(has) {
        // An ill server that names a time is to be left alone until then, as one that is asked too often.
        let class = if after.is_some() { FaultClass::Throttled { after } } else { FaultClass::Transient };
        return Fault::new(class, "SQUARE_ILL", format!("Square has trouble at the moment (status {status})."))
            .with_hint(SAFE);
    }
    if has("INVALID_CURSOR") || (status == 400 && about_cursor()) {
        return Fault::new(
            FaultClass::StaleCursor,
            "SQUARE_CURSOR_STALE",
            "Square no longer knows where we stopped; this part is read again from its start.",
        );
    }
    if status == 404 {
        return Fault::new(FaultClass::NotFound, "SQUARE_NOT_FOUND", "Square does not know what was asked for.")
            .with_hint("Check the address in Connections → Square.");
    }
    let detail = errors.iter().find_map(shortened).unwrap_or_else(|| format!("status {status}"));
    let what = entity.map_or("the account", Entity::name);
    Fault::new(FaultClass::Rejected, "SQUARE_REJECTED", format!("Square refused the question about {what}: {detail}."))
        .with_hint("Update Backroom; if it is up to date, send a report.")
}

fn forbidden(entity: Option<Entity>, scopes: bool) -> Fault {
    let what = entity.map_or("the account", Entity::name);
    let needed = entity.map_or("MERCHANT_PROFILE_READ", permission);
    if scopes {
        Fault::new(
            FaultClass::Forbidden,
            "SQUARE_SCOPE_MISSING",
            format!("The access token may not read {what}: the permission {needed} is missing. The rest goes on."),
        )
        .with_hint(format!("Give the token the permission {needed} at Square, then press Test in Connections."))
    } else {
        Fault::new(FaultClass::Forbidden, "SQUARE_FORBIDDEN", format!("Square does not let us read {what}."))
            .with_hint("Ask the owner of the Square account to allow it, then press Test in Connections.")
    }
}

/// Square's own words, on one line and short.
fn shortened(error: &ApiError) -> Option<String> {
    let text = error.detail.as_deref().or(error.code.as_deref())?;
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(160).collect();
    let field = error.field.as_deref().unwrap_or("");
    let field: String =
        field.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')).take(60).collect();
    let line = line.trim_end_matches(['.', ' ']);
    Some(if field.is_empty() { line.to_owned() } else { format!("{line} ({field})") })
}
