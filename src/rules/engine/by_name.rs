//! Where each name stands in a document, so that what may stand anywhere is not looked for everywhere.

use crate::xml::{Name, NodeId, Tree};

/// The elements of each known name, in the order of the document. In a small one a handful of names share a list, of which few are
/// there: a list for each of the thousands that are known would cost more than it saves.
pub struct ByName {
    first: Vec<NodeId>,
    /// The next element of the same list.
    next: Vec<NodeId>,
}

/// So many lists where there are not more elements.
const LISTS: usize = 512;
const NONE: NodeId = NodeId::MAX;

impl ByName {
    pub fn of(tree: &Tree<'_>) -> ByName {
        let lists = if tree.len() <= LISTS { LISTS } else { tree.known_names() };
        let (mut first, mut next) = (vec![NONE; lists], vec![NONE; tree.len()]);
        for (n, (node, next)) in
            tree.nodes().iter().zip(&mut next).enumerate().rev().filter(|(_, (n, _))| n.name.is_known())
        {
            if let Some(first) = first.get_mut(usize::from(node.name.0) % lists) {
                *next = std::mem::replace(first, n as NodeId);
            }
        }
        ByName { first, next }
    }

    /// The elements of a name.
    pub fn all<'n>(&'n self, tree: &'n Tree<'_>, name: Name) -> impl Iterator<Item = NodeId> + 'n {
        let first = self.first.get(usize::from(name.0) % self.first.len()).copied();
        let next = |n: &NodeId| self.next.get(*n as usize).copied().filter(|n| *n != NONE);
        std::iter::successors(first.filter(|n| *n != NONE), next).filter(move |n| tree.node(*n).name == name)
    }
}
