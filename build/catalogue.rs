//! Reads the rule packs (`schemas/rules/packs.toml`) and the files each is made of, and says what each pack holds in the end:
//! a pack that extends another takes its contexts and rules, less those it does without, and with its own in place of some.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::plain::{self, Plain};
use super::profile;
use super::terms::Term;

/// The syntaxes that rules have rows for.
pub const SYNTAXES: [&str; 3] = ["ubl", "cii", "cdar"];

/// Passes in order, each its contexts in order: name and path.
type Passes = Vec<(String, Vec<(String, String)>)>;

/// A rule pack, whole.
pub struct Pack {
    pub about: About,
    /// By syntax: `ubl`, `cii`, `cdar`.
    pub contexts: BTreeMap<String, Passes>,
    pub rules: Vec<Rule>,
    /// The files it was made from, one after the other: its identity.
    pub text: String,
}

/// What `packs.toml` says of a pack.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct About {
    pub id: String,
    /// The version of the official artefact that it follows.
    pub version: String,
    pub fr: Words,
    pub en: Words,
    /// The pack that it changes, as `id` or `id version`.
    #[serde(default)]
    pub extends: String,
    pub files: Vec<String>,
    /// Tables of plain rules.
    #[serde(default)]
    pub plain: Vec<String>,
    /// Tables of contexts and rows, of Factur-X profiles.
    #[serde(default)]
    pub tables: Vec<String>,
    /// The table of its structure: read elsewhere, part of what it is made of.
    #[serde(default)]
    pub structure: String,
    /// From this day on it is the version in force; the first version needs none.
    #[serde(default)]
    pub from: Option<toml::value::Datetime>,
    /// The first day of the version after it: that row says it.
    #[serde(skip)]
    pub before: Option<toml::value::Datetime>,
    /// Its rules show what is right themselves: better than a piece of our own examples.
    #[serde(default)]
    pub own_examples: bool,
    /// Is there no official artefact of it that is published?
    #[serde(default)]
    pub unpublished: bool,
    /// Days on which its fatal rules only warn.
    #[serde(default)]
    pub calendar: Vec<Phase>,
}

/// Its name in a sentence, and where its rules come from.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub title: String,
    pub source: String,
    /// How it was made sure that its rules judge as the official ones do, where that has to be said of each.
    #[serde(default)]
    pub judged: String,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// `out` or `in`.
    pub direction: String,
    /// The last day on which what is fatal is a warning; without one, there is no end to it.
    #[serde(default)]
    pub warning_until: Option<toml::value::Datetime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    pack: Vec<About>,
}

/// One file of a pack.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    contexts: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// VAT categories and other things rows repeat over: name, then values for `%1`, `%2`, …
    each: BTreeMap<String, Vec<Vec<String>>>,
    /// The sentences of plain rules, by their kind.
    plain: BTreeMap<String, Plain>,
    /// By syntax, ids of rules of the pack it extends that it does not have.
    without: BTreeMap<String, Vec<String>>,
    rule: Vec<Rule>,
}

#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    pub id: String,
    pub each: String,
    /// Another rule of the pack, of the one it extends, or of an earlier one: what is not said here is as it says.
    pub like: String,
    /// The id that both syntaxes share; the id itself where none is given.
    pub group: String,
    pub terms: Vec<String>,
    pub severity: String,
    pub ubl: String,
    pub cii: String,
    /// In life-cycle messages.
    pub cdar: String,
    /// What is asked of CII that was written of EDIFACT or X12, beside `cii`.
    pub edi: String,
    pub ubl_severity: String,
    pub cii_severity: String,
    /// What the official artefact never fires on: listed, explained, not run.
    pub never: bool,
    /// Its severity does not follow the calendar of the pack.
    pub steady: bool,
    pub fr: Doc,
    pub en: Doc,
    pub wrong: String,
    pub right: String,
    /// What is right in CII, where no piece of our own examples says it.
    pub right_cii: String,
    /// What is expected, in signs, where the question does not show it.
    pub expected: String,
}

#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Doc {
    pub title: String,
    pub why: String,
    pub fix: String,
    pub message: String,
    pub odd: String,
}

/// The packs, in the order of `packs.toml`; one that extends another stands after it.
pub fn read(folder: &Path, terms: &[Term]) -> Vec<Pack> {
    let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    let mut catalogue: Catalogue = toml::from_str(&text("packs.toml")).unwrap_or_else(|e| panic!("packs.toml: {e}"));
    dated(&mut catalogue.pack);
    let mut packs: Vec<Pack> = Vec::new();
    for about in catalogue.pack {
        let id = format!("{} {}", about.id, about.version);
        let base = (!about.extends.is_empty()).then(|| {
            let fits = |p: &&Pack| {
                about.extends == p.about.id || about.extends == format!("{} {}", p.about.id, p.about.version)
            };
            packs
                .iter()
                .rfind(fits)
                .unwrap_or_else(|| panic!("{id} extends {}, which does not stand before it", about.extends))
        });
        packs.push(pack(about.clone(), base, &packs, &text, terms));
    }
    packs
}

