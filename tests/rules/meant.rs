//! Examples of values of the wrong form: the document's own value where it can be read one way, and a value that says it is ours elsewhere.

use super::causes::{finding, shown, told};

const CII_DATE: &str = "/rsm:CrossIndustryInvoice/rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString";

#[test]
fn a_date_that_can_be_read_is_written_as_it_should_be() {
    for (written, meant, fix) in [
        ("31/12/2026", Some("2026-12-31"), "Write 2026-12-31"),
        ("20261231", Some("2026-12-31"), "Write 2026-12-31"),
        ("03/04/2026", None, "\"03/04/2026\" can be read as 2026-04-03 or 2026-03-04"),
        ("demain", None, "The example shows the form, not your value."),
    ] {
        let report = told("ubl-full", &format!("set /Invoice/cbc:IssueDate = {written}"));
        let value = finding(&report, "FCT-XSD-VALUE");
        let own =
            value.example.as_deref() == meant.map(|day| format!("<cbc:IssueDate>{day}</cbc:IssueDate>")).as_deref();
        assert_eq!(own, meant.is_some(), "{value:?}");
        assert!(value.fix.en.contains(fix) && value.example.is_some(), "{value:?}");
    }
}

#[test]
fn a_date_of_cii_is_written_in_eight_digits() {
    for (written, meant, fix) in [
        ("31/12/2026", "20261231", "Write the date in eight digits, YYYYMMDD."),
        ("2026-12-31", "20261231", "Write the date in eight digits, YYYYMMDD."),
        ("03/04/2026", "20261102", "can be read as 2026-04-03 or 2026-03-04"),
    ] {
        let report = told("cii-full", &format!("set {CII_DATE} = {written}"));
        let date = finding(&report, "CII-DT-097");
        let example = date.example.as_deref().unwrap_or_default();
        assert_eq!(example, format!("<udt:DateTimeString format=\"102\">{meant}</udt:DateTimeString>"));
        assert!(date.fix.en.ends_with(fix) || date.fix.en.contains(fix), "{date:?}");
    }
    // What no rule of the norm looks at: the day is right, the format is not.
    let report = told("cii-full", &format!("set {CII_DATE}/@format = 203 ; set {CII_DATE} = 2026-12-31"));
    let date = finding(&report, "FCT-DATE");
    let right = "<udt:DateTimeString format=\"102\">20261231</udt:DateTimeString>";
    assert_eq!(date.example.as_deref(), Some(right), "{date:?}");
    let report = told("cii-full", &format!("set {CII_DATE} = 20260231"));
    let date = finding(&report, "FCT-DATE");
    assert!(date.fix.en.contains("The example shows the form, not your value.") && date.example.is_some(), "{date:?}");
}

#[test]
fn yes_and_no_in_french_are_true_and_false() {
    let charge = "/Invoice/cac:AllowanceCharge[1]/cbc:ChargeIndicator";
    for (written, meant) in [("Non", Some("false")), ("VRAI", Some("true")), ("peut-être", None)] {
        let report = told("ubl-full", &format!("set {charge} = {written}"));
        let value = finding(&report, "FCT-XSD-VALUE");
        let right = meant.map(|m| format!("<cbc:ChargeIndicator>{m}</cbc:ChargeIndicator>"));
        assert_eq!(value.example == right, meant.is_some(), "{value:?}");
        assert_eq!(value.fix.en.contains("shows the form, not your value"), meant.is_none(), "{value:?}");
    }
}

/// A comma for the point: the rules that count what stands behind the point follow, and say what is wrong.
#[test]
fn an_amount_that_is_no_number_is_not_said_to_have_decimals() {
    let due = "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount";
    let report = told("ubl-full", &format!("set {due} = 1.234,50"));
    assert_eq!(shown(&report), ["FCT-XSD-VALUE: BR-DEC-18 UBL-DT-01"]);
    for rule in ["BR-DEC-18", "UBL-DT-01"] {
        assert!(finding(&report, rule).message.en.contains("is not a decimal number"), "{:?}", finding(&report, rule));
    }
    let report = told("ubl-full", &format!("set {due} = 1234,50"));
    let rules: Vec<&str> = report.findings.iter().map(|f| f.rule.as_str()).collect();
    assert_eq!(rules, ["FCT-XSD-VALUE"]);
    let report = told("ubl-full", &format!("set {due} = 1234.505"));
    assert!(finding(&report, "BR-DEC-18").message.en.contains("more than two decimals"));
}

