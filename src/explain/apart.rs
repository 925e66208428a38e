//! What is printed or asked for and is no rule: what runs beside the packs, the numbers that official sets skip, the corrections of
//! `facteur fix`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::page::Explanation;
use super::rule;
use crate::fix;
use crate::rules;
use crate::story::words::{colon, pick};
use crate::text::{Lang, Text};

/// A name of `schemas/rules/apart.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apart {
    pub id: String,
    kind: Kind,
    pub title: Text,
    said: Vec<Text>,
    /// The starts of the ids of its rules.
    #[serde(default)]
    rules: Vec<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// What runs beside the packs, or stands in `--rules`.
    Pack,
    /// A number that an official set skips.
    Number,
    /// A correction, of `schemas/fix/corrections.toml`.
    Fix,
}

/// All of them, in the order of the tables.
pub fn all() -> &'static [Apart] {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        apart: Vec<Apart>,
    }
    static ALL: LazyLock<Vec<Apart>> = LazyLock::new(|| {
        let table: Result<File, _> = toml::from_str(include_str!("../../schemas/rules/apart.toml"));
        let mut all = table.expect("invariant: the tests read this table").apart;
        all.extend(fix::corrections().iter().map(correction));
        all
    });
    &ALL
}

fn correction(fix: &'static fix::Correction) -> Apart {
    let text = |part: fn(&fix::Words) -> &str| Text::new(part(&fix.fr).to_owned(), part(&fix.en).to_owned());
    let asked = fix.asked.as_ref().map(|option| {
        Text::new(
            format!("Proposée seulement si on la demande : {option}."),
            format!("Proposed only where it is asked for: {option}."),
        )
    });
    let terms = fix.terms.iter().map(|term| term.id()).collect::<Vec<_>>().join(", ");
    let touched = Text::new(format!("Termes touchés : {terms}."), format!("Terms touched: {terms}."));
    Apart {
        id: fix.id.clone(),
        kind: Kind::Fix,
        title: text(|words| &words.title),
        said: [text(|words| &words.changes), text(|words| &words.why), touched].into_iter().chain(asked).collect(),
        rules: fix.rules.clone(),
    }
}

pub fn explained(apart: &Apart, lang: Lang) -> Explanation {
    let what = match apart.kind {
        Kind::Pack => pick(
            lang,
            "Nom d'un contrôle dans les rapports ou dans --rules",
            "Name of a check in reports or in --rules",
        ),
        Kind::Number => pick(lang, "Numéro que les règles officielles sautent", "Number that the official rules skip"),
        Kind::Fix => pick(lang, "Correction de facteur fix", "Correction of facteur fix"),
    };
    let mut page = Explanation::new(&apart.id, apart.title.get(lang), what);
    let said = apart.said.iter().map(|text| text.get(lang).to_owned()).collect();
    page.section(lang, ("À savoir", "To know"), said);
    let of_it = |id: &&str| apart.rules.iter().any(|start| id.starts_with(start.as_str()));
    let line = |id: &str| format!("{id}{}{}", colon(lang), rule::title(id, lang));
    page.section(lang, ("Règles", "Rules"), rules::explained().filter(of_it).map(line).collect());
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_in_both_languages_and_is_no_rule() {
        for apart in all() {
            let texts = apart.said.iter().chain([&apart.title]);
            assert!(texts.into_iter().all(|text| !text.fr.is_empty() && text.fr != text.en), "{}", apart.id);
            assert!(rules::explain(&apart.id, Lang::En).is_none(), "{} is a rule by now", apart.id);
            let rules = &explained(apart, Lang::Fr).sections;
            assert!(apart.rules.is_empty() || rules.iter().any(|s| s.heading == "Règles"), "{}", apart.id);
        }
    }
}
