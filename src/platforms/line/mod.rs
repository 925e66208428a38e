//! What all platforms over HTTP share: bounded exchanges, one token for many calls, and an honest word on what a failure proves.

mod address;
mod caller;
#[cfg(test)]
pub(super) mod hostile;
mod http;
mod token;
mod trouble;

pub use self::address::ConfigError;
pub(super) use self::address::{Reach, address, checked, longest_first};
pub(super) use self::caller::Caller;
pub(super) use self::http::{Reply, client};
pub(super) use self::token::Grant;
#[cfg(test)]
pub(super) use self::trouble::QUOTED;
pub(super) use self::trouble::{Trouble, not_taken, quote, text_of};
