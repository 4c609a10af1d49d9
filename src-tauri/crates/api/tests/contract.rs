//! The contract at its seam: hostile requests, the local API's door, the screens' list of commands.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use backroom_api::commands::COMMANDS;
use backroom_api::config::{Config, history_days};
use backroom_api::secrets::InMemory;
use backroom_api::serve::{ServeOptions, Server};
use backroom_api::{Engine, EngineOptions, SecretsMode};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn engine(folder: &std::path::Path) -> Engine {
    let secrets = SecretsMode::Memory(Arc::new(InMemory::new()));
    Engine::open(EngineOptions { data_dir: folder.to_path_buf(), secrets, demo: false }).await.unwrap()
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,30}".prop_map(Value::from),
        prop::sample::select(vec!["2026-11-20", "9999-99-99", "-1", "../..", "' OR 1=1 --", "net", "all", "name"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let key = prop::sample::select(vec![
            "from",
            "to",
            "location",
            "limit",
            "offset",
            "search",
            "show",
            "sort",
            "descending",
            "metric",
            "id",
            "name",
            "token",
            "table",
            "product",
            "method",
            "project",
            "dataset",
            "key",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(key.prop_map(str::to_owned), inner, 0..8)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever is asked, the answer is data or an error with a code and words; nothing that was sent comes back.
    #[test]
    fn hostile_requests_get_typed_answers(requests in prop::collection::vec(any_json(), 24)) {
        let folder = tempfile::tempdir().unwrap();
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(async {
            let engine = engine(folder.path()).await;
            for request in requests {
                for command in COMMANDS {
                    if let Err(error) = engine.call(command.name, request.clone()).await {
                        assert!(!error.code.is_empty() && !error.message.is_empty(), "{}: {error:?}", command.name);
                        assert_ne!(error.code, "INTERNAL", "{} fell over {request}", command.name);
                    }
                }
            }
            assert_eq!(engine.call("no_such_thing", Value::Null).await.unwrap_err().code, "UNKNOWN_COMMAND");
            engine.call("app_state", Value::Null).await.unwrap();
        });
    }
}

/// One request over a plain socket: status line and the whole reply.
async fn ask(address: std::net::SocketAddr, head: &str, body: &str) -> (u16, String) {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let text = format!("{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    // The server may refuse before it has read everything.
    let _ = stream.write_all(text.as_bytes()).await;
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply).await;
    let reply = String::from_utf8_lossy(&reply).into_owned();
    (reply.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0), reply)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_opens_to_the_token_and_its_own_name_alone() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    let ui = tempfile::tempdir().unwrap();
    std::fs::write(ui.path().join("index.html"), "<title>Backroom</title>").unwrap();
    let options = ServeOptions { port: 0, ui: Some(ui.path().to_path_buf()), token: "right".into() };
    let server = Server::bind(engine, options).await.unwrap();
    let at = server.address();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async move {
        let _ = stopped.await;
    }));
    assert!(at.ip().is_loopback(), "listens on this machine alone");
    let rpc = |host: &str, more: &str| format!("POST /rpc/app_state HTTP/1.1\r\nHost: {host}{more}");
    let own = at.to_string();
    let other = format!("shop.example.com:{}", at.port());
    let table = [
        (rpc(&own, "\r\nAuthorization: Bearer right"), "", 200, "the right token"),
        (rpc(&own, "\r\nAuthorization: Bearer right"), "null", 200, "null stands for no arguments"),
        (rpc(&own, "\r\nAuthorization: Bearer right"), "{", 400, "half a request"),
        (rpc(&own, "\r\nAuthorization: Bearer wrong"), "", 401, "a wrong token"),
        (rpc(&own, ""), "", 401, "no token"),
        (
            rpc(&other, "\r\nAuthorization: Bearer right"),
            "",
            421,
            "another name: a page elsewhere that rebinds its own",
        ),
        (rpc(&own, "\r\nAuthorization: Bearer right\r\nOrigin: https://example.com"), "", 421, "a page elsewhere"),
        (format!("GET /events HTTP/1.1\r\nHost: {own}"), "", 401, "events need the token too"),
        (format!("GET /health HTTP/1.1\r\nHost: {own}"), "", 200, "health is no secret"),
        (format!("GET / HTTP/1.1\r\nHost: {own}"), "", 200, "the page itself"),
        (format!("GET /../../etc/passwd HTTP/1.1\r\nHost: {own}"), "", 200, "a path out of the folder gives the page"),
    ];
    for (head, body, status, why) in table {
        let (found, reply) = ask(at, &head, body).await;
        assert_eq!(found, status, "{why}: {reply}");
        if status == 200 {
            assert!(reply.contains("content-security-policy: default-src 'none'"), "{why}: {reply}");
            assert!(!reply.contains("root:"), "{why}");
        }
    }
    let (status, _) = ask(at, &rpc(&own, "\r\nAuthorization: Bearer right"), &"x".repeat(70_000)).await;
    assert!(status == 413 || status == 0, "more than 64 KiB is refused: {status}");
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}

