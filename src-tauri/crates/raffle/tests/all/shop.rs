//! A shop that holds a raffle, with invented people.

use backroom_core::{Currency, Money, Timestamp};
use backroom_raffle::*;

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub const OPENS: &str = "2026-11-20T15:00:00Z";
pub const CLOSES: &str = "2026-12-20T05:00:00Z";

pub fn usd(cents: i64) -> Amount {
    Money::new(cents, Currency::USD).into()
}

pub fn prize(id: &str, name: &str, cents: i64, count: u32) -> Prize {
    Prize { id: id.parse().unwrap(), name: name.to_owned(), value: usd(cents), count, tobacco: false }
}

pub fn rules() -> Rules {
    Rules {
        id: "winter-2026".parse().unwrap(),
        title: "Winter raffle ❄".to_owned(),
        sponsor: Sponsor {
            name: "Example Smoke".to_owned(),
            address: "1 Example Street, Austin, TX".to_owned(),
            state: "TX".to_owned(),
            for_profit: true,
        },
        opens_at: at(OPENS),
        closes_at: at(CLOSES),
        zone: "America/Chicago".to_owned(),
        eligibility: Eligibility {
            min_age: 21,
            states: vec!["OK".to_owned(), "TX".to_owned()],
            left_out: "Staff and their households.".to_owned(),
        },
        prizes: vec![prize("p1", "Glass set", 30_000, 1), prize("p2", "Gift card", 2_500, 2)],
        odds: Rules::ODDS.to_owned(),
        limits: Limits::default(),
        free_entry: Some(FreeEntry { at_counter: true, by_mail: None, how: "Ask at the counter.".to_owned() }),
        purchase_entry: Some(PurchaseEntry { how: "Any purchase.".to_owned(), tobacco: false }),
        paid_entry: None,
        alternates: 3,
        one_prize_per_person: true,
        claim_days: 14,
        winners_list: "Ask at the counter from 5 January 2027.".to_owned(),
    }
}

/// Rules under which entries are sold by a sponsor that may.
pub fn paid_rules() -> Rules {
    let basis = LegalBasis {
        law: "Charitable Raffle Enabling Act".to_owned(),
        permit: "invented 1".to_owned(),
        recorded_at: at("2026-11-01T00:00:00Z"),
    };
    Rules { paid_entry: Some(PaidEntry { price: usd(500), legal_basis: Some(basis) }), ..rules() }
}

pub fn device(n: u8) -> DeviceId {
    format!("{n:02x}1c02ab97de").parse().unwrap()
}

pub fn people() -> PersonSecret {
    PersonSecret::new([7; 32])
}

pub fn person(rules: &Rules, n: u32) -> PersonKey {
    people().person(&rules.id, &format!("member {n}"))
}

pub fn secret() -> DrawSecret {
    DrawSecret::new([42; 32])
}

pub fn key() -> CertificateKey {
    CertificateKey::new([9; 32]).unwrap()
}

/// A raffle and its events, to which things are done.
#[derive(Clone)]
pub struct Shop {
    pub raffle: Raffle,
    pub events: Vec<Event>,
    pub now: Timestamp,
}

impl Shop {
    pub fn draft(rules: Rules) -> Self {
        let now = rules.opens_at.plus_days(-60);
        let command = Command::Create { rules: Box::new(rules), notice: Notice::default() };
        let events = decide(None, &command, now).unwrap();
        Self { raffle: Raffle::replay(&events).unwrap(), events, now }
    }

    pub fn open(rules: Rules) -> Self {
        let mut shop = Self::draft(rules);
        let acknowledged = warnings(shop.raffle.rules(), shop.now).into_iter().map(|w| w.code).collect();
        shop.then(Command::Open { commitment: secret().commitment(), acknowledged });
        shop.now = shop.raffle.rules().opens_at;
        shop
    }

    pub fn ask(&self, command: &Command) -> Result<Vec<Event>, Refusal> {
        decide(Some(&self.raffle), command, self.now)
    }

    pub fn refused(&self, command: Command) -> Refusal {
        self.ask(&command).expect_err("this should be refused")
    }

    pub fn then(&mut self, command: Command) -> &[Event] {
        let events = self.ask(&command).unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
        let before = self.events.len();
        for event in events {
            self.raffle.apply(&event).unwrap();
            self.events.push(event);
        }
        &self.events[before..]
    }

    pub fn request(&self, n: u32, channel: Channel) -> EntryRequest {
        EntryRequest {
            id: self.raffle.next_id(device(0x4f)).unwrap(),
            person: person(self.raffle.rules(), n),
            household: None,
            channel,
            receipt: if channel == Channel::Free { String::new() } else { format!("receipt {n}") },
            confirmed: Confirmed::Eligible,
        }
    }

    pub fn enter(&mut self, n: u32, channel: Channel) -> EntryId {
        let request = self.request(n, channel);
        self.now = self.now.plus_seconds(60);
        self.then(Command::Enter(request.clone()));
        request.id
    }

    /// Takes `count` entries, of a person each, and closes.
    pub fn closed_with(rules: Rules, count: u32) -> Self {
        let mut shop = Self::open(rules);
        for n in 0..count {
            shop.enter(n, if n % 2 == 0 { Channel::Free } else { Channel::Purchase });
        }
        shop.close();
        shop
    }

    pub fn close(&mut self) {
        self.now = self.raffle.rules().closes_at;
        self.then(Command::Close);
    }

    pub fn seal_request(&self) -> SealRequest {
        SealRequest {
            commitment: secret().commitment(),
            commitment_changed: None,
            beacon_round: None,
            public_key: key().public(),
            reason: None,
            units: None,
        }
    }

    pub fn drawn(rules: Rules, count: u32) -> Self {
        let mut shop = Self::closed_with(rules, count);
        shop.then(Command::Seal(shop.seal_request()));
        shop.then(Command::Draw { secret: secret(), beacon: None });
        shop
    }

    pub fn certificate(&self, act: u32) -> Certificate {
        Certificate::of(&self.raffle, act, &key()).unwrap()
    }
}

/// A round that quicknet made on 24 August 2023.
pub fn thousandth() -> BeaconRound {
    BeaconRound {
        round: 1000,
        randomness: "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd".parse().unwrap(),
        signature: "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
            .parse()
            .unwrap(),
    }
}

/// Rules of August 2023, so that the seal can wait for a round that is known today.
pub fn rules_of_2023() -> Rules {
    let opens_at = at("2023-08-01T15:00:00Z");
    Rules { opens_at, closes_at: at("2023-08-23T15:00:00Z"), ..rules() }
}

/// A raffle that was drawn with the thousandth round.
pub fn drawn_with_beacon(count: u32) -> Shop {
    let mut shop = Shop::closed_with(rules_of_2023(), count);
    shop.then(Command::Seal(SealRequest { beacon_round: Some(1000), ..shop.seal_request() }));
    shop.now = QUICKNET.time_of(1000).unwrap();
    shop.then(Command::Draw { secret: secret(), beacon: Some(thousandth()) });
    shop
}
