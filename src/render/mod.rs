//! An invoice as one readable HTML page, in French or English, with the findings of its report pinned to the fields they speak of.
//!
//! A reading aid, never the original: nothing is computed, rounded or left out. What is written differently from the document (a day
//! in words, blanks in an account number) keeps the document's own characters in `data-value`, and each field names its term in
//! `data-term`. Terms without a field of their own are listed at the end, and so is content that is no term at all.
//!
//! The page is written in two passes over the invoice: the first writes nowhere and learns which findings find their field; the
//! second writes those that do not above the invoice. So nothing is kept of a page, however long.

mod form;
mod head;
mod lines;
mod parties;
mod payment;
mod pins;
mod references;
mod rest;
mod sheet;
mod totals;
mod words;

use std::fmt::{self, Write};

use crate::formats::{Envelope, edifact::Partner, facturx::Inside};
use crate::html::{Html, Nowhere};
use crate::invoice::Invoice;
use crate::limits;
use crate::pdf::Unpack;
use crate::report::Report;
use crate::report::html::{Anchors, BASE, PAGE, head as page_head, policy};
use crate::text::Lang;
use sheet::{Facts, Sheet};

const STYLE: &str = include_str!("style.css");

/// How an invoice is to be written.
#[derive(Debug, Clone, Copy)]
pub struct How<'h> {
    pub lang: Lang,
    /// With the findings of the report; without them the page says so.
    pub findings: bool,
    /// The verdict and the causes above the invoice; a page that tells them itself leaves them out.
    pub verdict: bool,
    /// The page that shows the document's source, where there is one: findings lead to their line.
    pub source: Option<&'h str>,
}

/// Where the page stands and what it is made from.
#[derive(Debug, Clone, Copy)]
struct About<'a> {
    lang: Lang,
    source: Option<&'a str>,
    /// Headings above it on the page around.
    below: usize,
    anchors: Anchors,
    bounds: Bounds,
    report: &'a Report,
    findings: bool,
    verdict: bool,
    pdf: Option<&'a Inside>,
    /// What is agreed with those who send EDIFACT.
    partners: &'a [Partner],
}

impl<'a> About<'a> {
    /// A page that holds one invoice and nothing else.
    fn alone(report: &'a Report, how: How<'a>) -> Self {
        Self {
            lang: how.lang,
            source: how.source,
            below: 0,
            anchors: Anchors::ONE,
            bounds: ALONE,
            report,
            findings: how.findings,
            verdict: how.verdict,
            pdf: None,
            partners: &[],
        }
    }
}

/// How much of an invoice is shown.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    lines: usize,
    /// Elements and attributes that are no term.
    foreign: usize,
    /// Characters of one value.
    value: usize,
    /// Characters of all values.
    chars: usize,
}

const ALONE: Bounds = Bounds {
    lines: limits::RENDERED_LINES,
    foreign: limits::RENDERED_FOREIGN,
    value: limits::RENDERED_VALUE_CHARS,
    chars: limits::RENDERED_CHARS,
};
const WITHIN: Bounds = Bounds {
    lines: limits::RENDERED_LINES_WITHIN,
    foreign: limits::RENDERED_FOREIGN_WITHIN,
    value: limits::RENDERED_VALUE_CHARS_WITHIN,
    chars: limits::RENDERED_CHARS_WITHIN,
};

/// What a rendering made of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rendered {
    /// The invoice.
    Invoice,
    /// There is none to show: the page says why.
    Unreadable,
}

/// The content security policy that the page names itself, for whoever sends it over HTTP.
pub fn page_policy() -> String {
    policy(&[PAGE, BASE, STYLE])
}

/// The style of a [`section`], for the page around it.
pub fn section_style() -> String {
    format!("{BASE}{STYLE}")
}

/// A whole page of one document. `report` is the judgement of these very bytes; its file name and SHA-256 are named on the page.
///
/// # Errors
/// The sink refused something.
pub fn page(
    out: &mut dyn Write,
    bytes: &[u8],
    report: &Report,
    how: How<'_>,
    unpack: &dyn Unpack,
) -> Result<Rendered, fmt::Error> {
    page_agreed(out, bytes, report, how, unpack, &[])
}

/// As [`page`], by what is agreed with those who send EDIFACT.
///
/// # Errors
/// The sink refused something.
pub fn page_agreed(
    out: &mut dyn Write,
    bytes: &[u8],
    report: &Report,
    how: How<'_>,
    unpack: &dyn Unpack,
    partners: &[Partner],
) -> Result<Rendered, fmt::Error> {
    let about = About { partners, ..About::alone(report, how) };
    document(out, bytes, about, unpack, true)
}

