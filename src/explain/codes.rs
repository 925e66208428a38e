//! The code lists as people know them, with the names of their codes: `schemas/codes/lists.csv` and `schemas/codes/names/`.
//!
//! One list here may be several in the rules, where the syntaxes differ. A code without a name of ours is only in the list.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use crate::invoice::Term;
use crate::rules::{self, CodeList, Named, Names, Rule, codes};
use crate::table::{Table, TableError, built_in};
use crate::text::{Lang, Text};

/// A code list, whatever the syntax.
pub struct List {
    pub id: String,
    pub title: Text,
    /// The name the public knows it by, such as `UNTDID 1001`; the id where it has none.
    pub name: String,
    /// Other names that it is asked for by.
    pub also: Vec<String>,
    /// As the rules look codes up: one for each syntax where they differ. Empty for a list that no rule looks at.
    pub files: Vec<&'static CodeList>,
    pub codes: Vec<String>,
    names: &'static Names,
    rules: Vec<&'static Rule>,
    terms: BTreeSet<Term>,
}

impl List {
    pub fn named(&self, code: &str) -> Option<&Named> {
        self.names.get(code)
    }

    /// The rules that look a code up in it.
    pub fn rules(&self) -> &[&'static Rule] {
        &self.rules
    }

    /// The terms that take a code of it.
    pub fn terms(&self) -> &BTreeSet<Term> {
        &self.terms
    }
}

/// All lists, those first whose codes people ask for most.
pub fn lists() -> &'static [List] {
    static LISTS: LazyLock<Vec<List>> = LazyLock::new(|| built_in("codes/lists.csv", read(TEXT)));
    &LISTS
}

/// The names of lists in a row: what stands after `code`.
fn looked_up(row: &str) -> impl Iterator<Item = &str> {
    row.split_whitespace()
        .zip(row.split_whitespace().skip(1))
        .filter(|(word, _)| ["code", "listed"].contains(word))
        .map(|(_, list)| list)
}

/// Which rules look codes up in a list, by the list without its syntax.
fn asking(rules: &[&'static Rule]) -> HashMap<&'static str, Vec<usize>> {
    let mut asking: HashMap<&str, Vec<usize>> = HashMap::new();
    for (n, rule) in rules.iter().enumerate() {
        for list in [rule.ubl, rule.cii, rule.cdar].into_iter().flat_map(looked_up) {
            asking.entry(base(list)).or_default().push(n);
        }
    }
    asking
}

/// A list without its syntax.
fn base(id: &str) -> &str {
    id.trim_end_matches(".ubl").trim_end_matches(".cii")
}

const TEXT: &str = include_str!("../../schemas/codes/lists.csv");
static NAMELESS: Names = Names::new();

fn read(text: &str) -> Result<Vec<List>, TableError> {
    let table = Table::parse(text)?;
    let [id, files, also] = ["list", "files", "also"].map(|name| table.column(name));
    let [terms, items, fr, en] = ["terms", "rules", "title_fr", "title_en"].map(|name| table.column(name));
    let (id, files, also, terms, items, fr, en) = (id?, files?, also?, terms?, items?, fr?, en?);
    let all_rules: Vec<&'static Rule> = rules::rules().collect();
    let asking = asking(&all_rules);
    let mut lists = Vec::new();
    for row in &table.rows {
        let mut found: Vec<&'static CodeList> = Vec::new();
        for name in row.get(files).split_whitespace() {
            let file = codes::ALL.iter().find(|list| list.id == name);
            found.push(file.ok_or_else(|| row.error(format!("there is no list `{name}`")))?);
        }
        let words = |text: &str| text.split(" | ").filter(|w| !w.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        // Beyond what the rows of the catalogue say: rules that look a code up in Rust, and terms that they do not name.
        let mut of = BTreeSet::new();
        for term in row.get(terms).split_whitespace() {
            of.insert(Term::parse(term).ok_or_else(|| row.error(format!("there is no term `{term}`")))?);
        }
        let mut by_item = Vec::new();
        for rule in row.get(items).split_whitespace() {
            by_item.push(rules::rule(rule).ok_or_else(|| row.error(format!("there is no rule `{rule}`")))?);
        }
        let mut bases: Vec<&str> = found.iter().map(|file| base(file.id)).collect();
        bases.sort_unstable();
        bases.dedup();
        // A rule that asks several files of the list is named once, and all are in the order of the book.
        let mut by_row: Vec<usize> = bases.iter().filter_map(|base| asking.get(base)).flatten().copied().collect();
        by_row.sort_unstable();
        by_row.dedup();
        by_item.extend(by_row.into_iter().map(|n| all_rules[n]));
        of.extend(by_item.iter().flat_map(|rule| rule.terms.iter().copied()));
        let names = rules::names(row.get(id)).unwrap_or(&NAMELESS);
        let mut all: BTreeSet<String> = found.iter().flat_map(|file| file.codes).map(|&code| code.to_owned()).collect();
        if found.is_empty() {
            all = names.keys().cloned().collect();
        }
        if let Some(code) = names
            .keys()
            .find(|code| row.get(id) != "vat-id-prefix" && row.get(id) != "iso-3166" && !all.contains(*code))
        {
            return Err(row.error(format!("`{code}` has a name and is not in the list")));
        }
        lists.push(List {
            id: row.get(id).to_owned(),
            title: match found.first() {
                None => Text::new(row.get(fr), row.get(en)),
                Some(first) => Text::new(whole(first.title_fr), whole(first.title_en)),
            },
            name: found.first().map_or(row.get(id), |first| first.name()).to_owned(),
            also: words(row.get(also)),
            files: found,
            codes: all.into_iter().collect(),
            names,
            terms: of,
            rules: by_item,
        });
    }
    Ok(lists)
}

/// The title of a list of one syntax, for all.
fn whole(title: &str) -> &str {
    title
        .split(", syntax")
        .next()
        .and_then(|title| title.split(", CII").next())
        .and_then(|title| title.split(", UBL").next())
        .unwrap_or(title)
}

/// How many codes of a list have a name, and how many there are.
pub fn counted(list: &List) -> (usize, usize) {
    (list.codes.iter().filter(|code| list.names.contains_key(*code)).count(), list.codes.len())
}

/// The name of a code, in one language.
pub fn name<'l>(list: &'l List, code: &str, lang: Lang) -> Option<&'l str> {
    list.named(code).map(|named| named.name.get(lang))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_of_the_rules_is_told_once() {
        read(TEXT).unwrap();
        for file in codes::ALL {
            let told = lists().iter().filter(|list| list.files.iter().any(|known| known.id == file.id)).count();
            assert_eq!(told, 1, "{}", file.id);
        }
        for list in lists() {
            assert!(!list.title.fr.is_empty() && list.title.fr != list.title.en, "{}: {:?}", list.id, list.title);
            assert!(!list.terms().is_empty(), "{} is used nowhere", list.id);
        }
    }

    #[test]
    fn the_lists_people_ask_for_have_names_throughout() {
        for list in lists() {
            let (named, all) = counted(list);
            let whole = [
                "untdid-5305",
                "untdid-1001",
                "iso-4217",
                "iso-3166",
                "vatex",
                "untdid-5189",
                "mime",
                "billing-frames",
            ];
            assert!(named == all || !whole.contains(&list.id.as_str()), "{}: {named} of {all}", list.id);
        }
    }
}
