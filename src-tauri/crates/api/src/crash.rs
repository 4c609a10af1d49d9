//! Ends that nobody wanted: where in the program it was, kept on this computer and told at the next start.
//!
//! A report holds places in our program and nothing that it worked on: the words of a panic may repeat a value, so they are left out.

use crate::commands::Nothing;
use crate::dto::{ApiError, CrashReport};
use crate::engine::Engine;
use crate::scrub::scrub;
use backroom_core::{Clock, SystemClock, Timestamp};
use serde::{Deserialize, Serialize};
use std::backtrace::Backtrace;
use std::cell::Cell;
use std::io::Write;
use std::panic::{AssertUnwindSafe, PanicHookInfo};
use std::path::{Path, PathBuf};

const FOLDER: &str = "crashes";
/// Reports that are kept: the first ones of a series tell most.
const MOST: usize = 5;
const FRAMES: usize = 60;
/// The largest report that is read, in bytes.
const LARGEST: u64 = 64 * 1024;

thread_local! {
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// What is kept of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// When.
    pub(crate) at: String,
    /// Version of the program.
    pub(crate) version: String,
    /// System and processor.
    pub(crate) system: String,
    /// Name of the thread.
    pub(crate) thread: String,
    /// Where in the program.
    pub(crate) place: String,
    /// What had called that, innermost first.
    pub(crate) calls: Vec<String>,
}

/// Keeps a report in a data folder of every panic from now on, and lets whatever was told of them before be told as well.
pub fn watch(folder: &Path) {
    let folder = folder.join(FOLDER);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if EXPECTED.get() {
            return;
        }
        let kept = describe(panic, SystemClock.now());
        tracing::error!(place = kept.place, "The program fell over here; a report is kept.");
        // Where nothing can be written there is nothing more to be done about it.
        let _ = keep(&folder, &kept);
        before(panic);
    }));
}

/// Does something that may panic where that is no fault of ours, such as a library that is not installed: no report is kept.
///
/// # Errors
/// Where it panicked.
pub fn expecting<T>(work: impl FnOnce() -> T) -> std::thread::Result<T> {
    let before = EXPECTED.replace(true);
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(work));
    EXPECTED.set(before);
    outcome
}

fn describe(panic: &PanicHookInfo<'_>, at: Timestamp) -> Kept {
    let thread = std::thread::current();
    Kept {
        at: at.to_rfc3339(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        thread: thread.name().unwrap_or("unnamed").to_owned(),
        place: panic
            .location()
            .map_or_else(|| "unknown".to_owned(), |place| format!("{}:{}", in_sources(place.file()), place.line())),
        calls: calls(&Backtrace::force_capture().to_string()),
    }
}

/// A file of the sources without the folder of whoever built them.
fn in_sources(file: &str) -> String {
    let file = file.replace('\\', "/");
    let from = ["/registry/src/", "/library/"].iter().find_map(|mark| Some(file.find(mark)? + mark.len()));
    match from.and_then(|from| file.get(from..)) {
        Some(inner) => inner.split_once('/').map_or(inner, |(_, rest)| rest).to_owned(),
        None if file.starts_with('/') || file.contains(":/") => file.rsplit('/').next().unwrap_or_default().to_owned(),
        None => file,
    }
}

/// The names of what was called; the files they are in name the computer they were built on.
fn calls(trace: &str) -> Vec<String> {
    let named = trace.lines().filter_map(|line| {
        let (number, name) = line.trim().split_once(": ")?;
        number.parse::<u32>().ok()?;
        Some(name.trim().to_owned())
    });
    named.take(FRAMES).collect()
}

fn keep(folder: &Path, kept: &Kept) -> std::io::Result<()> {
    if files(folder).len() >= MOST {
        return Ok(());
    }
    backroom_store::create_private(folder)?;
    let text = serde_json::to_vec_pretty(kept)?;
    let name = format!("crash-{}", kept.at.replace(':', "-"));
    let fresh = folder.join(format!("{name}.new"));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh)?;
    file.write_all(&text)?;
    file.sync_all()?;
    std::fs::rename(&fresh, folder.join(format!("{name}.json")))
}

/// The reports of a folder, oldest first.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}

/// What is kept in a data folder, newest first. A report that cannot be read is none.
pub(crate) fn kept(folder: &Path) -> Vec<Kept> {
    let read = |path: PathBuf| {
        let small = std::fs::metadata(&path).is_ok_and(|m| m.len() <= LARGEST);
        let text = small.then(|| std::fs::read(path).ok())??;
        serde_json::from_slice::<Kept>(&text).ok()
    };
    files(&folder.join(FOLDER)).into_iter().rev().filter_map(read).collect()
}

