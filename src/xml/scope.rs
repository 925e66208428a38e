//! What hardly ever stands in a document: the type that an element is said to have, and the text of an element that should hold a
//! value and holds elements.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::grammar::resolve_reference;
use super::tree::{NodeId, Span, Tree};

impl Tree<'_> {
    /// The type that `xsi:type` names on an element, under the prefix of our tables (`xs:` for XML Schema's own); empty where its
    /// name space is not one of theirs. None without the attribute.
    pub fn type_named(&self, id: NodeId) -> Option<&str> {
        let at = self.types.binary_search_by_key(&id, |(node, _)| *node).ok()?;
        self.types.get(at).map(|(_, name)| name.as_str())
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
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::super::{Tree, Vocabulary};

    #[test]
    fn a_type_is_named_by_the_nearest_declaration() {
        static ONE: Vocabulary = Vocabulary { spaces: &[("", ""), ("ours", "urn:o")], names: &[], slots: &[0] };
        let text = "<a xmlns:p='urn:p' xmlns:x='http://www.w3.org/2001/XMLSchema-instance' xmlns='urn:o'>\
            <b x:type='p:T'/><b xmlns:p='urn:o' x:type=' p:T\n'/><b x:type='T'/>\
            <b xmlns:q='http://www.w3.org/2001/XMLSchema' x:type='q:date'/><b x:type='z:T'/><b/></a>";
        let tree = Tree::parse(Cow::Borrowed(text), &ONE).unwrap();
        let named: Vec<_> = (0..7).map(|node| tree.type_named(node)).collect();
        assert_eq!(named, [None, Some(""), Some("ours:T"), Some("ours:T"), Some("xs:date"), Some(""), None]);
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
