//! Blanks that are the very fault are seen: in the sentence, in what was found, under the line of the document.

use facteur::report::text;
use facteur::rules::{self, Finding};
use facteur::text::Lang;
use facteur::validate::{Choice, Options, validate};

use super::edit::{Case, List};
use super::fixtures::judge_by;

/// The finding of a rule on a French invoice with one value changed.
fn found(syntax: &str, change: (&str, &str), rule: &str) -> Finding {
    let text = List::of("fr").text(syntax);
    assert!(text.contains(change.0), "{}", change.0);
    let judged = judge_by(rules::pack("fr").expect("the pack"), &text.replacen(change.0, change.1, 1));
    let fired: Vec<&str> = judged.findings.iter().map(|finding| finding.rule.as_str()).collect();
    let finding = judged.findings.iter().find(|finding| finding.rule == rule);
    finding.unwrap_or_else(|| panic!("{rule} does not fire: {fired:?}")).clone()
}

#[test]
fn blanks_that_count_are_told_and_shown() {
    let (ubl, cii) = ("ubl", "cii");
    let mut said = String::new();
    for (syntax, before, after, rule, written) in [
        (ubl, "TypeCode>380<", "TypeCode> 380<", "BR-FR-04_BT-3", " 380"),
        (ubl, "TypeCode>380<", "TypeCode>380 <", "BR-FR-04_BT-3", "380 "),
        (cii, "TypeCode>380<", "TypeCode>\n 380\n<", "BR-FR-04_BT-3", "\n 380\n"),
        (cii, "TypeCode>380<", "TypeCode>380\u{a0}<", "BR-FR-04_BT-3", "380\u{a0}"),
        (ubl, "ProfileID>M1<", "ProfileID>M1 <", "BR-FR-08_BT-23", "M1 "),
        (ubl, "IssueDate>2026-11-22<", "IssueDate> 2026-11-22<", "BR-FR-03_BT-2", " 2026-11-22"),
        (cii, "format=\"102\">20261122<", "format=\"102\">\t20261122<", "BR-FR-03_BT-2", "\t20261122"),
        (cii, "ApplicablePercent>20<", "ApplicablePercent> 20<", "BR-FR-16_BT-152", " 20"),
    ] {
        let finding = found(syntax, (before, after), rule);
        assert_eq!(finding.found.as_deref(), Some(written), "exactly as in the document");
        let quoted = finding.found_in(Lang::En).unwrap().into_owned();
        assert!(finding.message.fr.contains(&quoted) && finding.message.en.contains(&quoted), "{finding:?}");
        assert!(finding.message.en.contains("and that counts") && finding.message.fr.contains("blanc"), "{finding:?}");
        said.push_str(&format!("{}\n{}\n{}\n\n", finding.message.fr, finding.message.en, finding.fix.fr));
    }
    insta::assert_snapshot!("blanks-told", said);
}

/// A code that is wrong with blanks around it is wrong twice; one whose blanks do not count is only wrong.
#[test]
fn blanks_beside_another_fault_are_told_where_they_count() {
    let both = found("ubl", ("TypeCode>380<", "TypeCode>751 <"), "BR-FR-04_BT-3");
    assert!(both.message.en.contains("751") && !both.message.en.contains("that counts"), "{:?}", both.message);
    let list = List::read();
    let case = |edit: &str| Case { base: "ubl-full".into(), edit: edit.into(), fires: Vec::new(), stops: false };
    let edited = list.edited(&case("set /Invoice/cbc:DocumentCurrencyCode = ZZZ"));
    let text = edited.replacen(">ZZZ<", "> ZZZ\n <", 1);
    let judged = judge_by(&rules::packs()[0], &text);
    let code = judged.findings.iter().find(|finding| finding.rule == "BR-CL-04").expect("BR-CL-04");
    assert_eq!(code.found.as_deref(), Some("ZZZ"), "the norm does not count the blanks");
}

#[test]
fn the_report_underlines_the_blanks_and_quotes_them() {
    let xml = List::of("fr").text("ubl").replacen("TypeCode>380<", "TypeCode> 380 <", 1);
    let day = facteur::day::Day::parse_iso("2026-11-22").unwrap();
    let options = Options { choice: Choice::parse("fr").unwrap(), ..Options::new(day) };
    let report = validate(xml.as_bytes(), "a.xml", &options).report;
    let shown = text(&report, Lang::Fr);
    assert!(shown.contains("trouvé : \" 380 \""), "{shown}");
    let json = facteur::report::line(&report, Lang::Fr);
    assert!(json.contains("\"found\":\" 380 \""), "{json}");
    assert!(shown.contains("des blancs autour"), "{shown}");
}
