//! Giving an access back: forgotten here whatever the vendor says, and told as withdrawn only where that was shown.

use crate::vendor::{Revokes, Vendor};
use backroom_core::{Clock, TestClock, Timestamp};
use backroom_http::oauth::{Grant, Keeper, Provider, Revocation, Withdrawal};
use backroom_http::{Client, ClientConfig, TokenProvider};
use backroom_secrets::{InMemory, Secret, SecretStore};
use serde_json::{Value, json};
use std::sync::Arc;
use wiremock::matchers::{body_partial_json, header, method, path};
use wiremock::{Mock, ResponseTemplate};

const PREFIX: &str = "example/main";

async fn connected(provider: Provider) -> (Arc<InMemory>, Keeper) {
    let (store, clock) = (Arc::new(InMemory::new()), TestClock::at(Timestamp::from_seconds(1_795_197_600)));
    let grant = Grant {
        access: Secret::new("access-0"),
        refresh: Some(Secret::new("refresh-0")),
        expires_at: Some(clock.now().plus_seconds(3_600)),
        refresh_expires_at: None,
    };
    let client = Client::new(ClientConfig::default());
    let keeper = Keeper::new(client, provider, store.clone(), PREFIX, Arc::new(clock));
    keeper.connect(grant).await.unwrap();
    (store, keeper)
}

fn assert_forgotten(store: &InMemory, why: &str) {
    for slot in ["slot0", "slot1"] {
        assert!(store.get(&format!("{PREFIX}/{slot}")).unwrap().is_none(), "{why}: nothing stays in {slot}");
    }
}

fn by_secret(vendor: &Vendor, secret: Option<&str>) -> Provider {
    let provider = vendor.provider();
    let url = provider.token.join("/revoke").unwrap();
    Provider { revocation: Revocation::BySecret(url), client_secret: secret.map(Secret::new), ..provider }
}

#[tokio::test]
async fn a_refresh_token_is_withdrawn_where_the_vendor_then_refuses_it() {
    // What the vendor answers, and whether it does what it says.
    for (status, does, expected) in [
        (200, true, Withdrawal::Done),
        (200, false, Withdrawal::Unknown),
        (503, true, Withdrawal::Unknown),
        (400, false, Withdrawal::Unknown),
    ] {
        let why = format!("{status}, does it: {does}");
        let vendor = Vendor::start(Revokes::OnFirstUse).await;
        let books = vendor.books.clone();
        let answer = move |_: &wiremock::Request| {
            if does {
                books.lock().unwrap().refresh.remove("refresh-0");
            }
            ResponseTemplate::new(status).set_body_json(json!({}))
        };
        let asked = json!({"client_id": "invented-client", "token": "refresh-0", "token_type_hint": "refresh_token"});
        let revoke = Mock::given(method("POST")).and(path("/revoke")).and(body_partial_json(asked));
        revoke.respond_with(answer).expect(1).mount(&vendor.server).await;
        let (store, keeper) = connected(vendor.provider()).await;
        let forgotten = keeper.forget().await.unwrap();
        assert_forgotten(&store, &why);
        let shown = format!("{forgotten:?}");
        assert!(!shown.contains("refresh-0") && !shown.contains("access-0"), "{why}: {shown}");
        assert_eq!(forgotten.withdraw().await, expected, "{why}");
        assert_forgotten(&store, &why);
        assert_eq!(keeper.token().await.unwrap_err().code, "NEEDS_REAUTH", "{why}: there is no access any more");
        assert_eq!(keeper.forget().await.unwrap().withdraw().await, Withdrawal::Nothing, "{why}: a second time");
    }
}

#[tokio::test]
async fn by_its_secret_an_application_withdraws_and_without_one_it_may_not_ask() {
    for (secret, answer, expected) in [
        (Some("invented-secret"), json!({"success": true}), Withdrawal::Done),
        (Some("invented-secret"), json!({"errors": []}), Withdrawal::Unknown),
        (None, Value::Null, Withdrawal::NotOurs),
    ] {
        let vendor = Vendor::start(Revokes::AtOnce).await;
        let asked = json!({"client_id": "invented-client", "access_token": "access-0"});
        Mock::given(method("POST"))
            .and(path("/revoke"))
            .and(header("authorization", "Client invented-secret"))
            .and(body_partial_json(asked))
            .respond_with(ResponseTemplate::new(200).set_body_json(answer.clone()))
            .expect(u64::from(secret.is_some()))
            .mount(&vendor.server)
            .await;
        let (store, keeper) = connected(by_secret(&vendor, secret)).await;
        assert_eq!(keeper.forget().await.unwrap().withdraw().await, expected, "{secret:?}: {answer}");
        assert_forgotten(&store, "by the secret");
        assert_eq!(vendor.books.lock().unwrap().asked.len(), 0, "the token address is not asked for this");
    }
}

#[tokio::test]
async fn without_a_line_it_is_forgotten_all_the_same() {
    let vendor = Vendor::start(Revokes::OnFirstUse).await;
    for secret in [None, Some("invented-secret")] {
        let nowhere = "http://127.0.0.1:1/revoke".parse().unwrap();
        let revocation = match secret {
            None => Revocation::RefreshToken(nowhere),
            Some(_) => Revocation::BySecret(nowhere),
        };
        let provider = Provider { revocation, client_secret: secret.map(Secret::new), ..vendor.provider() };
        let (store, keeper) = connected(provider).await;
        assert_eq!(keeper.forget().await.unwrap().withdraw().await, Withdrawal::Unknown);
        assert_forgotten(&store, "offline");
    }
}
