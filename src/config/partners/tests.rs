//! Partner files, right and wrong.

use super::*;
use crate::invoice::bt;

#[test]
fn a_file_is_read_and_a_wrong_one_refused() {
    let text = "name = \"Lavande\"\nidentifiers = [\"LAVANDE\"]\ndirectory = \"d96a\"\nstrict = true\n[constants]\nBT-34-1 = \"0225\"\nBT-34 = \"1\"\n";
    let (read, ..) = partner("a.toml", text).unwrap();
    assert_eq!((read.directory, read.strictness), (Some(Directory::D96A), Strictness::STRICT));
    assert_eq!(read.constants, [(bt::BT_34, "1".to_owned()), (bt::BT_34_1, "0225".to_owned())]);
    for (wrong, line, column) in [
        ("name = \"a\"", 1, 1),
        ("name = \"a\"\nidentifiers = []\ncolour = 1", 3, 1),
        ("name = \"a\"\nidentifiers = []\ndirectory = \"D99Z\"", 3, 13),
        ("name = \"a\"\nidentifiers = []\n[constants]\nBT-999 = \"1\"", 4, 1),
        ("name = \"é\"\nidentifiers = []\nconstants = { BT-131 = \"1\" }", 3, 15),
        ("name = \"a\"\nidentifiers = []", 2, 1),
        ("name = \"a\"\nidentifiers = [\"A\", \" \"]", 2, 21),
        ("name = \"a\"\nidentifiers = [\"A\"]\n[constants]\nBT-24 = \"1\"\nBT-1 = \"HACK\"", 5, 1),
        ("name = \"a\"\nidentifiers = [\"A\"]\n[constants]\nBT-9 = \"2026-12-31\"", 4, 1),
        ("name = \"a\"\nidentifiers = [\"A\"]\n[constants]\nBT-115 = \"1.00\"", 4, 1),
        ("name = \"a\"\nidentifiers = [\"A\"]\n[constants]\nBT-23 = \"\"", 4, 1),
        ("name = \"a\"\nidentifiers = [\"A\"]\n[out]\nconstants = { BT-2 = \"2026-12-31\" }", 4, 15),
        (
            "name = \"a\"\nidentifiers = [\"A\"]\n[x12]\nstrict = true\n[x12.constants]\nBT-151 = \"S\"\nBT-146 = \"1\"",
            7,
            1,
        ),
        ("name = \"a\"\nidentifiers = [\"A\"]\n[x12.constants]\nBT-118 = \"\"", 4, 1),
    ] {
        let faults = partner("a.toml", wrong).unwrap_err();
        let places: Vec<_> = faults.iter().map(|fault| (fault.line, fault.column)).collect();
        // That no identifier is given is told beside it.
        let nobody = (wrong.contains("identifiers = []") && (line, column) != (2, 1)).then_some((2, 1));
        assert_eq!(places, nobody.into_iter().chain([(line, column)]).collect::<Vec<_>>(), "{wrong}");
    }
}

