//! What is printed or asked for and is no rule: what runs beside the packs, and the numbers that official sets skip.

use std::sync::LazyLock;

use serde::Deserialize;

use super::page::Explanation;
use super::rule;
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
}

/// All of them, in the order of the table.
pub fn all() -> &'static [Apart] {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        apart: Vec<Apart>,
    }
    static FILE: LazyLock<File> = LazyLock::new(|| {
        toml::from_str(include_str!("../../schemas/rules/apart.toml")).expect("invariant: the tests read this table")
    });
    &FILE.apart
}

pub fn explained(apart: &Apart, lang: Lang) -> Explanation {
    let what = match apart.kind {
        Kind::Pack => pick(
            lang,
            "Nom d'un contrôle dans les rapports ou dans --rules",
            "Name of a check in reports or in --rules",
        ),
        Kind::Number => pick(lang, "Numéro que les règles officielles sautent", "Number that the official rules skip"),
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
