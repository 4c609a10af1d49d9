//! The window's rights as a snapshot: a change of them is a change of this file, seen in review.

use crate::command::inside;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
                   connect-src ipc: http://ipc.localhost; object-src 'none'; base-uri 'none'; form-action 'none'; \
                   frame-src 'none'";

/// Compares configuration, capability and host commands with what they are meant to be.
pub fn check(log: &mut dyn std::io::Write) -> Result<()> {
    let read = |path: &str| -> Result<String> {
        std::fs::read_to_string(inside(path)).with_context(|| format!("{path} cannot be read"))
    };
    let config: Value = serde_json::from_str(&read("tauri.conf.json")?).context("tauri.conf.json")?;
    let mut files = Vec::new();
    for entry in inside("src-tauri/capabilities").read_dir()? {
        files.push(entry?.file_name().to_string_lossy().into_owned());
    }
    let capability: Value = serde_json::from_str(&read("src-tauri/capabilities/main.json")?).context("main.json")?;
    let mut wrong = in_config(&config);
    wrong.extend(in_capability(&capability));
    wrong.extend(in_manifest(&read("Cargo.toml")?));
    if files != ["main.json"] {
        wrong.push(format!("src-tauri/capabilities holds {files:?}; only main.json is meant"));
    }
    for line in &wrong {
        writeln!(log, "{line}")?;
    }
    if !wrong.is_empty() {
        bail!("{} rights of the window are not as meant", wrong.len());
    }
    Ok(())
}

fn in_config(config: &Value) -> Vec<String> {
    let expected = [
        ("/app/security/csp", json!(CSP)),
        ("/app/security/freezePrototype", json!(true)),
        ("/app/security/dangerousDisableAssetCspModification", json!(false)),
        ("/app/security/assetProtocol/enable", json!(false)),
        ("/app/security/assetProtocol/scope", json!([])),
        ("/app/security/capabilities", json!(["main"])),
        ("/app/withGlobalTauri", json!(false)),
        ("/build/frontendDist", json!("ui/dist")),
        // The installers tell the system of the one scheme; no plugin reads it.
        ("/plugins", json!({ "deep-link": { "desktop": { "schemes": ["backroom"] } } })),
    ];
    let differs = |(place, meant): (&str, Value)| {
        let found = config.pointer(place).cloned().unwrap_or(Value::Null);
        (found != meant).then(|| format!("tauri.conf.json {place}: {found}, meant is {meant}"))
    };
    expected.into_iter().filter_map(differs).collect()
}

fn in_capability(capability: &Value) -> Vec<String> {
    let meant = json!(["allow-rpc", "allow-save-text", "core:event:allow-listen", "core:event:allow-unlisten"]);
    let expected =
        [("permissions", meant), ("windows", json!(["main"])), ("local", json!(true)), ("remote", Value::Null)];
    expected
        .into_iter()
        .filter(|(name, meant)| capability[*name] != *meant)
        .map(|(name, meant)| format!("capability main: {name} is {}, meant is {meant}", capability[name]))
        .collect()
}

/// The developer tools stay out of what is shipped, and so do plugins that reach files, programs or the network.
fn in_manifest(manifest: &str) -> Vec<String> {
    let lines = || manifest.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let tools = lines().filter(|line| line.starts_with("tauri ") && line.contains("devtools"));
    let plugins = lines().filter(|line| {
        ["fs", "shell", "http", "process", "opener", "updater", "dialog"]
            .iter()
            .any(|name| line.starts_with(&format!("tauri-plugin-{name}")))
    });
    tools.chain(plugins).map(|line| format!("Cargo.toml: not meant for the window: {line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant() -> Value {
        json!({
            "app": {
                "withGlobalTauri": false,
                "security": {
                    "csp": CSP, "freezePrototype": true, "dangerousDisableAssetCspModification": false,
                    "assetProtocol": { "enable": false, "scope": [] }, "capabilities": ["main"],
                },
            },
            "build": { "frontendDist": "ui/dist" },
            "plugins": { "deep-link": { "desktop": { "schemes": ["backroom"] } } },
        })
    }

    #[test]
    fn a_wider_configuration_is_noticed() {
        assert_eq!(in_config(&meant()), Vec::<String>::new());
        let changes = [
            ("/app/security/csp", json!(CSP.replace("script-src 'self'", "script-src 'self' blob:"))),
            ("/app/security/freezePrototype", json!(false)),
            ("/app/security/assetProtocol/enable", json!(true)),
            ("/app/withGlobalTauri", json!(true)),
            ("/app/security/capabilities", json!([])),
            ("/plugins/deep-link/desktop/schemes", json!(["backroom", "https"])),
        ];
        for (place, value) in changes {
            let mut config = meant();
            *config.pointer_mut(place).unwrap() = value;
            assert_eq!(in_config(&config).len(), 1, "{place}");
        }
    }

    #[test]
    fn a_wider_capability_is_noticed() {
        let capability = |permission: &str, window: &str| {
            json!({
                "local": true, "windows": [window],
                "permissions": ["allow-rpc", "allow-save-text", "core:event:allow-listen", permission],
            })
        };
        assert!(in_capability(&capability("core:event:allow-unlisten", "main")).is_empty());
        assert_eq!(in_capability(&capability("core:default", "main")).len(), 1, "a set of permissions");
        assert_eq!(in_capability(&capability("core:event:allow-unlisten", "*")).len(), 1, "every window");
    }

    #[test]
    fn a_stronger_manifest_is_noticed() {
        assert!(
            in_manifest("tauri = { version = \"2\", features = [] }\ntauri-plugin-window-state = \"2\"").is_empty()
        );
        assert_eq!(in_manifest("tauri = { version = \"2\", features = [\"devtools\"] }").len(), 1);
        assert_eq!(in_manifest("tauri-plugin-shell = \"2\"").len(), 1);
    }
}
