//! The steps an invoice takes: judge, deliver, settle, follow. Each is one commit; what a step decides is a pure function of
//! the row, the answer and the time, and [`Worker`] does the calls around it.
//!
//! | state | step | ends in |
//! |---|---|---|
//! | `received` | judge | `blocked`, `ready` |
//! | `ready`, judged by another day's rules or by customer files that changed since | none: back to be judged | `received` |
//! | `ready`, its recipient cannot receive as the directory says | none: a person looks | `parked` |
//! | `ready` | seal and intent on disk, then the call | `delivered`, `refused`, `ready` (not sent), `unknown` |
//! | `sending` found without a worker | none: nobody knows | `unknown` |
//! | `unknown` | ask | `delivered`, `ready` (absence proven), `parked` |
//! | `delivered`, `accepted`, `suspended`, `disputed` | follow | what the platform says |
//!
//! Beside the invoices' own steps, messages that a platform had for us are fetched ([`collect`]) and, once they are on disk, told to the invoices of which they
//! speak ([`messages`]); and what we say of invoices ourselves leaves as they do ([`statements`]).
//!
//! A process may end between any two lines of this room: what is on disk says how to go on.

pub mod acts;
mod again;
mod asked;
mod calls;
mod cashed;
pub mod chain;
mod circuit;
mod collect;
mod deposit;
mod draft;
mod early;
mod entitled;
mod heard;
mod judged;
pub mod messages;
mod moves;
pub mod next;
mod number;
pub mod order;
mod outgoing;
mod ports;
pub mod reception;
pub mod replies;
mod run;
mod sealing;
mod settings;
mod statements;
pub mod stating;
mod trouble;
mod worker;

#[cfg(test)]
mod simulation;

pub use draft::Fault;
pub use heard::told_in_order;
pub use judged::DUPLICATE;
pub use moves::allowed;
pub use ports::{
    Judge, Judged, JudgedFinding, Meaning, NoSeal, Ports, Route, Sealed, Sealer, Sendable, Stuck, Verdict, Written,
    chorus_meaning,
};
pub use run::run;
pub use settings::{PlatformSettings, Settings, backoff};
pub use worker::Worker;
