//! What is known against what comes from outside: `Cargo.lock` held against the advisories of RustSec.
//!
//! `xtask/advisories.json` is a copy of what concerns our own dependencies, so that the check needs no network; `cargo xtask advisories
//! FOLDER` makes it anew from a clone of the advisory database. What is not mended stands in `deny.toml` under `[advisories]`, with its
//! reason, the day it was looked at, and the day until which that holds.

use crate::command::{Run, inside};
use anyhow::{Context, Result, bail};
use semver::{Version, VersionReq};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

const COPY: &str = "xtask/advisories.json";

/// A package of `Cargo.lock` that comes from outside.
type Packages = BTreeMap<String, BTreeSet<Version>>;

/// Names every advisory against a dependency that nobody has answered, and every answer that no longer holds.
pub fn check(log: &mut dyn Write) -> Result<()> {
    let lock = packages(&std::fs::read_to_string(inside("Cargo.lock"))?)?;
    let copy: Value = serde_json::from_str(&std::fs::read_to_string(inside(COPY))?).context(COPY)?;
    let deny: toml::Table = toml::from_str(&std::fs::read_to_string(inside("deny.toml"))?)?;
    let wrong = findings(&lock, &copy, &answers(&deny)?, &today())?;
    for line in &wrong {
        writeln!(log, "{line}")?;
    }
    if !wrong.is_empty() {
        bail!("{} findings against {} packages", wrong.len(), lock.len());
    }
    let known = copy["advisories"].as_array().map_or(0, Vec::len);
    writeln!(log, "{} packages, {known} advisories as of {}", lock.len(), copy["as_of"].as_str().unwrap_or("?"))?;
    Ok(())
}

/// Makes the copy anew out of a clone of the advisory database.
pub fn refresh(words: &[&str]) -> Result<()> {
    let [clone] = words else {
        bail!("cargo xtask advisories FOLDER: a clone of https://github.com/RustSec/advisory-db")
    };
    let lock = packages(&std::fs::read_to_string(inside("Cargo.lock"))?)?;
    let git = |arguments: &[&str]| Run::new("git").args(["-C", *clone]).args(arguments).output();
    let listed = git(&["ls-tree", "-r", "--name-only", "HEAD", "crates"])?;
    let mut advisories = Vec::new();
    for file in listed.lines().filter(|file| concerns(file, &lock)) {
        let text = git(&["show", &format!("HEAD:{file}")])?;
        advisories.extend(read(&text).with_context(|| file.to_owned())?);
    }
    advisories.sort_by_key(|advisory| advisory["id"].as_str().map(str::to_owned));
    let copy = json!({
        "source": "https://github.com/RustSec/advisory-db",
        "commit": git(&["log", "-1", "--format=%H"])?.trim(),
        "as_of": git(&["log", "-1", "--format=%cs"])?.trim(),
        "packages": lock.keys().collect::<Vec<_>>(),
        "advisories": advisories,
    });
    std::fs::write(inside(COPY), serde_json::to_string_pretty(&copy)? + "\n")?;
    println!("{COPY}: {} advisories for {} packages", advisories.len(), lock.len());
    Ok(())
}

/// Whether a file of the database is about one of the packages.
fn concerns(file: &str, lock: &Packages) -> bool {
    let mut parts = Path::new(file).components().map(|part| part.as_os_str().to_string_lossy());
    parts.next().is_some_and(|folder| folder == "crates")
        && parts.next().is_some_and(|name| lock.contains_key(name.as_ref()))
}

