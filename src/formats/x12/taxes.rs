//! TXI: value added tax, and other taxes. X12 has no VAT categories: they come from the partner's settings, or stay unsaid.

use std::collections::BTreeMap;

use super::amounts;
use super::charges::Charged;
use super::gather::{Gather, place, put, says, text_of};
use super::settings;
use super::tree::Node;
use super::{How, Topic, words};
use crate::decimal::{self, Decimal};
use crate::invoice::{Draft, Place, Said, Term, bt};
use crate::x12::Segment;

/// Value added tax as a whole.
#[derive(Debug, Default)]
pub struct Taxed {
    /// None where nothing says it.
    pub vat: Option<Decimal>,
    pub place: Option<Place>,
    pub derived: bool,
}

/// Taxes that are no VAT, with their amounts: those of the summary; those of lines only where the summary has none of that type.
pub fn others<'a>(gather: &mut Gather<'_>, root: &Node<'a>) -> Vec<(String, Decimal, Segment<'a>)> {
    let mut found: Vec<(String, Decimal, Segment<'a>)> = Vec::new();
    let stated: Vec<_> = root.all("TXI").filter(|txi| !is_vat(gather, txi)).collect();
    for txi in stated {
        gather.used(&txi);
        match gather.number(&txi, 2, &[bt::BT_99]) {
            // Nothing is owed, and nothing said by it.
            Some(amount) if amount.is_zero() => {}
            Some(amount) => found.push((txi.text(1).into_owned(), gather.turn(amount), txi)),
            None if txi.value(6).is_some() => {}
            None => gather.remark(Topic::Tax, &txi, 2, &[bt::BT_99], words::no_tax_amount()),
        }
    }
    let summed: Vec<String> = found.iter().map(|(kind, ..)| kind.clone()).collect();
    let mut of_lines: BTreeMap<String, (Decimal, Segment<'a>)> = BTreeMap::new();
    let of_each = root.loops("IT1").flat_map(|it1| it1.all("TXI")).filter(|txi| !is_vat(gather, txi));
    for txi in of_each.collect::<Vec<_>>() {
        let kind = txi.text(1).into_owned();
        gather.used(&txi);
        let Some(amount) = gather.number(&txi, 2, &[bt::BT_99]).filter(|amount| !amount.is_zero()) else { continue };
        if !summed.contains(&kind) {
            let amount = gather.turn(amount);
            let sum = of_lines.entry(kind).or_insert((Decimal::ZERO, txi));
            sum.0 = sum.0.checked_add(amount).unwrap_or(sum.0);
        }
    }
    found.extend(of_lines.into_iter().map(|(kind, (amount, txi))| (kind, amount, txi)));
    found
}

/// Value added tax: the breakdown as the summary states it, or from the lines; rates of lines.
pub fn read(gather: &mut Gather<'_>, root: &Node<'_>, nets: &[Option<Decimal>], charged: &Charged) -> Taxed {
    let taxable =
        nets.iter().copied().collect::<Option<Vec<_>>>().and_then(decimal::sum).and_then(|net| charged.over(net));
    // Of lines and taxes that never came nobody knows anything.
    let taxable = taxable.filter(|_| !gather.cut);
    let mut stated: Vec<Segment<'_>> = root.all("TXI").filter(|txi| is_vat(gather, txi)).collect();
    let idle: Vec<u32> = stated.iter().filter(|txi| is_idle(root, txi)).map(Segment::number).collect();
    // Of those that say nothing, whole segments are told as not carried.
    if idle.len() < stated.len() {
        stated.retain(|txi| !idle.contains(&txi.number()));
    }
    let only = only_rate(gather, &stated, taxable);
    let rates: Vec<Decimal> = stated.iter().filter_map(|txi| proven(gather, txi)).collect();
    of_lines(gather, root, nets, (only, &rates));
    only.into_iter().for_each(|rate| all_lines_at(gather, rate));
    if let Some(rate) =
        only.or_else(|| if stated.is_empty() && !gather.cut { rate_of_lines(&gather.draft) } else { None })
    {
        all_charges_at(gather, rate);
    }
    if stated.is_empty() && gather.cut {
        return Taxed::default();
    }
    if stated.is_empty() {
        return from_lines(gather, root);
    }
    let mut taxed = Taxed { vat: Some(Decimal::ZERO), place: None, derived: stated.len() > 1 };
    for (txi, n) in stated.iter().zip(1usize..) {
        gather.used(txi);
        let mut group = Draft::group(bt::BG_23, Some(place(txi, 0)));
        let amount = gather.number(txi, 2, &[bt::BT_117]).map(|amount| gather.turn(amount));
        taxed.vat = taxed.vat.zip(amount).and_then(|(sum, amount)| decimal::add(sum, amount));
        taxed.place = Some(place(txi, 2));
        if let Some(amount) = amount {
            group.said.push(Said::new(bt::BT_117, amounts::text(amount), Some(place(txi, 2))));
        }
        let stated_base = gather.number(txi, 8, &[bt::BT_116]).map(|base| gather.turn(base));
        let base = stated_base.or(taxable.filter(|_| stated.len() == 1));
        if let Some(base) = base {
            group.said.push(Said::new(bt::BT_116, amounts::text(base), stated_base.map(|_| place(txi, 8))));
            if stated_base.is_none() {
                gather.made(format!("BG-23[{n}]/BT-116"), bt::BT_116, How::Derived, words::taxable);
            }
        }
        let rate = rate(gather, txi, base, amount, &format!("BG-23[{n}]/BT-119"), bt::BT_119);
        if let Some((rate, at)) = rate {
            group.said.push(Said::new(bt::BT_119, amounts::text(rate), Some(at)));
        }
        constants(gather, &mut group, n, &[bt::BT_118, bt::BT_120, bt::BT_121]);
        gather.draft.groups.push(group);
    }
    taxed
}

/// The rate of the summary's one breakdown, where its base is all there is: that of every line, allowance and charge.
fn only_rate(gather: &Gather<'_>, stated: &[Segment<'_>], taxable: Option<Decimal>) -> Option<Decimal> {
    let [txi] = stated else { return None };
    let number = |e: usize| txi.value(e).and_then(|text| amounts::number(&text));
    let taxable = taxable.filter(|all| number(8).is_none_or(|base| gather.turn(base) == *all))?;
    amounts::percent(number(3)?, taxable, gather.turn(number(2)?))
}

/// Does it state a rate that no line has, and nothing of nothing by it?
fn is_idle(root: &Node<'_>, txi: &Segment<'_>) -> bool {
    let number = |txi: &Segment<'_>, e: usize| txi.value(e).and_then(|text| amounts::number(&text));
    let zero = |e| number(txi, e).is_some_and(|amount| amount.is_zero());
    let Some(rate) = number(txi, 3).filter(|rate| !rate.is_zero()) else { return false };
    let mut lines = root.loops("IT1").flat_map(|it1| it1.all("TXI"));
    zero(2) && zero(8) && lines.all(|line| number(&line, 3) != Some(rate))
}

/// The rate of a breakdown of the summary, as its base and amount prove it.
fn proven(gather: &Gather<'_>, txi: &Segment<'_>) -> Option<Decimal> {
    let number = |e: usize| txi.value(e).and_then(|text| amounts::number(&text));
    let rate = amounts::percent(number(3)?, gather.turn(number(8)?), gather.turn(number(2)?))?;
    Some(rate.normalize())
}

/// The rate of the summary that a line's TXI03 means, where in its two readings it is one of them alone.
fn among(rates: &[Decimal], written: Decimal) -> Option<Decimal> {
    let fraction = decimal::mul(written, Decimal::ONE_HUNDRED);
    let mut meant = rates.iter().copied().filter(|rate| *rate == written || Some(*rate) == fraction);
    let first = meant.next()?;
    meant.all(|other| other == first).then_some(first)
}

/// The one rate that every line states, where the summary states no VAT.
fn rate_of_lines(draft: &Draft) -> Option<Decimal> {
    let mut rates = draft.groups(bt::BG_25).map(|line| text_of(line, bt::BT_152).and_then(amounts::number));
    let first = rates.next()??;
    rates.all(|rate| rate == Some(first)).then_some(first)
}

/// The one rate of the invoice, for allowances and charges of the summary, of which X12 states none.
fn all_charges_at(gather: &mut Gather<'_>, rate: Decimal) {
    let mut made = Vec::new();
    for (group, term) in [(bt::BG_20, bt::BT_96), (bt::BG_21, bt::BT_103)] {
        for (one, n) in gather.draft.groups.iter_mut().filter(|g| g.term == Some(group)).zip(1..) {
            if !says(one, term) {
                put(one, Said::new(term, amounts::text(rate), None));
                made.push((format!("{group}[{n}]/{term}"), term));
            }
        }
    }
    made.into_iter().for_each(|(address, term)| gather.made(address, term, How::Derived, words::only_rate));
}

/// What the partner's constants say of a breakdown.
fn constants(gather: &mut Gather<'_>, group: &mut Draft, n: usize, terms: &[Term]) {
    for term in terms {
        let text = settings::of(&gather.settings.constants, term.id()).map(str::to_owned);
        if let Some(text) = text {
            group.said.push(Said::new(*term, text, None));
            gather.made(format!("BG-23[{n}]/{term}"), *term, How::Partner, words::constant);
        }
    }
}

fn is_vat(gather: &Gather<'_>, txi: &Segment<'_>) -> bool {
    let kind = txi.text(1);
    kind == "VA" || gather.settings.vat_types.iter().any(|known| *known == kind)
}

/// TXI03, a percentage as a decimal, which some write as a percent: what base and amount prove.
fn rate(
    gather: &mut Gather<'_>,
    txi: &Segment<'_>,
    base: Option<Decimal>,
    amount: Option<Decimal>,
    address: &str,
    term: Term,
) -> Option<(Decimal, Place)> {
    let written = gather.number(txi, 3, &[term])?;
    let meant = base.zip(amount).and_then(|(base, amount)| amounts::percent(written, base, amount));
    match meant {
        Some(rate) => {
            if rate != written.normalize() {
                gather.made(address, term, How::Derived, words::fraction);
            }
            Some((rate, place(txi, 3)))
        }
        None => {
            gather.remark(Topic::Ambiguous, txi, 3, &[term], words::percent_unproven("TXI03"));
            None
        }
    }
}

/// The rates that lines state; `only` is the rate of all, where the summary says that there is one. The amounts of a line's tax (TXI02, TXI08) are told: EN 16931
/// has them in the breakdown alone.
fn of_lines(
    gather: &mut Gather<'_>,
    root: &Node<'_>,
    nets: &[Option<Decimal>],
    (only, rates_stated): (Option<Decimal>, &[Decimal]),
) {
    let proves = |base: &Option<Decimal>, amount: &Option<Decimal>| {
        base.zip(*amount).is_some_and(|(base, amount)| !base.is_zero() || !amount.is_zero())
    };
    let mut rates = Vec::new();
    for ((it1, net), n) in root.loops("IT1").zip(nets).zip(1usize..) {
        let mut read: Option<Decimal> = None;
        for txi in it1.all("TXI").filter(|txi| is_vat(gather, txi)).collect::<Vec<_>>() {
            gather.used(&txi);
            let amount = gather.number(&txi, 2, &[bt::BT_152]).map(|amount| gather.turn(amount));
            let base = gather.number(&txi, 8, &[bt::BT_152]).map(|base| gather.turn(base)).or(*net);
            let address = format!("BG-25[{n}]/BT-152");
            for e in [2, 8].into_iter().filter(|e| txi.value(*e).is_some()) {
                gather.remark(Topic::Unread, &txi, e, &[bt::BT_152], words::tax_of_line(e));
            }
            let written = txi.value(3).and_then(|text| amounts::number(&text));
            let meant = written.and_then(|written| among(rates_stated, written)).filter(|_| !proves(&base, &amount));
            let rate = match (only.zip(written), meant) {
                (Some((only, written)), _) => at_only(gather, &txi, (only, written), (base, amount), &address),
                (None, Some(rate)) => {
                    if Some(rate) != written.map(|written| written.normalize()) {
                        gather.made(address.as_str(), bt::BT_152, How::Derived, words::fraction);
                    }
                    Some((rate, place(&txi, 3)))
                }
                (None, None) => rate(gather, &txi, base, amount, &address, bt::BT_152),
            };
            if let Some((read, (other, _))) = read.zip(rate.as_ref()).filter(|(read, (other, _))| read != other) {
                gather.contradiction(&txi, 3, bt::BT_152, [&amounts::text(read), &amounts::text(*other)]);
            }
            read = read.or(rate.as_ref().map(|(rate, _)| *rate));
            rates.extend(rate.map(|(rate, at)| (n, Said::new(bt::BT_152, amounts::text(rate), Some(at)))));
        }
    }
    let mut rates = rates.into_iter().peekable();
    for (line, n) in gather.draft.groups.iter_mut().filter(|g| g.term == Some(bt::BG_25)).zip(1usize..) {
        while let Some((_, said)) = rates.next_if(|(of, _)| *of == n) {
            if !says(line, bt::BT_152) {
                put(line, said);
            }
        }
    }
}

/// What TXI03 of a line means where the summary has one rate for all: that rate, in either of its two readings. Where amounts prove another, or it is that rate
/// in neither reading, the two contradict each other.
fn at_only(
    gather: &mut Gather<'_>,
    txi: &Segment<'_>,
    (only, written): (Decimal, Decimal),
    (base, amount): (Option<Decimal>, Option<Decimal>),
    address: &str,
) -> Option<(Decimal, Place)> {
    let proven = base.zip(amount).and_then(|(base, amount)| amounts::percent(written, base, amount));
    let is_fraction = decimal::mul(written, Decimal::ONE_HUNDRED) == Some(only);
    if proven.is_none() && !is_fraction && written != only {
        gather.contradiction(txi, 3, bt::BT_152, [&amounts::text(only), &amounts::text(written)]);
        return None;
    }
    // Of nothing, any percentage is nothing.
    let agrees = |base, amount: Decimal| amounts::part(base, only).is_some_and(|part| amounts::near(part, amount));
    if let (None, Some((base, amount))) = (proven, base.zip(amount).filter(|(base, amount)| !agrees(*base, *amount))) {
        gather.remark(Topic::Arithmetic, txi, 2, &[bt::BT_152], words::tax_of_line_differs(amount, base, only));
    }
    let rate = proven.unwrap_or(only);
    if rate != written.normalize() {
        gather.made(address, bt::BT_152, How::Derived, words::fraction);
    }
    Some((rate, place(txi, 3)))
}

/// The one rate of the summary, whose base is all there is, is that of every line.
fn all_lines_at(gather: &mut Gather<'_>, rate: Decimal) {
    let mut made = Vec::new();
    for (line, n) in gather.draft.groups.iter_mut().filter(|g| g.term == Some(bt::BG_25)).zip(1..) {
        if !says(line, bt::BT_152) {
            put(line, Said::new(bt::BT_152, amounts::text(rate), None));
            made.push(format!("BG-25[{n}]/BT-152"));
        }
    }
    made.into_iter().for_each(|address| gather.made(address, bt::BT_152, How::Derived, words::only_rate));
}

/// Where the summary states no VAT: a breakdown by category and rate of lines, allowances and charges, if all of them say one.
fn from_lines(gather: &mut Gather<'_>, root: &Node<'_>) -> Taxed {
    let parts = [
        (bt::BG_25, bt::BT_131, bt::BT_151, bt::BT_152, true),
        (bt::BG_20, bt::BT_92, bt::BT_95, bt::BT_96, false),
        (bt::BG_21, bt::BT_99, bt::BT_102, bt::BT_103, true),
    ];
    let mut bases: BTreeMap<(String, Decimal), Decimal> = BTreeMap::new();
    for (group, amount, category, rate, adds) in parts {
        for instance in gather.draft.groups(group) {
            let amount = text_of(instance, amount).and_then(amounts::number);
            let (Some(amount), Some(category)) = (amount, text_of(instance, category)) else { return Taxed::default() };
            let rate = text_of(instance, rate).and_then(amounts::number).unwrap_or_default().normalize();
            let base = bases.entry((category.to_owned(), rate)).or_default();
            let sum = if adds { decimal::add(*base, amount) } else { decimal::sub(*base, amount) };
            let Some(sum) = sum else { return Taxed::default() };
            *base = sum;
        }
    }
    let lines_state = root.loops("IT1").flat_map(|it1| it1.all("TXI")).any(|txi| is_vat(gather, &txi));
    let rates_state = bases.keys().any(|(_, rate)| !rate.is_zero());
    if bases.is_empty() || (lines_state && !rates_state) {
        return Taxed::default();
    }
    let mut vat = Some(Decimal::ZERO);
    for (((category, rate), base), n) in bases.into_iter().zip(1..) {
        let tax = amounts::part(base, rate);
        vat = vat.zip(tax).and_then(|(vat, tax)| decimal::add(vat, tax));
        let Some(tax) = tax else { continue };
        let mut group = Draft::group(bt::BG_23, None);
        let said = [
            (bt::BT_116, amounts::text(base)),
            (bt::BT_117, amounts::text(tax)),
            (bt::BT_118, category),
            (bt::BT_119, amounts::text(rate)),
        ];
        for (term, text) in said {
            group.said.push(Said::new(term, text, None));
            gather.made(format!("BG-23[{n}]/{term}"), term, How::Derived, words::from_lines);
        }
        constants(gather, &mut group, n, &[bt::BT_120, bt::BT_121]);
        gather.draft.groups.push(group);
    }
    Taxed { vat, place: None, derived: true }
}
