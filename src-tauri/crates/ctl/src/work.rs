//! What each command does.

use crate::arguments::{Arguments, Command, Report, Secrets, What};
use crate::{demo, follow, tell};
use backroom_api::dto::{ApiError, SyncOutcome};
use backroom_api::secrets::{API_TOKEN, Secret};
use backroom_api::serve::{ServeOptions, Server};
use backroom_api::store::Store;
use backroom_api::sync::PullOptions;
use backroom_api::{Engine, EngineOptions, SecretsMode};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Does what was asked and tells the exit code.
///
/// # Errors
/// What could not be done.
pub async fn run(arguments: Arguments) -> Result<u8, ApiError> {
    let json = arguments.json;
    let explicit = arguments.data_dir.clone();
    let data_dir = arguments.data_dir.unwrap_or_else(backroom_api::config::default_data_dir);
    let secrets = match arguments.secrets {
        Secrets::Keychain => SecretsMode::Keychain,
        Secrets::Env => SecretsMode::Environment,
    };
    let options = EngineOptions { data_dir: data_dir.clone(), secrets, demo: false };
    match arguments.command {
        Command::Sync { source, entity, full } => {
            let entity = entity.as_deref().map(tell::entity).transpose()?;
            let engine = Engine::open(options).await?;
            let outcome = engine.sync(PullOptions { source, entity, full }).await?;
            tell::sync(&outcome, json);
            Ok(worst(&outcome))
        }
        Command::Push => {
            let engine = Engine::open(options).await?;
            // Whoever raised the budget in the file and sends by hand does not mean tomorrow.
            engine.store().unpark_budget().await?;
            let outcome = engine.push().await?;
            tell::push(&outcome, json);
            complain(outcome.tables.iter().filter_map(|t| t.error.as_ref().map(|e| (t.table.clone(), e))));
            Ok(outcome.tables.iter().map(|t| t.exit).max().unwrap_or(0))
        }
        Command::Run { every } => follow::run(options, tell::duration(&every)?).await,
        Command::Report(report) => {
            let engine = reader(options).await?;
            let (name, args) = question(&report)?;
            let answer = engine.call(name, args).await?;
            tell::report(report.what, &answer, json, engine.store());
            Ok(0)
        }
        Command::Status => {
            let engine = reader(options).await?;
            let app = engine.call("app_state", Value::Null).await?;
            let sync = engine.call("sync_status", Value::Null).await?;
            tell::status(&app, &sync, json);
            Ok(0)
        }
        Command::Doctor { rebuild } => {
            let engine = if rebuild { Engine::open(options).await? } else { reader(options).await? };
            if rebuild {
                engine.store().rebuild().await?;
            }
            let health = engine.store().doctor()?;
            tell::health(&health, json);
            if health.ok() {
                return Ok(0);
            }
            let wrong: Vec<&str> = health.findings.iter().filter(|f| !f.ok).map(|f| f.check.as_str()).collect();
            let remedy = match wrong.as_slice() {
                ["file", ..] => "Restore a backup, or move backroom.db out of the data folder and sync again.",
                all if all.iter().all(|check| check.starts_with("rollup")) => "Run doctor --rebuild.",
                all if all.iter().any(|check| check.contains("gaps") || check.contains("receipts")) => {
                    "Run sync --full: it reads again what may be missing."
                }
                _ => "Run doctor --rebuild; if it stays, restore a backup.",
            };
            eprintln!("Not well: {}. {remedy}", wrong.join(", "));
            Ok(5)
        }
        Command::Backup { file } => {
            let own = file.parent().map(|p| if p.as_os_str().is_empty() { Path::new(".") } else { p });
            let inside = own.and_then(|p| p.canonicalize().ok()) == data_dir.canonicalize().ok();
            if inside && file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("backroom.")) {
                return Err(ApiError::new(
                    "CONFIG_BACKUP",
                    "A backup cannot take the place of the buffer itself.",
                    "Name another file, best on another disk.",
                ));
            }
            reader(options).await?.store().backup(&file)?;
            tell::done(json, "backup", &file);
            Ok(0)
        }
        Command::Restore { file } => {
            Store::restore(&data_dir, &file)?;
            tell::done(json, "restored", &file);
            Ok(0)
        }
        Command::Support { file, preview } => {
            let made = reader(options).await?.support()?;
            if preview {
                tell::whole(&made.text);
            } else {
                write_private(&file, &made.text)?;
                tell::done(json, "support", &file);
            }
            Ok(0)
        }
        Command::Audit { verify: false, limit } => {
            let answer =
                reader(options).await?.call("audit_log", json!({"before": null, "limit": limit.min(200)})).await?;
            tell::audit(&answer, json);
            Ok(0)
        }
        Command::Audit { verify: true, .. } => {
            let engine = own(options).await?;
            let proof = engine.call("verify_audit", Value::Null).await?;
            tell::proof(&proof, json);
            Ok(if proof["ok"] == true { 0 } else { 5 })
        }
        Command::People { reset } => {
            let engine = if reset { own(options).await? } else { reader(options).await? };
            if reset {
                engine.reset_people().await?;
            }
            tell::people(&engine.call("people", Value::Null).await?, json);
            Ok(0)
        }
        Command::Update(update) => crate::update::run(update, options, json).await,
        Command::Age(age) => crate::age::run(age, options, json).await,
        Command::Raffle(raffle) => crate::raffle::run(raffle, options, json).await,
        Command::Member(member) => crate::member::run(*member, options, json).await,
        Command::MigrateTable { table, dry_run } => {
            let engine = Engine::open(options).await?;
            tell::migration(&engine.migrate_table(&table, dry_run).await?, json);
            Ok(0)
        }
        Command::Serve { new_token, port, ui } => {
            let engine = Engine::open(options).await?;
            engine.start_schedule(Duration::from_secs(15 * 60));
            let token = api_token(&engine, new_token)?;
            serve(engine, port, ui, json, Value::Null, token).await
        }
        Command::Demo { payments, lightspeed, serve, port, ui } => {
            let folder = explicit.unwrap_or_else(backroom_api::config::demo_data_dir);
            let kind = if lightspeed { demo::Kind::Lightspeed } else { demo::Kind::Square(payments) };
            demo::run(&folder, kind, serve.then_some((port, ui)), json).await
        }
    }
}

