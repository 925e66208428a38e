//! The Factur-X profiles: what each accepts and refuses, which one a document is judged by, and what is said of what a profile lacks.

use facteur::day::Day;
use facteur::invoice::Syntax;
use facteur::report::{Report, Verdict};
use facteur::rules::{self, Judged, Severity};
use facteur::validate::{Choice, Options, validate};

use super::edit::{Case, List};
use super::fixtures::judge_by;
use super::times_longer;

const PROFILES: [&str; 5] = ["minimum", "basicwl", "basic", "en16931", "extended"];
const GUIDELINE: &str =
    "/rsm:CrossIndustryInvoice/rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID";

fn judged(profile: &str, text: &str) -> Judged {
    judge_by(rules::pack(&format!("facturx-{profile}")).expect("the pack"), text)
}

/// An invoice of a profile, which its rules accept.
fn invoice(profile: &str) -> String {
    List::of(&format!("facturx-{profile}")).text("cii")
}

fn edited(base: &str, edit: &str) -> String {
    let case = Case { base: "cii".to_owned(), edit: edit.to_owned(), fires: Vec::new(), stops: false };
    List::of(&format!("facturx-{base}")).edited(&case)
}

fn report(text: &str, choice: Choice) -> Report {
    let options = Options { choice, ..Options::new(Day::parse_iso("2026-11-22").expect("a day")) };
    validate(text.as_bytes(), "invoice.xml", &options).report
}

fn by_content(text: &str) -> Report {
    report(text, Choice::Content)
}

fn named(text: &str, rules: &str) -> Report {
    report(text, Choice::parse(rules).expect("names of packs"))
}

/// The packs that ran, without our own checks, which run beside them.
fn ids(report: &Report) -> Vec<&str> {
    report.packs.iter().map(|run| run.id.as_str()).filter(|id| !["facteur", "mentions"].contains(id)).collect()
}

/// All assertions and reports of the official artefacts: none is left out.
#[test]
fn each_pack_has_every_assertion() {
    let count = |profile: &&str| {
        let pack = rules::pack(&format!("facturx-{profile}")).expect("the pack");
        pack.rules.iter().map(|rule| rule.assertions(Syntax::Cii).len()).sum::<usize>()
    };
    assert_eq!(PROFILES.iter().map(count).collect::<Vec<_>>(), [119, 337, 469, 627, 1464]);
}

#[test]
fn bt_24_chooses_the_packs() {
    for (base, profile, packs) in [
        ("minimum", "urn:factur-x.eu:1p0:minimum", &["facturx-minimum"][..]),
        ("minimum", "urn:zugferd.de:2p0:minimum", &["facturx-minimum"]),
        ("basicwl", "urn:factur-x.eu:1p0:basicwl", &["facturx-basicwl", "fr"]),
        ("basicwl", "urn:zugferd.de:2p0:basicwl", &["facturx-basicwl", "fr"]),
        ("basic", "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic", &["facturx-basic", "fr"]),
        ("basic", "urn:cen.eu:en16931:2017:compliant:factur-x.eu:1p0:basic", &["facturx-basic", "fr"]),
        ("basic", "urn:cen.eu:en16931:2017#compliant#urn:zugferd.de:2p0:basic", &["facturx-basic", "fr"]),
        ("en16931", "urn:cen.eu:en16931:2017", &["en16931", "fr"]),
        ("en16931", "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:en16931", &["facturx-en16931", "fr"]),
        ("extended", "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended", &["facturx-extended", "fr"]),
        ("extended", "urn:cen.eu:en16931:2017#conformant#urn:zugferd.de:2p0:extended", &["facturx-extended", "fr"]),
    ] {
        let report = by_content(&edited(base, &format!("set {GUIDELINE} = {profile}")));
        assert_eq!(ids(&report)[1..], *packs, "{profile}");
        assert_eq!(report.not_run, [], "{profile}");
    }
    // The old form of the identifier is none that the profile allows.
    let old = "urn:cen.eu:en16931:2017:compliant:factur-x.eu:1p0:basic";
    let report = named(&edited("basic", &format!("set {GUIDELINE} = {old}")), "facturx");
    let refused = report.findings.iter().find(|f| f.rule == "FCT-FX-BASIC-CODE").expect("it is refused");
    assert!(
        refused.expected.as_ref().is_some_and(|e| e.contains("#compliant#urn:factur-x.eu:1p0:basic")),
        "{refused:?}"
    );
    assert_eq!((report.verdict, refused.terms.as_slice()), (Verdict::Invalid, &["BT-24".to_owned()][..]));
}

