//! Everything that facteur names, in words: rules, terms, elements, codes, statuses, reasons, causes. The command line
//! (`facteur explain`), the page (`/rules`) and the book (`docs/rules/`) say the same.

mod apart;
mod book;
mod cause;
mod code;
mod codes;
mod element;
mod index;
mod key;
mod number;
mod page;
mod profile;
mod rule;
mod status;
mod term;
mod words;

pub use book::{Book, Leaf, book};
pub use index::{What, everything};
pub use page::{Explanation, Section, escaped};

use crate::rules::{self, client::fold};
use crate::text::Lang;
use key::key;

/// The guesses that are offered for what nothing is called.
const GUESSES: usize = 3;

/// What is called so, most likely first: several where an id means several things (`380`, `FR`). Letter case, accents, blanks and
/// dashes do not count, nor does a full stop behind. Empty where nothing is.
///
/// ```
/// use facteur::{explain, text::Lang};
/// assert_eq!(explain::find("bt13", Lang::En)[0].id, "BT-13");
/// assert_eq!(explain::near("BR-CO-1O0"), ["BR-CO-10"]);
/// ```
pub fn find(query: &str, lang: Lang) -> Vec<Explanation> {
    // `BR-*` is no country: a star asks for all that start so.
    if let Some(family) = Some(query.trim()).filter(|q| q.ends_with('*')).and_then(|start| rule::family(start, lang)) {
        return vec![family];
    }
    let found: Vec<Explanation> = called(query).iter().map(|what| what.explained(lang)).collect();
    if !found.is_empty() {
        return found;
    }
    let numbers = number::explained(query, lang);
    if !numbers.is_empty() {
        return numbers;
    }
    if let Some(profile) = profile::explained(query, lang) {
        return vec![profile];
    }
    let elements = element::explained(query, lang);
    if !elements.is_empty() {
        return elements;
    }
    // `client:mairie` in a report is the file of that customer.
    if let Some((kind, _)) = query.trim().split_once(':').filter(|(kind, _)| *kind == "client") {
        return called(kind).iter().map(|what| what.explained(lang)).collect();
    }
    // Whoever reads one language may have heard the name in the other.
    let other = if lang == Lang::Fr { Lang::En } else { Lang::Fr };
    let named = [lang, other].into_iter().map(|lang| called_by_name(query, lang)).find(|all| !all.is_empty());
    if let Some(named) = named {
        return named.iter().map(|what| what.explained(lang)).collect();
    }
    if let Some(family) = rule::family(query, lang) {
        return vec![family];
    }
    // An id of one syntax that no pack has (`BR-FR-05_BT-22-9`) is explained under what both syntaxes share.
    match query.trim().split_once('_') {
        Some((shared, _)) if shared.to_ascii_uppercase().starts_with("BR-") => find(shared, lang),
        _ => Vec::new(),
    }
}

/// What has exactly this id. Signs that are part of no id make it another word: `%s` is not `S`, and `-x` is an option.
fn called(query: &str) -> Vec<What> {
    const SIGNS: &str = ".,;:!?_/'’\"«»“”()[]*@#+";
    let dash = |c: char| matches!(c, '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    // An accent may stand behind its letter.
    let accent = |c: char| matches!(c, '\u{300}'..='\u{36f}');
    let fits = |c: char| c.is_alphanumeric() || c.is_whitespace() || dash(c) || accent(c) || SIGNS.contains(c);
    let query = query.trim();
    if query.starts_with('-') || !query.chars().all(fits) { Vec::new() } else { index::called(&key(query)) }
}

/// What bears exactly this name: `Refusée` is 210, `France` is FR.
fn called_by_name(query: &str, lang: Lang) -> Vec<What> {
    let wanted = fold(query);
    if wanted.chars().filter(|c| c.is_alphabetic()).count() < 3 {
        return Vec::new();
    }
    // A code without a name bears that of its list, which the list bears itself.
    let own = |what: &What| !matches!(what, What::Code(list, code) if list.named(code).is_none());
    everything().filter(|what| own(what) && fold(&what.title(lang)) == wanted).collect()
}

/// Is anything called so?
pub fn knows(query: &str) -> bool {
    !called(query).is_empty()
        || element::knows(query)
        || number::knows(query)
        || profile::knows(query)
        || rule::family(query, Lang::En).is_some()
}

/// Ids that look like one that does not exist, nearest first, three at most; none rather than a silly one.
pub fn near(query: &str) -> Vec<String> {
    // What people write for a code, and an id without its zero: `UK`, `BR-S-8`.
    let written: Vec<String> = rules::written(query).into_iter().filter(|c| knows(c)).map(str::to_owned).collect();
    if !written.is_empty() {
        return written;
    }
    if let Some((family, number)) = query.trim().rsplit_once('-')
        && number.len() == 1
        && let [what @ (What::Rule(_) | What::Apart(_)), ..] = called(&format!("{family}-0{number}")).as_slice()
    {
        return vec![what.id().to_owned()];
    }
    let ids = index::near(&key(query), GUESSES);
    if ids.is_empty() { element::near(query, GUESSES) } else { ids.into_iter().map(str::to_owned).collect() }
}

/// What bears these words in its name, shortest name first, `most` at most: whoever knows no id finds it so.
pub fn named(words: &str, lang: Lang, most: usize) -> Vec<(&'static str, String)> {
    let wanted = fold(words);
    if wanted.chars().filter(|c| c.is_alphabetic()).count() < 4 {
        return Vec::new();
    }
    let mut found: Vec<(String, &'static str)> = Vec::new();
    for what in everything() {
        if matches!(what, What::Code(list, code) if list.named(code).is_none()) {
            continue;
        }
        let title = what.title(lang);
        let folded = fold(&title);
        // At the start of a word: "taxe" is not in "surtaxe".
        let bears = folded.match_indices(&wanted).any(|(at, _)| {
            folded.get(..at).and_then(|before| before.chars().next_back()).is_none_or(|c| !c.is_alphanumeric())
        });
        if bears {
            found.push((title, what.id()));
        }
    }
    found.sort_by_key(|(title, _)| title.chars().count());
    let mut told: Vec<(&'static str, String)> = Vec::new();
    for (title, id) in found {
        if told.len() < most && !told.iter().any(|(known, _)| *known == id) {
            told.push((id, title));
        }
    }
    told
}

/// A line cut into the ids in it that are explained, and what stands between them.
pub fn pieces(line: &str) -> Vec<(&str, bool)> {
    words::pieces(line, &|word| index::called(&key(word)).iter().any(|what| what.id() == word))
}

#[cfg(test)]
mod tests;
