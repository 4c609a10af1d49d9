//! `cargo xtask package`: this system's installers, and what goes into them beside the program.
//!
//! Cargo builds the programs, the Tauri CLI puts them into packages. It marks the program with the kind of package it lies in, so it
//! works on copies in a folder of its own that it takes for Cargo's; what Cargo built stays as it is and is not built again.

use crate::command::{Run, find_program, inside};
use crate::steps::{Ending, Log};
use crate::{notes, shipped, system, ui};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Where packages are made.
const STAGE: &str = "target/package";
/// The largest package for Debian, in bytes: a shop's line is slow.
const LARGEST_DEB: u64 = 15_000_000;
/// The one program for both kinds of Mac.
const UNIVERSAL: &str = "universal-apple-darwin";
const BOTH_MACS: [&str; 2] = ["aarch64-apple-darwin", "x86_64-apple-darwin"];
/// The two programs that are shipped: the window and the command line.
const PROGRAMS: [&str; 2] = ["backroom", "backroomctl"];

/// Builds the installers of this system and prints their sizes.
pub fn package() -> Result<()> {
    system::provide(system::WINDOW)?;
    ui::build()?;
    build()?;
    let out = inside(STAGE).join("out");
    if out.exists() {
        std::fs::remove_dir_all(&out)?;
    }
    std::fs::create_dir_all(&out)?;
    for made in bundle(Profile::Release, kinds(), &mut std::io::stdout())? {
        let file = out.join(made.file_name().context("a package has a name")?);
        std::fs::copy(&made, &file)?;
        let bytes = file.metadata()?.len();
        println!("{}: {:.1} MB", file.display(), bytes as f64 / 1e6);
        let deb = file.extension().is_some_and(|extension| extension == "deb");
        ensure!(!deb || bytes <= LARGEST_DEB, "that is more than {:.0} MB", LARGEST_DEB as f64 / 1e6);
    }
    Ok(())
}

/// The package for Debian made of what the tests have built, installed into a root of its own, started and removed.
pub fn check(log: Log<'_>) -> Result<Ending> {
    if !cfg!(target_os = "linux") || find_program(&["dpkg-deb"]).is_none() {
        return Ok(Ending::Skipped("the package for Debian is made and installed with dpkg".to_owned()));
    }
    if Run::new("id").args(["-u"]).output()?.trim() != "0" {
        return Ok(Ending::Skipped("a root of its own is for root to make".to_owned()));
    }
    system::provide(system::END_TO_END)?;
    system::provide(system::PACKAGE)?;
    ui::packages("tests/e2e", log)?;
    let deb = bundle(Profile::Debug, &["deb"], log)?.pop().context("no package was made")?;
    Run::npm("tests/e2e").args(["run", "--silent", "package"]).env("BACKROOM_DEB", deb).logged(log)?;
    Ok(Ending::Passed)
}

/// The newest package for Debian as it is shipped; made where there is none.
pub fn deb() -> Result<PathBuf> {
    let find = || files_in(&inside(STAGE).join("out"), &["deb"]);
    if find().is_err() {
        package()?;
    }
    find()?.pop().context("no package was made")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Profile {
    Debug,
    Release,
}

impl Profile {
    const fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }

    /// Where the bundler looks for the programs and puts the packages.
    fn folder(self) -> PathBuf {
        let stage = inside(STAGE);
        let stage = if cfg!(target_os = "macos") { stage.join(UNIVERSAL) } else { stage };
        stage.join(self.name())
    }
}

/// The kinds of packages that this system makes. No `AppImage`: it is made with tools that are fetched unpinned while it is made, and
/// carries a web view that gets no security updates from the system.
const fn kinds() -> &'static [&'static str] {
    if cfg!(windows) {
        &["nsis"]
    } else if cfg!(target_os = "macos") {
        &["app", "dmg"]
    } else {
        &["deb", "rpm"]
    }
}

/// The programs as they are shipped. Both at once, so that what they share is built once.
fn build() -> Result<()> {
    let both = ["build", "--release", "--locked", "-p", "backroom", "-p", "backroom-ctl"];
    let cargo = || Run::new("cargo").args(both).args(["--features", "backroom/custom-protocol"]);
    if !cfg!(target_os = "macos") {
        return cargo().shown();
    }
    BOTH_MACS.iter().try_for_each(|target| cargo().args(["--target", target]).shown())
}

