//! Invoices and file names that want to be more than they are, in every form.

use std::path::PathBuf;

use facteur::report::{Document, Format, Manner, Report, whole};
use facteur::text::Lang;
use proptest::prelude::*;

use super::sample::report;
use super::{GOOD, OF_A_RUN, run, shown};

/// Ends a CDATA section, speaks to the terminal, forges a line, runs in a spreadsheet, turns the writing, closes tags and strings.
const TRAP: &str = "]]>\u{1b}[31m\r\ngood.xml: VALID\t\"'<x>&=cmd|' /C calc'!A0\u{202e}\u{0}\u{fffe}\u{85}\u{2028}{0}[a](http://x)\u{7f}";

fn trapped(text: &str) -> Report {
    let mut report = report();
    text.clone_into(&mut report.file);
    report.profile = Some(text.to_owned());
    let invoice = report.invoice.as_mut().unwrap();
    for field in
        [&mut invoice.number, &mut invoice.seller, &mut invoice.buyer, &mut invoice.payable, &mut invoice.currency]
    {
        *field = Some(text.to_owned());
    }
    for finding in &mut report.findings {
        for value in [&mut finding.found, &mut finding.expected, &mut finding.example] {
            *value = Some(text.to_owned());
        }
        for words in [&mut finding.message, &mut finding.fix] {
            *words = facteur::text::Text::new(text, text);
        }
        text.clone_into(&mut finding.rule);
        text.clone_into(&mut finding.pack);
        finding.terms = vec![text.to_owned()];
        if let Some(facteur::invoice::Place::Xml { path, attachment, .. }) = &mut finding.place {
            *path = format!("/Invoice/x:{}", text.replace(['/', '\''], ""));
            *attachment = Some(text.to_owned());
        }
        for part in finding.working.iter_mut().flat_map(|working| &mut working.parts) {
            text.clone_into(&mut part.value);
            text.clone_into(&mut part.term);
            text.clone_into(&mut part.sign);
        }
    }
    text.clone_into(&mut report.packs[0].id);
    text.clone_into(&mut report.packs[0].version);
    text.clone_into(&mut report.not_run[0].pack);
    report.not_run[0].reason = facteur::text::Text::new(text, text);
    report
}

/// What must hold of a form, whatever stands in the report.
fn holds(format: Format, text: &str) -> Result<(), String> {
    let report = trapped(text);
    let source = format!("<Invoice>\n{text}\n\n{text}<a b='{text}'>{text}");
    let document = Document { bytes: Some(source.as_bytes()), inside: None };
    let written = whole(format.form(Manner::plain(Lang::En)).as_ref(), &report, &document);
    let raw = |c: char| facteur::text::hides(c) && c != '\n' && !(format == Format::Csv && "\r\t".contains(c));
    match format {
        // Values for programs are as they are, escaped as JSON does.
        Format::Json | Format::Sarif => {
            let lines: Result<Vec<serde_json::Value>, _> = match format {
                Format::Json => written.lines().map(serde_json::from_str).collect(),
                _ => serde_json::from_str(&written).map(|one| vec![one]),
            };
            let lines = lines.map_err(|e| format!("{e}: {written}"))?;
            if lines.len() != 1 {
                return Err(format!("{} lines", lines.len()));
            }
            if let Some(c) = written.chars().find(|c| c.is_control() && *c != '\n' || "\u{2028}\u{2029}".contains(*c)) {
                return Err(format!("{c:?} as it is"));
            }
        }
        _ => {
            if let Some(c) = written.chars().find(|c| raw(*c)) {
                return Err(format!("{c:?} as it is: {written}"));
            }
        }
    }
    if matches!(format, Format::Svrl | Format::Junit) {
        roxmltree::Document::parse(&written).map_err(|e| format!("{e}: {written}"))?;
    }
    Ok(())
}

