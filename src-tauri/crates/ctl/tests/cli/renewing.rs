//! A server's access that renews itself: kept from run to run, sealed, and told when it has ended.

use crate::shop::now;
use backroom_sandbox::lightspeed::{Lightspeed, Spec};
use backroom_sandbox::oauth::{CLIENT_ID, DeskChange};
use std::path::Path;
use std::process::{Command, Output};

fn sync(folder: &Path, refresh: &str, key: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backroomctl"));
    command
        .args(["--json", "--secrets", "env", "--data-dir"])
        .arg(folder)
        .arg("sync")
        .env("LIGHTSPEED_CLIENT_ID", CLIENT_ID)
        .env("LIGHTSPEED_REFRESH_TOKEN", refresh)
        .env_remove("LIGHTSPEED_ACCESS_TOKEN")
        .env_remove("BACKROOM_DATA_DIR");
    match key {
        Some(key) => command.env("BACKROOM_BUFFER_KEY", key),
        None => command.env_remove("BACKROOM_BUFFER_KEY"),
    };
    command.output().unwrap()
}

fn says(output: &Output, code: i32, word: &str, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{why}: {said}");
    assert!(said.contains(word), "{why} says {word}: {said}");
    assert!(!said.contains("refresh-") && !said.contains("eyJ"), "{why} shows no secret: {said}");
}

#[test]
fn a_refresh_token_of_the_environment_is_used_once_and_its_followers_are_kept() {
    let shop = Lightspeed::start(Spec::small(60, now()).faster(500.0)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[[source]]\nkind = \"lightspeed_r\"\nbase_url = \"{}\"\n", shop.base_url());
    std::fs::write(folder.path().join("config.toml"), config).unwrap();
    const PHRASE: &str = "an invented text that is long enough";
    let key = Some(PHRASE);
    let first = shop.refresh_token();

    says(&sync(folder.path(), &first, None), 2, "BACKROOM_BUFFER_KEY", "without a place for the next token");
    assert_eq!(shop.granted().renewals, 0, "nothing is renewed that could not be kept");

    for run in 0..2 {
        let output = sync(folder.path(), &first, key);
        assert!(output.status.success(), "run {run}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(shop.granted().renewals, 1, "the next run goes on with what the first was granted");
    }
    shop.desk(&DeskChange { expire: true, ..DeskChange::default() });
    assert!(sync(folder.path(), &first, key).status.success(), "renewed with a follower of the first token");
    assert_eq!((shop.granted().renewals, shop.granted().refused), (2, 0));

    for entry in std::fs::read_dir(folder.path()).unwrap().flatten().filter(|e| e.path().is_file()) {
        let bytes = std::fs::read(entry.path()).unwrap();
        for secret in ["refresh-", "eyJ", PHRASE] {
            assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{secret} in {:?}", entry.path());
        }
    }

    says(&sync(folder.path(), &first, Some("another text")), 2, "BACKROOM_BUFFER_KEY", "another key for the file");

    shop.desk(&DeskChange { revoke: true, ..DeskChange::default() });
    says(&sync(folder.path(), &first, key), 4, "ended", "a revoked access");
    let renewed = shop.refresh_token();
    let output = sync(folder.path(), &renewed, key);
    assert!(output.status.success(), "a new token in the environment: {}", String::from_utf8_lossy(&output.stderr));
}
