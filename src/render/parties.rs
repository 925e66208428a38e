//! Who sells, who buys, who is paid, who stands for the seller's VAT, where it was delivered.

use super::sheet::Sheet;
use super::words;
use crate::invoice::{Group, Term, bt};

/// The terms of a party, in the order of an address label.
struct Party {
    group: Term,
    /// The name, and what is shown as one.
    name: Term,
    trading: Option<Term>,
    address: Option<Address>,
    ids: &'static [Term],
    contact: &'static [Term],
}

struct Address {
    group: Term,
    lines: [Term; 3],
    city: Term,
    code: Term,
    division: Term,
    country: Term,
}

const SELLER: Party = Party {
    group: bt::BG_4,
    name: bt::BT_27,
    trading: Some(bt::BT_28),
    address: Some(Address {
        group: bt::BG_5,
        lines: [bt::BT_35, bt::BT_36, bt::BT_162],
        city: bt::BT_37,
        code: bt::BT_38,
        division: bt::BT_39,
        country: bt::BT_40,
    }),
    ids: &[
        bt::BT_30,
        bt::BT_29,
        bt::BT_31,
        bt::BT_32,
        bt::BT_34,
        bt::BT_33,
        bt::EXT_FR_FE_69,
        bt::EXT_FR_FE_75,
        bt::EXT_FR_FE_115,
        bt::EXT_FR_FE_121,
    ],
    contact: &[bt::BT_41, bt::BT_42, bt::BT_43],
};

const BUYER: Party = Party {
    group: bt::BG_7,
    name: bt::BT_44,
    trading: Some(bt::BT_45),
    address: Some(Address {
        group: bt::BG_8,
        lines: [bt::BT_50, bt::BT_51, bt::BT_163],
        city: bt::BT_52,
        code: bt::BT_53,
        division: bt::BT_54,
        country: bt::BT_55,
    }),
    ids: &[
        bt::BT_47,
        bt::BT_46,
        bt::BT_48,
        bt::BT_49,
        bt::EXT_FR_FE_06,
        bt::EXT_FR_FE_12,
        bt::EXT_FR_FE_92,
        bt::EXT_FR_FE_98,
    ],
    contact: &[bt::BT_56, bt::BT_57, bt::BT_58],
};

const PAYEE: Party = Party {
    group: bt::BG_10,
    name: bt::BT_59,
    trading: None,
    address: None,
    ids: &[bt::BT_61, bt::BT_60, bt::EXT_FR_FE_29],
    contact: &[],
};

const REPRESENTATIVE: Party = Party {
    group: bt::BG_11,
    name: bt::BT_62,
    trading: None,
    address: Some(Address {
        group: bt::BG_12,
        lines: [bt::BT_64, bt::BT_65, bt::BT_164],
        city: bt::BT_66,
        code: bt::BT_67,
        division: bt::BT_68,
        country: bt::BT_69,
    }),
    ids: &[bt::BT_63],
    contact: &[],
};

const DELIVERY: Party = Party {
    group: bt::BG_13,
    name: bt::BT_70,
    trading: None,
    address: Some(Address {
        group: bt::BG_15,
        lines: [bt::BT_75, bt::BT_76, bt::BT_165],
        city: bt::BT_77,
        code: bt::BT_78,
        division: bt::BT_79,
        country: bt::BT_80,
    }),
    ids: &[bt::BT_72, bt::BT_71],
    contact: &[],
};

pub fn all(sheet: &mut Sheet<'_, '_>) {
    let document = sheet.facts.invoice.document();
    sheet.html.raw("<div class=\"x-parties\">");
    card(sheet, document, &SELLER, true);
    card(sheet, document, &BUYER, true);
    sheet.html.raw("</div><div class=\"x-parties x-three\">");
    for party in [&PAYEE, &REPRESENTATIVE, &DELIVERY] {
        card(sheet, document, party, false);
    }
    sheet.html.raw("</div>");
}

/// A card of a party; of one that need not be there only where something of it is.
fn card<'s>(sheet: &mut Sheet<'s, '_>, document: Group<'s>, party: &Party, always: bool) {
    let told = sheet.facts.pins.sections.contains_key(&party.group);
    if !(always || told || terms(party).any(|term| sheet.wants(document, term))) {
        return;
    }
    let title = words::of_key(party.group.id(), sheet.lang).unwrap_or_default();
    sheet.html.raw("<section class=\"x-card\"").attr("data-group", party.group.id()).raw(">");
    sheet.heading(2, title);
    sheet.pin_section(party.group);
    for group in document.groups(party.group).take(1) {
        sheet.pin_group(group.id());
    }
    sheet.notes();
    if sheet.wants(document, party.name) {
        sheet.html.raw("<p class=\"x-name\">");
        sheet.values(document, party.name);
        sheet.html.raw("</p>");
        sheet.notes();
    }
    if let Some(trading) = party.trading.filter(|term| sheet.wants(document, *term)) {
        sheet.html.raw("<p class=\"soft\">");
        sheet.values(document, trading);
        sheet.html.raw("</p>");
        sheet.notes();
    }
    if let Some(address) = &party.address {
        postal(sheet, document, address);
    }
    sheet.fields(document, party.ids);
    sheet.fields(document, party.contact);
    sheet.html.raw("</section>");
}

/// The address as on a letter. What is missing there is named, since a bare `absent` would not say what.
fn postal<'s>(sheet: &mut Sheet<'s, '_>, document: Group<'s>, address: &Address) {
    let [one, two, three] = address.lines;
    let rows: [&[Term]; 6] =
        [&[one], &[two], &[three], &[address.code, address.city], &[address.division], &[address.country]];
    sheet.pin_section(address.group);
    for group in document.groups(address.group).take(1) {
        sheet.pin_group(group.id());
    }
    if rows.iter().any(|row| row.iter().any(|term| sheet.own(document, *term).next().is_some())) {
        sheet.html.raw("<p class=\"x-post\">");
        for row in rows {
            let there: Vec<Term> = row.iter().copied().filter(|t| sheet.own(document, *t).next().is_some()).collect();
            for (n, term) in there.iter().enumerate() {
                sheet.html.raw(if n > 0 { " " } else { "" });
                sheet.values(document, *term);
            }
            sheet.html.raw(if there.is_empty() { "" } else { "<br>" });
        }
        sheet.html.raw("</p>");
    }
    sheet.notes();
    let all: Vec<Term> = rows.iter().flat_map(|row| row.iter().copied()).collect();
    sheet.fields(document, &all);
}

/// All terms of a party's card.
fn terms(party: &Party) -> impl Iterator<Item = Term> {
    let address = party.address.as_ref().map(|a| {
        let [one, two, three] = a.lines;
        [one, two, three, a.city, a.code, a.division, a.country]
    });
    let rest = party.ids.iter().chain(party.contact).copied();
    [party.name].into_iter().chain(party.trading).chain(address.into_iter().flatten()).chain(rest)
}
