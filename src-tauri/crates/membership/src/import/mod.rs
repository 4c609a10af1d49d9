//! Members from a file of another system: read, matched to columns, and shown row by row before anything is kept.
//!
//! Constraints: a preview changes nothing; a row with a fault is told with its line and is never taken in by halves; consent to
//! marketing is not believed without its day and its source. What a row says of a person stays in [`Draft`], which prints and
//! serialises nothing of it.

mod columns;
mod text;

use crate::find::{self, KeyError};
use crate::tier::{Ladder, TierId};
use backroom_core::BusinessDay;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

pub use columns::{DateOrder, Field, Mapping};
pub use text::Encoding;

/// The largest file, in bytes.
const LARGEST_FILE: usize = 64 << 20;
/// The most rows of one file.
const MOST_ROWS: usize = 250_000;
/// The most columns of one file.
const MOST_COLUMNS: usize = 200;
/// The longest value of a column, in characters.
const LONGEST_VALUE: usize = 200;

/// Why a file cannot be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Nothing in it.
    #[error("The file is empty.")]
    Empty,
    /// Too large.
    #[error("The file is larger than 64 MB, or has more than 250,000 rows or 200 columns. Cut it in parts.")]
    TooLarge,
    /// A spreadsheet or something else that is no text.
    #[error("The file is not a CSV file. Save it as CSV in the program that made it.")]
    NotText,
}

/// What is wrong with a row, or to be known about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// It has fewer or more columns than the first row.
    Columns {
        /// How many it has.
        found: usize,
        /// How many the first row has.
        expected: usize,
    },
    /// No name, phone or card: nobody could ever find the member.
    NothingToFindBy,
    /// No phone number.
    Phone,
    /// No e-mail address.
    Email,
    /// Nothing that can be a card.
    Card,
    /// A payment card or the barcode of an ID, of which nothing is kept.
    MustNotBeKept {
        /// The column.
        field: Field,
    },
    /// No such tier in this shop.
    UnknownTier,
    /// No day, or none that can be.
    Day {
        /// The column.
        field: Field,
    },
    /// The day of joining is after the day it is paid through.
    DaysCross,
    /// Paid through a day, but of which tier is not said.
    TierMissing,
    /// No number of points.
    Points,
    /// A value that is too long.
    TooLong {
        /// The column.
        field: Field,
    },
    /// Consent without its day and its source is not taken over.
    ConsentWithoutProof,
}

impl Problem {
    /// Whether the row can be taken in all the same.
    pub fn is_note(&self) -> bool {
        matches!(self, Self::ConsentWithoutProof)
    }
}

/// Another row or member that a row seems to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "same_as", rename_all = "snake_case")]
pub enum Duplicate<M> {
    /// An earlier line of the file.
    Line {
        /// Its number.
        line: u64,
    },
    /// Somebody who is known.
    Member {
        /// Who.
        member: M,
    },
}

/// Consent to marketing with its proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The day on which it was given.
    #[serde(with = "crate::wire::day")]
    pub on: BusinessDay,
    /// Where it was given, as the other system has it.
    pub source: String,
}

/// A person as a row has it. It holds personal data: it prints nothing of it, and whoever shows or keeps it takes it out by name.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// The id in the other system.
    pub external_id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The phone number as it was written.
    pub phone: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The card as it was written.
    pub card: Option<String>,
    /// The tier.
    pub tier: Option<TierId>,
    /// When the member joined.
    pub joined_on: Option<BusinessDay>,
    /// The first day that is not paid for.
    pub paid_through: Option<BusinessDay>,
    /// Points.
    pub points: Option<i64>,
    /// Consent to marketing.
    pub consent: Option<Consent>,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft").field("tier", &self.tier).field("points", &self.points).finish_non_exhaustive()
    }
}

/// What a draft is found by. Two rows that share one are taken for one person.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Keys {
    /// [`find::phone_key`].
    pub phone: Option<String>,
    /// [`find::card_key`].
    pub card: Option<String>,
    /// The e-mail address, folded.
    pub email: Option<String>,
}

impl Keys {
    fn each(&self) -> impl Iterator<Item = (u8, &String)> {
        [(0, &self.phone), (1, &self.card), (2, &self.email)]
            .into_iter()
            .filter_map(|(kind, key)| key.as_ref().map(|key| (kind, key)))
    }
}

