//! The life of a raffle: what follows from each command, and what is refused.

use crate::shop::*;
use backroom_raffle::*;

fn winner_of(shop: &Shop, unit: &str) -> EntryId {
    shop.raffle.awards()[&unit.parse().unwrap()].entry.unwrap()
}

fn unit(text: &str) -> UnitId {
    text.parse().unwrap()
}

#[test]
fn from_draft_to_the_last_prize() {
    let mut shop = Shop::open(rules());
    for n in 0..20 {
        shop.enter(n, if n % 3 == 0 { Channel::Free } else { Channel::Purchase });
    }
    shop.close();
    shop.then(Command::Seal(shop.seal_request()));
    assert_eq!(shop.raffle.phase(), Phase::Sealed);
    shop.then(Command::Draw { secret: secret(), beacon: None });
    assert_eq!(shop.raffle.phase(), Phase::Drawn);
    let drawn = &shop.raffle.acts()[0].drawing.as_ref().unwrap().drawn;
    let outcomes: Vec<_> =
        drawn.iter().map(|d| (d.outcome, d.unit.as_ref().map(ToString::to_string), d.place)).collect();
    let won = |unit: &str| (Outcome::Winner, Some(unit.to_owned()), None);
    let waits = |place| (Outcome::Alternate, None, Some(place));
    assert_eq!(
        outcomes,
        [won("p1/1"), won("p2/1"), won("p2/2"), waits(1), waits(2), waits(3)],
        "winners in the order of the prizes, alternates in the same act"
    );
    for piece in ["p1/1", "p2/1", "p2/2"] {
        let entry = winner_of(&shop, piece);
        shop.then(Command::Claim { unit: unit(piece), entry, confirmed: Confirmed::Eligible });
    }
    let counts = Statistics::of(&shop.raffle);
    assert_eq!((counts.made, counts.counting, counts.people), (20, 20, 20), "every entry of every person");
    assert_eq!(shop.raffle.counting(), counts.counting, "known without looking at them");
    assert_eq!((counts.claimed, counts.pending, counts.draws, counts.alternates), (3, 0, 1, 3), "all handed out");
    assert_eq!((counts.by_channel[&Channel::Free], counts.by_channel[&Channel::Purchase]), (7, 13), "by the way in");
    assert_eq!(Raffle::replay(&shop.events), Ok(shop.raffle.clone()), "the events alone make the same raffle");
    let kept: Vec<String> = shop.events.iter().map(|e| serde_json::to_string(e).unwrap()).collect();
    let read: Vec<Event> = kept.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    assert_eq!(read, shop.events, "events survive being written down");
}

