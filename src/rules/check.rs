//! What is asked of a term: the checks shared by catalogue rows and customer files.
//!
//! A check is about presence (how many, and in which form) or about a value (one text at a time).

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::{Regex, RegexBuilder, bytes};

use super::short::key;
use crate::decimal::{self, Decimal};
use crate::limits;
use crate::near::{LONGEST, one_apart};
pub use crate::text::trim;

/// What is asked.
#[derive(Debug, Clone)]
pub enum Check {
    /// At least one element or attribute, even empty.
    Exists,
    /// At least one whose text is not `''` (blanks count as text).
    NotEmpty,
    /// At least one whose text holds more than blanks.
    NotBlank,
    /// None at all, not even an empty one.
    Absent,
    /// So many, both bounds included.
    Count { min: u32, max: u32 },
    /// Each value is in the list.
    OneOf(Codes),
    /// No value is in the list.
    NoneOf(Codes),
    /// Each value matches.
    Pattern(Pattern),
    /// At least one value matches: legal mentions among several notes.
    SomePattern(Pattern),
    /// Each value has so many characters, blanks around it not counted, runs of blanks inside counted as one.
    Length { min: u32, max: u32 },
    /// Each value is a number within these bounds, both included.
    Number { min: Option<Decimal>, max: Option<Decimal> },
    /// Each value has at most so many digits after the point.
    Decimals { max: u32 },
}

/// A list of allowed values.
#[derive(Debug, Clone)]
pub enum Codes {
    /// A table of `schemas/codes/`.
    Table(&'static CodeList),
    /// The same, each code exactly as written; where nothing stands, nothing is wrong.
    Listed(&'static CodeList),
    /// Values of a customer file.
    Own(Vec<String>),
}

/// The tables of `schemas/codes/`, and [`codes::ALL`] of them.
pub mod codes {
    use super::CodeList;
    include!(concat!(env!("OUT_DIR"), "/codes.rs"));
}

/// A code list, as `build.rs` wrote it from `schemas/codes/`: sorted, so that looking a code up is a binary search.
#[derive(Debug)]
pub struct CodeList {
    /// Its name, such as `iso-4217`.
    pub id: &'static str,
    pub title_fr: &'static str,
    pub title_en: &'static str,
    /// Upper-case before looking up.
    pub fold_case: bool,
    /// Blanks around a value count.
    pub exact: bool,
    pub codes: &'static [&'static str],
    /// Those that are short, as numbers.
    pub short: &'static [u64],
}

/// A regular expression, compiled when first used.
#[derive(Debug)]
pub struct Pattern {
    source: Cow<'static, str>,
    compiled: OnceLock<Option<Regex>>,
    /// The same for texts of ASCII alone, where `\d` is ten characters and not some hundreds: most texts are such, and to compile the
    /// whole of a pattern takes longer than to judge an invoice.
    plain: OnceLock<Option<bytes::Regex>>,
}

impl Check {
    /// Is this a question about presence rather than about values?
    pub fn is_presence(&self) -> bool {
        use Check::*;
        matches!(self, Exists | NotEmpty | NotBlank | Absent | Count { .. } | SomePattern(_))
    }

    /// Does this text count as present?
    pub fn counts(&self, text: &str) -> bool {
        match self {
            Check::NotEmpty => !text.is_empty(),
            Check::NotBlank => !trim(text).is_empty(),
            Check::SomePattern(pattern) => pattern.matches(trim(text)),
            _ => true,
        }
    }

    /// Is the presence right, where so many counted?
    pub fn accepts_count(&self, count: u32) -> bool {
        match self {
            Check::Exists | Check::NotEmpty | Check::NotBlank | Check::SomePattern(_) => count > 0,
            Check::Absent => count == 0,
            Check::Count { min, max } => (*min..=*max).contains(&count),
            _ => true,
        }
    }

    /// Is this value right? Always, for questions of presence.
    pub fn accepts(&self, text: &str) -> bool {
        let value = trim(text);
        match self {
            Check::OneOf(codes) => codes.contains(text),
            Check::NoneOf(codes) => !codes.contains(text),
            Check::Pattern(pattern) => pattern.matches(value),
            Check::Length { min, max } => {
                let length = normalized_length(value);
                length >= *min as usize && length <= *max as usize
            }
            Check::Number { min, max } => decimal::parse(value)
                .is_ok_and(|n| min.is_none_or(|least| n >= least) && max.is_none_or(|most| n <= most)),
            Check::Decimals { max } => value.split_once('.').is_none_or(|(_, digits)| digits.len() <= *max as usize),
            _ => true,
        }
    }

