//! The demonstration store: a Square account that lives and a warehouse to deliver to.

use crate::bigquery::BigQuery;
use crate::lightspeed::{self, Lightspeed};
use crate::square::{SpecError, Square, StoreSpec};
use backroom_core::{Clock, SystemClock};
use std::sync::Arc;
use std::time::Duration;

/// How the demonstration store is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoOptions {
    /// Payments in the history of two years.
    pub payments: usize,
    /// Time between new sales, about; none for a shop that stands still.
    pub live: Option<Duration>,
    /// Port of the Square stand-in; 0 for any.
    pub square_port: u16,
    /// Port of the BigQuery stand-in; 0 for any.
    pub bigquery_port: u16,
}

impl Default for DemoOptions {
    fn default() -> Self {
        Self { payments: 36_500, live: Some(Duration::from_secs(20)), square_port: 0, bigquery_port: 0 }
    }
}

/// A running demonstration of a Lightspeed shop, 50 transactions and 25 products; it ends when dropped.
pub struct LightspeedDemo {
    /// The point of sale.
    pub lightspeed: Lightspeed,
    /// The warehouse.
    pub bigquery: BigQuery,
}

impl LightspeedDemo {
    /// Starts both stand-ins.
    ///
    /// # Errors
    /// No port on loopback.
    pub fn start() -> Result<Self, lightspeed::SpecError> {
        let lightspeed = Lightspeed::start(lightspeed::Spec::demo(SystemClock.now()))?;
        Ok(Self { lightspeed, bigquery: BigQuery::start(DemoStore::DATASET)? })
    }
}

/// A running demonstration store; it ends when dropped.
pub struct DemoStore {
    /// The point of sale.
    pub square: Square,
    /// The warehouse.
    pub bigquery: BigQuery,
}

impl DemoStore {
    /// The project of the demonstration warehouse.
    pub const PROJECT: &'static str = "demo-project";
    /// Its dataset.
    pub const DATASET: &'static str = "demo";

    /// Starts both stand-ins.
    ///
    /// # Errors
    /// No port on loopback.
    pub fn start(options: &DemoOptions) -> Result<Self, SpecError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let now = clock.now();
        // A big shop has a few more regulars.
        let spec = if options.payments > 50_000 { StoreSpec::busy(now) } else { StoreSpec::demo(now) };
        let spec = StoreSpec { payments: options.payments, ..spec };
        let square = Square::start_with(spec, options.square_port, Arc::clone(&clock))?;
        let bigquery = BigQuery::start_with(Self::DATASET, options.bigquery_port, clock)?;
        square.set_live(options.live);
        Ok(Self { square, bigquery })
    }
}
