//! A segment held against its form: what is missing, too much, too long, of another class.

use super::fault::{Answer, Concern, Fault, Level, Place};
use super::forms::{Class, ComponentForm, ElementForm, Forms};
use super::number::{self, NumberFault};
use super::segment::{Element, Segment};
use crate::text::Text;

/// What in a segment breaks its form. The caller knows the level, and what is done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// CONTRL 0085.
    pub code: u8,
    pub concern: Concern,
    pub place: Place,
    pub what: Text,
}

impl Breach {
    pub fn into_fault(self, tag: &str, level: Level, answer: Answer) -> Fault {
        let Breach { code, concern, place, what } = self;
        Fault { code, level, concern, answer, tag: tag.to_owned(), place, what }
    }
}

impl Forms {
    /// What breaks the form of this segment, in its order; none where the table does not know its tag. `version` is 0002: what a number must not
    /// look like has other codes from 4 on.
    pub fn check(&self, segment: Segment<'_>, version: &str) -> Option<Vec<Breach>> {
        let form = self.of(segment.tag_bytes())?;
        if suits(form, segment) {
            return Some(Vec::new());
        }
        let mut check = Check { segment, four: version == "4", found: Vec::new() };
        for (index, element) in form.iter().enumerate() {
            check.element(index + 1, element);
        }
        if let Some(more) = segment.element(form.len() + 1) {
            let (found, most) = (segment.elements(), form.len());
            // Separators at the end that nothing follows say nothing, and harm nobody.
            let says = (form.len() + 1..=found).any(|e| segment.element(e).is_some_and(|e| !is_void(&e)));
            let what = Text::new(
                format!("{} a {found} éléments, {most} au plus sont prévus", segment.tag()),
                format!("{} has {found} elements, at most {most} are expected", segment.tag()),
            );
            if says {
                check.breach(16, Concern::Presence, form.len() + 1, 0, more.at(0), what);
            }
        }
        Some(check.found)
    }
}

/// Is there nothing to be said of this segment? A look at its bytes that costs little; what it cannot tell at once (repetitions, texts longer in
/// bytes than they may be in characters) it leaves to the closer look.
fn suits(form: &[ElementForm], segment: Segment<'_>) -> bool {
    if segment.elements() > form.len() {
        return false;
    }
    form.iter().zip(1..).all(|(form, e)| {
        let Some((starts, plain)) = segment.known(e).filter(|_| e <= segment.elements()) else {
            // An element that is not there, or of which nothing is known yet.
            return segment.element(e).map_or(!form.mandatory, |element| slowly_suits(form, &element));
        };
        let count = starts.len().saturating_sub(1);
        if !plain {
            return segment.element(e).is_some_and(|element| slowly_suits(form, &element));
        }
        if count == 1 && starts[0] + 1 == starts[1] {
            return !form.mandatory;
        }
        let least = if form.composite { form.needed } else { 1 };
        let pairs = starts.windows(2).zip(&form.components);
        (least..=form.components.len()).contains(&count)
            && pairs.into_iter().all(|(pair, form)| match segment.between(pair[0], pair[1].saturating_sub(1)) {
                [] => !form.mandatory,
                raw => fits(form, raw),
            })
    })
}

fn slowly_suits(form: &ElementForm, element: &Element<'_>) -> bool {
    if element.raw().is_empty() {
        return !form.mandatory;
    }
    if !element.is_plain() {
        // Without its release characters a text is shorter.
        return form.composite && !element.is_repeated() && follows(&form.components, element.raws());
    }
    match form.composite {
        true => follows(&form.components, element.raws()),
        false => element.components() == 1 && form.components.first().is_some_and(|own| fits(own, element.raw())),
    }
}

fn follows<'a>(form: &[ComponentForm], mut parts: impl Iterator<Item = &'a [u8]>) -> bool {
    let known = form.iter().all(|component| match parts.next() {
        None | Some([]) => !component.mandatory,
        Some(part) => fits(component, part),
    });
    known && parts.next().is_none()
}

/// Does a component surely have its class and length?
fn fits(form: &ComponentForm, raw: &[u8]) -> bool {
    let length = match form.class {
        // However it ends, and whatever it is made of, it has no more characters than bytes.
        Class::Any if form.least == 0 => return raw.len() <= usize::from(form.most),
        Class::Any if raw.is_ascii() && raw.last() != Some(&b' ') => raw.len(),
        Class::Any => return false,
        Class::Letters if raw.iter().all(u8::is_ascii_alphabetic) => raw.len(),
        Class::Number => {
            let digits = raw.strip_prefix(b"-").unwrap_or(raw);
            let mark = digits.iter().position(|b| matches!(b, b'.' | b','));
            let whole = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
            match mark {
                None if whole(digits) => digits.len(),
                Some(at) if whole(&digits[..at]) && whole(&digits[at + 1..]) => digits.len() - 1,
                _ => return false,
            }
        }
        Class::Letters => return false,
    };
    (usize::from(form.least)..=usize::from(form.most)).contains(&length)
}