/// What of an advisory decides; none where it was withdrawn. It is written in Markdown with a TOML block in front.
fn read(text: &str) -> Result<Option<Value>> {
    let (_, rest) = text.split_once("```toml").context("there is no TOML in it")?;
    let (head, words) = rest.split_once("```").context("its TOML has no end")?;
    let head: toml::Table = toml::from_str(head)?;
    let advisory = head.get("advisory").context("it names no advisory")?;
    let text = |key: &str| advisory.get(key).and_then(toml::Value::as_str);
    if text("withdrawn").is_some() {
        return Ok(None);
    }
    let versions = |key: &str| -> Vec<&str> {
        let list = head.get("versions").and_then(|v| v.get(key)).and_then(toml::Value::as_array);
        list.into_iter().flatten().filter_map(toml::Value::as_str).collect()
    };
    let title = words.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().trim();
    Ok(Some(json!({
        "id": text("id").context("it has no id")?,
        "package": text("package").context("it names no package")?,
        "kind": text("informational").unwrap_or("vulnerability"),
        "date": text("date"),
        "title": title,
        "patched": versions("patched"),
        "unaffected": versions("unaffected"),
    })))
}

fn packages(lock: &str) -> Result<Packages> {
    let lock: toml::Table = toml::from_str(lock)?;
    let mut packages = Packages::new();
    for package in lock.get("package").and_then(toml::Value::as_array).into_iter().flatten() {
        let text = |key: &str| package.get(key).and_then(toml::Value::as_str);
        // Ours are in this repository and nowhere else.
        if text("source").is_none() {
            continue;
        }
        let (name, version) = (text("name").context("a package without a name")?, text("version").unwrap_or_default());
        packages.entry(name.to_owned()).or_default().insert(Version::parse(version)?);
    }
    Ok(packages)
}

/// What was decided about an advisory: its reason, and the day until which that holds.
struct Answer {
    reason: String,
    until: Option<String>,
}

/// `[advisories] ignore` of `deny.toml`. A reason reads `2026-11-21 to 2027-05-21: why`.
fn answers(deny: &toml::Table) -> Result<BTreeMap<String, Answer>> {
    let list = deny.get("advisories").and_then(|a| a.get("ignore")).and_then(toml::Value::as_array);
    let mut answers = BTreeMap::new();
    for entry in list.into_iter().flatten() {
        let text = |key: &str| entry.get(key).and_then(toml::Value::as_str).map(str::to_owned);
        let id = text("id").context("deny.toml: an entry of [advisories] ignore has no id")?;
        let reason = text("reason").unwrap_or_default();
        let until = reason.split_once(": ").and_then(|(days, why)| {
            let (from, until) = days.split_once(" to ")?;
            (is_day(from) && is_day(until) && from < until && why.len() > 20).then(|| until.to_owned())
        });
        answers.insert(id, Answer { reason, until });
    }
    Ok(answers)
}

fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(n, b)| if n == 4 || n == 7 { b == b'-' } else { b.is_ascii_digit() })
}

/// The day by this computer's clock.
#[expect(clippy::disallowed_methods, reason = "an answer holds until a day of the calendar")]
fn today() -> String {
    chrono::Utc::now().date_naive().to_string()
}

