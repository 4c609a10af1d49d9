//! Members of the demonstration store: tiers, and people who join, pay, pause and leave over two years. All of it is invented, and made by
//! the same decisions as a real shop's.

use super::person::{Person, Said};
use super::{Record, damaged, tiers, today};
use crate::dto::{ApiError, MemberTier, MemberTierDiscount};
use crate::engine::Engine;
use backroom_core::{BusinessDay, Currency, Timestamp};
use backroom_membership::counter::UnknownCost;
use backroom_membership::points::{Entry, PointsRule};
use backroom_membership::{CancelReason, Command, Dated, Effect, Period, Standing, Tier, Unused, decide};
use backroom_store::counter::members::MemberChange;

const FIRST: [&str; 20] = [
    "Ada", "Blake", "Casey", "Devon", "Ellis", "Frankie", "Gray", "Harper", "Indigo", "Jules", "Kendall", "Lennon",
    "Marlowe", "Noor", "Oakley", "Parker", "Quinn", "River", "Sage", "Tatum",
];
const LAST: [&str; 8] = ["Example", "Sample", "Invented", "Placeholder", "Testperson", "Fictional", "Nobody", "Madeup"];
const REASONS: [CancelReason; 5] = [
    CancelReason::TooExpensive,
    CancelReason::NotUsed,
    CancelReason::MovedAway,
    CancelReason::NotTold,
    CancelReason::Dissatisfied,
];
/// Members who come and go as chance has it.
const CHANCED: u64 = 150;
/// Days for which the shop has had members.
const DAYS: i32 = 700;

/// Chance that is the same at every start: the demonstration can be described.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// From `least` to `most`.
    fn among(&mut self, least: i32, most: i32) -> i32 {
        let span = u64::try_from(most - least + 1).unwrap_or(1);
        least + i32::try_from(self.next() % span).unwrap_or(0)
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next()).unwrap_or(0) % count.max(1)
    }

    fn percent(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }
}

fn discount(id: &str, label: &str, basis_points: u16) -> MemberTierDiscount {
    MemberTierDiscount {
        id: id.to_owned(),
        label: label.to_owned(),
        basis_points,
        only: Vec::new(),
        except: Vec::new(),
        cap_sale_minor: None,
        cap_period_minor: None,
        margin_floor: 1_000,
        stackable: false,
    }
}

/// The tiers, lowest first.
fn offered() -> Vec<MemberTier> {
    let tobacco = || vec!["Cigars & Tobacco".to_owned(), "Disposable Vapes".to_owned()];
    let tier = |name: &str, rank: u16, price_minor: i64, points_percent: u16, benefits: &[&str]| MemberTier {
        id: String::new(),
        name: name.to_owned(),
        rank,
        price_minor,
        currency: "USD".to_owned(),
        period: "month".to_owned(),
        grace_days: 7,
        early_days: 14,
        pause_days: 90,
        points_percent,
        benefits: benefits.iter().map(|words| (*words).to_owned()).collect(),
        discounts: Vec::new(),
        closed_on: None,
    };
    let except = |rule: MemberTierDiscount| MemberTierDiscount { except: tobacco(), ..rule };
    vec![
        MemberTier {
            discounts: vec![except(discount("ember-5", "Ember 5%", 500))],
            ..tier("Ember", 1, 500, 100, &["A lighter on the first day of the month"])
        },
        MemberTier {
            discounts: vec![except(MemberTierDiscount {
                cap_period_minor: Some(4_000),
                ..discount("blaze-10", "Blaze 10%", 1_000)
            })],
            ..tier("Blaze", 2, 1_200, 150, &["A lighter on the first day of the month", "News of drops a day early"])
        },
        MemberTier {
            discounts: vec![
                except(MemberTierDiscount {
                    cap_sale_minor: Some(3_000),
                    ..discount("inferno-15", "Inferno 15%", 1_500)
                }),
                MemberTierDiscount {
                    only: vec!["Glass Pipes".to_owned(), "Water Pipes".to_owned()],
                    stackable: true,
                    ..discount("inferno-glass", "Glass for Inferno 20%", 2_000)
                },
            ],
            ..tier("Inferno", 3, 2_500, 200, &["A birthday gift", "Cleaning of one piece of glass a month"])
        },
        MemberTier {
            period: "year".to_owned(),
            discounts: vec![except(discount("blaze-yearly-10", "Blaze 10%", 1_000))],
            ..tier("Blaze, yearly", 2, 12_000, 150, &["Two months free"])
        },
    ]
}

/// Somebody who is made up.
struct Invented {
    chance: Chance,
    number: u64,
    /// What has happened so far, and the points.
    life: Record,
    events: Vec<Dated>,
    entries: Vec<Entry>,
}

impl Invented {
    fn new(number: u64, currency: Currency, now: Timestamp) -> Self {
        let chance = Chance(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed);
        let life = Record::fresh(currency, now);
        Self { chance, number, life, events: Vec::new(), entries: Vec::new() }
    }

