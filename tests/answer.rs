//! `facteur answer` and `facteur inspect` as they are called: what is written, read again, and what exit statuses say.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

use super::stage::PROGRAM;

fn run(args: &[&str]) -> Output {
    Command::new(PROGRAM).args(args).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn answers_are_written_and_read_and_not_answered() {
    let folder = tempfile::tempdir().unwrap();
    let to = format!("{}/", folder.path().display());
    let args = [
        "answer",
        "--rules",
        "en16931",
        "--reference",
        "TEST",
        "-o",
        &to,
        "fixtures/edifact/d96a.edi",
        "fixtures/edifact/d16b.edi",
    ];
    let answered = run(&args);
    let told = String::from_utf8_lossy(&answered.stderr).into_owned();
    assert!(answered.status.code().is_some_and(|code| code < 2), "{told}");
    for name in ["d96a.contrl.edi", "d96a.aperak.edi", "d16b.contrl.edi", "d16b.aperak.edi"] {
        let path = folder.path().join(name);
        let path = path.to_str().unwrap();
        let read = run(&["inspect", "--format", "json", path]);
        assert_eq!(read.status.code(), Some(0), "{name}");
        let read: Value = serde_json::from_str(&out(&read)).unwrap();
        let schema = if name.contains("contrl") { "facteur-contrl/1" } else { "facteur-aperak/1" };
        assert_eq!(read["schema"], schema, "{name}");
        // An answer is not answered, and no invoice to be judged.
        assert!(run(&["answer", path]).stdout.is_empty(), "{name}");
        let judged = run(&["validate", "--lang", "en", path]);
        assert_eq!(judged.status.code(), Some(2));
        assert!(out(&judged).contains("facteur inspect"), "{}", out(&judged));
    }
    // What is there stays.
    assert_eq!(run(&args).status.code(), Some(2));
    foreign(folder.path());
}

/// The syntax of an invoice is one thing, the invoice another; and an answer that nobody got is none.
#[test]
fn exit_statuses_are_those_of_what_was_asked_for_and_written() {
    let judged = ["answer", "--rules", "en16931,fr", "fixtures/edifact/d96a.edi"];
    assert_eq!(run(&judged).status.code(), Some(1));
    assert_eq!(run(&[&judged[..], &["--contrl"]].concat()).status.code(), Some(0));
    #[cfg(target_os = "linux")]
    {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = Command::new(PROGRAM).args(judged).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// An answer is told apart from an invoice wherever it is handed in, and one that is damaged is not sent round in circles.
#[test]
fn an_answer_that_is_damaged_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.edi");
    fs::write(&path, "UNB+UNOC:3+A+B+260102:1200+X'UNH+1+CONTRL:D:3:UN'BGM+1'UNT+3+1'UNZ+1+X'").unwrap();
    let path = path.to_str().unwrap();
    let read = run(&["inspect", "--lang", "en", path]);
    let told = String::from_utf8_lossy(&read.stderr).into_owned();
    assert_eq!(read.status.code(), Some(2));
    assert!(told.contains("UCI is missing") && !told.contains("facteur inspect"), "{told}");
    let judged = out(&run(&["validate", "--lang", "en", path]));
    assert!(judged.contains("EDIFACT answer") && judged.contains("POST /v1/answers"), "{judged}");
}

/// Syntax alone is answered without judging: rules that are not there would be misuse, an invoice of a thousand lines would take its time.
#[test]
fn contrl_alone_judges_nothing() {
    let said = |more: &[&str]| {
        let output = run(&[&["answer", "--format", "json", "fixtures/edifact/d96a.edi"], more].concat());
        serde_json::from_str::<Value>(&out(&output)).unwrap()
    };
    let (contrl, both) = (said(&["--contrl"]), said(&[]));
    assert_eq!(contrl["contrl"], both["contrl"]);
    assert!(contrl["invoices"].as_array().unwrap().is_empty() && !both["invoices"].as_array().unwrap().is_empty());
}

/// pydifact of PyPI takes apart what was written.
fn foreign(folder: &std::path::Path) {
    const SCRIPT: &str = "import sys\nfrom pydifact.segmentcollection import Interchange\nfor path in sys.argv[1:]:\n    i = Interchange.from_str(open(path, encoding='latin-1').read())\n    for m in i.get_messages():\n        print(m.type, [s.tag for s in m.segments])\n";
    let Some(python) = std::env::var_os("FACTEUR_FOREIGN_PYTHON") else {
        eprintln!("skipped: FACTEUR_FOREIGN_PYTHON names no Python with pydifact; tests/run installs one");
        return;
    };
    if !Command::new(&python).args(["-c", "import pydifact"]).output().is_ok_and(|found| found.status.success()) {
        eprintln!("skipped: no pydifact; tests/run installs it");
        return;
    }
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let read = Command::new(&python).args(["-c", SCRIPT]).args(&paths).output().unwrap();
    let told = out(&read);
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    assert_eq!(told.matches("CONTRL ['UCI']").count(), 2, "{told}");
    assert_eq!(told.matches("APERAK ['BGM', 'DTM', 'FTX', 'RFF'").count(), 2, "{told}");
}
