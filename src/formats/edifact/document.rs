//! The document as a whole, beyond what the binding says: who the parties are, when payment is due, what French law asks for, and more references than
//! EN 16931 has places for.

use crate::day::Day;
use crate::edifact::{Envelope, Segment};
pub(super) use crate::formats::instalments::is_french;
use crate::invoice::{Draft, Place, Said, Term, bt, is_self_billed};

use super::fill::Filler;
use super::groups::{LIN, MESSAGE};
use super::party::{self, Company, Kin};
use super::structure::{Directory, tag};
use super::{Why, date};

/// Seller, buyer and their terms: party, postal address, country, VAT, legal registration and its scheme, electronic address and its scheme.
const PARTIES: [[Term; 8]; 2] = [
    [bt::BG_4, bt::BG_5, bt::BT_40, bt::BT_31, bt::BT_30, bt::BT_30_1, bt::BT_34, bt::BT_34_1],
    [bt::BG_7, bt::BG_8, bt::BT_55, bt::BT_48, bt::BT_47, bt::BT_47_1, bt::BT_49, bt::BT_49_1],
];

/// `agreed` is what the partner file states: an address that stands there is not taken from the interchange.
pub(super) fn finish(filler: &mut Filler<'_>, draft: &mut Draft, envelope: &Envelope, agreed: &[(Term, String)]) {
    point_code(filler, draft);
    if filler.directory != Directory::D16B {
        party::unstructured(filler, draft);
        super::same::complete(filler, draft);
    }
    // Who issues it sends it: of a self-billed invoice the buyer.
    let mut addresses = [(2, &envelope.sender), (3, &envelope.recipient)];
    if is_self_billed(draft.text(bt::BT_3)) {
        addresses.reverse();
    }
    for (party, (element, address)) in PARTIES.iter().zip(addresses) {
        let [group, postal, country, vat, legal, legal_scheme, electronic, electronic_scheme] = *party;
        let Some(at) = draft.groups.iter().position(|g| g.term == Some(group)) else { continue };
        let own = &mut draft.groups[at];
        let place = own.place.clone();
        let prefix = own.text(vat).and_then(|vat| vat.get(..2)).filter(|p| p.bytes().all(|b| b.is_ascii_uppercase()));
        let prefix = prefix.map(str::to_owned);
        let stated = own.groups(postal).find_map(|address| address.text(country)).map(str::to_owned);
        if let Some(siren) = own.said.iter_mut().find(|said| said.term == legal)
            && siren.parts.is_empty()
            && party::is_siren(siren.text.trim())
            && [&stated, &prefix].iter().any(|c| c.as_deref() == Some("FR"))
        {
            let place = siren.place.clone();
            siren.parts.push(Said::new(legal_scheme, "0002", place.clone()));
            filler.derive(legal_scheme, place, Why::Siren);
        }
        if filler.directory == Directory::D16B {
            continue;
        }
        if let (None, Some(prefix)) = (&stated, prefix) {
            // Greece has another prefix than its country code.
            let code = if prefix == "EL" { "GR".to_owned() } else { prefix };
            let vat_place = own.first(vat).and_then(|said| said.place.clone());
            let at = own.groups.iter().position(|g| g.term == Some(postal)).unwrap_or_else(|| {
                own.groups.push(Draft::group(postal, place.clone()));
                own.groups.len() - 1
            });
            own.groups[at].said.push(Said::new(country, code, vat_place.clone()));
            filler.derive(country, vat_place, Why::VatPrefix);
        }
        if own.first(electronic).is_none()
            && agreed.iter().all(|(term, _)| *term != electronic)
            && let Some((id, scheme)) = party::electronic(address)
        {
            let at = |component| Some(Place::Edifact { segment: 0, element, component, offset: envelope.offset });
            own.said.push(Said::new(electronic, id, at(1)).with(electronic_scheme, scheme, at(2)));
            filler.derive(electronic, at(1), Why::Interchange);
        }
    }
    accounts(draft);
    super::line::order(filler, draft);
    if filler.directory != Directory::D16B {
        due(filler, draft);
        invoicee(filler);
        regulatory(filler, draft);
    }
    if filler.directory == Directory::D01B {
        process(filler, draft);
    }
    further(filler, draft);
    french_note(filler, draft);
    super::terms::finish(filler, draft);
    super::discount::doubts(filler);
    super::preceding::finish(filler, draft);
}

/// BT-8 of the binding of EN 16931: a date with its qualifier and no value. The qualifiers are codes of UNTDID 2005, which CII calls otherwise.
fn point_code(filler: &mut Filler<'_>, draft: &mut Draft) {
    const CODES: [(&str, &str); 3] = [("3", "5"), ("35", "29"), ("432", "72")];
    if filler.directory != Directory::D16B || draft.first(bt::BT_8).is_some() {
        return;
    }
    let found = filler.segments(MESSAGE, tag("DTM")).find_map(|(at, dtm)| {
        let code = CODES.iter().find(|(qualifier, _)| *qualifier == &*dtm.text(1, 1))?;
        dtm.component(1, 2).is_none().then_some((at, code.1))
    });
    if let Some((at, code)) = found {
        filler.read(at, 1, 1..=1);
        draft.said.push(Said::new(bt::BT_8, code, filler.place(at, 1, 1)));
    }
}

