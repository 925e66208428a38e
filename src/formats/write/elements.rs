//! The document in the making: elements with what they say and where that came from, children in the order in which they came.

use crate::invoice::{Place, Syntax};
use crate::xml::Name;

use super::super::bind::{Condition, Step, Take};
use super::super::syntax::{self, Type, name_of};

/// Index of an element; 0 is the document element.
pub(super) type Id = u32;

pub(super) struct Element {
    pub name: Name,
    pub step: Option<&'static Step>,
    pub parent: Id,
    /// It is an instance of a group.
    pub claimed: bool,
    /// It stays though nothing is in it.
    pub wanted: bool,
    pub text: Option<String>,
    /// Of a UBL note: its subject code.
    pub code: Option<String>,
    pub attributes: Vec<Attribute>,
    pub place: Option<Place>,
    /// The numbers of what the draft says here.
    pub says: Vec<usize>,
    pub children: Vec<Id>,
    pub dropped: bool,
    kinds: Kinds,
    condition: usize,
    /// The last child of each name and condition.
    last: Vec<(Name, usize, Id)>,
    counts: Vec<(Name, u32)>,
}

#[derive(Clone)]
pub(super) struct Attribute {
    pub name: Name,
    pub value: String,
    pub place: Option<Place>,
}

/// The type of an element in the syntax, and in the releases and profiles whose bounds a document should keep too.
type Kinds = [Option<u16>; 3];

/// The releases besides the newest: what they all allow may stand more often than either says.
const NARROWER: [&str; 2] = ["d16b", "facturx-extended"];

/// Most instances of a group among which one is chosen, or into each of which a term goes.
pub(super) const MANY: usize = 1_000;

pub(super) struct Elements(Vec<Element>);

/// How often something may stand, and who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// As often as the newest release has it.
    Widest,
    /// As often as the releases in use have it, where they know it.
    InUse,
}

impl Elements {
    /// `profile` names a table of `schemas/syntax/` that shares the name spaces: then there is room for what it knows, and no more.
    pub fn new(syntax: Syntax, profile: Option<&str>) -> Elements {
        let name = match syntax {
            Syntax::UblInvoice => "ubl:Invoice",
            Syntax::UblCreditNote => "cn:CreditNote",
            Syntax::Cii | Syntax::Cdar => "rsm:CrossIndustryInvoice",
        };
        let name = name_of(name).unwrap_or(Name(0));
        let kinds = match profile {
            Some(profile) => [syntax::other_root(profile, name), None, None],
            None => {
                let [d16b, extended] = NARROWER.map(|release| syntax::other_root(release, name));
                [syntax::root(name), d16b, extended]
            }
        };
        let mut root = element(name, 0, kinds, None, 0);
        root.wanted = true;
        Elements(vec![root])
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn get(&self, id: Id) -> &Element {
        &self.0[id as usize]
    }

    pub fn get_mut(&mut self, id: Id) -> &mut Element {
        &mut self.0[id as usize]
    }

    /// A new child; none where the syntax has no such element there.
    pub fn add(&mut self, parent: Id, name: Name, step: Option<&'static Step>) -> Option<Id> {
        let id = Id::try_from(self.0.len()).ok()?;
        let kinds = self.get(parent).kinds.map(|kind| particle(kind?, name).map(|(kind, _)| kind));
        kinds[0]?;
        let condition = key(step.and_then(|step| step.condition.as_ref()));
        self.0.push(element(name, parent, kinds, step, condition));
        let around = self.get_mut(parent);
        around.children.push(id);
        match around.last.iter_mut().find(|(known, of, _)| (*known, *of) == (name, condition)) {
            Some((.., last)) => *last = id,
            None => around.last.push((name, condition, id)),
        }
        match around.counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => around.counts.push((name, 1)),
        }
        Some(id)
    }

