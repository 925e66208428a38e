//! Allowances and charges on the whole; the VAT by category, the totals and the payment beside each other.

use std::collections::HashSet;

use super::lines::{Reduction, reason, vat};
use super::sheet::Sheet;
use super::{form, payment, words};
use crate::decimal;
use crate::invoice::{Group, Term, bt};
use crate::xml::NodeId;

const ALLOWANCE: Reduction = Reduction {
    name: ("Remise", "Allowance"),
    amount: bt::BT_92,
    base: bt::BT_93,
    percent: bt::BT_94,
    reason: bt::BT_97,
    code: bt::BT_98,
};
const CHARGE: Reduction = Reduction {
    name: ("Frais", "Charge"),
    amount: bt::BT_99,
    base: bt::BT_100,
    percent: bt::BT_101,
    reason: bt::BT_104,
    code: bt::BT_105,
};
/// The totals in the order in which they come from each other, with the sign by which each goes into the next.
const TOTALS: [(Term, &str); 10] = [
    (bt::BT_106, ""),
    (bt::BT_107, "\u{2212}"),
    (bt::BT_108, "+"),
    (bt::BT_109, "="),
    (bt::BT_110, "+"),
    (bt::BT_111, ""),
    (bt::BT_112, "="),
    (bt::BT_113, "\u{2212}"),
    (bt::BT_114, "+"),
    (bt::BT_115, "="),
];

/// Totals of VAT of odd currencies that are shown in the totals; more stand with the content outside the norm.
const STRAYS: usize = 20;
/// Characters of a currency in a heading; codes have three.
const CODE_CHARS: usize = 8;
/// Longest number among them that is given the marks of a language.
const STRAY_CHARS: usize = 60;

pub fn all(sheet: &mut Sheet<'_, '_>) {
    reductions(sheet);
    sheet.html.raw("<div class=\"x-sums\">");
    breakdown(sheet);
    totals(sheet);
    payment::all(sheet);
    sheet.html.raw("</div>");
}

fn reductions(sheet: &mut Sheet<'_, '_>) {
    let (invoice, lang) = (sheet.facts.invoice, sheet.lang);
    let kinds = [(bt::BG_20, &ALLOWANCE, (bt::BT_95, bt::BT_96)), (bt::BG_21, &CHARGE, (bt::BT_102, bt::BT_103))];
    let told = |group: &Term| sheet.facts.pins.sections.contains_key(group);
    if !kinds.iter().any(|(group, ..)| invoice.groups(*group).next().is_some() || told(group)) {
        return;
    }
    sheet.open(
        "x-reductions",
        lang.pick("Remises et frais sur l'ensemble", "Allowances and charges on the whole"),
        None,
    );
    for (group, ..) in kinds {
        sheet.pin_section(group);
    }
    sheet.notes();
    let names = [lang.pick("Nature", "Kind"), lang.pick("Motif", "Reason"), lang.pick("TVA", "VAT")];
    let amount = with_currency(sheet, lang.pick("Montant HT", "Amount"));
    table(sheet, &names, &[&amount]);
    for (group, terms, (category, rate)) in kinds {
        for one in invoice.groups(group) {
            let (fr, en) = terms.name;
            sheet.html.raw("<tr class=\"x-line\"><th scope=\"row\">").text(lang.pick(fr, en)).raw("</th><td");
            sheet.html.attr("data-label", names[1]).raw(">");
            reason(sheet, one, terms, "");
            for term in [bt::EXT_FR_FE_187, bt::EXT_FR_FE_188] {
                if sheet.wants(one, term) {
                    sheet.html.raw("<br>");
                    sheet.values(one, term);
                }
            }
            sheet.html.raw("</td><td").attr("data-label", names[2]).raw(">");
            vat(sheet, one, category, rate);
            sheet.html.raw("</td><td class=\"n x-amount\"").attr("data-label", &amount).raw(">");
            sheet.values(one, terms.amount);
            sheet.html.raw("</td></tr>");
            noted(sheet, one, 4);
        }
    }
    sheet.html.raw("</tbody></table>");
    sheet.close();
}

