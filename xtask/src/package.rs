//! `cargo xtask package`: the installer of this system.

use crate::command::{Run, inside};
use crate::{system, ui};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// Builds the installer and prints its size.
pub fn package() -> Result<()> {
    system::provide(system::WINDOW)?;
    ui::packages("ui", &mut std::io::stdout())?;
    let kind = match std::env::consts::OS {
        "windows" => "msi",
        "macos" => "dmg",
        _ => "deb",
    };
    Run::new("node").args(["ui/node_modules/@tauri-apps/cli/tauri.js", "build", "--bundles", kind]).shown()?;
    let folder = inside("target/release/bundle").join(kind);
    for file in files_ending(&folder, kind)? {
        let bytes = file.metadata()?.len();
        println!("{}: {:.1} MB", file.display(), bytes as f64 / 1e6);
    }
    Ok(())
}

fn files_ending(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let entries = folder.read_dir().with_context(|| format!("no installer in {}", folder.display()))?;
    let files = entries.collect::<std::io::Result<Vec<_>>>()?.into_iter().map(|entry| entry.path());
    Ok(files.filter(|path| path.extension().is_some_and(|found| found == extension)).collect())
}
