//! What the document itself says is right: a value that a finding asks for and does not name, and one that stands elsewhere and
//! explains what is wrong.
//!
//! A suspect is nothing but a change to try. It is told only where, the change made and all judged again, what is wrong goes and
//! nothing new comes, and where no other change does as much. Looked for in documents with fatal findings alone, and bounded.

mod breakdowns;
mod currency;
mod lines;
mod own;
mod rates;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::decimal::{self, Decimal};
use crate::formats::{self, Edit, Read};
use crate::invoice::{self, Term};
use crate::limits;
use crate::rules::{About, Aim, Finding, Severity};
use crate::text::Text;
use crate::xml::{Name, NodeId};

use super::causes::{Again, gone, keys};

/// A change that may explain findings.
struct Suspect {
    /// The finding whose own value it is; none where what is wrong stands elsewhere.
    own: Option<usize>,
    /// Texts of elements, or one other change.
    edits: Vec<Edit>,
    /// The whole text instead, where more than that changes.
    whole: Option<String>,
    /// What is wrong.
    node: NodeId,
    attribute: Option<Name>,
    terms: Vec<Term>,
    about: About,
    found: Option<String>,
    right: Option<String>,
    example: Option<String>,
    message: Text,
    fix: Text,
}

impl Suspect {
    /// The document with the change made.
    fn text(&self, read: &Read<'_>) -> Option<String> {
        if let Some(text) = &self.whole {
            return Some(text.clone());
        }
        let (first, rest) = self.edits.split_first()?;
        let mut text = first.apply(read.invoice.tree())?;
        for edit in rest {
            let next = edit.apply(formats::read_any_text(Cow::Borrowed(&text)).ok()?.invoice.tree())?;
            text = next;
        }
        Some(text)
    }
}

/// Gives findings what the document says is right, and points them at what stands elsewhere and is wrong; those that are so told.
pub(super) fn look(read: &Read<'_>, findings: &mut [Finding], judged: usize, again: Again<'_>) -> HashSet<usize> {
    let open: Vec<usize> = (0..findings.len().min(judged))
        .filter(|at| findings[*at].severity == Severity::Fatal && findings[*at].follows.is_none())
        .collect();
    // Of very many, no single value is the cause that anyone looks for.
    if open.is_empty() || open.len() > limits::SUSPECTED_FINDINGS {
        return HashSet::new();
    }
    let mut suspects = own::candidates(read, findings, &open);
    suspects.extend(currency::suspects(read, findings, &open));
    suspects.extend(breakdowns::suspects(read, findings, &open));
    suspects.extend(rates::suspects(read, findings, &open));
    suspects.extend(lines::suspects(read, findings, &open));
    breakdowns::twice(read, findings, &open);
    // A finding that stands there and knows better speaks for itself.
    let spoken = |suspect: &Suspect| {
        let same = |aim: &Aim| aim.node == suspect.node && aim.attribute == suspect.attribute && aim.right.is_some();
        open.iter().any(|at| findings[*at].aim.as_ref().is_some_and(same))
    };
    suspects.retain(|suspect| suspect.own.is_some() || !spoken(suspect));
    let bytes = read.invoice.tree().source().len().max(1);
    suspects.truncate(limits::SUSPECTS_TRIED.min(limits::CAUSES_TRIED_BYTES / bytes));
    let mut proven: Vec<(Suspect, HashSet<usize>)> = {
        let before = keys(&findings[..judged]);
        let proven = |suspect: Suspect| {
            let after = again(&suspect.text(read)?)?;
            let fatal: Vec<Finding> = after.iter().filter(|f| f.severity == Severity::Fatal).cloned().collect();
            let new = keys(&fatal).iter().any(|(key, count)| before.get(key).is_none_or(|was| was < count));
            let gone = gone(&findings[..judged], &before, &after);
            let own = suspect.own.is_none_or(|own| gone.contains(&own));
            let fatal = gone.iter().any(|at| findings[*at].severity == Severity::Fatal);
            (!new && own && fatal).then_some((suspect, gone))
        };
        suspects.into_iter().filter_map(proven).collect()
    };
    proven.sort_by_key(|(_, gone)| std::cmp::Reverse(gone.len()));
    let (mut told, mut roots): (HashSet<usize>, HashSet<usize>) = Default::default();
    for (at, (suspect, gone)) in proven.iter().enumerate() {
        // Two changes that do the same prove neither.
        let rival = |(other, (rival, same)): (usize, &(Suspect, HashSet<usize>))| {
            let alike = suspect.own.is_none() && rival.own.is_none() || suspect.own == rival.own;
            other != at && alike && same.len() == gone.len() && !same.is_disjoint(gone)
        };
        if proven.iter().enumerate().any(rival) || gone.iter().any(|at| told.contains(at)) {
            continue;
        }
        if let Some(root) = suspect.own.or_else(|| gone.iter().copied().filter(|at| open.contains(at)).min()) {
            told.extend(gone);
            match suspect.own {
                Some(_) => known(&mut findings[root], suspect),
                None => point(read, &mut findings[root], suspect),
            }
            follow(findings, root, gone);
            roots.insert(root);
        }
    }
    roots
}

