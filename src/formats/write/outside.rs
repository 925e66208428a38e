//! What a document says that is bound to no term: content of one syntax alone, extensions, attributes without a part.

use std::collections::{HashMap, HashSet};

use crate::decimal;
use crate::invoice::{Group, Invoice, Term, place};
use crate::text::trim;
use crate::xml::{Name, NodeId, Tree};

use super::super::{is_form, loose};
use super::{Loss, Reason};

/// All that a conversion by terms leaves behind, in document order: the form of the syntax and what a term says too are none of it.
pub fn outside(invoice: &Invoice<'_>) -> Vec<Loss> {
    let tree = invoice.tree();
    let search = Search::of(invoice);
    let mut losses = Vec::new();
    let mut lose = |node: NodeId, attribute: Option<usize>, value: &str| {
        let mut address = tree.path(node);
        if let Some(own) = attribute.and_then(|n| tree.attributes(node).get(n)) {
            address.push_str(&format!("/@{}", tree.qualified(own.name)));
        }
        let place = Some(place(tree, node, attribute));
        losses.push(Loss { address, term: None, value: value.to_owned(), place, reason: Reason::Outside });
    };
    for node in 0..tree.len() as NodeId {
        let is_bound = search.bound.contains(&(node, None));
        if tree.is_mixed(node) {
            let own = trim(tree.text_of(node));
            loose(tree, node)
                .into_iter()
                .filter(|text| !is_bound || *text != own)
                .for_each(|text| lose(node, None, text));
        } else if !is_bound && !tree.has_children(node) {
            let own = trim(tree.text_of(node));
            if !own.is_empty() && !search.is_form(node, None, own) {
                lose(node, None, own);
            }
        }
        for (n, attribute) in tree.attributes(node).iter().enumerate() {
            let own = trim(tree.text(attribute.value));
            let said = !own.is_empty() && !is_hint(tree, attribute.name);
            if said && !search.bound.contains(&(node, Some(n))) && !search.is_form(node, Some(n), own) {
                lose(node, Some(n), own);
            }
        }
    }
    losses
}

struct Search<'i> {
    tree: &'i Tree<'i>,
    /// Elements and attributes that are terms.
    bound: HashSet<(NodeId, Option<usize>)>,
    groups: HashMap<NodeId, Group<'i>>,
    document: Group<'i>,
}

impl<'i> Search<'i> {
    fn of(invoice: &'i Invoice<'i>) -> Search<'i> {
        Search {
            tree: invoice.tree(),
            bound: invoice.occurrences().map(|o| (o.node(), o.attribute())).collect(),
            groups: invoice.all_groups().filter_map(|group| Some((group.node()?, group))).collect(),
            document: invoice.document(),
        }
    }

    fn is_form(&self, node: NodeId, attribute: Option<usize>, text: &str) -> bool {
        is_form(self.tree, node, attribute, text, |term, text| self.says(node, term, text))
    }

    /// Does a term of a group around say the same, or one of the document?
    fn says(&self, node: NodeId, term: Term, text: &str) -> bool {
        const FEW: usize = 4;
        let up = std::iter::successors(Some(node), |n| (*n != 0).then(|| self.tree.node(*n).parent));
        let around = up.filter_map(|n| self.groups.get(&n).copied()).filter(|group| group.id() != 0);
        around.chain([self.document]).flat_map(|group| group.all(term).take(FEW)).any(|o| {
            let same = o.number().is_some_and(|number| decimal::parse(text) == Ok(number));
            same || o.trimmed() == text
        })
    }
}

/// Of XML Schema itself: said to the program that validates.
fn is_hint(tree: &Tree<'_>, name: Name) -> bool {
    const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
    tree.expanded(name).0 == XSI
}
