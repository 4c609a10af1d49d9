//! Where the engine keeps secrets, and the key that seals personal data with them.

use crate::dto::ApiError;
use crate::engine::SecretsMode;
use backroom_secrets::{Environment, InMemory, KeyOrigin, Keychain, SERVICE, SecretError, SecretStore, buffer_key};
use backroom_store::Seal;
use std::path::Path;
use std::sync::Arc;

/// A secret store, why it does not last where it does not, and the seal where there is a key for one.
type Vault = (Arc<dyn SecretStore>, Option<ApiError>, Option<Seal>);

/// Opens the secret store of a mode. Without a keychain nothing is kept on disk: secrets last for the session, and the person is told.
/// `token` names the access token that the seal's key is made from where nothing can be saved.
pub(crate) fn open(mode: &SecretsMode, data_dir: &Path, token: &str) -> Vault {
    let secrets: Arc<dyn SecretStore> = match mode {
        SecretsMode::Keychain => match Keychain::open(SERVICE, data_dir) {
            Ok(keychain) => Arc::new(keychain),
            Err(error) => return for_the_session(&error),
        },
        SecretsMode::Environment => Arc::new(Environment::of_process()),
        SecretsMode::Memory(memory) => memory.clone(),
    };
    match buffer_key(secrets.as_ref(), token) {
        Ok(key) => {
            if key.origin() == KeyOrigin::AccessToken {
                tracing::warn!(
                    "Personal data is sealed with the access token: set BACKROOM_BUFFER_KEY to a long text, or a new token cannot open it."
                );
            }
            (secrets, None, Some(Seal::new(key.bytes())))
        }
        // A locked keychain may be unlocked while we run; one that is not there will not come.
        Err(error @ SecretError::NoService) => for_the_session(&error),
        Err(error) => {
            not_sealed(&error);
            (secrets, None, None)
        }
    }
}

fn for_the_session(error: &SecretError) -> Vault {
    not_sealed(error);
    let told = ApiError::new(
        error.code(),
        "No keychain is running for this user. A token or key that is pasted now lasts until Backroom is closed, and is written nowhere.",
        error.hint(),
    );
    (Arc::new(InMemory::new()), Some(told), None)
}

fn not_sealed(error: &SecretError) {
    tracing::warn!(code = error.code(), "Personal columns and raw replies are not kept: there is no key to seal them.");
}
