//! The beacon: rounds that are good, late, wrong, or do not come.
use super::*;
use backroom_core::{Clock, TestClock, Timestamp};
use backroom_sandbox::beacon::{Beacon, Bend, Network};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use std::sync::Arc;

const GENESIS: i64 = 1_700_000_000;

fn clock(seconds: i64) -> Arc<TestClock> {
    Arc::new(TestClock::at(Timestamp::from_seconds(GENESIS + seconds)))
}

fn network(of: Network) -> Quicknet {
    // A network's words live as long as the program, as those of the real one do.
    let kept = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    Quicknet {
        chain_hash: kept(of.chain_hash),
        public_key: kept(of.public_key),
        genesis: of.genesis,
        period: of.period,
    }
}

fn servers(of: &[&Beacon]) -> Servers {
    let patience = Duration::from_millis(500);
    Servers {
        client: Client::new(ClientConfig {
            connect_timeout: patience,
            read_timeout: patience,
            call_timeout: patience,
            body_cap: 16 << 10,
            ..ClientConfig::default()
        }),
        addresses: of.iter().map(|one| Url::parse(&one.base_url()).unwrap()).collect(),
        network: network(of[0].network()),
    }
}

fn begun(clock: &Arc<TestClock>) -> Beacon {
    Beacon::start(Timestamp::from_seconds(GENESIS), Arc::clone(clock) as Arc<dyn Clock>).unwrap()
}

#[tokio::test]
async fn a_round_is_taken_from_the_time_it_is_made_and_is_the_same_for_ever() {
    let clock = clock(296);
    let server = begun(&clock);
    let asked = servers(&[&server]);
    assert_eq!(asked.round(100).await, Err(Missing::NotYet), "a second before its time");
    clock.advance_seconds(1);
    let said = asked.round(100).await.unwrap();
    assert_eq!(said.round, 100);
    clock.advance_seconds(40 * 86_400);
    assert_eq!(asked.round(100).await.unwrap(), said, "fetched weeks late it is the same");
    let path = server.requests().last().unwrap().path.clone();
    assert_eq!(path, format!("/{}/public/100", server.network().chain_hash), "the round that was named, of that chain");
}

#[tokio::test]
async fn what_is_not_the_networks_is_not_used() {
    let clock = clock(10_000);
    let server = begun(&clock);
    let asked = servers(&[&server]);
    let fault = |kind| Faults { rules: vec![FaultRule::always(kind)], ..Faults::default() };
    let bends = [
        (Bend::Forged, Missing::NotSigned, "another key"),
        (Bend::NextRound, Missing::NotSigned, "another round"),
        (Bend::OtherRandomness, Missing::NotSigned, "randomness of its own"),
    ];
    for (bend, missing, why) in bends {
        server.bend(bend);
        assert_eq!(asked.round(100).await, Err(missing), "{why}");
    }
    server.bend(Bend::Honest);
    let faults = [
        (FaultKind::Html { status: 200 }, "a page of the network's door"),
        (FaultKind::Hang, "no answer at all"),
        (FaultKind::Reset, "a line that breaks"),
        (FaultKind::Cut { after_bytes: 20 }, "half an answer"),
        (FaultKind::Status { status: 503 }, "a server that is ill"),
        (FaultKind::HugeLine { bytes: 1 << 20, declared: false }, "an answer without end"),
    ];
    for (kind, why) in faults {
        server.set_faults(fault(kind));
        assert_eq!(asked.round(100).await, Err(Missing::Unreachable), "{why}");
    }
    server.set_faults(Faults::default());
    assert!(asked.round(100).await.is_ok(), "and then it is there");
}

#[tokio::test]
async fn one_honest_server_is_enough() {
    let clock = clock(10_000);
    let servers_of_one = [begun(&clock), begun(&clock), begun(&clock)];
    let [forger, silent, honest] = &servers_of_one;
    forger.bend(Bend::Forged);
    silent.set_faults(Faults { rules: vec![FaultRule::always(FaultKind::Hang)], ..Faults::default() });
    let all = servers(&[forger, silent, honest]);
    assert_eq!(all.round(100).await.map(|said| said.round), Ok(100), "whoever else answers");
    honest.bend(Bend::Late);
    let late = servers(&[silent, honest]);
    assert_eq!(late.round(3_330).await, Err(Missing::NotYet), "a late server says more than a silent one");
    let none = Servers { addresses: Vec::new(), ..servers(&[honest]) };
    assert_eq!(none.round(100).await, Err(Missing::Off), "nobody is asked");
}