/// Each version of a pack ends where the next one begins: of one id, one version at most is in force on a day.
fn dated(packs: &mut [About]) {
    let named = |about: &About| format!("{} {}", about.id, about.version);
    for at in 0..packs.len() {
        let (before, rest) = packs.split_at_mut(at);
        let Some(new) = rest.first() else { continue };
        for (n, phase) in new.calendar.iter().enumerate() {
            let twice = new.calendar.iter().take(n).any(|other| other.direction == phase.direction);
            assert!(!twice, "packs.toml: {} has two calendars of the direction {}", named(new), phase.direction);
        }
        if let Some(from) = &new.from {
            assert!(from.date.is_some() && from.time.is_none(), "packs.toml: {}: from = {from} is no day", named(new));
        }
        let Some(old) = before.iter_mut().rfind(|old| old.id == new.id) else { continue };
        let (old_name, new_name) = (named(old), named(new));
        assert!(old_name != new_name, "packs.toml: {new_name} stands twice");
        let Some(from) = &new.from else {
            panic!("packs.toml: {new_name} does not say from which day it takes the place of {old_name}: `from`");
        };
        if let Some(began) = old.from.as_ref().filter(|began| began.date >= from.date) {
            panic!(
                "packs.toml: {old_name} is from {began} and {new_name}, which stands after it, from {from}: both would be in \
                 force; the versions of a pack stand in the order of their days, one a day"
            );
        }
        old.before = Some(*from);
    }
}

fn pack(about: About, base: Option<&Pack>, before: &[Pack], text: &dyn Fn(&str) -> String, terms: &[Term]) -> Pack {
    let mut whole = base.map_or(String::new(), |b| b.text.clone());
    let mut pack = Pack {
        contexts: base.map(|b| b.contexts.clone()).unwrap_or_default(),
        rules: base.map(|b| b.rules.clone()).unwrap_or_default(),
        text: String::new(),
        about,
    };
    let (mut sentences, mut each, mut own) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for name in &pack.about.files {
        let source = text(name);
        let file: File = toml::from_str(&source).unwrap_or_else(|e| panic!("{name}: {e}"));
        whole.push_str(&source);
        whole.push('\n');
        each.extend(file.each);
        sentences.extend(file.plain);
        for (syntax, ids) in &file.without {
            let gone: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
            for id in &gone {
                assert!(pack.rules.iter().any(|r| r.id == *id), "{name}: without {id}, which is not there");
            }
            for rule in pack.rules.iter_mut().filter(|r| gone.contains(r.id.as_str())) {
                rule.row(syntax).clear();
                // What is asked beside goes with it.
                if syntax == "cii" {
                    rule.edi.clear();
                }
            }
        }
        for (syntax, passes) in file.contexts {
            let known = pack.contexts.entry(syntax).or_default();
            for (pass, lines) in passes {
                let lines = lines.iter().flat_map(|line| repeat_line(line, &each)).collect::<Vec<_>>();
                place(known, &pass, &lines);
            }
        }
        own.extend(file.rule.iter().flat_map(|r| repeat(r, &each)));
    }
    for rule in own {
        let rule = filled_from_like(rule, pack.rules.iter().chain(before.iter().flat_map(|p| &p.rules)));
        match pack.rules.iter_mut().find(|r| r.id == rule.id) {
            Some(known) => *known = rule,
            None => pack.rules.push(rule),
        }
    }
    for name in &pack.about.plain {
        let table = text(name);
        for rule in plain::rules(&table, &sentences, &paths(&pack), terms) {
            pack.rules.push(rule);
        }
        whole.push_str(&table);
    }
    let tables: Vec<String> = pack.about.tables.iter().map(|name| text(name)).collect();
    for table in tables {
        profile::add(&mut pack, &table, before);
        whole.push_str(&table);
    }
    if !pack.about.structure.is_empty() {
        whole.push_str(&text(&pack.about.structure));
    }
    let stands = |r: &Rule| r.never || SYNTAXES.iter().any(|syntax| !r.row_of(syntax).is_empty());
    pack.rules.retain(stands);
    pack.text = whole;
    pack
}

