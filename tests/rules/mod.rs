//! The rule book keeps its promises: every rule is documented, fires where its fixture says and nowhere else, and never panics.

mod causes;
mod chorus;
mod complete;
mod conformance;
pub mod edit;
mod explained;
mod fixtures;
mod french;
mod hostile;
mod meant;
mod suspects;
mod workings;
