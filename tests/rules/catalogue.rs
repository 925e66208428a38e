//! What a pack that extends another takes, leaves, changes and adds; and what stops the build.

use std::collections::BTreeMap;
use std::fs;
use std::panic::catch_unwind;

use super::built::catalogue::{Pack, Rule, read};

const BASE: &str = r#"
[contexts.ubl]
first = ["wide = cac:A", "narrow = cac:A/cac:B", "last = cac:C"]
[each]
vat = [["S", "standard"], ["Z", "zero"]]
[[rule]]
id = "R-1"
severity = "warning"
terms = ["BT-1"]
ubl = "wide: has cbc:ID"
cii = "other: has ram:ID"
wrong = "<wrong/>"
[rule.fr]
title = "titre"
odd = "particularité"
[rule.en]
title = "title"
[[rule]]
id = "R-2-%1"
each = "vat"
ubl = "last: has cbc:%2"
"#;

const CATALOGUE: &str = r#"
[[pack]]
id = "base"
version = "1"
files = ["base.toml"]
fr = { title = "t", source = "s" }
en = { title = "t", source = "s" }

[[pack]]
id = "more"
version = "1"
extends = "base"
files = ["more.toml"]
fr = { title = "t", source = "s" }
en = { title = "t", source = "s" }
"#;

/// The packs of a catalogue and its files.
fn packs(catalogue: &str, more: &str) -> Vec<Pack> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("packs.toml", catalogue), ("base.toml", BASE), ("more.toml", more)] {
        fs::write(folder.path().join(name), text).expect("it is written");
    }
    read(folder.path(), &[])
}

fn extended(more: &str) -> (Pack, Pack) {
    let [base, more] = <[Pack; 2]>::try_from(packs(CATALOGUE, more)).ok().expect("two packs");
    (base, more)
}

fn rule<'p>(pack: &'p Pack, id: &str) -> Option<&'p Rule> {
    pack.rules.iter().find(|rule| rule.id == id)
}

fn contexts<'p>(pack: &'p Pack, syntax: &str) -> BTreeMap<&'p str, Vec<String>> {
    let passes = pack.contexts.get(syntax).into_iter().flatten();
    passes.map(|(pass, all)| (pass.as_str(), all.iter().map(|(n, p)| format!("{n} = {p}")).collect())).collect()
}

/// The sentence that a catalogue stops the build with.
fn stopped(catalogue: &str, more: &str) -> String {
    let (catalogue, more) = (catalogue.to_owned(), more.to_owned());
    let panic = catch_unwind(move || packs(&catalogue, &more).len()).expect_err("it is refused");
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|t| (*t).to_owned()))
        .expect("a text")
}

#[test]
fn a_pack_that_says_nothing_is_the_one_it_extends() {
    let (base, more) = extended("");
    let ids = |pack: &Pack| pack.rules.iter().map(|r| (r.id.clone(), r.ubl.clone(), r.cii.clone())).collect::<Vec<_>>();
    assert_eq!(ids(&base), ids(&more));
    assert_eq!(ids(&base).len(), 3);
    assert_eq!(base.contexts, more.contexts);
    // What it was made from tells them apart all the same.
    assert!(more.text.starts_with(&base.text) && more.text != base.text);
}

#[test]
fn a_rule_is_taken_away_in_the_syntax_that_says_so() {
    let (base, more) = extended("[without]\nubl = [\"R-1\", \"R-2-S\"]\n");
    assert_eq!(rule(&more, "R-1").map(|r| (r.ubl.as_str(), r.cii.as_str())), Some(("", "other: has ram:ID")));
    // Gone in all that it had.
    assert!(rule(&more, "R-2-S").is_none() && rule(&more, "R-2-Z").is_some());
    assert!(rule(&base, "R-2-S").is_some(), "the other pack keeps it");
}

#[test]
fn contexts_take_their_place() {
    let (_, more) = extended(
        "[contexts.ubl]\nfirst = [\"narrow = cac:A/cac:N\", \"new < narrow = cac:D\", \"end = cac:E\"]\nsecond = [\"own = cac:F\"]\n[contexts.cii]\nfirst = [\"cii = ram:A\"]\n",
    );
    let ubl = contexts(&more, "ubl");
    assert_eq!(ubl["first"], ["wide = cac:A", "new = cac:D", "narrow = cac:A/cac:N", "last = cac:C", "end = cac:E"]);
    assert_eq!(ubl["second"], ["own = cac:F"]);
    let order: Vec<&str> = more.contexts["ubl"].iter().map(|(pass, _)| pass.as_str()).collect();
    assert_eq!(order, ["first", "second"], "a new pass stands last");
    assert_eq!(contexts(&more, "cii")["first"], ["cii = ram:A"]);
}

