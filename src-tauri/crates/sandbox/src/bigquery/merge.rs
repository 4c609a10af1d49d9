//! `MERGE`, in the one shape the stand-in understands:
//!
//! ```sql
//! MERGE `p.d.target` T
//! USING (SELECT … FROM `p.d.staging1` UNION ALL SELECT … FROM `p.d.staging2` …
//!        QUALIFY ROW_NUMBER() OVER (PARTITION BY key ORDER BY `_version` DESC, `_obs` DESC) = 1) S
//! ON T.`key` = S.`key` [AND DATE(T.`created_at`) BETWEEN 'from' AND 'to']
//! WHEN MATCHED [AND guard] THEN UPDATE SET …
//! WHEN NOT MATCHED THEN INSERT (columns) VALUES (…)
//! ```
//!
//! It is not parsed as SQL. Taken from it are: the target; every other table it names, as staging; the columns that
//! `ON` compares between the two sides, as the key; the dates in `ON`, as the partitions in which a target row can be
//! found (a row outside them is *not* found and the key is inserted once more, as BigQuery does); whether `MATCHED` has
//! a guard, which then lets only a newer (`_version`, `_obs`) through; and the inserted columns, which must exist.
//! Without `QUALIFY` a key that comes twice is the error that BigQuery gives.

use super::error::Refused;
use super::project::{Answer, Name, Project};
use super::sql::{find_word, names_in, quoted_in};
use super::table::{Kind, Row, Table, timestamp};
use std::collections::HashMap;

/// What a MERGE says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Merge {
    target: Name,
    staging: Vec<Name>,
    key: Vec<String>,
    /// Microseconds from which up to which (not included) a target row can be found.
    window: Option<(i64, i64)>,
    /// Rows without a partition are found as well.
    with_null: bool,
    guarded: bool,
    unique: bool,
    inserted: Vec<String>,
    updated: Vec<String>,
}

const DAY: i64 = 86_400_000_000;

impl Merge {
    pub(crate) fn parse(sql: &str) -> Result<Self, Refused> {
        let odd = |what: &str| Refused::query(format!("The stand-in does not understand this MERGE: {what}"));
        let using = find_word(sql, "USING", 0).ok_or_else(|| odd("no USING"))?;
        let first_when = find_word(sql, "WHEN", using).ok_or_else(|| odd("no WHEN"))?;
        // The last ON before the first WHEN: joins inside the source come earlier.
        let mut on = find_word(sql, "ON", using).ok_or_else(|| odd("no ON"))?;
        while let Some(next) = find_word(sql, "ON", on + 2).filter(|next| *next < first_when) {
            on = next;
        }
        let target = names_in(&sql[..using]).into_iter().next().ok_or_else(|| odd("no target"))?;
        let mut staging = Vec::new();
        for name in names_in(&sql[using..on]) {
            if !staging.contains(&name) {
                staging.push(name);
            }
        }
        if staging.is_empty() {
            return Err(odd("no staging table"));
        }
        let condition = &sql[on + 2..first_when];
        let key = key_of(condition);
        if key.is_empty() {
            return Err(odd("no key in ON"));
        }
        let actions = &sql[first_when..];
        let not_matched = find_word(actions, "NOT", 0).unwrap_or(actions.len());
        let matched = &actions[..not_matched];
        let then = find_word(matched, "THEN", 0).unwrap_or(matched.len());
        let guarded = find_word(&matched[..then], "AND", 0).is_some();
        let updated = find_word(matched, "SET", 0).map_or_else(Vec::new, |at| assigned(&matched[at + 3..]));
        let inserted = find_word(actions, "INSERT", not_matched.min(actions.len()))
            .and_then(|at| actions[at..].split_once('('))
            .and_then(|(_, rest)| rest.split_once(')'))
            .map_or_else(Vec::new, |(list, _)| list.split(',').map(|c| bare(c).to_owned()).collect());
        Ok(Self {
            target,
            staging,
            key,
            window: window_of(condition),
            with_null: find_word(condition, "NULL", 0).is_some(),
            guarded,
            unique: find_word(sql, "QUALIFY", using).is_some() || find_word(sql, "ROW_NUMBER", using).is_some(),
            inserted,
            updated,
        })
    }
}

/// A column without quotes, alias and blanks.
fn bare(text: &str) -> &str {
    text.rsplit('.').next().unwrap_or(text).trim().trim_matches('`')
}

/// Columns that a condition compares between both sides: `T.x = S.x`.
fn key_of(condition: &str) -> Vec<String> {
    let mut key = Vec::new();
    for (at, _) in condition.match_indices('=') {
        let left = condition[..at].rsplit(|c: char| c.is_whitespace() || "()<>!".contains(c)).find(|w| !w.is_empty());
        let right = condition[at + 1..].split(|c: char| c.is_whitespace() || "()".contains(c)).find(|w| !w.is_empty());
        if let (Some(left), Some(right)) = (left, right)
            && left.contains('.')
            && right.contains('.')
            && bare(left) == bare(right)
            && !key.iter().any(|k| k == bare(left))
        {
            key.push(bare(left).to_owned());
        }
    }
    key
}

