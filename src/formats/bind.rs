//! The binding: which element or attribute is which term.

use crate::invoice::{Builder, DateForm, Invoice, Kind, Syntax, Term};
use crate::text::trim;
use crate::xml::{Name, NodeId, Span, Tree};

use super::syntax::vocabulary;

/// A step of the paths on which terms stand. Generated from `schemas/binding.csv`.
pub struct Step {
    name: Name,
    condition: Option<Condition>,
    binds: &'static [Bind],
    /// In the order of their names.
    children: &'static [Step],
    /// Those names.
    names: &'static [Name],
}

struct Bind {
    term: Term,
    take: Take,
}

enum Take {
    Text,
    Attribute(Name),
    /// BT-21 in UBL: the code between the first two `#` of a note, where it is three characters long.
    NoteCode,
    /// BT-22 in UBL: the note without that code.
    NoteText,
}

/// A condition on an element: some node at `path` (or its attribute) has one of the values.
struct Condition {
    /// The path starts at the element around this one.
    up: bool,
    path: &'static [Name],
    attribute: Option<Name>,
    negated: bool,
    fold: Fold,
    values: Values,
}

enum Fold {
    Exact,
    Trim,
    TrimIgnoreCase,
}

enum Values {
    /// Any value: the condition is about presence.
    Any,
    Literal(&'static [&'static str]),
    /// The text of this path from the document element.
    Document(&'static [Name]),
}

mod table {
    use super::*;
    use Term as T;
    #[allow(non_snake_case)]
    const fn Term(n: u16) -> T {
        T::from_table(n)
    }
    include!(concat!(env!("OUT_DIR"), "/binding.rs"));
}

/// Where a term stands in UBL Invoice, UBL CreditNote and CII, as `schemas/binding.csv` writes it; empty where it has no place.
pub fn paths(term: Term) -> [&'static str; 3] {
    table::PATHS.get(term.index()).copied().unwrap_or_default()
}

/// Where a term stands in a syntax, from the document element, conditions left out; alternatives are parted by ` | `.
pub fn path(syntax: Syntax, term: Term) -> Option<String> {
    let [invoice, credit_note, cii] = paths(term);
    let path = match syntax {
        Syntax::UblInvoice => invoice,
        Syntax::UblCreditNote => credit_note,
        Syntax::Cii => cii,
    };
    let mut depth = 0u32;
    let mut plain = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    Some(plain).filter(|p| !p.trim().is_empty())
}

/// Reads the terms out of a tree.
pub fn bind<'a>(syntax: Syntax, tree: Tree<'a>) -> Invoice<'a> {
    let mut builder = Builder::new(syntax, tree.len());
    walk(&tree, 0, root(syntax), &mut builder, syntax);
    builder.finish(tree)
}

/// The term of what could stand in `node`: an element of that name, or an attribute. None where it depends on values.
pub fn term_at(syntax: Syntax, tree: &Tree<'_>, node: NodeId, name: Name, is_attribute: bool) -> Option<Term> {
    let mut names: Vec<Name> = Vec::new();
    let mut at = node;
    while at != 0 {
        names.push(tree.node(at).name);
        at = tree.node(at).parent;
    }
    names.reverse();
    names.extend((!is_attribute).then_some(name));
    let mut steps = vec![root(syntax)];
    for wanted in names {
        steps = steps.iter().flat_map(|step| step.children).filter(|step| step.name == wanted).collect();
    }
    let binds = steps.iter().flat_map(|step| step.binds).filter(|bind| match bind.take {
        Take::Attribute(bound) => is_attribute && bound == name,
        _ => !is_attribute,
    });
    let mut terms: Vec<Term> = binds.map(|bind| bind.term).collect();
    terms.dedup();
    match terms.as_slice() {
        [term] => Some(*term),
        _ => None,
    }
}

fn root(syntax: Syntax) -> &'static Step {
    match syntax {
        Syntax::UblInvoice => &table::UBL_INVOICE,
        Syntax::UblCreditNote => &table::UBL_CREDIT_NOTE,
        Syntax::Cii => &table::CII,
    }
}

