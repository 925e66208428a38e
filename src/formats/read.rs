//! From bytes to invoice, or to the reason why there is none.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

use crate::invoice::{Invoice, Place, Syntax, bt};
use crate::limits;
use crate::pdf;
use crate::xml::{self, Head, Refusal, Tree};

use super::edifact::{NoInvoic, Partner};
use super::received::{self, Received, is_edi};
use super::structure::{self, Fault, FaultKind};
use super::{bind, facturx, syntax, x12};

/// A document that could be read.
#[derive(Debug)]
pub struct Read<'a> {
    pub invoice: Invoice<'a>,
    /// What the schema of the syntax would refuse.
    pub faults: Vec<Fault>,
    /// How many more faults there are than were listed.
    pub unlisted_faults: usize,
    /// What came, where that was EDIFACT or X12.
    pub received: Option<Arc<Received>>,
}

impl Read<'_> {
    /// The XML that facteur wrote of a document that came in none: what was judged, and what leaves in its place, since platforms take
    /// XML and Factur-X alone. None of a document that leaves as it came.
    pub fn written(&self) -> Option<&str> {
        self.received.as_ref().map(|_| self.invoice.tree().source())
    }

    /// What the document says and the XML that was [written](Self::written) of it does not.
    pub fn not_carried(&self) -> Vec<NotCarried> {
        self.received.as_deref().map(Received::not_carried).unwrap_or_default()
    }
}

/// Something that a document says and the XML written of it does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotCarried {
    /// The address of a term, such as `BG-25[2]/BT-131`; or the name of a segment that no term takes, such as `LOC+7`.
    pub what: String,
    /// In the document.
    pub place: Option<Place>,
}

/// Does a document of this syntax leave as XML that facteur writes of it? The names are those of [`Envelope::syntax`](super::Envelope::syntax).
pub fn is_to_be_written(syntax: &str) -> bool {
    ["edifact-", "x12-"].iter().any(|family| syntax.starts_with(family))
}

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// XML that is not well-formed, or past a bound.
    Xml(Refusal),
    /// Well-formed XML whose document element is no invoice; its name space and name.
    NotAnInvoice { space: String, name: String },
    /// A life-cycle message (CDAR) where an invoice is expected: the code of its status, and the number of the invoice it speaks of.
    LifeCycle { status: Option<String>, number: Option<String> },
    /// There is no such file, or it may not be read; the system's own words.
    Absent { why: String },
    /// Not XML at all; what it seems to be, such as `PNG`: a name that both languages have.
    NotXml { looks_like: &'static str },
    /// A PDF that is not read, or whose invoice cannot be unpacked.
    Pdf(pdf::Refusal),
    /// A PDF that was read, and no file in it is an invoice; the names of its files, and of those that are PDFs themselves.
    NoInvoice { files: Vec<String>, pdfs: Vec<String> },
    /// An invoice of ZUGFeRD 1, which is no syntax of EN 16931; the identifier in the place of BT-24.
    Zugferd1 { profile: Option<String> },
    /// EDIFACT without the one INVOIC that is expected.
    Edifact(NoInvoic),
    /// X12 without the one 810 that is expected.
    X12(x12::NoInvoice),
}

impl Unreadable {
    /// The rule id under which the report names it.
    pub fn rule(&self) -> &'static str {
        match self {
            Unreadable::Xml(refusal) => refusal.kind.rule(),
            Unreadable::NotAnInvoice { .. } => "FCT-READ-NOT-INVOICE",
            Unreadable::LifeCycle { .. } => "FCT-READ-LIFE-CYCLE",
            Unreadable::Absent { .. } => "FCT-READ-ABSENT",
            Unreadable::NotXml { .. } => "FCT-READ-NOT-XML",
            Unreadable::Pdf(refusal) => refusal.kind.rule(),
            Unreadable::NoInvoice { .. } => "FCT-PDF-NO-INVOICE",
            Unreadable::Zugferd1 { .. } => "FCT-READ-ZUGFERD",
            Unreadable::Edifact(NoInvoic::Refused(refusal)) => refusal.kind.rule(),
            Unreadable::Edifact(NoInvoic::Others(_)) => "FCT-READ-NOT-INVOICE",
            Unreadable::Edifact(NoInvoic::Several(_)) => "FCT-EDI-SEVERAL",
            Unreadable::Edifact(NoInvoic::TooMany(_)) => "FCT-EDI-MANY",
            Unreadable::X12(why) => why.rule(),
        }
    }
}

