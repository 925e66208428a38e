//! A customer's rules against an invoice.
//!
//! | asked | passes | finding |
//! |---|---|---|
//! | `[[require]] term` | something not blank stands there; with `[*]`, in each instance of the group | `FCT-CLIENT-REQUIRE` |
//! | its `pattern` | is found in each value: `^` and `$` are the author's to write | `FCT-CLIENT-PATTERN` |
//! | `[[require]] mention` or `text` | one proof anywhere in the invoice | `FCT-CLIENT-MENTION` |
//! | `[[allow]]` | each value is one of those that the rules of this term, whose `when` holds, allow together | `FCT-CLIENT-ALLOW` |
//! | `[[forbid]]` | the term or group is not there, not even empty | `FCT-CLIENT-FORBID` |
//! | `[limits]` | no more attachments (BT-125), none larger | `FCT-CLIENT-LIMIT` |
//!
//! A rule whose `when` is false, or of groups that the invoice does not have, is not asked.

use crate::invoice::{Address, Group, Invoice, Occurrence, Place, Term, bt};
use crate::rules::predicate::{Check, Condition, Hit, Predicate};
use crate::rules::{Finding, Severity};
use crate::text::Text;

use super::file::{Allowed, Ask, Origin, Placed, Rule};
use super::inherit::ClientRules;
use super::mention::Mention;
use super::reader::quote;
use super::{say, terms_of};

/// Most proofs that an outcome names.
const MOST_PROOFS: usize = 20;

/// Terms in which a wording (`text = '…'`) is looked for: where invoices carry sentences.
pub(super) const WORDING_TERMS: [Term; 5] = [bt::BT_20, bt::BT_22, bt::BT_33, bt::BT_120, bt::BT_127];

/// What became of one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Id of the findings of this kind of rule.
    pub rule: &'static str,
    /// Where it is written; several for `[[allow]]` rules of one term, which are asked together.
    pub origins: Vec<Origin>,
    pub severity: Severity,
    /// What it asks, in a sentence.
    pub asks: Text,
    pub verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Nothing to ask: `when` is false, or the invoice has no such group.
    NotAsked,
    /// With what satisfied it, as far as something did rather than nothing being wrong; 20 at most.
    Passed(Vec<Proof>),
    Failed(Vec<Finding>),
}

/// An occurrence that satisfied a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// Such as `BG-25[2]/BT-132`.
    pub address: String,
    pub place: Place,
    /// As written, shortened.
    pub text: String,
}

impl ClientRules {
    /// All findings, in the order of the rules.
    pub fn judge(&self, invoice: &Invoice<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.run(invoice, &mut |_, _, verdict| {
            if let Raw::Failed(mut failed) = verdict {
                findings.append(&mut failed);
            }
        });
        findings
    }

