//! The Factur-X and ZUGFeRD files of others, where they are at hand: `FACTEUR_CORPUS` names a folder with `manifest.jsonl`.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use facteur::day::Day;
use facteur::formats::{Envelope, Unreadable};
use facteur::invoice::bt;
use facteur::pdf::Direct;
use facteur::rules::{self, Severity};
use facteur::validate::{Choice, Options, validate};
use serde_json::Value;

use super::fixtures::tool;

/// ZUGFeRD 1.0 RC: a root and an identifier of their own, before `CrossIndustryDocument`, so that the manifest's reader found
/// no profile in them.
const RELEASE_CANDIDATES: [&str; 2] =
    ["MustangGnuaccountingBeispielRE-20140519_499", "MustangGnuaccountingBeispielRE-20140522_501"];

fn rows(test: &str) -> Option<(PathBuf, Vec<Value>)> {
    let Some(corpus) = std::env::var_os("FACTEUR_CORPUS").map(PathBuf::from) else {
        eprintln!("{test} skipped: FACTEUR_CORPUS does not say where the corpus is");
        return None;
    };
    let manifest = fs::read_to_string(corpus.join("manifest.jsonl")).expect("the manifest");
    let rows = manifest.lines().map(|l| serde_json::from_str::<Value>(l).expect("a JSON row"));
    let rows: Vec<Value> = rows.filter(|r| r["syntax"] == "facturx-pdf").collect();
    assert!(rows.len() >= 49, "only {} PDFs", rows.len());
    Some((corpus, rows))
}

