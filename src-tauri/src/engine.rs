//! The engine as the host sees it: open, call, subscribe, close, and the change between the shop's own data and the
//! demonstration store. The only file here that names `backroom-api` and `backroom-sandbox`.
//!
//! Opening happens beside the window. Whoever asks meanwhile waits: the lock is taken before anybody can ask, and given back when
//! there is an answer.

use crate::options::{Demo, Options};
use backroom_api::demo::{DemoAddresses, DemoFolder};
use backroom_api::secrets::{InMemory, Secret, SecretStore, source_token};
use backroom_api::{Engine as Core, EngineOptions, SecretsMode};
use backroom_sandbox::{DemoOptions, DemoStore, LightspeedDemo};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{RwLock, broadcast};

pub use backroom_api::Notice;
pub use backroom_api::crash::expecting;
pub use backroom_api::dto::{ApiError, ChangeEvent};
pub use backroom_api::money::grouped;
pub use backroom_api::updates;

/// Time between two syncs of the shop's own data.
const EVERY: Duration = Duration::from_secs(15 * 60);
/// The demonstration store's clock ticks faster, so that something can be seen.
const EVERY_DEMO: Duration = Duration::from_secs(60);
const BIG: usize = 100_184;
/// How long a question that is still being answered may keep the data that is being left.
const LEAVING: Duration = Duration::from_secs(15);
/// How long the end of the program waits for an engine that is still opening.
const CLOSING: Duration = Duration::from_secs(2);

/// What is open now.
struct Current {
    /// Which demonstration store it is, none for the shop's own data.
    kind: Option<Demo>,
    core: Result<Core, ApiError>,
    /// The stand-ins and their folder live as long as the demonstration store is open.
    _demo: Option<(StandIns, DemoFolder)>,
    forward: Option<tokio::task::JoinHandle<()>>,
}

impl Current {
    fn nothing(kind: Option<Demo>, why: ApiError) -> Self {
        Self { kind, core: Err(why), _demo: None, forward: None }
    }

    /// Ends what is open, at its next safe point, and lets go of it.
    async fn shut(&mut self) {
        if let Ok(core) = &self.core {
            core.stop().await;
            // What a person began beside the schedule ends as well, while the stand-ins still answer it.
            let _ = tokio::time::timeout(LEAVING, core.idle()).await;
        }
        if let Some(forward) = self.forward.take() {
            forward.abort();
        }
        *self = Self::nothing(self.kind, not_open());
    }
}

/// The vendors of a demonstration store; they end when dropped.
enum StandIns {
    Square(Box<DemoStore>),
    Lightspeed(Box<LightspeedDemo>),
}

impl StandIns {
    fn start(kind: Demo) -> Result<Self, String> {
        let square = |payments| {
            let options = DemoOptions { payments, ..DemoOptions::default() };
            DemoStore::start(&options).map(|demo| Self::Square(Box::new(demo))).map_err(|error| error.to_string())
        };
        match kind {
            Demo::Small => square(DemoOptions::default().payments),
            Demo::Big => square(BIG),
            Demo::Lightspeed => match LightspeedDemo::start() {
                Ok(demo) => Ok(Self::Lightspeed(Box::new(demo))),
                Err(error) => Err(error.to_string()),
            },
        }
    }

    /// Kind and usual name of the point of sale.
    const fn vendor(&self) -> (&'static str, &'static str) {
        match self {
            Self::Square(_) => ("square", "main"),
            Self::Lightspeed(_) => ("lightspeed_r", "lightspeed"),
        }
    }

    /// Address and token of the point of sale, and the address of the warehouse.
    fn addresses(&self) -> (String, String, String) {
        match self {
            Self::Square(demo) => (demo.square.base_url(), demo.square.token(), demo.bigquery.base_url()),
            Self::Lightspeed(demo) => (demo.lightspeed.base_url(), demo.lightspeed.token(), demo.bigquery.base_url()),
        }
    }
}

/// The running engine.
pub struct Engine {
    current: Arc<RwLock<Current>>,
    changes: broadcast::Sender<ChangeEvent>,
    data_dir: PathBuf,
    /// Where the shop's own secrets are.
    secrets: SecretsMode,
}

