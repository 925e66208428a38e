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

const CHANTIERS: &str = "name = \"Chantiers\"\nidentifiers = [\"98765432400019\", \"0225123456782\"]\n[constants]\nBT-23 = \"S1\"\nBT-24 = \"urn:cen.eu:en16931:2017\"\n";

/// An ordinary French invoice: what the partner's file says is not lost, whoever reads by it has it again, and nobody else.
#[test]
fn strict_writes_an_ordinary_french_invoice_as_agreed() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("partners")).unwrap();
    fs::write(folder.path().join("partners/chantiers.toml"), CHANTIERS).unwrap();
    for name in ["ubl-minimal-fr.xml", "cii-minimal-fr.xml"] {
        let file = fixture(name);
        let strict = ["--to", "edifact-d96a", "--strict", "--format", "json", "--force", "-o", "a.edi", &file];
        assert_eq!(code(&convert(&strict, folder.path())), 1, "{name}: BT-23 and BT-24 have no place");
        let agreed = convert(&[&strict[..], &["--partners", "partners"]].concat(), folder.path());
        assert_eq!(code(&agreed), 0, "{name}: {}", String::from_utf8_lossy(&agreed.stderr));
        let told: Value = serde_json::from_slice(&agreed.stderr).unwrap();
        assert_eq!(told["losses"], Value::Array(Vec::new()));
        let terms = |reason: &str| -> Vec<String> {
            let all = told["changes"].as_array().unwrap().iter();
            all.filter(|c| c["reason"] == reason).map(|c| c["term"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(terms("agreed"), ["BT-23", "BT-24"]);
        // A trading name that is the legal one; terms of payment, which the note of the law says.
        let again = if name.starts_with("ubl") { vec!["BT-28", "BT-45", "BT-20"] } else { vec!["BT-20"] };
        assert_eq!(terms("again"), again);
        let back = ["--to", if name.starts_with("ubl") { "ubl" } else { "cii" }, "--force", "-o", "b.xml", "a.edi"];
        assert_eq!(code(&convert(&[&back[..], &["--partners", "partners"]].concat(), folder.path())), 0);
        let diff = |more: &[&str]| {
            let args = [&["diff", "--ignore", "other"], more, &[&file, "b.xml"]].concat();
            let out = Command::new(PROGRAM).current_dir(folder.path()).args(args).output().unwrap();
            (code(&out), String::from_utf8_lossy(&out.stdout).into_owned())
        };
        let (same, told) = diff(&["--ignore", "BT-20,BT-28,BT-45"]);
        assert_eq!(same, 0, "{name}: {told}");
        assert_eq!(code(&convert(&back, folder.path())), 0);
        assert!(diff(&[]).1.contains("BT-24"), "without the file it is not there");
        // D01B has a place for them itself.
        let later = ["--to", "edifact-d01b", "--strict", "--force", "-o", "c.edi", &file];
        assert_eq!(code(&convert(&later, folder.path())), 0, "{name}");
    }
    // The file says another value than the invoice: it is lost, and the file would give the wrong one.
    fs::write(folder.path().join("partners/chantiers.toml"), CHANTIERS.replace("S1", "B1")).unwrap();
    let other = ["--to", "edifact-d96a", "--strict", "--partners", "partners", &fixture("cii-minimal-fr.xml")];
    assert_eq!(code(&convert(&other, folder.path())), 1);
    // Addresses that UNB does not have, by agreement of one direction.
    let gln = format!(
        "{CHANTIERS}[out]\nsender = {{ id = \"3012345678902\", qualifier = \"14\" }}\n[out.constants]\nBT-34 = \"123456782\"\nBT-34-1 = \"0225\"\n"
    );
    fs::write(folder.path().join("partners/chantiers.toml"), &gln).unwrap();
    let said = convert(&other, folder.path());
    assert_eq!(code(&said), 0, "{}", String::from_utf8_lossy(&said.stderr));
    fs::write(folder.path().join("partners/chantiers.toml"), gln.replace("BT-34-1 = \"0225\"\n", "")).unwrap();
    assert_eq!(code(&convert(&other, folder.path())), 1);
}

#[test]
fn each_invoice_of_a_file_is_a_document() {
    let folder = tempfile::tempdir().unwrap();
    let mut both = Vec::new();
    for name in ["cii-minimal-fr.xml", "cii-full.xml"] {
        both.extend(convert(&["--to", "edifact-d01b", &fixture(name)], folder.path()).stdout);
    }
    fs::write(folder.path().join("both.edi"), &both).unwrap();
    let said = convert(&["--to", "cii", "--format", "json", "-o", "out/", "both.edi"], folder.path());
    assert_eq!(code(&said), 0, "{}", String::from_utf8_lossy(&said.stderr));
    let told: Vec<Value> =
        String::from_utf8_lossy(&said.stderr).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = told.iter().map(|one| one["file"].as_str().unwrap()).collect();
    assert_eq!(names, ["both.edi#1", "both.edi#2"]);
    let text = |name: &str| fs::read_to_string(folder.path().join("out").join(name)).unwrap();
    assert!(text("both.1.xml").contains("FA-2026-0044") && text("both.2.xml").contains("TOUT-2026-0001"));
    // There is one standard output and one file, and one reference.
    let run = |args: &[&str]| convert(args, folder.path());
    for alone in [&["--to", "cii", "both.edi"][..], &["--to", "cii", "-o", "one.xml", "both.edi"]] {
        let said = run(alone);
        assert_eq!((code(&said), said.stdout.len()), (2, 0));
        assert!(String::from_utf8_lossy(&said.stderr).contains('2'), "{}", String::from_utf8_lossy(&said.stderr));
    }
    assert_eq!(code(&run(&["--to", "edifact-d96a", "--reference", "1", "-o", "out/", "both.edi"])), 2);
    assert_eq!(code(&run(&["--to", "cii", "-o", "out/", "both.edi"])), 2, "they are there already");
    assert_eq!(code(&run(&["--to", "cii", "--force", "-o", "out/", "both.edi"])), 0);
    // What another file of the same run was written to stays.
    fs::copy(fixture("cii-minimal.xml"), folder.path().join("both.2.xml")).unwrap();
    assert_eq!(code(&run(&["--to", "cii", "--force", "-o", "new/", "both.2.xml", "both.edi"])), 2);
    let first = fs::read_to_string(folder.path().join("new/both.2.xml")).unwrap();
    assert!(!first.contains("TOUT-2026-0001"));
}

#[test]
fn what_is_not_written_is_not_called_whole() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("b.xml"), "mine").unwrap();
    for (lang, never, words) in
        [("en", "nothing lost", "nothing is written"), ("fr", "rien de perdu", "rien n'est écrit")]
    {
        let args = ["--lang", lang, "convert", "--to", "ubl", "-o", "b.xml", &fixture("cii-minimal.xml")];
        let said = Command::new(PROGRAM).current_dir(folder.path()).args(args).output().unwrap();
        let told = String::from_utf8_lossy(&said.stderr).into_owned();
        assert_eq!(code(&said), 2);
        assert!(!told.contains(never) && told.contains(words), "{told}");
    }
}

