//! The warehouse itself: the port's calls, each answered by the file that is named after it.

use crate::auth::ServiceAccount;
use crate::config::{Config, Credential, is_loopback};
use crate::cost::{Meter, Spent};
use crate::encode;
use crate::gcp::Gcp;
use crate::names;
use crate::rest::Rest;
use crate::schema::{Target, is_missing};
use backroom_core::table::{Cell, Table};
use backroom_core::warehouse::{Cost, SealedBatch, Warehouse};
use backroom_core::{BoxFuture, Clock, Fault, FaultClass, SystemClock};
use backroom_http::{Client, ClientConfig, StaticToken, TokenProvider};
use backroom_secrets::Secret;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A dataset at BigQuery.
pub struct BigQuery {
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rest: Rest,
    pub(crate) gcp: Gcp,
    pub(crate) meter: Meter,
    targets: Mutex<HashMap<Table, Arc<Target>>>,
}

impl BigQuery {
    /// A warehouse with the computer's clock. Nothing is sent yet.
    ///
    /// # Errors
    /// `Config` where a name, the address or the key cannot be used.
    pub fn new(config: Config, credential: &Credential) -> Result<Self, Fault> {
        Self::with_clock(config, credential, Arc::new(SystemClock))
    }

    /// The same with another clock.
    ///
    /// # Errors
    /// `Config` where a name, the address or the key cannot be used.
    pub fn with_clock(config: Config, credential: &Credential, clock: Arc<dyn Clock>) -> Result<Self, Fault> {
        let base = config.checked()?;
        let client = Client::new(ClientConfig::default());
        let token: Arc<dyn TokenProvider> = match credential {
            Credential::ServiceAccount(key) => Arc::new(ServiceAccount::new(key, client.clone(), Arc::clone(&clock))?),
            Credential::None if is_loopback(&base) => Arc::new(StaticToken::new(Secret::new("none"))),
            Credential::None => {
                return Err(Fault::new(FaultClass::Config, "BIGQUERY_NO_KEY", "There is no key for BigQuery yet.")
                    .with_hint("Paste a service-account key in Connections → BigQuery."));
            }
        };
        Ok(Self {
            rest: Rest::new(&config, base.clone(), client, Arc::clone(&token)),
            gcp: Gcp::new(&config, base, token),
            meter: Meter::new(Arc::clone(&clock), config.daily_budget_micro_usd),
            targets: Mutex::new(HashMap::new()),
            config,
            clock,
        })
    }

    /// What has been spent in this UTC day.
    pub fn spent(&self) -> Spent {
        self.meter.today()
    }

    /// Takes over what an earlier process spent, so that a restart does not open a new budget.
    pub fn restore_spent(&self, earlier: Spent) {
        self.meter.restore(earlier);
    }

    /// A table's name with project and dataset, as SQL takes it between backticks.
    pub(crate) fn path(&self, table: &str) -> String {
        format!("{}.{}.{table}", self.config.project, self.config.dataset)
    }

    pub(crate) fn reference(&self, table: &str) -> Value {
        json!({"projectId": self.config.project, "datasetId": self.config.dataset, "tableId": table})
    }

    /// A table as it is; none where it is not there.
    pub(crate) async fn look(&self, table: &str) -> Result<Option<Value>, Fault> {
        match self.rest.get(&["datasets", &self.config.dataset, "tables", table], &[]).await {
            Ok(resource) => Ok(Some(resource)),
            Err(fault) if is_missing(&fault) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    pub(crate) async fn drop_table(&self, table: &str) -> Result<(), Fault> {
        self.rest.delete(&["datasets", &self.config.dataset, "tables", table]).await
    }

    /// What is known of a table; it is prepared where nothing is.
    pub(crate) async fn target(&self, table: Table) -> Result<Arc<Target>, Fault> {
        let known = self.lock().get(&table).cloned();
        if let Some(target) = known {
            return Ok(target);
        }
        let target = Arc::new(self.make_ready(&table.spec()).await?);
        self.lock().insert(table, Arc::clone(&target));
        Ok(target)
    }

    pub(crate) fn forget(&self, table: Table) {
        self.lock().remove(&table);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Table, Arc<Target>>> {
        self.targets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Names of all tables of the dataset.
    pub(crate) async fn table_names(&self) -> Result<Vec<String>, Fault> {
        let mut names = Vec::new();
        let mut page = String::new();
        loop {
            let mut query = vec![("maxResults", "1000")];
            if !page.is_empty() {
                query.push(("pageToken", &page));
            }
            let listed = self.rest.get(&["datasets", &self.config.dataset, "tables"], &query).await?;
            let tables = listed["tables"].as_array().map_or(&[][..], Vec::as_slice);
            names.extend(tables.iter().filter_map(|t| t["tableReference"]["tableId"].as_str()).map(str::to_owned));
            match listed["nextPageToken"].as_str() {
                Some(next) if !next.is_empty() && next != page => next.clone_into(&mut page),
                _ => return Ok(names),
            }
        }
    }

    async fn sweep_device(&self, device: &str, keep: &[i64]) -> Result<u32, Fault> {
        let mut dropped = 0;
        for name in self.table_names().await? {
            if names::staged_batch(&name, device).is_some_and(|batch| !keep.contains(&batch)) {
                self.drop_table(&name).await?;
                dropped += 1;
            }
        }
        Ok(dropped)
    }
}

impl Warehouse for BigQuery {
    fn prepare(&self, table: Table) -> BoxFuture<'_, Result<Cost, Fault>> {
        Box::pin(async move { self.target(table).await.map(|_| Cost::default()) })
    }

    fn encode(&self, table: Table, rows: &[Vec<Cell>]) -> Result<Vec<u8>, Fault> {
        encode::encode(&table.spec(), rows)
    }

    fn load<'a>(&'a self, batch: &'a SealedBatch) -> BoxFuture<'a, Result<Cost, Fault>> {
        Box::pin(self.load_batch(batch))
    }

    fn merge<'a>(&'a self, table: Table, batches: &'a [SealedBatch]) -> BoxFuture<'a, Result<Cost, Fault>> {
        Box::pin(self.merge_batches(table, batches))
    }

    fn sweep<'a>(&'a self, device: &'a str, keep: &'a [i64]) -> BoxFuture<'a, Result<u32, Fault>> {
        Box::pin(self.sweep_device(device, keep))
    }

    fn probe(&self) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        Box::pin(self.try_everything())
    }
}

impl std::fmt::Debug for BigQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BigQuery").field("config", &self.config).finish_non_exhaustive()
    }
}
