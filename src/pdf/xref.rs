//! The cross-reference tables and streams of a PDF (ISO 32000-1, 7.5): where each object stands, the newest revision first.

use std::collections::{HashMap, HashSet};

use lopdf::{Dictionary, Object};

use super::budget::Budget;
use super::filter;
use super::lex::{Lexer, is_space};
use super::refusal::{Refusal, RefusalKind};
use super::stream;
use crate::limits;

/// Where an object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    Free,
    /// Offset from the header, and generation.
    At(u64, u16),
    /// Inside the object stream of this number.
    Inside(u32),
}

/// All entries, and the trailer of the newest revision.
#[derive(Debug, Default)]
pub(super) struct Xref {
    pub entries: HashMap<u32, Entry>,
    pub trailer: Dictionary,
    pub revisions: usize,
    /// More than white space and stray words follows the end that was believed: a later revision that is not whole.
    pub goes_on: bool,
    /// Is there a table with a stream beside it?
    pub hybrid: bool,
    /// What two readers would understand in two ways.
    pub twofold: Option<String>,
}

/// How the stream beside a table (`XRefStm`) is read: readers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hybrid {
    /// It tells of what its table calls free or does not name (ISO 32000-1, 7.5.8.4).
    Norm,
    /// Not at all, as readers of PDF 1.4 have it.
    Without,
    /// Before its table.
    First,
}

impl Xref {
    /// Does an object that is in use here stand elsewhere there?
    pub fn contradicts(&self, other: &Xref) -> bool {
        let mut used = self.entries.iter().filter_map(|(id, entry)| Some((id, entry.place()?)));
        used.any(|(id, here)| other.entries.get(id).and_then(|entry| entry.place()) != Some(here))
    }
}

impl Entry {
    /// In an object stream or not, and where; generations aside.
    fn place(self) -> Option<(bool, u64)> {
        match self {
            Entry::Free => None,
            Entry::At(offset, _) => Some((false, offset)),
            Entry::Inside(container) => Some((true, u64::from(container))),
        }
    }
}

/// One section: entries, trailer, and what it leaves open to two readings.
type Section = (Vec<(u32, Entry)>, Dictionary, Option<String>);

/// Reads the tables from the end of the file on, as written. `data` begins at the header.
pub(super) fn read(data: &[u8], how: Hybrid, budget: &mut Budget) -> Result<Xref, Refusal> {
    let mut xref = Xref::default();
    let mut seen = HashSet::new();
    let (first, goes_on) = start(data, budget)?;
    xref.goes_on = goes_on;
    let mut next = Some(first);
    while let Some(offset) = next {
        if !seen.insert(offset) {
            return Err(Refusal::new(RefusalKind::Cyclic, "a cross-reference section is its own predecessor"));
        }
        if seen.len() > limits::PDF_REVISIONS {
            let most = limits::PDF_REVISIONS;
            return Err(Refusal::new(RefusalKind::TooManyObjects, format!("more than {most} revisions")));
        }
        let (entries, trailer, twofold) = section(data, offset, budget)?;
        xref.twofold = xref.twofold.take().or(twofold);
        let hybrid = offset_of(&trailer, b"XRefStm");
        next = offset_of(&trailer, b"Prev");
        let newest = xref.trailer.is_empty();
        if newest {
            xref.trailer = trailer;
        }
        // In a hybrid file, the stream tells of the objects that its table hides from old readers.
        let hidden = match hybrid {
            Some(at) if how != Hybrid::Without && seen.insert(at) => {
                let (hidden, other, twofold) = section(data, at, budget)?;
                let differs =
                    other.get(b"Root").is_ok_and(|root| newest && xref.trailer.get(b"Root").ok() != Some(root));
                xref.twofold = xref.twofold.take().or(twofold).or(differs.then(|| doubled("Root")));
                hidden
            }
            _ => Vec::new(),
        };
        xref.hybrid |= hybrid.is_some();
        match how {
            Hybrid::First => merge(&mut xref.entries, entries, hidden),
            Hybrid::Norm | Hybrid::Without => merge(&mut xref.entries, hidden, entries),
        }
    }
    xref.revisions = seen.len();
    Ok(xref)
}

/// Newer revisions came first and stay.
fn merge(entries: &mut HashMap<u32, Entry>, hidden: Vec<(u32, Entry)>, table: Vec<(u32, Entry)>) {
    let hides: HashMap<u32, Entry> = hidden.into_iter().collect();
    let mut of_section: HashMap<u32, Entry> = HashMap::with_capacity(table.len());
    for (id, entry) in table {
        of_section.entry(id).or_insert(entry);
    }
    for (id, entry) in hides {
        if matches!(of_section.get(&id), None | Some(Entry::Free)) {
            of_section.insert(id, entry);
        }
    }
    for (id, entry) in of_section {
        entries.entry(id).or_insert(entry);
    }
}

