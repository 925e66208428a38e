//! The rule book: registry, predicate engine, packs, customer rules.

mod check;
pub mod client;
mod condition;
mod finding;
pub mod predicate;

pub use check::{Check, CodeList, Codes, Pattern};
pub use condition::{BadCondition, Condition};
pub use finding::{Finding, Severity};
pub use predicate::{Hit, Predicate};
