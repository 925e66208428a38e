//! The document in the making: elements with what they say and where that came from, children in the order in which they came.

use std::borrow::Cow;

use crate::invoice::{Place, Syntax};
use crate::xml::Name;

use super::super::bind::{Condition, Step, Take};
use super::super::syntax::{self, Type, name_of};

/// Index of an element; 0 is the document element.
pub(super) type Id = u32;

/// An invoice of a hundred thousand lines has millions of them: texts and places are those of the draft, and what is a list of few lies in one row for all.
pub(super) struct Element<'d> {
    pub name: Name,
    pub step: Option<&'static Step>,
    pub parent: Id,
    /// It is an instance of a group.
    pub claimed: bool,
    /// It stays though nothing is in it.
    pub wanted: bool,
    pub dropped: bool,
    pub text: Option<Cow<'d, str>>,
    /// Of a UBL note: its subject code.
    pub code: Option<Box<str>>,
    pub attributes: Vec<Attribute<'d>>,
    pub place: Option<&'d Place>,
    /// The first child and the last, 0 where there is none, and the next of the same parent.
    children: (Id, Id),
    next: Id,
    /// The next of the same parent, name and condition, or 0.
    alike: Id,
    kinds: Kinds,
    /// In `Elements::classes`.
    class: u32,
    /// In `Elements::said`.
    says: u32,
}

#[derive(Clone)]
pub(super) struct Attribute<'d> {
    pub name: Name,
    pub value: Cow<'d, str>,
    pub place: Option<&'d Place>,
}

/// The children of an element that have one name and condition.
struct Class {
    name: Name,
    condition: usize,
    /// The first of them, the newest, and the one that is shared.
    first: Id,
    newest: Id,
    last: Id,
    count: u32,
    /// The next of the same element.
    next: u32,
}

/// The type of an element in the syntax, and in the releases and profiles whose bounds a document should keep too.
type Kinds = [Option<u16>; 3];

/// The releases besides the newest: what they all allow may stand more often than either says.
const NARROWER: [&str; 2] = ["d16b", "facturx-extended"];

/// Most instances of a group among which one is chosen, or into each of which a term goes.
pub(super) const MANY: usize = 1_000;

pub(super) struct Elements<'d> {
    all: Vec<Element<'d>>,
    classes: Vec<Class>,
    /// The numbers of what the draft says in an element, and where the next of them is.
    said: Vec<(u32, u32)>,
}

/// The end of a list in `Elements`.
const NONE: u32 = u32::MAX;

/// How often something may stand, and who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// As often as the newest release has it.
    Widest,
    /// As often as the releases in use have it, where they know it.
    InUse,
}

impl<'d> Elements<'d> {
    /// `profile` names a table of `schemas/syntax/` that shares the name spaces: then there is room for what it knows, and no more.
    pub fn new(syntax: Syntax, profile: Option<&str>) -> Elements<'d> {
        let name = match syntax {
            Syntax::UblInvoice => "ubl:Invoice",
            Syntax::UblCreditNote => "cn:CreditNote",
            Syntax::Cii => "rsm:CrossIndustryInvoice",
            Syntax::Cdar => "rsm:CrossDomainAcknowledgementAndResponse",
        };
        let name = name_of(name).unwrap_or(Name(0));
        let kinds = match profile {
            Some(profile) => [syntax::other_root(profile, name), None, None],
            None => {
                let [d16b, extended] = NARROWER.map(|release| syntax::other_root(release, name));
                [syntax::root(name), d16b, extended]
            }
        };
        let mut root = element(name, 0, kinds, None);
        root.wanted = true;
        Elements { all: vec![root], classes: Vec::new(), said: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn get(&self, id: Id) -> &Element<'d> {
        &self.all[id as usize]
    }

