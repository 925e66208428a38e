//! Where each term stands in the INVOIC of each directory: `schemas/edifact/binding.csv`, its paths and their conditions.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::invoice::Term;
use crate::table::{Table, TableError, built_in};

use super::groups::mark;
use super::left::{Cells, cell};
use super::structure::{Directory, Tag, code, tag};

/// The binding of a directory.
#[derive(Debug, Default)]
pub struct Binding {
    /// What stands in the document itself, then in each group of terms, by the number of its term.
    places: Vec<Bound>,
}

/// The terms and groups of a group.
#[derive(Debug, Default)]
pub struct Bound {
    pub terms: Vec<(Term, Vec<Route>)>,
    pub groups: Vec<(Term, Vec<Route>)>,
}

/// A way from a segment group to segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// From the message rather than from where the group of terms is.
    pub from_message: bool,
    pub steps: Vec<Step>,
    /// What of the last step's segment says the term; none for groups.
    pub value: Option<Value>,
}

/// A segment of a group, or groups by their trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub tag: Tag,
    /// The tag's bit in the directory's structure: a group without it need not be looked through.
    pub bit: u64,
    /// The marks of the tag with the qualifiers that the conditions ask for; all where they ask for none.
    pub marks: u64,
    pub conditions: Vec<Condition>,
    /// Only the first that meets the conditions.
    pub first: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// 0 is the element that is looked at.
    pub element: usize,
    pub component: usize,
    pub not: bool,
    pub values: Vec<Box<str>>,
    /// The values as codes, those that are short enough for one.
    codes: Vec<u64>,
}

impl Condition {
    fn new(element: usize, component: usize, not: bool, values: &str) -> Condition {
        let values: Vec<Box<str>> = values.split(',').map(Into::into).collect();
        let codes = values.iter().filter_map(|value| code(value.as_bytes())).collect();
        Condition { element, component, not, values, codes }
    }

    /// Does it ask for one of some values, each of which is a code?
    fn is_short(&self) -> bool {
        !self.not && self.codes.len() == self.values.len()
    }

    /// Does what is said fulfil it?
    pub fn takes(&self, said: &[u8]) -> bool {
        self.values.iter().any(|value| value.as_bytes() == said) != self.not
    }

    /// Does a code fulfil it?
    #[inline]
    pub fn takes_code(&self, said: u64) -> bool {
        self.codes.contains(&said) != self.not
    }
}

/// Elements and components: several elements are so many values, several components one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    pub elements: (usize, usize),
    pub components: (usize, usize),
    pub conditions: Vec<Condition>,
}

impl Binding {
    pub fn of(directory: Directory) -> &'static Binding {
        static ALL: LazyLock<[Binding; 3]> = LazyLock::new(|| {
            const TEXT: &str = include_str!("../../../schemas/edifact/binding.csv");
            Directory::ALL.map(|d| built_in("edifact/binding", Binding::parse(TEXT, d)))
        });
        &ALL[directory as usize]
    }

    /// What stands in a group of terms, or, with none, in the document itself.
    pub fn inside(&self, group: Option<Term>) -> Option<&Bound> {
        self.places.get(group.map_or(0, |group| group.index() + 1))
    }

    /// By tag, the components of which conditions ask what they say.
    pub fn tested(&self) -> HashMap<Tag, Cells> {
        let mut tested: HashMap<Tag, Cells> = HashMap::new();
        for route in self.places.iter().flat_map(|b| b.terms.iter().chain(&b.groups)).flat_map(|(_, routes)| routes) {
            for step in &route.steps {
                let cells =
                    step.conditions.iter().filter(|c| !c.not).fold(0, |cells, c| cells | cell(c.element, c.component));
                *tested.entry(step.tag).or_default() |= cells;
            }
            let (Some(value), Some(last)) = (&route.value, route.steps.last()) else { continue };
            for condition in value.conditions.iter().filter(|c| !c.not) {
                let (first, end) =
                    if condition.element == 0 { value.elements } else { (condition.element, condition.element) };
                let cells = (first..=end).fold(0, |cells, e| cells | cell(e, condition.component));
                *tested.entry(last.tag).or_default() |= cells;
            }
        }
        tested
    }

    fn parse(text: &str, directory: Directory) -> Result<Binding, TableError> {
        let table = Table::parse(text)?;
        let term = table.column("term")?;
        let columns = [table.column("d96a")?, table.column("d01b")?, table.column("d16b")?];
        let mut places: Vec<Bound> = Vec::new();
        places.resize_with(Term::count() + 1, Bound::default);
        for row in &table.rows {
            let id = row.get(term);
            let term = Term::parse(id).ok_or_else(|| row.error(format!("{id} is no term")))?;
            // `=` says what the column before it says.
            let own = columns.iter().take(directory as usize + 1).rev().map(|c| row.get(*c)).find(|cell| *cell != "=");
            let mut routes = Vec::new();
            for path in own.unwrap_or_default().split(" | ").filter(|path| !path.trim().is_empty()) {
                let mut route = route(path.trim()).map_err(|what| row.error(what))?;
                for step in &mut route.steps {
                    step.bit = directory.structure().bit(step.tag);
                }
                routes.push(route);
            }
            if routes.iter().any(|route| route.value.is_none() != term.is_group()) {
                return Err(row.error("a term has `@`, a group has none"));
            }
            if routes.is_empty() {
                continue;
            }
            let bound = places.get_mut(term.group().map_or(0, |group| group.index() + 1));
            let bound = bound.ok_or_else(|| row.error("no such group"))?;
            if term.is_group() { bound.groups.push((term, routes)) } else { bound.terms.push((term, routes)) }
        }
        Ok(Binding { places })
    }
}

