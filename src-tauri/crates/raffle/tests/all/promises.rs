//! Rules: what keeps them from opening, and what the owner must have read.

use crate::shop::*;
use backroom_raffle::*;

fn change(edit: impl FnOnce(&mut Rules)) -> Rules {
    let mut rules = rules();
    edit(&mut rules);
    rules
}

#[test]
fn good_rules_have_no_gap() {
    assert_eq!(validate(&rules()), vec![], "a sweepstake with a free entry at the counter");
    assert_eq!(validate(&paid_rules()), vec![], "sold entries beside the free one, with a legal basis");
}

#[test]
fn every_gap_is_named_with_its_field() {
    let long = "x".repeat(4_001);
    let cases: Vec<(Rules, Problem, &str, &str)> = vec![
        (
            change(|r| r.title.clear()),
            Problem::Missing { field: "title", what: "what the raffle is called" },
            "title",
            "a raffle has a name",
        ),
        (change(|r| r.odds = long.clone()), Problem::TooLong { field: "odds", most: 4_000 }, "odds", "it is printed"),
        (change(|r| r.closes_at = r.opens_at), Problem::EndsBeforeItBegins, "closes_at", "no time to enter"),
        (change(|r| r.closes_at = r.opens_at.plus_days(400)), Problem::TooLongOpen, "closes_at", "a year too many"),
        (change(|r| r.zone = "Texas".to_owned()), Problem::BadZone, "zone", "days are counted in a zone"),
        (change(|r| r.eligibility.min_age = 17), Problem::BadAge, "eligibility.min_age", "who is younger cannot agree"),
        (
            change(|r| {
                r.eligibility.min_age = 18;
                r.prizes[0].tobacco = true;
            }),
            Problem::AgeBelowTobacco,
            "eligibility.min_age",
            "tobacco is 21 in every state",
        ),
        (
            change(|r| r.eligibility.states = vec!["Texas".to_owned()]),
            Problem::BadState { state: "Texas".to_owned() },
            "eligibility.states",
            "thresholds are looked up by code",
        ),
        (
            change(|r| r.eligibility.states = vec!["TX".to_owned(), "TX".to_owned()]),
            Problem::BadState { state: "TX".to_owned() },
            "eligibility.states",
            "named twice",
        ),
        (
            change(|r| r.sponsor.state = "Texas".to_owned()),
            Problem::BadHome,
            "sponsor.state",
            "what the shop's own state asks for is looked up by code",
        ),
        (change(|r| r.prizes.clear()), Problem::NoPrize, "prizes", "nothing to win"),
        (
            change(|r| r.prizes[1].id = r.prizes[0].id.clone()),
            Problem::PrizeTwice { id: "p1".to_owned() },
            "prizes",
            "pieces are named by the prize",
        ),
        (
            change(|r| r.prizes[0].value.minor = 0),
            Problem::BadValue { id: "p1".to_owned() },
            "prizes",
            "thresholds are held against values",
        ),
        (change(|r| r.prizes[0].count = 0), Problem::BadCount, "prizes", "none of it"),
        (change(|r| r.prizes[0].count = u32::MAX), Problem::BadCount, "prizes", "no memory is filled with prizes"),
        (
            change(|r| r.prizes[0].value.currency = "CAD".to_owned()),
            Problem::TwoCurrencies,
            "prizes",
            "two currencies are never added",
        ),
        (
            change(|r| r.limits.per_household = Some(0)),
            Problem::BadLimit { field: "limits.per_household" },
            "limits.per_household",
            "nobody could enter",
        ),
        (change(|r| r.free_entry = None), Problem::NoFreeEntry, "free_entry", "prize, chance and a purchase"),
        (
            change(|r| {
                r.free_entry = None;
                r.purchase_entry = None;
            }),
            Problem::NoWayIn,
            "free_entry",
            "nobody could enter",
        ),
        (
            change(|r| {
                let by_mail = Some("PO Box 1".to_owned());
                r.free_entry = Some(FreeEntry { at_counter: false, by_mail, how: "Send a card.".to_owned() });
            }),
            Problem::FreeNotAtCounter,
            "free_entry",
            "the free entry is as near as the other one",
        ),
        (
            Rules { free_entry: None, purchase_entry: None, ..paid_rules() },
            Problem::PaidOnlyForProfit,
            "paid_entry",
            "a shop for profit does not sell the only way in, whatever is recorded",
        ),
        (
            change(|r| r.paid_entry = Some(PaidEntry { price: usd(100), legal_basis: None })),
            Problem::NoLegalBasis,
            "paid_entry.legal_basis",
            "paid entry is off unless a legal basis is recorded",
        ),
        (
            change(|r| r.paid_entry = paid_rules().paid_entry.map(|paid| PaidEntry { price: usd(0), ..paid })),
            Problem::BadPrice,
            "paid_entry",
            "a price of nothing",
        ),
        (change(|r| r.alternates = 1_001), Problem::TooManyAlternates, "alternates", "nobody calls that many"),
        (change(|r| r.claim_days = 0), Problem::BadClaimDays, "claim_days", "no time to claim"),
    ];
    for (rules, problem, field, why) in cases {
        let found = validate(&rules);
        assert_eq!(found, vec![problem.clone()], "{why}");
        assert_eq!(problem.field(), field, "{why}");
        assert!(problem.to_string().len() > 15, "it says what to do: {problem}");
        let refusal =
            Shop::draft(rules).refused(Command::Open { commitment: secret().commitment(), acknowledged: vec![] });
        assert_eq!(refusal, Refusal::Invalid(found), "and it does not open: {why}");
    }
    let charity = Sponsor { for_profit: false, ..rules().sponsor };
    let paid_only = Rules { free_entry: None, purchase_entry: None, sponsor: charity, ..paid_rules() };
    assert_eq!(validate(&paid_only), vec![], "who is not for profit may sell the only way in, with a legal basis");
}

