//! What the program writes down about itself: `logs/backroom.log` in the data folder.
//!
//! - Crash-safe: a line is written at once and whole; nothing waits in memory for a thread that a crash would end first.
//! - Bounded: 512 KiB a file, five files, two weeks.
//! - Private: only what our own code says, never another library's words; each line goes through `scrub`; nobody else's account of
//!   this computer can read it.
//!
//! A log that cannot be written is no reason to fail: what is logged is lost, and the work goes on.

use crate::scrub::scrub;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const FOLDER: &str = "logs";
const FILE: &str = "backroom.log";
const LARGEST: u64 = 512 * 1024;
/// Files with a number, beside the one that is written.
const OLDER: u32 = 4;
const OLDEST: Duration = Duration::from_secs(14 * 86_400);
/// The most that is read back of a file: all of it, whatever wrote into it.
const TAIL: u64 = LARGEST + 64 * 1024;

/// Starts writing the log of a data folder; `level` such as `debug` says how much, `info` unless it does. The first call counts.
pub fn start(folder: &Path, level: Option<&str>) {
    let level = level.and_then(|text| text.parse().ok()).unwrap_or(LevelFilter::INFO);
    // A second start in one process, as in tests, goes on with the first.
    let _ = subscriber(folder, level).try_init();
}

fn subscriber(folder: &Path, level: LevelFilter) -> impl tracing::Subscriber + Send + Sync {
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(Log::in_folder(folder));
    // What other crates say is theirs: a request with its address, a row with its text.
    let ours = Targets::new().with_target("backroom", level);
    tracing_subscriber::registry().with(ours).with(layer)
}

/// The newest lines of a data folder's log, oldest first.
pub(crate) fn newest(folder: &Path, lines: usize) -> Vec<String> {
    let log = Log::path(folder);
    let mut told: Vec<String> = Vec::new();
    for number in 0..=OLDER {
        let missing = lines - told.len();
        if missing == 0 {
            break;
        }
        let Some(text) = end_of(&numbered(&log, number)) else { continue };
        let own: Vec<&str> = text.lines().collect();
        let from = own.len().saturating_sub(missing);
        let older: Vec<String> = own.iter().skip(from).map(|line| scrub(line)).collect();
        told = [older, told].concat();
    }
    told
}

fn end_of(file: &Path) -> Option<String> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = File::open(file).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL))).ok()?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes).ok()?;
    // A line that is cut at its beginning is left out.
    let from = if length > TAIL { bytes.iter().position(|b| *b == b'\n').map_or(bytes.len(), |at| at + 1) } else { 0 };
    Some(String::from_utf8_lossy(bytes.get(from..)?).into_owned())
}

/// `backroom.log`, `backroom.log.1`, …; the higher the older.
fn numbered(log: &Path, number: u32) -> PathBuf {
    if number == 0 { log.to_path_buf() } else { log.with_extension(format!("log.{number}")) }
}

/// The log of a data folder.
#[derive(Clone)]
struct Log {
    now: Arc<Mutex<Now>>,
}

struct Now {
    path: PathBuf,
    open: Option<(File, u64)>,
}

impl Log {
    fn path(folder: &Path) -> PathBuf {
        folder.join(FOLDER).join(FILE)
    }

    fn in_folder(folder: &Path) -> Self {
        let path = Self::path(folder);
        forget_old(&path, pc_now());
        Self { now: Arc::new(Mutex::new(Now { path, open: None })) }
    }
}

/// The clock by which the file system dates its files.
#[expect(clippy::disallowed_methods, reason = "held against the dates of files, which come from the same clock")]
fn pc_now() -> SystemTime {
    SystemTime::now()
}

/// Removes files that were last written too long ago.
fn forget_old(log: &Path, now: SystemTime) {
    for number in 0..=OLDER {
        let file = numbered(log, number);
        let written = std::fs::metadata(&file).and_then(|m| m.modified());
        if written.is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > OLDEST)) {
            // What cannot be removed now is tried at the next start.
            let _ = std::fs::remove_file(file);
        }
    }
}

