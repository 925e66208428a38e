//! A folder changes under a running program.

use super::super::{Clients, FaultKind, Folder};
use super::*;

const PARENT: (&str, &str) = ("p.toml", "name = \"P\"\n[[forbid]]\nterm = \"BG-24\"");
const CHILD: (&str, &str) = ("c.toml", "extends = \"p\"\nname = \"C1\"\nmatch = { siren = [\"216901231\"] }");
const OTHER: (&str, &str) = ("o.toml", "name = \"O1\"\nmatch = { siren = [\"888999000\"] }");

/// Names in force after a reload, and the files complained about.
fn reload(old: &Clients, files: &[(&str, &str)]) -> (Clients, Vec<String>, Vec<(String, FaultKind, bool)>) {
    let (clients, faults) = Clients::reload(old, &folder(files));
    let names = clients.iter().map(|c| c.name.clone()).collect();
    (clients, names, faults.into_iter().map(|f| (f.file, f.kind, f.last_good_kept)).collect())
}

#[test]
fn a_bad_file_keeps_its_last_good_version_and_the_others_change() {
    let old = load(&[PARENT, CHILD, OTHER]);
    let (_, names, faults) = reload(&old, &[PARENT, CHILD, ("o.toml", "name = \"O2")]);
    assert_eq!(names, ["C1", "O1", "P"]);
    assert_eq!(faults, [("o.toml".to_owned(), FaultKind::Syntax, true)]);
    let (clients, names, faults) = reload(&old, &[PARENT, ("c.toml", "name = \"C2\""), ("o.toml", "nom = 1")]);
    assert_eq!(names, ["C2", "O1", "P"]);
    assert_eq!(faults, [("o.toml".to_owned(), FaultKind::UnknownKey, true)]);
    assert!(!clients.faults().is_empty());
    // Mended, it is in force again and nothing is left to say.
    let (clients, names, faults) = reload(&clients, &[PARENT, CHILD, ("o.toml", "name = \"O3\"")]);
    assert_eq!((names.join(" "), faults.len(), clients.faults().len()), ("C1 O3 P".to_owned(), 0, 0));
}

#[test]
fn a_new_file_that_is_bad_is_not_in_force() {
    let (_, names, faults) = reload(&load(&[OTHER]), &[OTHER, ("n.toml", "nom = 1")]);
    assert_eq!(names, ["O1"]);
    assert_eq!(faults, [("n.toml".to_owned(), FaultKind::UnknownKey, false)]);
}

#[test]
fn a_file_that_disappears_is_gone_and_one_that_cannot_be_read_is_not() {
    let old = load(&[PARENT, OTHER]);
    assert_eq!(reload(&old, &[PARENT]).1, ["P"]);
    let mut folder: Folder = folder(&[PARENT]);
    folder.unreadable("o.toml", "permission denied");
    let (clients, faults) = Clients::reload(&old, &folder);
    assert!(clients.named("o").is_some());
    assert!(matches!(faults.as_slice(), [f] if f.kind == FaultKind::Unreadable && f.last_good_kept));
}

#[test]
fn a_file_whose_parent_is_bad_or_gone_keeps_its_last_good_rules() {
    let old = load(&[PARENT, CHILD]);
    for files in [vec![("p.toml", "nom = 1"), CHILD], vec![CHILD], vec![("p.toml", "extends = \"c\""), CHILD]] {
        let (clients, names, faults) = reload(&old, &files);
        assert!(names.contains(&"C1".to_owned()), "{files:?}");
        assert!(faults.iter().any(|(file, _, kept)| file == "c.toml" && *kept), "{faults:?}");
        // The rules it had from its parent too.
        assert_eq!(
            judged(
                clients.named("c").unwrap(),
                "<cac:AdditionalDocumentReference><cbc:ID>1</cbc:ID></cac:AdditionalDocumentReference>"
            )
            .len(),
            1
        );
        assert_eq!(clients.named("c").unwrap().sha256, old.named("c").unwrap().sha256);
    }
}

#[test]
fn a_parent_that_changes_changes_its_children() {
    let old = load(&[PARENT, CHILD]);
    let (clients, _, faults) = reload(&old, &[("p.toml", "name = \"P\""), CHILD]);
    assert!(faults.is_empty());
    assert_eq!(clients.named("c").unwrap().count(), 0);
    assert_ne!(clients.named("c").unwrap().sha256, old.named("c").unwrap().sha256);
}

#[test]
fn an_identifier_claimed_twice_stays_with_the_file_that_had_it() {
    let old = load(&[("a.toml", "match = { siren = [\"216901231\"] }"), OTHER]);
    let (clients, _, faults) = reload(
        &old,
        &[
            ("a.toml", "match = { siren = [\"216901231\"] }"),
            ("o.toml", "name = \"O2\"\nmatch = { siren = [\"216901231\"] }"),
        ],
    );
    assert_eq!(faults, [("o.toml".to_owned(), FaultKind::DuplicateMatch, true)]);
    assert_eq!(clients.named("o").unwrap().name, "O1");
    // Two files swap their identifiers at once: nothing is claimed twice.
    let swapped = [
        ("a.toml", "match = { siren = [\"888999000\"] }"),
        ("o.toml", "name = \"O1\"\nmatch = { siren = [\"216901231\"] }"),
    ];
    assert!(reload(&old, &swapped).2.is_empty());
    // One of the two is bad, and so keeps what the other now claims: the other waits too.
    let (clients, _, faults) = reload(&old, &[("a.toml", "nom = 1"), swapped[1]]);
    assert_eq!(
        faults.iter().map(|f| (f.1, f.2)).collect::<Vec<_>>(),
        [(FaultKind::UnknownKey, true), (FaultKind::DuplicateMatch, true)]
    );
    assert_eq!(clients.named("o").unwrap().keys[0].value.value, "888999000");
}

#[test]
fn loading_is_whole_or_nothing() {
    assert!(Clients::load(&folder(&[PARENT, ("o.toml", "nom = 1")])).is_err());
    assert_eq!(reload(&Clients::default(), &[PARENT, ("o.toml", "nom = 1")]).1, ["P"]);
}
