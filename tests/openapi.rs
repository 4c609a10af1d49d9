//! Square's own description of its API (`fixtures/square-openapi.json`), and where a request or an answer differs from it.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test without its yardstick must not pass"
)]

use serde_json::{Value, json};

/// Square's description, as far as it is in the repository.
pub fn spec() -> Value {
    serde_json::from_str(include_str!("fixtures/square-openapi.json"))
        .expect("the description is part of the repository")
}

/// Everything in which `value` differs from `schema`.
pub fn differences(spec: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        let named = &spec["components"]["schemas"][name];
        assert!(named.is_object(), "{name} is missing from the fixture");
        if value.is_null() && schema["nullable"] == true {
            return;
        }
        return differences(spec, named, value, path, found);
    }
    if value.is_null() {
        if schema["nullable"] != true {
            found.push(format!("{path}: null"));
        }
        return;
    }
    if let Some(all) = schema["allOf"].as_array() {
        return all.iter().for_each(|part| differences(spec, part, value, path, found));
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        found.push(format!("{path}: {value} is not one of the values"));
    }
    let fits = match schema["type"].as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    };
    if !fits {
        found.push(format!("{path}: {value} is not of type {}", schema["type"]));
        return;
    }
    if let (Some(most), Some(text)) = (schema["maxLength"].as_u64(), value.as_str())
        && text.chars().count() as u64 > most
    {
        found.push(format!("{path}: longer than {most}"));
    }
    if let (Some(list), true) = (value.as_array(), schema["items"].is_object()) {
        list.iter()
            .enumerate()
            .for_each(|(n, v)| differences(spec, &schema["items"], v, &format!("{path}[{n}]"), found));
    }
    if let (Some(map), Some(properties)) = (value.as_object(), schema["properties"].as_object()) {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            // The description of RiskEvaluation requires a field that it does not describe, and Square does not send.
            if properties.contains_key(name) && !map.contains_key(name) {
                found.push(format!("{path}.{name}: required and missing"));
            }
        }
        for (name, inner) in map {
            match properties.get(name) {
                Some(schema) => differences(spec, schema, inner, &format!("{path}.{name}"), found),
                None => found.push(format!("{path}.{name}: not described")),
            }
        }
    }
}

/// Paths that the description in the repository leaves out, with the fields that Square documents for their requests
/// (developer.squareup.com/reference/square: inventory-api/batch-retrieve-inventory-counts, team-api/search-team-members). The third, `GET /v2/merchants/me`, takes nothing.
fn undescribed(path: &str) -> Option<Value> {
    let text = json!({"type": "string"});
    let texts = json!({"type": "array", "items": {"type": "string"}});
    let limit = json!({"type": "integer"});
    let fields = match path {
        "/v2/inventory/counts/batch-retrieve" => json!({
            "catalog_object_ids": texts, "location_ids": texts, "updated_after": text, "cursor": text, "limit": limit,
            "states": {"type": "array", "items": {"type": "string", "enum": ["IN_STOCK", "SOLD", "WASTE", "NONE"]}},
        }),
        "/v2/team-members/search" => json!({
            "cursor": text, "limit": limit,
            "query": {"type": "object", "properties": {"filter": {"type": "object"}}},
        }),
        _ => return None,
    };
    Some(json!({"type": "object", "properties": fields}))
}

/// The most rows that a page of a path may be asked for: told in the descriptions' words, not in their types.
const MOST_ROWS: [(&str, i64); 8] = [
    ("/v2/payments", 100),
    ("/v2/refunds", 100),
    ("/v2/customers", 100),
    ("/v2/customers/search", 100),
    ("/v2/orders/search", 1_000),
    ("/v2/catalog/search", 1_000),
    ("/v2/inventory/counts/batch-retrieve", 1_000),
    ("/v2/team-members/search", 200),
];

/// Everything in which a request differs from the description: parameters, their types and values, and the body.
pub fn request_differences(spec: &Value, method: &str, path: &str, query: &str, body: &str) -> Vec<String> {
    let mut found = Vec::new();
    let described = &spec["paths"][path][method.to_ascii_lowercase()];
    let known = described["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    for (name, text) in url_pairs(query) {
        let Some(parameter) = known.iter().find(|p| p["name"] == name && p["in"] == "query") else {
            found.push(format!("{method} {path} has no parameter {name}"));
            continue;
        };
        let value = match resolved(spec, &parameter["schema"])["type"].as_str() {
            Some("integer") => text.parse::<i64>().map_or(Value::Null, Value::from),
            Some("boolean") => text.parse::<bool>().map_or(Value::Null, Value::from),
            _ => Value::from(text.as_str()),
        };
        if value.is_null() {
            found.push(format!("{path} {name}={text} is of another type"));
            continue;
        }
        differences(spec, &parameter["schema"], &value, &name, &mut found);
        sensible(path, &name, &value, &mut found);
    }
    let schema = &described["requestBody"]["content"]["application/json"]["schema"];
    match (schema.is_object(), undescribed(path), described.is_object()) {
        (true, _, _) => check_body(spec, schema, path, body, &mut found),
        (false, Some(schema), _) => check_body(spec, &schema, path, body, &mut found),
        (false, None, true) if body.is_empty() => {}
        (false, None, true) => found.push(format!("{method} {path} takes no body")),
        (false, None, false) if (method, path, query, body) == ("GET", "/v2/merchants/me", "", "") => {}
        (false, None, false) => found.push(format!("{method} {path} is not described")),
    }
    found
}

fn check_body(spec: &Value, schema: &Value, path: &str, body: &str, found: &mut Vec<String>) {
    let Ok(body) = serde_json::from_str::<Value>(body) else {
        found.push(format!("{path}: the body is no JSON"));
        return;
    };
    differences(spec, schema, &body, path, found);
    each(&body, &mut |name, value| sensible(path, name, value, found));
}

/// What the types leave open: times are RFC 3339 with a zone, a page is not larger than allowed.
fn sensible(path: &str, name: &str, value: &Value, found: &mut Vec<String>) {
    let is_time = name.ends_with("_time") || matches!(name, "start_at" | "end_at" | "updated_after");
    if is_time && value.as_str().is_some_and(|text| backroom_core::Timestamp::parse(text).is_err()) {
        found.push(format!("{path} {name}: {value} is no time"));
    }
    let most = MOST_ROWS.iter().find(|(of, _)| *of == path).map(|(_, most)| *most);
    if let (true, Some(most), Some(rows)) = (name == "limit", most, value.as_i64())
        && !(1..=most).contains(&rows)
    {
        found.push(format!("{path} limit: {rows} is not 1 to {most}"));
    }
}

fn each(value: &Value, visit: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                visit(name, inner);
                each(inner, visit);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| each(inner, visit)),
        _ => {}
    }
}

fn resolved<'a>(spec: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    name.map_or(schema, |name| &spec["components"]["schemas"][name])
}

/// The names and values of a query, decoded.
fn url_pairs(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let [first, tail @ ..] = rest {
            let hex = |at: usize| tail.get(at).and_then(|b| (*b as char).to_digit(16));
            match (first, hex(0), hex(1)) {
                (b'%', Some(high), Some(low)) => {
                    bytes.push((high * 16 + low) as u8);
                    rest = &tail[2..];
                }
                (b'+', ..) => {
                    bytes.push(b' ');
                    rest = tail;
                }
                _ => {
                    bytes.push(*first);
                    rest = tail;
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(n, v)| (decoded(n), decoded(v))).collect()
}
