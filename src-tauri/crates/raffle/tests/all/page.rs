//! The page: one file that asks nobody for anything.

use backroom_raffle::VERIFIER_HTML;
use base64::Engine;
use ring::digest::{SHA256, digest};

fn between<'a>(text: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    text.split(from).skip(1).map(|rest| rest.split(to).next().unwrap()).collect()
}

fn hash(text: &str) -> String {
    format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(digest(&SHA256, text.as_bytes())))
}

#[test]
fn nothing_but_its_own_script_and_style_runs() {
    let scripts = between(VERIFIER_HTML, "<script>", "</script>");
    let styles = between(VERIFIER_HTML, "<style>", "</style>");
    assert_eq!((scripts.len(), styles.len()), (1, 1), "one of each");
    assert_eq!(VERIFIER_HTML.matches("<script").count(), 1, "and none with attributes");
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        hash(scripts[0]),
        hash(styles[0])
    );
    let found = between(VERIFIER_HTML, "http-equiv=\"Content-Security-Policy\" content=\"", "\">");
    assert_eq!(found, [policy.as_str()], "the policy names the hashes of what is in the page");
}

#[test]
fn it_reaches_for_nothing() {
    for word in [
        "http:",
        "https:",
        "//cdn",
        "src=",
        "href=",
        "url(",
        "fetch(",
        "XMLHttpRequest",
        "import(",
        "WebSocket",
        "innerHTML",
        "eval(",
        "style=",
    ] {
        assert!(!VERIFIER_HTML.contains(word), "{word}");
    }
}

#[test]
fn its_constants_are_the_crates() {
    for constant in [backroom_raffle::QUICKNET.chain_hash, backroom_raffle::QUICKNET.public_key] {
        assert!(VERIFIER_HTML.contains(constant), "{constant}");
    }
}
