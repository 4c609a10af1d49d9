//! What the machine must have, said before it is installed.

use crate::command::{Run, find_program};
use anyhow::{Result, bail};
use std::io::IsTerminal;

/// Something of the system that a task needs.
pub struct Need {
    /// Its package on Debian and Ubuntu.
    package: &'static str,
    /// How to see that it is there.
    seen: Seen,
}

enum Seen {
    Library(&'static str),
    Program(&'static [&'static str]),
}

const fn library(package: &'static str, name: &'static str) -> Need {
    Need { package, seen: Seen::Library(name) }
}

const fn program(package: &'static str, names: &'static [&'static str]) -> Need {
    Need { package, seen: Seen::Program(names) }
}

/// To build the engine alone.
pub const ENGINE: &[Need] = &[program("build-essential", &["cc"])];

/// To build and open the window.
pub const WINDOW: &[Need] = &[
    program("build-essential", &["cc"]),
    program("pkg-config", &["pkg-config"]),
    library("libwebkit2gtk-4.1-dev", "webkit2gtk-4.1"),
    library("libgtk-3-dev", "gtk+-3.0"),
    library("librsvg2-dev", "librsvg-2.0"),
    library("libayatana-appindicator3-dev", "ayatana-appindicator3-0.1"),
];

/// To drive the window without a screen, and a browser.
pub const END_TO_END: &[Need] = &[
    program("xvfb", &["Xvfb"]),
    program("webkit2gtk-driver", &["WebKitWebDriver"]),
    program("dbus-daemon", &["dbus-daemon"]),
    program("gnome-keyring", &["gnome-keyring-daemon"]),
    program("libglib2.0-bin", &["gdbus"]),
    program("xdotool", &["xdotool"]),
    program("python3", &["python3"]),
    program("chromium", BROWSERS),
];

/// To make disks fail, the power go and the clock be wrong.
pub const FAULTS: &[Need] = &[
    program("build-essential", &["cc"]),
    program("faketime", &["faketime"]),
    program("fiu-utils", &["fiu-run"]),
    program("python3", &["python3"]),
];

/// To run the keychain tests on a keyring of their own.
pub const KEYCHAIN: &[Need] = &[
    program("dbus-daemon", &["dbus-run-session"]),
    program("gnome-keyring", &["gnome-keyring-daemon"]),
    program("libglib2.0-bin", &["gdbus"]),
    program("procps", &["pkill"]),
];

/// To install a package into a root of its own and see what the desktop makes of it.
pub const PACKAGE: &[Need] = &[
    program("binutils", &["strip"]),
    program("util-linux", &["nsenter"]),
    program("desktop-file-utils", &["desktop-file-validate"]),
    program("appstream", &["appstreamcli"]),
];

/// Browsers that the browser suite can drive.
pub const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Makes sure that the system has what is needed: says what is missing, then installs it.
pub fn provide(needs: &[Need]) -> Result<()> {
    match std::env::consts::OS {
        "linux" => linux(needs),
        "macos" => macos(),
        // WebView2 comes with Windows 11 and is fetched by our installer where it is absent; the linker comes with Rust's
        // own installer, so there is nothing here that can be missing and be named.
        _ => Ok(()),
    }
}

fn linux(needs: &[Need]) -> Result<()> {
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if find_program(&["apt-get"]).is_none() {
        bail!(
            "Backroom needs these system packages, here by their Debian names: {list}\n\
             Install what your system calls them (WebKitGTK 4.1, GTK 3, librsvg, Ayatana AppIndicator; for the tests Xvfb, \
             WebKitWebDriver, D-Bus, Chromium), then run this again."
        );
    }
    println!("Backroom needs these system packages, which are missing: {list}");
    let root = Run::new("id").args(["-u"]).output()?.trim() == "0";
    // Runners of a build service have nobody to ask, and a sudo that asks nothing.
    let asks_nothing = || find_program(&["sudo"]).is_some() && Run::new("sudo").args(["-n", "true"]).output().is_ok();
    if !root && !std::io::stdin().is_terminal() && !asks_nothing() {
        bail!("Install them with: sudo apt-get install {list}");
    }
    println!("Installing them now{}.", if root { "" } else { "; sudo may ask for your password" });
    let apt = || if root { Run::new("apt-get") } else { Run::new("sudo").args(["apt-get"]) };
    apt().args(["update", "-qq"]).shown()?;
    // What it says of a thousand files is of no use to anybody; what goes wrong it says on standard error.
    apt().args(["install", "-y", "-qq", "--no-install-recommends"]).args(&missing).without_output().shown()?;
    let still = self::missing(needs);
    if !still.is_empty() {
        bail!("After installing, these are still not found: {}", still.join(" "));
    }
    Ok(())
}

fn missing(needs: &[Need]) -> Vec<&'static str> {
    let absent = |need: &&Need| match need.seen {
        Seen::Library(name) => Run::new("pkg-config").args(["--exists", name]).output().is_err(),
        Seen::Program(names) => find_program(names).is_none(),
    };
    needs.iter().filter(absent).map(|need| need.package).collect()
}

fn macos() -> Result<()> {
    if Run::new("xcode-select").args(["-p"]).output().is_err() {
        bail!(
            "Backroom needs Apple's Command Line Tools, which are missing.\n\
             Run: xcode-select --install   then this command again."
        );
    }
    Ok(())
}

/// Whether a window can be opened here.
pub fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Makes sure that Node is there and new enough.
pub fn node() -> Result<()> {
    let Ok(version) = Run::new("node").args(["--version"]).output() else {
        bail!(
            "Backroom's screens are built with Node.js 20.19 or newer, which was not found. Install it, then run this again."
        );
    };
    if !is_new_enough(version.trim()) {
        bail!("Node.js {} is too old; Backroom's screens need 20.19 or newer.", version.trim());
    }
    Ok(())
}

fn is_new_enough(version: &str) -> bool {
    let mut parts = version.trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    (major == 20 && minor >= 19) || (major == 22 && minor >= 12) || major > 22
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn node_is_taken_from_the_versions_the_ui_tools_support() {
        for (version, enough) in [
            ("v20.18.1", false),
            ("v20.19.0", true),
            ("v21.9.0", false),
            ("v22.11.0", false),
            ("v22.12.0", true),
            ("v24.1.0", true),
        ] {
            assert_eq!(is_new_enough(version), enough, "{version}");
        }
    }
}
