//! The example of a finding: what is right, in the syntax of the document.

use crate::formats::{self, facturx::Level};
use crate::invoice::{Kind, Syntax, Term, bt};
use crate::rules::finding::About;
use crate::rules::registry::{Pack, Rule};
use crate::xml::{Name, NodeId};

use super::count::Lack;
use super::named::Terms;
use super::tell::Spot;
use super::{Ask, Fold, Scene};

/// The longest own element that is shown as an example of what is left out.
const LONGEST: usize = 240;

/// In the currency of the document: our own pieces bear ours.
pub fn example(
    scene: &Scene<'_, '_>,
    terms: &Terms<'_>,
    rule: &Rule,
    spot: &Spot,
    known: (Option<&str>, Option<&str>),
) -> Option<String> {
    let piece = piece(scene, terms, rule, spot, known)?;
    let tree = scene.tree;
    let own = tree.attributes(spot.at).iter().find(|a| tree.expanded(a.name).1 == "currencyID");
    if own.is_some_and(|own| tree.text(own.value) == "EUR") {
        return Some(piece);
    }
    // The rule itself asks for euros.
    if rule.expected.contains("EUR") {
        return Some(piece);
    }
    // What is VAT in the accounting currency bears that of BT-6, and euros where there is none: those are our pieces' own.
    let accounting = |term: &Term| *term == bt::BT_111 || term.id() == "EXT-FR-FE-182";
    let term = if rule.terms.iter().any(accounting) { bt::BT_6 } else { bt::BT_5 };
    Some(formats::in_currency(piece, terms.invoice().text(term)))
}

/// The nearest to what stands there: the element itself put right where the right value is known, else a piece of our own examples,
/// else what the catalogue shows.
fn piece(
    scene: &Scene<'_, '_>,
    terms: &Terms<'_>,
    rule: &Rule,
    spot: &Spot,
    (right, missing): (Option<&str>, Option<&str>),
) -> Option<String> {
    // A term that is missing elsewhere than where it is asked for.
    if let Some(term) = missing.and_then(Term::parse).filter(|t| right.is_none() && !t.is_group()) {
        let top = match spot.lacks {
            Some(Lack::Child(name)) => Some(scene.tree.qualified(name)),
            _ => None,
        };
        // Our examples are of other categories: where the term depends on the category, the catalogue knows.
        let own = top
            .as_deref()
            .filter(|_| of_a_category(rule))
            .and_then(|top| within(&of_the_catalogue(rule, scene.syntax)?, top));
        let piece = own.or_else(|| formats::example(scene.syntax, term, top.as_deref()));
        if let Some(piece) = piece.or_else(|| formats::example(scene.syntax, term, None))
            && spot.attribute.is_none()
        {
            return Some(piece)
                .filter(|_| !matches!(spot.lacks, Some(Lack::Attribute(_))))
                .or_else(|| near(scene, terms, rule, spot, right));
        }
    }
    if let Some(own) = without_reason(scene, rule, spot.at) {
        return Some(own);
    }
    let tree = scene.tree;
    let at = |node: NodeId| formats::example_at(scene.syntax, &formats::plain(&tree.path(node)));
    let own = || Some(formats::put_right(tree, spot.at, None, None, None));
    let around = || at(tree.node(spot.at).parent);
    match spot.about() {
        // What the profile does not use is left out; of an element of many others nothing would be seen.
        About::Banned if spot.attribute.is_none() && is_of_a_profile(rule) => {
            let name = tree.qualified(tree.node(spot.at).name);
            formats::without(tree, tree.node(spot.at).parent, &[&name]).filter(|piece| piece.len() <= LONGEST)
        }
        About::Banned if spot.attribute.is_none() && rule.right.is_empty() => around().or_else(own),
        // The first of those that stand, as written; the others are what is too many.
        About::TooMany
            if spot.attribute.is_none()
                && matches!(spot.ask, Ask::Count(..))
                && first(scene, terms, spot.at).is_some() =>
        {
            first(scene, terms, spot.at).map(|node| formats::put_right(tree, node, None, None, None))
        }
        About::TooMany => near(scene, terms, rule, spot, right).or_else(|| at(spot.at)).or_else(own),
        _ => near(scene, terms, rule, spot, right).or_else(|| at(spot.at)).or_else(around).or_else(own),
    }
}