    pub fn get_mut(&mut self, id: Id) -> &mut Element<'d> {
        &mut self.all[id as usize]
    }

    /// A new child; none where the syntax has no such element there.
    pub fn add(&mut self, parent: Id, name: Name, step: Option<&'static Step>) -> Option<Id> {
        let id = Id::try_from(self.all.len()).ok()?;
        let kinds = self.get(parent).kinds.map(|kind| particle(kind?, name).map(|(kind, _)| kind));
        kinds[0]?;
        self.all.push(element(name, parent, kinds, step));
        let around = self.get_mut(parent);
        let before = std::mem::replace(&mut around.children.1, id);
        match before {
            0 => around.children.0 = id,
            before => self.get_mut(before).next = id,
        }
        let condition = key(step.and_then(|step| step.condition.as_ref()));
        match self.class(parent, name, condition) {
            Some(class) => {
                let before = std::mem::replace(&mut class.newest, id);
                (class.last, class.count) = (id, class.count + 1);
                self.get_mut(before).alike = id;
            }
            None => {
                let own = u32::try_from(self.classes.len()).ok()?;
                let next = std::mem::replace(&mut self.get_mut(parent).class, own);
                self.classes.push(Class { name, condition, first: id, newest: id, last: id, count: 1, next });
            }
        }
        Some(id)
    }

    /// The same, not to be shared with what comes after, where there is another to share.
    pub fn add_apart(&mut self, parent: Id, name: Name, step: &'static Step) -> Option<Id> {
        let before = self.last(parent, step);
        let made = self.add(parent, name, Some(step))?;
        if let Some(before) = before
            && let Some(class) = self.class(parent, name, key(step.condition.as_ref()))
        {
            class.last = before;
        }
        Some(made)
    }

    /// The last child that a step means.
    pub fn last(&self, parent: Id, step: &Step) -> Option<Id> {
        let condition = key(step.condition.as_ref());
        let mut classes = self.classes(parent);
        classes.find(|class| class.name == step.name && class.condition == condition).map(|class| class.last)
    }

    /// The children that a step means: the first of them, where they are more than any document needs.
    pub fn all(&self, parent: Id, step: &Step) -> Vec<Id> {
        let condition = key(step.condition.as_ref());
        let mut classes = self.classes(parent);
        let first =
            classes.find(|class| class.name == step.name && class.condition == condition).map(|class| class.first);
        std::iter::successors(first, |id| Some(self.get(*id).alike).filter(|id| *id != 0)).take(MANY).collect()
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
        self.classes(parent).filter(|class| class.name == name).map(|class| class.count).sum()
    }

    /// In the order in which they came, those that were dropped included.
    pub fn children(&self, parent: Id) -> impl Iterator<Item = Id> + '_ {
        let first = Some(self.get(parent).children.0).filter(|id| *id != 0);
        std::iter::successors(first, |id| Some(self.get(*id).next).filter(|id| *id != 0))
    }

    /// Did it ever have any?
    pub fn has_children(&self, id: Id) -> bool {
        self.get(id).children.0 != 0
    }

    pub fn child(&self, parent: Id, name: Name) -> Option<Id> {
        self.classes(parent).find(|class| class.name == name)?;
        self.children(parent).find(|id| self.get(*id).name == name && !self.get(*id).dropped)
    }

    /// Is what a term would take still to be had?
    pub fn is_free(&self, id: Id, take: Take) -> bool {
        let element = self.get(id);
        match take {
            Take::Text | Take::NoteText => element.text.is_none() && !self.has_children(id),
            Take::NoteCode => element.code.is_none(),
            Take::Attribute(name) => element.attributes.iter().all(|a| a.name != name),
        }
    }

    pub fn drop(&mut self, id: Id) {
        let Element { parent, name, step, .. } = *self.get(id);
        self.get_mut(id).dropped = true;
        if let Some(class) = self.class(parent, name, key(step.and_then(|step| step.condition.as_ref()))) {
            class.count = class.count.saturating_sub(1);
        }
    }

    /// The draft says the term or part of this number in an element.
    pub fn say(&mut self, id: Id, number: usize) {
        let (Ok(number), Ok(own)) = (u32::try_from(number), u32::try_from(self.said.len())) else { return };
        let next = std::mem::replace(&mut self.get_mut(id).says, own);
        self.said.push((number, next));
    }

    pub fn unsay(&mut self, id: Id) {
        self.get_mut(id).says = NONE;
    }

    /// The numbers of what the draft says here.
    pub fn says(&self, id: Id) -> impl Iterator<Item = usize> + '_ {
        let said = |at: u32| self.said.get(at as usize);
        std::iter::successors(said(self.get(id).says), move |(_, next)| said(*next)).map(|(number, _)| *number as usize)
    }

    fn classes(&self, parent: Id) -> impl Iterator<Item = &Class> {
        let class = |at: u32| self.classes.get(at as usize);
        std::iter::successors(class(self.get(parent).class), move |own| class(own.next))
    }

    fn class(&mut self, parent: Id, name: Name, condition: usize) -> Option<&mut Class> {
        let mut at = self.get(parent).class;
        while let Some(class) = self.classes.get(at as usize) {
            if class.name == name && class.condition == condition {
                return self.classes.get_mut(at as usize);
            }
            at = class.next;
        }
        None
    }

    pub fn kind(&self, id: Id) -> Option<&'static Type> {
        self.get(id).kinds[0].map(Type::get)
    }
}

impl Element<'_> {
    /// Does anything stand in it?
    pub fn is_empty(&self) -> bool {
        self.text.is_none() && self.code.is_none() && self.attributes.is_empty()
    }
}

fn element<'d>(name: Name, parent: Id, kinds: Kinds, step: Option<&'static Step>) -> Element<'d> {
    Element {
        name,
        step,
        parent,
        claimed: false,
        wanted: false,
        dropped: false,
        text: None,
        code: None,
        attributes: Vec::new(),
        place: None,
        children: (0, 0),
        next: 0,
        alike: 0,
        kinds,
        class: NONE,
        says: NONE,
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
