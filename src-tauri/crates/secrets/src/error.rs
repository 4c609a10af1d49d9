//! Why a secret could not be read or kept, in words for a person.

/// Why a secret could not be read or kept. Never holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// No keychain service runs for this user (Linux: no session bus or no keyring daemon).
    #[error("no keychain is running for this user; nothing was saved")]
    NoService,
    /// The keychain is there but locked.
    #[error("the keychain is locked; nothing was saved")]
    Locked,
    /// Somebody closed the keychain's question.
    #[error("the keychain's question was closed without an answer; nothing was saved")]
    Dismissed,
    /// The keychain did not answer for two minutes.
    #[error("the keychain did not answer")]
    NoAnswer,
    /// This store is read only: the secret comes from outside.
    #[error("secrets come from the environment here and cannot be saved; set {variable} instead")]
    ReadOnly {
        /// The variable to set.
        variable: &'static str,
    },
    /// The secret asked for was never saved.
    #[error("the secret {name} is not set")]
    Missing {
        /// Its name.
        name: String,
    },
    /// Something is stored under the name, but it is not what was saved.
    #[error("what is stored as {name} is damaged and was left as it is")]
    Damaged {
        /// Its name.
        name: String,
    },
    /// The file of secrets does not open with this passphrase, or is damaged.
    #[error("the file of secrets does not open with this passphrase; it was left as it is")]
    WrongPassphrase,
    /// The name is not one this program uses.
    #[error("a secret's name is made of letters, digits and / _ . -")]
    BadName,
    /// A file could not be read or written.
    #[error("a file with a secret could not be read or written")]
    File(#[source] std::io::Error),
    /// The keychain refused for another reason, in its own words.
    #[error("the keychain refused: {words}")]
    Refused {
        /// Its words.
        words: String,
    },
}

impl SecretError {
    /// The stable code of this failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoService => "KEYCHAIN_MISSING",
            Self::Locked => "KEYCHAIN_LOCKED",
            Self::Dismissed => "KEYCHAIN_DISMISSED",
            Self::NoAnswer => "KEYCHAIN_SILENT",
            Self::ReadOnly { .. } => "SECRET_READ_ONLY",
            Self::Missing { .. } => "SECRET_MISSING",
            Self::Damaged { .. } => "SECRET_DAMAGED",
            Self::WrongPassphrase => "SECRET_PASSPHRASE",
            Self::BadName => "SECRET_BAD_NAME",
            Self::File(_) => "SECRET_FILE",
            Self::Refused { .. } => "KEYCHAIN_REFUSED",
        }
    }

    /// What the person can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoService => {
                "Sign in to the desktop as usual and start Backroom again; on Linux install gnome-keyring or KWallet."
            }
            Self::Locked => "Unlock the keychain with your sign-in password, then try again.",
            Self::Dismissed => "Try again and answer the keychain's question with Allow.",
            Self::NoAnswer => "Look for a question of the keychain behind other windows, answer it, and try again.",
            Self::ReadOnly { .. } => "Set the variable where Backroom is started, then start it again.",
            Self::Missing { .. } => "Open Connections and paste it.",
            Self::Damaged { .. } => "Open Connections and paste the secret again.",
            Self::WrongPassphrase => "Try again; mind capitals and blanks.",
            Self::BadName => "Send a report.",
            Self::File(_) => "Check free disk space and that the file may be read, then try again.",
            Self::Refused { .. } => "Try again; if it stays, restart the computer.",
        }
    }
}
