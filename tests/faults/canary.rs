//! Secrets that sing: every token and key of a shop is one that can be recognised, and then it is looked for everywhere but in
//! memory: the data folder with its log, backups and exports, what programs say however much they are asked to tell, what screens are
//! answered, how processes were started, the whole home around them. It is nowhere.
//!
//! Not looked at: a process's memory, for a secret has to be there to be sent; and the environment of a program that takes its
//! secrets from the environment, where whoever started it put them.

use crate::ground::{has, skipped};
use crate::shop::{ctl, finish};
use crate::stranger::{Stranger, http, parrot};
use crate::traces::Traces;
use backroom_sandbox::lightspeed::{Lightspeed, Spec};
use backroom_sandbox::oauth::{CLIENT_ID, DeskChange};
use backroom_sandbox::square::{Square, StoreSpec};
use backroom_secrets::{Keychain, SERVICE, Secret, SecretStore, WAREHOUSE_KEY};
use backroom_tests::Bench;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Signs of base64 and addresses are in each, so that every packing changes it.
const SQUARE: &str = "Canary+7/sq~pasted-0001";
const GRANTED: &str = "Canary+7/ls~granted-0002";
const APPLICATION: &str = "Canary+7/ap~secret-0003";
const BUFFER: &str = "Canary+7/bk~seals-what-is-personal-0004";
const DOOR: &str = "Canary+7/at~opens-the-door-0005";
const BEARER: &str = "Canary+7/ga~bearer-0006";
const KEY_ID: &str = "Canary+7/id~of-the-key-0007";
/// Of the counter-test alone, which runs beside the others.
const PLANTED: &str = "Canary+7/pl~planted-0008";

/// What screens ask.
const QUESTIONS: [&str; 11] = [
    "app_state",
    "today",
    "summary",
    "sales",
    "sales_csv",
    "product_list",
    "sync_status",
    "connections",
    "settings",
    "people",
    "audit_log",
];

/// A key as Google hands it out, invented, of which every part can be recognised.
fn key(token_uri: &str) -> String {
    let body = include_str!("../../src-tauri/crates/warehouse/tests/fixtures/invented_key.base64");
    // Put together here, so that no file of ours looks like somebody's key.
    let pem = format!("-----BEGIN {0}-----\n{body}\n-----END {0}-----\n", "PRIVATE KEY");
    json!({"type": "service_account", "project_id": "demo-project", "client_email": "shop@example.com",
        "private_key_id": KEY_ID, "private_key": pem, "token_uri": token_uri,
        // Longer than an entry of a keychain takes: it is sealed in a file.
        "client_x509_cert_url": format!("https://example.com/{}", "certificates/".repeat(60))})
    .to_string()
}

fn traces() -> Traces {
    let body: String = include_str!("../../src-tauri/crates/warehouse/tests/fixtures/invented_key.base64")
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    // Whole groups of four letters: they are the same letters however the rest is broken into lines.
    let pieces = [&body[400..440], &body[800..840], &body[1_200..1_240]];
    Traces::of(&[
        ("the Square token", SQUARE),
        ("a granted token", GRANTED),
        ("the application's secret", APPLICATION),
        ("the buffer's key", BUFFER),
        ("the local API's token", DOOR),
        ("Google's access token", BEARER),
        ("the BigQuery key's id", KEY_ID),
        ("the BigQuery key", pieces[0]),
        ("the BigQuery key", pieces[1]),
        ("the BigQuery key", pieces[2]),
    ])
}

