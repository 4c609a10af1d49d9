//! PINs, roles and the audit log, by the whole contract.

use backroom_api::dto::{ApiError, AuditProof, People};
use backroom_api::secrets::InMemory;
use backroom_api::{Engine, EngineOptions, SecretsMode, commands::COMMANDS};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

async fn open(folder: &Path, secrets: &Arc<InMemory>) -> Engine {
    let secrets = SecretsMode::Memory(secrets.clone());
    Engine::open(EngineOptions { data_dir: folder.to_path_buf(), secrets, demo: false }).await.unwrap()
}

async fn people(engine: &Engine) -> People {
    serde_json::from_value(engine.call("people", Value::Null).await.unwrap()).unwrap()
}

async fn add(engine: &Engine, name: &str, role: &str, pin: &str) -> Result<People, ApiError> {
    let draft = json!({"id": null, "name": name, "role": role, "pin": pin});
    Ok(serde_json::from_value(engine.call("save_person", draft).await?).unwrap())
}

async fn enter(engine: &Engine, name: &str, pin: &str) -> Result<People, ApiError> {
    let id = people(engine).await.people.iter().find(|p| p.name == name).expect(name).id;
    Ok(serde_json::from_value(engine.call("enter_pin", json!({"id": id, "pin": pin})).await?).unwrap())
}

async fn proof(engine: &Engine) -> AuditProof {
    engine.trust();
    serde_json::from_value(engine.call("verify_audit", Value::Null).await.unwrap()).unwrap()
}

