//! An access in the real keychain of the system, renewed by programs that are killed at every point of it, and by two at once.
//!
//! The keychain step runs it with a private bus and gnome-keyring, where `BACKROOM_TEST_KEYCHAIN=1` says so. This program starts
//! itself again as the one that is killed. `BACKROOM_ROTATION_ROUNDS` sets the rounds of each point.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

#[allow(dead_code)]
#[path = "oauth/vendor.rs"]
mod vendor;

use backroom_core::{Clock, SystemClock};
use backroom_http::oauth::{Grant, Keeper, Provider};
use backroom_http::{Client, ClientConfig, TokenProvider};
use backroom_secrets::{Keychain, Secret, SecretError, SecretStore, Turn};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use vendor::{Revokes, Vendor};

const SERVICE: &str = "Backroom renewal test";
/// Touches of the keychain in one renewal by a program that has just started: the two places when it is opened and two more before the
/// vendor is asked, the write, reading it back, forgetting the old one.
const TOUCHES: i64 = 7;
/// The write: what was granted and is not written by then is nowhere.
const WRITE: i64 = 4;

fn wanted() -> bool {
    std::env::var("BACKROOM_TEST_KEYCHAIN").as_deref() == Ok("1")
}

fn rounds() -> usize {
    std::env::var("BACKROOM_ROTATION_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

/// Kills this program before or after its nth touch of the keychain, as nothing that it could notice.
struct Killed {
    inner: Keychain,
    left: AtomicI64,
    after: bool,
}

fn die() -> ! {
    let own = std::process::id().to_string();
    let _ = Command::new("kill").args(["-KILL", &own]).status();
    loop {
        std::thread::park();
    }
}

impl Killed {
    fn touch<T>(&self, work: impl FnOnce() -> T) -> T {
        let here = self.left.fetch_sub(1, Ordering::SeqCst) == 0;
        if here && !self.after {
            die();
        }
        let done = work();
        if here {
            die();
        }
        done
    }
}

impl SecretStore for Killed {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        self.touch(|| self.inner.get(name))
    }
    fn set(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        self.touch(|| self.inner.set(name, secret))
    }
    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.touch(|| self.inner.delete(name))
    }
    fn try_turn(&self, name: &str) -> Option<Turn> {
        self.inner.try_turn(name)
    }
}

fn provider(address: &str) -> Provider {
    let at = |path: &str| format!("{address}{path}").parse().unwrap();
    Provider {
        name: "Example",
        authorize: at("/authorize"),
        token: at("/token"),
        scopes: Vec::new(),
        client_id: "invented-client".into(),
        client_secret: None,
        extra: Vec::new(),
        sends_redirect: true,
        revocation: backroom_http::oauth::Revocation::RefreshToken(at("/revoke")),
        refresh_seconds: None,
    }
}

fn keeper(address: &str, store: Arc<dyn SecretStore>, prefix: &str) -> Keeper {
    Keeper::new(Client::new(ClientConfig::default()), provider(address), store, prefix, Arc::new(SystemClock))
}

/// A place in the keychain with a folder for what is too long for it.
struct Place {
    folder: tempfile::TempDir,
    keychain: Arc<Keychain>,
    prefix: &'static str,
}

impl Place {
    fn new(prefix: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keychain = Arc::new(Keychain::open(SERVICE, folder.path()).unwrap());
        Self { folder, keychain, prefix }
    }

    /// Puts an access there whose time is over.
    async fn settle(&self, vendor: &Vendor) {
        let grant = Grant {
            access: Secret::new("access-0"),
            refresh: Some(Secret::new("refresh-0")),
            expires_at: Some(SystemClock.now().plus_seconds(-5)),
            refresh_expires_at: None,
        };
        keeper(&vendor.server.uri(), self.keychain.clone(), self.prefix).connect(grant).await.unwrap();
    }

    async fn clear(&self) {
        drop(keeper("http://127.0.0.1:1", self.keychain.clone(), self.prefix).forget().await.unwrap());
    }

    fn start(&self, vendor: &Vendor, touch: i64, after: bool) -> Child {
        let when = if after { "after" } else { "before" };
        let plan = format!("{}|{}|{}|{touch}|{when}", vendor.server.uri(), self.folder.path().display(), self.prefix);
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "asks_for_the_access", "--nocapture", "--test-threads", "1"])
            .env("BACKROOM_RENEWAL", plan)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn asks(&self, vendor: &Vendor) -> Option<String> {
        let mut child = self.start(vendor, i64::MAX, false);
        let said = ready(&mut child);
        told(child, said)
    }

    fn assert_nothing_in_the_clear(&self, why: &str) {
        for entry in std::fs::read_dir(self.folder.path().join("sealed")).into_iter().flatten().flatten() {
            let bytes = std::fs::read(entry.path()).unwrap();
            for mark in [&b"refresh-"[..], b"access-"] {
                assert!(!bytes.windows(mark.len()).any(|w| w == mark), "{why}: in the clear in {:?}", entry.path());
            }
        }
    }
}

/// The program that is started again: asks for the access once, and tells how that went.
#[test]
fn asks_for_the_access() {
    let Ok(plan) = std::env::var("BACKROOM_RENEWAL") else { return };
    let [address, folder, prefix, touch, after] = plan.split('|').collect::<Vec<_>>().try_into().unwrap();
    let keychain = Keychain::open(SERVICE, Path::new(folder)).unwrap();
    let (touch, after): (i64, bool) = (touch.parse().unwrap(), after == "after");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let keeper = keeper(address, Arc::new(Killed { inner: keychain, left: AtomicI64::new(touch), after }), prefix);
    println!("READY");
    // Whoever starts several lets them go together.
    let _ = std::io::stdin().read(&mut [0]);
    match runtime.block_on(keeper.token()) {
        Ok(token) => println!("TOKEN {}", token.secret.expose()),
        Err(fault) => println!("FAULT {}", fault.code),
    }
}

