//! The client library: datasets, and queries whose figures we read.

use crate::config::{Config, is_loopback};
use crate::fault::{self, Call, refused};
use backroom_core::{Fault, FaultClass};
use backroom_http::{RetryPolicy, TokenProvider, retry};
use gcp_bigquery_client::auth::Authenticator;
use gcp_bigquery_client::client_builder::ClientBuilder;
use gcp_bigquery_client::error::BQError;
use gcp_bigquery_client::model::dataset::Dataset;
use gcp_bigquery_client::model::query_request::QueryRequest;
use gcp_bigquery_client::model::query_response::ResultSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;
use url::Url;

/// The library's client, set up at its first use.
pub(crate) struct Gcp {
    client: OnceCell<gcp_bigquery_client::Client>,
    base: Url,
    token: Arc<dyn TokenProvider>,
    project: String,
    dataset: String,
    location: String,
    policy: RetryPolicy,
}

/// Our token in the library's hands.
#[derive(Clone)]
struct Door(Arc<dyn TokenProvider>);

impl Authenticator for Door {
    fn access_token<'s, 'f>(&'s self) -> Pin<Box<dyn Future<Output = Result<String, BQError>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let token = self.0.token().await.map_err(|_| BQError::NoToken)?;
            Ok(token.secret.expose().to_owned())
        })
    }
}

impl Gcp {
    pub(crate) fn new(config: &Config, base: Url, token: Arc<dyn TokenProvider>) -> Self {
        let (project, dataset) = (config.project.clone(), config.dataset.clone());
        let (location, policy) = (config.location.clone(), config.retry);
        Self { client: OnceCell::new(), base, token, project, dataset, location, policy }
    }

    async fn client(&self) -> Result<&gcp_bigquery_client::Client, Fault> {
        // The library has no words for why there is no token; ours has, and it is kept for the call that follows.
        self.token.token().await?;
        self.client
            .get_or_try_init(|| async {
                let mut http = reqwest::Client::builder()
                    .connect_timeout(Duration::from_secs(10))
                    .timeout(Duration::from_secs(120))
                    .redirect(reqwest::redirect::Policy::none());
                if is_loopback(&self.base) {
                    http = http.no_proxy().tls_built_in_webpki_certs(false);
                } else {
                    http = http.https_only(true);
                }
                let http = http.build().map_err(|_| setup())?;
                ClientBuilder::new()
                    .with_v2_base_url(format!("{}/bigquery/v2", self.base.as_str().trim_end_matches('/')))
                    .with_client(http)
                    .build_from_authenticator(Arc::new(Door(Arc::clone(&self.token))))
                    .await
                    .map_err(|_| setup())
            })
            .await
    }

    /// Where the dataset is.
    pub(crate) async fn dataset_location(&self) -> Result<String, Fault> {
        let client = self.client().await?;
        let got =
            retry(&self.policy, |_| async { client.dataset().get(&self.project, &self.dataset).await.map_err(sort) });
        Ok(got.await.result?.location.unwrap_or_default())
    }

    /// Creates the dataset; one that is there already is as good.
    pub(crate) async fn create_dataset(&self) -> Result<(), Fault> {
        let client = self.client().await?;
        let made = retry(&self.policy, |_| async {
            let dataset = Dataset::new(&self.project, &self.dataset).location(&self.location);
            client.dataset().create(dataset).await.map_err(sort)
        });
        match made.await.result {
            Ok(_) => Ok(()),
            Err(f) if f.code == fault::DUPLICATE => Ok(()),
            Err(f) => Err(f),
        }
    }

    /// The first row of a query's result as text, and the bytes it read. `limit` is the most it may bill.
    pub(crate) async fn figures(&self, sql: &str, limit: u64) -> Result<(Vec<Option<String>>, u64), Fault> {
        let client = self.client().await?;
        let asked = retry(&self.policy, |_| async {
            let mut request = QueryRequest::new(sql);
            request.location = Some(self.location.clone());
            request.timeout_ms = Some(90_000);
            request.maximum_bytes_billed = Some(limit.to_string());
            client.job().query(&self.project, request).await.map_err(sort)
        });
        let response = asked.await.result?;
        if response.job_complete != Some(true) {
            return Err(Fault::new(FaultClass::Transient, "BIGQUERY_JOB_SLOW", "BigQuery is still counting.")
                .with_hint("Try again in a few minutes."));
        }
        let bytes = response.total_bytes_processed.as_deref().and_then(|b| b.parse().ok()).unwrap_or(0);
        let mut rows = ResultSet::new_from_query_response(response);
        let mut cells = Vec::new();
        if rows.next_row() {
            for column in 0..rows.column_names().len() {
                cells.push(rows.get_string(column).map_err(sort)?);
            }
        }
        Ok((cells, bytes))
    }
}

fn setup() -> Fault {
    Fault::new(FaultClass::Config, "HTTP_SETUP", "The encrypted connection could not be set up.")
        .with_hint("Restart Backroom; if it stays, send a report.")
}

/// The library's error by class. All calls here are reads or may be repeated, so what it cannot tell is transient.
fn sort(error: BQError) -> Fault {
    match error {
        BQError::ResponseError { error } => {
            let status = u16::try_from(error.error.code).unwrap_or(0);
            let reason = error.error.errors.first().and_then(|e| e.get("reason")).map_or("", String::as_str);
            refused(status, reason, &error.error.message, None, Call::Read)
        }
        BQError::NoToken => {
            Fault::new(FaultClass::Unauthorized, "BIGQUERY_KEY_REFUSED", "BigQuery's key gives no access.")
                .with_hint("Open Connections → BigQuery and paste a new service-account key.")
        }
        _ => Fault::new(FaultClass::Transient, "BIGQUERY_ILL", "BigQuery could not be reached or did not answer well.")
            .with_hint("Nothing is lost. Try again in a few minutes."),
    }
}
