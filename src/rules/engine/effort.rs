//! What a hostile document may cost: answers that are given once for many elements, and how much may be looked at in all.
//!
//! A document of one invoice is judged in a walk or two. One that repeats elements a million times over would have each of a million
//! held against each of a million others: what depends on the element around them alone is answered once for all of them, and what is
//! left is counted. A document that asks for too much gets no verdict, and is told so.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use crate::decimal::Decimal;
use crate::limits;
use crate::xml::{NodeId, Tree};

use super::{Addends, Ask, Broken, Crash, From, Path, Scene, Which};

type Answer<T> = Result<T, Crash>;

pub struct Effort {
    /// Is the document so large that anything of it is kept count of?
    large: bool,
    /// Steps that may still be taken.
    left: Cell<u64>,
    /// Answers by the question (its address: all questions are static) and the element that it is about.
    answers: RefCell<HashMap<(usize, NodeId), Answer<bool>>>,
    /// Sums by what is added up and where, and what they are the sums of.
    sums: RefCell<HashMap<(&'static str, NodeId), Answer<Sum>>>,
    addends: RefCell<HashMap<(&'static str, NodeId), Addends>>,
}

/// What several totals are held against.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    pub decimal: Decimal,
    pub double: f64,
    /// Was there anything to add up?
    pub any: bool,
}

impl Effort {
    pub fn of(tree: &Tree<'_>) -> Effort {
        let each = limits::JUDGING_STEPS_EACH.saturating_mul(tree.len() as u64);
        Effort {
            large: tree.is_wide(0),
            left: Cell::new(limits::JUDGING_STEPS.saturating_add(each)),
            answers: RefCell::default(),
            sums: RefCell::default(),
            addends: RefCell::default(),
        }
    }

    /// Is what is asked about this element kept?
    pub fn is_wide(&self, tree: &Tree<'_>, node: NodeId) -> bool {
        self.large && tree.is_wide(node)
    }

    /// Takes a step, where one is left.
    #[inline]
    pub fn spend(&self) -> bool {
        if !self.large {
            return true;
        }
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }

    /// Was there more to look at than may be? What was answered since counts for nothing.
    pub fn is_spent(&self) -> bool {
        self.left.get() == 0
    }
}

impl Scene<'_, '_> {
    /// The answer to a question about an element, asked once.
    pub(super) fn once(
        &self,
        node: NodeId,
        question: usize,
        answer: impl FnOnce() -> Result<bool, Crash>,
    ) -> Result<bool, Crash> {
        if let Some(known) = self.effort.answers.borrow().get(&(question, node)) {
            return known.clone();
        }
        let answer = answer();
        self.effort.answers.borrow_mut().insert((question, node), answer.clone());
        answer
    }

    /// A sum of a document, or of the element around many totals, added up once.
    pub fn summed(
        &self,
        what: &'static str,
        node: NodeId,
        sum: impl FnOnce() -> Result<Sum, Crash>,
    ) -> Result<Sum, Crash> {
        if !self.effort.large {
            return sum();
        }
        if let Some(known) = self.effort.sums.borrow().get(&(what, node)) {
            return known.clone();
        }
        let sum = sum();
        self.effort.sums.borrow_mut().insert((what, node), sum.clone());
        sum
    }

    /// What such a sum was added up from, once one is wrong.
    pub fn addends(&self, what: &'static str, node: NodeId, gather: impl FnOnce(&mut Addends)) -> Addends {
        if let Some(known) = self.effort.addends.borrow().get(&(what, node)) {
            return known.clone();
        }
        let mut addends = Addends::new();
        gather(&mut addends);
        self.effort.addends.borrow_mut().insert((what, node), addends.clone());
        addends
    }

    /// The element that a question put to this one is really about, where that is a wide one around it: `../name`, and whatever
    /// starts at the document.
    pub(super) fn asked_of_another(&self, node: NodeId, ask: &'static Ask) -> Option<NodeId> {
        if !self.effort.large {
            return None;
        }
        let path = path_of(ask)?;
        let other = match path.from {
            From::Root | From::Anywhere => 0,
            From::Here if path.names.is_some() => return None,
            From::Here if path.whole.steps.first()?.which == Which::Parent => self.tree.node(node).parent,
            From::Here => return None,
        };
        self.tree.is_wide(other).then_some(other)
    }