fn follow(findings: &mut [Finding], root: usize, gone: &HashSet<usize>) {
    let is_structure = |finding: &Finding| finding.rule.starts_with("FCT-XSD-");
    for at in gone.iter().copied().filter(|at| *at != root) {
        let backwards = is_structure(&findings[at]) && !is_structure(&findings[root]);
        let follows_root = findings[at].follows.is_none_or(|before| gone.contains(&before));
        if follows_root && !backwards && findings[root].severity >= findings[at].severity {
            findings[at].follows = Some(root);
        }
    }
}

/// The value that a finding asks for.
fn known(finding: &mut Finding, suspect: &Suspect) {
    if let Some(aim) = finding.aim.as_mut() {
        aim.right.clone_from(&suspect.right);
    }
    finding.example = suspect.example.clone().or(finding.example.take());
    if suspect.fix != Text::default() {
        finding.fix = suspect.fix.clone();
    } else if let Some(right) = suspect.right.as_ref().filter(|right| !finding.fix.fr.contains(right.as_str())) {
        finding.fix.fr.push_str(&format!(" Ici : {right}."));
        finding.fix.en.push_str(&format!(" Here: {right}."));
    }
}

/// What is wrong stands elsewhere.
fn point(read: &Read<'_>, finding: &mut Finding, suspect: &Suspect) {
    let tree = read.invoice.tree();
    let position = suspect.attribute.and_then(|name| tree.attributes(suspect.node).iter().position(|a| a.name == name));
    finding.message = both(&finding.message, &suspect.message);
    finding.fix = suspect.fix.clone();
    finding.place = Some(invoice::place(tree, suspect.node, position));
    finding.terms = suspect.terms.iter().map(|term| term.id().to_owned()).collect();
    finding.found.clone_from(&suspect.found);
    finding.expected.clone_from(&suspect.right);
    finding.example.clone_from(&suspect.example);
    finding.working = None;
    finding.aim = Some(Aim {
        about: suspect.about,
        node: suspect.node,
        attribute: suspect.attribute,
        child: None,
        right: suspect.right.clone(),
    });
}

fn both(first: &Text, second: &Text) -> Text {
    Text::new(format!("{} {}", first.fr, second.fr), format!("{} {}", first.en, second.en))
}

/// What was found less what was expected, in the findings that compute.
fn differences(findings: &[Finding], open: &[usize], wanted: impl Fn(&str) -> bool) -> Vec<Decimal> {
    let mut all: Vec<Decimal> = Vec::new();
    for finding in open.iter().map(|at| &findings[*at]).filter(|f| wanted(&f.group)) {
        let difference = finding.working.as_ref().and_then(|working| working.difference.as_deref());
        if let Some(difference) = difference.and_then(|d| decimal::parse(d.trim_start_matches('+')).ok())
            && !all.contains(&difference)
        {
            all.push(difference);
        }
    }
    all
}

/// Is there a finding of such a group?
fn any(findings: &[Finding], open: &[usize], wanted: impl Fn(&str) -> bool) -> bool {
    open.iter().any(|at| wanted(&findings[*at].group))
}

/// The different texts of a term, in order; a few.
fn texts<'i>(read: &'i Read<'_>, term: Term) -> Vec<&'i str> {
    let mut all: HashMap<&str, usize> = HashMap::new();
    for occurrence in read.invoice.all(term).filter(|o| !o.trimmed().is_empty()) {
        let next = all.len();
        all.entry(occurrence.trimmed()).or_insert(next);
    }
    let mut all: Vec<(&str, usize)> = all.into_iter().collect();
    all.sort_by_key(|(_, order)| *order);
    all.into_iter().map(|(text, _)| text).take(limits::SUSPECTS_EACH).collect()
}
