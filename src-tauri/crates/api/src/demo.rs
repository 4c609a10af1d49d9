//! The folder of a demonstration store: taken by one at a time, emptied of earlier invented data, never a real shop's.

use crate::config::{Config, FILE, SourceSection, WarehouseSection};
use crate::dto::ApiError;
use crate::engine::Engine;
use backroom_store::{Store, StoreError};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

/// Where the demonstration store stands; shops of the Lightspeed one lie in zones of their own.
const ZONE: &str = "America/Chicago";
/// Held as long as the store's stand-ins live: their addresses are in the folder's configuration.
const LOCK: &str = "demo.lock";

/// Puts what the counter shows into a demonstration store that was just opened; elsewhere nothing happens.
///
/// # Errors
/// What the buffer says.
pub async fn furnish(engine: &Engine) -> Result<(), ApiError> {
    crate::counter::raffles::furnish(engine).await
}

/// A demonstration store's folder, taken until this is dropped.
pub struct DemoFolder {
    folder: PathBuf,
    _lock: File,
}

/// What the demonstration store reads from and delivers to.
#[derive(Debug, Clone, Copy)]
pub struct DemoAddresses<'a> {
    /// Kind of the point of sale: `square` or `lightspeed_r`.
    pub kind: &'a str,
    /// Address of the point of sale.
    pub source: &'a str,
    /// Address of the warehouse.
    pub bigquery: &'a str,
    /// Project of the warehouse.
    pub project: &'a str,
    /// Dataset of the warehouse.
    pub dataset: &'a str,
}

impl DemoFolder {
    /// Takes a folder and clears away an earlier demonstration's buffer: invented data of another day would not go with
    /// today's stand-ins.
    ///
    /// # Errors
    /// `STORE_IN_USE` where a demonstration is running there, `CONFIG_NOT_DEMO` where a real shop's data may be in it, or where it
    /// cannot be used. Nothing in it is changed then.
    pub fn take(folder: &Path) -> Result<Self, ApiError> {
        let configured = folder.join(FILE).exists();
        let ours = configured && Config::load(folder)?.demo;
        // A buffer whose configuration got lost is a real shop's, for all that can be known.
        if !ours && (configured || folder.join("backroom.db").exists()) {
            return Err(ApiError::new(
                "CONFIG_NOT_DEMO",
                format!("{} holds a real shop's data, not a demonstration's; it was left alone.", folder.display()),
                "Choose an empty folder with --data-dir.",
            ));
        }
        backroom_store::create_private(folder).map_err(StoreError::from)?;
        let path = folder.join(LOCK);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(StoreError::from)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(StoreError::AlreadyOpen.into()),
            Err(std::fs::TryLockError::Error(error)) => return Err(StoreError::from(error).into()),
        }
        Store::clear(folder)?;
        Ok(Self { folder: folder.to_path_buf(), _lock: lock })
    }

    /// Writes the configuration with which the demonstration store is read and delivered.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn configure(&self, at: DemoAddresses<'_>) -> Result<(), ApiError> {
        let mut config = Config { demo: true, ..Config::default() };
        if at.kind == "square" {
            config.store.time_zone = Some(ZONE.to_owned());
        }
        let section = match at.kind {
            "lightspeed_r" => SourceSection::lightspeed("lightspeed", ""),
            _ => SourceSection::square("main"),
        };
        config.source = vec![SourceSection { base_url: at.source.to_owned(), ..section }];
        let warehouse = WarehouseSection::bigquery(at.project, at.dataset, "");
        config.warehouse = Some(WarehouseSection { base_url: at.bigquery.to_owned(), ..warehouse });
        Ok(config.save(&self.folder)?)
    }
}
