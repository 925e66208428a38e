//! The lines: one row each with what everybody looks for, and the rest of the line below its name.

use super::sheet::Sheet;
use super::totals::with_currency;
use super::words;
use crate::invoice::{Group, Term, bt};
use crate::text::trim;

/// Terms of a line below the name of its item, in this order; prices, allowances and charges stand apart.
const DETAILS: [Term; 33] = [
    bt::BT_155,
    bt::BT_156,
    bt::BT_157,
    bt::BT_158,
    bt::BT_159,
    bt::EXT_FR_FE_158,
    bt::EXT_FR_FE_146,
    bt::EXT_FR_FE_135,
    bt::BT_132,
    bt::EXT_FR_FE_144,
    bt::EXT_FR_FE_145,
    bt::EXT_FR_FE_140,
    bt::EXT_FR_FE_141,
    bt::BT_128,
    bt::BT_133,
    bt::EXT_FR_FE_136,
    bt::EXT_FR_FE_139,
    bt::EXT_FR_FE_138,
    bt::EXT_FR_FE_137,
    bt::EXT_FR_FE_162,
    bt::EXT_FR_FE_163,
    bt::EXT_FR_FE_191,
    bt::EXT_FR_FE_180,
    bt::EXT_FR_FE_181,
    bt::EXT_FR_FE_182,
    bt::EXT_FR_FE_184,
    bt::EXT_FR_FE_187,
    bt::EXT_FR_FE_188,
    bt::EXT_FR_FE_189,
    bt::EXT_FR_FE_190,
    bt::BT_148,
    bt::BT_147,
    bt::EXT_FR_FE_195,
];
const PERIOD: [Term; 2] = [bt::BT_134, bt::BT_135];
const COLUMNS: usize = 6;

pub fn all(sheet: &mut Sheet<'_, '_>) {
    let lang = sheet.lang;
    sheet.open("x-lines", lang.pick("Lignes", "Lines"), Some(bt::BG_25));
    let names = names(sheet);
    let mut count = 0;
    for line in sheet.facts.invoice.lines() {
        count += 1;
        if count > sheet.about.bounds.lines {
            sheet.left.lines += 1;
            sheet.untold(line);
            continue;
        }
        if count == 1 {
            head(sheet, &names);
        }
        row(sheet, line, &names);
    }
    if count > 0 {
        sheet.html.raw("</tbody></table>");
    } else {
        sheet.html.raw("<p class=\"soft\">").text(lang.pick("Aucune ligne.", "No line.")).raw("</p>");
    }
    sheet.close();
}

type Names = [String; COLUMNS];

fn names(sheet: &Sheet<'_, '_>) -> Names {
    let lang = sheet.lang;
    let amount = lang.pick("Montant net HT", "Net amount");
    let price = lang.pick("Prix net HT", "Net price");
    [
        lang.pick("N°", "No").to_owned(),
        lang.pick("Désignation", "Item").to_owned(),
        lang.pick("Quantité", "Quantity").to_owned(),
        price.to_owned(),
        lang.pick("TVA", "VAT").to_owned(),
        with_currency(sheet, amount),
    ]
}

fn head(sheet: &mut Sheet<'_, '_>, names: &Names) {
    sheet.html.raw("<table class=\"x-rows\"><thead><tr>");
    for (n, name) in names.iter().enumerate() {
        let right = matches!(n, 2 | 3 | 5);
        sheet.html.raw("<th scope=\"col\"").raw(if right { " class=\"n\">" } else { ">" }).text(name).raw("</th>");
    }
    sheet.html.raw("</tr></thead><tbody>");
}

