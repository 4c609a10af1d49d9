//! What can go wrong with a remote system, sorted by what has to be done about it.
//!
//! A connector decides the class where it reads the reply (status *and* body);
//! everything above acts on the class alone.

use std::fmt;
use std::time::Duration;

/// What a failed call means for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultClass {
    /// The call did not get through or the other side is ill: try again with backoff.
    Transient,
    /// The other side asks us to slow down; wait at least `after` where it says so.
    Throttled {
        /// The wait the other side asked for.
        after: Option<Duration>,
    },
    /// The credential is wrong, expired or revoked: a person must act.
    Unauthorized,
    /// The credential is good but may not do this: a person must widen its permissions.
    Forbidden,
    /// The page cursor is no longer accepted: start the window again.
    StaleCursor,
    /// The other side answered something that its documentation excludes (wrong host,
    /// repeated cursor, HTML in place of JSON, a body without end).
    Protocol,
    /// The request itself was refused as wrong: trying again is useless.
    Rejected,
    /// The thing asked for does not exist.
    NotFound,
    /// A quota or our own budget is used up until later.
    Quota {
        /// When to look again.
        after: Option<Duration>,
    },
    /// The shape of the table at the warehouse does not take these rows.
    Schema,
    /// The request is larger than the other side takes: split it.
    TooLarge,
    /// The outcome is not known (timeout after sending, cut reply): send the same bytes again.
    Unknown,
    /// The configuration is wrong.
    Config,
    /// The work was cancelled by a person or at shutdown.
    Cancelled,
}

/// A failed call to a remote system: a class for the program, words for the person.
///
/// `message` says what happened and `hint` what to press; neither ever holds a secret,
/// a person's data or a body of the other side in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What to do about it.
    pub class: FaultClass,
    /// A stable code, such as `SQUARE_TOKEN_REVOKED`.
    pub code: &'static str,
    /// What happened, in a sentence.
    pub message: String,
    /// What the person can do, in a sentence; empty where there is nothing to do.
    pub hint: String,
}

impl Fault {
    /// A fault of `class` with its `code` and `message`, and no hint yet.
    pub fn new(class: FaultClass, code: &'static str, message: impl Into<String>) -> Self {
        Self { class, code, message: message.into(), hint: String::new() }
    }

    /// The same fault with what the person can do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Whether the same call may succeed later without anybody's help.
    pub fn retryable(&self) -> bool {
        match self.class {
            FaultClass::Transient
            | FaultClass::Throttled { .. }
            | FaultClass::StaleCursor
            | FaultClass::Quota { .. }
            | FaultClass::Unknown => true,
            FaultClass::Unauthorized
            | FaultClass::Forbidden
            | FaultClass::Protocol
            | FaultClass::Rejected
            | FaultClass::NotFound
            | FaultClass::Schema
            | FaultClass::TooLarge
            | FaultClass::Config
            | FaultClass::Cancelled => false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)
    }
}

impl std::error::Error for Fault {}
