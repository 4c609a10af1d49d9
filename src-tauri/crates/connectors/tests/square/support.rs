//! A Square behind a mock server, and questions to it.
use backroom_connectors::square::{Square, SquareSettings};
use backroom_core::Timestamp;
use backroom_core::source::{Ask, Entity, Span};
use backroom_http::{Client, ClientConfig, RetryPolicy, StaticToken};
use backroom_secrets::Secret;
use std::sync::Arc;
use std::time::Duration;

/// Tries again at once: what is tested is whether, not how long after.
pub const HASTY: RetryPolicy = RetryPolicy {
    attempts: 3,
    first_wait: Duration::ZERO,
    longest_wait: Duration::ZERO,
    budget: Duration::from_secs(30),
};

pub fn square(base_url: &str) -> Square {
    let settings = SquareSettings { base_url: base_url.to_owned(), retry: HASTY, ..SquareSettings::default() };
    let config = ClientConfig {
        connect_timeout: Duration::from_secs(2),
        read_timeout: Duration::from_millis(300),
        call_timeout: Duration::from_secs(5),
        body_cap: 1 << 20,
        ..ClientConfig::default()
    };
    let token = Arc::new(StaticToken::new(Secret::new("invented-token")));
    Square::new(settings, Client::new(config), token).unwrap()
}

pub fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub fn created() -> Span {
    Span::Created { from: time("2026-10-01T00:00:00Z"), to: time("2026-11-01T00:00:00Z") }
}

pub fn updated() -> Span {
    Span::Updated { since: time("2026-11-19T12:00:00Z"), history_from: time("2024-11-20T00:00:00Z") }
}

pub fn ask(entity: Entity, span: Span) -> Ask {
    let per_location = matches!(entity, Entity::Payments | Entity::Refunds | Entity::Orders);
    Ask { entity, location: per_location.then(|| "L1".to_owned()), span, cursor: None }
}
