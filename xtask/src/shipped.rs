//! What of others is in the program as it is shipped: their licences, and the list of parts (SBOM) that goes with a release.

use crate::command::{Run, inside};
use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The packages of ours whose programs are shipped.
const OURS: [&str; 2] = ["backroom", "backroom-ctl"];
/// Packages of the screens that are built into the pages though the lock file calls them tools: the compiler's own run time.
const IN_THE_PAGES: [&str; 3] = ["svelte", "clsx", "esm-env"];
const PAGES: &str = "ui/package-lock.json";

/// Something of others that is shipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `cargo` or `npm`, as package URLs say it.
    kind: &'static str,
    name: String,
    version: String,
    /// SPDX expression.
    licence: String,
    /// Algorithm and hexadecimal hash of the archive it came in.
    hash: Option<(&'static str, String)>,
    /// Where its files are.
    folder: PathBuf,
    /// Package URLs of what it needs.
    needs: Vec<String>,
}

impl Part {
    fn url(&self) -> String {
        format!("pkg:{}/{}@{}", self.kind, self.name.replace('@', "%40"), self.version)
    }
}

/// Everything of others that is shipped on this system, by kind and name.
pub fn parts() -> Result<Vec<Part>> {
    let target = Run::new("rustc").args(["-vV"]).output()?;
    let target = target.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?.to_owned();
    let metadata = ["metadata", "--format-version", "1", "--locked", "--features", "backroom/custom-protocol"];
    let metadata = Run::new("cargo").args(metadata).args(["--filter-platform", &target]).output()?;
    let lock: toml::Table = toml::from_str(&std::fs::read_to_string(inside("Cargo.lock"))?)?;
    let mut parts = crates(&serde_json::from_str(&metadata)?, &lock)?;
    parts.extend(pages(&serde_json::from_str(&std::fs::read_to_string(inside(PAGES))?)?)?);
    parts.sort_by(|a, b| (a.kind, &a.name, &a.version).cmp(&(b.kind, &b.name, &b.version)));
    Ok(parts)
}

/// Crates that are in our programs: what only builds or tests them is not, nor what only writes code while they are built.
fn crates(metadata: &Value, lock: &toml::Table) -> Result<Vec<Part>> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages: BTreeMap<String, Value> =
        list(&metadata["packages"]).into_iter().map(|package| (text(&package["id"]), package)).collect();
    let nodes: BTreeMap<String, Value> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let runs_at_build = |id: &str| {
        let targets = packages.get(id).map(|package| list(&package["targets"])).unwrap_or_default();
        targets.iter().any(|target| list(&target["kind"]).contains(&json!("proc-macro")))
    };
    let needed = |id: &str| -> Vec<String> {
        let deps = nodes.get(id).map(|node| list(&node["deps"])).unwrap_or_default();
        let shipped = |dep: &&Value| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
        let ids = deps.iter().filter(shipped).map(|dep| text(&dep["pkg"]));
        ids.filter(|id| !runs_at_build(id)).collect()
    };
    let mut open: Vec<String> =
        packages.iter().filter(|(_, p)| OURS.iter().any(|name| p["name"] == *name)).map(|(id, _)| id.clone()).collect();
    let mut seen: BTreeSet<String> = open.iter().cloned().collect();
    while let Some(id) = open.pop() {
        open.extend(needed(&id).into_iter().filter(|id| seen.insert(id.clone())));
    }
    let sums: BTreeMap<(String, String), String> = lock
        .get("package")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|package| {
            let field = |name: &str| package.get(name).and_then(toml::Value::as_str).map(str::to_owned);
            Some(((field("name")?, field("version")?), field("checksum")?))
        })
        .collect();
    let url = |package: &Value| format!("pkg:cargo/{}@{}", text(&package["name"]), text(&package["version"]));
    let mut parts = Vec::new();
    for package in seen.iter().filter_map(|id| packages.get(id)).filter(|package| !package["source"].is_null()) {
        let (name, version) = (text(&package["name"]), text(&package["version"]));
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        let needs = needed(&text(&package["id"])).iter().filter_map(|id| packages.get(id)).map(url).collect();
        parts.push(Part {
            kind: "cargo",
            // Older packages write a slash for OR.
            licence: text(&package["license"]).replace('/', " OR "),
            hash: sums.get(&(name.clone(), version.clone())).map(|sum| ("SHA-256", sum.clone())),
            folder: manifest.parent().context("a crate has a folder")?.to_owned(),
            name,
            version,
            needs,
        });
    }
    Ok(parts)
}

