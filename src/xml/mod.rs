//! XML as facteur reads it: bytes to text, text to a flat tree of elements, under bounds and without DTDs.
//!
//! The tree knows names by number: a [`Vocabulary`], generated from the tables in `schemas/`, numbers the names of the
//! syntaxes, so that readers compare integers. Names no table knows are numbered per document.

mod build;
mod decode;
#[cfg(test)]
mod differential;
mod grammar;
mod hash;
mod head;
mod kin;
mod line;
mod name;
mod refusal;
mod scanner;
mod scope;
mod shapes;
mod spaces;
#[cfg(test)]
mod tests;
mod texts;
mod tree;
mod vocabulary;

pub use decode::{decode, encode_as};
pub(crate) use grammar::is_xml_name;
pub use head::Head;
pub use name::Name;
pub use refusal::{Refusal, RefusalKind};
pub use shapes::{Shape, ShapeId};
pub use tree::{Attribute, Node, NodeId, Span, Tree};
pub use vocabulary::{UNKNOWN_SPACE, Vocabulary};
