//! The steps of `cargo xtask test`, in the order in which they fail fastest.

use crate::command::{Run, find_program, inside};
use crate::steps::{self, Ending, Log, Step};
use crate::{advisories, bigquery, deny, hardening, notes, package, rules, runbook, system, tidy, ui};
use anyhow::{Context, Result};
use std::path::PathBuf;

/// Version of the program that puts the window under remote control.
const DRIVER: &str = "tauri-driver@2.1.0";

/// The window's code with its pages in it, as it is shipped, and the whole workspace every time: another choice of
/// packages is another choice of their features, and everything under it would be built a second time.
pub const WHOLE: [&str; 3] = ["--workspace", "--features", "backroom/custom-protocol"];

/// All steps.
pub fn all() -> Vec<Step> {
    let step = |name, about, run| Step { name, about, run };
    vec![
        step("rules", "which crate may use which", |log| passed(rules::check(log))),
        step("deny", "licences, sources and banned crates", |log| passed(deny::check(log))),
        step("advisories", "what is known against what comes from outside", |log| passed(advisories::check(log))),
        step("tidy", "documentation, lengths, forbidden words", |log| passed(tidy::check(log))),
        step("runbook", "an entry for every error's code", |log| passed(runbook::check(log))),
        step("notes", "what the changelog says of this version", |log| passed(notes::check(log))),
        step("rights", "what the window may do", |log| passed(hardening::check(log))),
        step("format", "rustfmt", |log| passed(Run::new("cargo").args(["fmt", "--all", "--check"]).logged(log))),
        step("ui-packages", "packages of the screens", |log| passed(ui::packages("ui", log))),
        step("ui-check", "types of the screens", |log| npm("check", log)),
        step("ui-lint", "style of the screens", |log| npm("lint", log)),
        step("ui-test", "tests of the screens", |log| npm("test", log)),
        step("ui-build", "build of the screens", |log| npm("build", log)),
        step("clippy", "lints", clippy),
        step("bigquery", "set up the BigQuery test server", set_up_bigquery),
        step("rust", "unit, property and integration tests", rust),
        step("types", "the screens' types are those of the contract", types),
        step("keychain", "a real keychain", keychain),
        step("programs", "build the programs", |log| passed(build_programs(log))),
        step("faults", "power cuts, full disks, damaged files", faults),
        step("window", "end to end in the real window", |log| e2e("window", log)),
        step("browser", "keyboard and accessibility in a real browser", |log| e2e("browser", log)),
        step("package", "the package for Debian: installed, started, removed", package),
    ]
}

fn passed(result: Result<()>) -> Result<Ending> {
    result.map(|()| Ending::Passed)
}

fn npm(script: &str, log: Log<'_>) -> Result<Ending> {
    passed(Run::npm("ui").args(["run", "--silent", script]).logged(log))
}

fn clippy(log: Log<'_>) -> Result<Ending> {
    system::provide(system::WINDOW)?;
    passed(Run::new("cargo").arg("clippy").args(WHOLE).args(["--all-targets", "--", "-D", "warnings"]).logged(log))
}

fn set_up_bigquery(log: Log<'_>) -> Result<Ending> {
    match bigquery::python() {
        Some(python) => passed(bigquery::provide(&python, log)),
        None => Ok(Ending::Skipped("no Python 3.13, which the BigQuery test server runs on".to_owned())),
    }
}

/// A test that finds nothing to test against says so in the file `BACKROOM_SKIPPED`, and is named here instead of counted. Where the
/// computer has what the BigQuery test server needs, a run that nobody watches must not go on without it.
fn rust(log: Log<'_>) -> Result<Ending> {
    system::provide(system::WINDOW)?;
    // With the public parsers that ours is held against.
    ui::packages("tests/e2e", log)?;
    let mut tests = Run::new("cargo").arg("test").args(WHOLE).arg("--no-fail-fast");
    tests = bigquery::named(tests).env("BACKROOM_SKIPPED", steps::skipped_file("rust"));
    if std::env::var_os("CI").is_some() && bigquery::python().is_some() {
        tests = tests.env("BACKROOM_BIGQUERY_REQUIRED", "1");
    }
    passed(tests.logged(log))
}

/// The tests of the contract write the types; a difference means that somebody did not commit them.
fn types(log: Log<'_>) -> Result<Ending> {
    let changed = Run::new("git").args(["status", "--porcelain", "--", "ui/src/lib/ipc/types"]).output()?;
    write!(log, "{changed}")?;
    anyhow::ensure!(changed.is_empty(), "the generated types differ from the committed ones: commit them");
    Ok(Ending::Passed)
}

