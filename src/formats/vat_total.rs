//! VAT totals of the header: the two terms that share one element, told apart where the currency written does not tell.

use crate::invoice::{Syntax, Term, bt};
use crate::xml::{Name, NodeId, Tree};

use super::vocabulary;

/// The VAT totals of the header, in order.
pub fn vat_totals(syntax: Syntax, tree: &Tree<'_>) -> Vec<NodeId> {
    if syntax.is_ubl() {
        return below(tree, &["cac:TaxTotal", "cbc:TaxAmount"]);
    }
    const SUMS: &str = "ram:SpecifiedTradeSettlementHeaderMonetarySummation";
    below(tree, &[TRANSACTION, SETTLEMENT, SUMS, "ram:TaxTotalAmount"])
}

const TRANSACTION: &str = "rsm:SupplyChainTradeTransaction";
const SETTLEMENT: &str = "ram:ApplicableHeaderTradeSettlement";

/// BT-5 and BT-6, where they say something and differ.
fn currencies<'t>(syntax: Syntax, tree: &'t Tree<'_>) -> (Option<&'t str>, Option<&'t str>) {
    let text = |path: &[&str]| {
        let first = below(tree, path).first().copied();
        first.map(|n| tree.text_of(n).trim()).filter(|code| !code.is_empty())
    };
    let (document, tax) = if syntax.is_ubl() {
        (text(&["cbc:DocumentCurrencyCode"]), text(&["cbc:TaxCurrencyCode"]))
    } else {
        (
            text(&[TRANSACTION, SETTLEMENT, "ram:InvoiceCurrencyCode"]),
            text(&[TRANSACTION, SETTLEMENT, "ram:TaxCurrencyCode"]),
        )
    };
    (document, tax.filter(|tax| Some(*tax) != document))
}

/// The elements at a path from the document element.
fn below(tree: &Tree<'_>, path: &[&str]) -> Vec<NodeId> {
    let mut here = vec![0];
    for name in path {
        let known = known(name);
        let below = here.iter().flat_map(|node| tree.children(*node));
        here = below.filter(|n| is_called(tree, *n, name, known)).collect();
    }
    here
}

/// Is this the name of an element, as we write it? One that no table knows is called what it is called where it stands.
fn is_called(tree: &Tree<'_>, node: NodeId, qualified: &str, known: Option<Name>) -> bool {
    let own = tree.node(node).name;
    if own.is_known() { Some(own) == known } else { tree.qualified(own) == qualified }
}

/// The number of a name of ours, such as `cbc:TaxAmount`.
fn known(qualified: &str) -> Option<Name> {
    let (prefix, local) = qualified.split_once(':')?;
    let vocabulary = vocabulary();
    let space = vocabulary.spaces.iter().position(|(known, _)| *known == prefix)?;
    vocabulary.find(u8::try_from(space).ok()?, local)
}

/// The currency of an amount as written; none where the attribute is missing.
pub fn currency_of<'t>(tree: &'t Tree<'_>, node: NodeId) -> Option<&'t str> {
    let attribute = tree.attributes(node).iter().find(|a| tree.qualified(a.name) == "currencyID")?;
    Some(tree.text(attribute.value))
}

/// Which VAT total an element of the header is, and the currency that it must bear: BT-110 in that of BT-5, BT-111 in that of BT-6.
/// What bears neither currency is the one that no other total is. The currency is none where the document does not say it. None for
/// other elements.
pub fn vat_total<'t>(syntax: Syntax, tree: &'t Tree<'_>, node: NodeId) -> Option<(Term, Option<&'t str>)> {
    let name = tree.qualified(tree.node(node).name);
    if !matches!(name.as_str(), "cbc:TaxAmount" | "ram:TaxTotalAmount") {
        return None;
    }
    let totals = vat_totals(syntax, tree);
    let own = totals.iter().position(|n| *n == node)?;
    let (document, tax) = currencies(syntax, tree);
    let bears = |n: NodeId, currency: Option<&str>| currency.is_some() && currency_of(tree, n) == currency;
    if bears(node, document) {
        return Some((bt::BT_110, document));
    }
    if bears(node, tax) {
        return Some((bt::BT_111, tax));
    }
    if totals.iter().any(|n| bears(*n, document)) {
        // The document's currency is taken; without BT-6 none is left for this one.
        let free = tax.filter(|_| !totals.iter().any(|n| bears(*n, tax)));
        return Some((bt::BT_111, free));
    }
    // The breakdown stands beside the total in the document's currency; else the first total is that.
    let open: Vec<NodeId> = totals.iter().copied().filter(|n| !bears(*n, tax)).collect();
    let subtotal = known("cac:TaxSubtotal");
    let with_breakdown = |n: &NodeId| {
        let mut beside = tree.children(tree.node(*n).parent);
        beside.any(|c| is_called(tree, c, "cac:TaxSubtotal", subtotal))
    };
    let main = open.iter().copied().find(with_breakdown).or(open.first().copied());
    if main == Some(node) || main.is_none() {
        return Some((bt::BT_110, document));
    }
    let second = open.iter().copied().find(|n| Some(*n) != main) == totals.get(own).copied();
    let taken = totals.iter().any(|n| bears(*n, tax));
    Some((bt::BT_111, tax.filter(|_| second && !taken)))
}
