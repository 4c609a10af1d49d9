//! Entries: ids that cannot collide between two PCs, people as keyed hashes, and no weight.

use crate::hash::{Hex, keyed};
use crate::rules::{Amount, RaffleId};
use crate::wire::as_text;
use backroom_core::{BusinessDay, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not twelve hexadecimal digits.
    #[error("a device is twelve digits of 0-9 and a-f")]
    Device,
    /// Not a device and a number.
    #[error("a ticket's number looks like 4f1c02ab97de-000042")]
    Entry,
    /// Not the name of a way in.
    #[error("an entry is free, purchase or paid")]
    Channel,
}

/// The PC that took an entry: the six random bytes that its data folder was made with. A restored folder gets new ones, so that a
/// counter that was set back makes no id twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(Hex<6>);

/// An entry's id: the device and a counter of that device's, such as `4f1c02ab97de-000042`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    device: DeviceId,
    counter: u32,
}

/// A person within one raffle: a keyed hash, different in every raffle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonKey(Hex<16>);

/// A household within one raffle: a keyed hash, different in every raffle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HouseholdKey(Hex<16>);

/// How an entry was made. All count the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Without a purchase.
    Free,
    /// With a purchase, at no price of its own.
    Purchase,
    /// Paid for.
    Paid,
}

as_text!(DeviceId, EntryId, PersonKey, HouseholdKey, Channel);

/// The key under which people and households are hashed. It is never shown, written to a log or put into a certificate; whoever has
/// it can try names against a published list.
pub struct PersonSecret(Zeroizing<[u8; 32]>);

impl PersonSecret {
    /// Takes a random key.
    pub fn new(key: [u8; 32]) -> Self {
        Self(Zeroizing::new(key))
    }

    /// The person known by `identity` (the member's id, or a phone number in one agreed form) in `raffle`.
    pub fn person(&self, raffle: &RaffleId, identity: &str) -> PersonKey {
        PersonKey(self.key("backroom-raffle/person/1", raffle, identity))
    }

    /// The household known by `identity` (an address in one agreed form) in `raffle`.
    pub fn household(&self, raffle: &RaffleId, identity: &str) -> HouseholdKey {
        HouseholdKey(self.key("backroom-raffle/household/1", raffle, identity))
    }

    fn key(&self, domain: &str, raffle: &RaffleId, identity: &str) -> Hex<16> {
        let raffle = raffle.to_string();
        // The raffle's name holds no zero byte, so the two parts cannot flow into each other.
        let whole = keyed(&*self.0, domain, &[raffle.as_bytes(), &[0], identity.as_bytes()]);
        let mut half = [0; 16];
        for (to, from) in half.iter_mut().zip(whole.0) {
            *to = from;
        }
        Hex(half)
    }
}

impl fmt::Debug for PersonSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonSecret")
    }
}

impl EntryId {
    /// The `counter`th entry of `device`.
    pub fn new(device: DeviceId, counter: u32) -> Self {
        Self { device, counter }
    }

    /// The device that took it.
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// Its number on that device.
    pub fn counter(&self) -> u32 {
        self.counter
    }
}

impl FromStr for DeviceId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.parse().map(Self).map_err(|_| IdError::Device)
    }
}

impl FromStr for EntryId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (device, digits) = text.split_once('-').ok_or(IdError::Entry)?;
        let device = device.parse().map_err(|_| IdError::Entry)?;
        let counter = digits.parse().map_err(|_| IdError::Entry)?;
        let id = Self { device, counter };
        // One text for one id: neither 42 nor 0000042 is the ticket 000042.
        if id.to_string() == text { Ok(id) } else { Err(IdError::Entry) }
    }
}

impl FromStr for PersonKey {
    type Err = crate::hash::HexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl FromStr for HouseholdKey {
    type Err = crate::hash::HexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl FromStr for Channel {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match text {
            "free" => Ok(Self::Free),
            "purchase" => Ok(Self::Purchase),
            "paid" => Ok(Self::Paid),
            _ => Err(IdError::Channel),
        }
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:06}", self.device, self.counter)
    }
}

impl fmt::Display for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for HouseholdKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Free => "free",
            Self::Purchase => "purchase",
            Self::Paid => "paid",
        })
    }
}

/// One entry. There is no weight: one entry is one line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its id, which is the ticket's number.
    pub id: EntryId,
    /// When it was made.
    #[serde(with = "crate::wire::time")]
    pub at: Timestamp,
    /// The day of the raffle's zone on which it was made, decided once.
    #[serde(with = "crate::wire::day")]
    pub day: BusinessDay,
    /// How it was made.
    pub channel: Channel,
    /// Whose it is.
    pub person: PersonKey,
    /// Whose household it is of, where one was given.
    pub household: Option<HouseholdKey>,
    /// What was paid for it; none unless it is a paid one.
    pub paid: Option<Amount>,
    /// The receipt that it belongs to; empty for a free one. Stays on this PC: it is in no list and no certificate.
    pub receipt: String,
}
