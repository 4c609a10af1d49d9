//! The engine as the host sees it: open, call, subscribe, close, and the change between the shop's own data and the
//! demonstration store. The only file here that names `backroom-api` and `backroom-sandbox`.

use crate::options::{Demo, Options};
use backroom_api::secrets::{InMemory, Secret, SecretStore, square_token};
use backroom_api::{Engine as Core, EngineOptions, SecretsMode};
use backroom_sandbox::{DemoOptions, DemoStore};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{RwLock, broadcast};

pub use backroom_api::dto::{ApiError, ChangeEvent};

/// Time between two syncs of the shop's own data.
const EVERY: Duration = Duration::from_secs(15 * 60);
/// The demonstration store's clock ticks faster, so that something can be seen.
const EVERY_DEMO: Duration = Duration::from_secs(60);
const BIG: usize = 100_184;

/// What is open now.
struct Current {
    core: Result<Core, ApiError>,
    /// The stand-ins live as long as the demonstration store is open.
    _demo: Option<DemoStore>,
    forward: Option<tokio::task::JoinHandle<()>>,
}

/// The running engine.
pub struct Engine {
    current: RwLock<Current>,
    changes: broadcast::Sender<ChangeEvent>,
    data_dir: PathBuf,
}

impl Engine {
    /// Opens the data folder and starts the schedule. Trouble is not an error here: it is shown in the window.
    pub async fn open(options: Options) -> Self {
        let changes = broadcast::channel(256).0;
        let data_dir = options.data_dir.unwrap_or_else(backroom_api::config::default_data_dir);
        let current = match options.demo {
            Some(kind) => open_demo(&data_dir, kind, &changes).await,
            None => open_own(&data_dir, &changes).await,
        };
        Self { current: RwLock::new(current), changes, data_dir }
    }

    /// Answers one command of the contract.
    pub async fn call(&self, name: &str, args: Value) -> Result<Value, ApiError> {
        match name {
            "start_demo" => self.swap(Some(Demo::Small)).await,
            "leave_demo" => self.swap(None).await,
            _ => {
                let core = self.current.read().await.core.clone();
                match core {
                    Ok(core) => core.call(name, args).await,
                    Err(trouble) if name == "app_state" => Ok(troubled(&trouble)),
                    Err(trouble) => Err(trouble),
                }
            }
        }
    }

    async fn swap(&self, demo: Option<Demo>) -> Result<Value, ApiError> {
        let mut current = self.current.write().await;
        if let Ok(core) = &current.core {
            core.stop().await;
        }
        if let Some(forward) = current.forward.take() {
            forward.abort();
        }
        // The folder's lock must be free before another engine may take it.
        current.core = Err(ApiError::new("SWITCHING", "Backroom is opening other data.", "Wait a moment."));
        *current = match demo {
            Some(kind) => open_demo(&self.data_dir, kind, &self.changes).await,
            None => open_own(&self.data_dir, &self.changes).await,
        };
        let _ = self.changes.send(Self::everything_changed());
        Ok(Value::Null)
    }

    /// Every change, after it was committed.
    pub fn subscribe(&self) -> broadcast::Receiver<ChangeEvent> {
        self.changes.subscribe()
    }

    /// The change that makes a screen read everything again.
    pub fn everything_changed() -> ChangeEvent {
        let tags = ["app", "sales", "products", "sync", "connections"];
        ChangeEvent { invalidates: tags.map(str::to_owned).to_vec() }
    }

    /// Ends at the next safe point: what was fetched is kept, what is being sent is sent again.
    pub async fn close(&self) {
        if let Ok(core) = &self.current.read().await.core {
            core.stop().await;
        }
    }
}

async fn open_own(data_dir: &Path, changes: &broadcast::Sender<ChangeEvent>) -> Current {
    let options = EngineOptions { data_dir: data_dir.to_path_buf(), secrets: SecretsMode::Keychain, demo: false };
    let core = Core::open(options).await;
    Current { forward: follow(&core, EVERY, changes), core, _demo: None }
}

