//! Limits: the same for every way in, on one PC and on two.

use crate::shop::*;
use backroom_raffle::*;
use proptest::prelude::*;
use std::collections::HashMap;

fn limited(per_person: Option<u32>, per_person_per_day: Option<u32>, per_household: Option<u32>) -> Rules {
    Rules { limits: Limits { per_person, per_person_per_day, per_household }, ..paid_rules() }
}

#[test]
fn the_way_in_makes_no_difference() {
    for channel in [Channel::Free, Channel::Purchase, Channel::Paid] {
        let mut shop = Shop::open(limited(Some(3), None, None));
        shop.enter(1, Channel::Free);
        shop.enter(1, Channel::Purchase);
        shop.enter(1, Channel::Paid);
        let refusal = shop.refused(Command::Enter(shop.request(1, channel)));
        assert_eq!(refusal, Refusal::LimitReached { limit: Limit::Person, most: 3 }, "a fourth, {channel}");
    }
}

#[test]
fn a_day_is_one_of_the_raffles_zone() {
    let mut shop = Shop::open(limited(None, Some(1), None));
    // 23:30 on 1 December in Chicago is 05:30 of the next day in UTC.
    shop.now = at("2026-12-02T05:29:00Z");
    shop.enter(1, Channel::Free);
    shop.now = at("2026-12-02T05:59:58Z");
    let refusal = shop.refused(Command::Enter(shop.request(1, Channel::Free)));
    assert_eq!(refusal, Refusal::LimitReached { limit: Limit::PersonPerDay, most: 1 }, "still 1 December on the wall");
    shop.now = at("2026-12-02T06:00:00Z");
    shop.then(Command::Enter(shop.request(1, Channel::Free)));
}

#[test]
fn a_household_counts_together_and_a_void_makes_room() {
    let mut shop = Shop::open(limited(None, None, Some(2)));
    let household = Some(people().household(&rules().id, "1 Example Street"));
    let of = |shop: &Shop, n| EntryRequest { household, ..shop.request(n, Channel::Free) };
    let first = of(&shop, 1);
    shop.then(Command::Enter(first.clone()));
    shop.then(Command::Enter(of(&shop, 2)));
    let refusal = shop.refused(Command::Enter(of(&shop, 3)));
    assert_eq!(refusal, Refusal::LimitReached { limit: Limit::Household, most: 2 }, "two of one household");
    shop.enter(3, Channel::Free);
    shop.then(Command::Void { entry: first.id, reason: VoidReason::Mistake, note: String::new() });
    shop.then(Command::Enter(of(&shop, 4)));
}

#[test]
fn keys_tell_nothing_and_differ_in_every_raffle() {
    let other: RaffleId = "summer-2027".parse().unwrap();
    let (here, there) = (people().person(&rules().id, "member 1"), people().person(&other, "member 1"));
    assert_ne!(here, there, "two published lists cannot be joined");
    assert_ne!(here, PersonSecret::new([8; 32]).person(&rules().id, "member 1"), "nobody else can make the key");
    let household = people().household(&rules().id, "member 1");
    assert_ne!(here.to_string(), household.to_string(), "a person is no household");
    assert_eq!(format!("{:?} {:?}", people(), secret()), "PersonSecret DrawSecret", "no secret is printed");
}

#[test]
fn ids_of_two_pcs_never_meet() {
    let mut shop = Shop::open(rules());
    shop.enter(1, Channel::Free);
    let here = shop.raffle.next_id(device(0x4f)).unwrap();
    let there = shop.raffle.next_id(device(0x50)).unwrap();
    assert_eq!((here.to_string(), there.to_string()), ("4f1c02ab97de-000002".into(), "501c02ab97de-000001".into()));
    let last = EntryId::new(device(0x4f), u32::MAX);
    assert_eq!(last.to_string().parse(), Ok(last), "the largest number is read back");
    for bad in [
        "",
        "4f1c02ab97de",
        "4f1c02ab97de-42",
        "4f1c02ab97de-0000042",
        "4F1C02AB97DE-000042",
        "4f1c02ab97de-4294967296",
    ] {
        assert!(bad.parse::<EntryId>().is_err(), "{bad:?} is no other text of a ticket");
    }
}

/// Entries of another PC for the same raffle.
fn there(rules: &Rules, n: u32, counter: u32, seconds: i64) -> Brought {
    let when = rules.opens_at.plus_seconds(seconds);
    let entry = Entry {
        id: EntryId::new(device(0x50), counter),
        at: when,
        day: rules.day_rule().unwrap().day_of(when),
        channel: Channel::Free,
        person: person(rules, n),
        household: None,
        paid: None,
        receipt: String::new(),
    };
    Brought { entry, void: None }
}