/// Writes a file of its own that only this account reads; one that is there already stays as it is.
fn write_private(file: &Path, text: &str) -> Result<(), ApiError> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut to| to.write_all(text.as_bytes()).and_then(|()| to.sync_all()));
    written.map_err(|error| {
        let message = format!("The support file was not written: {error}.");
        ApiError::new("CONFIG_SUPPORT", message, "Name a file that is not there yet, in a folder that can be written.")
    })
}

/// Opens the buffer for whoever owns the account of the system.
pub async fn own(options: EngineOptions) -> Result<Engine, ApiError> {
    let engine = Engine::open(options).await?;
    engine.trust();
    Ok(engine)
}

/// Opens the buffer for reads beside a running Backroom; one that does not exist yet is made.
pub async fn reader(options: EngineOptions) -> Result<Engine, ApiError> {
    let engine = match Engine::open_reader(options.clone()).await {
        Err(error) if error.code == "STORE_FOLDER" && options.data_dir.join("config.toml").exists() => {
            Engine::open(options).await
        }
        // Whoever may write brings it up to date, after a copy.
        Err(error) if error.code == "STORE_TOO_OLD" => Engine::open(options).await,
        other => other,
    }?;
    engine.trust();
    Ok(engine)
}

/// The command of a report and its arguments.
///
/// # Errors
/// An option that the report has no use for: ignoring it would answer another question than was asked.
fn question(report: &Report) -> Result<(&'static str, Value), ApiError> {
    let Report { what, from, to, location, limit } = report;
    let whole = json!({ "from": from, "to": to, "location": location, "limit": limit });
    Ok(match what {
        What::Summary if from.is_some() || to.is_some() || limit.is_some() => {
            return Err(ApiError::bad_request(
                "The summary has its own periods: today, week, month, year and all. For others ask for report daily.",
            ));
        }
        What::Summary => ("summary", json!({ "location": location })),
        What::Daily => ("daily", whole),
        What::Monthly => ("monthly", whole),
        What::Recent => ("recent", whole),
        What::Products => ("product_list", whole),
    })
}

