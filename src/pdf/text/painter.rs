//! Draws pages, forms and annotations onto sheets: who holds the fonts and forms that were read, and the bounds.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use lopdf::{Dictionary, Object};

use super::super::file::File;
use super::super::refusal::{Refusal, RefusalKind};
use super::font::Font;
use super::matrix::{Area, Matrix};
use super::operators::{Drawing, State};
use super::resources::Resources;
use super::sheet::Sheet;
use super::tree::Leaf;
use super::{Page, held, soft};
use crate::limits;

pub(super) struct Painter<'f, 'd> {
    pub file: &'f mut File<'d>,
    fonts: HashMap<u32, Rc<Font>>,
    forms: HashMap<u32, Option<Rc<Form>>>,
    resources: HashMap<u32, Rc<Resources>>,
    fonts_read: usize,
    glyphs: usize,
    /// Layers that are switched off.
    layers: HashSet<u32>,
}

/// A form, unpacked.
pub(super) struct Form {
    pub content: Vec<u8>,
    /// None where it takes those of whoever draws it.
    pub resources: Option<Rc<Resources>>,
    pub matrix: Matrix,
    pub area: Option<Area>,
    pub layer: Option<Object>,
}

impl<'f, 'd> Painter<'f, 'd> {
    pub fn new(file: &'f mut File<'d>, layers: HashSet<u32>) -> Self {
        Self {
            file,
            fonts: HashMap::new(),
            forms: HashMap::new(),
            resources: HashMap::new(),
            fonts_read: 0,
            glyphs: 0,
            layers,
        }
    }

    /// What a page shows, its annotations included.
    pub fn page(&mut self, leaf: &Leaf) -> Result<Page, Refusal> {
        let mut sheet = Sheet::new(leaf);
        let empty = Dictionary::new();
        let page = leaf.page.object.as_dict().unwrap_or(&empty);
        let above = leaf.resources.as_ref().and_then(|node| node.object.as_dict().ok());
        let resources = match above.map(|node| node.get(b"Resources")) {
            Some(Ok(object @ Object::Reference(_))) => self.resources(object)?,
            // In the node itself: known by the node's number.
            Some(Ok(object)) => self.resources_of(leaf.resources.as_ref().map(|node| node.id.0), object)?,
            _ => Rc::default(),
        };
        let content = self.content(page)?;
        Drawing::new(self, &mut sheet, resources.clone()).draw(&content, State::new(Matrix::SAME), 0)?;
        if let Ok(annotations) = page.get(b"Annots") {
            let annotations = held(self.file, annotations)?;
            let annotations = annotations.object().as_array().map_or(&[][..], Vec::as_slice);
            for annotation in annotations.iter().take(limits::PDF_NODES) {
                self.annotation(annotation, &mut sheet, &resources)?;
            }
        }
        Ok(sheet.into_page())
    }

    /// The streams of a page, one after the other; what is damaged is left out.
    fn content(&mut self, page: &Dictionary) -> Result<Vec<u8>, Refusal> {
        let Ok(contents) = page.get(b"Contents") else { return Ok(Vec::new()) };
        let parts: Vec<u32> = match held(self.file, contents)?.object() {
            Object::Array(parts) => {
                parts.iter().filter_map(|part| part.as_reference().ok()).map(|(id, _)| id).collect()
            }
            _ => contents.as_reference().ok().map(|(id, _)| id).into_iter().collect(),
        };
        let mut content = Vec::new();
        for part in parts {
            if let Some((_, bytes)) = soft(self.file.unpacked(part))? {
                content.extend_from_slice(&bytes);
                content.push(b'\n');
            }
        }
        Ok(content)
    }

