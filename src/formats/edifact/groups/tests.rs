use super::*;
use crate::edifact::{Options, read};
use crate::formats::edifact::structure::Directory;
use crate::limits;

fn placed(body: &str, directory: Directory) -> Vec<String> {
    let (groups, _) = tree(body, directory);
    groups
}

fn tree(body: &str, directory: Directory) -> (Vec<String>, Vec<u8>) {
    let count = body.matches('\'').count() + 2;
    let bytes = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:96A:UN'{body}UNT+{count}+1'UNZ+1+1'");
    let (wholes, _) = read(bytes.as_bytes(), &Options::default());
    let message = &wholes[0].messages[0];
    let groups = Groups::of(message, directory.structure(), &Strictness::LENIENT);
    let mut lines = Vec::new();
    fn walk(groups: &Groups<'_>, node: u32, path: &str, lines: &mut Vec<String>) {
        let path = format!("{path}/{}", groups.name(node));
        for segment in groups.own(node).filter(|s| !groups.aside.contains(s)) {
            lines.push(format!("{path} {}", text(groups.tag(segment))));
        }
        for child in groups.children(node) {
            walk(groups, child, &path, lines);
        }
    }
    walk(&groups, MESSAGE, "", &mut lines);
    (lines, groups.faults.iter().map(|f| f.code).collect())
}

const HEAD: &str = "BGM+380+1'DTM+137:20261122:102'";

#[test]
fn the_same_tag_is_told_by_its_place() {
    let body = format!(
        "{HEAD}TAX+7+VAT'MOA+124:1'ALC+A'MOA+8:1'TAX+7+VAT'LIN+1'MOA+203:1'TAX+7+VAT'MOA+124:1'ALC+C'MOA+8:2'UNS+S'MOA+79:1'TAX+7+VAT'MOA+125:1'"
    );
    let (lines, faults) = tree(&body, Directory::D96A);
    assert_eq!(faults, Vec::<u8>::new());
    let wanted = [
        "/INVOIC/SG6 TAX",
        "/INVOIC/SG6 MOA",
        "/INVOIC/SG15 ALC",
        "/INVOIC/SG15/SG19 MOA",
        "/INVOIC/SG15/SG21 TAX",
        "/INVOIC/SG25 LIN",
        "/INVOIC/SG25/SG26 MOA",
        "/INVOIC/SG25/SG33 TAX",
        "/INVOIC/SG25/SG33 MOA",
        "/INVOIC/SG25/SG38 ALC",
        "/INVOIC/SG25/SG38/SG41 MOA",
        "/INVOIC/UNS UNS",
        "/INVOIC/UNS/SG48 MOA",
        "/INVOIC/UNS/SG50 TAX",
        "/INVOIC/UNS/SG50 MOA",
    ];
    assert_eq!(lines[3..], wanted);
    let other = placed(&body, Directory::D16B);
    assert!(other.contains(&"/INVOIC/SG27/SG40/SG43 MOA".to_owned()), "{other:?}");
}

#[test]
fn what_has_no_place_is_kept_aside_with_what_belongs_to_it() {
    // A party behind the currency: neither it nor its reference is read as another's.
    let body = format!("{HEAD}NAD+SU'RFF+VA:1'CUX+2:EUR'NAD+BY'RFF+VA:2'XYZ+1'LIN+1'UNS+S'MOA+79:1'");
    let (lines, faults) = tree(&body, Directory::D96A);
    assert_eq!(faults, [15, 15]);
    assert_eq!(lines.iter().filter(|l| l.ends_with("RFF")).count(), 1);
    assert!(lines.contains(&"/INVOIC/SG25 LIN".to_owned()));
}

