//! TOML text to tables, each key and value with its place, and every fault noted instead of the first one only.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::limits;
use crate::text::Text;

use super::fault::{FaultKind, FileError};
use super::{foreign, suggest};

/// Most faults listed for one file: past them, the first ones are to be mended first.
const MOST_FAULTS: usize = 50;

/// A text and what is wrong in it so far.
pub struct Reader<'t> {
    file: &'t str,
    text: &'t str,
    faults: Vec<FileError>,
}

/// A value and where it stands, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    pub value: T,
    pub span: Range<usize>,
}

impl<'t> Reader<'t> {
    pub fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, faults: Vec::new() }
    }

    /// The file's name, as faults give it.
    pub fn file(&self) -> &'t str {
        self.file
    }

    /// The document's table; `None` with the faults noted where it is no TOML.
    pub fn document(&mut self) -> Option<DeTable<'t>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        let mut line = 0;
        for error in &errors {
            let span = error.span().unwrap_or(0..0);
            let found = self.text.get(span.clone()).unwrap_or_default().trim();
            let place = self.place(span.start).0;
            // What follows a fault on its line is most often its echo.
            if place != line {
                line = place;
                let whole = self.text.lines().nth(place as usize - 1).unwrap_or_default().trim();
                let fault = self.fault(FaultKind::Syntax, span.start, foreign::toml(error.message(), found));
                fault.found = [found, whole].into_iter().find(|t| !t.is_empty()).map(quote);
                fault.expected = Some(Text::new(
                    "une ligne par clé, textes entre guillemets : name = \"Ville de Lyon\"",
                    "one line a key, texts in quotes: name = \"Ville de Lyon\"",
                ));
            }
        }
        errors.is_empty().then(|| table.into_inner())
    }

    /// Notes a fault at a byte of the text; the caller adds what was found and expected.
    pub fn fault(&mut self, kind: FaultKind, at: usize, message: Text) -> &mut FileError {
        let fault = FileError::within(self.file, self.text, at, kind, message);
        let at = self.faults.len();
        self.faults.push(fault);
        &mut self.faults[at]
    }

    /// All faults and remarks, in the order of the text.
    pub fn faults(mut self) -> Vec<FileError> {
        self.faults.sort_by_key(|f| (f.line, f.column));
        self.faults.truncate(MOST_FAULTS);
        self.faults
    }

    /// Line and column of a byte, both from 1; the column counts characters.
    pub fn place(&self, at: usize) -> (u32, u32) {
        place(self.text, at)
    }

    /// The text between two bytes, as written.
    pub fn written(&self, span: Range<usize>) -> &'t str {
        self.text.get(span).unwrap_or_default()
    }

    /// The byte of the `chars`-th character of a quoted value, or the value's start where escapes hide it.
    pub fn inside(&self, value: &At<&str>, chars: usize) -> usize {
        let written = self.written(value.span.clone());
        let quoted = written.get(1..written.len().saturating_sub(1)) == Some(value.value);
        let bytes = value.value.char_indices().nth(chars).map_or(value.value.len(), |(at, _)| at);
        value.span.start + if quoted { 1 + bytes } else { 0 }
    }

    /// Notes each key that a table may not have.
    pub fn keys(&mut self, table: &DeTable<'_>, known: &[&str]) {
        for key in table.keys().filter(|k| !known.contains(&&**k.get_ref())) {
            let fault =
                self.fault(FaultKind::UnknownKey, key.span().start, Text::new("clé inconnue ici", "unknown key here"));
            fault.found = Some(quote(key.get_ref()));
            fault.expected = Some(same(known.join(", ")));
            fault.did_you_mean = suggest::key(key.get_ref(), known).map(str::to_owned);
        }
    }

    pub fn string<'v>(&mut self, table: &'v DeTable<'_>, key: &str) -> Option<At<&'v str>> {
        let value = table.get(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(key, value, "un texte entre guillemets", "text in quotes");
        }
        text.map(|text| At { value: text, span: value.span() })
    }

    /// A list of texts; `None` where the key is not there.
    pub fn strings<'v>(&mut self, table: &'v DeTable<'_>, key: &str) -> Option<Vec<At<&'v str>>> {
        let value = table.get(key)?;
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "une liste de textes, [\"…\", \"…\"]", "a list of texts, [\"…\", \"…\"]");
            return None;
        };
        let mut out = Vec::new();
        for item in list.iter() {
            match item.get_ref().as_str() {
                Some(text) => out.push(At { value: text, span: item.span() }),
                None => self.wrong_type(key, item, "un texte entre guillemets", "text in quotes"),
            }
        }
        Some(out)
    }

    /// Yes or no.
    pub fn flag(&mut self, table: &DeTable<'_>, key: &str) -> Option<At<bool>> {
        let value = table.get(key)?;
        let DeValue::Boolean(flag) = value.get_ref() else {
            self.wrong_type(key, value, "true ou false", "true or false");
            return None;
        };
        Some(At { value: *flag, span: value.span() })
    }

    /// A number from 0.
    pub fn count(&mut self, table: &DeTable<'_>, key: &str) -> Option<At<u64>> {
        let value = table.get(key)?;
        let DeValue::Integer(number) = value.get_ref() else {
            self.wrong_type(key, value, "un nombre entier", "a whole number");
            return None;
        };
        match u64::from_str_radix(number.as_str().trim_start_matches('+'), number.radix()) {
            Ok(count) => Some(At { value: count, span: value.span() }),
            Err(_) => {
                let written = quote(self.written(value.span()));
                let fault = self.fault(
                    FaultKind::BadValue,
                    value.span().start,
                    Text::new(format!("{key} hors bornes"), format!("{key} is out of bounds")),
                );
                fault.found = Some(written);
                fault.expected = Some(Text::new("un nombre entier, 0 ou plus", "a whole number, 0 or more"));
                None
            }
        }
    }

    /// A table; `example` shows what one looks like.
    pub fn table<'v, 'd>(&mut self, table: &'v DeTable<'d>, key: &str, example: &str) -> Option<At<&'v DeTable<'d>>> {
        let value = table.get(key)?;
        let inner = value.get_ref().as_table();
        if inner.is_none() {
            self.wrong_type(key, value, example, example);
        }
        inner.map(|inner| At { value: inner, span: value.span() })
    }

    /// The tables of `[[key]]`; none where the key is not there.
    pub fn tables<'v, 'd>(&mut self, table: &'v DeTable<'d>, key: &str) -> Vec<At<&'v DeTable<'d>>> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let (fr, en) = (format!("des tables [[{key}]]"), format!("[[{key}]] tables"));
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(key, value, &fr, &en);
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in list.iter() {
            match item.get_ref().as_table() {
                Some(inner) => out.push(At { value: inner, span: item.span() }),
                None => self.wrong_type(key, item, &fr, &en),
            }
        }
        out
    }

    fn wrong_type(&mut self, key: &str, value: &Spanned<DeValue<'_>>, fr: &str, en: &str) {
        let written = quote(self.written(value.span()));
        let message = Text::new(format!("{key} n'est pas du bon type"), format!("{key} is of the wrong type"));
        let fault = self.fault(FaultKind::WrongType, value.span().start, message);
        fault.found = Some(written);
        fault.expected = Some(Text::new(fr, en));
    }
}