    /// The same, not to be shared with what comes after, where there is another to share.
    pub fn add_apart(&mut self, parent: Id, name: Name, step: &'static Step) -> Option<Id> {
        let before = self.last(parent, step);
        let made = self.add(parent, name, Some(step))?;
        if let Some(before) = before
            && let Some((.., last)) = self.get_mut(parent).last.iter_mut().find(|(.., id)| *id == made)
        {
            *last = before;
        }
        Some(made)
    }

    /// The last child that a step means.
    pub fn last(&self, parent: Id, step: &Step) -> Option<Id> {
        let wanted = (step.name, key(step.condition.as_ref()));
        let around = self.get(parent);
        around.last.iter().find(|(name, condition, _)| (*name, *condition) == wanted).map(|(.., id)| *id)
    }

    /// The children that a step means: the first of them, where they are more than any document needs.
    pub fn all(&self, parent: Id, step: &Step) -> Vec<Id> {
        let wanted = (step.name, key(step.condition.as_ref()));
        let is = |id: &Id| (self.get(*id).name, self.get(*id).condition) == wanted;
        self.get(parent).children.iter().copied().filter(is).take(MANY).collect()
    }

    /// Is there room for one more child of that name?
    pub fn has_room(&self, parent: Id, name: Name, room: Room) -> bool {
        let around = self.get(parent);
        let most = |kind: Option<u16>| kind.and_then(|kind| particle(kind, name)).map(|(_, most)| most);
        let [newest, others @ ..] = around.kinds.map(most);
        let in_use = others.into_iter().flatten().max().filter(|_| room == Room::InUse);
        let most = in_use.or(newest).unwrap_or(0);
        self.count(parent, name) < most
    }

    pub fn count(&self, parent: Id, name: Name) -> u32 {
        self.get(parent).counts.iter().find(|(known, _)| *known == name).map_or(0, |(_, count)| *count)
    }

    pub fn child(&self, parent: Id, name: Name) -> Option<Id> {
        self.get(parent).children.iter().copied().find(|id| self.get(*id).name == name && !self.get(*id).dropped)
    }

    /// Is what a term would take still to be had?
    pub fn is_free(&self, id: Id, take: Take) -> bool {
        let element = self.get(id);
        match take {
            Take::Text | Take::NoteText => element.text.is_none() && element.children.is_empty(),
            Take::NoteCode => element.code.is_none(),
            Take::Attribute(name) => element.attributes.iter().all(|a| a.name != name),
        }
    }

    pub fn drop(&mut self, id: Id) {
        let (parent, name) = (self.get(id).parent, self.get(id).name);
        self.get_mut(id).dropped = true;
        if let Some((_, count)) = self.get_mut(parent).counts.iter_mut().find(|(known, _)| *known == name) {
            *count = count.saturating_sub(1);
        }
    }

    pub fn kind(&self, id: Id) -> Option<&'static Type> {
        self.get(id).kinds[0].map(Type::get)
    }
}

impl Element {
    /// Does anything stand in it?
    pub fn is_empty(&self) -> bool {
        self.text.is_none() && self.code.is_none() && self.attributes.is_empty()
    }
}

fn element(name: Name, parent: Id, kinds: Kinds, step: Option<&'static Step>, condition: usize) -> Element {
    Element {
        name,
        step,
        parent,
        claimed: false,
        wanted: false,
        text: None,
        code: None,
        attributes: Vec::new(),
        place: None,
        says: Vec::new(),
        children: Vec::new(),
        dropped: false,
        kinds,
        condition,
        last: Vec::new(),
        counts: Vec::new(),
    }
}

/// Tells conditions apart: each stands once in the tables.
fn key(condition: Option<&Condition>) -> usize {
    condition.map_or(0, |condition| std::ptr::from_ref(condition) as usize)
}

/// The type of a child, and how often it may stand.
fn particle(kind: u16, name: Name) -> Option<(u16, u32)> {
    let kind = Type::get(kind);
    let at = kind.names().iter().position(|known| *known == name)?;
    kind.particles().get(at).map(|particle| (particle.kind, particle.max))
}
