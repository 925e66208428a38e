//! ANSI X12 as facteur reads it (interchanges ISA … IEA, groups GS … GE, sets ST … SE): bytes to segments, and what is wrong with them.
//!
//! Nothing here knows what an invoice is. Separators are read from ISA, never assumed; X12 has no release character, so a separator in a
//! text cannot be. Whatever breaks a rule of the syntax is a [`Fault`] with the code by which TA1, 997 or 999 would say so. Elements and
//! components are counted from 1: element 1 is the first behind the tag.

mod fault;
mod header;
mod read;
mod segment;
mod service;
mod split;
#[cfg(test)]
mod tests;
mod trailer;
mod words;

pub use fault::{Answer, Code, Fault, Faults, List, Place, Refusal, RefusalKind};
pub use header::{Address, Envelope};
pub use read::{Group, Interchange, Options, Set, read};
pub use segment::{Element, Segment};
pub use service::{Service, headless, is_x12};
pub use split::{Split, split};
