//! What follows what: a finding that follows another is gone once that one is mended, and nothing is hidden for it.

use facteur::formats::{self, Edit, element};
use facteur::invoice::{Place, Syntax};
use facteur::report::{Report, Verdict, groups};
use facteur::rules::{Finding, Severity};
use facteur::xml::NodeId;

use super::complete::{judged, judged_by, path};
use super::edit::{Case, List};
use super::times_longer;

#[test]
fn what_follows_goes_with_its_cause() {
    follows_its_cause(&List::read(), "en16931", 110);
}

#[test]
fn what_follows_goes_with_its_cause_by_the_french_rules() {
    follows_its_cause(&List::of("fr"), "en16931,fr", 300);
    // Three notes that are missing are three notes to write.
    for file in ["ubl-minimal", "cii-minimal"] {
        let text = std::fs::read_to_string(format!("fixtures/invoices/{file}.xml")).unwrap();
        let report = judged_by("en16931,fr", &text);
        let notes = report.findings.iter().filter(|f| f.group == "BR-FR-05");
        assert_eq!(notes.map(|f| f.follows).collect::<Vec<_>>(), [None; 3], "{file}");
    }
}

/// Over every case of a list: the cause is mended alone, by its own example in its own place, and all is judged again.
fn follows_its_cause(list: &List, packs: &str, least: usize) {
    let judged = |text: &str| judged_by(packs, text);
    let (mut mended, mut wrong, mut left) = (0, Vec::new(), Vec::new());
    for case in &list.case {
        let text = list.edited(case);
        let report = judged(&text);
        for group in groups(&report.findings).iter().filter(|g| !g.followers.is_empty()) {
            let root = &report.findings[group.root];
            // A breakdown for whatever the invoice uses, a party without numbers: no example can know them. The case undone does.
            let whole = ["BR-CO-18", "BR-O-02"].contains(&root.rule.as_str()) && !case.edit.contains(" ; ");
            let text_mended = if whole { Some(list.text(&case.base)) } else { mend(&text, root) };
            let Some(after) = text_mended.map(|text| judged(&text)) else {
                left.push(format!("{} {}", root.rule, case.edit));
                continue;
            };
            // Where what is missing goes deeper than its example, or it is one too many, nothing was mended here.
            let stands = |gone: &Finding| {
                // What had no value and now has the wrong one follows no more, but did.
                let same = |f: &&Finding| f.rule == gone.rule && path(f) == path(gone);
                after.findings.iter().filter(same).any(|f| f.found.is_some() == gone.found.is_some())
            };
            if packs != "en16931" && stands(root) {
                left.push(format!("{} {}", root.rule, case.edit));
                continue;
            }
            mended += 1;
            for at in group.followers.iter().chain([&group.root]) {
                let gone = &report.findings[*at];
                if stands(gone) {
                    wrong.push(format!(
                        "{}: {}\n  {} stands though {} is mended by {:?}",
                        case.base, case.edit, gone.rule, root.rule, root.example
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {mended}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(mended >= least, "only {mended} causes were tried; left out:\n{}", left.join("\n"));
}

/// The text with a finding put right: its example in its place.
fn mend(text: &str, finding: &Finding) -> Option<String> {
    let example = finding.example.as_deref().filter(|e| !e.contains('…'))?;
    let read = formats::read(text.as_bytes()).ok()?;
    let tree = read.invoice.tree();
    let Some(Place::Xml { path, .. }) = &finding.place else { return None };
    let path = path.split("/@").next()?;
    let node = (0..tree.len() as NodeId).find(|n| tree.path(*n) == path)?;
    let name: String = example.chars().skip(1).take_while(|c| !matches!(c, ' ' | '>' | '/')).collect();
    if finding.rule == "FCT-XSD-REPEATED" {
        return Edit::Remove { node }.apply(tree);
    }
    let xml = element(read.invoice.syntax(), example);
    if tree.qualified(tree.node(node).name) == name || finding.rule == "FCT-XSD-UNKNOWN" {
        // The element itself, put right, or under the name that was meant.
        let at = tree.node(node).at as usize;
        let without = Edit::Remove { node }.apply(tree)?;
        return Some(format!("{}{xml}{}", &without[..at], &without[at..]));
    }
    let (prefix, local) = name.split_once(':')?;
    let vocabulary = formats::vocabulary();
    let space = vocabulary.spaces.iter().position(|(p, _)| *p == prefix)?;
    let name = vocabulary.find(u8::try_from(space).ok()?, local)?;
    Edit::Insert { parent: node, name, xml }.apply(tree)
}

/// Over every case of the list, and a hundred pairs of cases of one base: no finding points at one that follows.
#[test]
fn every_follower_points_at_a_root() {
    let list = List::read();
    let single = list.case.iter().map(|case| list.edited(case));
    let pairs = list.case.windows(2).step_by(7).filter(|two| two[0].base == two[1].base).filter_map(|two| {
        // An edit may take away what the other changes.
        let both = Case {
            base: two[0].base.clone(),
            edit: format!("{} ; {}", two[0].edit, two[1].edit),
            fires: Vec::new(),
            stops: false,
        };
        std::panic::catch_unwind(|| list.edited(&both)).ok()
    });
    let mut seen = 0;
    // Three rules ask for the decimals and the sum of one amount.
    let chain = list.text("ubl-full");
    let at = chain.find("</cbc:PayableAmount>").unwrap();
    let chain = format!("{}5{}", &chain[..at], &chain[at..]);
    assert_eq!(groups(&judged(&chain).findings).len(), 1);
    for text in single.chain(pairs).chain([chain]) {
        let findings = judged(&text).findings;
        for finding in &findings {
            let Some(cause) = finding.follows else { continue };
            seen += 1;
            assert_eq!(findings[cause].follows, None, "{} follows {}", finding.rule, findings[cause].rule);
        }
    }
    assert!(seen > 200, "only {seen} followers");
}

pub(super) fn told(base: &str, edit: &str) -> Report {
    let list = List::read();
    judged(&list.edited(&Case { base: base.into(), edit: edit.into(), fires: Vec::new(), stops: false }))
}

/// The groups of a report as `CAUSE: FOLLOWERS`, those with followers.
pub(super) fn shown(report: &Report) -> Vec<String> {
    let rule = |at: &usize| report.findings[*at].rule.as_str();
    let all = groups(&report.findings);
    let all = all.iter().filter(|g| !g.followers.is_empty());
    all.map(|g| format!("{}: {}", rule(&g.root), g.followers.iter().map(rule).collect::<Vec<_>>().join(" "))).collect()
}

#[test]
fn sums_follow_the_amount_that_makes_them_wrong() {
    let totals = "/Invoice/cac:LegalMonetaryTotal";
    let report = told(
        "ubl-full",
        &format!(
            "set /Invoice/cac:TaxTotal[1]/cbc:TaxAmount = 190.00 ; set {totals}/cbc:LineExtensionAmount = 1000.00"
        ),
    );
    assert_eq!(shown(&report), ["BR-CO-14: BR-CO-15", "BR-CO-10: BR-CO-13"]);
    let group = &groups(&report.findings)[0];
    assert_eq!(
        group.sentence(&report.findings).map(|t| t.en).as_deref(),
        Some("Invoice total VAT amount (BT-110) is wrong, which also breaks BR-CO-15.")
    );
    // Followers stay findings, and fatal.
    assert_eq!((report.verdict, report.count(Severity::Fatal)), (Verdict::Invalid, 4));
    // A line is wrong, and its quantity times its price tells so: both sums come from it.
    let line = "/Invoice/cac:InvoiceLine[1]";
    let report = told("ubl-full", &format!("set {line}/cbc:LineExtensionAmount = 990.00"));
    assert_eq!(shown(&report), ["BR-S-08: BR-CO-10"]);
    // Where they do not, the sums differ, and none of them makes another hold.
    let report = told(
        "ubl-full",
        &format!("set {line}/cbc:LineExtensionAmount = 990.00 ; delete {line}/cac:Price/cbc:PriceAmount"),
    );
    assert!(report.findings.iter().all(|f| f.rule != "BR-CO-10" || f.follows.is_none()), "{:?}", shown(&report));
    // Two amounts are wrong, and only one of them is of this sum.
    let report = told(
        "ubl-full",
        &format!(
            "set {totals}/cbc:LineExtensionAmount = 1000.00 ; set {totals}/cbc:TaxExclusiveAmount = 1.00 ; set {totals}/cbc:TaxInclusiveAmount = 195.00"
        ),
    );
    assert_eq!(
        shown(&report),
        Vec::<String>::new(),
        "{:?}",
        report.findings.iter().map(|f| &f.rule).collect::<Vec<_>>()
    );
}

#[test]
fn a_missing_currency_is_the_cause_and_no_arithmetic_error() {
    let report = told("ubl-full", "delete /Invoice/cac:TaxTotal[1]/cbc:TaxAmount/@currencyID");
    assert_eq!(shown(&report), ["FCT-XSD-ATTRIBUTE-MISSING: BR-CL-03 BR-CO-15"]);
    let sum = report.findings.iter().find(|f| f.rule == "BR-CO-15").unwrap();
    assert!(sum.message.en.contains("currencyID=\"EUR\" is missing") && sum.working.is_none(), "{sum:?}");
    assert_eq!(sum.fix.en, "Add the attribute currencyID=\"EUR\" to cbc:TaxAmount.");
    let report = told("ubl-full", "delete /Invoice/cac:TaxTotal[2]/cbc:TaxAmount/@currencyID");
    assert_eq!(shown(&report), ["FCT-XSD-ATTRIBUTE-MISSING: BR-CL-03 BR-53"]);
    let report = told("ubl-full", "set /Invoice/cbc:DocumentCurrencyCode = EURO");
    assert_eq!(shown(&report), ["BR-CL-04: BR-CO-15"]);
    // A currency that is no code is not asked for a second time, and no rule is a cause of what the structure says.
    let report = told(
        "ubl-full",
        "set /Invoice/cbc:DocumentCurrencyCode = EURO ; delete /Invoice/cac:TaxTotal[1]/cbc:TaxAmount/@currencyID",
    );
    assert_eq!(shown(&report), ["FCT-XSD-ATTRIBUTE-MISSING: BR-CL-03"]);
    let sum = report.findings.iter().find(|f| f.rule == "BR-CO-15").unwrap();
    assert!(!sum.message.en.contains("EURO") && sum.fix.en.starts_with("Correct the invoice currency"), "{sum:?}");
}

/// What follows the finding of a rule.
fn followers(report: &Report, root: &str) -> Vec<String> {
    let own = report.findings.iter().position(|f| f.rule == root && f.follows.is_none()).expect("the root");
    report.findings.iter().filter(|f| f.follows == Some(own)).map(|f| f.rule.clone()).collect()
}

/// What is missing, misspelt or said in another code is written, and what goes with it follows.
#[test]
fn what_can_be_written_is_tried() {
    let totals = "/Invoice/cac:LegalMonetaryTotal";
    let report = told("ubl-full", &format!("delete {totals}/cbc:AllowanceTotalAmount"));
    assert_eq!(followers(&report, "BR-CO-11"), ["BR-CO-13"]);
    let report = told("ubl-full", "delete /Invoice/cac:TaxTotal[1]/cbc:TaxAmount");
    assert!(followers(&report, "FCT-XSD-MISSING").contains(&"BR-CO-15".to_owned()), "{:?}", shown(&report));
    let missing = report.findings.iter().find(|f| f.rule == "FCT-XSD-MISSING").unwrap();
    let sum = report.findings.iter().find(|f| f.rule == "BR-CO-14").unwrap();
    assert_eq!(missing.example, sum.example);

    let text = List::read().text("ubl-full");
    let close = "</cbc:LineExtensionAmount>";
    let (start, end) = (text.find("<cbc:LineExtensionAmount").unwrap(), text.find(close).unwrap() + close.len());
    let line = text.find("<cac:InvoiceLine>").unwrap();
    let (start, end) = if start > line {
        (start, end)
    } else {
        let start = line + text[line..].find("<cbc:LineExtensionAmount").unwrap();
        (start, start + text[start..].find(close).unwrap() + close.len())
    };
    let amount = &text[start..end];
    let wrong = amount.replace("LineExtensionAmount", "LineExtensionAmoun");
    let misspelt = format!("{}{wrong}{}", &text[..start], &text[end..]);
    let report = judged(&misspelt);
    assert_eq!(groups(&report.findings).len(), 1, "{:?}", shown(&report));
    let root = report.findings.iter().find(|f| f.follows.is_none()).unwrap();
    assert_eq!((root.rule.as_str(), root.example.as_deref()), ("FCT-XSD-UNKNOWN", Some(amount)));

    let scheme = "/Invoice/cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cac:TaxScheme/cbc:ID";
    let report = told("ubl-vat-S", &format!("set {scheme} = TVA"));
    let root = report.findings.iter().find(|f| f.rule == "BR-47").unwrap();
    assert_eq!((root.found.as_deref(), root.expected.as_deref()), (Some("TVA"), Some("VAT")));
    assert_eq!(groups(&report.findings).len(), 1, "{:?}", shown(&report));
}

/// Two rules that ask for one thing that is not there, or that holds nothing, are one fault.
#[test]
fn nothing_is_asked_for_once() {
    for (base, edit, root, follower) in [
        ("ubl-full", "set /Invoice/cbc:InvoiceTypeCode =", "BR-04", "BR-CL-01"),
        ("cii-full", "delete /rsm:CrossIndustryInvoice/rsm:ExchangedDocument/ram:TypeCode", "BR-04", "CII-SR-014"),
        ("ubl-full", "delete /Invoice/cac:AccountingSupplierParty/cac:Party", "BR-06", "BR-08"),
        ("ubl-full", "delete /Invoice/cac:AccountingSupplierParty/cac:Party", "BR-06", "BR-CO-26"),
    ] {
        let report = told(base, edit);
        let found = followers(&report, root);
        assert!(found.iter().any(|rule| rule == follower), "{edit}: {:?}", shown(&report));
    }
}

/// Two breakdowns of one category: merging them is the root, no base of 1000.00 in each.
#[test]
fn two_breakdowns_of_a_category_are_merged() {
    let text = List::read().text("ubl-vat-Z");
    let (start, end) = (text.find("<cac:TaxSubtotal>").unwrap(), text.find("</cac:TaxSubtotal>").unwrap() + 18);
    let second = text[start..end].replacen(
        "<cbc:TaxableAmount currencyID=\"EUR\">",
        "<cbc:TaxableAmount currencyID=\"EUR\">-",
        1,
    );
    let twice = format!("{}{second}{}", &text[..end], &text[end..]);
    let report = judged(&twice);
    assert!(report.findings.iter().any(|f| f.rule == "BR-Z-01"), "{:?}", shown(&report));
    // Merged, the bases are nothing, and the rule of the base fires still: nothing is claimed.
    assert!(report.findings.iter().all(|f| f.rule != "BR-Z-08" || f.follows.is_none()), "{:?}", shown(&report));
    let halves = text[start..end].to_owned();
    let open = "<cbc:TaxableAmount currencyID=\"EUR\">";
    let at = halves.find(open).unwrap() + open.len();
    let base = &halves[at..at + halves[at..].find('<').unwrap()];
    let half = |value: &str| format!("{}{value}{}", &halves[..at], &halves[at + base.len()..]);
    let cents: f64 = base.parse().unwrap();
    let (one, rest) = (half("1.00"), half(&format!("{:.2}", cents - 1.0)));
    let report = judged(&format!("{}{one}{rest}{}", &text[..start], &text[end..]));
    assert_eq!(followers(&report, "BR-Z-01"), ["BR-Z-08", "BR-Z-08"]);
}

/// Each category shows its own legal ground, and a delivery to another member state is one.
#[test]
fn examples_of_a_category_are_true_of_it() {
    for (category, family, ground) in [
        ("E", "E", "261"),
        ("AE", "AE", "Autoliquidation, article 283"),
        ("IC", "IC", "262 ter"),
        ("G", "G", "Exportation, article 262 I "),
        ("O", "O", "Hors du champ"),
    ] {
        for base in ["ubl", "cii"] {
            let text = List::read().text(&format!("{base}-vat-{category}"));
            let mut bare = text.clone();
            for name in [
                "cbc:TaxExemptionReasonCode",
                "cbc:TaxExemptionReason",
                "ram:ExemptionReasonCode",
                "ram:ExemptionReason",
            ] {
                while let (Some(start), Some(end)) = (bare.find(&format!("<{name}>")), bare.find(&format!("</{name}>")))
                {
                    bare.replace_range(start..end + name.len() + 3, "");
                }
            }
            let report = judged(&bare);
            let wanted = format!("BR-{family}-10");
            let found = report.findings.iter().find(|f| f.rule == wanted).unwrap_or_else(|| panic!("{base} {wanted}"));
            assert!(
                found.example.as_deref().is_some_and(|e| e.contains(ground)),
                "{base} {wanted} {:?}",
                found.example
            );
        }
    }
    let list = List::read();
    let mut seen = 0;
    for case in list.case.iter().filter(|case| case.fires.iter().any(|rule| rule == "BR-IC-12")) {
        for found in judged(&list.edited(case)).findings.iter().filter(|f| f.rule == "BR-IC-12") {
            let example = found.example.as_deref().unwrap();
            assert!(example.contains(">DE<") && !example.contains(">FR<"), "{example}");
            seen += 1;
        }
    }
    assert!(seen >= 2);
}

#[test]
fn lines_of_an_invoice_in_a_credit_note_are_to_be_renamed() {
    let text = List::read().text("ubl-credit").replace("cac:CreditNoteLine>", "cac:InvoiceLine>");
    let text = text.replace(">381</cbc:CreditNoteTypeCode>", ">380</cbc:CreditNoteTypeCode>");
    let report = judged(&text);
    let line = report.findings.iter().find(|f| f.rule == "FCT-XSD-UNKNOWN").unwrap();
    assert!(line.fix.en.contains("Write cac:CreditNoteLine") && line.fix.fr.contains("cac:CreditNoteLine"), "{line:?}");
    assert!(line.example.as_deref().is_some_and(|e| e.starts_with("<cac:CreditNoteLine>")), "{line:?}");
    let code = report.findings.iter().find(|f| f.rule == "BR-CL-01").unwrap();
    assert!(!format!("{code:?}").contains("308"), "{code:?}");
    let report = told(
        "ubl-vat-O",
        "insert /Invoice/cac:InvoiceLine/cac:Item/cac:ClassifiedTaxCategory < <cbc:Percent>0</cbc:Percent>",
    );
    let rate = report.findings.iter().find(|f| f.rule == "BR-O-05").unwrap();
    assert!(rate.fix.en.starts_with("Remove the rate") && rate.fix.fr.starts_with("Retirer le taux"), "{rate:?}");
}

#[test]
fn a_credit_note_in_an_invoice_is_said_to_be_that() {
    let report = told("ubl-full", "set /Invoice/cbc:InvoiceTypeCode = 381");
    let code = report.findings.iter().find(|f| f.rule == "BR-CL-01").unwrap();
    assert!(code.message.en.contains("one of a credit note") && code.fix.en.contains("root CreditNote"), "{code:?}");
    assert_eq!(code.example.as_deref(), Some("<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>"));
    assert_eq!(code.expected.as_deref(), Some("UNTDID 1001 (Invoice)"));
}

#[test]
fn rules_of_a_category_follow_the_code_that_is_wrong() {
    let category = "/Invoice/cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:ID";
    let report = told("ubl-vat-S", &format!("set {category} = Z"));
    let root = report.findings.iter().position(|f| f.rule == "BR-S-01").unwrap();
    assert!(
        report.findings.iter().enumerate().all(|(at, f)| at == root || f.follows == Some(root)),
        "{:?}",
        shown(&report)
    );
    assert_eq!(path(&report.findings[root]), Some(category));
    let report = told("ubl-vat-S", &format!("set {category} = s"));
    assert!(shown(&report).iter().any(|g| g.starts_with("BR-CL-17: ")), "{:?}", shown(&report));
}

/// Thousands of findings that share causes are linked without thousands of judgements.
#[test]
fn many_findings_are_linked_in_time() {
    let list = List::read();
    let text = list.text("ubl-full");
    let (start, end) = (text.find("<cac:InvoiceLine>").unwrap(), text.find("</cac:InvoiceLine>").unwrap() + 18);
    let line = text[start..end].replace("<cbc:ID>1</cbc:ID>", "").replace(" currencyID=\"EUR\">15.00", ">15.00");
    let judged = |lines: usize| judged(&format!("{}{}{}", &text[..end], line.repeat(lines), &text[end..]));
    let report = judged(1_500);
    let missing: Vec<_> = report.findings.iter().filter(|f| f.rule == "BR-21").collect();
    assert_eq!(missing.len(), 1_500);
    // The structure lists the first two hundred faults; the rest of the lines stand for themselves.
    assert!(missing.iter().filter(|f| f.follows.is_some()).count() > 30);
    let fatal = |f: &&Finding| f.severity == Severity::Fatal;
    assert!(report.findings.iter().filter(fatal).count() > 3_000);
    let times = times_longer(|| drop(judged(100)), || drop(judged(800)));
    assert!(times < 32.0, "eight times the lines take {times:.1} times as long");
    assert_eq!(report.syntax.as_deref(), Some(Syntax::UblInvoice.as_str()));
}

pub(super) fn finding<'r>(report: &'r Report, rule: &str) -> &'r Finding {
    report.findings.iter().find(|f| f.rule == rule).unwrap_or_else(|| panic!("{rule} of {:?}", report.findings))
}

fn sentence(report: &Report) -> String {
    let all = groups(&report.findings);
    all.iter().find_map(|g| g.sentence(&report.findings)).map(|t| t.en).unwrap_or_default()
}

#[test]
fn the_second_vat_total_bears_the_accounting_currency() {
    let report = told("ubl-full", "delete /Invoice/cac:TaxTotal[2]/cbc:TaxAmount/@currencyID");
    let missing = finding(&report, "FCT-XSD-ATTRIBUTE-MISSING");
    let tax = missing.fix.en.clone();
    assert_eq!(missing.terms, ["BT-111"]);
    assert!(!tax.contains("EUR"), "{tax}");
    assert_eq!(finding(&report, "BR-53").place, missing.place);
    assert_eq!(finding(&report, "BR-CL-03").terms, ["BT-111"]);
    let report = told(
        "cii-full",
        "delete /rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:TaxTotalAmount[2]/@currencyID",
    );
    let missing = finding(&report, "BR-53");
    assert!(missing.message.en.contains("currencyID is missing"), "{missing:?}");
    assert!(missing.example.as_ref().is_some_and(|e| e.starts_with("<ram:TaxTotalAmount currencyID=")), "{missing:?}");
}

#[test]
fn an_empty_currency_is_said_to_be_that() {
    for empty in ["", " "] {
        let report =
            told("ubl-full", &format!("attribute /Invoice/cac:TaxTotal[1]/cbc:TaxAmount/@currencyID = {empty}"));
        assert_eq!(shown(&report), ["BR-CL-03: BR-CO-15"]);
        let root = finding(&report, "BR-CL-03");
        assert!(root.message.en.contains("currencyID is empty"), "{root:?}");
        assert!(finding(&report, "BR-CO-15").message.en.contains("currencyID is empty"));
    }
}

#[test]
fn a_vat_total_in_another_currency_is_shown_where_it_stands() {
    let report = told("ubl-full", "attribute /Invoice/cac:TaxTotal[1]/cbc:TaxAmount/@currencyID = eur");
    assert_eq!(finding(&report, "BR-CL-03").terms, ["BT-110"]);
    assert_eq!(
        sentence(&report),
        "The currency of Invoice total VAT amount (BT-110) is wrong, which also breaks BR-CO-15."
    );
    let report = told("ubl-full", "attribute /Invoice/cac:TaxTotal[1]/cbc:TaxAmount/@currencyID = USD");
    let sum = finding(&report, "BR-CO-15");
    assert_eq!(path(sum), Some("/Invoice/cac:TaxTotal[1]/cbc:TaxAmount/@currencyID"));
    assert_eq!(sum.example.as_deref(), Some("<cbc:TaxAmount currencyID=\"EUR\">194.00</cbc:TaxAmount>"));
    // Missing altogether: the sum of the document's own breakdown, and the structure is the cause.
    let report = told("ubl-full", "delete /Invoice/cac:TaxTotal[1]/cbc:TaxAmount");
    assert_eq!(shown(&report), ["FCT-XSD-MISSING: BR-CO-14 BR-CO-15"]);
    assert_eq!(finding(&report, "FCT-XSD-MISSING").terms, ["BT-110"]);
}

#[test]
fn a_rate_that_no_amount_fits_is_the_cause() {
    let totals = "/Invoice/cac:TaxTotal/cac:TaxSubtotal";
    for (rate, said) in [("0.20", "20 % is written 20"), ("-20", "Write 20 in BT-119")] {
        let report = told("ubl-vat-S", &format!("set {totals}/cac:TaxCategory/cbc:Percent = {rate}"));
        let wrong = finding(&report, "BR-CO-17");
        assert_eq!((wrong.found.as_deref(), wrong.expected.as_deref()), (Some(rate), Some("20")), "{wrong:?}");
        assert!(wrong.fix.en.contains(said), "{wrong:?}");
        assert_eq!(wrong.example.as_deref(), Some("<cbc:Percent>20</cbc:Percent>"));
        assert!(path(wrong).is_some_and(|path| path.ends_with("cbc:Percent")), "{wrong:?}");
        assert_eq!(finding(&report, "BR-S-09").expected, wrong.expected);
    }
}

#[test]
fn a_misspelt_attribute_is_renamed_and_nothing_is_missing_beside_it() {
    let line = "/Invoice/cac:InvoiceLine[1]/cbc:InvoicedQuantity";
    let report = told("ubl-full", &format!("delete {line}/@unitCode ; attribute {line}/@unitcode = HUR"));
    assert_eq!(shown(&report), ["FCT-XSD-ATTRIBUTE: BR-23"]);
    let root = finding(&report, "FCT-XSD-ATTRIBUTE");
    assert_eq!(root.fix.en, "Rename it unitCode.");
    assert!(
        root.example.as_ref().is_some_and(|e| e.contains(" unitCode=\"HUR\"") && !e.contains("unitcode")),
        "{root:?}"
    );
    let total = "/Invoice/cac:TaxTotal[1]/cbc:TaxAmount";
    let report = told("ubl-full", &format!("delete {total}/@currencyID ; attribute {total}/@currencyId = EUR"));
    assert_eq!(shown(&report), ["FCT-XSD-ATTRIBUTE: FCT-XSD-ATTRIBUTE-MISSING BR-CL-03 BR-CO-15"]);
    let missing = finding(&report, "FCT-XSD-ATTRIBUTE-MISSING");
    assert_eq!(missing.example, finding(&report, "FCT-XSD-ATTRIBUTE").example);
}

#[test]
fn a_number_that_can_be_read_is_written_as_it_should_be() {
    let total = "/Invoice/cac:LegalMonetaryTotal/cbc:LineExtensionAmount";
    for (written, meant) in [
        ("45,00", Some("45.00")),
        ("1 155.00", Some("1155.00")),
        ("1.155,00 €", Some("1155.00")),
        ("1,155", None),
        ("abc", None),
    ] {
        let report = told("ubl-full", &format!("set {total} = {written}"));
        let value = finding(&report, "FCT-XSD-VALUE");
        let own = value.example.as_ref().is_some_and(|e| meant.is_some_and(|m| e.contains(&format!(">{m}<"))));
        assert_eq!(own, meant.is_some(), "{value:?}");
    }
}

#[test]
fn of_two_values_the_example_keeps_the_document_s_own() {
    let sums = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeSettlementHeaderMonetarySummation";
    let list = List::read();
    let text = list.text("cii-full");
    let total = text.split("<ram:GrandTotalAmount>").nth(1).and_then(|t| t.split('<').next()).expect("a total");
    let second = "insert SUMS < <ram:GrandTotalAmount>1.00</ram:GrandTotalAmount>".replace("SUMS", sums);
    let report = told("cii-full", &second);
    let own = format!("<ram:GrandTotalAmount>{total}</ram:GrandTotalAmount>");
    assert_eq!(finding(&report, "CII-SR-482").example.as_deref(), Some(own.as_str()));
}

#[test]
fn one_name_space_that_is_wrong_is_one_cause() {
    for (file, prefix) in [("ubl-full", "cac"), ("ubl-full", "cbc"), ("cii-full", "ram"), ("cii-full", "udt")] {
        let text = std::fs::read_to_string(format!("fixtures/invoices/{file}.xml")).unwrap();
        let (before, rest) = text.split_once(&format!("xmlns:{prefix}=\"")).unwrap();
        let (uri, rest) = rest.split_once('"').unwrap();
        let text = format!("{before}xmlns:{prefix}=\"{uri}0\"{rest}");
        let report = judged(&text);
        let roots: Vec<_> = groups(&report.findings).iter().map(|g| &report.findings[g.root]).collect();
        let [root] = roots[..] else {
            panic!("{file} {prefix}: {:?}", roots.iter().map(|f| (&f.rule, &f.message.en)).collect::<Vec<_>>())
        };
        let wrong = format!("{uri}0");
        assert_eq!((root.found.as_deref(), root.expected.as_deref()), (Some(wrong.as_str()), Some(uri)), "{file}");
        assert_eq!(root.fix.en, format!("Declare xmlns:{prefix}=\"{uri}\"."));
    }
}
