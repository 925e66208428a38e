//! Customer rules: one TOML file a customer, written by people of finance, judged by the predicate engine.
mod anchors;
mod clients;
mod fault;
mod file;
mod fold;
mod foreign;
mod inherit;
mod judge;
mod matching;
mod mention;
mod parse;
mod parse_rule;
mod reader;
mod say;
mod show;
mod suggest;

pub use clients::{Clients, Folder};
pub use fault::{FaultKind, FileError};
pub use inherit::ClientRules;
pub use judge::{Outcome, Proof, Verdict};
pub use matching::{AMBIGUOUS, Ambiguity, Choice};

use crate::invoice::Term;

/// The terms that stand in a group, at any depth.
fn terms_of(group: Term) -> impl Iterator<Item = Term> {
    Term::all().filter(move |t| !t.is_group() && std::iter::successors(t.parent(), |p| p.parent()).any(|p| p == group))
}
