//! Finds embedded files: through the catalogue's `AF`, through the name tree `EmbeddedFiles`, and on pages (ISO 32000-2,
//! 7.11 and 14.13; ISO 19005-3).

use std::collections::{HashMap, HashSet};

use lopdf::{Dictionary, Object};

use super::file::File;
use super::refusal::{Refusal, RefusalKind};
use super::words::text;
use super::{Attachment, Found};
use crate::limits;

/// Names of the embedded file under `EF`; the last three are obsolete, and some writers have only them.
const KEYS: [&[u8]; 5] = [b"UF", b"F", b"Unix", b"DOS", b"Mac"];

pub(super) struct Gathered {
    files: Vec<(u32, Attachment)>,
    by_stream: HashMap<u32, usize>,
}

/// All embedded files, those whose name says XML first, then in the order found; the name tree is walked first.
pub(super) fn gather(file: &mut File<'_>, catalogue: &Dictionary) -> Result<Vec<Attachment>, Refusal> {
    let mut gathered = Gathered { files: Vec::new(), by_stream: HashMap::new() };
    from_names(file, catalogue, &mut gathered)?;
    from_list(file, catalogue, &mut gathered)?;
    from_pages(file, catalogue, &mut gathered)?;
    let mut files = gathered.files;
    // The budget goes to what may be data before it goes to pictures.
    files.sort_by_key(|(_, a)| !a.name.to_ascii_lowercase().ends_with(".xml"));
    let mut done = Vec::with_capacity(files.len());
    for (stream, mut attachment) in files {
        attachment.content = match file.unpacked(stream) {
            Ok((dictionary, bytes)) => {
                parameters(file, &dictionary, &mut attachment)?;
                Ok(bytes)
            }
            Err(refusal) => Err(refusal),
        };
        done.push(attachment);
    }
    Ok(done)
}

fn from_list(file: &mut File<'_>, catalogue: &Dictionary, gathered: &mut Gathered) -> Result<(), Refusal> {
    let list = match file.value(catalogue, b"AF")? {
        Object::Array(items) => items,
        Object::Null => return Ok(()),
        // A single file specification instead of a list of one.
        one => vec![catalogue.get(b"AF").cloned().unwrap_or(one)],
    };
    for item in &list {
        add(file, item, None, Found::List, gathered)?;
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
                add(file, specification, key, Found::Tree, gathered)?;
            }
        }
        if let Object::Array(kids) = file.value(&node, b"Kids")? {
            waiting.extend(kids.into_iter().rev().map(|kid| (kid, depth + 1)));
        }
    }
    Ok(())
}

/// File attachments drawn on pages. Only as many pages are looked at as the limits say, and damage there is passed over:
/// what makes an invoice of a PDF stands in the catalogue.
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
                soft(add(file, &specification, None, Found::Page, gathered))?;
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

/// Adds the files of one file specification; a file found before is marked as found here too.
fn add(
    file: &mut File<'_>,
    specification: &Object,
    key: Option<String>,
    found: Found,
    gathered: &mut Gathered,
) -> Result<(), Refusal> {
    let Object::Dictionary(specification) = file.resolve(specification)? else { return Ok(()) };
    let Object::Dictionary(embedded) = file.value(&specification, b"EF")? else { return Ok(()) };
    let word = |object: Object| object.as_name().ok().map(|n| String::from_utf8_lossy(n).into_owned());
    let f = text(&file.value(&specification, b"F")?);
    let uf = text(&file.value(&specification, b"UF")?);
    let relationship = word(file.value(&specification, b"AFRelationship")?);
    for name in KEYS {
        let Ok((stream, _)) = embedded.get(name).and_then(Object::as_reference) else { continue };
        let at = match gathered.by_stream.get(&stream) {
            Some(at) => *at,
            None => {
                if gathered.files.len() >= limits::PDF_ATTACHMENTS {
                    let most = limits::PDF_ATTACHMENTS;
                    return Err(Refusal::new(RefusalKind::TooManyObjects, format!("more than {most} attachments")));
                }
                let shown = uf.clone().or_else(|| f.clone()).or_else(|| key.clone()).unwrap_or_default();
                let attachment = Attachment {
                    name: shown,
                    f: f.clone(),
                    uf: uf.clone(),
                    relationship: relationship.clone(),
                    ..Attachment::default()
                };
                gathered.by_stream.insert(stream, gathered.files.len());
                gathered.files.push((stream, attachment));
                gathered.files.len() - 1
            }
        };
        if let Some((_, attachment)) = gathered.files.get_mut(at) {
            attachment.under_f |= name == b"F";
            attachment.under_uf |= name == b"UF";
            if let Some(key) = key.as_ref().filter(|key| !attachment.keys.contains(key)) {
                attachment.keys.push(key.clone());
            }
            if !attachment.found.contains(&found) {
                attachment.found.push(found);
            }
        }
    }
    Ok(())
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