/// A row of the file.
#[derive(Clone, PartialEq, Eq)]
pub struct Row<M> {
    /// The line of the file on which it begins.
    pub line: u64,
    /// The person, as far as it could be read.
    pub draft: Draft,
    /// What the person would be found by.
    pub keys: Keys,
    /// What is wrong, or to be known.
    pub problems: Vec<Problem>,
    /// Whom it seems to be.
    pub duplicate: Option<Duplicate<M>>,
}

impl<M> Row<M> {
    /// Whether it can be taken in.
    pub fn is_fine(&self) -> bool {
        self.problems.iter().all(Problem::is_note)
    }
}

/// A file as it would be taken in.
#[derive(Clone, PartialEq, Eq)]
pub struct Preview<M> {
    /// How its text was read.
    pub encoding: Encoding,
    /// What parts its columns.
    pub delimiter: char,
    /// The names of its columns.
    pub header: Vec<String>,
    /// Which column is what.
    pub mapping: Mapping,
    /// How its dates were read; none where there are none but of the form 2026-11-20.
    pub dates: Option<DateOrder>,
    /// Its rows.
    pub rows: Vec<Row<M>>,
}

/// How many rows of each kind there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// All.
    pub rows: usize,
    /// Those that can be taken in as somebody new.
    pub new: usize,
    /// Those that seem to be somebody known, or an earlier row.
    pub duplicates: usize,
    /// Those that cannot be taken in.
    pub faulty: usize,
}

impl<M> Preview<M> {
    /// How many rows of each kind there are; they sum to all.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { rows: self.rows.len(), ..Counts::default() };
        for row in &self.rows {
            match (row.is_fine(), &row.duplicate) {
                (false, _) => counts.faulty += 1,
                (true, Some(_)) => counts.duplicates += 1,
                (true, None) => counts.new += 1,
            }
        }
        counts
    }
}

/// What the shop has that a file is held against.
pub struct Known<'a, M> {
    /// The tiers.
    pub ladder: &'a Ladder,
    /// Finds somebody by the keys of a row.
    pub member: &'a dyn Fn(&Keys) -> Option<M>,
}

/// Reads a file. Where `mapping` is none, the columns are guessed.
///
/// # Errors
/// Why the file cannot be read at all.
pub fn preview<M>(bytes: &[u8], mapping: Option<Mapping>, known: &Known<'_, M>) -> Result<Preview<M>, ImportError> {
    let (text, encoding) = text::decode(bytes)?;
    let delimiter = text::delimiter(&text);
    let mut records = text::records(&text, delimiter)?;
    if records.is_empty() {
        return Err(ImportError::Empty);
    }
    let (_, header) = records.remove(0);
    if records.len() > MOST_ROWS || header.len() > MOST_COLUMNS {
        return Err(ImportError::TooLarge);
    }
    let mapping = mapping.unwrap_or_else(|| Mapping::guess(&header, records.iter().map(|(_, row)| row.as_slice())));
    let dates = mapping.date_order(records.iter().map(|(_, row)| row.as_slice()));
    let mut seen: HashMap<(u8, String), u64> = HashMap::new();
    let rows = records
        .into_iter()
        .map(|(line, values)| {
            let mut row = read(line, &values, header.len(), &mapping, dates, known);
            row.duplicate = duplicate(&row, &mut seen, known);
            row
        })
        .collect();
    Ok(Preview { encoding, delimiter, header, mapping, dates, rows })
}

fn duplicate<M>(row: &Row<M>, seen: &mut HashMap<(u8, String), u64>, known: &Known<'_, M>) -> Option<Duplicate<M>> {
    let earlier = row.keys.each().find_map(|(kind, key)| seen.get(&(kind, key.clone())).copied());
    for (kind, key) in row.keys.each() {
        seen.entry((kind, key.clone())).or_insert(row.line);
    }
    match (known.member)(&row.keys) {
        Some(member) => Some(Duplicate::Member { member }),
        None => earlier.map(|line| Duplicate::Line { line }),
    }
}

