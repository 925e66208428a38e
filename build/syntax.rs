//! Reads `schemas/syntax/*.txt` (the format stands in `schemas/README.md`) and writes its types as Rust statics.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::list;
use crate::names::Names;

#[derive(Default)]
pub struct Syntax {
    pub spaces: Vec<(String, String)>,
    /// Element and its type.
    pub roots: Vec<(String, String)>,
    pub types: Vec<Type>,
}

pub struct Type {
    pub name: String,
    pub lexical: String,
    pub children: Vec<Child>,
    pub attributes: Vec<Attribute>,
}

pub struct Child {
    pub element: String,
    /// Alternatives of one place share its number.
    pub place: usize,
    pub min: u32,
    pub max: Option<u32>,
    pub kind: String,
}

pub struct Attribute {
    pub name: String,
    pub required: bool,
    pub lexical: String,
    pub facet: Facet,
}

/// What an attribute's type asks for beyond its lexical form.
pub enum Facet {
    None,
    /// So many characters, blanks collapsed.
    Length(usize, usize),
    /// This value only.
    Fixed(String),
}

pub fn parse(text: &str) -> Syntax {
    let mut syntax = Syntax::default();
    for (number, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let owner = syntax.types.last_mut();
        match (words.as_slice(), owner) {
            ([] | ["#", ..], _) => {}
            (["ns", prefix, uri], _) => syntax.spaces.push(((*prefix).to_owned(), (*uri).to_owned())),
            (["root", element, kind], _) => syntax.roots.push(((*element).to_owned(), (*kind).to_owned())),
            (["type", name, lexical], _) => syntax.types.push(Type {
                name: (*name).to_owned(),
                lexical: (*lexical).to_owned(),
                children: Vec::new(),
                attributes: Vec::new(),
            }),
            ([mark @ ("-" | "/"), element, min, max, kind], Some(owner)) => {
                let last = owner.children.last().map(|c| c.place);
                let place = match *mark {
                    "/" => last.unwrap_or_else(|| panic!("line {}: an alternative to nothing", number + 1)),
                    _ => last.map_or(0, |p| p + 1),
                };
                let max = (*max != "*").then(|| max.parse().expect("a number or *"));
                let (element, kind) = ((*element).to_owned(), (*kind).to_owned());
                owner.children.push(Child { element, place, min: min.parse().expect("a number"), max, kind });
            }
            (["@", name, use_, lexical, rest @ ..], Some(owner)) => owner.attributes.push(Attribute {
                name: (*name).to_owned(),
                required: *use_ == "required",
                lexical: (*lexical).to_owned(),
                facet: match rest {
                    [] => Facet::None,
                    ["length", min, max] => Facet::Length(
                        min.parse().expect("a number"),
                        if *max == "*" { usize::MAX } else { max.parse().expect("a number or *") },
                    ),
                    ["fixed", value @ ..] => Facet::Fixed(value.join(" ")),
                    _ => panic!("line {}: {line}", number + 1),
                },
            }),
            _ => panic!("line {}: {line}", number + 1),
        }
    }
    syntax
}

pub fn rust(syntaxes: &[Syntax], names: &Names) -> String {
    let mut index = BTreeMap::new();
    let (mut types, mut particles, mut attributes, mut roots) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    // The built-in types of XSD come first, so that a child may name one.
    for (n, lexical) in ["boolean", "date", "dateTime"].iter().enumerate() {
        index.insert(format!("xs:{lexical}"), n);
        types.push(format!("Type {{ lexical: {}, particles: (0, 0), attributes: (0, 0) }}", variant(lexical)));
    }
    for kind in syntaxes.iter().flat_map(|s| &s.types) {
        let next = index.len();
        assert!(index.insert(kind.name.clone(), next).is_none(), "type {} stands twice", kind.name);
    }
    for kind in syntaxes.iter().flat_map(|s| &s.types) {
        let (first, first_attribute) = (particles.len(), attributes.len());
        for child in &kind.children {
            let target = index.get(&child.kind).unwrap_or_else(|| panic!("no type {}", child.kind));
            particles.push(format!(
                "Particle {{ name: Name({}), place: {}, min: {}, max: {}, kind: {target} }}",
                names.number(&child.element),
                child.place,
                child.min,
                child.max.map_or("u32::MAX".to_owned(), |m| m.to_string()),
            ));
        }
        for attribute in &kind.attributes {
            attributes.push(format!(
                "AttributeUse {{ name: Name({}), required: {}, lexical: {}, facet: {} }}",
                names.number(&attribute.name),
                attribute.required,
                variant(&attribute.lexical),
                match &attribute.facet {
                    Facet::None => "Facet::None".to_owned(),
                    Facet::Length(min, max) => format!("Facet::Length({min}, {max})"),
                    Facet::Fixed(value) => format!("Facet::Fixed({value:?})"),
                },
            ));
        }
        types.push(format!(
            "Type {{ lexical: {}, particles: ({first}, {}), attributes: ({first_attribute}, {}) }}",
            variant(&kind.lexical),
            particles.len(),
            attributes.len()
        ));
    }
    for (element, kind) in syntaxes.iter().flat_map(|s| &s.roots) {
        roots.push(format!("(Name({}), {})", names.number(element), index[kind]));
    }
    let mut out = String::new();
    writeln!(out, "pub static ROOTS: &[(Name, u16)] = {};", list(roots)).expect("string");
    writeln!(out, "pub static TYPES: &[Type] = {};", list(types)).expect("string");
    writeln!(out, "pub static PARTICLES: &[Particle] = {};", list(particles)).expect("string");
    writeln!(out, "pub static ATTRIBUTES: &[AttributeUse] = {};", list(attributes)).expect("string");
    out
}

fn variant(lexical: &str) -> String {
    let name = match lexical {
        "none" => "None",
        "text" => "Text",
        "token" => "Token",
        "language" => "Language",
        "uri" => "Uri",
        "decimal" => "Decimal",
        "boolean" => "Boolean",
        "date" => "Date",
        "time" => "Time",
        "dateTime" => "DateTime",
        "base64" => "Base64",
        "any" => "Any",
        other => panic!("no lexical type {other}"),
    };
    format!("Lexical::{name}")
}