#[test]
fn what_is_refused_before_the_draw() {
    let draft = Shop::draft(rules());
    let open = Shop::open(rules());
    let mut later = open.clone();
    later.now = rules().closes_at;
    let closed = Shop::closed_with(rules(), 3);
    let mut sealed = closed.clone();
    sealed.then(Command::Seal(sealed.seal_request()));
    let mut cancelled = open.clone();
    cancelled.then(Command::Cancel { reason: "The prize was stolen.".to_owned() });
    let ticket = closed.raffle.entries().next().unwrap().entry.id;
    let enter = |shop: &Shop| Command::Enter(shop.request(1, Channel::Free));
    let void = || Command::Void { entry: ticket, reason: VoidReason::Mistake, note: String::new() };
    let draw = || Command::Draw { secret: secret(), beacon: None };
    let open_it = || Command::Open { commitment: secret().commitment(), acknowledged: vec![] };
    let mut early = open.clone();
    early.now = rules().opens_at.plus_seconds(-1);
    let cases: Vec<(&Shop, Command, &str, &str)> = vec![
        (&draft, enter(&draft), "RAFFLE_NOT_OPENED", "a draft takes nobody"),
        (&draft, Command::Close, "RAFFLE_NOT_OPENED", "nor is it closed"),
        (&draft, Command::Seal(draft.seal_request()), "RAFFLE_NOT_OPENED", "nor sealed"),
        (&open, open_it(), "RAFFLE_ALREADY_OPEN", "opened once"),
        (&early, enter(&early), "RAFFLE_NOT_YET", "before its time"),
        (&later, enter(&later), "RAFFLE_OVER", "at its end"),
        (&open, Command::Close, "RAFFLE_NOT_YET_OVER", "its rules promise the end"),
        (&open, Command::Seal(open.seal_request()), "RAFFLE_NOT_YET_OVER", "nor is it sealed before"),
        (&open, draw(), "RAFFLE_NOT_SEALED", "nor drawn"),
        (&open, void(), "RAFFLE_NO_TICKET", "a ticket of another raffle"),
        (&open, Command::Enter(open.request(1, Channel::Paid)), "RAFFLE_NOT_OFFERED", "no sold entries here"),
        (
            &open,
            Command::Enter(EntryRequest { confirmed: Confirmed::No, ..open.request(1, Channel::Free) }),
            "RAFFLE_NOT_CONFIRMED",
            "nobody looked at the age",
        ),
        (&closed, enter(&closed), "RAFFLE_CLOSED", "closed is closed"),
        (&closed, draw(), "RAFFLE_NOT_SEALED", "first the seal"),
        (&sealed, void(), "RAFFLE_LIST_SEALED", "the list is fixed"),
        (&sealed, enter(&sealed), "RAFFLE_LIST_SEALED", "nobody comes late"),
        (&sealed, Command::Seal(sealed.seal_request()), "RAFFLE_NEEDS_REASON", "a further seal says why"),
        (
            &sealed,
            Command::Draw { secret: DrawSecret::new([1; 32]), beacon: None },
            "RAFFLE_WRONG_SECRET",
            "a secret chosen afterwards",
        ),
        (
            &sealed,
            Command::Draw { secret: secret(), beacon: Some(thousandth()) },
            "RAFFLE_BEACON_NOT_NAMED",
            "a round chosen afterwards",
        ),
        (
            &sealed,
            Command::Claim { unit: unit("p1/1"), entry: ticket, confirmed: Confirmed::Eligible },
            "RAFFLE_NOT_DRAWN",
            "nobody has won yet",
        ),
        (&cancelled, enter(&cancelled), "RAFFLE_CANCELLED", "called off"),
        (&cancelled, draw(), "RAFFLE_CANCELLED", "called off"),
        (&cancelled, Command::Cancel { reason: "Again.".to_owned() }, "RAFFLE_CANCELLED", "once"),
        (&open, Command::Cancel { reason: " ".to_owned() }, "RAFFLE_NEEDS_REASON", "everybody will read why"),
        (
            &open,
            Command::Create { rules: Box::new(rules()), notice: Notice::default() },
            "RAFFLE_NAME_TAKEN",
            "one name",
        ),
    ];
    for (shop, command, code, why) in cases {
        let asked = format!("{command:?}");
        let refusal = shop.refused(command);
        assert_eq!(refusal.code(), code, "{why}: {asked}");
        assert!(!refusal.to_string().is_empty(), "{why}: it has words");
    }
    assert_eq!(decide(None, &Command::Close, rules().opens_at), Err(Refusal::NoRaffle), "nothing from nothing");
}

#[test]
fn a_ticket_counts_once_and_voids_have_a_reason() {
    let mut shop = Shop::open(rules());
    let first = shop.enter(1, Channel::Free);
    let again = EntryRequest { id: first, ..shop.request(2, Channel::Free) };
    assert_eq!(shop.refused(Command::Enter(again)), Refusal::TicketTaken { entry: first }, "a number is given once");
    let void = |reason| Command::Void { entry: first, reason, note: "wrong person".to_owned() };
    shop.then(void(VoidReason::Mistake));
    assert_eq!(shop.refused(void(VoidReason::Mistake)), Refusal::AlreadyVoid { entry: first }, "void is void");
    shop.enter(2, Channel::Free);
    shop.close();
    shop.then(Command::Seal(shop.seal_request()));
    let seal = &shop.raffle.acts()[0].seal;
    assert_eq!(seal.left_out, [LeftOut { entry: first, reason: LeftOutReason::Mistake }], "it does not vanish");
    assert_eq!(seal.entries, 1);
    assert!(!shop.raffle.list(1).unwrap().text().contains("wrong person"), "the note stays in the shop");
}

#[test]
fn the_clock_may_not_go_back() {
    let mut shop = Shop::open(rules());
    shop.enter(1, Channel::Free);
    let last = shop.now;
    shop.now = last.plus_seconds(-301);
    let refusal = shop.refused(Command::Enter(shop.request(2, Channel::Free)));
    assert_eq!(refusal, Refusal::ClockBack { at: shop.now, last }, "a clock set back is told, not believed");
    shop.now = last.plus_seconds(-200);
    let events = shop.then(Command::Enter(shop.request(2, Channel::Free)));
    assert_eq!(events[0].at(), last, "a little behind, time stands still: events stay in order");
}

