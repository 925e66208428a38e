//! What is attached, what has no field of its own, what is no term at all, and what the page was made from.

use std::collections::HashSet;

use super::sheet::Sheet;
use super::{About, form};
use crate::html::Html;
use crate::invoice::{Kind, Occurrence, bt};
use crate::text::Lang;
use crate::xml::NodeId;

/// Terms listed with their whole address; finding one costs a look at all of its kind.
const ADDRESSED: usize = 500;
/// Elements listed that are no term.
const FOREIGN: usize = 200;
/// Characters of one of them that are shown.
const FOREIGN_CHARS: usize = 2_000;
/// Elements that only say how others are to be read, and whose meaning is in where those were shown.
const MARKERS: [&str; 8] = [
    "ChargeIndicator",
    "Indicator",
    "DocumentTypeCode",
    "TypeCode",
    "TaxTypeCode",
    "UBLVersionID",
    "ReferenceTypeCode",
    "NetworkID",
];

pub fn all(sheet: &mut Sheet<'_, '_>) {
    attachments(sheet);
    others(sheet);
    foreign(sheet);
}

fn attachments(sheet: &mut Sheet<'_, '_>) {
    let (invoice, lang) = (sheet.facts.invoice, sheet.lang);
    if invoice.groups(bt::BG_24).next().is_none() && !sheet.facts.pins.sections.contains_key(&bt::BG_24) {
        return;
    }
    sheet.open("x-files", lang.pick("Documents joints", "Supporting documents"), Some(bt::BG_24));
    sheet.html.raw("<table class=\"x-rows\"><thead><tr>");
    for name in [
        lang.pick("Référence", "Reference"),
        lang.pick("Description", "Description"),
        lang.pick("Fichier ou adresse", "File or address"),
    ] {
        sheet.html.raw("<th scope=\"col\">").text(name).raw("</th>");
    }
    sheet.html.raw("<th scope=\"col\" class=\"n\">").text(lang.pick("Taille", "Size")).raw("</th></tr></thead><tbody>");
    for group in invoice.groups(bt::BG_24) {
        sheet.html.raw("<tr class=\"x-line\"><th scope=\"row\">");
        sheet.values(group, bt::BT_122);
        sheet.html.raw("</th><td>");
        sheet.values(group, bt::BT_123);
        sheet.html.raw("</td><td>");
        sheet.values(group, bt::BT_124);
        let files: Vec<Occurrence<'_>> = sheet.own(group, bt::BT_125).collect();
        let mut sizes = Vec::new();
        for file in files {
            sheet.told(file);
            sizes.push(form::size(form::unpacked(file.text()), lang));
            for part in sheet.parts_of(file).into_iter().rev() {
                sheet.value(part);
                sheet.html.raw(" ");
            }
        }
        sheet.html.raw("</td><td class=\"n\">").text(&sizes.join(", ")).raw("</td></tr>");
        sheet.pin_group(group.id());
        if sheet.has_notes() {
            sheet.html.raw("<tr class=\"x-notes\"><td colspan=\"4\">");
            sheet.notes();
            sheet.html.raw("</td></tr>");
        }
    }
    sheet.html.raw("</tbody></table>");
    sheet.close();
}

/// Terms that were not written anywhere, each with its address and its name.
fn others(sheet: &mut Sheet<'_, '_>) {
    let facts = sheet.facts;
    let shown = |o: &Occurrence<'_>| sheet.left.shown.get(o.id() as usize).copied().unwrap_or(true);
    // What another group of the syntax says again was written where it was said first.
    let left: Vec<Occurrence<'_>> = facts.invoice.occurrences().filter(|o| !shown(o) && !o.is_echo()).collect();
    if left.is_empty() {
        return;
    }
    let lang = sheet.lang;
    sheet.open("x-others", lang.pick("Autres informations", "Other information"), None);
    sheet.html.raw("<dl class=\"x-dl\">");
    for (n, o) in left.iter().enumerate() {
        // A part is written behind its whole.
        if sheet.left.shown.get(o.id() as usize).copied().unwrap_or(true) {
            continue;
        }
        let address = if n < ADDRESSED { o.address() } else { o.term().id().to_owned() };
        sheet.html.raw("<div><dt>").text(o.term().name(lang)).raw(" <span class=\"soft\">").text(&address);
        sheet.html.raw("</span></dt><dd class=\"x-text\">");
        match o.term().kind() {
            Kind::Binary => {
                sheet.told(*o);
                sheet.html.text(&form::size(form::unpacked(o.text()), lang));
            }
            _ => sheet.value(*o),
        }
        sheet.notes();
        sheet.html.raw("</dd></div>");
    }
    sheet.html.raw("</dl>");
    sheet.close();
}

