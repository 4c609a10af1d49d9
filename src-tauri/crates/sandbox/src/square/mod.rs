//! A Square account on loopback: stateful, deterministic by seed, and able to misbehave on demand.
//!
//! ```no_run
//! # use backroom_sandbox::square::{Square, StoreSpec};
//! # use backroom_core::Timestamp;
//! let square = Square::start(StoreSpec::demo(Timestamp::from_seconds(1_795_000_000)))?;
//! println!("{} {}", square.base_url(), square.token());
//! # Ok::<(), backroom_sandbox::square::SpecError>(())
//! ```
//!
//! Tests in other processes use `POST /_control/<command>` at the same address, with a JSON body and without a token;
//! it works while the stand-in plays offline, too. `faults` takes a [`Faults`](crate::wire::Faults), `faults/clear`,
//! `counters`, `log` and `reset` take nothing; `add_sale` and `offline_sale` take a [`NewSale`], `late_order` a
//! [`LateOrder`], `quirks` a [`Quirks`], `scopes` a list of names; `add_tip`, `refund`, `delete_item`, `archive_item`,
//! `edit_price`, `delete_customer`, `rename_customer` and `token` take `{"id", "minor"?, "archived"?, "name"?}`;
//! `truth` and `ids` take nothing and answer with what their names say.

mod account;
mod basket;
mod catalog;
mod control;
mod cursor;
mod directory;
mod error;
mod generate;
mod http;
mod lists;
mod live;
mod mutate;
mod names;
mod page;
mod shelves;
mod spec;
mod tell_order;
mod tell_payment;
mod truth;

pub use account::SANDBOX_TOKEN;
pub use generate::SpecError;
pub use mutate::{LateOrder, NewSale, NoSuchThing, SaleLine, SaleMade};
pub use spec::{LocationSpec, Quirks, StoreSpec};
pub use truth::{DayTruth, Truth};

use crate::oauth::{Desk, DeskChange, Granted, Manner};
use crate::text::Named;
use crate::wire::{Counters, Faults, LoggedRequest, Server, Wire, lock, read, write};
use account::Account;
use backroom_core::{Clock, SystemClock};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

/// What the server and the owner share.
pub(crate) struct Shared {
    pub(crate) account: RwLock<Account>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) desk: Desk,
}

impl Shared {
    /// Now, in milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now().micros().div_euclid(1_000)
    }
}

/// A running Square stand-in; it ends when dropped.
pub struct Square {
    shared: Arc<Shared>,
    wire: Arc<Wire>,
    server: Server,
    live: Mutex<Option<tokio::task::AbortHandle>>,
}

impl Square {
    /// Makes the shop and serves it on a free port of 127.0.0.1, by the computer's clock.
    ///
    /// # Errors
    /// A recipe that makes no shop, or no port.
    pub fn start(spec: StoreSpec) -> Result<Self, SpecError> {
        Self::start_with(spec, 0, Arc::new(SystemClock))
    }

    /// As `start`, on a chosen port (0: any) and by another clock.
    ///
    /// # Errors
    /// A recipe that makes no shop, or the port is taken.
    pub fn start_with(spec: StoreSpec, port: u16, clock: Arc<dyn Clock>) -> Result<Self, SpecError> {
        let desk = Desk::new(Manner::Square, spec.seed);
        let shared = Arc::new(Shared { account: RwLock::new(Account::generate(spec)?), clock, desk });
        let wire = Arc::new(Wire::default());
        let server = Server::start(port, Arc::clone(&wire), Arc::clone(&shared) as _)?;
        Ok(Self { shared, wire, server, live: Mutex::new(None) })
    }

    /// The address to use in place of `https://connect.squareup.com`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.server.address())
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

    /// Takes permissions away: only these remain.
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

    /// Forgets counters and requests.
    pub fn reset_counters(&self) {
        self.wire.journal.reset();
    }

    /// Ids of the locations, the main one first.
    pub fn location_ids(&self) -> Vec<String> {
        let account = read(&self.shared.account);
        (0..account.spec.locations.len()).map(|n| account.id(Named::Location, n).to_string()).collect()
    }

    /// Ids of the items in the order of the catalog, deleted ones included.
    pub fn item_ids(&self) -> Vec<String> {
        let account = read(&self.shared.account);
        (0..account.catalog.items.len()).map(|n| account.id(Named::Item, n).to_string()).collect()
    }

    /// Ids of the customers, deleted ones included.
    pub fn customer_ids(&self) -> Vec<String> {
        let account = read(&self.shared.account);
        (0..account.customers.len()).map(|n| account.id(Named::Customer, n).to_string()).collect()
    }

    /// Ids of all payments, oldest first except where late ones were added.
    pub fn payment_ids(&self) -> Vec<String> {
        let account = read(&self.shared.account);
        (0..account.sales.len()).map(|n| account.id(Named::Payment, n).to_string()).collect()
    }

    /// The shop's totals, worked out from its state by adding everything up.
    pub fn truth(&self) -> Truth {
        read(&self.shared.account).truth()
    }

    /// Lets the shop live: a sale about every `every`, now and then a tip or a refund. None stops it.
    pub fn set_live(&self, every: Option<Duration>) {
        let mut live = lock(&self.live);
        if let Some(task) = live.take() {
            task.abort();
        }
        if let Some(every) = every {
            *live = self.server.spawn(live::trade(Arc::clone(&self.shared), every));
        }
    }
}
