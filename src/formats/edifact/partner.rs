//! What is agreed with a partner and no message says: plain data, read from `partners/*.toml` by whoever reads configuration.

use crate::edifact::Strictness;
use crate::edifact::contrl::When;
use crate::formats::x12;
use crate::invoice::{Draft, Kind, Said, Term};
use crate::text::Lang;

use super::Why;
use super::fill::Filler;
use super::structure::Directory;
use super::write::Agreement;

/// What is agreed with a partner.
#[derive(Debug, Clone)]
pub struct Partner {
    pub name: String,
    /// What the partner calls itself in UNB, or in ISA06 and GS02.
    pub identifiers: Vec<String>,
    /// By which directory its messages are read, whatever they say.
    pub directory: Option<Directory>,
    pub strictness: Strictness,
    /// Does a declared repetition separator separate?
    pub repetition: bool,
    /// Terms that its messages never state.
    pub constants: Vec<(Term, String)>,
    /// Does it write credit notes (381) with negative amounts? EN 16931 has them positive.
    pub negative_credit_notes: bool,
    pub answers: Answering,
    /// What is agreed of its X12.
    pub x12: x12::Settings,
    /// How interchanges for it are written.
    pub out: Agreement,
}

/// What the partner is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answering {
    /// None: never.
    pub contrl: Option<When>,
    /// None: never.
    pub aperak: Option<AperakWhen>,
    /// The language of texts in APERAK.
    pub lang: Lang,
}

/// Of which invoices an APERAK is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AperakWhen {
    Always,
    /// Of those that are refused.
    OnErrors,
}

impl Default for Answering {
    /// A CONTRL where the sender asks for it (0031) or something is refused; no APERAK.
    fn default() -> Answering {
        Answering { contrl: Some(When::Asked), aperak: None, lang: Lang::Fr }
    }
}

impl Default for Partner {
    fn default() -> Partner {
        Partner {
            name: String::new(),
            identifiers: Vec::new(),
            directory: None,
            strictness: Strictness::LENIENT,
            repetition: true,
            constants: Vec::new(),
            negative_credit_notes: false,
            answers: Answering::default(),
            x12: x12::Settings::default(),
            out: Agreement::default(),
        }
    }
}

/// States what the partner's messages leave out. What a message states stays.
pub(super) fn constants(filler: &mut Filler<'_>, draft: &mut Draft, partner: &Partner) {
    for (term, text) in &partner.constants {
        let mut way: Vec<Term> = std::iter::successors(term.group(), |group| group.group()).collect();
        way.reverse();
        // A constant speaks of the document and its parties, not of each of several.
        if way.iter().any(|group| group.is_repeatable()) {
            continue;
        }
        let mut at = &mut *draft;
        for group in way {
            let found = at.groups.iter().position(|inner| inner.term == Some(group)).unwrap_or_else(|| {
                let place = at.place.clone();
                at.groups.push(Draft::group(group, place));
                at.groups.len() - 1
            });
            at = &mut at.groups[found];
        }
        if term.kind() == Kind::Part {
            // A scheme belongs to what the partner file says just before, or to what the message says without one.
            let whole = term.parent().and_then(|whole| at.said.iter_mut().find(|said| said.term == whole));
            if let Some(whole) = whole.filter(|whole| whole.parts.iter().all(|part| part.term != *term)) {
                whole.parts.push(Said::new(*term, text.clone(), whole.place.clone()));
            }
        } else if at.text(*term).is_none() {
            let place = at.place.clone();
            at.said.push(Said::new(*term, text.clone(), place.clone()));
            filler.derive(*term, place, Why::Partner);
        }
    }
}
