//! What is said once: a rule about elements of CII that says what a rule of the norm says already is not shown of a message.

use std::collections::HashMap;

use crate::invoice::{Place, Term};
use crate::rules::Finding;

/// Rules about elements of CII alone (CII-, FCT-XSD-) say nothing of the message that a rule of the norm does not say of the term: where the same is told so, at
/// least as severely, that stays, and what came of either follows it: linked to one another, or by the same term missing at the same place. A value of the wrong
/// form is told in any case: no rule says so more plainly.
pub(super) fn without_structure(findings: &mut Vec<Finding>) {
    let of_elements = |finding: &Finding| match finding.rule.as_str() {
        "FCT-XSD-VALUE" => false,
        rule => rule.starts_with("CII-") || rule.starts_with("FCT-XSD-"),
    };
    // The most severe of those that follow each.
    let mut follower: Vec<Option<usize>> = vec![None; findings.len()];
    for (at, finding) in findings.iter().enumerate().filter(|(_, finding)| !of_elements(finding)) {
        let Some(known) = finding.follows.and_then(|cause| follower.get_mut(cause)) else { continue };
        if known.and_then(|known| findings.get(known)).is_none_or(|known| known.severity < finding.severity) {
            *known = Some(at);
        }
    }
    let missed = missed(findings);
    // Which finding says in its place what one of these says.
    let said_by: Vec<Option<usize>> = findings
        .iter()
        .zip(follower)
        .map(|(own, follower)| {
            let speaks = |other: &usize| {
                findings.get(*other).is_some_and(|other| !of_elements(other) && other.severity >= own.severity)
            };
            let linked = || own.follows.filter(speaks).or(follower.filter(speaks));
            of_elements(own).then(|| linked().or_else(|| same_missing(own, findings, &missed).filter(speaks))).flatten()
        })
        .collect();
    if said_by.iter().all(Option::is_none) {
        return;
    }
    let mut kept = Vec::with_capacity(findings.len());
    for said in &said_by {
        kept.push(kept.last().map_or(0, |before: &usize| *before) + usize::from(said.is_none()));
    }
    let now = |at: usize| kept.get(at).map(|count| count.saturating_sub(1));
    for at in 0..findings.len() {
        // A cause that goes hands on to what speaks for it, which follows nothing but what that followed.
        let cause = findings[at].follows.and_then(|cause| match said_by.get(cause).copied().flatten() {
            Some(instead) if instead == at => {
                let root = findings.get(cause).and_then(|cause| cause.follows);
                root.filter(|root| said_by.get(*root).is_some_and(Option::is_none))
            }
            Some(instead) => Some(instead),
            None => Some(cause),
        });
        findings[at].follows = cause.filter(|cause| *cause != at);
    }
    for finding in findings.iter_mut() {
        finding.follows = finding.follows.and_then(now);
    }
    let mut said_by = said_by.into_iter();
    findings.retain(|_| said_by.next().flatten().is_none());
}

/// The findings that miss a term, by their place: of a message of many lines there are many.
fn missed(findings: &[Finding]) -> HashMap<&Place, Vec<(usize, Term)>> {
    let mut missed: HashMap<&Place, Vec<(usize, Term)>> = HashMap::new();
    for (at, finding) in findings.iter().enumerate().filter(|(_, finding)| !finding.rule.starts_with("CII-")) {
        let term = finding.expected.as_deref().filter(|_| finding.found.is_none()).and_then(Term::parse);
        if let Some((place, term)) = finding.place.as_ref().zip(term) {
            missed.entry(place).or_default().push((at, term));
        }
    }
    missed
}

/// The rule of the same pack that misses, at the same place, the term that this one misses, or one in the group that this one misses. Where the norm could not be
/// judged to its end nothing was tried, and this alone links them.
fn same_missing(own: &Finding, findings: &[Finding], missed: &HashMap<&Place, Vec<(usize, Term)>>) -> Option<usize> {
    let term = own.terms.first().and_then(|id| Term::parse(id)).filter(|_| own.found.is_none())?;
    let is_in = |other: Term| std::iter::successors(Some(other), |inner| inner.group()).any(|around| around == term);
    let there = missed.get(own.place.as_ref()?)?.iter();
    let mut there = there.filter(|(at, other)| is_in(*other) && findings.get(*at).is_some_and(|f| f.pack == own.pack));
    there.next().map(|(at, _)| *at)
}
