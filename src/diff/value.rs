//! Values as they are compared: what two documents say, not how they write it.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest as _, Sha256};

use super::equal;
use crate::day::Day;
use crate::decimal::Decimal;
use crate::invoice::{Kind, Occurrence, Value};
use crate::text::Text;

/// The value of an occurrence.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Canon<'i> {
    /// Nothing but blanks: no value.
    Blank,
    /// Amount, unit price, quantity, percentage: 100.0 is 100.00.
    Number(Decimal),
    Day(Day),
    /// A code that another syntax writes otherwise, by what it means.
    Meaning(&'static str),
    /// An embedded file, by its decoded bytes.
    File {
        sha256: [u8; 32],
        bytes: usize,
    },
    /// Text, code, identifier, or what is no value of its type: blanks around each line removed, line ends as line feeds.
    Text(Cow<'i, str>),
}

impl<'i> Canon<'i> {
    pub fn of(occurrence: Occurrence<'i>) -> Canon<'i> {
        let text = occurrence.trimmed();
        if text.is_empty() {
            return Canon::Blank;
        }
        let term = occurrence.term();
        match occurrence.value() {
            Value::Number(number) => return Canon::Number(number),
            Value::Day(day) => return Canon::Day(day),
            Value::Text | Value::Bad(_) => {}
        }
        if term.kind() == Kind::Binary
            && !occurrence.is_attribute()
            && let Some(bytes) = decoded(text)
        {
            return Canon::File { sha256: Sha256::digest(&bytes).into(), bytes: bytes.len() };
        }
        match equal::meaning(term, occurrence.group().invoice().syntax(), text) {
            Some(meaning) => Canon::Meaning(meaning),
            None => Canon::Text(lines(text)),
        }
    }

    pub fn number(&self) -> Option<Decimal> {
        match self {
            Canon::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// What keeps a text from being the day, the number or the code that another is; none where it is just another value.
    pub fn odd(&self, occurrence: Occurrence<'_>) -> Option<Text> {
        let Canon::Text(_) = self else { return None };
        let syntax = if occurrence.group().invoice().syntax().is_ubl() { "UBL" } else { "CII" };
        if matches!(occurrence.value(), Value::Bad(_)) {
            return Some(Text::new(
                format!("écrit sous une forme que {syntax} n'admet pas"),
                format!("written in a form that {syntax} does not allow"),
            ));
        }
        equal::has_meanings(occurrence.term()).then(|| {
            Text::new(format!("ce code n'a pas de sens en {syntax}"), format!("this code has no meaning in {syntax}"))
        })
    }

    /// For people: a day as YYYY-MM-DD, a file by its digest, all else as written, blanks around it removed.
    pub fn shown(&self, occurrence: Occurrence<'_>) -> String {
        match self {
            Canon::Day(day) => day.to_string(),
            Canon::File { sha256, bytes } => {
                let hex: String = sha256.iter().map(|b| format!("{b:02x}")).collect();
                format!("sha256:{hex} ({bytes} B)")
            }
            _ => occurrence.trimmed().to_owned(),
        }
    }
}

impl Eq for Canon<'_> {}

impl Hash for Canon<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Canon::Blank => {}
            // 0 and -0 are one value.
            Canon::Number(number) if number.is_zero() => 0.hash(state),
            Canon::Number(number) => number.normalize().hash(state),
            Canon::Day(day) => day.since_epoch().hash(state),
            Canon::Meaning(meaning) => meaning.hash(state),
            Canon::File { sha256, .. } => sha256.hash(state),
            Canon::Text(text) => text.hash(state),
        }
    }
}

/// Line ends as XML reads them (a document may still write carriage returns as references), and no blanks around a line: whoever
/// indents a document indents the lines of a text.
fn lines(text: &str) -> Cow<'_, str> {
    if !text.contains(['\r', '\n']) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(text.split('\n').map(|line| line.trim_matches([' ', '\t'])).collect::<Vec<_>>().join("\n"))
}

/// The bytes of a base64 text, blanks in it left out; none where it holds anything else, which receivers read differently.
fn decoded(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = GeneralPurpose::new(&STANDARD, LENIENT);
    let letters: Vec<u8> = text.bytes().filter(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n')).collect();
    engine.decode(letters).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_its_bytes_and_strays_are_no_base64() {
        assert_eq!(decoded("Zm Fj\ndA==").as_deref(), Some(&b"fact"[..]));
        assert_eq!(decoded("ZmFjdA").as_deref(), Some(&b"fact"[..]));
        assert_eq!(decoded("ZmFj*dA=="), None);
    }

    #[test]
    fn equal_values_have_equal_hashes() {
        let hash = |canon: &Canon<'_>| {
            let mut hasher = std::collections::hash_map::DefaultHasher::new();
            canon.hash(&mut hasher);
            hasher.finish()
        };
        for (a, b) in [("100.0", "100.00"), ("-0", "0.00"), ("1e", "1e"), ("12", "0012.000")] {
            let canon = |text: &'static str| match crate::decimal::parse(text) {
                Ok(number) => Canon::Number(number),
                Err(_) => Canon::Text(text.into()),
            };
            assert_eq!(canon(a), canon(b));
            assert_eq!(hash(&canon(a)), hash(&canon(b)), "{a} {b}");
        }
        assert_eq!(lines("a \r\n\t b\rc  d\n\ne"), "a\nb\nc  d\n\ne");
    }
}
