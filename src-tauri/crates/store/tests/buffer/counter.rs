//! What is made at the counter: kept whole or not at all, told to the warehouse without anything personal.

use super::{noon, open};
use backroom_core::BusinessDay;
use backroom_core::table::{Cell, Table};
use backroom_store::counter::checks::NewAgeCheck;
use backroom_store::counter::members::{
    KeyKind, MemberChange, MemberState, NewMemberEvent, NewPersonal, NewPointEntry,
};
use backroom_store::counter::raffles::{RaffleChange, RaffleEntryRow, RaffleState, SecretChange};
use backroom_store::{Store, StoreError};
use std::sync::Mutex;

fn day() -> BusinessDay {
    BusinessDay::parse("2026-11-20").unwrap()
}

/// Everything that waits for a table, as the warehouse would get it, acknowledged.
async fn told(store: &Store, table: Table) -> Vec<Vec<Cell>> {
    let seen = Mutex::new(Vec::new());
    let encode = |_: Table, rows: &[Vec<Cell>]| {
        seen.lock().unwrap().extend(rows.to_vec());
        Ok(vec![b'x'; rows.len()])
    };
    while let Some(batch) = store.seal_next(table, 100, &encode).await.unwrap() {
        store.acknowledge(table, vec![batch.id]).await.unwrap();
    }
    let rows = seen.into_inner().unwrap();
    assert!(rows.iter().all(|r| r.len() == table.spec().columns.len()), "{}: a cell for each column", table.name());
    rows
}

fn cell<'a>(row: &'a [Cell], table: Table, column: &str) -> &'a Cell {
    &row[table.spec().columns.iter().position(|c| c.name == column).unwrap()]
}

fn joins(status: &str) -> MemberChange {
    MemberChange {
        id: None,
        seen_events: 0,
        seen_points: 0,
        seen_at: None,
        state: MemberState {
            tier: Some("gold".into()),
            status: status.into(),
            price: Some(1_500),
            currency: "USD".into(),
            period: Some("month".into()),
            since: Some(day()),
            paid_through: Some(day().plus(30)),
            points: 10,
            cancel_reason: None,
            merged_into: None,
        },
        events: vec![NewMemberEvent {
            day: day(),
            kind: "subscribed".into(),
            body: "{\"kind\":\"subscribed\"}".into(),
            tier: Some("gold".into()),
            amount: 1_500,
            refunded: 0,
            reason: None,
        }],
        points: vec![NewPointEntry { day: day(), body: "{}".into(), sale: None }],
        personal: Some(NewPersonal {
            body: b"{\"name\":\"Invented Person\"}".to_vec(),
            keys: vec![
                (KeyKind::Phone, "5550100".into()),
                (KeyKind::Name, "invented".into()),
                (KeyKind::Name, "person".into()),
            ],
            alone: Vec::new(),
        }),
        operator: "Clerk One".into(),
    }
}

#[tokio::test]
async fn a_key_that_is_one_persons_leads_to_nobody_else_not_even_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let holds = |card: &str| {
        let key = vec![(KeyKind::Card, card.to_owned())];
        Some(NewPersonal { body: b"{}".to_vec(), keys: key.clone(), alone: key })
    };
    let tries = (0..8).map(|_| {
        let (store, change) = (store.clone(), MemberChange { personal: holds("MC1"), ..joins("active") });
        tokio::spawn(async move { store.change_member(change).await })
    });
    let mut made = Vec::new();
    for tried in tries.collect::<Vec<_>>() {
        match tried.await.unwrap() {
            Ok(id) => made.push(id),
            Err(error) => assert!(matches!(error, StoreError::KeyTaken(KeyKind::Card)), "{error}"),
        }
    }
    assert_eq!(made.len(), 1, "of eight at once one has the card");
    let second = store.change_member(MemberChange { personal: holds("MC2"), ..joins("never") }).await.unwrap();
    let edit = |id: &str, card: &str, into: Option<&str>| MemberChange {
        id: Some(id.to_owned()),
        seen_events: 1,
        seen_points: 1,
        events: Vec::new(),
        points: Vec::new(),
        personal: holds(card),
        state: MemberState { merged_into: into.map(str::to_owned), ..joins("never").state },
        ..joins("never")
    };
    store.change_member(edit(&made[0], "MC1", None)).await.expect("what is one's own stays one's own");
    let refused = store.change_member(edit(&second, "MC1", None)).await;
    assert!(matches!(refused, Err(StoreError::KeyTaken(KeyKind::Card))), "another's card is refused: {refused:?}");
    assert_eq!(store.find_members(&[(KeyKind::Card, "MC2".into())], 5).unwrap().len(), 1, "and nothing was changed");
    // A second record of the same person.
    store.change_member(MemberChange { personal: None, ..edit(&second, "", Some(&made[0])) }).await.unwrap();
    store.change_member(edit(&made[0], "MC2", None)).await.expect("the card of a merged record is the same person's");
}

