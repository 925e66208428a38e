//! What a correction sees, and what it answers.

use crate::formats::{Mend, Read};
use crate::invoice::{Invoice, Syntax, Term};
use crate::text::Text;
use crate::xml::{NodeId, Tree};

use super::guard::Change;

/// What was asked for beyond the corrections that propose themselves.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// These corrections alone; all where empty.
    pub only: Vec<String>,
    pub except: Vec<String>,
    /// The treatment of the BAR note, instead of the one that the invoice proves.
    pub treatment: Option<String>,
    pub frame: Option<Frame>,
}

/// A billing frame that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A code of BT-23.
    Named(String),
    /// What the lines prove.
    FromLines,
}

impl Asked {
    /// Is this correction to be looked at?
    pub fn wants(&self, id: &str) -> bool {
        (self.only.is_empty() || self.only.iter().any(|only| only == id)) && !self.except.iter().any(|not| not == id)
    }
}

/// The document as it stands before a correction.
pub(super) struct Scene<'s> {
    pub read: &'s Read<'s>,
    pub asked: &'s Asked,
}

impl<'s> Scene<'s> {
    pub fn invoice(&self) -> &'s Invoice<'s> {
        &self.read.invoice
    }

    pub fn tree(&self) -> &'s Tree<'s> {
        self.read.invoice.tree()
    }

    pub fn syntax(&self) -> Syntax {
        self.read.invoice.syntax()
    }

    /// Names of elements as the tables write them.
    pub fn name(&self, node: NodeId) -> String {
        self.tree().qualified(self.tree().node(node).name)
    }
}

/// What a correction found.
pub(super) enum Found {
    Change(Candidate),
    Left(Reason),
}

/// A change of one thing.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub mends: Vec<Mend>,
    pub term: Term,
    pub node: NodeId,
    /// An element that it puts in, whose like are counted anew in paths.
    pub puts_in: Option<&'static str>,
    /// What it changes beside terms, told by itself.
    pub beside: Option<Change>,
}

/// Why a thing that needs correcting is left as it is.
#[derive(Debug, Clone)]
pub(super) struct Reason {
    pub term: Term,
    pub node: Option<NodeId>,
    pub why: Text,
}

impl Candidate {
    pub fn of(term: Term, node: NodeId, mends: Vec<Mend>) -> Candidate {
        Candidate { mends, term, node, puts_in: None, beside: None }
    }
}

impl Found {
    /// A change where it can be written, else why not.
    pub fn written(term: Term, node: NodeId, mend: Option<Mend>) -> Found {
        match mend {
            Some(mend) => Found::Change(Candidate::of(term, node, vec![mend])),
            None => Found::left(
                term,
                node,
                "la valeur est écrite avec une référence, un commentaire ou une section : à corriger à la main",
                "the value is written with a reference, a comment or a section: correct it by hand",
            ),
        }
    }

    pub fn left(term: Term, node: NodeId, fr: impl Into<String>, en: impl Into<String>) -> Found {
        Found::Left(Reason { term, node: Some(node), why: Text::new(fr, en) })
    }

    /// Of the document as a whole.
    pub fn left_whole(term: Term, why: Text) -> Found {
        Found::Left(Reason { term, node: None, why })
    }
}