#[test]
fn a_profile_is_asked_for_by_name_too() {
    let basic = invoice("basic");
    assert_eq!(ids(&named(&basic, "facturx"))[1..], ["facturx-basic"]);
    assert_eq!(ids(&named(&invoice("en16931"), "facturx"))[1..], ["facturx-en16931"]);
    // Another profile than the one announced: BT-24 is then wrong.
    let report = named(&basic, "facturx-en16931");
    assert!(report.findings.iter().any(|f| f.rule == "FCT-FX-EN16931-CODE"), "{:?}", report.findings);
    assert!(Choice::parse("facturx-comfort").is_err());
    // What is no Factur-X is not judged, and never called valid.
    for (text, rules) in [
        (edited("basic", &format!("set {GUIDELINE} = urn:fdc:peppol.eu:2017:poacc:billing:3.0")), "facturx"),
        (List::of("fr").text("ubl-minimal"), "facturx"),
        (List::of("fr").text("ubl-minimal"), "facturx-basic"),
    ] {
        let report = named(&text, rules);
        assert_eq!((report.verdict, report.not_run.len()), (Verdict::NotJudged, 1), "{rules}");
    }
}

/// The rules of the norm that a profile repeats fail once.
#[test]
fn a_rule_of_two_packs_is_told_once() {
    let total = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:LineTotalAmount";
    let text = edited("basic", &format!("set {total} = 1.00"));
    let both = [judged("basic", &text), judge_by(rules::pack("en16931").expect("the pack"), &text)];
    assert!(both.iter().all(|judged| judged.findings.iter().any(|f| f.rule == "BR-CO-10")));
    for report in [named(&text, "en16931,facturx-basic"), by_content(&text)] {
        assert_eq!(report.findings.iter().filter(|f| f.rule == "BR-CO-10").count(), 1, "{:?}", report.findings);
        // What the profile refuses is not told a second time as what the norm refuses.
        assert!(!report.findings.iter().any(|f| f.rule == "FCT-FX-NORM"), "{:?}", report.findings);
    }
}

/// Where the artefact of the profile and that of the norm disagree, the profile's decides: the warning names the other judge.
#[test]
fn basic_is_judged_by_its_own_artefact_and_told_what_the_norm_refuses() {
    let sums = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeSettlementHeaderMonetarySummation";
    let bearing = format!(
        "attribute {sums}/ram:LineTotalAmount/@currencyID = EUR ; attribute {sums}/ram:GrandTotalAmount/@currencyID = EUR"
    );
    let seller = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement/ram:SellerTradeParty";
    let german = format!(
        "set {seller}/ram:PostalTradeAddress/ram:CountryID = DE ; attribute {seller}/ram:URIUniversalCommunication/ram:URIID/@schemeID = 0088 ; delete {seller}/ram:GlobalID ; delete {seller}/ram:SpecifiedLegalOrganization ; set {seller}/ram:SpecifiedTaxRegistration/ram:ID = DE123456788"
    );
    let text = edited("basic", &format!("{bearing} ; {german}"));
    let profile = judge_by(rules::pack("facturx-basic").expect("the pack"), &text);
    assert!(profile.findings.iter().all(|f| f.severity != Severity::Fatal), "{:?}", profile.findings);
    let report = by_content(&text);
    assert_eq!((report.verdict, ids(&report).contains(&"en16931")), (Verdict::Valid, false), "{:?}", report.findings);
    // Both amounts are one warning, at the first of them.
    let told: Vec<_> = report.findings.iter().filter(|f| f.rule == "FCT-FX-NORM").collect();
    let [norm] = told[..] else { panic!("{told:?}") };
    assert_eq!((norm.severity, norm.pack.as_str()), (Severity::Warning, "facturx-basic"));
    let judge = "(en16931 1.3.16)";
    for (said, times) in [(&norm.message.en, "in 2 places"), (&norm.message.fr, "à 2 endroits")] {
        assert!(said.contains("CII-DT-031") && said.contains(judge) && said.contains(times), "{said}");
    }
    // The judges by name, each with its own verdict.
    assert_eq!(named(&text, "facturx-basic").verdict, Verdict::Valid);
    let named = named(&text, "en16931,facturx-basic");
    assert_eq!(named.verdict, Verdict::Invalid);
    assert!(
        named.findings.iter().any(|f| f.rule == "CII-DT-031")
            && !named.findings.iter().any(|f| f.rule == "FCT-FX-NORM")
    );
    // A BASIC that the norm accepts too, and a profile that does not claim the norm, are told nothing.
    for text in [edited("basic", &german), edited("extended", &bearing), edited("basicwl", &bearing)] {
        let report = by_content(&text);
        assert!(!report.findings.iter().any(|f| f.rule == "FCT-FX-NORM"), "{:?}", report.findings);
    }
}

