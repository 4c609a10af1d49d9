//! Installing: what must not be interrupted, the copy of before, and the handing over to the host.

use super::{Doing, Updates};
use crate::dto::ApiError;
use crate::engine::{Engine, held};
use backroom_core::Timestamp;
use backroom_store::report;
use backroom_update::{Download, Installing, Manifest, Package, Returning, Trade, UpdateError, room_needed};

/// Weeks of sales that tell when a shop trades.
const WEEKS: i32 = 4;
/// What is done at the counter and must not be interrupted: commands, for how many seconds after each, and what is said.
const AT_THE_COUNTER: &[(&[&str], i64, &str)] = &[
    (&["age_check", "age_manual"], 180, "An ID check is open"),
    (&["close_raffle", "seal_raffle", "draw_raffle"], 900, "A draw is under way"),
];
/// The state of a raffle that waits for its draw.
const SEALED: &str = "sealed";

impl Updates {
    /// A command was carried out: perhaps one that must not be interrupted.
    fn noticed(&self, command: &str, now: Timestamp) {
        let known = AT_THE_COUNTER.iter().flat_map(|(commands, ..)| *commands).find(|name| **name == command);
        if let Some(name) = known {
            *held(&self.used) = Some((name, now));
        }
    }
}

impl Engine {
    /// A command was carried out.
    pub fn notice_use(&self, command: &str) {
        self.updates().noticed(command, self.inner.clock.now());
    }

    /// When the shop trades, as its sales of the last weeks tell.
    pub(super) fn trade(&self) -> Result<Trade, ApiError> {
        let today = self.store().rule().day_of(self.inner.clock.now());
        let (heat, newest) = self.store().read(|c| {
            let currency = report::main_currency(c)?;
            Ok((report::heat(c, 0, &currency, today.plus(-7 * WEEKS), today)?, report::recent(c, 0, 1)?))
        })?;
        let hours = heat.into_iter().filter(|(_, row)| row.payments > 0).map(|(weekday, row)| (weekday, row.hour));
        Ok(Trade::new(hours, newest.first().map(|payment| payment.taken_at)))
    }