#[tokio::test]
async fn a_member_is_found_changed_and_erased() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let id = store.change_member(joins("active")).await.unwrap();
    let other = store.change_member(MemberChange { personal: None, ..joins("active") }).await.unwrap();
    assert_ne!(id, other, "each has an id of its own");
    let find = |keys: &[(KeyKind, &str)]| {
        let keys: Vec<_> = keys.iter().map(|(kind, key)| (*kind, (*key).to_owned())).collect();
        store.find_members(&keys, 10).unwrap().into_iter().map(|m| m.id).collect::<Vec<_>>()
    };
    let only = std::slice::from_ref(&id);
    assert_eq!(find(&[(KeyKind::Phone, "5550100")]), only);
    assert_eq!(find(&[(KeyKind::Name, "invented"), (KeyKind::Name, "person")]), only, "by both names");
    assert!(find(&[(KeyKind::Name, "invented"), (KeyKind::Name, "other")]).is_empty(), "by every key or not at all");
    assert!(find(&[(KeyKind::Card, "5550100")]).is_empty(), "a telephone is no card");
    assert!(find(&[]).is_empty(), "nothing asked finds nobody");
    let found = store.member(&id).unwrap().unwrap();
    assert_eq!(found.personal.unwrap(), b"{\"name\":\"Invented Person\"}");
    // Two PCs, or two windows, that decided on the same.
    let pauses = |seen| MemberChange {
        id: Some(id.clone()),
        seen_events: seen,
        seen_points: 1,
        personal: None,
        points: Vec::new(),
        ..joins("paused")
    };
    store.change_member(pauses(1)).await.unwrap();
    assert!(
        matches!(store.change_member(pauses(1)).await, Err(StoreError::ChangedMeanwhile)),
        "what was decided on less than all that happened is refused"
    );
    assert_eq!(store.member_events(&id).unwrap().len(), 2);
    // What is personal leaves no event: two who decided on the same record do not overwrite each other.
    let seen = store.member(&id).unwrap().unwrap().updated_at;
    let says = |seen| MemberChange {
        seen_at: Some(seen),
        events: Vec::new(),
        personal: joins("paused").personal,
        ..pauses(2)
    };
    store.change_member(says(seen)).await.unwrap();
    assert!(
        matches!(store.change_member(says(seen)).await, Err(StoreError::ChangedMeanwhile)),
        "the second of two personal changes is refused"
    );
    let rows = told(&store, Table::Memberships).await;
    let own: Vec<_> = rows.iter().filter(|r| r[0] == Cell::Text(id.clone())).collect();
    assert_eq!(cell(own.last().unwrap(), Table::Memberships, "status"), &Cell::Text("paused".into()));
    assert_eq!(told(&store, Table::MembershipEvents).await.len(), 3);
    store.erase_member(&id).await.unwrap();
    let gone = store.member(&id).unwrap().unwrap();
    assert!(gone.personal.is_none() && gone.erased_at.is_some());
    assert!(find(&[(KeyKind::Phone, "5550100")]).is_empty(), "nobody finds who was erased");
    assert_eq!(store.member_events(&id).unwrap().len(), 2, "what happened stays");
    assert!(store.doctor().unwrap().ok());
    drop(store);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for personal in ["Invented Person", "5550100", "invented"] {
            assert!(
                !bytes.windows(personal.len()).any(|w| w == personal.as_bytes()),
                "{personal} is nowhere in the clear"
            );
        }
    }
}