struct Check<'a> {
    segment: Segment<'a>,
    four: bool,
    found: Vec<Breach>,
}

impl Check<'_> {
    fn element(&mut self, e: usize, form: &ElementForm) {
        let element = self.segment.element(e).filter(|element| !is_void(element));
        let Some(element) = element else {
            if form.mandatory {
                self.missing(e, 0, &form.number);
            }
            return;
        };
        let mut times = 0;
        for repetition in element.repetitions() {
            times += 1;
            if !is_void(&repetition) {
                self.repetition(e, &repetition, form);
            }
        }
        if times > usize::from(form.repetitions) {
            let (number, most) = (&form.number, form.repetitions);
            let what = Text::new(
                format!("{number} répété {times} fois, {most} au plus"),
                format!("{number} is given {times} times, at most {most}"),
            );
            self.breach(35, Concern::Presence, e, 0, element.at(0), what);
        }
    }

    fn repetition(&mut self, e: usize, element: &Element<'_>, form: &ElementForm) {
        for (index, component) in form.components.iter().enumerate() {
            let c = index + 1;
            match element.component(c) {
                Some(text) => self.value(e, if form.composite { c } else { 0 }, element.at(c), &text, component),
                None if component.mandatory && form.composite => self.missing(e, c, &component.number),
                None => {}
            }
        }
        let most = form.components.len();
        let beyond = (most + 1..=element.components()).find(|c| element.component(*c).is_some());
        if let Some(c) = beyond {
            let (number, found) = (&form.number, element.components());
            let what = Text::new(
                format!("{number} a {found} composants, {most} au plus sont prévus"),
                format!("{number} has {found} components, at most {most} are expected"),
            );
            self.breach(16, Concern::Presence, e, c, element.at(c), what);
        }
    }

    fn value(&mut self, e: usize, c: usize, offset: u64, text: &str, form: &ComponentForm) {
        let number = &form.number;
        let length = match form.class {
            Class::Number => {
                if let Err(fault) = number::plain(text.trim_end()) {
                    let (code, fr, en) = notation(fault, self.four);
                    let what = Text::new(format!("{number} : {fr}"), format!("{number}: {en}"));
                    self.breach(code, Concern::Forms, e, c, offset, what);
                    return;
                }
                number::length(text)
            }
            Class::Letters => {
                let text = text.trim_end();
                if text.chars().any(|c| !c.is_alphabetic() && c != ' ') {
                    let what = Text::new(
                        format!("{number} : lettres seules attendues"),
                        format!("{number}: letters alone are expected"),
                    );
                    self.breach(37, Concern::Forms, e, c, offset, what);
                }
                text.chars().count()
            }
            Class::Any => text.trim_end_matches(' ').chars().count(),
        };
        let (least, most) = (usize::from(form.least), usize::from(form.most));
        if length > most {
            let what = Text::new(
                format!("{number} : {length} caractères, {most} au plus"),
                format!("{number}: {length} characters, at most {most}"),
            );
            self.breach(39, Concern::Forms, e, c, offset, what);
        } else if length < least {
            let what = Text::new(
                format!("{number} : {length} caractères, {least} attendus"),
                format!("{number}: {length} characters, {least} are expected"),
            );
            self.breach(40, Concern::Forms, e, c, offset, what);
        }
    }

    fn missing(&mut self, e: usize, c: usize, number: &str) {
        let offset = self.segment.at(e, c);
        let what = Text::new(format!("{number} manque"), format!("{number} is missing"));
        self.breach(13, Concern::Presence, e, c, offset, what);
    }

    fn breach(&mut self, code: u8, concern: Concern, e: usize, c: usize, offset: u64, what: Text) {
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let place = Place { segment: self.segment.number(), element: small(e), component: small(c), offset };
        self.found.push(Breach { code, concern, place, what });
    }
}

/// Does nothing stand in it but separators?
fn is_void(element: &Element<'_>) -> bool {
    let service = element.service();
    element.raw().iter().all(|b| *b == service.component || service.repetition == Some(*b))
}

fn notation(fault: NumberFault, four: bool) -> (u8, &'static str, &'static str) {
    match fault {
        NumberFault::Character => (37, "un nombre est attendu", "a number is expected"),
        NumberFault::NoWhole => (38, "aucun chiffre avant la marque décimale", "no digit before the decimal mark"),
        NumberFault::NoFraction if four => {
            (45, "aucun chiffre après la marque décimale", "no digit behind the decimal mark")
        }
        NumberFault::NoFraction => (19, "aucun chiffre après la marque décimale", "no digit behind the decimal mark"),
        NumberFault::Marks if four => (12, "plus d’une marque décimale", "more than one decimal mark"),
        NumberFault::Marks => (19, "plus d’une marque décimale", "more than one decimal mark"),
    }
}
