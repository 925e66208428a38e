//! Invoice and rule packs to report: which packs are asked for, which ran, and the verdict.

mod causes;
mod choice;
mod chorus;
mod container;
mod container_example;
pub(crate) mod detail;
mod lexical;
mod message;
mod own;
mod profile;
mod proven;
mod sense;
mod spaces;
mod structure;
mod suspects;
mod unreadable;
mod unreadable_pdf;
mod visible;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::day::Day;
use crate::formats::{
    self, Envelope, Read, Unreadable,
    facturx::{FACTURX_PDF, Inside},
};
use crate::invoice::{Identity, Invoice, Place, Syntax, bt};
use crate::pdf::{Direct, Unpack};
use crate::report::{self, Calendar, NotRun, PackRun, Report, Summary, Verdict};
use crate::rules::client::{self, ClientRules, Clients};
use crate::rules::{self, Finding, Pack, Severity};
use crate::text::Text;

pub use crate::rules::Direction;
use choice::Asked;
pub use choice::{Choice, UnknownPack};

/// How to judge.
#[derive(Debug, Clone)]
pub struct Options<'o> {
    /// The day that counts as today; the only way a clock enters.
    pub as_of: Day,
    /// The day by which packs are chosen; BT-2 where none is given.
    pub date: Option<Day>,
    pub direction: Direction,
    /// What the content asks for, or packs by name.
    pub choice: Choice,
    /// Customer files; the buyer's is found by its identifiers.
    pub clients: Option<&'o Clients>,
    /// A customer file chosen by name instead.
    pub client: Option<&'o str>,
    /// The routes that are connections of ours to Chorus Pro; the one called `chorus-pro` where nobody says.
    pub chorus_routes: Option<&'o BTreeSet<String>>,
    /// Are only invoices taken, as where they are about to be sent? Life-cycle messages (CDAR) are then a finding, and not judged.
    pub invoices_only: bool,
    /// Trace findings to their causes and prove their examples; off where only rules, places and severities are asked for.
    pub linked: bool,
    /// Who opens PDFs. On the caller's own thread unless said otherwise; a daemon hands in one that keeps a deadline.
    pub unpack: &'o dyn Unpack,
}

impl<'o> Options<'o> {
    pub fn new(as_of: Day) -> Self {
        Self {
            as_of,
            date: None,
            direction: Direction::Out,
            choice: Choice::Content,
            clients: None,
            client: None,
            chorus_routes: None,
            invoices_only: false,
            linked: true,
            unpack: &Direct,
        }
    }
}

/// A report, and what else reading told: for callers that go on with the invoice.
#[derive(Debug, Clone)]
pub struct Judged {
    pub report: Report,
    /// Seller and buyer; empty where the document could not be read.
    pub identity: Identity,
    /// The customer file that was judged by.
    pub client: Option<Arc<ClientRules>>,
    /// The XML that was judged, where it came out of a PDF: what lines and columns of the report count in.
    pub inside: Option<Vec<u8>>,
}

/// Judges one document. Never panics, whatever the bytes.
pub fn validate(bytes: &[u8], file: &str, options: &Options<'_>) -> Judged {
    let sha256 = hex(&Sha256::digest(bytes));
    let envelope = match Envelope::open(bytes, options.unpack) {
        Err(why) => return unread(&why, file, sha256, options.as_of),
        Ok(envelope) => envelope,
    };
    let mut shown = Vec::new();
    let mut judged = match if options.invoices_only { envelope.read() } else { envelope.read_any() } {
        Err(why) => unread(&why, file, sha256, options.as_of),
        Ok(read) => {
            let mut report = empty(file, sha256, options.as_of);
            let (identity, client) = if read.invoice.syntax().is_invoice() {
                judge(&read, options, &mut report)
            } else {
                message::judge(&read, options, &mut report);
                Default::default()
            };
            // What tells of the report comes out of no second judgement, so that it follows no finding.
            let presumed = report.findings.iter().position(|finding| finding.rule == chorus::PRESUMED);
            let presumed = presumed.map(|at| report.findings.remove(at));
            let judged = report.findings.len();
            report.findings.extend(presumed);
            let packs: Vec<&'static Pack> = report.packs.iter().filter_map(that_ran).collect();
            packs.iter().for_each(|pack| profile::complete(&read, pack.id, &identity, &mut report.findings));
            if let Some(reason) = d16b_route(options, client.as_deref(), &report).filter(|_| envelope.pdf.is_none())
                && read.invoice.syntax() == Syntax::Cii
            {
                report.packs.push(structure::d16b_pack(reason));
                report.findings.extend(structure::d16b(&read));
            }
            mentions(&read.invoice, client.as_deref(), options, &mut report);
            report.syntax = Some(envelope.syntax(&read).to_owned());
            if envelope.pdf.is_some() && options.linked {
                shown = visible::findings(&read.invoice, options.unpack.read_pages(bytes));
            }
            if options.linked {
                let own = own::Ours::asked(options, client.as_deref());
                causes::link(&read, &mut report.findings, judged, &|text| again(text, &packs, client.as_deref(), own));
            }
            overrule(&read.invoice, client.as_deref(), options, &mut report);
            Judged { report, identity, client, inside: None }
        }
    };
    if let Some(inside) = &envelope.pdf {
        around(inside, shown, &mut judged.report);
    }
    judged.report.verdict = verdict(&judged.report);
    judged.inside = match envelope.bytes {
        Cow::Owned(xml) => Some(xml),
        Cow::Borrowed(_) => None,
    };
    judged
}

