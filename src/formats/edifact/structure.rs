//! The segment groups of INVOIC by directory, as `schemas/edifact/invoic.txt` has them.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::edifact::MessageType;
use crate::table::{TableError, built_in};

/// A tag as a number, so that comparing two costs nothing.
pub type Tag = u32;

/// The tag of a segment; 0 where it is not three characters.
pub fn tag(text: &str) -> Tag {
    tag_of(text.as_bytes())
}

/// The same of a tag as its bytes came.
pub fn tag_of(bytes: &[u8]) -> Tag {
    match bytes {
        [a, b, c] => u32::from_be_bytes([0, *a, *b, *c]),
        _ => 0,
    }
}

/// A code as a number: up to seven bytes, and how many they are. None of more.
pub fn code(bytes: &[u8]) -> Option<u64> {
    let count = bytes.len();
    let whole = |bytes: &[u8]| bytes.iter().fold(count as u64, |code, b| code << 8 | u64::from(*b));
    (count < 8).then(|| whole(bytes))
}

/// The directories whose structure is known. Messages of others are read by the nearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Directory {
    D96A,
    D01B,
    D16B,
}

impl Directory {
    pub const ALL: [Directory; 3] = [Directory::D96A, Directory::D01B, Directory::D16B];

    /// The directory by which a message is read: its own, or the nearest one of which the structure is known.
    pub fn of(kind: &MessageType) -> Directory {
        let release = kind.release.trim().to_ascii_uppercase();
        let year: Option<u32> = release.get(..2).and_then(|digits| digits.parse().ok());
        let letter = release.get(2..3).unwrap_or("A");
        match year {
            // The first directories are of 1990; two digits are enough until 2089.
            Some(year) if year < 90 => {
                let at = (year, letter);
                // From D02B on terms of payment are PYT, as in D16B.
                if at < (2, "B") { Directory::D01B } else { Directory::D16B }
            }
            Some(97..) => Directory::D01B,
            Some(_) => Directory::D96A,
            None if kind.association.starts_with("EAN01") => Directory::D01B,
            None => Directory::D96A,
        }
    }

    /// As tables name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Directory::D96A => "D96A",
            Directory::D01B => "D01B",
            Directory::D16B => "D16B",
        }
    }

    /// As reports name the syntax of the document.
    pub fn syntax(self) -> &'static str {
        match self {
            Directory::D96A => "edifact-d96a",
            Directory::D01B => "edifact-d01b",
            Directory::D16B => "edifact-d16b",
        }
    }

    /// Is it the very directory that the message names? D14B and D16B have the same INVOIC.
    pub fn is_named(self, kind: &MessageType) -> bool {
        let release = kind.release.trim();
        release.eq_ignore_ascii_case(self.as_str().trim_start_matches('D'))
            || (self == Directory::D16B && release.eq_ignore_ascii_case("14B"))
    }

    /// The groups of its INVOIC.
    pub fn structure(self) -> &'static Structure {
        static ALL: LazyLock<[Structure; 3]> = LazyLock::new(|| {
            const TEXT: &str = include_str!("../../../schemas/edifact/invoic.txt");
            Directory::ALL.map(|d| built_in("edifact/invoic", Structure::parse(TEXT, d.as_str())))
        });
        &ALL[self as usize]
    }
}

/// The groups of a message; group 0 is the message itself.
#[derive(Debug, Default)]
pub struct Structure {
    pub groups: Vec<GroupForm>,
    /// What may stand in the groups that a segment triggers, whichever they are.
    inside: HashMap<Tag, Vec<Tag>>,
    /// Its tags, in their order: each has a bit of its own.
    tags: Vec<Tag>,
}

#[derive(Debug, Default)]
pub struct GroupForm {
    /// `SG2`; `UNS` for the summary, `INVOIC` for the message.
    pub name: Box<str>,
    pub parts: Vec<Part>,
    /// The bits of the tags of its parts.
    pub bits: u64,
    /// Which of its parts are mandatory, from the lowest bit on.
    pub mandatory: u64,
}

/// A segment or a group at its place in a group.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Of the segment, or of the trigger of the group.
    pub tag: Tag,
    pub mandatory: bool,
    pub most: u32,
    pub group: Option<u16>,
}

