//! The dependency rule: which package may use which, and who may know of Tauri.

use crate::command::Run;
use anyhow::{Context, Result, bail};
use serde_json::Value;

const EVERY_ENGINE_CRATE: &[&str] = &[
    "backroom-core",
    "backroom-age",
    "backroom-membership",
    "backroom-raffle",
    "backroom-store",
    "backroom-secrets",
    "backroom-http",
    "backroom-connectors",
    "backroom-warehouse",
    "backroom-sync",
    "backroom-update",
];

/// Package and what of ours it may use. The whole rule: no other arrow. Tests may use anything.
const MAY_USE: &[(&str, &[&str])] = &[
    ("backroom-core", &[]),
    ("backroom-store", &["backroom-core"]),
    ("backroom-age", &["backroom-core"]),
    ("backroom-membership", &["backroom-core"]),
    ("backroom-raffle", &["backroom-core"]),
    ("backroom-secrets", &["backroom-core"]),
    ("backroom-http", &["backroom-core", "backroom-secrets"]),
    ("backroom-connectors", &["backroom-core", "backroom-http"]),
    ("backroom-warehouse", &["backroom-core", "backroom-http", "backroom-secrets"]),
    ("backroom-sync", &["backroom-core", "backroom-store"]),
    ("backroom-update", &["backroom-core"]),
    ("backroom-api", EVERY_ENGINE_CRATE),
    ("backroom-sandbox", &["backroom-core"]),
    ("backroom-ctl", &["backroom-api", "backroom-sandbox"]),
    ("backroom", &["backroom-api", "backroom-sandbox"]),
    ("xtask", &[]),
];

/// Holds the integration suites and the benchmarks: it may use every crate, but not the window.
const SUITES: &str = "backroom-tests";

/// Beginnings of the names of crates that only the window's package may use.
const WINDOW_ONLY: &[&str] = &["tauri", "wry", "tao", "rfd", "gtk", "webkit2gtk"];

/// Reads `cargo metadata` and names every arrow that must not be.
pub fn check(log: &mut dyn std::io::Write) -> Result<()> {
    let text = Run::new("cargo").args(["metadata", "--no-deps", "--format-version", "1", "--locked"]).output()?;
    let metadata: Value = serde_json::from_str(&text)?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let wrong: Vec<String> = packages.iter().flat_map(wrong_arrows).collect();
    for line in &wrong {
        writeln!(log, "{line}")?;
    }
    if !wrong.is_empty() {
        bail!("{} arrows against the dependency rule (src-tauri/ARCHITECTURE.md)", wrong.len());
    }
    Ok(())
}

fn wrong_arrows(package: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    let Some(allowed) = MAY_USE.iter().find(|(who, _)| *who == name).map(|(_, allowed)| *allowed) else {
        return if name == SUITES {
            wrong_in_suites(package)
        } else {
            vec![format!("{name}: not in the dependency rule")]
        };
    };
    let shipped = dependencies(package).filter(|dependency| dependency["kind"] != "dev");
    shipped
        .filter_map(|dependency| {
            let used = dependency["name"].as_str().unwrap_or_default();
            let ours = dependency["path"].is_string();
            let window = name != "backroom" && WINDOW_ONLY.iter().any(|only| is_of(used, only));
            ((ours && !allowed.contains(&used)) || window).then(|| format!("{name} must not use {used}"))
        })
        .collect()
}

fn wrong_in_suites(package: &Value) -> Vec<String> {
    let window = dependencies(package).any(|dependency| dependency["name"] == "backroom");
    if window {
        vec![format!("{SUITES} must not use backroom: it would build the web view for every test")]
    } else {
        vec![]
    }
}

fn dependencies(package: &Value) -> impl Iterator<Item = &Value> {
    package["dependencies"].as_array().into_iter().flatten()
}

fn is_of(name: &str, family: &str) -> bool {
    name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn package(name: &str, uses: &[(&str, bool, Option<&str>)]) -> Value {
        let dependencies: Vec<_> = uses
            .iter()
            .map(|(used, ours, kind)| json!({ "name": used, "path": ours.then_some("somewhere"), "kind": kind }))
            .collect();
        json!({ "name": name, "dependencies": dependencies })
    }

    #[test]
    fn only_the_drawn_arrows_pass() {
        let cases = [
            (package("backroom-store", &[("backroom-core", true, None), ("rusqlite", false, None)]), 0, "drawn"),
            (package("backroom-core", &[("backroom-store", true, None)]), 1, "the domain uses nothing of ours"),
            (package("backroom-connectors", &[("backroom-store", true, None)]), 1, "a connector knows no buffer"),
            (package("backroom-connectors", &[("backroom-sandbox", true, Some("dev"))]), 0, "tests may use anything"),
            (package("backroom-sync", &[("backroom-http", true, Some("build"))]), 1, "building is no way round"),
            (package("backroom-api", &[("tauri", false, None)]), 1, "the engine does not know Tauri"),
            (package("backroom-ctl", &[("tauri-plugin-x", false, None)]), 1, "nor any of its plugins"),
            (
                package("backroom", &[("tauri", false, None), ("backroom-store", true, None)]),
                1,
                "the window knows only api",
            ),
            (package("backroom-new", &[]), 1, "a new crate must be drawn first"),
            (package("backroom-tests", &[("backroom-sync", true, None)]), 0, "the suites may use every crate"),
            (package("backroom-tests", &[("backroom", true, None)]), 1, "but not the window"),
        ];
        for (package, wrong, why) in cases {
            assert_eq!(wrong_arrows(&package).len(), wrong, "{why}: {package}");
        }
    }
}