fn near(scene: &Scene<'_, '_>, terms: &Terms<'_>, rule: &Rule, spot: &Spot, right: Option<&str>) -> Option<String> {
    let (tree, syntax) = (scene.tree, scene.syntax);
    let shown = of_the_catalogue(rule, syntax).filter(|_| !is_of_a_profile(rule));
    match (spot.lacks, spot.attribute) {
        (Some(Lack::Attribute(name)), _) | (None, Some(name)) => {
            attribute(scene, terms, rule, spot, name, right).or(shown)
        }
        (Some(Lack::Child(name)), _) => {
            let qualified = tree.qualified(name);
            if let Some(right) = right {
                let currency =
                    terms.invoice().text(bt::BT_5).filter(|_| syntax.is_ubl() && qualified.ends_with("Amount"));
                let currency = currency.map_or(String::new(), |c| format!(" currencyID=\"{c}\""));
                return Some(format!("<{qualified}{currency}>{right}</{qualified}>"));
            }
            let of = |term: &Term| formats::example(syntax, *term, Some(&qualified));
            let path = format!("{}/{qualified}", formats::plain(&tree.path(spot.at)));
            wanted(rule).find_map(|t| of(&t)).or(shown).or_else(|| formats::example_at(syntax, &path))
        }
        (None, None) => match (right, spot.value.is_some() || rule.terms.is_empty()) {
            (Some(right), _) if !tree.has_children(spot.at) => {
                Some(formats::put_right(tree, spot.at, Some(right), None, None))
            }
            (_, value) => {
                let own = terms.at(spot.at, None).filter(|t| value && asks_of_a_value(spot.ask) && !t.is_group());
                let piece = own.and_then(|term| formats::example(syntax, term, None));
                let last = wanted(rule).find_map(|term| formats::example(syntax, term, None));
                let here = || formats::example_at(syntax, &formats::plain(&tree.path(spot.at)));
                match spot.ask {
                    // One of the values that are asked for: that of our example where it is one.
                    Ask::Same(_, Fold::Listed, values) if is_of_a_profile(rule) => {
                        let fits = |piece: &String| values.iter().any(|value| piece.contains(&format!(">{value}<")));
                        let first =
                            values.first().map(|value| formats::put_right(tree, spot.at, Some(value), None, None));
                        piece.or_else(here).filter(fits).or(first)
                    }
                    _ => shown.or(piece).or(last),
                }
            }
        },
    }
}

/// The element with the attribute as it should be.
fn attribute(
    scene: &Scene<'_, '_>,
    terms: &Terms<'_>,
    rule: &Rule,
    spot: &Spot,
    name: Name,
    right: Option<&str>,
) -> Option<String> {
    let tree = scene.tree;
    let qualified = tree.qualified(name);
    if matches!(spot.ask, Ask::Not(_) | Ask::True) {
        return Some(formats::put_right(tree, spot.at, None, None, Some(&qualified)));
    }
    let value = |piece: String| {
        let (_, after) = piece.split_once(&format!(" {qualified}=\""))?;
        Some(after.split('"').next()?.to_owned())
    };
    let pieces =
        wanted(rule).chain(terms.at(spot.at, None)).filter_map(|term| formats::example(scene.syntax, term, None));
    let here = formats::example_at(scene.syntax, &formats::plain(&tree.path(spot.at)));
    let known = pieces.chain(here).find_map(value);
    let value = right.map(str::to_owned).or(known);
    let value = match spot.ask {
        Ask::Same(_, Fold::Listed, values) => {
            value.filter(|value| values.contains(&value.as_str())).or_else(|| Some((*values.first()?).to_owned()))
        }
        _ => value,
    }?;
    Some(formats::put_right(tree, spot.at, None, Some((&qualified, &value)), None))
}

/// The first element of several of one name beside each other, where they hold values of the norm.
fn first(scene: &Scene<'_, '_>, terms: &Terms<'_>, node: NodeId) -> Option<NodeId> {
    let tree = scene.tree;
    let name = tree.node(node).name;
    let mut all = tree.children(tree.node(node).parent).filter(|n| tree.node(*n).name == name);
    let holds = |n: &NodeId| !tree.has_children(*n) && terms.at(*n, None).is_some_and(|t| !t.is_group());
    let first = all.next().filter(|n| node != 0 && holds(n))?;
    all.next().map(|_| first)
}

