//! Who is at work, at which seat: the window, or one of the browsers that are served.
//!
//! A person sits at one seat: a PIN that is entered in one browser opens no other. Tries are counted for all seats together, or
//! more browsers would be more tries.

use crate::dto::ApiError;
use crate::engine::{Engine, held};
use backroom_store::{Operator, Role};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Minutes without a touch after which a PIN is asked for again.
pub(crate) const IDLE_MINUTES: u32 = 10;
const IDLE: Duration = Duration::from_secs(IDLE_MINUTES as u64 * 60);
/// What a change of who is at work makes stale.
pub(crate) const SEEN: [&str; 6] = ["people", "app", "sales", "products", "sync", "connections"];

/// A seat's name; empty for the window, and for whoever names none.
pub(crate) type Seat = Arc<str>;

/// Who is at work, and who waits.
#[derive(Default)]
pub(crate) struct Presence {
    at_work: HashMap<Seat, AtWork>,
    /// Since when, in running time, a person waits.
    waits: HashMap<i64, Instant>,
    /// Whether there are people at all, once it is known.
    guarded: Option<bool>,
    /// How often that became uncertain.
    guard_round: u64,
    /// Whether this program acts for whoever owns the account of the system: `backroomctl`.
    trusted: bool,
    /// Whether somebody looks after those who have gone without a word.
    watched: bool,
}

/// Somebody at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AtWork {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) role: Role,
    touched: Instant,
}

impl AtWork {
    pub(crate) fn now(id: i64, name: &str, role: Role) -> Self {
        Self { id, name: name.to_owned(), role, touched: Instant::now() }
    }
}

impl Presence {
    /// Lets go whoever has not touched anything for too long; tells who that was.
    fn idle(&mut self, now: Instant) -> Vec<String> {
        let gone = self.at_work.extract_if(|_, w| now.saturating_duration_since(w.touched) >= IDLE);
        gone.map(|(_, w)| w.name).collect()
    }

    /// How long until the next may have gone; none where nobody is at work.
    fn next_idle(&self, now: Instant) -> Option<Duration> {
        self.at_work.values().map(|w| IDLE.saturating_sub(now.saturating_duration_since(w.touched))).min()
    }

    /// Whoever is at work at a seat.
    pub(crate) fn at(&self, seat: &Seat) -> Option<&AtWork> {
        self.at_work.get(seat)
    }

    /// Seats a person.
    pub(crate) fn seat(&mut self, seat: &Seat, person: AtWork) {
        self.at_work.insert(seat.clone(), person);
    }

    /// Takes whoever is at work from a seat.
    pub(crate) fn leave(&mut self, seat: &Seat) -> Option<AtWork> {
        self.at_work.remove(seat)
    }

    /// Takes a person from every seat.
    pub(crate) fn dismiss(&mut self, id: i64) {
        self.at_work.retain(|_, w| w.id != id);
    }

    /// Takes everybody from every seat.
    pub(crate) fn dismiss_all(&mut self) {
        self.at_work.clear();
    }

    /// Lets a person go on under another name or role, wherever he or she sits.
    pub(crate) fn rename(&mut self, id: i64, name: &str, role: Role) {
        for w in self.at_work.values_mut().filter(|w| w.id == id) {
            name.clone_into(&mut w.name);
            w.role = role;
        }
    }

    /// Notes that whoever sits there is there.
    pub(crate) fn touch(&mut self, seat: &Seat) {
        if let Some(w) = self.at_work.get_mut(seat) {
            w.touched = Instant::now();
        }
    }

