//! kill -9 at each point at which an access is renewed, by the real `backroomctl` and against vendors that take a refresh token once.
//!
//! The next start has a working access, or asks for a person exactly where nobody else can help: where the vendor voids the old
//! refresh token as it grants the next (Square), an answer that never became a whole file is lost with its program. Lightspeed waits
//! for the first use of what it granted, so nothing is ever lost there. No secret lies in the clear, and what waits for the
//! warehouse is not touched.
//!
//! The program under test knows nothing of this: calls of the system end it (`ending.c`), or a vendor that holds its answer back
//! while it is killed. `BACKROOM_ROTATION_ROUNDS` sets the rounds of each point.

use crate::ground::skipped;
use crate::shop::{ctl, figure, finish, says};
use crate::traces::Traces;
use backroom_sandbox::bigquery::BigQuery;
use backroom_sandbox::lightspeed::{Lightspeed, Spec};
use backroom_sandbox::oauth::{CLIENT_ID, DeskChange, Granted};
use backroom_sandbox::square::{Square, StoreSpec};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use backroom_tests::Bench;
use serde_json::Value;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const KEY: &str = "an invented text that is long enough";
/// What every granted token carries.
const MARK: &str = "Canary+7/of~rotation-";

/// Where a program is ended.
enum Strike {
    /// By itself, at one of its calls.
    Call(&'static str),
    /// While the token address holds its answer back, having done nothing or all of its work.
    Renewing(FaultKind),
    /// While the first call with the new access is not answered.
    Using,
}

struct Point {
    name: &'static str,
    strike: Strike,
    /// Whether the vendor has granted by then.
    granted: bool,
    /// Whether the new access is whole on the disk by then.
    durable: bool,
}

const POINTS: [Point; 10] = [
    Point { name: "before the request", strike: Strike::Call("connect 2"), granted: false, durable: false },
    Point { name: "the request is sent", strike: Strike::Renewing(FaultKind::Hang), granted: false, durable: false },
    Point {
        name: "granted, the answer on its way",
        strike: Strike::Renewing(FaultKind::HangAfterCommit),
        granted: true,
        durable: false,
    },
    Point { name: "the answer is here", strike: Strike::Call("open 1"), granted: true, durable: false },
    Point { name: "half of it is written", strike: Strike::Call("write 4"), granted: true, durable: false },
    Point { name: "written, not in its place", strike: Strike::Call("rename 1"), granted: true, durable: true },
    Point { name: "in its place", strike: Strike::Call("renamed 1"), granted: true, durable: true },
    Point { name: "read back, it counts now", strike: Strike::Call("open 2"), granted: true, durable: true },
    Point { name: "the old one is forgotten", strike: Strike::Call("renamed 2"), granted: true, durable: true },
    Point { name: "used for the first time", strike: Strike::Using, granted: true, durable: true },
];

/// What both stand-ins can do.
trait Vendor: Sync {
    fn change(&self, change: &DeskChange);
    fn granted(&self) -> Granted;
    fn fresh(&self) -> String;
    fn faults(&self, rules: Vec<FaultRule>);
    fn seen(&self, path: &str) -> u64;
    fn address(&self) -> String;
}

macro_rules! vendor {
    ($stand_in:ty) => {
        impl Vendor for $stand_in {
            fn change(&self, change: &DeskChange) {
                self.desk(change);
            }
            fn granted(&self) -> Granted {
                <$stand_in>::granted(self)
            }
            fn fresh(&self) -> String {
                self.refresh_token()
            }
            fn faults(&self, rules: Vec<FaultRule>) {
                self.set_faults(Faults { rules, ..Faults::default() });
            }
            fn seen(&self, path: &str) -> u64 {
                self.counters().of(path)
            }
            fn address(&self) -> String {
                self.base_url()
            }
        }
    };
}
vendor!(Square);
vendor!(Lightspeed);

/// A vendor's account, and the data folder that reads it.
struct Account<'a> {
    vendor: &'a dyn Vendor,
    kind: &'static str,
    token: &'static str,
    api: &'static str,
    variables: [&'static str; 2],
    /// Whether a refresh token is void as soon as the next one is granted; otherwise when that one is first used.
    voids_at_once: bool,
    bigquery: BigQuery,
    home: tempfile::TempDir,
    shim: &'a Path,
}

/// How often what was seen.
#[derive(Default)]
struct Tally {
    kills: usize,
    whole: usize,
    asked_for_a_person: usize,
}

#[test]
fn killed_at_any_point_of_a_renewal_the_access_is_whole_or_asks_for_a_person() {
    let home = tempfile::tempdir().unwrap();
    let shim = match shim(home.path()) {
        Ok(shim) => shim,
        Err(why) => return skipped("ends at each point of a renewal", &why),
    };
    let square = Square::start(StoreSpec::small(60, Bench::now())).unwrap();
    let lightspeed = Lightspeed::start(Spec::small(40, Bench::now()).faster(500.0)).unwrap();
    let account = |vendor, kind, token, api, variables, voids_at_once| Account {
        vendor,
        kind,
        token,
        api,
        variables,
        voids_at_once,
        bigquery: BigQuery::start("demo").unwrap(),
        home: tempfile::tempdir().unwrap(),
        shim: &shim,
    };
    let accounts = [
        account(&square, "square", "/oauth2/token", "/v2/", ["SQUARE_CLIENT_ID", "SQUARE_REFRESH_TOKEN"], true),
        account(
            &lightspeed,
            "lightspeed_r",
            "/auth/oauth/token",
            "/API/V3/",
            ["LIGHTSPEED_CLIENT_ID", "LIGHTSPEED_REFRESH_TOKEN"],
            false,
        ),
    ];
    let (rounds, started) = (figure("BACKROOM_ROTATION_ROUNDS", 20), Instant::now());
    let tallies = std::thread::scope(|scope| {
        // Every second round is the other vendor's.
        let at_work = accounts.iter().zip([rounds.div_ceil(2), rounds / 2]);
        let at_work: Vec<_> = at_work.map(|(account, rounds)| scope.spawn(move || account.suffer(rounds))).collect();
        at_work.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    for (account, tally) in accounts.iter().zip(&tallies) {
        eprintln!(
            "{}: {} ends at {} points: {} times the access was whole, {} times a person was asked for ({:.0} s)",
            account.kind,
            tally.kills,
            POINTS.len(),
            tally.whole,
            tally.asked_for_a_person,
            started.elapsed().as_secs_f64()
        );
    }
    assert_eq!(tallies.iter().map(|t| t.kills).sum::<usize>(), rounds * POINTS.len(), "each end struck");
    assert_eq!(tallies[1].asked_for_a_person, 0, "where the vendor waits for the first use, nothing is ever lost");
}

impl Account<'_> {
    fn folder(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn command(&self, refresh: &str, work: &[&str]) -> Command {
        let mut command = Command::new(ctl());
        let [id, token] = self.variables;
        command
            .args(["--json", "--secrets", "env", "--data-dir"])
            .arg(self.folder())
            .args(work)
            .env(id, CLIENT_ID)
            .env(token, refresh)
            .env("BACKROOM_BUFFER_KEY", KEY)
            .env_remove("SQUARE_ACCESS_TOKEN")
            .env_remove("LIGHTSPEED_ACCESS_TOKEN")
            .env_remove("GOOGLE_APPLICATION_CREDENTIALS")
            .env_remove("BACKROOM_DATA_DIR");
        command
    }

    /// A sync of next to nothing: what it needs is the access.
    fn sync(&self, refresh: &str) -> Command {
        self.command(refresh, &["sync", "--entity", "locations"])
    }

    fn suffer(&self, rounds: usize) -> Tally {
        let (traces, mut tally) = (Traces::of(&[("a granted token", MARK), ("the key", KEY)]), Tally::default());
        std::fs::create_dir_all(self.folder()).unwrap();
        let config = format!(
            "[store]\ntime_zone = \"America/Chicago\"\n\n[[source]]\nkind = \"{}\"\nbase_url = \"{}\"\n\n[warehouse]\n\
             kind = \"bigquery\"\nproject = \"demo-project\"\ndataset = \"demo\"\nbase_url = \"{}\"\n",
            self.kind,
            self.vendor.address(),
            self.bigquery.base_url()
        );
        std::fs::write(self.folder().join("config.toml"), config).unwrap();
        self.vendor.change(&DeskChange { mark: Some(MARK.to_owned()), ..DeskChange::default() });
        let mut refresh = self.vendor.fresh();
        let first = finish(self.command(&refresh, &["sync"]));
        assert!(first.status.success(), "{}: {}", self.kind, String::from_utf8_lossy(&first.stderr));
        let waiting = self.waiting();
        assert!(waiting.0 > 0, "something waits for the warehouse");
        for round in 0..rounds {
            for point in &POINTS {
                let case = format!("{}, {}, round {round}", self.kind, point.name);
                let before = self.vendor.granted();
                let ended = self.strike(point, &refresh, &case);
                tally.kills += 1;
                assert_eq!(
                    self.vendor.granted().renewals - before.renewals,
                    u64::from(point.granted),
                    "{case}: how far it came"
                );
                let lost = self.voids_at_once && point.granted && !point.durable;
                let next = finish(self.sync(&refresh));
                let after = self.vendor.granted();
                if lost {
                    says(&next, 4, &["has ended", "Sign in again"], &case);
                    assert_eq!(after.renewals - before.renewals, 1, "{case}: the old one was tried and refused");
                    refresh = self.vendor.fresh();
                    let healed = finish(self.sync(&refresh));
                    assert!(healed.status.success(), "{case}: {}", String::from_utf8_lossy(&healed.stderr));
                    tally.asked_for_a_person += 1;
                } else {
                    assert!(next.status.success(), "{case}: {}", String::from_utf8_lossy(&next.stderr));
                    let again = u64::from(!point.durable);
                    let renewed = after.renewals - before.renewals - u64::from(point.granted);
                    assert_eq!((renewed, after.refused), (again, before.refused), "{case}: what was granted is used");
                    tally.whole += 1;
                }
                assert_eq!(self.waiting(), waiting, "{case}: what waits for the warehouse is as it was");
                for output in [&ended, &next] {
                    let said = [&output.stdout[..], &output.stderr[..]].concat();
                    assert_eq!(traces.within(&said), None, "{case}: {}", String::from_utf8_lossy(&said));
                }
                // The buffer is large: it is read now and then, the small files each time.
                let sealed = ["secrets.sealed", "secrets.new", "config.toml"].map(|f| self.folder().join(f));
                let small = sealed.iter().filter_map(|file| traces.within(&std::fs::read(file).ok()?));
                assert_eq!(small.collect::<Vec<_>>(), Vec::<&str>::new(), "{case}");
            }
            if round % 10 == 0 {
                assert_eq!(traces.in_folder(&self.folder()), Vec::<String>::new(), "{}: in the clear", self.kind);
            }
        }
        self.comes_out_right(&refresh, waiting.0);
        assert_eq!(traces.in_folder(&self.folder()), Vec::<String>::new(), "{}: in the clear", self.kind);
        tally
    }

    /// Lets a renewal begin and ends it there.
    fn strike(&self, point: &Point, refresh: &str, case: &str) -> Output {
        self.vendor.change(&DeskChange { expire: true, ..DeskChange::default() });
        let mut sync = self.sync(refresh);
        let output = match &point.strike {
            Strike::Call(call) => finish({
                sync.env("LD_PRELOAD", self.shim).env("BACKROOM_ENDS_AT", call);
                sync
            }),
            Strike::Renewing(kind) => {
                let before = (self.vendor.seen(self.token), self.vendor.granted().renewals);
                self.vendor.faults(vec![FaultRule::once(kind.clone()).on(self.token)]);
                let there = || match kind {
                    FaultKind::Hang => self.vendor.seen(self.token) > before.0,
                    _ => self.vendor.granted().renewals > before.1,
                };
                kill_when(sync, there, case)
            }
            Strike::Using => {
                let before = self.vendor.seen(self.api);
                // The first call is refused: its access has expired.
                self.vendor.faults(vec![FaultRule::once(FaultKind::HangAfterCommit).on(self.api).after(1)]);
                kill_when(sync, || self.vendor.seen(self.api) > before + 1, case)
            }
        };
        self.vendor.faults(Vec::new());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.signal(), Some(9), "{case}: it was ended there, not {}: {said}", output.status);
        output
    }

    /// What waits for the warehouse: how many entries, and all that is kept about them.
    fn waiting(&self) -> (i64, String) {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let file = rusqlite::Connection::open_with_flags(self.folder().join("backroom.db"), flags).unwrap();
        file.query_row(
            "SELECT (SELECT count(*) FROM outbox), \
             (SELECT group_concat(tbl||' '||seq||' '||row_from||' '||row_to||' '||day) FROM outbox) || \
             (SELECT group_concat(tbl||' '||day||' '||enqueued||' '||acked||' '||dead) FROM ledger) || \
             (SELECT count(*) FROM batch) || (SELECT count(*) FROM dead_letter)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap()
    }

    /// In the end all of it is delivered, once.
    fn comes_out_right(&self, refresh: &str, entries: i64) {
        let push = finish(self.command(refresh, &["push"]));
        assert!(push.status.success(), "{}: {}", self.kind, String::from_utf8_lossy(&push.stderr));
        let push: Value = serde_json::from_slice(&push.stdout).unwrap();
        let rows: i64 = push["tables"].as_array().unwrap().iter().map(|t| t["rows"].as_i64().unwrap()).sum();
        assert!(rows > 0 && entries > 0, "{}: it was delivered: {push}", self.kind);
        assert_eq!((&push["pending"], &push["dead"]), (&0.into(), &0.into()), "{}: {push}", self.kind);
        let doctor = finish(self.command(refresh, &["doctor"]));
        assert!(doctor.status.success(), "{}: {}", self.kind, String::from_utf8_lossy(&doctor.stdout));
    }
}

/// Kills a program once something is so.
fn kill_when(mut command: Command, there: impl Fn() -> bool, case: &str) -> Output {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let limit = Instant::now() + Duration::from_secs(30);
    while !there() {
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none() && Instant::now() < limit, "{case}: it never came so far: {ended:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait_with_output().unwrap()
}

/// Builds what ends a program at its calls.
fn shim(folder: &Path) -> Result<PathBuf, String> {
    if !cfg!(target_os = "linux") {
        return Err("only Linux loads a library of ours into a program that does not know it".to_owned());
    }
    let (source, library) = (folder.join("ending.c"), folder.join("libending.so"));
    std::fs::write(&source, include_str!("ending.c")).map_err(|e| e.to_string())?;
    let arguments = ["-shared", "-fPIC", "-O1", "-o"];
    let built = Command::new("cc").args(arguments).arg(&library).arg(&source).arg("-ldl").output();
    match built {
        Ok(output) if output.status.success() => Ok(library),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(why) => Err(format!("cc: {why}")),
    }
}
