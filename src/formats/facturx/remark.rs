//! What is to be said of a PDF around an invoice. Which of it stops an invoice is told in `docs/pdf.md`.

use md5::{Digest as _, Md5};

use super::disguise::is_invoice;
use super::level::{self, Level, Naming};
use super::within::{Inner, Search};
use super::xmp::Xmp;
use super::{Candidate, Kind};
use crate::pdf::{Attachment, Container, Found};

/// The kinds, in the order of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkKind {
    /// Two files are invoices, and they are not the same.
    TwoInvoices,
    /// The same invoice is embedded twice.
    SameTwice,
    /// Another file bears an invoice's name, and nobody here can say what it is.
    Second,
    /// The invoice in the PDF is UBL.
    NotCii,
    /// The file is called by no name that a receiver looks for.
    Name,
    /// A name of former versions, or in other letters.
    OldName,
    /// Not in the catalogue's `AF`.
    NoList,
    /// Not in the name tree.
    NoTree,
    /// The name tree calls another file by an invoice's name.
    TreeOther,
    /// The key of the name tree is not the file's name.
    TreeKey,
    /// `AFRelationship` is missing, or not one that the level may have.
    Relationship,
    /// The file specification or its `EF` has only one of `F` and `UF`.
    Keys,
    /// The size it says is not its size.
    Size,
    /// The check sum it says is not its own.
    CheckSum,
    /// It does not say when it was changed.
    Date,
    /// No XMP packet, or none that can be read.
    NoXmp,
    /// None of the four properties of Factur-X, or not all.
    XmpProperties,
    /// The packet says one property twice, and not the same.
    XmpTwice,
    /// The level of the XMP packet is not that of BT-24.
    XmpLevel,
    /// BT-24 names no level of Factur-X: what the packet says cannot be held against it.
    Level,
    /// The level is meant, but not written as Factur-X 1.0 writes it.
    XmpSpelling,
    /// The packet does not describe the properties in an extension schema.
    XmpSchema,
    /// The file name of the XMP packet is not that of the attachment.
    XmpName,
    /// The type or the standard of the XMP packet is an old one or none.
    XmpOld,
    /// Not said to be PDF/A-3.
    NotPdfA3,
    /// Encrypted, though it opens.
    Locked,
    /// An update at the end is not whole; the revision before it was read.
    Cut,
    /// The tables were rebuilt.
    Rebuilt,
    /// Another file could not be unpacked, so that nobody knows whether it is a second invoice.
    Unread,
    /// The stream of an attachment says a length that is not its own: other readers take other bytes, or none.
    Length,
    /// The PDF is written so that two readers may take other files out of it.
    Ambiguous,
    /// A part of the PDF could not be looked at, so that nobody knows whether a second invoice hangs there.
    Unseen,
}

impl RemarkKind {
    pub const ALL: [RemarkKind; 32] = [
        RemarkKind::TwoInvoices,
        RemarkKind::SameTwice,
        RemarkKind::Second,
        RemarkKind::NotCii,
        RemarkKind::Name,
        RemarkKind::OldName,
        RemarkKind::NoList,
        RemarkKind::NoTree,
        RemarkKind::TreeOther,
        RemarkKind::TreeKey,
        RemarkKind::Relationship,
        RemarkKind::Keys,
        RemarkKind::Size,
        RemarkKind::CheckSum,
        RemarkKind::Date,
        RemarkKind::NoXmp,
        RemarkKind::XmpProperties,
        RemarkKind::XmpTwice,
        RemarkKind::XmpLevel,
        RemarkKind::Level,
        RemarkKind::XmpSpelling,
        RemarkKind::XmpSchema,
        RemarkKind::XmpName,
        RemarkKind::XmpOld,
        RemarkKind::NotPdfA3,
        RemarkKind::Locked,
        RemarkKind::Cut,
        RemarkKind::Rebuilt,
        RemarkKind::Unread,
        RemarkKind::Length,
        RemarkKind::Ambiguous,
        RemarkKind::Unseen,
    ];

