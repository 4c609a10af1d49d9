//! The screens: packages and build.

use crate::command::{Run, inside};
use crate::system;
use anyhow::Result;
use std::path::Path;
use std::time::SystemTime;

/// Installs the packages of a folder of the repository, where its lock file is newer than what is installed.
pub fn packages(folder: &str, log: &mut dyn std::io::Write) -> Result<()> {
    system::node()?;
    let changed = |file: &str| changed_at(&inside(folder).join(file));
    if changed("node_modules/.package-lock.json") >= changed("package-lock.json") {
        writeln!(log, "{folder}: the installed packages are those of the lock file")?;
        return Ok(());
    }
    Run::npm(folder).args(["ci"]).logged(log)
}

/// Builds `ui/dist`, installing packages first.
pub fn build() -> Result<()> {
    packages("ui", &mut std::io::stdout())?;
    Run::npm("ui").args(["run", "--silent", "build"]).shown()
}

fn changed_at(file: &Path) -> SystemTime {
    file.metadata().and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}
