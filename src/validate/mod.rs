//! Invoice and rule packs to report: which packs are asked for, which ran, and the verdict.

mod causes;
mod choice;
mod chorus;
mod container;
mod container_example;
mod customer;
pub(crate) mod detail;
mod edifact;
mod french;
mod lexical;
mod message;
mod own;
mod profile;
mod proven;
mod received;
mod run;
mod sense;
mod spaces;
mod structure;
mod suspects;
mod unreadable;
mod unreadable_pdf;
mod visible;
mod x12;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::day::Day;
use crate::formats::{
    self, Envelope, NotCarried, Read, Unreadable,
    edifact::Partner,
    facturx::{FACTURX_PDF, Inside},
};
use crate::invoice::{Identity, Invoice, Origin, Place, Syntax, bt};
use crate::pdf::{Direct, Unpack};
use crate::report::{NotRun, Report, Summary, Verdict};
use crate::rules::client::{ClientRules, Clients, SeverityRule};
use crate::rules::{Finding, Pack};

pub use crate::rules::Direction;
pub use choice::{Choice, UnknownPack};

/// The findings that something which a document says is not in what was written of it: the rules that `lossy = "hold"` of a platform is about.
pub const NOT_CARRIED: [&str; 2] = ["FCT-EDI-NOT-CARRIED", "FCT-X12-NOT-CARRIED"];

/// The findings that an interchange calls itself a test: the rules that `test_interchanges` of a platform is about.
pub const TESTS: [&str; 2] = ["FCT-EDI-TEST", "FCT-X12-TEST"];

/// Severities by the name of the platform for whose invoices they are.
pub type RouteSeverities = BTreeMap<String, Vec<Arc<SeverityRule>>>;

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
    /// The route of what is sent to customers whose file names none, or who have no file.
    pub default_route: Option<&'o str>,
    /// What the configuration says of severities for whatever goes to a platform, by its name.
    pub route_severities: Option<&'o RouteSeverities>,
    /// Are only invoices taken, as where they are about to be sent? Life-cycle messages (CDAR) are then a finding, and not judged.
    pub invoices_only: bool,
    /// Trace findings to their causes and prove their examples; off where only rules, places and severities are asked for.
    pub linked: bool,
    /// What is agreed with those who send EDIFACT or X12.
    pub partners: &'o [Partner],
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
            default_route: None,
            route_severities: None,
            invoices_only: false,
            linked: true,
            partners: &[],
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
    /// What leaves in the place of a document that came in no XML.
    pub written: Option<Written>,
    /// Did its message end before its trailer? What is missing may have been in what never came.
    pub cut: bool,
}

/// The document that facteur writes of one that came in no XML, and that the report judges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// XML in UTF-8.
    pub text: String,
    /// As reports call its syntax, such as `cii`.
    pub syntax: &'static str,
    pub not_carried: Vec<NotCarried>,
}

impl Written {
    fn of(read: &Read<'_>) -> Option<Self> {
        let text = read.written()?.to_owned();
        Some(Self { text, syntax: read.invoice.syntax().as_str(), not_carried: read.not_carried() })
    }
}

/// Judges one document. Never panics, whatever the bytes.
pub fn validate(bytes: &[u8], file: &str, options: &Options<'_>) -> Judged {
    let sha256 = hex(&Sha256::digest(bytes));
    let envelope = match Envelope::open(bytes, options.unpack) {
        Err(why) => return unread(&why, file, sha256, options.as_of),
        Ok(envelope) => envelope,
    };
    let read = match envelope.pdf {
        None if formats::is_edi(bytes) => formats::read_edi(bytes, options.partners),
        _ if options.invoices_only => envelope.read(),
        _ => envelope.read_any(),
    };
    let mut judged = match read {
        Err(why) => {
            let mut judged = unread(&why, file, sha256, options.as_of);
            if let Some(inside) = &envelope.pdf {
                around(inside, Vec::new(), &mut judged.report);
            }
            judged
        }
        Ok(read) => whole(&read, bytes, &envelope, file, sha256, options),
    };
    judged.report.verdict = verdict(&judged.report);
    judged.inside = match envelope.bytes {
        Cow::Owned(xml) => Some(xml),
        Cow::Borrowed(_) => None,
    };
    judged
}

/// Judges what was read.
fn whole(
    read: &Read<'_>,
    bytes: &[u8],
    envelope: &Envelope<'_>,
    file: &str,
    sha256: String,
    options: &Options<'_>,
) -> Judged {
    let mut report = empty(file, sha256, options.as_of);
    let (identity, client) = if read.invoice.syntax().is_invoice() {
        judge(read, options, &mut report)
    } else {
        message::judge(read, options, &mut report);
        Default::default()
    };
    // What tells of the report comes out of no second judgement, so that it follows no finding.
    let presumed = report.findings.iter().position(|finding| finding.rule == chorus::PRESUMED);
    let presumed = presumed.map(|at| report.findings.remove(at));
    let judged = report.findings.len();
    report.findings.extend(presumed);
    report.findings.extend(chosen(&read.invoice, &identity, client.as_deref(), options, &report.packs));
    let packs: Vec<&'static Pack> = report.packs.iter().filter_map(run::that_ran).collect();
    let norm = choice::norm_beside(&options.choice, &report.packs, run::day_that_counts(&read.invoice, options).0);
    packs.iter().for_each(|pack| profile::complete(read, pack.id, norm, &identity, &mut report.findings));
    if let Some(reason) = customer::d16b_route(options, client.as_deref(), &report).filter(|_| envelope.pdf.is_none())
        && read.invoice.syntax() == Syntax::Cii
    {
        report.packs.push(structure::d16b_pack(reason));
        report.findings.extend(structure::d16b(read));
    }
    run::mentions(&read.invoice, client.as_deref(), options, &mut report);
    report.syntax = Some(envelope.syntax(read).to_owned());
    if options.linked {
        let own = own::Ours::asked(options, client.as_deref());
        // What came as EDIFACT or X12 is judged as such again.
        let origin = read.received.as_deref().map(formats::Received::origin);
        causes::link(read, &mut report.findings, judged, &|text| again(text, origin, &packs, client.as_deref(), own));
    }
    if let Some(inside) = &envelope.pdf {
        around(inside, visible::findings(&read.invoice, options.unpack.read_pages(bytes)), &mut report);
    }
    let own = received::findings(read);
    let shift = own.len();
    report.findings.iter_mut().filter_map(|finding| finding.follows.as_mut()).for_each(|before| *before += shift);
    report.findings.splice(0..0, own);
    // Nothing is found after this: what customer files say reaches every finding, whoever made it.
    customer::overrule(&read.invoice, client.as_deref(), options, &mut report);
    received::as_received(read, &mut report);
    let mut judged = Judged {
        report,
        identity,
        client,
        inside: None,
        written: Written::of(read),
        cut: read.received.as_deref().is_some_and(formats::Received::is_cut),
    };
    judged.report.verdict = verdict(&judged.report);
    judged
}

