//! The audit log: what was done, by whom, and that nobody changed it since.

use crate::commands::Nothing;
use crate::dto::{ApiError, AuditLine, AuditPage, AuditProof, AuditQuery};
use crate::engine::{Engine, held};
use backroom_core::Timestamp;
use backroom_secrets::{BUFFER_KEY, Secret, SecretStore};
use backroom_store::{AuditKey, Chain};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

const AUDIT_KEY: &str = "audit/key";
/// Number of the last entry and its mark.
const AUDIT_HEAD: &str = "audit/head";
const MOST_ENTRIES: u32 = 200;

/// Commands whose success is kept in the audit log, with what it is called there. What changes something from one value to another
/// says so itself.
const AUDITED: &[(&str, &str)] = &[
    ("save_square_token", "connection.token"),
    ("save_lightspeed_token", "connection.token"),
    ("save_bigquery_key", "connection.key"),
    ("begin_sign_in", "connection.sign_in_begun"),
    ("remove_connection", "connection.removed"),
    ("retry_dead", "delivery.retried"),
    ("enter_pin", "person.came"),
];
/// Fields of a request that may stand in the log.
const TELLING: [&str; 7] = ["name", "kind", "table", "project", "dataset", "role", "id"];

/// The newest entries of the audit log.
pub(crate) fn audit_log(engine: &Engine, query: AuditQuery) -> Result<AuditPage, ApiError> {
    if query.limit > MOST_ENTRIES || query.before.is_some_and(|n| n < 1) {
        return Err(ApiError::bad_request("Ask for 200 entries or fewer."));
    }
    let entries = engine.store().audit_entries(query.before.unwrap_or(0), query.limit)?;
    let line = |e: backroom_store::AuditEntry| AuditLine {
        number: e.number,
        at: e.at.to_rfc3339(),
        operator: e.operator,
        action: e.action,
        detail: e.detail,
    };
    Ok(AuditPage { entries: entries.into_iter().map(line).collect() })
}

/// Checks the whole audit log.
pub(crate) async fn verify_audit(engine: &Engine, _: Nothing) -> Result<AuditProof, ApiError> {
    proved(engine).await.map(|(_, proof)| proof)
}

/// How the audit log stands, and whether it is as it was written.
pub(crate) async fn proved(engine: &Engine) -> Result<(Chain, AuditProof), ApiError> {
    let key = engine.audit_key().await?;
    let head = engine.secret(AUDIT_HEAD.to_owned()).await?;
    let store = engine.store().clone();
    let chain = tokio::task::spawn_blocking(move || store.audit_chain(&key))
        .await
        .map_err(|_| ApiError::new("INTERNAL", "The log could not be read.", "Try again."))??;
    let kept: Option<(u64, String)> = head.and_then(|text| {
        let (count, mark) = text.expose().split_once(' ')?;
        Some((count.parse().ok()?, mark.to_owned()))
    });
    // What is kept beside the key may be an entry behind where the program was killed between the two, never ahead.
    let missing = kept.as_ref().map_or(0, |(last, _)| last.saturating_sub(chain.last));
    let other = kept.is_some_and(|(last, mark)| last == chain.last && mark != chain.head);
    let proof = AuditProof {
        ok: chain.broken_at.is_none() && missing == 0 && !other,
        entries: chain.entries,
        broken_at: chain.broken_at.or_else(|| other.then(|| i64::try_from(chain.last).unwrap_or(i64::MAX))),
        missing,
    };
    Ok((chain, proof))
}

/// What was read from the keychain once and stays as it is there: only this program writes it.
#[derive(Default)]
pub(crate) struct KeptKeys {
    keys: HashMap<&'static str, Zeroizing<AuditKey>>,
    /// The number of the last entry of the audit log.
    written: Option<i64>,
}

impl Engine {
    /// Keeps a command that was carried out in the audit log, where it is one of those. `operator` was at work when it began: whoever
    /// came since did not do it. Only who comes by it is known afterwards.
    pub(crate) async fn log_command(&self, command: &str, told: &str, operator: &str) -> Result<(), ApiError> {
        let Some((_, action)) = AUDITED.iter().find(|(name, _)| *name == command) else { return Ok(()) };
        let came = if command == "enter_pin" { self.at_work() } else { operator.to_owned() };
        self.log(&came, action, told).await.map(drop)
    }

    /// Writes an act into the audit log; tells the number of the entry, none where no key vouches for a log.
    pub(crate) async fn log(&self, operator: &str, action: &str, detail: &str) -> Result<Option<i64>, ApiError> {
        // Where there is no place for a key, there is nothing that could vouch for a log.
        let key = match self.audit_key().await {
            Ok(key) => key,
            Err(error) => {
                tracing::warn!(code = %error.code, action, "an act could not be written into the audit log");
                return Ok(None);
            }
        };
        // One at a time: the head beside the key follows the entries in their order.
        let _turn = self.inner.logging.lock().await;
        let written = self.written().await?;
        let (number, head) = self.store().audit(&key, written, operator, action, detail).await?;
        self.keep_head(number, &head).await;
        self.changed(&["people"]);
        Ok(Some(number))
    }