/// Makes packages of these kinds from what is built, and tells where they are.
fn bundle(profile: Profile, kinds: &[&str], log: Log<'_>) -> Result<Vec<PathBuf>> {
    let folder = profile.folder();
    let packages = folder.join("bundle");
    if packages.exists() {
        std::fs::remove_dir_all(&packages)?;
    }
    std::fs::create_dir_all(&folder)?;
    for name in PROGRAMS {
        stage(profile, name, log)?;
    }
    std::fs::write(inside(STAGE).join("third-party.txt"), shipped::licences(&shipped::parts()?)?)?;
    let overlay = overlay(profile).to_string();
    let mut run = Run::new("node")
        .args(["ui/node_modules/@tauri-apps/cli/tauri.js", "bundle", "--bundles", &kinds.join(",")])
        .args(["--config", &overlay])
        .env("CARGO_TARGET_DIR", inside(STAGE));
    if profile == Profile::Debug {
        run = run.arg("--debug");
    }
    if cfg!(target_os = "macos") {
        run = run.args(["--target", UNIVERSAL]);
    }
    run.logged(log)?;
    let mut made = Vec::new();
    for kind in kinds {
        let (place, endings): (&str, &[&str]) = match *kind {
            "app" => ("macos", &["app"]),
            "nsis" => ("nsis", &["exe"]),
            other => (other, &[other]),
        };
        made.extend(files_in(&packages.join(place), endings)?);
    }
    if profile == Profile::Release {
        made.iter()
            .filter(|file| file.extension().is_some_and(|e| e == "deb"))
            .try_for_each(|deb| squeeze(deb, log))?;
    }
    for app in made.iter_mut().filter(|made| made.is_dir()) {
        // A program for macOS is a folder; this is what an update of it is.
        let archive = app.with_file_name(format!("Backroom_{}_universal.app.tar.gz", notes::version()?));
        let (folder, name) = (app.parent().context("it lies somewhere")?, app.file_name().context("it has a name")?);
        let tar = Run::new("tar").arg("-czf").args([&archive]).arg("-C").args([folder]).args([name]);
        tar.logged(log)?;
        *app = archive;
    }
    Ok(made)
}

/// Puts a program where the bundler looks for it.
fn stage(profile: Profile, name: &str, log: Log<'_>) -> Result<()> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let to = profile.folder().join(&file);
    if cfg!(target_os = "macos") {
        let parts = BOTH_MACS.map(|target| inside("target").join(target).join(profile.name()).join(&file));
        Run::new("lipo").args(["-create", "-output"]).args([&to]).args(&parts).logged(log)?;
    } else {
        let from = inside("target").join(profile.name()).join(&file);
        std::fs::copy(&from, &to).with_context(|| format!("{} is not built", from.display()))?;
    }
    if profile == Profile::Debug {
        // What a debugger reads is nine tenths of it, and packing it would take longer than all that is tried with it.
        Run::new("strip").args([&to]).logged(log)?;
    }
    if name == PROGRAMS[1] && !cfg!(target_os = "linux") {
        std::fs::copy(&to, inside(STAGE).join(format!("{name}-{}{}", beside(), std::env::consts::EXE_SUFFIX)))?;
    }
    Ok(())
}

/// What the bundler wants behind the name of a program that lies beside the main one.
fn beside() -> String {
    if cfg!(target_os = "macos") { UNIVERSAL.to_owned() } else { format!("{}-pc-windows-msvc", std::env::consts::ARCH) }
}

/// What is added to `tauri.conf.json` while packages are made. It is not in that file, because every build of the program would look
/// for these files.
fn overlay(profile: Profile) -> Value {
    let third_party = format!("{STAGE}/third-party.txt");
    if !cfg!(target_os = "linux") {
        let mut bundle = json!({
            "externalBin": [format!("{STAGE}/{}", PROGRAMS[1])],
            "resources": { third_party: "third-party.txt", "docs/CHANGELOG.md": "changes.txt" },
        });
        // How the programs are signed is the release's to say; without it they are not.
        if let Some(command) = std::env::var("BACKROOM_SIGN_COMMAND").ok().filter(|value| !value.is_empty()) {
            bundle["windows"] = json!({ "signCommand": command });
        }
        return json!({ "bundle": bundle });
    }
    let files = json!({
        "/usr/bin/backroomctl": profile.folder().join(PROGRAMS[1]),
        "/usr/share/doc/backroom/third-party.txt": inside(&third_party),
        "/usr/share/doc/backroom/CHANGELOG.md": inside("docs/CHANGELOG.md"),
        "/usr/share/metainfo/app.backroom.desktop.metainfo.xml":
            inside("src-tauri/package/app.backroom.desktop.metainfo.xml"),
    });
    json!({ "bundle": { "linux": { "deb": { "files": files }, "rpm": { "files": files } } } })
}

/// Packs a package for Debian anew. The bundler packs file by file with little effort; both programs hold the same engine, and a
/// packer that looks back far enough keeps it once.
fn squeeze(deb: &Path, log: Log<'_>) -> Result<()> {
    if find_program(&["dpkg-deb"]).is_none() {
        return Ok(());
    }
    let folder = deb.with_extension("unpacked");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    Run::new("dpkg-deb").args(["--raw-extract"]).args([deb, folder.as_path()]).logged(log)?;
    let pack = ["--root-owner-group", "-Zxz", "-z9", "--build"];
    Run::new("dpkg-deb").args(pack).args([folder.as_path(), deb]).logged(log)?;
    std::fs::remove_dir_all(&folder).context("what was unpacked could not be removed")
}

/// What lies in a folder with one of these endings.
fn files_in(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>> {
    let entries = folder.read_dir().with_context(|| format!("no installer in {}", folder.display()))?;
    let mut files = entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|path| endings.iter().any(|ending| path.extension().is_some_and(|found| found == *ending)));
    files.sort();
    if files.is_empty() {
        bail!("no installer in {}", folder.display());
    }
    Ok(files)
}
