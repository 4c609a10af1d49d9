//! Twelve attacks on a sign-in, one table: each is refused for its reason, and none of them opens anything.
//!
//! Whose reason it is stands with it: a status of our landing place, a code of our own, or a word of the vendor, who is as strict
//! here as RFC 9700 asks. What is malformed rather than hostile is in `landing`.

use crate::landing::{Stage, stage};
use crate::vendor::{Revokes, Vendor};
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use url::Url;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attack {
    WrongState,
    ReplayedState,
    ExpiredState,
    CodeInjection,
    MixUp,
    Elsewhere,
    ForeignLink,
    ErrorReply,
    NoPkce,
    Downgrade,
    Squatting,
    HtmlAtToken,
}

/// What came of an attack.
struct Outcome {
    /// What was refused, by whom and why, in the order of the tries.
    refused: Vec<String>,
    /// How often our side asked the vendor's token address during the attack.
    asked: usize,
    /// Whether the sign-in still waits: the person's own answer must then be taken.
    waits: Option<Stage>,
}

/// The attack, what refuses it, and how often the vendor is asked.
const ATTACKS: [(Attack, &[&str], usize); 12] = [
    (Attack::WrongState, &["403", "403"], 0),
    (Attack::ReplayedState, &["closed"], 1),
    (Attack::ExpiredState, &["OAUTH_TOO_LATE"], 0),
    (Attack::CodeInjection, &["OAUTH_TOO_LATE"], 1),
    (Attack::MixUp, &["403", "OAUTH_TOO_LATE", "not asked"], 1),
    (Attack::Elsewhere, &["the way back is not registered", "HTTP_REDIRECTED", "not asked"], 1),
    (Attack::ForeignLink, &["403", "403"], 0),
    (Attack::ErrorReply, &["403"], 0),
    (Attack::NoPkce, &["no challenge by SHA-256", "invalid_grant"], 0),
    (Attack::Downgrade, &["no challenge by SHA-256", "nothing but a code is handed out", "400"], 0),
    (Attack::Squatting, &["in use", "in use", "another address", "closed"], 0),
    (Attack::HtmlAtToken, &["OAUTH_NOT_JSON"], 1),
];

#[tokio::test]
async fn twelve_attacks_are_refused_each_for_its_reason() {
    for (attack, reasons, asked) in ATTACKS {
        let Outcome { refused, asked: did_ask, waits } = carry_out(attack).await;
        let fits = refused.len() == reasons.len() && refused.iter().zip(reasons).all(|(got, want)| got.contains(want));
        assert!(fits, "{attack:?} is refused for {reasons:?}, not {refused:?}");
        assert_eq!(did_ask, asked, "{attack:?}: how often the vendor was asked");
        // What is told to a stranger ends nothing for the person.
        if let Some(stage) = waits {
            let code = stage.vendor.allow(&stage.address).unwrap();
            let answer = stage.get(&format!("/connected?code={code}&state={}", stage.state)).await;
            assert_eq!(answer, "HTTP/1.1 200 OK", "{attack:?}: the person still gets through");
            let grant = stage.waiting.await.unwrap().unwrap();
            assert!(stage.vendor.accepts(grant.access.expose()), "{attack:?}: with an access that works");
        }
    }
}

/// Ends a sign-in with this answer; the code of what it is refused for.
async fn refusal(stage: Stage, code: &str) -> String {
    let _ = stage.get(&format!("/connected?code={code}&state={}", stage.state)).await;
    stage.waiting.await.unwrap().unwrap_err().code.to_owned()
}

fn asked(vendor: &Vendor) -> usize {
    vendor.books.lock().unwrap().asked.len()
}

fn granted(vendor: &Vendor) -> u32 {
    vendor.books.lock().unwrap().granted
}

/// The address with one parameter put in the place of another, or left out.
fn bent(address: &Url, name: &str, value: Option<&str>) -> Url {
    let mut bent = address.clone();
    let kept: Vec<(String, String)> = address.query_pairs().into_owned().filter(|(n, _)| n != name).collect();
    bent.query_pairs_mut().clear().extend_pairs(kept);
    if let Some(value) = value {
        bent.query_pairs_mut().append_pair(name, value);
    }
    bent
}

