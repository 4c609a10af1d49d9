//! Filters of lists: a field, an operator and its values, one beside the other or joined by `or`.

use backroom_core::{Timestamp, money};
use serde_json::Value;
use std::cmp::Ordering;

/// What one field has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    /// The field; below a relation with the relation before a dot.
    pub(crate) field: String,
    operator: Operator,
    values: Vec<String>,
    /// The values as times, where the field holds one: a list of a hundred thousand compares them as often.
    times: Vec<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    AtLeast,
    After,
    AtMost,
    Before,
    Between,
    OneOf,
    Like,
    Unlike,
}

const OPERATORS: [(&str, Operator); 9] = [
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("><", Operator::Between),
    (">", Operator::After),
    ("<", Operator::Before),
    ("!=", Operator::IsNot),
    ("!~", Operator::Unlike),
    ("~", Operator::Like),
    ("=", Operator::Is),
];

/// Names that end in these hold times: what cannot be read as one is refused.
const TIMES: [&str; 5] = ["timeStamp", "updatetime", "updateTime", "completeTime", "createTime"];

impl Condition {
    /// Reads `field` and what is asked of it, such as `>=,2026-11-20T18:00:00+00:00` or `IN,[1,2]`; none where it makes no sense.
    pub(crate) fn read(field: &str, text: &str) -> Option<Self> {
        let (word, rest) = text.split_once(',').unwrap_or(("=", text));
        let known = OPERATORS.iter().find(|(own, _)| *own == word).map(|(_, operator)| *operator);
        let (operator, values) = match known {
            Some(Operator::Between) => {
                let (from, to) = rest.split_once(',')?;
                (Operator::Between, vec![from.to_owned(), to.to_owned()])
            }
            Some(operator) => (operator, vec![rest.to_owned()]),
            None if word == "IN" => {
                let list = rest.strip_prefix('[')?.strip_suffix(']')?;
                (Operator::OneOf, list.split(',').map(|one| one.trim_matches('"').to_owned()).collect())
            }
            None => return None,
        };
        let mut times = Vec::new();
        if TIMES.contains(&field.rsplit('.').next()?) {
            times = values.iter().map(|value| Timestamp::parse(value.trim()).ok()).collect::<Option<_>>()?;
        }
        (values.len() <= 100).then(|| Self { field: field.to_owned(), operator, values, times })
    }

    /// Reads `a=1|b=>,2`: one of them is enough.
    pub(crate) fn any_of(text: &str) -> Option<Vec<Self>> {
        text.split('|').map(|part| part.split_once('=').and_then(|(field, rest)| Self::read(field, rest))).collect()
    }

    /// Whether the condition concerns a related record.
    pub(crate) fn relation(&self) -> Option<&str> {
        self.field.split_once('.').map(|(relation, _)| relation)
    }

    /// Whether a record as it is told, its relations within, meets the condition.
    pub(crate) fn admits(&self, record: &Value) -> bool {
        match self.field.split_once('.') {
            None => self.admits_text(&text(&record[&self.field])),
            Some((relation, field)) => {
                let inner = match &record[relation] {
                    // A to-many relation wraps its records once more.
                    Value::Object(map) if map.len() == 1 => map.values().next().unwrap_or(&Value::Null),
                    other => other,
                };
                match inner {
                    Value::Array(all) => all.iter().any(|one| self.admits_text(&text(&one[field]))),
                    one => self.admits_text(&text(&one[field])),
                }
            }
        }
    }

    /// Whether a time meets the condition.
    pub(crate) fn admits_time(&self, at: Timestamp) -> bool {
        // Records are told in whole seconds, and so they are compared.
        let at = Timestamp::from_seconds(at.micros().div_euclid(1_000_000));
        self.holds(|n| self.times.get(n).map(|bound| at.cmp(bound)))
    }

