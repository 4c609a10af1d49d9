//! Secrets from environment variables: servers, schedules, tests. Read only.

use crate::buffer_key::BUFFER_KEY;
use crate::error::SecretError;
use crate::secret::Secret;
use crate::store::{API_TOKEN, SecretStore, WAREHOUSE_KEY, check_name};

/// Looks a variable up.
type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// A read-only store over environment variables.
pub struct Environment(Box<Lookup>);

/// Where a secret of a name comes from.
enum Origin {
    Value(&'static str),
    FileNamedBy(&'static str),
}

impl Origin {
    fn variable(&self) -> &'static str {
        match self {
            Self::Value(variable) | Self::FileNamedBy(variable) => variable,
        }
    }
}

fn origin(name: &str) -> Option<Origin> {
    match name {
        WAREHOUSE_KEY => Some(Origin::FileNamedBy("GOOGLE_APPLICATION_CREDENTIALS")),
        BUFFER_KEY => Some(Origin::Value("BACKROOM_BUFFER_KEY")),
        API_TOKEN => Some(Origin::Value("BACKROOM_API_TOKEN")),
        _ => {
            let (vendor, rest) = name.split_once('/')?;
            let (_, what) = rest.rsplit_once('/')?;
            let variable = match (vendor, what) {
                ("square", "token") => "SQUARE_ACCESS_TOKEN",
                ("square", "client_id") => "SQUARE_CLIENT_ID",
                ("square", "client") => "SQUARE_CLIENT_SECRET",
                ("square", "refresh") => "SQUARE_REFRESH_TOKEN",
                ("lightspeed", "token") => "LIGHTSPEED_ACCESS_TOKEN",
                ("lightspeed", "client_id") => "LIGHTSPEED_CLIENT_ID",
                ("lightspeed", "client") => "LIGHTSPEED_CLIENT_SECRET",
                ("lightspeed", "refresh") => "LIGHTSPEED_REFRESH_TOKEN",
                _ => return None,
            };
            Some(Origin::Value(variable))
        }
    }
}

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Any other source of variables.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Box::new(lookup))
    }

    fn variable(&self, name: &str) -> Option<String> {
        let text = (self.0)(name)?;
        // A value pasted into a file often ends in a line break, which no header can carry.
        let trimmed = text.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    fn read_only(name: &str) -> SecretError {
        let variable = origin(name).map_or("the variable of this secret", |o| o.variable());
        SecretError::ReadOnly { variable }
    }
}

impl SecretStore for Environment {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        check_name(name)?;
        let Some(origin) = origin(name) else { return Ok(None) };
        let Some(value) = self.variable(origin.variable()) else { return Ok(None) };
        match origin {
            Origin::Value(_) => Ok(Some(Secret::new(value))),
            Origin::FileNamedBy(_) => {
                std::fs::read_to_string(value).map(|text| Some(Secret::new(text))).map_err(SecretError::File)
            }
        }
    }

    fn set(&self, name: &str, _secret: &Secret) -> Result<(), SecretError> {
        Err(Self::read_only(name))
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        Err(Self::read_only(name))
    }

    fn writable(&self) -> bool {
        false
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Environment")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn with(pairs: &[(&'static str, &str)]) -> Environment {
        let pairs: Vec<(&str, String)> = pairs.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
        Environment::from_lookup(move |name| pairs.iter().find(|(k, _)| *k == name).map(|(_, v)| v.clone()))
    }

    #[test]
    fn each_name_has_its_variable() {
        let environment = with(&[
            ("SQUARE_ACCESS_TOKEN", "tok\n"),
            ("LIGHTSPEED_ACCESS_TOKEN", "ls"),
            ("LIGHTSPEED_REFRESH_TOKEN", "again"),
            ("BACKROOM_BUFFER_KEY", "long passphrase"),
            ("BACKROOM_API_TOKEN", "   "),
        ]);
        let cases = [
            ("square/main/token", Some("tok"), "a line break at the end is not part of a token"),
            ("square/other/token", Some("tok"), "any account"),
            ("buffer/key", Some("long passphrase"), "blanks inside stay"),
            ("api/token", None, "blanks alone are no secret"),
            ("warehouse/key", None, "not set"),
            ("lightspeed/shop/token", Some("ls"), "the other vendor"),
            ("lightspeed/shop/refresh", Some("again"), "what an access is renewed with"),
            ("lightspeed/shop/client", None, "an application may have no secret"),
            ("lightspeed/shop/oauth", None, "grants are not of the environment"),
            ("shopify/main/token", None, "unknown names are not set"),
        ];
        for (name, expected, why) in cases {
            let got = environment.get(name).unwrap();
            assert_eq!(got.as_ref().map(Secret::expose), expected, "{name}: {why}");
        }
    }

    #[test]
    fn the_warehouse_key_is_the_file_it_names() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, "{{\"type\":\"service_account\"}}").unwrap();
        let environment = with(&[("GOOGLE_APPLICATION_CREDENTIALS", file.path().to_str().unwrap())]);
        let key = environment.get(WAREHOUSE_KEY).unwrap().unwrap();
        assert_eq!(key.expose(), "{\"type\":\"service_account\"}");
        let gone = with(&[("GOOGLE_APPLICATION_CREDENTIALS", "no/such/file.json")]);
        assert!(matches!(gone.get(WAREHOUSE_KEY), Err(SecretError::File(_))), "a missing file is not 'no key'");
    }

    #[test]
    fn saving_names_the_variable_to_set() {
        let error = with(&[]).set("square/main/token", &Secret::new("x")).unwrap_err();
        assert!(error.to_string().contains("SQUARE_ACCESS_TOKEN"), "{error}");
        assert!(with(&[]).delete(API_TOKEN).is_err());
    }
}