/// The worst exit code of a sync.
fn worst(outcome: &SyncOutcome) -> u8 {
    let failed = outcome.streams.iter().filter_map(|s| s.error.as_ref().map(|e| (s, e)));
    complain(failed.map(|(s, error)| (format!("{} {}", s.source, s.entity), error)));
    outcome.streams.iter().map(|s| s.exit).max().unwrap_or(0)
}

/// Tells each trouble once on standard error, with all whom it stopped: a wrong token stops every stream alike.
pub fn complain<'a>(troubles: impl Iterator<Item = (String, &'a ApiError)>) {
    let mut told: Vec<(&ApiError, Vec<String>)> = Vec::new();
    for (who, error) in troubles {
        match told.iter_mut().find(|(known, _)| *known == error) {
            Some((_, stopped)) if stopped.contains(&who) => {}
            Some((_, stopped)) => stopped.push(who),
            None => told.push((error, vec![who])),
        }
    }
    for (error, stopped) in told {
        tell::trouble(format_args!("{}: {error}", stopped.join(", ")));
    }
}

/// Waits until somebody stops the program.
pub async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// Serves until stopped.
pub async fn serve(
    engine: Engine,
    port: u16,
    ui: Option<PathBuf>,
    json: bool,
    more: Value,
    token: ApiToken,
) -> Result<u8, ApiError> {
    let ui = ui.or_else(built_ui);
    if ui.is_none() {
        tell::trouble("The UI was not found: commands alone are served. Name its folder with --ui.");
    }
    let server =
        Server::bind(engine.clone(), ServeOptions { port, ui, token: token.text.clone() }).await.map_err(|e| {
            ApiError::new("CONFIG_PORT", format!("Port {port} cannot be used: {e}."), "Choose another with --port.")
        })?;
    let address = server.address();
    if token.is_fresh {
        tell::address(&format!("http://{address}/#token={}", token.text), json, more);
    } else {
        tell::address(&format!("http://{address}/"), json, more);
        tell::trouble("Its token was printed when it was made; serve --new-token makes another.");
    }
    let ended = server.run(stopped()).await;
    engine.stop().await;
    ended.map_err(|e| ApiError::new("SERVE_FAILED", format!("Serving ended: {e}."), "Start it again."))?;
    Ok(0)
}

/// The token of the local API.
pub struct ApiToken {
    text: String,
    /// Whether it was made just now: it is printed this once.
    is_fresh: bool,
}

/// The token of the local API: kept where secrets can be kept, fresh where they cannot, or where `anew` asks for it.
pub fn api_token(engine: &Engine, anew: bool) -> Result<ApiToken, ApiError> {
    let secrets = engine.secrets();
    match secrets.get(API_TOKEN)? {
        Some(_) if anew && !secrets.writable() => {
            return Err(ApiError::new(
                "CONFIG_TOKEN",
                "The token comes from the environment.",
                "Change BACKROOM_API_TOKEN, then start again.",
            ));
        }
        Some(kept) if !anew => return Ok(ApiToken { text: kept.expose().to_owned(), is_fresh: false }),
        _ => {}
    }
    let fresh: String = rand::random::<[u8; 32]>().iter().map(|b| format!("{b:02x}")).collect();
    if secrets.writable() {
        secrets.set(API_TOKEN, &Secret::new(fresh.clone()))?;
    }
    Ok(ApiToken { text: fresh, is_fresh: true })
}

/// The UI beside the program, or where it was just built.
fn built_ui() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(|p| p.join("ui")));
    beside.into_iter().chain([PathBuf::from("ui/dist")]).find(|p| p.join("index.html").is_file())
}