impl Structure {
    /// Reads a section (`schemas/edifact/README.md`).
    ///
    /// # Errors
    /// A line that does not follow the format, or a group that is named and not there.
    pub fn parse(text: &str, section: &str) -> Result<Structure, TableError> {
        let mut lines = Vec::new();
        let mut applies = false;
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                applies = name == section;
            } else if applies && !line.is_empty() {
                let error = |what: &str| TableError::new(index + 1, format!("{what}: {line}"));
                let (head, parts) = line.split_once(':').ok_or_else(|| error("no colon"))?;
                let mut head = head.split_whitespace();
                let name = head.next().ok_or_else(|| error("no name"))?;
                let parts: Vec<&str> = parts.split_whitespace().collect();
                lines.push((index + 1, name, head.next().unwrap_or("*1"), parts));
            }
        }
        let mut structure = Structure::default();
        for (line, name, _, parts) in &lines {
            let mut form = GroupForm { name: (*name).into(), parts: Vec::new(), bits: 0, mandatory: 0 };
            for part in parts {
                let error = || TableError::new(*line, format!("`{part}` is neither a segment nor a group"));
                let (word, most) = part.split_once('*').unwrap_or((part, "1"));
                let (word, mut mandatory) = (word.trim_end_matches('!'), word.ends_with('!'));
                let mut most: u32 = most.parse().map_err(|_| error())?;
                let inner = lines.iter().position(|(_, name, ..)| *name == word);
                let mut trigger = word;
                if let Some(inner) = inner {
                    let (_, _, times, parts) = &lines[inner];
                    mandatory = times.ends_with('!');
                    most = times.trim_matches(['*', '!']).parse().map_err(|_| error())?;
                    // A group may have the name of its trigger (UNS), which is then no group again.
                    trigger = parts.first().map_or("", |first| first.trim_end_matches('!'));
                    if word == *name {
                        let tag = tag(trigger);
                        form.parts.push(Part { tag, mandatory: true, most: 1, group: None });
                        continue;
                    }
                }
                if tag(trigger) == 0 || (inner.is_none() && trigger.starts_with("SG")) {
                    return Err(error());
                }
                let group = inner.and_then(|inner| u16::try_from(inner).ok());
                form.parts.push(Part { tag: tag(trigger), mandatory, most, group });
            }
            structure.groups.push(form);
        }
        if structure.groups.is_empty() {
            return Err(TableError::new(1, format!("there is no section {section}")));
        }
        let mut tags: Vec<Tag> = structure.groups.iter().flat_map(|g| &g.parts).map(|part| part.tag).collect();
        tags.sort_unstable();
        tags.dedup();
        if tags.len() > 63 {
            return Err(TableError::new(1, format!("{} tags are more than there are bits for", tags.len())));
        }
        structure.tags = tags;
        for form in 0..structure.groups.len() {
            let parts = std::mem::take(&mut structure.groups[form].parts);
            let bits = parts.iter().fold(0, |bits, part| bits | structure.bit(part.tag));
            let mandatory =
                parts.iter().zip(0..64).filter(|(part, _)| part.mandatory).fold(0, |all, (_, n)| all | 1 << n);
            if parts.len() > 64 {
                return Err(TableError::new(1, "a group has more parts than there are bits for"));
            }
            structure.groups[form] =
                GroupForm { parts, bits, mandatory, ..std::mem::take(&mut structure.groups[form]) };
        }
        for group in 1..structure.groups.len() {
            let mut inside = Vec::new();
            structure.collect(group, &mut inside);
            if let Some(trigger) = structure.groups[group].parts.first() {
                structure.inside.entry(trigger.tag).or_default().extend(inside);
            }
        }
        Ok(structure)
    }

    /// The tags that may stand in a group triggered by this segment; none where it triggers none.
    pub fn inside(&self, trigger: Tag) -> Option<&[Tag]> {
        self.inside.get(&trigger).map(Vec::as_slice)
    }

    /// The bit of a tag; all tags that are none of this message share the last.
    pub fn bit(&self, tag: Tag) -> u64 {
        1 << self.tags.binary_search(&tag).unwrap_or(63)
    }

    pub fn knows(&self, tag: Tag) -> bool {
        self.tags.binary_search(&tag).is_ok()
    }

    fn collect(&self, group: usize, into: &mut Vec<Tag>) {
        for part in self.groups[group].parts.iter().skip(1) {
            into.push(part.tag);
            if let Some(inner) = part.group {
                self.collect(usize::from(inner), into);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(release: &str) -> MessageType {
        MessageType { release: release.to_owned(), ..MessageType::default() }
    }

    #[test]
    fn every_directory_has_its_nearest() {
        for (release, nearest) in [
            ("93A", Directory::D96A),
            ("96A", Directory::D96A),
            ("96B", Directory::D96A),
            ("97A", Directory::D01B),
            ("01B", Directory::D01B),
            ("02A", Directory::D01B),
            ("03B", Directory::D16B),
            ("14B", Directory::D16B),
            ("", Directory::D96A),
        ] {
            assert_eq!(Directory::of(&kind(release)), nearest, "{release}");
        }
        assert!(Directory::D16B.is_named(&kind("14B")) && !Directory::D01B.is_named(&kind("97A")));
    }

    #[test]
    fn the_table_is_well_formed() {
        for directory in Directory::ALL {
            let structure = directory.structure();
            assert!(structure.groups.len() > 50, "{directory:?}");
            let line = structure.groups.iter().find(|g| g.parts[0].tag == tag("LIN")).unwrap();
            assert!(line.parts.iter().any(|p| p.group.is_some() && p.tag == tag("PRI")));
            assert!(structure.inside(tag("NAD")).unwrap().contains(&tag("COM")));
            assert!(structure.inside(tag("BGM")).is_none());
        }
    }

    #[test]
    fn a_wrong_line_is_named() {
        assert_eq!(Structure::parse("[X]\nINVOIC: BGM! SG1\n", "X").unwrap_err().line, 2);
        assert!(Structure::parse("[X]\nINVOIC: BGM!\n", "Y").is_err());
    }
}
