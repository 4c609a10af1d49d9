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

#[cfg(all(test, unix))]
mod tests {
    use crate::{Options, Store, StoreError};
    use backroom_core::{DayRule, SystemClock};
    use std::path::Path;
    use std::sync::Arc;

    fn options(folder: &Path) -> Options {
        Options {
            folder: folder.to_path_buf(),
            clock: Arc::new(SystemClock),
            rule: DayRule::new("America/Chicago", "04:00").unwrap(),
            zone_is_set: true,
            seal: None,
        }
    }

    /// A reader opens the file by its name, the writer has it open: both tell the same.
    #[tokio::test]
    async fn a_file_that_is_gone_is_told_by_readers_and_by_the_writer() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(options(home.path())).unwrap();
        std::fs::rename(home.path().join("backroom.db"), home.path().join("elsewhere")).unwrap();
        let read = store.read(|_| Ok(()));
        assert!(matches!(read, Err(StoreError::Replaced)), "a question: {read:?}");
        let written = store.set_note("anything", "at all").await;
        assert!(matches!(written, Err(StoreError::Replaced)), "a change: {written:?}");
        std::fs::rename(home.path().join("elsewhere"), home.path().join("backroom.db")).unwrap();
        store.set_note("anything", "at all").await.unwrap();
        assert_eq!(store.note("anything").unwrap().as_deref(), Some("at all"), "put back, it goes on");
    }

    /// Another program puts a file of its own in the place, a backup of yesterday for example: under the same name, and never gone.
    #[tokio::test]
    async fn readers_that_have_the_old_file_open_do_not_go_on_showing_it() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("backroom.db");
        let writer = Store::open(options(home.path())).unwrap();
        writer.set_note("told", "old").await.unwrap();
        let copy = home.path().join("copy.db");
        writer.backup(&copy).unwrap();
        let beside = Store::open_reader(options(home.path())).unwrap();
        for store in [&writer, &beside] {
            assert_eq!(store.note("told").unwrap().as_deref(), Some("old"), "its connection is kept from here on");
        }
        std::fs::rename(&copy, &file).unwrap();
        for (who, store) in [("the writer's own readers", &writer), ("a reader beside it", &beside)] {
            for question in 0..3 {
                let told = store.note("told");
                assert!(matches!(told, Err(StoreError::Replaced)), "{who}, question {question}: {told:?}");
            }
        }
        let said = StoreError::Replaced;
        assert!(said.hint().contains("start it again"), "it is told what to do: {}", said.hint());
        let anew = Store::open_reader(options(home.path())).unwrap();
        assert_eq!(
            anew.note("told").unwrap().as_deref(),
            Some("old"),
            "whoever opens it now has the file that is there"
        );
    }
}
