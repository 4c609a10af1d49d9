//! An unpartitioned table of ours becomes a partitioned one, without loss.
//!
//! ```text
//! copy ─► compare ─► rename old to …_before_partitioning_<date> ─► rename copy into its place ─► compare, catch up
//! ```
//!
//! The old table is never deleted. A copy that was not finished is thrown away and begun again; a migration that broke
//! off between the two renames is finished by the next call, also where another PC made a new table meanwhile. Rows that another PC delivers meanwhile end up in the old
//! table: they are seen by the second comparison and merged after it.

use crate::bigquery::BigQuery;
use crate::cost::{LEAST_BYTES, dollars, price_micro_usd, size, utc_day};
use crate::job::number;
use crate::merge::{Plan, Statement};
use crate::schema::{self, fit};
use backroom_core::table::{Table, TableSpec};
use backroom_core::{Fault, FaultClass};
use backroom_http::Method;
use serde_json::{Value, json};

/// BigQuery writes at most 4,000 partitions in a job.
const MOST_DAYS: u64 = 3_900;
/// How often a copy is begun again because another PC wrote meanwhile.
const TRIES: u32 = 3;
/// The copy reads the table once, each comparison reads it and its copy.
const READS: u64 = 5;

/// What a migration found or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Migration {
    /// There is no such table yet; it will be created partitioned.
    Absent,
    /// The table is partitioned.
    NotNeeded,
    /// What it would take.
    Estimate {
        /// Rows in the table.
        rows: u64,
        /// Bytes that would be read, comparisons included.
        bytes: u64,
        /// What that costs, in millionths of a US dollar.
        micro_usd: u64,
        /// The same for a person.
        words: String,
    },
    /// The table is partitioned now.
    Done {
        /// Rows in it.
        rows: u64,
        /// Name under which the old table is kept.
        kept_as: String,
    },
}

/// What two tables hold.
#[derive(Debug, PartialEq, Eq)]
struct Figures {
    rows: [u64; 2],
    checksums: [Option<String>; 2],
    days: u64,
}

impl Figures {
    fn same(&self) -> bool {
        self.rows[0] == self.rows[1] && self.checksums[0] == self.checksums[1]
    }
}

impl BigQuery {
    /// Partitions an existing table by day. With `dry_run` nothing is changed, only what it would take is told.
    ///
    /// # Errors
    /// A `Fault` whose class tells what to do; calling again goes on or begins again, whichever is right.
    pub async fn migrate(&self, table: Table, dry_run: bool) -> Result<Migration, Fault> {
        let spec = table.spec();
        let done = match self.look(spec.name).await? {
            None => match self.unfinished(&spec).await? {
                Some(_) if dry_run => Ok(Migration::Estimate {
                    rows: 0,
                    bytes: 0,
                    micro_usd: 0,
                    words: "An earlier migration only has to be finished.".to_owned(),
                }),
                Some(kept_as) => self.put_in_place(&spec, kept_as).await,
                None => Ok(Migration::Absent),
            },
            Some(there) if fit(&there, &spec)?.target.partitioned => match self.unfinished(&spec).await? {
                Some(kept_as) if !dry_run => self.join(&spec, &there, kept_as).await,
                _ => Ok(Migration::NotNeeded),
            },
            Some(there) if dry_run => self.estimate(&spec, &there).await,
            Some(_) => self.partition(&spec).await,
        };
        self.forget(table);
        done
    }

    async fn estimate(&self, spec: &TableSpec, there: &Value) -> Result<Migration, Fault> {
        let once = self.expected(&format!("SELECT * FROM `{}`", self.path(spec.name))).await?;
        let bytes = once.max(number(&there["numBytes"])).max(LEAST_BYTES).saturating_mul(READS);
        let (rows, micro_usd) = (number(&there["numRows"]), price_micro_usd(bytes));
        let words = format!(
            "{} holds {rows} rows. Partitioning it reads {} and costs about {}; the old table is kept.",
            spec.name,
            size(bytes),
            dollars(micro_usd)
        );
        Ok(Migration::Estimate { rows, bytes, micro_usd, words })
    }

