//! What customer files say of findings that others made: another severity, a waiver. Nothing is taken away; what changed is marked.

use std::sync::Arc;

use crate::day::Day;
use crate::invoice::Invoice;
use crate::rules::{Finding, Severity, own, registry};
use crate::text::Text;

use super::clients::Clients;
use super::inherit::ClientRules;
use super::severity::{self, OVERRULED, SeverityRule};
use super::waive::{Waiver, is_only_for};

const EXPIRED: &str = "FCT-WAIVER-EXPIRED";
const UNUSED: &str = "FCT-WAIVER-UNUSED";
/// The pack of what is said of a PDF; what its pages show, and that they could not be compared.
const CONTAINER: &str = "container";
const VISIBLE: &str = "FCT-PDF-VISIBLE-";
const NOT_COMPARED: &str = "FCT-PDF-NOT-COMPARED";

/// What was judged, as far as it decides what waivers can say.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'j> {
    /// The day that counts as today.
    pub as_of: Day,
    /// The packs that ran, by id.
    pub packs: &'j [&'j str],
    /// Everything that was asked for ran to its end: what is not there is not there.
    pub whole: bool,
}

/// Changes severities, then marks what is waived; gives what there is to tell of both. `route` is what the platform where the invoice goes
/// says of severities: where the customer's file speaks of the same finding, that has the last word.
pub fn overrule(
    invoice: &Invoice<'_>,
    route: &[Arc<SeverityRule>],
    client: Option<&ClientRules>,
    clients: Option<&Clients>,
    judged: Judged<'_>,
    findings: &mut [Finding],
) -> Vec<Finding> {
    let own = client.map(|client| client.severities.as_slice()).unwrap_or_default();
    let severities: Vec<_> = route.iter().chain(own).cloned().collect();
    let mut told = severity::apply(&severities, invoice, findings);
    // A customer's file is for invoices that are the customer's alone.
    let own = client.filter(|client| is_only_for(&client.keys, invoice)).map(|client| client.waivers.as_slice());
    let shared = clients.map(Clients::waivers).unwrap_or_default();
    let covering: Vec<&Arc<Waiver>> =
        own.unwrap_or_default().iter().chain(shared).filter(|waiver| waiver.covers(invoice)).collect();
    for waiver in covering.iter().filter(|waiver| waiver.in_force(judged.as_of)) {
        mark(waiver, findings);
    }
    told.extend(covering.into_iter().filter_map(|waiver| tell(waiver, judged, findings)));
    told
}

/// Marks what one waiver speaks of; of two that speak of one finding the first marks it.
fn mark(waiver: &Waiver, findings: &mut [Finding]) {
    for finding in findings.iter_mut().filter(|finding| touches(waiver, finding) && finding.waived.is_none()) {
        finding.waived = Some(waiver.mark());
    }
}

fn touches(waiver: &Waiver, finding: &Finding) -> bool {
    waiver.is_about(finding) && own::fixed(&finding.rule).is_none()
}

/// What there is to tell of one waiver, once all that are in force have marked their findings.
fn tell(waiver: &Waiver, judged: Judged<'_>, findings: &[Finding]) -> Option<Finding> {
    let about = || findings.iter().filter(|finding| touches(waiver, finding));
    if !waiver.in_force(judged.as_of) {
        return Some(expired(waiver, about().count(), about().filter(|finding| finding.waived.is_none()).count()));
    }
    (about().next().is_none() && judged.whole && was_asked(&waiver.rule, judged.packs, findings))
        .then(|| unused(waiver))
}

/// Could the rule have found something? Not where no pack that has it ran, nor where nobody could look.
fn was_asked(rule: &str, ran: &[&str], findings: &[Finding]) -> bool {
    if rule.starts_with("FCT-CLIENT-") {
        return ran.iter().any(|pack| pack.starts_with("client:"));
    }
    if rule.starts_with("FCT-PDF-") {
        // Pages that could not be compared show neither that they agree nor that they do not.
        let compared = || findings.iter().all(|finding| finding.rule != NOT_COMPARED);
        return ran.contains(&CONTAINER) && (!rule.starts_with(VISIBLE) || compared());
    }
    let mut packs = registry::packs_of(rule).peekable();
    packs.peek().is_none() || packs.any(|pack| ran.contains(&pack))
}

/// Where findings that it would have covered count again (`bare`), a warning. Where nothing is left to cover, or others in force cover
/// it all, it is only to be tidied away.
fn expired(waiver: &Waiver, about: usize, bare: usize) -> Finding {
    let (what, until, who, origin) = (waiver.what(), waiver.until, &waiver.author, &waiver.origin);
    let head = Text::new(
        format!("La dérogation à {what} ({origin}, {who}) a expiré le {until}"),
        format!("The waiver of {what} ({origin}, {who}) expired on {until}"),
    );
    let take_out =
        || Text::new(format!("La retirer de {}.toml.", origin.file), format!("Take it out of {}.toml.", origin.file));
    let (severity, message, fix) = match (about, bare) {
        (0, _) => (
            Severity::Information,
            Text::new(
                format!("{} ; rien ici n'en aurait besoin.", head.fr),
                format!("{}; nothing here would need it.", head.en),
            ),
            take_out(),
        ),
        (_, 0) => (
            Severity::Information,
            Text::new(
                format!("{} ; ce qu'elle excusait, une autre en vigueur l'excuse.", head.fr),
                format!("{}; what it excused, another one in force excuses.", head.en),
            ),
            take_out(),
        ),
        (_, n) => (
            Severity::Warning,
            Text::new(
                format!("{} : elle n'a plus d'effet, et {n} constat(s) de cette facture comptent de nouveau.", head.fr),
                format!("{}: it has no effect any more, and {n} finding(s) of this invoice count again.", head.en),
            ),
            Text::new(
                "Corriger la facture, ou faire prolonger la dérogation (until) par qui en répond.",
                "Correct the invoice, or have the waiver prolonged (until) by whoever answers for it.",
            ),
        ),
    };
    finding(EXPIRED, severity, waiver, message, fix)
}

fn unused(waiver: &Waiver) -> Finding {
    let (what, until, who, origin) = (waiver.what(), waiver.until, &waiver.author, &waiver.origin);
    let message = Text::new(
        format!(
            "La dérogation à {what} ({origin}, {who}, jusqu'au {until}) ne sert à rien ici : la facture respecte la règle."
        ),
        format!("The waiver of {what} ({origin}, {who}, until {until}) is of no use here: the invoice keeps the rule."),
    );
    let fix = Text::new(
        "Rien à corriger. Si aucune facture n'en a plus besoin, retirer la dérogation.",
        "Nothing to correct. If no invoice needs it any more, remove the waiver.",
    );
    finding(UNUSED, Severity::Information, waiver, message, fix)
}

fn finding(rule: &str, severity: Severity, waiver: &Waiver, message: Text, fix: Text) -> Finding {
    Finding {
        rule: rule.to_owned(),
        group: rule.to_owned(),
        severity,
        pack: OVERRULED.to_owned(),
        terms: waiver.term.iter().map(ToString::to_string).collect(),
        message,
        fix,
        ..Finding::default()
    }
}
