//! By which contexts the elements of a shape are judged. That depends on their names and on what stands in the document at all, so it
//! is worked out once for each shape; conditions alone are left to be asked of each element.

use crate::xml::NodeId;

use super::alike::Alike;
use super::ban::Live;
use super::seen::Remaining;
use super::{Ask, Context, Entry, Scene, Table};

/// A context that the elements of a shape may be in, as far as conditions are concerned, and what of it may fail.
pub struct Planned {
    pub context: &'static Context,
    /// A range of the entries kept.
    entries: (u32, u32),
    pub bans: Option<Box<Live>>,
}

/// The plans of the shapes met so far.
pub struct Plans<'s, 't, 'a> {
    table: &'static Table,
    scene: &'s Scene<'t, 'a>,
    remaining: Remaining<'s>,
    alike: Alike<'t, 'a>,
    /// For each shape its plan, a range of those made.
    of_shape: Vec<Option<Plan>>,
    made: Vec<Planned>,
    /// What is left to be asked of each of their elements.
    kept: Vec<&'static Entry>,
}

type Plan = (u32, u32);

impl<'s, 't, 'a> Plans<'s, 't, 'a> {
    pub fn new(table: &'static Table, scene: &'s Scene<'t, 'a>, remaining: Remaining<'s>) -> Self {
        let of_shape = vec![None; scene.tree.shapes().len()];
        let (alike, made, kept) = (Alike::of(scene.tree), Vec::with_capacity(128), Vec::with_capacity(256));
        Self { table, scene, remaining, alike, of_shape, made, kept }
    }

    /// By what an element is judged.
    #[inline]
    pub fn of(&mut self, node: NodeId) -> Plan {
        let shape = self.scene.tree.node(node).shape;
        match self.of_shape.get(shape as usize) {
            Some(Some(plan)) => *plan,
            _ => self.make(node),
        }
    }

    /// The contexts of a plan, in order.
    #[inline]
    pub fn at(&self, (start, end): Plan) -> &[Planned] {
        self.made.get(start as usize..end as usize).unwrap_or_default()
    }

    /// What is asked in a context of a plan.
    #[inline]
    pub fn entries(&self, planned: &Planned) -> &[&'static Entry] {
        let (start, end) = planned.entries;
        self.kept.get(start as usize..end as usize).unwrap_or_default()
    }

    fn make(&mut self, node: NodeId) -> Plan {
        let (tree, start) = (self.scene.tree, self.made.len());
        let (own, around) = (tree.node(node), tree.node(tree.node(node).parent).name);
        // What is asked of EDIFACT and X12 alone.
        let edi = self.scene.edi;
        let idle = |entry: &Entry| !edi && matches!(entry.ask, Ask::When(Ask::Edi, _));
        // The pass in which a context was found that asks for names alone: none after it is ever looked at.
        let mut settled = None;
        for candidate in self.table.contexts_of(own.name) {
            let context = &self.table.contexts[usize::from(candidate.context)];
            if candidate.around.is_some_and(|name| name != around) || settled == Some(context.pass) {
                continue;
            }
            let left = self.remaining.of_context(candidate.context);
            if left.possible && self.scene.stands_in(node, context) {
                let bans = Live::of(self.remaining.seen, tree, own.shape, context).map(Box::new);
                let start = self.kept.len() as u32;
                let open = self.remaining.entries(left.entries).iter();
                self.kept.extend(open.filter(|entry| !(idle(entry) || self.alike.holds(own.shape, &entry.ask))));
                self.made.push(Planned { context, entries: (start, self.kept.len() as u32), bans });
                settled = Some(context.pass).filter(|_| !context.conditional);
            }
        }
        // Where nothing of a context can fail, it matters only for those that come after it in its pass.
        for at in (start..self.made.len()).rev() {
            let Planned { context, entries, bans } = &self.made[at]; // invariant: of those made above
            let last = self.made.get(at + 1).is_none_or(|next| next.context.pass != context.pass);
            if entries.0 == entries.1 && bans.is_none() && last {
                self.made.remove(at);
            }
        }
        let plan = (start as u32, self.made.len() as u32);
        if let Some(place) = self.of_shape.get_mut(own.shape as usize) {
            *place = Some(plan);
        }
        plan
    }
}
