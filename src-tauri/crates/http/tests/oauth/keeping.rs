//! Renewal: early, one at a time, durable before it is used, and whole again after an end at any point.

use crate::vendor::{Revokes, Vendor};
use backroom_core::{Clock, TestClock, Timestamp};
use backroom_http::oauth::{Grant, Keeper};
use backroom_http::{Client, ClientConfig, TokenProvider};
use backroom_secrets::{InMemory, Secret, SecretError, SecretStore};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const PREFIX: &str = "example/main";

fn keeper(vendor: &Vendor, store: Arc<dyn SecretStore>, clock: &TestClock) -> Keeper {
    Keeper::new(Client::new(ClientConfig::default()), vendor.provider(), store, PREFIX, Arc::new(clock.clone()))
}

fn clock() -> TestClock {
    TestClock::at(Timestamp::from_seconds(1_795_197_600))
}

/// A grant that ends in `seconds`.
fn grant(clock: &TestClock, seconds: i64) -> Grant {
    Grant {
        access: Secret::new("access-0"),
        refresh: Some(Secret::new("refresh-0")),
        expires_at: Some(clock.now().plus_seconds(seconds)),
        refresh_expires_at: None,
    }
}

/// Ends the program before or after its nth touch of the keychain: from then on nothing reaches it.
struct Ending {
    inner: Arc<InMemory>,
    left: AtomicI64,
    after: bool,
}

impl Ending {
    fn touch<T>(&self, work: impl FnOnce() -> Result<T, SecretError>) -> Result<T, SecretError> {
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            n if n > 0 => work(),
            0 if self.after => {
                work()?;
                Err(SecretError::NoAnswer)
            }
            _ => Err(SecretError::NoAnswer),
        }
    }
}

impl SecretStore for Ending {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        self.touch(|| self.inner.get(name))
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        self.touch(|| self.inner.set(name, secret))
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.touch(|| self.inner.delete(name))
    }
}

/// Touches of the keychain in one renewal: two reads, two more before the vendor is asked, the write, reading it back, forgetting
/// the old one.
const TOUCHES: i64 = 7;
/// The write: where the program ends before it, the answer is lost.
const WRITE: i64 = 4;

