//! Our own rules (`FCT-…`) in words: customer files, structure, reading, and what the pipeline adds. For `facteur explain`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::invoice::{Kind, Term};
use crate::text::{Lang, Text};

/// The explanation of an `FCT-` id. `None` where nothing is called so.
pub fn explain(id: &str, lang: Lang) -> Option<String> {
    let rule = rules().iter().find(|r| r.id.eq_ignore_ascii_case(id.trim()))?;
    Some(page(
        &format!("{}: {}", rule.id, rule.title.get(lang)),
        &[
            (CHECKS, rule.checks.get(lang)),
            (WHY, rule.why.get(lang)),
            (WRONG, &rule.wrong),
            (RIGHT, &rule.right),
            (FIX, rule.fix.get(lang)),
            (WAIVER, fixed(&rule.id).map_or("", |why| why.get(lang))),
            (SOURCE, source(&rule.id).get(lang)),
        ],
        lang,
    ))
}

/// Why a rule can neither be waived nor given another severity; `None` for those that can. Every finding is asked for by its rule
/// here, whoever made it: this is the one place that decides.
pub(crate) fn fixed(id: &str) -> Option<&'static Text> {
    let is_one = |known: &&Fixed| id.starts_with(&known.prefix) && known.except.iter().all(|open| open != id);
    file().fixed.iter().find(is_one).map(|known| &known.text)
}

/// The identifier that its right example shows: `98765432400019` of `BT-46 = "98765432400019" (0009)`. None where it shows something else,
/// or more than one.
pub(super) fn sample(id: &str) -> Option<&'static str> {
    let right = rules().iter().find(|rule| rule.id == id)?.right.as_str();
    let (term, rest) = right.split_once(" = \"")?;
    let (value, after) = rest.split_once('"')?;
    let is_identifier = Term::parse(term).is_some_and(|term| term.kind() == Kind::Identifier);
    Some(value).filter(|_| is_identifier && (after.is_empty() || after.starts_with(" (")))
}

/// Where a rule comes from.
fn source(id: &str) -> &'static Text {
    static NOWHERE: Text = Text { fr: String::new(), en: String::new() };
    file().source.iter().find(|known| id.starts_with(&known.prefix)).map_or(&NOWHERE, |known| &known.text)
}

/// All ids that can be explained.
pub fn explained() -> impl Iterator<Item = &'static str> {
    rules().iter().map(|r| r.id.as_str())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Doc {
    id: String,
    title: Text,
    checks: Text,
    why: Text,
    #[serde(default)]
    wrong: String,
    #[serde(default)]
    right: String,
    fix: Text,
}

/// A heading in French and in English.
pub(super) type Title = (&'static str, &'static str);
pub(super) const TERMS: Title = ("Termes", "Terms");
pub(super) const CHECKS: Title = ("Ce qui est vérifié", "What it checks");
pub(super) const WHY: Title = ("Pourquoi", "Why");
pub(super) const WRONG: Title = ("Exemple refusé", "Wrong");
pub(super) const RIGHT: Title = ("Exemple accepté", "Right");
pub(super) const FIX: Title = ("Correction", "Fix");
const WAIVER: Title = ("Dérogation", "Waiver");
pub(super) const SOURCE: Title = ("Source", "Source");

/// A title line, then the sections that say something, each under `## `.
pub(super) fn page(title: &str, sections: &[(Title, &str)], lang: Lang) -> String {
    let heading = |(fr, en): Title| if lang == Lang::Fr { fr } else { en };
    let mut out = format!("{title}\n");
    for (title, body) in sections.iter().filter(|(_, body)| !body.is_empty()) {
        out.push_str(&format!("\n## {}\n{}\n", heading(*title), body.trim()));
    }
    out
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    source: Vec<Source>,
    fixed: Vec<Fixed>,
    rule: Vec<Doc>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    prefix: String,
    text: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixed {
    prefix: String,
    /// Ids that begin so and can be overruled all the same.
    #[serde(default)]
    except: Vec<String>,
    text: Text,
}

fn rules() -> &'static [Doc] {
    &file().rule
}

fn file() -> &'static File {
    static FILE: LazyLock<File> = LazyLock::new(|| {
        toml::from_str(include_str!("../../schemas/rules/own.toml")).expect("invariant: the tests read this table")
    });
    &FILE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_excepted_exists_and_nothing_else_is_open() {
        for fixed in &file().fixed {
            for id in &fixed.except {
                assert!(id.starts_with(&fixed.prefix) && explained().any(|known| known == id), "{id}");
                assert!(super::fixed(id).is_none(), "{id}");
            }
        }
        for id in ["FCT-PDF-", "FCT-PDF-VISIBLE-", "FCT-PDF-DATE-OTHER", "FCT-XSD-ORDER", "FCT-DUPLICATE-NUMBER"] {
            assert!(super::fixed(id).is_some(), "{id}");
        }
    }

    #[test]
    fn every_rule_is_documented_once_in_both_languages() {
        let mut seen: Vec<&str> = explained().collect();
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count, "an id stands twice");
        for rule in rules() {
            for text in [&rule.title, &rule.checks, &rule.why, &rule.fix] {
                assert!(!text.fr.is_empty() && !text.en.is_empty() && text.fr != text.en, "{}: {text:?}", rule.id);
            }
        }
    }
}
