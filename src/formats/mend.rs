//! The least change of a document's text that is written back: a value, an attribute, an element more. All else stays byte for
//! byte: blanks, comments, prefixes, quotes, line ends.

use std::ops::Range;

use crate::invoice::Syntax;
use crate::xml::{Name, NodeId, Tree};

use super::edit::{Tag, close, element, end, escaped, extent, follower, spaces};

/// A piece of the text, and what stands there instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mend {
    pub at: Range<usize>,
    pub new: String,
}

/// An element to be put in, by the names of [`spaces`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'p> {
    Leaf(&'p str, &'p str),
    Of(&'p str, Vec<Piece<'p>>),
}

impl Mend {
    /// Another text for an element whose text is written without references and with no comment or section in it; of any other it
    /// is for a person to say what stays.
    pub fn text(tree: &Tree<'_>, node: NodeId, value: &str) -> Option<Mend> {
        let at = plain(tree, node)?;
        Some(Mend { at, new: escaped(value) })
    }

    /// The beginning of an element's text as it is written, up to the first reference, comment or section: what [`Mend::within`] counts in.
    pub fn opening<'t>(tree: &'t Tree<'_>, node: NodeId) -> Option<&'t str> {
        tree.source().get(start(tree, node)?)
    }

    /// A piece of that beginning, by its place in it.
    pub fn within(tree: &Tree<'_>, node: NodeId, piece: Range<usize>, new: &str) -> Option<Mend> {
        let start = start(tree, node)?;
        let at = start.start.checked_add(piece.start)?..start.start.checked_add(piece.end)?;
        (at.end <= start.end).then(|| Mend { at, new: escaped(new) })
    }

    /// An attribute, whether it stands there or not; its quotes stay.
    pub fn attribute(tree: &Tree<'_>, node: NodeId, name: &str, value: &str) -> Option<Mend> {
        let source = tree.source();
        let known = tree.attributes(node).iter().find(|a| tree.qualified(a.name) == name);
        let Some(known) = known else {
            let tag = Tag::of(tree, node)?;
            let at = tag.start + 1 + tag.name.len();
            return Some(Mend { at: at..at, new: format!(" {name}=\"{}\"", escaped(value)) });
        };
        let whole = extent(source, known.at as usize)?;
        let written = source.get(whole.clone())?;
        let open = written.find(['"', '\''])?;
        let new = escaped(value).replace('\'', "&apos;");
        Some(Mend { at: whole.start + open + 1..whole.end - 1, new })
    }

    /// A new element behind one that stands there, on a line of its own where that one has its own.
    pub fn after(tree: &Tree<'_>, syntax: Syntax, sibling: NodeId, piece: &Piece<'_>) -> Option<Mend> {
        let at = end(tree, sibling)?;
        let blanks = blanks_before(tree, sibling);
        let written = piece.written(tree, syntax, tree.node(sibling).parent, blanks);
        Some(Mend { at: at..at, new: format!("{blanks}{written}") })
    }

    /// A new child where the schema has it; none in an element that has no child yet.
    pub fn child(tree: &Tree<'_>, syntax: Syntax, parent: NodeId, name: Name, piece: &Piece<'_>) -> Option<Mend> {
        match follower(tree, parent, name) {
            Some(next) => {
                let at = tree.node(next).at as usize;
                let blanks = blanks_before(tree, next);
                let written = piece.written(tree, syntax, parent, blanks);
                Some(Mend { at: at..at, new: format!("{written}{blanks}") })
            }
            None => Mend::after(tree, syntax, tree.children(parent).last()?, piece),
        }
    }

    /// The text with all of these made; none where two of them touch the same piece.
    pub fn apply(source: &str, mends: &[Mend]) -> Option<String> {
        let mut sorted: Vec<&Mend> = mends.iter().collect();
        sorted.sort_by_key(|mend| (mend.at.start, mend.at.end));
        let mut out = String::with_capacity(source.len() + sorted.iter().map(|m| m.new.len()).sum::<usize>());
        let (mut from, mut last) = (0, None);
        for mend in sorted {
            // Two that are put in at one place would stand in an order that nobody chose.
            if mend.at.start < from || last == Some(mend.at.start) {
                return None;
            }
            last = Some(mend.at.start);
            out.push_str(source.get(from..mend.at.start)?);
            out.push_str(&mend.new);
            from = mend.at.end;
        }
        out.push_str(source.get(from..)?);
        Some(out)
    }
}

/// Where places of a changed text stood before.
#[derive(Debug, Clone, Default)]
pub struct Moves(Vec<Move>);

#[derive(Debug, Clone)]
struct Move {
    before: Range<usize>,
    after: Range<usize>,
}

