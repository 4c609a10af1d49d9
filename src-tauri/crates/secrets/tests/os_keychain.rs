//! The round trip through a real keychain. It runs only where `BACKROOM_TEST_KEYCHAIN=1` says so, because on a
//! person's own PC it would touch their keychain. On Linux, with a private bus and keyring:
//!
//! ```sh
//! H=$(mktemp -d) && chmod 700 $H && XDG_DATA_HOME=$H XDG_RUNTIME_DIR=$H BACKROOM_TEST_KEYCHAIN=1 \
//!   dbus-run-session -- bash -c 'printf pw | gnome-keyring-daemon --unlock --components=secrets && \
//!   cargo test -p backroom-secrets --test os_keychain'
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use backroom_secrets::{Keychain, Secret, SecretError, SecretStore, buffer_key};

#[test]
fn round_trip() {
    if std::env::var("BACKROOM_TEST_KEYCHAIN").as_deref() != Ok("1") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let open = || Keychain::open("Backroom test", folder.path()).unwrap();
    let keychain = open();
    keychain.self_test().unwrap();

    let name = "square/test/token";
    keychain.delete(name).unwrap();
    assert!(keychain.get(name).unwrap().is_none(), "nothing there at first");
    let long = "ä".repeat(2_000);
    for text in ["invented-token", "overwritten", long.as_str(), "short again", ""] {
        keychain.set(name, &Secret::new(text)).unwrap();
        // A second thread and connection sees what the first one saved.
        assert_eq!(open().get(name).unwrap().unwrap().expose(), text, "{} bytes", text.len());
    }
    keychain.delete(name).unwrap();
    assert!(open().get(name).unwrap().is_none(), "deleted");
    let left = std::fs::read_dir(folder.path().join("sealed")).unwrap().count();
    assert_eq!(left, 0, "no sealed file may outlive its secret");

    let key = buffer_key(&keychain, name).unwrap();
    assert_eq!(buffer_key(&open(), name).unwrap().bytes(), key.bytes(), "the buffer's key is made once");
    keychain.delete(backroom_secrets::BUFFER_KEY).unwrap();
}

/// Runs where there is no session bus: `BACKROOM_TEST_KEYCHAIN=none DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere`.
#[test]
fn no_bus_is_said_in_words() {
    if std::env::var("BACKROOM_TEST_KEYCHAIN").as_deref() != Ok("none") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let keychain = Keychain::open("Backroom test", folder.path()).unwrap();
    let error = keychain.set("square/test/token", &Secret::new("invented-token")).unwrap_err();
    assert!(matches!(error, SecretError::NoService), "{error:?}");
    assert!(!folder.path().join("sealed").exists(), "nothing may be written in plain or otherwise");
}
