//! Finds embedded files: through the catalogue's `AF`, through the name tree `EmbeddedFiles`, and on pages (ISO 32000-2,
//! 7.11 and 14.13; ISO 19005-3). Whatever hangs elsewhere is found by [`super::walk`].

use std::collections::{HashMap, HashSet};

use lopdf::{Dictionary, Object};

use super::file::File;
use super::refusal::{Refusal, RefusalKind};
use super::words::text;
use super::{Attachment, Found};
use crate::limits;

/// Names of the embedded file under `EF`; the last three are obsolete, and some writers have only them.
const KEYS: [&[u8]; 5] = [b"UF", b"F", b"Unix", b"DOS", b"Mac"];

/// The files found so far, each once, whatever leads to it.
#[derive(Default)]
pub(super) struct Gathered {
    files: Vec<(u32, Attachment)>,
    by_stream: HashMap<u32, usize>,
    /// So many have been unpacked.
    unpacked: usize,
}

impl Gathered {
    /// Finds what the catalogue leads to; the name tree is walked first.
    pub fn of(file: &mut File<'_>, catalogue: &Dictionary) -> Result<Self, Refusal> {
        let mut gathered = Gathered::default();
        from_names(file, catalogue, &mut gathered)?;
        from_list(file, catalogue, &mut gathered)?;
        from_pages(file, catalogue, &mut gathered)?;
        Ok(gathered)
    }

    /// Unpacks those that were found since the last time, those whose name says XML first: the budget goes to what may be
    /// data before it goes to pictures.
    pub fn unpack(&mut self, file: &mut File<'_>) {
        let mut new: Vec<_> = self.files.iter_mut().skip(self.unpacked).collect();
        new.sort_by_key(|(_, a)| !says_xml(a));
        for (stream, attachment) in new {
            attachment.misfit = file.misfit(*stream);
            attachment.content = file
                .unpacked(*stream)
                .and_then(|(dictionary, bytes)| parameters(file, &dictionary, attachment).map(|()| bytes));
        }
        self.unpacked = self.files.len();
    }

    /// All of them, those whose name says XML first, then in the order found.
    pub fn into_attachments(self) -> Vec<Attachment> {
        let mut files: Vec<Attachment> = self.files.into_iter().map(|(_, attachment)| attachment).collect();
        files.sort_by_key(|a| !says_xml(a));
        files
    }

    /// Is this stream one of them?
    pub fn has(&self, stream: u32) -> bool {
        self.by_stream.contains_key(&stream)
    }
}

fn says_xml(attachment: &Attachment) -> bool {
    attachment.name.to_ascii_lowercase().ends_with(".xml")
}

fn from_list(file: &mut File<'_>, catalogue: &Dictionary, gathered: &mut Gathered) -> Result<(), Refusal> {
    let list = match file.value(catalogue, b"AF")? {
        Object::Array(items) => items,
        Object::Null => return Ok(()),
        // A single file specification instead of a list of one.
        one => vec![catalogue.get(b"AF").cloned().unwrap_or(one)],
    };
    for item in &list {
        gathered.named(file, item, None, Found::List)?;
    }
    Ok(())
}

fn from_names(file: &mut File<'_>, catalogue: &Dictionary, gathered: &mut Gathered) -> Result<(), Refusal> {
    let Object::Dictionary(names) = file.value(catalogue, b"Names")? else { return Ok(()) };
    let Ok(root) = names.get(b"EmbeddedFiles").cloned() else { return Ok(()) };
    let mut seen = HashSet::new();
    let mut waiting = vec![(root, 0usize)];
    let mut nodes = 0;
    while let Some((node, depth)) = waiting.pop() {
        visit(&node, depth, &mut nodes, &mut seen, "name tree")?;
        let Object::Dictionary(node) = file.resolve(&node)? else { continue };
        if let Object::Array(pairs) = file.value(&node, b"Names")? {
            for pair in pairs.chunks(2) {
                let [key, specification] = pair else { continue };
                let key = text(&file.resolve(key)?);
                gathered.named(file, specification, key, Found::Tree)?;
            }
        }
        if let Object::Array(kids) = file.value(&node, b"Kids")? {
            waiting.extend(kids.into_iter().rev().map(|kid| (kid, depth + 1)));
        }
    }
    Ok(())
}