/// What a profile does not use is a warning; the advice names the first profile that does.
#[test]
fn what_a_profile_lacks_is_told_with_the_profile_that_has_it() {
    let buyer = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement/ram:BuyerTradeParty";
    let address = "<ram:PostalTradeAddress><ram:CountryID>FR</ram:CountryID></ram:PostalTradeAddress>";
    let report = by_content(&edited("minimum", &format!("insert {buyer} < {address}")));
    let unused = report.findings.iter().find(|f| f.rule == "FCT-FX-MINIMUM-UNUSED").expect("MINIMUM has no address");
    assert_eq!((unused.severity, unused.terms.as_slice()), (Severity::Warning, &["BG-8".to_owned()][..]));
    assert!(unused.message.en.contains("MINIMUM") && unused.message.en.contains("PostalTradeAddress"), "{unused:?}");
    assert!(unused.fix.en.contains("BASIC WL") && unused.fix.en.contains("urn:factur-x.eu:1p0:basicwl"), "{unused:?}");
    assert!(unused.fix.fr.contains("BASIC WL"), "{unused:?}");
    assert_eq!(report.verdict, Verdict::Valid, "{:?}", report.findings);

    // The rules of MINIMUM say nothing of lines; its schema has none.
    let text = edited("basic", &format!("set {GUIDELINE} = urn:factur-x.eu:1p0:minimum"));
    let report = named(&text, "facturx");
    let line = report.findings.iter().find(|f| {
        f.rule == "FCT-FX-SCHEMA"
            && f.message.en.contains("IncludedSupplyChainTradeLineItem")
            && f.pack == "facturx-minimum"
    });
    let line = line.unwrap_or_else(|| panic!("lines are told: {:?}", report.findings));
    assert!(line.severity == Severity::Warning && line.fix.en.contains("BASIC,"), "{line:?}");

    // What EXTENDED alone has.
    let text = edited("extended", &format!("set {GUIDELINE} = urn:cen.eu:en16931:2017"));
    let report = named(&text, "facturx");
    let fixes: Vec<&str> = report.findings.iter().map(|f| f.fix.en.as_str()).collect();
    assert!(fixes.iter().any(|fix| fix.contains("announce the profile EXTENDED")), "{fixes:?}");
}

/// A French seller's MINIMUM is not held against rules that it has no room for, and is told so.
#[test]
fn minimum_is_no_invoice_of_the_reform() {
    let told = |text: &str| by_content(text).findings.iter().filter(|f| f.rule == "FCT-FX-REFORM").count();
    assert_eq!(told(&invoice("minimum")), 1);
    let seller = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement/ram:SellerTradeParty";
    let german = edited(
        "minimum",
        &format!(
            "set {seller}/ram:PostalTradeAddress/ram:CountryID = DE ; delete {seller}/ram:SpecifiedLegalOrganization ; set {seller}/ram:SpecifiedTaxRegistration/ram:ID = DE123456788"
        ),
    );
    assert_eq!(told(&german), 0);
    assert_eq!(told(&invoice("basicwl")), 0);
}

