//! A shop, its release server, its clock, and an installer that writes down what it installed.

use backroom_api::updates::{Installer, Keys, Limits, Package, Target, UpdateError, UpdateOptions, Version};
use backroom_api::{Engine, EngineOptions, SecretsMode, secrets::InMemory};
use backroom_core::{TestClock, Timestamp};
use backroom_sandbox::releases::Releases;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign::{KeyPair, SecretKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Half past two at night in the shop: it is quiet.
pub const NIGHT: &str = "2026-11-21T08:30:00Z";
/// Noon of that day: it trades.
pub const NOON: &str = "2026-11-21T18:00:00Z";

/// What is called at every step.
pub type Watch = Arc<dyn Fn(&'static str) + Send + Sync>;

pub fn target() -> Target {
    Target::of("linux", "x86_64", "appimage")
}

pub fn keypair() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().unwrap()
}

/// Installs by writing the version into a file, as a package system would put a program there.
pub struct Slot {
    pub file: PathBuf,
    pub asked: Mutex<Vec<String>>,
    pub restarted: AtomicBool,
    pub refuses: AtomicBool,
    pub attended: AtomicBool,
    pub watch: Watch,
}

impl Slot {
    pub fn new(folder: &Path, watch: Watch) -> Arc<Self> {
        let file = folder.join("program");
        if !file.exists() {
            std::fs::write(&file, "0.1.0").unwrap();
        }
        Arc::new(Self {
            file,
            asked: Mutex::default(),
            restarted: AtomicBool::new(false),
            refuses: AtomicBool::new(false),
            attended: AtomicBool::new(false),
            watch,
        })
    }

    pub fn version(&self) -> String {
        std::fs::read_to_string(&self.file).unwrap()
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Installer for Slot {
    fn target(&self) -> Option<Target> {
        Some(target())
    }

    fn unattended(&self) -> bool {
        !self.attended.load(Ordering::Relaxed)
    }

    fn install<'a>(
        &'a self,
        package: &'a Package,
    ) -> Pin<Box<dyn Future<Output = Result<(), UpdateError>> + Send + 'a>> {
        Box::pin(async move {
            self.asked.lock().unwrap().push(package.version.to_string());
            if self.refuses.load(Ordering::Relaxed) {
                return Err(UpdateError::Installer("nobody gave a password".to_owned()));
            }
            (self.watch)("before program");
            let part = self.file.with_extension("part");
            std::fs::write(&part, package.version.to_string()).unwrap();
            std::fs::rename(part, &self.file).unwrap();
            (self.watch)("after program");
            Ok(())
        })
    }

    fn restart(&self) {
        self.restarted.store(true, Ordering::Relaxed);
    }
}

/// A release as somebody publishes it, good until something of it is changed.
#[derive(Clone)]
pub struct Release {
    pub version: String,
    pub serial: u64,
    pub channel: String,
    pub share: u8,
    pub issued: Timestamp,
    pub days: i64,
    pub file: Vec<u8>,
    /// Bytes that the manifest announces.
    pub size: Option<u64>,
    pub url: Option<String>,
    pub target: String,
    /// What the bundler's tool says of the file.
    pub signed_name: String,
    pub signed_version: String,
    pub keys: Option<Value>,
    pub more: Value,
}

impl Release {
    pub fn new(version: &str, serial: u64) -> Self {
        let file: Vec<u8> =
            (0..40_000u32).flat_map(|n| (n.wrapping_mul(2_654_435_761) ^ serial as u32).to_le_bytes()).collect();
        Self {
            version: version.to_owned(),
            serial,
            channel: "stable".to_owned(),
            share: 100,
            issued: Timestamp::parse(NIGHT).unwrap(),
            days: 60,
            file,
            size: None,
            url: None,
            target: target().name().to_owned(),
            signed_name: format!("Backroom_{version}_amd64.AppImage"),
            signed_version: version.to_owned(),
            keys: None,
            more: json!({}),
        }
    }

    /// The path of its file at the server.
    pub fn path(&self) -> String {
        format!("/{}.AppImage", self.version)
    }

    fn signature(&self, key: &SecretKey) -> String {
        let comment = format!("timestamp:1\tfile:{}\tversion:{}", self.signed_name, self.signed_version);
        let signed = minisign::sign(None, key, &self.file[..], Some(&comment), Some("signature")).unwrap();
        STANDARD.encode(signed.into_string())
    }

    pub fn manifest(&self, base: &str, key: &SecretKey) -> String {
        let mut manifest = json!({
            "format": 1, "product": "backroom", "serial": self.serial, "channel": self.channel, "version": self.version,
            "issued": self.issued.to_rfc3339(), "expires": self.issued.plus_days(self.days).to_rfc3339(),
            "share": self.share, "notes": ["The draw is shown on a second screen."], "install": format!("{base}/install.json"),
            "artefacts": { self.target.clone(): {
                "url": self.url.clone().unwrap_or_else(|| format!("{base}{}", self.path())),
                "size": self.size.unwrap_or(self.file.len() as u64),
                "sha256": hex::encode(Sha256::digest(&self.file)), "signature": self.signature(key),
            } },
        });
        if let Some(keys) = &self.keys {
            manifest["keys"] = keys.clone();
        }
        for (name, value) in self.more.as_object().unwrap() {
            manifest[name] = value.clone();
        }
        manifest.to_string()
    }
}

/// The signature of a manifest.
pub fn signed(text: &str, key: &SecretKey) -> String {
    minisign::sign(None, key, text.as_bytes(), Some("manifest"), None).unwrap().into_string()
}

pub struct World {
    pub folder: tempfile::TempDir,
    pub server: Releases,
    pub daily: KeyPair,
    pub reserve: KeyPair,
    pub clock: Arc<TestClock>,
    pub slot: Arc<Slot>,
    pub watch: Watch,
    pub read: Duration,
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let watch: Watch = Arc::new(|_| {});
        Self {
            slot: Slot::new(folder.path(), watch.clone()),
            folder,
            server: Releases::start().unwrap(),
            daily: keypair(),
            reserve: keypair(),
            clock: Arc::new(TestClock::at(Timestamp::parse(NIGHT).unwrap())),
            watch,
            read: Duration::from_secs(30),
        }
    }

    pub fn now(&self, text: &str) {
        self.clock.set(Timestamp::parse(text).unwrap());
    }

    /// Puts a release where copies ask, signed by the daily key.
    pub fn publish(&self, release: &Release) {
        self.publish_by(release, &[&self.daily.sk], &self.daily.sk);
    }

    /// As `publish`, the manifest signed by other keys, and the file by another.
    pub fn publish_by(&self, release: &Release, manifest: &[&SecretKey], file: &SecretKey) {
        let text = release.manifest(&self.server.base_url(), file);
        let signatures: Vec<String> = manifest.iter().map(|key| signed(&text, key)).collect();
        let envelope = json!({ "manifest": text, "signatures": signatures }).to_string();
        self.server.put(&format!("/{}.json", release.channel), envelope);
        self.server.put(&release.path(), release.file.clone());
    }

    pub fn options(&self) -> UpdateOptions {
        options(
            &self.slot.version(),
            &self.daily.pk.to_base64(),
            &self.reserve.pk.to_base64(),
            &self.server.base_url(),
            self.slot.clone(),
            self.watch.clone(),
            self.read,
        )
    }

    /// Starts the version that is installed.
    pub async fn start(&self) -> Engine {
        let engine = open(self.folder.path(), self.clock.clone()).await;
        engine.update_with(self.options());
        engine.settle_update().await;
        engine
    }
}

pub fn options(
    version: &str,
    daily: &str,
    reserve: &str,
    base: &str,
    installer: Arc<Slot>,
    watch: Watch,
    read: Duration,
) -> UpdateOptions {
    UpdateOptions {
        version: Version::parse(version).unwrap(),
        keys: Keys::read(daily, reserve).map(Some),
        address: Some(format!("{base}/{{channel}}.json")),
        installer: Some(installer),
        limits: Limits { read, ..Limits::default() },
        wait: Arc::new(|_| Box::pin(std::future::ready(()))),
        watch,
    }
}

pub async fn open(folder: &Path, clock: Arc<TestClock>) -> Engine {
    let options = EngineOptions {
        data_dir: folder.to_path_buf(),
        secrets: SecretsMode::Memory(Arc::new(InMemory::new())),
        demo: false,
    };
    Engine::open_at(options, clock).await.unwrap()
}

/// How things stand.
pub async fn status(engine: &Engine) -> Value {
    engine.call("update_status", Value::Null).await.unwrap()
}