/// Packages that are built into the pages.
fn pages(lock: &Value) -> Result<Vec<Part>> {
    let packages = lock["packages"].as_object().context("the lock file of the screens lists no packages")?;
    let mut parts = Vec::new();
    for (place, package) in packages {
        let Some(name) = place.strip_prefix("node_modules/") else { continue };
        if package["dev"] == json!(true) && !IN_THE_PAGES.contains(&name) {
            continue;
        }
        let text = |field: &str| package[field].as_str().unwrap_or_default();
        let bytes = text("integrity").strip_prefix("sha512-").and_then(|sum| STANDARD.decode(sum).ok());
        parts.push(Part {
            kind: "npm",
            name: name.to_owned(),
            version: text("version").to_owned(),
            licence: text("license").to_owned(),
            hash: bytes.map(|bytes| ("SHA-512", hexadecimal(&bytes))),
            folder: inside("ui").join(place),
            needs: Vec::new(),
        });
    }
    Ok(parts)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The licences of all parts as one text: what is used under which licence, then each licence once with those it is for.
pub fn licences(parts: &[Part]) -> Result<String> {
    let mut told = String::from(
        "Backroom contains the work of many people, who allow its use under these terms.\n\
         Where a part may be had under one licence or another, it is used here under the one whose text follows.\n\n",
    );
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for part in parts {
        let name = format!("{} {}", part.name, part.version);
        writeln!(told, "{name}: {}", part.licence)?;
        for text in texts_of(part)? {
            texts.entry(text).or_default().push(name.clone());
        }
    }
    for (text, names) in &texts {
        write!(told, "\n{}\n{}\n{}\n\n{text}\n", "=".repeat(100), names.join(", "), "=".repeat(100))?;
    }
    Ok(told)
}

/// The texts that come with a part: those of the MIT licence alone where that is one of the choices and is there, and always what it
/// wants to be told with it.
fn texts_of(part: &Part) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in part.folder.read_dir().with_context(|| format!("{} is not installed", part.name))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        let kinds = ["LICENSE", "LICENCE", "COPYING", "UNLICENSE", "NOTICE", "COPYRIGHT", "OFL"];
        if path.is_file() && kinds.iter().any(|kind| name.starts_with(kind)) {
            files.push((name, path));
        }
    }
    files.sort();
    let choice = part.licence.contains(" OR ") && files.iter().any(|(name, _)| name.contains("MIT"));
    let wanted =
        |name: &str| !choice || name.contains("MIT") || name.starts_with("NOTICE") || name.starts_with("COPYRIGHT");
    files.iter().filter(|(name, _)| wanted(name)).map(|(_, path)| text_of(path)).collect()
}

/// A text without what differs between copies of the same: the ends of lines and blanks at them.
fn text_of(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.trim_matches(['\u{feff}', '\n', '\r', ' ']).lines().map(str::trim_end).collect::<Vec<_>>().join("\n"))
}

