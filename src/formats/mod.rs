//! Bytes to invoice. The syntax is found by content, never by a file's name.
//!
//! Readers are driven by two tables: the *schema* (`schemas/syntax/`: element, order, cardinality, type) and the *binding*
//! (`schemas/binding.csv`: where each term stands in each syntax).

mod bind;
pub mod cdar;
mod content;
mod discount;
pub mod edifact;
mod edit;
mod example;
pub mod facturx;
mod form;
pub mod instalments;
mod lexical;
mod loose;
mod meant;
mod mend;
pub mod peppol;
mod place;
mod read;
mod received;
mod same;
mod several;
mod structure;
mod syntax;
mod vat_total;
pub mod write;
pub mod x12;
mod zeros;

pub use bind::{first_at, path, paths, term_at};
pub use edit::{Edit, element, follower, holds_elements, spaces};
pub use example::{example, example_at, in_currency, plain, put_right, renamed, whole_at, without};
pub use facturx::Envelope;
pub use form::is_form;
pub use loose::loose;
pub use meant::{days, doubt, meant};
pub use mend::{Mend, Moves, Piece};
pub use place::{Child, Place, named, names, place};
pub use read::{
    NotCarried, Read, Unreadable, is_life_cycle, is_to_be_written, life_cycle, of_received, read, read_any,
    read_any_text, read_edi, read_text,
};
pub use received::{
    Beside, BesideKind, Cut, Received, edi_name, edi_type, is_edi, received, several_received, written_at,
};
pub use several::{Other, Split, several, split};
pub use structure::{Fault, FaultKind, Hint, beyond};
pub use syntax::{Lexical, name_of, vocabulary};
pub use vat_total::{currency_of, vat_total, vat_totals};
