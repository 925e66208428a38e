//! What is attached, what has no field of its own, what is no term at all, and what the page was made from.

use std::collections::{HashMap, HashSet};

use super::sheet::Sheet;
use super::{About, form};
use crate::html::Html;
use crate::invoice::{Group, Kind, Occurrence, Term, Value, bt};
use crate::text::{Lang, trim};
use crate::xml::{Attribute, Name, NodeId, Tree};
use crate::{decimal, formats};

/// Terms listed with their whole address; finding one costs a look at all of its kind.
const ADDRESSED: usize = 500;
/// Attributes that the page shows where it shows the value itself.
const SHOWN_ATTRIBUTES: [&str; 2] = ["currencyID", "format"];
/// The names with which XML itself speaks of a document: no content.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
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
    let names = [
        lang.pick("Référence", "Reference"),
        lang.pick("Description", "Description"),
        lang.pick("Fichier ou adresse", "File or address"),
    ];
    let size = lang.pick("Taille", "Size");
    for name in names {
        sheet.html.raw("<th scope=\"col\">").text(name).raw("</th>");
    }
    sheet.html.raw("<th scope=\"col\" class=\"n\">").text(size).raw("</th></tr></thead><tbody>");
    for group in invoice.groups(bt::BG_24) {
        sheet.html.raw("<tr class=\"x-line\"><th scope=\"row\">");
        sheet.values(group, bt::BT_122);
        sheet.html.raw("</th><td").attr("data-label", names[1]).raw(">");
        sheet.values(group, bt::BT_123);
        sheet.html.raw("</td><td").attr("data-label", names[2]).raw(">");
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
        sheet
            .html
            .raw("</td><td class=\"n\"")
            .attr("data-label", size)
            .raw(">")
            .text(&sizes.join(", "))
            .raw("</td></tr>");
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

/// What an element says that is no term: texts, attributes.
struct Foreign<'s> {
    node: NodeId,
    texts: Vec<&'s str>,
    attributes: Vec<usize>,
}

/// Looks for what is neither a term nor the form of its syntax.
struct Search<'s> {
    tree: &'s Tree<'s>,
    /// Elements that are a term, or bear one.
    bound: HashSet<NodeId>,
    groups: HashMap<NodeId, Group<'s>>,
    document: Group<'s>,
}

impl<'s> Search<'s> {
    fn new(sheet: &Sheet<'s, '_>) -> Self {
        let invoice = sheet.facts.invoice;
        let tree = invoice.tree();
        Self {
            tree,
            bound: invoice.occurrences().map(|o| o.node()).collect(),
            groups: invoice.all_groups().filter_map(|group| Some((group.node()?, group))).collect(),
            document: invoice.document(),
        }
    }

    fn is_form(&self, node: NodeId, attribute: Option<usize>, text: &str) -> bool {
        formats::is_form(self.tree, node, attribute, text, |term, text| self.says(node, term, text))
    }

    /// Does a term of a group around say the same, or one of the document?
    fn says(&self, node: NodeId, term: Term, text: &str) -> bool {
        const FEW: usize = 4;
        let up = std::iter::successors(Some(node), |n| (*n != 0).then(|| self.tree.node(*n).parent));
        let around = up.filter_map(|n| self.groups.get(&n).copied()).chain([self.document]);
        around.flat_map(|group| group.all(term).take(FEW)).any(|o| {
            let said = o.number().is_some_and(|number| decimal::parse(text) == Ok(number));
            said || o.trimmed() == text
        })
    }

    fn of(&self, node: NodeId) -> Option<Foreign<'s>> {
        let (tree, bound) = (self.tree, self.bound.contains(&node));
        let own = trim(tree.text_of(node));
        let texts: Vec<&str> = match tree.is_mixed(node) {
            true => formats::loose(tree, node).into_iter().filter(|text| !bound || *text != own).collect(),
            false if bound || tree.has_children(node) || own.is_empty() => Vec::new(),
            false => vec![own].into_iter().filter(|own| !self.is_form(node, None, own)).collect(),
        };
        let attributes: Vec<usize> = match bound {
            true => Vec::new(),
            false => tree
                .attributes(node)
                .iter()
                .enumerate()
                .filter(|(n, a)| said(tree, a) && !self.is_form(node, Some(*n), trim(tree.text(a.value))))
                .map(|(n, _)| n)
                .collect(),
        };
        (!texts.is_empty() || !attributes.is_empty()).then_some(Foreign { node, texts, attributes })
    }
}