#[test]
fn configurations_are_read_or_refused_by_name() {
    let square = "[[source]]\nkind = \"square\"\n";
    let good = Config::parse(square).unwrap();
    assert_eq!(good.source[0].base_url, "https://connect.squareup.com");
    assert_eq!(good.store.business_day_start, "04:00");
    let table = [
        ("[store]\nbusiness_day_start = \"4\"".to_owned(), "business_day_start"),
        ("[store]\ntime_zone = \"Chicago\"".to_owned(), "time_zone"),
        (format!("{square}token = \"secret\""), "token"),
        (format!("{square}history = \"forever\""), "history"),
        (format!("{square}base_url = \"http://example.com\""), "base_url"),
        (format!("{square}base_url = \"ftp://127.0.0.1\""), "base_url"),
        (format!("{square}{square}"), "twice"),
        ("[[source]]\nkind = \"abacus\"".to_owned(), "abacus"),
        ("[warehouse]\nproject = \"P!\"\ndataset = \"d\"".to_owned(), "project"),
        ("[warehouse]\nproject = \"p\"\ndataset = \"d-d\"".to_owned(), "dataset"),
        ("[warehouse]\nproject = \"p\"".to_owned(), "dataset"),
    ];
    for (text, word) in table {
        let error = Config::parse(&text).unwrap_err().to_string();
        assert!(error.contains(word), "{text:?} is refused by naming {word}: {error}");
    }
    for (text, days) in [("2y", 731), ("18m", 558), ("90d", 90)] {
        assert_eq!(history_days(text).unwrap(), days, "{text}");
    }
    let folder = tempfile::tempdir().unwrap();
    good.save(folder.path()).unwrap();
    assert_eq!(Config::load(folder.path()).unwrap(), good, "what is saved can be read back");
}

/// The screens' own list of commands and tags says the same as ours.
#[test]
fn the_screens_know_the_same_commands() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../ui/src/lib/ipc/commands.ts")).unwrap();
    let block = |name: &str| -> Vec<(String, String)> {
        let start = text.find(&format!("{name}: Record<")).unwrap();
        let body = &text[start..start + text[start..].find("};").unwrap()];
        body.lines()
            .skip(1)
            .filter_map(|line| line.trim().trim_end_matches(',').split_once(": "))
            .filter(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
            .map(|(key, tags)| (key.to_owned(), tags.replace('\'', "\"")))
            .collect()
    };
    let everything = json!(["app", "sales", "products", "sync", "connections"]);
    // Commands for scripts alone.
    let headless = ["daily", "monthly", "recent", "product_list"];
    for (list, writes) in [("provides", false), ("invalidates", true)] {
        let told = block(list);
        for (name, tags) in &told {
            let command = COMMANDS.iter().find(|c| c.name == name).unwrap_or_else(|| panic!("{name} is a command"));
            assert_eq!(command.writes, writes, "{name}");
            let tags: Value =
                if tags == "everything" { everything.clone() } else { serde_json::from_str(tags).unwrap() };
            let ours = json!(command.tags);
            let missing = ours.as_array().unwrap().iter().filter(|t| !tags.as_array().unwrap().contains(t)).count();
            assert_eq!(missing, 0, "{name}: the screens have {tags}, the engine {ours}");
        }
        for command in COMMANDS.iter().filter(|c| c.writes == writes && !headless.contains(&c.name)) {
            assert!(told.iter().any(|(name, _)| name == command.name), "the screens know {}", command.name);
        }
    }
}
