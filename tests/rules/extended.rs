//! The pack `fr-extended`: what it takes from EN 16931, when it is asked for, and that real extended invoices pass.

use std::collections::BTreeSet;

use facteur::day::Day;
use facteur::formats;
use facteur::invoice::Syntax;
use facteur::report::Verdict;
use facteur::rules::{self, Pack, Rule};
use facteur::text::Lang;
use facteur::validate::{Choice, Options, validate};

use super::edit::{Case, List};

const BT_24: &str = "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr";

fn pack(id: &str) -> &'static Pack {
    rules::pack(id).expect("the pack")
}

fn of(pack: &'static Pack, id: &str) -> Option<&'static Rule> {
    pack.rules.iter().copied().find(|rule| rule.id == id)
}

fn edited(base: &str, edit: &str) -> String {
    let pack = if base.contains("several") || base.contains("both") { "fr" } else { "fr-extended" };
    let case = Case { base: base.to_owned(), edit: edit.to_owned(), fires: Vec::new(), stops: false };
    List::of(pack).edited(&case)
}

fn options() -> Options<'static> {
    Options::new(Day::parse_iso("2026-11-22").expect("a day"))
}

/// The packs that a document is judged by, with why.
fn judged_by(text: &str, options: &Options) -> Vec<(String, String)> {
    let report = validate(text.as_bytes(), "invoice.xml", options).report;
    report.packs.iter().map(|run| (run.id.clone(), run.reason.clone())).collect()
}

/// As BT-24 asks: the profile and the French rules, both syntaxes.
#[test]
fn what_is_right_is_accepted() {
    let list = List::of("fr-extended");
    let mut seen = BTreeSet::new();
    for case in list.valid() {
        let text = list.edited(&case);
        let report = validate(text.as_bytes(), "invoice.xml", &options()).report;
        assert_eq!(
            report.verdict,
            Verdict::Valid,
            "{}, {}: {:?} {:?}",
            case.base,
            case.edit,
            report.findings,
            report.not_run
        );
        let packs: Vec<&str> = report.packs.iter().map(|run| run.id.as_str()).collect();
        assert_eq!(packs, ["structure", "fr-extended", "fr", "facteur", "mentions"], "{}, {}", case.base, case.edit);
        seen.insert((case.base.starts_with("cii"), case.edit));
    }
    for cii in [false, true] {
        assert!(seen.iter().filter(|(own, _)| *own == cii).count() >= 10, "{seen:?}");
    }
}

/// The profile stands in the place of EN 16931, never beside it; other documents are judged as before.
#[test]
fn bt_24_asks_for_the_profile_alone() {
    let with = |id: &str| edited("ubl", &format!("set /Invoice/cbc:CustomizationID = {id}"));
    let packs = |text: &str| judged_by(text, &options()).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!(packs(&with(BT_24)), ["structure", "fr-extended", "fr", "facteur", "mentions"]);
    assert_eq!(packs(&with(&BT_24.to_uppercase())), ["structure", "fr-extended", "fr", "facteur", "mentions"]);
    assert_eq!(packs(&with("urn:cen.eu:en16931:2017")), ["structure", "en16931", "fr", "facteur", "mentions"]);
    let reasons = judged_by(&with(BT_24), &options());
    assert_eq!(reasons[1], ("fr-extended".to_owned(), "BT-24".to_owned()));
    // The same invoice as one of EN 16931: sub-lines counted twice, a tax code among the charges.
    let report = validate(with("urn:cen.eu:en16931:2017").as_bytes(), "invoice.xml", &options()).report;
    let fired: BTreeSet<&str> = report.findings.iter().map(|f| f.rule.as_str()).collect();
    assert!(fired.is_superset(&BTreeSet::from(["BR-CO-10", "BR-22", "BR-CL-20", "BR-CL-24"])), "{fired:?}");
}

#[test]
fn it_is_asked_for_by_name() {
    let choice = Choice::parse("fr-extended,fr").expect("both are known");
    let text = edited("ubl", "set /Invoice/cbc:CustomizationID = urn:cen.eu:en16931:2017");
    let packs: Vec<String> = judged_by(&text, &Options { choice, ..options() }).into_iter().map(|(id, _)| id).collect();
    assert_eq!(packs, ["structure", "fr-extended", "fr"]);
}