/// Who is invoiced (IV) is the buyer. Where BY is somebody else, that is told: the one who ordered may be the one who must be addressed.
fn invoicee(filler: &mut Filler<'_>) {
    let called = |qualifier: &str| Company::called(filler, qualifier);
    let (Some((_, invoiced)), Some((node, ordered))) = (called("IV"), called("BY")) else { return };
    let why = match invoiced.kin(&ordered) {
        Kin::Same => return,
        Kin::Company => Why::InvoiceeElsewhere,
        Kin::None => Why::Invoicee,
    };
    filler.derive(bt::BG_7, filler.place(filler.groups.trigger(node), 0, 0), why);
}

/// An account that is stated twice is one account.
fn accounts(draft: &mut Draft) {
    let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    for group in draft.groups.iter_mut().filter(|group| group.term == Some(bt::BG_16)) {
        let mut known: Vec<String> = Vec::new();
        // Those that say most come first.
        group.groups.sort_by_key(|g| usize::from(g.term == Some(bt::BG_17)) * usize::MAX.wrapping_sub(g.count()));
        group.groups.retain(|account| {
            let Some(id) = account.text(bt::BT_84).filter(|_| account.term == Some(bt::BG_17)).map(bare) else {
                return true;
            };
            let new = !known.contains(&id);
            known.push(id);
            new
        });
    }
}

/// Where no day is stated on which payment is due, BT-9 from terms of payment such as `PAT+1++5:3:D:30`. Where one of several says anything that gives no
/// day (2009: the end of the month, before) none is sure: none is stated, and the terms are told as not carried. A day that the header states is one more.
fn due(filler: &mut Filler<'_>, draft: &mut Draft) {
    let issued = draft.text(bt::BT_2).and_then(Day::parse_iso);
    let begun =
        !filler.cut || filler.groups.children(MESSAGE).any(|n| filler.groups.tag(filler.groups.trigger(n)) == LIN);
    if let (None, Some(issued), true) = (draft.first(bt::BT_9), issued, begun) {
        let terms = filler.segments(MESSAGE, tag("PAT")).filter(|(_, pat)| is_due(pat));
        let found: Option<Vec<(u32, After)>> = terms.map(|(at, pat)| Some((at, after(&pat, issued)?))).collect();
        for (at, After { count, unit, day }) in found.unwrap_or_default() {
            filler.read(at, 3, 1..=4);
            let (day, place) = (day.to_string(), filler.place(at, 3, 4));
            if draft.all(bt::BT_9).all(|said| said.text != day) {
                filler.derive(bt::BT_9, place.clone(), Why::Terms { count, unit });
                draft.said.push(Said::new(bt::BT_9, day, place));
            }
        }
    }
    let header =
        filler.segments(MESSAGE, tag("DTM")).filter(|(_, dtm)| matches!(&*dtm.text(1, 1), "13" | "140" | "265"));
    let header: Vec<_> = header.filter(|(_, dtm)| !dtm.text(1, 2).trim().is_empty()).collect();
    for (at, dtm) in header {
        let Some(day) = date::one(&dtm.text(1, 2), &dtm.text(1, 3)) else { continue };
        let place = filler.place(at, 1, 2);
        filler.read(at, 1, 1..=3);
        if draft.all(bt::BT_9).all(|said| said.text != day) {
            draft.said.push(Said::new(bt::BT_9, day, place));
        }
    }
}

/// Terms of payment that say when: 22 is a discount, 20 a penalty, no date on which payment is due.
pub(super) fn is_due(pat: &Segment<'_>) -> bool {
    matches!(&*pat.text(1, 1), "1" | "3" | "7") && pat.element(3).is_some_and(|e| !e.raw().is_empty())
}

/// So many days (D), weeks (W) or months (M) after the date of the invoice.
pub(super) struct After {
    count: u32,
    unit: &'static str,
    pub day: Day,
}

/// The day that terms of payment (PAT) give; none where they say anything else.
pub(super) fn after(pat: &Segment<'_>, issued: Day) -> Option<After> {
    if !matches!(&*pat.text(3, 1), "5" | "") {
        return None;
    }
    let count: u32 = match &*pat.text(3, 2) {
        // At the reference date itself.
        "1" => 0,
        "3" | "" => pat.text(3, 4).trim().parse().ok()?,
        _ => return None,
    };
    let (days, unit) = match &*pat.text(3, 3) {
        "W" => (count.checked_mul(7)?, "W"),
        "M" => return Some(After { count, unit: "M", day: months_after(issued, count)? }),
        "D" | "CD" | "" => (count, "D"),
        _ => return None,
    };
    Some(After { count, unit, day: Day::from_epoch(issued.since_epoch() + i64::from(days))? })
}

