//! The raffles of the demonstration store: one that takes entries and one that was drawn. Names, people and prizes are invented; how
//! they came about is not: every step is the engine's own, at a time of its past.

use super::{row, state, who, written};
use crate::dto::ApiError;
use crate::engine::Engine;
use backroom_core::Timestamp;
use backroom_raffle::{
    Amount, Channel, Command, Confirmed, DeviceId, DrawSecret, Eligibility, EntryId, EntryRequest, Event, FreeEntry,
    Limits, Notice, Prize, PurchaseEntry, Raffle, Refusal, Rules, SealRequest, Sponsor, VoidReason, decide,
};
use backroom_store::counter::raffles::{RaffleChange, SecretChange};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A raffle on its way through its past.
struct Story {
    raffle: Option<Raffle>,
    events: Vec<Event>,
}

impl Story {
    fn then(&mut self, at: Timestamp, command: &Command) -> Result<(), ApiError> {
        for event in decide(self.raffle.as_ref(), command, at)? {
            match &mut self.raffle {
                None => self.raffle = Some(Raffle::replay([&event]).map_err(|_| Refusal::Damaged)?),
                Some(raffle) => raffle.apply(&event).map_err(|_| Refusal::Damaged)?,
            }
            self.events.push(event);
        }
        Ok(())
    }
}

fn usd(minor: u64) -> Amount {
    Amount { minor, currency: "USD".to_owned() }
}

fn rules(id: &str, title: &str, opens_at: Timestamp, closes_at: Timestamp) -> Result<Rules, ApiError> {
    let prize = |id: &str, name: &str, minor, count| {
        let id = id.parse().map_err(|_| Refusal::Damaged)?;
        Ok::<_, ApiError>(Prize { id, name: name.to_owned(), value: usd(minor), count, tobacco: false })
    };
    Ok(Rules {
        id: id.parse().map_err(|_| Refusal::Damaged)?,
        title: title.to_owned(),
        sponsor: Sponsor {
            name: "Demo Smoke & Vape".to_owned(),
            address: "100 Example Street, Austin, TX 78700".to_owned(),
            state: "TX".to_owned(),
            for_profit: true,
        },
        opens_at,
        closes_at,
        zone: "America/Chicago".to_owned(),
        eligibility: Eligibility {
            min_age: 21,
            states: vec!["TX".to_owned()],
            left_out: "Staff of the shop and their households.".to_owned(),
        },
        prizes: vec![prize("p1", "Hand-blown glass set", 18_000, 1)?, prize("p2", "Gift card of the shop", 5_000, 2)?],
        odds: Rules::ODDS.to_owned(),
        limits: Limits { per_person: Some(5), per_person_per_day: Some(1), per_household: None },
        free_entry: Some(FreeEntry {
            at_counter: true,
            by_mail: None,
            how: "Ask at the counter. One entry a day, without buying anything.".to_owned(),
        }),
        purchase_entry: Some(PurchaseEntry {
            how: "One entry with any purchase of accessories.".to_owned(),
            tobacco: false,
        }),
        paid_entry: None,
        alternates: 3,
        one_prize_per_person: true,
        claim_days: 21,
        winners_list: "At the counter from the day of the draw, for 60 days.".to_owned(),
    })
}

