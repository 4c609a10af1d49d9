//! The demonstration store without a window.

use crate::{tell, work};
use backroom_api::demo::{DemoAddresses, DemoFolder};
use backroom_api::dto::ApiError;
use backroom_api::secrets::{InMemory, Secret, SecretStore, source_token};
use backroom_api::{Engine, EngineOptions, SecretsMode};
use backroom_sandbox::{DemoOptions, DemoStore};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Time between two syncs of the demonstration store.
const EVERY: Duration = Duration::from_secs(60);

/// Runs the stand-ins until stopped; with a port also the engine and the UI.
///
/// # Errors
/// Where they cannot start, or the folder is in use or a real shop's.
pub async fn run(
    folder: &Path,
    payments: usize,
    serve: Option<(u16, Option<PathBuf>)>,
    json: bool,
) -> Result<u8, ApiError> {
    // Held until the end: a second demonstration here would pull the stand-ins from under whoever uses them.
    let taken = DemoFolder::take(folder)?;
    let demo = DemoStore::start(&DemoOptions { payments, ..DemoOptions::default() }).map_err(|e| {
        ApiError::new("DEMO_FAILED", format!("The demonstration store could not start: {e}."), "Try again.")
    })?;
    let (square, bigquery) = (demo.square.base_url(), demo.bigquery.base_url());
    let addresses = json!({
        "data_dir": folder, "square": square, "source_token": demo.square.token(), "bigquery": bigquery,
        "project": DemoStore::PROJECT, "dataset": DemoStore::DATASET,
    });
    taken.configure(DemoAddresses {
        square: &square,
        bigquery: &bigquery,
        project: DemoStore::PROJECT,
        dataset: DemoStore::DATASET,
    })?;
    let Some((port, ui)) = serve else {
        tell::addresses(&addresses, json);
        work::stopped().await;
        return Ok(0);
    };
    let secrets = Arc::new(InMemory::new());
    secrets.set(&source_token("square", "main"), &Secret::new(demo.square.token()))?;
    let options = EngineOptions { data_dir: folder.to_path_buf(), secrets: SecretsMode::Memory(secrets), demo: true };
    let engine = Engine::open(options).await?;
    engine.start_schedule(EVERY);
    let token = work::api_token(&engine, false)?;
    work::serve(engine, port, ui, json, addresses, token).await
}
