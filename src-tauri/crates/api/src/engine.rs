//! The composition root: configuration, secrets, buffer, sources, warehouse and schedule, as one thing that can be asked.

use crate::config::{Config, WarehouseSection};
use crate::cycle::Cycle;
use crate::dto::{
    ApiError, ChangeEvent, MigrationOutcome, ProbeResult, PushOutcome, SecretsPlace, StreamOutcome, SyncOutcome,
    TableOutcome,
};
use crate::vault;
use backroom_core::source::Entity;
use backroom_core::table::Table;
use backroom_core::{BusinessDay, Clock, DayRule, SystemClock};
use backroom_http::oauth::Keeper;
use backroom_http::{Bucket, Limiter};
use backroom_secrets::{InMemory, Secret, SecretError, SecretStore, WAREHOUSE_KEY, source_token};
use backroom_store::{Options, Store};
use backroom_sync::schedule::Schedule;
use backroom_sync::{Cancel, PullOptions, PullProgress, Watcher, pull, push};
use backroom_warehouse::{BigQuery, Credential, Migration, Spent};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::broadcast;

/// The zone until somebody sets one or a location tells its own.
const FIRST_ZONE: &str = "America/Chicago";

/// Where secrets come from.
#[derive(Clone)]
pub enum SecretsMode {
    /// The keychain of the operating system.
    Keychain,
    /// Variables of the environment.
    Environment,
    /// Memory alone: the demonstration store and tests.
    Memory(Arc<InMemory>),
}

/// How to open the engine.
#[derive(Clone)]
pub struct EngineOptions {
    /// The data folder.
    pub data_dir: PathBuf,
    /// Where secrets come from.
    pub secrets: SecretsMode,
    /// Whether this is the demonstration store, whatever the configuration says.
    pub demo: bool,
}

/// The running engine. Clones share it.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
    /// Whose questions it answers: the window's, or those of one browser.
    pub(crate) seat: crate::presence::Seat,
}

pub(crate) struct Inner {
    pub(crate) data_dir: PathBuf,
    pub(crate) demo: bool,
    pub(crate) config: RwLock<Config>,
    pub(crate) secrets: Arc<dyn SecretStore>,
    /// Why the keychain cannot be used, where it cannot: secrets then last for this session alone.
    pub(crate) keychain_trouble: Mutex<Option<ApiError>>,
    /// The business day whose effect on members was last written down.
    pub(crate) settled_on: Mutex<Option<BusinessDay>>,
    /// The raffle that was used last.
    pub(crate) kept_raffle: Mutex<Option<crate::counter::raffles::Kept>>,
    /// What `secrets` stands for: another may take its place.
    pub(crate) vault: Arc<vault::Replaceable>,
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    changes: broadcast::Sender<ChangeEvent>,
    /// Counts commits of what products are made of: those kept in memory are good while it stands.
    pub(crate) products_version: AtomicU64,
    pub(crate) progress: Mutex<Option<PullProgress>>,
    pub(crate) schedule: Mutex<Schedule>,
    pub(crate) probes: Mutex<HashMap<String, Result<ProbeResult, ApiError>>>,
    pub(crate) kept_products: Mutex<crate::reads::KeptProducts>,
    /// Why the last sync or delivery could not be begun or kept, where that is so.
    pub(crate) halted: Mutex<Option<ApiError>>,
    pub(crate) cycles: broadcast::Sender<Cycle>,
    pub(crate) syncing: tokio::sync::Mutex<()>,
    /// What stops the delivery that runs at its next batch.
    pub(crate) sending: Mutex<Option<Cancel>>,
    pub(crate) updates: std::sync::OnceLock<crate::updates::Updates>,
    pub(crate) pushing: tokio::sync::Mutex<()>,
    pub(crate) running: Mutex<Option<Cancel>>,
    pub(crate) stopped: Cancel,
    pub(crate) scheduled: Mutex<Option<tokio::task::JoinHandle<()>>>,
    warehouse: Mutex<Option<Arc<BigQuery>>>,
    /// Where grants are kept that renew themselves, where the secrets cannot be changed.
    pub(crate) grants: vault::Grants,
    /// What keeps the access of signed-in sources alive, by their names.
    pub(crate) keepers: Mutex<HashMap<String, Arc<Keeper>>>,
    /// The sign-in that waits for its answer.
    pub(crate) sign_in: Mutex<Option<crate::sign_in::Waiting>>,
    /// Who is at work.
    pub(crate) presence: Mutex<crate::presence::Presence>,
    /// Held while a PIN is looked at.
    pub(crate) entering: tokio::sync::Mutex<()>,
    /// What the system was asked to show so far, once that was read.
    pub(crate) told: Mutex<Option<crate::notices::Told>>,
    /// Held while an entry of the audit log is written.
    pub(crate) logging: tokio::sync::Mutex<()>,
    /// Keys of this program's own and the number of the last entry of the audit log, as the keychain has them: a keychain may take
    /// longer to answer than a scan.
    pub(crate) kept_keys: Mutex<crate::audit::KeptKeys>,
    /// How full the buckets of the accounts are, by the names of the sources: they go on dripping between two syncs.
    pub(crate) buckets: Mutex<HashMap<String, Arc<Bucket>>>,
    /// How many calls their accounts take at once, and until when all of them wait, by the names of the sources.
    pub(crate) limiters: Mutex<HashMap<String, Arc<Limiter>>>,
}

pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// Opens the data folder.
    ///
    /// # Errors
    /// A bad configuration or a buffer that cannot be opened. Missing credentials are no error here.
    pub async fn open(options: EngineOptions) -> Result<Self, ApiError> {
        Self::open_as(options, false, Arc::new(SystemClock)).await
    }

    /// As `open`, by another clock than the computer's.
    ///
    /// # Errors
    /// As `open`.
    pub async fn open_at(options: EngineOptions, clock: Arc<dyn Clock>) -> Result<Self, ApiError> {
        Self::open_as(options, false, clock).await
    }

    /// Opens the data folder for reads alone, beside a running Backroom; nothing can be changed through it.
    ///
    /// # Errors
    /// A bad configuration, or no buffer yet.
    pub async fn open_reader(options: EngineOptions) -> Result<Self, ApiError> {
        Self::open_as(options, true, Arc::new(SystemClock)).await
    }

    async fn open_as(options: EngineOptions, reader: bool, clock: Arc<dyn Clock>) -> Result<Self, ApiError> {
        let config = Config::load(&options.data_dir)?;
        let demo = options.demo || config.demo;
        let zone = config.store.time_zone.clone();
        let shop_zone = zone.clone().or_else(|| Store::known_zone(&options.data_dir));
        let rule = DayRule::new(shop_zone.as_deref().unwrap_or(FIRST_ZONE), &config.store.business_day_start)
            .map_err(|e| ApiError::new("CONFIG_STORE", format!("In [store]: {e}."), "Correct config.toml."))?;
        let token =
            config.source.first().map_or_else(|| source_token("square", "main"), |s| source_token(&s.kind, &s.name));
        let (data_dir, mode) = (options.data_dir.clone(), options.secrets.clone());
        let (store_clock, zone_is_set) = (clock.clone(), zone.is_some());
        // Opening waits for the disk and perhaps for a person who unlocks the keychain.
        let opened = tokio::task::spawn_blocking(move || {
            if reader {
                // Reports open nothing sealed, so the keychain is left alone.
                let options = Options { folder: data_dir, clock: store_clock, rule, zone_is_set, seal: None };
                let secrets: Arc<dyn SecretStore> = Arc::new(InMemory::new());
                let grants: vault::Grants = Ok(secrets.clone());
                return Ok((Store::open_reader(options)?, secrets, SecretsPlace::Session, None, grants));
            }
            backroom_store::create_private(&data_dir).map_err(backroom_store::StoreError::from)?;
            crate::updates::return_data(&data_dir, &crate::updates::built_in_version())?;
            let vault::Vault { secrets, place, trouble, seal, grants } = vault::open(&mode, &data_dir, &token);
            let store = Store::open(Options { folder: data_dir, clock: store_clock, rule, zone_is_set, seal })?;
            Ok::<_, ApiError>((store, secrets, place, trouble, grants))
        })
        .await
        .map_err(|_| ApiError::new("STORE_FAILED", "Backroom could not be started.", "Start it again."))?;
        let (store, secrets, place, keychain_trouble, grants) = opened
            .map_err(|error| if reader { error } else { crate::updates::after_an_update(&options.data_dir, error) })?;
        if !reader {
            store.set_privacy(config.privacy.choice()?).await?;
            if let (Some(seal), None) = (store.seal(), store.note(vault::KEY_CHECK)?) {
                store.set_note(vault::KEY_CHECK, &vault::key_check(seal)).await?;
            }
        }
        let replaceable = Arc::new(vault::Replaceable::new(secrets, place));
        let secrets: Arc<dyn SecretStore> = replaceable.clone();
        let engine = Self {
            seat: Arc::from(""),
            inner: Arc::new(Inner {
                data_dir: options.data_dir,
                demo,
                config: RwLock::new(config),
                secrets,
                keychain_trouble: Mutex::new(keychain_trouble),
                vault: replaceable,
                store,
                clock,
                changes: broadcast::channel(256).0,
                products_version: AtomicU64::new(0),
                progress: Mutex::new(None),
                schedule: Mutex::new(Schedule { every_seconds: 900, last_start: None, failures: 0 }),
                probes: Mutex::default(),
                kept_products: Mutex::default(),
                halted: Mutex::default(),
                cycles: broadcast::channel(64).0,
                syncing: tokio::sync::Mutex::new(()),
                sending: Mutex::default(),
                updates: std::sync::OnceLock::new(),
                pushing: tokio::sync::Mutex::new(()),
                running: Mutex::new(None),
                stopped: Cancel::new(),
                scheduled: Mutex::new(None),
                warehouse: Mutex::new(None),
                grants,
                keepers: Mutex::default(),
                sign_in: Mutex::default(),
                presence: Mutex::default(),
                logging: tokio::sync::Mutex::default(),
                kept_keys: Mutex::default(),
                entering: tokio::sync::Mutex::default(),
                buckets: Mutex::default(),
                limiters: Mutex::default(),
                settled_on: Mutex::default(),
                told: Mutex::default(),
                kept_raffle: Mutex::default(),
            }),
        };
        if demo && !reader {
            engine.invent_members().await?;
        }
        Ok(engine)
    }

    /// The configuration as it is now.
    pub fn config(&self) -> Config {
        self.inner.config.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The buffer.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Where secrets are kept.
    pub fn secrets(&self) -> Arc<dyn SecretStore> {
        self.inner.secrets.clone()
    }

    /// Hears of every change after it was committed.
    pub fn subscribe(&self) -> broadcast::Receiver<ChangeEvent> {
        self.inner.changes.subscribe()
    }

    /// Tells every screen that some of what it shows is no longer true.
    pub(crate) fn changed(&self, tags: &[&str]) {
        // Nobody listening is fine.
        let _ = self.inner.changes.send(ChangeEvent { invalidates: tags.iter().map(|t| (*t).to_owned()).collect() });
    }

    /// A warehouse with a key, which need not be kept yet.
    ///
    /// # Errors
    /// No key, or a bad address; in the demonstration any warehouse but its own.
    pub(crate) fn warehouse_with(
        &self,
        section: &WarehouseSection,
        key: Result<Option<Secret>, SecretError>,
    ) -> Result<BigQuery, ApiError> {
        let loopback = section.base_url.starts_with("http://");
        if self.inner.demo && !loopback {
            return Err(ApiError::new(
                "CONFIG_DEMO_WAREHOUSE",
                "The demonstration store sends its invented data to the demonstration warehouse only.",
                "Leave the demonstration store to send your own data.",
            ));
        }
        let credential = match key {
            // A warehouse of this computer may ask for no key; Google's own key is not for it.
            Ok(Some(key)) if !loopback || is_of_this_computer(key.expose()) => Credential::ServiceAccount(key),
            _ if loopback => Credential::None,
            Err(error) => return Err(error.into()),
            Ok(_) => {
                return Err(ApiError::new(
                    "BIGQUERY_KEY_MISSING",
                    "There is no BigQuery key.",
                    "Paste the service account's key under Connections, or set GOOGLE_APPLICATION_CREDENTIALS.",
                ));
            }
        };
        let mut settings = backroom_warehouse::Config::new(&section.project, &section.dataset);
        settings.location.clone_from(&section.location);
        settings.base_url.clone_from(&section.base_url);
        settings.daily_budget_micro_usd = section.budget_micro_usd();
        Ok(BigQuery::new(settings, &credential)?)
    }

    /// The warehouse, made once: it remembers which tables are prepared.
    ///
    /// # Errors
    /// None configured, no credential, or a bad address.
    pub(crate) async fn warehouse(&self) -> Result<Arc<BigQuery>, ApiError> {
        if let Some(known) = held(&self.inner.warehouse).clone() {
            return Ok(known);
        }
        let config = self.config();
        let Some(section) = config.warehouse.as_ref() else {
            return Err(ApiError::new(
                "CONFIG_NO_WAREHOUSE",
                "No BigQuery is connected yet. Nothing is lost: rows wait here.",
                "Connect BigQuery under Connections, or add [warehouse] to config.toml.",
            ));
        };
        let secrets = self.inner.secrets.clone();
        let key = tokio::task::spawn_blocking(move || secrets.get(WAREHOUSE_KEY))
            .await
            .map_err(|_| ApiError::new("SECRET_FAILED", "The keychain could not be asked.", "Try again."))?;
        let warehouse = Arc::new(self.warehouse_with(section, key)?);
        // A restart must not open a new day's budget.
        let spent = self.inner.store.cost_today()?;
        warehouse.restore_spent(Spent {
            day: backroom_core::BusinessDay::from_date(self.inner.clock.now().utc().date_naive()),
            bytes: spent.bytes,
            jobs: spent.jobs,
        });
        *held(&self.inner.warehouse) = Some(warehouse.clone());
        Ok(warehouse)
    }

    /// Forgets the warehouse connection, so that the next use takes the present settings.
    pub(crate) fn forget_warehouse(&self) {
        *held(&self.inner.warehouse) = None;
    }

    /// Pulls every source to its end. One at a time: a second call waits for the first.
    ///
    /// # Errors
    /// Where nothing can be pulled at all; a stream that fails is told in its outcome.
    pub async fn sync(&self, options: PullOptions) -> Result<SyncOutcome, ApiError> {
        let _turn = self.inner.syncing.lock().await;
        let started = std::time::Instant::now();
        held(&self.inner.schedule).last_start = Some(self.inner.clock.now());
        let (sources, unusable) = self.sources(options.source.as_deref()).await?;
        let cancel = Cancel::new();
        let running = Running::new(self, &cancel);
        // Whoever stops the engine cancels what he finds running: look only after it can be found.
        if self.inner.stopped.is_cancelled() {
            cancel.cancel();
        }
        let watcher: Arc<dyn Watcher> = Arc::new(Tell(self.clone()));
        let pulled = pull(&self.inner.store, &sources, &options, &watcher, &cancel).await;
        drop(running);
        let pulled = pulled?;
        let reached = pulled.iter().any(|o| o.fault.is_none());
        {
            let mut schedule = held(&self.inner.schedule);
            schedule.failures = if reached { 0 } else { schedule.failures.saturating_add(1) };
        }
        let unusable = unusable.into_iter().map(|(source, error)| StreamOutcome {
            source,
            entity: "all".to_owned(),
            location: None,
            rows: 0,
            changed: 0,
            deleted: 0,
            pages: 0,
            requests: 0,
            exit: crate::error::exit_code(&error),
            error: Some(error),
        });
        let streams = pulled
            .into_iter()
            .map(|o| StreamOutcome {
                source: o.source,
                entity: o.entity.name().to_owned(),
                location: o.location,
                rows: o.stats.rows,
                changed: o.stats.changed,
                deleted: o.stats.deleted,
                pages: o.stats.pages,
                requests: o.stats.requests,
                exit: o.fault.as_ref().map_or(0, |f| crate::error::fault_exit(&f.class)),
                error: o.fault.map(ApiError::from),
            })
            .chain(unusable)
            .collect();
        Ok(SyncOutcome { elapsed_ms: elapsed(started), streams })
    }

    /// Delivers what waits for the warehouse. One at a time.
    ///
    /// # Errors
    /// Where nothing can be sent at all; a table that stops is told in its outcome.
    pub async fn push(&self) -> Result<PushOutcome, ApiError> {
        let _turn = self.inner.pushing.lock().await;
        let started = std::time::Instant::now();
        let warehouse = self.warehouse().await?;
        let watcher: Arc<dyn Watcher> = Arc::new(Tell(self.clone()));
        let cancel = Cancel::new();
        *held(&self.inner.sending) = Some(cancel.clone());
        // As with a sync: look only after it can be found.
        if self.inner.stopped.is_cancelled() {
            cancel.cancel();
        }
        let sent = push(&self.inner.store, warehouse.as_ref(), &watcher, &cancel).await;
        *held(&self.inner.sending) = None;
        let sent = sent?;
        self.changed(&["sync", "app"]);
        let (pending, dead) = self.inner.store.waiting()?;
        let tables = sent
            .into_iter()
            .map(|t| TableOutcome {
                table: t.table.name().to_owned(),
                rows: t.rows,
                batches: t.batches,
                exit: t.fault.as_ref().map_or(0, |f| crate::error::fault_exit(&f.class)),
                error: t.fault.map(ApiError::from),
            })
            .collect();
        Ok(PushOutcome { elapsed_ms: elapsed(started), tables, pending, dead })
    }

    /// Partitions an existing table of ours at the warehouse by day, keeping the old one; with `dry_run` only tells what it would
    /// take.
    ///
    /// # Errors
    /// A name that is no table of ours, or what the warehouse says.
    pub async fn migrate_table(&self, name: &str, dry_run: bool) -> Result<MigrationOutcome, ApiError> {
        let table = Table::ALL.into_iter().find(|t| t.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Table::ALL.iter().map(|t| t.name()).collect();
            ApiError::bad_request(format!("{name:?} is no table of ours. Use one of {}.", names.join(", ")))
        })?;
        let _turn = self.inner.pushing.lock().await;
        let told = |state: &str, rows, bytes, cost_micro_usd, words: String| MigrationOutcome {
            table: name.to_owned(),
            state: state.to_owned(),
            rows,
            bytes,
            cost_micro_usd,
            words,
        };
        Ok(match self.warehouse().await?.migrate(table, dry_run).await? {
            Migration::Absent => told("absent", 0, 0, 0, "There is no such table yet; it is made partitioned.".into()),
            Migration::NotNeeded => told("partitioned", 0, 0, 0, "The table is partitioned already.".into()),
            Migration::Estimate { rows, bytes, micro_usd, words } => told("estimate", rows, bytes, micro_usd, words),
            Migration::Done { rows, kept_as } => {
                told("done", rows, 0, 0, format!("The table is partitioned now. The old one is kept as {kept_as}."))
            }
        })
    }
}

