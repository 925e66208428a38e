//! The report as one HTML file for people: a summary of all documents, then each with its findings under their causes. No script,
//! nothing loaded, and nothing kept of a document once its piece is written.

mod finding;
mod policy;

use super::form::{Document, Form, Later, Manner, Piece, Seen};
use super::text::excerpt::{Excerpt, Source};
use super::{Message, Report, Verdict, dated, groups, overruled};
use crate::html::Html;
use crate::invoice::called;
use crate::rules::Severity;
use crate::text::{Lang, number};

pub use finding::{Anchors, Around, class, finding, icon, shown_class, where_it_is, word};
pub(crate) use policy::head;
pub use policy::{BASE, PAGE, policy};

const STYLE: &str = include_str!("report.css");
/// Stands for the number of the document until it is known; no text of a document can hold it (`text::hides`).
const NUMBER: char = '\u{1}';
const ANCHORS: Anchors = Anchors { id: "d\u{1}f", link: "#d\u{1}f" };
/// Findings of one document that are listed; the rest is counted.
const MOST: usize = 2_000;
/// Longest number that is given the marks of a language.
const NUMBER_CHARS: usize = 60;

/// The content security policy that a report names itself, for whoever sends it over HTTP.
pub fn own_policy() -> String {
    policy(&[PAGE, BASE, STYLE])
}

pub(super) struct HtmlForm(pub Manner);

impl Form for HtmlForm {
    fn begin(&self) -> String {
        let mut out = String::new();
        let mut html = Html::new(&mut out);
        let lang = self.0.lang;
        let title = lang.pick("Rapport de validation", "Validation report");
        policy::head(&mut html, title, &[PAGE, BASE, STYLE], lang);
        for id in [" id=\"only-invalid\"", " id=\"only-not-judged\"", " id=\"only-valid\""] {
            html.raw("<span class=\"only\"").raw(id).raw("></span>");
        }
        html.raw("<main class=\"paper\"><div class=\"fx run\"><header><h1>")
            .text(title)
            .raw("</h1></header><div class=\"docs\">");
        out
    }

    fn one(&self, report: &Report, document: &Document<'_>) -> Piece {
        let mut out = String::new();
        article(&mut Html::new(&mut out), report, document, self.0.lang);
        let mut row = String::new();
        summary_row(&mut Html::new(&mut row), report, self.0.lang);
        Piece { text: out, later: vec![Later::Each { list: report.verdict.as_str(), text: row }] }
    }

    fn numbered(&self, text: String, n: usize) -> String {
        text.replace(NUMBER, &n.to_string())
    }

    fn end(&self, seen: &Seen) -> String {
        let lang = self.0.lang;
        let lists = ORDER.map(|verdict| (verdict, seen.list(verdict.as_str()).count()));
        let mut out = String::new();
        let mut html = Html::new(&mut out);
        html.raw("</div><section class=\"summary\" aria-labelledby=\"summary\"><h2 id=\"summary\">");
        html.text(lang.pick("Résumé", "Summary")).raw("</h2><nav class=\"filter screen\"");
        html.attr("aria-label", lang.pick("Ne montrer que", "Show only"))
            .raw("><a class=\"x-chip\" href=\"#summary\">");
        html.text(lang.pick("Tous : ", "All: ")).number(lists.iter().map(|(_, n)| n).sum()).raw("</a>");
        for (verdict, n) in lists.iter().filter(|(_, n)| *n > 0) {
            html.raw("<a class=\"x-chip ").text(verdict.as_str()).raw("\"");
            html.attr("href", &format!("#only-{}", verdict.as_str())).raw(">");
            html.text(verdict_word(*verdict, lang)).raw(lang.pick(" : ", ": ")).number(*n).raw("</a>");
        }
        html.raw("</nav>");
        table_head(&mut html, lang);
        // The rows were escaped where they were made.
        for (verdict, _) in lists {
            for row in seen.list(verdict.as_str()) {
                out.push_str(row);
            }
        }
        out.push_str("</tbody></table></section>");
        let mut html = Html::new(&mut out);
        html.raw("<footer class=\"x-aid\"><p>facteur ")
            .text(env!("CARGO_PKG_VERSION"))
            .raw("</p></footer></div></main></body></html>\n");
        out
    }
}

/// The gravest first.
const ORDER: [Verdict; 3] = [Verdict::Invalid, Verdict::NotJudged, Verdict::Valid];

/// A verdict in words.
pub fn verdict_word(verdict: Verdict, lang: Lang) -> &'static str {
    match verdict {
        Verdict::Valid => lang.pick("Valide", "Valid"),
        Verdict::Invalid => lang.pick("Non valide", "Invalid"),
        Verdict::NotJudged => lang.pick("Non jugée", "Not judged"),
    }
}

