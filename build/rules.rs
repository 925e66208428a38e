//! Writes the rule packs as Rust statics. A rule that two packs have in the same words is one static.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::bans::Bans;
use super::catalogue::{Doc, Pack, Phase, Rule, SYNTAXES};
use super::codes::CodeList;
use super::names::Names;
use super::terms::{self, Term};
use super::{list, notation};

pub fn rust(packs: &[Pack], lists: &[CodeList], terms: &[Term], names: &Names) -> String {
    let mut out = String::new();
    let mut written: BTreeMap<String, usize> = BTreeMap::new();
    let mut all: Vec<String> = Vec::new();
    let mut statics = Vec::new();
    for pack in packs {
        let numbers: Vec<usize> = pack
            .rules
            .iter()
            .map(|r| {
                let text = rule(r, pack, terms);
                *written.entry(text).or_insert_with_key(|text| {
                    all.push(text.clone());
                    all.len() - 1
                })
            })
            .collect();
        let prefix = constant(&format!("{}-{}", pack.about.id, pack.about.version));
        for syntax in SYNTAXES {
            writeln!(out, "static {prefix}_{}: Table = {};", syntax.to_uppercase(), table(pack, syntax, names))
                .expect("string");
        }
        let rules = list(numbers.iter().map(|n| format!("&RULES[{n}]")));
        writeln!(out, "static {prefix}_RULES: &[&Rule] = {rules};").expect("string");
        statics.push(about(pack, lists, &prefix));
    }
    out.push_str(&notation::patterns());
    writeln!(out, "static RULES: [Rule; {}] = [{}];", all.len(), all.join(",")).expect("string");
    writeln!(out, "pub static PACKS: [Pack; {}] = [{}];", statics.len(), statics.join(",")).expect("string");
    out
}

fn about(pack: &Pack, lists: &[CodeList], prefix: &str) -> String {
    let about = &pack.about;
    let mut whole = pack.text.clone();
    for l in lists {
        write!(whole, "\n{}\n{}", l.name, l.codes.join("\n")).expect("string");
    }
    let hex = Sha256::digest(whole).iter().fold(String::new(), |s, b| s + &format!("{b:02x}"));
    let [from, before] = [&about.from, &about.before].map(|day| optional_day(day.as_ref()));
    format!(
        "Pack {{ id: {:?}, version: {:?}, sha256: {hex:?}, title_fr: {:?}, title_en: {:?}, source_fr: {:?}, source_en: {:?}, \
         judged_fr: {:?}, judged_en: {:?}, \
         from: {from}, before: {before}, own_examples: {}, unpublished: {}, calendar: {}, rules: {prefix}_RULES, ubl: &{prefix}_UBL, cii: &{prefix}_CII, \
         cdar: &{prefix}_CDAR }}",
        about.id,
        about.version,
        about.fr.title,
        about.en.title,
        about.fr.source,
        about.en.source,
        about.fr.judged,
        about.en.judged,
        about.own_examples,
        about.unpublished,
        list(about.calendar.iter().map(phase)),
    )
}

fn phase(phase: &Phase) -> String {
    let direction = match phase.direction.as_str() {
        "out" => "Direction::Out",
        "in" => "Direction::In",
        other => panic!("no direction {other}"),
    };
    format!("Phase {{ direction: {direction}, warning_until: {} }}", optional_day(phase.warning_until.as_ref()))
}

/// A day, or none.
fn optional_day(value: Option<&toml::value::Datetime>) -> String {
    value.map_or("None".to_owned(), |value| format!("Some({})", day(value)))
}

/// A day as written in the reports, YYYY-MM-DD.
fn day(value: &toml::value::Datetime) -> String {
    let date = value.date.unwrap_or_else(|| panic!("{value} is no day"));
    format!("match Day::new({}, {}, {}) {{ Some(day) => day, None => panic!() }}", date.year, date.month, date.day)
}

