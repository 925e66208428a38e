//! A page while it is being drawn: glyphs become runs, and what is painted becomes the ground on which white letters are seen.

use super::layout::{self, BLANK, COLUMN, OVERLAP};
use super::matrix::{Area, Matrix};
use super::tree::Leaf;
use super::{Page, Run};
use crate::limits;

/// Shorter rows of glyphs that are not readable are signs and bullets, not words.
const ROW: usize = 3;
/// Most painted areas that are told apart.
const AREAS: usize = 2_000;

pub(super) struct Sheet {
    page: Page,
    shown: Area,
    unit: f64,
    run: Option<Run>,
    /// The last glyph of the run: its text and where it began.
    last: (String, f64),
    /// Blanks came by since.
    blank: bool,
    /// Not readable, one after the other.
    row: usize,
    hidden: String,
    hidden_at: (f64, f64),
    ground: Vec<Area>,
    all_painted: bool,
}

/// A place as it is along its line and down the lines.
type Turned = fn((f64, f64)) -> (f64, f64);

/// A glyph as it is shown.
pub(super) struct Glyph<'t> {
    /// None where nobody can say what it means.
    pub text: Option<&'t str>,
    /// From a font of size 1 to the page.
    pub place: Matrix,
    /// In sizes of the font.
    pub width: f64,
    /// Would it be seen on any ground, and is it white?
    pub seen: bool,
    pub white: bool,
    pub clip: Option<Area>,
}

impl Sheet {
    pub fn new(leaf: &Leaf) -> Self {
        Self {
            page: Page::default(),
            shown: leaf.shown,
            unit: leaf.unit,
            run: None,
            last: (String::new(), 0.0),
            blank: false,
            row: 0,
            hidden: String::new(),
            hidden_at: (0.0, 0.0),
            ground: Vec::new(),
            all_painted: false,
        }
    }

    /// How many areas a white glyph is held against.
    pub fn areas(&self) -> usize {
        if self.all_painted { 1 } else { self.ground.len() }
    }

    /// Something that is not white is painted here.
    pub fn paint(&mut self, area: Area) {
        let area = area.and(self.shown);
        if area.size() <= 0.0 {
            return;
        }
        self.ground.push(area);
        if self.ground.len() > AREAS {
            self.all_painted = true;
            self.ground.clear();
        }
    }

    /// How many runs an area that covers is held against.
    pub fn runs(&self) -> usize {
        self.page.runs.len() + 1
    }

    /// What was drawn here before is not seen any more: whole runs, from their feet to the middle of their letters.
    pub fn cover(&mut self, area: Area) {
        self.end_run();
        self.page.runs.retain(|run| {
            let point = |along: f64, up: f64| match run.turn {
                0 => (along, up - run.line),
                1 => (run.line - up, along),
                2 => (-along, run.line - up),
                _ => (up - run.line, -along),
            };
            let inset = 0.1 * run.size.min(run.to - run.from);
            let (feet, middle) = (0.1 * run.size, 0.45 * run.size);
            let covered = area.has(point(run.from + inset, feet)) && area.has(point(run.to - inset, middle));
            if covered {
                self.hidden.push_str(&run.text);
                self.hidden.push(' ');
            }
            !covered
        });
    }

    /// A picture.
    pub fn picture(&mut self, area: Area) {
        self.page.pictured += area.and(self.shown).size() / self.shown.size().max(f64::MIN_POSITIVE);
        self.paint(area);
    }

    /// All that can be seen may be painted.
    pub fn paint_all(&mut self) {
        self.all_painted = true;
    }

