//! The draw: a seed from what was sealed and revealed, an unbiased stream of numbers, and a shuffle that stops when the places are
//! filled.

use crate::beacon::BeaconRound;
use crate::entry::{EntryId, PersonKey};
use crate::hash::{Digest, Hex, keyed, tagged};
use crate::rules::UnitId;
use crate::wire::nullable;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt;
use zeroize::Zeroizing;

/// The secret that the shop commits to before the list is known, and reveals with the draw.
pub struct DrawSecret(Zeroizing<[u8; 32]>);

impl DrawSecret {
    /// Takes 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// What is published beforehand: it fixes the secret and tells nothing of it.
    pub fn commitment(&self) -> Digest {
        commitment_of(&Hex(*self.0))
    }

    /// The secret, for everybody. After this it is none.
    pub fn reveal(&self) -> Hex<32> {
        Hex(*self.0)
    }
}

impl fmt::Debug for DrawSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DrawSecret")
    }
}

/// The commitment to a secret.
pub(crate) fn commitment_of(secret: &Hex<32>) -> Digest {
    tagged("backroom-raffle/commitment/1", &[secret.bytes()])
}

/// The seed of a draw: HMAC-SHA-256 under the revealed secret over the hashes of the seal and of its list, and the beacon's
/// randomness where the seal named a round.
pub fn seed(secret: &Hex<32>, seal_hash: &Digest, list_hash: &Digest, beacon: Option<&BeaconRound>) -> Digest {
    let randomness: &[u8] = beacon.map_or(&[], |round| round.randomness.bytes());
    keyed(secret.bytes(), "backroom-raffle/seed/1", &[seal_hash.bytes(), list_hash.bytes(), randomness])
}

/// Numbers from a seed: the first eight bytes of SHA-256 over the seed and a counter, one block a number.
#[derive(Debug, Clone)]
pub struct Stream {
    seed: Digest,
    block: u64,
}

impl Stream {
    /// The stream of `seed`, from its beginning.
    pub fn new(seed: Digest) -> Self {
        Self { seed, block: 0 }
    }

    /// The next 64 bits.
    pub fn next_bits(&mut self) -> u64 {
        let block = tagged("backroom-raffle/stream/1", &[self.seed.bytes(), &self.block.to_be_bytes()]);
        self.block += 1;
        block.0.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// A number below `bound`, each as likely as any other; 0 where `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // 2^64 mod bound: the numbers at the top that would come once more often than the others are thrown away.
        let uneven = (u64::MAX % bound + 1) % bound;
        loop {
            let bits = self.next_bits();
            if bits <= u64::MAX - uneven {
                return bits % bound;
            }
        }
    }
}

/// An entry as the draw sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot {
    /// The entry.
    pub entry: EntryId,
    /// Whose it is.
    pub person: PersonKey,
}

/// What became of a drawn entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It wins a piece.
    Winner,
    /// It waits for a piece that is forfeited.
    Alternate,
    /// Its person has a place already.
    PassedOver,
}

/// One drawn entry, in the order of drawing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    /// The entry.
    pub entry: EntryId,
    /// What became of it.
    pub outcome: Outcome,
    /// The piece that it wins; none unless it wins.
    #[serde(deserialize_with = "nullable")]
    pub unit: Option<UnitId>,
    /// Its place among the alternates, from 1; none unless it is one.
    #[serde(deserialize_with = "nullable")]
    pub place: Option<u32>,
}

/// Draws winners for `units`, in their order, and then `alternates` alternates from `lots`, without putting any back. With
/// `one_prize_per_person` an entry whose person has a place is passed over. Ends when every place is filled or no entry is left.
pub fn draw(seed: &Digest, lots: &[Lot], units: &[UnitId], alternates: u32, one_prize_per_person: bool) -> Vec<Drawn> {
    let mut stream = Stream::new(*seed);
    let mut order: Vec<Lot> = lots.to_vec();
    let mut placed = HashSet::new();
    let mut waiting = units.iter();
    let mut next_unit = waiting.next();
    let mut place = 0;
    let mut drawn = Vec::new();
    for step in 0..order.len() {
        if next_unit.is_none() && place == alternates {
            break;
        }
        let left = (order.len() - step) as u64;
        let chosen = step + usize::try_from(stream.below(left)).unwrap_or(0);
        order.swap(step, chosen);
        let Some(Lot { entry, person }) = order.get(step).copied() else { break };
        let result = |outcome, unit, place| Drawn { entry, outcome, unit, place };
        drawn.push(if one_prize_per_person && !placed.insert(person) {
            result(Outcome::PassedOver, None, None)
        } else if let Some(unit) = next_unit {
            next_unit = waiting.next();
            result(Outcome::Winner, Some(unit.clone()), None)
        } else {
            place += 1;
            result(Outcome::Alternate, None, Some(place))
        });
    }
    drawn
}
