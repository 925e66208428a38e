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
    let mut walk = Walk { scene, found: Vec::new() };
    walk.below(node, context.banned);
    let nowhere = context.anywhere.attributes;
    if !nowhere.is_empty() && scene.tree.has_any_attribute(|name| nowhere.iter().any(|(ban, _)| *ban == name)) {
        (0..scene.tree.len() as NodeId).for_each(|n| walk.attributes(n, nowhere));
    }
    for ban in context.anywhere.below {
        scene.named(ban.name).for_each(|n| walk.here(n, ban));
    }
    walk.found
}

struct Walk<'w, 't, 'a> {
    scene: &'w Scene<'t, 'a>,
    found: Vec<Stray>,
}

impl Walk<'_, '_, '_> {
    fn below(&mut self, node: NodeId, ban: &'static Ban) {
        if !ban.attributes.is_empty() {
            self.attributes(node, ban.attributes);
        }
        if ban.below.is_empty() {
            return;
        }
        let tree = self.scene.tree;
        for child in tree.children(node) {
            if let Ok(at) = ban.names.binary_search(&tree.node(child).name) {
                self.here(child, &ban.below[at]);
            }
        }
    }

    /// An element that is the step of a ban.
    #[inline]
    fn here(&mut self, node: NodeId, ban: &'static Ban) {
        ban.here.iter().for_each(|ban| self.hit(*ban, node, None));
        if self.scene.tree.has_children(node) || !ban.attributes.is_empty() {
            self.below(node, ban);
        }
    }

    fn attributes(&mut self, node: NodeId, banned: &'static [(Name, u16)]) {
        let scene = self.scene;
        for attribute in scene.tree.attributes(node) {
            for (_, ban) in banned.iter().filter(|(name, _)| *name == attribute.name) {
                self.hit(*ban, node, Some(attribute.name));
            }
        }
    }

    fn hit(&mut self, ban: u16, at: NodeId, attribute: Option<Name>) {
        // Few bans ever find something, and each is told once.
        if self.found.iter().all(|stray| stray.ban != ban) {
            self.found.push(Stray { ban, at, attribute });
        }
    }
}