#[tokio::test]
async fn whatever_ends_the_program_the_access_is_whole_or_asks_for_a_person() {
    for revokes in [Revokes::OnFirstUse, Revokes::AtOnce] {
        for touch in 0..TOUCHES {
            for after in [false, true] {
                // Several generations, so that each place is struck in both roles.
                for round in 0..50 {
                    let vendor = Vendor::start(revokes).await;
                    let (store, clock) = (Arc::new(InMemory::new()), clock());
                    keeper(&vendor, store.clone(), &clock).connect(grant(&clock, 3_600)).await.unwrap();
                    for _ in 0..round % 3 {
                        clock.advance_seconds(3_500);
                        keeper(&vendor, store.clone(), &clock).token().await.unwrap();
                    }
                    clock.advance_seconds(3_590);
                    let ending = Ending { inner: store.clone(), left: AtomicI64::new(touch), after };
                    let struck = keeper(&vendor, Arc::new(ending), &clock).token().await;
                    // Nothing was sent with a grant that is not durable: what is handed out now works.
                    let case =
                        format!("{revokes:?}, touch {touch}, after {after}, round {round}: {:?}", struck.is_ok());
                    let told = keeper(&vendor, store.clone(), &clock).token().await;
                    let lost = revokes == Revokes::AtOnce && touch == WRITE && !after;
                    match told {
                        Ok(token) => {
                            assert!(!lost, "{case}: the vendor had revoked what is kept");
                            assert!(vendor.accepts(token.secret.expose()), "{case}: it works");
                        }
                        Err(fault) => assert!(lost && fault.code == "NEEDS_REAUTH", "{case}: {fault:?}"),
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_costs_nothing_where_the_vendor_waits_for_the_first_use() {
    for revokes in [Revokes::OnFirstUse, Revokes::AtOnce] {
        let vendor = Vendor::start(revokes).await;
        let (store, clock) = (Arc::new(InMemory::new()), clock());
        let keeper = keeper(&vendor, store, &clock);
        keeper.connect(grant(&clock, 3_600)).await.unwrap();
        clock.advance_seconds(3_590);
        vendor.books.lock().unwrap().lose = 1;
        assert!(keeper.token().await.is_err(), "the answer was lost and the old token has ended");
        let again = keeper.token().await;
        match revokes {
            Revokes::OnFirstUse => assert!(vendor.accepts(again.unwrap().secret.expose())),
            Revokes::AtOnce => assert_eq!(again.unwrap_err().code, "NEEDS_REAUTH", "only a person can help"),
        }
        if revokes == Revokes::AtOnce {
            let asked = vendor.books.lock().unwrap().asked.len();
            for _ in 0..5 {
                assert_eq!(keeper.token().await.unwrap_err().code, "NEEDS_REAUTH");
            }
            assert_eq!(
                vendor.books.lock().unwrap().asked.len(),
                asked,
                "the vendor is left alone until somebody connects"
            );
            vendor.books.lock().unwrap().refresh.insert("refresh-0".into());
            keeper.connect(grant(&clock, 3_600)).await.unwrap();
            assert_eq!(keeper.token().await.unwrap().secret.expose(), "access-0", "connected again");
        }
    }
}

#[tokio::test]
async fn fifty_refusals_are_one_renewal() {
    let vendor = Vendor::start(Revokes::AtOnce).await;
    let (store, clock) = (Arc::new(InMemory::new()), clock());
    let keeper = Arc::new(keeper(&vendor, store, &clock));
    keeper.connect(grant(&clock, 3_600)).await.unwrap();
    let first = keeper.token().await.unwrap();
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let (keeper, generation) = (keeper.clone(), first.generation);
            tokio::spawn(async move {
                assert!(keeper.on_unauthorized(generation).await.unwrap());
                keeper.token().await.unwrap().secret
            })
        })
        .collect();
    for call in calls {
        assert!(vendor.accepts(call.await.unwrap().expose()));
    }
    assert_eq!(vendor.books.lock().unwrap().granted, 1, "one renewal for all");
}

#[tokio::test]
async fn renewal_is_early_and_an_ill_vendor_does_not_stop_what_still_works() {
    let vendor = Vendor::start(Revokes::AtOnce).await;
    let (store, clock) = (Arc::new(InMemory::new()), clock());
    let keeper = keeper(&vendor, store, &clock);
    keeper.connect(grant(&clock, 3_600)).await.unwrap();
    clock.advance_seconds(2_800);
    assert_eq!(keeper.token().await.unwrap().secret.expose(), "access-0", "800 of 3600 seconds are left");
    clock.advance_seconds(100);
    vendor.books.lock().unwrap().ill = 1;
    assert_eq!(keeper.token().await.unwrap().secret.expose(), "access-0", "the vendor is ill, the token serves");
    assert_eq!(keeper.token().await.unwrap().secret.expose(), "access-0", "and it is not asked again at once");
    assert_eq!(vendor.books.lock().unwrap().asked.len(), 1);
    clock.advance_seconds(61);
    assert_eq!(keeper.token().await.unwrap().secret.expose(), "access-1", "a minute later it is renewed");
    // A token of thirty days is renewed after seven.
    let month = 30 * 86_400;
    vendor.books.lock().unwrap().refresh.insert("refresh-0".into());
    keeper.connect(grant(&clock, month)).await.unwrap();
    clock.advance_seconds(6 * 86_400);
    assert_eq!(keeper.token().await.unwrap().secret.expose(), "access-0");
    clock.advance_seconds(86_400);
    assert_eq!(keeper.token().await.unwrap().secret.expose(), "access-2");
}

#[tokio::test]
async fn a_keychain_that_refuses_holds_the_new_grant_back() {
    struct Refusing(Arc<InMemory>, AtomicI64);
    impl SecretStore for Refusing {
        fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
            self.0.get(name)
        }
        fn set(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
            if self.1.fetch_sub(1, Ordering::SeqCst) > 0 { Err(SecretError::Locked) } else { self.0.set(name, secret) }
        }
        fn delete(&self, name: &str) -> Result<(), SecretError> {
            self.0.delete(name)
        }
    }
    let vendor = Vendor::start(Revokes::OnFirstUse).await;
    let (store, clock) = (Arc::new(InMemory::new()), clock());
    keeper(&vendor, store.clone(), &clock).connect(grant(&clock, 3_600)).await.unwrap();
    clock.advance_seconds(3_590);
    let refusing = Arc::new(Refusing(store.clone(), AtomicI64::new(2)));
    let keeper = keeper(&vendor, refusing, &clock);
    for _ in 0..2 {
        let fault = keeper.token().await.unwrap_err();
        assert_eq!(fault.code, "OAUTH_KEYCHAIN", "not used before it is durable: {fault:?}");
    }
    let token = keeper.token().await.unwrap();
    assert_eq!(token.secret.expose(), "access-1", "the grant that was held back, not a second one");
    assert_eq!(vendor.books.lock().unwrap().granted, 1);
}

#[tokio::test]
async fn a_refresh_token_of_the_environment_is_only_the_beginning() {
    let vendor = Vendor::start(Revokes::AtOnce).await;
    let (store, clock) = (Arc::new(InMemory::new()), clock());
    let first = || keeper(&vendor, store.clone(), &clock).beginning_with(Secret::new("refresh-0"));
    assert_eq!(first().token().await.unwrap().secret.expose(), "access-1");
    assert_eq!(first().token().await.unwrap().secret.expose(), "access-1", "what is kept counts from then on");
    let nobody = keeper(&vendor, Arc::new(InMemory::new()), &clock);
    assert_eq!(nobody.token().await.unwrap_err().code, "NEEDS_REAUTH", "never connected");
}

#[test]
fn nothing_shows_a_secret() {
    let shown = format!("{:?}", grant(&clock(), 60));
    assert!(!shown.contains("access-0") && !shown.contains("refresh-0"), "{shown}");
}
