//! What the screens know of the contract: its types, its commands, its tags.

use backroom_api::commands::COMMANDS;
use backroom_api::dto;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use ts_rs::TS;

fn of_the_screens(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/lib/ipc").join(path)
}

/// Writes every type that crosses to a screen. A count is below 2^53: `number` holds it, and JSON has nothing else.
fn write_types(folder: &Path) {
    let config = ts_rs::Config::new().with_out_dir(folder).with_large_int("number");
    macro_rules! write {
        ($($name:ident)*) => { $( dto::$name::export_all(&config).unwrap(); )* };
    }
    write!(
        AgeBoard AgeCheckLine AgeClass AgeCount AgeCoverage AgeGoods AgeGoodsChoice AgeGoodsCount AgeGoodsDraft AgeManual AgeOwn AgePack
        AgeRange AgeScan AgeSettings AgeSign AgeStatistics AgeVerdict
        MemberAct MemberCart MemberCartLine MemberCohort MemberConsent MemberConsentDraft
        MemberCustomer MemberErased MemberEventLine MemberFigures MemberFile MemberImport MemberImportProblem
        MemberLine MemberLink MemberList MemberPerson MemberPointLine MemberPoints
        MemberPointsAct MemberPreview MemberPreviewLine MemberPriced MemberPricedLine MemberQuery
        MemberRange MemberReasonCount MemberRef MemberRevenue MemberRules MemberTier
        MemberTierDiscount MemberTierFigures MemberTold MemberWhy
        ApiError AppState Attention AuditLine AuditPage AuditProof AuditQuery BanDraft BanId BanLine BigQueryKey Breakdown ChangeEvent Compare
        CrashReport Desk DeskDraft SupportFile
        ComparedPeriods ConnectionName Connections CostMeter DemoChoice EnterPin ExplainPart ExplainQuery ExplainUnit ExplainValue
        Explanation Filling Freshness FreshnessState HeatCell HourPace KeptPart KeptParts Ladder LightspeedToken LocationAlias LocationChoice LocationName
        LocationFilter Passphrase PaymentId PaymentsPage PaymentsQuery People PeriodTotals Person PersonDraft PersonId
        ProbeResult ProductRow Products ProductsQuery PullReceipt PushOutcome Raffle RaffleAct RaffleActName RaffleAward
        RaffleBeacon RaffleCancel RaffleCertificate RaffleClaim RaffleCount RaffleDraft RaffleDraw RaffleDrawn RaffleEntry RaffleForfeit
        RaffleLine RaffleName RaffleOpening RaffleOwed RafflePerson RaffleProblem RaffleRefund RaffleSeal RaffleStatistics
        RaffleTicket RaffleVoid RaffleWarning RangeQuery RateLimit Receipt ReceiptLine Removed
        ReceiptRefund RecentPayment RecentQuery Restatement ReturnAddress Sales SalesHour SalesQuery SecretsPlace
        Settings SettingsDraft Setup SignInRequest SignInState SignedIn SourceConnection SourceFreshness SquareToken
        StreamOutcome StreamStatus Summary SyncOutcome SyncStatus TableName TableOutcome TableStatus TestCard Today TrainingDraft TrainingLine
        UpdateChannel UpdateOffer UpdatePrevious UpdateState UpdateStatus Updated WarehouseConnection
    );
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|e| (e.file_name().into_string().unwrap(), std::fs::read_to_string(e.path()).unwrap().replace('\r', "")))
        .collect()
}

/// Names of the types that derive `TS`, read from their source.
fn declared() -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut names = BTreeSet::new();
    for file in [
        "dto.rs",
        "dto/age.rs",
        "dto/age_pack.rs",
        "dto/connections.rs",
        "dto/desk.rs",
        "dto/explain.rs",
        "dto/member_figures.rs",
        "dto/members.rs",
        "dto/people.rs",
        "dto/raffles.rs",
        "dto/settings.rs",
        "dto/reports.rs",
        "dto/sync.rs",
        "dto/updates.rs",
    ] {
        let text = std::fs::read_to_string(source.join(file)).unwrap();
        let mut waiting = false;
        for line in text.lines() {
            waiting |= line.starts_with("#[derive(") && line.contains("TS");
            let name = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "));
            if let Some(name) = name {
                if waiting {
                    names.insert(name.split([' ', '{', '<']).next().unwrap().to_owned());
                }
                waiting = false;
            }
        }
    }
    names
}

#[test]
fn the_screens_have_the_types_of_the_contract() {
    let committed = of_the_screens("types");
    if std::env::var_os("BACKROOM_WRITE_TYPES").is_some_and(|v| v == "1") {
        write_types(&committed);
    }
    let folder = tempfile::tempdir().unwrap();
    write_types(folder.path());
    let (ours, theirs) = (files(folder.path()), files(&committed));
    let names: BTreeSet<String> = ours.keys().map(|f| f.trim_end_matches(".ts").to_owned()).collect();
    assert_eq!(names, declared(), "every type of the contract is in the list above");
    let remedy = "run this test with BACKROOM_WRITE_TYPES=1 and commit what it writes";
    for (file, text) in &ours {
        assert_eq!(Some(text), theirs.get(file), "{file} is not that of the contract: {remedy}");
    }
    let left: Vec<&String> = theirs.keys().filter(|f| !ours.contains_key(*f)).collect();
    assert!(left.is_empty(), "types that the contract no longer has: remove {left:?}");
}

/// The screens' own list of commands and tags says the same as ours.
#[test]
fn the_screens_know_the_same_commands() {
    let text = std::fs::read_to_string(of_the_screens("commands.ts")).unwrap();
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
