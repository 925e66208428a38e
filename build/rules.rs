//! Turns the rule catalogue (`schemas/rules/*.toml`) and the code lists (`schemas/codes/*.txt`) into Rust statics.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::bans::Bans;
use crate::names::Names;
use crate::plain::{self, Plain};
use crate::terms::{self, Term};
use crate::{list, notation};

/// A code list: its name, heading lines, codes.
pub struct CodeList {
    name: String,
    title: [String; 2],
    fold_case: bool,
    exact: bool,
    codes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    id: String,
    version: String,
    contexts: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// VAT categories and other things rows repeat over: name, then values for `%1`, `%2`, …
    each: BTreeMap<String, Vec<Vec<String>>>,
    rule: Vec<Rule>,
}

/// More of the same pack: contexts of their own, and the sentences of plain rules.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct More {
    contexts: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    plain: BTreeMap<String, Plain>,
    rule: Vec<Rule>,
}

#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub id: String,
    #[serde(default)]
    pub each: String,
    pub terms: Vec<String>,
    #[serde(default)]
    pub severity: String,
    #[serde(default)]
    pub ubl: String,
    #[serde(default)]
    pub cii: String,
    #[serde(default)]
    pub ubl_severity: String,
    #[serde(default)]
    pub cii_severity: String,
    /// What the official artefact never fires on: listed, explained, not run.
    #[serde(default)]
    pub never: bool,
    pub fr: Doc,
    pub en: Doc,
    #[serde(default)]
    pub wrong: String,
    #[serde(default)]
    pub right: String,
    /// What is right in CII, where no piece of our own examples says it.
    #[serde(default)]
    pub right_cii: String,
    /// What is expected, in signs, where the question does not show it.
    #[serde(default)]
    pub expected: String,
}

#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields)]
pub struct Doc {
    pub title: String,
    pub why: String,
    pub fix: String,
    pub message: String,
    #[serde(default)]
    pub odd: String,
}

pub fn codes(folder: &str) -> Vec<CodeList> {
    let mut paths: Vec<_> = fs::read_dir(folder).expect("schemas/codes").map(|e| e.expect("entry").path()).collect();
    paths.sort();
    paths
        .iter()
        .filter(|p| p.extension().is_some_and(|e| e == "txt"))
        .map(|path| {
            let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let mut list = CodeList {
                name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
                title: Default::default(),
                fold_case: false,
                exact: false,
                codes: Vec::new(),
            };
            for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
                match line.strip_prefix("# ") {
                    Some("upper case before looking up") => list.fold_case = true,
                    Some("exactly as written") => list.exact = true,
                    Some(title) => {
                        let (lang, title) = title.split_once(": ").unwrap_or_else(|| panic!("{}: {line}", list.name));
                        list.title[usize::from(lang == "en")] = title.to_owned();
                    }
                    None => list.codes.push(line.to_owned()),
                }
            }
            list.codes.sort_unstable();
            list.codes.dedup();
            assert!(list.title.iter().all(|t| !t.is_empty()), "{}: a title in fr and en", list.name);
            list
        })
        .collect()
}

pub fn codes_rust(lists: &[CodeList]) -> String {
    let mut out = String::new();
    for l in lists {
        let codes = list(l.codes.iter().map(|c| format!("{c:?}")));
        let short = list(l.codes.iter().filter_map(|c| crate::short::key(c)).map(|key| key.to_string()));
        writeln!(
            out,
            "pub static {}: CodeList = CodeList {{ id: {:?}, title_fr: {:?}, title_en: {:?}, fold_case: {}, exact: {}, codes: {codes}, short: {short} }};",
            constant(&l.name), l.name, l.title[0], l.title[1], l.fold_case, l.exact
        ).expect("string");
    }
    let all = list(lists.iter().map(|l| format!("&{}", constant(&l.name))));
    writeln!(out, "pub static ALL: &[&CodeList] = {all};").expect("string");
    out
}

/// The sources of the pack: catalogue, syntax rules with sentences of their own, and the table of the plain ones.
pub struct Sources {
    pub catalogue: String,
    pub syntax: String,
    pub plain: String,
}

