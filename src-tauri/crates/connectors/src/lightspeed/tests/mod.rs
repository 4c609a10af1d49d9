//! The connector against bodies and calls as Lightspeed sends them.

mod calls;
mod quirks;
mod refusals;
