//! Where the engine keeps secrets, and the key that seals personal data with them.

use crate::dto::{ApiError, Passphrase, SecretsPlace};
use crate::engine::{Engine, SecretsMode, held};
use backroom_secrets::{
    BUFFER_KEY, Environment, InMemory, KeyOrigin, Keychain, PassphraseFile, SERVICE, Secret, SecretError, SecretStore,
    Turn, WAREHOUSE_KEY, buffer_key, source_client, source_grants, source_refresh, source_token,
};
use backroom_store::{Role, Seal};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

/// Note of which key seals the buffer; it leads back to none.
pub(crate) const KEY_CHECK: &str = "key_check";

/// What tells one key from another.
pub(crate) fn key_check(seal: &Seal) -> String {
    hex::encode(seal.lookup("which key"))
}

/// The shortest passphrase, in letters.
const SHORTEST: usize = 12;

/// What was opened.
pub(crate) struct Vault {
    /// Where secrets are.
    pub(crate) secrets: Arc<dyn SecretStore>,
    /// What that is.
    pub(crate) place: SecretsPlace,
    /// Why they do not last, where they do not.
    pub(crate) trouble: Option<ApiError>,
    /// The seal, where there is a key for one.
    pub(crate) seal: Option<Seal>,
    /// Where grants are kept that renew themselves, where `secrets` cannot be changed.
    pub(crate) grants: Grants,
}

/// A secret store that another may take the place of while the program runs: a keychain that is not there by a file with a
/// passphrase.
pub(crate) struct Replaceable(RwLock<(Arc<dyn SecretStore>, SecretsPlace)>);

impl Replaceable {
    pub(crate) fn new(store: Arc<dyn SecretStore>, place: SecretsPlace) -> Self {
        Self(RwLock::new((store, place)))
    }

    pub(crate) fn replace(&self, store: Arc<dyn SecretStore>, place: SecretsPlace) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = (store, place);
    }

    /// Where what is saved now is kept.
    pub(crate) fn place(&self) -> SecretsPlace {
        self.0.read().unwrap_or_else(PoisonError::into_inner).1
    }

    fn now(&self) -> Arc<dyn SecretStore> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).0.clone()
    }
}

impl SecretStore for Replaceable {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        self.now().get(name)
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        self.now().set(name, secret)
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.now().delete(name)
    }

    fn writable(&self) -> bool {
        self.now().writable()
    }

    fn try_turn(&self, name: &str) -> Option<Turn> {
        self.now().try_turn(name)
    }
}

/// A store for grants, or why there is none.
pub(crate) type Grants = Result<Arc<dyn SecretStore>, ApiError>;

/// Opens the secret store of a mode. Without a keychain nothing is kept on disk: secrets last for the session, and the person is told.
/// `token` names the access token that the seal's key is made from where nothing can be saved.
pub(crate) fn open(mode: &SecretsMode, data_dir: &Path, token: &str) -> Vault {
    let (secrets, place): (Arc<dyn SecretStore>, _) = match mode {
        SecretsMode::Keychain => match Keychain::open(SERVICE, data_dir) {
            Ok(keychain) => (Arc::new(keychain), SecretsPlace::Keychain),
            Err(error) => return for_the_session(&error, data_dir),
        },
        SecretsMode::Environment => (Arc::new(Environment::of_process()), SecretsPlace::Environment),
        SecretsMode::Memory(memory) => (memory.clone(), SecretsPlace::Session),
    };
    let grants = grants(mode, secrets.as_ref(), data_dir);
    match buffer_key(secrets.as_ref(), token) {
        Ok(key) => {
            if key.origin() == KeyOrigin::AccessToken {
                tracing::warn!(
                    "Personal data is sealed with the access token: set BACKROOM_BUFFER_KEY to a long text, or a new token cannot open it."
                );
            }
            Vault { secrets, place, trouble: None, seal: Some(Seal::new(key.bytes())), grants }
        }
        // A locked keychain may be unlocked while we run; one that is not there will not come.
        Err(error @ SecretError::NoService) => for_the_session(&error, data_dir),
        Err(error) => {
            not_sealed(&error);
            Vault { secrets, place, trouble: None, seal: None, grants }
        }
    }
}

