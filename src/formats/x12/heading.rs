//! The heading: BIG, CUR, references, notes, terms of payment, dates.

use super::binding::{self, Form};
use super::gather::{Gather, place, put, says};
use super::settings;
use super::tree::Node;
use super::{How, Topic, words};
use crate::day::Day;
use crate::invoice::{Said, Term, bt};
use crate::x12::Segment;

/// `whole`: the set has its end and no CUR but the heading's, so that what is not said here is said nowhere.
pub fn read(gather: &mut Gather<'_>, root: &Node<'_>, whole: bool) {
    if let Some(big) = root.first("BIG") {
        kind(gather, &big);
    }
    let mut draft = std::mem::take(&mut gather.draft);
    for segment in &root.segments {
        let by_partner = (segment.tag() == "REF")
            .then(|| settings::of(&gather.settings.references, &segment.text(1)).and_then(Term::parse))
            .flatten();
        if let Some((term, text)) = by_partner.zip(segment.value(2)) {
            gather.used(segment);
            put(&mut draft, Said::new(term, text, Some(place(segment, 2))));
            continue;
        }
        for row in binding::rows("").iter().filter(|row| row.segment == segment.tag() && row.takes(segment)) {
            // What is read only in another's place waits until all is read.
            if row.form != Form::Spare {
                gather.bound(&mut draft, row, segment);
            }
        }
    }
    for segment in &root.segments {
        for row in binding::rows("").iter().filter(|row| row.segment == segment.tag() && row.form == Form::Spare) {
            if row.takes(segment) && settings::of(&gather.settings.references, &segment.text(1)).is_none() {
                gather.bound(&mut draft, row, segment);
            }
        }
    }
    for inside in root.loops("N9") {
        for row in binding::rows("N9") {
            inside.all(row.segment).for_each(|segment| gather.bound(&mut draft, row, &segment));
        }
        inside.first("N9").filter(|_| inside.segments.len() > 1).iter().for_each(|n9| gather.used(n9));
    }
    gather.draft = draft;
    if whole {
        currency(gather);
    }
    if let Some(itd) = root.first("ITD") {
        terms(gather, &itd, root);
    }
}

/// BIG07 says what kind of invoice it is, BIG08 whether it is the original.
fn kind(gather: &mut Gather<'_>, big: &Segment<'_>) {
    gather.used(big);
    let code = big.text(7);
    let known = settings::of(&gather.settings.types, &code);
    match known.or_else(|| binding::code("640", &code).map(|row| row[0])) {
        Some(kind) => {
            let (place, kind) = (Some(place(big, 7)), kind.to_owned());
            gather.turned = gather.settings.negative_credits && is_credit(&kind);
            if gather.turned {
                gather.made("BT-3", bt::BT_3, How::Partner, words::turned);
            }
            put(&mut gather.draft, Said::new(bt::BT_3, kind, place));
            if code.is_empty() {
                gather.made("BT-3", bt::BT_3, How::Practice, words::type_by_practice);
            }
        }
        None => gather.remark(Topic::Code, big, 7, &[bt::BT_3], words::unknown_code("BIG07", &code)),
    }
    let purpose = big.text(8);
    if !matches!(&*purpose, "" | "00") {
        gather.remark(Topic::Code, big, 8, &[], words::no_original(&purpose));
    }
}

fn is_credit(kind: &str) -> bool {
    matches!(kind, "381" | "261" | "262" | "296" | "308" | "396" | "81" | "83" | "420" | "458" | "532")
}

/// Dollars, where nobody says a currency: that is how the 810 is used.
fn currency(gather: &mut Gather<'_>) {
    let by_partner = gather.settings.constants.iter().any(|(id, _)| id == "BT-5");
    if !says(&gather.draft, bt::BT_5) && !by_partner {
        put(&mut gather.draft, Said::new(bt::BT_5, "USD", None));
        gather.made("BT-5", bt::BT_5, How::Practice, words::dollars);
    }
}

/// The day on which payment is due, and the terms in words, as far as ITD says them in numbers alone.
fn terms(gather: &mut Gather<'_>, itd: &Segment<'_>, root: &Node<'_>) {
    gather.used(itd);
    let days: Option<i64> = itd.value(7).and_then(|days| days.parse().ok()).filter(|days| (0..=999).contains(days));
    if let Some(days) = days.filter(|_| !says(&gather.draft, bt::BT_9)) {
        let issued = root.first("BIG").and_then(|big| Day::parse_102(&big.text(1)));
        // 3: counted from the day of the invoice.
        match issued.filter(|_| itd.text(2) == "3").and_then(|day| Day::from_epoch(day.since_epoch() + days)) {
            Some(due) => {
                put(&mut gather.draft, Said::new(bt::BT_9, due.to_string(), Some(place(itd, 7))));
                gather.made_with("BT-9", bt::BT_9, How::Derived, words::due(days));
            }
            None if itd.text(2) == "3" => {
                gather.remark(Topic::Ambiguous, itd, 7, &[bt::BT_9], words::due_from_no_day(days));
            }
            None => gather.remark(Topic::Ambiguous, itd, 7, &[bt::BT_9], words::due_unknown(days, &itd.text(2))),
        }
    }
    if says(&gather.draft, bt::BT_20) {
        // The sentence is the sender's; what the numbers say of a discount may not be in it.
        for e in [3, 5].into_iter().filter(|e| itd.value(*e).is_some()) {
            gather.remark(Topic::Unread, itd, e, &[bt::BT_20], words::unread_element("ITD", e));
        }
        return;
    }
    let discount = itd.value(3).zip(itd.value(5)).map(|(percent, days)| format!("{percent}% {days} days"));
    let net = days.map(|days| format!("net {days} days"));
    let sentence = [discount, net].into_iter().flatten().collect::<Vec<_>>().join(", ");
    if !sentence.is_empty() {
        put(&mut gather.draft, Said::new(bt::BT_20, sentence, Some(place(itd, 3))));
        gather.made("BT-20", bt::BT_20, How::Derived, words::terms);
    }
}
