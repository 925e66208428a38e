//! The notation of catalogue rows: paths with conditions, and questions about them. `schemas/rules/README.md` describes it.
//!
//! Read here, at build time, and written as Rust statics: nothing of it is parsed when facteur runs.

use std::sync::Mutex;

use super::list;
use super::names::{self, Names};

/// The regular expressions of the rows read so far: each is one static, compiled when first used.
static PATTERNS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A static for each regular expression of the rows that were read.
pub fn patterns() -> String {
    let all = PATTERNS.lock().expect("one thread");
    let one = |(n, text): (usize, &String)| format!("static PATTERN_{n}: Pattern = Pattern::of({text:?});\n");
    all.iter().enumerate().map(one).collect()
}

/// Reads one question, such as `has cbc:ID and not has cbc:UUID`, and writes it as a Rust expression of type `Ask`.
pub fn ask(text: &str, names: &Names) -> String {
    let mut reader = Reader { tokens: tokens(text), at: 0, text, names };
    let out = reader.either();
    assert!(reader.at == reader.tokens.len(), "{text}: {:?} left over", reader.tokens[reader.at]);
    out
}

/// The names that the last step of a context may stand for.
pub struct Last {
    pub known: Vec<usize>,
    /// Also names outside the vocabulary.
    pub loose: bool,
    /// The name of the step before it, where it is one name.
    pub around: Option<usize>,
}

/// Reads the alternatives of a context, `a/b{c} | /d`, and gives for each: its last name, and Rust.
pub fn contexts(text: &str, names: &Names) -> Vec<(Last, String)> {
    outside_braces(text, '|').iter().map(|one| context(one.trim(), names)).collect()
}

/// Writes a path as a Rust expression of type `Path`.
pub fn path(text: &str, names: &Names) -> String {
    let (from, rest) = match text {
        "." => {
            let whole = format!("&Whole {{ steps: &[], text: {text:?} }}");
            return format!("Path {{ from: From::Here, attribute: None, names: Some(&[]), whole: {whole} }}");
        }
        _ if text.starts_with("//") => ("Anywhere", &text[2..]),
        _ if text.starts_with('/') => ("Root", &text[1..]),
        _ => ("Here", text),
    };
    let mut steps = Vec::new();
    let mut plain = Some(Vec::new());
    let mut attribute = "None".to_owned();
    for step in outside_braces(rest, '/') {
        match step.strip_prefix('@') {
            Some(name) => attribute = format!("Some(Name({}))", names.number(name)),
            None => {
                let named = !step.contains(['{', '[', '*', '.']);
                plain = plain.filter(|_| named).map(|mut all| {
                    all.push(format!("Name({})", names.number(&step)));
                    all
                });
                steps.push(self::step(&step, names));
            }
        }
    }
    let shown = shown(text);
    let plain = plain.map_or("None".to_owned(), |all| format!("Some({})", list(all)));
    let whole = format!("&Whole {{ steps: {}, text: {shown:?} }}", list(steps));
    format!("Path {{ from: From::{from}, attribute: {attribute}, names: {plain}, whole: {whole} }}")
}

/// A path as findings show it: conditions in brackets, comparisons by their plain sign. What stands in quotes stays as it is.
pub fn shown(text: &str) -> String {
    let one = |(n, piece): (usize, &str)| {
        if n % 2 == 1 {
            return format!("'{piece}'");
        }
        let plain = ["~^1=", "~^=", "~=", "^="].iter().fold(piece.to_owned(), |t, sign| t.replace(sign, "="));
        names::shown(&plain.replace('{', "[").replace('}', "]"))
    };
    text.split('\'').enumerate().map(one).collect()
}

/// A path without its conditions.
pub fn bare(path: &str) -> String {
    let mut depth = 0;
    let outside = |c: &char| {
        depth += i32::from(*c == '{') - i32::from(*c == '}');
        depth == 0 && *c != '}'
    };
    path.chars().filter(outside).collect()
}

fn context(text: &str, names: &Names) -> (Last, String) {
    let (anchored, rest) = match text.strip_prefix("//") {
        Some(rest) => (false, rest),
        None => text.strip_prefix('/').map_or((false, text), |rest| (true, rest)),
    };
    let parts = outside_braces(rest, '/');
    let last = parts.last().expect("a path has a step");
    let name = last.split(['{', '[']).next().expect("split gives one");
    let before = parts.len().checked_sub(2).map(|at| parts[at].split(['{', '[']).next().expect("split gives one"));
    let around = before.filter(|name| !name.contains(['*', '.'])).map(|name| names.number(name));
    let last = match ending(name) {
        Some((prefix, end)) => Last { known: names.ending(prefix, end), loose: true, around },
        None => Last { known: vec![names.number(name)], loose: false, around },
    };
    let steps = list(parts.iter().map(|s| step(s, names)));
    let conditional = rest.contains(['{', '[']);
    (last, format!("anchored: {anchored}, conditional: {conditional}, steps: {steps}"))
}

