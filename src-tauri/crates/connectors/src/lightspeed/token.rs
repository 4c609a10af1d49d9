//! When an access token ends: it is a signed text that says so itself (wire notes 2.1), which no answer of the API does.

use backroom_core::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The year 10000, in seconds: no token means what is after it.
const FAR: i64 = 253_402_300_800;

/// When `token` ends; none where it does not say so. It is believed for the telling alone: Lightspeed decides.
pub(super) fn end_of(token: &str) -> Option<Timestamp> {
    let [_, claims, _] = token.split('.').collect::<Vec<_>>().try_into().ok()?;
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    // As a number, a number with a fraction, or text: all of them occur.
    let told = claims.get("exp")?.to_string();
    let whole = told.trim_matches('"').split('.').next()?.parse().ok()?;
    (1..FAR).contains(&whole).then(|| Timestamp::from_seconds(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_when_it_ends_or_nothing_is_told() {
        let token = |claims: &str| format!("e30.{}.signature", URL_SAFE_NO_PAD.encode(claims));
        let end = Some(Timestamp::from_seconds(1_795_201_200));
        for (text, expected, why) in [
            (token(r#"{"acct":"123456","exp":1795201200.482}"#), end, "with a fraction, as Lightspeed writes it"),
            (token(r#"{"exp":1795201200}"#), end, "whole"),
            (token(r#"{"exp":"1795201200"}"#), end, "as text"),
            (token(r#"{"iat":1795201200}"#), None, "without an end"),
            (token(r#"{"exp":-5}"#), None, "before all time"),
            (token(r#"{"exp":1e300}"#), None, "after all time"),
            (token(r#"{"exp":"soon"}"#), None, "no number"),
            (token("no json"), None, "no claims"),
            ("e30.%%%.signature".to_owned(), None, "no text at all"),
            ("an-invented-token".to_owned(), None, "another kind of token"),
            ("a.b".to_owned(), None, "two parts"),
            ("a.b.c.d".to_owned(), None, "four parts"),
            (String::new(), None, "nothing"),
        ] {
            assert_eq!(end_of(&text), expected, "{why}");
        }
    }
}
