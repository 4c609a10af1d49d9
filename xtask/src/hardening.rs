//! The window's rights as a snapshot: a change of them is a change of this file, seen in review.

use crate::command::inside;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
                   connect-src ipc: http://ipc.localhost; object-src 'none'; base-uri 'none'; form-action 'none'; \
                   frame-src 'none'";

/// What the build made of the capabilities, and the permissions that plugins brought along.
const RESOLVED: &str = "gen/schemas/capabilities.json";
const MANIFESTS: &str = "gen/schemas/acl-manifests.json";
/// All that the window may ask its host.
const PERMISSIONS: [&str; 4] = ["allow-rpc", "allow-save-text", "core:event:allow-listen", "core:event:allow-unlisten"];
/// Plugins that reach files, programs, the network or the clipboard from a page: none of them is in the program at all.
const NEVER: [&str; 12] = [
    "fs",
    "shell",
    "http",
    "process",
    "opener",
    "dialog",
    "clipboard-manager",
    "upload",
    "websocket",
    "sql",
    "store",
    "os",
];

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
    wrong.extend(in_lock(&read("Cargo.lock")?));
    // Written by each build of the window; a clone that was never built has none yet.
    if inside(RESOLVED).is_file() {
        let resolved: Value = serde_json::from_str(&read(RESOLVED)?).context(RESOLVED)?;
        let manifests: Value = serde_json::from_str(&read(MANIFESTS)?).context(MANIFESTS)?;
        wrong.extend(in_resolved(&resolved));
        wrong.extend(in_manifests(&manifests));
    } else {
        writeln!(log, "{RESOLVED}: not built yet, so what was built is not looked at")?;
    }
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
        ("/plugins/deep-link", json!({ "desktop": { "schemes": ["backroom"] } })),
        // What Tauri's updater asks for and whom it trusts is the engine's: nothing here, and nothing less strict than this.
        ("/plugins/updater", updater()),
        ("/plugins", json!({ "deep-link": config["plugins"]["deep-link"], "updater": config["plugins"]["updater"] })),
    ];
    let differs = |(place, meant): (&str, Value)| {
        let found = config.pointer(place).cloned().unwrap_or(Value::Null);
        (found != meant).then(|| format!("tauri.conf.json {place}: {found}, meant is {meant}"))
    };
    expected.into_iter().filter_map(differs).collect()
}

/// The only settings that Tauri's updater may have.
fn updater() -> Value {
    json!({
        "endpoints": [], "pubkey": "", "requireSignedVersion": true, "allowDowngrades": false,
        "windows": { "installMode": "quiet" },
    })
}

fn in_capability(capability: &Value) -> Vec<String> {
    let expected = [
        ("permissions", json!(PERMISSIONS)),
        ("windows", json!(["main"])),
        ("webviews", Value::Null),
        ("local", json!(true)),
        ("remote", Value::Null),
        ("platforms", Value::Null),
    ];
    expected
        .into_iter()
        .filter(|(name, meant)| capability[*name] != *meant)
        .map(|(name, meant)| format!("capability main: {name} is {}, meant is {meant}", capability[name]))
        .collect()
}

/// What the build made of it: the one capability as it is meant, no other, and in none of it a star or a permission of a plugin.
fn in_resolved(resolved: &Value) -> Vec<String> {
    let Some(capabilities) = resolved.as_object() else { return vec![format!("{RESOLVED} holds no capabilities")] };
    let mut wrong: Vec<String> = capabilities
        .keys()
        .filter(|name| *name != "main")
        .map(|name| format!("{RESOLVED}: there is a capability {name:?} that nobody means"))
        .collect();
    wrong.extend(in_capability(&resolved["main"]));
    let text = resolved.to_string();
    if text.contains('*') {
        wrong.push(format!("{RESOLVED}: there is a star in it"));
    }
    let plugins = NEVER.iter().chain(&["updater", "autostart", "global-shortcut", "notification", "window-state"]);
    let granted = plugins.filter(|plugin| text.contains(&format!("\"{plugin}:")));
    wrong.extend(granted.map(|plugin| format!("{RESOLVED}: a permission of {plugin} is granted to the window")));
    wrong
}

