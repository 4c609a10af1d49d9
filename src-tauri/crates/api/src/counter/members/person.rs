//! What is personal of a member: sealed as a whole, found by keyed hashes of its parts.

use crate::dto::{ApiError, MemberPerson};
use backroom_membership::find::{self, KeyError, Query, card_key, fold, name_keys, phone_key};
use backroom_store::counter::members::{KeyKind, NewPersonal};
use serde::{Deserialize, Serialize};

/// The longest beginning of a name that is looked for, in letters; what is longer is compared once it was found.
const LONGEST_BEGINNING: usize = 12;
/// The shortest one: a single letter leads to everybody.
const SHORTEST_BEGINNING: usize = 2;
/// Digits of the end of a phone number by which it is found.
const END: usize = 4;
/// Digits of a whole phone number.
const WHOLE: usize = 10;
/// The longest e-mail address.
const LONGEST_EMAIL: usize = 200;

/// What somebody said to marketing. All of it is kept: the proof is the row of what was said.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Said {
    pub(super) given: bool,
    pub(super) on: String,
    pub(super) source: String,
}

/// Who a member is.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Person {
    pub(super) name: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) email: Option<String>,
    pub(super) card: Option<String>,
    pub(super) external: Option<String>,
    pub(super) consents: Vec<Said>,
    pub(super) links: Vec<String>,
}

fn filled(text: Option<String>) -> Option<String> {
    text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty())
}

impl Person {
    /// Takes over what a draft says of the person; what it does not name stays, what it names empty goes.
    pub(super) fn with(mut self, draft: MemberPerson) -> Self {
        let parts = [
            (&mut self.name, draft.name),
            (&mut self.phone, draft.phone),
            (&mut self.email, draft.email),
            (&mut self.card, draft.card),
        ];
        for (part, said) in parts {
            if said.is_some() {
                *part = filled(said);
            }
        }
        self
    }

    /// What he or she is found by.
    pub(super) fn keys(&self) -> Result<Vec<(KeyKind, String)>, ApiError> {
        let mut keys = Vec::new();
        if let Some(phone) = &self.phone {
            let key = phone_key(phone)?;
            keys.push((KeyKind::Phone, end_of(&key)));
            keys.push((KeyKind::Phone, key));
        }
        if let Some(card) = &self.card {
            keys.push((KeyKind::Card, card_key(card)?));
        }
        if let Some(email) = &self.email {
            keys.push((KeyKind::Email, email_key(email)?));
        }
        if let Some(name) = &self.name {
            for word in name_keys(name)? {
                let letters: Vec<char> = word.chars().collect();
                let shortest = SHORTEST_BEGINNING.min(letters.len());
                for length in shortest..=letters.len().min(LONGEST_BEGINNING) {
                    keys.push((KeyKind::Name, letters[..length].iter().collect()));
                }
            }
        }
        if keys.is_empty() {
            return Err(KeyError::Empty.into());
        }
        keys.extend(self.links.iter().map(|link| (KeyKind::Customer, link.clone())));
        Ok(keys)
    }

    /// As it is stored, where nothing new leads here.
    pub(super) fn sealed(&self) -> Result<NewPersonal, ApiError> {
        let body = serde_json::to_vec(self).map_err(|_| super::damaged())?;
        Ok(NewPersonal { body, keys: self.keys()?, alone: Vec::new() })
    }

    /// As it is stored in place of `before`. What is new must lead to nobody else: a card never means two people; a phone number or
    /// an address may, where somebody says so.
    pub(super) fn sealed_after(&self, before: &Self, anyway: bool) -> Result<NewPersonal, ApiError> {
        // A record without anything has no keys either.
        let had = before.keys().unwrap_or_default();
        let alone = |(kind, key): &(KeyKind, String)| match kind {
            KeyKind::Card | KeyKind::Customer => true,
            KeyKind::Email => !anyway,
            KeyKind::Phone => !anyway && !key.starts_with('…'),
            KeyKind::Name => false,
        };
        let new = self.sealed()?;
        let alone = new.keys.iter().filter(|key| alone(key) && !had.contains(key)).cloned().collect();
        Ok(NewPersonal { alone, ..new })
    }

    /// What somebody at the counter sees of it: the end of the phone number, and where the address leads.
    pub(super) fn masked(mut self) -> Self {
        self.phone = self.phone.map(|phone| {
            let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
            format!("… {}", digits[digits.len().saturating_sub(END)..].iter().collect::<String>())
        });
        self.email = self.email.map(|email| {
            let first = email.chars().next().map(String::from).unwrap_or_default();
            format!("{first}…@{}", email.rsplit('@').next().unwrap_or_default())
        });
        self
    }

    /// Whether a query means this person: what was found by a shorter key is compared whole.
    pub(super) fn is_meant(&self, query: &Query) -> bool {
        let phone = self.phone.as_deref().and_then(|phone| phone_key(phone).ok());
        let by_phone = query.phone.as_deref().is_some_and(|end| phone.is_some_and(|whole| whole.ends_with(end)));
        let by_card = query.card.is_some() && self.card.as_deref().and_then(|card| card_key(card).ok()) == query.card;
        let words = self.name.as_deref().and_then(|name| name_keys(name).ok()).unwrap_or_default();
        let by_name =
            !query.name.is_empty() && query.name.iter().all(|wanted| words.iter().any(|word| word.starts_with(wanted)));
        by_phone || by_card || by_name
    }
}

/// The keys of each way in which a query can be meant; all keys of one way lead to somebody.
pub(super) fn ways(query: &Query) -> Vec<Vec<(KeyKind, String)>> {
    let mut ways = Vec::new();
    if let Some(card) = &query.card {
        ways.push(vec![(KeyKind::Card, card.clone())]);
    }
    if let Some(phone) = &query.phone {
        let key = if phone.len() < WHOLE { end_of(phone) } else { phone.clone() };
        ways.push(vec![(KeyKind::Phone, key)]);
    }
    let beginning = |word: &String| (KeyKind::Name, word.chars().take(LONGEST_BEGINNING).collect::<String>());
    if !query.name.is_empty() {
        ways.push(query.name.iter().map(beginning).collect());
    }
    ways
}

/// The end of a number, marked so that it is no whole number.
fn end_of(key: &str) -> String {
    let digits: Vec<char> = key.chars().filter(char::is_ascii_digit).collect();
    format!("…{}", digits[digits.len().saturating_sub(END)..].iter().collect::<String>())
}

fn email_key(email: &str) -> Result<String, ApiError> {
    let key = fold(email.trim());
    let parts = key.split_once('@');
    let fits = parts.is_some_and(|(who, at)| !who.is_empty() && at.contains('.')) && key.len() <= LONGEST_EMAIL;
    // What a reader sends of an ID is no address either.
    if let Err(error @ (KeyError::IdBarcode | KeyError::PaymentCard)) = find::name_keys(email) {
        return Err(error.into());
    }
    if fits && !key.contains(char::is_whitespace) {
        Ok(key)
    } else {
        Err(ApiError::new("MEMBER_EMAIL", "This is no e-mail address.", "Check it, or leave it empty."))
    }
}
