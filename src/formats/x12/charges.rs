//! Allowances and charges: SAC of a line and of the summary, and taxes that are no VAT, which EN 16931 has as charges.

use super::amounts::{self, Amount};
use super::binding;
use super::gather::{Gather, place, put};
use super::taxes;
use super::tree::Node;
use super::{How, Topic, words};
use crate::decimal::{self, Decimal};
use crate::invoice::{Draft, Said, Term, bt};
use crate::x12::Segment;

/// The terms of an allowance or a charge: group, amount, base, percentage, reason, code of the reason.
type Terms = [Term; 6];
const LINE: [Terms; 2] = [
    [bt::BG_27, bt::BT_136, bt::BT_137, bt::BT_138, bt::BT_139, bt::BT_140],
    [bt::BG_28, bt::BT_141, bt::BT_142, bt::BT_143, bt::BT_144, bt::BT_145],
];
const DOCUMENT: [Terms; 2] = [
    [bt::BG_20, bt::BT_92, bt::BT_93, bt::BT_94, bt::BT_97, bt::BT_98],
    [bt::BG_21, bt::BT_99, bt::BT_100, bt::BT_101, bt::BT_104, bt::BT_105],
];

/// What allowances and charges come to; none where an amount of one is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Charged {
    pub allowances: Option<Decimal>,
    pub charges: Option<Decimal>,
    /// How many allowances and charges there are.
    counts: [usize; 2],
}

impl Charged {
    fn none() -> Charged {
        Charged { allowances: Some(Decimal::ZERO), charges: Some(Decimal::ZERO), counts: [0; 2] }
    }

    /// An amount with these on top.
    pub fn over(&self, amount: Decimal) -> Option<Decimal> {
        decimal::add(decimal::sub(amount, self.allowances?)?, self.charges?)
    }

    fn count(&mut self, is_charge: bool, amount: Option<Decimal>) {
        let sum = if is_charge { &mut self.charges } else { &mut self.allowances };
        *sum = sum.zip(amount).and_then(|(sum, amount)| decimal::add(sum, amount));
    }
}

/// Those of a line; `gross` is quantity times price.
pub fn line(
    gather: &mut Gather<'_>,
    it1: &Node<'_>,
    draft: &mut Draft,
    gross: Option<Decimal>,
    address: &str,
) -> Charged {
    let mut charged = Charged::none();
    for sac in it1.loops("SAC") {
        one(gather, sac, draft, (gross, None), &LINE, address, &mut charged);
    }
    charged
}

/// Those of the summary.
pub fn summary(gather: &mut Gather<'_>, root: &Node<'_>, nets: &[Option<Decimal>]) -> Charged {
    let mut charged = Charged::none();
    let mut draft = std::mem::take(&mut gather.draft);
    let net = nets.iter().copied().collect::<Option<Vec<_>>>().and_then(decimal::sum);
    let by_total = net.and_then(|net| by_total(gather, root, net));
    for sac in root.loops("SAC") {
        let proven = by_total.as_ref().filter(|(at, _)| sac.segments.first().is_some_and(|s| s.number() == *at));
        let proven = proven.map(|(_, amount)| *amount);
        one(gather, sac, &mut draft, (net, proven), &DOCUMENT, "", &mut charged);
    }
    for (kind, amount, segment) in taxes::others(gather, root) {
        let [group, amounts, .., reason, _] = DOCUMENT[1];
        let mut charge = Draft::group(group, Some(place(&segment, 0)));
        charge.said.push(Said::new(amounts, amounts::text(amount), Some(place(&segment, 2))));
        charge.said.push(Said::new(reason, words::tax_reason(&kind), Some(place(&segment, 1))));
        draft.groups.push(charge);
        charged.counts[1] += 1;
        let n = charged.counts[1];
        gather.made_with(format!("{group}[{n}]"), amounts, How::Derived, words::other_tax(&kind));
        charged.count(true, Some(amount));
    }
    gather.draft = draft;
    charged
}

