//! What the invoice refers to, what kind of business it is, and its notes.

use super::sheet::Sheet;
use super::words;
use crate::invoice::{Group, Term, bt};

const REFERENCES: [Term; 15] = [
    bt::BT_13,
    bt::EXT_FR_FE_197,
    bt::BT_10,
    bt::BT_12,
    bt::EXT_FR_FE_199,
    bt::EXT_FR_FE_01,
    bt::BT_14,
    bt::BT_16,
    bt::EXT_FR_FE_198,
    bt::BT_15,
    bt::BT_17,
    bt::BT_18,
    bt::BT_11,
    bt::BT_19,
    bt::BT_23,
];

pub fn all(sheet: &mut Sheet<'_, '_>) {
    let document = sheet.facts.invoice.document();
    let before = document.groups(bt::BG_3).next().is_some() || sheet.facts.pins.sections.contains_key(&bt::BG_3);
    let any = REFERENCES.iter().chain(&[bt::BT_24]).any(|term| sheet.wants(document, *term));
    if any || before {
        let title = sheet.lang.pick("Références", "References");
        sheet.open("x-refs", title, None);
        sheet.pin_section(bt::BG_2);
        sheet.notes();
        sheet.fields(document, &REFERENCES);
        preceding(sheet, before);
        sheet.fields(document, &[bt::BT_24]);
        sheet.close();
    }
    notes(sheet);
}

/// The invoices that this one corrects or settles.
fn preceding(sheet: &mut Sheet<'_, '_>, any: bool) {
    if !any {
        return;
    }
    let label = words::of_key("BG-3", sheet.lang).unwrap_or_default();
    sheet.html.raw("<dl class=\"x-dl\"><div><dt>").text(label).raw("</dt><dd>");
    sheet.pin_section(bt::BG_3);
    sheet.notes();
    for group in sheet.facts.invoice.groups(bt::BG_3) {
        sheet.html.raw("<div>");
        sheet.values(group, bt::BT_25);
        if sheet.wants(group, bt::BT_26) {
            sheet.html.text(sheet.lang.pick(" du ", " of "));
            sheet.values(group, bt::BT_26);
        }
        if sheet.wants(group, bt::EXT_FR_FE_02) {
            sheet.html.raw(", ");
            sheet.values(group, bt::EXT_FR_FE_02);
        }
        sheet.pin_group(group.id());
        sheet.notes();
        sheet.html.raw("</div>");
    }
    sheet.html.raw("</dd></div></dl>");
}

fn notes(sheet: &mut Sheet<'_, '_>) {
    let invoice = sheet.facts.invoice;
    if invoice.groups(bt::BG_1).next().is_none() && !sheet.facts.pins.sections.contains_key(&bt::BG_1) {
        return;
    }
    let title = sheet.lang.pick("Notes", "Notes");
    sheet.open("x-notes-of", title, Some(bt::BG_1));
    sheet.html.raw("<dl class=\"x-dl\">");
    for group in invoice.groups(bt::BG_1) {
        note(sheet, group);
    }
    sheet.html.raw("</dl>");
    sheet.close();
}

/// A note under the name of its subject.
fn note<'s>(sheet: &mut Sheet<'s, '_>, group: Group<'s>) {
    let lang = sheet.lang;
    sheet.html.raw("<div><dt>");
    let subject = sheet.own(group, bt::BT_21).next();
    let ours = subject.and_then(|o| words::of_key(&format!("note.{}", o.trimmed()), lang));
    match (subject, ours) {
        (Some(subject), Some(ours)) => {
            sheet.html.text(ours).raw(" <span class=\"soft\">");
            sheet.code(subject);
            sheet.html.raw("</span>");
        }
        (Some(_), None) => {}
        (None, _) => {
            sheet.html.raw("Note ");
        }
    }
    sheet.values(group, bt::BT_21);
    sheet.html.raw("</dt><dd class=\"x-text\">");
    sheet.values(group, bt::BT_22);
    sheet.pin_group(group.id());
    sheet.notes();
    sheet.html.raw("</dd></div>");
}