async fn carry_out(attack: Attack) -> Outcome {
    let stage = stage().await;
    let vendor = stage.vendor.clone();
    let (mut refused, mut waits) = (Vec::new(), None);
    match attack {
        Attack::WrongState => {
            let code = vendor.allow(&stage.address).unwrap();
            for state in ["guess", &stage.state.to_uppercase()] {
                refused.push(stage.get(&format!("/connected?code={code}&state={state}")).await);
            }
            waits = Some(stage);
        }
        Attack::ReplayedState => {
            let code = vendor.allow(&stage.address).unwrap();
            let answer = format!("/connected?code={code}&state={}", stage.state);
            assert_eq!(stage.get(&answer).await, "HTTP/1.1 200 OK");
            let host = stage.host();
            stage.waiting.await.unwrap().unwrap();
            // Nobody listens any more: the place is closed with its one answer.
            refused.push(TcpStream::connect(host).map_or("closed".to_owned(), |_| "open".to_owned()));
        }
        Attack::ExpiredState => {
            let code = vendor.allow(&stage.address).unwrap();
            stage.clock.advance_seconds(301);
            refused.push(refusal(stage, &code).await);
        }
        Attack::CodeInjection => {
            // The thief's own sign-in at the same vendor: his shop would be read into ours.
            let thief = self::stage().await;
            let code = vendor.allow(&bent(&thief.address, "redirect_uri", Some(stage.redirect.as_str()))).unwrap();
            refused.push(refusal(stage, &code).await);
        }
        Attack::MixUp => {
            let other = self::stage().await;
            let code = other.vendor.allow(&other.address).unwrap();
            refused.push(stage.get(&format!("/connected?code={code}&state={}", other.state)).await);
            refused.push(refusal(stage, &code).await);
            // The code of the one is never handed to the other's owner.
            refused.push(if asked(&other.vendor) == 0 { "not asked".to_owned() } else { "asked".to_owned() });
            assert_eq!(granted(&vendor), 0);
        }
        Attack::Elsewhere => {
            let evil = Vendor::start(Revokes::AtOnce).await;
            let there = "https://evil.example.net/connected";
            refused.push(vendor.allow(&bent(&stage.address, "redirect_uri", Some(there))).unwrap_err().to_owned());
            let code = vendor.allow(&stage.address).unwrap();
            vendor.books.lock().unwrap().elsewhere = Some(format!("{}/token", evil.server.uri()));
            refused.push(refusal(stage, &code).await);
            refused.push(if asked(&evil) == 0 { "not asked".to_owned() } else { "asked".to_owned() });
        }
        Attack::ForeignLink => {
            // What the thief got for his own sign-in, sent to the person as a link, and pressed twice.
            let thief = self::stage().await;
            let code = thief.vendor.allow(&thief.address).unwrap();
            for _ in 0..2 {
                refused.push(stage.get(&format!("/connected?code={code}&state={}", thief.state)).await);
            }
            waits = Some(stage);
        }
        Attack::ErrorReply => {
            refused.push(stage.get("/connected?error=access_denied&state=guess").await);
            waits = Some(stage);
        }
        Attack::NoPkce => {
            refused.push(vendor.allow(&bent(&stage.address, "code_challenge", None)).unwrap_err().to_owned());
            let stolen = vendor.allow(&stage.address).unwrap();
            refused.push(redeem(&vendor, &stolen, stage.redirect.as_str()).await);
            vendor.books.lock().unwrap().asked.clear();
            waits = Some(stage);
        }
        Attack::Downgrade => {
            let plain = bent(&stage.address, "code_challenge_method", Some("plain"));
            refused.push(vendor.allow(&plain).unwrap_err().to_owned());
            let implicit = bent(&stage.address, "response_type", Some("token"));
            refused.push(vendor.allow(&implicit).unwrap_err().to_owned());
            let token = format!("/connected?access_token=evil&token_type=bearer&state={}", stage.state);
            refused.push(stage.get(&token).await);
            waits = Some(stage);
        }
        Attack::Squatting => {
            let port = stage.redirect.port().unwrap();
            for address in [Ipv4Addr::LOCALHOST, Ipv4Addr::UNSPECIFIED] {
                let taken = TcpListener::bind((address, port));
                refused.push(taken.map_or_else(|e| e.to_string(), |_| "it could be taken".to_owned()));
            }
            // `localhost` may be ::1 first, and that one is anybody's: the way back names the address itself.
            let named = stage.redirect.host_str() == Some("127.0.0.1");
            refused.push(if named { "another address".to_owned() } else { stage.redirect.to_string() });
            // Whoever is not on this machine does not reach it.
            let outside = own_address().map(|own| TcpStream::connect((own, port)));
            refused.push(if outside.is_some_and(|reached| reached.is_ok()) { "open" } else { "closed" }.to_owned());
            waits = Some(stage);
        }
        Attack::HtmlAtToken => {
            let code = vendor.allow(&stage.address).unwrap();
            vendor.books.lock().unwrap().page = true;
            refused.push(refusal(stage, &code).await);
            assert_eq!(granted(&vendor), 0);
        }
    }
    Outcome { refused, asked: asked(&vendor), waits }
}

/// Asks for the grant of a stolen code as a thief does, who has no verifier.
async fn redeem(vendor: &Vendor, code: &str, redirect: &str) -> String {
    let body = json!({"client_id": "invented-client", "grant_type": "authorization_code", "code": code, "redirect_uri": redirect});
    let provider = vendor.provider();
    let request = backroom_http::Request::post_json(provider.token, body.to_string());
    let reply = backroom_http::Client::new(backroom_http::ClientConfig::default()).send(&request).await.unwrap();
    String::from_utf8_lossy(&reply.body).into_owned()
}

/// The address under which others see this machine, where it has one. Nothing is sent.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_loopback())
}
