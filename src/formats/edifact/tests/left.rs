//! Nothing that a message says goes in silence: components that are filled change what is read, or are told.

use super::super::left::is_silent;
use super::*;
use crate::formats::edifact::structure::{Directory, tag};

/// A segment as its elements and their components.
type Parts = Vec<Vec<String>>;

fn parts(segment: &str) -> Parts {
    segment.split('+').map(|element| element.split(':').map(str::to_owned).collect()).collect()
}

fn written(segments: &[Parts]) -> String {
    let element = |e: &Vec<String>| e.join(":");
    let segment = |s: &Parts| s.iter().map(element).collect::<Vec<_>>().join("+") + "'";
    segments.iter().map(segment).collect()
}

/// All terms and what is said of them.
fn said(draft: &Draft) -> Vec<(Term, String)> {
    let whole = draft.said.iter().flat_map(|s| std::iter::once(s).chain(&s.parts));
    let mut all: Vec<_> = whole.map(|s| (s.term, s.text.clone())).collect();
    draft.groups.iter().for_each(|group| all.extend(said(group)));
    all
}

const BODY: &str = "BGM+380+F-1+9'DTM+137:20261122:102'PAI+::30'FTX+AAI+++Merci'FTX+AAB+++30 jours'RFF+ON:C1'DTM+171:20261101:102'NAD+SU+3012345678902::9++Morel+1 rue A+Lyon++69007+FR'FII+RB+FR761:Morel+AGRIFRPP'RFF+VA:FR11123456782'CTA+IC+:Marie'COM+01:TE'NAD+BY+K7::92++Kerguelen+r+Brest++29200+FR'CUX+2:EUR:4'PAT+3'DTM+13:20261222:102'ALC+A++++TD'PCD+1:10'MOA+8:10'TAX+7+VAT+++:::20+S'LIN+1++3012345678902:EN'PIA+1+S7:SA'IMD+F++:::Nom'QTY+47:10:PCE'ALI+FR'MOA+203:90'PRI+AAA:9:::1:PCE'RFF+ON:C1:1'TAX+7+VAT+++:::20+S'ALC+C++++FC'MOA+8:0'UNS+S'MOA+79:90'MOA+125:80'MOA+176:16'MOA+77:96'TAX+7+VAT+++:::20+S'MOA+124:16'MOA+125:80'";

#[test]
fn whatever_is_filled_is_read_or_told() {
    let mut missed = Vec::new();
    for (release, directory) in [("96A", Directory::D96A), ("01B", Directory::D01B), ("14B", Directory::D16B)] {
        let body = if directory == Directory::D16B { BODY.replace("PAT+", "PYT+") } else { BODY.to_owned() };
        let base: Vec<Parts> = body.trim_end_matches('\'').split('\'').map(parts).collect();
        let before = of(release, &written(&base));
        let known = said(&before.draft);
        let told = |stated: &Stated| (stated.untaken.len(), stated.faults.len(), stated.doubts.len());
        let mut tried = 0;
        for (at, segment) in base.iter().enumerate() {
            let name = &segment[0][0];
            // Who is told of a segment as a whole need not be told of its components. UNH is the first segment.
            let whole = |one: &Untaken| matches!(&one.place, Some(Place::Edifact { segment, element: 0, .. }) if *segment as usize == at + 2);
            if before.untaken.iter().any(whole) {
                continue;
            }
            for (e, form) in (1..).zip(directory.forms().get(name).unwrap_or_default()) {
                for (c, component) in (1..).zip(&form.components) {
                    let filled = segment.get(e).and_then(|e| e.get(c - 1)).is_some_and(|text| !text.is_empty());
                    if name == "UNS" || filled || is_silent(directory, tag(name), e, c, "1") {
                        continue;
                    }
                    let mut changed = base.clone();
                    let own = &mut changed[at];
                    own.resize(own.len().max(e + 1), vec![String::new()]);
                    let length = own[e].len().max(c);
                    own[e].resize(length, String::new());
                    own[e][c - 1] = "1".repeat(usize::from(component.least.max(1)));
                    let after = of(release, &written(&changed));
                    tried += 1;
                    if said(&after.draft) == known && told(&after) == told(&before) {
                        missed.push(format!("{name} {e}.{c} ({}) {release}", component.number));
                    }
                }
            }
        }
        assert!(tried > 100, "{directory:?}: {tried}");
    }
    // A level that all lines have says nothing of any.
    missed.retain(|one| !one.starts_with("LIN 5.1 (1222)"));
    assert_eq!(missed, Vec::<String>::new());
}

#[test]
fn components_are_told_at_their_place() {
    let left = |body: &str| -> Vec<(String, Option<Place>)> {
        of("96A", body).untaken.into_iter().map(|one| (one.segment, one.place)).collect()
    };
    let body = format!(
        "{HEAD}NAD+SU+1::9++Morel'CTA+PD+:Marie'CUX+2:EUR:4'LIN+1'ALI+FR++64E+65E'TAX+7+VAT++4711+:::20+S'UNS+S'MOA+79:1'"
    );
    let found = left(&body);
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["CTA+PD 1.1", "ALI+FR 3.1", "ALI+FR 4.1", "TAX+7 4.1"]);
    let Some(Place::Edifact { segment, element, component, .. }) = found[3].1 else { panic!("{found:?}") };
    assert_eq!((segment, element, component), (9, 4, 1));
    // What only says how the rest is read is not told.
    assert!(
        left(&format!(
            "{HEAD}NAD+SU+1::9++Morel'CTA+IC+:Marie'CUX+2:EUR:4'LIN+1'ALI+FR'MOA+203:1:EUR:4'UNS+S'MOA+79:1'"
        ))
        .is_empty()
    );
}

#[test]
fn what_has_no_place_is_told_as_not_carried() {
    let told = |extra: &str| {
        let body = format!("{HEAD}LIN+1'UNS+S'{extra}CNT+2:1'MOA+79:1'");
        of("96A", &body).untaken.into_iter().map(|one| one.segment).collect::<Vec<_>>()
    };
    assert_eq!(told("LOC+7+FRPAR'"), ["LOC+7"]);
    assert_eq!(told("XYZ+ABC'"), ["XYZ+ABC"]);
    assert!(told("").is_empty());
}

#[test]
fn two_days_on_which_payment_is_due_contradict_each_other() {
    let doubts = |second: &str| {
        let body = format!("{HEAD}PAT+1'DTM+13:20261222:102'PAT+1'DTM+13:{second}:102'LIN+1'UNS+S'MOA+79:1'");
        of("96A", &body).doubts.into_iter().map(|doubt| (doubt.term, doubt.open)).collect::<Vec<_>>()
    };
    assert_eq!(doubts("20270110"), [(bt::BT_9, true)]);
    assert!(doubts("20261222").is_empty());
}

#[test]
fn a_qualifier_that_is_too_long_is_shown_as_far_as_it_tells_which_it_is() {
    let of = |summary: &str| {
        let stated = of("96A", &format!("{HEAD}CUX+2:EUR'LIN+1'MOA+203:1'UNS+S'MOA+79:1'{summary}"));
        stated.untaken.into_iter().map(|one| one.segment).collect::<Vec<_>>()
    };
    assert_eq!(of("MOA+9ABCDEF:1'"), ["MOA+9ABCDEF"]);
    assert_eq!(of("MOA+9ABCDEFGHIJ:1'"), ["MOA+9ABCDEFG…"]);
    assert_eq!(of("MOA+9\0\0:1'"), ["MOA+9\\u{0}\\u{0}"]);
}
