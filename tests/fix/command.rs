//! `facteur fix`: exit status, where the corrected document goes, and what is refused.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::*;
use crate::pdf::make::FacturX;
use crate::stage::PROGRAM;

fn run(arguments: &[&str]) -> (i32, String, String) {
    let run = Command::new(PROGRAM)
        .args(["fix", "--as-of", "2026-11-22"])
        .args(arguments)
        .env("FACTEUR_LANG", "en")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (run.status.code().unwrap(), text(run.stdout), text(run.stderr))
}

fn faulty() -> String {
    fixture("rules/fr/ubl-minimal.xml").replace("#PMT#", "").replace("Percent>20<", "Percent>20.000<")
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_exit_status_tells_what_came() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xml");
    fs::write(&path, faulty()).unwrap();
    let (status, out, err) = run(&[shown(&path)]);
    assert_eq!((status, err.as_str()), (1, ""));
    for said in ["FIX-RATE", "BG-23[1]/BT-119", "\"20.000\" → \"20.00\"  line 86:9", "FIX-MENTION", "--write does it"]
    {
        assert!(out.contains(said), "{said}: {out}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), faulty(), "nothing is written");
    assert_eq!(run(&["--dry-run", shown(&path)]).0, 1);
    assert_eq!(run(&["fixtures/rules/fr/ubl-minimal.xml"]).0, 0);
    assert_eq!(run(&["--only", "FIX-CODE", shown(&path)]).0, 0);
    assert_eq!(run(&["--except", "FIX-RATE,FIX-MENTION", shown(&path)]).0, 0);
    assert_eq!(run(&["--rules", "en16931", shown(&path)]).0, 0, "what no rule that runs refuses is left");
    for misuse in [
        vec![],
        vec!["--only", "FIX-ALL", shown(&path)],
        vec!["--only", "FIX-FRAME", shown(&path)],
        vec!["--frame", "Z1", shown(&path)],
        vec!["--treatment", "B2Z", shown(&path)],
        vec!["--write", "--dry-run", shown(&path)],
        vec!["--write", "-"],
        vec!["--output", shown(&path), shown(&path)],
    ] {
        assert_eq!(run(&misuse).0, 2, "{misuse:?}");
    }
    let (status, out, err) = run(&[shown(&path), "nowhere.xml"]);
    assert_eq!(status, 2);
    assert!(out.contains("FIX-RATE") && err.contains("nowhere.xml"), "{err}");
}

/// What the page shows is what is printed, line by line.
#[test]
fn the_page_shows_what_is_printed() {
    let page = fs::read_to_string("docs/fix.md").unwrap();
    let sample = page.split("$ facteur fix invoice.xml\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = fixture("rules/fr/ubl-minimal.xml").replace("Percent>20<", "Percent>20.000<");
    fs::write(folder.path().join("invoice.xml"), text).unwrap();
    let run = Command::new(PROGRAM)
        .args(["--lang", "en", "fix", "--as-of", "2026-11-22", "invoice.xml"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(sample, String::from_utf8(run.stdout).unwrap());
}

#[test]
fn a_file_is_replaced_whole_and_keeps_its_permissions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xml");
    fs::write(&path, faulty()).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    let (status, out, _) = run(&["--write", shown(&path)]);
    assert_eq!(status, 0, "{out}");
    assert!(out.contains("Written to"), "{out}");
    let right = fixture("rules/fr/ubl-minimal.xml").replace("Percent>20<", "Percent>20.00<");
    assert_eq!(fs::read_to_string(&path).unwrap(), right);
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o640);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let (status, out, _) = run(&["--write", shown(&path)]);
    assert!(status == 0 && out.contains("Nothing to correct"), "{out}");
}

#[test]
fn elsewhere_never_costs_a_file_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir_all(from.join("sub")).unwrap();
    fs::write(from.join("sub/a.xml"), faulty()).unwrap();
    fs::write(from.join("b.xml"), fixture("rules/fr/cii-minimal.xml")).unwrap();
    let target = format!("{}/", shown(&to));
    assert_eq!(run(&["--output", &target, shown(&from)]).0, 0);
    assert!(fs::read_to_string(to.join("sub/a.xml")).unwrap().contains("#PMT#"));
    assert_eq!(fs::read_to_string(to.join("b.xml")).unwrap(), fixture("rules/fr/cii-minimal.xml"), "a copy");
    assert_eq!(fs::read_to_string(from.join("sub/a.xml")).unwrap(), faulty());
    let (status, out, _) = run(&["--output", &target, shown(&from)]);
    assert!(status == 2 && out.contains("is there already"), "{out}");
    // To standard output, what is said goes beside it.
    let (status, out, err) = run(&["--output", "-", shown(&from.join("sub/a.xml"))]);
    assert_eq!((status, out.as_str()), (0, &*fs::read_to_string(to.join("sub/a.xml")).unwrap()));
    assert!(err.contains("FIX-RATE"));
    let mut child = Command::new(PROGRAM)
        .args(["fix", "--format", "json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(faulty().as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let json: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((json["schema"].as_str(), json["document"]["file"].as_str()), (Some("facteur-fix/1"), Some("-")));
    assert_eq!(out.status.code(), Some(1));
    assert_eq!(json["corrections"][0]["changes"][0]["after"], "20.00");
}

#[test]
fn a_signed_document_is_never_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xml");
    let signed = faulty().replacen(
        "  <cbc:CustomizationID>",
        "  <ext:UBLExtensions xmlns:ext=\"urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2\"><ext:UBLExtension><ext:ExtensionContent><ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/></ext:ExtensionContent></ext:UBLExtension></ext:UBLExtensions>\n  <cbc:CustomizationID>",
        1,
    );
    fs::write(&path, &signed).unwrap();
    for arguments in [vec![shown(&path)], vec!["--write", shown(&path)]] {
        let (status, out, _) = run(&arguments);
        assert!(status == 2 && out.contains("is signed"), "{status} {out}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), signed);
    // A detached seal beside the file.
    fs::write(&path, faulty()).unwrap();
    fs::write(folder.path().join("a.xml.p7s"), "x").unwrap();
    let (status, out, _) = run(&["--write", shown(&path)]);
    assert!(status == 2 && out.contains("is a seal of this file"), "{out}");
    assert_eq!(run(&[shown(&path)]).0, 1);
    assert_eq!(fs::read_to_string(&path).unwrap(), faulty());
}

#[test]
fn a_pdf_is_looked_at_and_never_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pdf");
    let faulty = fixture("rules/fr/cii-minimal.xml").replace("Percent>20<", "Percent>20.000<");
    let before = FacturX::new(faulty.as_bytes()).objects().bytes();
    fs::write(&path, &before).unwrap();
    let (status, out, _) = run(&["--format", "json", shown(&path)]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["document"]["attachment"], "factur-x.xml");
    assert_eq!((status, json["refused"].is_string()), (1, true), "{out}");
    let change = &json["corrections"][0]["changes"][0];
    assert_eq!((&change["after"], &change["place"]["attachment"]), (&"20.00".into(), &"factur-x.xml".into()));
    for elsewhere in [vec!["--write"], vec!["--output", shown(&folder.path().join("b.pdf"))]] {
        let (status, out, _) = run(&[&elsewhere[..], &[shown(&path)]].concat());
        assert!(status == 2 && out.contains("made together by the issuer's tool"), "{out}");
    }
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    fs::write(&path, [&before[..], b"\n% /ByteRange [0 1 2 3]\n"].concat()).unwrap();
    let (status, out, _) = run(&[shown(&path)]);
    assert!(status == 2 && out.contains("is signed"), "{status} {out}");
}

#[test]
fn the_list_says_why_each_is_safe() {
    let (status, out, _) = run(&["--list"]);
    assert_eq!(status, 0);
    for correction in fix::corrections() {
        assert!(out.contains(&correction.id) && out.contains(&correction.en.why), "{}", correction.id);
    }
    let french = Command::new(PROGRAM).args(["--lang", "fr", "fix", "--list", "--format", "json"]).output().unwrap();
    let lines: Vec<Value> =
        String::from_utf8(french.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), fix::corrections().len());
    assert_eq!(lines[0]["why"], fix::corrections()[0].fr.why.as_str());
}

/// What a link leads to is replaced, and its seal is the one that counts; links met in a folder lead out of it.
#[cfg(unix)]
#[test]
fn links_are_followed_where_they_are_named_alone() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let (real, inbox) = (folder.path().join("real"), folder.path().join("inbox"));
    for new in [&real, &inbox] {
        fs::create_dir(new).unwrap();
    }
    let file = real.join("i.xml");
    fs::write(&file, faulty()).unwrap();
    symlink(&file, inbox.join("i.xml")).unwrap();
    symlink(&real, inbox.join("more")).unwrap();
    fs::write(inbox.join("own.xml"), faulty()).unwrap();
    let (status, _, err) = run(&["--write", shown(&inbox)]);
    assert!(status == 0 && err.matches("is a link, left out").count() == 2, "{err}");
    assert_eq!(fs::read_to_string(&file).unwrap(), faulty());
    assert!(fs::read_to_string(inbox.join("own.xml")).unwrap() != faulty());

    let link = inbox.join("i.xml");
    for seal in [real.join("i.xml.p7s"), inbox.join("i.xml.p7s")] {
        fs::write(&seal, "x").unwrap();
        let (status, out, _) = run(&["--write", shown(&link)]);
        assert!(status == 2 && out.contains("is a seal of this file"), "{out}");
        assert_eq!(fs::read_to_string(&file).unwrap(), faulty());
        fs::remove_file(&seal).unwrap();
    }
    let (status, out, _) = run(&["--write", shown(&link)]);
    let named = fs::canonicalize(&file).unwrap();
    assert!(status == 0 && out.contains(&format!("Written to {}", shown(&named))), "{out}");
    assert!(link.is_symlink() && fs::read_to_string(&file).unwrap() != faulty());
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_owner_and_one_that_is_read_only_stays() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt, chown};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xml");
    fs::write(&path, faulty()).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o444)).unwrap();
    let (status, out, _) = run(&["--write", shown(&path)]);
    assert!(status == 2 && out.contains("is read-only"), "{out}");
    assert_eq!(fs::read_to_string(&path).unwrap(), faulty());
    fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
    if chown(&path, Some(1234), Some(1235)).is_err() {
        eprintln!("skipped: only root gives files away");
        return;
    }
    assert_eq!(run(&["--write", shown(&path)]).0, 0);
    let there = fs::metadata(&path).unwrap();
    assert_eq!((there.uid(), there.gid(), there.mode() & 0o777), (1234, 1235, 0o640));
    assert!(fs::read_to_string(&path).unwrap() != faulty());
}

