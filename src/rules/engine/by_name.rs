//! Where each name stands in a document, so that what may stand anywhere is not looked for everywhere.

use crate::xml::{Name, NodeId, Tree};

/// For each known name its elements, in the order of the document.
pub struct ByName {
    first: Vec<NodeId>,
    /// The next element of the same name.
    next: Vec<NodeId>,
}

const NONE: NodeId = NodeId::MAX;

impl ByName {
    pub fn of(tree: &Tree<'_>) -> ByName {
        let mut first = vec![NONE; tree.known_names()];
        let mut next = vec![NONE; tree.len()];
        for (n, node) in tree.nodes().iter().enumerate().rev() {
            if let Some(first) = first.get_mut(usize::from(node.name.0)) {
                next[n] = std::mem::replace(first, n as NodeId);
            }
        }
        ByName { first, next }
    }

    /// The elements of a known name.
    pub fn all(&self, name: Name) -> impl Iterator<Item = NodeId> + '_ {
        let first = self.first.get(usize::from(name.0)).copied();
        let next = |n: &NodeId| self.next.get(*n as usize).copied().filter(|n| *n != NONE);
        std::iter::successors(first.filter(|n| *n != NONE), next)
    }
}
