//! Checks a certificate as a stranger would: nothing is believed that can be worked out.
//!
//! The steps and their names are those of `FORMAT.md`; the page and the verifier in the other language use the same.

mod steps;

use crate::canonical::canonical;
use crate::certificate::{CERTIFICATE_FORMAT, Certificate};
use crate::hash::{Digest, PublicKey};
use crate::merkle::{leaf, root_from};
use crate::seal::{Line, TICKET_FORMAT, TicketProof};

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The file is a certificate, byte for byte in its form.
    Form,
    /// The signature is of the key that the seal names.
    Signature,
    /// The rules are those that were frozen, and the seal draws by them.
    Rules,
    /// The list is the sealed one, in its form and order.
    List,
    /// The tree over the list has the sealed root.
    Merkle,
    /// Nobody has more entries than the rules allow.
    Limits,
    /// The seal fits to itself and to what was published.
    Seal,
    /// The secret is the one committed to.
    Commitment,
    /// The beacon's round was still to come, and is the network's.
    Beacon,
    /// The seed follows from seal, list, secret and beacon.
    Seed,
    /// The drawn entries follow from the seed.
    Draw,
}

impl Check {
    /// Every step, in its order.
    pub const ALL: [Self; 11] = [
        Self::Form,
        Self::Signature,
        Self::Rules,
        Self::List,
        Self::Merkle,
        Self::Limits,
        Self::Seal,
        Self::Commitment,
        Self::Beacon,
        Self::Seed,
        Self::Draw,
    ];

    /// Its name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Signature => "signature",
            Self::Rules => "rules",
            Self::List => "list",
            Self::Merkle => "merkle",
            Self::Limits => "limits",
            Self::Seal => "seal",
            Self::Commitment => "commitment",
            Self::Beacon => "beacon",
            Self::Seed => "seed",
            Self::Draw => "draw",
        }
    }
}

/// How a step came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// It holds.
    Holds,
    /// It does not.
    Fails,
}

/// A step and what was found, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Which step.
    pub check: Check,
    /// How it came out.
    pub stands: Stands,
    /// What was found.
    pub words: String,
}

/// What the reader knows from elsewhere, such as from the slip or the shop's window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// The hash of the seal as it was published before the draw.
    pub seal_hash: Option<Digest>,
    /// The shop's key.
    pub public_key: Option<PublicKey>,
    /// The commitment on a slip.
    pub commitment: Option<Digest>,
}

/// What came out of every step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The steps, in their order. After a file that is no certificate there is none but the first.
    pub steps: Vec<Checked>,
    /// The hash of the seal; none where the file is no certificate.
    pub seal_hash: Option<Digest>,
    /// What holds and should be known all the same, such as that the draw rests on the shop's commitment alone.
    pub notes: Vec<String>,
}

impl Verification {
    /// Whether every step holds.
    pub fn verified(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|step| step.stands == Stands::Holds)
    }

    /// The steps that do not hold.
    pub fn failures(&self) -> impl Iterator<Item = &Checked> {
        self.steps.iter().filter(|step| step.stands == Stands::Fails)
    }

    fn add(&mut self, check: Check, found: Result<String, String>) {
        let (stands, words) = match found {
            Ok(words) => (Stands::Holds, words),
            Err(words) => (Stands::Fails, words),
        };
        self.steps.push(Checked { check, stands, words });
    }
}

/// Checks the bytes of a certificate's file.
pub fn verify(file: &[u8], expected: &Expected) -> Verification {
    let mut found = Verification { steps: Vec::new(), seal_hash: None, notes: Vec::new() };
    let read = std::str::from_utf8(file).ok().and_then(|text| Some((text, serde_json::from_str(text).ok()?)));
    let certificate: Certificate = match read {
        Some((text, certificate)) => {
            let certificate: Certificate = certificate;
            found.add(Check::Form, form(text, &certificate));
            certificate
        }
        None => {
            found.add(Check::Form, Err("This file is not a certificate, or is damaged beyond reading.".to_owned()));
            return found;
        }
    };
    steps::check(&certificate, expected, &mut found);
    found
}

fn form(text: &str, certificate: &Certificate) -> Result<String, String> {
    if certificate.format != CERTIFICATE_FORMAT || certificate.body.seal.format != crate::seal::SEAL_FORMAT {
        return Err("The file names a form that is not known here.".to_owned());
    }
    if canonical(certificate).as_deref() == Ok(text) {
        Ok("The file is a certificate, byte for byte in its form.".to_owned())
    } else {
        Err("The file was rewritten: its bytes are not the ones a certificate has, such as spaces between them."
            .to_owned())
    }
}

/// Checks that a ticket is in the list of a seal; tells in words what holds.
///
/// # Errors
///
/// With what does not hold.
pub fn verify_ticket(file: &[u8], expected: &Expected) -> Result<String, String> {
    let ticket: TicketProof =
        serde_json::from_slice(file).map_err(|_| "This file is not a ticket's proof, or is damaged.".to_owned())?;
    let fits = |known: Option<Digest>, own: Digest| known.is_none_or(|known| known == own);
    if ticket.format != TICKET_FORMAT {
        return Err("The file names a form that is not known here.".to_owned());
    }
    let Some(line) = Line::read(&ticket.line) else { return Err("The ticket's line is not in its form.".to_owned()) };
    if !fits(expected.seal_hash, ticket.seal_hash) {
        return Err("The proof belongs to another seal than the published one.".to_owned());
    }
    let led = root_from(&leaf(&ticket.line), &ticket.proof, ticket.index, ticket.entries);
    if led != Some(ticket.merkle_root) {
        return Err(format!("The ticket {} is not in the list of this root.", line.entry));
    }
    Ok(format!(
        "The ticket {} is line {} of {} in the list with the root {}.",
        line.entry,
        ticket.index + 1,
        ticket.entries,
        ticket.merkle_root
    ))
}