impl Now {
    fn write(&mut self, line: &str) -> std::io::Result<()> {
        let (mut file, mut length) = match self.open.take() {
            Some(open) => open,
            None => open(&self.path)?,
        };
        if length > 0 && length + line.len() as u64 > LARGEST {
            drop(file);
            self.turn();
            (file, length) = open(&self.path)?;
        }
        file.write_all(line.as_bytes())?;
        self.open = Some((file, length + line.len() as u64));
        Ok(())
    }

    /// Gives every file the next number; the oldest goes.
    fn turn(&self) {
        forget_old(&self.path, pc_now());
        for number in (0..OLDER).rev() {
            // One that is not there yet leaves its place empty.
            let _ = std::fs::rename(numbered(&self.path, number), numbered(&self.path, number + 1));
        }
    }
}

fn open(path: &Path) -> std::io::Result<(File, u64)> {
    if let Some(folder) = path.parent() {
        backroom_store::create_private(folder)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for Log {
    /// One line of the log: the layer hands over whole ones.
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let told = scrub(&String::from_utf8_lossy(line));
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk is told by what it stops, not by its log.
        let _ = now.write(&told);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder.join(FOLDER))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_log_has_bounds_and_its_end_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::in_folder(folder.path());
        let line = |n: u32| format!("line {n} {}\n", "x ".repeat(500));
        for n in 0..4_000 {
            log.write_all(line(n).as_bytes()).unwrap();
        }
        let kept = files(folder.path());
        assert_eq!(kept.len(), 1 + OLDER as usize, "five files and no more: {kept:?}");
        for name in &kept {
            let length = std::fs::metadata(folder.path().join(FOLDER).join(name)).unwrap().len();
            assert!(length <= LARGEST, "{name} has {length} bytes");
        }
        let told = newest(folder.path(), 700);
        assert_eq!(told.len(), 700, "over the border of two files");
        assert!(told.first().unwrap().starts_with("line 3300 "), "{}", &told[0][..20]);
        assert!(told.last().unwrap().starts_with("line 3999 "));
    }

    #[test]
    fn a_log_goes_on_where_it_was_and_forgets_after_two_weeks() {
        let folder = tempfile::tempdir().unwrap();
        Log::in_folder(folder.path()).write_all(b"before\n").unwrap();
        Log::in_folder(folder.path()).write_all(b"after\n").unwrap();
        assert_eq!(newest(folder.path(), 10), ["before", "after"], "a start adds to what is there");
        assert!(newest(&folder.path().join("nowhere"), 10).is_empty(), "no log is an empty one");
        let path = Log::path(folder.path());
        forget_old(&path, pc_now() + OLDEST.saturating_sub(Duration::from_secs(60)));
        assert!(path.exists(), "not a day too early");
        forget_old(&path, pc_now() + OLDEST + Duration::from_secs(60));
        assert!(!path.exists(), "what nobody has written to for two weeks is gone");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        Log::in_folder(folder.path()).write_all(b"line\n").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let log = Log::path(folder.path());
        assert_eq!((mode(log.parent().unwrap()), mode(&log)), (0o700, 0o600));
    }

    #[test]
    fn a_folder_that_cannot_be_written_costs_lines_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FOLDER), "in the way").unwrap();
        let mut log = Log::in_folder(folder.path());
        assert!(log.write_all(b"line\n").is_ok(), "whoever logs is not told");
        assert!(newest(folder.path(), 10).is_empty());
    }

    #[test]
    fn only_our_own_words_get_in_and_of_those_nobodys_address() {
        let folder = tempfile::tempdir().unwrap();
        tracing::subscriber::with_default(subscriber(folder.path(), LevelFilter::TRACE), || {
            tracing::info!(target: "backroom_api::cycle", code = "SQUARE_TIMEOUT", "A sync could not be done.");
            tracing::trace!(target: "backroom_http::retry", to = "olive@example.com", "trying again");
            tracing::error!(target: "hyper::client", "GET https://example.com/v2/customers?phone=5155550123");
        });
        let told = newest(folder.path(), 10);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].ends_with(r#"INFO backroom_api::cycle: A sync could not be done. code="SQUARE_TIMEOUT""#),
            "{told:?}"
        );
        assert!(told[1].contains("[address]") && !told[1].contains("olive"), "{told:?}");
    }
}
