//! `cargo xtask run`: from a fresh clone to the window with the demonstration store.

use crate::command::{Run, inside};
use crate::{system, ui};
use anyhow::{Result, bail};

/// Payments of the large demonstration store.
const BIG: &str = "100184";

/// Builds and opens Backroom; without a screen, serves it on loopback.
pub fn run(options: &[&str]) -> Result<()> {
    if let Some(unknown) = options.iter().find(|option| !["--big", "--release"].contains(option)) {
        bail!("cargo xtask run knows --big and --release, not {unknown}");
    }
    let (big, release) = (options.contains(&"--big"), options.contains(&"--release"));
    let profile: &[&str] = if release { &["--release"] } else { &[] };
    if system::has_display() {
        system::provide(system::WINDOW)?;
        ui::build()?;
        println!("Building Backroom (some minutes the first time) …");
        let size: &[&str] = if big { &["--big"] } else { &[] };
        let app = ["run", "--quiet", "-p", "backroom", "--features", "custom-protocol"];
        Run::new("cargo").args(app).args(profile).args(["--", "--demo"]).args(size).shown()
    } else {
        println!("There is no display here: serving the same screens on this machine's own address instead.");
        system::provide(system::ENGINE)?;
        ui::build()?;
        println!("Building Backroom (some minutes the first time) …");
        let size: &[&str] = if big { &["--payments", BIG] } else { &[] };
        let ctl = ["run", "--quiet", "-p", "backroom-ctl", "--bin", "backroomctl"];
        Run::new("cargo")
            .args(ctl)
            .args(profile)
            .args(["--", "demo", "--serve"])
            .args(size)
            .env("BACKROOM_UI", inside("ui/dist"))
            .shown()
    }
}