/// Elements and attributes that are no term of EN 16931 nor of its French extension: nothing that was received goes unseen.
fn foreign(sheet: &mut Sheet<'_, '_>) {
    let (invoice, lang) = (sheet.facts.invoice, sheet.lang);
    let tree = invoice.tree();
    let search = Search::new(sheet);
    let all = (0..tree.len() as NodeId).filter(|node| !sheet.strays.contains(node)).filter_map(|node| search.of(node));
    // What says nothing but by its attributes often says the same many times.
    let (left, bare): (Vec<Foreign<'_>>, Vec<Foreign<'_>>) = all.partition(|one| !one.texts.is_empty());
    let attributes = attributes(sheet, &search, &bare);
    if left.is_empty() && attributes.is_empty() {
        return;
    }
    let title = lang.pick("Contenu hors de la norme EN 16931", "Content outside EN 16931");
    sheet.open("x-foreign", title, None);
    sheet.html.raw("<dl class=\"x-dl x-paths\">");
    let most = sheet.about.bounds.foreign;
    sheet.left.foreign += (left.len() + attributes.len()).saturating_sub(most);
    for Foreign { node, texts, attributes } in left.iter().take(most) {
        sheet.html.raw("<div><dt><code>").text(&tree.path(*node)).raw("</code></dt><dd class=\"x-text\">");
        for (n, text) in texts.iter().enumerate() {
            sheet.html.raw(if n > 0 { "<br><bdi>" } else { "<bdi>" });
            sheet.cut(bt::BT_22, text);
            sheet.html.raw("</bdi>");
        }
        for attribute in attributes.iter().filter_map(|n| tree.attributes(*node).get(*n)) {
            sheet.html.raw(" <span class=\"x-part\">").line(&tree.qualified(attribute.name)).raw(" <bdi>");
            sheet.cut(bt::BT_1, tree.text(attribute.value));
            sheet.html.raw("</bdi></span>");
        }
        pin(sheet, tree, *node);
        sheet.notes();
        sheet.html.raw("</dd></div>");
    }
    for one in attributes.iter().take(most.saturating_sub(left.len())) {
        sheet.html.raw("<div><dt><code>").text(&one.of).raw(" @").line(&tree.qualified(one.name));
        sheet.html.raw("</code></dt><dd class=\"x-text\"><bdi>");
        sheet.cut(bt::BT_1, one.value);
        sheet.html.raw("</bdi>");
        if one.count > 1 {
            sheet.html.raw(" <span class=\"soft\">(").number(one.count);
            sheet.html.text(lang.pick(" fois", " times")).raw(")</span>");
        }
        if let Some(node) = one.node {
            pin(sheet, tree, node);
            sheet.notes();
        }
        sheet.html.raw("</dd></div>");
    }
    sheet.html.raw("</dl>");
    sheet.close();
}

/// Of the first element inside one that a finding speaks of, the finding stands here too.
fn pin(sheet: &mut Sheet<'_, '_>, tree: &Tree<'_>, node: NodeId) {
    sheet.pin_element(node);
    let mut inner = node;
    while inner > 0 && tree.node(inner).parent + 1 == inner {
        inner = tree.node(inner).parent;
        sheet.pin_element(inner);
    }
}

/// An attribute for which the norm has no part; the same of many lines once.
struct Beside<'s> {
    /// The term, or the path of an element that is none.
    of: String,
    /// Of an element that is no term: the first.
    node: Option<NodeId>,
    name: Name,
    value: &'s str,
    count: usize,
}

fn attributes<'s>(sheet: &Sheet<'s, '_>, search: &Search<'s>, bare: &[Foreign<'s>]) -> Vec<Beside<'s>> {
    let invoice = sheet.facts.invoice;
    let tree = invoice.tree();
    let parts: HashSet<(NodeId, usize)> =
        invoice.occurrences().filter_map(|o| Some((o.node(), o.attribute()?))).collect();
    let mut seen: HashSet<NodeId> = HashSet::new();
    let mut at: HashMap<(String, Name, &str), usize> = HashMap::new();
    let mut all: Vec<Beside<'s>> = Vec::new();
    let mut add = |of: String, node: Option<NodeId>, attribute: &Attribute| {
        let (name, value) = (attribute.name, tree.text(attribute.value));
        let place = *at.entry((of.clone(), name, value)).or_insert_with(|| {
            all.push(Beside { of, node, name, value, count: 0 });
            all.len() - 1
        });
        if let Some(one) = all.get_mut(place) {
            one.count += 1;
        }
    };
    for o in invoice.occurrences().filter(|o| !o.is_attribute() && !o.is_echo()) {
        if tree.attributes(o.node()).is_empty() || !seen.insert(o.node()) {
            continue;
        }
        for (n, attribute) in tree.attributes(o.node()).iter().enumerate() {
            let shown = SHOWN_ATTRIBUTES.contains(&tree.expanded(attribute.name).1) && shown_beside(o);
            let text = trim(tree.text(attribute.value));
            if shown
                || parts.contains(&(o.node(), n))
                || !said(tree, attribute)
                || search.is_form(o.node(), Some(n), text)
            {
                continue;
            }
            add(o.term().id().to_owned(), None, attribute);
        }
    }
    for one in bare {
        let path = formats::plain(&tree.path(one.node));
        for attribute in one.attributes.iter().filter_map(|n| tree.attributes(one.node).get(*n)) {
            add(path.clone(), Some(one.node), attribute);
        }
    }
    all
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
