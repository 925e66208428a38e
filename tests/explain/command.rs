//! The command: what is printed where, and the exit status.

use std::process::{Command, Output};

fn explain(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_facteur"));
    command.arg("explain").args(args).env("FACTEUR_LANG", "en").output().unwrap()
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn what_is_known_is_printed_and_what_is_not_ends_with_2() {
    let (code, out, err) = said(&explain(&["BR-CO-10", "UNTDID", "1001", "207"]));
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let heads: Vec<&str> = ["BR-CO-10: ", "untdid-1001: ", "207: Disputed"].into_iter().collect();
    let places: Vec<usize> =
        heads.iter().map(|head| out.find(head).unwrap_or_else(|| panic!("{head}: {out}"))).collect();
    assert!(places.is_sorted(), "in the order asked for");
    let (code, out, err) = said(&explain(&["BT-1l", "BT-13"]));
    assert_eq!(code, Some(2));
    assert!(out.starts_with("BT-13: ") && err.contains("nothing is called \"BT-1l\"; did you mean BT-11?"), "{err}");
    let (code, out, err) = said(&explain(&["qwertyuiop"]));
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.trim_end().ends_with("nothing is called \"qwertyuiop\""), "{err}");
    assert_eq!(explain(&[]).status.code(), Some(2));
    assert_eq!(explain(&["--all", "BT-13"]).status.code(), Some(2));
}

#[test]
fn the_book_goes_where_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules");
    let at = path.to_str().unwrap();
    assert_eq!(explain(&["--all", "-o", at]).status.code(), Some(0));
    for lang in ["fr", "en"] {
        assert!(path.join(lang).join("index.md").is_file() && path.join(lang).join("br-co.md").is_file());
    }
    let one = folder.path().join("one");
    assert_eq!(explain(&["--all", "-o", one.to_str().unwrap(), "--lang", "fr"]).status.code(), Some(0));
    assert!(one.join("fr").is_dir() && !one.join("en").exists());
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let (code, _, err) = said(&explain(&["--all", "-o", file.to_str().unwrap()]));
    assert!(code == Some(2) && err.contains("cannot be written"), "{err}");
    let (code, out, _) = said(&explain(&["--all"]));
    assert!(code == Some(0) && out.contains("# The rule book") && out.contains("br-co-10"));
}
