//! The lines: IT1 with what stands in its loop. X12 states no net amount of a line: it is quantity times price, with the line's allowances and charges.

use super::amounts;
use super::binding;
use super::charges;
use super::gather::{Gather, place, put, says};
use super::settings;
use super::tree::Node;
use super::{How, Topic, words};
use crate::decimal::{self, Decimal};
use crate::invoice::{Draft, Said, Term, bt};
use crate::x12::Segment;

/// Reads all lines; the net amount of each, where it can be computed.
pub fn read(gather: &mut Gather<'_>, root: &Node<'_>) -> Vec<Option<Decimal>> {
    let mut nets = Vec::new();
    let count = root.loops("IT1").count();
    for (it1, n) in root.loops("IT1").zip(1..) {
        // What the last line of a set that was cut has yet to say is not known.
        let open = gather.cut && n == count && root.first("TDS").is_none();
        nets.push(line(gather, it1, n, open));
    }
    nets
}

fn line(gather: &mut Gather<'_>, it1: &Node<'_>, n: usize, open: bool) -> Option<Decimal> {
    let head = it1.segments.first().copied()?;
    gather.used(&head);
    let mut draft = Draft::group(bt::BG_25, Some(place(&head, 0)));
    let within = format!("BG-25[{n}]/");
    for segment in &it1.segments {
        for row in binding::rows("IT1").iter().filter(|row| row.segment == segment.tag() && row.takes(segment)) {
            gather.bound(&mut draft, row, segment);
        }
    }
    if !says(&draft, bt::BT_126) {
        put(&mut draft, Said::new(bt::BT_126, n.to_string(), None));
        gather.made(format!("{within}BT-126"), bt::BT_126, How::Derived, words::line_number);
    }
    let unit = unit(gather, &mut draft, &head, &within);
    let base = price_base(gather, &mut draft, &head, unit, &within);
    items(gather, &mut draft, &head);
    names(gather, &mut draft, it1, &within);
    let quantity = gather.number(&head, 2, &[bt::BT_129]).map(|quantity| gather.turn(quantity));
    let price = price(gather, &mut draft, it1, &head, &within);
    let gross = quantity
        .zip(price)
        .zip(base)
        .and_then(|((quantity, price), base)| decimal::mul(quantity, price)?.checked_div(base));
    let charged = charges::line(gather, it1, &mut draft, gross, &within);
    let whole = sub_lines(gather, it1) && !open;
    let net = gross.filter(|_| whole).and_then(|gross| charged.over(gross)).and_then(amounts::cents);
    match net {
        None if !whole => {}
        Some(net) => {
            put(&mut draft, Said::new(bt::BT_131, amounts::text(net), Some(place(&head, 0))));
            gather.made(format!("{within}BT-131"), bt::BT_131, How::Derived, words::net);
        }
        None => gather.remark(Topic::Arithmetic, &head, 0, &[bt::BT_131], words::no_net()),
    }
    gather.draft.groups.push(draft);
    net
}

/// Do the sub-lines leave the line's amount alone? EN 16931 has no sub-lines: they are told as not carried. Those included in the line's price (SLN03 is I)
/// or for information (O) change nothing; any other that has a price, an allowance, a charge or a tax of its own may be owed on top.
fn sub_lines(gather: &mut Gather<'_>, it1: &Node<'_>) -> bool {
    let mut whole = true;
    for sln in it1.loops("SLN") {
        let Some(head) = sln.segments.first().copied() else { continue };
        let priced = head.value(6).is_some_and(|price| amounts::number(&price).is_none_or(|price| !price.is_zero()));
        let more = sln.loops("SAC").flat_map(|sac| sac.first("SAC")).any(|sac| matches!(&*sac.text(1), "A" | "C"))
            || sln.loops.iter().any(|inside| inside.tag == "TXI")
            || sln.first("TXI").is_some()
            || sln.all("SAC").any(|sac| matches!(&*sac.text(1), "A" | "C"));
        let aside = match &*head.text(3) {
            "I" => !more,
            "O" => true,
            _ => !priced && !more,
        };
        if !aside {
            gather.remark(Topic::Ambiguous, &head, 3, &[bt::BT_131], words::sub_line(&head.text(3)));
            whole = false;
        }
    }
    whole
}

/// IT103, in Rec 20 or 21. A unit without counterpart is not said: its letters may mean another there.
fn unit(gather: &mut Gather<'_>, draft: &mut Draft, head: &Segment<'_>, within: &str) -> Option<String> {
    let written = head.component(3, 1)?.into_owned();
    let by_partner = settings::of(&gather.settings.units, &written).map(str::to_owned);
    let how = if by_partner.is_some() { How::Partner } else { How::Derived };
    let Some(unit) = by_partner.or_else(|| binding::unit(&written).map(str::to_owned)) else {
        gather.remark(Topic::Code, head, 3, &[bt::BT_130], words::unknown_unit(&written));
        return Some(written);
    };
    if unit != written {
        gather.made_with(format!("{within}BT-130"), bt::BT_130, how, words::unit(&written, &unit));
    }
    put(draft, Said::new(bt::BT_130, unit, Some(place(head, 3))));
    Some(written)
}