/// The page of a document whose bytes could not be had: its report says why.
///
/// # Errors
/// The sink refused something.
pub fn unread(out: &mut dyn Write, report: &Report, how: How<'_>) -> fmt::Result {
    let about = About::alone(report, How { source: None, ..how });
    framed(out, head::no_invoice(how.lang), how.lang, true, &mut |out| unreadable(out, &about))
}

/// The same as a part of another page: no head, headings `below` that many of the page's own, fewer lines. `anchors` tells the
/// findings of several apart.
///
/// # Errors
/// The sink refused something.
pub fn section(
    out: &mut dyn Write,
    bytes: &[u8],
    report: &Report,
    how: How<'_>,
    anchored: (Anchors, usize),
    unpack: &dyn Unpack,
) -> Result<Rendered, fmt::Error> {
    section_agreed(out, bytes, report, how, anchored, unpack, &[])
}

/// As [`section`], by what is agreed with those who send EDIFACT.
///
/// # Errors
/// The sink refused something.
pub fn section_agreed(
    out: &mut dyn Write,
    bytes: &[u8],
    report: &Report,
    how: How<'_>,
    (anchors, below): (Anchors, usize),
    unpack: &dyn Unpack,
    partners: &[Partner],
) -> Result<Rendered, fmt::Error> {
    let about = About {
        partners,
        lang: how.lang,
        source: how.source,
        below,
        anchors,
        bounds: WITHIN,
        report,
        findings: how.findings,
        verdict: how.verdict,
        pdf: None,
    };
    document(out, bytes, about, unpack, false)
}

fn document(
    out: &mut dyn Write,
    bytes: &[u8],
    about: About<'_>,
    unpack: &dyn Unpack,
    alone: bool,
) -> Result<Rendered, fmt::Error> {
    let opened = Envelope::open(bytes, unpack);
    let read = match &opened {
        Ok(envelope) => envelope.read_by(about.partners).map(|read| (read, envelope.pdf.as_ref())),
        Err(why) => Err(why.clone()),
    };
    match &read {
        Ok((read, pdf)) => {
            let about = About { pdf: *pdf, ..about };
            let title = head::title(&read.invoice, about.lang);
            framed(out, &title, about.lang, alone, &mut |out| invoice(out, &read.invoice, &about))?;
            Ok(Rendered::Invoice)
        }
        Err(_) => {
            framed(out, head::no_invoice(about.lang), about.lang, alone, &mut |out| unreadable(out, &about))?;
            Ok(Rendered::Unreadable)
        }
    }
}

/// A page around what is written inside, or nothing around it.
fn framed(
    out: &mut dyn Write,
    title: &str,
    lang: Lang,
    alone: bool,
    inside: &mut dyn FnMut(&mut dyn Write) -> fmt::Result,
) -> fmt::Result {
    if !alone {
        return inside(out);
    }
    let mut html = Html::new(out);
    page_head(&mut html, title, &[PAGE, BASE, STYLE], lang);
    html.raw("<main class=\"paper\">");
    html.end()?;
    inside(out)?;
    let mut html = Html::new(out);
    html.raw("</main></body></html>\n");
    html.end()
}

fn invoice(out: &mut dyn Write, invoice: &Invoice<'_>, about: &About<'_>) -> fmt::Result {
    let report = Some(about.report).filter(|_| about.findings);
    let facts = Facts::new(invoice, report, about.pdf.map(|inside| inside.name.as_str()));
    let mut nowhere = Nowhere;
    let mut first = Sheet::new(Html::new(&mut nowhere), &facts, about);
    body(&mut first);
    let Sheet { left, .. } = first;
    let mut sheet = Sheet::new(Html::new(out), &facts, about);
    sheet.html.raw("<article class=\"fx inv\">");
    head::above(&mut sheet, &left);
    body(&mut sheet);
    rest::aid(&mut sheet);
    sheet.html.raw("</article>");
    sheet.html.end()
}

/// The invoice itself, in the order in which people read one.
fn body(sheet: &mut Sheet<'_, '_>) {
    head::headline(sheet);
    parties::all(sheet);
    references::all(sheet);
    lines::all(sheet);
    totals::all(sheet);
    rest::all(sheet);
}

fn unreadable(out: &mut dyn Write, about: &About<'_>) -> fmt::Result {
    let mut html = Html::new(out);
    html.raw("<article class=\"fx inv\">");
    head::unreadable(&mut html, about);
    rest::made_from(&mut html, about);
    html.raw("</article>");
    html.end()
}