/// An amount that nobody can know is not made up.
#[test]
fn a_vat_total_in_another_currency_has_no_amount_from_nowhere() {
    let report = told("ubl-full", "delete /Invoice/cac:TaxTotal[2]");
    let lone = finding(&report, "BR-53");
    let example = lone.example.as_deref().unwrap_or_default();
    assert!(example.ends_with("\">…</cbc:TaxAmount></cac:TaxTotal>"), "{lone:?}");
    assert!(lone.fix.en.contains("does not state that rate"), "{lone:?}");
    let report = told("cii-full", &format!("delete {SUMS}/ram:TaxTotalAmount[2]"));
    assert_eq!(shown(&report), ["BR-53: BR-DEC-15"]);
    for rule in ["BR-53", "BR-DEC-15"] {
        let one = finding(&report, rule);
        assert!(one.example.as_deref().is_some_and(|e| e.ends_with("\">…</ram:TaxTotalAmount>")), "{one:?}");
    }
    let report =
        told("cii-full", "set SETTLEMENT/ram:TaxCurrencyCode = EUR".replace("SETTLEMENT", SETTLEMENT).as_str());
    let same = finding(&report, "BR-53");
    assert!(
        same.message.en.contains("BT-6 is for another one only") && same.fix.en.starts_with("Remove BT-6"),
        "{same:?}"
    );
}

const SETTLEMENT: &str =
    "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement";
const SUMS: &str = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeSettlementHeaderMonetarySummation";

#[test]
fn an_empty_currency_is_that_of_the_document() {
    let report = told("ubl-full", "set /Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount/@currencyID = ");
    let currency = finding(&report, "BR-CL-03");
    assert!(
        currency.fix.en.starts_with("Write currencyID=\"EUR\": the invoice's currency (BT-5) is EUR."),
        "{currency:?}"
    );
    assert!(currency.fix.fr.starts_with("Écrire currencyID=\"EUR\" : la devise de la facture (BT-5) est EUR."));
}

#[test]
fn a_breakdown_without_its_reason_keeps_its_rate() {
    for (base, category, edit) in [
        (
            "ubl-vat-S",
            "<cac:TaxCategory>",
            "insert /Invoice/cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory < <cbc:TaxExemptionReason>Motif</cbc:TaxExemptionReason>".to_owned(),
        ),
        (
            "cii-vat-S",
            "<ram:ApplicableTradeTax>",
            format!("insert {SETTLEMENT}/ram:ApplicableTradeTax < <ram:ExemptionReason>Motif</ram:ExemptionReason>"),
        ),
    ] {
        let report = told(base, &edit);
        let own = finding(&report, "BR-S-10").example.clone().unwrap_or_default();
        assert!(own.starts_with(category) && own.contains("Percent>") && !own.contains("Motif"), "{own}");
    }
}

#[test]
fn an_account_that_is_missing_is_one_cause() {
    let account = "SETTLEMENT/ram:SpecifiedTradeSettlementPaymentMeans/ram:PayeePartyCreditorFinancialAccount";
    let report = told("cii-full", &format!("delete {account}/ram:IBANID").replace("SETTLEMENT", SETTLEMENT));
    let groups = shown(&report);
    assert!(groups.len() == 1 && groups[0].starts_with("BR-50: ") && groups[0].contains("CII-SR-470"), "{groups:?}");
}

