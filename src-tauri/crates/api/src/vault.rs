//! Where the engine keeps secrets, and the key that seals personal data with them.

use crate::dto::ApiError;
use crate::engine::SecretsMode;
use backroom_secrets::{
    BUFFER_KEY, Environment, InMemory, KeyOrigin, Keychain, PassphraseFile, SERVICE, SecretError, SecretStore,
    buffer_key, source_refresh,
};
use backroom_store::Seal;
use std::path::Path;
use std::sync::Arc;

/// What was opened.
pub(crate) struct Vault {
    /// Where secrets are.
    pub(crate) secrets: Arc<dyn SecretStore>,
    /// Why they do not last, where they do not.
    pub(crate) trouble: Option<ApiError>,
    /// The seal, where there is a key for one.
    pub(crate) seal: Option<Seal>,
    /// Where grants are kept that renew themselves, where `secrets` cannot be changed.
    pub(crate) grants: Grants,
}

/// A store for grants, or why there is none.
pub(crate) type Grants = Result<Arc<dyn SecretStore>, ApiError>;

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
    let grants = grants(mode, secrets.as_ref(), data_dir);
    match buffer_key(secrets.as_ref(), token) {
        Ok(key) => {
            if key.origin() == KeyOrigin::AccessToken {
                tracing::warn!(
                    "Personal data is sealed with the access token: set BACKROOM_BUFFER_KEY to a long text, or a new token cannot open it."
                );
            }
            Vault { secrets, trouble: None, seal: Some(Seal::new(key.bytes())), grants }
        }
        // A locked keychain may be unlocked while we run; one that is not there will not come.
        Err(error @ SecretError::NoService) => for_the_session(&error),
        Err(error) => {
            not_sealed(&error);
            Vault { secrets, trouble: None, seal: None, grants }
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
    Vault { secrets: Arc::new(InMemory::new()), trouble: Some(told.clone()), seal: None, grants: Err(told) }
}

/// The file for grants beside secrets that come from the environment, sealed with the same text as the buffer. Opened only where a
/// refresh token is given: making its key takes a moment.
fn grants(mode: &SecretsMode, secrets: &dyn SecretStore, data_dir: &Path) -> Grants {
    let file = data_dir.join(PassphraseFile::FILE);
    let given = |kind| secrets.get(&source_refresh(kind, "any")).ok().flatten().is_some();
    let passphrase = secrets.get(BUFFER_KEY).ok().flatten();
    let wanted = given("square") || given("lightspeed_r") || PassphraseFile::exists(&file);
    let (SecretsMode::Environment, true, Some(passphrase)) = (mode, wanted, passphrase) else {
        return Err(ApiError::new(
            "CONFIG_NO_PLACE",
            "An access that renews itself needs a place where the next one is kept, and there is none here.",
            "Set BACKROOM_BUFFER_KEY to a long text: it seals the file in which it is kept.",
        ));
    };
    match PassphraseFile::open(file, &passphrase) {
        Ok(file) => Ok(Arc::new(file)),
        Err(error @ SecretError::WrongPassphrase) => Err(ApiError::new(
            "CONFIG_OTHER_KEY",
            format!("{error}."),
            "Set BACKROOM_BUFFER_KEY to the text it was made with. If that is lost, remove the file and sign in anew.",
        )),
        Err(error) => Err(error.into()),
    }
}

fn not_sealed(error: &SecretError) {
    tracing::warn!(code = error.code(), "Personal columns and raw replies are not kept: there is no key to seal them.");
}
