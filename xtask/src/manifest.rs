//! `cargo xtask manifest`: what installed copies read to learn of a release, signed.
//!
//! ```text
//! cargo xtask manifest --version 0.2.0 --channel stable --serial 42 --expires 60 --share 100 \
//!     --base-url https://releases.example.com/v0.2.0/ --artefacts DIR --notes FILE --out stable.json [--keys DAILY,RESERVE]
//! ```
//!
//! - `--artefacts DIR` holds what the bundler made, each file with the `.sig` that the Tauri CLI wrote beside it
//!   (`createUpdaterArtifacts: true`): `*.deb`, `*.rpm`, `*.AppImage`, `*-setup.exe`, `*.app.tar.gz`. Files without a `.sig` are
//!   left out; none at all is an error.
//! - `--base-url` is where the files of DIR will be; it ends with a slash.
//! - `--notes FILE`: its lines that begin with `- ` (or all, where none does) are what people read; five at most, 140 letters each.
//! - `--serial` is higher than of every manifest before, also after a release was withdrawn. `--expires` counts days from now.
//! - `--share` is the percentage of copies that are offered it; 100 where it is not given.
//! - `--keys DAILY,RESERVE` puts other keys in the place of those built in; copies take that from the reserve key alone.
//!
//! The secret key is in `BACKROOM_UPDATE_KEY` (what `tauri signer generate` writes, in base64), its password in
//! `BACKROOM_UPDATE_KEY_PASSWORD`; a key of that tool always needs one that is not empty. Where both keys change, the new daily key
//! is there and the old reserve key in `BACKROOM_UPDATE_RESERVE_KEY`, its password in `BACKROOM_UPDATE_RESERVE_KEY_PASSWORD`: both
//! sign.
//!
//! Two files come of it: `--out`, which goes to the fixed address that copies ask, and `DIR/install.json`, which goes beside the
//! artefacts. Publish the artefacts and `install.json` first.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::PathBuf;

/// Format of the manifest, as in `src-tauri/crates/update/src/manifest.rs`.
const FORMAT: u32 = 1;
const MOST_NOTES: usize = 5;
const LONGEST_NOTE: usize = 140;
const LARGEST_MANIFEST: usize = 64 * 1024;

/// What was asked for.
struct Wanted {
    version: String,
    channel: String,
    serial: u64,
    expires_days: i64,
    share: u8,
    base_url: String,
    keys: Option<(String, String)>,
    artefacts: PathBuf,
    notes: PathBuf,
    out: PathBuf,
}

/// Makes and signs the manifest and says what is in it.
pub fn make(options: &[&str]) -> Result<()> {
    let wanted = Wanted::read(options)?;
    let key = |name: &str| {
        let secret = std::env::var(name).ok().filter(|secret| !secret.is_empty())?;
        Some((secret, std::env::var(format!("{name}_PASSWORD")).unwrap_or_default()))
    };
    let daily = key("BACKROOM_UPDATE_KEY").context("BACKROOM_UPDATE_KEY is not set: the key that signs")?;
    let keys: Vec<_> = [Some(daily), key("BACKROOM_UPDATE_RESERVE_KEY")].into_iter().flatten().collect();
    #[expect(clippy::disallowed_methods, reason = "a release is issued when it is made")]
    let issued = chrono::Utc::now();
    let artefacts = artefacts(&wanted)?;
    let notes = notes(&std::fs::read_to_string(&wanted.notes).context("the notes cannot be read")?)?;
    let text = manifest(&wanted, &artefacts, &notes, issued);
    let signatures = keys.iter().map(|(secret, password)| sign(&text, &wanted, &open_key(secret, password)?));
    let signed = json!({ "manifest": text, "signatures": signatures.collect::<Result<Vec<_>>>()? }).to_string();
    ensure!(signed.len() <= LARGEST_MANIFEST, "the manifest is larger than copies read: {} bytes", signed.len());
    std::fs::write(&wanted.out, signed)?;
    let install = wanted.artefacts.join("install.json");
    std::fs::write(&install, for_the_plugin(&wanted, &artefacts, &notes).to_string())?;
    println!("{} and {}", wanted.out.display(), install.display());
    println!("version {}, channel {}, serial {}, for", wanted.version, wanted.channel, wanted.serial);
    artefacts.iter().for_each(|(target, a)| println!("  {target}: {} ({} bytes)", a.name, a.size));
    Ok(())
}

