//! What can be made to go wrong, when, and how often.

use crate::random::Rng;
use serde::{Deserialize, Serialize};

/// One way to go wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// 429 in the vendor's own words; `retry_after` in seconds adds the header.
    RateLimited {
        /// Seconds for the `Retry-After` header.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// Any status with the vendor's error body; nothing is done.
    Status {
        /// HTTP status, such as 500 or 503.
        status: u16,
    },
    /// A proxy's answer: this status and an HTML page in place of JSON.
    Html {
        /// HTTP status; 200 is the nastiest.
        status: u16,
    },
    /// Never answers; the connection stays open.
    Hang,
    /// The connection is reset before any answer.
    Reset,
    /// The work is done, the reply breaks off after this many bytes of its body.
    Cut {
        /// Bytes of the body that still arrive.
        after_bytes: usize,
    },
    /// A JSON text of one line that goes on for `bytes`.
    HugeLine {
        /// Bytes before it ends.
        bytes: u64,
        /// Whether `Content-Length` tells the size beforehand.
        declared: bool,
    },
    /// Says that its body is packed with gzip, and it is not.
    FalseGzip,
    /// The reply's cursor is the one that was sent.
    RepeatCursor,
    /// Every object of the reply carries fields nobody heard of.
    ForeignFields,
    /// The named field changes its type (text to number, anything else to text) wherever it occurs.
    ChangedType {
        /// Name of the field.
        field: String,
    },
    /// Square: 400 `INVALID_CURSOR`; only requests with a cursor match.
    InvalidCursor,
    /// 401: the token expired (Square `ACCESS_TOKEN_EXPIRED`).
    TokenExpired,
    /// 401: the token was revoked (Square `ACCESS_TOKEN_REVOKED`).
    TokenRevoked,
    /// 403: a permission is missing (Square `INSUFFICIENT_SCOPES`, BigQuery `accessDenied`).
    MissingScope,
    /// BigQuery: 403 `quotaExceeded`.
    QuotaExceeded,
    /// BigQuery: 403 `rateLimitExceeded`.
    RateLimitExceeded,
    /// The work is done, the answer is this status: the caller cannot know.
    StatusAfterCommit {
        /// HTTP status, such as 503.
        status: u16,
    },
    /// The work is done and no answer comes.
    HangAfterCommit,
    /// The work is done and the connection is reset.
    ResetAfterCommit,
}

/// When a fault strikes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultRule {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// Only requests whose `METHOD path?query` contains this text; all where empty.
    #[serde(default)]
    pub matching: String,
    /// Matching requests let through before the first strike.
    #[serde(default)]
    pub after: u32,
    /// Strikes left; for ever where absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// Share of the matching requests that are struck, 0 to 1.
    #[serde(default = "always")]
    pub probability: f64,
}

fn always() -> f64 {
    1.0
}

impl FaultRule {
    /// Strikes every request.
    pub fn always(kind: FaultKind) -> Self {
        Self { kind, matching: String::new(), after: 0, times: None, probability: 1.0 }
    }

    /// Strikes once.
    pub fn once(kind: FaultKind) -> Self {
        Self { times: Some(1), ..Self::always(kind) }
    }

    /// Strikes this share of the requests.
    pub fn share(kind: FaultKind, probability: f64) -> Self {
        Self { probability, ..Self::always(kind) }
    }

    /// Only requests whose `METHOD path?query` contains `text`.
    #[must_use]
    pub fn on(self, text: &str) -> Self {
        Self { matching: text.to_owned(), ..self }
    }

    /// Lets `count` matching requests through first.
    #[must_use]
    pub fn after(self, count: u32) -> Self {
        Self { after: count, ..self }
    }
}

/// Everything that is switched on to go wrong.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Faults {
    /// Every answer waits this long, in milliseconds.
    pub latency_ms: u64,
    /// Every connection is reset.
    pub offline: bool,
    /// Rules in order; the first that strikes decides.
    pub rules: Vec<FaultRule>,
    /// Where the dice stand.
    pub dice: u64,
}

impl Faults {
    /// `share` of the calls fail: half of them 429 (every second one with `Retry-After: retry_after`), half 500 or 503.
    pub fn errors(share: f64, retry_after: u32) -> Self {
        // The shares of later rules are of what the earlier ones let through.
        let rules = [
            FaultKind::RateLimited { retry_after: Some(retry_after) },
            FaultKind::RateLimited { retry_after: None },
            FaultKind::Status { status: 500 },
            FaultKind::Status { status: 503 },
        ];
        let mut left = 1.0;
        let rules = rules
            .into_iter()
            .map(|kind| {
                let rule = FaultRule::share(kind, share / 4.0 / left);
                left -= share / 4.0;
                rule
            })
            .collect();
        Self { rules, ..Self::default() }
    }

    /// The fault that strikes this request, if any.
    pub(crate) fn strike(&mut self, line: &str) -> Option<FaultKind> {
        for rule in &mut self.rules {
            let wants_cursor = matches!(rule.kind, FaultKind::InvalidCursor);
            if rule.times == Some(0) || !line.contains(&rule.matching) || (wants_cursor && !line.contains("cursor=")) {
                continue;
            }
            if rule.after > 0 {
                rule.after -= 1;
                continue;
            }
            if rule.probability < 1.0 {
                self.dice = self.dice.wrapping_add(1);
                if Rng::at(0xD1CE, self.dice).unit() >= rule.probability {
                    continue;
                }
            }
            if let Some(left) = &mut rule.times {
                *left -= 1;
            }
            return Some(rule.kind.clone());
        }
        None
    }
}