/// Waits until a program is ready to ask.
fn ready(child: &mut Child) -> BufReader<std::process::ChildStdout> {
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("READY") {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "it came so far");
    }
    said
}

/// Lets it ask, and waits for what it tells; nothing where it was killed.
fn told(mut child: Child, mut said: BufReader<std::process::ChildStdout>) -> Option<String> {
    child.stdin.take().unwrap().write_all(b"x").unwrap();
    let mut text = String::new();
    said.read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    text.lines().find_map(|l| l.find("TOKEN ").or(l.find("FAULT ")).map(|at| l[at..].to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_touch_the_access_is_whole_or_asks_for_a_person() {
    if !wanted() {
        return;
    }
    let place = Place::new("example/killed/oauth");
    let (mut kills, mut whole, mut asked) = (0, 0, 0);
    for revokes in [Revokes::OnFirstUse, Revokes::AtOnce] {
        for long in [false, true] {
            for touch in 0..TOUCHES {
                for after in [false, true] {
                    for round in 0..rounds().div_ceil(4) {
                        let why = format!("{revokes:?}, long {long}, touch {touch}, after {after}, round {round}");
                        let vendor = Vendor::start(revokes).await;
                        // Lightspeed's are signed texts, longer than an entry of a keychain takes: half of such a one lies in a file.
                        vendor.books.lock().unwrap().length = if long { 2_600 } else { 0 };
                        place.settle(&vendor).await;
                        let mut child = place.start(&vendor, touch, after);
                        let said = ready(&mut child);
                        assert_eq!(told(child, said), None, "{why}: it was killed there");
                        kills += 1;
                        let lost = revokes == Revokes::AtOnce
                            && (touch == WRITE && !after)
                            && vendor.books.lock().unwrap().granted == 1;
                        let next = place.asks(&vendor).unwrap_or_else(|| panic!("{why}: it says something"));
                        match next.split_once(' ').unwrap() {
                            ("TOKEN", access) => {
                                assert!(!lost, "{why}: the vendor had voided what is kept");
                                assert!(vendor.accepts(access), "{why}: it works");
                                whole += 1;
                            }
                            (_, code) => {
                                assert!(lost && code == "NEEDS_REAUTH", "{why}: {code}");
                                asked += 1;
                            }
                        }
                        place.assert_nothing_in_the_clear(&why);
                    }
                }
            }
        }
    }
    eprintln!("{kills} kills at {} points: {whole} times whole, {asked} times a person was asked for", 2 * TOUCHES);
    assert!(asked > 0 && asked * 4 < kills, "only where the answer was nowhere yet, and the vendor voids at once");
    place.clear().await;
}

/// Killed somewhere in the middle of the write: one of the two places is whole, whichever.
#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_a_write_what_is_there_is_whole() {
    if !wanted() {
        return;
    }
    let place = Place::new("example/middle/oauth");
    for round in 0..rounds() * 4 {
        let vendor = Vendor::start(Revokes::OnFirstUse).await;
        vendor.books.lock().unwrap().length = 2_600;
        place.settle(&vendor).await;
        let mut child = place.start(&vendor, i64::MAX, false);
        let _said = ready(&mut child);
        child.stdin.take().unwrap().write_all(b"x").unwrap();
        while vendor.books.lock().unwrap().granted == 0 {
            tokio::task::yield_now().await;
        }
        // From the vendor's answer on, a little later each time: through reading it, the file, the entry, the look back.
        let until = std::time::Instant::now() + std::time::Duration::from_micros(500 * round as u64);
        while std::time::Instant::now() < until {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let next = place.asks(&vendor).unwrap();
        let access = next.strip_prefix("TOKEN ").unwrap_or_else(|| panic!("round {round}: {next}"));
        assert!(vendor.accepts(access), "round {round}: it works");
        place.assert_nothing_in_the_clear("in the middle of a write");
    }
    place.clear().await;
}

/// The window and a server of the same user: two programs, one keychain, an access that may be renewed once.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_programs_that_renew_at_once_the_second_takes_the_first_ones_grant() {
    if !wanted() {
        return;
    }
    let place = Place::new("example/two/oauth");
    for revokes in [Revokes::AtOnce, Revokes::OnFirstUse] {
        for round in 0..rounds() {
            let vendor = Vendor::start(revokes).await;
            place.settle(&vendor).await;
            let mut both = [0, 1].map(|_| place.start(&vendor, i64::MAX, false));
            let said = both.each_mut().map(ready);
            let waits: Vec<_> = both
                .into_iter()
                .zip(said)
                .map(|(child, said)| tokio::task::spawn_blocking(move || told(child, said)))
                .collect();
            for told in waits {
                let told = told.await.unwrap().unwrap();
                let access = told.strip_prefix("TOKEN ").unwrap_or_else(|| panic!("{revokes:?}, {round}: {told}"));
                assert!(vendor.accepts(access), "{revokes:?}, {round}: it works");
            }
            let books = vendor.books.lock().unwrap();
            assert_eq!((books.granted, books.refused), (1, 0), "{revokes:?}, {round}: renewed once, nothing burnt");
        }
    }
    place.clear().await;
}
