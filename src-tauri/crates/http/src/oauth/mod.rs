//! OAuth 2: connecting an account in the person's own browser, and keeping the access alive.
//!
//! `provider` what a vendor calls things · `flow` one sign-in, from the address to the grant · `landing` where the browser comes
//! back on this machine · `slots` where grants lie · `keeper` renewal, one at a time · `withdrawal` giving an access back.

mod flow;
mod keeper;
mod landing;
mod provider;
mod slots;
mod withdrawal;

pub use flow::{Flow, SignIn};
pub use keeper::{Keeper, Standing};
pub use landing::Landing;
pub use provider::{Grant, Provider};
pub use withdrawal::{Forgotten, Revocation, Withdrawal};
