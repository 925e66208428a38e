//! The binding: which element or attribute is which term.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::invoice::{Builder, DateForm, Invoice, Kind, Syntax, Term};
use crate::text::trim;
use crate::xml::{Name, NodeId, Span, Tree};

use super::syntax::vocabulary;

/// A step of the paths on which terms stand. Generated from `schemas/binding.csv` and `schemas/lifecycle/cdar_terms.csv`.
pub struct Step {
    pub(super) name: Name,
    pub(super) condition: Option<Condition>,
    /// The groups that it is.
    pub(super) groups: &'static [Term],
    pub(super) binds: &'static [Bind],
    /// In the order of their names.
    pub(super) children: &'static [Step],
    /// Those names.
    names: &'static [Name],
}

pub(super) struct Bind {
    pub(super) term: Term,
    pub(super) take: Take,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    Text,
    Attribute(Name),
    /// BT-21 in UBL: the code between the first two `#` of a note, where it is three characters long.
    NoteCode,
    /// BT-22 in UBL: the note without that code.
    NoteText,
}

/// A condition on an element: some node at `path` (or its attribute) has one of the values.
pub(super) struct Condition {
    /// The path starts at the element around this one.
    pub(super) up: bool,
    pub(super) path: &'static [Name],
    pub(super) attribute: Option<Name>,
    pub(super) negated: bool,
    fold: Fold,
    pub(super) values: Values,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fold {
    Exact,
    Trim,
    TrimIgnoreCase,
}

pub(super) enum Values {
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

/// Where a term stands in UBL Invoice, UBL CreditNote, CII and CDAR, as the tables write it; empty where it has no place.
pub fn paths(term: Term) -> [&'static str; 4] {
    table::PATHS.get(term.index()).copied().unwrap_or_default()
}

/// Where a term stands in a syntax, from the document element, conditions left out; alternatives are parted by ` | `.
pub fn path(syntax: Syntax, term: Term) -> Option<&'static str> {
    plain_paths().get(term.index())?.get(place(syntax))?.as_deref()
}

/// The first term, other than a group, that stands at a path as [`path`] says it.
pub fn first_at(syntax: Syntax, path: &str) -> Option<Term> {
    static FIRST: LazyLock<[HashMap<&'static str, Term>; 4]> = LazyLock::new(|| {
        let mut first = <[HashMap<&'static str, Term>; 4]>::default();
        for term in Term::all().chain(Term::of_messages()).filter(|t| !t.is_group()) {
            for (known, path) in first.iter_mut().zip(plain_paths().get(term.index()).into_iter().flatten()) {
                for one in path.iter().flat_map(|path| path.split(" | ")) {
                    known.entry(one).or_insert(term);
                }
            }
        }
        first
    });
    FIRST.get(place(syntax))?.get(path).copied()
}

fn place(syntax: Syntax) -> usize {
    match syntax {
        Syntax::UblInvoice => 0,
        Syntax::UblCreditNote => 1,
        Syntax::Cii => 2,
        Syntax::Cdar => 3,
    }
}

/// The paths of all terms without their conditions: reports ask for them by the thousand.
fn plain_paths() -> &'static [[Option<String>; 4]] {
    static PLAIN: LazyLock<Vec<[Option<String>; 4]>> =
        LazyLock::new(|| table::PATHS.iter().map(|paths| paths.map(without_conditions)).collect());
    &PLAIN
}

fn without_conditions(path: &str) -> Option<String> {
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
    walk(&tree, 0, root(syntax), &mut builder, syntax, &mut Said::default());
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
    let groups = steps.iter().flat_map(|step| step.groups).filter(|_| !is_attribute);
    let mut terms: Vec<Term> = groups.copied().chain(binds.map(|bind| bind.term)).collect();
    terms.dedup();
    match terms.as_slice() {
        [term] => Some(*term),
        _ => None,
    }
}

pub(super) fn root(syntax: Syntax) -> &'static Step {
    match syntax {
        Syntax::UblInvoice => &table::UBL_INVOICE,
        Syntax::UblCreditNote => &table::UBL_CREDIT_NOTE,
        Syntax::Cii => &table::CII,
        Syntax::Cdar => &table::CDAR,
    }
}

