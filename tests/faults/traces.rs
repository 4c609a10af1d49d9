//! Looks for a secret wherever none may be: in files, in what a program says, in how it was started.
//!
//! A process's memory is not looked at: what is sent to a vendor has to be there.

use std::path::Path;

/// Pieces shorter than this would be found by chance.
const SHORTEST: usize = 12;

/// A secret in every dress in which it could be written down.
pub struct Traces {
    /// What it is, in which dress, and the bytes.
    dresses: Vec<(String, Vec<u8>)>,
    /// The first two bytes of each, so that most places are passed by at once.
    begins: Vec<bool>,
}

impl Traces {
    /// Of these secrets: what each is called, and its text.
    pub fn of(secrets: &[(&str, &str)]) -> Self {
        let mut dresses = Vec::new();
        for (name, text) in secrets {
            assert!(text.len() >= SHORTEST, "{name} is too short to be told from chance");
            dresses.extend(dressed(text).into_iter().map(|(dress, bytes)| (format!("{name} {dress}"), bytes)));
        }
        let mut begins = vec![false; 1 << 16];
        for (_, bytes) in &dresses {
            begins[pair(bytes, 0)] = true;
        }
        Self { dresses, begins }
    }

    /// Which of them lies in these bytes.
    pub fn within(&self, bytes: &[u8]) -> Option<&str> {
        (0..bytes.len().saturating_sub(1)).filter(|at| self.begins[pair(bytes, *at)]).find_map(|at| {
            let found = self.dresses.iter().find(|(_, dress)| bytes[at..].starts_with(dress))?;
            Some(found.0.as_str())
        })
    }

    /// Where it lies below a folder, names of files included.
    pub fn in_folder(&self, folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let told = |dress: &str| format!("{dress} in {}", path.display());
            found.extend(self.within(entry.file_name().as_encoded_bytes()).map(told));
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => found.extend(self.in_folder(&path)),
                // A draft may be gone by the time it is read; sockets and pipes hold nothing.
                Ok(kind) if kind.is_file() => {
                    let bytes = std::fs::read(&path).unwrap_or_default();
                    found.extend(self.within(&bytes).map(told));
                }
                _ => {}
            }
        }
        found
    }

    /// Where it lies in how a process and all that came of it were started. What is in the environment of a program that takes its
    /// secrets from there was put there by whoever started it: then `environment` is passed by.
    pub fn in_processes(&self, root: u32, environment: bool) -> Vec<String> {
        let looked_at: &[&str] = if environment { &["cmdline", "environ", "comm"] } else { &["cmdline", "comm"] };
        let mut found = Vec::new();
        for process in family(root) {
            for place in looked_at {
                let bytes = std::fs::read(format!("/proc/{process}/{place}")).unwrap_or_default();
                found.extend(self.within(&bytes).map(|dress| format!("{dress} in {place} of process {process}")));
            }
        }
        found
    }
}

/// A process and all that came of it.
pub fn family(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let process = entry.file_name().to_str()?.parse().ok()?;
            // The name in brackets may itself hold brackets and blanks.
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            Some((process, parent))
        })
        .collect();
    let mut family = vec![root];
    let mut known = 0;
    while known < family.len() {
        let of = family[known];
        family.extend(parents.iter().filter(|(_, parent)| *parent == of).map(|(process, _)| *process));
        known += 1;
    }
    family
}

fn pair(bytes: &[u8], at: usize) -> usize {
    (usize::from(bytes[at]) << 8) | usize::from(bytes[at + 1])
}

/// A text as programs write it down: as it is, and as it is packed for JSON, addresses, wires and Windows.
fn dressed(text: &str) -> Vec<(String, Vec<u8>)> {
    let json = |text: &str| {
        let quoted = serde_json::Value::from(text).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let escaped = |kept: &[u8], upper: bool| -> String {
        let one = |b: &u8| match *b {
            b if b.is_ascii_alphanumeric() || kept.contains(&b) => char::from(b).to_string(),
            b if upper => format!("%{b:02X}"),
            b => format!("%{b:02x}"),
        };
        text.as_bytes().iter().map(one).collect()
    };
    let hex = hex::encode(text);
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut dresses = vec![
        ("as it is".to_owned(), text.as_bytes().to_vec()),
        ("in JSON".to_owned(), json(text).into_bytes()),
        ("in JSON in JSON".to_owned(), json(&json(text)).into_bytes()),
        ("in JSON with slashes escaped".to_owned(), json(text).replace('/', "\\/").into_bytes()),
        ("in an address".to_owned(), escaped(b"-_.~", true).into_bytes()),
        ("in an address, in small letters".to_owned(), escaped(b"-_.~", false).into_bytes()),
        ("in an address's path".to_owned(), escaped(b"-_.~/:@!$&'()*+,;=", true).into_bytes()),
        ("in hex".to_owned(), hex.clone().into_bytes()),
        ("in capital hex".to_owned(), hex.to_uppercase().into_bytes()),
        ("in UTF-16".to_owned(), wide),
    ];
    // Inside a longer text it begins at any of three places of the packing.
    for shift in 0..3 {
        for (alphabet, packed) in packed(text.as_bytes(), shift) {
            dresses.push((format!("in base64 ({alphabet}, {shift})"), packed));
        }
    }
    dresses.dedup_by(|one, other| one.1 == other.1);
    dresses
}

/// The letters of base64 that depend on these bytes alone, where `shift` bytes stand before them.
fn packed(bytes: &[u8], shift: usize) -> Vec<(&'static str, Vec<u8>)> {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    let whole = [&vec![0; shift][..], bytes].concat();
    let (from, to) = ((shift * 8).div_ceil(6), whole.len() * 8 / 6);
    [("standard", STANDARD_NO_PAD.encode(&whole)), ("of addresses", URL_SAFE_NO_PAD.encode(&whole))]
        .map(|(alphabet, text)| (alphabet, text.as_bytes()[from..to].to_vec()))
        .to_vec()
}
