//! Where everything of a file stands: heads, messages, packages, groups and trailers as ranges of bytes, by the rules of the reader.

use std::ops::Range;

use super::detect::{HEAD_BYTES, HeadOddity, head, is_wide};
use super::service::Service;
use super::window::{Found, Window};
use crate::limits;

/// The interchanges of a file.
#[derive(Debug)]
pub(super) struct Layout {
    pub laid: Vec<Laid>,
    /// Is the file cut into lines of one length?
    pub wrapped: bool,
}

/// An interchange.
#[derive(Debug, Clone)]
pub(super) struct Laid {
    /// UNA, if there is one, and UNB.
    pub head: Range<usize>,
    service: Service,
    /// 0020.
    pub reference: String,
    pub pieces: Vec<Piece>,
    /// Those of them that belong to nothing.
    pub stray: Vec<usize>,
    pub groups: u64,
    /// Messages and packages.
    pub counted: u64,
    /// UNZ; none where it never came.
    pub trailer: Option<Trailer>,
}

/// UNE or UNZ.
#[derive(Debug, Clone)]
pub(super) struct Trailer {
    pub range: Range<usize>,
    /// Where its count stands.
    pub count: Range<usize>,
}

/// What stands between head and trailer: each range begins where the one before ends. A group is named by the number of its UNG.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Group { range: Range<usize> },
    GroupEnd { trailer: Trailer, begin: usize, messages: u64 },
    Message { range: Range<usize>, reference: String, kind: String, offset: u64, group: Option<usize>, ended: bool },
    Package { range: Range<usize>, references: Vec<String>, offset: u64, group: Option<usize> },
    Stray { range: Range<usize> },
}

impl Piece {
    pub fn range(&self) -> &Range<usize> {
        match self {
            Piece::Group { range }
            | Piece::Message { range, .. }
            | Piece::Package { range, .. }
            | Piece::Stray { range } => range,
            Piece::GroupEnd { trailer, .. } => &trailer.range,
        }
    }

    /// A message outside of groups.
    pub fn is_bare(&self) -> bool {
        matches!(self, Piece::Message { group: None, .. })
    }

    pub fn is_package(&self) -> bool {
        matches!(self, Piece::Package { .. })
    }

    fn end_at(&mut self, end: usize) {
        match self {
            Piece::Group { range }
            | Piece::Message { range, .. }
            | Piece::Package { range, .. }
            | Piece::Stray { range } => range.end = end,
            Piece::GroupEnd { .. } => {}
        }
    }
}

impl Layout {
    /// Walks through a file, as far as it can be read. None where it holds more than [`limits::EDIFACT_MESSAGES`].
    pub fn of(file: &[u8]) -> Option<Layout> {
        let mut window = Window::new(file);
        let mut layout = Layout { laid: Vec::new(), wrapped: false };
        if window.open().is_err() || is_wide(window.rest()) {
            return Some(layout);
        }
        layout.wrapped = window.wrapped;
        // The first interchange is none of them.
        let mut left = limits::EDIFACT_MESSAGES + 1;
        while let Some(mut laid) = begun(&mut window) {
            left = left.checked_sub(1)?;
            let goes_on = Walk { laid: &mut laid, open: None, group: None, in_group: 0 }.run(&mut window, &mut left)?;
            layout.laid.push(laid);
            if !goes_on {
                break;
            }
        }
        Some(layout)
    }
}

/// Looks for the next head; what stands before it belongs to nothing.
fn begun(window: &mut Window<&[u8]>) -> Option<Laid> {
    loop {
        window.skip_between().ok()?;
        window.at_least(HEAD_BYTES).ok()?;
        let rest = window.rest();
        if rest.starts_with(b"\xEF\xBB\xBF") {
            window.consume(3);
            continue;
        }
        if let Some(found) = head(rest) {
            // Nor does the reader read further.
            if matches!(found.oddity, Some(HeadOddity::Foreign(..))) {
                return None;
            }
            let start = raw(window, 0);
            window.set_service(&found.service);
            window.consume(found.unb);
            let unb = window.segment().ok()?.filter(|unb| unb.terminated)?;
            let elements = elements(window, unb);
            let reference =
                elements.get(5).map(|e| component(window, e.clone(), 0, &found.service)).unwrap_or_default();
            let end = raw(window, unb.end + 1);
            window.consume(unb.end + 1);
            return Some(Laid {
                head: start..end,
                service: found.service,
                reference,
                pieces: Vec::new(),
                stray: Vec::new(),
                groups: 0,
                counted: 0,
                trailer: None,
            });
        }
        let next = memchr::memchr(b'U', rest.get(1..)?).map_or(rest.len(), |at| at + 1);
        window.consume(next);
    }
}