#[test]
fn what_another_pc_brings_is_held_to_the_rules() {
    let mut shop = Shop::open(limited(Some(2), None, None));
    let ours = [shop.enter(1, Channel::Free), shop.enter(1, Channel::Free)];
    let brought = vec![there(shop.raffle.rules(), 1, 1, 30), there(shop.raffle.rules(), 2, 2, 30)];
    shop.then(Command::Bring(brought.clone()));
    let void = |id| shop.raffle.entry(id).unwrap().void;
    assert_eq!(void(ours[1]), Some(VoidReason::OverLimit), "the earliest two count, and the last of three is void");
    assert_eq!((void(ours[0]), void(brought[0].entry.id)), (None, None));
    assert_eq!(shop.ask(&Command::Bring(brought.clone())), Ok(vec![]), "brought twice is nothing new");
    type Edit = fn(&mut Entry);
    let edits: [(&str, Edit); 5] = [
        ("RAFFLE_TICKET_TAKEN", |e| e.person = person(&rules(), 99)),
        ("RAFFLE_DOES_NOT_FIT", |e| e.at = rules().closes_at),
        ("RAFFLE_DOES_NOT_FIT", |e| e.day = e.day.plus(1)),
        ("RAFFLE_DOES_NOT_FIT", |e| e.paid = Some(usd(1))),
        ("RAFFLE_DOES_NOT_FIT", |e| e.at = e.at.plus_seconds(3_600)),
    ];
    for (code, edit) in edits {
        let mut other = brought[0].clone();
        edit(&mut other.entry);
        assert_eq!(shop.refused(Command::Bring(vec![other])).code(), code, "it is looked at before it is taken");
    }
}

#[derive(Debug, Clone)]
enum Step {
    Enter { who: u32, household: u32, channel: Channel, hours: i64 },
    Void(prop::sample::Index),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let channel = prop_oneof![Just(Channel::Free), Just(Channel::Purchase), Just(Channel::Paid)];
    let enter = (0u32..5, 0u32..3, channel, 0i64..10).prop_map(|(who, household, channel, hours)| Step::Enter {
        who,
        household,
        channel,
        hours,
    });
    prop::collection::vec(prop_oneof![4 => enter, 1 => any::<prop::sample::Index>().prop_map(Step::Void)], 1..60)
}

proptest! {
    #[test]
    fn nobody_ever_has_more_than_a_limit(
        steps in steps(),
        person_most in prop::option::of(1u32..5),
        day_most in prop::option::of(1u32..3),
        household_most in prop::option::of(1u32..6),
    ) {
        let mut shop = Shop::open(limited(person_most, day_most, household_most));
        for step in steps {
            match step {
                Step::Enter { who, household, channel, hours } => {
                    let key = people().household(&rules().id, &household.to_string());
                    let request = EntryRequest { household: Some(key), ..shop.request(who, channel) };
                    shop.now = shop.now.plus_seconds(hours * 3_600 + 1);
                    let counting = |same: &dyn Fn(&Entry) -> bool| {
                        shop.raffle.entries().filter(|h| h.void.is_none() && same(&h.entry)).count()
                    };
                    let today = shop.raffle.rules().day_rule().unwrap().day_of(shop.now);
                    let full = |most: Option<u32>, count: usize| most.is_some_and(|most| count >= most as usize);
                    let refused = full(person_most, counting(&|e| e.person == request.person))
                        || full(day_most, counting(&|e| e.person == request.person && e.day == today))
                        || full(household_most, counting(&|e| e.household == Some(key)));
                    let answer = shop.ask(&Command::Enter(request.clone()));
                    prop_assert_eq!(answer.is_err(), refused, "refused exactly where a plain count says so: {:?}", answer);
                    if answer.is_ok() {
                        shop.then(Command::Enter(request));
                    }
                }
                Step::Void(at) => {
                    let ids: Vec<EntryId> = shop.raffle.entries().filter(|h| h.void.is_none()).map(|h| h.entry.id).collect();
                    if !ids.is_empty() {
                        let entry = ids[at.index(ids.len())];
                        shop.then(Command::Void { entry, reason: VoidReason::Mistake, note: String::new() });
                    }
                }
            }
        }
    }

    #[test]
    fn two_pcs_end_with_the_same_list(who in prop::collection::vec((0u32..4, 0u32..4), 1..30), most in 1u32..4) {
        let rules = limited(Some(most), None, None);
        let base = Shop::open(rules.clone());
        let (mut here, mut over_there) = (base.clone(), base);
        let mut n = 0;
        for (a, b) in who {
            for (shop, pc, person_number) in [(&mut here, 0x4f, a), (&mut over_there, 0x50, b)] {
                n += 7;
                shop.now = rules.opens_at.plus_seconds(n);
                let id = shop.raffle.next_id(device(pc)).unwrap();
                let request = EntryRequest { id, ..shop.request(person_number, Channel::Free) };
                if shop.ask(&Command::Enter(request.clone())).is_ok() {
                    shop.then(Command::Enter(request));
                }
            }
        }
        let all = |shop: &Shop| -> Vec<Brought> {
            shop.raffle.entries().map(|h| Brought { entry: h.entry.clone(), void: h.void }).collect()
        };
        let (ours, theirs) = (all(&here), all(&over_there));
        for (shop, brought) in [(&mut here, theirs), (&mut over_there, ours)] {
            shop.now = rules.closes_at;
            shop.then(Command::Close);
            shop.then(Command::Bring(brought));
            shop.then(Command::Seal(shop.seal_request()));
        }
        let list = here.raffle.list(1).unwrap();
        prop_assert_eq!(&list, &over_there.raffle.list(1).unwrap(), "whichever PC draws, the list is the same");
        let mut counts: HashMap<PersonKey, u32> = HashMap::new();
        for lot in list.lots() {
            *counts.entry(lot.person).or_default() += 1;
        }
        prop_assert!(counts.values().all(|count| *count <= most), "and within the limits");
    }
}