#[test]
fn nothing_breaks_out_of_any_form() {
    for format in Format::ALL {
        holds(format, TRAP).unwrap_or_else(|why| panic!("{}: {why}", format.as_str()));
    }
    let text = whole(Format::Text.form(Manner::plain(Lang::En)).as_ref(), &trapped(TRAP), &Document::default());
    assert!(!text.lines().any(|line| line.starts_with("good.xml")), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn whatever_a_report_holds(text in "(?s).{0,30}|[\\x00-\\x20<>&'\"=@+,;\\]\\[{}0\u{202e}\u{ffff}-]{0,20}") {
        for format in Format::ALL {
            let held = holds(format, &text);
            prop_assert!(held.is_ok(), "{}: {held:?}", format.as_str());
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_may_be_called_anything() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().unwrap();
    let names: [&[u8]; 7] = [
        b"=cmd|' C calc'!A0.xml",
        b"a\nb: VALID.xml",
        b"\x1b[31m\xe2\x80\xae<&>\"'%20#?.xml",
        b"not-utf8-\xff\xfe.xml",
        b"not-utf8-\xff\xfd.xml",
        b"not-utf8-\\xFF\\xFD.xml",
        "é 日本.xml".as_bytes(),
    ];
    for name in names {
        std::fs::copy(GOOD, folder.path().join(std::ffi::OsStr::from_bytes(name))).unwrap();
    }
    for format in OF_A_RUN {
        let (status, out, err) = run(&["--format", format, shown(folder.path())]);
        assert_eq!((status, err.lines().count()), (0, usize::from(format == "text")), "{format}: {err}");
        let named = match format {
            "csv" => out.lines().count() - 1,
            "json" => out.lines().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()).count(),
            "sarif" => {
                assert!(out.contains("not-utf8-%FF%FD.xml") && out.contains("not-utf8-%5CxFF%5CxFD.xml"), "{out}");
                let sarif: serde_json::Value = serde_json::from_str(&out).unwrap();
                let artifacts = sarif["runs"][0]["artifacts"].as_array().unwrap();
                for artifact in artifacts {
                    let uri = artifact["location"]["uri"].as_str().unwrap();
                    assert!(uri.starts_with("file:///") && uri.bytes().all(|b| b.is_ascii_graphic()), "{uri}");
                }
                artifacts.len()
            }
            "junit" => {
                let read = roxmltree::Document::parse(&out).unwrap();
                read.descendants().filter(|n| n.has_tag_name("testsuite")).count()
            }
            _ => out.lines().filter(|line| line.contains(": VALID  invoice")).count(),
        };
        assert_eq!(named, names.len(), "{format}: {out}");
    }
    let target = tempfile::tempdir().unwrap();
    let into = format!("{}/", target.path().display());
    assert_eq!(run(&["--format", "svrl", "-o", &into, shown(folder.path())]).0, 0);
    let written: Vec<PathBuf> = std::fs::read_dir(target.path()).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(written.len(), names.len());
    for path in written {
        roxmltree::Document::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    }
}

/// A value of a megabyte, and ten thousand findings: no form quotes the one whole, and none takes long over the other.
#[test]
fn a_huge_value_is_not_repeated() {
    let text = std::fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let huge = "9".repeat(1 << 20);
    let start = text.find("<cbc:PayableAmount").unwrap();
    let open = start + text[start..].find('>').unwrap() + 1;
    let close = open + text[open..].find('<').unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.xml");
    std::fs::write(&path, format!("{}{huge}{}", &text[..open], &text[close..])).unwrap();
    for format in ["text", "svrl", "sarif", "junit", "csv"] {
        let (status, out, _) = run(&["--format", format, shown(&path)]);
        // BT-115 itself, as written, is part of the report: it may stand in the head, though not where people read.
        let heads = out.matches(&huge).count();
        assert!(heads == 0 || !["text", "csv"].contains(&format), "{format}");
        assert!(status > 0 && heads <= 1 && out.len() < (heads + 1) << 20, "{format}: {} bytes", out.len());
    }
}

/// Two names that no text can hold, and two verdicts: neither stands for the other.
#[cfg(unix)]
#[test]
fn no_verdict_stands_for_that_of_another_file() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().unwrap();
    for (name, from) in [(b"a\xfe.xml", GOOD), (b"a\xff.xml", super::WRONG)] {
        std::fs::copy(from, folder.path().join(std::ffi::OsStr::from_bytes(name))).unwrap();
    }
    let (_, out, _) = run(&["--format", "sarif", shown(folder.path())]);
    let sarif: serde_json::Value = serde_json::from_str(&out).unwrap();
    let artifacts = sarif["runs"][0]["artifacts"].as_array().unwrap();
    let told: Vec<(&str, &str)> = artifacts
        .iter()
        .map(|a| (a["location"]["uri"].as_str().unwrap(), a["properties"]["verdict"].as_str().unwrap()))
        .map(|(uri, verdict)| (uri.rsplit('/').next().unwrap(), verdict))
        .collect();
    assert_eq!(told, [("a%FE.xml", "valid"), ("a%FF.xml", "invalid")]);
    for format in OF_A_RUN {
        let (_, out, _) = run(&["--format", format, shown(folder.path())]);
        let written = if format == "sarif" { "%FE" } else { "xFE" };
        assert!(out.contains(written) && !out.contains('\u{fffd}'), "{format}: {out}");
    }
}
