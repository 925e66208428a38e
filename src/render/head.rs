//! What stands first: the verdict with what was found and where, and the headline of the invoice.

use std::collections::HashMap;

use super::sheet::{Left, Sheet, heading};
use super::{About, words};
use crate::html::Html;
use crate::invoice::{Invoice, Occurrence, bt, is_credit};
use crate::report::html::{Around, counts, finding, icon, not_run, shown_class, verdict_chip, word};
use crate::report::{groups, overruled};
use crate::rules::{Finding, Severity};
use crate::text::Lang;

/// Causes listed above the invoice; the rest is counted.
const CAUSES: usize = 40;
/// Findings that stand at no field and are told in full.
const APART: usize = 200;

/// Amounts due that the headline shows where there are several; all are in the totals.
const DUE: usize = 4;
/// Characters of a number in the title of the page.
const TITLE_CHARS: usize = 100;

/// `Facture F-2026-1`.
pub fn title(invoice: &Invoice<'_>, lang: Lang) -> String {
    let number: String = invoice.text(bt::BT_1).unwrap_or_default().chars().take(TITLE_CHARS).collect();
    format!("{} {number}", kind(invoice, lang)).trim().to_owned()
}

/// What the document is, by BT-3; where that says nothing, by its root.
pub fn kind(invoice: &Invoice<'_>, lang: Lang) -> String {
    let code = invoice.text(bt::BT_3).unwrap_or_default();
    // Where the document element makes a credit note of what BT-3 calls an invoice, it is one.
    let code = if invoice.is_credit() && !is_credit(None, Some(code)) { "" } else { code };
    if let Some(kind) = words::of_key(&format!("kind.{code}"), lang) {
        return kind.to_owned();
    }
    if let Some(name) = words::code(bt::BT_3, code, invoice.syntax(), lang) {
        let mut letters = name.chars();
        return letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    }
    if invoice.is_credit() { lang.pick("Avoir", "Credit note") } else { lang.pick("Facture", "Invoice") }.to_owned()
}

/// The verdict, the causes with their way to the field, and in full what stands at no field.
pub fn above(sheet: &mut Sheet<'_, '_>, left: &Left) {
    let (lang, report) = (sheet.lang, sheet.about.report);
    if sheet.about.findings && sheet.about.verdict {
        let html = &mut sheet.html;
        html.raw("<section class=\"x-above ").raw(report.verdict.as_str()).raw("\"");
        html.raw("><p class=\"x-says\">");
        verdict_chip(html, report, lang);
        let said = counts(report, lang);
        let nothing = lang.pick("aucun constat", "no finding");
        html.raw(" ").text(if said.is_empty() { nothing } else { &said }).raw("</p>");
        causes(sheet, left);
        not_run(&mut sheet.html, report, lang);
        sheet.html.raw("</section>");
    }
    unshown(sheet, left);
}

/// One row a cause, the gravest first; the same rule many times is one row.
fn causes(sheet: &mut Sheet<'_, '_>, left: &Left) {
    let facts = sheet.facts;
    let findings = facts.findings();
    let mut rows: Vec<(usize, usize)> = Vec::new();
    let mut by_rule: HashMap<(&str, &str), usize> = HashMap::new();
    let grave = |at: usize| findings.get(at).map(|f| (f.waived.is_none(), f.severity));
    let mut order: Vec<usize> = groups(findings).iter().map(|group| group.root).collect();
    order.sort_by_key(|at| std::cmp::Reverse(grave(*at)));
    for root in order {
        let Some(one) = findings.get(root) else { continue };
        let row = *by_rule.entry((&one.rule, one.message.get(sheet.lang))).or_insert_with(|| {
            rows.push((root, 0));
            rows.len() - 1
        });
        if let Some((_, count)) = rows.get_mut(row) {
            *count += 1;
        }
    }
    if rows.is_empty() {
        return;
    }
    sheet.html.raw("<ul class=\"x-causes\">");
    for (at, count) in rows.iter().take(CAUSES) {
        cause(sheet, left, *at, *count);
    }
    sheet.html.raw("</ul>");
    more(sheet, rows.len().saturating_sub(CAUSES));
    let apart: Vec<usize> = (0..findings.len()).filter(|at| !left.placed.get(*at).copied().unwrap_or(false)).collect();
    if apart.is_empty() {
        return;
    }
    let said = sheet.lang.pick("Sur le document entier", "About the document as a whole");
    sheet.html.raw("<p class=\"x-apart\">").text(said).raw("</p>");
    for at in apart.iter().take(APART) {
        sheet.finding(*at);
    }
    apart.iter().skip(APART).for_each(|at| sheet.mark(*at));
    more(sheet, apart.len().saturating_sub(APART));
}

