//! Removing a connection: forgotten here first, then given back at its vendor, and told what is left to do there.
//!
//! Invariant: what the vendor says, or that nobody can ask it, never keeps an access on this computer.

use crate::config::{SourceSection, WAREHOUSE};
use crate::dto::{ApiError, ConnectionName, Removed};
use crate::engine::{Engine, held};
use crate::sources::vendor;
use crate::writes::{edit_config, forget_secret};
use backroom_http::oauth::{Forgotten, Withdrawal};
use backroom_secrets::{WAREHOUSE_KEY, source_client, source_token};

/// What was forgotten here.
enum Gone {
    /// A key or token that somebody pasted.
    Pasted,
    /// What was granted by signing in.
    Granted(Withdrawal),
}

pub(crate) async fn remove_connection(engine: &Engine, name: ConnectionName) -> Result<Removed, ApiError> {
    if name.name == WAREHOUSE {
        let had = engine.secret(WAREHOUSE_KEY.to_owned()).await?.is_some();
        forget_secret(engine, WAREHOUSE_KEY.to_owned()).await?;
        edit_config(engine, |c| c.warehouse = None)?;
        engine.forget_warehouse();
        removed(engine, &name.name);
        let left = "The key itself still opens BigQuery. In the Google Cloud console, under IAM & Admin → Service accounts, delete it among the account's keys.";
        return Ok(Removed { withdrawn: false, left: had.then(|| left.to_owned()) });
    }
    let config = engine.config();
    let section = config.source.iter().find(|s| s.name == name.name);
    let section = section.ok_or_else(|| ApiError::bad_request("There is no such connection."))?;
    let token = source_token(&section.kind, &section.name);
    let pasted = engine.secret(token.clone()).await?.is_some();
    forget_secret(engine, token).await?;
    let granted = forget_grant(engine, section).await?;
    edit_config(engine, |c| c.source.retain(|s| s.name != name.name))?;
    // What was removed is asked no more; the others go on with the next sync.
    if let Some(run) = held(&engine.inner.running).as_ref() {
        run.cancel();
    }
    removed(engine, &name.name);
    let gone = match granted {
        Some(forgotten) => Gone::Granted(forgotten.withdraw().await),
        None if pasted => Gone::Pasted,
        None => Gone::Granted(Withdrawal::Nothing),
    };
    let withdrawn = matches!(gone, Gone::Granted(Withdrawal::Done));
    Ok(Removed { withdrawn, left: left(&section.kind, &gone) })
}

/// Forgets what a source was signed in with, the application's secret too.
async fn forget_grant(engine: &Engine, section: &SourceSection) -> Result<Option<Forgotten>, ApiError> {
    if section.client_id.is_empty() {
        return Ok(None);
    }
    let forgotten = engine.keeper(section).await?.forget().await?;
    held(&engine.inner.keepers).remove(&section.name);
    forget_secret(engine, source_client(&section.kind, &section.name)).await?;
    Ok(Some(forgotten))
}

fn removed(engine: &Engine, name: &str) {
    held(&engine.inner.probes).remove(name);
    engine.changed(&["connections", "app", "sync"]);
}

/// What is left to do at the vendor; none where nothing is.
fn left(kind: &str, gone: &Gone) -> Option<String> {
    let name = vendor(kind);
    let (of_a_token, of_a_grant) = match kind {
        "square" => (
            "Open Square's developer page, choose the application and replace its access token.",
            "Open the Square Dashboard, find the application among your apps and disconnect it.",
        ),
        _ => {
            let there =
                "Open Lightspeed, go to Settings → Client API Access, choose the application and press Revoke Access.";
            (there, there)
        }
    };
    let (why, what) = match gone {
        Gone::Granted(Withdrawal::Nothing | Withdrawal::Done) => return None,
        Gone::Pasted => (format!("The token itself still opens the {name} account."), of_a_token),
        Gone::Granted(Withdrawal::NotOurs) => (
            format!("{name} takes an access back from applications with a secret alone, so it still stands there."),
            of_a_grant,
        ),
        Gone::Granted(Withdrawal::Unknown) => {
            (format!("{name} did not confirm that the access is withdrawn; it may still stand there."), of_a_grant)
        }
    };
    Some(format!("{why} {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_at_the_vendor_is_told_with_the_way_to_it() {
        for (kind, gone, words) in [
            ("square", Gone::Granted(Withdrawal::Done), None),
            ("lightspeed_r", Gone::Granted(Withdrawal::Nothing), None),
            ("square", Gone::Granted(Withdrawal::NotOurs), Some("with a secret alone")),
            ("square", Gone::Granted(Withdrawal::Unknown), Some("Square Dashboard")),
            ("lightspeed_r", Gone::Granted(Withdrawal::Unknown), Some("Client API Access")),
            ("square", Gone::Pasted, Some("still opens the Square account")),
            ("lightspeed_r", Gone::Pasted, Some("Revoke Access")),
        ] {
            let told = left(kind, &gone);
            match words {
                None => assert_eq!(told, None, "{kind}"),
                Some(words) => assert!(told.as_ref().is_some_and(|t| t.contains(words)), "{kind}: {told:?}"),
            }
        }
    }
}