/// Were it found nowhere because nobody looked, this would fail.
#[test]
fn a_planted_secret_is_found_in_every_dress() {
    let traces = Traces::of(&[("the secret", PLANTED)]);
    let packed = |text: &str| {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(text)
    };
    let addressed: String = url_of(PLANTED);
    let planted = [
        ("as it is", PLANTED.to_owned()),
        ("in a key file", json!({"token": PLANTED, "more": "\"\n"}).to_string()),
        ("in a text in JSON", Value::from(json!({"token": format!("{PLANTED}\"")}).to_string()).to_string()),
        ("in an address", format!("https://example.com/?code={addressed}&state=1")),
        ("in hex", hex::encode(format!("x{PLANTED}y"))),
        ("in base64", packed(&format!("{PLANTED}:"))),
        ("in base64, one further", packed(&format!("a{PLANTED}bc"))),
        ("in base64, two further", packed(&format!("ab{PLANTED}"))),
        ("in UTF-16", String::from_utf8(PLANTED.bytes().flat_map(|b| [b, 0]).collect()).unwrap()),
    ];
    for (dress, text) in &planted {
        let home = tempfile::tempdir().unwrap();
        let deep = home.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(deep.join("file"), [&[0xC3; 5_000][..], text.as_bytes(), &[7; 90]].concat()).unwrap();
        assert_eq!(traces.in_folder(home.path()).len(), 1, "{dress}: {text}");
        assert!(traces.within(&text.as_bytes()[..text.len() / 2]).is_none(), "{dress}: half of it is not it");
    }
    // A name of a file tells, too.
    let home = tempfile::tempdir().unwrap();
    let plain = Traces::of(&[("the secret", "Canary-of-a-name")]);
    std::fs::write(home.path().join("x-Canary-of-a-name.log"), "").unwrap();
    assert_eq!(plain.in_folder(home.path()).len(), 1, "in the name of a file");
    for (place, argument, variable) in [("cmdline", PLANTED, ""), ("environ", "", PLANTED)] {
        // A grandchild: whatever was started by what was started.
        let mut shell = Command::new("sh")
            .args(["-c", "sh -c 'echo ready; sleep 60; :' \"$0\" & wait", argument])
            .env("PLANTED", variable)
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let found = traces.in_processes(shell.id(), true);
        let _ = Command::new("kill").args(["-9", "--", &format!("-{}", shell.id())]).status();
        shell.wait().unwrap();
        let told = found.iter().filter(|f| f.contains(place)).count();
        assert!(told >= 2 && told == found.len(), "in {place} of both: {found:?}");
    }
}

fn url_of(text: &str) -> String {
    text.replace('+', "%2B").replace('/', "%2F")
}

/// A home, the vendors of its shop, and everything that was said in it.
struct Nest {
    square: Square,
    lightspeed: Lightspeed,
    home: tempfile::TempDir,
    /// Beside the home: whoever names a key file for a server put it there.
    outside: tempfile::TempDir,
    google: Stranger,
    secrets: &'static str,
    traces: Traces,
}