/// What stands after the last `startxref`, and whether the file goes on behind it.
fn start(data: &[u8], budget: &mut Budget) -> Result<(u64, bool), Refusal> {
    // The norm says in the last kilobyte; what mail systems and signers append is borne.
    const TAIL: usize = 4 * 1024;
    let from = data.len().saturating_sub(TAIL);
    let tail = data.get(from..).unwrap_or_default();
    budget.look(tail.len())?;
    let word = b"startxref";
    let at = tail.windows(word.len()).rposition(|w| w == word);
    let at = at.ok_or_else(|| Refusal::damaged("no startxref at the end: the file is cut off"))?;
    let mut lexer = Lexer::new(data, from + at + word.len());
    let number = lexer.number(budget)?.ok_or_else(|| Refusal::damaged("startxref names no place"))?;
    let goes_on = goes_on(data, lexer, budget)?;
    Ok((number, goes_on))
}

/// Does the file go on after its last `startxref` and number? `%%EOF` must follow. What mail systems leave there does no harm;
/// an object, a table, a trailer or the beginning of one is what is left of an update that was cut off.
fn goes_on(data: &[u8], mut lexer: Lexer<'_>, budget: &mut Budget) -> Result<bool, Refusal> {
    let behind = lexer.at;
    let rest = data.get(behind..).unwrap_or_default();
    budget.look(rest.len())?;
    if !rest.windows(5).any(|w| w == b"%%EOF") {
        return Ok(true);
    }
    // `%%EOF` is a comment to the lexer. Every revision begins with the number of an object or with its table.
    lexer.space(budget)?;
    if data.get(lexer.at).is_some_and(u8::is_ascii_digit) {
        return Ok(true);
    }
    let says = |word: &[u8]| rest.windows(word.len()).any(|w| w == word);
    let objects = rest.windows(3).enumerate().filter(|(_, w)| *w == b"obj");
    let an_object = objects.into_iter().any(|(at, _)| header_before(data, behind + at).is_some());
    Ok(an_object || [&b"xref"[..], b"trailer", b"endobj", b"endstream"].into_iter().any(says))
}

fn section(data: &[u8], offset: u64, budget: &mut Budget) -> Result<Section, Refusal> {
    let at = usize::try_from(offset).ok().filter(|at| *at < data.len());
    let at = at.ok_or_else(|| Refusal::damaged("a cross-reference section would stand past the end"))?;
    let mut lexer = Lexer::new(data, at);
    let is_table = lexer.word(b"xref", budget)?;
    let (entries, trailer, twofold) =
        if is_table { table(lexer, budget)? } else { stream_section(data, lexer, budget)? };
    let twofold = twofold.or_else(|| {
        twice(&entries).map(|id| format!("a cross-reference section gives object {id} twice, and not the same"))
    });
    Ok((entries, trailer, twofold))
}

/// An object to which one section gives two places: some readers take the first, some the last.
fn twice(entries: &[(u32, Entry)]) -> Option<u32> {
    let mut places = HashMap::with_capacity(entries.len());
    entries.iter().find(|(id, entry)| *places.entry(*id).or_insert(entry.place()) != entry.place()).map(|(id, _)| *id)
}

fn table(mut lexer: Lexer<'_>, budget: &mut Budget) -> Result<Section, Refusal> {
    let mut entries = Vec::new();
    while !lexer.word(b"trailer", budget)? {
        let (first, count) = (lexer.number(budget)?, lexer.number(budget)?);
        let (Some(first), Some(count)) = (first, count) else {
            return Err(Refusal::damaged("a cross-reference table is not written as one"));
        };
        for n in 0..count {
            let (offset, generation) = (lexer.number(budget)?, lexer.number(budget)?);
            let used = lexer.word(b"n", budget)?;
            if !used && !lexer.word(b"f", budget)? {
                return Err(Refusal::damaged("a cross-reference table has fewer entries than it says"));
            }
            budget.entry()?;
            let id = first.checked_add(n).and_then(|id| u32::try_from(id).ok());
            let (Some(id), Some(offset), Some(generation)) = (id, offset, generation) else {
                return Err(Refusal::damaged("a cross-reference entry is none"));
            };
            let entry = if used { Entry::At(offset, u16::try_from(generation).unwrap_or(0)) } else { Entry::Free };
            entries.push((id, entry));
        }
    }
    match lexer.object(budget)? {
        Object::Dictionary(trailer) => Ok((entries, trailer, lexer.doubled.map(doubled))),
        _ => Err(Refusal::damaged("the trailer is no dictionary")),
    }
}

fn stream_section(data: &[u8], mut lexer: Lexer<'_>, budget: &mut Budget) -> Result<Section, Refusal> {
    let no = || Refusal::damaged("no cross-reference section where one should be");
    lexer.header(budget)?.ok_or_else(no)?;
    let Object::Dictionary(dictionary) = lexer.object(budget)? else { return Err(no()) };
    if !dictionary.has_type(b"XRef") {
        return Err(no());
    }
    // A reference could not be followed before the table is read: the length is direct, or the end is looked for.
    let length = dictionary.get(b"Length").and_then(Object::as_i64).ok();
    let extent = stream::extent(data, &mut lexer, length, budget)?.ok_or_else(no)?;
    let referred = dictionary.get(b"Length").is_ok_and(|length| length.as_reference().is_ok());
    let misfit = (!extent.fits && !referred)
        .then(|| "the /Length of a cross-reference stream does not lead to its end".to_owned());
    let packed = data.get(extent.range).unwrap_or_default().to_vec();
    let rows = filter::unpack(&dictionary, packed, budget)?;
    Ok((rows_of(&dictionary, &rows, budget)?, dictionary, lexer.doubled.map(doubled).or(misfit)))
}

