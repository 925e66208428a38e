//! Rules against invoices.

use super::super::{Outcome, Verdict};
use super::*;
use crate::rules::Severity;
use crate::text::Lang;

const LINE: &str = "<cac:InvoiceLine><cbc:ID>1</cbc:ID></cac:InvoiceLine>";

fn line(inside: &str) -> String {
    format!("<cac:InvoiceLine><cbc:ID>1</cbc:ID>{inside}</cac:InvoiceLine>")
}

fn order(value: &str) -> String {
    format!("<cac:OrderReference><cbc:ID>{value}</cbc:ID></cac:OrderReference>")
}

fn terms(value: &str) -> String {
    format!("<cac:PaymentTerms><cbc:Note>{value}</cbc:Note></cac:PaymentTerms>")
}

fn attached(base64: &str) -> String {
    format!(
        "<cac:AdditionalDocumentReference><cbc:ID>1</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject \
         mimeCode=\"application/pdf\" filename=\"a.pdf\">{base64}</cbc:EmbeddedDocumentBinaryObject></cac:Attachment>\
         </cac:AdditionalDocumentReference>"
    )
}

#[track_caller]
fn asks(rules: &str, cases: &[(&str, &[&str])]) {
    let client = client(rules);
    for (inside, wanted) in cases {
        assert_eq!(judged(&client, inside), *wanted, "{inside}");
    }
}

#[test]
fn a_required_term_is_there_and_not_blank() {
    asks(
        "[[require]]\nterm = \"BT-13\"",
        &[
            (&order("1"), &[]),
            (&order(" \n"), &["REQUIRE BT-13"]),
            (&order(""), &["REQUIRE BT-13"]),
            ("", &["REQUIRE BT-13"]),
        ],
    );
}

#[test]
fn a_pattern_is_asked_of_each_value_without_the_blanks_around_it() {
    let rules = "[[require]]\nterm = \"BT-13\"\npattern = '^\\d{3}$'";
    asks(
        rules,
        &[
            (&order("123"), &[]),
            (&order(" 123\n"), &[]),
            (&order("1234"), &["PATTERN BT-13 1234"]),
            (&order("x\n123"), &["PATTERN BT-13 x\n123"]),
            // Absent, it is missing, and not misshapen too.
            ("", &["REQUIRE BT-13"]),
        ],
    );
    let notes = "[[require]]\nterm = \"BT-22\"\npattern = '^A'";
    asks(
        notes,
        &[(
            "<cbc:Note>A</cbc:Note><cbc:Note>B</cbc:Note><cbc:Note>C</cbc:Note>",
            &["PATTERN BT-22 B", "PATTERN BT-22 C"],
        )],
    );
}

#[test]
fn each_line_is_asked_apart() {
    let reference = "<cac:OrderLineReference><cbc:LineID>7</cbc:LineID></cac:OrderLineReference>";
    let rules = "[[require]]\nterm = \"BG-25[*]/BT-132\"";
    asks(
        rules,
        &[
            ("", &[]),
            (&line(reference), &[]),
            (&format!("{}{LINE}{LINE}", line(reference)), &["REQUIRE BT-132", "REQUIRE BT-132"]),
        ],
    );
    asks(
        "[[require]]\nterm = \"BG-25[2]/BT-132\"",
        &[
            (&format!("{LINE}{}", line(reference)), &[]),
            (&format!("{}{LINE}", line(reference)), &["REQUIRE BT-132"]),
            (&line(reference), &["REQUIRE BT-132"]),
        ],
    );
    with_invoice(&format!("{LINE}\n{}\n{LINE}", line(reference)), |invoice| {
        let places: Vec<_> = client(rules).judge(invoice).into_iter().filter_map(|f| f.place).collect();
        let paths: Vec<_> = places
            .iter()
            .map(|p| match p {
                crate::invoice::Place::Xml { line, path, .. } => (*line, path.as_str()),
                _ => panic!("{p:?}"),
            })
            .collect();
        assert_eq!(paths, [(2, "/Invoice/cac:InvoiceLine[1]"), (4, "/Invoice/cac:InvoiceLine[3]")]);
    });
}