fn cause(sheet: &mut Sheet<'_, '_>, left: &Left, at: usize, count: usize) {
    let (facts, lang) = (sheet.facts, sheet.lang);
    let Some(one) = facts.findings().get(at) else { return };
    // A finding about the document as a whole stands in full right below the list.
    let placed = left.placed.get(at).copied().unwrap_or(false);
    let html = &mut sheet.html;
    html.raw("<li class=\"").raw(shown_class(one)).raw("\">");
    icon(html, one.severity);
    html.raw(" <span><strong>").text(&overruled::word(one, word(one.severity, lang), lang)).raw("</strong> ");
    html.raw("<bdi>").text(one.message.get(lang)).raw("</bdi> ");
    if count > 1 {
        html.raw("<span class=\"soft\">")
            .number(count)
            .text(lang.pick(" fois, d'abord ", " times, first "))
            .raw("</span> ");
    }
    html.raw("<a").anchor("href", sheet.about.anchors.link, at).raw(">").text(&one.rule);
    html.raw(if placed { " ↓</a>" } else { "</a>" });
    if let Some(sentence) = facts.sentence(at, lang) {
        html.raw("<br><span class=\"soft\">").text(sentence).raw("</span>");
    }
    html.raw("</span></li>");
}

fn more(sheet: &mut Sheet<'_, '_>, n: usize) {
    if n > 0 {
        let (fr, en) = (format!("… et {n} autre{}.", Lang::Fr.s(n)), format!("… and {n} more."));
        sheet.html.raw("<p class=\"soft\">").text(sheet.lang.pick(&fr, &en)).raw("</p>");
    }
}

/// What the page has no room for is said before anything else.
fn unshown(sheet: &mut Sheet<'_, '_>, left: &Left) {
    let lang = sheet.lang;
    let said = [
        (left.lines, lang.pick("lignes de facture ne sont pas montrées", "invoice lines are not shown")),
        (left.unshown, lang.pick("termes ne sont pas montrés", "terms are not shown")),
        (left.cut, lang.pick("caractères de textes ne sont pas montrés", "characters of texts are not shown")),
        (
            left.foreign,
            lang.pick(
                "éléments hors de la norme EN 16931 ne sont pas montrés",
                "elements outside EN 16931 are not shown",
            ),
        ),
        (left.counted, lang.pick("constats ne sont que comptés", "findings are only counted")),
    ];
    for (n, what) in said.into_iter().filter(|(n, _)| *n > 0) {
        sheet.html.raw("<p class=\"x-cut\"><strong>").number(n).raw(" ").text(what).raw("</strong> ");
        let all = lang.pick(
            "facteur inspect, facteur validate --format json, le document lui-même",
            "facteur inspect, facteur validate --format json, the document itself",
        );
        sheet
            .html
            .text(lang.pick("sur cette page, qui a ses limites. Tout : ", "on this page, which has its bounds. All: "));
        sheet.html.raw("<code>").text(all).raw("</code></p>");
    }
}

