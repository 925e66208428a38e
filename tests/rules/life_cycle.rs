//! The rules of life-cycle messages (BR-FR-CDV): what the official artefact answered to changed messages, pairs of status and reason,
//! directions; and what becomes of a message where invoices are expected.

use std::collections::BTreeSet;
use std::fs;

use facteur::day::Day;
use facteur::formats::{self, Unreadable};
use facteur::invoice::Syntax;
use facteur::lifecycle::{Reason, cdar_reasons, cdar_status, cdar_statuses};
use facteur::report::{Report, Verdict};
use facteur::rules::{self, Direction, Severity};
use facteur::text::Lang;
use facteur::validate::{Choice, Options, validate};
use serde::Deserialize;

use super::edit::{Case, List};
use super::fixtures::judge_by;

#[derive(Deserialize)]
struct Matrix {
    case: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    edit: String,
    /// The schema refuses it.
    #[serde(default)]
    structure: bool,
    #[serde(default)]
    fatal: BTreeSet<String>,
    #[serde(default)]
    warning: BTreeSet<String>,
}

const REFERENCE: &str =
    "/rsm:CrossDomainAcknowledgementAndResponse/rsm:AcknowledgementDocument/ram:ReferenceReferencedDocument";
const SENDER: &str =
    "/rsm:CrossDomainAcknowledgementAndResponse/rsm:ExchangedDocument/ram:SenderTradeParty/ram:GlobalID";

fn edited(base: &str, edit: &str) -> String {
    let case = Case { base: base.to_owned(), edit: edit.to_owned(), fires: Vec::new(), stops: false };
    List::of("fr-cdv").edited(&case)
}