/// UBL has BT-83 with each payment means, and CII once; CII's BT-8 has a list of its own.
#[test]
fn what_one_syntax_says_more_often_or_by_another_list_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(fixture("cii-full.xml")).unwrap();
    let at = text.find("<ram:DueDateTypeCode>").expect("BT-8 in the example") + "<ram:DueDateTypeCode>".len();
    let end = at + text[at..].find('<').unwrap();
    fs::write(folder.path().join("a.xml"), format!("{}35{}", &text[..at], &text[end..])).unwrap();
    let said = convert(&["--to", "cii", "--format", "json", "a.xml"], folder.path());
    let told: Value = serde_json::from_slice(&said.stderr).unwrap();
    assert_eq!((&told["losses"][0]["term"], &told["losses"][0]["value"]), (&"BT-8".into(), &"35".into()));
}

/// Conversion is no judgement: what is invalid is written, and said to be.
#[test]
fn an_invalid_source_is_written_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(fixture("ubl-minimal.xml")).unwrap();
    let start = text.find("<cbc:ID>").unwrap();
    let end = start + text[start..].find("</cbc:ID>").unwrap() + "</cbc:ID>".len();
    fs::write(folder.path().join("a.xml"), text.replacen(&text[start..end], "", 1)).unwrap();
    let said = convert(&["--lang", "en", "--to", "cii", "a.xml"], folder.path());
    assert_eq!(code(&said), 0);
    let told = String::from_utf8_lossy(&said.stderr);
    assert!(told.lines().any(|line| line.contains("INVALID") && line.contains("BR-02")), "{told}");
    assert!(String::from_utf8_lossy(&said.stdout).contains("CrossIndustryInvoice"));
    let json = convert(&["--to", "cii", "--format", "json", "-o", "b.xml", "a.xml"], folder.path());
    let told: Value = serde_json::from_slice(&json.stderr).unwrap();
    assert!(told["invalid"].as_array().unwrap().contains(&"BR-02".into()), "{told}");
    // Of an interchange, by message.
    let edi = "UNB+UNOC:3+A:14+B:14+261122:1000+1'UNH+1+INVOIC:D:01B:UN'BGM+380+F-1+9'DTM+137:20261122:102'UNS+S'MOA+79:1'UNT+6+1'UNH+2+INVOIC:D:01B:UN'BGM+380+F-2+9'DTM+137:20261122:102'UNS+S'MOA+79:1'UNT+6+2'UNZ+2+1'";
    fs::write(folder.path().join("a.edi"), edi).unwrap();
    let said = convert(&["--lang", "en", "--to", "json", "-o", "out/", "a.edi"], folder.path());
    let told = String::from_utf8_lossy(&said.stderr);
    assert_eq!(told.lines().filter(|line| line.contains("INVALID")).count(), 2, "{told}");
    let good = convert(&["--lang", "en", "--to", "cii", &fixture("ubl-minimal-fr.xml")], folder.path());
    assert!(!String::from_utf8_lossy(&good.stderr).contains("INVALID"), "{}", String::from_utf8_lossy(&good.stderr));
}