    /// Milliseconds before another PIN of a person may be tried. After a start the whole wait begins anew.
    pub(crate) fn left(&mut self, operator: &Operator) -> u64 {
        if operator.waits_ms == 0 {
            return 0;
        }
        let since = *self.waits.entry(operator.pk).or_insert_with(Instant::now);
        operator.waits_ms.saturating_sub(u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// Lets a person's wait begin now.
    pub(crate) fn wait(&mut self, id: i64) {
        self.waits.insert(id, Instant::now());
    }

    /// Ends a person's wait.
    pub(crate) fn forgive(&mut self, id: i64) {
        self.waits.remove(&id);
    }

    /// What was known of whether there are people is no longer certain.
    pub(crate) const fn forget_guard(&mut self) {
        self.guarded = None;
        self.guard_round += 1;
    }

    /// Whether this program acts for whoever owns the account of the system.
    pub(crate) const fn is_trusted(&self) -> bool {
        self.trusted
    }
}

impl Engine {
    /// The same engine for somebody at another seat, such as a browser of its own: whoever enters a PIN there is at work there alone.
    #[must_use]
    pub fn at_seat(&self, seat: &str) -> Self {
        Self { inner: self.inner.clone(), seat: Arc::from(seat) }
    }

    /// Lets this program act for whoever owns the account of the system that it runs under.
    pub fn trust(&self) {
        held(&self.inner.presence).trusted = true;
    }

    /// Locks the seats of those who have gone without a word, writes it down and tells every screen.
    pub(crate) fn lock_idle(&self, now: Instant) {
        let gone = held(&self.inner.presence).idle(now);
        if gone.is_empty() {
            return;
        }
        self.changed(&SEEN);
        let engine = self.clone();
        tokio::spawn(async move {
            for name in gone {
                if let Err(error) = engine.log(&name, "person.idle", &format!("{IDLE_MINUTES} minutes")).await {
                    tracing::warn!(code = %error.code, "a lock could not be written into the audit log");
                }
            }
        });
    }

    /// Looks after whoever is at work until nobody is: a screen that nobody touches hears that it is locked.
    pub(crate) fn watch_idle(&self) {
        if std::mem::replace(&mut held(&self.inner.presence).watched, true) {
            return;
        }
        // Whoever only watches keeps no folder open.
        let (inner, seat, stopped) = (Arc::downgrade(&self.inner), self.seat.clone(), self.inner.stopped.clone());
        tokio::spawn(async move {
            loop {
                let Some(inner) = inner.upgrade() else { return };
                let engine = Self { inner, seat: seat.clone() };
                let now = Instant::now();
                engine.lock_idle(now);
                let next = {
                    let mut presence = held(&engine.inner.presence);
                    let next = presence.next_idle(now);
                    presence.watched = next.is_some();
                    next
                };
                drop(engine);
                let Some(next) = next else { return };
                tokio::select! {
                    () = tokio::time::sleep(next) => {}
                    () = stopped.cancelled() => return,
                }
            }
        });
    }

    /// The role of whoever is at work here; none where a PIN has to be entered first.
    pub(crate) fn role(&self) -> Result<Option<Role>, ApiError> {
        self.lock_idle(Instant::now());
        {
            let presence = held(&self.inner.presence);
            if presence.trusted {
                return Ok(Some(Role::Owner));
            }
            if let Some(at_work) = presence.at(&self.seat) {
                return Ok(Some(at_work.role));
            }
            if let Some(guarded) = presence.guarded {
                return Ok(if guarded { None } else { Some(Role::Owner) });
            }
        }
        let round = held(&self.inner.presence).guard_round;
        let guarded = !self.store().operators()?.is_empty();
        let mut presence = held(&self.inner.presence);
        // What became uncertain meanwhile is asked again next time.
        if presence.guard_round == round {
            presence.guarded = Some(guarded);
        }
        drop(presence);
        Ok(if guarded { None } else { Some(Role::Owner) })
    }

    /// The role of whoever is at work, where it covers what is asked.
    pub(crate) fn may(&self, needed: Option<Role>) -> Result<Option<Role>, ApiError> {
        let Some(needed) = needed else { return Ok(None) };
        let role = self.role()?;
        match role {
            None => Err(ApiError::new("LOCKED", "Backroom is locked.", "Choose your name and enter your PIN.")),
            Some(role) if role < needed => {
                let who = if needed == Role::Owner { "an owner" } else { "a manager" };
                let message = format!("This needs {who}.");
                let refused = ApiError::new("ROLE_NEEDED", message, "Let them enter their PIN, then try again.");
                Err(ApiError { role: Some(needed.name().to_owned()), ..refused })
            }
            Some(_) => Ok(role),
        }
    }

    /// The number of whoever is at work here; none where nobody had to enter a PIN.
    pub(crate) fn at_work_id(&self) -> Option<i64> {
        held(&self.inner.presence).at(&self.seat).map(|w| w.id)
    }

    /// The name of whoever is at work here; empty where nobody had to enter a PIN.
    pub(crate) fn at_work(&self) -> String {
        held(&self.inner.presence).at(&self.seat).map_or_else(String::new, |w| w.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EngineOptions, SecretsMode};
    use serde_json::{Value, json};

    #[test]
    fn whoever_touches_nothing_for_ten_minutes_goes_and_nobody_else() {
        let (start, window, browser) = (Instant::now(), Seat::from(""), Seat::from("browser"));
        let mut presence = Presence::default();
        assert_eq!(presence.next_idle(start), None, "nobody to look after");
        presence.seat(&window, AtWork { touched: start, ..AtWork::now(1, "Olive Owner", Role::Owner) });
        let later = start + Duration::from_secs(60);
        presence.seat(&browser, AtWork { touched: later, ..AtWork::now(2, "Cleo Clerk", Role::Clerk) });
        assert_eq!(presence.next_idle(later), Some(IDLE.saturating_sub(Duration::from_secs(60))), "the first to go");
        assert!(presence.idle(start + IDLE.saturating_sub(Duration::from_millis(1))).is_empty(), "not a moment early");
        assert_eq!(presence.idle(start + IDLE), ["Olive Owner"]);
        assert!(presence.at(&window).is_none() && presence.at(&browser).is_some(), "the other goes on");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_idle_lock_is_told_to_the_screens_and_written_down() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = SecretsMode::Memory(Arc::default());
        let options = EngineOptions { data_dir: folder.path().to_path_buf(), secrets, demo: false };
        let engine = Engine::open(options).await.unwrap();
        let owner = json!({"id": null, "name": "Olive Owner", "role": "owner", "pin": "4711"});
        engine.call("save_person", owner).await.unwrap();
        let mut changes = engine.subscribe();
        engine.lock_idle(Instant::now() + IDLE);
        let change = changes.recv().await.unwrap();
        assert!(change.invalidates.contains(&"people".to_owned()), "screens ask who is at work: {change:?}");
        assert_eq!(engine.call("summary", Value::Null).await.unwrap_err().code, "LOCKED");
        // It is written down behind the change, which tells of the log as well.
        let logged = || engine.store().audit_entries(0, 1).unwrap().remove(0);
        while logged().action != "person.idle" {
            changes.recv().await.unwrap();
        }
        assert_eq!((logged().operator.as_str(), logged().detail.as_str()), ("Olive Owner", "10 minutes"));
    }
}
