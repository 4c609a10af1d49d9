//! The tables that readers see: created when absent, widened when they lack columns, otherwise left alone.

use crate::bigquery::BigQuery;
use crate::fault;
use crate::schema::{self, Target, fit};
use backroom_core::table::TableSpec;
use backroom_core::{Fault, FaultClass};
use backroom_http::Method;

impl BigQuery {
    /// Makes a table take our rows.
    pub(crate) async fn make_ready(&self, spec: &TableSpec) -> Result<Target, Fault> {
        let resource = match self.look(spec.name).await? {
            Some(there) => there,
            None => self.create(spec).await?,
        };
        let fit = fit(&resource, spec)?;
        if let Some(fields) = &fit.widened {
            let path = ["datasets", &self.config.dataset, "tables", spec.name];
            self.rest.settle(Method::PATCH, &path, &schema::widening(fields)).await?;
        }
        Ok(fit.target)
    }

    async fn create(&self, spec: &TableSpec) -> Result<serde_json::Value, Fault> {
        let resource = schema::table(&self.config.project, &self.config.dataset, spec);
        let path = ["datasets", &self.config.dataset, "tables"];
        let mut made = self.rest.settle(Method::POST, &path, &resource).await;
        if let Err(fault) = &made
            && fault.class == FaultClass::NotFound
            && self.config.create_dataset
        {
            self.gcp.create_dataset().await?;
            made = self.rest.settle(Method::POST, &path, &resource).await;
        }
        match made {
            Ok(told) => Ok(told),
            // Another PC was faster; what it made is what counts.
            Err(f) if f.code == fault::DUPLICATE => self.look(spec.name).await?.ok_or(f),
            Err(f) => Err(f),
        }
    }
}
