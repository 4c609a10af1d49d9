//! The few statements beside MERGE that the stand-in understands: `SELECT` of columns, `*`, COUNT, SUM, MIN and MAX
//! over one table with simple conditions; `CREATE TABLE … AS SELECT * FROM`, `CREATE TABLE … LIKE|COPY|CLONE`,
//! `INSERT INTO … SELECT`, `DROP TABLE`, `TRUNCATE TABLE`, `DELETE FROM … WHERE`, `ALTER TABLE … ADD COLUMN | RENAME TO`.

use super::error::Refused;
use super::merge::Merge;
use super::project::{Answer, Name, Project};
use super::table::{Field, Kind, Row, Table, timestamp};
use serde_json::{Value, json};

const LEAST_BILLED: u64 = 10 * 1_024 * 1_024;

/// What is billed for reading `bytes` of `tables` tables.
pub(crate) fn billed(bytes: u64, tables: u64) -> u64 {
    bytes.div_ceil(1_024 * 1_024).saturating_mul(1_024 * 1_024).max(LEAST_BILLED * tables)
}

/// Refuses what would be billed above the limit.
pub(crate) fn within(billed: u64, limit: Option<u64>) -> Result<(), Refused> {
    match limit {
        Some(limit) if billed > limit => Err(Refused::new(
            400,
            "bytesBilledLimitExceeded",
            format!("Query exceeded limit for bytes billed: {limit}. {billed} or higher required."),
        )),
        _ => Ok(()),
    }
}