/// Kind, number, dates, and what is to be paid.
pub fn headline(sheet: &mut Sheet<'_, '_>) {
    let (invoice, lang) = (sheet.facts.invoice, sheet.lang);
    let document = invoice.document();
    sheet.html.raw("<header class=\"x-head\"><div class=\"x-title\">");
    let (open, close) = heading(1 + sheet.about.below);
    sheet.html.raw(open).line(&kind(invoice, lang)).raw(" ");
    sheet.values(document, bt::BT_1);
    sheet.html.raw(close);
    sheet.notes();
    let period = lang.pick("Période facturée", "Invoiced period");
    sheet.html.raw("<dl class=\"x-dl\">");
    for term in [bt::BT_2, bt::BT_9, bt::BT_3, bt::BT_5] {
        sheet.field(document, term);
    }
    sheet.span(document, [bt::BT_73, bt::BT_74], period);
    for group in document.groups(bt::BG_14).take(1) {
        sheet.pin_group(group.id());
    }
    for term in [bt::BT_7, bt::BT_8, bt::BT_6] {
        sheet.field(document, term);
    }
    sheet.html.raw("</dl>");
    sheet.notes();
    sheet.html.raw("</div>");
    due(sheet);
    sheet.html.raw("</header>");
}

/// What is to be paid, as the totals say it: each amount where there are several, with the currency written on it.
fn due(sheet: &mut Sheet<'_, '_>) {
    let (invoice, lang) = (sheet.facts.invoice, sheet.lang);
    let all: Vec<_> = invoice.document().all(bt::BT_115).filter(|o| !o.is_echo()).collect();
    if all.is_empty() {
        return;
    }
    sheet.html.raw("<p class=\"x-due\"><span>").text(words::due(invoice, lang)).raw("</span>");
    sheet.currencies = true;
    for one in all.iter().take(DUE) {
        sheet.html.raw("<strong>");
        sheet.again(*one);
        sheet.html.raw("</strong>");
    }
    sheet.currencies = false;
    let usual = sheet.facts.currency();
    let other = |o: &Occurrence<'_>| sheet.facts.written_currency(o.node()).is_some_and(|own| own != usual);
    if !usual.is_empty() && all.iter().any(other) {
        let said = lang.pick("la devise de la facture (BT-5) est ", "the invoice's currency (BT-5) is ");
        sheet.html.raw("<em class=\"x-odd\">").text(said).line(usual).raw("</em>");
    }
    if invoice.is_credit() && all.iter().filter_map(|o| o.number()).any(|due| due.is_sign_negative() && !due.is_zero())
    {
        let said = lang.pick(
            "Signe à vérifier : un avoir écrit sans signe ce qu'il rend ; un montant négatif dit le contraire",
            "Check the sign: a credit note writes what it gives back without a sign; a negative amount says the opposite",
        );
        sheet.html.raw("<em class=\"x-odd\">").text(said).raw("</em>");
    }
    if all.len() > 1 {
        let said = lang.pick("Ambigu : BT-115 est donné ", "Ambiguous: BT-115 is given ");
        sheet.html.raw("<em class=\"x-odd\">").text(said).number(all.len());
        sheet.html.text(lang.pick(" fois", " times")).raw("</em>");
    }
    sheet.html.raw("</p>");
}

pub fn no_invoice(lang: Lang) -> &'static str {
    lang.pick("Ce document ne se lit pas comme une facture", "This document cannot be read as an invoice")
}

/// In place of an invoice: why there is none. That is told whether findings were asked for or not.
pub fn unreadable(html: &mut Html<'_>, about: &About<'_>) {
    let lang = about.lang;
    let said = no_invoice(lang);
    let (open, close) = heading(1 + about.below);
    html.raw("<header class=\"x-head\"><div class=\"x-title\">").raw(open).text(said).raw(close).raw("</div></header>");
    html.raw("<section class=\"x-above ").raw(about.report.verdict.as_str()).raw("\"><p class=\"x-says\">");
    verdict_chip(html, about.report, lang);
    html.raw("</p>");
    let told: Vec<(usize, &Finding)> = about.report.findings.iter().enumerate().take(APART).collect();
    for (at, one) in told {
        let around = Around { at, anchors: about.anchors, follows: None, sentence: None, source: None, line: None };
        finding(html, one, around, lang);
    }
    if about.report.count(Severity::Fatal) == 0 {
        not_run(html, about.report, lang);
    }
    html.raw("</section>");
}
