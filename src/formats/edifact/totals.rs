//! Document totals of the directories before EN 16931: which amount is the invoice total is a matter of guides, and some totals have no code at all.

use crate::decimal::{self, Decimal};
use crate::edifact::{Segment, plain};
use crate::invoice::{Draft, Place, Said, Term, bt};
use crate::text::Text;

use super::doubt::differ;
use super::fill::Filler;
use super::groups::MESSAGE;
use super::line::value;
use super::structure::{Directory, tag};
use super::{Doubt, Remark, Why};

/// Completes BG-22. What the message states is never changed; what its directory has no code for is computed and told as such.
pub(super) fn finish(filler: &mut Filler<'_>, draft: &mut Draft) {
    second_currency(filler, draft);
    paid(filler, draft);
    empty(filler);
    beside(filler, draft, bt::BT_109, &["389", "125"], None);
    beside(filler, draft, bt::BT_110, &TAX[..3], None);
    beside(filler, draft, bt::BT_114, &["366", "165"], None);
    if filler.directory == Directory::D16B {
        return;
    }
    let sum = |draft: &Draft, group: Term, term: Term| -> Option<Decimal> {
        let amounts: Option<Vec<Decimal>> = draft.groups(group).map(|g| g.first(term).and_then(value)).collect();
        decimal::sum(amounts?).filter(|_| draft.groups(group).next().is_some())
    };
    let (allowances, charges) = (sum(draft, bt::BG_20, bt::BT_92), sum(draft, bt::BG_21, bt::BT_99));
    let missing = |filler: &mut Filler<'_>, draft: &mut Draft, term: Term, amount: Option<Decimal>| {
        // What is stated in another currency is not computed in its place.
        let foreign = filler.doubts.iter().any(|doubt| doubt.foreign && doubt.term == term);
        if let Some(amount) = amount
            && said(draft, term).is_none()
            && !foreign
            // What was cut off may have stated it, or more of its parts.
            && !filler.cut
        {
            let place = draft.groups(bt::BG_22).next().and_then(|totals| totals.place.clone());
            filler.derive(term, place.clone(), Why::Computed);
            let at = draft.groups.iter().position(|group| group.term == Some(bt::BG_22)).unwrap_or_else(|| {
                draft.groups.push(Draft::group(bt::BG_22, place.clone()));
                draft.groups.len() - 1
            });
            draft.groups[at].said.push(Said::new(term, decimal::plain(amount), place));
        }
    };
    missing(filler, draft, bt::BT_107, allowances);
    missing(filler, draft, bt::BT_108, charges);
    let number = |draft: &Draft, term| said(draft, term).and_then(value);
    // Without a total before VAT, what the lines, allowances and charges come to is it, where the breakdown's amounts are what the gross total has more.
    let net = || {
        let less = decimal::sub(number(draft, bt::BT_106)?, number(draft, bt::BT_107).unwrap_or_default())?;
        let net = decimal::add(less, number(draft, bt::BT_108).unwrap_or_default())?;
        let more = decimal::sub(number(draft, bt::BT_112)?, net)?;
        (sum(draft, bt::BG_23, bt::BT_117)? == more).then_some(net)
    };
    let net = net();
    missing(filler, draft, bt::BT_109, net);
    // Without a total of VAT, the breakdown's amounts are it, where they are what lies between the totals.
    let between =
        number(draft, bt::BT_112).zip(number(draft, bt::BT_109)).and_then(|(gross, base)| decimal::sub(gross, base));
    let tax = sum(draft, bt::BG_23, bt::BT_117).filter(|tax| Some(*tax) == between);
    missing(filler, draft, bt::BT_110, tax);
    let (gross, tax) = (number(draft, bt::BT_112), number(draft, bt::BT_110));
    missing(filler, draft, bt::BT_109, gross.zip(tax).and_then(|(gross, tax)| decimal::sub(gross, tax)));
    chosen_total(filler, draft);
    let (gross, paid) = (number(draft, bt::BT_112), number(draft, bt::BT_113).unwrap_or_default());
    let rounding = number(draft, bt::BT_114).unwrap_or_default();
    missing(filler, draft, bt::BT_115, gross.and_then(|gross| decimal::add(decimal::sub(gross, paid)?, rounding)));
}

