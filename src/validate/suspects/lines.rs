//! Lines that explain a sum: one whose amount is not quantity times price, one that stands twice.

use std::collections::HashMap;

use crate::decimal::{self, Decimal, add, mul, plain, round_half_up, sub};
use crate::formats::{self, Edit, Read};
use crate::invoice::{Group, Occurrence, Term, bt};
use crate::limits;
use crate::rules::predicate::quote;
use crate::rules::{About, Finding};
use crate::text::{Lang, Text};
use crate::xml::NodeId;

use super::{Suspect, differences};

pub(super) fn suspects(read: &Read<'_>, findings: &[Finding], open: &[usize]) -> Vec<Suspect> {
    let differences = differences(findings, open, |group| group == "BR-CO-10" || group.ends_with("-08"));
    let mut all = Vec::new();
    if !differences.is_empty() {
        all.extend(amounts(read, &differences));
        all.extend(twice(read, &differences));
    }
    all
}

/// `BG-25[100] (identifier L-7)`, with the identifier that it bears where that is another.
pub(super) fn label(at: usize, line: Group<'_>, lang: Lang) -> String {
    let own = line.first(bt::BT_126).map(|id| id.trimmed()).filter(|id| *id != (at + 1).to_string());
    let own = own.map(|id| format!(" ({} {})", lang.pick("identifiant", "identifier"), quote(id))).unwrap_or_default();
    format!("{} BG-25[{}]{own}", lang.pick("ligne", "line"), at + 1)
}

/// Lines whose amount is off by just what the sum is.
fn amounts(read: &Read<'_>, differences: &[Decimal]) -> Vec<Suspect> {
    let one = |(at, line): (usize, Group<'_>)| {
        let (amount, right) = (line.first(bt::BT_131)?, product(line)?);
        let over = sub(amount.number()?, right)?;
        if over.is_zero() || !differences.contains(&-over) {
            return None;
        }
        let (found, right) = (amount.trimmed().to_owned(), plain(right));
        let told = |lang: Lang| factors(line, lang);
        let (fr, en) = (label(at, line, Lang::Fr), label(at, line, Lang::En));
        Some(Suspect {
            message: Text::new(
                format!("La {fr} explique l'écart : {} font {right}, et BT-131 dit {found}.", told(Lang::Fr)),
                format!("The {en} explains the difference: {} is {right}, and BT-131 says {found}.", told(Lang::En)),
            ),
            fix: Text::new(
                format!(
                    "Écrire {right} dans BT-131 de cette ligne ; si {found} est juste, corriger la quantité (BT-129), le prix (BT-146) et les totaux."
                ),
                format!(
                    "Write {right} in BT-131 of this line; if {found} is right, correct the quantity (BT-129), the price (BT-146) and the totals."
                ),
            ),
            ..text(read, amount, right)
        })
    };
    read.invoice.lines().enumerate().filter_map(one).take(limits::SUSPECTS_EACH).collect()
}

/// What the lines of invoices multiply and add: quantity × price ÷ base quantity − allowances + charges of the line.
pub(super) fn product(line: Group<'_>) -> Option<Decimal> {
    product_at(line, line.number(bt::BT_146)?)
}

/// The same at another price.
pub(super) fn product_at(line: Group<'_>, price: Decimal) -> Option<Decimal> {
    let base = line.number(bt::BT_149).filter(|base| !base.is_zero()).unwrap_or(Decimal::ONE);
    let price = mul(line.number(bt::BT_129)?, price)?;
    let price = price.checked_div(base)?;
    let all = |term: Term| decimal::sum(line.all(term).filter_map(|o| o.number()));
    let net = add(price, all(bt::BT_141)?).and_then(|net| sub(net, all(bt::BT_136)?))?;
    round_half_up(net, 2)
}

fn factors(line: Group<'_>, lang: Lang) -> String {
    let text = |term: Term| line.first(term).map(|o| quote(o.trimmed())).unwrap_or_default();
    let base = line.number(bt::BT_149).filter(|base| *base != Decimal::ONE && !base.is_zero());
    let base = base.map_or(String::new(), |base| format!(" ÷ {}", plain(base)));
    let items = line.all(bt::BT_136).chain(line.all(bt::BT_141)).next();
    let items = items.map_or("", |_| {
        lang.pick(", remises et frais de la ligne compris,", ", with the allowances and charges of the line,")
    });
    format!("{} (BT-129) × {} (BT-146){base}{items}", text(bt::BT_129), text(bt::BT_146))
}

/// Lines that say what another says, but for their identifier, and whose amount is just what is too much.
fn twice(read: &Read<'_>, differences: &[Decimal]) -> Vec<Suspect> {
    let tree = read.invoice.tree();
    let mut seen: HashMap<Vec<(Term, &str)>, usize> = HashMap::new();
    let mut all = Vec::new();
    for (at, line) in read.invoice.lines().enumerate() {
        let fits = line.number(bt::BT_131).is_some_and(|n| !n.is_zero() && differences.contains(&-n));
        let Some(node) = line.node().filter(|_| fits) else { continue };
        let content = line.occurrences().filter(|o| o.term() != bt::BT_126).map(|o| (o.term(), o.trimmed())).collect();
        let first = *seen.entry(content).or_insert(at);
        if first == at {
            continue;
        }
        let (fr, en) = (label(at, line, Lang::Fr), label(at, line, Lang::En));
        all.push(Suspect {
            own: None,
            edits: vec![Edit::Remove { node }],
            whole: None,
            node,
            attribute: None,
            terms: vec![bt::BG_25],
            about: About::TooMany,
            found: None,
            right: None,
            example: Some(format!("<{0}>…</{0}>", tree.qualified(tree.node(node).name))),
            message: Text::new(
                format!("La {fr} dit la même chose que BG-25[{}] : sans elle, les sommes sont justes.", first + 1),
                format!("The {en} says the same as BG-25[{}]: without it, the sums are right.", first + 1),
            ),
            fix: Text::new(
                "Si cette ligne figure deux fois par erreur, en retirer une ; sinon, corriger les sommes.",
                "If this line stands twice by mistake, remove one; else correct the sums.",
            ),
        });
        if all.len() == 1 {
            break;
        }
    }
    all
}

/// Another text for the value of a term.
pub(super) fn text(read: &Read<'_>, value: Occurrence<'_>, right: String) -> Suspect {
    let node: NodeId = value.node();
    Suspect {
        own: None,
        edits: vec![Edit::Text { node, value: right.clone() }],
        whole: None,
        node,
        attribute: None,
        terms: vec![value.term()],
        about: About::Value,
        found: Some(quote(value.trimmed())).filter(|found| !found.is_empty()),
        example: Some(formats::put_right(read.invoice.tree(), node, Some(&right), None, None)),
        right: Some(right),
        message: Text::default(),
        fix: Text::default(),
    }
}
