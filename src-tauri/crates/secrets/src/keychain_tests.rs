//! Secrets through a keychain in memory that fails on demand.
use super::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

type Shared = Arc<Mutex<HashMap<String, Vec<u8>>>>;

/// A keychain in memory that can refuse to write, and notices two calls at once.
struct Fake {
    entries: Shared,
    refuse: Arc<Mutex<bool>>,
    inside: Arc<AtomicUsize>,
}

impl Fake {
    fn enter(&self) -> Guard<'_> {
        assert_eq!(self.inside.fetch_add(1, Ordering::SeqCst), 0, "two calls reached the keychain at once");
        Guard(&self.inside)
    }
}

struct Guard<'a>(&'a AtomicUsize);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Entries for Fake {
    fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError> {
        let _guard = self.enter();
        Ok(self.entries.lock().unwrap().get(name).cloned().map(Zeroizing::new))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), SecretError> {
        let _guard = self.enter();
        if *self.refuse.lock().unwrap() {
            return Err(SecretError::Locked);
        }
        assert!(bytes.len() <= 2_560, "Windows would refuse {} bytes", bytes.len());
        self.entries.lock().unwrap().insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), SecretError> {
        let _guard = self.enter();
        self.entries.lock().unwrap().remove(name);
        Ok(())
    }
}

struct World {
    keychain: Keychain,
    entries: Shared,
    refuse: Arc<Mutex<bool>>,
    folder: tempfile::TempDir,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let (entries, refuse) = (Shared::default(), Arc::new(Mutex::new(false)));
    let fake = Fake { entries: entries.clone(), refuse: refuse.clone(), inside: Arc::default() };
    let keychain = Keychain::start(folder.path().to_owned(), move || fake).unwrap();
    World { keychain, entries, refuse, folder }
}

impl World {
    fn files(&self) -> Vec<std::path::PathBuf> {
        let sealed = self.folder.path().join("sealed");
        let Ok(list) = std::fs::read_dir(sealed) else { return Vec::new() };
        list.map(|entry| entry.unwrap().path()).collect()
    }

    fn get(&self, name: &str) -> Option<String> {
        self.keychain.get(name).unwrap().map(|s| s.expose().to_owned())
    }
}

#[test]
fn short_and_long_secrets_come_back_and_leave_nothing_behind() {
    let w = world();
    let lengths = [(1, 0), (2_400, 0), (2_401, 1), (2_561, 1), (100_000, 1), (5, 0)];
    for (length, files) in lengths {
        let text = "k".repeat(length);
        w.keychain.set("warehouse/key", &Secret::new(text.clone())).unwrap();
        assert_eq!(w.get("warehouse/key"), Some(text), "{length} bytes");
        assert_eq!(w.files().len(), files, "{length} bytes: an overwritten file must go");
    }
    w.keychain.set("warehouse/key", &Secret::new("k".repeat(9_000))).unwrap();
    w.keychain.delete("warehouse/key").unwrap();
    assert_eq!((w.get("warehouse/key"), w.files().len()), (None, 0));
    w.keychain.delete("warehouse/key").unwrap();
}

#[test]
fn a_sealed_file_shows_nothing_and_is_bound_to_its_name() {
    let w = world();
    let text = format!("invented-private-key {}", "x".repeat(4_000));
    w.keychain.set("a", &Secret::new(text.clone())).unwrap();
    let file = w.files().pop().unwrap();
    let bytes = std::fs::read(&file).unwrap();
    assert!(!bytes.windows(8).any(|part| part == b"invented"), "plain text on disk");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let entry = w.entries.lock().unwrap().get("a").cloned().unwrap();
    w.entries.lock().unwrap().insert("b".to_owned(), entry);
    assert!(matches!(w.keychain.get("b"), Err(SecretError::Damaged { .. })), "an entry moved to another name");

    for (at, why) in [(0, "nonce"), (bytes.len() / 2, "text"), (bytes.len() - 1, "seal")] {
        let mut bent = bytes.clone();
        bent[at] ^= 1;
        std::fs::write(&file, bent).unwrap();
        assert!(matches!(w.keychain.get("a"), Err(SecretError::Damaged { .. })), "one bit of the {why} flipped");
    }
    std::fs::write(&file, &bytes[..10]).unwrap();
    assert!(matches!(w.keychain.get("a"), Err(SecretError::Damaged { .. })), "file cut off");
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(w.keychain.get("a"), Err(SecretError::Damaged { .. })), "file gone");
}