/// An owner, a manager and a clerk.
async fn staffed(folder: &Path, secrets: &Arc<InMemory>) -> Engine {
    let engine = open(folder, secrets).await;
    add(&engine, "Olive Owner", "owner", "4711").await.unwrap();
    add(&engine, "Max Manager", "manager", "2580").await.unwrap();
    add(&engine, "Cleo Clerk", "clerk", "90125").await.unwrap();
    engine
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_of_one_needs_no_pin_and_the_first_person_is_its_owner() {
    let (folder, secrets) = (tempfile::tempdir().unwrap(), Arc::new(InMemory::new()));
    let engine = open(folder.path(), &secrets).await;
    assert!(!people(&engine).await.locked);
    engine.call("summary", Value::Null).await.expect("everybody is the owner");
    let refused = add(&engine, "Cleo Clerk", "clerk", "90125").await.unwrap_err();
    assert_eq!(refused.code, "PERSON_LAST_OWNER", "the first of all is an owner");
    let staff = add(&engine, "Olive Owner", "owner", "4711").await.unwrap();
    assert_eq!(staff.at_work.map(|p| p.name).as_deref(), Some("Olive Owner"), "whoever made it is at work");
    for (name, pin, code) in [
        ("A", "123", "PIN_FORM"),
        ("A", "123456789", "PIN_FORM"),
        ("A", "12a4", "PIN_FORM"),
        ("A", "", "PIN_FORM"),
        ("A", "1111", "PIN_WEAK"),
        ("A", "1234", "PIN_WEAK"),
        ("A", "987654", "PIN_WEAK"),
        ("  ", "4711", "BAD_REQUEST"),
        ("Olive Owner", "4712", "PERSON_NAME_TAKEN"),
    ] {
        assert_eq!(add(&engine, name, "clerk", pin).await.unwrap_err().code, code, "{name:?} {pin:?}");
    }
    let id = people(&engine).await.people[0].id;
    let refused = engine.call("remove_person", json!({"id": id})).await;
    assert!(refused.is_ok(), "the very last one may go: then nobody needs a PIN");
    assert!(!people(&engine).await.locked);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_do_its_own_and_no_more() {
    let (folder, secrets) = (tempfile::tempdir().unwrap(), Arc::new(InMemory::new()));
    let engine = staffed(folder.path(), &secrets).await;
    let args = |name: &str| match name {
        "sales" | "sales_csv" => json!({"from": "2026-11-01", "to": "2026-11-02", "location": null}),
        "audit_log" => json!({"before": null, "limit": 10}),
        _ => Value::Null,
    };
    for (who, pin, rank) in
        [("", "", 0), ("Cleo Clerk", "90125", 1), ("Max Manager", "2580", 2), ("Olive Owner", "4711", 3)]
    {
        engine.call("leave", Value::Null).await.unwrap();
        if !who.is_empty() {
            enter(&engine, who, pin).await.unwrap();
        }
        for command in COMMANDS.iter().filter(|c| !["leave", "enter_pin"].contains(&c.name)) {
            let needed = command.role.map_or(0, |r| r as usize + 1);
            let refused = engine.call(command.name, args(command.name)).await.err().map(|e| e.code);
            let door = refused.as_deref().filter(|code| ["LOCKED", "ROLE_NEEDED"].contains(code));
            let expected = match (rank, rank >= needed) {
                (_, true) => None,
                (0, false) => Some("LOCKED"),
                (_, false) => Some("ROLE_NEEDED"),
            };
            assert_eq!(door, expected, "{} by {who:?}", command.name);
        }
    }
    for money in ["summary", "today", "recent", "payments", "receipt", "sales_csv", "explain", "daily", "monthly"] {
        let command = COMMANDS.iter().find(|c| c.name == money).unwrap();
        assert!(command.role > Some(backroom_api::Role::Clerk), "{money} is not for the counter");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_pins_cost_ever_more_time_and_a_restart_forgives_none() {
    let (folder, secrets) = (tempfile::tempdir().unwrap(), Arc::new(InMemory::new()));
    let engine = staffed(folder.path(), &secrets).await;
    engine.call("leave", Value::Null).await.unwrap();
    for n in 1..=5 {
        assert_eq!(enter(&engine, "Max Manager", "0000").await.unwrap_err().code, "PIN_WRONG", "try {n} costs nothing");
    }
    assert_eq!(enter(&engine, "Max Manager", "0000").await.unwrap_err().code, "PIN_WRONG", "the sixth begins a wait");
    let waiting = enter(&engine, "Max Manager", "2580").await.unwrap_err();
    assert_eq!(waiting.code, "PIN_WAIT", "the right PIN has to wait as well");
    assert!(!waiting.hint.is_empty() && waiting.message.contains("seconds"), "{waiting:?}");
    enter(&engine, "Cleo Clerk", "90125").await.expect("somebody else need not wait");
    engine.stop().await;
    drop(engine);
    let engine = open(folder.path(), &secrets).await;
    assert!(people(&engine).await.locked, "a start asks for a PIN");
    assert_eq!(enter(&engine, "Max Manager", "2580").await.unwrap_err().code, "PIN_WAIT", "a restart forgives nothing");
    let told = people(&engine).await;
    assert!(told.people.iter().find(|p| p.name == "Max Manager").unwrap().waits_seconds > 20, "{told:?}");
    enter(&engine, "Olive Owner", "4711").await.unwrap();
    let id = told.people.iter().find(|p| p.name == "Max Manager").unwrap().id;
    let draft = json!({"id": id, "name": "Max Manager", "role": "manager", "pin": "80802"});
    engine.call("save_person", draft).await.unwrap();
    enter(&engine, "Max Manager", "80802").await.expect("a new PIN from an owner ends the wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_alone_opens_no_pin() {
    let (folder, secrets) = (tempfile::tempdir().unwrap(), Arc::new(InMemory::new()));
    let engine = staffed(folder.path(), &secrets).await;
    engine.call("leave", Value::Null).await.unwrap();
    engine.stop().await;
    drop(engine);
    let elsewhere = open(folder.path(), &Arc::new(InMemory::new())).await;
    let refused = enter(&elsewhere, "Olive Owner", "4711").await.unwrap_err();
    assert_eq!(refused.code, "PIN_KEY_LOST", "without the keychain's pepper no PIN can be tried");
    assert!(refused.hint.contains("people --reset"), "and the way back is named: {}", refused.hint);
    elsewhere.reset_people().await.unwrap();
    assert!(!people(&elsewhere).await.locked, "whoever owns the account of the system can open it again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_told_and_cannot_be_changed_unseen() {
    let (folder, secrets) = (tempfile::tempdir().unwrap(), Arc::new(InMemory::new()));
    let engine = staffed(folder.path(), &secrets).await;
    let _ = enter(&engine, "Cleo Clerk", "0000").await;
    enter(&engine, "Max Manager", "2580").await.unwrap();
    let good = proof(&engine).await;
    assert!(good.ok && good.entries >= 5, "{good:?}");
    let page = engine.call("audit_log", json!({"before": null, "limit": 50})).await.unwrap();
    let told = page.to_string();
    for secret in ["4711", "2580", "90125", "0000"] {
        assert!(!told.contains(secret), "no PIN in the log: {told}");
    }
    assert!(told.contains("person.wrong_pin") && told.contains("Max Manager"), "{told}");
    let last = i64::try_from(good.entries).unwrap();
    for (harm, undo, broken) in [
        (
            "UPDATE audit SET operator = 'Somebody' WHERE pk = 2",
            "UPDATE audit SET operator = 'Olive Owner' WHERE pk = 2",
            Some(2),
        ),
        ("UPDATE audit SET at = at + 1 WHERE pk = 3", "UPDATE audit SET at = at - 1 WHERE pk = 3", Some(3)),
        (
            "UPDATE audit SET detail = detail || ' ' WHERE pk = 1",
            "UPDATE audit SET detail = rtrim(detail) WHERE pk = 1",
            Some(1),
        ),
        ("UPDATE audit SET pk = -1 WHERE pk = 2", "UPDATE audit SET pk = 2 WHERE pk = -1", Some(-1)),
    ] {
        engine.store().write(move |c| Ok(c.execute_batch(harm)?)).await.unwrap();
        let found = proof(&engine).await;
        assert!(!found.ok && found.broken_at == broken, "{harm}: {found:?}");
        engine.store().write(move |c| Ok(c.execute_batch(undo)?)).await.unwrap();
        assert!(proof(&engine).await.ok, "as it was: {undo}");
    }
    engine.store().write(move |c| Ok(c.execute("DELETE FROM audit WHERE pk = ?1", [last]).map(drop)?)).await.unwrap();
    let cut = proof(&engine).await;
    assert!(!cut.ok && cut.missing == 1, "an end that was cut off is found: {cut:?}");
    enter(&engine, "Olive Owner", "4711").await.unwrap();
    let covered = proof(&engine).await;
    assert!(
        !covered.ok && covered.broken_at == Some(last + 1),
        "what is written after it covers nothing up: {covered:?}"
    );
}

/// Secrets without a keychain: for the session, until a passphrase is chosen; then from start to start for whoever knows it.
#[cfg(target_os = "linux")]
#[test]
fn a_passphrase_takes_the_place_of_a_keychain() {
    // A child of its own: which bus there is is a matter of the whole process.
    if std::env::var_os("BACKROOM_NO_BUS").is_none() {
        let me = std::env::current_exe().unwrap();
        let output = std::process::Command::new(me)
            .args(["--exact", "people::a_passphrase_takes_the_place_of_a_keychain", "--nocapture"])
            .env("BACKROOM_NO_BUS", "1")
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let square = crate::running::shop();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), crate::running::source("main", &square.base_url())).unwrap();
        let open = async || -> Engine {
            let options =
                EngineOptions { data_dir: folder.path().to_path_buf(), secrets: SecretsMode::Keychain, demo: false };
            // What a person began in the background lets go of the folder when it has ended.
            let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
            loop {
                match Engine::open(options.clone()).await {
                    Err(error) if error.code == "STORE_IN_USE" && std::time::Instant::now() < until => {
                        tokio::task::yield_now().await;
                    }
                    opened => return opened.unwrap(),
                }
            }
        };
        let trouble = async |engine: &Engine| {
            engine.call("connections", Value::Null).await.unwrap()["keychain_trouble"]["code"]
                .as_str()
                .map(str::to_owned)
        };
        let engine = open().await;
        assert_eq!(trouble(&engine).await.as_deref(), Some("KEYCHAIN_MISSING"), "it is told that nothing lasts");
        let pin = add(&engine, "Olive Owner", "owner", "4711").await.unwrap_err();
        assert_eq!(pin.code, "KEYCHAIN_MISSING", "a PIN that could not be checked tomorrow is not taken");
        engine.call("save_square_token", json!({"name": "main", "token": square.token()})).await.unwrap();
        let short = engine.call("use_passphrase", json!({"passphrase": "short"})).await.unwrap_err();
        assert_eq!(short.code, "SECRET_PASSPHRASE_SHORT");
        let place = async |engine: &Engine| engine.call("connections", Value::Null).await.unwrap()["secrets"].clone();
        assert_eq!(place(&engine).await, "session", "until then it is in memory");
        engine.call("use_passphrase", json!({"passphrase": "an invented sentence"})).await.unwrap();
        assert_eq!(trouble(&engine).await, None, "from now on secrets last");
        assert_eq!(place(&engine).await, "file", "and it is told where");
        add(&engine, "Olive Owner", "owner", "4711").await.unwrap();
        engine.stop().await;
        engine.idle().await;
        drop(engine);
        let engine = open().await;
        let told = people(&engine).await;
        assert!(told.locked && told.needs_passphrase, "a start asks for it before any PIN: {told:?}");
        let wrong = engine.call("use_passphrase", json!({"passphrase": "another sentence"})).await.unwrap_err();
        assert_eq!(wrong.code, "SECRET_PASSPHRASE", "{wrong:?}");
        engine.call("use_passphrase", json!({"passphrase": "an invented sentence"})).await.unwrap();
        enter(&engine, "Olive Owner", "4711").await.expect("the PIN is checked with what the file holds");
        let outcome = engine.sync(backroom_api::sync::PullOptions::default()).await.unwrap();
        assert!(outcome.streams.iter().all(|s| s.error.is_none()), "the pasted token was kept: {outcome:?}");
        for entry in std::fs::read_dir(folder.path()).unwrap().flatten().filter(|e| e.path().is_file()) {
            let bytes = std::fs::read(entry.path()).unwrap();
            for secret in [square.token().as_str(), "invented sentence"] {
                assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{:?}", entry.path());
            }
        }
        engine.stop().await;
    });
}
