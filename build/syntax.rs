//! Reads `schemas/syntax/*.txt` (the format stands in `schemas/README.md`) and writes its types as Rust statics.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::list;
use super::model::{self, Accepts, Model};
use super::names::Names;

#[derive(Default)]
pub struct Syntax {
    /// The release of a syntax that is read in another one, a profile of it, or a syntax beside it that shares the names of its types:
    /// they are marked with it.
    pub release: &'static str,
    pub spaces: Vec<(String, String)>,
    /// Element and its type.
    pub roots: Vec<(String, String)>,
    /// Element and its type: what may stand wherever a wildcard allows it.
    pub globals: Vec<(String, String)>,
    pub types: Vec<Type>,
}

pub struct Type {
    pub name: String,
    pub lexical: String,
    pub children: Vec<Child>,
    /// The children where places in a row do not say it.
    pub model: Option<Model>,
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
    /// One of these values.
    OneOf(Vec<String>),
}

pub fn parse(text: &str, release: &'static str) -> Syntax {
    let mut syntax = Syntax { release, ..Syntax::default() };
    let marked = |kind: &str| if kind.starts_with("xs:") { kind.to_owned() } else { format!("{release}{kind}") };
    for (number, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let owner = syntax.types.last_mut();
        match (words.as_slice(), owner) {
            ([] | ["#", ..], _) => {}
            (["ns", prefix, uri], _) => syntax.spaces.push(((*prefix).to_owned(), (*uri).to_owned())),
            (["root", element, kind], _) => syntax.roots.push(((*element).to_owned(), marked(kind))),
            (["global", element, kind], _) => syntax.globals.push(((*element).to_owned(), (*kind).to_owned())),
            (["~", ..], Some(owner)) => owner.model = Some(model::parse(line.trim_start_matches('~'))),
            (["type", name, lexical], _) => syntax.types.push(Type {
                name: marked(name),
                lexical: (*lexical).to_owned(),
                children: Vec::new(),
                model: None,
                attributes: Vec::new(),
            }),
            ([mark @ ("-" | "/"), element, min, max, kind], Some(owner)) => {
                let last = owner.children.last().map(|c| c.place);
                let place = match *mark {
                    "/" => last.unwrap_or_else(|| panic!("line {}: an alternative to nothing", number + 1)),
                    _ => last.map_or(0, |p| p + 1),
                };
                let max = (*max != "*").then(|| max.parse().expect("a number or *"));
                let (element, kind) = ((*element).to_owned(), marked(kind));
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
                    ["=", values @ ..] => Facet::OneOf(values.iter().map(|v| (*v).to_owned()).collect()),
                    ["fixed", value @ ..] => Facet::Fixed(value.join(" ")),
                    _ => panic!("line {}: {line}", number + 1),
                },
            }),
            _ => panic!("line {}: {line}", number + 1),
        }
    }
    syntax
}

/// The types of XML Schema itself that stand in the tables.
const BUILT_IN: [(&str, &str); 8] = [
    ("boolean", "boolean"),
    ("date", "date"),
    ("dateTime", "dateTime"),
    ("anyType", "any"),
    ("anyURI", "uri"),
    ("integer", "integer"),
    ("string", "text"),
    ("base64Binary", "base64"),
];

/// Life-cycle messages: a syntax beside the invoices', whose types share names with theirs.
pub const BESIDE: &str = "cdar/";

