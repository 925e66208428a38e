//! What lines, charges and allowances of each VAT category and rate come to, added up once for a UBL document: rule -08 then looks its
//! breakdown up, however many breakdowns and lines there are.

use std::collections::BTreeMap;

use crate::decimal::{self, Decimal, add, sub};
use crate::rules::engine::Scene;
use crate::xml::{Name, NodeId};

use super::name::*;

/// Sums by category (blanks around it removed) and rate; by category alone under no rate.
pub struct Bases<'t> {
    sums: BTreeMap<(&'t str, Option<Decimal>), Sums>,
}

#[derive(Default)]
struct Sums {
    /// Of invoice lines and of credit note lines; none where there are no such lines.
    lines: [Option<Decimal>; 2],
    charges: Decimal,
    allowances: Decimal,
    /// Does an allowance or charge have them, wherever it stands?
    somewhere: bool,
}

/// What an item says of its VAT: category and rate.
type Vat<'t> = Option<(&'t str, Option<Decimal>)>;

impl<'t> Bases<'t> {
    /// None where anything is such that it matters who asks for what first: a value that stands twice, a text that is no number, a line
    /// within a line. The rule then looks at each line for itself.
    pub fn of(scene: &Scene<'t, '_>) -> Option<Bases<'t>> {
        let mut bases = Bases { sums: BTreeMap::new() };
        for (kind, line) in [cac_InvoiceLine, cac_CreditNoteLine].into_iter().enumerate() {
            for n in scene.named(line) {
                if n == 0 || scene.tree.node(n).parent != 0 {
                    return None;
                }
                let item = only(scene, Some(n), cac_Item)?;
                let vat = vat(scene, only(scene, item, cac_ClassifiedTaxCategory)?)?;
                let amount = number(scene, only(scene, Some(n), cbc_LineExtensionAmount)?)?.unwrap_or_default();
                bases.each(vat, |sums| {
                    sums.lines[kind] = Some(add(sums.lines[kind].unwrap_or_default(), amount)?);
                    Some(())
                })?;
            }
        }
        for n in scene.named(cac_AllowanceCharge) {
            let vat = vat(scene, only(scene, Some(n), cac_TaxCategory)?)?;
            let in_document = n != 0 && scene.tree.node(n).parent == 0;
            let charge = match only(scene, Some(n), cbc_ChargeIndicator)?.filter(|_| in_document) {
                Some(indicator) => Some(scene.boolean(indicator).ok()?),
                None => None,
            };
            let amount = match in_document {
                true => number(scene, only(scene, Some(n), cbc_Amount)?)?.unwrap_or_default(),
                false => Decimal::ZERO,
            };
            bases.each(vat, |sums| {
                sums.somewhere = true;
                match charge {
                    Some(true) => sums.charges = add(sums.charges, amount)?,
                    Some(false) => sums.allowances = add(sums.allowances, amount)?,
                    None => {}
                }
                Some(())
            })?;
        }
        Some(bases)
    }

    /// Lines + charges - allowances. The outer none: more digits than are computed exactly.
    pub fn base(&self, line: Name, category: &'t str, rate: Option<Decimal>) -> Option<Decimal> {
        let Some(sums) = self.sums.get(&(category, rate)) else { return Some(Decimal::ZERO) };
        let lines = sums.lines[kind(line)].unwrap_or_default();
        add(lines, sums.charges).and_then(|sum| sub(sum, sums.allowances))
    }

    /// Does a line of this kind, or an allowance or charge wherever it stands, have this category at this rate?
    pub fn has(&self, line: Name, category: &'t str, rate: Option<Decimal>) -> bool {
        self.sums.get(&(category, rate)).is_some_and(|sums| sums.lines[kind(line)].is_some() || sums.somewhere)
    }

    /// Adds to the sums of a category at its rate, and to those of the category.
    fn each(&mut self, vat: Vat<'t>, mut f: impl FnMut(&mut Sums) -> Option<()>) -> Option<()> {
        let Some((category, rate)) = vat else { return Some(()) };
        if rate.is_some() {
            f(self.sums.entry((category, rate)).or_default())?;
        }
        f(self.sums.entry((category, None)).or_default())
    }
}

fn kind(line: Name) -> usize {
    usize::from(line == cac_CreditNoteLine)
}

/// The one child of that name, if any. The outer none: there are two.
fn only(scene: &Scene<'_, '_>, node: Option<NodeId>, name: Name) -> Option<Option<NodeId>> {
    node.map_or(Some(None), |node| scene.child(node, name).ok())
}

/// The outer none: no number.
fn number(scene: &Scene<'_, '_>, node: Option<NodeId>) -> Option<Option<Decimal>> {
    node.map_or(Some(None), |node| decimal::parse(scene.tree.text_of(node)).ok().map(Some))
}

