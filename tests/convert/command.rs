//! `facteur convert` as a user meets it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::stage::PROGRAM;

fn convert(args: &[&str], folder: &Path) -> Output {
    Command::new(PROGRAM).current_dir(folder).arg("convert").args(args).output().unwrap()
}

fn fixture(name: &str) -> String {
    let here = std::env::current_dir().unwrap();
    here.join("fixtures/invoices").join(name).to_string_lossy().into_owned()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn there_and_back_is_the_same_invoice() {
    let folder = tempfile::tempdir().unwrap();
    for (name, to, back) in
        [("ubl-full.xml", "cii", "ubl"), ("cii-full.xml", "ubl", "cii"), ("ubl-creditnote.xml", "cii", "ubl")]
    {
        let there = convert(&["--to", to, "-o", "there.xml", "--force", &fixture(name)], folder.path());
        assert_eq!(code(&there), 0, "{}", String::from_utf8_lossy(&there.stderr));
        let again = convert(&["--to", back, "-o", "back.xml", "--force", "there.xml"], folder.path());
        assert_eq!(code(&again), 0);
        let diff = Command::new(PROGRAM)
            .current_dir(folder.path())
            .args(["diff", "--ignore", "other", &fixture(name), "back.xml"])
            .output()
            .unwrap();
        assert_eq!(code(&diff), 0, "{name}: {}", String::from_utf8_lossy(&diff.stdout));
    }
}

#[test]
fn strict_writes_nothing_where_anything_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(fixture("ubl-minimal.xml")).unwrap();
    let with = text.replacen("<cbc:IssueDate>", "<cbc:UUID>3f2a</cbc:UUID><cbc:IssueDate>", 1);
    fs::write(folder.path().join("a.xml"), with).unwrap();
    let strict = convert(&["--to", "cii", "--strict", "--format", "json", "-o", "b.xml", "a.xml"], folder.path());
    assert_eq!(code(&strict), 1);
    assert!(!folder.path().join("b.xml").exists() && strict.stdout.is_empty());
    let told: Value = serde_json::from_slice(&strict.stderr).unwrap();
    assert_eq!((&told["schema"], &told["written"]), (&Value::from("facteur-convert/1"), &Value::Null));
    assert_eq!(told["losses"][0]["address"], "/Invoice/cbc:UUID");
    assert_eq!(
        (&told["losses"][0]["value"], &told["losses"][0]["reason"]),
        (&Value::from("3f2a"), &Value::from("outside"))
    );
    let loose = convert(&["--to", "cii", "a.xml"], folder.path());
    assert_eq!(code(&loose), 0);
    assert!(String::from_utf8_lossy(&loose.stderr).contains("/Invoice/cbc:UUID"));
    assert!(String::from_utf8_lossy(&loose.stdout).contains("CrossIndustryInvoice"));
    fs::write(folder.path().join("c.xml"), text).unwrap();
    assert_eq!(code(&convert(&["--to", "cii", "--strict", "c.xml"], folder.path())), 0);
}

#[test]
fn files_that_are_there_stay() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("b.xml"), "mine").unwrap();
    let file = fixture("cii-minimal.xml");
    let said = convert(&["--to", "ubl", "-o", "b.xml", &file], folder.path());
    assert_eq!(code(&said), 2);
    assert_eq!(fs::read_to_string(folder.path().join("b.xml")).unwrap(), "mine");
    assert_eq!(code(&convert(&["--to", "ubl", "-o", "b.xml", "--force", &file], folder.path())), 0);
    assert_ne!(fs::read_to_string(folder.path().join("b.xml")).unwrap(), "mine");
    let several = [fixture("cii-minimal.xml"), fixture("ubl-minimal.xml")];
    assert_eq!(code(&convert(&["--to", "json", &several[0], &several[1]], folder.path())), 2);
    assert_eq!(code(&convert(&["--to", "json", "-o", "out/", &several[0], &several[1]], folder.path())), 0);
    assert!(folder.path().join("out/cii-minimal.json").exists() && folder.path().join("out/ubl-minimal.json").exists());
    let back = convert(&["--to", "ubl", "out/cii-minimal.json"], folder.path());
    assert_eq!(code(&back), 0, "{}", String::from_utf8_lossy(&back.stderr));
    fs::write(folder.path().join("x.txt"), "no invoice").unwrap();
    assert_eq!(code(&convert(&["--to", "ubl", "x.txt"], folder.path())), 2);
}

