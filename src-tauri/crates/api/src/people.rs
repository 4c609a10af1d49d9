//! Who may do what: PINs, roles, the lock after a while, and the audit log.
//!
//! - Where there are no people, everybody is the owner: a shop of one needs no PIN.
//! - A wrong PIN is counted before it is looked at, and the count is durable. After five in a row each further one makes the next wait
//!   longer. What is waited is running time of this program, which no clock and no restart shortens.
//! - The pepper of the PINs and the key of the log are in the keychain: the file alone opens neither.

use crate::commands::Nothing;
use crate::dto::{
    ApiError, AuditLine, AuditPage, AuditProof, AuditQuery, EnterPin, People, Person, PersonDraft, PersonId,
};
use crate::engine::{Engine, held};
use argon2::{Algorithm, Argon2, Params, Version};
use backroom_secrets::{BUFFER_KEY, Secret, SecretStore};
use backroom_store::{AuditKey, Operator, OperatorDraft, Role};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PEPPER: &str = "people/pepper";
const AUDIT_KEY: &str = "audit/key";
/// Number of entries and mark of the last one.
const AUDIT_HEAD: &str = "audit/head";
/// Kibibytes and passes for a PIN: what OWASP names first.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Wrong PINs in a row that cost nothing.
const FREE_TRIES: u32 = 5;
const FIRST_WAIT_MS: u64 = 30_000;
const LONGEST_WAIT_MS: u64 = 3_600_000;
const IDLE_MINUTES: u32 = 10;
const LONGEST_NAME: usize = 60;
const MOST_PEOPLE: usize = 100;
const MOST_ENTRIES: u32 = 200;

/// Commands whose success is kept in the audit log, with what it is called there.
const AUDITED: &[(&str, &str)] = &[
    ("save_square_token", "connection.token"),
    ("save_lightspeed_token", "connection.token"),
    ("save_bigquery_key", "connection.key"),
    ("begin_sign_in", "connection.sign_in_begun"),
    ("remove_connection", "connection.removed"),
    ("retry_dead", "delivery.retried"),
    ("save_settings", "settings.saved"),
    ("save_person", "person.saved"),
    ("remove_person", "person.removed"),
    ("enter_pin", "person.came"),
];
/// Fields of a request that may stand in the log.
const TELLING: [&str; 7] = ["name", "kind", "table", "project", "dataset", "role", "id"];

/// Who is at work, and who waits.
#[derive(Default)]
pub(crate) struct Presence {
    at_work: Option<AtWork>,
    /// Since when, in running time, a person waits.
    waits: HashMap<i64, Instant>,
    /// Whether there are people at all, once it is known.
    guarded: Option<bool>,
    /// Whether this program acts for whoever owns the account of the system: `backroomctl`.
    trusted: bool,
}

struct AtWork {
    id: i64,
    name: String,
    role: Role,
    touched: Instant,
}

impl Presence {
    fn idle(&mut self) {
        let long = Duration::from_secs(u64::from(IDLE_MINUTES) * 60);
        if self.at_work.as_ref().is_some_and(|w| w.touched.elapsed() >= long) {
            self.at_work = None;
        }
    }
}

fn person(operator: &Operator, waits: &HashMap<i64, Instant>) -> Person {
    Person {
        id: operator.pk,
        name: operator.name.clone(),
        role: operator.role.name().to_owned(),
        since: operator.created_at.to_rfc3339(),
        waits_seconds: u32::try_from(left(operator, waits).div_ceil(1_000)).unwrap_or(u32::MAX),
    }
}

/// Milliseconds before another PIN may be tried. After a start the whole wait begins anew.
fn left(operator: &Operator, waits: &HashMap<i64, Instant>) -> u64 {
    let gone = waits.get(&operator.pk).map_or(0, |since| since.elapsed().as_millis());
    operator.waits_ms.saturating_sub(u64::try_from(gone).unwrap_or(u64::MAX))
}

