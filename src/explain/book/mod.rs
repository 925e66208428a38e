//! The rule book: everything that can be explained, as pages of Markdown, a few for each family. `docs/rules/` is this.

mod leaves;
mod links;

use crate::text::Lang;

/// The book in one language.
pub struct Book {
    pub leaves: Vec<Leaf>,
}

/// A page of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The name of its file, such as `br-co.md`.
    pub file: String,
    pub text: String,
}

/// The book. The same tables make the same bytes.
pub fn book(lang: Lang) -> Book {
    Book { leaves: leaves::all(lang) }
}

impl Book {
    /// All pages in a row, for one stream.
    pub fn text(&self) -> String {
        self.leaves.iter().map(|leaf| leaf.text.as_str()).collect::<Vec<_>>().join("\n")
    }
}
