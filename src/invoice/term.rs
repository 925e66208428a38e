//! The terms of EN 16931-1: business terms (BT), groups (BG), their parts, and those of the French extension (EXT-FR-FE). Beside
//! them, those of life-cycle messages (MDT, MDG), which no invoice has.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Syntax;
use crate::text::Lang;

/// A term, by its position in the norm's own order (`schemas/terms.csv`, then `schemas/lifecycle/cdar_terms.csv`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Term(u16);

/// What a term holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A group of terms.
    Group,
    /// A component of the term before it, such as a scheme identifier (`BT-29-1`).
    Part,
    /// Two decimals at most.
    Amount,
    UnitPrice,
    Quantity,
    Percentage,
    Date,
    Code,
    Identifier,
    DocumentReference,
    Binary,
    Text,
}

struct Row {
    id: &'static str,
    kind: Kind,
    parent: Option<Term>,
    group: Option<Term>,
    required: bool,
    repeatable: bool,
    name_fr: &'static str,
    name_en: &'static str,
}

/// A constant for each term: `BT_1`, `BG_25`, `BT_29_1`, `EXT_FR_FE_162`.
#[rustfmt::skip]
pub mod bt {
    use super::{Kind, Row, Term};
    include!(concat!(env!("OUT_DIR"), "/terms.rs"));
    pub(super) fn rows() -> &'static [Row] { ROWS }
    pub(super) fn of_invoices() -> usize { OF_INVOICES }
}

impl Term {
    /// How many terms there are; `Term(0)` to `Term(COUNT - 1)`.
    pub fn count() -> usize {
        bt::rows().len()
    }

    /// Those of invoices.
    pub fn all() -> impl Iterator<Item = Term> {
        (0..bt::of_invoices()).map(|n| Term(n as u16))
    }

    /// Those of life-cycle messages.
    pub fn of_messages() -> impl Iterator<Item = Term> {
        (bt::of_invoices()..bt::rows().len()).map(|n| Term(n as u16))
    }

    /// Those of the document that a syntax writes.
    pub fn of(syntax: Syntax) -> Box<dyn Iterator<Item = Term>> {
        if syntax.is_invoice() { Box::new(Term::all()) } else { Box::new(Term::of_messages()) }
    }

    /// Is it a term of life-cycle messages rather than of invoices?
    pub fn is_of_messages(self) -> bool {
        self.index() >= bt::of_invoices()
    }

    /// Reads `BT-13`, `BG-25`, `BT-29-1`, `MDT-105`.
    pub fn parse(id: &str) -> Option<Term> {
        static BY_ID: LazyLock<HashMap<&'static str, Term>> =
            LazyLock::new(|| Term::all().chain(Term::of_messages()).map(|t| (t.id(), t)).collect());
        BY_ID.get(id).copied()
    }

    pub fn id(self) -> &'static str {
        self.row().id
    }

    pub fn kind(self) -> Kind {
        self.row().kind
    }

    pub fn is_group(self) -> bool {
        self.kind() == Kind::Group
    }

    /// The group around it, or, for a part, the term it belongs to.
    pub fn parent(self) -> Option<Term> {
        self.row().parent
    }

    /// The nearest group around it; none where it stands in the document itself.
    pub fn group(self) -> Option<Term> {
        self.row().group
    }

    /// May it stand more than once in its group (cardinality 0..n or 1..n of EN 16931-1)?
    pub fn is_repeatable(self) -> bool {
        self.row().repeatable
    }

    /// Must it stand in its group (cardinality 1..)?
    pub fn is_required(self) -> bool {
        self.row().required
    }

    /// Its name in the norm.
    pub fn name(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Fr => self.row().name_fr,
            Lang::En => self.row().name_en,
        }
    }

    /// As sentences name it: French `BT-106 (Somme des montants nets des lignes)`, where nothing has to agree with the name;
    /// English `Sum of Invoice line net amount (BT-106)`.
    pub fn called(self, lang: Lang) -> String {
        let name = self.name_in_full(lang);
        match lang {
            Lang::Fr => format!("{self} ({name})"),
            Lang::En => format!("{name} ({self})"),
        }
    }

    /// Its name as it stands in a sentence: groups without the capitals of the norm, and a scheme with what it is the scheme of.
    pub fn name_in_full(self, lang: Lang) -> String {
        let name = self.name(lang);
        if self.is_group() && !name.chars().any(char::is_lowercase) {
            return calm(name);
        }
        match (self.parent().filter(|_| self.kind() == Kind::Part), lang) {
            (Some(whole), Lang::Fr) if name == "Identifiant du schéma" => format!("{name} : {}", whole.name(lang)),
            (Some(whole), Lang::En) if name == "Scheme identifier" => format!("{name} of: {}", whole.name(lang)),
            _ => name.to_owned(),
        }
    }

    /// Is it a term of the French extension rather than of EN 16931-1?
    pub fn is_extension(self) -> bool {
        self.id().starts_with("EXT-")
    }

    /// Does it hold a number?
    pub fn is_number(self) -> bool {
        matches!(self.kind(), Kind::Amount | Kind::UnitPrice | Kind::Quantity | Kind::Percentage)
    }

    /// For the tables that `build.rs` writes.
    pub(crate) const fn from_table(n: u16) -> Term {
        Term(n)
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    fn row(self) -> &'static Row {
        &bt::rows()[usize::from(self.0)]
    }
}

/// `VENTILATION DE LA TVA` as `Ventilation de la TVA`.
fn calm(name: &str) -> String {
    let words = name.split(' ').enumerate().map(|(n, word)| match word {
        "TVA" | "VAT" | "IBAN" | "SEPA" => word.to_owned(),
        _ => {
            let lower = word.to_lowercase();
            let mut letters = lower.chars();
            match letters.next().filter(|_| n == 0) {
                Some(first) => first.to_uppercase().chain(letters).collect(),
                None => lower,
            }
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl fmt::Debug for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for Term {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let id = String::deserialize(input)?;
        Term::parse(&id).ok_or_else(|| serde::de::Error::custom(format!("no term {id} in EN 16931")))
    }
}
