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

use crate::invoice::{Invoice, Occurrence, Place};
use crate::rules::{Finding, Severity};
use crate::text::Text;

use super::file::{Ask, Origin, Rule};
use super::inherit::ClientRules;
use super::judge_rule::Judge;
use super::reader::quote;
use super::say;

/// Most proofs that an outcome names.
const MOST_PROOFS: usize = 20;

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
}

pub(super) const LIMIT: &str = "FCT-CLIENT-LIMIT";

/// A verdict before anybody asked for its proofs.
pub(super) enum Raw<'i> {
    NotAsked,
    Passed(Vec<Occurrence<'i>>),
    Failed(Vec<Finding>),
}

struct Told<'r> {
    rule: &'static str,
    origins: Vec<&'r Origin>,
    severity: Severity,
}

fn proof(found: Occurrence<'_>) -> Proof {
    Proof { address: found.address(), place: found.place(), text: quote(found.trimmed()) }
}