impl Moves {
    pub fn of(mends: &[Mend]) -> Moves {
        let mut sorted: Vec<&Mend> = mends.iter().collect();
        sorted.sort_by_key(|mend| (mend.at.start, mend.at.end));
        let (mut more, mut less) = (0usize, 0usize);
        let moves = sorted.into_iter().map(|mend| {
            let start = (mend.at.start + more).saturating_sub(less);
            more += mend.new.len();
            less += mend.at.len();
            Move { before: mend.at.clone(), after: start..start + mend.new.len() }
        });
        Moves(moves.collect())
    }

    /// What was put in stands where it was put.
    pub fn back(&self, at: usize) -> usize {
        let last = self.0.partition_point(|step| step.after.start <= at).checked_sub(1).and_then(|n| self.0.get(n));
        match last {
            None => at,
            Some(step) if at < step.after.end => step.before.start,
            Some(step) => at - step.after.end + step.before.end,
        }
    }
}

impl Piece<'_> {
    /// As it is written in an element of the document, with the document's prefixes; `blanks` stand before it.
    fn written(&self, tree: &Tree<'_>, syntax: Syntax, parent: NodeId, blanks: &str) -> String {
        let mut prefixes = Vec::new();
        for (known, uri) in spaces(syntax) {
            match prefix(tree, parent, uri) {
                Some(own) => prefixes.push((*known, own)),
                None if self.uses(known) => return element(syntax, &self.plain(blanks, &|name| name.to_owned())),
                None => {}
            }
        }
        self.plain(blanks, &|name| {
            let Some((known, local)) = name.split_once(':') else { return name.to_owned() };
            match prefixes.iter().find(|(prefix, _)| *prefix == known) {
                Some((_, own)) if own.is_empty() => local.to_owned(),
                Some((_, own)) => format!("{own}:{local}"),
                None => name.to_owned(),
            }
        })
    }

    fn plain(&self, blanks: &str, name: &dyn Fn(&str) -> String) -> String {
        match self {
            Piece::Leaf(own, text) => format!("<{0}>{1}</{0}>", name(own), escaped(text)),
            Piece::Of(own, parts) => {
                // One step deeper than the lines around it, in their own manner.
                let step = match blanks.rfind('\n') {
                    None => "",
                    Some(line) if blanks[line..].contains('\t') => "\t",
                    Some(_) => "  ",
                };
                let deeper = format!("{blanks}{step}");
                let inside: String =
                    parts.iter().map(|part| format!("{deeper}{}", part.plain(&deeper, name))).collect();
                format!("<{0}>{inside}{blanks}</{0}>", name(own))
            }
        }
    }

    fn uses(&self, prefix: &str) -> bool {
        let of = |name: &str| name.split_once(':').is_some_and(|(own, _)| own == prefix);
        match self {
            Piece::Leaf(name, _) => of(name),
            Piece::Of(name, parts) => of(name) || parts.iter().any(|part| part.uses(prefix)),
        }
    }
}

/// Where the text of an element stands, if it is all that stands in it, without a reference.
fn plain(tree: &Tree<'_>, node: NodeId) -> Option<Range<usize>> {
    let at = Tag::of(tree, node)?.end..close(tree, node)?;
    let written = tree.source().get(at.clone())?;
    (!written.contains(['<', '&'])).then_some(at)
}

/// The same up to the first mark or reference in it.
fn start(tree: &Tree<'_>, node: NodeId) -> Option<Range<usize>> {
    let at = Tag::of(tree, node)?.end..close(tree, node)?;
    let written = tree.source().get(at.clone())?;
    let length = written.find(['<', '&']).unwrap_or(written.len());
    Some(at.start..at.start + length)
}

/// The line end and blanks before an element, where nothing else stands before it on its line.
fn blanks_before<'t>(tree: &'t Tree<'_>, node: NodeId) -> &'t str {
    let before = tree.source().get(..tree.node(node).at as usize).unwrap_or_default();
    let kept = before.trim_end_matches([' ', '\t', '\r', '\n']);
    let blanks = &before[kept.len()..];
    // Of empty lines the last one.
    let line = blanks.rfind('\n').map_or(0, |at| if blanks[..at].ends_with('\r') { at - 1 } else { at });
    if kept.ends_with('>') { &blanks[line..] } else { "" }
}

/// The prefix of a name space at an element, empty for the default one; none where it is not declared there.
fn prefix(tree: &Tree<'_>, node: NodeId, uri: &str) -> Option<String> {
    let mut seen: Vec<&str> = Vec::new();
    for around in std::iter::successors(Some(node), |n| (*n != 0).then(|| tree.node(*n).parent)) {
        let tag = Tag::of(tree, around)?;
        let written = tree.source().get(tag.start + 1 + tag.name.len()..tag.end)?;
        for (name, value) in attributes(written) {
            let own = match name {
                "xmlns" => "",
                name => match name.strip_prefix("xmlns:") {
                    Some(own) => own,
                    None => continue,
                },
            };
            if seen.contains(&own) {
                continue;
            }
            if value == uri {
                return Some(own.to_owned());
            }
            seen.push(own);
        }
    }
    None
}

