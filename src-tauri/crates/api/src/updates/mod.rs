//! Updates of the program: the crate `update` decides and fetches, the host installs, and this knows the shop: when it is quiet, what
//! must not be interrupted, and how its data is kept safe before and looked at after.
//!
//! Invariants: the version that runs goes on running until the host has another one in its place. What is begun is written down
//! before it is begun, so that whoever starts next knows how it ended. Nothing is sent from the copy of the buffer on.

mod after;
mod commands;
mod install;
mod status;

pub(crate) use after::after_an_update;
pub use after::return_data;
pub use backroom_update::{Installer, Keys, Limits, Package, Target, UpdateError, Version, Wait, may_ask, really_wait};
pub(crate) use commands::{
    check_for_update, download_update, install_update, put_off_update, return_to_previous, set_update_channel,
    update_seen,
};
pub(crate) use status::update_status;

use crate::dto::ApiError;
use crate::engine::{Engine, held};
use backroom_core::Timestamp;
use backroom_update::{
    BUILT_IN_ADDRESS, Download, Envelope, Facts, Fetcher, Folder, Found, Here, Manifest, State, Step, Trouble, fresh,
    judge, next, quiet,
};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// Between two looks at what is to be done.
const EVERY: Duration = Duration::from_secs(60);

/// The installer of this process's package. A process was installed once, so there is one.
static INSTALLER: OnceLock<Arc<dyn Installer>> = OnceLock::new();

/// Says how the package of this process is replaced. Only the first call counts.
pub fn provide_installer(installer: Arc<dyn Installer>) {
    let _ = INSTALLER.set(installer);
}

impl From<UpdateError> for ApiError {
    fn from(error: UpdateError) -> Self {
        let told = error.to_string();
        let mut letters = told.chars();
        let message = letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
        Self { retryable: error.retryable(), ..Self::new(error.code(), format!("{message}."), error.hint()) }
    }
}

/// What a copy updates itself with.
#[derive(Clone)]
pub struct UpdateOptions {
    /// The version that runs.
    pub version: Version,
    /// Whose signature counts; none where nothing was built in.
    pub keys: Result<Option<Keys>, UpdateError>,
    /// Where releases are told of, with `{channel}` in it.
    pub address: Option<String>,
    /// How a package is installed; none where this program was not installed by one.
    pub installer: Option<Arc<dyn Installer>>,
    /// How long to wait for what.
    pub limits: Limits,
    /// How to wait between two tries.
    pub wait: Wait,
    /// Hears of every step that leaves something on the disk, before and after it. Tests end the process there.
    pub watch: Arc<dyn Fn(&'static str) + Send + Sync>,
}

impl UpdateOptions {
    /// What was built in.
    pub fn built_in() -> Self {
        Self {
            version: built_in_version(),
            keys: Keys::built_in(),
            address: BUILT_IN_ADDRESS.filter(|address| !address.is_empty()).map(str::to_owned),
            installer: INSTALLER.get().cloned(),
            limits: Limits::default(),
            wait: really_wait(),
            watch: Arc::new(|_| {}),
        }
    }
}

/// The version of this build.
pub(crate) fn built_in_version() -> Version {
    Version::parse(env!("CARGO_PKG_VERSION")).unwrap_or(Version::new(0, 0, 0))
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    Nothing,
    Checking,
    Downloading(u64),
    Installing,
}

/// The updates of one engine.
pub(crate) struct Updates {
    options: UpdateOptions,
    folder: Folder,
    state: Mutex<State>,
    doing: Mutex<Doing>,
    /// Held while something is done: one thing at a time.
    turn: tokio::sync::Mutex<()>,
    /// What was last done at the counter that must not be interrupted, and when.
    used: Mutex<Option<(&'static str, Timestamp)>>,
}

/// What is needed to update at all: whose signature counts, where to ask, how to install, and what for.
type Means<'a> = (Keys, &'a str, &'a Arc<dyn Installer>, Target);

impl Updates {
    fn new(folder: Folder, options: UpdateOptions) -> Self {
        let state = State::load(&folder).unwrap_or_else(|error| {
            tracing::warn!(code = error.code(), "What was remembered of updates cannot be read.");
            State::default()
        });
        Self {
            options,
            folder,
            state: Mutex::new(state),
            doing: Mutex::new(Doing::Nothing),
            turn: tokio::sync::Mutex::default(),
            used: Mutex::default(),
        }
    }