impl Wanted {
    fn read(options: &[&str]) -> Result<Self> {
        let mut given = BTreeMap::new();
        for pair in options.chunks(2) {
            let [name, value] = pair else { bail!("{} has no value", pair.join(" ")) };
            let name = name.strip_prefix("--").with_context(|| format!("{name} is no option"))?;
            ensure!(given.insert(name, *value).is_none(), "--{name} is there twice");
        }
        let mut take = |name: &str| given.remove(name).with_context(|| format!("--{name} is missing"));
        let wanted = Self {
            version: take("version")?.trim_start_matches('v').to_owned(),
            channel: take("channel")?.to_owned(),
            serial: take("serial")?.parse().context("--serial is a number")?,
            expires_days: take("expires")?.parse().context("--expires is a number of days")?,
            base_url: take("base-url")?.to_owned(),
            artefacts: take("artefacts")?.into(),
            notes: take("notes")?.into(),
            out: take("out")?.into(),
            share: take("share").unwrap_or("100").parse().context("--share is a percentage")?,
            keys: match take("keys") {
                Ok(pair) => {
                    let (daily, reserve) = pair.split_once(',').context("--keys are two, with a comma between")?;
                    Some((daily.to_owned(), reserve.to_owned()))
                }
                Err(_) => None,
            },
        };
        ensure!(given.is_empty(), "unknown: {}", given.keys().map(|k| format!("--{k}")).collect::<Vec<_>>().join(" "));
        ensure!(["stable", "early"].contains(&wanted.channel.as_str()), "--channel is stable or early");
        ensure!((1..=366).contains(&wanted.expires_days), "--expires is between 1 and 366 days");
        ensure!(wanted.share <= 100, "--share is at most 100");
        ensure!(wanted.serial > 0, "--serial begins at 1");
        ensure!(
            wanted.base_url.starts_with("https://") && wanted.base_url.ends_with('/'),
            "--base-url is an https address that ends with a slash"
        );
        Ok(wanted)
    }
}

/// A file of the release.
struct Artefact {
    name: String,
    size: u64,
    sha256: String,
    signature: String,
}

fn artefacts(wanted: &Wanted) -> Result<BTreeMap<String, Artefact>> {
    let mut found = BTreeMap::new();
    let folder = &wanted.artefacts;
    for entry in folder.read_dir().with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut beside = path.clone().into_os_string();
        beside.push(".sig");
        let Ok(signature) = std::fs::read_to_string(beside) else { continue };
        let targets = targets(&name);
        ensure!(!targets.is_empty(), "{name} has a signature, but its name tells no system and processor");
        let bytes = std::fs::read(&path)?;
        let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        for target in targets {
            let artefact = Artefact {
                name: name.clone(),
                size: bytes.len() as u64,
                sha256: sha256.clone(),
                signature: signature.trim().to_owned(),
            };
            if let Some(other) = found.insert(target.clone(), artefact) {
                bail!("{name} and {} are both for {target}", other.name);
            }
        }
    }
    ensure!(!found.is_empty(), "{} holds no file with a .sig beside it", folder.display());
    Ok(found)
}

/// The installations that a file is for, by the names of the bundler.
fn targets(name: &str) -> Vec<String> {
    let kinds = [
        (".deb", "linux", "deb"),
        (".rpm", "linux", "rpm"),
        (".AppImage", "linux", "appimage"),
        ("-setup.exe", "windows", "nsis"),
        (".msi", "windows", "msi"),
        (".app.tar.gz", "darwin", "app"),
    ];
    let Some((_, system, kind)) = kinds.iter().find(|(end, ..)| name.ends_with(end)) else { return vec![] };
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let mut processors = Vec::new();
    if has(&["universal"]) {
        processors.extend(["x86_64", "aarch64"]);
    } else if has(&["aarch64", "arm64"]) {
        processors.push("aarch64");
    } else if has(&["amd64", "x86_64", "x64"]) {
        processors.push("x86_64");
    }
    processors.iter().map(|processor| format!("{system}-{processor}-{kind}")).collect()
}