/// Elements with text that are no term of EN 16931 nor of its French extension: nothing that was received goes unseen.
fn foreign(sheet: &mut Sheet<'_, '_>) {
    let (invoice, lang) = (sheet.facts.invoice, sheet.lang);
    let tree = invoice.tree();
    let bound: HashSet<NodeId> = invoice.occurrences().map(|o| o.node()).collect();
    let is_marker = |node: NodeId| {
        let (_, local) = tree.expanded(tree.node(node).name);
        let around = tree.expanded(tree.node(tree.node(node).parent).name).1;
        MARKERS.contains(&local) || around == "TaxScheme"
    };
    let alone = |node: &NodeId| {
        !bound.contains(node)
            && !tree.has_children(*node)
            && !tree.text_of(*node).trim().is_empty()
            && !is_marker(*node)
    };
    let mut left = (0..tree.len() as NodeId).filter(alone).peekable();
    if left.peek().is_none() {
        return;
    }
    let title = lang.pick("Contenu hors de la norme EN 16931", "Content outside EN 16931");
    sheet.open("x-foreign", title, None);
    sheet.html.raw("<dl class=\"x-dl x-paths\">");
    let mut over = 0;
    for (n, node) in left.enumerate() {
        if n >= FOREIGN {
            over += 1;
            continue;
        }
        sheet.html.raw("<div><dt><code>").text(&tree.path(node)).raw("</code></dt><dd class=\"x-text\"><bdi>");
        let shown: String = tree.text_of(node).trim().chars().take(FOREIGN_CHARS).collect();
        sheet.html.text(&shown).raw("</bdi></dd></div>");
    }
    sheet.html.raw("</dl>");
    if over > 0 {
        sheet.html.raw("<p class=\"soft\">").text(lang.pick("… et ", "… and ")).number(over);
        sheet.html.text(lang.pick(" autres.", " more.")).raw("</p>");
    }
    sheet.close();
}

/// That this is no original, and what it was made from.
pub fn aid(sheet: &mut Sheet<'_, '_>) {
    made_from(&mut sheet.html, sheet.about);
}

pub fn made_from(html: &mut Html<'_>, about: &About<'_>) {
    let (lang, report) = (about.lang, about.report);
    html.raw("<footer class=\"x-aid\"><p><strong>");
    html.text(lang.pick("Aide à la lecture, pas l'original.", "A reading aid, not the original.")).raw("</strong> ");
    html.text(lang.pick("Faite par ", "Made by ")).text(&report.tool).text(lang.pick(" de ", " from "));
    html.raw("<bdi>").text(&report.file).raw("</bdi>");
    if let Some(syntax) = &report.syntax {
        html.raw(" (").text(syntax_name(syntax)).raw(")");
    }
    if !report.sha256.is_empty() {
        html.raw(", SHA-256 <code>").text(&report.sha256).raw("</code>");
    }
    html.raw(". ");
    if let Some(inside) = about.pdf {
        html.text(lang.pick(
            "Les données viennent du fichier XML joint au PDF ",
            "The data come from the XML file embedded in the PDF ",
        ));
        html.raw("<bdi>").text(&inside.name).raw("</bdi>");
        html.text(lang.pick(
            " ; la page que le vendeur a composée est le PDF lui-même.",
            "; the page that the seller composed is the PDF itself.",
        ));
    }
    html.raw("</p><p>");
    if !about.findings {
        html.text(lang.pick("Les constats n'ont pas été demandés. ", "Findings were not asked for. "));
    } else {
        judged_by(html, about, lang);
    }
    html.text(lang.pick(
        "Montants, dates et textes sont ceux du document : rien n'est calculé ni arrondi ici.",
        "Amounts, dates and texts are those of the document: nothing is computed or rounded here.",
    ));
    html.raw("</p></footer>");
}

fn judged_by(html: &mut Html<'_>, about: &About<'_>, lang: Lang) {
    if about.report.packs.is_empty() {
        return;
    }
    html.text(lang.pick("Jugée au ", "Judged as of ")).text(&form::day(about.report.as_of, lang));
    html.text(lang.pick(" selon ", " by "));
    for (n, pack) in about.report.packs.iter().enumerate() {
        html.raw(if n > 0 { ", " } else { "" }).text(&pack.id).raw(" ").text(&pack.version);
    }
    html.raw(". ");
}

fn syntax_name(id: &str) -> &str {
    match id {
        "ubl-invoice" => "UBL Invoice",
        "ubl-creditnote" => "UBL CreditNote",
        "cii" => "UN/CEFACT CII",
        "facturx-pdf" => "Factur-X PDF",
        other => other,
    }
}
