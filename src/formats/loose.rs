//! Text that stands between elements, where neither syntax has any: content all the same, as whoever wrote it meant something.

use super::edit::{Tag, extent_of};
use crate::text::trim;
use crate::xml::{NodeId, Tree};

/// The pieces of text directly inside an element that has elements too, as they stand in the document, comments left out. To be
/// asked for elements that are mixed ([`Tree::is_mixed`]): it looks through all that the element holds.
pub fn loose<'t>(tree: &'t Tree<'_>, node: NodeId) -> Vec<&'t str> {
    let (Some(tag), Some((_, end))) = (Tag::of(tree, node), extent_of(tree, node)) else { return Vec::new() };
    let source = tree.source();
    let close = source.get(..end).and_then(|text| text.rfind("</")).unwrap_or(end);
    let mut at = tag.end;
    let mut pieces = Vec::new();
    for child in tree.children(node) {
        let Some((from, to)) = extent_of(tree, child) else { continue };
        said(source.get(at..from).unwrap_or_default(), &mut pieces);
        at = to;
    }
    said(source.get(at..close).unwrap_or_default(), &mut pieces);
    pieces
}

/// What of a stretch without elements is text: between its comments and instructions, and inside its literal sections.
fn said<'t>(mut text: &'t str, pieces: &mut Vec<&'t str>) {
    const MARKS: [(&str, &str, bool); 3] = [("<!--", "-->", false), ("<?", "?>", false), ("<![CDATA[", "]]>", true)];
    let mut keep = |piece: &'t str| {
        let piece = trim(piece);
        if !piece.is_empty() {
            pieces.push(piece);
        }
    };
    while let Some(at) = text.find('<') {
        let (before, rest) = text.split_at(at);
        keep(before);
        let Some((open, close, literal)) = MARKS.into_iter().find(|(open, ..)| rest.starts_with(open)) else { return };
        let inside = rest.get(open.len()..).unwrap_or_default();
        let (inside, after) = inside.split_once(close).unwrap_or((inside, ""));
        if literal {
            keep(inside);
        }
        text = after;
    }
    keep(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_between_elements_is_found_wherever_it_stands() {
        let xml = "<Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\" a='>'> one <!-- no --><ID>1</ID>\n\
                   two <![CDATA[<three>]]> <?no no?> <Note>n</Note>&amp; four</Invoice>";
        let tree = super::super::read(xml.as_bytes()).unwrap();
        let tree = tree.invoice.tree();
        assert!(tree.is_mixed(0));
        assert_eq!(loose(tree, 0), ["one", "two", "<three>", "&amp; four"]);
        assert_eq!(loose(tree, 1), ["1"]);
    }
}