pub(crate) fn people(engine: &Engine, _: Nothing) -> Result<People, ApiError> {
    let operators = engine.store().operators()?;
    let mut presence = held(&engine.inner.presence);
    presence.idle();
    for waiting in operators.iter().filter(|o| o.waits_ms > 0) {
        presence.waits.entry(waiting.pk).or_insert_with(Instant::now);
    }
    let people: Vec<Person> = operators.iter().map(|o| person(o, &presence.waits)).collect();
    let at_work = presence.at_work.as_ref().and_then(|w| people.iter().find(|p| p.id == w.id)).cloned();
    Ok(People {
        locked: !people.is_empty() && at_work.is_none() && !presence.trusted,
        people,
        at_work,
        needs_passphrase: held(&engine.inner.keychain_trouble).as_ref().is_some_and(|t| t.code == "SECRET_PASSPHRASE"),
        idle_minutes: IDLE_MINUTES,
    })
}

/// Somebody enters a PIN.
pub(crate) async fn enter_pin(engine: &Engine, entered: EnterPin) -> Result<People, ApiError> {
    // One try at a time: two at once would both be looked at before either is counted.
    let _turn = engine.inner.entering.lock().await;
    let operators = engine.store().operators()?;
    let known = operators.into_iter().find(|o| o.pk == entered.id);
    let operator = known.ok_or_else(|| ApiError::bad_request("There is no such person."))?;
    {
        let mut presence = held(&engine.inner.presence);
        if operator.waits_ms > 0 {
            presence.waits.entry(operator.pk).or_insert_with(Instant::now);
        }
        let left = left(&operator, &presence.waits);
        if left > 0 {
            return Err(ApiError::new(
                "PIN_WAIT",
                format!("Too many wrong PINs. Another may be tried in {}.", words(left)),
                "Wait, or let an owner set a new PIN.",
            ));
        }
    }
    // A keychain that does not answer is no wrong PIN.
    let pepper = engine.own_key(PEPPER, false).await?;
    let failures = operator.failures.saturating_add(1);
    let over = failures.saturating_sub(FREE_TRIES);
    let wait = if over == 0 { 0 } else { (FIRST_WAIT_MS << (over - 1).min(10)).min(LONGEST_WAIT_MS) };
    engine.store().keep_failures(operator.pk, failures, wait).await?;
    held(&engine.inner.presence).waits.remove(&operator.pk);
    let (pin, salt) = (Secret::new(entered.pin), operator.salt.clone());
    let found = hashed(pin, salt, pepper).await?;
    let same =
        found.len() == operator.pin.len() && found.iter().zip(&operator.pin).fold(0, |d, (a, b)| d | (a ^ b)) == 0;
    if !same {
        if wait > 0 {
            held(&engine.inner.presence).waits.insert(operator.pk, Instant::now());
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
    let (id, name, role) = (operator.pk, operator.name, operator.role);
    held(&engine.inner.presence).at_work = Some(AtWork { id, name, role, touched: Instant::now() });
    engine.changed(&["people", "app", "sales", "products", "sync", "connections"]);
    people(engine, Nothing {})
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
    let gone = held(&engine.inner.presence).at_work.take().map(|w| w.name);
    if let Some(gone) = gone {
        engine.log(&gone, "person.left", "").await?;
    }
    engine.changed(&["people", "app", "sales", "products", "sync", "connections"]);
    Ok(())
}

/// Somebody moved the mouse or pressed a key: the lock waits anew.
pub(crate) async fn touch(engine: &Engine, _: Nothing) -> Result<(), ApiError> {
    let mut presence = held(&engine.inner.presence);
    presence.idle();
    if let Some(at_work) = presence.at_work.as_mut() {
        at_work.touched = Instant::now();
    }
    Ok(())
}

/// Adds or changes a person.
pub(crate) async fn save_person(engine: &Engine, draft: PersonDraft) -> Result<People, ApiError> {
    let name = draft.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
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
    let first = engine.store().operators()?.is_empty();
    let pk = engine.store().keep_operator(draft.id, OperatorDraft { name: name.to_owned(), role, pin }).await?;
    {
        let mut presence = held(&engine.inner.presence);
        presence.guarded = None;
        presence.waits.remove(&pk);
        let known = presence.at_work.as_ref().is_some_and(|w| w.id == pk);
        // Whoever makes the first owner is that owner.
        if first || known {
            let name = name.to_owned();
            presence.at_work = Some(AtWork { id: pk, name, role, touched: Instant::now() });
        }
    }
    engine.changed(&["people", "app"]);
    people(engine, Nothing {})
}

/// The same digit throughout, or a run of them.
fn weak(pin: &str) -> bool {
    let digits: Vec<i16> = pin.bytes().map(i16::from).collect();
    let steps: Vec<i16> = digits.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?)).collect();
    [0, 1, -1].iter().any(|step| steps.iter().all(|s| s == step))
}

