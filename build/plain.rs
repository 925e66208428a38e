//! Reads tables of plain rules, such as `schemas/rules/en16931-syntax.txt`: each is a plain "nothing here", "so many at most", "exactly so many", "there".
//! Their sentences are those of their kind, with the element, the number and the term filled in.

use std::collections::BTreeMap;

use super::catalogue::{Doc, Rule, fill};
use super::terms::Term;

/// The sentences of one kind of plain rule.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plain {
    fr: Doc,
    en: Doc,
}

/// The rules of the table. `contexts` gives the path of a context, for each syntax.
pub fn rules(
    table: &str,
    kinds: &BTreeMap<String, Plain>,
    contexts: &BTreeMap<(String, String), String>,
    known: &[Term],
) -> Vec<Rule> {
    let mut here = (String::new(), String::new());
    let mut all = Vec::new();
    for line in table.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')) {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words.as_slice() {
            ["in", syntax, context] => here = ((*syntax).to_owned(), (*context).to_owned()),
            [id, severity, terms, question] => {
                let context = contexts.get(&here).unwrap_or_else(|| panic!("{line}: no context {here:?}"));
                all.push(rule(id, severity, terms, question, &here, context, kinds, known));
            }
            _ => panic!("{line}: a rule has an id, a severity, terms and a question"),
        }
    }
    all
}

#[allow(clippy::too_many_arguments)]
fn rule(
    id: &str,
    severity: &str,
    terms: &str,
    question: &str,
    (syntax, name): &(String, String),
    context: &str,
    kinds: &BTreeMap<String, Plain>,
    known: &[Term],
) -> Rule {
    let (never, question) = question.strip_prefix("never ").map_or((false, question), |rest| (true, rest));
    let words: Vec<&str> = question.splitn(3, ' ').collect();
    let (kind, number, path) = match words.as_slice() {
        ["none" | "some", ..] => (words[0], "1", &question[5..]),
        [kind @ ("most" | "just"), number, path] => (*kind, *number, *path),
        _ => panic!("{id}: {question}"),
    };
    let path = path.split(" | ").next().unwrap_or(path);
    let kind = match kind {
        _ if never => "never",
        "none" if path.contains('@') => "none-attribute",
        kind => kind,
    };
    let plain = kinds.get(kind).unwrap_or_else(|| panic!("{id}: no sentences for {kind}"));
    let terms: Vec<String> = terms.split(',').filter(|t| *t != "-").map(str::to_owned).collect();
    let shown = super::notation::shown(&whole(context, path));
    // People know the term; the path stands with the finding.
    let term = match terms.as_slice() {
        [only] if only.starts_with("BT-") => known.iter().find(|t| t.id == *only),
        _ => None,
    };
    let shown = super::notation::bare(&shown.replace('[', "{").replace(']', "}"));
    let named = |fr: bool| match term {
        Some(term) if fr => format!("{} ({})", term.id, term.name_fr),
        Some(term) => format!("{} ({})", term.name_en, term.id),
        None => shown.clone(),
    };
    let values = |fr: bool| [shown.clone(), number.to_owned(), named(fr)];
    let outer = context.split([' ', '{']).next().and_then(|first| first.rsplit('/').next()).unwrap_or_default();
    let outer = if outer.contains('*') { "…" } else { outer };
    let (wrong, right) = examples(kind, path, number.parse().expect("a number"), outer);
    let row = format!("{name}: {}{question}", if never { "never " } else { "" });
    let (ubl, cii) = if syntax == "ubl" { (row, String::new()) } else { (String::new(), row) };
    let doc = |doc: &Doc, fr: bool| {
        let (mut doc, values) = (doc.clone(), values(fr));
        for text in [&mut doc.title, &mut doc.why, &mut doc.fix, &mut doc.message, &mut doc.odd] {
            *text = fill(text, &values);
        }
        doc
    };
    Rule {
        id: id.to_owned(),
        terms,
        severity: severity.to_owned(),
        ubl,
        cii,
        wrong,
        right,
        fr: doc(&plain.fr, true),
        en: doc(&plain.en, false),
        never,
        ..Rule::default()
    }
}

/// A path with the element that it starts from: `cac:InvoiceLine/cbc:Note`; from the document it stands alone.
fn whole(context: &str, path: &str) -> String {
    let first = context.split(" | ").next().unwrap_or(context);
    let steps = first.trim_start_matches('/').split('/').count();
    let last = first.rsplit('/').next().unwrap_or(first).split('{').next().unwrap_or(first);
    if path.starts_with("//@") {
        return path[2..].to_owned();
    }
    if path.starts_with('/') || (first.starts_with('/') && steps == 1) {
        return path.to_owned();
    }
    format!("{}/{path}", last.replace('*', "…"))
}

/// What fails, and the same put right.
fn examples(kind: &str, path: &str, number: usize, outer: &str) -> (String, String) {
    let bare = super::notation::bare(path);
    let (elements, attribute) = match bare.split_once('@') {
        Some((elements, attribute)) => (elements.trim_end_matches('/'), Some(attribute)),
        None => (bare.as_str(), None),
    };
    let steps: Vec<&str> =
        elements.trim_start_matches('/').split('/').filter(|s| !s.is_empty() && *s != "..").collect();
    let with = |many: usize, bears: bool| {
        let bears = attribute.filter(|_| bears).map_or(String::new(), |a| format!(" {a}=\"…\""));
        let Some((last, around)) = steps.split_last() else { return format!("<{outer}{bears}>…</{outer}>") };
        let inside = format!("<{last}{bears}>…</{last}>").repeat(many);
        around.iter().rev().fold(inside, |inside, step| format!("<{step}>{inside}</{step}>"))
    };
    match kind {
        "never" => Default::default(),
        "none" => (with(1, true), String::new()),
        "none-attribute" => (with(1, true), with(1, false)),
        "some" if attribute.is_some() => (with(1, false), with(1, true)),
        "some" => (around(&steps, outer), with(1, true)),
        _ => (with(number + 1, true), with(number, true)),
    }
}

/// The elements that lead to one that is missing.
fn around(steps: &[&str], outer: &str) -> String {
    let (_, before) = steps.split_last().expect("a path has a step");
    let inside = before.iter().rev().fold(String::new(), |inside, step| format!("<{step}>{inside}</{step}>"));
    format!("<{outer}>{inside}</{outer}>")
}
