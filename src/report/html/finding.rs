//! One finding as HTML: the same block in a report of many documents and pinned to a field of a rendered invoice.

use crate::html::Html;
use crate::invoice::{Place, Term, in_message};
use crate::report::overruled;
use crate::rules::{Finding, Severity, Working};
use crate::text::Lang;

/// Parts of a computation that are shown at once; of a longer one the parts are folded.
const PARTS: usize = 8;

/// What is known around a finding.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// Its position in the report; the anchor's number.
    pub at: usize,
    pub anchors: Anchors,
    /// The finding it comes from: its anchor's number and its rule.
    pub follows: Option<(usize, &'a str)>,
    /// What the cause takes with it.
    pub sentence: Option<&'a str>,
    /// A link to the source of the place, where there is a page for it.
    pub source: Option<&'a str>,
    /// The line of the document: what stands before the part in question, the part, and what follows it.
    pub line: Option<[&'a str; 3]>,
}

/// The letters of the anchors of findings, and of the links to them.
#[derive(Debug, Clone, Copy)]
pub struct Anchors {
    pub id: &'static str,
    pub link: &'static str,
}

impl Anchors {
    /// Of a page with one document.
    pub const ONE: Anchors = Anchors { id: "f", link: "#f" };
}

/// The class of a severity, which is its name as well.
pub fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Fatal => "fatal",
        Severity::Warning => "warning",
        Severity::Information => "information",
    }
}

/// The class of a finding: what is waived looks like an information, whatever its severity.
pub fn shown_class(finding: &Finding) -> &'static str {
    if finding.waived.is_some() { class(Severity::Information) } else { class(finding.severity) }
}

/// A severity in words.
pub fn word(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::Fatal => lang.pick("Bloquante", "Fatal"),
        Severity::Warning => lang.pick("Avertissement", "Warning"),
        Severity::Information => lang.pick("Information", "Information"),
    }
}

/// The icon of a severity: a shape of its own, so that colour is not all that tells them apart.
pub fn icon(html: &mut Html<'_>, severity: Severity) {
    html.raw(match severity {
        Severity::Fatal => include_str!("icons/fatal.svg"),
        Severity::Warning => include_str!("icons/warning.svg"),
        Severity::Information => include_str!("icons/information.svg"),
    });
}

/// The whole finding.
pub fn finding(html: &mut Html<'_>, finding: &Finding, around: Around<'_>, lang: Lang) {
    html.raw("<div class=\"fin ")
        .text(shown_class(finding))
        .raw("\"")
        .anchor("id", around.anchors.id, around.at)
        .raw(">");
    html.raw("<p class=\"fin-h\">");
    icon(html, finding.severity);
    html.raw(" <strong>").text(&overruled::word(finding, word(finding.severity, lang), lang)).raw("</strong> ");
    html.raw("<code class=\"x-rule\">").text(&finding.rule).raw("</code>");
    terms(html, &finding.terms, lang);
    place(html, finding.place.as_ref(), around.source, lang);
    html.raw("</p><p class=\"x-msg\">").text(finding.message.get(lang)).raw("</p>");
    for said in overruled::said(finding, lang) {
        html.raw("<p class=\"x-goes\"><strong>").text(&said).raw("</strong></p>");
    }
    if let Some(sentence) = around.sentence {
        html.raw("<p class=\"x-goes\">").text(sentence).raw("</p>");
    }
    if let Some([before, part, after]) = around.line {
        html.raw("<p class=\"x-ex\"><code>").text(before).raw("<mark>").text(part).raw("</mark>").text(after);
        html.raw("</code></p>");
    }
    versus(html, finding, lang);
    if let Some(working) = &finding.working {
        computation(html, working, lang);
    }
    let fix = finding.fix.get(lang);
    if !fix.is_empty() {
        html.raw("<p class=\"x-fix\"><strong>").text(lang.pick("À faire :", "To do:")).raw("</strong> ");
        html.text(fix).raw("</p>");
    }
    if let Some(example) = &finding.example {
        html.raw("<p class=\"x-ex\"><span>").text(lang.pick("Exemple :", "Example:")).raw("</span> <code>");
        html.text(example).raw("</code></p>");
    }
    if let Some((at, rule)) = around.follows {
        html.raw("<p class=\"x-goes\">").text(lang.pick("Découle de ", "Comes from "));
        html.raw("<a").anchor("href", around.anchors.link, at).raw(">").text(rule).raw("</a>");
        html.text(lang.pick(" : disparaît une fois celle-ci corrigée.", ": goes once that one is mended.")).raw("</p>");
    }
    html.raw("</div>");
}

