//! Reading: hostile documents refused by name, odd ones read right, the same invoice the same in both syntaxes.

use std::collections::BTreeMap;
use std::fs;

use facteur::formats::{Unreadable, read};
use facteur::invoice::{Address, Term, Value, bt};

fn fixture(path: &str) -> Vec<u8> {
    fs::read(format!("fixtures/{path}")).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn listing(path: &str) -> BTreeMap<String, String> {
    let bytes = fixture(path);
    let read = read(&bytes).unwrap_or_else(|e| panic!("{path}: {e:?}"));
    assert_eq!(read.faults, [], "{path}");
    read.invoice.listing().into_iter().map(|l| (l.term, l.value)).collect()
}

#[test]
fn hostile_documents_are_refused_by_name() {
    let table = [
        ("xxe", "FCT-XML-DTD"),
        ("billion-laughs", "FCT-XML-DTD"),
        ("external-dtd", "FCT-XML-DTD"),
        ("parameter-entity", "FCT-XML-DTD"),
        ("entity-in-attribute", "FCT-XML-DTD"),
        ("empty-doctype", "FCT-XML-DTD"),
        ("undefined-entity", "FCT-XML-ENTITY"),
        ("utf16le-odd-bytes", "FCT-READ-ENCODING"),
        ("latin1-undeclared", "FCT-READ-ENCODING"),
        ("utf16-declared-utf8-bytes", "FCT-READ-ENCODING"),
        ("unknown-encoding", "FCT-READ-ENCODING"),
        ("invalid-utf8", "FCT-READ-ENCODING"),
        ("lone-surrogate", "FCT-XML-MALFORMED"),
        ("truncated", "FCT-XML-MALFORMED"),
        ("two-roots", "FCT-XML-MALFORMED"),
        ("text-after-root", "FCT-XML-MALFORMED"),
        ("control-characters", "FCT-XML-MALFORMED"),
        ("nul-byte", "FCT-XML-MALFORMED"),
        ("mismatched-tags", "FCT-XML-MALFORMED"),
        ("unbound-prefix", "FCT-XML-MALFORMED"),
        ("duplicate-attribute", "FCT-XML-MALFORMED"),
        ("unclosed-cdata", "FCT-XML-MALFORMED"),
        ("empty", "FCT-READ-EMPTY"),
        ("blank", "FCT-READ-EMPTY"),
        ("image-named", "FCT-READ-NOT-XML"),
        ("ff-bytes", "FCT-READ-ENCODING"),
        ("other-vocabulary", "FCT-READ-NOT-INVOICE"),
        ("wrong-namespace", "FCT-READ-NOT-INVOICE"),
        ("deep-nesting", "FCT-LIMIT-DEPTH"),
        ("many-attributes", "FCT-LIMIT-ATTRIBUTES"),
        ("long-name", "FCT-LIMIT-NAME"),
    ];
    for (name, rule) in table {
        let bytes = fixture(&format!("hostile/{name}.xml"));
        let why = read(&bytes).err().unwrap_or_else(|| panic!("{name} was read"));
        assert_eq!(why.rule(), rule, "{name}: {why:?}");
    }
    let html = fixture("hostile/html-page.xml");
    assert!(read(&html).is_err());
}

#[test]
fn a_refusal_says_where() {
    let bytes = fixture("hostile/truncated.xml");
    let Err(Unreadable::Xml(refusal)) = read(&bytes) else { panic!("truncated.xml was read") };
    assert!(refusal.place.is_some_and(|(line, _)| line > 1), "{refusal}");
    let bytes = fixture("hostile/undefined-entity.xml");
    let Err(Unreadable::Xml(refusal)) = read(&bytes) else { panic!("undefined-entity.xml was read") };
    assert!(refusal.place.is_some());
}

#[test]
fn odd_documents_are_read_like_any_other() {
    let plain = listing("hostile/utf8-bom.xml");
    assert_eq!(plain["BT-1"], "PD-2026-0900");
    assert_eq!(plain["BT-115"], "60.00");
    for name in ["utf16le-bom", "utf16be-bom", "latin1-declared", "utf16-no-bom", "comments-and-pi", "odd-prefixes"] {
        assert_eq!(listing(&format!("hostile/{name}.xml")), plain, "{name}");
    }
    let odd = listing("hostile/cdata-and-references.xml");
    assert_eq!(odd["BG-25[1]/BT-153"], "Réparation & <entretien> de vélo");
}

#[test]
fn a_million_open_tags_do_not_overflow_the_stack() {
    let deep = format!("<Invoice>{}", "<a>".repeat(1_000_000));
    assert_eq!(read(deep.as_bytes()).unwrap_err().rule(), "FCT-LIMIT-DEPTH");
}

#[test]
fn one_invoice_is_the_same_in_both_syntaxes() {
    for (ubl, cii) in
        [("invoices/ubl-full.xml", "invoices/cii-full.xml"), ("invoices/ubl-minimal.xml", "invoices/cii-minimal.xml")]
    {
        let (mut ubl, mut cii) = (listing(ubl), listing(cii));
        // The two syntaxes use different code lists for the VAT point date (UNTDID 2005 and 2475).
        let (in_ubl, in_cii) = (ubl.remove("BT-8"), cii.remove("BT-8"));
        assert_eq!(in_ubl.is_some(), in_cii.is_some());
        let only = |a: &BTreeMap<String, String>, b: &BTreeMap<String, String>| -> Vec<String> {
            a.iter().filter(|(k, v)| b.get(*k) != Some(v)).map(|(k, v)| format!("{k} = {v}")).collect()
        };
        assert_eq!((only(&ubl, &cii), only(&cii, &ubl)), (vec![], vec![]));
    }
}

#[test]
fn the_full_invoice_has_every_term_of_the_norm() {
    let full = listing("invoices/ubl-full.xml");
    let bare = |address: &str| -> String {
        address.rsplit('/').next().unwrap().split_inclusive(']').map(|p| p.split('[').next().unwrap()).collect()
    };
    let found: Vec<String> = full.keys().map(|k| bare(k)).collect();
    let missing: Vec<Term> = Term::all()
        .filter(|t| t.id().starts_with("BT") && *t != bt::BT_7 && !found.iter().any(|f| f == t.id()))
        .collect();
    assert_eq!(missing, []);
}

#[test]
fn addresses_find_what_the_listing_names() {
    for path in ["invoices/ubl-full.xml", "invoices/cii-full.xml", "invoices/ubl-creditnote.xml"] {
        let bytes = fixture(path);
        let read = read(&bytes).unwrap();
        for listed in read.invoice.listing() {
            let address = Address::parse(&listed.term).unwrap_or_else(|e| panic!("{}: {e}", listed.term));
            let found = address.occurrences(&read.invoice);
            assert_eq!(found.len(), 1, "{path} {}", listed.term);
            assert_eq!(found[0].address(), listed.term, "{path}");
        }
        let every = Address::parse("BG-25[*]/BT-131").unwrap();
        assert_eq!(every.occurrences(&read.invoice).len(), read.invoice.lines().count());
    }
    for wrong in ["", "BT-4", "BT-1/BT-2", "BG-25[0]/BT-131", "BG-25[x]/BT-131", "BG-25[1/BT-131", "BT-1[", "bt-1"] {
        assert!(Address::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn bad_values_are_there_to_be_judged() {
    for (name, readable) in [("huge-number", false), ("exponent-number", false), ("comma-number", false)] {
        let bytes = fixture(&format!("hostile/{name}.xml"));
        let read = read(&bytes).unwrap();
        let amount = read.invoice.first(bt::BT_115).unwrap();
        assert_eq!(matches!(amount.value(), Value::Number(_)), readable, "{name}");
        assert!(!amount.text().is_empty());
    }
}

#[test]
fn faults_of_structure_say_what_was_expected() {
    let good = String::from_utf8(fixture("invoices/ubl-minimal.xml")).unwrap();
    let faults = |text: &str| -> Vec<(String, String, String)> {
        let read = read(text.as_bytes()).unwrap();
        read.faults.iter().map(|f| (f.kind.rule().to_owned(), f.found.clone(), f.expected.clone())).collect()
    };
    assert_eq!(faults(&good), []);
    let unknown = faults(&good.replacen("<cbc:ID>", "<cbc:Nonsense>x</cbc:Nonsense><cbc:ID>", 1));
    assert_eq!((unknown[0].0.as_str(), unknown[0].1.as_str()), ("FCT-XSD-UNKNOWN", "cbc:Nonsense"));
    assert!(unknown[0].2.contains("cbc:ID"), "{unknown:?}");
    let start = good.find("<cbc:IssueDate>").unwrap();
    let end = good.find("</cbc:IssueDate>").unwrap() + "</cbc:IssueDate>".len();
    let date = good[start..end].to_owned();
    let without = good.replacen(&date, "", 1);
    assert_eq!(faults(&without), [("FCT-XSD-MISSING".into(), "cbc:IssueDate".into(), "cbc:IssueDate".into())]);
    assert_eq!(faults(&good.replacen(&date, &date.repeat(2), 1))[0].0, "FCT-XSD-REPEATED");
    let last = without.replacen("</Invoice>", &format!("{date}</Invoice>"), 1);
    assert_eq!(faults(&last)[0].0, "FCT-XSD-ORDER");
    let no_day = good.replacen(&date, "<cbc:IssueDate>2026-02-30</cbc:IssueDate>", 1);
    assert_eq!(faults(&no_day), [("FCT-XSD-VALUE".into(), "2026-02-30".into(), "YYYY-MM-DD".into())]);
    let attribute = good.replacen("<cbc:IssueDate>", "<cbc:IssueDate lang=\"fr\">", 1);
    assert_eq!(faults(&attribute)[0].0, "FCT-XSD-ATTRIBUTE");
    let bare = good.replacen(" currencyID=\"EUR\"", "", 1);
    assert_eq!(faults(&bare)[0], ("FCT-XSD-ATTRIBUTE-MISSING".into(), "@currencyID".into(), "@currencyID".into()));
}