fn report(text: &str, change: impl FnOnce(&mut Options<'_>)) -> Report {
    let mut options = Options::new(Day::parse_iso("2026-11-22").expect("a day"));
    change(&mut options);
    validate(text.as_bytes(), "message.xml", &options).report
}

#[test]
fn a_message_changed_in_one_thing_is_judged_as_officially() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/rules/fr-cdv/matrix.toml");
    let matrix: Matrix = toml::from_str(&fs::read_to_string(path).expect("the matrix")).expect("it reads");
    assert_eq!(matrix.case.len(), 53);
    let mut wrong = Vec::new();
    for row in &matrix.case {
        let report = report(&edited("cdar-210", &row.edit), |_| ());
        let of = |pack: &str, severity| -> BTreeSet<String> {
            let those = report.findings.iter().filter(|f| f.pack == pack && f.severity == severity);
            those.map(|f| f.rule.clone()).collect()
        };
        let (fatal, warning) = (of("fr-cdv", Severity::Fatal), of("fr-cdv", Severity::Warning));
        let structure = !of("structure", Severity::Fatal).is_empty();
        if (structure, &fatal, &warning) != (row.structure, &row.fatal, &row.warning) {
            wrong.push(format!("{}: {structure} {fatal:?} {warning:?}", row.name));
        }
        let invalid = structure || !fatal.is_empty();
        assert_eq!(report.verdict, if invalid { Verdict::Invalid } else { Verdict::Valid }, "{}", row.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every status with every reason, whoever says it: the rules and the table of statuses agree, but for CONTACT_ACHTR of Chorus Pro,
/// which the artefact's text allows and its test refuses.
#[test]
fn the_rules_and_the_table_allow_the_same_reasons() {
    let pack = rules::pack("fr-cdv").expect("the pack");
    let mut seen = 0;
    for status in cdar_statuses() {
        // Those that bear a reason, and have a list of theirs.
        let listed = cdar_reasons().iter().any(|r| r.statuses.contains(&status.code));
        for chorus in [false, true] {
            for reason in cdar_reasons() {
                let mut edit = format!(
                    "set {REFERENCE}/ram:ProcessConditionCode = {} ; set {REFERENCE}/ram:SpecifiedDocumentStatus/ram:ReasonCode = {}",
                    status.code, reason.code
                );
                if chorus {
                    edit.push_str(&format!(" ; set {SENDER} = 9999"));
                }
                let judged = judge_by(pack, &edited("cdar-210", &edit));
                let fired = judged.findings.iter().any(|f| f.group == "BR-FR-CDV-CL-09");
                let own = if chorus && status.code == 210 { &reason.chorus_statuses } else { &reason.statuses };
                let refused_by_slip = chorus && status.code == 210 && reason.code == "CONTACT_ACHTR";
                let allowed = !listed || own.contains(&status.code) && !refused_by_slip;
                assert_eq!(fired, !allowed, "{} {} {chorus}", status.code, reason.code);
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 31 * 51 * 2);
    // A reason is asked for where the table says that it is due, but for 221 and for what only the portal says.
    for status in cdar_statuses().iter().filter(|s| s.code < 250 || s.code == 501) {
        let edit = format!(
            "set {REFERENCE}/ram:ProcessConditionCode = {} ; delete {REFERENCE}/ram:SpecifiedDocumentStatus/ram:ReasonCode",
            status.code
        );
        let judged = judge_by(pack, &edited("cdar-210", &edit));
        let asked = judged.findings.iter().any(|f| f.rule == "BR-FR-CDV-15_MDT-113");
        assert_eq!(asked, status.reason == Reason::Required && status.code != 221, "{}", status.code);
    }
}

/// All assertions of the official artefact: 43, of which six can never fire.
#[test]
fn the_pack_has_every_assertion_and_says_how_it_was_verified() {
    let pack = rules::pack("fr-cdv").expect("the pack");
    assert_eq!((pack.count(Syntax::Cdar), pack.count(Syntax::Cii), pack.count(Syntax::UblInvoice)), (43, 0, 0));
    assert_eq!(pack.rules.iter().filter(|rule| rule.never).count(), 6);
    for rule in pack.rules {
        for (lang, heading, word) in
            [(Lang::Fr, "## Comment elle a été vérifiée", "53"), (Lang::En, "## How it was verified", "53")]
        {
            let page = rules::explain(rule.id, lang).expect("a page");
            let (_, told) = page.split_once(heading).unwrap_or_else(|| panic!("{}: {page}", rule.id));
            assert!(told.split("##").next().is_some_and(|told| told.contains(word)), "{}: {page}", rule.id);
            assert!(!page.contains("cdar:"), "{}: {page}", rule.id);
        }
    }
}

/// What is issued is held to the rules; of what is received they only warn, since others send what the public rules refuse.
#[test]
fn what_is_received_is_only_warned_of() {
    let text = edited(
        "cdar-chorus",
        &format!("set {REFERENCE}/ram:SpecifiedDocumentStatus/ram:ReasonCode = FACT_NON_CONFORME"),
    );
    let told = |direction: Direction, date: Option<&str>| {
        let report = report(&text, |o| (o.direction, o.date) = (direction, date.and_then(Day::parse_iso)));
        let run = report.packs.iter().find(|run| run.id == "fr-cdv").expect("it ran");
        let calendar = run.calendar.clone().expect("it has a calendar");
        assert_eq!(run.reason, "CDAR");
        let severities: BTreeSet<_> = report.findings.iter().map(|f| f.severity).collect();
        (report.verdict, severities, calendar.day_from, calendar.warning_until.is_none())
    };
    let (fatal, warning) = (BTreeSet::from([Severity::Fatal]), BTreeSet::from([Severity::Warning]));
    let [made, dated] = ["MDT-8", "--date"].map(str::to_owned);
    assert_eq!(told(Direction::Out, None), (Verdict::Invalid, fatal.clone(), made.clone(), false));
    assert_eq!(told(Direction::Out, Some("2026-08-31")), (Verdict::Valid, warning.clone(), dated.clone(), false));
    assert_eq!(told(Direction::In, None), (Verdict::Valid, warning.clone(), made, true));
    assert_eq!(told(Direction::In, Some("2030-01-01")), (Verdict::Valid, warning, dated, true));
    // Its structure has to be right all the same.
    let broken = text.replace("<ram:ReasonCode>", "<ram:ReasonKode>").replace("</ram:ReasonCode>", "</ram:ReasonKode>");
    assert_eq!(report(&broken, |o| o.direction = Direction::In).verdict, Verdict::Invalid);
}

#[test]
fn rules_of_invoices_are_not_said_to_have_run_on_a_message_nor_the_other_way_round() {
    let message = edited("cdar-210", &format!("set {SENDER} = 0124"));
    let named = |name: &str| Choice::parse(name).expect("a pack");
    let of_invoices = report(&message, |o| o.choice = named("en16931,fr"));
    assert_eq!(of_invoices.verdict, Verdict::NotJudged);
    let missing: Vec<_> = of_invoices.not_run.iter().map(|n| n.pack.as_str()).collect();
    assert_eq!(missing, ["en16931", "fr"]);
    let invoice = List::of("fr").text("ubl-minimal");
    let of_messages = report(&invoice, |o| o.choice = named("fr-cdv"));
    assert_eq!((of_messages.verdict, of_messages.packs.len()), (Verdict::NotJudged, 1));
    let both = report(&message, |o| o.choice = named("structure,fr-cdv"));
    assert_eq!((both.verdict, both.invoice.is_none()), (Verdict::Valid, true));
    assert_eq!(report(&message, |o| o.client = Some("ville")).verdict, Verdict::NotJudged);
}

/// The portal says other things than the status of an invoice: no public rules are known for them, and none are made up.
#[test]
fn a_status_about_something_else_is_not_judged() {
    let context = "/rsm:CrossDomainAcknowledgementAndResponse/rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID";
    for profile in ["flux", "annuaire", "ereportingF10", "einvoicingF1", "messageCDV"] {
        let text = edited("cdar-210", &format!("set {context} = urn.cpro.gouv.fr:1p0:CDV:{profile}"));
        assert_eq!(report(&text, |_| ()).verdict, Verdict::NotJudged, "{profile}");
        let asked = report(&text, |o| o.choice = Choice::parse("fr-cdv").expect("a pack"));
        assert_eq!(asked.verdict, Verdict::Invalid, "{profile}: asked for by name");
    }
    let text = edited("cdar-210", &format!("set {context} = urn.cpro.gouv.fr:1p0:CDV:facture"));
    assert_eq!(report(&text, |_| ()).verdict, Verdict::Invalid);
}

#[test]
fn a_report_says_what_the_message_says() {
    let report = report(&List::of("fr-cdv").text("cdar-210"), |_| ());
    assert_eq!(
        (report.syntax.as_deref(), report.profile.as_deref(), report.invoice.is_none()),
        (Some("cdar"), Some("urn.cpro.gouv.fr:1p0:CDV:invoice"), true)
    );
    let message = report.message.clone().expect("it is a message");
    assert_eq!((message.status.as_deref(), message.invoice.as_deref()), (Some("210"), Some("FA-2026-0042")));
    assert_eq!((message.issued.as_deref(), message.reasons), (Some("2026-11-02"), vec!["CMD_ERR".to_owned()]));
    assert_eq!((message.author.as_deref(), message.author_role.as_deref()), (Some("Acheteur Exemple SAS"), Some("BY")));
    assert_eq!((message.sender.as_deref(), message.sender_role.as_deref()), (Some("0123"), Some("WK")));
    let label = &cdar_status(210).expect("a status").label;
    for (lang, words) in
        [(Lang::Fr, "facture FA-2026-0042, 2026-11-02"), (Lang::En, "invoice FA-2026-0042, 2026-11-02")]
    {
        let text = facteur::report::text(&report, lang);
        for word in [words, label.get(lang), "CMD_ERR", "Acheteur Exemple SAS (BY)"] {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
}

/// Locations of SVRL are XPath: `rsm` is bound once, to the name space of the document.
#[test]
fn svrl_binds_the_prefix_of_the_document() {
    use facteur::report::{Document, Format, Manner, whole};
    let rsm = |text: &str| {
        let report = report(text, |_| ());
        let form = Format::Svrl.form(Manner::plain(Lang::En));
        let svrl = whole(form.as_ref(), &report, &Document::default());
        let lines: Vec<String> = svrl.lines().filter(|l| l.contains("prefix=\"rsm\"")).map(str::to_owned).collect();
        assert_eq!(lines.len(), 1, "{svrl}");
        lines[0].contains("CrossDomainAcknowledgementAndResponse:100")
    };
    assert!(rsm(&List::of("fr-cdv").text("cdar-210")));
    assert!(!rsm(&List::of("fr").text("cii-minimal")));
}

/// Whoever wants an invoice is told what came instead, with the status and the invoice that it is about.
#[test]
fn a_message_is_no_invoice() {
    let text = List::of("fr-cdv").text("cdar-210");
    let Err(why) = formats::read(text.as_bytes()) else { panic!("it is no invoice") };
    let said = Unreadable::LifeCycle { status: Some("210".into()), number: Some("FA-2026-0042".into()) };
    assert_eq!((&why, why.rule()), (&said, "FCT-READ-LIFE-CYCLE"));
    assert_eq!(formats::life_cycle(text.as_bytes()), Some(said));
    let report = report(&text, |o| o.invoices_only = true);
    assert_eq!((report.verdict, report.message.is_none(), report.packs.len()), (Verdict::NotJudged, true, 0));
    let [finding] = report.findings.as_slice() else { panic!("{:?}", report.findings) };
    assert_eq!(finding.rule, "FCT-READ-LIFE-CYCLE");
    for (text, words) in
        [(&finding.message.fr, "de la facture FA-2026-0042"), (&finding.message.en, "of invoice FA-2026-0042")]
    {
        assert!(text.contains(words) && text.contains("CDAR"), "{text}");
    }
    // However it is written: another encoding, another prefix, a long comment before; an invoice that only speaks of one is none.
    let utf16: Vec<u8> = text.replace("UTF-8", "UTF-16").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16 = [&b"\xFF\xFE"[..], &utf16].concat();
    let prefixed = text.replace("rsm:", "x:").replace("xmlns:rsm=", "xmlns:x=");
    let late = text.replacen("<rsm:", &format!("<!--{}--><rsm:", "x".repeat(100_000)), 1);
    for bytes in [utf16.as_slice(), prefixed.as_bytes(), late.as_bytes()] {
        assert!(formats::is_life_cycle(bytes) && formats::read(bytes).is_err());
    }
    let invoice = List::of("fr").text("ubl-minimal");
    let spoken = invoice.replacen(
        "<cbc:ID>",
        "<!-- urn:un:unece:uncefact:data:standard:CrossDomainAcknowledgementAndResponse:100 --><cbc:ID>",
        1,
    );
    for bytes in [invoice.as_bytes(), spoken.as_bytes(), b"%PDF-1.7", b"", b"<"] {
        assert!(!formats::is_life_cycle(bytes));
    }
}

/// Cut off anywhere and damaged anywhere, it is read or refused, never a panic; and a repeated block is judged in time.
#[test]
fn damage_does_no_harm() {
    let text = List::of("fr-cdv").text("cdar-212");
    for cut in (0..text.len()).step_by(37).filter(|at| text.is_char_boundary(*at)) {
        report(&text[..cut], |_| ());
        let mut bytes = text.clone().into_bytes();
        bytes[cut] ^= 0x15;
        validate(&bytes, "x.xml", &Options::new(Day::parse_iso("2026-11-22").expect("a day")));
    }
    let (open, close) = ("<ram:SpecifiedDocumentCharacteristic>", "</ram:SpecifiedDocumentCharacteristic>");
    let (start, end) = (text.find(open).expect("one"), text.find(close).expect("one") + close.len());
    let many = format!("{}{}{}", &text[..start], text[start..end].repeat(20_000), &text[end..]);
    let begun = std::time::Instant::now();
    assert_eq!(report(&many, |_| ()).verdict, Verdict::Valid);
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}
