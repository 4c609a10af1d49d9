//! What the integration suites and the benchmarks share: a stand-in shop, a buffer and the engine between them.

pub mod openapi;

use backroom_connectors::square::{Square as SquareSource, SquareSettings};
use backroom_core::source::Entity;
use backroom_core::{Clock, DayRule, SystemClock};
use backroom_http::{Client, ClientConfig, StaticToken};
use backroom_sandbox::square::{Square, StoreSpec};
use backroom_secrets::Secret;
use backroom_store::{Options, Seal, Store, StoreError};
use backroom_sync::{Cancel, PullOptions, PullOutcome, Quiet, SourceEntry, Watcher, pull};
use std::path::Path;
use std::sync::Arc;

/// A stand-in shop with a buffer of its own.
pub struct Bench {
    /// The point of sale.
    pub square: Square,
    /// The buffer.
    pub store: Store,
    /// The connector.
    pub source: SourceEntry,
    /// The data folder.
    pub folder: tempfile::TempDir,
}

/// The error of a fixture: only tests and benchmarks see it.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Opens a buffer in `folder` for a shop in Chicago.
///
/// # Errors
/// What the buffer says.
pub fn open_store(folder: &Path) -> Result<Store, StoreError> {
    open_store_at(folder, Arc::new(SystemClock))
}

/// The same by another clock.
///
/// # Errors
/// What the buffer says.
pub fn open_store_at(folder: &Path, clock: Arc<dyn Clock>) -> Result<Store, StoreError> {
    open_store_with(folder, clock, true)
}

/// The same; where `zone_is_set` is false each location's own zone decides on its business days.
///
/// # Errors
/// What the buffer says.
pub fn open_store_with(folder: &Path, clock: Arc<dyn Clock>, zone_is_set: bool) -> Result<Store, StoreError> {
    let rule = DayRule::new("America/Chicago", "04:00").map_err(|_| StoreError::Invariant("a known zone"))?;
    let seal = Some(Seal::new(&[7; 32]));
    Store::open(Options { folder: folder.to_path_buf(), clock, rule, zone_is_set, seal })
}

/// A Square source that talks to `base_url` with `token`.
///
/// # Errors
/// A bad address.
pub fn square_source(base_url: &str, token: &str, concurrency: usize) -> Result<SourceEntry, Failure> {
    square_source_with(
        token,
        SquareSettings { base_url: base_url.to_owned(), concurrency, ..SquareSettings::default() },
    )
}

/// The same by settings of its own.
///
/// # Errors
/// A bad address.
pub fn square_source_with(token: &str, settings: SquareSettings) -> Result<SourceEntry, Failure> {
    let token = Arc::new(StaticToken::new(Secret::new(token)));
    let source = SquareSource::new(settings, Client::new(ClientConfig::default()), token)?;
    Ok(SourceEntry { name: "main".into(), source: Arc::new(source), history_days: Some(731) })
}

impl Bench {
    /// A shop by recipe, not synced yet.
    ///
    /// # Errors
    /// Where the stand-in or the buffer cannot start.
    pub fn new(spec: StoreSpec) -> Result<Self, Failure> {
        let square = Square::start(spec)?;
        let folder = tempfile::tempdir()?;
        let store = open_store(folder.path())?;
        let source = square_source(&square.base_url(), &square.token(), 8)?;
        Ok(Self { square, store, source, folder })
    }

    /// One sync of everything, or of one entity.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn sync(&self, entity: Option<Entity>) -> Result<Vec<PullOutcome>, StoreError> {
        let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
        let options = PullOptions { entity, ..PullOptions::default() };
        pull(&self.store, std::slice::from_ref(&self.source), &options, &watcher, &Cancel::new()).await
    }

    /// Now, by the computer's clock.
    pub fn now() -> backroom_core::Timestamp {
        SystemClock.now()
    }
}