fn row<'s>(sheet: &mut Sheet<'s, '_>, line: Group<'s>, names: &Names) {
    sheet.html.raw("<tr class=\"x-line\">");
    cell(sheet, names, 0, "<td");
    sheet.values(line, bt::BT_126);
    sheet.html.raw("</td>");
    cell(sheet, names, 1, "<th scope=\"row\"");
    sheet.values(line, bt::BT_153);
    sheet.html.raw("</th>");
    cell(sheet, names, 2, "<td class=\"n\"");
    sheet.values(line, bt::BT_129);
    unit(sheet, line, bt::BT_130);
    sheet.html.raw("</td>");
    cell(sheet, names, 3, "<td class=\"n\"");
    sheet.values(line, bt::BT_146);
    if sheet.wants(line, bt::BT_149) || sheet.wants(line, bt::BT_150) {
        sheet.html.raw("<br><span class=\"soft\">").text(sheet.lang.pick("pour ", "for "));
        sheet.values(line, bt::BT_149);
        unit(sheet, line, bt::BT_150);
        sheet.html.raw("</span>");
    }
    sheet.html.raw("</td>");
    cell(sheet, names, 4, "<td");
    vat(sheet, line, bt::BT_151, bt::BT_152);
    sheet.html.raw("</td>");
    cell(sheet, names, 5, "<td class=\"n x-amount\"");
    sheet.values(line, bt::BT_131);
    sheet.html.raw("</td></tr>");
    sheet.pin_group(line.id());
    for group in [bt::BG_29, bt::BG_30, bt::BG_31, bt::BG_26].into_iter().flat_map(|term| line.groups(term)) {
        sheet.pin_group(group.id());
    }
    if sheet.has_notes() {
        sheet.html.raw("<tr class=\"x-notes\"><td></td><td colspan=\"5\">");
        sheet.notes();
        sheet.html.raw("</td></tr>");
    }
    details(sheet, line);
}

fn cell(sheet: &mut Sheet<'_, '_>, names: &Names, at: usize, open: &'static str) {
    sheet.html.raw(open).attr("data-label", names.get(at).map_or("", String::as_str)).raw(">");
}

/// The unit of a quantity, behind it.
fn unit<'s>(sheet: &mut Sheet<'s, '_>, line: Group<'s>, term: Term) {
    if sheet.wants(line, term) {
        sheet.html.raw(" <span class=\"x-unit\">");
        sheet.values(line, term);
        sheet.html.raw("</span>");
    }
}

/// Rate, and category in words below it.
pub fn vat<'s>(sheet: &mut Sheet<'s, '_>, group: Group<'s>, category: Term, rate: Term) {
    if sheet.wants(group, rate) {
        sheet.values(group, rate);
        sheet.html.raw("<br>");
    }
    sheet.html.raw("<span class=\"x-unit\">");
    sheet.values(group, category);
    sheet.html.raw("</span>");
}

/// Is there anything of a line beside its row?
fn more<'s>(sheet: &Sheet<'s, '_>, line: Group<'s>) -> bool {
    let apart = [bt::BT_154, bt::BT_127, bt::EXT_FR_FE_196, bt::EXT_FR_FE_164, bt::EXT_FR_FE_167, bt::EXT_FR_FE_177];
    DETAILS.iter().chain(&apart).chain(&PERIOD).any(|term| sheet.wants(line, *term))
        || [bt::BG_27, bt::BG_28, bt::BG_32, bt::EXT_FR_FE_BG_12].iter().any(|g| line.groups(*g).next().is_some())
}

fn details<'s>(sheet: &mut Sheet<'s, '_>, line: Group<'s>) {
    if !more(sheet, line) {
        return;
    }
    sheet.html.raw("<tr class=\"x-more\"><td></td><td colspan=\"5\">");
    for term in [bt::BT_154, bt::BT_127] {
        if sheet.wants(line, term) {
            sheet.html.raw("<p class=\"x-text\">");
            if term == bt::BT_127 {
                sheet.html.raw("<span class=\"soft\">").text(words::label(term, sheet.lang));
                sheet.html.text(sheet.lang.pick(" : ", ": ")).raw("</span>");
            }
            sheet.values(line, term);
            sheet.html.raw("</p>");
            sheet.notes();
        }
    }
    sheet.html.raw("<dl class=\"x-dl\">");
    sheet.span(line, PERIOD, sheet.lang.pick("Période", "Period"));
    for term in DETAILS.into_iter().chain([bt::EXT_FR_FE_196]) {
        if term == bt::BT_147 && adds_to_the_price(sheet, line) {
            let label =
                sheet.lang.pick("Supplément sur le prix, écrit comme frais", "Price surcharge, written as a charge");
            sheet.field_called(line, term, label);
            continue;
        }
        sheet.field(line, term);
    }
    sheet.html.raw("</dl>");
    attributes(sheet, line);
    reductions(sheet, line, bt::BG_27, &ALLOWANCE);
    reductions(sheet, line, bt::BG_28, &CHARGE);
    for seller in line.groups(bt::EXT_FR_FE_BG_12) {
        sheet.fields(seller, &[bt::EXT_FR_FE_164, bt::EXT_FR_FE_167, bt::EXT_FR_FE_177]);
        sheet.pin_group(seller.id());
        sheet.notes();
    }
    sheet.html.raw("</td></tr>");
}

