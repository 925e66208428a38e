//! What is right, as XML: pieces of four documents of ours that have one of everything (`schemas/examples/`), and elements of a
//! document put right.
//!
//! Pieces of a whole invoice that passes every rule are well-formed, have the names and the order of their syntax, and show what
//! belongs together: a VAT number with its scheme, an amount with its currency.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use crate::invoice::{Syntax, Term};
use crate::limits;
use crate::xml::{NodeId, Tree};

use super::edit::extent_of;

/// The element in which a term stands, or the group; with `top`, from the element of that name around it.
pub fn example(syntax: Syntax, term: Term, top: Option<&str>) -> Option<String> {
    let model = model(syntax);
    let chain = model.terms.get(&term)?;
    match top {
        Some(top) => chain.iter().find(|(name, _)| name == top).map(|(_, piece)| model.piece(*piece)),
        None => chain.first().map(|(_, piece)| model.piece(*piece)),
    }
}

/// The element of that plain path, such as `/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount`.
pub fn example_at(syntax: Syntax, path: &str) -> Option<String> {
    let model = model(syntax);
    model.paths.get(path).map(|piece| model.piece(*piece))
}

/// A piece of ours in the currency of a document, where that is a code.
pub fn in_currency(piece: String, code: Option<&str>) -> String {
    const OURS: &str = "currencyID=\"EUR\"";
    let is_code = |code: &&str| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase());
    match code.filter(is_code) {
        Some(code) if piece.contains(OURS) => piece.replace(OURS, &format!("currencyID=\"{code}\"")),
        _ => piece,
    }
}

/// The same, however long: not to be shown, but to be tried.
pub fn whole_at(syntax: Syntax, path: &str) -> Option<&'static str> {
    let model = model(syntax);
    let (from, to) = *model.paths.get(path)?;
    model.text.get(from..to)
}

/// An element of a document as it would be right: with this text, with or without an attribute.
pub fn put_right(
    tree: &Tree<'_>,
    node: NodeId,
    text: Option<&str>,
    with: Option<(&str, &str)>,
    without: Option<&str>,
) -> String {
    let name = plain_name(tree, node);
    let mut out = format!("<{name}");
    let kept = tree.attributes(node).iter().map(|a| (tree.qualified(a.name), tree.text(a.value)));
    let kept =
        kept.filter(|(n, _)| Some(n.as_str()) != without && with.is_none_or(|(w, _)| w != n) && !n.contains(':'));
    for (name, value) in kept {
        out.push_str(&format!(" {name}=\"{}\"", escaped(&short(value))));
    }
    if let Some((name, value)) = with {
        out.push_str(&format!(" {name}=\"{}\"", escaped(value)));
    }
    let inside = match text {
        Some(text) => escaped(&short(text)).into_owned(),
        None if tree.has_children(node) => "…".to_owned(),
        None => escaped(&short(tree.text_of(node).trim())).into_owned(),
    };
    out + &format!(">{inside}</{name}>")
}

/// An element as the document has it, on one line, but for children of these names; none where there are none of them, or where it
/// is too long to be an example.
pub fn without(tree: &Tree<'_>, node: NodeId, names: &[&str]) -> Option<String> {
    // Of an element that is far too long, no cut makes an example: it is not gone through for each finding about it.
    let (from, to) = extent_of(tree, node).filter(|(from, to)| to - from <= 8 * limits::EXAMPLE_BYTES)?;
    let cut = tree.children(node).filter(|n| names.contains(&tree.qualified(tree.node(*n).name).as_str()));
    let cut: Vec<Piece> = cut.map(|n| extent_of(tree, n)).collect::<Option<_>>()?;
    let mut kept = String::new();
    let mut at = from;
    for (start, end) in &cut {
        kept.push_str(tree.source().get(at..*start)?);
        at = *end;
    }
    kept.push_str(tree.source().get(at..to)?);
    let line: String = kept.lines().map(str::trim).collect();
    (!cut.is_empty() && line.len() <= limits::EXAMPLE_BYTES).then_some(line)
}

/// An element with a value, under the name that was meant; none where it holds elements, or nothing.
pub fn renamed(tree: &Tree<'_>, node: NodeId, name: &str) -> Option<String> {
    if tree.has_children(node) || tree.text_of(node).trim().is_empty() {
        return None;
    }
    let own = plain_name(tree, node);
    let shown = put_right(tree, node, None, None, None);
    let inside = shown.strip_prefix('<')?.strip_prefix(own.as_str())?.strip_suffix('>')?.strip_suffix(own.as_str())?;
    Some(format!("<{name}{inside}{name}>"))
}

/// A name as the examples write it: the document element without a prefix in UBL.
fn plain_name(tree: &Tree<'_>, node: NodeId) -> String {
    let name = tree.qualified(tree.node(node).name);
    let bare = name.strip_prefix("ubl:").or_else(|| name.strip_prefix("cn:")).map(str::to_owned);
    bare.unwrap_or(name)
}

fn short(text: &str) -> Cow<'_, str> {
    if text.chars().count() <= limits::QUOTED_CHARS {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(limits::QUOTED_CHARS).chain(['…']).collect())
}

fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"))
}

/// An invoice that has one of everything, and where each thing stands in it.
struct Model {
    text: &'static str,
    /// For each term: the element that holds it, then the elements around it.
    terms: HashMap<Term, Vec<(String, Piece)>>,
    /// The shortest element of each path.
    paths: HashMap<String, Piece>,
}

/// From, to; in bytes of the text.
type Piece = (usize, usize);

