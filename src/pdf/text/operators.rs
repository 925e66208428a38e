//! The operators of content streams that text depends on (ISO 32000-1, annex A). All others are passed over.

use std::rc::Rc;

use lopdf::Object;

use super::super::lex::{Lexer, Token, is_space};
use super::super::refusal::{Refusal, RefusalKind};
use super::colour::Space;
use super::font::{Font, real};
use super::matrix::{Area, Matrix};
use super::painter::{Form, Painter};
use super::resources::{Of, Resources};
use super::sheet::{Glyph, Sheet};
use super::{held, soft};
use crate::limits;

/// Strokes as wide as this, in points, may be a ground for letters.
const BROAD: f64 = 3.0;
/// What covers less than this is not seen.
const FAINT: f64 = 0.03;

/// The graphics state, as far as text goes.
#[derive(Clone)]
pub(super) struct State {
    matrix: Matrix,
    space: Space,
    white: bool,
    faint: bool,
    /// Nothing shines through what is filled.
    opaque: bool,
    /// Nothing outside is shown; where `odd`, not all inside either.
    clip: Option<Area>,
    odd: bool,
    line_width: f64,
    font: Option<Rc<Font>>,
    size: f64,
    between_glyphs: f64,
    between_words: f64,
    stretch: f64,
    leading: f64,
    rise: f64,
    mode: i64,
}

impl State {
    pub fn new(matrix: Matrix) -> Self {
        Self {
            matrix,
            space: Space::Light,
            white: false,
            faint: false,
            opaque: true,
            clip: None,
            odd: false,
            line_width: 1.0,
            font: None,
            size: 0.0,
            between_glyphs: 0.0,
            between_words: 0.0,
            stretch: 1.0,
            leading: 0.0,
            rise: 0.0,
            mode: 0,
        }
    }
}

impl State {
    /// Shows nothing outside this area any more; and all inside, where that is said.
    fn cut(&mut self, area: Area, whole: bool) {
        self.clip = Some(self.clip.map_or(area, |clip| clip.and(area)));
        self.odd |= !whole;
    }
}

/// What a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    None,
    Rectangle,
    Other,
}

/// A content stream being drawn on a sheet.
pub(super) struct Drawing<'p, 'f, 'd> {
    painter: &'p mut Painter<'f, 'd>,
    sheet: &'p mut Sheet,
    resources: Rc<Resources>,
    state: State,
    kept: Vec<State>,
    /// The matrices of the text and of its line.
    text: Matrix,
    line: Matrix,
    /// Around the path so far; whether it is a rectangle; whether it is to clip.
    path: Area,
    shape: Shape,
    clips: bool,
    /// Marked content that is open, and whether its layer is off.
    marked: Vec<bool>,
    /// How many layers that are off this is in.
    off: usize,
}

impl<'p, 'f, 'd> Drawing<'p, 'f, 'd> {
    pub fn new(painter: &'p mut Painter<'f, 'd>, sheet: &'p mut Sheet, resources: Rc<Resources>) -> Self {
        Self {
            painter,
            sheet,
            resources,
            state: State::new(Matrix::SAME),
            kept: Vec::new(),
            text: Matrix::SAME,
            line: Matrix::SAME,
            path: Area::NONE,
            shape: Shape::None,
            clips: false,
            marked: Vec::new(),
            off: 0,
        }
    }

    /// Draws a content stream. What is damaged ends it, as it does in a viewer.
    pub fn draw(&mut self, content: &[u8], state: State, depth: usize) -> Result<(), Refusal> {
        self.state = state;
        let mut lexer = Lexer::new(content, 0);
        let mut operands: Vec<Object> = Vec::new();
        loop {
            match soft(lexer.token(&mut self.painter.file.budget))? {
                Some(Some(Token::Operand(object))) => operands.push(object),
                Some(Some(Token::Operator(b"BI"))) => {
                    self.inline(&mut lexer, content)?;
                    operands.clear();
                }
                Some(Some(Token::Operator(word))) => {
                    self.operate(word, &operands, depth)?;
                    operands.clear();
                }
                Some(None) | None => return Ok(()),
            }
        }
    }

