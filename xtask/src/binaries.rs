//! What is shipped, looked at as it is: no address without encryption, no key, no door that only tests know.
//!
//! A release has nothing of the sources any more but its texts; these are what is read here.

use crate::command::inside;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Programs of a release.
const PROGRAMS: [&str; 2] = ["backroom", "backroomctl"];
/// Hosts that may be named behind `http://`: this computer, and names of formats, which nobody calls.
const HOSTS: &[&str] = &[
    "127.0.0.1",
    "ipc.localhost",
    "asset.localhost",
    "tauri.localhost",
    "ns.adobe.com",
    "purl.org",
    "schemas.android.com",
    "schemas.microsoft.com",
    "schemas.openxmlformats.org",
    "www.freedesktop.org",
    "www.w3.org",
];
/// What only tests ask for, and what only a web view's inspector answers to.
const DOORS: [&str; 3] = ["BACKROOM_TEST_CRASH", "WEBKIT_INSPECTOR_SERVER=", "enable_developer_extras"];
/// How keys begin that somebody might have left behind, and how many letters of a key follow.
const KEYS: [(&str, usize); 8] = [
    ("-----BEGIN PRIVATE KEY-----\nMI", 40),
    ("EAAA", 50),
    ("sq0csp-", 40),
    ("sq0idp-", 20),
    ("AIza", 35),
    ("AKIA", 16),
    ("ghp_", 36),
    ("ya29.", 40),
];
/// Letters of a key that is invented on purpose: the application of a demonstration's stand-in.
const INVENTED: [&str; 1] = ["sq0idp-BackroomSandbox"];

/// Looks at the programs of a folder, or of the release where none is named.
pub fn check(words: &[&str], log: &mut dyn Write) -> Result<()> {
    let folder = match words {
        [] => inside("target/release"),
        [folder] => PathBuf::from(folder),
        _ => bail!("cargo xtask binaries takes one folder"),
    };
    let programs: Vec<PathBuf> = PROGRAMS
        .iter()
        .map(|name| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
        .filter(|path| path.is_file())
        .collect();
    if programs.is_empty() {
        bail!("there is no program in {}: build a release first", folder.display());
    }
    let mut wrong = 0;
    for program in &programs {
        let bytes = std::fs::read(program).with_context(|| format!("{} cannot be read", program.display()))?;
        let found = findings(&bytes);
        wrong += found.len();
        for line in &found {
            writeln!(log, "{}: {line}", name(program))?;
        }
        writeln!(log, "{}: {} bytes looked at", name(program), bytes.len())?;
    }
    if wrong > 0 {
        bail!("{wrong} texts that must not be in what is shipped");
    }
    Ok(())
}

fn name(program: &Path) -> String {
    program.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What must not be there.
fn findings(bytes: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for at in places(bytes, b"http://") {
        let host = host(bytes.get(at..).unwrap_or_default());
        // Two texts that lie side by side have no end between them: what is not a whole host is none.
        if host.contains('.') && !HOSTS.iter().any(|known| host == *known) {
            found.insert(format!("an address without encryption: http://{host}"));
        }
    }
    for door in DOORS {
        if !places(bytes, door.as_bytes()).is_empty() {
            found.insert(format!("a door that only tests know: {door}"));
        }
    }
    for (start, letters) in KEYS {
        for at in places(bytes, start.as_bytes()) {
            let from = at - start.len();
            let invented =
                INVENTED.iter().any(|own| bytes.get(from..).is_some_and(|rest| rest.starts_with(own.as_bytes())));
            let rest = bytes.get(at..).unwrap_or_default();
            let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || b"-_+/=\n".contains(b)).count();
            if length >= letters && !invented && is_mixed(rest.get(..letters).unwrap_or_default()) {
                found.insert(format!("something like a key that begins with {:?}", start.trim()));
            }
        }
    }
    found
}

/// Whether letters are as mixed as those of a key: capitals, small ones and digits.
fn is_mixed(letters: &[u8]) -> bool {
    let any = |test: fn(&u8) -> bool| letters.iter().any(test);
    any(u8::is_ascii_uppercase) && any(u8::is_ascii_lowercase) && any(u8::is_ascii_digit)
}

/// Where a text ends, for each place it stands at.
fn places(bytes: &[u8], text: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut from = 0;
    let Some(first) = text.first() else { return found };
    while let Some(step) = bytes.get(from..).and_then(|rest| rest.iter().position(|b| b == first)) {
        let at = from + step;
        if bytes.get(at..).is_some_and(|rest| rest.starts_with(text)) {
            found.push(at + text.len());
        }
        from = at + 1;
    }
    found
}

/// The host at the beginning of bytes.
fn host(bytes: &[u8]) -> String {
    let part = |b: &&u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(b);
    let host: String = bytes.iter().take_while(part).take(100).map(|b| char::from(*b)).collect();
    host.trim_matches(['.', '-']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_not_be_shipped_is_found() {
        // Put together here, so that no file of ours looks like somebody's key.
        let letters = "Ab1".repeat(20);
        let key = |start: &str| format!("x{start}{letters}");
        for (text, wrong) in [
            ("see http://www.w3.org/2000/svg and http://127.0.0.1:80/".to_owned(), 0),
            ("http://https://connect.example.com".to_owned(), 0),
            ("http://\0nothing".to_owned(), 0),
            ("http://example.com/x".to_owned(), 1),
            ("http://127.0.0.1.example.com/".to_owned(), 1),
            ("http://a.example.com http://b.example.com http://a.example.com".to_owned(), 2),
            ("BACKROOM_TEST_CRASH".to_owned(), 1),
            (key("EAAA"), 1),
            (key("sq0csp-"), 1),
            ("EAAAshort EAAA".to_owned(), 0),
            (format!("EAAA{}", "A".repeat(80)), 0),
            ("sq0idp-BackroomSandbox01abcdefghijk".to_owned(), 0),
            (key("-----BEGIN PRIVATE KEY-----\nMI"), 1),
            ("-----BEGIN PRIVATE KEY-----".to_owned(), 0),
        ] {
            assert_eq!(findings(text.as_bytes()).len(), wrong, "{text:?}: {:?}", findings(text.as_bytes()));
        }
    }

    #[test]
    fn a_folder_without_programs_is_not_passed() {
        let empty = std::env::temp_dir().join("backroom-no-programs");
        std::fs::create_dir_all(&empty).unwrap();
        assert!(check(&[empty.to_str().unwrap()], &mut Vec::new()).is_err(), "nothing looked at is nothing found out");
    }
}