    /// The rule id.
    pub fn rule(self) -> &'static str {
        match self {
            RemarkKind::TwoInvoices => "FCT-PDF-TWO-INVOICES",
            RemarkKind::SameTwice => "FCT-PDF-SAME-TWICE",
            RemarkKind::Second => "FCT-PDF-SECOND",
            RemarkKind::NotCii => "FCT-PDF-NOT-CII",
            RemarkKind::Name => "FCT-PDF-NAME",
            RemarkKind::OldName => "FCT-PDF-OLD-NAME",
            RemarkKind::NoList => "FCT-PDF-NO-AF",
            RemarkKind::NoTree => "FCT-PDF-NO-NAMES",
            RemarkKind::TreeOther => "FCT-PDF-TREE-OTHER",
            RemarkKind::TreeKey => "FCT-PDF-TREE-KEY",
            RemarkKind::Relationship => "FCT-PDF-RELATIONSHIP",
            RemarkKind::Keys => "FCT-PDF-KEYS",
            RemarkKind::Size => "FCT-PDF-DECLARED-SIZE",
            RemarkKind::CheckSum => "FCT-PDF-CHECKSUM",
            RemarkKind::Date => "FCT-PDF-DATE",
            RemarkKind::NoXmp => "FCT-PDF-XMP",
            RemarkKind::XmpProperties => "FCT-PDF-XMP-PROPERTIES",
            RemarkKind::XmpTwice => "FCT-PDF-XMP-TWICE",
            RemarkKind::XmpLevel => "FCT-PDF-XMP-LEVEL",
            RemarkKind::Level => "FCT-PDF-LEVEL",
            RemarkKind::XmpSpelling => "FCT-PDF-XMP-SPELLING",
            RemarkKind::XmpSchema => "FCT-PDF-XMP-SCHEMA",
            RemarkKind::XmpName => "FCT-PDF-XMP-NAME",
            RemarkKind::XmpOld => "FCT-PDF-XMP-OLD",
            RemarkKind::NotPdfA3 => "FCT-PDF-NOT-PDFA",
            RemarkKind::Locked => "FCT-PDF-LOCKED",
            RemarkKind::Cut => "FCT-PDF-CUT",
            RemarkKind::Rebuilt => "FCT-PDF-REBUILT",
            RemarkKind::Unread => "FCT-PDF-UNREAD",
            RemarkKind::Length => "FCT-PDF-LENGTH",
            RemarkKind::Ambiguous => "FCT-PDF-AMBIGUOUS",
            RemarkKind::Unseen => "FCT-PDF-UNSEEN",
        }
    }

    /// Does it stop the invoice? What receivers are known to turn away does; what many accepted invoices have does not.
    pub fn is_fatal(self) -> bool {
        matches!(
            self,
            RemarkKind::TwoInvoices
                | RemarkKind::NotCii
                | RemarkKind::Name
                | RemarkKind::NoList
                | RemarkKind::TreeOther
                | RemarkKind::NoXmp
                | RemarkKind::XmpProperties
                | RemarkKind::XmpTwice
                | RemarkKind::XmpLevel
                | RemarkKind::XmpName
                | RemarkKind::NotPdfA3
                | RemarkKind::Locked
        )
    }

    /// Does it leave in doubt whether what was read is the invoice? Then nothing is called valid.
    pub fn is_doubt(self) -> bool {
        matches!(
            self,
            RemarkKind::Second
                | RemarkKind::Cut
                | RemarkKind::Rebuilt
                | RemarkKind::Unread
                | RemarkKind::Length
                | RemarkKind::Ambiguous
                | RemarkKind::Unseen
        )
    }
}

/// One thing to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    pub kind: RemarkKind,
    /// The attachment it is about; none where it is about the PDF as a whole.
    pub attachment: Option<String>,
    pub found: Option<String>,
    pub expected: Option<String>,
    /// What the reader noticed, in its own English words.
    pub seen: Option<String>,
}

struct Notes {
    remarks: Vec<Remark>,
    attachment: String,
}

impl Notes {
    fn file(&mut self, kind: RemarkKind, found: Option<String>, expected: Option<String>) {
        self.remarks.push(Remark { kind, attachment: Some(self.attachment.clone()), found, expected, seen: None });
    }

