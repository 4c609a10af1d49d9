//! Whether the file on the disk is still the one that is open: somebody may delete, move or replace it under us.

use crate::error::StoreError;
use std::path::{Path, PathBuf};

/// The file that was opened, by what tells it from another of the same name.
pub(crate) struct Place {
    path: PathBuf,
    identity: Option<(u64, u64)>,
}

impl Place {
    /// The file at `path` as it is now.
    pub(crate) fn of(path: &Path) -> Self {
        Self { path: path.to_path_buf(), identity: identity(path) }
    }

    /// Refuses where another file, or none, is at the path: what is committed to the open one would be lost with it.
    pub(crate) fn still_holds(&self) -> Result<(), StoreError> {
        let here = identity(&self.path);
        if here == self.identity && (here.is_some() || !cfg!(unix)) { Ok(()) } else { Err(StoreError::Replaced) }
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    path.metadata().ok().map(|m| (m.dev(), m.ino()))
}

/// Windows lets nobody delete or replace a file that is open.
#[cfg(not(unix))]
fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}
