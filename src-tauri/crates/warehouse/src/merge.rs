//! Staged rows into the table that readers see: newest version of each key, by one `MERGE`.

use crate::bigquery::BigQuery;
use crate::cost::{dollars, price_micro_usd, size};
use crate::fault;
use crate::job::{Ended, Work, number};
use crate::names;
use backroom_core::table::{Table, TableSpec};
use backroom_core::warehouse::{Cost, SealedBatch};
use backroom_core::{BusinessDay, Fault, FaultClass};
use serde_json::{Value, json};
use std::fmt::Write;

/// Staging tables merged at once: BigQuery takes a thousand tables and a megabyte of text in a query.
const AT_ONCE: usize = 100;
/// A table larger than this is asked what the query would read before it is run.
const LARGE: u64 = 1 << 30;

/// What a MERGE is about.
pub(crate) struct Plan<'a> {
    pub(crate) key: &'a [&'a str],
    pub(crate) columns: &'a [&'a str],
    /// Every table with its project and dataset.
    pub(crate) target: String,
    pub(crate) sources: Vec<String>,
    /// What each column is cast to, where that is needed.
    pub(crate) casts: &'a [Option<&'static str>],
    /// The column by whose date the target is partitioned.
    pub(crate) partition: &'a str,
    /// The dates of it outside which no row of the target can match.
    pub(crate) days: Option<(BusinessDay, BusinessDay)>,
}

impl Plan<'_> {
    /// The statement. A target row without a version is older than any of ours; one without that time lies in no
    /// date's partition and has to be looked for as well, or its key would come twice.
    pub(crate) fn sql(&self) -> String {
        let value = |n: usize, name: &str| match self.casts.get(n).copied().flatten() {
            Some(to) => format!("CAST(S.`{name}` AS {to})"),
            None => format!("S.`{name}`"),
        };
        let all = || self.columns.iter().copied().enumerate();
        let list = joined(self.columns.iter().map(|c| format!("`{c}`")), ", ");
        let keys = joined(self.key.iter().map(|k| format!("`{k}`")), ", ");
        let same = joined(self.key.iter().map(|k| format!("T.`{k}` = S.`{k}`")), " AND ");
        let from = joined(self.sources.iter().map(|s| format!("SELECT {list} FROM `{s}`")), "\n  UNION ALL ");
        let changing = all().filter(|(_, c)| !self.key.contains(c));
        let set = joined(changing.map(|(n, c)| format!("`{c}` = {}", value(n, c))), ", ");
        let values = joined(all().map(|(n, c)| value(n, c)), ", ");

        let mut sql = format!("MERGE `{}` T\nUSING (SELECT {list} FROM (\n  {from}\n) WHERE TRUE\n", self.target);
        // Writing into a String cannot fail.
        let _ = writeln!(
            sql,
            "QUALIFY ROW_NUMBER() OVER (PARTITION BY {keys} ORDER BY `_version` DESC, `_obs` DESC) = 1) S\nON {same}"
        );
        if let Some((first, last)) = self.days {
            let _ = writeln!(
                sql,
                "  AND (DATE(T.`{0}`) BETWEEN DATE '{first}' AND DATE '{last}' OR T.`{0}` IS NULL)",
                self.partition
            );
        }
        let _ = write!(
            sql,
            "WHEN MATCHED AND (S.`_version` > IFNULL(T.`_version`, -1) \
             OR (S.`_version` = T.`_version` AND S.`_obs` > IFNULL(T.`_obs`, -1)))\n  \
             THEN UPDATE SET {set}\nWHEN NOT MATCHED THEN INSERT ({list}) VALUES ({values})"
        );
        sql
    }
}

fn joined(parts: impl Iterator<Item = String>, by: &str) -> String {
    parts.collect::<Vec<_>>().join(by)
}