    /// What is needed to update at all.
    fn means(&self) -> Result<Means<'_>, UpdateError> {
        let built_in = self.options.keys.clone()?.ok_or(UpdateError::NotBuiltIn)?;
        let changed = held(&self.state).keys.clone();
        let keys = changed.map_or(Ok(built_in), |change| Keys::changed(&change))?;
        let address = self.options.address.as_deref().ok_or(UpdateError::NotBuiltIn)?;
        let installer = self.options.installer.as_ref().ok_or(UpdateError::NotBuiltIn)?;
        let target = installer.target().ok_or(UpdateError::NotBuiltIn)?;
        Ok((keys, address, installer, target))
    }

    fn here<'a>(&'a self, state: &'a State, target: &'a Target, now: Timestamp) -> Here<'a> {
        Here {
            version: &self.options.version,
            target,
            channel: state.channel,
            install_id: &state.install_id,
            serial: state.serials.get(state.channel.name()).copied().unwrap_or(0),
            shunned: state.shunned.as_ref(),
            now,
        }
    }

    /// The release that is offered, its signature looked at again.
    fn offer(&self, now: Timestamp) -> Result<Option<Manifest>, UpdateError> {
        let (keys, .., target) = self.means()?;
        let state = held(&self.state).clone();
        let Some(text) = state.envelope.as_deref() else { return Ok(None) };
        let (manifest, _) = Envelope::read(text.as_bytes())?.open(&keys)?;
        let here = self.here(&state, &target, now);
        fresh(&manifest, &here)?;
        let found = judge(&manifest, &here)?;
        Ok(Some(manifest).filter(|_| found != Found::Nothing))
    }

    /// Changes what is remembered, on the disk first.
    fn remember(&self, change: impl FnOnce(&mut State)) -> Result<(), UpdateError> {
        let mut state = held(&self.state);
        let mut changed = state.clone();
        change(&mut changed);
        if *state != changed {
            changed.save(&self.folder)?;
            *state = changed;
        }
        Ok(())
    }

    fn failed(&self, error: &UpdateError, now: Timestamp) {
        let told = ApiError::from(error.clone());
        let kept = self.remember(|state| {
            let times = state.trouble.as_ref().map_or(0, |trouble| trouble.times).saturating_add(1);
            state.trouble =
                Some(Trouble { code: told.code, message: told.message, hint: told.hint, at: now.micros(), times });
        });
        if let Err(error) = kept {
            tracing::warn!(code = error.code(), "What went wrong with an update could not be written down.");
        }
    }
}

impl Engine {
    /// Updates itself with other means than those built in. Only before the first use.
    pub fn update_with(&self, options: UpdateOptions) {
        let _ = self.inner.updates.set(Updates::new(Folder::of(&self.inner.data_dir), options));
    }

    pub(crate) fn updates(&self) -> &Updates {
        let made = || Updates::new(Folder::of(&self.inner.data_dir), UpdateOptions::built_in());
        self.inner.updates.get_or_init(made)
    }

