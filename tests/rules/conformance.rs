//! The official verdicts, where they are at hand: `FACTEUR_CORPUS` names a folder with `unit/*.jsonl` and `manifest.jsonl`.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use facteur::formats;
use facteur::invoice::Syntax;
use facteur::rules::{self, Severity};
use serde_json::Value;

/// The official unit tests are fragments that no schema would pass: each must fire exactly the ids it fires there.
#[test]
fn official_unit_tests_agree() {
    let Some(corpus) = corpus("official_unit_tests_agree") else { return };
    let (mut judged, mut wrong) = (0, Vec::new());
    for pack in ["en16931-ubl", "en16931-cii"] {
        let rows = fs::read_to_string(corpus.join(format!("unit/{pack}.jsonl"))).expect("the unit tests");
        for row in rows.lines().map(|l| serde_json::from_str::<Value>(l).expect("a JSON row")) {
            let Some(xml) = row["xml"].as_str() else { continue };
            let expected = ids(&row["oracle_fired"]);
            let fired = fired(xml.as_bytes(), None);
            judged += 1;
            if fired != expected {
                wrong.push(format!(
                    "{}: {:?}",
                    row["origin"],
                    fired.symmetric_difference(&expected).collect::<Vec<_>>()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {judged}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(judged > 1_000, "only {judged} unit tests");
}

/// Every invoice of the corpus fires the ids that the manifest says, fatal and warning apart.
#[test]
fn the_corpus_agrees() {
    let Some(corpus) = corpus("the_corpus_agrees") else { return };
    let manifest = fs::read_to_string(corpus.join("manifest.jsonl")).expect("the manifest");
    let (mut judged, mut wrong) = (0, Vec::new());
    for row in manifest.lines().map(|l| serde_json::from_str::<Value>(l).expect("a JSON row")) {
        let file = row["file"].as_str().unwrap_or_default();
        for pack in ["en16931-ubl", "en16931-cii"] {
            let verdict = &row["verdicts"][pack];
            if verdict.is_null() || !file.ends_with(".xml") {
                continue;
            }
            let bytes = fs::read(corpus.join(file)).expect("a file of the corpus");
            for (key, severity) in [("fatal", Severity::Fatal), ("warning", Severity::Warning)] {
                let fired = fired(&bytes, Some(severity));
                if fired != ids(&verdict[key]) {
                    wrong.push(format!("{file} {key}: {fired:?}"));
                }
            }
            judged += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {judged}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(judged > 200, "only {judged} files");
}

fn corpus(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("FACTEUR_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("{test} skipped: FACTEUR_CORPUS does not say where the official verdicts are");
    }
    folder
}

/// The ids of a list that are built.
fn ids(list: &Value) -> BTreeSet<String> {
    let all = list.as_array().into_iter().flatten().filter_map(|v| v.as_str().or_else(|| v["id"].as_str()));
    all.filter(|id| rules::rule(id).is_some()).map(str::to_owned).collect()
}

fn fired(bytes: &[u8], severity: Option<Severity>) -> BTreeSet<String> {
    let read = formats::read(bytes).expect("it reads");
    let judged = rules::pack("en16931").expect("the pack").judge(&read.invoice);
    let of = judged.findings.into_iter().filter(|f| severity.is_none_or(|s| f.severity == s));
    of.map(|f| f.rule).collect()
}

/// What the project says of itself is of the pack it carries.
#[test]
fn the_conformance_page_speaks_of_this_pack() {
    let page = include_str!("../../CONFORMANCE.md");
    let pack = rules::pack("en16931").expect("the pack");
    for id in ["en16931", "fr", "fr-extended"] {
        let pack = rules::pack(id).expect("the pack");
        assert!(page.contains(&format!("`{id}` {}", pack.version)), "{id}: run tests/conformance.py");
    }
    for (syntax, name) in [(Syntax::UblInvoice, "en16931-ubl"), (Syntax::Cii, "en16931-cii")] {
        let row = format!("| {name} | {} |", pack.fatal(syntax));
        assert!(page.contains(&row), "{row} is missing: run tests/conformance.py");
    }
}
