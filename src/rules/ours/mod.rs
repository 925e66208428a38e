//! Checks of our own, beyond the official set (`FCT-…`): what no official rule says and a platform, a bank or a customer refuses all
//! the same. The pack `facteur`.
//!
//! They are asked of the model, so that every syntax gets the same finding at the same term. They warn, or remark: none of them
//! makes an invoice invalid. Where an official rule has spoken of the same place, they are silent. What each checks stands in
//! `schemas/rules/own.toml`, for `facteur explain`.

mod attachments;
mod ceiling;
mod dates;
mod digits;
mod facts;
mod files;
mod iban;
mod identifiers;
mod marks;
mod month_end;
mod notes;
mod parties;
mod payment;
mod rates;
mod references;
mod say;
#[cfg(test)]
mod tests;
mod vat;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

use crate::day::Day;
use crate::invoice::{Invoice, Place};
use crate::limits;
use crate::rules::Finding;
use crate::rules::client::Payment;

pub use ceiling::{Ceiling, Count, laws};
pub use facts::department;
pub use files::declared;
pub use references::{Preceding, preceding};

/// Has a VAT number, without blanks and in upper case, the form and the key of its country, as far as those are known?
pub fn vat_number_is_right(number: &str) -> bool {
    vat::judge(number) == vat::Vat::Right
}

use facts::Facts;
use say::Said;

/// The name of the pack, as `--rules` and reports have it.
pub const PACK: &str = "facteur";

/// Grows with every change of what a check finds.
pub const VERSION: &str = "3";

/// Every rule of the pack.
pub const RULES: [&str; 31] = [
    "FCT-SIREN",
    "FCT-SIRET",
    "FCT-VAT",
    "FCT-VAT-SIREN",
    "FCT-IBAN",
    "FCT-BIC",
    "FCT-CREDITOR",
    "FCT-GLN",
    "FCT-GTIN",
    "FCT-IDENTIFIER",
    "FCT-MARKS",
    "FCT-MENTION-EMPTY",
    "FCT-BUYER-SIREN",
    "FCT-ADDRESS-SIREN",
    "FCT-ADDRESS-SCHEME",
    "FCT-ADDRESS-SAME",
    "FCT-DATE-FUTURE",
    "FCT-DATE-PAST",
    "FCT-DATE-FAR",
    "FCT-DATE-ORDER",
    "FCT-DUE-LIMIT",
    "FCT-PRECEDING-SELF",
    "FCT-PRECEDING-LATER",
    "FCT-PRECEDING-TWICE",
    "FCT-PRECEDING-MISSING",
    "FCT-PRECEDING-BOTH",
    "FCT-RATE-FORM",
    "FCT-ATTACHMENT-NAME",
    "FCT-ATTACHMENT-TYPE",
    "FCT-ATTACHMENT-EMPTY",
    "FCT-ATTACHMENT-SIZE",
];

/// SHA-256 of the tables that the checks are made of, in hexadecimal.
pub fn sha256() -> &'static str {
    static DIGEST: LazyLock<String> = LazyLock::new(|| {
        let tables = [
            VERSION,
            include_str!("../../../schemas/identifiers/iban.txt"),
            include_str!("../../../schemas/identifiers/vat.txt"),
            include_str!("../../../schemas/payment-terms.toml"),
            facts::TERRITORIES,
            files::SOURCE,
        ];
        let digest = tables.iter().chain(&RULES).fold(Sha256::new(), |hash, text| hash.chain_update(text)).finalize();
        digest.iter().map(|b| format!("{b:02x}")).collect()
    });
    &DIGEST
}

/// What the checks need to know beside the invoice.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'s> {
    /// The day that counts as today.
    pub as_of: Day,
    /// The day as of which the invoice is to be judged (`--date`), where one was named.
    pub date: Option<Day>,
    /// What the customer file says of payment.
    pub payment: Option<&'s Payment>,
    /// Did the French rules run?
    pub french_rules: bool,
}

/// Judges an invoice. `said` is what others found in it: where an official rule has spoken of the same place, nothing is added to
/// it. Positions in `follows` count from the first of these findings.
pub fn judge(invoice: &Invoice<'_>, setting: Setting<'_>, said: &[Finding]) -> Vec<Finding> {
    let facts = Facts::of(invoice, setting);
    let mut all: Vec<Said> = Vec::new();
    identifiers::findings(&facts, &mut all);
    parties::meant(&facts, &mut all);
    parties::findings(&facts, &mut all);
    notes::findings(&facts, &mut all);
    dates::findings(&facts, &mut all);
    payment::findings(&facts, &mut all);
    references::findings(&facts, &mut all);
    rates::findings(&facts, &mut all);
    attachments::findings(&facts, &mut all);
    if all.is_empty() {
        let mut marks = Vec::new();
        marks::findings(&facts, &mut marks);
        all = marks;
    } else {
        // A number that is wrong for what it is need not be told that it has an odd blank too.
        let told: HashSet<String> = all.iter().filter_map(|said| path(&said.finding)).collect();
        let mut marks = Vec::new();
        marks::findings(&facts, &mut marks);
        all.extend(marks.into_iter().filter(|said| path(&said.finding).is_none_or(|path| !told.contains(&path))));
    }
    if all.is_empty() {
        return Vec::new();
    }
    let spoken: HashSet<String> = said.iter().filter(|f| is_official(f)).filter_map(path).collect();
    all.retain(|said| !said.yields || path(&said.finding).is_none_or(|path| !spoken.contains(&path)));
    bounded(&mut all);
    linked(all)
}

fn is_official(finding: &Finding) -> bool {
    !finding.pack.starts_with("client")
}

/// A path tells an element or attribute from all others.
fn path(finding: &Finding) -> Option<String> {
    match &finding.place {
        Some(Place::Xml { path, .. }) => Some(path.clone()),
        _ => None,
    }
}

/// No more of one rule than any other rule lists.
fn bounded(all: &mut Vec<Said>) {
    let mut count: HashMap<String, usize> = HashMap::new();
    all.retain(|said| {
        let seen = count.entry(said.finding.rule.clone()).or_default();
        *seen += 1;
        *seen <= limits::FINDINGS_PER_RULE
    });
}

/// In the order of the document; findings about one wrong SIREN follow the one about the SIREN itself.
fn linked(mut all: Vec<Said>) -> Vec<Finding> {
    let at = |said: &Said| match said.finding.place {
        Some(Place::Xml { line, column, .. }) => (line, column),
        _ => (0, 0),
    };
    all.sort_by_key(at);
    let mut roots: HashMap<String, usize> = HashMap::new();
    for (position, said) in all.iter().enumerate() {
        let Some(siren) = said.siren.as_ref().filter(|_| said.finding.rule == "FCT-SIREN") else { continue };
        let root = roots.entry(siren.clone()).or_insert(position);
        if said.legal && !all.get(*root).is_some_and(|first| first.legal) {
            *root = position;
        }
    }
    let follows: Vec<Option<usize>> = all
        .iter()
        .enumerate()
        .map(|(position, said)| {
            said.siren.as_ref().and_then(|siren| roots.get(siren)).copied().filter(|root| *root != position)
        })
        .collect();
    all.into_iter().zip(follows).map(|(said, follows)| Finding { follows, ..said.finding }).collect()
}