    /// What was expected, in signs rather than in words; `None` where presence alone is asked.
    pub fn expected(&self) -> Option<String> {
        Some(match self {
            Check::Exists | Check::NotEmpty | Check::NotBlank => return None,
            Check::Absent => "0".to_owned(),
            Check::Count { min, max } if min == max => min.to_string(),
            Check::Count { min, max: u32::MAX } => format!("≥ {min}"),
            Check::Count { min, max } => format!("{min}–{max}"),
            Check::OneOf(codes) => codes.shown(),
            Check::NoneOf(codes) => format!("≠ {}", codes.shown()),
            Check::Pattern(pattern) | Check::SomePattern(pattern) => pattern.source().to_owned(),
            Check::Length { min: 0, max } => format!("≤ {max} characters"),
            Check::Length { min, max: u32::MAX } => format!("≥ {min} characters"),
            Check::Length { min, max } => format!("{min}–{max} characters"),
            Check::Number { min, max } => match (min, max) {
                (Some(least), Some(most)) => format!("{least}–{most}"),
                (Some(least), None) => format!("≥ {least}"),
                (None, Some(most)) => format!("≤ {most}"),
                (None, None) => "decimal number".to_owned(),
            },
            Check::Decimals { max } => format!("≤ {max} decimals"),
        })
    }
}

impl Codes {
    pub fn contains(&self, value: &str) -> bool {
        match self {
            Codes::Table(list) => list.contains(value),
            Codes::Listed(list) => value.is_empty() || list.holds(value),
            Codes::Own(values) => values.iter().any(|v| v == trim(value)),
        }
    }

    /// The values, as many as fit in a finding; a table by its name.
    fn shown(&self) -> String {
        match self {
            Codes::Table(list) | Codes::Listed(list) if list.codes.len() > 12 => list.name().to_owned(),
            Codes::Table(list) | Codes::Listed(list) => list.codes.join(" | "),
            Codes::Own(values) => {
                let mut out = String::new();
                for value in values {
                    if out.len() + value.len() > limits::QUOTED_CHARS * 2 {
                        out.push_str(" | …");
                        break;
                    }
                    out.push_str(if out.is_empty() { "" } else { " | " });
                    out.push_str(value);
                }
                out
            }
        }
    }
}

impl CodeList {
    /// The name the public knows it by, which its titles give in parentheses: `ISO 4217`, `UNTDID 1001`.
    pub fn name(&self) -> &'static str {
        let inside = |title: &'static str| title.split_once('(')?.1.split_once(')').map(|(name, _)| name);
        inside(self.title_en).unwrap_or(self.title_en)
    }

    /// The code that was probably meant: the only one that is the same but for its case or for what is neither a letter nor a
    /// digit, else the only one that is one edit away from a text of four characters or more.
    pub fn near(&self, value: &str) -> Option<&'static str> {
        let only = |fits: &dyn Fn(&str) -> bool| {
            let mut all = self.codes.iter().copied().filter(|code| fits(code));
            all.next().filter(|_| all.next().is_none())
        };
        let wanted: String = bare(value).collect();
        let length = wanted.chars().count();
        if wanted.is_empty() {
            return None;
        }
        // Codes are ASCII. Most are shorter than what stands by more than an edit: they are not looked into.
        let edited = |code: &str| {
            code.len() + 1 >= length.min(LONGEST) && {
                let code: String = bare(code).collect();
                code.len() >= 3 && one_apart(&code, &wanted)
            }
        };
        only(&|code| code.len() >= length && bare(code).eq(wanted.chars()))
            .or_else(|| if length >= 4 { only(&edited) } else { None })
    }

    /// Codes one edit away from a text of two characters or more; none where more than three are.
    pub fn around(&self, value: &str) -> Vec<&'static str> {
        let wanted = trim(value).to_uppercase();
        let length = wanted.chars().count();
        let plain = wanted.chars().any(char::is_alphanumeric) && length >= 2;
        // Codes are ASCII: one that is longer or shorter by two is more than an edit away.
        let fits = |code: &str| code.len().min(LONGEST).abs_diff(length.min(LONGEST)) <= 1;
        let upper = |code: &'static str| match code.bytes().any(|b| b.is_ascii_lowercase()) {
            true => Cow::Owned(code.to_uppercase()),
            false => Cow::Borrowed(code),
        };
        let one_edit = |code: &'static str| plain && fits(code) && one_apart(&upper(code), &wanted);
        let near = self.codes.iter().copied().filter(|code| one_edit(code));
        let all: Vec<&str> = near.take(4).collect();
        if all.len() > 3 { Vec::new() } else { all }
    }

    /// Is it a code of the list? Blanks around it do not count; blanks inside make it none.
    pub fn contains(&self, value: &str) -> bool {
        let value = if self.exact { value } else { trim(value) };
        self.holds(value) || (self.fold_case && self.holds(&value.to_uppercase()))
    }

    fn holds(&self, code: &str) -> bool {
        match key(code) {
            Some(key) => self.short.binary_search(&key).is_ok(),
            None => self.codes.binary_search(&code).is_ok(),
        }
    }
}

