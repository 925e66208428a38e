//! What the pages of a PDF show as text: which characters, where, and what of it nobody sees.
//!
//! lopdf's own extraction wants the whole document loaded, passes form XObjects over and gives no places; `pdf-extract` panics on
//! what it does not expect. Here the pages are read as everything else in this room: from the objects that they need, drawn from
//! one budget. Read are characters as the fonts' tables say them; pictures and drawn letters are not.

mod cmap;
mod colour;
mod encoding;
mod font;
mod layout;
mod matrix;
mod operators;
mod painter;
mod resources;
mod sheet;
mod tree;

use std::rc::Rc;

use lopdf::Object;

use super::file::{File, Found};
use super::refusal::{Refusal, RefusalKind};
use crate::limits;

/// The pages of a PDF, as far as text goes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pages {
    pub pages: Vec<Page>,
}

/// What one page shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// In the order in which they are drawn.
    pub runs: Vec<Run>,
    /// The same by lines, from top to bottom and from left to right, as numbers of `runs`.
    pub lines: Vec<Vec<usize>>,
    /// Text that is drawn and that nobody sees, in the order in which it is drawn.
    pub hidden: String,
    /// Glyphs shown of which nobody here can say what they mean, where three or more follow each other.
    pub unreadable: usize,
    /// Which part of the page pictures cover: 1 is all of it, and more where they lie over each other.
    pub pictured: f64,
}

/// Characters that stand side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// A glyph that is not readable is U+FFFD.
    pub text: String,
    /// Where it begins and ends along its line, and where its line is, in points; lines count downwards.
    pub from: f64,
    pub to: f64,
    pub line: f64,
    /// Height of its font, in points.
    pub size: f64,
    /// Quarter turns of its direction, against the clock.
    pub turn: u8,
}

impl Page {
    /// The text of a line; a tabulator stands where the gap is wider than a blank.
    pub fn line(&self, runs: &[usize]) -> String {
        let runs = runs.iter().filter_map(|run| self.runs.get(*run));
        let mut text = String::new();
        let mut before: Option<&Run> = None;
        for run in runs {
            if let Some(before) = before {
                text.push_str(layout::between(before, run));
            }
            text.push_str(&run.text);
            before = Some(run);
        }
        text
    }
}

/// Reads what the pages show.
///
/// # Errors
/// A bound that was met, or a document without a tree of pages that can be followed.
pub(super) fn read(file: &mut File<'_>) -> Result<Pages, Refusal> {
    let catalogue = file.catalogue()?;
    let layers = tree::hidden_layers(file, &catalogue)?;
    let leaves = tree::leaves(file, &catalogue)?;
    let mut painter = painter::Painter::new(file, layers);
    let pages = leaves.iter().map(|leaf| painter.page(leaf)).collect::<Result<_, _>>()?;
    Ok(Pages { pages })
}

/// An object behind its references, without a copy of it.
enum Held<'o> {
    Here(&'o Object),
    There(Rc<Found>),
}

impl Held<'_> {
    fn object(&self) -> &Object {
        match self {
            Held::Here(object) => object,
            Held::There(found) => &found.object,
        }
    }
}

/// Follows references; what is damaged is null.
fn held<'o>(file: &mut File<'_>, object: &'o Object) -> Result<Held<'o>, Refusal> {
    static NULL: Object = Object::Null;
    let Object::Reference((id, _)) = object else { return Ok(Held::Here(object)) };
    let mut id = *id;
    for _ in 0..limits::PDF_DEPTH {
        let Some(found) = soft(file.get(id))? else { return Ok(Held::Here(&NULL)) };
        match found.object {
            Object::Reference((next, _)) => id = next,
            _ => return Ok(Held::There(found)),
        }
    }
    Ok(Held::Here(&NULL))
}

/// Damage is nothing found; a limit that was met stays one.
fn soft<T>(result: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(refusal) if matches!(refusal.kind, RefusalKind::Damaged | RefusalKind::Cyclic) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}
