//! The customer's file: which one, what it asks, where it sends, and what it overrules.

use std::sync::Arc;

use super::{Choice, Options};
use crate::invoice::Invoice;
use crate::report::{self, NotRun, PackRun, Report};
use crate::rules;
use crate::rules::client::{self, ClientRules, Clients, SeverityRule};
use crate::rules::{Direction, Finding};
use crate::text::Text;

/// The customer's own rules, where there are files and one is this buyer's.
pub(super) fn judge(invoice: &Invoice<'_>, options: &Options<'_>, report: &mut Report) -> Option<Arc<ClientRules>> {
    let clients = options.clients?;
    let (rules, reason) = match options.client {
        Some(name) => (clients.named(name).cloned(), "--client".to_owned()),
        None => match clients.choose(invoice) {
            client::Choice::None => {
                report.not_run.extend(unknown_customer(clients));
                return None;
            }
            client::Choice::One { client, by, value } => (Some(client), format!("{} = {value}", by.key())),
            client::Choice::Ambiguous(ambiguity) => {
                let finding = ambiguity.finding();
                report.not_run.push(NotRun { pack: "client".to_owned(), reason: finding.message.clone() });
                report.findings.push(finding);
                return None;
            }
        },
    };
    let Some(rules) = rules else {
        let name = options.client.unwrap_or_default();
        let (fr, en) =
            (format!("aucun fichier client ne s'appelle {name}"), format!("no customer file is called {name}"));
        report.not_run.push(NotRun { pack: format!("client:{name}"), reason: Text::new(fr, en) });
        return None;
    };
    report.packs.push(PackRun {
        id: rules.pack(),
        version: "1".to_owned(),
        sha256: rules.sha256.clone(),
        rules: rules.count(),
        reason,
        calendar: None,
        presumed: false,
        in_force: None,
    });
    report.findings.extend(rules.judge(invoice));
    Some(rules)
}

/// Nobody's file matches. Where a file is refused and no good version of it is in force, it may have been this customer's: then
/// its rules did not run, and nothing may be called valid.
fn unknown_customer(clients: &Clients) -> Option<NotRun> {
    let refused = clients.refused()?;
    let file = &refused.file;
    Some(NotRun {
        pack: "client".to_owned(),
        reason: Text::new(
            format!("le fichier client {file} est refusé : c'est peut-être celui de ce client"),
            format!("customer file {file} is refused: it may be this customer's"),
        ),
    })
}

/// The customer file that is the buyer's, or that was chosen by name.
pub(super) fn its_file(invoice: &Invoice<'_>, options: &Options<'_>) -> Option<Arc<ClientRules>> {
    let clients = options.clients?;
    match (options.client, clients.choose(invoice)) {
        (Some(name), _) => clients.named(name).cloned(),
        (None, client::Choice::One { client, .. }) => Some(client),
        (None, _) => None,
    }
}

/// The route of a customer, where it is a connection of ours to Chorus Pro, with where it stands: its file, else the default of whoever
/// is about to send. What was received goes nowhere.
pub(super) fn route_to_chorus(options: &Options<'_>, client: Option<&ClientRules>) -> Option<String> {
    let (key, route) = route(options, client)?;
    let is_chorus = options.chorus_routes.map_or(route == "chorus-pro", |known| known.contains(route));
    is_chorus.then(|| format!("{key} = {route}"))
}

/// The name of the platform where a customer's invoices go, and the key that says so.
fn route<'r>(options: &Options<'r>, client: Option<&'r ClientRules>) -> Option<(&'static str, &'r str)> {
    let own = client.and_then(|client| client.route.as_ref()).map(|route| ("route", route.value.as_str()));
    let default = options.default_route.filter(|_| options.direction == Direction::Out);
    own.or(default.map(|route| ("[routes] default", route)))
}

/// What the platform where an invoice is about to be sent says of severities. What was received goes nowhere.
fn route_severities<'r>(options: &Options<'r>, client: Option<&'r ClientRules>) -> &'r [Arc<SeverityRule>] {
    let of = |name: &str| options.route_severities?.get(name).map(Vec::as_slice);
    let sent = options.direction == Direction::Out;
    route(options, client).filter(|_| sent).and_then(|(_, name)| of(name)).unwrap_or_default()
}

/// Does the invoice go where CII is read as D16B, and why so? Chorus Pro does (`IN_DP_E1_CII_16B`).
pub(super) fn d16b_route(options: &Options<'_>, client: Option<&ClientRules>, report: &Report) -> Option<String> {
    if matches!(&options.choice, Choice::Named(names) if names.iter().any(|name| name == "chorus")) {
        return Some("--rules chorus".to_owned());
    }
    // Its cadre says so, or its route.
    let asked = report.packs.iter().find(|run| run.id == rules::chorus::DIRECT).map(|run| run.reason.clone());
    asked.or_else(|| route_to_chorus(options, client))
}

/// What the route and customer files say of all these findings: other severities, waivers. After everything else, so that they only mark.
pub(super) fn overrule(
    invoice: &Invoice<'_>,
    client: Option<&ClientRules>,
    options: &Options<'_>,
    report: &mut Report,
) {
    let packs: Vec<&str> = report.packs.iter().map(|pack| pack.id.as_str()).collect();
    let judged = client::Judged { as_of: options.as_of, packs: &packs, whole: report.not_run.is_empty() };
    let route = route_severities(options, client);
    let told = client::overrule(invoice, route, client, options.clients, judged, &mut report.findings);
    report.findings.extend(told);
    stand_alone(&mut report.findings);
    report.waived = report::Waivers::of(&report.findings);
    report.lowered = report::Lowered::of(&report.findings);
}

/// What blocks goes with nothing that does not, nor with anything less grave: a cause that was waived or lowered keeps below it only what
/// passes with it. What stood there stands by itself.
fn stand_alone(findings: &mut [Finding]) {
    for at in 0..findings.len() {
        let Some(root) = findings[at].follows.and_then(|root| findings.get(root)) else { continue };
        let own = &findings[at];
        if own.severity > root.severity || (own.blocks() && !root.blocks()) {
            findings[at].follows = None;
        }
    }
}
