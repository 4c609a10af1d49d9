//! Members: a record read whole, worked out as of today, and written back with what was seen.
//!
//! Invariant: who a member is goes into the sealed part of the record and into the answer, and nowhere else: logs, errors and rows for
//! the warehouse know the id alone. What is decided is decided on the events as they were read; where more happened since, nothing is
//! written.

pub(crate) mod acts;
mod demo;
pub(crate) mod figures;
pub(crate) mod files;
pub(crate) mod links;
pub(crate) mod people;
pub(crate) mod person;
pub(crate) mod points;
pub(crate) mod tiers;
pub(crate) mod till;

use crate::counter::today;
use crate::dto::ApiError;
use crate::engine::Engine;
use backroom_core::{BusinessDay, Currency};
use backroom_membership::find::KeyError;
use backroom_membership::points::{Entry, EntryKind, Points, PointsRefusal};
use backroom_membership::{Dated, Event, MemberId, Membership, Refusal, Standing};
use backroom_store::StoreError;
use backroom_store::counter::members::{
    KeyKind, MemberChange, MemberRow, MemberState, NewMemberEvent, NewPersonal, NewPointEntry,
};
use person::Person;
use serde::Serialize;

/// What a change of members makes stale.
const TAGS: [&str; 2] = ["members", "sync"];

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code(), refusal.to_string(), "")
    }
}

impl From<KeyError> for ApiError {
    fn from(error: KeyError) -> Self {
        let (code, hint) = match error {
            KeyError::Empty => ("MEMBER_NOTHING_TO_FIND_BY", "Give a phone number, a card or a name."),
            KeyError::Phone => ("MEMBER_PHONE", "Check the phone number."),
            KeyError::TooLong => ("MEMBER_TOO_LONG", "Give a shorter one."),
            KeyError::IdBarcode => ("MEMBER_ID_BARCODE", "Scan the member card, or type a name or a phone number."),
            KeyError::PaymentCard => ("MEMBER_PAYMENT_CARD", "Scan the member card, or type a name or a phone number."),
        };
        Self::new(code, format!("This cannot be used: {error}."), hint)
    }
}

impl From<PointsRefusal> for ApiError {
    fn from(refusal: PointsRefusal) -> Self {
        let code = match refusal {
            PointsRefusal::ClockMovedBack { .. } => "MEMBER_CLOCK_MOVED_BACK",
            PointsRefusal::EntryTwice | PointsRefusal::EarnedAlready => "MEMBER_POINTS_EARNED_ALREADY",
            PointsRefusal::RedeemedAlready => "MEMBER_POINTS_REDEEMED_ALREADY",
            PointsRefusal::Nothing => "MEMBER_POINTS_NOTHING",
            PointsRefusal::NotEnough { .. } => "MEMBER_POINTS_NOT_ENOUGH",
            PointsRefusal::TooFew { .. } => "MEMBER_POINTS_TOO_FEW",
            PointsRefusal::UnknownSale => "MEMBER_POINTS_UNKNOWN_SALE",
            PointsRefusal::RefundTooLarge => "MEMBER_POINTS_REFUND_TOO_LARGE",
            PointsRefusal::NoReason => "MEMBER_POINTS_NO_REASON",
        };
        Self::new(code, refusal.to_string(), "")
    }
}

fn unknown() -> ApiError {
    ApiError::new("MEMBER_UNKNOWN", "There is no such member here.", "Look for the person by phone, card or name.")
}

/// Somebody else was faster.
fn changed_meanwhile() -> ApiError {
    let hint = "Nothing was changed by you. Look at it again and repeat what you wanted.";
    ApiError::new("MEMBER_CHANGED_MEANWHILE", "This member was changed meanwhile.", hint)
}

/// What is written cannot be worked with: told, not guessed.
fn damaged() -> ApiError {
    ApiError::new(
        "STORE_MEMBER",
        "The record of this member does not fit together. Nothing was changed.",
        "Restore a backup, or tell us what backroomctl doctor says.",
    )
}

/// A value as it is kept or told: a choice of a list as its code.
fn code(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(serde_json::Value::Object(map)) => {
            let tag = ["why", "problem", "standing"].iter().find_map(|tag| map.get(*tag)?.as_str());
            tag.unwrap_or_default().to_owned()
        }
        _ => String::new(),
    }
}

/// Reads a choice of a list.
fn choice<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T, ApiError> {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
        .map_err(|_| ApiError::bad_request(format!("There is no such {what}.")))
}

