//! A message that ends before its trailer is not whole, and whoever shows, compares or converts it says so. Nothing is added up in the place of what never
//! came.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::stage::PROGRAM;

/// A file, its trailers from the inside out, and where it is cut within a segment: what stands before is there.
const FILES: [(&str, [&str; 2], &str); 4] = [
    ("fixtures/edifact/d16b.edi", ["UNT", "UNZ"], "MOA+9:12"),
    ("fixtures/edifact/d01b.edi", ["UNT", "UNZ"], "MOA+9:12"),
    ("fixtures/edifact/d96a.edi", ["UNT", "UNZ"], "MOA+9:12"),
    ("fixtures/x12/lavande.edi", ["SE", "GE"], "TDS*120"),
];

fn facteur(args: &[&str], folder: &Path) -> Output {
    Command::new(PROGRAM).current_dir(folder).args(args).env("FACTEUR_LANG", "en").output().unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Up to a place in the file.
fn before(bytes: &[u8], at: &str) -> Vec<u8> {
    let end = bytes.windows(at.len()).rposition(|window| window == at.as_bytes()).unwrap();
    bytes[..end].to_vec()
}

#[test]
fn a_cut_message_is_told_by_whoever_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = std::env::current_dir().unwrap();
    for (file, [inner, outer], within) in FILES {
        let bytes = fs::read(here.join(file)).unwrap();
        fs::write(folder.path().join("whole.edi"), &bytes).unwrap();
        let torn = [before(&bytes, within), within.as_bytes().to_vec()].concat();
        let cuts = [
            (before(&bytes, &format!("{inner}{}", &within[3..4])), inner, "the message is cut"),
            (torn, inner, "the message is cut"),
            (before(&bytes, &format!("{outer}{}", &within[3..4])), outer, "the interchange is cut"),
        ];
        for (cut, trailer, said) in cuts {
            fs::write(folder.path().join("cut.edi"), &cut).unwrap();
            let told = format!("{said} before its {trailer}");
            let strict = facteur(
                &["convert", "--strict", "--to", "cii", "--format", "json", "-o", "out.xml", "cut.edi"],
                folder.path(),
            );
            assert_eq!(strict.status.code(), Some(1), "{file} {trailer}: {}", err(&strict));
            assert!(!folder.path().join("out.xml").exists() && strict.stdout.is_empty(), "{file} {trailer}");
            let report: Value = serde_json::from_str(&err(&strict)).unwrap();
            let first = &report["losses"][0];
            assert_eq!((&first["address"], &first["reason"]), (&Value::from(trailer), &Value::from("cut")), "{file}");
            assert!(first["message"]["en"].as_str().unwrap().contains(said), "{first}");
            assert!(first["message"]["fr"].as_str().unwrap().contains("est coupé avant son"), "{first}");
            let offset = first["place"]["offset"].as_u64().unwrap();
            assert!(offset > 0 && offset <= cut.len() as u64, "{first}");
            // Who wants it all the same has it, and is told.
            let loose = facteur(&["convert", "--to", "cii", "cut.edi"], folder.path());
            assert!(loose.status.success() && err(&loose).contains(&told), "{file}: {}", err(&loose));
            let inspect = facteur(&["inspect", "--format", "json", "cut.edi"], folder.path());
            assert!(inspect.status.success() && err(&inspect).contains(&told), "{file}: {}", err(&inspect));
            let shown: Value = serde_json::from_str(&out(&inspect)).unwrap();
            assert_eq!(shown["cut"], Value::from(trailer), "{file}");
            let diff = facteur(&["diff", "whole.edi", "cut.edi"], folder.path());
            assert_eq!(diff.status.code(), Some(1), "{file} {trailer}: {}", out(&diff));
            assert!(err(&diff).contains("cut.edi") && err(&diff).contains(&told), "{file}: {}", err(&diff));
            assert!(out(&diff).contains(&told), "{file}: {}", out(&diff));
        }
        let whole = facteur(&["inspect", "--format", "json", "whole.edi"], folder.path());
        assert!(whole.stderr.is_empty() && !out(&whole).contains("\"cut\""), "{file}");
    }
}

#[test]
fn sums_are_not_added_up_for_what_never_came() {
    let folder = tempfile::tempdir().unwrap();
    let here = std::env::current_dir().unwrap();
    // The summary is cut behind its first amount, or never began.
    for (file, at, gone) in [
        ("fixtures/edifact/d01b.edi", "MOA+125", &["BT-109", "BT-110", "BT-112", "BT-115", "BG-23"][..]),
        ("fixtures/edifact/d96a.edi", "UNS+S", &["BT-106", "BT-109", "BT-110", "BT-112", "BT-115", "BG-23"]),
        ("fixtures/edifact/d96a.edi", "MOA+9:", &["BT-115", "BG-23"]),
        ("fixtures/x12/lavande.edi", "PID*", &["BT-106", "BT-109", "BT-112", "BT-115", "BT-131", "BG-23"]),
        ("fixtures/x12/lavande.edi", "TXI*VA*20*.2*****100", &["BT-106", "BT-109", "BT-110", "BT-115", "BG-23"]),
        // A number of which the rest never came.
        ("fixtures/x12/lavande.edi", "00~\nTXI*VA*20*.2*****100", &["BT-112", "BT-115"]),
    ] {
        let bytes = fs::read(here.join(file)).unwrap();
        // In D96A the first MOA+125 is that of the totals.
        let end = bytes.windows(at.len()).position(|window| window == at.as_bytes()).unwrap();
        fs::write(folder.path().join("cut.edi"), &bytes[..end]).unwrap();
        let shown = out(&facteur(&["inspect", "cut.edi"], folder.path()));
        assert!(shown.contains("BT-1 "), "{file}: {shown}");
        for term in gone {
            let said = shown.lines().any(|line| {
                line.split_whitespace()
                    .next()
                    .is_some_and(|address| address.split('/').any(|part| part.split('[').next() == Some(term)))
            });
            assert!(!said, "{file}, cut before {at}: {term} is said\n{shown}");
        }
    }
}