    /// About another file than the invoice.
    fn about(&mut self, name: &str, kind: RemarkKind, found: String, expected: String) {
        let (attachment, found, expected) = (Some(name.to_owned()), Some(found), Some(expected));
        self.remarks.push(Remark { kind, attachment, found, expected, seen: None });
    }

    fn pdf(&mut self, kind: RemarkKind, found: Option<String>, expected: Option<String>) {
        self.remarks.push(Remark { kind, attachment: None, found, expected, seen: None });
    }

    fn seen(&mut self, kind: RemarkKind, found: Option<String>, seen: &str) {
        self.remarks.push(Remark { kind, attachment: None, found, expected: None, seen: Some(seen.to_owned()) });
    }
}

/// All remarks, the gravest question first: which file is the invoice.
pub(super) fn all(
    container: &Container,
    at: usize,
    kind: Kind,
    profile: Option<&str>,
    candidates: &[Candidate],
) -> Vec<Remark> {
    let Some(file) = container.attachments.get(at) else { return Vec::new() };
    let mut notes = Notes { remarks: Vec::new(), attachment: file.name.clone() };
    let level = profile.and_then(Level::of_profile);
    others(container, at, candidates, &mut notes);
    if kind == Kind::Ubl {
        notes.file(RemarkKind::NotCii, Some("UBL".into()), Some("CII".into()));
    }
    // What Factur-X asks of a container was not asked of ZUGFeRD 1, which is not judged anyway.
    if kind != Kind::Zugferd1 {
        named(&file.name, level, &mut notes);
        placed(file, level, &mut notes);
        keyed(container, at, &mut notes);
        declared(file, &mut notes);
        packet(container, file, (kind, profile), level, &mut notes);
    }
    if container.locked {
        notes.pdf(RemarkKind::Locked, None, None);
    }
    if container.cut {
        notes.pdf(RemarkKind::Cut, None, None);
    }
    if let Some(why) = &container.rebuilt {
        notes.seen(RemarkKind::Rebuilt, None, why);
    }
    for file in &container.attachments {
        if let Some(misfit) = &file.misfit {
            let said = misfit.said.map_or_else(|| "/Length".to_owned(), |said| said.to_string());
            notes.about(&file.name, RemarkKind::Length, said, misfit.is.to_string());
        }
    }
    if let Some(why) = &container.twofold {
        notes.seen(RemarkKind::Ambiguous, None, why);
    }
    if let Some(why) = &container.unseen {
        notes.seen(RemarkKind::Unseen, Some(why.kind.rule().to_owned()), &why.detail);
    }
    notes.remarks
}

fn others(container: &Container, at: usize, candidates: &[Candidate], notes: &mut Notes) {
    let content = |at: usize| container.attachments.get(at).map(|a| &a.content);
    for other in candidates.iter().filter(|c| c.at != at) {
        let same = content(other.at) == content(at);
        let kind = if same { RemarkKind::SameTwice } else { RemarkKind::TwoInvoices };
        let name = container.attachments.get(other.at).map(|a| a.name.clone());
        notes.file(kind, name, None);
    }
    let chosen = content(at).and_then(|content| content.as_deref().ok()).unwrap_or_default();
    let mut search = Search::beside(chosen);
    // Another invoice that nothing calls a file: whoever looks closely enough reads it.
    for loose in &container.loose {
        let same = content(at).is_some_and(|c| c.as_ref().is_ok_and(|c| *c == loose.content));
        if same {
            continue;
        }
        let inner = if is_invoice(&loose.content) { Some(Inner::Other) } else { search.look_into(&loose.content) };
        match inner {
            Some(Inner::Other) => notes.file(RemarkKind::TwoInvoices, Some(format!("object {}", loose.object)), None),
            Some(Inner::Unknown) => notes.file(RemarkKind::Second, Some(format!("object {}", loose.object)), None),
            Some(Inner::Same) | None => {}
        }
    }
    let known = |file: &Attachment| {
        let names = [Some(&file.name), file.f.as_ref(), file.uf.as_ref()];
        names.into_iter().flatten().any(|name| level::naming(name) != Naming::Unknown)
    };
    for (n, file) in container.attachments.iter().enumerate() {
        let is_other = n != at && candidates.iter().all(|c| c.at != n);
        if let (true, Err(refusal)) = (n != at, &file.content) {
            let found = Some(format!("{} ({})", file.name, refusal.kind.rule()));
            notes.seen(RemarkKind::Unread, found, &refusal.detail);
        }
        if let (true, Ok(bytes)) = (is_other, &file.content) {
            let inner = if is_invoice(bytes) { Some(Inner::Other) } else { search.look_into(bytes) };
            let kind = match inner {
                Some(Inner::Other) => RemarkKind::TwoInvoices,
                Some(Inner::Unknown) => RemarkKind::Second,
                _ if known(file) => RemarkKind::Second,
                Some(Inner::Same) => RemarkKind::SameTwice,
                None => continue,
            };
            notes.file(kind, Some(file.name.clone()), None);
        }
    }
}

