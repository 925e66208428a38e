//! What a prefix means in a place, for the rare values that are qualified names.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::tree::{NodeId, Tree};

impl Tree<'_> {
    /// The name space URI that a prefix (or, where it is empty, no prefix) stands for inside an element. Start tags are read
    /// again, so this is for what hardly ever stands in a document.
    pub fn space_of(&self, id: NodeId, prefix: &str) -> Option<String> {
        let mut node = id;
        loop {
            if let Some(uri) = self.declared_at(node, prefix) {
                return Some(uri);
            }
            if node == 0 {
                return prefix.is_empty().then(String::new);
            }
            node = self.node(node).parent;
        }
    }

    fn declared_at(&self, node: NodeId, prefix: &str) -> Option<String> {
        let mut reader = Reader::from_str(self.source().get(self.node(node).at as usize..)?);
        let (Event::Start(tag) | Event::Empty(tag)) = reader.read_event().ok()? else { return None };
        tag.attributes().with_checks(false).flatten().find_map(|attribute| {
            let declared = match attribute.key.0.strip_prefix("xmlns")? {
                "" => "",
                rest => rest.strip_prefix(':')?,
            };
            (declared == prefix).then(|| attribute.value.into_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::super::{Tree, Vocabulary};

    #[test]
    fn the_nearest_declaration_counts() {
        static NONE: Vocabulary = Vocabulary { spaces: &[("", "")], names: &[], slots: &[0] };
        let text = "<a xmlns='urn:a' xmlns:p='urn:p'><b/><p:c xmlns:p='urn:q' xmlns=''/></a>";
        let tree = Tree::parse(Cow::Borrowed(text), &NONE).unwrap();
        let at = |node, prefix| tree.space_of(node, prefix);
        assert_eq!((at(1, ""), at(1, "p"), at(1, "q")), (Some("urn:a".into()), Some("urn:p".into()), None));
        assert_eq!((at(2, ""), at(2, "p")), (Some(String::new()), Some("urn:q".into())));
    }
}