fn breakdown(sheet: &mut Sheet<'_, '_>) {
    let (invoice, lang) = (sheet.facts.invoice, sheet.lang);
    sheet.open("x-vat", lang.pick("TVA par type", "VAT by category"), Some(bt::BG_23));
    if invoice.groups(bt::BG_23).next().is_none() {
        sheet.html.raw("<p class=\"soft\">").text(lang.pick("Aucune ventilation.", "No breakdown.")).raw("</p>");
        sheet.close();
        return;
    }
    let names = [lang.pick("Type", "Category"), lang.pick("Taux", "Rate")];
    let amounts = [with_currency(sheet, lang.pick("Base", "Base")), with_currency(sheet, lang.pick("TVA", "VAT"))];
    table(sheet, &names, &[&amounts[0], &amounts[1]]);
    for one in invoice.groups(bt::BG_23) {
        sheet.html.raw("<tr class=\"x-line\"><th scope=\"row\">");
        sheet.values(one, bt::BT_118);
        sheet.html.raw("</th><td").attr("data-label", names[1]).raw(">");
        sheet.values(one, bt::BT_119);
        for (amount, name) in [bt::BT_116, bt::BT_117].into_iter().zip(&amounts) {
            sheet.html.raw("</td><td class=\"n x-amount\"").attr("data-label", name).raw(">");
            sheet.values(one, amount);
        }
        sheet.html.raw("</td></tr>");
        noted(sheet, one, 4);
        let why = [bt::BT_120, bt::BT_121];
        if why.iter().any(|term| sheet.wants(one, *term)) {
            sheet.html.raw("<tr class=\"x-more\"><td colspan=\"4\">");
            sheet.fields(one, &why);
            sheet.html.raw("</td></tr>");
        }
    }
    sheet.html.raw("</tbody></table>");
    sheet.close();
}

fn totals(sheet: &mut Sheet<'_, '_>) {
    let (invoice, lang) = (sheet.facts.invoice, sheet.lang);
    let document = invoice.document();
    sheet.open("x-totals", lang.pick("Totaux", "Totals"), Some(bt::BG_22));
    for group in document.groups(bt::BG_22).take(1) {
        sheet.pin_group(group.id());
    }
    sheet.notes();
    let caption = lang.pick("Totaux", "Totals");
    sheet.html.raw("<table><caption class=\"hide\">").text(caption).raw("</caption><tbody>");
    sheet.currencies = true;
    for (term, sign) in TOTALS {
        let strays = if term == bt::BT_110 { strays(sheet) } else { Vec::new() };
        if !sheet.wants(document, term) && strays.is_empty() {
            continue;
        }
        let whole = matches!(term, bt::BT_109 | bt::BT_112);
        sheet.html.raw(match (term, whole) {
            (bt::BT_115, _) => "<tr class=\"x-payable\"><td class=\"x-sign\">",
            (_, true) => "<tr class=\"x-whole\"><td class=\"x-sign\">",
            _ => "<tr><td class=\"x-sign\">",
        });
        sheet
            .html
            .text(sign)
            .raw("</td><th scope=\"row\">")
            .text(if term == bt::BT_115 { words::due(invoice, lang) } else { words::label(term, lang) })
            .raw("</th><td class=\"n x-amount\">");
        if strays.is_empty() || sheet.own(document, term).next().is_some() {
            sheet.values(document, term);
        }
        for (n, node) in strays.into_iter().enumerate() {
            sheet.html.raw(if n > 0 { "<br>" } else { "" });
            stray(sheet, node);
        }
        sheet.html.raw("</td></tr>");
        if sheet.has_notes() {
            sheet.html.raw("<tr class=\"x-notes\"><td colspan=\"3\">");
            sheet.notes();
            sheet.html.raw("</td></tr>");
        }
    }
    sheet.currencies = false;
    sheet.html.raw("</tbody></table>");
    sheet.close();
}

