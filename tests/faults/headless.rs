//! Lightspeed without a screen: the application's id, its secret where it has one, and a refresh token from the environment, by the real
//! `backroomctl` from one start to the next.

use crate::shop::{ctl, finish, says};
use backroom_sandbox::lightspeed::{Lightspeed, Spec};
use backroom_sandbox::oauth::{CLIENT_ID, DeskChange};
use backroom_tests::Bench;
use serde_json::Value;
use std::path::Path;
use std::process::Output;

const KEY: &str = "an invented text that is long enough";
const SECRET: &str = "an-invented-application-secret";

/// A server that reads a Lightspeed account, by what its environment gives.
struct Server {
    shop: Lightspeed,
    home: tempfile::TempDir,
}

impl Server {
    /// At an account whose application has this secret; empty for one that was registered without.
    fn new(secret: &str) -> Self {
        let shop = Lightspeed::start(Spec::small(40, Bench::now()).faster(500.0)).unwrap();
        shop.desk(&DeskChange { secret: Some(secret.to_owned()), ..DeskChange::default() });
        let home = tempfile::tempdir().unwrap();
        let config = format!(
            "[[source]]\nkind = \"lightspeed_r\"\naccount_id = \"{}\"\nbase_url = \"{}\"\n",
            shop.account_id(),
            shop.base_url()
        );
        std::fs::write(home.path().join("config.toml"), config).unwrap();
        Self { shop, home }
    }

    fn folder(&self) -> &Path {
        self.home.path()
    }

    /// Starts it once. Everything is in variables.
    fn run(&self, secret: Option<&str>, refresh: &str, work: &[&str]) -> Output {
        let mut command = std::process::Command::new(ctl());
        command.args(["--json", "--secrets", "env", "--data-dir"]).arg(self.folder()).args(work);
        for name in [
            "LIGHTSPEED_ACCESS_TOKEN",
            "LIGHTSPEED_CLIENT_SECRET",
            "BACKROOM_DATA_DIR",
            "GOOGLE_APPLICATION_CREDENTIALS",
        ] {
            command.env_remove(name);
        }
        if let Some(secret) = secret {
            command.env("LIGHTSPEED_CLIENT_SECRET", secret);
        }
        command.env("LIGHTSPEED_CLIENT_ID", CLIENT_ID).env("LIGHTSPEED_REFRESH_TOKEN", refresh);
        finish({
            command.env("BACKROOM_BUFFER_KEY", KEY);
            command
        })
    }

