//! What the lists have in common: the question in the address, refused where it cannot be understood; pages; sums.

use super::show;
use super::trouble::Trouble;
use crate::day::Day;
use crate::problems::Money;
use crate::text::{Lang, Text};

/// The parameters of an address, in order.
#[derive(Debug, Clone, Default)]
pub struct Asked(pub Vec<(String, String)>);

impl Asked {
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    pub fn some(&self, name: &str) -> Option<String> {
        Some(self.get(name)).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|known| known == value)
    }

    /// The same question with other pages' parameters replaced, as a query string.
    pub fn with(&self, changes: &[(&str, &str)]) -> String {
        const PAGES: [&str; 3] = ["after", "before", "did"];
        let kept = self.0.iter().filter(|(name, value)| {
            !value.trim().is_empty()
                && !PAGES.contains(&name.as_str())
                && changes.iter().all(|(changed, _)| changed != name)
        });
        let kept = kept.map(|(name, value)| (name.as_str(), value.trim()));
        let pairs = kept.chain(changes.iter().copied().filter(|(_, value)| !value.is_empty()));
        let pairs: Vec<String> =
            pairs.map(|(name, value)| format!("{}={}", show::in_query(name), show::in_query(value))).collect();
        format!("?{}", pairs.join("&"))
    }

    /// A day; none where nothing is asked.
    ///
    /// # Errors
    /// What is asked is no day.
    pub fn day(&self, name: &str) -> Result<Option<Day>, Trouble> {
        let wrong = || {
            Trouble::asked(Text::new(
                "Une date comme 2026-11-21 est attendue dans le filtre.",
                "A date such as 2026-11-21 is expected in the filter.",
            ))
        };
        self.some(name).map(|text| Day::parse_iso(&text).ok_or_else(wrong)).transpose()
    }

    /// One of the words that the filter knows; the first of them where nothing is asked.
    ///
    /// # Errors
    /// What is asked is none of them.
    pub fn one_of(&self, name: &str, known: &[&'static str]) -> Result<&'static str, Trouble> {
        let asked = self.get(name);
        let found = known.iter().find(|word| **word == asked);
        let found = found.or_else(|| known.first().filter(|_| asked.is_empty()));
        found.copied().ok_or_else(|| {
            let known: Vec<&str> = known.iter().copied().filter(|word| !word.is_empty()).collect();
            let known = known.join(", ");
            Trouble::asked(Text::new(
                format!("« {name} » : l'un de {known} est attendu dans l'adresse."),
                format!("\"{name}\": one of {known} is expected in the address."),
            ))
        })
    }

    /// A whole number up to `most`; none where nothing is asked.
    ///
    /// # Errors
    /// What is asked is no such number.
    pub fn number(&self, name: &str, most: usize) -> Result<Option<usize>, Trouble> {
        let wrong = || {
            Trouble::asked(Text::new(
                format!("« {name} » : un nombre entier de 0 à {most} est attendu dans l'adresse."),
                format!("\"{name}\": a whole number from 0 to {most} is expected in the address."),
            ))
        };
        // Digits alone: `+7` is no number here.
        let plain = |text: &String| text.bytes().all(|b| b.is_ascii_digit());
        let read = |text: String| text.parse().ok().filter(|n| *n <= most && plain(&text)).ok_or_else(wrong);
        self.some(name).map(read).transpose()
    }
}

/// A filter has no such word.
pub fn unknown(name: &str) -> Trouble {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    Trouble::asked(Text::new(
        format!("Le filtre ne connaît pas « {name} »."),
        format!("The filter does not know \"{name}\"."),
    ))
}

/// The addresses of the pages around this one, where there are any.
#[derive(Debug, Default)]
pub struct Pages {
    pub newer: Option<String>,
    pub older: Option<String>,
}

/// Sums by currency, as this language writes them.
pub fn sums<'m>(all: impl IntoIterator<Item = (&'m str, Money)>, lang: Lang) -> Vec<(String, String)> {
    all.into_iter().map(|(currency, sum)| (show::said(currency, 8), show::money_of(sum, lang))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&str, &str)]) -> Asked {
        Asked(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn a_question_is_carried_on_without_its_page() {
        let asked = asked(&[("q", "a&b"), ("state", "blocked"), ("state", "ready"), ("after", "x"), ("to", " ")]);
        assert_eq!(asked.with(&[("before", "y")]), "?q=a%26b&state=blocked&state=ready&before=y");
        assert_eq!(asked.with(&[("q", "")]), "?state=blocked&state=ready");
        assert!(asked.day("to").is_ok_and(|day| day.is_none()));
        assert!(self::asked(&[("to", "soon")]).day("to").is_err());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let question = asked(&[("order", "due"), ("age", "30"), ("from", "-1"), ("state", "opne"), ("far", "99999")]);
        assert_eq!(question.one_of("order", &["amount", "due"]).ok(), Some("due"));
        assert_eq!(question.one_of("absent", &["amount", "due"]).ok(), Some("amount"));
        assert!(question.one_of("state", &["open", "closed"]).is_err());
        assert_eq!(question.number("age", 90).ok(), Some(Some(30)));
        assert!(question.number("from", 90).is_err() && question.number("far", 90).is_err());
        assert!(asked(&[("age", "+7")]).number("age", 90).is_err());
    }
}