const LAVANDE: &str = "name = \"Lavande\"\nidentifiers = [\"Halles de l'Orle SA\", \"BUYER\"]\n\n[out]\nsender = { id = \"3012345678902\", qualifier = \"14\" }\nassociation = \"EAN008\"\ntest = true\nline_ends = \"lf\"\n\n[out.qualifiers]\nBT-112 = \"86\"\n";

#[test]
fn an_interchange_is_written_as_agreed() {
    let folder = tempfile::tempdir().unwrap();
    let partners = folder.path().join("partners");
    fs::create_dir(&partners).unwrap();
    fs::write(partners.join("lavande.toml"), LAVANDE).unwrap();
    let file = fixture("cii-full.xml");
    let agreed = ["--to", "edifact-d96a", "--partners", "partners", "--partner", "Lavande", "--reference", "4711"];
    let said = convert(&[&agreed[..], &["--format", "json", "-o", "out/", &file]].concat(), folder.path());
    assert_eq!(code(&said), 0, "{}", String::from_utf8_lossy(&said.stderr));
    let told: Value = serde_json::from_slice(&said.stderr).unwrap();
    assert_eq!(told["to"], "edifact-d96a");
    assert_eq!((&told["edifact"]["partner"], &told["edifact"]["reference"]), (&"Lavande".into(), &"4711".into()));
    assert_eq!(told["edifact"]["sender"], "3012345678902:14");
    let bytes = fs::read(folder.path().join("out/cii-full.edi")).unwrap();
    let text: String = bytes.iter().map(|b| char::from(*b)).collect();
    for wanted in ["+4711++++++1'\n", "INVOIC:D:96A:UN:EAN008'\n", "\nNAD+SU+", "\nMOA+86:663.95'", "\nCNT+2:4'"] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
    // Read again, it is the same invoice but for what was told; written again, the same message.
    let back =
        convert(&["--to", "edifact-d96a", "--partner", "partners/lavande.toml", "out/cii-full.edi"], folder.path());
    assert_eq!(code(&back), 0, "{}", String::from_utf8_lossy(&back.stderr));
    let body = |text: &str| text.lines().filter(|line| !line.starts_with("UN")).map(str::to_owned).collect::<Vec<_>>();
    let again: String = back.stdout.iter().map(|b| char::from(*b)).collect();
    let (mut first, mut second) = (body(&text), body(&again));
    first.sort();
    second.sort();
    assert_eq!(first, second);
}

#[test]
fn what_cannot_be_written_as_an_interchange_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (fixture("cii-full.xml"), fixture("ubl-full.xml"));
    let run = |args: &[&str]| code(&convert(args, folder.path()));
    // BT-24 has no place in D96A.
    assert_eq!(run(&["--to", "edifact-d96a", "--strict", "-o", "a.edi", &a]), 1);
    assert!(!folder.path().join("a.edi").exists());
    assert_eq!(run(&["--to", "edifact-d96a", "--partner", "nobody", &a]), 2);
    assert_eq!(run(&["--to", "edifact-d96a", "--reference", "123456789012345", &a]), 2);
    assert_eq!(run(&["--to", "edifact-d96a", "--reference", "1", "-o", "out/", &a, &b]), 2);
    assert_eq!(run(&["--to", "cii", "--reference", "1", &a]), 2);
    fs::write(folder.path().join("bad.toml"), "name = \"a\"\nidentifiers = []\n[out]\ncharset = \"UNOW\"\n").unwrap();
    assert_eq!(run(&["--to", "edifact-d96a", "--partner", "bad.toml", &a]), 2);
    assert_eq!(run(&["--to", "edifact-d01b", "-o", "out/", &a, &b]), 0);
    assert!(folder.path().join("out/cii-full.edi").exists() && folder.path().join("out/ubl-full.edi").exists());
}
