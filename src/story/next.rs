//! What comes next for an invoice, by cause: `next.csv`. Who decides which of them holds is the queue; the page, the API and the
//! command line say it in these words.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::table::{Table, TableError, built_in};
use crate::text::Text;

const TEXT: &str = include_str!("next.csv");
/// Whoever may have to act: a person here, facteur itself, the seller, the buyer, nobody.
const WHO: [&str; 5] = ["person", "facteur", "seller", "buyer", "nobody"];

static NEXT: LazyLock<BTreeMap<String, Next>> = LazyLock::new(|| built_in("story/next.csv", read(TEXT)));

/// What comes next, in words.
#[derive(Debug, PartialEq, Eq)]
pub struct Next {
    /// Who acts: `person`, `facteur`, `seller`, `buyer`, `nobody`.
    pub who: String,
    pub words: Text,
}

/// The sentence of this id: a state, or a state and a cause (`blocked-copy`). None where the table has none.
pub fn next(id: &str) -> Option<&'static Next> {
    let all: &'static BTreeMap<String, Next> = &NEXT;
    all.get(id)
}

/// Every id there is.
pub fn ids() -> impl Iterator<Item = &'static str> {
    let all: &'static BTreeMap<String, Next> = &NEXT;
    all.keys().map(String::as_str)
}

fn read(text: &str) -> Result<BTreeMap<String, Next>, TableError> {
    let table = Table::parse(text)?;
    let (id, who) = (table.column("id")?, table.column("who")?);
    let (fr, en) = (table.column("fr")?, table.column("en")?);
    let mut all = BTreeMap::new();
    for row in &table.rows {
        if !WHO.contains(&row.get(who)) || row.get(fr).is_empty() || row.get(en).is_empty() {
            return Err(row.error("who acts, or a sentence, is missing"));
        }
        let next = Next { who: row.get(who).to_owned(), words: Text::new(row.get(fr), row.get(en)) };
        if all.insert(row.get(id).to_owned(), next).is_some() {
            return Err(row.error(format!("`{}` appears twice", row.get(id))));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::State;

    #[test]
    fn every_state_says_what_comes_next_in_two_languages() {
        for (id, next) in read(TEXT).unwrap() {
            assert_ne!(next.words.fr, next.words.en, "{id}");
            let state = State::ALL.into_iter().any(|state| id.starts_with(state.as_str()));
            assert!(state || id == "replaced", "{id}");
        }
        assert!(State::ALL.into_iter().all(|state| next(state.as_str()).is_some()));
        assert!(read("id,who,fr,en\na,somebody,b,c\n").is_err());
        assert!(read("id,who,fr,en\na,nobody,b,c\na,nobody,b,c\n").is_err());
    }
}
