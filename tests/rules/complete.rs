//! Every fatal finding carries what a person needs: the term by name, what was found or expected, the fix, an example.

use std::collections::{BTreeMap, BTreeSet};

use facteur::day::Day;
use facteur::formats;
use facteur::invoice::{Place, Term};
use facteur::report::Report;
use facteur::rules::{Finding, Severity};
use facteur::text::Lang;
use facteur::validate::{Choice, Options, validate};

use super::edit::List;

pub fn judged(text: &str) -> Report {
    judged_by("en16931", text)
}

/// By packs named as `--rules` does.
pub fn judged_by(pack: &str, text: &str) -> Report {
    let as_of = Day::parse_iso("2026-11-22").expect("a day");
    let options = Options { choice: Choice::parse(pack).expect("the pack"), ..Options::new(as_of) };
    validate(text.as_bytes(), "invoice.xml", &options).report
}

pub fn path(finding: &Finding) -> Option<&str> {
    match finding.place.as_ref()? {
        Place::Xml { path, .. } => Some(path),
        _ => None,
    }
}

/// Rules about elements that no term of the norm stands for.
const NO_TERM: [&str; 2] = ["CII-DT-013", "CII-DT-014"];

/// All fatal findings of the lists, the first of each rule and syntax.
fn fatal() -> BTreeMap<(String, &'static str), Finding> {
    let mut all = BTreeMap::new();
    for pack in ["en16931", "fr", "chorus-pa", "chorus"] {
        let list = List::of(pack);
        for case in &list.case {
            let syntax = if case.base.starts_with("cii") { "cii" } else { "ubl" };
            for finding in judged_by(pack, &list.edited(case)).findings {
                // What the structure says of them holds by the first list.
                let own = pack == "en16931" || finding.pack == pack;
                if finding.severity == Severity::Fatal && own {
                    all.entry((finding.rule.clone(), syntax)).or_insert(finding);
                }
            }
        }
    }
    all
}

#[test]
fn every_fatal_finding_names_shows_and_advises() {
    let all = fatal();
    assert!(all.len() > 750, "only {} fatal findings", all.len());
    let mut wrong = Vec::new();
    for ((rule, syntax), finding) in &all {
        let mut lacks = |what: &str| {
            wrong.push(format!(
                "{rule} {syntax}: {what}: {} / {:?} / {:?}",
                finding.message.en, finding.found, finding.expected
            ))
        };
        let structure = rule.starts_with("FCT-XSD-");
        for lang in [Lang::Fr, Lang::En] {
            let message = finding.message.get(lang);
            let named = Term::all().any(|t| message.contains(t.name(lang)) || message.contains(&t.name_in_full(lang)));
            let has_term = !structure || !finding.terms.is_empty();
            if !named && has_term && !NO_TERM.contains(&rule.as_str()) {
                lacks("no term by name");
            }
            if finding.fix.get(lang).trim().is_empty() {
                lacks("no fix");
            }
        }
        if finding.found.is_none() && finding.expected.is_none() {
            lacks("neither found nor expected");
        }
        if finding.example.is_none() {
            lacks("no example");
        }
        for text in [&finding.message.fr, &finding.message.en, &finding.fix.fr, &finding.fix.en] {
            if text.contains(['{', '}', '[']) || text.contains("18446744073709551615") || text.contains("  ") {
                lacks(text);
            }
        }
    }
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
}

/// Every example is well-formed, and all its elements are of its syntax.
#[test]
fn every_example_is_of_its_syntax() {
    let mut wrong = Vec::new();
    for ((rule, syntax), finding) in fatal() {
        let Some(example) = finding.example else { continue };
        let (prefixes, spaces): (&[&str], &str) = match syntax {
            "ubl" => (
                &["cac:", "cbc:", "ext:"],
                "xmlns:cac='urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2' xmlns:cbc='urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2' xmlns:ext='urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2'",
            ),
            _ => (
                &["ram:", "rsm:", "udt:", "qdt:"],
                "xmlns:ram='urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100' xmlns:rsm='urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100' xmlns:udt='urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100' xmlns:qdt='urn:un:unece:uncefact:data:standard:QualifiedDataType:100'",
            ),
        };
        let whole = format!("<all {spaces}>{example}</all>");
        let document = match roxmltree::Document::parse(&whole) {
            Ok(document) => document,
            Err(error) => {
                wrong.push(format!("{rule} {syntax}: {error}: {example}"));
                continue;
            }
        };
        let vocabulary = formats::vocabulary();
        for element in document.root_element().descendants().filter(|n| n.is_element()).skip(1) {
            let space = element.tag_name().namespace().and_then(|uri| vocabulary.space(uri));
            let known = space.is_some_and(|space| vocabulary.find(space, element.tag_name().name()).is_some());
            let prefixed = prefixes.iter().any(|p| example.contains(&format!("<{p}{}", element.tag_name().name())));
            if !known || !prefixed {
                wrong.push(format!("{rule} {syntax}: {:?} is no element: {example}", element.tag_name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One finding of each of ten families, whole, in both languages.
#[test]
fn ten_findings_of_ten_families() {
    let all = fatal();
    let families = [
        ("BR-02", "ubl"),
        ("BR-AE-02", "cii"),
        ("BR-CL-14", "ubl"),
        ("BR-CO-10", "ubl"),
        ("BR-CO-26", "cii"),
        ("BR-DEC-12", "ubl"),
        ("BR-S-08", "cii"),
        ("BR-Z-01", "ubl"),
        ("UBL-SR-01", "ubl"),
        ("FCT-XSD-ATTRIBUTE-MISSING", "ubl"),
    ];
    let seen: BTreeSet<&str> = families.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(seen.len(), 10);
    for (rule, syntax) in families {
        let finding = all.get(&(rule.to_owned(), syntax)).unwrap_or_else(|| panic!("{rule} in {syntax}"));
        insta::assert_snapshot!(format!("finding-{rule}"), serde_json::to_string_pretty(finding).expect("JSON"));
    }
}