/// Contexts in their order, each with its rules, and for each name the contexts that an element of that name may be in.
fn table(pack: &Pack, syntax: &str, names: &Names) -> String {
    let passes = pack.contexts.get(syntax).map_or(&[][..], Vec::as_slice);
    let mut entries: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut bans: BTreeMap<String, Bans> = BTreeMap::new();
    for (number, rule) in pack.rules.iter().enumerate() {
        let row = rule.row_of(syntax);
        let of_row = |row: &str| row.split(';').map(|part| part.trim().to_owned()).collect::<Vec<_>>();
        let beside = if syntax == "cii" { of_row(&rule.edi) } else { Vec::new() };
        let own = of_row(row).into_iter().map(|part| (part, false));
        for (part, edi) in own.chain(beside.into_iter().map(|part| (part, true))).filter(|(part, _)| !part.is_empty()) {
            let (context, question) = part.split_once(": ").unwrap_or_else(|| panic!("{}: {part}", rule.id));
            if question.starts_with("never ") {
                continue;
            }
            let severity = severity_in(rule, syntax);
            let entry = |ask: &str| format!("Entry {{ rule: {number}, severity: {severity}, ask: {ask} }}");
            let context = context.trim().to_owned();
            match question.strip_prefix("none ") {
                Some(paths) => bans.entry(context).or_default().add(paths, entry("Ask::True")),
                None => {
                    let ask = notation::ask(question, names);
                    let ask = if edi { format!("Ask::When(&Ask::Edi, &{ask})") } else { ask };
                    entries.entry(context).or_default().push(entry(&ask));
                }
            }
        }
    }
    let mut contexts = Vec::new();
    let mut by_name: Vec<Vec<String>> = vec![Vec::new(); names.count()];
    let mut loose = Vec::new();
    for (pass, (_, lines)) in passes.iter().enumerate() {
        for (name, paths) in lines {
            let own = list(entries.remove(name).unwrap_or_default());
            let banned = bans.remove(name).unwrap_or_default().rust(names);
            for (last, rust) in notation::contexts(paths, names) {
                let around = last.around.map_or("None".to_owned(), |name| format!("Some(Name({name}))"));
                let candidate = format!("Candidate {{ context: {}, around: {around} }}", contexts.len());
                for &name in &last.known {
                    by_name[name].push(candidate.clone());
                }
                if last.loose {
                    loose.push(candidate);
                }
                contexts.push(format!("Context {{ pass: {pass}, {rust}, entries: {own}, {banned} }}"));
            }
        }
    }
    let id = &pack.about.id;
    assert!(entries.is_empty(), "{id}, {syntax}: no such context: {:?}", entries.keys());
    assert!(bans.is_empty(), "{id}, {syntax}: no such context: {:?}", bans.keys());
    let mut starts = vec![0usize];
    let mut flat = Vec::new();
    for list in by_name {
        flat.extend(list);
        starts.push(flat.len());
    }
    let numbers = |all: Vec<usize>| list(all.iter().map(usize::to_string));
    format!(
        "Table {{ contexts: {}, starts: {}, flat: {}, loose: {}, needs: Once::new(), count: Counted::new() }}",
        list(contexts),
        numbers(starts),
        list(flat),
        list(loose)
    )
}

fn rule(rule: &Rule, pack: &Pack, terms: &[Term]) -> String {
    let id = &rule.id;
    assert!(
        rule.edi.is_empty() || !rule.cii.is_empty(),
        "{id}: what is asked of EDI stands beside what is asked of CII"
    );
    for text in [&rule.fr, &rule.en] {
        for (section, content) in
            [("title", &text.title), ("why", &text.why), ("fix", &text.fix), ("message", &text.message)]
        {
            assert!(!content.trim().is_empty(), "{id}: {section} is empty");
        }
    }
    let doc = |d: &Doc| {
        format!(
            "Doc {{ title: {:?}, why: {:?}, fix: {:?}, message: {:?}, odd: {:?} }}",
            d.title, d.why, d.fix, d.message, d.odd
        )
    };
    let list_of_terms = list(rule.terms.iter().map(|t| format!("Term({})", terms::number(terms, t))));
    let group = if rule.group.is_empty() { id } else { &rule.group };
    format!(
        "Rule {{ id: {id:?}, group: {group:?}, severity_ubl: {}, severity_cii: {}, severity_cdar: {}, terms: {list_of_terms}, never: {}, steady: {}, ubl: {:?}, cii: {:?}, cdar: {:?}, asked_ubl: {}, asked_cii: {}, asked_cdar: {}, asked_edi: {}, wrong: {:?}, right: {:?}, right_cii: {:?}, expected: {:?}, fr: {}, en: {} }}",
        severity_in(rule, "ubl"),
        severity_in(rule, "cii"),
        severity_in(rule, "cdar"),
        rule.never,
        rule.steady,
        notation::shown(&rule.ubl),
        notation::shown(&rule.cii),
        notation::shown(&rule.cdar),
        asked(pack, "ubl", &rule.ubl),
        asked(pack, "cii", &rule.cii),
        asked(pack, "cdar", &rule.cdar),
        asked(pack, "cii", &rule.edi),
        rule.wrong,
        rule.right,
        rule.right_cii,
        rule.expected,
        doc(&rule.fr),
        doc(&rule.en)
    )
}

/// The assertions of a row for people: the paths of the elements that are judged, and what is asked of them.
fn asked(pack: &Pack, syntax: &str, row: &str) -> String {
    let contexts = || pack.contexts.get(syntax).into_iter().flatten().flat_map(|(_, lines)| lines);
    let parts = row.split(';').map(str::trim).filter(|p| !p.is_empty()).map(|part| {
        let (name, question) = part.split_once(": ").unwrap_or_else(|| panic!("{part}"));
        let path = contexts().find(|(known, _)| known == name.trim()).map_or("", |(_, path)| path);
        format!("({:?}, {:?})", notation::shown(path), notation::shown(question.trim()))
    });
    list(parts)
}

/// Its severity in a syntax: that of the syntax where it has one of its own.
fn severity_in(rule: &Rule, syntax: &str) -> &'static str {
    let own = match syntax {
        "ubl" => rule.ubl_severity.as_str(),
        "cii" => rule.cii_severity.as_str(),
        _ => "",
    };
    severity(if own.is_empty() { &rule.severity } else { own })
}

fn severity(text: &str) -> &'static str {
    match text {
        "" | "fatal" => "Severity::Fatal",
        "warning" => "Severity::Warning",
        "information" => "Severity::Information",
        other => panic!("no severity {other}"),
    }
}

fn constant(name: &str) -> String {
    name.to_uppercase().replace(['-', '.', ' '], "_")
}
