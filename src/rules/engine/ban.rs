//! What may not stand below an element: all bans of a context in one walk.

use crate::xml::{Name, NodeId, ShapeId, Tree};

use super::seen::Seen;
use super::{Ban, Context, Scene};

/// What a ban found.
pub struct Stray {
    /// The number of the ban in its context.
    pub ban: u16,
    pub at: NodeId,
    pub attribute: Option<Name>,
}

/// What of the bans of a context a document may hold at all: most of them it cannot, and they cost no step.
#[derive(Default)]
pub struct Live {
    banned: Branch,
    anywhere: Branch,
}

/// A ban, and of those below it the ones that may be met.
#[derive(Default)]
struct Branch {
    name: Option<Name>,
    here: &'static [u16],
    attributes: &'static [(Name, u16)],
    below: Vec<Branch>,
}

impl Live {
    /// For elements of a shape that are in the context.
    pub fn of(seen: &Seen, tree: &Tree<'_>, shape: ShapeId, context: &'static Context) -> Option<Live> {
        if context.bans.is_empty() {
            return None;
        }
        let (banned, anywhere) = (Branch::of(seen, tree, shape, context.banned), Branch::anywhere(seen, context));
        if banned.is_none() && anywhere.is_none() {
            return None;
        }
        Some(Live { banned: banned.unwrap_or_default(), anywhere: anywhere.unwrap_or_default() })
    }

    /// All of the bans, whatever the document holds.
    #[cfg(test)]
    pub fn whole(context: &'static Context) -> Live {
        let all = |ban| Branch::among(&Seen::all(), None, ban).unwrap_or_default();
        Live { banned: all(context.banned), anywhere: all(context.anywhere) }
    }
}

impl Branch {
    /// Below the elements of a shape. None where nothing of it may be met.
    fn of(seen: &Seen, tree: &Tree<'_>, shape: ShapeId, ban: &'static Ban) -> Option<Branch> {
        let met = tree.shapes_inside(shape).filter(|_| !ban.below.is_empty());
        let forbidden = met.filter_map(|(inside, name)| Some((inside, ban.names.binary_search(&name).ok()?)));
        let below = forbidden.filter_map(|(inside, at)| Branch::of(seen, tree, inside, &ban.below[at])).collect();
        Branch::new(seen, tree.shapes().get(shape as usize).map(|shape| shape.name), ban, below)
    }

    /// Anywhere in the document.
    fn anywhere(seen: &Seen, context: &'static Context) -> Option<Branch> {
        Branch::among(seen, None, context.anywhere)
    }

    /// Below elements of a name, or of any.
    fn among(seen: &Seen, around: Option<Name>, ban: &'static Ban) -> Option<Branch> {
        let met = ban.names.iter().zip(ban.below).filter(|(name, _)| seen.has_pair(around, **name));
        let below = met.filter_map(|(name, ban)| Branch::among(seen, Some(*name), ban)).collect();
        Branch::new(seen, around, ban, below)
    }

    fn new(seen: &Seen, around: Option<Name>, ban: &'static Ban, below: Vec<Branch>) -> Option<Branch> {
        let any = ban.attributes.iter().any(|(name, _)| seen.has_pair(around, *name));
        let attributes = if any { ban.attributes } else { &[] };
        let live = any || !below.is_empty() || !ban.here.is_empty();
        live.then_some(Branch { name: Some(ban.name), here: ban.here, attributes, below })
    }
}

/// The first offender of each ban that finds one.
pub fn strays(scene: &Scene<'_, '_>, node: NodeId, live: &Live) -> Vec<Stray> {
    let mut walk = Walk { scene, found: Vec::new() };
    walk.below(node, &live.banned);
    let nowhere = live.anywhere.attributes;
    if !nowhere.is_empty() && scene.tree.has_any_attribute(|name| nowhere.iter().any(|(ban, _)| *ban == name)) {
        (0..scene.tree.len() as NodeId).for_each(|n| walk.attributes(n, nowhere));
    }
    for branch in &live.anywhere.below {
        branch.name.iter().for_each(|name| scene.named(*name).for_each(|n| walk.here(n, branch)));
    }
    walk.found
}

struct Walk<'w, 't, 'a> {
    scene: &'w Scene<'t, 'a>,
    found: Vec<Stray>,
}

impl Walk<'_, '_, '_> {
    fn below(&mut self, node: NodeId, branch: &Branch) {
        if !branch.attributes.is_empty() {
            self.attributes(node, branch.attributes);
        }
        if branch.below.is_empty() {
            return;
        }
        let tree = self.scene.tree;
        for child in tree.children(node) {
            let name = Some(tree.node(child).name);
            if let Some(below) = branch.below.iter().find(|below| below.name == name) {
                self.here(child, below);
            }
        }
    }

    /// An element that is the step of a ban.
    #[inline]
    fn here(&mut self, node: NodeId, branch: &Branch) {
        branch.here.iter().for_each(|ban| self.hit(*ban, node, None));
        if self.scene.tree.has_children(node) || !branch.attributes.is_empty() {
            self.below(node, branch);
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