/// The list of parts in the format CycloneDX 1.6. It holds no time and no random number: the same sources give the same list.
pub fn bom(parts: &[Part], version: &str) -> Value {
    let ours = format!("pkg:generic/backroom@{version}");
    let known: BTreeSet<String> = parts.iter().map(Part::url).collect();
    let component = |part: &Part| {
        let mut told = json!({
            "type": "library", "bom-ref": part.url(), "name": part.name, "version": part.version, "purl": part.url(),
            "licenses": [{ "expression": part.licence }],
        });
        if let Some((algorithm, hash)) = &part.hash {
            told["hashes"] = json!([{ "alg": algorithm, "content": hash }]);
        }
        told
    };
    let needs = |part: &Part| {
        // What is in the graph through a crate of ours alone is needed by the program.
        let on: BTreeSet<&String> = part.needs.iter().filter(|url| known.contains(*url)).collect();
        json!({ "ref": part.url(), "dependsOn": on })
    };
    let mut dependencies = vec![json!({ "ref": ours, "dependsOn": known })];
    dependencies.extend(parts.iter().map(needs));
    json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": { "component": { "type": "application", "bom-ref": ours, "name": "Backroom", "version": version } },
        "components": parts.iter().map(component).collect::<Vec<_>>(),
        "dependencies": dependencies,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, licence: &str, folder: &Path) -> Part {
        Part {
            kind: "cargo",
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.to_owned(),
            hash: None,
            folder: folder.to_owned(),
            needs: vec![],
        }
    }

    #[test]
    fn what_only_builds_or_tests_the_program_is_not_shipped() {
        let package = |name: &str, kind: &str, source: Value| {
            json!({
                "id": name, "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0", "source": source,
                "manifest_path": format!("/{name}/Cargo.toml"), "targets": [{ "kind": [kind] }],
            })
        };
        let dep = |name: &str, kind: Value| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let metadata = json!({
            "packages": [
                package("backroom", "bin", Value::Null), package("used", "lib", json!("r")), package("deep", "lib", json!("r")),
                package("builds", "lib", json!("r")), package("tests", "lib", json!("r")), package("writes", "proc-macro", json!("r")),
                package("behind", "lib", json!("r")), package("other", "bin", Value::Null),
            ],
            "resolve": { "nodes": [
                { "id": "backroom", "deps": [
                    dep("used", Value::Null), dep("builds", json!("build")), dep("tests", json!("dev")), dep("writes", Value::Null),
                ] },
                { "id": "used", "deps": [dep("deep", Value::Null)] },
                { "id": "writes", "deps": [dep("behind", Value::Null)] },
                { "id": "other", "deps": [dep("tests", Value::Null)] },
            ] },
        });
        let lock = toml::from_str("[[package]]\nname = \"used\"\nversion = \"1.0.0\"\nchecksum = \"ab\"").unwrap();
        let parts = crates(&metadata, &lock).unwrap();
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["deep", "used"]);
        assert_eq!(parts[1].needs, ["pkg:cargo/deep@1.0.0"]);
        assert_eq!(parts[1].licence, "MIT OR Apache-2.0");
        assert_eq!(parts[1].hash, Some(("SHA-256", "ab".to_owned())));
    }

    #[test]
    fn a_choice_is_told_with_the_licence_it_is_used_under() {
        let folder = inside("target/xtask/shipped-own-test");
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in
            [("LICENSE-MIT", "mit\r\n"), ("LICENSE-APACHE", "apache"), ("NOTICE", "made by"), ("README", "no")]
        {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let texts = |licence: &str| texts_of(&part("a", licence, &folder)).unwrap();
        assert_eq!(texts("MIT OR Apache-2.0"), ["mit", "made by"]);
        assert_eq!(texts("MIT AND Apache-2.0"), ["apache", "mit", "made by"], "both hold, so both are told");
        let two =
            licences(&[part("a", "MIT OR Apache-2.0", &folder), part("b", "MIT OR Apache-2.0", &folder)]).unwrap();
        assert_eq!(two.matches("\nmit\n").count(), 1, "the same text stands once, with both names: {two}");
        assert!(two.contains("a 1.0.0, b 1.0.0"));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_list_of_parts_fits_together() {
        let parts = parts().unwrap();
        assert!(parts.len() > 100, "{} parts", parts.len());
        for (name, kind) in [("rusqlite", "cargo"), ("tauri", "cargo"), ("svelte", "npm"), ("@tauri-apps/api", "npm")] {
            assert!(parts.iter().any(|part| part.name == name && part.kind == kind), "{name} is shipped");
        }
        for name in ["tauri-build", "serde_derive", "proptest", "wiremock", "vite"] {
            assert!(!parts.iter().any(|part| part.name == name), "{name} is not");
        }
        let told = bom(&parts, "1.2.3");
        let texts = |value: &Value, field: &str| -> Vec<String> {
            value.as_array().unwrap().iter().map(|one| one[field].as_str().unwrap().to_owned()).collect()
        };
        let components = texts(&told["components"], "bom-ref");
        let known: BTreeSet<&String> = components.iter().collect();
        assert_eq!(known.len(), components.len(), "each part is there once");
        for dependency in told["dependencies"].as_array().unwrap() {
            for on in dependency["dependsOn"].as_array().unwrap() {
                assert!(known.contains(&on.as_str().unwrap().to_owned()), "{on} is no part");
            }
        }
        for component in told["components"].as_array().unwrap() {
            assert_ne!(component["licenses"][0]["expression"], "", "{component}");
            let hash = &component["hashes"][0];
            let length = if hash["alg"] == "SHA-256" { 64 } else { 128 };
            assert_eq!(
                hash["content"].as_str().map(str::len),
                Some(length),
                "what came from outside is known by its hash: {component}"
            );
        }
        assert_eq!(bom(&parts, "1.2.3"), told, "the same sources give the same list");
    }
}
