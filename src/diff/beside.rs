//! What a document of EDIFACT or X12 says beside its terms: the XML that was compared is what was read of it, and what was left aside there is part of what
//! the sender said. A second quantity, a cancellation, a segment that no term takes make another document.

use std::collections::{BTreeMap, HashMap};

use super::{Change, Diff, Difference, Options, Said};
use crate::formats::{Beside, BesideKind, Read, written_at};
use crate::invoice::Term;
use crate::limits;
use crate::text::Text;

/// A document as it was read, and the file that it was read from.
#[derive(Debug, Clone, Copy)]
pub struct Whole<'r> {
    pub read: &'r Read<'r>,
    pub bytes: &'r [u8],
    /// Of the file, as reports name it.
    pub syntax: &'r str,
}

impl Diff {
    /// Adds what the two say beside their terms. What leaves open what is invoiced, or says that it is none, is a difference where one of them alone says it,
    /// or says it otherwise; the rest is compared between two files of one syntax, and else listed as not compared.
    pub fn beside(&mut self, a: Whole<'_>, b: Whole<'_>, options: &Options) {
        let alike = a.syntax == b.syntax;
        let mut both: BTreeMap<Key, [Vec<Said>; 2]> = BTreeMap::new();
        for (n, whole) in [a, b].into_iter().enumerate() {
            for (key, said) in said(whole, options) {
                both.entry(key).or_default()[n].push(said); // invariant: n is 0 or 1
            }
        }
        for ((kind, term, _), [of_a, of_b]) in both {
            let (of_a, of_b) = apart(of_a, of_b);
            let (mut of_a, mut of_b) = (of_a.into_iter(), of_b.into_iter());
            loop {
                match (of_a.next(), of_b.next()) {
                    (None, None) => break,
                    (a, b) => self.add(kind, term, a, b, alike),
                }
            }
        }
    }

    fn add(&mut self, kind: BesideKind, term: Option<Term>, a: Option<Said>, b: Option<Said>, alike: bool) {
        let change = match (&a, &b) {
            (Some(_), Some(_)) => Change::Changed,
            (Some(_), None) => Change::OnlyA,
            _ => Change::OnlyB,
        };
        let (list, unlisted) = match kind {
            BesideKind::Contradiction | BesideKind::Currency => (&mut self.differences, &mut self.unlisted),
            BesideKind::Cut(_) | BesideKind::Function => (&mut self.outside, &mut self.unlisted_outside),
            BesideKind::Left if alike && term.is_some() => (&mut self.differences, &mut self.unlisted),
            BesideKind::Left if alike => (&mut self.outside, &mut self.unlisted_outside),
            BesideKind::Left => {
                // Between two syntaxes nothing is held against anything: each side by itself.
                let sides = [(Change::OnlyA, a, None), (Change::OnlyB, None, b)];
                let sides = sides.into_iter().filter(|(_, a, b)| a.is_some() || b.is_some());
                let sides = sides.map(|(change, a, b)| Difference { change, term: None, a, b, delta: None });
                let room = limits::DIFFERENCES.saturating_sub(self.uncompared.len());
                self.uncompared.extend(sides.take(room));
                return;
            }
        };
        if list.len() >= limits::DIFFERENCES {
            *unlisted += 1;
        } else {
            list.push(Difference { change, term, a, b, delta: None });
        }
    }
}

/// What is said of one thing: its kind, its term, and what says it.
type Key = (BesideKind, Option<Term>, String);

/// Without what both say, wherever it stands, as often as both say it.
fn apart(of_a: Vec<Said>, of_b: Vec<Said>) -> (Vec<Said>, Vec<Said>) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    of_b.iter().for_each(|said| *counts.entry(said.value.clone()).or_default() += 1);
    let mut shared: HashMap<String, usize> = HashMap::new();
    let mut only_a = Vec::new();
    for said in of_a {
        match counts.get_mut(&said.value).filter(|count| **count > 0) {
            Some(count) => {
                *count -= 1;
                *shared.entry(said.value).or_default() += 1;
            }
            None => only_a.push(said),
        }
    }
    let mut is_shared = |said: &Said| match shared.get_mut(&said.value).filter(|count| **count > 0) {
        Some(count) => {
            *count -= 1;
            true
        }
        None => false,
    };
    (only_a, of_b.into_iter().filter(|said| !is_shared(said)).collect())
}

fn said(whole: Whole<'_>, options: &Options) -> Vec<(Key, Said)> {
    let Some(received) = whole.read.received.as_deref() else { return Vec::new() };
    let within =
        |term: Term, list: &[Term]| std::iter::successors(Some(term), |t| t.parent()).any(|t| list.contains(&t));
    let all = options.only.is_empty() && !options.terms_only;
    let asked = |one: &Beside| match one.term {
        Some(term) => (options.only.is_empty() || within(term, &options.only)) && !within(term, &options.ignore),
        None => all,
    };
    let asked = received.beside().into_iter().filter(asked);
    asked
        .map(|Beside { kind, term, what, value, place }| {
            let value = value.or_else(|| written_at(whole.bytes, place.as_ref()?)).unwrap_or_default();
            let why = match kind {
                BesideKind::Cut(cut) => Some(cut.text()),
                BesideKind::Contradiction => Some(Text::new(
                    "dit encore, autrement : le premier est comparé, rien ne dit lequel vaut",
                    "said again, otherwise: the first is compared, nothing says which holds",
                )),
                BesideKind::Currency => Some(Text::new(
                    "dans une autre devise que la facture, qui ne le dit pas dans la sienne",
                    "in another currency than the invoice, which does not say it in its own",
                )),
                BesideKind::Function | BesideKind::Left => None,
            };
            ((kind, term, what.clone()), Said { address: what, value, place, terms: Vec::new(), why })
        })
        .collect()
}
