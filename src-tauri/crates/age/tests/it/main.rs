//! The engine of the ID check at its seam: texts in, cards and verdicts out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cards;
mod corpus;
mod damage;
mod oracle;
mod privacy;
mod verdicts;
mod wedge;