fn terms(html: &mut Html<'_>, terms: &[String], lang: Lang) {
    for id in terms.iter().take(6) {
        html.raw(" <span class=\"x-t\">").text(id);
        if let Some(term) = Term::parse(id) {
            html.raw(" <span class=\"soft\">").text(term.name(lang)).raw("</span>");
        }
        html.raw("</span>");
    }
}

fn place(html: &mut Html<'_>, place: Option<&Place>, source: Option<&str>, lang: Lang) {
    let Some(place) = place else { return };
    let (said, path) = where_it_is(place, lang);
    html.raw(" <span class=\"x-place\"");
    if let Some(path) = path {
        html.attr("title", path);
    }
    html.raw(">");
    match source {
        Some(link) => html.raw("<a").attr("href", link).raw(">").text(&said).raw("</a>"),
        None => html.text(&said),
    };
    html.raw("</span>");
}

/// A place in words, and its path.
pub fn where_it_is(place: &Place, lang: Lang) -> (String, Option<&str>) {
    match place {
        Place::Xml { line, column, path, .. } => {
            (format!("{} {line}, {} {column}", lang.pick("ligne", "line"), lang.pick("colonne", "column")), Some(path))
        }
        Place::Edifact { segment, element, component, offset } => {
            (in_message(*segment, *element, *component, *offset, lang), None)
        }
        Place::Attachment { attachment } => {
            (format!("{} {attachment}", lang.pick("fichier joint", "attached file")), None)
        }
    }
}

fn versus(html: &mut Html<'_>, finding: &Finding, lang: Lang) {
    let both = [
        (lang.pick("Trouvé", "Found"), finding.found_in(lang)),
        (lang.pick("Attendu", "Expected"), finding.expected_in(lang)),
    ];
    if both.iter().all(|(_, value)| value.is_none()) {
        return;
    }
    html.raw("<dl class=\"x-vs\">");
    for (label, value) in both {
        if let Some(value) = &value {
            html.raw("<div><dt>").text(label).raw("</dt><dd><bdi>").line(value).raw("</bdi></dd></div>");
        }
    }
    html.raw("</dl>");
}

/// The addends, the result and by how much it is missed.
fn computation(html: &mut Html<'_>, working: &Working, lang: Lang) {
    let (count, long) = (working.parts.len() + working.more, working.parts.len() > PARTS);
    if long {
        html.raw("<details class=\"x-work\"><summary>").text(lang.pick("Calcul : ", "Computation: "));
        html.number(count).text(lang.pick(" montants", " amounts")).raw("</summary>");
    } else {
        html.raw("<div class=\"x-work\"><p class=\"soft\">").text(lang.pick("Calcul", "Computation")).raw("</p>");
    }
    html.raw("<table><thead class=\"hide\"><tr><th scope=\"col\">").text(lang.pick("Signe", "Sign"));
    html.raw("</th><th scope=\"col\">").text(lang.pick("Terme", "Term")).raw("</th><th scope=\"col\">");
    html.text(lang.pick("Montant", "Amount")).raw("</th></tr></thead><tbody>");
    for part in &working.parts {
        // A plain number, such as the hundred of a percentage, is of no term.
        let (open, close) = if part.term.is_empty() { ("<td", "</td>") } else { ("<th scope=\"row\"", "</th>") };
        html.raw("<tr><td>").text(&part.sign).raw("</td>").raw(open);
        if let Some(Place::Xml { line, .. }) = &part.place {
            html.attr("title", &format!("{} {line}", lang.pick("ligne", "line")));
        }
        html.raw(">").text(&part.term).raw(close).raw("<td class=\"n\">").text(&part.value).raw("</td></tr>");
    }
    if working.more > 0 {
        html.raw("<tr><td></td><td colspan=\"2\">").text(lang.pick("… et ", "… and ")).number(working.more);
        html.text(lang.pick(" autres", " more")).raw("</td></tr>");
    }
    html.raw("<tr class=\"x-sum\"><td>=</td><th scope=\"row\">").text(lang.pick("attendu", "expected"));
    html.raw("</th><td class=\"n\">").text(&working.result).raw("</td></tr>");
    if let Some(difference) = &working.difference {
        html.raw("<tr><td></td><th scope=\"row\">").text(lang.pick("écart", "difference"));
        html.raw("</th><td class=\"n\">").text(difference).raw("</td></tr>");
    }
    html.raw("</tbody></table>").raw(if long { "</details>" } else { "</div>" });
}