/// A member as he or she was read.
struct Record {
    row: MemberRow,
    person: Person,
    /// What happened, oldest first.
    events: Vec<Dated>,
    /// Who did it.
    operators: Vec<String>,
    entries: Vec<Entry>,
    /// As the last event left it; what time did since is not in it.
    left: Membership,
    points: Points,
}

impl Record {
    fn read(engine: &Engine, id: &str) -> Result<Self, ApiError> {
        let row = engine.store().member(id)?.ok_or_else(unknown)?;
        Self::of(engine, row)
    }

    fn of(engine: &Engine, row: MemberRow) -> Result<Self, ApiError> {
        let stored = engine.store().member_events(&row.id)?;
        let mut left = Membership::new(MemberId(row.id.clone()));
        let (mut events, mut operators) = (Vec::with_capacity(stored.len()), Vec::new());
        for stored in stored {
            let (Some(on), Ok(event)) = (stored.day, serde_json::from_str(&stored.body)) else { return Err(damaged()) };
            let dated = Dated { on, event };
            left.apply(&dated).map_err(|_| damaged())?;
            events.push(dated);
            operators.push(stored.operator);
        }
        let stored = engine.store().point_entries(&row.id)?;
        let entries: Result<Vec<Entry>, _> = stored.iter().map(|s| serde_json::from_str(&s.body)).collect();
        let entries = entries.map_err(|_| damaged())?;
        let mut points = Points::default();
        for entry in &entries {
            points.apply(entry).map_err(|_| damaged())?;
        }
        let person = row.personal.as_deref().map(serde_json::from_slice).transpose().map_err(|_| damaged())?;
        Ok(Self { row, person: person.unwrap_or_default(), events, operators, entries, left, points })
    }

    /// Somebody of whom nothing is known yet.
    fn fresh(currency: Currency, clock: backroom_core::Timestamp) -> Self {
        let state = MemberState {
            tier: None,
            status: "never".to_owned(),
            price: None,
            currency: currency.code().to_owned(),
            period: None,
            since: None,
            paid_through: None,
            points: 0,
            cancel_reason: None,
            merged_into: None,
        };
        let row = MemberRow {
            unreadable: false,
            id: String::new(),
            state,
            personal: None,
            erased_at: None,
            created_at: clock,
            updated_at: clock,
        };
        let left = Membership::new(MemberId(String::new()));
        let (events, operators, entries) = (Vec::new(), Vec::new(), Vec::new());
        Self { row, person: Person::default(), events, operators, entries, left, points: Points::default() }
    }

    fn seen(&self) -> i64 {
        i64::try_from(self.events.len()).unwrap_or(i64::MAX)
    }

    fn seen_points(&self) -> i64 {
        i64::try_from(self.entries.len()).unwrap_or(i64::MAX)
    }

    /// The membership with what time has done by the day `on`.
    fn settled(&self, on: BusinessDay) -> Membership {
        let mut now = self.left.clone();
        now.settle(on);
        now
    }

    /// What time has done since the last event, by the day `on`.
    fn by_time(&self, on: BusinessDay) -> Vec<Dated> {
        self.left.clone().settle(on)
    }

    fn still_here(&self) -> Result<(), ApiError> {
        match self.row.erased_at {
            None => Ok(()),
            Some(_) => Err(ApiError::new(
                "MEMBER_ERASED",
                "This person was erased at his or her request.",
                "Whoever wants to be a member again joins as somebody new.",
            )),
        }
    }

    /// Names the `n`th new entry of points. A member is written by one PC alone, so a number within the member is enough.
    fn entry_id(&self, n: usize) -> String {
        format!("{}-{}", self.row.id, self.entries.len() + 1 + n)
    }

