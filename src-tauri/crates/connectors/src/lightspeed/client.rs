//! Which call an `Ask` becomes.
//!
//! Invariant: a page's address comes from us or, followed as it is, from the same scheme, host and port that we ask: a cursor
//! elsewhere would carry the access token away.

use super::{LightspeedSettings, fault};
use backroom_core::source::{Ask, Entity, Span};
use backroom_core::{Fault, Timestamp};
use backroom_http::Request;
use url::Url;

/// What a cursor begins with on the first and the second walk of an entity that takes two: changed sales are walked by `timeStamp` and
/// then by `updatetime`, a catalog has its items and then its categories.
const FIRST_WALK: &str = "first ";
const SECOND_WALK: &str = "second ";

/// The name of the list that answers `ask`, and of its file in the address.
pub(super) fn file(ask: &Ask) -> Option<&'static str> {
    if is_categories(ask) { Some("Category") } else { list(ask.entity) }
}

/// Whether the categories of a catalog are asked for.
pub(super) fn is_categories(ask: &Ask) -> bool {
    ask.entity == Entity::Catalog && split(ask.cursor.as_deref()).0 == SECOND_WALK
}

/// The list of an entity.
pub(super) fn list(entity: Entity) -> Option<&'static str> {
    match entity {
        Entity::Locations => Some("Shop"),
        Entity::Orders => Some("Sale"),
        Entity::Catalog => Some("Item"),
        Entity::Inventory => Some("ItemShop"),
        Entity::Customers => Some("Customer"),
        Entity::Team => Some("Employee"),
        Entity::Payments | Entity::Refunds => None,
    }
}

/// An address below the account.
pub(super) fn at(base: &Url, settings: &LightspeedSettings, file: &str) -> Url {
    let mut url = base.clone();
    let root = base.path().trim_end_matches('/');
    url.set_path(&format!("{root}/API/V3/Account/{}/{file}.json", settings.account_id));
    url
}

/// A call with the headers every call carries: the header decides the format, whatever the address ends with.
pub(super) fn dressed(request: Request) -> Request {
    request.header("accept", "application/json")
}

/// The call for `ask`.
///
/// # Errors
/// `Config` for an ask that Lightspeed has no call for, `Protocol` for a cursor that leads elsewhere.
pub(super) fn request(base: &Url, settings: &LightspeedSettings, ask: &Ask) -> Result<Request, Fault> {
    let (walk, cursor) = split(ask.cursor.as_deref());
    if let Some(next) = cursor {
        return Ok(dressed(Request::get(follow(base, next)?)));
    }
    let Some(file) = file(ask) else { return Err(fault::no_call(ask.entity)) };
    let request = Request::get(at(base, settings, file)).query("limit", "100");
    let request = match ask.entity {
        Entity::Orders => {
            let request = request.query("load_relations", r#"["SaleLines","SalePayments"]"#);
            match ask.span {
                // An open sale is archived when it is given up: both are told.
                Span::Created { from, to } => {
                    request.query("archived", "true").query("sort", "-timeStamp").query("timeStamp", &between(from, to))
                }
                Span::Updated { since, .. } => {
                    let field = if walk == SECOND_WALK { "updatetime" } else { "timeStamp" };
                    request.query("archived", "true").query("sort", field).query(field, &since_text(since))
                }
                Span::All => return Err(fault::no_call(ask.entity)),
            }
        }
        // All of them: an item's time does not move with the name of its category, and there are few.
        Entity::Catalog if is_categories(ask) => request,
        Entity::Catalog => {
            changes(request.query("load_relations", r#"["Category","ItemShops"]"#).query("archived", "true"), ask)
        }
        Entity::Customers => changes(request.query("load_relations", r#"["Contact"]"#).query("archived", "true"), ask),
        Entity::Inventory => changes(request, ask),
        Entity::Locations | Entity::Team => request.query("archived", "true"),
        Entity::Payments | Entity::Refunds => return Err(fault::no_call(ask.entity)),
    };
    Ok(dressed(request))
}

fn changes(request: Request, ask: &Ask) -> Request {
    let request = request.query("sort", "timeStamp");
    match ask.span {
        Span::Updated { since, .. } => request.query("timeStamp", &since_text(since)),
        Span::All | Span::Created { .. } => request,
    }
}

/// Lightspeed counts whole seconds.
fn whole_seconds(at: Timestamp) -> String {
    Timestamp::from_seconds(at.micros().div_euclid(1_000_000)).to_rfc3339().replace(".000Z", "+00:00")
}

fn since_text(since: Timestamp) -> String {
    format!(">=,{}", whole_seconds(since))
}

fn between(from: Timestamp, to: Timestamp) -> String {
    format!("><,{},{}", whole_seconds(from), whole_seconds(to))
}

fn split(cursor: Option<&str>) -> (&'static str, Option<&str>) {
    let Some(cursor) = cursor else { return (FIRST_WALK, None) };
    for walk in [FIRST_WALK, SECOND_WALK] {
        if let Some(rest) = cursor.strip_prefix(walk) {
            return (walk, (!rest.is_empty()).then_some(rest));
        }
    }
    (FIRST_WALK, Some(cursor))
}

/// The cursor after a page whose `next` is this. Changed sales are walked twice: a sale that is voided later may keep its
/// `timeStamp` and move only its `updatetime`. Categories follow the items.
pub(super) fn next(ask: &Ask, next: Option<String>) -> Option<String> {
    let (walk, _) = split(ask.cursor.as_deref());
    let twice = match ask.entity {
        Entity::Orders => matches!(ask.span, Span::Updated { .. }),
        Entity::Catalog => true,
        _ => false,
    };
    match next {
        Some(url) => Some(format!("{walk}{url}")),
        None if twice && walk == FIRST_WALK => Some(SECOND_WALK.to_owned()),
        None => None,
    }
}

/// The address of the next page, where it is on the host we ask.
pub(super) fn follow(base: &Url, next: &str) -> Result<Url, Fault> {
    let url = Url::parse(next).map_err(|_| fault::foreign_next())?;
    let same = url.scheme() == base.scheme()
        && url.host() == base.host()
        && url.port_or_known_default() == base.port_or_known_default()
        && url.username().is_empty()
        && url.password().is_none()
        && url.path().starts_with(base.path().trim_end_matches('/'));
    if same { Ok(url) } else { Err(fault::foreign_next()) }
}
