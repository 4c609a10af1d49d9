//! Opening the buffer: lock, pragmas, version checks, backup and migration.

use crate::copy::{copy_checked, drop_old_backups, sync_folder};
use crate::error::StoreError;
use crate::place::Place;
use crate::privacy::Privacy;
use crate::raw::Seal;
use crate::read::ReadPool;
use crate::writer::{Command, Writer};
use backroom_core::{Clock, DayRule};
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use tokio::sync::{mpsc, oneshot};

/// The first SQLite without the WAL-reset bug (`../../../ARCHITECTURE.md`, durability).
const FIRST_SAFE_SQLITE: i32 = 3_051_003;
const FILE: &str = "backroom.db";
/// Key of `meta` that stands from an end that was none until the file was found sound.
const UNCHECKED: &str = "unchecked";
const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("../migrations/01-first.sql")),
    M::up(include_str!("../migrations/02-sales.sql")),
    M::up(include_str!("../migrations/03-receipts.sql")),
    M::up(include_str!("../migrations/04-people.sql")),
    M::up(include_str!("../migrations/05-counter.sql")),
    M::up(include_str!("../migrations/06-pace.sql")),
];

/// How to open a buffer.
pub struct Options {
    /// The data folder; created where absent.
    pub folder: PathBuf,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The business day where a location has no zone of its own.
    pub rule: DayRule,
    /// Whether `rule`'s zone was set by a person and so holds for every location.
    pub zone_is_set: bool,
    /// Seals personal columns and raw replies; none: personal columns and raw replies are not kept.
    pub seal: Option<Seal>,
}