    /// Does it on the day `at`; what cannot be done then is not done.
    fn does(&mut self, at: BusinessDay, command: &Command) {
        for dated in decide(&self.life.left, command, at).unwrap_or_default() {
            if self.life.left.apply(&dated).is_ok() {
                self.events.push(dated);
            }
        }
    }

    /// Buys something, which earns points.
    fn buys(&mut self, at: BusinessDay, rule: &PointsRule) {
        let (number, basis) = (self.entries.len(), i64::from(self.chance.among(900, 9_000)));
        let (id, sale) = (format!("demo-{number}"), format!("DEMO-{}-{number}", self.number));
        if let Ok(entry) = self.life.points.earn(rule, &id, at, &sale, (basis, 100))
            && self.life.points.apply(&entry).is_ok()
        {
            self.entries.push(entry);
        }
    }

    /// A day of a member as chance has it.
    fn lives(&mut self, at: BusinessDay, ladder: &[Tier], rule: &PointsRule) {
        self.events.extend(self.life.left.settle(at));
        let standing = self.life.left.standing(at);
        if standing.has_benefits() && self.chance.percent(5) {
            self.buys(at, rule);
        }
        let renew = Command::Renew { terms: None };
        let (thousand, reason) = (self.chance.among(0, 999), REASONS[self.chance.below(REASONS.len())]);
        let Some(live) = self.life.left.live().cloned() else {
            // Some come back.
            if let (Standing::Cancelled { .. } | Standing::Expired { .. }, 0, Some(tier)) =
                (&standing, thousand, ladder.first())
            {
                self.does(at, &Command::Subscribe { terms: tier.terms() });
            }
            return;
        };
        let beside = |up: bool| {
            let rank = if up { live.terms.rank + 1 } else { live.terms.rank - 1 };
            ladder.iter().find(|tier| tier.rank == rank && tier.period == live.terms.period).map(Tier::terms)
        };
        match (standing, thousand) {
            (Standing::Active, 0) => self.does(at, &Command::CancelAtPeriodEnd { reason }),
            (Standing::Active, 1) if self.chance.percent(40) => {
                self.does(at, &Command::CancelNow { reason, unused: Unused::Refunded });
            }
            (Standing::Active, 2) => {
                let until = at.plus(self.chance.among(14, 60));
                self.does(at, &Command::Pause { until });
            }
            (Standing::Active, 3) => {
                if let Some(to) = beside(true) {
                    self.does(at, &Command::Upgrade { to });
                }
            }
            (Standing::Active, 4) if self.chance.percent(50) => {
                if let Some(to) = beside(false) {
                    self.does(at, &Command::Downgrade { to, effect: Effect::PeriodEnd });
                }
            }
            // Most pay on the last paid day.
            (Standing::Active, _) if live.ends_on() == at.plus(1) && self.chance.percent(80) => self.does(at, &renew),
            (Standing::Due { .. }, 0..80) => self.does(at, &Command::RecordFailedPayment),
            (Standing::Due { .. }, 80..600) | (Standing::Grace { .. }, 0..160) => self.does(at, &renew),
            (Standing::Grace { .. }, 160..260) => self.does(at, &Command::RecordFailedPayment),
            _ => {}
        }
    }

    fn person(&mut self, joined: BusinessDay) -> Person {
        let number = usize::try_from(self.number).unwrap_or(0);
        let (first, last) = (FIRST[number % FIRST.len()], LAST[(number / FIRST.len()) % LAST.len()]);
        let consent = || Said { given: true, on: joined.to_string(), source: "counter form".to_owned() };
        let email = format!("{}.{}@example.com", first.to_lowercase(), last.to_lowercase());
        Person {
            name: Some(format!("{first} {last}")),
            // Numbers of this exchange belong to nobody.
            phone: Some(format!("(555) 010-{:04}", 1_000 + number)),
            email: self.chance.percent(70).then_some(email),
            card: self.chance.percent(60).then(|| format!("MC-{:06}", 4_000 + number)),
            external: None,
            consents: if self.chance.percent(60) { vec![consent()] } else { Vec::new() },
            links: Vec::new(),
        }
    }

    fn change(mut self, engine: &Engine, currency: Currency, joined: BusinessDay) -> Result<MemberChange, ApiError> {
        let personal = self.person(joined).sealed()?;
        let fresh = Record::fresh(currency, engine.store().clock().now());
        let change = fresh.change(engine, self.events, &self.entries, Some(personal))?;
        let operator = if self.number.is_multiple_of(2) { "Cleo Clerk" } else { "Max Manager" };
        Ok(MemberChange { operator: operator.to_owned(), ..change })
    }
}