/// The terms of a rule, values before groups, the last first.
fn wanted(rule: &Rule) -> impl Iterator<Item = Term> + '_ {
    let values = rule.terms.iter().rev().filter(|t| !t.is_group());
    values.chain(rule.terms.iter().rev().filter(|t| t.is_group())).copied().filter(|t| t.kind() != Kind::Binary)
}

/// Is it a restriction of a Factur-X profile? Its example in the catalogue is of one element of many.
fn is_of_a_profile(rule: &Rule) -> bool {
    rule.terms.is_empty() && rule.id.starts_with("FCT-FX-")
}

/// In a Factur-X profile, an example names that profile: our own pieces name the norm.
pub fn of_profile(example: String, pack: &Pack) -> String {
    let name = pack.id.strip_prefix("facturx-").and_then(|name| Level::ALL.into_iter().find(|l| l.as_str() == name));
    match name {
        Some(level) => example.replace(&format!(">{}<", Level::En16931.urn()), &format!(">{}<", level.urn())),
        None => example,
    }
}

fn asks_of_a_value(ask: &Ask) -> bool {
    match ask {
        Ask::Check(_, check) => !check.is_presence(),
        Ask::Number(..) | Ask::Same(..) | Ask::Fraction(..) | Ask::Brief(..) | Ask::Match(..) | Ask::Digits(..) => true,
        _ => false,
    }
}

/// The document's own breakdown without the exemption reason, where none may be (`BR-S-10`).
fn without_reason(scene: &Scene<'_, '_>, rule: &Rule, node: NodeId) -> Option<String> {
    let asked = of_a_category(rule) && rule.group.ends_with("-10");
    let reasons: &[&str] = match scene.syntax.is_ubl() {
        true => &["cbc:TaxExemptionReason", "cbc:TaxExemptionReasonCode"],
        false => &["ram:ExemptionReason", "ram:ExemptionReasonCode"],
    };
    let around = scene.tree.node(node).parent;
    let own = || formats::without(scene.tree, node, reasons).or_else(|| formats::without(scene.tree, around, reasons));
    asked.then(own).flatten()
}

/// Is the rule about one VAT category, such as `BR-IC-12`?
fn of_a_category(rule: &Rule) -> bool {
    let family = rule.group.strip_prefix("BR-").and_then(|rest| rest.rsplit_once('-')).map(|(family, _)| family);
    family.is_some_and(|family| ["S", "Z", "E", "AE", "IC", "G", "O", "AF", "AG"].contains(&family))
}

/// The element of that name in a piece of XML.
fn within(xml: &str, name: &str) -> Option<String> {
    let (start, close) = (xml.find(&format!("<{name}>"))?, format!("</{name}>"));
    let end = xml.rfind(&close)? + close.len();
    xml.get(start..end).map(str::to_owned)
}

/// What the catalogue shows as right, where it is of this syntax.
pub fn of_the_catalogue(rule: &Rule, syntax: Syntax) -> Option<String> {
    let own = if syntax.is_ubl() { rule.right } else { rule.right_cii };
    let text = if own.is_empty() { rule.right } else { own };
    let is_ubl = ["<cbc:", "<cac:", "<ext:", "<…"].iter().any(|start| text.starts_with(start));
    if text.is_empty()
        || text.contains('…') && !text.contains("=\"…\"")
        || is_ubl != syntax.is_ubl()
        || !text.starts_with('<')
    {
        return None;
    }
    let text = text.split("<!--").next().unwrap_or(text).trim();
    Some(match syntax {
        Syntax::UblCreditNote => {
            text.replace("InvoiceLine>", "CreditNoteLine>").replace("InvoicedQuantity", "CreditedQuantity").replace(
                "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>",
                "<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>",
            )
        }
        _ => text.to_owned(),
    })
    .map(|text| text.lines().map(str::trim).collect())
    .filter(|text: &String| !text.is_empty())
}
