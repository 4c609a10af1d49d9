//! Two programs that keep the same access: the second takes what the first was granted, and a refresh token is never spent twice.

use crate::vendor::{Revokes, Vendor};
use backroom_core::{Clock, TestClock, Timestamp};
use backroom_http::oauth::{Grant, Keeper};
use backroom_http::{Client, ClientConfig, TokenProvider};
use backroom_secrets::{InMemory, Secret, SecretError, SecretStore};
use std::sync::{Arc, Mutex};

fn clock() -> TestClock {
    TestClock::at(Timestamp::from_seconds(1_795_197_600))
}

fn keeper(vendor: &Vendor, store: Arc<dyn SecretStore>, clock: &TestClock) -> Arc<Keeper> {
    let client = Client::new(ClientConfig::default());
    Arc::new(Keeper::new(client, vendor.provider(), store, "example/main", Arc::new(clock.clone())))
}

fn grant(clock: &TestClock) -> Grant {
    Grant {
        access: Secret::new("access-0"),
        refresh: Some(Secret::new("refresh-0")),
        expires_at: Some(clock.now().plus_seconds(3_600)),
        refresh_expires_at: None,
    }
}

type Meanwhile = Box<dyn FnOnce() + Send>;

/// A place whose turns nobody can keep, as a file system that knows no locks; something happens after its nth look.
struct Turnless {
    inner: Arc<InMemory>,
    meanwhile: Mutex<Option<(u32, Meanwhile)>>,
}

impl SecretStore for Turnless {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        let found = self.inner.get(name);
        let mut waits = self.meanwhile.lock().unwrap();
        let due = match waits.as_mut() {
            Some((left, _)) if *left > 1 => {
                *left -= 1;
                None
            }
            _ => waits.take(),
        };
        drop(waits);
        if let Some((_, work)) = due {
            work();
        }
        found
    }
    fn set(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        self.inner.set(name, secret)
    }
    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.inner.delete(name)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_renew_at_once_the_second_takes_the_first_ones_grant() {
    for revokes in [Revokes::AtOnce, Revokes::OnFirstUse] {
        for round in 0..25 {
            let vendor = Vendor::start(revokes).await;
            let (store, clock) = (Arc::new(InMemory::new()), clock());
            let both = [keeper(&vendor, store.clone(), &clock), keeper(&vendor, store.clone(), &clock)];
            both[0].connect(grant(&clock)).await.unwrap();
            assert_eq!(both[1].token().await.unwrap().secret.expose(), "access-0", "both know the first one");
            for turn in 1..4u32 {
                clock.advance_seconds(3_590);
                let asked = both.clone().map(|keeper| tokio::spawn(async move { keeper.token().await }));
                for token in asked {
                    let token = token.await.unwrap().unwrap_or_else(|fault| panic!("{revokes:?}, {round}: {fault:?}"));
                    assert!(vendor.accepts(token.secret.expose()), "{revokes:?}, {round}: it works");
                }
                let books = vendor.books.lock().unwrap();
                assert_eq!(
                    (books.granted, books.refused),
                    (turn, 0),
                    "{revokes:?}, {round}: one renewal, none refused"
                );
            }
        }
    }
}

/// A sign-in in one program is the next access of the other, whatever generation that one was at.
#[tokio::test]
async fn a_new_sign_in_in_one_is_taken_up_by_the_other() {
    let vendor = Vendor::start(Revokes::AtOnce).await;
    let (store, clock) = (Arc::new(InMemory::new()), clock());
    let (window, server) = (keeper(&vendor, store.clone(), &clock), keeper(&vendor, store.clone(), &clock));
    window.connect(grant(&clock)).await.unwrap();
    server.token().await.unwrap();
    clock.advance_seconds(3_590);
    server.token().await.unwrap();
    // The window knows the first grant alone; what it connects now must not be taken for an older one.
    window.connect(Grant { access: Secret::new("access-signed-in"), ..grant(&clock) }).await.unwrap();
    let fresh = keeper(&vendor, store, &clock);
    assert_eq!(
        fresh.token().await.unwrap().secret.expose(),
        "access-signed-in",
        "the newest is what was signed in last"
    );
    assert!(server.on_unauthorized(1).await.unwrap(), "refused with the old one, the other looks");
    assert_eq!(server.token().await.unwrap().secret.expose(), "access-signed-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_turn_can_be_kept_what_another_spent_is_not_taken_for_the_end() {
    let vendor = Vendor::start(Revokes::AtOnce).await;
    let (memory, clock) = (Arc::new(InMemory::new()), clock());
    let place = |meanwhile| Arc::new(Turnless { inner: memory.clone(), meanwhile: Mutex::new(meanwhile) });
    let (own, quick) = (place(None), keeper(&vendor, place(None), &clock));
    let slow = keeper(&vendor, own.clone(), &clock);
    slow.connect(grant(&clock)).await.unwrap();
    clock.advance_seconds(3_590);
    // Both places are looked at, then the other renews, and only then does this one ask with what is spent.
    let runtime = tokio::runtime::Handle::current();
    let renews: Meanwhile = Box::new(move || drop(runtime.block_on(quick.token()).unwrap()));
    *own.meanwhile.lock().unwrap() = Some((2, renews));
    let token = slow.token().await.expect("the other's grant serves it");
    assert!(vendor.accepts(token.secret.expose()));
    let books = vendor.books.lock().unwrap();
    assert_eq!((books.granted, books.refused), (1, 1), "it did ask with a spent one, and nobody was told of an end");
}

/// Turns end with whoever had them, and an account's turn holds no other account up.
#[tokio::test(start_paused = true)]
async fn a_turn_that_never_ends_is_told() {
    let vendor = Vendor::start(Revokes::AtOnce).await;
    let (store, clock) = (Arc::new(InMemory::new()), clock());
    let keeper = keeper(&vendor, store.clone(), &clock);
    keeper.connect(grant(&clock)).await.unwrap();
    clock.advance_seconds(3_590);
    let theirs = store.try_turn("example/main").expect("nobody has it");
    let fault = keeper.token().await.unwrap_err();
    assert_eq!((fault.code, fault.retryable()), ("OAUTH_OTHER_AT_WORK", true), "{fault:?}");
    assert!(!fault.hint.is_empty());
    assert_eq!(vendor.books.lock().unwrap().asked.len(), 0, "the vendor was not asked");
    drop(theirs);
    tokio::time::resume();
    assert_eq!(keeper.token().await.unwrap().secret.expose(), "access-1", "given back, it goes on");
}