/// The same day so many months later, or the last of a shorter month.
fn months_after(day: Day, count: u32) -> Option<Day> {
    let months = i64::from(day.year()) * 12 + i64::from(day.month()) - 1 + i64::from(count);
    let (year, month) = (months / 12, months % 12 + 1);
    (28..=day.day()).rev().chain([day.day()]).find_map(|d| Day::parse_iso(&format!("{year:04}-{month:02}-{d:02}")))
}

/// EN 16931 has one place for an order, a despatch advice and the like: further ones are supporting documents.
fn further(filler: &mut Filler<'_>, draft: &mut Draft) {
    const ONCE: [Term; 7] = [bt::BT_11, bt::BT_12, bt::BT_13, bt::BT_14, bt::BT_15, bt::BT_16, bt::BT_17];
    let french = is_french(draft);
    for term in ONCE {
        let more: Vec<Said> = draft.all(term).skip(1).cloned().collect();
        if more.is_empty() {
            continue;
        }
        let first = draft.first(term).cloned();
        draft.said.retain(|said| said.term != term);
        draft.said.extend(first);
        for said in more {
            let mut group = Draft::group(bt::BG_24, said.place.clone());
            filler.derive(bt::BG_24, said.place.clone(), Why::Further { qualifier: term.to_string() });
            group.said.push(Said::new(bt::BT_122, said.text, said.place.clone()));
            // French rules take roles alone as a description (BR-FR-17).
            let name = match term {
                _ if !french => term.name(crate::text::Lang::En),
                bt::BT_13 | bt::BT_14 => "BON_COMMANDE",
                bt::BT_15 | bt::BT_16 => "BON_LIVRAISON",
                _ => "DOCUMENT_ANNEXE",
            };
            group.said.push(Said::new(bt::BT_123, name, said.place));
            draft.groups.push(group);
        }
    }
}

/// The first FTX+AAB is BT-20, every further one a note. French law asks for a note AAB: where a French seller writes none beside BT-20, that text is both.
fn french_note(filler: &mut Filler<'_>, draft: &mut Draft) {
    let french = is_french(draft);
    let texts = filler.segments(MESSAGE, tag("FTX")).filter(|(_, ftx)| &*ftx.text(1, 1) == "AAB");
    let texts = texts.map(|(at, _)| (at, filler.groups.text(at, 4, 1, 5))).filter(|(_, text)| !text.is_empty());
    let texts: Vec<_> = texts.collect();
    let stated = texts.len() > 1;
    for (n, (at, text)) in texts.into_iter().enumerate() {
        if n == 0 && (stated || !french) {
            continue;
        }
        if n == 0 {
            filler.derive(bt::BG_1, filler.place(at, 4, 1), Why::Note);
        }
        note(filler, draft, at, text);
    }
}

/// An FTX that is a note, and not what its code says first.
pub(super) fn note(filler: &mut Filler<'_>, draft: &mut Draft, at: u32, text: String) {
    let code = filler.groups.segment(at).map(|ftx| ftx.text(1, 1).trim().to_owned()).unwrap_or_default();
    filler.read(at, 4, 1..=5);
    let mut note = Draft::group(bt::BG_1, filler.place(at, 0, 0));
    note.said.push(Said::new(bt::BT_21, code, filler.place(at, 1, 1)));
    note.said.push(Said::new(bt::BT_22, text, filler.place(at, 4, 1)));
    draft.groups.push(note);
}

/// The first FTX+REG is BT-33; further ones are notes (D96A and D01B).
fn regulatory(filler: &mut Filler<'_>, draft: &mut Draft) {
    let texts = filler.segments(MESSAGE, tag("FTX")).filter(|(_, ftx)| &*ftx.text(1, 1) == "REG");
    let further: Vec<u32> = texts.skip(1).map(|(at, _)| at).collect();
    for at in further {
        let text = filler.groups.text(at, 4, 1, 5);
        if !text.is_empty() {
            note(filler, draft, at, text);
        }
    }
}

/// BT-23 and BT-24 of D01B, as the binding of EN 16931 has them (FTX+DOC), where the text is an identifier: what else stands there is a note.
fn process(filler: &mut Filler<'_>, draft: &mut Draft) {
    let found = filler.segments(MESSAGE, tag("FTX")).find_map(|(at, ftx)| {
        let text = filler.groups.text(at, 4, 1, 5);
        let own = &*ftx.text(1, 1) == "DOC" && text.starts_with("urn:");
        own.then(|| (at, ftx.text(3, 1).trim().to_owned(), text))
    });
    let Some((at, process, text)) = found else { return };
    let place = filler.place(at, 0, 0);
    draft.groups.retain(|group| group.term != Some(bt::BG_1) || group.place != place);
    let own = draft.groups.iter().position(|group| group.term == Some(bt::BG_2)).unwrap_or_else(|| {
        draft.groups.push(Draft::group(bt::BG_2, draft.place.clone()));
        draft.groups.len() - 1
    });
    for (term, text, place) in [(bt::BT_23, process, filler.place(at, 3, 1)), (bt::BT_24, text, filler.place(at, 4, 1))]
    {
        if !text.is_empty() {
            filler.read(at, if term == bt::BT_23 { 3 } else { 4 }, 1..=5);
            draft.groups[own].said.push(Said::new(term, text, place));
        }
    }
}
