//! Numbers every element and attribute name of the syntaxes.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::hash::hash;
use super::list;
use super::model::Accepts;
use super::syntax::Syntax;

/// The prefix by which the tables call the name space of CDAR's document element: all the world writes `rsm`, as in CII.
const CDAR: (&str, &str) = ("cdar", "rsm");

/// Names of the tables as people know them.
pub fn shown(text: &str) -> String {
    text.replace(&format!("{}:", CDAR.0), &format!("{}:", CDAR.1))
}

pub struct Names {
    spaces: Vec<(String, String)>,
    names: Vec<(u8, String)>,
}

impl Names {
    /// The names of the syntaxes, and those of the rows of rules: some forbid what no syntax has.
    pub fn collect(syntaxes: &[Syntax], rules: &str) -> Self {
        let mut spaces = vec![(String::new(), String::new())];
        for (prefix, uri) in syntaxes.iter().flat_map(|s| &s.spaces) {
            if !spaces.contains(&(prefix.clone(), uri.clone())) {
                spaces.push((prefix.clone(), uri.clone()));
            }
        }
        let space_of = |qualified: &str| {
            let prefix = qualified.split_once(':').map_or("", |(prefix, _)| prefix);
            spaces.iter().position(|(p, _)| p == prefix).unwrap_or_else(|| panic!("prefix of {qualified}")) as u8
        };
        let local = |qualified: &str| qualified.rsplit(':').next().expect("split gives one").to_owned();
        let mut names = BTreeSet::new();
        for syntax in syntaxes {
            for (element, _) in syntax.roots.iter().chain(&syntax.globals) {
                names.insert((space_of(element), local(element)));
            }
            for kind in &syntax.types {
                for child in &kind.children {
                    names.insert((space_of(&child.element), local(&child.element)));
                }
                for accepts in kind.model.iter().flat_map(|model| &model.positions) {
                    if let Accepts::Element { name, .. } = accepts {
                        names.insert((space_of(name), local(name)));
                    }
                }
                for attribute in &kind.attributes {
                    names.insert((0, attribute.name.clone()));
                }
            }
        }
        let marks = [' ', '/', '{', '}', '[', ']', '(', ')', '|', ';', ',', '=', '~', '^', '!', '<', '>', '\n'];
        for word in rules.split(marks).filter(|word| !word.contains('*')) {
            if let Some(attribute) = word.strip_prefix('@') {
                names.insert((0, attribute.to_owned()));
            } else if word.split_once(':').is_some_and(|(prefix, _)| spaces.iter().any(|(p, _)| p == prefix)) {
                names.insert((space_of(word), local(word)));
            }
        }
        Self { spaces, names: names.into_iter().collect() }
    }

    /// The numbers of elements whose name ends so, of one prefix or of all.
    pub fn ending(&self, prefix: Option<&str>, end: &str) -> Vec<usize> {
        let of = |space: u8| {
            let own = self.spaces[usize::from(space)].0.as_str();
            space != 0 && prefix.is_none_or(|p| p == own)
        };
        self.names.iter().enumerate().filter(|(_, (s, l))| of(*s) && l.ends_with(end)).map(|(n, _)| n).collect()
    }

    /// The name space of a prefix.
    pub fn uri(&self, prefix: &str) -> &str {
        self.spaces.iter().find(|(p, _)| p == prefix).map_or_else(|| panic!("no prefix {prefix}"), |(_, uri)| uri)
    }

    /// How many names there are.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// A constant for each name, `cbc_ID`, so that rules compare numbers.
    pub fn constants(&self) -> String {
        let mut out = String::new();
        for (number, (space, local)) in self.names.iter().enumerate() {
            let prefix = &self.spaces[usize::from(*space)].0;
            let prefix = if prefix.is_empty() { "at" } else { prefix.as_str() };
            let constant = format!("{prefix}_{local}");
            if constant.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                writeln!(out, "pub const {constant}: Name = Name({number});").expect("string");
            }
        }
        out
    }

    /// The number of `cbc:ID`, or of an attribute written without a prefix.
    pub fn number(&self, qualified: &str) -> usize {
        let (prefix, local) = qualified.split_once(':').unwrap_or(("", qualified));
        let space =
            self.spaces.iter().position(|(p, _)| p == prefix).unwrap_or_else(|| panic!("prefix of {qualified}"));
        let found = self.names.iter().position(|(s, l)| usize::from(*s) == space && l == local);
        found.unwrap_or_else(|| panic!("{qualified} is in no syntax"))
    }

    pub fn rust(&self) -> String {
        let mut slots = vec![0u16; (self.names.len() * 3).next_power_of_two()];
        let mask = slots.len() - 1;
        for (number, (space, local)) in self.names.iter().enumerate() {
            let mut at = hash(*space, local) as usize & mask;
            while slots[at] != 0 {
                at = (at + 1) & mask;
            }
            slots[at] = u16::try_from(number + 1).expect("fewer names than 65,535");
        }
        let written = |(prefix, uri): &(String, String)| {
            format!("({:?}, {uri:?})", if prefix == CDAR.0 { CDAR.1 } else { prefix.as_str() })
        };
        let mut out = String::from("pub static VOCABULARY: Vocabulary = Vocabulary { ");
        write!(out, "spaces: {}, ", list(self.spaces.iter().map(written))).expect("string");
        write!(out, "names: {}, ", list(self.names.iter().map(|(s, l)| format!("({s}, {l:?})")))).expect("string");
        write!(out, "slots: {} }};", list(slots.iter().map(u16::to_string))).expect("string");
        out
    }
}
