//! People and the audit log from the command line, as whoever owns the account of the system.

use crate::shop::Shop;

#[test]
fn the_log_is_told_and_checked_and_everybody_can_be_removed() {
    let shop = Shop::new(120);
    shop.json(&["sync"]);
    let run = |arguments: &[&str]| {
        let output = shop.command(arguments).env("BACKROOM_BUFFER_KEY", "an invented text").output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    assert_eq!(run(&["people"])["people"].as_array().unwrap().len(), 0, "a shop of one has no PINs");
    let reset = run(&["people", "--reset"]);
    assert_eq!(reset["locked"], false);
    let log = run(&["audit"]);
    assert_eq!(log["entries"][0]["action"], "person.reset", "what was done is told: {log}");
    let proof = run(&["audit", "--verify"]);
    assert_eq!((&proof["ok"], &proof["entries"]), (&true.into(), &1.into()));
    let file = rusqlite::Connection::open(shop.folder.path().join("backroom.db")).unwrap();
    file.execute_batch("UPDATE audit SET action = 'nothing'").unwrap();
    drop(file);
    let output = shop.command(&["audit", "--verify"]).env("BACKROOM_BUFFER_KEY", "an invented text").output().unwrap();
    assert_eq!(output.status.code(), Some(5), "an entry that was changed is found");
}
