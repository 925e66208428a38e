//! Children by name, of elements that hold very much: whoever asks for a child is not to pass by a million others for it.

use super::name::Name;
use super::tree::{NodeId, Tree};

/// Below so many elements, a walk over the children is as fast as looking up.
pub(super) const WIDE: NodeId = 512;

/// The children of wide elements, by name.
#[derive(Debug)]
pub(super) struct Kin {
    /// In order; the children are `members[start..]`, up to where the next family starts.
    families: Vec<Family>,
    members: Vec<NodeId>,
}

#[derive(Debug)]
struct Family {
    parent: NodeId,
    name: Name,
    start: u32,
}

impl Kin {
    pub fn of(tree: &Tree<'_>) -> Kin {
        let mut kin = Kin { families: Vec::new(), members: Vec::new() };
        let mut children: Vec<(Name, NodeId)> = Vec::new();
        for parent in (0..tree.len() as NodeId).filter(|n| tree.is_wide(*n)) {
            children.clear();
            children.extend(tree.children(parent).map(|child| (tree.node(child).name, child)));
            // Stable: of one name they stay in the order of the document. Runs of one name make it a pass or two.
            children.sort_by_key(|(name, _)| name.0);
            for family in children.chunk_by(|a, b| a.0 == b.0) {
                let Some((name, _)) = family.first() else { continue };
                kin.families.push(Family { parent, name: *name, start: kin.members.len() as u32 });
                kin.members.extend(family.iter().map(|(_, child)| *child));
            }
        }
        kin
    }

    /// The children of that name of a wide element, in the order of the document.
    pub fn all(&self, parent: NodeId, name: Name) -> &[NodeId] {
        let Ok(at) = self.families.binary_search_by_key(&(parent, name.0), |f| (f.parent, f.name.0)) else {
            return &[];
        };
        let start = |at: usize| self.families.get(at).map_or(self.members.len(), |family| family.start as usize);
        self.members.get(start(at)..start(at + 1)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;
    use crate::formats::vocabulary;

    proptest! {
        #[test]
        fn what_is_looked_up_is_what_stands_there(names in proptest::collection::vec((0..4usize, 0..3u8), 300..700)) {
            let mut text = String::from("<a>");
            for (name, depth) in &names {
                let name = ["b", "c", "d", "ID"][*name];
                text.push_str(&match depth {
                    0 => format!("<{name}/>"),
                    1 => format!("<{name}><b/><c/></{name}>"),
                    _ => format!("<{name}><b/><{name}><b/><b/></{name}></{name}>"),
                });
            }
            text.push_str("</a>");
            let tree = Tree::parse(Cow::Borrowed(text.as_str()), vocabulary()).unwrap();
            for id in 0..tree.len() as NodeId {
                for other in 0..tree.len().min(40) as NodeId {
                    let name = tree.node(other).name;
                    let walked: Vec<NodeId> = tree.children(id).filter(|&c| tree.node(c).name == name).collect();
                    prop_assert_eq!(tree.all(id, name).collect::<Vec<_>>(), walked.clone());
                    prop_assert_eq!(tree.child(id, name), walked.first().copied());
                }
            }
        }
    }
}
