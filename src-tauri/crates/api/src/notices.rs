//! What the system is asked to show beside the clock: what needs a hand, and a day once it is over.
//!
//! When something is due is decided here, from a given time; the window only shows it. A trouble is told once, and once a day while it
//! lasts; one that comes and goes within the hour is the same one. Who looks at the screen is not known: with a clerk at work, or
//! nobody, a notice says that a manager is needed and no more.

use crate::config::NoticesSection;
use crate::dto::{ApiError, Attention};
use crate::engine::{Engine, held};
use crate::reads;
use backroom_core::{BusinessDay, Timestamp};
use backroom_store::{Role, report};
use chrono::Timelike;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Note of what was told.
const NOTE: &str = "notices";
/// Seconds after which a trouble that lasts is told again.
const AGAIN: i64 = 86_400;
/// Seconds for which a trouble has to be gone before it is another one.
const GONE: i64 = 3_600;
/// Troubles that are no more than a warning on the screen and still wait for somebody.
const WAIT_FOR_SOMEBODY: [&str; 2] = ["ACCESS_ENDS_SOON", "DEAD_ROWS"];

/// What the system is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is about, in a few words.
    pub title: String,
    /// What is said of it.
    pub body: String,
}

/// Who may be looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audience {
    /// A manager or an owner is at work, or nobody needs a PIN.
    Managers,
    /// A clerk is at work, or nobody has entered a PIN.
    Anybody,
}

/// What was told so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Told {
    troubles: BTreeMap<String, Once>,
    /// The business day that was told last.
    day: Option<String>,
}

/// A trouble that was told, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Once {
    told: i64,
    seen: i64,
}

/// A trouble that waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hand {
    code: String,
    words: String,
}

/// A day that is over and read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Closed {
    day: BusinessDay,
    words: String,
}

/// All that decides what is due.
struct Now<'a> {
    at: Timestamp,
    /// Whether it is within the quiet hours.
    quiet: bool,
    settings: &'a NoticesSection,
    audience: Audience,
    hands: &'a [Hand],
    closed: Option<&'a Closed>,
}

/// What is to be shown now, and what was told then.
fn due(now: &Now<'_>, before: &Told) -> (Vec<Notice>, Told) {
    let mut told = before.clone();
    let at = now.at.micros();
    told.troubles.retain(|code, once| {
        now.hands.iter().any(|hand| hand.code == *code) || (0..GONE * 1_000_000).contains(&(at - once.seen))
    });
    for hand in now.hands {
        if let Some(once) = told.troubles.get_mut(&hand.code) {
            once.seen = at;
        }
    }
    let mut notices = Vec::new();
    if now.quiet {
        return (notices, told);
    }
    let fresh = |told: &Told, hand: &Hand| {
        // A clock that was set back makes it due as well.
        told.troubles.get(&hand.code).is_none_or(|once| !(0..AGAIN * 1_000_000).contains(&(at - once.told)))
    };
    let anew: Vec<&Hand> = now.hands.iter().filter(|hand| now.settings.failures && fresh(&told, hand)).collect();
    if let Some(first) = anew.first() {
        notices.push(needs_a_hand(first, anew.len(), now.audience));
    }
    for hand in anew {
        told.troubles.insert(hand.code.clone(), Once { told: at, seen: at });
    }
    if let Some(closed) = now.closed.filter(|closed| told.day.as_deref() != Some(&closed.day.to_string()))
        && now.settings.summary
        && now.audience == Audience::Managers
    {
        let title = format!("{} is over", closed.day.date().format("%A, %b %-d"));
        notices.push(Notice { title, body: closed.words.clone() });
        told.day = Some(closed.day.to_string());
    }
    (notices, told)
}

fn needs_a_hand(first: &Hand, count: usize, audience: Audience) -> Notice {
    let title = "Backroom needs a hand".to_owned();
    let body = match (audience, count) {
        (Audience::Anybody, _) => "Sales are safe. A manager should open Backroom and look.".to_owned(),
        (Audience::Managers, 1) => first.words.clone(),
        (Audience::Managers, _) => format!("{} And {} more: open Backroom.", first.words, count - 1),
    };
    Notice { title, body }
}

/// What of the things to attend to waits for somebody.
fn hands(attention: Vec<Attention>) -> Vec<Hand> {
    let waits = |a: &Attention| a.level == "problem" || WAIT_FOR_SOMEBODY.contains(&a.code.as_str());
    attention
        .into_iter()
        .filter(waits)
        .map(|a| Hand { words: format!("{} {}", a.message, a.hint).trim().to_owned(), code: a.code })
        .collect()
}