fn walk<'t>(
    tree: &'t Tree<'_>,
    node: NodeId,
    around: &'static Step,
    builder: &mut Builder,
    syntax: Syntax,
    said: &mut Said<'t>,
) {
    for (child, element) in tree.inside(node) {
        let mut at = around.names.partition_point(|known| *known < element.name);
        while around.names.get(at) == Some(&element.name) {
            let step = &around.children[at];
            at += 1;
            if step.condition.as_ref().is_some_and(|c| !holds(tree, child, c, said)) {
                continue;
            }
            step.groups.iter().for_each(|group| builder.open(*group, child));
            for bind in step.binds {
                take(tree, child, bind, builder, syntax);
            }
            if !step.children.is_empty() {
                walk(tree, child, step, builder, syntax, said);
            }
            step.groups.iter().for_each(|_| builder.close());
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

/// CII and CDAR write `CCYYMMDD` with format 102; UBL writes `xs:date`.
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

/// What the paths say that conditions look up from the document element: read once, however many elements ask.
#[derive(Default)]
struct Said<'t> {
    paths: Vec<(&'static [Name], HashSet<&'t str>)>,
    /// The last condition on what stands beside an element: it holds for all its siblings or for none.
    beside: Option<(NodeId, *const Condition, bool)>,
}

impl<'t> Said<'t> {
    fn says(&mut self, tree: &'t Tree<'_>, path: &'static [Name], fold: Fold, found: &str) -> bool {
        let at = match self.paths.iter().position(|(known, _)| std::ptr::eq(*known, path)) {
            Some(at) => at,
            None => {
                let mut texts = HashSet::new();
                any(tree, 0, path, &mut |n| {
                    texts.insert(tree.text_of(n));
                    false
                });
                self.paths.push((path, texts));
                self.paths.len() - 1
            }
        };
        let Some((_, texts)) = self.paths.get(at) else { return false };
        match fold {
            Fold::Exact => texts.contains(found),
            Fold::Trim => texts.contains(trim(found)),
            Fold::TrimIgnoreCase => texts.iter().any(|text| same(found, text, fold)),
        }
    }
}

fn holds<'t>(tree: &'t Tree<'_>, node: NodeId, condition: &'static Condition, said: &mut Said<'t>) -> bool {
    let beside = (tree.node(node).parent, std::ptr::from_ref(condition));
    if condition.up
        && let Some((parent, known, holds)) = said.beside
        && (parent, known) == beside
    {
        return holds;
    }
    let mut wanted = |found: &str| match &condition.values {
        Values::Any => true,
        Values::Literal(values) => values.iter().any(|v| same(found, v, condition.fold)),
        Values::Document(path) => said.says(tree, path, condition.fold, found),
    };
    let from = if condition.up { tree.node(node).parent } else { node };
    let matched = any(tree, from, condition.path, &mut |n| match condition.attribute {
        Some(name) => tree.attribute(n, name).is_some_and(|a| wanted(tree.text(a.value))),
        None => wanted(tree.text_of(n)),
    });
    let holds = matched != condition.negated;
    if condition.up {
        said.beside = Some((beside.0, beside.1, holds));
    }
    holds
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

fn same(found: &str, wanted: &str, fold: Fold) -> bool {
    let trimmed = || trim(found);
    match fold {
        Fold::Exact => found == wanted,
        Fold::Trim => trimmed() == wanted,
        Fold::TrimIgnoreCase => trimmed().eq_ignore_ascii_case(wanted),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    /// The currency of the document was looked for once for each total.
    #[test]
    fn totals_without_number_cost_their_number() {
        const MANY: usize = 40_000;
        let total = "<cac:TaxTotal><cbc:TaxAmount currencyID=\"USD\">1</cbc:TaxAmount></cac:TaxTotal>".repeat(MANY);
        let text = format!(
            "<Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\" \
             xmlns:cac=\"urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2\" \
             xmlns:cbc=\"urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2\">\
             <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode><cbc:TaxCurrencyCode>USD</cbc:TaxCurrencyCode>\
             {total}</Invoice>"
        );
        let start = Instant::now();
        let read = crate::formats::read(text.as_bytes()).unwrap();
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        assert_eq!(read.invoice.all(crate::invoice::bt::BT_111).count(), MANY);
        assert_eq!(read.invoice.all(crate::invoice::bt::BT_110).count(), 0);
    }
}
