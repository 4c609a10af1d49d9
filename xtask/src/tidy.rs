//! Checks of the repository itself: documentation, lengths, what must be in no file.

use crate::command::{Run, inside};
use anyhow::{Result, bail};
use std::io::Write;

/// Lines after which a file must be cut by meaning.
const LONGEST: usize = 600;

/// Lines after which one should think of it.
const LONG: usize = 500;

/// Written in pieces, so that this file does not hold what it looks for.
const IN_NO_FILE: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a path of somebody's machine"),
    (concat!("/ro", "ot/"), "a path of somebody's machine"),
    (concat!("/ho", "me/"), "a path of somebody's machine"),
    (concat!("cra", "tes.io"), "the host of a package registry"),
    (concat!("py", "pi.org"), "the host of a package registry"),
    (concat!("npm", "js.com"), "the host of a package registry"),
    (concat!("npm", "js.org"), "the host of a package registry"),
    (concat!("FIX", "ME"), "an unfinished thought"),
    (concat!("TO", "DO:"), "an unfinished thought"),
];

/// Files that others write: their words are not ours.
const NOT_OURS: &[&str] = &["Cargo.lock", "package-lock.json", "deny.toml", "square-openapi.json"];

/// Reads every tracked or new file and names what is wrong.
pub fn check(log: &mut dyn Write) -> Result<()> {
    let list = Run::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]).output()?;
    let mut wrong = 0;
    for path in list.lines() {
        // Deleted but not yet committed, or no text.
        let Ok(text) = std::fs::read_to_string(inside(path)) else { continue };
        for complaint in complaints(path, &text) {
            writeln!(log, "{complaint}")?;
            wrong += 1;
        }
        let lines = text.lines().count();
        if is_code(path) && lines > LONG && lines <= LONGEST {
            writeln!(log, "note: {path}: {lines} lines; is it one thing?")?;
        }
    }
    if wrong > 0 {
        bail!("{wrong} untidy places");
    }
    Ok(())
}

fn complaints(path: &str, text: &str) -> Vec<String> {
    if NOT_OURS.iter().any(|name| path.ends_with(name)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for (pattern, what) in IN_NO_FILE {
            if line.contains(pattern) {
                found.push(format!("{path}:{}: {what}", number + 1));
            }
        }
    }
    let lines = text.lines().count();
    if is_code(path) && lines > LONGEST {
        found.push(format!("{path}: {lines} lines, more than {LONGEST}: cut it by meaning"));
    }
    if path.ends_with(".rs") && !has_module_docs(text) {
        found.push(format!("{path}: does not begin with //! and what it is for"));
    }
    let outside = path.starts_with("ui/src/") && !path.starts_with("ui/src/lib/platform/");
    if outside && text.contains(concat!("@tauri", "-apps/")) {
        found.push(format!("{path}: only ui/src/lib/platform may know Tauri"));
    }
    found
}

fn is_code(path: &str) -> bool {
    let generated = path.starts_with("ui/src/lib/ipc/types/");
    !generated && [".rs", ".ts", ".svelte", ".mjs", ".css", ".sql"].iter().any(|ending| path.ends_with(ending))
}

fn has_module_docs(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with("#!["))
        .is_some_and(|l| l.starts_with("//!"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untidy_places_are_named() {
        let documented = "//! What it is.\nfn f() {}\n";
        let long = format!("//! What it is.\n{}", "\n".repeat(LONGEST));
        let cases = [
            ("a.rs", documented.to_owned(), 0, "nothing wrong"),
            ("a.rs", "fn f() {}".to_owned(), 1, "no module docs"),
            ("a.rs", "#![allow(x)]\n//! What it is.".to_owned(), 0, "attributes may come first"),
            ("a.rs", long, 1, "too long"),
            ("a.md", format!("see {}me/x", concat!("/ho", "me/")), 1, "a machine's path"),
            ("ui/package-lock.json", concat!("npm", "js.org").to_owned(), 0, "lock files are not ours"),
            ("ui/src/views/A.svelte", concat!("import '@tauri", "-apps/api'").to_owned(), 1, "a screen knows no Tauri"),
            (
                "ui/src/lib/platform/tauri.ts",
                concat!("import '@tauri", "-apps/api'").to_owned(),
                0,
                "the platform does",
            ),
        ];
        for (path, text, expected, why) in cases {
            assert_eq!(complaints(path, &text).len(), expected, "{why}: {path}");
        }
    }
}