/// Removes a person.
pub(crate) async fn remove_person(engine: &Engine, person: PersonId) -> Result<People, ApiError> {
    engine.store().remove_operator(person.id).await?;
    {
        let mut presence = held(&engine.inner.presence);
        presence.guarded = None;
        if presence.at_work.as_ref().is_some_and(|w| w.id == person.id) {
            presence.at_work = None;
        }
    }
    engine.changed(&["people", "app"]);
    people(engine, Nothing {})
}

/// The newest entries of the audit log.
pub(crate) fn audit_log(engine: &Engine, query: AuditQuery) -> Result<AuditPage, ApiError> {
    if query.limit > MOST_ENTRIES || query.before.is_some_and(|n| n < 1) {
        return Err(ApiError::bad_request("Ask for 200 entries or fewer."));
    }
    let entries = engine.store().audit_entries(query.before.unwrap_or(0), query.limit)?;
    let line = |e: backroom_store::AuditEntry| AuditLine {
        number: e.number,
        at: e.at.to_rfc3339(),
        operator: e.operator,
        action: e.action,
        detail: e.detail,
    };
    Ok(AuditPage { entries: entries.into_iter().map(line).collect() })
}

/// Checks the whole audit log.
pub(crate) async fn verify_audit(engine: &Engine, _: Nothing) -> Result<AuditProof, ApiError> {
    let key = engine.own_key(AUDIT_KEY, true).await?;
    let head = engine.secret(AUDIT_HEAD.to_owned()).await?;
    let store = engine.store().clone();
    let chain = tokio::task::spawn_blocking(move || store.audit_chain(&key))
        .await
        .map_err(|_| ApiError::new("INTERNAL", "The log could not be read.", "Try again."))??;
    let kept: Option<(u64, String)> = head.and_then(|text| {
        let (count, mark) = text.expose().split_once(' ')?;
        Some((count.parse().ok()?, mark.to_owned()))
    });
    // What is kept beside the key may be an entry behind where the program was killed between the two, never ahead.
    let missing = kept.as_ref().map_or(0, |(count, _)| count.saturating_sub(chain.entries));
    let other = kept.is_some_and(|(count, mark)| count == chain.entries && mark != chain.head);
    Ok(AuditProof {
        ok: chain.broken_at.is_none() && missing == 0 && !other,
        entries: chain.entries,
        broken_at: chain.broken_at.or_else(|| other.then(|| i64::try_from(chain.entries).unwrap_or(i64::MAX))),
        missing,
    })
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
    /// Lets this program act for whoever owns the account of the system that it runs under.
    pub fn trust(&self) {
        held(&self.inner.presence).trusted = true;
    }

    /// Removes everybody, on behalf of whoever owns the account of the system: the way back for an owner who forgot the PIN.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn reset_people(&self) -> Result<(), ApiError> {
        self.store().remove_operators().await?;
        held(&self.inner.presence).guarded = None;
        self.log("", "person.reset", "by the account of the system").await
    }

    /// The role of whoever is at work; none where a PIN has to be entered first.
    pub(crate) fn role(&self) -> Result<Option<Role>, ApiError> {
        {
            let mut presence = held(&self.inner.presence);
            presence.idle();
            if presence.trusted {
                return Ok(Some(Role::Owner));
            }
            if let Some(at_work) = &presence.at_work {
                return Ok(Some(at_work.role));
            }
            if let Some(guarded) = presence.guarded {
                return Ok(if guarded { None } else { Some(Role::Owner) });
            }
        }
        let guarded = !self.store().operators()?.is_empty();
        // Kept only where it locks: "nobody" may be no longer true by the time it is written down.
        held(&self.inner.presence).guarded = guarded.then_some(true);
        Ok(if guarded { None } else { Some(Role::Owner) })
    }

    /// The role of whoever is at work, where it covers what is asked.
    pub(crate) fn may(&self, needed: Option<Role>) -> Result<Option<Role>, ApiError> {
        let role = self.role()?;
        let Some(needed) = needed else { return Ok(role) };
        match role {
            None => Err(ApiError::new("LOCKED", "Backroom is locked.", "Choose your name and enter your PIN.")),
            Some(role) if role < needed => {
                let who = if needed == Role::Owner { "an owner" } else { "a manager" };
                Err(ApiError::new(
                    "ROLE_NEEDED",
                    format!("This needs {who}."),
                    "Let them enter their PIN, then try again.",
                ))
            }
            Some(_) => Ok(role),
        }
    }

    /// Keeps a command that was carried out in the audit log, where it is one of those.
    pub(crate) async fn log_command(&self, command: &str, told: &str) -> Result<(), ApiError> {
        let Some((_, action)) = AUDITED.iter().find(|(name, _)| *name == command) else { return Ok(()) };
        self.log(&self.at_work(), action, told).await
    }

    /// The name of whoever is at work; empty where nobody had to enter a PIN.
    pub(crate) fn at_work(&self) -> String {
        held(&self.inner.presence).at_work.as_ref().map_or_else(String::new, |w| w.name.clone())
    }

    pub(crate) async fn log(&self, operator: &str, action: &str, detail: &str) -> Result<(), ApiError> {
        // Where there is no place for a key, there is nothing that could vouch for a log.
        let key = match self.own_key(AUDIT_KEY, true).await {
            Ok(key) => key,
            Err(error) => {
                tracing::warn!(code = %error.code, action, "an act could not be written into the audit log");
                return Ok(());
            }
        };
        // One at a time: the head beside the key follows the entries in their order.
        let _turn = self.inner.logging.lock().await;
        let kept = self.secret(AUDIT_HEAD.to_owned()).await?;
        let written = kept.and_then(|text| text.expose().split_once(' ')?.0.parse().ok()).unwrap_or(0);
        let (count, head) = self.store().audit(&key, written, operator, action, detail).await?;
        let secrets = self.inner.secrets.clone();
        if secrets.writable() {
            let head = Secret::new(format!("{count} {head}"));
            let kept = tokio::task::spawn_blocking(move || secrets.set(AUDIT_HEAD, &head)).await;
            if !matches!(kept, Ok(Ok(()))) {
                tracing::warn!("the head of the audit log could not be kept beside its key");
            }
        }
        Ok(())
    }

    /// A key of this program's own: from the keychain, made where `make` says so, or from the text that seals the buffer.
    async fn own_key(&self, name: &'static str, make: bool) -> Result<AuditKey, ApiError> {
        let secrets = self.inner.secrets.clone();
        tokio::task::spawn_blocking(move || own_key(&secrets, name, make))
            .await
            .map_err(|_| ApiError::new("SECRET_FAILED", "The keychain could not be asked.", "Try again."))?
    }
}

