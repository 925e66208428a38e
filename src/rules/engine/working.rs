//! How an expected amount was computed: gathered once its rule has failed, so that a rule that holds pays nothing for it.

use std::collections::HashMap;

use crate::invoice::{self, Term};
use crate::limits;
use crate::rules::finding::{Part, Working};
use crate::rules::predicate::quote;
use crate::xml::NodeId;

use super::{Evidence, Scene};

/// What went into a computation, in its order.
#[derive(Debug, Clone, Default)]
pub struct Addends {
    parts: Vec<Addend>,
    /// How many more went in than `limits::ADDENDS`.
    more: usize,
}

/// One amount of a computation.
#[derive(Debug, Clone, Copy)]
pub struct Addend {
    /// `+`, `-`, `×` or `÷`.
    pub sign: &'static str,
    pub what: What,
}

#[derive(Debug, Clone, Copy)]
pub enum What {
    /// The value of an element, which is this term wherever the model knows no nearer one.
    Value(NodeId, &'static str),
    /// A number of the formula itself.
    Constant(&'static str),
}

impl Addends {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the value of an element.
    pub fn value(&mut self, sign: &'static str, term: &'static str, at: Option<NodeId>) -> &mut Self {
        if let Some(at) = at {
            self.push(Addend { sign, what: What::Value(at, term) });
        }
        self
    }

    /// Adds a number of the formula.
    pub fn constant(&mut self, sign: &'static str, number: &'static str) -> &mut Self {
        self.push(Addend { sign, what: What::Constant(number) });
        self
    }

    /// Counts so many amounts that are not listed.
    pub fn and_more(&mut self, count: usize) {
        self.more += count;
    }

    fn push(&mut self, addend: Addend) {
        if self.parts.len() < limits::ADDENDS {
            self.parts.push(addend);
        } else {
            self.more += 1;
        }
    }

    /// The elements whose address is asked for.
    pub fn wanted(&self) -> impl Iterator<Item = (NodeId, Term)> + '_ {
        self.parts.iter().filter_map(|part| match part.what {
            What::Value(at, term) => Some((at, Term::parse(term)?)),
            What::Constant(_) => None,
        })
    }
}

/// The computation of a finding, where its rule told one.
pub fn working(
    scene: &Scene<'_, '_>,
    addresses: &HashMap<(NodeId, Term), String>,
    evidence: &Evidence,
    difference: Option<String>,
) -> Option<Working> {
    let addends = evidence.addends.as_ref()?;
    let part = |addend: &Addend| match addend.what {
        What::Constant(number) => {
            Part { sign: addend.sign.to_owned(), term: String::new(), value: number.to_owned(), place: None }
        }
        What::Value(at, id) => Part {
            sign: addend.sign.to_owned(),
            term: Term::parse(id).and_then(|term| addresses.get(&(at, term)).cloned()).unwrap_or_else(|| id.to_owned()),
            value: quote(scene.text(at)),
            place: Some(invoice::place(scene.tree, at, None)),
        },
    };
    Some(Working {
        parts: addends.parts.iter().map(part).collect(),
        more: addends.more,
        result: evidence.expected.clone()?,
        difference,
    })
}
