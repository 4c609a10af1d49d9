//! Who may do what: people, their PINs and roles.
//!
//! - Where there are no people, everybody is the owner: a shop of one needs no PIN.
//! - A wrong PIN is counted before it is looked at, and the count is durable. After five in a row each further one makes the next wait
//!   longer. What is waited is running time of this program, which no clock and no restart shortens.
//! - The pepper of the PINs is in the keychain: the file alone opens none.

use crate::commands::Nothing;
use crate::config::is_name;
use crate::dto::{ApiError, EnterPin, People, Person, PersonDraft, PersonId};
use crate::engine::{Engine, held};
use crate::presence::{AtWork, IDLE_MINUTES, Presence, SEEN};
use argon2::{Algorithm, Argon2, Params, Version};
use backroom_secrets::Secret;
use backroom_store::{Operator, OperatorDraft, Role};
use std::time::Instant;

const PEPPER: &str = "people/pepper";
/// Kibibytes and passes for a PIN: what OWASP names first.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Wrong PINs in a row that cost nothing.
const FREE_TRIES: u32 = 5;
const FIRST_WAIT_MS: u64 = 30_000;
const LONGEST_WAIT_MS: u64 = 3_600_000;
const MOST_PEOPLE: usize = 100;

fn person(operator: &Operator, presence: &mut Presence) -> Person {
    Person {
        id: operator.pk,
        name: operator.name.clone(),
        role: operator.role.name().to_owned(),
        since: operator.created_at.to_rfc3339(),
        waits_seconds: u32::try_from(presence.left(operator).div_ceil(1_000)).unwrap_or(u32::MAX),
    }
}

pub(crate) fn people(engine: &Engine, _: Nothing) -> Result<People, ApiError> {
    let operators = engine.store().operators()?;
    engine.lock_idle(Instant::now());
    let mut presence = held(&engine.inner.presence);
    let people: Vec<Person> = operators.iter().map(|o| person(o, &mut presence)).collect();
    let at_work = presence.at(&engine.seat).and_then(|w| people.iter().find(|p| p.id == w.id)).cloned();
    Ok(People {
        locked: !people.is_empty() && at_work.is_none() && !presence.is_trusted(),
        people,
        at_work,
        needs_passphrase: held(&engine.inner.keychain_trouble).as_ref().is_some_and(|t| t.code == "SECRET_PASSPHRASE"),
        idle_minutes: IDLE_MINUTES,
    })
}

/// Somebody enters a PIN.
pub(crate) async fn enter_pin(engine: &Engine, entered: EnterPin) -> Result<People, ApiError> {
    let operator = prove(engine, entered).await?;
    let person = AtWork::now(operator.pk, &operator.name, operator.role);
    held(&engine.inner.presence).seat(&engine.seat, person);
    engine.watch_idle();
    engine.changed(&SEEN);
    people(engine, Nothing {})
}

/// Whose PIN it is; wrong ones are counted.
pub(crate) async fn prove(engine: &Engine, entered: EnterPin) -> Result<Operator, ApiError> {
    // One try at a time: two at once would both be looked at before either is counted.
    let _turn = engine.inner.entering.lock().await;
    let operators = engine.store().operators()?;
    let known = operators.into_iter().find(|o| o.pk == entered.id);
    let operator = known.ok_or_else(|| ApiError::bad_request("There is no such person."))?;
    let left = held(&engine.inner.presence).left(&operator);
    if left > 0 {
        return Err(ApiError::new(
            "PIN_WAIT",
            format!("Too many wrong PINs. Another may be tried in {}.", words(left)),
            "Wait, or let an owner set a new PIN.",
        ));
    }
    // A keychain that does not answer is no wrong PIN.
    let pepper = engine.own_key(PEPPER, false).await?;
    let failures = operator.failures.saturating_add(1);
    let over = failures.saturating_sub(FREE_TRIES);
    let wait = if over == 0 { 0 } else { (FIRST_WAIT_MS << (over - 1).min(10)).min(LONGEST_WAIT_MS) };
    engine.store().keep_failures(operator.pk, failures, wait).await?;
    held(&engine.inner.presence).forgive(operator.pk);
    let (pin, salt) = (Secret::new(entered.pin), operator.salt.clone());
    let found = hashed(pin, salt, pepper).await?;
    let same =
        found.len() == operator.pin.len() && found.iter().zip(&operator.pin).fold(0, |d, (a, b)| d | (a ^ b)) == 0;
    if !same {
        if wait > 0 {
            held(&engine.inner.presence).wait(operator.pk);
        }
        engine.log(&operator.name, "person.wrong_pin", &format!("{failures} in a row")).await?;
        let left = FREE_TRIES.saturating_sub(failures);
        let hint = match (left, wait) {
            (_, 1..) => format!("Another may be tried in {}.", words(wait)),
            (1, _) => "Try again: one more, then there is a wait.".to_owned(),
            _ => "Try again.".to_owned(),
        };
        return Err(ApiError::new("PIN_WRONG", "That is not the PIN.", &hint));
    }
    engine.store().keep_failures(operator.pk, 0, 0).await?;
    Ok(operator)
}

