//! Where in the book an id is explained, and the links to there.

use std::collections::HashMap;

use crate::explain::page::escaped;
use crate::explain::words::pieces;

/// Ids and where they stand: `br-co.md#br-co-10`.
pub struct Links {
    places: HashMap<&'static str, String>,
}

impl Links {
    /// From pairs of file and id.
    pub fn new(places: impl IntoIterator<Item = (String, &'static str)>) -> Self {
        Self { places: places.into_iter().map(|(file, id)| (id, format!("{file}#{}", anchor(id)))).collect() }
    }

    /// The line, escaped, with the ids that stand in it turned into links; an id of the same page needs no file.
    pub fn linked(&self, line: &str, file: &str) -> String {
        let known = |word: &str| self.places.contains_key(word);
        let shown = |(piece, is_id): (&str, bool)| match self.places.get(piece).filter(|_| is_id) {
            Some(place) => format!("[{}]({})", escaped(piece), place.strip_prefix(file).unwrap_or(place)),
            None => escaped(piece),
        };
        pieces(line, &known).into_iter().map(shown).collect()
    }
}

/// The anchor of an id: `BR-CO-10` is at `#br-co-10`.
pub fn anchor(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_links() {
        let links = Links::new([("terms.md".to_owned(), "BT-13"), ("br.md".to_owned(), "BR-01")]);
        assert_eq!(
            links.linked("see BT-13, BT-131 and BR-01 < *", "br.md"),
            "see [BT-13](terms.md#bt-13), BT-131 and [BR-01](#br-01) &lt; \\*"
        );
        assert_eq!(links.linked("été — 1", "br.md"), "été — 1");
    }
}