/// The verdict as a chip with its icon.
pub fn verdict_chip(html: &mut Html<'_>, report: &Report, lang: Lang) {
    html.raw("<span class=\"x-chip ").text(report.verdict.as_str()).raw("\">");
    match report.verdict {
        Verdict::Invalid => icon(html, Severity::Fatal),
        Verdict::NotJudged => icon(html, Severity::Warning),
        Verdict::Valid => {
            html.raw(include_str!("icons/valid.svg"));
        }
    }
    html.text(overruled::verdict_word(report, lang)).raw("</span>");
}

/// How many findings of each severity, in words.
pub fn counts(report: &Report, lang: Lang) -> String {
    let of = |severity, one: (&str, &str), many: (&str, &str)| {
        let n = report.count(severity);
        let (fr, en) = if n > 1 { many } else { one };
        (n > 0).then(|| format!("{n} {}", lang.pick(fr, en)))
    };
    let said: Vec<String> = [
        of(Severity::Fatal, ("bloquante", "fatal"), ("bloquantes", "fatal")),
        of(Severity::Warning, ("avertissement", "warning"), ("avertissements", "warnings")),
        of(Severity::Information, ("information", "information"), ("informations", "informations")),
        overruled::counted(report, lang),
    ]
    .into_iter()
    .flatten()
    .collect();
    said.join(", ")
}

fn article(html: &mut Html<'_>, report: &Report, document: &Document<'_>, lang: Lang) {
    html.raw("<article class=\"doc d ")
        .text(report.verdict.as_str())
        .raw("\" id=\"d\u{1}\" aria-labelledby=\"d\u{1}h\">");
    html.raw("<h2 id=\"d\u{1}h\"><bdi>").line(&report.file).raw("</bdi>");
    verdict_chip(html, report, lang);
    html.raw("</h2>");
    facts(html, report, lang);
    if report.findings.len() > MOST {
        html.raw("<p class=\"x-cut\"><strong>").text(&unlisted(report.findings.len(), lang)).raw("</strong></p>");
    }
    if report.findings.is_empty() && report.not_run.is_empty() {
        html.raw("<p class=\"none\">").text(lang.pick("Rien à signaler.", "Nothing to report.")).raw("</p>");
    }
    findings(html, report, document, lang);
    not_run(html, report, lang);
    packs(html, report, lang);
    html.raw("</article>\n");
}

fn facts(html: &mut Html<'_>, report: &Report, lang: Lang) {
    if let Some(message) = &report.message {
        return status(html, report, message, lang);
    }
    let Some(invoice) = &report.invoice else { return };
    let or = |value: &Option<String>| value.clone().unwrap_or_else(|| "?".to_owned());
    html.raw("<p class=\"facts\">").text(called(report.is_credit(), lang));
    html.raw(" <strong>").line(&or(&invoice.number)).raw("</strong>, ");
    html.line(&or(&invoice.issued)).raw(", <bdi>").line(&or(&invoice.seller)).raw("</bdi> → <bdi>");
    html.line(&or(&invoice.buyer)).raw("</bdi>, <strong class=\"x-sum\">");
    html.line(&due(report, lang).unwrap_or_else(|| "?".to_owned())).raw("\u{a0}");
    html.line(invoice.payable_in().unwrap_or_default()).raw("</strong>");
    if let Some(other) = invoice.other_currency(lang) {
        html.raw(" (").line(&other).raw(")");
    }
    let said = counts(report, lang);
    if !said.is_empty() {
        html.raw(" — ").text(&said);
    }
    html.raw("</p>");
    for calendar in dated::calendars(report, lang) {
        html.raw("<p class=\"x-aid\">").text(&calendar).raw("</p>");
    }
}

/// What a life-cycle message says.
fn status(html: &mut Html<'_>, report: &Report, message: &Message, lang: Lang) {
    html.raw("<p class=\"facts\">");
    for (n, part) in message.said(lang, str::to_owned).iter().enumerate() {
        html.raw(if n == 0 { "" } else { ", " }).raw("<bdi>").line(part).raw("</bdi>");
    }
    let said = counts(report, lang);
    if !said.is_empty() {
        html.raw(" — ").text(&said);
    }
    html.raw("</p>");
}

/// What is owed by it, with the marks of the language where it is a number.
fn due(report: &Report, lang: Lang) -> Option<String> {
    let due = report.due()?;
    let is_number = due.len() <= NUMBER_CHARS && crate::decimal::parse(due.trim()).is_ok();
    Some(if is_number { number(due.trim(), lang) } else { due.into_owned() })
}