fn findings(lock: &Packages, copy: &Value, answers: &BTreeMap<String, Answer>, today: &str) -> Result<Vec<String>> {
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let looked_at: BTreeSet<String> = texts(&copy["packages"]).into_iter().collect();
    let mut wrong: Vec<String> = lock
        .keys()
        .filter(|name| !looked_at.contains(*name))
        .map(|name| format!("{name}: came after the copy was made; run cargo xtask advisories FOLDER"))
        .collect();
    let mut met = BTreeSet::new();
    for advisory in copy["advisories"].as_array().into_iter().flatten() {
        let text = |key: &str| advisory[key].as_str().unwrap_or_default();
        let fine: Vec<VersionReq> = [texts(&advisory["patched"]), texts(&advisory["unaffected"])]
            .concat()
            .iter()
            .map(|range| VersionReq::parse(range).with_context(|| format!("{}: {range}", text("id"))))
            .collect::<Result<_>>()?;
        for version in lock.get(text("package")).into_iter().flatten() {
            if fine.iter().any(|range| range.matches(version)) {
                continue;
            }
            met.insert(text("id").to_owned());
            let what = format!("{} {version}: {} {} ({})", text("package"), text("kind"), text("id"), text("title"));
            match answers.get(text("id")) {
                None => wrong.push(format!("{what}: nobody has answered it in deny.toml")),
                Some(Answer { until: None, reason }) => {
                    wrong.push(format!("{what}: its reason has no days, or is none: {reason:?}"));
                }
                Some(Answer { until: Some(until), .. }) if until.as_str() < today => {
                    wrong.push(format!("{what}: its answer held until {until}; look again"));
                }
                Some(_) => {}
            }
        }
    }
    let stale = answers.keys().filter(|id| !met.contains(*id));
    wrong.extend(stale.map(|id| format!("deny.toml answers {id}, which concerns nothing any more: take it out")));
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock() -> Packages {
        let text = "[[package]]\nname = \"glib\"\nversion = \"0.18.5\"\nsource = \"registry\"\n\n\
                    [[package]]\nname = \"ours\"\nversion = \"0.1.0\"\n";
        packages(text).unwrap()
    }

    fn copy(patched: &[&str]) -> Value {
        json!({
            "packages": ["glib"],
            "advisories": [{
                "id": "RUSTSEC-1", "package": "glib", "kind": "unsound", "title": "Title", "patched": patched, "unaffected": ["<0.15.0"],
            }],
        })
    }

    fn answered(reason: &str) -> BTreeMap<String, Answer> {
        let text = format!("[advisories]\nignore = [{{ id = \"RUSTSEC-1\", reason = \"{reason}\" }}]\n");
        answers(&toml::from_str(&text).unwrap()).unwrap()
    }

    #[test]
    fn what_is_known_against_a_package_is_answered_or_told() {
        let good = "2026-11-21 to 2027-05-21: the function it is about is called nowhere";
        let none = BTreeMap::new();
        let table = [
            (copy(&[">=0.20.0"]), none, 1, "nobody answered"),
            (copy(&[">=0.18.4, <0.19.0"]), BTreeMap::new(), 0, "the version is mended"),
            (copy(&[">=0.20.0"]), answered(good), 0, "answered, with its days"),
            (copy(&[">=0.20.0"]), answered("the function it is about is called nowhere"), 1, "no days"),
            (copy(&[">=0.20.0"]), answered("2026-11-21 to 2027-05-21: no"), 1, "no reason"),
            (
                copy(&[">=0.20.0"]),
                answered("2026-01-01 to 2026-11-20: the function is called nowhere"),
                1,
                "it held until yesterday",
            ),
            (copy(&[">=0.18.0"]), answered(good), 1, "an answer to what is mended"),
        ];
        for (copy, answers, wrong, why) in table {
            let found = findings(&lock(), &copy, &answers, "2026-11-21").unwrap();
            assert_eq!(found.len(), wrong, "{why}: {found:?}");
        }
        let mut unknown = lock();
        unknown.insert("fresh".to_owned(), BTreeSet::from([Version::new(1, 0, 0)]));
        let found = findings(&unknown, &copy(&[">=0.18.0"]), &BTreeMap::new(), "2026-11-21").unwrap();
        assert_eq!(found.len(), 1, "a package that nobody held against the advisories: {found:?}");
    }

    #[test]
    fn an_advisory_is_read_as_the_database_writes_it() {
        let text = "```toml\n[advisory]\nid = \"RUSTSEC-2\"\npackage = \"a\"\ndate = \"2026-01-01\"\n\n[versions]\npatched = [\">= 1.2\"]\n```\n\n# A title\n\nWords.\n";
        let read_one = read(text).unwrap().unwrap();
        assert_eq!((&read_one["kind"], &read_one["title"]), (&json!("vulnerability"), &json!("A title")));
        let withdrawn = text.replace("date =", "withdrawn = \"2026-02-01\"\ndate =");
        assert!(read(&withdrawn).unwrap().is_none());
        assert!(read("words").is_err());
    }
}