/// What it says nothing of is the very rule of EN 16931; what it does without is gone in that syntax alone.
#[test]
fn the_rest_is_en_16931() {
    let (norm, own) = (pack("en16931"), pack("fr-extended"));
    let same = own.rules.iter().filter(|rule| norm.rules.iter().any(|known| std::ptr::eq(*known, **rule))).count();
    assert!(same > 1300, "{same}");
    for id in ["BR-01", "BR-16", "BR-CO-16", "BR-61", "UBL-CR-001", "CII-SR-001"] {
        assert!(std::ptr::eq(of(own, id).expect(id), of(norm, id).expect(id)), "{id}");
    }
    for id in ["BR-22", "BR-27", "BR-CO-10", "BR-CO-17", "BR-S-08", "BR-O-11", "BR-CL-24", "UBL-CR-018", "CII-SR-069"] {
        assert!(of(own, id).is_none() && of(norm, id).is_some(), "{id}");
    }
    // Of BR-38 and BR-O-10 only CII is gone.
    for id in ["BR-38", "BR-O-10"] {
        let rule = of(own, id).expect(id);
        assert!(rule.severity(Syntax::UblInvoice).is_some() && rule.severity(Syntax::Cii).is_none(), "{id}");
        assert!(of(norm, id).is_some_and(|rule| rule.severity(Syntax::Cii).is_some()), "{id}");
    }
    // A reference of a line is no longer one of the document.
    let place = |pack: &'static Pack| of(pack, "BR-55").map(|rule| rule.assertions(Syntax::UblInvoice)[0].0);
    assert_eq!(place(norm), Some("cac:BillingReference"));
    assert_eq!(place(own), Some("/ubl:Invoice/cac:BillingReference | /cn:CreditNote/cac:BillingReference"));
}

/// The assertions of the official artefacts, by syntax, and how many of them are fatal.
#[test]
fn the_pack_has_every_assertion() {
    let own = pack("fr-extended");
    let count = |syntax: Syntax| (own.count(syntax), own.fatal(syntax));
    assert_eq!((count(Syntax::UblInvoice), count(Syntax::Cii)), ((953, 276), (773, 327)));
    let never: Vec<&str> =
        own.rules.iter().filter(|r| r.never_in(Syntax::Cii) && !r.never && !r.cii.is_empty()).map(|r| r.id).collect();
    assert!(never.contains(&"BR-EXT-CL-07"), "{never:?}");
}

/// Both syntaxes share one name, whatever the authority calls each.
#[test]
fn the_ids_of_a_rule_in_both_syntaxes_share_one_name() {
    for (id, shared) in [
        ("BR-FREXT-22", "BR-FREXT-22"),
        ("BR-FREXT-BR-22", "BR-FREXT-22"),
        ("BR-FXEXT-S-08", "BR-FREXT-S-08"),
        ("BR-FXEXT-IC-08rev", "BR-FREXT-IC-08rev"),
        ("FCT-BR-FREXT-04", "BR-FREXT-04"),
        ("CII-FREXT-SR-366", "CII-FREXT-CR-490"),
    ] {
        assert_eq!(rules::rule(id).map(|rule| rule.group), Some(shared), "{id}");
    }
}

/// Each own rule explains itself in both languages, and a changed one says where it differs.
#[test]
fn each_own_rule_is_explained() {
    let norm = pack("en16931");
    for rule in pack("fr-extended").rules.iter().filter(|rule| of(norm, rule.id).is_none()) {
        for lang in [Lang::Fr, Lang::En] {
            let page = rules::explain(rule.id, lang).unwrap_or_default();
            assert!(page.contains("EXTENDED-CTC-FR") && page.contains("## "), "{}: {page}", rule.id);
        }
    }
    let page = rules::explain("BR-55", Lang::En).expect("a page");
    assert!(page.contains("elsewhere") && page.contains("fr-extended 1.4.0.04"), "{page}");
}

