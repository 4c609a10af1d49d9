//! The Connections screen. It tells whether there is a credential, never what it is.

use crate::commands::Nothing;
use crate::dto::{ApiError, Connections, SourceConnection, WarehouseConnection};
use crate::engine::{Engine, held};
use backroom_secrets::{WAREHOUSE_KEY, source_token};

pub(crate) fn connections(engine: &Engine, _: Nothing) -> Result<Connections, ApiError> {
    let config = engine.config();
    let mut keychain_trouble = engine.inner.keychain_trouble.clone();
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
            connected: has(&source_token(&s.kind, &s.name)),
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
    Ok(Connections { sources, warehouse, keychain_trouble })
}
