//! VAT that a message states beside the terms that EN 16931 has for it: the amounts of a line, which has a rate alone there, and the rate of a header that no
//! line uses. Neither is taken over; where one says otherwise than what is, it is asked about.

use crate::decimal::{self, Decimal};
use crate::edifact::plain;
use crate::invoice::{Draft, Place, Term, bt};
use crate::text::Text;

use super::Remark;
use super::fill::Filler;
use super::line::{number, own, value};
use super::structure::{Directory, tag};
use super::tax;

/// Tax (MOA+124, 161) and base (MOA+125, TAX 5286) of a line's VAT against its net amount and its rate.
pub(super) fn of_line(filler: &mut Filler<'_>, node: u32, line: &Draft) {
    let (Some(net), Some(rate)) = (own(line, bt::BT_131), number(line, bt::BG_30, bt::BT_152)) else { return };
    let vat = decimal::mul(net, rate).and_then(decimal::hundredth).and_then(|vat| decimal::round_half_up(vat, 2));
    let Some(vat) = vat else { return };
    for (kind, amount, place) in amounts(filler, node) {
        let right = if kind == Kind::Tax { vat } else { net };
        // Who rounds, rounds somehow; a sign is a matter of guides, as it is of the line itself.
        let off = decimal::sub(amount.abs(), right.abs()).is_none_or(|off| off.abs() > Decimal::new(1, 2));
        if off {
            filler.remarks.push(differs(kind, (amount, right), rate, place));
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Base,
    Tax,
}

/// The amounts of VAT that a line states, whether they stand behind its TAX or by themselves.
fn amounts(filler: &Filler<'_>, node: u32) -> Vec<(Kind, Decimal, Option<Place>)> {
    let groups = filler.groups;
    let read = |text: &str| plain(text.trim()).ok().and_then(|text| decimal::parse(&text).ok());
    let mut found = Vec::new();
    let mut moa = |at: u32| {
        let Some(segment) = groups.segment(at).filter(|segment| segment.tag() == "MOA") else { return };
        let kind = match &*segment.text(1, 1) {
            "124" | "161" => Kind::Tax,
            "125" => Kind::Base,
            _ => return,
        };
        let currency = segment.text(1, 3);
        if currency.trim().is_empty() || currency.trim() == filler.currency() {
            found.extend(read(&segment.text(1, 2)).map(|amount| (kind, amount, filler.place(at, 1, 2))));
        }
    };
    let mut bases = Vec::new();
    for child in groups.children(node) {
        let at = groups.trigger(child);
        if groups.tag(at) == tag("MOA") {
            moa(at);
        } else if let Some(segment) = groups.segment(at).filter(|tax| tax.tag() == "TAX" && &*tax.text(2, 1) == "VAT") {
            filler.segments(child, tag("MOA")).for_each(|(at, _)| moa(at));
            bases.extend(read(&segment.text(4, 1)).map(|base| (Kind::Base, base, filler.place(at, 4, 1))));
        }
    }
    found.extend(bases);
    found
}

fn differs(kind: Kind, (said, right): (Decimal, Decimal), rate: Decimal, place: Option<Place>) -> Remark {
    let (said, right, rate) = (decimal::plain(said), decimal::plain(right), rate.normalize());
    let (terms, what) = match kind {
        Kind::Tax => (
            vec![bt::BT_131, bt::BT_152],
            Text::new(
                format!("la TVA de la ligne est dite {said} ; son montant net à {rate} % en fait {right}"),
                format!("the VAT of the line is stated as {said}; its net amount at {rate}% makes {right}"),
            ),
        ),
        Kind::Base => (
            vec![bt::BT_131],
            Text::new(
                format!("la base de TVA de la ligne est dite {said} ; son montant net est {right}"),
                format!("the taxable amount of the line is stated as {said}; its net amount is {right}"),
            ),
        ),
    };
    Remark { terms, place, what, fix: ask(), open: false }
}

fn ask() -> Text {
    Text::new(
        "Demander à l’émetteur ce qui vaut ; EN 16931 n’a, d’une ligne, que la catégorie et le taux de TVA.",
        "Ask the sender which holds; of a line EN 16931 has the category and the rate of VAT alone.",
    )
}

/// The one rate of the header (D96A, D01B), where no line, allowance, charge or breakdown has it.
pub(super) fn of_header(filler: &mut Filler<'_>, draft: &Draft) {
    if filler.directory == Directory::D16B || filler.cut {
        return;
    }
    let Some((at, category, rate)) =
        tax::header_rate(filler).filter(|(_, category, rate)| !(category.is_empty() && rate.is_empty()))
    else {
        return;
    };
    let stated = plain(&rate).ok().and_then(|rate| decimal::parse(&rate).ok()).map(|rate| rate.normalize());
    let has = |group: &Draft, [own, percent]: [Term; 2]| {
        let percent = group.first(percent).and_then(value).map(|rate| rate.normalize());
        (category.is_empty() || group.text(own) == Some(&*category)) && (rate.is_empty() || percent == stated)
    };
    let used = draft.groups.iter().any(|group| match group.term {
        Some(bt::BG_25) => group.groups(bt::BG_30).any(|vat| has(vat, [bt::BT_151, bt::BT_152])),
        Some(bt::BG_20) => has(group, [bt::BT_95, bt::BT_96]),
        Some(bt::BG_21) => has(group, [bt::BT_102, bt::BT_103]),
        Some(bt::BG_23) => has(group, [bt::BT_118, bt::BT_119]),
        _ => false,
    });
    if used {
        return;
    }
    let said = format!("{category} {rate}").trim().to_owned();
    let place = filler.place(at, 5, 4);
    filler.lose(&place);
    filler.remarks.push(Remark {
        open: false,
        terms: vec![bt::BT_151, bt::BT_152],
        place,
        what: Text::new(
            format!("l’en-tête dit la TVA {said}, que n’a aucune ligne, remise ou ventilation"),
            format!("the header states VAT {said}, which no line, allowance or breakdown has"),
        ),
        fix: Text::new(
            "Demander à l’émetteur quel taux vaut ; ce que dit chaque ligne est lu.",
            "Ask the sender which rate holds; what each line says is read.",
        ),
    });
}
