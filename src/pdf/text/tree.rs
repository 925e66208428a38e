//! The tree of pages, what each page takes from above, and the layers that are switched off.

use std::collections::HashSet;
use std::rc::Rc;

use lopdf::{Dictionary, Object};

use super::super::file::{File, Found};
use super::super::refusal::{Refusal, RefusalKind};
use super::matrix::Area;
use super::{held, soft};
use crate::limits;

/// A page, and what it has from the nodes above it.
pub(super) struct Leaf {
    pub page: Rc<Found>,
    /// The node that gives the resources; the page itself, most often.
    pub resources: Option<Rc<Found>>,
    /// What a viewer shows of it.
    pub shown: Area,
    /// Points in a unit.
    pub unit: f64,
}

#[derive(Clone, Default)]
struct Above {
    resources: Option<Rc<Found>>,
    media: Option<Area>,
    crop: Option<Area>,
}

/// All pages, in order.
///
/// # Errors
/// More nodes than the limits allow, and a tree without any page.
pub(super) fn leaves(file: &mut File<'_>, catalogue: &Dictionary) -> Result<Vec<Leaf>, Refusal> {
    let root = catalogue.get(b"Pages").and_then(Object::as_reference);
    let (root, _) = root.map_err(|_| Refusal::damaged("the catalogue names no pages"))?;
    let (mut leaves, mut met, mut waiting) = (Vec::new(), HashSet::new(), vec![(root, Above::default())]);
    while let Some((id, above)) = waiting.pop() {
        if !met.insert(id) {
            continue;
        }
        if met.len() > limits::PDF_NODES {
            let most = limits::PDF_NODES;
            return Err(Refusal::new(RefusalKind::TooManyObjects, format!("more than {most} pages")));
        }
        let Some(node) = soft(file.get(id))? else { continue };
        let Ok(dictionary) = node.object.as_dict() else { continue };
        let area =
            |file: &mut File<'_>, key: &[u8]| soft(file.value(dictionary, key)).map(|o| o.and_then(|o| Area::of(&o)));
        let here = Above {
            resources: if dictionary.has(b"Resources") { Some(node.clone()) } else { above.resources },
            media: area(file, b"MediaBox")?.or(above.media),
            crop: area(file, b"CropBox")?.or(above.crop),
        };
        let kids = match dictionary.get(b"Kids") {
            Ok(kids) => held(file, kids)?,
            Err(_) => {
                let media = here.media.filter(|area| area.size() > 0.0).unwrap_or(Area::USUAL);
                let shown = here.crop.map(|crop| crop.and(media)).filter(|area| area.size() > 0.0).unwrap_or(media);
                let unit = soft(file.value(dictionary, b"UserUnit"))?.and_then(|unit| super::font::real(&unit));
                let unit = unit.filter(|unit| *unit > 0.0).unwrap_or(1.0);
                leaves.push(Leaf { page: node.clone(), resources: here.resources, shown, unit });
                continue;
            }
        };
        let kids = kids.object().as_array().map_or(&[][..], Vec::as_slice);
        for kid in kids.iter().rev() {
            file.budget.object()?;
            waiting.extend(kid.as_reference().ok().map(|(id, _)| (id, here.clone())));
        }
    }
    if leaves.is_empty() { Err(Refusal::damaged("the document has no page")) } else { Ok(leaves) }
}

/// The optional content groups that are not shown when the document is opened (ISO 32000-1, 8.11.4).
pub(super) fn hidden_layers(file: &mut File<'_>, catalogue: &Dictionary) -> Result<HashSet<u32>, Refusal> {
    let mut hidden = HashSet::new();
    let Some(Object::Dictionary(properties)) = soft(file.value(catalogue, b"OCProperties"))? else { return Ok(hidden) };
    let Some(Object::Dictionary(shown)) = soft(file.value(&properties, b"D"))? else { return Ok(hidden) };
    let off = soft(file.value(&shown, b"BaseState"))?.is_some_and(|s| s.as_name().is_ok_and(|s| s == b"OFF"));
    let mut each = |file: &mut File<'_>, from: &Dictionary, key: &[u8], hide: bool| -> Result<(), Refusal> {
        if let Some(Object::Array(groups)) = soft(file.value(from, key))? {
            for (id, _) in groups.iter().filter_map(|group| group.as_reference().ok()) {
                if hide {
                    hidden.insert(id)
                } else {
                    hidden.remove(&id)
                };
            }
        }
        Ok(())
    };
    if off {
        each(file, &properties, b"OCGs", true)?;
        each(file, &shown, b"ON", false)?;
    }
    each(file, &shown, b"OFF", true)?;
    Ok(hidden)
}
