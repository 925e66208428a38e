//! The rule book: registry, predicate engine, packs, customer rules.

mod calendar;
mod check;
pub mod chorus;
pub mod client;
mod condition;
mod en16931;
mod engine;
mod explain;
mod extended;
mod facturx;
mod finding;
mod form;
mod france;
mod items;
pub mod mentions;
mod named;
pub mod ours;
mod own;
pub mod predicate;
mod registry;
mod short;

pub use calendar::{Direction, Phase};
pub use check::{Check, CodeList, Codes, Pattern, codes};
pub use condition::{BadCondition, Condition};
pub use engine::{Judged, meant, written};
pub use explain::{explain, explained};
pub use facturx::unused;
pub use finding::{About, Aim, Finding, Part, Severity, SeverityWas, Waived, Working, lowered};
pub use named::{Named, Names, names};
pub use predicate::{Hit, Predicate};
#[cfg(test)]
pub(crate) use registry::versions;
pub use registry::{Doc, Pack, Rule, Version, pack, packs, packs_of, rule, rules, version_on};