#[tokio::test]
async fn a_verdict_is_kept_and_a_card_is_a_hash() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let check = |verdict: &str, resubmits: Option<(String, String)>| NewAgeCheck {
        day: day(),
        hour: 12,
        verdict: verdict.into(),
        reason: "of_age".into(),
        method: "scan".into(),
        product_class: "tobacco".into(),
        state: Some("TX".into()),
        rules_version: "1".into(),
        clerk: Some(3),
        second: None,
        location: None,
        took_ms: Some(12),
        resubmits,
        self_test: false,
    };
    let first = store.keep_age_check(check("amber", None)).await.unwrap();
    store.keep_age_check(check("green", Some((first.clone(), "worn card".into())))).await.unwrap();
    let kept = store.age_checks(day(), day(), 10).unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].check.resubmits, Some((first, "worn card".into())), "newest first");
    let counts = store.age_check_counts(day(), day()).unwrap();
    assert_eq!(counts.iter().map(|c| c.count).sum::<u64>(), 2);
    assert_eq!(counts[0].took, (12, 1));
    let rows = told(&store, Table::AgeChecks).await;
    assert_eq!(cell(&rows[0], Table::AgeChecks, "register"), &Cell::Text(store.device().into()));
    let card = [7u8; 32];
    let seen = || store.card_seen_since(&card, noon().plus_seconds(-60)).unwrap();
    assert!(!seen(), "nobody has seen it");
    store.saw_card(card, noon().plus_days(-1)).await.unwrap();
    assert!(seen(), "it was here");
    assert!(!store.card_seen_since(&card, noon().plus_seconds(1)).unwrap(), "but not since then");
    store.saw_card([8; 32], noon().plus_seconds(1)).await.unwrap();
    assert!(!seen(), "what is too long ago is forgotten");
    store.ban(card, "theft", Some(day().plus(10)), "Owner").await.unwrap();
    assert!(store.banned(&card, day().plus(9)).unwrap().is_some());
    assert!(store.banned(&card, day().plus(10)).unwrap().is_none(), "it has ended");
    let listed = store.bans().unwrap();
    store.lift_ban(listed[0].pk).await.unwrap();
    assert!(store.bans().unwrap().is_empty());
    assert!(matches!(store.lift_ban(listed[0].pk).await, Err(StoreError::NotHere)));
    assert!(store.doctor().unwrap().ok());
}

#[tokio::test]
async fn a_raffle_goes_on_from_what_was_seen() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let entry = |id: &str, void: Option<&str>| RaffleEntryRow {
        id: id.into(),
        person: "aa".repeat(16),
        channel: "free".into(),
        day: day(),
        at: noon(),
        void_reason: void.map(Into::into),
    };
    let change = |seen, secret, entries| RaffleChange {
        id: "r1".into(),
        seen_events: seen,
        state: RaffleState {
            name: "Winter".into(),
            status: "open".into(),
            opens_at: Some(noon()),
            closes_at: None,
            prize_value: Some(25_000),
            currency: "USD".into(),
            entries: 1,
            rules_hash: None,
            seal_hash: None,
        },
        events: vec![("opened".into(), "{}".into())],
        entries,
        secret,
        operator: String::new(),
    };
    assert!(matches!(store.change_raffle(change(1, SecretChange::Stays, Vec::new())).await, Err(StoreError::NotHere)));
    let number = format!("{}-000001", store.device());
    store.change_raffle(change(0, SecretChange::Is(b"hush".to_vec()), vec![entry(&number, None)])).await.unwrap();
    assert_eq!(store.raffle_secret("r1").unwrap().unwrap(), b"hush");
    assert_eq!(store.last_entry_id().unwrap(), Some(number.clone()));
    assert!(matches!(
        store.change_raffle(change(0, SecretChange::Stays, Vec::new())).await,
        Err(StoreError::ChangedMeanwhile)
    ));
    store.change_raffle(change(1, SecretChange::Gone, vec![entry(&number, Some("mistake"))])).await.unwrap();
    assert_eq!(store.raffle_secret("r1").unwrap(), None, "once told it is not kept");
    assert_eq!(store.raffle_events("r1").unwrap().len(), 2);
    let rows = told(&store, Table::RaffleEntries).await;
    assert_eq!(cell(rows.last().unwrap(), Table::RaffleEntries, "void_reason"), &Cell::Text("mistake".into()));
    assert_eq!(cell(&told(&store, Table::Raffles).await[0], Table::Raffles, "status"), &Cell::Text("open".into()));
    assert!(store.doctor().unwrap().ok());
}