#[test]
fn a_draw_waits_for_its_round_and_is_made_once() {
    let mut shop = Shop::closed_with(rules_of_2023(), 9);
    shop.now = at("2023-08-23T15:50:00Z");
    let with = |shop: &Shop, round| Command::Seal(SealRequest { beacon_round: Some(round), ..shop.seal_request() });
    for (round, why) in [(0, "there is none"), (1, "long made"), (830, "half a minute ahead"), (u64::MAX, "never")] {
        assert_eq!(shop.refused(with(&shop, round)).code(), "RAFFLE_ROUND_TOO_NEAR", "round {round}: {why}");
    }
    shop.then(with(&shop, 1000));
    let draw = |beacon| Command::Draw { secret: secret(), beacon };
    let round_at = QUICKNET.time_of(1000).unwrap();
    assert_eq!(shop.refused(draw(Some(thousandth()))), Refusal::TooEarly { round_at }, "not before its time");
    shop.now = round_at;
    assert_eq!(shop.refused(draw(None)), Refusal::NoBeacon, "the seal waits for it");
    let mut forged = thousandth();
    forged.randomness.0[0] ^= 1;
    assert_eq!(shop.refused(draw(Some(forged))), Refusal::BadBeacon(BadRound::Randomness), "and for no other");
    let other = BeaconRound { round: 1001, ..thousandth() };
    assert_eq!(shop.refused(draw(Some(other))), Refusal::BadBeacon(BadRound::Round));
    shop.then(draw(Some(thousandth())));
    let again = shop.refused(draw(Some(thousandth())));
    assert_eq!(again, Refusal::AlreadyDrawn { act: 1, at: round_at }, "what was drawn stays");
    assert_eq!(shop.refused(Command::Cancel { reason: "No.".to_owned() }), Refusal::HasWinners, "and cannot be undone");
}

#[test]
fn claims_forfeits_and_alternates() {
    let mut shop = Shop::drawn(rules(), 10);
    let piece = unit("p1/1");
    let first = winner_of(&shop, "p1/1");
    let second = winner_of(&shop, "p2/1");
    let claim = |entry, confirmed| Command::Claim { unit: unit("p1/1"), entry, confirmed };
    let forfeit = |reason| Command::Forfeit { unit: unit("p1/1"), reason };
    let refusal = shop.refused(claim(second, Confirmed::Eligible));
    assert_eq!(refusal, Refusal::NotTheWinner { unit: piece.clone(), entry: second }, "each their own");
    assert_eq!(shop.refused(claim(first, Confirmed::No)), Refusal::NotConfirmed, "the age is looked at again");
    let AwardState::Pending { claim_by } = shop.raffle.awards()[&piece].state else { panic!("it waits") };
    assert_eq!(claim_by, at("2027-01-03T05:59:59.999Z"), "drawn on 19 December in Chicago, 14 whole days");
    assert_eq!(shop.refused(forfeit(ForfeitReason::NotClaimed)).code(), "RAFFLE_CLAIM_OPEN", "the days are promised");
    shop.now = claim_by.plus_seconds(1);
    assert_eq!(shop.refused(claim(first, Confirmed::Eligible)).code(), "RAFFLE_CLAIM_OVER", "too late is too late");
    let alternates: Vec<EntryId> =
        shop.certificate(1).body.drawn.iter().filter(|d| d.outcome == Outcome::Alternate).map(|d| d.entry).collect();
    shop.then(forfeit(ForfeitReason::NotClaimed));
    assert_eq!(winner_of(&shop, "p1/1"), alternates[0], "the first alternate moves up");
    shop.then(forfeit(ForfeitReason::Declined));
    assert_eq!(winner_of(&shop, "p1/1"), alternates[1], "then the second");
    let unit = piece.clone();
    shop.then(Command::Forfeit { unit: self::unit("p2/1"), reason: ForfeitReason::NotReachable });
    assert_eq!(winner_of(&shop, "p2/1"), alternates[2], "alternates are for all prizes");
    shop.then(forfeit(ForfeitReason::Declined));
    assert_eq!(shop.raffle.awards()[&unit].state, AwardState::LeftOver, "nobody is left");
    assert_eq!(shop.refused(forfeit(ForfeitReason::Declined)), Refusal::NobodyHolds { unit }, "nobody to take it from");
    shop.then(Command::Claim { unit: self::unit("p2/1"), entry: alternates[2], confirmed: Confirmed::Eligible });
    let again = Command::Forfeit { unit: self::unit("p2/1"), reason: ForfeitReason::Declined };
    assert_eq!(shop.refused(again).code(), "RAFFLE_HANDED_OUT", "what was handed out stays");
    let counts = Statistics::of(&shop.raffle);
    assert_eq!((counts.forfeited, counts.left_over, counts.claimed), (4, 1, 1), "all of it is counted");
    assert_eq!(shop.certificate(1).body.drawn.len(), 6, "and the certificate still says who was drawn first");
}

