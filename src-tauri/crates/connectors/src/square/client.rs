//! Which call an `Ask` becomes.

use super::{SQUARE_VERSION, SquareSettings};
use backroom_core::source::{Ask, Entity, Span};
use backroom_core::{Fault, FaultClass, Timestamp};
use backroom_http::Request;
use serde_json::{Value, json};
use url::Url;

/// The base address with `path` after it.
pub(super) fn at(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

/// A call with the headers every call carries.
pub(super) fn dressed(request: Request) -> Request {
    request.header("square-version", SQUARE_VERSION).header("accept", "application/json")
}

/// The call for `ask`.
///
/// # Errors
/// `Config` for an ask that Square has no call for.
pub(super) fn request(base: &Url, settings: &SquareSettings, ask: &Ask) -> Result<Request, Fault> {
    let request = match ask.entity {
        Entity::Payments => list_sales(base, "/v2/payments", ask)?,
        Entity::Refunds => list_sales(base, "/v2/refunds", ask)?,
        Entity::Orders => search_orders(base, settings, ask)?,
        Entity::Catalog => match ask.span {
            Span::All => paged(Request::get(at(base, "/v2/catalog/list")).query("types", "ITEM,CATEGORY"), ask),
            Span::Updated { since, .. } => search_catalog(base, since, ask),
            Span::Created { .. } => return Err(no_call(ask)),
        },
        Entity::Customers => match ask.span {
            Span::All => paged(Request::get(at(base, "/v2/customers")).query("limit", "100"), ask),
            Span::Updated { since, .. } => {
                let filter = json!({"updated_at": {"start_at": since.to_rfc3339()}});
                search(base, "/v2/customers/search", json!({"limit": 100, "query": {"filter": filter}}), ask)
            }
            Span::Created { .. } => return Err(no_call(ask)),
        },
        Entity::Inventory => count_stock(base, ask)?,
        Entity::Locations => whole(ask, Request::get(at(base, "/v2/locations")))?,
        Entity::Team => whole(ask, search(base, "/v2/team-members/search", json!({"limit": 200}), ask))?,
    };
    Ok(dressed(request))
}

/// `GET /v2/payments` and `/v2/refunds`: always with a location and a first instant, because Square's own defaults
/// are the main location and the last year.
fn list_sales(base: &Url, path: &str, ask: &Ask) -> Result<Request, Fault> {
    let request = Request::get(at(base, path)).query("location_id", location(ask)?).query("limit", "100");
    let request = match ask.span {
        Span::Created { from, to } => request
            .query("begin_time", &from.to_rfc3339())
            .query("end_time", &to.to_rfc3339())
            .query("sort_field", "CREATED_AT")
            .query("sort_order", "DESC"),
        Span::Updated { since, history_from } => request
            .query("begin_time", &history_from.to_rfc3339())
            .query("updated_at_begin_time", &since.to_rfc3339())
            .query("sort_field", "UPDATED_AT")
            .query("sort_order", "ASC"),
        Span::All => return Err(no_call(ask)),
    };
    Ok(paged(request, ask))
}

fn search_orders(base: &Url, settings: &SquareSettings, ask: &Ask) -> Result<Request, Fault> {
    let (field, range, order, rows) = match ask.span {
        Span::Created { from, to } => {
            let range = json!({"start_at": from.to_rfc3339(), "end_at": to.to_rfc3339()});
            ("created_at", range, "DESC", settings.order_page_rows)
        }
        // One call tells what three days changed, also in a busy shop; only one such page is in memory at a time.
        Span::Updated { since, .. } => {
            let range = json!({"start_at": since.to_rfc3339()});
            ("updated_at", range, "ASC", settings.order_page_rows.max(settings.order_change_rows))
        }
        Span::All => return Err(no_call(ask)),
    };
    let body = json!({
        "location_ids": [location(ask)?],
        "limit": rows.clamp(1, 1000),
        "return_entries": false,
        "query": {
            "filter": {
                "date_time_filter": {field: range},
                "state_filter": {"states": ["OPEN", "COMPLETED", "CANCELED", "DRAFT"]},
            },
            // Square refuses a sort by another field than the filtered one.
            "sort": {"sort_field": field.to_ascii_uppercase(), "sort_order": order},
        },
    });
    Ok(search(base, "/v2/orders/search", body, ask))
}

fn search_catalog(base: &Url, since: Timestamp, ask: &Ask) -> Request {
    // Square leaves out what changed at `begin_time` itself.
    let begin = Timestamp::from_micros(since.micros().saturating_sub(1_000));
    let body = json!({
        "object_types": ["ITEM", "ITEM_VARIATION", "CATEGORY"],
        "include_deleted_objects": true,
        // A variation that changed alone says nothing of its item's name.
        "include_related_objects": true,
        "begin_time": begin.to_rfc3339(),
        "limit": 1000,
    });
    search(base, "/v2/catalog/search", body, ask)
}

fn count_stock(base: &Url, ask: &Ask) -> Result<Request, Fault> {
    let mut body = json!({"states": ["IN_STOCK"], "limit": 1000});
    match ask.span {
        Span::All => {}
        Span::Updated { since, .. } => {
            let after = Timestamp::from_micros(since.micros().saturating_sub(1_000));
            put(&mut body, "updated_after", after.to_rfc3339());
        }
        Span::Created { .. } => return Err(no_call(ask)),
    }
    if let Some(location) = &ask.location {
        put(&mut body, "location_ids", json!([location]));
    }
    Ok(search(base, "/v2/inventory/counts/batch-retrieve", body, ask))
}

fn paged(request: Request, ask: &Ask) -> Request {
    match &ask.cursor {
        Some(cursor) => request.query("cursor", cursor),
        None => request,
    }
}

fn search(base: &Url, path: &str, mut body: Value, ask: &Ask) -> Request {
    if let Some(cursor) = &ask.cursor {
        put(&mut body, "cursor", cursor.as_str());
    }
    Request::post_json(at(base, path), body.to_string())
}

fn put(body: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(fields) = body.as_object_mut() {
        fields.insert(name.to_owned(), value.into());
    }
}

fn whole(ask: &Ask, request: Request) -> Result<Request, Fault> {
    if ask.span == Span::All { Ok(request) } else { Err(no_call(ask)) }
}

fn location(ask: &Ask) -> Result<&str, Fault> {
    ask.location.as_deref().ok_or_else(|| {
        let message = format!("Square's {} are asked for location by location.", ask.entity);
        Fault::new(FaultClass::Config, "SQUARE_LOCATION_NEEDED", message)
    })
}

fn no_call(ask: &Ask) -> Fault {
    let message = format!("Square has no call for {} in this span of time.", ask.entity);
    Fault::new(FaultClass::Config, "SQUARE_NO_SUCH_CALL", message)
}
