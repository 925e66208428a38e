//! The structure of the syntaxes, as `build.rs` wrote it from `schemas/syntax/`.

use crate::xml::{Name, Vocabulary};

/// What the text of an element or attribute must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lexical {
    /// No text: child elements only.
    None,
    Text,
    Token,
    /// A language tag (`xs:language`).
    Language,
    /// A reference (`xs:anyURI`).
    Uri,
    Decimal,
    Boolean,
    Date,
    Time,
    DateTime,
    Base64,
    /// Anything at all inside; nothing is checked.
    Any,
}

/// A type: what may stand in an element. Ranges point into [`PARTICLES`] and [`ATTRIBUTES`].
pub struct Type {
    pub lexical: Lexical,
    particles: (u16, u16),
    attributes: (u16, u16),
}

/// A child element in its place.
pub struct Particle {
    pub name: Name,
    /// Alternatives share a place.
    pub place: u16,
    pub min: u32,
    /// `u32::MAX` where unbounded.
    pub max: u32,
    pub kind: u16,
}

pub struct AttributeUse {
    pub name: Name,
    pub required: bool,
    pub lexical: Lexical,
    pub facet: Facet,
}

/// What an attribute's type asks for beyond its lexical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facet {
    None,
    /// So many characters, blanks collapsed; `usize::MAX` where there is no end.
    Length(usize, usize),
    /// This value only.
    Fixed(&'static str),
}

impl Type {
    pub fn get(kind: u16) -> &'static Type {
        &TYPES[usize::from(kind)]
    }

    pub fn particles(&self) -> &'static [Particle] {
        &PARTICLES[usize::from(self.particles.0)..usize::from(self.particles.1)]
    }

    pub fn attributes(&self) -> &'static [AttributeUse] {
        &ATTRIBUTES[usize::from(self.attributes.0)..usize::from(self.attributes.1)]
    }
}

/// The type of a document element.
pub fn root(name: Name) -> Option<u16> {
    ROOTS.iter().find(|(root, _)| *root == name).map(|(_, kind)| *kind)
}

/// The names of all syntaxes.
pub fn vocabulary() -> &'static Vocabulary {
    &VOCABULARY
}

include!(concat!(env!("OUT_DIR"), "/names.rs"));
include!(concat!(env!("OUT_DIR"), "/syntax.rs"));
