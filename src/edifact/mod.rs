//! UN/EDIFACT as facteur reads and writes it (ISO 9735, syntax versions 1 to 4 and X): bytes to interchanges, messages and segments, and back.
//!
//! Nothing here knows what an invoice is. An [`Interchange`] is read as a stream, one message at a time, in bounded memory; whatever breaks
//! a rule of the syntax is a [`Fault`] with its CONTRL code (0085) and level, and a [`Strictness`] says which faults refuse and which warn.
//! Elements and components are counted as the norm counts them, from 1: element 1 is the first after the tag.

mod charset;
mod check;
mod components;
pub mod contrl;
mod detect;
mod dress;
mod envelope;
mod events;
mod fault;
mod faults;
mod forms;
mod layout;
mod message;
mod number;
mod open;
mod parcel;
mod reader;
mod references;
mod repertoire;
mod segment;
mod service;
mod session;
mod split;
mod strange;
mod strictness;
#[cfg(test)]
mod tests;
mod window;
mod words;
pub mod write;

pub use charset::Charset;
pub use check::Breach;
pub use detect::{headless, is_edifact};
pub use dress::{Dress, Stamp};
pub use envelope::{Acknowledge, Address, Envelope, Group, MessageType, Prepared};
pub use events::{End, Event, Whole, read, read_around};
pub use fault::{Answer, Concern, Fault, Level, Place, Place as FaultPlace, Refusal, RefusalKind};
pub use forms::{Class, ComponentForm, ElementForm, Forms, service_forms};
pub use message::{Message, Package};
pub use number::{NumberFault, plain};
pub use reader::{Interchange, Options};
pub use segment::{Element, Segment};
pub use service::Service;
pub use split::{Split, split};
pub use strictness::Strictness;