/// Totals of VAT whose currency is neither BT-5 nor BT-6: what tells BT-110 and BT-111 apart is the currency, so that they are no
/// term at all; people look for them here all the same.
fn strays(sheet: &Sheet<'_, '_>) -> Vec<NodeId> {
    let (invoice, tree) = (sheet.facts.invoice, sheet.facts.invoice.tree());
    let named = |node: &NodeId, name: &str| tree.expanded(tree.node(*node).name).1 == name;
    let bound: HashSet<NodeId> =
        [bt::BT_110, bt::BT_111].into_iter().flat_map(|term| invoice.all(term)).map(|o| o.node()).collect();
    let within = |nodes: Vec<NodeId>, name: &str| -> Vec<NodeId> {
        nodes.into_iter().flat_map(|node| tree.children(node)).filter(|node| named(node, name)).collect()
    };
    let path: &[&str] = match invoice.syntax().is_ubl() {
        true => &["TaxTotal", "TaxAmount"],
        false => &[
            "SupplyChainTradeTransaction",
            "ApplicableHeaderTradeSettlement",
            "SpecifiedTradeSettlementHeaderMonetarySummation",
            "TaxTotalAmount",
        ],
    };
    let all = path.iter().fold(vec![0], |nodes, name| within(nodes, name));
    all.into_iter().filter(|node| !bound.contains(node)).take(STRAYS).collect()
}

/// One of them, with its currency and what is odd about it.
fn stray(sheet: &mut Sheet<'_, '_>, node: NodeId) {
    let (facts, lang) = (sheet.facts, sheet.lang);
    let written = facts.invoice.tree().text_of(node).trim();
    sheet.strays.insert(node);
    sheet.html.raw("<bdi class=\"x-hot warning\"").attr("data-value", written).raw(">");
    match decimal::parse(written) {
        Ok(_) if written.len() <= STRAY_CHARS => {
            sheet.html.text(&form::number(written, lang));
        }
        _ => sheet.cut(bt::BT_110, written),
    }
    sheet.html.raw("</bdi>");
    let said = match facts.written_currency(node) {
        Some(own) => {
            sheet.html.text("\u{a0}").raw("<span class=\"x-odd\">").line(own).raw("</span>");
            lang.pick("devise qui n'est ni BT-5 ni BT-6", "its currency is neither BT-5 nor BT-6")
        }
        None => lang.pick("sans devise (currencyID)", "without currency (currencyID)"),
    };
    sheet.html.raw("<br><em class=\"x-odd\">").text(said).raw("</em>");
    sheet.pin_field(facts.invoice.document(), bt::BT_110);
    sheet.pin_element(node);
}

/// The head of a table: columns of words, then columns of amounts.
fn table(sheet: &mut Sheet<'_, '_>, words: &[&str], amounts: &[&String]) {
    sheet.html.raw("<table class=\"x-rows\"><thead><tr>");
    for name in words {
        sheet.html.raw("<th scope=\"col\">").text(name).raw("</th>");
    }
    for name in amounts {
        sheet.html.raw("<th scope=\"col\" class=\"n\">").text(name).raw("</th>");
    }
    sheet.html.raw("</tr></thead><tbody>");
}

/// A heading with the currency of its amounts; of what is no code, its beginning.
pub fn with_currency(sheet: &Sheet<'_, '_>, name: &str) -> String {
    match sheet.facts.currency().char_indices().nth(CODE_CHARS) {
        _ if sheet.facts.currency().is_empty() => name.to_owned(),
        None => format!("{name} ({})", sheet.facts.currency()),
        Some((end, _)) => format!("{name} ({}…)", sheet.facts.currency().get(..end).unwrap_or_default()),
    }
}

/// A row of findings below the row of a group.
fn noted<'s>(sheet: &mut Sheet<'s, '_>, group: Group<'s>, columns: usize) {
    sheet.pin_group(group.id());
    if sheet.has_notes() {
        sheet.html.raw("<tr class=\"x-notes\"><td").attr("colspan", &columns.to_string()).raw(">");
        sheet.notes();
        sheet.html.raw("</td></tr>");
    }
}
