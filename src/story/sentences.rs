//! What the queue and the platforms' adapters write as reasons, in French as well: `sentences.csv`.
//!
//! Rows and events keep one English sentence; whoever shows it to a person comes by here. A sentence that is not ours, or of a
//! later version, stays as it is.

use std::sync::LazyLock;

use crate::table::{Table, TableError, built_in};
use crate::text::{Lang, Text};

const TEXT: &str = include_str!("sentences.csv");
/// What stands for words that differ from one case to the next.
const HOLE: &str = "{}";
/// Sentences inside sentences, at most.
const DEPTH: usize = 4;

static SENTENCES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| built_in("story/sentences.csv", read(TEXT)));

/// A reason in both languages.
pub fn both(why: &str) -> Text {
    Text::new(french(why, DEPTH).unwrap_or_else(|| why.to_owned()), why)
}

/// A reason in the language of whoever reads it.
pub fn said(why: &str, lang: Lang) -> String {
    match lang {
        Lang::Fr => both(why).fr,
        Lang::En => why.to_owned(),
    }
}

fn french(why: &str, depth: usize) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    let (held, fr) = SENTENCES.iter().find_map(|(en, fr)| Some((holes(en, why)?, fr)))?;
    let mut parts = fr.split(HOLE);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for (part, held) in parts.zip(held) {
        out.push_str(&french(held, depth).unwrap_or_else(|| held.to_owned()));
        out.push_str(part);
    }
    Some(out)
}

/// What stands in the holes of a sentence; none where it is another sentence. The last hole takes the longest, the others the
/// shortest that fits.
fn holes<'w>(pattern: &str, why: &'w str) -> Option<Vec<&'w str>> {
    let mut parts = pattern.split(HOLE);
    let mut rest = why.strip_prefix(parts.next()?)?;
    let mut held = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let at = if parts.peek().is_some() { rest.find(part)? } else { rest.strip_suffix(part)?.len() };
        let (inside, after) = rest.split_at(at);
        held.push(inside);
        rest = after.get(part.len()..)?;
    }
    rest.is_empty().then_some(held)
}

fn read(text: &str) -> Result<Vec<(String, String)>, TableError> {
    let table = Table::parse(text)?;
    let (en, fr) = (table.column("en")?, table.column("fr")?);
    let mut sentences: Vec<(String, String)> = Vec::new();
    for row in &table.rows {
        let (en, fr) = (row.get(en), row.get(fr));
        if fr.is_empty() || en.matches(HOLE).count() != fr.matches(HOLE).count() {
            return Err(row.error("the French one is missing, or has other holes"));
        }
        if sentences.iter().any(|(known, _)| known == en) {
            return Err(row.error(format!("`{en}` appears twice")));
        }
        sentences.push((en.to_owned(), fr.to_owned()));
    }
    Ok(sentences)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn sentences_inside_sentences_are_told_and_those_of_others_stay() {
        let fr = |why: &str| said(why, Lang::Fr);
        assert_eq!(fr("the call lasted too long"), "l'appel a duré trop longtemps");
        assert_eq!(
            fr("failed 3 times: facteur's own fault: the seal in the store does not verify: cut"),
            "échec de facteur 3 fois : faute de facteur : le cachet du magasin ne se vérifie pas : cut"
        );
        assert_eq!(
            fr("its platform (pa (old)) is not in the configuration: add it there, then retry").split(')').count(),
            3
        );
        for other in ["", "said by nobody", "waits for its sealing", "the call lasted too long, said Marie"] {
            assert_eq!(fr(other), other);
        }
        assert_eq!(said("the call lasted too long", Lang::En), "the call lasted too long");
    }

    /// Every reason that the queue writes has its row. Where a reason is given is known by what stands before it.
    #[test]
    fn every_reason_of_the_queue_has_its_row() {
        const BEFORE: [&str; 13] = [
            "let why = ",
            "(statement, ",
            ".park(",
            "doubt(&mut draft, ",
            "why: ",
            "\"why\": ",
            "Fault(",
            "let said = ",
            "DUPLICATE: &str = ",
            "Look::Park(",
            "Meant::Unknown(",
            "Some(format!(",
            "Err(",
        ];
        let mut found = Vec::new();
        let folders = ["src/queue", "src/queue/statements"].map(|folder| std::fs::read_dir(Path::new(folder)).unwrap());
        for entry in folders.into_iter().flatten() {
            let path = entry.unwrap().path();
            let plain = path.extension().is_some_and(|e| e == "rs") && !path.ends_with("simulation.rs");
            let text = if plain { std::fs::read_to_string(&path).unwrap() } else { continue };
            let text = text.split("#[cfg(test)]").next().unwrap();
            for before in BEFORE {
                for piece in text.split(before).skip(1) {
                    // `park(`, perhaps a line end, perhaps `&format!(`, and the words.
                    let piece = piece.trim_start();
                    let piece = piece.strip_prefix('&').unwrap_or(piece);
                    let piece = piece.strip_prefix("format!(").unwrap_or(piece).trim_start();
                    if let Some(words) = piece.strip_prefix('"').and_then(|piece| piece.split('"').next()) {
                        found.push(plainly(words));
                    }
                }
            }
        }
        found.retain(|words| words.contains(' '));
        assert!(found.len() >= 20, "{found:#?}");
        let missing: Vec<_> = found.iter().filter(|words| SENTENCES.iter().all(|(en, _)| en != *words)).collect();
        assert!(missing.is_empty(), "not in sentences.csv: {missing:#?}");
    }

    /// A string of the source with its line ends taken out, and what it fills in as holes.
    fn plainly(words: &str) -> String {
        let joined: String = words.split("\\\n").map(str::trim_start).collect();
        let mut out = String::new();
        for (n, piece) in joined.split('{').enumerate() {
            match piece.split_once('}').filter(|_| n > 0) {
                Some((_, rest)) => out += &format!("{HOLE}{rest}"),
                None => out += piece,
            }
        }
        out
    }
}
