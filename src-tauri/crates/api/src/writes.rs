//! What screens change. A secret goes straight to the secret store; nothing here logs or returns one.

use crate::commands::Nothing;
use crate::config::{SourceKind, SourceSection, WAREHOUSE, WarehouseSection};
use crate::dto::{
    ApiError, BigQueryKey, ConnectionName, DemoChoice, LightspeedToken, PaymentId, ProbeResult, SquareToken, TableName,
};
use crate::engine::{Engine, held, token_address};
use backroom_core::Timestamp;
use backroom_core::source::{Entity, Probe};
use backroom_core::table::Table;
use backroom_core::warehouse::Warehouse;
use backroom_secrets::{Secret, WAREHOUSE_KEY, source_client, source_token};
use backroom_warehouse::BigQuery;
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

/// A demonstration store is the window's to open.
pub(crate) async fn demo_in_window(engine: &Engine, _: DemoChoice) -> Result<(), ApiError> {
    host_only(engine, Nothing {}).await
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

/// Where nothing can be kept, nothing is tried either.
async fn can_keep(engine: &Engine, name: &str) -> Result<(), ApiError> {
    if engine.secrets().writable() {
        return Ok(());
    }
    // A store that takes nothing says so itself, with the variable to set.
    set_secret(engine, name.to_owned(), Secret::new(String::new())).await
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
    let section = known.unwrap_or_else(|| SourceSection::square(name));
    if section.kind()? != SourceKind::Square {
        return Err(ApiError::bad_request("A connection of this name is of another vendor."));
    }
    save_source_token(engine, section, &new.token).await
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
    // Only the pasted token is used from now on; the vendor is asked when the connection is removed.
    drop(engine.keeper(section).await?.forget().await?);
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
    can_keep(engine, &secret_name).await?;
    // Tried before it is kept: whatever ends the program meanwhile, the one that works stays.
    let pasted = SourceSection { client_id: String::new(), ..section.clone() };
    let token = Secret::new(token);
    let probe = engine.source_with(&pasted, token.clone())?.source.probe().await?;
    engine.check_account(&pasted, &probe.account_id)?;
    let result = told(engine, &probe);
    set_secret(engine, secret_name, token).await?;
    // A pasted token takes the place of a sign-in.
    forget_sign_in(engine, &section).await?;
    engine.keep_account(&pasted, &probe.account_id).await?;
    engine.keep_end(&pasted, end_told(&result)).await?;
    edit_config(engine, |c| {
        c.source.retain(|s| s.name != name);
        c.source.push(pasted);
    })?;
    held(&engine.inner.probes).insert(name, Ok(result.clone()));
    engine.changed(&["connections", "app", "sync"]);
    let engine = engine.clone();
    tokio::spawn(async move { engine.sync_and_send().await });
    Ok(result)
}

async fn probe_source(engine: &Engine, section: &SourceSection) -> Result<ProbeResult, ApiError> {
    let entry = engine.source(section).await?;
    let mut probe = entry.source.probe().await?;
    if !section.client_id.is_empty() {
        // What is used now ends soon and is renewed: it says nothing of the access.
        probe.expires_at = None;
    }
    Ok(told(engine, &probe))
}

/// When a test said that the access ends.
fn end_told(result: &ProbeResult) -> Option<Timestamp> {
    result.expires_at.as_deref().and_then(|text| Timestamp::parse(text).ok())
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
        expires_at: probe.expires_at.map(Timestamp::to_rfc3339),
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
    // A stand-in's key names this computer as the place of its tokens: the warehouse is there as well. Nobody's real key does.
    if let Some(here) = token_address(&new.key).filter(|url| url.scheme() == "http") {
        section.base_url = here.origin().ascii_serialization();
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
    can_keep(engine, WAREHOUSE_KEY).await?;
    // Tried before it is kept: whatever ends the program meanwhile, the one that works stays.
    let key = Secret::new(new.key);
    let tried = engine.warehouse_with(&section, Ok(Some(key.clone())))?;
    let result = probed(engine, &section, &tried).await?;
    set_secret(engine, WAREHOUSE_KEY.to_owned(), key).await?;
    edit_config(engine, |c| c.warehouse = Some(section))?;
    engine.forget_warehouse();
    held(&engine.inner.probes).insert(WAREHOUSE.into(), Ok(result.clone()));
    engine.changed(&["connections", "sync"]);
    Ok(result)
}

async fn probe_warehouse(engine: &Engine) -> Result<ProbeResult, ApiError> {
    let warehouse = engine.warehouse().await?;
    let section = engine.config().warehouse;
    probed(engine, &section.unwrap_or_else(|| WarehouseSection::bigquery("", "", "")), &warehouse).await
}

async fn probed(engine: &Engine, section: &WarehouseSection, warehouse: &BigQuery) -> Result<ProbeResult, ApiError> {
    let may = warehouse.probe().await?;
    Ok(ProbeResult {
        at: engine.store().clock().now().to_rfc3339(),
        account: format!("{}.{}", section.project, section.dataset),
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
        let outcome = probe_source(engine, section).await;
        if let (Ok(result), true) = (&outcome, section.client_id.is_empty()) {
            engine.keep_end(section, end_told(result)).await?;
        }
        outcome
    };
    held(&engine.inner.probes).insert(name.name, outcome.clone());
    engine.changed(&["connections"]);
    outcome
}
