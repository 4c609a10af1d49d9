//! What a raffle promises: written once, frozen and hashed when it opens.

use crate::canonical::{NotCanonical, canonical};
use crate::hash::{Digest, tagged};
use crate::wire::{as_text, nullable};
use backroom_core::{Currency, DayRule, Money, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What may still be changed after opening: members of [`Notice`]. Nothing of [`Rules`] may.
pub const CHANGEABLE_AFTER_OPENING: &[&str] = &["headline", "description", "contact"];

/// Why a text is no name of a raffle, a prize or a piece of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a name of {0}")]
pub struct NameError(&'static str);

/// A raffle's name: lower-case letters, digits and dashes, at most 64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RaffleId(String);

/// A prize's name within its raffle: lower-case letters and digits, at most 16.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrizeId(String);

/// One piece of a prize, such as `p1/2`: the second of the prize `p1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId {
    prize: PrizeId,
    number: u32,
}

as_text!(RaffleId, PrizeId, UnitId);

fn plain(text: &str, longest: usize, more: &[u8]) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || more.contains(&b);
    (1..=longest).contains(&text.len()) && text.bytes().all(fits)
}

impl FromStr for RaffleId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if plain(text, 64, b"-") { Ok(Self(text.to_owned())) } else { Err(NameError("a raffle")) }
    }
}

impl FromStr for PrizeId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if plain(text, 16, b"") { Ok(Self(text.to_owned())) } else { Err(NameError("a prize")) }
    }
}

impl UnitId {
    /// The `number`th piece of `prize`, counted from 1.
    pub fn new(prize: PrizeId, number: u32) -> Self {
        Self { prize, number }
    }

    /// The prize that it is a piece of.
    pub fn prize(&self) -> &PrizeId {
        &self.prize
    }

    /// Which piece of it, counted from 1.
    pub fn number(&self) -> u32 {
        self.number
    }
}

impl FromStr for UnitId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let wrong = NameError("a piece of a prize");
        let (prize, digits) = text.split_once('/').ok_or_else(|| wrong.clone())?;
        let prize = prize.parse().map_err(|_| wrong.clone())?;
        match digits.parse::<u32>() {
            // Written back, so that 01 and +1 are not further names of the same piece.
            Ok(number) if (1..=999_999).contains(&number) && number.to_string() == digits => Ok(Self { prize, number }),
            _ => Err(wrong),
        }
    }
}

impl fmt::Display for RaffleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PrizeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.prize, self.number)
    }
}

/// An amount of money as it stands in the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// Minor units (cents for USD); never below zero.
    pub minor: u64,
    /// The currency's code, such as `USD`.
    pub currency: String,
}

impl Amount {
    /// As the engine's money; none where the code is no currency or the amount too large.
    pub fn money(&self) -> Option<Money> {
        let currency = Currency::parse(&self.currency).ok().filter(|c| c.code() == self.currency)?;
        Some(Money::new(i64::try_from(self.minor).ok()?, currency))
    }
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { minor: u64::try_from(money.minor).unwrap_or(0), currency: money.currency.code().to_owned() }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.money() {
            Some(money) => write!(f, "{} {}", money.to_major(), self.currency),
            None => write!(f, "{} {}", self.minor, self.currency),
        }
    }
}

/// Who holds the raffle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sponsor {
    /// The name under which it trades.
    pub name: String,
    /// Where it can be written to.
    pub address: String,
    /// The state it trades in, such as `TX`.
    pub state: String,
    /// Whether it works for profit. Who does may never sell the only way in.
    pub for_profit: bool,
}

/// Who may take part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eligibility {
    /// The least age in years.
    pub min_age: u32,
    /// States whose residents may take part, such as `["OK","TX"]`.
    pub states: Vec<String>,
    /// Who may not, in words: the shop's staff and their families, as a rule. Empty where nobody is left out.
    pub left_out: String,
}

/// A prize.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prize {
    /// Its name within the raffle.
    pub id: PrizeId,
    /// What it is.
    pub name: String,
    /// What one of it would cost in a shop: its approximate retail value.
    pub value: Amount,
    /// How many of it are drawn.
    pub count: u32,
    /// Whether it is tobacco or needs the same age.
    pub tobacco: bool,
}

/// The most entries that count; the same for each way in. None is no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Of one person in the whole raffle.
    #[serde(deserialize_with = "nullable")]
    pub per_person: Option<u32>,
    /// Of one person on one day of the raffle's zone, midnight to midnight.
    #[serde(deserialize_with = "nullable")]
    pub per_person_per_day: Option<u32>,
    /// Of all people of one household in the whole raffle.
    #[serde(deserialize_with = "nullable")]
    pub per_household: Option<u32>,
}

/// The way in without a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreeEntry {
    /// Whether it can be had at the counter.
    pub at_counter: bool,
    /// Where a card can be sent.
    #[serde(deserialize_with = "nullable")]
    pub by_mail: Option<String>,
    /// What to do, in words, as it is printed.
    pub how: String,
}