/// Totals that are named and say no amount: what was meant is not known.
fn empty(filler: &mut Filler<'_>) {
    const TERMS: [(&str, Term); 7] = [
        ("79", bt::BT_106),
        ("125", bt::BT_109),
        ("176", bt::BT_110),
        ("77", bt::BT_112),
        ("86", bt::BT_112),
        ("113", bt::BT_113),
        ("9", bt::BT_115),
    ];
    let groups = filler.groups;
    let summary = groups.heads().iter().copied().find(|node| groups.tag(groups.trigger(*node)) == tag("UNS"));
    let Some(summary) = summary else { return };
    let found = filler.segments(summary, tag("MOA")).filter(|(_, moa)| moa.text(1, 2).trim().is_empty());
    let found: Vec<(u32, String)> = found.map(|(at, moa)| (at, moa.text(1, 1).trim().to_owned())).collect();
    for (at, code) in found {
        let code: String = code.chars().take(3).collect();
        filler.remarks.push(Remark {
            open: false,
            terms: TERMS.iter().filter(|(own, _)| *own == code).map(|(_, term)| *term).collect(),
            place: filler.place(at, 1, 2),
            what: Text::new(format!("MOA+{code} n’a pas de montant"), format!("MOA+{code} has no amount")),
            fix: Text::new(
                "Demander à l’émetteur le montant ; un montant qui n’est pas dit s’omet avec son segment.",
                "Ask the sender for the amount; one that is not stated is left out with its segment.",
            ),
        });
    }
}

/// Several deposits (MOA+113), two of the same amount too: their sum is what was paid, where total, rounding and amount due prove it. One of 0 beside others
/// says nothing, unless the amount due proves that nothing was paid.
fn paid(filler: &mut Filler<'_>, draft: &mut Draft) {
    let groups = filler.groups;
    let summary = groups.heads().iter().copied().find(|node| groups.tag(groups.trigger(*node)) == tag("UNS"));
    let Some(summary) = summary else { return };
    let currency = filler.currency().to_owned();
    let is_own = |moa: &Segment<'_>| {
        let own = moa.text(1, 3);
        &*moa.text(1, 1) == "113" && (own.trim().is_empty() || own.trim() == currency)
    };
    let mut found: Vec<(u32, Option<Decimal>)> = filler
        .segments(summary, tag("MOA"))
        .filter(|(_, moa)| is_own(moa))
        .map(|(at, moa)| (at, plain(moa.text(1, 2).trim()).ok().and_then(|text| decimal::parse(&text).ok())))
        .collect();
    if found.len() < 2 {
        return;
    }
    let due = said(draft, bt::BT_115).and_then(value);
    let rounding = said(draft, bt::BT_114).and_then(value).unwrap_or_default();
    let left = |paid: Decimal, gross: Decimal| decimal::add(decimal::sub(gross, paid)?, rounding);
    let gross: Vec<Decimal> =
        draft.groups(bt::BG_22).flat_map(|totals| totals.all(bt::BT_112)).filter_map(value).collect();
    let proves = |paid: Decimal| due.is_some() && gross.iter().any(|gross| left(paid, *gross) == due);
    let Some(totals) = draft.groups.iter_mut().find(|group| group.term == Some(bt::BG_22)) else { return };
    let is_zero = |amount: Option<Decimal>| amount.is_some_and(|amount| amount.is_zero());
    if !proves(Decimal::ZERO) && !found.iter().all(|(_, amount)| is_zero(*amount)) {
        found.iter().filter(|(_, amount)| is_zero(*amount)).for_each(|(at, _)| filler.read(*at, 1, 1..=3));
        found.retain(|(_, amount)| !is_zero(*amount));
        totals.said.retain(|said| said.term != bt::BT_113 || !is_zero(value(said)));
    }
    if found.len() < 2 {
        return;
    }
    let sum = found.iter().map(|(_, amount)| *amount).collect::<Option<Vec<_>>>().and_then(decimal::sum);
    // One of them that is what was paid says the same as the others, or contradicts them.
    let Some(sum) = sum.filter(|sum| proves(*sum) && !found.iter().any(|one| one.1.is_some_and(proves))) else {
        return;
    };
    totals.said.retain(|said| said.term != bt::BT_113);
    let place = found.first().and_then(|(at, _)| filler.place(*at, 1, 2));
    totals.said.push(Said::new(bt::BT_113, decimal::plain(sum), place.clone()));
    found.iter().for_each(|(at, _)| filler.read(*at, 1, 1..=3));
    filler.derive(bt::BT_113, place, Why::Paid);
}