impl Engine {
    /// Begins to open the data folder and returns; the schedule starts when it is open. Trouble is not an error here: it is
    /// the answer to every question, until `open_again` has found it gone.
    pub async fn begin(options: Options) -> Arc<Self> {
        Self::begin_with(options, SecretsMode::Keychain).await
    }

    async fn begin_with(options: Options, secrets: SecretsMode) -> Arc<Self> {
        let data_dir = options.data_dir.unwrap_or_else(backroom_api::config::default_data_dir);
        let current = Arc::new(RwLock::new(Current::nothing(options.demo, not_open())));
        let engine = Arc::new(Self { current, changes: broadcast::channel(256).0, data_dir, secrets });
        // Nobody else knows the lock yet, so this does not wait.
        let mut place = Arc::clone(&engine.current).write_owned().await;
        let opening = Arc::clone(&engine);
        tokio::spawn(async move {
            *place = opening.open(options.demo).await;
            drop(place);
            opening.tell_everything_changed();
        });
        engine
    }

    /// Answers one command of the contract.
    pub async fn call(&self, name: &str, args: Value) -> Result<Value, ApiError> {
        match name {
            "start_demo" => self.swap(Some(demo_of(&args)?)).await,
            "leave_demo" => self.swap(None).await,
            "open_again" => self.open_again().await,
            "set_aside" => self.set_aside().await,
            "save_settings" => {
                let core = self.current.read().await.core.clone()?;
                let mut kept = core.call(name, args).await?;
                let anew = kept["applies_at_start"] == true && nothing_here(&core).await;
                // Whoever holds it keeps the folder.
                drop(core);
                if anew {
                    self.start_again().await;
                    kept["applies_at_start"] = Value::Bool(false);
                }
                Ok(kept)
            }
            "open_receipt" => {
                let current = self.current.read().await;
                if current.kind.is_some() {
                    return Err(invented_receipt());
                }
                let core = current.core.clone()?;
                drop(current);
                crate::open::receipt_page(&core.call("receipt", args).await?)
            }
            "begin_sign_in" => {
                let current = self.current.read().await;
                let (demo, core) = (current.kind.is_some(), current.core.clone()?);
                drop(current);
                let told = core.call(name, args).await?;
                crate::open::sign_in_page(&told, demo);
                Ok(told)
            }
            _ => {
                let core = self.current.read().await.core.clone();
                core?.call(name, args).await
            }
        }
    }

    async fn swap(&self, kind: Option<Demo>) -> Result<Value, ApiError> {
        let mut current = self.current.write().await;
        current.shut().await;
        *current = self.open_after(kind).await;
        // A demonstration that cannot be had is no reason to lose sight of the shop.
        let failed = current.core.as_ref().err().filter(|_| kind.is_some()).cloned();
        if failed.is_some() {
            *current = self.open_after(None).await;
        }
        drop(current);
        self.tell_everything_changed();
        failed.map_or(Ok(Value::Null), Err)
    }

    /// Opens the shop's own data anew, so that what applies from a start on applies now.
    async fn start_again(&self) {
        let mut current = self.current.write().await;
        if current.kind.is_none() {
            current.shut().await;
            *current = self.open_after(None).await;
        }
        drop(current);
        self.tell_everything_changed();
    }

    /// Opens what could not be opened, where the cause has gone; leaves alone what is open.
    async fn open_again(&self) -> Result<Value, ApiError> {
        let mut current = self.current.write().await;
        if current.core.is_err() {
            *current = self.open(current.kind).await;
        }
        let trouble = current.core.as_ref().err().cloned();
        drop(current);
        self.tell_everything_changed();
        trouble.map_or(Ok(Value::Null), Err)
    }

