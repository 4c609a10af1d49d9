//! The Connections screen. It tells whether there is a credential, never what it is.

use crate::commands::Nothing;
use crate::config::SourceSection;
use crate::dto::{ApiError, Connections, SecretsPlace, SignedIn, SourceConnection, WarehouseConnection};
use crate::engine::{Engine, held};
use crate::sign_in;
use backroom_core::Timestamp;
use backroom_secrets::{PassphraseFile, WAREHOUSE_KEY, source_token};

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
    let in_file = PassphraseFile::exists(&engine.inner.data_dir.join(PassphraseFile::FILE));
    let without_keychain = held(&engine.inner.keychain_trouble).is_some();
    let secrets = place(engine.inner.secrets.writable(), without_keychain, in_file);
    Ok(Connections { sources, warehouse, keychain_trouble, secrets, sign_in: sign_in::state(engine) })
}

/// Where what is pasted goes. A file with a passphrase is made only where there is no keychain, and is the place once it is open.
const fn place(writable: bool, without_keychain: bool, in_file: bool) -> SecretsPlace {
    match (writable, without_keychain, in_file) {
        (false, _, _) => SecretsPlace::Environment,
        (true, true, _) => SecretsPlace::Session,
        (true, false, true) => SecretsPlace::File,
        (true, false, false) => SecretsPlace::Keychain,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keychain_is_promised_only_where_it_is_the_place() {
        for (writable, without_keychain, in_file, expected) in [
            (true, false, false, SecretsPlace::Keychain),
            (true, false, true, SecretsPlace::File),
            (true, true, false, SecretsPlace::Session),
            (true, true, true, SecretsPlace::Session),
            (false, false, false, SecretsPlace::Environment),
            (false, false, true, SecretsPlace::Environment),
        ] {
            let told = place(writable, without_keychain, in_file);
            assert_eq!(told, expected, "writable {writable}, without {without_keychain}, file {in_file}");
        }
    }
}
