//! Tables of what segments are made of (`schemas/edifact/`): marks, classes and lengths of their elements.

use std::sync::LazyLock;

use crate::table::{TableError, built_in};

/// The segments of a directory, by tag.
#[derive(Debug, Clone, Default)]
pub struct Forms {
    /// Their tags, in order.
    tags: Vec<[u8; 3]>,
    segments: Vec<Box<[ElementForm]>>,
}

/// An element of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementForm {
    pub mandatory: bool,
    /// Number of the data element or of the composite.
    pub number: Box<str>,
    /// Its components; a simple element has one, itself.
    pub components: Box<[ComponentForm]>,
    /// How many components it has at least: up to the last that is mandatory.
    pub needed: usize,
    pub composite: bool,
    pub repetitions: u16,
}

/// A component, or a simple element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentForm {
    pub mandatory: bool,
    pub number: Box<str>,
    pub class: Class,
    pub least: u16,
    pub most: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Letters,
    Number,
    Any,
}

/// The forms of the service segments, by syntax version (0002): those of version 4, or of the versions before it.
pub fn service_forms(version: &str) -> &'static Forms {
    static TEXT: &str = include_str!("../../schemas/edifact/service.txt");
    static THREE: LazyLock<Forms> = LazyLock::new(|| built_in("edifact/service", Forms::parse(TEXT, "")));
    static FOUR: LazyLock<Forms> = LazyLock::new(|| built_in("edifact/service", Forms::parse(TEXT, "version 4")));
    if version == "4" { &FOUR } else { &THREE }
}

impl Forms {
    /// Reads a table: what is common to all, and the sections of that name, if any (`schemas/edifact/README.md`).
    ///
    /// # Errors
    /// A line that does not follow the format.
    pub fn parse(text: &str, section: &str) -> Result<Forms, TableError> {
        let (mut forms, mut applies) = (Forms::default(), true);
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                applies = name.split(',').any(|name| name.trim() == section);
            } else if applies && !line.is_empty() {
                let (tag, elements) = segment(line).map_err(|what| TableError::new(index + 1, what))?;
                match forms.tags.binary_search(&tag) {
                    Ok(at) => forms.segments[at] = elements.into(),
                    Err(at) => {
                        forms.tags.insert(at, tag);
                        forms.segments.insert(at, elements.into());
                    }
                }
            }
        }
        Ok(forms)
    }

    /// The elements of a segment; none where the table does not know its tag.
    pub fn get(&self, tag: &str) -> Option<&[ElementForm]> {
        self.of(tag.as_bytes())
    }

    /// The same by the bytes of its tag.
    pub(super) fn of(&self, tag: &[u8]) -> Option<&[ElementForm]> {
        let tag: [u8; 3] = tag.try_into().ok()?;
        let number = |tag: [u8; 3]| u32::from_be_bytes([0, tag[0], tag[1], tag[2]]);
        let at = self.tags.binary_search_by_key(&number(tag), |known| number(*known)).ok()?;
        self.segments.get(at).map(|elements| elements.as_ref())
    }

    /// Element `e` (from 1) of a segment.
    pub fn element(&self, tag: &str, e: usize) -> Option<&ElementForm> {
        self.get(tag)?.get(e.checked_sub(1)?)
    }

    /// Component `c` (from 1) of element `e` (from 1) of a segment; of a simple element, itself.
    pub fn component(&self, tag: &str, e: usize, c: usize) -> Option<&ComponentForm> {
        self.element(tag, e)?.components.get(c.checked_sub(1)?)
    }

    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().filter_map(|tag| std::str::from_utf8(tag).ok())
    }
}