    async fn partition(&self, spec: &TableSpec) -> Result<Migration, Fault> {
        // Columns that are missing are added first, so that both tables take deliveries at any moment.
        self.make_ready(spec).await?;
        for _ in 0..TRIES {
            let there = self.look(spec.name).await?.ok_or_else(|| gone(spec))?;
            let made = self.copy_empty(spec, &there).await?;
            let columns = columns_of(&there);
            self.copy_rows(spec, &columns, &made, number(&there["numBytes"])).await?;
            let figures = self.compare(spec.name, &copy_of(spec), &columns, spec.partition).await?;
            if figures.days > MOST_DAYS {
                self.drop_table(&copy_of(spec)).await?;
                let message =
                    format!("{} spans {} days, more than can be partitioned at once.", spec.name, figures.days);
                return Err(Fault::new(FaultClass::Rejected, "BIGQUERY_TOO_MANY_DAYS", message)
                    .with_hint("Deliveries go on as before; the table stays as it is."));
            }
            if figures.same() {
                let kept_as = self.free_name(spec).await?;
                self.rename(spec.name, &kept_as, &made).await?;
                return self.put_in_place(spec, kept_as).await;
            }
            self.drop_table(&copy_of(spec)).await?;
        }
        let message = format!("{} changed each time while it was copied.", spec.name);
        Err(Fault::new(FaultClass::Transient, "BIGQUERY_BUSY", message)
            .with_hint("Nothing was changed. Try again when no other PC is delivering, for instance after closing."))
    }

    /// The copy's empty table: every property of the old one that can be kept, and partitions. Tells when it was made.
    async fn copy_empty(&self, spec: &TableSpec, there: &Value) -> Result<String, Fault> {
        self.drop_table(&copy_of(spec)).await?;
        let mut resource = json!({
            "tableReference": self.reference(&copy_of(spec)),
            "schema": there["schema"],
            "timePartitioning": {"type": "DAY", "field": spec.partition},
        });
        for property in ["description", "friendlyName", "labels"] {
            if !there[property].is_null() {
                resource[property] = there[property].clone();
            }
        }
        if let Some(clustering) = schema::clustering(spec) {
            resource["clustering"] = json!({"fields": clustering.fields});
        }
        let made = self.rest.settle(Method::POST, &["datasets", &self.config.dataset, "tables"], &resource).await?;
        Ok(number(&made["creationTime"]).max(1).to_string())
    }

    async fn copy_rows(&self, spec: &TableSpec, columns: &[String], made: &str, bytes: u64) -> Result<(), Fault> {
        let list = columns.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
        let (from, to) = (self.path(spec.name), self.path(&copy_of(spec)));
        let sql = format!("INSERT INTO `{to}` ({list}) SELECT {list} FROM `{from}`");
        let stem = format!("backroom_partition_{}_{made}", spec.name);
        self.statement(Statement { stem, sql: &sql, sources: &[], consumes: None, bytes }).await?;
        Ok(())
    }

    /// Rows and checksums of two tables at one moment.
    async fn compare(&self, one: &str, other: &str, columns: &[String], partition: &str) -> Result<Figures, Fault> {
        let list = columns.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
        let of = |table: &str| {
            format!(
                "SELECT COUNT(*) AS n, BIT_XOR(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT({list})))) AS x, \
                 COUNT(DISTINCT DATE(`{partition}`)) AS d FROM `{}`",
                self.path(table)
            )
        };
        let sql = format!(
            "SELECT a.n AS an, a.x AS ax, b.n AS bn, b.x AS bx, a.d AS d FROM ({}) AS a CROSS JOIN ({}) AS b",
            of(one),
            of(other)
        );
        let limit = self.meter.allow(2, 0)?;
        let (cells, bytes) = self.gcp.figures(&sql, limit).await?;
        self.meter.count(bytes.max(2 * LEAST_BYTES), 1);
        let count = |n: usize| cells.get(n).and_then(|c| c.as_deref()?.parse().ok()).unwrap_or(0);
        let text = |n: usize| cells.get(n).cloned().flatten();
        Ok(Figures { rows: [count(0), count(2)], checksums: [text(1), text(3)], days: count(4) })
    }

    /// The copy takes the table's name; what came into the old table meanwhile follows.
    async fn put_in_place(&self, spec: &TableSpec, kept_as: String) -> Result<Migration, Fault> {
        let copy = self.look(&copy_of(spec)).await?.ok_or_else(|| gone(spec))?;
        let made = number(&copy["creationTime"]).max(1).to_string();
        self.rename(&copy_of(spec), spec.name, &made).await?;
        let rows = self.catch_up(spec, &copy, std::slice::from_ref(&kept_as), &made).await?;
        Ok(Migration::Done { rows, kept_as })
    }

