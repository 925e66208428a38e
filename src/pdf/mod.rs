//! PDFs as containers: which files are embedded in one, and its XMP packet. Knows nothing of invoices.
//!
//! lopdf's own loader reads every object and unpacks every object stream before it answers, and a list in a small packed
//! stream becomes sixty times its size in memory. So the tables are read here, and of the objects only those on the way to
//! the attachments, each drawn from one budget; lopdf gives the types, the filters and the decryption. What else the document
//! leads to is passed over for embedded files that hang elsewhere, and never built.

mod attach;
mod budget;
mod file;
mod filter;
mod lex;
mod refusal;
mod skim;
mod stream;
mod text;
mod walk;
mod words;
mod xref;

use lopdf::Object;

use crate::limits;
use attach::Gathered;
use budget::Budget;
use file::File;
use xref::{Hybrid, Xref};

pub use refusal::{Refusal, RefusalKind};
pub use text::{Page, Pages, Run};

/// How far into a file its `%PDF-` may stand (ISO 32000-1, annex H, note 13).
const HEADER_WITHIN: usize = 1024;

/// What is in a PDF beside its pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Container {
    /// Those whose name says XML first, then in the order found.
    pub attachments: Vec<Attachment>,
    /// The catalogue's metadata stream, unpacked, or why it cannot be; none where there is none.
    pub xmp: Option<Result<Vec<u8>, Refusal>>,
    /// Encrypted, and opened with the empty password.
    pub locked: bool,
    /// Behind the last end that is whole, an update begins that is not: what was read is the revision before it.
    pub cut: bool,
    /// Streams that begin as markup does, on which something in the document leads, and which nothing calls a file.
    pub loose: Vec<Loose>,
    /// Why a part of the document could not be looked at, where one could not: another file may hang there.
    pub unseen: Option<Refusal>,
    /// The tables were damaged and were rebuilt from what is left; what was wrong. Whatever was cut off may have said
    /// something else.
    pub rebuilt: Option<String>,
    /// What is written so that two readers may take other files out of it; where something is.
    pub twofold: Option<String>,
}

/// An embedded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// `UF`, else `F`, else the key of the name tree: as written, and to be trusted with nothing. Where there is none, the
    /// number of its object.
    pub name: String,
    /// The keys under which the name tree leads to it.
    pub keys: Vec<String>,
    pub f: Option<String>,
    pub uf: Option<String>,
    /// `AFRelationship`: `Data`, `Alternative`, `Source`…
    pub relationship: Option<String>,
    /// Media type, such as `text/xml`.
    pub subtype: Option<String>,
    pub found: Vec<Found>,
    /// Does `EF` name this stream under `F`, and under `UF`?
    pub under_f: bool,
    pub under_uf: bool,
    /// `Params`: the size it says it has, its MD5, and whether it says when it was changed.
    pub size: Option<i64>,
    pub checksum: Option<Vec<u8>>,
    pub dated: bool,
    /// The length that its stream says it has, where that does not lead to the stream's end.
    pub misfit: Option<Misfit>,
    /// The very bytes that were embedded, or why they cannot be had.
    pub content: Result<Vec<u8>, Refusal>,
}

/// A stream whose `Length` is not its own: other readers take other bytes, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misfit {
    /// None where it says none, or none that is a whole number.
    pub said: Option<i64>,
    /// Up to `endstream`, packed.
    pub is: usize,
}

/// A stream that nothing calls a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loose {
    /// The number of its object.
    pub object: u32,
    pub content: Vec<u8>,
}

/// Where an embedded file was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The catalogue's `AF`.
    List,
    /// The name tree `EmbeddedFiles`.
    Tree,
    /// A file attachment drawn on a page.
    Page,
    /// Somewhere else on which something in the document leads: a page, a form or an image, a structure element…
    Elsewhere,
}

impl Found {
    pub fn as_str(self) -> &'static str {
        match self {
            Found::List => "af",
            Found::Tree => "names",
            Found::Page => "page",
            Found::Elsewhere => "elsewhere",
        }
    }
}

impl Default for Attachment {
    fn default() -> Self {
        Self {
            name: String::new(),
            keys: Vec::new(),
            f: None,
            uf: None,
            relationship: None,
            subtype: None,
            found: Vec::new(),
            under_f: false,
            under_uf: false,
            size: None,
            checksum: None,
            dated: false,
            misfit: None,
            content: Ok(Vec::new()),
        }
    }
}

