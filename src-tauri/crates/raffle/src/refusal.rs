//! What a raffle does not do, in words: what is in the way, and what to press.

use crate::beacon::BadRound;
use crate::entry::{Channel, EntryId};
use crate::rules::UnitId;
use crate::validate::Problem;
use crate::warning::Warning;
use backroom_core::Timestamp;

/// Which limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Of a person.
    Person,
    /// Of a person on a day.
    PersonPerDay,
    /// Of a household.
    Household,
}

/// Why a command is not done. Nothing was changed by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no raffle.
    #[error("There is no such raffle.")]
    NoRaffle,
    /// There is one of that name already.
    #[error("A raffle of this name is there already.")]
    NameTaken,
    /// The rules cannot be opened as they are.
    #[error("The rules have {} gaps. The first: {}", .0.len(), .0.first().map_or_else(String::new, ToString::to_string))]
    Invalid(Vec<Problem>),
    /// The rules hold a number that has no exact form.
    #[error("A number in the rules is too large.")]
    NumberTooLarge,
    /// The owner has not read every warning.
    #[error("{} warnings are not acknowledged. The first: {}", .0.len(), .0.first().map_or("", |w| &w.words))]
    Unacknowledged(Vec<Warning>),
    /// The rules are frozen.
    #[error("The rules are frozen since the opening: {} cannot change any more.", .fields.join(", "))]
    Frozen {
        /// The members that would change.
        fields: Vec<String>,
    },
    /// It is open already.
    #[error("The raffle is open already.")]
    AlreadyOpen,
    /// It has not been opened.
    #[error("The raffle is a draft.")]
    NotOpened,
    /// Its time to open is still to come.
    #[error("Entries are taken from {opens_at}.")]
    NotYet {
        /// From when.
        opens_at: Timestamp,
    },
    /// Its time is over.
    #[error("Entries were taken until {closes_at}.")]
    Over {
        /// Until when.
        closes_at: Timestamp,
    },
    /// It was closed.
    #[error("The raffle is closed.")]
    Closed,
    /// It was called off.
    #[error("The raffle was called off at {at}.")]
    Cancelled {
        /// When.
        at: Timestamp,
    },
    /// It must first be closed.
    #[error("Entries are taken until {closes_at}. Until then it stays open, as its rules promise.")]
    NotYetOver {
        /// Until when.
        closes_at: Timestamp,
    },
    /// That way in is not offered.
    #[error("This raffle has no {channel} entry.")]
    NotOffered {
        /// Which way.
        channel: Channel,
    },
    /// Nobody has looked whether the person may take part.
    #[error("Nobody has confirmed that this person may take part.")]
    NotConfirmed,
    /// The ticket's number is in use.
    #[error("The ticket {entry} is there already.")]
    TicketTaken {
        /// Which.
        entry: EntryId,
    },
    /// An entry of another PC does not fit the rules.
    #[error("The ticket {entry} of the other PC does not fit the rules: its time, its day or its way in.")]
    DoesNotFit {
        /// Which.
        entry: EntryId,
    },
    /// A limit is reached.
    #[error("{}", limit_words(*.limit, *.most))]
    LimitReached {
        /// Which.
        limit: Limit,
        /// How many entries it allows.
        most: u32,
    },
    /// There is no such ticket.
    #[error("There is no ticket {entry} in this raffle.")]
    NoTicket {
        /// Which.
        entry: EntryId,
    },
    /// It is void already.
    #[error("The ticket {entry} is void already.")]
    AlreadyVoid {
        /// Which.
        entry: EntryId,
    },
    /// The list is sealed.
    #[error("The list was sealed at {at} and cannot change any more.")]
    ListSealed {
        /// When.
        at: Timestamp,
    },
    /// A further act needs a reason.
    #[error("There was a seal before. A further one needs a reason, which will stand in the certificate.")]
    NeedsReason,
    /// The secret is another than the slips say.
    #[error(
        "This is not the commitment that is printed on the slips. Another one needs a reason, which will stand in the certificate."
    )]
    CommitmentChanged,
    /// The secret is known to everybody.
    #[error("This secret was revealed in an earlier draw. A further draw needs a new one.")]
    SecretUsed,
    /// The round is over, or too near.
    #[error("The beacon's round must be at least a minute ahead of {at}.")]
    RoundTooNear {
        /// Of when.
        at: Timestamp,
    },
    /// There is nothing to draw for.
    #[error("Every prize has its winner. There is nothing to draw for.")]
    NothingToDraw,
    /// There is no such piece of a prize, or it was named twice.
    #[error("There is no prize {unit} to draw for.")]
    NoUnit {
        /// Which.
        unit: UnitId,
    },
    /// Its winner has it.
    #[error("The prize {unit} was handed out. It cannot be drawn for or taken back.")]
    HandedOut {
        /// Which.
        unit: UnitId,
    },
    /// Nobody is in the list.
    #[error("No entry counts. There is nobody to draw from.")]
    NobodyIn,
    /// There is no seal to draw from.
    #[error("The list is not sealed.")]
    NotSealed,
    /// It was drawn.
    #[error("Act {act} was drawn at {at}. What was drawn stays.")]
    AlreadyDrawn {
        /// Which act.
        act: u32,
        /// When.
        at: Timestamp,
    },
    /// The secret is another one.
    #[error("This secret is not the one that the seal commits to.")]
    WrongSecret,
    /// The round is still to come.
    #[error("The seal waits for the beacon's round of {round_at}.")]
    TooEarly {
        /// When it is made.
        round_at: Timestamp,
    },
    /// The beacon's answer is missing.
    #[error("The seal names a round of the beacon, and its answer is not here.")]
    NoBeacon,
    /// The seal names no round.
    #[error("The seal names no round of the beacon, so none may decide.")]
    BeaconNotNamed,
    /// The beacon's answer does not hold.
    #[error("The beacon's answer is not used: {0}.")]
    BadBeacon(BadRound),
    /// Nothing was drawn.
    #[error("Nothing was drawn yet.")]
    NotDrawn,
    /// Another entry won it.
    #[error("The ticket {entry} did not win the prize {unit}.")]
    NotTheWinner {
        /// Which piece.
        unit: UnitId,
        /// Which ticket.
        entry: EntryId,
    },
    /// Nobody holds it.
    #[error("Nobody holds the prize {unit}.")]
    NobodyHolds {
        /// Which piece.
        unit: UnitId,
    },
    /// The time to claim is over.
    #[error("The prize {unit} could be claimed until {until}.")]
    ClaimOver {
        /// Which piece.
        unit: UnitId,
        /// Until when.
        until: Timestamp,
    },
    /// The time to claim is not over.
    #[error("The winner has until {until} to claim the prize {unit}.")]
    ClaimOpen {
        /// Which piece.
        unit: UnitId,
        /// Until when.
        until: Timestamp,
    },
    /// Winners are known.
    #[error("Winners were drawn. A raffle with winners cannot be called off.")]
    HasWinners,
    /// Nothing is owed.
    #[error("Nothing is owed for the ticket {entry}.")]
    NothingOwed {
        /// Which.
        entry: EntryId,
    },
    /// The PC's clock is behind what was recorded.
    #[error("The PC's clock says {at}, but something here was recorded at {last}.")]
    ClockBack {
        /// What the clock says.
        at: Timestamp,
        /// The latest that was recorded.
        last: Timestamp,
    },
    /// What is kept of this raffle contradicts itself.
    #[error("What is kept of this raffle contradicts itself.")]
    Damaged,
}

