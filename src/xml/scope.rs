//! What is read a second time, because it hardly ever stands in a document: what a prefix means in a place, and the text of an
//! element that should hold a value and holds elements.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::grammar::resolve_reference;
use super::tree::{NodeId, Span, Tree};

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

    /// Takes all text inside an element, that of its children included, for its own: what XPath calls its string value.
    pub fn flatten(&mut self, id: NodeId) {
        let text = self.whole_text(id).unwrap_or_default();
        let start = self.gathered.len();
        if let (Ok(start), Ok(len)) = (u32::try_from(start), u32::try_from(text.len()))
            && start.checked_add(len).is_some_and(|end| end < Span::GATHERED)
            && let Some(node) = self.nodes.get_mut(id as usize)
        {
            self.gathered.push_str(&text);
            node.text = Span { start: start | Span::GATHERED, len };
        }
    }

    fn whole_text(&self, id: NodeId) -> Option<String> {
        let mut reader = Reader::from_str(self.source().get(self.node(id).at as usize..)?);
        let (mut text, mut depth) = (String::new(), 0u32);
        loop {
            match reader.read_event().ok()? {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth = depth.saturating_sub(1),
                Event::Text(piece) => text.push_str(&piece.replace("\r\n", "\n").replace('\r', "\n")),
                Event::CData(piece) => text.push_str(&piece.replace("\r\n", "\n").replace('\r', "\n")),
                Event::GeneralRef(reference) => text.push_str(&resolve_reference(&reference).ok()?),
                Event::Eof => return None,
                _ => {}
            }
            if depth == 0 {
                return Some(text);
            }
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

    #[test]
    fn all_text_inside_is_the_value() {
        static NONE: Vocabulary = Vocabulary { spaces: &[("", "")], names: &[], slots: &[0] };
        let text = "<a><b>1<c>2<d/></c>&lt;<![CDATA[3]]>\r\n</b><b/>tail</a>";
        let mut tree = Tree::parse(Cow::Borrowed(text), &NONE).unwrap();
        tree.flatten(1);
        tree.flatten(4);
        assert_eq!((tree.text_of(1), tree.text_of(4)), ("12<3\n", ""));
    }
}
