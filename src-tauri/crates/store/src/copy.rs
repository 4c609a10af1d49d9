//! Copies of the file: whole and checked, or none.

use crate::error::StoreError;
use rusqlite::Connection;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Backups made before migrations that are kept.
const KEPT_BACKUPS: usize = 3;
/// How old half a copy is before it counts as left behind by a program that died: nothing is copied for a day.
const ABANDONED: Duration = Duration::from_secs(86_400);

/// A copy that was checked, or none: what stood at `target` is replaced by a whole copy only, and half a copy would take the room
/// that is missing. Each copy grows under a name of its own, so that two at once to the same target are both whole and the later
/// one stays.
pub(crate) fn copy_checked(from: &Connection, target: &Path) -> Result<(), StoreError> {
    let part = Part::beside(target)?;
    copy_and_check(from, &part.0)?;
    part.take_the_place_of(target).map_err(StoreError::of_copy)?;
    sync_folder(target.parent().unwrap_or(Path::new(".")));
    Ok(())
}

/// A copy that is not whole yet; it goes with this value.
struct Part(PathBuf);

impl Part {
    /// A fresh empty file beside `target`, nobody else's. Takes away what earlier copies to the same target left when they died.
    fn beside(target: &Path) -> Result<Self, StoreError> {
        let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = target.with_file_name(format!("{name}.{}.part", hex::encode(rand::random::<[u8; 4]>())));
        let fresh = OpenOptions::new().create_new(true).write(true).open(&path).map_err(StoreError::of_copy)?;
        let part = Self(path);
        // By the clock of the file system itself: a drive in the network has its own.
        let now = fresh.metadata().and_then(|m| m.modified()).ok();
        let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        for other in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let told = other.file_name().to_string_lossy().into_owned();
            let of_this = told.strip_prefix(&name).and_then(|rest| rest.strip_suffix(".part"));
            let random = of_this.and_then(|rest| rest.strip_prefix('.'));
            let ours = random.is_some_and(|r| r.len() == 8 && r.bytes().all(|b| b.is_ascii_hexdigit()));
            let age = now.zip(other.metadata().and_then(|m| m.modified()).ok());
            let age = age.and_then(|(now, then)| now.duration_since(then).ok());
            if ours && age.is_some_and(|age| age > ABANDONED) {
                // Best effort: it is in nobody's way but the disk's.
                let _ = std::fs::remove_file(other.path());
            }
        }
        Ok(part)
    }

    fn take_the_place_of(self, target: &Path) -> std::io::Result<()> {
        std::fs::rename(&self.0, target)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After the rename there is none.
        let _ = std::fs::remove_file(&self.0);
        let mut journal = self.0.as_os_str().to_owned();
        journal.push("-journal");
        let _ = std::fs::remove_file(PathBuf::from(journal));
    }
}

fn copy_and_check(from: &Connection, target: &Path) -> Result<(), StoreError> {
    let mut copy = Connection::open(target)?;
    rusqlite::backup::Backup::new(from, &mut copy)?.run_to_completion(1024, Duration::ZERO, None)?;
    let sound: String = copy.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
    drop(copy);
    if sound != "ok" {
        return Err(StoreError::Corrupt);
    }
    File::open(target)?.sync_all()?;
    Ok(())
}

pub(crate) fn drop_old_backups(folder: &Path) -> Result<(), StoreError> {
    let mut files: Vec<_> = std::fs::read_dir(folder)?
        .flatten()
        .filter(|e| e.path().extension().is_some_and(|x| x == "db"))
        .filter_map(|e| Some((e.metadata().ok()?.modified().ok()?, e.path())))
        .collect();
    files.sort();
    let surplus = files.len().saturating_sub(KEPT_BACKUPS);
    for (_, path) in files.into_iter().take(surplus) {
        std::fs::remove_file(path)?;
    }
    Ok(())
}

/// Makes the rename of a file durable where the system lets us.
pub(crate) fn sync_folder(folder: &Path) {
    if let Ok(handle) = File::open(folder) {
        let _ = handle.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    fn small(rows: i64) -> Connection {
        let c = Connection::open_in_memory().unwrap();
        c.execute_batch("CREATE TABLE t (n INTEGER, filler BLOB)").unwrap();
        for n in 0..rows {
            c.execute("INSERT INTO t VALUES (?1, randomblob(2000))", [n]).unwrap();
        }
        c
    }

    fn rows(file: &Path) -> i64 {
        Connection::open(file).unwrap().query_row("SELECT count(*) FROM t", [], |r| r.get(0)).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Two programs, or two presses of a button, with the same target: neither writes into the other's copy.
    #[test]
    fn copies_to_one_target_at_once_are_each_whole() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("copy.db");
        for round in 0..4 {
            let start = Barrier::new(3);
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        let from = small(300);
                        start.wait();
                        copy_checked(&from, &target).unwrap();
                    });
                }
            });
            assert_eq!(rows(&target), 300, "round {round}: the one that stays is whole");
            assert_eq!(names(folder.path()), ["copy.db"], "round {round}: and nothing is left beside it");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the age of a file is the file system's own")]
    fn half_a_copy_of_a_program_that_died_is_taken_away_and_a_running_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let age = |name: &str, days: u64| {
            let half = File::create(file(name)).unwrap();
            let then = std::time::SystemTime::now() - Duration::from_secs(days * 86_400);
            half.set_modified(then).unwrap();
        };
        age("copy.db.0123abcd.part", 2);
        age("copy.db.89abcdef.part", 0);
        age("other.db.0123abcd.part", 9);
        age("copy.db.of-mine.part", 9);
        copy_checked(&small(3), &file("copy.db")).unwrap();
        let expected = ["copy.db", "copy.db.89abcdef.part", "copy.db.of-mine.part", "other.db.0123abcd.part"];
        assert_eq!(names(folder.path()), expected, "only what an earlier copy to this target left days ago goes");
    }

    #[test]
    fn a_copy_that_fails_leaves_what_was_there_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("copy.db");
        copy_checked(&small(5), &target).unwrap();
        let damaged = folder.path().join("damaged.db");
        copy_checked(&small(300), &damaged).unwrap();
        let mut bytes = std::fs::read(&damaged).unwrap();
        bytes[8_192..200_000].fill(0xA5);
        std::fs::write(&damaged, bytes).unwrap();
        let told = copy_checked(&Connection::open(&damaged).unwrap(), &target);
        assert!(told.is_err(), "a damaged file is not copied over a sound backup: {told:?}");
        assert_eq!(rows(&target), 5, "the backup of before is still there");
        assert_eq!(names(folder.path()), ["copy.db", "damaged.db"], "half a copy does not stay");
        let nowhere = copy_checked(&small(1), &folder.path().join("no-folder").join("copy.db"));
        assert!(matches!(nowhere, Err(StoreError::Copy(_))), "it is the copy's place that is wrong: {nowhere:?}");
    }
}