    /// A start that comes to its end with every stream, and tells nothing that is secret.
    fn goes_well(&self, secret: Option<&str>, refresh: &str, why: &str) {
        let output = self.run(secret, refresh, &["sync"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{why}: {said}");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let streams = told["streams"].as_array().unwrap();
        assert!(!streams.is_empty() && streams.iter().all(|s| s["error"].is_null()), "{why}: {told}");
        self.assert_silent(&output, refresh, why);
    }

    fn assert_silent(&self, output: &Output, refresh: &str, why: &str) {
        let said = [&output.stdout[..], &output.stderr[..]].concat();
        let files =
            ["config.toml", "secrets.sealed"].map(|name| std::fs::read(self.folder().join(name)).unwrap_or_default());
        for secret in [SECRET, refresh, KEY] {
            for place in [&said, &files[0], &files[1]] {
                let found = place.windows(secret.len()).any(|w| w == secret.as_bytes());
                assert!(!found, "{why}: a secret is told or lies in the clear");
            }
        }
    }

    fn hour_goes_by(&self) {
        self.shop.desk(&DeskChange { expire: true, ..DeskChange::default() });
    }
}

#[test]
fn with_and_without_a_secret_it_reads_and_what_was_rotated_outlives_the_start() {
    for secret in ["", SECRET] {
        let why = if secret.is_empty() { "an application without a secret" } else { "an application with its secret" };
        let given = Some(secret).filter(|s| !s.is_empty());
        let server = Server::new(secret);
        let refresh = server.shop.refresh_token();
        server.goes_well(given, &refresh, why);
        assert_eq!(server.shop.granted().renewals, 1, "{why}: the given token was exchanged");
        server.goes_well(given, &refresh, why);
        assert_eq!(server.shop.granted().renewals, 1, "{why}: an hour's access serves the next start");
        // The given one is spent by now: each start has to go on from what the one before kept.
        for start in 2..6u64 {
            server.hour_goes_by();
            server.goes_well(given, &refresh, why);
            let granted = server.shop.granted();
            assert_eq!(
                (granted.renewals, granted.refused),
                (start, 0),
                "{why}: start {start} goes on from the one before"
            );
        }
        let truth = server.shop.truth();
        let report =
            |work: &[&str]| -> Value { serde_json::from_slice(&server.run(given, &refresh, work).stdout).unwrap() };
        assert_eq!(
            report(&["report", "summary"])["all"]["net_minor"],
            truth.all().net_minor,
            "{why}: every sale is here"
        );
        for (location, days) in &truth.by_location {
            let net: i64 = days.values().map(|day| day.net_minor).sum();
            let told = report(&["report", "summary", "--location", location]);
            assert_eq!(told["all"]["net_minor"], net, "{why}: at location {location}");
            let (first, last) = (days.keys().next().unwrap(), days.keys().next_back().unwrap());
            let daily = report(&["report", "daily", "--location", location, "--from", first, "--to", last]);
            let sum: i64 = daily.as_array().unwrap().iter().map(|day| day["net_minor"].as_i64().unwrap()).sum();
            assert_eq!(sum, net, "{why}: day by day at location {location}");
        }
    }
}

/// A token that is given needs no application, and goes before one.
#[test]
fn an_access_token_serves_alone() {
    let server = Server::new("");
    let mut command = std::process::Command::new(ctl());
    command.args(["--json", "--secrets", "env", "--data-dir"]).arg(server.folder()).arg("sync");
    command.env("LIGHTSPEED_ACCESS_TOKEN", server.shop.token()).env("BACKROOM_BUFFER_KEY", KEY);
    command.env("LIGHTSPEED_CLIENT_ID", CLIENT_ID).env("LIGHTSPEED_REFRESH_TOKEN", "an-invented-token");
    let output = finish(command);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!((server.shop.granted().renewals, server.shop.granted().refused), (0, 0), "nobody asked for another");
}

#[test]
fn a_wrong_secret_is_told_as_that_and_spends_nothing() {
    let server = Server::new(SECRET);
    let refresh = server.shop.refresh_token();
    for (given, why) in [(Some("another-secret"), "a wrong secret"), (None, "no secret")] {
        let output = server.run(given, &refresh, &["sync"]);
        says(
            &output,
            2,
            &["does not know this application, or its secret is wrong", "Check the application's id"],
            why,
        );
        server.assert_silent(&output, &refresh, why);
    }
    assert_eq!(server.shop.granted().renewals, 0);
    server.goes_well(Some(SECRET), &refresh, "the right secret, the same refresh token");
    // Later as well, with an access that is over.
    server.hour_goes_by();
    let output = server.run(Some("another-secret"), &refresh, &["sync"]);
    says(&output, 2, &["its secret is wrong"], "a secret that was changed");
    server.goes_well(Some(SECRET), &refresh, "what is kept was not spent");
}

#[test]
fn a_revoked_refresh_token_asks_for_a_person_and_a_new_one_brings_it_back() {
    let server = Server::new("");
    let refresh = server.shop.refresh_token();
    server.goes_well(None, &refresh, "at first");
    server.shop.desk(&DeskChange { revoke: true, ..DeskChange::default() });
    let output = server.run(None, &refresh, &["sync"]);
    says(&output, 4, &["has ended", "safe", "Sign in again"], "revoked at the vendor");
    server.assert_silent(&output, &refresh, "revoked");
    let never = Server::new("");
    says(&never.run(None, "an-invented-token", &["sync"]), 4, &["has ended"], "a token that never was one");
    server.goes_well(None, &server.shop.refresh_token(), "a new one in the environment");
    let summary = server.run(None, &refresh, &["report", "summary"]);
    let told: Value = serde_json::from_slice(&summary.stdout).unwrap();
    assert_eq!(told["all"]["net_minor"], server.shop.truth().all().net_minor, "nothing was lost by it");
}

#[test]
fn without_a_place_for_what_rotates_nothing_is_begun() {
    let server = Server::new("");
    let refresh = server.shop.refresh_token();
    let mut command = std::process::Command::new(ctl());
    command.args(["--json", "--secrets", "env", "--data-dir"]).arg(server.folder()).arg("sync");
    command.env_remove("LIGHTSPEED_ACCESS_TOKEN").env_remove("BACKROOM_BUFFER_KEY").env_remove("BACKROOM_DATA_DIR");
    command.env("LIGHTSPEED_CLIENT_ID", CLIENT_ID).env("LIGHTSPEED_REFRESH_TOKEN", &refresh);
    says(&finish(command), 2, &["needs a place", "BACKROOM_BUFFER_KEY"], "no key for the file");
    assert_eq!(server.shop.granted().renewals, 0, "the refresh token was not spent");
}