/// Where a word stands alone at or after `from`, outside quotes, upper or lower case.
pub(crate) fn find_word(sql: &str, word: &str, from: usize) -> Option<usize> {
    let part_of_name = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let bytes = sql.as_bytes();
    let mut quote = None;
    for at in 0..bytes.len() {
        match (quote, bytes[at]) {
            (Some(open), b) if open == b => quote = None,
            (None, b @ (b'\'' | b'`' | b'"')) => quote = Some(b),
            (None, _) if at >= from => {
                let end = at + word.len();
                let here = bytes.get(at..end).is_some_and(|w| w.eq_ignore_ascii_case(word.as_bytes()));
                if here && !part_of_name(bytes.get(end)) && (at == 0 || !part_of_name(bytes.get(at - 1))) {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Names of tables, in order: in backticks and with a dot inside.
pub(crate) fn names_in(sql: &str) -> Vec<Name> {
    let dotted = sql.replace("`.`", ".");
    dotted.split('`').skip(1).step_by(2).filter(|text| text.contains('.')).filter_map(Name::parse).collect()
}

/// Texts in single or double quotes, in order.
pub(crate) fn quoted_in(sql: &str) -> Vec<&str> {
    let quote = if sql.contains('\'') { '\'' } else { '"' };
    sql.split(quote).skip(1).step_by(2).collect()
}

/// Puts values in place of `@name`.
fn with_parameters(sql: &str, parameters: &Value) -> String {
    let mut sql = sql.to_owned();
    for parameter in parameters.as_array().into_iter().flatten() {
        let (Some(name), Some(value)) = (parameter["name"].as_str(), parameter["parameterValue"]["value"].as_str())
        else {
            continue;
        };
        let numeric = parameter["parameterType"]["type"].as_str().is_some_and(|t| t.starts_with("INT") || t == "BOOL");
        let literal = if numeric { value.to_owned() } else { format!("'{value}'") };
        sql = sql.replace(&format!("@{name}"), &literal);
    }
    sql
}

impl Project {
    /// Runs the query of a job's or `jobs.query`'s configuration.
    pub(crate) fn query(&mut self, query: &Value, dry: bool, now: i64) -> Result<Answer, Refused> {
        if query["useLegacySql"].as_bool().unwrap_or(true) {
            return Err(Refused::query(
                "The stand-in speaks standard SQL only: send useLegacySql=false, which is not the default.",
            ));
        }
        let limit = query["maximumBytesBilled"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .or_else(|| query["maximumBytesBilled"].as_u64());
        let sql = with_parameters(query["query"].as_str().unwrap_or_default(), &query["queryParameters"]);
        let mut last = Answer::default();
        let default = query["defaultDataset"]["datasetId"].as_str().unwrap_or_default();
        let statements: Vec<&str> = sql.split(';').map(str::trim).filter(|s| !s.is_empty()).collect();
        if statements.is_empty() {
            return Err(Refused::query("Syntax error: Unexpected end of statement"));
        }
        for statement in statements {
            last = self.statement(statement, default, limit, dry, now)?;
        }
        Ok(last)
    }

    fn statement(
        &mut self,
        sql: &str,
        default: &str,
        limit: Option<u64>,
        dry: bool,
        now: i64,
    ) -> Result<Answer, Refused> {
        let words: Vec<String> = sql.split_whitespace().take(3).map(str::to_ascii_uppercase).collect();
        let word = |n: usize| words.get(n).map_or("", String::as_str);
        match (word(0), word(1)) {
            ("MERGE", _) => self.merge(&Merge::parse(sql)?, limit, dry, now),
            ("INSERT", _) => self.insert_from(sql, limit, dry, now),
            ("SELECT", _) => self.select(sql, default, limit, dry),
            ("CREATE", _) if find_word(sql, "TABLE", 0).is_some() => self.create(sql, limit, dry, now),
            ("DROP", "TABLE") => self.drop_table(sql, dry),
            ("TRUNCATE", "TABLE") => self.delete(sql, "TRUNCATE_TABLE", |_, _| Ok(true), dry, now),
            ("DELETE", _) => {
                let condition = find_word(sql, "WHERE", 0).map_or("", |at| &sql[at + 5..]).to_owned();
                self.delete(sql, "DELETE", move |table, row| holds(table, row, &condition), dry, now)
            }
            ("ALTER", "TABLE") => self.alter(sql, dry, now),
            _ => Err(Refused::query(format!(
                "The stand-in does not understand: {}",
                sql.chars().take(60).collect::<String>()
            ))),
        }
    }

    fn one_name(sql: &str, default: &str) -> Result<Name, Refused> {
        if let Some(name) = names_in(sql).into_iter().next() {
            return Ok(name);
        }
        let after = ["FROM", "TABLE"].iter().find_map(|w| find_word(sql, w, 0).map(|at| &sql[at + w.len()..]));
        let text = after.and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
        let full = if text.contains('.') { text.to_owned() } else { format!("{default}.{text}") };
        Name::parse(&full).ok_or_else(|| Refused::query("The stand-in finds no table in this query"))
    }

    fn drop_table(&mut self, sql: &str, dry: bool) -> Result<Answer, Refused> {
        let name = Self::one_name(sql, "")?;
        let tables = &mut self.dataset(&name.dataset)?.tables;
        let there = tables.contains_key(&name.table);
        if !there && find_word(sql, "EXISTS", 0).is_none() {
            return Err(Refused::not_found(&format!("Table {name}")));
        }
        if !dry {
            tables.remove(&name.table);
        }
        Ok(Answer { statement: "DROP_TABLE", ..Answer::default() })
    }

    fn delete(
        &mut self,
        sql: &str,
        statement: &'static str,
        goes: impl Fn(&Table, &Row) -> Result<bool, Refused>,
        dry: bool,
        now: i64,
    ) -> Result<Answer, Refused> {
        let table = self.table(&Self::one_name(sql, "")?)?;
        let bytes = if statement == "DELETE" { table.bytes() } else { 0 };
        let mut kept = Vec::new();
        let before = table.rows.len();
        for row in &table.rows {
            if !goes(table, row)? {
                kept.push(row.clone());
            }
        }
        let deleted = (before - kept.len()) as u64;
        if !dry {
            table.rows = kept;
            table.modified = now;
        }
        Ok(Answer {
            deleted: if dry { 0 } else { deleted },
            bytes,
            billed: billed(bytes, 1),
            statement,
            ..Answer::default()
        })
    }

    fn alter(&mut self, sql: &str, dry: bool, now: i64) -> Result<Answer, Refused> {
        let name = Self::one_name(sql, "")?;
        if let Some(at) = find_word(sql, "RENAME", 0) {
            let to = sql[at..].split_whitespace().last().unwrap_or_default().trim_matches('`').to_owned();
            let tables = &mut self.dataset(&name.dataset)?.tables;
            if tables.contains_key(&to) {
                return Err(Refused::new(409, "duplicate", format!("Already Exists: Table {to}")));
            }
            let table = tables.remove(&name.table).ok_or_else(|| Refused::not_found(&format!("Table {name}")))?;
            tables.insert(if dry { name.table } else { to }, table);
            return Ok(Answer { statement: "ALTER_TABLE", ..Answer::default() });
        }
        let lenient = find_word(sql, "EXISTS", 0).is_some();
        let table = self.table(&name)?;
        let mut rest = sql;
        while let Some(at) = find_word(rest, "COLUMN", 0) {
            rest = rest[at + 6..].trim_start();
            if let Some(at) = find_word(rest, "EXISTS", 0).filter(|at| *at < 20) {
                rest = rest[at + 6..].trim_start();
            }
            let mut words = rest.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty());
            let column = words.next().unwrap_or_default().trim_matches('`');
            let kind = words.next().and_then(Kind::parse).ok_or_else(|| Refused::query("Type not found"))?;
            match table.column(column) {
                Some(_) if !lenient => return Err(Refused::query(format!("Column already exists: {column}"))),
                None if !dry => table.fields.push(Field::new(column, kind)),
                _ => {}
            }
        }
        table.modified = now;
        Ok(Answer { statement: "ALTER_TABLE", ..Answer::default() })
    }

    fn create(&mut self, sql: &str, limit: Option<u64>, dry: bool, now: i64) -> Result<Answer, Refused> {
        let names = names_in(sql);
        let [target, source, ..] = names.as_slice() else {
            return Err(Refused::query("The stand-in creates tables from other tables only"));
        };
        let head = &sql[..find_word(sql, "AS", 0).unwrap_or(sql.len())];
        let copied = ["LIKE", "COPY", "CLONE"].into_iter().find(|w| find_word(head, w, 0).is_some());
        let replace = find_word(head, "REPLACE", 0).is_some();
        let exists = self.dataset(&target.dataset)?.tables.contains_key(&target.table);
        if exists && find_word(head, "EXISTS", 0).is_some() {
            return Ok(Answer { statement: "CREATE_TABLE", ..Answer::default() });
        }
        if exists && !replace {
            return Err(Refused::new(409, "duplicate", format!("Already Exists: Table {target}")));
        }
        let mut table = self.table(source)?.clone();
        let free = matches!(copied, Some("COPY" | "CLONE" | "LIKE"));
        let bytes = if free { 0 } else { table.bytes() };
        if !free {
            within(billed(bytes, 1), limit)?;
            table.resource.remove("timePartitioning");
            table.resource.remove("clustering");
        }
        if copied == Some("LIKE") {
            table.rows.clear();
        }
        if let Some(at) = find_word(head, "PARTITION", 0) {
            let inner = head[at..].split_once('(').and_then(|(_, r)| r.split_once(')')).map_or("", |(c, _)| c);
            let column = inner.rsplit('.').next().unwrap_or(inner).trim().trim_matches('`');
            table.resource.insert("timePartitioning".to_owned(), json!({"type": "DAY", "field": column}));
        }
        if let Some(at) = find_word(head, "CLUSTER", 0) {
            let list = head[at..].split_whitespace().skip(2).collect::<Vec<_>>().join(" ");
            let list = list.split(" OPTIONS").next().unwrap_or_default();
            let columns: Vec<&str> = list.split(',').map(|c| c.trim().trim_matches('`')).collect();
            table.resource.insert("clustering".to_owned(), json!({"fields": columns}));
        }
        table.created = now;
        table.modified = now;
        table.unseen = self.quirks.unseen_after_create;
        if !dry {
            self.dataset(&target.dataset)?.tables.insert(target.table.clone(), table);
        }
        let billed = if free { 0 } else { billed(bytes, 1) };
        Ok(Answer { bytes, billed, statement: "CREATE_TABLE_AS_SELECT", ..Answer::default() })
    }

    fn select(&mut self, sql: &str, default: &str, limit: Option<u64>, dry: bool) -> Result<Answer, Refused> {
        let Some(from) = find_word(sql, "FROM", 0) else {
            let one = sql.split_whitespace().nth(1).unwrap_or("1").to_owned();
            let fields = vec![Field::new("f0_", Kind::Integer)];
            return Ok(Answer { fields, rows: vec![vec![Some(one)]], statement: "SELECT", ..Answer::default() });
        };
        let name = Self::one_name(&sql[from..], default)?;
        let table = self.table(&name)?;
        let bytes = table.bytes();
        within(billed(bytes, 1), limit)?;
        let ends =
            ["GROUP", "ORDER", "LIMIT"].iter().filter_map(|w| find_word(sql, w, from)).min().unwrap_or(sql.len());
        let condition = find_word(sql, "WHERE", from).map_or("", |at| &sql[at + 5..ends]);
        if find_word(sql, "GROUP", from).is_some() || find_word(sql, "JOIN", from).is_some() {
            return Err(Refused::query("The stand-in neither groups nor joins"));
        }
        let mut rows: Vec<&Row> = Vec::new();
        for row in &table.rows {
            if holds(table, row, condition)? {
                rows.push(row);
            }
        }
        let list = split_list(&sql[6..from]);
        let mut answer = Answer { bytes, billed: billed(bytes, 1), statement: "SELECT", ..Answer::default() };
        if dry {
            return Ok(answer);
        }
        let sums = list.iter().map(|item| aggregate(table, &rows, item)).collect::<Result<Option<Vec<_>>, _>>()?;
        if let Some(sums) = sums {
            let (fields, cells) = sums.into_iter().unzip();
            answer.fields = fields;
            answer.rows = vec![cells];
            return Ok(answer);
        }
        let mut columns = Vec::new();
        for item in &list {
            if item.trim() == "*" {
                columns.extend(0..table.fields.len());
            } else {
                let column = bare_column(item);
                columns
                    .push(table.column(column).ok_or_else(|| Refused::query(format!("Unrecognized name: {column}")))?);
            }
        }
        if let Some(at) = find_word(sql, "ORDER", from) {
            let by = sql[at..].split_whitespace().nth(2).map(bare_column).and_then(|c| table.column(c));
            let by = by.ok_or_else(|| Refused::query("The stand-in orders by one column"))?;
            rows.sort_by(|a, b| compare(table.fields[by].kind, Table::cell(a, by), Table::cell(b, by)));
            if find_word(sql, "DESC", at).is_some() {
                rows.reverse();
            }
        }
        if let Some(at) = find_word(sql, "LIMIT", from) {
            rows.truncate(sql[at + 5..].split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(usize::MAX));
        }
        answer.fields = columns.iter().map(|c| table.fields[*c].clone()).collect();
        answer.rows =
            rows.iter().map(|row| columns.iter().map(|c| Table::cell(row, *c).map(str::to_owned)).collect()).collect();
        Ok(answer)
    }
}

fn split_list(list: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                items.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(list[start..].trim());
    items
}

fn bare_column(item: &str) -> &str {
    let first = item.split_whitespace().next().unwrap_or_default();
    first.rsplit('.').next().unwrap_or(first).trim_matches(|c| "`,;".contains(c))
}

fn compare(kind: Kind, a: Option<&str>, b: Option<&str>) -> std::cmp::Ordering {
    let number = |t: Option<&str>| t.and_then(|t| t.parse::<f64>().ok()).unwrap_or(f64::MIN);
    match kind {
        Kind::Integer | Kind::Timestamp => {
            a.map(str::parse::<i64>).and_then(Result::ok).cmp(&b.map(str::parse::<i64>).and_then(Result::ok))
        }
        Kind::Numeric | Kind::Float => number(a).total_cmp(&number(b)),
        _ => a.cmp(&b),
    }
}

/// A sum over rows where the item is one; none where it is a plain column.
fn aggregate(table: &Table, rows: &[&Row], item: &str) -> Result<Option<(Field, Option<String>)>, Refused> {
    let Some((function, rest)) = item.split_once('(') else { return Ok(None) };
    let Some((inner, after)) = rest.rsplit_once(')') else { return Ok(None) };
    let alias = after.split_whitespace().last().map_or("f0_", |a| a.trim_matches('`'));
    let function = function.trim().to_ascii_uppercase();
    let distinct = inner.trim().to_ascii_uppercase().starts_with("DISTINCT ");
    let column_name = bare_column(if distinct { inner.trim()[9..].trim() } else { inner });
    if function == "COUNT" && (column_name == "*" || column_name == "1") {
        return Ok(Some((Field::new(alias, Kind::Integer), Some(rows.len().to_string()))));
    }
    let column =
        table.column(column_name).ok_or_else(|| Refused::query(format!("Unrecognized name: {column_name}")))?;
    let kind = table.fields[column].kind;
    let cells = || rows.iter().filter_map(|row| Table::cell(row, column));
    let (kind, value) = match function.as_str() {
        "COUNT" if distinct => {
            (Kind::Integer, Some(cells().collect::<std::collections::HashSet<_>>().len().to_string()))
        }
        "COUNT" => (Kind::Integer, Some(cells().count().to_string())),
        // Nine decimals, as NUMERIC has, added up as whole numbers.
        "SUM" => (kind, Some(from_nano(cells().map(nano).sum()))),
        "MIN" => (kind, cells().min_by(|a, b| compare(kind, Some(a), Some(b))).map(str::to_owned)),
        "MAX" => (kind, cells().max_by(|a, b| compare(kind, Some(a), Some(b))).map(str::to_owned)),
        _ => return Err(Refused::query(format!("The stand-in has no function {function}"))),
    };
    Ok(Some((Field::new(alias, kind), value)))
}

fn nano(text: &str) -> i128 {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = format!("{fraction:0<9}");
    sign * (whole.parse::<i128>().unwrap_or(0) * 1_000_000_000 + fraction[..9].parse::<i128>().unwrap_or(0))
}

fn from_nano(sum: i128) -> String {
    let (sign, size) = if sum < 0 { ("-", -sum) } else { ("", sum) };
    let text = format!("{sign}{}.{:09}", size / 1_000_000_000, size % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Whether a row meets a condition made of `AND`, comparisons with literals, `IS [NOT] NULL`, `NOT column`, `TRUE`.
fn holds(table: &Table, row: &Row, condition: &str) -> Result<bool, Refused> {
    let mut rest = condition;
    loop {
        let at = find_word(rest, "AND", 0);
        if !clause(table, row, rest[..at.unwrap_or(rest.len())].trim())? {
            return Ok(false);
        }
        match at {
            Some(at) => rest = &rest[at + 3..],
            None => return Ok(true),
        }
    }
}

fn clause(table: &Table, row: &Row, text: &str) -> Result<bool, Refused> {
    let odd = || Refused::query(format!("The stand-in does not understand the condition {text}"));
    let upper = text.to_ascii_uppercase();
    if upper.is_empty() || upper == "TRUE" {
        return Ok(true);
    }
    let column = |name: &str| table.column(bare_column(name)).ok_or_else(odd);
    if let Some(at) = upper.find(" IS ") {
        let null = Table::cell(row, column(&text[..at])?).is_none();
        return Ok(null != upper.contains("NOT NULL"));
    }
    if let Some(inner) = upper.strip_prefix("NOT ") {
        return Ok(Table::cell(row, column(&text[text.len() - inner.len()..])?) == Some("false"));
    }
    for operator in ["!=", "<>", ">=", "<=", "=", ">", "<"] {
        let Some((left, right)) = text.split_once(operator) else { continue };
        let number = column(left)?;
        let kind = table.fields[number].kind;
        let Some(cell) = Table::cell(row, number) else { return Ok(false) };
        let literal = quoted_in(right).first().copied().unwrap_or(right.trim());
        let literal = match kind {
            Kind::Timestamp => timestamp(literal).ok_or_else(odd)?.to_string(),
            Kind::Boolean => literal.to_ascii_lowercase(),
            _ => literal.to_owned(),
        };
        let order = compare(kind, Some(cell), Some(&literal));
        return Ok(match operator {
            "=" => order.is_eq(),
            "!=" | "<>" => order.is_ne(),
            ">" => order.is_gt(),
            "<" => order.is_lt(),
            ">=" => order.is_ge(),
            _ => order.is_le(),
        });
    }
    Ok(Table::cell(row, column(text)?) == Some("true"))
}