/// Does the document call what stands for the price discount (BT-147) a charge? The norm has none there.
fn adds_to_the_price<'s>(sheet: &Sheet<'s, '_>, line: Group<'s>) -> bool {
    let tree = sheet.facts.invoice.tree();
    line.all(bt::BT_147).any(|discount| {
        let around = tree.node(discount.node()).parent;
        let indicators = tree.children(around).filter(|n| tree.expanded(tree.node(*n).name).1 == "ChargeIndicator");
        // CII holds it in an element of its own.
        let mut texts = indicators.flat_map(|n| tree.children(n).chain([n])).map(|n| trim(tree.text_of(n)));
        texts.any(|text| matches!(text, "true" | "1"))
    })
}

/// Attributes of the item under their own names.
fn attributes<'s>(sheet: &mut Sheet<'s, '_>, line: Group<'s>) {
    if line.groups(bt::BG_32).next().is_none() {
        return;
    }
    sheet.html.raw("<dl class=\"x-dl\">");
    for group in line.groups(bt::BG_32) {
        sheet.html.raw("<div><dt>");
        sheet.values(group, bt::BT_160);
        if sheet.wants(group, bt::EXT_FR_FE_159) {
            sheet.html.raw(" ");
            sheet.values(group, bt::EXT_FR_FE_159);
        }
        sheet.html.raw("</dt><dd>");
        sheet.values(group, bt::BT_161);
        for term in [bt::EXT_FR_FE_160, bt::EXT_FR_FE_161] {
            if sheet.wants(group, term) {
                sheet.html.raw(" ");
                sheet.values(group, term);
            }
        }
        sheet.pin_group(group.id());
        sheet.notes();
        sheet.html.raw("</dd></div>");
    }
    sheet.html.raw("</dl>");
}

/// The terms of an allowance or a charge: amount, base, percentage, reason, code.
pub struct Reduction {
    pub name: (&'static str, &'static str),
    pub amount: Term,
    pub base: Term,
    pub percent: Term,
    pub reason: Term,
    pub code: Term,
}

const ALLOWANCE: Reduction = Reduction {
    name: ("Remise", "Allowance"),
    amount: bt::BT_136,
    base: bt::BT_137,
    percent: bt::BT_138,
    reason: bt::BT_139,
    code: bt::BT_140,
};
const CHARGE: Reduction = Reduction {
    name: ("Frais", "Charge"),
    amount: bt::BT_141,
    base: bt::BT_142,
    percent: bt::BT_143,
    reason: bt::BT_144,
    code: bt::BT_145,
};

fn reductions<'s>(sheet: &mut Sheet<'s, '_>, line: Group<'s>, group: Term, terms: &Reduction) {
    for one in line.groups(group) {
        let (fr, en) = terms.name;
        sheet.html.raw("<dl class=\"x-dl\"><div><dt>").text(sheet.lang.pick(fr, en)).raw("</dt><dd>");
        sheet.values(one, terms.amount);
        reason(sheet, one, terms, " · ");
        sheet.pin_group(one.id());
        sheet.notes();
        sheet.html.raw("</dd></div></dl>");
    }
}

/// Why, and on what: `Remise de fidélité (95) · 10 % de 240,00`.
pub fn reason<'s>(sheet: &mut Sheet<'s, '_>, group: Group<'s>, terms: &Reduction, mark: &'static str) {
    let mut first = true;
    for term in [terms.reason, terms.code] {
        if sheet.wants(group, term) {
            sheet.html.raw(if first { mark } else { " · " });
            sheet.values(group, term);
            first = false;
        }
    }
    if sheet.wants(group, terms.percent) || sheet.wants(group, terms.base) {
        sheet.html.raw(if first { mark } else { " · " });
        sheet.values(group, terms.percent);
        if sheet.wants(group, terms.base) {
            sheet.html.text(sheet.lang.pick(" de ", " of "));
            sheet.values(group, terms.base);
        }
    }
}
