//! Whatever is sent, the answer is data or an error with a code and words, and nothing that was sent comes back in it.

use crate::engine;
use backroom_api::commands::COMMANDS;
use backroom_api::dto::ApiError;
use proptest::prelude::*;
use serde_json::{Value, json};

/// What a command knows of a request.
pub(crate) fn fields(command: &str) -> &'static [&'static str] {
    match command {
        "today" | "summary" => &["location"],
        "sales" | "sales_csv" => &["from", "to", "location"],
        "daily" | "monthly" | "recent" | "product_list" => &["from", "to", "location", "limit"],
        "payments" => &["from", "to", "location", "method", "offset", "limit"],
        "receipt" => &["id"],
        "products" => &["search", "show", "location", "sort", "descending", "offset", "limit"],
        "explain" => &["metric", "product", "from", "to", "location", "compare"],
        "retry_dead" => &["table"],
        "save_square_token" => &["name", "token"],
        "save_lightspeed_token" => &["name", "account_id", "token"],
        "save_bigquery_key" => &["project", "dataset", "location", "key"],
        "begin_sign_in" => &["kind", "name", "client_id", "client_secret", "redirect"],
        "finish_sign_in" => &["address"],
        "save_settings" => &[
            "time_zone",
            "business_day_start",
            "every_minutes",
            "live",
            "daily_budget_usd",
            "customer_name",
            "customer_email",
            "customer_phone",
            "shop_name",
            "raw_days",
            "receipt_days",
            "audit_days",
            "locations",
        ],
        "save_desk" => &["failures", "summary", "quiet_from", "quiet_until", "start_at_login", "id_check_keys"],
        "keep_setup" => &["step", "skipped", "finished"],
        "use_passphrase" => &["passphrase"],
        "enter_pin" => &["id", "pin"],
        "save_person" => &["id", "name", "role", "pin"],
        "remove_person" => &["id"],
        "audit_log" => &["before", "limit"],
        "start_demo" => &["kind"],
        "raffle" | "raffle_entries_csv" | "close_raffle" => &["id"],
        "create_raffle" | "update_raffle" => &["document"],
        "open_raffle" => &["id", "acknowledged"],
        "enter_raffle" => &["id", "phone", "card", "household", "channel", "receipt", "confirmed"],
        "raffle_tickets" => &["id", "phone", "card"],
        "void_entry" => &["id", "entry", "reason", "note"],
        "seal_raffle" => &["id", "beacon", "beacon_round", "reason", "units", "new_secret"],
        "draw_raffle" => &["id", "beacon"],
        "claim_prize" => &["id", "unit", "entry", "confirmed"],
        "forfeit_prize" => &["id", "unit", "reason"],
        "cancel_raffle" => &["id", "reason"],
        "refund_entry" => &["id", "entry"],
        "raffle_certificate" => &["id", "act"],
        "age_check" => &["scan", "product_class", "state", "at", "dry_run", "resubmits", "resubmit_reason"],
        "age_manual" => &["document", "birth", "expires", "product_class", "second", "pin", "dry_run"],
        "age_checks" | "age_statistics" | "age_pack" => &["from", "to"],
        "save_age_goods" => &["goods"],
        "save_age_settings" => &[
            "state",
            "card_under",
            "expired_is_amber",
            "ages",
            "fingerprints",
            "fingerprint_days",
            "pass_back_minutes",
            "scanner_prefix",
            "scanner_suffix",
        ],
        "ban_card" => &["scan", "reason", "until"],
        "lift_ban" => &["id"],
        "note_training" => &["person", "course", "day", "expires"],
        "member_find" => &["text"],
        "members" => &["status", "offset", "limit"],
        "member" | "member_points" | "member_customers" | "retire_tier" | "erase_member" => &["id"],
        "member_preview" | "change_member" => &["id", "action", "tier", "until", "effect", "reason", "into"],
        "member_discount" | "give_discount" => &["id", "lines", "stack", "hand_basis_points", "sale"],
        "member_statistics" => &["from", "to"],
        "member_import" | "import_members" => &["data"],
        "save_tier" => &[
            "id",
            "name",
            "rank",
            "price_minor",
            "currency",
            "period",
            "grace_days",
            "early_days",
            "pause_days",
            "points_percent",
            "benefits",
            "discounts",
            "closed_on",
        ],
        "save_member_rules" => &[
            "earn_points",
            "earn_minor",
            "worth_points",
            "worth_minor",
            "least_redeemed",
            "points_last",
            "margin_floor",
            "unknown_cost",
        ],
        "save_member" => &["name", "phone", "email", "card", "tier", "anyway", "id"],
        "say_consent" => &["id", "given", "on", "source"],
        "change_points" => &["id", "action", "sale", "amount_minor", "points", "reason"],
        "link_member" => &["id", "source", "customer", "linked"],
        "test_connection" | "remove_connection" => &["name"],
        "set_update_channel" => &["channel"],
        _ => &[],
    }
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0..600i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,30}".prop_map(Value::from),
        prop::sample::select(vec![
            "2026-11-20",
            "2026-11-21",
            "0001-01-01",
            "9999-12-31",
            "9999-99-99",
            "-1",
            "../..",
            "' OR 1=1 --",
            "net",
            "stock",
            "sold_30",
            "product",
            "refunded",
            "all",
            "low",
            "name",
            "sold",
            "main",
            "warehouse",
            "square",
            "owner",
            "4711",
            "lightspeed_r",
            "https://example.com/connected?code=a&state=b",
            "",
        ])
        .prop_map(Value::from),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let every: Vec<&str> = COMMANDS.iter().flat_map(|c| fields(c.name)).copied().collect();
    leaf().prop_recursive(3, 24, 6, move |inner| {
        let key = prop::sample::select(every.clone());
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(key.prop_map(str::to_owned), inner, 0..8)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

/// Requests of a command's own form, filled with anything: they come further than those that are refused at the door.
fn own_form(command: &str, values: &[Value]) -> Value {
    let fields = fields(command).iter().zip(values);
    Value::Object(fields.map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever is asked, the answer is data or an error with a code and words; nothing that was sent comes back.
    #[test]
    fn hostile_requests_get_typed_answers(
        requests in prop::collection::vec(any_json(), 24),
        values in prop::collection::vec(prop::collection::vec(leaf(), 7), 24),
    ) {
        let folder = tempfile::tempdir().unwrap();
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(async {
            let engine = engine(folder.path()).await;
            for (request, values) in requests.iter().zip(&values) {
                for (command, request) in
                    COMMANDS.iter().flat_map(|c| [(c, request.clone()), (c, own_form(c.name, values))])
                {
                    // A whole token would be tried at Square itself.
                    if command.name == "save_square_token" && request["token"].is_string() {
                        continue;
                    }
                    // The public beacon itself would be asked.
                    if command.name == "raffle_beacon" {
                        continue;
                    }
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

/// Appears in no text of ours.
const CANARY: &str = "canary7f3a";

fn silent(error: &ApiError, what: &str) {
    let told = format!("{error:?} {error}");
    assert!(!told.to_lowercase().contains(CANARY), "{what} repeats what was sent: {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_error_repeats_what_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody listens there: a token that is tried on it fails at once and leaves no trace.
    let nobody = "[[source]]\nkind = \"square\"\nbase_url = \"http://127.0.0.1:1\"\n";
    std::fs::write(folder.path().join("config.toml"), nobody).unwrap();
    let engine = engine(folder.path()).await;
    let long = CANARY.repeat(400);
    let texts = [CANARY, "canary7f3a 2026-11-20", "\u{0}canary7f3a", &long];
    for command in COMMANDS {
        let fields = fields(command.name);
        let mut requests = vec![json!(CANARY), json!([CANARY]), json!({ CANARY: 1 })];
        for text in texts {
            let all = |name: &str| {
                let mut request: serde_json::Map<String, Value> =
                    fields.iter().map(|f| ((*f).to_owned(), json!(text))).collect();
                if let Some(own) = request.get_mut("name") {
                    *own = json!(name);
                }
                request
            };
            requests.push(Value::Object(all("main")));
            requests.push(Value::Object(all(text)));
            for field in fields.iter().copied().chain([CANARY]) {
                requests.push(json!({ field: text }));
                requests.push(json!({ field: [text] }));
            }
        }
        for request in requests {
            // A token would be tried at once, under a new name even at Square itself: a few are below.
            if command.name == "save_square_token" && request["token"].is_string() {
                continue;
            }
            if let Err(error) = engine.call(command.name, request).await {
                silent(&error, command.name);
            }
        }
    }
    for (name, token) in
        [("main", CANARY), ("main", "canary7f3a with a space"), (CANARY, "a b"), ("canary7f3a!", CANARY)]
    {
        let error = engine.call("save_square_token", json!({ "name": name, "token": token })).await.unwrap_err();
        silent(&error, "save_square_token");
    }
    silent(&engine.call(CANARY, Value::Null).await.unwrap_err(), "a command that is none");
    for read in ["app_state", "sync_status", "connections"] {
        let answer = engine.call(read, Value::Null).await.unwrap().to_string();
        assert!(!answer.contains(CANARY), "{read} shows nothing of a token that was refused: {answer}");
    }
    let kept = std::fs::read_to_string(folder.path().join("config.toml")).unwrap();
    assert!(!kept.contains(CANARY), "and nothing of it is in the configuration");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_another_form_is_told_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    let table = [
        ("receipt", json!({}), "missing field `id`"),
        ("receipt", json!({ "id": 7 }), "another type"),
        ("app_state", json!({ "x": 1 }), "does not know"),
        ("summary", json!({ "locaton": "x" }), "does not know"),
        (
            "explain",
            json!({ "metric": "stock", "product": "none", "from": "2026-11-20", "to": "2026-11-20" }),
            "no such product",
        ),
        ("recent", json!({ "limit": -1 }), "out of its range"),
        ("recent", json!({ "limit": 1_001 }), "1000"),
        ("daily", json!({ "from": "2026-02-30" }), ""),
        ("daily", json!({ "from": "2026-02-02", "to": "2026-02-01" }), "after"),
        ("daily", json!({ "from": "1900-01-01" }), "twenty years"),
        ("summary", json!({ "location": "nowhere" }), "no such location"),
        ("retry_dead", json!({ "table": "sqlite_master" }), "no such table"),
    ];
    for (name, request, words) in table {
        let error = engine.call(name, request.clone()).await.unwrap_err();
        assert_eq!(error.code, "BAD_REQUEST", "{name} {request}: {error}");
        assert!(error.message.contains(words), "{name} {request} says {words:?}: {error}");
    }
}
