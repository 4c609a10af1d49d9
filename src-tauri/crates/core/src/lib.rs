//! The domain of Backroom: what a sale is, how money and time are counted, and the
//! ports through which sources and warehouses are reached. No I/O happens here.

pub mod clock;
pub mod fault;
pub mod money;
mod possible;
pub mod sale;
pub mod source;
pub mod table;
pub mod time;
pub mod warehouse;

pub use clock::{Clock, SystemClock, TestClock};
pub use fault::{Fault, FaultClass};
pub use money::{Currency, Money};
pub use time::{BusinessDay, DayRule, Timestamp};

/// A boxed future, so that ports stay object-safe.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn std::future::Future<Output = T> + Send + 'a>>;