/// The permissions there are: of our own commands exactly two, and none of a plugin that must not be.
fn in_manifests(manifests: &Value) -> Vec<String> {
    let own: Vec<&String> =
        manifests["__app-acl__"]["permissions"].as_object().into_iter().flat_map(serde_json::Map::keys).collect();
    let mut wrong = Vec::new();
    if own != ["allow-rpc", "allow-save-text"] {
        wrong.push(format!("{MANIFESTS}: the host has commands {own:?}, meant are rpc and save_text"));
    }
    let plugins = manifests.as_object().into_iter().flat_map(serde_json::Map::keys);
    let never = plugins.filter(|plugin| NEVER.contains(&plugin.as_str()));
    wrong.extend(never.map(|plugin| format!("{MANIFESTS}: the plugin {plugin} must not be in the program")));
    wrong
}

/// The developer tools stay out of what is shipped, and so do plugins that reach files, programs or the network.
fn in_manifest(manifest: &str) -> Vec<String> {
    let lines = || manifest.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let tools =
        lines().filter(|line| line.starts_with("tauri ") && (line.contains("devtools") || line.contains("unstable")));
    let plugins = lines().filter(|line| {
        let name = line.split([' ', '=', '.']).next().unwrap_or_default().trim_start_matches("tauri-plugin-");
        line.starts_with("tauri-plugin-") && NEVER.contains(&name)
    });
    tools.chain(plugins).map(|line| format!("Cargo.toml: not meant for the window: {line}")).collect()
}

/// Nor do they come in behind another package.
fn in_lock(lock: &str) -> Vec<String> {
    let names = lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    let wrong = |name: &&str| {
        let plugin = name.strip_prefix("tauri-plugin-");
        plugin.is_some_and(|plugin| NEVER.contains(&plugin))
            || name.starts_with("devtools")
            || *name == "tauri-plugin-devtools"
    };
    names.filter(wrong).map(|name| format!("Cargo.lock: {name} must not be in the program")).collect()
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
            "plugins": { "deep-link": { "desktop": { "schemes": ["backroom"] } }, "updater": updater() },
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
            ("/plugins/updater/requireSignedVersion", json!(false)),
            ("/plugins/updater/allowDowngrades", json!(true)),
            ("/plugins/updater/endpoints", json!(["https://releases.example.com"])),
            (
                "/plugins",
                json!({ "deep-link": { "desktop": { "schemes": ["backroom"] } }, "updater": updater(), "fs": {} }),
            ),
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
        assert_eq!(in_manifest("tauri-plugin-store.workspace = true").len(), 1);
        assert_eq!(in_lock("name = \"tauri-plugin-fs\"\nname = \"tauri-plugin-single-instance\"").len(), 1);
    }

    #[test]
    fn what_the_build_made_of_it_is_looked_at_too() {
        let main = |permissions: Value| json!({ "main": { "identifier": "main", "local": true, "windows": ["main"], "permissions": permissions } });
        assert_eq!(in_resolved(&main(json!(PERMISSIONS))), Vec::<String>::new());
        let more = |one: &str| main(json!([&PERMISSIONS[..], &[one]].concat()));
        for permission in
            ["updater:default", "fs:allow-read", "autostart:allow-enable", "global-shortcut:allow-register"]
        {
            let found = in_resolved(&more(permission));
            assert!(found.iter().any(|line| line.contains("is granted")), "{permission}: {found:?}");
        }
        assert!(!in_resolved(&main(json!(["core:default"]))).is_empty());
        let mut other = main(json!(PERMISSIONS));
        other["second"] = json!({ "windows": ["*"], "permissions": [] });
        assert_eq!(in_resolved(&other).len(), 2, "a second capability, and a star in it");
        assert!(!in_resolved(&json!([])).is_empty(), "nothing to look at is not passed");

        let acl = |own: Value, plugin: &str| json!({ "__app-acl__": { "permissions": own }, "core": {}, plugin: {} });
        let own = json!({ "allow-rpc": {}, "allow-save-text": {} });
        assert_eq!(in_manifests(&acl(own.clone(), "updater")), Vec::<String>::new(), "there, and nobody may");
        assert_eq!(in_manifests(&acl(own, "shell")).len(), 1);
        assert_eq!(in_manifests(&acl(json!({ "allow-rpc": {} }), "core")).len(), 1, "a command without its permission");
    }
}
