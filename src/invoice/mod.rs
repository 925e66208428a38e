//! The EN 16931 model: occurrences of terms, each as it stood in the document, with its place.
//!
//! A repeated BT-1 is two occurrences and a bad date is there to be judged: the model holds what was written. Typed
//! accessors ([`Occurrence::number`], [`Occurrence::day`]) sit above, and are what rules read. Terms are addressed as the
//! norm names them: `BT-13`, `BG-25[2]/BT-131` ([`Address`]).

mod address;
mod build;
mod chain;
mod credit;
mod draft;
mod identity;
mod listing;
mod model;
mod origin;
mod place;
mod recipient;
mod term;
mod value;

pub use address::Address;
pub use build::{Builder, DateForm};
pub use chain::{Before, Cited};
pub use credit::{called, is_credit, is_self_billed, owed};
pub use draft::{Draft, Gather, Said};
pub use identity::{Identity, Party, siren_of_vat};
pub use listing::Listed;
pub use model::{Group, GroupId, Invoice, Occurrence, OccurrenceId, Syntax, place, unseen_place};
pub use origin::{Origin, Places, Spot};
pub use place::{Place, in_message};
pub use recipient::{FRENCH_ADDRESS, Recipient};
pub use term::{Kind, Term, bt};
pub use value::{Bad, Value};
