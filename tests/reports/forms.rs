//! Each form as it is read.

use facteur::report::{Document, Format, Manner, Report, whole};
use facteur::text::Lang;

use super::sample::{DOCUMENT, report};
use super::{GOOD, run, shown};

fn written(format: Format, lang: Lang, colour: bool) -> String {
    let document = Document { bytes: Some(DOCUMENT.as_bytes()), inside: None };
    // The version of the program is no part of the form.
    whole(format.form(Manner { lang, colour, all: false }).as_ref(), &report(), &document)
        .replace(&format!("\"{}\"", env!("CARGO_PKG_VERSION")), "\"0.0.0\"")
}

#[test]
fn text_shows_the_line_the_part_the_computation_and_what_goes_with_it() {
    insta::assert_snapshot!("text_en", written(Format::Text, Lang::En, false));
    insta::assert_snapshot!("text_fr", written(Format::Text, Lang::Fr, false));
    insta::assert_snapshot!("text_in_colour", written(Format::Text, Lang::En, true).replace('\u{1b}', "␛"));
}

#[test]
fn colours_add_nothing_and_take_nothing_away() {
    let coloured = written(Format::Text, Lang::Fr, true);
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    assert_eq!(plain + rest, written(Format::Text, Lang::Fr, false));
}

#[test]
fn each_form_is_as_it_was() {
    insta::assert_snapshot!("json", written(Format::Json, Lang::En, true));
    insta::assert_snapshot!("svrl", written(Format::Svrl, Lang::En, true));
    insta::assert_snapshot!("junit", written(Format::Junit, Lang::Fr, true));
    insta::assert_snapshot!("csv", written(Format::Csv, Lang::En, true).replace("\r\n", "␍\n"));
    let sarif: serde_json::Value = serde_json::from_str(&written(Format::Sarif, Lang::En, true)).unwrap();
    // What the rule book says of its rules is not this form's.
    let mut sarif = sarif;
    for rule in sarif["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap() {
        for words in ["help", "shortDescription", "fullDescription"] {
            rule.as_object_mut().unwrap().remove(words);
        }
    }
    insta::assert_snapshot!("sarif", serde_json::to_string_pretty(&sarif).unwrap());
}

#[test]
fn sarif_describes_each_rule_once_with_the_page_that_explain_prints() {
    let sarif: serde_json::Value = serde_json::from_str(&written(Format::Sarif, Lang::Fr, false)).unwrap();
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["id"] == "BR-CO-15").unwrap();
    assert!(rule["help"]["markdown"].as_str().unwrap().starts_with("BR-CO-15: "), "{rule}");
    assert!(!rule["shortDescription"]["text"].as_str().unwrap().is_empty());
    assert_eq!(rules.len(), 4);
}

/// The same wrong sum in UBL, in CII and in a PDF: the line that is shown is that of the XML that was judged.
#[test]
fn the_line_is_shown_in_every_syntax_and_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let ubl = std::fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let amount = ubl.split("<cbc:PayableAmount").nth(1).unwrap().split('>').nth(1).unwrap().split('<').next().unwrap();
    let wrong = ubl.replace(&format!(">{amount}</cbc:PayableAmount>"), ">9.99</cbc:PayableAmount>");
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(wrong.replace("encoding=\"UTF-8\"", "").encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let cii = std::fs::read_to_string("fixtures/invoices/cii-minimal.xml").unwrap();
    let due = cii.split("<ram:DuePayableAmount>").nth(1).unwrap().split('<').next().unwrap();
    let cii = cii.replace(&format!(">{due}</ram:DuePayableAmount>"), ">9.99</ram:DuePayableAmount>");
    for (name, bytes) in [("u.xml", wrong.into_bytes()), ("w.xml", utf16), ("c.xml", cii.into_bytes())] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let (_, out, _) = run(&[super::shown(&path)]);
        assert!(out.contains(">9.99</") && out.contains("^^^^ found: 9.99; expected: "), "{name}: {out}");
    }
}

#[test]
fn a_pdf_shows_the_line_of_the_file_inside() {
    let folder = tempfile::tempdir().unwrap();
    let pdf = std::fs::read("fixtures/invoices/facturx-attachment.pdf").unwrap();
    let path = folder.path().join("f.pdf");
    std::fs::write(&path, pdf).unwrap();
    let (status, out, _) = run(&["--format", "json", super::shown(&path)]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, &report["syntax"]), (0, &"facturx-pdf".into()));
    // One and the same report, shown with the attachment's bytes: the place is that of the attachment.
    let mut judged: facteur::report::Report = super::sample::report();
    if let Some(facteur::invoice::Place::Xml { attachment, .. }) = &mut judged.findings[0].place {
        *attachment = Some("factur-x.xml".to_owned());
    }
    let document = Document { bytes: Some(b"%PDF-1.7 never looked at"), inside: Some(DOCUMENT.as_bytes()) };
    let text = whole(Format::Text.form(Manner::plain(Lang::En)).as_ref(), &judged, &document);
    assert!(
        text.contains("in/a b.xml factur-x.xml:4:3") && text.contains(">100.02</cbc:TaxExclusiveAmount>"),
        "{text}"
    );
}