fn one(
    gather: &mut Gather<'_>,
    sac: &Node<'_>,
    draft: &mut Draft,
    (base, proven): (Option<Decimal>, Option<Decimal>),
    terms: &[Terms; 2],
    within: &str,
    charged: &mut Charged,
) {
    let Some(sac) = sac.segments.first().copied() else { return };
    gather.used(&sac);
    let is_charge = match &*sac.text(1) {
        "A" => false,
        "C" => true,
        // N, no allowance or charge; P, Q, R, S: promotions and requests, which change nothing that is owed.
        other => return gather.remark(Topic::Unread, &sac, 0, &[], words::no_charge(other)),
    };
    let [group, amount_term, base_term, percent_term, reason_term, code_term] = terms[usize::from(is_charge)];
    let amount = match proven {
        Some(amount) => Some((amount, 7)),
        None => amount(gather, &sac, amount_term),
    };
    charged.count(is_charge, amount.map(|(amount, _)| amount));
    let Some((amount, e)) = amount else { return };
    let mut charge = Draft::group(group, Some(place(&sac, 0)));
    charged.counts[usize::from(is_charge)] += 1; // invariant: a bool is 0 or 1
    let n = charged.counts[usize::from(is_charge)]; // invariant: a bool is 0 or 1
    let address = |term: Term| format!("{within}{group}[{n}]/{term}");
    put(&mut charge, Said::new(amount_term, amounts::text(amount), Some(place(&sac, e))));
    match e {
        5 => {}
        7 => gather.made(address(amount_term), amount_term, How::Derived, words::by_total),
        _ => gather.made(address(amount_term), amount_term, How::Derived, words::by_rate),
    }
    // With an amount stated, rate and quantity explain it alone.
    for e in [8, 10].into_iter().filter(|at| e != 8 && sac.value(*at).is_some()) {
        gather.remark(Topic::Unread, &sac, e, &[], words::unread_element("SAC", e));
    }
    if let Some(written) = gather.number(&sac, 7, &[percent_term]) {
        let meant = base.and_then(|base| Some((base, amounts::percent(written, base, amount)?)));
        match meant {
            Some((base, percent)) => {
                put(&mut charge, Said::new(base_term, amounts::text(base), Some(place(&sac, 6))));
                gather.made(address(base_term), base_term, How::Derived, words::proven_base);
                put(&mut charge, Said::new(percent_term, amounts::text(percent), Some(place(&sac, 7))));
                if percent != written.normalize() {
                    gather.made(address(percent_term), percent_term, How::Derived, words::fraction);
                }
            }
            None => gather.remark(Topic::Ambiguous, &sac, 7, &[percent_term], words::percent_unproven("SAC07")),
        }
    }
    let known = binding::code("1300", &sac.text(2));
    if let Some(text) = sac.value(15) {
        put(&mut charge, Said::new(reason_term, text, Some(place(&sac, 15))));
    } else if let Some([_, _, name]) = known {
        put(&mut charge, Said::new(reason_term, *name, Some(place(&sac, 2))));
        gather.made(address(reason_term), reason_term, How::Derived, words::name_of_code);
    }
    match known.map(|row| row[usize::from(is_charge)]) {
        Some(code) if !code.is_empty() => put(&mut charge, Said::new(code_term, code, Some(place(&sac, 2)))),
        Some(_) => {}
        None => gather.remark(Topic::Code, &sac, 2, &[code_term], words::unknown_code("SAC02", &sac.text(2))),
    }
    draft.groups.push(charge);
}

/// The amount and the element it comes from: SAC05, which has precedence, or rate times quantity (SAC08, SAC10).
fn amount(gather: &mut Gather<'_>, sac: &Segment<'_>, term: Term) -> Option<(Decimal, usize)> {
    if sac.value(5).is_some() {
        return Some((gather.n2(sac, 5, &[term])?, 5));
    }
    if let (Some(rate), Some(quantity)) = (gather.number(sac, 8, &[term]), gather.number(sac, 10, &[term])) {
        return Some((gather.turn(amounts::cents(decimal::mul(rate, quantity)?)?), 8));
    }
    gather.remark(Topic::Ambiguous, sac, 0, &[term], words::no_amount());
    None
}

/// Where one allowance or charge of the summary alone has a percentage and no amount, and what is missing of TDS01 is that percentage of the lines in
/// exactly one of its two readings: its segment and its amount.
fn by_total(gather: &Gather<'_>, root: &Node<'_>, net: Decimal) -> Option<(u32, Decimal)> {
    let implied = gather.settings.implied_decimals;
    let n2 = |segment: &Segment<'_>, e: usize| match amounts::n2(&segment.value(e)?, implied) {
        Amount::Known(value) | Amount::Pointed(value) => Some(gather.turn(value)),
        Amount::Bad => None,
    };
    let sacs = root.loops("SAC").filter_map(|sac| sac.segments.first().copied());
    let sacs: Vec<_> = sacs.filter(|sac| matches!(&*sac.text(1), "A" | "C")).collect();
    let mut open = sacs.iter().filter(|sac| sac.value(5).is_none() && sac.value(8).is_none());
    let (sac, None) = (open.next()?, open.next()) else { return None };
    let percent = amounts::number(&sac.value(7)?)?;
    let mut missing = decimal::sub(n2(&root.first("TDS")?, 1)?, net)?;
    for other in sacs.iter().filter(|other| other.number() != sac.number()) {
        let amount = n2(other, 5)?;
        missing = if other.text(1) == "A" { decimal::add(missing, amount)? } else { decimal::sub(missing, amount)? };
    }
    for txi in root.all("TXI").filter(|txi| txi.value(2).is_some()) {
        missing = decimal::sub(missing, gather.turn(amounts::number(&txi.text(2))?))?;
    }
    let amount = if sac.text(1) == "A" { -missing } else { missing };
    let readings = [percent, decimal::mul(percent, Decimal::ONE_HUNDRED)?];
    let fitting = readings.into_iter().filter(|percent| amounts::part(net, *percent) == Some(amount)).count();
    (fitting == 1 && !amount.is_zero()).then_some((sac.number(), amount))
}
