//! What comes from outside: licences, banned crates and sources, held against `deny.toml`.
//!
//! `cargo deny` reads the same file and says the same; it takes longer to build than all of the tests take to run, so what
//! matters of it is read from `cargo metadata` here.

use crate::command::{Run, inside};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::Write;

/// The lists of `deny.toml`.
struct Rules {
    licences: Vec<String>,
    banned: Vec<String>,
}

/// Where the index of Cargo's own registry is kept.
const REGISTRY: &str = "registry+https://github.com/rust-lang/";

/// Names every dependency that must not be.
pub fn check(log: &mut dyn Write) -> Result<()> {
    let file: toml::Table = toml::from_str(&std::fs::read_to_string(inside("deny.toml"))?)?;
    let rules = Rules::read(&file)?;
    let mut metadata = Run::new("cargo").args(["metadata", "--format-version", "1", "--locked"]);
    for target in texts(&file, "graph", "targets")? {
        metadata = metadata.args(["--filter-platform".to_owned(), target]);
    }
    let metadata: Value = serde_json::from_str(&metadata.output()?)?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let wrong: Vec<String> = packages.iter().filter_map(|package| rules.against(package)).collect();
    for line in &wrong {
        writeln!(log, "{line}")?;
    }
    if !wrong.is_empty() {
        bail!("{} of {} packages are against deny.toml", wrong.len(), packages.len());
    }
    writeln!(log, "{} packages", packages.len())?;
    Ok(())
}

impl Rules {
    fn read(file: &toml::Table) -> Result<Self> {
        let banned = file.get("bans").and_then(|bans| bans.get("deny")).and_then(toml::Value::as_array);
        let named = |ban: &toml::Value| ban.get("name").and_then(toml::Value::as_str).map(str::to_owned);
        Ok(Self {
            licences: texts(file, "licenses", "allow")?,
            banned: banned.into_iter().flatten().filter_map(named).collect(),
        })
    }

    /// What is wrong with a package, if anything is.
    fn against(&self, package: &Value) -> Option<String> {
        let name = package["name"].as_str().unwrap_or_default();
        // Ours are in this repository and nowhere else.
        let source = package["source"].as_str()?;
        if !source.starts_with(REGISTRY) {
            return Some(format!("{name}: comes from {source}, not from Cargo's own registry"));
        }
        if self.banned.iter().any(|banned| banned == name) {
            return Some(format!("{name}: is in [bans]"));
        }
        let licence = package["license"].as_str().unwrap_or_default();
        (!allowed(licence, &self.licences)).then(|| format!("{name}: its licence {licence:?} is not in [licenses]"))
    }
}

fn texts(file: &toml::Table, section: &str, key: &str) -> Result<Vec<String>> {
    let list = file.get(section).and_then(|found| found.get(key)).and_then(toml::Value::as_array);
    let list = list.with_context(|| format!("deny.toml has no list {section}.{key}"))?;
    Ok(list.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect())
}

/// Whether an SPDX expression can be met with the allowed licences alone. What cannot be read is not allowed.
fn allowed(expression: &str, licences: &[String]) -> bool {
    // Older packages write a slash for OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let met = any(&mut words, licences);
    words.next().is_none() && met == Some(true)
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

/// `A OR B OR …`; nothing where it cannot be read.
fn any(words: &mut Words<'_>, licences: &[String]) -> Option<bool> {
    let mut met = all(words, licences)?;
    while words.next_if_eq(&"OR").is_some() {
        met |= all(words, licences)?;
    }
    Some(met)
}

/// `A AND B AND …`, which binds closer than OR.
fn all(words: &mut Words<'_>, licences: &[String]) -> Option<bool> {
    let mut met = one(words, licences)?;
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, licences)?;
    }
    Some(met)
}

/// A licence, with its exception if it has one, or what stands in brackets.
fn one(words: &mut Words<'_>, licences: &[String]) -> Option<bool> {
    let word = words.next()?;
    if word == "(" {
        let met = any(words, licences)?;
        return (words.next()? == ")").then_some(met);
    }
    if ["AND", "OR", "WITH", ")"].contains(&word) {
        return None;
    }
    let name = match words.next_if_eq(&"WITH") {
        Some(_) => format!("{word} WITH {}", words.next()?),
        None => word.to_owned(),
    };
    Some(licences.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rules() -> Rules {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Rules {
            licences: texts(&["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"]),
            banned: texts(&["openssl"]),
        }
    }

    #[test]
    fn an_expression_is_met_by_what_is_allowed() {
        let cases = [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("MIT OR GPL-3.0-only", true),
            ("GPL-3.0-only/MIT", true),
            ("MIT AND GPL-3.0-only", false),
            ("MIT AND Unicode-3.0", true),
            ("GPL-3.0-only AND MIT OR Apache-2.0", true),
            ("(MIT OR GPL-3.0-only) AND Unicode-3.0", true),
            ("(MIT OR Apache-2.0) AND GPL-3.0-only", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("MIT WITH LLVM-exception", false),
            ("", false),
            ("MIT OR", false),
            ("(MIT", false),
            ("MIT Apache-2.0", false),
        ];
        for (expression, met) in cases {
            assert_eq!(allowed(expression, &rules().licences), met, "{expression:?}");
        }
    }

    #[test]
    fn a_package_is_held_against_every_list() {
        let index = format!("{REGISTRY}index");
        let cases = [
            (json!({ "name": "a", "source": index, "license": "MIT" }), true, "as it should be"),
            (json!({ "name": "ours", "source": null, "license": null }), true, "our own needs no licence"),
            (json!({ "name": "a", "source": index, "license": null }), false, "no licence is no permission"),
            (json!({ "name": "openssl", "source": index, "license": "MIT" }), false, "banned"),
            (json!({ "name": "a", "source": "registry+https://example.org/x", "license": "MIT" }), false, "elsewhere"),
            (
                json!({ "name": "a", "source": "git+https://github.com/rust-lang/index", "license": "MIT" }),
                false,
                "no registry",
            ),
        ];
        for (package, fine, why) in cases {
            assert_eq!(rules().against(&package).is_none(), fine, "{why}: {package}");
        }
    }
}