/// Reads PDFs: the door through which floors above choose who does it, on which thread and for how long.
pub trait Unpack: std::fmt::Debug + Send + Sync {
    /// Opens a PDF.
    ///
    /// # Errors
    /// The reason why it is not read, by name.
    fn unpack(&self, bytes: &[u8]) -> Result<Container, Refusal>;

    /// Reads what the pages of a PDF show as text.
    ///
    /// # Errors
    /// The reason why they are not read, by name.
    fn read_pages(&self, bytes: &[u8]) -> Result<Pages, Refusal>;
}

/// On the caller's own thread, without a clock: the budget alone bounds it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Direct;

impl Unpack for Direct {
    fn unpack(&self, bytes: &[u8]) -> Result<Container, Refusal> {
        open(bytes)
    }

    fn read_pages(&self, bytes: &[u8]) -> Result<Pages, Refusal> {
        pages(bytes)
    }
}

/// Does `%PDF-` stand in the first kilobyte?
pub fn is_pdf(bytes: &[u8]) -> bool {
    header(bytes).is_some()
}

fn header(bytes: &[u8]) -> Option<usize> {
    let head = bytes.get(..bytes.len().min(HEADER_WITHIN))?;
    memchr::memmem::find(head, b"%PDF-")
}

/// Where the header of a PDF stands, and all from there on: of what is one, and not too large.
fn from_header(bytes: &[u8]) -> Result<(usize, &[u8]), Refusal> {
    let Some(header) = header(bytes) else {
        return Err(Refusal::new(RefusalKind::NotPdf, "no %PDF- in the first kilobyte"));
    };
    if bytes.len() > limits::PDF_BYTES {
        let (length, most) = (limits::mebibytes(bytes.len()), limits::mebibytes(limits::PDF_BYTES));
        return Err(Refusal::new(RefusalKind::TooLarge, format!("{length} MiB; the limit is {most} MiB")));
    }
    Ok((header, bytes.get(header..).unwrap_or_default()))
}

/// Opens a PDF. Bounded in time and memory by `limits`; never panics, whatever the bytes.
///
/// # Errors
/// The reason why it is not read, by name.
pub fn open(bytes: &[u8]) -> Result<Container, Refusal> {
    let (header, data) = from_header(bytes)?;
    let first = if header == 0 { as_written(data) } else { either_way(data, bytes) };
    let why = match &first {
        Ok(container) => match container.broken() {
            None => return first,
            Some(refusal) => refusal.detail.clone(),
        },
        Err(refusal) if refusal.is_bound() => return first,
        Err(refusal) => refusal.detail.clone(),
    };
    match rebuilt(data) {
        Ok(container) if container.readable() > first.as_ref().map_or(0, Container::readable) => {
            Ok(Container { rebuilt: Some(why), ..container })
        }
        // Who mends the tables finds all parts, and the same files: nothing was hidden behind the damage.
        Ok(container) if container.unseen.is_none() && first.as_ref().is_ok_and(|first| first.holds_as(&container)) => {
            first.map(|first| Container { unseen: None, ..first })
        }
        // Nothing embedded is left, and the tables that would tell are gone: no one can say that there was nothing.
        Ok(_) => first,
        Err(refusal) if refusal.is_bound() && first.is_err() => Err(refusal),
        Err(_) => first,
    }
}

/// Reads what the pages show as text, as the tables lead to it, or where they are damaged, as [`open`] mends them. Bounded in time
/// and memory by `limits`; never panics, whatever the bytes.
///
/// # Errors
/// The reason why they are not read, by name.
pub fn pages(bytes: &[u8]) -> Result<Pages, Refusal> {
    let (header, data) = from_header(bytes)?;
    let read = |data: &[u8], mend: bool| {
        let mut budget = Budget::for_file(data.len());
        let xref = if mend { xref::rebuild(data, &mut budget) } else { xref::read(data, Hybrid::Norm, &mut budget) }?;
        let mut file = File::open(data, xref, budget)?;
        if mend {
            file.find_catalogue()?;
        }
        file.anew(Budget::for_pages(data.len()));
        text::read(&mut file)
    };
    match read(data, false) {
        Err(refusal) if !refusal.is_bound() && header > 0 => read(bytes, false).or_else(|_| read(data, true)),
        Err(refusal) if !refusal.is_bound() => read(data, true),
        read => read,
    }
}