/// The walk through one interchange.
struct Walk<'l> {
    laid: &'l mut Laid,
    /// The message or package under way, by its number.
    open: Option<usize>,
    group: Option<usize>,
    in_group: u64,
}

impl Walk<'_> {
    /// Is there more of the file behind this interchange? None where a bound was met.
    fn run(mut self, window: &mut Window<&[u8]>, left: &mut usize) -> Option<bool> {
        loop {
            let Ok(Some(found)) = window.segment() else {
                // Blanks at the end, or a segment that is too long.
                self.close(window, 0);
                return Some(false);
            };
            let starts = window.rest().get(found.start..found.end).unwrap_or_default();
            if !found.terminated && !starts.starts_with(b"UNZ") {
                // The end of the file, in the middle of a segment: it stays with what it stands in.
                match self.open {
                    Some(_) => self.close(window, window.rest().len()),
                    None => self.stray(window, found),
                }
                return Some(false);
            }
            if matches!(starts, [b'U', b'N', b'A' | b'B', ..]) && is_head(window, found) {
                self.close(window, found.start);
                window.consume(found.start);
                return Some(true);
            }
            let over = self.segment(window, found, left)?;
            window.consume(found.end + usize::from(found.terminated));
            if let Some(octets) = over.octets {
                window.octets(octets, false).ok()?;
            }
            window.forget();
            if over.ends {
                return Some(true);
            }
        }
    }

    fn segment(&mut self, window: &Window<&[u8]>, found: Found, left: &mut usize) -> Option<Over> {
        let mut over = Over { octets: None, ends: false };
        let starts = window.rest().get(found.start..found.end).unwrap_or_default();
        if !starts.starts_with(b"UN") {
            // It belongs to what is under way, whose end is not known yet.
            if self.open.is_none() {
                self.stray(window, found);
            }
            return Some(over);
        }
        let service = self.laid.service;
        let elements = elements(window, found);
        let said = |n: usize| elements.get(n).map(|e| component(window, e.clone(), 0, &service)).unwrap_or_default();
        let second = |n: usize| elements.get(n).map(|e| component(window, e.clone(), 1, &service));
        let (mut whole, offset) = (range_of(window, found), raw(window, found.start) as u64);
        let tag = elements.first().and_then(|e| window.rest().get(e.clone())).unwrap_or_default();
        let tag = tag.split(|b| *b == service.component).next().unwrap_or_default();
        match tag {
            // What stands before it (spare terminators) belongs to what did not end.
            b"UNH" | b"UNO" | b"UNG" | b"UNE" | b"UNZ" if self.open.is_some() => {
                self.close(window, found.start);
                whole.start = raw(window, found.start);
            }
            _ => {}
        }
        let count = || {
            let at = elements.get(1).cloned().unwrap_or(found.end..found.end);
            raw(window, at.start)..raw(window, at.end)
        };
        match tag {
            b"UNH" => {
                *left = left.checked_sub(1)?;
                let (reference, kind) = (said(1), said(2));
                self.count();
                self.begin(Piece::Message { range: whole, reference, kind, offset, group: self.group, ended: false });
            }
            b"UNO" => {
                *left = left.checked_sub(1)?;
                let references = vec![said(1), second(2).unwrap_or_default()];
                over.octets = said(4).parse().ok();
                self.count();
                self.begin(Piece::Package { range: whole, references, offset, group: self.group });
            }
            b"UNT" if self.is_open(false) => {
                if let Some(Piece::Message { ended, .. }) = self.open.and_then(|n| self.laid.pieces.get_mut(n)) {
                    *ended = true;
                }
                self.finish(whole.end);
            }
            b"UNP" if self.is_open(true) => self.finish(whole.end),
            b"UNG" => {
                *left = left.checked_sub(1)?;
                self.laid.groups += 1;
                (self.group, self.in_group) = (Some(self.laid.pieces.len()), 0);
                self.laid.pieces.push(Piece::Group { range: whole });
            }
            b"UNE" if self.group.is_some() => {
                if let Some(begin) = self.group.take() {
                    let trailer = Trailer { range: whole, count: count() };
                    self.laid.pieces.push(Piece::GroupEnd { trailer, begin, messages: self.in_group });
                }
            }
            b"UNZ" => {
                self.laid.trailer = Some(Trailer { range: whole, count: count() });
                over.ends = true;
            }
            _ if self.open.is_some() => {}
            _ => self.stray(window, found),
        }
        Some(over)
    }

    fn count(&mut self) {
        self.laid.counted += 1;
        self.in_group += u64::from(self.group.is_some());
    }

    fn begin(&mut self, piece: Piece) {
        self.open = Some(self.laid.pieces.len());
        self.laid.pieces.push(piece);
    }

    fn is_open(&self, package: bool) -> bool {
        self.open.and_then(|n| self.laid.pieces.get(n)).is_some_and(|piece| piece.is_package() == package)
    }

    fn finish(&mut self, end: usize) {
        if let Some(piece) = self.open.take().and_then(|n| self.laid.pieces.get_mut(n)) {
            piece.end_at(end);
        }
    }

    /// What is under way ends here although its trailer never came.
    fn close(&mut self, window: &Window<&[u8]>, at: usize) {
        self.finish(raw(window, at));
    }

    fn stray(&mut self, window: &Window<&[u8]>, found: Found) {
        let range = range_of(window, found);
        if let Some(Piece::Stray { range: before }) = self.laid.pieces.last_mut() {
            before.end = range.end;
            return;
        }
        self.laid.stray.push(self.laid.pieces.len());
        self.laid.pieces.push(Piece::Stray { range });
    }
}