/// Whether a key file is for a warehouse of this computer: its tokens come from here.
pub(crate) fn is_of_this_computer(key: &str) -> bool {
    token_address(key).is_some_and(|url| url.scheme() == "http")
}

/// Where a key file says that its tokens come from.
pub(crate) fn token_address(key: &str) -> Option<url::Url> {
    let file: serde_json::Value = serde_json::from_str(key).ok()?;
    let text = file["token_uri"].as_str()?;
    crate::config::check_url("token_uri", text).ok()?;
    url::Url::parse(text).ok()
}

fn elapsed(started: std::time::Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// A sync that runs. However it ends, screens hear that it did: one that seemed to run for ever would keep out every other.
struct Running(Engine);

impl Running {
    fn new(engine: &Engine, cancel: &Cancel) -> Self {
        *held(&engine.inner.running) = Some(cancel.clone());
        engine.changed(&["sync", "app"]);
        Self(engine.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        *held(&self.0.inner.running) = None;
        *held(&self.0.inner.progress) = None;
        self.0.changed(&["sync", "app", "sales", "products"]);
    }
}

/// Turns commits into events.
struct Tell(Engine);

impl Watcher for Tell {
    fn pulled(&self, entity: Entity) {
        if matches!(entity, Entity::Orders | Entity::Catalog | Entity::Inventory) {
            self.0.inner.products_version.fetch_add(1, Ordering::Relaxed);
        }
        let tags: &[&str] = match entity {
            Entity::Locations => &["app", "sales", "sync"],
            Entity::Payments | Entity::Refunds => &["sales", "sync", "app"],
            Entity::Orders => &["sales", "products", "sync"],
            Entity::Catalog | Entity::Inventory => &["products", "sync"],
            Entity::Customers | Entity::Team => &["sync"],
        };
        self.0.changed(tags);
        if entity == Entity::Locations {
            let engine = self.0.clone();
            tokio::spawn(async move {
                match engine.inner.store.adopt_zone().await {
                    Ok(true) => engine.changed(&["app", "sales", "products", "sync"]),
                    Ok(false) => {}
                    Err(error) => tracing::warn!(code = error.code(), "The shop's zone is taken at the next start."),
                }
            });
        }
    }

    fn progress(&self, progress: &PullProgress) {
        *held(&self.0.inner.progress) = Some(progress.clone());
        self.0.changed(&["app", "sync"]);
    }

    fn delivered(&self, _: Table) {
        self.0.changed(&["sync", "app"]);
    }
}