pub fn rust(sources: &Sources, lists: &[CodeList], terms: &[Term], names: &Names) -> String {
    let mut catalogue: Catalogue = toml::from_str(&sources.catalogue).unwrap_or_else(|e| panic!("en16931.toml: {e}"));
    let more: More = toml::from_str(&sources.syntax).unwrap_or_else(|e| panic!("en16931-syntax.toml: {e}"));
    let mut paths = BTreeMap::new();
    for (syntax, passes) in more.contexts {
        for line in passes.values().flatten() {
            let (name, path) = line.split_once(" = ").unwrap_or_else(|| panic!("context {line}"));
            paths.insert((syntax.clone(), name.to_owned()), path.to_owned());
        }
        catalogue.contexts.entry(syntax).or_default().extend(passes);
    }
    let mut rules: Vec<Rule> = catalogue.rule.iter().flat_map(|r| repeat(r, &catalogue.each)).collect();
    rules.extend(more.rule);
    rules.extend(plain::rules(&sources.plain, &more.plain, &paths, terms));
    let mut out = String::new();
    for syntax in ["ubl", "cii"] {
        writeln!(out, "pub static {}: Table = {};", syntax.to_uppercase(), table(&catalogue, &rules, syntax, names))
            .expect("string");
    }
    let named = ["ubl", "cii"].map(|syntax| {
        let lines = catalogue.contexts[syntax].values().flatten().flat_map(|l| repeat_line(l, &catalogue.each));
        list(lines.map(|line| format!("{:?}", notation::shown(&line).split_once(" = ").expect("a context has a name"))))
    });
    writeln!(out, "pub static CONTEXTS: [&[(&str, &str)]; 2] = [{}];", named.join(",")).expect("string");
    let rows = rules.iter().map(|r| rule(r, terms));
    writeln!(out, "pub static RULES: &[Rule] = {};", list(rows)).expect("string");
    let digest = Sha256::digest(whole(sources, lists));
    let hex = digest.iter().fold(String::new(), |s, b| s + &format!("{b:02x}"));
    writeln!(
        out,
        "pub static EN16931: Pack = Pack {{ id: {:?}, version: {:?}, sha256: {hex:?}, rules: RULES, ubl: &UBL, cii: &CII }};",
        catalogue.id, catalogue.version
    )
    .expect("string");
    out
}

/// What the pack is made of, for its identity.
fn whole(sources: &Sources, lists: &[CodeList]) -> String {
    let mut all = [&*sources.catalogue, &sources.syntax, &sources.plain].join("\n");
    for l in lists {
        write!(all, "\n{}\n{}", l.name, l.codes.join("\n")).expect("string");
    }
    all
}

