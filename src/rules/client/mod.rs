//! Customer rules: one TOML file a customer, written by people of finance, judged by the predicate engine.
//!
//! The way a file takes: [`Folder`] (names and bytes) → `parse` (every fault at its place, in two languages) → `inherit` (what
//! it extends) → [`Clients`] (all of them, swapped in whole; a bad file keeps its last good version) → `matching` (whose
//! invoice is it?) → `judge` (findings) or [`ClientRules::test`] (what became of each rule). Nothing here opens a file.
//!
//! # Example
//! ```
//! use facteur::rules::client::{Clients, Folder};
//!
//! let folder: Folder = [(
//!     "mairie.toml",
//!     r#"
//!         match = { siret = ["21690123100011"] }
//!         [[require]]
//!         term = "BT-13"
//!         pattern = '^\d{10}$'
//!     "#,
//! )]
//! .into_iter()
//! .collect();
//! let clients = Clients::load(&folder).unwrap_or_else(|faults| panic!("{}", faults[0]));
//! assert_eq!(clients.named("mairie").map(|c| c.count()), Some(1));
//! ```

mod anchors;
mod chorus;
mod clients;
mod denial;
mod explain;
mod fault;
mod file;
mod fold;
mod foreign;
mod inherit;
mod judge;
mod judge_limits;
mod judge_rule;
mod matching;
mod mention;
mod mentioned;
mod overrule;
mod parse;
mod parse_rule;
mod parse_term;
mod parse_waive;
mod payment;
mod reader;
mod say;
mod say_overrule;
mod severity;
mod show;
mod suggest;
mod told;
mod waive;

pub use chorus::Chorus;
pub use clients::{Clients, Folder};
pub use explain::{explain, explained};
pub use fault::{FaultKind, FileError};
pub use file::{Allowed, Ask, Key, KeyKind, Limits, Origin, Placed, Rule};
pub(crate) use fold::fold;
pub use foreign::toml as toml_said;
pub use inherit::ClientRules;
pub use judge::{Outcome, Proof, Verdict};
pub use matching::{AMBIGUOUS, Ambiguity, Choice};
pub use mention::{Mention, Missing, Need, all as mentions, named as mention};
pub use mentioned::{Asked, Level};
pub use overrule::{Judged, overrule};
pub use parse_waive::platform_severities;
pub use payment::Payment;
pub use reader::{place, text};
pub(super) use say::{add_mention, where_proven};
pub use severity::{SeverityRule, place as severity_place};
pub use told::Told;
pub use waive::{Standing, WAIVERS, Waiver};

use crate::invoice::Term;

/// The terms that stand in a group, at any depth.
fn terms_of(group: Term) -> impl Iterator<Item = Term> {
    Term::all().filter(move |t| !t.is_group() && std::iter::successors(t.parent(), |p| p.parent()).any(|p| p == group))
}

#[cfg(test)]
mod tests;
