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
