//! Raffles: rules, entries, the sealed list, the draw and its proof.
//!
//! Pure: no I/O, no clock, no randomness of its own. Times, keys and secrets are handed in; what comes out is data.
//!
//! The way of a raffle: [`Rules`] are checked ([`validate()`]) and warned about ([`warnings`]), frozen and hashed when it opens;
//! [`decide()`] answers a [`Command`] with the [`Event`]s that follow or a [`Refusal`] in words, and [`Raffle`] is what the events add
//! up to. After closing, the list of entries is sealed ([`SealedList`], [`Seal`]), then drawn ([`draw()`]), and everything that a
//! stranger needs to check it is put into a signed [`Certificate`].
//!
//! # Invariants
//!
//! - An entry has no weight: the free one and any other are one line of the same list, under the same limits.
//! - What is drawn follows from the seal, the secret committed to and the beacon's randomness alone; whoever has the certificate can
//!   repeat it. `FORMAT.md` beside this crate is precise enough to do so in another language, and tests hold three programs to it.
//! - Nothing is taken back: a void, a forfeit and a second draw are further events with a reason.
//! - No name, number or address is in here: people are keyed hashes, of which each raffle has its own.

mod beacon;
mod canonical;
mod certificate;
mod command;
mod decide;
mod draw;
mod entry;
mod event;
mod hash;
mod merkle;
mod paper;
mod pdf;
mod raffle;
mod refusal;
mod rules;
mod seal;
mod slip;
mod statistics;
mod validate;
mod verify;
mod warning;
mod wire;

pub use beacon::{BadRound, BeaconPlan, BeaconRound, QUICKNET, Quicknet};
pub use canonical::{NotCanonical, canonical};
pub use certificate::{BadKey, Body, Certificate, CertificateKey, NoCertificate};
pub use command::{Brought, Command, Confirmed, EntryRequest, SealRequest};
pub use decide::decide;
pub use draw::{DrawSecret, Drawn, Lot, Outcome, Stream, draw, seed};
pub use entry::{Channel, DeviceId, Entry, EntryId, HouseholdKey, IdError, PersonKey, PersonSecret};
pub use event::{Event, ForfeitReason, Refund, VoidReason};
pub use hash::{Digest, Hex, HexError, PublicKey};
pub use merkle::{Proof, Side, Step as ProofStep};
pub use paper::{Paper, PaperLine};
pub use pdf::pdf;
pub use raffle::{Act, Award, AwardState, BadHistory, Drawing, Held, Opening, Phase, Raffle};
pub use refusal::{Limit, Refusal};
pub use rules::{
    Amount, CHANGEABLE_AFTER_OPENING, Eligibility, FreeEntry, LegalBasis, Limits, NameError, Notice, PaidEntry, Prize,
    PrizeId, PurchaseEntry, RaffleId, Rules, Sponsor, UnitId,
};
pub use seal::{Earlier, LeftOut, LeftOutReason, Seal, SealedList, TicketProof};
pub use slip::Slip;
pub use statistics::Statistics;
pub use validate::{Problem, validate};
pub use verify::{Check, Checked, Expected, Stands, Verification, verify, verify_ticket};
pub use warning::{Severity, TABLE_VERSION, Threshold, Warning, WarningCode, thresholds, warnings};

/// The page that checks a certificate in any browser without a network: one file, to be handed out beside the certificate.
pub const VERIFIER_HTML: &str = include_str!("verifier.html");
