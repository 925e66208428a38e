//! What the TOML library says of a partner file, in both languages: which key is unknown and which was probably meant, what is missing, what is of another
//! type. Its own sentences are English.

use toml::de::Error;

use crate::config::nearest;
use crate::rules::client::{FaultKind, FileError, toml_said};
use crate::text::Text;

/// The fault of a file that does not read.
pub(super) fn fault(name: &str, text: &str, error: &Error) -> FileError {
    let span = error.span().unwrap_or(0..0);
    let at = |kind, message| FileError::within(name, text, span.start, kind, message);
    let sentence = error.message();
    let quoted: Vec<&str> = sentence.split('`').skip(1).step_by(2).collect();
    let (first, known) = (quoted.first().copied().unwrap_or_default(), quoted.get(1..).unwrap_or_default());
    let listed =
        || Some(known.join(", ")).filter(|known| !known.is_empty()).map(|known| Text::new(known.clone(), known));
    let meant = || nearest(first, known.iter().copied()).map(str::to_owned);
    let found = || Some(first.to_owned());
    match sentence.split_once(' ') {
        Some(("unknown", rest)) if rest.starts_with("field") => FileError {
            found: found(),
            expected: listed(),
            did_you_mean: meant(),
            ..at(FaultKind::UnknownKey, Text::new("clé inconnue", "unknown key"))
        },
        Some(("unknown", rest)) if rest.starts_with("variant") => FileError {
            found: found(),
            expected: listed(),
            did_you_mean: meant(),
            ..at(FaultKind::BadValue, Text::new("valeur inconnue", "unknown value"))
        },
        Some(("missing", rest)) if rest.starts_with("field") => FileError {
            expected: found().map(|key| Text::new(key.clone(), key)),
            ..at(FaultKind::MissingKey, Text::new("clé absente", "missing key"))
        },
        Some(("invalid", rest)) if rest.starts_with("type") || rest.starts_with("value") => {
            let (what, expected) = rest.split_once(", expected ").unwrap_or((rest, ""));
            let written = text.get(span.clone()).unwrap_or_default().trim();
            let written: String = written.chars().take(crate::limits::QUOTED_CHARS).collect();
            let what = what.split_once(": ").map_or(what, |(_, what)| what).to_owned();
            FileError {
                found: Some(if written.is_empty() { what } else { written }),
                expected: Some(of_type(expected)).filter(|expected| !expected.en.is_empty()),
                ..at(FaultKind::WrongType, Text::new("valeur d'un autre type", "value of another type"))
            }
        }
        // What is one of several words, and is none.
        Some(("wanted", "string or table")) => FileError {
            found: text.get(span.clone()).map(|text| text.trim().chars().take(crate::limits::QUOTED_CHARS).collect()),
            expected: Some(of_type("a string")),
            ..at(FaultKind::WrongType, Text::new("valeur d'un autre type", "value of another type"))
        },
        // One of several forms: of those there is the association of messages alone.
        Some(("data", _)) => FileError {
            found: text.get(span.clone()).map(|text| text.trim().chars().take(crate::limits::QUOTED_CHARS).collect()),
            expected: Some(Text::new(
                "un texte, ou un par répertoire : { D96A = \"EAN008\", D01B = \"EAN010\" }",
                "a text, or one for each directory: { D96A = \"EAN008\", D01B = \"EAN010\" }",
            )),
            ..at(FaultKind::WrongType, Text::new("valeur d'un autre type", "value of another type"))
        },
        _ => at(FaultKind::Syntax, toml_said(sentence, text.get(span.clone()).unwrap_or_default().trim())),
    }
}

/// A type, as the library calls it.
fn of_type(expected: &str) -> Text {
    const TYPES: [(&str, &str, &str); 6] = [
        ("a string", "un texte entre guillemets", "a text in quotes"),
        ("a boolean", "true ou false", "true or false"),
        ("a sequence", "une liste : [\"…\"]", "a list: [\"…\"]"),
        ("a map", "une table", "a table"),
        ("struct", "une table", "a table"),
        ("u8", "un nombre entier", "a whole number"),
    ];
    let known = TYPES.iter().find(|(own, ..)| expected.starts_with(own));
    known.map_or_else(|| Text::new(expected, expected), |(_, fr, en)| Text::new(*fr, *en))
}