/// Many sub-lines, rates and reasons: in time, and each group added up once.
#[test]
fn a_large_invoice_of_groups_is_judged() {
    let one = edited("ubl", "set /Invoice/cbc:ProfileID = M1");
    let (head, _) = one.split_once("<cac:InvoiceLine>").expect("lines");
    let lines: String = (0..4000)
        .map(|n| {
            let (group, parent) = (n % 4 == 0, n / 4 * 4);
            let (status, around) = match group {
                true => ("GROUP", String::new()),
                false => ("DETAIL", format!("<cac:BillingReferenceLine><cbc:ID>{parent}</cbc:ID></cac:BillingReferenceLine>")),
            };
            let amount = if group { "30.00" } else { "10.00" };
            format!(
                "<cac:InvoiceLine><cbc:ID>{n}</cbc:ID><cbc:InvoicedQuantity unitCode=\"C62\">1</cbc:InvoicedQuantity><cbc:LineExtensionAmount currencyID=\"EUR\">{amount}</cbc:LineExtensionAmount><cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>FA-2026-0310</cbc:ID><cbc:DocumentStatusCode>{status}</cbc:DocumentStatusCode></cac:InvoiceDocumentReference>{around}</cac:BillingReference><cac:Item><cbc:Name>Article</cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>20</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item><cac:Price><cbc:PriceAmount currencyID=\"EUR\">10.00</cbc:PriceAmount></cac:Price></cac:InvoiceLine>"
            )
        })
        .collect();
    let text = format!("{head}{lines}</Invoice>");
    let read = formats::read(text.as_bytes()).expect("it reads");
    let judged = pack("fr-extended").judge(&read.invoice);
    assert!(judged.not_run.is_none(), "{:?}", judged.not_run);
    let fired: BTreeSet<&str> = judged.findings.iter().map(|f| f.rule.as_str()).collect();
    // The totals are those of eight lines; the groups are right.
    assert!(fired.contains("BR-FREXT-CO-10") && !fired.contains("BR-FREXT-08"), "{fired:?}");
    let wrong = text.replacen(
        "<cbc:LineExtensionAmount currencyID=\"EUR\">30.00",
        "<cbc:LineExtensionAmount currencyID=\"EUR\">30.01",
        1,
    );
    let read = formats::read(wrong.as_bytes()).expect("it reads");
    let judged = pack("fr-extended").judge(&read.invoice);
    assert_eq!(judged.findings.iter().filter(|f| f.rule == "BR-FREXT-08").count(), 1);
}

/// The extension reads the same in both syntaxes: sub-lines, agents, references of lines, measures. A reference of a UBL line to its own
/// invoice says that it is a sub-line, and is no preceding invoice.
#[test]
fn both_syntaxes_tell_the_same_terms_of_the_extension() {
    let told = |base: &str| {
        let text = List::of("fr-extended").text(base);
        let read = formats::read(text.as_bytes()).expect("it reads");
        let terms = read.invoice.listing().into_iter().map(|listed| format!("{} {}", listed.term, listed.value));
        terms.filter(|term| term.contains("EXT-FR-FE")).collect::<BTreeSet<String>>()
    };
    let ubl = told("ubl");
    assert_eq!(ubl, told("cii"));
    assert_eq!(ubl.len(), 48);
    for term in [
        "BG-25[3]/EXT-FR-FE-162[1] 1.1",
        "BG-25[6]/EXT-FR-FE-163[1] INFORMATION",
        "BG-25[7]/EXT-FR-FE-135[1] CMD-89",
        "BG-25[7]/EXT-FR-FE-139[1] 3",
        "BG-25[7]/EXT-FR-FE-141[1] 1",
        "EXT-FR-FE-06[1] 44444444200016",
    ] {
        assert!(ubl.contains(term), "{term}: {ubl:?}");
    }
    assert!(!ubl.iter().any(|term| term.contains("EXT-FR-FE-136[1] FA-2026-0310")), "{ubl:?}");
}

/// A name that is nearly the profile's is no name of it: nobody knows which rules its author meant.
#[test]
fn nearly_the_identifier_is_not_judged() {
    for id in ["not-extended-ctc-fr-at-all", &BT_24.replace("urn.cpro", "urn:cpro"), &BT_24.replace("1p0", "9p9")] {
        let text = edited("ubl", &format!("set /Invoice/cbc:CustomizationID = {id}"));
        let report = validate(text.as_bytes(), "invoice.xml", &options()).report;
        assert!(!report.packs.iter().any(|run| run.id == "fr-extended"), "{id}");
        let told = report.not_run.iter().find(|told| told.pack == "fr-extended").expect("it is told");
        assert!(report.verdict != Verdict::Valid && told.reason.en.ends_with(BT_24), "{id}: {told:?}");
    }
}