impl Engine {
    /// What the system is to show now. What is told by this is told once.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn notices(&self) -> Result<Vec<Notice>, ApiError> {
        self.notices_at(self.inner.clock.now()).await
    }

    /// The same at a given time.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn notices_at(&self, at: Timestamp) -> Result<Vec<Notice>, ApiError> {
        let engine = self.clone();
        let (mut notices, changed) = tokio::task::spawn_blocking(move || engine.due_at(at))
            .await
            .map_err(|_| ApiError::new("INTERNAL", "What is to be told could not be worked out.", "Try again."))??;
        if let Some(told) = changed {
            let text = serde_json::to_string(&told).unwrap_or_default();
            // A disk that takes nothing is what may have to be told: it is known until the end of the program then.
            if let Err(error) = self.store().set_note(NOTE, &text).await {
                tracing::info!(code = error.code(), "What was told could not be noted.");
            }
        }
        if self.inner.demo {
            notices.iter_mut().for_each(|notice| notice.title.insert_str(0, "Demonstration: "));
        }
        Ok(notices)
    }

    /// What is due, and what was told with it where that is something else than before.
    fn due_at(&self, at: Timestamp) -> Result<(Vec<Notice>, Option<Told>), ApiError> {
        let settings = self.config().notices;
        let wall = self.store().rule().wall_clock(at);
        let mut attention = reads::attention(self)?;
        let storage = held(&self.inner.halted).clone().filter(reads::is_of_storage);
        attention.extend(storage.map(|error| Attention {
            level: "problem".to_owned(),
            code: error.code,
            message: error.message,
            hint: error.hint,
            screen: "sync".to_owned(),
            sign_in: None,
        }));
        let known = held(&self.inner.told).clone();
        let before = match known {
            Some(told) => told,
            None => self.store().note(NOTE)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
        };
        let closed = if settings.summary { self.closed_day(at)? } else { None };
        let now = Now {
            at,
            quiet: settings.is_quiet(wall.hour() * 60 + wall.minute()),
            settings: &settings,
            audience: self.audience()?,
            hands: &hands(attention),
            closed: closed.as_ref(),
        };
        let (notices, told) = due(&now, &before);
        *held(&self.inner.told) = Some(told.clone());
        Ok((notices, (told != before).then_some(told)))
    }

    fn audience(&self) -> Result<Audience, ApiError> {
        let manager = self.role()?.is_some_and(|role| role >= Role::Manager);
        Ok(if manager { Audience::Managers } else { Audience::Anybody })
    }

    /// Yesterday in words, where every point of sale was read after its end: a total that may still grow is none.
    fn closed_day(&self, at: Timestamp) -> Result<Option<Closed>, ApiError> {
        let store = self.store();
        let rule = store.rule();
        let day = rule.day_of(at).plus(-1);
        let streams = store.stream_rows()?;
        let freshness = reads::freshness(self, &streams, at)?;
        let end = rule.ends_at(day);
        let read = |text: &Option<String>| {
            text.as_deref().and_then(|text| Timestamp::parse(text).ok()).is_some_and(|last| last >= end)
        };
        let whole = !freshness.sources.is_empty() && freshness.sources.iter().all(|s| read(&s.last_success));
        if !whole {
            return Ok(None);
        }
        let (currency, totals) = store.read(|c| {
            let currency = report::main_currency(c)?;
            let totals = report::period(c, 0, &currency, day, day)?;
            Ok((currency, totals))
        })?;
        if totals.payments == 0 && totals.refunded == 0 {
            return Ok(None);
        }
        let sales = match totals.payments {
            1 => "1 sale".to_owned(),
            n => format!("{} sales", backroom_core::money::grouped(u64::try_from(n).unwrap_or(0))),
        };
        let net = amount(totals.net(), &currency);
        Ok(Some(Closed { day, words: format!("Net {net} from {sales}.") }))
    }
}

/// An amount as a person reads it, with its currency's code: `USD 4,129.05`.
fn amount(minor: i64, currency: &str) -> String {
    let places = reads::exponent(currency);
    let plain = backroom_core::money::decimal(minor, places);
    let (sign, plain) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("−", rest));
    let (whole, cents) = plain.split_once('.').map_or((plain, String::new()), |(w, c)| (w, format!(".{c}")));
    let whole = backroom_core::money::grouped(whole.parse().unwrap_or(0));
    if currency == "USD" { format!("{sign}${whole}{cents}") } else { format!("{sign}{currency} {whole}{cents}") }
}

#[cfg(test)]
mod tests;