    /// What is to be written so that `events`, which begin with what time did, and `entries` have happened.
    fn change(
        &self,
        engine: &Engine,
        events: Vec<Dated>,
        entries: &[Entry],
        personal: Option<NewPersonal>,
    ) -> Result<MemberChange, ApiError> {
        let on = today(engine);
        let (mut after, mut points) = (self.left.clone(), self.points.clone());
        if personal.is_some() && self.row.unreadable {
            return Err(StoreError::Sealed.into());
        }
        let mut new = Vec::with_capacity(events.len());
        for dated in &events {
            after.apply(dated).map_err(|_| damaged())?;
            new.push(NewMemberEvent {
                day: dated.on,
                kind: dated.event.name().to_owned(),
                body: serde_json::to_string(&dated.event).map_err(|_| damaged())?,
                tier: after.terms().map(|terms| terms.tier.0.clone()),
                amount: dated.event.taken(),
                refunded: dated.event.refunded(),
                reason: reason(&dated.event),
            });
        }
        let mut ledger = Vec::with_capacity(entries.len());
        for entry in entries {
            points.apply(entry)?;
            let sale = match &entry.kind {
                EntryKind::Earn { sale, .. } => Some(sale.clone()),
                _ => None,
            };
            let body = serde_json::to_string(entry).map_err(|_| damaged())?;
            ledger.push(NewPointEntry { day: entry.on, body, sale });
        }
        let standing = after.standing(on);
        let currency = after.currency().map_or_else(|| self.row.state.currency.clone(), |c| c.code().to_owned());
        let state = MemberState {
            tier: after.terms().map(|terms| terms.tier.0.clone()),
            status: code(&standing),
            price: after.terms().map(|terms| terms.price),
            currency,
            period: after.terms().map(|terms| tiers::period_told(terms.period)),
            since: after.first_joined_on(),
            paid_through: after.live().map(backroom_membership::Live::ends_on),
            points: points.balance(on),
            cancel_reason: match standing {
                Standing::Cancelled { .. } => self.events.iter().chain(&events).rev().find_map(|d| reason(&d.event)),
                _ => None,
            },
            merged_into: after.merged_into().map(|into| into.0.clone()),
        };
        Ok(MemberChange {
            id: (!self.row.id.is_empty()).then(|| self.row.id.clone()),
            seen_events: self.seen(),
            seen_points: self.seen_points(),
            seen_at: (!self.row.id.is_empty()).then_some(self.row.updated_at),
            state,
            events: new,
            points: ledger,
            personal,
            operator: engine.at_work(),
        })
    }
}

/// Why somebody leaves with an event.
fn reason(event: &Event) -> Option<String> {
    match event {
        Event::CancellationScheduled { reason } | Event::Cancelled { reason, .. } => Some(code(reason)),
        _ => None,
    }
}

/// Somebody else is found by it.
fn taken(kind: KeyKind) -> ApiError {
    match kind {
        KeyKind::Card => ApiError::new(
            "MEMBER_CARD_TAKEN",
            "This is the card of another member.",
            "Look at that member, or give another card. Nothing was changed.",
        ),
        KeyKind::Customer => ApiError::new(
            "MEMBER_LINK_TAKEN",
            "This customer is linked to another member.",
            "Unlink it there first, or merge the two records. Nothing was changed.",
        ),
        KeyKind::Phone | KeyKind::Email | KeyKind::Name => ApiError::new(
            "MEMBER_KNOWN",
            "A member with this phone number or e-mail address is known already.",
            "Look at that member. If it is another person, say so and add it anyway.",
        ),
    }
}

/// Writes a change and tells it to screens and log; `detail` holds ids alone.
async fn write(engine: &Engine, change: MemberChange, action: &str, detail: &str) -> Result<String, ApiError> {
    let id = match engine.store().change_member(change).await {
        Err(StoreError::ChangedMeanwhile) => return Err(changed_meanwhile()),
        Err(StoreError::KeyTaken(kind)) => return Err(taken(kind)),
        Err(StoreError::SaleTaken) => {
            return Err(ApiError::new(
                "MEMBER_SALE_TAKEN",
                "Points were given for this sale already, to another member.",
                "Each sale earns once. Nothing was changed.",
            ));
        }
        other => other?,
    };
    engine.changed(&TAGS);
    let detail = if detail.is_empty() { format!("id {id}") } else { format!("id {id}, {detail}") };
    engine.log(&engine.at_work(), action, &detail).await?;
    Ok(id)
}

impl Engine {
    /// Writes down what time did to members by now: a pause that ended, a cancellation or a lower tier that took effect, a grace that
    /// ran out. Tells how many members changed. Whoever is looked at meanwhile is worked out anew, so nothing waits for this but
    /// lists and the warehouse.
    ///
    /// # Errors
    /// What local storage says.
    pub async fn settle_members(&self) -> Result<u32, ApiError> {
        let on = today(self);
        let mut settled = 0;
        for id in self.store().members_to_settle(on)? {
            // One record that is damaged must not keep the others from their due.
            let Ok(record) = Record::read(self, &id) else {
                tracing::warn!(member = %id, "the record of a member does not fit together");
                continue;
            };
            let change = record.change(self, record.by_time(on), &[], None)?;
            if change.events.is_empty() && change.state == record.row.state {
                continue;
            }
            match self.store().change_member(change).await {
                Ok(_) => settled += 1,
                // Somebody was faster, and has settled it with that.
                Err(StoreError::ChangedMeanwhile) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if settled > 0 {
            self.changed(&TAGS);
        }
        Ok(settled)
    }
}
