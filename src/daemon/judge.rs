//! Where documents are judged: `validate` with the configuration's packs and the customer files in force, for the queue and
//! for `POST /v1/validate`.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::StartError;
use super::customers::Book;
use super::shelf::Shelf;
use crate::api::{Ask, Validator};
use crate::config::{Config, Partners};
use crate::day::Day;
use crate::edifact;
use crate::formats::{self, Unreadable, edifact::NoInvoic, facturx::FACTURX_PDF, x12::NoInvoice};
use crate::guard;
use crate::invoice::{Identity, Party};
use crate::lifecycle::platform_syntax;
use crate::limits;
use crate::queue::{self, Judge, JudgedFinding, Sendable};
use crate::report::{NotRun, Report, Verdict};
use crate::rules::client::Clients;
use crate::rules::{Finding, Severity};
use crate::store::{Facts, JudgedOn, NumberKey};
use crate::text::Text;
use crate::validate::{self, Choice, Direction, Judged, Options, RouteSeverities};
use crate::x12;

/// Judges documents. Blocks: call it from a thread that may.
pub struct Bench {
    choice: Choice,
    book: Arc<Book>,
    partners: Arc<Shelf<Partners>>,
    default_route: Option<String>,
    route_severities: RouteSeverities,
    platforms: BTreeSet<String>,
    /// Those of them that are Chorus Pro.
    chorus: BTreeSet<String>,
    /// Those that are accredited platforms.
    afnor: BTreeSet<String>,
    /// All of the above but the files in force, and the version that judges, in one word.
    configured: String,
}

impl Bench {
    pub(super) fn new(config: &Config, book: Arc<Book>, partners: Arc<Shelf<Partners>>) -> Result<Self, StartError> {
        let choice = match &config.rules.packs {
            None => Choice::Content,
            Some(packs) => Choice::parse(&packs.join(",")).map_err(|e| {
                StartError::Configuration(Text::new(format!("[rules] packs : {e}"), format!("[rules] packs: {e}")))
            })?,
        };
        let platforms: BTreeSet<String> = config.platforms.iter().map(|platform| platform.name.clone()).collect();
        let (chorus, route_severities) = (config.chorus_routes(), config.route_severities());
        let default_route = config.routes.default.clone();
        let version = env!("CARGO_PKG_VERSION");
        let afnor = config.afnor_routes();
        let mut configured =
            format!("{version} {choice:?} {default_route:?} {platforms:?} {chorus:?} {route_severities:?}\n");
        // Nothing is added where there are none: what was judged before there could be any was judged by the same.
        if !afnor.is_empty() {
            configured += &format!("{afnor:?}\n");
        }
        Ok(Self { choice, book, partners, default_route, route_severities, platforms, chorus, afnor, configured })
    }

