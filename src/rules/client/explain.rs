//! Customer rules and the named mentions in words, for `facteur explain late-payment-penalties` and for the page.

use crate::text::{Lang, Text};

use super::super::own::{RIGHT, TERMS, WHY, page};
use super::file::{Origin, Rule};
use super::inherit::ClientRules;
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

impl Rule {
    /// What it asks, in a sentence.
    pub fn in_words(&self) -> Text {
        say::asks(self)
    }
}

impl ClientRules {
    /// What `[limits]` asks, each with where it is written.
    pub fn limits_in_words(&self) -> Vec<(Text, &Origin)> {
        let limits = [(true, &self.limits.attachments), (false, &self.limits.attachment_bytes)];
        let told = limits.into_iter().filter_map(|(attachments, limit)| {
            let limit = limit.as_ref()?;
            Some((say::limit(attachments, limit.value), &limit.origin))
        });
        told.collect()
    }
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
