//! Corrections that cannot change what is owed: what can be put right mechanically, proposed term by term.
//!
//! Three promises, each held by the program before anything leaves this room. Only terms that a correction names differ afterwards,
//! and never an amount, a price, a quantity, a date, a party, an identifier's value, a VAT category or a currency ([`guard`]). No
//! correction brings up a finding that was not there: all is judged again with it, and one that does is left out and told. What has
//! been corrected is not proposed a second time. The text is edited where it stands; all else keeps its bytes.

mod codes;
mod frame;
mod guard;
mod json;
mod look;
mod mention;
mod notes;
mod rate;
mod run;
mod scheme;
mod scheme_reading;
mod seal;
mod table;
mod text;
mod treatment;

pub use guard::Change;
pub use json::{Outcome, json, list as list_json};
pub use look::{Asked, Frame};
pub use run::{Applied, Fixed, Judge, Left, Standing, Trouble, fix};
pub use seal::is_sealed_pdf;
pub use table::{Correction, Words, correction, corrections};
pub use text::{list, text};
