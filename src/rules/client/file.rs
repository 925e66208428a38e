//! One customer file as it was written, before what it extends is added.

use std::fmt;
use std::sync::Arc;

use crate::day::Day;
use crate::decimal::{self, Decimal};
use crate::invoice::{Address, Occurrence, Term, Value};
use crate::rules::Severity;
use crate::rules::predicate::{Condition, Pattern};
use crate::text::Text;

use super::chorus::Chorus;
use super::fault::FileError;
use super::fold::squeeze;
use super::mention::Mention;
use super::mentioned::Asked;
use super::payment::Payment;
use super::severity::SeverityRule;
use super::waive::Waiver;

/// What a file says, each thing with its place.
#[derive(Debug)]
pub struct ClientFile {
    /// The file's name without `.toml`: what `extends` and `--client` call it.
    pub id: Arc<str>,
    /// SHA-256 of the file's bytes.
    pub sha256: [u8; 32],
    pub extends: Option<Placed<String>>,
    /// How people call the customer.
    pub name: Option<String>,
    /// Who it is for; empty for a file that only serves `extends`.
    pub keys: Vec<Placed<Key>>,
    pub route: Option<Placed<String>>,
    pub rules: Vec<Arc<Rule>>,
    pub limits: Limits,
    pub waivers: Vec<Arc<Waiver>>,
    pub severities: Vec<Arc<SeverityRule>>,
    pub mentions: Vec<Asked>,
    pub payment: Payment,
    /// What a public buyer asks for in Chorus Pro.
    pub chorus: Chorus,
    /// Not wrong, but worth a look: see [`super::FaultKind::Doubtful`].
    pub remarks: Vec<FileError>,
}

/// Where in which file something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file's name without `.toml`.
    pub file: Arc<str>,
    pub line: u32,
    pub column: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    pub value: T,
    pub origin: Origin,
}

/// What a buyer is known by, from the most precise to the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    Siret,
    Siren,
    Vat,
    Gln,
    Name,
}

/// One identifier or name of a customer.
#[derive(Debug, Clone)]
pub struct Key {
    pub kind: KeyKind,
    /// As compared: without blanks for identifiers, folded for names.
    pub value: String,
    /// As written in the file.
    pub written: String,
}

/// One thing asked of the customer's invoices.
#[derive(Debug, Clone)]
pub struct Rule {
    pub origin: Origin,
    pub ask: Ask,
    pub when: Option<Condition>,
    pub severity: Severity,
    /// The author's own sentence.
    pub message: Option<Text>,
}

/// What a rule asks.
#[derive(Debug, Clone)]
pub enum Ask {
    /// The term is there, not blank; each value matches the pattern. Patterns are searched for: `^` and `$` are the author's.
    Require { address: Address, pattern: Option<Pattern> },
    /// A legal mention of `schemas/mentions.toml`.
    Mention(&'static Mention),
    /// A wording somewhere in the texts of the invoice; case does not count.
    Wording { written: String, pattern: Pattern },
    /// Where the term is there, its value is one of these.
    Allow { address: Address, values: Vec<Allowed> },
    /// The term or group is not there.
    Forbid { address: Address },
}

/// A value that is allowed, in the type of its term.
#[derive(Debug, Clone, PartialEq)]
pub struct Allowed {
    pub written: String,
    meaning: Meaning,
}

#[derive(Debug, Clone, PartialEq)]
enum Meaning {
    Number(Decimal),
    Day(Day),
    /// Runs of blanks folded.
    Text(String),
}

/// Bounds on attachments. None where the file says nothing.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// How many files may be attached (BT-125).
    pub attachments: Option<Placed<u64>>,
    /// How large each of them may be, decoded, in bytes.
    pub attachment_bytes: Option<Placed<u64>>,
}

impl KeyKind {
    pub const ALL: [KeyKind; 5] = [KeyKind::Siret, KeyKind::Siren, KeyKind::Vat, KeyKind::Gln, KeyKind::Name];

    /// As `match` writes it.
    pub fn key(self) -> &'static str {
        match self {
            KeyKind::Siret => "siret",
            KeyKind::Siren => "siren",
            KeyKind::Vat => "vat",
            KeyKind::Gln => "gln",
            KeyKind::Name => "name",
        }
    }
}

impl KeyKind {
    /// As people call it.
    pub fn label(self) -> Text {
        match self {
            KeyKind::Siret => Text::new("SIRET", "SIRET"),
            KeyKind::Siren => Text::new("SIREN", "SIREN"),
            KeyKind::Vat => Text::new("numéro de TVA", "VAT number"),
            KeyKind::Gln => Text::new("GLN", "GLN"),
            KeyKind::Name => Text::new("nom", "name"),
        }
    }
}

impl Ask {
    /// The id of its findings. A value that does not match its pattern has an id of its own.
    pub fn rule(&self) -> &'static str {
        match self {
            Ask::Require { .. } => "FCT-CLIENT-REQUIRE",
            Ask::Mention(_) | Ask::Wording { .. } => "FCT-CLIENT-MENTION",
            Ask::Allow { .. } => "FCT-CLIENT-ALLOW",
            Ask::Forbid { .. } => "FCT-CLIENT-FORBID",
        }
    }

    pub fn address(&self) -> Option<&Address> {
        match self {
            Ask::Require { address, .. } | Ask::Allow { address, .. } | Ask::Forbid { address } => Some(address),
            Ask::Mention(_) | Ask::Wording { .. } => None,
        }
    }
}

impl Allowed {
    /// Reads a value in the type of its term; `None` where it is none.
    pub fn parse(term: Term, written: &str) -> Option<Self> {
        let meaning = match term.kind() {
            crate::invoice::Kind::Date => Meaning::Day(Day::parse_iso(written.trim())?),
            _ if term.is_number() => Meaning::Number(decimal::parse(written).ok()?),
            _ => Meaning::Text(squeeze(written)),
        };
        Some(Self { written: written.to_owned(), meaning })
    }

    /// Is it this one? Numbers compare as numbers, days as days, texts letter for letter with runs of blanks folded.
    pub fn is(&self, found: Occurrence<'_>) -> bool {
        match (&self.meaning, found.value()) {
            (Meaning::Number(wanted), Value::Number(n)) => *wanted == n,
            (Meaning::Day(wanted), Value::Day(d)) => *wanted == d,
            (Meaning::Text(wanted), _) => *wanted == squeeze(found.text()),
            _ => false,
        }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.value == other.value
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.toml:{}", self.file, self.line)
    }
}
