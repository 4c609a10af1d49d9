//! Every state in which a keychain may be found, made for real with a private bus and gnome-keyring: what is said, and how soon.
//! Runs on Linux where `BACKROOM_TEST_KEYCHAIN=1` says so.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr
)]

use backroom_secrets::{Keychain, Secret, SecretStore};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const CANARY: &str = "CANARY-invented-token";
const NAME: &str = "square/test/token";
/// Longest that a person looks at nothing.
const SOON: Duration = Duration::from_secs(3);

/// Brings a keyring up, unlocked, and waits until it is there.
const UNLOCKED: &str = "(printf invented | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1) & \
    echo $! > \"$XDG_RUNTIME_DIR/pid\"; gdbus wait --session --timeout 10 org.freedesktop.secrets; ";
const LOCK: &str = "gdbus call --session -d org.freedesktop.secrets -o /org/freedesktop/secrets \
    -m org.freedesktop.Secret.Service.Lock \"['/org/freedesktop/secrets/collection/login']\" >/dev/null; ";
/// A bus that starts nothing by itself.
const BARE_BUS: &str = "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><policy context=\"default\">\
    <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>";

/// What happens to the keychain between saving a secret and reading it.
fn wanted() -> bool {
    std::env::var("BACKROOM_TEST_KEYCHAIN").as_deref() == Ok("1")
}

#[test]
fn each_state_is_told_soon_and_nothing_lies_in_the_clear() {
    if !wanted() {
        return;
    }
    let table = [
        ("there", format!("{UNLOCKED}{{}}"), vec!["kept"]),
        ("locked", format!("{UNLOCKED}{LOCK}{{}}"), vec!["KEYCHAIN_LOCKED", "KEYCHAIN_DISMISSED"]),
        // The keyring asks for a first password, and nobody can be asked here: the question is closed.
        (
            "asks and is not answered",
            "{}".to_owned(),
            vec!["KEYCHAIN_LOCKED", "KEYCHAIN_DISMISSED", "KEYCHAIN_MISSING"],
        ),
        ("no service", "BARE {}".to_owned(), vec!["KEYCHAIN_MISSING"]),
        ("no bus", "NOBUS {}".to_owned(), vec!["KEYCHAIN_MISSING"]),
        (
            "killed while it is used",
            format!("{UNLOCKED}KILLED=1 {{}}"),
            vec!["kept", "KEYCHAIN_LOCKED", "KEYCHAIN_DISMISSED", "KEYCHAIN_MISSING", "KEYCHAIN_REFUSED"],
        ),
    ];
    for (state, script, expected) in table {
        let home = tempfile::tempdir().unwrap();
        let told = run(home.path(), &script);
        let line =
            told.lines().find_map(|l| l.split_once("TOLD ")).unwrap_or_else(|| panic!("{state}: {told}")).1.to_owned();
        let (code, ms) = line.split_once(' ').unwrap();
        let ms: u64 = ms.split_whitespace().next().unwrap().parse().unwrap();
        eprintln!("{state}: {code} after {ms} ms");
        assert!(expected.contains(&code), "{state} is told as one of {expected:?}, not {code}: {told}");
        assert!(Duration::from_millis(ms) < SOON, "{state} is told within {SOON:?}: {ms} ms");
        for entry in walk(&home.path().join("data")) {
            let bytes = std::fs::read(&entry).unwrap();
            assert!(!bytes.windows(6).any(|w| w == b"CANARY"), "{state}: a secret lies in {}", entry.display());
        }
        assert!(!told.contains("CANARY"), "{state}: nothing is printed");
    }
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    entries.flat_map(|p| if p.is_dir() { walk(&p) } else { vec![p] }).collect()
}

/// Runs this very program once more, on a bus of its own.
fn run(home: &Path, script: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(home, std::fs::Permissions::from_mode(0o700)).unwrap();
    let me = std::env::current_exe().unwrap();
    let again = format!(
        "\"{}\" --exact tells_what_it_finds --nocapture; kill $(cat \"$XDG_RUNTIME_DIR/pid\") 2>/dev/null; true",
        me.display()
    );
    let (bare, script) = script.strip_prefix("BARE ").map_or((false, script), |rest| (true, rest));
    let (no_bus, script) = script.strip_prefix("NOBUS ").map_or((false, script), |rest| (true, rest));
    let script = script.replace("{}", &again);
    let mut command = if no_bus { Command::new("sh") } else { Command::new("dbus-run-session") };
    if bare {
        std::fs::write(home.join("bus.conf"), BARE_BUS).unwrap();
        command.arg(format!("--config-file={}", home.join("bus.conf").display()));
    }
    if no_bus {
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    } else {
        command.args(["--", "sh"]);
    }
    let output = command
        .args(["-c", &script])
        .env("XDG_DATA_HOME", home)
        .env("XDG_RUNTIME_DIR", home)
        .env("BACKROOM_KEYCHAIN_HOME", home)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The other half: saves and reads a secret in whatever state the keychain is, and tells how that went.
#[test]
fn tells_what_it_finds() {
    let Some(home) = std::env::var_os("BACKROOM_KEYCHAIN_HOME") else { return };
    let home = Path::new(&home);
    let keychain = Keychain::open("Backroom states", home.join("data")).unwrap();
    let started = Instant::now();
    let mut outcome = keychain.set(NAME, &Secret::new(CANARY));
    if std::env::var_os("KILLED").is_some() {
        assert!(outcome.is_ok(), "it was there before: {outcome:?}");
        let pid = std::fs::read_to_string(home.join("pid")).unwrap();
        // The shell's job: the keyring is its child.
        let _ = Command::new("pkill").args(["-KILL", "-P", pid.trim()]).status();
        outcome = keychain.set(NAME, &Secret::new(CANARY));
    }
    let read = outcome.and_then(|()| keychain.get(NAME));
    let code = match read {
        Ok(Some(secret)) if secret.expose() == CANARY => "kept",
        Ok(_) => "lost",
        Err(error) => {
            assert!(!error.hint().is_empty(), "each says what to do");
            error.code()
        }
    };
    println!("TOLD {code} {}", started.elapsed().as_millis());
}