/// A cent is allowed for each line, allowance and charge of EXTENDED, and no more.
#[test]
fn extended_tolerates_a_cent_for_each() {
    let sums = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeSettlementHeaderMonetarySummation";
    // Four lines, sub-lines and all.
    for (total, right) in [("1100.04", true), ("1100.05", false), ("1099.96", true), ("1099.95", false)] {
        let text = edited("extended", &format!("set {sums}/ram:LineTotalAmount = {total}"));
        let fired = judged("extended", &text).findings.iter().any(|f| f.rule == "BR-FXEXT-CO-10");
        assert_eq!(!fired, right, "{total}");
    }
    // Three lines of detail, an allowance, a charge and one of logistics.
    for (total, right) in [("1070.06", true), ("1070.07", false)] {
        let text = edited("extended", &format!("set {sums}/ram:TaxBasisTotalAmount = {total}"));
        let fired = judged("extended", &text).findings.iter().any(|f| f.rule == "BR-FXEXT-CO-13");
        assert_eq!(!fired, right, "{total}");
    }
}

/// Sub-lines ask about other lines, and breakdowns about all of them: eight times the lines are judged in about eight times the time.
#[test]
fn many_sub_lines_are_judged_in_time() {
    let text = invoice("extended");
    let (before, lines, after) = around(&text, "ram:IncludedSupplyChainTradeLineItem");
    let pack = rules::pack("facturx-extended").expect("the pack");
    let judged = |times: usize| {
        let judged = judge_by(pack, &format!("{before}{}{after}", lines.repeat(times)));
        assert!(judged.not_run.is_some() || !judged.findings.is_empty(), "the sums are wrong now");
    };
    let times = times_longer(|| judged(60), || judged(480));
    assert!(times < 32.0, "eight times the lines take {times:.1} times as long");
}

/// Every breakdown is held against what bears its category, in its rate: ten times the lines take about ten times the time, not a hundred.
#[test]
fn breakdowns_and_lines_are_judged_in_time() {
    let text = invoice("extended");
    let (before, lines, after) = around(&text, "ram:IncludedSupplyChainTradeLineItem");
    let line = lines.split_inclusive("</ram:IncludedSupplyChainTradeLineItem>").next().expect("a line");
    let (head, taxes, rest) = around(&after, "ram:ApplicableTradeTax");
    let tax = taxes.split_inclusive("</ram:ApplicableTradeTax>").next().expect("a breakdown");
    let pack = rules::pack("facturx-extended").expect("the pack");
    let with = |text: &str, category: &str, rate: usize| {
        set(&set(text, "ram:CategoryCode", category), "ram:RateApplicablePercent", &rate.to_string())
    };
    // 40 breakdowns, and of each as many lines as told.
    let each = || ["S", "Z", "E", "AE"].into_iter().flat_map(|category| (1..=10).map(move |rate| (category, rate)));
    let taxes: String = each().map(|(category, rate)| with(tax, category, rate)).collect();
    let judged = |of_each: usize| {
        let lines: String = each().map(|(category, rate)| with(line, category, rate).repeat(of_each)).collect();
        let judged = judge_by(pack, &format!("{before}{lines}{head}{taxes}{rest}"));
        assert!(judged.not_run.is_some() || !judged.findings.is_empty(), "the sums are wrong now");
    };
    let times = times_longer(|| judged(4), || judged(40));
    assert!(times < 40.0, "ten times the lines take {times:.1} times as long");
}

/// A text with another content in the first element of a name.
fn set(text: &str, element: &str, value: &str) -> String {
    let (before, rest) = text.split_once(&format!("<{element}>")).unwrap_or_else(|| panic!("no {element}"));
    let (_, after) = rest.split_once(&format!("</{element}>")).expect("it ends");
    format!("{before}<{element}>{value}</{element}>{after}")
}

/// A text before, among and after all elements of a name.
fn around(text: &str, element: &str) -> (String, String, String) {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let start = text.find(&open).expect("one");
    let end = text.rfind(&close).expect("it ends") + close.len();
    (text[..start].to_owned(), text[start..end].to_owned(), text[end..].to_owned())
}