/// The times between which target rows can be found, from the texts in quotes.
fn window_of(condition: &str) -> Option<(i64, i64)> {
    let times: Vec<i64> = quoted_in(condition).iter().filter_map(|text| timestamp(text)).collect();
    let (first, last) = (times.iter().min()?, times.iter().max()?);
    let whole_days = condition.to_ascii_uppercase().contains("DATE(") || find_word(condition, "BETWEEN", 0).is_some();
    let inclusive = whole_days && !condition.contains("< ");
    Some((*first, if inclusive { last - last.rem_euclid(DAY) + DAY } else { *last }))
}

/// Columns on the left of a SET list.
fn assigned(list: &str) -> Vec<String> {
    let list = &list[..find_word(list, "WHEN", 0).unwrap_or(list.len())];
    list.split(',').filter_map(|pair| pair.split_once('=')).map(|(left, _)| bare(left).to_owned()).collect()
}

fn version(table: &Table, row: &Row) -> Option<(i64, i64)> {
    let number = |name: &str| -> Option<i64> { Table::cell(row, table.column(name)?)?.parse().ok() };
    Some((number("_version")?, number("_obs").unwrap_or(0)))
}

impl Project {
    /// Runs a MERGE, or with `dry` tells only what it would read.
    pub(crate) fn merge(&mut self, merge: &Merge, limit: Option<u64>, dry: bool, now: i64) -> Result<Answer, Refused> {
        let mut sources = Vec::new();
        for name in &merge.staging {
            sources.push(self.table(name)?.clone());
        }
        let target = self.table(&merge.target)?;
        for column in merge.inserted.iter().chain(&merge.updated).chain(&merge.key) {
            if target.column(column).is_none() {
                return Err(Refused::query(format!("Unrecognized name: {column} in table {}", merge.target)));
            }
        }
        let partition = target.partition_column().filter(|c| target.fields[*c].kind == Kind::Timestamp);
        let needs_filter = target.resource.get("requirePartitionFilter").and_then(serde_json::Value::as_bool);
        if needs_filter == Some(true) && merge.window.is_none() {
            return Err(Refused::query(format!(
                "Cannot query over table '{}' without a filter over column(s) that can be used for partition elimination",
                merge.target
            )));
        }
        let found = |row: &Row| match (merge.window, partition) {
            (Some((from, to)), Some(column)) => match Table::cell(row, column).and_then(|t| t.parse::<i64>().ok()) {
                Some(at) => from <= at && at < to,
                None => merge.with_null,
            },
            _ => true,
        };
        let read = target.rows.iter().filter(|row| found(row)).map(|row| target.row_bytes(row)).sum::<u64>();
        let bytes = read + sources.iter().map(Table::bytes).sum::<u64>();
        let billed = super::sql::billed(bytes, 1 + sources.len() as u64);
        super::sql::within(billed, limit)?;
        let mut answer = Answer { bytes, billed, statement: "MERGE", ..Answer::default() };
        if dry {
            return Ok(answer);
        }
        let newest = newest_rows(merge, &sources)?;
        let key_columns: Vec<usize> = merge.key.iter().filter_map(|k| target.column(k)).collect();
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, row) in target.rows.iter().enumerate().filter(|(_, row)| found(row)) {
            if let Some(key) = key_text(row, &key_columns) {
                places.entry(key).or_default().push(place);
            }
        }
        let maps: Vec<_> = sources
            .iter()
            .map(|source| (taken(target, source, &merge.inserted), taken(target, source, &merge.updated)))
            .collect();
        for (key, (nth, row)) in newest {
            let (source, (inserted, updated)) = (&sources[nth], &maps[nth]);
            let Some(places) = places.get(&key) else {
                target.rows.push(carry(None, row, inserted));
                answer.inserted += 1;
                continue;
            };
            for place in places {
                let old = &target.rows[*place];
                let newer = match (version(target, old), version(source, row)) {
                    (Some(old), Some(new)) => new > old,
                    _ => true,
                };
                if newer || !merge.guarded {
                    target.rows[*place] = carry(Some(old), row, updated);
                    answer.updated += 1;
                }
            }
        }
        target.modified = now;
        Ok(answer)
    }
}

