//! What a document was before it was written as XML to be judged: its format, and where everything in it stands in what was received.

use super::{Invoice, Place};
use crate::xml::NodeId;

/// The format of a document that is no XML, and the place of each element of the XML that it was written as.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// As reports name it: `edifact-d96a`, `x12-004010`.
    pub format: &'static str,
    /// By element, in document order; none where an element says nothing itself.
    pub places: Vec<Option<Place>>,
    /// Of attributes: element, name, place.
    pub attributes: Vec<(NodeId, String, Place)>,
}

impl Invoice<'_> {
    /// A place of the XML as a place of what was received; any other stays. What says nothing itself is where the group around it is.
    pub fn as_received(&self, place: &Place) -> Place {
        let (Some(origin), Place::Xml { path, .. }) = (self.origin(), place) else { return place.clone() };
        let (path, attribute) = path.split_once("/@").map_or((path.as_str(), None), |(path, name)| (path, Some(name)));
        let node = self.node_at(path);
        let own = attribute.and_then(|name| {
            origin.attributes.iter().find(|(n, known, _)| *n == node && known == name).map(|(.., place)| place.clone())
        });
        own.or_else(|| self.received_at(node)).unwrap_or(Place::Edifact {
            segment: 1,
            element: 0,
            component: 0,
            offset: 0,
        })
    }

    /// Where what an element says, or the group around it, stands in what was received; none for XML.
    pub fn received_at(&self, node: NodeId) -> Option<Place> {
        let origin = self.origin()?;
        let mut at = node;
        loop {
            if let Some(Some(place)) = origin.places.get(at as usize) {
                return Some(place.clone());
            }
            let parent = self.tree().node(at).parent;
            if parent == at {
                return None;
            }
            at = parent;
        }
    }

    /// The element at a path such as `/a/b[2]/c`, or the last on the way that there is.
    fn node_at(&self, path: &str) -> NodeId {
        let tree = self.tree();
        let mut node = 0;
        for step in path.split('/').filter(|step| !step.is_empty()).skip(1) {
            let (name, position) = step.split_once('[').unwrap_or((step, "1"));
            let position: usize = position.trim_end_matches(']').parse().unwrap_or(1);
            let found = tree.children(node).filter(|child| tree.qualified(tree.node(*child).name) == name);
            match found.take(position).last() {
                Some(child) => node = child,
                None => break,
            }
        }
        node
    }
}