fn notes(text: &str) -> Result<Vec<String>> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let listed: Vec<&str> = lines().filter_map(|line| line.strip_prefix("- ")).collect();
    let notes: Vec<String> = if listed.is_empty() {
        lines().map(str::to_owned).collect()
    } else {
        listed.iter().map(ToString::to_string).collect()
    };
    ensure!(notes.len() <= MOST_NOTES, "{} notes: people read {MOST_NOTES} at most", notes.len());
    if let Some(long) = notes.iter().find(|note| note.chars().count() > LONGEST_NOTE) {
        bail!("longer than {LONGEST_NOTE} letters: {long}");
    }
    Ok(notes)
}

fn manifest(
    wanted: &Wanted,
    artefacts: &BTreeMap<String, Artefact>,
    notes: &[String],
    issued: chrono::DateTime<chrono::Utc>,
) -> String {
    let told = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let files: Map<String, Value> = artefacts
        .iter()
        .map(|(target, a)| {
            let url = format!("{}{}", wanted.base_url, a.name);
            (target.clone(), json!({ "url": url, "size": a.size, "sha256": a.sha256, "signature": a.signature }))
        })
        .collect();
    let mut manifest = json!({
        "format": FORMAT, "product": "backroom", "serial": wanted.serial, "channel": wanted.channel,
        "version": wanted.version, "issued": told(issued),
        "expires": told(issued + chrono::Duration::days(wanted.expires_days)),
        "share": wanted.share, "notes": notes, "install": format!("{}install.json", wanted.base_url), "artefacts": files,
    });
    if let Some((daily, reserve)) = &wanted.keys {
        manifest["keys"] = json!({ "daily": daily, "reserve": reserve });
    }
    manifest.to_string()
}

/// What the updater's plugin wants to read before it installs. It is not signed; copies compare it with the manifest.
fn for_the_plugin(wanted: &Wanted, artefacts: &BTreeMap<String, Artefact>, notes: &[String]) -> Value {
    let platforms: Map<String, Value> = artefacts
        .iter()
        .map(|(target, a)| {
            (target.clone(), json!({ "url": format!("{}{}", wanted.base_url, a.name), "signature": a.signature }))
        })
        .collect();
    json!({ "version": wanted.version, "notes": notes.join("\n"), "platforms": platforms })
}

/// Opens a secret key as `tauri signer generate` writes it.
fn open_key(secret: &str, password: &str) -> Result<minisign::SecretKey> {
    use base64::Engine as _;
    let boxed = base64::engine::general_purpose::STANDARD.decode(secret.trim()).context("the key is not in base64")?;
    let boxed = minisign::SecretKeyBox::from_string(std::str::from_utf8(&boxed)?).context("this is no secret key")?;
    boxed
        .into_secret_key(Some(password.to_owned()))
        .context("the key does not open with this password, which must not be empty")
}