    /// What became of each rule, for `facteur profile test`.
    pub fn test(&self, invoice: &Invoice<'_>) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        self.run(invoice, &mut |rules, asks, verdict| {
            let verdict = match verdict {
                Raw::NotAsked => Verdict::NotAsked,
                Raw::Passed(by) => Verdict::Passed(by.into_iter().take(MOST_PROOFS).map(proof).collect()),
                Raw::Failed(findings) => Verdict::Failed(findings),
            };
            outcomes.push(Outcome {
                rule: rules.rule,
                origins: rules.origins.into_iter().cloned().collect(),
                severity: rules.severity,
                asks,
                verdict,
            });
        });
        outcomes
    }

    fn run<'i>(&self, invoice: &'i Invoice<'i>, tell: &mut dyn FnMut(Told<'_>, Text, Raw<'i>)) {
        for (n, rule) in self.rules.iter().enumerate() {
            let judge = Judge { client: self, rule, invoice };
            let told = Told { rule: rule.ask.rule(), origins: vec![&rule.origin], severity: rule.severity };
            match &rule.ask {
                Ask::Require { .. } | Ask::Forbid { .. } | Ask::Mention(_) | Ask::Wording { .. } => {
                    tell(told, say::asks(rule), judge.rule());
                }
                Ask::Allow { address, .. } => {
                    let same = |r: &&Rule| matches!(&r.ask, Ask::Allow { address: a, .. } if a == address);
                    // Asked once for all of them, where the first stands.
                    if self.rules[..n].iter().any(|r| same(&&**r)) {
                        continue;
                    }
                    let rules: Vec<&Rule> = self.rules[n..].iter().map(|r| &**r).filter(same).collect();
                    let told = Told {
                        origins: rules.iter().map(|r| &r.origin).collect(),
                        severity: rules.iter().map(|r| r.severity).max().unwrap_or(rule.severity),
                        ..told
                    };
                    tell(told, say::allows(&rules), judge.allow(address, &rules));
                }
            }
        }
        for (limit, attachments) in [(&self.limits.attachments, true), (&self.limits.attachment_bytes, false)] {
            let Some(limit) = limit else { continue };
            let verdict = if attachments { self.attachments(invoice, limit) } else { self.sizes(invoice, limit) };
            let told = Told { rule: LIMIT, origins: vec![&limit.origin], severity: Severity::Fatal };
            tell(told, say::limit(attachments, limit.value), verdict);
        }
    }

    /// How many files are attached.
    fn attachments<'i>(&self, invoice: &'i Invoice<'i>, most: &Placed<u64>) -> Raw<'i> {
        let files: Vec<_> = invoice.all(bt::BT_125).collect();
        let allowed = usize::try_from(most.value).unwrap_or(usize::MAX);
        let Some(beyond) = files.get(allowed) else { return Raw::Passed(files) };
        let (message, fix) = say::too_many(self, most);
        Raw::Failed(vec![self.limit(*beyond, files.len().to_string(), most, message, fix)])
    }

    /// How large each of them is, decoded.
    fn sizes<'i>(&self, invoice: &'i Invoice<'i>, most: &Placed<u64>) -> Raw<'i> {
        let mut findings = Vec::new();
        let mut passed = Vec::new();
        for file in invoice.all(bt::BT_125) {
            let bytes = decoded_bytes(file.text());
            if bytes > most.value {
                let (message, fix) = say::too_large(self, most);
                findings.push(self.limit(file, bytes.to_string(), most, message, fix));
            } else {
                passed.push(file);
            }
        }
        if findings.is_empty() { Raw::Passed(passed) } else { Raw::Failed(findings) }
    }

    fn limit(&self, at: Occurrence<'_>, found: String, most: &Placed<u64>, message: Text, fix: Text) -> Finding {
        Finding {
            rule: LIMIT.to_owned(),
            group: LIMIT.to_owned(),
            severity: Severity::Fatal,
            pack: self.pack(),
            terms: vec![bt::BT_125.to_string()],
            place: Some(at.place()),
            found: Some(found),
            expected: Some(format!("≤ {}", most.value)),
            message,
            fix,
        }
    }
}

const LIMIT: &str = "FCT-CLIENT-LIMIT";
const PATTERN: &str = "FCT-CLIENT-PATTERN";

/// A verdict before anybody asked for its proofs.
enum Raw<'i> {
    NotAsked,
    Passed(Vec<Occurrence<'i>>),
    Failed(Vec<Finding>),
}

struct Told<'r> {
    rule: &'static str,
    origins: Vec<&'r Origin>,
    severity: Severity,
}

/// One rule at work.
struct Judge<'r, 'i> {
    client: &'r ClientRules,
    rule: &'r Rule,
    invoice: &'i Invoice<'i>,
}

impl<'i> Judge<'_, 'i> {
    fn rule(&self) -> Raw<'i> {
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
                let mut findings: Vec<_> =
                    self.ask(subjects(address), Check::NotBlank).into_iter().map(|hit| self.absent(address, hit.place)).collect();
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
            Ask::Mention(_) | Ask::Wording { .. } if when.is_some_and(|w| !w.holds(self.invoice.document())) => Raw::NotAsked,
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
    fn allow(&self, address: &Address, rules: &[&Rule]) -> Raw<'i> {
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
        self.finding(self.rule.ask.rule(), vec![address.term], place, None, expected, say::absent(self.client, address), fix)
    }

    fn mismatch(&self, address: &Address, hit: Hit) -> Finding {
        let (message, fix) = say::mismatch(self.client, address, self.rule);
        self.finding(PATTERN, vec![address.term], hit.place, hit.found, hit.expected, message, fix)
    }

    fn forbidden(&self, address: &Address, hit: Hit) -> Finding {
        let (message, fix) = say::forbidden(self.client, address, self.rule);
        self.finding(self.rule.ask.rule(), vec![address.term], hit.place, hit.found, hit.expected, message, fix)
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
        let speaker = applicable.iter().rev().find(|r| r.message.is_some()).or(applicable.last()).copied().unwrap_or(self.rule);
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
        Finding {
            rule: rule.to_owned(),
            group: rule.to_owned(),
            severity: self.rule.severity,
            pack: self.client.pack(),
            terms: terms.iter().map(Term::to_string).collect(),
            place,
            found,
            expected,
            message: self.rule.message.clone().unwrap_or(message),
            fix,
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

fn proof(found: Occurrence<'_>) -> Proof {
    Proof { address: found.address(), place: found.place(), text: quote(found.trimmed()) }
}

/// Bytes that a base64 text stands for; blanks and padding do not count.
fn decoded_bytes(text: &str) -> u64 {
    let letters = text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=').count();
    letters as u64 * 3 / 4
}