impl Container {
    /// The first damage among the attachments, or else on the way through the document.
    fn broken(&self) -> Option<&Refusal> {
        let contents = self.attachments.iter().filter_map(|a| a.content.as_ref().err());
        contents.chain(&self.unseen).find(|r| !r.is_bound())
    }

    fn holds_as(&self, other: &Container) -> bool {
        (&self.attachments, &self.loose, &self.xmp) == (&other.attachments, &other.loose, &other.xmp)
    }

    fn readable(&self) -> usize {
        self.attachments.iter().filter(|a| a.content.is_ok()).count()
    }
}

/// Places count from the header, or, as some writers have it, from the first byte of the file. Where both ways lead to tables
/// and these to other files, nobody can say which way a reader goes.
fn either_way(data: &[u8], bytes: &[u8]) -> Result<Container, Refusal> {
    let tables = |data: &[u8]| xref::read(data, Hybrid::Norm, &mut Budget::for_file(data.len()));
    let (first, other) = (as_written(data), as_written(bytes));
    let differ = match (tables(data), tables(bytes)) {
        (Ok(here), Ok(there)) => match (&first, &other) {
            (Ok(first), Ok(other)) => !first.holds_as(other),
            // What the tables of one way lead to is no PDF; one that forgives may make one of it.
            _ => here.entries != there.entries || here.trailer != there.trailer,
        },
        _ => false,
    };
    let mut read = match first {
        Err(refusal) if !refusal.is_bound() => other.or(Err(refusal)),
        first => first,
    }?;
    if differ {
        read.twofold = Some("counted from %PDF- and from the first byte, places lead to different tables".to_owned());
    }
    Ok(read)
}

fn as_written(data: &[u8]) -> Result<Container, Refusal> {
    let mut budget = Budget::for_file(data.len());
    let xref = xref::read(data, Hybrid::Norm, &mut budget)?;
    let others: &[Hybrid] = if xref.hybrid { &[Hybrid::Without, Hybrid::First] } else { &[] };
    let others = others.iter().filter_map(|how| {
        let other = xref::read(data, *how, &mut Budget::for_file(data.len())).ok()?;
        other.contradicts(&xref).then_some(other)
    });
    let others: Vec<Xref> = others.collect();
    let mut container = look_through(File::open(data, xref, budget)?)?;
    for other in others {
        let read = File::open(data, other, Budget::for_file(data.len())).and_then(look_through);
        if !read.is_ok_and(|read| read.holds_as(&container)) {
            container
                .twofold
                .get_or_insert_with(|| "/XRefStm replaces what the tables of a hybrid file say".to_owned());
        }
    }
    Ok(container)
}

fn rebuilt(data: &[u8]) -> Result<Container, Refusal> {
    let mut budget = Budget::for_file(data.len());
    let xref: Xref = xref::rebuild(data, &mut budget)?;
    let mut file = File::open(data, xref, budget)?;
    file.find_catalogue()?;
    look_through(file)
}

fn look_through(mut file: File<'_>) -> Result<Container, Refusal> {
    let catalogue = file.catalogue()?;
    let mut gathered = Gathered::of(&mut file, &catalogue)?;
    gathered.unpack(&mut file);
    let metadata = match catalogue.get(b"Metadata") {
        Ok(Object::Reference((id, _))) => Some(*id),
        _ => None,
    };
    if let Some(id) = metadata {
        file.note_misfit(id);
    }
    let xmp = metadata.map(|id| file.unpacked(id).map(|(_, bytes)| bytes).and_then(within_bounds));
    // What is where it belongs has been read; a document too large to be walked through takes nothing away from that.
    file.anew(Budget::for_file(file.size()));
    let walked = walk::walk(&mut file, metadata, &mut gathered);
    gathered.unpack(&mut file);
    Ok(Container {
        attachments: gathered.into_attachments(),
        xmp,
        locked: file.is_locked(),
        cut: file.goes_on(),
        loose: walked.loose,
        unseen: walked.unseen,
        rebuilt: None,
        twofold: file.twofold(),
    })
}

fn within_bounds(xmp: Vec<u8>) -> Result<Vec<u8>, Refusal> {
    if xmp.len() <= limits::PDF_XMP_BYTES {
        return Ok(xmp);
    }
    let (length, most) = (xmp.len(), limits::PDF_XMP_BYTES / 1024);
    Err(Refusal::new(RefusalKind::Bomb, format!("the XMP packet has {length} bytes; at most {most} KiB are read")))
}