/// What an INVOIC says and no invoice written of it: each once, by its term, with what is lost.
#[test]
fn what_an_invoic_says_beside_its_terms_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let body = "BGM+380+F-1+9'DTM+137:20261122:102'NAD+SE+++Atelier'RFF+GN:732829320'RFF+GN:852329876'CUX+2:EUR:4'TDT+20++30'LIN+1'IMD+F++:::Sa\u{1}von'QTY+47:1:PCE'MOA+203:1'PRI+AAA:1'UNS+S'MOA+79:1'MOA+77:120.00:USD'";
    let count = body.matches('\'').count() + 2;
    let edi = format!("UNB+UNOC:3+A:14+B:14+261122:1000+1'UNH+1+INVOIC:D:96A:UN'{body}UNT+{count}+1'UNZ+1+1'");
    fs::write(folder.path().join("a.edi"), edi).unwrap();
    let said = convert(&["--to", "ubl", "--format", "json", "a.edi"], folder.path());
    let told: Value = serde_json::from_slice(&said.stderr).unwrap();
    let losses: Vec<[String; 4]> = told["losses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|loss| ["address", "term", "value", "reason"].map(|key| loss[key].as_str().unwrap_or("-").to_owned()))
        .collect();
    let of = |key: &str| losses.iter().filter(|[address, term, ..]| address == key || term == key).collect::<Vec<_>>();
    assert_eq!(of("BT-112"), [&["BT-112", "BT-112", "120.00 USD", "currency"].map(str::to_owned)]);
    assert_eq!(of("TDT+20"), [&["TDT+20", "-", "TDT+20++30", "outside"].map(str::to_owned)]);
    assert!(of("MOA+77").is_empty(), "{losses:#?}");
    let [[_, _, value, reason]] = of("BT-30")[..] else { panic!("{losses:#?}") };
    assert_eq!((value.as_str(), reason.as_str()), ("852329876", "once"));
    let [[_, _, value, reason]] = of("BT-153")[..] else { panic!("{losses:#?}") };
    assert_eq!((value.as_str(), reason.as_str()), ("Sa\u{1}von", "characters"));
    assert!(losses.iter().all(|[address, _, value, _]| address != value), "{losses:#?}");
}
