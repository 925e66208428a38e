//! Text of a customer file to [`ClientFile`], or to everything that is wrong in it.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use toml::de::DeTable;

use crate::text::Text;

use super::chorus::Chorus;
use super::fault::{FaultKind, FileError};
use super::file::{ClientFile, Key, KeyKind, Limits, Origin, Placed};
use super::fold::fold;
use super::mentioned;
use super::parse_rule;
use super::parse_waive;
use super::payment;
use super::reader::{At, Reader, quote, text};
use super::waive::WaiverFile;

const FILE_KEYS: &[&str] = &[
    "extends", "name", "match", "route", "require", "allow", "forbid", "limits", "payment", "chorus", "mentions",
    "waive", "severity",
];
const LIMIT_KEYS: &[&str] = &["attachments", "attachment_bytes"];

/// Reads one file. `file` is its name in the folder (`ville-de-lyon.toml`).
///
/// # Errors
/// All faults of the file, in the order of its text; none of them is a remark.
pub fn parse(file: &str, bytes: &[u8]) -> Result<ClientFile, Vec<FileError>> {
    let sha256 = Sha256::digest(bytes).into();
    let (client, remarks) = read(file, bytes, |parser, document| parser.file(document, sha256))?;
    Ok(ClientFile { remarks, ..client })
}

/// Reads `waivers.toml`, which holds waivers alone.
///
/// # Errors
/// All faults of the file, in the order of its text; none of them is a remark.
pub fn parse_waivers(file: &str, bytes: &[u8]) -> Result<WaiverFile, Vec<FileError>> {
    let (waivers, remarks) = read(file, bytes, |parser, document| {
        parser.reader.keys(document, &["waive"]);
        parse_waive::waivers(parser, document, true)
    })?;
    Ok(WaiverFile { sha256: Sha256::digest(bytes).into(), waivers, remarks })
}

/// What a file says, and the remarks on it.
fn read<T>(
    file: &str,
    bytes: &[u8],
    make: impl FnOnce(&mut Parser<'_>, &DeTable<'_>) -> T,
) -> Result<(T, Vec<FileError>), Vec<FileError>> {
    let text = text(file, bytes).map_err(|fault| vec![*fault])?;
    let mut reader = Reader::new(file, text);
    let Some(document) = reader.document() else { return Err(reader.faults()) };
    let mut parser = Parser { id: id(file), reader };
    let made = make(&mut parser, &document);
    let (faults, remarks): (Vec<_>, Vec<_>) = parser.reader.faults().into_iter().partition(FileError::is_fatal);
    if faults.is_empty() { Ok((made, remarks)) } else { Err(faults) }
}

/// The name by which `extends` and `--client` call a file.
pub fn id(file: &str) -> Arc<str> {
    Arc::from(file.strip_suffix(".toml").unwrap_or(file))
}

/// A file being read.
pub struct Parser<'t> {
    pub id: Arc<str>,
    pub reader: Reader<'t>,
}