    /// Keeps the shop's damaged buffer beside and begins with an empty one: the point of sale fills it again.
    async fn set_aside(&self) -> Result<Value, ApiError> {
        let mut current = self.current.write().await;
        if current.kind.is_some() {
            return Err(not_open());
        }
        current.shut().await;
        let folder = self.data_dir.clone();
        let moved = tokio::task::spawn_blocking(move || backroom_api::store::Store::set_aside(&folder)).await;
        *current = self.open_after(None).await;
        drop(current);
        self.tell_everything_changed();
        moved.map_err(|_| not_open())?.map_err(ApiError::from)?;
        Ok(Value::Null)
    }

    async fn open(&self, kind: Option<Demo>) -> Current {
        let opened = match kind {
            Some(demo) => start_demo(&self.data_dir, demo).await.map(|(core, demo)| (core, Some(demo))),
            None => open_own(&self.data_dir, self.secrets.clone()).await.map(|core| (core, None)),
        };
        match opened {
            Ok((core, demo)) => {
                let every = if kind.is_some() { EVERY_DEMO } else { EVERY };
                Current { kind, forward: Some(follow(&core, every, &self.changes)), core: Ok(core), _demo: demo }
            }
            Err(error) => Current::nothing(kind, error),
        }
    }

    /// Opens right after something else was left: a question under way may hold that for a moment yet.
    async fn open_after(&self, kind: Option<Demo>) -> Current {
        let end = Instant::now() + LEAVING;
        loop {
            let opened = self.open(kind).await;
            match &opened.core {
                Err(error) if error.code == "STORE_IN_USE" && Instant::now() < end => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                _ => return opened,
            }
        }
    }

    /// Every change, after it was committed.
    pub fn subscribe(&self) -> broadcast::Receiver<ChangeEvent> {
        self.changes.subscribe()
    }

    /// What the system is to show now; nothing where it cannot be known.
    pub async fn notices(&self) -> Vec<Notice> {
        let core = self.current.read().await.core.clone();
        match core {
            Ok(core) => core.notices().await.unwrap_or_else(|error| {
                tracing::info!(code = error.code, "What is to be told is not known now.");
                Vec::new()
            }),
            Err(_) => Vec::new(),
        }
    }

    /// Whether it is the shop's own data that is open, and not a demonstration, which changes nothing of the computer.
    pub async fn is_own(&self) -> bool {
        self.current.read().await.kind.is_none()
    }

    /// What the shop's own data says is to be done beside the screens, once it is open; none where it could not be opened, and in a
    /// demonstration, which changes nothing of the computer.
    pub async fn desk(&self) -> Option<Value> {
        let current = self.current.read().await;
        let core = current.core.clone().ok().filter(|_| current.kind.is_none())?;
        drop(current);
        core.desk().ok()
    }

    /// The change that makes a screen read everything again.
    pub fn everything_changed() -> ChangeEvent {
        let tags = ["app", "sales", "products", "sync", "connections"];
        ChangeEvent { invalidates: tags.map(str::to_owned).to_vec() }
    }

    fn tell_everything_changed(&self) {
        // Nobody listening is fine.
        let _ = self.changes.send(Self::everything_changed());
    }

    /// Ends at the next safe point: what was fetched is kept, what is being sent is sent again. An engine that is still opening, and
    /// perhaps waits for a person at the keychain, has nothing that could be lost and is not waited for long.
    pub async fn close(&self) {
        if let Ok(current) = tokio::time::timeout(CLOSING, self.current.read()).await
            && let Ok(core) = &current.core
        {
            core.stop().await;
        }
    }
}

/// Writes down, in a data folder, what the program says of itself and where it falls over.
pub fn keep_records(data_dir: Option<&Path>) {
    let folder = data_dir.map_or_else(backroom_api::config::default_data_dir, Path::to_path_buf);
    backroom_api::logs::start(&folder, std::env::var("BACKROOM_LOG").ok().as_deref());
    backroom_api::crash::watch(&folder);
}

/// Whether nothing would be lost with what is only in memory: nothing is connected yet.
async fn nothing_here(core: &Core) -> bool {
    let state = core.call("app_state", Value::Null).await;
    state.is_ok_and(|state| state["first_run"] == true) && core.config().warehouse.is_none()
}