#[test]
fn a_required_group_says_something() {
    let period = |inside: &str| format!("<cac:InvoicePeriod>{inside}</cac:InvoicePeriod>");
    asks(
        "[[require]]\nterm = \"BG-14\"",
        &[
            (&period("<cbc:StartDate>2026-10-01</cbc:StartDate>"), &[]),
            (&period("<cbc:StartDate/>"), &["REQUIRE BG-14"]),
            (&period(""), &["REQUIRE BG-14"]),
            ("", &["REQUIRE BG-14"]),
        ],
    );
}

#[test]
fn named_mentions_and_wordings_are_looked_for_anywhere() {
    let note = |text: &str| format!("<cbc:Note>{text}</cbc:Note>");
    asks(
        "[[require]]\nmention = \"recovery-indemnity\"",
        &[
            (&note("#PMT#40 EUR"), &[]),
            (&note("INDEMNITE FORFAITAIRE de 40 EUR"), &[]),
            (&terms("Frais de recouvrement : 40 EUR"), &[]),
            (&note("#PMT#"), &["MENTION BT-22 BT-20"]),
            ("", &["MENTION BT-22 BT-20"]),
        ],
    );
    asks(
        "[[require]]\ntext = 'r[ée]serve de propri[ée]t[ée]'\nseverity = \"warning\"",
        &[
            (&note("Réserve de PROPRIÉTÉ"), &[]),
            (&terms("reserve de propriete"), &[]),
            (&note("Escompte"), &["MENTION BT-20 BT-22 BT-33 BT-120 BT-127"]),
        ],
    );
}

#[test]
fn values_allowed_by_several_rules_add_up() {
    let rules = "[[allow]]\nterm = \"BT-20\"\nvalues = [\"30 jours\"]\n\
                 [[allow]]\nterm = \"BT-20\"\nvalues = [\"comptant\"]\nwhen = \"BT-3 = 381\"\nseverity = \"warning\"";
    let kind = |code: &str| format!("<cbc:InvoiceTypeCode>{code}</cbc:InvoiceTypeCode>");
    asks(
        rules,
        &[
            ("", &[]),
            (&terms("30   jours\n"), &[]),
            (&terms("30 JOURS"), &["ALLOW BT-20 30 JOURS"]),
            (&terms("comptant"), &["ALLOW BT-20 comptant"]),
            (&(kind("381") + &terms("comptant")), &[]),
            (&(kind("381") + &terms("30 jours")), &[]),
            (&(kind("381") + &terms("60 jours")), &["ALLOW BT-20 60 jours"]),
        ],
    );
    let alone = "[[allow]]\nterm = \"BT-20\"\nvalues = [\"30 jours\"]\nwhen = \"BT-3 = 380\"";
    asks(alone, &[(&(kind("381") + &terms("x")), &[]), (&(kind("380") + &terms("x")), &["ALLOW BT-20 x"])]);
}

#[test]
fn numbers_are_allowed_as_numbers() {
    let rate = |percent: &str| {
        line(&format!(
            "<cac:Item><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{percent}</cbc:Percent></cac:ClassifiedTaxCategory></cac:Item>"
        ))
    };
    asks(
        "[[allow]]\nterm = \"BG-25[*]/BT-152\"\nvalues = [\"20\", \"5.5\"]",
        &[
            (&rate("20.00"), &[]),
            (&(rate("5.50") + &rate("2")), &["ALLOW BT-152 2"]),
            (&rate("vingt"), &["ALLOW BT-152 vingt"]),
        ],
    );
    asks(
        "[[allow]]\nterm = \"BT-2\"\nvalues = [\"2026-10-31\"]",
        &[
            ("<cbc:IssueDate>2026-10-31</cbc:IssueDate>", &[]),
            ("<cbc:IssueDate>2026-10-30</cbc:IssueDate>", &["ALLOW BT-2 2026-10-30"]),
        ],
    );
}

