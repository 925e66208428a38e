//! Turns `schemas/binding.csv` and the paths of `schemas/lifecycle/cdar_terms.csv` into four trees of steps: where each term stands in
//! UBL Invoice, UBL CreditNote, CII and CDAR.
//!
//! The format of a path stands in `schemas/README.md`.

use std::fmt::Write as _;

use super::names::{self, Names};
use super::terms::{self, Term};
use super::{csv, list};

pub struct Binding {
    term: String,
    /// UBL Invoice, UBL CreditNote, CII, CDAR.
    paths: [String; 4],
}

pub fn parse(text: &str) -> Vec<Binding> {
    csv(text)
        .into_iter()
        .map(|row| {
            let ubl = row["ubl"].clone();
            let credit = match row["ubl_creditnote"].as_str() {
                "" => ubl.replace("cac:InvoiceLine", "cac:CreditNoteLine"),
                own => own.to_owned(),
            };
            Binding { term: row["term"].clone(), paths: [ubl, credit, row["cii"].clone(), String::new()] }
        })
        .collect()
}

/// Where the terms of life-cycle messages stand.
pub fn of_messages(text: &str) -> Vec<Binding> {
    let place = |row: &std::collections::BTreeMap<String, String>| {
        let [ubl, credit, cii] = [(); 3].map(|()| String::new());
        Binding { term: row["id"].clone(), paths: [ubl, credit, cii, row["path"].clone()] }
    };
    csv(text).iter().map(place).collect()
}

#[derive(Default)]
struct Step {
    element: String,
    condition: String,
    groups: Vec<String>,
    binds: Vec<String>,
    children: Vec<Step>,
}

pub fn rust(bindings: &[Binding], terms: &[Term], names: &Names) -> String {
    let mut out = String::new();
    // As the table writes them, for people: terms in the order of `schemas/terms.csv`.
    let of =
        |t: &Term| bindings.iter().find(|b| b.term == t.id).map_or([""; 4], |b| b.paths.each_ref().map(String::as_str));
    let shown = |t: &Term| format!("{:?}", of(t).map(names::shown));
    writeln!(out, "pub static PATHS: &[[&str; 4]] = {};", list(terms.iter().map(shown))).expect("string");
    for (n, table) in ["UBL_INVOICE", "UBL_CREDIT_NOTE", "CII", "CDAR"].iter().enumerate() {
        let mut root = Step::default();
        for binding in bindings {
            let term = terms::number(terms, &binding.term);
            for path in binding.paths[n].split('|').map(str::trim).filter(|p| !p.is_empty()) {
                insert(&mut root, path, (term, terms[term].kind == "group"), names);
            }
        }
        writeln!(out, "pub static {table}: Step = {};", render(&root, names)).expect("string");
    }
    out
}

fn insert(root: &mut Step, path: &str, (term, is_group): (usize, bool), names: &Names) {
    let mut here = root;
    let (path, mut take) = match path.split_once('#') {
        Some((path, "code")) => (path, "Take::NoteCode".to_owned()),
        Some((path, "text")) => (path, "Take::NoteText".to_owned()),
        Some((_, other)) => panic!("no derived value #{other}"),
        None => (path, "Take::Text".to_owned()),
    };
    for step in steps(path) {
        if let Some(attribute) = step.strip_prefix('@') {
            take = format!("Take::Attribute(Name({}))", names.number(attribute));
            break;
        }
        let (element, condition) = match step.split_once('{') {
            Some((element, condition)) => (element, condition.trim_end_matches('}')),
            None => (step.as_str(), ""),
        };
        let found = here.children.iter().position(|c| c.element == element && c.condition == condition);
        let at = found.unwrap_or_else(|| {
            here.children.push(Step { element: element.into(), condition: condition.into(), ..Step::default() });
            here.children.len() - 1
        });
        here = &mut here.children[at];
    }
    match is_group {
        true => here.groups.push(format!("Term({term})")),
        false => here.binds.push(format!("Bind {{ term: Term({term}), take: {take} }}")),
    }
}

/// Steps of a path; a slash inside a condition does not part steps.
fn steps(path: &str) -> Vec<String> {
    let (mut out, mut step, mut inside) = (Vec::new(), String::new(), false);
    for c in path.chars() {
        match c {
            '/' if !inside => out.push(std::mem::take(&mut step)),
            c => {
                inside = (inside || c == '{') && c != '}';
                step.push(c);
            }
        }
    }
    out.push(step);
    out
}

fn render(step: &Step, names: &Names) -> String {
    let name = if step.element.is_empty() { 0 } else { names.number(&step.element) };
    let condition = if step.condition.is_empty() { "None".into() } else { condition(&step.condition, names) };
    // In the order of their names; alternatives of one name stay in the order of the table.
    let mut children: Vec<(usize, &Step)> = step.children.iter().map(|c| (names.number(&c.element), c)).collect();
    children.sort_by_key(|(number, _)| *number);
    format!(
        "Step {{ name: Name({name}), condition: {condition}, groups: {}, binds: {}, children: {}, names: {} }}",
        list(step.groups.clone()),
        list(step.binds.clone()),
        list(children.iter().map(|(_, c)| render(c, names))),
        list(children.iter().map(|(number, _)| format!("Name({number})")))
    )
}

/// `OPERAND is|isnt[~|^] VALUE…`, with a document path as the only value, or `OPERAND absent`.
fn condition(text: &str, names: &Names) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [operand, operator, values @ ..] = words.as_slice() else { panic!("condition {text}") };
    let (up, operand) = operand.strip_prefix("../").map_or((false, *operand), |rest| (true, rest));
    let path = |p: &str| {
        list(
            p.split('/').filter(|s| !s.is_empty() && !s.starts_with('@')).map(|s| format!("Name({})", names.number(s))),
        )
    };
    let attribute = match operand.rsplit('/').next().and_then(|s| s.strip_prefix('@')) {
        Some(a) => format!("Some(Name({}))", names.number(a)),
        None => "None".to_owned(),
    };
    let fold = match operator.chars().last() {
        Some('~') => "Fold::Trim",
        Some('^') => "Fold::TrimIgnoreCase",
        _ => "Fold::Exact",
    };
    let negated = match operator.trim_end_matches(['~', '^']) {
        "is" => false,
        "isnt" | "absent" => true,
        other => panic!("condition {text}: no operator {other}"),
    };
    let values = match values {
        [] if *operator == "absent" => "Values::Any".to_owned(),
        [document] if document.starts_with('/') => format!("Values::Document({})", path(document)),
        literal => format!("Values::Literal({})", list(literal.iter().map(|v| format!("{v:?}")))),
    };
    format!(
        "Some(Condition {{ up: {up}, path: {}, attribute: {attribute}, negated: {negated}, fold: {fold}, values: {values} }})",
        path(operand)
    )
}