async fn open_demo(data_dir: &Path, kind: Demo, changes: &broadcast::Sender<ChangeEvent>) -> Current {
    match start_demo(data_dir, kind).await {
        Ok((core, demo)) => {
            let core = Ok(core);
            Current { forward: follow(&core, EVERY_DEMO, changes), core, _demo: Some(demo) }
        }
        Err(error) => Current { core: Err(error), _demo: None, forward: None },
    }
}

async fn start_demo(data_dir: &Path, kind: Demo) -> Result<(Core, DemoStore), ApiError> {
    let trouble = |what: String| ApiError::new("DEMO_FAILED", what, "Start Backroom again.");
    let folder = data_dir.join("demo");
    // Invented data of an earlier day would not go with today's stand-ins.
    if folder.exists() {
        let ours = backroom_api::config::Config::load(&folder).is_ok_and(|c| c.demo);
        let empty = std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_none());
        if !ours && !empty {
            return Err(trouble(format!(
                "{} is not a demonstration store's folder; it was left alone.",
                folder.display()
            )));
        }
        std::fs::remove_dir_all(&folder)
            .map_err(|e| trouble(format!("The old demonstration store could not be cleared away: {e}.")))?;
    }
    std::fs::create_dir_all(&folder).map_err(|e| trouble(format!("The demonstration store has no folder: {e}.")))?;
    let payments = match kind {
        Demo::Small => DemoOptions::default().payments,
        Demo::Big => BIG,
    };
    let demo =
        tokio::task::spawn_blocking(move || DemoStore::start(&DemoOptions { payments, ..DemoOptions::default() }))
            .await
            .map_err(|_| trouble("The demonstration store could not start.".into()))?
            .map_err(|e| trouble(format!("The demonstration store could not start: {e}.")))?;
    let config = format!(
        "demo = true\n\n[store]\ntime_zone = \"America/Chicago\"\n\n[[source]]\nkind = \"square\"\nname = \"main\"\nbase_url = \"{}\"\n\n\
         [warehouse]\nkind = \"bigquery\"\nproject = \"{}\"\ndataset = \"{}\"\nbase_url = \"{}\"\n",
        demo.square.base_url(),
        DemoStore::PROJECT,
        DemoStore::DATASET,
        demo.bigquery.base_url(),
    );
    std::fs::write(folder.join("config.toml"), config)
        .map_err(|e| trouble(format!("The demonstration store could not be written: {e}.")))?;
    let secrets = Arc::new(InMemory::new());
    secrets.set(&square_token("main"), &Secret::new(demo.square.token())).map_err(ApiError::from)?;
    let core =
        Core::open(EngineOptions { data_dir: folder, secrets: SecretsMode::Memory(secrets), demo: true }).await?;
    Ok((core, demo))
}

/// Starts the schedule and passes changes on.
fn follow(
    core: &Result<Core, ApiError>,
    every: Duration,
    changes: &broadcast::Sender<ChangeEvent>,
) -> Option<tokio::task::JoinHandle<()>> {
    let core = core.as_ref().ok()?;
    let (mut heard, told) = (core.subscribe(), changes.clone());
    let forward = tokio::spawn(async move {
        loop {
            let change = match heard.recv().await {
                Ok(change) => change,
                Err(broadcast::error::RecvError::Lagged(_)) => Engine::everything_changed(),
                Err(broadcast::error::RecvError::Closed) => return,
            };
            let _ = told.send(change);
        }
    });
    core.start_schedule(every);
    Some(forward)
}

/// What the window shows of itself when the data folder cannot be opened.
fn troubled(trouble: &ApiError) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"), "demo": false, "shop_name": "", "time_zone": "UTC",
        "business_day_start": "04:00", "now": "1970-01-01T00:00:00.000Z", "today": "1970-01-01", "currency": "USD",
        "currency_exponent": 2, "first_run": false, "locations": [], "filling": null,
        "freshness": { "sources": [], "waiting": 0, "syncing": false }, "storage_problem": trouble,
    })
}
