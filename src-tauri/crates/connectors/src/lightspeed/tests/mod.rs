//! The connector against bodies and calls as Lightspeed sends them.

mod answers;
mod calls;
mod quirks;
mod refusals;
