//! One account at one vendor: client, credential, pace and patience together.

use crate::bucket::Bucket;
use crate::client::Client;
use crate::error::HttpError;
use crate::limiter::Limiter;
use crate::reply::Reply;
use crate::request::Request;
use crate::retry::{RetryPolicy, retry};
use crate::token::{Token, TokenProvider};
use backroom_core::{Fault, FaultClass};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Makes the calls of one account at one vendor.
#[derive(Clone)]
pub struct Caller {
    client: Client,
    limiter: Arc<Limiter>,
    bucket: Option<Arc<Bucket>>,
    token: Arc<dyn TokenProvider>,
    policy: RetryPolicy,
}

/// How a call came out, and what it cost.
#[derive(Debug)]
pub struct Called<T> {
    /// What the reply was read as, or the last fault.
    pub result: Result<T, Fault>,
    /// HTTP requests made, retries included.
    pub requests: u32,
}

impl Caller {
    /// A caller that shares `limiter` with whoever else talks to the same account.
    pub fn new(client: Client, limiter: Arc<Limiter>, token: Arc<dyn TokenProvider>, policy: RetryPolicy) -> Self {
        Self { client, limiter, bucket: None, token, policy }
    }

    /// The same caller, whose calls also wait for room in the account's bucket.
    #[must_use]
    pub fn with_bucket(mut self, bucket: Arc<Bucket>) -> Self {
        self.bucket = Some(bucket);
        self
    }

    /// The same caller, at the pace of `limiter`: what one user of the account is told to wait for, the others wait for too.
    #[must_use]
    pub fn with_limiter(mut self, limiter: Arc<Limiter>) -> Self {
        self.limiter = limiter;
        self
    }

    /// The pace of the account.
    pub fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    /// The credential as it is sent now.
    ///
    /// # Errors
    /// A `Fault` where there is none to send.
    pub async fn token(&self) -> Result<Token, Fault> {
        self.token.token().await
    }

    /// Sends `request` with the credential, hands every outcome to `read`, and tries again as long as `read` calls
    /// the failure transient or throttled. A refused credential is renewed once, where it can be.
    pub async fn call<T>(
        &self,
        request: &Request,
        read: impl Fn(Result<Reply, HttpError>) -> Result<T, Fault>,
    ) -> Called<T> {
        let requests = AtomicU32::new(0);
        let outcome = retry(&self.policy, |_| self.authorized(request, &read, &requests)).await;
        Called { result: outcome.result, requests: requests.into_inner() }
    }

    async fn authorized<T>(
        &self,
        request: &Request,
        read: &impl Fn(Result<Reply, HttpError>) -> Result<T, Fault>,
        requests: &AtomicU32,
    ) -> Result<T, Fault> {
        let token = self.token.token().await?;
        let first = self.once(request.clone().bearer(&token.secret), read, requests).await;
        match first {
            Err(fault) if fault.class == FaultClass::Unauthorized => {
                if !self.token.on_unauthorized(token.generation).await? {
                    return Err(fault);
                }
                let renewed = self.token.token().await?;
                self.once(request.clone().bearer(&renewed.secret), read, requests).await
            }
            other => other,
        }
    }

    async fn once<T>(
        &self,
        request: Request,
        read: &impl Fn(Result<Reply, HttpError>) -> Result<T, Fault>,
        requests: &AtomicU32,
    ) -> Result<T, Fault> {
        let pause = self.limiter.pause_left();
        if pause > self.policy.budget {
            // Waiting in here for minutes would look like a call that hangs; whoever plans the calls shall know.
            return Err(Fault::new(
                FaultClass::Throttled { after: Some(pause) },
                "HTTP_PAUSED",
                "The other side asked us to wait. The sync goes on by itself.",
            ));
        }
        let turn = self.limiter.turn().await;
        let draw = match &self.bucket {
            Some(bucket) => Some(bucket.draw(request.url().path()).await),
            None => None,
        };
        requests.fetch_add(1, Ordering::Relaxed);
        let sent = self.client.send(&request).await;
        if let (Some(draw), Ok(reply)) = (&draw, &sent) {
            draw.told(reply);
        }
        drop(draw);
        let result = read(sent);
        match &result {
            Ok(_) => turn.went_well(),
            Err(Fault { class: FaultClass::Throttled { after }, .. }) => {
                turn.throttled();
                if let Some(wait) = after {
                    self.limiter.pause(*wait);
                }
            }
            Err(_) => {}
        }
        result
    }
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").field("limiter", &self.limiter).field("policy", &self.policy).finish_non_exhaustive()
    }
}