    /// Removes what was written down before `until`, where the log is as it was written: what was tampered with stays to be looked at.
    pub(crate) async fn trim_log(&self, until: Timestamp) -> Result<(), ApiError> {
        if !verify_audit(self, Nothing {}).await?.ok {
            tracing::warn!("the audit log is not as it was written: nothing of it is removed");
            return Ok(());
        }
        let key = self.audit_key().await?;
        let _turn = self.inner.logging.lock().await;
        let written = self.written().await?;
        if let Some((number, head)) = self.store().trim_audit(&key, written, until).await? {
            self.keep_head(number, &head).await;
            self.changed(&["people"]);
        }
        Ok(())
    }

    /// The number of the last entry, as it is kept beside the key; 0 where none is.
    async fn written(&self) -> Result<i64, ApiError> {
        if let Some(number) = held(&self.inner.kept_keys).written {
            return Ok(number);
        }
        let kept = self.secret(AUDIT_HEAD.to_owned()).await?;
        Ok(kept.and_then(|text| text.expose().split_once(' ')?.0.parse().ok()).unwrap_or(0))
    }

    /// Keeps the number and the mark of the last entry beside the key.
    async fn keep_head(&self, number: i64, head: &str) {
        held(&self.inner.kept_keys).written = Some(number);
        let secrets = self.inner.secrets.clone();
        if !secrets.writable() {
            return;
        }
        let head = Secret::new(format!("{number} {head}"));
        let kept = tokio::task::spawn_blocking(move || secrets.set(AUDIT_HEAD, &head)).await;
        if !matches!(kept, Ok(Ok(()))) {
            tracing::warn!("the head of the audit log could not be kept beside its key");
        }
    }

    /// The key of the log.
    pub(crate) async fn audit_key(&self) -> Result<AuditKey, ApiError> {
        self.kept_key(AUDIT_KEY).await
    }

    /// A key of this program's own, made where there is none, and asked of the keychain once.
    pub(crate) async fn kept_key(&self, name: &'static str) -> Result<AuditKey, ApiError> {
        if let Some(key) = held(&self.inner.kept_keys).keys.get(name) {
            return Ok(**key);
        }
        let key = self.own_key(name, true).await?;
        held(&self.inner.kept_keys).keys.insert(name, Zeroizing::new(key));
        Ok(key)
    }

    /// A key of this program's own: from the keychain, made where `make` says so, or from the text that seals the buffer.
    pub(crate) async fn own_key(&self, name: &'static str, make: bool) -> Result<AuditKey, ApiError> {
        let secrets = self.inner.secrets.clone();
        // What is kept on disk under a key must find that key again: none is made that would be gone at the next start.
        let trouble = held(&self.inner.keychain_trouble).clone();
        if let Some(trouble) = trouble.filter(|_| make) {
            return Err(trouble);
        }
        tokio::task::spawn_blocking(move || own_key(&secrets, name, make))
            .await
            .map_err(|_| ApiError::new("SECRET_FAILED", "The keychain could not be asked.", "Try again."))?
    }
}

fn own_key(secrets: &Arc<dyn SecretStore>, name: &'static str, make: bool) -> Result<AuditKey, ApiError> {
    // One at a time: two first uses at once would go on with different keys.
    static MAKING: Mutex<()> = Mutex::new(());
    let _turn = held(&MAKING);
    if !secrets.writable() {
        let phrase = secrets.get(BUFFER_KEY)?.filter(|p| !p.is_empty()).ok_or_else(|| {
            ApiError::new(
                "CONFIG_NO_PLACE",
                "There is no keychain here for PINs.",
                "Set BACKROOM_BUFFER_KEY to a long text.",
            )
        })?;
        return Ok(blake3::derive_key(&format!("Backroom 2026 {name} v1"), phrase.expose().as_bytes()));
    }
    let damaged = || {
        ApiError::new(
            "PIN_KEY_LOST",
            "The keychain no longer has what PINs are checked with.",
            "Whoever owns this PC runs: backroomctl people --reset. Then set the PINs anew; nothing else is lost.",
        )
    };
    let read = |text: &Secret| -> Option<AuditKey> {
        let mut key = [0u8; 32];
        hex::decode_to_slice(text.expose(), &mut key).ok()?;
        Some(key)
    };
    match secrets.get(name)? {
        Some(text) => read(&text).ok_or_else(damaged),
        None if make => {
            secrets.set(name, &Secret::new(hex::encode(rand::random::<[u8; 32]>())))?;
            // What counts is what will be read next time.
            secrets.get(name)?.as_ref().and_then(read).ok_or_else(damaged)
        }
        None => Err(damaged()),
    }
}

/// What a request says that may stand in the log: names and kinds, nothing that could be a secret.
pub(crate) fn telling(args: &Value) -> String {
    let told = TELLING.iter().filter_map(|field| {
        let value = match args.get(field)? {
            Value::String(text) if !text.is_empty() => text.chars().take(60).collect(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(format!("{field} {value}"))
    });
    told.collect::<Vec<_>>().join(", ")
}