/// `*Amount` and `ram:*ID`: the prefix, where one is given, and the end of the name.
fn ending(name: &str) -> Option<(Option<&str>, &str)> {
    let (prefix, end) = name.split_once('*').filter(|(_, end)| !end.is_empty())?;
    Some((prefix.strip_suffix(':'), end))
}

fn step(text: &str, names: &Names) -> String {
    let (bare, conditions) = match text.find('{') {
        Some(at) => (&text[..at], &text[at..]),
        None => (text, ""),
    };
    let (bare, first) = match bare.strip_suffix("[1]") {
        Some(bare) => (bare, true),
        None => (bare, false),
    };
    let name = match bare {
        ".." => "Which::Parent".to_owned(),
        "*" => "Which::Any".to_owned(),
        name => match ending(name) {
            Some((prefix, end)) => format!("Which::Ending({:?}, {end:?})", prefix.map(|p| names.uri(p))),
            None => format!("Which::Named(Name({}))", names.number(name)),
        },
    };
    let only = conditions.split_inclusive('}').fold((Vec::new(), String::new()), |(mut all, mut open), piece| {
        // A condition may hold conditions: it ends where its braces balance.
        open.push_str(piece);
        if open.matches('{').count() == open.matches('}').count() {
            all.push(ask(open.strip_prefix('{').and_then(|o| o.strip_suffix('}')).expect("braces"), names));
            open = String::new();
        }
        (all, open)
    });
    format!("Step {{ which: {name}, first: {first}, only: {} }}", list(only.0))
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Sign(char),
}

struct Reader<'t> {
    tokens: Vec<Token>,
    at: usize,
    text: &'t str,
    names: &'t Names,
}