fn invented_receipt() -> ApiError {
    ApiError::new(
        "RECEIPT_PAGE",
        "This receipt is invented: the vendor has no page of it.",
        "Receipts of your own shop open in the browser.",
    )
}

/// What is said where nothing is open and no better reason is known.
fn not_open() -> ApiError {
    ApiError {
        code: "STORE_CLOSED".to_owned(),
        message: "Backroom's data is not open.".to_owned(),
        hint: "Press Try again. If that does not help, start Backroom again.".to_owned(),
        retryable: true,
        role: None,
    }
}

async fn open_own(data_dir: &Path, secrets: SecretsMode) -> Result<Core, ApiError> {
    let options = EngineOptions { data_dir: data_dir.to_path_buf(), secrets, demo: false };
    Core::open(options).await.map_err(|error| {
        // The person has to find the folder to put it right.
        ApiError { hint: format!("{} The data folder is {}.", error.hint, data_dir.display()), ..error }
    })
}

/// Which demonstration store is asked for; the Square one where none is named.
fn demo_of(args: &Value) -> Result<Demo, ApiError> {
    match args["kind"].as_str() {
        None if args["kind"].is_null() => Ok(Demo::Small),
        Some("square") => Ok(Demo::Small),
        Some("lightspeed_r") => Ok(Demo::Lightspeed),
        _ => Err(ApiError::bad_request("There is no such demonstration store.")),
    }
}

async fn start_demo(data_dir: &Path, kind: Demo) -> Result<(Core, (StandIns, DemoFolder)), ApiError> {
    let trouble = |what: String| ApiError::new("DEMO_FAILED", what, "Start Backroom again.");
    let folder = data_dir.join("demo");
    let place = folder.clone();
    let prepared = tokio::task::spawn_blocking(move || {
        let taken = DemoFolder::take(&place)?;
        let demo = StandIns::start(kind)
            .map_err(|error| trouble(format!("The demonstration store could not start: {error}.")))?;
        let (source, _, bigquery) = demo.addresses();
        taken.configure(DemoAddresses {
            kind: demo.vendor().0,
            source: &source,
            bigquery: &bigquery,
            project: DemoStore::PROJECT,
            dataset: DemoStore::DATASET,
        })?;
        Ok::<_, ApiError>((demo, taken))
    });
    let (demo, taken) =
        prepared.await.map_err(|_| trouble("The demonstration store could not start.".to_owned()))??;
    let ((vendor, name), (_, token, _)) = (demo.vendor(), demo.addresses());
    let secrets = Arc::new(InMemory::new());
    secrets.set(&source_token(vendor, name), &Secret::new(token)).map_err(ApiError::from)?;
    let core =
        Core::open(EngineOptions { data_dir: folder, secrets: SecretsMode::Memory(secrets), demo: true }).await?;
    backroom_api::demo::furnish(&core).await?;
    Ok((core, (demo, taken)))
}