fn read<M>(
    line: u64,
    values: &[String],
    expected: usize,
    mapping: &Mapping,
    dates: Option<DateOrder>,
    known: &Known<'_, M>,
) -> Row<M> {
    let mut reader = Reader { mapping, values, dates, problems: Vec::new() };
    if values.len() != expected {
        reader.problems.push(Problem::Columns { found: values.len(), expected });
    }
    let mut keys = Keys::default();
    let name = reader.name();
    let phone = reader.text(Field::Phone);
    keys.phone = phone.as_deref().and_then(|phone| reader.key(find::phone_key(phone), Field::Phone, &Problem::Phone));
    let card = reader.text(Field::Card);
    keys.card = card.as_deref().and_then(|card| reader.key(find::card_key(card), Field::Card, &Problem::Card));
    let email = reader.text(Field::Email);
    keys.email = email.as_deref().and_then(|email| {
        let key = columns::is_email(email).then(|| find::fold(email));
        if key.is_none() {
            reader.problems.push(Problem::Email);
        }
        key
    });
    let name_found =
        name.as_deref().and_then(|name| reader.key(find::name_keys(name), Field::Name, &Problem::NothingToFindBy));
    if name_found.is_none() && keys == Keys::default() {
        reader.problem(Problem::NothingToFindBy);
    }
    let tier = reader.tier(known.ladder);
    let joined_on = reader.day(Field::JoinedOn);
    // «Paid through» and «expires» name the last day, «renews on» the first that is not paid.
    let paid_through = reader.day(Field::RenewsOn).or_else(|| reader.day(Field::PaidThrough).map(|last| last.plus(1)));
    if let (Some(joined), Some(paid)) = (joined_on, paid_through)
        && joined > paid
    {
        reader.problem(Problem::DaysCross);
    }
    if paid_through.is_some() && tier.is_none() {
        reader.problem(Problem::TierMissing);
    }
    let points = reader.points();
    let consent = reader.consent();
    let external_id = reader.text(Field::ExternalId);
    let draft = Draft { external_id, name, phone, email, card, tier, joined_on, paid_through, points, consent };
    Row { line, draft, keys, problems: reader.problems, duplicate: None }
}

/// Takes the values of a row apart and notes what is wrong with them.
struct Reader<'r> {
    mapping: &'r Mapping,
    values: &'r [String],
    dates: Option<DateOrder>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn text(&mut self, field: Field) -> Option<String> {
        let value = self.mapping.value(field, self.values)?;
        if value.chars().count() > LONGEST_VALUE {
            self.problem(Problem::TooLong { field });
            return None;
        }
        if matches!(find::guard(value), Err(KeyError::IdBarcode | KeyError::PaymentCard)) {
            self.problem(Problem::MustNotBeKept { field });
            return None;
        }
        Some(value.to_owned())
    }

    fn key<K>(&mut self, key: Result<K, KeyError>, field: Field, otherwise: &Problem) -> Option<K> {
        match key {
            Ok(key) => return Some(key),
            Err(KeyError::IdBarcode | KeyError::PaymentCard) => self.problem(Problem::MustNotBeKept { field }),
            Err(KeyError::Empty | KeyError::Phone | KeyError::TooLong) => self.problem(otherwise.clone()),
        }
        None
    }

    fn name(&mut self) -> Option<String> {
        let whole = self.text(Field::Name);
        let parts = [self.text(Field::FirstName), self.text(Field::LastName)];
        whole.or_else(|| {
            let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
            (!joined.is_empty()).then_some(joined)
        })
    }

    fn tier(&mut self, ladder: &Ladder) -> Option<TierId> {
        let named = find::fold(&self.text(Field::Tier)?);
        let named = named.trim();
        let tier =
            ladder.tiers().iter().find(|tier| find::fold(&tier.id.0) == named || find::fold(tier.name.trim()) == named);
        if tier.is_none() {
            self.problem(Problem::UnknownTier);
        }
        tier.map(|tier| tier.id.clone())
    }

    fn day(&mut self, field: Field) -> Option<BusinessDay> {
        let text = self.text(field)?;
        let day = columns::day(&text, self.dates.unwrap_or(DateOrder::MonthFirst));
        if day.is_none() {
            self.problem(Problem::Day { field });
        }
        day
    }

    fn points(&mut self) -> Option<i64> {
        let text = self.text(Field::Points)?;
        let whole = text.replace(',', "");
        let whole = whole.strip_suffix(".00").or_else(|| whole.strip_suffix(".0")).unwrap_or(&whole);
        let points = whole.parse::<i64>().ok().filter(|points| (0..=1_000_000_000).contains(points));
        if points.is_none() {
            self.problem(Problem::Points);
        }
        points
    }

    fn consent(&mut self) -> Option<Consent> {
        let given = self.text(Field::Consent).is_some_and(|given| columns::is_yes(&given));
        let (on, source) = (self.day(Field::ConsentOn), self.text(Field::ConsentSource));
        match (on, source) {
            (Some(on), Some(source)) if given => Some(Consent { on, source }),
            _ if given => {
                self.problem(Problem::ConsentWithoutProof);
                None
            }
            _ => None,
        }
    }
}