    /// Draws what an annotation looks like, where it is to be seen.
    fn annotation(&mut self, of: &Object, sheet: &mut Sheet, above: &Rc<Resources>) -> Result<(), Refusal> {
        const HIDDEN: i64 = 2;
        const NO_VIEW: i64 = 32;
        let annotation = held(self.file, of)?;
        let Ok(annotation) = annotation.object().as_dict() else { return Ok(()) };
        let flags = soft(self.file.value(annotation, b"F"))?.and_then(|flags| flags.as_i64().ok()).unwrap_or(0);
        let layer_off = match annotation.get(b"OC") {
            Ok(layer) => self.is_off(layer)?,
            Err(_) => false,
        };
        let popup = annotation.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind == b"Popup");
        if flags & (HIDDEN | NO_VIEW) != 0 || layer_off || popup {
            return Ok(());
        }
        let Ok(looks) = annotation.get(b"AP") else { return Ok(()) };
        let looks = held(self.file, looks)?;
        let Ok(normal) = looks.object().as_dict().and_then(|looks| looks.get(b"N")) else { return Ok(()) };
        let state = annotation.get(b"AS").and_then(Object::as_name).unwrap_or_default();
        let look = match held(self.file, normal)? {
            super::Held::There(found) if found.is_stream() => normal.as_reference().ok(),
            looks => looks.object().as_dict().and_then(|looks| looks.get(state)?.as_reference()).ok(),
        };
        let (Some((id, _)), Some(place)) = (look, soft(self.file.value(annotation, b"Rect"))?) else { return Ok(()) };
        let (Some(form), Some(place)) = (self.form(id)?, Area::of(&place)) else { return Ok(()) };
        // ISO 32000-1, 12.5.5: the box of the form, transformed, fills the rectangle.
        let drawn = form.area.unwrap_or(place).through(form.matrix);
        let (width, height) = (drawn.right - drawn.left, drawn.top - drawn.bottom);
        if width <= 0.0 || height <= 0.0 {
            return Ok(());
        }
        let (x, y) = ((place.right - place.left) / width, (place.top - place.bottom) / height);
        let fit = Matrix([x, 0.0, 0.0, y, place.left - drawn.left * x, place.bottom - drawn.bottom * y]);
        Drawing::new(self, sheet, above.clone()).form(&form, &State::new(fit), 0)
    }

    /// The resources that an object describes.
    pub fn resources(&mut self, object: &Object) -> Result<Rc<Resources>, Refusal> {
        self.resources_of(object.as_reference().ok().map(|(id, _)| id), object)
    }

    fn resources_of(&mut self, id: Option<u32>, object: &Object) -> Result<Rc<Resources>, Refusal> {
        if let Some(known) = id.and_then(|id| self.resources.get(&id)) {
            return Ok(known.clone());
        }
        let read = Rc::new(Resources::read(self.file, object)?);
        self.resources.extend(id.map(|id| (id, read.clone())));
        Ok(read)
    }

    pub fn font(&mut self, object: &Object) -> Result<Option<Rc<Font>>, Refusal> {
        let id = object.as_reference().ok().map(|(id, _)| id);
        if let Some(known) = id.and_then(|id| self.fonts.get(&id)) {
            return Ok(Some(known.clone()));
        }
        self.fonts_read += 1;
        if self.fonts_read > limits::PDF_FONTS {
            let most = limits::PDF_FONTS;
            return Err(Refusal::new(RefusalKind::TooManyObjects, format!("more than {most} fonts")));
        }
        let found = held(self.file, object)?;
        let Ok(dictionary) = found.object().as_dict() else { return Ok(None) };
        let font = Rc::new(Font::load(self.file, dictionary)?);
        self.fonts.extend(id.map(|id| (id, font.clone())));
        Ok(Some(font))
    }

    /// A form that was or is unpacked; none where it is damaged.
    pub fn form(&mut self, id: u32) -> Result<Option<Rc<Form>>, Refusal> {
        if let Some(known) = self.forms.get(&id) {
            return Ok(known.clone());
        }
        let form = match soft(self.file.unpacked(id))? {
            None => None,
            Some((dictionary, content)) => {
                let resources = match dictionary.get(b"Resources") {
                    Ok(object @ Object::Reference(_)) => Some(self.resources(object)?),
                    Ok(object) => Some(self.resources_of(None, object)?),
                    Err(_) => None,
                };
                let matrix = soft(self.file.value(&dictionary, b"Matrix"))?.and_then(|m| Matrix::of(&m));
                Some(Rc::new(Form {
                    content,
                    resources,
                    matrix: matrix.unwrap_or(Matrix::SAME),
                    area: soft(self.file.value(&dictionary, b"BBox"))?.and_then(|area| Area::of(&area)),
                    layer: dictionary.get(b"OC").ok().cloned(),
                }))
            }
        };
        self.forms.insert(id, form.clone());
        Ok(form)
    }

    /// Is this layer switched off? Of a membership, all its groups; one that is decided by an expression is taken as shown.
    pub fn is_off(&mut self, layer: &Object) -> Result<bool, Refusal> {
        if self.layers.is_empty() {
            return Ok(false);
        }
        if layer.as_reference().is_ok_and(|(id, _)| self.layers.contains(&id)) {
            return Ok(true);
        }
        let found = held(self.file, layer)?;
        let Ok(membership) = found.object().as_dict() else { return Ok(false) };
        let Ok(groups) = membership.get(b"OCGs") else { return Ok(false) };
        if membership.has(b"VE") || membership.get(b"P").and_then(Object::as_name).is_ok_and(|p| p != b"AnyOn") {
            return Ok(false);
        }
        let is_off = |group: &Object| group.as_reference().is_ok_and(|(id, _)| self.layers.contains(&id));
        Ok(match groups {
            Object::Array(groups) => !groups.is_empty() && groups.iter().all(is_off),
            one => is_off(one),
        })
    }

    /// One glyph more.
    pub fn glyph(&mut self) -> Result<(), Refusal> {
        self.glyphs += 1;
        if self.glyphs <= limits::PDF_GLYPHS {
            return Ok(());
        }
        let most = limits::PDF_GLYPHS;
        Err(Refusal::new(RefusalKind::TooManyObjects, format!("more than {most} characters on the pages")))
    }
}
