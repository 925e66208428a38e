//! The rules of customer files and the named mentions, in words, for `facteur explain`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::text::{Lang, Text};

use super::mention::{self, Mention};
use super::say;

/// The explanation of `FCT-CLIENT-…` or of a mention (`late-payment-penalties`). `None` where nothing is called so.
pub fn explain(id: &str, lang: Lang) -> Option<String> {
    let id = id.trim();
    let rule = rules().iter().find(|r| r.id.eq_ignore_ascii_case(id));
    rule.map(|rule| of_rule(rule, lang)).or_else(|| mention::named(id).map(|m| of_mention(m, lang)))
}

/// All ids that can be explained.
pub fn explained() -> impl Iterator<Item = &'static str> {
    rules().iter().map(|r| r.id.as_str()).chain(mention::all().iter().map(|m| m.id.as_str()))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Doc {
    id: String,
    title: Text,
    checks: Text,
    why: Text,
    wrong: String,
    right: String,
    fix: Text,
}

fn of_rule(rule: &Doc, lang: Lang) -> String {
    page(
        &format!("{}: {}", rule.id, rule.title.get(lang)),
        &[
            (CHECKS, rule.checks.get(lang)),
            (WHY, rule.why.get(lang)),
            (WRONG, &rule.wrong),
            (RIGHT, &rule.right),
            (FIX, rule.fix.get(lang)),
        ],
        lang,
    )
}

fn of_mention(mention: &Mention, lang: Lang) -> String {
    let wording = mention.wording.as_ref().map(|w| w.get(lang)).unwrap_or_default();
    page(
        &format!("{}: {}", mention.id, mention.name.get(lang)),
        &[(TERMS, &say::where_proven(mention)), (WHY, &mention.law), (RIGHT, wording)],
        lang,
    )
}

type Title = (&'static str, &'static str);
const TERMS: Title = ("Termes", "Terms");
const CHECKS: Title = ("Ce qui est vérifié", "What it checks");
const WHY: Title = ("Pourquoi", "Why");
const WRONG: Title = ("Exemple refusé", "Wrong");
const RIGHT: Title = ("Exemple accepté", "Right");
const FIX: Title = ("Correction", "Fix");

fn page(title: &str, sections: &[(Title, &str)], lang: Lang) -> String {
    let heading = |(fr, en): Title| if lang == Lang::Fr { fr } else { en };
    let mut out = format!("{title}\n");
    for (title, body) in sections.iter().filter(|(_, body)| !body.is_empty()) {
        out.push_str(&format!("\n## {}\n{}\n", heading(*title), body.trim()));
    }
    out
}

fn rules() -> &'static [Doc] {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        rule: Vec<Doc>,
    }
    static TABLE: LazyLock<Vec<Doc>> = LazyLock::new(|| {
        // Built into the program, and read by the tests: what they accept cannot fail here.
        let file: File = toml::from_str(include_str!("../../../schemas/client-rules.toml"))
            .expect("schemas/client-rules.toml is right");
        file.rule
    });
    &TABLE
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every id that a finding of customer rules can bear.
    const IDS: [&str; 7] = [
        "FCT-CLIENT-REQUIRE",
        "FCT-CLIENT-PATTERN",
        "FCT-CLIENT-MENTION",
        "FCT-CLIENT-ALLOW",
        "FCT-CLIENT-FORBID",
        "FCT-CLIENT-LIMIT",
        super::super::AMBIGUOUS,
    ];

    #[test]
    fn every_rule_and_mention_is_explained_in_both_languages() {
        assert_eq!(rules().iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), IDS);
        for id in explained() {
            let (fr, en) = (explain(id, Lang::Fr).unwrap(), explain(id, Lang::En).unwrap());
            assert!(fr.starts_with(id) && en.starts_with(id) && fr != en, "{id}");
        }
        for rule in rules() {
            for lang in [Lang::Fr, Lang::En] {
                assert_eq!(of_rule(rule, lang).matches("\n## ").count(), 5, "{}", rule.id);
            }
        }
        assert!(explain("BR-01", Lang::En).is_none());
    }

    #[test]
    fn no_finding_bears_an_id_that_is_not_explained() {
        let sources = [
            include_str!("file.rs"),
            include_str!("judge.rs"),
            include_str!("judge_rule.rs"),
            include_str!("judge_limits.rs"),
            include_str!("matching.rs"),
        ];
        for source in sources {
            for id in source.split("\"FCT-").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(IDS.contains(&format!("FCT-{id}").as_str()), "FCT-{id}");
            }
        }
    }
}
