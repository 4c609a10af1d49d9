//! The Connections screen. It tells whether there is a credential, never what it is.

use crate::commands::Nothing;
use crate::config::SourceSection;
use crate::dto::{ApiError, Connections, SignedIn, SourceConnection, WarehouseConnection};
use crate::engine::{Engine, held};
use crate::sign_in;
use backroom_core::Timestamp;
use backroom_secrets::{WAREHOUSE_KEY, source_token};

pub(crate) fn connections(engine: &Engine, _: Nothing) -> Result<Connections, ApiError> {
    let config = engine.config();
    let mut keychain_trouble = held(&engine.inner.keychain_trouble).clone();
    let mut has = |name: &str| match engine.inner.secrets.get(name) {
        Ok(found) => found.is_some_and(|s| !s.is_empty()),
        Err(error) => {
            keychain_trouble = Some(ApiError::from(error));
            false
        }
    };
    let probes = held(&engine.inner.probes).clone();
    let sources = config
        .source
        .iter()
        .map(|s| SourceConnection {
            name: s.name.clone(),
            kind: s.kind.clone(),
            base_url: s.base_url.clone(),
            connected: !s.client_id.is_empty() || has(&source_token(&s.kind, &s.name)),
            client_id: s.client_id.clone(),
            redirect: s.redirect.clone(),
            signed_in: signed_in(engine, s),
            token_ends_at: engine
                .end_of(s)
                .ok()
                .flatten()
                .filter(|_| s.client_id.is_empty())
                .map(Timestamp::to_rfc3339),
            probe: probes.get(&s.name).and_then(|p| p.as_ref().ok().cloned()),
            trouble: probes.get(&s.name).and_then(|p| p.as_ref().err().cloned()),
        })
        .collect();
    let probe = probes.get(crate::config::WAREHOUSE);
    let warehouse = match &config.warehouse {
        Some(w) => WarehouseConnection {
            project: w.project.clone(),
            dataset: w.dataset.clone(),
            location: w.location.clone(),
            base_url: w.base_url.clone(),
            connected: w.base_url.starts_with("http://") || has(WAREHOUSE_KEY),
            probe: probe.and_then(|p| p.as_ref().ok().cloned()),
            trouble: probe.and_then(|p| p.as_ref().err().cloned()),
        },
        None => WarehouseConnection {
            project: String::new(),
            dataset: String::new(),
            location: "US".to_owned(),
            base_url: backroom_warehouse::Config::BASE_URL.to_owned(),
            connected: false,
            probe: None,
            trouble: None,
        },
    };
    let secrets = engine.inner.vault.place();
    Ok(Connections { sources, warehouse, keychain_trouble, secrets, sign_in: sign_in::state(engine) })
}

/// How long the access of a signed-in source lasts. What the keychain does not tell now is left out.
fn signed_in(engine: &Engine, section: &SourceSection) -> Option<SignedIn> {
    if section.client_id.is_empty() {
        return None;
    }
    let since = engine.store().note(&format!("signed_in_{}", section.name)).ok().flatten();
    let since = since.and_then(|text| text.parse().ok()).map(Timestamp::from_micros);
    // Questions are answered on threads that may wait.
    let standing =
        tokio::runtime::Handle::current().block_on(async { engine.keeper(section).await.ok()?.standing().await.ok() });
    Some(SignedIn {
        since: since.map(Timestamp::to_rfc3339),
        ends_at: standing.and_then(|s| s.ends_at).map(Timestamp::to_rfc3339),
        ended: standing.is_none_or(|s| s.ended),
    })
}
