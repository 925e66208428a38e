//! How a finding of these checks is made: warning, of the pack, at the element that is meant.

use crate::formats::{self, put_right};
use crate::invoice::{Group, Invoice, Kind, Occurrence, Term};
use crate::rules::predicate::quote;
use crate::rules::{Finding, Severity, own};
use crate::text::{Lang, Text, visible};

use super::PACK;

/// A finding, and what decides whether it stands beside what others said.
pub struct Said {
    pub finding: Finding,
    /// It says of its place what an official rule may have said already: then it is left out.
    pub yields: bool,
    /// The SIREN it comes from: all findings about one wrong SIREN follow the first that is about the SIREN itself.
    pub siren: Option<String>,
    /// Is it about the SIREN itself, as the register's own identifier (0002)?
    pub legal: bool,
}

impl Said {
    pub fn yielding(finding: Finding) -> Said {
        Said { yields: true, ..Said::beside(finding) }
    }

    /// Whatever others say of the place, this is another matter.
    pub fn beside(finding: Finding) -> Said {
        Said { finding, yields: false, siren: None, legal: false }
    }

    pub fn of_siren(self, siren: &str) -> Said {
        Said { siren: Some(siren.to_owned()), ..self }
    }
}

/// A finding about a value. `right` is the value that puts it right, where one alone does; else the example shows what the rule's
/// own example does; of an address of several parts, of which one is wrong, none.
pub fn value(rule: &str, at: Occurrence<'_>, right: Option<&str>, message: Text, fix: Text) -> Finding {
    let tree = at.invoice().tree();
    let shown = right.or_else(|| sample(rule, at));
    let example = shown.filter(|_| !at.is_attribute()).map(|shown| put_right(tree, at.node(), Some(shown), None, None));
    let found = visible(&quote(at.trimmed())).into_owned();
    Finding {
        place: Some(at.place()),
        found: Some(found).filter(|found| !found.is_empty()),
        expected: right.map(str::to_owned),
        example,
        ..bare(rule, &[at.term()], message, fix)
    }
}

/// An identifier as the rule's own example shows it, where the term is one. Of an address of several parts one is wrong: none.
fn sample(rule: &str, at: Occurrence<'_>) -> Option<&'static str> {
    own::sample(rule).filter(|_| at.term().kind() == Kind::Identifier && !at.trimmed().contains('_'))
}

/// A finding about a term that is missing in a group, or in the document.
pub fn missing(rule: &str, within: Group<'_>, term: Term, message: Text, fix: Text) -> Finding {
    let invoice = within.invoice();
    Finding {
        place: within.place().or_else(|| Some(invoice.place_of(0))),
        example: formats::example(invoice.syntax(), term, None),
        ..bare(rule, &[term], message, fix)
    }
}

/// The group where something should stand: the first of its kind, else the document.
pub fn around<'i>(invoice: &'i Invoice<'i>, group: Term) -> Group<'i> {
    invoice.groups(group).find(|group| group.node().is_some()).unwrap_or_else(|| invoice.document())
}

/// A finding of nowhere yet.
pub fn bare(rule: &str, terms: &[Term], message: Text, fix: Text) -> Finding {
    Finding {
        rule: rule.to_owned(),
        group: rule.to_owned(),
        severity: Severity::Warning,
        pack: PACK.to_owned(),
        terms: terms.iter().map(|term| term.id().to_owned()).collect(),
        message,
        fix,
        ..Finding::default()
    }
}

/// A term as sentences name it: `BT-30 (…)`, `… (BT-30)`.
pub fn called(term: Term) -> (String, String) {
    (term.called(Lang::Fr), term.called(Lang::En))
}

/// A value between the quotation marks of each language.
pub fn quoted(text: &str) -> (String, String) {
    let text = visible(&quote(text)).into_owned();
    (format!("« {text} »"), format!("\"{text}\""))
}
