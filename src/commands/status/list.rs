//! The list of invoices, one line each.

use jiff::tz::TimeZone;

use super::super::remote::Invoice;
use super::super::{show, words};
use crate::text::Lang;

pub fn text(invoices: &[Invoice], zone: &TimeZone, lang: Lang) -> String {
    if invoices.is_empty() {
        return words::pick(lang, "Aucune facture.\n", "No invoice.\n").to_owned();
    }
    let head = match lang {
        Lang::Fr => ["ID", "ÉTAT", "NUMÉRO", "CLIENT", "MONTANT", "PLATEFORME", "DERNIER CHANGEMENT"],
        Lang::En => ["ID", "STATE", "NUMBER", "CUSTOMER", "AMOUNT", "PLATFORM", "LAST CHANGE"],
    };
    let lines: Vec<Vec<String>> =
        std::iter::once(head.map(str::to_owned).to_vec()).chain(invoices.iter().map(|i| line(i, zone, lang))).collect();
    show::table(&lines)
}

fn line(invoice: &Invoice, zone: &TimeZone, lang: Lang) -> Vec<String> {
    let or = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    let customer = invoice.customer_name.clone().or_else(|| invoice.customer.clone());
    vec![
        invoice.id.clone(),
        state(invoice, lang),
        or(&invoice.number),
        or(&customer),
        amount(invoice).unwrap_or_else(|| "–".to_owned()),
        or(&invoice.platform),
        invoice.updated_at.as_deref().map_or_else(|| "–".to_owned(), |at| show::local(at, zone)),
    ]
}

/// Where it stands; of one that is valid by somebody's word alone, that too.
fn state(invoice: &Invoice, lang: Lang) -> String {
    let state = invoice.state.as_deref().map_or("–", |state| words::state(state, lang));
    let verdict = invoice.verdict.as_deref().filter(|_| invoice.waived || invoice.lowered);
    verdict.map_or_else(
        || state.to_owned(),
        |name| format!("{state} ({})", words::verdict_by(name, invoice.waived, invoice.lowered, lang)),
    )
}

/// The amount due with its currency: below zero for a credit note. What is no amount is shown as the invoice writes it.
pub fn amount(invoice: &Invoice) -> Option<String> {
    let payable = invoice.amount.as_deref().or(invoice.payable.as_deref())?;
    Some(format!("{payable} {}", invoice.currency.as_deref().unwrap_or("?")))
}
