//! The rule book: registry, predicate engine, packs, customer rules.
mod finding;
pub use finding::{Finding, Severity};