/// An entry that comes with a purchase, at no price of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurchaseEntry {
    /// What to do, in words, as it is printed.
    pub how: String,
    /// Whether buying tobacco counts.
    pub tobacco: bool,
}

/// An entry that is paid for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaidEntry {
    /// The price of one.
    pub price: Amount,
    /// Why that is lawful here, recorded by the owner.
    #[serde(deserialize_with = "nullable")]
    pub legal_basis: Option<LegalBasis>,
}

/// Why entries may be sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalBasis {
    /// The law, in words: act and section.
    pub law: String,
    /// The licence's or permit's number; empty where the law asks for none.
    pub permit: String,
    /// When the owner recorded it.
    #[serde(with = "crate::wire::time")]
    pub recorded_at: Timestamp,
}

/// A raffle's rules. Frozen at opening: from then on their hash stands on every slip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The raffle's name; no other raffle of any device has it.
    pub id: RaffleId,
    /// What it is called.
    pub title: String,
    /// Who holds it.
    pub sponsor: Sponsor,
    /// From when entries are taken.
    #[serde(with = "crate::wire::time")]
    pub opens_at: Timestamp,
    /// The first instant at which none is taken any more.
    #[serde(with = "crate::wire::time")]
    pub closes_at: Timestamp,
    /// The IANA zone in which its days are counted and its times printed.
    pub zone: String,
    /// Who may take part.
    pub eligibility: Eligibility,
    /// The prizes; the first drawn gets the first.
    pub prizes: Vec<Prize>,
    /// What the odds depend on, in words.
    pub odds: String,
    /// The most entries that count.
    pub limits: Limits,
    /// The way in without a purchase.
    #[serde(deserialize_with = "nullable")]
    pub free_entry: Option<FreeEntry>,
    /// The way in with a purchase.
    #[serde(deserialize_with = "nullable")]
    pub purchase_entry: Option<PurchaseEntry>,
    /// The way in that is paid for.
    #[serde(deserialize_with = "nullable")]
    pub paid_entry: Option<PaidEntry>,
    /// How many alternates are drawn along with the winners.
    pub alternates: u32,
    /// Whether a person can win once at most.
    pub one_prize_per_person: bool,
    /// Days that a winner has to claim; the last one counts to its end.
    pub claim_days: u32,
    /// How to get the list of winners, in words.
    pub winners_list: String,
}

/// What is told about a raffle and promises nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// One line for a screen or a poster.
    pub headline: String,
    /// More about it.
    pub description: String,
    /// Whom to ask.
    pub contact: String,
}

impl Rules {
    /// What the odds depend on where every entry counts once.
    pub const ODDS: &'static str = "The odds depend on the number of eligible entries received. Every entry counts once, \
         however it was made.";

    /// The SHA-256 of these rules.
    ///
    /// # Errors
    ///
    /// Where a number in them is larger than 2^53 − 1.
    pub fn hash(&self) -> Result<Digest, NotCanonical> {
        Ok(tagged("backroom-raffle/rules/1", &[canonical(self)?.as_bytes()]))
    }

    /// How days are counted: from midnight to midnight in the raffle's zone; none where the zone is unknown.
    pub fn day_rule(&self) -> Option<DayRule> {
        DayRule::new(&self.zone, "00:00").ok()
    }

    /// How many pieces the prizes are together.
    pub fn unit_count(&self) -> u64 {
        self.prizes.iter().map(|prize| u64::from(prize.count)).sum()
    }

    /// Each piece of each prize, in the order in which they are drawn for; at most `most` of them.
    pub fn units(&self, most: usize) -> Vec<UnitId> {
        let each = |prize: &Prize| {
            let id = prize.id.clone();
            (1..=prize.count).map(move |number| UnitId::new(id.clone(), number))
        };
        self.prizes.iter().flat_map(each).take(most).collect()
    }

    /// The prize of a piece.
    pub fn prize(&self, unit: &UnitId) -> Option<&Prize> {
        self.prizes.iter().find(|prize| prize.id == *unit.prize() && (1..=prize.count).contains(&unit.number()))
    }

    /// What all prizes are worth together; none where they are of two currencies, or too much to count.
    pub fn total_value(&self) -> Option<Amount> {
        let currency = self.prizes.first()?.value.currency.clone();
        let minor = self.prizes.iter().try_fold(0u64, |sum, prize| {
            let same = prize.value.currency == currency;
            same.then(|| prize.value.minor.checked_mul(u64::from(prize.count))?.checked_add(sum)).flatten()
        })?;
        Some(Amount { minor, currency })
    }

    /// Names of the members in which these rules differ from `other`.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let members = |rules: &Self| match serde_json::to_value(rules) {
            Ok(serde_json::Value::Object(members)) => members,
            _ => serde_json::Map::new(),
        };
        let (ours, theirs) = (members(self), members(other));
        ours.iter().filter(|(name, value)| theirs.get(*name) != Some(value)).map(|(name, _)| name.clone()).collect()
    }
}
