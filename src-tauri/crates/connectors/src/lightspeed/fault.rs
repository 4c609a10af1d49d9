//! What Lightspeed's refusals mean, in words for a person.

use backroom_core::source::Entity;
use backroom_core::{Clock, Fault, FaultClass, SystemClock};
use backroom_http::Reply;
use serde_json::Value;

const SAFE: &str = "Nothing is lost. The sync goes on by itself.";
const RECONNECT: &str = "Open Connections, press Replace beside Lightspeed and connect it again.";
const WIFI: &str = "Check whether this network asks for a sign-in page (guest Wi-Fi), then sync again.";

/// The scope that reading `entity` takes, in Lightspeed's word.
pub(crate) const fn scope(entity: Entity) -> &'static str {
    match entity {
        Entity::Locations | Entity::Payments | Entity::Refunds | Entity::Orders | Entity::Team => {
            "employee:register_read"
        }
        Entity::Catalog | Entity::Inventory => "employee:inventory_read",
        Entity::Customers => "employee:customers_read",
    }
}

/// An ask that has no call.
pub(crate) fn no_call(entity: Entity) -> Fault {
    Fault::new(FaultClass::Config, "LIGHTSPEED_NO_CALL", format!("Lightspeed has no list of {entity} of this kind."))
}

/// A page that leads to another host.
pub(crate) fn foreign_next() -> Fault {
    Fault::new(
        FaultClass::Protocol,
        "LIGHTSPEED_FOREIGN_PAGE",
        "Lightspeed's answer led to another address for the rest; it was not followed, and nothing of this part was stored.",
    )
    .with_hint("Check the address in Connections → Lightspeed and this network; then sync again.")
}

/// A list that leads back to a page of its own.
pub(crate) fn endless(list: &str) -> Fault {
    let message =
        format!("Lightspeed's list {list} never ends: the same page came again. Nothing of this part was stored.");
    Fault::new(FaultClass::Protocol, "PAGES_WITHOUT_END", message).with_hint(SAFE)
}

/// A body that ended before its JSON did.
pub(crate) fn cut() -> Fault {
    Fault::new(FaultClass::Transient, "LIGHTSPEED_REPLY_CUT", "Lightspeed's answer broke off in the middle.")
        .with_hint(SAFE)
}

/// A body that is not the JSON promised.
pub(crate) fn not_json() -> Fault {
    Fault::new(
        FaultClass::Protocol,
        "LIGHTSPEED_NOT_JSON",
        "Lightspeed's answer could not be read; nothing was stored.",
    )
    .with_hint(WIFI)
}

/// An account of the other product line.
pub(crate) fn x_series() -> Fault {
    Fault::new(
        FaultClass::Config,
        "LIGHTSPEED_X_SERIES",
        "This is a Lightspeed Retail X-Series account (formerly Vend). Backroom reads R-Series accounts so far; nothing was changed.",
    )
    .with_hint("If the shop also has an R-Series account, use its number: six digits or so, from Settings → Account.")
}

/// An account that is not one of those that the sign-in belongs to.
pub(crate) fn foreign_account(account: &str) -> Fault {
    Fault::new(
        FaultClass::Config,
        "LIGHTSPEED_ACCOUNT_FOREIGN",
        format!("This sign-in does not belong to the Lightspeed account {account}; nothing was read."),
    )
    .with_hint("Leave the account empty to take the one the sign-in belongs to, or sign in to the other one.")
}

/// Records that came without what belongs to them, though it was asked for.
pub(crate) fn relation_missing(entity: Entity, relation: &str) -> Fault {
    Fault::new(
        FaultClass::Protocol,
        "LIGHTSPEED_RELATION_MISSING",
        format!("Lightspeed's answer about {entity} came without {relation}; nothing of this part was stored, and what is here stays."),
    )
    .with_hint("The next sync asks again. If it stays for a day, update Backroom or send a report.")
}

/// Records of which not one says in a field what belongs there.
pub(crate) fn unreadable(entity: Entity, field: &str) -> Fault {
    Fault::new(
        FaultClass::Protocol,
        "LIGHTSPEED_UNREADABLE",
        format!("Nothing in Lightspeed's answer about {entity} can be read as {field}; nothing of this part was stored, and what is here stays."),
    )
    .with_hint("The next sync asks again. If it stays for a day, update Backroom or send a report.")
}

