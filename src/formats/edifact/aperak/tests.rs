//! What is written is read as it was meant; what others write is read for what it says.

use super::*;
use crate::day::Day;
use crate::edifact::{Dress, Options, Stamp, Strictness, read};

fn stamp() -> Stamp {
    Stamp { day: Day::new(2026, 11, 22).unwrap(), hour: 9, minute: 5, reference: "A2".to_owned() }
}

fn refused() -> Aperak {
    Aperak {
        kind: "313".to_owned(),
        reference: "A2-1".to_owned(),
        outcome: Outcome::Refused,
        written: "202611220905".to_owned(),
        invoice: "FA-1".to_owned(),
        issued: "20261120".to_owned(),
        interchange: "0044".to_owned(),
        message: "1".to_owned(),
        parties: vec![PartySaid {
            role: "SU".to_owned(),
            id: "12345678200010".to_owned(),
            agency: "107".to_owned(),
            ..PartySaid::default()
        }],
        notes: vec!["1 erreur".to_owned()],
        errors: vec![
            ErrorSaid {
                code: "BRCO10".to_owned(),
                list: "ZZZ".to_owned(),
                agency: "92".to_owned(),
                rule: Some("BR-CO-10".to_owned()),
                text: format!("BR-CO-10: {}", "le montant est faux ".repeat(12).trim()),
                line: Some("3".to_owned()),
                references: vec![("IV".to_owned(), "FA-1".to_owned())],
            },
            ErrorSaid {
                code: "FCT".to_owned(),
                list: "ZZZ".to_owned(),
                agency: "92".to_owned(),
                rule: Some("ville-01".to_owned()),
                text: "ville-01: engagement absent".to_owned(),
                ..ErrorSaid::default()
            },
        ],
        references: Vec::new(),
    }
}

#[test]
fn what_is_written_is_read() {
    let received = "UNB+UNOC:3+SU:14+BY:14+261122:0900+0044'UNH+1+INVOIC:D:96A:UN'UNT+2+1'UNZ+1+0044'";
    let envelope = read(received.as_bytes(), &Options::default()).0[0].envelope.clone();
    for release in [Release::D96A, Release::D01B] {
        let form = Form { release, association: "EAN001".to_owned(), lang: Lang::Fr };
        let (bytes, losses) = Aperak::write(&[(refused(), &form), (refused(), &form)], &Dress::of(&envelope), &stamp());
        let strict = Options { strictness: Strictness::STRICT, ..Options::default() };
        let (wholes, refusal) = read(&bytes, &strict);
        let shown = String::from_utf8_lossy(&bytes);
        assert_eq!((refusal, losses.len(), wholes[0].messages.len()), (None, 0, 2), "{shown}");
        assert!(wholes[0].faults.is_empty() && wholes[0].messages.iter().all(|m| m.faults.is_empty()), "{shown}");
        let mut again = Aperak::read(&wholes[0].messages[1]).unwrap();
        assert_eq!(again.references.len(), 3);
        again.references.clear();
        assert_eq!(again, refused(), "{shown}");
        assert!(shown.contains("'BGM+313+A2-1+27'DTM+137:202611220905:203'FTX+AAO+++1 erreur+FR'RFF+IV:FA-1'DTM+171:20261120:102'RFF+ACE:FA-1'RFF+ACW:0044/1'NAD+SU+12345678200010::107'ERC+BRCO10:ZZZ:92'FTX+AAO+++BR-CO-10?: le"), "{shown}");
    }
}

#[test]
fn those_of_others_are_read() {
    // As GS1 shows it for D96A, with an error of the page (ECR) put right; and one of Norway, which says no more than 27.
    let gs1 = "UNH+1+APERAK:D:96A:UN:EAN001'BGM+12E::9+10015'DTM+137:199808231200:203'RFF+IV:2744'DTM+171:199808231100:203'NAD+BY+5412345000013::9'NAD+SU+4012345500004::9'ERC+186::92'UNT+9+1'";
    let bare = "UNH+2+APERAK:D:96A:UN:EDIEL2'BGM+++27'DTM+137:200911301555:203'RFF+ACW:2009113000025305'NAD+FR+7080000923168::9++++Oslo+++NO'CTA+MS+:Landsentralen'ERC+42::260'FTX+AAO++202::260+Feil'RFF+ON:652744:23'UNT+10+2'";
    let free = "UNH+3+APERAK:D:01B:UN'BGM+312+7+29'DOC+380+F-9'DTM+137:20261101:102'UNT+5+3'";
    let text = format!("UNB+UNOC:3+A+B+260102:1200+X'{gs1}{bare}{free}UNZ+3+X'");
    let (wholes, _) = read(text.as_bytes(), &Options::default());
    let all: Vec<Aperak> = wholes[0].messages.iter().filter_map(Aperak::read).collect();
    assert_eq!(
        (all[0].invoice.as_str(), all[0].accepts(), all[0].errors[0].code.as_str()),
        ("2744", Some(false), "186")
    );
    assert_eq!((all[0].issued.as_str(), &all[0].errors[0].rule), ("199808231100", &None));
    assert_eq!((all[1].interchange.as_str(), all[1].accepts()), ("2009113000025305", Some(false)));
    assert_eq!((all[1].errors[0].line.as_deref(), all[1].errors[0].text.as_str()), (Some("23"), "Feil"));
    assert_eq!((all[2].invoice.as_str(), all[2].accepts()), ("F-9", Some(true)));
    let told: Vec<String> = all[1].told().into_iter().map(|text| text.fr).collect();
    assert_eq!(
        told,
        ["Facture ? : refusée (27)", "  reçue dans l’échange 2009113000025305, message ", "  42, ligne 23 : Feil"]
    );
    assert_eq!(all[0].json()["accepted"], false);
}

#[test]
fn one_that_names_several_is_read_for_each() {
    let of = |references: &str, most: usize| {
        let text = format!(
            "UNB+UNOC:3+A+B+260102:1200+X'UNH+1+APERAK:D:96A:UN'BGM+313+7+27'{references}ERC+X:ZZZ'UNT+5+1'UNZ+1+X'"
        );
        let (wholes, _) = read(text.as_bytes(), &Options::default());
        let (each, more) = Aperak::read(&wholes[0].messages[0]).unwrap().each(most);
        let said =
            each.iter().map(|one| format!("{}|{}|{}|{}", one.invoice, one.interchange, one.message, one.errors.len()));
        (said.collect::<Vec<_>>(), more)
    };
    assert_eq!(of("RFF+ACW:R/1'", 9), (vec!["|R|1|1".to_owned()], false));
    assert_eq!(of("RFF+ACW:R/1'RFF+ACW:R/2'", 9), (vec!["|R|1|1".to_owned(), "|R|2|1".to_owned()], false));
    assert_eq!(of("RFF+IV:A'RFF+ACW:R/1'RFF+IV:B'RFF+ACW:R/2'", 9).0, ["A|R|1|1", "B|R|2|1"]);
    assert_eq!(of("RFF+IV:A'RFF+ACW:R/1'RFF+ACW:R/2'", 9).0, ["A|R|1|1", "|R|2|1"]);
    assert_eq!(of("RFF+IV:A'RFF+IV:A'RFF+IV:B'", 1), (vec!["A|||1".to_owned()], true));
}