#[test]
fn what_is_forbidden_is_not_there() {
    asks(
        "[[forbid]]\nterm = \"BG-24\"\nwhen = \"BT-3 = 380\"",
        &[
            ("", &[]),
            (&attached("AAAA"), &[]),
            (&format!("<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>{}", attached("AAAA")), &["FORBID BG-24 1"]),
        ],
    );
    asks("[[forbid]]\nterm = \"BT-13\"", &[("", &[]), (&order("7"), &["FORBID BT-13 7"])]);
}

#[test]
fn attachments_are_counted_and_weighed_decoded() {
    let three = attached("AAAA").repeat(3);
    asks("[limits]\nattachments = 2", &[("", &[]), (&attached("AAAA").repeat(2), &[]), (&three, &["LIMIT BT-125 3"])]);
    asks("[limits]\nattachments = 0", &[("", &[]), (&attached("AAAA"), &["LIMIT BT-125 1"])]);
    // A link, or a reference alone, is no attachment.
    asks(
        "[limits]\nattachments = 0",
        &[("<cac:AdditionalDocumentReference><cbc:ID>1</cbc:ID></cac:AdditionalDocumentReference>", &[])],
    );
    asks(
        "[limits]\nattachment_bytes = 4",
        &[
            (&attached("AAAAAA=="), &[]),
            (&attached("AAAAA\n AA="), &["LIMIT BT-125 5"]),
            (&attached("AAAAAAA="), &["LIMIT BT-125 5"]),
        ],
    );
}

#[test]
fn the_nearest_file_decides_and_lists_add_up() {
    let clients = load(&WORKED);
    let lyon = clients.named("ville-de-lyon").unwrap();
    let full = |note: &str, terms_: &str| {
        format!(
            "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:Note>{note}</cbc:Note><cbc:BuyerReference>S1</cbc:BuyerReference>{}{}",
            order("1234567890"),
            terms(terms_)
        )
    };
    assert_eq!(judged(lyon, &full("#PMD#3 fois le taux légal", "30 jours")), [""; 0]);
    assert_eq!(
        judged(lyon, &full("#PMD#3 fois le taux légal", "à réception")),
        [""; 0],
        "allowed by the file it extends"
    );
    assert_eq!(judged(lyon, &full("x", "60 jours")), ["ALLOW BT-20 60 jours", "MENTION BT-22 BT-20"]);
    assert_eq!(judged(lyon, ""), ["REQUIRE BT-10", "REQUIRE BT-13", "MENTION BT-22 BT-20"]);
    assert_eq!(judged(lyon, &(full("#PMD#x", "30 jours") + &attached("AAAA").repeat(6)))[1..], ["LIMIT BT-125 6"]);
}

#[test]
fn findings_say_it_all_in_both_languages() {
    let files = load(&FOLDER);
    let sud = files.named("orle-negoce-sud").unwrap();
    let vernier = files.named("atelier-vernier").unwrap();
    let inside = format!(
        "{}<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>F-0</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>{}{}\
         <cac:LegalMonetaryTotal><cbc:TaxInclusiveAmount currencyID=\"EUR\">60000.00</cbc:TaxInclusiveAmount></cac:LegalMonetaryTotal>{LINE}",
        "<cbc:Note>Merci</cbc:Note>",
        attached("AAAAAAAAAAAAAAAA").repeat(2),
        terms("90 jours"),
    );
    with_invoice(&inside, |invoice| {
        let findings: Vec<_> = sud.judge(invoice).into_iter().chain(vernier.judge(invoice)).collect();
        insta::assert_snapshot!("findings", serde_json::to_string_pretty(&findings).unwrap());
    });
}

