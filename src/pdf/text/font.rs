//! Fonts as far as text needs them: what the codes of a string mean, and how far each moves the pen (ISO 32000-1, 9.5 to 9.10).
//! The font program itself is not opened: what only it could tell is not readable here.

use std::collections::HashMap;

use lopdf::{Dictionary, Object};

use super::super::file::File;
use super::super::refusal::Refusal;
use super::cmap::{CMap, number};
use super::encoding::{self, Table};
use super::{held, soft};

/// Width of a glyph where the font does not say, in thousandths of its size.
const USUAL_WIDTH: f64 = 550.0;

/// A font, ready to read strings.
#[derive(Debug)]
pub(super) struct Font {
    codes: Codes,
    unicode: Option<CMap>,
    widths: HashMap<u32, f64>,
    ranges: Vec<(u32, u32, f64)>,
    otherwise: f64,
    /// From units of widths to those of text.
    scale: f64,
}

#[derive(Debug)]
enum Codes {
    /// One byte each.
    Simple(Box<Table>),
    /// As the map says, else two bytes; `utf16` where codes are the characters themselves.
    Composite { map: Option<CMap>, utf16: bool },
}

/// One code out of a string.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Code {
    pub code: u32,
    pub length: usize,
    /// In units of text, at size 1.
    pub width: f64,
}

impl Font {
    /// Reads a font dictionary. What is missing or odd leaves codes without a meaning.
    pub fn load(file: &mut File<'_>, font: &Dictionary) -> Result<Font, Refusal> {
        let unicode = match font.get(b"ToUnicode").and_then(Object::as_reference) {
            Ok((id, _)) => map(file, id)?,
            Err(_) => None,
        };
        let subtype = soft(file.value(font, b"Subtype"))?.unwrap_or(Object::Null);
        match subtype.as_name().unwrap_or_default() {
            b"Type0" => composite(file, font, unicode),
            kind => simple(file, font, unicode, kind),
        }
    }

    /// The first code of a string.
    pub fn first(&self, bytes: &[u8]) -> Option<Code> {
        let (code, length) = match &self.codes {
            Codes::Simple(_) => (u32::from(*bytes.first()?), 1),
            Codes::Composite { map, .. } => match map.as_ref().and_then(|map| map.code(bytes)) {
                Some(code) => code,
                None => {
                    let length = bytes.len().min(2);
                    (number(bytes.get(..length)?), length)
                }
            },
        };
        (length > 0).then(|| Code { code, length, width: self.width(code) * self.scale })
    }

    fn width(&self, code: u32) -> f64 {
        let of_range = || {
            let behind = self.ranges.partition_point(|(low, ..)| *low <= code);
            self.ranges.get(behind.wrapping_sub(1)).filter(|(_, high, _)| code <= *high).map(|(.., width)| *width)
        };
        self.widths.get(&code).copied().or_else(of_range).unwrap_or(self.otherwise)
    }

    /// Adds what a code shows; false where nobody here can say.
    pub fn meaning(&self, code: u32, out: &mut String) -> bool {
        let from = out.len();
        if self.unicode.as_ref().is_some_and(|map| map.meaning(code, out)) && out.chars_from(from).all(is_known) {
            return true;
        }
        out.truncate(from);
        let character = match &self.codes {
            Codes::Simple(table) => table.get(code as usize).copied().flatten(),
            Codes::Composite { utf16: true, .. } => char::from_u32(code),
            Codes::Composite { .. } => None,
        };
        let character = character.filter(|c| is_known(*c));
        out.extend(character);
        character.is_some()
    }
}

trait CharsFrom {
    fn chars_from(&self, from: usize) -> std::str::Chars<'_>;
}

impl CharsFrom for String {
    fn chars_from(&self, from: usize) -> std::str::Chars<'_> {
        self.get(from..).unwrap_or_default().chars()
    }
}

/// A character that says something: no control, no private use, nothing that stands for what is not known.
fn is_known(c: char) -> bool {
    let private = matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..);
    !private && c != char::REPLACEMENT_CHARACTER && (!c.is_control() || matches!(c, '\t' | '\n' | '\r'))
}

fn map(file: &mut File<'_>, id: u32) -> Result<Option<CMap>, Refusal> {
    let Some((_, bytes)) = soft(file.unpacked(id))? else { return Ok(None) };
    CMap::read(&bytes, &mut file.budget).map(Some)
}

fn composite(file: &mut File<'_>, font: &Dictionary, unicode: Option<CMap>) -> Result<Font, Refusal> {
    let mut utf16 = false;
    let map = match font.get(b"Encoding") {
        Ok(Object::Name(name)) => {
            utf16 = name.starts_with(b"Uni") && name.windows(4).any(|w| matches!(w, b"UCS2" | b"UTF1"));
            None
        }
        Ok(Object::Reference((id, _))) if file.get(*id).is_ok_and(|found| found.is_stream()) => map(file, *id)?,
        _ => None,
    };
    let mut read = Font {
        codes: Codes::Composite { map, utf16 },
        unicode,
        widths: HashMap::new(),
        ranges: Vec::new(),
        otherwise: 1_000.0,
        scale: 0.001,
    };
    let Ok(list) = font.get(b"DescendantFonts") else { return Ok(read) };
    let list = held(file, list)?;
    let Some(first) = list.object().as_array().ok().and_then(|list| list.first()) else { return Ok(read) };
    let descendant = held(file, first)?;
    let Ok(descendant) = descendant.object().as_dict() else { return Ok(read) };
    if let Some(width) = soft(file.value(descendant, b"DW"))?.and_then(|width| real(&width)) {
        read.otherwise = width;
    }
    if let Ok(widths) = descendant.get(b"W") {
        let widths = held(file, widths)?;
        read_widths(file, widths.object().as_array().map_or(&[][..], Vec::as_slice), &mut read)?;
    }
    Ok(read)
}

