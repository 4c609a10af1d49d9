//! What screens change. A secret goes straight to the secret store; nothing here logs or returns one.

use crate::commands::Nothing;
use crate::config::{SourceKind, SourceSection, WAREHOUSE, WarehouseSection};
use crate::dto::{
    ApiError, BigQueryKey, ConnectionName, LightspeedToken, PaymentId, ProbeResult, SquareToken, TableName,
};
use crate::engine::{Engine, held};
use backroom_core::source::{Entity, Probe};
use backroom_core::table::Table;
use backroom_core::warehouse::Warehouse;
use backroom_secrets::{Secret, WAREHOUSE_KEY, source_client, source_token};
use std::sync::PoisonError;

const LONGEST_TOKEN: usize = 2_000;
const LONGEST_KEY: usize = 20_000;

pub(crate) async fn sync_now(engine: &Engine, _: Nothing) -> Result<(), ApiError> {
    // What keeps a sync from starting is told at once; the rest is told by events.
    engine.sources(None).await?;
    if held(&engine.inner.running).is_none() {
        let engine = engine.clone();
        tokio::spawn(async move { engine.sync_and_send().await });
    }
    Ok(())
}

pub(crate) async fn sync_cancel(engine: &Engine, _: Nothing) -> Result<(), ApiError> {
    if let Some(run) = held(&engine.inner.running).as_ref() {
        run.cancel();
    }
    Ok(())
}

pub(crate) async fn push_now(engine: &Engine, _: Nothing) -> Result<(), ApiError> {
    engine.warehouse().await?;
    engine.store().unpark().await?;
    let engine = engine.clone();
    tokio::spawn(async move {
        if let Err(error) = engine.push().await {
            tracing::info!(code = %error.code, "Sending could not start.");
        }
    });
    Ok(())
}

pub(crate) async fn retry_dead(engine: &Engine, name: TableName) -> Result<(), ApiError> {
    let table = Table::ALL
        .into_iter()
        .find(|t| t.name() == name.table)
        .ok_or_else(|| ApiError::bad_request("There is no such table."))?;
    engine.store().revive(table).await?;
    engine.changed(&["sync"]);
    Ok(())
}

pub(crate) async fn restated_seen(engine: &Engine, _: Nothing) -> Result<(), ApiError> {
    let now = engine.store().clock().now().micros();
    engine.store().set_note("restated_seen", &now.to_string()).await?;
    engine.changed(&["sales"]);
    Ok(())
}

/// A host that could not open its folder tries again by this name. Whoever is answered here has it open.
pub(crate) async fn open_again(_: &Engine, _: Nothing) -> Result<(), ApiError> {
    Ok(())
}

pub(crate) async fn host_only(_: &Engine, _: Nothing) -> Result<(), ApiError> {
    Err(ApiError::new(
        "WINDOW_ONLY",
        "This is done in Backroom's own window.",
        "Start Backroom itself; the demonstration store also opens with backroomctl demo --serve.",
    ))
}

/// The browser that shows these screens opens the page itself.
pub(crate) async fn open_receipt(engine: &Engine, _: PaymentId) -> Result<(), ApiError> {
    host_only(engine, Nothing {}).await
}

pub(crate) async fn set_secret(engine: &Engine, name: String, secret: Secret) -> Result<(), ApiError> {
    let secrets = engine.secrets();
    tokio::task::spawn_blocking(move || secrets.set(&name, &secret))
        .await
        .map_err(|_| ApiError::new("SECRET_FAILED", "The keychain could not be asked.", "Try again."))?
        .map_err(ApiError::from)
}

pub(crate) async fn forget_secret(engine: &Engine, name: String) -> Result<(), ApiError> {
    let secrets = engine.secrets();
    tokio::task::spawn_blocking(move || secrets.delete(&name))
        .await
        .map_err(|_| ApiError::new("SECRET_FAILED", "The keychain could not be asked.", "Try again."))?
        .map_err(ApiError::from)
}

/// Saves a secret and hands out the one before it. Where that one cannot be read nothing is changed: it could not be put back.
async fn replace_secret(engine: &Engine, name: &str, fresh: Secret) -> Result<Option<Secret>, ApiError> {
    let (secrets, named) = (engine.secrets(), name.to_owned());
    let before = tokio::task::spawn_blocking(move || secrets.get(&named))
        .await
        .map_err(|_| ApiError::new("SECRET_FAILED", "The keychain could not be asked.", "Try again."))??;
    set_secret(engine, name.to_owned(), fresh).await?;
    Ok(before)
}

