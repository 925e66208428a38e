//! The structure of the syntaxes, as `build.rs` wrote it from `schemas/syntax/`.

use std::collections::HashMap;
use std::sync::LazyLock;

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
    Integer,
    Boolean,
    Date,
    Time,
    DateTime,
    Base64,
    /// A name that no other element of the document bears (`xs:ID`).
    Id,
    /// Text and child elements.
    Mixed,
    /// Anything at all inside; only what is declared is checked.
    Any,
}

/// A type: what may stand in an element. Ranges point into [`PARTICLES`] and [`ATTRIBUTES`].
pub struct Type {
    /// As the tables write it; a type without a name bears its owner's, a point and its element's.
    pub name: &'static str,
    pub lexical: Lexical,
    particles: (u16, u16),
    /// Where places in a row do not say what may stand inside.
    model: Option<u16>,
    attributes: (u16, u16),
    /// Is any of them required?
    pub requires: bool,
    /// Does it take every text, where nothing else stands?
    pub is_plain: bool,
}

/// A child element in its place.
pub struct Particle {
    pub name: Name,
    /// Alternatives share a place: the position of the first of them.
    pub place: u16,
    pub min: u32,
    /// `u32::MAX` where unbounded.
    pub max: u32,
    pub kind: u16,
    /// How many, from this one on, need not stand.
    pub free: u16,
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
    OneOf(&'static [&'static str]),
}

/// What may stand in an element, as an automaton: a state is the position of the last child.
pub struct Model {
    pub positions: &'static [Position],
    /// Where the first child may stand.
    pub first: &'static [u16],
    /// May the element be without children?
    pub nullable: bool,
}

pub struct Position {
    pub accepts: Accepts,
    /// May the element end here?
    pub last: bool,
    pub follow: &'static [u16],
}

pub enum Accepts {
    Element(Name, u16),
    /// Any element, but those of one name space and of none where `but` says so; declared ones only where `strict`.
    Wildcard {
        but: Option<&'static str>,
        strict: bool,
    },
}

impl Type {
    pub fn get(kind: u16) -> &'static Type {
        &TYPES[usize::from(kind)]
    }

    pub fn particles(&self) -> &'static [Particle] {
        &PARTICLES[usize::from(self.particles.0)..usize::from(self.particles.1)]
    }

    /// The names of its particles, apart from the rest of them: this is what is searched.
    pub fn names(&self) -> &'static [Name] {
        &PARTICLE_NAMES[usize::from(self.particles.0)..usize::from(self.particles.1)]
    }

    pub fn model(&self) -> Option<&'static Model> {
        self.model.map(|model| &MODELS[usize::from(model)])
    }

    pub fn attributes(&self) -> &'static [AttributeUse] {
        &ATTRIBUTES[usize::from(self.attributes.0)..usize::from(self.attributes.1)]
    }
}

/// The type of a document element.
pub fn root(name: Name) -> Option<u16> {
    ROOTS.iter().find(|(root, _)| *root == name).map(|(_, kind)| *kind)
}

/// The same in another release, or in a profile, that shares the name spaces of CII D22B: `d16b`, `facturx-basic`.
pub fn other_root(release: &str, name: Name) -> Option<u16> {
    OTHER_ROOTS.iter().find(|(known, root, _)| *known == release && *root == name).map(|(.., kind)| *kind)
}

/// The type of an element that may stand wherever a wildcard allows it.
pub fn global(name: Name) -> Option<u16> {
    GLOBALS.binary_search_by_key(&name, |(global, _)| *global).ok().map(|at| GLOBALS[at].1)
}

/// A type by prefix of the tables and name; none for those that the schemas leave without a name.
pub fn named(qualified: &str) -> Option<u16> {
    static BY_NAME: LazyLock<HashMap<&str, u16>> = LazyLock::new(|| {
        let mut names = HashMap::with_capacity(TYPES.len());
        for (kind, number) in TYPES.iter().zip(0u16..).filter(|(kind, _)| !kind.name.contains('.')) {
            names.entry(kind.name).or_insert(number);
        }
        names
    });
    BY_NAME.get(qualified).copied()
}

/// The names of all syntaxes.
pub fn vocabulary() -> &'static Vocabulary {
    &VOCABULARY
}

/// The number of a name of the tables, such as `cbc:ID`.
pub fn name_of(qualified: &str) -> Option<Name> {
    let (prefix, local) = qualified.split_once(':')?;
    // CII and CDAR share a prefix.
    let spaces = (0..).zip(VOCABULARY.spaces).filter(|(_, (known, _))| *known == prefix);
    spaces.into_iter().find_map(|(space, _)| VOCABULARY.find(space, local))
}

include!(concat!(env!("OUT_DIR"), "/names.rs"));
include!(concat!(env!("OUT_DIR"), "/syntax.rs"));