/// Judges every invoice of a file: one, but for an interchange of several messages (EDIFACT, X12), whose reports are called `FILE#2`.
pub fn validate_all(bytes: &[u8], file: &str, options: &Options<'_>) -> Vec<Judged> {
    let mut all = Vec::new();
    validate_each(bytes, file, options, &mut |judged| all.push(judged));
    all
}

/// The same, each handed on before the next one is read: of a file of many invoices one is held at once.
pub fn validate_each(bytes: &[u8], file: &str, options: &Options<'_>, take: &mut dyn FnMut(Judged)) {
    let several = if formats::is_edi(bytes) { formats::several_received(bytes, options.partners) } else { None };
    let Some(documents) = several else { return take(validate(bytes, file, options)) };
    let sha256 = hex(&Sha256::digest(bytes));
    let envelope = Envelope { bytes: Cow::Borrowed(bytes), pdf: None };
    for document in documents {
        let name = format!("{file}#{}", document.position());
        take(match formats::of_received(document) {
            Ok(read) => whole(&read, bytes, &envelope, &name, sha256.clone(), options),
            Err(why) => unread(&why, &name, sha256.clone(), options.as_of),
        });
    }
}

/// What is to be said of the packs that the content chose: of a frame of Chorus Pro whose buyer may be private, and of an invoice that
/// looks French and was not judged as such.
fn chosen(
    invoice: &Invoice<'_>,
    identity: &Identity,
    client: Option<&ClientRules>,
    options: &Options<'_>,
    packs: &[crate::report::PackRun],
) -> Option<Finding> {
    if options.choice != Choice::Content || !invoice.syntax().is_invoice() {
        return None;
    }
    let ran = |id: &str| packs.iter().any(|pack| pack.id == id);
    if ran(crate::rules::chorus::DIRECT) {
        let known = chorus::Known::of(client, customer::route_to_chorus(options, client));
        return chorus::private_buyer(invoice, identity, &known);
    }
    french::not_asked(invoice, identity).filter(|_| !ran(own::FRENCH) && choice::has_room_for_french(invoice))
}

/// The findings of a text by the same packs and customer file, to see what a correction changes: rules and places tell. None where
/// something did not run.
fn again(
    text: &str,
    origin: Option<&Arc<Origin>>,
    packs: &[&'static Pack],
    client: Option<&ClientRules>,
    own: Option<own::Ours<'_>>,
) -> Option<Vec<Finding>> {
    let mut read = formats::read_any_text(Cow::Borrowed(text)).ok()?;
    if let Some(origin) = origin {
        read.invoice.set_origin(origin.clone());
    }
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
    Judged { report, identity: Identity::default(), client: None, inside: None, written: None, cut: false }
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
        lowered: None,
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

fn judge(read: &Read<'_>, options: &Options<'_>, report: &mut Report) -> (Identity, Option<Arc<ClientRules>>) {
    let invoice = &read.invoice;
    let identity = Identity::of(invoice);
    report.syntax = Some(invoice.format().to_owned());
    report.profile = invoice.text(bt::BT_24).map(str::to_owned);
    report.invoice = Some(summary(invoice));
    report.packs.push(received::pack(read).unwrap_or_else(|| structure::pack(invoice.syntax())));
    report.findings.extend(structure::findings(read));
    if let Some((finding, reason)) = unreadable::too_many_digits(invoice) {
        report.not_run.push(NotRun { pack: "structure".to_owned(), reason });
        report.findings.push(finding);
    }

    let crowded = unreadable::too_many_breakdowns(invoice);
    report.findings.extend(crowded.iter().map(|(finding, _)| finding.clone()));
    let when = run::day_that_counts(invoice, options);
    let file = customer::its_file(invoice, options);
    let known = chorus::Known::of(file.as_deref(), customer::route_to_chorus(options, file.as_deref()));
    for asked in options.choice.packs(invoice, &identity, &known, when.0) {
        if let (Some(pack), Some((_, reason))) = (asked.pack, &crowded) {
            report.not_run.push(NotRun { pack: pack.id.to_owned(), reason: reason.clone() });
            continue;
        }
        run::run(asked, invoice, options.direction, when, &known, report);
    }
    let odd = sense::findings(invoice, &report.findings);
    report.findings.extend(odd);
    let client = customer::judge(invoice, options, report);
    own::judge(invoice, options, client.as_deref(), report);
    (identity, client)
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
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
