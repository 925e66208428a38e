//! An element or attribute of a syntax, by name or path: which term it is, and between which neighbours it stands.

use std::collections::BTreeSet;

use super::key::key;
use super::page::Explanation;
use crate::formats::{self, Child};
use crate::invoice::{Syntax, Term};
use crate::near;
use crate::rules;
use crate::story::words::{colon, pick};
use crate::text::Lang;

/// The syntaxes, as the binding orders them.
const SYNTAXES: [(Syntax, &str, &str); 4] = [
    (Syntax::UblInvoice, "UBL Invoice", "Invoice"),
    (Syntax::UblCreditNote, "UBL CreditNote", "CreditNote"),
    (Syntax::Cii, "CII", "CrossIndustryInvoice"),
    (Syntax::Cdar, "CDAR", "CrossDomainAcknowledgementAndResponse"),
];
/// Places shown with their neighbours; an element such as `cbc:ID` stands in many more.
const SHOWN: usize = 6;
/// Neighbours shown on either side.
const AROUND: usize = 3;

/// A place where a term stands: the syntax, the path without its conditions, the term.
struct Bound {
    syntax: usize,
    path: Vec<&'static str>,
    whole: &'static str,
    term: Term,
}

/// The explanations of what a query such as `cac:InvoiceLine/cbc:InvoicedQuantity` names; one for each name that fits where no
/// prefix is given. Empty where no syntax has it.
pub fn explained(query: &str, lang: Lang) -> Vec<Explanation> {
    wanted(query).into_iter().filter_map(|path| one(&path, lang)).collect()
}

/// Does some syntax have it?
pub fn knows(query: &str) -> bool {
    !wanted(query).is_empty()
}

/// Elements called almost so, for a query that bears a prefix (`cbc:BuyerReferense`).
pub fn near(query: &str, most: usize) -> Vec<String> {
    let Some((prefix, local)) = query.trim().rsplit('/').next().and_then(|last| last.rsplit_once(':')) else {
        return Vec::new();
    };
    let mut known: Vec<(String, String)> = formats::names()
        .filter(|(space, _)| space.eq_ignore_ascii_case(prefix))
        .map(|(space, local)| (key(local), format!("{space}:{local}")))
        .collect();
    known.sort_unstable();
    let near = near::ids(&key(local), known.iter().map(|(key, _)| key.as_str()), most);
    near.iter().filter_map(|near| known.iter().find(|(key, _)| key == near)).map(|(_, name)| name.clone()).collect()
}

/// The paths that a query may mean, each name as facteur writes it. The document element and positions are left out.
fn wanted(query: &str) -> Vec<Vec<String>> {
    let query = query.trim().trim_end_matches(['.', '/']);
    let looks = |query: &str| query.contains([':', '/', '@']) || query.len() > 5;
    if !looks(query) || query.len() > 1000 {
        return Vec::new();
    }
    let mut paths: Vec<Vec<String>> = vec![Vec::new()];
    for step in query.split('/').filter(|step| !step.is_empty()) {
        let step = step.split('[').next().unwrap_or(step);
        let bare = step.rsplit(':').next().unwrap_or(step);
        if SYNTAXES.iter().any(|(_, _, document)| *document == bare) && paths == [Vec::<String>::new()] {
            continue;
        }
        let names: Vec<String> = match step.strip_prefix('@') {
            Some(attribute) => {
                formats::named(attribute).into_iter().filter(|n| !n.contains(':')).map(|n| format!("@{n}")).collect()
            }
            None => formats::named(step).into_iter().filter(|name| name.contains(':')).collect(),
        };
        let longer = |path: &Vec<String>| {
            let with = |name: &String| path.iter().chain([name]).cloned().collect::<Vec<_>>();
            names.iter().map(with).collect::<Vec<_>>()
        };
        paths = paths.iter().flat_map(longer).take(8).collect();
    }
    // What some schema has is known; any other order of known names is not.
    paths.retain(|path| !path.is_empty() && (!bound(path).is_empty() || !placed(path).is_empty() || path.len() == 1));
    paths
}