/// Of several totals (388, 86, 128, 77, 39) the one that is base and VAT; where none is, the first in that order.
fn chosen_total(filler: &mut Filler<'_>, draft: &mut Draft) {
    let known = |term| said(draft, term).and_then(value);
    let (base, tax) = (known(bt::BT_109), known(bt::BT_110));
    let wanted = base.zip(tax).and_then(|(base, tax)| decimal::add(base, tax));
    let known_due = known(bt::BT_115);
    let Some(totals) = draft.groups.iter_mut().find(|group| group.term == Some(bt::BG_22)) else { return };
    let candidates: Vec<Said> = totals.all(bt::BT_112).cloned().collect();
    if candidates.len() < 2 {
        return;
    }
    let right = candidates.iter().find(|said| wanted.is_some() && value(said) == wanted);
    let right = right.cloned();
    let chosen = right.clone().or(candidates.first().cloned());
    totals.said.retain(|said| said.term != bt::BT_112);
    let Some(chosen) = chosen else { return };
    // What is called a total and is what MOA+9 says is due says that again.
    let due = known_due.filter(|_| right.is_some());
    let groups = filler.groups;
    let code = |said: &Said| match said.place {
        Some(Place::Edifact { segment, .. }) => {
            groups.segment(segment.saturating_sub(1)).map(|moa| moa.text(1, 1).into_owned())
        }
        _ => None,
    };
    // Two totals of one code contradict each other; what another code means is a matter of guides.
    for said in candidates.iter().filter(|said| differ(&chosen, said)) {
        if due.is_some() && value(said) == due && code(said) != code(&chosen) {
            continue;
        }
        let (read, other) = (chosen.text.clone(), said.text.clone());
        let open = code(&chosen) == code(said);
        let doubt = Doubt::twice(bt::BT_112, read, other, said.place.clone());
        filler.doubts.push(Doubt { open, ..doubt });
    }
    totals.said.push(chosen);
}

/// BT-111 is the total VAT in the currency of BT-6. A target currency (CUX 3) is that of BT-6 where the message states the total VAT in it.
fn second_currency(filler: &mut Filler<'_>, draft: &mut Draft) {
    let (other, cux) = match (draft.text(bt::BT_6), target(filler)) {
        (Some(stated), _) => (stated.to_owned(), None),
        (None, Some((at, e, code))) => (code, Some((at, e))),
        (None, None) => return,
    };
    if draft.text(bt::BT_5) == Some(&*other) {
        return;
    }
    if draft.groups(bt::BG_22).any(|totals| totals.first(bt::BT_111).is_some()) {
        return beside(filler, draft, bt::BT_111, &TAX, Some(&other));
    }
    let computed = filler.derived.len();
    let Some((amount, place)) = in_currency(filler, &other) else { return };
    // The total VAT in the second currency is no other total in a wrong one; and where it is stated, what is in a third is beside it.
    let stated = filler.derived.len() == computed;
    filler.doubts.retain(|doubt| !doubt.foreign || doubt.place != place && !(stated && doubt.term == bt::BT_111));
    if let Some((at, e)) = cux {
        filler.read(at, e, 1..=3);
        let place = filler.place(at, e, 2);
        filler.derive(bt::BT_6, place.clone(), Why::Target);
        draft.said.push(Said::new(bt::BT_6, &*other, place));
    }
    let at = draft.groups.iter().position(|group| group.term == Some(bt::BG_22)).unwrap_or_else(|| {
        draft.groups.push(Draft::group(bt::BG_22, place.clone()));
        draft.groups.len() - 1
    });
    draft.groups[at].said.push(Said::new(bt::BT_111, amount, place));
    if stated {
        beside(filler, draft, bt::BT_111, &TAX, Some(&other));
    }
}

/// Codes of the total VAT, in the order in which they are read.
const TAX: [&str; 4] = ["176", "150", "124", "2"];

