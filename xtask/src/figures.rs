//! `cargo xtask bench`: the figures, measured on this machine.

use crate::command::{Run, inside};
use crate::{bigquery, package, suites, system, ui};
use anyhow::{Result, bail};

/// Measures what is named: nothing for everything, `window [PART]...` for the window, else a benchmark of the engine.
pub fn bench(words: &[&str]) -> Result<()> {
    match words {
        ["window", parts @ ..] => window(parts),
        ["package"] => installed(),
        [] => {
            engine(&[])?;
            if cfg!(target_os = "linux") {
                window(&[])?;
            }
            package::package()?;
            if cfg!(target_os = "linux") { installed() } else { Ok(()) }
        }
        _ => engine(words),
    }
}

fn engine(words: &[&str]) -> Result<()> {
    let bench = ["run", "--release", "--quiet", "-p", "backroom-tests", "--bin", "backroom-bench", "--"];
    if let (true, Some(python)) = (words.is_empty() || words == ["delivery"], bigquery::python()) {
        bigquery::provide(&python, &mut std::io::stdout())?;
    }
    // The program as it is shipped is measured beside what it is made of.
    Run::new("cargo").args(["build", "--release", "--quiet", "-p", "backroom-ctl"]).shown()?;
    let program = inside("target/release").join(format!("backroomctl{}", std::env::consts::EXE_SUFFIX));
    bigquery::named(Run::new("cargo").args(bench).args(words)).env("BACKROOM_CTL", program).shown()
}

/// The window as it is shipped, beside a bare web view.
fn window(parts: &[&str]) -> Result<()> {
    const PARTS: [&str; 3] = ["clicks", "first-numbers", "rest"];
    if let Some(unknown) = parts.iter().find(|part| !PARTS.contains(part)) {
        bail!("the figures of the window are {}, not {unknown}", PARTS.join(", "));
    }
    if !cfg!(target_os = "linux") {
        bail!("the figures of the window are read from /proc and an X server: they need Linux");
    }
    system::provide(system::WINDOW)?;
    system::provide(system::END_TO_END)?;
    ui::build()?;
    let both = ["build", "--release", "--quiet", "-p", "backroom", "-p", "backroom-ctl"];
    Run::new("cargo").args(both).args(["--features", "backroom/custom-protocol"]).shown()?;
    let out = &mut std::io::stdout();
    suites::driver(out)?;
    ui::packages("tests/e2e", out)?;
    Run::npm("tests/e2e")
        .args(["run", "--silent", "figures", "--"])
        .args(parts)
        .env("BACKROOM_APP", inside("target/release/backroom"))
        .env("BACKROOM_CTL", inside("target/release/backroomctl"))
        .shown()
}

/// The package: its size, and the start from where it is installed. It is made where there is none.
fn installed() -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("the figures of the package are those of the package for Debian");
    }
    system::provide(system::END_TO_END)?;
    system::provide(system::PACKAGE)?;
    ui::packages("tests/e2e", &mut std::io::stdout())?;
    Run::npm("tests/e2e").args(["run", "--silent", "package-figures"]).env("BACKROOM_DEB", package::deb()?).shown()
}
