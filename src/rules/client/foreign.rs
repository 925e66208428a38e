//! Faults that the TOML and pattern libraries report in English, said in both languages.
//!
//! The libraries' sentences are looked up by a fragment; one that no row knows is quoted as it is, in both languages.

use crate::text::Text;

/// Fragment of the library's sentence, then ours in French and in English. The first row that fits is taken.
type Row = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const TOML: &[Row] = &[
    ("duplicate key", "clé écrite deux fois", "key written twice"),
    ("string values must be quoted", "texte sans guillemets", "text without quotes"),
    ("key with no value", "clé sans valeur", "key without a value"),
    ("missing value", "valeur absente après le signe =", "no value after the = sign"),
    ("missing assignment", "signe = absent entre la clé et la valeur", "no = sign between key and value"),
    ("missing comma between array", "virgule absente entre deux valeurs d'une liste", "no comma between two values of a list"),
    ("missing comma between key", "virgule absente entre deux clés d'une table { }", "no comma between two keys of a { } table"),
    ("extra comma", "virgule en trop", "one comma too many"),
    ("extra `=`", "signe = en trop", "one = sign too many"),
    ("extra assignment", "virgule absente entre deux clés d'une table { }", "no comma between two keys of a { } table"),
    ("unclosed array table", "[[ sans ]] qui le ferme", "[[ without its closing ]]"),
    ("unclosed array", "[ sans ] qui le ferme", "[ without its closing ]"),
    ("unclosed inline table", "{ sans } qui le ferme", "{ without its closing }"),
    ("unclosed table", "[ sans ] qui le ferme", "[ without its closing ]"),
    ("cannot extend value", "clé déjà donnée avec une autre valeur", "key already given with another value"),
    ("recurs", "listes ou tables trop imbriquées", "lists or tables nested too deeply"),
    ("carriage return", "retour chariot seul en fin de ligne", "lone carriage return at the end of a line"),
    ("invalid basic string", "texte entre guillemets mal formé ou non fermé", "malformed or unclosed text in quotes"),
    ("invalid literal string", "texte entre apostrophes mal formé ou non fermé", "malformed or unclosed text in apostrophes"),
    ("invalid multi-line", "texte sur plusieurs lignes mal formé ou non fermé", "malformed or unclosed text of several lines"),
    ("escape", "\\ suivi d'un signe inconnu ; entre apostrophes, \\ est une lettre comme une autre", "\\ before an unknown sign; in apostrophes, \\ is a letter like any other"),
    ("unicode", "numéro de caractère Unicode mal formé", "malformed Unicode character number"),
    ("integer", "nombre mal formé", "malformed number"),
    ("float", "nombre mal formé", "malformed number"),
    ("leading zero", "nombre qui commence par zéro", "number that starts with zero"),
    ("numeric sign", "nombre à plusieurs signes", "number with several signs"),
    ("`_` may only", "_ mal placé dans un nombre", "misplaced _ in a number"),
    ("radix", "base de nombre mal formée", "malformed base of a number"),
    ("datetime", "date mal formée", "malformed date"),
    ("unquoted key", "clé mal formée", "malformed key"),
    ("keys cannot be multi-line", "clé sur plusieurs lignes", "key of several lines"),
    ("missing key", "clé absente", "missing key"),
    ("missing opening quote", "guillemet ouvrant absent", "missing opening quote"),
    ("comment", "commentaire mal formé", "malformed comment"),
    ("unexpected key or value", "clé ou valeur inattendue", "unexpected key or value"),
    ("unexpected content", "texte inattendu", "unexpected text"),
];

#[rustfmt::skip]
const PATTERN: &[Row] = &[
    ("exceeds size limit", "motif trop gros une fois compilé", "pattern too large once compiled"),
    ("unclosed group", "parenthèse ( non fermée", "parenthesis ( not closed"),
    ("unopened group", "parenthèse ) sans ouvrante", "parenthesis ) never opened"),
    ("unclosed character class", "crochet [ non fermé", "bracket [ not closed"),
    ("unclosed counted repetition", "accolade { non fermée", "brace { not closed"),
    ("repetition quantifier expects a valid decimal", "nombre de répétitions illisible", "unreadable number of repetitions"),
    ("repetition operator missing expression", "* + ? ou { sans rien à répéter", "* + ? or { with nothing to repeat"),
    ("invalid repetition count range", "répétitions : le premier nombre dépasse le second", "repetitions: the first number is above the second"),
    ("invalid character class range", "intervalle : la première lettre suit la seconde", "range: the first letter comes after the second"),
    ("look-around", "(?= (?! (?<= et (?<! ne sont pas admis", "(?= (?! (?<= and (?<! are not supported"),
    ("backreferences", "les renvois \\1 ne sont pas admis", "back references \\1 are not supported"),
    ("unrecognized escape", "\\ suivi d'un signe inconnu", "\\ before an unknown sign"),
    ("incomplete escape", "\\ en fin de motif", "\\ at the end of the pattern"),
    ("unrecognized flag", "option inconnue après (?", "unknown option after (?"),
    ("Unicode property", "propriété Unicode inconnue", "unknown Unicode property"),
    ("nest", "parenthèses trop imbriquées", "parentheses nested too deeply"),
];

