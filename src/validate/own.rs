//! The pack `facteur`: our own checks beside the others, listed like them.

use crate::day::Day;
use crate::invoice::Invoice;
use crate::report::{PackRun, Report};
use crate::rules::client::ClientRules;
use crate::rules::{Finding, ours};

use super::Options;

/// The pack whose questions ours do not ask again.
pub(super) const FRENCH: &str = "fr";

/// Our checks as they are asked for one document.
#[derive(Clone, Copy)]
pub(super) struct Ours<'c> {
    as_of: Day,
    date: Option<Day>,
    client: Option<&'c ClientRules>,
    reason: &'static str,
}

impl<'c> Ours<'c> {
    /// None where the packs are named and ours is not among them.
    pub fn asked(options: &Options<'_>, client: Option<&'c ClientRules>) -> Option<Ours<'c>> {
        options.choice.ours().map(|reason| Ours { as_of: options.as_of, date: options.date, client, reason })
    }

    /// Adds what they find to what others found.
    pub fn add(self, invoice: &Invoice<'_>, french_rules: bool, findings: &mut Vec<Finding>) {
        let payment = self.client.map(|client| &client.payment);
        let setting = ours::Setting { as_of: self.as_of, date: self.date, payment, french_rules };
        let mut own = ours::judge(invoice, setting, findings);
        let shift = findings.len();
        own.iter_mut().filter_map(|finding| finding.follows.as_mut()).for_each(|root| *root += shift);
        findings.extend(own);
    }
}

/// Runs them, after all else.
pub(super) fn judge(invoice: &Invoice<'_>, options: &Options<'_>, client: Option<&ClientRules>, report: &mut Report) {
    let Some(own) = Ours::asked(options, client) else { return };
    let french_rules = report.packs.iter().any(|pack| pack.id == FRENCH);
    own.add(invoice, french_rules, &mut report.findings);
    report.packs.push(PackRun {
        id: ours::PACK.to_owned(),
        version: ours::VERSION.to_owned(),
        sha256: ours::sha256().to_owned(),
        rules: ours::RULES.len(),
        reason: own.reason.to_owned(),
        calendar: None,
        presumed: false,
        in_force: None,
    });
}