/// Line and column of a byte of a text, both from 1; the column counts characters.
pub fn place(text: &str, at: usize) -> (u32, u32) {
    let before = &text.as_bytes()[..at.min(text.len())];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
    let column = before[start..].iter().filter(|b| (**b & 0xC0) != 0x80).count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// The text of a file that people write, without a byte order mark.
///
/// # Errors
/// It is larger than [`limits::CONFIG_BYTES`], not in UTF-8, or blank: an editor that saves in two steps shows an empty file
/// for a moment, and no rules is never what that means.
pub fn text<'b>(file: &str, bytes: &'b [u8]) -> Result<&'b str, Box<FileError>> {
    let fault = |text: &str, kind, message| FileError::within(file, text, text.len(), kind, message);
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let most = limits::CONFIG_BYTES;
    if bytes.len() > most {
        return Err(Box::new(FileError {
            found: Some(format!("{} B", bytes.len())),
            expected: Some(Text::new(format!("{most} octets au plus"), format!("{most} bytes at most"))),
            ..fault("", FaultKind::TooLarge, Text::new("fichier trop gros", "file too large"))
        }));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
        let message = Text::new("le fichier n'est pas en UTF-8", "the file is not in UTF-8");
        Box::new(FileError {
            found: bytes.get(valid.len()).map(|byte| format!("0x{byte:02X}")),
            expected: Some(Text::new(
                "UTF-8 : enregistrer le fichier dans ce codage",
                "UTF-8: save the file in this encoding",
            )),
            ..fault(valid, FaultKind::Encoding, message)
        })
    })?;
    match text.trim().is_empty() {
        true => Err(Box::new(fault("", FaultKind::Empty, Text::new("fichier vide", "empty file")))),
        false => Ok(text),
    }
}

/// A value as findings and faults quote it: on one line, of `limits::QUOTED_CHARS` at most.
pub fn quote(text: &str) -> String {
    let mut out: String =
        text.chars().take(limits::QUOTED_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(limits::QUOTED_CHARS).is_some() {
        out.push('…');
    }
    out
}

/// A text that is the same in both languages, such as a list of keys.
pub fn same(text: impl Into<String>) -> Text {
    let text = text.into();
    Text::new(text.clone(), text)
}