/// The legal mentions. After the packs and the customer's rules, so that nothing is said twice.
fn mentions(invoice: &Invoice<'_>, client: Option<&ClientRules>, options: &Options<'_>, report: &mut Report) {
    let Some(reason) = options.choice.mentions(&report.packs) else { return };
    let ran: Vec<&str> = report.packs.iter().map(|pack| pack.id.as_str()).collect();
    let (day, _) = day_that_counts(invoice, options);
    let found = rules::mentions::judge(invoice, client, day, &ran, &report.findings);
    report.packs.push(PackRun {
        id: rules::mentions::PACK.to_owned(),
        version: rules::mentions::VERSION.to_owned(),
        sha256: rules::mentions::sha256().to_owned(),
        rules: rules::mentions::count(client),
        reason,
        calendar: None,
        presumed: false,
    });
    report.findings.extend(found);
}

/// What customer files say of all these findings: other severities, waivers. After everything else, so that they only mark.
fn overrule(invoice: &Invoice<'_>, client: Option<&ClientRules>, options: &Options<'_>, report: &mut Report) {
    let packs: Vec<&str> = report.packs.iter().map(|pack| pack.id.as_str()).collect();
    let judged = client::Judged { as_of: options.as_of, packs: &packs, whole: report.not_run.is_empty() };
    let told = client::overrule(invoice, client, options.clients, judged, &mut report.findings);
    report.findings.extend(told);
    report.waived = report::Waivers::of(&report.findings);
}

/// The pack of a run, in the version that ran.
fn that_ran(run: &PackRun) -> Option<&'static Pack> {
    rules::packs().iter().find(|pack| pack.id == run.id && pack.version == run.version)
}