/// A tier, days since joining, and what was done so many days ago.
type Story = (&'static str, i32, Vec<(i32, Command)>);

/// Somebody in each state that the counter meets.
fn stories() -> Vec<Story> {
    let renew = || Command::Renew { terms: None };
    let reason = CancelReason::NotUsed;
    vec![
        ("inferno", 50, vec![(20, renew())]),
        ("blaze", 33, vec![(2, Command::RecordFailedPayment), (1, Command::RecordFailedPayment)]),
        ("ember", 12, Vec::new()),
        ("blaze", 20, vec![(6, Command::CancelAtPeriodEnd { reason })]),
        ("ember", 300, vec![(290, Command::CancelAtPeriodEnd { reason })]),
        ("ember", 60, Vec::new()),
        ("blaze-yearly", 100, Vec::new()),
    ]
}

impl Engine {
    /// Fills the counter of a demonstration store where nobody has been there yet.
    ///
    /// # Errors
    /// What local storage says.
    pub(crate) async fn invent_members(&self) -> Result<(), ApiError> {
        if self.store().seal().is_none() || !self.store().tiers()?.is_empty() {
            return Ok(());
        }
        let currency = Currency::parse("USD").map_err(|_| damaged())?;
        for tier in offered() {
            let tier = tiers::read_tier(tier, currency)?;
            let body = serde_json::to_string(&tier).map_err(|_| damaged())?;
            self.store().keep_tier(&tier.id.0, &body, i64::from(tier.rank), false).await?;
        }
        // The invented point of sale tells no costs: with the usual rule no discount would be seen.
        let mut rules = tiers::held_rules(self)?;
        rules.house.unknown_cost = UnknownCost::Allow;
        tiers::keep_rules(self, &rules).await?;
        let own = self.clone();
        let made = tokio::task::spawn_blocking(move || invented(&own, currency));
        let made = made.await.map_err(|_| damaged())??;
        self.store().change_members(made).await?;
        Ok(())
    }
}

fn invented(engine: &Engine, currency: Currency) -> Result<Vec<MemberChange>, ApiError> {
    let (ladder, rule, on) = (tiers::ladder(engine)?, tiers::held_rules(engine)?.points, today(engine));
    let (tiers, now) = (ladder.tiers(), engine.store().clock().now());
    let mut made = Vec::new();
    let stories = stories();
    for (number, (tier, days, acts)) in (0..).zip(&stories) {
        let (mut one, joined) = (Invented::new(number, currency, now), on.plus(-days));
        let terms = tiers.iter().find(|known| known.id.0 == *tier).map(Tier::terms);
        if let Some(terms) = terms {
            one.does(joined, &Command::Subscribe { terms });
        }
        for (ago, command) in acts {
            one.buys(on.plus(-ago - 1), &rule);
            one.does(on.plus(-ago), command);
        }
        // The third pauses until a day to come.
        if number == 2 {
            one.does(on.plus(-2), &Command::Pause { until: on.plus(19) });
        }
        one.events.extend(one.life.left.settle(on));
        made.push(one.change(engine, currency, joined)?);
    }
    let first = u64::try_from(stories.len()).unwrap_or(0);
    for number in first..first + CHANCED {
        let mut one = Invented::new(number, currency, now);
        // More join as the months go by.
        let ago = one.chance.among(0, DAYS).min(one.chance.among(0, DAYS));
        let joined = on.plus(-ago);
        let at = [0, 0, 0, 1, 1, 2][one.chance.below(6)];
        if let Some(tier) = tiers.iter().filter(|tier| tier.period == Period::Month).nth(at) {
            one.does(joined, &Command::Subscribe { terms: tier.terms() });
        }
        for day in 1..=ago {
            one.lives(joined.plus(day), tiers, &rule);
        }
        made.push(one.change(engine, currency, joined)?);
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use crate::{Engine, EngineOptions, SecretsMode};
    use backroom_secrets::InMemory;
    use serde_json::{Value, json};
    use std::sync::Arc;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_demonstration_has_somebody_in_each_state_and_its_bridges_close() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = SecretsMode::Memory(Arc::new(InMemory::new()));
        let options = EngineOptions { data_dir: folder.path().to_path_buf(), secrets, demo: true };
        let engine = Engine::open(options.clone()).await.unwrap();
        for status in ["active", "grace", "paused", "cancelled", "expired", "late"] {
            let some = engine.call("members", json!({ "status": status })).await.unwrap();
            assert!(!some.as_array().unwrap().is_empty(), "nobody is {status}");
        }
        let today = engine.call("member_statistics", json!({})).await.unwrap()["to"].as_str().unwrap().to_owned();
        let year = format!("{}{}", today[..4].parse::<i32>().unwrap() - 1, &today[4..].replace("-02-29", "-02-28"));
        let figures = engine.call("member_statistics", json!({ "from": year })).await.unwrap();
        let of = |value: &Value, names: &[&str]| names.iter().map(|n| value[*n].as_i64().unwrap()).sum::<i64>();
        assert_eq!(
            of(&figures, &["opening", "new", "imported", "returned"]) - of(&figures, &["cancelled", "expired"]),
            of(&figures, &["closing"]),
            "{figures}"
        );
        assert!(of(&figures, &["closing"]) > 40 && figures["cohorts"].as_array().unwrap().len() > 12, "{figures}");
        let found = engine.call("member_find", json!({ "text": "ada ex" })).await.unwrap();
        assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
        drop(engine);
        let again = Engine::open(options).await.unwrap();
        let found = again.call("member_find", json!({ "text": "ada ex" })).await.unwrap();
        assert_eq!(found.as_array().unwrap().len(), 1, "nobody is invented twice: {found}");
    }
}
