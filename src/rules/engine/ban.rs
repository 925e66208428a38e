//! What may not stand below an element: all bans of a context in one walk.

use crate::xml::{Name, NodeId};

use super::{Ban, Context, Scene};

/// What a ban found.
pub struct Stray {
    /// The number of the ban in its context.
    pub ban: u16,
    pub at: NodeId,
    pub attribute: Option<Name>,
}

/// The first offender of each ban that finds one.
pub fn strays(scene: &Scene<'_, '_>, node: NodeId, context: &'static Context) -> Vec<Stray> {
    let mut walk = Walk { scene, seen: vec![false; context.bans.len()], found: Vec::new() };
    walk.below(node, context.banned);
    if !context.anywhere.below.is_empty() || !context.anywhere.attributes.is_empty() {
        for n in 0..scene.tree.len() as NodeId {
            walk.attributes(n, context.anywhere.attributes);
            walk.enter(n, context.anywhere);
        }
    }
    walk.found
}

struct Walk<'w, 't, 'a> {
    scene: &'w Scene<'t, 'a>,
    seen: Vec<bool>,
    found: Vec<Stray>,
}

impl Walk<'_, '_, '_> {
    fn below(&mut self, node: NodeId, ban: &'static Ban) {
        self.attributes(node, ban.attributes);
        if ban.below.is_empty() {
            return;
        }
        let scene = self.scene;
        for child in scene.tree.children(node) {
            self.enter(child, ban);
        }
    }

    /// An element that may be the next step of a ban.
    fn enter(&mut self, node: NodeId, ban: &'static Ban) {
        let name = self.scene.tree.node(node).name;
        if let Ok(at) = ban.below.binary_search_by_key(&name, |b| b.name) {
            let below = &ban.below[at];
            below.here.iter().for_each(|ban| self.hit(*ban, node, None));
            self.below(node, below);
        }
    }

    fn attributes(&mut self, node: NodeId, banned: &'static [(Name, u16)]) {
        if banned.is_empty() {
            return;
        }
        let scene = self.scene;
        for attribute in scene.tree.attributes(node) {
            for (_, ban) in banned.iter().filter(|(name, _)| *name == attribute.name) {
                self.hit(*ban, node, Some(attribute.name));
            }
        }
    }

    fn hit(&mut self, ban: u16, at: NodeId, attribute: Option<Name>) {
        if let Some(seen) = self.seen.get_mut(usize::from(ban)).filter(|seen| !**seen) {
            *seen = true;
            self.found.push(Stray { ban, at, attribute });
        }
    }
}
