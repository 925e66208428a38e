//! Every kind of fault, at its place, in both languages; and no text that breaks the reader.

use proptest::prelude::*;

use super::super::{Clients, FaultKind, FileError, Folder};
use super::*;
use crate::limits;
use crate::text::Lang;

/// The faults of some files, as people read them.
fn told(files: &[(&str, &str)]) -> String {
    let (clients, faults) = Clients::reload(&Clients::default(), &folder(files));
    let lines = |lang| faults.iter().chain(clients.remarks()).map(|f| f.line(lang)).collect::<Vec<_>>().join("\n");
    format!("{}\n\n{}", lines(Lang::Fr), lines(Lang::En))
}

fn kinds(files: &[(&str, &str)]) -> Vec<(String, FaultKind)> {
    let (_, faults) = Clients::reload(&Clients::default(), &folder(files));
    faults.into_iter().map(|f| (f.file, f.kind)).collect()
}

const BAD: [(&str, &str); 10] = [
    ("keys", fixture!("bad/keys.toml")),
    ("terms", fixture!("bad/terms.toml")),
    ("patterns", fixture!("bad/patterns.toml")),
    ("conditions", fixture!("bad/conditions.toml")),
    ("messages", fixture!("bad/messages.toml")),
    ("rules", fixture!("bad/rules.toml")),
    ("values", fixture!("bad/values.toml")),
    ("syntax", fixture!("bad/syntax.toml")),
    ("twice", fixture!("bad/twice.toml")),
    ("remarks", fixture!("bad/remarks.toml")),
];

#[test]
fn every_fault_names_its_place_what_was_found_and_what_was_expected() {
    for (name, text) in BAD {
        insta::assert_snapshot!(format!("fault_{name}"), told(&[(&format!("{name}.toml"), text)]));
    }
}

#[test]
fn faults_between_files() {
    let one = ("un.toml", "extends = \"deux\"");
    let two = ("deux.toml", "extends = \"trois\"");
    let three = ("trois.toml", "extends = \"deux\"");
    let lost = ("perdu.toml", "\n  extends = \"secteur-publique\"");
    let child = ("enfant.toml", "extends = \"perdu\"");
    let public = ("secteur-public.toml", "name = \"Secteur public\"");
    let (a, b) = ("a.toml", "b.toml");
    insta::assert_snapshot!("fault_cycle", told(&[one, two, three]));
    insta::assert_snapshot!("fault_parent", told(&[lost, child, public]));
    insta::assert_snapshot!(
        "fault_duplicate",
        told(&[
            (a, "match = { siret = [\"21690123100011\"], name = [\"Mairie de Lyon\"] }"),
            (b, "match = { siret = [\"216 901 231 00011\"],\n  name = [\"MAIRIE DE  LYON\"] }"),
        ])
    );
}

#[test]
fn a_file_of_nothing_is_a_fault_and_not_a_customer_without_demands() {
    assert_eq!(kinds(&[("a.toml", " \n")]), [("a.toml".to_owned(), FaultKind::Empty)]);
}

