//! The heading: BIG, CUR, references, notes, terms of payment, dates.

use super::binding::{self, Form};
use super::gather::{Gather, place, put, says};
use super::settings;
use super::tree::Node;
use super::{How, Topic, words};
use crate::day::Day;
use crate::formats::discount::is_denied;
use crate::invoice::{Said, Term, bt};
use crate::x12::{Segment, Set};

/// `whole`: the set has its end and no CUR but the heading's, so that what is not said here is said nowhere. `instalments`: several days on which a part is
/// due, none of which is BT-9.
pub fn read(gather: &mut Gather<'_>, root: &Node<'_>, whole: bool, instalments: bool) {
    if let Some(big) = root.first("BIG") {
        kind(gather, &big);
        let read = gather.draft.text(bt::BT_3).map(str::to_owned);
        for more in root.all("BIG").skip(1).filter(|more| more.value(7).is_some()) {
            let code = more.text(7);
            let other =
                settings::of(&gather.settings.types, &code).or_else(|| binding::code("640", &code).map(|row| row[0]));
            let other = other.unwrap_or(&code).to_owned();
            if let Some(read) = read.as_deref().filter(|read| *read != other) {
                gather.contradiction(&more, 7, bt::BT_3, [read, &other]);
            }
        }
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
            if row.form != Form::Spare && !(instalments && row.term == bt::BT_9) {
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
    let denied = denied(gather, root);
    if instalments {
        return of_instalments(gather, root);
    }
    for itd in root.all("ITD") {
        for e in (9..=11).filter(|e| itd.value(*e).is_some()) {
            gather.remark(Topic::Unread, &itd, e, &[], words::unread_element("ITD", e));
        }
    }
    if let Some(itd) = root.first("ITD") {
        terms(gather, &itd, root, denied);
    }
    // Alternative terms are told as not carried; two days on which payment is due contradict each other.
    for itd in root.all("ITD").skip(1).filter(is_basic) {
        let due = days(&itd).filter(|_| itd.text(2) == "3").and_then(|days| after(root, days));
        let read = gather.draft.text(bt::BT_9).map(str::to_owned);
        if let Some((read, due)) = read.zip(due).filter(|(read, due)| *read != due.to_string()) {
            gather.contradiction(&itd, 7, bt::BT_9, [&read, &due.to_string()]);
        }
    }
}

/// A discount (ITD03, ITD08) beside a text, of the terms or a note, that says there is none: the text is taken up, and told what stands beside it.
fn denied(gather: &mut Gather<'_>, root: &Node<'_>) -> bool {
    let some = |itd: &Segment<'_>, e: usize| itd.value(e).is_some_and(|text| text.contains(|c| matches!(c, '1'..='9')));
    let found = root.all("ITD").find_map(|itd| Some(([3, 8].into_iter().find(|e| some(&itd, *e))?, itd)));
    let draft = &gather.draft;
    let notes = draft.groups(bt::BG_1).filter_map(|note| note.text(bt::BT_22));
    let said = draft.text(bt::BT_20).into_iter().chain(notes).find(|text| is_denied(text)).map(str::to_owned);
    let Some(((e, itd), said)) = found.zip(said) else { return false };
    gather.remark(Topic::Ambiguous, &itd, e, &[bt::BT_20], words::discount_denied(&said));
    true
}

/// What the ITD of instalments say beside day and amount: discounts, and days that count to another day than the one stated.
fn of_instalments(gather: &mut Gather<'_>, root: &Node<'_>) {
    for itd in root.all("ITD") {
        let said = [3, 5].into_iter().filter(|e| itd.value(*e).is_some());
        let stated = [6, 9].into_iter().filter(|e| itd.value(*e).is_some()).count();
        // A number of days that gives no day, or beside a day, says nothing that was read.
        let counted = stated == 0 && super::instalments::day(root, &itd).is_some();
        let more = [(9, stated > 1), (7, !counted && itd.value(7).is_some())];
        for e in said.chain(more.into_iter().filter(|(_, more)| *more).map(|(e, _)| e)) {
            gather.remark(Topic::Unread, &itd, e, &[], words::unread_element("ITD", e));
        }
        if stated > 0 || itd.value(7).is_some() {
            gather.used(&itd);
        }
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
    if matches!(&*purpose, "01" | "03" | "17") {
        gather.remark(Topic::Cancelled, big, 8, &[], words::cancelled(&purpose));
    } else if !matches!(&*purpose, "" | "00") {
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

/// A CUR inside a line, a party or another loop: the invoice has one currency, and amounts stated in another cannot be added to it (as EDIFACT's CUX).
pub fn currencies(gather: &mut Gather<'_>, set: &Set<'_>, root: &Node<'_>) {
    let of_heading: Vec<u32> = root.all("CUR").map(|cur| cur.number()).collect();
    let inside = set.segments().filter(|s| s.tag() == "CUR" && !of_heading.contains(&s.number()));
    // Where the heading says none, the first one inside is what the others are held against; none of them is that of the invoice.
    let mut read = gather.draft.text(bt::BT_5).map(str::to_owned);
    let stated = read.is_some();
    for cur in inside {
        let Some(code) = cur.value(2) else { continue };
        match &read {
            Some(read) if *read != *code => {
                gather.used(&cur);
                gather.contradiction(&cur, 2, bt::BT_5, [read, &code]);
            }
            Some(_) if stated => gather.used(&cur),
            Some(_) => {}
            None => read = Some(code.into_owned()),
        }
    }
    second_currency(gather, set);
}

/// The second currency of a CUR (CUR05), beside that of its first party: in which of the two the amounts are, only the partner's file can say.
fn second_currency(gather: &mut Gather<'_>, set: &Set<'_>) {
    let agreed = settings::of(&gather.settings.constants, "BT-5").map(str::to_owned);
    for cur in set.segments().filter(|segment| segment.tag() == "CUR") {
        let (first, second) = (cur.value(2), cur.value(5));
        let Some((first, second)) = first.zip(second) else { continue };
        if first != second && agreed.as_deref() != Some(&*first) {
            gather.used(&cur);
            gather.contradiction(&cur, 5, bt::BT_5, [&first, &second]);
        }
    }
}

/// Are its terms counted in days alone (ITD01: basic, with a discount or without)? Others are of the end of a month, of instalments, of a fixed day …
pub(super) fn is_basic(itd: &Segment<'_>) -> bool {
    matches!(&*itd.text(1), "" | "01" | "05" | "08")
}

pub(super) fn days(itd: &Segment<'_>) -> Option<i64> {
    itd.value(7).and_then(|days| days.parse().ok()).filter(|days| (0..=999).contains(days))
}

/// So many days after that of the invoice.
pub(super) fn after(root: &Node<'_>, days: i64) -> Option<Day> {
    let issued = root.first("BIG").and_then(|big| Day::parse_102(&big.text(1)))?;
    Day::from_epoch(issued.since_epoch() + days)
}

/// The day on which payment is due, and the terms in words, as far as ITD says them in numbers alone.
fn terms(gather: &mut Gather<'_>, itd: &Segment<'_>, root: &Node<'_>, denied: bool) {
    gather.used(itd);
    if !is_basic(itd) && [3, 5, 7].iter().any(|e| itd.value(*e).is_some()) {
        gather.remark(Topic::Ambiguous, itd, 1, &[bt::BT_9, bt::BT_20], words::due_otherwise(&itd.text(1)));
        for e in [3, 5, 7].into_iter().filter(|e| itd.value(*e).is_some()) {
            gather.remark(Topic::Unread, itd, e, &[], words::unread_element("ITD", e));
        }
        return;
    }
    let mut days = days(itd);
    // Both a day (ITD06) and a number of days from the invoice that ends on another, such as the Saturday before: the day that is stated holds, as in EDIFACT.
    let counted = days.filter(|_| itd.text(2) == "3").and_then(|days| after(root, days));
    let read = gather.draft.text(bt::BT_9).map(str::to_owned);
    if let Some((read, due)) = read.zip(counted).filter(|(read, due)| *read != due.to_string()) {
        let stated = (itd.value(6).is_some()).then(|| words::other_day(&read, &due.to_string()));
        match stated {
            Some(what) => gather.remark(Topic::Ambiguous, itd, 7, &[bt::BT_9], what),
            None => gather.contradiction(itd, 7, bt::BT_9, [&read, &due.to_string()]),
        }
        days = None;
    }
    if let Some(days) = days.filter(|_| !says(&gather.draft, bt::BT_9)) {
        // 3: counted from the day of the invoice.
        match after(root, days).filter(|_| itd.text(2) == "3") {
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
    let discount =
        itd.value(3).zip(itd.value(5)).filter(|_| !denied).map(|(percent, days)| format!("{percent}% {days} days"));
    let net = days.map(|days| format!("net {days} days"));
    let sentence = [discount, net].into_iter().flatten().collect::<Vec<_>>().join(", ");
    if !sentence.is_empty() {
        put(&mut gather.draft, Said::new(bt::BT_20, sentence, Some(place(itd, 3))));
        gather.made("BT-20", bt::BT_20, How::Derived, words::terms);
    }
}
