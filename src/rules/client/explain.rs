//! The named mentions in words, for `facteur explain late-payment-penalties`.

use crate::text::Lang;

use super::super::own::{RIGHT, TERMS, WHY, page};
use super::{mention, say};

/// The explanation of a mention. `None` where nothing is called so.
pub fn explain(id: &str, lang: Lang) -> Option<String> {
    let mention = mention::named(id.trim())?;
    let wording = mention.wording.as_ref().map(|w| w.get(lang)).unwrap_or_default();
    Some(page(
        &format!("{}: {}", mention.id, mention.name.get(lang)),
        &[(TERMS, &say::where_proven(mention)), (WHY, &mention.law), (RIGHT, wording)],
        lang,
    ))
}

/// All mentions that can be explained.
pub fn explained() -> impl Iterator<Item = &'static str> {
    mention::all().iter().map(|m| m.id.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mention_is_explained_in_both_languages() {
        for id in explained() {
            let (fr, en) = (explain(id, Lang::Fr).unwrap(), explain(id, Lang::En).unwrap());
            assert!(fr.starts_with(id) && en.starts_with(id) && fr != en, "{id}");
        }
        assert!(explain("BR-01", Lang::En).is_none());
    }
}
