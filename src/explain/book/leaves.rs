//! The pages of the book.

use std::collections::BTreeMap;

use super::Leaf;
use super::links::{Links, anchor};
use crate::explain::code::told;
use crate::explain::codes::List;
use crate::explain::index::{What, everything};
use crate::explain::page::{Explanation, escaped};
use crate::explain::term::rules_of;
use crate::invoice::Term;
use crate::rules::{self, Rule, Severity};
use crate::story::words::{colon, pick};
use crate::text::Lang;

/// A page in the making: its file, its title, what stands on it.
struct Draft {
    file: String,
    title: String,
    what: Vec<What>,
}

pub fn all(lang: Lang) -> Vec<Leaf> {
    let drafts = drafts(lang);
    let places = drafts.iter().flat_map(|draft| draft.what.iter().map(|what| (draft.file.clone(), what.id())));
    let links = Links::new(places);
    let mut leaves = vec![index(&drafts, lang)];
    leaves.extend(drafts.iter().map(|draft| leaf(draft, &links, lang)));
    leaves
}

fn drafts(lang: Lang) -> Vec<Draft> {
    let mut families: BTreeMap<String, Vec<What>> = BTreeMap::new();
    let (mut own, mut mentions) = (Vec::new(), Vec::new());
    let (mut terms, mut codes, mut statuses, mut causes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for what in everything() {
        match what {
            What::Rule(id) if rules::rule(id).is_some() => {
                let family = id.rsplit_once('-').map_or(id, |(family, _)| family);
                families.entry(family.to_ascii_lowercase()).or_default().push(what);
            }
            What::Rule(id) if id.starts_with("FCT-") => own.push(what),
            What::Rule(_) => mentions.push(what),
            What::Term(_) => terms.push(what),
            What::List(_) => codes.push(what),
            What::Status(_) | What::Reason(_) | What::Chorus(_) | What::Deposit(..) => statuses.push(what),
            What::Category(_) | What::Cause(_) => causes.push(what),
            What::Code(..) | What::Pack(_) | What::Apart(_) => {}
        }
    }
    // BR-CO-3 before BR-CO-21, whatever the order of the catalogue.
    let number = |what: &What| what.id().rsplit('-').next().and_then(|digits| digits.parse::<u32>().ok());
    families.values_mut().for_each(|what| what.sort_by_key(|one| (number(one), one.id())));
    let rules = families.into_iter().map(|(family, what)| Draft {
        title: format!("{} {}", pick(lang, "Règles", "Rules"), family.to_ascii_uppercase()),
        file: format!("{family}.md"),
        what,
    });
    let draft = |file: &str, fr: &str, en: &str, what: Vec<What>| Draft {
        file: file.to_owned(),
        title: if lang == Lang::Fr { fr } else { en }.to_owned(),
        what,
    };
    let mut all: Vec<Draft> = rules.collect();
    all.push(draft("fct.md", "Règles de facteur", "Rules of facteur's own", own));
    all.push(draft("mentions.md", "Mentions légales", "Legal mentions", mentions));
    all.push(draft("terms.md", "Termes", "Terms", terms));
    all.push(draft("codes.md", "Listes de codes", "Code lists", codes));
    all.push(draft("statuses.md", "Statuts et motifs", "Statuses and reasons", statuses));
    all.push(draft("causes.md", "Causes des problèmes de facturation", "Causes of billing problems", causes));
    all
}

fn index(drafts: &[Draft], lang: Lang) -> Leaf {
    let mut text = format!("# {}\n\n", pick(lang, "Le livre des règles", "The rule book"));
    text.push_str(pick(
        lang,
        "Écrit par `facteur explain --all -o docs/rules` ; ne pas modifier à la main. `facteur explain ID` dit la même chose.\n\n",
        "Written by `facteur explain --all -o docs/rules`; not to be edited by hand. `facteur explain ID` says the same.\n\n",
    ));
    text.push_str(pick(lang, "| page | entrées |\n|---|---|\n", "| page | entries |\n|---|---|\n"));
    for draft in drafts {
        text.push_str(&format!("| [{}]({}) | {} |\n", escaped(&draft.title), draft.file, draft.what.len()));
    }
    text.push('\n');
    for pack in rules::packs() {
        let told = pick(lang, "paquet de règles, version", "pack of rules, version");
        text.push_str(&format!("`{}`{}{told} {}\n", pack.id, colon(lang), pack.version));
    }
    Leaf { file: "index.md".to_owned(), text }
}

fn leaf(draft: &Draft, links: &Links, lang: Lang) -> Leaf {
    let link = |line: &str| links.linked(line, &draft.file);
    let mut text = format!("# {}\n\n[{}](index.md)\n", escaped(&draft.title), pick(lang, "Sommaire", "Contents"));
    let mut plain: Vec<&'static Rule> = Vec::new();
    for what in &draft.what {
        match *what {
            What::Rule(id) if rules::rule(id).is_some_and(Rule::is_plain) => plain.extend(rules::rule(id)),
            What::List(list) => text.push_str(&codes(list, &link, lang)),
            What::Term(term) => {
                text.push_str(&format!("\n<a id=\"{}\"></a>\n\n", anchor(term.id())));
                text.push_str(&of_term(term, lang).markdown(2, &link));
            }
            what => {
                text.push_str(&format!("\n<a id=\"{}\"></a>\n\n", anchor(what.id())));
                text.push_str(&what.explained(lang).markdown(2, &link));
            }
        }
    }
    text.push_str(&rows(&plain, &link, lang));
    Leaf { file: draft.file.clone(), text }
}

/// A term with the ids of its rules alone: their sentences stand on the rules' own pages.
fn of_term(term: Term, lang: Lang) -> Explanation {
    let mut page = What::Term(term).explained(lang);
    if let Some(section) =
        page.sections.iter_mut().find(|section| ["Règles", "Rules"].contains(&section.heading.as_str()))
    {
        section.lines = vec![rules_of(term).map(|rule| rule.id).collect::<Vec<_>>().join(", ")];
    }
    page
}

/// Plain rules as rows of a table, those of one kind together: why and fix are the same for all of them.
fn rows(plain: &[&'static Rule], link: &dyn Fn(&str) -> String, lang: Lang) -> String {
    let mut kinds: Vec<(&str, Vec<&'static Rule>)> = Vec::new();
    for rule in plain {
        let why = rule.doc(lang).why;
        match kinds.iter_mut().find(|(known, _)| *known == why) {
            Some((_, rules)) => rules.push(rule),
            None => kinds.push((why, vec![rule])),
        }
    }
    let mut text = String::new();
    for (why, rules) in kinds {
        let head = pick(lang, "| règle | gravité | ce qui est vérifié |", "| rule | severity | what it checks |");
        text.push_str(&format!("\n**{}** {}\n\n{head}\n|---|---|---|\n", pick(lang, "Pourquoi.", "Why."), link(why)));
        for rule in rules {
            let levels =
                [(rule.ubl, rule.severity_ubl), (rule.cii, rule.severity_cii), (rule.cdar, rule.severity_cdar)];
            let level = levels.iter().find(|(row, _)| !row.is_empty()).map_or(Severity::Warning, |(_, level)| *level);
            let level = match level {
                Severity::Fatal => pick(lang, "bloquante", "fatal"),
                Severity::Warning => pick(lang, "avertissement", "warning"),
                Severity::Information => "information",
            };
            let never = if rule.never || rule.ubl.contains(": never ") || rule.cii.contains(": never ") {
                pick(lang, " (ne se déclenche jamais)", " (never fires)")
            } else {
                ""
            };
            let title = link(rule.doc(lang).title);
            text.push_str(&format!("| <a id=\"{}\"></a>{} | {level}{never} | {title} |\n", anchor(rule.id), rule.id));
        }
    }
    text
}

/// A code list as a table of the codes that have a name, then the others in a row.
fn codes(list: &'static List, link: &dyn Fn(&str) -> String, lang: Lang) -> String {
    let mut text = format!("\n<a id=\"{}\"></a>\n\n", anchor(&list.id));
    text.push_str(&format!("## {}: {}\n\n{}\n", list.id, escaped(list.title.get(lang)), told(list, lang)));
    let joined = |heading: &str, ids: Vec<String>| match ids.is_empty() {
        true => String::new(),
        false => format!("\n**{heading}**{}{}\n", colon(lang), link(&ids.join(", "))),
    };
    text.push_str(&joined(pick(lang, "Où", "Where"), list.terms().iter().map(|term| term.id().to_owned()).collect()));
    text.push_str(&joined(
        pick(lang, "Vérifié par", "Checked by"),
        list.rules().iter().map(|rule| rule.id.to_owned()).collect(),
    ));
    text.push_str("\n| code | |\n|---|---|\n");
    let (mut bare, mut named) = (Vec::new(), 0);
    for code in &list.codes {
        let Some(meaning) = list.named(code) else {
            bare.push(code.as_str());
            continue;
        };
        named += 1;
        let mut said = meaning.name.get(lang).to_owned();
        if !meaning.ground.get(lang).is_empty() {
            said.push_str(&format!(" ({})", meaning.ground.get(lang)));
        }
        if let Some(category) = &meaning.category {
            said.push_str(&format!("{} {category}", pick(lang, " ; catégorie", "; category")));
        }
        text.push_str(&format!("| `{code}` | {} |\n", escaped(&said)));
    }
    if named > 0 && !bare.is_empty() {
        text.push_str(&format!(
            "\n{}\n",
            pick(lang, "Dans la liste aussi, sans nom ici :", "In the list as well, without a name here:")
        ));
    }
    if !bare.is_empty() {
        text.push_str(&format!("\n{}\n", bare.join(" ")));
    }
    text
}