fn segment(line: &str) -> Result<([u8; 3], Vec<ElementForm>), String> {
    let (name, mut rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let tag: Option<[u8; 3]> = name.as_bytes().try_into().ok();
    let tag = tag.filter(|tag| tag.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
    let Some(tag) = tag else { return Err(format!("`{name}` is no tag")) };
    let mut elements = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok((tag, elements));
        }
        let mandatory = mark(&mut rest)?;
        let number = word(&mut rest);
        let composite = rest.starts_with('(');
        let components = if composite {
            let (inside, after) = rest[1..].split_once(')').ok_or("a parenthesis is not closed")?;
            rest = after;
            let mut components = Vec::new();
            for part in inside.split(',') {
                let mut part = part.trim_start();
                let mandatory = mark(&mut part)?;
                let number = word(&mut part);
                let (component, times) = (component(mandatory, number, &mut part)?, repeats(&mut part)?);
                components.extend(std::iter::repeat_n(component, usize::from(times)));
                if !part.trim().is_empty() {
                    return Err(format!("`{}` is left of component {number}", part.trim()));
                }
            }
            components
        } else {
            vec![component(mandatory, number, &mut rest)?]
        };
        let repetitions = repeats(&mut rest)?;
        let needed = components.iter().rposition(|component| component.mandatory).map_or(0, |last| last + 1);
        elements.push(ElementForm {
            mandatory,
            number: number.into(),
            needed,
            components: components.into(),
            composite,
            repetitions,
        });
    }
}

fn mark(rest: &mut &str) -> Result<bool, String> {
    match word(rest) {
        "M" => Ok(true),
        "C" => Ok(false),
        other => Err(format!("M or C is expected, found `{other}`")),
    }
}

fn component(mandatory: bool, number: &str, rest: &mut &str) -> Result<ComponentForm, String> {
    let form = word(rest);
    let letters = form.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(form.len());
    let (class, length) = form.split_at(letters);
    let class = match class {
        "a" => Class::Letters,
        "n" => Class::Number,
        "an" => Class::Any,
        _ => return Err(format!("`{form}` is no form of {number}")),
    };
    let (exact, digits) = length.strip_prefix("..").map_or((true, length), |most| (false, most));
    let most: u16 = digits.parse().map_err(|_| format!("`{form}` has no length"))?;
    Ok(ComponentForm { mandatory, number: number.into(), class, least: if exact { most } else { 0 }, most })
}

fn repeats(rest: &mut &str) -> Result<u16, String> {
    match rest.trim_start().strip_prefix('*') {
        None => Ok(1),
        Some(after) => {
            *rest = after;
            let times = word(rest);
            times.parse().ok().filter(|n| *n > 0).ok_or_else(|| format!("`*{times}` is no number of times"))
        }
    }
}

/// The next word, up to a blank or a parenthesis.
fn word<'a>(rest: &mut &'a str) -> &'a str {
    let text = rest.trim_start();
    let end = text.find(|c: char| c.is_whitespace() || c == '(').unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    *rest = after;
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_readme_shows() {
        let text = "BGM C C002(C 1001 an..3, C 1131 an..17 *2) C 1004 an..35 M 1225 n1 *9 # comment\n\n[version 4]\nBGM C 1004 an..70\nUNS M 0081 a1\n";
        let forms = Forms::parse(text, "").unwrap();
        let bgm = forms.get("BGM").unwrap();
        assert_eq!(bgm.len(), 3);
        assert_eq!((bgm[0].composite, bgm[0].components.len()), (true, 3));
        assert_eq!((bgm[2].mandatory, bgm[2].repetitions, bgm[2].components[0].least), (true, 9, 1));
        assert!(forms.get("UNS").is_none());
        let four = Forms::parse(text, "version 4").unwrap();
        assert_eq!(four.get("BGM").unwrap()[0].components[0].most, 70);
        assert!(four.get("UNS").is_some());
    }

    #[test]
    fn says_which_line_is_wrong() {
        for bad in [
            "BG C 1 an3",
            "BGM X 1 an3",
            "BGM C 1 x3",
            "BGM C 1 an",
            "BGM C C002(C 1 an3",
            "BGM C 1 an3 *0",
            "BGM C C1(C 1 an3 x)",
        ] {
            let text = format!("# one\n{bad}\n");
            assert_eq!(Forms::parse(&text, "").map(|_| ()).unwrap_err().line, 2, "{bad}");
        }
    }

    #[test]
    fn the_service_tables_are_well_formed() {
        assert!(service_forms("3").get("UNO").is_none());
        for tag in ["UNB", "UNG", "UNH", "UNT", "UNE", "UNZ", "UNO", "UNP"] {
            assert!(service_forms("4").get(tag).is_some(), "{tag}");
        }
    }
}