    /// What is under way and must not be interrupted, as a sentence without its end.
    pub(super) fn busy(&self, now: Timestamp) -> Option<&'static str> {
        let used = *held(&self.updates().used);
        let counter = used.and_then(|(command, at)| {
            let (_, seconds, words) = AT_THE_COUNTER.iter().find(|(commands, ..)| commands.contains(&command))?;
            (0..*seconds).contains(&now.seconds_since(at)).then_some(*words)
        });
        let draw = || {
            let raffles = self.store().raffles().unwrap_or_default();
            raffles.iter().any(|raffle| raffle.state.status == SEALED).then_some("A draw is open")
        };
        counter.or_else(draw)
    }

    /// Whether there is room for an installer, a copy of the buffer and its migration.
    pub(super) fn room_for(&self, installer: u64) -> Result<(), UpdateError> {
        let needed = room_needed(self.store().bytes(), installer);
        let free = self.updates().folder.free()?;
        if free < needed {
            return Err(UpdateError::NoRoom { needed_mb: needed / 1_000_000 + 1, free_mb: free / 1_000_000 });
        }
        Ok(())
    }

    /// Installs the release that is here. `operator` said so; nobody where it happens by itself.
    ///
    /// # Errors
    /// Why it was not installed; it is remembered, and the version that runs goes on.
    pub(crate) async fn install_release(&self, operator: &str) -> Result<(), UpdateError> {
        let updates = self.updates();
        let _turn = updates.turn.lock().await;
        self.do_update(Doing::Installing, self.install_offer(operator)).await
    }

    async fn install_offer(&self, operator: &str) -> Result<(), UpdateError> {
        let updates = self.updates();
        let (keys, _, installer, target) = updates.means()?;
        let now = self.inner.clock.now();
        let manifest = updates.offer(now)?.ok_or(UpdateError::NothingToInstall)?;
        let artefact = manifest.artefact(&target)?;
        if held(&updates.state).installing.is_some() {
            return Err(UpdateError::Busy { what: "The new version is in place and starts".to_owned() });
        }
        let name = Download::name(artefact);
        if !updates.is_ready(&manifest, &target) {
            return Err(UpdateError::NothingToInstall);
        }
        if !Download::is_here(&updates.folder, artefact) {
            // The disk forgot some of it since it came: it is fetched anew.
            let _ = std::fs::remove_file(updates.folder.file(&name));
            return Err(UpdateError::Hash);
        }
        if let Some(what) = self.busy(now) {
            return Err(UpdateError::Busy { what: what.to_owned() });
        }
        let bytes = updates.read(&name)?;
        let key = keys.verify_artefact(&bytes, &artefact.signature, &manifest.version, &target)?;
        self.room_for(artefact.size)?;

        // Until the end of this nothing is read or sent: the copy is of what the new version will find.
        let quiet = self.pause().await;
        let backup = self.copy_before(&manifest).await?;
        let (waiting, dead) = self.store().waiting().map_err(|error| UpdateError::File(error.to_string()))?;
        (updates.options.watch)("before note");
        updates.remember(|state| {
            state.installing = Some(Installing {
                from: updates.options.version.clone(),
                to: manifest.version.clone(),
                notes: manifest.notes.clone(),
                package: name,
                signature: artefact.signature.clone(),
                install: manifest.install.to_string(),
                backup,
                waiting,
                dead,
                at: now.micros(),
            });
        })?;
        (updates.options.watch)("after note");
        self.log_update(operator, "update.begun", &format!("version {}", manifest.version)).await;
        let package = Package {
            version: manifest.version.clone(),
            target,
            bytes,
            signature: artefact.signature.clone(),
            key,
            install: manifest.install.clone(),
        };
        let installed = installer.install(&package).await;
        (updates.options.watch)("after install");
        if let Err(error) = installed {
            updates.remember(|state| {
                state.installing = None;
                state.installs_failed = state.installs_failed.saturating_add(1);
            })?;
            self.log_update(operator, "update.failed", &format!("version {}", manifest.version)).await;
            return Err(error);
        }
        // Nothing more is begun by this version, not even between here and its end.
        self.inner.stopped.cancel();
        drop(quiet);
        installer.restart();
        Ok(())
    }

    /// Goes back to the version before and to the data of before.
    ///
    /// # Errors
    /// `NoPrevious`, or why it was not installed.
    pub(crate) async fn go_back(&self, operator: &str) -> Result<(), UpdateError> {
        let updates = self.updates();
        let _turn = updates.turn.lock().await;
        self.do_update(Doing::Installing, self.install_previous(operator)).await
    }

    async fn install_previous(&self, operator: &str) -> Result<(), UpdateError> {
        let updates = self.updates();
        let (keys, _, installer, target) = updates.means()?;
        let previous = held(&updates.state).previous.clone().ok_or(UpdateError::NoPrevious)?;
        let (Some(name), Some(backup)) = (previous.package, previous.backup) else {
            return Err(UpdateError::NoPrevious);
        };
        if let Some(what) = self.busy(self.inner.clock.now()) {
            return Err(UpdateError::Busy { what: what.to_owned() });
        }
        let bytes = updates.read(&name)?;
        let key = keys.verify_artefact(&bytes, &previous.signature, &previous.version, &target)?;
        let install = url::Url::parse(&previous.install).map_err(|_| UpdateError::NoPrevious)?;
        let quiet = self.pause().await;
        updates.remember(|state| {
            state.returning =
                Some(Returning { to: previous.version.clone(), from: updates.options.version.clone(), backup });
        })?;
        self.log_update(operator, "update.return", &format!("version {}", previous.version)).await;
        let package = Package { version: previous.version, target, bytes, signature: previous.signature, key, install };
        if let Err(error) = installer.install(&package).await {
            updates.remember(|state| state.returning = None)?;
            return Err(error);
        }
        self.inner.stopped.cancel();
        drop(quiet);
        installer.restart();
        Ok(())
    }

    /// Lets what is being read and sent come to its next safe point, and keeps everything else out until the value is dropped.
    async fn pause(&self) -> (tokio::sync::MutexGuard<'_, ()>, tokio::sync::MutexGuard<'_, ()>) {
        if let Some(run) = held(&self.inner.running).as_ref() {
            run.cancel();
        }
        if let Some(sending) = held(&self.inner.sending).as_ref() {
            sending.cancel();
        }
        (self.inner.syncing.lock().await, self.inner.pushing.lock().await)
    }

    /// Copies the buffer and has the copy checked; tells its name in the folder of updates.
    async fn copy_before(&self, manifest: &Manifest) -> Result<String, UpdateError> {
        let updates = self.updates();
        let name = format!("before-{}.db", manifest.version);
        (updates.options.watch)("before copy");
        let (store, target) = (self.store().clone(), updates.folder.file(&name));
        let copied = tokio::task::spawn_blocking(move || store.backup(&target)).await;
        copied
            .map_err(|_| UpdateError::File("the copy broke off".to_owned()))?
            .map_err(|error| UpdateError::File(error.to_string()))?;
        (updates.options.watch)("after copy");
        Ok(name)
    }

    /// Writes what became of an update into the audit log; that it cannot be written stops no update.
    pub(super) async fn log_update(&self, operator: &str, action: &str, detail: &str) {
        if let Err(error) = self.log(operator, action, detail).await {
            tracing::warn!(code = %error.code, action, "An update could not be written into the audit log.");
        }
    }
}

impl Updates {
    fn read(&self, name: &str) -> Result<Vec<u8>, UpdateError> {
        std::fs::read(self.folder.file(name)).map_err(|error| UpdateError::File(error.kind().to_string()))
    }
}
