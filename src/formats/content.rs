//! Content that places in a row do not say: models of signatures, and what a wildcard lets in.
//!
//! A wildcard of XML Schema is `strict` (the element must be declared in the schemas) or `lax` (it is checked where it is
//! declared, and whatever is declared inside it is checked too).

use crate::xml::{Name, NodeId};

use super::structure::{Check, FaultKind};
use super::syntax::{self, Accepts, Model, Type};

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

impl Check<'_, '_> {
    /// Children against a content model.
    pub(super) fn modelled(&mut self, node: NodeId, model: &'static Model) {
        let (mut next, mut may_end, mut faultless) = (model.first, model.nullable, true);
        for child in self.tree.children(node) {
            let name = self.tree.node(child).name;
            let Some(at) = next.iter().copied().find(|&at| self.takes(&model.positions[usize::from(at)].accepts, name))
            else {
                faultless = false;
                let expected = self.names(model, next);
                let elsewhere = model.positions.iter().find(|p| self.takes(&p.accepts, name));
                let kind = if elsewhere.is_some() { FaultKind::Misplaced } else { FaultKind::Unknown };
                self.fault(kind, child, self.tree.qualified(name), expected);
                if let Some(position) = elsewhere {
                    self.inside(child, &position.accepts);
                }
                continue;
            };
            let position = &model.positions[usize::from(at)];
            self.inside(child, &position.accepts);
            (next, may_end) = (position.follow, position.last);
        }
        if faultless && !may_end {
            let expected = self.names(model, next);
            self.fault(FaultKind::Missing, node, expected.clone(), expected);
        }
    }

    /// The children of an element of any content: what is declared is checked, wherever it stands.
    pub(super) fn lax(&mut self, node: NodeId) {
        for child in self.tree.children(node) {
            self.wild(child, false);
        }
    }

    /// The type that `xsi:type` names on an element, where it is one of the tables.
    pub(super) fn type_named(&self, node: NodeId) -> Option<u16> {
        syntax::named(self.tree.type_named(node)?)
    }

    pub(super) fn is_xsi(&self, name: Name, local: &str) -> bool {
        !name.is_known() && self.tree.expanded(name) == (XSI, local)
    }

    fn inside(&mut self, child: NodeId, accepts: &Accepts) {
        match accepts {
            Accepts::Element(_, kind) => self.element(child, Type::get(*kind)),
            Accepts::Wildcard { strict, .. } => self.wild(child, *strict),
        }
    }

    /// An element that a wildcard let in.
    fn wild(&mut self, node: NodeId, strict: bool) {
        let name = self.tree.node(node).name;
        // The document element is declared only in the schema of its own document.
        let root = (name == self.tree.node(0).name).then(|| syntax::root(name)).flatten();
        match syntax::global(name).or(root).or_else(|| self.type_named(node)) {
            Some(kind) => self.element(node, Type::get(kind)),
            None if strict => self.fault(FaultKind::Unknown, node, self.tree.qualified(name), String::new()),
            None => self.lax(node),
        }
    }

    fn takes(&self, accepts: &Accepts, name: Name) -> bool {
        match accepts {
            Accepts::Element(wanted, _) => *wanted == name,
            Accepts::Wildcard { but: None, .. } => true,
            Accepts::Wildcard { but: Some(space), .. } => {
                let found = self.tree.expanded(name).0;
                !found.is_empty() && found != *space
            }
        }
    }

    /// What may stand at some positions; a wildcard is written `*`.
    fn names(&self, model: &Model, positions: &[u16]) -> String {
        let name = |at: &u16| match &model.positions[usize::from(*at)].accepts {
            Accepts::Element(name, _) => self.tree.qualified(*name),
            Accepts::Wildcard { .. } => "*".to_owned(),
        };
        let mut names: Vec<String> = positions.iter().map(name).collect();
        names.dedup();
        names.join(", ")
    }
}