    fn admits_text(&self, own: &str) -> bool {
        let like = |pattern: &str| {
            let (own, bare) = (own.to_lowercase(), pattern.trim_matches('%').to_lowercase());
            match (pattern.starts_with('%'), pattern.ends_with('%')) {
                (true, true) => own.contains(&bare),
                (true, false) => own.ends_with(&bare),
                (false, true) => own.starts_with(&bare),
                (false, false) => own == bare,
            }
        };
        match self.operator {
            Operator::Like => like(&self.values[0]),
            Operator::Unlike => !like(&self.values[0]),
            Operator::OneOf => self.values.iter().any(|value| compare(own, value) == Ordering::Equal),
            _ => self.holds(|n| self.values.get(n).map(|value| compare(own, value))),
        }
    }

    /// Whether it holds where `order(n)` tells how the record's value lies to value number n.
    fn holds(&self, order: impl Fn(usize) -> Option<Ordering>) -> bool {
        let (first, second) = (order(0), order(1));
        match self.operator {
            Operator::Is => first == Some(Ordering::Equal),
            Operator::IsNot => first != Some(Ordering::Equal),
            Operator::AtLeast => first.is_some_and(Ordering::is_ge),
            Operator::After => first.is_some_and(Ordering::is_gt),
            Operator::AtMost => first.is_some_and(Ordering::is_le),
            Operator::Before => first.is_some_and(Ordering::is_lt),
            Operator::Between => first.is_some_and(Ordering::is_ge) && second.is_some_and(Ordering::is_le),
            Operator::OneOf => (0..self.values.len()).any(|n| order(n) == Some(Ordering::Equal)),
            Operator::Like | Operator::Unlike => false,
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(String::new, str::to_owned)
}

/// As times where both are, as numbers where both are, as words otherwise.
fn compare(own: &str, other: &str) -> Ordering {
    let number = |text: &str| money::parse_rounded(text, 7).map(|(units, _)| units);
    match (Timestamp::parse(own), Timestamp::parse(other), number(own), number(other)) {
        (Ok(own), Ok(other), ..) => own.cmp(&other),
        (_, _, Some(own), Some(other)) => own.cmp(&other),
        _ => own.cmp(other),
    }
}

#[cfg(test)]
mod tests {
    use super::Condition;
    use serde_json::json;

    #[test]
    fn each_operator_does_what_it_says() {
        let record = json!({"qoh": "-3", "name": "Glass No. 4", "at": "2026-11-20T18:00:00+00:00",
            "ItemShops": {"ItemShop": [{"shopID": "0", "qoh": "5"}, {"shopID": "1", "qoh": "2.50"}]}});
        let cases = [
            ("qoh", "-3", true),
            ("qoh", "=,-3.0", true),
            ("qoh", "!=,-3", false),
            ("qoh", ">,-3", false),
            ("qoh", ">=,-3", true),
            ("qoh", "<,10", true),
            ("qoh", "<=,-4", false),
            ("qoh", "><,-5,-2", true),
            ("qoh", "IN,[1,-3]", true),
            ("qoh", "IN,[1,2]", false),
            ("name", "~,%glass%", true),
            ("name", "~,glass%", true),
            ("name", "~,%glass", false),
            ("name", "!~,%papers%", true),
            ("at", ">=,2026-11-20T19:00:00+01:00", true),
            ("ItemShops.qoh", ">,4", true),
            ("ItemShops.qoh", "2.5", true),
            ("ItemShops.qoh", ">,5", false),
        ];
        for (field, text, expected) in cases {
            let condition = Condition::read(field, text).unwrap();
            assert_eq!(condition.admits(&record), expected, "{field} {text}");
        }
        let either = Condition::any_of("qoh=>,0|name=~,%No. 4").unwrap();
        assert!(either.iter().any(|condition| condition.admits(&record)), "one of two is enough");
        for (field, text) in [("qoh", "??,1"), ("qoh", "><,1"), ("qoh", "IN,1"), ("timeStamp", ">=,yesterday")] {
            assert_eq!(Condition::read(field, text), None, "{field} {text} makes no sense");
        }
    }
}