/// An account number that cannot be one.
pub(crate) fn bad_account() -> Fault {
    Fault::new(
        FaultClass::Config,
        "LIGHTSPEED_ACCOUNT_WRONG",
        "A Lightspeed R-Series account is a number such as 123456.",
    )
    .with_hint("Leave the account empty to take the one the sign-in belongs to, or copy its number from Lightspeed.")
}

/// Sorts a reply that is not a success, or that is a web page. Lightspeed sends errors as JSON under the name of a web page.
pub(crate) fn of_reply(reply: &Reply, entity: Option<Entity>) -> Fault {
    let after = reply.retry_after(SystemClock.now());
    let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let said = |name: &str| {
        let text = body.as_ref()?.get(name)?;
        text.as_str().map(str::to_owned)
    };
    let message = said("message").or_else(|| said("error_description")).or_else(|| said("error")).unwrap_or_default();
    let lower = message.to_ascii_lowercase();
    let what = entity.map_or("the account", Entity::name);
    match reply.status {
        // Lightspeed's own refusals are JSON; a page in their place is of a network that stands between.
        403 | 404 if reply.is_html() => web_page(),
        401 => unauthorized(&lower),
        403 => {
            let needed = entity.map_or("employee:register_read", scope);
            let message = format!(
                "The access may not read {what}: {needed} is missing, or the employee who gave it may not. The rest goes on."
            );
            Fault::new(FaultClass::Forbidden, "LIGHTSPEED_FORBIDDEN", message)
                .with_hint("Connect Lightspeed again as an employee who may see this, then press Test in Connections.")
        }
        429 => Fault::new(
            FaultClass::Throttled { after },
            "LIGHTSPEED_BUSY",
            "Lightspeed asks us to slow down. The sync goes on by itself.",
        ),
        404 => {
            Fault::new(FaultClass::NotFound, "LIGHTSPEED_NOT_FOUND", "Lightspeed does not know this account or list.")
                .with_hint("Check the account number in Connections → Lightspeed.")
        }
        408 | 500.. => {
            let class = if after.is_some() { FaultClass::Throttled { after } } else { FaultClass::Transient };
            let message = format!("Lightspeed has trouble at the moment (status {}).", reply.status);
            Fault::new(class, "LIGHTSPEED_ILL", message).with_hint(SAFE)
        }
        _ if reply.is_html() => web_page(),
        400 if lower.contains("cursor") || lower.contains("after") => Fault::new(
            FaultClass::StaleCursor,
            "LIGHTSPEED_CURSOR_STALE",
            "Lightspeed no longer knows where we stopped; this part is read again from its start.",
        ),
        status => {
            let detail = if message.is_empty() { format!("status {status}") } else { short(&message) };
            let message = format!("Lightspeed refused the question about {what}: {detail}.");
            Fault::new(FaultClass::Rejected, "LIGHTSPEED_REJECTED", message)
                .with_hint("Update Backroom; if it is up to date, send a report.")
        }
    }
}

fn web_page() -> Fault {
    Fault::new(
        FaultClass::Protocol,
        "LIGHTSPEED_WEB_PAGE",
        "A web page came in place of Lightspeed's answer; nothing was stored.",
    )
    .with_hint(WIFI)
}

fn unauthorized(words: &str) -> Fault {
    let (code, message) = if words.contains("revoked") {
        ("LIGHTSPEED_TOKEN_REVOKED", "The access to Lightspeed was withdrawn. Everything pulled so far is safe.")
    } else if words.contains("locked") || words.contains("employee") {
        (
            "LIGHTSPEED_EMPLOYEE_LOCKED",
            "The employee who connected Lightspeed is locked there, so the access is off. Everything pulled so far is safe.",
        )
    } else if words.contains("expired") || words.contains("could not be verified") {
        ("LIGHTSPEED_TOKEN_EXPIRED", "The access to Lightspeed has run out. Everything pulled so far is safe.")
    } else {
        ("LIGHTSPEED_TOKEN_WRONG", "Lightspeed does not accept the access. Everything pulled so far is safe.")
    };
    Fault::new(FaultClass::Unauthorized, code, message).with_hint(RECONNECT)
}

/// Lightspeed's own words, on one line and short.
fn short(message: &str) -> String {
    let line: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).take(160).collect();
    line.trim_end_matches(['.', ' ']).to_owned()
}