/// File attachments drawn on pages. Only as many pages are looked at as the limits say, and damage there is passed over: the
/// walk comes by all of them, and says what it could not look at.
fn from_pages(file: &mut File<'_>, catalogue: &Dictionary, gathered: &mut Gathered) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    let mut waiting: Vec<Object> = catalogue.get(b"Pages").cloned().into_iter().collect();
    while let Some(node) = waiting.pop() {
        let new = node.as_reference().is_ok_and(|(id, _)| seen.insert(id));
        if !new || seen.len() > limits::PDF_NODES {
            continue;
        }
        let Some(Object::Dictionary(page)) = soft(file.resolve(&node))? else { continue };
        if let Some(Object::Array(kids)) = soft(file.value(&page, b"Kids"))? {
            waiting.extend(kids.into_iter().rev());
        }
        let Some(Object::Array(drawn)) = soft(file.value(&page, b"Annots"))? else { continue };
        for annotation in drawn.iter().take(limits::PDF_NODES) {
            let Some(Object::Dictionary(annotation)) = soft(file.resolve(annotation))? else { continue };
            let is_file = annotation.get(b"Subtype").and_then(Object::as_name).is_ok_and(|n| n == b"FileAttachment");
            if let (true, Ok(specification)) = (is_file, annotation.get(b"FS").cloned()) {
                soft(gathered.named(file, &specification, None, Found::Page))?;
            }
        }
    }
    Ok(())
}

