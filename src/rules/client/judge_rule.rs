//! One rule against an invoice, and the findings it makes.

use crate::formats;
use crate::invoice::{Address, Group, Invoice, Occurrence, Place, Term, bt};
use crate::rules::Finding;
use crate::rules::predicate::{Check, Condition, Hit, Predicate};
use crate::text::Text;

use super::file::{Allowed, Ask, Rule};
use super::inherit::ClientRules;
use super::judge::Raw;
use super::mention::Mention;
use super::reader::quote;
use super::{say, terms_of};

const PATTERN: &str = "FCT-CLIENT-PATTERN";

/// Terms in which a wording (`text = '…'`) is looked for: where invoices carry sentences.
const WORDING_TERMS: [Term; 5] = [bt::BT_20, bt::BT_22, bt::BT_33, bt::BT_120, bt::BT_127];

/// One rule at work.
pub struct Judge<'r, 'i> {
    pub client: &'r ClientRules,
    pub rule: &'r Rule,
    pub invoice: &'i Invoice<'i>,
}

impl<'i> Judge<'_, 'i> {
    pub fn rule(&self) -> Raw<'i> {
        let when = self.rule.when.as_ref();
        match &self.rule.ask {
            Ask::Require { address, pattern } => {
                let scopes = self.scopes(address, when);
                let by_number = address.groups.iter().any(|(_, position)| position.is_some());
                // `BG-25[2]` is asked for by name: where there is no second line, the term is not there.
                if scopes == 0 && by_number && when.is_none_or(|w| w.holds(self.invoice.document())) {
                    return Raw::Failed(vec![self.absent(address, self.invoice.document().place())]);
                }
                if scopes == 0 {
                    return Raw::NotAsked;
                }
                let mut findings: Vec<_> = self
                    .ask(subjects(address), Check::NotBlank)
                    .into_iter()
                    .map(|hit| self.absent(address, hit.place))
                    .collect();
                if let Some(pattern) = pattern {
                    let hits = self.ask(vec![address.clone()], Check::Pattern(pattern.clone()));
                    findings.extend(hits.into_iter().map(|hit| self.mismatch(address, hit)));
                }
                self.verdict(findings, || subjects(address).iter().flat_map(|a| self.values(a, when)).collect())
            }
            Ask::Forbid { address } => {
                if self.scopes(address, when) == 0 {
                    return Raw::NotAsked;
                }
                let hits = self.ask(vec![address.clone()], Check::Absent);
                self.verdict(hits.into_iter().map(|hit| self.forbidden(address, hit)).collect(), Vec::new)
            }
            Ask::Mention(_) | Ask::Wording { .. } if when.is_some_and(|w| !w.holds(self.invoice.document())) => {
                Raw::NotAsked
            }
            Ask::Mention(mention) => match mention.proofs(self.invoice) {
                proofs if proofs.is_empty() => Raw::Failed(vec![self.unmentioned(mention)]),
                proofs => Raw::Passed(proofs),
            },
            Ask::Wording { pattern, .. } => {
                let hits = self.ask(WORDING_TERMS.map(bare).to_vec(), Check::SomePattern(pattern.clone()));
                let findings = hits.into_iter().map(|_| self.unworded()).collect();
                let proofs = || {
                    let texts = WORDING_TERMS.iter().flat_map(|term| self.invoice.all(*term));
                    texts.filter(|o| pattern.matches(o.trimmed())).collect()
                };
                self.verdict(findings, proofs)
            }
            Ask::Allow { address, .. } => self.allow(address, &[self.rule]),
        }
    }

    /// The rules of one term: each value is one that a rule whose `when` holds allows, where any holds.
    pub fn allow(&self, address: &Address, rules: &[&Rule]) -> Raw<'i> {
        let (mut findings, mut passed, mut asked) = (Vec::new(), Vec::new(), false);
        let mut scope: Option<(Group<'i>, Vec<&Rule>)> = None;
        for found in address.occurrences(self.invoice) {
            let here = scope_of(found, address);
            let applicable = match scope.take() {
                Some((group, rules)) if group.id() == here.id() => rules,
                _ => rules.iter().copied().filter(|r| r.when.as_ref().is_none_or(|w| w.holds(here))).collect(),
            };
            if !applicable.is_empty() && !found.trimmed().is_empty() {
                asked = true;
                if applicable.iter().any(|r| values(r).iter().any(|v| v.is(found))) {
                    passed.push(found);
                } else if findings.len() < crate::limits::FINDINGS_PER_RULE {
                    findings.push(self.disallowed(found, &applicable));
                }
            }
            scope = Some((here, applicable));
        }
        match (asked, findings.is_empty()) {
            (false, _) => Raw::NotAsked,
            (true, true) => Raw::Passed(passed),
            (true, false) => Raw::Failed(findings),
        }
    }

    fn ask(&self, subjects: Vec<Address>, check: Check) -> Vec<Hit> {
        Predicate { scope: None, subjects, check, when: self.rule.when.clone() }.judge(self.invoice)
    }

    fn verdict(&self, findings: Vec<Finding>, proofs: impl FnOnce() -> Vec<Occurrence<'i>>) -> Raw<'i> {
        if findings.is_empty() { Raw::Passed(proofs()) } else { Raw::Failed(findings) }
    }

    /// How many instances the rule asks of.
    fn scopes(&self, address: &Address, when: Option<&Condition>) -> usize {
        address.scopes(self.invoice).into_iter().filter(|scope| when.is_none_or(|w| w.holds(*scope))).count()
    }

    /// What stands at an address, where the condition holds.
    fn values(&self, address: &Address, when: Option<&Condition>) -> Vec<Occurrence<'i>> {
        let mut found = address.occurrences(self.invoice);
        found.retain(|o| !o.trimmed().is_empty() && when.is_none_or(|w| w.holds(scope_of(*o, address))));
        found
    }

    fn absent(&self, address: &Address, place: Option<Place>) -> Finding {
        let fix = say::fill_in(address.term, self.rule);
        let expected = match &self.rule.ask {
            Ask::Require { pattern: Some(pattern), .. } => Some(pattern.source().to_owned()),
            _ => None,
        };
        self.finding(
            self.rule.ask.rule(),
            vec![address.term],
            place,
            None,
            expected,
            say::absent(self.client, address),
            fix,
        )
    }

    fn mismatch(&self, address: &Address, hit: Hit) -> Finding {
        let (message, fix) = say::mismatch(self.client, address, self.rule);
        self.finding(PATTERN, vec![address.term], hit.place, hit.found, hit.expected, message, fix)
    }

    fn forbidden(&self, address: &Address, hit: Hit) -> Finding {
        let (message, fix) = say::forbidden(self.client, address, self.rule);
        // Instances of a group are counted; a value speaks for itself.
        let expected = hit.expected.filter(|_| address.term.is_group());
        self.finding(self.rule.ask.rule(), vec![address.term], hit.place, hit.found, expected, message, fix)
    }

    fn unmentioned(&self, mention: &Mention) -> Finding {
        let (message, fix) = say::unmentioned(self.client, mention, self.rule);
        let place = self.invoice.document().place();
        let expected = Some(say::where_proven(mention));
        self.finding(self.rule.ask.rule(), mention.places(), place, None, expected, message, fix)
    }

    fn unworded(&self) -> Finding {
        let expected = match &self.rule.ask {
            Ask::Wording { written, .. } => Some(written.clone()),
            _ => None,
        };
        let (message, fix) = say::unworded(self.client, self.rule);
        let place = self.invoice.document().place();
        self.finding(self.rule.ask.rule(), WORDING_TERMS.to_vec(), place, None, expected, message, fix)
    }

    fn disallowed(&self, found: Occurrence<'_>, applicable: &[&Rule]) -> Finding {
        // The nearest file speaks last, and in its own words where it has some.
        let speaker =
            applicable.iter().rev().find(|r| r.message.is_some()).or(applicable.last()).copied().unwrap_or(self.rule);
        let (message, fix) = say::disallowed(self.client, found.term(), speaker);
        let allowed: Vec<_> = applicable.iter().flat_map(|r| values(r)).map(|v| v.written.as_str()).collect();
        let severity = applicable.iter().map(|r| r.severity).max().unwrap_or(self.rule.severity);
        let expected = Some(quote(&allowed.join(" | ")));
        let judge = Judge { rule: speaker, ..*self };
        let text = Some(quote(found.trimmed()));
        let id = self.rule.ask.rule();
        Finding { severity, ..judge.finding(id, vec![found.term()], Some(found.place()), text, expected, message, fix) }
    }

    #[allow(clippy::too_many_arguments)]
    fn finding(
        &self,
        rule: &str,
        terms: Vec<Term>,
        place: Option<Place>,
        found: Option<String>,
        expected: Option<String>,
        message: Text,
        fix: Text,
    ) -> Finding {
        let missing = terms.first().filter(|_| found.is_none() && terms.len() == 1);
        let example = missing.and_then(|term| formats::example(self.invoice.syntax(), *term, None));
        Finding {
            rule: rule.to_owned(),
            group: rule.to_owned(),
            example,
            severity: self.rule.severity,
            pack: self.client.pack(),
            terms: terms.iter().map(Term::to_string).collect(),
            place,
            found,
            expected,
            message: self.rule.message.clone().unwrap_or(message),
            fix,
            ..Finding::default()
        }
    }
}

fn values(rule: &Rule) -> &[Allowed] {
    match &rule.ask {
        Ask::Allow { values, .. } => values,
        _ => &[],
    }
}

/// The instance of the innermost group of the address around a value; the document where the address names none.
fn scope_of<'i>(found: Occurrence<'i>, address: &Address) -> Group<'i> {
    let document = found.group().invoice().document();
    let Some((last, _)) = address.groups.last() else { return document };
    std::iter::successors(Some(found.group()), |g| g.parent()).find(|g| g.term() == Some(*last)).unwrap_or(document)
}

/// A group is there if one of its terms is.
fn subjects(address: &Address) -> Vec<Address> {
    if !address.term.is_group() || address.position.is_some() {
        return vec![address.clone()];
    }
    terms_of(address.term).map(|term| Address { groups: address.groups.clone(), ..bare(term) }).collect()
}

fn bare(term: Term) -> Address {
    Address { groups: Vec::new(), term, position: None }
}