impl Nest {
    fn new(secrets: &'static str, google: Stranger) -> Self {
        let square = Square::start(StoreSpec::small(120, Bench::now())).unwrap();
        let lightspeed = Lightspeed::start(Spec::small(40, Bench::now()).faster(500.0)).unwrap();
        square.set_token(SQUARE);
        lightspeed.desk(&DeskChange { mark: Some(GRANTED.to_owned()), ..DeskChange::default() });
        let (home, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for folder in ["data", "tmp", "config", "cache", "state"] {
            std::fs::create_dir(home.path().join(folder)).unwrap();
        }
        std::fs::write(outside.path().join("key.json"), key(&format!("{}/token", google.address))).unwrap();
        let nest = Self { square, lightspeed, home, outside, google, secrets, traces: traces() };
        nest.settle(&nest.square.base_url(), &nest.lightspeed.base_url());
        nest
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn settle(&self, square: &str, lightspeed: &str) {
        // Nobody listens at the warehouse: the key is used as far as its own token.
        let text = format!(
            "[store]\ntime_zone = \"America/Chicago\"\n\n[[source]]\nkind = \"square\"\nname = \"main\"\nbase_url = \"{square}\"\n\n\
             [[source]]\nkind = \"lightspeed_r\"\nname = \"lightspeed\"\nbase_url = \"{lightspeed}\"\n{}\n[warehouse]\n\
             project = \"demo-project\"\ndataset = \"demo\"\nbase_url = \"https://127.0.0.1:1\"\n",
            if self.secrets == "env" { String::new() } else { format!("client_id = \"{CLIENT_ID}\"\n") }
        );
        std::fs::write(self.folder().join("config.toml"), text).unwrap();
    }

    /// `backroomctl`, asked to tell as much as it can.
    fn command(&self, work: &[&str]) -> Command {
        let mut command = Command::new(ctl());
        let place = |name: &str| self.home.path().join(name);
        command.args(["--secrets", self.secrets, "--data-dir"]).arg(self.folder()).args(work);
        command.env("BACKROOM_LOG", "trace").env("RUST_BACKTRACE", "full").env("TMPDIR", place("tmp"));
        command.env("XDG_CONFIG_HOME", place("config")).env("XDG_CACHE_HOME", place("cache"));
        command.env("XDG_STATE_HOME", place("state")).env_remove("BACKROOM_DATA_DIR");
        let given = [
            ("SQUARE_ACCESS_TOKEN", SQUARE.to_owned()),
            ("LIGHTSPEED_CLIENT_ID", CLIENT_ID.to_owned()),
            (
                "LIGHTSPEED_REFRESH_TOKEN",
                std::fs::read_to_string(self.outside.path().join("refresh")).unwrap_or_default(),
            ),
            ("BACKROOM_BUFFER_KEY", BUFFER.to_owned()),
            ("BACKROOM_API_TOKEN", DOOR.to_owned()),
            ("GOOGLE_APPLICATION_CREDENTIALS", self.outside.path().join("key.json").display().to_string()),
        ];
        for (name, value) in given {
            match self.secrets {
                "env" => command.env(name, value),
                _ => command.env_remove(name),
            };
        }
        command
    }

    /// Runs it to its end and looks at all it said.
    fn run(&self, work: &[&str]) -> bool {
        let output = finish(self.command(work));
        let said = [&output.stdout[..], &output.stderr[..]].concat();
        self.is_clean(&said, &format!("what {work:?} says"));
        output.status.success()
    }

    fn is_clean(&self, bytes: &[u8], what: &str) {
        let found = self.traces.within(bytes);
        assert_eq!(found, None, "{what}: {}", String::from_utf8_lossy(bytes));
    }

    /// Nothing lies in the home, and nothing is told by how these were started.
    fn nothing_lies_about(&self, running: u32, when: &str) {
        assert_eq!(self.traces.in_folder(self.home.path()), Vec::<String>::new(), "{when}: in the home");
        let started = self.traces.in_processes(running, self.secrets != "env");
        assert_eq!(started, Vec::<String>::new(), "{when}: in how processes were started");
    }

    /// All that is done from a command line, and its backup.
    fn every_work(&self) {
        let copy = self.home.path().join("data/copy.db").display().to_string();
        for work in [
            &["sync"][..],
            &["push"],
            &["status"],
            &["doctor"],
            &["report", "summary"],
            &["report", "recent"],
            &["audit"],
            &["audit", "--verify"],
            &["people"],
            &["backup", &copy],
            &["--json", "status"],
            &["--json", "report", "products"],
            &["--json", "audit"],
        ] {
            self.run(work);
        }
        assert!(Path::new(&copy).exists(), "a backup was made");
        self.nothing_lies_about(std::process::id(), "after every work");
    }

    /// Vendors that repeat what they were sent are not repeated.
    fn parrots_are_not_repeated(&self) {
        let parrot = parrot();
        self.settle(&parrot.address, &parrot.address);
        assert!(!self.run(&["sync"]), "both refuse");
        assert!(!self.run(&["--json", "sync", "--full"]), "both refuse");
        parrot.is_asked();
        self.settle(&self.square.base_url(), &self.lightspeed.base_url());
        self.nothing_lies_about(std::process::id(), "after refusals that repeat what they were sent");
    }

    /// Asks all that screens ask, and looks at the answers.
    fn every_question(&self, served: &Served) {
        for name in QUESTIONS {
            let args = match name {
                "sales" | "sales_csv" => json!({"from": "2020-01-01", "to": "2029-12-31"}),
                "today" | "summary" => json!({"location": null}),
                "product_list" => json!({"location": null, "limit": 50}),
                "audit_log" => json!({"before": null, "limit": 200}),
                _ => Value::Null,
            };
            let (status, answer) = served.ask(name, &args);
            assert_eq!(status, 200, "{name}: {answer}");
            self.is_clean(answer.as_bytes(), name);
        }
    }
}

/// Takes down what comes out of a pipe.
fn collect(mut pipe: impl Read + Send + 'static) -> Arc<Mutex<Vec<u8>>> {
    let said = Arc::new(Mutex::new(Vec::new()));
    let taken = said.clone();
    std::thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(n @ 1..) = pipe.read(&mut piece) {
            taken.lock().unwrap().extend_from_slice(&piece[..n]);
        }
    });
    said
}