#[test]
fn a_refused_save_keeps_the_old_secret() {
    let w = world();
    let old = "o".repeat(3_000);
    w.keychain.set("a", &Secret::new(old.clone())).unwrap();
    *w.refuse.lock().unwrap() = true;
    for new in ["n".repeat(3_000), "n".to_owned()] {
        assert!(matches!(w.keychain.set("a", &Secret::new(new)), Err(SecretError::Locked)));
        assert_eq!(w.get("a"), Some(old.clone()));
        assert_eq!(w.files().len(), 1, "the file of the refused save must go");
    }
}

#[test]
fn a_secret_that_looks_like_a_pointer_is_still_a_secret() {
    let w = world();
    let text = format!("{}0011:2233", std::str::from_utf8(MARK).unwrap());
    w.keychain.set("a", &Secret::new(text.clone())).unwrap();
    assert_eq!(w.get("a"), Some(text));
}

#[test]
fn calls_never_run_in_parallel() {
    let w = world();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let keychain = &w.keychain;
            scope.spawn(move || {
                for round in 0..20 {
                    let name = format!("t/{thread}");
                    keychain.set(&name, &Secret::new(format!("{round}"))).unwrap();
                    assert_eq!(keychain.get(&name).unwrap().unwrap().expose(), format!("{round}"));
                }
            });
        }
    });
    w.keychain.self_test().unwrap();
    assert_eq!(w.get("self/test"), None, "the self test cleans up");
}

#[test]
fn names_are_checked() {
    let w = world();
    for bad in ["", "a b", "ü", "a\0b", &"n".repeat(201)] {
        assert!(matches!(w.keychain.set(bad, &Secret::new("x")), Err(SecretError::BadName)), "{bad:?}");
    }
}

#[test]
fn keychain_troubles_have_their_words() {
    let boxed = |words: &str| -> Box<dyn std::error::Error + Send + Sync> { words.into() };
    let cases = [
        (keyring::Error::NoDefaultStore, "KEYCHAIN_MISSING"),
        (
            keyring::Error::PlatformFailure(boxed("no secret service provider or dbus session found")),
            "KEYCHAIN_MISSING",
        ),
        (keyring::Error::PlatformFailure(boxed("zbus error: address refused")), "KEYCHAIN_MISSING"),
        (keyring::Error::NoStorageAccess(boxed("SS Error: object locked")), "KEYCHAIN_LOCKED"),
        (keyring::Error::PlatformFailure(boxed("SS Error: object locked")), "KEYCHAIN_LOCKED"),
        (keyring::Error::NoStorageAccess(boxed("SS error: prompt dismissed")), "KEYCHAIN_DISMISSED"),
        (keyring::Error::NoStorageAccess(boxed("The user canceled the operation.")), "KEYCHAIN_DISMISSED"),
        (keyring::Error::NoStorageAccess(boxed("for a reason never seen")), "KEYCHAIN_LOCKED"),
        (keyring::Error::PlatformFailure(boxed("for a reason never seen")), "KEYCHAIN_REFUSED"),
        (keyring::Error::BadEncoding(b"invented-token".to_vec()), "KEYCHAIN_REFUSED"),
    ];
    for (error, code) in cases {
        let sorted = sort(&error);
        assert_eq!(sorted.code(), code, "{error:?}");
        assert!(!sorted.to_string().contains("invented"), "no secret in words");
        assert!(!sorted.hint().is_empty());
    }
}

#[test]
fn a_keychain_whose_thread_died_answers_with_an_error() {
    struct Broken;
    impl Entries for Broken {
        fn read(&self, _: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError> {
            panic!("invented crash of a keychain library")
        }
        fn write(&self, _: &str, _: &[u8]) -> Result<(), SecretError> {
            Ok(())
        }
        fn remove(&self, _: &str) -> Result<(), SecretError> {
            Ok(())
        }
    }
    let keychain = Keychain::start(PathBuf::new(), || Broken).unwrap();
    for _ in 0..2 {
        assert!(matches!(keychain.get("a"), Err(SecretError::NoAnswer)), "the caller must not hang or crash");
    }
}
