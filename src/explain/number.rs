//! The numbers that the official artefacts of the Factur-X profiles give their assertions (`FX-SCH-A-000047`): which rule is the same
//! here, where it is asked, and what. Read from `schemas/rules/facturx-ids.csv`.

use std::sync::LazyLock;

use super::page::Explanation;
use super::rule;
use crate::formats::facturx::Level;
use crate::rules::{self, codes};
use crate::story::words::{colon, pick};
use crate::table::{Table, TableError, built_in};
use crate::text::Lang;

/// What one number stands for in some of the profiles; the same number may be another restriction in others.
struct Row {
    number: u32,
    profiles: Vec<Level>,
    /// `*` stands for the profile: `FCT-FX-*-CODE`.
    rule: String,
    place: String,
    /// In the notation of `schemas/rules/README.md`; empty where the rule says it.
    asked: String,
}

/// How all of them start.
const START: &str = "FX-SCH-A-";

/// The page of a number, then that of the business rule where it is one.
pub fn explained(query: &str, lang: Lang) -> Vec<Explanation> {
    let Some((id, found)) = found(query) else { return Vec::new() };
    let mut ids: Vec<String> = found.iter().flat_map(|row| row.ids()).collect();
    ids.dedup();
    let title = match ids.as_slice() {
        [only] => rule::title(only, lang),
        _ => match found.as_slice() {
            [one] => format!("{}{}{}", last(&one.place), colon(lang), asked(one, lang)),
            _ => pick(lang, "plusieurs contrôles, selon le profil", "several checks, by the profile").to_owned(),
        },
    };
    let what = pick(
        lang,
        "Numéro d'un contrôle de l'artefact officiel Factur-X",
        "Number of a check of the official Factur-X artefact",
    );
    let mut page = Explanation::new(&id, &title, what);
    for row in &found {
        let names: Vec<&str> = row.profiles.iter().map(|level| level.xmp()).collect();
        let here = |id: String| format!("{id}{}{}", colon(lang), rule::title(&id, lang));
        page.section(lang, ("Profils", "Profiles"), vec![names.join(", ")]);
        page.section(lang, ("Chez facteur", "In facteur"), row.ids().map(here).collect());
        page.section(lang, ("Place", "Place"), vec![row.place.clone()]);
        page.section(lang, ("Ce qui est demandé", "What is asked"), vec![asked(row, lang)]);
    }
    let business =
        |id: &&String| !id.starts_with("FCT-FX-") || rules::rule(id).is_some_and(|rule| !rule.terms.is_empty());
    std::iter::once(page).chain(ids.iter().filter(business).map(|id| rule::explained(id, lang))).collect()
}

/// Is it a number of an official artefact?
pub fn knows(query: &str) -> bool {
    found(query).is_some()
}

fn found(query: &str) -> Option<(String, Vec<&'static Row>)> {
    let query = query.trim().to_ascii_uppercase();
    let number: u32 = query.strip_prefix(START)?.parse().ok()?;
    let rows: Vec<&Row> = ROWS.iter().filter(|row| row.number == number).collect();
    (!rows.is_empty()).then(|| (format!("{START}{number:06}"), rows))
}

impl Row {
    /// The ids of the rule here, one a profile where they bear its name.
    fn ids(&self) -> impl Iterator<Item = String> + '_ {
        let many = if self.rule.contains('*') { self.profiles.len() } else { 1 };
        let name = |level: &Level| level.as_str().to_ascii_uppercase();
        self.profiles.iter().take(many).map(move |level| self.rule.replace('*', &name(level)))
    }
}