/// Reads an invoice. Bounded in memory by `limits`; never panics, whatever the bytes.
pub fn read(bytes: &[u8]) -> Result<Read<'_>, Unreadable> {
    read_any(bytes).and_then(invoice)
}

/// Reads an invoice whose bytes were decoded.
pub fn read_text(text: Cow<'_, str>) -> Result<Read<'_>, Unreadable> {
    read_any_text(text).and_then(invoice)
}

/// Reads a document that may be an invoice or a life-cycle message: for those who judge or show what they are given.
pub fn read_any(bytes: &[u8]) -> Result<Read<'_>, Unreadable> {
    if is_edi(bytes) {
        return read_edi(bytes, &[]);
    }
    if let Some(looks_like) = other_format(bytes) {
        return Err(Unreadable::NotXml { looks_like });
    }
    read_any_text(xml::decode(bytes).map_err(Unreadable::Xml)?)
}

/// Reads the invoice of a file of EDIFACT or X12 that holds one, by what is agreed with its sender.
pub fn read_edi<'a>(bytes: &[u8], partners: &[Partner]) -> Result<Read<'a>, Unreadable> {
    let mut documents = received::received(bytes, partners)?;
    match (documents.len(), documents.pop()) {
        (1, Some(document)) => of_received(document),
        (count, _) => Err(received::several(bytes, count)),
    }
}

/// Reads what an invoice of EDIFACT or X12 was written as, which is then the source of its tree; places are to be looked up in its origin.
pub fn of_received<'a>(mut document: Received) -> Result<Read<'a>, Unreadable> {
    if let Some(refusal) = document.unkept() {
        return Err(Unreadable::Edifact(NoInvoic::Refused(refusal.clone())));
    }
    // What is written of it may leave: no longer than any document that is taken.
    if let Some(terms) = document.too_many() {
        let detail = format!("{terms} terms; the limit is {}", limits::EDIFACT_TERMS);
        return Err(Unreadable::Xml(Refusal::new(xml::RefusalKind::TooLarge, detail)));
    }
    let text = document.text();
    if text.len() > limits::DOCUMENT_BYTES {
        let [length, most] = [text.len(), limits::DOCUMENT_BYTES].map(limits::mebibytes);
        let detail = format!("{length} MiB once written as CII; the limit is {most} MiB");
        return Err(Unreadable::Xml(Refusal::new(xml::RefusalKind::TooLarge, detail)));
    }
    let mut read = read_any_text(Cow::Owned(document.take_text()))?;
    read.invoice.set_origin(document.origin().clone());
    read.received = Some(Arc::new(document));
    Ok(read)
}

/// Is it a life-cycle message, as far as its beginning tells? For doors that take invoices: cheap for those.
pub fn is_life_cycle(bytes: &[u8]) -> bool {
    if is_edi(bytes) || other_format(bytes).is_some() {
        return false;
    }
    let Ok(text) = xml::decode(bytes) else { return false };
    text.contains(CDAR.0) && Head::read(&text, &[]).is_some_and(|head| (&*head.space, &*head.name) == CDAR)
}

