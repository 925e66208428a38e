//! The party that lacks the number a VAT category asks for (BR-*-02 to 04): which of the two, and which numbers would do.

use crate::formats;
use crate::invoice::{Invoice, Syntax, Term, bt};
use crate::rules::registry::Rule;
use crate::text::{Lang, Text};
use crate::xml::NodeId;

/// A party that lacks all of several numbers.
pub struct Lacking {
    /// The element of the party.
    pub node: NodeId,
    /// The terms of which one is needed, as the catalogue writes them.
    pub expected: &'static str,
    terms: Vec<Term>,
}

/// The one party that lacks what the rule asks for, by the catalogue's `(BT-31 | BT-63) + (BT-48 | BT-47)`. None where it is both, or
/// where the numbers are there and something else is wrong with them.
pub fn lacking(invoice: &Invoice<'_>, rule: &'static Rule) -> Option<Lacking> {
    let asks = ["-02", "-03", "-04"].iter().any(|end| rule.group.ends_with(end));
    if !asks || !rule.expected.starts_with(['(', 'B']) {
        return None;
    }
    let groups = rule.expected.split(" + ").map(|group| group.trim_matches(['(', ')']));
    let mut without = groups.filter_map(|group| {
        let terms: Option<Vec<Term>> = group.split(" | ").map(Term::parse).collect();
        terms.filter(|terms| terms.iter().all(|t| invoice.text(*t).is_none())).map(|terms| (group, terms))
    });
    let (expected, terms) = without.next().filter(|_| without.next().is_none())?;
    let buyer = terms.contains(&bt::BT_48);
    let group = invoice.groups(if buyer { bt::BG_7 } else { bt::BG_4 }).next()?.node()?;
    // In UBL the party stands in its role.
    let tree = invoice.tree();
    let party = tree.children(group).find(|n| tree.qualified(tree.node(*n).name) == "cac:Party");
    Some(Lacking { node: party.unwrap_or(group), expected, terms })
}

impl Lacking {
    pub fn fix(&self, rule: &Rule) -> Text {
        let named = |lang: Lang, or: &str| self.terms.iter().map(|t| t.called(lang)).collect::<Vec<_>>().join(or);
        let category = rule.terms.first().map(|t| t.id()).unwrap_or_default();
        Text::new(
            format!("Renseigner {}, ou corriger la catégorie ({category}).", named(Lang::Fr, " ou ")),
            format!("Fill in {}, or correct the category ({category}).", named(Lang::En, " or ")),
        )
    }

    /// The first of the numbers, with its scheme.
    pub fn example(&self, syntax: Syntax) -> Option<String> {
        let top = if syntax.is_ubl() { "cac:PartyTaxScheme" } else { "ram:SpecifiedTaxRegistration" };
        self.terms.iter().find_map(|term| formats::example(syntax, *term, Some(top)))
    }
}
