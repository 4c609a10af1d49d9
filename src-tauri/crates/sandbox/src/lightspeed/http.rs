//! Which path leads where, who may go there, and what it costs.

use super::Shared;
use super::account::Account;
use super::change::Change;
use crate::wire::{FaultKind, Reply, Request, Service, lock, read, write};
use backroom_core::Clock;
use serde_json::{Value, json};

/// A refusal in Lightspeed's own words.
pub(crate) struct Refused {
    status: u16,
    message: String,
}

impl Refused {
    pub(crate) fn new(status: u16, message: &str) -> Self {
        Self { status, message: message.to_owned() }
    }

    /// JSON under the name of a web page: so Lightspeed tells its errors.
    fn reply(&self) -> Reply {
        let words = match self.status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            429 => "Too Many Requests",
            503 => "Service Unavailable",
            _ => "Error",
        };
        let body = json!({
            "httpCode": self.status.to_string(), "httpMessage": words, "message": self.message, "errorClass": "Exception",
        });
        Reply {
            status: self.status,
            content_type: "text/html; charset=UTF-8",
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        }
    }
}

/// The permission that a list needs.
fn scope(entity: &str) -> &'static str {
    match entity {
        "Item" | "ItemShop" | "Category" => "employee:inventory_read",
        "Customer" => "employee:customers_read",
        _ => "employee:register_read",
    }
}

impl Account {
    fn route(&self, request: &Request) -> Result<Reply, Refused> {
        let bearer = request.header("authorization").and_then(|v| v.strip_prefix("Bearer "));
        if bearer != Some(self.token.as_str()) {
            return Err(Refused::new(401, "Access token could not be verified"));
        }
        if self.locked {
            return Err(Refused::new(401, "The employee of this token is locked out"));
        }
        if request.method != "GET" {
            return Err(Refused::new(405, "Method not allowed"));
        }
        let rest = request.path.strip_prefix("/API/V3/").ok_or_else(|| Refused::new(404, "Not found"))?;
        if self.quirks.x_series {
            return Ok(Reply::value(200, &json!({"data": [], "version": {"min": 1, "max": 2}})));
        }
        // The header decides; without one the file's name does; XML is what nobody asked for.
        let accept = request.header("accept").unwrap_or("*/*");
        let json = accept.contains("application/json") || (accept.contains("*/*") && rest.ends_with(".json"));
        if !json {
            let body = b"<?xml version=\"1.0\"?><Sales count=\"0\"></Sales>".to_vec();
            return Ok(Reply { status: 200, content_type: "application/xml", headers: Vec::new(), body });
        }
        let rest = rest.trim_end_matches(".json");
        if rest == "Account" {
            return Ok(self.answer_accounts());
        }
        let mut parts = rest.trim_start_matches("Account/").split('/');
        if parts.next() != Some(self.id.as_str()) {
            return Err(Refused::new(403, "You do not have access to this account"));
        }
        let entity = parts.next().unwrap_or_default();
        if !self.scopes.iter().any(|own| own == scope(entity) || own == "employee:all") {
            return Err(Refused::new(403, &format!("This token lacks {}", scope(entity))));
        }
        match parts.next() {
            None => self.answer_list(entity, request),
            Some(id) => self.answer_one(entity, id, request),
        }
    }
}

impl Service for Shared {
    fn answer(&self, request: &Request) -> Reply {
        let account = read(&self.account);
        let now = self.clock.now().micros().div_euclid(1_000);
        // Signing in is no call of the API: it costs nothing of the bucket.
        if let Some(reply) = self.desk.answer(request, &account.id, now) {
            return reply;
        }
        let known = self.desk.admitted(request, &account.token, now);
        let request = known.as_ref().unwrap_or(request);
        let told = lock(&account.register).enter(Account::cost(request), self.clock.now());
        let reply = match told.refused {
            Some(_) => Refused::new(429, "Rate limit exceeded").reply(),
            None => account.route(request).unwrap_or_else(|refused| refused.reply()),
        };
        // The letters' case differs from header to header.
        let reply = reply
            .with("X-LS-Api-Bucket-Level", told.bucket)
            .with("X-LS-API-Burst-Level", told.burst)
            .with("X-LS-Api-Drip-Rate", told.drip)
            .with("x-ls-api-request-cost", told.cost);
        match told.refused {
            Some((limit, seconds)) => {
                reply.with("X-LS-API-RateLimit-Type", limit).with("Retry-After", seconds.to_string())
            }
            None => reply,
        }
    }

    fn control(&self, command: &str, body: &[u8]) -> Reply {
        let done = match command {
            "quirks" => serde_json::from_slice(body).map_err(|e| e.to_string()).map(|quirks| {
                write(&self.account).quirks = quirks;
                json!({})
            }),
            "books" => serde_json::to_value(read(&self.account).books()).map_err(|e| e.to_string()),
            "truth" => serde_json::to_value(read(&self.account).truth()).map_err(|e| e.to_string()),
            "pace" => serde_json::to_value(lock(&read(&self.account).register).pace()).map_err(|e| e.to_string()),
            "sales" => Ok(json!(read(&self.account).sales.iter().map(|s| s.id.to_string()).collect::<Vec<_>>())),
            "oauth" => serde_json::from_slice(if body.is_empty() { b"{}" } else { body })
                .map_err(|e| e.to_string())
                .map(|change| self.desk.change(&change))
                .and_then(|()| serde_json::to_value(self.desk.granted()).map_err(|e| e.to_string())),
            "change" => serde_json::from_slice::<Change>(body)
                .map_err(|e| e.to_string())
                .and_then(|change| write(&self.account).change(&change, self.clock.now()))
                .map(|id| json!({"sale_id": id})),
            _ => Err("no such command".to_owned()),
        };
        match done {
            Ok(value) => Reply::value(200, &value),
            Err(error) => Reply::value(400, &Value::from(error)),
        }
    }

    fn refusal(&self, fault: &FaultKind) -> Reply {
        let refused = match fault {
            FaultKind::RateLimited { .. } => Refused::new(429, "Rate limit exceeded"),
            FaultKind::InvalidCursor => Refused::new(400, "Invalid cursor"),
            FaultKind::TokenExpired => Refused::new(401, "Access token could not be verified"),
            FaultKind::TokenRevoked => Refused::new(401, "The access token has been revoked"),
            FaultKind::MissingScope => Refused::new(403, "This token lacks a scope"),
            FaultKind::Status { status } => Refused::new(*status, "An internal error has occurred"),
            _ => Refused::new(500, "An internal error has occurred"),
        };
        match fault {
            FaultKind::RateLimited { retry_after: Some(seconds) } => {
                refused.reply().with("Retry-After", seconds.to_string())
            }
            _ => refused.reply(),
        }
    }

    fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }
}