/// Puts the contexts of a pass where they belong: `name = path` in place of the one called so, else last; `name < other = path`
/// before another.
fn place(passes: &mut Passes, pass: &str, lines: &[String]) {
    let at = passes.iter().position(|(name, _)| name == pass).unwrap_or_else(|| {
        passes.push((pass.to_owned(), Vec::new()));
        passes.len() - 1
    });
    for line in lines {
        let (name, path) = line.split_once(" = ").unwrap_or_else(|| panic!("context {line}"));
        let (name, before) = name.split_once(" < ").map_or((name.trim(), None), |(n, b)| (n.trim(), Some(b.trim())));
        let contexts = &mut passes[at].1;
        let position = |wanted: &str| contexts.iter().position(|(known, _)| known == wanted);
        let new = (name.to_owned(), path.trim().to_owned());
        match (position(name), before.map(|b| position(b).unwrap_or_else(|| panic!("context {line}: no {b}")))) {
            (Some(known), None) => contexts[known] = new,
            (Some(_), Some(_)) => panic!("context {line}: stands already"),
            (None, Some(before)) => contexts.insert(before, new),
            (None, None) => contexts.push(new),
        }
    }
}

/// The path of each context, by syntax and name.
fn paths(pack: &Pack) -> BTreeMap<(String, String), String> {
    let of = |syntax: &String, name: &String, path: &String| ((syntax.clone(), name.clone()), path.clone());
    pack.contexts
        .iter()
        .flat_map(|(syntax, passes)| passes.iter().flat_map(|(_, all)| all).map(move |(n, p)| of(syntax, n, p)))
        .collect()
}

fn filled_from_like<'r>(mut rule: Rule, mut known: impl Iterator<Item = &'r Rule>) -> Rule {
    if rule.like.is_empty() {
        return rule;
    }
    let like = known.find(|r| r.id == rule.like).unwrap_or_else(|| panic!("{}: no {}", rule.id, rule.like)).clone();
    let take = |own: &mut String, other: String| {
        if own.is_empty() {
            *own = other;
        }
    };
    // A rule that stands for the same id keeps its row in the other syntax; one with an id of its own stands where it says.
    if like.id == rule.id {
        take(&mut rule.ubl, like.ubl);
        take(&mut rule.cii, like.cii);
        take(&mut rule.cdar, like.cdar);
        take(&mut rule.edi, like.edi);
    }
    take(&mut rule.severity, like.severity);
    take(&mut rule.ubl_severity, like.ubl_severity);
    take(&mut rule.cii_severity, like.cii_severity);
    take(&mut rule.wrong, like.wrong);
    take(&mut rule.right, like.right);
    take(&mut rule.right_cii, like.right_cii);
    take(&mut rule.expected, like.expected);
    if rule.terms.is_empty() {
        rule.terms = like.terms;
    }
    for (own, other) in [(&mut rule.fr, like.fr), (&mut rule.en, like.en)] {
        take(&mut own.title, other.title);
        take(&mut own.why, other.why);
        take(&mut own.fix, other.fix);
        take(&mut own.message, other.message);
        take(&mut own.odd, other.odd);
    }
    rule
}

impl Rule {
    /// Its assertions in a syntax, as the catalogue writes them.
    pub fn row(&mut self, syntax: &str) -> &mut String {
        match syntax {
            "ubl" => &mut self.ubl,
            "cii" => &mut self.cii,
            "cdar" => &mut self.cdar,
            other => panic!("no syntax {other}"),
        }
    }

    /// The same, to read.
    pub fn row_of(&self, syntax: &str) -> &str {
        match syntax {
            "ubl" => &self.ubl,
            "cii" => &self.cii,
            "cdar" => &self.cdar,
            other => panic!("no syntax {other}"),
        }
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
            let texts = [
                &mut r.id,
                &mut r.like,
                &mut r.group,
                &mut r.ubl,
                &mut r.cii,
                &mut r.cdar,
                &mut r.edi,
                &mut r.wrong,
                &mut r.right,
                &mut r.right_cii,
                &mut r.expected,
            ];
            let docs = [&mut r.fr, &mut r.en]
                .into_iter()
                .flat_map(|d| [&mut d.title, &mut d.why, &mut d.fix, &mut d.message, &mut d.odd]);
            for text in texts.into_iter().chain(docs).chain(&mut r.terms) {
                *text = fill(text, values);
            }
            r.terms = r.terms.iter().flat_map(|t| t.split_whitespace()).map(str::to_owned).collect();
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

/// The last first: `%1` also begins `%10`.
pub fn fill(text: &str, values: &[String]) -> String {
    values
        .iter()
        .enumerate()
        .rev()
        .fold(text.to_owned(), |text, (n, value)| text.replace(&format!("%{}", n + 1), value))
}

/// What the rows and contexts of packs are written with: names of elements that no syntax has may be among them.
pub fn rows(packs: &[Pack]) -> String {
    let mut all = String::new();
    for pack in packs {
        let contexts = pack.contexts.values().flatten().flat_map(|(_, lines)| lines).map(|(_, path)| path);
        for row in contexts.chain(pack.rules.iter().flat_map(|r| [&r.ubl, &r.cii, &r.cdar, &r.edi])) {
            all.push_str(row);
            all.push('\n');
        }
    }
    all
}