/// Puts both raffles into an empty demonstration store.
pub(crate) async fn furnish(engine: &Engine) -> Result<(), ApiError> {
    if !engine.inner.demo || !engine.store().raffles()?.is_empty() {
        return Ok(());
    }
    let now = engine.store().clock().now();
    // On the hour, as people choose times.
    let now = Timestamp::from_seconds(now.micros().div_euclid(1_000_000) / HOUR * HOUR);
    let ago = |days: i64, hours: i64| now.plus_seconds(-days * DAY + hours * HOUR);

    let mut drawn =
        begun(engine, rules("anniversary", "Anniversary giveaway", ago(45, 0), ago(12, 0))?, 31, 33, 1).await?;
    drawn.story.then(ago(12, 1), &Command::Close)?;
    let public_key = who::certificate_key(engine).await?.public();
    let request = SealRequest {
        commitment: drawn.secret.commitment(),
        commitment_changed: None,
        beacon_round: None,
        public_key,
        reason: None,
        units: None,
    };
    drawn.story.then(ago(11, 18), &Command::Seal(request))?;
    drawn.story.then(ago(11, 20), &Command::Draw { secret: DrawSecret::new(drawn.bytes), beacon: None })?;
    let first = drawn.story.raffle.as_ref().and_then(|raffle| {
        let (unit, award) = raffle.awards().iter().next()?;
        Some((unit.clone(), award.entry?))
    });
    if let Some((unit, entry)) = first {
        drawn.story.then(ago(9, 2), &Command::Claim { unit, entry, confirmed: Confirmed::Eligible })?;
    }
    keep(engine, drawn.story, SecretChange::Gone).await?;

    let opens = ago(6, 0);
    let open = begun(engine, rules("holiday-glass", "Holiday glass giveaway", opens, ago(-18, 0))?, 46, 5, 40).await?;
    keep(engine, open.story, SecretChange::Is(open.bytes.to_vec())).await
}

struct Begun {
    story: Story,
    secret: DrawSecret,
    bytes: [u8; 32],
}

/// A raffle that was written down and opened, with `entries` of its first `days`; `first` is the number of the first.
async fn begun(engine: &Engine, rules: Rules, entries: u32, days: i64, first: u32) -> Result<Begun, ApiError> {
    let people = who::secret(engine).await?;
    let device: DeviceId = engine.store().device().parse().map_err(|_| Refusal::Damaged)?;
    let (id, opens) = (rules.id.clone(), rules.opens_at);
    let bytes: [u8; 32] = rand::random();
    let secret = DrawSecret::new(bytes);
    let mut story = Story { raffle: None, events: Vec::new() };
    let notice = Notice {
        headline: format!("{}: enter free at the counter", rules.title),
        description: String::new(),
        contact: "Ask anybody at the counter.".to_owned(),
    };
    story.then(opens.plus_seconds(-DAY), &Command::Create { rules: Box::new(rules), notice })?;
    story.then(
        opens.plus_seconds(-HOUR),
        &Command::Open { commitment: secret.commitment(), acknowledged: Vec::new() },
    )?;
    for n in 0..entries {
        // Whoever comes is one of two dozen, at most once a day: seven is prime to it.
        let person = people.person(&id, &format!("phone 555010{:04}", 100 + n * 7 % 24));
        let free = n % 3 != 1;
        let request = EntryRequest {
            id: EntryId::new(device, first + n),
            person,
            household: None,
            channel: if free { Channel::Free } else { Channel::Purchase },
            receipt: if free { String::new() } else { format!("R-{}", 1_000 + n) },
            confirmed: Confirmed::Eligible,
        };
        let at = opens.plus_seconds(i64::from(n + 1) * days * DAY / i64::from(entries + 1));
        story.then(at, &Command::Enter(request))?;
    }
    let last = opens.plus_seconds(days * DAY);
    let command =
        Command::Void { entry: EntryId::new(device, first + 3), reason: VoidReason::Duplicate, note: String::new() };
    story.then(last, &command)?;
    Ok(Begun { story, secret, bytes })
}

async fn keep(engine: &Engine, story: Story, secret: SecretChange) -> Result<(), ApiError> {
    let raffle = story.raffle.ok_or(Refusal::Damaged)?;
    let change = RaffleChange {
        id: raffle.rules().id.to_string(),
        seen_events: 0,
        state: state(&raffle)?,
        events: story.events.iter().map(written).collect::<Result<_, _>>()?,
        entries: raffle.entries().map(row).collect(),
        secret,
        operator: String::new(),
    };
    Ok(engine.store().change_raffle(change).await?)
}