#[test]
fn what_may_hide_an_amount_refuses_and_logistics_do_not() {
    for (segment, lost) in [
        ("LOC+1'", false),
        ("TDT+20'LOC+1'", false),
        ("MOA+9:1'", true),
        ("RTE+1:2'", true),
        ("XYZ+ABC:D'", false),
        ("XYZ+ABC:12.50'", true),
        // Text behind an apostrophe that was not released: of which nobody knows how it went on.
        ("escompte pour paiement'", true),
        ("ETE'", true),
        // What is set aside with it is a date, of which a term may be made.
        ("TDT+20'LOC+1'DTM+35:20261122:102'", true),
    ] {
        let body = format!("{HEAD}CUX+2:EUR'TOD+1'{segment}LIN+1'UNS+S'MOA+79:1'");
        let body = body.replace("TOD+1'TDT", "TOD+1'PAC'TDT").replace("TOD+1'LOC+1'", "TOD+1'PAC'LOC+1'");
        let bytes = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:96A:UN'{body}UNT+9+1'UNZ+1+1'");
        let (wholes, _) = read(bytes.as_bytes(), &Options::default());
        let message = &wholes[0].messages[0];
        for strictness in [Strictness::LENIENT, Strictness::STRICT] {
            let groups = Groups::of(message, Directory::D96A.structure(), &strictness);
            let refuses = groups.faults.iter().any(Fault::refuses);
            let strict = strictness == Strictness::STRICT;
            assert_eq!((groups.faults.len(), refuses), (1, lost || strict), "{segment} {:?}", groups.faults);
        }
    }
    // However much is only logistics, the amount among it is told.
    let body = format!("{HEAD}{}RTE+1:2'LIN+1'UNS+S'MOA+79:1'", "QVR'".repeat(limits::EDIFACT_FAULTS + 10));
    let bytes = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:96A:UN'{body}UNT+9+1'UNZ+1+1'");
    let (wholes, _) = read(bytes.as_bytes(), &Options::default());
    let groups = Groups::of(&wholes[0].messages[0], Directory::D96A.structure(), &Strictness::LENIENT);
    assert_eq!(groups.faults.len(), limits::EDIFACT_FAULTS + 1);
    assert!(groups.faults.iter().any(|f| f.refuses() && f.tag == "RTE"));
}

#[test]
fn what_is_missing_is_told_behind_the_segment_before_it() {
    for (body, place) in [
        ("BGM+380+1'FTX+AAI+++A'LIN+1'UNS+S'MOA+79:1'", 2),
        ("DTM+137:20261122:102'LIN+1'UNS+S'MOA+79:1'", 1),
        ("BGM+380+1'DTM+137:20261122:102'LIN+1'UNS+S'CNT+2:1'TAX+7+VAT'MOA+124:1'", 6),
        ("BGM+380+1'DTM+137:20261122:102'LIN+1'UNS+S'CNT+2:1'", 6),
        // Without UNS, behind what is left of the lines.
        ("BGM+380+1'DTM+137:20261122:102'LIN+1'IMD+F'CNT+2:1'MOA+79:1'", 5),
    ] {
        let bytes = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:96A:UN'{body}UNT+9+1'UNZ+1+1'");
        let (wholes, _) = read(bytes.as_bytes(), &Options::default());
        let message = &wholes[0].messages[0];
        let groups = Groups::of(message, Directory::D96A.structure(), &Strictness::LENIENT);
        let missing: Vec<u32> = groups.faults.iter().filter(|f| f.code == 13).map(|f| f.place.segment).collect();
        assert_eq!(missing, [place], "{body}");
    }
}

#[test]
fn text_where_a_tag_should_be_is_shown() {
    let body = format!("{HEAD}FTX+AAB+++Pas d'escompte pour paiement'LIN+1'UNS+S'MOA+79:1'");
    let bytes = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:96A:UN'{body}UNT+9+1'UNZ+1+1'");
    let (wholes, _) = read(bytes.as_bytes(), &Options::default());
    let groups = Groups::of(&wholes[0].messages[0], Directory::D96A.structure(), &Strictness::LENIENT);
    let [fault] = &groups.faults[..] else { panic!("{:?}", groups.faults) };
    assert!(fault.refuses() && fault.what.en.contains("\"escompte pour paiement\""), "{}", fault.what.en);
    assert!(fault.what.en.contains("not released (?')"), "{}", fault.what.en);
}

#[test]
fn too_many_are_read_and_told() {
    let dates = "DTM+35:20261122:102'".repeat(36);
    let charges = "ALC+C'MOA+8:1'".repeat(16);
    let body = format!("{HEAD}{dates}LIN+1'{charges}UNS+S'MOA+79:1'");
    let (lines, faults) = tree(&body, Directory::D96A);
    assert_eq!(faults, [35, 36]);
    assert_eq!(lines.iter().filter(|l| l.ends_with("SG38 ALC")).count(), 16);
    assert_eq!(lines.iter().filter(|l| l.ends_with("DTM")).count(), 37);
}

#[test]
fn two_uns_and_none() {
    let body = format!("{HEAD}UNS+D'LIN+1'UNS+S'MOA+79:1'");
    let (lines, faults) = tree(&body, Directory::D96A);
    assert_eq!(faults, [15]);
    assert!(lines.contains(&"/INVOIC/UNS/SG48 MOA".to_owned()) && lines.contains(&"/INVOIC/SG25 LIN".to_owned()));
    let (_, faults) = tree(&format!("{HEAD}LIN+1'MOA+203:1'"), Directory::D96A);
    assert_eq!(faults, [13]);
    let (_, faults) = tree("LIN+1'UNS+S'", Directory::D96A);
    assert_eq!(faults, [13, 13, 13]);
}