/// Where a term stands in a directory, in the words of the field: `NAD+SE / RFF+VA, 1.2` is component 2 of the first element of RFF; none where it
/// has no place there.
pub fn home(directory: Directory, term: Term) -> Option<String> {
    // Where it is usual, and a code of that directory: the first that is read may be one that later ones have (388).
    let usual = super::write::usual;
    let of = |term: Term| {
        let bound = Binding::of(directory).inside(term.group())?;
        let read = || bound.terms.iter().chain(&bound.groups).find(|(t, _)| *t == term)?.1.first();
        usual(directory, term).or_else(read)
    };
    let own = of(term)?;
    let mut steps: Vec<String> = own.steps.iter().map(words).collect();
    let mut around = term.group().filter(|_| !own.from_message);
    while let Some(group) = around {
        let route = of(group)?;
        let mut outer: Vec<String> = route.steps.iter().map(words).collect();
        outer.append(&mut steps);
        steps = outer;
        around = group.group().filter(|_| !route.from_message);
    }
    steps.dedup_by(|a, b| b.split('+').next() == Some(a.as_str()));
    let value = own.value.as_ref().map(|value| format!(", {}.{}", value.elements.0, value.components.0));
    Some(steps.join(" / ") + &value.unwrap_or_default()).filter(|home| !home.is_empty())
}

/// The same of a group, found once for all.
pub(super) fn home_of_group(directory: Directory, term: Term) -> Option<&'static str> {
    static ALL: LazyLock<[Vec<(Term, String)>; 3]> = LazyLock::new(|| {
        Directory::ALL.map(|directory| {
            let groups = Binding::of(directory).inside(None).into_iter().flat_map(|bound| &bound.groups);
            groups.filter_map(|(term, _)| Some((*term, home(directory, *term)?))).collect()
        })
    });
    ALL[directory as usize].iter().find(|(own, _)| *own == term).map(|(_, home)| home.as_str())
}

fn words(step: &Step) -> String {
    let tag: String = step.tag.to_be_bytes().iter().filter(|b| **b != 0).map(|b| char::from(*b)).collect();
    let qualifier = step.conditions.iter().find(|c| c.element == 1 && c.component == 1 && !c.not);
    match qualifier.and_then(|condition| condition.values.first()) {
        Some(first) => format!("{tag}+{first}"),
        None => tag,
    }
}

/// Reads `^NAD+SE,SU&3.1!=1#1/RFF+VA@1.2&.3=X`; the README of the tables has it in words.
pub(super) fn route(text: &str) -> Result<Route, String> {
    let (from_message, text) = text.strip_prefix('^').map_or((false, text), |rest| (true, rest));
    let (way, value) = text.split_once('@').map_or((text, None), |(way, value)| (way, Some(value)));
    let steps = if way == "." { Vec::new() } else { way.split('/').map(step).collect::<Result<_, _>>()? };
    Ok(Route { from_message, steps, value: value.map(self::value).transpose()? })
}