    /// Draws a form as it stands in what draws it.
    pub fn form(&mut self, form: &Form, state: &State, depth: usize) -> Result<(), Refusal> {
        if depth >= limits::PDF_FORM_DEPTH {
            let most = limits::PDF_FORM_DEPTH;
            return Err(Refusal::new(RefusalKind::TooDeep, format!("forms in forms deeper than {most}")));
        }
        let layer_off = match &form.layer {
            Some(layer) => self.painter.is_off(layer)?,
            None => false,
        };
        let resources = form.resources.clone().unwrap_or_else(|| self.resources.clone());
        let mut inner = Drawing::new(self.painter, self.sheet, resources);
        inner.off = self.off + usize::from(layer_off);
        let matrix = form.matrix.then(state.matrix);
        let mut state = State { matrix, ..state.clone() };
        if let Some(area) = form.area {
            state.cut(area.through(matrix), matrix.is_upright());
        }
        inner.draw(&form.content, state, depth + 1)
    }

    fn operate(&mut self, word: &[u8], operands: &[Object], depth: usize) -> Result<(), Refusal> {
        let number = |n: usize| operands.get(n).and_then(real);
        let first = number(0).unwrap_or(0.0);
        match word {
            b"q" => self.keep()?,
            b"Q" => {
                if let Some(state) = self.kept.pop() {
                    self.state = state;
                }
            }
            b"cm" => {
                if let Some(matrix) = six(operands) {
                    self.state.matrix = matrix.then(self.state.matrix);
                }
            }
            b"w" => self.state.line_width = first,
            b"gs" => self.take_state(operands)?,
            b"g" => self.fill(Space::Light, operands),
            b"rg" => self.fill(Space::Light, operands),
            b"k" => self.fill(Space::Ink, operands),
            b"cs" => self.space(operands)?,
            b"sc" | b"scn" => self.fill(self.state.space, operands),
            b"BT" => (self.text, self.line) = (Matrix::SAME, Matrix::SAME),
            b"Tc" => self.state.between_glyphs = first,
            b"Tw" => self.state.between_words = first,
            b"Tz" => self.state.stretch = first / 100.0,
            b"TL" => self.state.leading = first,
            b"Ts" => self.state.rise = first,
            b"Tr" => self.state.mode = first as i64,
            b"Tf" => {
                let name = operands.first().and_then(|name| name.as_name().ok()).unwrap_or_default();
                let resources = self.resources.clone();
                self.state.font = match resources.get(Of::Font, name) {
                    Some(font) => self.painter.font(font)?,
                    None => None,
                };
                self.state.size = number(1).unwrap_or(0.0);
            }
            b"Td" => self.next_line(first, number(1).unwrap_or(0.0)),
            b"TD" => {
                let down = number(1).unwrap_or(0.0);
                self.state.leading = -down;
                self.next_line(first, down);
            }
            b"Tm" => {
                if let Some(matrix) = six(operands) {
                    (self.text, self.line) = (matrix, matrix);
                }
            }
            b"T*" => self.next_line(0.0, -self.state.leading),
            b"Tj" => self.show(operands.first())?,
            b"'" => {
                self.next_line(0.0, -self.state.leading);
                self.show(operands.first())?;
            }
            b"\"" => {
                (self.state.between_words, self.state.between_glyphs) = (first, number(1).unwrap_or(0.0));
                self.next_line(0.0, -self.state.leading);
                self.show(operands.get(2))?;
            }
            b"TJ" => {
                for item in operands.first().and_then(|list| list.as_array().ok()).into_iter().flatten() {
                    match real(item) {
                        Some(back) => self.advance(-back / 1_000.0 * self.state.size * self.state.stretch),
                        None => self.show(Some(item))?,
                    }
                }
            }
            b"Do" => self.object(operands, depth)?,
            b"BDC" => self.mark(operands)?,
            b"BMC" => self.marked.push(false),
            b"EMC" => self.off -= usize::from(self.marked.pop() == Some(true)),
            b"m" | b"l" => self.through(&[(first, number(1).unwrap_or(0.0))]),
            b"c" | b"v" | b"y" => {
                let numbers: Vec<f64> = operands.iter().filter_map(real).collect();
                let points: Vec<(f64, f64)> = numbers.chunks_exact(2).map(|p| (p[0], p[1])).collect();
                self.through(&points);
            }
            b"re" => {
                let shape = if self.shape == Shape::None { Shape::Rectangle } else { Shape::Other };
                let [x, y, width, height] = [0, 1, 2, 3].map(|n| number(n).unwrap_or(0.0));
                self.through(&[(x, y), (x + width, y + height), (x, y + height), (x + width, y)]);
                self.shape = shape;
            }
            b"W" | b"W*" => self.clips = true,
            b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" => {
                self.paint()?;
                self.end_path();
            }
            b"S" | b"s" => {
                let width = self.state.line_width * self.state.matrix.growth();
                if width >= BROAD {
                    self.sheet.paint(self.path.wider(width / 2.0));
                }
                self.end_path();
            }
            b"n" => self.end_path(),
            b"sh" if self.is_shown() => self.sheet.paint_all(),
            _ => {}
        }
        Ok(())
    }

    fn is_shown(&self) -> bool {
        self.off == 0 && !self.state.faint
    }

    fn keep(&mut self) -> Result<(), Refusal> {
        if self.kept.len() >= limits::PDF_STATES {
            let most = limits::PDF_STATES;
            return Err(Refusal::new(RefusalKind::TooDeep, format!("more than {most} graphics states kept")));
        }
        self.kept.push(self.state.clone());
        Ok(())
    }

    fn take_state(&mut self, operands: &[Object]) -> Result<(), Refusal> {
        let name = operands.first().and_then(|name| name.as_name().ok()).unwrap_or_default();
        let resources = self.resources.clone();
        let Some(state) = resources.get(Of::State, name) else { return Ok(()) };
        let state = held(self.painter.file, state)?;
        let Ok(state) = state.object().as_dict() else { return Ok(()) };
        if let Some(cover) = state.get(b"ca").ok().and_then(real) {
            self.state.faint = cover < FAINT;
            self.state.opaque &= cover >= 1.0;
        }
        let usual = |key: &[u8], name: &[u8]| match state.get(key) {
            Ok(value) => value.as_name().is_ok_and(|value| value == name),
            Err(_) => true,
        };
        self.state.opaque &= usual(b"BM", b"Normal") && usual(b"SMask", b"None");
        if let Some(width) = state.get(b"LW").ok().and_then(real) {
            self.state.line_width = width;
        }
        if let Ok(Object::Array(font)) = state.get(b"Font")
            && let [font, size] = font.as_slice()
        {
            self.state.font = self.painter.font(font)?;
            self.state.size = real(size).unwrap_or(0.0);
        }
        Ok(())
    }

    fn fill(&mut self, space: Space, operands: &[Object]) {
        self.state.space = space;
        self.state.white = space.is_white(operands);
    }

    fn space(&mut self, operands: &[Object]) -> Result<(), Refusal> {
        let name = operands.first().and_then(|name| name.as_name().ok()).unwrap_or_default();
        let resources = self.resources.clone();
        self.state.space = match (Space::named(name), resources.get(Of::Space, name)) {
            (Some(space), _) => space,
            (None, Some(space)) => Space::of(self.painter.file, space)?,
            (None, None) => Space::Other,
        };
        // A colour space begins with black.
        self.state.white = false;
        Ok(())
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line = self.line.moved(x, y);
        self.text = self.line;
    }

    fn advance(&mut self, by: f64) {
        self.text = self.text.moved(by, 0.0);
    }

    fn show(&mut self, string: Option<&Object>) -> Result<(), Refusal> {
        let Some(mut bytes) = string.and_then(|string| string.as_str().ok()) else { return Ok(()) };
        let Some(font) = self.state.font.clone() else { return Ok(()) };
        let (size, stretch) = (self.state.size, self.state.stretch);
        // Neither drawn, nor filled, nor outlined: 3 shows nothing, 7 only clips.
        let seen = self.is_shown() && !matches!(self.state.mode, 3 | 7);
        let white = self.state.white && matches!(self.state.mode, 0 | 4);
        let mut text = String::new();
        while let Some(code) = font.first(bytes) {
            self.painter.glyph()?;
            let (these, rest) = bytes.split_at_checked(code.length).unwrap_or((bytes, &[]));
            bytes = rest;
            text.clear();
            let known = font.meaning(code.code, &mut text);
            let place = Matrix([size * stretch, 0.0, 0.0, size, 0.0, self.state.rise]);
            let place = place.then(self.text).then(self.state.matrix);
            if white && seen {
                self.painter.file.budget.look(self.sheet.areas())?;
            }
            let text = known.then_some(text.as_str());
            self.sheet.glyph(&Glyph { text, place, width: code.width, seen, white, clip: self.state.clip });
            let word = if these == b" " { self.state.between_words } else { 0.0 };
            self.advance((code.width * size + self.state.between_glyphs + word) * stretch);
        }
        Ok(())
    }

    fn object(&mut self, operands: &[Object], depth: usize) -> Result<(), Refusal> {
        let name = operands.first().and_then(|name| name.as_name().ok()).unwrap_or_default();
        let resources = self.resources.clone();
        let Some(Object::Reference((id, _))) = resources.get(Of::Object, name) else { return Ok(()) };
        let Some(found) = soft(self.painter.file.get(*id))? else { return Ok(()) };
        let Ok(dictionary) = found.object.as_dict() else { return Ok(()) };
        let kind = soft(self.painter.file.value(dictionary, b"Subtype"))?.unwrap_or(Object::Null);
        match kind.as_name().unwrap_or_default() {
            b"Form" => {
                if let Some(form) = self.painter.form(*id)? {
                    let state = self.state.clone();
                    self.form(&form, &state, depth)?;
                }
            }
            b"Image" if self.is_shown() => {
                let layer_off = match dictionary.get(b"OC") {
                    Ok(layer) => self.painter.is_off(layer)?,
                    Err(_) => false,
                };
                if !layer_off {
                    self.picture();
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn picture(&mut self) {
        let unit = Area { left: 0.0, bottom: 0.0, right: 1.0, top: 1.0 };
        self.sheet.picture(unit.through(self.state.matrix));
    }

    /// A picture in the stream itself: passed up to `EI` between blanks.
    fn inline(&mut self, lexer: &mut Lexer<'_>, content: &[u8]) -> Result<(), Refusal> {
        loop {
            match soft(lexer.token(&mut self.painter.file.budget))? {
                Some(Some(Token::Operator(b"ID"))) => break,
                Some(Some(_)) => {}
                Some(None) | None => return Ok(()),
            }
        }
        let rest = content.get(lexer.at..).unwrap_or_default();
        let ends = |w: &[u8]| matches!(w, [a, b'E', b'I', z] if is_space(*a) && is_space(*z));
        let length = rest.windows(4).position(ends).map_or(rest.len(), |at| at + 3);
        self.painter.file.budget.look(length)?;
        lexer.at += length;
        if self.is_shown() {
            self.picture();
        }
        Ok(())
    }

    fn mark(&mut self, operands: &[Object]) -> Result<(), Refusal> {
        let resources = self.resources.clone();
        let off = match operands {
            [Object::Name(tag), Object::Name(name)] if tag == b"OC" => match resources.get(Of::Property, name) {
                Some(layer) => self.painter.is_off(layer)?,
                None => false,
            },
            _ => false,
        };
        self.marked.push(off);
        self.off += usize::from(off);
        Ok(())
    }

    fn through(&mut self, points: &[(f64, f64)]) {
        let matrix = self.state.matrix;
        self.path = points.iter().fold(self.path, |path, (x, y)| path.with(matrix.point(*x, *y)));
        self.shape = Shape::Other;
    }

    fn is_rectangle(&self) -> bool {
        self.shape == Shape::Rectangle && self.state.matrix.is_upright()
    }

    /// Fills the path: what lies under it is gone where nothing shines through, and white is seen on it where it is not white.
    fn paint(&mut self) -> Result<(), Refusal> {
        if !self.is_shown() {
            return Ok(());
        }
        let state = &self.state;
        let area = state.clip.map_or(self.path, |clip| self.path.and(clip));
        if self.is_rectangle() && state.opaque && !state.odd && state.space != Space::Other {
            self.painter.file.budget.look(self.sheet.runs())?;
            self.sheet.cover(area);
        }
        if !self.state.white {
            self.sheet.paint(area);
        }
        Ok(())
    }

    fn end_path(&mut self) {
        if self.clips && self.shape != Shape::None {
            let is_whole = self.is_rectangle();
            self.state.cut(self.path, is_whole);
        }
        (self.path, self.shape, self.clips) = (Area::NONE, Shape::None, false);
    }
}

fn six(operands: &[Object]) -> Option<Matrix> {
    let numbers: Vec<f64> = operands.iter().take(6).filter_map(real).collect();
    numbers.try_into().ok().map(Matrix)
}