fn own_key(secrets: &Arc<dyn SecretStore>, name: &'static str, make: bool) -> Result<AuditKey, ApiError> {
    if !secrets.writable() {
        let phrase = secrets.get(BUFFER_KEY)?.filter(|p| !p.is_empty()).ok_or_else(|| {
            ApiError::new(
                "CONFIG_NO_PLACE",
                "There is no keychain here for PINs.",
                "Set BACKROOM_BUFFER_KEY to a long text.",
            )
        })?;
        return Ok(blake3::derive_key(&format!("Backroom 2026 {name} v1"), phrase.expose().as_bytes()));
    }
    let damaged = || {
        ApiError::new(
            "PIN_KEY_LOST",
            "The keychain no longer has what PINs are checked with.",
            "Whoever owns this PC runs: backroomctl people --reset. Then set the PINs anew; nothing else is lost.",
        )
    };
    let read = |text: &Secret| -> Option<AuditKey> {
        let mut key = [0u8; 32];
        hex::decode_to_slice(text.expose(), &mut key).ok()?;
        Some(key)
    };
    match secrets.get(name)? {
        Some(text) => read(&text).ok_or_else(damaged),
        None if make => {
            secrets.set(name, &Secret::new(hex::encode(rand::random::<[u8; 32]>())))?;
            // What counts is what will be read next time.
            secrets.get(name)?.as_ref().and_then(read).ok_or_else(damaged)
        }
        None => Err(damaged()),
    }
}

/// What a request says that may stand in the log: names and kinds, nothing that could be a secret.
pub(crate) fn telling(args: &Value) -> String {
    let told = TELLING.iter().filter_map(|field| {
        let value = match args.get(field)? {
            Value::String(text) if !text.is_empty() => text.chars().take(60).collect(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(format!("{field} {value}"))
    });
    told.collect::<Vec<_>>().join(", ")
}
