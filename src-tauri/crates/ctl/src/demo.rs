//! The demonstration store without a window.

use crate::{tell, work};
use backroom_api::demo::{DemoAddresses, DemoFolder};
use backroom_api::dto::ApiError;
use backroom_api::secrets::{InMemory, Secret, SecretStore, source_token};
use backroom_api::{Engine, EngineOptions, SecretsMode};
use backroom_sandbox::{DemoOptions, DemoStore, LightspeedDemo};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Time between two syncs of the demonstration store.
const EVERY: Duration = Duration::from_secs(60);

/// Which shop is shown.
pub enum Kind {
    /// A Square shop of so many payments.
    Square(usize),
    /// A Lightspeed shop.
    Lightspeed,
}

/// The stand-ins; they end when dropped.
enum Running {
    Square(Box<DemoStore>),
    Lightspeed(Box<LightspeedDemo>),
}

impl Running {
    fn start(kind: &Kind) -> Result<Self, String> {
        Ok(match kind {
            Kind::Square(payments) => {
                let options = DemoOptions { payments: *payments, ..DemoOptions::default() };
                Self::Square(Box::new(DemoStore::start(&options).map_err(|e| e.to_string())?))
            }
            Kind::Lightspeed => Self::Lightspeed(Box::new(LightspeedDemo::start().map_err(|e| e.to_string())?)),
        })
    }

    /// Kind and name of the source, its address, its token, and the warehouse's address.
    fn told(&self) -> (&'static str, &'static str, String, String, String) {
        match self {
            Self::Square(demo) => {
                ("square", "main", demo.square.base_url(), demo.square.token(), demo.bigquery.base_url())
            }
            Self::Lightspeed(demo) => (
                "lightspeed_r",
                "lightspeed",
                demo.lightspeed.base_url(),
                demo.lightspeed.token(),
                demo.bigquery.base_url(),
            ),
        }
    }
}

/// Runs the stand-ins until stopped; with a port also the engine and the UI.
///
/// # Errors
/// Where they cannot start, or the folder is in use or a real shop's.
pub async fn run(folder: &Path, kind: Kind, serve: Option<(u16, Option<PathBuf>)>, json: bool) -> Result<u8, ApiError> {
    // Held until the end: a second demonstration here would pull the stand-ins from under whoever uses them.
    let taken = DemoFolder::take(folder)?;
    let demo = Running::start(&kind).map_err(|e| {
        ApiError::new("DEMO_FAILED", format!("The demonstration store could not start: {e}."), "Try again.")
    })?;
    let (kind, name, source, token, bigquery) = demo.told();
    let vendor = if kind == "square" { "square" } else { "lightspeed" };
    let addresses = json!({
        "data_dir": folder, vendor: source, "source_token": token, "bigquery": bigquery,
        "project": DemoStore::PROJECT, "dataset": DemoStore::DATASET,
    });
    taken.configure(DemoAddresses {
        kind,
        source: &source,
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
    secrets.set(&source_token(kind, name), &Secret::new(token))?;
    let options = EngineOptions { data_dir: folder.to_path_buf(), secrets: SecretsMode::Memory(secrets), demo: true };
    let engine = Engine::open(options).await?;
    backroom_api::demo::furnish(&engine).await?;
    engine.start_schedule(EVERY);
    let token = work::api_token(&engine, false)?;
    work::serve(engine, port, ui, json, addresses, token).await
}
