//! The engine of the official packs: one pass over the elements, each judged in the contexts that its name may stand in.
//!
//! It answers as XPath 2.0 does, oddities included: comparisons are true where any of several values satisfies, a function that
//! wants one value and is given two is an error, a text that is no number where a number is computed is an error. Such an error
//! stops the official artefact: it gives no verdict, so the pack has not run ([`Crash`]).

mod alike;
mod around;
mod ban;
mod by_name;
mod count;
mod currency;
mod effort;
mod eval;
mod example;
mod expect;
mod named;
mod near;
mod number;
mod party;
mod plan;
mod remark;
mod run;
mod seen;
mod tell;
mod words;
mod working;

use count::Lack;
pub use effort::Sum;
pub use eval::Scene;
pub use near::{meant, written};
pub use number::{Cast, Order, beside_an_integer, cents, cents_of_double, round_double, same_double, to_double};
pub use run::{Judged, run, run_for_places};
pub use seen::Once;
pub use words::fill;
pub use working::Addends;

use crate::decimal::Decimal;
use crate::text::Text;
use crate::xml::{Name, NodeId};

use super::check::{Check, Pattern};
use super::finding::Severity;

/// The contexts of one syntax.
pub struct Table {
    pub contexts: &'static [Context],
    /// For name `n`, the contexts `flat[starts[n]..starts[n + 1]]`, in order.
    pub starts: &'static [u16],
    pub flat: &'static [Candidate],
    /// The contexts that an element outside the vocabulary may be in: those that tell by how a name ends.
    pub loose: &'static [Candidate],
    /// What must stand in a document for a context or an entry to matter.
    pub needs: Once,
    /// How many rules of the pack apply to the syntax, counted when first asked.
    pub count: Counted,
}

pub type Counted = std::sync::OnceLock<usize>;

/// A context, and the name that the element around must have, where it must have one: most candidates fall by it.
pub struct Candidate {
    pub context: u16,
    pub around: Option<Name>,
}

/// A kind of element, and what is asked of it. In each pass an element is judged in the first context that it matches.
pub struct Context {
    pub pass: u8,
    /// Does the path start at the document element?
    pub anchored: bool,
    pub steps: &'static [Step],
    /// Does any of its steps ask for more than a name?
    pub conditional: bool,
    pub entries: &'static [Entry],
    /// What may not stand below it. Each fires once, at the first element or attribute found.
    pub bans: &'static [Entry],
    pub banned: &'static Ban,
    /// What may stand nowhere in the document.
    pub anywhere: &'static Ban,
}

/// What may not stand, as a tree of steps: hundreds of bans cost one walk.
pub struct Ban {
    pub name: Name,
    /// The bans that forbid this element itself.
    pub here: &'static [u16],
    /// Attributes it may not bear, and by which ban.
    pub attributes: &'static [(Name, u16)],
    /// In the order of their names.
    pub below: &'static [Ban],
    /// Their names.
    pub names: &'static [Name],
}

pub struct Entry {
    pub rule: u16,
    pub severity: Severity,
    pub ask: Ask,
}

/// A path from an element (or from the document) to elements or attributes.
pub struct Path {
    pub from: From,
    pub attribute: Option<Name>,
    /// The names of its steps, where names are all there is to it: most paths.
    pub names: Option<&'static [Name]>,
    /// The rest apart: hundreds of paths are walked for each document, and what is small stays near.
    pub whole: &'static Whole,
}