#[test]
fn who_may_not_take_part_wins_nothing_else() {
    let rules = Rules { one_prize_per_person: false, ..rules() };
    let mut shop = Shop::open(rules);
    // Two people with five entries each: one person is among the winners and the alternates.
    for n in 0..10 {
        shop.enter(n % 2, Channel::Free);
    }
    shop.close();
    shop.then(Command::Seal(shop.seal_request()));
    shop.then(Command::Draw { secret: secret(), beacon: None });
    let barred = shop.raffle.entry(winner_of(&shop, "p1/1")).unwrap().entry.person;
    shop.then(Command::Forfeit { unit: unit("p1/1"), reason: ForfeitReason::NotEligible });
    if let Some(next) = shop.raffle.awards()[&unit("p1/1")].entry {
        assert_ne!(shop.raffle.entry(next).unwrap().entry.person, barred, "not by another ticket either");
    }
}

#[test]
fn a_further_draw_is_a_new_act_and_hides_nothing() {
    let mut shop = Shop::drawn(Rules { alternates: 0, ..rules() }, 8);
    let first = shop.certificate(1);
    let winner = winner_of(&shop, "p1/1");
    let holder = winner_of(&shop, "p2/1");
    shop.then(Command::Claim { unit: unit("p2/1"), entry: holder, confirmed: Confirmed::Eligible });
    let new = DrawSecret::new([43; 32]);
    let request = |reason: Option<&str>, units: Option<&[&str]>| SealRequest {
        commitment: DrawSecret::new([43; 32]).commitment(),
        reason: reason.map(str::to_owned),
        units: units.map(|units| units.iter().map(|u| unit(u)).collect()),
        ..Shop::seal_request(&shop)
    };
    let why = Some("The winner declined and no alternate was drawn.");
    let nothing = shop.refused(Command::Seal(request(why, None)));
    assert_eq!(nothing, Refusal::NothingToDraw, "every prize has its winner");
    let refusal = shop.refused(Command::Seal(request(why, Some(&["p2/1"]))));
    assert_eq!(refusal, Refusal::HandedOut { unit: unit("p2/1") }, "what was handed out is not drawn for");
    let refusal = shop.refused(Command::Seal(request(why, Some(&["p9/1"]))));
    assert_eq!(refusal, Refusal::NoUnit { unit: unit("p9/1") });
    let further = request(why, None);
    let unexplained = request(Some("  "), None);
    let used = SealRequest { commitment: secret().commitment(), ..request(why, None) };
    shop.then(Command::Forfeit { unit: unit("p1/1"), reason: ForfeitReason::Declined });
    assert_eq!(shop.refused(Command::Seal(unexplained)), Refusal::NeedsReason, "everybody will read why");
    assert_eq!(shop.refused(Command::Seal(used)), Refusal::SecretUsed, "everybody knows that secret");
    shop.then(Command::Seal(further));
    shop.then(Command::Draw { secret: new, beacon: None });
    let acts = shop.raffle.acts();
    assert_eq!(acts.len(), 2, "both acts stand");
    let seal = &acts[1].seal;
    assert_eq!(seal.units, [unit("p1/1")], "only what nobody has");
    assert_eq!(seal.earlier[0].seal_hash, first.body.seal.hash().unwrap(), "the first is named in the second");
    assert_eq!(seal.earlier[0].seed, Some(first.body.seed), "with what was drawn from");
    let out = |entry| seal.left_out.iter().find(|left| left.entry == entry).map(|left| left.reason);
    assert_eq!(out(winner), Some(LeftOutReason::Forfeited), "who gave it up is not asked again");
    assert_eq!(out(holder), Some(LeftOutReason::HoldsPrize), "one prize for a person");
    assert_eq!(shop.certificate(1), first, "and its certificate is the same as before");
    let second = shop.certificate(2).to_json().unwrap();
    let found = verify(second.as_bytes(), &Expected::default());
    assert!(found.verified(), "the second certificate holds by itself: {:?}", found.failures().collect::<Vec<_>>());
    assert!(found.notes.iter().any(|note| note.contains("declined")), "and says why there is one");
}