    pub fn glyph(&mut self, glyph: &Glyph<'_>) {
        let [a, b, c, d, ..] = glyph.place.0;
        let size = c.hypot(d);
        let middle = glyph.place.point(glyph.width / 2.0, 0.3);
        let is_painted = || self.all_painted || self.ground.iter().any(|area| area.has(middle));
        let seen = glyph.seen
            && size * self.unit >= limits::PDF_LEGIBLE_POINTS
            && self.shown.has(middle)
            && glyph.clip.is_none_or(|clip| clip.has(middle))
            && (!glyph.white || is_painted());
        let is_blank = glyph.text.is_some_and(|text| text.chars().all(char::is_whitespace));
        let (turn, turned): (u8, Turned) = match (a.abs() >= b.abs(), a >= 0.0, b >= 0.0) {
            (true, true, _) => (0, |(x, y)| (x, -y)),
            (false, _, true) => (1, |(x, y)| (y, x)),
            (true, false, _) => (2, |(x, y)| (-x, y)),
            (false, _, false) => (3, |(x, y)| (-y, -x)),
        };
        let (from, line) = turned(glyph.place.point(0.0, 0.0));
        let (to, _) = turned(glyph.place.point(glyph.width, 0.0));
        if !(from.is_finite() && to.is_finite() && line.is_finite() && size.is_finite()) {
            return;
        }
        if !seen {
            self.hide(glyph.text, is_blank, (from, line), (to, size));
            return;
        }
        if is_blank {
            self.blank = true;
            return;
        }
        self.count(glyph.text.is_none());
        let text = glyph.text.unwrap_or("\u{FFFD}");
        let here = Run { text: text.to_owned(), from, to: to.max(from), line, size, turn };
        self.add(here);
    }

    fn add(&mut self, here: Run) {
        let began = here.from;
        match self.run.as_mut().filter(|run| is_beside(run, &here)) {
            // Drawn twice to look bold.
            Some(_)
                if self.last.0 == here.text
                    && (began - self.last.1).abs() < (0.5 * (here.to - began)).min(0.25 * here.size) =>
            {
                return;
            }
            Some(run) if began - run.to >= -OVERLAP * here.size => {
                if self.blank || began - run.to > BLANK * run.size.max(here.size) {
                    run.text.push(' ');
                }
                run.text.push_str(&here.text);
                run.to = run.to.max(here.to);
                self.last = (here.text, began);
            }
            _ => {
                self.end_run();
                self.last = (here.text.clone(), began);
                self.run = Some(here);
            }
        }
        self.blank = false;
    }

    fn count(&mut self, unreadable: bool) {
        self.row = if unreadable { self.row + 1 } else { 0 };
        self.page.unreadable += match self.row {
            0..ROW => 0,
            ROW => ROW,
            _ => 1,
        };
    }

    fn hide(&mut self, text: Option<&str>, is_blank: bool, (from, line): (f64, f64), (to, size): (f64, f64)) {
        let (end, before) = self.hidden_at;
        let apart = (line - before).abs() > size || (from - end).abs() > COLUMN * size;
        if (apart || is_blank) && !self.hidden.is_empty() && !self.hidden.ends_with(' ') {
            self.hidden.push(' ');
        }
        if !is_blank {
            self.hidden.push_str(text.unwrap_or("\u{FFFD}"));
        }
        self.hidden_at = (to, line);
    }

    fn end_run(&mut self) {
        let Some(run) = self.run.take() else { return };
        // Drawn twice to look bold, line by line.
        let near = |a: f64, b: f64| (a - b).abs() < 0.25 * run.size;
        let twice = |other: &&Run| {
            other.text == run.text && other.turn == run.turn && near(other.from, run.from) && near(other.line, run.line)
        };
        if !self.page.runs.iter().rev().take(4).any(|other| twice(&other)) {
            self.page.runs.push(run);
        }
    }

    pub fn into_page(mut self) -> Page {
        self.end_run();
        self.page.lines = layout::lines(&self.page.runs);
        self.page.hidden = self.hidden.trim_end().to_owned();
        self.page
    }
}

/// Do both stand on one line, the second one where the first may go on?
fn is_beside(run: &Run, here: &Run) -> bool {
    let size = run.size.min(here.size);
    run.turn == here.turn
        && (run.line - here.line).abs() <= 0.35 * size
        && here.from - run.to <= COLUMN * run.size.max(here.size)
}
