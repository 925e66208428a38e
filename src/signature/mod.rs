//! Seals: a company's electronic signature over the exact bytes of a document. CAdES B-B, detached (ETSI EN 319 122-1).
//!
//! A seal proves that the holder of the key vouched for these bytes. It is no qualified seal and gives no legal presumption
//! (CGI art. 289 VII): facteur never says more than the certificate says of itself.

mod cades;
mod cms;
mod facts;
mod verify;

pub use cades::{SealError, seal};
pub use facts::{FORMAT, SIGNED, SealFacts, UNSIGNED, days_left, unsigned};
pub use verify::{Flaw, Verified, verify};

#[cfg(test)]
mod tests;
