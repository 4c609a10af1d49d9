//! A Lightspeed Retail R-Series account on loopback (API V3): stateful, deterministic by seed, with its bucket and its quirks.
//!
//! Tests in other processes use `POST /_control/<command>` at the same address, with a JSON body and without a token: `change`
//! takes a [`Change`], `quirks` a [`Quirks`], `oauth` a [`DeskChange`]; `truth`, `books`, `pace` and `sales` take
//! nothing.

mod account;
mod change;
mod filter;
mod http;
mod list;
mod pace;
mod quirks;
mod tell;
mod till;
mod truth;

pub use account::{Spec, SpecError};
pub use change::Change;
pub use pace::{Pace, Register};
pub use quirks::Quirks;
pub use truth::{Books, CustomerEntry, ItemEntry, SaleEntry};

use crate::oauth::{Desk, DeskChange, Granted, Manner};
use crate::square::Truth;
use crate::wire::{Counters, Faults, LoggedRequest, Server, Wire, lock, read, write};
use account::Account;
use backroom_core::{Clock, SystemClock};
use std::sync::{Arc, RwLock};

/// What the server and the owner share.
pub(crate) struct Shared {
    pub(crate) account: RwLock<Account>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) desk: Desk,
}

/// A running R-Series stand-in; it ends when dropped.
pub struct Lightspeed {
    shared: Arc<Shared>,
    wire: Arc<Wire>,
    server: Server,
}

impl Lightspeed {
    /// Makes the shop and serves it on a free port of 127.0.0.1, by the computer's clock.
    ///
    /// # Errors
    /// A recipe that makes no shop, or no port.
    pub fn start(spec: Spec) -> Result<Self, SpecError> {
        Self::start_with(spec, 0, Arc::new(SystemClock))
    }

    /// As `start`, on a chosen port (0: any) and by another clock.
    ///
    /// # Errors
    /// A recipe that makes no shop, or the port is taken.
    pub fn start_with(spec: Spec, port: u16, clock: Arc<dyn Clock>) -> Result<Self, SpecError> {
        let desk = Desk::new(Manner::Lightspeed, spec.seed);
        let shared = Arc::new(Shared { account: RwLock::new(Account::generate(spec)?), clock, desk });
        let wire = Arc::new(Wire::default());
        let server = Server::start(port, Arc::clone(&wire), Arc::clone(&shared) as _)?;
        write(&shared.account).base_url = format!("http://{}", server.address());
        Ok(Self { shared, wire, server })
    }

    /// The address to use in place of `https://api.lightspeedapp.com`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The account's number.
    pub fn account_id(&self) -> String {
        read(&self.shared.account).id.clone()
    }

    /// The access token that is accepted.
    pub fn token(&self) -> String {
        read(&self.shared.account).token.clone()
    }

    /// Changes the access token: the old one is refused from now on.
    pub fn set_token(&self, token: &str) {
        token.clone_into(&mut write(&self.shared.account).token);
    }

    /// Changes what is granted at the desk, and to whom.
    pub fn desk(&self, change: &DeskChange) {
        self.shared.desk.change(change);
    }

    /// A refresh token of an earlier sign-in, as whoever sets up a server has it.
    pub fn refresh_token(&self) -> String {
        self.shared.desk.refresh_token(self.shared.clock.now().micros().div_euclid(1_000))
    }

    /// What was granted at the desk so far.
    pub fn granted(&self) -> Granted {
        self.shared.desk.granted()
    }

    /// Locks the employee who granted the access, or lets him in again.
    pub fn lock_employee(&self, locked: bool) {
        write(&self.shared.account).locked = locked;
    }

    /// Takes permissions away: only these remain (`employee:register_read` …).
    pub fn set_scopes(&self, scopes: &[&str]) {
        write(&self.shared.account).scopes = scopes.iter().map(|s| (*s).to_owned()).collect();
    }

    /// Changes behaviour that the documentation leaves open.
    pub fn set_quirks(&self, quirks: Quirks) {
        write(&self.shared.account).quirks = quirks;
    }

    /// Switches faults on or, with the default, off.
    pub fn set_faults(&self, faults: Faults) {
        *lock(&self.wire.faults) = faults;
    }

    /// Requests so far.
    pub fn counters(&self) -> Counters {
        self.wire.journal.counters()
    }

    /// The last requests, oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.wire.journal.log()
    }

    /// What went through the bucket so far, and how often it overflowed.
    pub fn pace(&self) -> Pace {
        lock(&read(&self.shared.account).register).pace()
    }

    /// Ids of all sales, in the order in which they were made.
    pub fn sale_ids(&self) -> Vec<String> {
        read(&self.shared.account).sales.iter().map(|sale| sale.id.to_string()).collect()
    }

    /// Changes the shop. Tells the id of the sale that came of it, where one did.
    ///
    /// # Errors
    /// Where there is nothing it could be done to.
    pub fn change(&self, change: &Change) -> Result<Option<String>, String> {
        let now = self.shared.clock.now();
        write(&self.shared.account).change(change, now)
    }

    /// The shop's books, record by record.
    pub fn books(&self) -> Books {
        read(&self.shared.account).books()
    }

    /// The shop's totals, worked out from its state by adding everything up.
    pub fn truth(&self) -> Truth {
        read(&self.shared.account).truth()
    }
}