/// Totals of the summary that codes may call what a term is, beside the one that was read: one that says the same is read, too; one that differs is told.
/// `second` is the currency of BT-6, where it is an amount in that.
fn beside(filler: &mut Filler<'_>, draft: &Draft, term: Term, codes: &[&str], second: Option<&str>) {
    let groups = filler.groups;
    let summary = groups.heads().iter().copied().find(|node| groups.tag(groups.trigger(*node)) == tag("UNS"));
    let (Some(summary), Some(read)) = (summary, said(draft, term)) else { return };
    let all: Vec<&Said> = draft.groups(bt::BG_22).flat_map(|totals| totals.all(term)).collect();
    let own = match read.place {
        Some(Place::Edifact { segment: segment @ 1.., .. }) => groups.segment(segment - 1).map(|moa| moa.text(1, 1)),
        _ => None,
    };
    let wanted = second.unwrap_or(filler.currency()).to_owned();
    let found: Vec<(u32, Said, bool)> = filler
        .segments(summary, tag("MOA"))
        .filter(|(_, moa)| codes.contains(&&*moa.text(1, 1)))
        .filter(|(_, moa)| match moa.text(1, 3).trim() {
            "" => second.is_none(),
            currency => currency == wanted,
        })
        .map(|(at, moa)| {
            let text = moa.text(1, 2).trim().to_owned();
            let text = plain(&text).map_or_else(|_| text.clone(), |number| number.into_owned());
            (at, Said::new(term, text, filler.place(at, 1, 2)), own.as_deref() == Some(&*moa.text(1, 1)))
        })
        .filter(|(_, said, _)| !said.text.is_empty() && all.iter().all(|known| known.place != said.place))
        .collect();
    for (at, said, open) in found {
        if differ(read, &said) {
            let doubt = Doubt::twice(term, &*read.text, said.text, said.place);
            filler.doubts.push(Doubt { open, ..doubt });
        } else {
            filler.read(at, 1, 1..=3);
        }
    }
}

/// The target currency of CUX, its segment and element.
fn target(filler: &Filler<'_>) -> Option<(u32, usize, String)> {
    let all = filler.segments(MESSAGE, tag("CUX")).flat_map(|(at, cux)| (1..=2).map(move |e| (at, cux, e)));
    let mut targets = all.filter(|(_, cux, e)| &*cux.text(*e, 1) == "3");
    let (at, cux, e) = targets.next().filter(|_| targets.next().is_none())?;
    let code = cux.text(e, 2).trim().to_owned();
    (!code.is_empty()).then_some((at, e, code))
}

/// The total VAT in a currency, as the summary states it; without one, the sum of what it states of each rate.
fn in_currency(filler: &mut Filler<'_>, currency: &str) -> Option<(String, Option<Place>)> {
    let groups = filler.groups;
    let summary = groups.heads().iter().copied().find(|node| groups.tag(groups.trigger(*node)) == tag("UNS"))?;
    let own = |filler: &Filler<'_>, node: u32, codes: &[&str]| {
        let amounts = filler.segments(node, tag("MOA"));
        let mut amounts = amounts.filter(|(_, moa)| *moa.text(1, 3).trim() == *currency);
        let found = amounts.find(|(_, moa)| codes.contains(&&*moa.text(1, 1)))?;
        let text = found.1.text(1, 2).trim().to_owned();
        Some((found.0, plain(&text).map_or_else(|_| text.clone(), |number| number.into_owned())))
    };
    if let Some((at, amount)) = [["176"], ["150"], ["124"], ["2"]].iter().find_map(|codes| own(filler, summary, codes))
    {
        filler.read(at, 1, 1..=3);
        return Some((amount, filler.place(at, 1, 2)));
    }
    let taxes = groups.children(summary).filter(|node| groups.tag(groups.trigger(*node)) == tag("TAX"));
    let vat = taxes
        .filter(|node| groups.segment(groups.trigger(*node)).is_some_and(|tax| matches!(&*tax.text(2, 1), "VAT" | "")));
    let parts: Option<Vec<(u32, String)>> = vat.map(|node| own(filler, node, &["124", "161"])).collect();
    let parts = parts.filter(|parts| !parts.is_empty() && !filler.cut)?;
    let sum =
        decimal::sum(parts.iter().map(|(_, amount)| decimal::parse(amount).ok()).collect::<Option<Vec<Decimal>>>()?)?;
    parts.iter().for_each(|(at, _)| filler.read(*at, 1, 1..=3));
    let place = parts.first().and_then(|(at, _)| filler.place(*at, 1, 2));
    filler.derive(bt::BT_111, place.clone(), Why::Computed);
    Some((decimal::plain(sum), place))
}

fn said(draft: &Draft, term: Term) -> Option<&Said> {
    draft.groups(bt::BG_22).find_map(|totals| totals.first(term))
}