/// An open buffer. Cheap to clone; the file is closed when the last clone is gone.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) folder: PathBuf,
    pub(crate) device: String,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rule: RwLock<DayRule>,
    pub(crate) zone_is_set: bool,
    pub(crate) seal: Arc<OnceLock<Seal>>,
    pub(crate) privacy: RwLock<Privacy>,
    pub(crate) readers: ReadPool,
    pub(crate) commands: Option<mpsc::Sender<Command>>,
    pub(crate) thread: Option<std::thread::JoinHandle<()>>,
    _lock: Option<File>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Store {
    /// Opens or creates the buffer in a folder and takes the folder for this process alone.
    ///
    /// # Errors
    /// `AlreadyOpen`, `TooNew`, `Corrupt`, `DiskFull`, `ReadOnly`, `Io` or `Migration`; nothing is changed by any of them.
    pub fn open(options: Options) -> Result<Self, StoreError> {
        if rusqlite::version_number() < FIRST_SAFE_SQLITE {
            return Err(StoreError::UnsafeSqlite(rusqlite::version()));
        }
        create_private(&options.folder)?;
        let lock = take_lock(&options.folder)?;
        let path = options.folder.join(FILE);
        // An orderly end leaves no log behind.
        let crashed = log_of(&options.folder).metadata().is_ok_and(|log| log.len() > 0);
        let mut connection = connect(&path, false)?;
        migrate(&mut connection, &options.folder)?;
        if crashed {
            connection.execute("INSERT INTO meta (key, value) VALUES (?1, '1') ON CONFLICT DO NOTHING", [UNCHECKED])?;
        }
        let device = device_id(&connection)?;
        let days_changed = day_rule_changed(&connection, &options)?;
        let place = Place::of(&path);
        let readers = ReadPool::new(path);
        let (commands, receiver) = mpsc::channel(4);
        let seal = Arc::new(options.seal.clone().map_or_else(OnceLock::new, OnceLock::from));
        let writer = Writer::new(connection, place, &options, seal.clone(), receiver, days_changed)?;
        let thread = std::thread::Builder::new().name("store-writer".into()).spawn(move || {
            crate::background::run_behind_screens();
            writer.run();
        })?;
        Ok(Self {
            inner: Arc::new(Inner {
                folder: options.folder,
                device,
                clock: options.clock,
                rule: RwLock::new(options.rule),
                zone_is_set: options.zone_is_set,
                seal,
                privacy: RwLock::default(),
                readers,
                commands: Some(commands),
                thread: Some(thread),
                _lock: Some(lock),
            }),
        })
    }

    /// Opens an existing buffer for questions alone, beside the process that has it: nothing can be written through it.
    ///
    /// # Errors
    /// `TooNew`, `TooOld`, `Corrupt`, or `Io` where there is no buffer yet.
    pub fn open_reader(options: Options) -> Result<Self, StoreError> {
        let path = options.folder.join(FILE);
        if !path.exists() {
            return Err(StoreError::Io(std::io::Error::from(std::io::ErrorKind::NotFound)));
        }
        let connection = connect(&path, true)?;
        let version: i32 = connection.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        match usize::try_from(version).unwrap_or(0).cmp(&MIGRATIONS.len()) {
            std::cmp::Ordering::Less => return Err(StoreError::TooOld),
            std::cmp::Ordering::Greater => return Err(StoreError::TooNew),
            std::cmp::Ordering::Equal => {}
        }
        let device = connection.query_row("SELECT value FROM meta WHERE key = 'device'", [], |r| r.get(0))?;
        Ok(Self {
            inner: Arc::new(Inner {
                folder: options.folder,
                device,
                clock: options.clock,
                rule: RwLock::new(options.rule),
                zone_is_set: options.zone_is_set,
                seal: Arc::new(options.seal.map_or_else(OnceLock::new, OnceLock::from)),
                privacy: RwLock::default(),
                readers: ReadPool::new(path),
                commands: None,
                thread: None,
                _lock: None,
            }),
        })
    }

    /// Takes the zone of the first location for the shop's where nobody set one; tells whether that changed anything.
    /// A first start knows no location yet, and "today" is not to wait for the second.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn adopt_zone(&self) -> Result<bool, StoreError> {
        let before = self.rule();
        let zone = if self.inner.zone_is_set { None } else { self.read(|c| Ok(first_zone(c)))? };
        // A zone that is not known is left where it stands: the rows of that location count by the shop's.
        let Some(rule) = zone.and_then(|zone| before.in_zone(&zone).ok()).filter(|rule| *rule != before) else {
            return Ok(false);
        };
        self.ask(|reply| Command::Rule(rule, reply)).await??;
        *self.inner.rule.write().unwrap_or_else(PoisonError::into_inner) = rule;
        Ok(true)
    }

    /// The zone of the first location of an existing buffer, where it is known: the shop's zone where nobody set one.
    pub fn known_zone(folder: &Path) -> Option<String> {
        let path = folder.join(FILE);
        let connection = path.exists().then(|| connect(&path, true).ok()).flatten()?;
        first_zone(&connection)
    }

    /// This buffer's own identity: two PCs never share one.
    pub fn device(&self) -> &str {
        &self.inner.device
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// The clock the buffer goes by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    /// The shop's business day rule.
    pub fn rule(&self) -> DayRule {
        *self.inner.rule.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The seal, where there is a key.
    pub fn seal(&self) -> Option<&Seal> {
        self.inner.seal.get()
    }

    /// Gives a buffer that was opened without a key the one that has come since: raw replies and personal columns are kept from
    /// then on. A buffer that has one keeps it.
    pub fn set_seal(&self, seal: Seal) {
        // Only the first counts.
        let _ = self.inner.seal.set(seal);
    }

    /// Copies the whole buffer to `target` while it is in use, then checks the copy. Two at once to the same target do not meet: each
    /// is whole, and the later one stays.
    ///
    /// # Errors
    /// `Copy` or `DiskFull` where the copy cannot be written, `Corrupt` where it is not sound; what stood at `target` is still there.
    pub fn backup(&self, target: &Path) -> Result<(), StoreError> {
        self.inner.readers.read(|c| copy_checked(c, target))
    }

    /// Whether the file is sound, as SQLite sees it.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn is_sound(&self) -> Result<bool, StoreError> {
        let told: String = self.inner.readers.read(|c| Ok(c.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?))?;
        Ok(told == "ok")
    }

    /// Bytes that the buffer takes on the disk, with what is not merged into it yet.
    pub fn bytes(&self) -> u64 {
        let size = |end: &str| std::fs::metadata(self.inner.folder.join(format!("{FILE}{end}"))).map_or(0, |m| m.len());
        size("") + size("-wal")
    }

    /// Replaces the buffer in `folder` by the backup `from`; the replaced file is kept beside it.
    /// The restored buffer takes a new identity, so that what it sends cannot be mixed up with what it sent before.
    ///
    /// # Errors
    /// Where `from` is not a sound buffer of this or an older version, or the folder is in use.
    pub fn restore(folder: &Path, from: &Path) -> Result<(), StoreError> {
        create_private(folder)?;
        let _lock = take_lock(folder)?;
        let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let version: i32 = source.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        if version < 1 {
            return Err(StoreError::Corrupt);
        }
        if usize::try_from(version).unwrap_or(0) > MIGRATIONS.len() {
            return Err(StoreError::TooNew);
        }
        let fresh = folder.join("backroom.db.restoring");
        let _ = std::fs::remove_file(&fresh);
        copy_checked(&source, &fresh)?;
        let path = folder.join(FILE);
        if path.exists() {
            drop(connect(&path, false).and_then(|c| Ok(c.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?)));
            let aside = folder.join("backroom.db.before-restore");
            let _ = std::fs::remove_file(&aside);
            std::fs::rename(&path, &aside)?;
            for suffix in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(folder.join(format!("{FILE}{suffix}")));
            }
        }
        std::fs::rename(&fresh, &path)?;
        sync_folder(folder);
        let restored = connect(&path, false)?;
        restored.execute("DELETE FROM meta WHERE key = 'device'", [])?;
        device_id(&restored)?;
        Ok(())
    }

    /// Takes the buffer out of `folder`, with everything that is in it. For invented data alone; a folder without a buffer is left
    /// as it is.
    ///
    /// # Errors
    /// `AlreadyOpen` where somebody has the buffer open; nothing is removed then. Where a file cannot be removed.
    pub fn clear(folder: &Path) -> Result<(), StoreError> {
        let _lock = take_lock(folder)?;
        // The file itself goes first: what is left of a journal means nothing without it, but not the other way round.
        for suffix in ["", "-wal", "-shm"] {
            match std::fs::remove_file(folder.join(format!("{FILE}{suffix}"))) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        sync_folder(folder);
        Ok(())
    }

    /// Makes sure that a file that was not closed in order is sound; the check takes a while and is made once after each such end.
    ///
    /// # Errors
    /// `Corrupt` where it is not: nothing may be sent from it.
    pub(crate) async fn sound_since_crash(&self) -> Result<(), StoreError> {
        let due = |c: &Connection| {
            c.query_row("SELECT EXISTS (SELECT 1 FROM meta WHERE key = ?1)", [UNCHECKED], |r| r.get::<_, bool>(0))
        };
        if !self.read(|c| Ok(due(c)?))? {
            return Ok(());
        }
        let (path, (told, answer)) = (self.inner.folder.join(FILE), oneshot::channel());
        // On a connection and a thread of its own: it may take longer than a question may.
        std::thread::Builder::new().name("store-check".into()).spawn(move || {
            let sound = connect(&path, true)
                .and_then(|c| Ok(c.query_row("PRAGMA quick_check(1)", [], |r| r.get::<_, String>(0))?));
            // Whoever asked may have been stopped.
            let _ = told.send(sound);
        })?;
        if answer.await.map_err(|_| StoreError::Closed)?? != "ok" {
            return Err(StoreError::Corrupt);
        }
        self.write(|c| Ok(c.execute("DELETE FROM meta WHERE key = ?1", [UNCHECKED])?)).await?;
        Ok(())
    }

    /// Puts a damaged buffer beside, so that an empty one can take its place; tells where it is kept. Nothing is deleted.
    ///
    /// # Errors
    /// `Invariant` where the buffer is sound, `AlreadyOpen` where somebody has it open; nothing is changed then.
    pub fn set_aside(folder: &Path) -> Result<PathBuf, StoreError> {
        let _lock = take_lock(folder)?;
        let path = folder.join(FILE);
        let check = |c: Connection| Ok(c.query_row("PRAGMA quick_check(1)", [], |r| r.get::<_, String>(0))?);
        match connect(&path, true).and_then(check) {
            Ok(sound) if sound == "ok" => return Err(StoreError::Invariant("a sound file is not put aside")),
            Ok(_) | Err(StoreError::Corrupt) => {}
            Err(error) => return Err(error),
        }
        let mut number = 1;
        let beside = loop {
            let name = format!("{FILE}.damaged-{number}");
            if !folder.join(&name).exists() {
                break name;
            }
            number += 1;
        };
        // The journals first: without them the file is still recognised as damaged, and this can be done again.
        for suffix in ["-wal", "-shm", ""] {
            match std::fs::rename(folder.join(format!("{FILE}{suffix}")), folder.join(format!("{beside}{suffix}"))) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        sync_folder(folder);
        Ok(folder.join(beside))
    }

    /// Sends a command to the writer and waits for its answer.
    pub(crate) async fn ask<T>(&self, make: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let commands = self.inner.commands.as_ref().ok_or(StoreError::Closed)?;
        commands.send(make(reply)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)
    }
}

/// Makes a folder that only this user of the computer can look into; one that is there stays as it is.
///
/// # Errors
/// What the system says.
pub fn create_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The log beside the file.
fn log_of(folder: &Path) -> PathBuf {
    folder.join(format!("{FILE}-wal"))
}

fn first_zone(c: &Connection) -> Option<String> {
    let sql = "SELECT time_zone FROM location WHERE known = 1 AND time_zone IS NOT NULL ORDER BY pk LIMIT 1";
    c.query_row(sql, [], |r| r.get(0)).ok()
}

/// Opens a connection with the pragmas of the house.
pub(crate) fn connect(path: &Path, read_only: bool) -> Result<Connection, StoreError> {
    let flags = if read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX
    };
    let connection = Connection::open_with_flags(path, flags).map_err(|error| {
        // Whoever opens it for questions has seen it before.
        let gone = read_only && !path.exists();
        if gone { StoreError::Replaced } else { error.into() }
    })?;
    connection.set_prepared_statement_cache_capacity(192);
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    if read_only {
        connection.execute_batch("PRAGMA cache_size=-4096; PRAGMA trusted_schema=OFF; PRAGMA query_only=ON;")?;
    } else {
        // FULL: NORMAL loses acknowledged rows in a power cut. The WAL is kept small after each checkpoint.
        connection.execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA fullfsync=1; PRAGMA checkpoint_fullfsync=1;
             PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-12288;
             PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=33554432;",
        )?;
    }
    Ok(connection)
}