/// Signs the manifest's very bytes.
fn sign(text: &str, wanted: &Wanted, key: &minisign::SecretKey) -> Result<String> {
    let comment = format!("backroom manifest\tserial:{}\tversion:{}", wanted.serial, wanted.version);
    let signature = minisign::sign(None, key, Cursor::new(text), Some(&comment), Some("signature of the manifest"))?;
    Ok(signature.into_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use backroom_update::{Channel, Envelope, Keys, Signer, Target, Version};
    use base64::Engine as _;

    #[test]
    fn copies_read_what_is_made_here() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let daily = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
        let reserve = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
        let comment = "timestamp:1\tfile:Backroom_0.2.0_amd64.deb\tversion:0.2.0";
        let signature = minisign::sign(None, &daily.sk, &b"a package"[..], Some(comment), None).unwrap();
        std::fs::write(file("Backroom_0.2.0_amd64.deb"), "a package").unwrap();
        let told = base64::engine::general_purpose::STANDARD.encode(signature.into_string());
        std::fs::write(file("Backroom_0.2.0_amd64.deb.sig"), told).unwrap();
        std::fs::write(file("Backroom.dmg"), "no signature, so not for copies").unwrap();
        std::fs::write(file("notes.md"), "# 0.2.0\n\n- Raffles.\n- Faster.\n").unwrap();
        let path = |name: &str| file(name).display().to_string();
        let (artefacts_at, notes_at, out) =
            (folder.path().display().to_string(), path("notes.md"), path("stable.json"));
        let options = [
            "--version",
            "v0.2.0",
            "--channel",
            "stable",
            "--serial",
            "42",
            "--expires",
            "60",
            "--base-url",
            "https://releases.example.com/v0.2.0/",
            "--artefacts",
            &artefacts_at,
            "--notes",
            &notes_at,
            "--out",
            &out,
        ];
        let wanted = Wanted::read(&options).unwrap();
        let artefacts = artefacts(&wanted).unwrap();
        let lines = notes(&std::fs::read_to_string(&wanted.notes).unwrap()).unwrap();
        let issued = chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let text = manifest(&wanted, &artefacts, &lines, issued);
        let envelope = json!({
            "manifest": text, "signatures": [sign(&text, &wanted, &daily.sk).unwrap()],
        });
        let keys = Keys::read(&daily.pk.to_base64(), &reserve.pk.to_base64()).unwrap();
        let (read, signer) = Envelope::read(envelope.to_string().as_bytes()).unwrap().open(&keys).unwrap();
        assert_eq!((read.serial, read.channel, signer), (42, Channel::Stable, Signer::Daily));
        assert_eq!(read.notes, ["Raffles.", "Faster."], "the lines of the changelog");
        assert_eq!(read.artefacts.len(), 1, "what has no signature is not for copies: {:?}", read.artefacts.keys());
        let target = Target::of("linux", "x86_64", "deb");
        let artefact = read.artefact(&target).unwrap();
        assert_eq!(artefact.url.as_str(), "https://releases.example.com/v0.2.0/Backroom_0.2.0_amd64.deb");
        keys.verify_artefact(b"a package", &artefact.signature, &Version::new(0, 2, 0), &target).unwrap();
        let described = for_the_plugin(&wanted, &artefacts, &lines);
        assert_eq!(
            described["platforms"][target.name()]["signature"],
            artefact.signature.as_str(),
            "and the same for the host"
        );
    }

    #[test]
    fn what_would_lead_nowhere_is_refused() {
        let good = [
            ("--version", "0.2.0"),
            ("--channel", "stable"),
            ("--serial", "42"),
            ("--expires", "60"),
            ("--base-url", "https://releases.example.com/"),
            ("--artefacts", "a"),
            ("--notes", "n"),
            ("--out", "o"),
        ];
        let read = |name: &str, value: &str| {
            let changed = good.iter().flat_map(|(n, v)| [*n, if *n == name { value } else { *v }]);
            Wanted::read(&changed.collect::<Vec<_>>()).map(drop)
        };
        assert!(read("", "").is_ok());
        for (name, value) in [
            ("--channel", "nightly"),
            ("--serial", "0"),
            ("--serial", "many"),
            ("--expires", "0"),
            ("--expires", "900"),
            ("--base-url", "http://releases.example.com/"),
            ("--base-url", "https://releases.example.com"),
        ] {
            assert!(read(name, value).is_err(), "{name} {value}");
        }
        assert!(notes("- a\n- b\n- c\n- d\n- e\n- f").is_err(), "people read five");
        for (name, expected) in [
            ("Backroom_0.2.0_amd64.deb", vec!["linux-x86_64-deb"]),
            ("Backroom_0.2.0_x64-setup.exe", vec!["windows-x86_64-nsis"]),
            ("Backroom_universal.app.tar.gz", vec!["darwin-x86_64-app", "darwin-aarch64-app"]),
            ("Backroom_0.2.0_aarch64.AppImage", vec!["linux-aarch64-appimage"]),
            ("notes.md", vec![]),
        ] {
            assert_eq!(targets(name), expected, "{name}");
        }
    }
}