/// A `backroomctl serve` and all that it has said.
struct Served {
    child: Child,
    /// Its results, and what it tells beside them.
    said: [Arc<Mutex<Vec<u8>>>; 2],
    origin: String,
    token: String,
}

impl Served {
    fn start(nest: &Nest) -> Self {
        let mut command = nest.command(&["serve", "--port", "0", "--ui", "/nowhere"]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = [collect(child.stdout.take().unwrap()), collect(child.stderr.take().unwrap())];
        let limit = Instant::now() + Duration::from_secs(60);
        loop {
            let text = String::from_utf8_lossy(&said[0].lock().unwrap()).into_owned();
            if let Some(line) = text.lines().find(|line| line.starts_with("http://127.0.0.1:")) {
                let (origin, token) = line.split_once("/#token=").unwrap_or((line.trim_end_matches('/'), DOOR));
                return Self { child, said, origin: origin.to_owned(), token: token.to_owned() };
            }
            assert!(Instant::now() < limit && child.try_wait().unwrap().is_none(), "it serves: {text}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn ask(&self, name: &str, args: &Value) -> (u16, String) {
        let (status, _, body) = http("POST", &format!("{}/rpc/{name}", self.origin), &self.token, &args.to_string());
        (status, body)
    }

    fn said(&self) -> Vec<u8> {
        self.said.iter().flat_map(|said| said.lock().unwrap().clone()).collect()
    }

    /// Kills it as the power does: what it had in its log stays there.
    fn kill(mut self) -> Vec<u8> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.said()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

#[test]
fn given_by_the_environment_a_secret_goes_nowhere_else() {
    let google = Stranger::start(true, |_| (200, json!({"access_token": BEARER, "expires_in": 3_600}).to_string()));
    let nest = Nest::new("env", google);
    std::fs::write(nest.outside.path().join("refresh"), nest.lightspeed.refresh_token()).unwrap();
    nest.every_work();
    nest.google.is_asked();
    assert_eq!(nest.lightspeed.granted().renewals, 1, "the refresh token was used");
    nest.lightspeed.desk(&DeskChange { expire: true, ..DeskChange::default() });
    assert!(nest.run(&["sync"]), "its follower, too");
    assert_eq!(nest.lightspeed.granted().renewals, 2);
    let served = Served::start(&nest);
    nest.every_question(&served);
    nest.nothing_lies_about(served.child.id(), "while it serves");
    nest.is_clean(&served.kill(), "what it said");
    nest.nothing_lies_about(std::process::id(), "after it was killed");
    nest.parrots_are_not_repeated();
}

/// Brings a keyring up, unlocked, and waits until it is there; then this very program runs once more, and ends it.
const IN_A_KEYRING: &str = "(printf invented | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1) & \
    ring=$!; gdbus wait --session --timeout 10 org.freedesktop.secrets; \
    \"$0\" --exact canary::lives_in_a_keyring --nocapture; told=$?; kill $(ps -o pid= --ppid $ring) 2>/dev/null; exit $told";

#[test]
fn kept_in_a_real_keychain_a_secret_goes_nowhere_else() {
    for (program, question) in
        [("dbus-run-session", "--version"), ("gnome-keyring-daemon", "--version"), ("gdbus", "help")]
    {
        if !has(program, question) {
            return skipped("secrets in a real keychain", &format!("{program} is not installed"));
        }
    }
    use std::os::unix::fs::PermissionsExt;
    let ring = tempfile::tempdir().unwrap();
    std::fs::set_permissions(ring.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let output = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", IN_A_KEYRING])
        .arg(std::env::current_exe().unwrap())
        .env("XDG_DATA_HOME", ring.path())
        .env("XDG_RUNTIME_DIR", ring.path())
        .env("BACKROOM_CANARY_RING", ring.path())
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    let files = std::fs::read_dir(ring.path().join("keyrings")).unwrap().count();
    assert!(files > 0, "the keyring is on the disk");
    assert_eq!(traces().in_folder(ring.path()), Vec::<String>::new(), "and tells nothing");
}

/// The other half of it, on the bus of a keyring.
#[test]
fn lives_in_a_keyring() {
    if std::env::var_os("BACKROOM_CANARY_RING").is_none() {
        return;
    }
    // Google lets the new key wait, so that one can look while it is tried; then it refuses it, and repeats what it was sent.
    let nest = Nest::new("keychain", Stranger::start(false, |asked| (400, json!({"error": asked}).to_string())));
    let served = Served::start(&nest);
    let done = |name: &str, args: Value| {
        let (status, answer) = served.ask(name, &args);
        assert_eq!(status, 200, "{name}: {answer}");
        nest.is_clean(answer.as_bytes(), name);
        serde_json::from_str::<Value>(&answer).unwrap()
    };
    done("save_square_token", json!({"name": "main", "token": SQUARE}));
    let application = json!({"kind": "lightspeed_r", "name": "", "client_id": CLIENT_ID, "client_secret": APPLICATION, "redirect": ""});
    let begun = done("begin_sign_in", application);
    let (_, back, _) = http("GET", begun["address"].as_str().unwrap(), "", "");
    done("finish_sign_in", json!({"address": back}));
    let keychain = Keychain::open(SERVICE, nest.folder()).unwrap();
    let file = key(&format!("{}/token", nest.google.address));
    let new = json!({"project": "demo-project", "dataset": "demo", "location": "US", "key": file});
    std::thread::scope(|scope| {
        let tried = scope.spawn(|| served.ask("save_bigquery_key", &new));
        nest.google.is_asked();
        assert!(keychain.get(WAREHOUSE_KEY).unwrap().is_none(), "nothing is kept before it was tried");
        nest.nothing_lies_about(served.child.id(), "while a key is tried");
        nest.google.open();
        let (status, answer) = tried.join().unwrap();
        assert_ne!(status, 200, "Google does not know it");
        nest.is_clean(answer.as_bytes(), "why the key is refused");
    });
    // As after a key that Google does know.
    keychain.set(WAREHOUSE_KEY, &Secret::new(file)).unwrap();
    nest.lightspeed.desk(&DeskChange { expire: true, ..DeskChange::default() });
    done("sync_now", Value::Null);
    let limit = Instant::now() + Duration::from_secs(60);
    while nest.lightspeed.granted().renewals == 0 || nest.square.counters().of("/v2/payments") == 0 {
        assert!(Instant::now() < limit, "both are read, with a renewed access");
        std::thread::sleep(Duration::from_millis(20));
    }
    nest.every_question(&served);
    nest.nothing_lies_about(served.child.id(), "while it serves");
    nest.is_clean(&served.kill(), "what it said");
    let kept = keychain.get("square/main/token").unwrap().unwrap();
    assert_eq!(kept.expose(), SQUARE, "it was in the keychain all the time");
    assert_eq!(keychain.get("lightspeed/lightspeed/client").unwrap().unwrap().expose(), APPLICATION);
    let sealed = std::fs::read_dir(nest.folder().join("sealed")).unwrap().count();
    assert!(sealed > 0, "what is too long for a keychain is sealed in a file");
    nest.every_work();
    nest.parrots_are_not_repeated();
}
