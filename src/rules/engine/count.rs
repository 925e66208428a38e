//! Questions that count, and what a failing question shows.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::rules::check::{Check, trim};
use crate::rules::predicate::quote;
use crate::text::Text;
use crate::xml::{Name, NodeId};

use super::{Ask, Crash, Evidence, Fold, From, Path, Scene, Step, Verdict, Which};

/// What an element lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    Child(Name),
    Attribute(Name),
}

impl<'t> Scene<'t, '_> {
    /// What is to be seen where a question fails that forbids or counts: the first element too many.
    pub fn evidence(&self, node: NodeId, ask: &'static Ask) -> Result<Evidence, Crash> {
        Ok(match ask {
            Ask::Count(path, _, max) => {
                let all = self.found(node, path)?;
                let (at, found) = (all.get(*max).copied(), Some(all.len().to_string()).filter(|_| !all.is_empty()));
                Evidence { at, attribute: at.and(path.attribute), found, ..Evidence::default() }
            }
            Ask::Distinct(path, fold, most) => {
                let Some((at, text)) = self.different(node, path, *fold)?.into_iter().nth(*most) else {
                    return Ok(Evidence::default());
                };
                Evidence { at: Some(at), found: Some(quote(&text)), ..Evidence::default() }
            }
            Ask::Unique(path) => {
                let again = self.repeated(node, path)?;
                let found = again.map(|n| quote(trim(self.value(n, path))));
                Evidence { at: again, attribute: again.and(path.attribute), found, ..Evidence::default() }
            }
            Ask::Not(Ask::Check(path, Check::Exists)) => {
                let Some(at) = self.first(node, path)? else { return Ok(Evidence::default()) };
                // A condition on a child: that child is what is wrong.
                if let Some(Step { only: [Ask::Same(inner, ..)], .. }) = path.whole.steps.last()
                    && let (None, [Step { which: Which::Named(name), .. }]) = (inner.attribute, inner.whole.steps)
                    && let Some(child) = self.tree.child(at, *name)
                {
                    return Ok(Evidence {
                        at: Some(child),
                        found: Some(quote(self.text(child))),
                        ..Evidence::default()
                    });
                }
                let value = Some(quote(trim(self.value(at, path)))).filter(|_| !self.tree.has_children(at));
                Evidence { at: Some(at), attribute: path.attribute, found: value, ..Evidence::default() }
            }
            Ask::Check(path, check) if check.is_presence() => self.other_scheme(node, path).unwrap_or_default(),
            // Of several questions, the one that fails.
            Ask::All(all) => match self.failing(node, all) {
                Some(one) => self.evidence(node, one)?,
                None => Evidence::default(),
            },
            Ask::When(_, then) => self.evidence(node, then)?,
            // Of the element itself: its value.
            Ask::Same(path, ..) | Ask::Not(Ask::Same(path, ..))
                if path.from == From::Here && path.whole.steps.is_empty() && path.attribute.is_none() =>
            {
                let found = Some(quote(self.text(node))).filter(|found| !found.is_empty());
                Evidence { at: Some(node), found, ..Evidence::default() }
            }
            Ask::Item(item, told) => match item(self, node, told)? {
                Verdict::Fails(evidence) => *evidence,
                Verdict::Holds => Evidence::default(),
            },
            // Of alternatives, the one that names what should not be there.
            Ask::Any(all) => {
                for one in *all {
                    let evidence = self.evidence(node, one)?;
                    if evidence.at.is_some() {
                        return Ok(evidence);
                    }
                }
                Evidence::default()
            }
            _ => Evidence::default(),
        })
    }

    /// All of a way stands, but the VAT category on it is said to be one of another tax (`TVA` where `VAT` is the code).
    fn other_scheme(&self, node: NodeId, path: &'static Path) -> Option<Evidence> {
        if path.from != From::Here {
            return None;
        }
        let mut here = node;
        for step in path.whole.steps {
            let Which::Named(name) = step.which else { return None };
            let mut all = self.all(here, name);
            let only = all.next().filter(|_| all.next().is_none())?;
            if let [Ask::Same(scheme, _, [wanted])] = step.only
                && self.tree.qualified(name).ends_with("TaxCategory")
            {
                let at = self.single(only, scheme).ok()??;
                let found = quote(trim(self.value(at, scheme)));
                if found.is_empty() || scheme.attribute.is_some() || found.eq_ignore_ascii_case(wanted) {
                    return None;
                }
                let (element, text) = (self.tree.qualified(self.tree.node(at).name), |fr, en| Text { fr, en });
                return Some(Evidence {
                    at: Some(at),
                    message: Some(text(
                        format!(
                            "La catégorie de TVA est donnée sous le régime « {found} », qui n'est pas celui de la TVA : {wanted}."
                        ),
                        format!(
                            "The VAT category is given under scheme \"{found}\", which is not that of VAT: {wanted}."
                        ),
                    )),
                    fix: Some(text(
                        format!("Écrire {wanted} dans {element} (le code est le même dans toutes les langues)."),
                        format!("Write {wanted} in {element} (the code is the same in every language)."),
                    )),
                    found: Some(found),
                    expected: Some((*wanted).to_owned()),
                    right: Some((*wanted).to_owned()),
                    ..Evidence::default()
                });
            }
            here = only;
        }
        None
    }

    /// Has a path so many different texts at most?
    pub(super) fn at_most(&self, node: NodeId, path: &'static Path, fold: Fold, most: usize) -> Result<bool, Crash> {
        let (mut first, mut alike) = (None, true);
        self.each(node, path, &mut |n| {
            let text = self.value(n, path);
            alike = text == *first.get_or_insert(text);
            !alike
        })?;
        // Whatever they come to where they differ as written is counted.
        Ok((alike && most > 0) || self.different(node, path, fold)?.len() <= most)
    }

    /// The first of several questions that fails.
    pub fn failing(&self, node: NodeId, all: &'static [Ask]) -> Option<&'static Ask> {
        all.iter().find(|one| self.ask(node, one) == Ok(false))
    }

    /// What is not there: the deepest element on the way of a path that stands, and the child or attribute that it lacks. None
    /// where the way parts, or where all of it stands and a condition fails.
    pub fn absent(&self, node: NodeId, path: &Path) -> Option<(NodeId, Lack)> {
        let steps = match path.from {
            From::Here => path.whole.steps,
            From::Root => path.whole.steps.get(1..)?,
            From::Anywhere => return None,
        };
        let mut here = if path.from == From::Here { node } else { 0 };
        for step in steps {
            here = match step.which {
                Which::Parent => self.tree.node(here).parent,
                Which::Named(name) => {
                    let mut all = self.all(here, name);
                    match (all.next(), all.next()) {
                        (None, _) => return Some((here, Lack::Child(name))),
                        (Some(only), None) => only,
                        _ => return None,
                    }
                }
                _ => return None,
            };
        }
        let name = path.attribute.filter(|name| self.attribute(here, *name).is_none())?;
        Some((here, Lack::Attribute(name)))
    }

    /// The first element of a path.
    fn first(&self, node: NodeId, path: &'static Path) -> Result<Option<NodeId>, Crash> {
        let mut first = None;
        // Where conditions may end in an error, all are looked at.
        self.each(node, path, &mut |n| {
            first.get_or_insert(n);
            path.names.is_some()
        })?;
        Ok(first)
    }

    /// All elements of a path.
    pub(super) fn found(&self, node: NodeId, path: &'static Path) -> Result<Vec<NodeId>, Crash> {
        let mut all = Vec::new();
        self.each(node, path, &mut |n| {
            all.push(n);
            false
        })?;
        Ok(all)
    }

    /// The first element of a path whose value stands before.
    pub(super) fn repeated(&self, node: NodeId, path: &'static Path) -> Result<Option<NodeId>, Crash> {
        let mut seen = HashSet::new();
        let mut again = None;
        self.each(node, path, &mut |n| {
            again = Some(n).filter(|n| !seen.insert(self.value(*n, path)));
            again.is_some()
        })?;
        Ok(again)
    }

    /// The different texts of a path, each with the first element that has it.
    pub(super) fn different(
        &self,
        node: NodeId,
        path: &'static Path,
        fold: Fold,
    ) -> Result<Vec<(NodeId, Cow<'t, str>)>, Crash> {
        let (mut seen, mut all) = (HashSet::new(), Vec::new());
        for n in self.found(node, path)? {
            let text = self.value(n, path);
            let text = if fold == Fold::Trim { normalized(text) } else { Cow::Borrowed(text) };
            if seen.insert(text.clone()) {
                all.push((n, text));
            }
        }
        Ok(all)
    }
}

/// XPath's `normalize-space`.
pub fn normalized(text: &str) -> Cow<'_, str> {
    let words: Vec<&str> = text.split([' ', '\t', '\r', '\n']).filter(|w| !w.is_empty()).collect();
    match words.as_slice() {
        [only] => Cow::Borrowed(only),
        words => Cow::Owned(words.join(" ")),
    }
}
