//! What is wrong with rules: each with its field and words for the person who writes them.

use crate::rules::{Amount, Rules};
use std::collections::BTreeSet;

/// More pieces than a shop gives away; keeps what is drawn within memory.
pub(crate) const MOST_UNITS: u64 = 1_000;
/// More alternates than anybody would call.
pub(crate) const MOST_ALTERNATES: u32 = 1_000;
/// The longest text in rules, in bytes.
const LONGEST_TEXT: usize = 4_000;
/// Below this nobody may take part: who is younger cannot agree to rules.
const LEAST_AGE: u32 = 18;
/// The age for tobacco in every state.
const TOBACCO_AGE: u32 = 21;
/// The largest amount that every reader of JSON takes exactly.
const LARGEST_AMOUNT: u64 = (1 << 53) - 1;
/// Longer than any raffle at a counter.
const LONGEST_DAYS: i64 = 366;

/// Something that keeps rules from opening.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A text that must be there is empty.
    #[error("Write {what}.")]
    Missing {
        /// The member of the rules.
        field: &'static str,
        /// What it is, in words.
        what: &'static str,
    },
    /// A text is too long to be printed.
    #[error("This text is longer than {most} bytes. Shorten it.")]
    TooLong {
        /// The member of the rules.
        field: &'static str,
        /// The most that fits.
        most: usize,
    },
    /// It would close before it opens.
    #[error("It closes before it opens. Set the closing after the opening.")]
    EndsBeforeItBegins,
    /// It would be open for more than a year.
    #[error("It is open for more than {LONGEST_DAYS} days. Check the year of the dates.")]
    TooLongOpen,
    /// The zone is not in the IANA database.
    #[error("The time zone is unknown. Use an IANA name such as America/Chicago.")]
    BadZone,
    /// The least age is no age at which somebody can agree to rules.
    #[error("The least age is between {LEAST_AGE} and 99.")]
    BadAge,
    /// A tobacco prize with an age below 21.
    #[error("A prize is tobacco: the least age must be {TOBACCO_AGE}.")]
    AgeBelowTobacco,
    /// A state is not two upper-case letters, or named twice.
    #[error("{state:?} is not the code of a state, or is named twice. Write each once, such as TX.")]
    BadState {
        /// What stands there.
        state: String,
    },
    /// The sponsor's state is not two upper-case letters.
    #[error("Write the code of the state that the shop trades in, such as TX.")]
    BadHome,
    /// Nothing can be won.
    #[error("There is no prize. Add one.")]
    NoPrize,
    /// Two prizes share a name.
    #[error("Two prizes are both called {id}. Give each its own name.")]
    PrizeTwice {
        /// The name.
        id: String,
    },
    /// A prize without a value, or of none.
    #[error("The prize {id} needs a value above zero in a currency such as USD.")]
    BadValue {
        /// The prize.
        id: String,
    },
    /// None of a prize is given away, or too many.
    #[error("Prizes are counted from 1 to {MOST_UNITS} altogether.")]
    BadCount,
    /// Prizes of two currencies cannot be added up.
    #[error("The prizes are valued in different currencies. Use one.")]
    TwoCurrencies,
    /// A limit of nothing.
    #[error("A limit is at least 1; leave it empty for none.")]
    BadLimit {
        /// The member of the limits.
        field: &'static str,
    },
    /// There is no way in.
    #[error("There is no way to take part. Offer the free entry.")]
    NoWayIn,
    /// Entries with a purchase and none without.
    #[error("Who buys gets an entry, and nobody gets one without buying: that is a lottery. Offer the free entry.")]
    NoFreeEntry,
    /// The free entry is not where the purchase is.
    #[error("The free entry must be at the counter too, beside the one with a purchase.")]
    FreeNotAtCounter,
    /// A shop for profit sells the only way in.
    #[error("A shop that works for profit may not sell the only way in. Offer the free entry, or take away the price.")]
    PaidOnlyForProfit,
    /// Entries are sold and nobody recorded why that is lawful.
    #[error(
        "Entries cost money and no legal basis is recorded. The owner records the law and the permit, or takes away the price."
    )]
    NoLegalBasis,
    /// The price of an entry is no amount.
    #[error("The price of an entry is an amount above zero in a currency such as USD.")]
    BadPrice,
    /// More alternates than are ever called.
    #[error("Between 0 and {MOST_ALTERNATES} alternates can be drawn.")]
    TooManyAlternates,
    /// No time to claim, or a whole year.
    #[error("Winners have between 1 and 365 days to claim.")]
    BadClaimDays,
}

