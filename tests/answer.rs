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