/// Nobody writes to a pipe that lies in a folder; that of a shell has its writer.
#[cfg(unix)]
#[test]
fn a_named_pipe_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("a.xml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for command in ["fix", "validate", "inspect"] {
        // Where it waits, the time is over.
        let run = Command::new("timeout").args(["10", PROGRAM, command]).arg(&pipe).env("FACTEUR_LANG", "en").output();
        let run = run.unwrap();
        let said = String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned();
        assert!(run.status.code() == Some(2) && said.contains("named pipe"), "{command}: {said}");
    }
    let script = format!("cat fixtures/rules/fr/ubl-minimal.xml | {PROGRAM} fix --as-of 2026-11-22 /dev/stdin");
    assert!(Command::new("sh").args(["-c", &script]).stdout(Stdio::null()).status().unwrap().success());
}

/// Links in a folder may lead out of it: they are neither corrected nor copied, and told.
#[cfg(unix)]
#[test]
fn a_copy_of_a_folder_follows_no_link() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to, secret) = (folder.path().join("in"), folder.path().join("out"), folder.path().join("ext"));
    fs::create_dir_all(&from).unwrap();
    fs::create_dir_all(&secret).unwrap();
    fs::write(from.join("a.xml"), faulty()).unwrap();
    fs::write(secret.join("e.xml"), faulty()).unwrap();
    std::os::unix::fs::symlink(&secret, from.join("dirlink")).unwrap();
    std::os::unix::fs::symlink(secret.join("e.xml"), from.join("link.xml")).unwrap();
    let target = format!("{}/", shown(&to));
    let (status, _, err) = run(&["--output", &target, shown(&from)]);
    assert_eq!(status, 0, "{err}");
    assert!(err.contains("dirlink") && err.contains("link.xml is a link"), "{err}");
    let names: Vec<_> = fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["a.xml"]);
    let (status, ..) = run(&["--output", shown(&folder.path().join("one.xml")), shown(&from.join("link.xml"))]);
    assert_eq!(status, 0, "a link that is named is read");
}

#[cfg(unix)]
#[test]
fn a_file_with_two_names_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("a.xml"), folder.path().join("b.xml"));
    fs::write(&path, faulty()).unwrap();
    fs::hard_link(&path, &other).unwrap();
    let (status, out, _) = run(&["--write", shown(&path)]);
    assert!(status == 2 && out.contains("2 names"), "{out}");
    assert_eq!(fs::read_to_string(&other).unwrap(), faulty());
}

#[test]
fn a_seal_is_one_in_whatever_case() {
    for seal in ["UP.XML.P7S", "UP.p7S"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("UP.XML");
        fs::write(&path, faulty()).unwrap();
        fs::write(folder.path().join(seal), "seal").unwrap();
        let (status, out, _) = run(&["--write", shown(&path)]);
        assert!(status == 2 && out.contains("is a seal"), "{seal}: {out}");
        assert_eq!(fs::read_to_string(&path).unwrap(), faulty());
    }
}