pub struct Whole {
    pub steps: &'static [Step],
    /// As the catalogue writes it.
    pub text: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum From {
    Here,
    Root,
    Anywhere,
}

pub struct Step {
    pub which: Which,
    /// Only the first of its siblings that satisfies.
    pub first: bool,
    pub only: &'static [Ask],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Named(Name),
    /// Any name that ends so, of this name space (its URI) or of all.
    Ending(Option<&'static str>, &'static str),
    Any,
    Parent,
}

/// A question about an element.
pub enum Ask {
    True,
    Check(Path, &'static Check),
    /// Is any of the values one of these?
    Same(Path, Fold, &'static [&'static str]),
    /// Is any of the values this boolean?
    Bool(Path, bool),
    Number(Path, Cast, Order, i64),
    /// So many elements or attributes, both bounds included.
    Count(Path, usize, usize),
    /// At most so many different texts; blanks around and between words counted or not.
    Distinct(Path, Fold, usize),
    /// Is this the name of the element?
    Named(Name),
    /// Does it stand within an element of this name, at whatever depth?
    Within(Name),
    /// At most so many characters after the first point, blanks counted; true where nothing stands.
    Fraction(Path, usize),
    /// At least so many characters, blanks counted.
    Long(Path, usize),
    /// At most so many characters, blanks counted; true where nothing stands.
    Brief(Path, usize),
    /// Does the one value match, blanks around and between words reduced where so asked? Where nothing stands, does nothing?
    Match(Path, bool, &'static Pattern),
    /// The one value, blanks around it removed, is a decimal number: so many characters at most but for the point, so many of them
    /// after it, a minus sign (which counts) or not.
    Digits(Path, usize, usize, bool),
    /// No two values are the same.
    Unique(Path),
    All(&'static [Ask]),
    Any(&'static [Ask]),
    Not(&'static Ask),
    /// Did the document come as EDIFACT or X12?
    Edi,
    /// The second, where the first is true.
    When(&'static Ask, &'static Ask),
    /// A rule in Rust, with what it is told.
    Item(Item, &'static str),
}

/// How texts are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    Exact,
    /// True where a value differs.
    Unlike,
    /// True where none is another, empty ones aside.
    Listed,
    /// Blanks around it removed; one value at most.
    Trim,
    /// In upper case; one value at most.
    Upper,
    TrimUpper,
    /// The same, and one element at most before the last step.
    OnlyTrimUpper,
}

/// A rule in Rust.
pub type Item = fn(&Scene<'_, '_>, NodeId, &'static str) -> Result<Verdict, Crash>;

/// What a rule in Rust says of an element.
pub enum Verdict {
    Holds,
    Fails(Box<Evidence>),
}

/// What was wrong, where it is known better than from the row.
#[derive(Debug, Default)]
pub struct Evidence {
    pub at: Option<NodeId>,
    /// The attribute of that element.
    pub attribute: Option<Name>,
    pub found: Option<String>,
    pub expected: Option<String>,
    /// How far a stated amount is from the computed one.
    pub difference: Option<Decimal>,
    /// What the computed amount was computed from.
    pub addends: Option<Addends>,
    /// The child that is missing in the element.
    pub child: Option<Name>,
    /// The value that alone is right, where it is another than the one expected.
    pub right: Option<String>,
    /// In place of the rule's own sentence, as it is.
    pub message: Option<Text>,
    /// In place of the rule's own advice, as it is.
    pub fix: Option<Text>,
    /// What is right, where it is known better than from the row.
    pub example: Option<String>,
}

/// The official artefact stops here with an error. Boxed: it hardly ever does, and every answer has room for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crash(Box<Stop>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Stop {
    node: NodeId,
    what: Broken,
    found: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    TwoValues,
    NotADecimal,
    NotANumber,
    NotABoolean,
    NotADate,
    /// More digits than facteur computes exactly; the artefact itself would go on.
    TooManyDigits,
    /// More to hold against each other than facteur looks at; the artefact itself would go on.
    TooMuch,
}

impl Verdict {
    /// `found` and `expected` at an element.
    pub fn fails(at: NodeId, found: impl Into<Option<String>>, expected: impl Into<Option<String>>) -> Self {
        Verdict::failed(Evidence {
            at: Some(at),
            found: found.into(),
            expected: expected.into(),
            ..Evidence::default()
        })
    }

    pub fn failed(evidence: Evidence) -> Self {
        Verdict::Fails(Box::new(evidence))
    }

    /// Holds, or fails without more to say.
    pub fn of(holds: bool) -> Self {
        if holds { Verdict::Holds } else { Verdict::failed(Evidence::default()) }
    }
}

impl Crash {
    #[cold]
    pub fn new(node: NodeId, what: Broken, found: String) -> Self {
        Crash(Box::new(Stop { node, what, found }))
    }

    /// Where it stops.
    pub fn node(&self) -> NodeId {
        self.0.node
    }

    /// The sentence of `not_run`; of a pack without an official artefact, it is the pack that stops.
    pub fn reason(&self, place: &str, official: bool) -> Text {
        let Stop { what, found, .. } = &*self.0;
        let (fr, en) = match what {
            Broken::TwoValues => {
                ("cet élément est répété, la règle n'en lit qu'un", "this element is repeated, the rule reads one")
            }
            Broken::NotADecimal => ("ce n'est pas un nombre décimal", "this is no decimal number"),
            Broken::NotANumber => ("ce n'est pas un nombre", "this is no number"),
            Broken::NotABoolean => ("ce n'est ni true ni false", "this is neither true nor false"),
            Broken::NotADate => ("ce n'est pas une date", "this is no date"),
            Broken::TooManyDigits => ("trop de chiffres pour un calcul exact", "too many digits to compute exactly"),
            Broken::TooMuch => (
                "trop d'éléments répétés, que les règles comparent les uns aux autres",
                "too many repeated elements, which the rules hold against each other",
            ),
        };
        let (quoted_fr, quoted_en) = match found.as_str() {
            "" => (String::new(), String::new()),
            found => (format!(" (« {found} »)"), format!(" (\"{found}\")")),
        };
        // Who stops here: the official artefact, or facteur, which rounds nothing that it cannot compute.
        let (who_fr, who_en) = match what {
            Broken::TooManyDigits => (
                "facteur calcule juste jusqu'à 28 chiffres et ne donne pas de verdict au-delà",
                "facteur computes exactly up to 28 digits and gives no verdict beyond",
            ),
            Broken::TooMuch => (
                "au-delà d'une limite, facteur ne donne pas de verdict (une facture réelle en est loin) : retirer les répétitions",
                "beyond a bound, facteur gives no verdict (a real invoice is far from it): remove the repetitions",
            ),
            _ if !official => (
                "les règles de ce paquet ne peuvent pas se juger ici : corriger d'abord cet élément",
                "the rules of this pack cannot be judged here: mend this element first",
            ),
            _ => (
                "la référence officielle s'arrête ici sans verdict : corriger d'abord cet élément",
                "the official artefact stops here without a verdict: mend this element first",
            ),
        };
        Text { fr: format!("{place} : {fr}{quoted_fr} ; {who_fr}"), en: format!("{place}: {en}{quoted_en}; {who_en}") }
    }
}

/// A decimal that must not pass 28 digits.
pub fn exact(value: Option<Decimal>, node: NodeId) -> Result<Decimal, Crash> {
    value.ok_or_else(|| Crash::new(node, Broken::TooManyDigits, String::new()))
}

/// Our own examples, of each document element, for the tests of this room.
#[cfg(test)]
const DOCUMENTS: [&str; 3] = [
    include_str!("../../schemas/examples/ubl-invoice.xml"),
    include_str!("../../schemas/examples/ubl-credit.xml"),
    include_str!("../../schemas/examples/cii.xml"),
];