#[test]
fn severity_is_fatal_unless_said() {
    let rules = client("[[require]]\nterm = \"BT-12\"\n[[require]]\nterm = \"BT-13\"\nseverity = \"information\"");
    let severities: Vec<_> = with_invoice("", |invoice| rules.judge(invoice).iter().map(|f| f.severity).collect());
    assert_eq!(severities, [Severity::Fatal, Severity::Information]);
}

#[test]
fn a_test_tells_of_every_rule_and_what_satisfied_it() {
    let clients = load(&FOLDER);
    let sud = clients.named("orle-negoce-sud").unwrap();
    let reference = "<cac:OrderLineReference><cbc:LineID>7</cbc:LineID></cac:OrderLineReference>";
    let inside = format!(
        "<cbc:Note>#PMT#40 EUR</cbc:Note>{}{}{}",
        attached("AAAA"),
        terms("45 jours"),
        line(reference).repeat(2)
    );
    let told = |o: &Outcome| {
        let origins = o.origins.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let verdict = match &o.verdict {
            Verdict::NotAsked => "not asked".to_owned(),
            Verdict::Passed(by) => {
                format!("passed {:?}", by.iter().map(|p| format!("{} {}", p.address, p.text)).collect::<Vec<_>>())
            }
            Verdict::Failed(f) => format!("failed {}", f.len()),
        };
        format!("{} ({origins}) {}: {verdict}", o.rule, o.asks.get(Lang::En))
    };
    let outcomes = with_invoice(&inside, |invoice| sud.test(invoice).iter().map(told).collect::<Vec<_>>());
    insta::assert_snapshot!("outcomes", outcomes.join("\n"));
}

#[test]
fn judging_and_testing_agree() {
    for files in [&WORKED[..], &FOLDER[..]] {
        for client in load(files).iter() {
            for inside in ["", LINE, &attached("AAAAAAAAAAAAAAAA").repeat(8), &(order("x") + &terms("x"))] {
                with_invoice(inside, |invoice| {
                    let failed = client.test(invoice).into_iter().filter_map(|o| match o.verdict {
                        Verdict::Failed(findings) => Some(findings),
                        _ => None,
                    });
                    assert_eq!(failed.flatten().collect::<Vec<_>>(), client.judge(invoice));
                });
            }
        }
    }
}

#[test]
fn the_same_invoice_in_two_syntaxes_is_judged_alike() {
    macro_rules! invoice {
        ($name:literal) => {
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/invoices/", $name))
        };
    }
    let every_kind = client(
        "[[require]]\nterm = \"BT-13\"\npattern = '^never$'\n[[require]]\nterm = \"BG-25[*]/BT-132\"\npattern = '^never$'\n\
         [[require]]\nmention = \"recovery-indemnity\"\n[[require]]\ntext = 'never seen'\n\
         [[allow]]\nterm = \"BT-20\"\nvalues = [\"never\"]\n[[allow]]\nterm = \"BG-25[*]/BT-152\"\nvalues = [\"99\"]\n\
         [[forbid]]\nterm = \"BG-24\"\nwhen = \"BT-3 = 380 and BT-112 > 0\"\n[limits]\nattachments = 0\nattachment_bytes = 1",
    );
    for (ubl, cii) in [
        (&invoice!("ubl-full.xml")[..], &invoice!("cii-full.xml")[..]),
        (invoice!("ubl-minimal.xml"), invoice!("cii-minimal.xml")),
    ] {
        let told = |bytes: &[u8]| {
            let read = formats::read(bytes).unwrap();
            let line = |f: crate::rules::Finding| (f.rule, f.terms, f.found, f.expected, f.message.fr);
            every_kind.judge(&read.invoice).into_iter().map(line).collect::<Vec<_>>()
        };
        assert_eq!(told(ubl), told(cii));
        assert!(told(ubl).len() > 3);
    }
}