/// Starts the schedule and passes changes on.
fn follow(core: &Core, every: Duration, changes: &broadcast::Sender<ChangeEvent>) -> tokio::task::JoinHandle<()> {
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
    forward
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    async fn begun(folder: &Path) -> Arc<Engine> {
        let options = Options { data_dir: Some(folder.to_path_buf()), ..Options::default() };
        // The keychain of whoever runs the tests is none of ours.
        Engine::begin_with(options, SecretsMode::Memory(Arc::new(InMemory::new()))).await
    }

    #[tokio::test]
    async fn a_question_asked_while_opening_waits_for_its_answer() {
        let folder = tempfile::tempdir().unwrap();
        let engine = begun(folder.path()).await;
        let mut changes = engine.subscribe();
        let state = engine.call("app_state", Value::Null).await.unwrap();
        assert_eq!(state["first_run"], true, "answered by the engine that was opening: {state}");
        let change = changes.recv().await.unwrap();
        assert_eq!(change, Engine::everything_changed(), "whoever listened from the start hears that it is open");
        engine.close().await;
    }

    #[tokio::test]
    async fn closing_while_opening_is_safe() {
        let folder = tempfile::tempdir().unwrap();
        let engine = begun(folder.path()).await;
        engine.close().await;
        drop(engine);
        let again = begun(folder.path()).await;
        let end = Instant::now() + LEAVING;
        while again.call("open_again", Value::Null).await.is_err() && Instant::now() < end {
            tokio::task::yield_now().await;
        }
        assert!(again.call("app_state", Value::Null).await.is_ok(), "nothing was left half done, and nothing held");
        again.close().await;
    }

    #[tokio::test]
    async fn trouble_is_told_with_its_folder_and_goes_when_its_cause_has_gone() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        std::fs::write(&config, "[store]\nzone = \"x\"\n").unwrap();
        let engine = begun(folder.path()).await;
        let trouble = engine.call("app_state", Value::Null).await.unwrap_err();
        assert_eq!(trouble.code, "CONFIG_SYNTAX");
        assert!(trouble.message.contains("line 2") && trouble.message.contains("zone"), "{}", trouble.message);
        assert!(trouble.hint.contains(&folder.path().display().to_string()), "{}", trouble.hint);
        assert!(engine.call("open_again", Value::Null).await.is_err(), "the cause is still there");
        std::fs::remove_file(&config).unwrap();
        assert_eq!(engine.call("open_again", Value::Null).await.unwrap(), Value::Null);
        assert_eq!(engine.call("app_state", Value::Null).await.unwrap()["first_run"], true);
        engine.close().await;
    }

    #[tokio::test]
    async fn before_anything_is_connected_the_shops_day_applies_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let engine = begun(folder.path()).await;
        let draft = json!({
            "time_zone": "Pacific/Honolulu", "business_day_start": "05:30", "every_minutes": 15, "live": false,
            "daily_budget_usd": null, "customer_name": "drop", "customer_email": "hash", "customer_phone": "hash",
        });
        let kept = engine.call("save_settings", draft).await.unwrap();
        assert_eq!(kept["applies_at_start"], false, "nobody has to start it again: {kept}");
        let state = engine.call("app_state", Value::Null).await.unwrap();
        assert_eq!((&state["time_zone"], &state["business_day_start"]), (&json!("Pacific/Honolulu"), &json!("05:30")));
        engine.close().await;
    }

    #[tokio::test]
    async fn the_demonstration_is_its_own_and_a_failed_one_leaves_the_shop_open() {
        let folder = tempfile::tempdir().unwrap();
        let engine = begun(folder.path()).await;
        engine.call("app_state", Value::Null).await.unwrap();
        let in_the_way = folder.path().join("demo");
        std::fs::create_dir(&in_the_way).unwrap();
        std::fs::write(in_the_way.join("config.toml"), "").unwrap();
        let refused = engine.call("start_demo", Value::Null).await.unwrap_err();
        assert_eq!(refused.code, "CONFIG_NOT_DEMO", "a folder that may be a shop's is left alone");
        assert_eq!(engine.call("app_state", Value::Null).await.unwrap()["demo"], false, "the shop is open as before");
        std::fs::remove_dir_all(&in_the_way).unwrap();
        engine.call("start_demo", Value::Null).await.unwrap();
        assert_eq!(engine.call("app_state", Value::Null).await.unwrap()["demo"], true);
        engine.call("leave_demo", Value::Null).await.unwrap();
        assert_eq!(
            engine.call("start_demo", json!({"kind": "abacus"})).await.unwrap_err().code,
            "BAD_REQUEST",
            "no demonstration of a vendor that is none"
        );
        engine.call("start_demo", json!({"kind": "lightspeed_r"})).await.unwrap();
        let state = engine.call("app_state", Value::Null).await.unwrap();
        let kinds = &state["freshness"]["sources"];
        assert_eq!((&state["demo"], &kinds[0]["kind"]), (&json!(true), &json!("lightspeed_r")), "the other vendor's");
        engine.call("leave_demo", Value::Null).await.unwrap();
        let state = engine.call("app_state", Value::Null).await.unwrap();
        assert_eq!((&state["demo"], &state["first_run"]), (&json!(false), &json!(true)), "there and back, twice");
        engine.close().await;
    }
}