/// A fault of the TOML text, and what stands at its place.
pub fn toml(sentence: &str, found: &str) -> Text {
    // The library calls a value that is not there one without quotes.
    let sentence = if found.is_empty() && sentence.contains("must be quoted") { "missing value" } else { sentence };
    said(TOML, sentence, "TOML mal formé", "malformed TOML")
}

/// A fault of a pattern, with the position in it (in characters, from 0) where the library gives one.
pub fn pattern(error: &str) -> (Text, Option<usize>) {
    let lines: Vec<_> = error.lines().collect();
    // The library repeats the pattern, draws a caret under it, both set in by four spaces, and ends with the sentence.
    let position = match lines.as_slice() {
        [_, _, caret, _] => caret.find('^').and_then(|at| at.checked_sub(4)),
        _ => None,
    };
    (said(PATTERN, lines.last().copied().unwrap_or_default(), "motif mal formé", "malformed pattern"), position)
}

fn said(rows: &[Row], sentence: &str, fr: &str, en: &str) -> Text {
    match rows.iter().find(|(fragment, ..)| sentence.contains(fragment)) {
        Some((_, fr, en)) => Text::new(*fr, *en),
        None => Text::new(format!("{fr} ({sentence})"), format!("{en} ({sentence})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_faults_that_people_make() {
        for (text, wanted) in [
            ("a = 1\na = 2", "key written twice"),
            ("a = oui", "text without quotes"),
            ("a", "key without a value"),
            ("a =", "no value after the = sign"),
            ("a = [\"1\" \"2\"]", "no comma between two values of a list"),
            ("a = { b = 1 c = 2 }", "no comma between two keys of a { } table"),
            ("a = [1", "[ without its closing ]"),
            ("[[a", "[[ without its closing ]]"),
            ("[a", "[ without its closing ]"),
            ("a = { b = 1", "{ without its closing }"),
            ("a = \"x", "malformed or unclosed text in quotes"),
            ("a = 'x", "malformed or unclosed text in apostrophes"),
            ("a = \"\\d\"", "\\ before an unknown sign; in apostrophes, \\ is a letter like any other"),
            ("a = 012", "number that starts with zero"),
        ] {
            let error = ::toml::de::DeTable::parse(text).map(|_| ()).unwrap_err();
            let found = error.span().map(|span| text[span].trim()).unwrap_or_default();
            assert_eq!(super::toml(error.message(), found).en, wanted, "{text}: {}", error.message());
        }
    }

    #[test]
    fn knows_the_faults_of_patterns_and_where_they_are() {
        for (text, wanted, position) in [
            (r"^(\d{10}$", "parenthesis ( not closed", Some(1)),
            (r"\d)", "parenthesis ) never opened", Some(2)),
            ("é[a-z", "bracket [ not closed", Some(1)),
            (r"\d{3", "brace { not closed", Some(2)),
            (r"\d{,x}", "unreadable number of repetitions", None),
            ("*a", "* + ? or { with nothing to repeat", None),
            ("a{3,2}", "repetitions: the first number is above the second", Some(1)),
            ("[z-a]", "range: the first letter comes after the second", Some(1)),
            (r"(?=x)", "(?= (?! (?<= and (?<! are not supported", Some(0)),
            (r"(a)\1", "back references \\1 are not supported", Some(3)),
            (r"\y", "\\ before an unknown sign", Some(0)),
        ] {
            let Err(error) = regex::Regex::new(text) else { panic!("{text} is a pattern") };
            let (said, at) = pattern(&error.to_string());
            assert_eq!(said.en, wanted, "{text}: {error}");
            if position.is_some() {
                assert_eq!(at, position, "{text}: {error}");
            }
        }
        let large = regex::RegexBuilder::new(r"\w{200}").size_limit(1000).build().unwrap_err();
        assert_eq!(pattern(&large.to_string()).0.en, "pattern too large once compiled");
    }
}