#[test]
fn contexts_repeat_before_another_in_their_order() {
    let (_, more) = extended(
        "[each]\nvat = [[\"S\"], [\"Z\"]]\n[contexts.ubl]\nfirst = [\"@vat vat-%1 < last = cac:T{cbc:ID = '%1'}\"]\n",
    );
    let first = contexts(&more, "ubl").remove("first").expect("the pass");
    assert_eq!(first[2..4], ["vat-S = cac:T{cbc:ID = 'S'}", "vat-Z = cac:T{cbc:ID = 'Z'}"]);
    assert_eq!(first[4], "last = cac:C");
}

#[test]
fn like_fills_what_is_not_said() {
    let (_, more) = extended(
        "[[rule]]\nid = \"R-1\"\nlike = \"R-1\"\ncii = \"other: true\"\n[rule.en]\ntitle = \"new\"\n\n[[rule]]\nid = \"OWN-1\"\nlike = \"R-1\"\nseverity = \"fatal\"\nubl = \"wide: true\"\n[rule.fr]\ntitle = \"autre\"\n",
    );
    let same = rule(&more, "R-1").expect("it stands");
    // Of the same id: the row of the other syntax stays.
    assert_eq!((same.ubl.as_str(), same.cii.as_str()), ("wide: has cbc:ID", "other: true"));
    assert_eq!((same.fr.title.as_str(), same.en.title.as_str(), same.severity.as_str()), ("titre", "new", "warning"));
    // Of its own id: words and terms, and no row that it does not say.
    let own = rule(&more, "OWN-1").expect("it stands");
    assert_eq!((own.ubl.as_str(), own.cii.as_str(), own.severity.as_str()), ("wide: true", "", "fatal"));
    // As the rule that it is like reads here, changed before it.
    assert_eq!((own.fr.title.as_str(), own.fr.odd.as_str(), own.en.title.as_str()), ("autre", "particularité", "new"));
    assert_eq!((own.terms.as_slice(), own.wrong.as_str()), (&["BT-1".to_owned()][..], "<wrong/>"));
    // In its place, and not a second time.
    let ids: Vec<&str> = more.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["R-1", "R-2-S", "R-2-Z", "OWN-1"]);
}

#[test]
fn like_may_name_a_rule_that_is_taken_away_and_one_of_the_same_pack() {
    let (_, more) = extended(
        "[without]\nubl = [\"R-1\"]\ncii = [\"R-1\"]\n[[rule]]\nid = \"A\"\nlike = \"R-1\"\nubl = \"wide: true\"\n\n[[rule]]\nid = \"B\"\nlike = \"A\"\nubl = \"last: true\"\n",
    );
    assert!(rule(&more, "R-1").is_none());
    assert_eq!(rule(&more, "B").map(|r| (r.ubl.as_str(), r.fr.title.as_str())), Some(("last: true", "titre")));
}

#[test]
fn what_does_not_read_stops_the_build() {
    for (more, said) in [
        ("[without]\nubl = [\"R-9\"]\n", "without R-9"),
        ("[contexts.ubl]\nfirst = [\"new < nowhere = cac:D\"]\n", "no nowhere"),
        ("[contexts.ubl]\nfirst = [\"wide < last = cac:D\"]\n", "stands already"),
        ("[contexts.ubl]\nfirst = [\"no path\"]\n", "context no path"),
        ("[contexts.ubl]\nfirst = [\"@rates r-%1 = cac:D\"]\n", "no each rates"),
        ("[[rule]]\nid = \"X\"\nlike = \"R-9\"\nubl = \"wide: true\"\n", "X: no R-9"),
        ("[[rule]]\nid = \"X\"\neach = \"rates\"\n", "X: no each rates"),
        ("[[rule]]\nid = \"X\"\ncolour = \"blue\"\n", "unknown field"),
        ("[with]\n", "unknown field"),
    ] {
        let told = stopped(CATALOGUE, more);
        assert!(told.contains(said), "{more}: {told}");
    }
    for (from, to, said) in [
        ("extends = \"base\"", "extends = \"nobody\"", "does not stand before it"),
        ("extends = \"base\"", "extends = \"base 2\"", "does not stand before it"),
        ("extends = \"base\"", "extend = \"base\"", "unknown field"),
        ("more.toml", "less.toml", "less.toml"),
    ] {
        let told = stopped(&CATALOGUE.replace(from, to), "");
        assert!(told.contains(said), "{to}: {told}");
    }
}

