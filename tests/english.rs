//! English texts have no blank before a semicolon, a colon, an exclamation or a question mark: that is French.

use std::fs;
use std::path::{Path, PathBuf};

const ENGLISH: [&str; 24] = [
    "the", "is", "of", "and", "not", "to", "this", "are", "it", "no", "its", "has", "be", "that", "which", "by", "for",
    "with", "where", "from", "was", "or", "an", "says",
];
const FRENCH: [&str; 24] = [
    "le", "la", "les", "est", "de", "des", "et", "un", "une", "ne", "pas", "du", "au", "ce", "que", "qui", "l", "d",
    "sur", "pour", "dans", "par", "en", "aucun",
];

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|own| own == ending) {
            found.push(path);
        }
    }
}

/// A blank between a word and one of the four signs.
fn spaced(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let ends = |c: Option<&char>| c.is_none_or(|c| c.is_whitespace() || *c == '"');
    chars.windows(3).enumerate().any(|(at, three)| match three {
        [before, ' ' | '\u{a0}' | '\u{202f}', ';' | ':' | '!' | '?'] => {
            (before.is_alphanumeric() || ")\"}]%`.".contains(*before)) && ends(chars.get(at + 3))
        }
        _ => false,
    })
}

/// Has it more words of English than of French?
fn is_english(text: &str) -> bool {
    // What is filled in is neither.
    let pieces = text.split('{').enumerate();
    let lower: String = pieces
        .map(|(n, piece)| if n > 0 { piece.split_once('}').map_or("", |(_, rest)| rest) } else { piece })
        .collect();
    let lower = lower.to_lowercase();
    let count =
        |known: &[&str]| lower.split(|c: char| !c.is_alphanumeric()).filter(|word| known.contains(word)).count();
    count(&ENGLISH) > count(&FRENCH)
}

/// The texts between quotes of a source, escapes left as they are.
fn literals(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
        let mut inside: Option<String> = None;
        let mut escaped = false;
        for c in line.chars() {
            match (&mut inside, c) {
                (Some(text), c) if escaped => {
                    text.push(c);
                    escaped = false;
                }
                (Some(_), '\\') => escaped = true,
                (Some(_), '"') => found.extend(inside.take()),
                (Some(text), c) => text.push(c),
                (None, '"') => inside = Some(String::new()),
                (None, _) => {}
            }
        }
    }
    found
}

#[test]
fn english_is_not_spaced_as_french() {
    assert!(spaced("a thing ; another") && spaced("what ?") && !spaced("a thing; another") && !spaced("IN ?1 OUT::in"));
    assert!(is_english("this is not in ; the table") && !is_english("ce n'est pas dans ; la table"));
    let mut wrong = Vec::new();
    let mut sources = Vec::new();
    files(Path::new("src"), "rs", &mut sources);
    for path in sources.iter().filter(|path| !path.components().any(|part| part.as_os_str() == "sqlite")) {
        let source = fs::read_to_string(path).unwrap();
        let odd = literals(&source).into_iter().filter(|text| spaced(text) && is_english(text));
        wrong.extend(odd.map(|text| format!("{}: {text}", path.display())));
    }
    // What lists are joined by is no sentence. The sandbox speaks French; elsewhere French has it for itself, English on the same line or the next, or it is
    // turned for English.
    for path in sources.iter().filter(|path| !path.to_string_lossy().contains("sandbox")) {
        let source = fs::read_to_string(path).unwrap();
        let turned = source.contains(".replace(\" ; \", \"; \")");
        let both = |line: &str| line.contains(".fr") || line.contains("\"; \"");
        let next = source.lines().skip(1).chain([""]);
        let odd = source
            .lines()
            .zip(next)
            .filter(|(line, next)| line.contains(".join(\" ; \")") && !turned && !both(line) && !both(next));
        wrong.extend(odd.map(|(line, _)| format!("{}: {line}", path.display())));
    }
    let mut tables = Vec::new();
    files(Path::new("schemas"), "toml", &mut tables);
    for path in &tables {
        let text = fs::read_to_string(path).unwrap();
        for line in text.lines() {
            for said in line.split("en = \"").skip(1).map(|rest| rest.split("\" }").next().unwrap_or(rest)) {
                if spaced(said) && !said.contains("fr = \"") {
                    wrong.push(format!("{}: {said}", path.display()));
                }
            }
        }
    }
    let mut lists = Vec::new();
    files(Path::new("schemas"), "csv", &mut lists);
    for path in &lists {
        let Ok(text) = fs::read_to_string(path) else { continue };
        let mut lines = text.lines();
        let Some(head) = lines.next().filter(|head| head.contains("en")) else { continue };
        let english: Vec<usize> = head
            .split(',')
            .enumerate()
            .filter(|(_, name)| *name == "en" || name.ends_with("_en"))
            .map(|(n, _)| n)
            .collect();
        for line in lines {
            let cells = cells(line);
            let odd = english.iter().filter_map(|n| cells.get(*n)).filter(|cell| spaced(cell));
            wrong.extend(odd.map(|cell| format!("{}: {cell}", path.display())));
        }
    }
    assert!(wrong.is_empty(), "{} English texts:\n{}", wrong.len(), wrong.join("\n"));
}

/// The cells of a line of CSV.
fn cells(line: &str) -> Vec<String> {
    let (mut all, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(String::new()),
            c => all.last_mut().unwrap().push(c),
        }
    }
    all
}