fn for_the_session(error: &SecretError, data_dir: &Path) -> Vault {
    not_sealed(error);
    let told = if PassphraseFile::exists(&data_dir.join(PassphraseFile::FILE)) {
        ApiError::new(
            "SECRET_PASSPHRASE",
            "The secrets of this shop are in a file that opens with a passphrase.",
            "Enter the passphrase under Connections. Until then nothing is fetched or sent; what is here stays.",
        )
    } else {
        ApiError::new(
            error.code(),
            "No keychain is running for this user. A token or key that is pasted now lasts until Backroom is closed, and is written nowhere.",
            error.hint(),
        )
    };
    Vault {
        secrets: Arc::new(InMemory::new()),
        place: SecretsPlace::Session,
        trouble: Some(told.clone()),
        seal: None,
        grants: Err(told),
    }
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

/// Lets a passphrase take the place of a keychain that is not there: opens the file of secrets, or makes the first one. What was
/// pasted in this session goes into it.
pub(crate) async fn use_passphrase(engine: &Engine, given: Passphrase) -> Result<(), ApiError> {
    if held(&engine.inner.keychain_trouble).is_none() {
        return Err(ApiError::bad_request("Secrets are kept already; no passphrase is needed."));
    }
    let path = engine.inner.data_dir.join(PassphraseFile::FILE);
    let first = !PassphraseFile::exists(&path);
    if first {
        // To open what is there is anybody's; to decide on it is the owner's.
        engine.may(Some(Role::Owner))?;
        if engine.store().note(KEY_CHECK)?.is_some() {
            return Err(ApiError::new(
                "SECRET_OTHER_KEY",
                "This shop's secrets and the key of its personal data are in a keychain that is not there now. A second key would lock out the first.",
                "Sign in to the desktop as usual and start Backroom again. If that keychain is lost, move backroom.db out of the data folder and sync anew.",
            ));
        }
    }
    if first && given.passphrase.chars().count() < SHORTEST {
        return Err(ApiError::new(
            "SECRET_PASSPHRASE_SHORT",
            "A passphrase has twelve letters or more.",
            "Take a sentence that only you would say, and write it down where nobody looks.",
        ));
    }
    let (passphrase, inner) = (Secret::new(given.passphrase), engine.inner.clone());
    let seal = tokio::task::spawn_blocking(move || {
        let file: Arc<dyn SecretStore> = Arc::new(PassphraseFile::open(path, &passphrase)?);
        let mut names = vec![WAREHOUSE_KEY.to_owned()];
        for section in &inner.config.read().unwrap_or_else(PoisonError::into_inner).source {
            let (kind, name) = (&section.kind, &section.name);
            let grants = source_grants(kind, name);
            names.extend([source_token(kind, name), source_client(kind, name)]);
            names.extend(["slot0", "slot1"].map(|slot| format!("{grants}/{slot}")));
        }
        for name in names {
            if let (Some(pasted), None) = (inner.secrets.get(&name)?, file.get(&name)?) {
                file.set(&name, &pasted)?;
            }
        }
        let key = buffer_key(file.as_ref(), "")?;
        inner.vault.replace(file, SecretsPlace::File);
        Ok::<_, SecretError>(Seal::new(key.bytes()))
    })
    .await
    .map_err(|_| ApiError::new("SECRET_FAILED", "The file of secrets could not be opened.", "Try again."))??;
    engine.store().set_note(KEY_CHECK, &key_check(&seal)).await?;
    engine.store().set_seal(seal);
    *held(&engine.inner.keychain_trouble) = None;
    held(&engine.inner.keepers).clear();
    engine.forget_warehouse();
    engine.changed(&["connections", "app", "sync"]);
    let again = engine.clone();
    tokio::spawn(async move { again.sync_and_send().await });
    Ok(())
}

fn not_sealed(error: &SecretError) {
    tracing::warn!(code = error.code(), "Personal columns and raw replies are not kept: there is no key to seal them.");
}
