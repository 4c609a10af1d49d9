//! The BigQuery test server and the official client that reads it: both Python, both in `target/`, made once.

use crate::command::{Run, find_program, inside};
use anyhow::{Context, Result};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Packages of the test server. DuckDB's extensions come as packages, because it would otherwise fetch them at run time.
const SERVER: &[&str] = &[
    "local-bigquery==0.3.2",
    "duckdb==1.5.5",
    "duckdb-extension-icu==1.5.5",
    "duckdb-extension-ducklake==1.5.5",
    "duckdb-extension-spatial==1.5.5",
];

const INSTALL_EXTENSIONS: &str = "
import duckdb, glob, sys
pattern = sys.prefix + '/lib/python*/site-packages/duckdb_extension_*/extensions/*/*.duckdb_extension'
for path in glob.glob(pattern):
    duckdb.connect().execute(f\"INSTALL '{path}'\")
";

/// What the independent reader needs.
const READER_NEEDS: &str = "tests/bigquery/requirements.txt";

/// A command that is told where the test server (`BACKROOM_BIGQUERY`) and the reader's Python (`BACKROOM_BIGQUERY_READER`) are,
/// as far as they are set up.
pub fn named(command: Run) -> Run {
    let ready = |folder: &Path| folder.join("made-of").exists();
    let command = if ready(&server_folder()) { command.env("BACKROOM_BIGQUERY", server_folder()) } else { command };
    if !ready(&reader_folder()) {
        return command;
    }
    let python = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    command.env("BACKROOM_BIGQUERY_READER", reader_folder().join(python))
}

/// Folder of the test server.
pub fn server_folder() -> PathBuf {
    inside("target/bigquery")
}

/// Folder of the reader's Python.
pub fn reader_folder() -> PathBuf {
    inside("target/bqreader")
}

/// Python 3.13, the one version the test server runs on.
pub fn python() -> Option<PathBuf> {
    find_program(&["python3.13"]).filter(|path| is_3_13(path)).or_else(|| {
        let home = std::env::var_os("HOME")?;
        let versions = Path::new(&home).join(".pyenv/versions").read_dir().ok()?;
        versions
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("3.13"))
            .map(|entry| entry.path().join("bin/python3.13"))
            .find(|path| is_3_13(path))
    })
}

/// A launcher of that name may exist without the version behind it.
fn is_3_13(python: &Path) -> bool {
    Run::new(python).args(["--version"]).output().is_ok_and(|version| version.contains("3.13"))
}

/// Sets both up where they are not yet.
pub fn provide(python: &Path, log: &mut dyn Write) -> Result<()> {
    let server = server_folder();
    once(&server, &SERVER.join("\n"), || {
        venv(python, &server.join("venv"), SERVER, log)?;
        let home = server.join("home");
        std::fs::create_dir_all(&home)?;
        Run::new(server.join("venv/bin/python")).args(["-c", INSTALL_EXTENSIONS]).env("HOME", &home).logged(log)
    })?;
    if let Ok(needs) = std::fs::read_to_string(inside(READER_NEEDS)) {
        let reader = reader_folder();
        once(&reader, &needs, || venv(python, &reader, &["-r", READER_NEEDS], log))?;
    }
    Ok(())
}

fn venv(python: &Path, folder: &Path, packages: &[&str], log: &mut dyn Write) -> Result<()> {
    Run::new(python).args(["-m", "venv", "--clear"]).args([folder]).logged(log)?;
    Run::new(folder.join("bin/pip"))
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .args(packages)
        .logged(log)
}

/// Does it unless it was done for the same `wanted` before.
fn once(folder: &Path, wanted: &str, make: impl FnOnce() -> Result<()>) -> Result<()> {
    let mark = folder.join("made-of");
    if std::fs::read_to_string(&mark).is_ok_and(|made_of| made_of == wanted) {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    make()?;
    std::fs::write(&mark, wanted).with_context(|| format!("{} cannot be written", mark.display()))
}