fn walk(tree: &Tree<'_>, node: NodeId, around: &'static Step, builder: &mut Builder, syntax: Syntax) {
    for child in tree.children(node) {
        let name = tree.node(child).name;
        let first = around.names.partition_point(|known| *known < name);
        for (step, _) in around.children[first..].iter().zip(&around.names[first..]).take_while(|(_, n)| **n == name) {
            if step.condition.as_ref().is_some_and(|c| !holds(tree, child, c)) {
                continue;
            }
            let opened =
                step.binds.iter().filter(|b| b.term.is_group()).inspect(|b| builder.open(b.term, child)).count();
            for bind in step.binds.iter().filter(|b| !b.term.is_group()) {
                take(tree, child, bind, builder, syntax);
            }
            if !step.children.is_empty() {
                walk(tree, child, step, builder, syntax);
            }
            for _ in 0..opened {
                builder.close();
            }
        }
    }
}

fn take(tree: &Tree<'_>, node: NodeId, bind: &Bind, builder: &mut Builder, syntax: Syntax) {
    let whole = tree.node(node).text;
    match bind.take {
        Take::Text => {
            let is_date = bind.term.kind() == Kind::Date;
            let form = if is_date { date_form(tree, node, syntax) } else { DateForm::Iso };
            builder.add(tree, bind.term, node, None, whole, form);
        }
        Take::Attribute(name) => {
            if let Some(position) = tree.attributes(node).iter().position(|a| a.name == name) {
                let value = tree.attributes(node)[position].value;
                builder.add(tree, bind.term, node, Some(position), value, DateForm::Iso);
            }
        }
        Take::NoteCode => {
            if let Some((code, _)) = note_code(tree, whole) {
                builder.add(tree, bind.term, node, None, code, DateForm::Iso);
            }
        }
        Take::NoteText => {
            let text = note_code(tree, whole).map_or(whole, |(_, text)| text);
            builder.add(tree, bind.term, node, None, text, DateForm::Iso);
        }
    }
}

/// Splits `#PMT#text` into code and text.
fn note_code(tree: &Tree<'_>, span: Span) -> Option<(Span, Span)> {
    let text = tree.text(span);
    let blanks = text.len() - text.trim_start().len();
    let inner = text[blanks..].strip_prefix('#')?;
    let close = inner.find('#')?;
    let code = &inner[..close];
    let is_code = code.chars().count() == 3 && code.chars().all(|c| c.is_ascii_alphanumeric());
    let start = blanks + 1;
    is_code.then(|| (span.slice(start, start + close), span.slice(start + close + 1, text.len())))
}

/// CII writes `CCYYMMDD` with format 102; UBL writes `xs:date`.
fn date_form(tree: &Tree<'_>, node: NodeId, syntax: Syntax) -> DateForm {
    if syntax.is_ubl() {
        return DateForm::Iso;
    }
    let format = tree.attributes(node).iter().find(|a| Some(a.name) == vocabulary().find(0, "format"));
    match format.map(|a| tree.text(a.value)) {
        Some("102") => DateForm::Format102,
        _ => DateForm::OtherFormat,
    }
}

fn holds(tree: &Tree<'_>, node: NodeId, condition: &Condition) -> bool {
    let wanted = |found: &str| match &condition.values {
        Values::Any => true,
        Values::Literal(values) => values.iter().any(|v| same(found, v, &condition.fold)),
        Values::Document(path) => any(tree, 0, path, &mut |n| same(found, tree.text_of(n), &condition.fold)),
    };
    let from = if condition.up { tree.node(node).parent } else { node };
    let matched = any(tree, from, condition.path, &mut |n| match condition.attribute {
        Some(name) => tree.attribute(n, name).is_some_and(|a| wanted(tree.text(a.value))),
        None => wanted(tree.text_of(n)),
    });
    matched != condition.negated
}

/// Does some node at `path` below `node` satisfy the test?
fn any(tree: &Tree<'_>, node: NodeId, path: &[Name], test: &mut dyn FnMut(NodeId) -> bool) -> bool {
    match path {
        [] => test(node),
        [first, rest @ ..] => {
            tree.children(node).filter(|&c| tree.node(c).name == *first).any(|c| any(tree, c, rest, test))
        }
    }
}

fn same(found: &str, wanted: &str, fold: &Fold) -> bool {
    let trimmed = || trim(found);
    match fold {
        Fold::Exact => found == wanted,
        Fold::Trim => trimmed() == wanted,
        Fold::TrimIgnoreCase => trimmed().eq_ignore_ascii_case(wanted),
    }
}
