//! How and when to pay.

use super::sheet::Sheet;
use super::{form, words};
use crate::invoice::{Term, bt};

const FIRST: [Term; 4] = [bt::BT_81, bt::BT_82, bt::BT_20, bt::BT_83];
const CARD_AND_DEBIT: [Term; 7] =
    [bt::BT_87, bt::BT_88, bt::BT_89, bt::BT_90, bt::BT_91, bt::EXT_FR_FE_46, bt::EXT_FR_FE_52];

pub fn all(sheet: &mut Sheet<'_, '_>) {
    let (invoice, lang) = (sheet.facts.invoice, sheet.lang);
    let document = invoice.document();
    let told = [bt::BG_16, bt::BG_17, bt::BG_18, bt::BG_19];
    let any = FIRST.iter().chain(&CARD_AND_DEBIT).any(|term| sheet.wants(document, *term))
        || invoice.groups(bt::BG_17).next().is_some()
        || told.iter().any(|group| sheet.facts.pins.sections.contains_key(group));
    if !any {
        return;
    }
    sheet.open("x-payment", lang.pick("Paiement", "Payment"), Some(bt::BG_16));
    for group in told.into_iter().flat_map(|term| invoice.groups(term)).filter(|g| g.term() != Some(bt::BG_17)) {
        sheet.pin_group(group.id());
    }
    for group in [bt::BG_17, bt::BG_18, bt::BG_19] {
        sheet.pin_section(group);
    }
    sheet.notes();
    sheet.fields(document, &FIRST);
    for account in invoice.groups(bt::BG_17) {
        sheet.html.raw("<dl class=\"x-dl\">");
        let iban = sheet.own(account, bt::BT_84).next().is_some_and(|o| form::iban(o.trimmed()).is_some());
        let label = if iban { "IBAN" } else { words::label(bt::BT_84, lang) };
        sheet.field_called(account, bt::BT_84, label);
        for term in [bt::BT_85, bt::BT_86] {
            sheet.field(account, term);
        }
        sheet.html.raw("</dl>");
        sheet.pin_group(account.id());
        sheet.notes();
    }
    sheet.fields(document, &CARD_AND_DEBIT);
    sheet.close();
}