    /// Another PC found the name free between the two renames and made a new table: the old rows join it.
    async fn join(&self, spec: &TableSpec, there: &Value, kept_as: String) -> Result<Migration, Fault> {
        let copy = self.look(&copy_of(spec)).await?.ok_or_else(|| gone(spec))?;
        let fields = |of: &Value| of["schema"]["fields"].as_array().cloned().unwrap_or_default();
        let has =
            |f: &Value| columns_of(there).iter().any(|c| f["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case(c)));
        let missing: Vec<Value> = fields(&copy).into_iter().filter(|f| !has(f)).collect();
        if !missing.is_empty() {
            let all: Vec<Value> = fields(there).into_iter().chain(missing).collect();
            let path = ["datasets", &self.config.dataset, "tables", spec.name];
            self.rest.settle(Method::PATCH, &path, &schema::widening(&all)).await?;
        }
        let stem = format!("join_{}", number(&there["creationTime"]));
        let old = [kept_as, copy_of(spec)];
        let rows = self.catch_up(spec, &copy, &old, &stem).await?;
        let [kept_as, copied] = old;
        self.drop_table(&copied).await?;
        Ok(Migration::Done { rows, kept_as })
    }

    /// Merges what old tables have and the new one has not. Tells the rows of the larger.
    async fn catch_up(&self, spec: &TableSpec, copy: &Value, old: &[String], made: &str) -> Result<u64, Fault> {
        let columns = columns_of(copy);
        let Some(first) = old.first() else { return Ok(0) };
        let figures = self.compare(first, spec.name, &columns, spec.partition).await?;
        if !figures.same() {
            let names: Vec<&str> = columns.iter().map(String::as_str).collect();
            let late = Plan {
                key: spec.key,
                partition: spec.partition,
                columns: &names,
                target: self.path(spec.name),
                sources: old.iter().map(|table| self.path(table)).collect(),
                casts: &[],
                days: None,
            };
            let stem = format!("backroom_partition_late_{}_{made}", spec.name);
            let (sql, bytes) = (late.sql(), number(&copy["numBytes"]));
            self.statement(Statement { stem, sql: &sql, sources: old, consumes: None, bytes }).await?;
        }
        Ok(figures.rows[0].max(figures.rows[1]))
    }

    async fn rename(&self, from: &str, to: &str, made: &str) -> Result<(), Fault> {
        let sql = format!("ALTER TABLE `{}` RENAME TO `{to}`", self.path(from));
        let stem = format!("backroom_rename_{from}_{made}");
        self.statement(Statement { stem, sql: &sql, sources: &[], consumes: Some(from), bytes: 0 }).await?;
        Ok(())
    }

    /// Name of the old table where a migration broke off between its renames; none where none did.
    async fn unfinished(&self, spec: &TableSpec) -> Result<Option<String>, Fault> {
        if self.look(&copy_of(spec)).await?.is_none() {
            return Ok(None);
        }
        let listed = self.table_names().await?;
        Ok(listed.into_iter().filter(|name| name.starts_with(&kept_name(spec))).max())
    }

    async fn free_name(&self, spec: &TableSpec) -> Result<String, Fault> {
        let listed = self.table_names().await?;
        let day = utc_day(self.clock.now()).to_string().replace('-', "");
        let first = format!("{}{day}", kept_name(spec));
        let further = (2..).map(|n| format!("{first}_{n}"));
        Ok(std::iter::once(first.clone()).chain(further).find(|name| !listed.contains(name)).unwrap_or(first))
    }
}

fn copy_of(spec: &TableSpec) -> String {
    format!("{}_partitioning", spec.name)
}

fn kept_name(spec: &TableSpec) -> String {
    format!("{}_before_partitioning_", spec.name)
}

fn columns_of(resource: &Value) -> Vec<String> {
    let fields = resource["schema"]["fields"].as_array().map_or(&[][..], Vec::as_slice);
    // A name with a backtick cannot exist, so it is taken as it is.
    fields.iter().filter_map(|f| f["name"].as_str()).map(str::to_owned).collect()
}

fn gone(spec: &TableSpec) -> Fault {
    let message = format!("{} disappeared while it was migrated.", spec.name);
    Fault::new(FaultClass::NotFound, crate::fault::NO_TABLE, message)
        .with_hint("Start the migration again: it finds out what is left to do.")
}