    /// Looks after updates for as long as the engine runs. The demonstration has none: it is not the shop's.
    pub(crate) fn start_updates(&self) {
        if self.inner.demo || self.updates().means().is_err() {
            return;
        }
        let engine = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = tokio::time::sleep(EVERY) => {}
                    () = engine.inner.stopped.cancelled() => return,
                }
                engine.look_after_updates().await;
            }
        });
    }

    /// Does the next thing that is due, by itself. What fails is remembered and told.
    pub async fn look_after_updates(&self) {
        let outcome = match self.next_step() {
            Ok(Step::Wait) => return,
            Ok(Step::Check) => self.check_update().await,
            Ok(Step::Download) => self.fetch_update().await,
            Ok(Step::Install) => self.install_release("").await,
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            tracing::info!(code = error.code(), "An update could not be had.");
        }
    }

    fn next_step(&self) -> Result<Step, UpdateError> {
        let updates = self.updates();
        let (.., installer, target) = updates.means()?;
        let now = self.inner.clock.now();
        let state = held(&updates.state).clone();
        if state.installing.is_some() {
            // It is in place; whoever starts next is the new version.
            return Ok(Step::Wait);
        }
        let offer = updates.offer(now).ok().flatten().filter(|_| state.our_turn);
        let time = |micros: Option<i64>| micros.map(Timestamp::from_micros);
        let facts = Facts {
            checked_at: time(state.checked_at),
            failed_at: time(state.trouble.as_ref().map(|trouble| trouble.at)),
            failures: state.trouble.as_ref().map_or(0, |trouble| trouble.times),
            offered: offer.is_some(),
            ready: offer.as_ref().is_some_and(|offer| updates.is_ready(offer, &target)),
            later_until: time(state.later_until),
            quiet: self.is_quiet(now),
            unattended: installer.unattended() && self.busy(now).is_none(),
            installs_failed: state.installs_failed,
        };
        Ok(next(&facts, now))
    }

    /// Whether the shop is quiet: outside its trade, and nothing is being read or sent.
    fn is_quiet(&self, now: Timestamp) -> bool {
        let working = held(&self.inner.running).is_some() || self.inner.pushing.try_lock().is_err();
        !working && self.trade().is_ok_and(|trade| quiet(&trade, now, &self.store().rule()))
    }

    /// Asks whether there is a newer version.
    ///
    /// # Errors
    /// Why nothing is known; it is remembered.
    pub(crate) async fn check_update(&self) -> Result<(), UpdateError> {
        let updates = self.updates();
        let _turn = updates.turn.lock().await;
        self.do_update(Doing::Checking, self.ask()).await
    }

    async fn ask(&self) -> Result<(), UpdateError> {
        let updates = self.updates();
        let (keys, address, _, target) = updates.means()?;
        let channel = held(&updates.state).channel;
        let fetcher = Fetcher::new(updates.options.limits.clone())?;
        let (envelope, text) = fetcher.envelope(address, channel).await?;
        let (manifest, _) = envelope.open(&keys)?;
        let now = self.inner.clock.now();
        let found = {
            let state = held(&updates.state).clone();
            let here = updates.here(&state, &target, now);
            fresh(&manifest, &here)?;
            judge(&manifest, &here)
        };
        (updates.options.watch)("before check");
        updates.remember(|state| {
            state.serials.insert(channel.name().to_owned(), manifest.serial);
            if let Some(keys) = &manifest.keys {
                state.keys = Some(keys.clone());
            }
            let other = state.envelope.as_deref() != Some(text.as_str());
            if other {
                (state.later_until, state.installs_failed) = (None, 0);
            }
            let offered = matches!(found, Ok(Found::Update | Found::NotYet));
            state.envelope = offered.then_some(text);
            state.our_turn = matches!(found, Ok(Found::Update));
            if found.is_ok() {
                (state.checked_at, state.trouble) = (Some(now.micros()), None);
            }
        })?;
        (updates.options.watch)("after check");
        found.map(drop)
    }

    /// Gets the installer of the release that is offered.
    ///
    /// # Errors
    /// Why it did not come; it is remembered.
    pub(crate) async fn fetch_update(&self) -> Result<(), UpdateError> {
        let updates = self.updates();
        let _turn = updates.turn.lock().await;
        self.do_update(Doing::Downloading(0), self.download()).await
    }

    async fn download(&self) -> Result<(), UpdateError> {
        let updates = self.updates();
        let (keys, _, _, target) = updates.means()?;
        let manifest = updates.offer(self.inner.clock.now())?.ok_or(UpdateError::NothingToInstall)?;
        let artefact = manifest.artefact(&target)?;
        updates.folder.create()?;
        self.room_for(artefact.size)?;
        (updates.options.watch)("before download");
        let told = Mutex::new(0);
        let progress = |here: u64, of: u64| {
            (updates.options.watch)("download");
            *held(&updates.doing) = Doing::Downloading(here);
            // Twenty times in all: a screen needs no more.
            let part = here.saturating_mul(20) / of.max(1);
            if std::mem::replace(&mut *held(&told), part) != part {
                self.changed(&["updates"]);
            }
        };
        let fetcher = Fetcher::new(updates.options.limits.clone())?;
        let download = Download {
            fetcher: &fetcher,
            artefact,
            folder: &updates.folder,
            wait: &updates.options.wait,
            progress: &progress,
        };
        let path = download.get().await?;
        (updates.options.watch)("after download");
        let bytes = std::fs::read(&path).map_err(|e| UpdateError::File(e.kind().to_string()))?;
        if let Err(error) = keys.verify_artefact(&bytes, &artefact.signature, &manifest.version, &target) {
            // Nothing can be made of it, and asking for it again would bring the same.
            let _ = std::fs::remove_file(path);
            return Err(error);
        }
        Ok(())
    }

    /// Says what is being done while it is, and remembers how it ended.
    async fn do_update(
        &self,
        doing: Doing,
        work: impl Future<Output = Result<(), UpdateError>>,
    ) -> Result<(), UpdateError> {
        let updates = self.updates();
        *held(&updates.doing) = doing;
        self.changed(&["updates"]);
        let outcome = work.await;
        if let Err(error) = &outcome {
            updates.failed(error, self.inner.clock.now());
        }
        *held(&updates.doing) = Doing::Nothing;
        self.changed(&["updates"]);
        outcome
    }
}
