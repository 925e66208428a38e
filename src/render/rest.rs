//! What is attached, what has no field of its own, what is no term at all, and what the page was made from.

use std::collections::{HashMap, HashSet};

use super::sheet::Sheet;
use super::{About, form};
use crate::html::Html;
use crate::invoice::{Group, Kind, Occurrence, Term, Value, bt};
use crate::text::Lang;
use crate::xml::{Attribute, Name, NodeId, Tree};

/// Terms listed with their whole address; finding one costs a look at all of its kind.
const ADDRESSED: usize = 500;
/// Attributes that the page shows where it shows the value itself.
const SHOWN_ATTRIBUTES: [&str; 2] = ["currencyID", "format"];
/// The names with which XML itself speaks of a document: no content.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
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

/// Elements and attributes that are no term of EN 16931 nor of its French extension: nothing that was received goes unseen.
fn foreign(sheet: &mut Sheet<'_, '_>) {
    let (invoice, lang) = (sheet.facts.invoice, sheet.lang);
    let tree = invoice.tree();
    let bound: HashSet<NodeId> = invoice.occurrences().map(|o| o.node()).collect();
    let groups: HashSet<NodeId> = invoice.all_groups().filter_map(Group::node).collect();
    let is_marker = |node: NodeId| {
        let (_, local) = tree.expanded(tree.node(node).name);
        let around = tree.expanded(tree.node(tree.node(node).parent).name).1;
        MARKERS.contains(&local) || around == "TaxScheme" || filler(tree, node, local, around)
    };
    let content = |node: NodeId| !tree.has_children(node) && !tree.text_of(node).trim().is_empty();
    let alone = |node: &NodeId| {
        let apart = !bound.contains(node) && (content(*node) || tree.attributes(*node).iter().any(|a| said(tree, a)));
        apart && !is_marker(*node) && !groups.contains(node) && !sheet.strays.contains(node)
    };
    let left: Vec<NodeId> = (0..tree.len() as NodeId).filter(alone).collect();
    let attributes = attributes(sheet);
    if left.is_empty() && attributes.is_empty() {
        return;
    }
    let title = lang.pick("Contenu hors de la norme EN 16931", "Content outside EN 16931");
    sheet.open("x-foreign", title, None);
    sheet.html.raw("<dl class=\"x-dl x-paths\">");
    let most = sheet.about.bounds.foreign;
    sheet.left.foreign += (left.len() + attributes.len()).saturating_sub(most);
    for node in left.iter().copied().take(most) {
        sheet.html.raw("<div><dt><code>").text(&tree.path(node)).raw("</code></dt><dd class=\"x-text\">");
        if content(node) {
            sheet.html.raw("<bdi>");
            sheet.cut(bt::BT_22, tree.text_of(node).trim());
            sheet.html.raw("</bdi>");
        }
        for attribute in tree.attributes(node).iter().filter(|a| said(tree, a)) {
            sheet.html.raw(" <span class=\"x-part\">").line(&tree.qualified(attribute.name)).raw(" <bdi>");
            sheet.cut(bt::BT_1, tree.text(attribute.value));
            sheet.html.raw("</bdi></span>");
        }
        // Of the first element inside one that a finding speaks of, the finding stands here too.
        sheet.pin_element(node);
        let mut inner = node;
        while inner > 0 && tree.node(inner).parent + 1 == inner {
            inner = tree.node(inner).parent;
            sheet.pin_element(inner);
        }
        sheet.notes();
        sheet.html.raw("</dd></div>");
    }
    for one in attributes.iter().take(most.saturating_sub(left.len())) {
        sheet.html.raw("<div><dt><code>").text(one.term.id()).raw(" @").line(&tree.qualified(one.name));
        sheet.html.raw("</code></dt><dd class=\"x-text\"><bdi>");
        sheet.cut(bt::BT_1, one.value);
        sheet.html.raw("</bdi>");
        if one.count > 1 {
            sheet.html.raw(" <span class=\"soft\">(").number(one.count);
            sheet.html.text(lang.pick(" fois", " times")).raw(")</span>");
        }
        sheet.html.raw("</dd></div>");
    }
    sheet.html.raw("</dl>");
    sheet.close();
}

/// An attribute of a term's element for which the norm has no part; the same of many lines once.
struct Beside<'s> {
    term: Term,
    name: Name,
    value: &'s str,
    count: usize,
}

fn attributes<'s>(sheet: &Sheet<'s, '_>) -> Vec<Beside<'s>> {
    let invoice = sheet.facts.invoice;
    let tree = invoice.tree();
    let parts: HashSet<(NodeId, usize)> =
        invoice.occurrences().filter_map(|o| Some((o.node(), o.attribute()?))).collect();
    let mut seen: HashSet<NodeId> = HashSet::new();
    let mut at: HashMap<(Term, Name, &str), usize> = HashMap::new();
    let mut all: Vec<Beside<'s>> = Vec::new();
    for o in invoice.occurrences().filter(|o| !o.is_attribute() && !o.is_echo()) {
        if tree.attributes(o.node()).is_empty() || !seen.insert(o.node()) {
            continue;
        }
        for (n, attribute) in tree.attributes(o.node()).iter().enumerate() {
            let shown = SHOWN_ATTRIBUTES.contains(&tree.expanded(attribute.name).1) && shown_beside(o);
            let scheme = tree.expanded(attribute.name).1 == "schemeID";
            let shown = shown || (scheme && tells_the_term(o, tree.text(attribute.value)));
            if shown || parts.contains(&(o.node(), n)) || !said(tree, attribute) {
                continue;
            }
            let (term, name, value) = (o.term(), attribute.name, tree.text(attribute.value));
            let place = *at.entry((term, name, value)).or_insert_with(|| {
                all.push(Beside { term, name, value, count: 0 });
                all.len() - 1
            });
            if let Some(one) = all.get_mut(place) {
                one.count += 1;
            }
        }
    }
    all
}

/// Schemes that say nothing but which term it is.
fn tells_the_term(o: Occurrence<'_>, scheme: &str) -> bool {
    match o.term() {
        bt::BT_31 | bt::BT_48 | bt::BT_63 => scheme == "VA",
        bt::BT_32 => scheme == "FC",
        bt::BT_90 => scheme == "SEPA",
        _ => false,
    }
}

/// Does what the page shows of a value tell the currency of an amount, the format of a day?
fn shown_beside(o: Occurrence<'_>) -> bool {
    matches!(o.term().kind(), Kind::Amount | Kind::UnitPrice) || matches!(o.value(), Value::Day(_))
}

/// Is an attribute content of the document?
fn said(tree: &Tree<'_>, attribute: &Attribute) -> bool {
    let (space, local) = tree.expanded(attribute.name);
    space != INSTANCE && !(local == "format" && tree.text(attribute.value) == "102")
}

/// What CII has to hold beside a term: a name for the project (BT-11), and the base quantity (BT-149) once more with the gross price.
fn filler(tree: &Tree<'_>, node: NodeId, local: &str, around: &str) -> bool {
    let text = tree.text_of(node).trim();
    match (around, local) {
        ("SpecifiedProcuringProject", "Name") => text == "Project reference",
        ("GrossPriceProductTradePrice", "BasisQuantity") => {
            let prices = tree.node(tree.node(node).parent).parent;
            let mut all = tree.children(prices).flat_map(|price| tree.children(price));
            all.any(|other| {
                let same = tree.node(other).name == tree.node(node).name;
                same && other != node && tree.text_of(other).trim() == text
            })
        }
        _ => false,
    }
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
    html.raw("<bdi>").line(&report.file).raw("</bdi>");
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
