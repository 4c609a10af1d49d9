//! Where a credential comes from, and what happens when it is refused.

use backroom_core::{BoxFuture, Fault};
use backroom_secrets::Secret;

/// A credential with the number of its generation, so that a refusal can be told from one of its predecessor.
#[derive(Debug, Clone)]
pub struct Token {
    /// The secret itself.
    pub secret: Secret,
    /// Grows with every renewal.
    pub generation: u64,
}

/// A source of credentials: a pasted token today, OAuth with rotation behind the same door.
///
/// An OAuth implementation keeps one lock around its renewal: of fifty calls refused at once, the first renews, and
/// the others find a newer generation than the one they were refused with. It stores the new refresh token durably
/// before it hands out the new access token.
pub trait TokenProvider: Send + Sync + 'static {
    /// The credential to send now.
    ///
    /// # Errors
    /// A `Fault` where there is none to send.
    fn token(&self) -> BoxFuture<'_, Result<Token, Fault>>;

    /// Called when the other side refused `generation`. True when a newer credential is there now, so that the call
    /// is worth one more try.
    ///
    /// # Errors
    /// A `Fault` where the renewal itself failed.
    fn on_unauthorized(&self, generation: u64) -> BoxFuture<'_, Result<bool, Fault>>;
}

/// A credential that a person pasted: it is never renewed.
#[derive(Debug)]
pub struct StaticToken(Secret);

impl StaticToken {
    /// A provider of `secret`.
    pub fn new(secret: Secret) -> Self {
        Self(secret)
    }
}

impl TokenProvider for StaticToken {
    fn token(&self) -> BoxFuture<'_, Result<Token, Fault>> {
        Box::pin(async { Ok(Token { secret: self.0.clone(), generation: 0 }) })
    }

    fn on_unauthorized(&self, _generation: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        Box::pin(async { Ok(false) })
    }
}