/// The dates that batches touch, with one on either side: whoever filled the table before us may have written its times in another
/// zone. None as soon as one batch does not say.
fn days(batches: &[SealedBatch]) -> Option<(BusinessDay, BusinessDay)> {
    let mut all = batches.iter().map(|b| b.days);
    let first = all.next()??;
    let (from, to) = all.try_fold(first, |(from, to), next| next.map(|(a, b)| (from.min(a), to.max(b))))?;
    Some((from.plus(-1), to.plus(1)))
}

/// A statement that bills bytes.
pub(crate) struct Statement<'a> {
    /// The stem of its jobs' ids.
    pub(crate) stem: String,
    pub(crate) sql: &'a str,
    /// The staging tables whose rows it moves.
    pub(crate) sources: &'a [String],
    /// A table that is gone once it has been run.
    pub(crate) consumes: Option<&'a str>,
    /// Bytes in its largest table.
    pub(crate) bytes: u64,
}

struct Limited<'a> {
    statement: &'a Statement<'a>,
    limit: u64,
}

impl Work for Limited<'_> {
    fn stem(&self) -> &str {
        &self.statement.stem
    }

    async fn send(&self, at: &BigQuery, id: &str) -> Result<Value, Fault> {
        let mut job = query_job(self.statement.sql, Some(self.limit));
        job["jobReference"] = at.job_reference(id);
        at.rest.start_job(&job).await
    }

    /// Staging that was filled after the statement ran has not been moved yet.
    async fn holds(&self, at: &BigQuery, job: &Ended) -> Result<bool, Fault> {
        if let Some(table) = self.statement.consumes
            && at.look(table).await?.is_some()
        {
            return Ok(false);
        }
        for staging in self.statement.sources {
            if let Some(table) = at.look(staging).await?
                && number(&table["lastModifiedTime"]) > job.began_ms()
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn query_job(sql: &str, limit: Option<u64>) -> Value {
    let mut query = json!({"query": sql, "useLegacySql": false});
    if let Some(limit) = limit {
        query["maximumBytesBilled"] = json!(limit.to_string());
    }
    json!({"configuration": {"query": query}})
}

impl BigQuery {
    pub(crate) async fn merge_batches(&self, table: Table, batches: &[SealedBatch]) -> Result<Cost, Fault> {
        let mut cost = Cost::default();
        for some in batches.chunks(AT_ONCE) {
            let one = self.merge_some(table, some).await?;
            cost = Cost { bytes: cost.bytes + one.bytes, jobs: cost.jobs + one.jobs };
        }
        Ok(cost)
    }

    async fn merge_some(&self, table: Table, batches: &[SealedBatch]) -> Result<Cost, Fault> {
        let spec = table.spec();
        let target = self.target(table).await?;
        let staging: Vec<String> = batches.iter().map(names::staging).collect();
        let days = if spec.prune && target.partitioned { days(batches) } else { None };
        let sql = self.merge_sql(&spec, spec.name, &target.casts, &staging, days);
        let stem = names::merge_job(table, batches);
        let merge = Statement { stem, sql: &sql, sources: &staging, consumes: None, bytes: target.bytes };
        let merged = match self.statement(merge).await {
            Ok(cost) => cost,
            Err(fault) => {
                if [fault::NO_TABLE, fault::NO_DATASET].contains(&fault.code) || fault.class == FaultClass::Schema {
                    // Somebody changed the table behind us: look at it again before the next try.
                    self.forget(table);
                }
                return Err(fault);
            }
        };
        self.drop_staging(&staging).await;
        Ok(merged)
    }

    pub(crate) fn merge_sql(
        &self,
        spec: &TableSpec,
        target: &str,
        casts: &[Option<&'static str>],
        sources: &[String],
        days: Option<(BusinessDay, BusinessDay)>,
    ) -> String {
        let sources = sources.iter().map(|s| self.path(s)).collect();
        let columns: Vec<&str> = spec.columns.iter().map(|c| c.name).collect();
        Plan {
            key: spec.key,
            columns: &columns,
            target: self.path(target),
            sources,
            casts,
            partition: spec.partition,
            days,
        }
        .sql()
    }

    /// Runs a statement that bills bytes, within today's budget.
    pub(crate) async fn statement(&self, statement: Statement<'_>) -> Result<Cost, Fault> {
        let tables = 1 + statement.sources.len() as u64;
        let expected = if statement.bytes > LARGE { self.expected(statement.sql).await? } else { 0 };
        let limit = self.meter.allow(tables, expected)?;
        let over = |f: Fault| if f.code == fault::OVER_LIMIT { self.meter.exhausted() } else { f };
        let ended = self.run(&Limited { statement: &statement, limit }).await.map_err(over)?;
        if let Some(error) = ended.error() {
            return Err(over(fault::of_job(error)));
        }
        let cost = match ended.earlier {
            true => Cost::default(),
            false => Cost { bytes: ended.billed(), jobs: 1 },
        };
        self.meter.count(cost.bytes, u64::from(cost.jobs));
        Ok(cost)
    }

    /// The bytes that a statement would read. Asking is free.
    pub(crate) async fn expected(&self, sql: &str) -> Result<u64, Fault> {
        let mut job = query_job(sql, None);
        job["configuration"]["dryRun"] = json!(true);
        job["jobReference"] = json!({"projectId": self.config.project, "location": self.config.location});
        let told = self.rest.settle(backroom_http::Method::POST, &["jobs"], &job).await?;
        let bytes = number(&told["statistics"]["totalBytesProcessed"]);
        tracing::debug!(bytes = %size(bytes), cost = %dollars(price_micro_usd(bytes)), "a query would read");
        Ok(bytes)
    }

    /// Drops staging tables whose rows have arrived. One that stays is swept later, or expires.
    pub(crate) async fn drop_staging(&self, staging: &[String]) {
        for name in staging {
            if let Err(fault) = self.drop_table(name).await {
                tracing::debug!(code = fault.code, "a staging table stays for the sweep");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::test_batch;

    fn sql(spec: &TableSpec, casts: &[Option<&'static str>], sources: &[&str], dated: bool) -> String {
        let day = |t: &str| BusinessDay::parse(t).unwrap();
        let columns: Vec<&str> = spec.columns.iter().map(|c| c.name).collect();
        let plan = Plan {
            key: spec.key,
            columns: &columns,
            target: format!("p.d.{}", spec.name),
            sources: sources.iter().map(|s| format!("p.d.{s}")).collect(),
            casts,
            partition: spec.partition,
            days: dated.then(|| (day("2026-11-01"), day("2026-11-20"))),
        };
        plan.sql()
    }

    #[test]
    fn statements() {
        let refunds = Table::SquareRefunds.spec();
        insta::assert_snapshot!("two_batches_pruned", sql(&refunds, &[], &["s1", "s2"], true));
        let mut casts = vec![None; refunds.columns.len()];
        casts[1] = Some("FLOAT64");
        insta::assert_snapshot!("float_column_unpruned", sql(&refunds, &casts, &["s1"], false));
        let lines = Table::SquareOrderLines.spec();
        insta::assert_snapshot!("composite_key", sql(&lines, &[], &["s1"], true));
    }

    #[test]
    fn dates_cover_every_batch_or_are_left_out() {
        let day = |t: &str| BusinessDay::parse(t).unwrap();
        let batch = |days: Option<(&str, &str)>| {
            let days = days.map(|(a, b)| (day(a), day(b)));
            SealedBatch { days, ..test_batch(1, "pc", Table::SquarePayments, "{}") }
        };
        let cases = [
            (
                vec![batch(Some(("2026-11-02", "2026-11-03"))), batch(Some(("2026-10-01", "2026-11-02")))],
                Some(("2026-09-30", "2026-11-04")),
            ),
            (vec![batch(Some(("2026-11-02", "2026-11-03"))), batch(None)], None),
            (vec![batch(None)], None),
            (vec![], None),
        ];
        for (batches, expected) in cases {
            assert_eq!(days(&batches), expected.map(|(a, b)| (day(a), day(b))), "a row outside the dates would double");
        }
    }
}