impl Project {
    /// `INSERT INTO target [(columns)] SELECT … FROM source`: columns are taken by name, all rows of the source.
    pub(crate) fn insert_from(
        &mut self,
        sql: &str,
        limit: Option<u64>,
        dry: bool,
        now: i64,
    ) -> Result<Answer, Refused> {
        let names = names_in(sql);
        let ([target, source, ..], Some(select)) = (names.as_slice(), find_word(sql, "SELECT", 0)) else {
            return Err(Refused::query("The stand-in inserts from other tables only"));
        };
        let list =
            sql[..select].split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(list, _)| list);
        let columns: Vec<String> = list.split(',').map(|c| bare(c).to_owned()).filter(|c| !c.is_empty()).collect();
        let source = self.table(source)?.clone();
        let table = self.table(target)?;
        if let Some(unknown) = columns.iter().find(|c| table.column(c).is_none()) {
            return Err(Refused::query(format!("Unrecognized name: {unknown} in table {target}")));
        }
        let bytes = source.bytes();
        let billed = super::sql::billed(bytes, 1);
        super::sql::within(billed, limit)?;
        let mut answer = Answer { bytes, billed, statement: "INSERT", ..Answer::default() };
        if !dry {
            let taken = taken(table, &source, &columns);
            table.rows.extend(source.rows.iter().map(|row| carry(None, row, &taken)));
            table.modified = now;
            answer.inserted = source.rows.len() as u64;
        }
        Ok(answer)
    }
}

fn key_text(row: &Row, columns: &[usize]) -> Option<String> {
    let mut key = String::new();
    for column in columns {
        key.push_str(Table::cell(row, *column)?);
        key.push('\u{1f}');
    }
    Some(key)
}

type Newest<'a> = std::collections::BTreeMap<String, (usize, &'a Row)>;

/// The newest row of each key over all staging tables.
fn newest_rows<'a>(merge: &Merge, sources: &'a [Table]) -> Result<Newest<'a>, Refused> {
    let mut newest = Newest::new();
    for (nth, source) in sources.iter().enumerate() {
        let columns: Option<Vec<usize>> = merge.key.iter().map(|k| source.column(k)).collect();
        let columns = columns.ok_or_else(|| Refused::query("Unrecognized name: the key in a staging table"))?;
        for row in &source.rows {
            // A null key equals nothing, not even itself.
            let Some(key) = key_text(row, &columns) else { continue };
            match newest.get(&key) {
                Some(_) if !merge.unique => {
                    return Err(Refused::query("UPDATE/MERGE must match at most one source row for each target row"));
                }
                Some((other, held)) if version(&sources[*other], held) >= version(source, row) => {}
                _ => {
                    newest.insert(key, (nth, row));
                }
            }
        }
    }
    Ok(newest)
}

/// For each column of the target, the column of the source that it is taken from; none where it is not named.
fn taken(target: &Table, source: &Table, named: &[String]) -> Vec<Option<usize>> {
    let is_named = |name: &str| named.is_empty() || named.iter().any(|n| n.eq_ignore_ascii_case(name));
    target.fields.iter().map(|field| source.column(&field.name).filter(|_| is_named(&field.name))).collect()
}

/// A target row with the taken columns from the source; the others stay or are null.
fn carry(old: Option<&Row>, row: &Row, taken: &[Option<usize>]) -> Row {
    let cells = taken.iter().enumerate().map(|(place, column)| match column {
        Some(column) => Table::cell(row, *column).map(Box::from),
        None => old.and_then(|old| Table::cell(old, place)).map(Box::from),
    });
    cells.collect()
}

#[cfg(test)]
mod tests {
    use super::Merge;
    use crate::bigquery::project::Name;

    const SQL: &str = "MERGE `p.d.square_payments` T USING (SELECT * FROM (SELECT `id`, `_version`, `_obs` FROM `p.d.s1` \
        UNION ALL SELECT `id`, `_version`, `_obs` FROM `p.d.s2`) QUALIFY ROW_NUMBER() OVER (PARTITION BY `id` ORDER BY \
        `_version` DESC, `_obs` DESC) = 1) S ON T.`id` = S.`id` AND DATE(T.`created_at`) BETWEEN DATE '2026-11-01' AND \
        DATE '2026-11-03' WHEN MATCHED AND S.`_version` > T.`_version` THEN UPDATE SET `id` = S.`id`, `_version` = \
        S.`_version` WHEN NOT MATCHED THEN INSERT (`id`, `_version`, `_obs`) VALUES (S.`id`, S.`_version`, S.`_obs`)";

    #[test]
    fn the_documented_shape_is_understood() {
        let merge = Merge::parse(SQL).expect("the shape of the module's own documentation");
        assert_eq!(merge.target, Name::new("d", "square_payments"));
        assert_eq!(merge.staging, [Name::new("d", "s1"), Name::new("d", "s2")]);
        assert_eq!(merge.key, ["id"]);
        let day = 86_400_000_000;
        let (from, to) = merge.window.expect("the dates are a window");
        assert_eq!((to - from) / day, 3, "both ends of BETWEEN belong to it");
        assert!(merge.guarded && merge.unique);
        assert_eq!(merge.inserted, ["id", "_version", "_obs"]);
        assert_eq!(merge.updated, ["id", "_version"]);
    }
}