/// However many breakdowns a category has: merged, they are the one that is needed.
#[test]
fn three_breakdowns_of_a_category_are_merged() {
    let list = super::edit::List::read();
    let text = list.text("ubl-vat-G");
    let (start, end) = (text.find("<cac:TaxSubtotal>").unwrap(), text.find("</cac:TaxSubtotal>").unwrap() + 18);
    let one = &text[start..end];
    let base = one.split("<cbc:TaxableAmount currencyID=\"EUR\">").nth(1).unwrap().split('<').next().unwrap();
    let whole: f64 = base.parse().unwrap();
    let parts = [format!("{:.2}", whole - 3.0), "2.00".to_owned(), "1.00".to_owned()];
    let all: String = parts.iter().map(|part| one.replace(&format!(">{base}<"), &format!(">{part}<"))).collect();
    let report = super::complete::judged(&text.replace(one, &all));
    assert_eq!(shown(&report), ["BR-G-01: BR-G-08 BR-G-08 BR-G-08"], "{:?}", report.findings.len());
}

#[test]
fn a_wrong_base_names_its_rate_and_a_rate_that_nothing_has_is_the_cause() {
    let full = std::fs::read_to_string("fixtures/invoices/ubl-full.xml").unwrap();
    let of = |text: &str| {
        let read = facteur::formats::read(text.as_bytes()).unwrap();
        facteur::rules::packs().iter().flat_map(|pack| pack.judge(&read.invoice).findings).collect::<Vec<_>>()
    };
    let wrong = full.replacen(
        "<cbc:TaxableAmount currencyID=\"CHF\">426.00<",
        "<cbc:TaxableAmount currencyID=\"CHF\">427.00<",
        1,
    );
    let found = of(&wrong).into_iter().find(|f| f.rule == "BR-S-08").unwrap();
    assert!(found.message.en.starts_with("Category S at 20%: "), "{}", found.message.en);
    assert!(found.fix.fr.contains("catégorie S à 20 %"), "{}", found.fix.fr);
    let at = full.find("<cbc:Percent>5.5<").unwrap();
    let wrong = full[..at].to_owned() + &full[at..].replacen("<cbc:Percent>5.5<", "<cbc:Percent>6.5<", 1);
    let found = of(&wrong).into_iter().find(|f| f.rule == "BR-S-08").unwrap();
    assert!(found.message.en.contains("no line, charge or allowance has this rate"), "{}", found.message.en);
    assert_eq!(found.example.as_deref(), Some("<cbc:Percent>5.5</cbc:Percent>"));
    assert!(found.fix.en.contains("Write 5.5 in BT-119"), "{}", found.fix.en);
}

#[test]
fn a_finding_names_the_term_that_stands_there_and_its_example_bears_the_currency_of_the_document() {
    let [ubl, cii] =
        ["ubl-full", "cii-full"].map(|name| std::fs::read_to_string(format!("fixtures/invoices/{name}.xml")).unwrap());
    let of = |text: &str, rule: &str| {
        let read = facteur::formats::read(text.as_bytes()).unwrap();
        let mut all =
            facteur::rules::packs().iter().flat_map(|pack| pack.judge(&read.invoice).findings).collect::<Vec<_>>();
        all.retain(|f| f.rule == rule);
        all.swap_remove(0)
    };
    let at = cii.find("<ram:ApplicableHeaderTradeSettlement>").unwrap();
    let text = cii[..at].to_owned() + &cii[at..].replacen("<ram:CategoryCode>S<", "<ram:CategoryCode>XS<", 1);
    let terms = of(&text, "BR-CL-18").terms;
    assert!(terms == ["BT-118"] || terms == ["BT-95"], "{terms:?}");
    let text = cii.replacen(">EF-456-GH<", "><", 1);
    let found = of(&text, "BR-52");
    assert_eq!(found.terms, ["BT-128"]);
    assert!(found.message.en.contains("(BT-128) is empty") && !found.fix.en.contains("BT-122"), "{}", found.fix.en);
    let text = ubl.replacen("<cbc:PayableAmount currencyID=\"CHF\">564.00</cbc:PayableAmount>", "", 1);
    let example = of(&text, "BR-15").example.unwrap();
    assert!(example.contains("currencyID=\"CHF\""), "{example}");
}