/// The same, as what is to be said of it in the place of an invoice; none where it is no such message.
pub fn life_cycle(bytes: &[u8]) -> Option<Unreadable> {
    if !is_life_cycle(bytes) {
        return None;
    }
    // One that cannot be read whole is one all the same.
    Some(match read(bytes) {
        Err(why @ Unreadable::LifeCycle { .. }) => why,
        _ => Unreadable::LifeCycle { status: None, number: None },
    })
}

/// Name space and name of the document element of a life-cycle message.
const CDAR: (&str, &str) = (
    "urn:un:unece:uncefact:data:standard:CrossDomainAcknowledgementAndResponse:100",
    "CrossDomainAcknowledgementAndResponse",
);

/// What was read, where it is an invoice.
fn invoice(read: Read<'_>) -> Result<Read<'_>, Unreadable> {
    if read.invoice.syntax().is_invoice() {
        return Ok(read);
    }
    let text = |term| read.invoice.text(term).map(str::to_owned);
    Err(Unreadable::LifeCycle { status: text(bt::MDT_105), number: text(bt::MDT_87) })
}

/// As [`read_any`], of bytes that were decoded.
pub fn read_any_text(text: Cow<'_, str>) -> Result<Read<'_>, Unreadable> {
    if !text.trim_ascii_start().starts_with('<') {
        let blank = text.trim_ascii().is_empty();
        return Err(if blank {
            Unreadable::Xml(Refusal::new(xml::RefusalKind::Empty, "nothing but blanks"))
        } else {
            received::headless(text.as_bytes()).unwrap_or(Unreadable::NotXml { looks_like: "text/plain" })
        });
    }
    let mut tree = Tree::parse(text, syntax::vocabulary()).map_err(Unreadable::Xml)?;
    let root = tree.qualified(tree.node(0).name);
    let syntax = match (tree.node(0).name.is_known(), root.as_str()) {
        (true, "ubl:Invoice") => Syntax::UblInvoice,
        (true, "cn:CreditNote") => Syntax::UblCreditNote,
        (true, "rsm:CrossIndustryInvoice") => Syntax::Cii,
        (true, _) if tree.expanded(tree.node(0).name) == CDAR => Syntax::Cdar,
        _ => {
            if let Some(profile) = facturx::zugferd1(tree.source()) {
                return Err(Unreadable::Zugferd1 { profile });
            }
            let (space, name) = tree.expanded(tree.node(0).name);
            return Err(Unreadable::NotAnInvoice { space: space.to_owned(), name: name.to_owned() });
        }
    };
    let (faults, unlisted_faults) = structure::check(&tree);
    // The rules see all text inside an element that should hold a value: so the official artefact, and whoever reads the invoice.
    for fault in faults.iter().filter(|fault| fault.kind == FaultKind::Elements) {
        tree.flatten(fault.node);
    }
    let invoice = bind::bind(syntax, tree);
    Ok(Read { invoice, faults, unlisted_faults, received: None })
}

impl Unreadable {
    /// A document past `limits::DOCUMENT_BYTES`, told from its length alone.
    pub fn too_large(bytes: u64) -> Unreadable {
        let length = limits::mebibytes(usize::try_from(bytes).unwrap_or(usize::MAX));
        let detail = format!("{length} MiB; the limit is {} MiB", limits::mebibytes(limits::DOCUMENT_BYTES));
        Unreadable::Xml(Refusal::new(xml::RefusalKind::TooLarge, detail))
    }
}

/// Formats that are told by their first bytes.
fn other_format(bytes: &[u8]) -> Option<&'static str> {
    const SIGNS: [(&[u8], &str); 7] = [
        (b"\x89PNG", "PNG"),
        (b"\xFF\xD8\xFF", "JPEG"),
        (b"GIF8", "GIF"),
        (b"%PDF-", "PDF"),
        (b"PK\x03\x04", "ZIP"),
        (b"\x1F\x8B", "gzip"),
        (b"{", "JSON"),
    ];
    SIGNS.iter().find(|(sign, _)| bytes.starts_with(sign)).map(|(_, name)| *name)
}