fn doubled(key: &'static str) -> String {
    format!("the trailer gives /{key} twice, and not the same")
}

fn rows_of(dictionary: &Dictionary, rows: &[u8], budget: &mut Budget) -> Result<Vec<(u32, Entry)>, Refusal> {
    let numbers = |key: &[u8]| -> Option<Vec<u64>> {
        let items = dictionary.get(key).and_then(Object::as_array).ok()?;
        items.iter().map(|i| i.as_i64().ok().and_then(|n| u64::try_from(n).ok())).collect()
    };
    let widths = numbers(b"W").filter(|w| w.len() >= 3 && w.iter().all(|n| *n <= 8));
    let widths = widths.ok_or_else(|| Refusal::damaged("the columns of a cross-reference stream are none"))?;
    let size = dictionary.get(b"Size").and_then(Object::as_i64).ok().and_then(|n| u64::try_from(n).ok());
    let index = numbers(b"Index").unwrap_or_else(|| vec![0, size.unwrap_or(u64::MAX)]);
    let width: usize = widths.iter().map(|n| *n as usize).sum();
    let mut entries = Vec::new();
    if width == 0 {
        return Ok(entries);
    }
    let ids = index.chunks_exact(2).flat_map(|pair| (0..pair[1]).map(move |n| pair[0].checked_add(n)));
    for (id, row) in ids.zip(rows.chunks_exact(width)) {
        budget.entry()?;
        let Some(id) = id.and_then(|id| u32::try_from(id).ok()) else { break };
        let mut fields = [1u64, 0, 0];
        let mut at = 0;
        for (field, width) in fields.iter_mut().zip(&widths) {
            let width = *width as usize;
            let bytes = row.get(at..at + width).unwrap_or_default();
            at += width;
            if width > 0 {
                *field = bytes.iter().fold(0u64, |n, b| (n << 8) | u64::from(*b));
            }
        }
        entries.push((id, entry(fields)));
    }
    Ok(entries)
}

fn entry([kind, second, third]: [u64; 3]) -> Entry {
    match kind {
        1 => Entry::At(second, u16::try_from(third).unwrap_or(0)),
        2 => u32::try_from(second).map_or(Entry::Free, Entry::Inside),
        _ => Entry::Free,
    }
}

fn offset_of(trailer: &Dictionary, key: &[u8]) -> Option<u64> {
    trailer.get(key).and_then(Object::as_i64).ok().and_then(|n| u64::try_from(n).ok())
}

/// Finds the objects of a file whose tables cannot be read by looking through all of it. The last of a number counts, as
/// the last revision would.
pub(super) fn rebuild(data: &[u8], budget: &mut Budget) -> Result<Xref, Refusal> {
    let mut xref = Xref::default();
    budget.look(data.len())?;
    let mut trailers: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(found) = data.get(at..).and_then(|rest| rest.iter().position(|b| matches!(b, b'o' | b't'))) {
        let here = at + found;
        at = here + 1;
        let rest = data.get(here..).unwrap_or_default();
        if rest.starts_with(b"trailer") {
            trailers.push(here);
        } else if rest.starts_with(b"obj")
            && let Some((offset, id, generation)) = header_before(data, here)
        {
            budget.entry()?;
            xref.entries.insert(id, Entry::At(offset as u64, generation));
        }
    }
    xref.trailer =
        trailers.iter().rev().take(16).find_map(|t| trailer_at(data, t + b"trailer".len(), budget)).unwrap_or_default();
    Ok(xref)
}

fn trailer_at(data: &[u8], at: usize, budget: &mut Budget) -> Option<Dictionary> {
    match Lexer::new(data, at).object(budget) {
        Ok(Object::Dictionary(trailer)) if trailer.has(b"Root") => Some(trailer),
        _ => None,
    }
}

/// `12 0 ` before `obj`, read backwards.
fn header_before(data: &[u8], obj: usize) -> Option<(usize, u32, u16)> {
    fn number(data: &[u8], end: usize) -> Option<(usize, u64)> {
        let spaces = data.get(..end)?.iter().rev().take(8).take_while(|b| is_space(**b)).count();
        let last = end - spaces;
        let digits = data.get(..last)?.iter().rev().take(11).take_while(|b| b.is_ascii_digit()).count();
        let text = std::str::from_utf8(data.get(last - digits..last)?).ok()?;
        (spaces > 0).then(|| text.parse().ok().map(|n| (last - digits, n)))?
    }
    let (at, generation) = number(data, obj)?;
    let (at, id) = number(data, at)?;
    Some((at, u32::try_from(id).ok()?, u16::try_from(generation).ok()?))
}