fn step(text: &str) -> Result<Step, String> {
    let (text, first) = text.strip_suffix("#1").map_or((text, false), |text| (text, true));
    let mut parts = text.split('&');
    let head = parts.next().unwrap_or_default();
    let (name, qualifiers) = head.split_once('+').map_or((head, None), |(name, q)| (name, Some(q)));
    let tag = tag(name);
    if tag == 0 {
        return Err(format!("`{name}` is no tag"));
    }
    let mut conditions: Vec<Condition> = qualifiers.map(|q| Condition::new(1, 1, false, q)).into_iter().collect();
    for part in parts {
        conditions.push(condition(part)?);
    }
    let qualifier = conditions.iter().find(|c| c.element == 1 && c.component == 1 && c.is_short());
    let marks = qualifier.map_or(u64::MAX, |c| c.codes.iter().fold(0, |marks, code| marks | mark(tag, *code)));
    Ok(Step { tag, bit: 0, marks, conditions, first })
}

fn value(text: &str) -> Result<Value, String> {
    let mut parts = text.split('&');
    let head = parts.next().unwrap_or_default();
    let (elements, components) = head.split_once('.').ok_or_else(|| format!("`{head}` has no point"))?;
    let (elements, components) = (range(elements)?, range(components)?);
    Ok(Value { elements, components, conditions: parts.map(condition).collect::<Result<_, _>>()? })
}

fn condition(text: &str) -> Result<Condition, String> {
    let (place, values) = text.split_once('=').ok_or_else(|| format!("`{text}` has no ="))?;
    let (place, not) = place.strip_suffix('!').map_or((place, false), |place| (place, true));
    let (element, component) = place.split_once('.').ok_or_else(|| format!("`{place}` has no point"))?;
    let element = if element.is_empty() { 0 } else { number(element)? };
    Ok(Condition::new(element, number(component)?, not, values))
}

fn range(text: &str) -> Result<(usize, usize), String> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    Ok((number(from)?, number(to)?))
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| format!("`{text}` is no position"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoice::bt;

    #[test]
    fn reads_a_path() {
        let route = route("^NAD+SE,SU&3.1!=1#1/RFF+VA@2-6.1-2&.2=SA").unwrap();
        assert!(route.from_message && route.steps[0].first);
        assert_eq!(route.steps[0].conditions.len(), 2);
        assert!(route.steps[0].conditions[1].not);
        let value = route.value.unwrap();
        assert_eq!((value.elements, value.components), ((2, 6), (1, 2)));
        assert_eq!(value.conditions[0].element, 0);
        for bad in ["NADX@1.1", "NAD@1", "NAD@0.1", "NAD&1=2@1.1", "NAD&1.1@1.1"] {
            assert!(super::route(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_directory_says_what_an_invoice_must_have() {
        for directory in Directory::ALL {
            let binding = Binding::of(directory);
            let at = |term: Term| binding.inside(term.group()).unwrap().terms.iter().any(|(t, _)| *t == term);
            for term in [bt::BT_1, bt::BT_27, bt::BT_44, bt::BT_112, bt::BT_131, bt::BT_146, bt::BT_153] {
                assert!(at(term), "{directory:?} {term:?}");
            }
        }
    }

    /// A path that no structure can follow says nothing, and nobody would see it.
    #[test]
    fn every_path_can_be_followed() {
        for directory in Directory::ALL {
            let (binding, structure) = (Binding::of(directory), directory.structure());
            let triggered = |group: usize, wanted: Tag| -> Vec<usize> {
                let parts = structure.groups[group].parts.iter().filter(|p| p.tag == wanted);
                parts.filter_map(|p| p.group.map(usize::from)).collect()
            };
            fn walk(
                binding: &Binding,
                of: Option<Term>,
                from: usize,
                has: &dyn Fn(usize, Tag) -> bool,
                triggered: &dyn Fn(usize, Tag) -> Vec<usize>,
            ) {
                let Some(bound) = binding.inside(of) else { return };
                for (term, routes) in bound.terms.iter().chain(&bound.groups) {
                    for route in routes {
                        let mut at = if route.from_message { 0 } else { from };
                        for (n, step) in route.steps.iter().enumerate() {
                            let last = n + 1 == route.steps.len();
                            let next = triggered(at, step.tag);
                            let own = last && has(at, step.tag);
                            assert!(own || !next.is_empty(), "{term:?} {route:?}");
                            at = next.first().copied().unwrap_or(at);
                        }
                        if term.is_group() {
                            walk(binding, Some(*term), at, has, triggered);
                        }
                    }
                }
            }
            let has = |group: usize, wanted: Tag| {
                structure.groups[group].parts.iter().any(|p| p.tag == wanted && p.group.is_none())
                    || structure.groups.iter().any(|g| g.parts[0].tag == wanted)
                    || wanted == tag("FTX")
            };
            walk(binding, None, 0, &has, &triggered);
        }
    }
}