fn take_lock(folder: &Path) -> Result<File, StoreError> {
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("backroom.lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::AlreadyOpen),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

fn migrate(connection: &mut Connection, folder: &Path) -> Result<(), StoreError> {
    let before: i32 = connection.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    let newest = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
    if before > newest {
        return Err(StoreError::TooNew);
    }
    if before == newest {
        return Ok(());
    }
    if before > 0 {
        let backups = folder.join("backups");
        create_private(&backups)?;
        copy_checked(connection, &backups.join(format!("before-version-{newest}-from-{before}.db")))?;
        drop_old_backups(&backups)?;
    }
    Migrations::from_slice(MIGRATIONS).to_latest(connection).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => match StoreError::from(err) {
            StoreError::Sqlite(inner) => StoreError::Migration(Box::new(rusqlite_migration::Error::RusqliteError {
                query: String::new(),
                err: inner,
            })),
            known => known,
        },
        other => StoreError::Migration(Box::new(other)),
    })
}

fn device_id(connection: &Connection) -> Result<String, StoreError> {
    let fresh = hex::encode(rand::random::<[u8; 6]>());
    connection.execute("INSERT INTO meta (key, value) VALUES ('device', ?1) ON CONFLICT DO NOTHING", [&fresh])?;
    Ok(connection.query_row("SELECT value FROM meta WHERE key = 'device'", [], |r| r.get(0))?)
}

/// Whether business days were counted by another rule when the file was last open; remembers the present one.
fn day_rule_changed(connection: &Connection, options: &Options) -> Result<bool, StoreError> {
    // Where no zone was set, each location counts by its own: the shop's then changes no row.
    let zone = if options.zone_is_set { options.rule.zone_name() } else { "own" };
    let rule = format!("{zone}|{}", options.rule.start_minute());
    let before: Option<String> = connection
        .query_row("SELECT value FROM meta WHERE key = 'day_rule'", [], |r| r.get(0))
        .map(Some)
        .or_else(|e| if e == rusqlite::Error::QueryReturnedNoRows { Ok(None) } else { Err(e) })?;
    if before.as_deref() != Some(rule.as_str()) {
        connection.execute(
            "INSERT INTO meta (key, value) VALUES ('day_rule', ?1) ON CONFLICT DO UPDATE SET value = excluded.value",
            [&rule],
        )?;
    }
    Ok(before.is_some_and(|b| b != rule))
}