/// Damage is nothing found; a limit that was met stays one.
fn soft<T>(result: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(refusal) if matches!(refusal.kind, RefusalKind::Damaged | RefusalKind::Cyclic) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

fn visit(node: &Object, depth: usize, nodes: &mut usize, seen: &mut HashSet<u32>, what: &str) -> Result<(), Refusal> {
    *nodes += 1;
    if let Ok((id, _)) = node.as_reference()
        && !seen.insert(id)
    {
        return Err(Refusal::new(RefusalKind::Cyclic, format!("a node of the {what} is there twice")));
    }
    if depth > limits::PDF_DEPTH {
        return Err(Refusal::new(RefusalKind::TooDeep, format!("the {what} is deeper than {}", limits::PDF_DEPTH)));
    }
    if *nodes > limits::PDF_NODES {
        let most = limits::PDF_NODES;
        return Err(Refusal::new(RefusalKind::TooManyObjects, format!("the {what} has more than {most} nodes")));
    }
    Ok(())
}

impl Gathered {
    fn named(
        &mut self,
        file: &mut File<'_>,
        specification: &Object,
        key: Option<String>,
        found: Found,
    ) -> Result<(), Refusal> {
        match file.resolve(specification)? {
            Object::Dictionary(specification) => self.add(file, &specification, key, found),
            _ => Ok(()),
        }
    }

    /// Adds the files of one file specification; a file found before is marked as found here too.
    pub fn add(
        &mut self,
        file: &mut File<'_>,
        specification: &Dictionary,
        key: Option<String>,
        found: Found,
    ) -> Result<(), Refusal> {
        let embedded = streams(file, specification)?;
        if embedded.is_empty() {
            return Ok(());
        }
        let word = |object: Object| object.as_name().ok().map(|n| String::from_utf8_lossy(n).into_owned());
        let f = text(&file.value(specification, b"F")?);
        let uf = text(&file.value(specification, b"UF")?);
        let relationship = word(file.value(specification, b"AFRelationship")?);
        for Embedded { stream, under, related } in embedded {
            // A related file is neither what the list names nor what the tree calls by its key.
            let (found, key) = if related.is_some() { (Found::Elsewhere, None) } else { (found, key.as_ref()) };
            let at = match self.by_stream.get(&stream) {
                // Who looks everywhere comes by what was found where it belongs.
                Some(at) if found == Found::Elsewhere && !self.is_elsewhere(*at) => continue,
                Some(at) => *at,
                None => {
                    let own = uf.as_ref().or(f.as_ref()).or(key);
                    let attachment = Attachment {
                        name: related.as_ref().or(own).cloned().unwrap_or_else(|| nameless(stream)),
                        f: f.clone().filter(|_| related.is_none()),
                        uf: uf.clone().filter(|_| related.is_none()),
                        relationship: relationship.clone(),
                        ..Attachment::default()
                    };
                    self.push(stream, attachment)?
                }
            };
            if let Some((_, attachment)) = self.files.get_mut(at) {
                attachment.under_f |= under == b"F";
                attachment.under_uf |= under == b"UF";
                if let Some(key) = key.filter(|key| !attachment.keys.contains(key)) {
                    attachment.keys.push(key.clone());
                }
                if !attachment.found.contains(&found) {
                    attachment.found.push(found);
                }
            }
        }
        Ok(())
    }

    /// Adds a stream that says that it is an embedded file, where no file specification was found for it.
    pub fn nameless(&mut self, stream: u32) -> Result<(), Refusal> {
        if !self.has(stream) {
            let found = vec![Found::Elsewhere];
            self.push(stream, Attachment { name: nameless(stream), found, ..Attachment::default() })?;
        }
        Ok(())
    }

    fn is_elsewhere(&self, at: usize) -> bool {
        self.files.get(at).is_some_and(|(_, attachment)| attachment.found == [Found::Elsewhere])
    }

    fn push(&mut self, stream: u32, attachment: Attachment) -> Result<usize, Refusal> {
        if self.files.len() >= limits::PDF_ATTACHMENTS {
            let most = limits::PDF_ATTACHMENTS;
            return Err(Refusal::new(RefusalKind::TooManyObjects, format!("more than {most} attachments")));
        }
        self.by_stream.insert(stream, self.files.len());
        self.files.push((stream, attachment));
        Ok(self.files.len() - 1)
    }
}

fn nameless(stream: u32) -> String {
    format!("object {stream}")
}

/// A stream that a file specification names.
struct Embedded {
    stream: u32,
    /// Its key in `EF`; empty elsewhere.
    under: Vec<u8>,
    /// Its own name, where it is a related file (`RF`).
    related: Option<String>,
}

/// The streams of `EF`, whatever their keys, and the related files of `RF` (ISO 32000-2, 7.11.4.3).
fn streams(file: &mut File<'_>, specification: &Dictionary) -> Result<Vec<Embedded>, Refusal> {
    let mut streams = Vec::new();
    if let Object::Dictionary(embedded) = file.value(specification, b"EF")? {
        let others = embedded.iter().map(|(key, _)| key.as_slice()).filter(|key| !KEYS.contains(key));
        for under in KEYS.into_iter().chain(others) {
            if let Ok((stream, _)) = embedded.get(under).and_then(Object::as_reference) {
                streams.push(Embedded { stream, under: under.to_vec(), related: None });
            }
        }
    }
    if let Object::Dictionary(related) = file.value(specification, b"RF")? {
        for (_, list) in &related {
            let Object::Array(pairs) = file.resolve(list)? else { continue };
            for pair in pairs.chunks(2) {
                let [name, Object::Reference((stream, _))] = pair else { continue };
                let related = text(&file.resolve(name)?).or_else(|| Some(nameless(*stream)));
                streams.push(Embedded { stream: *stream, under: Vec::new(), related });
            }
        }
    }
    Ok(streams)
}

fn parameters(file: &mut File<'_>, stream: &Dictionary, attachment: &mut Attachment) -> Result<(), Refusal> {
    let subtype = soft(file.value(stream, b"Subtype"))?;
    attachment.subtype = subtype.and_then(|o| o.as_name().ok().map(|n| String::from_utf8_lossy(n).into_owned()));
    let Some(Object::Dictionary(with)) = soft(file.value(stream, b"Params"))? else { return Ok(()) };
    attachment.size = soft(file.value(&with, b"Size"))?.and_then(|o| o.as_i64().ok());
    attachment.checksum = soft(file.value(&with, b"CheckSum"))?.and_then(|o| o.as_str().ok().map(<[u8]>::to_vec));
    attachment.dated = soft(file.value(&with, b"ModDate"))?.is_some_and(|o| o.as_str().is_ok_and(|s| !s.is_empty()));
    Ok(())
}
