//! What a document was before it was written as XML to be judged: its format, and where everything in it stands in what was received.

use std::collections::HashMap;
use std::num::NonZeroU64;

use super::{Invoice, Place};
use crate::xml::NodeId;

/// The format of a document that is no XML, and the place of each element of the XML that it was written as.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// As reports name it: `edifact-d96a`, `x12-004010`.
    pub format: &'static str,
    /// By element, in document order; none where an element says nothing itself.
    pub places: Vec<Option<Spot>>,
    /// Of attributes: element, name, place.
    pub attributes: Vec<(NodeId, String, Place)>,
}

/// A [`Place::Edifact`] in a fourth of its room: an invoice of a hundred thousand lines has millions of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    segment: u32,
    element: u16,
    component: u16,
    /// One more than the bytes before it.
    offset: NonZeroU64,
}

impl Spot {
    /// None of a place in XML or a PDF. Elements and components are bounded by `limits`.
    pub fn of(place: &Place) -> Option<Spot> {
        let Place::Edifact { segment, element, component, offset } = *place else { return None };
        let small = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
        let (element, component) = (small(element), small(component));
        Some(Spot { segment, element, component, offset: NonZeroU64::MIN.saturating_add(offset) })
    }

    pub fn place(self) -> Place {
        let Spot { segment, element, component, offset } = self;
        Place::Edifact { segment, element: element.into(), component: component.into(), offset: offset.get() - 1 }
    }
}

/// Looks places of the XML up in what was received: many of them in one document, each in the time that its own path takes.
#[derive(Debug)]
pub struct Places<'i, 'a> {
    invoice: &'i Invoice<'a>,
    /// The children of those elements that were asked for, by name, in order.
    children: HashMap<NodeId, HashMap<String, Vec<NodeId>>>,
    /// Names and places of attributes, by element.
    attributes: HashMap<NodeId, Vec<(&'i str, &'i Place)>>,
}

impl<'i, 'a> Places<'i, 'a> {
    pub fn of(invoice: &'i Invoice<'a>) -> Self {
        let mut attributes: HashMap<NodeId, Vec<(&str, &Place)>> = HashMap::new();
        for (node, name, place) in invoice.origin().into_iter().flat_map(|origin| &origin.attributes) {
            attributes.entry(*node).or_default().push((name, place));
        }
        Places { invoice, children: HashMap::new(), attributes }
    }

    /// A place of the XML as a place of what was received; any other stays. What says nothing itself is where the group around it is.
    pub fn place(&mut self, place: &Place) -> Place {
        let (Some(_), Place::Xml { path, .. }) = (self.invoice.origin(), place) else { return place.clone() };
        let (path, attribute) = path.split_once("/@").map_or((path.as_str(), None), |(path, name)| (path, Some(name)));
        let node = self.node_at(path);
        let own = attribute.and_then(|name| {
            self.attributes.get(&node)?.iter().find(|(known, _)| *known == name).map(|(_, place)| (*place).clone())
        });
        own.or_else(|| self.invoice.received_at(node)).unwrap_or(Place::Edifact {
            segment: 1,
            element: 0,
            component: 0,
            offset: 0,
        })
    }

    /// The element at a path such as `/a/b[2]/c`, or the last on the way that there is.
    fn node_at(&mut self, path: &str) -> NodeId {
        let tree = self.invoice.tree();
        let mut node = 0;
        for step in path.split('/').filter(|step| !step.is_empty()).skip(1) {
            let (name, position) = step.split_once('[').unwrap_or((step, "1"));
            let position: usize = position.trim_end_matches(']').parse().unwrap_or(1);
            let named = self.children.entry(node).or_insert_with(|| {
                let mut named: HashMap<String, Vec<NodeId>> = HashMap::new();
                for child in tree.children(node) {
                    named.entry(tree.qualified(tree.node(child).name)).or_default().push(child);
                }
                named
            });
            let found = named.get(name).and_then(|all| all.get(position.saturating_sub(1)).or(all.last()));
            match found {
                Some(child) => node = *child,
                None => break,
            }
        }
        node
    }
}

impl Invoice<'_> {
    /// Where what an element says, or the group around it, stands in what was received; none for XML.
    pub fn received_at(&self, node: NodeId) -> Option<Place> {
        let origin = self.origin()?;
        let mut at = node;
        loop {
            if let Some(Some(spot)) = origin.places.get(at as usize) {
                return Some(spot.place());
            }
            let parent = self.tree().node(at).parent;
            if parent == at {
                return None;
            }
            at = parent;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_is_its_place() {
        for (segment, element, component, offset) in [(0, 0, 0, 0), (7, 5, 4, 1), (u32::MAX, 10_000, 1_000, 1 << 40)] {
            let place = Place::Edifact { segment, element, component, offset };
            assert_eq!(Spot::of(&place).map(Spot::place), Some(place));
        }
        assert_eq!(Spot::of(&Place::Attachment { attachment: "a.pdf".to_owned() }), None);
        assert_eq!(size_of::<Option<Spot>>(), 16);
    }
}