#[test]
fn many_findings_of_one_rule_are_counted_in_text_and_listed_elsewhere() {
    let text = std::fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let (start, end) = (text.find("<cac:InvoiceLine>").unwrap(), text.find("</cac:InvoiceLine>").unwrap() + 18);
    let line = text[start..end].replace("unitCode=\"", "unitCode=\"?");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.xml");
    std::fs::write(&path, format!("{}{}{}", &text[..start], line.repeat(300), &text[end..])).unwrap();
    let (_, out, _) = run(&[super::shown(&path)]);
    let listed = out.matches("  BR-CL-23  ").count();
    assert_eq!(listed, 20);
    assert!(out.contains("… and 280 more of BR-CL-23 (all of them with --verbose, or --format json or csv)"), "{out}");
    let (_, all, _) = run(&["--verbose", super::shown(&path)]);
    assert_eq!(all.matches("  BR-CL-23  ").count(), 300);
    assert!(!all.contains("more of BR-CL-23"));
    for (format, needle) in [("csv", ",BR-CL-23,BR-CL-23,"), ("sarif", "\"ruleId\":\"BR-CL-23\"")] {
        assert_eq!(run(&["--format", format, super::shown(&path)]).1.matches(needle).count(), 300, "{format}");
    }
}

/// One broken cause and many that follow it: a few are listed, the rest counted by rule, and nothing is lost.
#[test]
fn followers_beyond_a_few_are_counted_and_listed_on_demand() {
    use facteur::rules::{Finding, Severity};
    let root = Finding { rule: "BR-CL-23".into(), severity: Severity::Fatal, ..Finding::default() };
    let follower = |rule: &str| Finding { rule: rule.into(), follows: Some(0), ..root.clone() };
    let many = (0..150).map(|_| follower("BR-CO-10")).chain((0..50).map(|_| follower("BR-S-08")));
    let report = Report { findings: std::iter::once(root.clone()).chain(many).collect(), ..report() };
    let shown = |all: bool, lang: Lang| {
        whole(Format::Text.form(Manner { lang, colour: false, all }).as_ref(), &report, &Document::default())
    };
    let short = shown(false, Lang::En);
    assert_eq!(short.matches("fatal  BR-CO-10").count(), 6, "{short}");
    assert!(short.contains("… and 194 more of 144 × BR-CO-10, 50 × BR-S-08 (all of them with --verbose"), "{short}");
    assert!(short.contains("(201 fatal, "), "the head counts all: {short}");
    assert!(shown(false, Lang::Fr).contains("… et 194 de plus : 144 × BR-CO-10, 50 × BR-S-08 (toutes avec --verbose"));
    let long = shown(true, Lang::En);
    assert_eq!((long.matches("fatal  BR-CO-10").count(), long.matches("fatal  BR-S-08").count()), (150, 50));
}

#[test]
fn standard_input_has_a_report_in_every_form() {
    for format in ["text", "json", "svrl", "sarif", "junit", "csv"] {
        let mut child = super::validate(&["--format", format, "-"]);
        let file = std::fs::File::open(GOOD).unwrap();
        let (status, out, err) = super::told(child.stdin(file).output().unwrap());
        assert!(status == 0 && !out.is_empty() && err.is_empty(), "{format}: {err}");
    }
}

/// What a finding says is never the contrary of what it shows.
#[test]
fn no_finding_contradicts_itself() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let judged = |name: &str, text: String| -> serde_json::Value {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let (_, out, _) = run(&["--format", "json", shown(&path)]);
        serde_json::from_str(&out).unwrap()
    };
    let of = |report: &serde_json::Value, rule: &str| {
        report["findings"].as_array().unwrap().iter().find(|f| f["rule"] == rule).cloned().unwrap_or_default()
    };
    let huge = judged("huge.xml", text.replace(">100.00<", ">99999999999999999999999.99<"));
    let base = of(&huge, "BR-S-08");
    assert!(base["message"].as_str().unwrap().contains("binary floating point"), "{base}");
    assert!(base["expected"].is_null() && base["example"].is_null(), "{base}");
    assert!(!base.to_string().contains("+0.00"), "{base}");

    let amount = text.find("<cbc:PayableAmount").unwrap();
    let (head, tail) = text.split_at(amount);
    let blanks = judged("blanks.xml", format!("{head}{}", tail.replacen("120.00", "\n120.00\n", 1)));
    let decimals = of(&blanks, "BR-DEC-18");
    assert_eq!(decimals["found"], "\n120.00\n", "{decimals}");
    assert!(decimals["message"].as_str().unwrap().contains("blanks"), "{decimals}");

    let comma = judged("comma.xml", format!("{head}{}", tail.replacen("120.00", "1.234,56", 1)));
    assert_eq!(of(&comma, "FCT-XSD-VALUE")["expected"], "decimal number");
    let path = folder.path().join("comma.xml");
    let french = std::process::Command::new(super::PROGRAM)
        .args(["--lang", "fr", "validate", "--rules", "en16931", shown(&path)])
        .output()
        .unwrap();
    assert!(String::from_utf8(french.stdout).unwrap().contains("attendu : nombre décimal"));
}