/// A secret that does not work must not push out one that did.
async fn put_back(engine: &Engine, name: String, before: Option<Secret>) -> Result<(), ApiError> {
    match before {
        Some(old) => set_secret(engine, name, old).await,
        None => forget_secret(engine, name).await,
    }
}

pub(crate) fn edit_config(engine: &Engine, edit: impl FnOnce(&mut crate::config::Config)) -> Result<(), ApiError> {
    let mut config = engine.inner.config.write().unwrap_or_else(PoisonError::into_inner);
    let mut fresh = config.clone();
    edit(&mut fresh);
    fresh.save(&engine.inner.data_dir)?;
    *config = fresh;
    Ok(())
}

pub(crate) async fn save_square_token(engine: &Engine, new: SquareToken) -> Result<ProbeResult, ApiError> {
    let name = if new.name.trim().is_empty() { "main" } else { new.name.trim() };
    let known = engine.config().source.into_iter().find(|s| s.name == name);
    save_source_token(engine, known.unwrap_or_else(|| SourceSection::square(name)), &new.token).await
}

pub(crate) async fn save_lightspeed_token(engine: &Engine, new: LightspeedToken) -> Result<ProbeResult, ApiError> {
    let name = if new.name.trim().is_empty() { "lightspeed" } else { new.name.trim() };
    let known = engine.config().source.into_iter().find(|s| s.name == name);
    let mut section = known.unwrap_or_else(|| SourceSection::lightspeed(name, ""));
    if section.kind()? != SourceKind::LightspeedR {
        return Err(ApiError::bad_request("A connection of this name is of another vendor."));
    }
    new.account_id.trim().clone_into(&mut section.account_id);
    save_source_token(engine, section, &new.token).await
}

/// Refuses names that a source cannot have.
pub(crate) fn check_source_name(name: &str) -> Result<(), ApiError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 40 || !name.chars().all(plain) || name == WAREHOUSE {
        return Err(ApiError::bad_request("A connection's name is letters, digits, - and _, and not \"warehouse\"."));
    }
    Ok(())
}

/// Forgets what a source was signed in with.
async fn forget_sign_in(engine: &Engine, section: &SourceSection) -> Result<(), ApiError> {
    if section.client_id.is_empty() {
        return Ok(());
    }
    engine.keeper(section).await?.forget().await?;
    held(&engine.inner.keepers).remove(&section.name);
    forget_secret(engine, source_client(&section.kind, &section.name)).await
}

/// Tries a new token and keeps it where it works; where it does not, the one before stays.
async fn save_source_token(engine: &Engine, section: SourceSection, token: &str) -> Result<ProbeResult, ApiError> {
    let (token, name) = (token.trim().to_owned(), section.name.clone());
    check_source_name(&name)?;
    if token.is_empty() || token.len() > LONGEST_TOKEN || token.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(match section.kind()? {
            SourceKind::Square => ApiError::new(
                "SQUARE_TOKEN_WRONG",
                "That does not look like a Square access token.",
                "Copy the whole production access token from Square's developer page and paste it again.",
            ),
            SourceKind::LightspeedR => ApiError::new(
                "LIGHTSPEED_TOKEN_WRONG",
                "That does not look like a Lightspeed access token.",
                "Copy the whole access token and paste it again.",
            ),
        });
    }
    let secret_name = source_token(&section.kind, &name);
    let before = replace_secret(engine, &secret_name, Secret::new(token)).await?;
    let tried = async {
        let pasted = SourceSection { client_id: String::new(), ..section.clone() };
        let probe = engine.source(&pasted).await?.source.probe().await?;
        engine.keep_account(&pasted, &probe.account_id).await?;
        Ok::<_, ApiError>(told(engine, &probe))
    };
    match tried.await {
        Ok(result) => {
            // A pasted token takes the place of a sign-in.
            forget_sign_in(engine, &section).await?;
            edit_config(engine, |c| {
                c.source.retain(|s| s.name != name);
                c.source.push(SourceSection { client_id: String::new(), ..section });
            })?;
            held(&engine.inner.probes).insert(name, Ok(result.clone()));
            engine.changed(&["connections", "app", "sync"]);
            let engine = engine.clone();
            tokio::spawn(async move { engine.sync_and_send().await });
            Ok(result)
        }
        Err(error) => {
            put_back(engine, secret_name, before).await?;
            Err(error)
        }
    }
}

async fn probe_source(engine: &Engine, section: &SourceSection) -> Result<ProbeResult, ApiError> {
    let entry = engine.source(section).await?;
    let probe = entry.source.probe().await?;
    Ok(told(engine, &probe))
}