#[test]
fn a_pack_names_the_version_that_it_extends() {
    let second = CATALOGUE.replace("[[pack]]\nid = \"more\"", "[[pack]]\nid = \"base\"\nversion = \"2\"\nfrom = 2027-01-01\nextends = \"base 1\"\nfiles = [\"more.toml\"]\nfr = { title = \"t\", source = \"s\" }\nen = { title = \"t\", source = \"s\" }\n\n[[pack]]\nid = \"more\"");
    let more = "[without]\nubl = [\"R-2-Z\"]\n";
    for (extends, left) in [("extends = \"base\"\nfiles = []", false), ("extends = \"base 1\"\nfiles = []", true)] {
        let all = packs(&second.replace("extends = \"base\"\nfiles = [\"more.toml\"]", extends), more);
        assert_eq!(rule(all.last().expect("three"), "R-2-Z").is_some(), left, "{extends}");
    }
}

/// Two versions of a pack, the second with what is said of it.
fn versions(first: &str, second: &str) -> String {
    let about = "files = []\nfr = { title = \"t\", source = \"s\" }\nen = { title = \"t\", source = \"s\" }\n";
    format!("[[pack]]\nid = \"base\"\n{first}\n{about}[[pack]]\nid = \"base\"\nextends = \"base\"\n{second}\n{about}")
}

#[test]
fn a_version_ends_where_the_next_begins() {
    let third = "[[pack]]\nid = \"other\"\nversion = \"1\"\nfiles = []\nfr = { title = \"t\", source = \"s\" }\nen = { title = \"t\", source = \"s\" }\n";
    for first in ["", "from = 2026-01-01"] {
        let two = versions(&format!("version = \"1\"\n{first}"), "version = \"2\"\nfrom = 2027-01-01");
        let all = packs(&format!("{two}{third}"), "");
        let days = |day: Option<toml::value::Datetime>| day.map(|day| day.to_string()).unwrap_or_default();
        let told: Vec<_> = all.iter().map(|pack| (days(pack.about.from), days(pack.about.before))).collect();
        let said = |from: &str, before: &str| (from.to_owned(), before.to_owned());
        let began = first.trim_start_matches("from = ");
        assert_eq!(told, [said(began, "2027-01-01"), said("2027-01-01", ""), said("", "")]);
    }
}

#[test]
fn two_versions_in_force_on_one_day_stop_the_build() {
    for (first, second, said) in [
        (
            "version = \"1\"",
            "version = \"2\"",
            "base 2 does not say from which day it takes the place of base 1: `from`",
        ),
        (
            "version = \"1\"\nfrom = 2027-01-01",
            "version = \"2\"\nfrom = 2027-01-01",
            "base 1 is from 2027-01-01 and base 2, which stands after it, from 2027-01-01: both would be in force",
        ),
        ("version = \"1\"\nfrom = 2027-01-02", "version = \"2\"\nfrom = 2027-01-01", "both would be in force"),
        ("version = \"1\"", "version = \"1\"\nfrom = 2027-01-01", "base 1 stands twice"),
        ("version = \"1\"", "version = \"2\"\nfrom = 2027-01-01T08:00:00", "is no day"),
        ("version = \"1\"", "version = \"2\"\nfrom = 08:00:00", "is no day"),
        (
            "version = \"1\"",
            "version = \"2\"\nfrom = 2027-01-01\ncalendar = [{ direction = \"out\" }, { direction = \"out\", warning_until = 2027-02-01 }]",
            "base 2 has two calendars of the direction out",
        ),
    ] {
        let told = stopped(&versions(first, second), "");
        assert!(told.contains(said), "{second}: {told}");
    }
}