fn vat<'t>(scene: &Scene<'t, '_>, category: Option<NodeId>) -> Option<Vat<'t>> {
    let id = only(scene, category, cbc_ID)?;
    let rate = number(scene, only(scene, category, cbc_Percent)?)?;
    Some(id.map(|id| (scene.text(id), rate)))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;
    use crate::formats::vocabulary;
    use crate::invoice::Syntax;
    use crate::xml::Tree;

    const CATEGORIES: [&str; 3] = ["S", " E ", "AE"];
    const RATES: [Option<&str>; 4] = [None, Some("20"), Some("20.0"), Some("5.5")];

    fn vat(name: &str, category: usize, rate: usize) -> String {
        let rate = RATES[rate].map_or(String::new(), |rate| format!("<c:Percent>{rate}</c:Percent>"));
        format!("<a:{name}><c:ID>{}</c:ID>{rate}</a:{name}>", CATEGORIES[category])
    }

    fn document(lines: &[(usize, usize, i64)], sides: &[(usize, usize, i64, bool)]) -> String {
        let lines = lines.iter().map(|(category, rate, amount)| {
            let amount = Decimal::new(*amount, 2);
            let item = vat("ClassifiedTaxCategory", *category, *rate);
            format!("<a:InvoiceLine><c:LineExtensionAmount>{amount}</c:LineExtensionAmount><a:Item>{item}</a:Item></a:InvoiceLine>")
        });
        let sides = sides.iter().map(|(category, rate, amount, charge)| {
            let amount = Decimal::new(*amount, 2);
            let vat = vat("TaxCategory", *category, *rate);
            format!("<a:AllowanceCharge><c:ChargeIndicator>{charge}</c:ChargeIndicator><c:Amount>{amount}</c:Amount>{vat}</a:AllowanceCharge>")
        });
        let inside: String = sides.chain(lines).collect();
        let space = "urn:oasis:names:specification:ubl:schema:xsd";
        format!(
            "<Invoice xmlns='{space}:Invoice-2' xmlns:a='{space}:CommonAggregateComponents-2' xmlns:c='{space}:CommonBasicComponents-2'>{inside}</Invoice>"
        )
    }

    fn bases_of<T>(text: &str, f: impl FnOnce(Option<&Bases<'_>>) -> T) -> T {
        let tree = Tree::parse(Cow::Borrowed(text), vocabulary()).unwrap();
        let scene = Scene::new(&tree, Syntax::UblInvoice);
        f(scene.bases())
    }

    proptest! {
        #[test]
        fn what_is_looked_up_is_what_adds_up(
            lines in proptest::collection::vec((0..3usize, 0..4usize, -100_000..100_000i64), 0..9),
            sides in proptest::collection::vec((0..3usize, 0..4usize, 0..100_000i64, any::<bool>()), 0..6),
        ) {
            let rate_of = |n: usize| RATES[n].map(|rate| decimal::parse(rate).unwrap());
            for (category, name) in CATEGORIES.iter().enumerate() {
                for rate in [None, Some(Decimal::from(20)), Some(Decimal::new(55, 1))] {
                    let of = |c: usize, r: usize| c == category && (rate.is_none() || rate == rate_of(r));
                    let own: Vec<i64> = lines.iter().filter(|l| of(l.0, l.1)).map(|l| l.2).collect();
                    let beside: Vec<i64> =
                        sides.iter().filter(|s| of(s.0, s.1)).map(|s| if s.3 { s.2 } else { -s.2 }).collect();
                    let sum = Decimal::new(own.iter().chain(&beside).sum(), 2);
                    let there = !own.is_empty() || !beside.is_empty();
                    bases_of(&document(&lines, &sides), |bases| {
                        let bases = bases.expect("nothing is odd");
                        assert_eq!(bases.base(cac_InvoiceLine, name.trim(), rate), Some(sum));
                        assert_eq!(bases.has(cac_InvoiceLine, name.trim(), rate), there);
                    });
                }
            }
        }
    }

    #[test]
    fn what_is_odd_is_left_to_the_rule() {
        let plain = document(&[(0, 1, 100)], &[(0, 1, 100, true)]);
        assert!(bases_of(&plain, |bases| bases.is_some()));
        for (from, to) in [
            ("<c:Percent>20</c:Percent>", "<c:Percent>20</c:Percent><c:Percent>20</c:Percent>"),
            ("<c:Percent>20", "<c:Percent>2O"),
            ("<c:ChargeIndicator>true", "<c:ChargeIndicator>yes"),
            ("<c:LineExtensionAmount>1.00", "<c:LineExtensionAmount>one"),
            ("<a:Item>", "<a:InvoiceLine/><a:Item>"),
            ("<a:Item>", "<a:Item/><a:Item>"),
        ] {
            let odd = plain.replacen(from, to, 1);
            assert!(odd != plain && bases_of(&odd, |bases| bases.is_none()), "{from} -> {to}");
        }
    }
}