/// `first [w w …]` and `first last w`.
fn read_widths(file: &mut File<'_>, items: &[Object], font: &mut Font) -> Result<(), Refusal> {
    let mut rest = items;
    while let [first, second, third @ ..] = rest {
        file.budget.object()?;
        let Some(first) = whole(file, first)? else { break };
        let list = held(file, second)?;
        rest = match (list.object(), third) {
            (Object::Array(each), _) => {
                for (n, width) in each.iter().enumerate() {
                    file.budget.object()?;
                    let code = first.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
                    font.widths.extend(real(held(file, width)?.object()).map(|width| (code, width)));
                }
                third
            }
            (last, [width, behind @ ..]) => {
                let last = last.as_i64().ok().and_then(|n| u32::try_from(n).ok());
                if let (Some(last), Some(width)) = (last, real(held(file, width)?.object())) {
                    font.ranges.push((first, last, width));
                }
                behind
            }
            _ => break,
        };
    }
    font.ranges.sort_by_key(|(low, ..)| *low);
    Ok(())
}

fn whole(file: &mut File<'_>, object: &Object) -> Result<Option<u32>, Refusal> {
    Ok(held(file, object)?.object().as_i64().ok().and_then(|n| u32::try_from(n).ok()))
}

fn simple(file: &mut File<'_>, font: &Dictionary, unicode: Option<CMap>, kind: &[u8]) -> Result<Font, Refusal> {
    let descriptor = soft(file.value(font, b"FontDescriptor"))?.unwrap_or(Object::Null);
    let empty = Dictionary::new();
    let descriptor = descriptor.as_dict().unwrap_or(&empty);
    let table = table(file, font, descriptor, kind)?;
    let missing = soft(file.value(descriptor, b"MissingWidth"))?.and_then(|width| real(&width));
    let mut read = Font {
        codes: Codes::Simple(Box::new(table)),
        unicode,
        widths: HashMap::new(),
        ranges: Vec::new(),
        otherwise: missing.filter(|width| *width > 0.0).unwrap_or(USUAL_WIDTH),
        scale: 0.001,
    };
    if kind == b"Type3" {
        let matrix = soft(file.value(font, b"FontMatrix"))?;
        let across = matrix.as_ref().and_then(|m| m.as_array().ok()).and_then(|m| m.first()).and_then(real);
        read.scale = across.filter(|a| *a != 0.0).map_or(0.001, f64::abs);
        read.otherwise = 0.0;
    }
    let first = soft(file.value(font, b"FirstChar"))?.and_then(|n| n.as_i64().ok()).unwrap_or(0);
    if let Ok(widths) = font.get(b"Widths") {
        let widths = held(file, widths)?;
        let widths = widths.object().as_array().map_or(&[][..], Vec::as_slice);
        for (n, width) in widths.iter().take(256).enumerate() {
            let width = soft(file.resolve(width))?.and_then(|width| real(&width));
            let code = u32::try_from(first.saturating_add(n as i64)).unwrap_or(u32::MAX);
            read.widths.extend(width.map(|width| (code, width)));
        }
    }
    Ok(read)
}

/// What each code of a simple font shows, as far as its dictionary tells.
fn table(file: &mut File<'_>, font: &Dictionary, descriptor: &Dictionary, kind: &[u8]) -> Result<Table, Refusal> {
    let flags = soft(file.value(descriptor, b"Flags"))?.and_then(|n| n.as_i64().ok()).unwrap_or(0);
    let embedded = [&b"FontFile"[..], b"FontFile2", b"FontFile3"].iter().any(|key| descriptor.has(key));
    let called = soft(file.value(font, b"BaseFont"))?.and_then(|n| n.as_name().ok().map(<[u8]>::to_vec));
    let pictures = called.is_some_and(|name| matches!(name.as_slice(), b"Symbol" | b"ZapfDingbats"));
    // A font of its own signs says inside which they are; others have the usual Latin ones.
    let own = pictures || kind == b"Type3" || (embedded && flags & 32 == 0);
    let usual = || match (own, kind) {
        (true, _) => [None; 256],
        (false, b"TrueType") => encoding::named(b"WinAnsiEncoding").unwrap_or([None; 256]),
        _ => encoding::named(b"StandardEncoding").unwrap_or([None; 256]),
    };
    let Ok(said) = font.get(b"Encoding") else { return Ok(usual()) };
    let said = held(file, said)?;
    let said = match said.object() {
        Object::Name(name) => return Ok(encoding::named(name).unwrap_or_else(usual)),
        Object::Dictionary(said) => said,
        _ => return Ok(usual()),
    };
    let base = soft(file.value(said, b"BaseEncoding"))?;
    let mut table = base.and_then(|name| encoding::named(name.as_name().ok()?)).unwrap_or_else(usual);
    let Ok(differences) = said.get(b"Differences") else { return Ok(table) };
    let differences = held(file, differences)?;
    let mut code = 0usize;
    for item in differences.object().as_array().map_or(&[][..], Vec::as_slice) {
        file.budget.object()?;
        match item {
            Object::Integer(next) => code = usize::try_from(*next).unwrap_or(usize::MAX),
            Object::Name(name) => {
                if let Some(place) = table.get_mut(code) {
                    *place = encoding::glyph(name);
                }
                code = code.saturating_add(1);
            }
            _ => {}
        }
    }
    Ok(table)
}

pub(super) fn real(object: &Object) -> Option<f64> {
    match object {
        Object::Integer(n) => Some(*n as f64),
        Object::Real(n) => Some(f64::from(*n)).filter(|n| n.is_finite()),
        _ => None,
    }
}
