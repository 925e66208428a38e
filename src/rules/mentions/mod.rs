//! The pack `mentions`: what French law wants an invoice to say, as far as the invoice itself tells that it is due.
//!
//! The mentions and when each is due are rows of `schemas/mentions.toml`; customer files require, relax or switch on (`[mentions]`).
//! Our own reading of the law, so a warning unless a customer's file says otherwise; where an official rule says the same of the same
//! invoice, nothing is said twice.

mod explain;
mod say;

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use crate::day::Day;
use crate::formats;
use crate::invoice::{Invoice, Term};
use crate::text::Text;

use super::client::{self, ClientRules, Level, Mention, Missing};
use super::registry;
use super::{Finding, Severity, SeverityWas};

pub use explain::{explain, explained};

/// As `--rules` and findings name it.
pub const PACK: &str = "mentions";
/// Raised when what is asked changes.
pub const VERSION: &str = "2";

/// SHA-256 of the table, in hexadecimal.
pub fn sha256() -> &'static str {
    static DIGEST: LazyLock<String> = LazyLock::new(|| {
        let digest = Sha256::digest(include_str!("../../../schemas/mentions.toml"));
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    });
    &DIGEST
}

/// How many mentions are asked of the invoices of a customer.
pub fn count(customer: Option<&ClientRules>) -> usize {
    client::mentions().iter().filter(|mention| level(mention, customer).0 != Level::Off).count()
}

/// The mentions that are due and not there. `day` is the one that counts for the invoice; `ran` are the packs that ran, and `found`
/// what was found before.
pub fn judge(
    invoice: &Invoice<'_>,
    customer: Option<&ClientRules>,
    day: Day,
    ran: &[&str],
    found: &[Finding],
) -> Vec<Finding> {
    let asked = client::mentions().iter().filter_map(|mention| match level(mention, customer) {
        (Level::On(severity), by) if !customer.is_some_and(|customer| customer.requires(mention, invoice)) => {
            Some((mention, severity, by))
        }
        _ => None,
    });
    let mut out = Vec::new();
    for (mention, severity, by) in asked {
        if !is_due(mention, invoice, day) || is_judged(mention, ran) || said(said_by(mention), found) {
            continue;
        }
        let missing: Vec<Missing<'_, '_>> =
            mention.missing(invoice).into_iter().filter(|part| !said(&part.need.said, found)).collect();
        let proven = match mention.has_parts() {
            true => missing.is_empty(),
            false => mention.is_proven(invoice),
        };
        if proven || mention.is_met_otherwise(invoice) || is_needless(mention, invoice) {
            continue;
        }
        let severity_was = by.filter(|_| severity != Severity::Warning).map(|origin| SeverityWas {
            severity: Severity::Warning,
            file: format!("{}.toml", origin.file),
            line: origin.line,
            reason: None,
        });
        out.push(Finding { severity, severity_was, ..finding(mention, &missing, invoice) });
    }
    out
}

/// How severely a mention is asked for, and the file that says so where one does.
fn level<'c>(mention: &Mention, customer: Option<&'c ClientRules>) -> (Level, Option<&'c client::Origin>) {
    let own = customer.and_then(|customer| customer.mentions.iter().find(|asked| asked.mention.id == mention.id));
    match (own, &mention.check) {
        (Some(asked), _) => (asked.level, Some(&asked.origin)),
        (None, Some(_)) => (Level::On(Severity::Warning), None),
        (None, None) => (Level::Off, None),
    }
}

/// Does the invoice itself tell that the mention is due? One that only a customer asks for always is, but where it cannot be.
fn is_due(mention: &Mention, invoice: &Invoice<'_>, day: Day) -> bool {
    if mention.except.as_ref().is_some_and(|except| except.holds(invoice.document())) {
        return false;
    }
    let Some(check) = &mention.check else { return true };
    check.from.is_none_or(|from| from <= day) && check.when.as_ref().is_none_or(|when| when.holds(invoice.document()))
}

/// Is another mention there that makes it needless? That is looked for in texts: after all that is plain to see.
fn is_needless(mention: &Mention, invoice: &Invoice<'_>) -> bool {
    let unless = mention.check.as_ref().and_then(|check| check.unless.as_deref());
    unless.and_then(client::mention).is_some_and(|other| other.is_proven(invoice))
}

/// Did a pack run that judges just this?
fn is_judged(mention: &Mention, ran: &[&str]) -> bool {
    let official = mention.check.iter().flat_map(|check| &check.judged_by);
    official.flat_map(|id| registry::packs_of(id)).any(|pack| ran.contains(&pack))
}

fn said_by(mention: &Mention) -> &[String] {
    mention.check.as_ref().map_or(&[], |check| &check.said)
}

/// Is there a finding of one of these rules or groups?
fn said(rules: &[String], found: &[Finding]) -> bool {
    rules.iter().any(|rule| found.iter().any(|finding| finding.rule == *rule || finding.group == *rule))
}

fn finding(mention: &'static Mention, missing: &[Missing<'_, '_>], invoice: &Invoice<'_>) -> Finding {
    let within = missing.first().map_or(invoice.document(), |part| part.within);
    let terms: Vec<Term> = match missing {
        [] => mention.places(),
        parts => parts.iter().filter_map(|part| part.need.any.first().copied()).collect(),
    };
    let alone = terms.first().filter(|term| terms.len() == 1 && !term.is_group());
    let Text { fr, en } = say::expected(mention, missing);
    Finding {
        rule: mention.rule().to_owned(),
        group: mention.rule().to_owned(),
        severity: Severity::Warning,
        pack: PACK.to_owned(),
        example: alone.and_then(|term| formats::example(invoice.syntax(), *term, None)),
        terms: terms.iter().map(Term::to_string).collect(),
        place: within.place(),
        expected: Some(if fr == en { fr } else { en }),
        message: say::message(mention, missing),
        fix: say::fix(mention, missing),
        ..Finding::default()
    }
}