/// What is asked, in words; empty where the rule says it.
fn asked(row: &Row, lang: Lang) -> String {
    let colon = colon(lang);
    let named = |path: &str| match path {
        "." => last(&row.place),
        path => path.to_owned(),
    };
    let times = |n: &str, most: bool| {
        let (s, of) = (if n == "1" { "" } else { "s" }, if most { pick(lang, " au plus", " at most") } else { "" });
        lang.pick(format!("{n} fois{of}"), format!("{n} time{s}{of}"))
    };
    if let Some((path, values)) = row.asked.split_once(" =? ") {
        let values = values.replace(['\'', '"'], "");
        return format!("{}{colon}{values}", named(path));
    }
    match row.asked.split_once(' ') {
        Some(("some", path)) if path.starts_with('@') => {
            format!("{} {}", pick(lang, "l'attribut est exigé :", "the attribute is required:"), path)
        }
        Some(("some", path)) => format!("{}{colon}{}", named(path), pick(lang, "1 fois au moins", "1 time at least")),
        Some((word @ ("just" | "most"), rest)) => {
            let (n, path) = rest.split_once(' ').unwrap_or((rest, "."));
            format!("{}{colon}{}", named(path), times(n, word == "most"))
        }
        Some(("listed", rest)) => {
            let (list, path) = rest.split_once(' ').unwrap_or((rest, "."));
            let list = codes::ALL.iter().find(|known| known.id == list).map_or(list, |known| known.name());
            format!("{}{colon}{} {list}", named(path), pick(lang, "un code de la liste", "a code of the list"))
        }
        _ => row.asked.clone(),
    }
}

/// The last element of a path, without conditions.
fn last(place: &str) -> String {
    let (mut depth, mut bare) = (0usize, String::new());
    for c in place.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    bare.rsplit('/').next().unwrap_or_default().to_owned()
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| built_in("rules/facturx-ids.csv", read()));

fn read() -> Result<Vec<Row>, TableError> {
    let table = Table::parse(include_str!("../../schemas/rules/facturx-ids.csv"))?;
    let [id, profiles, rule, place, asked] =
        ["id", "profiles", "rule", "place", "asked"].map(|name| table.column(name));
    let (id, profiles, rule, place, asked) = (id?, profiles?, rule?, place?, asked?);
    let level = |name: &str| Level::ALL.into_iter().find(|level| level.as_str() == name);
    let row = |row: &crate::table::Row<'_>| {
        Ok(Row {
            number: row.get(id).parse().map_err(|_| row.error("a number is expected"))?,
            profiles: row
                .get(profiles)
                .split(' ')
                .map(|name| level(name).ok_or_else(|| row.error(format!("no profile is called {name}"))))
                .collect::<Result<_, _>>()?,
            rule: row.get(rule).to_owned(),
            place: row.get(place).to_owned(),
            asked: row.get(asked).to_owned(),
        })
    };
    table.rows.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoice::Syntax;

    /// Each number is an assertion that the pack of its profile makes, at that place.
    #[test]
    fn every_number_is_an_assertion_of_its_profile() {
        assert!(ROWS.len() > 1000, "{}", ROWS.len());
        for row in ROWS.iter() {
            for level in &row.profiles {
                let pack = rules::pack(&format!("facturx-{}", level.as_str())).unwrap();
                let id = row.rule.replace('*', &level.as_str().to_ascii_uppercase());
                let rule = pack.rules.iter().find(|rule| rule.id == id);
                let rule = rule.unwrap_or_else(|| panic!("{:06}: {} has no {id}", row.number, pack.id));
                let shown = |text: &str| {
                    ["~^1=", "~^=", "~=", "^="]
                        .iter()
                        .fold(text.to_owned(), |t, sign| t.replace(sign, "="))
                        .replace('{', "[")
                        .replace('}', "]")
                };
                let is_it = |(place, question): &(&str, &str)| {
                    place.ends_with(&shown(&row.place)) && (row.asked.is_empty() || *question == shown(&row.asked))
                };
                let asked = rule.assertions(Syntax::Cii);
                assert!(asked.iter().any(is_it), "{:06} {id}: {} {}", row.number, row.place, row.asked);
            }
        }
    }

    #[test]
    fn each_is_told_in_words() {
        for row in ROWS.iter() {
            for lang in [Lang::Fr, Lang::En] {
                let said = asked(row, lang);
                let notation = ["just ", "most ", "some ", "listed ", " =? ", "%", "{found"];
                assert!(!notation.iter().any(|word| said.contains(word)), "{:06}: {said}", row.number);
                assert!(said.is_empty() == row.asked.is_empty(), "{:06}", row.number);
            }
        }
        assert!(explained("FX-SCH-A-999999", Lang::Fr).is_empty() && !knows("FX-SCH-A-") && !knows("FX-SCH-A-4é"));
    }
}
