//! What a syntax needs beside the terms (`schemas/syntax/written.csv`), and what cannot stand without what is missing.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::invoice::{Draft, Syntax, Term};
use crate::table::{Table, TableError, built_in};
use crate::xml::Name;

use super::super::bind::Take;
use super::super::syntax::{Type, name_of};
use super::elements::{Attribute, Elements, Id};
use super::fill::Filled;
use super::{Reason, codes};
use crate::decimal::{self, Decimal};

/// Adds what the syntax needs, and takes out what it cannot hold without what the document does not state.
pub(super) fn finish<'d>(filled: &mut Filled<'d>, draft: &'d Draft, syntax: Syntax) {
    add(&mut filled.elements, draft, syntax);
    prune(filled, draft, syntax);
}

fn add<'d>(elements: &mut Elements<'d>, draft: &'d Draft, syntax: Syntax) {
    add_from(elements, 0, draft, syntax);
}

/// To every element from a number on.
fn add_from<'d>(elements: &mut Elements<'d>, first: usize, draft: &'d Draft, syntax: Syntax) {
    let rows: Vec<&Row> = ROWS.iter().filter(|row| row.ubl == syntax.is_ubl()).collect();
    let mut at = first;
    // What is added may need something itself.
    while at < elements.len() {
        let id = at as Id;
        at += 1;
        for row in &rows {
            if !stands_in(elements, id, &row.around) {
                continue;
            }
            let value = match &row.value {
                Value::Text(text) => Some(text.as_str()),
                Value::Term(term) => draft.text(*term),
            };
            match (row.attribute, value) {
                (Some(name), Some(value)) if wants(elements, id, row, name) => {
                    let attributes = &mut elements.get_mut(id).attributes;
                    attributes.reserve_exact(1);
                    attributes.push(Attribute { name, value: Cow::Borrowed(value), place: None });
                }
                (None, Some(value)) => child(elements, id, &row.path, value),
                _ => {}
            }
        }
    }
}

/// Is the attribute to be added here? A row that names no element means wherever the schema requires it.
fn wants(elements: &Elements<'_>, id: Id, row: &Row, attribute: Name) -> bool {
    let element = elements.get(id);
    if element.attributes.iter().any(|a| a.name == attribute) {
        return false;
    }
    let required = |kind: &Type| kind.attributes().iter().any(|a| a.required && a.name == attribute);
    !row.around.is_empty() || elements.kind(id).is_some_and(required)
}

fn child<'d>(elements: &mut Elements<'d>, id: Id, path: &[Name], value: &'d str) {
    let mut here = id;
    let mut made = false;
    for name in path {
        here = match elements.child(here, *name) {
            Some(there) => there,
            None => match elements.add(here, *name, None) {
                Some(there) => {
                    made = true;
                    there
                }
                None => return,
            },
        };
    }
    let element = elements.get_mut(here);
    element.wanted = true;
    if made && !value.is_empty() {
        element.text = Some(Cow::Borrowed(value));
    }
}

fn stands_in(elements: &Elements<'_>, id: Id, around: &[Name]) -> bool {
    let mut here = id;
    around.iter().rev().enumerate().all(|(n, name)| {
        if n > 0 {
            here = elements.get(here).parent;
        }
        elements.get(here).name == *name
    })
}

/// From the inside out: elements in which nothing stands, and those that may not stand without what is missing.
pub(super) fn prune<'d>(filled: &mut Filled<'d>, draft: &'d Draft, syntax: Syntax) {
    for id in (1..filled.elements.len() as Id).rev() {
        let element = filled.elements.get(id);
        if element.dropped {
            continue;
        }
        let has_children = filled.elements.children(id).any(|child| !filled.elements.get(child).dropped);
        if element.is_empty() && !has_children && !element.wanted {
            filled.elements.drop(id);
            continue;
        }
        if let Some(term) = unsaid(&filled.elements, id) {
            match meant(&filled.elements, id, term) {
                Some(text) => filled.elements.get_mut(id).text = Some(Cow::Owned(text)),
                None => take_out(filled, id, term),
            }
            continue;
        }
        if let Some((term, name)) = lacks(&filled.elements, id) {
            match meant(&filled.elements, id, term) {
                Some(text) => state(&mut filled.elements, id, name, text, draft, syntax),
                None => take_out(filled, id, term),
            }
        }
    }
}

/// The term that an element is to hold, where only attributes of it are said: a unit without its quantity.
fn unsaid(elements: &Elements<'_>, id: Id) -> Option<Term> {
    let element = elements.get(id);
    let holds = element.step?.binds.iter().find(|bind| bind.take == Take::Text)?.term;
    let bare = element.text.is_none() && element.code.is_none() && !elements.has_children(id);
    (bare && !element.claimed && elements.says(id).next().is_some()).then_some(holds)
}

