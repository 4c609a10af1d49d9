//! The trial of a connection: everything that a delivery does, with one invented row.

use crate::bigquery::BigQuery;
use crate::merge::Statement;
use backroom_core::table::{Column, Kind, TableSpec};
use backroom_core::{Fault, FaultClass};
use backroom_http::Method;
use bytes::Bytes;

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, about: "" }
}

const TRIAL: TableSpec = TableSpec {
    name: "_backroom_trial",
    columns: &[
        column("id", Kind::Text),
        column("created_at", Kind::Timestamp),
        column("_version", Kind::Int),
        column("_obs", Kind::Int),
    ],
    key: &["id"],
    cluster: &[],
    partition: "created_at",
    prune: false,
};
const ROW: &[u8] = b"{\"id\":\"trial\",\"created_at\":\"2026-01-01T00:00:00.000000Z\",\"_version\":1,\"_obs\":0}\n";

impl BigQuery {
    /// Tries what a delivery needs and says in words what worked.
    pub(crate) async fn try_everything(&self) -> Result<Vec<String>, Fault> {
        let mut words = Vec::new();
        match self.gcp.dataset_location().await {
            Ok(there) if !there.is_empty() && !there.eq_ignore_ascii_case(&self.config.location) => {
                let message = format!(
                    "The dataset {} is in {there}, but {} is set as its location.",
                    self.config.dataset, self.config.location
                );
                return Err(Fault::new(FaultClass::Config, "BIGQUERY_LOCATION", message)
                    .with_hint("Correct the location in Connections → BigQuery."));
            }
            Ok(_) => words.push(format!("The dataset {} is there.", self.config.dataset)),
            Err(fault) if fault.class == FaultClass::NotFound && self.config.create_dataset => {
                self.gcp.create_dataset().await?;
                words.push(format!("The dataset {} was created in {}.", self.config.dataset, self.config.location));
            }
            Err(fault) => return Err(fault),
        }
        // Two PCs may try at once, so each trial has its own tables.
        let unique = self.clock.now().micros();
        let (target, staging) = (format!("{}_{unique}", TRIAL.name), format!("{}_{unique}_rows", TRIAL.name));
        let outcome = self.try_tables(&target, &staging, &mut words).await;
        let dropped = async {
            self.drop_table(&staging).await?;
            self.drop_table(&target).await
        };
        let dropped = dropped.await;
        outcome?;
        dropped?;
        words.push("The trial tables were removed.".to_owned());
        Ok(words)
    }

    async fn try_tables(&self, target: &str, staging: &str, words: &mut Vec<String>) -> Result<(), Fault> {
        let expires = self.clock.now().micros() / 1_000 + 3_600_000;
        let (project, dataset) = (&self.config.project, &self.config.dataset);
        let resource = crate::schema::staging(project, dataset, target, TRIAL.columns, expires);
        self.rest.settle(Method::POST, &["datasets", dataset, "tables"], &resource).await?;
        words.push("Tables may be created.".to_owned());
        self.load_rows(format!("backroom_trial_load_{target}"), staging, TRIAL.columns, Bytes::from_static(ROW))
            .await?;
        words.push("Rows may be loaded.".to_owned());
        let sources = [staging.to_owned()];
        let sql = self.merge_sql(&TRIAL, target, &[], &sources, None);
        let stem = format!("backroom_trial_merge_{target}");
        self.statement(Statement { stem, sql: &sql, sources: &sources, consumes: None, bytes: 0 }).await?;
        words.push("Rows may be merged.".to_owned());
        Ok(())
    }
}
