//! Where each name stands in a document, so that what may stand anywhere is not looked for everywhere.

use crate::xml::{Name, NodeId, Tree};

/// The elements of each name, in the order of the document. A handful of names share a list, and few of them are in one document:
/// a list for each of the thousands that are known would cost more than it saves.
pub struct ByName {
    first: [NodeId; LISTS],
    /// The next element of the same list.
    next: Vec<NodeId>,
}

const LISTS: usize = 512;
const NONE: NodeId = NodeId::MAX;

impl ByName {
    pub fn of(tree: &Tree<'_>) -> ByName {
        let (mut first, mut next) = ([NONE; LISTS], vec![NONE; tree.len()]);
        for (n, (node, next)) in tree.nodes().iter().zip(&mut next).enumerate().rev() {
            *next = std::mem::replace(&mut first[usize::from(node.name.0) % LISTS], n as NodeId);
        }
        ByName { first, next }
    }

    /// The elements of a name.
    pub fn all<'n>(&'n self, tree: &'n Tree<'_>, name: Name) -> impl Iterator<Item = NodeId> + 'n {
        let first = Some(self.first[usize::from(name.0) % LISTS]).filter(|n| *n != NONE);
        let next = |n: &NodeId| self.next.get(*n as usize).copied().filter(|n| *n != NONE);
        std::iter::successors(first, next).filter(move |n| tree.node(*n).name == name)
    }
}
