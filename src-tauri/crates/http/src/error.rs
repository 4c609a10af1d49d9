//! What can go wrong between here and a reply.

use backroom_core::{Fault, FaultClass};

/// A call that brought no usable reply. Hosts are named; paths, queries, bodies and credentials never are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The address cannot be read.
    #[error("the address is not a valid URL")]
    BadUrl,
    /// Plain http to anything but this machine.
    #[error("{host} was to be reached without encryption")]
    Insecure {
        /// The host.
        host: String,
    },
    /// The other side points elsewhere; following would hand the credential to a host nobody chose.
    #[error("{host} answered with a redirect")]
    Redirected {
        /// The host that answered.
        host: String,
    },
    /// No connection: no network, name not found, refused, TLS refused.
    #[error("{host} could not be reached")]
    Unreachable {
        /// The host.
        host: String,
    },
    /// No reply in time.
    #[error("{host} did not answer in time")]
    TimedOut {
        /// The host.
        host: String,
    },
    /// The connection broke before the reply was complete.
    #[error("the connection to {host} broke before the reply was complete")]
    Cut {
        /// The host.
        host: String,
    },
    /// The reply is larger than any honest one.
    #[error("{host} sent more than {cap} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// The cap, in bytes.
        cap: usize,
    },
    /// The client could not be set up on this machine.
    #[error("the encrypted connection could not be set up")]
    Setup,
}

impl HttpError {
    /// What a failed *read* means. For writes see [`HttpError::outcome_unknown`].
    pub fn class(&self) -> FaultClass {
        match self {
            Self::BadUrl | Self::Insecure { .. } | Self::Setup => FaultClass::Config,
            Self::Redirected { .. } | Self::TooLarge { .. } => FaultClass::Protocol,
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Cut { .. } => FaultClass::Transient,
        }
    }

    /// Whether the other side may have acted on the call: a writer must send the same bytes again.
    pub fn outcome_unknown(&self) -> bool {
        match self {
            Self::TimedOut { .. } | Self::Cut { .. } | Self::TooLarge { .. } => true,
            Self::BadUrl | Self::Insecure { .. } | Self::Redirected { .. } | Self::Unreachable { .. } | Self::Setup => {
                false
            }
        }
    }

    /// The stable code of this failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadUrl => "HTTP_BAD_URL",
            Self::Insecure { .. } => "HTTP_NOT_ENCRYPTED",
            Self::Redirected { .. } => "HTTP_REDIRECTED",
            Self::Unreachable { .. } => "HTTP_UNREACHABLE",
            Self::TimedOut { .. } => "HTTP_TIMED_OUT",
            Self::Cut { .. } => "HTTP_CUT",
            Self::TooLarge { .. } => "HTTP_TOO_LARGE",
            Self::Setup => "HTTP_SETUP",
        }
    }

    /// What the person can do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::BadUrl | Self::Insecure { .. } => "Open Connections and correct the address.",
            Self::Redirected { .. } => {
                "Check whether this network asks for a sign-in page (guest Wi-Fi), then sync again."
            }
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Cut { .. } => {
                "Nothing is lost. Backroom tries again by itself; check the internet connection if it stays."
            }
            Self::TooLarge { .. } => "Nothing was stored. Sync again; if it comes back, send a report.",
            Self::Setup => "Restart Backroom; if it stays, send a report.",
        }
    }
}

impl From<HttpError> for Fault {
    fn from(error: HttpError) -> Self {
        let mut message = error.to_string();
        if let Some(first) = message.get(..1).map(str::to_ascii_uppercase)
            && message.starts_with("the ")
        {
            message.replace_range(..1, &first);
        }
        message.push('.');
        Fault::new(error.class(), error.code(), message).with_hint(error.hint())
    }
}