fn named(name: &str, level: Option<Level>, notes: &mut Notes) {
    let expected = if level == Some(Level::XRechnung) { "factur-x.xml, xrechnung.xml" } else { "factur-x.xml" };
    let found = match level::naming(name) {
        Naming::Current => return,
        Naming::XRechnung if level == Some(Level::XRechnung) => return,
        Naming::XRechnung | Naming::Old | Naming::Case => RemarkKind::OldName,
        Naming::Unknown => RemarkKind::Name,
    };
    notes.file(found, Some(name.to_owned()), Some(expected.to_owned()));
}

fn placed(file: &Attachment, level: Option<Level>, notes: &mut Notes) {
    if !file.found.contains(&Found::List) {
        notes.file(RemarkKind::NoList, None, Some("/AF".into()));
    }
    if !file.found.contains(&Found::Tree) {
        notes.file(RemarkKind::NoTree, None, Some("/Names /EmbeddedFiles".into()));
    }
    let extract = level.is_some_and(Level::is_extract);
    let allowed: &[&str] = if extract { &["Data"] } else { &["Data", "Alternative", "Source"] };
    if !file.relationship.as_deref().is_some_and(|r| allowed.contains(&r)) {
        notes.file(RemarkKind::Relationship, file.relationship.clone(), Some(allowed.join(", ")));
    }
    let keys =
        [("/F", file.f.is_some()), ("/UF", file.uf.is_some()), ("/EF /F", file.under_f), ("/EF /UF", file.under_uf)];
    let missing: Vec<&str> = keys.iter().filter(|(_, there)| !there).map(|(key, _)| *key).collect();
    if !missing.is_empty() {
        notes.file(RemarkKind::Keys, None, Some(missing.join(", ")));
    }
}

/// Readers that look a file up by the keys of the name tree must find the same one as those that go by its own name.
fn keyed(container: &Container, at: usize, notes: &mut Notes) {
    let Some(file) = container.attachments.get(at) else { return };
    let elsewhere = container.attachments.iter().enumerate().filter(|(n, other)| {
        *n != at && level::naming(&other.name) == Naming::Unknown && other.content != file.content
    });
    for (_, other) in elsewhere {
        if let Some(key) = other.keys.iter().find(|key| level::naming(key) != Naming::Unknown) {
            notes.pdf(RemarkKind::TreeOther, Some(format!("{key}: {}", other.name)), Some(file.name.clone()));
        }
    }
    if let Some(key) = file.keys.iter().find(|key| **key != file.name) {
        notes.file(RemarkKind::TreeKey, Some(key.clone()), Some(file.name.clone()));
    }
}