/// Each fault says what was found, what is expected and what was probably meant, in both languages.
#[test]
fn faults_say_what_was_meant_and_speak_french() {
    let head = "name = \"a\"\nidentifiers = [\"A\"]\n";
    for (body, kind, meant, fr, en) in [
        (
            "directry = \"D96A\"",
            FaultKind::UnknownKey,
            Some("directory"),
            "clé inconnue ; trouvé : directry ; attendu : name, ",
            "unknown key; found: directry; expected: name, ",
        ),
        (
            "[out]\nasociation = \"EAN008\"",
            FaultKind::UnknownKey,
            Some("association"),
            "clé inconnue ; trouvé : asociation",
            "unknown key; found: asociation",
        ),
        (
            "[x12]\nimplied_decimals = true",
            FaultKind::UnknownKey,
            Some("implied-decimals"),
            "clé inconnue",
            "unknown key",
        ),
        (
            "[strictness]\ncompletness = \"warn\"",
            FaultKind::UnknownKey,
            Some("completeness"),
            "clé inconnue",
            "unknown key",
        ),
        (
            "contrl = \"allways\"",
            FaultKind::BadValue,
            Some("always"),
            "valeur inconnue ; trouvé : allways",
            "unknown value; found: allways",
        ),
        ("directory = \"D96B\"", FaultKind::BadValue, Some("D96A"), "répertoire D96B", "directory D96B"),
        (
            "[constants]\nBT24 = \"x\"",
            FaultKind::UnknownTerm,
            Some("BT-24"),
            "BT24 n'est pas un terme",
            "BT24 is no term",
        ),
        (
            "strict = \"yes\"",
            FaultKind::WrongType,
            None,
            "valeur d'un autre type ; trouvé : \"yes\" ; attendu : true ou false",
            "value of another type; found: \"yes\"; expected: true or false",
        ),
        ("[out]\nassociation = 8", FaultKind::WrongType, None, "un par répertoire", "one for each directory"),
        (
            "contrl = 3",
            FaultKind::WrongType,
            None,
            "valeur d'un autre type ; trouvé : 3 ; attendu : un texte entre guillemets",
            "value of another type; found: 3; expected: a text in quotes",
        ),
        ("strict = oui", FaultKind::Syntax, None, "texte sans guillemets", "text without quotes"),
    ] {
        let faults = partner("a.toml", &format!("{head}{body}")).unwrap_err();
        let [fault] = &faults[..] else { panic!("{body}: {faults:?}") };
        assert_eq!((fault.kind, fault.did_you_mean.as_deref()), (kind, meant), "{body}: {fault}");
        assert!(fault.line >= 3, "{body}: {fault}");
        assert!(fault.said(Lang::Fr).contains(fr), "{}", fault.said(Lang::Fr));
        assert!(fault.said(Lang::En).contains(en), "{}", fault.said(Lang::En));
        let english = ["unknown", "expected", "invalid", "field", "missing"];
        assert!(english.iter().all(|word| !fault.said(Lang::Fr).contains(word)), "{}", fault.said(Lang::Fr));
    }
    let none = partner("a.toml", "identifiers = [\"A\"]").unwrap_err().remove(0);
    assert_eq!((none.kind, none.expected.unwrap().fr.as_str()), (FaultKind::MissingKey, "name"));
}

#[test]
fn everything_that_is_wrong_is_told_by_its_place() {
    let places = |text: &str| -> Vec<(u32, FaultKind)> {
        partner("a.toml", text).unwrap_err().iter().map(|fault| (fault.line, fault.kind)).collect()
    };
    use FaultKind::{BadValue, MissingKey, Syntax, UnknownKey, UnknownTerm, WrongType};
    let file = "name = 7\nidentifiers = [\"A\", 3, 4]\nfoo = 1\ncontrl = 3\ndirectory = \"D99Z\"\n[bar]\nx = 1\n[constants]\nBT-999 = \"1\"\nBT-1 = \"1\"\n\
                [out]\nsender = { id = 3, foo = 1 }\nuna = \"yes\"\n[out.constants]\nBT-24 = 1\n[strictness]\ncounts = \"bad\"\nforms = 2\n";
    let expected = [
        (1, WrongType),
        (2, WrongType),
        (2, WrongType),
        (3, UnknownKey),
        (4, WrongType),
        (5, BadValue),
        (6, UnknownKey),
        (9, UnknownTerm),
        (10, BadValue),
        (12, WrongType),
        (12, UnknownKey),
        (13, WrongType),
        (15, WrongType),
        (17, BadValue),
        (18, WrongType),
    ];
    assert_eq!(places(file), expected);
    assert_eq!(places("foo = 1\nstrict = 2\n"), [(1, UnknownKey), (1, MissingKey), (1, MissingKey), (2, WrongType)]);
    assert_eq!(places("name = \"a\"\nidentifiers = [\"A\nstrict = oui\n"), [(2, Syntax), (3, Syntax)]);
    // Files are counted, and each names all it has.
    let wrong: Folder = [("a.toml", file.to_owned()), ("b.toml", "name = 1".to_owned())].into_iter().collect();
    let read = Partners::reload(&Partners::default(), &wrong);
    assert_eq!((read.wrong(), read.faults().len()), (2, expected.len() + 2));
}