impl Problem {
    /// The member of the rules that it is about, such as `limits.per_person`.
    pub fn field(&self) -> &str {
        match self {
            Self::Missing { field, .. } | Self::TooLong { field, .. } | Self::BadLimit { field } => field,
            Self::EndsBeforeItBegins | Self::TooLongOpen => "closes_at",
            Self::BadZone => "zone",
            Self::BadAge | Self::AgeBelowTobacco => "eligibility.min_age",
            Self::BadState { .. } => "eligibility.states",
            Self::BadHome => "sponsor.state",
            Self::NoPrize | Self::PrizeTwice { .. } | Self::BadValue { .. } | Self::BadCount | Self::TwoCurrencies => {
                "prizes"
            }
            Self::NoWayIn | Self::NoFreeEntry | Self::FreeNotAtCounter => "free_entry",
            Self::PaidOnlyForProfit | Self::BadPrice => "paid_entry",
            Self::NoLegalBasis => "paid_entry.legal_basis",
            Self::TooManyAlternates => "alternates",
            Self::BadClaimDays => "claim_days",
        }
    }
}

/// Everything that keeps `rules` from opening; empty where they may.
pub fn validate(rules: &Rules) -> Vec<Problem> {
    let mut problems = Vec::new();
    texts(rules, &mut problems);
    times(rules, &mut problems);
    people(rules, &mut problems);
    prizes(rules, &mut problems);
    limits(rules, &mut problems);
    ways_in(rules, &mut problems);
    problems
}

fn texts(rules: &Rules, problems: &mut Vec<Problem>) {
    let free = rules.free_entry.as_ref();
    let mut needed = vec![
        ("title", "what the raffle is called", rules.title.as_str()),
        ("sponsor.name", "the name of the shop that holds it", &rules.sponsor.name),
        ("sponsor.address", "the address of the shop that holds it", &rules.sponsor.address),
        ("odds", "what the odds depend on", &rules.odds),
        ("winners_list", "how to get the list of winners", &rules.winners_list),
    ];
    needed.extend(free.map(|f| ("free_entry.how", "how to enter without buying", f.how.as_str())));
    needed.extend(free.and_then(|f| f.by_mail.as_deref()).map(|m| ("free_entry.by_mail", "where to send the card", m)));
    needed
        .extend(rules.purchase_entry.as_ref().map(|p| ("purchase_entry.how", "which purchase counts", p.how.as_str())));
    needed.extend(rules.prizes.iter().map(|p| ("prizes", "what each prize is", p.name.as_str())));
    problems.extend(
        needed
            .iter()
            .filter(|(_, _, text)| text.trim().is_empty())
            .map(|(field, what, _)| Problem::Missing { field, what }),
    );
    needed.push(("eligibility.left_out", "", &rules.eligibility.left_out));
    let too_long = needed.iter().filter(|(_, _, text)| text.len() > LONGEST_TEXT);
    problems.extend(too_long.map(|(field, _, _)| Problem::TooLong { field, most: LONGEST_TEXT }));
}