impl Parser<'_> {
    fn file(&mut self, document: &DeTable<'_>, sha256: [u8; 32]) -> ClientFile {
        self.reader.keys(document, FILE_KEYS);
        let name = self.reader.string(document, "name").filter(|v| self.not_blank("name", v));
        ClientFile {
            id: self.id.clone(),
            sha256,
            extends: self.placed(document, "extends"),
            name: name.map(|v| v.value.trim().to_owned()),
            keys: self.matches(document),
            route: self.placed(document, "route"),
            rules: parse_rule::rules(self, document),
            limits: self.limits(document),
            waivers: parse_waive::waivers(self, document, false),
            severities: parse_waive::severities(self, document),
            mentions: mentioned::parse(self, document),
            payment: payment::payment(self, document),
            chorus: Chorus::parse(self, document),
            remarks: Vec::new(),
        }
    }

    fn matches(&mut self, document: &DeTable<'_>) -> Vec<Placed<Key>> {
        let Some(table) = self.reader.table(document, "match", "match = { siret = [\"…\"] }") else {
            return Vec::new();
        };
        self.reader.keys(table.value, &KeyKind::ALL.map(KeyKind::key));
        let keys = self.party_keys(table.value);
        if keys.is_empty() {
            let message = Text::new(
                "match ne nomme personne : ce fichier ne sert qu'à extends",
                "match names nobody: this file only serves extends",
            );
            self.reader.fault(FaultKind::Doubtful, table.span.start, message);
        }
        keys
    }

    /// The identifiers and names by which a table names a party.
    pub fn party_keys(&mut self, table: &DeTable<'_>) -> Vec<Placed<Key>> {
        let mut keys: Vec<Placed<Key>> = Vec::new();
        for kind in KeyKind::ALL {
            for item in self.reader.strings(table, kind.key()).unwrap_or_default() {
                let Some(key) = self.key(kind, &item) else { continue };
                if keys.iter().any(|k| k.value == key) {
                    let message = Text::new("déjà donné plus haut", "already given above");
                    let fault = self.reader.fault(FaultKind::DuplicateMatch, item.span.start, message);
                    fault.found = Some(key.written);
                    fault.expected = Some(Text::new("une seule fois", "once only"));
                    continue;
                }
                keys.push(Placed { value: key, origin: self.origin(item.span.start) });
            }
        }
        keys
    }

    /// One identifier or name, checked as far as its form tells.
    fn key(&mut self, kind: KeyKind, item: &At<&str>) -> Option<Key> {
        let written = item.value.trim();
        let compact = || written.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let (value, right, luhn) = match kind {
            KeyKind::Siret => (compact(), digits(&compact(), 14), true),
            KeyKind::Siren => (compact(), digits(&compact(), 9), true),
            KeyKind::Gln => (compact(), digits(&compact(), 13), false),
            KeyKind::Vat => {
                let value = compact().to_ascii_uppercase();
                let right = (4..=14).contains(&value.len())
                    && value.bytes().take(2).all(|b| b.is_ascii_uppercase())
                    && value.bytes().all(|b| b.is_ascii_alphanumeric());
                (value, right, false)
            }
            KeyKind::Name => (fold(written), !fold(written).is_empty(), false),
        };
        if !right {
            let (fr, en) = form(kind);
            let label = kind.label();
            let message = Text::new(format!("{} mal formé", label.fr), format!("malformed {}", label.en));
            let fault = self.reader.fault(FaultKind::BadValue, item.span.start, message);
            fault.found = Some(quote(item.value));
            fault.expected = Some(Text::new(fr, en));
            return None;
        }
        // La Poste numbers its SIRETs otherwise.
        if luhn && !passes_luhn(&value) && !value.starts_with("356000000") {
            let message = Text::new(
                format!("la clé de contrôle de ce {} n'est pas la bonne : faute de frappe ?", kind.label().fr),
                format!("the check digit of this {} is not right: a slip?", kind.label().en),
            );
            self.reader.fault(FaultKind::Doubtful, item.span.start, message).found = Some(quote(item.value));
        }
        Some(Key { kind, value, written: written.to_owned() })
    }

    fn limits(&mut self, document: &DeTable<'_>) -> Limits {
        let Some(table) = self.reader.table(document, "limits", "[limits]") else { return Limits::default() };
        self.reader.keys(table.value, LIMIT_KEYS);
        let mut limit = |key: &str| {
            let count = self.reader.count(table.value, key)?;
            Some(Placed { value: count.value, origin: self.origin(count.span.start) })
        };
        Limits { attachments: limit("attachments"), attachment_bytes: limit("attachment_bytes") }
    }

    fn placed(&mut self, table: &DeTable<'_>, key: &str) -> Option<Placed<String>> {
        let value = self.reader.string(table, key).filter(|v| self.not_blank(key, v))?;
        Some(Placed { value: value.value.trim().to_owned(), origin: self.origin(value.span.start) })
    }

    /// Notes a text of nothing but blanks.
    pub fn not_blank(&mut self, key: &str, value: &At<&str>) -> bool {
        if !value.value.trim().is_empty() {
            return true;
        }
        let message = Text::new(format!("{key} est vide"), format!("{key} is empty"));
        self.reader.fault(FaultKind::BadValue, value.span.start, message).expected =
            Some(Text::new("un texte", "a text"));
        false
    }

    pub fn origin(&self, at: usize) -> Origin {
        let (line, column) = self.reader.place(at);
        Origin { file: self.id.clone(), line, column }
    }
}

fn form(kind: KeyKind) -> (&'static str, &'static str) {
    match kind {
        KeyKind::Siret => ("14 chiffres", "14 digits"),
        KeyKind::Siren => ("9 chiffres", "9 digits"),
        KeyKind::Vat => (
            "un numéro de TVA : deux lettres de pays, puis 2 à 12 lettres et chiffres",
            "a VAT number: two letters of country, then 2 to 12 letters and digits",
        ),
        KeyKind::Gln => ("13 chiffres", "13 digits"),
        KeyKind::Name => ("un nom", "a name"),
    }
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

/// The check of ISO/IEC 7812-1 annex B, which SIREN and SIRET carry.
fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .map(|b| u32::from(b.saturating_sub(b'0')))
        .enumerate()
        .map(|(n, digit)| match (n % 2, digit) {
            (1, 5..) => digit * 2 - 9,
            (1, _) => digit * 2,
            _ => digit,
        })
        .sum();
    sum.is_multiple_of(10)
}