#[test]
fn states_warn_by_what_all_prizes_are_worth_together() {
    let of = |states: &[&str], cents: &[(i64, u32)], days_ahead: i64| {
        let mut rules = rules();
        rules.limits.per_person = Some(5);
        rules.eligibility.states = states.iter().map(|s| (*s).to_owned()).collect();
        rules.prizes = cents
            .iter()
            .enumerate()
            .map(|(n, (cents, count))| prize(&format!("p{n}"), "Prize", *cents, *count))
            .collect();
        let found = warnings(&rules, rules.opens_at.plus_days(-days_ahead));
        found.into_iter().map(|w| (w.code, w.severity)).collect::<Vec<_>>()
    };
    use Severity::{Acknowledge, TooLate};
    use WarningCode::{RegisterFl, RegisterNy, RegisterRi};
    type Case<'a> = (&'a [&'a str], &'a [(i64, u32)], i64, Vec<(WarningCode, Severity)>, &'a str);
    let cases: Vec<Case> = vec![
        (&["FL"], &[(500_000, 1)], 90, vec![], "$5,000 is not more than $5,000"),
        (&["FL"], &[(500_001, 1)], 90, vec![(RegisterFl, Acknowledge)], "a cent more is"),
        (&["FL"], &[(100_000, 6)], 90, vec![(RegisterFl, Acknowledge)], "six prizes of $1,000 are $6,000"),
        (&["FL"], &[(100_000, 3), (300_000, 1)], 90, vec![(RegisterFl, Acknowledge)], "different prizes add up too"),
        (&["TX"], &[(900_000, 1)], 90, vec![], "only where residents of such a state may take part"),
        (&["NY"], &[(900_000, 1)], 30, vec![(RegisterNy, Acknowledge)], "New York: 30 days before, the last of them"),
        (&["NY"], &[(900_000, 1)], 29, vec![(RegisterNy, TooLate)], "one day later is too late"),
        (&["FL"], &[(900_000, 1)], 7, vec![(RegisterFl, Acknowledge)], "Florida: 7 days before"),
        (&["FL"], &[(900_000, 1)], 6, vec![(RegisterFl, TooLate)], "one day later is too late"),
        (&["RI"], &[(50_000, 1)], 0, vec![], "$500 is not more than $500"),
        (&["RI"], &[(50_001, 1)], 0, vec![(RegisterRi, Acknowledge)], "Rhode Island from $500"),
        (
            &["FL", "NY", "RI", "TX"],
            &[(900_000, 1)],
            90,
            vec![(RegisterFl, Acknowledge), (RegisterNy, Acknowledge), (RegisterRi, Acknowledge)],
            "each state for itself",
        ),
    ];
    for (states, prizes, days, expected, why) in cases {
        assert_eq!(of(states, prizes, days), expected, "{why}");
    }
    for threshold in thresholds() {
        assert!(threshold.source.starts_with("https://"), "a fact has a source: {threshold:?}");
    }
}

#[test]
fn other_warnings() {
    let codes = |rules: &Rules| warnings(rules, rules.opens_at).into_iter().map(|w| w.code).collect::<Vec<_>>();
    assert_eq!(codes(&rules()), vec![WarningCode::NoLimit], "a raffle without limits is told so");
    assert!(codes(&paid_rules()).contains(&WarningCode::PaidEntry), "selling chances is warned of even with a basis");
    let tobacco = change(|r| r.purchase_entry.as_mut().unwrap().tobacco = true);
    assert!(codes(&tobacco).contains(&WarningCode::Tobacco), "no chance on a package of tobacco");
    let abroad = change(|r| r.prizes.iter_mut().for_each(|p| p.value.currency = "CAD".to_owned()));
    assert!(codes(&abroad).contains(&WarningCode::ValueNotInUsd), "thresholds are in USD");
}

#[test]
fn warnings_must_be_acknowledged_before_opening() {
    let rules = change(|r| {
        r.eligibility.states.push("FL".to_owned());
        r.prizes[0].value = usd(600_000);
    });
    let mut shop = Shop::draft(rules);
    let commitment = secret().commitment();
    let refusal = shop.refused(Command::Open { commitment, acknowledged: vec![] });
    let Refusal::Unacknowledged(unread) = &refusal else { panic!("{refusal}") };
    assert_eq!(unread.iter().map(|w| w.code).collect::<Vec<_>>(), [WarningCode::RegisterFl], "a note needs no press");
    assert!(refusal.to_string().contains("Florida"), "it is read out: {refusal}");
    shop.then(Command::Open { commitment, acknowledged: vec![WarningCode::RegisterFl] });
    assert_eq!(shop.raffle.phase(), Phase::Open);
}

#[test]
fn after_opening_only_what_promises_nothing_changes() {
    let mut shop = Shop::open(rules());
    let notice = Notice { headline: "Win!".to_owned(), ..Notice::default() };
    let edits: Vec<(&str, Rules)> = vec![
        ("title", change(|r| r.title.push('!'))),
        ("closes_at", change(|r| r.closes_at = r.closes_at.plus_days(1))),
        ("prizes", change(|r| r.prizes[0].value.minor += 1)),
        ("limits", change(|r| r.limits.per_person = Some(1))),
        ("free_entry", change(|r| r.free_entry.as_mut().unwrap().how.push('!'))),
        ("one_prize_per_person", change(|r| r.one_prize_per_person = false)),
        ("winners_list", change(|r| r.winners_list.push('!'))),
    ];
    for (field, rules) in edits {
        let refusal = shop.refused(Command::Update { rules: Box::new(rules), notice: notice.clone() });
        assert_eq!(refusal, Refusal::Frozen { fields: vec![field.to_owned()] }, "{field} was promised");
    }
    shop.then(Command::Update { rules: Box::new(rules()), notice: notice.clone() });
    assert_eq!(shop.raffle.notice(), &notice, "headline, description and contact may change");
    assert_eq!(shop.raffle.rules().hash().unwrap(), shop.raffle.opening().unwrap().rules_hash, "the hash still stands");
    let again = shop.ask(&Command::Update { rules: Box::new(rules()), notice: notice.clone() });
    assert_eq!(again, Ok(vec![]), "nothing new is no event");
    let named = serde_json::to_value(&notice).unwrap();
    let mut named: Vec<&str> = named.as_object().unwrap().keys().map(String::as_str).collect();
    let mut listed = CHANGEABLE_AFTER_OPENING.to_vec();
    named.sort_unstable();
    listed.sort_unstable();
    assert_eq!(named, listed, "the list of what may change is what the notice is made of");
}

#[test]
fn rules_have_one_text_and_one_hash() {
    let text = canonical(&rules()).unwrap();
    insta::assert_snapshot!("rules", text);
    insta::assert_snapshot!("rules_hash", rules().hash().unwrap().to_string());
    let read: Rules = serde_json::from_str(&text).unwrap();
    assert_eq!(read, rules(), "what is written is read back");
}