#[test]
fn a_lost_secret_is_told_not_hidden() {
    let mut shop = Shop::closed_with(rules(), 4);
    let other = DrawSecret::new([44; 32]).commitment();
    let silent = SealRequest { commitment: other, ..shop.seal_request() };
    assert_eq!(shop.refused(Command::Seal(silent)), Refusal::CommitmentChanged, "the slips say another one");
    let told = SealRequest {
        commitment: other,
        commitment_changed: Some("The PC was stolen.".to_owned()),
        ..shop.seal_request()
    };
    shop.then(Command::Seal(told));
    // Sealed, and then the round never comes: a further act draws for the same prizes.
    let again =
        SealRequest { commitment: other, reason: Some("No network for a week.".to_owned()), ..shop.seal_request() };
    shop.then(Command::Seal(again));
    assert_eq!(shop.raffle.acts()[1].seal.units.len(), 3, "nothing was drawn, so everything is still to be drawn for");
    shop.then(Command::Draw { secret: DrawSecret::new([44; 32]), beacon: None });
    let found = verify(shop.certificate(2).to_json().unwrap().as_bytes(), &Expected::default());
    assert!(found.verified(), "{:?}", found.failures().collect::<Vec<_>>());
    assert_eq!(Certificate::of(&shop.raffle, 1, &key()), Err(NoCertificate::NotDrawn), "act 1 drew nobody");
}

#[test]
fn calling_off_lists_what_is_owed() {
    let mut shop = Shop::open(paid_rules());
    shop.enter(1, Channel::Free);
    let paid = shop.enter(2, Channel::Paid);
    let void = shop.enter(3, Channel::Paid);
    assert!(shop.raffle.refunds_due().is_empty(), "nothing is owed for an entry that counts");
    shop.then(Command::Void { entry: void, reason: VoidReason::AskedFor, note: String::new() });
    assert_eq!(shop.raffle.refunds_due().len(), 1, "a void one is given back");
    shop.then(Command::Refund { entry: void });
    assert_eq!(shop.refused(Command::Refund { entry: void }), Refusal::NothingOwed { entry: void }, "once");
    let events = shop.then(Command::Cancel { reason: "The permit was withdrawn.".to_owned() });
    let Event::Cancelled { refunds, .. } = &events[0] else { panic!("called off") };
    let owed = Refund { entry: paid, amount: usd(500), receipt: "receipt 2".to_owned() };
    assert_eq!(refunds, std::slice::from_ref(&owed), "the free one costs nothing, the void one was given back");
    assert_eq!(shop.raffle.refunds_due(), [owed]);
    shop.then(Command::Refund { entry: paid });
    assert!(shop.raffle.refunds_due().is_empty(), "all given back");
}

#[test]
fn a_history_that_contradicts_itself_is_refused() {
    let shop = Shop::drawn(rules(), 5);
    let find = |kind: fn(&Event) -> bool| shop.events.iter().position(kind).unwrap();
    let drawn = find(|e| matches!(e, Event::Drawn { .. }));
    let sealed = find(|e| matches!(e, Event::Sealed { .. }));
    let mut twice = shop.events.clone();
    twice.insert(drawn, shop.events[drawn].clone());
    let mut unsealed = shop.events.clone();
    unsealed.remove(sealed);
    let mut doubled = shop.events.clone();
    doubled.insert(3, shop.events[2].clone());
    let headless = shop.events[1..].to_vec();
    for (events, why) in [
        (twice, "drawn twice"),
        (unsealed, "drawn without a seal"),
        (doubled, "the same ticket twice"),
        (headless, "without a beginning"),
        (vec![], "nothing at all"),
    ] {
        assert_eq!(Raffle::replay(&events), Err(BadHistory), "{why}");
    }
}

#[test]
fn nobody_is_drawn_from_nobody() {
    let shop = Shop::closed_with(rules(), 0);
    assert_eq!(shop.refused(Command::Seal(shop.seal_request())), Refusal::NobodyIn);
    let few = Shop::drawn(rules(), 2);
    assert_eq!(few.raffle.awards()[&unit("p2/2")].state, AwardState::LeftOver, "two people, three prizes");
}