/// What is in force and probably does not mean what it says is told, with its line.
#[test]
fn what_nobody_can_mean_is_remarked() {
    let remarks = |text: &str| partner("a.toml", text).unwrap().2;
    let head = "name = \"a\"\n";
    for (body, line, meant) in [
        ("identifiers = [\"A\", \"3012345678902:14\"]", 2, Some("3012345678902")),
        ("identifiers = [\"0088:3012345678902\"]", 2, Some("3012345678902")),
        ("identifiers = [\"A\"]\n[out]\nsender = { id = \"1\", qualifier = \"0088\" }", 3, Some("14")),
        ("identifiers = [\"A\"]\n[out]\nrecipient = { id = \"1\", qualifier = \"77\" }", 3, None),
        ("identifiers = [\"A\"]\n[constants]\nBT-29-1 = \"9\"", 4, Some("0088")),
        ("identifiers = [\"A\"]\n[constants]\nBT-5 = \"EURO\"", 4, Some("EUR")),
        (
            "identifiers = [\"A\"]\n[constants]\nBT-24 = \"urn:factur-x.eu:1p0:minimum\"",
            4,
            Some("urn:cen.eu:en16931:2017"),
        ),
        ("identifiers = [\"A\"]\n[out.constants]\nBT-34-1 = \"02255\"", 4, Some("0225")),
    ] {
        let told = remarks(&format!("{head}{body}"));
        let [one] = &told[..] else { panic!("{body}: {told:?}") };
        assert_eq!((one.line, one.did_you_mean.as_deref(), one.is_fatal()), (line, meant, false), "{one}");
        assert!(!one.message.fr.is_empty() && one.message.fr != one.message.en);
    }
    for quiet in [
        "identifiers = [\"A\", \"0225\", \"urn:a:b-c-d-e\"]\n[out]\nsender = { id = \"1\", qualifier = \"14\" }",
        "identifiers = [\"A\"]\n[constants]\nBT-34-1 = \"0225\"\nBT-29-1 = \"0088\"\nBT-5 = \"EUR\"\nBT-40 = \"FR\"",
    ] {
        assert!(remarks(&format!("{head}{quiet}")).is_empty(), "{quiet}");
    }
    let file = |name: &str, id: &str| format!("name = \"{name}\"\nidentifiers = [\"{id}\"]\n");
    let twins: Folder = [("a.toml", file("N", "A")), ("b.toml", file("N", "B"))].into_iter().collect();
    let read = Partners::reload(&Partners::default(), &twins);
    assert_eq!((read.list().len(), read.faults().len(), read.remarks().len()), (2, 0, 1));
    assert!(read.remarks()[0].line(Lang::Fr).starts_with("b.toml:1:1: le nom « N » est déjà celui de a.toml"));
}

#[test]
fn a_wrong_file_keeps_its_last_good_version_and_no_identifier_is_anybody_else_s() {
    let file = |id: &str| format!("name = \"{id}\"\nidentifiers = [\"{id}\"]\n");
    let good: Folder = [("a.toml", file("A")), ("b.toml", file("B"))].into_iter().collect();
    let first = Partners::reload(&Partners::default(), &good);
    assert_eq!((first.list().len(), first.faults().len()), (2, 0));

    let bad: Folder = [("a.toml", "name = 1".to_owned()), ("b.toml", file("B"))].into_iter().collect();
    let second = Partners::reload(&first, &bad);
    assert_eq!((second.list().len(), second.digest()), (2, first.digest()));
    assert!(second.faults()[0].last_good_kept && second.refused().is_none());
    let fresh = Partners::reload(&Partners::default(), &bad);
    assert!(fresh.refused().is_some() && fresh.digest() != first.digest());

    let twice: Folder = [("a.toml", file("A")), ("b.toml", file("A"))].into_iter().collect();
    let third = Partners::reload(&Partners::default(), &twice);
    assert_eq!((third.list().len(), third.faults()[0].kind), (1, FaultKind::DuplicateMatch));
    assert_eq!((third.faults()[0].line, third.faults()[0].column), (2, 16));
    assert!(third.faults()[0].line(Lang::En).starts_with("b.toml:2:16: identifier A is in a.toml already"));
}
