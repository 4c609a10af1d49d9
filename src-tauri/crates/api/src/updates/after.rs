//! After an update: whether it happened, whether all is well, and the way back.

use super::Updates;
use crate::dto::ApiError;
use crate::engine::{Engine, held};
use backroom_store::Store;
use backroom_update::{Folder, Installing, Kept, Outcome, State, UpdateError, Version};
use std::path::Path;

/// Copies of the buffer from before updates that are kept.
const KEPT_COPIES: usize = 3;

/// Puts the data of before in its place, where somebody went back to this version. Called before the buffer is opened.
///
/// # Errors
/// Where the copy cannot take the buffer's place; it is tried again at the next start.
pub fn return_data(data_dir: &Path, version: &Version) -> Result<(), ApiError> {
    let folder = Folder::of(data_dir);
    let Ok(mut state) = State::load(&folder) else { return Ok(()) };
    let Some(returning) = state.returning.clone().filter(|returning| returning.to == *version) else { return Ok(()) };
    Store::restore(data_dir, &folder.file(&returning.backup))?;
    state.returning = None;
    state.shunned = Some(returning.from);
    (state.envelope, state.installing, state.outcome, state.previous) = (None, None, None, None);
    state.save(&folder)?;
    tracing::info!(version = %returning.to, "The data of before the update is in its place again.");
    Ok(())
}

/// What is added to trouble at opening the buffer where an update was just made: the way back.
pub(crate) fn after_an_update(data_dir: &Path, error: ApiError) -> ApiError {
    let Ok(State { installing: Some(begun), .. }) = State::load(&Folder::of(data_dir)) else { return error };
    if begun.to != super::built_in_version() {
        return error;
    }
    let copy = Folder::of(data_dir).file(&begun.backup);
    let hint = format!(
        "{} Backroom was just updated from {} to {}; the data of before is in {}. To go back, install {} again and run: backroomctl \
         restore, with that file.",
        error.hint,
        begun.from,
        begun.to,
        copy.display(),
        begun.from
    );
    ApiError { hint: hint.trim_start().to_owned(), ..error }
}

impl Engine {
    /// Finds out how an update ended that was begun before this start. Comes before anything is read or sent.
    pub async fn settle_update(&self) {
        if self.inner.demo {
            return;
        }
        let updates = self.updates();
        let begun = {
            let state = held(&updates.state);
            if state.returning.is_none() && state.installing.is_none() {
                return;
            }
            state.installing.clone()
        };
        let settled = match begun {
            Some(begun) if begun.to == updates.options.version => self.installed(begun).await,
            Some(begun) => self.not_installed(&begun).await,
            // The version that was to be left still runs.
            None => updates.remember(|state| state.returning = None),
        };
        if let Err(error) = settled {
            tracing::warn!(code = error.code(), "How an update ended could not be written down.");
        }
        self.changed(&["updates"]);
    }

    async fn installed(&self, begun: Installing) -> Result<(), UpdateError> {
        let updates = self.updates();
        let now = self.inner.clock.now();
        let wrong = self.self_check(&begun).await;
        let detail = format!("from {} to {}", begun.from, begun.to);
        (updates.options.watch)("before settle");
        updates.remember(|state| {
            let before = state.installed.take().filter(|kept| kept.version == begun.from);
            state.previous = Some(Kept {
                version: begun.from.clone(),
                package: before.as_ref().and_then(|kept| kept.package.clone()),
                signature: before.as_ref().map(|kept| kept.signature.clone()).unwrap_or_default(),
                install: before.map(|kept| kept.install).unwrap_or_default(),
                backup: Some(begun.backup.clone()),
            });
            state.installed = Some(Kept {
                version: begun.to.clone(),
                package: Some(begun.package.clone()),
                signature: begun.signature.clone(),
                install: begun.install.clone(),
                backup: None,
            });
            state.outcome = Some(Outcome {
                from: begun.from.clone(),
                to: begun.to.clone(),
                notes: begun.notes.clone(),
                at: now.micros(),
                wrong: wrong.clone(),
                seen: false,
            });
            (state.installing, state.envelope, state.trouble, state.later_until) = (None, None, None, None);
            state.installs_failed = 0;
        })?;
        (updates.options.watch)("after settle");
        updates.tidy();
        let action = if wrong.is_some() { "update.unwell" } else { "update.installed" };
        self.log_update("", action, &detail).await;
        Ok(())
    }

    async fn not_installed(&self, begun: &Installing) -> Result<(), UpdateError> {
        let updates = self.updates();
        let here = updates.options.version.to_string();
        let error = UpdateError::NotInstalled { version: begun.to.to_string(), here };
        updates.remember(|state| {
            state.installing = None;
            state.installs_failed = state.installs_failed.saturating_add(1);
        })?;
        updates.failed(&error, self.inner.clock.now());
        self.log_update("", "update.failed", &format!("version {}", begun.to)).await;
        Ok(())
    }

    /// Looks at the data that the new version found: the file is sound, and nothing that waited is missing.
    async fn self_check(&self, begun: &Installing) -> Option<String> {
        let store = self.store().clone();
        let looked =
            tokio::task::spawn_blocking(move || Ok::<_, ApiError>((store.is_sound()?, store.waiting()?))).await;
        match looked {
            Ok(Ok((false, _))) => Some("the data is damaged".to_owned()),
            // A new version may have more to send, never less.
            Ok(Ok((true, (waiting, dead)))) if waiting < begun.waiting || dead != begun.dead => {
                Some(format!("{waiting} rows wait for BigQuery, {} waited before", begun.waiting))
            }
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(format!("the data cannot be read ({})", error.code)),
            Err(_) => Some("the data cannot be read".to_owned()),
        }
    }
}

impl Updates {
    /// Removes what no way back needs any more.
    fn tidy(&self) {
        let state = held(&self.state).clone();
        let packages =
            [&state.installed, &state.previous].into_iter().flatten().filter_map(|kept| kept.package.as_deref());
        self.folder.tidy(&packages.collect::<Vec<_>>());
        let mut copies: Vec<_> = std::fs::read_dir(self.folder.path())
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("before-"))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        copies.sort();
        let surplus = copies.len().saturating_sub(KEPT_COPIES);
        for (_, path) in copies.into_iter().take(surplus) {
            let _ = std::fs::remove_file(path);
        }
    }
}
