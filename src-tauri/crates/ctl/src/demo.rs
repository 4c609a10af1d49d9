//! The demonstration store without a window.

use crate::{tell, work};
use backroom_api::dto::ApiError;
use backroom_api::secrets::{InMemory, Secret, SecretStore, square_token};
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
/// Where they cannot start.
pub async fn run(
    folder: &Path,
    payments: usize,
    serve: Option<(u16, Option<PathBuf>)>,
    json: bool,
) -> Result<u8, ApiError> {
    let demo = DemoStore::start(&DemoOptions { payments, ..DemoOptions::default() }).map_err(|e| {
        ApiError::new("DEMO_FAILED", format!("The demonstration store could not start: {e}."), "Try again.")
    })?;
    let (square, bigquery) = (demo.square.base_url(), demo.bigquery.base_url());
    let addresses = json!({
        "data_dir": folder, "square": square, "square_token": demo.square.token(), "bigquery": bigquery,
        "project": DemoStore::PROJECT, "dataset": DemoStore::DATASET,
    });
    write_config(folder, &square, &bigquery)?;
    let Some((port, ui)) = serve else {
        tell::addresses(&addresses, json);
        work::stopped().await;
        return Ok(0);
    };
    let secrets = Arc::new(InMemory::new());
    secrets.set(&square_token("main"), &Secret::new(demo.square.token()))?;
    let options = EngineOptions { data_dir: folder.to_path_buf(), secrets: SecretsMode::Memory(secrets), demo: true };
    let engine = Engine::open(options).await?;
    engine.start_schedule(EVERY);
    work::serve(engine, port, ui, json, addresses).await
}

/// A folder with invented data of an earlier start would not go with today's stand-ins: its buffer is cleared away.
fn write_config(folder: &Path, square: &str, bigquery: &str) -> Result<(), ApiError> {
    let failed = |e: std::io::Error| {
        ApiError::new(
            "STORE_FOLDER",
            format!("The demonstration folder cannot be used: {e}."),
            "Choose another with --data-dir.",
        )
    };
    let file = folder.join("config.toml");
    let ours = file.exists() && backroom_api::config::Config::load(folder)?.demo;
    // A buffer whose configuration got lost is a real shop's, for all that can be known.
    if !ours && (file.exists() || folder.join("backroom.db").exists()) {
        return Err(ApiError::new(
            "CONFIG_NOT_DEMO",
            "This folder holds a real shop's data.",
            "Choose an empty folder with --data-dir.",
        ));
    }
    std::fs::create_dir_all(folder).map_err(failed)?;
    for name in ["backroom.db", "backroom.db-wal", "backroom.db-shm"] {
        match std::fs::remove_file(folder.join(name)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(e)),
            _ => {}
        }
    }
    let text = format!(
        "demo = true\n\n[store]\ntime_zone = \"America/Chicago\"\n\n[[source]]\nkind = \"square\"\nname = \"main\"\nbase_url = \"{square}\"\n\n\
         [warehouse]\nkind = \"bigquery\"\nproject = \"{}\"\ndataset = \"{}\"\nbase_url = \"{bigquery}\"\n",
        DemoStore::PROJECT,
        DemoStore::DATASET,
    );
    std::fs::write(file, text).map_err(failed)
}
