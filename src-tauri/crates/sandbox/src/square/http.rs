//! Which path leads where, and who may go there.

use super::Shared;
use super::account::Account;
use super::error::Refused;
use crate::wire::{FaultKind, Reply, Request, Service, read};
use backroom_core::Clock;
use serde_json::{Value, json};

/// The permission that an endpoint needs.
fn scope(path: &str) -> Option<&'static str> {
    Some(match path {
        "/v2/payments" | "/v2/refunds" => "PAYMENTS_READ",
        "/v2/orders/search" => "ORDERS_READ",
        "/v2/catalog/list" | "/v2/catalog/search" => "ITEMS_READ",
        "/v2/customers" | "/v2/customers/search" => "CUSTOMERS_READ",
        "/v2/inventory/counts/batch-retrieve" => "INVENTORY_READ",
        "/v2/team-members/search" => "EMPLOYEES_READ",
        "/v2/locations" | "/v2/merchants/me" => "MERCHANT_PROFILE_READ",
        _ => return None,
    })
}

impl Account {
    fn admit_caller(&self, request: &Request) -> Result<(), Refused> {
        let token = request.header("authorization").and_then(|v| v.strip_prefix("Bearer "));
        if token != Some(self.token.as_str()) {
            let detail = "This request could not be authorized.";
            return Err(Refused::new(401, "AUTHENTICATION_ERROR", "UNAUTHORIZED", detail));
        }
        match scope(&request.path) {
            Some(needed) if !self.scopes.iter().any(|own| own == needed) => Err(missing_scope(needed)),
            _ => Ok(()),
        }
    }

    fn route(&self, request: &Request, now: i64) -> Result<Reply, Refused> {
        self.admit_caller(request)?;
        let body = || -> Result<Value, Refused> {
            if request.body.is_empty() {
                return Ok(json!({}));
            }
            serde_json::from_slice::<Value>(&request.body).ok().filter(Value::is_object).ok_or_else(|| {
                Refused::new(400, "INVALID_REQUEST_ERROR", "EXPECTED_JSON_BODY", "The body is not JSON.")
            })
        };
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/v2/payments") => self.list_payments(request, now),
            ("GET", "/v2/refunds") => self.list_refunds(request, now),
            ("GET", "/v2/locations") => self.list_locations(request),
            ("GET", "/v2/customers") => self.list_customers(request, now),
            ("GET", "/v2/catalog/list") => self.list_catalog(request, now),
            ("GET", "/v2/merchants/me") => Ok(self.merchant()),
            ("POST", "/v2/customers/search") => self.search_customers(request, &body()?, now),
            ("POST", "/v2/catalog/search") => self.search_catalog(request, &body()?, now),
            ("POST", "/v2/orders/search") => self.search_orders(request, &body()?, now),
            ("POST", "/v2/inventory/counts/batch-retrieve") => self.retrieve_counts(request, &body()?, now),
            ("POST", "/v2/team-members/search") => self.search_team(request, &body()?, now),
            ("POST", "/oauth2/token/status") => Ok(self.token_status(now)),
            _ => Err(Refused::new(404, "INVALID_REQUEST_ERROR", "NOT_FOUND", "Resource not found.")),
        }
    }
}

fn missing_scope(needed: &str) -> Refused {
    let detail = format!("The merchant has not given your application sufficient permissions: {needed} is missing.");
    Refused::new(403, "AUTHENTICATION_ERROR", "INSUFFICIENT_SCOPES", detail)
}

impl Service for Shared {
    fn answer(&self, request: &Request) -> Reply {
        let now = self.now();
        let account = read(&self.account);
        if let Some(reply) = self.desk.answer(request, &account.merchant_id(), now) {
            return reply;
        }
        let known = self.desk.admitted(request, &account.token, now);
        account.route(known.as_ref().unwrap_or(request), now).unwrap_or_else(|refused| refused.reply())
    }

    fn control(&self, command: &str, body: &[u8]) -> Reply {
        match self.command(command, body) {
            Ok(value) => Reply::value(200, &value),
            Err(error) => Reply::value(400, &json!({"error": error.to_string()})),
        }
    }

    fn refusal(&self, fault: &FaultKind) -> Reply {
        let refused = match fault {
            FaultKind::RateLimited { .. } => {
                Refused::new(429, "RATE_LIMIT_ERROR", "RATE_LIMITED", "Too many requests: slow down.")
            }
            FaultKind::InvalidCursor => Refused::cursor(),
            FaultKind::TokenExpired => {
                Refused::new(401, "AUTHENTICATION_ERROR", "ACCESS_TOKEN_EXPIRED", "The access token has expired.")
            }
            FaultKind::TokenRevoked => {
                Refused::new(401, "AUTHENTICATION_ERROR", "ACCESS_TOKEN_REVOKED", "The access token has been revoked.")
            }
            FaultKind::MissingScope => missing_scope("a scope"),
            FaultKind::Status { status: 503 } => {
                Refused::new(503, "API_ERROR", "SERVICE_UNAVAILABLE", "Square is unavailable.")
            }
            FaultKind::Status { status } => {
                Refused::new(*status, "API_ERROR", "INTERNAL_SERVER_ERROR", "An internal error has occurred.")
            }
            _ => Refused::new(500, "API_ERROR", "INTERNAL_SERVER_ERROR", "An internal error has occurred."),
        };
        let reply = refused.reply();
        match fault {
            FaultKind::RateLimited { retry_after: Some(seconds) } => reply.with("Retry-After", seconds.to_string()),
            _ => reply,
        }
    }

    fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }
}