fn limit_words(limit: Limit, most: u32) -> String {
    let entries = if most == 1 { "entry" } else { "entries" };
    match limit {
        Limit::Person => format!("This person has the {most} {entries} that count, whichever way they were made."),
        Limit::PersonPerDay => format!("This person has today's {most} {entries}. The next can be made tomorrow."),
        Limit::Household => format!("This household has the {most} {entries} that count."),
    }
}

impl Refusal {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRaffle => "RAFFLE_UNKNOWN",
            Self::NameTaken => "RAFFLE_NAME_TAKEN",
            Self::Invalid(_) => "RAFFLE_INVALID",
            Self::NumberTooLarge => "RAFFLE_NUMBER_TOO_LARGE",
            Self::Unacknowledged(_) => "RAFFLE_UNACKNOWLEDGED",
            Self::Frozen { .. } => "RAFFLE_FROZEN",
            Self::AlreadyOpen => "RAFFLE_ALREADY_OPEN",
            Self::NotOpened => "RAFFLE_NOT_OPENED",
            Self::NotYet { .. } => "RAFFLE_NOT_YET",
            Self::Over { .. } => "RAFFLE_OVER",
            Self::Closed => "RAFFLE_CLOSED",
            Self::Cancelled { .. } => "RAFFLE_CANCELLED",
            Self::NotYetOver { .. } => "RAFFLE_NOT_YET_OVER",
            Self::NotOffered { .. } => "RAFFLE_NOT_OFFERED",
            Self::NotConfirmed => "RAFFLE_NOT_CONFIRMED",
            Self::TicketTaken { .. } => "RAFFLE_TICKET_TAKEN",
            Self::DoesNotFit { .. } => "RAFFLE_DOES_NOT_FIT",
            Self::LimitReached { .. } => "RAFFLE_LIMIT_REACHED",
            Self::NoTicket { .. } => "RAFFLE_NO_TICKET",
            Self::AlreadyVoid { .. } => "RAFFLE_ALREADY_VOID",
            Self::ListSealed { .. } => "RAFFLE_LIST_SEALED",
            Self::NeedsReason => "RAFFLE_NEEDS_REASON",
            Self::CommitmentChanged => "RAFFLE_COMMITMENT_CHANGED",
            Self::SecretUsed => "RAFFLE_SECRET_USED",
            Self::RoundTooNear { .. } => "RAFFLE_ROUND_TOO_NEAR",
            Self::NothingToDraw => "RAFFLE_NOTHING_TO_DRAW",
            Self::NoUnit { .. } => "RAFFLE_NO_UNIT",
            Self::HandedOut { .. } => "RAFFLE_HANDED_OUT",
            Self::NobodyIn => "RAFFLE_NOBODY_IN",
            Self::NotSealed => "RAFFLE_NOT_SEALED",
            Self::AlreadyDrawn { .. } => "RAFFLE_ALREADY_DRAWN",
            Self::WrongSecret => "RAFFLE_WRONG_SECRET",
            Self::TooEarly { .. } => "RAFFLE_TOO_EARLY",
            Self::NoBeacon => "RAFFLE_NO_BEACON",
            Self::BeaconNotNamed => "RAFFLE_BEACON_NOT_NAMED",
            Self::BadBeacon(_) => "RAFFLE_BAD_BEACON",
            Self::NotDrawn => "RAFFLE_NOT_DRAWN",
            Self::NotTheWinner { .. } => "RAFFLE_NOT_THE_WINNER",
            Self::NobodyHolds { .. } => "RAFFLE_NOBODY_HOLDS",
            Self::ClaimOver { .. } => "RAFFLE_CLAIM_OVER",
            Self::ClaimOpen { .. } => "RAFFLE_CLAIM_OPEN",
            Self::HasWinners => "RAFFLE_HAS_WINNERS",
            Self::NothingOwed { .. } => "RAFFLE_NOTHING_OWED",
            Self::ClockBack { .. } => "RAFFLE_CLOCK_BACK",
            Self::Damaged => "RAFFLE_DAMAGED",
        }
    }

    /// What the person can do; empty where there is nothing to do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "Fill the gaps and open it again.",
            Self::NumberTooLarge => "Correct the number.",
            Self::Unacknowledged(_) => "The owner reads them and confirms each.",
            Self::Frozen { .. } => {
                "Headline, description and contact may still change. For other rules, cancel this raffle and make a new one."
            }
            Self::NotOpened => "Open it first.",
            Self::Over { .. } => "Close it and draw.",
            Self::NotOffered { .. } => "Use the free entry.",
            Self::NotConfirmed => "Check the age and the residence, then confirm.",
            Self::TicketTaken { .. } => "Press again for the next number.",
            Self::NoTicket { .. } => "Compare the number with the slip.",
            Self::ListSealed { .. } => "After the draw, a winner who may not take part forfeits the prize.",
            Self::NeedsReason | Self::CommitmentChanged => "Write the reason.",
            Self::SecretUsed => "Make a new secret.",
            Self::RoundTooNear { .. } => "Name a later round.",
            Self::NothingToDraw => "To draw again for a prize, its winner must forfeit it first.",
            Self::HandedOut { .. } | Self::HasWinners => "",
            Self::NotSealed => "Close it and seal the list.",
            Self::AlreadyDrawn { .. } => "To draw for what is left, seal a further act and give its reason.",
            Self::WrongSecret => {
                "Use the PC on which the raffle was opened. If its secret is lost, seal a further act and say so."
            }
            Self::TooEarly { .. } => "Wait until then.",
            Self::NoBeacon => "Connect to the network and draw again. The sealed list waits.",
            Self::BadBeacon(_) => "Fetch the round from another server.",
            Self::ClaimOver { .. } => "Forfeit the prize; an alternate moves up.",
            Self::ClaimOpen { .. } => "Wait until then, or record that the winner declined.",
            Self::ClockBack { .. } => "Set the PC's clock and try again. Nothing was lost.",
            Self::Damaged => "Restore a backup, or ask for help. Nothing was changed.",
            Self::NoRaffle
            | Self::NameTaken
            | Self::AlreadyOpen
            | Self::NotYet { .. }
            | Self::Closed
            | Self::Cancelled { .. }
            | Self::NotYetOver { .. }
            | Self::DoesNotFit { .. }
            | Self::LimitReached { .. }
            | Self::AlreadyVoid { .. }
            | Self::NoUnit { .. }
            | Self::NobodyIn
            | Self::BeaconNotNamed
            | Self::NotDrawn
            | Self::NotTheWinner { .. }
            | Self::NobodyHolds { .. }
            | Self::NothingOwed { .. } => "",
        }
    }
}
