//! What lines, charges and allowances of each VAT category and rate come to, added up once for a document: rule -08 then looks its
//! breakdown up, however many breakdowns and lines there are.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::decimal::{Decimal, add};
use crate::limits;
use crate::rules::engine::{Addends, Scene};
use crate::xml::NodeId;

use super::vat_items::{Item, KINDS, Kind, each};

/// By category and rate; by category alone under no rate.
type Key<'t> = (&'t str, Option<Decimal>);

pub struct Bases<'t> {
    sums: BTreeMap<Key<'t>, Sums>,
    /// The amounts themselves, gathered once a rule has failed.
    parts: OnceCell<BTreeMap<Key<'t>, Parts>>,
}

#[derive(Default)]
struct Sums {
    /// Of each kind; none where there are no such items.
    sums: [Option<Decimal>; KINDS],
    /// Does an allowance or charge have them, wherever it stands?
    somewhere: bool,
}

type Parts = [Listed; KINDS];

/// The first elements of a kind that hold an amount, and how many there are.
#[derive(Default)]
struct Listed {
    first: Vec<NodeId>,
    count: usize,
}

/// How each kind goes into a base.
const SIGNS: [(Kind, &str, &str); KINDS] = [
    (Kind::InvoiceLine, "+", "BT-131"),
    (Kind::CreditNoteLine, "+", "BT-131"),
    (Kind::Charge, "+", "BT-99"),
    (Kind::Allowance, "-", "BT-92"),
];

impl<'t> Bases<'t> {
    /// None where anything is such that it matters who asks for what first. The rule then looks at each line for itself.
    pub fn of(scene: &Scene<'t, '_>) -> Option<Bases<'t>> {
        let mut bases = Bases { sums: BTreeMap::new(), parts: OnceCell::new() };
        each(scene, &mut |Item { vat, kind, amount, .. }| {
            for key in keys(vat) {
                let sums = bases.sums.entry(key).or_default();
                sums.somewhere |= !matches!(kind, Kind::InvoiceLine | Kind::CreditNoteLine);
                if let Some(sum) = sums.sums.get_mut(kind as usize) {
                    *sum = Some(add(sum.unwrap_or_default(), amount)?);
                }
            }
            Some(())
        })?;
        Some(bases)
    }

    /// What items of a kind come to.
    pub fn sum(&self, kind: Kind, category: &'t str, rate: Option<Decimal>) -> Decimal {
        let sum = self.sums.get(&(category, rate)).and_then(|sums| *sums.sums.get(kind as usize)?);
        sum.unwrap_or_default()
    }

    /// Does a line of this kind, or an allowance or charge wherever it stands, have this category at this rate?
    pub fn has(&self, line: Kind, category: &'t str, rate: Option<Decimal>) -> bool {
        self.sums
            .get(&(category, rate))
            .is_some_and(|sums| sums.somewhere || sums.sums.get(line as usize).is_some_and(Option::is_some))
    }

    /// What a base is the sum of: lines of this kind, charges, allowances.
    pub fn parts(&self, scene: &Scene<'t, '_>, line: Kind, category: &'t str, rate: Option<Decimal>) -> Addends {
        let mut addends = Addends::new();
        let Some(parts) = self.parts.get_or_init(|| gathered(scene)).get(&(category, rate)) else { return addends };
        for (kind, sign, term) in SIGNS {
            let Some(listed) = parts.get(kind as usize) else { continue };
            if kind == line || matches!(kind, Kind::Charge | Kind::Allowance) {
                listed.first.iter().for_each(|at| _ = addends.value(sign, term, Some(*at)));
                addends.and_more(listed.count - listed.first.len());
            }
        }
        addends
    }
}

fn gathered<'t>(scene: &Scene<'t, '_>) -> BTreeMap<Key<'t>, Parts> {
    let mut all: BTreeMap<Key<'t>, Parts> = BTreeMap::new();
    // They have all been read once, so that there is none to stop at.
    _ = each(scene, &mut |Item { vat, kind, at, .. }| {
        for key in keys(vat) {
            let (Some(at), Some(listed)) = (at, all.entry(key).or_default().get_mut(kind as usize)) else { continue };
            listed.count += 1;
            if listed.first.len() < limits::ADDENDS {
                listed.first.push(at);
            }
        }
        Some(())
    });
    all
}

/// A category at its rate, and the category.
fn keys<'t>(vat: Option<Key<'t>>) -> impl Iterator<Item = Key<'t>> {
    vat.into_iter().flat_map(|(category, rate)| {
        let rated = rate.map(|rate| (category, Some(rate)));
        rated.into_iter().chain([(category, None)])
    })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;
    use crate::decimal;
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
                        let of = |kind| bases.sum(kind, name.trim(), rate);
                        assert_eq!(of(Kind::InvoiceLine) + of(Kind::Charge) - of(Kind::Allowance), sum);
                        assert_eq!(bases.has(Kind::InvoiceLine, name.trim(), rate), there);
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