fn words(ms: u64) -> String {
    let seconds = ms.div_ceil(1_000);
    match seconds {
        0..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// Whoever is at work goes: the next one enters a PIN.
pub(crate) async fn leave(engine: &Engine, _: Nothing) -> Result<(), ApiError> {
    let gone = held(&engine.inner.presence).leave(&engine.seat);
    if let Some(gone) = gone {
        engine.log(&gone.name, "person.left", "").await?;
    }
    engine.changed(&SEEN);
    Ok(())
}

/// Somebody moved the mouse or pressed a key: the lock waits anew.
pub(crate) async fn touch(engine: &Engine, _: Nothing) -> Result<(), ApiError> {
    engine.lock_idle(Instant::now());
    held(&engine.inner.presence).touch(&engine.seat);
    Ok(())
}

/// Adds or changes a person.
pub(crate) async fn save_person(engine: &Engine, draft: PersonDraft) -> Result<People, ApiError> {
    let name = draft.name.trim();
    if !is_name(name) {
        return Err(ApiError::bad_request("A name has one to sixty letters."));
    }
    let role = Role::parse(&draft.role).ok_or_else(|| ApiError::bad_request("A role is clerk, manager or owner."))?;
    if let Some(trouble) = held(&engine.inner.keychain_trouble).clone() {
        // What PINs are checked with would be gone at the next start.
        return Err(trouble);
    }
    let digits = |pin: &str| (4..=8).contains(&pin.len()) && pin.bytes().all(|b| b.is_ascii_digit());
    let needs_pin = draft.id.is_none() || !draft.pin.is_empty();
    if needs_pin && !digits(&draft.pin) {
        return Err(ApiError::new("PIN_FORM", "A PIN has four to eight digits.", "Enter another."));
    }
    if needs_pin && weak(&draft.pin) {
        return Err(ApiError::new("PIN_WEAK", "This PIN is among the first that anybody tries.", "Enter another."));
    }
    if engine.store().operators()?.len() >= MOST_PEOPLE && draft.id.is_none() {
        return Err(ApiError::bad_request("There are a hundred people already."));
    }
    let pin = if needs_pin {
        let pepper = engine.own_key(PEPPER, true).await?;
        let salt = rand::random::<[u8; 16]>().to_vec();
        Some((hashed(Secret::new(draft.pin), salt.clone(), pepper).await?, salt))
    } else {
        None
    };
    let known = engine.store().operators()?;
    let before = known.iter().find(|o| Some(o.pk) == draft.id);
    if draft.id.is_some() && before.is_none() {
        return Err(ApiError::new(
            "NOT_FOUND",
            "There is no such person.",
            "Somebody may have removed them; look at the list.",
        ));
    }
    let told = difference(before, name, role, pin.is_some());
    let first = known.is_empty();
    let pk = engine.store().keep_operator(draft.id, OperatorDraft { name: name.to_owned(), role, pin }).await?;
    {
        let mut presence = held(&engine.inner.presence);
        presence.forget_guard();
        presence.forgive(pk);
        presence.rename(pk, name, role);
        // Whoever makes the first owner is that owner.
        if first {
            presence.seat(&engine.seat, AtWork::now(pk, name, role));
        }
    }
    engine.watch_idle();
    engine.log(&engine.at_work(), "person.saved", &told).await?;
    engine.changed(&["people", "app"]);
    people(engine, Nothing {})
}

/// What becomes of a person, for the log: each field as it was and as it is, of the PIN only that there is another.
fn difference(before: Option<&Operator>, name: &str, role: Role, new_pin: bool) -> String {
    let Some(before) = before else { return format!("name {name}, role {}", role.name()) };
    let mut told = vec![match before.name.as_str() {
        same if same == name => format!("name {name}"),
        other => format!("name {other} → {name}"),
    }];
    if before.role != role {
        told.push(format!("role {} → {}", before.role.name(), role.name()));
    }
    if new_pin {
        told.push("pin changed".to_owned());
    }
    told.push(format!("id {}", before.pk));
    told.join(", ")
}

/// The same digit throughout, or a run of them.
fn weak(pin: &str) -> bool {
    let digits: Vec<i16> = pin.bytes().map(i16::from).collect();
    let steps: Vec<i16> = digits.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?)).collect();
    [0, 1, -1].iter().any(|step| steps.iter().all(|s| s == step))
}

/// Removes a person.
pub(crate) async fn remove_person(engine: &Engine, person: PersonId) -> Result<People, ApiError> {
    // Whoever removes himself is gone by the time it is written down.
    let operator = engine.at_work();
    let known = engine.store().operators()?.into_iter().find(|o| o.pk == person.id);
    let known = known.ok_or_else(|| ApiError::bad_request("There is no such person."))?;
    engine.store().remove_operator(person.id).await?;
    {
        let mut presence = held(&engine.inner.presence);
        presence.forget_guard();
        presence.dismiss(person.id);
    }
    let told = format!("name {}, role {}, id {}", known.name, known.role.name(), known.pk);
    engine.log(&operator, "person.removed", &told).await?;
    engine.changed(&["people", "app"]);
    people(engine, Nothing {})
}

async fn hashed(pin: Secret, salt: Vec<u8>, pepper: [u8; 32]) -> Result<Vec<u8>, ApiError> {
    let failed = || ApiError::new("PIN_FAILED", "The PIN could not be looked at.", "Try again.");
    let work = move || {
        let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).ok()?;
        let mut out = vec![0u8; 32];
        let argon = Argon2::new_with_secret(&pepper, Algorithm::Argon2id, Version::V0x13, params).ok()?;
        argon.hash_password_into(pin.expose().as_bytes(), &salt, &mut out).ok()?;
        Some(out)
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| failed())?.ok_or_else(failed)
}

impl Engine {
    /// Removes everybody, on behalf of whoever owns the account of the system: the way back for an owner who forgot the PIN.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn reset_people(&self) -> Result<(), ApiError> {
        self.store().remove_operators().await?;
        {
            let mut presence = held(&self.inner.presence);
            presence.forget_guard();
            // Whoever sat here in a role is nobody now.
            presence.dismiss_all();
        }
        self.log("", "person.reset", "by the account of the system").await.map(drop)
    }
}