/// The findings of a text by the same packs and customer file, to see what a correction changes: rules and places tell. None where
/// something did not run.
fn again(
    text: &str,
    packs: &[&'static Pack],
    client: Option<&ClientRules>,
    own: Option<own::Ours<'_>>,
) -> Option<Vec<Finding>> {
    let read = formats::read_any_text(Cow::Borrowed(text)).ok()?;
    let invoice = &read.invoice;
    if unreadable::too_many_digits(invoice).is_some() || unreadable::too_many_breakdowns(invoice).is_some() {
        return None;
    }
    let mut findings = structure::places(&read);
    for pack in packs {
        let judged = pack.judge_for_places(invoice);
        if judged.not_run.is_some() || judged.unlisted > 0 {
            return None;
        }
        findings.extend(judged.findings);
    }
    findings.extend(sense::findings(invoice, &findings));
    findings.extend(client.map(|client| client.judge(invoice)).unwrap_or_default());
    if let Some(own) = own {
        own.add(invoice, packs.iter().any(|pack| pack.id == own::FRENCH), &mut findings);
    }
    Some(findings)
}

/// Does the invoice go where CII is read as D16B, and why so? Chorus Pro does (`IN_DP_E1_CII_16B`).
fn d16b_route(options: &Options<'_>, client: Option<&ClientRules>, report: &Report) -> Option<String> {
    if matches!(&options.choice, Choice::Named(names) if names.iter().any(|name| name == "chorus")) {
        return Some("--rules chorus".to_owned());
    }
    // Its cadre says so, or its route.
    let asked = report.packs.iter().find(|run| run.id == rules::chorus::DIRECT).map(|run| run.reason.clone());
    asked.or_else(|| {
        let route = &client?.route.as_ref()?.value;
        leads_to_chorus(options, route).then(|| format!("route = {route}"))
    })
}

/// Is a route a connection of ours to Chorus Pro?
fn leads_to_chorus(options: &Options<'_>, route: &str) -> bool {
    options.chorus_routes.map_or(route == "chorus-pro", |known| known.contains(route))
}

/// Adds what is to be said of the PDF and of what its pages show, before all else, and the attachment's name to every place inside it.
fn around(inside: &Inside, shown: Vec<Finding>, report: &mut Report) {
    for finding in &mut report.findings {
        match &mut finding.place {
            Some(Place::Xml { attachment, .. }) => *attachment = Some(inside.name.clone()),
            place @ None => *place = Some(Place::Attachment { attachment: inside.name.clone() }),
            Some(_) => {}
        }
        for part in finding.working.iter_mut().flat_map(|working| &mut working.parts) {
            if let Some(Place::Xml { attachment, .. }) = &mut part.place {
                *attachment = Some(inside.name.clone());
            }
        }
    }
    if report.syntax.is_none() {
        report.syntax = Some(FACTURX_PDF.to_owned());
    }
    if report.profile.is_none() {
        report.profile.clone_from(&inside.profile);
    }
    report.packs.insert(0, container::pack());
    let mut outside = container::findings(inside);
    outside.extend(shown);
    let shift = outside.len();
    report.findings.iter_mut().filter_map(|finding| finding.follows.as_mut()).for_each(|before| *before += shift);
    report.findings.splice(0..0, outside);
    report.not_run.extend(container::not_run(inside));
}

/// The report of a document that could not be read; for callers that did not even have its bytes.
pub fn unread(why: &Unreadable, file: &str, sha256: String, as_of: Day) -> Judged {
    let mut report = empty(file, sha256, as_of);
    let (finding, reason) = unreadable::explain(why);
    if let Unreadable::Zugferd1 { profile } = why {
        report.profile.clone_from(profile);
    }
    report.findings.push(finding);
    report.not_run.push(NotRun { pack: "structure".to_owned(), reason });
    Judged { report, identity: Identity::default(), client: None, inside: None }
}

fn empty(file: &str, sha256: String, as_of: Day) -> Report {
    Report {
        schema: "facteur-report/1".to_owned(),
        tool: concat!("facteur ", env!("CARGO_PKG_VERSION")).to_owned(),
        file: file.to_owned(),
        sha256,
        as_of,
        verdict: Verdict::NotJudged,
        syntax: None,
        profile: None,
        invoice: None,
        message: None,
        packs: Vec::new(),
        findings: Vec::new(),
        waived: None,
        not_run: Vec::new(),
    }
}

/// The rule of DESIGN section 3: anything fatal proven is `invalid`; else whatever did not run makes it `not-judged`.
fn verdict(report: &Report) -> Verdict {
    if report.findings.iter().any(Finding::blocks) {
        Verdict::Invalid
    } else if report.not_run.is_empty() {
        Verdict::Valid
    } else {
        Verdict::NotJudged
    }
}

/// Adds findings, less those that another pack has given already: a profile repeats rules of the norm.
fn add_new(findings: &mut Vec<Finding>, more: Vec<Finding>) {
    let told: HashSet<(String, Option<Place>)> =
        findings.iter().map(|finding| (finding.rule.clone(), finding.place.clone())).collect();
    let is_new = |finding: &Finding| told.is_empty() || !told.contains(&(finding.rule.clone(), finding.place.clone()));
    findings.extend(more.into_iter().filter(is_new));
}

fn judge(read: &Read<'_>, options: &Options<'_>, report: &mut Report) -> (Identity, Option<Arc<ClientRules>>) {
    let invoice = &read.invoice;
    let identity = Identity::of(invoice);
    report.syntax = Some(invoice.syntax().as_str().to_owned());
    report.profile = invoice.text(bt::BT_24).map(str::to_owned);
    report.invoice = Some(summary(invoice));
    report.packs.push(structure::pack(invoice.syntax()));
    report.findings.extend(structure::findings(read));
    if let Some((finding, reason)) = unreadable::too_many_digits(invoice) {
        report.not_run.push(NotRun { pack: "structure".to_owned(), reason });
        report.findings.push(finding);
    }

    let crowded = unreadable::too_many_breakdowns(invoice);
    report.findings.extend(crowded.iter().map(|(finding, _)| finding.clone()));
    let when = day_that_counts(invoice, options);
    let known = chorus::Known::of(its_file(invoice, options).as_deref(), |route| leads_to_chorus(options, route));
    for asked in options.choice.packs(invoice, &identity, &known, when.0) {
        if let (Some(pack), Some((_, reason))) = (asked.pack, &crowded) {
            report.not_run.push(NotRun { pack: pack.id.to_owned(), reason: reason.clone() });
            continue;
        }
        run(asked, invoice, options.direction, when, &known, report);
    }
    let odd = sense::findings(invoice, &report.findings);
    report.findings.extend(odd);
    let client = client(invoice, options, report);
    own::judge(invoice, options, client.as_deref(), report);
    (identity, client)
}

/// Runs a pack that was asked for, or says why not.
fn run(
    asked: Asked,
    invoice: &Invoice<'_>,
    direction: Direction,
    when: (Day, &str),
    known: &chorus::Known,
    report: &mut Report,
) {
    let (day, day_from) = when;
    match asked.pack {
        Some(pack) if pack.count(invoice.syntax()) == 0 => {
            report
                .not_run
                .push(NotRun { pack: pack.id.to_owned(), reason: message::other_documents(invoice.syntax()) });
        }
        Some(pack) => {
            let mut judged = pack.judge_on(invoice, direction, day);
            rules::chorus::settle(
                &mut judged.findings,
                &known.settings.clone().unwrap_or_default(),
                known.file.as_deref(),
            );
            let run = PackRun {
                id: pack.id.to_owned(),
                version: pack.version.to_owned(),
                sha256: pack.sha256.to_owned(),
                rules: pack.count(invoice.syntax()),
                reason: asked.reason,
                presumed: asked.presumed,
                calendar: calendar(pack, direction, day, day_from),
            };
            if run.presumed {
                chorus::presume(&mut judged.findings, &run, invoice);
            }
            report.packs.push(run);
            add_new(&mut report.findings, judged.findings);
            report.findings.extend(structure::more(pack.id, judged.unlisted));
            report.not_run.extend(judged.not_run.map(|reason| NotRun { pack: pack.id.to_owned(), reason }));
        }
        None => {}
    }
    report.not_run.extend(asked.not_run.map(|reason| NotRun { pack: asked.id, reason }));
}

/// The day by which packs are chosen, and where it comes from.
fn day_that_counts(invoice: &Invoice<'_>, options: &Options<'_>) -> (Day, &'static str) {
    let issued = || invoice.all(bt::BT_2).find_map(|o| o.day()).map(|day| (day, "BT-2"));
    options.date.map(|day| (day, "--date")).or_else(issued).unwrap_or((options.as_of, "as_of"))
}

/// Where a pack stands in its calendar on a day.
fn calendar(pack: &Pack, direction: Direction, day: Day, day_from: &str) -> Option<Calendar> {
    let phase = pack.phase(direction)?;
    let severity = if phase.warns_on(day) { Severity::Warning } else { Severity::Fatal };
    Some(Calendar { severity, direction, day, day_from: day_from.to_owned(), warning_until: phase.warning_until })
}

/// The customer file that is the buyer's, or that was chosen by name.
fn its_file(invoice: &Invoice<'_>, options: &Options<'_>) -> Option<Arc<ClientRules>> {
    let clients = options.clients?;
    match (options.client, clients.choose(invoice)) {
        (Some(name), _) => clients.named(name).cloned(),
        (None, client::Choice::One { client, .. }) => Some(client),
        (None, _) => None,
    }
}

/// The customer's own rules, where there are files and one is this buyer's.
fn client(invoice: &Invoice<'_>, options: &Options<'_>, report: &mut Report) -> Option<Arc<ClientRules>> {
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

fn summary(invoice: &Invoice<'_>) -> Summary {
    let text = |term| invoice.text(term).map(str::to_owned);
    let issued = invoice.all(bt::BT_2).find_map(|o| o.day()).map(|day| day.to_string());
    Summary {
        number: text(bt::BT_1),
        issued: issued.or_else(|| text(bt::BT_2)),
        seller: text(bt::BT_27),
        buyer: text(bt::BT_44),
        payable: text(bt::BT_115),
        currency: text(bt::BT_5),
        payable_currency: invoice.payable_currency().map(str::to_owned),
        kind: text(bt::BT_3),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