fn declared(file: &Attachment, notes: &mut Notes) {
    let Ok(content) = &file.content else { return };
    if let Some(size) = file.size.filter(|size| usize::try_from(*size).ok() != Some(content.len())) {
        notes.file(RemarkKind::Size, Some(size.to_string()), Some(content.len().to_string()));
    }
    if let Some(sum) = &file.checksum {
        let own = Md5::digest(content);
        // Some writers give the digits of the sum instead of the sum.
        let own_digits = hex(own.as_slice());
        if sum.as_slice() != own.as_slice() && !sum.eq_ignore_ascii_case(own_digits.as_bytes()) {
            notes.file(RemarkKind::CheckSum, Some(hex(sum)), Some(own_digits));
        }
    }
    if !file.dated {
        notes.file(RemarkKind::Date, None, Some("/Params /ModDate".into()));
    }
}

fn packet(
    container: &Container,
    file: &Attachment,
    (kind, profile): (Kind, Option<&str>),
    level: Option<Level>,
    notes: &mut Notes,
) {
    let xmp = match &container.xmp {
        None => return notes.pdf(RemarkKind::NoXmp, None, None),
        Some(Err(refusal)) => {
            return notes.seen(RemarkKind::NoXmp, Some(refusal.kind.rule().to_owned()), &refusal.detail);
        }
        Some(Ok(bytes)) => match Xmp::read(bytes) {
            Ok(xmp) => xmp,
            Err(why) => return notes.seen(RemarkKind::NoXmp, Some(why.kind.rule().to_owned()), &why.detail),
        },
    };
    let four = [
        ("fx:DocumentType", &xmp.document_type),
        ("fx:DocumentFileName", &xmp.file_name),
        ("fx:Version", &xmp.version),
        ("fx:ConformanceLevel", &xmp.level),
    ];
    for (name, values) in &xmp.twice {
        notes.pdf(RemarkKind::XmpTwice, Some(format!("{name}: {values}")), None);
    }
    let missing: Vec<&str> =
        four.iter().filter(|(_, v)| v.as_deref().is_none_or(str::is_empty)).map(|(n, _)| *n).collect();
    if !missing.is_empty() {
        notes.pdf(RemarkKind::XmpProperties, None, Some(missing.join(", ")));
    }
    if let Some(said) = xmp.level.as_deref().filter(|said| !said.is_empty()) {
        let of_packet = Level::of_xmp(said);
        match (of_packet, level) {
            // What is no invoice is told elsewhere.
            (Some(_), None) if kind != Kind::Cii => {}
            (Some(_), None) => notes.pdf(RemarkKind::Level, profile.map(str::to_owned), Some(said.to_owned())),
            (Some(one), Some(other)) if one == other => {}
            _ => {
                let expected = level.map_or("MINIMUM, BASIC WL, BASIC, EN 16931, EXTENDED, XRECHNUNG", Level::xmp);
                notes.pdf(RemarkKind::XmpLevel, Some(said.to_owned()), Some(expected.to_owned()));
            }
        }
        if let Some(right) = of_packet.map(Level::xmp).filter(|right| xmp.is_current() && *right != said) {
            notes.pdf(RemarkKind::XmpSpelling, Some(said.to_owned()), Some(right.to_owned()));
        }
    }
    if let Some(said) = xmp.file_name.as_deref().filter(|said| !said.is_empty() && *said != file.name) {
        notes.file(RemarkKind::XmpName, Some(said.to_owned()), Some(file.name.clone()));
    }
    let of = xmp.document_type.as_deref().filter(|of| !of.is_empty() && *of != "INVOICE");
    if let Some(of) = of {
        notes.pdf(RemarkKind::XmpOld, Some(of.to_owned()), Some("INVOICE".into()));
    }
    if let Some(standard) = xmp.standard.filter(|_| !xmp.is_current()) {
        notes.pdf(RemarkKind::XmpOld, Some(standard.to_owned()), Some("Factur-X 1.0".into()));
    }
    if xmp.standard.is_some() && !xmp.described {
        notes.pdf(RemarkKind::XmpSchema, None, Some("pdfaExtension:schemas".into()));
    }
    if xmp.part.as_deref() != Some("3") {
        let found =
            xmp.part.as_ref().map(|part| format!("PDF/A-{part}{}", xmp.conformance.as_deref().unwrap_or_default()));
        notes.pdf(RemarkKind::NotPdfA3, found, Some("PDF/A-3".into()));
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().take(64).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
