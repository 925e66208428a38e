//! What happened, told to people: events, states and causes in words, French and English. The command line, the demo and the
//! page say the same.

mod cashed;
mod corrections;
mod message;
pub mod next;
mod recipient;
pub mod sentences;
mod statement;
pub mod timeline;
pub mod words;
