//! `cargo xtask notes`: the lines of the changelog that an update tells of itself, for a version that is the same everywhere.

use crate::command::inside;
use anyhow::{Context, Result, bail, ensure};
use std::path::Path;

const CHANGELOG: &str = "docs/CHANGELOG.md";
/// More than this nobody reads before an update.
const MOST_LINES: usize = 5;
/// Characters that fit into a line on the screen.
const LONGEST_LINE: usize = 120;

/// Prints the lines of a version or a release's tag (`v1.2.3`), or writes them into a file.
pub fn notes(options: &[&str]) -> Result<()> {
    let (asked, file) = match options {
        [asked] => (asked, None),
        [asked, "--out", file] => (asked, Some(*file)),
        _ => bail!("cargo xtask notes VERSION [--out FILE]"),
    };
    let version = asked.strip_prefix('v').unwrap_or(asked);
    for (place, found) in versions()? {
        ensure!(found == version, "{place} says version {found}, not {version}");
    }
    let told = lines(&std::fs::read_to_string(inside(CHANGELOG))?, version)?.join("\n");
    match file {
        Some(file) => std::fs::write(file, told + "\n").with_context(|| format!("{file} cannot be written"))?,
        None => println!("{told}"),
    }
    Ok(())
}

/// Every place that says which version this is.
fn versions() -> Result<Vec<(&'static str, String)>> {
    let manifest: toml::Table = toml::from_str(&std::fs::read_to_string(inside("Cargo.toml"))?)?;
    let at = |table: Option<&toml::Value>| {
        let version = table.and_then(|table| table.get("version")).and_then(toml::Value::as_str);
        version.map(str::to_owned).context("Cargo.toml says no version")
    };
    Ok(vec![
        ("[package] of Cargo.toml", at(manifest.get("package"))?),
        ("[workspace.package] of Cargo.toml", at(manifest.get("workspace").and_then(|w| w.get("package")))?),
    ])
}

/// The version that the program is built with.
pub fn version() -> Result<String> {
    Ok(versions()?.swap_remove(0).1)
}

/// The lines below the heading of a version.
fn lines(changelog: &str, version: &str) -> Result<Vec<String>> {
    let heading = format!("## {version}");
    let mut told = Vec::new();
    let section =
        changelog.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| !line.starts_with("## "));
    for line in section.filter(|line| !line.trim().is_empty()) {
        let Some(line) = line.strip_prefix("- ") else { bail!("{heading}: this is no line of its own: {line}") };
        ensure!(line.chars().count() <= LONGEST_LINE, "{heading}: more than {LONGEST_LINE} characters: {line}");
        told.push(line.to_owned());
    }
    ensure!(!told.is_empty(), "{CHANGELOG} says nothing of version {version}");
    ensure!(told.len() <= MOST_LINES, "{heading}: more than {MOST_LINES} lines");
    Ok(told)
}

/// That the version being built has its lines, and that its number is the same everywhere.
pub fn check(log: &mut dyn std::io::Write) -> Result<()> {
    let version = version()?;
    for (place, found) in versions()? {
        ensure!(found == version, "{place} says version {found}, not {version}");
    }
    let told = lines(&read(Path::new(CHANGELOG))?, &version)?;
    writeln!(log, "{version}: {} lines", told.len())?;
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(inside(&path.to_string_lossy()))
        .with_context(|| format!("{} cannot be read", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_versions_section_is_what_the_update_tells() {
        let text = "# What is new\n\nWords.\n\n## 1.1.0\n\n- One thing.\n- Another.\n\n## 1.0.0\n\n- The first.\n";
        assert_eq!(lines(text, "1.1.0").unwrap(), ["One thing.", "Another."]);
        assert_eq!(lines(text, "1.0.0").unwrap(), ["The first."]);
        let long = format!("## 1.0.0\n- {}\n", "a".repeat(LONGEST_LINE + 1));
        let many = format!("## 1.0.0\n{}", "- a\n".repeat(MOST_LINES + 1));
        let wrong = [
            (text, "1.2.0", "a version of which nothing is said"),
            (text, "1.1", "a part of a version is none"),
            ("## 1.0.0\n\nWords.\n", "1.0.0", "words are no lines"),
            ("## 1.0.0\n\n## 0.9.0\n- a\n", "1.0.0", "an empty section"),
            (long.as_str(), "1.0.0", "a line that does not fit"),
            (many.as_str(), "1.0.0", "more than anybody reads"),
        ];
        for (text, version, why) in wrong {
            assert!(lines(text, version).is_err(), "{why}");
        }
    }

    #[test]
    fn the_version_being_built_has_its_lines() {
        check(&mut Vec::new()).unwrap();
    }
}