/// Contexts in their order, each with its rules, and for each name the contexts that an element of that name may be in.
fn table(catalogue: &Catalogue, rules: &[Rule], syntax: &str, names: &Names) -> String {
    let passes = catalogue.contexts.get(syntax).unwrap_or_else(|| panic!("no contexts for {syntax}"));
    let mut entries: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut bans: BTreeMap<String, Bans> = BTreeMap::new();
    for (number, rule) in rules.iter().enumerate() {
        let row = if syntax == "ubl" { &rule.ubl } else { &rule.cii };
        for part in row.split(';').map(str::trim).filter(|p| !p.is_empty()) {
            let (context, question) = part.split_once(": ").unwrap_or_else(|| panic!("{}: {part}", rule.id));
            if question.starts_with("never ") {
                continue;
            }
            let own = if syntax == "ubl" { &rule.ubl_severity } else { &rule.cii_severity };
            let severity = severity(if own.is_empty() { &rule.severity } else { own });
            let entry = |ask: &str| format!("Entry {{ rule: {number}, severity: {severity}, ask: {ask} }}");
            let context = context.trim().to_owned();
            match question.strip_prefix("none ") {
                Some(paths) => bans.entry(context).or_default().add(paths, entry("Ask::True")),
                None => entries.entry(context).or_default().push(entry(&notation::ask(question, names))),
            }
        }
    }
    let mut contexts = Vec::new();
    let mut by_name: Vec<Vec<String>> = vec![Vec::new(); names.count()];
    let mut loose = Vec::new();
    for (pass, (_, lines)) in passes.iter().enumerate() {
        for line in lines.iter().flat_map(|l| repeat_line(l, &catalogue.each)) {
            let (name, paths) = line.split_once(" = ").unwrap_or_else(|| panic!("context {line}"));
            let own = list(entries.remove(name.trim()).unwrap_or_default());
            let banned = bans.remove(name.trim()).unwrap_or_default().rust(names);
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
    assert!(entries.is_empty(), "{syntax}: no such context: {:?}", entries.keys());
    assert!(bans.is_empty(), "{syntax}: no such context: {:?}", bans.keys());
    let mut starts = vec![0usize];
    let mut flat = Vec::new();
    for list in by_name {
        flat.extend(list);
        starts.push(flat.len());
    }
    let numbers = |all: Vec<usize>| list(all.iter().map(usize::to_string));
    format!(
        "Table {{ contexts: {}, starts: {}, flat: {}, loose: {}, needs: Once::new() }}",
        list(contexts),
        numbers(starts),
        list(flat),
        list(loose)
    )
}

fn rule(rule: &Rule, terms: &[Term]) -> String {
    let id = &rule.id;
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
    let own = |s: &str| severity(if s.is_empty() { &rule.severity } else { s });
    format!(
        "Rule {{ id: {id:?}, group: {id:?}, severity_ubl: {}, severity_cii: {}, terms: {list_of_terms}, never: {}, ubl: {:?}, cii: {:?}, wrong: {:?}, right: {:?}, right_cii: {:?}, expected: {:?}, fr: {}, en: {} }}",
        own(&rule.ubl_severity),
        own(&rule.cii_severity),
        rule.never,
        notation::shown(&rule.ubl),
        notation::shown(&rule.cii),
        rule.wrong,
        rule.right,
        rule.right_cii,
        rule.expected,
        doc(&rule.fr),
        doc(&rule.en)
    )
}

fn severity(text: &str) -> &'static str {
    match text {
        "" | "fatal" => "Severity::Fatal",
        "warning" => "Severity::Warning",
        other => panic!("no severity {other}"),
    }
}

/// One rule for each set of values of its `each`.
fn repeat(rule: &Rule, each: &BTreeMap<String, Vec<Vec<String>>>) -> Vec<Rule> {
    if rule.each.is_empty() {
        return vec![rule.clone()];
    }
    let sets = each.get(&rule.each).unwrap_or_else(|| panic!("{}: no each {}", rule.id, rule.each));
    sets.iter()
        .map(|values| {
            let mut r = rule.clone();
            let texts =
                [&mut r.id, &mut r.ubl, &mut r.cii, &mut r.wrong, &mut r.right, &mut r.right_cii, &mut r.expected]
                    .into_iter();
            let docs = [&mut r.fr, &mut r.en]
                .into_iter()
                .flat_map(|d| [&mut d.title, &mut d.why, &mut d.fix, &mut d.message, &mut d.odd]);
            for text in texts.chain(docs) {
                *text = fill(text, values);
            }
            r
        })
        .collect()
}

/// `@vat NAME%1 = …`: one line for each set of values.
fn repeat_line(line: &str, each: &BTreeMap<String, Vec<Vec<String>>>) -> Vec<String> {
    let Some((name, rest)) = line.strip_prefix('@').and_then(|l| l.split_once(' ')) else {
        return vec![line.to_owned()];
    };
    each.get(name).unwrap_or_else(|| panic!("no each {name}")).iter().map(|values| fill(rest, values)).collect()
}

pub fn fill(text: &str, values: &[String]) -> String {
    values.iter().enumerate().fold(text.to_owned(), |text, (n, value)| text.replace(&format!("%{}", n + 1), value))
}

fn constant(name: &str) -> String {
    name.to_uppercase().replace(['-', '.'], "_")
}