/// Names and values as written in a start tag.
fn attributes(tag: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = tag;
    while let Some(equals) = rest.find('=') {
        let name = rest[..equals].trim();
        let value = rest[equals + 1..].trim_start();
        let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else { break };
        let Some(length) = value[1..].find(quote) else { break };
        found.push((name, &value[1..=length]));
        rest = &value[length + 2..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{name_of, read};

    const INVOICE: &str = "<Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\" xmlns:b='urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2' xmlns:cac=\"urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2\">\r\n\r\n\t<b:ID a='>'> F-1 </b:ID>\r\n\t<!-- n --><b:Note>x<!-- c --></b:Note>\r\n\t<cac:LegalMonetaryTotal><b:PayableAmount currencyID='EUR'>1</b:PayableAmount></cac:LegalMonetaryTotal>\r\n</Invoice>";

    fn made(mend: impl Fn(&Tree<'_>) -> Option<Mend>) -> Option<String> {
        let read = read(INVOICE.as_bytes()).unwrap();
        let mend = mend(read.invoice.tree())?;
        Mend::apply(read.invoice.tree().source(), &[mend])
    }

    #[test]
    fn as_little_changes_as_can() {
        assert_eq!(made(|t| Mend::text(t, 1, "F&1")).unwrap(), INVOICE.replace(" F-1 ", "F&amp;1"));
        assert_eq!(made(|t| Mend::text(t, 2, "y")), None, "a comment would go");
        assert_eq!(made(|t| Mend::within(t, 2, 0..0, "#PMT#")).unwrap(), INVOICE.replace(">x<", ">#PMT#x<"));
        assert_eq!(made(|t| Mend::within(t, 2, 0..2, "")), None);
        let attribute = |node, name| made(|t| Mend::attribute(t, node, name, "S'K"));
        assert_eq!(attribute(4, "currencyID").unwrap(), INVOICE.replace("'EUR'", "'S&apos;K'"));
        assert_eq!(attribute(2, "languageID").unwrap(), INVOICE.replace("<b:Note>", "<b:Note languageID=\"S'K\">"));
        assert_eq!(attribute(1, "a").unwrap(), INVOICE.replace("a='>'", "a='S&apos;K'"));
    }

    #[test]
    fn what_is_put_in_is_written_as_the_lines_around_it() {
        let note = Piece::Leaf("cbc:Note", "B<2");
        assert_eq!(
            made(|t| Mend::after(t, Syntax::UblInvoice, 1, &note)).unwrap(),
            INVOICE.replace("</b:ID>", "</b:ID>\r\n\t<b:Note>B&lt;2</b:Note>")
        );
        let name = name_of("cbc:ProfileID").unwrap();
        assert_eq!(
            made(|t| Mend::child(t, Syntax::UblInvoice, 0, name, &Piece::Leaf("cbc:ProfileID", "S1"))).unwrap(),
            INVOICE.replace("\t<b:ID", "\t<b:ProfileID>S1</b:ProfileID>\r\n\t<b:ID")
        );
        let name = name_of("cac:InvoiceLine").unwrap();
        let line = Piece::Of("cac:InvoiceLine", vec![Piece::Leaf("cbc:ID", "1"), Piece::Leaf("cbc:Note", "n")]);
        assert_eq!(
            made(|t| Mend::child(t, Syntax::UblInvoice, 0, name, &line)).unwrap(),
            INVOICE.replace(
                "Total>\r\n",
                "Total>\r\n\t<cac:InvoiceLine>\r\n\t\t<b:ID>1</b:ID>\r\n\t\t<b:Note>n</b:Note>\r\n\t</cac:InvoiceLine>\r\n"
            )
        );
        // Another meaning of the prefix nearer by: the name spaces are declared on the element itself.
        let turned = INVOICE
            .replace("<Invoice ", "<Invoice xmlns:z=\"urn:z\" ")
            .replace("xmlns:b='urn:oasis", "xmlns:b='urn:other");
        let read = read(turned.as_bytes()).unwrap();
        let mend = Mend::after(read.invoice.tree(), Syntax::UblInvoice, 1, &note).unwrap();
        assert!(mend.new.contains("<cbc:Note xmlns:cac="), "{}", mend.new);
    }

    #[test]
    fn places_are_found_again() {
        let mends = [Mend { at: 2..4, new: "xyz".to_owned() }, Mend { at: 6..6, new: "!".to_owned() }];
        assert_eq!(Mend::apply("0123456789", &mends).unwrap(), "01xyz45!6789");
        let moves = Moves::of(&mends);
        let places: Vec<usize> = (0..12).map(|at| moves.back(at)).collect();
        assert_eq!(places, [0, 1, 2, 2, 2, 4, 5, 6, 6, 7, 8, 9]);
        for both in [[2..4, 3..5], [4..4, 4..4]] {
            let mends = both.map(|at| Mend { at, new: "x".to_owned() });
            assert_eq!(Mend::apply("0123456789", &mends), None);
        }
    }
}