impl Reader<'_> {
    fn either(&mut self) -> String {
        if self.word("if") {
            let only = self.either();
            assert!(self.word("then"), "{}: then is missing", self.text);
            return format!("Ask::When(&{only}, &{})", self.either());
        }
        let mut all = vec![self.both()];
        while self.word("or") {
            all.push(self.both());
        }
        if all.len() == 1 { all.remove(0) } else { format!("Ask::Any({})", list(all)) }
    }

    fn both(&mut self) -> String {
        let mut all = vec![self.one()];
        while self.word("and") {
            all.push(self.one());
        }
        if all.len() == 1 { all.remove(0) } else { format!("Ask::All({})", list(all)) }
    }

    fn one(&mut self) -> String {
        if self.word("not") {
            return format!("Ask::Not(&{})", self.one());
        }
        if self.sign('(') {
            let inside = self.either();
            assert!(self.sign(')'), "{}: ) is missing", self.text);
            return inside;
        }
        let word = self.next_word();
        match word.as_str() {
            "true" => "Ask::True".to_owned(),
            "has" => format!("Ask::Check({}, &Check::Exists)", self.path()),
            "filled" => format!("Ask::Check({}, &Check::NotBlank)", self.path()),
            "code" | "listed" => {
                let codes = self.next_word().to_uppercase().replace(['-', '.'], "_");
                let how = if word == "code" { "Table" } else { "Listed" };
                format!("Ask::Check({}, &Check::OneOf(Codes::{how}(&codes::{codes})))", self.path())
            }
            "short" => {
                let path = self.path();
                let max = self.next_word();
                format!("Ask::Check({path}, &Check::Length {{ min: 0, max: {max} }})")
            }
            "fraction" | "long" | "brief" => {
                let path = self.path();
                let count = self.next_word();
                let ask = match word.as_str() {
                    "long" => "Long",
                    "brief" => "Brief",
                    _ => "Fraction",
                };
                format!("Ask::{ask}({path}, {count})")
            }
            "match" | "match~" => {
                let path = self.path();
                let Some(Token::Quoted(text)) = self.tokens.get(self.at).cloned() else {
                    panic!("{}: an expression in quotes", self.text)
                };
                self.at += 1;
                let mut all = PATTERNS.lock().expect("one thread");
                let number = all.iter().position(|known| *known == text).unwrap_or_else(|| {
                    all.push(text);
                    all.len() - 1
                });
                format!("Ask::Match({path}, {}, &PATTERN_{number})", word == "match~")
            }
            "digits" | "digits+" => {
                let path = self.path();
                let (all, fraction) = (self.next_word(), self.next_word());
                format!("Ask::Digits({path}, {all}, {fraction}, {})", word == "digits")
            }
            "unique" => format!("Ask::Unique({})", self.path()),
            "most" | "just" => {
                let number = self.next_word();
                let least = if word == "just" { number.as_str() } else { "0" };
                format!("Ask::Count({}, {least}, {number})", self.path())
            }
            "some" => format!("Ask::Count({}, 1, usize::MAX)", self.path()),
            "distinct" | "distinct~" => {
                let number = self.next_word();
                let fold = if word == "distinct" { "Exact" } else { "Trim" };
                format!("Ask::Distinct({}, Fold::{fold}, {number})", self.path())
            }
            "named" | "within" => {
                let name = self.next_word();
                let ask = if word == "named" { "Named" } else { "Within" };
                format!("Ask::{ask}(Name({}))", self.names.number(&name))
            }
            "number" => self.number("Double"),
            "decimal" => self.number("Decimal"),
            "item" => {
                let name = self.next_word();
                let argument = match self.tokens.get(self.at) {
                    Some(Token::Quoted(text)) => text.clone(),
                    _ => String::new(),
                };
                self.at += usize::from(!argument.is_empty());
                format!("Ask::Item(items::{name}, {argument:?})")
            }
            path => {
                let path = self::path(path, self.names);
                self.comparison(path)
            }
        }
    }

    /// `PATH = 'x' | 'y'`, `PATH ~= 'x'` (blanks around removed), `PATH ^= 'x'` (upper case), `PATH ~^= 'x'`,
    /// `PATH =? 'x'` (as written; nothing there, or an empty text, is fine), `PATH != 'x'` (some value differs), `PATH ~^1= 'x'` (and one element at most before the last step), `PATH is true`.
    fn comparison(&mut self, path: String) -> String {
        let operator = self.next_word();
        if operator == "is" {
            let value = self.next_word();
            return format!("Ask::Bool({path}, {value})");
        }
        let fold = match operator.as_str() {
            "=" => "Exact",
            "!=" => "Unlike",
            "~=" => "Trim",
            "^=" => "Upper",
            "~^=" => "TrimUpper",
            "~^1=" => "OnlyTrimUpper",
            "=?" => "Listed",
            other => panic!("{}: no operator {other}", self.text),
        };
        let mut values = Vec::new();
        loop {
            match self.tokens.get(self.at) {
                Some(Token::Quoted(text)) => values.push(format!("{text:?}")),
                other => panic!("{}: a quoted value, not {other:?}", self.text),
            }
            self.at += 1;
            if !self.sign('|') {
                return format!("Ask::Same({path}, Fold::{fold}, {})", list(values));
            }
        }
    }

    fn number(&mut self, cast: &str) -> String {
        let path = self.path();
        let order = match self.next_word().as_str() {
            "=" => "Equal",
            ">" => "More",
            ">=" => "AtLeast",
            other => panic!("{}: no order {other}", self.text),
        };
        let than = self.next_word();
        format!("Ask::Number({path}, Cast::{cast}, Order::{order}, {than})")
    }

    fn path(&mut self) -> String {
        let word = self.next_word();
        path(&word, self.names)
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.tokens.get(self.at) == Some(&Token::Word(word.to_owned()));
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: char) -> bool {
        let found = self.tokens.get(self.at) == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    fn next_word(&mut self) -> String {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => {
                self.at += 1;
                word.clone()
            }
            other => panic!("{}: a word, not {other:?}", self.text),
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            ' ' => {}
            '(' | ')' | '|' => out.push(Token::Sign(c)),
            '\'' => {
                let end = text[at + 1..].find('\'').unwrap_or_else(|| panic!("{text}: quote")) + at + 1;
                out.push(Token::Quoted(text[at + 1..end].to_owned()));
                while chars.next_if(|(n, _)| *n <= end).is_some() {}
            }
            _ => {
                let (mut depth, mut end) = (0, text.len());
                for (n, c) in text[at..].char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ' ' | '(' | ')' | '|' if depth == 0 => {
                            end = at + n;
                            break;
                        }
                        _ => {}
                    }
                }
                out.push(Token::Word(text[at..end].to_owned()));
                while chars.next_if(|(n, _)| *n < end).is_some() {}
            }
        }
    }
    out
}

/// Splits where the sign stands outside braces.
fn outside_braces(text: &str, sign: char) -> Vec<String> {
    let (mut out, mut piece, mut depth) = (Vec::new(), String::new(), 0);
    for c in text.chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if c == sign && depth == 0 {
            out.push(std::mem::take(&mut piece));
        } else {
            piece.push(c);
        }
    }
    out.push(piece);
    out
}