/// What follows a segment.
struct Over {
    octets: Option<u64>,
    ends: bool,
}

impl Laid {
    pub fn group_of(&self, n: usize) -> Option<usize> {
        match self.pieces.get(n) {
            Some(Piece::Message { group, .. } | Piece::Package { group, .. }) => *group,
            _ => None,
        }
    }

    /// The packages that the message at this range names, as it is read: by its EFI, or by RFF+ATS. Another reference that looks alike names none.
    pub fn packages_of(&self, file: &[u8], message: &Range<usize>) -> Vec<usize> {
        if !self.pieces.iter().any(Piece::is_package) {
            return Vec::new();
        }
        let mut window = Window::new(file.get(message.clone()).unwrap_or_default());
        window.set_service(&self.service);
        let mut named: Vec<String> = Vec::new();
        while let Ok(Some(found)) = window.segment() {
            let starts = window.rest().get(found.start..found.end).unwrap_or_default();
            if starts.starts_with(b"EFI") || starts.starts_with(b"RFF") {
                let elements = elements(&window, found);
                let said =
                    |n| elements.get(1).map(|e| component(&window, e.clone(), n, &self.service)).unwrap_or_default();
                let name = match (starts.starts_with(b"EFI"), &*said(0)) {
                    (true, name) => name.trim().to_owned(),
                    (false, "ATS") => said(1).trim().to_owned(),
                    _ => String::new(),
                };
                named.extend(Some(name).filter(|name| !name.is_empty()));
            }
            window.consume(found.end + usize::from(found.terminated));
        }
        let names = |references: &[String]| references.iter().any(|r| !r.is_empty() && named.contains(r));
        let packages = self.pieces.iter().enumerate().filter(|(_, piece)| match piece {
            Piece::Package { references, .. } => names(references),
            _ => false,
        });
        packages.map(|(n, _)| n).collect()
    }
}

/// The place in the file of a place in the window.
fn raw(window: &Window<&[u8]>, at: usize) -> usize {
    usize::try_from(window.raw_offset(window.position() + at as u64)).unwrap_or(usize::MAX)
}

/// A segment with what stands before it, and its terminator.
fn range_of(window: &Window<&[u8]>, found: Found) -> Range<usize> {
    raw(window, 0)..raw(window, found.end + usize::from(found.terminated))
}

/// The elements of a segment in the window, its tag first.
fn elements(window: &Window<&[u8]>, found: Found) -> Vec<Range<usize>> {
    let starts = || std::iter::once(found.start).chain(window.elements.iter().map(|at| found.start + *at as usize));
    let ends = starts().skip(1).map(|next| next - 1).chain(std::iter::once(found.end));
    // Nothing that is asked for here stands further behind.
    starts().zip(ends).map(|(start, end)| start..end).take(8).collect()
}

/// The n-th component of an element as text, without release characters.
fn component(window: &Window<&[u8]>, element: Range<usize>, n: usize, service: &Service) -> String {
    let (mut at, mut out, mut released) = (0, Vec::new(), false);
    for b in window.rest().get(element).unwrap_or_default() {
        match *b {
            b if released || (Some(b) != service.release && b != service.component) => {
                released = false;
                if at == n {
                    out.push(b);
                }
            }
            b if Some(b) == service.release => released = true,
            _ => at += 1,
        }
    }
    String::from_utf8_lossy(&out).trim().to_owned()
}

/// Does another interchange begin where this segment was found?
fn is_head(window: &mut Window<&[u8]>, found: Found) -> bool {
    let enough = window.at_least(found.start + HEAD_BYTES);
    enough.is_ok() && head(window.rest().get(found.start..).unwrap_or_default()).is_some()
}