/// The findings of a report, those of one cause together, the gravest cause first.
fn findings(html: &mut Html<'_>, report: &Report, document: &Document<'_>, lang: Lang) {
    let source = Source::new(document, report.findings.iter());
    let mut causes = groups(&report.findings);
    let grave = |at: &usize| report.findings.get(*at).map(|f| (f.waived.is_none(), f.severity));
    causes.sort_by_key(|group| std::cmp::Reverse(group.followers.iter().chain([&group.root]).filter_map(grave).max()));
    let mut left = MOST;
    for group in &causes {
        let sentence = group.sentence(&report.findings).map(|text| text.get(lang).to_owned());
        html.raw("<div class=\"cause\">");
        for at in std::iter::once(group.root).chain(group.followers.iter().copied()) {
            let Some(one) = report.findings.get(at) else { continue };
            if left == 0 {
                break;
            }
            left -= 1;
            let is_root = at == group.root;
            let follows = one.follows.filter(|_| !is_root);
            let follows = follows.and_then(|of| Some((of, report.findings.get(of)?.rule.as_str())));
            let sentence = sentence.as_deref().filter(|_| is_root);
            html.raw(if is_root { "" } else { "<div class=\"after\">" });
            let excerpt = source.excerpt(one);
            let line = excerpt.as_ref().map(Excerpt::parts);
            finding(html, one, Around { at, anchors: ANCHORS, follows, sentence, source: None, line }, lang);
            html.raw(if is_root { "" } else { "</div>" });
        }
        html.raw("</div>");
    }
}

/// Said before the findings of a document that has more than are listed.
fn unlisted(n: usize, lang: Lang) -> String {
    let left = n - MOST.min(n);
    match lang {
        Lang::Fr => format!(
            "{left} des {n} constats ne sont pas listés ici, qui en montre {MOST}. Tous : facteur validate --format json."
        ),
        Lang::En => {
            format!(
                "{left} of the {n} findings are not listed here, which shows {MOST}. All: facteur validate --format json."
            )
        }
    }
}

/// What was asked for and did not run.
pub fn not_run(html: &mut Html<'_>, report: &Report, lang: Lang) {
    if report.not_run.is_empty() {
        return;
    }
    html.raw("<div class=\"rest\"><p><strong>").text(lang.pick("Non jugé :", "Not judged:")).raw("</strong></p><ul>");
    for one in &report.not_run {
        html.raw("<li><code>").text(&one.pack).raw("</code> ").text(one.reason.get(lang)).raw("</li>");
    }
    html.raw("</ul></div>");
}

fn packs(html: &mut Html<'_>, report: &Report, lang: Lang) {
    html.raw("<p class=\"x-aid\">");
    for pack in &report.packs {
        html.text(&pack.id).raw(" ").text(&pack.version).raw(" (").number(pack.rules);
        html.text(lang.pick(" règles, ", " rules, ")).text(dated::reason(pack, lang));
        if pack.presumed {
            html.text(lang.pick(", présumé : avertit seulement", ", presumed: only warns"));
        }
        html.raw(") · ");
    }
    html.text(lang.pick("jugé au ", "as of ")).text(&report.as_of.to_string());
    html.raw(" · SHA-256 <code>").text(&report.sha256).raw("</code></p>");
}

fn table_head(html: &mut Html<'_>, lang: Lang) {
    html.raw("<table><caption class=\"hide\">").text(lang.pick("Tous les documents", "All documents"));
    html.raw("</caption><thead><tr>");
    for name in [
        lang.pick("Document", "Document"),
        lang.pick("Verdict", "Verdict"),
        lang.pick("Facture", "Invoice"),
        lang.pick("Constats", "Findings"),
    ] {
        html.raw("<th scope=\"col\">").text(name).raw("</th>");
    }
    html.raw("<th scope=\"col\" class=\"n\">").text(lang.pick("À payer", "Payable")).raw("</th></tr></thead><tbody>");
}

fn summary_row(html: &mut Html<'_>, report: &Report, lang: Lang) {
    let invoice = report.invoice.clone().unwrap_or_default();
    let owed = lang.pick("À payer", "Payable");
    html.raw("<tr class=\"d ").text(report.verdict.as_str()).raw("\"><th scope=\"row\"><a href=\"#d\u{1}\"><bdi>");
    html.line(&report.file).raw("</bdi></a></th><td>");
    verdict_chip(html, report, lang);
    html.raw("</td><td").attr("data-label", lang.pick("Facture", "Invoice")).raw("><bdi>");
    let about = report.message.as_ref().map(|message| message.said(lang, str::to_owned));
    let about = about.map(|parts| parts.into_iter().take(2).collect::<Vec<_>>().join(", "));
    html.line(invoice.number.as_deref().or(about.as_deref()).unwrap_or_default()).raw("</bdi></td><td");
    html.attr("data-label", lang.pick("Constats", "Findings")).raw(">").text(&counts(report, lang));
    if report.findings.len() > MOST {
        html.text(lang.pick(", listés ici : ", ", listed here: ")).number(MOST);
    }
    html.raw("</td><td class=\"n\"").attr("data-label", owed).raw(">");
    // A currency alone is no amount.
    if let Some(payable) = due(report, lang) {
        html.line(&format!("{payable}\u{a0}{}", invoice.payable_in().unwrap_or_default()));
    }
    if let Some(other) = invoice.other_currency(lang) {
        html.raw("<br><em class=\"soft\">").line(&other).raw("</em>");
    }
    html.raw("</td></tr>\n");
}