    /// Why there is no verdict where more was to be looked at than may be.
    pub(super) fn spent(&self, node: NodeId) -> Option<Crash> {
        self.effort.is_spent().then(|| Crash::new(node, Broken::TooMuch, String::new()))
    }
}

fn path_of(ask: &'static Ask) -> Option<&'static Path> {
    match ask {
        Ask::Check(path, _)
        | Ask::Same(path, ..)
        | Ask::Bool(path, _)
        | Ask::Number(path, ..)
        | Ask::Count(path, ..)
        | Ask::Distinct(path, ..)
        | Ask::Fraction(path, _)
        | Ask::Long(path, _)
        | Ask::Brief(path, _)
        | Ask::Match(path, ..)
        | Ask::Digits(path, ..)
        | Ask::Unique(path) => Some(path),
        Ask::When(..)
        | Ask::True
        | Ask::Edi
        | Ask::Named(_)
        | Ask::Within(_)
        | Ask::All(_)
        | Ask::Any(_)
        | Ask::Not(_)
        | Ask::Item(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::DOCUMENTS;
    use super::*;
    use crate::formats;
    use crate::text::Lang;

    /// Elements on lines of their own, each of some of them so many times.
    fn crowded(text: &str, from: usize) -> String {
        let whole = |line: &str| line.contains("</") && !line.trim_start().starts_with("</");
        let mut seen = 0;
        let mut out = String::new();
        for line in text.lines() {
            seen += usize::from(whole(line));
            let times = if whole(line) && seen % 23 == from { 40 } else { 1 };
            out.push_str(&format!("{line}\n").repeat(times));
        }
        out
    }

    #[test]
    fn what_is_asked_once_is_what_each_would_hear() {
        for (document, from) in DOCUMENTS.into_iter().flat_map(|d| [(d, 0), (d, 7), (d, 15)]) {
            let text = crowded(document, from);
            let read = formats::read(text.as_bytes()).unwrap();
            let (tree, syntax) = (read.invoice.tree(), read.invoice.syntax());
            assert!(tree.is_wide(0));
            let pack = crate::rules::pack("en16931").unwrap();
            let table = pack.table(syntax);
            let (scene, mut each) = (Scene::new(tree, syntax), Scene::new(tree, syntax));
            each.effort.large = false;
            for context in table.contexts {
                for node in 0..tree.len() as NodeId {
                    let [matches, alone] = [&scene, &each]
                        .map(|scene| scene.stands_in(node, context) && scene.satisfies_all(node, context));
                    assert_eq!(matches, alone, "{}", tree.path(node));
                    for entry in context.entries.iter().filter(|_| matches) {
                        let rule = pack.rules[usize::from(entry.rule)].id;
                        let answers = (scene.ask(node, &entry.ask), each.ask(node, &entry.ask));
                        assert_eq!(answers.0, answers.1, "{rule} at {}", tree.path(node));
                    }
                }
            }
            assert!(!scene.effort.is_spent() && !scene.effort.answers.borrow().is_empty());
        }
    }

    #[test]
    fn whoever_asks_for_too_much_hears_so() {
        let text = crowded(DOCUMENTS[0], 0);
        let read = formats::read(text.as_bytes()).unwrap();
        let tree = read.invoice.tree();
        let scene = Scene::new(tree, read.invoice.syntax());
        scene.effort.left.set(2);
        let name = tree.node(1).name;
        assert_eq!([scene.effort.spend(), scene.effort.spend(), scene.effort.spend()], [true, true, false]);
        assert_eq!((scene.all(0, name).count(), scene.named(name).count()), (0, 0));
        let why = scene.spent(1).unwrap().reason("/Invoice", true);
        assert!(why.get(Lang::En).contains("too many repeated elements") && why.get(Lang::Fr).contains("répétés"));
    }
}
