//! Factur-X and ZUGFeRD: which of the files in a PDF is the invoice, and what is to be said of the container.

mod disguise;
mod level;
mod remark;
mod within;
mod xmp;

use std::borrow::Cow;

use super::edifact::Partner;
use super::read::{Read, Unreadable, read, read_any, read_edi};
use super::received::is_edi;
use crate::pdf::{self, Attachment, Container, Found, Unpack};
use crate::xml::{self, Head};
use level::Naming;

pub use level::Level;
pub use remark::{Remark, RemarkKind};
pub use xmp::Xmp;

/// A document out of its envelope: the very bytes of the XML, and the PDF around it where there was one.
#[derive(Debug)]
pub struct Envelope<'a> {
    pub bytes: Cow<'a, [u8]>,
    pub pdf: Option<Inside>,
}

/// What the PDF around an invoice says.
#[derive(Debug, Clone)]
pub struct Inside {
    /// The attachment's name, as written.
    pub name: String,
    /// Its number among the attachments.
    pub chosen: usize,
    /// BT-24 or what stood in its place, as far as the head of the XML tells.
    pub profile: Option<String>,
    pub level: Option<Level>,
    /// Root of the XML.
    pub kind: Kind,
    pub xmp: Option<Xmp>,
    pub remarks: Vec<Remark>,
    /// All attachments; the content of the chosen one was taken out.
    pub attachments: Vec<Attachment>,
}

/// What the XML in a PDF is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Cii,
    Ubl,
    /// `CrossIndustryDocument` of ZUGFeRD 1.0, or `Invoice` of its release candidate.
    Zugferd1,
    /// Something else, under the name that an invoice should have.
    Other,
}

const CII: &str = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100";
const ROOTS: [(&str, &str, Kind); 5] = [
    (CII, "CrossIndustryInvoice", Kind::Cii),
    ("urn:oasis:names:specification:ubl:schema:xsd:Invoice-2", "Invoice", Kind::Ubl),
    ("urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2", "CreditNote", Kind::Ubl),
    ("urn:ferd:CrossIndustryDocument:invoice:1p0", "CrossIndustryDocument", Kind::Zugferd1),
    ("urn:un:unece:uncefact:data:standard:CBFBUY:5", "Invoice", Kind::Zugferd1),
];

/// Where the specification identifier stands: CII and ZUGFeRD 1, UBL.
const PROFILE: [&[&str]; 2] = [&["GuidelineSpecifiedDocumentContextParameter", "ID"], &["CustomizationID"]];

impl<'a> Envelope<'a> {
    /// Takes a document out of its envelope; what is no PDF is its own content.
    ///
    /// # Errors
    /// A PDF that is not read, or has no invoice in it.
    pub fn open(bytes: &'a [u8], unpack: &dyn Unpack) -> Result<Envelope<'a>, Unreadable> {
        if !is_envelope(bytes) {
            return Ok(Envelope { bytes: Cow::Borrowed(bytes), pdf: None });
        }
        let container = unpack.unpack(bytes).map_err(Unreadable::Pdf)?;
        let (inside, xml) = Envelope::within(container)?;
        Ok(Envelope { bytes: Cow::Owned(xml), pdf: Some(inside) })
    }

    /// Chooses the invoice among the files of a PDF that was opened, and gives its bytes.
    ///
    /// # Errors
    /// None of them is an invoice, or the one that is called so cannot be unpacked.
    pub fn within(container: Container) -> Result<(Inside, Vec<u8>), Unreadable> {
        choose(container)
    }

    /// Reads the invoice.
    ///
    /// # Errors
    /// As [`read`]; an invoice of ZUGFeRD 1 is named as such.
    pub fn read(&self) -> Result<Read<'_>, Unreadable> {
        read(&self.bytes)
    }

    /// As [`Envelope::read`], by what is agreed with those who send EDIFACT or X12.
    ///
    /// # Errors
    /// As [`read`].
    pub fn read_by(&self, partners: &[Partner]) -> Result<Read<'_>, Unreadable> {
        match self.pdf.is_none() && is_edi(&self.bytes) {
            true => read_edi(&self.bytes, partners),
            false => self.read(),
        }
    }

    /// Reads what it is, an invoice or a life-cycle message. A message in a PDF is none: nobody sends it so.
    ///
    /// # Errors
    /// As [`read`].
    pub fn read_any(&self) -> Result<Read<'_>, Unreadable> {
        if self.pdf.is_some() { self.read() } else { read_any(&self.bytes) }
    }

    /// As [`Envelope::read_any`], by what is agreed with those who send EDIFACT or X12.
    ///
    /// # Errors
    /// As [`read`].
    pub fn read_any_by(&self, partners: &[Partner]) -> Result<Read<'_>, Unreadable> {
        if self.pdf.is_none() && is_edi(&self.bytes) {
            return read_edi(&self.bytes, partners);
        }
        self.read_any()
    }

    /// As reports name the syntax: `facturx-pdf` for whatever came in a PDF, else that of the XML.
    pub fn syntax(&self, read: &Read<'_>) -> &'static str {
        if self.pdf.is_some() { FACTURX_PDF } else { read.invoice.format() }
    }
}