/// For how many the price is: 1, unless IT105 says per hundred, per thousand, per dozen. None where it is in another unit than the quantity, or where
/// the code says nothing that is known: the price may be for any number.
fn price_base(
    gather: &mut Gather<'_>,
    draft: &mut Draft,
    head: &Segment<'_>,
    unit: Option<String>,
    within: &str,
) -> Option<Decimal> {
    let code = head.text(5);
    if code.is_empty() || code == "NC" {
        return Some(Decimal::ONE);
    }
    let Some([count, of, _]) = binding::code("639", &code) else {
        gather.remark(Topic::Code, head, 5, &[bt::BT_149, bt::BT_131], words::unknown_basis(&code));
        return None;
    };
    if !of.is_empty() && unit.as_deref() != Some(of) {
        // A price for a dozen pieces is one for one dozen.
        if *of == "EA" && matches!(unit.as_deref(), Some("DZ")) {
            return Some(Decimal::ONE);
        }
        if !(*of == "EA" && matches!(unit.as_deref(), Some("PC" | "UN"))) {
            gather.remark(Topic::Ambiguous, head, 5, &[bt::BT_149, bt::BT_131], words::price_unit(&code));
            return None;
        }
    }
    if *count != "1" {
        put(draft, Said::new(bt::BT_149, *count, Some(place(head, 5))));
        gather.made_with(format!("{within}BT-149"), bt::BT_149, How::Derived, words::price_base(&code, count));
    }
    amounts::number(count)
}

/// IT104; nothing, where IT105 says that nothing is charged; else the net price of CTP, where there is one alone and nothing is said of quantities
/// or multipliers with it.
fn price(
    gather: &mut Gather<'_>,
    draft: &mut Draft,
    it1: &Node<'_>,
    head: &Segment<'_>,
    within: &str,
) -> Option<Decimal> {
    if head.value(4).is_some() {
        return gather.number(head, 4, &[bt::BT_146]);
    }
    if head.text(5) == "NC" {
        put(draft, Said::new(bt::BT_146, "0", Some(place(head, 5))));
        gather.made(format!("{within}BT-146"), bt::BT_146, How::Derived, words::no_price);
        return Some(Decimal::ZERO);
    }
    let mut net = it1.all("CTP").filter(|ctp| binding::code("236", &ctp.text(2)).is_some());
    let ctp = net.next().filter(|ctp| [4, 6, 7, 8].iter().all(|e| ctp.value(*e).is_none()))?;
    if net.next().is_some() {
        return None;
    }
    let price = gather.number(&ctp, 3, &[bt::BT_146])?;
    gather.used(&ctp);
    put(draft, Said::new(bt::BT_146, amounts::plain(&ctp.text(3)), Some(place(&ctp, 3))));
    gather.made(format!("{within}BT-146"), bt::BT_146, How::Derived, words::net_price);
    Some(price)
}

/// Pairs of qualifier and identifier, from IT106 on.
fn items(gather: &mut Gather<'_>, draft: &mut Draft, head: &Segment<'_>) {
    for e in (6..=24).step_by(2) {
        let (Some(qualifier), Some(id)) = (head.value(e), head.value(e + 1)) else { continue };
        let known = binding::code("235", &qualifier).and_then(|[term, scheme, _]| Some((Term::parse(term)?, scheme)));
        let Some((term, scheme)) = known.filter(|(term, _)| !says(draft, *term)) else {
            gather.remark(Topic::Unread, head, e, &[bt::BG_31], words::unread_item(&qualifier));
            continue;
        };
        let mut said = Said::new(term, id, Some(place(head, e + 1)));
        if !scheme.is_empty() {
            said = said.with(bt::BT_157_1, *scheme, Some(place(head, e)));
        }
        put(draft, said);
    }
}

/// PID with a text (F, X): colour and size are attributes (BG-32), of the others the first is the name and the rest describes.
fn names(gather: &mut Gather<'_>, draft: &mut Draft, it1: &Node<'_>, within: &str) {
    let texts = it1.loops("PID").filter_map(|pid| pid.segments.first().copied());
    let (mut described, mut attributes): (Option<Said>, Vec<Draft>) = (None, Vec::new());
    for pid in texts.filter(|pid| matches!(&*pid.text(1), "F" | "X")) {
        let Some(text) = pid.value(5) else { continue };
        gather.used(&pid);
        let at = Some(place(&pid, 5));
        if let Some([name, ..]) = binding::code("750", &pid.text(2)) {
            let mut attribute = Draft::group(bt::BG_32, Some(place(&pid, 0)));
            attribute.said.push(Said::new(bt::BT_160, *name, Some(place(&pid, 2))));
            attribute.said.push(Said::new(bt::BT_161, text, at));
            attributes.push(attribute);
            let address = format!("{within}BG-32[{}]/BT-160", attributes.len());
            gather.made(address, bt::BT_160, How::Derived, words::characteristic);
        } else if !says(draft, bt::BT_153) {
            put(draft, Said::new(bt::BT_153, text, at));
        } else if let Some(more) = &mut described {
            more.text.push('\n');
            more.text.push_str(&text);
        } else {
            described = Some(Said::new(bt::BT_154, text, at));
        }
    }
    if let Some(described) = described {
        put(draft, described);
    }
    if !attributes.is_empty() {
        let at = draft.groups.iter().position(|group| group.term == Some(bt::BG_31)).unwrap_or_else(|| {
            draft.groups.push(Draft::group(bt::BG_31, None));
            draft.groups.len() - 1
        });
        draft.groups[at].groups.append(&mut attributes); // invariant: it is there, or was just pushed
    }
}
