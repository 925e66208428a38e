//! Two documents compared as invoices: term by term, in any two syntaxes.
//!
//! Values are compared, not texts: 100.0 is 100.00, 20261102 is 2026-11-02, and what `schemas/diff/equal.csv` lists is the same
//! value written otherwise. What repeats is matched by content and key ([`pair`]), so that a line that moved is no difference. What
//! is no term of EN 16931 is compared too where both documents are of one syntax, and named as not compared where they are not:
//! [`Diff::is_same`] is never said of what nobody looked at without [`Diff::uncompared`] saying so.

mod beside;
mod compare;
mod csv;
mod equal;
mod json;
mod moved;
mod outside;
mod pair;
mod said;
mod side;
mod syntax;
mod text;
mod value;
mod words;

use crate::decimal::Decimal;
use crate::invoice::{Invoice, Listed, Place, Places, Term};
use crate::text::Text;

pub use beside::Whole;
pub use compare::compare;
pub use csv::csv;
pub use equal::counterpart;
pub use json::{Heading, json};
pub use text::text;

/// What is compared, and what is told.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Values that are written otherwise and instances that stand in another order are differences too.
    pub as_written: bool,
    /// These terms, and those of these groups, alone; all where empty. What is no term is then left aside.
    pub only: Vec<Term>,
    /// Not these terms, nor those of these groups.
    pub ignore: Vec<Term>,
    /// What is no term of EN 16931 is left aside.
    pub terms_only: bool,
}

/// What two documents do not share.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Diff {
    /// In the order of the norm; lines in the order of `a`.
    pub differences: Vec<Difference>,
    /// Of what is no term of EN 16931, where both documents are of one syntax.
    pub outside: Vec<Difference>,
    /// What is no term and stands in one document only because the syntaxes differ: not compared, and no difference.
    pub uncompared: Vec<Difference>,
    /// Differences of terms beyond those that are listed (`limits::DIFFERENCES`).
    pub unlisted: usize,
    /// Those of what is no term.
    pub unlisted_outside: usize,
    /// Values that are the same and written otherwise, and instances that moved; listed only where asked for.
    pub written: usize,
}

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    pub change: Change,
    /// None for what is no term.
    pub term: Option<Term>,
    pub a: Option<Said>,
    pub b: Option<Said>,
    /// Of two numbers: that of `b` less that of `a`.
    pub delta: Option<Decimal>,
}

/// How the two differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Changed,
    OnlyA,
    OnlyB,
    /// The same value, written otherwise.
    Written,
    /// The same instance, in another place among its like.
    Moved,
}

/// What one document says.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Address of the term or group (`BG-25[2]/BT-131`); for what is no term, its path.
    pub address: String,
    /// A day as YYYY-MM-DD, a file by its digest, a group in short; all else as written, blanks around it removed.
    pub value: String,
    pub place: Option<Place>,
    /// Of a group: its terms.
    pub terms: Vec<Listed>,
    /// Of a value that looks the same as the other and is not: what is wrong with it.
    pub why: Option<Text>,
}

impl Change {
    pub fn as_str(self) -> &'static str {
        match self {
            Change::Changed => "changed",
            Change::OnlyA => "only-a",
            Change::OnlyB => "only-b",
            Change::Written => "written",
            Change::Moved => "moved",
        }
    }

    fn mirrored(self) -> Change {
        match self {
            Change::OnlyA => Change::OnlyB,
            Change::OnlyB => Change::OnlyA,
            same => same,
        }
    }
}

impl Diff {
    /// Nothing that was compared differs.
    pub fn is_same(&self) -> bool {
        self.differences.is_empty() && self.outside.is_empty() && self.unlisted + self.unlisted_outside == 0
    }

    /// The same, the other way round.
    #[must_use]
    pub fn mirrored(self) -> Diff {
        let turn = |list: Vec<Difference>| list.into_iter().map(Difference::mirrored).collect();
        Diff {
            differences: turn(self.differences),
            outside: turn(self.outside),
            uncompared: turn(self.uncompared),
            ..self
        }
    }

    /// Gives the places of what came as EDI as those in what was received.
    fn as_received(&mut self, a: &Invoice<'_>, b: &Invoice<'_>) {
        let (mut of_a, mut of_b) = (Places::of(a), Places::of(b));
        for difference in self.differences.iter_mut().chain(&mut self.outside).chain(&mut self.uncompared) {
            for (said, places) in [(&mut difference.a, &mut of_a), (&mut difference.b, &mut of_b)] {
                if let Some(place) = said.as_mut().and_then(|said| said.place.as_mut()) {
                    *place = places.place(place);
                }
            }
        }
    }

    /// Says of every place in `a`, or in `b`, that it is in a file inside a PDF.
    pub fn name_attachment(&mut self, in_a: bool, name: &str) {
        for difference in self.differences.iter_mut().chain(&mut self.outside).chain(&mut self.uncompared) {
            let said = if in_a { &mut difference.a } else { &mut difference.b };
            if let Some(Said { place: Some(Place::Xml { attachment, .. }), .. }) = said {
                *attachment = Some(name.to_owned());
            }
        }
    }
}

impl Difference {
    fn mirrored(self) -> Difference {
        Difference {
            change: self.change.mirrored(),
            term: self.term,
            a: self.b,
            b: self.a,
            delta: self.delta.map(|d| -d),
        }
    }
}
