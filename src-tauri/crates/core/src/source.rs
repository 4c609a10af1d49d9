//! The port to a point of sale: pages of records, asked for by entity, location and span of time.

use crate::BoxFuture;
use crate::fault::Fault;
use crate::sale::{Category, Customer, Location, Order, Payment, Product, Refund, Sale, StockCount, TeamMember};
use crate::time::Timestamp;
use std::fmt;

/// What can be pulled from a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entity {
    /// The shops.
    Locations,
    /// Money taken.
    Payments,
    /// Money given back.
    Refunds,
    /// Baskets with their lines.
    Orders,
    /// Items, variations and categories.
    Catalog,
    /// Known customers.
    Customers,
    /// Stock counts.
    Inventory,
    /// People who work there.
    Team,
}

impl Entity {
    /// Every entity, in the order in which a first sync wants them.
    pub const ALL: [Self; 8] = [
        Self::Locations,
        Self::Payments,
        Self::Refunds,
        Self::Catalog,
        Self::Orders,
        Self::Inventory,
        Self::Customers,
        Self::Team,
    ];

    /// The name used on the command line, in SQL and on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Locations => "locations",
            Self::Payments => "payments",
            Self::Refunds => "refunds",
            Self::Orders => "orders",
            Self::Catalog => "catalog",
            Self::Customers => "customers",
            Self::Inventory => "inventory",
            Self::Team => "team",
        }
    }

    /// The entity of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.name() == name)
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How the history of an entity is fetched and kept current by a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PullPlan {
    /// Whether the stream is asked for each location on its own.
    pub per_location: bool,
    /// Whether the history can be cut into windows of creation time.
    pub windowed: bool,
    /// Whether changes can be asked for by time of change; where not, each cycle reads everything.
    pub incremental: bool,
    /// How far before the watermark each cycle looks again, in seconds.
    pub overlap_seconds: i64,
    /// Rows a full page holds.
    pub page_rows: usize,
    /// Whether deletions are told by absence alone, so that everything has to be read now and then.
    pub sweeps: bool,
}

/// Which records are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// All there are now.
    All,
    /// Created in `[from, to)`, newest first where the source can.
    Created {
        /// First instant.
        from: Timestamp,
        /// First instant after.
        to: Timestamp,
    },
    /// Changed at or after `since`, oldest change first, among those created at or after `history_from`.
    Updated {
        /// Earliest time of change.
        since: Timestamp,
        /// Earliest time of creation.
        history_from: Timestamp,
    },
}

/// One call to a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// What is asked for.
    pub entity: Entity,
    /// The location, for entities that are asked for by location.
    pub location: Option<String>,
    /// Which records.
    pub span: Span,
    /// The cursor of the page before, none for the first page. Never kept across runs.
    pub cursor: Option<String>,
}

/// The records of one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// Shops.
    Locations(Vec<Location>),
    /// Payments.
    Payments(Vec<Payment>),
    /// Refunds.
    Refunds(Vec<Refund>),
    /// Orders with their lines.
    Orders(Vec<Order>),
    /// Orders with their lines, payments and refunds, of sources that have no stream of payments.
    Sales(Vec<Sale>),
    /// Catalog objects of both kinds.
    Catalog {
        /// Sellable variations.
        products: Vec<Product>,
        /// Items deleted as a whole: their ids and the time of deletion; all their variations go with them.
        deleted_items: Vec<(String, Timestamp)>,
        /// Categories.
        categories: Vec<Category>,
    },
    /// Customers.
    Customers(Vec<Customer>),
    /// Stock counts.
    Inventory(Vec<StockCount>),
    /// Team members.
    Team(Vec<TeamMember>),
}

impl Rows {
    /// How many records.
    pub fn len(&self) -> usize {
        match self {
            Self::Locations(v) => v.len(),
            Self::Payments(v) => v.len(),
            Self::Refunds(v) => v.len(),
            Self::Orders(v) => v.len(),
            Self::Sales(v) => v.len(),
            Self::Catalog { products, deleted_items, categories } => {
                products.len() + deleted_items.len() + categories.len()
            }
            Self::Customers(v) => v.len(),
            Self::Inventory(v) => v.len(),
            Self::Team(v) => v.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One answered call.
#[derive(Debug, Clone)]
pub struct Page {
    /// The records, in the order of the body.
    pub rows: Rows,
    /// The body as it came, for the archive of raw replies.
    pub raw: bytes::Bytes,
    /// The cursor of the next page, none on the last.
    pub cursor: Option<String>,
    /// What the source's clock said in the reply's `Date` header.
    pub server_time: Option<Timestamp>,
    /// The source's own mark up to which this answer is complete, where it tells one (catalog `latest_time`).
    pub latest: Option<Timestamp>,
    /// HTTP requests it took, retries included.
    pub requests: u32,
    /// What was odd but survivable: changed types, records without a key. Words without personal data.
    pub warnings: Vec<String>,
}

/// What a connection test found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The account's id at the source.
    pub account_id: String,
    /// The business's name at the source.
    pub account_name: String,
    /// What the credential may do, in the source's words.
    pub scopes: Vec<String>,
    /// The entities it may not read.
    pub missing: Vec<Entity>,
    /// When the credential ends, where that is known.
    pub expires_at: Option<Timestamp>,
}

/// A point of sale.
pub trait Source: Send + Sync + 'static {
    /// The kind of source: `square`, `lightspeed_r` …
    fn kind(&self) -> &'static str;

    /// How `entity` is pulled; none where this source does not have it.
    fn plan(&self, entity: Entity) -> Option<PullPlan>;

    /// How many calls may be in flight at once.
    fn concurrency(&self) -> usize;

    /// Makes one call, retrying what is worth retrying.
    ///
    /// # Errors
    /// A `Fault` whose class tells what to do.
    fn fetch<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Result<Page, Fault>>;

    /// Tests the credential.
    ///
    /// # Errors
    /// A `Fault` whose class tells what to do.
    fn probe(&self) -> BoxFuture<'_, Result<Probe, Fault>>;
}