    /// What documents are judged by, beside the day: the packs that the configuration names, the customer and partner files in force, and
    /// the routes that they can name.
    fn basis_of(&self, clients: Option<&Clients>, partners: &Partners) -> String {
        let clients = clients.map_or("-", |clients| clients.digest());
        // Nothing is added where there are none: what was judged before there could be any was judged by the same.
        let partners = partners.digest();
        let digest =
            Sha256::new().chain_update(&self.configured).chain_update(clients).chain_update(partners).finalize();
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The platform for a customer: what its file says, else the default; one that is not configured is none.
    fn route(&self, named: Option<&str>, id: &str) -> Option<String> {
        let name = named.or(self.default_route.as_deref())?;
        if self.platforms.contains(name) {
            return Some(name.to_owned());
        }
        // Whatever stands in a customer file stays there.
        tracing::warn!(invoice = id, "the route of its customer is no platform of the configuration");
        None
    }
}

impl Judge for Bench {
    fn judge(&self, bytes: &Bytes, id: &str, as_of: Day, kept: Option<&Bytes>) -> queue::Judged {
        let (clients, partners, pdf) = (self.book.in_force(), self.partners.now(), guard::pdf(bytes));
        let options = Options {
            choice: self.choice.clone(),
            clients: clients.as_deref(),
            chorus_routes: Some(&self.chorus),
            default_route: self.default_route.as_deref(),
            route_severities: Some(&self.route_severities),
            invoices_only: true,
            partners: partners.list(),
            unpack: &pdf,
            ..Options::new(as_of)
        };
        let mut judged = match too_large(bytes) {
            Some(why) => validate::unread(&why, id, validate::hex(&Sha256::digest(bytes)), as_of),
            None => validate::validate(bytes, id, &options),
        };
        let mut written = judged.written.take();
        let came_as = judged.report.syntax.clone();
        if let Some(kept) = kept
            && written.as_ref().is_none_or(|written| written.text.as_bytes() != kept.as_ref())
        {
            // What left stays what it is: so that is judged, and its places are those of its own text.
            judged = validate::validate(kept, id, &options);
            written = None;
        }
        unagreed(bytes, &partners, &mut judged.report);
        let route = judged.client.as_ref().and_then(|client| client.route.as_ref()).map(|route| route.value.as_str());
        let platform = self.route(route, id);
        let mut facts = facts(&judged);
        let leaves_as = written.as_ref().map(|written| written.syntax).or(judged.report.syntax.as_deref());
        let kind = if platform.as_ref().is_some_and(|name| self.afnor.contains(name)) { AFNOR } else { CHORUS };
        let sendable = leaves_as.and_then(|syntax| sendable(&judged, &facts, kind, syntax, id));
        // What came is known by its own syntax, whatever leaves.
        facts.syntax = came_as;
        let written = written.map(|written| queue::Written {
            bytes: written.text.into(),
            syntax: written.syntax.to_owned(),
            not_carried: written.not_carried,
        });
        queue::Judged {
            verdict: judged.report.verdict,
            number_key: number_key(&facts),
            // Strings, numbers and lists alone: this cannot fail.
            report_json: serde_json::to_string(&judged.report).unwrap_or_default(),
            findings: findings(&judged.report, judged.cut),
            platform,
            sendable,
            written,
            judged_on: JudgedOn { day: as_of, basis: self.basis_of(clients.as_deref(), &partners) },
            facts,
        }
    }

