//! Where an element stands in its syntax: between which neighbours, how often. For explanations.

use super::syntax::{Particle, Type, root, vocabulary};
use crate::invoice::Syntax;
use crate::xml::Name;

/// An element among the children of its parent, in the order of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Position of the element among the children, from 0.
    pub at: usize,
    /// The children of the parent. Alternatives share a place.
    pub children: Vec<Child>,
}

/// What may stand in an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// As facteur writes it: `cbc:ID`.
    pub name: String,
    pub least: u32,
    /// `None` where there is no bound.
    pub most: Option<u32>,
}

/// The place of the element at the end of a path from the document element (`cac:InvoiceLine`, `cbc:InvoicedQuantity`). `None`
/// where the syntax has no such element.
pub fn place(syntax: Syntax, path: &[&str]) -> Option<Place> {
    let document = match syntax {
        Syntax::UblInvoice => "ubl:Invoice",
        Syntax::UblCreditNote => "cn:CreditNote",
        Syntax::Cii => "rsm:CrossIndustryInvoice",
        Syntax::Cdar => "rsm:CrossDomainAcknowledgementAndResponse",
    };
    let (last, above) = path.split_last()?;
    let mut parent = Type::get(root(name(document)?)?);
    for step in above {
        parent = Type::get(parent.particles().iter().find(|child| written(child) == *step)?.kind);
    }
    let at = parent.particles().iter().position(|child| written(child) == *last)?;
    Some(Place { at, children: parent.particles().iter().map(child).collect() })
}

/// The name as facteur writes it, where some syntax knows an element or attribute of it whatever its letter case: `cbc:ID`;
/// without a prefix, all that are called so.
pub fn named(text: &str) -> Vec<String> {
    let (prefix, local) = text.rsplit_once(':').map_or((None, text), |(prefix, local)| (Some(prefix), local));
    let vocabulary = vocabulary();
    let mut found = Vec::new();
    for (space, known) in vocabulary.names {
        let (written, _) = vocabulary.spaces[usize::from(*space)];
        if known.eq_ignore_ascii_case(local) && prefix.is_none_or(|prefix| prefix.eq_ignore_ascii_case(written)) {
            found.push(if written.is_empty() { (*known).to_owned() } else { format!("{written}:{known}") });
        }
    }
    found.sort();
    found.dedup();
    found
}

/// All names of the syntaxes.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    let vocabulary = vocabulary();
    vocabulary.names.iter().map(move |(space, local)| (vocabulary.spaces[usize::from(*space)].0, *local))
}

fn name(written: &str) -> Option<Name> {
    let (prefix, local) = written.split_once(':').unwrap_or(("", written));
    let vocabulary = vocabulary();
    let spaces = vocabulary.spaces.iter().zip(0u8..).filter(|((known, _), _)| *known == prefix);
    spaces.filter_map(|(_, space)| vocabulary.find(space, local)).next()
}

fn child(particle: &Particle) -> Child {
    let most = (particle.max != u32::MAX).then_some(particle.max);
    Child { name: written(particle), least: particle.min, most }
}

/// As facteur writes it. Two syntaxes have elements of one name in name spaces of their own: `rsm:ExchangedDocument`.
fn written(particle: &Particle) -> String {
    let (prefix, local) = vocabulary().name(particle.name).unwrap_or_default();
    format!("{prefix}:{local}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_stands_between_its_neighbours() {
        let place = place(Syntax::UblInvoice, &["cac:InvoiceLine", "cbc:InvoicedQuantity"]).unwrap();
        let around = [place.at - 1, place.at, place.at + 1].map(|at| place.children[at].name.as_str());
        assert_eq!(around, ["cbc:Note", "cbc:InvoicedQuantity", "cbc:LineExtensionAmount"]);
        assert_eq!((place.children[place.at].least, place.children[place.at].most), (0, Some(1)));
        let path = ["rsm:ExchangedDocument", "ram:IncludedNote"];
        assert_eq!(super::place(Syntax::Cii, &path).map(|p| p.children[p.at].most), Some(None));
        assert_eq!(super::place(Syntax::UblInvoice, &["cbc:NoSuch"]), None);
        assert_eq!(super::place(Syntax::UblCreditNote, &["cac:InvoiceLine"]), None);
        assert_eq!(super::place(Syntax::Cii, &[]), None);
    }

    #[test]
    fn a_name_is_found_whatever_its_case() {
        assert_eq!(named("CBC:buyerreference"), ["cbc:BuyerReference"]);
        assert_eq!(named("BuyerReference"), ["cbc:BuyerReference", "ram:BuyerReference"]);
        assert!(named("cbc:Nope").is_empty());
    }
}