fn times(rules: &Rules, problems: &mut Vec<Problem>) {
    let open = rules.closes_at.seconds_since(rules.opens_at);
    if open <= 0 {
        problems.push(Problem::EndsBeforeItBegins);
    } else if open > LONGEST_DAYS * 86_400 {
        problems.push(Problem::TooLongOpen);
    }
    if rules.day_rule().is_none() {
        problems.push(Problem::BadZone);
    }
    if !(1..=365).contains(&rules.claim_days) {
        problems.push(Problem::BadClaimDays);
    }
}

fn people(rules: &Rules, problems: &mut Vec<Problem>) {
    let age = rules.eligibility.min_age;
    if !(LEAST_AGE..=99).contains(&age) {
        problems.push(Problem::BadAge);
    }
    if age < TOBACCO_AGE && rules.prizes.iter().any(|prize| prize.tobacco) {
        problems.push(Problem::AgeBelowTobacco);
    }
    if rules.eligibility.states.is_empty() {
        problems
            .push(Problem::Missing { field: "eligibility.states", what: "the states whose residents may take part" });
    }
    let mut seen = BTreeSet::new();
    let code = |state: &str| state.len() == 2 && state.bytes().all(|b| b.is_ascii_uppercase());
    for state in &rules.eligibility.states {
        if !code(state) || !seen.insert(state) {
            problems.push(Problem::BadState { state: state.clone() });
        }
    }
    if !code(&rules.sponsor.state) {
        problems.push(Problem::BadHome);
    }
}

fn prizes(rules: &Rules, problems: &mut Vec<Problem>) {
    if rules.prizes.is_empty() {
        problems.push(Problem::NoPrize);
        return;
    }
    let mut seen = BTreeSet::new();
    for prize in &rules.prizes {
        if !seen.insert(&prize.id) {
            problems.push(Problem::PrizeTwice { id: prize.id.to_string() });
        }
        if !is_amount(&prize.value) {
            problems.push(Problem::BadValue { id: prize.id.to_string() });
        }
    }
    if rules.prizes.iter().any(|prize| prize.count == 0) || rules.unit_count() > MOST_UNITS {
        problems.push(Problem::BadCount);
    }
    if rules.prizes.windows(2).any(|two| two[0].value.currency != two[1].value.currency) {
        problems.push(Problem::TwoCurrencies);
    }
    if rules.alternates > MOST_ALTERNATES {
        problems.push(Problem::TooManyAlternates);
    }
}

fn limits(rules: &Rules, problems: &mut Vec<Problem>) {
    let limits = [
        ("limits.per_person", rules.limits.per_person),
        ("limits.per_person_per_day", rules.limits.per_person_per_day),
        ("limits.per_household", rules.limits.per_household),
    ];
    let nothing = limits.iter().filter(|(_, limit)| *limit == Some(0));
    problems.extend(nothing.map(|(field, _)| Problem::BadLimit { field }));
}

fn ways_in(rules: &Rules, problems: &mut Vec<Problem>) {
    let (free, purchase, paid) = (&rules.free_entry, &rules.purchase_entry, &rules.paid_entry);
    match free {
        Some(free) if purchase.is_some() && !free.at_counter => problems.push(Problem::FreeNotAtCounter),
        Some(free) if !free.at_counter && free.by_mail.is_none() => problems.push(Problem::NoWayIn),
        Some(_) => {}
        None if purchase.is_some() => problems.push(Problem::NoFreeEntry),
        None if paid.is_none() => problems.push(Problem::NoWayIn),
        None if rules.sponsor.for_profit => problems.push(Problem::PaidOnlyForProfit),
        None => {}
    }
    let Some(paid) = paid else { return };
    if !is_amount(&paid.price) {
        problems.push(Problem::BadPrice);
    }
    if paid.legal_basis.as_ref().is_none_or(|basis| basis.law.trim().is_empty()) {
        problems.push(Problem::NoLegalBasis);
    }
}

fn is_amount(amount: &Amount) -> bool {
    (1..=LARGEST_AMOUNT).contains(&amount.minor) && amount.money().is_some()
}