    fn basis(&self) -> String {
        self.basis_of(self.book.in_force().as_deref(), &self.partners.now())
    }
}

/// EDIFACT or X12 of somebody no partner file in force speaks of, while one is refused that may have: what is agreed with its sender is not known.
fn unagreed(bytes: &[u8], partners: &Partners, report: &mut Report) {
    let Some(fault) = partners.refused() else { return };
    let agreed = || {
        formats::edifact::partner_of(bytes, partners.list()).is_some()
            || formats::x12::is_agreed_with(bytes, partners.list())
    };
    if !formats::is_edi(bytes) || agreed() {
        return;
    }
    let file = &fault.file;
    report.not_run.push(NotRun {
        pack: "partners".to_owned(),
        reason: Text::new(
            format!("le fichier de partenaire {file} est refusé : ce qui est convenu avec l'émetteur n'est pas connu"),
            format!("partner file {file} is refused: what is agreed with the sender is not known"),
        ),
    });
    if report.verdict == Verdict::Valid {
        report.verdict = Verdict::NotJudged;
    }
}

/// A file of interchanges whose messages are more than can be judged within the memory that the daemon promises to need.
fn too_large(bytes: &[u8]) -> Option<Unreadable> {
    const MOST: usize = limits::EDI_JUDGED_BYTES;
    if bytes.len() <= MOST || !formats::is_edi(bytes) {
        return None;
    }
    let mib = MOST / 1024 / 1024;
    let what = Text::new(
        format!(
            "ses messages font plus de {mib} Mio, plus que n'en juge le service ; la commande « facteur validate » les juge"
        ),
        format!(
            "its messages are more than {mib} MiB, more than the daemon judges; the command \"facteur validate\" judges them"
        ),
    );
    if !formats::edifact::is_edifact(bytes) {
        let kind = x12::RefusalKind::Limit;
        return Some(Unreadable::X12(NoInvoice::Refused(x12::Refusal { kind, code: None, offset: 0, what })));
    }
    let large = edifact::split(bytes, "INVOIC").is_ok_and(|split| split.message_bytes() > MOST);
    let refusal = edifact::Refusal { kind: edifact::RefusalKind::Limit, code: 12, offset: 0, what };
    large.then_some(Unreadable::Edifact(NoInvoic::Refused(refusal)))
}

fn facts(judged: &Judged) -> Facts {
    let report = &judged.report;
    let invoice = report.invoice.clone().unwrap_or_default();
    let currency = invoice.payable_in().map(str::to_owned);
    let Identity { seller, buyer, before, .. } = &judged.identity;
    Facts {
        syntax: report.syntax.clone(),
        profile: report.profile.clone(),
        number: invoice.number,
        issued: invoice.issued,
        seller: invoice.seller,
        seller_key: seller.company().map(str::to_owned),
        customer: buyer.key().map(str::to_owned),
        buyer: Party { name: None, ..buyer.clone() },
        recipient: judged.identity.recipient.clone(),
        customer_name: invoice.buyer,
        customer_known_as: judged.client.as_ref().map(|client| client.name.trim().to_owned()).filter(|n| !n.is_empty()),
        kind: invoice.kind,
        payable: invoice.payable,
        currency,
        cites: before.cites.clone(),
        contract: before.contract.clone(),
        period: before.period.clone(),
    }
}

fn number_key(facts: &Facts) -> Option<NumberKey> {
    let issued = facts.issued.as_deref().and_then(Day::parse_iso)?;
    NumberKey::of(facts.seller_key.as_deref()?, facts.number.as_deref()?, issued.year())
}

fn findings(report: &Report, cut: bool) -> Vec<JudgedFinding> {
    // A document that nobody can read was sent all the same: its warning is what stands in the way of the payment, and as
    // such it opens a problem, although nothing is proven against the invoice itself.
    let unreadable = report.invoice.is_none();
    let envelope = |finding: &Finding| finding.rule.ends_with("-ENVELOPE");
    // What is missing of a message that was cut says nothing before the rest of it is there.
    let cut = cut && report.findings.iter().any(|finding| finding.blocks() && envelope(finding));
    let findings = report.findings.iter().map(|finding| JudgedFinding {
        rule: finding.rule.clone(),
        group: finding.group.clone(),
        severity: if unreadable { Severity::Fatal } else { finding.severity },
        terms: finding.terms.clone(),
        message: finding.message.clone(),
        found: finding.found.clone(),
        expected: finding.expected.clone(),
        waived: finding.waived.clone(),
        opens: !cut || envelope(finding),
        severity_was: finding.severity_was.clone(),
    });
    findings.collect()
}

/// The kinds of platforms, as the table of their syntaxes names them.
const CHORUS: &str = "chorus-pro";
const AFNOR: &str = "afnor";
/// The profile of the reform that BT-24 names, and how the Flow Service calls it (`flowProfile`). Of the others it is the platform that says.
const EXTENDED: [&str; 2] = ["extended-ctc-fr", "Extended-CTC-FR"];

/// What the intent will say of what leaves as this syntax: only a document whose syntax and number are known can be asked for again at a
/// platform.
fn sendable(judged: &Judged, facts: &Facts, kind: &str, syntax: &str, id: &str) -> Option<Sendable> {
    // UBL in a PDF has no route: what platforms take as Factur-X is CII.
    if syntax == FACTURX_PDF && has(&judged.report, "FCT-PDF-NOT-CII") {
        return None;
    }
    // Platforms tell a Factur-X by the ending of its name as well.
    let row = platform_syntax(kind, syntax)?;
    let extended = kind == AFNOR && facts.profile.as_ref().is_some_and(|profile| profile.trim().ends_with(EXTENDED[0]));
    let says = if extended { format!("{} {}", row.says, EXTENDED[1]) } else { row.says.clone() };
    let seller = &judged.identity.seller;
    Some(Sendable {
        syntax: says,
        file_name: format!("facteur-{id}.{}", row.ending),
        number: facts.number.clone()?,
        seller: seller.siret.clone().or_else(|| seller.siren.clone()),
        issued: facts.issued.clone(),
    })
}

fn has(report: &Report, rule: &str) -> bool {
    report.findings.iter().any(|finding| finding.rule == rule)
}

impl Validator for Bench {
    fn validate(&self, bytes: &Bytes, ask: &Ask) -> Result<Vec<Judged>, Text> {
        let choice = match &ask.rules {
            // What the configuration chooses is for invoices.
            None if formats::is_life_cycle(bytes) => Choice::Content,
            None => self.choice.clone(),
            Some(list) => {
                Choice::parse(list).map_err(|e| Text::new(format!("`rules` : {e}"), format!("`rules`: {e}")))?
            }
        };
        let (clients, partners) = (self.book.in_force(), self.partners.now());
        if let Some(name) = &ask.client
            && clients.as_ref().and_then(|clients| clients.named(name)).is_none()
        {
            let name: String = name.chars().take(64).collect();
            return Err(Text::new(
                format!("`client` : aucun fichier client ne s'appelle « {name} »"),
                format!("`client`: no customer file is called \"{name}\""),
            ));
        }
        let pdf = guard::pdf(bytes);
        let options = Options {
            date: ask.date,
            direction: if ask.incoming { Direction::In } else { Direction::Out },
            choice,
            clients: clients.as_deref(),
            client: ask.client.as_deref(),
            chorus_routes: Some(&self.chorus),
            default_route: self.default_route.as_deref(),
            route_severities: Some(&self.route_severities),
            partners: partners.list(),
            unpack: &pdf,
            ..Options::new(ask.as_of)
        };
        let most = match formats::several(bytes) {
            Err(_) => Some(limits::EDIFACT_MESSAGES),
            Ok(split) => split.filter(|s| s.parts().len() > limits::REPORTS_AT_ONCE).map(|_| limits::REPORTS_AT_ONCE),
        };
        let many = most.map(|most| Unreadable::Edifact(NoInvoic::TooMany(most)));
        if let Some(why) = many.or_else(|| too_large(bytes)) {
            let sha256 = validate::hex(&Sha256::digest(bytes));
            return Ok(vec![validate::unread(&why, &ask.file, sha256, ask.as_of)]);
        }
        let mut all = validate::validate_all(bytes, &ask.file, &options);
        all.iter_mut().for_each(|judged| unagreed(bytes, &partners, &mut judged.report));
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each kind of platform is told of a document: its own name of the syntax, and a file name that ends so.
    #[test]
    fn each_platform_is_spoken_to_in_its_own_words() {
        let bench = |kind: &str, keys: &str| {
            let text = format!(
                "[[platform]]\nname = \"p\"\nkind = \"{kind}\"\nbase_url = \"http://127.0.0.1:1\"\ntoken_url = \"http://127.0.0.1:1\"\n\
                 client_id = \"a\"\nclient_secret_env = \"A\"\n{keys}[routes]\ndefault = \"p\"\n"
            );
            let config = Config::parse(std::path::Path::new("f.toml"), &text).unwrap();
            let (book, partners) = (Book::open(None).unwrap(), Shelf::open(None).unwrap());
            Bench::new(&config, Arc::new(book), Arc::new(partners)).unwrap()
        };
        let chorus = bench("chorus-pro", "account_login = \"l\"\naccount_password_env = \"B\"\n");
        let afnor = bench("afnor", "");
        assert_ne!(chorus.basis(), afnor.basis());
        let ubl = include_str!("../../fixtures/invoices/ubl-minimal-fr.xml");
        let extended = "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr";
        let extended = ubl.replace(">urn:cen.eu:en16931:2017<", &format!(">{extended}<"));
        let pdf = include_bytes!("../../fixtures/invoices/facturx-en16931.pdf");
        for (bytes, direct, accredited, name) in [
            (ubl.as_bytes(), "IN_DP_E1_UBL_INVOICE", "UBL", "facteur-1.xml"),
            (extended.as_bytes(), "IN_DP_E1_UBL_INVOICE", "UBL Extended-CTC-FR", "facteur-1.xml"),
            (&pdf[..], "IN_DP_E2_CII_FACTURX", "Factur-X", "facteur-1.pdf"),
        ] {
            for (bench, says) in [(&chorus, direct), (&afnor, accredited)] {
                let judged =
                    bench.judge(&Bytes::copy_from_slice(bytes), "1", Day::parse_iso("2026-11-22").unwrap(), None);
                let sendable = judged.sendable.unwrap();
                assert_eq!((sendable.syntax.as_str(), sendable.file_name.as_str()), (says, name));
            }
        }
        let edi = Bytes::from_static(b"<a/>");
        assert_eq!(afnor.judge(&edi, "1", Day::parse_iso("2026-11-22").unwrap(), None).sendable, None);
    }
}
