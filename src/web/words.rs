//! Every sentence of the page, by key, in both languages: `words.csv`.
//!
//! A counted thing has two keys, `….one` and `….many`, with `{n}` for the number.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::table::{Table, TableError, built_in};
use crate::text::{Lang, Text};

static WORDS: LazyLock<HashMap<String, Text>> = LazyLock::new(|| built_in("web/words.csv", read(TEXT)));

const TEXT: &str = include_str!("words.csv");

/// The sentence of this key; the key itself where there is none, which a test rules out.
pub fn say(key: &str, lang: Lang) -> &str {
    let words: &'static HashMap<String, Text> = &WORDS;
    words.get(key).map_or(key, |text| text.get(lang))
}

/// The sentence with values in the places of their names.
pub fn fill(key: &str, lang: Lang, values: &[(&str, &str)]) -> String {
    values.iter().fold(say(key, lang).to_owned(), |said, (name, value)| said.replace(&format!("{{{name}}}"), value))
}

fn read(text: &str) -> Result<HashMap<String, Text>, TableError> {
    let table = Table::parse(text)?;
    let (key, fr, en) = (table.column("key")?, table.column("fr")?, table.column("en")?);
    let mut words = HashMap::new();
    for row in &table.rows {
        if row.get(fr).trim().is_empty() || row.get(en).trim().is_empty() {
            return Err(row.error("a language is missing"));
        }
        if words.insert(row.get(key).to_owned(), Text::new(row.get(fr), row.get(en))).is_some() {
            return Err(row.error(format!("key `{}` appears twice", row.get(key))));
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Whatever stands between quotes and reads as a key (`word.word`), in the pages and in what fills them.
    fn used(folder: &Path, keys: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                used(&path, keys);
            } else if path.extension().is_some_and(|e| e == "rs" || e == "html") && !path.ends_with("words.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let key = |word: &&str| {
                    let (room, rest) = word.split_once('.').unwrap_or(("", ""));
                    let plain = |part: &str| {
                        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b"_-.".contains(&b))
                    };
                    plain(room)
                        && plain(rest)
                        && !rest.ends_with('.')
                        && !["html", "csv", "css", "js", "svg"].contains(&rest)
                };
                keys.extend(text.split('"').filter(key).map(str::to_owned));
            }
        }
    }

    #[test]
    fn states_and_verdicts_are_called_as_on_the_command_line() {
        for lang in [Lang::Fr, Lang::En] {
            for state in crate::lifecycle::State::ALL.map(crate::lifecycle::State::as_str) {
                assert_eq!(say(&format!("state.{state}"), lang), crate::story::words::state(state, lang));
            }
            for verdict in ["valid", "waived", "lowered", "waived-lowered", "excused", "invalid", "not-judged"] {
                assert_eq!(say(&format!("verdict.{verdict}"), lang), crate::story::words::verdict(verdict, lang));
            }
        }
    }

    #[test]
    fn every_key_of_a_page_has_both_languages_and_every_sentence_is_used() {
        read(TEXT).unwrap();
        let mut keys = BTreeSet::new();
        used(Path::new("src/web"), &mut keys);
        let known = |key: &String| WORDS.contains_key(key) || WORDS.contains_key(&format!("{key}.one"));
        let missing: Vec<_> = keys.iter().filter(|key| !known(key)).collect();
        assert!(missing.is_empty(), "not in words.csv: {missing:#?}");
        // Keys that are made of a table's own ids.
        const MADE: [&str; 14] = [
            "chain.",
            "pack.",
            "ran.",
            "state.",
            "verdict.",
            "severity.",
            "act.",
            "did.",
            "kind.",
            "said.",
            "who.",
            "closed.",
            "change.",
            "order.",
        ];
        let stem = |key: &str| key.trim_end_matches(".one").trim_end_matches(".many").to_owned();
        let unused: Vec<_> = WORDS
            .keys()
            .filter(|key| {
                !keys.contains(&stem(key)) && !keys.contains(*key) && !MADE.iter().any(|made| key.starts_with(made))
            })
            .collect();
        assert!(unused.is_empty(), "used nowhere: {unused:#?}");
        for (key, text) in WORDS.iter() {
            let names = |text: &str| {
                text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap().to_owned()).collect::<BTreeSet<_>>()
            };
            assert_eq!(names(&text.fr), names(&text.en), "{key}");
            assert!(WORDS.contains_key(&key.replace(".one", ".many")), "{key}");
        }
    }
}