impl Pattern {
    /// Compiles a pattern; the error says what is wrong with it. Its compiled size is bounded.
    pub fn parse(source: &str) -> Result<Self, String> {
        let regex = compile(source).map_err(|e| e.to_string())?;
        Ok(Self { compiled: OnceLock::from(Some(regex)), ..Self::lazy(source.to_owned()) })
    }

    /// A pattern of a table that is read at run time, compiled when first used.
    pub fn lazy(source: String) -> Self {
        Self { source: Cow::Owned(source), compiled: OnceLock::new(), plain: OnceLock::new() }
    }

    /// A pattern of a catalogue row, compiled when first used; `tests` compile them all.
    pub const fn of(source: &'static str) -> Self {
        Self { source: Cow::Borrowed(source), compiled: OnceLock::new(), plain: OnceLock::new() }
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn matches(&self, text: &str) -> bool {
        if self.compiled.get().is_none()
            && text.is_ascii()
            && let Some(plain) = self.plain.get_or_init(|| compile_plain(&self.source))
        {
            return plain.is_match(text.as_bytes());
        }
        self.compiled.get_or_init(|| compile(&self.source).ok()).as_ref().is_some_and(|r| r.is_match(text))
    }
}

impl Clone for Pattern {
    fn clone(&self) -> Self {
        Self { source: self.source.clone(), compiled: self.compiled.clone(), plain: self.plain.clone() }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

fn compile(source: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source).size_limit(limits::PATTERN_BYTES).build()
}

/// None where the pattern speaks of characters beyond ASCII.
fn compile_plain(source: &str) -> Option<bytes::Regex> {
    bytes::RegexBuilder::new(source).unicode(false).size_limit(limits::PATTERN_BYTES).build().ok()
}

/// The letters and digits of a text, in upper case.
fn bare(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).take(limits::QUOTED_CHARS)
}

fn normalized_length(text: &str) -> usize {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let mut before = false;
    text.chars().filter(|&c| !(std::mem::replace(&mut before, blank(c)) && blank(c))).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Pattern, codes, compile, compile_plain};

    proptest! {
        /// Of a text of ASCII alone a pattern says the same, in whichever way it was compiled.
        #[test]
        fn ascii_alone_is_judged_as_all_texts_are(text in "[ -~\\t\\n\\r\\x0b\\x0c\\x7f]{0,20}|[0-9]{8,15}|20[0-9]{2}-[0-9]{2}-[0-9]{2}") {
            for source in [
                r"^\d{14}$", r"^20\d{2}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$", r"^[^#]+$", r"\w\s?\b.", r"(?i)kis\D+s", r"^\S+\W*$", "a|é",
                r"[^a-z]\x{e9}?$", r"^[A-Za-z0-9+_/-]*$",
            ] {
                let whole = compile(source).unwrap();
                if let Some(plain) = compile_plain(source) {
                    prop_assert_eq!(plain.is_match(text.as_bytes()), whole.is_match(&text), "{} of {:?}", source, text);
                }
                prop_assert_eq!(Pattern::lazy(source.to_owned()).matches(&text), whole.is_match(&text));
            }
        }
    }

    #[test]
    fn characters_beyond_ascii_are_matched_too() {
        let digits = Pattern::of(r"^\d{3}$");
        assert!(digits.matches("123") && digits.matches("١٢٣") && !digits.matches("12x") && digits.matches("123"));
        assert!(compile_plain(r"^\d{14}$").is_some() && compile_plain(r"\p{Lu}").is_none());
    }

    #[test]
    fn a_list_has_the_name_that_the_public_knows() {
        let names = codes::ALL.iter().map(|list| list.name());
        for (list, name) in codes::ALL.iter().zip(names) {
            assert!(name != list.id && !name.is_empty() && !name.contains('('), "{}: {name}", list.id);
        }
        assert_eq!(codes::ISO_4217.name(), "ISO 4217");
    }

    #[test]
    fn the_near_code_is_one_alone() {
        for (text, code) in
            [("eur", Some("EUR")), ("EURO", Some("EUR")), (" E-U-R", Some("EUR")), ("XQ", None), ("", None)]
        {
            assert_eq!(codes::ISO_4217.near(text), code, "{text}");
        }
        assert_eq!(codes::MIME.near("application/PDF"), Some("application/pdf"));
        assert_eq!(codes::UNTDID_1001.near("38O"), None);
    }

    #[test]
    fn codes_are_in_order_plain_and_found() {
        for list in codes::ALL {
            assert!(list.codes.is_sorted() && list.short.is_sorted(), "{}", list.id);
            for code in list.codes {
                assert!(code.is_ascii() && list.contains(code), "{}: {code}", list.id);
                assert!(!list.holds(&format!("{code}\0")) && !list.holds(&format!("{code}?")), "{}: {code}", list.id);
            }
        }
    }
}