fn keychain(log: Log<'_>) -> Result<Ending> {
    let programs = ["os_keychain", "keychain_states", "renewed_in_keychain"];
    let named = programs.iter().flat_map(|program| ["--test", program]).collect::<Vec<_>>();
    let tests = [&["test"], &WHOLE[..], &named].concat();
    if !cfg!(target_os = "linux") {
        if std::env::var_os("CI").is_none() {
            return Ok(Ending::Skipped("on a person's own PC it would touch their keychain".to_owned()));
        }
        return passed(Run::new("cargo").args(&tests).env("BACKROOM_TEST_KEYCHAIN", "1").logged(log));
    }
    system::provide(system::KEYCHAIN)?;
    // The case without a keychain at all ends at once where nobody asks for it, so it is asked for.
    Run::new("cargo")
        .arg("test")
        .args(WHOLE)
        .args(["--test", "os_keychain", "no_bus_is_said_in_words"])
        .env("BACKROOM_TEST_KEYCHAIN", "none")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
        .logged(log)?;
    let home = inside("target/keychain");
    if home.exists() {
        std::fs::remove_dir_all(&home)?;
    }
    std::fs::create_dir_all(&home)?;
    let script = format!(
        "chmod 700 \"$XDG_RUNTIME_DIR\" && printf invented | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1 && \
         exec cargo {}",
        tests.join(" ")
    );
    passed(
        Run::new("dbus-run-session")
            .args(["--", "sh", "-c", &script])
            .env("XDG_DATA_HOME", &home)
            .env("XDG_RUNTIME_DIR", &home)
            .env("BACKROOM_TEST_KEYCHAIN", "1")
            .logged(log),
    )
}

/// Builds the window and `backroomctl` as the end-to-end suites start them, out of what the tests have built. (`xtask`
/// is left out: Windows lets nobody replace a program that runs.)
pub fn build_programs(log: Log<'_>) -> Result<()> {
    system::provide(system::WINDOW)?;
    Run::new("cargo").arg("build").args(WHOLE).args(["--exclude", "xtask", "--bins", "--tests"]).logged(log)
}

/// Trouble of the computer itself, made for real; what cannot be made here is named.
fn faults(log: Log<'_>) -> Result<Ending> {
    if cfg!(target_os = "linux") {
        system::provide(system::FAULTS)?;
        system::provide(system::KEYCHAIN)?;
    }
    build_programs(log)?;
    let tests = Run::new("cargo").arg("test").args(WHOLE).args(["--test", "faults", "--", "--nocapture"]);
    passed(tests.env("BACKROOM_SKIPPED", steps::skipped_file("faults")).logged(log))
}

/// The package holds what the tests have built.
fn package(log: Log<'_>) -> Result<Ending> {
    build_programs(log)?;
    package::check(log)
}

/// Runs a script of the end-to-end suites.
pub fn e2e(script: &str, log: Log<'_>) -> Result<Ending> {
    let window = script != "browser";
    if window && cfg!(target_os = "macos") {
        return Ok(Ending::Skipped("macOS has no driver for its web view".to_owned()));
    }
    if window && cfg!(windows) && find_program(&["msedgedriver"]).is_none() {
        return Ok(Ending::Skipped("no msedgedriver on the search path".to_owned()));
    }
    if cfg!(target_os = "linux") {
        system::provide(system::END_TO_END)?;
    }
    let browser = find_program(system::BROWSERS);
    if !window && browser.is_none() {
        return Ok(Ending::Skipped("no Chromium or Chrome on the search path".to_owned()));
    }
    if window {
        driver(log)?;
    }
    ui::packages("tests/e2e", log)?;
    let mut run = Run::npm("tests/e2e").args(["run", "--silent", script]).env("BACKROOM_UI", inside("ui/dist"));
    if let Some(browser) = browser {
        run = run.env("BACKROOM_BROWSER", browser);
    }
    passed(run.logged(log))
}

/// The program that puts the window under remote control, installed where it is absent.
pub fn driver(log: Log<'_>) -> Result<PathBuf> {
    let tools = inside("target/tools");
    let program = tools.join("bin").join(format!("tauri-driver{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        Run::new("cargo")
            .args(["install", DRIVER, "--locked", "--root"])
            .args([&tools])
            .logged(log)
            .context("the driver of the window could not be installed")?;
    }
    Ok(program)
}