fn one(path: &[String], lang: Lang) -> Option<Explanation> {
    let (bound, mut placed) = (bound(path), placed(path));
    let title = {
        let mut terms: Vec<Term> = bound.iter().map(|b| b.term).collect();
        terms.sort_unstable();
        terms.dedup();
        match terms.as_slice() {
            [] => pick(lang, "aucun terme de l'EN 16931", "no term of EN 16931").to_owned(),
            [term] => format!("{term} {}", term.name(lang)),
            [first, ..] => format!("{first} {}, …", first.name(lang)),
        }
    };
    let what = if path.last()?.starts_with('@') {
        pick(lang, "Attribut d'une syntaxe", "Attribute of a syntax")
    } else {
        pick(lang, "Élément d'une syntaxe", "Element of a syntax")
    };
    let mut page = Explanation::new(&path.join("/"), &title, what);
    let line = |b: &Bound| {
        let (syntax, colon) = (SYNTAXES[b.syntax].1, colon(lang));
        format!("{} {} ({syntax}{colon}{})", b.term, b.term.name(lang), b.whole)
    };
    page.section(lang, ("Termes", "Terms"), bound.iter().map(line).collect());
    for b in &bound {
        placed.insert((b.syntax, b.path[..].iter().filter(|s| !s.starts_with('@')).map(|s| (*s).to_owned()).collect()));
    }
    let more = placed.len().saturating_sub(SHOWN);
    let mut places: Vec<String> =
        placed.iter().take(SHOWN).filter_map(|(syntax, path)| place(*syntax, path, lang)).collect();
    if more > 0 {
        places.push(match lang {
            Lang::Fr => format!("… et {more} autre{0} place{0}", lang.s(more)),
            Lang::En => format!("… and {more} other place{}", lang.s(more)),
        });
    }
    page.section(lang, ("Place dans l'ordre du schéma", "Place in the order of the schema"), places);
    page.section(lang, ("Règles", "Rules"), judged(path, lang));
    Some(page)
}

/// Where terms stand at the end of such a path.
fn bound(path: &[String]) -> Vec<Bound> {
    let mut found = Vec::new();
    for term in Term::all().chain(Term::of_messages()) {
        for (syntax, whole) in formats::paths(term).into_iter().enumerate() {
            for one in whole.split(" | ").filter(|one| !one.is_empty()) {
                let steps = steps(one);
                let wanted = path.iter().map(String::as_str);
                if steps.len() >= path.len() && steps[steps.len() - path.len()..].iter().copied().eq(wanted) {
                    found.push(Bound { syntax, path: steps, whole: one, term });
                }
            }
        }
    }
    found
}

/// The steps of a path of the binding, without conditions.
fn steps(path: &'static str) -> Vec<&'static str> {
    let (mut steps, mut depth, mut start) = (Vec::new(), 0usize, 0usize);
    for (at, c) in path.char_indices().chain([(path.len(), '/')]) {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '/' if depth == 0 => {
                let step = &path[start..at];
                steps.push(step.split(['{', '#']).next().unwrap_or(step));
                start = at + 1;
            }
            _ => {}
        }
    }
    steps
}

/// The syntaxes in which the path leads somewhere from the document element.
fn placed(path: &[String]) -> BTreeSet<(usize, Vec<String>)> {
    let elements: Vec<&str> = path.iter().map(String::as_str).filter(|step| !step.starts_with('@')).collect();
    let there = |syntax: Syntax| formats::place(syntax, &elements).is_some();
    let found = SYNTAXES.iter().enumerate().filter(|(_, (syntax, ..))| there(*syntax));
    found.map(|(at, _)| (at, elements.iter().map(|step| (*step).to_owned()).collect())).collect()
}

/// The place of an element, in a line.
fn place(syntax: usize, path: &[String], lang: Lang) -> Option<String> {
    let steps: Vec<&str> = path.iter().map(String::as_str).collect();
    let place = formats::place(SYNTAXES[syntax].0, &steps)?;
    let names = |children: &[Child]| children.iter().map(|child| child.name.as_str()).collect::<Vec<_>>().join(", ");
    let before = &place.children[place.at.saturating_sub(AROUND)..place.at];
    let after = &place.children[place.at + 1..(place.at + 1 + AROUND).min(place.children.len())];
    let own = &place.children[place.at];
    let most = own.most.map_or("n".to_owned(), |most| most.to_string());
    let mut parts = vec![format!("{}..{most}", own.least)];
    if !before.is_empty() {
        parts.push(format!("{} {}", pick(lang, "après", "after"), names(before)));
    }
    if !after.is_empty() {
        parts.push(format!("{} {}", pick(lang, "avant", "before"), names(after)));
    }
    let inside = match steps.split_last() {
        Some((_, above)) if !above.is_empty() => above.join("/"),
        _ => SYNTAXES[syntax].2.to_owned(),
    };
    let within = pick(lang, "dans", "in");
    Some(format!(
        "{}{}{within} {inside}{}{}",
        SYNTAXES[syntax].1,
        colon(lang),
        colon(lang),
        parts.join(pick(lang, " ; ", "; "))
    ))
}

/// The plain rules of such a path.
fn judged(path: &[String], lang: Lang) -> Vec<String> {
    let wanted = path.join("/");
    let asks = |row: &str| {
        row.split(" | ").any(|question| {
            let asked = question.split_whitespace().last().unwrap_or_default();
            let asked = asked.trim_start_matches('/');
            asked.strip_suffix(wanted.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        })
    };
    let all = rules::rules().filter(|rule| rule.is_plain());
    let found = all.filter(|rule| asks(rule.ubl) || asks(rule.cii));
    found.take(12).map(|rule| format!("{}{}{}", rule.id, colon(lang), rule.doc(lang).title)).collect()
}