fn model(syntax: Syntax) -> &'static Model {
    static UBL: LazyLock<Model> = LazyLock::new(|| Model::of(UBL_TEXT));
    static CREDIT: LazyLock<Model> = LazyLock::new(|| Model::of(CREDIT_TEXT));
    static CII: LazyLock<Model> = LazyLock::new(|| Model::of(CII_TEXT));
    static CDAR: LazyLock<Model> = LazyLock::new(|| Model::of(CDAR_TEXT));
    match syntax {
        Syntax::UblInvoice => &UBL,
        Syntax::UblCreditNote => &CREDIT,
        Syntax::Cii => &CII,
        Syntax::Cdar => &CDAR,
    }
}

const UBL_TEXT: &str = include_str!("../../schemas/examples/ubl-invoice.xml");
const CREDIT_TEXT: &str = include_str!("../../schemas/examples/ubl-credit.xml");
const CII_TEXT: &str = include_str!("../../schemas/examples/cii.xml");
const CDAR_TEXT: &str = include_str!("../../schemas/examples/cdar.xml");

impl Model {
    fn of(text: &'static str) -> Model {
        let mut model = Model { text, terms: HashMap::new(), paths: HashMap::new() };
        let read = super::read_any(model.text.as_bytes()).expect("invariant: the tests read the examples");
        let tree = read.invoice.tree();
        let piece = |node: NodeId| extent_of(tree, node).unwrap_or_default();
        for node in 0..tree.len() as NodeId {
            let path: String = plain(&tree.path(node));
            keep_shorter(model.paths.entry(path).or_insert_with(|| piece(node)), piece(node));
        }
        let chain = |node: NodeId| -> Vec<(String, Piece)> {
            let up = std::iter::successors(Some(node), |n| (*n != 0).then(|| tree.node(*n).parent));
            up.map(|n| (plain_name(tree, n), piece(n))).collect()
        };
        for occurrence in read.invoice.occurrences().filter(|o| !o.is_echo()) {
            model.terms.entry(occurrence.term()).or_insert_with(|| chain(occurrence.node()));
        }
        for term in Term::of(read.invoice.syntax()).filter(|t| t.is_group()) {
            let all = read.invoice.groups(term).filter_map(|group| group.node());
            if let Some(node) = all.min_by_key(|node| piece(*node).1 - piece(*node).0) {
                model.terms.entry(term).or_insert_with(|| chain(node));
            }
        }
        model
    }

    /// A piece on one line; what is too long to be an example keeps its name alone.
    fn piece(&self, (from, to): Piece) -> String {
        let text = self.text.get(from..to).unwrap_or_default();
        let line: String = text.lines().map(str::trim).collect();
        if line.len() <= limits::EXAMPLE_BYTES {
            return line;
        }
        let name: String = line.chars().skip(1).take_while(|c| !matches!(c, ' ' | '>' | '/')).collect();
        format!("<{name}>…</{name}>")
    }
}

fn keep_shorter(kept: &mut Piece, other: Piece) {
    if other.1 - other.0 < kept.1 - kept.0 {
        *kept = other;
    }
}

/// A path without positions.
pub fn plain(path: &str) -> String {
    path.split('/').map(|step| step.split('[').next().unwrap_or_default()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoice::bt;
    use crate::rules;

    #[test]
    fn the_examples_pass_every_rule_and_have_every_term() {
        for (syntax, text) in [
            (Syntax::UblInvoice, UBL_TEXT),
            (Syntax::UblCreditNote, CREDIT_TEXT),
            (Syntax::Cii, CII_TEXT),
            (Syntax::Cdar, CDAR_TEXT),
        ] {
            let read = crate::formats::read_any(text.as_bytes()).unwrap();
            assert_eq!((read.invoice.syntax(), &read.faults), (syntax, &Vec::new()));
            // Of the norm: what only France asks for is shown by the rules themselves.
            let own = if syntax.is_invoice() { "en16931" } else { "fr-cdv" };
            for pack in rules::packs().iter().filter(|pack| pack.id == own) {
                let judged = pack.judge(&read.invoice);
                assert!(judged.findings.is_empty() && judged.not_run.is_none(), "{syntax:?}: {judged:?}");
            }
            let missing: Vec<Term> = Term::of(syntax)
                .filter(|t| !t.is_extension() && *t != bt::BT_7 && example(syntax, *t, None).is_none())
                .filter(|t| crate::formats::path(syntax, *t).is_some())
                .collect();
            assert!(missing.is_empty(), "{syntax:?}: {missing:?}");
        }
    }

    #[test]
    fn a_piece_starts_where_it_is_asked_to() {
        let of = |syntax, term, top| example(syntax, term, top).unwrap_or_default();
        assert_eq!(of(Syntax::Cii, bt::BT_40, None), "<ram:CountryID>FR</ram:CountryID>");
        assert_eq!(
            of(Syntax::UblInvoice, bt::BT_31, Some("cac:PartyTaxScheme")),
            "<cac:PartyTaxScheme><cbc:CompanyID>FR11123456782</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>"
        );
        assert!(of(Syntax::UblCreditNote, bt::BG_25, None).starts_with("<cac:CreditNoteLine><cbc:ID>2</cbc:ID>"));
        assert_eq!(
            of(Syntax::Cii, bt::BT_106, Some("rsm:SupplyChainTradeTransaction")),
            "<rsm:SupplyChainTradeTransaction>…</rsm:SupplyChainTradeTransaction>"
        );
        let at = example_at(Syntax::UblInvoice, "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount");
        assert_eq!(at.as_deref(), Some("<cbc:PayableAmount currencyID=\"EUR\">1200.00</cbc:PayableAmount>"));
    }
}