#[test]
fn chains_are_bounded() {
    let files: Vec<(String, String)> = (0..=limits::CLIENT_EXTENDS_DEPTH + 1)
        .map(|n| {
            (
                format!("f{n:02}.toml"),
                if n == 0 { "name = \"X\"".to_owned() } else { format!("extends = \"f{:02}\"", n - 1) },
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    assert_eq!(kinds(&files[..=limits::CLIENT_EXTENDS_DEPTH]), []);
    assert_eq!(kinds(&files), [("f09.toml".to_owned(), FaultKind::TooDeep)]);
}

#[test]
fn files_and_rules_are_bounded() {
    let large = format!("#{}", " ".repeat(limits::CONFIG_BYTES));
    assert_eq!(kinds(&[("a.toml", &large)]), [("a.toml".to_owned(), FaultKind::TooLarge)]);
    let rules = |n: usize| "[[forbid]]\nterm = \"BG-24\"\n".repeat(n);
    assert_eq!(kinds(&[("a.toml", &rules(limits::CLIENT_RULES))]), []);
    assert_eq!(
        kinds(&[("a.toml", &rules(limits::CLIENT_RULES + 1))]),
        [("a.toml".to_owned(), FaultKind::TooManyRules)]
    );
    let child = format!("extends = \"a\"\n{}", rules(1));
    assert_eq!(
        kinds(&[("a.toml", &rules(limits::CLIENT_RULES)), ("b.toml", &child)]),
        [("b.toml".to_owned(), FaultKind::TooManyRules)]
    );
}

#[test]
fn a_file_of_another_encoding_is_refused_where_it_stops_being_utf_8() {
    let folder: Folder = [("a.toml", b"# x\nname = \"Caf\xE9\"".as_slice())].into_iter().collect();
    let faults = Clients::load(&folder).unwrap_err();
    let [FileError { line: 2, column: 12, kind: FaultKind::Encoding, .. }] = faults.as_slice() else {
        panic!("{faults:?}")
    };
}

#[test]
fn a_byte_order_mark_and_other_files_are_passed_over() {
    let folder: Folder =
        [("a.toml", "\u{feff}name = \"A\""), ("a.toml~", "?"), (".a.toml", "?"), ("README.md", "?"), (".toml", "?")]
            .into_iter()
            .collect();
    let clients = Clients::load(&folder).unwrap();
    assert_eq!(clients.iter().map(|c| &*c.name).collect::<Vec<_>>(), ["A"]);
}

#[test]
fn no_file_is_listed_with_more_faults_than_a_person_reads() {
    let text = "[[require]]\nterme = \"x\"\n".repeat(300);
    assert_eq!(kinds(&[("a.toml", &text)]).len(), 50);
}

#[test]
fn deep_nesting_is_refused() {
    for text in [format!("a = {}", "[".repeat(100_000)), format!("a = {}", "{a=".repeat(100_000)), "[a.".repeat(10_000)]
    {
        assert!(!kinds(&[("a.toml", &text)]).is_empty());
    }
}

/// Texts near enough to customer files to reach every corner of the reader.
fn mutated() -> impl Strategy<Value = String> {
    let texts: Vec<&str> = WORKED.iter().chain(&FOLDER).chain(&BAD).map(|(_, t)| *t).collect();
    let piece = prop_oneof![
        Just("\"".to_owned()),
        Just("[".to_owned()),
        Just("]]".to_owned()),
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("'".to_owned()),
        Just("\n".to_owned()),
        Just("é".to_owned()),
        Just("\\".to_owned()),
        Just("= ".to_owned()),
        Just("BG-25[*]/BT-132".to_owned()),
        Just("]".to_owned()),
        Just("\r".to_owned()),
        "\\PC{0,4}",
    ];
    (proptest::sample::select(texts), proptest::collection::vec((any::<prop::sample::Index>(), 0usize..6, piece), 1..6))
        .prop_map(|(text, edits)| {
            let mut letters: Vec<char> = text.chars().collect();
            for (at, cut, piece) in edits {
                let at = at.index(letters.len() + 1);
                let end = (at + cut).min(letters.len());
                letters.splice(at..end, piece.chars());
            }
            letters.into_iter().collect()
        })
}

proptest! {
    #[test]
    fn mutated_files_never_panic_and_faults_point_into_the_text(text in mutated()) {
        let (clients, faults) = Clients::reload(&Clients::default(), &folder(&[("a.toml", &text), ("secteur-public.toml", "")]));
        let lines: Vec<&str> = text.split('\n').collect();
        for fault in faults.iter().filter(|f| f.file == "a.toml") {
            prop_assert!(fault.line >= 1 && fault.line as usize <= lines.len(), "{fault}");
            let letters = lines[fault.line as usize - 1].chars().count();
            prop_assert!(fault.column >= 1 && fault.column as usize <= letters + 1, "{fault} {text:?}");
            prop_assert!(!fault.message.fr.is_empty() && !fault.message.en.is_empty());
        }
        // Either the file is in force or something is said about it.
        prop_assert_eq!(clients.named("a").is_none(), faults.iter().any(|f| f.file == "a.toml"));
        if let Some(client) = clients.named("a") {
            let full = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/invoices/ubl-full.xml"));
            let read = crate::formats::read(full).unwrap();
            for finding in client.judge(&read.invoice) {
                prop_assert!(finding.rule.starts_with("FCT-CLIENT-") && !finding.terms.is_empty(), "{finding:?}");
                prop_assert!(finding.place.is_some(), "{finding:?}");
            }
            client.test(&read.invoice);
        }
    }

    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let folder: Folder = [("a.toml", bytes)].into_iter().collect();
        let _ = Clients::load(&folder);
    }
}

/// What nobody will look at again, and what no contract can say: in force, and remarked on.
#[test]
fn what_lasts_too_long_is_remarked_on() {
    let waive = |until: &str| {
        format!(
            "match = {{ siren = [\"732829320\"] }}\n[[waive]]\nrule = \"BR-FR-12\"\nauthor = \"a\"\nreason = \"b\"\nuntil = {until}\n"
        )
    };
    let today = crate::day::Day::parse_iso("2026-11-22").unwrap();
    for (until, told) in [("2028-11-22", 0), ("2028-11-23", 1), ("9999-12-31", 1)] {
        let clients = Clients::load(&folder(&[("a.toml", &waive(until))])).unwrap();
        let late = clients.long_waivers(today);
        assert_eq!(late.len(), told, "{until}");
        assert!(
            late.iter()
                .all(|f| !f.is_fatal() && f.line(Lang::En).starts_with("a.toml:2:1: the waiver of BR-FR-12 lasts"))
        );
    }
    for (said, told) in [
        ("maximum = \"60 days\"", 0),
        ("maximum = \"61 days\"", 1),
        ("maximum = \"120 jours\"", 1),
        ("maximum = \"45 days end of month\"", 0),
        ("maximum = \"60 jours fin de mois\"", 1),
        ("maximum = \"75 days\"\nsector = \"transport\"", 0),
    ] {
        let text = format!("match = {{ siren = [\"732829320\"] }}\n[payment]\n{said}\n");
        let (clients, faults) = Clients::reload(&Clients::default(), &folder(&[("a.toml", &text)]));
        assert!(faults.is_empty(), "{faults:?}");
        let law = clients.remarks().iter().filter(|f| f.message.en.contains("L441-10")).count();
        assert_eq!(law, told, "{said}");
    }
}

#[test]
fn a_refused_rule_says_why_and_a_family_what_to_write() {
    let refused = |rule: &str| {
        let text = format!(
            "match = {{ siren = [\"732829320\"] }}\n[[severity]]\nrule = \"{rule}\"\nlevel = \"warning\"\nreason = \"x\"\n"
        );
        let faults = Clients::load(&folder(&[("a.toml", &text)])).unwrap_err();
        faults[0].line(Lang::En)
    };
    let structure = refused("FCT-XSD-MISSING");
    assert!(structure.contains("its severity does not change for this rule: what is out of place"), "{structure}");
    assert!(!structure.contains("None") && !structure.contains("expected"), "{structure}");
    let family = refused("FCT-MENTION");
    assert!(family.contains("a family of rules") && family.contains("such as FCT-MENTION-"), "{family}");
}