/// The reports of ends that nobody wanted, newest first.
pub(crate) fn crash_reports(engine: &Engine, _: Nothing) -> Result<Vec<CrashReport>, ApiError> {
    Ok(kept(&engine.inner.data_dir).into_iter().map(told).collect())
}

fn told(kept: Kept) -> CrashReport {
    let mut text = format!(
        "Backroom {} on {}\n{}\nin the thread {}\nat {}\n\n",
        kept.version, kept.system, kept.at, kept.thread, kept.place
    );
    for (number, call) in kept.calls.iter().enumerate() {
        text.push_str(&format!("{number:>3}  {}\n", scrub(call)));
    }
    CrashReport { at: kept.at, version: kept.version, place: kept.place, text }
}

/// Removes every report.
pub(crate) async fn forget_crashes(engine: &Engine, _: Nothing) -> Result<(), ApiError> {
    let files = files(&engine.inner.data_dir.join(FOLDER));
    let count = files.len();
    for file in files {
        std::fs::remove_file(file).map_err(|error| {
            ApiError::new(
                "CRASH_KEPT",
                format!("A report could not be removed: {}.", error.kind()),
                "Check that the data folder can be written.",
            )
        })?;
    }
    if count > 0 {
        engine.log(&engine.at_work(), "crash.forgotten", &format!("{count}")).await?;
    }
    engine.changed(&["app"]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(at: &str) -> Kept {
        Kept {
            at: at.to_owned(),
            version: "0.1.0".to_owned(),
            system: "linux x86_64".to_owned(),
            thread: "main".to_owned(),
            place: "src-tauri/src/tray.rs:12".to_owned(),
            calls: vec!["backroom_app::tray::build".to_owned()],
        }
    }

    #[test]
    fn a_few_reports_are_kept_and_read_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        let crashes = folder.path().join(FOLDER);
        for second in 10..20 {
            keep(&crashes, &one(&format!("2026-11-21T19:00:{second}Z"))).unwrap();
        }
        let kept = kept(folder.path());
        assert_eq!(kept.len(), MOST, "a program that falls over again and again fills no disk");
        assert_eq!(kept[0].at, "2026-11-21T19:00:14Z", "the first ones of a series, the newest of them in front");
        std::fs::write(crashes.join("crash-z.json"), "{").unwrap();
        assert_eq!(super::kept(folder.path()).len(), MOST, "what cannot be read is left out");
    }

    #[test]
    fn a_report_names_places_in_our_sources_alone() {
        for (file, told) in [
            ("src-tauri/crates/api/src/cycle.rs", "src-tauri/crates/api/src/cycle.rs"),
            ("/srv/olive/.cargo/registry/src/index-1949cf8c6b5b557f/serde-1.0.1/src/de.rs", "serde-1.0.1/src/de.rs"),
            ("C:\\olive\\.cargo\\registry\\src\\index-1\\serde-1.0.1\\src\\de.rs", "serde-1.0.1/src/de.rs"),
            ("/rustc/0000/library/core/src/option.rs", "src/option.rs"),
            ("/srv/olive/x.rs", "x.rs"),
        ] {
            assert_eq!(in_sources(file), told, "{file}");
        }
        let trace = "   0: std::backtrace::Backtrace::create\n             at /rustc/0/library/std/src/backtrace.rs:1:2\n   1: backroom_api::cycle::x\n             at /srv/olive/x.rs:3:4\n";
        assert_eq!(calls(trace), ["std::backtrace::Backtrace::create", "backroom_api::cycle::x"]);
    }

    #[test]
    fn a_panic_leaves_its_place_and_not_its_words() {
        let folder = tempfile::tempdir().unwrap();
        watch(folder.path());
        let line = line!() + 1;
        let fell = std::thread::spawn(|| panic!("the phone of olive@example.com is 5155550123")).join();
        assert!(fell.is_err());
        let expected = expecting(|| panic!("a library is missing"));
        assert!(expected.is_err(), "what was expected is told to whoever expected it");
        let _ = std::panic::take_hook();
        let reports = kept(folder.path());
        // Other tests of this program may fall over meanwhile.
        let own: Vec<&Kept> = reports.iter().filter(|r| r.place.contains("crash.rs")).collect();
        assert_eq!(own.len(), 1, "one of ours, and none that was expected: {reports:?}");
        assert!(own[0].place.ends_with(&format!("src/crash.rs:{line}")), "{}", own[0].place);
        let text = told(own[0].clone()).text;
        assert!(!text.contains("olive") && !text.contains("555"), "{text}");
    }
}
