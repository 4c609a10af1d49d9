//! The runbook and the program's errors are one list: every code has an entry in `docs/TROUBLESHOOTING.md`, and every entry a code.

use crate::command::{Run, inside};
use anyhow::{Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

const RUNBOOK: &str = "docs/TROUBLESHOOTING.md";

/// Written like codes, of the families of codes, and none: names of variables, and words of vendors.
const NO_CODES: &[&str] = &[
    "LIGHTSPEED_ACCESS_TOKEN",
    "LIGHTSPEED_CLIENT_ID",
    "LIGHTSPEED_CLIENT_SECRET",
    "LIGHTSPEED_REFRESH_TOKEN",
    "SQUARE_ACCESS_TOKEN",
    "SQUARE_ACCOUNT",
    "SQUARE_CLIENT_ID",
    "SQUARE_CLIENT_SECRET",
    "SQUARE_REFRESH_TOKEN",
];

/// Holds the runbook against what the program can say.
pub fn check(log: &mut dyn Write) -> Result<()> {
    let list = Run::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard", "src-tauri", "ui/src"]);
    let mut sources = BTreeMap::new();
    for path in list.output()?.lines().filter(|path| is_product(path)) {
        // Deleted but not yet committed.
        if let Ok(text) = std::fs::read_to_string(inside(path)) {
            sources.insert(path.to_owned(), text);
        }
    }
    let codes = codes(&sources);
    let entries = entries(&std::fs::read_to_string(inside(RUNBOOK))?);
    let missing = codes.iter().filter(|(code, _)| !entries.contains(*code));
    let mut wrong: Vec<String> =
        missing.map(|(code, path)| format!("{code} ({path}) has no entry in {RUNBOOK}")).collect();
    wrong.extend(
        entries
            .iter()
            .filter(|entry| !codes.contains_key(*entry))
            .map(|entry| format!("{entry} is in {RUNBOOK} and nowhere in the program")),
    );
    for line in &wrong {
        writeln!(log, "{line}")?;
    }
    if !wrong.is_empty() {
        bail!("{} codes and entries do not fit:\n{}", wrong.len(), wrong.join("\n"));
    }
    writeln!(log, "{} codes", codes.len())?;
    Ok(())
}

/// Whether a file is of the program as it is shipped. The stand-ins speak in their vendors' words.
fn is_product(path: &str) -> bool {
    let test = ["/tests/", "/benches/", "/sandbox/", "/mock/"].iter().any(|part| path.contains(part))
        || [".test.ts", "tests.rs", "test.rs"].iter().any(|ending| path.ends_with(ending));
    !test && [".rs", ".ts", ".svelte"].iter().any(|ending| path.ends_with(ending))
}

/// Every code with a file that says it: what is given where a code is, and every other text that begins like one of those.
fn codes(sources: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut codes = BTreeMap::new();
    let mut others = Vec::new();
    for (path, text) in sources {
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        for (before, word) in texts(text) {
            if !is_code(word) || NO_CODES.contains(&word) {
                continue;
            }
            if is_place(before) || is_told_by_code(before) {
                codes.insert(word.to_owned(), path.clone());
            } else {
                others.push((word, path));
            }
        }
    }
    let families: BTreeSet<String> =
        codes.keys().filter_map(|code| code.split_once('_').map(|(family, _)| family.to_owned())).collect();
    for (word, path) in others {
        if word.split_once('_').is_some_and(|(family, _)| families.contains(family)) {
            codes.entry(word.to_owned()).or_insert_with(|| path.clone());
        }
    }
    codes
}

/// Short texts in quotes, each with what stands before it.
fn texts(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let quotes: Vec<usize> = text.char_indices().filter(|(_, c)| matches!(c, '"' | '\'')).map(|(at, _)| at).collect();
    let pairs: Vec<(usize, usize)> = quotes.windows(2).map(|pair| (pair[0], pair[1])).collect();
    pairs.into_iter().filter_map(move |(from, to)| Some((text.get(..from)?, text.get(from + 1..to)?)))
}

fn is_code(word: &str) -> bool {
    word.len() > 3
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && !word.ends_with('_')
        && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// Whether what stands before a text makes it the code of an error.
fn is_place(before: &str) -> bool {
    let before = before.trim_end();
    let fault = before.rfind("Fault::new(").and_then(|at| before.get(at + "Fault::new(".len()..));
    let refusal = before.rfind("refusal(StatusCode::").and_then(|at| before.get(at..));
    before.ends_with("ApiError::new(")
        || before.ends_with("code:")
        || refusal.is_some_and(|rest| rest.ends_with(',') && !rest.contains('"'))
        // The class comes first, then the code.
        || fault.is_some_and(|rest| rest.ends_with(',') && !rest.contains('"') && rest.matches("FaultClass").count() == 1)
}

/// Whether a text is what a method `code` answers.
fn is_told_by_code(before: &str) -> bool {
    let method = before.rfind("fn code(").and_then(|at| before.get(at..));
    before.trim_end().ends_with("=>")
        && method.is_some_and(|rest| rest.contains("str {") && !rest.contains("\n    }\n"))
}

/// The codes that have a row: `| CODE |` or `| CODE, CODE |`, each as code.
fn entries(runbook: &str) -> BTreeSet<String> {
    let rows = runbook.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    rows.flat_map(|cell| cell.split(", ")).map(|code| code.trim_matches(['`', ' ']).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_by_its_place_and_its_family() {
        let source = r#"
            ApiError::new("UPDATE_OLD", "It is old.", "Update.");
            return Err(ApiError::new(
                "LOCKED", "Somebody must enter a PIN.", ""));
            Fault::new(FaultClass::Quota { after: None }, "BIGQUERY_QUOTA", "Used up.");
            ApiError { code: "SAVE_FAILED".to_owned(), message };
            const CODE: &str = "UPDATE_LATE";
            match self { Self::A => "UPDATE_AGAIN", Self::B => "GIFT_CARD" }
            fn code(&self) -> &'static str { match self { Self::A => "PERSON_NAME" } }
            refusal(StatusCode::MISDIRECTED_REQUEST, "WRONG_HOST", "This is not it.");
            std::env::var("SQUARE_ACCESS_TOKEN");
            let row = json!({ "status": "COMPLETED" });
        "#;
        let sources = BTreeMap::from([
            ("a.rs".to_owned(), source.to_owned()),
            ("b.ts".to_owned(), "const unreachable = { code: 'ENGINE_UNREACHABLE' };".to_owned()),
            ("c.rs".to_owned(), "#[cfg(test)]\nmod tests { ApiError::new(\"UPDATE_TEST\", \"\", \"\") }".to_owned()),
        ]);
        let found: Vec<String> = codes(&sources).into_keys().collect();
        let meant = [
            "BIGQUERY_QUOTA",
            "ENGINE_UNREACHABLE",
            "LOCKED",
            "PERSON_NAME",
            "SAVE_FAILED",
            "UPDATE_AGAIN",
            "UPDATE_LATE",
            "UPDATE_OLD",
            "WRONG_HOST",
        ];
        assert_eq!(found, meant, "neither a vendor's word, nor a variable, nor what only a test says");
    }

    #[test]
    fn an_entry_is_a_row_of_a_table() {
        let runbook = "Words with `NO_ENTRY`.\n\n| Code | What |\n|---|---|\n| `A_B` | It is. |\n| `C_D`, `E_F` | They are `G_H`. |\n";
        assert_eq!(entries(runbook).into_iter().collect::<Vec<_>>(), ["A_B", "C_D", "E_F"]);
    }

    #[test]
    fn the_runbook_is_whole() {
        check(&mut Vec::new()).unwrap();
    }
}
