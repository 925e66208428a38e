//! What to do next, in one sentence, by key: `schemas/problems/advice.csv`, which the other tables point at.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::table::{Table, TableError, built_in};
use crate::text::Text;

/// The sentence of this key; `None` where the table has none.
pub(super) fn advice(key: &str) -> Option<&'static Text> {
    ADVICE.get(key)
}

static ADVICE: LazyLock<HashMap<String, Text>> = LazyLock::new(|| built_in("problems/advice.csv", read(TEXT)));

const TEXT: &str = include_str!("../../schemas/problems/advice.csv");

fn read(text: &str) -> Result<HashMap<String, Text>, TableError> {
    let table = Table::parse(text)?;
    let (key, fr, en) = (table.column("key")?, table.column("fr")?, table.column("en")?);
    let mut advice = HashMap::new();
    for row in &table.rows {
        if row.get(fr).is_empty() || row.get(en).is_empty() {
            return Err(row.error("a sentence is missing"));
        }
        if advice.insert(row.get(key).to_owned(), Text::new(row.get(fr), row.get(en))).is_some() {
            return Err(row.error(format!("key `{}` appears twice", row.get(key))));
        }
    }
    Ok(advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_there_once_in_both_languages() {
        let all = read(TEXT).unwrap();
        for (key, text) in &all {
            assert_ne!(text.fr, text.en, "{key}");
        }
        assert!(read("key,fr,en\na,b,c\na,b,c\n").is_err());
        assert!(read("key,fr,en\na,b,\n").is_err());
    }
}
