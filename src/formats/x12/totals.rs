//! Totals: TDS01 is what the set states; the sums before it are computed, and held against it.

use super::amounts;
use super::charges::Charged;
use super::gather::{Gather, place, put};
use super::settings;
use super::taxes::Taxed;
use super::tree::Node;
use super::{How, Topic, words};
use crate::decimal::{self, Decimal};
use crate::invoice::{Place, Said, Term, bt};
use crate::x12::Segment;

pub fn read(gather: &mut Gather<'_>, root: &Node<'_>, nets: &[Option<Decimal>], charged: &Charged, taxed: &Taxed) {
    let net = nets.iter().copied().collect::<Option<Vec<_>>>().and_then(decimal::sum).filter(|_| !nets.is_empty());
    // What a set that was cut has yet to say is not known: its sums are not made up.
    let net = net.filter(|_| !gather.cut);
    let without_vat = net.and_then(|net| charged.over(net));
    if let Some(net) = net {
        computed(gather, bt::BT_106, net);
        if gather.draft.groups(bt::BG_20).count() > 0 {
            charged.allowances.into_iter().for_each(|sum| computed(gather, bt::BT_107, sum));
        }
        if gather.draft.groups(bt::BG_21).count() > 0 {
            charged.charges.into_iter().for_each(|sum| computed(gather, bt::BT_108, sum));
        }
    }
    without_vat.into_iter().for_each(|sum| computed(gather, bt::BT_109, sum));
    match (taxed.vat, &taxed.place) {
        (Some(_), _) if gather.cut => {}
        (Some(vat), _) if taxed.derived => computed(gather, bt::BT_110, vat),
        (Some(vat), place) => say(gather, bt::BT_110, vat, place.clone()),
        (None, _) => {}
    }
    let agreed = amounts_agreed(gather, root);
    if let Some(tds) = root.first("TDS") {
        total(gather, &tds, without_vat, taxed.vat, &agreed);
        for more in root.all("TDS").skip(1) {
            let (read, other) = (gather.n2(&tds, 1, &[]), gather.n2(&more, 1, &[bt::BT_112]));
            if let Some((read, other)) = read.zip(other).filter(|(read, other)| read != other) {
                gather.contradiction(&more, 1, bt::BT_112, [&amounts::text(read), &amounts::text(other)]);
            }
        }
    }
    if let Some(ctt) = root.first("CTT") {
        gather.used(&ctt);
        let lines = nets.len();
        if ctt.value(1).is_some_and(|said| said.parse::<usize>().ok() != Some(lines)) {
            let what = words::line_count(&ctt.text(1), lines);
            gather.remark(Topic::Arithmetic, &ctt, 1, &[bt::BG_25], what);
        }
    }
}

/// Amounts (AMT, type R) whose code is agreed with the partner: what was paid (BT-113), the rounding (BT-114). Without agreement none is read: which
/// code means what was paid is for guides to say.
fn amounts_agreed(gather: &mut Gather<'_>, root: &Node<'_>) -> Vec<(Term, Option<Decimal>)> {
    let mut agreed: Vec<(Term, Option<Decimal>)> = Vec::new();
    for amt in root.all("AMT") {
        let term = settings::of(&gather.settings.amounts, &amt.text(1)).and_then(Term::parse);
        // Stated twice, which is meant is not known: the second is told as not carried.
        let Some(term) = term.filter(|term| agreed.iter().all(|(known, _)| known != term)) else { continue };
        gather.used(&amt);
        let value = gather.number(&amt, 2, &[term, bt::BT_115]).map(|value| gather.turn(value));
        if let Some(value) = value {
            say(gather, term, value, Some(place(&amt, 2)));
            gather.made_with(term.id(), term, How::Partner, words::paid(term));
        }
        agreed.push((term, value));
    }
    agreed
}

fn total(
    gather: &mut Gather<'_>,
    tds: &Segment<'_>,
    without_vat: Option<Decimal>,
    vat: Option<Decimal>,
    agreed: &[(Term, Option<Decimal>)],
) {
    gather.used(tds);
    let terms = [bt::BT_112, bt::BT_115];
    let Some(total) = gather.n2(tds, 1, &terms) else { return };
    let at = Some(place(tds, 1));
    say(gather, bt::BT_112, total, at.clone());
    if gather.cut {
        // What was paid may stand behind it.
    } else if agreed.is_empty() {
        say(gather, bt::BT_115, total, at);
    } else {
        let due = agreed.iter().try_fold(total, |due, (term, value)| match *term == bt::BT_113 {
            true => decimal::sub(due, (*value)?),
            false => decimal::add(due, (*value)?),
        });
        due.into_iter().for_each(|due| computed(gather, bt::BT_115, due));
    }
    let credit = gather.draft.text(bt::BT_3) == Some("381");
    if total.is_sign_negative() && !total.is_zero() {
        gather.remark(Topic::Sign, tds, 1, &[bt::BT_3, bt::BT_115], words::negative(credit));
    }
    let Some(sum) = without_vat.and_then(|sum| decimal::add(sum, vat.unwrap_or_default())) else { return };
    if sum != total {
        // Some write what they mean, without the two decimals that the type implies.
        let shifted = decimal::mul(total, Decimal::ONE_HUNDRED).is_some_and(|plain| amounts::near(plain, sum));
        gather.remark(Topic::Arithmetic, tds, 1, &terms, words::total(total, sum, shifted));
    }
}

fn computed(gather: &mut Gather<'_>, term: Term, value: Decimal) {
    say(gather, term, value, None);
    gather.made(term.id(), term, How::Derived, words::sum);
}

fn say(gather: &mut Gather<'_>, term: Term, value: Decimal, place: Option<Place>) {
    // What a partner's constant says of a total gives way to what the set says.
    if let Some(totals) = gather.draft.groups.iter_mut().find(|g| g.term == Some(bt::BG_22)) {
        totals.said.retain(|said| said.term != term);
    }
    put(&mut gather.draft, Said::new(term, amounts::text(value), place));
}