/// The optional term without which the schema does not let an element stand. A group without what the norm demands of it stays: rules
/// say what it lacks.
fn lacks(elements: &Elements<'_>, id: Id) -> Option<(Term, Name)> {
    let element = elements.get(id);
    let step = element.step?;
    let kind = elements.kind(id)?;
    let missing = kind.particles().iter().filter(|p| p.min > 0 && elements.child(id, p.name).is_none());
    for particle in missing {
        let binds = step.children.iter().filter(|child| child.name == particle.name).flat_map(|child| child.binds);
        let Some(term) = binds.filter(|bind| bind.take == Take::Text).map(|bind| bind.term).next() else { continue };
        let stated = term.is_required() && is_in_group(elements, id);
        if !stated && (!holds_group(elements, id) || codes::absent(term).is_some()) {
            return Some((term, particle.name));
        }
    }
    None
}

/// What the absence of a term means, as a number: said where the schema demands the element, it says nothing new.
fn meant(elements: &Elements<'_>, id: Id, term: Term) -> Option<String> {
    let mut around = id;
    while around != 0 && !elements.get(around).claimed {
        around = elements.get(around).parent;
    }
    let means = codes::absent(term)?;
    if decimal::parse(means).is_ok() {
        return Some(means.to_owned());
    }
    let mut sum = Decimal::ZERO;
    for term in means.split('+') {
        let text = said_in(elements, around, Term::parse(term)?)?;
        sum = decimal::add(sum, decimal::parse(text.trim()).ok()?)?;
    }
    Some(decimal::plain(sum))
}

/// The text of a term somewhere inside an element.
fn said_in<'e>(elements: &'e Elements<'_>, id: Id, term: Term) -> Option<&'e str> {
    let element = elements.get(id);
    let is = |binds: &[super::super::bind::Bind]| binds.iter().any(|b| b.term == term && b.take == Take::Text);
    if element.step.is_some_and(|step| is(step.binds)) {
        return element.text.as_deref();
    }
    elements.children(id).find_map(|child| said_in(elements, child, term))
}

fn state<'d>(elements: &mut Elements<'d>, id: Id, name: Name, text: String, draft: &'d Draft, syntax: Syntax) {
    let Some(child) = elements.add(id, name, None) else { return };
    elements.get_mut(child).text = Some(Cow::Owned(text));
    add_from(elements, child as usize, draft, syntax);
}

/// Is it an instance of a group, or in one that is not a line or the document?
fn is_in_group(elements: &Elements<'_>, id: Id) -> bool {
    let mut here = id;
    while here != 0 {
        if elements.get(here).claimed {
            return true;
        }
        here = elements.get(here).parent;
    }
    false
}

fn holds_group(elements: &Elements<'_>, id: Id) -> bool {
    let mut inside = elements.children(id).filter(|child| !elements.get(*child).dropped);
    elements.get(id).claimed || inside.any(|child| holds_group(elements, child))
}

fn take_out(filled: &mut Filled<'_>, id: Id, without: Term) {
    filled.elements.drop(id);
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        for number in filled.elements.says(id) {
            if let Some(lost) = filled.lost.get_mut(number) {
                *lost = Some(Reason::Needs(without));
            }
        }
        open.extend(filled.elements.children(id));
    }
}

struct Row {
    ubl: bool,
    /// The elements around it, the innermost last; none where the attribute stands wherever the schema requires it.
    around: Vec<Name>,
    path: Vec<Name>,
    attribute: Option<Name>,
    value: Value,
}

enum Value {
    Text(String),
    Term(Term),
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| built_in("syntax/written.csv", read(TEXT)));

const TEXT: &str = include_str!("../../../schemas/syntax/written.csv");

fn read(text: &str) -> Result<Vec<Row>, TableError> {
    let table = Table::parse(text)?;
    let [syntax, around, path, value, why] = [
        table.column("syntax")?,
        table.column("in")?,
        table.column("path")?,
        table.column("value")?,
        table.column("why")?,
    ];
    let mut rows = Vec::new();
    for row in &table.rows {
        if row.get(why).is_empty() {
            return Err(row.error("nothing is written without a reason"));
        }
        let names = |text: &str| -> Result<Vec<Name>, TableError> {
            let names = text.split('/').filter(|name| !name.is_empty());
            names.map(|name| name_of(name).ok_or_else(|| row.error(format!("`{name}` is no name")))).collect()
        };
        let written = row.get(path);
        let (path, attribute) = match written.split_once('@') {
            None => (names(written)?, None),
            Some((path, name)) => {
                (names(path)?, Some(name_of(&format!(":{name}")).ok_or_else(|| row.error("no attribute"))?))
            }
        };
        let value = match row.get(value).strip_prefix('=') {
            Some(id) => Value::Term(Term::parse(id).ok_or_else(|| row.error(format!("`{id}` is no term")))?),
            None => Value::Text(row.get(value).to_owned()),
        };
        rows.push(Row { ubl: row.get(syntax) == "ubl", around: names(row.get(around))?, path, attribute, value });
    }
    Ok(rows)
}