pub(crate) fn told(engine: &Engine, probe: &Probe) -> ProbeResult {
    let readable = |e: Entity| match e {
        Entity::Locations => "see your locations",
        Entity::Payments => "read payments",
        Entity::Refunds => "read refunds",
        Entity::Orders => "read orders and their items",
        Entity::Catalog => "read items and prices",
        Entity::Customers => "read customers",
        Entity::Inventory => "read stock counts",
        Entity::Team => "read team members (initials only)",
    };
    let (missing, may): (Vec<Entity>, Vec<Entity>) = Entity::ALL.into_iter().partition(|e| probe.missing.contains(e));
    ProbeResult {
        at: engine.store().clock().now().to_rfc3339(),
        account: probe.account_name.clone(),
        may: may.into_iter().map(|e| readable(e).to_owned()).collect(),
        missing: missing.into_iter().map(|e| readable(e).to_owned()).collect(),
        expires_at: probe.expires_at.map(backroom_core::Timestamp::to_rfc3339),
    }
}

pub(crate) async fn save_bigquery_key(engine: &Engine, new: BigQueryKey) -> Result<ProbeResult, ApiError> {
    let before = engine.config().warehouse;
    let mut section = WarehouseSection::bigquery(new.project.trim(), new.dataset.trim(), new.location.trim());
    if let Some(known) = &before {
        // What the screen does not ask for stays as it was set in the file.
        section.daily_budget_usd.clone_from(&known.daily_budget_usd);
        if known.base_url.starts_with("https://") {
            section.base_url.clone_from(&known.base_url);
        }
    }
    section.check()?;
    if new.key.len() > LONGEST_KEY
        || serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&new.key).is_err()
    {
        return Err(ApiError::new(
            "BIGQUERY_KEY_WRONG",
            "That is not a service account's key.",
            "Open the JSON file that Google gave you, copy all of it and paste it again.",
        ));
    }
    let key_before = replace_secret(engine, WAREHOUSE_KEY, Secret::new(new.key)).await?;
    let probed = match edit_config(engine, |c| c.warehouse = Some(section)) {
        Ok(()) => {
            engine.forget_warehouse();
            probe_warehouse(engine).await
        }
        Err(error) => Err(error),
    };
    match probed {
        Ok(result) => {
            held(&engine.inner.probes).insert(WAREHOUSE.into(), Ok(result.clone()));
            engine.changed(&["connections", "sync"]);
            Ok(result)
        }
        Err(error) => {
            let unwritten = edit_config(engine, |c| c.warehouse = before);
            engine.forget_warehouse();
            put_back(engine, WAREHOUSE_KEY.to_owned(), key_before).await?;
            unwritten?;
            Err(error)
        }
    }
}

async fn probe_warehouse(engine: &Engine) -> Result<ProbeResult, ApiError> {
    let warehouse = engine.warehouse().await?;
    let may = warehouse.probe().await?;
    let account = engine.config().warehouse.map(|w| format!("{}.{}", w.project, w.dataset)).unwrap_or_default();
    Ok(ProbeResult {
        at: engine.store().clock().now().to_rfc3339(),
        account,
        may,
        missing: Vec::new(),
        expires_at: None,
    })
}

pub(crate) async fn test_connection(engine: &Engine, name: ConnectionName) -> Result<ProbeResult, ApiError> {
    let outcome = if name.name == WAREHOUSE {
        probe_warehouse(engine).await
    } else {
        let config = engine.config();
        let section = config.source.iter().find(|s| s.name == name.name);
        let section = section.ok_or_else(|| ApiError::bad_request("There is no such connection."))?;
        probe_source(engine, section).await
    };
    held(&engine.inner.probes).insert(name.name, outcome.clone());
    engine.changed(&["connections"]);
    outcome
}

pub(crate) async fn remove_connection(engine: &Engine, name: ConnectionName) -> Result<(), ApiError> {
    if name.name == WAREHOUSE {
        forget_secret(engine, WAREHOUSE_KEY.to_owned()).await?;
        edit_config(engine, |c| c.warehouse = None)?;
        engine.forget_warehouse();
    } else {
        let config = engine.config();
        let section = config.source.iter().find(|s| s.name == name.name);
        let section = section.ok_or_else(|| ApiError::bad_request("There is no such connection."))?;
        forget_secret(engine, source_token(&section.kind, &section.name)).await?;
        forget_sign_in(engine, section).await?;
        edit_config(engine, |c| c.source.retain(|s| s.name != name.name))?;
        // What was removed is asked no more; the others go on with the next sync.
        if let Some(run) = held(&engine.inner.running).as_ref() {
            run.cancel();
        }
    }
    held(&engine.inner.probes).remove(&name.name);
    engine.changed(&["connections", "app", "sync"]);
    Ok(())
}