pub fn rust(syntaxes: &[Syntax], names: &Names) -> String {
    let mut index = BTreeMap::new();
    let (mut types, mut particles, mut attributes, mut models) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut particle_names = Vec::new();
    // The built-in types of XSD come first, so that a child may name one.
    for (n, (name, lexical)) in BUILT_IN.iter().enumerate() {
        index.insert(format!("xs:{name}"), n);
        types.push(format!(
            "Type {{ name: \"xs:{name}\", lexical: {}, particles: (0, 0), model: None, attributes: (0, 0), requires: false, is_plain: {} }}",
            variant(lexical),
            matches!(*lexical, "text" | "token")
        ));
    }
    for kind in syntaxes.iter().flat_map(|s| &s.types) {
        let next = index.len();
        assert!(index.insert(kind.name.clone(), next).is_none(), "type {} stands twice", kind.name);
    }
    for (release, kind) in syntaxes.iter().flat_map(|s| s.types.iter().map(|kind| (s.release, kind))) {
        let (first, first_attribute) = (particles.len(), attributes.len());
        for (at, child) in kind.children.iter().enumerate() {
            let free = kind.children[at..].iter().take_while(|child| child.min == 0).count();
            // The structure check finds a child by its name alone.
            let twice = kind.children[..at].iter().any(|other| other.element == child.element);
            assert!(!twice, "{}: {} stands twice", kind.name, child.element);
            let first = kind.children.iter().position(|other| other.place == child.place).expect("itself at least");
            particle_names.push(format!("Name({})", names.number(&child.element)));
            let target = index.get(&child.kind).unwrap_or_else(|| panic!("no type {}", child.kind));
            particles.push(format!(
                "Particle {{ name: Name({}), place: {}, min: {}, max: {}, kind: {target}, free: {free} }}",
                names.number(&child.element),
                first,
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
                    Facet::OneOf(values) => format!("Facet::OneOf(&{values:?})"),
                },
            ));
        }
        let requires = kind.attributes.iter().any(|attribute| attribute.required);
        let model = kind.model.as_ref().map(|model| {
            let space = names.uri(kind.name.split(':').next().expect("split gives one"));
            models.push(model_rust(model, space, names, &index));
            models.len() - 1
        });
        types.push(format!(
            "Type {{ name: {:?}, lexical: {}, particles: ({first}, {}), model: {model:?}, attributes: ({first_attribute}, {}), \
             requires: {requires}, is_plain: {} }}",
            kind.name.trim_start_matches(release),
            variant(&kind.lexical),
            particles.len(),
            attributes.len(),
            !requires && matches!(kind.lexical.as_str(), "text" | "token")
        ));
    }
    let elements = |of: fn(&Syntax) -> &[(String, String)]| {
        let mut all: Vec<_> =
            syntaxes.iter().flat_map(of).map(|(element, kind)| (names.number(element), index[kind])).collect();
        all.sort_unstable();
        list(all.iter().map(|(name, kind)| format!("(Name({name}), {kind})")))
    };
    // A syntax of its own is read as such; older releases and profiles only when they are asked for.
    fn is_own(s: &Syntax) -> bool {
        s.release.is_empty() || s.release == BESIDE
    }
    let roots = elements(|s| if is_own(s) { &s.roots } else { &[] });
    let others = syntaxes.iter().filter(|s| !is_own(s)).flat_map(|s| s.roots.iter().map(move |root| (root, s.release)));
    let other_roots = list(others.map(|((element, kind), release)| {
        format!("({:?}, Name({}), {})", release.trim_end_matches('/'), names.number(element), index[kind])
    }));
    let globals = elements(|s| &s.globals);
    let mut out = String::new();
    writeln!(out, "pub static ROOTS: &[(Name, u16)] = {roots};").expect("string");
    writeln!(out, "pub static OTHER_ROOTS: &[(&str, Name, u16)] = {other_roots};").expect("string");
    writeln!(out, "pub static GLOBALS: &[(Name, u16)] = {globals};").expect("string");
    writeln!(out, "pub static MODELS: &[Model] = {};", list(models)).expect("string");
    writeln!(out, "pub static TYPES: &[Type] = {};", list(types)).expect("string");
    writeln!(out, "pub static PARTICLES: &[Particle] = {};", list(particles)).expect("string");
    writeln!(out, "pub static PARTICLE_NAMES: &[Name] = {};", list(particle_names)).expect("string");
    writeln!(out, "pub static ATTRIBUTES: &[AttributeUse] = {};", list(attributes)).expect("string");
    out
}

fn model_rust(model: &Model, space: &str, names: &Names, index: &BTreeMap<String, usize>) -> String {
    let positions = model.positions.iter().enumerate().map(|(n, accepts)| {
        let accepts = match accepts {
            Accepts::Element { name, kind } => {
                format!("Accepts::Element(Name({}), {})", names.number(name), index[kind])
            }
            Accepts::Wildcard { other, strict } => {
                format!("Accepts::Wildcard {{ but: {:?}, strict: {strict} }}", other.then_some(space))
            }
        };
        format!("Position {{ accepts: {accepts}, last: {}, follow: &{:?} }}", model.last.contains(&n), model.follow[n])
    });
    format!("Model {{ positions: {}, first: &{:?}, nullable: {} }}", list(positions), model.first, model.nullable)
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
        "integer" => "Integer",
        "id" => "Id",
        "mixed" => "Mixed",
        "any" => "Any",
        other => panic!("no lexical type {other}"),
    };
    format!("Lexical::{name}")
}