/// The syntax of an invoice in a PDF, as reports name it.
pub const FACTURX_PDF: &str = "facturx-pdf";

/// Is it a PDF, and not XML? What begins with markup is XML, whatever follows.
pub fn is_envelope(bytes: &[u8]) -> bool {
    pdf::is_pdf(bytes) && !looks_like_xml(bytes)
}

/// XML may quote `%PDF-` in its first kilobyte; a PDF may have garbage before its header, but no markup.
fn looks_like_xml(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    start.starts_with(b"<")
}

/// A file in the PDF that begins as an invoice does.
struct Candidate {
    at: usize,
    kind: Kind,
    profile: Option<String>,
}

fn choose(mut container: Container) -> Result<(Inside, Vec<u8>), Unreadable> {
    let candidates: Vec<Candidate> =
        container.attachments.iter().enumerate().filter_map(|(at, file)| candidate(at, file)).collect();
    let rank = |at: usize| container.attachments.get(at).map_or(Naming::Unknown, |a| level::naming(&a.name));
    let named = |at: &usize| rank(*at) != Naming::Unknown;
    // Of two of the same name, the one that the catalogue names is the one that other readers take.
    let unlisted = |at: usize| container.attachments.get(at).is_none_or(|a| !a.found.contains(&Found::List));
    let best = candidates.iter().min_by_key(|c| (rank(c.at), unlisted(c.at), c.at));
    let (at, kind, profile) = match best {
        Some(best) => (best.at, best.kind, best.profile.clone()),
        // No file begins as an invoice: one that is called as an invoice is to be read, so that it is told what is wrong.
        None => match (0..container.attachments.len()).filter(named).min_by_key(|at| (rank(*at), unlisted(*at), *at)) {
            Some(at) => (at, Kind::Other, None),
            None => return Err(none_of(&container)),
        },
    };
    let remarks = remark::all(&container, at, kind, profile.as_deref(), &candidates);
    let xmp = container.xmp.as_ref().and_then(|x| x.as_ref().ok()).and_then(|bytes| Xmp::read(bytes).ok());
    let Some(file) = container.attachments.get_mut(at) else { return Err(none_of(&container)) };
    let xml = match &mut file.content {
        Ok(content) => std::mem::take(content),
        Err(refusal) => return Err(Unreadable::Pdf(refusal.clone())),
    };
    let inside = Inside {
        name: file.name.clone(),
        chosen: at,
        level: profile.as_deref().and_then(Level::of_profile),
        profile,
        kind,
        xmp,
        remarks,
        attachments: container.attachments,
    };
    Ok((inside, xml))
}

/// No invoice; unless there is a file of which nobody can say what it is.
fn none_of(container: &Container) -> Unreadable {
    let unread = container.attachments.iter().find_map(|a| a.content.as_ref().err());
    // A limit that was met before everything was looked at: nobody can say that there is none.
    let unseen = container.unseen.as_ref().filter(|why| why.is_bound());
    match unread.or(unseen) {
        Some(refusal) => Unreadable::Pdf(refusal.clone()),
        None => {
            let files = container.attachments.iter();
            let pdfs = files.clone().filter(|a| a.content.as_ref().is_ok_and(|content| pdf::is_pdf(content)));
            Unreadable::NoInvoice {
                files: files.map(|a| a.name.clone()).collect(),
                pdfs: pdfs.map(|a| a.name.clone()).collect(),
            }
        }
    }
}

fn candidate(at: usize, file: &Attachment) -> Option<Candidate> {
    let text = xml::decode(file.content.as_ref().ok()?).ok()?;
    let head = Head::read(&text, &PROFILE)?;
    let (_, _, kind) = ROOTS.iter().find(|(space, name, _)| *space == head.space && *name == head.name)?;
    Some(Candidate { at, kind: *kind, profile: head.value })
}

/// The old root of an XML that is not read any more, and the identifier in it.
pub(super) fn zugferd1(text: &str) -> Option<Option<String>> {
    let head = Head::read(text, &PROFILE)?;
    let old = |(space, name, kind): &&(&str, &str, Kind)| {
        *kind == Kind::Zugferd1 && *space == head.space && *name == head.name
    };
    ROOTS.iter().find(old).map(|_| head.value.clone())
}