#[test]
fn every_pdf_reads_as_the_manifest_says() {
    let Some((corpus, rows)) = rows("every_pdf_reads_as_the_manifest_says") else { return };
    let mut wrong = Vec::new();
    for row in &rows {
        let file = row["file"].as_str().unwrap();
        let bytes = fs::read(corpus.join(file)).unwrap();
        let envelope = Envelope::open(&bytes, &Direct).unwrap_or_else(|e| panic!("{file}: {e:?}"));
        let inside = envelope.pdf.as_ref().unwrap();
        let level = inside.level.map_or("", |l| l.as_str());
        if RELEASE_CANDIDATES.iter().any(|name| file.contains(name)) {
            assert_eq!((level, inside.profile.as_deref()), ("zugferd1", Some("urn:ferd:invoice:rc:comfort")), "{file}");
            assert_eq!(row["level"], "");
        } else if (inside.profile.as_deref(), level) != (row["profile"].as_str(), row["level"].as_str().unwrap()) {
            wrong.push(format!("{file}: {:?} {level}", inside.profile));
        }
        // Nothing of a container that others take stops an invoice here.
        let fatal: Vec<_> = inside.remarks.iter().filter(|r| r.kind.is_fatal() || r.kind.is_doubt()).collect();
        assert!(fatal.is_empty(), "{file}: {fatal:?}");
        match envelope.read() {
            Ok(read) => assert_eq!(read.invoice.text(bt::BT_24), inside.profile.as_deref(), "{file}"),
            Err(Unreadable::Zugferd1 { profile }) => assert_eq!(profile, inside.profile, "{file}"),
            Err(why) => panic!("{file}: {why:?}"),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rules of the norm on the XML inside, asked for by name: by content, a profile's own artefact stands in their place. The ids that
/// are built fire as they do in the official artefact.
#[test]
fn the_rules_agree_on_what_is_inside() {
    let Some((corpus, rows)) = rows("the_rules_agree_on_what_is_inside") else { return };
    let (mut judged, mut wrong) = (0, Vec::new());
    for row in &rows {
        let Some(expected) = row["verdicts"]["en16931-cii"]["fatal"].as_array() else { continue };
        let built = |id: &&str| rules::rule(id).is_some();
        let expected: BTreeSet<&str> = expected.iter().filter_map(Value::as_str).filter(built).collect();
        let file = row["file"].as_str().unwrap();
        let bytes = fs::read(corpus.join(file)).unwrap();
        let choice = Choice::parse("en16931").unwrap();
        let options = Options { choice, ..Options::new(Day::parse_iso("2026-11-21").unwrap()) };
        let report = validate(&bytes, file, &options).report;
        assert_eq!(Some(&*report.sha256), row["sha256"].as_str(), "the digest is that of the PDF");
        let fatal = report.findings.iter().filter(|f| f.severity == Severity::Fatal && f.pack.starts_with("en16931"));
        let fired: BTreeSet<&str> = fatal.map(|f| &*f.rule).collect();
        judged += 1;
        if fired != expected {
            wrong.push(format!("{file}: {:?}", fired.symmetric_difference(&expected).collect::<Vec<_>>()));
        }
    }
    assert!(wrong.is_empty(), "{} of {judged}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(judged >= 37, "only {judged} judged");
}

/// poppler takes the same bytes out of every file.
#[test]
fn poppler_extracts_the_same_bytes() {
    let Some((corpus, rows)) = rows("poppler_extracts_the_same_bytes") else { return };
    if !tool("pdfdetach", "poppler_extracts_the_same_bytes") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (n, row) in rows.iter().enumerate() {
        let path = corpus.join(row["file"].as_str().unwrap());
        let bytes = fs::read(&path).unwrap();
        let envelope = Envelope::open(&bytes, &Direct).unwrap();
        let saved = folder.path().join(format!("{n}.xml"));
        let name = &envelope.pdf.as_ref().unwrap().name;
        // By number: a name in UTF-16 is not found by name.
        let listed = Command::new("pdfdetach").arg("-list").arg(&path).output().unwrap();
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let line = listed.lines().find_map(|l| l.split_once(": ").filter(|(_, n)| n == name));
        let (number, _) = line.unwrap_or_else(|| panic!("{}: {listed}", path.display()));
        let run = Command::new("pdfdetach").args(["-save", number, "-o"]).arg(&saved).arg(&path).output().unwrap();
        assert!(run.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&run.stderr));
        assert!(fs::read(&saved).unwrap() == *envelope.bytes, "{}", path.display());
    }
}

/// The pages of others agree with their XML: no false alarm. With another value in the XML, each alarm is right.
#[test]
fn pages_agree_with_their_invoice_and_with_no_other() {
    let Some((corpus, rows)) = rows("pages_agree_with_their_invoice_and_with_no_other") else { return };
    let warned = |bytes: &[u8]| {
        let report = validate(bytes, "f.pdf", &Options::new(Day::parse_iso("2026-11-21").unwrap())).report;
        let of_pages = |rule: &str| rule.starts_with("FCT-PDF-VISIBLE-") || rule == "FCT-PDF-NOT-COMPARED";
        let rules = report.findings.into_iter().map(|f| f.rule).filter(|rule| of_pages(rule));
        rules.filter(|rule| rule != "FCT-PDF-VISIBLE-ORDER").collect::<Vec<_>>()
    };
    let mut compared = 0;
    for row in &rows {
        let file = row["file"].as_str().unwrap();
        let bytes = fs::read(corpus.join(file)).unwrap();
        assert!(warned(&bytes).is_empty(), "{file}: {:?}", warned(&bytes));
        let envelope = Envelope::open(&bytes, &Direct).unwrap();
        let Ok(read) = envelope.read() else { continue };
        compared += 1;
        let text = String::from_utf8(envelope.bytes.to_vec()).unwrap();
        let changes = [
            ("FCT-PDF-VISIBLE-NUMBER", bt::BT_1),
            ("FCT-PDF-VISIBLE-DATE", bt::BT_2),
            ("FCT-PDF-VISIBLE-TOTAL", bt::BT_112),
            ("FCT-PDF-VISIBLE-DUE", bt::BT_115),
        ];
        for (rule, term) in changes {
            let Some(value) = read.invoice.text(term) else { continue };
            // Another first digit, or another year: the month may be that of the due date.
            let at = if term == bt::BT_2 { 3 } else { value.find(|c: char| c.is_ascii_digit()).unwrap() };
            let digit = value.as_bytes()[at] - b'0';
            let other = format!("{}{}{}", &value[..at], if digit == 9 { 7 } else { digit + 1 }, &value[at + 1..]);
            // Far from any other amount of the page.
            let other = if rule.ends_with("TOTAL") || rule.ends_with("DUE") {
                format!("{other}7").replace('.', "34.")
            } else {
                other
            };
            let tag = match rule {
                "FCT-PDF-VISIBLE-TOTAL" => "GrandTotalAmount",
                "FCT-PDF-VISIBLE-DUE" => "DuePayableAmount",
                _ => "ExchangedDocument>",
            };
            let from = text.find(tag).unwrap();
            let place = from + text[from..].find(&format!(">{value}<")).unwrap() + 1;
            let changed = format!("{}{other}{}", &text[..place], &text[place + value.len()..]);
            let fired = warned(&exchanged(&bytes, &envelope.bytes, changed.as_bytes()));
            assert!(fired.iter().any(|fired| fired == rule), "{file}: {value} {other}: {fired:?}");
        }
    }
    assert!(compared >= 38, "only {compared} compared");
}

/// The PDF with another XML in the place of this one.
fn exchanged(pdf: &[u8], xml: &[u8], by: &[u8]) -> Vec<u8> {
    let mut document = lopdf::Document::load_mem(pdf).unwrap();
    let streams = document.objects.values_mut().filter_map(|object| object.as_stream_mut().ok());
    let mut done = 0;
    for stream in streams.filter(|stream| !stream.dict.has_type(b"ObjStm")) {
        if stream.decompressed_content().is_ok_and(|content| content == xml) || stream.content == xml {
            stream.set_plain_content(by.to_vec());
            stream.dict.remove(b"Params");
            done += 1;
        }
    }
    assert!(done > 0, "the XML is not in the PDF");
    let mut out = Vec::new();
    document.save_to(&mut out).unwrap();
    out
}
